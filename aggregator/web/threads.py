"""What people decide about threads: split after a part, join with another, give back to the rules.

Which error is worse: a decision on a thread that looked different when the page was made would cut at the wrong
place, so every form carries what the thread's text was, and a changed one is shown again instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import Blueprint, request
from werkzeug.exceptions import BadRequest, Conflict
from werkzeug.wrappers import Response

from aggregator import neutral, pipeline
from aggregator.store.connect import Row
from aggregator.times import parse_utc, utc
from aggregator.web import base, relink
from aggregator.web.security import needs
from parsers.model import Record

pages = Blueprint("threads", __name__)

#: Threads within so many days are offered; a search reaches farther.
DAYS, FAR = 7, 60
SHOWN = 12


class Candidate(Record, frozen=True, kw_only=True):
    """A thread that may belong to another one."""

    row: Row
    when: str  # how far apart, as a person says it


@pages.get("/coverage/<key>/join")
@needs("reviewer")
def choose(key: str) -> tuple[str, int]:
    """Threads of the same author around the same time, to join one with this."""
    row = _thread(key)
    find = neutral.line(request.args.get("find", ""))[:80]
    at = parse_utc(row["published_at"]) if row["published_at"] else None
    found: Sequence[Row] = ()
    if at:
        reach = dt.timedelta(days=FAR if find else DAYS)
        days = (utc(at - reach) or "", utc(at + reach) or "")
        found = base.store().threads.near(row, find, days, SHOWN)
    candidates = [
        Candidate(row=other, when=apart(at, there))
        for other in found
        if at and (there := parse_utc(other["published_at"]))
    ]
    return base.page("join.html", row=row, candidates=candidates, find=find, days=FAR if find else DAYS)


def apart(one: dt.datetime, other: dt.datetime) -> str:
    """How long before or after another moment one is.

    >>> noon = dt.datetime(2026, 11, 9, 12, 0, tzinfo=dt.UTC)
    >>> apart(noon, noon + dt.timedelta(minutes=40)), apart(noon, noon - dt.timedelta(hours=25)), apart(noon, noon)
    ('40 minutes later', '1 day earlier', 'the same minute')
    """
    minutes = int(abs(other - one) / dt.timedelta(minutes=1))
    if not minutes:
        return "the same minute"
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            n = minutes // size
            return f"{n} {name}{'' if n == 1 else 's'} {'later' if other > one else 'earlier'}"
    return ""


@pages.post("/coverage/<key>/join")
@needs("reviewer")
def join(key: str) -> Response:
    """Make one thread of this and another one, for good."""
    row, other = _thread(key), request.form.get("other", "")
    found = base.store().reading.coverage(other)
    if found is None or found["kind"] != "thread" or found["id"] == row["id"]:
        raise BadRequest("Choose another thread to join this one with.")
    store, who, now = base.store(), base.person(), base.stamp()
    with store.transaction():
        _unchanged(row["key"], request.form.get("seen"))
        _unchanged(found["key"], request.form.get("seen_other"))
        joined = store.threads.join([row["key"], found["key"]], who.name, now)
        store.review.log(
            "join", who=who, now=now, coverage=joined, before=f"{row['key']} and {found['key']}", after=joined
        )
    relink.soon()
    return base.go("coverage.show", key=joined, _anchor="posts")


@pages.post("/coverage/<key>/cut")
@needs("reviewer")
def cut(key: str) -> Response:
    """Make two threads of one, the second from a part on, for good."""
    row = _thread(key)
    store, who, now = base.store(), base.person(), base.stamp()
    with store.transaction():
        _unchanged(row["key"], request.form.get("seen"))
        one, two = store.threads.split(row["key"], request.form.get("at", ""), who.name, now)
        for half in (one, two):
            store.review.log("cut", who=who, now=now, coverage=half, before=row["key"], after=f"{one} and {two}")
    relink.soon()
    return base.go("coverage.show", key=one, _anchor="posts")


@pages.post("/coverage/<key>/release")
@needs("reviewer")
def release(key: str) -> Response:
    """Give a thread, and those that the same decisions made, back to the rules."""
    row = _thread(key)
    store, who, now = base.store(), base.person(), base.stamp()
    with store.transaction():
        _unchanged(row["key"], request.form.get("seen"))
        released = store.threads.by_hand_with(row["key"])
        if not released:
            raise BadRequest("This thread stands as the rules made it.")
        for name in released:
            store.threads.release(name, who.name, now)
            store.review.log("release", who=who, now=now, coverage=name, before="by hand", after="by the rules")
        pipeline.stitch(store)
    relink.soon()
    return base.go("coverage.show", key=row["key"], _anchor="posts")


def _thread(key: str) -> Row:
    row = base.coverage_or_404(key)
    if row["kind"] != "thread":
        raise BadRequest("Only threads have parts to join and split.")
    return row


def _unchanged(key: str, seen: str | None) -> None:
    """Refuse a form that was made from another text of a thread; inside the transaction that writes."""
    now = base.store().reading.coverage(key)
    if now is None or now["text_sha"] != seen:
        raise Conflict("This thread has changed since the page was made. Nothing was changed; look at it again.")
