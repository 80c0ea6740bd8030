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
_INSERT = f"INSERT INTO post ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
#: The key is a name for life, all else follows the best reading.
_UPDATE = f"UPDATE post SET {', '.join(f'{name} = ?' for name in _COLUMNS[1:])} WHERE id = ?"

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
            changes, ids = self._save_batch(batch, document_id, as_of)
            total += changes
            touched += ids
        return total, touched

    def _save_batch(self, batch: Sequence[Post], document_id: int, as_of: str) -> tuple[Changes, list[int]]:
        known = _Known(self._db, batch)
        changes, touched = Changes(), []
        for post in batch:
            if post.gone and not post.text:
                touched += self._mark_gone(post)
                continue
            row = known.find(post)
            if row is None:
                key = identity.post_key(post, taken=known.is_taken(post))
                cursor = self._db.execute(_INSERT, (key, *_values(post, document_id)))
                post_id, state = cursor.lastrowid, "new"
                assert post_id is not None
                known.add(post_id, key, post, document_id)
            else:
                post_id = row["id"]
                state = self._merge(row, post, document_id, as_of)
                if state == "changed":
                    known.refresh(self._db, post_id)
            reading = self._add_reading(post_id, document_id, as_of, post.counts)
            if state == "unchanged" and reading:
                state = "changed"
            else:
                touched += [post_id] if state != "unchanged" else []
            changes += Changes(**{state: 1})
        return changes, touched

    def _merge(self, row: Row, post: Post, document_id: int, as_of: str) -> str:
        """Bring a second reading of a post in; gives "changed" or "unchanged"."""
        old = to_post(row)
        merged = merge(old, post)
        counts = post.counts if self._is_newest(row["id"], as_of) else old.counts
        merged = msgspec.structs.replace(merged, counts=_filled(counts, old.counts))
        if merged == old:
            return "unchanged"
        source = document_id if _rank(post) > _rank(old) else row["document_id"]
        self._db.execute(_UPDATE, (*_values(merged, source), row["id"]))
        return "changed"

    def _is_newest(self, post_id: int, as_of: str) -> bool:
        row = self._db.execute("SELECT max(read_at) FROM post_reading WHERE post_id = ?", (post_id,)).fetchone()
        return row[0] is None or as_of >= row[0]

    def _add_reading(self, post_id: int, document_id: int, as_of: str, counts: Counts) -> bool:
        """Keep a reading of the counts; True when it was not there."""
        if counts == Counts():
            return False
        cursor = self._db.execute(
            "INSERT INTO post_reading VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (post_id, document_id, as_of, counts.likes, counts.reposts, counts.replies, counts.quotes),
        )
        return cursor.rowcount > 0

    def _mark_gone(self, post: Post) -> list[int]:
        """A deletion at the source: the archive keeps the post and says so."""
        found = rows(self._db, "SELECT id FROM post WHERE uri = ? AND gone = 0", post.uri)
        self._db.executemany("UPDATE post SET gone = 1 WHERE id = ?", [(row["id"],) for row in found])
        return [row["id"] for row in found]

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


class _Known:
    """The stored posts that a batch may be the same as."""

    def __init__(self, db: Connection, batch: Sequence[Post]) -> None:
        self._by_uri: dict[str, Any] = {}
        self._by_fold: dict[str, list[Any]] = {}
        folds = {identity.post_fold(post) for post in batch}
        uris = {post.uri for post in batch if post.uri}
        for column, values in (("fold", folds), ("uri", uris)):
            marks = ", ".join("?" * len(values))
            for row in db.execute(f"SELECT * FROM post WHERE {column} IN ({marks})", tuple(values)):
                self._keep(row)

    def _keep(self, row: Any) -> None:
        if row["uri"]:
            self._by_uri[row["uri"]] = row
        same = self._by_fold.setdefault(row["fold"], [])
        same[:] = [other for other in same if other["id"] != row["id"]] + [row]

    def find(self, post: Post) -> Any | None:
        """The stored post that this is a reading of."""
        if post.uri and post.uri in self._by_uri:
            return self._by_uri[post.uri]
        for row in self._by_fold.get(identity.post_fold(post), ()):
            # Two posts that both have an at-URI, and not the same, are two posts.
            if not (post.uri and row["uri"]):
                return row
        return None

    def is_taken(self, post: Post) -> bool:
        """Whether another post already bears the name that this one would get."""
        return identity.post_fold(post) in self._by_fold

    def add(self, post_id: int, key: str, post: Post, document_id: int) -> None:
        """Remember a post stored a moment ago."""
        self._keep(dict(zip(("id", *_COLUMNS), (post_id, key, *_values(post, document_id)), strict=True)))

    def refresh(self, db: Connection, post_id: int) -> None:
        """Read a post again after it was upgraded."""
        self._keep(db.execute("SELECT * FROM post WHERE id = ?", (post_id,)).fetchone())


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
    """The columns after `key`."""
    card = post.card
    extra = PostExtra(**{name: getattr(post, name) for name in PostExtra.__struct_fields__})
    return (
        identity.post_fold(post), post.uri, post.cid, post.author, post.author_did, post.author_name,
        clean(post.text), clean(post.text_raw), utc(post.created_at), post.minute_only,
        post.counts.likes, post.counts.reposts, post.counts.replies, post.counts.quotes,
        clean(card.title) if card else None, clean(card.description) if card else None,
        card.url if card else None,
        post.reply_parent, post.reply_root, post.quote_uri, post.reposted_by, post.gone, post.position,
        document_id, msgspec.json.encode(extra).decode(),
    )  # fmt: skip


def clean(text: Any) -> Any:
    """Text as SQLite can hold it: lone surrogates, which are no characters, become U+FFFD."""
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else text


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
