"""What depends on how many statements there are.

Rules that are right for forty statements of one sector are not for ten thousand one-sentence claims, so each of them
moves with the logarithm of the number; no archive crosses a line behind which everything is different.
"""

from __future__ import annotations

import math

GENERIC, GENERIC_LARGE = 0.5, 0.8  # of a generic word among few and among very many statements
SMALL, LARGE = 100, 5_000  # statements: few, very many
COUPLE, ENOUGH = 2, 30  # statements: so few that most of their sector is none of their business, and enough
CROWDED, THOUSANDS = 500, 3_000  # statements from which near-same ones begin, and wholly decide what ranks first


def generic_share(size: int) -> float:
    """What a generic word counts: the more statements, the better rarity itself tells what is generic.

    Removing generic words outright costs 4–8 points.

    >>> generic_share(44), round(generic_share(700), 2), generic_share(14_000)
    (0.5, 0.65, 0.8)
    """
    return GENERIC + (GENERIC_LARGE - GENERIC) * largeness(size)


def largeness(size: int) -> float:
    """Where a number of statements lies between few (0) and very many (1), by its logarithm."""
    place = (math.log(max(size, 1)) - math.log(SMALL)) / (math.log(LARGE) - math.log(SMALL))
    return min(1.0, max(0.0, place))


def settled(size: int) -> float:
    """Where a number of statements lies between a couple (0) and enough to know their sector (1).

    >>> settled(2), round(settled(12), 2), settled(30), settled(2_000)
    (0.0, 0.66, 1.0, 1.0)
    """
    place = math.log(max(size, 1) / COUPLE) / math.log(ENOUGH / COUPLE)
    return min(1.0, max(0.0, place))


def crowding(size: int) -> float:
    """How much near-same statements decide what ranks first: not at all up to 500 statements, wholly from 3,000 on.

    >>> crowding(44), crowding(500), round(crowding(1_000), 2), crowding(10_000)
    (0.0, 0.0, 0.39, 1.0)
    """
    place = math.log(max(size, 1) / CROWDED) / math.log(THOUSANDS / CROWDED)
    return min(1.0, max(0.0, place))
