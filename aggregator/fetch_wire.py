"""What goes between us and the child that reads documents: typed, so that a child gone wrong can only be wrong.

Frames of eight bytes of length and MessagePack; nothing in them can run.
"""

from __future__ import annotations

import struct
from typing import IO, Any

import msgspec

from parsers.model import Article, Hint, ParseResult, Post, Problem, Record, Statement

_LENGTH = struct.Struct(">Q")
#: The note of a result that was read as another kind than its content says, with the kind.
READ_AS = "read_as"


class Request(Record, frozen=True, kw_only=True):
    """One document to read."""

    data: bytes
    hint: Hint
    kinds: tuple[str, ...] = ()  # formats that may be found; empty: any
    memory: int  # bytes of address space
    cpu: int  # seconds


class Result(Record, frozen=True, kw_only=True):
    """What was read, or why nothing was."""

    format: str = ""  # empty: the kind was not recognised
    reason: str = ""
    posts: tuple[Post, ...] = ()
    articles: tuple[Article, ...] = ()
    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: dict[str, Any] = msgspec.field(default_factory=dict)
    error: str | None = None
    broken: bool = False  # the child ran into a limit

    def parsed(self) -> ParseResult:
        """As parsers give it; an error becomes a problem of the document."""
        problems = self.problems
        if self.error:
            problems = (*problems, Problem(message=self.error, severity="error"))
        return ParseResult(
            format=self.format,
            reason=self.reason,
            records=(*self.posts, *self.articles, *self.statements),
            problems=problems,
            notes=self.notes,
        )


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Send a frame."""
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame, or None where the stream ends."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else None
