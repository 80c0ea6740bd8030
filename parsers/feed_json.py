"""JSON Feed 1 and 1.1; what has the wrong type is passed over."""

from __future__ import annotations

import json
from typing import Any

from parsers import html_tree, urls
from parsers.errors import ParseError
from parsers.feed_entry import MOST_ENTRIES, Entry, Feed, language, line
from parsers.model import Problem


def is_one(data: bytes) -> bool:
    """Whether the bytes begin as a JSON Feed."""
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and b"jsonfeed.org/version" in data[:8_000].replace(b"\\/", b"/")


def read(data: bytes) -> tuple[Feed, list[Entry], list[Problem]]:
    """What a feed says of itself, its entries, and what of it could not be read; raises `ParseError`."""
    try:
        source = json.loads(html_tree.decode(data)[0].removeprefix("\ufeff"), strict=False)
    except (ValueError, RecursionError) as exc:
        raise ParseError("the JSON Feed breaks off or is damaged; fetch it again") from exc
    if not isinstance(source, dict):
        raise ParseError("the JSON Feed is no object; check the address of the feed")
    feed = Feed(
        title=line(_string(source.get("title"))),
        url=urls.canonical(_string(source.get("home_page_url")) or _string(source.get("feed_url")) or ""),
        language=language(source.get("language")),
        version="JSON Feed",
    )
    items = source.get("items")
    listed = items if isinstance(items, list) else []
    problems = []
    entries = []
    for place, item in enumerate(listed[:MOST_ENTRIES], 1):
        if isinstance(item, dict):
            entries.append(_entry(item))
        else:
            problems.append(Problem(message="an entry is no object", where=f"entry {place}"))
    if len(listed) > MOST_ENTRIES:
        message = f"the feed is very large; {len(listed) - MOST_ENTRIES} entries were left out"
        problems.append(Problem(message=message))
    return feed, entries, problems


def _entry(item: dict[str, Any]) -> Entry:
    entry = Entry()
    entry.title = _string(item.get("title"))
    identity = item.get("id")
    entry.guid = str(identity) if isinstance(identity, (str, int, float)) and identity != "" else None
    entry.url = _string(item.get("url")) or _string(item.get("external_url"))
    if not entry.url and entry.guid and entry.guid.startswith(("http://", "https://")):
        entry.url = entry.guid
    entry.published = _string(item.get("date_published"))
    entry.updated = _string(item.get("date_modified"))
    authors = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    entry.authors = [
        name for author in authors or () if isinstance(author, dict) and (name := _string(author.get("name")))
    ]
    bodies = ((item.get("content_html"), True), (item.get("content_text"), False), (item.get("summary"), False))
    entry.bodies = [(text, is_html) for text, is_html in bodies if isinstance(text, str) and text]
    return entry


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
