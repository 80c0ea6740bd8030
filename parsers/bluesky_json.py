"""Bluesky posts from JSON: service answers, record listings, event lines, library dumps, exporter rows.

Which error is worse: to lose a whole export for one odd item is worse than to read slowly.
So a document is first decoded at once into typed structures; where anything in it does not fit, its items are
decoded one by one, and where even the JSON is broken, the items are cut out of the bytes by their brackets.
Each step keeps everything that the step before could not.

An account that asks not to be shown to people who are not logged in (`!no-unauthenticated`) is left out.
A repost is a pointer: the post belongs to its author, and `reposted_by` says who pointed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

import msgspec

from parsers import json_split
from parsers.bluesky_items import BAD, Items, excerpt, known
from parsers.bluesky_wire import Item, LoosePage, given
from parsers.errors import ParseError
from parsers.findings import Findings
from parsers.model import Hint, ParseResult, Post

_HEAD = 65536
_START = 16384  # every model of the Python SDK names its type, so the first object does
_PORTION = 8 << 20  # bytes of lines read together
_EVIDENCE = re.compile(rb"app\.bsky\.|at:\\?/\\?/did:|bsky\.(?:app|social)|\"did\"\s*:\s*\"did:(?:plc|web):")
# Feeds and blogs link to the app; only data of the network names its collections and records.
_RECORDS = re.compile(rb"app\.bsky\.feed\.|at:\\?/\\?/did:")
_NULLABLE = re.compile(rb'"py_type"\s*:')
_PAGES = {"feed": "an author feed", "posts": "a list of posts", "records": "a record listing", "thread": "a thread"}
_PAGE = msgspec.json.Decoder(Item | list[Item])
_LOOSE = msgspec.json.Decoder(LoosePage | list[msgspec.Raw])
_INSIDE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW = msgspec.json.Decoder(msgspec.Raw)


def looks_like(data: bytes) -> str | None:
    """Why `data` is Bluesky JSON, or `None`; only its start is read."""
    head = _unmark(data[:_HEAD]).lstrip()
    opening, keys = json_split.top_keys(head)
    if not keys:
        return None
    told = bool(_EVIDENCE.search(head))
    for key, what in _PAGES.items():
        if key in keys and (told or re.search(rb'"%s"\s*:\s*\[\s*\]' % key.encode(), head)):
            return f"JSON with {what} of Bluesky"
    if not told or b"jsonfeed.org/version" in head:
        return None
    reason = _item_reason(set(keys), opening)
    if reason is None and opening == "{" and _RECORDS.search(head):
        reason = "JSON around posts of Bluesky" if re.search(rb":\s*[\[{]", head) else None
    return reason


def _item_reason(keys: set[str], opening: str) -> str | None:
    many = "a list" if opening == "[" else "lines or one object"
    if {"did", "commit"} <= keys or {"$type", "payload"} <= keys or {"did", "time_us"} <= keys:
        return "JSON events of Jetstream"
    if "post" in keys or {"uri", "record"} <= keys:
        return f"JSON: {many} of Bluesky post views"
    if {"uri", "value"} <= keys:
        return f"JSON: {many} of Bluesky records"
    names = {re.sub(r"[^a-z]", "", key.lower()) for key in keys}
    if names & {"text", "content", "posttext"} and names & {"uri", "posturi", "link", "url", "posturl", "aturi"}:
        return f"JSON: {many} of rows with Bluesky posts"
    return None


def parse(data: bytes, hint: Hint | None = None) -> ParseResult:
    """Read every post of the document, in its order.

    Raises `ParseError` where the bytes are not JSON or hold nothing of a known form.
    """
    return _Reader(hint or Hint()).read(_unmark(data))


def stream(source: bytes | BinaryIO, hint: Hint | None = None, findings: Findings | None = None) -> Iterator[Post]:
    """The posts of JSON lines of any size, in bounded memory; a post that comes twice is given twice.

    `findings` gathers the problems.
    Raises `ParseError` where no line holds anything of a known form.
    """
    findings = findings if findings is not None else Findings()
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    file.seek(0)
    number, known = 0, False
    while lines := file.readlines(_PORTION):
        reader = _Reader(hint or Hint())
        reader.into.findings = findings
        reader.snake = _is_snake(lines[0])
        for line in lines:
            number += 1
            if line.strip():
                reader.element(_unmark(line.strip()), ("line", number))
        known = known or reader.known
        yield from reader.into.result("bluesky-json").records  # type: ignore[misc]
    if not known:
        raise ParseError("JSON lines without Bluesky posts")


class _Reader(Items):
    """Reads one document."""

    def read(self, data: bytes) -> ParseResult:
        start = data.lstrip()[:1]
        if start not in (b"{", b"["):
            raise ParseError(_not_json(data))
        self.snake = _is_snake(data[:_START])
        if has_lines(data):
            for number, line in _lines(data):
                self.element(line, ("line", number))
        else:
            self.document(data)
        if not self.known:
            raise ParseError(_nothing(data))
        return self.into.result("bluesky-json")

    # ------------------------------------------------------------------ documents

    def document(self, data: bytes) -> None:
        """One JSON value: fast where all of it fits, else item by item."""
        if not self.snake:
            try:
                whole = _PAGE.decode(data)
            except BAD:
                pass
            else:
                items = whole if isinstance(whole, list) else [whole]
                if all(known(item) for item in items):
                    self.items(items)
                    return
        self.loose(data)

    def items(self, items: list[Item]) -> None:
        for number, item in enumerate(items, 1):
            self.item(item, ("record", number))

    def loose(self, data: bytes, depth: int = 0) -> None:
        """One JSON value, item by item; `depth` counts the wrappers around it."""
        try:
            page = _LOOSE.decode(data)
        except msgspec.ValidationError:  # whole, but no page
            self.single(data, depth)
            return
        except BAD:
            self.salvage(data)
            return
        if isinstance(page, LoosePage):
            lists = [found for found in (page.feed, page.posts, page.records) if found is not None]
            if given(page.thread):
                self.thread(bytes(page.thread), "record 1")
            elif not lists:
                self.single(data, depth)
            self.known = self.known or bool(lists)
        else:
            lists = [page]
        for number, raw in enumerate(chain.from_iterable(lists), 1):
            self.element(bytes(raw), ("record", number))

    def single(self, data: bytes, depth: int) -> None:
        """One object that is no page: a wrapper around something, or an item."""
        if self.attempt(data, "record 1") is None or depth > 2:
            return
        try:
            inside = _INSIDE.decode(data)
        except BAD:
            return
        for wrapped in map(bytes, inside.values()):
            if wrapped[:1] in (b"{", b"["):
                self.loose(wrapped, depth + 1)

    def salvage(self, data: bytes) -> None:
        """The JSON is broken or nested too deeply: take the items that are whole."""
        number = 0
        for number, piece in enumerate(json_split.pieces(data), 1):
            self.piece(piece, number)
        if not number:
            self.views(data, 0, number)
        if not self.known:
            raise ParseError("the JSON is broken or nested too deeply, and no whole record could be cut out of it")
        self.into.findings.add("the JSON of this file is damaged; what is whole was read", "", "info")

    def piece(self, piece: json_split.Piece, number: int) -> None:
        if piece.whole:
            self.known = True
            self.element(piece.data, f"record {number:,}, byte {piece.start:,}")
            return
        place = f"record {number:,}, byte {piece.start:,}"
        self.into.findings.add("the file breaks off inside this record", place, "error", excerpt(piece.data))
        self.views(piece.data, piece.start, number - 1)

    def views(self, data: bytes, offset: int, number: int) -> None:
        for piece in json_split.views(data):
            self.known = True
            number += 1
            self.element(piece.data, f"record {number:,}, byte {offset + piece.start:,}")


def _is_snake(head: bytes) -> bool:
    """True for a dump of the Python SDK."""
    return b'"py_type"' in head and bool(_NULLABLE.search(head))


def has_lines(data: bytes) -> bool:
    """True for JSON lines: the first line is a whole value and something follows; the start of `data` is enough."""
    end = data.find(b"\n")
    if end < 0 or not data[end:].strip():
        return False
    try:
        _RAW.decode(data[:end])
    except RecursionError:
        return True
    except BAD:
        return False
    return True


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    start = number = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        number += 1
        line = data[start:end].strip()
        start = end + 1
        if line:
            yield number, line


def _unmark(data: bytes) -> bytes:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def _not_json(data: bytes) -> str:
    if data.lstrip()[:1] == b"<":
        return "this is a web page, not JSON: the server probably answered with an error page; fetch it again"
    return "this is not JSON: it starts with neither { nor ["


def _nothing(data: bytes) -> str:
    _, keys = json_split.top_keys(data[:_HEAD])
    if "error" in keys:
        return f"the service answered with an error instead of posts: {excerpt(data)}"
    return f"JSON without Bluesky posts; its keys are: {', '.join(keys[:10]) or 'none'}"
