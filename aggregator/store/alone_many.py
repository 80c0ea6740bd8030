"""Posts of exports too large for all their rows to be held: rows are packed away, and stitching sees all posts at once.

Which error is worse: to run out of memory in the middle of an import is worse than to take longer over it.
So what is held of each post is what stitching reads of it; rows wait in packed portions, in a file or, where they are
to be handed over, in memory, and come back one portion at a time.
The threads are those of `alone_rows`, because they are made from the same posts in one go.
Beyond `MOST_PACKED` posts even that is too much, and each is looked at with the archive at hand.
"""

from __future__ import annotations

import sys
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from aggregator.store import alone_rows
from aggregator.store.alone_rows import (
    CREATED,
    MOST_AUTHORS,
    Alone,
    Row,
    Rows,
    Scope,
    columns_read,
    counts_of,
    names_of,
    places_of,
    plain,
    prepare,
    record_of,
    row_of,
    scope,
    thread_rows,
    windows,
)
from aggregator.store.neighbours import READ, bare
from parsers.model import Post, Record

#: Posts whose threads are made in one go; 100,000 take some 200 MB with all else.
MOST_PACKED = 100_000
#: Rows that are packed together.
PORTION = 2_000

_encoder = msgspec.msgpack.Encoder()
_rows = msgspec.msgpack.Decoder(tuple[tuple[tuple[Any, ...], ...], ...])


class Many(Record, frozen=True, kw_only=True, tag=True):
    """Very many posts and the threads they make by themselves, as `Alone` holds them, packed."""

    scope: Scope
    newest: str  # when the newest post was written
    count: int
    posts: Sequence[memoryview]  # portions: posts, and their counts
    places: Sequence[memoryview]  # portions of the same size: thread, role, part, number and text of the part
    threads: Sequence[memoryview]  # portions: as `coverage_values`, and as `thread_values` behind the place
    squeezed: bool  # portions that are handed over: they take a third, at a tenth of what a post costs

    def bare_portions(self) -> Iterator[Rows]:
        """Rows of posts, as far as they do not tell how these stand in their threads."""
        return (_unpack(packed, self.squeezed)[0] for packed in self.posts)

    def post_portions(self) -> Iterator[tuple[Rows, Rows]]:
        """Rows of posts, and of their counts."""
        for packed, places in zip(self.posts, self.places, strict=True):
            posts, counts = _unpack(packed, self.squeezed)
            standing = _unpack(places, self.squeezed)[0]
            yield [(*post, *place) for post, place in zip(posts, standing, strict=True)], counts

    def thread_portions(self) -> Iterator[tuple[Rows, Rows]]:
        """Rows of coverage, and of threads."""
        for packed in self.threads:
            coverage, threads = _unpack(packed, self.squeezed)
            yield coverage, threads


Ready: TypeAlias = Alone | Many


