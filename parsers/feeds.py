"""RSS, Atom and JSON Feed as articles.

Which error is worse: to lose an entry is worse than to store a thin one, so an entry goes in as soon as it has a
title or an address, and a feed is refused only where it holds no entry and names no feed format.

`feed_xml` and `feed_json` bring each kind into one shape, `feed_entry`.
feedparser doesn't know British Summer Time and misreads dates that start with the year, so the written date is read
by `dates` and its own reading is only the last resort.
"""

from __future__ import annotations

import calendar
import html
import re
from collections.abc import Iterable, Sequence

import msgspec

from parsers import article_shown, bylines, dates, feed_json, feed_xml, html_tree, outlets, urls
from parsers.errors import ParseError
from parsers.feed_entry import MOST_ENTRIES, Entry, Feed, line
from parsers.model import Article, Block, Hint, ParseResult, Problem, Step

__all__ = ["MOST_ENTRIES", "looks_like", "parse"]

#: An entry with fewer words than this is a teaser.
TEASER_WORDS = 150

_ROOT = re.compile(
    rb"^(?:\s|\xef\xbb\xbf|<\?.{0,500}?\?>|<!--.{0,4000}?-->|<!DOCTYPE\s[^>\[]{0,400}(?:\[.{0,4000}?\]\s*)?>)*"
    rb"<(?:\w{1,12}:)?(?P<name>rss|feed|RDF|rdf|channel)[\s>/]",
    re.DOTALL | re.IGNORECASE,
)
_LATE_ROOT = re.compile(rb"<(?P<name>rss\s[^>]{0,200}version|feed\s[^>]{0,300}Atom|rdf:RDF\s)", re.IGNORECASE)
_CUT_SHORT = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|\(more\)|read more|continue reading|(?:read|see) the (?:full|rest).{0,40})\W*$",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"(?<=[.!?…\]”\"’)])\s+(?:continue reading|read more|read on)\s?(?:…|\.\.\.|[»→>]{1,2})?$", re.IGNORECASE
)
_FEED_FURNITURE = re.compile(
    r"(?:the post .{2,200} (?:appeared first|first appeared) on .{2,80}|"
    r".{2,200} was (?:originally|first) published (?:on|at|by) .{2,80}|"
    r"(?:continue reading|read (?:more|the full story|the rest)|view (?:original|full) (?:post|article)|"
    r"submitted by|comments?|permalink|share|tweet).{0,60})\.?",
    re.IGNORECASE,
)


def parse(data: bytes, hint: Hint) -> ParseResult:
    """The entries of a feed as articles, in the feed's order.

    Raises `ParseError` where the bytes are no feed.
    """
    if not data.strip():
        raise ParseError("the feed is empty: the server sent no bytes")
    if feed_json.is_one(data):
        feed, entries, problems = feed_json.read(data)
    else:
        feed, entries, problems = feed_xml.read(data, hint)
    articles: list[Article] = []
    made: list[Step] = []
    for place, entry in enumerate(entries, 1):
        article = _article(entry, feed, hint, made)
        if article is None:
            problems.append(Problem(message="an entry has neither title nor address", where=f"entry {place}"))
        else:
            articles.append(article)
    return ParseResult(
        format="feed",
        reason=looks_like(data) or feed.version,
        records=tuple(articles),
        problems=tuple(problems),
        notes={"title": feed.title, "version": feed.version, "url": feed.url, **article_shown.receipt(made)},
    )


def looks_like(data: bytes) -> str | None:
    """Why the bytes are a feed, or None."""
    if feed_json.is_one(data):
        return "JSON Feed: it names its version at jsonfeed.org"
    head = data[:16_000]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    found = _ROOT.match(head)
    if not found and b"<html" not in head.lower():
        found = _LATE_ROOT.search(head[:4000])
    if not found:
        return None
    name = found["name"].split()[0].decode("ascii")
    return f"a feed: its outermost element is <{name}>"


