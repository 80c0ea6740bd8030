"""One pass of storing threads: kept rows are updated, new ones inserted and indexed in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from aggregator import identity
from aggregator.model import Changes
from aggregator.store import names
from aggregator.store.connect import Connection, index_new, one
from aggregator.store.neighbours import Place
from aggregator.store.post_rows import clean
from aggregator.times import utc
from parsers.model import Post, Thread

#: Columns of a thread in `coverage` and in `thread`.
COVERAGE = ("key", "kind", "summary", "text", "who", "url", "published_at", "text_sha")
THREAD = ("expected", "missing", "complete", "basis", "flags", "reason", "parts_found")
_COVERAGE = (*COVERAGE, "changed_at")
_SHA = _COVERAGE.index("text_sha")
#: Stored rows looked up together; SQLite's default limit is 32,766 variables.
_AT_ONCE = 5_000

Member: TypeAlias = tuple[str, int | None, int | None, str | None]  # role, part, number, text


class Writer:
    """Stores threads of `posts`, which are row id, key and record; `places` is how they stood before.

    The caller holds the transaction.
    """

    def __init__(
        self, db: Connection, posts: Sequence[tuple[int, str, Post]], places: Mapping[int, Place], now: str
    ) -> None:
        self._db = db
        self._now = now
        self._ids = {id(post): (row_id, key) for row_id, key, post in posts}
        self._places = places
        self._old: dict[int, tuple[Any, ...]] = {}  # coverage id → its columns, then those of `thread`
        self._claimed: set[int] = set()
        self._moved: set[int] = set()  # posts that were placed
        self._next_id: int = (one(db, "SELECT coalesce(max(id), 0) + 1 FROM coverage") or [1])[0]
        self._new_coverage: list[tuple[Any, ...]] = []
        self._new_threads: list[tuple[Any, ...]] = []
        self._memberships: list[tuple[Any, ...]] = []
        self._rekeyed: list[tuple[str, int]] = []
        self._tally = {"new": 0, "changed": 0, "unchanged": 0}

    def load(self, threads: Iterable[Thread]) -> None:
        """Look up the rows of the threads in which these threads' posts stood."""
        wanted = {
            self._places[row_id].thread
            for thread in threads
            for post in (*thread.posts, *thread.duplicates, *thread.branches)
            if (row_id := self._ids[id(post)][0]) in self._places
        }
        names = ", ".join([*(f"c.{name}" for name in _COVERAGE), *(f"t.{name}" for name in THREAD)])
        ids = sorted(wanted)
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            query = (
                f"SELECT c.id, {names} FROM coverage c JOIN thread t ON t.coverage_id = c.id "
                f"WHERE c.id IN ({', '.join('?' * len(some))})"
            )
            for row in self._db.execute(query, some):
                self._old[row["id"]] = tuple(row)[1:]

    def place(self, thread: Thread) -> int:
        """Give a thread its row; gives the row's id."""
        ids = self._ids
        members = {ids[id(post)][0]: member for post, member in members_of(thread)}
        key = identity.thread_key(ids[id(thread.parts[0].post)][1])
        kept = self._row_for(members, key)
        values = (*coverage_values(thread, key), self._now)
        if kept is None:
            kept = self._next_id
            self._next_id += 1
            self._new_coverage.append((kept, self._now, *values))
            self._new_threads.append((kept, *thread_values(thread)))
            self._tally["new"] += 1
        else:
            self._tally[self._update(kept, values, thread_values(thread))] += 1
        self._claimed.add(kept)
        self._moved.update(members)
        for post_id, member in members.items():
            old = self._places.get(post_id)
            if old is None or tuple(old) != (kept, *member):
                self._memberships.append((kept, *member, post_id))
        return kept

    def _row_for(self, members: Mapping[int, Any], key: str) -> int | None:
        """The stored thread that these posts stood in, the one of the same name first, then the oldest."""
        candidates = {self._places[post].thread for post in members if post in self._places} - self._claimed
        if not candidates:
            return None
        named = [thread for thread in candidates if thread in self._old and self._old[thread][0] == key]
        return min(named or candidates)

    def _update(self, kept: int, values: tuple[Any, ...], thread_values: tuple[Any, ...]) -> str:
        """Bring a stored thread up to date; gives "changed" or "unchanged"."""
        old = self._old[kept]
        size = len(_COVERAGE)
        if (*old[: size - 1], *old[size:]) == (*values[:-1], *thread_values):
            return "unchanged"
        if old[_SHA] == values[_SHA]:
            values = (*values[:-1], old[size - 1])
        self._rekeyed.append((values[0], kept))
        self._db.execute(
            f"UPDATE coverage SET key = '~' || id, {', '.join(f'{n} = ?' for n in _COVERAGE[1:])} WHERE id = ?",
            (*values[1:], kept),
        )
        self._db.execute(
            f"UPDATE thread SET {', '.join(f'{name} = ?' for name in THREAD)} WHERE coverage_id = ?",
            (*thread_values, kept),
        )
        return "changed"

    def finish(self) -> Changes:
        """Write what was gathered and move what hung on threads that are no more."""
        # Names are set last: two threads may have swapped them.
        gone = {self._places[post].thread for post in self._moved if post in self._places} - self._claimed
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
            f"INSERT INTO thread (coverage_id, {', '.join(THREAD)}) VALUES (?, {', '.join('?' * len(THREAD))})",
            self._new_threads,
        )
        self._db.executemany(
            "UPDATE post SET thread_id = ?, role = ?, part = ?, number = ?, part_text = ? WHERE id = ?",
            self._memberships,
        )
        for coverage_id in sorted(gone):
            self._drop(coverage_id)
        return Changes(**self._tally)

    def _drop(self, coverage_id: int) -> None:
        """Remove a thread that lost its posts; decisions and issue items move with the posts."""
        if one(self._db, "SELECT 1 FROM post WHERE thread_id = ?", coverage_id):
            return  # some of its posts were not stitched this time
        posts = [post for post in self._moved if post in self._places and self._places[post].thread == coverage_id]
        heir = one(self._db, "SELECT thread_id FROM post WHERE id = ?", min(posts))
        if heir and heir["thread_id"]:
            names.inherit(self._db, coverage_id, heir["thread_id"])
        self._db.execute("DELETE FROM coverage WHERE id = ?", (coverage_id,))


