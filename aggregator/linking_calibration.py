"""From margin to probability and band, and what may be promised about the bands.

A promise that turns out too high is the worse error, so it is a lower bound and says from how many decisions.

The defaults were fitted on 430 posts of three authors, 360 of them written by people who had seen neither code nor
glossary: of 100 links from a margin of 1.1 to 1.8 on, 60 are right, from 1.8 to 2.9 on 78, from 2.9 on 94.
The best threshold by F1 lies well below a probability of one half, because most texts fit few statements.

A small archive has no crowd to measure against, and every word of the sector looks rare in it, while most of what
the sector speaks of is none of its business.
So `for_size` asks for more: among 3 of 44 statements, links called likely are right at 0.86 instead of 0.64,
shown ones at 0.5 instead of 0.3, for posts that mostly spoke of the other 41.
Around fifteen statements a little more than among many is asked for a link to be shown.

A team's own decisions move slope and offset, not the thresholds: from 20 decisions on, a refitted threshold gained
nothing in simulation, and with fewer it spread the F1 by 6 to 13 points.
The one exception is a likely link that is less probable than not: a word and a number that contradict each other are
believed neither, so the threshold of likely links then moves up to where the probability is one half.
The refit is a maximum a posteriori with the defaults as a Gaussian prior of precision 20: at the threshold of likely
links five rejections in a row leave 60 of 89 %, twenty decisions of which four confirm 39 %, and a hundred outweigh
it. With precision 2 the same five left 15 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from aggregator.model import Band, Promise
from parsers.model import Record

SUREST = 0.995  # no proposal is surer than the data it was calibrated on can show
FLATTEST = 0.3  # slope; a larger margin never makes a link less probable
FEW, SOME, MANY = 2, 15, 30  # statements
SHOW_FEW, SHOW_SOME = 2.0, 1.2  # margins from which a link is shown among few and some statements
LIKELY_FEW = 3.7  # margin from which a link is likely among few
STEPS = 60  # of Newton's method, none longer than 1
PRECISION = 20.0  # of the prior on slope and offset
LEAST_LIKELY = 0.5  # probability below which nothing is called likely
FEWEST_TO_PROMISE = 20  # judged likely links
ONE_SIDED = 1.2816  # standard deviations: nine times in ten the truth is above the bound


class Calibration(Record, frozen=True, kw_only=True):
    """One sigmoid and two thresholds."""

    slope: float = 1.5
    offset: float = -2.25
    show: float = 1.1  # margin from which a link is proposed
    likely: float = 2.9  # margin from which it is called likely

    def probability(self, margin: float) -> float:
        """How probable it is that the link is right, 0–1."""
        chance = 1 / (1 + math.exp(-max(-60.0, min(60.0, self.slope * margin + self.offset))))
        return max(1 - SUREST, min(SUREST, chance))

    def band(self, margin: float) -> Band | None:
        """Likely, possible, or None below the threshold."""
        if margin >= self.likely:
            return "likely"
        return "possible" if margin >= self.show else None


def for_size(size: int, full: Calibration | None = None) -> Calibration:
    """The calibration for so many statements; probabilities move with the threshold of likely links.

    >>> [(c.show, c.likely) for c in map(for_size, (1, 15, 44, 2_000))]
    [(2.0, 3.7), (1.2, 3.1), (1.1, 2.9), (1.1, 2.9)]
    """
    full = full or Calibration()
    show = _between(size, (FEW, SHOW_FEW), (SOME, SHOW_SOME))
    if size > SOME:
        show = _between(size, (SOME, SHOW_SOME), (MANY, full.show))
    likely = _between(size, (FEW, LIKELY_FEW), (MANY, full.likely))
    offset = full.offset - full.slope * (likely - full.likely)
    return Calibration(slope=full.slope, offset=round(offset, 4), show=round(show, 2), likely=round(likely, 2))


def _between(size: int, low: tuple[int, float], high: tuple[int, float]) -> float:
    """A value between two sizes by their logarithms, and that of the nearer end beyond them."""
    place = (math.log(max(size, 1)) - math.log(low[0])) / (math.log(high[0]) - math.log(low[0]))
    return low[1] + (high[1] - low[1]) * min(1.0, max(0.0, place))


def refit(prior: Calibration, margins: Sequence[float], right: Sequence[bool]) -> Calibration:
    """The calibration moved by the team's decisions, by Newton's method.

    Thresholds stay, but nothing less probable than not is called likely.

    >>> surer = refit(Calibration(), [2.0] * 50, [True] * 50)
    >>> surer.probability(2.0) > Calibration().probability(2.0)
    True
    """
    slope, offset = prior.slope, prior.offset
    for _ in range(STEPS):
        gradient, curve = _slopes(prior, slope, offset, margins, right)
        size = curve[0] * curve[2] - curve[1] ** 2
        by_slope = (curve[2] * gradient[0] - curve[1] * gradient[1]) / size
        by_offset = (curve[0] * gradient[1] - curve[1] * gradient[0]) / size
        if slope + by_slope < FLATTEST:
            by_slope, by_offset = FLATTEST - slope, gradient[1] / curve[2]
        slope += max(-1.0, min(1.0, by_slope))
        offset += max(-1.0, min(1.0, by_offset))
    slope, offset = round(slope, 4), round(offset, 4)
    even = math.ceil((math.log(LEAST_LIKELY / (1 - LEAST_LIKELY)) - offset) / slope * 100) / 100
    return Calibration(slope=slope, offset=offset, show=prior.show, likely=max(prior.likely, even))


def _slopes(
    prior: Calibration, slope: float, offset: float, margins: Sequence[float], right: Sequence[bool]
) -> tuple[tuple[float, float], tuple[float, float, float]]:
    """First and second derivatives of the posterior."""
    by_slope, by_offset = PRECISION * (prior.slope - slope), PRECISION * (prior.offset - offset)
    slope2, both, offset2 = PRECISION, 0.0, PRECISION
    for margin, is_right in zip(margins, right, strict=True):
        chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, slope * margin + offset))))
        error, spread = is_right - chance, chance * (1 - chance)
        by_slope += error * margin
        by_offset += error
        slope2 += spread * margin * margin
        both += spread * margin
        offset2 += spread
    return (by_slope, by_offset), (slope2, both, offset2)


def log_loss(chances: Sequence[float], right: Sequence[bool]) -> float:
    """How wrong the probabilities were, per decision; 0 is perfect.

    >>> round(log_loss([0.5, 0.5], [True, False]), 3)
    0.693
    """
    if not chances:
        return 0.0
    kept = (max(1e-6, min(1 - 1e-6, chance)) for chance in chances)
    return -sum(math.log(c if r else 1 - c) for c, r in zip(kept, right, strict=True)) / len(chances)


def wilson(right: int, judged: int) -> float:
    """Lower end of Wilson's score interval for a share, one-sided 90 %.

    >>> round(wilson(60, 64), 2)
    0.89
    """
    if not judged:
        return 0.0
    z, share = ONE_SIDED, right / judged
    middle = share + z * z / (2 * judged)
    width = z * math.sqrt(share * (1 - share) / judged + z * z / (4 * judged * judged))
    return max(0.0, (middle - width) / (1 + z * z / judged))


def promise(right: int, judged: int) -> Promise:
    """The sentence that the decisions allow: the tenths that Wilson's lower bound reaches.

    >>> promise(75, 76).text
    'At this setting 9 of 10 likely links are right, by 76 of your decisions.'
    >>> promise(7, 7).text
    'Too few decisions to say how often likely links are right: 7 judged so far, 20 are needed.'
    """
    if judged < FEWEST_TO_PROMISE:
        text = (
            "Too few decisions to say how often likely links are right: "
            f"{judged or 'none'} judged so far, {FEWEST_TO_PROMISE} are needed."
        )
        return Promise(text=text, right=right, judged=judged)
    bound = wilson(right, judged)
    tenths = int(bound * 10 + 1e-9)
    text = f"At this setting {tenths} of 10 likely links are right, by {judged} of your decisions."
    return Promise(text=text, right=right, judged=judged, bound=round(bound, 4))
