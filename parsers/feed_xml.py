"""RSS and Atom through feedparser, whose quirks stop here.

Which error is worse: to lose a feed is worse than to read it thinly, so it is cut, mended or asked for again before it
is given up.

What feedparser needs guarding against, each with a test:
it opens strings as files and urls (so it gets a stream);
it is slow on hundreds of thousands of elements or attributes (so those are counted first, in `feed_shape`);
it is slow on huge elements (so the feed is cut first, and sanitising, which is half of the time and grows faster
than the feed, is left to our own reading of the entry's HTML, which keeps no markup at all);
it raises on some malformed references and DOCTYPEs (so it is asked again without them);
it believes any encoding that Python knows (so those that no document is written in are taken away);
it calls nearly every real feed "bozo" (which says nothing here).
"""

from __future__ import annotations

import io
import re
from typing import Any

import msgspec

from parsers import charsets, feed_shape, html_tree, urls
from parsers.errors import ParseError
from parsers.feed_entry import LARGEST, MOST_ENTRIES, Entry, Feed, language, line
from parsers.feed_texts import Texts
from parsers.model import Hint, Problem

_DOCTYPE = re.compile(rb"<!DOCTYPE\s[^>\[]{0,2000}(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_DECLARED = re.compile(r"\s+encoding\s*=\s*[\"'][^\"'<>]{1,40}[\"']")
#: How feeds begin whose characters have two or four bytes each.
_WIDE = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,12})|([0-9]{1,12}));")
_ENTRY_END = re.compile(rb"</(?:\w{1,12}:)?(?:item|entry)\s*>", re.IGNORECASE)


def read(data: bytes, hint: Hint) -> tuple[Feed, list[Entry], list[Problem]]:
    """What a feed says of itself, its entries, and what of it could not be read; raises `ParseError`."""
    if (narrow := _as_utf8(data, hint.content_type)) is not data:
        data, hint = narrow, msgspec.structs.replace(hint, content_type="application/xml; charset=utf-8")
    data, problems = _within_limits(data)
    texts = Texts(data, hint.content_type)
    shape = feed_shape.shape(texts.data)
    if not shape.is_sound and shape.is_only_long:
        message = "the feed has more elements than can be read; its first part was read"
        problems.append(Problem(message=message, severity="warning"))
        parsed = _guarded(texts.data[: shape.whole], hint)
    elif not shape.is_sound:
        data, count = feed_shape.mended(texts.data, MOST_ENTRIES)
        message = f"the feed's markup is out of all bounds; title, address and date of {count} entries were read"
        problems.append(Problem(message=message, severity="warning"))
        parsed = _guarded(data, hint)
    else:
        parsed = _guarded(texts.data, hint)
        if texts.texts and _is_damaged(parsed) and feed_shape.shape(data).is_sound:
            texts = Texts(b"")
            parsed = _guarded(data, hint)
    version = parsed.get("version")  # absent where feedparser cannot tell the encoding
    if not parsed.entries and not version:
        what = "a web page" if re.search(rb"<html|<body", data[:20_000], re.IGNORECASE) else "something else"
        raise ParseError(f"this is no feed but {what}; check the address of the feed")
    if _is_damaged(parsed) and not parsed.entries:
        problems.append(Problem(message="the feed is damaged and no entry could be read", severity="error"))
    about = parsed.feed
    feed = Feed(
        title=line(about.get("title")),
        url=urls.canonical(about.get("link") or "", hint.url) or hint.url,
        language=language(about.get("language")),
        version=version or "unknown",
    )
    return feed, [_entry(entry, texts) for entry in parsed.entries], problems


