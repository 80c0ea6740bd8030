"""Bluesky posts from JSON: service answers, record listings, event lines, library dumps, exporter rows.

Which error is worse: to lose a whole export for one odd item is worse than to read slowly.
So a document is first decoded at once into typed structures; where anything in it does not fit, its items are
decoded one by one, and where even the JSON is broken, the items are cut out of the bytes by their brackets.
Each step keeps everything that the step before could not.

An account that asks not to be shown to people who are not logged in (`!no-unauthenticated`) is left out.
A repost is a pointer: the post belongs to its author, and `reposted_by` says who pointed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from parsers import json_split
from parsers.bluesky_collect import Collector
from parsers.bluesky_post import COLLECTION, PostRecord, Surroundings
from parsers.bluesky_rows import row_post
from parsers.bluesky_wire import (
    Author,
    Commit,
    Item,
    LoosePage,
    PostView,
    ThreadNode,
    given,
    snake_to_wire,
)
from parsers.errors import ParseError
from parsers.findings import Where, in_words
from parsers.model import Counts, Hint, ParseResult

_HEAD = 65536
_EVIDENCE = re.compile(rb"app\.bsky\.|at:\\?/\\?/did:|bsky\.(?:app|social)|\"did\"\s*:\s*\"did:(?:plc|web):")
# Feeds and blogs link to the app; only data of the network names its collections and records.
_RECORDS = re.compile(rb"app\.bsky\.feed\.|at:\\?/\\?/did:")
_NULLABLE = re.compile(rb'"py_type"\s*:')
_PAGES = {"feed": "an author feed", "posts": "a list of posts", "records": "a record listing", "thread": "a thread"}
_BAD = (msgspec.MsgspecError, ValueError, RecursionError)
_PAGE = msgspec.json.Decoder(Item | list[Item])
_ITEM = msgspec.json.Decoder(Item)
_LOOSE = msgspec.json.Decoder(LoosePage | list[msgspec.Raw])
_INSIDE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_THREAD = msgspec.json.Decoder(ThreadNode | list[ThreadNode])
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


class _Reader:
    """Reads one document."""

    def __init__(self, hint: Hint) -> None:
        self.into = Collector(hint)
        self.snake = False
        self.known = False  # something of a known form was met

    def read(self, data: bytes) -> ParseResult:
        start = data.lstrip()[:1]
        if start not in (b"{", b"["):
            raise ParseError(_not_json(data))
        self.snake = bool(_NULLABLE.search(data[:_HEAD]))
        if _has_lines(data):
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
            except _BAD:
                pass
            else:
                items = whole if isinstance(whole, list) else [whole]
                if all(_known(item) for item in items):
                    self.items(items)
                    return
        self.loose(data)

    def items(self, items: list[Item]) -> None:
        for number, item in enumerate(items, 1):
            self.item(item, ("record", number))

    def loose(self, data: bytes, depth: int = 0) -> None:
        try:
            page = _LOOSE.decode(data)
        except _BAD:
            self.salvage(data)
            return
        if isinstance(page, LoosePage):
            elements = page.feed or page.posts or page.records
            if given(page.thread):
                self.thread(bytes(page.thread), "record 1")
            elif elements is None and page.feed is page.posts is page.records is None:
                self.single(data, depth)
            page_items = elements or []
        else:
            page_items = page
        self.known = self.known or (isinstance(page, LoosePage) and elements is not None)
        for number, raw in enumerate(page_items, 1):
            self.element(bytes(raw), ("record", number))

    def single(self, data: bytes, depth: int) -> None:
        """One object that is no page: a wrapper around something, or an item."""
        if self.attempt(data, "record 1") is None or depth > 2:
            return
        try:
            inside = _INSIDE.decode(data)
        except _BAD:
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
        self.into.findings.add("the file breaks off inside this record", place, "error", _excerpt(piece.data))
        self.views(piece.data, piece.start, number - 1)

    def views(self, data: bytes, offset: int, number: int) -> None:
        for piece in json_split.views(data):
            self.known = True
            number += 1
            self.element(piece.data, f"record {number:,}, byte {offset + piece.start:,}")

    # ------------------------------------------------------------------ items

    def element(self, raw: bytes, where: Where) -> None:
        """One item on its own."""
        wrong = self.attempt(raw, where)
        if wrong:
            self.into.findings.add(wrong, where, "error", _excerpt(raw))

    def attempt(self, raw: bytes, where: Where) -> str | None:
        """Take in one item; what is wrong with it, if anything."""
        try:
            item = None if self.snake else _ITEM.decode(raw)
        except _BAD:
            item = None
        if item is not None and _known(item):
            self.item(item, where)
            return None
        try:
            return self.patiently(_lenient(raw), where)
        except RecursionError:
            return "this record is nested too deeply"
        except _BAD as exc:
            return f"this record is not valid JSON: {exc}"

    def patiently(self, value: Any, where: Where) -> str | None:
        """An item whose form is odd: leave out the fields that do not fit; at last take it as an exporter's row."""
        if not isinstance(value, dict):
            return "this record is not an object"
        item = _fit(snake_to_wire(value), Item)
        if _known(item):
            self.item(item, where)
        elif row_post(value, self.into, where) is not None:
            self.known = True
        else:
            return f"this record has no form that is known; its keys are {', '.join(list(value)[:8])}"
        return None

    def item(self, item: Item, where: Where) -> None:
        """Send an item to whoever knows its form."""
        self.known = True
        if item.post is not None:
            self.feed_item(item, where)
        elif item.record is not None and item.uri:
            self.view(item, where)
        elif item.value is not None:
            self.listed(item, where)
        elif item.commit is not None:
            self.event(item.commit, item.did, where)
        elif item.payload is not None:
            self.event(item.payload, item.payload.did, where)
        elif given(item.thread):
            self.thread(bytes(item.thread), where)
        else:
            for inner in (item.feed, item.posts, item.records):
                self.page(inner or [], where)

    def page(self, items: list[Item], where: Where) -> None:
        outer = _line(where)
        for number, inner in enumerate(items, 1):
            self.item(inner, (f"{outer}, record" if outer else "record", number))

    def feed_item(self, item: Item, where: Where) -> None:
        if given(item.parent) or given(item.replies):
            node = ThreadNode(post=item.post)
            node.parent = _node(item.parent)
            node.replies = _nodes(item.replies)
            self.nodes([node], where)
            return
        around = Surroundings()
        reason = item.reason
        if reason is not None and reason.by is not None:
            around.reposted_by = reason.by.handle or reason.by.did
        elif reason is not None and reason.type is not None and reason.type.endswith("#reasonPin"):
            around.pinned = True
        parent = item.reply.parent if item.reply else None
        if parent is not None and parent.not_found:
            around.parent_state = "notFound"
        elif parent is not None and parent.blocked:
            around.parent_state = "blocked"
        if item.post is not None:
            self.view(item.post, where, around)

    def view(self, view: PostView, where: Where, around: Surroundings | None = None) -> None:
        """A post view."""
        around = around or Surroundings()
        author = view.author or Author()
        around.uri, around.cid, around.labels = view.uri, view.cid, view.labels
        around.did, around.handle, around.name = author.did, author.handle, author.display_name
        around.counts = Counts(
            likes=view.like_count, reposts=view.repost_count, replies=view.reply_count, quotes=view.quote_count
        )
        if author.labels and self.into.refuses(author, where):
            return
        self.into.post(view.record or PostRecord(), around, where)

    def listed(self, item: Item, where: Where) -> None:
        if item.value is not None:
            self.into.post(item.value, Surroundings(uri=item.uri, cid=item.cid), where)

    def event(self, commit: Commit, did: str | None, where: Where) -> None:
        """A Jetstream event; a delete marks the post, it does not erase it."""
        if commit.collection != COLLECTION or not did or not commit.rkey:
            self.into.passed_over()
            return
        uri = f"at://{did}/{COLLECTION}/{commit.rkey}"
        if commit.operation == "delete":
            self.into.deleted(uri, did)
        elif commit.record is not None:
            around = Surroundings(uri=uri, did=did, cid=commit.cid)
            self.into.post(commit.record, around, where, newer=commit.operation == "update")

    # ------------------------------------------------------------------ threads

    def thread(self, raw: bytes, where: Where) -> None:
        self.known = True
        try:
            if self.snake:
                raw = msgspec.json.encode(snake_to_wire(msgspec.json.decode(raw)))
            found = _THREAD.decode(raw)
        except RecursionError:
            self.into.findings.add("this thread is nested too deeply", where, "error", _excerpt(raw))
            return
        except _BAD as exc:
            self.into.findings.add(f"this thread could not be read: {exc}", where, "error", _excerpt(raw))
            return
        self.nodes(found if isinstance(found, list) else [found], where)

    def nodes(self, roots: list[ThreadNode], where: Where) -> None:
        """The posts of thread nodes in reading order: what stands above, the post, what stands below."""
        outer = _line(where)
        for number, node in enumerate(_flatten(roots), 1):
            place = (f"{outer}, post" if outer else "record", number)
            inner = node.value or node
            if inner.post is not None:
                self.view(inner.post, place)
            elif (inner.type or "").endswith("#threadItemNoUnauthenticated"):
                self.into.hidden(_account(node.uri), place)
            else:
                self.into.passed_over()


