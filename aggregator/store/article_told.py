"""What people said of articles: in the options of an import, or on the page of an article in the review app.

Which error is worse: a person's word lost is worse than a source's; who types a date has looked it up, and is
asked for it again when it is gone.
So it wins whichever document gives the text, and whenever it was said; of two words on one thing the later stands.
Documents that the sources brought carry the settings of their source, which are no word on one article.

The word of an import stands in the hint of its document.
The word of a page stands in `article_told`, beside what the sources say of the same field: that is kept up to date
while the word hides it, so that other readings of the article are still recognised by it, and so that it is there
again when the word is taken back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from aggregator.article_dates import believable
from aggregator.store.connect import Connection, Row, rows
from aggregator.store.post_rows import clean
from aggregator.times import parse_utc, utc
from parsers.model import Article, Hint, Record

Field: TypeAlias = Literal["headline", "byline", "outlet", "date", "url"]
#: A day is "2026-11-09", a time ends in "Z"; a byline is a list of names; None: nobody knows.
Value: TypeAlias = str | tuple[str, ...] | None

#: The fields that a person can give, in the order of forms.
FIELDS: tuple[Field, ...] = ("headline", "outlet", "date", "url", "byline")
#: The field of a hint that is the same word, for those that an import can give.
_OF_HINT: dict[str, Field] = {"outlet": "outlet", "published_at": "date", "url": "url"}

_DOCUMENTS = """
    SELECT hint, received_at FROM document WHERE format IN ('article-text', 'article-html', 'mail')
    AND coalesce(name, '') NOT LIKE '%://%'
    AND (id = ?2 OR id IN (SELECT document_id FROM coverage_document WHERE coverage_id = ?1))
    ORDER BY id = ?2, id
"""
_LATEST = """
    SELECT * FROM article_told t WHERE coverage_id = ?
    AND id = (SELECT max(id) FROM article_told o WHERE o.coverage_id = t.coverage_id AND o.field = t.field)
"""
#: Articles under a headline, as their sources or as people have it; its values are those of `headed`.
HEADED = """
    SELECT id FROM coverage WHERE kind = 'article' AND headline = ?
    UNION SELECT coverage_id FROM article_told WHERE field = 'headline' AND source = ?
