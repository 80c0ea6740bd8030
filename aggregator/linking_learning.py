"""What the linker learns from people: words of a statement, and pairs that stay away.

Getting worse by learning is the worse error: people stop deciding when their decisions do harm.
So everything is rebuilt from the log of decisions each time (nothing drifts), each guard below came from a simulation,
and a new set goes live only if the judged items, each left out in turn, are judged no worse with it than without.

Learned words of a statement stand in at least two confirmed items (near-copies count once), have log-odds of at least 1
against everything judged, and are neither generic nor in more than a quarter of the statements.
One lifts what its word adds to the margin to 0.4 × min(log-odds, 3) × k / (k + 2), k being its items.
Three at most count in a text.
A word that the statement holds and that adds as much already is not learned: counting it twice made learning worse.
Rejections enter the denominator of the log-odds.
A statement that is rejected more often than others gets a small handicap, with a Beta prior worth five decisions.

Rejected: Rocchio centroids and the nearest confirmed item (better on bursts, 2–5 points worse on a spread-out feed);
weight 1.5 without guards (worse than not learning).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from aggregator.linking_score import MOST_LEARNED, Index
from aggregator.linking_text import PAIR_SIGN
from aggregator.model import Decision, LearnedTerm

WEIGHT, MOST_ODDS, LEAST_ODDS = 0.4, 3.0, 1.0
LEAST_SUPPORT = 2
LEAST_LIFT = 0.05  # of the margin
MOST_SPREAD = 0.25  # of the statements
PRIOR = 5.0  # decisions that the prior of a statement's handicap is worth
MOST_HANDICAP = 0.5  # of the margin, either way
COPY = 0.8  # shared part of two texts' keys from which one is a near-copy of the other
CHANGED = 0.4  # from here to COPY the text is the same piece, changed materially
REMEMBERED = 200  # learned words a statement
LEAST_GAIN = 0.01  # less error that is worth a sentence


class Judged(NamedTuple):
    """One decision, read."""

    decision: Decision
    keys: frozenset[str]
    row: int
    right: bool
    copy_of: int  # number of the first item that it is a near-copy of, its own if none


def told(judged: int, words: int, moved: int, loss: float, without: float) -> str:
    """What learning did, in plain words; `loss` and `without` say how wrong the judged links were taken.

    >>> told(30, 2, 1, 0.25, 0.25)
    'From 30 decisions: 2 words learned, the bar moved for 1 position.'
    >>> told(3, 0, 0, 0.013, 0.013)
    'From 3 decisions: no word learned yet.'
    """
    taught = [f"{words} {'word' if words == 1 else 'words'} learned" if words else "no word learned yet"]
    if moved:
        taught.append(f"the bar moved for {moved} {'position' if moved == 1 else 'positions'}")
    text = f"From {judged} {'decision' if judged == 1 else 'decisions'}: {', '.join(taught)}."
    if without - loss < LEAST_GAIN:
        return text
    return f"{text} Judged links come out better with it (error {loss:.2f}, without it {without:.2f})."


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The shared part of two texts' keys, 0–1."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def read_decisions(decisions: Iterable[Decision], rows: Mapping[str, int], index: Index) -> list[Judged]:
    """The last decision on each pair whose statement still exists, in the order of the log."""
    last: dict[tuple[str, str], Decision] = {}
    for decision in decisions:
        if decision.statement_id in rows:
            last.pop((decision.text, decision.statement_id), None)
            last[decision.text, decision.statement_id] = decision
    readings: dict[str, tuple[frozenset[str], int]] = {}
    by_first: dict[str, list[tuple[frozenset[str], int]]] = {}
    out = []
    for decision in last.values():
        if decision.text not in readings:
            keys = frozenset(key for key in index.reader.keys(decision.text) if key[0] != "~")
            readings[decision.text] = (keys, _copy_of(keys, len(readings), by_first))
        keys, copy_of = readings[decision.text]
        out.append(Judged(decision, keys, rows[decision.statement_id], decision.status != "rejected", copy_of))
    return out


def _copy_of(keys: frozenset[str], number: int, by_first: dict[str, list[tuple[frozenset[str], int]]]) -> int:
    """The earlier item that has nearly the same keys; looked for among items that share the first few keys."""
    ordered = sorted(keys)
    # Of two sets that share 80 %, one's first 20 % and one more must hold a key of the other's (prefix filtering).
    prefix = ordered[: len(ordered) - math.ceil(COPY * len(ordered)) + 1]
    for key in prefix:
        for other, owner in by_first.get(key, ()):
            if likeness(keys, other) >= COPY:
                return owner
    for key in prefix:
        by_first.setdefault(key, []).append((keys, number))
    return number


class Counts:
    """How often keys stand in judged and in confirmed items; near-copies count once."""

    def __init__(self, judged: Sequence[Judged]) -> None:
        self.items: dict[int, frozenset[str]] = {}
        self.confirmed: dict[int, dict[int, frozenset[str]]] = {}
        for one in judged:
            self.items.setdefault(one.copy_of, one.keys)
            if one.right:
                self.confirmed.setdefault(one.row, {}).setdefault(one.copy_of, one.keys)
        self.everywhere = Counter(key for keys in self.items.values() for key in keys)
        self.of_row = {
            row: Counter(k for keys in items.values() for k in keys) for row, items in self.confirmed.items()
        }
        # Of two copies the first stands in `items`, the one that was confirmed in `confirmed`: their keys differ.
        self.in_row = {
            row: Counter(k for item in items for k in self.items[item]) for row, items in self.confirmed.items()
        }

    def weight(self, key: str, row: int, without: int | None = None) -> tuple[float, int, float]:
        """What a key adds to the margin of a statement, its support and its log-odds; `without` leaves an item out."""
        support, total = self.of_row[row][key], len(self.confirmed[row])
        other, others = self.everywhere[key] - self.in_row[row][key], len(self.items) - total
        if without is not None:
            if without in self.confirmed[row]:
                support, total = support - (key in self.confirmed[row][without]), total - 1
            elif without in self.items:
                other, others = other - (key in self.items[without]), others - 1
        if support < LEAST_SUPPORT:
            return 0.0, support, 0.0
        odds = math.log((support + 0.5) / (total - support + 0.5)) - math.log((other + 0.5) / (others - other + 0.5))
        if odds < LEAST_ODDS:
            return 0.0, support, odds
        return WEIGHT * min(odds, MOST_ODDS) * support / (support + 2), support, odds


class Learning(NamedTuple):
    """Everything learned: added to the margins when it is live."""

    terms: tuple[LearnedTerm, ...] = ()
    by_key: Mapping[str, Mapping[int, float]] = {}  # key → statement → what it adds to the margin
    handicaps: Mapping[int, float] = {}  # statement → added to its margin


def learn(
    judged: Sequence[Judged], index: Index, ids: Sequence[str], forgotten: Collection[tuple[str, str]]
) -> Learning:
    """The learned words and handicaps of all decisions; `forgotten` pairs of statement id and word stay out."""
    counts = Counts(judged)
    terms: list[LearnedTerm] = []
    by_key: dict[str, dict[int, float]] = {}
    for row in counts.of_row:
        found = []
        for key in counts.of_row[row]:
            weight, support, odds = counts.weight(key, row)
            weight = _lift(weight, key, row, index)
            if weight and _telling(key, index):
                found.append((weight, key, support, odds))
        for weight, key, support, odds in sorted(found, reverse=True)[:REMEMBERED]:
            text = _written(key, counts.confirmed[row], judged, index)
            if (ids[row], text) in forgotten or (ids[row], key) in forgotten:
                continue
            by_key.setdefault(key, {})[row] = weight
            terms.append(
                LearnedTerm(
                    statement_id=ids[row], text=text, weight=round(weight, 3), support=support, odds=round(odds, 2)
                )
            )
    shares = Shares(judged)
    return Learning(tuple(terms), by_key, {row: shares.handicap(row) for row in shares.rows})


def _telling(key: str, index: Index) -> bool:
    generic = index.reader.generic
    if key in generic or key in index.reader.chatter or key.startswith("#"):
        return False
    if PAIR_SIGN in key:
        return not any(part in generic or part.startswith("#") for part in key.split(PAIR_SIGN))
    found = index.posting(key)
    return found is None or len(found[0]) <= max(2.0, MOST_SPREAD * index.size)


def _lift(weight: float, key: str, row: int, index: Index) -> float:
    """What is still missing to a key's weight."""
    missing = weight - index.adds(key, row) / index.scale if weight else 0.0
    return missing if missing >= LEAST_LIFT else 0.0


