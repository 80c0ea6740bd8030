"""The same words in several outlets.

Joining two different things that one person said is the worse error: shared phrases ("young people") join nothing.
Outlets shorten, so a quotation is the same as another when nearly all its runs of four words stand there.
Fragments of three words must stand there whole; shorter ones must be equal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from aggregator.quote_model import Quote, QuoteGroup
from aggregator.shingles import words

RUN = 4
SHARE = 0.8  # of the shorter one's runs; a word put right or left out breaks four of them
WHOLE = 3  # words of a fragment that is looked for inside longer quotations
HUBS = 5  # of one run's holders, the first few are compared; keeps a much-printed line cheap


def same(a: Quote, b: Quote) -> bool:
    """Whether two quotations are the same words of one speaker, one of them possibly shortened."""
    if a.speaker != b.speaker:
        return False
    short, long = sorted((words(a.quote), words(b.quote)), key=len)
    if len(short) < WHOLE or short == long:
        return bool(short) and short == long
    size = min(RUN, len(short))
    own, known = _runs(short, size), _runs(long, size)
    return len(own & known) >= SHARE * len(own)


def merge(quotes: Sequence[Quote]) -> list[QuoteGroup]:
    """Group quotations that are the same; groups and the quotations in them keep the order given."""
    roots = list(range(len(quotes)))

    def find(index: int) -> int:
        while roots[index] != index:
            index = roots[index]
        return index

    for a, b in _candidates(quotes):
        first, second = sorted((find(a), find(b)))
        if first != second and same(quotes[a], quotes[b]):
            roots[second] = first
    groups: dict[int, list[Quote]] = defaultdict(list)
    for index, quote in enumerate(quotes):
        groups[find(index)].append(quote)
    return [_grouped(members) for members in groups.values()]


def _candidates(quotes: Sequence[Quote]) -> list[tuple[int, int]]:
    """Pairs of one speaker that share a run of words."""
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, quote in enumerate(quotes):
        tokens = words(quote.quote)
        for run in _runs(tokens, WHOLE) if len(tokens) >= WHOLE else {tuple(tokens)}:
            holders[(quote.speaker, *run)].append(index)
    return sorted({(a, b) for held in holders.values() for a in held[:HUBS] for b in held if a < b})


def _grouped(members: list[Quote]) -> QuoteGroup:
    lead = max(members, key=lambda quote: len(words(quote.quote)))
    others = tuple(quote for quote in members if quote is not lead)
    outlets = dict.fromkeys(quote.outlet for quote in others if quote.outlet and quote.outlet != lead.outlet)
    return QuoteGroup(lead=lead, others=others, also_in=tuple(outlets))


def _runs(tokens: list[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)}