"""
#: Articles whose address no source knows, but a person.
PLACED = "SELECT coverage_id FROM article_told WHERE field = 'url' AND source = 'null' AND value IS NOT NULL"


class Word(Record, frozen=True, kw_only=True):
    """What a person said of one field, and counts."""

    field: Field
    value: Value
    source: Value  # what the sources say
    who: str
    at: str


# ------------------------------------------------------------------ imports


def hinted(db: Connection, coverage_id: int | None, document_id: int) -> dict[str, Any]:
    """The fields of an article that imports of it gave; the word that came with this document is the last."""
    said: dict[str, Any] = {}
    for row in db.execute(_DOCUMENTS, (coverage_id, document_id)):
        received = parse_utc(row["received_at"])
        hint = msgspec.json.decode(row["hint"], type=Hint)
        said |= _fields(believable(hint, received) if received else hint)
    return said


def standing(hinted: dict[str, Any], own: Article, fresh: frozenset[str]) -> dict[str, Any]:
    """What imports gave of an article with what it has of that: only what is said now takes the place of a word.

    Documents do not say when a person spoke of them, so an older one that is read anew must not speak again.
    """
    stands = dict(hinted)
    for name, beside in (("outlet", ()), ("url", ("source_url",)), ("published_at", ("date_only",))):
        if name in hinted and name not in fresh and getattr(own, name) is not None:
            stands |= {field: getattr(own, field) for field in (name, *beside)}
    return stands


def _fields(hint: Hint) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if hint.outlet:
        found["outlet"] = hint.outlet
    if hint.url:
        found |= {"url": hint.url, "source_url": hint.url}
    if hint.published_at:
        found |= {"published_at": day(hint.published_at, hint.date_only), "date_only": hint.date_only}
    return found


def day(moment: dt.datetime, date_only: bool) -> dt.datetime:
    """A day without a time as its noon in UTC, which is the same day in nearly every zone."""
    if not date_only:
        return moment
    return moment.astimezone(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)


# ------------------------------------------------------------------ pages


def value_of(article: Article, field: Field) -> Value:
    """A field of an article as a word has it."""
    if field == "date":
        at = article.published_at
        return None if at is None else at.date().isoformat() if article.date_only else utc(at)
    if field == "byline":
        return article.bylines or None
    found: str | None = getattr(article, field)
    return found


def with_value(article: Article, field: Field, value: Value) -> Article:
    """An article with a word in the place of one of its fields."""
    if field == "byline":
        names = (value,) if isinstance(value, str) else value or ()
        return msgspec.structs.replace(article, bylines=tuple(names))
    assert not isinstance(value, tuple)
    if field == "date":
        return msgspec.structs.replace(article, **_date(value))
    return msgspec.structs.replace(article, **{field: value})


def _date(value: str | None) -> dict[str, Any]:
    if value is None:
        return {"published_at": None, "date_only": False}
    date_only = len(value) == len("2026-11-09")
    moment = dt.datetime.fromisoformat(f"{value}T12:00:00Z" if date_only else value)
    return {"published_at": moment, "date_only": date_only}


def headed(headline: str | None) -> tuple[str | None, str]:
    """The values of `HEADED`."""
    return clean(headline), _json(headline)


def hidden_headlines(db: Connection) -> set[str]:
    """Headlines that sources have and people replaced; they are few."""
    query = "SELECT source FROM article_told WHERE field = 'headline' AND source != 'null'"
    return {str(_value(row[0])) for row in db.execute(query)}


def words(db: Connection, coverage_id: int) -> tuple[Word, ...]:
    """The words of people on an article that count."""
    return tuple(_word(row) for row in rows(db, _LATEST, coverage_id) if row["value"] is not None)


def _word(row: Row) -> Word:
    return Word(
        field=row["field"],
        value=_value(row["value"]),
        source=_value(row["source"]),
        who=row["who"],
        at=row["at"],
    )


def sourced(article: Article, words: Iterable[Word]) -> Article:
    """A stored article as its sources alone have it."""
    for word in words:
        article = with_value(article, word.field, word.source)
    return article


def applied(article: Article, words: Iterable[Word]) -> Article:
    """An article as its sources have it, with the words of people."""
    for word in words:
        article = with_value(article, word.field, word.value)
    return article


def keep_sources(db: Connection, coverage_id: int, words: Iterable[Word], article: Article) -> None:
    """Write down what the sources say now of the fields that words hide."""
    for word in words:
        source = value_of(article, word.field)
        if source != word.source:
            db.execute(
                "UPDATE article_told SET source = ? WHERE coverage_id = ? AND field = ?",
                (_json(source), coverage_id, word.field),
            )


def write(
    db: Connection,
    coverage_id: int,
    said: Mapping[Field, Value],
    back: Iterable[Field],
    article: Article,
    *,
    act: int,
    who: str,
    now: str,
) -> None:
    """Keep words of a person; `back` are fields whose sources count again, `article` is as the sources have it."""
    given = [(field, _json(value)) for field, value in said.items()]
    for field, value in [*given, *((field, None) for field in back)]:
        db.execute(
            "INSERT INTO article_told (coverage_id, field, value, source, act, who, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (coverage_id, field, value, _json(value_of(article, field)), act, who, now),
        )


def overrule(db: Connection, coverage_id: int, said: Iterable[str], now: str) -> None:
    """A later import says these fields of a hint: its word counts, not the page's."""
    fields = {_OF_HINT[name] for name in said if name in _OF_HINT}
    for word in words(db, coverage_id):
        if word.field in fields:
            db.execute(
                "INSERT INTO article_told (coverage_id, field, value, source, act, who, at) "
                "VALUES (?, ?, NULL, ?, 0, 'an import', ?)",
                (coverage_id, word.field, _json(word.source), now),
            )


def inherit(db: Connection, gone: int, heir: int, own: Article, theirs: Article) -> None:
    """Words on an article that turned out to be another one; that one's sources stand behind them from now on.

    `own` is the article that goes and `theirs` the one that stays, as their sources have them.
    What nobody knew of the one is asked no longer where the other says it.
    """
    for coverage_id, other in ((gone, theirs), (heir, own)):
        known = [field for field in FIELDS if value_of(other, field) is not None]
        db.execute(
            "DELETE FROM article_told WHERE coverage_id = ? AND value = 'null' AND source = 'null' "
            "AND field IN (SELECT value FROM json_each(?))",
            (coverage_id, _json(tuple(known))),
        )
    db.execute("UPDATE article_told SET coverage_id = ? WHERE coverage_id = ?", (heir, gone))
    for field in FIELDS:
        db.execute(
            "UPDATE article_told SET source = ? WHERE coverage_id = ? AND field = ?",
            (_json(value_of(theirs, field)), heir, field),
        )


def of_act(db: Connection, act: int) -> list[Row]:
    """What was said in one action; nothing where something was said of its fields since."""
    found = rows(db, "SELECT * FROM article_told WHERE act = ?", act)
    later = "SELECT 1 FROM article_told WHERE coverage_id = ? AND field = ? AND id > ?"
    stale = any(rows(db, later, row["coverage_id"], row["field"], row["id"]) for row in found)
    return [] if stale else found


def take_back(db: Connection, act: int) -> None:
    """Forget what was said in one action; what was said before it, or the sources, count again."""
    db.execute("DELETE FROM article_told WHERE act = ?", (act,))


def _json(value: Value) -> str:
    plain = tuple(map(clean, value)) if isinstance(value, tuple) else clean(value)
    return msgspec.json.encode(plain).decode()


def _value(text: str) -> Value:
    return msgspec.json.decode(text, type=str | tuple[str, ...] | None)
