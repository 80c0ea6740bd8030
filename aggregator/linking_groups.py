"""Near-same statements: several versions of one demand that were never withdrawn.

Hiding a statement behind one that says something else is the worse error, so both must score each other
at half of what they score themselves, by the same index that scores coverage.
Only asked for statements that are proposed: one look costs as much as scoring one text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from aggregator.linking_score import Index
from parsers.model import Statement

NEAR = 0.5
MOST = 12  # statements a group shows


class Groups:
    """Finds and remembers each statement's group."""

    def __init__(self, statements: Sequence[Statement], index: Index) -> None:
        self._statements = statements
        self._index = index
        self._known: dict[int, tuple[str, ...]] = {}
        self._keys: dict[int, list[str]] = {}

    def of(self, row: int) -> tuple[str, ...]:
        """The ids of the group a statement is in, the newest first; none when it stands alone."""
        if row not in self._known:
            self._known[row] = self._find(row)
        return self._known[row]

    def _find(self, row: int) -> tuple[str, ...]:
        import numpy as np

        scores = self._index.score_keys([self._own(row)])[0]
        near = [int(at) for at in np.argsort(-scores, kind="stable")[: 2 * MOST] if scores[at] >= NEAR * scores[row]]
        members = [other for other in near if other == row or self._returns(other, row)]
        if row not in members or len(members) < 2:
            return ()
        return tuple(self._statements[at].id for at in sorted(members[:MOST], key=self._age))

    def _returns(self, other: int, row: int) -> bool:
        scores = self._index.score_keys([self._own(other)])[0]
        return bool(scores[row] >= NEAR * scores[other])

    def _own(self, row: int) -> list[str]:
        if row not in self._keys:
            self._keys[row] = [key for key in self._index.reader.keys(self._statements[row].position) if key[0] != "~"]
        return self._keys[row]

    def _age(self, row: int) -> tuple[int, int]:
        """Newest first; without dates the order of the paper decides, because papers put the newest on top."""
        adopted = self._statements[row].adopted_on or dt.date.min
        return -adopted.toordinal(), row
