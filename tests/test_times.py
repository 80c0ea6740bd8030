"""Moments as the archive writes them."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from aggregator import identity
from aggregator.times import parse_utc, utc

ZONES = st.one_of(
    st.just(dt.UTC),
    st.timezones(),
    st.integers(-86_000, 86_000).map(lambda seconds: dt.timezone(dt.timedelta(seconds=seconds))),
)


@given(st.datetimes(min_value=dt.datetime(1, 1, 3), max_value=dt.datetime(9999, 12, 29), timezones=ZONES))  # noqa: DTZ001
def test_a_moment_is_written_in_utc_to_the_second(moment: dt.datetime) -> None:
    """Whatever the zone and the year, the text is that of ISO 8601 in UTC, and reads back as the same second."""
    text = utc(moment)
    assert text == moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    assert parse_utc(text) == moment.astimezone(dt.UTC).replace(microsecond=0)


@given(st.datetimes(timezones=st.one_of(st.none(), ZONES)))
def test_a_minute_is_written_as_the_moment_says_it(moment: dt.datetime) -> None:
    """The minute that names a post is that of the moment's own zone."""
    assert identity.minute(moment) == moment.isoformat(timespec="minutes")[:16]
