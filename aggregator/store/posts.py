"""Posts: each kept once, however many documents bring it, in its best reading.

A better source upgrades a post in place: an export that knows the at-URI replaces what a scrape gave,
a scrape never replaces an export.
Counts only move to the newer reading, and every reading is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from aggregator import identity
from aggregator.model import Changes
from aggregator.store.connect import Connection, Row, rows
from aggregator.times import parse_utc, utc
from parsers.model import Card, Counts, Post, Step

#: Rows looked up and written together; SQLite's default limit is 32,766 variables.
BATCH = 500


class PostExtra(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a post holds that is never searched by."""

    card_score: float | None = None
    urls: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()
    parent_state: str | None = None
    pinned: bool = False
    langs: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    raw: str | None = None


_COLUMNS = (
    "key", "fold", "uri", "cid", "author", "author_did", "author_name", "text", "text_raw", "created_at",
    "minute_only", "likes", "reposts", "replies", "quotes", "card_title", "card_description", "card_url",
    "reply_parent", "reply_root", "quote_uri", "reposted_by", "gone", "position", "document_id", "extra",
)  # fmt: skip
_INSERT = f"INSERT INTO post (id, {', '.join(_COLUMNS)}) VALUES (?, {', '.join('?' * len(_COLUMNS))})"
_READING = "INSERT INTO post_reading VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
#: The key is a name for life, all else follows the best reading.
_UPDATE = f"UPDATE post SET {', '.join(f'{name} = ?' for name in _COLUMNS[1:])} WHERE id = ?"

_NO_COUNTS = Counts()
_NO_EXTRA = PostExtra()
_extra_decoder = msgspec.json.Decoder(PostExtra)


class Posts:
    """The posts of the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save(self, posts: Iterable[Post], *, document_id: int, as_of: str) -> tuple[Changes, list[int]]:
        """Store posts; gives what changed and the ids of posts whose threads may change.

        `as_of` is when the counts were read, as UTC text.
        The caller holds the transaction.
        """
        total, touched = Changes(), []
        iterator = iter(posts)
        while batch := list(islice(iterator, BATCH)):
            writer = _Batch(self._db, batch, document_id, as_of)
            for post in batch:
                writer.place(post)
            total += writer.finish()
            touched += writer.touched
        return total, touched

    def readings(self, post_id: int) -> list[Row]:
        """All readings of a post's counts, oldest first."""
        return rows(
            self._db,
            "SELECT r.*, d.name AS document FROM post_reading r JOIN document d ON d.id = r.document_id "
            "WHERE post_id = ? ORDER BY read_at, document_id",
            post_id,
        )

    def each(self, where: str = "1", *parameters: Any) -> Iterator[Row]:
        """Rows of posts, oldest first."""
        yield from self._db.execute(f"SELECT * FROM post WHERE {where} ORDER BY created_at, key", parameters)


class _Batch:
    """Posts that are looked up and written together; new ones in bulk."""

    def __init__(self, db: Connection, batch: Sequence[Post], document_id: int, as_of: str) -> None:
        self._db = db
        self._document = document_id
        self._as_of = as_of
        self._folds = {id(post): identity.post_fold(post) for post in batch}
        self._by_uri: dict[str, Any] = {}
        self._by_fold: dict[str, list[Any]] = {}
        self._load({post.uri for post in batch if post.uri})
        self._next_id: int = db.execute("SELECT coalesce(max(id), 0) + 1 FROM post").fetchone()[0]
        self._inserts: list[tuple[Any, ...]] = []
        self._readings: list[tuple[Any, ...]] = []
        self._tally = {"new": 0, "changed": 0, "unchanged": 0}
        self.touched: list[int] = []

    def _load(self, uris: set[str]) -> None:
        """The stored posts that these may be the same as, by at-URI and by fold."""
        for column, values in (("fold", set(self._folds.values())), ("uri", uris)):
            marks = ", ".join("?" * len(values))
            for row in self._db.execute(f"SELECT * FROM post WHERE {column} IN ({marks})", tuple(values)):
                self._keep(row)

    def _keep(self, row: Any) -> None:
        if row["uri"]:
            self._by_uri[row["uri"]] = row
        same = self._by_fold.setdefault(row["fold"], [])
        same[:] = [other for other in same if other["id"] != row["id"]] + [row]

    def place(self, post: Post) -> None:
        """Take one post in: new, another reading of a stored one, or a deletion."""
        if post.gone and not post.text:
            self._mark_gone(post)
            return
        row = self._find(post)
        if row is None:
            post_id, state = self._add(post), "new"
        else:
            post_id, state = int(row["id"]), self._merge(row, post)
        if state != "unchanged":
            self.touched.append(post_id)
        if self._is_new_reading(post_id, post, state) and state == "unchanged":
            state = "changed"
        self._tally[state] += 1

    def _find(self, post: Post) -> Any | None:
        """The stored post that this is a reading of."""
        if post.uri and post.uri in self._by_uri:
            return self._by_uri[post.uri]
        for row in self._by_fold.get(self._folds[id(post)], ()):
            # Two posts that both have an at-URI, and not the same, are two posts.
            if not (post.uri and row["uri"]):
                return row
        return None

    def _add(self, post: Post) -> int:
        fold = self._folds[id(post)]
        key = identity.post_key(post, taken=True) if fold in self._by_fold else fold
        post_id = self._next_id
        self._next_id += 1
        values = (post_id, key, fold, *_values(post, self._document))
        self._inserts.append(values)
        self._keep(dict(zip(("id", *_COLUMNS), values, strict=True)))
        return post_id

    def _merge(self, row: Any, post: Post) -> str:
        """Bring a second reading of a post in; gives "changed" or "unchanged"."""
        old = to_post(row)
        merged = merge(old, post)
        counts = post.counts if self._is_newest(row["id"]) else old.counts
        merged = msgspec.structs.replace(merged, counts=_filled(counts, old.counts))
        if merged == old:
            return "unchanged"
        self._flush()
        source = self._document if _rank(post) > _rank(old) else row["document_id"]
        fold = identity.post_fold(merged)
        self._db.execute(_UPDATE, (fold, *_values(merged, source), row["id"]))
        self._keep(self._db.execute("SELECT * FROM post WHERE id = ?", (row["id"],)).fetchone())
        return "changed"

    def _is_newest(self, post_id: int) -> bool:
        self._flush()
        row = self._db.execute("SELECT max(read_at) FROM post_reading WHERE post_id = ?", (post_id,)).fetchone()
        return row[0] is None or self._as_of >= row[0]

    def _is_new_reading(self, post_id: int, post: Post, state: str) -> bool:
        """Keep a reading of the counts; True when it was not there."""
        counts = post.counts
        if counts == _NO_COUNTS:
            return False
        reading = (post_id, self._document, self._as_of, counts.likes, counts.reposts, counts.replies, counts.quotes)
        if state == "new":
            self._readings.append(reading)
            return True
        self._flush()
        return bool(self._db.execute(_READING, reading).rowcount > 0)

    def _mark_gone(self, post: Post) -> None:
        """A deletion at the source: the archive keeps the post and says so."""
        self._flush()
        found = rows(self._db, "SELECT id FROM post WHERE uri = ? AND gone = 0", post.uri)
        self._db.executemany("UPDATE post SET gone = 1 WHERE id = ?", [(row["id"],) for row in found])
        self.touched += [row["id"] for row in found]

    def _flush(self) -> None:
        """Write what waits."""
        if self._inserts:
            self._db.executemany(_INSERT, self._inserts)
            self._inserts = []
        if self._readings:
            self._db.executemany(_READING, self._readings)
            self._readings = []

    def finish(self) -> Changes:
        """Write the rest and say what changed."""
        self._flush()
        return Changes(**self._tally)


