"""The documents that paths name: files, what folders, gzip and zip hold, standard input.

Which error is worse: a file that fills the memory stops everything, a file refused stops one.
So files are looked at by their first bytes; what can be read in a stream is handed on as an open file, what cannot is
read whole up to a limit, and packed files are unpacked under the limits of `parsers.containers`.
"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import parsers
from parsers.containers import is_packed, unwrap
from parsers.errors import ParseError
from parsers.findings import Findings
from parsers.model import Problem, Record

#: Enough to recognise what can be read in a stream.
_HEAD = 65_536
#: Bytes that are read at a time.
PIECE = 1 << 20


class Input(Record, frozen=True, kw_only=True):
    """A document on its way in."""

    name: str  # as messages show it
    path: Path | None = None  # None: standard input


class Document:
    """The bytes of one document: in memory, or a file that is read as a stream."""

    def __init__(self, name: str, label: str, data: bytes | Path) -> None:
        self.name = name  # as messages show it
        self.label = label  # as the archive shows it
        self.data = data
        self._sha256: str | None = None

    def open(self) -> BinaryIO:
        """The bytes as an open file."""
        return io.BytesIO(self.data) if isinstance(self.data, bytes) else self.data.open("rb")

    def pieces(self) -> Iterator[bytes]:
        """The bytes, a megabyte at a time."""
        with self.open() as file:
            while piece := file.read(PIECE):
                yield piece

    def whole(self) -> bytes:
        """All bytes at once."""
        return self.data if isinstance(self.data, bytes) else self.data.read_bytes()

    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data) if isinstance(self.data, bytes) else self.data.stat().st_size

    def sha256(self) -> str:
        """The document's address in the archive."""
        if self._sha256 is None:
            digest = hashlib.sha256()
            for piece in self.pieces():
                digest.update(piece)
            self._sha256 = digest.hexdigest()
        return self._sha256


def find_inputs(paths: Iterable[str]) -> Iterator[Input]:
    """The documents that command-line paths name: files, all files in folders, `-` for standard input."""
    for text in paths:
        path = Path(text)
        if text == "-":
            yield Input(name="standard input")
        elif path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not hidden:
                    yield Input(name=str(file), path=file)
        else:
            yield Input(name=text, path=path)


def documents(item: Input, limit: int, kind: str | None) -> Iterator[Document | Problem]:
    """What one input holds, one document at a time, and what of it could not be unpacked.

    `limit` is in megabytes and holds for what has to be read whole; `kind` is what the giver says it is.
    Raises `ParseError` and `OSError` where nothing of it can be read.
    """
    if item.path is None:
        data = sys.stdin.buffer.read((limit << 20) + 1)
        if len(data) > limit << 20:
            raise ParseError(f"standard input gives more than {limit} MB; save it as a file and ingest that")
        yield from _plain(data, item.name, item.name)
        return
    with item.path.open("rb") as file:
        head = file.read(_HEAD)
        size = item.path.stat().st_size
        if parsers.is_stream(head, size, kind):
            yield Document(item.name, item.path.name, item.path)
            return
        if size > limit << 20:
            raise ParseError(
                f"the file is larger than {limit} MB; split it, or raise max_megabytes in [ingest] of the settings"
            )
        data = head + file.read()
    yield from _plain(data, item.name, item.path.name)


def _plain(data: bytes, name: str, label: str) -> Iterator[Document | Problem]:
    """One document, or the files that are packed in it."""
    if not is_packed(data):
        yield Document(name, label, data)
        return
    findings = Findings()
    found = 0
    for member in unwrap(data, name, findings):
        found += 1
        inside = (member.name or name).removeprefix(name)
        yield Document(member.name or name, label + inside if inside != name else label, member.data)
    problems = findings.problems()
    yield from problems
    if not found and not problems:
        raise ParseError("nothing is packed in this file")
