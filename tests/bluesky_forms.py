"""One invented account, written in each form that Bluesky gives it out.

The forms share the records and nothing else, so that readers which agree on them agree on the records.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import libipld

DID = "did:plc:inventedinventedinvented"
HANDLE = "heads.example"
NAME = "Heads of Example"
POST = "app.bsky.feed.post"
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


def rkey(number: int) -> str:
    """A record key of the usual form (a TID), rising with `number`."""
    value = (1_740_000_000_000_000 + number * 60_000_000) << 10
    return "".join(_LETTERS[value >> shift & 31] for shift in range(60, -1, -5))


def uri(number: int, did: str = DID) -> str:
    """The at-URI of post `number`."""
    return f"at://{did}/{POST}/{rkey(number)}"


def ref(number: int, did: str = DID) -> dict[str, str]:
    """A strong reference to post `number`."""
    return {"uri": uri(number, did), "cid": "bafyreib2rxk3rh6kzwq"}


def record(text: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """A post record; further fields as they stand on the wire."""
    created = f"2025-03-{number // 60 % 28 + 1:02}T09:{number % 60:02}:30.125Z"
    return {"$type": POST, "text": text, "createdAt": created, "langs": ["en"], **more}


def link(text: str, shown: str, url: str) -> dict[str, Any]:
    """A link facet over the first `shown` in `text`."""
    start = len(text[: text.index(shown)].encode())
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": url}
    return {"index": {"byteStart": start, "byteEnd": start + len(shown.encode())}, "features": [feature]}


def external(url: str, title: str, description: str = "") -> dict[str, Any]:
    """An embedded web page."""
    return {"$type": "app.bsky.embed.external", "external": {"uri": url, "title": title, "description": description}}


def account() -> list[dict[str, Any]]:
    """The account's posts, oldest first: a thread, a card, a quote, pictures, odd scripts."""
    linked = "Our reply – “too late” – is at heads.example/policy/a-lon... today"
    url = "https://heads.example/policy/a-long-reply-on-staffing"
    reply = {"root": ref(1), "parent": ref(1)}
    return [
        record("Good morning from the new office", 0),
        record("Staffing, in three parts 🧵", 1),
        record("2/3 Schools cannot recruit", 2, reply=reply),
        record("3/3 And what would help", 3, reply={"root": ref(1), "parent": ref(2)}),
        record(
            linked, 4, facets=[link(linked, "heads.example/policy/a-lon...", url)], embed=external(url, "Our reply")
        ),
        record("Worth reading", 5, embed={"$type": "app.bsky.embed.record", "record": ref(4, "did:plc:other")}),
        record(
            "👩‍🏫 naïve café 日本語",
            6,
            embed={
                "$type": "app.bsky.embed.images",
                "images": [{"alt": "A full hall", "image": {"$type": "blob", "mimeType": "image/png", "size": 1}}],
            },
        ),
    ]


# ------------------------------------------------------------------ JSON


def view(made: dict[str, Any], number: int, **more: Any) -> dict[str, Any]:
    """A post view around a record."""
    author = {"did": DID, "handle": HANDLE, "displayName": NAME, "labels": []}
    return {
        "uri": uri(number),
        "cid": cid_of(made),
        "author": author,
        "record": made,
        "replyCount": 1,
        "repostCount": 2,
        "likeCount": 3,
        "quoteCount": 4,
        "indexedAt": made.get("createdAt"),
        "labels": [],
        **more,
    }


def author_feed(records: list[dict[str, Any]]) -> bytes:
    """getAuthorFeed, newest first."""
    items = [{"post": view(made, number)} for number, made in enumerate(records)]
    return dump({"feed": items[::-1], "cursor": "2025-03-01T09:00:00Z"})


def list_records(records: list[dict[str, Any]]) -> bytes:
    """com.atproto.repo.listRecords."""
    listed = [{"uri": uri(number), "cid": cid_of(made), "value": made} for number, made in enumerate(records)]
    return dump({"records": listed, "cursor": rkey(0)})


def sdk_dump(records: list[dict[str, Any]]) -> bytes:
    """An author feed as the Python SDK's `model_dump` writes it: snake_case, `py_type`, nulls."""
    feed = json.loads(author_feed(records))
    for item in feed["feed"]:
        item.update(reason=None, reply=None)
        item["post"]["record"].setdefault("facets", None)
        item["post"]["record"].setdefault("entities", None)
    return dump(_snake(feed))


