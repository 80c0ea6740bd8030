"""What kind of words carry a link: words that people weighed, or words that only stand in both texts.

A second link on stray words is the worse error: beside a right link it looks as sure as the first.

Two things tell right from wrong where the margin does not.
Names and subjects of the glossary were given a meaning by people and count less than our own words, so what they carry
comes out too weak; a word that merely stands in both texts comes out too strong.
And who speaks to two positions mostly does so with the same words: a runner-up whose words the best statement lacks is
an accident more often than not.
Of the links of three sets of posts with a margin from 0.4 to 1.1, 33 of 52 that such words carry nearly wholly were
right and 1 of 12 that hardly any do; of runners-up 19 of 34 on the words of the best statement, and 4 of 24 on others.
On 360 posts of three sets a fit on two of them, tried on the third, had 0.03 to 0.05 less log-loss on each.

So from half of the score on, the share that the glossary knows lifts a margin, to shortly below likely at most.
A single mention is lifted only where it is a phrase: *places* are everywhere, *school places* are not.
A runner-up pays for the share of its score that the best statement does not explain.
Of a long text that touches many statements neither is asked.
Among few statements the glossary knows more of the sector than they do, so there the lift is smaller: of 12 of the 44
development statements, for posts that mostly spoke of the others, all of it took five points of precision.

Rejected: the same by more features (how many of the text's words count, the heaviest one, likeness of the statements,
numbers of mentions: nothing on held-out posts); words of the sector asked for beside it (most right posts hold none);
families of stems, governor and govern (ten words of 620 that three sets hold and the statements do not).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aggregator.linking_evidence import Reading
from aggregator.linking_score import Index
from aggregator.linking_sizes import settled

if TYPE_CHECKING:
    from aggregator.linking_score import Floats

CURATED = "~="  # signs of keys that the glossary made: related subjects and names
KNOWN = 1.2  # of the margin, for the share above FROM that the glossary knows
FROM = 0.5
LIFT = KNOWN * (1 - FROM)  # the most that this adds
OTHER = 0.8  # of the margin, for the share that the text's best statement does not explain
JUST_BELOW = 0.01  # of the margin below the threshold of likely links


def by_kind(margin: float, up: float, reading: Reading, row: int, best: int, mentions: int, likely: float) -> float:
    """A margin by the kind of words that carry it.

    `up` is the most that may be added to it; `best` is the text's best statement, which may be the same.
    """
    adds = reading.adds[row]
    if reading.long or not adds:
        return margin
    off = 0.0 if row == best else OTHER * _unexplained(adds, reading.adds.get(best, {}))
    if up and not (mentions > 1 or _says_phrase(reading, adds)):
        up = 0.0
    return margin + min(up, max(0.0, likely - JUST_BELOW - margin)) - off


def lifts(index: Index, keys: Sequence[Sequence[str]]) -> Floats:
    """The most that the glossary's words may add to the margins of some texts, given by their keys.

    One line a text, one column a statement; nothing for texts without keys, as long ones are given.
    """
    import numpy as np

    known = [[key for key in some if key[0] in CURATED] for some in keys]
    # Where there are none the share is nothing, whatever the whole.
    whole = index.score_keys([some if own else () for some, own in zip(keys, known, strict=True)])
    curated = index.score_keys(known)
    share = np.divide(curated, whole, out=np.zeros_like(whole), where=whole > 0)
    return np.asarray(KNOWN * settled(index.size) * np.maximum(0, share - FROM), np.float32)


def _unexplained(adds: Mapping[str, float], best: Mapping[str, float]) -> float:
    """The share of what speaks for a statement that speaks less for the best one."""
    over = [value - less for key, value in adds.items() if value > (less := best.get(key, 0.0))]
    return sum(over) / sum(adds.values())


def _says_phrase(reading: Reading, adds: Mapping[str, float]) -> bool:
    """Whether a related subject that counts is said in several words."""
    return any(
        key[0] == "~" and key in adds and " " in reading.text[start:end]
        for said in reading.said
        for start, end, key, _ in said
    )
