"""A site over an invented archive, for the tests of the review app."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import tempfile
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from aggregator import pipeline
from aggregator.config import Config, load
from aggregator.inputs import Input
from aggregator.store import Store
from aggregator.web import create_app, security
from parsers.model import Hint

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
#: A moment in the week after the sample's.
NOW = dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)
BASE = "https://127.0.0.1"
OURS = {"Sec-Fetch-Site": "same-origin"}


def fill(db: Path, config: Config) -> None:
    """The bundled sample corpus as an archive."""
    with Store(db) as store:
        names = sorted(path for path in SAMPLE.iterdir() if path.suffix in (".txt", ".html", ".rss"))
        papers_first = sorted(names, key=lambda path: (not path.name.startswith("positions"), path.name))
        inputs = [Input(name=path.name, path=path) for path in papers_first]
        list(pipeline.ingest(store, inputs, config, Hint()))
        pipeline.refresh(store, config)


@dataclasses.dataclass
class Site:
    """An application, its archive, and people signed in."""

    app: Flask
    db: Path
    config: Config

    def store(self) -> Store:
        return Store(self.db)

    def secret(self, name: str = "Rosa", role: Any = "reviewer") -> str:
        """The secret of a new session."""
        with Store(self.db) as store:
            row = store.people.find(name)
            if row is None:
                store.people.add(name, role, pipeline.now())
                row = store.people.find(name)
                assert row is not None
                store.people.rehash(row["id"], "no password has this hash")
            return store.people.start_session(row["id"], "test", pipeline.now(), 7)

    def client(self, name: str = "Rosa", role: Any = "reviewer") -> FlaskClient:
        """A browser in which somebody is signed in."""
        client = self.app.test_client()
        client.set_cookie(security.COOKIE, self.secret(name, role), domain="127.0.0.1", secure=True)
        return client

    def one(self, sql: str, *values: Any) -> Any:
        """The first value of a query."""
        with Store(self.db) as store:
            row = store.connection.execute(sql, values).fetchone()
            return row[0] if row else None


def get(client: FlaskClient, path: str, **options: Any) -> Any:
    """A page."""
    return client.get(path, base_url=BASE, **options)


def post(client: FlaskClient, path: str, data: Any = None, headers: Any = None, **options: Any) -> Any:
    """A form of one of our own pages."""
    return client.post(path, base_url=BASE, data=data or {}, headers=OURS if headers is None else headers, **options)


@functools.cache
def filled(today: dt.date) -> bytes:
    """The archive of the sample corpus, made once for all tests whose clocks show the same day."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "a.db"
        fill(db, load(SAMPLE / "cuttings.toml"))
        with Store(db) as store:
            store.connection.execute("PRAGMA journal_mode = DELETE")
        return db.read_bytes()


def site(db: Path) -> Site:
    """The application over the sample corpus."""
    config = load(SAMPLE / "cuttings.toml")
    db.write_bytes(filled(pipeline.now().date()))
    return Site(app=create_app(db, config), db=db, config=config)
