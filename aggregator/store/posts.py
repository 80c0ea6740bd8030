"""Posts: each kept once, however many documents bring it, in its best reading.

A better source upgrades a post in place: an export that knows the at-URI replaces what a scrape gave,
a scrape never replaces an export (`aggregator.merging`).
Counts only move to the newer reading, and every reading is kept.

Which error is worse: two posts taken for one lose what somebody said.
So the at-URI decides where it is known; a scraped post is matched by folded text and minute (`aggregator.identity`),
and, where a card hides in the text or the other way round, by a text that ends with the other in the same minute.
Two posts with different at-URIs are never one.
Whatever order the documents come in, the same posts get the same names: of two posts with the same words in the same
minute the one with the smaller at-URI has the plain name, and a name made from a mangled text is corrected by the
export that has the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from aggregator import identity
from aggregator.merging import NO_COUNTS, counts_of, merge, rank
from aggregator.model import Changes
from aggregator.store.connect import Connection, Row, one, rows
from aggregator.times import parse_utc, utc
from parsers.findings import Findings
from parsers.model import Card, Counts, Post, Step

#: Rows looked up and written together; SQLite's default limit is 32,766 variables.
BATCH = 1000


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
_ALL = ", ".join(f"p.{name}" for name in ("id", *_COLUMNS))
_INSERT = f"INSERT INTO post (id, {', '.join(_COLUMNS)}) VALUES (?, {', '.join('?' * len(_COLUMNS))})"
_READING = "INSERT INTO post_reading VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_UPDATE = f"UPDATE post SET {', '.join(f'{name} = ?' for name in _COLUMNS)} WHERE id = ?"
#: A change of any other column leaves every thread as it is.
_STITCHED = {"uri", "author", "author_did", "text", "created_at", "card_title", "card_description", "reply_parent",
             "reply_root", "reposted_by", "gone", "key"}  # fmt: skip
_REPLIES = _COLUMNS.index("replies")
_DOCUMENT = _COLUMNS.index("document_id")

_extra_encoder = msgspec.json.Encoder()
_extra_decoder = msgspec.json.Decoder(PostExtra)


class Posts:
    """The posts of the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save(
        self, posts: Iterable[Post], *, document_id: int, as_of: str, findings: Findings | None = None
    ) -> tuple[Changes, list[int]]:
        """Store posts; gives what changed and the ids of posts whose threads may change, which are due for stitching.

        `as_of` is when the counts were read, as UTC text.
        `findings` gathers posts that contradict the archive.
        The caller holds the transaction.
        """
        total = Changes()
        touched: list[int] = []
        iterator = iter(posts)
        findings = findings or Findings()
        while batch := list(islice(iterator, BATCH)):
            writer = _Batch(self._db, batch, document_id, as_of, findings)
            for post in batch:
                writer.place(post)
            total += writer.finish()
            touched += writer.touched
        self.mark_due(touched)
        return total, touched

    def open_cards(self) -> list[Row]:
        """Id, text and card title of posts whose card has no address."""
        return rows(
            self._db,
            "SELECT id, text, card_title FROM post "
            "WHERE card_title IS NOT NULL AND card_url IS NULL AND card_found IS NULL",
        )

    def set_card(self, post_id: int, url: str) -> None:
        """Write down which stored article a card is of."""
        self._db.execute("UPDATE post SET card_found = ? WHERE id = ?", (url, post_id))

    def mark_due(self, posts: Iterable[int]) -> None:
        """The threads of these posts are to be stitched again."""
        self._db.executemany("INSERT OR IGNORE INTO stitch_due VALUES (?)", [(post_id,) for post_id in posts])

    def readings(self, post_id: int) -> list[Row]:
        """All readings of a post's counts, oldest first."""
        return rows(
            self._db,
            "SELECT r.*, d.name AS document FROM post_reading r JOIN document d ON d.id = r.document_id "
            "WHERE post_id = ? ORDER BY read_at, document_id",
            post_id,
        )

    def growth(self, since: str, threads: Iterable[int]) -> dict[int, Counts]:
        """By how much the counts of threads rose since `since`, by the thread's coverage id.

        Only posts that were read before and after count; threads without such a post are left out.
        `since` is UTC text.
        """
        # A reading that has no number of a kind leaves that kind as it was, hence the maxima per column.
        query = """
            SELECT p.thread_id, p.id, r.read_at, r.likes, r.reposts, r.replies, r.quotes
            FROM post p JOIN post_reading r ON r.post_id = p.id
            WHERE p.thread_id IN (SELECT value FROM json_each(?)) AND p.role = 'part' ORDER BY p.id
        """
        then: dict[int, list[tuple[str, Counts]]] = {}
        now: dict[int, list[tuple[str, Counts]]] = {}
        thread_of: dict[int, int] = {}
        for row in self._db.execute(query, (json.dumps(list(threads)),)):
            counts = Counts(likes=row[3], reposts=row[4], replies=row[5], quotes=row[6])
            thread_of[row["id"]] = row["thread_id"]
            now.setdefault(row["id"], []).append((row["read_at"], counts))
            if row["read_at"] < since:
                then.setdefault(row["id"], []).append((row["read_at"], counts))
        grown: dict[int, Counts] = {}
        for post_id, before in then.items():
            rise = _difference(counts_of(now[post_id]), counts_of(before))
            thread = thread_of[post_id]
            grown[thread] = _sum(grown.get(thread, NO_COUNTS), rise)
        return grown

    def without_cid(self) -> list[str]:
        """at-URIs of posts of which only a feed's teaser is known: no counts, no thread."""
        return [
            row["uri"]
            for row in rows(self._db, "SELECT uri FROM post WHERE uri IS NOT NULL AND cid IS NULL AND gone = 0")
        ]

    def missing_parents(self) -> list[str]:
        """at-URIs that authors replied to themselves with, and that are not in the archive."""
        found = rows(
            self._db,
            "SELECT DISTINCT p.reply_parent AS uri FROM post p WHERE p.reply_parent IS NOT NULL "
            "AND substr(p.reply_parent, 1, length(p.author_did) + 6) = 'at://' || p.author_did || '/' "
            "AND NOT EXISTS (SELECT 1 FROM post q WHERE q.uri = p.reply_parent)",
        )
        return [row["uri"] for row in found]

    def each(self, where: str = "1", *parameters: Any) -> Iterator[Row]:
        """Rows of posts, oldest first."""
        yield from self._db.execute(f"SELECT * FROM post WHERE {where} ORDER BY created_at, key", parameters)