def _account(uri: str | None) -> str | None:
    """The account that an at-URI names."""
    return uri.removeprefix("at://").partition("/")[0] if uri else None


def _line(where: Where) -> str:
    """The line that a place is in, where the document is one of lines."""
    words = in_words(where)
    return words if words.startswith("line") else ""


def _flatten(roots: list[ThreadNode]) -> Iterator[ThreadNode]:
    for root in roots:
        above: list[ThreadNode] = []
        node = root.parent
        while node is not None:
            above.append(node)
            node = node.parent
        yield from reversed(above)
        stack = [root]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.replies or []))


def _node(raw: msgspec.Raw) -> ThreadNode | None:
    try:
        return msgspec.json.decode(raw, type=ThreadNode) if given(raw) else None
    except _BAD:
        return None


def _nodes(raw: msgspec.Raw) -> list[ThreadNode] | None:
    try:
        return msgspec.json.decode(raw, type=list[ThreadNode]) if given(raw) else None
    except _BAD:
        return None


def _known(item: Item) -> bool:
    """True where the item has a form that is read without asking for column names."""
    return (
        item.post is not None
        or (item.record is not None and item.uri is not None)
        or item.value is not None
        or item.kind in ("commit", "identity", "account")
        or item.payload is not None
        or item.feed is not None
        or item.posts is not None
        or item.records is not None
        or given(item.thread)
    )


