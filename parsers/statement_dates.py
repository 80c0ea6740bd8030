"""When a statement was adopted, where the paper says so.

A wrong date is worse than none: it decides which version of a statement was in force.
So only words of adoption count ("adopted", "agreed by Council"), said of the statement itself, with at least
a month and a year; dates of events, laws and reviews never do.
A month without a day is no date: it is told, and no day of it is guessed.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re

from parsers.model import Record

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = (
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+)?(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?\s+(?P<year>\d{4})"
    r"|(?P<iso>\d{4}-\d{2}-\d{2})|(?P<slashed>\d{1,2}/\d{1,2}/\d{4})"
)
_ADOPTED = r"(?:adopted|agreed|approved|ratified|endorsed|passed)"
_BY = r"(?:\s+(?:by|at)\s+[^.\d:]{2,60}?)?"
_LINE = re.compile(
    rf"\(?(?:date\s+(?:of\s+)?(?:adopted|agreed|approved|adoption|approval)|(?:first\s+)?{_ADOPTED}{_BY})\s*[:,–—-]?"
    rf"\s*(?:(?:on|in)\s+)?(?:{_DATE})\)?\.?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    rf"\b(?:this|the|our)\s+(?:position\s+)?(?:statement|position|policy)\s+(?:was|has\s+been)\s+(?:first\s+|formally\s+)?{_ADOPTED}"
    rf"{_BY},?\s+(?:on|in)\s+(?:{_DATE})",
    re.IGNORECASE,
)


class Adoption(Record, frozen=True, kw_only=True):
    """What a paper says of the time when a statement was adopted."""

    day: dt.date | None = None
    month: str | None = None  # "June 2019", where no day is said


def adoption_line(line: str) -> Adoption | None:
    """What a line says that tells nothing but when its statement was adopted ("Agreed by Council, June 2019")."""
    match = _LINE.fullmatch(line) if len(line) <= 120 else None
    return _adoption(match) if match else None


def adoption_sentence(text: str) -> Adoption | None:
    """The same of a sentence "This statement was adopted … in June 2019"."""
    match = _SENTENCE.search(text)
    return _adoption(match) if match else None


def _adoption(match: re.Match[str]) -> Adoption | None:
    """The day, or the month alone; None where there is no such day."""
    try:
        if match["iso"]:
            return Adoption(day=dt.date.fromisoformat(match["iso"]))
        if match["slashed"]:
            day, month, year = (int(part) for part in match["slashed"].split("/"))
            return Adoption(day=dt.date(year, month, day))
        month = _MONTHS.index(match["month"].lower()) + 1
        first = dt.date(int(match["year"]), month, int(match["day"] or 1))
        return Adoption(day=first) if match["day"] else Adoption(month=f"{calendar.month_name[month]} {match['year']}")
    except ValueError:
        return None
