"""What staff say of an article on its page, with its undo; and which articles miss something.

Which error is worse: to ask for something twice is a nuisance, to fill it with a guess is a wrong digest.
So nothing is filled in by itself, and what nobody knows is asked for until a person says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aggregator import unknown
from aggregator.errors import CuttingsError
from aggregator.identity import text_sha
from aggregator.store import article_told
from aggregator.store.article_told import FIELDS, Field, Value, Word
from aggregator.store.articles import Articles
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.store.documents import Documents
from aggregator.store.people import Person
from aggregator.store.review import Review
from parsers.errors import ParseError
from parsers.model import Record

#: What an article can miss; many have no author.
MISSED: tuple[Field, ...] = ("date", "outlet", "url", "headline")
#: What people call the fields.
NAMES: dict[Field, str] = {
    "headline": "headline", "outlet": "outlet", "date": "date", "url": "address", "byline": "author",
}  # fmt: skip
_COLUMNS = {"date": "published_at", "outlet": "who", "url": "url", "headline": "headline"}

_OPEN = """
    WITH lacking AS (
      SELECT c.id, {lacks}
      FROM coverage c WHERE c.kind = 'article'
      AND (c.published_at IS NULL OR c.who IS NULL OR c.url IS NULL OR c.headline IS NULL) {where}
      ORDER BY coalesce(c.published_at, c.ingested_at) DESC, c.id DESC
    )
""".replace(
    "{lacks}",
    ", ".join(
        # The latest word by its index: a list of all words would be gone through for each article.
        f"c.{column} IS NULL AND coalesce((SELECT t.value FROM article_told t WHERE t.coverage_id = c.id "
        f"AND t.field = '{field}' ORDER BY t.id DESC LIMIT 1), '') != 'null' AS {field}"
        for field, column in _COLUMNS.items()
    ),
)


class Saved(Record, frozen=True, kw_only=True):
    """What a form did."""

    key: str  # of the article, which an address may have given another name
    act: int | None  # in the log; None: nothing was new
    joined: str | None = None  # the headline of the article that it is one with from now on


class OtherArticleError(CuttingsError):
    """An address that belongs to another article."""


class JoinError(CuttingsError):
    """An address that another reading of the article has: the two become one, once a person agrees."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the two become one, which cannot be taken back; agree to {key}")
        self.key = key  # of the article that has the address


