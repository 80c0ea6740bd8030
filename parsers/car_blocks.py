"""The blocks of a CAR file, each found by the hash of its content.

Which error is worse: to hand out a changed block is worse than to call it missing.
So nothing is believed that does not hash to the name it is asked by; stated names only help to find places.

A file of any size is read in windows.
Of the first `_AT_HAND` blocks name and place stay in memory, 170 bytes each, which is nearly every account.
Of what follows it is 8 bytes a block: 24 bits of the hash and the place, sorted in 256 drawers; such a block is
read again when asked for and compared in full, which takes three times as long.
After a damaged length the reader looks for the next frame whose content proves its name and goes on there.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from hashlib import sha256
from typing import Any, BinaryIO, Protocol

from parsers.findings import Findings

_WINDOW = 1 << 20
_FAR = 1 << 16  # read together while looking for the next good frame, once it is not close
# Blocks without a name that can be trusted; a file with more of them is wreckage.
_MOST_ASTRAY = 50_000
# CID version 1, SHA-256, of DAG-CBOR (records, index nodes) or raw bytes.
_CBOR = b"\x01\x71\x12\x20"
_RAW = b"\x01\x55\x12\x20"
_KINDS = (_CBOR, _RAW)
_CID = 36
# Records are capped at 1 MB by the protocol, index nodes are far smaller.
_LARGEST = 4 << 20
# Nearly every record and node fits into one read of this size.
_READ = 2048
_PLACE_BITS = 40  # files up to a terabyte
# 17 MB of memory for the index and 16 MB for a file that is read at once: a reader needs less than 50 MB.
_AT_HAND = 100_000
_SMALL = 16 << 20


class Source(Protocol):
    """Bytes that can be read at any place."""

    size: int

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`."""

    def window(self, offset: int, count: int) -> tuple[bytes, int]:
        """At least what `read` gives, and where that begins."""


class BytesSource:
    """A file in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`."""
        return self.data[offset : offset + count]

    def window(self, offset: int, count: int) -> tuple[bytes, int]:
        """All of the file: nothing is copied."""
        return self.data, 0


