"""Posts that are stitched before they are stored: rows that need no archive, made here or by a worker.

Which error is worse: a post that the archive has under another name would be there twice, and a thread whose other
half is stored would stay torn, so whatever may be either is left to `post_batch` and `neighbours`, post by post.
That leaves the exports of accounts that are new to the archive, which are nearly all of a large import; they go in
with half of the work, because no row is looked up, read again or written twice.
Here is what the posts themselves must show for it; what the archive must show is in `aggregator.store.alone`.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from aggregator import identity
from aggregator.merging import NO_COUNTS
from aggregator.store.neighbours import READ, WINDOW, bare
from aggregator.store.post_rows import COLUMNS, to_post
from aggregator.store.post_rows import values as columns_of
from aggregator.store.thread_rows import coverage_values, members_of, thread_values
from aggregator.times import utc
from parsers.model import Post, Record, Thread

#: Posts that are stitched in one go; more are stored and stitched by portions.
MOST = WINDOW
#: Accounts in one document: a page of reposts speaks of many, and each would be looked up.
MOST_AUTHORS = 50

Row: TypeAlias = tuple[Any, ...]
_CREATED = COLUMNS.index("created_at")
_read = itemgetter(*(COLUMNS.index(name) for name in READ))


class Scope(Record, frozen=True, kw_only=True):
    """Whose posts, and of which days: what the archive is asked first."""

    authors: tuple[str, ...]  # handles and DIDs
    days: tuple[str, ...]  # YYYY-MM-DD, sorted


class Alone(Record, frozen=True, kw_only=True):
    """Posts and the threads they make by themselves; rows stand for each other by their place, 0 first."""

    scope: Scope
    newest: str  # when the newest post was written
    posts: tuple[Row, ...]  # `COLUMNS` with document 0, then thread, role, part, number and text of the part
    counts: tuple[Row, ...]  # place of the post, likes, reposts, replies, quotes
    coverage: tuple[Row, ...]  # as `coverage_values`
    threads: tuple[Row, ...]  # place, then as `thread_values`


def scope(posts: Sequence[Post]) -> Scope | None:
    """What the archive is to be asked about posts that it may not know; None where each is to be looked at."""
    if not 0 < len(posts) <= MOST:
        return None
    if not all(post.uri and post.author_did and post.created_at and not post.gone for post in posts):
        return None
    authors = {name for post in posts for name in (post.author, post.author_did) if name}
    if len(authors) > 2 * MOST_AUTHORS or len({post.uri for post in posts}) < len(posts):
        return None
    days = {(utc(post.created_at) or "")[:10] for post in posts}
    return Scope(authors=tuple(sorted(authors)), days=tuple(sorted(days)))


def prepare(posts: Sequence[Post], known: Scope | None = None) -> Alone | None:
    """The rows of posts that stand by themselves; None where each is to be looked at with the archive at hand."""
    from parsers.threads import stitch

    found = known or scope(posts)
    if found is None:
        return None
    rows = []
    for post in posts:
        fold = identity.post_fold(post)
        rows.append((fold, fold, *columns_of(post, 0)))
    if len({row[0] for row in rows}) < len(rows):
        return None  # the same words in the same minute: their names depend on each other
    posts_read = [bare(*_read(row)) for row in rows]
    threads = stitch(posts_read)
    places = _places(threads, {id(post): place for place, post in enumerate(posts_read)})
    keys = {id(post): row[0] for post, row in zip(posts_read, rows, strict=True)}
    return Alone(
        scope=found,
        newest=max(row[_CREATED] for row in rows),
        posts=tuple([(*row, *place) for row, place in zip(rows, places, strict=True)]),
        counts=tuple(
            (place, c.likes, c.reposts, c.replies, c.quotes)
            for place, c in enumerate(post.counts for post in posts)
            if c != NO_COUNTS
        ),
        coverage=tuple([coverage_values(one, identity.thread_key(keys[id(one.parts[0].post)])) for one in threads]),
        threads=tuple([(place, *thread_values(one)) for place, one in enumerate(threads)]),
    )


def records_of(alone: Alone) -> tuple[Post, ...]:
    """The posts as records again; of their times the parts of a second are gone, as they are in the archive."""
    return tuple(to_post(dict(zip(COLUMNS, row, strict=False))) for row in alone.posts)


def _places(threads: Sequence[Thread], order: dict[int, int]) -> list[Row]:
    """For each post, by its place, the place of its thread and how it stands there."""
    out: list[Row] = [()] * len(order)
    for at, thread in enumerate(threads):
        for post, member in members_of(thread):
            out[order[id(post)]] = (at, *member)
    return out
