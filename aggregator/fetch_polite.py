"""Manners of a reader: when to ask again, what to send back, how often to knock.

Which error is worse: to see an article an hour late costs nothing, to be locked out by an outlet costs its coverage.
So a server's wishes (Retry-After, max-age, "gone") come before our schedule, a feed is never asked more than once
an hour by itself, failures make the pauses longer, and a feed that offers no way to ask "anything new?" and has
nothing new is asked ever more seldom, down to once a day.
Pure: moments come in as arguments.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import random
import re
from collections.abc import Mapping

from aggregator.fetch_http import Answer

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
#: No server makes us wait longer, and no failure.
LONGEST = DAY
#: A move counts when so many polls in a row were sent to the same new address.
CONFIRMATIONS = 3
#: Polls of many sources spread out by up to this share of their interval.
JITTER = 0.1


def conditional(etag: str | None, modified: str | None) -> dict[str, str]:
    """The headers that ask "anything new?", validators sent back as they came."""
    headers = {}
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    return headers


def validators(answer: Answer) -> tuple[str | None, str | None]:
    """ETag and Last-Modified of an answer, unless they could not be sent back."""
    return _sound(answer.header("etag")), _sound(answer.header("last-modified"))


def _sound(text: str | None) -> str | None:
    return text if text and len(text) <= 1000 and text.isascii() and text.isprintable() else None


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> dt.timedelta | None:
    """How long the server asks us to stay away: Retry-After in seconds or as a date, or RateLimit-Reset.

    >>> retry_after({"retry-after": "120"}, dt.datetime(2026, 11, 9, tzinfo=dt.UTC))
    datetime.timedelta(seconds=120)
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", text):
        return min(dt.timedelta(seconds=int(text)), LONGEST)
    moment = http_date(text)
    if moment is None:
        reset = headers.get("ratelimit-reset", "").strip()
        if not re.fullmatch(r"\d{1,12}", reset):
            return None
        # Bluesky's servers give the second of the epoch, the draft standard the seconds that are left.
        number = min(int(reset), 10**11)  # the year 5138; later ones are no dates
        moment = dt.datetime.fromtimestamp(number, dt.UTC) if number > 10**9 else now + dt.timedelta(seconds=number)
    return min(max(moment - now, dt.timedelta(0)), LONGEST)


def http_date(text: str) -> dt.datetime | None:
    """A date as HTTP writes it, aware UTC."""
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    try:
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except OverflowError:
        return None


def max_age(headers: Mapping[str, str]) -> dt.timedelta:
    """How long the server calls its answer fresh."""
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", headers.get("cache-control", ""), re.IGNORECASE)
    return min(dt.timedelta(seconds=int(found[1])), LONGEST) if found else dt.timedelta(0)


def pause(
    interval: dt.timedelta, *, failures: int = 0, idle: int = 0, asked: dt.timedelta | None = None, chance: float = 0.0
) -> dt.timedelta:
    """How long to wait before the next poll.

    `interval` as set; `failures` in a row; `idle` polls in a row without validators that gave nothing new;
    `asked` is what the server wants; `chance` is 0–1, for the spread.
    Never shorter than the interval.
    """
    doublings = min(max(failures, idle), 12)
    longer: dt.timedelta = max(min(interval * 2**doublings, LONGEST), interval)
    return max(longer, asked or dt.timedelta(0)) + interval * JITTER * chance


def chance() -> float:
    """Where in the spread a poll falls."""
    return random.random()  # no secret depends on it
