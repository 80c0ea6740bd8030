"""Articles: each kept once, whether it came as page, feed entry or paste; an edited one keeps its versions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from aggregator import identity
from aggregator.store.connect import Connection, Row, index_new, one, rows
from aggregator.store.posts import clean
from aggregator.times import parse_utc, utc
from parsers.model import Article, Block, Dropped, Step

_COVERAGE = ("headline", "summary", "text", "who", "url", "published_at", "text_sha")
_ARTICLE = (
    "standfirst", "bylines", "outlet", "section", "date_only", "updated_at", "source_url", "language", "guid",
    "blocks", "dropped", "stub", "extractor", "confidence", "steps", "fold", "document_id",
)  # fmt: skip
_JOINED = "SELECT c.*, a.* FROM coverage c JOIN article a ON a.coverage_id = c.id"


#: Words from which a headline is not used twice in a week ("Letters to the editor" is).
TELLING = 5
#: A paste dated by hand and the feed's own time may differ.
NEAR = dt.timedelta(days=3)


class Articles:
    """The articles of the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save(self, article: Article, *, document_id: int, now: str) -> str:
        """Store an article; gives "new", "changed" or "unchanged".

        The caller holds the transaction.
        """
        row = self._find(article)
        if row is None:
            coverage_id, state = self._insert(article, document_id, now), "new"
        else:
            coverage_id, state = row["id"], self._merge(row, article, document_id, now)
        self._db.execute(
            "INSERT INTO coverage_document VALUES (?, ?) ON CONFLICT DO NOTHING", (coverage_id, document_id)
        )
        return state

    def _find(self, article: Article) -> Row | None:
        """The stored article that this is a reading of: same url, same body, or a feed's same guid."""
        fold = identity.article_fold(article)
        row = one(self._db, f"{_JOINED} WHERE a.fold = ? ORDER BY c.id", fold)
        if row is None and article.url:
            row = self.at(article.url)
        if row is None and article.guid:
            # Careless feeds give one guid to all their entries, so the headline has to agree as well.
            row = one(self._db, f"{_JOINED} WHERE a.guid = ? AND c.headline = ?", article.guid, article.headline)
        return row or self._find_by_headline(article)

    def at(self, url: str) -> Row | None:
        """The article with this address, or one that was found to be another address of it."""
        return one(self._db, f"{_JOINED} WHERE c.kind = 'article' AND c.url = ? ORDER BY c.id", url) or one(
            self._db, f"{_JOINED} JOIN article_address d ON d.coverage_id = c.id WHERE d.url = ?", url
        )

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
        for row in rows(self._db, f"{_JOINED} WHERE c.kind = 'article' AND c.headline = ?", clean(article.headline)):
            one_is_partial = article.stub or row["stub"]
            same_outlet = not (article.outlet and row["outlet"]) or article.outlet == row["outlet"]
            one_has_no_url = not (article.url and row["url"])
            if one_is_partial and same_outlet and one_has_no_url and _near(article, row):
                return row
        return None

    def _insert(self, article: Article, document_id: int, now: str) -> int:
        cursor = self._db.execute(
            f"INSERT INTO coverage (key, kind, ingested_at, changed_at, {', '.join(_COVERAGE)}) "
            f"VALUES (?, 'article', ?, ?, {', '.join('?' * len(_COVERAGE))})",
            (identity.article_key(article), now, now, *_coverage_values(article)),
        )
        coverage_id = cursor.lastrowid
        assert coverage_id is not None
        index_new(self._db, coverage_id)
        self._db.execute(
            f"INSERT INTO article (coverage_id, {', '.join(_ARTICLE)}) VALUES (?, {', '.join('?' * len(_ARTICLE))})",
            (coverage_id, *_article_values(article, document_id)),
        )
        self._add_version(coverage_id, 1, article, document_id, now)
        return coverage_id

    def _add_version(self, coverage_id: int, version: int, article: Article, document_id: int, now: str) -> None:
        self._db.execute(
            "INSERT INTO article_version VALUES (?, ?, ?, ?, ?, ?)",
            (coverage_id, version, clean(article.headline), clean(article.text), now, document_id),
        )

    def _merge(self, row: Row, article: Article, document_id: int, now: str) -> str:
        """Bring another reading of a stored article in; gives "changed" or "unchanged"."""
        old = to_article(row)
        merged = merge(old, article)
        # Even the newer wording of the same document must not come back from an older version.
        if merged == old or self._is_old_version(row["id"], merged):
            return "unchanged"
        rewritten = merged.text != old.text or merged.headline != old.headline
        version = row["version"]
        if rewritten:
            version = 1 + int(
                (one(self._db, "SELECT max(version) FROM article_version WHERE coverage_id = ?", row["id"]) or [0])[0]
            )
            self._add_version(row["id"], version, merged, document_id, now)
        self._db.execute(
            f"UPDATE coverage SET changed_at = ?, {', '.join(f'{name} = ?' for name in _COVERAGE)} WHERE id = ?",
            (now if rewritten else row["changed_at"], *_coverage_values(merged), row["id"]),
        )
        self._db.execute(
            f"UPDATE article SET version = ?, {', '.join(f'{name} = ?' for name in _ARTICLE)} WHERE coverage_id = ?",
            (version, *_article_values(merged, document_id if rewritten else row["document_id"]), row["id"]),
        )
        return "changed"

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

    def versions(self, coverage_id: int) -> list[Row]:
        """All versions of an article, oldest first."""
        return rows(self._db, "SELECT * FROM article_version WHERE coverage_id = ? ORDER BY version", coverage_id)

    def get(self, coverage_id: int) -> Article | None:
        """A stored article as the parser's record."""
        row = one(self._db, f"{_JOINED} WHERE c.id = ?", coverage_id)
        return to_article(row) if row else None