class Telling:
    """Reads and writes of what people say of articles."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._articles = Articles(connection)
        self._review = Review(connection)

    def current(self, coverage_id: int) -> dict[Field, Value]:
        """The fields of an article as they stand."""
        article = self._articles.get(coverage_id)
        assert article is not None
        return {field: article_told.value_of(article, field) for field in FIELDS}

    def words(self, coverage_id: int) -> dict[Field, Word]:
        """What people said of an article and counts, by field."""
        return {word.field: word for word in article_told.words(self._db, coverage_id)}

    def mark(self, values: Mapping[Field, Value]) -> str:
        """A fingerprint of what a form was made from."""
        return text_sha(repr(sorted(values.items())))[:16]

    def save(
        self,
        row: Row,
        wanted: Mapping[Field, Value],
        *,
        hush: bool,
        seen: str,
        who: Person,
        now: str,
        agreed: str | None = None,
    ) -> Saved | None:
        """Write a form; None, with nothing written, where the article changed since `seen`.

        `hush`: what stays empty is known by nobody, so it is not asked for.
        `agreed`: the article that a person agreed to make one with this one; no undo parts them.
        Raises `OtherArticleError` where the address belongs to another article, `JoinError` where it belongs to
        another reading of this one and nobody agreed.
        """
        with transaction(self._db):
            before = self.current(row["id"])
            if self.mark(before) != seen:
                return None
            said, back = self._news(row["id"], before, wanted, hush)
            if not said and not back:
                return Saved(key=row["key"], act=None)
            twin = self._twin(row["id"], said.get("url"))
            if twin is not None and twin["key"] != agreed:
                raise JoinError(twin["key"])
            joined = (twin["headline"] or twin["key"]) if twin else None
            act = self._log(row, said, back, before, who, now, joined)
            stays = self._articles.tell(row["id"], said, back, act=act, who=who.name, now=now)
            after = one(self._db, "SELECT key FROM coverage WHERE id = ?", stays)
            assert after is not None
            return Saved(key=after["key"], act=act, joined=joined)

    def _twin(self, coverage_id: int, url: Value) -> Row | None:
        try:
            return self._articles.twin(coverage_id, url) if isinstance(url, str) else None
        except ParseError as exc:
            raise OtherArticleError(str(exc)) from exc

    def _news(
        self, coverage_id: int, before: Mapping[Field, Value], wanted: Mapping[Field, Value], hush: bool
    ) -> tuple[dict[Field, Value], list[Field]]:
        """What of a form is a new word, and which fields it gives back to the sources."""
        words = self.words(coverage_id)
        said: dict[Field, Value] = {}
        back: list[Field] = []
        for field, value in wanted.items():
            word = words.get(field)
            hushed = word is not None and word.value is None
            if value is None and before[field] is None and field in MISSED:
                if hush and not hushed:
                    said[field] = None
                elif hushed and not hush:
                    back.append(field)
            elif value != before[field]:
                if word is not None and (value is None or value == word.source):
                    back.append(field)
                else:
                    said[field] = value
        return said, back

    def _log(
        self,
        row: Row,
        said: Mapping[Field, Value],
        back: Sequence[Field],
        before: Mapping[Field, Value],
        who: Person,
        now: str,
        joined: str | None,
    ) -> int:
        words = self.words(row["id"])
        after: dict[Field, Value] = {**said, **{field: words[field].source for field in back}}
        fields = [field for field in FIELDS if field in after]
        notes = ["from the source again: " + ", ".join(NAMES[field] for field in back)] if back else []
        notes += [f"one article with “{_told(joined)}” from now on"] if joined else []
        return self._review.log(
            "edit",
            who=who,
            now=now,
            coverage=row["key"],
            before="; ".join(f"{NAMES[field]}: {_told(before[field])}" for field in fields),
            after="; ".join(f"{NAMES[field]}: {_told(after[field], hushed=field in said)}" for field in fields),
            note="; ".join(notes) or None,
        )

    def undo(self, act: int, *, who: Person, now: str) -> str:
        """Take back what a person said in one form; gives the name of the article.

        Two articles that its address made one stay one: links, decisions and issues are of both by then.
        Raises `CuttingsError` where it is taken back already, or something was said of its fields since.
        """
        with transaction(self._db):
            event = one(self._db, "SELECT * FROM audit WHERE id = ? AND action = 'edit' AND who = ?", act, who.name)
            found = article_told.of_act(self._db, act)
            if event is None or not found:
                raise CuttingsError("This is taken back already, or was changed again since. Nothing was changed.")
            coverage_id = found[0]["coverage_id"]
            own = self._articles.own(coverage_id)
            article_told.take_back(self._db, act)
            self._articles.put_words(coverage_id, own)
            row = one(self._db, "SELECT key FROM coverage WHERE id = ?", coverage_id)
            assert row is not None
            self._review.log(
                "undo",
                who=who,
                now=now,
                coverage=row["key"],
                before=event["after"],
                after=event["before"],
                undoes=act,
            )
            return str(row["key"])

    def said(self, act: int, who: str) -> Row | None:
        """The event of a form that a person sent, while it can be taken back."""
        event = one(self._db, "SELECT * FROM audit WHERE id = ? AND action = 'edit' AND who = ?", act, who)
        return event if event and article_told.of_act(self._db, act) else None

    # ---------------------------------------------------------- what is missing

    def missing(self, ids: Sequence[int]) -> dict[int, tuple[Field, ...]]:
        """What each of these articles misses; those that miss nothing are left out."""
        if not ids:
            return {}
        marks = ", ".join("?" * len(ids))
        sql = _OPEN.replace("{where}", f"AND c.id IN ({marks})")
        return {
            row["id"]: lacks for row in rows(self._db, f"{sql} SELECT * FROM lacking", *ids) if (lacks := _lacks(row))
        }

    def queue(self, field: Field | None) -> list[int]:
        """Articles that miss a field, or any, the newest first."""
        wanted = field or " OR ".join(MISSED)
        sql = _OPEN.replace("{where}", "")
        return [row["id"] for row in rows(self._db, f"{sql} SELECT id FROM lacking WHERE {wanted}")]

    def counts(self) -> dict[str, int]:
        """How many articles miss each field, and "any"."""
        sums = ", ".join(f"coalesce(sum({field}), 0) AS {field}" for field in MISSED)
        sql = _OPEN.replace("{where}", "")
        row = one(self._db, f"{sql} SELECT {sums}, coalesce(sum({' OR '.join(MISSED)}), 0) AS any FROM lacking")
        assert row is not None
        return {name: row[name] for name in ("any", *MISSED)}

    def unknown(self, document_id: int, format: str | None) -> tuple[str, ...]:
        """What a stored document leaves open that a person could give, as `aggregator.unknown.OPTIONS` names it."""
        if format in unknown.ONE_ARTICLE:
            query = "SELECT coverage_id FROM coverage_document WHERE document_id = ?"
            found = self.missing([row[0] for row in rows(self._db, query, document_id)])
            lacks = {field for fields in found.values() for field in fields}
            return tuple(name for name in unknown.ARTICLE if name in lacks)
        if format == "bluesky-scrape":
            return ("author",)
        return ("author",) if Documents(self._db).nameless(document_id) else ()

    def joined(self, document_id: int, format: str | None) -> str | None:
        """The article of a document where other documents brought it too, as people read it; None where none did."""
        if format not in unknown.ONE_ARTICLE:
            return None
        found = rows(
            self._db,
            "SELECT c.key, c.headline, d.name FROM coverage_document m "
            "JOIN coverage_document o ON o.coverage_id = m.coverage_id AND o.document_id != m.document_id "
            "JOIN document d ON d.id = o.document_id JOIN coverage c ON c.id = m.coverage_id "
            "WHERE m.document_id = ? ORDER BY d.id",
            document_id,
        )
        if not found:
            return None
        names = list(dict.fromkeys(row["name"] or "another document" for row in found))
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        return f"“{found[0]['headline'] or '(no headline)'}” ({found[0]['key']}), which came from {names[0]}{more}"

    def outlets(self) -> list[str]:
        """Outlets of the latest articles, the most frequent first, to choose from."""
        found = rows(
            self._db,
            "SELECT who FROM (SELECT who FROM coverage WHERE kind = 'article' AND who IS NOT NULL "
            "ORDER BY coalesce(published_at, ingested_at) DESC, id DESC LIMIT 2000) "
            "GROUP BY who ORDER BY count(*) DESC, who LIMIT 100",
        )
        return [row[0] for row in found]


def _lacks(row: Row) -> tuple[Field, ...]:
    return tuple(field for field in MISSED if row[field])


def _told(value: Value, hushed: bool = False) -> str:
    told = ", ".join(value) if isinstance(value, tuple) else value or ("nobody knows" if hushed else "nothing")
    return told if len(told) <= 200 else f"{told[:200]}…"
