"""Kill real commands at random moments and look what is left: `python bench/kill_ingest.py [KILLS]`.

Each trial starts `run.py VERB` as a process of its own and ends it with SIGKILL at a moment between its start and
its usual end; with workers, the process that stores or one of those that read.
Two verbs are tried at a time, on archives of their own.
Then the archive is opened and asked:

- is everything there that the command had reported as stored (*acknowledged is stored*);
- do SQLite's `integrity_check`, its `foreign_key_check` and FTS5's own check (rank 1) pass;
- does the same command, run again to its end, give the same exports as one that was never killed;
- is no worker left behind by a parent that was killed, and does an import go on whose worker was killed?

SIGKILL is not a power failure: it shows that the program leaves nothing half done, not what a disk does to writes
that it has acknowledged.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from aggregator import operations  # noqa: E402
from aggregator.errors import CuttingsError  # noqa: E402
from aggregator.store import Store, exports  # noqa: E402

#: Seconds that workers may take to notice that their parent is gone.
PATIENCE = 10
#: What exports hold that depends on the hour of a run or on the order in which kills let documents in.
_OF_THE_RUN = {"ingested_at", "received_at"}


@dataclass
class Tally:
    """What the trials of one verb came to."""

    kills: int = 0
    ended_before: int = 0  # the command was faster than the kill
    acknowledged: int = 0
    reruns: int = 0
    faults: list[str] = field(default_factory=list)


def corpus(folder: Path, files: int = 30, posts: int = 60) -> None:
    """Invented exports with threads, beside a copy of the sample corpus."""
    shutil.copytree(ROOT / "data" / "sample", folder, dirs_exist_ok=True)
    (folder / "expected.json").unlink(missing_ok=True)
    for number in range(files):
        rows = []
        for place in range(posts):
            key = f"3k{number:03}{place:04}"
            rows.append(
                {
                    "uri": f"at://did:plc:invented{number:04}/app.bsky.feed.post/{key}",
                    "cid": f"bafy{key}",
                    "author": {"did": f"did:plc:invented{number:04}", "handle": f"branch{number}.library.example"},
                    "record": {
                        "$type": "app.bsky.feed.post",
                        "text": f"Opening hours of branch {number} were cut, reading group {place} moved. "
                        f"{place % 5 + 1}/5",
                        "createdAt": f"2026-11-{place % 20 + 1:02}T{number % 24:02}:{place:02}:00.000Z",
                    },
                }
            )
        (folder / f"branch{number}.json").write_text(json.dumps({"posts": rows}), encoding="utf-8")


def command(db: Path, *arguments: str) -> list[str]:
    """A command line for an archive."""
    return [sys.executable, str(ROOT / "run.py"), "--db", str(db), *arguments]


def run(db: Path, *arguments: str) -> float:
    """Let a command end; gives its seconds."""
    start = time.monotonic()
    done = subprocess.run(command(db, *arguments), capture_output=True, text=True, check=False, cwd=db.parent)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise AssertionError(f"{arguments}: exit {done.returncode}: {done.stderr[-2000:]}")
    return time.monotonic() - start


def killed(db: Path, moment: float, *arguments: str) -> tuple[bool, str]:
    """Start a command and kill it after so many seconds; whether it still ran, and what it had printed."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            command(db, *arguments), stdout=out, stderr=subprocess.DEVNULL, cwd=db.parent, start_new_session=True
        )
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        left = left_behind(process.pid)
        if left:
            raise AssertionError(f"{arguments}: processes left behind: {left}")
        out.seek(0)
        return process.returncode == -signal.SIGKILL, out.read().decode()


def worker_killed(db: Path, moment: float, *arguments: str) -> tuple[bool, int]:
    """Start a command, kill its youngest child after so many seconds; whether there was one, and how all ended."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            command(db, *arguments), stdout=out, stderr=out, cwd=db.parent, start_new_session=True
        )
        hit = False
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            children = [number for number, words in group(process.pid).items() if "forkserver" in words]
            if len(children) > 1:  # the first one forks the others
                os.kill(max(children), signal.SIGKILL)
                hit = True
        code = process.wait(300)
        out.seek(0)
        if b"Traceback" in out.read():
            raise AssertionError(f"{arguments}: a traceback after a worker was killed")
        return hit, code


def group(leader: int) -> dict[int, str]:
    """The running processes of a session and what they were started with."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its = status.read_text().rpartition(")")[2].split()[:3]
            if int(its) == leader and state != "Z":
                words = (status.parent / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(status.parent.name)] = words.decode(errors="replace")
    return found


def left_behind(leader: int) -> list[str]:
    """The processes of a session that are still there after a while."""
    end = time.monotonic() + PATIENCE
    while (found := group(leader)) and time.monotonic() < end:
        time.sleep(0.02)
    return list(found.values())


