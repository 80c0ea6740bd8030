"""When a statement was adopted, where the paper says so.

A wrong date is worse than none: it decides which version of a statement was in force.
So only words of adoption count ("adopted", "agreed by Council"), said of the statement itself, with at least
a month and a year; dates of events, laws and reviews never do.
"""

from __future__ import annotations

import datetime as dt
import re

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


def adoption_line(line: str) -> dt.date | None:
    """The date of a line that says nothing but when its statement was adopted ("Agreed by Council, June 2019")."""
    match = _LINE.fullmatch(line) if len(line) <= 120 else None
    return _date(match) if match else None


def adoption_sentence(text: str) -> dt.date | None:
    """The date of a sentence "This statement was adopted … in June 2019"."""
    match = _SENTENCE.search(text)
    return _date(match) if match else None


def _date(match: re.Match[str]) -> dt.date | None:
    """The day; the first of the month where only that is given; None where there is no such day."""
    try:
        if match["iso"]:
            return dt.date.fromisoformat(match["iso"])
        if match["slashed"]:
            day, month, year = (int(part) for part in match["slashed"].split("/"))
            return dt.date(year, month, day)
        return dt.date(int(match["year"]), _MONTHS.index(match["month"].lower()) + 1, int(match["day"] or 1))
    except ValueError:
        return None
