"""Threads over the stored posts: which posts to stitch again after an import, and what stitching gave.

A thread is a row of `coverage`, so that links, digests and decisions hang on it.
When stitching joins or splits threads, rows are kept for the posts they stood for, and what hung on a row that
disappears moves to the row that took its posts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from aggregator import identity
from aggregator.model import Changes
from aggregator.store.connect import Connection, index_new, one, rows
from aggregator.store.posts import clean, to_post
from aggregator.times import parse_utc, utc
from parsers.model import Post, Thread

#: Parts of one thread stand at most seven days apart; a chain of late parts may reach twice as far.
REACH = dt.timedelta(days=15)

_COVERAGE = ("key", "kind", "summary", "text", "who", "url", "published_at", "text_sha", "changed_at")
_THREAD = ("expected", "missing", "complete", "basis", "flags", "reason", "parts_found")


class Threads:
    """Threads of the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def neighbourhood(self, touched: Sequence[int]) -> list[tuple[int, str, Post]]:
        """Id, key and record of all posts whose threads may change with these; manual joins are left out."""
        if not touched:
            return []
        low, high = self._span(touched)
        found = rows(
            self._db,
            """
            SELECT p.* FROM post p LEFT JOIN thread t ON t.coverage_id = p.thread_id
            WHERE t.joined_by IS NULL AND (
              p.created_at BETWEEN ?1 AND ?2 OR p.created_at IS NULL
              OR p.thread_id IN (SELECT thread_id FROM post WHERE created_at BETWEEN ?1 AND ?2)
              OR p.uri IN (SELECT reply_parent FROM post WHERE created_at BETWEEN ?1 AND ?2)
              OR p.uri IN (SELECT reply_root FROM post WHERE created_at BETWEEN ?1 AND ?2)
            ) ORDER BY p.created_at, p.key
            """,
            low,
            high,
        )
        return [(row["id"], row["key"], to_post(row)) for row in found]

    def _span(self, touched: Sequence[int]) -> tuple[str, str]:
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS touched (id INTEGER PRIMARY KEY)")
        self._db.execute("DELETE FROM touched")
        self._db.executemany("INSERT OR IGNORE INTO touched VALUES (?)", [(i,) for i in touched])
        row = one(self._db, "SELECT min(created_at), max(created_at) FROM post WHERE id IN touched")
        low, high = (parse_utc(row[0]), parse_utc(row[1])) if row else (None, None)
        return _shift(low, -REACH) or "", _shift(high, REACH) or ""

    def save(self, threads: Iterable[Thread], posts: Sequence[tuple[int, str, Post]], now: str) -> Changes:
        """Store what stitching made of `posts` (as `neighbourhood` gave them).

        The caller holds the transaction.
        """
        writer = _Writer(self._db, posts, now)
        for thread in threads:
            writer.place(thread)
        return writer.finish()