class FileSource:
    """An open file; its position is left alone."""

    def __init__(self, file: BinaryIO) -> None:
        self._number = file.fileno()
        self.size = os.fstat(self._number).st_size

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset`."""
        return os.pread(self._number, count, offset)

    def window(self, offset: int, count: int) -> tuple[bytes, int]:
        """Just what `read` gives."""
        return self.read(offset, count), offset


def source_of(held: bytes | BinaryIO) -> Source:
    """A source for bytes or an open file; a small file is read at once, which spares a call for each block."""
    if isinstance(held, bytes):
        return BytesSource(held)
    file = FileSource(held)
    if file.size > _SMALL:
        return file
    return BytesSource(file.read(0, file.size))


class Blocks:
    """All blocks of a source from `start` on."""

    def __init__(self, source: Source, start: int, findings: Findings) -> None:
        import libipld  # only people with account exports need it

        self._decode = libipld.decode_dag_cbor
        self._source = source
        self._data = source.data if isinstance(source, BytesSource) else None  # spares a call for each block
        self._findings = findings
        self._at_hand: dict[bytes, int] = {}  # CID → start of the frame
        self._drawers = [array("Q") for _ in range(256)]
        self._astray: dict[bytes, tuple[int, int]] = {}  # hash → start and end, where the frame itself is damaged
        self._wrong: int | None = None  # the frame before, where its content was wrong
        self._reach = _WINDOW  # bytes read together; fewer behind damage, or much damage would be read very often
        self._spent = 0  # bytes hashed while looking for the next good frame
        self.count = 0
        self.place = 0  # where the content of the block last handed out begins
        self._scan(start)
        if len(self._at_hand) >= _AT_HAND:
            self._drawers = [array("Q", sorted(drawer)) for drawer in self._drawers]

    def load(self, cid: Any) -> Any:
        """The decoded block that `cid` names by its SHA-256, or `None`; anything that is no CID names none."""
        try:
            start = self._at_hand.get(cid)
        except TypeError:
            return None
        data = self._data
        block: bytes | None
        if start is None or data is None:
            block = self._elsewhere(cid) if start is None else self._frame(start, cid[4:])
            if block is None:
                return None
        else:
            low, high = data[start], data[start + 1]
            if low >= 0x80 > high:  # as `varint`: nearly every block
                self.place = begin = start + 2 + _CID
                block = data[begin : start + 2 + (low & 0x7F | high << 7)]
            else:
                length, head = varint(data, start)
                self.place = begin = head + _CID
                block = data[begin : head + length]
        try:
            return self._decode(block)
        except Exception as exc:  # noqa: BLE001 - libipld documents no exception types
            self._findings.add(f"this block cannot be decoded: {exc}", ("byte", self.place))
            return None

    def _elsewhere(self, cid: Any) -> bytes | None:
        """A block that is not at hand under this very name."""
        if type(cid) is not bytes or len(cid) != _CID:
            return None
        digest = cid[4:]
        for kind in _KINDS:
            start = self._at_hand.get(kind + digest)
            if start is not None:
                return self._frame(start, digest)
        return self._from_drawer(digest) or self._from_astray(digest)

    def _frame(self, start: int, digest: bytes) -> bytes | None:
        """The block of the frame that begins at `start`, if that is its name."""
        head = self._source.read(start, _READ)
        length, pos = varint(head, 0)
        if head[pos + 4 : pos + _CID] != digest:
            return None
        self.place = start + pos + _CID
        if pos + length <= len(head):
            return head[pos + _CID : pos + length]
        return self._source.read(self.place, length - _CID)

    def _from_drawer(self, digest: bytes) -> bytes | None:
        drawer = self._drawers[digest[0]]
        low = int.from_bytes(digest[1:4]) << _PLACE_BITS
        at = bisect_left(drawer, low)
        end = low + (1 << _PLACE_BITS)
        while at < len(drawer) and drawer[at] < end:
            block = self._frame(drawer[at] - low, digest)
            if block is not None:
                return block
            at += 1
        return None

    def _from_astray(self, digest: bytes) -> bytes | None:
        if digest not in self._astray:
            return None
        self.place, stop = self._astray[digest]
        return self._source.read(self.place, stop - self.place)

    # ------------------------------------------------------------------ one pass over the file

    def _scan(self, start: int) -> None:
        """Find and check every frame."""
        place: int | None = start
        while place is not None and place < self._source.size:
            place = self._window(place)

    def _window(self, start: int) -> int | None:
        """Read the frames from `start` to the end of a window; where to go on, `None` at the end of the file."""
        source, at_hand, most = self._source, self._at_hand, _AT_HAND
        window, base = source.window(start, self._reach)
        self._reach = min(4 * self._reach, _WINDOW)
        size = len(window)
        stop = size if base + size >= source.size else size - 64
        pos = start - base
        while pos < stop:
            low = window[pos]
            if low >= 0x80 and pos + 1 < stop and (high := window[pos + 1]) < 0x80:  # as `varint`: nearly every block
                length, head = low & 0x7F | high << 7, pos + 2
            else:
                length, head = varint(window, pos)
            end = head + length
            cid = window[head : head + _CID]
            if cid[:4] not in _KINDS or not _CID < length <= _LARGEST:
                return self._resync(self._doubtful(base + pos))
            if end > size:
                if base + end > source.size:
                    return self._resync(self._doubtful(base + pos), cut=base + end - source.size)
                if pos:
                    return base + pos
                window = source.read(base, end)
                size = stop = end
            digest = sha256(window[head + _CID : end]).digest()
            self.count += 1
            if cid[4:] == digest:
                if len(at_hand) < most:
                    at_hand[cid] = base + pos
                else:
                    self._drawers[digest[0]].append(int.from_bytes(digest[1:4]) << _PLACE_BITS | base + pos)
                self._wrong = None
            else:
                self._stray(digest, base + head + _CID, base + end)
                self._wrong = base + pos
                message = "this block was changed: its content does not match its hash"
                self._findings.add(message, ("byte", base + pos))
            pos = end
        return base + pos

    def _stray(self, digest: bytes, start: int, end: int) -> None:
        if len(self._astray) < _MOST_ASTRAY:
            self._astray[digest] = start, end

    def _doubtful(self, place: int) -> int:
        """Where the damage began: at an unreadable frame, or at the wrong one before, whose length may be it."""
        begin = place if self._wrong is None else self._wrong
        self._wrong = None
        return begin

    def _resync(self, bad: int, cut: int = 0) -> int | None:
        """The place of the next frame after `bad` that proves itself; `None` at the end of the file."""
        at, far = bad, _READ
        self._reach = _READ
        while at < self._source.size:
            window = self._source.read(at, far)
            found = window.find(b"\x12\x20")
            while found >= 0:
                if found >= 2 and window[found - 2 : found + 2] in _KINDS:
                    begin = self._proven(at + found - 2, bad)
                    if begin is not None:
                        self._findings.add("the file is damaged here", ("byte", bad))
                        self._recover(bad, begin)
                        return begin
                if self._spent > 4 * self._source.size + (64 << 20):
                    self._findings.add("the rest of the file is too damaged to go on", ("byte", bad), "error")
                    return None
                found = window.find(b"\x12\x20", found + 1)
            if len(window) < far:
                break
            at, far = at + len(window) - 8, _FAR
        self._recover(bad, self._source.size)
        missing = f"the file breaks off inside a block; {cut:,} bytes of it are missing"
        self._findings.add(missing if cut else "what follows is not readable", ("byte", bad), "error")
        return None

    def _recover(self, bad: int, end: int) -> None:
        """Make the block between a damaged frame's start and the next frame findable, should it be whole.

        Its length and name cannot be trusted, but its content is asked for by hash: a wrong guess is never asked for.
        """
        for width in (1, 2, 3):
            start = bad + width + _CID
            if start < end <= start + _LARGEST:
                block = self._source.read(start, end - start)
                self._stray(sha256(block).digest(), start, end)

    def _proven(self, cid: int, bad: int) -> int | None:
        """The start of the frame whose CID stands at `cid`, if its content proves it."""
        lead = self._source.read(max(cid - 4, 0), min(cid, 4))
        for width in range(1, len(lead) + 1):
            length, used = varint(lead[-width:], 0)
            if used != width or not _CID < length <= _LARGEST or cid - width <= bad:
                continue
            block = self._source.read(cid + 4, length - 4)
            self._spent += len(block)
            if len(block) == length - 4 and sha256(block[32:]).digest() == block[:32]:
                return cid - width
        return None


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned LEB128 number at `at` and the place after it; (0, `at`) where there is none."""
    try:
        low = data[at]
        if low < 0x80:
            return low, at + 1
        high = data[at + 1]
        if high < 0x80:  # nearly every block
            return low & 0x7F | high << 7, at + 2
    except IndexError:
        return 0, at
    result, shift = low & 0x7F | (high & 0x7F) << 7, 14
    for pos in range(at + 2, min(at + 10, len(data))):
        byte = data[pos]
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, pos + 1
        shift += 7
    return 0, at
