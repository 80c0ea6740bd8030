"""The position board, one page for each position, and what staff change about it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from aggregator import neutral, weeks
from aggregator.linking_aliases import tells
from aggregator.store.board import WEEK
from aggregator.store.connect import Row
from aggregator.store.editing import SECTIONS, Edit
from aggregator.store.links import evidence
from aggregator.web import base, changes, relink, words
from aggregator.web.charts import bars
from aggregator.web.security import needs
from parsers.model import Record

pages = Blueprint("positions", __name__)

#: Letters of one section of a position.
LONGEST = 20_000


@pages.get("/positions")
@needs("viewer")
def board() -> tuple[str, int]:
    """How each position fares, the silent ones, and topics without one."""
    store = base.store()
    window = weeks.window_at(base.now(), base.config())
    found = store.board.positions(window.from_at)
    state = store.words.state()
    return base.page(
        "board.html",
        window=window,
        lively=[row for row in found if row["this_week"] or row["four_weeks"]],
        silent=[row for row in found if not row["this_week"] and not row["four_weeks"]],
        covered=sum(1 for row in found if row["this_week"]),
        retired=store.board.retired(),
        topics=store.board.topics(),
        busy=store.board.busy(window.from_at - 4 * WEEK),
        promise=state.promise,
        promises=state.by_position,
    )


@pages.get("/positions/<key>")
@needs("viewer")
def show(key: str) -> tuple[str, int]:
    """One position: its text, its coverage over time, its versions, its words."""
    row, store = base.statement_or_404(key), base.store()
    linker = store.words.state()
    window = weeks.window_at(base.now(), base.config())
    start = base.number("start", 0, 0, 100_000)
    found = store.board.coverage(row["id"], base.PAGE, start)
    return base.page(
        "position.html",
        row=row,
        areas=json.loads(row["areas"]),
        aliases=json.loads(row["aliases"]),
        sources=json.loads(row["sources"]),
        counts=store.board.position(row["id"], window.from_at),
        versions=changes.wordings(store.statements.versions(row["id"]), row["adopted_on"], _today()),
        chart=bars(store.board.weeks(row["id"], window.until_at)),
        coverage=found,
        evidence={item["id"]: evidence(item) for item in found},
        total=store.board.count(row["id"]),
        start=start,
        size=base.PAGE,
        quotes=_once(store.board.quotes(row["id"], 40)),
        old_lines=[(item, evidence(item)) for item in store.board.old_lines(row["id"])],
        near=store.board.near(row["id"]),
        history=store.board.decisions(key),
        group=words.contexts(store, [(key, row["title"])], terms=store.words.live(linker, key))[0],
        promise=linker.by_position.get(key),
        said=words.said(store),
        busy=relink.busy(),
    )


class Voice(Record, frozen=True, kw_only=True):
    """Words of one of our people, once, with all coverage that has them."""

    speaker: str
    quote: str
    places: tuple[Row, ...]  # key, who and published_at of the coverage, latest first


def _once(found: Sequence[Row]) -> list[Voice]:
    """Quotations by their words: copies of a story repeat them."""
    places: dict[tuple[str, str], list[Row]] = {}
    first: dict[tuple[str, str], str] = {}
    for row in found:
        key = (row["speaker"], "".join(filter(str.isalnum, row["quote"].casefold())))
        first.setdefault(key, row["quote"])
        places.setdefault(key, []).append(row)
    return [Voice(speaker=key[0], quote=first[key], places=tuple(rows)) for key, rows in places.items()]


def _today() -> str:
    return base.now().astimezone(base.config().zone).date().isoformat()


# ------------------------------------------------------------------ what staff change


@pages.route("/positions/<key>/edit", methods=["GET", "POST"])
@needs("reviewer")
def edit(key: str) -> Response | tuple[str, int]:
    """Change title, wording, areas, dates and other names, or retire a position."""
    row, editing = base.statement_or_404(key), base.store().editing
    now = editing.current(row)
    if request.method == "GET":
        return base.page("edit.html", **_form(row, _from_version(row, now), now))
    wanted = _edit(now)
    from_on, seen = _day("in_force_from"), request.form.get("seen", "")
    day = from_on or _earliest(row)
    if editing.save(row, wanted, seen=seen, who=base.person(), now=base.stamp(), in_force_from=day):
        if wanted != now:
            relink.soon()
        return base.go("positions.show", key=key)
    return base.page("edit.html", status=409, **_form(row, wanted, now, other=now, from_on=from_on))


def _form(
    row: Row, shown: Edit, now: Edit, other: Edit | None = None, from_on: dt.date | None = None
) -> dict[str, Any]:
    """What the edit page shows: the values of the form, and beside a conflict what stands in the archive."""
    return {
        "row": row,
        "edit": shown,
        "seen": base.store().editing.mark(now),
        "other": other,
        "from_on": from_on or _earliest(row),
        "differences": [
            (label, changes.words(getattr(other, name), getattr(shown, name)))
            for name, label in (("context", "Context"), ("position", "The position itself"), ("rationale", "Rationale"))
            if other and getattr(other, name) != getattr(shown, name)
        ],
    }


def _from_version(row: Row, now: Edit) -> Edit:
    """The form's values, with the wording of an earlier version where the address names one."""
    number = base.number("wording", 0, 0, 100_000)
    if not number:
        return now
    for version in base.store().statements.versions(row["id"]):
        if version["version"] == number:
            given = {name: getattr(now, name) for name in Edit.__struct_fields__}
            return Edit(**{**given, **{name: version[name] for name in SECTIONS}})
    raise NotFound("This position has no such version.")


