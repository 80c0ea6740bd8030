"""Articles: each kept once, whether it came as page, feed entry or paste; an edited one keeps its versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from aggregator import identity
from aggregator.model import Changes
from aggregator.store import article_batch, article_told, article_versions, names
from aggregator.store.article_batch import Named
from aggregator.store.article_find import Finder
from aggregator.store.article_merge import alike, merge
from aggregator.store.article_rows import ARTICLE, COVERAGE, article_values, coverage_values, to_article
from aggregator.store.article_told import Field, Value
from aggregator.store.connect import Connection, Row, one, rows
from aggregator.store.post_rows import clean
from parsers.errors import ParseError
from parsers.model import Article


class Articles:
    """The articles of the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._known = Finder(connection)

    def save_all(
        self,
        articles: Iterable[Article],
        *,
        document_id: int,
        now: str,
        again: bool = False,
        said: frozenset[str] = frozenset(),
        given: frozenset[str] = frozenset(),
    ) -> Changes:
        """Store the articles of one document; gives how many are new, changed and unchanged.

        A document that was read before changes nothing, unless `again`: another parser reads it.
        `given`: the fields of its hint that are a person's word; `said`: those of which it says something new.
        Many new ones go in at once.
        The caller holds the transaction.
        Raises `ParseError` where what was said is the address of another article.
        """
        hinted = article_told.hinted(self._db, None, document_id)
        given = given & hinted.keys()
        named = [self._named(article, hinted) for article in articles]
        states: Counter[str] = Counter()
        for may_be, some in groupby(article_batch.may_be_known(self._db, named), key=itemgetter(0)):
            ones = [one for _, one in some]
            if may_be or again or said:
                states.update(self._save(one, document_id, now, again or bool(said), said, given) for one in ones)
            else:
                article_batch.insert(self._db, ones, document_id, now)
                states["new"] += len(ones)
        for article in named:
            self._remember_address(article)
        return Changes(**states)

    def _named(self, article: Article, hinted: dict[str, Any]) -> Named:
        """An article with its names; what an import said of it is there from the first reading on."""
        dated = _at_noon(article)
        given = msgspec.structs.replace(dated, **hinted) if hinted else dated
        return Named(given, own=dated.url, url_said="url" in hinted)

    def _remember_address(self, named: Named) -> None:
        """A page that names another address than a person did is found under both."""
        if named.own and named.article.url and named.own != named.article.url:
            self.same_place(named.article.url, named.own)

    def _save(
        self, named: Named, document_id: int, now: str, again: bool, said: frozenset[str], given: frozenset[str]
    ) -> str:
        """Store one article; gives "new", "changed" or "unchanged"."""
        row, joined = self._known.reading(named), False
        if again and (row is None or said):
            mine = self._known.only_one_of(document_id)
            if row and mine and row["id"] != mine["id"]:
                row, joined = self._join(mine, row, now), True
            row = row or mine
        if row is None:
            self._free(named.key)
            article_batch.insert(self._db, [named], document_id, now)
            return "new"
        was_read = self._was_read(row["id"], document_id)
        if was_read and not again:
            return "unchanged"
        if not was_read and named.url_said and row["url"] == named.article.url:
            self._check_alike(named.article, named.fold, row)
        fresh = said if was_read else said | given
        if fresh:
            article_told.overrule(self._db, row["id"], fresh, now)
        state = self._merge(row, named.article, document_id, now, fresh=fresh)
        self._db.execute("INSERT INTO coverage_document VALUES (?, ?) ON CONFLICT DO NOTHING", (row["id"], document_id))
        return "changed" if joined else state

    def twin(self, coverage_id: int, url: str) -> Row | None:
        """The other reading of an article that has this address.

        Raises `ParseError` where the address is of another article.
        """
        row, other = self._known.row(coverage_id), self._known.at(url)
        if row is None or other is None or other["id"] == coverage_id:
            return None
        self._check_alike(to_article(row), row["fold"], other)
        return other

    def _check_alike(self, article: Article, fold: str, row: Row) -> None:
        if not alike(article, fold, row):
            raise ParseError(
                f"{row['url']} is the address of another article, “{row['headline'] or row['key']}”; check it"
            )

    def _join(self, mine: Row, other: Row, now: str) -> Row:
        """One article that was stored twice, as an address given later shows; `other` takes all that `mine` has."""
        self._check_alike(to_article(mine), mine["fold"], other)
        own, theirs, earlier = self.own(mine["id"]), self.own(other["id"]), self.versions(mine["id"])
        hinted = article_told.hinted(self._db, mine["id"], mine["document_id"])
        article_told.inherit(self._db, mine["id"], other["id"], own, theirs)
        names.inherit(self._db, mine["id"], other["id"])
        self._db.execute("DELETE FROM coverage WHERE id = ?", (mine["id"],))
        self._db.execute("INSERT INTO coverage_name VALUES (?, ?) ON CONFLICT DO NOTHING", (mine["key"], other["id"]))
        if own.url and "url" not in hinted:  # what a person gave may have been a slip
            self._db.execute("INSERT INTO article_address VALUES (?, ?) ON CONFLICT DO NOTHING", (own.url, other["id"]))
        self._merge(other, own, mine["document_id"], now, fresh=frozenset(hinted), joins=True)
        if not own.stub:
            article_versions.gather(self._db, other["id"], earlier)
        joined = self._known.row(other["id"])
        assert joined is not None
        return joined

    def _was_read(self, coverage_id: int, document_id: int) -> bool:
        query = "SELECT 1 FROM coverage_document WHERE coverage_id = ? AND document_id = ?"
        return one(self._db, query, coverage_id, document_id) is not None

    def same_place(self, known: str, other: str) -> None:
        """Two addresses lead to one page: the article stored under `known` is found under both from now on."""
        self._known.same_place(known, other)

    def _add_version(self, coverage_id: int, version: int, article: Article, document_id: int, now: str) -> None:
        self._db.execute(
            "INSERT INTO article_version VALUES (?, ?, ?, ?, ?, ?)",
            (coverage_id, version, clean(article.headline), clean(article.text), now, document_id),
        )

    def _merge(
        self,
        row: Row,
        article: Article,
        document_id: int,
        now: str,
        *,
        fresh: frozenset[str] = frozenset(),
        joins: bool = False,
    ) -> str:
        """Bring another reading of a stored article in; gives "changed" or "unchanged".

        `fresh`: the fields of the document's hint that are said now; `joins`: the reading was stored by itself.
        """
        old = to_article(row)
        words = article_told.words(self._db, row["id"])
        own = article_told.sourced(old, words)
        # Only another parser reads the same document twice; the longer or the earlier reading is no better then.
        same_document = not joins and row["document_id"] == document_id
        merged, is_newer = merge(own, article, same_document=same_document)
        # A wording that was replaced before must not come back with an older copy of the page.
        if merged != own and self._is_old_version(row["id"], merged):
            merged, is_newer = own, False
        if hinted := article_told.hinted(self._db, row["id"], document_id):
            merged = msgspec.structs.replace(merged, **article_told.standing(hinted, own, fresh))
        new = article_told.applied(merged, words)
        if new == old and merged == own:
            return "unchanged"
        article_told.keep_sources(self._db, row["id"], words, merged)
        rewritten = merged.text != own.text or merged.headline != own.headline
        version = self._next_version(row, own, merged, document_id, now) if rewritten else row["version"]
        values = {"document_id": document_id if is_newer else row["document_id"], "version": version}
        self._put(row, old, new, identity.article_fold(merged), changed_at=now if rewritten else None, **values)
        if new.url and not old.url:
            self._rename(row["id"], identity.article_key(new))
        if merged.url and new.url and merged.url != new.url:
            self.same_place(new.url, merged.url)
        return "changed"

    def tell(
        self, coverage_id: int, words: Mapping[Field, Value], back: Collection[Field], *, act: int, who: str, now: str
    ) -> int:
        """Keep what a person says of an article, and what counts again as its sources have it; gives its row.

        An address that belongs to another reading of the article makes the two one.
        Raises `ParseError` where it is the address of another article. The caller holds the transaction.
        """
        row = self._known.row(coverage_id)
        assert row is not None
        url = words.get("url")
        other = self.twin(coverage_id, url) if isinstance(url, str) else None
        row = self._join(row, other, now) if other else row
        own = self.own(row["id"])
        if other:  # what nobody knew of the one, the other may say
            words = {field: value for field, value in words.items() if value or not article_told.value_of(own, field)}
        article_told.write(self._db, row["id"], words, back, own, act=act, who=who, now=now)
        self.put_words(row["id"], own)
        return int(row["id"])

    def put_words(self, coverage_id: int, own: Article) -> None:
        """Write an article as its sources have it with the words of people that count now.

        It keeps its name, and an address that was a slip is forgotten: another article may have it.
        """
        row = self._known.row(coverage_id)
        assert row is not None
        words = article_told.words(self._db, coverage_id)
        article_told.keep_sources(self._db, coverage_id, words, own)  # those of words that did not count were not kept
        old, new = to_article(row), article_told.applied(own, words)
        self._put(row, old, new, row["fold"], version=row["version"], document_id=row["document_id"])
        if old.url not in (new.url, own.url):
            self._db.execute("DELETE FROM article_address WHERE url = ?", (old.url,))
        if own.url and new.url and own.url != new.url:
            self.same_place(new.url, own.url)

    def own(self, coverage_id: int) -> Article:
        """A stored article as its sources alone have it."""
        article = self.get(coverage_id)
        assert article is not None
        return article_told.sourced(article, article_told.words(self._db, coverage_id))

    def _put(
        self,
        row: Row,
        old: Article,
        new: Article,
        fold: str,
        *,
        version: int,
        document_id: int,
        changed_at: str | None = None,
    ) -> None:
        """Write an article over its row; `fold` is that of its sources, which other readings of it have."""
        self._db.execute(
            f"UPDATE coverage SET changed_at = ?, {', '.join(f'{name} = ?' for name in COVERAGE)} WHERE id = ?",
            (changed_at or row["changed_at"], *coverage_values(new), row["id"]),
        )
        self._db.execute(
            f"UPDATE article SET version = ?, {', '.join(f'{name} = ?' for name in ARTICLE)} WHERE coverage_id = ?",
            (version, *article_values(new, fold, document_id), row["id"]),
        )
        self._ask_anew(row["id"], old, new)

    def _ask_anew(self, coverage_id: int, old: Article, new: Article) -> None:
        """Have linked, grouped and searched for quotations again what depends on the fields that changed."""
        if old.published_at != new.published_at:  # the wording in force on that day is what it is compared with
            self._db.execute("UPDATE coverage SET linked_sha = NULL WHERE id = ?", (coverage_id,))
        if (old.published_at, old.outlet, old.url) != (new.published_at, new.outlet, new.url):
            self._db.execute("UPDATE coverage SET grouped_sha = NULL WHERE id = ?", (coverage_id,))
        if old.outlet != new.outlet:
            self._db.execute("UPDATE coverage SET quoted_sha = NULL WHERE id = ?", (coverage_id,))

    def _next_version(self, row: Row, old: Article, merged: Article, document_id: int, now: str) -> int:
        """The number of a new wording; the whole text that takes a teaser's place is no new wording."""
        if old.stub:
            self._db.execute(
                "UPDATE article_version SET headline = ?, text = ?, document_id = ? "
                "WHERE coverage_id = ? AND version = ?",
                (clean(merged.headline), clean(merged.text), document_id, row["id"], row["version"]),
            )
            return int(row["version"])
        latest = one(self._db, "SELECT max(version) FROM article_version WHERE coverage_id = ?", row["id"])
        version = 1 + int(latest[0] if latest and latest[0] else 0)
        self._add_version(row["id"], version, merged, document_id, now)
        return version

    def _free(self, key: str) -> None:
        """Take a name from the article that was called so after an address which is another's; both keep finding it."""
        holder = one(self._db, "SELECT id, url FROM coverage WHERE key = ?", key)
        if holder is not None:
            url = str(holder["url"])
            names_of_it = (identity.digest("a", url), identity.digest("a", key, url))
            taken = "SELECT 1 FROM coverage WHERE key = ?"
            self._rename(holder["id"], next(name for name in names_of_it if one(self._db, taken, name) is None))

    def _rename(self, coverage_id: int, key: str) -> None:
        """Name an article after its address, as it would be had the address been known first."""
        if one(self._db, "SELECT 1 FROM coverage WHERE key = ?", key) is None:
            self._db.execute("UPDATE coverage SET key = ? WHERE id = ?", (key, coverage_id))

    def _is_old_version(self, coverage_id: int, article: Article) -> bool:
        return bool(
            one(
                self._db,
                "SELECT 1 FROM article_version v JOIN coverage c ON c.id = v.coverage_id "
                "WHERE v.coverage_id = ? AND v.text = ? AND v.text IS NOT c.text",
                coverage_id,
                clean(article.text),
            )
        )

    def with_words(self, words: Sequence[str]) -> list[Row]:
        """Address and headline of articles whose headline holds these words in order; forty at most."""
        quoted = " ".join(word.replace('"', "") for word in words)
        return rows(
            self._db,
            "SELECT c.url, c.headline FROM coverage_fts f JOIN coverage c ON c.id = f.rowid "
            "WHERE coverage_fts MATCH ? AND c.kind = 'article' AND c.url IS NOT NULL LIMIT 40",
            f'headline : "{quoted}"',
        )

    def versions(self, coverage_id: int) -> list[Row]:
        """All versions of an article, oldest first."""
        return rows(self._db, "SELECT * FROM article_version WHERE coverage_id = ? ORDER BY version", coverage_id)

    def get(self, coverage_id: int) -> Article | None:
        """A stored article as the parser's record."""
        row = self._known.row(coverage_id)
        return to_article(row) if row else None


def _at_noon(article: Article) -> Article:
    if not (article.date_only and article.published_at):
        return article
    return msgspec.structs.replace(article, published_at=article_told.day(article.published_at, date_only=True))
