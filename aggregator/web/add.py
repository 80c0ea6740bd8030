"""Add coverage: drop files or paste text, see what they are taken for, fill in what is missing, store.

Nothing is stored before a person has seen what was recognised.
Storing goes on in a thread of its own: a long import survives a closed tab, and a restarted server takes it up
again, because a document goes in as a whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import tempfile
import threading
import zoneinfo
from pathlib import Path
from typing import Any

import msgspec
from flask import Blueprint, Flask, current_app, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

import parsers
from aggregator import neutral, pipeline
from aggregator.config import Config
from aggregator.errors import CuttingsError
from aggregator.inputs import Input
from aggregator.model import FileReport
from aggregator.store import Store
from aggregator.store.connect import Error, Row
from aggregator.web import base
from aggregator.web.security import needs
from parsers.detect import FORMATS
from parsers.errors import ParseError
from parsers.model import Article, Hint, ParseResult, Post, Problem, Record, Statement, Thread

pages = Blueprint("add", __name__)
log = logging.getLogger(__name__)

#: Larger documents are recognised, but read only when they are stored.
PREVIEW = 8 << 20
#: So long a form waits for its import before it shows how far it is.
WAIT = 2.0

FIELDS = ("kind", "outlet", "url", "author", "timezone", "area")


class Preview(Record, frozen=True, kw_only=True):
    """What a document would become."""

    format: str | None = None
    reason: str = ""
    error: str | None = None
    later: bool = False  # too large to be read before storing
    articles: tuple[Article, ...] = ()
    threads: tuple[Thread, ...] = ()
    posts: int = 0
    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


# ------------------------------------------------------------------ pages


@pages.route("/add", methods=["GET", "POST"])
@needs("reviewer")
def start() -> Response | tuple[str, int]:
    """Hand in files or a text."""
    if request.method == "GET":
        limit = base.config().web.upload_megabytes
        return base.page("add.html", recent=base.store().uploads.recent(), limit=limit)
    limit = base.config().web.upload_megabytes << 20
    request.max_content_length = limit
    request.max_form_memory_size = limit
    given = [(file.filename or "a file", file.read()) for file in request.files.getlist("files") if file.filename]
    text = request.form.get("text", "")
    if text.strip():
        given.append(("a pasted text", text.replace("\r\n", "\n").encode("utf-8", "replace")))
    if not given:
        raise BadRequest("Choose a file, or paste a text.")
    hint = _hint(Hint())
    uploads = base.store().uploads
    added = [
        uploads.add(data, name=neutral.line(name), who=base.person().name, now=base.stamp(), hint=hint)
        for name, data in given
    ]
    return base.go("add.start") if len(added) > 1 else base.go("add.look", upload_id=added[0])


@pages.get("/add/<int:upload_id>")
@needs("reviewer")
def look(upload_id: int) -> tuple[str, int]:
    """What a document was taken for, or how far storing it is."""
    row = _upload(upload_id)
    hint = base.store().uploads.hint(row)
    if row["state"] != "preview":
        report = json.loads(row["report"]) if row["report"] else None
        return base.page("added.html", row=row, report=report)
    return base.page(
        "look.html", row=row, hint=hint, kinds=list(FORMATS), preview=preview(row, hint), day=_shown_day(hint)
    )


@pages.post("/add/<int:upload_id>")
@needs("reviewer")
def change(upload_id: int) -> Response:
    """Look again with what was filled in, store, or throw away."""
    row, uploads = _upload(upload_id), base.store().uploads
    action = request.form.get("action")
    if action == "drop":
        uploads.give_up(upload_id)
        return base.go("add.start")
    uploads.set_hint(upload_id, _hint(uploads.hint(row)))
    if action == "save" and uploads.accept(upload_id):
        worker(_app()).nudge()
        worker(_app()).wait(upload_id, WAIT)
    return base.go("add.look", upload_id=upload_id)


def _upload(upload_id: int) -> Row:
    row = base.store().uploads.get(upload_id)
    if row is None:
        raise NotFound("This document was stored or thrown away.")
    return row


def _app() -> Flask:
    found: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return found


# ------------------------------------------------------------------ what the person fills in


def _hint(old: Hint) -> Hint:
    """The form's fields as a hint; raises `BadRequest` for a day that is none."""
    values: dict[str, Any] = {name: request.form.get(name, "").strip()[:500] or None for name in FIELDS}
    if values["kind"] and values["kind"] not in FORMATS:
        raise BadRequest("There is no such kind of document.")
    if values["url"] and not neutral.link_url(values["url"]):
        raise BadRequest("This is not an address of a page: it should begin with https://")
    published = request.form.get("published", "").strip()
    if values["timezone"]:
        _zone(values["timezone"])
    moment, date_only = _moment(published, values["timezone"]) if published else (None, False)
    return msgspec.structs.replace(old, **values, published_at=moment, date_only=date_only)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise BadRequest(f"“{name}” is no time zone; write one like Europe/London.") from exc


