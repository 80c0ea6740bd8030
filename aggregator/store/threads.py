"""Threads over the stored posts: what stitching gave, and what people said about it.

A thread is a row of `coverage`, so that links, digests and decisions hang on it.
When stitching joins or splits threads, rows are kept for the posts they stood for, and what hung on a row that
disappears moves to the row that took its posts.

Which error is worse: to undo what a person decided is worse than to leave a thread as rules would not have made it.
So a thread that a person joined or split is out of reach for stitching.
Its texts follow their posts, and a later post that answers its last part is added to its end; nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from aggregator.errors import CuttingsError, NotFoundError
from aggregator.model import Changes
from aggregator.store import neighbours
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.store.neighbours import Hood, Place
from aggregator.store.thread_rows import Writer, web_url
from parsers.model import Post, Thread

__all__ = ["Threads", "web_url"]


class Threads:
    """Threads of the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ------------------------------------------------------------------ by rules

    def waiting(self) -> int:
        """How many posts are to be stitched again."""
        return int((one(self._db, "SELECT count(*) FROM stitch_due") or [0])[0])

    def due(self) -> Iterator[Hood]:
        """The posts to stitch again, in portions; each is due until it is saved."""
        yield from neighbours.hoods(self._db)

    def save(self, threads: Sequence[Thread], hood: Hood, now: str) -> Changes:
        """Store what stitching made of a portion; the caller holds the transaction."""
        threads, late = self._late(threads, hood)
        writer = Writer(self._db, hood.posts, hood.places, now)
        affected = _affected(threads, hood)
        writer.load(affected)
        for thread in affected:
            writer.place(thread)
        changes = writer.finish()
        for coverage_id in {*late, *self._by_hand_of(hood.due)}:
            self._rewrite(coverage_id, late.get(coverage_id, ()), now)
        neighbours.done(self._db, hood)
        return changes

    def _late(self, threads: Sequence[Thread], hood: Hood) -> tuple[Sequence[Thread], dict[int, list[int]]]:
        """Threads apart from those that go on where one made by hand ends: coverage id → posts to add."""
        if not self._any_by_hand():
            return threads, {}
        ends = {
            (row["uri"], row["author_did"]): row["thread_id"]
            for row in rows(
                self._db,
                "SELECT p.uri, p.author_did, p.thread_id, max(p.part) FROM thread t "
                "JOIN post p ON p.thread_id = t.coverage_id AND p.role = 'part' "
                "WHERE t.joined_by IS NOT NULL GROUP BY p.thread_id",
            )
            if row["uri"]
        }
        ids = {id(post): row_id for row_id, _, post in hood.posts}
        kept: list[Thread] = []
        late: dict[int, list[int]] = {}
        for thread in threads:
            first = thread.posts[0]
            end = ends.get((first.reply_parent, first.author_did))
            # A post that a person has set apart has a thread by hand itself and is not among these.
            if end is None or end in late:
                kept.append(thread)
            else:
                late[end] = [ids[id(post)] for post in thread.posts]
        return kept, late

    # ------------------------------------------------------------------ by hand

    def join(self, keys: Sequence[str], who: str, now: str) -> str:
        """Make one thread of several, for good; gives its name.

        Parts stand in the order of their numbers where all have one, else of their times.
        Raises `NotFoundError` for a name that is no thread's, `CuttingsError` where there is nothing to join.
        """
        with transaction(self._db):
            threads = {row["id"]: row for row in map(self._row, keys)}
            if len(threads) < 2:
                raise CuttingsError("a join needs two threads; nothing was changed")
            from parsers.threads import by_hand, hand_order

            posts = [item for coverage_id in threads for item in self._posts(coverage_id)]
            order = hand_order([post for _, _, post in posts])
            keys = [row["key"] for row in threads.values()]
            joined = self._store("join", keys, posts, [by_hand(order, who)], who, now)[0]
            self._settle(joined, now)
            return joined

    def split(self, key: str, at_post: str, who: str, now: str) -> tuple[str, str]:
        """Make two threads of one, for good, the second from post `at_post` on; gives their names.

        Raises `NotFoundError` for unknown names, `CuttingsError` where `at_post` is the first part.
        """
        from parsers.threads import by_hand

        with transaction(self._db):
            row = self._row(key)
            posts = self._posts(row["id"])
            at = next((n for n, (_, name, _) in enumerate(posts) if name == at_post), None)
            if at is None:
                raise NotFoundError(f"“{at_post}” is no part of thread “{key}”; nothing was changed")
            if at == 0:
                raise CuttingsError("a thread cannot be split before its first part; nothing was changed")
            parts = [post for _, _, post in posts]
            halves = [by_hand(parts[:at], who), by_hand(parts[at:], who)]
            one_key, two_key = self._store("split", [row["key"]], posts, halves, who, now)
            self._settle(one_key, now)
            return one_key, two_key

    def _settle(self, key: str, now: str) -> None:
        """Bring threads that the same decisions made up to date with each other."""
        for name in self.by_hand_with(key):
            self._rewrite(self._row(name)["id"], (), now)

    def release(self, key: str, who: str, now: str) -> None:
        """Give a thread back to the rules; the next stitching decides anew."""
        with transaction(self._db):
            row = self._row(key)
            posts = self._posts(row["id"])
            self._db.execute("UPDATE thread SET joined_by = NULL WHERE coverage_id = ?", (row["id"],))
            self._db.executemany("INSERT OR IGNORE INTO stitch_due VALUES (?)", [(i,) for i, _, _ in posts])
            self._log("release", [row["key"]], [row["key"]], [[name for _, name, _ in posts]], who, now)

    def by_hand_with(self, key: str) -> list[str]:
        """Threads made by hand that the same decisions made as this one, itself among them, by name.

        Giving back only one half of a split would leave it hanging on the other.
        """
        found, queue = {key}, [key]
        while queue:
            for event in self.events(queue.pop()):
                told = (*msgspec.json.decode(event["threads"]), *msgspec.json.decode(event["result"]))
                queue += [name for name in told if name not in found]
                found.update(told)
        query = (
            "SELECT c.key FROM coverage c JOIN thread t ON t.coverage_id = c.id "
            "WHERE t.joined_by IS NOT NULL AND c.key IN (SELECT value FROM json_each(?)) ORDER BY c.published_at, c.key"
        )
        return [row["key"] for row in rows(self._db, query, msgspec.json.encode(sorted(found)).decode())]

    def near(self, coverage: Row, text: str, days: tuple[str, str], limit: int) -> list[Row]:
        """Other threads of the same author within some days that hold a text, the nearest in time first.

        Posts of a scrape name no author; they may be anybody's.
        """
        marked = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return rows(
            self._db,
            "SELECT c.*, t.parts_found, t.expected, t.missing, t.joined_by, (SELECT card_title FROM post "
            "WHERE thread_id = c.id AND card_title IS NOT NULL ORDER BY part) AS card_title "
            "FROM coverage c JOIN thread t ON t.coverage_id = c.id "
            "WHERE c.kind = 'thread' AND c.id != ?1 AND c.published_at BETWEEN ?2 AND ?3 "
            "AND (?4 IS NULL OR c.who IS NULL OR c.who = ?4) AND c.text LIKE ?5 ESCAPE '\\' "
            "ORDER BY abs(julianday(c.published_at) - julianday(?6)), c.id LIMIT ?7",
            coverage["id"],
            *days,
            coverage["who"],
            f"%{marked}%",
            coverage["published_at"],
            limit,
        )

    def events(self, key: str) -> list[Row]:
        """What people did to a thread, oldest first."""
        return rows(
            self._db,
            "SELECT * FROM thread_event WHERE EXISTS (SELECT 1 FROM json_each(threads) WHERE value = ?1) "
            "OR EXISTS (SELECT 1 FROM json_each(result) WHERE value = ?1) ORDER BY id",
            key,
        )

    def _row(self, key: str) -> Row:
        row = one(self._db, "SELECT * FROM coverage WHERE key = ? AND kind = 'thread'", key)
        if row is None:
            raise NotFoundError(f"there is no thread “{key}”; nothing was changed")
        return row

    def _posts(self, coverage_id: int) -> list[tuple[int, str, Post]]:
        """The parts of a stored thread in reading order."""
        return neighbours.load(self._db, "p.thread_id = ? AND p.role = 'part' ORDER BY p.part", coverage_id)

    def _store(
        self,
        action: str,
        keys: Sequence[str],
        posts: list[tuple[int, str, Post]],
        threads: Sequence[Thread],
        who: str,
        now: str,
    ) -> list[str]:
        """Store threads that a person made, log it, and give their names."""
        names = {id(post): name for _, name, post in posts}
        ids = self._write(posts, threads, now)
        self._db.executemany("UPDATE thread SET joined_by = ? WHERE coverage_id = ?", [(who, i) for i in ids])
        result = [(one(self._db, "SELECT key FROM coverage WHERE id = ?", i) or [""])[0] for i in ids]
        self._log(action, keys, result, [[names[id(post)] for post in thread.posts] for thread in threads], who, now)
        return result

    def _write(self, posts: list[tuple[int, str, Post]], threads: Sequence[Thread], now: str) -> list[int]:
        """Store threads of these posts, with the duplicates and branches that hung on their rows."""
        places = neighbours.places(self._db, [row_id for row_id, _, _ in posts])
        writer = Writer(self._db, posts, places, now)
        writer.load(threads)
        ids = [writer.place(thread) for thread in threads]
        # What hung beside the parts goes with the first of the new threads.
        before = {place.thread for place in places.values()} - set(ids)
        self._db.executemany("UPDATE post SET thread_id = ? WHERE thread_id = ? AND role != 'part'",
                             [(ids[0], old) for old in before])  # fmt: skip
        writer.finish()
        return ids

    def _any_by_hand(self) -> bool:
        return one(self._db, "SELECT 1 FROM thread WHERE joined_by IS NOT NULL LIMIT 1") is not None

    def _by_hand_of(self, due: Iterable[int]) -> list[int]:
        """Threads made by hand that hold posts which came or changed."""
        if not self._any_by_hand():
            return []
        query = (
            "SELECT DISTINCT t.coverage_id FROM thread t JOIN post p ON p.thread_id = t.coverage_id "
            "WHERE t.joined_by IS NOT NULL AND p.id IN (SELECT value FROM json_each(?))"
        )
        return [row[0] for row in self._db.execute(query, (msgspec.json.encode(tuple(due)).decode(),))]

    def _rewrite(self, coverage_id: int, late: Sequence[int], now: str) -> None:
        """Bring a thread made by hand up to date with its posts, later parts at its end."""
        from parsers.threads import by_hand

        who = (one(self._db, "SELECT joined_by FROM thread WHERE coverage_id = ?", coverage_id) or ["?"])[0]
        added = [item for post_id in late for item in neighbours.load(self._db, "p.id = ?", post_id)]
        posts = [*self._posts(coverage_id), *added]
        thread = by_hand([post for _, _, post in posts], who)
        self._write(posts, [_not_elsewhere(thread, self._numbers_beside(coverage_id))], now)

    def _numbers_beside(self, coverage_id: int) -> set[int]:
        """Numbers of the parts that people put into other threads than this one, as their texts say them."""
        from parsers import thread_markers

        key = (one(self._db, "SELECT key FROM coverage WHERE id = ?", coverage_id) or [""])[0]
        query = (
            "SELECT p.text FROM coverage c JOIN post p ON p.thread_id = c.id AND p.role = 'part' "
            "WHERE c.id != ? AND c.key IN (SELECT value FROM json_each(?))"
        )
        beside = msgspec.json.encode(self.by_hand_with(key)).decode()
        found = (thread_markers.find(row["text"]) for row in rows(self._db, query, coverage_id, beside))
        return {marker.number for marker in found if marker}

    def _log(
        self,
        action: str,
        keys: Sequence[str],
        result: Sequence[str],
        posts: Sequence[Sequence[str]],
        who: str,
        now: str,
    ) -> None:
        encoded = [msgspec.json.encode(value).decode() for value in (keys, result, posts)]
        self._db.execute(
            "INSERT INTO thread_event (at, who, action, threads, result, posts) VALUES (?, ?, ?, ?, ?, ?)",
            (now, who, action, *encoded),
        )


