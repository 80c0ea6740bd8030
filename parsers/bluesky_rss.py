"""Bluesky's own RSS: one page of an account's top-level posts.

Which error is worse: to take another site's feed for posts is worse than to read a feed as articles.
So it is the channel's address on bsky.app and at-URIs as entry ids that decide.

The feed leaves out every reply: parts 2…n of a thread never arrive this way; the entry ids let them be fetched.
"""

from __future__ import annotations

import re

from lxml import etree

from parsers.bluesky_collect import Collector
from parsers.bluesky_post import COLLECTION, read_time
from parsers.bluesky_rows import mail_time
from parsers.errors import ParseError
from parsers.model import Hint, ParseResult, Post

_CHANNEL = re.compile(rb"<link>\s*https://[\w.-]*/profile/(?:did:|[\w.-]+\.)[^<]*</link>")
_GUID = re.compile(rb"<guid[^>]*>\s*at://did:[^<]+/app\.bsky\.feed\.post/")
_TITLE = re.compile(r"@(\S+)(?: - (.*))?", re.DOTALL)
# The feed's own words for pictures, quotes and cards that it leaves out.
_NOTICE = re.compile(r"\s*\[contains quote post or other embedded content\]\s*$")


def looks_like(data: bytes) -> str | None:
    """Why `data` is Bluesky's RSS, or `None`; only its start is read."""
    head = data[:65536]
    if b"<rss" not in head[:2000]:
        return None
    if _GUID.search(head) or (b"<item" not in head and _CHANNEL.search(head) and b"bsky" in head):
        return "an RSS feed whose entries are Bluesky posts"
    return None


def parse(data: bytes, hint: Hint | None = None) -> ParseResult:
    """Read every entry as a post, in the feed's order.

    Raises `ParseError` where the bytes are not RSS.
    """
    into = Collector(hint or Hint())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, remove_comments=True)
    try:
        tree = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise ParseError(f"this is not readable RSS: {exc}") from exc
    channel = tree.find("channel") if tree is not None else None
    if channel is None:
        raise ParseError("this is not RSS: it has no channel")
    if parser.error_log:
        into.findings.add(f"the feed is damaged: {parser.error_log[0].message}", f"line {parser.error_log[0].line:,}")
    title = _TITLE.fullmatch(_text(channel, "title"))
    for number, item in enumerate(channel.iterfind("item"), 1):
        _entry(item, title, into, f"record {number:,}")
    return into.result("bluesky-rss")


def _entry(item: etree._Element, title: re.Match[str] | None, into: Collector, where: str) -> None:
    guid = _text(item, "guid")
    if f"/{COLLECTION}/" not in guid or not guid.startswith("at://"):
        into.findings.add("this entry names no Bluesky post", where, excerpt=guid)
        return
    did = guid[5:].partition("/")[0]
    raw = _text(item, "description", strip=False)
    date = _text(item, "pubDate")
    moment = mail_time(date)
    text = _NOTICE.sub("", raw)
    into.add(
        Post(
            text=text,
            text_raw=raw,
            created_at=moment or read_time(date, into.findings, where),
            uri=guid,
            author=title[1] if title else into.hint.author or did,
            author_did=did,
            author_name=(title[2] or "").strip() or None if title else None,
            position=len(into.posts),
        ),
        where,
    )


def _text(parent: etree._Element, name: str, strip: bool = True) -> str:
    found = parent.find(name)
    if found is None:
        return ""
    # By way of bytes: the library keeps halves of characters that stand in a damaged feed, and fails to decode them.
    text = etree.tostring(found, method="text", encoding="utf-8", with_tail=False).decode("utf-8", "replace")
    return text.strip() if strip else text