class _Writer:
    """One pass of storing threads: kept rows are updated, new ones inserted in bulk."""

    def __init__(self, db: Connection, posts: Sequence[tuple[int, str, Post]], now: str) -> None:
        self._db = db
        self._now = now
        self._ids = {id(post): (row_id, key) for row_id, key, post in posts}
        self._old = self._load(posts)
        self._claimed: set[int] = set()
        self._next_id = (one(db, "SELECT coalesce(max(id), 0) + 1 FROM coverage") or [1])[0]
        self._new_coverage: list[tuple[Any, ...]] = []
        self._new_threads: list[tuple[Any, ...]] = []
        self._memberships: list[tuple[Any, ...]] = []
        self._rekeyed: list[tuple[str, int]] = []
        self._changes = Changes()

    def _load(self, posts: Sequence[tuple[int, str, Post]]) -> dict[int, Any]:
        """How each post stood: thread, role, part, part text."""
        wanted = {row_id for row_id, _, _ in posts}
        query = "SELECT id, thread_id, role, part, number, part_text FROM post WHERE thread_id IS NOT NULL"
        return {row["id"]: row for row in self._db.execute(query) if row["id"] in wanted}

    def place(self, thread: Thread) -> None:
        """Give a thread its row."""
        members = self._members(thread)
        key = identity.thread_key(self._ids[id(thread.posts[0])][1])
        kept = self._row_for(members, key)
        values = _coverage_values(thread, key, self._now)
        if kept is None:
            kept = self._next_id
            self._next_id += 1
            self._new_coverage.append((kept, self._now, *values))
            self._new_threads.append((kept, *_thread_values(thread)))
            self._changes += Changes(new=1)
        else:
            self._changes += Changes(**{self._update(kept, thread, values): 1})
        self._claimed.add(kept)
        for post_id, member in members.items():
            old = self._old.get(post_id)
            if old is None or (old["thread_id"], *tuple(old)[2:]) != (kept, *member):
                self._memberships.append((kept, *member, post_id))

    def _members(self, thread: Thread) -> dict[int, tuple[str, int | None, int | None, str | None]]:
        """Post id → role, part, number, text."""
        members: dict[int, tuple[str, int | None, int | None, str | None]] = {}
        for place, part in enumerate(thread.parts, 1):
            members[self._ids[id(part.post)][0]] = ("part", place, part.number, clean(part.text))
        for role, posts in (("duplicate", thread.duplicates), ("branch", thread.branches)):
            for post in posts:
                members[self._ids[id(post)][0]] = (role, None, None, None)
        return members

    def _row_for(self, members: Mapping[int, Any], key: str) -> int | None:
        """The stored thread that these posts stood in, the one of the same name first, then the oldest."""
        candidates = {self._old[post]["thread_id"] for post in members if post in self._old} - self._claimed
        if not candidates:
            return None
        named = one(self._db, "SELECT id FROM coverage WHERE key = ?", key)
        if named and named["id"] in candidates:
            candidates = {named["id"]}
        return int(min(candidates))

    def _update(self, kept: int, thread: Thread, values: tuple[Any, ...]) -> str:
        """Bring a stored thread up to date; gives "changed" or "unchanged"."""
        names = ", ".join(f"c.{name}" for name in _COVERAGE[:-1]) + ", " + ", ".join(_THREAD)
        old = one(
            self._db,
            f"SELECT {names}, c.changed_at FROM coverage c JOIN thread t ON t.coverage_id = c.id WHERE c.id = ?",
            kept,
        )
        thread_values = _thread_values(thread)
        assert old is not None
        if tuple(old)[:-1] == (*values[:-1], *thread_values):
            return "unchanged"
        if old["text_sha"] == values[_COVERAGE.index("text_sha")]:
            values = (*values[:-1], old["changed_at"])
        self._rekeyed.append((values[0], kept))
        self._db.execute(
            f"UPDATE coverage SET key = '~' || id, {', '.join(f'{n} = ?' for n in _COVERAGE[1:])} WHERE id = ?",
            (*values[1:], kept),
        )
        self._db.execute(
            f"UPDATE thread SET {', '.join(f'{name} = ?' for name in _THREAD)} WHERE coverage_id = ?",
            (*thread_values, kept),
        )
        return "changed"

    def finish(self) -> Changes:
        """Write what was gathered and move what hung on threads that are no more."""
        # Names are set last: two threads may have swapped them.
        gone = {row["thread_id"] for row in self._old.values()} - self._claimed
        self._db.executemany("UPDATE coverage SET key = '~' || id WHERE id = ?", [(i,) for i in gone])
        self._db.executemany("UPDATE coverage SET key = ? WHERE id = ?", self._rekeyed)
        self._db.executemany(
            f"INSERT INTO coverage (id, ingested_at, {', '.join(_COVERAGE)}) "
            f"VALUES (?, ?, {', '.join('?' * len(_COVERAGE))})",
            self._new_coverage,
        )
        if self._new_coverage:
            index_new(self._db, self._new_coverage[0][0])
        self._db.executemany(
            f"INSERT INTO thread (coverage_id, {', '.join(_THREAD)}) VALUES (?, {', '.join('?' * len(_THREAD))})",
            self._new_threads,
        )
        self._db.executemany(
            "UPDATE post SET thread_id = ?, role = ?, part = ?, number = ?, part_text = ? WHERE id = ?",
            self._memberships,
        )
        self._drop(gone)
        return self._changes

    def _drop(self, gone: Iterable[int]) -> None:
        """Remove threads that lost their posts; decisions and issue items move with the posts."""
        for coverage_id in gone:
            posts = [i for i, row in self._old.items() if row["thread_id"] == coverage_id]
            heir = one(self._db, "SELECT thread_id FROM post WHERE id = ?", min(posts))
            if heir and heir["thread_id"]:
                for table in ("link", "issue_item"):
                    self._db.execute(
                        f"UPDATE OR IGNORE {table} SET coverage_id = ? WHERE coverage_id = ?",
                        (heir["thread_id"], coverage_id),
                    )
            self._db.execute("DELETE FROM issue_item WHERE coverage_id = ?", (coverage_id,))
            self._db.execute("DELETE FROM coverage WHERE id = ?", (coverage_id,))


def _coverage_values(thread: Thread, key: str, now: str) -> tuple[Any, ...]:
    """The columns `_COVERAGE` of a thread."""
    first = thread.posts[0]
    text = clean(thread.text)
    summary = clean(card_text(thread)) or None
    times = [post.created_at for post in thread.posts if post.created_at]
    return (
        key,
        "thread",
        summary,
        text,
        first.author,
        web_url(first),
        utc(min(times)) if times else None,
        identity.text_sha(None, summary, text),
        now,
    )


def card_text(thread: Thread) -> str:
    """Titles and descriptions of the cards in a thread, each once."""
    lines: dict[str, None] = {}
    for post in thread.posts:
        if post.card:
            lines[post.card.title] = None
            if post.card.description:
                lines[post.card.description] = None
    return "\n".join(lines)


def _thread_values(thread: Thread) -> tuple[Any, ...]:
    """The columns `_THREAD` of a thread."""
    return (
        thread.expected,
        msgspec.json.encode(thread.missing).decode(),
        None if thread.complete is None else int(thread.complete),
        thread.basis,
        msgspec.json.encode(thread.flags).decode(),
        thread.reason,
        len(thread.parts),
    )


def web_url(post: Post) -> str | None:
    """The address of a post for people, where its at-URI is known."""
    parts = (post.uri or "").split("/")
    if len(parts) != 5 or parts[3] != "app.bsky.feed.post":
        return None
    return f"https://bsky.app/profile/{parts[2]}/post/{parts[4]}"


def _shift(moment: dt.datetime | None, by: dt.timedelta) -> str | None:
    if moment is None:
        return None
    try:
        return utc(moment + by)
    except OverflowError:
        return utc(moment)
