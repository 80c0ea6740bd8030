"""The proposals of one text: which statements are worth showing, each with its evidence.

A link that is shown for one word alone is the worse error, so what carries a link is counted:
a single mention takes something off and is never likely, several add a little.
A run of our own words is a link whatever the rest of the text says, an *also known as* word is worth a look,
and a pair that people rejected stays away.

Once a text is linked, a statement on the subject of its best one is shown from half a margin less on, as a weak link:
who speaks to one position on a subject often speaks to the next, and no text is linked by it that was not.
On 216 posts 8 of 11 such links were right, three points more of recall; of other statements as weak 5 in 21.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from aggregator import linking_evidence as evidence
from aggregator.linking_calibration import Calibration
from aggregator.linking_echo import CERTAIN, Citation, Echo
from aggregator.linking_groups import Groups
from aggregator.linking_kinds import LIFT, by_kind
from aggregator.linking_matter import held_back, says_whole
from aggregator.linking_memory import Carrier, Memory
from aggregator.linking_score import BEST, Index
from aggregator.linking_sizes import crowding
from aggregator.linking_words import shown
from aggregator.model import LinkProposal
from parsers.model import Statement

if TYPE_CHECKING:
    from aggregator.linking_score import Floats, Ints

ONE_WORD = 0.5  # of the margin: what a link on a single telling word needs more
MANY, MENTIONED = 3, 0.2  # different telling words; what they add to the margin
MOST_ADDED = MENTIONED + LIFT  # to a margin, by what carries it
KIN, NEARER = 0.1, 0.5  # likeness of statements on one subject; what the second of them needs less of the margin


class Heard(NamedTuple):
    """What a text holds of ours beside shared words."""

    echoes: Sequence[Echo] = ()
    citations: Sequence[Citation] = ()
    known_as: Sequence[int] = ()  # statements of whose *also known as* words it holds one
    headlined: Sequence[int] = ()  # those of whose *also known as* words one stands whole in its headline


class Proposer:
    """Makes proposals of the margins of a text.

    `superseded` are former versions, whose echoes come after those of the statements.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        superseded: Sequence[Statement],
        index: Index,
        memory: Memory,
        calibration: Calibration,
    ) -> None:
        self._statements = statements
        self._superseded = superseded
        self._rows = {statement.id: row for row, statement in enumerate(statements)}
        self._index = index
        self._memory = memory
        self._calibration = calibration
        self._groups = Groups(statements, index)
        self._ours: dict[int, evidence.Ours] = {}

    def choose(
        self,
        text: str,
        margins: Floats,
        lifts: Floats,
        limit: int,
        least: float | None,
        heard: Heard,
    ) -> list[LinkProposal]:
        """The best proposals from a margin of `least` on, best first; without one all that share something.

        `lifts` is what may be added to each margin by the kind of words that carry it.
        """
        if not self._statements or limit < 1:
            return []
        margins = self._raise(margins, heard)
        # The memory may hold some back, so a few more than asked for are looked at.
        highest = _highest(margins, limit + 10)
        order: list[int] = highest.tolist()
        most = margins[highest] + lifts[highest] + MENTIONED
        worth = order if least is None else _from(order, most, least)
        if not worth:
            return []
        near = [] if least is None else _from(order, most, least - NEARER)
        reading = evidence.read(text, self._index, near or worth)
        out: list[LinkProposal] = []
        for row in worth:
            if len(out) >= limit and margins[row] + MENTIONED + LIFT <= sorted(one.margin for one in out)[-limit]:
                break
            proposal = self._proposal(reading, row, float(margins[row]), float(lifts[row]), least, heard, order[0])
            if proposal:
                out.append(proposal)
        out.sort(key=lambda one: -one.margin)
        if out and least is not None and len(out) < limit:
            nearby = [(row, float(margins[row]), float(lifts[row])) for row in near]
            out += self._kin(reading, out, nearby, least, heard, limit - len(out))
        return self._finished(out, order, margins, limit)

    def _kin(
        self,
        reading: evidence.Reading,
        shown: Sequence[LinkProposal],
        near: Sequence[tuple[int, float, float]],
        least: float,
        heard: Heard,
        room: int,
    ) -> list[LinkProposal]:
        """Weaker proposals of statements on the subject of the best one, as sure as what is just shown."""
        best, known = self._rows[shown[0].statement_id], {one.statement_id for one in shown}
        out: list[LinkProposal] = []
        for row, margin, lift in near:
            if len(out) > room:  # one more than is shown: the last that is shown names what came next
                break
            if self._statements[row].id in known or self._groups.likeness(best, row) < KIN:
                continue
            proposal = self._proposal(reading, row, margin, lift, least - NEARER, heard, best)
            if proposal:
                score = round(self._calibration.probability(least), 4)
                band = self._calibration.band(least)
                out.append(msgspec.structs.replace(proposal, margin=least, score=score, band=band))
        return out

    def _finished(
        self, proposals: Sequence[LinkProposal], order: Sequence[int], margins: Floats, limit: int
    ) -> list[LinkProposal]:
        """The first proposals, each with the near-same statements and with the one that came next.

        A statement that shares nothing with the text comes next to none.
        """
        least = margins.min()
        rows = [self._rows[proposal.statement_id] for proposal in proposals]
        rest = next((row for row in order if row not in rows and margins[row] > least), None)
        following = [*rows[1:], rest]
        kept = proposals[:limit]
        phrases = [frozenset([term.text.casefold() for term in proposal.terms]) for proposal in kept]
        groups = self._groups.together(rows[:limit], phrases)
        return [
            msgspec.structs.replace(
                proposal, group=group, next_best=None if after is None else self._statements[after].id
            )
            for proposal, group, after in zip(kept, groups, following, strict=False)
        ]

    def _raise(self, margins: Floats, heard: Heard) -> Floats:
        """A run of our own words is a link, likely when it is long; a word that staff gave is worth a look."""
        margins = margins.copy()
        show, likely = self._calibration.show, self._calibration.likely
        for row in heard.known_as:
            margins[row] = max(margins[row], show)
        for row in heard.headlined:
            margins[row] = max(margins[row], likely - 0.01)
        for echo in heard.echoes:
            if echo.row < len(self._statements):
                least = likely if echo.length >= CERTAIN else show
                margins[echo.row] = max(margins[echo.row], least)
        return margins

    def _proposal(
        self,
        reading: evidence.Reading,
        row: int,
        margin: float,
        lift: float,
        least: float | None,
        heard: Heard,
        first: int,
    ) -> LinkProposal | None:
        """One proposal with its evidence; None where nothing tells or people said no.

        `first` is the text's best statement by its margins.
        """
        statement, note = self._statements[row], None
        if least is not None and row in self._memory:
            away, note = self._memory.verdict(reading.known(), row, statement, partial(carried, reading, row))
            if away:
                return None
        best = evidence.best_sentences(reading, row, BEST)
        speaking = carrying(reading, best)
        cited = [(one.start, one.end) for one in heard.citations if one.row == row]
        mentions = evidence.mentions(reading, row, speaking, cited)
        # A long text that comes back to one word of ours again and again need not be about us.
        sure = heard.echoes or row in heard.headlined
        if least is not None and mentions < (2 if reading.long and not sure else 1):
            return None
        echo, old = self._own_and_old(row, heard.echoes)
        if not echo:
            named = 2 if mentions == 1 and row in (*heard.known_as, *heard.headlined) else mentions
            counted = by_mentions(margin, named, self._calibration.likely)
            counted = by_kind(counted, lift, reading, row, first, named, self._calibration.likely)
            if named == 1 and not reading.long and says_whole(reading, row, statement, self._index):
                counted = min(margin, self._calibration.likely - 0.01)
            # Who only ranks among thousands has the order of the score, in which words weigh by their rarity.
            margin += (counted - margin) * (1.0 if least is not None else 1.0 - crowding(len(self._statements)))
            if least is not None:
                likely = self._calibration.likely
                held = held_back(margin, likely, reading, row, statement, self._index)
                margin = max(held, min(margin, likely - 0.01)) if row in heard.headlined else held
        margin = round(margin, 4)  # a threshold that a margin was raised to, 1.05 for one, is a little less in 32 bits
        if least is not None and margin < least:
            return None
        if row not in self._ours:
            self._ours[row] = evidence.ours(statement, self._index)
        ours = self._ours[row]
        terms = evidence.phrases(reading, row, speaking, ours)
        if not terms:
            return None
        span = reading.spans[best[0]]
        line = evidence.our_sentence(ours, reading, row, best)
        return LinkProposal(
            statement_id=statement.id,
            score=round(self._calibration.probability(margin), 4),
            margin=margin,
            band=self._calibration.band(margin),
            their_sentence=shown(reading.text[span.start : span.end]),
            our_sentence=line,
            terms=tuple(terms),
            reason=evidence.reason(terms, line, echo),
            echo=echo,
            old_echo=old,
            note=note,
            statement_version=statement.version,
        )

    def _own_and_old(self, row: int, echoes: Sequence[Echo]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if not echoes:
            return (), ()
        own = tuple(echo.words for echo in echoes if echo.row == row)
        id = self._statements[row].id
        former = {at for at, old in enumerate(self._superseded, len(self._statements)) if old.id == id}
        old = tuple(echo.words for echo in echoes if echo.row in former and echo.words not in " | ".join(own))
        return own, old


def carried(reading: evidence.Reading, row: int) -> list[Carrier]:
    """The sentences that speak for a statement, strongest first, as the memory compares them."""
    out = []
    for at in evidence.best_sentences(reading, row, BEST):
        span, own = reading.spans[at], reading.keys[at]
        adds = {key: weight for key, weight in reading.adds[row].items() if key in own and key[0] != "~"}
        if adds:
            out.append(Carrier(reading.text[span.start : span.end], adds))
    return out


def carrying(reading: evidence.Reading, best: Sequence[int]) -> Sequence[int]:
    """The sentences that carry a link: of a long text those that speak for the statement."""
    return best if reading.long else range(len(reading.spans))


def by_mentions(margin: float, mentions: int, likely: float) -> float:
    """A margin by how many different words carry it; a single one may be an accident, and is never likely.

    >>> by_mentions(4.0, 1, 2.9), by_mentions(2.0, 2, 2.9), by_mentions(2.0, 3, 2.9)
    (2.89, 2.0, 2.2)
    """
    if mentions < 2:
        return min(margin - ONE_WORD, likely - 0.01)
    return margin + MENTIONED * (mentions >= MANY)


def _highest(margins: Floats, number: int) -> Ints:
    """The places of the highest margins, best first; of equal ones the first."""
    import numpy as np

    if number >= len(margins):
        return np.argsort(-margins, kind="stable")
    least = np.partition(margins, len(margins) - number)[len(margins) - number]
    rows = np.flatnonzero(margins >= least)
    return np.asarray(rows[np.argsort(-margins[rows], kind="stable")][:number])


def _from(order: list[int], margins: Floats, least: float) -> list[int]:
    """Those of some places whose margin, given for each of them, is so high."""
    return list(itertools.compress(order, (margins >= least).tolist()))
