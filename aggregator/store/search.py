"""Search over coverage: the tree of `aggregator.query` as SQL over the full-text index.

Every word goes to FTS5 as a quoted string, so that no search can be a syntax error of SQLite's.
All words of a search go there as one question: the index puts lists of hits together far faster than SQL does.
The hits that came in last, at most `RANKED`, are found once; what is counted, ranked and offered as facets is they.
"newest" sorts by publication, what has no date by when it came in, and pages by key, whatever the number of hits.
"best" ranks the latest hits only: bm25 over all hits of a common word takes seconds.
Of a beginning that very many words have, a common search asks for the most frequent ones (`search_words`).
A search that takes longer than anybody waits is stopped, and says so.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from aggregator import query as q
from aggregator.store.connect import Connection, Error, Row
from aggregator.store.search_sql import WHEN as _WHEN
from aggregator.store.search_sql import Ids, any_of, condition, days, parted
from aggregator.store.search_words import narrowed, prepare
from parsers.model import Record

#: Hits that are ranked and counted; beyond it a total reads "5,000+".
RANKED = 5000
PAGE = 50
#: How many pieces of the newest coverage are looked at for a common search, one after the other.
SOONEST = (2_000, 30_000)
#: Words that are looked up for each hit of a page by itself.
FEW = 10
#: Seconds after which a search is given up, and how many steps of SQLite pass between two looks at the clock.
PATIENCE, STEPS = 10.0, 20_000

Order: TypeAlias = Literal["newest", "best"]
#: Operator to add, label, how many.
Facet: TypeAlias = tuple[str, str, int]
#: Marks in a snippet, characters that no stored text holds.
_START, _STOP = "\x01", "\x02"


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


class SearchResult(Record, frozen=True, kw_only=True):
    """A page of hits."""

    hits: tuple[Hit, ...]
    total: int  # at most RANKED
    capped: bool  # there are more than RANKED
    next_page: str | None = None  # opaque; give it to `find` for the following page
    rare_left_out: bool = False  # of the words with a beginning that was asked for only the most frequent count


class Search:
    """Reads of coverage by words and properties."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def find(
        self, text: str, *, today: dt.date, order: Order = "newest", limit: int = PAGE, page: str | None = None
    ) -> SearchResult:
        """Coverage that a search finds; raises `aggregator.query.QueryError`."""
        tree = q.parse(text, today)
        prepare(self._db)
        with self._patience():
            return self._page(tree, order == "best" and bool(q.texts(tree)), limit, page)

    def _page(self, tree: q.Node, ranked: bool, limit: int, page: str | None) -> SearchResult:
        tree, latest, rare_left_out = self._asked(tree)
        capped = len(latest) > RANKED
        if ranked:
            rows = self._best(tree, latest[:RANKED], limit, page)
        elif capped:
            soon = [] if page else self._soonest(tree, limit)
            rows = soon or self._newest(*condition(tree, self._span(tree)), limit, page)
        else:
            rows = self._newest("c.id IN (SELECT value FROM json_each(?))", (json.dumps(latest),), limit, page)
        snippets = self._snippets(tree, [row["id"] for row in rows])
        return SearchResult(
            hits=tuple(_hit(row, snippets) for row in rows),
            total=min(len(latest), RANKED),
            capped=capped,
            next_page=self._next_page(rows, limit, page, ranked),
            rare_left_out=rare_left_out,
        )

    def each(self, text: str, *, today: dt.date) -> Iterator[Hit]:
        """All coverage that a search finds, newest first; for exports."""
        where, values = condition(q.parse(text, today))
        for row in self._db.execute(f"SELECT c.* FROM coverage c WHERE {where} {_NEWEST}", values):
            yield _hit(row, {})

    @contextlib.contextmanager
    def _patience(self) -> Iterator[None]:
        """Give up what takes too long; raises `aggregator.query.QueryError`."""
        end = time.monotonic() + PATIENCE
        self._db.set_progress_handler(lambda: time.monotonic() > end, STEPS)
        try:
            yield
        except Error as exc:
            if time.monotonic() <= end:
                raise
            message = "this search takes too long; ask for more letters before the star, or for fewer days"
            raise q.QueryError(message, 0) from exc
        finally:
            self._db.set_progress_handler(None, 0)

    def _asked(self, tree: q.Node) -> tuple[q.Node, list[int], bool]:
        """What is looked for, its latest hits, and whether the rarer words with some beginning are left out."""
        common = narrowed(self._db, tree)
        if common is not None:
            latest = self._latest(common)
            if len(latest) > RANKED:
                return common, latest, True
        return tree, self._latest(tree), False

    def _latest(self, tree: q.Node) -> list[int]:
        """The hits that came in last, at most one more than `RANKED`."""
        span = self._span(tree)
        match, rest = parted(tree.items if isinstance(tree, q.And) else (tree,))
        where, values = condition(q.And(items=rest), span)
        if match is None:
            sql = f"SELECT c.id FROM coverage c WHERE {where} {_NEWEST}"
        else:
            # From the index to the rows, latest first, so that it can stop when it has enough.
            join = f"CROSS JOIN coverage c ON c.id = f.rowid AND {where}" if rest else ""
            within = "AND f.rowid BETWEEN ? AND ?" if span else ""
            sql = f"SELECT f.rowid FROM coverage_fts f {join} WHERE coverage_fts MATCH ? {within} ORDER BY f.rowid DESC"
            values = (*values, match, *(span or ()))
        return [row[0] for row in self._db.execute(f"{sql} LIMIT {RANKED + 1}", values)]

    def _span(self, tree: q.Node) -> Ids | None:
        """The lowest and highest row of the days that a search asks for; None where it asks for none.

        Rows come nearly in the order of their days, so the index is read for a small part only.
        """
        span = days(tree)
        if span is None:
            return None
        found = self._db.execute(
            "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM coverage "
            "WHERE published_at >= ? AND published_at < ?",
            (span.from_day.isoformat(), span.until_day.isoformat()),
        )
        low, high = found.fetchone()
        return low, high

    def _soonest(self, tree: q.Node, limit: int) -> list[Row]:
        """The newest hits of a common search, looked for in the newest coverage alone; empty where it holds too few.

        Where days are asked for, it is the newest of these days.
        What is older than the oldest row looked at cannot be among them, so the answer is exact.
        """
        span = days(tree)
        end = span.until_day.isoformat() if span else "a"  # behind every date
        before = f"{_WHEN} < ?"
        for size in SOONEST:
            edge = self._db.execute(
                f"SELECT {_WHEN} FROM coverage c WHERE {before} {_NEWEST} LIMIT 1 OFFSET ?",
                (end, size),
            ).fetchone()
            if edge is None:
                return []
            found = self._db.execute(
                f"SELECT min(c.id), max(c.id) FROM coverage c WHERE {_WHEN} >= ? AND {before}",
                (edge[0], end),
            )
            low, high = found.fetchone()
            where, values = condition(tree, (low, high))
            where = f"c.id BETWEEN {low} AND {high} AND {_WHEN} >= ? AND {before} AND ({where})"
            rows = self._newest(where, (edge[0], end, *values), limit, None)
            if len(rows) == limit:
                return rows
        return []

    def _newest(self, where: str, values: tuple[Any, ...], limit: int, page: str | None) -> list[Row]:
        after: tuple[Any, ...] = ()
        if page:
            published, _, row_id = page.encode("utf-8", "replace").decode().rpartition("_")
            where += f" AND ({_WHEN}, c.id) < (?, ?)"
            after = (published, _number(row_id))
        # Ids alone go through the sort; whole rows would carry their texts along.
        ids = f"SELECT c.id FROM coverage c WHERE {where} {_NEWEST} LIMIT ?"
        sql = f"SELECT c.* FROM coverage c WHERE c.id IN ({ids}) {_NEWEST}"
        return self._db.execute(sql, (*values, *after, limit)).fetchall()

    def _best(self, tree: q.Node, hits: list[int], limit: int, page: str | None) -> list[Row]:
        # The plus keeps SQLite from asking the index once for each hit.
        sql = """
            WITH best AS MATERIALIZED (
              SELECT f.rowid AS id, bm25(coverage_fts, 4, 2, 1) AS rank FROM coverage_fts f
              WHERE coverage_fts MATCH ? AND f.rowid BETWEEN ? AND ? AND +f.rowid IN (SELECT value FROM json_each(?))
              ORDER BY rank, f.rowid DESC LIMIT ? OFFSET ?)
            SELECT c.* FROM best JOIN coverage c ON c.id = best.id ORDER BY best.rank, best.id DESC
        """
        low, high = min(hits, default=0), max(hits, default=0)
        return self._db.execute(sql, (any_of(tree), low, high, json.dumps(hits), limit, _number(page))).fetchall()

    def _next_page(self, rows: list[Row], limit: int, page: str | None, ranked: bool) -> str | None:
        if len(rows) < limit:
            return None
        if ranked:
            return str(_number(page) + limit)
        return f"{rows[-1]['published_at'] or rows[-1]['ingested_at']}_{rows[-1]['id']}"

    def _snippets(self, tree: q.Node, ids: list[int]) -> dict[int, tuple[Segment, ...]]:
        """The passage of each hit that holds most of the words."""
        match = any_of(tree)
        if not match or not ids:
            return {}
        # Words are looked up anew each time that the index is asked: beginnings and many words once, not for each hit.
        asked = list(q.texts(tree))
        many = len(asked) > FEW or any(text.prefix for text in asked)
        once = "rowid BETWEEN ? AND ? AND +" if many else ""
        found = self._db.execute(
            f"SELECT rowid, snippet(coverage_fts, -1, ?, ?, ' … ', 28) AS snippet FROM coverage_fts "
            f"WHERE coverage_fts MATCH ? AND {once}rowid IN (SELECT value FROM json_each(?))",
            (_START, _STOP, match, *((min(ids), max(ids)) if once else ()), json.dumps(ids)),
        )
        return {row["rowid"]: _segments(row["snippet"]) for row in found}

    def facets(self, text: str, *, today: dt.date, limit: int = 12) -> Mapping[str, list[Facet]]:
        """Over the latest hits, name → (operator to add, label, count): kind, who, position, status, month."""
        prepare(self._db)
        with self._patience():
            latest = self._asked(q.parse(text, today))[1][:RANKED]
        listed = json.dumps(latest)
        hits = self._db.execute(
            "SELECT CASE WHEN c.kind != 'thread' OR t.parts_found > 1 OR t.expected > 1 THEN c.kind ELSE 'post' END, "
            "c.who, substr(c.published_at, 1, 7) FROM json_each(?) h CROSS JOIN coverage c ON c.id = h.value "
            "LEFT JOIN thread t ON t.coverage_id = c.id",
            (listed,),
        )
        kinds, people, months = list(zip(*hits.fetchall(), strict=True)) or ((), (), ())
        by_count = {
            "kind": _most(kinds, limit, "is:{}"),
            "who": _most(people, limit, 'from:"{}"'),
            "position": self._linked(_POSITIONS, listed, limit),
            "status": self._linked(_STATUSES, listed, limit),
        }
        return {**by_count, "month": sorted(_most(months, len(latest), "date:{}"), key=_label, reverse=True)[:limit]}

    def _linked(self, sql: str, ids: str, limit: int) -> list[Facet]:
        return [(row[0], row[1], row[2]) for row in self._db.execute(sql, (ids, limit))]