def _near(article: Article, row: Row) -> bool:
    """Whether two dates of publication may be one."""
    other = parse_utc(row["published_at"])
    return article.published_at is None or other is None or abs(article.published_at - other) <= NEAR


def merge(old: Article, new: Article) -> Article:
    """Two readings of one article as one: a whole text beats a teaser, the newer whole text beats the older."""
    newer = not new.stub and bool(new.blocks)
    better, other = (new, old) if newer or (old.stub and new.stub and len(new.text) > len(old.text)) else (old, new)
    blanks = {
        field: getattr(other, field)
        for field in better.__struct_fields__
        if field not in ("steps", "dropped", "date_only", "stub") and getattr(better, field) in (None, "", ())
    }
    # A day from one source is refined by a time from the other.
    if better.date_only and other.published_at and not other.date_only:
        blanks |= {"published_at": other.published_at, "date_only": False}
    elif "published_at" in blanks:
        blanks["date_only"] = other.date_only
    return msgspec.structs.replace(better, **blanks) if blanks else better


def _coverage_values(article: Article) -> tuple[Any, ...]:
    headline, summary, text = clean(article.headline), clean(article.standfirst), clean(article.text)
    return (
        headline,
        summary,
        text,
        clean(article.outlet),
        article.url,
        utc(article.published_at),
        identity.text_sha(headline, summary, text),
    )


def _article_values(article: Article, document_id: int) -> tuple[Any, ...]:
    return (
        clean(article.standfirst),
        _json(article.bylines),
        clean(article.outlet),
        clean(article.section),
        article.date_only,
        utc(article.updated_at),
        article.source_url,
        article.language,
        article.guid,
        _json(article.blocks),
        _json(article.dropped),
        article.stub,
        article.extractor,
        article.confidence,
        _json(article.steps),
        identity.article_fold(article),
        document_id,
    )


def to_article(row: Row) -> Article:
    """A joined row of `coverage` and `article` as the parser's record."""
    return Article(
        headline=row["headline"],
        standfirst=row["standfirst"],
        bylines=msgspec.json.decode(row["bylines"], type=tuple[str, ...]),
        published_at=parse_utc(row["published_at"]),
        updated_at=parse_utc(row["updated_at"]),
        date_only=bool(row["date_only"]),
        stub=bool(row["stub"]),
        blocks=msgspec.json.decode(row["blocks"], type=tuple[Block, ...]),
        dropped=msgspec.json.decode(row["dropped"], type=tuple[Dropped, ...]),
        steps=msgspec.json.decode(row["steps"], type=tuple[Step, ...]),
        **{
            name: row[name]
            for name in (
                "outlet", "section", "url", "source_url", "language", "guid", "extractor", "confidence",
            )
        },
    )  # fmt: skip


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode("utf-8", "replace")
