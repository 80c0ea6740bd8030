"""Posts that are stitched before they are stored: rows that need no archive, made here or by a worker.

Which error is worse: a post that the archive has under another name would be there twice, and a thread whose other
half is stored would stay torn, so whatever may be either is left to `post_batch` and `neighbours`, post by post.
That leaves the exports of accounts that are new to the archive, which are nearly all of a large import; they go in
with half of the work, because no row is looked up, read again or written twice.
Here is what the posts themselves must show for it; what the archive must show is in `aggregator.store.alone`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

#: Posts whose rows are held; those of more are packed (`alone_many`).
MOST = WINDOW
#: Accounts in one document: a page of reposts speaks of many, and each would be looked up.
MOST_AUTHORS = 50

Row: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = Sequence[Row]
CREATED = COLUMNS.index("created_at")
#: What stitching reads, out of a row.
columns_read = itemgetter(*(COLUMNS.index(name) for name in READ))


class Scope(Record, frozen=True, kw_only=True):
    """Whose posts, and of which days: what the archive is asked first."""

    authors: tuple[str, ...]  # handles and DIDs
    windows: tuple[tuple[str, ...], ...]  # YYYY-MM-DD, sorted, of the posts that would be stitched together


class Alone(Record, frozen=True, kw_only=True, tag=True):
    """Posts and the threads they make by themselves; rows stand for each other by their place, 0 first."""

    scope: Scope
    newest: str  # when the newest post was written
    posts: tuple[Row, ...]  # `COLUMNS` with document 0, then thread, role, part, number and text of the part
    counts: tuple[Row, ...]  # place of the post, likes, reposts, replies, quotes
    coverage: tuple[Row, ...]  # as `coverage_values`
    threads: tuple[Row, ...]  # place, then as `thread_values`

    @property
    def count(self) -> int:
        """How many posts."""
        return len(self.posts)

    def bare_portions(self) -> Iterator[Rows]:
        """Rows of posts, as far as they do not tell how these stand in their threads."""
        yield self.posts

    def post_portions(self) -> Iterator[tuple[Rows, Rows]]:
        """Rows of posts, and of their counts."""
        yield self.posts, self.counts

    def thread_portions(self) -> Iterator[tuple[Rows, Rows]]:
        """Rows of coverage, and of threads."""
        yield self.coverage, self.threads


def scope(posts: Sequence[Post]) -> Scope | None:
    """What the archive is to be asked about posts that it may not know; None where each is to be looked at.

    Of more than `MOST` posts the days are left out.
    """
    if not posts or not plain(posts):
        return None
    authors = names_of(posts)
    if len(authors) > 2 * MOST_AUTHORS or len({post.uri for post in posts}) < len(posts):
        return None
    days = [] if len(posts) > MOST else [(utc(post.created_at) or "")[:10] for post in posts]
    return Scope(authors=tuple(sorted(authors)), windows=windows(days))


def plain(posts: Sequence[Post]) -> bool:
    """Whether posts have all that says which they are."""
    return all(post.uri and post.author_did and post.created_at and not post.gone for post in posts)


def names_of(posts: Sequence[Post]) -> set[str]:
    """The handles and DIDs of their authors."""
    return {name for post in posts for name in (post.author, post.author_did) if name}


def windows(days: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The days of posts, by those that `neighbours` would stitch together."""
    ordered = sorted(days)
    return tuple(tuple(sorted(set(ordered[start : start + WINDOW]))) for start in range(0, len(ordered), WINDOW))


def prepare(posts: Sequence[Post], known: Scope | None = None) -> Alone | None:
    """The rows of posts that stand by themselves; None where each is to be looked at with the archive at hand."""
    from parsers.threads import stitch

    found = known or scope(posts)
    if found is None or len(posts) > MOST:
        return None
    rows = [row_of(post) for post in posts]
    if len({row[0] for row in rows}) < len(rows):
        return None  # the same words in the same minute: their names depend on each other
    posts_read = [read_of(row) for row in rows]
    threads = stitch(posts_read)
    coverage, made = thread_rows(threads, {id(post): row[0] for post, row in zip(posts_read, rows, strict=True)})
    return Alone(
        scope=found,
        newest=max(row[CREATED] for row in rows),
        posts=tuple([(*row, *place) for row, place in zip(rows, places_of(threads, posts_read), strict=True)]),
        counts=tuple(counts_of(posts)),
        coverage=tuple(coverage),
        threads=tuple(made),
    )


def row_of(post: Post) -> Row:
    """The columns `COLUMNS` of a post whose words nobody else has in its minute."""
    fold = identity.post_fold(post)
    return (fold, fold, *columns_of(post, 0))


def read_of(row: Row) -> Post:
    """What stitching reads of a post."""
    return bare(*columns_read(row))


def record_of(row: Row) -> Post:
    """The post as a record again; of its time the parts of a second are gone, as they are in the archive."""
    return to_post(dict(zip(COLUMNS, row, strict=False)))


def counts_of(posts: Sequence[Post], first: int = 0) -> list[Row]:
    """The rows of counts of posts that have any; `first` is the place of the first post."""
    found = ((place, post.counts) for place, post in enumerate(posts, first) if post.counts != NO_COUNTS)
    return [(place, c.likes, c.reposts, c.replies, c.quotes) for place, c in found]


def thread_rows(threads: Sequence[Thread], keys: dict[int, str], first: int = 0) -> tuple[list[Row], list[Row]]:
    """The rows of coverage and of threads; `keys` are the posts' by their `id`, `first` the first thread's place."""
    coverage = [coverage_values(one, identity.thread_key(keys[id(one.parts[0].post)])) for one in threads]
    return coverage, [(place, *thread_values(one)) for place, one in enumerate(threads, first)]


def places_of(threads: Sequence[Thread], posts: Sequence[Post]) -> list[Row]:
    """For each post the place of its thread and how it stands there."""
    order = {id(post): place for place, post in enumerate(posts)}
    out: list[Row] = [()] * len(order)
    for at, thread in enumerate(threads):
        for post, member in members_of(thread):
            out[order[id(post)]] = (at, *member)
    return out
