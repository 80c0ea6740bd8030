"""The way in: documents are found, read, and handed on to be kept.

Reading is pure, so others may do it (`workers`); keeping happens in one process, in the order of the inputs.
So the archive is the same, row for row, however many read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from aggregator.config import Config
from aggregator.errors import CuttingsError
from aggregator.inputs import Document, Input, documents
from aggregator.intake_keep import read_as, stitch, take_in, take_stream, unknown
from aggregator.intake_owner import noted
from aggregator.intake_read import Reading, Refused, Streamed, is_stream, read, read_whole, unpacked, whole
from aggregator.model import Changes, FileReport
from aggregator.store import Store
from aggregator.store.alone_many import Ready
from aggregator.store.connect import Row
from aggregator.workers import HERE, OnDisk, WorkerLostError, Workers
from parsers.errors import ParseError
from parsers.model import Hint, ParseResult, Problem

#: Streams up to this size are read whole by a worker; larger ones bit by bit while they are kept, by a process of
#: their own where there are several.
LARGEST_HANDED_OVER = 32 << 20


class Job(NamedTuple):
    """One document on its way in, or what is wrong with it."""

    name: str
    hint: Hint
    document: Document | None = None
    problem: Problem | None = None
    ours: tuple[str, ...] = ()  # the association's names, as configured


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

    def call(job: Job) -> tuple[bytes | OnDisk, Hint, bool] | None:
        document = job.document
        with contextlib.suppress(OSError):  # gone since it was listed; told when its turn comes
            if document is None or _known(store, job, force):
                return None
            if isinstance(document.data, bytes) and not is_stream(document.data, job.hint):
                return document.data, job.hint, False
            if workers.elsewhere and document.size() <= LARGEST_HANDED_OVER:
                return _handed_over(document, workers.near), job.hint, True
        return None

    done: list[FileReport] = []  # told when their posts have their threads
    later = run is not None
    with store.roomy():
        try:
            for job, reading in workers.each(read, _jobs(inputs, config, hint), call):
                done.append(_take(store, job, reading, run, force, told=True, later=later, workers=workers))
                if later and store.threads.waiting():
                    if "post" in done[-1].records:
                        continue
                    stitch(store)
                yield from done
                done = []
        except CuttingsError:  # a cluster that is gone
            stitch(store)
            yield from done
            raise
        if later:
            stitch(store)
    yield from done


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
    job = Job(name, hint, Document(name, name, store.documents.read(document_id)), ours=_names(config))
    return _take(store, job, _reading(job, read_whole), run, force=True, again=True)


def _handed_over(document: Document, near: bool) -> bytes | OnDisk:
    """A document as whoever reads it gets it: what lies in a file need not be carried there."""
    if near and isinstance(document.data, Path):
        return OnDisk(path=document.data, size=document.size(), sha256=document.sha256())
    return document.whole()


def _jobs(inputs: Iterable[Input], config: Config, hint: Hint) -> Iterator[Job]:
    for item in inputs:
        try:
            for found in documents(item, config.ingest.max_megabytes, hint.kind):
                if isinstance(found, Document):
                    yield Job(found.name, with_defaults(hint, found.name, config), found, ours=_names(config))
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
    told: bool = False,
    later: bool = False,
    workers: Workers = HERE,
) -> FileReport:
    """Keep one document; `reading` gives what was read from it, None leaves it to be read as a stream.

    `told`: a person says the hint; the settings of a source say nothing new of a document that is in.
    `later`: a few posts may wait for their threads, which whoever calls has made when no more documents come.
    """
    report = _taken(store, job, reading, run, force, again, told, later, workers)
    if job.document is None or report.error is not None:
        return report
    return msgspec.structs.replace(report, sha256=job.document.sha256())


def _taken(
    store: Store,
    job: Job,
    reading: Callable[[], Reading | bytes] | None,
    run: int | None,
    force: bool,
    again: bool,
    told: bool,
    later: bool,
    workers: Workers,
) -> FileReport:
    document, hint = job.document, job.hint
    if document is None:
        assert job.problem is not None
        return _refused(store, job.name, job.problem, run)
    try:
        known = _known(store, job, force)
        if known is not None:
            return _known_already(store, document.name, known)
        result = unpacked(reading()) if reading else None
        alone: Ready | None = None
        if isinstance(result, Streamed) and result.notes is not None:
            alone = result.alone
            result = whole(result)
        if isinstance(result, ParseResult):
            assert isinstance(document.data, bytes)
            if result.notes.get("named"):
                result = noted(result, job.ours or tuple(filter(None, (store.statements.organisation(),))))
            return take_in(
                store,
                document.name,
                document.data,
                result,
                hint,
                run,
                label=document.label,
                again=again,
                told=told,
                alone=alone,
                later=later,
            )
        if not isinstance(result, Refused):
            return take_stream(store, document, hint, run, result, workers)
        message = result.message
    except (ParseError, WorkerLostError, OSError) as exc:
        message = str(exc)
    return _refused(store, document.name, Problem(message=message, severity="error"), run)


def _known(store: Store, job: Job, force: bool) -> Row | None:
    """The document where it was read to its end before, by the same rules."""
    assert job.document is not None
    return None if force else store.documents.known(job.document.sha256(), read_as(job.hint))


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
        unknown=unknown(store, row["id"], row["format"]),
        problems=store.runs.noted(row["id"]),
    )


def _names(config: Config) -> tuple[str, ...]:
    """The association's names, as configured."""
    return tuple(filter(None, (*config.organisation.short_names, config.organisation.name)))


def with_defaults(hint: Hint, name: str, config: Config) -> Hint:
    """What is known about a document, filled up from the settings."""
    return msgspec.structs.replace(
        hint,
        name=hint.name or name,
        house_timezone=hint.house_timezone or config.ingest.timezone,
        style=hint.style or config.style,
        organisation=hint.organisation or next(iter(config.organisation.short_names), None),
    )
