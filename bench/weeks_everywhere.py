"""Twenty years of issues in every time zone, on each weekday, at hours that clock changes skip and repeat.

    python bench/weeks_everywhere.py --years 20

Each week has exactly one cut-off, seven days after the last by the calendar, at its wall time or, where a clock
change skips that, at the first moment after; the names are the ISO weeks one after another, week 53 among them.
Zones that are other names of the same clock are gone through once.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import sys
import time
import zoneinfo
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from aggregator import weeks  # noqa: E402
from aggregator.config import Config, Digest  # noqa: E402

HOURS = ("01:30", "02:30", "07:00")
FIRST = dt.date(2010, 1, 1)
SECOND, WEEK = dt.timedelta(seconds=1), dt.timedelta(days=7)


def zones(first: dt.date = FIRST, years: int = 25) -> list[str]:
    """One name of each clock there is: of those that change at the same moments to the same offsets."""
    seen: dict[tuple[object, ...], str] = {}
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)
        key = tuple((moment, moment.astimezone(zone).utcoffset()) for moment in changes(name, first, years))
        seen.setdefault((zone.utcoffset(dt.datetime(first.year, 1, 1)), *key), name)  # noqa: DTZ001
    return sorted(seen.values())


def changes(name: str, first: dt.date, years: int) -> list[dt.datetime]:
    """When a zone's clocks change, to the second."""
    zone = zoneinfo.ZoneInfo(name)
    days = [dt.datetime.combine(first, dt.time(), dt.UTC) + n * WEEK / 2 for n in range(105 * years)]
    found = []
    for low, high in itertools.pairwise(days):
        before = low.astimezone(zone).utcoffset()
        if before == high.astimezone(zone).utcoffset():
            continue
        while high - low > SECOND:
            middle = low + (high - low) / 2
            low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
        found.append(high.replace(microsecond=0))
    return found


def settings(zone: str, weekday: str, hour: str) -> Config:
    """A team's calendar."""
    return Config(digest=msgspec.convert({"timezone": zone, "weekday": weekday, "cutoff": hour}, Digest))


def faults(zone: str, weekday: str, hour: str, first: dt.date, count: int) -> list[str]:
    """What is wrong with so many weeks from a day on; nothing, that is."""
    config, here = settings(zone, weekday, hour), zoneinfo.ZoneInfo(zone)
    at = dt.time.fromisoformat(hour)
    window = weeks.window_at(dt.datetime.combine(first, dt.time(), dt.UTC), config)
    day = _day(window.until_at.astimezone(here), at, weekday)
    found, name = [], window.issue
    for number in range(count):
        local = window.until_at.astimezone(here)
        wall = dt.datetime.combine(day, at)
        if local.replace(tzinfo=None) != wall and not _skipped(window.until_at, here, wall):
            found.append(f"{zone} {weekday} {hour}: {window.issue} closes at {local}, not at {wall}")
        if local.fold:
            found.append(f"{zone} {weekday} {hour}: {window.issue} closes at the second {local.time()} of that day")
        if number and _monday(window.issue) - _monday(name) != WEEK:
            found.append(f"{zone} {weekday} {hour}: {window.issue} follows {name}")
        after = weeks.window_at(window.until_at, config)
        if after.from_at != window.until_at:
            found.append(f"{zone} {weekday} {hour}: {after.issue} begins at {after.from_at}, not at {window.until_at}")
        window, name, day = after, window.issue, day + WEEK
    return found


def _day(local: dt.datetime, at: dt.time, weekday: str) -> dt.date:
    """The day of a cut-off by the calendar, also where a clock change moved it beyond midnight."""
    back = (local.weekday() - weeks.WEEKDAYS.index(weekday)) % 7
    return local.date() - dt.timedelta(days=back)


def _skipped(moment: dt.datetime, zone: zoneinfo.ZoneInfo, wall: dt.datetime) -> bool:
    """Whether this is the first moment after a gap in which the wall time lies."""
    before = (moment - SECOND).astimezone(zone).replace(tzinfo=None)
    return before < wall < moment.astimezone(zone).replace(tzinfo=None)


def _monday(issue: str) -> dt.date:
    return dt.date.fromisocalendar(int(issue[:4]), int(issue[6:]), 1)


def main() -> None:
    """Go through all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--years", type=int, default=20)
    years, begin = parser.parse_args().years, time.perf_counter()
    names, found = zones(), list[str]()
    for name in names:
        for weekday in weeks.WEEKDAYS:
            for hour in HOURS:
                found += faults(name, weekday, hour, FIRST, 52 * years + years // 5)
    count = len(names) * len(weeks.WEEKDAYS) * len(HOURS) * (52 * years + years // 5)
    for line in found[:20]:
        print(line)
    print(
        f"{len(names)} clocks of {len(zoneinfo.available_timezones())} zones, {count:,} weeks: {len(found)} faults, "
        f"{time.perf_counter() - begin:.0f} s"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
