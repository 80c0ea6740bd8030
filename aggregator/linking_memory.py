"""Pairs that people rejected stay away, until text or statement changes materially, and then say so.

Showing a rejected link again without a word is the worse error: it tells people that deciding is useless.
A near-copy of the coverage (80 % of its keys) is the same coverage; below 40 % it is another piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aggregator.linking_learning import CHANGED, COPY, Judged, likeness
from parsers.model import Statement

MOST_COMPARED = 500  # rejections a statement, the latest; more are not compared with a text


class Memory:
    """The rejected pairs, by statement."""

    def __init__(self, judged: Iterable[Judged]) -> None:
        self._rejected: dict[int, list[Judged]] = {}
        self._kept: dict[int, list[frozenset[str]]] = {}
        for one in judged:
            if one.right:
                self._kept.setdefault(one.row, []).append(one.keys)
            else:
                self._rejected.setdefault(one.row, []).append(one)

    def __contains__(self, row: int) -> bool:
        return row in self._rejected

    def verdict(self, keys: frozenset[str], row: int, statement: Statement) -> tuple[bool, str | None]:
        """Whether the pair stays away, and a note where it was rejected in another form.

        A text that was confirmed word for word is never held back by its near-copy's rejection.
        """
        if row not in self._rejected or keys in self._kept.get(row, ()):
            return False, None
        rejected: Sequence[Judged] = self._rejected[row][-MOST_COMPARED:]
        best, one = max(((likeness(keys, other.keys), other) for other in rejected), key=lambda found: found[0])
        version = one.decision.statement_version
        if best >= COPY or keys == one.keys:
            if version is None or version == statement.version:
                return True, None
            return False, f"Rejected for version {version} of the statement; it has changed since."
        if best >= CHANGED:
            return False, "Rejected for an earlier text of this coverage; the text has changed since."
        return False, None
