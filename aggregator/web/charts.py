"""A picture of weeks as bars, as numbers that a template draws; the same numbers stand in a table beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from parsers.model import Record

WIDTH, HEIGHT = 520, 96


class Bar(Record, frozen=True, kw_only=True):
    """One week."""

    from_at: dt.datetime
    sure: int  # vouched for by a person
    likely: int  # proposed only
    x: float
    width: float
    sure_height: float
    likely_height: float


class Chart(Record, frozen=True, kw_only=True):
    """Bars and the height of the tallest in pieces."""

    bars: tuple[Bar, ...]
    most: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT


def bars(weeks: Sequence[tuple[dt.datetime, int, int]]) -> Chart:
    """Start, sure and likely pieces of each week as bars side by side.

    >>> bars([(dt.datetime(2026, 11, 9), 1, 1)]).most
    2
    """
    most = max((sure + likely for _, sure, likely in weeks), default=0)
    step = WIDTH / max(1, len(weeks))
    scale = HEIGHT / most if most else 0
    return Chart(
        bars=tuple(
            Bar(
                from_at=start,
                sure=sure,
                likely=likely,
                x=round(place * step + 1, 1),
                width=round(step - 2, 1),
                sure_height=round(sure * scale, 1),
                likely_height=round(likely * scale, 1),
            )
            for place, (start, sure, likely) in enumerate(weeks)
        ),
        most=most,
        total=sum(sure + likely for _, sure, likely in weeks),
    )
