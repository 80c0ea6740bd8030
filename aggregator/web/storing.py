"""Storing what was handed in, beside the pages: a queue, and a child process for each document.

Which error is worse: a document that has to be handed in again is a nuisance, a server that a document takes down
takes the review with it.
So each is stored by a child (`python -m aggregator.web.storing`), which may use much memory and time, but not all;
where it ends before it is done, the document is marked as not stored and kept.
A long import survives a closed tab, and a restarted server takes it up again, because a document goes in as a whole
or not at all, and going in twice changes nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from flask import Flask

from aggregator import neutral, pipeline
from aggregator.config import Config
from aggregator.errors import CuttingsError
from aggregator.inputs import Input
from aggregator.model import Changes, FileReport
from aggregator.store import Store
from aggregator.store.connect import Error, Row
from aggregator.web import base
from aggregator.web.looking import PACKED
from parsers.errors import ParseError
from parsers.model import Problem

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[2]
#: Address space of a child, in bytes: the linker's arrays and a document of a few hundred megabytes fit in.
MEMORY = 4 << 30
#: Seconds of processor time, and more for each megabyte of the document.
CPU, CPU_PER_MB = 600, 30
#: How long a child waits for its turn to write, in milliseconds: another import may hold the archive for long.
TURN_MS = 600_000
#: What a child says at first, and after how many seconds it says how far it is.
READING, TELL = "reading, repairing and storing", 3.0
#: How long the worker waits for an archive that is busy while a form waits for the worker, and then before the next
#: try: milliseconds, seconds.
PATIENCE_MS, AGAIN = 300, 5.0


class Worker:
    """Stores one document after the other."""

    def __init__(self, db: Path, config: Config) -> None:
        self._db = db.resolve()
        self._config = config
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._running = False

    def nudge(self) -> None:
        """Start working where nobody is at it."""
        with self._lock:
            if not self._running:
                self._running = True
                threading.Thread(target=self._work, name="cuttings-import", daemon=True).start()

    def wait(self, upload_id: int, seconds: float) -> None:
        """Wait a moment for one document, so that a short import is seen done at once."""
        with Store(self._db) as store, self._changed:
            self._changed.wait_for(
                lambda: (row := store.uploads.get(upload_id)) is None or row["state"] in ("done", "failed"), seconds
            )

    def _work(self) -> None:
        try:
            with Store(self._db) as store:
                store.connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
                while (row := self._next(store)) is not None:
                    self._one(store, row)
                    with self._changed:
                        self._changed.notify_all()
        except Exception:
            log.exception("the import stopped")
            self._running = False

    def _next(self, store: Store) -> Row | None:
        """The document that waits longest; where none does, the worker ends."""
        while True:
            with self._lock:  # never for long: forms take it too
                try:
                    row = store.uploads.next()
                    self._running = row is not None
                    return row
                except Error as exc:  # somebody else's long import holds the archive: this one waits
                    log.info("the import waits: %s", exc)
            time.sleep(AGAIN)

    def _one(self, store: Store, row: Row) -> None:
        """Let a child store it; what the child did not note is noted here."""
        code = self._child(row["id"])
        after = store.uploads.get(row["id"])
        if after is not None and after["state"] == "running":
            log.error("import of upload %s ended with %s", row["id"], code)
            store.connection.execute(f"PRAGMA busy_timeout = {TURN_MS}")
            store.uploads.finish(row["id"], failed=True, progress=_ended(code), report={})
            store.connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")

    def _child(self, upload_id: int) -> int:
        """Run a child to its end; gives its exit code, below zero for the signal that ended it."""
        environment = {
            "PYTHONPATH": str(_ROOT),
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "OPENBLAS_NUM_THREADS": "1",  # its threads reserve memory that nothing uses
            **{name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ},
        }
        child = subprocess.run(
            [sys.executable, "-m", "aggregator.web.storing", str(self._db), str(upload_id)],
            input=msgspec.json.encode(self._config),
            stdout=subprocess.DEVNULL,
            env=environment,
            check=False,
        )
        return child.returncode


def _ended(code: int) -> str:
    """What the end of a child says to a person."""
    if code < 0:
        return "reading it takes more memory or time than it may; the import was stopped. Doing it again is safe"
    return "a bug of Cuttings, see the log. Doing it again is safe"


def worker(app: Flask) -> Worker:
    """The worker of an application."""
    found: Worker | None = app.extensions.get("cuttings_worker")
    if found is None:
        where: base.Place = app.extensions["cuttings"]
        found = app.extensions["cuttings_worker"] = Worker(where.db, where.config)
    return found


def resume(app: Flask) -> None:
    """Take up what an earlier server left undone."""
    with Store(app.extensions["cuttings"].db) as store:
        store.uploads.again()
    worker(app).nudge()


# ------------------------------------------------------------------ in the child


def main() -> None:
    """Store one upload: archive and number are the arguments, the settings come on standard input."""
    logging.basicConfig(level=logging.WARNING)
    db, upload_id = Path(sys.argv[1]), int(sys.argv[2])
    config = msgspec.json.decode(sys.stdin.buffer.read(), type=Config)
    with Store(db) as store:
        store.connection.execute(f"PRAGMA busy_timeout = {TURN_MS}")
        row = store.uploads.get(upload_id)
        if row is not None:
            _limit(row["size"])
            _one(store, row, config)


def _limit(size: int) -> None:
    """Limits of this process; where memory runs out for the whole machine, this one goes first."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    seconds = CPU + CPU_PER_MB * (size >> 20)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _one(store: Store, row: Row, config: Config) -> None:
    try:
        _store(store, row, config)
    except (ParseError, CuttingsError, Error, OSError) as exc:
        store.uploads.finish(row["id"], failed=True, progress=str(exc), report={})
    except MemoryError:
        store.uploads.finish(row["id"], failed=True, progress="reading it takes more memory than it may", report={})
    except Exception:  # a bug must not leave a document running for ever
        log.exception("import of upload %s", row["id"])
        store.uploads.finish(row["id"], failed=True, progress=_ended(1), report={})


