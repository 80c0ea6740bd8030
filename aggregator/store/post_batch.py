"""Take posts in: look up which are stored already, merge second readings, write new ones in bulk.

What makes two readings one post is told in `aggregator.store.posts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from aggregator import identity
from aggregator.merging import NO_COUNTS, counts_of, merge, rank
from aggregator.model import Changes
from aggregator.store.connect import Connection, Row, one, rows
from aggregator.store.post_rows import COLUMNS, to_post
from aggregator.store.post_rows import values as columns_of
from parsers.findings import Findings
from parsers.model import Counts, Post

_ALL = ", ".join(f"p.{name}" for name in ("id", *COLUMNS))
_INSERT = f"INSERT INTO post (id, {', '.join(COLUMNS)}) VALUES (?, {', '.join('?' * len(COLUMNS))})"
_READING = "INSERT INTO post_reading VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_UPDATE = f"UPDATE post SET {', '.join(f'{name} = ?' for name in COLUMNS)} WHERE id = ?"
#: A change of any other column leaves every thread as it is.
_STITCHED = {"uri", "author", "author_did", "text", "created_at", "card_title", "card_description", "reply_parent",
             "reply_root", "reposted_by", "gone", "key"}  # fmt: skip
_REPLIES = COLUMNS.index("replies")
_DOCUMENT = COLUMNS.index("document_id")


class _Known:
    """A post that is stored, or waits to be; its record is made when asked for."""

    __slots__ = ("document", "fold", "id", "key", "record", "uri", "values")

    def __init__(self, post_id: int, values: Sequence[Any], record: Post | None = None) -> None:
        self.id = post_id
        self.values = values  # in the order of COLUMNS
        self.key, self.fold, self.uri = values[0], values[1], values[2]
        self.document = values[_DOCUMENT]
        self.record = record

    def post(self) -> Post:
        """The stored reading."""
        if self.record is None:
            self.record = to_post(dict(zip(COLUMNS, self.values, strict=True)))
        return self.record


class Batch:
    """Posts that are looked up and written together; new ones in bulk."""

    def __init__(self, db: Connection, batch: Sequence[Post], document_id: int, as_of: str, findings: Findings) -> None:
        self._db = db
        self._document = document_id
        self._as_of = as_of
        self._findings = findings
        self._folds = {id(post): identity.post_fold(post) for post in batch}
        self._by_uri: dict[str, _Known] = {}
        self._by_fold: dict[str, list[_Known]] = {}
        self._marks: dict[int, tuple[str, str]] = {}
        self._deletions = one(db, "SELECT 1 FROM deletion LIMIT 1") is not None
        self._scraped = one(db, "SELECT 1 FROM post WHERE uri IS NULL LIMIT 1") is not None
        self._load({post.uri for post in batch if post.uri})
        self._next_id: int = db.execute("SELECT coalesce(max(id), 0) + 1 FROM post").fetchone()[0]
        self._inserts: list[tuple[Any, ...]] = []
        self._readings: list[tuple[Any, ...]] = []
        self._tally = {"new": 0, "changed": 0, "unchanged": 0}
        self.touched: list[int] = []

    def _load(self, uris: set[str]) -> None:
        """The stored posts that these may be the same as, by at-URI and by fold."""
        folds = set(self._folds.values())
        # Nearly all posts are named by their fold, so only the others have it in an index of its own.
        asked = (("key", folds, "p.fold = p.key"), ("fold", folds, "p.fold != p.key"), ("uri", uris, "1"))
        for column, values, condition in asked:
            query = f"SELECT {_ALL} FROM post p WHERE p.{column} IN ({', '.join('?' * len(values))}) AND {condition}"
            for row in self._db.execute(query, tuple(values)):
                if row["uri"] is None or row["uri"] not in self._by_uri:
                    self._keep(_Known(row["id"], tuple(row)[1:]))

    def _keep(self, known: _Known) -> None:
        if known.uri:
            self._by_uri[known.uri] = known
        same = self._by_fold.setdefault(known.fold, [])
        same[:] = [other for other in same if other.id != known.id]
        same.append(known)

    def _drop(self, known: _Known) -> None:
        same = self._by_fold[known.fold]
        same[:] = [other for other in same if other.id != known.id]

    # ------------------------------------------------------------------ one post

    def place(self, post: Post) -> None:
        """Take one post in: new, another reading of a stored one, or a deletion."""
        if post.gone and post.uri and not post.text_raw and post.created_at is None and post.cid is None:
            self._tally[self._mark_gone(post.uri)] += 1
            return
        known = self._find(post)
        if known is None:
            self._add(post)
            self._tally["new"] += 1
            return
        changed = self._merge(known, post)
        self._tally["changed" if changed else "unchanged"] += 1

    def _find(self, post: Post) -> _Known | None:
        """The stored post that this is a reading of."""
        if post.uri and post.uri in self._by_uri:
            return self._by_uri[post.uri]
        # Two posts that both have an at-URI, and not the same, are two posts.
        same = [
            known
            for known in self._by_fold.get(self._folds[id(post)], ())
            if not (post.uri and known.uri) and _may_be_one(post, known)
        ]
        if same:
            return min(same, key=lambda known: (known.uri or "", known.id))
        if post.uri is None or self._scraped:
            return self._by_minute(post)
        return None

    def _by_minute(self, post: Post) -> _Known | None:
        """A post of the same minute whose text is this one's but for a card that was, or was not, cut from it."""
        own = identity.fold(_whole(post))
        if len(own) < identity.SHORT_FOLD or post.created_at is None:
            return None
        self._flush()
        scraped = "p.uri IS NOT NULL" if post.uri is None else "p.uri IS NULL"
        minute = identity.minute(post.created_at)
        query = f"SELECT {_ALL} FROM post p WHERE p.created_at BETWEEN ? AND ? AND {scraped} ORDER BY p.uri, p.id"
        for row in self._db.execute(query, (f"{minute}:00Z", f"{minute}:59Z")):
            known = _Known(row["id"], tuple(row)[1:])
            if not _may_be_one(post, known):
                continue
            theirs = identity.fold(_whole(known.post()))
            whole, end = (own, theirs) if post.uri is None else (theirs, own)
            if len(end) >= identity.SHORT_FOLD and whole.endswith(end):
                self._keep(known)
                return known
        return None

    def _add(self, post: Post) -> None:
        if self._deletions and one(self._db, "SELECT 1 FROM deletion WHERE uri = ?", post.uri):
            post = msgspec.structs.replace(post, gone=True)
            self._folds[id(post)] = identity.post_fold(post)
        fold = self._folds[id(post)]
        key = fold
        for other in self._by_fold.get(fold, ()):
            if other.key == fold:
                key = self._share(other, post, fold)
        post_id = self._next_id
        self._next_id += 1
        values = (key, fold, *columns_of(post, self._document))
        self._inserts.append((post_id, *values))
        self._keep(_Known(post_id, values))
        self.touched.append(post_id)
        if post.counts != NO_COUNTS:
            self._readings.append(self._reading(post_id, post))

    def _share(self, other: _Known, post: Post, fold: str) -> str:
        """The name of a post whose words and minute another post has: the smaller at-URI has the plain one."""
        taken = identity.shared_fold_key(fold, post.uri)
        if not (post.uri and other.uri) or other.uri < post.uri:
            return taken
        self._flush()
        name = identity.shared_fold_key(fold, other.uri)
        self._db.execute("UPDATE post SET key = ? WHERE id = ?", (name, other.id))
        self._keep(_Known(other.id, (name, *other.values[1:])))
        self.touched.append(other.id)
        return fold

    # ------------------------------------------------------------------ another reading

    def _merge(self, known: _Known, post: Post) -> bool:
        """Bring a second reading of a post in; True where it changed something."""
        new_reading, counts = self._read_counts(known, post)
        if (
            not new_reading
            and known.document == self._document
            and known.values[2:] == columns_of(post, self._document)
        ):
            return False
        old = known.post()
        new_first = self._is_better(post, known)
        if post.uri and old.uri == post.uri and rank(old) == rank(post) and self._contradicts(old, post):
            return new_reading
        merged = msgspec.structs.replace(merge(old, post, new_first=new_first), counts=counts)
        fold = known.fold
        if new_first and rank(post) > rank(old):
            fold = identity.post_fold(merged)
        values = (self._name(known, fold), fold, *columns_of(merged, self._document if new_first else known.document))
        if values == tuple(known.values):
            return new_reading
        self._flush()
        self._db.execute(_UPDATE, (*values, known.id))
        if self._moves_threads(known.values, values):
            self.touched.append(known.id)
        self._drop(known)
        self._keep(_Known(known.id, values))
        return new_reading or any(
            one != two
            for name, one, two in zip(COLUMNS, values, known.values, strict=True)
            if name not in ("document_id", "position")
        )

    def _name(self, known: _Known, fold: str) -> str:
        """The name of a post whose text is now known better."""
        if fold == known.fold:
            return str(known.key)
        self._flush()
        taken = one(self._db, "SELECT 1 FROM post WHERE key = ? AND id != ?", fold, known.id)
        return known.key if taken else fold

    @staticmethod
    def _moves_threads(old: Sequence[Any], new: Sequence[Any]) -> bool:
        """Whether a change may change a thread; likes and reposts do not."""
        if bool(old[_REPLIES]) != bool(new[_REPLIES]):
            return True
        return any(one != two for name, one, two in zip(COLUMNS, old, new, strict=True) if name in _STITCHED)

    def _is_better(self, post: Post, known: _Known) -> bool:
        """Whether the new reading is the better; among equals the document's name decides, whoever came first."""
        new, old = rank(post), rank(known.post())
        return new > old or (new == old and self._mark(self._document) < self._mark(known.document))

    def _mark(self, document_id: int) -> tuple[str, str]:
        if document_id not in self._marks:
            row = one(self._db, "SELECT coalesce(name, ''), sha256 FROM document WHERE id = ?", document_id)
            self._marks[document_id] = (row[0], row[1]) if row else ("", "")
        return self._marks[document_id]

    def _contradicts(self, old: Post, post: Post) -> bool:
        """Note a post that comes under a known at-URI with other words; the archive keeps its own."""
        if old.text_raw == post.text_raw or identity.fold(old.text_raw) == identity.fold(post.text_raw):
            return False
        self._findings.add(
            "the archive has this post with another text, and keeps that",
            ("record", post.position + 1),
            excerpt=f"{post.uri} {post.text_raw}",
        )
        return True

    def _read_counts(self, known: _Known, post: Post) -> tuple[bool, Counts]:
        """Keep a reading of the counts; True when it was not there, and the counts that stand now."""
        old = known.values
        counts = Counts(likes=old[11], reposts=old[12], replies=old[13], quotes=old[14])
        if post.counts == NO_COUNTS:
            return False, counts
        self._flush()
        if self._db.execute(_READING, self._reading(known.id, post)).rowcount < 1:
            return False, counts
        found = rows(self._db, "SELECT * FROM post_reading WHERE post_id = ?", known.id)
        return True, counts_of((row["read_at"], _counts(row)) for row in found)

    def _reading(self, post_id: int, post: Post) -> tuple[Any, ...]:
        counts = post.counts
        return (post_id, self._document, self._as_of, counts.likes, counts.reposts, counts.replies, counts.quotes)

    def _mark_gone(self, uri: str) -> str:
        """A deletion at the source: the archive keeps the post and says so; of an unknown post it keeps the word."""
        self._flush()
        known = self._by_uri.get(uri)
        if known is None:
            self._db.execute("INSERT OR IGNORE INTO deletion VALUES (?, ?)", (uri, self._document))
            self._deletions = True
            return "unchanged"
        if not self._db.execute("UPDATE post SET gone = 1 WHERE id = ? AND gone = 0", (known.id,)).rowcount:
            return "unchanged"
        row = one(self._db, f"SELECT {_ALL} FROM post p WHERE p.id = ?", known.id)
        self._keep(_Known(known.id, tuple(row or ())[1:]))
        self.touched.append(known.id)
        return "changed"

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


def _may_be_one(post: Post, known: _Known) -> bool:
    """Whether a post and a stored one may be the same person's: no two handles."""
    theirs: str | None = known.values[4]
    if not post.author or not theirs or post.author == theirs:
        return True
    return post.author.startswith("did:") != theirs.startswith("did:")


def _whole(post: Post) -> str:
    """A scraped block with its card, or an export's text."""
    if post.card is None or post.uri is not None:
        return post.text_raw
    return f"{post.card.title} {post.card.description or ''} {post.text_raw}"


def _counts(row: Row) -> Counts:
    return Counts(likes=row["likes"], reposts=row["reposts"], replies=row["replies"], quotes=row["quotes"])
