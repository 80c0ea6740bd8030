"""Which version of a statement is in force, and which are superseded.

Judging old coverage by a line we did not hold then is the worse error, so the coverage's date decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from parsers.model import Statement


def in_force(versions: Iterable[Statement], on: dt.date | None = None) -> list[Statement]:
    """Of each statement the version in force on a day; the newest where no day is given.

    A version without a date holds from the beginning.
    Where even the first version is later than the day, the first is taken: there was no other line.

    >>> old = Statement(id="a", version=1)
    >>> new = Statement(id="a", version=2, adopted_on=dt.date(2025, 3, 1))
    >>> [s.version for day in ("2025-02-28", "2025-03-01") for s in in_force([new, old], dt.date.fromisoformat(day))]
    [1, 2]
    """
    chosen: dict[str, Statement] = {}
    for statement in sorted(versions, key=_age):
        holds = on is None or statement.adopted_on is None or statement.adopted_on <= on
        if holds or statement.id not in chosen:
            chosen[statement.id] = statement
    return list(chosen.values())


def superseded(versions: Iterable[Statement], current: Iterable[Statement]) -> list[Statement]:
    """The versions older than the one in force, for "old line quoted"."""
    now = {statement.id: _age(statement) for statement in current}
    return [version for version in versions if version.id in now and _age(version) < now[version.id]]


def _age(statement: Statement) -> tuple[int, dt.date]:
    return statement.version, statement.adopted_on or dt.date.min
