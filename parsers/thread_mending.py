"""Mend runs of numbered posts: parts that went out in the wrong order, copies, corrections, numbers typed twice.

Which error is worse: a correction left beside the text it corrects is seen; a different text dropped as a copy is not,
so texts must be nearly equal to count as one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from parsers.thread_runs import KNOWN_GAP, OPEN_RUNS, UNKNOWN_GAP, Entry, Run, near

#: How far a later number may lie back in time: clocks are put back by one hour.
BACK = 65 * 60.0


def mend(laid: Sequence[Run]) -> list[Run]:
    """Put together what belongs together though it came out of order or with a number typed twice."""
    kept: list[Run] = []
    recent: dict[str | None, deque[Run]] = {}
    for run in laid:
        pool = recent.setdefault(run.author, deque(maxlen=OPEN_RUNS))
        if not any(_merge(other, run) or _repeat(other, run) or _absorb(other, run) for other in reversed(pool)):
            kept.append(run)
            pool.append(run)
    return kept


def _merge(run: Run, other: Run) -> bool:
    """Take over a run that has only numbers this one lacks, posted out of order or on a clock put back."""
    if run.style == "list" or other.style == "list" or run.total != other.total or run.total is None:
        return False
    if set(run.parts) & set(other.parts) or max(run.top, other.top) > run.total:
        return False
    entries = sorted((*run.parts.values(), *other.parts.values()), key=lambda entry: entry.number)
    limit = KNOWN_GAP if run.author else UNKNOWN_GAP
    for one, two in pairwise(entries):
        if two.time < one.time - BACK or two.time > one.time + limit:
            return False
    for entry in other.parts.values():
        run.add(entry)
    return True


def _repeat(run: Run, other: Run) -> bool:
    """A run that says again what another says: deleted and posted anew; the later, if it is no shorter, is kept."""
    if run.linked or len(other.parts) < 2 or run.total != other.total:
        return False
    shared = set(run.parts) & set(other.parts)
    if len(shared) != min(len(run.parts), len(other.parts)):
        return False
    if not all(alike(run.parts[number].post.text, other.parts[number].post.text) for number in shared):
        return False
    if len(other.parts) >= len(run.parts):
        run.parts, other.parts = other.parts, run.parts
        run.last, run.top = other.last, max(run.parts)
    run.duplicates += [entry.post for entry in other.entries]
    run.note("posted twice: an earlier or shorter version of the thread was left out")
    return True


def _absorb(run: Run, other: Run) -> bool:
    """Take over a lone post whose number this run has already: a copy, a correction or a slip."""
    if len(other.parts) != 1 or len(run.parts) < 2 or run.total != other.total:
        return False
    entry = next(iter(other.parts.values()))
    own = run.parts.get(entry.number)
    if own is None or not near(entry, run):
        return False
    if alike(own.post.text, entry.post.text):
        earlier, later = (own, entry) if _before(own, entry, run) else (entry, own)
        run.parts[entry.number] = later
        run.duplicates.append(earlier.post)
        if own.post.text != entry.post.text:
            run.note(f"corrected: part {entry.number} was posted again, the later text is kept")
        return True
    return _slip(run, own, entry)


def _slip(run: Run, own: Entry, entry: Entry) -> bool:
    """Two different texts with one number: one of them is the part that is absent beside it."""
    number = own.number
    earlier, later = (own, entry) if _before(own, entry, run) else (entry, own)
    if number + 1 not in run.parts and number + 1 <= (run.total or 0):
        place, moved, stays = number + 1, later, earlier
    elif number - 1 not in run.parts and number > 1:
        place, moved, stays = number - 1, earlier, later
    else:
        run.note(f"number conflict: {own.marker.shown} stands on two different posts")
        return False
    moved.number, moved.inferred = place, True
    run.parts[number], run.parts[place] = stays, moved
    run.top = max(run.top, place)
    run.note(f"number conflict: {own.marker.shown} stands on two posts, one was taken as part {place}")
    return True


def _before(one: Entry, two: Entry, run: Run) -> bool:
    """Which came first; where the minute is the same, the run itself shows which way the feed goes."""
    if one.time != two.time:
        return one.time < two.time
    others = [entry for entry in run.entries if entry not in (one, two) and entry.time == one.time]
    rising = sum(1 if late.rank > early.rank else -1 for early, late in pairwise(others))
    return (one.rank < two.rank) == (rising >= 0)


def alike(one: str, two: str) -> bool:
    """Whether two texts are the same but for a correction: four in five words, or letters where words are few."""
    if one == two:
        return True
    a, b = one.casefold().split()[:120], two.casefold().split()[:120]
    if not 0.6 < (len(a) + 1) / (len(b) + 1) < 1.7 or 2 * len(set(a) & set(b)) < min(len(a), len(b)):
        return False
    if SequenceMatcher(None, a, b, autojunk=False).ratio() >= 0.75:
        return True
    return len(a) < 12 and SequenceMatcher(None, " ".join(a), " ".join(b), autojunk=False).ratio() >= 0.8
