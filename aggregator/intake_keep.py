"""What was read is kept: the bytes of a document, the records in it, and the threads they touch.

A document goes in as a whole or not at all; only streams of posts go in by portions, and can be run again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

import parsers
from aggregator.article_dates import believable, believed
from aggregator.bulk import no_circles
from aggregator.errors import CuttingsError
from aggregator.identity import text_sha
from aggregator.inputs import Document
from aggregator.intake_read import Apart, Readable, Streamed, read_apart
from aggregator.model import Changes, FileReport
from aggregator.store import Store
from aggregator.store.alone_many import Ready, Spool, records_of, stitched
from aggregator.store.alone_rows import Scope
from aggregator.store.connect import Error
from aggregator.store.documents import given, pack
from aggregator.times import parse_utc, utc
from aggregator.workers import Workers
from parsers.detect import Detected, detect
from parsers.findings import Findings
from parsers.model import Article, Hint, ParseResult, Post, Problem, Statement

#: Posts of a stream that go in together: an import that is killed keeps what went in and can simply be run again.
PORTION = 10_000
#: Bytes of a stream up to which it goes in in one transaction, where its posts can.
TOGETHER = 32 << 20
#: Posts that may wait for their threads while further documents come: each round of stitching reads all posts of the
#: month around, which takes 30 ms among 2,000, so small documents share one.
WAITING = 500
#: Formats of posts that mostly say who wrote them.
NAMED = ("bluesky-car", "bluesky-json", "bluesky-csv", "bluesky-rss")


def _now() -> dt.datetime:
    from aggregator import pipeline  # the corridor owns the clock

    return pipeline.now()


def _stamp() -> str:
    return utc(_now()) or ""


def read_as(hint: Hint) -> str:
    """The rules and the hint that a document is read with."""
    return f"{parsers.fingerprint()}/{text_sha(repr(_given(hint)))[:16]}"


def _given(hint: Hint) -> Hint:
    """A hint without the name, which the document's row has."""
    return msgspec.structs.replace(hint, name=None)


class _DryRun(Exception):
    """Ends a dry run, so that its transaction is rolled back."""


def take_in(
    store: Store,
    name: str,
    data: bytes,
    result: ParseResult,
    hint: Hint,
    run: int | None,
    *,
    as_of: dt.datetime | None = None,
    label: str | None = None,
    again: bool = False,
    told: bool = False,
    alone: Ready | None = None,
    later: bool = False,
) -> FileReport:
    """Keep the bytes and what was read from them, all or nothing; without a `run`, nothing.

    `as_of` is when the counts under posts were read, where that is known; `label` is the name in the archive.
    `again` says that other rules read a document which the archive has; `alone` are its posts, where not in the result.
    `told` says that the hint is a person's word, which counts for a document that the archive has as well.
    `later` says that further documents come, so that a few posts may wait for their threads; `stitch` ends that.
    """
    changes = Changes()
    findings = Findings()
    records = dict(Counter(type(record).__name__.lower() for record in result.records))
    if alone:
        records = {"post": alone.count}
    label = label or (name if "://" in name else Path(name).name)
    missing: tuple[str, ...] = ()
    joined: str | None = None
    with contextlib.suppress(_DryRun), store.transaction():
        document_id = store.documents.add(data, name=label, hint=_given(hint), received_at=_stamp())
        store.documents.describe(document_id, format=result.format, reason=result.reason, notes=result.notes)
        received = _received(store, document_id)
        result = believed(result, received)
        word = believable(hint, received) if told else Hint()
        said = store.documents.told(document_id, word) if told else frozenset()
        changes = _save(store, result, document_id, as_of, findings, again, said, alone, given(word), later)
        if records:
            store.documents.complete(document_id, read_as(hint), records)
            missing = unknown(store, document_id, result.format)
            joined = store.telling.joined(document_id, result.format) if changes.changed else None
        if run is None:
            raise _DryRun
        store.runs.add_problems(run, (*result.problems, *findings.problems()), name=name, document_id=document_id)
    return msgspec.structs.replace(_report(name, result, records, changes, findings), unknown=missing, joined=joined)


