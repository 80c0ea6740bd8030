"""Connections that the served app keeps between requests: never to another file, schema or half-done change."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest
from web_site import Site, get

from aggregator import pipeline
from aggregator.config import Config
from aggregator.store import Store
from aggregator.store.connect import Connection, Error
from aggregator.web import base, create_app


@pytest.fixture
def shop(tmp_path: Path) -> Site:
    with Store(tmp_path / "a.db") as store:
        store.people.add("Ada", "admin", pipeline.now())
    return Site(app=create_app(tmp_path / "a.db", Config(), keep=True), db=tmp_path / "a.db", config=Config())


def used(shop: Site) -> Connection:
    """The connection that a request gets."""
    with shop.app.app_context():
        return base.store().connection


def test_the_next_request_uses_it_again(shop: Site) -> None:
    """One connection serves one request after the other, with what others have written meanwhile."""
    first = used(shop)
    with shop.store() as other:
        other.people.add("Bea", "viewer", pipeline.now())
    assert used(shop) is first
    with shop.app.app_context():
        assert base.store().people.find("Bea") is not None


def test_two_requests_at_once(shop: Site) -> None:
    """No connection is in two requests at once, and both are kept."""
    with shop.app.app_context():
        here, there = base.store().connection, []
        thread = threading.Thread(target=lambda: there.append(used(shop)))
        thread.start()
        thread.join()
    assert there[0] is not here
    assert {used(shop), here} == {here}


def test_nothing_is_kept_without_being_asked(tmp_path: Path) -> None:
    """An app that a program makes for itself closes what each request opens."""
    with create_app(tmp_path / "a.db", Config()).app_context():
        Store(tmp_path / "a.db").close()
        connection = base.store().connection
    with pytest.raises(Error, match="closed"):
        connection.execute("SELECT 1")


def test_another_file_in_its_place(shop: Site, tmp_path: Path) -> None:
    """An archive that was put in the place of this one is the one that pages show."""
    used(shop)
    with Store(tmp_path / "b.db") as other:
        other.people.add("Cem", "viewer", pipeline.now())
        other.connection.execute("PRAGMA journal_mode = DELETE")
    shutil.move(tmp_path / "b.db", shop.db)
    with shop.app.app_context():
        assert base.store().people.find("Cem") is not None


def test_an_archive_that_a_newer_version_took_over(shop: Site) -> None:
    """What a newer version has changed is refused, with a connection kept as without."""
    client = shop.client()
    assert get(client, "/").status_code == 200
    with shop.store() as store:
        store.connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('cuttings', 'm9999_later', 'x')"
        )
    assert get(client, "/").status_code == 503


def test_a_change_that_was_left_half_done(shop: Site) -> None:
    """A transaction that a request leaves open is gone with its connection."""
    with shop.app.app_context():
        first = base.store()
        first.connection.execute("BEGIN")
        first.meta.set("half", "done")
    assert used(shop) is not first.connection
    with shop.store() as store:
        assert store.meta.get("half") is None


def test_a_connection_that_failed(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error of the database the next request opens the archive anew."""
    first, client = used(shop), shop.client()

    def fails(*_: object) -> None:
        raise Error("database is locked")

    monkeypatch.setattr("aggregator.store.people.People.by_session", fails)
    assert get(client, "/").status_code == 503
    assert used(shop) is not first


def test_an_archive_that_may_only_be_read(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others write is seen by the next request, and so are rights that are given back."""
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda path, mode: mode != os.W_OK)
        assert used(shop) is not used(shop)
        patch.undo()
        with shop.store() as other:
            other.people.add("Bea", "viewer", pipeline.now())
        patch.setattr("os.access", lambda path, mode: mode != os.W_OK)
        with shop.app.app_context():
            assert base.store().people.find("Bea") is not None
    with shop.app.app_context():
        base.store().people.add("Cy", "viewer", pipeline.now())
