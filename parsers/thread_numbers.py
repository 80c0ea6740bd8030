"""Threads by numbering, for posts whose replies are unknown: a marker joins nothing, several that agree do.

Which error is worse: strangers joined; a reader can see that "3/5" stands alone, but not that two texts never belonged
together.

Posts are read in time order and laid on runs.
A post may go on a run when its number comes next or later, the total is the same (or one more, because people
miscount), the author is the same as far as authors are known, and it is near: six hours and 25 posts where the
author is unknown, seven days where known.
Among several runs that would take it, an equal total, the author, nearness and shared words decide, in one sum.
Runs are then mended (parts posted in the wrong order, clocks that went back, corrections, a number typed twice) and
judged: strong markers, consecutive numbers, a first part, a last part and nearness speak for a run; missing ends and
long gaps against it.
Weak markers ("… in Durham 1/2") need a whole run, 1 to the total; three of nine dates in September never make one.
Numbered lists over several posts ("1. …") need three in a row from 1.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from parsers.thread_markers import MOST
from parsers.thread_mending import mend
from parsers.thread_runs import DAY, HOUR, OPEN_RUNS, Entry, Run, near

#: How long after a run its total may still grow.
GROWTH = HOUR
#: From here on a run is a thread; see `_evidence`.
ENOUGH = 4.0

_WORD = re.compile(r"#?[^\W_]{3,}")
_COMMON_WORDS = """
the and for that this with from you your our are was were has have had will would not but all can they them their what
when who how why its his her she him there here more than then into out about been also just one two three four five six
which these those some any only over very may most much such
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def runs(entries: Iterable[Entry], begun: Sequence[Run] = ()) -> tuple[list[Run], list[Entry]]:
    """The numbered threads among posts with markers, and the entries that are in none.

    `begun` are numbered threads known by replies that lack parts; they may be completed, and come back in any case.
    """
    laid = _lay(sorted(entries, key=lambda entry: (entry.time, entry.number, entry.rank)), begun)
    mended = mend(laid)
    good: list[Run] = []
    left: list[Entry] = []
    for run in mended:
        if run.linked or (len(run.parts) > 1 and _evidence(run) >= ENOUGH):
            good.append(run)
        else:
            left += run.entries
    threads = set(map(id, good))
    for run in good:
        if any(id(rival) in threads for rival in run.rivals):
            run.note("low confidence: a part would fit another thread of that hour as well")
        _flag(run)
    return good, left


# ------------------------------------------------------------------ laying


def _lay(entries: Sequence[Entry], begun: Sequence[Run]) -> list[Run]:
    """Every entry on the best run that takes it, else on one of its own."""
    table = _Table(begun)
    for (time, _number), same in groupby(entries, key=lambda entry: (entry.time, entry.number)):
        table.open_until(time)
        group = list(same)
        fits = [place for entry in group for place in _places(entry, table.open_to(entry))]
        fits.sort(key=lambda place: (-place.score, place.entry.rank))
        placed: set[int] = set()
        for place in fits:
            if id(place.entry) not in placed and place.entry.number > place.run.top:
                place.run.rivals += _rivals(place, fits)
                place.run.add(place.entry)
                placed.add(id(place.entry))
        for entry in group:
            if id(entry) not in placed:
                table.start(entry)
    table.open_until(math.inf)
    return table.laid


@dataclass(slots=True, eq=False)
class _Place:
    """One entry on one run, and how well it goes there."""

    score: float
    entry: Entry
    run: Run


def _places(entry: Entry, open_runs: Iterable[Run]) -> list[_Place]:
    """The runs that would take an entry."""
    found = [_Place(score, entry, run) for run in open_runs if (score := _fit(entry, run)) is not None]
    if len(found) > 1:
        for place in found:
            place.score += _shared(entry, place.run)
    return found


class _Table:
    """The runs that are still open, by author; a few of each, so that laying stays linear."""

    def __init__(self, begun: Sequence[Run]) -> None:
        self.laid: list[Run] = []
        self._begun = sorted(begun, key=lambda run: run.last.time if run.last else 0.0, reverse=True)
        self._by_author: dict[str | None, deque[Run]] = {}
        self._newest: deque[Run] = deque(maxlen=2 * OPEN_RUNS)

    def open_until(self, time: float) -> None:
        """Open the runs begun by replies whose last part is not later."""
        while self._begun and self._begun[-1].last and self._begun[-1].last.time <= time:
            self._open(self._begun.pop())

    def start(self, entry: Entry) -> None:
        """A run of its own for an entry that no run takes."""
        run = Run()
        run.add(entry)
        self._open(run)

    def open_to(self, entry: Entry) -> Iterable[Run]:
        """The runs that may take an entry."""
        if entry.author is None:
            return self._newest
        return (*self._by_author.get(entry.author, ()), *self._by_author.get(None, ()))

    def _open(self, run: Run) -> None:
        self.laid.append(run)
        self._by_author.setdefault(run.author, deque(maxlen=OPEN_RUNS)).append(run)
        self._newest.append(run)


