"""Complete an article: staff give what its sources leave open or have wrong, one form an article, or a queue of them.

Nothing is guessed; what the text around the article says (a date line, an outlet's name) stands beside the form.
"""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from aggregator import neutral
from aggregator.article_dates import GRACE
from aggregator.store.article_told import Field, Value, Word
from aggregator.store.connect import Row
from aggregator.store.telling import MISSED, NAMES, JoinError, OtherArticleError
from aggregator.times import parse_utc, utc
from aggregator.web import base, relink
from aggregator.web.security import needs
from parsers import urls
from parsers.model import Record

pages = Blueprint("complete", __name__)

#: Which articles a queue holds: all that miss something, or one thing.
ANY = "any"
#: Before this day no article of an archive of press cuttings came out; a year typed with two digits did not either.
EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
#: Characters of a headline or a name, and names of a byline.
LONGEST, MOST = 500, 12
#: Characters of any field of the form.
FIELD = 2000


class Typed(Record, frozen=True, kw_only=True):
    """The form's fields as text, for showing them again."""

    headline: str = ""
    outlet: str = ""
    day: str = ""
    time: str = ""
    zone: str = ""
    url: str = ""
    byline: str = ""
    hush: bool = False


class Beside(Record, frozen=True, kw_only=True):
    """What a person gave before, beside a field of the form."""

    who: str
    at: str
    source: str | None  # what the sources say, as the form would show it


# ------------------------------------------------------------------ the queue


@pages.get("/missing")
@needs("viewer")
def queue() -> tuple[str, int]:
    """Articles that miss something."""
    store, field = base.store(), _queue(request.args.get("what"))
    ids = store.telling.queue(_field(field))
    start = base.number("start", 0, 0, 10_000_000)
    shown = ids[start : start + base.PAGE]
    listed = store.reading.in_list(shown)
    return base.page(
        "missing.html",
        rows=[listed[number] for number in shown if number in listed],
        missing=names_of(shown),
        counts=store.telling.counts(),
        names=NAMES,
        what=field,
        start=start,
        size=base.PAGE,
        total=len(ids),
        said=said(),
    )


def names_of(ids: list[int]) -> dict[int, list[str]]:
    """What each of these pieces misses, as pages call it."""
    return {number: [NAMES[field] for field in lacks] for number, lacks in base.store().telling.missing(ids).items()}


def said() -> dict[str, Any] | None:
    """What the person who looks has just given, with the number that takes it back."""
    act = base.number("said", 0, 0, 99_999_999)
    event = base.store().telling.said(act, base.person().name) if act else None
    if event is None:
        return None
    row = base.store().reading.coverage(event["coverage"])
    return {"act": act, "row": row, **{name: event[name] for name in ("before", "after", "note")}} if row else None


def _queue(text: str | None) -> str:
    return text if text in MISSED else ANY


def _field(name: str) -> Field | None:
    return next((field for field in MISSED if field == name), None)


# ------------------------------------------------------------------ the form


@pages.route("/coverage/<key>/complete", methods=["GET", "POST"])
@needs("reviewer")
def show(key: str) -> Response | tuple[str, int]:
    """Give date, outlet, address, headline or author of an article."""
    row = _article(key)
    now = base.store().telling.current(row["id"])
    if request.method == "GET":
        return _form(row, now, _typed(now))
    typed = Typed(**{name: _line(name) for name in Typed.__struct_fields__ if name != "hush"}, hush=_ticked("hush"))
    wanted, slips = _wanted(typed, now)
    if slips:
        return _form(row, now, typed, slips=slips)
    onward = _after(row["id"])
    try:
        saved = base.store().telling.save(
            row,
            wanted,
            hush=typed.hush,
            seen=request.form.get("seen", ""),
            who=base.person(),
            now=base.stamp(),
            agreed=request.form.get("agreed"),
        )
    except JoinError as exc:
        return _form(row, now, typed, status=409, twin=base.coverage_or_404(exc.key))
    except OtherArticleError as exc:
        return _form(row, now, typed, slips={"url": _other(str(exc), wanted["url"])})
    if saved is None:
        return _form(row, now, typed, status=409)
    if saved.act:
        relink.soon()
    if "queue" not in request.form:
        return base.go("coverage.show", key=saved.key, said=saved.act)
    if onward:
        return base.go("complete.show", key=onward, queue=_queue(request.form["queue"]), said=saved.act)
    return base.go("complete.queue", what=_queue(request.form["queue"]), said=saved.act)