class _Known:
    """A post that is stored, or waits to be; its record is made when asked for."""

    __slots__ = ("document", "fold", "id", "key", "record", "uri", "values")

    def __init__(self, post_id: int, values: Sequence[Any], record: Post | None = None) -> None:
        self.id = post_id
        self.values = values  # in the order of _COLUMNS
        self.key, self.fold, self.uri = values[0], values[1], values[2]
        self.document = values[_DOCUMENT]
        self.record = record

    def post(self) -> Post:
        """The stored reading."""
        if self.record is None:
            self.record = to_post(dict(zip(_COLUMNS, self.values, strict=True)))
        return self.record


class _Batch:
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
        for column, values in (("fold", set(self._folds.values())), ("uri", uris)):
            marks = ", ".join("?" * len(values))
            for row in self._db.execute(f"SELECT {_ALL} FROM post p WHERE p.{column} IN ({marks})", tuple(values)):
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
        values = (key, fold, *_values(post, self._document))
        self._inserts.append((post_id, *values))
        self._keep(_Known(post_id, values))
        self.touched.append(post_id)
        if post.counts != NO_COUNTS:
            self._readings.append(self._reading(post_id, post))

    def _share(self, other: _Known, post: Post, fold: str) -> str:
        """The name of a post whose words and minute another post has: the smaller at-URI has the plain one."""
        taken = identity.digest("p", fold, post.uri or "")
        if not (post.uri and other.uri) or other.uri < post.uri:
            return taken
        self._flush()
        name = identity.digest("p", fold, other.uri)
        self._db.execute("UPDATE post SET key = ? WHERE id = ?", (name, other.id))
        self._keep(_Known(other.id, (name, *other.values[1:])))
        self.touched.append(other.id)
        return fold

    # ------------------------------------------------------------------ another reading

    def _merge(self, known: _Known, post: Post) -> bool:
        """Bring a second reading of a post in; True where it changed something."""
        new_reading, counts = self._read_counts(known, post)
        if not new_reading and known.document == self._document and known.values[2:] == _values(post, self._document):
            return False
        old = known.post()
        new_first = self._is_better(post, known)
        if post.uri and old.uri == post.uri and rank(old) == rank(post) and self._contradicts(old, post):
            return new_reading
        merged = msgspec.structs.replace(merge(old, post, new_first=new_first), counts=counts)
        fold = known.fold
        if new_first and rank(post) > rank(old):
            fold = identity.post_fold(merged)
        values = (self._name(known, fold), fold, *_values(merged, self._document if new_first else known.document))
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
            for name, one, two in zip(_COLUMNS, values, known.values, strict=True)
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
        return any(one != two for name, one, two in zip(_COLUMNS, old, new, strict=True) if name in _STITCHED)

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


