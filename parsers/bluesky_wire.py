"""The JSON that Bluesky's services answer with, as typed structures; unknown fields are passed over unread.

The names follow the lexicons. Everything may be absent: views have gained and lost fields over the years.
A value of an unexpected type makes decoding fail; `bluesky_json` then reads that one item with more patience.
"""

from __future__ import annotations

from typing import Any

import msgspec

from parsers.bluesky_post import PostRecord

#: An absent value; msgspec can leave a value undecoded only where nothing else is allowed.
NONE = msgspec.Raw()


def given(raw: msgspec.Raw) -> bool:
    """True where an undecoded value is present and not null."""
    return raw is not NONE and bytes(raw) not in (b"", b"null")


class Author(msgspec.Struct, rename="camel", gc=False):
    """Who wrote or reposted."""

    did: str | None = None
    handle: str | None = None
    display_name: str | None = None
    labels: Any = None


class PostView(msgspec.Struct, rename="camel", gc=False):
    """A post with its counts, as the AppView shows it."""

    type: str | None = msgspec.field(name="$type", default=None)
    uri: str | None = None
    cid: str | None = None
    author: Author | None = None
    record: PostRecord | None = None
    like_count: int | None = None
    repost_count: int | None = None
    reply_count: int | None = None
    quote_count: int | None = None
    labels: Any = None


class Parent(msgspec.Struct, rename="camel", gc=False):
    """The parent in a feed item, of which only its absence matters here."""

    not_found: bool | None = None
    blocked: bool | None = None


class FeedReply(msgspec.Struct, gc=False):
    """The context that a feed shows above a reply."""

    parent: Parent | None = None


class Reason(msgspec.Struct, gc=False):
    """Why an item is in a feed: a repost or a pin."""

    type: str | None = msgspec.field(name="$type", default=None)
    by: Author | None = None


class Commit(msgspec.Struct, gc=False):
    """A change of one record, as Jetstream tells it (v1: `commit`, v2: `payload`)."""

    type: str | None = msgspec.field(name="$type", default=None)
    did: str | None = None
    operation: str | None = None
    collection: str | None = None
    rkey: str | None = None
    record: PostRecord | None = None
    cid: str | None = None


class Item(PostView, rename="camel", gc=False):
    """Any one thing that an export lists, or a whole page of them; which fields are set tells what it is."""

    post: PostView | None = None  # feed item, thread node
    reply: FeedReply | None = None
    reason: Reason | None = None
    parent: msgspec.Raw = NONE
    replies: msgspec.Raw = NONE
    value: PostRecord | None = None  # listRecords, getRecord
    did: str | None = None  # Jetstream
    kind: str | None = None
    commit: Commit | None = None
    payload: Commit | None = None
    feed: list[Item] | None = None  # pages
    posts: list[Item] | None = None
    records: list[Item] | None = None
    thread: msgspec.Raw = NONE


class LoosePage(msgspec.Struct, gc=False):
    """A page whose items are decoded one by one."""

    feed: list[msgspec.Raw] | None = None
    posts: list[msgspec.Raw] | None = None
    records: list[msgspec.Raw] | None = None
    thread: msgspec.Raw = NONE


class ThreadNode(msgspec.Struct, rename="camel", gc=False):
    """One post of a thread with what stands above and below; nested, or one of V2's flat list."""

    type: str | None = msgspec.field(name="$type", default=None)
    uri: str | None = None
    post: PostView | None = None
    value: ThreadNode | None = None  # V2
    parent: ThreadNode | None = None
    replies: list[ThreadNode] | None = None
    not_found: bool | None = None
    blocked: bool | None = None


def snake_to_wire(value: Any) -> Any:
    """A dump of the Python SDK in the form that was on the wire: camelCase, `$type`, no nulls.

    >>> snake_to_wire({"py_type": "x", "like_count": 3, "reply": None})
    {'$type': 'x', 'likeCount': 3}
    """
    if isinstance(value, list):
        return [snake_to_wire(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_wire_name(name): snake_to_wire(item) for name, item in value.items() if item is not None}


def _wire_name(name: str) -> str:
    if name == "py_type":
        return "$type"
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)
