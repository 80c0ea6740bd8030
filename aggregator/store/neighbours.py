"""Which posts have to be stitched again after an import, in portions that fit into memory.

Which error is worse: a thread that stays torn because its parts came in different files is worse than a few posts
stitched for nothing.
So what came or changed (`stitch_due`) is taken with all posts from fifteen days before to fifteen days after, because
numbered parts stand at most seven days apart, and with all that its authors' replies and stored threads lead to.
Threads are then stored only where a post stands within eight days of what came: the rest is there as surroundings.
Where those days hold very many posts, only the authors concerned and posts without an author are looked at.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from aggregator.merging import NO_COUNTS
from aggregator.store.connect import Connection, Row, rows
from aggregator.times import parse_utc
from parsers.model import Card, Counts, Post

#: Parts of one thread stand at most seven days apart; a chain of late parts may reach twice as far.
REACH, CORE = 15, 8
#: Posts that came, stitched in one go; with their surroundings some fifty megabytes.
WINDOW = 20_000
#: Up to so many posts around, everybody's are looked at.
CROWD = 4_000

#: What stitching reads of a post.
READ = (
    "uri", "author", "author_did", "text", "created_at", "minute_only", "replies", "card_title", "card_description",
    "reply_parent", "reply_root", "reposted_by", "gone", "position",
)  # fmt: skip
#: The same, and how the post stands so far.
_COLUMNS = ", ".join(f"p.{name}" for name in ("id", "key", *READ, "thread_id", "role", "part", "number", "part_text"))
_READ = slice(2, 2 + len(READ))
_PLACE = slice(2 + len(READ), None)
_NOT_BY_HAND = (
    "(p.thread_id IS NULL OR p.thread_id NOT IN (SELECT coverage_id FROM thread WHERE joined_by IS NOT NULL))"
)
#: CROSS JOIN keeps SQLite from walking all posts instead of the few that are asked about.
_STEPS = (
    "CROSS JOIN post q ON q.uri = p.reply_parent AND q.author_did IS p.author_did WHERE p.reply_parent IS NOT NULL",
    "CROSS JOIN post q ON q.uri = p.reply_root AND q.author_did IS p.author_did WHERE p.reply_root != p.reply_parent",
    "CROSS JOIN post q ON q.reply_parent = p.uri AND q.author_did IS p.author_did WHERE p.uri IS NOT NULL",
    "CROSS JOIN post q ON q.thread_id = p.thread_id WHERE p.thread_id IS NOT NULL",
)


#: Conditions on posts that end in their moment, so that each can walk one index.
ANYBODY = ("p.created_at",)
_THEIRS = (
    "p.author IN who AND p.created_at",
    "p.author_did IN who AND p.created_at",
    "p.author IS NULL AND p.author_did IS NULL AND p.created_at",
)


class Place(NamedTuple):
    """How a stored post stands in its thread."""

    thread: int
    role: str | None
    part: int | None
    number: int | None
    text: str | None


class Hood(NamedTuple):
    """Posts to stitch together."""

    due: tuple[int, ...]  # what came or changed
    posts: list[tuple[int, str, Post]]  # row id, key and record, without what stitching does not read
    places: dict[int, Place]  # how those stand that are in a thread
    core: set[int]  # threads of these may change


def hoods(db: Connection) -> Iterator[Hood]:
    """All that is due, earliest first; each portion stays due until `done`."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS due_now (n INTEGER PRIMARY KEY, id INTEGER, created_at TEXT)")
    db.execute("DELETE FROM due_now")
    db.execute(
        "INSERT INTO due_now (id, created_at) SELECT p.id, p.created_at FROM stitch_due d CROSS JOIN post p "
        "ON p.id = d.post_id ORDER BY p.created_at, p.id"
    )
    last = 0
    while window := rows(db, "SELECT * FROM due_now WHERE n > ? ORDER BY n LIMIT ?", last, WINDOW):
        last = window[-1]["n"]
        yield _hood(db, window)


def load(db: Connection, where: str, *parameters: object) -> list[tuple[int, str, Post]]:
    """Row id, key and record of posts, as stitching reads them."""
    found = rows(db, f"SELECT {_COLUMNS} FROM post p WHERE {where}", *parameters)
    return [(row["id"], row["key"], bare(*row[_READ])) for row in found]


def places(db: Connection, posts: Sequence[int]) -> dict[int, Place]:
    """How stored posts stand in their threads."""
    query = "SELECT id, thread_id, role, part, number, part_text FROM post WHERE id = ? AND thread_id IS NOT NULL"
    found = (row for post_id in posts for row in db.execute(query, (post_id,)))
    return {row[0]: Place(*tuple(row)[1:]) for row in found}


def done(db: Connection, hood: Hood) -> None:
    """These posts are stitched."""
    db.executemany("DELETE FROM stitch_due WHERE post_id = ?", [(post_id,) for post_id in hood.due])