def _moment(text: str, zone: str | None) -> tuple[dt.datetime, bool]:
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=_zone(zone) if zone else base.config().zone if "T" in text else dt.UTC)
        return moment.astimezone(dt.UTC), len(text) <= len("2026-11-09")
    except (ValueError, OverflowError) as exc:
        raise BadRequest(f"“{text}” is no day; write one like 2026-11-09.") from exc


def _shown_day(hint: Hint) -> str:
    if hint.published_at is None:
        return ""
    return hint.published_at.date().isoformat() if hint.date_only else hint.published_at.isoformat()


# ------------------------------------------------------------------ the look before


def preview(row: Row, hint: Hint) -> Preview:
    """Read a document without storing anything."""
    from parsers.detect import detect

    hint = pipeline.with_defaults(hint, row["name"], base.config())
    data = base.store().uploads.data(row["id"])
    try:
        found = detect(data, hint)
    except ParseError as exc:
        return Preview(error=str(exc))
    if len(data) > PREVIEW:
        return Preview(format=found.format, reason=found.reason, later=True)
    try:
        result = parsers.read(found, data, hint)
    except ParseError as exc:
        return Preview(format=found.format, reason=found.reason, error=str(exc))
    return _seen(result)


def _seen(result: ParseResult) -> Preview:
    """What a reading gave; of the notes only those that hold nothing of people's profiles."""
    from parsers.threads import stitch

    posts = [record for record in result.records if isinstance(record, Post)]
    notes = [(name, result.notes.get(name)) for name in ("repair", "encoding", "channel", "paper", "organisation")]
    return Preview(
        format=result.format,
        reason=result.reason,
        articles=tuple(record for record in result.records if isinstance(record, Article)),
        threads=tuple(sorted(stitch(posts), key=lambda thread: -len(thread.parts))) if posts else (),
        posts=len(posts),
        statements=tuple(record for record in result.records if isinstance(record, Statement)),
        problems=result.problems,
        notes=tuple((name, str(value)) for name, value in notes if value),
    )


# ------------------------------------------------------------------ storing


class Worker:
    """Stores one document after the other, beside the pages."""

    def __init__(self, db: Path, config: Config) -> None:
        self._db = db
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
                while True:
                    with self._lock:
                        row = store.uploads.next()
                        if row is None:
                            self._running = False
                            return
                    self._one(store, row)
                    with self._changed:
                        self._changed.notify_all()
        except Exception:
            log.exception("the import stopped")
            self._running = False

    def _one(self, store: Store, row: Row) -> None:
        try:
            self._store(store, row)
        except (ParseError, CuttingsError, Error, OSError) as exc:
            store.uploads.finish(row["id"], failed=True, progress=str(exc), report={})
        except Exception:  # a bug must not leave a document running for ever
            log.exception("import of %s", row["name"])
            store.uploads.finish(row["id"], failed=True, progress="a bug of Cuttings, see the log", report={})

    def _store(self, store: Store, row: Row) -> None:
        uploads, data = store.uploads, store.uploads.data(row["id"])
        uploads.say(row["id"], "reading, repairing and storing")
        with tempfile.TemporaryDirectory(prefix="cuttings-") as folder:
            path = Path(folder) / "document"
            path.write_bytes(data)
            hint = msgspec.structs.replace(uploads.hint(row), name=row["name"])
            inputs = [Input(name=row["name"], path=path)]
            (report,) = pipeline.ingest(store, inputs, self._config, hint)
        if report.error is None:
            uploads.say(row["id"], "linking it to our positions")
            pipeline.refresh(store, self._config)
        brought = [item["key"] for item in uploads.brought(data)]
        uploads.finish(
            row["id"], failed=report.error is not None, progress=report.error or "", report=told(report, brought)
        )


def told(report: FileReport, brought: list[str]) -> dict[str, Any]:
    """What storing did, as the page shows it."""
    return {
        "format": report.format,
        "reason": report.reason,
        "records": report.records,
        "new": report.changes.new,
        "changed": report.changes.changed,
        "unchanged": report.changes.unchanged,
        "repair": report.repair,
        "problems": [{"where": p.where, "message": p.message} for p in report.problems[:50]],
        "coverage": brought,
    }


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
