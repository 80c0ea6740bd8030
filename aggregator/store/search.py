"""Search over coverage: the tree of `aggregator.query` as SQL over the full-text index.

Every word goes to FTS5 as a quoted string, so that no search can be a syntax error of SQLite's.
All words of a search go there as one question: the index puts lists of hits together far faster than SQL does.
The hits that came in last, at most `RANKED`, are found once; what is counted, ranked and offered as facets is they.
"newest" sorts by publication and pages by key, whatever the number of hits.
"best" ranks the latest hits only: bm25 over all hits of a common word takes seconds.
A search that takes longer than anybody waits (the beginnings of words with one letter) is stopped, and says so.
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
from parsers.model import Record

#: Hits that are ranked and counted; beyond it a total reads "5,000+".
RANKED = 5000
PAGE = 50
#: How many pieces of the newest coverage are looked at for a common search, one after the other.
SOONEST = (2_000, 30_000)
#: Seconds after which a search is given up, and how many steps of SQLite pass between two looks at the clock.
PATIENCE, STEPS = 10.0, 20_000

#: First and last row of a part of the coverage.
Ids: TypeAlias = tuple[int, int]

Order: TypeAlias = Literal["newest", "best"]
#: Operator to add, label, how many.
Facet: TypeAlias = tuple[str, str, int]
#: Marks in a snippet, characters that no stored text holds.
_START, _STOP = "\x01", "\x02"

_IS = {
    "thread": "c.kind = 'thread'",
    "article": "c.kind = 'article'",
    "linked": "EXISTS (SELECT 1 FROM link l WHERE l.coverage_id = c.id AND l.status != 'rejected')",
    "unlinked": "NOT EXISTS (SELECT 1 FROM link l WHERE l.coverage_id = c.id AND l.status != 'rejected')",
    "broken": "EXISTS (SELECT 1 FROM thread t WHERE t.coverage_id = c.id AND t.missing != '[]')",
    "stub": "EXISTS (SELECT 1 FROM article a WHERE a.coverage_id = c.id AND a.stub = 1)",
    **{
        status: f"EXISTS (SELECT 1 FROM link l WHERE l.coverage_id = c.id AND l.status = '{status}')"
        for status in ("proposed", "confirmed", "rejected", "added")
    },
    **{
        band: "EXISTS (SELECT 1 FROM link l WHERE l.coverage_id = c.id AND l.status = 'proposed' "
        f"AND l.band = '{band}')"
        for band in ("likely", "possible")
    },
}
_HAS = {
    "quote": "EXISTS (SELECT 1 FROM quote x WHERE x.coverage_id = c.id)",
    "card": "EXISTS (SELECT 1 FROM post p WHERE p.thread_id = c.id AND p.card_title IS NOT NULL)",
    "url": "c.url IS NOT NULL",
    "story": "c.story_id IS NOT NULL",
}
_POSITION = """EXISTS (SELECT 1 FROM link l JOIN statement s ON s.id = l.statement_id
    WHERE l.coverage_id = c.id AND l.status != 'rejected' AND (s.key = ? OR instr(lower(s.title), lower(?))))"""
_AREA = """EXISTS (SELECT 1 FROM link l JOIN statement_area sa ON sa.statement_id = l.statement_id
    WHERE l.coverage_id = c.id AND l.status != 'rejected' AND instr(lower(sa.area), lower(?)))"""


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


class Search:
    """Reads of coverage by words and properties."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def find(
        self, text: str, *, today: dt.date, order: Order = "newest", limit: int = PAGE, page: str | None = None
    ) -> SearchResult:
        """Coverage that a search finds; raises `aggregator.query.QueryError`."""
        tree = q.parse(text, today)
        with self._patience():
            return self._page(tree, order == "best" and bool(q.texts(tree)), limit, page)

    def _page(self, tree: q.Node, ranked: bool, limit: int, page: str | None) -> SearchResult:
        latest = self._latest(tree)
        capped = len(latest) > RANKED
        if ranked:
            rows = self._best(tree, latest[:RANKED], limit, page)
        elif capped:
            soon = [] if page else self._soonest(tree, limit)
            rows = soon or self._newest(*_sql(tree, self._span(tree)), limit, page)
        else:
            rows = self._newest("c.id IN (SELECT value FROM json_each(?))", (json.dumps(latest),), limit, page)
        snippets = self._snippets(tree, [row["id"] for row in rows])
        return SearchResult(
            hits=tuple(_hit(row, snippets) for row in rows),
            total=min(len(latest), RANKED),
            capped=capped,
            next_page=self._next_page(rows, limit, page, ranked),
        )

    def each(self, text: str, *, today: dt.date) -> Iterator[Hit]:
        """All coverage that a search finds, newest first; for exports."""
        where, values = _sql(q.parse(text, today))
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

    def _latest(self, tree: q.Node) -> list[int]:
        """The hits that came in last, at most one more than `RANKED`."""
        span = self._span(tree)
        match, rest = _parted(tree.items if isinstance(tree, q.And) else (tree,))
        where, values = _sql(q.And(items=rest), span)
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
        spans = [item for item in (tree.items if isinstance(tree, q.And) else (tree,)) if isinstance(item, q.Span)]
        if not spans:
            return None
        found = self._db.execute(
            "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM coverage "
            "WHERE published_at >= ? AND published_at < ?",
            (spans[0].from_day.isoformat(), spans[0].until_day.isoformat()),
        )
        low, high = found.fetchone()
        return low, high

    def _soonest(self, tree: q.Node, limit: int) -> list[Row]:
        """The newest hits of a common search, looked for in the newest coverage alone; empty where it holds too few.

        What is older than the oldest row looked at cannot be among them, so the answer is exact.
        """
        for size in SOONEST:
            edge = self._db.execute(
                f"SELECT coalesce(c.published_at, '') FROM coverage c {_NEWEST} LIMIT 1 OFFSET ?", (size,)
            ).fetchone()
            if edge is None:
                return []
            found = self._db.execute(
                "SELECT min(c.id), max(c.id) FROM coverage c WHERE coalesce(c.published_at, '') >= ?", (edge[0],)
            )
            low, high = found.fetchone()
            where, values = _sql(tree, (low, high))
            where = f"c.id BETWEEN {low} AND {high} AND coalesce(c.published_at, '') >= ? AND ({where})"
            rows = self._newest(where, (edge[0], *values), limit, None)
            if len(rows) == limit:
                return rows
        return []

    def _newest(self, where: str, values: tuple[Any, ...], limit: int, page: str | None) -> list[Row]:
        after: tuple[Any, ...] = ()
        if page:
            published, _, row_id = page.encode("utf-8", "replace").decode().rpartition("_")
            where += " AND (coalesce(c.published_at, ''), c.id) < (?, ?)"
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
        return self._db.execute(sql, (_any(tree), low, high, json.dumps(hits), limit, _number(page))).fetchall()

    def _next_page(self, rows: list[Row], limit: int, page: str | None, ranked: bool) -> str | None:
        if len(rows) < limit:
            return None
        if ranked:
            return str(_number(page) + limit)
        return f"{rows[-1]['published_at'] or ''}_{rows[-1]['id']}"

    def _snippets(self, tree: q.Node, ids: list[int]) -> dict[int, tuple[Segment, ...]]:
        """The passage of each hit that holds most of the words."""
        match = _any(tree)
        if not match or not ids:
            return {}
        # Beginnings of words are looked up anew each time that the index is asked: then it is asked once, not for each.
        once = "rowid BETWEEN ? AND ? AND +" if any(text.prefix for text in q.texts(tree)) else ""
        found = self._db.execute(
            f"SELECT rowid, snippet(coverage_fts, -1, ?, ?, ' … ', 28) AS snippet FROM coverage_fts "
            f"WHERE coverage_fts MATCH ? AND {once}rowid IN (SELECT value FROM json_each(?))",
            (_START, _STOP, match, *((min(ids), max(ids)) if once else ()), json.dumps(ids)),
        )
        return {row["rowid"]: _segments(row["snippet"]) for row in found}

    def facets(self, text: str, *, today: dt.date, limit: int = 12) -> Mapping[str, list[Facet]]:
        """Over the latest hits, name → (operator to add, label, count): kind, who, position, status, month."""
        with self._patience():
            latest = self._latest(q.parse(text, today))[:RANKED]
        listed = json.dumps(latest)
        hits = self._db.execute(
            "SELECT c.kind, c.who, substr(c.published_at, 1, 7) FROM json_each(?) h CROSS JOIN coverage c "
            "ON c.id = h.value",
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


_NEWEST = "ORDER BY coalesce(c.published_at, '') DESC, c.id DESC"
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


def _matched(node: q.Node) -> str | None:
    """What asks for words alone, as one question to FTS5; None where it asks for anything else."""
    if isinstance(node, q.Text):
        return _phrase(node)
    if isinstance(node, q.And):
        match, rest = _parted(node.items)
        return None if rest else match
    if isinstance(node, q.Or):
        parts = [_matched(item) for item in node.items]
        return "(" + " OR ".join(part for part in parts if part) + ")" if parts and all(parts) else None
    return None


def _parted(items: tuple[q.Node, ...]) -> tuple[str | None, tuple[q.Node, ...]]:
    """Of what all must be: the words as one question to FTS5, and the rest.

    FTS5 cannot look for what lacks a word without a word that is there.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    rest: list[q.Node] = []
    for item in items:
        match = _matched(item.item if isinstance(item, q.Not) else item)
        if match is None:
            rest.append(item)
        else:
            (unwanted if isinstance(item, q.Not) else wanted).append(match)
    if not wanted:
        return None, items
    match = "(" + " AND ".join(wanted) + ")"
    return (f"({match} NOT ({' OR '.join(unwanted)}))" if unwanted else match), tuple(rest)


def _sql(node: q.Node, ids: Ids | None = None) -> tuple[str, tuple[Any, ...]]:
    """A condition on `coverage c` and its values; `ids` are the rows outside of which nothing counts."""
    match = _matched(node)
    if match:
        return _words(match, ids)
    if isinstance(node, q.Span):
        return "c.published_at >= ? AND c.published_at < ?", (node.from_day.isoformat(), node.until_day.isoformat())
    if isinstance(node, q.Not):
        inner, values = _sql(node.item, ids)
        return f"NOT coalesce(({inner}), 0)", values
    if isinstance(node, q.And):
        words, rest = _parted(node.items)
        return _joined(" AND ", [*([_words(words, ids)] if words else []), *(_sql(item, ids) for item in rest)])
    if isinstance(node, q.Or):
        return _joined(" OR ", [_sql(item, ids) for item in node.items])
    assert not isinstance(node, q.Text)  # that is a match
    return _field(node)


def _joined(word: str, parts: list[tuple[str, tuple[Any, ...]]]) -> tuple[str, tuple[Any, ...]]:
    if not parts:
        return "1", ()
    return "(" + word.join(sql for sql, _ in parts) + ")", tuple(v for _, values in parts for v in values)


def _words(match: str, ids: Ids | None) -> tuple[str, tuple[Any, ...]]:
    """A question to FTS5 as a condition."""
    within = " AND rowid BETWEEN ? AND ?" if ids else ""
    return f"c.id IN (SELECT rowid FROM coverage_fts WHERE coverage_fts MATCH ?{within})", (match, *(ids or ()))


def _field(node: q.Field) -> tuple[str, tuple[Any, ...]]:
    name, value = node.name, node.value
    if name in ("is", "has"):
        return (_IS if name == "is" else _HAS)[value], ()
    if name == "outlet":
        return "c.kind = 'article' AND instr(lower(c.who), lower(?))", (value,)
    if name == "from":
        return "instr(lower(c.who), lower(?))", (value,)
    if name == "position":
        return _POSITION, (value, value)
    if name == "area":
        return _AREA, (value,)
    return "c.story_id = (SELECT id FROM story WHERE key = ?)", (value,)


def _number(text: str | None) -> int:
    """A number from outside that SQLite can hold; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0


def _phrase(text: q.Text) -> str:
    """Words as an FTS5 string, which has no syntax inside."""
    return '"' + text.words.replace('"', '""') + '"' + ("*" if text.prefix else "")


def _any(node: q.Node) -> str:
    """All words of a search as alternatives, for ranking and snippets."""
    return " OR ".join(_phrase(text) for text in q.texts(node))


def _hit(row: Row, snippets: Mapping[int, tuple[Segment, ...]]) -> Hit:
    names = ("id", "key", "kind", "headline", "text", "who", "url", "published_at")
    return Hit(snippet=snippets.get(row["id"], ()), **{name: row[name] for name in names})


def _segments(text: str) -> tuple[Segment, ...]:
    """A snippet cut at its marks."""
    pieces = re.split(f"({_START}.*?{_STOP})", text, flags=re.S)
    return tuple(
        Segment(text=piece.strip(_START + _STOP), marked=piece.startswith(_START)) for piece in pieces if piece
    )
