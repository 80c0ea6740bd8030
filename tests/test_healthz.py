"""`/healthz` and the pages around it when the archive is locked, damaged, gone or from the future."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from aggregator.config import Config
from aggregator.store import Store
from aggregator.store.connect import sqlite3
from aggregator.web import create_app

BASE = "http://127.0.0.1"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    with Store(tmp_path / "a.db") as store:
        store.meta.set("x", "y")
    return tmp_path / "a.db"


@pytest.fixture(params=[False, True], ids=["each its own", "kept"])
def client(db: Path, request: pytest.FixtureRequest) -> FlaskClient:
    return create_app(db, Config(), keep=request.param).test_client()


def health(client: FlaskClient) -> tuple[int, str]:
    answer = client.get("/healthz", base_url=BASE)
    return answer.status_code, answer.text


def test_well(client: FlaskClient) -> None:
    """An archive that answers is 200 and two letters; also while somebody writes."""
    assert health(client) == (200, "ok\n")


def test_a_writer_is_no_fault(client: FlaskClient, db: Path) -> None:
    """While an import writes, the app is well."""
    with Store(db) as store, store.transaction():
        store.meta.set("x", "z")
        assert health(client) == (200, "ok\n")


def spoil(db: Path) -> None:
    with Store(db) as store:
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.write_bytes(b"no database at all " * 1000)


def from_the_future(db: Path) -> None:
    with Store(db) as store:
        store.connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('cuttings', 'm9999_later', 'x')"
        )


def lose(db: Path) -> None:
    shutil.move(db, db.with_suffix(".elsewhere"))


@pytest.mark.parametrize("trouble", [spoil, lose, from_the_future])
def test_an_archive_that_cannot_be_opened(client: FlaskClient, db: Path, trouble: object) -> None:
    """503, at once, without a word about files; and nothing is made where the archive was."""
    trouble(db)  # type: ignore[operator]
    there = sorted(path.name for path in db.parent.iterdir())
    status, text = health(client)
    assert (status, text) == (503, "the archive does not answer\n")
    page = client.get("/sign-in", base_url=BASE)
    assert page.status_code in (200, 503)
    page = client.get("/", base_url=BASE, headers={"Cookie": "__Host-cuttings=x"})
    assert str(db) not in page.text
    assert sorted(path.name for path in db.parent.iterdir()) == there


def test_an_archive_locked_for_good(client: FlaskClient, db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another program keeps even readers out, it is 503."""
    monkeypatch.setattr(sys.modules["aggregator.store.connect"], "BUSY_MS", 100)
    keeper = sqlite3.connect(str(db), isolation_level=None)
    try:
        keeper.execute("PRAGMA locking_mode = EXCLUSIVE")
        keeper.execute("BEGIN EXCLUSIVE")
        assert health(client)[0] == 503
    finally:
        keeper.close()
    assert health(client)[0] == 200