def _article(entry: Entry, feed: Feed, hint: Hint, made: list[Step]) -> Article | None:
    base = feed.url or hint.url
    headline = line(entry.title, made)
    address = urls.canonical(entry.url, base) if entry.url else None
    if not (entry.title or "").strip() and not (entry.url or "").strip():
        return None
    blocks = _longest(entry.bodies, made)
    zone = hint.timezone or outlets.for_address(hint.url or feed.url).timezone or hint.house_timezone
    published = _published(entry, zone)
    updated = dates.parse(entry.updated, zone) if entry.updated else None
    return Article(
        headline=headline,
        bylines=_names(entry.authors, feed.title),
        outlet=hint.outlet or feed.title,
        section=entry.section,
        published_at=published.at if published else None,
        date_only=bool(published and published.date_only),
        updated_at=updated.at if updated and published and updated.at > published.at else None,
        url=address,
        source_url=entry.url,
        language=feed.language,
        blocks=_without_pointer(blocks),
        stub=_is_teaser(blocks),
        guid=entry.guid,
        extractor="feed entry",
    )


def _without_pointer(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks without a link to the whole story behind the last sentence."""
    if not blocks:
        return blocks
    text = _POINTER.sub("", blocks[-1].text)
    return blocks if text == blocks[-1].text else (*blocks[:-1], msgspec.structs.replace(blocks[-1], text=text))


def _published(entry: Entry, timezone: str | None) -> dates.Stamp | None:
    """When the entry was published: the written date, else feedparser's reading, else the date of its update."""
    for text in (entry.published, entry.updated):
        stamp = dates.parse(text, timezone) if text else None
        if stamp:
            return stamp
    if entry.published_tuple:
        try:
            return dates.from_epoch(calendar.timegm(entry.published_tuple))
        except (ValueError, OverflowError, TypeError):
            return None
    return None


def _names(authors: Iterable[str], outlet: str | None) -> tuple[str, ...]:
    """Authors without mail addresses: "a@b.example (Ada Marsh)" is Ada Marsh."""
    names: list[str] = []
    for author in authors:
        author = re.sub(r"\S+@\S+\.\w+", " ", html.unescape(author)).strip(" ()<>")
        for name in bylines.split_names(line(author) or ""):
            if name not in names and name != outlet:
                names.append(name)
    return tuple(names[:12])


def _longest(bodies: Sequence[tuple[str, bool]], made: list[Step]) -> tuple[Block, ...]:
    """The longest of an entry's texts as blocks; those that cannot be it are not read."""
    best: tuple[Block, ...] = ()
    kept: list[Step] = []
    most = 0
    for _, place in sorted((-len(text), place) for place, (text, _) in enumerate(bodies)):
        text, is_html = bodies[place]
        if len(text) <= most:  # markup is never shorter than what it shows
            break
        steps: list[Step] = []
        blocks = _blocks(text, is_html, steps)
        if _length(blocks) > most:
            best, most, kept = blocks, _length(blocks), steps
    made += kept
    return best


def _blocks(text: str, is_html: bool, made: list[Step]) -> tuple[Block, ...]:
    """The text of an entry as blocks; markup, scripts and the feed's own furniture gone."""
    if not text.strip():
        return ()
    if not is_html and "<" not in text and "&" not in text:
        lines = [("p", " ".join(line.split())) for line in text.splitlines()]
    else:
        lines = _html_lines(text)
    blocks: list[Block] = []
    for (kind, _), shown in zip(lines, article_shown.lines([text for _, text in lines], made), strict=True):
        if shown and not _FEED_FURNITURE.fullmatch(shown) and shown != (blocks[-1].text if blocks else None):
            blocks.append(Block(kind=kind if kind in ("h", "li", "quote") else "p", text=shown))  # type: ignore[arg-type]
    return tuple(blocks)


def _html_lines(text: str) -> list[tuple[str, str]]:
    root = html_tree.tree(f"<div>{html_tree.within_limits(text)}</div>")
    if root is None:
        return [("p", " ".join(html.unescape(text).split()))]
    html_tree.strip(root)
    return [(item.kind, item.text) for item in html_tree.outline(root).items]


def _length(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _is_teaser(blocks: Sequence[Block]) -> bool:
    """Whether the entry holds only the start of the article."""
    words = sum(block.text.count(" ") + 1 for block in blocks)
    return words < TEASER_WORDS or bool(_CUT_SHORT.search(blocks[-1].text[-60:]))