def _lenient(raw: bytes) -> Any:
    """A decoded value; bytes that are no UTF-8 and halves of characters become replacement characters."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError):
        value = json.loads(raw.decode("utf-8", "replace"), parse_constant=lambda _: None, strict=False)
        text = json.dumps(value, ensure_ascii=False)
        return msgspec.json.decode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _fit(value: dict[str, Any], kind: type[Any]) -> Any:
    """`value` as a Struct of `kind`, with the fields left out whose type is not the expected one."""
    try:
        return msgspec.convert(value, kind)
    except _BAD:
        pass
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    kept = kind()
    for name, part in value.items():
        field = fields.get(name)
        if field is None:
            continue
        nested = _struct_of(field.type)
        try:
            fitted = _fit(part, nested) if nested and isinstance(part, dict) else msgspec.convert(part, field.type)
        except _BAD:
            continue
        setattr(kept, field.name, fitted)
    return kept


def _struct_of(annotation: Any) -> type[Any] | None:
    for choice in getattr(annotation, "__args__", (annotation,)):
        if isinstance(choice, type) and issubclass(choice, msgspec.Struct):
            return choice
    return None


def _has_lines(data: bytes) -> bool:
    """True for JSON lines: the first line is a whole value and something follows."""
    end = data.find(b"\n")
    if end < 0 or not data[end:].strip():
        return False
    try:
        _RAW.decode(data[:end])
    except RecursionError:
        return True
    except _BAD:
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


def _excerpt(raw: bytes) -> str:
    return raw[:200].decode("utf-8", "replace")


def _not_json(data: bytes) -> str:
    if data.lstrip()[:1] == b"<":
        return "this is a web page, not JSON: the server probably answered with an error page; fetch it again"
    return "this is not JSON: it starts with neither { nor ["


def _nothing(data: bytes) -> str:
    _, keys = json_split.top_keys(data[:_HEAD])
    if "error" in keys:
        return f"the service answered with an error instead of posts: {_excerpt(data)}"
    return f"JSON without Bluesky posts; its keys are: {', '.join(keys[:10]) or 'none'}"
