"""Rows of hits as what pages show, with the passages that were found marked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from aggregator.store.connect import Connection, Row
from parsers.model import Record

#: Marks in a snippet, characters that no stored text holds.
_START, _STOP = "\x01", "\x02"
_COLUMNS = "c.id, c.key, c.kind, c.headline, c.text, c.who, c.url, c.published_at, c.ingested_at"

#: The time of publication; the day alone where nobody gave a time.
DAY = (
    "CASE WHEN (SELECT a.date_only FROM article a WHERE a.coverage_id = c.id) THEN substr(c.published_at, 1, 10) "
    "ELSE c.published_at END"
)


class Segment(Record, frozen=True, kw_only=True):
    """A piece of a snippet."""

    text: str
    marked: bool = False


class Hit(Record, frozen=True, kw_only=True):
    """One piece of coverage that was found."""

    id: int  # row, for the store only
    key: str
    kind: Literal["thread", "article"]
    headline: str | None
    text: str
    who: str | None
    url: str | None
    published_at: str | None
    snippet: tuple[Segment, ...] = ()


def marked(db: Connection, ids: Sequence[int], match: str, among: int | None) -> dict[int, Row]:
    """Rows with `snippet`, the passage that holds most of the words; rows that hold none of them are not there.

    `among` how many hits they stand is known where all of these are to be read, which looks each word up but once;
    rows that were not asked for may be there too.
    """
    values: tuple[Any, ...] = (min(ids), max(ids), json.dumps(ids))
    within = "AND f.rowid BETWEEN ? AND ? AND +f.rowid IN (SELECT value FROM json_each(?))"
    if among is None:
        within, values = "AND f.rowid IN (SELECT value FROM json_each(?))", values[2:]
    elif among <= 2 * len(ids):
        within, values = "AND f.rowid BETWEEN ? AND ?", values[:2]
    found = db.execute(
        f"SELECT {_COLUMNS}, snippet(coverage_fts, -1, ?, ?, ' … ', 28) AS snippet, {DAY} "
        f"FROM coverage_fts f CROSS JOIN coverage c ON c.id = f.rowid WHERE coverage_fts MATCH ? {within}",
        (_START, _STOP, match, *values),
    )
    return {row[0]: row for row in found}


def plain(db: Connection, ids: Sequence[int]) -> dict[int, Row]:
    """Rows without passages."""
    sql = f"SELECT {_COLUMNS}, '' AS snippet, {DAY} FROM coverage c WHERE c.id IN (SELECT value FROM json_each(?))"
    return {row[0]: row for row in db.execute(sql, (json.dumps(ids),))}


def hit(row: Row, cut: Row | None = None) -> Hit:
    """A row as a hit; the passage is that of `cut`, another row of the same piece, where one is given."""
    passage = (cut or row)[9]
    return Hit(
        id=row[0],
        key=row[1],
        kind=row[2],
        headline=row[3],
        text=row[4],
        who=row[5],
        url=row[6],
        published_at=row[10],
        snippet=_segments(passage) if passage else (),
    )


def _segments(text: str) -> tuple[Segment, ...]:
    """A snippet cut at its marks."""
    first, *others = text.split(_START)
    pieces = [Segment(text=first)] if first else []
    for other in others:
        word, _, rest = other.partition(_STOP)
        pieces.append(Segment(text=word, marked=True))
        if rest:
            pieces.append(Segment(text=rest))
    return tuple(pieces)
