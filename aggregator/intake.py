"""The way in: documents are read, and what was read is kept.

Reading is pure, so others may do it (`workers`); keeping happens here, in the order of the inputs.
So the archive is the same, row for row, however many read.
A document goes in as a whole or not at all; only streams of posts go in by portions, and can be run again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

import parsers
from aggregator.article_dates import believed
from aggregator.config import Config
from aggregator.identity import text_sha
from aggregator.inputs import Document, Input, documents
from aggregator.intake_read import (
    Reading,
    Refused,
    Streamed,
    is_stream,
    posts_of,
    read,
    read_whole,
    some,
    unpacked,
    whole,
)
from aggregator.model import Changes, FileReport
from aggregator.store import Store
from aggregator.store.alone_rows import MOST, Alone, prepare, records_of, scope
from aggregator.store.connect import Row
from aggregator.times import parse_utc, utc
from aggregator.workers import WorkerLostError, Workers
from parsers.detect import detect
from parsers.errors import ParseError
from parsers.findings import Findings
from parsers.model import Article, Hint, ParseResult, Post, Problem, Statement

#: Posts of a stream that go in together: an import that is killed keeps what went in and can simply be run again.
PORTION = 10_000
#: Streams up to this size are read whole by a worker; larger ones bit by bit, where they are kept.
LARGEST_HANDED_OVER = 32 << 20


def _now() -> dt.datetime:
    from aggregator import pipeline  # the corridor owns the clock

    return pipeline.now()


def _stamp() -> str:
    return utc(_now()) or ""


# ------------------------------------------------------------------ take in


class Job(NamedTuple):
    """One document on its way in, or what is wrong with it."""

    name: str
    hint: Hint
    document: Document | None = None
    problem: Problem | None = None


def ingest(
    store: Store,
    inputs: Iterable[Input],
    config: Config,
    hint: Hint,
    run: int | None,
    workers: Workers,
    *,
    force: bool = False,
) -> Iterator[FileReport]:
    """All documents of all inputs, one report each, in their order; without a `run`, nothing stays."""

    def call(job: Job) -> tuple[bytes, Hint, bool] | None:
        document = job.document
        with contextlib.suppress(OSError):  # gone since it was listed; told when its turn comes
            if document is None or _known(store, job, force):
                return None
            if isinstance(document.data, bytes) and not is_stream(document.data, job.hint):
                return document.data, job.hint, False
            if workers.elsewhere and document.size() <= LARGEST_HANDED_OVER:
                return document.whole(), job.hint, True
        return None

    for job, reading in workers.each(read, _jobs(inputs, config, hint), call):
        yield _take(store, job, reading, run, force)


def ingest_one(
    store: Store,
    item: Input,
    config: Config,
    hint: Hint,
    run: int | None,
    *,
    force: bool = False,
    read: Callable[[bytes, Hint], ParseResult] | None = None,
) -> Iterator[FileReport]:
    """All documents of one input; a packed file holds several.

    `read` reads a document that is no stream, in place of this process; it may raise `ParseError`.
    """
    for job in _jobs((item,), config, hint):
        yield _take(store, job, _reading(job, read or read_whole), run, force)


def _reading(job: Job, read: Callable[[bytes, Hint], Reading]) -> Callable[[], Reading | bytes] | None:
    data = job.document and job.document.data
    return (lambda: read(data, job.hint)) if isinstance(data, bytes) and not is_stream(data, job.hint) else None


def reread(store: Store, config: Config, document_id: int, run: int) -> FileReport:
    """Read a document of the archive anew, with today's parsers and the hint it came with."""
    row = store.documents.get(document_id)
    assert row is not None
    name = row["name"] or f"document {document_id}"
    hint = with_defaults(msgspec.json.decode(row["hint"], type=Hint), name, config)
    job = Job(name, hint, Document(name, name, store.documents.read(document_id)))
    return _take(store, job, _reading(job, read_whole), run, force=True, again=True)


def _jobs(inputs: Iterable[Input], config: Config, hint: Hint) -> Iterator[Job]:
    for item in inputs:
        try:
            for found in documents(item, config.ingest.max_megabytes, hint.kind):
                if isinstance(found, Document):
                    yield Job(found.name, with_defaults(hint, found.name, config), found)
                else:
                    yield Job(found.where or item.name, hint, problem=found)
        except FileNotFoundError:
            yield _bad(item, hint, "there is no such file; check its name and folder")
        except OSError as exc:
            yield _bad(item, hint, exc.strerror or str(exc))
        except ParseError as exc:
            yield _bad(item, hint, str(exc))


def _bad(item: Input, hint: Hint, message: str) -> Job:
    return Job(item.name, hint, problem=Problem(message=message, severity="error"))


