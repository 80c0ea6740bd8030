"""The weekly calendar: one issue each week in every zone, whatever the clocks do."""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_kill import bench

from aggregator import weeks
from aggregator.config import Config, Digest
from aggregator.errors import ConfigError

ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Africa/Casablanca"]


def config(zone: str, weekday: str, cutoff: str) -> Config:
    return Config(digest=msgspec.convert({"timezone": zone, "weekday": weekday, "cutoff": cutoff}, Digest))


@given(
    st.sampled_from(ZONES),
    st.sampled_from(weeks.WEEKDAYS),
    st.sampled_from(["01:30", "02:30", "07:00", "08:00", "23:59", "00:00"]),
    st.datetimes(dt.datetime(2010, 1, 1), dt.datetime(2035, 1, 1)),  # noqa: DTZ001
)
def test_windows_follow_each_other(zone: str, weekday: str, cutoff: str, moment: dt.datetime) -> None:
    """Every instant lies in exactly one window, and the next window begins where it ends."""
    settings = config(zone, weekday, cutoff)
    instant = moment.replace(tzinfo=dt.UTC)
    window = weeks.window_at(instant, settings)
    assert window.from_at <= instant < window.until_at
    after = weeks.window_at(window.until_at, settings)
    assert after.from_at == window.until_at
    assert after.issue != window.issue
    assert weeks.window_of(window.issue, settings) == window


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        ((2026, 3, 29), (1, 30), "2026-03-29T01:00:00"),  # skipped in London: first moment after the gap
        ((2026, 10, 25), (1, 30), "2026-10-25T00:30:00"),  # happens twice: the first
        ((2026, 7, 6), (8, 0), "2026-07-06T07:00:00"),
        ((2026, 12, 7), (8, 0), "2026-12-07T08:00:00"),
    ],
)
def test_clock_changes(day: tuple[int, int, int], at: tuple[int, int], expected: str) -> None:
    """Wall times in a gap or a fold become one well-defined instant."""
    instant = weeks.cutoff(dt.date(*day), dt.time(*at), zoneinfo.ZoneInfo("Europe/London"))
    assert instant.replace(tzinfo=None).isoformat() == expected


def test_a_day_that_was_skipped_as_a_whole() -> None:
    """Samoa had no 30 December 2011: a cut-off on it is the first moment of the 31st."""
    zone = zoneinfo.ZoneInfo("Pacific/Apia")
    instant = weeks.cutoff(dt.date(2011, 12, 30), dt.time(7), zone)
    assert instant.astimezone(zone).replace(tzinfo=None) == dt.datetime(2011, 12, 31)  # noqa: DTZ001


def test_every_clock_change_of_three_years() -> None:
    """In each zone, on each weekday and at hours that changes skip and repeat, every week has its one cut-off.

    `bench/weeks_everywhere.py` goes through all weeks of twenty years.
    """
    everywhere = bench("weeks_everywhere")
    found: list[str] = []
    first = dt.date(2026, 1, 1)
    for name in everywhere.zones(first, 3):
        around = everywhere.changes(name, first, 3)
        for (number, change), hour in itertools.product(enumerate(around), everywhere.HOURS):
            for weekday in (weeks.WEEKDAYS[change.weekday()], weeks.WEEKDAYS[number % 7]):
                found += everywhere.faults(name, weekday, hour, change.date() - dt.timedelta(days=8), 3)
    assert found == []


def test_monday_morning_closes_the_week_before() -> None:
    """A cut-off on Monday 08:00 is the issue of the week that ended on Sunday, in week 53 too."""
    settings = config("Europe/London", "monday", "08:00")
    assert weeks.window_at(dt.datetime(2026, 11, 16, 7, 59, tzinfo=dt.UTC), settings).issue == "2026-W46"
    assert weeks.window_at(dt.datetime(2027, 1, 4, 7, tzinfo=dt.UTC), settings).issue == "2026-W53"


@pytest.mark.parametrize("name", ["2026-W54", "2026W01", "last", "", "0000-W01", "2025-W53", "0001-W01", "9999-W52"])
def test_what_is_no_week_is_refused(name: str) -> None:
    """A slip in a week's name is a message, not another week."""
    with pytest.raises(ConfigError, match="is no week"):
        weeks.window_of(name, Config())
