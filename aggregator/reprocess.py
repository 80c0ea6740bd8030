"""Read the stored documents anew with today's parsers, and show what that changes before it is kept.

Which error is worse: a record that silently gets worse is worse than one that stays as it was.
So everything is read inside one transaction, compared with what was there, and rolled back; only then, where it is
wanted, the same is done for good.
What people decided stays: links, stories and addresses hang on names that are made from content.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from aggregator import pipeline
from aggregator.config import Config
from aggregator.store import Store
from parsers.model import Record

#: What is compared, by the names of the exports.
KINDS = ("posts", "threads", "articles", "statements")
#: Changed records that are shown whole; the others are counted.
SHOWN = 1000


class Difference(Record, frozen=True, kw_only=True):
    """One record that reads otherwise."""

    kind: str  # one of KINDS
    id: str
    old: dict[str, Any]  # the fields that differ; empty: the record is new
    new: dict[str, Any]  # empty: the record is gone


class RereadReport(Record, frozen=True, kw_only=True):
    """What reading everything anew comes to."""

    documents: int
    refused: int  # documents that today's parsers cannot use
    changed: int  # records that differ, shown or not
    differences: tuple[Difference, ...]
    written: bool


class _Undone(Exception):
    """Ends a trial, so that its transaction is rolled back."""


def reprocess(
    store: Store, config: Config, *, write: bool = False, tick: Callable[[], None] = lambda: None
) -> RereadReport:
    """Read all documents anew; keep the result with `write` only. `tick` is called for each document.

    Others cannot write meanwhile.
    """
    before = {kind: {row["id"]: _mark(row) for row in _rows(store, kind)} for kind in KINDS}
    new: dict[tuple[str, str], dict[str, Any]] = {}
    refused = count = changed = 0
    with contextlib.suppress(_Undone), store.transaction():
        for report in _reread(store, config, tick):
            count += 1
            refused += report.error is not None
        for key, row in _changed(store, before):
            changed += 1
            if len(new) < SHOWN:
                new[key] = row
        raise _Undone
    differences = tuple(_differences(store, new))
    if write and changed:
        with store.transaction():
            for _ in _reread(store, config, tick):
                pass
    return RereadReport(
        documents=count, refused=refused, changed=changed, differences=differences, written=write and changed > 0
    )


def _reread(store: Store, config: Config, tick: Callable[[], None]) -> Iterator[Any]:
    run = store.runs.start("reprocess", pipeline.stamp())
    for document_id in store.documents.ids():
        yield pipeline.reread(store, config, document_id, run)
        tick()
    store.runs.finish(run, pipeline.stamp(), {})


def _rows(store: Store, kind: str) -> Iterator[dict[str, Any]]:
    from aggregator.store import exports

    return iter(exports.EXPORTS[kind](store.connection))


def _mark(row: dict[str, Any]) -> bytes:
    """A fingerprint of a record, small enough to keep one for each."""
    return hashlib.blake2b(msgspec.json.encode(row), digest_size=8).digest()


def _changed(store: Store, before: dict[str, dict[str, bytes]]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Records that differ from before, as they are now; an empty row where one is gone."""
    for kind, marks in before.items():
        left = dict(marks)
        for row in _rows(store, kind):
            if left.pop(row["id"], None) != _mark(row):
                yield (kind, row["id"]), row
        for gone in left:
            yield (kind, gone), {}


def _differences(store: Store, new: dict[tuple[str, str], dict[str, Any]]) -> Iterator[Difference]:
    """The changed records beside what the archive holds now."""
    for kind in KINDS:
        wanted = {name for of, name in new if of == kind}
        old = {row["id"]: row for row in _rows(store, kind) if row["id"] in wanted} if wanted else {}
        for name in sorted(wanted):
            one, two = old.get(name, {}), new[kind, name]
            fields = [field for field in {**one, **two} if one.get(field) != two.get(field)]
            yield Difference(
                kind=kind,
                id=name,
                old={field: one[field] for field in fields} if one else {},
                new={field: two[field] for field in fields} if two else {},
            )
