"""Posts of accounts that the archive does not know yet: written once, stitched, with their threads.

The rows are those that `post_batch`, `neighbours` and `thread_rows` would give, in the same order.
They are written only where nothing of the archive can touch them (`may` and `fits`):

- no post waits to be stitched, and no deletion waits for its post;
- no post of these accounts is stored, so no reply and no numbering goes on in another document;
- no post around these days is without an at-URI or an author: it might be one of these, or a part of their threads;
- the days around hold no post at all, or so many that stitching looks at these accounts only.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.model import Changes
from aggregator.store.alone_many import Ready
from aggregator.store.alone_rows import Row, Scope
from aggregator.store.connect import Connection, index_new, one
from aggregator.store.neighbours import ANYBODY, CROWD, REACH, around, spans
from aggregator.store.post_rows import COLUMNS
from aggregator.store.thread_rows import COVERAGE, THREAD

#: Values looked up together; SQLite's default limit is 32,766 variables.
_AT_ONCE = 1_000
_KEY, _URI = COLUMNS.index("key"), COLUMNS.index("uri")


def may(db: Connection, scope: Scope) -> bool:
    """Whether posts of these accounts and days may go in by themselves."""
    if one(db, "SELECT 1 FROM stitch_due LIMIT 1") or one(db, "SELECT 1 FROM deletion LIMIT 1"):
        return False
    marks = ", ".join("?" * len(scope.authors))
    for column in ("author", "author_did"):
        if one(db, f"SELECT 1 FROM post WHERE {column} IN ({marks}) LIMIT 1", *scope.authors):
            return False
    return all(_by_themselves(db, days) for days in scope.windows)


def _by_themselves(db: Connection, days: Sequence[str]) -> bool:
    """Whether stitching posts of these days looks at no others, or only at those of the same authors."""
    others = around(db, days, REACH, ANYBODY, CROWD)
    return others == 0 or (others > CROWD and not _unnamed(db, days))


def _unnamed(db: Connection, days: Sequence[str]) -> bool:
    """Whether a post around these days has no at-URI or no author."""
    queries = [
        f"SELECT 1 FROM post WHERE {condition} AND created_at BETWEEN ? AND ? LIMIT 1"
        for condition in ("uri IS NULL", "author IS NULL AND author_did IS NULL")
    ]
    return any(one(db, query, *span) for span in spans(days, REACH) for query in queries)


def fits(db: Connection, alone: Ready) -> bool:
    """The same for prepared posts: whether, besides, the archive has none of them under any name."""
    if not may(db, alone.scope):
        return False
    return not any(_known(db, posts) for posts in alone.bare_portions())


def _known(db: Connection, posts: Sequence[Row]) -> bool:
    """Whether the archive has any of these posts under any name."""
    renamed = one(db, "SELECT 1 FROM post WHERE fold != key LIMIT 1")
    # Under a name that is its fold, under one that is not, under its at-URI.
    asked = [("key", _KEY, "1"), ("uri", _URI, "1"), *([("fold", _KEY, "fold != key")] if renamed else ())]
    for column, at, condition in asked:
        values = [row[at] for row in posts]
        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            if one(db, f"SELECT 1 FROM post WHERE {column} IN ({marks}) AND {condition} LIMIT 1", *some):
                return True
    return False


def write(db: Connection, alone: Ready, *, document_id: int, as_of: str, now: str) -> Changes:
    """Store prepared posts that fit; the caller holds the transaction."""
    first: int = db.execute("SELECT coalesce(max(id), 0) + 1 FROM post").fetchone()[0]
    thread: int = db.execute("SELECT coalesce(max(id), 0) + 1 FROM coverage").fetchone()[0]
    _write_threads(db, alone, thread, now)
    marks = ["?"] * len(COLUMNS)
    marks[COLUMNS.index("document_id")] += f" + {document_id}"
    for posts, counts in alone.post_portions():
        db.executemany(
            f"INSERT INTO post ({', '.join(COLUMNS)}, thread_id, role, part, number, part_text) "
            f"VALUES ({', '.join(marks)}, ? + {thread}, ?, ?, ?, ?)",
            posts,
        )
        readings: list[Row] = [(first + place, document_id, as_of, *values) for place, *values in counts]
        db.executemany("INSERT INTO post_reading VALUES (?, ?, ?, ?, ?, ?, ?)", readings)
    return Changes(new=alone.count)


def _write_threads(db: Connection, alone: Ready, first: int, now: str) -> None:
    """Store their threads, from row `first` on, before the posts that refer to them."""
    for coverage, threads in alone.thread_portions():
        db.executemany(
            f"INSERT INTO coverage (id, ingested_at, changed_at, {', '.join(COVERAGE)}) "
            f"VALUES (?, ?, ?, {', '.join('?' * len(COVERAGE))})",
            [(first + place, now, now, *row) for (place, *_), row in zip(threads, coverage, strict=True)],
        )
        db.executemany(
            f"INSERT INTO thread (coverage_id, {', '.join(THREAD)}) "
            f"VALUES (? + {first}, {', '.join('?' * len(THREAD))})",
            threads,
        )
    index_new(db, first)
