"""Moments as the archive writes them: UTC, to the second, sortable as text."""

from __future__ import annotations

import datetime as dt

import msgspec


def now() -> dt.datetime:
    """This moment, aware UTC; the application asks `pipeline.now`, which tests replace."""
    return dt.datetime.now(dt.UTC)


def utc(moment: dt.datetime | None) -> str | None:
    """An aware moment as text.

    >>> utc(dt.datetime(2026, 11, 9, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=1))))
    '2026-11-09T07:30:00Z'
    """
    if moment is None:
        return None
    if moment.tzinfo is not dt.UTC:
        try:
            moment = moment.astimezone(dt.UTC)
        except OverflowError:  # the last hours of year 9999 in a western zone
            moment = moment.replace(tzinfo=dt.UTC)
    # strftime("%Y") does not pad years before 1000 everywhere; isoformat takes 20 times as long, four times a post.
    return str(msgspec.to_builtins(moment))[:19] + "Z"


def parse_utc(text: str | None) -> dt.datetime | None:
    """Text of the archive as an aware moment."""
    return dt.datetime.fromisoformat(text) if text else None
