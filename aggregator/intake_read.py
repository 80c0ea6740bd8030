"""What a document holds: the part of the way in that needs no archive, done here or by a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

import parsers
from aggregator.bulk import no_circles
from aggregator.store.alone_many import Ready, records_of, stitched
from aggregator.store.documents import CHUNK, pack
from aggregator.workers import OnDisk, WorkerLostError
from parsers.detect import Detected, detect
from parsers.errors import ParseError
from parsers.findings import Findings
from parsers.model import Hint, ParseResult, Post, Problem, Record

#: Posts from which on a document is packed.
_MANY = 50
#: Posts of a large stream that are handed back together; some 400 kB.
_PORTION = 500
#: What a document's kind is recognised by, where only its beginning is looked at.
_HEAD = 1 << 20


class Streamed(Record, frozen=True, kw_only=True):
    """The posts that a worker read from a document, which is kept as a stream of posts unless it has notes."""

    format: str
    reason: str
    count: int
    posts: tuple[Post, ...] = ()
    alone: Ready | None = None  # the posts as rows instead, where they may stand by themselves
    problems: tuple[Problem, ...] = ()
    refusal: str | None = None  # why reading ended before the document did
    packed: tuple[bytes, ...] = ()  # the document as the archive keeps it, where it is kept as a stream
    notes: dict[str, Any] | None = None  # of a document that is kept as a whole


class Refused(Record, frozen=True, kw_only=True):
    """Why a document cannot be used at all."""

    message: str


Reading: TypeAlias = ParseResult | Streamed | Refused
_decoder = msgspec.msgpack.Decoder(Streamed)


def read(data: bytes | OnDisk, hint: Hint, streamed: bool) -> Reading | bytes:
    """What one document holds; needs no archive.

    `streamed`: the archive keeps it as a stream of posts, which large files are though small ones of a kind are not.
    Very many posts come packed, for `unpacked`: to pickle them costs five times as much, half of what reading does.
    """
    try:
        held = data.read() if isinstance(data, OnDisk) else data
        result = _read_stream(held, hint) if streamed else _packable(read_whole(held, hint))
    except ParseError as exc:
        return Refused(message=str(exc))
    return msgspec.msgpack.encode(result) if isinstance(result, Streamed) else result


def unpacked(result: Reading | bytes) -> Reading:
    """What `read` gave, as records."""
    if not isinstance(result, bytes):
        return result
    with no_circles():
        return _decoder.decode(result)


def posts_of(streamed: Streamed) -> tuple[Post, ...]:
    """The posts of a stream, as records."""
    return tuple(records_of(streamed.alone)) if streamed.alone else streamed.posts


def read_whole(data: bytes, hint: Hint) -> ParseResult:
    """The records of a document; one of a known kind that cannot be read gives a problem.

    Raises `ParseError` where no kind fits.
    """
    found = detect(data, hint)
    try:
        return parsers.read(found, data, hint)
    except ParseError as exc:
        # The bytes stay, so that a better parser can read them one day.
        problem = Problem(message=str(exc), severity="error")
        return ParseResult(format=found.format, reason=found.reason, problems=(problem,))


def is_stream(data: bytes, hint: Hint) -> bool:
    """Whether a document in memory is read as a stream of posts."""
    return parsers.is_stream(data[:4096], 0, hint.kind)


def _packable(result: ParseResult) -> ParseResult | Streamed:
    """A whole document as it is handed back: very many posts as those of a stream are."""
    posts = [record for record in result.records if isinstance(record, Post)]
    if not _MANY <= len(posts) == len(result.records):
        return result
    count, alone, others = _prepared(posts)
    return Streamed(
        format=result.format,
        reason=result.reason,
        count=count,
        posts=others,
        alone=alone,
        problems=result.problems,
        notes=result.notes,
    )


def whole(read: Streamed) -> ParseResult:
    """The document that has notes; its posts are left out where they come as rows."""
    return ParseResult(
        format=read.format, reason=read.reason, records=read.posts, problems=read.problems, notes=read.notes or {}
    )


def _read_stream(data: bytes, hint: Hint) -> Streamed:
    found, findings = detect(data[:_HEAD], hint), Findings()
    posts = Readable(parsers.stream(found, data, hint, findings))
    count, alone, others = _prepared(posts)
    return Streamed(
        format=found.format,
        reason=found.reason,
        count=count,
        posts=others,
        alone=alone,
        problems=findings.problems(),
        refusal=posts.refusal,
        packed=tuple(pack(data[start : start + CHUNK]) for start in range(0, len(data), CHUNK)),
    )


def _prepared(posts: Iterable[Post]) -> tuple[int, Ready | None, tuple[Post, ...]]:
    """How many posts; as rows where they may stand by themselves, else as they are."""
    with no_circles():
        found = stitched(posts)
        if isinstance(found, Ready):
            return found.count, found, ()
        others = tuple(found)
    return len(others), None, others


def read_apart(path: Path, found: Detected, hint: Hint, portion: int = _PORTION) -> Iterator[bytes]:
    """The posts of a document of any size in packed portions, and at last what is wrong with it; for `Apart`."""
    findings = Findings()
    with path.open("rb") as file:
        posts = Readable(parsers.stream(found, file, hint, findings))
        while some := tuple(islice(posts, portion)):
            yield _packed(found, count=len(some), posts=some)
    yield _packed(found, count=0, problems=findings.problems(), refusal=posts.refusal)


def _packed(found: Detected, **fields: Any) -> bytes:
    return msgspec.msgpack.encode(Streamed(format=found.format, reason=found.reason, **fields))


class Readable:
    """The posts of a stream as far as they can be read."""

    def __init__(self, posts: Iterator[Post], findings: Findings | None = None) -> None:
        self._posts = posts
        self._findings = findings or Findings()
        self.refusal: str | None = None  # why reading ended before the document did

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the document; complete when the posts have come."""
        return self._findings.problems()

    def __iter__(self) -> Iterator[Post]:
        return self

    def __next__(self) -> Post:
        try:
            return next(self._posts)
        except ParseError as exc:
            self.refusal = str(exc)
            raise StopIteration from None


class Apart(Readable):
    """The posts of a stream that another process reads; should it end early, the rest is read here."""

    def __init__(self, pieces: Iterator[bytes], here: Callable[[], Readable]) -> None:
        super().__init__(self._each(pieces, here))
        self._problems: tuple[Problem, ...] = ()

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the document; complete when the posts have come."""
        return self._problems

    def _each(self, pieces: Iterator[bytes], here: Callable[[], Readable]) -> Iterator[Post]:
        came = 0
        try:
            for piece in pieces:
                read = _decoder.decode(piece)
                yield from read.posts
                came += len(read.posts)
                self._problems, self.refusal = read.problems, read.refusal
        except WorkerLostError:
            rest = here()
            yield from islice(rest, came, None)
            self._problems, self.refusal = rest.problems(), rest.refusal
