"""Which quote, apostrophe or dash a damaged character was, judged by its neighbours and by pairing.

A wrong apostrophe is worse than a wrong dash, so the closed lists of English contractions come first.
The remains of ’ ‘ “ ” — – are often the same, so each line is read as a chain:
what stands left and right of a place gives every reading a weight, and a reading that opens or closes a quotation
must fit the quotations that are open (forward-backward over five states).
The sum over all consistent readings of the line is the posterior of each choice.

Weights are counts per hundred on half of the development posts, smoothed by hand; the other half judged them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from parsers.model import Style

# Readings: a apostrophe, o ‘, c ’ closing, O “, C ”, M —, N –, J joiner between emoji, x something else.
SYMBOL = {"a": "’", "o": "‘", "c": "’", "O": "“", "C": "”", "M": "—", "N": "–", "J": "\u200d"}
QUOTES = frozenset("’‘“”—–\u200d")

# Rows are left + right neighbour (`mojibake_context.neighbour`, ^ start and $ end of the line), or a named rule.
_ROWS = {
    "suffix": "a 997 M 1",
    "prefix": "a 97 M 2 C 1",
    "elision": "a 70 o 16 O 14",
    "cut": "a 60 C 32 c 6 M 2",
    "digits": "N 94 M 3 a 3",
    "feet": "a 92 N 8",
    "closing": "C 100",
    "inner": "o 62 O 36 a 2",
    "headline": "O 86 o 12 a 2",
    "straight": "a 88 C 10 c 2",
    "loose": "a 80 O 12 o 8",
    # before a word
    "A A": "M 66 a 24 C 5 O 2 N 2 x 1",
    "S A": "O 84 o 14 a 1 M 1",
    "^ A": "O 86 o 10 M 2 a 1 x 1",
    "O A": "O 78 o 14 a 6 M 2",
    ": A": "O 80 o 12 M 6 C 2",
    ") A": "M 70 C 20 O 10",
    "P A": "C 35 O 35 M 24 a 4 c 2",
    "Q A": "O 43 M 43 o 11 a 3",
    "Q s": "a 80 O 9 M 9 o 2",
    "E A": "O 60 x 30 M 10",
    "D A": "O 85 o 15",
    # before a tag, a handle or a sum
    "A T": "M 50 C 38 a 10 c 2",
    "S T": "O 86 o 12 M 2",
    "^ T": "O 88 o 10 x 2",
    "O T": "O 84 o 14 M 2",
    "P T": "C 55 O 20 M 25",
    "Q T": "O 48 M 42 o 10",
    "E T": "O 50 x 40 M 10",
    # behind a word
    "A S": "C 78 a 2 c 14 M 6",
    "s S": "C 60 a 28 c 11 M 1",
    "in S": "a 50 C 38 c 10 M 2",
    "in $": "C 60 a 25 c 13 M 2",
    "In S": "C 64 a 20 c 12 M 4",
    "In $": "C 76 a 8 c 13 M 3",
    "In P": "C 64 a 12 c 24",
    "A $": "C 80 a 1 c 14 M 5",
    "s $": "C 80 a 5 c 14 M 1",
    "A P": "C 70 a 4 c 26",
    "s P": "C 56 a 24 c 20",
    "in P": "C 50 a 32 c 18",
    "A O": "C 66 a 10 c 14 M 10",
    'A "': "a 60 c 20 C 10 M 10",
    "A Q": "C 40 c 20 M 28 a 6 O 4 x 2",
    "s Q": "C 36 c 18 M 18 a 26 x 2",
    "A D": "C 80 c 15 a 5",
    "A E": "C 55 a 10 x 35",
    # behind punctuation
    "P S": "C 93 c 5 O 1 M 1",
    "P $": "C 93 c 7",
    "P P": "C 72 c 28",
    "P O": "C 80 c 20",
    "P Q": "C 60 c 26 M 12 O 2",
    "P D": "C 80 c 20",
    "P E": "C 70 x 30",
    # beside another quote
    "S Q": "O 76 o 14 M 10",
    "^ Q": "O 84 o 12 M 4",
    "O Q": "O 74 o 20 M 6",
    "Q Q": "M 40 C 24 O 18 c 9 o 9",
    "Q S": "C 62 c 22 M 10 a 6",
    "Q $": "C 66 c 28 M 6",
    "Q P": "C 64 c 30 a 6",
    "Q O": "C 40 O 30 M 26 c 4",
    "D Q": "O 70 o 30",
    "D $": "C 60 O 40",
    "D S": "C 80 c 20",
    # between blanks
    "S S": "M 74 N 23 x 3",
    "S S title": "N 66 M 30 x 4",
    "S S foreign": "N 85 M 12 x 3",
    "^ S": "x 60 M 26 N 14",
    "S $": "x 30 M 50 N 20",
    "S P": "O 40 o 10 x 50",
    "S O": "O 80 o 20",
    # beside emoji and symbols
    "S E": "O 30 x 70",
    "^ E": "O 20 x 80",
    "O S": "C 40 x 40 M 20",
    "O $": "C 60 x 40",
    "E S": "C 40 x 60",
    "E $": "C 50 x 50",
    "E P": "C 60 x 40",
    "E E": "J 93 x 7",
}
_FALLBACK = "a 20 C 25 O 25 M 10 x 20"

Readings = tuple[tuple[str, float], ...]  # reading, weight


class Place(NamedTuple):
    """A damaged quote or dash as the chain of its line sees it."""

    row: str  # name of its row of weights
    allowed: str  # readings that its remains allow
    joined: bool = False  # it touches the place before it


def _row(text: str) -> Readings:
    parts = text.split()
    total = sum(map(float, parts[1::2]))
    return tuple((r, float(w) / total) for r, w in zip(parts[::2], parts[1::2], strict=True))


_WEIGHTS = {name.replace(" ", ""): _row(text) for name, text in _ROWS.items()}
_OTHER = _row(_FALLBACK)


_OWN_DASH = re.compile(r"(?<=[^\W\d_][ .,]) ?[—–](?= )")
_OWN_QUOTE = re.compile(r"(?<![^\s(])[‘“](?=\w)")


def habits(text: str) -> Style | None:
    """The house style that undamaged dashes and quotes of a document show; an unseen dash is empty."""
    dashes = [found[-1] for found in _OWN_DASH.findall(text)]
    quotes = _OWN_QUOTE.findall(text)
    dash = next((one for one in "—–" if 3 * dashes.count(one) > 2 * len(dashes)), "")
    single = 3 * quotes.count("‘") > 2 * len(quotes)
    if not dash and not quotes:
        return None
    return Style(dash=dash, quotes="single" if single else "double")


_BETWEEN_BLANKS = ("SS", "SStitle", "SSforeign", "^S", "S$")
# State after a reading, by state before: 0 nothing open, 1 “, 2 ‘, 3 ‘ inside “, 4 “ inside ‘; with a factor.
_MOVES: dict[str, tuple[tuple[int, float], ...]] = {
    "O": ((1, 1.0), (1, 0.04), (4, 1.0), (3, 0.02), (4, 0.02)),
    "C": ((0, 0.04), (0, 1.0), (2, 0.05), (0, 0.1), (2, 1.0)),
    "o": ((2, 1.0), (3, 1.5), (2, 0.04), (3, 0.02), (4, 0.02)),
    "c": ((0, 0.0), (1, 0.0), (0, 4.0), (1, 4.0), (0, 0.2)),
}
_STAY = tuple((state, 1.0) for state in range(5))
# A quotation may run on into the next paragraph; a single one seldom does.
_END = (1.0, 0.45, 0.06, 0.05, 0.05)


@functools.lru_cache(maxsize=4096)
def _emission(row: str, allowed: str, style: Style | None) -> Readings:
    """The weights of one place, limited to the readings that its remains allow."""
    weights = dict(_WEIGHTS.get(row, _OTHER))
    if style is not None:
        if style.quotes == "single":
            for one, other in ("oO", "cC"):
                weights[one], weights[other] = weights.get(other, 0.0), weights.get(one, 0.0)
        if style.dash in ("—", "–") and row in _BETWEEN_BLANKS:
            both = weights.get("M", 0.0) + weights.get("N", 0.0)
            weights["M"], weights["N"] = (0.98 * both, 0.02 * both) if style.dash == "—" else (0.02 * both, 0.98 * both)
    found = tuple((r, weights.get(r, 0.0) + (_JOINER if r == "J" and "E" not in row else 1e-4)) for r in allowed)
    total = sum(weight for _, weight in found)
    return tuple((r, weight / total) for r, weight in found)


# A joiner away from emoji: an invisible character in the middle of English is the worst of all readings.
_JOINER = 1e-9

# How well two readings go together that touch each other; whatever is missing is all but impossible.
_PAIRS = {
    "C": {"M": 1.0, "N": 0.1, "c": 1.0, "a": 0.6, "x": 0.3},  # ”—  ”’  Songs”’s
    "c": {"C": 1.0, "M": 0.5, "x": 0.2},  # ’”  ’—
    "a": {"C": 0.5, "M": 0.4, "c": 0.3},  # the pupils’”
    "M": {"O": 1.0, "o": 0.6, "C": 0.3, "c": 0.1, "a": 0.05},  # —“  I was—”
    "N": {"O": 0.1, "o": 0.06, "C": 0.03},
    "O": {"o": 1.0, "a": 0.4, "M": 0.1, "x": 0.3},  # “‘  “’tis
    "o": {"O": 0.7, "a": 0.1, "M": 0.03, "x": 0.1},
    "J": {"J": 0.1, "x": 1.0},
    "x": {"x": 1.0, "J": 1.0, "C": 0.6, "O": 0.3, "M": 0.2, "c": 0.1, "a": 0.1, "o": 0.1},
}
_UNHEARD = 0.002

_State = tuple[int, str]  # what is open, and the last reading where the next place touches it
_Weights = dict[_State, float]


@functools.lru_cache(maxsize=4096)
def _line(line: tuple[Place, ...], style: Style | None) -> tuple[tuple[str, float], ...]:
    return tuple(_chain(line, style))


def choose(line: tuple[Place, ...], style: Style | None) -> tuple[tuple[str, float], ...]:
    """The best symbol and its posterior for each damaged quote or dash of a line."""
    if not line:
        return ()
    return _line(line, style) if len(line) < 12 else tuple(_chain(line, style))


class _Step(NamedTuple):
    """One place in the chain."""

    emission: Readings
    joins: bool  # the next place touches this one


def _moves(step: _Step, state: _State) -> Iterator[tuple[str, _State, float]]:
    """Each reading of a place after `state`: the state that follows, and how much it weighs."""
    opened, last = state
    pairs = _PAIRS.get(last, {}) if last else {}
    for reading, weight in step.emission:
        to, factor = _MOVES.get(reading, _STAY)[opened]
        if last:
            factor *= pairs.get(reading, _UNHEARD)
        if factor:
            yield reading, (to, reading if step.joins else ""), weight * factor


def _chain(line: tuple[Place, ...], style: Style | None) -> list[tuple[str, float]]:
    """The symbols of the likeliest reading of the whole line, each with the posterior of its place."""
    touches = [place.joined for place in line[1:]] + [False]
    emissions = [_emission(place.row, place.allowed, style) for place in line]
    steps = [_Step(*pair) for pair in zip(emissions, touches, strict=True)]
    forward: list[_Weights] = [{(0, ""): 1.0}]
    best: _Weights = {(0, ""): 1.0}
    came: list[dict[_State, tuple[_State, str]]] = []  # the best way to each state
    for step in steps:
        after: _Weights = {}
        top: _Weights = {}
        back: dict[_State, tuple[_State, str]] = {}
        for state, amount in forward[-1].items():
            for reading, to, weight in _moves(step, state):
                after[to] = after.get(to, 0.0) + amount * weight
                if (way := best[state] * weight) > top.get(to, -1.0):
                    top[to], back[to] = way, (state, reading)
        forward.append(_scaled(after))
        best = _scaled(top)
        came.append(back)
    later: _Weights = {state: _END[state[0]] for state in forward[-1]}
    state = max(best, key=lambda one: best[one] * later[one])
    chosen: list[tuple[str, float]] = []
    for step, states, back in zip(reversed(steps), reversed(forward[:-1]), reversed(came), strict=True):
        scores, later = _backward(step, states, later)
        state, reading = back[state]
        symbol = SYMBOL.get(reading, "x")
        chosen.append((symbol, scores[symbol] / (sum(scores.values()) or 1.0)))
    chosen.reverse()
    return chosen


def _backward(step: _Step, states: _Weights, later: _Weights) -> tuple[dict[str, float], _Weights]:
    """How much each symbol of a place weighs, and what the rest of the line weighs from each state before it."""
    now: _Weights = {}
    scores: dict[str, float] = {}
    for state, amount in states.items():
        for reading, to, weight in _moves(step, state):
            rest = weight * later[to]
            now[state] = now.get(state, 0.0) + rest
            symbol = SYMBOL.get(reading, "x")
            scores[symbol] = scores.get(symbol, 0.0) + amount * rest
    return scores, _scaled(now)


def _scaled(weights: _Weights) -> _Weights:
    total = sum(weights.values()) or 1.0
    return {state: value / total for state, value in weights.items()}
