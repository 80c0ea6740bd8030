"""The words that staff gave a statement: *also known as*.

Missing one is the worse error, because staff wrote it for nothing else: a short text that holds it is worth a link.
Those that are only generic words tell nothing, and a long text holds most words somewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.linking_score import long_spans
from aggregator.linking_text import PAIR_SIGN, YEAR_SIGN, Reader
from parsers.model import Statement


class Aliases:
    """The *also known as* words of all statements."""

    def __init__(self, statements: Sequence[Statement], reader: Reader) -> None:
        self._reader = reader
        self._words = [
            (row, keys)
            for row, statement in enumerate(statements)
            for alias in statement.aliases
            if (keys := self._telling(alias)) - reader.generic
        ]
        self._keys = frozenset(key for _, words in self._words for key in words)

    def _telling(self, alias: str) -> frozenset[str]:
        return frozenset(
            key for key in self._reader.keys(alias) if PAIR_SIGN not in key and key[0] not in "~" + YEAR_SIGN
        )

    def in_text(self, text: str) -> list[int]:
        """The statements, by their places, of which a short text holds an *also known as* word."""
        if not self._words or long_spans(text):
            return []
        return self.among(self._reader.keys(text))

    def among(self, keys: Sequence[str]) -> list[int]:
        """The statements of whose *also known as* words one stands among these keys."""
        if self._keys.isdisjoint(keys):
            return []
        found = set(keys)
        return [row for row, words in self._words if words <= found]