def _take(
    store: Store,
    job: Job,
    reading: Callable[[], Reading | bytes] | None,
    run: int | None,
    force: bool,
    again: bool = False,
) -> FileReport:
    """Keep one document; `reading` gives what was read from it, None leaves it to be read as a stream."""
    document, hint = job.document, job.hint
    if document is None:
        assert job.problem is not None
        return _refused(store, job.name, job.problem, run)
    try:
        known = _known(store, job, force)
        if known is not None:
            return _known_already(store, document.name, known)
        result = unpacked(reading()) if reading else None
        alone: Alone | None = None
        if isinstance(result, Streamed) and result.notes is not None:
            alone = result.alone
            result = whole(result)
        if isinstance(result, ParseResult):
            assert isinstance(document.data, bytes)
            return take_in(
                store, document.name, document.data, result, hint, run, label=document.label, again=again, alone=alone
            )
        if not isinstance(result, Refused):
            return _take_stream(store, document, hint, run, result)
        message = result.message
    except (ParseError, WorkerLostError, OSError) as exc:
        message = str(exc)
    return _refused(store, document.name, Problem(message=message, severity="error"), run)


def _known(store: Store, job: Job, force: bool) -> Row | None:
    """The document where it was read to its end before, by the same rules."""
    assert job.document is not None
    return None if force else store.documents.known(job.document.sha256(), _read_as(job.hint))


def _refused(store: Store, name: str, problem: Problem, run: int | None) -> FileReport:
    """A document that cannot be used."""
    if run is not None:
        store.runs.add_problems(run, [problem], name=name)
    return FileReport(name=name, error=problem.message)


def _known_already(store: Store, name: str, row: Row) -> FileReport:
    records: dict[str, int] = msgspec.json.decode(row["records"])
    return FileReport(
        name=name,
        format=row["format"],
        reason="read before, byte for byte, and by the same rules",
        records=records,
        changes=Changes(unchanged=sum(records.values())),
        problems=store.runs.noted(row["id"]),
    )


def _read_as(hint: Hint) -> str:
    """The rules and the hint that a document is read with."""
    return f"{parsers.fingerprint()}/{text_sha(repr(_given(hint)))[:16]}"


def with_defaults(hint: Hint, name: str, config: Config) -> Hint:
    """What is known about a document, filled up from the settings."""
    return msgspec.structs.replace(
        hint,
        name=hint.name or name,
        house_timezone=hint.house_timezone or config.ingest.timezone,
        style=hint.style or config.style,
        organisation=hint.organisation or next(iter(config.organisation.short_names), None),
    )


def _given(hint: Hint) -> Hint:
    """A hint without the name, which the document's row has."""
    return msgspec.structs.replace(hint, name=None)


# ------------------------------------------------------------------ keep


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
    alone: Alone | None = None,
) -> FileReport:
    """Keep the bytes and what was read from them, all or nothing; without a `run`, nothing.

    `as_of` is when the counts under posts were read, where that is known; `label` is the name in the archive.
    `again` says that other rules read a document which the archive has; `alone` are its posts, where not in the result.
    """
    changes = Changes()
    findings = Findings()
    records = dict(Counter(type(record).__name__.lower() for record in result.records))
    if alone:
        records = {"post": len(alone.posts)}
    label = label or (name if "://" in name else Path(name).name)
    with contextlib.suppress(_DryRun), store.transaction():
        document_id = store.documents.add(data, name=label, hint=_given(hint), received_at=_stamp())
        store.documents.describe(document_id, format=result.format, reason=result.reason, notes=result.notes)
        result = believed(result, _received(store, document_id))
        changes = _save(store, result, document_id, as_of, findings, again, alone)
        if records:
            store.documents.complete(document_id, _read_as(hint), records)
        if run is None:
            raise _DryRun
        store.runs.add_problems(run, (*result.problems, *findings.problems()), name=name, document_id=document_id)
    return _report(name, result, records, changes, findings)


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


def _take_stream(store: Store, document: Document, hint: Hint, run: int | None, read: Streamed | None) -> FileReport:
    """Keep the bytes of a document of any size and the posts in it, a portion at a time; without a `run`, nothing.

    `read` is what a worker read from it; without, it is read here, bit by bit.
    """
    with contextlib.suppress(_DryRun), store.transaction() if run is None else contextlib.nullcontext():
        report = _keep_stream(store, document, hint, run, read)
        if run is None:
            raise _DryRun
    return report