def _snake(value: Any) -> Any:
    if isinstance(value, list):
        return [_snake(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        "py_type" if name == "$type" else re.sub(r"([A-Z])", r"_\1", name).lower(): _snake(item)
        for name, item in value.items()
    }


def jetstream(records: list[dict[str, Any]], deleted: tuple[int, ...] = ()) -> bytes:
    """Jetstream v1 lines, deletions last."""
    lines = [_event(number, operation="create", record=made, cid=cid_of(made)) for number, made in enumerate(records)]
    lines += [_event(number, operation="delete") for number in deleted]
    return b"\n".join(map(dump, lines)) + b"\n"


def _event(number: int, **commit: Any) -> dict[str, Any]:
    change = {"rev": rkey(number), "collection": POST, "rkey": rkey(number), **commit}
    return {"did": DID, "time_us": 1_740_000_000_000_000 + number, "kind": "commit", "commit": change}


def dump(value: Any) -> bytes:
    """JSON as services write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# ------------------------------------------------------------------ account exports


def cid_bytes(data: bytes) -> bytes:
    """The CID of a DAG-CBOR block; libipld writes bytes of this form as a link."""
    return b"\x01\x71\x12\x20" + hashlib.sha256(data).digest()


def cid_of(made: dict[str, Any]) -> str:
    """The CID of a record, as text."""
    return str(libipld.encode_cid(cid_bytes(libipld.encode_dag_cbor(made))))


def varint(number: int) -> bytes:
    """Unsigned LEB128."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


class Repo:
    """A repository being written: keys to records, and the blocks of its CAR file in order."""

    def __init__(self, did: str = DID) -> None:
        self.did = did
        self.blocks: list[bytes] = []  # DAG-CBOR
        self.keys: dict[str, bytes] = {}

    def put(self, value: Any) -> bytes:
        """Add a block; its CID."""
        data: bytes = libipld.encode_dag_cbor(value)
        self.blocks.append(data)
        return cid_bytes(data)

    def add(self, key: str, value: Any) -> None:
        """Add a record under `collection/rkey`."""
        self.keys[key] = self.put(copy.deepcopy(value))

    def file(self, root_first: bool = False) -> bytes:
        """The CAR file; with `root_first` as servers stream it: commit, index, records."""
        records, self.blocks = self.blocks, []
        tree = mst(sorted(self.keys.items()), self.put)
        commit = self.put(
            {"did": self.did, "version": 3, "data": tree, "rev": rkey(9), "prev": None, "sig": b"\x00" * 64}
        )
        blocks = [*self.blocks[::-1], *records] if root_first else [*records, *self.blocks]
        self.blocks = records
        return car(commit, blocks)


def car(root: bytes, blocks: list[bytes]) -> bytes:
    """A CAR file of these blocks."""
    header = libipld.encode_dag_cbor({"roots": [root], "version": 1})
    return b"".join([varint(len(header)), header, *map(frame, blocks)])


def frame(block: bytes) -> bytes:
    """One block with its length and CID."""
    return varint(len(block) + 36) + cid_bytes(block) + block


def mst(entries: list[tuple[str, bytes]], put: Callable[[Any], bytes]) -> bytes:
    """The Merkle search tree of sorted entries: a key's layer is half the zero bits that begin its hash."""
    layered = [(name.encode(), cid, _layer(name)) for name, cid in entries]
    return _node(layered, max((layer for _, _, layer in layered), default=0), put)


def _layer(name: str) -> int:
    return (256 - int.from_bytes(hashlib.sha256(name.encode()).digest(), "big").bit_length()) // 2


def _node(entries: list[tuple[bytes, bytes, int]], layer: int, put: Callable[[Any], bytes]) -> bytes:
    groups: list[list[tuple[bytes, bytes, int]]] = [[]]
    own: list[tuple[bytes, bytes]] = []
    for name, cid, level in entries:
        if level >= layer:
            own.append((name, cid))
            groups.append([])
        else:
            groups[-1].append((name, cid, level))
    below = [_node(group, layer - 1, put) if group else None for group in groups]
    made, last = [], b""
    for (name, cid), under in zip(own, below[1:], strict=True):
        shared = 0
        while shared < min(len(name), len(last)) and name[shared] == last[shared]:
            shared += 1
        made.append({"p": shared, "k": name[shared:], "v": cid, "t": under})
        last = name
    return put({"l": below[0], "e": made})


def repo(records: list[dict[str, Any]]) -> Repo:
    """A repository that holds these posts, a profile and other collections."""
    made = Repo()
    made.add("app.bsky.actor.profile/self", {"$type": "app.bsky.actor.profile", "displayName": NAME})
    for number, post in enumerate(records):
        made.add(f"{POST}/{rkey(number)}", post)
    like = {"$type": "app.bsky.feed.like", "subject": ref(1), "createdAt": "2025-03-01T00:00:00Z"}
    for number in range(3):
        made.add(f"app.bsky.feed.like/{rkey(number)}", {**like, "n": number})
        made.add(f"chat.example.note/{rkey(number)}", {"$type": "chat.example.note", "text": "no post", "n": number})
    return made
