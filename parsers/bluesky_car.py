"""A Bluesky account export: a CAR file that holds the account's repository.

Which error is worse: to bring back a deleted post is worse than to miss one.
A repository keeps old blocks, so only what its index (a Merkle search tree) reaches from the root is alive;
loose blocks are never read. Where a part of the index is missing, what hung below it is reported, not guessed.

An export holds the account's own records: no counts, no handles, no posts of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from parsers.bluesky_collect import HIDDEN, Collector
from parsers.bluesky_post import COLLECTION, PostRecord, Surroundings, has_label, make_post, repaired
from parsers.car_blocks import Blocks, BytesSource, FileSource, Source, varint
from parsers.errors import ParseError
from parsers.findings import Findings
from parsers.model import Hint, ParseResult, Post

_POSTS = f"{COLLECTION}/"
_POSTS_END = f"{COLLECTION}0"  # "0" follows "/"
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
    repo = _Repo(BytesSource(data), hint, into.findings)
    for post in repo.posts():
        into.add(post, "")
    into.seen += 1
    result = into.result("bluesky-car")
    return msgspec.structs.replace(result, notes={**result.notes, **repo.notes})


def stream(source: Path | BinaryIO, hint: Hint | None = None, findings: Findings | None = None) -> Iterator[Post]:
    """The live posts of an export of any size, oldest first, in bounded memory.

    `findings` gathers the problems; they are complete when the iterator is exhausted.
    Raises `ParseError` as `parse` does.
    """
    findings = findings if findings is not None else Findings()
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield from _stream(FileSource(file), hint or Hint(), findings)
    else:
        yield from _stream(FileSource(source), hint or Hint(), findings)


def _stream(source: Source, hint: Hint, findings: Findings) -> Iterator[Post]:
    for post in _Repo(source, hint, findings).posts():
        yield repaired(post)


class _Repo:
    """One repository."""

    def __init__(self, source: Source, hint: Hint, findings: Findings) -> None:
        import libipld  # only people with account exports need it

        self._decode = libipld.decode_dag_cbor
        self._name_cid = libipld.encode_cid
        self._hint = hint
        self._findings = findings
        self._missing: list[str] = []
        self._missing_count = 0
        self._name: str | None = None
        start, root = self._header(source)
        self._blocks = Blocks(source, start, findings)
        commit = self._load(root)
        if not isinstance(commit, dict) or not isinstance(commit.get("data"), bytes):
            raise ParseError(
                "the export's root block is missing or damaged, so live posts cannot be told from deleted ones; "
                "download the export again"
            )
        self._tree: bytes = commit["data"]
        self.did = commit["did"] if isinstance(commit.get("did"), str) else None
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

    def _load(self, cid: Any) -> Any:
        """A decoded block, or `None` where it is missing or is not DAG-CBOR."""
        if not isinstance(cid, bytes) or len(cid) != 36:
            return None
        block = self._blocks.get(cid[4:])
        if block is None:
            return None
        try:
            return self._decode(block)
        except Exception as exc:  # noqa: BLE001 - libipld documents no exception types
            self._findings.add(f"this block cannot be decoded: {exc}", f"byte {self._blocks.place:,}")
            return None

    # ------------------------------------------------------------------ posts

    def posts(self) -> Iterator[Post]:
        """Every live post, oldest first."""
        position = 0
        for key, cid in self._leaves():
            record = self._load(cid)
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
        self._name = name if isinstance(name, str) and name else None
        if has_label((record.get("labels") or {}).get("values"), HIDDEN):
            self._findings.add(
                f"all posts of {self._hint.author or self.did} left out: the account asks not to be shown "
                f"to people who are not logged in ({HIDDEN})"
            )
            return False
        return True

    def _post(self, record: Any, key: str, cid: bytes, position: int) -> Post | None:
        where = f"byte {self._blocks.place:,}"
        try:
            fields = msgspec.convert(record, PostRecord)
        except msgspec.MsgspecError:
            fields = _patiently(record)
        if fields.text is None or fields.type not in (COLLECTION, None):
            self._findings.add("this record is no readable post and was left out", where, excerpt=key)
            return None
        around = Surroundings(
            uri=f"at://{self.did}/{key}" if self.did else None,
            cid=self._name_cid(cid),
            did=self.did,
            handle=self._hint.author,
            name=self._name,
        )
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

    def _leaves(self) -> Iterator[tuple[str, bytes]]:
        """The keys of posts and of the profile with the CIDs of their records, in key order."""
        # (node, key before it, key after it, depth) or (key, record)
        stack: list[tuple[Any, ...]] = [(self._tree, "", None, 0)]
        while stack:
            entry = stack.pop()
            if len(entry) == 2:
                key, cid = entry
                if key.startswith(_POSTS) or key == _PROFILE:
                    yield key, cid
                continue
            node, low, high, depth = entry
            if _wanted(low, high):
                stack.extend(reversed(self._entries(node, low, high, depth)))

    def _entries(self, cid: Any, low: str, high: str | None, depth: int) -> list[tuple[Any, ...]]:
        """What one node holds, in key order; its keys have to lie between `low` and `high`.

        The same node cannot lie in two places, so a tree that holds one subtree many times ends soon.
        """
        node = self._load(cid) if depth <= _DEEPEST else None
        if not isinstance(node, dict) or not isinstance(node.get("e"), list):
            between = f"from {low or 'the start'} to {high or 'the end'}"
            self._findings.add(
                f"a part of the account's index is missing or damaged; what it lists is unknown: {between}",
                severity="error",
            )
            return []
        found: list[tuple[Any, ...]] = []
        place = f"byte {self._blocks.place:,}"
        key, before = b"", low
        parts: list[tuple[str, Any, Any]] = []
        for entry in node["e"]:
            try:
                key = key[: entry["p"]] + entry["k"]
                name = key.decode()
                parts.append((name, entry["v"], entry.get("t")))
            except (KeyError, TypeError, ValueError, AttributeError):
                name = ""
            if name <= before or (high is not None and name >= high):
                self._findings.add("the index is out of order here; the rest of this part was left out", place, "error")
                return []
            before = name
        if node.get("l") is not None:
            found.append((node["l"], low, parts[0][0] if parts else high, depth + 1))
        for number, (name, record, below) in enumerate(parts):
            found.append((name, record))
            if below is not None:
                upper = parts[number + 1][0] if number + 1 < len(parts) else high
                found.append((below, name, upper, depth + 1))
        return found


def _wanted(low: str, high: str | None) -> bool:
    """True where keys between `low` and `high` may be posts or the profile."""
    for first, end in ((_POSTS, _POSTS_END), (_PROFILE, _PROFILE + "\x00")):
        if low < end and (high is None or high > first):
            return True
    return False


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