def unknown(store: Store, document_id: int, format: str | None) -> tuple[str, ...]:
    """What a document leaves open that a person could give; said of posts without loading what articles need."""
    if format in NAMED and not store.documents.nameless(document_id):
        return ()
    return store.telling.unknown(document_id, format)


def _received(store: Store, document_id: int) -> dt.datetime:
    """When the bytes first came; a document that is read anew is as old as it was."""
    row = store.documents.get(document_id)
    return (parse_utc(row["received_at"]) if row else None) or _now()


def _report(
    name: str, result: ParseResult, records: dict[str, int], changes: Changes, findings: Findings
) -> FileReport:
    problems = (*result.problems, *findings.problems())
    errors = [problem.message for problem in problems if problem.severity == "error"]
    return FileReport(
        name=name,
        format=result.format,
        reason=result.reason,
        records=records,
        changes=changes,
        repair=result.notes.get("repair"),
        problems=problems,
        error=errors[0] if errors and not records else None,
    )


def take_stream(
    store: Store, document: Document, hint: Hint, run: int | None, read: Streamed | None, workers: Workers
) -> FileReport:
    """Keep the bytes of a document of any size and the posts in it, a portion at a time; without a `run`, nothing.

    `read` is what a worker read from it; without, it is read now, bit by bit, by a process of its own if there is one.
    """
    try:
        with contextlib.suppress(_DryRun), store.transaction() if run is None else contextlib.nullcontext():
            report = _keep_stream(store, document, hint, run, read, workers)
            if run is None:
                raise _DryRun
    except (CuttingsError, Error, OSError):
        raise
    except Exception:  # a fault of a reader's: whoever mends it wants the bytes
        if run is not None:
            _keep_bytes(store, document, hint, read or detect(next(document.pieces(), b""), hint))
        raise
    return report


def _keep_stream(
    store: Store, document: Document, hint: Hint, run: int | None, read: Streamed | None, workers: Workers
) -> FileReport:
    found = read or detect(next(document.pieces(), b""), hint)
    kept = Findings()
    with document.open() as file, no_circles(), contextlib.ExitStack() as together:
        if isinstance(found, Detected):
            posts = _readable(document, found, hint, file, workers)
        else:
            posts = Readable(iter(found.posts))
        came = _stitched(store, (read and read.alone) or posts)
        if document.size() <= TOGETHER:
            together.enter_context(store.joined())
        document_id = _keep_bytes(store, document, hint, found)
        count = came.count if isinstance(came, Ready) else 0
        changes = _keep_alone(store, came, document_id, None) if isinstance(came, Ready) else None
        if changes is None:
            together.close()  # each portion is a transaction of its own
            rest = records_of(came) if isinstance(came, Ready) else came
            count, changes = _keep_each(store, rest, document_id, kept)
            stitch(store)
        refusal, problems = (read.refusal, read.problems) if read else (posts.refusal, posts.problems())
        if refusal:
            problems += (Problem(message=refusal, severity="error"),)
        records = {"post": count} if count else {}
        result = ParseResult(format=found.format, reason=found.reason, problems=problems)
        report = _report(document.name, result, records, changes, kept)
        with store.joined():
            if records:
                store.documents.complete(document_id, read_as(hint), records)
            if run is not None:
                store.runs.add_problems(run, report.problems, name=document.name, document_id=document_id)
    if records:
        return msgspec.structs.replace(report, unknown=unknown(store, document_id, found.format))
    return msgspec.structs.replace(report, error=refusal) if refusal else report


def _keep_bytes(store: Store, document: Document, hint: Hint, found: Streamed | Detected) -> int:
    """Keep a stream as it came, and what it was recognised as; gives its id."""
    document_id = store.documents.add_packed(
        found.packed if isinstance(found, Streamed) else map(pack, document.pieces()),
        document.size(),
        sha256=document.sha256(),
        name=document.label,
        hint=_given(hint),
        received_at=_stamp(),
    )
    store.documents.describe(document_id, format=found.format, reason=found.reason, notes={})
    return document_id


