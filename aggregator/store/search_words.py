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

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from aggregator import query as q
from aggregator.store.connect import Connection
from aggregator.store.search_sql import WHEN

#: Words that are named one by one in place of their beginning: all where they are so few, else the most frequent;
#: fewer where hits are to be ranked, which counts how often each word stands.
FEW_WORDS, MOST_WORDS, RANKED_WORDS = 200, 80, 20
#: Pieces of the newest coverage that are read for their words, and characters of each.
SAMPLE, CHARACTERS = 1_000, 1_000
#: Where a piece holds so many of the words on the average, nearly all pieces hold one, and more words only take time.
ENOUGH = 3
_LAST = "\U0010ffff"
_SAMPLE = f"""
    SELECT group_concat(substr(said, 1, {CHARACTERS}), char(10)) FROM (
      SELECT coalesce(c.headline || ' ', '') || coalesce(c.summary || ' ', '') || c.text AS said
      FROM coverage c ORDER BY {WHEN} DESC, c.id DESC LIMIT {SAMPLE})"""
_TEXTS = """
    SELECT group_concat(coalesce(c.headline || ' ', '') || coalesce(c.summary || ' ', '') || c.text, char(10))
    FROM coverage c WHERE c.id IN (SELECT value FROM json_each(?))"""


def prepare(db: Connection) -> None:
    """Make the index tell its words; not where it might be stopped, which would undo what the caller has open."""
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.indexed_word USING fts5vocab(main, coverage_fts, row)")


def by_name(db: Connection, tree: q.Node, ranked: bool) -> tuple[q.Node, bool]:
    """The search with words in place of beginnings, and whether some beginnings have more words than those.

    What is to be ranked keeps beginnings of few words: named, the rarest of them would rank first.
    """
    left_out = False

    def words(beginning: q.Text) -> list[str]:
        nonlocal left_out
        found, complete = _words(db, beginning.words, RANKED_WORDS if ranked else MOST_WORDS)
        if complete and ranked:
            return []
        left_out = left_out or bool(found and not complete)
        return found

    return _named(tree, words), left_out


def as_found(db: Connection, tree: q.Node, ids: Sequence[int]) -> q.Node:
    """The search with the words of some rows in place of beginnings, by which they are marked in these rows."""
    text = db.execute(_TEXTS, (json.dumps(ids),)).fetchone()[0] or ""

    def words(beginning: q.Text) -> list[str]:
        return sorted(_counted(text, beginning.words)) if _is_plain(beginning.words) else []

    return _named(tree, words)


def _named(node: q.Node, words: Callable[[q.Text], list[str]]) -> q.Node:
    """A search with words in place of beginnings, where there are any."""
    if isinstance(node, q.Text) and node.prefix:
        found = words(node)
        return q.Or(items=tuple(q.Text(words=word) for word in found)) if found else node
    if isinstance(node, q.And):
        return q.And(items=tuple(_named(item, words) for item in node.items))
    if isinstance(node, q.Or):
        return q.Or(items=tuple(_named(item, words) for item in node.items))
    return node


def _is_plain(beginning: str) -> bool:
    """Whether only capitals can make a difference between a beginning and its words in the index."""
    return beginning.isascii() and beginning.isalnum()


def _words(db: Connection, beginning: str, most: int) -> tuple[list[str], bool]:
    """All words with a beginning, or the `most` frequent ones, and whether these are all.

    None of what folds in other ways than by case.
    """
    if not _is_plain(beginning):
        return [], False
    low = beginning.lower()
    found = db.execute(
        "SELECT term FROM temp.indexed_word WHERE term >= ? AND term < ? LIMIT ?", (low, low + _LAST, FEW_WORDS + 1)
    )
    words = [row[0] for row in found]
    return (words, True) if len(words) <= FEW_WORDS else (_frequent(db, low, most), False)


def _frequent(db: Connection, beginning: str, most: int) -> list[str]:
    """The most frequent words of the newest coverage with a beginning."""
    counted = _counted(db.execute(_SAMPLE).fetchone()[0] or "", beginning)
    words, seen = [], 0
    for word, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:most]:
        words.append(word)
        seen += count
        if seen >= ENOUGH * SAMPLE:
            break
    return words


def _counted(text: str, beginning: str) -> Counter[str]:
    """How often each word with a plain beginning stands in a text, accents left out as in the index."""
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return Counter(re.findall(rf"(?<![^\W_]){beginning.lower()}[^\W_]*", text.lower()))