def _as_utf8(data: bytes, content_type: str | None) -> bytes:
    """A feed in two or four bytes a character, or in none that documents are written in, as UTF-8; others as they are.

    The first so that its elements can be counted, the second because feedparser believes any name that Python knows.
    """
    found = next((name for start, name in _WIDE if data.startswith(start)), None)
    if found is None:
        if all(map(charsets.codec, charsets.of_feed(data, content_type))):
            return data
        text = html_tree.decode(data)[0]
    else:
        text = data.decode(found, "replace")
    return _DECLARED.sub("", text.lstrip("\ufeff"), count=1).encode("utf-8", "replace")


def _is_damaged(parsed: Any) -> bool:
    """Whether feedparser stumbled over more than what the server calls the feed."""
    harmless = ("CharacterEncodingOverride", "NonXMLContentType")
    return bool(parsed.get("bozo")) and type(parsed.get("bozo_exception")).__name__ not in harmless


def _within_limits(data: bytes) -> tuple[bytes, list[Problem]]:
    """The feed cut to what can be read in bounded time, whole entries only where possible."""
    ends = [found.end() for found in _ENTRY_END.finditer(data)]
    stop = len(data)
    if len(ends) > MOST_ENTRIES:
        stop = ends[MOST_ENTRIES - 1]
    if stop > LARGEST:
        stop = max((end for end in ends if end <= LARGEST), default=LARGEST)
    if stop == len(data):
        return data, []
    left = sum(end > stop for end in ends)
    tail = data[ends[-1] :] if ends and ends[-1] > stop and len(data) - ends[-1] < 10_000 else b""
    message = f"the feed is very large; its first part was read, {left} entries were left out"
    return data[:stop] + tail, [Problem(message=message, severity="warning")]


def _guarded(data: bytes, hint: Hint) -> Any:
    """feedparser's result; asked again without DOCTYPE and impossible references where it raises."""
    import feedparser  # a tenth of a second that only feeds need

    headers = {"content-type": hint.content_type} if hint.content_type else {}
    if hint.url:
        headers["content-location"] = hint.url
    tries = (data, _REFERENCE.sub(_possible, _DOCTYPE.sub(b"", data, count=1)))
    failure: Exception | None = None
    for attempt in tries:
        try:
            return feedparser.parse(
                io.BytesIO(attempt), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
            )
        except Exception as exc:  # noqa: BLE001  # it raises nearly anything on hostile feeds
            failure = exc
    raise ParseError(f"the feed is too damaged to be read ({type(failure).__name__})") from failure


def _possible(found: re.Match[bytes]) -> bytes:
    """A character reference, or nothing where there is no such character."""
    number = int(found[1], 16) if found[1] else int(found[2])
    legal = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF
    return found[0] if legal else b""


def _entry(source: Any, texts: Texts) -> Entry:
    entry = Entry()
    entry.title = source.get("title")
    entry.guid = source.get("id") or None
    entry.url = source.get("link") or _alternate(source) or None
    if not entry.url and entry.guid and entry.guid.startswith(("http://", "https://")):
        entry.url = entry.guid
    entry.published = source.get("published") if "published" in source else source.get("created")
    entry.published_tuple = source.get("published_parsed") if "published" in source else None
    if "updated" in source:
        entry.updated = source.get("updated")
        entry.published_tuple = entry.published_tuple or source.get("updated_parsed")
    entry.authors = [name for author in source.get("authors", ()) if (name := author.get("name"))]
    if not entry.authors and source.get("author"):
        entry.authors = [source["author"]]
    details = [*source.get("content", ()), source.get("summary_detail") or {}]
    entry.bodies = [
        (texts.back(value), "html" in (detail.get("type") or "html"))
        for detail in details
        if isinstance(value := detail.get("value"), str) and value
    ]
    tags = [tag.get("term") for tag in source.get("tags", ()) if tag.get("term")]
    entry.section = line(tags[0]) if len(tags) == 1 and len(tags[0]) < 40 else None
    return entry


def _alternate(source: Any) -> str | None:
    for one in source.get("links", ()):
        if one.get("href") and one.get("rel", "alternate") == "alternate":
            return str(one["href"])
    return None