def _written(key: str, items: Mapping[int, frozenset[str]], judged: Sequence[Judged], index: Index) -> str:
    """A learned key as it stands in one of its items."""
    for one in judged:
        if one.right and key in one.keys and one.copy_of in items:
            for token in index.reader.tokens(one.decision.text):
                if token.key == key:
                    return " ".join(one.decision.text[token.start : token.end].split())
    return key


class Shares:
    """How often each statement's links were confirmed; links that people added were never proposed."""

    def __init__(self, judged: Iterable[Judged]) -> None:
        judged = [one for one in judged if one.decision.status != "added"]
        self.right, self.all = sum(one.right for one in judged), len(judged)
        self.rows: dict[int, list[int]] = {}
        for one in judged:
            counted = self.rows.setdefault(one.row, [0, 0])
            counted[0] += one.right
            counted[1] += 1

    def handicap(self, row: int, without: Judged | None = None) -> float:
        """What a statement's share of confirmed links adds to its margin; negative for those often rejected."""
        if row not in self.rows:
            return 0.0
        gone = (without.right, 1) if without and without.decision.status != "added" else (0, 0)
        usual = (self.right - gone[0] + 1) / (self.all - gone[1] + 2)
        right, number = self.rows[row][0] - gone[0], self.rows[row][1] - gone[1]
        share = (right + PRIOR * usual) / (number + PRIOR)
        shift = (_logit(share) - _logit(usual)) / 2  # half: decisions are made on shown links only
        return max(-MOST_HANDICAP, min(MOST_HANDICAP, shift))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def left_out(judged: Sequence[Judged], index: Index) -> tuple[list[float], list[float]]:
    """What learned words, and handicaps, add to each judged pair when learned from all other items."""
    counts, shares = Counts(judged), Shares(judged)
    words, handicaps = [], []
    for one in judged:
        weights = [0.0]
        if one.row in counts.of_row:
            known = ((key, counts.weight(key, one.row, one.copy_of)[0]) for key in one.keys if _telling(key, index))
            weights += [_lift(weight, key, one.row, index) for key, weight in known]
        words.append(sum(sorted(weights)[-MOST_LEARNED:]))
        handicaps.append(shares.handicap(one.row, one))
    return words, handicaps
