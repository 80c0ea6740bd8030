"""The review: one piece of coverage with its proposals, one decision at a time.

The address holds the filters and the proposal that is looked at, so that going back, reloading and sending the
address to a colleague all work.
Every decision is a form; the script only presses their buttons.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any, TypeAlias

from flask import Blueprint, current_app, redirect, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from aggregator import issues, pipeline
from aggregator.pipeline import NEWS_FOR
from aggregator.store.connect import Row, snapshot, transaction
from aggregator.store.review import STANCES, Action, Conflict
from aggregator.store.review_queue import Filter
from aggregator.times import utc
from aggregator.web import base
from aggregator.web.complete import names_of
from aggregator.web.coverage import blocks_of, link_cards, missing_end, near_same, part_views, places
from aggregator.web.excerpts import excerpts
from aggregator.web.security import needs

pages = Blueprint("review", __name__)

FILTERS = ("band", "kind", "who", "area", "position")
#: Decisions a minute, for “about 4 minutes”.
PACE = 6
AHEAD = 8
#: Counting the choices of so long a queue takes longer than all else on the page; seconds for which counts are kept.
LONG, FRESH = 2000, 60.0

Choices: TypeAlias = dict[str, list[tuple[str, str, int]]]


def wanted() -> Filter:
    """The filters in the address, or in a form that carries them on."""
    return Filter(**{name: request.values.get(name, "")[:300] or None for name in FILTERS})


def carried() -> dict[str, str]:
    """The filters to put into the next address."""
    found = wanted()
    return {name: value for name in FILTERS if (value := getattr(found, name))}


def queue() -> list[int]:
    """The links that wait, filtered and in order."""
    return base.store().review.queue(wanted(), _oldest())


def _oldest() -> str:
    """What came out before this enters no issue."""
    return utc(base.now() - NEWS_FOR) or ""


@pages.get("/review")
@needs("viewer")
def show() -> tuple[str, int]:
    """The queue, and the proposal that is looked at with its coverage."""
    with snapshot(base.store().connection):
        return _show()


def _show() -> tuple[str, int]:
    store = base.store()
    waiting = queue()
    place = _place(waiting, request.args.get("at", ""))
    since = utc(_midnight()) or ""
    done = store.review.done_since(base.person().name, since)
    values: dict[str, Any] = {
        "filters": carried(),
        "choices": _choices(len(waiting)),
        "waiting": len(waiting),
        "place": place,
        "done": done,
        "minutes": -(-len(waiting) // PACE),
        "said": store.review.history(limit=1),
        "stances": STANCES,
    }
    if not waiting:
        return base.page("review_empty.html", **values)
    return base.page("review.html", **values, **_card(waiting, place))


def _choices(waiting: int) -> Choices:
    """What the queue can be narrowed to; of a long queue the counts may be a minute old, of a short one never."""
    if waiting < LONG:
        return base.store().review.choices()
    kept: tuple[float, Choices] | None = current_app.extensions.get("cuttings_choices")
    if kept is None or time.monotonic() - kept[0] > FRESH:
        kept = current_app.extensions["cuttings_choices"] = (time.monotonic(), base.store().review.choices())
    return kept[1]


def _card(waiting: list[int], place: int) -> dict[str, Any]:
    """The coverage of the proposal at `place`, and what comes after it."""
    store = base.store()
    current, *coming = store.review.waiting(waiting[place : place + 1 + 4 * AHEAD], _oldest())
    link = store.review.link(current.link)
    assert link is not None
    row = base.coverage_or_404(link["coverage_key"])
    cards = link_cards(store.reading.links(row["id"]))
    quotes = store.reading.quotes(row["id"])
    voices = places(row, quotes)
    # One line for each piece: the other proposals of this one stand on its card already.
    later = {item.coverage: item for item in reversed(coming)}
    ahead = [item for key, item in reversed(later.items()) if key != current.coverage][:AHEAD]
    listed = store.reading.in_list([item.coverage for item in ahead])
    posts = store.reading.posts(row["id"]) if row["kind"] == "thread" else []
    return {
        "row": row,
        "current": current,
        "cards": cards,
        "open": (waiting_here := [card for card in cards if card.status == "proposed"]),
        "blocks": near_same(waiting_here),
        "body": blocks_of(row, voices),
        "voices": voices,
        "quotes": quotes,
        "marks": _marks(cards, current.link),
        "parts": list(part_views(posts, row, voices)) if posts else [],
        "missing_end": missing_end(row, posts) if posts else None,
        "story": store.reading.story(row),
        "history": store.review.history(coverage=row["key"], limit=10),
        "documents": store.reading.documents(row["id"]),
        "missing": names_of([row["id"]]).get(row["id"], []),
        "ahead": [(item, listed[item.coverage]) for item in ahead],
        "before": waiting[place - 1] if place else None,
        "after": waiting[place + 1] if place + 1 < len(waiting) else None,
    }


def _marks(cards: list[Any], current: int) -> list[tuple[str, str]]:
    """The sentence of the proposal that is looked at."""
    return [(card.theirs, "match") for card in cards if card.id == current and card.theirs]


def _place(waiting: list[int], at: str) -> int:
    number = int(at) if at.isascii() and at.isdigit() and len(at) < 12 else None
    return waiting.index(number) if number in waiting else 0


def _midnight() -> dt.datetime:
    zone = base.config().zone
    return dt.datetime.combine(base.now().astimezone(zone).date(), dt.time(0), tzinfo=zone)


# ------------------------------------------------------------------ decisions


@pages.post("/review/decide")
@needs("reviewer")
def decide() -> Response | tuple[str, int]:
    """Confirm or reject the proposal of a form, and move on to the next."""
    action = request.form.get("action", "")
    link = base.store().review.link(_int("link"))
    if action not in ("confirm", "reject"):
        raise BadRequest("Confirm or reject?")
    if link is None:
        return _conflict(Conflict(None), action)
    onward = _next_after(link["id"])
    coverage = base.coverage_or_404(link["coverage_key"])
    return _decide(coverage, link["statement_key"], "confirm" if action == "confirm" else "reject", onward)


def _decide(coverage: Row, statement: str, action: Action, onward: str) -> Response | tuple[str, int]:
    version = request.form.get("version", "")
    try:
        base.store().review.decide(
            coverage,
            statement,
            action,
            who=base.person(),
            now=base.stamp(),
            expected=int(version) if version.isascii() and version.isdigit() else None,
            stance=request.form.get("stance"),
        )
    except Conflict as exc:
        return _conflict(exc, action, coverage, statement)
    return redirect(onward, code=303)


def _conflict(
    conflict: Conflict, action: str, coverage: Row | None = None, statement: str | None = None
) -> tuple[str, int]:
    """Both values side by side, and the way on; nothing was written."""
    return base.page(
        "conflict.html",
        status=409,
        link=conflict.link,
        action=action,
        coverage=coverage,
        statement=base.statement_or_404(statement) if statement else None,
        filters=carried(),
        stance=request.form.get("stance", ""),
    )


def _next_after(link_id: int) -> str:
    """The address of the proposal that follows in the queue as it stands before a decision."""
    waiting = queue()
    after = waiting[waiting.index(link_id) + 1 :][:1] if link_id in waiting else []
    return base.address("review.show", at=after[0] if after else None, **carried())


@pages.get("/review/add/<key>")
@needs("reviewer")
def choose(key: str) -> tuple[str, int]:
    """Find a position to add to a piece of coverage."""
    row = base.coverage_or_404(key)
    text = request.args.get("find", "").strip()[:300]
    links = {link["key"]: link for link in base.store().reading.links(row["id"])}
    return base.page(
        "choose.html",
        row=row,
        find=text,
        found=base.store().review.find_positions(text) if text else [],
        links=links,
        filters=carried(),
        at=request.args.get("at", ""),
        stances=STANCES,
    )


@pages.post("/review/add/<key>")
@needs("reviewer")
def add(key: str) -> Response | tuple[str, int]:
    """Add a position to a piece of coverage."""
    row = base.coverage_or_404(key)
    statement = base.statement_or_404(request.form.get("statement", ""))
    onward = base.address("review.show", at=request.form.get("at") or None, **carried())
    return _decide(row, statement["key"], "add", onward)


@pages.post("/review/no-fit/<key>")
@needs("reviewer")
def no_fit(key: str) -> Response | tuple[str, int]:
    """No position fits: reject what was proposed, remember the topic."""
    row = base.coverage_or_404(key)
    waiting = queue()
    own = {link["id"] for link in base.store().reading.links(row["id"])}
    last = max((place for place, link in enumerate(waiting) if link in own), default=None)
    after = waiting[last + 1] if last is not None and last + 1 < len(waiting) else None
    seen = []
    for text in request.form.getlist("seen"):
        statement, _, version = text.rpartition(":")
        if not version.isdigit():
            raise BadRequest("The form is not complete.")
        seen.append((statement, int(version)))
    try:
        base.store().review.no_fit(row, seen, who=base.person(), now=base.stamp())
    except Conflict as exc:
        return _conflict(exc, "no position fits", row)
    return redirect(base.address("review.show", at=after, **carried()), code=303)


@pages.post("/review/undo")
@needs("reviewer")
def undo() -> Response | tuple[str, int]:
    """Take back one's own latest decision and show its coverage again."""
    store = base.store()
    try:
        key = store.review.undo(base.person(), base.stamp())
    except Conflict as exc:
        return _conflict(exc, "undo")
    if key is None:
        raise NotFound("You have not decided anything that could be taken back.")
    row = base.coverage_or_404(key)
    proposed = [link["id"] for link in store.reading.links(row["id"]) if link["status"] == "proposed"]
    return redirect(base.address("review.show", at=proposed[0] if proposed else None, **carried()), code=303)