def _difference(new: Counts, old: Counts) -> Counts:
    """By how much counts rose; a kind that was not known before did not."""
    return Counts(
        **{
            name: max(now - then, 0)
            for name in Counts.__struct_fields__
            if (now := getattr(new, name)) is not None and (then := getattr(old, name)) is not None
        }
    )


def _sum(one: Counts, two: Counts) -> Counts:
    pairs = {name: (getattr(one, name), getattr(two, name)) for name in Counts.__struct_fields__}
    return Counts(**{name: (a or 0) + (b or 0) for name, (a, b) in pairs.items() if a is not None or b is not None})


def _values(post: Post, document_id: int) -> tuple[Any, ...]:
    """The columns after `fold`."""
    card, counts = post.card, post.counts
    return (
        post.uri, post.cid, post.author, post.author_did, post.author_name,
        clean(post.text), clean(post.text_raw), utc(post.created_at), int(post.minute_only),
        counts.likes, counts.reposts, counts.replies, counts.quotes,
        clean(card.title) if card else None, clean(card.description) if card else None,
        card.url if card else None,
        post.reply_parent, post.reply_root, post.quote_uri, post.reposted_by, int(post.gone), post.position,
        document_id, _extra_text(post),
    )  # fmt: skip


def _extra_text(post: Post) -> str:
    rare = post.urls or post.steps or post.alts or post.labels or post.raw or post.parent_state or post.pinned
    if not rare and not post.langs and post.card_score is None:
        return "{}"
    extra = PostExtra(
        card_score=post.card_score,
        urls=post.urls,
        alts=post.alts,
        parent_state=post.parent_state,
        pinned=post.pinned,
        langs=post.langs,
        labels=post.labels,
        steps=post.steps,
        raw=post.raw,
    )
    return _extra_encoder.encode(extra).decode()


def clean(text: Any) -> Any:
    """Text as SQLite can hold it: lone surrogates, which are no characters, become U+FFFD."""
    if not isinstance(text, str) or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()


def to_post(row: Row | dict[str, Any]) -> Post:
    """A stored row as the parser's record."""
    extra = row["extra"]
    more = msgspec.structs.asdict(_extra_decoder.decode(extra)) if extra != "{}" else {}
    return bare_post(row, more)


def bare_post(row: Row | dict[str, Any], more: dict[str, Any]) -> Post:
    """A stored row as the parser's record, with the fields of `more` beside those that have columns."""
    card = None
    if row["card_title"]:
        card = Card(title=row["card_title"], description=row["card_description"], url=row["card_url"])
    text, raw = row["text"], row["text_raw"]
    return Post(
        text=text,
        text_raw=text if raw == text else raw,  # one string in memory
        created_at=parse_utc(row["created_at"]),
        minute_only=bool(row["minute_only"]),
        uri=row["uri"],
        cid=row["cid"],
        author=row["author"],
        author_did=row["author_did"],
        author_name=row["author_name"],
        counts=Counts(likes=row["likes"], reposts=row["reposts"], replies=row["replies"], quotes=row["quotes"]),
        card=card,
        quote_uri=row["quote_uri"],
        reply_parent=row["reply_parent"],
        reply_root=row["reply_root"],
        reposted_by=row["reposted_by"],
        gone=bool(row["gone"]),
        position=row["position"],
        **more,
    )
