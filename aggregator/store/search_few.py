"""Properties that few pieces of coverage have, as the rows that have them.

A very common word beside a rare property is found by the property: an index leads to its rows, the words' hits are
held against them, and no row is opened.
A property that many have is asked of each hit instead: so many hits are looked for only, and they are soon found.

Which error is worse: to miss coverage is worse than to wait.
So the rows of a property are exactly those that its condition in `search_sql` holds for, and what has no index that
leads to its rows stays a condition.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from aggregator import query as q
from aggregator.store.connect import Connection
from aggregator.store.search_sql import IS_LINK, same_link

#: A statement that gives the `id` of rows of `coverage`, its values, and how many rows these are.
Rows: TypeAlias = tuple[str, tuple[Any, ...], int]
#: Most rows that are few, and most people and outlets that are looked through for a part of a name.
FEW, PEOPLE = 20_000, 2_000

_LINKED = "SELECT l.coverage_id AS id FROM link l JOIN statement s ON s.id = l.statement_id WHERE {}"
_ROWS = {
    # Two partial indexes hold all articles between them.
    ("is", "article"): "SELECT id FROM coverage WHERE kind = 'article' AND headline IS NOT NULL UNION ALL "
    "SELECT id FROM coverage WHERE kind = 'article' AND headline IS NULL "
    "AND (published_at IS NULL OR who IS NULL OR url IS NULL OR headline IS NULL)",
    ("has", "quote"): "SELECT coverage_id AS id FROM quote",
    ("has", "url"): "SELECT id FROM coverage WHERE url IS NOT NULL",
    ("has", "story"): "SELECT id FROM coverage WHERE story_id IS NOT NULL",
    **{("is", name): f"SELECT l.coverage_id AS id FROM link l WHERE {state}" for name, state in IS_LINK.items()},
}
_STORY = "SELECT id FROM coverage WHERE story_id = (SELECT id FROM story WHERE key = ?)"
_WHO = "SELECT id FROM coverage WHERE who IN (SELECT value FROM json_each(?))"
_PEOPLE = """
    WITH RECURSIVE p(name) AS (SELECT min(who) FROM coverage
      UNION ALL SELECT (SELECT min(who) FROM coverage WHERE who > name) FROM p WHERE name IS NOT NULL)
    SELECT count(*), json_group_array(name) FILTER (WHERE instr(lower(name), lower(?)))
    FROM (SELECT name FROM p LIMIT ?)"""


def few(db: Connection, items: tuple[q.Node, ...]) -> tuple[list[Rows], tuple[q.Node, ...]]:
    """Of what all must be: the rows of properties that few have, and the rest."""
    if not items:
        return [], items
    links, others = same_link(items)
    sets = [_counted(db, _LINKED.format(wanted), values) for wanted, values in links]
    if any(count > FEW for _, _, count in sets):
        return [], items
    rest = []
    for item in others:
        found = _rows(db, item)
        rows = _counted(db, *found) if found else None
        if rows and rows[2] <= FEW:
            sets.append(rows)
        else:
            rest.append(item)
    return sets, tuple(rest)


def _rows(db: Connection, node: q.Node) -> tuple[str, tuple[Any, ...]] | None:
    """The rows that have a property; None where no index leads to them."""
    if not isinstance(node, q.Field):
        return None
    if node.name in ("from", "outlet"):
        return _by(db, node)
    if node.name == "story":
        return _STORY, (node.value,)
    sql = _ROWS.get((node.name, node.value))
    return (sql, ()) if sql else None


def _by(db: Connection, node: q.Field) -> tuple[str, tuple[Any, ...]] | None:
    """The rows of people or outlets with a part of their name."""
    count, names = db.execute(_PEOPLE, (node.value, PEOPLE + 1)).fetchone()
    articles = " AND kind = 'article'" if node.name == "outlet" else ""
    return None if count > PEOPLE else (_WHO + articles, (names,))


def _counted(db: Connection, sql: str, values: tuple[Any, ...]) -> Rows:
    """Rows with their number, at most one more than are few."""
    found = db.execute(f"SELECT count(*) FROM (SELECT 1 FROM ({sql}) LIMIT {FEW + 1})", values).fetchone()
    return sql, values, found[0]
