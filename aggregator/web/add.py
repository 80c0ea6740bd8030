"""Add coverage: drop files or paste text, see what they are taken for, fill in what is missing, store.

Nothing is stored before a person has seen what was recognised.
Neither the look (`looking`) nor storing (`storing`) happens in this process: documents come from anywhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zoneinfo
from collections.abc import Sequence
from typing import Any

import msgspec
from flask import Blueprint, Flask, current_app, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from aggregator import neutral
from aggregator.store.connect import Row
from aggregator.store.telling import NAMES
from aggregator.web import base
from aggregator.web.looking import LOOKER, PACKED
from aggregator.web.security import needs
from aggregator.web.storing import worker
from parsers import dates
from parsers.detect import FORMATS
from parsers.model import Article, Hint

pages = Blueprint("add", __name__)

#: So long a form waits for its import before it shows how far it is.
WAIT = 2.0

#: What people call the kinds of documents.
KINDS = {
    "bluesky-car": "a Bluesky account export (CAR)",
    "bluesky-json": "Bluesky posts (JSON)",
    "bluesky-csv": "Bluesky posts (CSV)",
    "bluesky-rss": "a Bluesky feed (RSS)",
    "bluesky-scrape": "text copied from Bluesky",
    "feed": "a news feed",
    "article-html": "a news page",
    "mail": "a saved mail",
    "article-text": "a pasted article",
    "positions": "position statements",
    PACKED: "packed files (zip, gzip)",
}

#: Files of one go that the page lists, and pieces of the archive that a look names.
MANY, FEW = 50, 5

FIELDS = ("kind", "outlet", "url", "author", "timezone", "area")


# ------------------------------------------------------------------ pages


@pages.route("/add", methods=["GET", "POST"])
@needs("reviewer")
def start() -> Response | tuple[str, int]:
    """Hand in files or a text."""
    if request.method == "GET":
        return _form()
    limit = base.config().web.upload_megabytes << 20
    request.max_content_length = limit
    request.max_form_memory_size = limit
    given = [(file.filename or "a file", file.read()) for file in request.files.getlist("files") if file.filename]
    text = request.form.get("text", "")
    if text.strip():
        given.append(("a pasted text", text.replace("\r\n", "\n").encode("utf-8", "replace")))
    if not given:
        return _form("There is nothing to look at yet: paste a text, or choose a file.")
    try:
        hint = _hint(Hint())
    except BadRequest as exc:
        again = " Then choose the files again." if len(given) > bool(text.strip()) else ""
        return _form(f"{exc.description}{again}")
    uploads = base.store().uploads
    added = [
        uploads.add(data, name=neutral.line(name), who=base.person().name, now=base.stamp(), hint=hint)
        for name, data in given
    ]
    if len(added) > 1:
        return base.go("add.start", new=",".join(map(str, added)))
    return base.go("add.look", upload_id=added[0])


def _form(problem: str = "") -> tuple[str, int]:
    """The form to hand something in; with what was typed, where it had a problem."""
    limit, uploads = base.config().web.upload_megabytes, base.store().uploads
    recent = uploads.recent()
    numbers = [int(one) for one in request.args.get("new", "").split(",")[:MANY] if one.isascii() and one.isdigit()]
    found = (uploads.get(number) for number in numbers if number < 1 << 40)
    handed = [row for row in found if row is not None]
    status = 400 if problem else 200
    lacking = base.store().telling.counts()["any"]
    return base.page(
        "add.html",
        status,
        recent=recent,
        handed=handed,
        limit=limit,
        problem=problem,
        typed=request.form,
        lacking=lacking,
    )


@pages.get("/add/<int:upload_id>")
@needs("reviewer")
def look(upload_id: int) -> tuple[str, int]:
    """What a document was taken for, or how far storing it is."""
    return _look(_upload(upload_id))


def _look(row: Row, problem: str = "") -> tuple[str, int]:
    """The same, with what was typed where it had a problem."""
    upload_id = row["id"]
    hint = base.store().uploads.hint(row)
    if row["state"] != "preview":
        report = json.loads(row["report"]) if row["report"] else None
        return base.page("added.html", row=row, report=report, kind_names=KINDS, names=NAMES)
    data = base.store().uploads.data(upload_id)
    preview = LOOKER.preview(upload_id, data, row["name"], hint, base.config())
    known = _known(data, preview.articles)
    filled = {name: getattr(hint, name) or "" for name in FIELDS} | {"published": _shown_day(hint)}
    return base.page(
        "look.html",
        400 if problem else 200,
        row=row,
        kinds=list(FORMATS),
        kind_names=KINDS,
        preview=preview,
        known=known,
        problem=problem,
        typed=request.form if problem else filled,
    )


def _known(data: bytes, articles: Sequence[Article]) -> dict[str, Any]:
    """What of a document the archive has already: all of it, or articles like those in it."""
    uploads, sha256 = base.store().uploads, hashlib.sha256(data).hexdigest()
    found = (uploads.alike(article.headline, article.url) for article in articles[:FEW])
    return {
        "whole": uploads.stored(sha256),
        "pieces": uploads.brought([sha256])[:FEW],
        "alike": [row for row in found if row is not None],
    }


@pages.post("/add/<int:upload_id>")
@needs("reviewer")
def change(upload_id: int) -> Response | tuple[str, int]:
    """Look again with what was filled in, store, or throw away."""
    row, uploads = _upload(upload_id), base.store().uploads
    action = request.form.get("action")
    if action == "drop":
        uploads.give_up(upload_id)
        return base.go("add.start")
    if action == "again":
        uploads.retry(upload_id)
        return base.go("add.look", upload_id=upload_id)
    try:
        uploads.set_hint(upload_id, _hint(uploads.hint(row)))
    except BadRequest as exc:
        return _look(row, str(exc.description))
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
    except ValueError as exc:
        written = dates.parse(text, zone or base.config().digest.timezone)
        if written is None:
            raise BadRequest(f"“{text}” is no day; write one like 2026-11-09 or 9 November 2026.") from exc
        return written.at, written.date_only
    try:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=_zone(zone) if zone else base.config().zone if "T" in text else dt.UTC)
        return moment.astimezone(dt.UTC), len(text) <= len("2026-11-09")
    except (ValueError, OverflowError) as exc:
        raise BadRequest(f"“{text}” is no day; write one like 2026-11-09 or 9 November 2026.") from exc


def _shown_day(hint: Hint) -> str:
    if hint.published_at is None:
        return ""
    return hint.published_at.date().isoformat() if hint.date_only else hint.published_at.isoformat()
