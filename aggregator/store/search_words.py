"""Beginnings of words that many words have: w* in a large archive.

FTS5 puts all places of all these words together before it gives the first hit: seconds for ten thousand words.
Words that are named one by one it walks through side by side, latest first, and stops when it has enough.
So a beginning is asked for by its words: all of them where they are few, else those most frequent in the newest
coverage, which is read for them; to count how often each of ten thousand words stands in the index takes longer.

Which error is worse: to miss coverage is worse than to wait.
So words are left out only where more is found without them than is ranked and counted of any search, and the result
says so; what must not be in a text is always looked for in full.
"""

from __future__ import annotations

import re
from collections import Counter

from aggregator import query as q
from aggregator.store.connect import Connection
from aggregator.store.search_sql import WHEN

#: Words that are named one by one in place of their beginning: all where they are so few, else the most frequent;
#: fewer where hits are to be ranked, which counts how often each word stands.
FEW_WORDS, MOST_WORDS, RANKED_WORDS = 200, 80, 20
#: Pieces of the newest coverage that are read for their words, and characters of each.
SAMPLE, CHARACTERS = 1_000, 1_000
_LAST = "\U0010ffff"
_SAMPLE = f"""
    SELECT group_concat(substr(concat, 1, {CHARACTERS}), char(10)) FROM (
      SELECT coalesce(c.headline || ' ', '') || coalesce(c.summary || ' ', '') || c.text AS concat
      FROM coverage c ORDER BY {WHEN} DESC, c.id DESC LIMIT {SAMPLE})"""


def prepare(db: Connection) -> None:
    """Make the index tell its words; not where it might be stopped, which would undo what the caller has open."""
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.indexed_word USING fts5vocab(main, coverage_fts, row)")


def by_name(db: Connection, tree: q.Node, ranked: bool) -> tuple[q.Node, bool]:
    """The search with words in place of beginnings, and whether some beginnings have more words than those.

    What is to be ranked keeps beginnings of few words: named, the rarest of them would rank first.
    """
    left_out = False

    def named(node: q.Node) -> q.Node:
        nonlocal left_out
        if isinstance(node, q.Text) and node.prefix:
            words, complete = _words(db, node.words, RANKED_WORDS if ranked else MOST_WORDS)
            if not words or (complete and ranked):
                return node
            left_out = left_out or not complete
            return q.Or(items=tuple(q.Text(words=word) for word in words))
        if isinstance(node, q.And):
            return q.And(items=tuple(named(item) for item in node.items))
        if isinstance(node, q.Or):
            return q.Or(items=tuple(named(item) for item in node.items))
        return node

    return named(tree), left_out


def _words(db: Connection, beginning: str, most: int) -> tuple[list[str], bool]:
    """All words with a beginning, or the `most` frequent ones, and whether these are all.

    None of what folds in other ways than by case.
    """
    if not (beginning.isascii() and beginning.isalnum()):
        return [], False
    low = beginning.lower()
    found = db.execute(
        "SELECT term FROM temp.indexed_word WHERE term >= ? AND term < ? LIMIT ?", (low, low + _LAST, FEW_WORDS + 1)
    )
    words = [row[0] for row in found]
    return (words, True) if len(words) <= FEW_WORDS else (_frequent(db, low, most), False)


def _frequent(db: Connection, beginning: str, most: int) -> list[str]:
    """The most frequent words of the newest coverage with a beginning."""
    text = db.execute(_SAMPLE).fetchone()[0] or ""
    counted = Counter(re.findall(rf"(?<![^\W_]){beginning}[^\W_]*", text.lower()))
    return [word for word, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:most]]
