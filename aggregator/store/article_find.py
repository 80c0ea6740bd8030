"""The stored article that another reading is one of: by address, by words, by a feed's own id, by headline.

Which error is worse: to take two articles for one loses coverage, to keep one twice shows it twice in the mail; so
readings that agree only in a headline have to agree in all else that both say.
What people gave stands over what sources say; readings are recognised by either.
"""

from __future__ import annotations

from aggregator.store import article_told
from aggregator.store.article_batch import Named
from aggregator.store.article_merge import TELLING, alike, near
from aggregator.store.connect import Connection, Row, one, rows
from parsers import urls
from parsers.model import Article

_FROM = "FROM coverage c JOIN article a ON a.coverage_id = c.id"
JOINED = f"SELECT c.*, a.* {_FROM}"


class Finder:
    """Rows of stored articles, joined of `coverage` and `article`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def row(self, coverage_id: int) -> Row | None:
        """An article by its row."""
        return one(self._db, f"{JOINED} WHERE c.id = ?", coverage_id)

    def reading(self, named: Named) -> Row | None:
        """The stored article that this is a reading of: same url, same body, or a feed's same guid."""
        article = named.article
        if article.url and (row := self.at(article.url) or (self.at(named.own) if named.own else None)):
            return row
        # The same words under two addresses are two outlets' copies, which the story puts together.
        other = "AND c.url IS NULL" if article.url else ""
        if article.blocks:
            row = self._first(f"WHERE a.fold = ? {other} ORDER BY c.key", named.fold)
            row = row or self._of_site(article.url, "a.fold = ?", named.fold)
            if row:
                return row
        if article.guid:
            # Careless feeds give one guid to all their entries, so the headline has to agree as well.
            headed = f"a.guid = ? AND c.id IN ({article_told.HEADED})"
            values = (article.guid, *article_told.headed(article.headline))
            row = self._first(f"WHERE {headed} {other} ORDER BY c.key", *values)
            row = row or self._of_site(article.url, headed, *values)
            if row:
                return row
        return self._named_as(named) or self._find_by_headline(article)

    def _named_as(self, named: Named) -> Row | None:
        """An article keeps the names it got; its address or its words at that time still mean it.

        An address that it has no more may have been a slip, so the words have to agree as well.
        """
        url = named.article.url
        row = self._first("WHERE c.key = ?", named.key)
        if row is None and not url:
            return self._first("JOIN coverage_name n ON n.coverage_id = c.id WHERE n.key = ?", named.key)
        moved = row is not None and url and row["url"] not in (None, url)
        return row if not moved or row is None or alike(named.article, named.fold, row) else None

    def _of_site(self, url: str | None, where: str, *values: object) -> Row | None:
        """Among articles whose address only a person gave, the one on the site of this address.

        That person may have left a part of the address over; on another site it is another outlet's copy.
        """
        if not url:
            return None
        query = f"SELECT c.id, c.url {_FROM} WHERE {where} AND c.url IS NOT NULL AND c.id IN ({article_told.PLACED})"
        for coverage_id, told in rows(self._db, f"{query} ORDER BY c.key", *values):
            if urls.host(told) == urls.host(url):
                return self.row(coverage_id)
        return None

    def at(self, url: str) -> Row | None:
        """The article with this address, or one that was found to be another address of it."""
        return self._first("WHERE c.kind = 'article' AND c.url = ? ORDER BY c.id", url) or self._first(
            "JOIN article_address d ON d.coverage_id = c.id WHERE d.url = ?", url
        )

    def _first(self, where: str, *values: object) -> Row | None:
        """The first article of a query; its id is asked for first, because most articles are new and rows are wide."""
        found = one(self._db, f"SELECT c.id {_FROM} {where}", *values)
        return one(self._db, f"{JOINED} WHERE c.id = ?", found[0]) if found else None

    def same_place(self, known: str, other: str) -> None:
        """Two addresses lead to one page: the article stored under `known` is found under both from now on."""
        row = self.at(known)
        if row is not None and self.at(other) is None:
            self._db.executemany(
                "INSERT INTO article_address VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(known, row["id"]), (other, row["id"])],
            )

    def _find_by_headline(self, article: Article) -> Row | None:
        """A paste and a feed entry of one article: the same telling headline, and nothing that contradicts it."""
        if not article.headline or len(article.headline.split()) < TELLING:
            return None
        for (coverage_id,) in rows(self._db, article_told.HEADED, *article_told.headed(article.headline)):
            row = self.row(coverage_id)
            assert row is not None
            one_is_partial = article.stub or row["stub"]
            same_outlet = not (article.outlet and row["outlet"]) or article.outlet == row["outlet"]
            one_place = not (article.url and row["url"]) or self._of_site(article.url, "c.id = ?", coverage_id)
            if one_is_partial and same_outlet and one_place and near(article, row):
                return row
        return None

    def only_one_of(self, document_id: int) -> Row | None:
        """The article of a document that gave just one: whatever a better parser makes of it is still that one."""
        found = rows(self._db, "SELECT coverage_id FROM article WHERE document_id = ? LIMIT 2", document_id)
        if not found:  # another document gives the text by now
            query = "SELECT coverage_id FROM coverage_document WHERE document_id = ? LIMIT 2"
            found = rows(self._db, query, document_id)
        return self.row(found[0][0]) if len(found) == 1 else None
