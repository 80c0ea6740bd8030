"""The newest hits of a search, without a look at the day of every hit.

Rows come in nearly in the order of their days, but not quite: exports and feeds bring what is older than the rest.
So the hits just before the row at which some days end are a guess at the newest hits of these days.
The guess gives a day; the hits of the rows that are not older than this day, wherever they stand, are the answer.

Which error is worse: to leave out one of the newest hits is worse than to look at all of them.
So the answer is given only where it is certain, and the caller goes another way where it is not.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from operator import neg
from typing import TypeAlias

from aggregator.store.connect import Connection
from aggregator.store.search_sql import WHEN

#: Place of a hit in the order: its time and its row.
Key: TypeAlias = tuple[str, int]
#: So many hits are sorted by their times as they are: each costs three microseconds.
FEW = 600
#: Rows that are looked through for those of some days; an eighth of a microsecond each.
SCAN = 25_000
#: Rows next to a place in the order of time, by which the guess finds where to begin.
AROUND = 51
#: Behind a place, whose time is given twice: SQLite finds it in the index by the time alone.
BEHIND = f"{WHEN} <= ? AND ({WHEN}, c.id) < (?, ?)"
#: Behind every time, and behind every row.
END: Key = ("~", 1 << 62)


class Hits:
    """Rows that a search finds, latest rows first: `known` are all from row `lowest` on, `read` finds others."""

    def __init__(self, known: Sequence[int], lowest: int, read: Callable[[int, int, int], list[int]]) -> None:
        self.known = known
        self.lowest = lowest
        self._read = read

    @property
    def all_known(self) -> bool:
        return self.lowest <= 0

    def between(self, low: int, high: int, most: int) -> list[int]:
        """The latest hits from row `low` to `high`, at most so many."""
        found = list(self.known[between(self.known, low, high)][:most])
        return found if len(found) == most or low >= self.lowest else self._read(low, high, most)


def between(rows: Sequence[int], low: int, high: int) -> slice:
    """Where the rows from `low` to `high` stand among rows of which the latest are first."""
    return slice(bisect_left(rows, -high, key=neg), bisect_right(rows, -low, key=neg))


def newest(db: Connection, hits: Hits, limit: int, most: int, before: Key = END) -> list[int] | None:
    """The first `limit` hits in the order of the newest that stand behind `before`.

    None where that is not certain without a look at `most` hits.
    """
    if hits.all_known and len(hits.known) <= FEW:
        return _ordered(db, hits.known, before, limit)[0]
    guess, edge = _ordered(db, hits.between(0, _middle(db, before), 2 * limit), before, limit)
    if len(guess) == limit:
        span = _rows_since(db, edge, before[0])
        found = hits.between(*span, most) if span else []
        if span and len(found) < most:
            return _ordered(db, found, before, limit)[0]
    return _ordered(db, hits.known, before, limit)[0] if hits.all_known else None


def _ordered(db: Connection, ids: Sequence[int], before: Key, limit: int) -> tuple[list[int], str]:
    """Of some rows the newest behind `before`, and the time of the last of them."""
    # The index has all that is asked for; in the rows themselves it lies behind their texts.
    found = db.execute(
        f"SELECT {WHEN}, c.id FROM json_each(?) h CROSS JOIN coverage c INDEXED BY coverage_small ON c.id = h.value",
        (json.dumps(ids),),
    )
    first = sorted((key for row in found if (key := (row[0], row[1])) < before), reverse=True)[:limit]
    return [row for _, row in first], first[-1][0] if first else ""


def _middle(db: Connection, before: Key) -> int:
    """About the row where the days behind `before` begin, whatever came in later of older days."""
    found = db.execute(
        f"SELECT c.id FROM coverage c WHERE {BEHIND} ORDER BY {WHEN} DESC, c.id DESC LIMIT {AROUND}",
        (before[0], *before),
    )
    rows = sorted(row[0] for row in found)
    return rows[len(rows) // 2] if rows else 0


def _rows_since(db: Connection, edge: str, until: str) -> tuple[int, int] | None:
    """The lowest and the highest row of some days; None where they have too many rows to look through."""
    found = db.execute(
        f"SELECT count(*), min(id), max(id) FROM (SELECT c.id FROM coverage c "
        f"WHERE {WHEN} >= ? AND {WHEN} <= ? ORDER BY {WHEN} DESC LIMIT {SCAN + 1})",
        (edge, until),
    )
    rows, low, high = found.fetchone()
    return (low, high) if 0 < rows <= SCAN else None
