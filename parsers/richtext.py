"""Facets: what marks a stretch of a post as a url, a mention or a hashtag.

Which error is worse: to cut a text in the wrong place is worse than to leave a url short.
So a facet that overlaps an earlier one, runs past the end or splits a character is ignored, as Bluesky's own
app does, and a shown text gives way to the full url only where it is visibly the shortened form of that url.
Words that somebody linked ("our reply") stay as written; their url is still listed.

Facets count bytes of the UTF-8 text; the older `entities` count UTF-16 code units.
Both are resolved on the text as received: any repair before that would move them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from parsers.model import Record, Step

_LINK = "app.bsky.richtext.facet#link"
# The lexicon sets no limit; 3,000 bytes of text leave no room for more that do not overlap.
_MOST = 3000
_DOTS = ("...", "…")
_SHORT = re.compile(r"([\w.-]+\.[a-z]{2,}/[^\s…]*?)(?:\.\.\.|…)", re.IGNORECASE)
_CARD_REASON = "the full address stands in the post's card"
_REASON = "the full address stands in the post's facet"


# Where a stretch starts and ends, in bytes, and the url that it links to.
_Span: TypeAlias = tuple[int, int, str | None]


class RichText(Record, frozen=True, kw_only=True):
    """A post's text with its urls."""

    text: str  # shortened urls written out
    urls: tuple[str, ...] = ()  # every linked url, in reading order
    steps: tuple[Step, ...] = ()  # the urls written out, offsets into the text as received


def expand(text: str, facets: Any = None, entities: Any = None) -> RichText:
    """Resolve the facets of a record, or its `entities` where it has no facets.

    `facets` and `entities` are the decoded lists as received; whatever does not have their form is ignored.

    >>> link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://news.example/one/two-three-four"}
    >>> expand("Read news.example/one/two-th...", [{"index": {"byteStart": 5, "byteEnd": 31}, "features": [link]}]).text
    'Read https://news.example/one/two-three-four'
    """
    spans = _facet_spans(facets) if facets else []
    if not spans and entities:
        spans = _entity_spans(text, entities)
    if not spans:
        return RichText(text=text)
    spans.sort(key=_start)
    return _replace(text, spans)


def shortened(shown: str, url: str) -> bool:
    """True where `shown` is the cut form of `url` that apps display.

    >>> shortened("news.example/one/two-th...", "https://news.example/one/two-three")
    True
    """
    if not shown.endswith(_DOTS):
        return False
    start = shown.removesuffix("...") if shown[-1] == "." else shown[:-1]
    return start != "" and start in url


def write_out(text: str, url: str) -> RichText:
    """`text` with the shortened form of its card's `url` written out, for sources that have no facets.

    The short form has to begin with the url's host, as apps shorten; one that fits nothing stays.

    >>> write_out("Read news.example/one/two-th...", "https://news.example/one/two-three").text
    'Read https://news.example/one/two-three'
    """
    bare = url.partition("://")[2]
    for found in _SHORT.finditer(text):
        short = found[1]
        if short.partition("/")[0] == bare.partition("/")[0] and bare.startswith(short):
            step = Step(offset=found.start(), raw=found[0], replacement=url, kind="exact", reason=_CARD_REASON)
            return RichText(text=text[: found.start()] + url + text[found.end() :], urls=(url,), steps=(step,))
    return RichText(text=text, urls=(url,) if bare else ())


def _replace(text: str, spans: list[_Span]) -> RichText:
    raw = None if text.isascii() else text.encode("utf-8", "surrogatepass")  # of ASCII, bytes are characters
    size = len(text) if raw is None else len(raw)
    out: list[str] = []
    urls: dict[str, None] = {}
    steps: list[Step] = []
    passed = copied = offset = 0  # bytes passed; bytes and characters copied
    for start, end, url in spans:
        if start < passed or end > size or (raw is not None and (_splits(raw, start) or _splits(raw, end))):
            continue
        passed = end
        if url is None:
            continue
        urls[url] = None
        shown = _cut(text, raw, start, end)
        if shortened(shown, url):
            before = _cut(text, raw, copied, start)
            offset += len(before)
            steps.append(Step(offset=offset, raw=shown, replacement=url, kind="exact", reason=_REASON))
            out += before, url
            offset += len(shown)
            copied = end
    if not steps:
        return RichText(text=text, urls=tuple(urls))
    out.append(_cut(text, raw, copied, size))
    return RichText(text="".join(out), urls=tuple(urls), steps=tuple(steps))


def _cut(text: str, raw: bytes | None, start: int, end: int) -> str:
    """A stretch of a text, given in bytes; `raw` is its UTF-8, `None` where that is the text itself."""
    return text[start:end] if raw is None else raw[start:end].decode("utf-8", "surrogatepass")


def _start(span: _Span) -> int:
    return span[0]


def _splits(raw: bytes, at: int) -> bool:
    """True inside a character: a continuation byte follows."""
    return at < len(raw) and raw[at] & 0xC0 == 0x80


def _facet_spans(facets: Any) -> list[_Span]:
    spans: list[_Span] = []
    for facet in _items(facets):
        index = facet.get("index") if isinstance(facet, dict) else None
        if isinstance(index, dict):
            start, end = index.get("byteStart"), index.get("byteEnd")
            if type(start) is int and type(end) is int and 0 <= start < end:
                spans.append((start, end, _linked(facet.get("features"))))
    return spans


def _linked(features: Any) -> str | None:
    for feature in _items(features):
        if isinstance(feature, dict) and feature.get("$type") == _LINK:
            url = feature.get("uri")
            if isinstance(url, str) and url:
                return url
    return None


def _entity_spans(text: str, entities: Any) -> list[_Span]:
    """Spans of the deprecated `entities`, UTF-16 offsets turned into bytes."""
    places = _Places(text)
    spans: list[_Span] = []
    for entity in _items(entities):
        if not isinstance(entity, dict):
            continue
        index, url = entity.get("index"), entity.get("value")
        if entity.get("type") == "link" and isinstance(url, str) and isinstance(index, dict):
            start, end = places.byte(index.get("start")), places.byte(index.get("end"))
            if start is not None and end is not None and start < end:
                spans.append((start, end, url))
    return spans


def _items(values: Any) -> Sequence[Any]:
    if not isinstance(values, (list, tuple)):
        return ()
    return values if len(values) <= _MOST else values[:_MOST]


class _Places:
    """UTF-16 offset → byte offset; `None` between the halves of a character or past the end."""

    def __init__(self, text: str) -> None:
        self._byte_of: dict[int, int] = {}
        unit = byte = 0
        for character in text:
            self._byte_of[unit] = byte
            unit += 2 if character > "\uffff" else 1
            byte += len(character.encode("utf-8", "surrogatepass"))
        self._byte_of[unit] = byte

    def byte(self, unit: Any) -> int | None:
        """The byte offset of a UTF-16 offset."""
        return self._byte_of.get(unit) if type(unit) is int else None
