"""New editions of position papers: which statement of a new paper is an old one in new words.

A false join hides a position behind another, and nobody looks for it; two statements that stand side by side are
seen and shown as a group.
So a new wording renews a stored statement only when it is unmistakable:

- the paper is a new edition of one that held the stored statement (same organisation, same title or area),
  and nothing says that it is older: neither dates of adoption nor, where there are none, the latest year its
  statements look back on; where nothing says either, the order in which papers came decides, and that is told;
- the stored wording stands nowhere in the new edition;
- each is the other's best match, by a clear distance to the next: of two statements on one subject in one paper
  neither is joined when both are near;
- the positions share most of what tells them apart from other positions (rare words weigh more);
- what the title names is still named, so that the swap of one noun for another is a new statement;
- both name a common year, or one names none: this term's demand is not last term's;
- context and rationale agree too, or the position alone is nearly the same.

Likeness is the weighted Dice coefficient of the distinct words; 1 is equal.
In editions written for calibration, rewordings lie at 0.6–0.95 and neighbours on one subject at 0.2–0.55.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from parsers.model import Statement

LEAST, ALONE = 0.55, 0.8  # likeness of positions, with the other sections agreeing and without
LEAST_REST = 0.4  # likeness of context and rationale
CLEAR = 0.15  # distance to the next best, on either side
LEAST_NAMED = 0.6  # of the words of either title must stand in the other's sections
SHORTEST = 4  # words of a position; shorter ones say too little to be recognised

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LOOKED_BACK = re.compile(r"(?<!\bby )(?<!\buntil )(?<!\btill )(?<!\bto )(?<!\bbeyond )\b((?:19|20)\d\d)\b", re.I)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SMALL_WORDS = (
    "a an the this that these those of in on at to for from by with as and or also both our we us it its their they "
    "be is are was were been being has have had do does will would shall should must which who there so than then "
    "believe believes call calls think thinks want wants"
)
_SMALL = frozenset(_SMALL_WORDS.split())


def renewed(
    paper: Sequence[Statement], earlier: Sequence[Statement], others: Iterable[Statement] = ()
) -> dict[str, str]:
    """Which statements of a new edition renew which of its earlier editions: new id → stored id.

    `paper` are the new edition's statements, `earlier` the stored ones of its earlier editions in their wording now,
    `others` the rest of the archive, which may be nearer.
    """
    wordings = {_folded(statement.position) for statement in paper}
    known = {_folded(statement.position) for statement in (*earlier, *others)}
    old = [s for s in earlier if _folded(s.position) not in wordings and _long(s)]
    new = [s for s in paper if _folded(s.position) not in known and _long(s)]
    if not old or not new:
        return {}
    stored = list({statement.id: statement for statement in (*earlier, *others)}.values())
    weights = _weights([*paper, *stored])
    out = {}
    for statement in new:
        ranked = sorted(((likeness(statement, other, weights), other.id) for other in stored), reverse=True)
        best, second = ranked[0], ranked[1] if len(ranked) > 1 else (0.0, "")
        match = next((other for other in old if other.id == best[1]), None)
        if match is None or best[0] - second[0] < CLEAR or not _unmistakable(statement, match, best[0], weights):
            continue
        rival = max((likeness(other, match, weights) for other in paper if other is not statement), default=0.0)
        if best[0] - rival >= CLEAR:
            out[statement.id] = match.id
    return out


def older(paper: Sequence[Statement], earlier: Sequence[Statement]) -> bool:
    """Whether a paper was adopted before those that are stored, by its dates or by the years it looks back on."""
    dates = _older_by_dates(paper, earlier)
    return bool(_older_by_years(paper, earlier) if dates is None else dates)


def told(paper: Sequence[Statement], earlier: Sequence[Statement], renewals: int) -> str | None:
    """What people should hear of the order of two editions; None where dates of adoption decide.

    `renewals` is how many statements are stored ones in other words, whichever is the older.
    """
    if _older_by_dates(paper, earlier) is not None:
        return None
    here, there = _latest_year(paper), _latest_year(earlier)
    if not renewals or (here and there and here > there):
        return None
    if here and there and here < there:
        return (
            f"No date of adoption: taken for an older edition, because it looks back on {here} at the latest and the "
            f"stored one on {there}. {_counted(renewals, 'older wording')} stand beside the stored ones; "
            "retire what no longer holds."
        )
    return (
        "No date of adoption says which edition is newer: the one that came later was taken for the newer one. "
        f"{_counted(renewals, 'position')} got a new wording; give a date of adoption where that is wrong."
    )


def _older_by_dates(paper: Sequence[Statement], earlier: Sequence[Statement]) -> bool | None:
    here = max((s.adopted_on for s in paper if s.adopted_on), default=None)
    there = max((s.adopted_on for s in earlier if s.adopted_on), default=None)
    return here < there if here and there else None


def _older_by_years(paper: Sequence[Statement], earlier: Sequence[Statement]) -> bool | None:
    here, there = _latest_year(paper), _latest_year(earlier)
    return here < there if here and there else None


def _latest_year(statements: Iterable[Statement]) -> int | None:
    """The latest year that statements look back on: a paper is no older than that; years aimed at do not count."""
    return max((int(year) for s in statements for year in _LOOKED_BACK.findall(s.text)), default=None)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def same_line(one: str, other: str) -> bool:
    """Whether two wordings differ in nothing but small words, case and punctuation.

    >>> same_line("Lamps should be off at night.", "Lamps should be off at the night")
    True
    >>> same_line("Lamps should be off at night.", "Lamps should not be off at night.")
    False
    """
    return _telling(one) == _telling(other)


def likeness(one: Statement, other: Statement, weights: Mapping[str, float] | None = None) -> float:
    """How like two positions are, 0–1; without `weights` all words count the same."""
    return _dice(set(_words(one.position)), set(_words(other.position)), weights or {})


def _unmistakable(new: Statement, old: Statement, like: float, weights: Mapping[str, float]) -> bool:
    if like < LEAST or not (_named(old, new) and _named(new, old)):
        return False
    years = [set(_YEAR.findall(statement.position)) for statement in (old, new)]
    if all(years) and not years[0] & years[1]:
        return False
    rest = _dice(_rest(new), _rest(old), weights)
    return like >= ALONE or rest >= LEAST_REST


def _named(one: Statement, other: Statement) -> bool:
    """Whether the other statement still speaks of what this one's title names."""
    title = {_stem(word) for word in _words(one.title)}
    said = {_stem(word) for word in _words(f"{other.title}\n{other.text}")}
    return not title or len(title & said) >= LEAST_NAMED * len(title)


def _dice(one: set[str], other: set[str], weights: Mapping[str, float]) -> float:
    def total(words: set[str]) -> float:
        return sum(weights.get(word, 1.0) for word in words)

    both = total(one) + total(other)
    return 2 * total(one & other) / both if both else 0.0


def _weights(statements: Sequence[Statement]) -> dict[str, float]:
    """How much each word tells one position from the others."""
    seen = Counter(word for statement in statements for word in set(_words(statement.position)))
    return {word: math.log(1 + len(statements) / n) for word, n in seen.items()}


def _rest(statement: Statement) -> set[str]:
    return set(_words(f"{statement.context or ''}\n{statement.rationale or ''}"))


def _words(text: str) -> list[str]:
    return [_stem(word) for word in _plain(text) if word not in _SMALL]


def _telling(text: str) -> list[str]:
    return [word for word in _plain(text) if word not in _SMALL]


def _plain(text: str) -> list[str]:
    return [word.casefold().replace("’", "'").removesuffix("'s") for word in _WORD.findall(text)]


def _stem(word: str) -> str:
    """Plural and singular are one word."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _folded(text: str) -> str:
    return " ".join(_plain(text))


def _long(statement: Statement) -> bool:
    return len(_words(statement.position)) >= SHORTEST