def merge(old: Post, new: Post) -> Post:
    """Two readings of one post as one: the better source wins, the other fills its blanks."""
    better, other = (new, old) if _rank(new) > _rank(old) else (old, new)
    blanks = {
        field: getattr(other, field)
        for field in better.__struct_fields__
        if field not in ("counts", "position") and getattr(better, field) in (None, "", ())
    }
    # A card that a scrape's rules found in the text of a post must not be laid over the export's own reading.
    if better.uri and not other.uri:
        blanks.pop("card", None)
        blanks.pop("card_score", None)
        blanks.pop("raw", None)
        blanks.pop("steps", None)
    if not blanks:
        return better
    return msgspec.structs.replace(better, **blanks)


def _rank(post: Post) -> int:
    """How much a source knows: 2 with at-URI and exact time, 1 with one of them, 0 for a scrape."""
    return bool(post.uri) + (not post.minute_only and post.created_at is not None)


def _filled(counts: Counts, older: Counts) -> Counts:
    return Counts(
        **{
            name: getattr(counts, name) if getattr(counts, name) is not None else getattr(older, name)
            for name in Counts.__struct_fields__
        }
    )


def _values(post: Post, document_id: int) -> tuple[Any, ...]:
    """The columns after `fold`."""
    card = post.card
    extra = PostExtra(**{name: getattr(post, name) for name in PostExtra.__struct_fields__})
    return (
        post.uri, post.cid, post.author, post.author_did, post.author_name,
        clean(post.text), clean(post.text_raw), utc(post.created_at), post.minute_only,
        post.counts.likes, post.counts.reposts, post.counts.replies, post.counts.quotes,
        clean(card.title) if card else None, clean(card.description) if card else None,
        card.url if card else None,
        post.reply_parent, post.reply_root, post.quote_uri, post.reposted_by, post.gone, post.position,
        document_id, msgspec.json.encode(extra).decode(),
    )  # fmt: skip


def clean(text: Any) -> Any:
    """Text as SQLite can hold it: lone surrogates, which are no characters, become U+FFFD."""
    if not isinstance(text, str) or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()


def to_post(row: Row | dict[str, Any]) -> Post:
    """A stored row as the parser's record."""
    extra = _extra_decoder.decode(row["extra"])
    card = None
    if row["card_title"]:
        card = Card(title=row["card_title"], description=row["card_description"], url=row["card_url"])
    return Post(
        text=row["text"],
        text_raw=row["text_raw"],
        created_at=parse_utc(row["created_at"]),
        minute_only=bool(row["minute_only"]),
        card=card,
        counts=Counts(
            likes=row["likes"], reposts=row["reposts"], replies=row["replies"], quotes=row["quotes"]
        ),
        gone=bool(row["gone"]),
        **{
            name: row[name]
            for name in (
                "uri", "cid", "author", "author_did", "author_name", "reply_parent", "reply_root",
                "quote_uri", "reposted_by", "position",
            )
        },
        **msgspec.structs.asdict(extra),
    )  # fmt: skip
