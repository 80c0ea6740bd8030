"""Articles as rows: the columns of `coverage` and `article`, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from aggregator import identity
from aggregator.store.connect import Row
from aggregator.store.post_rows import clean
from aggregator.times import parse_utc, utc
from parsers.model import Article, Block, Dropped, Step

COVERAGE = ("headline", "summary", "text", "who", "url", "published_at", "text_sha")
ARTICLE = (
    "standfirst", "bylines", "outlet", "section", "date_only", "updated_at", "source_url", "language", "guid",
    "blocks", "dropped", "stub", "extractor", "confidence", "steps", "fold", "document_id",
)  # fmt: skip


def coverage_values(article: Article) -> tuple[Any, ...]:
    """The values of `COVERAGE`."""
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


def article_values(article: Article, fold: str, document_id: int) -> tuple[Any, ...]:
    """The values of `ARTICLE`; `fold` is the article's, which is dear to make."""
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
        fold,
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
