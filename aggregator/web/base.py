"""What every page uses: the archive of this request, the settings, who asks, and how a page is made."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from aggregator import pipeline
from aggregator.config import Config
from aggregator.errors import StoreError
from aggregator.store import Store
from aggregator.store.connect import Row
from aggregator.store.people import Person
from aggregator.web.kept import File, Kept, file_of
from parsers.model import Record

#: Rows of one page of a list.
PAGE = 30
#: How long a form waits for another's import to let it write; longer, and waiting forms would keep readers out.
PATIENCE_MS = 3000


class Place(Record, frozen=True, kw_only=True):
    """What an application is over."""

    db: Path
    config: Config
    kept: Kept | None = None  # connections between two requests; None where each opens its own


def place() -> Place:
    """The archive's file and the settings."""
    found: Place = current_app.extensions["cuttings"]
    return found


def config() -> Config:
    """The settings."""
    return place().config


def store() -> Store:
    """The archive, for this request alone; raises `StoreError` where it cannot be opened."""
    if "store" not in g:
        g.file = _file()
        kept = place().kept
        g.store = Store(place().db, kept.take(g.file) if kept else None)
        g.store.connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    found: Store = g.store
    return found


def open_store() -> Store:
    """The archive, opened anew whatever is kept; the caller closes it. Raises `StoreError`."""
    _file()
    return Store(place().db)


def _file() -> File:
    """The archive's file; one that has gone while the app ran (a disk that is not mounted) is not begun anew."""
    try:
        return file_of(place().db)
    except OSError as exc:
        raise StoreError(f"{place().db}: the archive has gone") from exc


def doubt() -> None:
    """Keep nothing of this request: the database has failed it."""
    g.doubted = True


def close_store(_: BaseException | None = None) -> None:
    """Close what this request opened, or keep it for the next one."""
    opened, kept = g.pop("store", None), place().kept
    if opened is None:
        return
    if kept and not g.get("doubted"):
        kept.give(g.file, opened.connection)
    else:
        opened.close()


def now() -> dt.datetime:
    """The application's clock."""
    return pipeline.now()


def stamp() -> str:
    """Now, as the archive writes it."""
    return pipeline.stamp()


def person() -> Person:
    """Who asks; pages are only reached signed in unless they say otherwise."""
    found: Person = g.person
    return found


def coverage_or_404(key: str) -> Row:
    """A piece of coverage by its public name."""
    row = store().reading.coverage(key)
    if row is None:
        raise NotFound("There is no coverage of that name in the archive.")
    return row


def statement_or_404(key: str) -> Row:
    """A position by its public name."""
    found = store().statements.rows("s.key = ?", key)
    if not found:
        raise NotFound("There is no position of that name.")
    return found[0]


def page(template: str, status: int = 200, **values: Any) -> tuple[str, int]:
    """A page from a template."""
    return render_template(template, **values), status


def address(endpoint: str, **values: Any) -> str:
    """The address of a page of ours."""
    return url_for(endpoint, **values)


def go(endpoint: str, **values: Any) -> Response:
    """See another page: the answer to every form, so that reloading repeats nothing."""
    return redirect(url_for(endpoint, **values), code=303)


def number(name: str, default: int, low: int, high: int) -> int:
    """A number from the query string, within bounds."""
    text = request.args.get(name, "")
    return min(high, max(low, int(text))) if text.isascii() and text.isdigit() and len(text) < 9 else default
