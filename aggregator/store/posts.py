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
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from aggregator.merging import NO_COUNTS, counts_of
from aggregator.model import Changes
from aggregator.store import alone
from aggregator.store.alone_many import Ready
from aggregator.store.alone_rows import Scope
from aggregator.store.connect import Connection, Row, rows
from aggregator.store.post_batch import Batch
from aggregator.store.post_rows import PostExtra, clean, to_post
from parsers.findings import Findings
from parsers.model import Counts, Post

__all__ = ["PostExtra", "Posts", "clean", "to_post"]

#: Rows looked up and written together; SQLite's default limit is 32,766 variables.
BATCH = 1000


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
            writer = Batch(self._db, batch, document_id, as_of, findings)
            for post in batch:
                writer.place(post)
            total += writer.finish()
            touched += writer.touched
        self.mark_due(touched)
        return total, touched

    def may_be_alone(self, scope: Scope) -> bool:
        """Whether posts of these accounts and days may go in by themselves, stitched before they are stored."""
        return alone.may(self._db, scope)

    def save_alone(self, posts: Ready, *, document_id: int, as_of: str, now: str) -> Changes | None:
        """Store posts with their threads; None, and nothing stored, where something of the archive touches them.

        `as_of` and `now` are UTC text.
        The caller holds the transaction.
        """
        if not alone.fits(self._db, posts):
            return None
        return alone.write(self._db, posts, document_id=document_id, as_of=as_of, now=now)

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
