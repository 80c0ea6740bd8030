"""Work done by other processes: the same archive, row for row, whoever reads, and whoever dies."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import itertools
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bluesky_forms import DID, account, author_feed, record, repo
from conftest import DATA
from make import PAPER

import parsers
from aggregator import intake, intake_keep, intake_read, pipeline
from aggregator.config import Config
from aggregator.errors import CuttingsError
from aggregator.inputs import Document, Input
from aggregator.model import FileReport
from aggregator.store import Store, exports
from aggregator.workers import HERE, Cluster, OnDisk, Processes, WorkerLostError, Workers, _by_the_same_rules, workers
from parsers.detect import Detected
from parsers.model import Hint, Problem

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs at the same moment."""
    monkeypatch.setattr(pipeline, "now", lambda: NOW)


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder of all kinds: the sample corpus, exports, packed files, the same bytes twice, what cannot be used."""
    folder = tmp_path / "in"
    folder.mkdir()
    for path in (DATA / "sample").glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    many = [record(f"Part {n % 4 + 1} of thread {n // 4} on gates and ponds. {n % 4 + 1}/4", n) for n in range(60)]
    (folder / "repo.car").write_bytes(repo(account()).file())
    (folder / "long.car").write_bytes(repo([*account(), *many]).file())
    (folder / "cut.car").write_bytes(repo([*account(), *many]).file()[:-400])
    (folder / "dump.json").write_bytes(author_feed(many))
    (folder / "others.json").write_bytes(author_feed(many).replace(DID.encode(), b"did:plc:otherotherotherotherother"))
    (folder / "feed.json.gz").write_bytes(gzip.compress(author_feed(account())))
    (folder / "zz-again.txt").write_bytes((folder / "bluesky-profile.txt").read_bytes())
    (folder / "zero.bin").write_bytes(bytes(3000))
    with zipfile.ZipFile(folder / "week.zip", "w") as packed:
        packed.writestr("paper.txt", PAPER)
        packed.writestr("note.txt", "Call Ada.\n")
        packed.writestr("repo.car", repo(many).file())
    return folder


def archive(path: Path, inputs: Path, crew: Workers) -> tuple[dict[str, list[Any]], list[FileReport]]:
    """All rows of all tables after a whole ingest, and what was reported."""
    with Store(path) as store:
        found = pipeline.find_inputs([str(inputs)])
        reports = list(pipeline.ingest(store, found, Config(), Hint(), workers=crew))
        pipeline.refresh(store, Config(), workers=crew)
        tables = [
            row["name"]
            for row in store.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            # The search index keeps its rows in an order of its own, and each archive has its own identity.
            if "_fts" not in row["name"] and row["name"] not in ("meta", "sqlite_sequence", "_sqlite_migrations")
        ]
        rows = {name: [tuple(row) for row in store.connection.execute(f"SELECT * FROM {name}")] for name in tables}
        assert len(rows["post"]) > 60
        assert rows["link"]
        assert [row[0] for row in store.connection.execute("PRAGMA integrity_check")] == ["ok"]
        for what, fields in exports.FIELDS.items():
            assert {tuple(row) for row in exports.EXPORTS[what](store.connection)} <= {tuple(fields.split())}
    return rows, reports


def test_several_processes_make_the_same_archive(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading and linking by two processes changes no row, no report and no order."""
    expected = archive(tmp_path / "one.db", inputs, HERE)
    with Processes(2) as crew:
        assert archive(tmp_path / "two.db", inputs, crew) == expected
    monkeypatch.setattr("aggregator.workers._is_bare", lambda: False)
    with Processes(2) as crew:
        assert archive(tmp_path / "server.db", inputs, crew) == expected


