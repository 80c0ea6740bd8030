"""Unwrap gzip and zip, so that a parser sees plain bytes.

Which error is worse: a bomb that stops the machine is worse than a file left packed.
So everything is unpacked in steps that are counted: by file, by ratio, by the whole, by depth, by number.
What breaks off keeps what came out whole, and says so.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from parsers.findings import Findings
from parsers.model import Record

_STEP = 1 << 18
# The library unpacks the other methods without a limit, and LZMA asks for any memory that its header names.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Office documents and e-books are zips that other readers take as a whole.
_WHOLE = ("[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF")
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class Limits(Record, frozen=True, kw_only=True):
    """How much may come out of one document."""

    member: int = 1 << 30  # bytes of one file
    total: int = 2 << 30  # bytes of all files
    members: int = 10_000
    depth: int = 3
    # JSON lines of events shrink to a thirtieth; a bomb to a thousandth.
    ratio: int = 200
    ratio_from: int = 16 << 20  # small files may be as repetitive as they like


class Member(Record, frozen=True, kw_only=True):
    """One plain file."""

    name: str | None  # "export.zip/posts.json"; for messages only
    data: bytes


class _TooMuch(Exception):
    """A limit was passed."""


class _Unpacker:
    """Unwraps one document under one budget."""

    def __init__(self, limits: Limits, findings: Findings) -> None:
        self.limits = limits
        self.findings = findings
        self.total = 0
        self.members = 0

    def unwrap(self, data: bytes, name: str | None, depth: int = 0) -> Iterator[Member]:
        packed = is_packed(data)
        if packed and depth >= self.limits.depth:
            self.findings.add(f"packed more than {self.limits.depth} times over; left packed", name or "", "error")
        elif data.startswith(b"\x1f\x8b\x08"):
            yield from self._gzip(data, name, depth)
        elif packed:
            yield from self._zip(data, name, depth)
        else:
            yield Member(name=name, data=data)

    def _gzip(self, data: bytes, name: str | None, depth: int) -> Iterator[Member]:
        out = io.BytesIO()
        try:
            self._inflate(data, out)
        except _TooMuch as exc:
            self.findings.add(f"not unpacked: {exc}", name or "", "error")
            return
        except (EOFError, zlib.error) as exc:
            self.findings.add(f"the packed file is damaged; what came before was read: {exc}", name or "", "error")
        inner = name.removesuffix(".gz") if name else None
        if out.tell():
            yield from self.unwrap(out.getvalue(), inner, depth + 1)

    def _inflate(self, data: bytes, out: io.BytesIO) -> None:
        """All gzip members of `data`, one after the other."""
        view = memoryview(data)
        while len(view) and bytes(view[:2]) == b"\x1f\x8b":
            engine = zlib.decompressobj(wbits=31)
            rest: bytes | memoryview = view
            while not engine.eof:
                piece = engine.decompress(rest, _STEP)
                rest = engine.unconsumed_tail
                if not piece and not rest and not engine.eof:
                    raise EOFError("it breaks off")
                out.write(piece)
                self._count(len(piece), out.tell(), len(data))
            view = view[len(view) - len(engine.unused_data) :]

    def _zip(self, data: bytes, name: str | None, depth: int) -> Iterator[Member]:
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
            infos = archive.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as exc:
            self.findings.add(f"the zip is damaged: {exc}", name or "", "error")
            return
        if any(info.filename in _WHOLE for info in infos[:50]):
            yield Member(name=name, data=data)
            return
        for info in infos:
            if info.filename.endswith("/") or any(litter in info.filename for litter in _LITTER):
                continue
            self.members += 1
            if self.members > self.limits.members:
                self.findings.add(f"more than {self.limits.members:,} files; the rest was left", name or "", "error")
                return
            yield from self._file(archive, info, f"{name or 'zip'}/{info.filename}", depth)

    def _file(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, depth: int) -> Iterator[Member]:
        if info.flag_bits & 1:
            self.findings.add("this file has a password and was left out", name, "error")
            return
        if info.compress_type not in _METHODS:
            self.findings.add(
                "not unpacked: it is packed in an unusual way; pack it anew as a plain zip", name, "error"
            )
            return
        out = io.BytesIO()
        try:
            with archive.open(info) as file:
                while piece := file.read(_STEP):
                    out.write(piece)
                    self._count(len(piece), out.tell(), info.compress_size)
        except _TooMuch as exc:
            self.findings.add(f"not unpacked: {exc}", name, "error")
            return
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as exc:
            self.findings.add(f"the packed file is damaged; what came before was read: {exc}", name, "error")
        if out.tell() or not info.file_size:
            yield from self.unwrap(out.getvalue(), name, depth + 1)

    def _count(self, step: int, member: int, packed: int) -> None:
        self.total += step
        limits = self.limits
        if member > limits.member or self.total > limits.total:
            raise _TooMuch(f"it would be more than {min(limits.member, limits.total) >> 20:,} MB")
        if member > limits.ratio_from and member > limits.ratio * max(packed, 1):
            raise _TooMuch(f"it grows more than {limits.ratio} times, as only a trap does")


def unwrap(
    data: bytes, name: str | None = None, findings: Findings | None = None, limits: Limits | None = None
) -> Iterator[Member]:
    """The plain files in `data`: itself where it is not packed, else what its gzip or zip layers hold.

    One file is in memory at a time. `findings` gathers what could not be unpacked.
    """
    yield from _Unpacker(limits or Limits(), findings or Findings()).unwrap(data, name)


def is_packed(data: bytes) -> bool:
    """True for gzip and zip, by their first bytes."""
    return data.startswith(b"\x1f\x8b\x08") or _is_zip(data)


def _is_zip(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))
