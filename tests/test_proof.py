"""Proofs of the store: many at work at once, an old SQLite, one door, interrupted repairs."""

from __future__ import annotations

import ast
import json
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from make import ARTICLE, PAPER, scrape
from test_kill import bench

from aggregator import operations, pipeline
from aggregator.config import Config
from aggregator.errors import StoreError
from aggregator.store import Store, exports, neighbours
from aggregator.store.connect import SAFE_WAL
from parsers.model import Hint


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """An archive of each kind of record."""
    files = {
        "posts.txt": scrape(("The benches of the park have gone.", "09.11.2026 09:00", (3, 1, 0, 0))),
        "article.txt": ARTICLE.encode(),
        "paper.txt": PAPER.encode(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with Store(tmp_path / "a.db") as store:
        list(pipeline.ingest(store, pipeline.find_inputs(str(tmp_path / n) for n in files), Config(), Hint()))
        pipeline.refresh(store, Config())
    return tmp_path / "a.db"


def exported(path: Path) -> dict[str, list[dict[str, Any]]]:
    """All exports of an archive."""
    with Store(path) as store:
        return {name: list(rows(store.connection)) for name, rows in exports.EXPORTS.items()}


def command(db: Path, *arguments: str) -> list[str]:
    """A command line for an archive."""
    return [sys.executable, str(ROOT / "run.py"), "--db", str(db), *arguments]


# ------------------------------------------------------------------ together


def test_many_at_work_at_once() -> None:
    """Import, decisions, searches, exports and proved backups side by side: no error, least of all a locked archive."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "together.py"), "3"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rounds = [int(line.split("|")[3]) for line in done.stdout.splitlines()[2:]]
    assert len(rounds) == 5
    assert all(rounds), done.stdout


def test_every_transaction_takes_the_write_lock_at_once() -> None:
    """A deferred BEGIN that writes later fails whatever the timeout: only the store's door says BEGIN."""
    for path in [*(ROOT / "aggregator").rglob("*.py"), *(ROOT / "parsers").rglob("*.py")]:
        source = path.read_text(encoding="utf-8")
        found = re.findall(r"[\"'](BEGIN[ A-Z]*)[\"']", source)
        if path.name == "connect.py":
            assert sorted(found) == ["BEGIN", "BEGIN IMMEDIATE"]  # the first one is for reading alone
        else:
            assert found == [], path


def test_only_the_door_knows_the_library() -> None:
    """No module but the store's door imports SQLite; the migrations borrow its tokeniser."""
    users = set()
    for path in [*(ROOT / "aggregator").rglob("*.py"), *(ROOT / "parsers").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if {"sqlite3", "pysqlite3"} & {name.split(".")[0] for name in names}:
                users.add(path.relative_to(ROOT).as_posix())
    assert users == {"aggregator/store/connect.py", "aggregator/migrations.py"}


# ------------------------------------------------------------------ an old SQLite

_OLD = """
import sys
sys.modules["pysqlite3"] = None  # as where the package is not to be had
from aggregator.cli import main
sys.argv = ["run.py", "--db", sys.argv[1], *sys.argv[2:]]
main()
"""


def old(db: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command with the SQLite that Python brings."""
    return subprocess.run(
        [sys.executable, "-c", _OLD, str(db), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_no_log_with_an_old_sqlite(db: Path) -> None:
    """Before 3.51.3 the archive gets a rollback journal, also where a newer SQLite had given it a log; doctor says so."""
    import sqlite3

    if sqlite3.sqlite_version_info >= SAFE_WAL:
        pytest.skip("Python's own SQLite is new here")
    before = exported(db)
    done = old(db, "doctor", "--json")
    facts = {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}["engine"]
    assert facts["ok"]
    assert facts["facts"]["journal_mode"] == "delete"
    assert facts["facts"]["synchronous"] == 3
    assert facts["facts"]["sqlite"] == sqlite3.sqlite_version
    assert old(db, "link", "--all").returncode == 0
    assert exported(db)["posts"] == before["posts"]


def test_doctor_tells_machines_how_the_archive_is_kept(db: Path) -> None:
    """`doctor --json`: version, journal, synchronous, foreign keys, triggers and file mark, one finding a line."""
    with Store(db) as store:
        operations.backup(store)
    done = subprocess.run(command(db, "doctor", "--json"), capture_output=True, text=True, check=False)
    lines = {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}
    facts = lines["engine"]["facts"]
    assert facts["journal_mode"] == ("wal" if tuple(map(int, facts["sqlite"].split("."))) >= SAFE_WAL else "delete")
    assert facts["synchronous"] >= 2
    assert (facts["foreign_keys"], facts["recursive_triggers"], facts["trusted_schema"]) == (1, 1, 0)
    assert facts["application_id"] == 0x43555454
    assert done.returncode == int(not all(line["ok"] for line in lines.values()))


# ------------------------------------------------------------------ rights, copies


def test_archive_and_copies_are_nobody_elses(db: Path) -> None:
    """Archive, log, backup and restored archive may be read by their owner alone; rights that a person set stay."""
    with Store(db) as store:
        path, _ = operations.backup(store)
    assert db.stat().st_mode & 0o077 == 0
    assert path.stat().st_mode & 0o077 == 0
    db.chmod(0o640)
    operations.restore(db)
    assert db.stat().st_mode & 0o777 == 0o640


def test_restored_rows_are_the_same(db: Path, tmp_path: Path) -> None:
    """What comes back from a backup is equal in every export, and every stored byte."""
    before = exported(db)
    with Store(db) as store:
        path, counts = operations.backup(store)
        raw = [store.documents.read(n) for n in store.documents.ids()]
    new = tmp_path / "elsewhere" / "b.db"
    assert operations.restore(new, path)[1] == counts
    assert exported(new) == before
    with Store(new) as store:
        assert [store.documents.read(n) for n in store.documents.ids()] == raw


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_truncated_backup_is_found_out(db: Path, share: float) -> None:
    """A backup that lost its end, wherever, is refused by --check and by the restore, and nothing is changed."""
    with Store(db) as store:
        path, _ = operations.backup(store)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    before = exported(db)
    for check_only in (True, False):
        with pytest.raises(StoreError):
            operations.restore(db, check_only=check_only)
    assert exported(db) == before


# ------------------------------------------------------------------ reading anew, interrupted

#: `reprocess` with parsers that find other words; every document takes a while.
_SLOW = """
import sys, time
from pathlib import Path
import msgspec
from aggregator.config import Config
from aggregator.reprocess import reprocess
from aggregator.store import Store
from parsers import article_text
from parsers.model import Article
read = article_text.parse
def parse(text, hint):
    result = read(text, hint)
    records = [msgspec.structs.replace(r, headline="Seats go") for r in result.records if isinstance(r, Article)]
    return msgspec.structs.replace(result, records=tuple(records))
article_text.parse = parse
print("begins", flush=True)
with Store(Path(sys.argv[1])) as store:
    reprocess(store, Config(), write=True, tick=lambda: time.sleep(0.03))
print("done", flush=True)
"""


def test_interrupted_rereading_is_harmless(db: Path) -> None:
    """Killed whenever, the archive holds the old reading or the new one, never some of each, and is sound."""
    before = exported(db)
    chance = random.Random(3)
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", _SLOW, str(db)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        assert process.stdout.readline() == "begins\n"
        time.sleep(chance.uniform(0.02, 0.35))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        now = exported(db)
        if now != before:
            assert [row["headline"] for row in now["articles"]] == ["Seats go"]
        with Store(db) as store:
            assert [finding for finding in store.care.check() if not finding.ok] == []
        if now != before:
            break
    subprocess.run([sys.executable, "-c", _SLOW, str(db)], cwd=ROOT, check=True, capture_output=True)
    assert [row["headline"] for row in exported(db)["articles"]] == ["Seats go"]
    assert exported(db)["posts"] == before["posts"]


# ------------------------------------------------------------------ growth


def test_a_small_import_does_not_walk_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of SQLite for twenty new posts is the same beside four times as many stored ones."""
    monkeypatch.setattr(neighbours, "CROWD", 50)  # as where very many posts lie around the new ones
    work = []
    for accounts in (15, 60):
        folder = tmp_path / str(accounts)
        folder.mkdir()
        with Store(folder / "a.db") as store:
            for number in range(accounts):
                take(store, number)
            steps = [0]
            store.connection.set_progress_handler(lambda steps=steps: steps.__setitem__(0, steps[0] + 1), 50)
            take(store, 999)
            work.append(steps[0])
    assert work[1] < 1.5 * work[0], work


def take(store: Store, number: int) -> None:
    """Ingest an invented account's twenty posts."""
    path = store.path.with_name("next.json")
    path.write_bytes(bench("together").export_of(number))
    list(pipeline.ingest(store, pipeline.find_inputs([str(path)]), Config(), Hint()))