def _rivals(place: _Place, fits: Sequence[_Place]) -> list[Run]:
    """The other runs of that total on which an entry fits nearly as well: only words or place in the feed decided."""
    return [
        other.run
        for other in fits
        if other.entry is place.entry
        and other.run is not place.run
        and other.run.total == place.run.total
        and other.score > place.score - 2.5
    ]


def _fit(entry: Entry, run: Run) -> float | None:
    """How well an entry goes on a run; None where it cannot."""
    last = run.last
    if last is None or entry.number <= run.top or not near(entry, run):
        return None
    total = _total_fit(entry, run)
    if total is None:
        return None
    gap = abs(entry.time - last.time)
    score = total - 0.5 * math.log2(1 + gap / 60) - 0.15 * min(10, abs(entry.rank - last.rank))
    score += 2.0 if entry.number == run.top + 1 else 0.0
    score += 0.5 if entry.rank > last.rank else 0.0
    score += 2.0 if 1 in run.parts else 0.0
    score += 1.0 if entry.marker.at_start == last.marker.at_start else 0.0
    return score + (1.0 if entry.author and entry.author == run.author else 0.0)


def _shared(entry: Entry, run: Run) -> float:
    """Points for words that an entry shares with the parts of a run; asked only where several runs fit."""
    return min(3.0, 1.5 * len(_words(entry) & frozenset().union(*map(_words, run.parts.values()))))


def _total_fit(entry: Entry, run: Run) -> float | None:
    """Points for how the totals agree; None where they contradict each other."""
    marker = entry.marker
    if "list" in (marker.style, run.style):
        return 1.0 if marker.style == run.style and entry.number == run.top + 1 else None
    follows = entry.number == run.top + 1
    soon = run.last is not None and abs(entry.time - run.last.time) <= GROWTH
    if marker.total is None and run.total is None:
        return 4.0 if follows or (soon and entry.number <= run.top + 3) else None
    if marker.total == run.total:
        beyond = run.total is not None and entry.number > run.total
        return None if beyond and not (follows and soon) else 4.0
    if marker.total is None or run.total is None:
        fits = follows and (run.total or MOST) >= entry.number
        return 2.0 if fits else None
    grown = marker.total == run.total + 1 or (marker.total > run.total and run.top == run.total)
    return 0.0 if grown and follows and soon else None


def _words(entry: Entry) -> frozenset[str]:
    """Words that may tell topics apart, plurals as singulars."""
    if entry.words is None:
        found = {word.rstrip("s") for word in _WORD.findall(entry.post.text.casefold())}
        entry.words = frozenset(found - _COMMON)
    return entry.words


# ------------------------------------------------------------------ judging


def _evidence(run: Run) -> float:
    """How much speaks for a run, in points; 4 is enough."""
    entries = run.entries
    numbers = [entry.number for entry in entries]
    gaps = [abs(two.time - one.time) for one, two in pairwise(entries)]
    if run.style == "list":
        in_a_row = numbers == list(range(1, len(numbers) + 1))
        return ENOUGH if in_a_row and len(numbers) >= 3 and max(gaps) <= HOUR else 0.0
    strength = sum(entry.marker.strength for entry in entries)
    score = strength + sum(two == one + 1 for one, two in pairwise(numbers))
    score += 1.0 if numbers[0] == 1 else -1.0
    score += 1.0 if max(gaps) <= 10 * 60 else -1.0 if max(gaps) > HOUR and not run.author else 0.0
    if run.total:
        score += _whole(run, numbers, strength / len(entries), max(gaps))
    if _template(entries):
        score -= 3.0
    return score + (1.0 if run.author else 0.0)


def _whole(run: Run, numbers: Sequence[int], strength: float, gap: float) -> float:
    """Points for how much of the stated total is there."""
    total = run.total or 0
    if len(numbers) >= total and numbers[0] == 1:
        return 2.0
    score = 0.0 if numbers[-1] >= total else -1.0
    score += 1.0 if strength >= 1 and len(numbers) == total - 1 else 0.0
    if strength < 1.5 and 2 * len(numbers) < total:
        score -= 2.0
    if total in (5, 10) and numbers[0] != 1 and gap > HOUR:  # marks out of five or ten
        score -= 2.0
    return score


def _template(entries: Sequence[Entry]) -> bool:
    """Whether weak markers all stand behind the same word: "Won 1/3", "Won 2/3" are results."""
    if any(entry.marker.strength > 0 for entry in entries):
        return False
    words = {entry.post.text[: entry.marker.start].split()[-1:][0] for entry in entries if entry.marker.start > 1}
    return len(words) == 1


def _flag(run: Run) -> None:
    """What a reviewer should know about a run that became a thread."""
    entries = run.entries
    if any(abs(two.time - one.time) > DAY for one, two in pairwise(entries)):
        run.note("long gap: more than a day lies between two parts")
    stated = next((entry.marker.total for entry in entries if entry.marker.total), None)
    if run.total and run.top > run.total:
        run.note(f"number beyond total: part {run.top} of {run.total}")
    elif stated and run.total and stated != run.total:
        run.note(f"total changed: first {stated}, then {run.total}")
    if any(entry.post.uri and not entry.linked for entry in entries):
        run.note("unlinked: the parts do not reply to each other")