def _not_elsewhere(thread: Thread, numbers: set[int]) -> Thread:
    """A thread made by hand that does not miss what a person put into another one."""
    missing = tuple(number for number in thread.missing if number not in numbers)
    if missing == thread.missing:
        return thread
    expected = len(thread.parts) + len(missing)
    return msgspec.structs.replace(thread, missing=missing, expected=expected, complete=not missing)


def _affected(threads: Sequence[Thread], hood: Hood) -> list[Thread]:
    """The threads to store: those near to what came, and all that shared a row with one of these."""
    if len(hood.core) == len(hood.posts):
        return list(threads)
    ids = {id(post): row_id for row_id, _, post in hood.posts}
    members = [[ids[id(post)] for post in (*thread.posts, *thread.duplicates, *thread.branches)] for thread in threads]
    by_row: dict[int, list[int]] = {}  # stored thread → places in `threads`
    for at, posts in enumerate(members):
        for post in posts:
            if post in hood.places:
                by_row.setdefault(hood.places[post].thread, []).append(at)
    wanted = {at for at, posts in enumerate(members) if not hood.core.isdisjoint(posts)}
    queue = list(wanted)
    while queue:
        for post in members[queue.pop()]:
            place: Place | None = hood.places.get(post)
            for other in by_row.pop(place.thread, ()) if place else ():
                if other not in wanted:
                    wanted.add(other)
                    queue.append(other)
    return [threads[at] for at in sorted(wanted)]