def _hood(db: Connection, due: Sequence[Row]) -> Hood:
    days = sorted({row["created_at"][:10] for row in due if row["created_at"]})
    undated = any(row["created_at"] is None for row in due)
    reach = _gather(db, days, undated, [row["id"] for row in due])
    core_spans = spans(days, min(CORE, reach // 2))
    starts = [low for low, _ in core_spans]
    came = {row["id"] for row in due}
    posts: list[tuple[int, str, Post]] = []
    standing: dict[int, Place] = {}
    core: set[int] = set()
    query = (
        f"SELECT {_COLUMNS} FROM hood h CROSS JOIN post p ON p.id = h.id WHERE {_NOT_BY_HAND} "
        "ORDER BY p.created_at, p.key"
    )
    for row in db.execute(query):
        post_id, created = row["id"], row["created_at"]
        posts.append((post_id, row["key"], bare(*row[_READ])))
        if row["thread_id"] is not None:
            standing[post_id] = Place(*row[_PLACE])
        at = bisect_right(starts, created) - 1 if created else -1
        if post_id in came or (at >= 0 and created <= core_spans[at][1]) or (undated and not created):
            core.add(post_id)
    return Hood(tuple(came), posts, standing, core)


def _gather(db: Connection, days: Sequence[str], undated: bool, due: Sequence[int]) -> int:
    """Fill the temporary table `hood`; gives how many days around were taken."""
    for table in ("hood", "fresh", "found"):
        db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY)")
        db.execute(f"DELETE FROM {table}")
    db.executemany("INSERT OR IGNORE INTO fresh VALUES (?)", [(post_id,) for post_id in due])
    reach = REACH
    whose: Sequence[str] = ANYBODY
    crowd = CROWD + len(due)
    if around(db, days, reach, whose, crowd) > crowd:
        whose = _authors(db)
        # Where an author posts hundreds a day, no part of a thread stands days away: 20 posts are the most between two.
        while reach > 1 and around(db, days, reach, whose, crowd) > crowd:
            reach //= 2
    for span in spans(days, reach):
        for condition in whose:
            db.execute(f"INSERT OR IGNORE INTO fresh SELECT p.id FROM post p WHERE {condition} BETWEEN ? AND ?", span)
    if undated:
        for condition in whose:
            db.execute(f"INSERT OR IGNORE INTO fresh SELECT p.id FROM post p WHERE {condition} IS NULL")
    _follow(db)
    return reach


def around(db: Connection, days: Sequence[str], reach: int, whose: Sequence[str], enough: int) -> int:
    """How many posts lie around some days; counting ends a little beyond `enough`."""
    count = 0
    found = " UNION ".join(f"SELECT p.id FROM post p WHERE {condition} BETWEEN ?1 AND ?2" for condition in whose)
    query = f"SELECT count(*) FROM (SELECT 1 FROM ({found}) LIMIT ?3)"
    for span in spans(days, reach):
        count += db.execute(query, (*span, enough + 1)).fetchone()[0]
        if count > enough:
            break
    return count


def _follow(db: Connection) -> None:
    """Add to `hood` all that replies and stored threads lead to from `fresh`."""
    while True:
        added = db.execute("INSERT OR IGNORE INTO hood SELECT id FROM fresh").rowcount
        if added <= 0 or _is_all(db):
            return
        db.execute("DELETE FROM found")
        for step in _STEPS:
            db.execute(f"INSERT OR IGNORE INTO found SELECT q.id FROM fresh f CROSS JOIN post p ON p.id = f.id {step}")
        db.execute("DELETE FROM fresh")
        db.execute("INSERT INTO fresh SELECT id FROM found WHERE id NOT IN (SELECT id FROM hood)")


def _is_all(db: Connection) -> bool:
    """Whether nothing is left to be found; rows that were deleted make it miss that, which costs one more look."""
    return bool(db.execute("SELECT (SELECT count(*) FROM hood) >= (SELECT max(id) FROM post)").fetchone()[0])


def _authors(db: Connection) -> Sequence[str]:
    """Conditions on posts: the authors of what came, by either of their names, and nobody's.

    Everybody's where what came has no author.
    """
    came = "FROM fresh f CROSS JOIN post p ON p.id = f.id"
    if any(db.execute(f"SELECT 1 {came} WHERE p.author IS NULL AND p.author_did IS NULL LIMIT 1")):
        return ANYBODY
    db.execute("CREATE TEMP TABLE IF NOT EXISTS who (name TEXT PRIMARY KEY)")
    db.execute("DELETE FROM who")
    for column in ("author", "author_did"):
        db.execute(f"INSERT OR IGNORE INTO who SELECT DISTINCT p.{column} {came} WHERE p.{column} IS NOT NULL")
    # What came under a handle alone belongs to the account that another post shows under that handle.
    db.execute(
        "INSERT OR IGNORE INTO who SELECT DISTINCT p.author_did FROM post p "
        "WHERE p.author IN (SELECT name FROM who) AND p.author_did IS NOT NULL"
    )
    return _THEIRS


def spans(days: Iterable[str], reach: int) -> list[tuple[str, str]]:
    """The days around some days, as first and last moment, run together where they touch."""
    found: list[tuple[str, str]] = []
    for day in days:
        low, high = _shifted(day, -reach), _shifted(day, reach) + "T23:59:59Z"
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def _shifted(day: str, by: int) -> str:
    try:
        return (dt.date.fromisoformat(day) + dt.timedelta(days=by)).isoformat()
    except OverflowError:
        return day


def bare(
    uri: str | None,
    author: str | None,
    author_did: str | None,
    text: str,
    created_at: str | None,
    minute_only: int,
    replies: int | None,
    card_title: str | None,
    card_description: str | None,
    reply_parent: str | None,
    reply_root: str | None,
    reposted_by: str | None,
    gone: int,
    position: int,
) -> Post:
    """What stitching reads of a post, from the columns `READ`."""
    return Post(
        text=text,
        created_at=parse_utc(created_at),
        minute_only=bool(minute_only),
        uri=uri,
        author=author,
        author_did=author_did,
        counts=NO_COUNTS if replies is None else Counts(replies=replies),
        card=Card(title=card_title, description=card_description) if card_title else None,
        reply_parent=reply_parent,
        reply_root=reply_root,
        reposted_by=reposted_by,
        gone=bool(gone),
        position=position,
    )