def _store(store: Store, row: Row, config: Config) -> None:
    uploads, data = store.uploads, store.uploads.data(row["id"])
    uploads.say(row["id"], READING)
    name = _file_name(row["name"])
    with _told_on_the_way(store, row["id"], data, name), tempfile.TemporaryDirectory(prefix="cuttings-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        hint = msgspec.structs.replace(uploads.hint(row), name=row["name"])
        reports = list(pipeline.ingest(store, [Input(name=row["name"], path=path)], config, hint))
    report = _together(row["name"], reports)
    if report.error is None:
        uploads.say(row["id"], "linking it to our positions")
        pipeline.refresh(store, config)
    brought = [item["key"] for item in uploads.brought([one.sha256 for one in reports if one.sha256])]
    uploads.finish(
        row["id"], failed=report.error is not None, progress=report.error or "", report=told(report, brought)
    )


def _file_name(name: str) -> str:
    """What the archive calls a document: the last part of the name that it was handed in under."""
    plain = neutral.line(name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    return plain.encode()[:200].decode("utf-8", "ignore") or "document"


def _together(name: str, reports: list[FileReport]) -> FileReport:
    """What the files that were packed in one document gave, as one report; an error only where none could be used."""
    if len(reports) == 1:
        return reports[0]
    used = [report for report in reports if report.error is None]
    records: Counter[str] = Counter()
    for report in used:
        records.update(report.records)
    problems = [
        Problem(message=report.error, where=_inside(name, report.name), severity="error")
        for report in reports
        if report.error
    ]
    problems += [
        msgspec.structs.replace(problem, where=", ".join(filter(None, [_inside(name, report.name), problem.where])))
        for report in used
        for problem in report.problems
    ]
    return FileReport(
        name=name,
        format=PACKED,
        reason=f"{len(used)} of {len(reports)} files in it were read",
        records=dict(records),
        changes=sum((report.changes for report in used), Changes()),
        unknown=tuple(dict.fromkeys(name for report in used for name in report.unknown)),
        problems=tuple(problems),
        error=None if used else f"none of the {len(reports)} files in it could be used. {problems[0].message}",
    )


def _inside(name: str, member: str) -> str:
    """A packed file's name without that of what it was packed in."""
    return member.removeprefix(f"{name}/")


@contextlib.contextmanager
def _told_on_the_way(store: Store, upload_id: int, data: bytes, name: str) -> Iterator[None]:
    """Say now and then how many posts went in; large exports go in by portions, packed ones file by file."""
    over, db, before = threading.Event(), store.path, store.uploads.last_document()
    sha256 = hashlib.sha256(data).hexdigest()

    def tell() -> None:
        with Store(db) as store:
            while not over.wait(TELL):
                with contextlib.suppress(Error):  # a portion is on its way in; the next look finds more
                    if n := store.uploads.posts_of(sha256, name, before):
                        store.uploads.say(upload_id, f"{READING}: {n:,} posts so far")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def told(report: FileReport, brought: list[str]) -> dict[str, Any]:
    """What storing did, as the page shows it."""
    return {
        "format": report.format,
        "reason": report.reason,
        "records": report.records,
        "new": report.changes.new,
        "changed": report.changes.changed,
        "shared": report.changes.shared,
        "unchanged": report.changes.unchanged,
        "joined": report.joined,
        "repair": report.repair,
        "unknown": list(report.unknown),
        "problems": [{"where": p.where, "message": p.message} for p in report.problems[:50]],
        "coverage": brought,
    }


if __name__ == "__main__":
    main()
