"""An archive of any earlier version is brought up to date, or refused, and there is a way back.

`tests/released/` holds an archive of each release with its exports (`make_released.py`).
Levels in between are made here: today's rows in the tables of an earlier schema.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from make import ARTICLE, PAPER, scrape
from sqlite_utils import Database, Migrations

from aggregator import migrations, operations, pipeline
from aggregator.config import Config
from aggregator.doctor import doctor
from aggregator.errors import StoreError, StoreVersionError
from aggregator.store import Store, exports
from aggregator.store.connect import applied_to, connect
from aggregator.store.upgrade import copy_name
from parsers.model import Hint

TODAY = dt.date(2026, 11, 22)
RELEASED = ROOT / "tests" / "released"
#: Our own part of the schema: what SQLite and sqlite-utils add is theirs to change.
SCHEMA = (
    "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%\\_fts\\_%' ESCAPE '\\' "
    "AND tbl_name NOT LIKE '\\_sqlite%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY type, name"
)
#: Fingerprints of the schema after each migration that a release has brought; add to them with a release, edit none.
APPLIED = [
    "2496dca48480",
    "5a6113953b38",
    "28e0e6b79b1e",
    "d95a2531013d",
    "30ac4040052b",
    "543ac3fc7ba3",
    "96d4ce4cc460",
    "8d1f9e5e013b",
    "0e6e0c838131",
    "eaf49878df52",
    "e5d2ab49e51b",
]


def level(path: Path, count: int) -> Path:
    """An empty archive with the first `count` migrations."""
    connection = connect(path, upgrade=False)
    set_of_them = Migrations(migrations.SET_NAME)
    for step in migrations.STEPS[:count]:
        set_of_them()(step)
    set_of_them.apply(Database(connection, execute_plugins=False))
    connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
    connection.close()
    return path


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of today with posts, an article, positions, links and a decision, as one file."""
    folder = tmp_path_factory.mktemp("filled")
    files = {
        "posts.txt": scrape(("Benches have gone from the park. 1/2", "09.11.2026 09:00", (3, 1, 0, 0)),
                            ("Nobody can sit down on the main path. 2/2", "09.11.2026 09:01", (1, 0, 0, 0))),
        "article.txt": ARTICLE.encode(),
        "paper.txt": PAPER.encode(),
    }  # fmt: skip
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with Store(folder / "a.db") as store:
        inputs = list(pipeline.find_inputs(str(folder / name) for name in files))
        assert not [report.error for report in pipeline.ingest(store, inputs, Config(), Hint()) if report.error]
        pipeline.refresh(store, Config())
        store.connection.execute("UPDATE link SET status = 'confirmed' WHERE id = (SELECT min(id) FROM link)")
        store.connection.execute("PRAGMA journal_mode = DELETE")
    return folder / "a.db"


def earlier(path: Path, count: int, filled: Path) -> Path:
    """An archive as the version with `count` migrations would hold today's rows."""
    level(path, count)
    connection = connect(path, upgrade=False)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("ATTACH ? AS today", (str(filled),))
    tables = "SELECT name FROM {}.sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    today = {row[0] for row in connection.execute(tables.format("today"))}
    for (table,) in connection.execute(tables.format("main")).fetchall():
        if table not in today or "_fts" in table or table.startswith(("_sqlite", "sqlite_")):
            continue
        both = columns(connection, "main", table) & columns(connection, "today", table)
        names = ", ".join(sorted(both))
        connection.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM today.{table}")
    for index, table in (("coverage_fts", "coverage"), ("statement_fts", "statement")):
        if table in {row[0] for row in connection.execute(tables.format("main"))}:
            connection.execute(f"INSERT INTO main.{index}({index}) VALUES ('rebuild')")
    connection.close()
    return path


def columns(connection: Any, schema: str, table: str) -> set[str]:
    """The columns of a table that can be written."""
    return {row["name"] for row in connection.execute(f"PRAGMA {schema}.table_xinfo({table})") if not row["hidden"]}


def exported(path: Path) -> dict[str, list[dict[str, Any]]]:
    """All exports of an archive."""
    with Store(path) as store:
        return {name: list(rows(store.connection)) for name, rows in exports.EXPORTS.items()}


