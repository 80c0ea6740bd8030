"""A search's tree as SQL: all words that stand together as one question to FTS5, the rest as conditions.

Which error is worse: to miss coverage is worse than to ask the index for more than is needed.
So words go to FTS5 only where it means by them exactly what SQL would, and every word goes there as a quoted string,
so that no search can be a syntax error of SQLite's.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from aggregator import query as q

#: First and last row of a part of the coverage.
Ids: TypeAlias = tuple[int, int]

#: When a piece came out, else when it came in: written as the index of the newest has it.
WHEN = "coalesce(c.published_at, c.ingested_at)"
#: What belongs to a thread of two parts or more, all here or not; a lone post is stored as a thread of one.
_SEVERAL = "EXISTS (SELECT 1 FROM thread t WHERE t.coverage_id = c.id AND (t.parts_found > 1 OR t.expected > 1))"
_IS = {
    "thread": f"(c.kind = 'thread' AND {_SEVERAL})",
    "post": f"(c.kind = 'thread' AND NOT {_SEVERAL})",
    "article": "c.kind = 'article'",
    "unlinked": "NOT EXISTS (SELECT 1 FROM link l WHERE l.coverage_id = c.id AND l.status != 'rejected')",
    "broken": "EXISTS (SELECT 1 FROM thread t WHERE t.coverage_id = c.id AND t.missing != '[]')",
    "stub": "EXISTS (SELECT 1 FROM article a WHERE a.coverage_id = c.id AND a.stub = 1)",
}
_HAS = {
    "quote": "EXISTS (SELECT 1 FROM quote x WHERE x.coverage_id = c.id)",
    "card": "EXISTS (SELECT 1 FROM post p WHERE p.thread_id = c.id AND p.card_title IS NOT NULL)",
    "url": "c.url IS NOT NULL",
    "story": "c.story_id IS NOT NULL",
}
#: Articles without a field that nobody said is known by nobody.
_LACKS = """(c.kind = 'article' AND c.{column} IS NULL AND 'null' IS NOT (SELECT value FROM article_told t
    WHERE t.coverage_id = c.id AND t.field = '{field}' ORDER BY t.id DESC LIMIT 1))"""
_COLUMNS = {"date": "published_at", "outlet": "who", "url": "url", "headline": "headline"}
_MISSING = {field: _LACKS.format(field=field, column=column) for field, column in _COLUMNS.items()}
_MISSING["any"] = f"({' OR '.join(_MISSING.values())})"
#: Links to a position; operators that stand together speak of the same link.
_LINK = "EXISTS (SELECT 1 FROM link l JOIN statement s ON s.id = l.statement_id WHERE l.coverage_id = c.id AND {})"
OF_LINK = {
    "position": "(s.key = ? OR instr(lower(s.title), lower(?)))",
    "area": "EXISTS (SELECT 1 FROM statement_area sa WHERE sa.statement_id = s.id AND instr(lower(sa.area), lower(?)))",
}
_STANDS = "l.status != 'rejected'"
IS_LINK = {
    "linked": _STANDS,
    **{status: f"l.status = '{status}'" for status in ("proposed", "confirmed", "rejected", "added")},
    **{band: f"l.status = 'proposed' AND l.band = '{band}'" for band in ("likely", "possible")},
}
_IS |= {
    name: f"EXISTS (SELECT 1 FROM link l WHERE l.coverage_id = c.id AND {state})" for name, state in IS_LINK.items()
}


def days(tree: q.Node) -> q.Span | None:
    """The days that all hits have to be of, where a search asks for any."""
    items = tree.items if isinstance(tree, q.And) else (tree,)
    return next((item for item in items if isinstance(item, q.Span)), None)


def matched(node: q.Node) -> str | None:
    """What asks for words alone, as one question to FTS5; None where it asks for anything else."""
    if isinstance(node, q.Text):
        return _phrase(node)
    if isinstance(node, q.And):
        match, rest = parted(node.items)
        return None if rest else match
    if isinstance(node, q.Or):
        parts = [matched(item) for item in node.items]
        return "(" + " OR ".join(part for part in parts if part) + ")" if parts and all(parts) else None
    return None


def parted(items: tuple[q.Node, ...]) -> tuple[str | None, tuple[q.Node, ...]]:
    """Of what all must be: the words as one question to FTS5, and the rest.

    FTS5 cannot look for what lacks a word without a word that is there.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    rest: list[q.Node] = []
    for item in items:
        match = matched(item.item if isinstance(item, q.Not) else item)
        if match is None:
            rest.append(item)
        else:
            (unwanted if isinstance(item, q.Not) else wanted).append(match)
    if not wanted:
        return None, items
    match = "(" + " AND ".join(wanted) + ")"
    return (f"({match} NOT ({' OR '.join(unwanted)}))" if unwanted else match), tuple(rest)