def _article(key: str) -> Row:
    row = base.coverage_or_404(key)
    if row["kind"] != "article":
        raise BadRequest("Posts and threads say themselves when and by whom they were written.")
    return row


def _form(
    row: Row,
    now: Mapping[Field, Value],
    typed: Typed,
    *,
    slips: Mapping[str, str] | None = None,
    status: int = 200,
    twin: Row | None = None,
) -> tuple[str, int]:
    """The form; with `slips`, what is wrong with a field; with status 409, what to look at before it is saved.

    That is the `twin` that the article would become one with, else what somebody saved meanwhile.
    """
    store, held = base.store(), request.values.get("queue")
    words = store.telling.words(row["id"])
    waiting = store.telling.queue(_field(_queue(held))) if held is not None else []
    return base.page(
        "complete.html",
        400 if slips else status,
        row=row,
        typed=typed,
        seen=store.telling.mark(now),
        slips=slips or {},
        theirs=_typed(now) if status == 409 and twin is None else None,
        twin=twin,
        beside={field: _beside(word) for field, word in words.items() if word.value is not None},
        missing=names_of([row["id"]]).get(row["id"], []),
        outlets=store.telling.outlets(),
        around=_around(row),
        zone=base.config().zone.key,
        queue=_queue(held) if held is not None else None,
        place=waiting.index(row["id"]) + 1 if row["id"] in waiting else None,
        waiting=len(waiting),
        after=_after(row["id"]),
        said=said(),
    )


def _around(row: Row) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(row["dropped"])
    return found


def _after(coverage_id: int) -> str | None:
    """The name of the article that follows in the queue as it stands."""
    held = request.values.get("queue")
    if held is None:
        return None
    store = base.store()
    ids = store.telling.queue(_field(_queue(held)))
    place = ids.index(coverage_id) + 1 if coverage_id in ids else 0
    onward = [number for number in ids[place : place + 1] if number != coverage_id]
    return str(store.reading.in_list(onward)[onward[0]]["key"]) if onward else None


def _other(message: str, url: Value) -> Markup | str:
    """That an address is another article's, with the way to that one."""
    row = base.store().reading.by_url(str(url))
    if row is None:
        return message
    link = Markup('<a href="{}">{}</a>').format(
        base.address("coverage.show", key=row["key"]), neutral.line(row["headline"] or row["key"])[:120]
    )
    return Markup(
        "This is the address of another article, {}, whose text is a different one. Look at both and check the address."
    ).format(link)


def _beside(word: Word) -> Beside:
    return Beside(who=word.who, at=word.at, source=_plain(word.field, word.source))


def _plain(field: Field, value: Value) -> str | None:
    """A value as a person reads it."""
    if value is None or isinstance(value, tuple):
        return "; ".join(value or ()) or None
    if field != "date" or len(value) == len("2026-11-09"):
        return value
    at = parse_utc(value)
    return f"{at.astimezone(base.config().zone):%Y-%m-%d %H:%M}" if at else None


# ------------------------------------------------------------------ text to values and back


def _typed(now: Mapping[Field, Value]) -> Typed:
    """The values of an article as the form shows them, times in the team's zone."""
    date, byline = now["date"], now["byline"]
    at = parse_utc(date) if isinstance(date, str) and "T" in date else None
    local = at.astimezone(base.config().zone) if at else None
    return Typed(
        headline=str(now["headline"] or ""),
        outlet=str(now["outlet"] or ""),
        day=local.date().isoformat() if local else str(date or ""),
        time=f"{local:%H:%M}" if local else "",
        zone=base.config().zone.key,
        url=str(now["url"] or ""),
        byline="; ".join(byline) if isinstance(byline, tuple) else str(byline or ""),
    )


