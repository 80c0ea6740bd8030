"""RSS, Atom and JSON Feed as articles; feedparser's quirks stop here.

Which error is worse: to lose an entry is worse than to store a thin one, so an entry goes in as soon as it has a
title or an address, and a feed is refused only where it holds no entry and names no feed format.

What feedparser needs guarding against, each with a test:
it opens strings as files and urls (so it gets a stream);
it is slow on hundreds of thousands of elements or attributes (so those are counted first, in `feed_shape`);
it is slow on huge elements (so the feed is cut first, and sanitising, which is half of the time and grows faster
than the feed, is left to our own reading of the entry's HTML, which keeps no markup at all);
it raises on some malformed references and DOCTYPEs (so it is asked again without them);
it calls nearly every real feed "bozo" (which says nothing here);
it doesn't know British Summer Time and misreads dates that start with the year (so the written date is read by
`dates` and its own reading is only the last resort).
"""

from __future__ import annotations

import calendar
import html
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from parsers import article_shown, bylines, dates, feed_shape, html_tree, outlets, urls
from parsers.errors import ParseError
from parsers.feed_texts import Texts
from parsers.model import Article, Block, Hint, ParseResult, Problem

#: Larger feeds are cut; 200 entries in full are about 2 MB.
LARGEST = 6_000_000
#: More entries than this are left out, the newest come first in nearly all feeds.
MOST_ENTRIES = 2_000
#: An entry with fewer words than this is a teaser.
TEASER_WORDS = 150

_ROOT = re.compile(
    rb"^(?:\s|\xef\xbb\xbf|<\?.{0,500}?\?>|<!--.{0,4000}?-->|<!DOCTYPE\s[^>\[]{0,400}(?:\[.{0,4000}?\]\s*)?>)*"
    rb"<(?:\w{1,12}:)?(?P<name>rss|feed|RDF|rdf|channel)[\s>/]",
    re.DOTALL | re.IGNORECASE,
)
_LATE_ROOT = re.compile(rb"<(?P<name>rss\s[^>]{0,200}version|feed\s[^>]{0,300}Atom|rdf:RDF\s)", re.IGNORECASE)
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
_CUT_SHORT = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|\(more\)|read more|continue reading|(?:read|see) the (?:full|rest).{0,40})\W*$",
    re.IGNORECASE,
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
    if _is_json(data):
        feed, entries, problems = _json_feed(data)
    else:
        feed, entries, problems = _xml_feed(data, hint)
    articles: list[Article] = []
    for place, entry in enumerate(entries, 1):
        article = _article(entry, feed, hint)
        if article is None:
            problems.append(Problem(message="an entry has neither title nor address", where=f"entry {place}"))
        else:
            articles.append(article)
    return ParseResult(
        format="feed",
        reason=looks_like(data) or feed.version,
        records=tuple(articles),
        problems=tuple(problems),
        notes={"title": feed.title, "version": feed.version, "url": feed.url},
    )


def looks_like(data: bytes) -> str | None:
    """Why the bytes are a feed, or None."""
    if _is_json(data):
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


# ------------------------------------------------------------------ one shape for all kinds


class _Feed:
    """What a feed says about itself."""

    __slots__ = ("language", "title", "url", "version")

    def __init__(self, title: str | None, url: str | None, language: str | None, version: str) -> None:
        self.title = title
        self.url = url
        self.language = language
        self.version = version


class _Entry:
    """One entry, as its feed wrote it: texts may hold markup."""

    __slots__ = ("authors", "bodies", "guid", "published", "published_tuple", "section", "title", "updated", "url")

    def __init__(self) -> None:
        self.title: str | None = None
        self.url: str | None = None
        self.guid: str | None = None
        self.published: str | None = None
        self.published_tuple: Any = None
        self.updated: str | None = None
        self.authors: list[str] = []
        self.bodies: list[tuple[str, bool]] = []  # text, whether it is HTML
        self.section: str | None = None


def _article(entry: _Entry, feed: _Feed, hint: Hint) -> Article | None:
    base = feed.url or hint.url
    headline = _line(entry.title)
    address = urls.canonical(entry.url, base) if entry.url else None
    if not (entry.title or "").strip() and not (entry.url or "").strip():
        return None
    blocks = _longest(entry.bodies)
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
        blocks=blocks,
        stub=_is_teaser(blocks),
        guid=entry.guid,
        extractor="feed entry",
    )


def _published(entry: _Entry, timezone: str | None) -> dates.Stamp | None:
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
        for name in bylines.split_names(_line(author) or ""):
            if name not in names and name != outlet:
                names.append(name)
    return tuple(names[:12])


def _longest(bodies: Sequence[tuple[str, bool]]) -> tuple[Block, ...]:
    """The longest of an entry's texts as blocks; those that cannot be it are not read."""
    best: tuple[Block, ...] = ()
    most = 0
    for _, place in sorted((-len(text), place) for place, (text, _) in enumerate(bodies)):
        text, is_html = bodies[place]
        if len(text) <= most:  # markup is never shorter than what it shows
            break
        blocks = _blocks(text, is_html)
        if _length(blocks) > most:
            best, most = blocks, _length(blocks)
    return best


