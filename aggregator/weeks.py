"""Weekly issues on the calendar of the team: which week a moment belongs to, and when it closes.

An issue is named after the ISO week of its cut-off's day before: a cut-off on Monday 08:00 closes the week that
ended on Sunday.
A wall time that a clock change skips moves to the first moment after the gap; one that happens twice is the first.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

import msgspec

from aggregator.config import Config, clock
from aggregator.errors import ConfigError
from aggregator.issue_model import Window

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Cut-offs before noon close the day before.
NOON = dt.time(12)
#: Coverage older than this when it came in is archive, not news.
NEWS_FOR = dt.timedelta(days=21)
#: Years in which there is coverage; further out, calendars and zones run into their own ends.
EARLIEST, LATEST = 1970, 2200


def cutoff(day: dt.date, at: dt.time, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The instant of a wall time on a day, as aware UTC."""
    wall = dt.datetime.combine(day, at, tzinfo=zone)  # fold=0: the first of two
    instant = wall.astimezone(dt.UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
        # In the gap: fold=0 took the offset before it, which lands after it by the gap's width.
        # A whole day can be in it, as Samoa's 30 December 2011 was.
        before = (wall - dt.timedelta(hours=25)).astimezone(dt.UTC)
        instant = _first_after_gap(before, instant, zone)
    return instant


def _first_after_gap(low: dt.datetime, high: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The instant at which the offset changes between two instants."""
    offset = low.astimezone(zone).utcoffset()
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def issue_name(cut: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """The name of the issue that closes at `cut`, as "2026-W46"."""
    local = cut.astimezone(zone)
    day = local.date() - dt.timedelta(days=1) if local.time() < NOON else local.date()
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def window_at(moment: dt.datetime, config: Config) -> Window:
    """The window whose cut-off comes next at `moment`."""
    zone = config.zone
    at = clock(config.digest.cutoff, "[digest] cutoff")
    weekday = WEEKDAYS.index(config.digest.weekday)
    today = moment.astimezone(zone).date()
    day = today + dt.timedelta(days=(weekday - today.weekday()) % 7)
    until = cutoff(day, at, zone)
    if until <= moment:
        day += dt.timedelta(days=7)
        until = cutoff(day, at, zone)
    return Window(
        issue=issue_name(until, zone),
        from_at=cutoff(day - dt.timedelta(days=7), at, zone),
        until_at=until,
        timezone=config.digest.timezone,
    )


def last_closed(moment: dt.datetime, config: Config) -> Window:
    """The window whose cut-off came last at `moment`."""
    return window_at(window_at(moment, config).from_at - dt.timedelta(seconds=1), config)


def between(base: dt.datetime, window: Window, config: Config) -> list[Window]:
    """The windows that closed after `base` and before `window`, oldest first; at most two years of them."""
    found: list[Window] = []
    earlier = window_at(window.from_at - dt.timedelta(seconds=1), config)
    while earlier.until_at > base and len(found) < 104:
        found.append(earlier)
        earlier = window_at(earlier.from_at - dt.timedelta(seconds=1), config)
    return found[::-1]


def closed_at(window: Window, moment: dt.datetime) -> Window:
    """A window that closes early, with everything that came in until `moment`."""
    return msgspec.structs.replace(window, until_at=moment.replace(microsecond=0) + dt.timedelta(seconds=1))


def send_time(until: dt.datetime, config: Config) -> dt.datetime:
    """When the issue that closes at `until` goes out by itself: at `send_at` of that day, else of the next."""
    zone = config.zone
    at = clock(config.digest.send_at, "[digest] send_at")
    day = until.astimezone(zone).date()
    moment = cutoff(day, at, zone)
    return moment if moment >= until else cutoff(day + dt.timedelta(days=1), at, zone)


def window_of(issue: str, config: Config) -> Window:
    """The window of a named issue; raises `ConfigError` for what is no week."""
    match = re.fullmatch(r"(\d{4})-W(\d{2})", issue)
    try:
        if not match or not EARLIEST <= int(match[1]) <= LATEST:
            raise ValueError("not of the form 2026-W46")
        monday = dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as exc:
        raise ConfigError(f"“{issue}” is no week; write one like 2026-W46 ({exc})") from exc
    start = dt.datetime.combine(monday, dt.time(0), tzinfo=dt.UTC) - dt.timedelta(days=1)
    for days in range(21):
        window = window_at(start + dt.timedelta(days=days), config)
        if window.issue == issue:
            return window
    raise ConfigError(f"no issue closes in the week “{issue}”")


def look_back(from_day: dt.date, until_day: dt.date, config: Config) -> Window:
    """The window between two days in the team's zone, the second one excluded; raises `ConfigError`."""
    zone = config.zone
    if not EARLIEST <= from_day.year <= until_day.year <= LATEST:
        raise ConfigError(f"a look back lies between the years {EARLIEST} and {LATEST}")
    return Window(
        issue="look-back",
        from_at=cutoff(from_day, dt.time(0), zone),
        until_at=cutoff(until_day, dt.time(0), zone),
        timezone=config.digest.timezone,
        look_back=True,
    )