def unsound(path: Path) -> list[str]:
    """What the checks of the file find."""
    with Store(path) as store:
        return [f"{finding.name}: {finding.detail}" for finding in store.care.check() if not finding.ok]


@pytest.mark.parametrize("count", range(1, len(migrations.NAMES)))
def test_every_level_is_brought_up_to_date(tmp_path: Path, filled: Path, count: int) -> None:
    """Rows of each earlier schema are all there afterwards, and every check passes."""
    old = earlier(tmp_path / "a.db", count, filled)
    before = counts(old)
    assert unsound(old) == []
    after = counts(old)
    assert {table: after[table] for table in before} == before
    if count >= migrations.NAMES.index("positions_and_links") + 1:
        expected = exported(filled)
        assert exported(old) | {"links": None, "stories": None} == expected | {"links": None, "stories": None}
        assert [row["status"] for row in exported(old)["links"]] == [row["status"] for row in expected["links"]]


def counts(path: Path) -> dict[str, int]:
    """Rows of each table, without bringing the file up to date."""
    connection = connect(path, upgrade=False)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    own = [name for name in names if "_fts" not in name and not name.startswith(("_sqlite", "sqlite_"))]
    found = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in own}
    connection.close()
    return found


# ------------------------------------------------------------------ releases


def released(name: str, folder: Path) -> Path:
    """The archive that a release left."""
    path = folder / "a.db"
    path.write_bytes(gzip.decompress((RELEASED / f"{name}.db.gz").read_bytes()))
    return path


RELEASES = sorted(path.name.removesuffix(".db.gz") for path in RELEASED.glob("*.db.gz"))


@pytest.mark.parametrize("name", RELEASES)
def test_archive_of_a_release(tmp_path: Path, name: str) -> None:
    """Everything that a release exported, this version exports from the same file; accounts and decisions are there."""
    path = released(name, tmp_path)
    assert unsound(path) == []
    today = exported(path)
    for line in (RELEASED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        then = json.loads(line)
        rows = json.loads(json.dumps(today[then["export"]]))
        assert any(then["row"] == {field: row.get(field) for field in then["row"]} for row in rows), then
    assert counts(path)["account"] == 1
    assert "confirmed" in {row["status"] for row in today["links"]}


@pytest.mark.parametrize("name", RELEASES)
def test_archive_of_a_release_goes_on(tmp_path: Path, name: str) -> None:
    """What comes in after the upgrade is stored, linked and found beside what was there."""
    path = released(name, tmp_path)
    (tmp_path / "new.txt").write_bytes(scrape(("More benches for the long path.", "16.11.2026 09:00", (1, 0, 0, 0))))
    with Store(path) as store:
        inputs = list(pipeline.find_inputs([str(tmp_path / "new.txt")]))
        assert [report.changes.new for report in pipeline.ingest(store, inputs, Config(), Hint())] == [1]
        pipeline.refresh(store, Config())
        assert store.search.find("benches", today=TODAY).hits
    assert unsound(path) == []


def test_applied_migrations_are_never_edited(tmp_path: Path) -> None:
    """What a release has applied gives the same schema for ever, comments included."""
    for count, fingerprint in enumerate(APPLIED, 1):
        connection = connect(level(tmp_path / f"{count}.db", count), upgrade=False)
        schema = connection.execute(SCHEMA).fetchall()
        connection.close()
        made = hashlib.sha256(repr([tuple(row) for row in schema]).encode()).hexdigest()[:12]
        assert made == fingerprint, f"{migrations.NAMES[count - 1]} differs from what releases have applied"


# ------------------------------------------------------------------ a way back


def test_copy_is_made_first(tmp_path: Path) -> None:
    """Beside the backups lies the archive as it was, which the version before can open; it can be restored here too."""
    path = released(RELEASES[0], tmp_path)
    was = len(applied(path))
    Store(path).close()
    copy = operations.backup_folder(path) / copy_name(was)
    assert len(applied(copy)) == was
    assert counts(copy) == {table: n for table, n in counts(path).items() if table in counts(copy)}
    Store(path).close()
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]
    operations.restore(path, copy)
    assert unsound(path) == []
    assert len(applied(copy)) == was