def members_of(thread: Thread) -> list[tuple[Post, Member]]:
    """Each post of a thread with its role, part, number and text."""
    members: list[tuple[Post, Member]] = [
        (part.post, ("part", place, part.number, clean(part.text))) for place, part in enumerate(thread.parts, 1)
    ]
    for role, posts in (("duplicate", thread.duplicates), ("branch", thread.branches)):
        members += [(post, (role, None, None, None)) for post in posts]
    return members


def coverage_values(thread: Thread, key: str) -> tuple[Any, ...]:
    """The columns `COVERAGE` of a thread."""
    posts = thread.posts
    text = clean(thread.text)
    summary = clean(card_text(posts)) or None
    times = [post.created_at for post in posts if post.created_at]
    return (
        key,
        "thread",
        summary,
        text,
        posts[0].author,
        web_url(posts[0]),
        utc(min(times)) if times else None,
        identity.text_sha(None, summary, text),
    )


def card_text(posts: Iterable[Post]) -> str:
    """Titles and descriptions of the cards in a thread, each once."""
    lines: dict[str, None] = {}
    for post in posts:
        if post.card:
            lines[post.card.title] = None
            if post.card.description:
                lines[post.card.description] = None
    return "\n".join(lines)


def thread_values(thread: Thread) -> tuple[Any, ...]:
    """The columns `THREAD` of a thread."""
    return (
        thread.expected,
        msgspec.json.encode(thread.missing).decode() if thread.missing else "[]",
        None if thread.complete is None else int(thread.complete),
        thread.basis,
        msgspec.json.encode(thread.flags).decode() if thread.flags else "[]",
        thread.reason,
        len(thread.parts),
    )


def web_url(post: Post) -> str | None:
    """The address of a post for people, where its at-URI is known."""
    parts = (post.uri or "").split("/")
    if len(parts) != 5 or parts[3] != "app.bsky.feed.post":
        return None
    return f"https://bsky.app/profile/{parts[2]}/post/{parts[4]}"
