"""Search over coverage: the tree of `aggregator.query` as SQL over the full-text index.

Every word goes to FTS5 as a quoted string, so that no search can be a syntax error of SQLite's.
All words of a search go there as one question: the index puts lists of hits together far faster than SQL does.
The hits that came in last, at most `RANKED`, are found once; what is counted, ranked and offered as facets is they.
"newest" sorts by publication, what has no date by when it came in, and pages by key, whatever the number of hits
(`search_newest`).
"best" ranks the latest hits only: bm25 over all hits of a common word takes seconds.
Beginnings are asked for by the words that have them (`search_words`), rare properties by their rows (`search_few`).
A search that takes longer than anybody waits is stopped, and says so.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from aggregator import query as q
from aggregator.store import search_newest
from aggregator.store.connect import Connection, Error
from aggregator.store.search_few import Rows, few
from aggregator.store.search_hits import DAY, Hit, Segment, hit, marked, plain
from aggregator.store.search_newest import BEHIND, END, Hits, Key, between
from aggregator.store.search_sql import WHEN as _WHEN
from aggregator.store.search_sql import Ids, any_of, condition, days, parted
from aggregator.store.search_words import as_found, by_name, prepare
from parsers.model import Record

__all__ = ["Hit", "Search", "SearchResult", "Segment"]

#: Hits that are ranked and counted; beyond it a total reads "5,000+".
RANKED = 5000
PAGE = 50
#: Words that are looked up for each hit of a page by itself, and hits among which a page is read in one go instead.
FEW, AMONG = 10, 3_000
#: Hits of which each can be looked at; where there are more, the newest coverage is asked one by one whether it is one.
MANY = 30_000
#: Rows of some days that are not looked through for the lowest and the highest of them.
WIDE = 50_000
#: Seconds after which a search is given up, and how many steps of SQLite pass between two looks at the clock.
PATIENCE, STEPS = 10.0, 20_000
#: Hits of an export whose passages are looked up together.
_AT_ONCE = 200

Order: TypeAlias = Literal["newest", "best"]
#: Operator to add, label, how many.
Facet: TypeAlias = tuple[str, str, int]


class SearchResult(Record, frozen=True, kw_only=True):
    """A page of hits."""

    hits: tuple[Hit, ...]
    total: int  # at most RANKED
    capped: bool  # there are more than RANKED
    next_page: str | None = None  # opaque; give it to `find` for the following page
    rare_left_out: bool = False  # of the words with a beginning that was asked for only the most frequent count


class _Found(Record, frozen=True, kw_only=True):
    """What a search found before a page of it is made."""

    tree: q.Node  # what was looked for in the end
    ids: list[int]  # the latest hits, at most one more than RANKED: by row where words are asked for, else by time
    ranks: Mapping[int, float] | None = None  # bm25 of each, where it was asked for and the words alone tell it
    left_out: bool = False  # words with some beginning are left out

    @property
    def capped(self) -> bool:
        return len(self.ids) > RANKED


class Search:
    """Reads of coverage by words and properties."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._last: tuple[tuple[Any, ...], _Found] | None = None
        self._sets: dict[tuple[q.Node, ...], tuple[list[Rows], tuple[q.Node, ...]]] = {}  # of the last search

    def find(
        self, text: str, *, today: dt.date, order: Order = "newest", limit: int = PAGE, page: str | None = None
    ) -> SearchResult:
        """Coverage that a search finds; raises `aggregator.query.QueryError`."""
        tree = q.parse(text, today)
        ranked = order == "best" and bool(q.texts(tree))
        with self._patience(tree):
            found = self._asked(tree, ranked)
            ids = self._best(found, limit, _number(page)) if ranked else self._newest(found, limit, _key(page))
            rows = self._rows(found, ids)
        shown = [rows[row] for row in ids if row in rows]
        following = None
        if len(shown) == limit:
            last = shown[-1]
            following = str(_number(page) + limit) if ranked else f"{last[7] or last[8]}_{last[0]}"
        return SearchResult(
            hits=tuple([hit(row) for row in shown]),
            total=min(len(found.ids), RANKED),
            capped=found.capped,
            next_page=following,
            rare_left_out=found.left_out,
        )

    def each(self, text: str, *, today: dt.date, passages: bool = False) -> Iterator[Hit]:
        """All coverage that a search finds, newest first; for exports.

        A time that nobody gave is left out of `published_at`; the passages that were found come where asked for.
        """
        tree = q.parse(text, today)
        where, values = condition(tree)
        columns = f"c.id, c.key, c.kind, c.headline, c.text, c.who, c.url, c.published_at, c.ingested_at, '', {DAY}"
        found = self._db.execute(f"SELECT {columns} FROM coverage c WHERE {where} {_NEWEST}", values)
        if not (passages and q.texts(tree)):
            yield from map(hit, found)
            return
        if any(text.prefix for text in q.texts(tree)):
            prepare(self._db)
        while rows := found.fetchmany(_AT_ONCE):
            ids = [row[0] for row in rows]
            match = any_of(as_found(self._db, tree, ids))
            cut = marked(self._db, ids, match, None) if match else {}
            yield from (hit(row, cut.get(row[0])) for row in rows)

    @contextlib.contextmanager
    def _patience(self, tree: q.Node) -> Iterator[None]:
        """Give up what takes too long; raises `aggregator.query.QueryError`."""
        if any(text.prefix for text in q.texts(tree)):
            prepare(self._db)
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

    # ---------------------------------------------------------- what is found

    def _asked(self, tree: q.Node, ranked: bool) -> _Found:
        """The latest hits; those of the last search again where nothing was written since."""
        state = (tree, RANKED, self._db.execute("PRAGMA data_version").fetchone()[0], self._db.total_changes)
        if self._last and self._last[0] == state and (self._last[1].ranks is not None or not ranked):
            return self._last[1]
        self._sets = {}
        rare = any(count <= RANKED for _, _, count in self._rare(parted(_items(tree))[1])[0])
        # Among so few rows no beginning has more hits than are counted, so all its words have to be looked for.
        named, left_out = (tree, False) if rare else by_name(self._db, tree, ranked)
        found = self._latest(named, ranked, left_out)
        if left_out and not found.capped:
            found = self._latest(tree, ranked, False)
        self._last = (state, found)
        return found

    def _latest(self, tree: q.Node, ranked: bool, left_out: bool) -> _Found:
        """The hits that came in last, at most one more than `RANKED`."""
        match, rest = parted(_items(tree))
        if match is None or not ranked or _texts(rest):
            sql, values = self._hits(tree, "f.rowid")
            row = self._db.execute(f"SELECT json_group_array(id) FROM ({sql})", values).fetchone()
            return _Found(tree=tree, ids=json.loads(row[0]), left_out=left_out)
        sql, values = self._hits(tree, "f.rowid, bm25(coverage_fts, 4, 2, 1)")
        ranks = dict(self._db.execute(sql, values))
        return _Found(tree=tree, ids=list(ranks), ranks=ranks, left_out=left_out)

    def _hits(self, tree: q.Node, columns: str, ids: Ids | None = None, most: int = 0) -> tuple[str, tuple[Any, ...]]:
        """The latest hits between some rows, latest row first; the newest first where no words are asked for."""
        span = ids or self._span(tree)
        match, rest = parted(_items(tree))
        sets, rest = self._rare(rest)
        where, values = condition(q.And(items=rest), span)
        limit = f"LIMIT {most or RANKED + 1}"
        rows = [sql for sql, _, _ in sets]
        among = tuple(value for _, each, _ in sets for value in each)
        if match is not None:
            # From the index to the rows, latest first, so that it can stop when it has enough.
            join = f"CROSS JOIN coverage c ON c.id = f.rowid AND {where}" if rest else ""
            within = "AND f.rowid BETWEEN ? AND ?" if span else ""
            kept = " ".join(f"AND +f.rowid IN ({sql})" for sql in rows)
            return (
                f"SELECT {columns.replace('f.rowid', 'f.rowid AS id', 1)} FROM coverage_fts f {join} "
                f"WHERE coverage_fts MATCH ? {within} {kept} ORDER BY f.rowid DESC {limit}",
                (*values, match, *(span or ()), *among),
            )
        if rows:
            kept = " ".join(f"AND c.id IN ({sql})" for sql in rows[1:])
            return (
                f"SELECT c.id FROM (SELECT DISTINCT * FROM ({rows[0]})) h "
                f"CROSS JOIN coverage c ON c.id = +h.id WHERE {where} {kept} {_NEWEST} {limit}",
                (*sets[0][1], *values, *among[len(sets[0][1]) :]),
            )
        return f"SELECT c.id FROM coverage c WHERE {where} {_NEWEST} {limit}", values

    def _rare(self, items: tuple[q.Node, ...]) -> tuple[list[Rows], tuple[q.Node, ...]]:
        """Of what all must be: the rows of properties that few have, and the rest."""
        if items not in self._sets:
            self._sets[items] = few(self._db, items)
        return self._sets[items]

    def _span(self, tree: q.Node) -> Ids | None:
        """The lowest and highest row of the days that a search asks for; None where it asks for none.

        Rows come nearly in the order of their days, so the index is read for a small part only.
        """
        span = days(tree)
        if span is None or self._is_wide(span):
            return None
        found = self._db.execute(
            "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM coverage "
            "WHERE published_at >= ? AND published_at < ?",
            (span.from_day.isoformat(), span.until_day.isoformat()),
        )
        low, high = found.fetchone()
        return low, high

    def _is_wide(self, span: q.Span) -> bool:
        """Whether some days reach to the newest and hold very much: the latest hits are mostly of these days then."""
        found = self._db.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM coverage WHERE published_at >= ?) AND EXISTS "
            f"(SELECT 1 FROM coverage WHERE published_at >= ? LIMIT 1 OFFSET {WIDE})",
            (span.until_day.isoformat(), span.from_day.isoformat()),
        )
        return bool(found.fetchone()[0])

    # ---------------------------------------------------------- the order

    def _newest(self, found: _Found, limit: int, page: Key | None) -> list[int]:
        """Rows of a page, newest first."""
        if parted(_items(found.tree))[0] is None:
            if page is None and limit <= RANKED:
                return found.ids[:limit]
            asked = condition(found.tree) if found.capped else (_AMONG, (json.dumps(found.ids),))
            return self._behind(*asked, limit, page)
        span = days(found.tree)
        before = min(page or END, (span.until_day.isoformat(), 0) if span else END)

        def read(low: int, high: int, most: int) -> list[int]:
            sql, values = self._hits(found.tree, "f.rowid", (low, high), most)
            return [row[0] for row in self._db.execute(sql, values)]

        hits = Hits(found.ids, found.ids[-1] if found.capped else 0, read)
        ids = search_newest.newest(self._db, hits, limit, RANKED + 1, before)
        return ids if ids is not None else self._one_by_one(found.tree, limit, page)

    def _one_by_one(self, tree: q.Node, limit: int, page: Key | None) -> list[int]:
        """The same of very many hits whose rows are in no order of time."""
        asked = q.texts(tree)
        each = len(asked) <= FEW and not any(text.prefix for text in asked) and self._are_many(tree)
        return self._behind(*condition(tree, self._span(tree), each=each), limit, page)

    def _are_many(self, tree: q.Node) -> bool:
        sql, values = self._hits(tree, "f.rowid", None, MANY)
        return bool(self._db.execute(f"SELECT count(*) >= {MANY} FROM ({sql})", values).fetchone()[0])

    def _behind(self, where: str, values: tuple[Any, ...], limit: int, page: Key | None) -> list[int]:
        """The first rows behind a place in the order of the newest."""
        if page:
            where += f" AND {BEHIND}"
            values = (*values, page[0], *page)
        sql = f"SELECT c.id FROM coverage c WHERE {where} {_NEWEST} LIMIT ?"
        return [row[0] for row in self._db.execute(sql, (*values, limit))]

    def _best(self, found: _Found, limit: int, start: int) -> list[int]:
        """Rows of a page, the best first; hits that hold none of the words come last, newest first."""
        hits = found.ids[:RANKED]
        if found.ranks is not None:
            return sorted(hits, key=found.ranks.__getitem__)[start : start + limit]
        ranked = self._by_rank(found.tree, hits)
        page = ranked[start : start + limit]
        if len(page) == limit or len(ranked) == len(hits):
            return page
        rest = json.dumps(sorted(set(hits).difference(ranked)))
        sql = f"SELECT c.id FROM coverage c WHERE {_AMONG} {_NEWEST} LIMIT ? OFFSET ?"
        rows = self._db.execute(sql, (rest, limit - len(page), max(0, start - len(ranked))))
        return page + [row[0] for row in rows]

    def _by_rank(self, tree: q.Node, hits: Sequence[int]) -> list[int]:
        """Those of some hits that hold any of the words, the best first."""
        # The plus keeps SQLite from asking the index once for each hit.
        sql = """
            SELECT f.rowid, bm25(coverage_fts, 4, 2, 1) AS rank FROM coverage_fts f
            WHERE coverage_fts MATCH ? AND f.rowid BETWEEN ? AND ? AND +f.rowid IN (SELECT value FROM json_each(?))
            ORDER BY rank, f.rowid DESC
        """
        low, high = min(hits, default=0), max(hits, default=0)
        return [row[0] for row in self._db.execute(sql, (any_of(tree), low, high, json.dumps(hits)))]

    # ---------------------------------------------------------- what a page shows

    def _rows(self, found: _Found, ids: Sequence[int]) -> dict[int, Any]:
        """The rows of a page, with the passage of each that holds most of the words."""
        match, rest = parted(_items(found.tree))
        asked = q.texts(found.tree)
        if not asked or not ids:
            return plain(self._db, ids)
        among = self._among(found, ids, asked)
        if any(text.prefix for text in asked):
            match = any_of(as_found(self._db, found.tree, ids))
        elif match is None or _texts(rest):
            match = any_of(found.tree)
        rows = marked(self._db, ids, match, among) if match else {}
        return rows if all(row in rows for row in ids) else {**plain(self._db, ids), **rows}

    def _among(self, found: _Found, ids: Sequence[int], asked: Sequence[q.Text]) -> int | None:
        """Among how many hits those of a page stand, by row; None where these are too many to be read for them."""
        low, high = min(ids), max(ids)
        if not _fields(found.tree) and (not found.capped or low >= found.ids[-1]):
            span = between(found.ids, low, high)
            among = span.stop - span.start
        else:
            among = high - low + 1
        # Many words are looked up once, whatever has to be read then.
        return among if among <= AMONG or len(asked) > FEW else None

    def facets(self, text: str, *, today: dt.date, limit: int = 12) -> Mapping[str, list[Facet]]:
        """Over the latest hits, name → (operator to add, label, count): kind, who, position, status, month."""
        tree = q.parse(text, today)
        with self._patience(tree):
            latest = self._asked(tree, False).ids[:RANKED]
        # Rows beside each other stand on the same page of the file; in the order of time they might not.
        listed = json.dumps(sorted(latest))
        hits = self._db.execute(
            "SELECT CASE WHEN c.kind != 'thread' OR t.parts_found > 1 OR t.expected > 1 THEN c.kind ELSE 'post' END, "
            "c.who, substr(c.published_at, 1, 7) FROM json_each(?) h "
            "CROSS JOIN coverage c INDEXED BY coverage_small ON c.id = h.value "
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


_AMONG = "c.id IN (SELECT value FROM json_each(?))"
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


def _items(tree: q.Node) -> tuple[q.Node, ...]:
    """What all must be."""
    return tree.items if isinstance(tree, q.And) else (tree,)


def _key(page: str | None) -> Key | None:
    """The place in the order of the newest that a following page begins behind."""
    if not page:
        return None
    published, _, row = page.encode("utf-8", "replace").decode().rpartition("_")
    return published, _number(row)


def _texts(items: Iterable[q.Node]) -> list[q.Text]:
    return [text for item in items for text in q.texts(item)]


def _fields(node: q.Node) -> bool:
    """Whether anything but words is asked for."""
    if isinstance(node, (q.And, q.Or)):
        return any(_fields(item) for item in node.items)
    return not isinstance(node, q.Text)
