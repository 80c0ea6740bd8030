"""Beginnings of words that very many words have: w* in a large archive.

FTS5 puts all places of all these words together before it gives the first hit: a second for ten thousand words.
Words that are named one by one it walks through side by side, latest first, and stops when it has enough.
So the most frequent words are asked for in their place.

Which error is worse: to miss coverage is worse than to wait.
So this counts only where more is found so than is ranked and counted of any search, and the result says so; what must
not be in a text is always looked for in full.
"""

from __future__ import annotations

from aggregator import query as q
from aggregator.store.connect import Connection

#: Words that are named one by one in place of their beginning.
MOST_WORDS = 200
_LAST = "\U0010ffff"


def prepare(db: Connection) -> None:
    """Make the index tell its words; not where it might be stopped, which would undo what the caller has open."""
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.indexed_word USING fts5vocab(main, coverage_fts, row)")


def narrowed(db: Connection, tree: q.Node) -> q.Node | None:
    """The search with the most frequent words in place of beginnings that more have; None where there are none."""
    made = _narrow(db, tree)
    return None if made == tree else made


def _narrow(db: Connection, node: q.Node) -> q.Node:
    if isinstance(node, q.Text) and node.prefix:
        words = _frequent(db, node.words)
        return q.Or(items=tuple(q.Text(words=word) for word in words)) if words else node
    if isinstance(node, q.And):
        return q.And(items=tuple(_narrow(db, item) for item in node.items))
    if isinstance(node, q.Or):
        return q.Or(items=tuple(_narrow(db, item) for item in node.items))
    return node


def _frequent(db: Connection, beginning: str) -> list[str]:
    """The most frequent words with a beginning, as the index has them; none where it has few of them.

    What folds in other ways than by case is left to the index.
    """
    if not (beginning.isascii() and beginning.isalnum()):
        return []
    low = beginning.lower()
    found = db.execute(
        "SELECT term FROM temp.indexed_word WHERE term >= ? AND term < ? ORDER BY doc DESC, term LIMIT ?",
        (low, low + _LAST, MOST_WORDS + 1),
    )
    words = [row[0] for row in found]
    return words[:MOST_WORDS] if len(words) > MOST_WORDS else []