def _keep_stream(store: Store, document: Document, hint: Hint, run: int | None, read: Streamed | None) -> FileReport:
    found = detect(next(document.pieces(), b""), hint)
    with store.joined():
        document_id = store.documents.add_stream(
            document.pieces(), sha256=document.sha256(), name=document.label, hint=_given(hint), received_at=_stamp()
        )
        store.documents.describe(document_id, format=found.format, reason=found.reason, notes={})
    noticed, kept = Findings(), Findings()
    with document.open() as file:
        source = document.data if isinstance(document.data, bytes) else file
        posts = iter(()) if read else parsers.stream(found, source, hint, noticed)
        keep = partial(_keep_read, read=read) if read else partial(_keep_each, posts=posts)
        count, changes, refusal = keep(store, document_id, kept)
    stitch(store)
    problems = (*(read.problems if read else noticed.problems()),)
    if refusal:
        problems += (Problem(message=refusal, severity="error"),)
    records = {"post": count} if count else {}
    result = ParseResult(format=found.format, reason=found.reason, problems=problems)
    report = _report(document.name, result, records, changes, kept)
    with store.joined():
        if records:
            store.documents.complete(document_id, _read_as(hint), records)
        if run is not None:
            store.runs.add_problems(run, report.problems, name=document.name, document_id=document_id)
    return msgspec.structs.replace(report, error=refusal) if refusal and not records else report


def _keep_read(store: Store, document_id: int, findings: Findings, read: Streamed) -> tuple[int, Changes, str | None]:
    """Keep the posts that a worker read: how many, what that changed, and why reading ended early."""
    with store.joined():
        changes = _keep_alone(store, read.alone, document_id, None) if read.alone else None
    if changes is None:
        _, changes, _ = _keep_portions(store, iter(posts_of(read)), document_id, findings)
    return read.count, changes, read.refusal


def _keep_each(
    store: Store, document_id: int, findings: Findings, posts: Iterator[Post]
) -> tuple[int, Changes, str | None]:
    """The same while they are read."""
    first, refusal = some(posts, MOST + 1)
    with store.joined():
        changes = _keep_alone(store, first, document_id, None)
    if changes is not None:
        return len(first), changes, refusal
    count, changes, later = _keep_portions(store, chain(first, posts), document_id, findings)
    return count, changes, refusal or later


def _keep_portions(
    store: Store, posts: Iterator[Post], document_id: int, findings: Findings
) -> tuple[int, Changes, str | None]:
    count, changes = 0, Changes()
    refusal: str | None = None
    while refusal is None:
        portion, refusal = some(posts, PORTION)
        if not portion:
            break
        count += len(portion)
        with store.joined():
            changes += _keep_posts(store, portion, document_id, None, findings)
    return count, changes, refusal


def _save(
    store: Store,
    result: ParseResult,
    document_id: int,
    as_of: dt.datetime | None,
    findings: Findings,
    again: bool = False,
    alone: Alone | None = None,
) -> Changes:
    """Store the records of one document and stitch what they touch."""
    posts: Sequence[Post] = [record for record in result.records if isinstance(record, Post)]
    statements = [record for record in result.records if isinstance(record, Statement)]
    articles = [record for record in result.records if isinstance(record, Article)]
    changes = Changes()
    if posts or alone:
        kept = _keep_alone(store, alone or posts, document_id, as_of)
        posts = records_of(alone) if alone and kept is None else posts
        changes += kept or _keep_posts(store, posts, document_id, as_of, findings)
        stitch(store)
    if statements:
        from aggregator import linkage

        reworded = linkage.reworded(store, statements, result.notes.get("paper"), findings.add)
        changes += store.statements.save(statements, document_id=document_id, now=_stamp(), reworded=reworded)
    if articles:
        changes += store.articles.save_all(articles, document_id=document_id, now=_stamp(), again=again)
    return changes


def _keep_posts(
    store: Store, posts: Sequence[Post], document_id: int, as_of: dt.datetime | None, findings: Findings
) -> Changes:
    # A file does not say when its counts were read; not before its newest post, which every order of files agrees on.
    as_of = as_of or max((post.created_at for post in posts if post.created_at), default=_now())
    changes, _ = store.posts.save(posts, document_id=document_id, as_of=utc(as_of) or _stamp(), findings=findings)
    return changes


def _keep_alone(
    store: Store, posts: Sequence[Post] | Alone, document_id: int, as_of: dt.datetime | None
) -> Changes | None:
    """Keep posts that the archive has nothing to do with, their threads made beforehand; None where it has."""
    if not isinstance(posts, Alone):
        found = scope(posts)
        ready = prepare(posts, found) if found and store.posts.may_be_alone(found) else None
        if ready is None:
            return None
        posts = ready
    return store.posts.save_alone(posts, document_id=document_id, as_of=utc(as_of) or posts.newest, now=_stamp())


def stitch(store: Store, touched: Iterable[int] = ()) -> Changes:
    """Stitch again the threads that posts which came or changed may belong to; `touched` adds posts to these."""
    from parsers.threads import stitch as stitch_posts

    changes = Changes()
    with store.joined():
        store.posts.mark_due(touched)
    for hood in store.threads.due():
        with store.joined():
            changes += store.threads.save(stitch_posts(post for _, _, post in hood.posts), hood, _stamp())
    return changes