def condition(node: q.Node, ids: Ids | None = None, *, each: bool = False) -> tuple[str, tuple[Any, ...]]:
    """A condition on `coverage c` and its values; `ids` are the rows outside of which nothing counts.

    With `each` the index is asked for each row by itself, which pays where few rows are looked at.
    """
    match = matched(node)
    if match:
        return _words(match, ids, each)
    if isinstance(node, q.Span):
        # Written as the index of the newest has it, so that it gives the days and their order at once.
        return f"({WHEN} >= ? AND {WHEN} < ? AND c.published_at IS NOT NULL)", (
            node.from_day.isoformat(),
            node.until_day.isoformat(),
        )
    if isinstance(node, q.Not):
        inner, values = condition(node.item, ids, each=each)
        return f"NOT coalesce(({inner}), 0)", values
    if isinstance(node, q.And):
        words, rest = parted(node.items)
        links, rest = same_link(rest)
        asked = [*([_words(words, ids, each)] if words else []), *(_linked(link) for link in links)]
        return _joined(" AND ", [*asked, *(condition(item, ids, each=each) for item in rest)])
    if isinstance(node, q.Or):
        return _joined(" OR ", [condition(item, ids, each=each) for item in node.items])
    assert not isinstance(node, q.Text)  # that is a match
    return _field(node)


def same_link(items: tuple[q.Node, ...]) -> tuple[list[tuple[str, tuple[Any, ...]]], tuple[q.Node, ...]]:
    """Conditions on one link `l` to a position `s`, one for each position or area that is asked for; and the rest.

    What a link is asked to be beside it belongs to it: “position:funding is:rejected” asks for coverage whose link to
    this position was rejected.
    Brackets that only ask what a link is (“is:likely OR is:confirmed”) belong to it too.
    """
    named = [item for item in items if isinstance(item, q.Field) and item.name in OF_LINK]
    states = [(item, state) for item in items if named and (state := _state(item))]
    wanted = [f"({state})" for _, state in states] or [_STANDS]
    asked = [
        (" AND ".join([*wanted, OF_LINK[item.name]]), (item.value,) * OF_LINK[item.name].count("?")) for item in named
    ]
    taken = [*named, *(item for item, _ in states)]
    return asked, tuple(item for item in items if item not in taken)


def _state(node: q.Node) -> str | None:
    """What a part of a search asks of the state of a link; None where it asks for anything else."""
    if isinstance(node, q.Field):
        return IS_LINK.get(node.value) if node.name == "is" else None
    if isinstance(node, q.Or):
        found = [_state(item) for item in node.items]
        return " OR ".join(f"({one})" for one in found if one) if all(found) else None
    if isinstance(node, q.Not):
        inner = _state(node.item)
        return f"NOT coalesce(({inner}), 0) AND {_STANDS}" if inner else None
    return None


def _linked(link: tuple[str, tuple[Any, ...]]) -> tuple[str, tuple[Any, ...]]:
    """A condition on a link as one on the coverage that it is of."""
    return _LINK.format(link[0]), link[1]


def _joined(word: str, parts: list[tuple[str, tuple[Any, ...]]]) -> tuple[str, tuple[Any, ...]]:
    if not parts:
        return "1", ()
    return "(" + word.join(sql for sql, _ in parts) + ")", tuple(v for _, values in parts for v in values)


def _words(match: str, ids: Ids | None, each: bool) -> tuple[str, tuple[Any, ...]]:
    """A question to FTS5 as a condition."""
    if each:
        return "EXISTS (SELECT 1 FROM coverage_fts WHERE rowid = c.id AND coverage_fts MATCH ?)", (match,)
    within = " AND rowid BETWEEN ? AND ?" if ids else ""
    return f"c.id IN (SELECT rowid FROM coverage_fts WHERE coverage_fts MATCH ?{within})", (match, *(ids or ()))


def _field(node: q.Field) -> tuple[str, tuple[Any, ...]]:
    name, value = node.name, node.value
    if name in ("is", "has"):
        return (_IS if name == "is" else _HAS)[value], ()
    if name == "missing":
        return _MISSING[value], ()
    if name == "outlet":
        return "c.kind = 'article' AND instr(lower(c.who), lower(?))", (value,)
    if name == "from":
        return "instr(lower(c.who), lower(?))", (value,)
    if name in OF_LINK:
        return _linked(same_link((node,))[0][0])
    return "c.story_id = (SELECT id FROM story WHERE key = ?)", (value,)


def _phrase(text: q.Text) -> str:
    """Words as an FTS5 string, which has no syntax inside."""
    return '"' + text.words.replace('"', '""') + '"' + ("*" if text.prefix else "")


def any_of(node: q.Node) -> str:
    """All words of a search as alternatives, for ranking and snippets."""
    return " OR ".join(_phrase(text) for text in q.texts(node))