@pages.get("/review/digest/<key>")
@needs("viewer")
def preview(key: str) -> tuple[str, int]:
    """What of a piece of coverage stands in the next digest, if nothing changes until then."""
    row, config = base.coverage_or_404(key), base.config()
    window = issues.upcoming(base.store(), config)
    digest = pipeline.compose_digest(base.store(), config, window)
    return base.page(
        "in_digest.html",
        row=row,
        window=window,
        lines=excerpts(digest, row["key"]),
        counted=row["key"] in digest.ids,
        filters=carried(),
        at=request.args.get("at", ""),
    )


# ------------------------------------------------------------------ a whole story


@pages.route("/review/story/<key>/<statement>", methods=["GET", "POST"])
@needs("reviewer")
def story(key: str, statement: str) -> Response | tuple[str, int]:
    """Decide on one position for all pieces of a story, after the list of what will change."""
    store = base.store()
    row, position = base.coverage_or_404(key), base.statement_or_404(statement)
    found = store.review.in_story(row["story_id"], statement) if row["story_id"] else []
    if request.method == "GET":
        return base.page("bulk.html", row=row, position=position, found=found, filters=carried())
    action = request.form.get("action", "")
    if action not in ("confirm", "reject"):
        raise BadRequest("Confirm or reject?")
    chosen = {text.rpartition(":")[0]: text.rpartition(":")[2] for text in request.form.getlist("seen")}
    act: int | None = None
    try:
        with transaction(store.connection):
            for item in found:
                if item["key"] in chosen and chosen[item["key"]].isdigit():
                    act = store.review.decide(
                        item,
                        statement,
                        "confirm" if action == "confirm" else "reject",
                        who=base.person(),
                        now=base.stamp(),
                        expected=int(chosen[item["key"]]),
                        act=act,
                    )
    except Conflict as exc:
        return _conflict(exc, action, row, statement)
    return base.go("review.show", **carried())


def _int(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1