def test_large_files_of_json_lines(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is a stream only for its size is one for the process that reads it too."""
    posts = [json.loads(author_feed([one]))["feed"][0]["post"] for one in account()]
    (inputs / "large.jsonl").write_text("\n".join(map(json.dumps, posts)))
    monkeypatch.setattr(parsers, "_LARGE", 100)
    expected = archive(tmp_path / "one.db", inputs, HERE)
    assert [report.error for report in expected[1] if report.name.endswith("large.jsonl")] == [None]
    with Processes(2) as crew:
        assert archive(tmp_path / "two.db", inputs, crew) == expected


@pytest.mark.parametrize("count", [1, 2])
def test_a_file_that_is_gone_stops_no_other(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """An export that is taken away between being found and being read is reported; all others are in."""
    real = intake.documents

    def found(item: Input, *limits: Any) -> Iterator[Document | Problem]:
        for document in real(item, *limits):
            if item.name.endswith("long.car"):
                (inputs / "long.car").unlink()
            yield document

    monkeypatch.setattr(intake, "documents", found)
    with workers(count) as crew:
        _, reports = archive(tmp_path / "a.db", inputs, crew)
    assert ["long.car" in (report.error or "") for report in reports if report.name.endswith("long.car")] == [True]
    assert reports[-1].error is None


# ------------------------------------------------------------------ workers that die


def read_and_die_once(mark: Path, data: bytes | OnDisk, hint: Hint, streamed: bool) -> intake_read.Reading | bytes:
    """Read a document, but end the process without a word at the first page that comes by."""
    if isinstance(data, bytes) and b"<html" in data[:2000].lower() and not mark.exists():
        mark.write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    return intake_read.read(data, hint, streamed)


def read_or_die(data: bytes | OnDisk, hint: Hint, streamed: bool) -> intake_read.Reading | bytes:
    """Read a document; the sample's scrape ends every process that reads it."""
    if (hint.name or "").endswith("bluesky-profile.txt"):
        os.kill(os.getpid(), signal.SIGKILL)
    return intake_read.read(data, hint, streamed)


def test_a_worker_killed_in_mid_job_changes_nothing(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was under way in a process that is killed is done again, and the archive is the same."""
    expected = archive(tmp_path / "one.db", inputs, HERE)
    monkeypatch.setattr(intake, "read", partial(read_and_die_once, tmp_path / "mark"))
    with Processes(2) as crew:
        assert archive(tmp_path / "two.db", inputs, crew) == expected
    assert (tmp_path / "mark").exists()


def test_what_ends_every_worker_is_refused_alone(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that ends each process that reads it is reported; all others are in."""
    (inputs / "zz-again.txt").unlink()
    _, expected = archive(tmp_path / "one.db", inputs, HERE)
    monkeypatch.setattr(intake, "read", read_or_die)
    with Processes(2) as crew:
        _, reports = archive(tmp_path / "two.db", inputs, crew)
    for report, whole in zip(reports, expected, strict=True):
        if report.name.endswith("bluesky-profile.txt"):
            assert "ended, twice" in (report.error or "")
        else:
            assert report.error == whole.error, report.name
            assert report.records == whole.records, report.name


def test_an_export_that_changes_under_way_is_refused(tmp_path: Path) -> None:
    """A worker that finds other bytes than those that were meant gives no posts of them."""
    path = tmp_path / "a.car"
    path.write_bytes(repo(account()).file())
    meant = OnDisk(path=path, size=path.stat().st_size, sha256="0" * 64)
    got = intake_read.unpacked(intake_read.read(meant, Hint(), True))
    assert isinstance(got, intake_read.Refused)
    assert "changed while it was read" in got.message


def read_some_and_die(path: Path, found: Detected, hint: Hint) -> Iterator[bytes]:
    """Give the first posts of an export and end without a word."""
    yield next(intake_read.read_apart(path, found, hint, portion=7))
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("way", [intake_read.read_apart, read_some_and_die])
def test_very_large_exports_come_from_a_process_of_their_own(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Callable[..., Iterator[bytes]]
) -> None:
    """Exports too large to be handed over are read apart, damaged ones too, and go on here where that process ends."""
    expected = archive(tmp_path / "one.db", inputs, HERE)
    monkeypatch.setattr(intake, "LARGEST_HANDED_OVER", 100)
    monkeypatch.setattr(intake_keep, "read_apart", way)
    with Processes(2) as crew:
        assert archive(tmp_path / "two.db", inputs, crew) == expected


def count_for_ever(first: int) -> Iterator[bytes]:
    """Endless pieces."""
    for n in itertools.count(first):
        yield str(n).encode()


def test_a_death_that_the_pool_did_not_see_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that never comes makes the pool look whether its processes live, and the work is done again."""
    monkeypatch.setattr("aggregator.workers.LOOK_AGAIN", 0.01)
    with Processes(1) as crew:
        asked = []

        def dead(*work: Any) -> Future[Any]:
            asked.append(work)
            if len(asked) == 2:
                raise BrokenProcessPool("one of them ended")
            return Future()

        monkeypatch.setattr(crew._pool, "submit", dead)
        assert crew._finish(Future(), len, ("ab",)) == 2
        assert len(asked) == 2


def count_and_wait(first: int) -> Iterator[bytes]:
    """A piece, and nothing for longer than anybody waits."""
    yield str(first).encode()
    time.sleep(600)


@pytest.mark.parametrize("way", [count_for_ever, count_and_wait])
def test_pieces_that_nobody_takes_end_their_process(way: Callable[[int], Iterator[bytes]]) -> None:
    """Whoever makes pieces ends when the taker has enough, also in the middle of a long search for the next."""
    with Processes(2) as crew:
        pieces = crew.apart(way, 3)
        assert next(pieces) == b"3"
        pieces.close()
        assert not [child for child in multiprocessing.active_children() if child.name.startswith("apart")]


PARENT = """
import sys, threading, time
sys.path[:0] = {path!r}
from aggregator.workers import Processes
if __name__ == "__main__":
    {before}
    with Processes(2) as crew:
        list(crew.each(len, ["a", "b"], lambda text: (text,)))
        print("ready", flush=True)
        time.sleep(60)
"""


#: A process that has one is not copied.
SECOND_THREAD = "threading.Thread(target=time.sleep, args=[60], daemon=True).start()"


def in_group(group: int) -> list[int]:
    """The processes of a group that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its = status.read_text().rpartition(")")[2].split()[:3]
            if int(its) == group and state != "Z":
                found.append(int(status.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to count processes")
@pytest.mark.parametrize(("before", "least"), [("", 3), (SECOND_THREAD, 5)])
def test_workers_end_with_a_parent_that_is_killed(before: str, least: int) -> None:
    """SIGKILL of the process that stores leaves no worker behind, be they its copies or those of a server."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(path=sys.path, before=before)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        assert parent.stdout.readline() == b"ready\n"
        assert len(in_group(parent.pid)) >= least
        parent.kill()
        parent.wait()
        end = time.monotonic() + 20
        while in_group(parent.pid) and time.monotonic() < end:
            time.sleep(0.05)
        assert in_group(parent.pid) == []


def half(n: int) -> float:
    if n == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return n / 2


def test_results_come_in_order_and_only_the_deadly_one_is_lost() -> None:
    """Work handed over comes back in its order; jobs that need none are passed on in their place."""
    with Processes(2) as crew:
        got = list[float | str | None]()
        for _, result in crew.each(half, range(20), lambda n: None if n % 5 == 0 else (n,)):
            try:
                got.append(result() if result else None)
            except WorkerLostError:
                got.append("lost")
    assert got == [None if n % 5 == 0 else "lost" if n == 13 else n / 2 for n in range(20)]


# ------------------------------------------------------------------ a cluster


@contextlib.contextmanager
def cluster() -> Iterator[tuple[str, Any]]:
    """A Dask cluster of two worker processes on loopback."""
    distributed = pytest.importorskip("distributed", reason="the optional extra “dask” is not installed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        host="127.0.0.1",
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # else a server on a port that others may have
    ) as local:
        yield local.scheduler_address, local


@contextlib.contextmanager
def subprocess_cluster(distributed: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """A scheduler and a worker as processes of their own, and how to kill the scheduler."""
    code = (
        "import asyncio, sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from distributed import Nanny, Scheduler\n"
        "async def run():\n"
        "    async with Scheduler(host='127.0.0.1', port=0, dashboard_address=None) as s:\n"
        "        async with Nanny(s.address, nthreads=1, dashboard_address=None):\n"
        "            print(s.address, flush=True)\n"
        "            await s.finished()\n"
        "if __name__ == '__main__': asyncio.run(run())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.kill
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_cluster_makes_the_same_archive_with_a_worker_killed(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two worker processes of a Dask cluster, one of them killed in mid-job, change no row."""
    expected = archive(tmp_path / "one.db", inputs, HERE)
    monkeypatch.setattr(intake, "read", partial(read_and_die_once, tmp_path / "mark"))
    with cluster() as (address, _), workers(cluster=address) as crew:
        assert isinstance(crew, Cluster)
        assert archive(tmp_path / "two.db", inputs, crew) == expected
    assert (tmp_path / "mark").exists()


def read_slowly(stop: str, data: bytes | OnDisk, hint: Hint, streamed: bool) -> intake_read.Reading | bytes:
    """Read a document; one of that name takes for ever."""
    if (hint.name or "").endswith(stop):
        time.sleep(60)
    return intake_read.read(data, hint, streamed)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_scheduler_that_dies_is_told_and_the_import_goes_on_later(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear message, all that was reported is stored, nothing by halves, and the same command completes it."""
    distributed = pytest.importorskip("distributed", reason="the optional extra “dask” is not installed")
    expected, _ = archive(tmp_path / "one.db", inputs, HERE)
    monkeypatch.setattr(intake, "read", partial(read_slowly, "week.zip: repo.car"))
    with subprocess_cluster(distributed) as (address, end), Store(tmp_path / "two.db") as store:
        done = []
        with (
            pytest.raises(CuttingsError, match=r"scheduler at .* is gone; what was reported is stored"),
            workers(cluster=address) as crew,
        ):
            found = pipeline.find_inputs([str(inputs)])
            for report in pipeline.ingest(store, found, Config(), Hint(), workers=crew):
                done.append(report)
                if len(done) == 2:
                    end()
        assert len(done) >= 2
        assert list(store.connection.execute("SELECT * FROM stitch_due")) == []
    monkeypatch.setattr(intake, "read", intake_read.read)
    after, _ = archive(tmp_path / "two.db", inputs, HERE)
    assert after["post"] == expected["post"]
    assert after["thread"] == expected["thread"]


def test_a_worker_with_other_rules_is_refused() -> None:
    """A cluster whose workers hold another version of the parsers would make a mixture; it is told."""
    assert _by_the_same_rules(parsers.fingerprint(), half, 4) == 2
    with pytest.raises(CuttingsError, match="another version"):
        _by_the_same_rules("another", half, 4)


def test_a_cluster_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address at which nobody answers gives one clear message."""
    monkeypatch.setattr("aggregator.workers.PATIENCE", 0.5)
    pytest.importorskip("distributed", reason="the optional extra “dask” is not installed")
    with (
        pytest.raises(CuttingsError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        workers(cluster="tcp://127.0.0.1:9"),
    ):
        pass
