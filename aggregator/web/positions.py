"""The position board, and one page for each position."""

from __future__ import annotations

import datetime as dt
import json
import re

from flask import Blueprint, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from aggregator import neutral, weeks
from aggregator.store.connect import Row
from aggregator.store.editing import Edit
from aggregator.store.links import evidence
from aggregator.web import base
from aggregator.web.charts import bars
from aggregator.web.security import needs

pages = Blueprint("positions", __name__)


@pages.get("/positions")
@needs("viewer")
def board() -> tuple[str, int]:
    """How each position fares, the silent ones, and topics without one."""
    store = base.store()
    window = weeks.window_at(base.now(), base.config())
    found = store.board.positions(window.from_at)
    return base.page(
        "board.html",
        window=window,
        positions=found,
        silent=[row for row in found if not row["this_week"] and not row["four_weeks"]],
        retired=store.board.positions(window.from_at, retired=True),
        topics=store.board.topics(),
    )


@pages.get("/positions/<key>")
@needs("viewer")
def show(key: str) -> tuple[str, int]:
    """One position: its text, its coverage over time, its versions."""
    row, store = base.statement_or_404(key), base.store()
    window = weeks.window_at(base.now(), base.config())
    start = base.number("start", 0, 0, 100_000)
    found = store.board.coverage(row["id"], base.PAGE, start)
    return base.page(
        "position.html",
        row=row,
        areas=json.loads(row["areas"]),
        aliases=json.loads(row["aliases"]),
        sources=json.loads(row["sources"]),
        versions=store.statements.versions(row["id"])[::-1],
        chart=bars(store.board.weeks(row["id"], window.until_at)),
        coverage=found,
        evidence={item["id"]: evidence(item) for item in found},
        total=store.board.count(row["id"]),
        start=start,
        size=base.PAGE,
        quotes=store.board.quotes(row["id"]),
        old_lines=sum(_is_old_line(item) for item in found),
        history=store.review.history(statement=key, limit=15),
    )


def _is_old_line(item: Row) -> bool:
    found = evidence(item)
    return bool(found and found.old_echo)


# ------------------------------------------------------------------ what staff change


@pages.route("/positions/<key>/edit", methods=["GET", "POST"])
@needs("reviewer")
def edit(key: str) -> Response | tuple[str, int]:
    """Change title, areas, dates and other names, or retire a position."""
    row, editing = base.statement_or_404(key), base.store().editing
    now = editing.current(row)
    if request.method == "GET":
        return base.page("edit.html", row=row, edit=now, seen=editing.mark(now), other=None)
    wanted = _edit()
    if editing.save(row, wanted, seen=request.form.get("seen", ""), who=base.person(), now=base.stamp()):
        return base.go("positions.show", key=key)
    return base.page("edit.html", status=409, row=row, edit=wanted, seen=editing.mark(now), other=now)


@pages.route("/positions/new", methods=["GET", "POST"])
@needs("reviewer")
def new() -> Response | tuple[str, int]:
    """Add a position that stands in no paper."""
    if request.method == "GET":
        return base.page("new_position.html", areas=base.store().board.areas())
    text = {name: request.form.get(name, "").strip()[:20_000] or None for name in ("position", "context", "rationale")}
    if not text["position"]:
        raise BadRequest("A position needs its text: one or two sentences that say what you want.")
    key = base.store().editing.add(
        _edit(),
        position=text["position"],
        context=text["context"],
        rationale=text["rationale"],
        who=base.person(),
        now=base.stamp(),
    )
    return base.go("positions.show", key=key)


def _edit() -> Edit:
    """The form; raises `BadRequest` for a title that is none and days that are none."""
    title = neutral.line(request.form.get("title", ""))[:300]
    if not title:
        raise BadRequest("A position needs a title.")
    return Edit(
        title=title,
        areas=_lines("areas"),
        aliases=_lines("aliases"),
        adopted_on=_day("adopted_on"),
        valid_from=_day("valid_from"),
        retired_on=_day("retired_on"),
    )


def _lines(name: str) -> tuple[str, ...]:
    """Values one a line, each once, in order of the alphabet as the archive keeps them."""
    found = {neutral.line(line)[:120] for line in re.split(r"[\n;]", request.form.get(name, ""))}
    return tuple(sorted(found - {""}))


def _day(name: str) -> dt.date | None:
    text = request.form.get(name, "").strip()
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise BadRequest(f"“{text}” is no day; write one like 2026-11-09.") from exc
