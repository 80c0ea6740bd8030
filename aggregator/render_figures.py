"""Numbers of an issue as people say them: amounts, changes, days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from aggregator.issue_model import Cell, Digest
from aggregator.units import half_up

#: What the rows of the numbers count, one and several.
COUNTED = {
    "stories": ("story", "stories"),
    "linked": ("linked piece", "linked pieces"),
    "quotes": ("quote", "quotes"),
    "threads": ("thread", "threads"),
}
#: Rises beyond this multiple are "times as many": a percentage of a small week says nothing.
TIMES_FROM = 3


def number(n: int, noun: str, plural: str | None = None) -> str:
    """So many of a thing.

    >>> number(1, "piece"), number(1200, "story", "stories")
    ('1 piece', '1,200 stories')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def day_of(moment: dt.datetime) -> str:
    """The day of a moment as "9 Nov", in the zone that it is in."""
    return f"{moment.day} {moment:%b}"


def day(moment: dt.datetime | None, zone: dt.tzinfo) -> str:
    """The same in a zone, "–" where there is none."""
    return day_of(moment.astimezone(zone)) if moment else "–"


def earlier(digest: Digest) -> str:
    """That pieces from before the window which came in late count here, where there are any."""
    if not digest.earlier or digest.first:
        return ""
    came, verb = number(digest.earlier, "piece"), "counts" if digest.earlier == 1 else "count"
    span = "week" if digest.weekly else "period"
    return f"{came} from before this {span} came in late and {verb} here."


def charted(digest: Digest) -> bool:
    """Whether the weeks make a picture: two of them have coverage, and the first issue is not all there is."""
    lived = sum(week.coverage > 0 for week in digest.weeks)
    return lived > 1 and len(digest.weeks) > (3 if digest.first else 1)


def counted_again(digest: Digest) -> str:
    """That the weeks before have other numbers than their mails, and which the last one had, where it is compared."""
    if not digest.recounted or digest.first or not digest.weekly:
        return ""
    why = "The weeks before are counted again by today’s rules, positions and links"
    was = [
        f"{number(getattr(digest.mailed, cell.name), *COUNTED[cell.name])} (now {cell.last_week:,})"
        for cell in digest.numbers
        if digest.mailed and cell.last_week is not None and cell.last_week != getattr(digest.mailed, cell.name)
    ]
    return f"{why}; last week’s mail had {_and(was)}." if was else f"{why}."


def _and(things: Sequence[str]) -> str:
    """Things in a row: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(things[:-1]), things[-1])))


def row_detail(cell: Cell) -> str:
    """What stands behind a number beside it, and how it moved."""
    said = []
    if cell.name == "stories" and cell.detail is not None:
        said.append(_in_pieces(cell.this_week, cell.detail if cell.pieces is None else cell.pieces, cell.detail))
    if cell.name == "threads" and cell.detail:
        said.append(f"{cell.detail:,} of them in top stories")
    if cell.name == "linked" and cell.this_week:
        said.append(f"{cell.detail or 'none'} confirmed")
    if cell.name == "quotes" and cell.detail:
        said.append(f"and {number(cell.detail, 'part')} of sentences, not counted")
    if cell.unasked:
        said.append("the settings name nobody yet")
    return ", ".join(filter(None, [change(cell), *said]))


def _in_pieces(stories: int, pieces: int, of: int) -> str:
    """In how many pieces stories are told, of all that came in.

    >>> _in_pieces(1, 2, 15), _in_pieces(3, 4, 4), _in_pieces(0, 0, 1), _in_pieces(2, 2, 2)
    ('in 2 of 15 pieces of coverage', 'in 4 pieces of coverage', '1 piece of coverage', '')
    """
    if stories == pieces == of:
        return ""
    if not stories:
        return f"{number(of, 'piece')} of coverage"
    if pieces == of:
        return f"in {number(of, 'piece')} of coverage"
    return f"in {pieces:,} of {number(of, 'piece')} of coverage"


def minutes(n: int) -> str:
    """About how long deciding takes, at six a minute.

    >>> minutes(37)
    'about 7 minutes'
    """
    return f"about {number(-(-n // 6), 'minute')}"


def mean(value: float | None) -> str:
    """A mean with one digit, "–" where the archive is too young for one.

    >>> [mean(pieces / 4) for pieces in (1, 3, 5, 7, 8)]
    ['0.3', '0.8', '1.3', '1.8', '2']
    """
    return "–" if value is None else half_up(value, 1).removesuffix(".0")


def change(cell: Cell) -> str:
    """Change against last week in per cent; only from five on, where it says something.

    >>> [change(Cell(name="threads", this_week=n, last_week=10, mean=None)) for n in (10, 4, 8, 16, 50)]
    ['', '', 'down 20%', 'up 60%', '5 times last week’s']
    """
    if cell.last_week is None or cell.last_week < 5 or cell.this_week < 5 or cell.this_week == cell.last_week:
        return ""
    times = cell.this_week / cell.last_week
    if times >= TIMES_FROM:
        return f"{half_up(times)} times last week’s"
    moved = 100 * abs(cell.this_week - cell.last_week) / cell.last_week
    return f"{'up' if times > 1 else 'down'} {half_up(moved)}%"
