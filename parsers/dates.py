"""Dates as news pages and feeds write them, as aware UTC.

Which error is worse: a wrong date is worse than none, because a digest is cut by dates.
So a date has to be written out with its year, and a value outside 1990 to 2100 is refused.

British and ISO forms are read: day before month where both are numbers ("04/08/2026" is 4 August), unless
the second number can't be a month.
Zone names are read by a table of our own, because BST means British Summer Time here and libraries leave it out.
A time without any zone is read in `timezone` where the caller knows it, else as UTC.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from parsers.model import Record

_EARLIEST, _LATEST = 1990, 2100


class Stamp(Record, frozen=True, kw_only=True):
    """A moment, or a day where only that is written."""

    at: dt.datetime  # aware UTC; midnight UTC where date_only
    date_only: bool = False
    zoned: bool = True  # the text names its zone; False: it was read in the caller's zone, or as UTC


#: Minutes east of UTC.
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "bst": 60, "ist": 60, "west": 60, "cet": 60, "cest": 120,
    "mez": 60, "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "est": -300, "edt": -240, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "aest": 600, "aedt": 660, "et": None,
    "pt": None, "ct": None,
}  # fmt: skip
_AMERICAN = {"et": "America/New_York", "ct": "America/Chicago", "pt": "America/Los_Angeles"}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}

_TIME = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?)?\s*(?P<half>[ap]\.?m\b\.?)?"
_ZONE = r"\s*(?:\(?(?:GMT|UTC)?(?P<offset>[+-]\d{1,2}:?\d{2}|[+-]\d{2})\b\)?|\(?(?P<zone>[A-Za-z]{1,4})\b\)?)?"
_CLOCK = re.compile(rf"(?<![\d/.\-]){_TIME}{_ZONE}(?![\d/])", re.IGNORECASE)
_ISO = re.compile(
    r"(?<!\d)(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})(?:(?:T|\s+)(?P<rest>\d{2}:?\d{2}.*)|(?!\d))",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(?<!\d)(?P<year>\d{4})[/.](?P<month>\d{1,2})[/.](?P<day>\d{1,2})(?!\d)")
_CHINESE = re.compile(r"(?<!\d)(?P<year>\d{4})\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日")
_NUMBERS = re.compile(r"(?<!\d)(?P<first>\d{1,2})[/.\-](?P<second>\d{1,2})[/.\-](?P<year>\d{4}|\d{2})(?!\d)")
_DAY_MONTH = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?[\s\-]+(?P<month>[A-Za-z]{3,9})\.?,?[\s\-]+(?P<year>\d{4}|\d{2})(?![\d:])"
)
_MONTH_DAY = re.compile(
    r"(?P<month>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?:(?:at\s+)?[\d:]+\s*(?:[ap]m)?,?\s+)?(?P<year>\d{4})(?!\d)",
    re.IGNORECASE,
)
#: The C library's form: "Mon Aug 3 14:05:00 2026".
_CTIME = re.compile(
    r"(?P<month>[A-Za-z]{3})\s+(?P<day>\d{1,2})\s+(?P<rest>\d{2}:\d{2}:\d{2})(?P<zone>\s+[A-Z]{2,5})?\s+(?P<year>\d{4})"
)


@lru_cache(maxsize=2048)
def parse(text: str, timezone: str | None = None) -> Stamp | None:
    """The date in a short text, or None; never raises.

    >>> parse("Tue, 04 Aug 2026 09:00 BST").at.isoformat()
    '2026-08-04T08:00:00+00:00'
    >>> parse("04/08/2026").at.date().isoformat(), parse("04/08/2026").date_only
    ('2026-08-04', True)
    >>> parse("last Tuesday") is None
    True
    """
    text = " ".join(text[:200].split())
    for reader in (_iso, _ctime, _written, _numbers):
        day, rest = reader(text)
        if day:
            return _stamp(day, rest, timezone)
    return None


def _iso(text: str) -> tuple[dt.date | None, str]:
    found = _ISO.search(text)
    if not found:
        return None, ""
    rest = found["rest"] or ""
    rest = re.sub(r"^(\d{2})(\d{2})(\d{2})?", lambda digits: ":".join(filter(None, digits.groups())), rest)
    return _day(found["year"], found["month"], found["day"]), rest


def _ctime(text: str) -> tuple[dt.date | None, str]:
    found = _CTIME.search(text)
    if not found or found["month"].lower() not in _MONTHS:
        return None, ""
    day = _day(found["year"], str(_MONTHS[found["month"].lower()]), found["day"])
    return day, found["rest"] + (found["zone"] or "")


def _written(text: str) -> tuple[dt.date | None, str]:
    """A month by its name."""
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for found in pattern.finditer(text):
            month = _MONTHS.get(found["month"][:3].lower())
            day = _day(found["year"], str(month), found["day"]) if month else None
            if day:
                return day, _without(text, found)
    return None, ""


def _without(text: str, found: re.Match[str]) -> str:
    """What is left beside the date; a time between day and year stays."""
    inside = re.search(r"\d{1,2}[:.]\d{2}\s*(?:[ap]m)?", found.group(), re.IGNORECASE)
    return f"{text[: found.start()]} {inside.group() if inside else ''} {text[found.end() :]}"


def _numbers(text: str) -> tuple[dt.date | None, str]:
    found = _YEAR_FIRST.search(text) or _CHINESE.search(text)
    if found:
        return _day(found["year"], found["month"], found["day"]), _without(text, found)
    found = _NUMBERS.search(text)
    if not found:
        return None, ""
    day, month = found["first"], found["second"]
    if int(month) > 12:
        day, month = month, day
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return _day(found["year"], month, day), rest


def _day(year: str, month: str, day: str) -> dt.date | None:
    number = int(year) + (2000 if len(year) == 2 else 0)
    if not _EARLIEST <= number <= _LATEST:
        return None
    try:
        return dt.date(number, int(month), int(day))
    except ValueError:
        return None


def _stamp(day: dt.date, rest: str, timezone: str | None) -> Stamp | None:
    """The day with the time that stands beside it."""
    clock = next((found for found in _CLOCK.finditer(rest) if found["minute"] or found["half"]), None)
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    if clock is None:
        return Stamp(at=midnight, date_only=True)
    hour, minute, second = int(clock["hour"]), int(clock["minute"] or 0), int(clock["second"] or 0)
    half = (clock["half"] or "").lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour == 24 and minute == second == 0:
        day, hour = day + dt.timedelta(days=1), 0
    if hour > 23 or minute > 59 or second > 60:
        return Stamp(at=midnight, date_only=True)
    local = dt.datetime.combine(day, dt.time(hour, minute, min(second, 59)))
    zoned = bool(clock["offset"]) or (clock["zone"] or "").lower() in _ZONES
    return Stamp(at=_in_utc(local, clock["offset"], clock["zone"], timezone), zoned=zoned)


def _in_utc(local: dt.datetime, offset: str | None, zone: str | None, timezone: str | None) -> dt.datetime:
    if offset:
        sign = -1 if offset.startswith("-") else 1
        digits = offset[1:].replace(":", "")
        if len(digits) == 3:
            digits = f"0{digits}"
        minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
        return (local - sign * dt.timedelta(minutes=min(minutes, 24 * 60))).replace(tzinfo=dt.UTC)
    name = (zone or "").lower()
    if name in _AMERICAN:
        return local.replace(tzinfo=ZoneInfo(_AMERICAN[name])).astimezone(dt.UTC)
    minutes_east = _ZONES.get(name)
    if minutes_east is not None:
        return (local - dt.timedelta(minutes=minutes_east)).replace(tzinfo=dt.UTC)
    return local.replace(tzinfo=_zone(timezone)).astimezone(dt.UTC)


def _zone(timezone: str | None) -> dt.tzinfo:
    if not timezone:
        return dt.UTC
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return dt.UTC


def from_epoch(seconds: int) -> Stamp | None:
    """The moment that many seconds after 1970, or None outside the years that are read.

    >>> from_epoch(1_786_000_000).at.year
    2026
    """
    try:
        at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return Stamp(at=at) if _EARLIEST <= at.year <= _LATEST else None
