"""Small documents of one import share a round of stitching: what it joins is the same as one round each."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from bluesky_forms import account, repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from make import PAPER

from aggregator import intake, intake_keep, pipeline
from aggregator.config import Config
from aggregator.inputs import Document, Input
from aggregator.model import FileReport
from aggregator.store import Store, exports
from parsers.model import Hint

START = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
TEXTS = [
    "Gates matter in week {n}, and so do ponds. {part}/3",
    "{part}/2 The weir is old and the boards are rotten, said the keeper of lock {n}.",
    "{part}. Ponds first, then the banks of reach {n}",
    "A long day at the weir with number {n}…",
    "…and it went on until the boards of lock {n} were in.",
    "🧵 What the ponds taught us in year {n}",
    "Good morning to all who walk along reach {n}",
]
numbers = itertools.count()


def scrape(minute: int, kind: int, part: int, n: int) -> bytes:
    """A profile page with one post."""
    at = START + dt.timedelta(minutes=minute)
    text = TEXTS[kind].format(part=part, n=n)
    return f"{text}\n{at:%d.%m.%Y %H:%M} — 👍 1 🔁 0 💬 {part - 1} 📌 0\n".encode()


posts = some.builds(
    scrape, some.integers(0, 90), some.integers(0, len(TEXTS) - 1), some.integers(1, 3), some.integers(1, 2)
)
others = some.sampled_from([PAPER.encode(), repo(account()[:6]).file(), b"Call Ada.\n"])


def take(
    monkeypatch: pytest.MonkeyPatch, path: Path, documents: Sequence[bytes]
) -> tuple[list[FileReport], dict[str, list[dict[str, Any]]]]:
    """What one import of these documents reports, and the posts and threads that it makes."""

    def found(item: Input, limit: int, kind: str | None) -> Iterator[Document]:
        yield Document(item.name, item.name, documents[int(item.name)])

    monkeypatch.setattr(intake, "documents", found)
    with Store(path / f"{next(numbers)}.db") as store:
        items = [Input(name=str(n)) for n in range(len(documents))]
        reports = []
        for report in pipeline.ingest(store, items, Config(), Hint()):
            reports.append(report)
            assert store.threads.waiting() == 0  # what is reported has its threads
        rows = {kind: list(exports.EXPORTS[kind](store.connection)) for kind in ("posts", "threads")}
    return reports, rows


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(some.lists(posts | posts | posts | others, min_size=1, max_size=14), some.integers(2, 6))
def test_one_round_for_several_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, documents: list[bytes], waiting: int
) -> None:
    """Whether each document is stitched at once or several together, the same posts are joined, and reports agree."""
    with monkeypatch.context() as patch:
        patch.setattr(intake_keep, "WAITING", 1)
        at_once = take(patch, tmp_path, documents)
        for patience in (waiting, 500):
            patch.setattr(intake_keep, "WAITING", patience)
            assert take(patch, tmp_path, documents) == at_once


def test_an_import_that_ends_early_leaves_its_threads_to_the_next_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Posts whose import ended before their threads were made get them when links are made, or by the next import."""
    documents = [scrape(minute, 0, minute + 1, 1) for minute in range(3)]

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    for verb in ("link", "ingest"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(intake, "stitch", end)
            take(patch, tmp_path, documents)
        path = tmp_path / f"{next(numbers) - 1}.db"
        with Store(path) as store:
            assert store.threads.waiting() == 3
            if verb == "link":
                pipeline.link(store, Config())
            else:
                list(pipeline.ingest(store, [], Config(), Hint()))
            assert store.threads.waiting() == 0
            assert [len(row["posts"]) for row in exports.EXPORTS["threads"](store.connection)] == [3]
