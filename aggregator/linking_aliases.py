"""The words that staff gave a statement: *also known as*.

Missing one is the worse error, because staff wrote it for nothing else: a short text that holds it is worth a link.
Those that are only generic words tell nothing, but for whole phrases of them; those of small words are refused.
A long text holds most words somewhere.
What a headline says whole is what the piece is about, so there it counts in texts of any length, and nearly makes a
link likely.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

from aggregator.linking_glossary import load
from aggregator.linking_score import long_spans
from aggregator.linking_text import PAIR_SIGN, YEAR_SIGN, Reader
from aggregator.linking_words import Remembering, words_of
from parsers.model import Statement

LONGEST_HEADLINE = 300  # characters


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
        self._phrases: dict[str, list[tuple[int, str]]] = {}  # by their first words
        for row, statement in enumerate(statements):
            for alias in statement.aliases:
                if (keys := self._telling(alias)) - reader.generic or len(keys) > 1:
                    self._phrases.setdefault(_words(alias)[0], []).append((row, f" {' '.join(_words(alias))} "))
        self._firsts = Remembering(self._begins)

    def _telling(self, alias: str) -> frozenset[str]:
        return telling(alias, self._reader)

    def in_headline(self, text: str) -> list[int]:
        """The statements of whose *also known as* words one stands whole in the text's first line of its own."""
        headline, _, rest = text.partition("\n\n") if self._phrases else ("", "", "")
        if not rest or len(headline) > LONGEST_HEADLINE:
            return []
        firsts = {*itertools.chain.from_iterable(map(self._firsts.__getitem__, headline.split()))}
        said = f" {' '.join(_words(headline))} " if firsts else ""
        return sorted({row for first in firsts for row, phrase in self._phrases[first] if phrase in said})

    def _begins(self, stretch: str) -> list[str]:
        """The words between two spaces with which one of the phrases begins."""
        return [word for word in _words(stretch) if word in self._phrases]

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


def telling(alias: str, reader: Reader) -> frozenset[str]:
    """The keys by which a text may be found to hold an *also known as* word."""
    return frozenset(key for key in reader.keys(alias) if PAIR_SIGN not in key and key[0] not in "~" + YEAR_SIGN)


def tells(alias: str) -> bool:
    """Whether a word can name a position: it has more than small words, years and signs.

    >>> tells("report cards"), tells("the"), tells("of their own")
    (True, False, False)
    """
    return bool(telling(alias, _plain_reader()))


@functools.cache
def _plain_reader() -> Reader:
    """A reader with the shipped glossary only."""
    return Reader(load(), ())


def _words(text: str) -> list[str]:
    return words_of(text.casefold())