class Spool(Sequence[memoryview]):
    """Packed portions in a file of the archive's folder that is gone with its process."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._ends = [0]
        weakref.finalize(self, self._file.close)

    def append(self, portion: memoryview) -> None:
        """Keep one more."""
        self._file.seek(self._ends[-1])
        self._ends.append(self._ends[-1] + self._file.write(portion))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, at: Any) -> Any:
        self._file.seek(self._ends[at])
        return memoryview(self._file.read(self._ends[at + 1] - self._ends[at]))

    def __iter__(self) -> Iterator[memoryview]:
        return (self[at] for at in range(len(self)))


def stitched(
    posts: Iterable[Post],
    may: Callable[[Scope], bool] = lambda _: True,
    spool: Callable[[], Spool] | None = None,
) -> Ready | Iterator[Post]:
    """Posts as rows that need no archive; all of them as they came where each is to be looked at.

    `may` says of the first of them whether the archive lets them.
    `spool` makes files for portions of very many, which else stay in memory.
    """
    iterator = iter(posts)
    first = list(islice(iterator, alone_rows.MOST + 1))
    found = scope(first)
    if found is None or not may(found):
        return chain(first, iterator)
    if len(first) <= alone_rows.MOST:
        return prepare(first, found) or iter(first)
    every = chain(first, iterator)
    del first  # or it would be held until the end
    return _gather(every, spool)


def records_of(ready: Ready) -> Iterator[Post]:
    """The posts as records again; of their times the parts of a second are gone, as they are in the archive."""
    return (record_of(row) for rows in ready.bare_portions() for row in rows)


def _gather(posts: Iterator[Post], spool: Callable[[], Spool] | None) -> Many | Iterator[Post]:
    gathered = _Gathered(spool)
    while portion := list(islice(posts, PORTION)):
        if not gathered.add(portion):
            return chain(gathered.records(), portion, posts)
    return gathered.many()


class _Gathered:
    """What is held of posts while they come."""

    def __init__(self, spool: Callable[[], Spool] | None) -> None:
        self._place: Callable[[], Spool | list[memoryview]] = spool or list
        self._squeeze = spool is None
        self.packed: Spool | list[memoryview] = self._place()
        self.posts: list[Post] = []  # what stitching reads of each
        self.keys: list[str] = []
        self.days: list[str] = []
        self.newest = ""
        self._names: set[str] = set()
        self._folds: set[str] = set()
        self._uris: dict[str | None, str | None] = {}

    def add(self, portion: Sequence[Post]) -> bool:
        """Take some more; False where they cannot stand by themselves, or are too many."""
        count = len(self.posts) + len(portion)
        if count > MOST_PACKED or not plain(portion):
            return False
        rows = [row_of(post) for post in portion]
        self._names |= names_of(portion)
        self._uris.update((post.uri, post.uri) for post in portion)
        self._folds.update(row[0] for row in rows)
        if len(self._names) > 2 * MOST_AUTHORS or len(self._uris) < count or len(self._folds) < count:
            return False
        self.packed.append(self._pack(rows, counts_of(portion, len(self.posts))))
        self.posts += [self._lean(row) for row in rows]
        self.keys += [row[0] for row in rows]
        created = [row[CREATED] for row in rows]
        self.days += [sys.intern(moment[:10]) for moment in created]
        self.newest = max(self.newest, *created)
        return True

    def _lean(self, row: Row) -> Post:
        """What stitching reads of a post, without a second copy of its author's names and of the at-URIs it answers."""
        values = dict(zip(READ, columns_read(row), strict=True))
        for name in ("author", "author_did"):
            values[name] = sys.intern(values[name]) if values[name] else None
        for name in ("reply_parent", "reply_root"):
            values[name] = self._uris.get(values[name], values[name])
        return bare(**values)

    def records(self) -> Iterator[Post]:
        """What was taken, as records again."""
        return (record_of(row) for packed in self.packed for row in _unpack(packed, self._squeeze)[0])

    def many(self) -> Many:
        """All of them with their threads."""
        from parsers.threads import stitch

        self._folds, self._uris = set(), {}
        threads = stitch(self.posts)
        places, made = self._place(), self._place()
        standing = places_of(threads, self.posts)
        for start in range(0, len(standing), PORTION):
            places.append(self._pack(standing[start : start + PORTION]))
        keys = {id(post): key for post, key in zip(self.posts, self.keys, strict=True)}
        for start in range(0, len(threads), PORTION):
            made.append(self._pack(*thread_rows(threads[start : start + PORTION], keys, start)))
        return Many(
            scope=Scope(authors=tuple(sorted(self._names)), windows=windows(self.days)),
            newest=self.newest,
            count=len(self.posts),
            posts=self.packed,
            places=places,
            threads=made,
            squeezed=self._squeeze,
        )

    def _pack(self, *rows: Rows) -> memoryview:
        packed = _encoder.encode(rows)
        return memoryview(zlib.compress(packed, 1) if self._squeeze else packed)


def _unpack(packed: memoryview, squeezed: bool) -> tuple[Rows, ...]:
    return _rows.decode(zlib.decompress(packed) if squeezed else packed)
