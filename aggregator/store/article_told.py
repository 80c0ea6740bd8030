"""What people said of articles when they handed them in: outlet, address, day.

Which error is worse: a person's word lost is worse than a source's; who types a date has looked it up, and is
asked for it again when it is gone.
So it wins whichever document gives the text, and whenever it was said; of two words on one thing the later stands.
Documents that the sources brought carry the settings of their source, which are no word on one article.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from aggregator.store.connect import Connection, rows
from parsers.model import Article, Hint

_SAID = """
    SELECT hint, format FROM document WHERE format IN ('article-text', 'article-html', 'mail')
    AND coalesce(name, '') NOT LIKE '%://%'
    AND (id = ?2 OR id IN (SELECT document_id FROM coverage_document WHERE coverage_id = ?1))
    ORDER BY id = ?2, id
"""


def with_words(db: Connection, article: Article, coverage_id: int, document_id: int) -> Article:
    """A stored article with what people said of it; the word that came with this document is the last."""
    said: dict[str, Any] = {}
    for row in rows(db, _SAID, coverage_id, document_id):
        said |= _fields(msgspec.json.decode(row["hint"], type=Hint), row["format"])
    return msgspec.structs.replace(article, **said) if said else article


def _fields(hint: Hint, format: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if hint.outlet:
        found["outlet"] = hint.outlet
    if hint.url and format != "article-html":  # a page says itself which of its addresses counts
        found |= {"url": hint.url, "source_url": hint.url}
    if hint.published_at:
        found |= {"published_at": day(hint.published_at, hint.date_only), "date_only": hint.date_only}
    return found


def day(moment: dt.datetime, date_only: bool) -> dt.datetime:
    """A day without a time as its noon in UTC, which is the same day in nearly every zone."""
    if not date_only:
        return moment
    return moment.astimezone(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)
