"""Many articles of one document at once: those that nothing in the archive can be, written in bulk.

Which error is worse: to keep an article twice is worse than to lose time, so an article is written in bulk only
where the archive and the document's other articles hold none of its names: address, own id, words, headline, key.
All others go the careful way, one by one.

A feed's first update costs a third of what single rows did: eleven statements an entry become six a feed, and
the search index takes all entries in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from aggregator import identity
from aggregator.store.article_rows import ARTICLE, COVERAGE, article_values, coverage_values
from aggregator.store.article_told import hidden_headlines
from aggregator.store.connect import Connection, index_new
from aggregator.store.post_rows import clean
from parsers.model import Article

#: Values asked for in one statement; SQLite's oldest limit is 999.
MOST_VALUES = 900
#: A name and where the archive keeps it.
_PLACES = (
    ("url", "coverage", "url IS NOT NULL"),
    ("url", "article_address", ""),
    ("guid", "article", "guid IS NOT NULL"),
    ("fold", "article", ""),
    ("key", "coverage", ""),
    ("key", "coverage_name", ""),
    ("headline", "coverage", "kind = 'article' AND headline IS NOT NULL"),
)
_HEADLINE, _TEXT = COVERAGE.index("headline"), COVERAGE.index("text")


class Named:
    """An article with all names it may be known by."""

    __slots__ = ("article", "fold", "key", "names", "own", "url_said")

    def __init__(self, article: Article, own: str | None, url_said: bool) -> None:
        self.article = article
        self.url_said = url_said  # a person gave the address: it may be a slip
        self.own = own if own != article.url else None  # the address that its page names, where a person said another
        self.fold = identity.article_fold(article)
        self.key = identity.article_key(article, self.fold)
        self.names = {
            "url": article.url,
            "guid": article.guid,
            "fold": self.fold,
            "key": self.key,
            "headline": clean(article.headline),
        }


def may_be_known(db: Connection, named: Sequence[Named]) -> list[tuple[bool, Named]]:
    """The articles in order, each with whether it may be another reading of a stored or an earlier one."""
    taken = _taken(db, named)
    told = []
    for one in named:
        names = {(kind, name) for kind, name in one.names.items() if name}
        if one.own:
            names.add(("url", one.own))
        told.append((not names.isdisjoint(taken), one))
        taken |= names
    return told


def _taken(db: Connection, named: Sequence[Named]) -> set[tuple[str, str]]:
    """The names, by kind, that the archive has already."""
    found: set[tuple[str, str]] = set()
    for kind, table, only in _PLACES:
        wanted = {name for one in named for name in (one.names[kind], one.own if kind == "url" else None) if name}
        for some in _portions(sorted(wanted), MOST_VALUES):
            where = f"{kind} IN ({', '.join('?' * len(some))}){f' AND {only}' if only else ''}"
            found |= {(kind, row[0]) for row in db.execute(f"SELECT {kind} FROM {table} WHERE {where}", some)}
    return found | {("headline", headline) for headline in hidden_headlines(db)}


def _portions(values: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def insert(db: Connection, new: Sequence[Named], document_id: int, now: str) -> None:
    """Write articles that are new, with their first version; all go into the search index at once."""
    if not new:
        return
    first = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM coverage").fetchone()[0])
    rows = [
        (number, one, coverage_values(one.article), article_values(one.article, one.fold, document_id))
        for number, one in enumerate(new, first)
    ]
    db.executemany(
        f"INSERT INTO coverage (id, key, kind, ingested_at, changed_at, {', '.join(COVERAGE)}) "
        f"VALUES (?, ?, 'article', ?, ?, {', '.join('?' * len(COVERAGE))})",
        [(number, one.key, now, now, *shared) for number, one, shared, _ in rows],
    )
    index_new(db, first)
    db.executemany(
        f"INSERT INTO article (coverage_id, {', '.join(ARTICLE)}) VALUES (?, {', '.join('?' * len(ARTICLE))})",
        [(number, *own) for number, _, _, own in rows],
    )
    db.executemany(
        "INSERT INTO article_version VALUES (?, 1, ?, ?, ?, ?)",
        [(number, shared[_HEADLINE], shared[_TEXT], now, document_id) for number, _, shared, _ in rows],
    )
    db.executemany("INSERT INTO coverage_document VALUES (?, ?)", [(number, document_id) for number, *_ in rows])
