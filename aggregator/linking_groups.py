"""Near-same statements: several versions of one demand that were never withdrawn.

Hiding a statement behind one that says something else is the worse error, so likeness is mutual:
the geometric mean of what each scores for the other's position, as a share of what it scores for its own,
by the same index that scores coverage.
From 0.45 on two statements are near-same anywhere.
From 0.2 on they are shown together for a text that speaks to both with the same phrases:
four statements against league tables in four years share their subject and little of their wording.
Only asked for statements that are proposed: one look costs as much as scoring one text.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aggregator.linking_score import Index
from aggregator.model import LinkProposal
from parsers.model import Statement

if TYPE_CHECKING:
    from aggregator.linking_score import Floats

NEAR, TOGETHER = 0.45, 0.2
REMEMBERED = 4_000_000  # scores of positions for each other, 16 MB of them
PAIRS = 50_000  # likenesses of two statements, 8 MB of them
MOST = 12  # statements a group shows


class Groups:
    """Finds and remembers each statement's group."""

    def __init__(self, statements: Sequence[Statement], index: Index) -> None:
        self._statements = statements
        self._index = index
        self._known: dict[int, tuple[str, ...]] = {}
        self._scores: dict[int, Floats] = {}
        self._alike: dict[tuple[int, int], float] = {}

    def of(self, row: int) -> tuple[str, ...]:
        """The ids of the group a statement is in, the newest first; none when it stands alone."""
        if row not in self._known:
            self._known[row] = self._find(row)
        return self._known[row]

    def together(self, rows: Sequence[int], phrases: Sequence[frozenset[str]]) -> list[tuple[str, ...]]:
        """The groups of statements proposed for one text, given the phrases that carry each."""
        out = []
        for row, mine in zip(rows, phrases, strict=True):
            known = self.of(row)
            members = [
                other
                for other, theirs in zip(rows, phrases, strict=True)
                if other == row
                or self._statements[other].id in known
                or (_same_phrases(mine, theirs) and self.likeness(row, other) >= TOGETHER)
            ]
            if len(members) > 1:
                named = {self._statements[at].id for at in members}
                known = (*self._newest_first(members), *[id for id in known if id not in named])
            out.append(known)
        return out

    def likeness(self, one: int, other: int) -> float:
        """How near two statements' positions are, 0–1 and a little above for copies."""
        pair = (one, other) if one < other else (other, one)
        found = self._alike.get(pair)
        if found is None:
            here, there = self._own(one), self._own(other)
            own = float(here[one]) * float(there[other])
            if len(self._alike) > PAIRS:
                self._alike.clear()
            found = self._alike[pair] = math.sqrt(float(here[other]) * float(there[one]) / own) if own > 0 else 0.0
        return found

    def _find(self, row: int) -> tuple[str, ...]:
        import numpy as np

        scores = self._own(row)
        # Half of the bound is the least that a one-sided look can show of a pair that is near both ways.
        order = np.argsort(-scores, kind="stable")[: 2 * MOST]
        near = [int(at) for at in order if at != row and scores[at] >= NEAR / 2 * scores[row] > 0]
        members = [other for other in near if self.likeness(row, other) >= NEAR][: MOST - 1]
        return self._newest_first([row, *members]) if members else ()

    def _newest_first(self, rows: Sequence[int]) -> tuple[str, ...]:
        return tuple(self._statements[at].id for at in sorted(rows, key=self._age))

    def _own(self, row: int) -> Floats:
        """What each statement scores for the position of one."""
        scores = self._scores.get(row)
        if scores is None:
            if len(self._scores) * len(self._statements) > REMEMBERED:
                self._scores.clear()
            keys = [key for key in self._index.reader.keys(self._statements[row].position) if key[0] != "~"]
            scores = self._scores[row] = self._index.score_keys([keys])[0]
        return scores

    def _age(self, row: int) -> tuple[int, int]:
        """Newest first; without dates the order of the paper decides, because papers put the newest on top."""
        adopted = self._statements[row].adopted_on or dt.date.min
        return -adopted.toordinal(), row


def _same_phrases(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether half of the fewer phrases are those of the other too."""
    return 2 * len(mine & theirs) >= min(len(mine), len(theirs))


def first_groups(proposals: Sequence[LinkProposal], limit: int) -> list[LinkProposal]:
    """The proposals of the first `limit` subjects: near-same statements count once."""
    kept: list[LinkProposal] = []
    subjects = 0
    for proposal in proposals:
        if not any(proposal.statement_id in other.group for other in kept):
            subjects += 1
        if subjects > limit:
            break
        kept.append(proposal)
    return kept