def _blocks(text: str, is_html: bool) -> tuple[Block, ...]:
    """The text of an entry as blocks; markup, scripts and the feed's own furniture gone."""
    if not text.strip():
        return ()
    if not is_html and "<" not in text and "&" not in text:
        lines = [("p", " ".join(line.split())) for line in text.splitlines()]
    else:
        lines = _html_lines(text)
    blocks: list[Block] = []
    for (kind, _), shown in zip(lines, article_shown.lines([line for _, line in lines]), strict=True):
        if shown and not _FEED_FURNITURE.fullmatch(shown) and shown != (blocks[-1].text if blocks else None):
            blocks.append(Block(kind=kind if kind in ("h", "li", "quote") else "p", text=shown))  # type: ignore[arg-type]
    return tuple(blocks)


def _html_lines(text: str) -> list[tuple[str, str]]:
    root = html_tree.tree(f"<div>{html_tree.within_limits(text)}</div>")
    if root is None:
        return [("p", " ".join(html.unescape(text).split()))]
    html_tree.strip(root)
    return [(item.kind, item.text) for item in html_tree.outline(root).items]


def _line(text: str | None) -> str | None:
    """A title as one line of plain text; markup and entities in it resolved."""
    if not text:
        return None
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]{0,500}>", "", text)
    return article_shown.line(" ".join(text.split()))


def _length(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _is_teaser(blocks: Sequence[Block]) -> bool:
    """Whether the entry holds only the start of the article."""
    words = sum(block.text.count(" ") + 1 for block in blocks)
    return words < TEASER_WORDS or bool(_CUT_SHORT.search(blocks[-1].text[-60:]))


# ------------------------------------------------------------------ RSS and Atom


def _xml_feed(data: bytes, hint: Hint) -> tuple[_Feed, list[_Entry], list[Problem]]:
    if (narrow := _as_utf8(data)) is not data:
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
    feed = _Feed(
        title=_line(about.get("title")),
        url=urls.canonical(about.get("link") or "", hint.url) or hint.url,
        language=_language(about.get("language")),
        version=version or "unknown",
    )
    return feed, [_xml_entry(entry, texts) for entry in parsed.entries], problems


def _as_utf8(data: bytes) -> bytes:
    """A feed in two or four bytes a character as UTF-8, so that its elements can be counted; others as they are."""
    head = data[:4]
    found = next((name for start, name in _WIDE if head.startswith(start)), None)
    if found is None:
        return data
    text = data.decode(found, "replace").lstrip("\ufeff")
    return _DECLARED.sub("", text, count=1).encode("utf-8", "replace")


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


def _xml_entry(source: Any, texts: Texts) -> _Entry:
    entry = _Entry()
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
    entry.section = _line(tags[0]) if len(tags) == 1 and len(tags[0]) < 40 else None
    return entry


def _alternate(source: Any) -> str | None:
    for one in source.get("links", ()):
        if one.get("href") and one.get("rel", "alternate") == "alternate":
            return str(one["href"])
    return None


def _language(text: Any) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}(?=$|[-_])", text.strip()) if isinstance(text, str) else None
    return found[0].lower() if found else None


# ------------------------------------------------------------------ JSON Feed


def _is_json(data: bytes) -> bool:
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and b"jsonfeed.org/version" in data[:8_000].replace(b"\\/", b"/")


def _json_feed(data: bytes) -> tuple[_Feed, list[_Entry], list[Problem]]:
    """A JSON Feed 1 or 1.1; what has the wrong type is passed over."""
    try:
        source = json.loads(html_tree.decode(data)[0].removeprefix("\ufeff"), strict=False)
    except (ValueError, RecursionError) as exc:
        raise ParseError("the JSON Feed breaks off or is damaged; fetch it again") from exc
    if not isinstance(source, dict):
        raise ParseError("the JSON Feed is no object; check the address of the feed")
    feed = _Feed(
        title=_line(_string(source.get("title"))),
        url=urls.canonical(_string(source.get("home_page_url")) or _string(source.get("feed_url")) or ""),
        language=_language(source.get("language")),
        version="JSON Feed",
    )
    items = source.get("items")
    listed = items if isinstance(items, list) else []
    problems = []
    entries = []
    for place, item in enumerate(listed[:MOST_ENTRIES], 1):
        if isinstance(item, dict):
            entries.append(_json_entry(item, feed))
        else:
            problems.append(Problem(message="an entry is no object", where=f"entry {place}"))
    if len(listed) > MOST_ENTRIES:
        message = f"the feed is very large; {len(listed) - MOST_ENTRIES} entries were left out"
        problems.append(Problem(message=message))
    return feed, entries, problems


def _json_entry(item: dict[str, Any], feed: _Feed) -> _Entry:
    entry = _Entry()
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