_NEWEST = f"ORDER BY {_WHEN} DESC, c.id DESC"
_POSITIONS = """
    SELECT 'position:' || s.key, s.title, count(*) FROM json_each(?) h
    JOIN link l ON l.coverage_id = h.value AND l.status != 'rejected' JOIN statement s ON s.id = l.statement_id
    GROUP BY s.id ORDER BY 3 DESC, s.title LIMIT ?"""
_STATUSES = """
    SELECT 'is:' || l.status, l.status, count(DISTINCT l.coverage_id) FROM json_each(?) h
    JOIN link l ON l.coverage_id = h.value GROUP BY l.status ORDER BY 3 DESC, 2 LIMIT ?"""


def _most(values: Iterable[str | None], limit: int, operator: str) -> list[Facet]:
    """The most frequent values with their counts and the operator that asks for each."""
    counted = Counter(value for value in values if value is not None)
    found = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return [(operator.format(value.replace('"', "")), value, n) for value, n in found]


def _label(facet: Facet) -> str:
    return facet[1]


def _number(text: str | None) -> int:
    """A number from outside that SQLite can hold; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0


def _hit(row: Row, snippets: Mapping[int, tuple[Segment, ...]]) -> Hit:
    names = ("id", "key", "kind", "headline", "text", "who", "url", "published_at")
    return Hit(snippet=snippets.get(row["id"], ()), **{name: row[name] for name in names})


def _segments(text: str) -> tuple[Segment, ...]:
    """A snippet cut at its marks."""
    pieces = re.split(f"({_START}.*?{_STOP})", text, flags=re.S)
    return tuple(
        Segment(text=piece.strip(_START + _STOP), marked=piece.startswith(_START)) for piece in pieces if piece
    )
