"""A Bluesky account export: a CAR file that holds the account's repository.

Which error is worse: to bring back a deleted post is worse than to miss one.
A repository keeps old blocks, so only what its index (a Merkle search tree) reaches from the root is alive;
loose blocks are never read. Where a part of the index is missing, what hung below it is reported, not guessed.

An export holds the account's own records: no counts, no handles, no posts of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import msgspec

from parsers.bluesky_collect import HIDDEN, Collector
from parsers.bluesky_post import COLLECTION, PostRecord, Surroundings, has_label, make_post, repaired
from parsers.car_blocks import Blocks, Source, source_of, varint
from parsers.errors import ParseError
from parsers.findings import Findings
from parsers.model import Hint, ParseResult, Post

_POSTS = f"{COLLECTION}/"
_POSTS_END = f"{COLLECTION}0"  # "0" follows "/"
_LAST = "\U0010ffff"  # behind every key
_PROFILE = "app.bsky.actor.profile/self"
_CID_START = b"\x01\x71\x12\x20"
# A key's layer comes from the zero bits of its hash, two a layer: 128 is the most that SHA-256 can give.
_DEEPEST = 128
_CAR2 = b"\x0a\xa1gversion\x02"


def looks_like(data: bytes) -> str | None:
    """Why `data` is an account export, or `None`; only its first bytes are read."""
    if data.startswith(_CAR2) or b"eroots" in data[1:12] or b"gversion" in data[1:12]:
        return "an account export: a CAR file with its root"
    return None


def parse(data: bytes, hint: Hint | None = None) -> ParseResult:
    """Read every live post of the export, oldest first.

    Raises `ParseError` where the bytes are no CAR file or the repository's root is missing.
    """
    hint = hint or Hint()
    into = Collector(hint)
    repo = _Repo(source_of(data), hint, into.findings)
    into.posts.extend(repo.posts())  # a key stands once in an index, so no URI comes twice
    result = into.result("bluesky-car")
    return msgspec.structs.replace(result, notes={**result.notes, **repo.notes})


def stream(
    source: Path | bytes | BinaryIO, hint: Hint | None = None, findings: Findings | None = None
) -> Iterator[Post]:
    """The live posts of an export of any size, oldest first, in bounded memory.

    `findings` gathers the problems; they are complete when the iterator is exhausted.
    Raises `ParseError` as `parse` does.
    """
    findings = findings if findings is not None else Findings()
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from _stream(source_of(file), hint or Hint(), findings)
    else:
        yield from _stream(source_of(source), hint or Hint(), findings)


def _stream(source: Source, hint: Hint, findings: Findings) -> Iterator[Post]:
    for post in _Repo(source, hint, findings).posts():
        yield repaired(post)


#: A node of the index that is still to be read: its CID, the keys that its own lie between, its depth.
_Node: TypeAlias = tuple[Any, str, str, int]
#: Keys and records that follow each other in one node.
_Run: TypeAlias = list[tuple[str, bytes]]
_Part: TypeAlias = _Node | _Run


class _Repo:
    """One repository."""

    def __init__(self, source: Source, hint: Hint, findings: Findings) -> None:
        import libipld  # only people with account exports need it

        self._decode = libipld.decode_dag_cbor
        self._name_cid = libipld.encode_cid
        self._handle = hint.author.removeprefix("@") if hint.author else None
        self._findings = findings
        self._missing: list[str] = []
        self._missing_count = 0
        start, root = self._header(source)
        self._blocks = Blocks(source, start, findings)
        self._load = self._blocks.load
        commit = self._load(root)
        if not isinstance(commit, dict) or not isinstance(commit.get("data"), bytes):
            raise ParseError(
                "the export's root block is missing or damaged, so live posts cannot be told from deleted ones; "
                "download the export again"
            )
        self._tree: bytes = commit["data"]
        self.did = commit["did"] if isinstance(commit.get("did"), str) else None
        self._place = f"at://{self.did}/" if self.did else ""
        self._around = Surroundings(did=self.did, handle=self._handle)  # URI and CID are each post's
        self.notes: dict[str, Any] = {"did": self.did, "blocks": self._blocks.count}

    def _header(self, source: Source) -> tuple[int, bytes]:
        """Where the blocks begin, and the root's CID."""
        start = 0
        head = source.read(0, 4096)
        if head.startswith(_CAR2):
            start = int.from_bytes(head[27:35], "little")
            head = source.read(start, 4096)
        length, pos = varint(head, 0)
        try:
            header = self._decode(head[pos : pos + length])
            root = header["roots"][0]
        except Exception as exc:
            raise ParseError("this is not a readable account export: its header is damaged") from exc
        if not isinstance(root, bytes) or not root.startswith(_CID_START):
            raise ParseError("this account export names no root that can be read")
        return start + pos + length, root

    # ------------------------------------------------------------------ posts

    def posts(self) -> Iterator[Post]:
        """Every live post, oldest first."""
        position = 0
        load = self._load
        for key, cid in chain.from_iterable(self._runs()):
            record = load(cid)
            if record is None:
                self._lost(key)
            elif key == _PROFILE:
                if not self._profile(record):
                    return
            else:
                post = self._post(record, key, cid, position)
                if post is not None:
                    position += 1
                    yield post
        self._report_missing()

    def _profile(self, record: Any) -> bool:
        """Take the display name; `False` where the account asks not to be shown without a login."""
        if not isinstance(record, dict):
            return True
        name = record.get("displayName")
        self._around.name = name if isinstance(name, str) and name else None
        if has_label(record.get("labels"), HIDDEN):
            self._findings.add(
                f"all posts of {self._handle or self.did} left out: the account asks not to be shown "
                f"to people who are not logged in ({HIDDEN})"
            )
            return False
        return True

    def _post(self, record: Any, key: str, cid: bytes, position: int) -> Post | None:
        where = "byte", self._blocks.place
        try:
            fields = msgspec.convert(record, PostRecord)
        except msgspec.MsgspecError:
            fields = _patiently(record)
        if fields.text is None or (fields.type != COLLECTION and fields.type is not None):
            self._findings.add("this record is no readable post and was left out", where, excerpt=key)
            return None
        around = self._around
        around.uri = self._place + key if self._place else None
        around.cid = self._name_cid(cid)
        return make_post(fields, around, position, self._findings, where)

    def _lost(self, key: str) -> None:
        self._missing_count += 1
        if len(self._missing) < 3:
            self._missing.append(key.removeprefix(_POSTS))

    def _report_missing(self) -> None:
        if self._missing_count:
            self._findings.add(
                f"{self._missing_count:,} posts that the index lists are missing from the file or damaged",
                severity="error",
                excerpt=", ".join(self._missing),
            )

    # ------------------------------------------------------------------ the index

    def _runs(self) -> Iterator[_Run]:
        """The keys of posts and of the profile with the CIDs of their records, in key order."""
        stack: list[_Part] = [(self._tree, "", _LAST, 0)]
        while stack:
            part = stack.pop()
            if type(part) is list:
                yield part
            else:
                stack += self._parts(*part)

    def _parts(self, cid: Any, low: str, high: str, depth: int) -> list[_Part]:
        """What one node holds, the last first; its keys have to lie between those around it.

        The same node cannot lie in two places, so a tree that holds one subtree many times ends soon.
        """
        held = self._load(cid) if depth <= _DEEPEST else None
        if type(held) is not dict or type(held.get("e")) is not list:
            between = f"from {low or 'the start'} to {'the end' if high == _LAST else high}"
            message = f"a part of the account's index is missing or damaged; what it lists is unknown: {between}"
            self._findings.add(message, severity="error")
            return []
        run: _Run = []
        parts: list[_Part] = [run]
        below, raw, key = held.get("l"), b"", low
        try:
            for entry in held["e"]:
                raw = raw[: entry["p"]] + entry["k"]
                before, key = key, raw.decode()
                if key <= before:
                    raise ValueError("out of order")
                if below is not None:
                    if _wanted(before, key):
                        parts.append((below, before, key, depth + 1))
                    run = []
                    parts.append(run)
                run.append((key, entry["v"]))
                below = entry.get("t")
            if key >= high:
                raise ValueError("out of order")
        except (KeyError, TypeError, ValueError, AttributeError):
            message = "the index is damaged or out of order here; this part of it was left out"
            self._findings.add(message, ("byte", self._blocks.place), "error")
            return []
        if below is not None and _wanted(key, high):
            parts.append((below, key, high, depth + 1))
        if low < _POSTS or key >= _POSTS_END:
            parts = [_of_posts(part) if type(part) is list else part for part in parts]
        parts.reverse()
        return parts


def _of_posts(run: _Run) -> _Run:
    """What is read of a run: posts and the profile."""
    return [(key, cid) for key, cid in run if key.startswith(_POSTS) or key == _PROFILE]


def _wanted(low: str, high: str) -> bool:
    """True where keys between `low` and `high` may be posts or the profile."""
    return (low < _POSTS_END and high > _POSTS) or (low < _PROFILE < high)


def _patiently(record: Any) -> PostRecord:
    """The fields of a record that have the expected type."""
    kept = PostRecord()
    if not isinstance(record, dict):
        return kept
    for field in msgspec.structs.fields(PostRecord):
        try:
            setattr(kept, field.name, msgspec.convert(record.get(field.encode_name), field.type))
        except msgspec.MsgspecError:
            continue
    return kept