def _readable(document: Document, found: Detected, hint: Hint, file: BinaryIO, workers: Workers) -> Readable:
    """The posts of a document that nobody has read yet."""

    def here() -> Readable:
        findings = Findings()
        source = document.data if isinstance(document.data, bytes) else file
        return Readable(parsers.stream(found, source, hint, findings), findings)

    pieces = workers.apart(read_apart, document.data, found, hint) if isinstance(document.data, Path) else None
    return Apart(pieces, here) if pieces else here()


def _keep_each(store: Store, posts: Iterator[Post], document_id: int, findings: Findings) -> tuple[int, Changes]:
    """Keep the posts of a stream a portion at a time: how many, and what that changed."""
    count, changes = 0, Changes()
    while portion := list(islice(posts, PORTION)):
        count += len(portion)
        with store.joined():
            changes += _keep_posts(store, portion, document_id, None, findings)
    return count, changes


def _save(
    store: Store,
    result: ParseResult,
    document_id: int,
    as_of: dt.datetime | None,
    findings: Findings,
    again: bool = False,
    said: frozenset[str] = frozenset(),
    alone: Ready | None = None,
    given: frozenset[str] = frozenset(),
    later: bool = False,
) -> Changes:
    """Store the records of one document and stitch what they touch; `given` is what a person's hint says."""
    posts: Sequence[Post] = [record for record in result.records if isinstance(record, Post)]
    statements = [record for record in result.records if isinstance(record, Statement)]
    articles = [record for record in result.records if isinstance(record, Article)]
    changes = Changes()
    if posts or alone:
        found = _stitched(store, alone or posts)
        kept = _keep_alone(store, found, document_id, as_of) if isinstance(found, Ready) else None
        posts = tuple(records_of(alone)) if alone and kept is None else posts
        changes += kept or _keep_posts(store, posts, document_id, as_of, findings)
        if not later or store.threads.waiting() >= WAITING:
            stitch(store)
    if statements:
        from aggregator import linkage

        reworded = linkage.reworded(store, statements, result.notes.get("paper"), findings.add)
        changes += store.statements.save(
            statements, document_id=document_id, now=_stamp(), reworded=reworded, new_area="area" in said
        )
    if articles:
        changes += store.articles.save_all(
            articles, document_id=document_id, now=_stamp(), again=again, said=said, given=given
        )
    return changes


def _keep_posts(
    store: Store, posts: Sequence[Post], document_id: int, as_of: dt.datetime | None, findings: Findings
) -> Changes:
    # A file does not say when its counts were read; not before its newest post, which every order of files agrees on.
    as_of = as_of or max((post.created_at for post in posts if post.created_at), default=_now())
    changes, _ = store.posts.save(posts, document_id=document_id, as_of=utc(as_of) or _stamp(), findings=findings)
    return changes


def _stitched(store: Store, posts: Ready | Iterable[Post]) -> Ready | Iterator[Post]:
    """Posts that the archive has nothing to do with as far as they show, their threads made; else as they came."""

    def may(found: Scope) -> bool:
        stitch(store)  # as long as any post waits for its thread, none stands by itself
        return store.posts.may_be_alone(found)

    if isinstance(posts, Ready):
        stitch(store)
        return posts
    return stitched(posts, may, partial(Spool, store.path.parent))


def _keep_alone(store: Store, posts: Ready, document_id: int, as_of: dt.datetime | None) -> Changes | None:
    """Keep posts with their threads; None where something of the archive touches them."""
    with store.joined():
        return store.posts.save_alone(posts, document_id=document_id, as_of=utc(as_of) or posts.newest, now=_stamp())


def stitch(store: Store, touched: Iterable[int] = ()) -> Changes:
    """Stitch again the threads that posts which came or changed may belong to; `touched` adds posts to these."""
    changes = Changes()
    with store.joined():
        store.posts.mark_due(touched)
    if not store.threads.waiting():
        return changes
    for hood in store.threads.due():
        from parsers.threads import stitch as stitch_posts  # a process that only stores never needs it

        with store.joined():
            changes += store.threads.save(stitch_posts(post for _, _, post in hood.posts), hood, _stamp())
    return changes