def _earliest(row: Row) -> dt.date:
    """Today, or the day of the latest wording where that has not come yet."""
    last = base.store().statements.versions(row["id"])[-1]
    return dt.date.fromisoformat(max(_today(), last["in_force_from"][:10] if last["version"] > 1 else ""))


@pages.route("/positions/new", methods=["GET", "POST"])
@needs("reviewer")
def new() -> Response | tuple[str, int]:
    """Add a position that stands in no paper."""
    if request.method == "GET":
        return base.page("new_position.html", areas=base.store().board.areas())
    key = base.store().editing.add(_edit(None), who=base.person(), now=base.stamp())
    relink.soon()
    return base.go("positions.show", key=key)


def _edit(before: Edit | None) -> Edit:
    """The form; raises `BadRequest` for a title or text that is none, and days that are none."""
    title = neutral.line(request.form.get("title", ""))[:300]
    if not title:
        raise BadRequest("A position needs a title.")
    old = {name: getattr(before, name) if before else None for name in SECTIONS}
    position = _text("position", old["position"])
    if not position:
        raise BadRequest("A position needs its text: one or two sentences that say what you want.")
    aliases = _lines("aliases")
    for alias in sorted(set(aliases) - set(before.aliases if before else ())):
        if not tells(alias):
            raise BadRequest(f"“{alias}” stands in every piece and names nothing; take words of the subject.")
    return Edit(
        title=before.title if before and title == neutral.line(before.title) else title,
        position=position,
        context=_text("context", old["context"]),
        rationale=_text("rationale", old["rationale"]),
        areas=_lines("areas"),
        aliases=aliases,
        adopted_on=_day("adopted_on"),
        valid_from=_day("valid_from"),
        retired_on=_day("retired_on"),
    )


def _text(name: str, before: str | None) -> str | None:
    """A section; what a browser does to spaces and line ends is no change, nor is a form without the field."""
    if name not in request.form:
        return before
    text = neutral.neutral(request.form[name].replace("\r\n", "\n")).strip()[:LONGEST]
    if before is not None and neutral.neutral(before).split() == text.split():
        return before
    return text or None


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
