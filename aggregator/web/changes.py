"""What changed between two texts: word by word in a wording, paragraph by paragraph in an article."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from aggregator.store.connect import Row
from parsers.model import Record

Kind: TypeAlias = Literal["same", "gone", "new"]
Change: TypeAlias = tuple[Kind, str]

#: Words of one section that are compared word by word; comparing takes the square of it at worst.
MOST = 1500
_WORD = re.compile(r"\s*\S+|\s+$")
_LABELS = (("position", "What we say"), ("context", "Context"), ("rationale", "Rationale"))


class WordingView(Record, frozen=True, kw_only=True):
    """One version of a position and how it differs from the one before."""

    version: int
    since: str | None  # ISO 8601 day or moment from which it is in force; None: from the beginning
    who: str | None  # who wrote it here; None: a paper
    first: bool
    now: bool  # the latest
    ahead: bool  # its day has not come yet
    sections: tuple[tuple[str, tuple[Change, ...]], ...]  # those that changed; of the first version all


def words(old: str | None, new: str | None) -> tuple[Change, ...]:
    """Two texts as runs of words that stayed, went and came.

    >>> words("Lamps off at night.", "Lamps off at midnight.")
    (('same', 'Lamps off at'), ('gone', ' night.'), ('new', ' midnight.'))
    """
    one, two = _WORD.findall(old or ""), _WORD.findall(new or "")
    if max(len(one), len(two)) > MOST:
        return tuple(paragraphs((old or "").split("\n"), (new or "").split("\n")))
    runs: list[Change] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append(("same", "".join(one[a:b])))
            continue
        if b > a:
            runs.append(("gone", "".join(one[a:b])))
        if d > c:
            runs.append(("new", "".join(two[c:d])))
    return tuple(runs)


def paragraphs(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Paragraphs that went and came; runs of unchanged ones are counted."""
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", f"{b - a} unchanged {'paragraph' if b - a == 1 else 'paragraphs'}"
            continue
        yield from (("gone", line) for line in old[a:b])
        yield from (("new", line) for line in new[c:d])


def wordings(found: Sequence[Row], adopted_on: str | None, today: str) -> list[WordingView]:
    """Versions of a position, given oldest first, as views, latest first; days are like 2026-11-09."""
    views = []
    for place, row in enumerate(found):
        before = found[place - 1] if place else None
        views.append(
            WordingView(
                version=row["version"],
                # The first wording's own row holds the day on which it came in, where its paper names none.
                since=row["in_force_from"] if before is not None else adopted_on,
                who=row["who"],
                first=before is None,
                now=place == len(found) - 1,
                ahead=before is not None and row["in_force_from"][:10] > today,
                sections=tuple(_sections(before, row)),
            )
        )
    return views[::-1]


def _sections(before: Row | None, row: Row) -> Iterator[tuple[str, tuple[Change, ...]]]:
    for name, label in _LABELS:
        if before is None:
            if row[name]:
                yield label, (("same", row[name]),)
        elif (before[name] or "").split() != (row[name] or "").split():
            yield label, words(before[name], row[name])
