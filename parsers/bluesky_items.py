"""One item of a Bluesky document: a feed item, a view, a record, an event, a thread, an exporter's row.

Which error is worse: to drop a post for one odd field is worse than to take it without that field.
So an item that does not fit its type is taken apart, and what does not fit is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from parsers.bluesky_collect import Collector
from parsers.bluesky_post import COLLECTION, PostRecord, Surroundings
from parsers.bluesky_rows import row_post
from parsers.bluesky_wire import Author, Commit, Item, Parent, PostView, Reason, ThreadNode, given, snake_to_wire
from parsers.findings import Where, in_words
from parsers.model import Counts, Hint

#: What decoding can raise, whatever the input.
BAD = (msgspec.MsgspecError, ValueError, RecursionError)
_NOBODY = Author()
_ITEM = msgspec.json.Decoder(Item)
_THREAD = msgspec.json.Decoder(ThreadNode | list[ThreadNode])


class Items:
    """Takes in items, one by one."""

    def __init__(self, hint: Hint) -> None:
        self.into = Collector(hint)
        self.snake = False  # a dump of the Python SDK
        self.known = False  # something of a known form was met

    def element(self, raw: bytes, where: Where) -> None:
        """One item on its own."""
        wrong = self.attempt(raw, where)
        if wrong:
            self.into.findings.add(wrong, where, "error", excerpt(raw))

    def attempt(self, raw: bytes, where: Where) -> str | None:
        """Take in one item; what is wrong with it, if anything."""
        try:
            item = None if self.snake else _ITEM.decode(raw)
        except BAD:
            item = None
        if item is not None and known(item):
            self.item(item, where)
            return None
        try:
            return self.patiently(_lenient(raw), where)
        except RecursionError:
            return "this record is nested too deeply"
        except BAD as exc:
            return f"this record is not valid JSON: {exc}"

    def patiently(self, value: Any, where: Where) -> str | None:
        """An item whose form is odd: leave out the fields that do not fit; at last take it as an exporter's row."""
        if not isinstance(value, dict):
            return "this record is not an object"
        item = _fit(snake_to_wire(value), Item)
        if known(item):
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
        kind = f"{outer}, record" if outer else "record"
        for number, inner in enumerate(items, 1):
            self.item(inner, (kind, number))

    def feed_item(self, item: Item, where: Where) -> None:
        if given(item.parent) or given(item.replies):
            node = ThreadNode(post=item.post)
            node.parent = _node(item.parent)
            node.replies = _nodes(item.replies)
            self.nodes([node], where)
            return
        if item.post is not None:
            self.view(item.post, where, item)

    def view(self, view: PostView, where: Where, item: Item | None = None) -> None:
        """A post view; `item` is the feed item around it."""
        author = view.author or _NOBODY
        if author.labels and self.into.refuses(author, where):
            return
        around = Surroundings(
            uri=view.uri,
            cid=view.cid,
            did=author.did,
            handle=author.handle,
            name=author.display_name,
            counts=Counts(
                likes=view.like_count, reposts=view.repost_count, replies=view.reply_count, quotes=view.quote_count
            ),
            labels=view.labels,
        )
        if item is not None:
            if item.reason is not None:
                _take_reason(around, item.reason)
            if item.reply is not None and item.reply.parent is not None:
                _take_parent(around, item.reply.parent)
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
            self.into.findings.add("this thread is nested too deeply", where, "error", excerpt(raw))
            return
        except BAD as exc:
            self.into.findings.add(f"this thread could not be read: {exc}", where, "error", excerpt(raw))
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


def _take_reason(around: Surroundings, reason: Reason) -> None:
    """Why the item is in the feed: a repost or a pin."""
    if reason.by is not None:
        around.reposted_by = reason.by.handle or reason.by.did
    elif reason.type is not None and reason.type.endswith("#reasonPin"):
        around.pinned = True


def _take_parent(around: Surroundings, parent: Parent) -> None:
    """What the feed says about a parent that it cannot show."""
    if parent.not_found:
        around.parent_state = "notFound"
    elif parent.blocked:
        around.parent_state = "blocked"


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
    except BAD:
        return None


def _nodes(raw: msgspec.Raw) -> list[ThreadNode] | None:
    try:
        return msgspec.json.decode(raw, type=list[ThreadNode]) if given(raw) else None
    except BAD:
        return None


def known(item: Item) -> bool:
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
    except BAD:
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
        except BAD:
            continue
        setattr(kept, field.name, fitted)
    return kept


def _struct_of(annotation: Any) -> type[Any] | None:
    for choice in getattr(annotation, "__args__", (annotation,)):
        if isinstance(choice, type) and issubclass(choice, msgspec.Struct):
            return choice
    return None


def excerpt(raw: bytes) -> str:
    return raw[:200].decode("utf-8", "replace")