def exported(db: Path) -> dict[str, list[str]]:
    """All exports of an archive, as sorted lines."""
    with Store(db) as store:
        return {
            name: sorted(
                json.dumps({key: row[key] for key in row if key not in _OF_THE_RUN}, sort_keys=True)
                for row in rows(store.connection)
            )
            for name, rows in exports.EXPORTS.items()
        }


def unsound(db: Path) -> Iterator[str]:
    """What the checks of an archive find."""
    if not db.exists():
        return
    try:
        with Store(db) as store:
            for finding in store.care.check():
                if not finding.ok:
                    yield f"{finding.name}: {finding.detail}"
    except CuttingsError as exc:
        yield str(exc)


def differences(one: dict[str, list[str]], two: dict[str, list[str]]) -> list[str]:
    """Names of the exports that differ."""
    return [name for name in one if one[name] != two[name]]


# ------------------------------------------------------------------ the verbs


class Bench:
    """A folder with a corpus, an archive of it that was never disturbed, and the seconds that each verb takes."""

    def __init__(self, folder: Path, files: int, number: int) -> None:
        self.folder = folder
        self.chances = {verb: random.Random(f"{number} {verb}") for verb in SHARES}
        self.files = folder / "corpus"
        corpus(self.files, files)
        self.whole = folder / "whole.db"
        self.start = run(folder / "empty.db", "ingest", str(self.files / "hints.toml")) * 0.7
        self.seconds = {"ingest": run(self.whole, "ingest", str(self.files))}
        self.seconds["workers"] = run(folder / "workers.db", "ingest", "--workers", "2", str(self.files))
        self.seconds["link"] = run(self.whole, "link", "--all")
        self.seconds["backup"] = run(self.whole, "backup")
        self.expected = exported(self.whole)
        with Store(self.whole) as store:
            store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def moment(self, verb: str) -> float:
        """When to kill: the interpreter's start is left out, the end of the work is not."""
        return self.chances[verb].uniform(0.25, 1.05) * self.seconds[verb]

    def fresh(self, verb: str, source: Path | None = None) -> Path:
        """A path for an archive, with a copy of another one."""
        db = self.folder / verb / "trial.db"
        shutil.rmtree(db.parent, ignore_errors=True)
        db.parent.mkdir()
        if source:
            shutil.copyfile(source, db)
        return db

    def ingest(self, kills: int, tally: Tally) -> None:
        """Kill an import, look, let the next one go on, until it is whole."""
        self._import("ingest", kills, tally, "ingest", str(self.files))

    def workers(self, kills: int, tally: Tally) -> None:
        """The same with workers, who end with their parent; every third time one of them is killed instead."""
        arguments = ("ingest", "--workers", "2", str(self.files))
        self._import("workers", kills - kills // 3, tally, *arguments)
        for _ in range(kills // 3):
            db = self.fresh("workers")
            hit, code = worker_killed(db, self.moment("workers"), *arguments)
            tally.kills += hit
            tally.ended_before += not hit
            if code not in (0, 1):  # 1: files of the sample that cannot be used
                tally.faults.append(f"workers: exit {code} after a worker was killed")
            self._compare(tally, db, "workers")

    def _import(self, verb: str, kills: int, tally: Tally, *arguments: str) -> None:
        db = self.fresh(verb)
        for _ in range(kills):
            chance, whole = self.chances[verb], self.seconds[verb]
            hit = _trial(tally, db, self.start + chance.random() * (whole - self.start) * self._undone(db), *arguments)
            _acknowledged(tally, db)
            if not hit:
                self._finish(tally, db, *arguments)
                db = self.fresh(verb)
        self._finish(tally, db, *arguments)

    def _undone(self, db: Path) -> float:
        """The share of the corpus that is not in yet; linking is a third of the work."""
        if not db.exists():
            return 1.0
        with Store(db) as store:
            stored: int = store.connection.execute("SELECT count(*) FROM document").fetchone()[0]
        return 1 - 0.67 * stored / sum(1 for _ in self.files.iterdir())

    def link(self, kills: int, tally: Tally) -> None:
        """Kill linking of everything anew, decisions included."""
        db = self.fresh("link", self.whole)
        before = _decide(db)
        for _ in range(kills):
            _trial(tally, db, self.moment("link"), "link", "--all")
            if _decisions(db) != before:
                tally.faults.append("link: a decision was lost")
        run(db, "link", "--all")
        tally.reruns += 1

    def backup(self, kills: int, tally: Tally) -> None:
        """Kill a backup: what has a backup's name is whole."""
        db = self.fresh("backup", self.whole)
        for _ in range(kills):
            _trial(tally, db, self.moment("backup"), "backup")
            for path in operations.backup_folder(db).glob("cuttings-*.db"):
                tally.acknowledged += 1
                tally.faults += [f"backup: {path.name}: {fault}" for fault in unsound(path)]
                path.unlink()
        run(db, "backup")
        tally.reruns += 1

    def restore(self, kills: int, tally: Tally) -> None:
        """Kill a restore: there is a whole archive, old or new, and a new one is held."""
        db = self.fresh("restore", self.whole)
        run(db, "backup")
        for _ in range(kills):
            _trial(tally, db, self.moment("backup"), "restore")
            if not db.exists() or differences(exported(db), self.expected):
                tally.faults.append("restore: the archive is not whole")
        run(db, "restore")
        tally.reruns += 1

    def migrate(self, kills: int, tally: Tally) -> None:
        """Kill the creation of an archive: its schema is there as a whole or not at all."""
        for _ in range(kills):
            db = self.fresh("migrate")
            _trial(tally, db, self.chances["migrate"].uniform(0.2, 0.6), "ingest", str(self.files / "hints.toml"))
            with Store(db) as store:
                tally.faults += [f"migrate: {f.name}: {f.detail}" for f in store.care.check() if not f.ok]
        tally.reruns += 1

    def _finish(self, tally: Tally, db: Path, *arguments: str) -> None:
        run(db, *arguments)
        self._compare(tally, db, " ".join(arguments[:2]))

    def _compare(self, tally: Tally, db: Path, what: str) -> None:
        tally.reruns += 1
        for name in differences(exported(db), self.expected):
            tally.faults.append(f"{what}: {name} differ from an undisturbed run")


def _trial(tally: Tally, db: Path, moment: float, *arguments: str) -> bool:
    """One kill; whether it hit a running command."""
    hit, output = killed(db, moment, *arguments)
    tally.kills += hit
    tally.ended_before += not hit
    tally.faults += [f"{arguments[0]}: {fault}" for fault in unsound(db)]
    db.with_suffix(".out").write_text(output, encoding="utf-8")
    return hit


def _acknowledged(tally: Tally, db: Path) -> None:
    """Every file whose records were reported is in the archive."""
    lines = db.with_suffix(".out").read_text(encoding="utf-8").splitlines()
    said = {Path(one).name for one, two in itertools.pairwise(lines) if one[:1] != " " and two[:2] == "  "}
    said -= {Path(one).name for one, two in itertools.pairwise(lines) if two.startswith("  not used")}
    tally.acknowledged += len(said)
    if not said:
        return
    with Store(db) as store:
        stored = {row[0] for row in store.connection.execute("SELECT name FROM document")}
    tally.faults += [f"ingest: {name} was reported and is not there" for name in said - stored]


def _decide(db: Path) -> list[tuple[object, ...]]:
    with Store(db) as store, store.transaction():
        for row in store.connection.execute("SELECT id FROM link ORDER BY id LIMIT 10").fetchall():
            store.connection.execute("UPDATE link SET status = 'confirmed' WHERE id = ?", (row[0],))
    return _decisions(db)


def _decisions(db: Path) -> list[tuple[object, ...]]:
    with Store(db) as store:
        query = "SELECT coverage_id, statement_id FROM link WHERE status = 'confirmed' ORDER BY 1, 2"
        return [tuple(row) for row in store.connection.execute(query)]


#: Share of the kills that each verb gets; those that take longest come first.
SHARES = {"ingest": 0.3, "workers": 0.15, "link": 0.15, "backup": 0.15, "restore": 0.1, "migrate": 0.15}


def campaign(kills: int, *, files: int = 30, life: int = 6, number: int = 1) -> dict[str, Tally]:
    """About so many kills, spread over the verbs; after `life` kills an archive is finished and compared."""
    tallies = {verb: Tally() for verb in SHARES}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), files, number)

        def trials(verb: str) -> None:
            left = max(1, round(kills * SHARES[verb]))
            while left > 0:
                getattr(bench, verb)(min(life, left), tallies[verb])
                left -= life
            tally = tallies[verb]
            print(f"{verb}: {tally.kills} killed, {len(tally.faults)} faults", file=sys.stderr, flush=True)

        with ThreadPoolExecutor(2) as two:
            list(two.map(trials, SHARES))
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """The tallies as Markdown."""
    lines = [
        "| command | killed | ended before the kill | reported as stored, checked | finished again | faults |",
        "|---|---|---|---|---|---|",
    ]
    for verb, t in tallies.items():
        lines.append(f"| {verb} | {t.kills} | {t.ended_before} | {t.acknowledged} | {t.reruns} | {len(t.faults)} |")
    return "\n".join(lines)


def main() -> None:
    """Run a campaign and print its table; exit 1 where anything was lost."""
    start = time.monotonic()
    tallies = campaign(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    print(table(tallies))
    print(f"\n{time.monotonic() - start:.0f} s")
    faults = [fault for tally in tallies.values() for fault in tally.faults]
    with contextlib.suppress(BrokenPipeError):
        print("\n".join(faults[:50]))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