def test_only_the_latest_copies_stay(tmp_path: Path, filled: Path) -> None:
    """Of many upgrades, the copies of the last two stay."""
    folder = operations.backup_folder(tmp_path / "a.db")
    for count in (3, 7, 9):
        (tmp_path / "a.db").unlink(missing_ok=True)
        Store(earlier(tmp_path / "a.db", count, filled)).close()
    assert sorted(file.name for file in folder.iterdir()) == [copy_name(7), copy_name(9)]


def test_an_upgrade_is_told_once(tmp_path: Path) -> None:
    """The command that brings an archive up to date says so on standard error and names the copy; the next is quiet."""
    path = released(RELEASES[0], tmp_path)
    command = [sys.executable, str(ROOT / "run.py"), "--db", str(path), "search", "benches"]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path) for _ in "12")
    (line,) = [line for line in first.stderr.splitlines() if "brought up to date" in line]
    (copy,) = operations.backup_folder(path).iterdir()
    assert line == f"{path}: the archive was brought up to date for this version; a copy from before lies at {copy}"
    assert "brought up to date" not in second.stderr
    assert "brought up to date" not in first.stdout


def test_without_a_copy_nothing_changes(tmp_path: Path) -> None:
    """Where the copy cannot be written, the archive stays as it was, and the message says so."""
    path = released(RELEASES[0], tmp_path)
    was = applied(path)
    operations.backup_folder(path).write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(StoreError, match="Nothing was changed"):
        Store(path)
    assert applied(path) == was


def test_database_from_the_future_is_refused(tmp_path: Path) -> None:
    """An archive that a newer version has written is left byte for byte, and doctor says what to do."""
    path = released(RELEASES[0], tmp_path)
    with Store(path) as store:
        store.connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('cuttings', 'of_next_year', '')"
        )
        store.connection.execute("PRAGMA journal_mode = DELETE")
    before = path.read_bytes()
    with pytest.raises(StoreVersionError, match="newer"):
        Store(path)
    assert path.read_bytes() == before
    (finding,) = [finding for finding in doctor(path) if finding.name == "archive"]
    assert not finding.ok
    assert "upgrade" in finding.advice


def applied(path: Path) -> tuple[str, ...]:
    """The migrations of a file, which stays as it is."""
    connection = connect(path, upgrade=False)
    found = applied_to(connection)
    connection.close()
    return found


# ------------------------------------------------------------------ killed

#: Opens an archive, and kills itself when the migration of that place is about to end.
_DIES = """
import os, signal, sys
from pathlib import Path
from aggregator import migrations
place = int(sys.argv[2])
step = migrations.STEPS[place]
def dies(db):
    step(db)
    os.kill(os.getpid(), signal.SIGKILL)
dies.__name__ = step.__name__
migrations.STEPS = (*migrations.STEPS[:place], dies, *migrations.STEPS[place + 1:])
from aggregator.store import Store
Store(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("count", [1, 6, len(migrations.NAMES) - 2])
def test_killed_in_a_migration(tmp_path: Path, filled: Path, count: int) -> None:
    """Killed at the end of any migration that is due, the archive is as it was; opened again it is whole."""
    path = earlier(tmp_path / "a.db", count, filled)
    was = counts(path)
    for place in sorted({count, (count + len(migrations.NAMES)) // 2, len(migrations.NAMES) - 1}):
        done = subprocess.run([sys.executable, "-c", _DIES, str(path), str(place)], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL
        assert len(applied(path)) == count
        assert counts(path) == was
    assert unsound(path) == []
    assert applied(path) == migrations.NAMES


def test_killed_at_random_while_upgrading(tmp_path: Path) -> None:
    """Whenever the first opening is killed, the schema is old or new, the rows are there, and a named copy is whole."""
    chance = random.Random(5)
    command = [sys.executable, str(ROOT / "run.py"), "--db", str(tmp_path / "a.db"), "search", "benches"]
    old = len(applied(released(RELEASES[0], tmp_path)))
    start = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    usual = time.monotonic() - start
    for _ in range(10):
        path = released(RELEASES[0], tmp_path)
        was = counts(path)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(usual * chance.uniform(0.3, 1.0))
        process.kill()
        process.wait()
        assert len(applied(path)) in (old, len(migrations.NAMES))
        found = counts(path)
        assert {table: found[table] for table in was} == was
        for copy in operations.backup_folder(path).glob("*.db"):
            assert counts(copy) == was
            copy.unlink()
        assert unsound(path) == []