def _line(name: str) -> str:
    return _as_sent(request.form.get(name, ""))


def _as_sent(text: str) -> str:
    """A value as it comes back from the form that showed it."""
    return neutral.line(text)[: FIELD + 1].strip()


def _ticked(name: str) -> bool:
    return request.form.get(name) == "yes"


def _wanted(typed: Typed, now: Mapping[Field, Value]) -> tuple[dict[Field, Value], dict[str, str]]:
    """What a form says, field by field, and what is wrong with it; what was only shown is no change."""
    shown, slips = _typed(now), {}
    wanted: dict[Field, Value] = dict(now)
    if typed.headline != _as_sent(shown.headline):
        wanted["headline"] = typed.headline[:LONGEST] or None
    if typed.outlet != _as_sent(shown.outlet):
        wanted["outlet"] = typed.outlet[:LONGEST] or None
    if typed.byline != _as_sent(shown.byline):
        names = (name.strip()[:LONGEST] for name in typed.byline.split(";"))
        wanted["byline"] = tuple(name for name in names if name)[:MOST] or None
    if typed.url != _as_sent(shown.url):
        wanted["url"] = address = urls.canonical(typed.url) if neutral.link_url(typed.url) else None
        if len(typed.url) > FIELD:
            slips["url"] = f"This address is longer than {FIELD:,} characters; nearly all pages have a shorter one."
        elif typed.url and "." not in (urls.host(address or "") or ""):
            slips["url"] = (
                "This is no address of a page. It should begin with https:// and go on like news.example.org/story."
            )
    if (typed.day, typed.time, typed.zone) != (shown.day, shown.time, shown.zone):
        wanted["date"], wrong = _date(typed)
        slips |= wrong
    return wanted, slips


def _date(typed: Typed) -> tuple[Value, dict[str, str]]:
    """Day, time and zone as one value, or what is wrong with which of them."""
    if not typed.day:
        return None, {"day": "A time without a day says little: give the day, or empty the time."} if typed.time else {}
    try:
        day = dt.date.fromisoformat(typed.day)
    except ValueError:
        return None, {"day": f"“{typed.day}” is no day. Write one like 2026-11-09."}
    try:
        clock = dt.time.fromisoformat(typed.time) if typed.time else dt.time(12)
    except ValueError:
        return None, {"time": f"“{typed.time}” is no time. Write one like 08:30."}
    try:
        zone = zoneinfo.ZoneInfo(typed.zone or base.config().zone.key)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None, {"zone": f"“{typed.zone}” is no time zone. Write one like Europe/London."}
    try:
        moment = dt.datetime.combine(day, clock.replace(tzinfo=None), zone).astimezone(dt.UTC)
    except OverflowError:
        return None, {"day": f"“{typed.day}” is no day of this age."}
    if moment > base.now() + GRACE:
        return None, {"day": f"{day:%-d %B %Y} is still to come; check the year."}
    if moment < EARLIEST:
        return None, {"day": f"{typed.day} is too long ago; check the year."}
    return (utc(moment) if typed.time else day.isoformat()), {}


# ------------------------------------------------------------------ taking it back


@pages.post("/coverage/<key>/complete/undo")
@needs("reviewer")
def undo(key: str) -> Response:
    """Take back what one form gave."""
    text = request.form.get("act", "")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadRequest("Say what is to be taken back.")
    name = base.store().telling.undo(int(text), who=base.person(), now=base.stamp())
    relink.soon()
    if "queue" in request.form:
        return base.go("complete.show", key=name, queue=_queue(request.form["queue"]))
    return base.go("coverage.show", key=name)
