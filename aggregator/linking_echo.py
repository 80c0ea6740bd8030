"""Echo: where coverage repeats our own words.

Calling a stock phrase of the sector a quotation of us is the worse error.
So an echo is a run of at least five words that tells something: a telling word counts one, a generic one a half,
a glossary phrase one whatever its length, each word past the fifth a quarter, and together they must reach 2.5.
A run that many statements hold is nobody's line, and neither is the name of a body or the title of a paper.
Contexts tell what others did and said, so a run that stands only there must be longer: laws are quoted by everybody.

Words are compared as written, without case and apostrophes, not as stems: a quotation is literal.
Runs are found by hashes of five words in one sorted array: 600,000 words take five megabytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from aggregator.linking_text import PAIR_SIGN, Reader
from aggregator.linking_words import Remembering, clean, shown, word_places, words_between
from parsers.model import Statement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST = 5  # words
SHORTEST_CONTEXT = 12  # words of a run that stands in a context only
TELLING = 2.5
COMMON = 3  # statements, near-same ones apart; a run in more of them is a stock phrase
CERTAIN = 8  # words; from here on a run alone makes a link likely
_UNKNOWN = -1  # the number of a word that no statement holds
_GAP = array("q", [_UNKNOWN]).tobytes()  # between two texts: no run crosses it
_NUMBER = len(_GAP)  # bytes of a number
_PRIME = 1_000_003


class Echo(NamedTuple):
    """A run of our words in a coverage."""

    row: int  # which statement of the list
    words: str  # as the coverage has them
    length: int  # in words


class Citation(NamedTuple):
    """A name or stock phrase that several statements hold: which of them is meant, it does not tell."""

    row: int
    start: int  # in characters of the coverage
    end: int


class EchoIndex:
    """The words of all statements, ready to be found in coverage."""

    def __init__(self, statements: Sequence[Statement], reader: Reader) -> None:
        import numpy as np

        self._reader = reader
        self._ids = [statement.id for statement in statements]  # versions of one statement share theirs
        self._vocabulary: dict[str, int] = {}
        self._written = Remembering(self._look)  # of what texts write between two spaces the numbers of its words
        numbers: list[int] = []
        owners: list[int] = []
        contexts: list[bool] = []
        for row, statement in enumerate(statements):
            for text in (statement.position, statement.rationale, statement.context):
                found = [
                    self._vocabulary.setdefault(word, len(self._vocabulary) + 1) for word, _, _ in _plain(text or "")
                ]
                numbers += [*found, 0]  # a gap that no run crosses
                owners += [row] * (len(found) + 1)
                contexts += [text is statement.context] * (len(found) + 1)
        self._numbers = np.array(numbers, np.int64)
        self._owners = np.array(owners, np.int64)
        self._in_context = np.array(contexts, bool)
        hashes = _hashes(self._numbers)
        self._order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._order]
        # Whether a hash may be there, by its last bits: a quicker look than the search, and mostly it says no.
        self._last_bits = (1 << (4 * len(hashes)).bit_length()) - 1
        self._may_be = np.zeros(self._last_bits + 1, bool)
        self._may_be[hashes & self._last_bits] = True

    def suspects(self, texts: Iterable[Sequence[str]]) -> set[int]:
        """The places of the texts that may hold an echo: `find` gives nothing for the others.

        Texts are split at their spaces.
        A look at many texts at once costs a tenth of searching each.
        """
        import numpy as np

        if not len(self._hashes):
            return set()
        numbers = [b"".join([*map(self._written.__getitem__, stretches), _GAP]) for stretches in texts]
        ends = np.cumsum([len(some) // _NUMBER for some in numbers])
        hashes = _hashes(np.frombuffer(b"".join(numbers), np.int64))
        maybe = np.flatnonzero(self._may_be[hashes & self._last_bits])
        places = np.searchsorted(self._hashes, hashes[maybe])
        places[places == len(self._hashes)] = 0
        same = maybe[self._hashes[places] == hashes[maybe]]
        return set(np.searchsorted(ends, same, side="right").tolist())

    def _look(self, stretch: str) -> bytes:
        """The numbers of the words between two spaces, as 64-bit integers: of bytes many are joined at once."""
        return array("q", [self._vocabulary.get(_folded(word), _UNKNOWN) for word in words_between(stretch)]).tobytes()

    def find(self, text: str) -> tuple[list[Echo], list[Citation]]:
        """All echoes in a text, the longest first, one per statement and run; and what is only cited."""
        import numpy as np

        words = list(_plain(clean(text)))
        if len(words) < SHORTEST or not len(self._hashes):
            return [], []
        known = np.array([self._vocabulary.get(word, -1 - at) for at, (word, _, _) in enumerate(words)], np.int64)
        hashes = _hashes(known)
        first = np.searchsorted(self._hashes, hashes)
        last = np.searchsorted(self._hashes, hashes, side="right")
        ends: dict[tuple[int, int], int] = {}  # (where the run starts in the text, statement) → its length
        for start in np.flatnonzero(last > first).tolist():
            for place in self._order[first[start] : min(last[start], first[start] + 4 * COMMON)].tolist():
                length = self._length(known, start, place)
                if length >= (SHORTEST_CONTEXT if self._in_context[place] else SHORTEST):
                    key = (start, int(self._owners[place]))
                    ends[key] = max(ends.get(key, 0), length)
        return self._longest(text, words, ends)

    def _length(self, known: NDArray[np.int64], start: int, place: int) -> int:
        ours, theirs = self._numbers[place:], known[start:]
        length, most = 0, min(len(ours), len(theirs), 400)
        while length < most and ours[length] == theirs[length] and ours[length] != 0:
            length += 1
        return length

    def _longest(
        self, text: str, words: Sequence[tuple[str, int, int]], ends: dict[tuple[int, int], int]
    ) -> tuple[list[Echo], list[Citation]]:
        """Runs that lie in no longer run of the same statement, stock phrases and names apart."""
        runs: list[tuple[int, int, int]] = []
        reach: dict[int, int] = {}
        for (start, row), length in sorted(ends.items()):
            if start + length > reach.get(row, -1):
                reach[row] = start + length
                runs.append((*self._trimmed(words, start, length), row))
        echoes, citations = [], []
        for start, length, row in runs:
            first, last = words[start][1], words[start + length - 1][2]
            run = shown(text[first:last])
            # A title that many statements cite is held by all of them at the same place of the text.
            holders = {self._ids[other] for at, size, other in runs if at < start + length and start < at + size}
            name = self._is_name(run)
            if len(holders) > (1 if name else COMMON):
                citations.append(Citation(row, first, last))
            elif not name and self._telling(run) + (length - SHORTEST) / 4 >= TELLING:
                echoes.append(Echo(row, run, length))
        return sorted(echoes, key=lambda echo: -echo.length), citations

    def _trimmed(self, words: Sequence[tuple[str, int, int]], start: int, length: int) -> tuple[int, int]:
        """Start and length without the small words at both ends: they belong to what stands around."""
        while length > SHORTEST and self._reader.is_small(words[start + length - 1][0]):
            length -= 1
        while length > SHORTEST and self._reader.is_small(words[start][0]):
            start, length = start + 1, length - 1
        return start, length

    def _is_name(self, run: str) -> bool:
        """Whether all words but small ones are capitalised: a body, a law, the title of a paper."""
        return all(
            word[0].isupper() or word[0].isdigit() or self._reader.is_small(word) for word, _, _ in word_places(run)
        )

    def _telling(self, run: str) -> float:
        generic = self._reader.generic
        out, inside = 0.0, -1
        for token in sorted(self._reader.tokens(run), key=lambda token: (token.start, -token.end)):
            if PAIR_SIGN not in token.key and token.key[0] not in "~#" and token.end > inside:
                out += 0.5 if token.key in generic else 1.0
                inside = token.end
        return out


def _plain(text: str) -> list[tuple[str, int, int]]:
    return [(_folded(word), start, end) for word, start, end in word_places(text)]


def _folded(word: str) -> str:
    return word.casefold().replace("’", "").replace("'", "")


def _hashes(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """A hash for each run of five numbers."""
    import numpy as np

    if len(numbers) < SHORTEST:
        return np.zeros(0, np.int64)
    out = np.zeros(len(numbers) - SHORTEST + 1, np.int64)
    with np.errstate(over="ignore"):
        for shift in range(SHORTEST):
            out = out * _PRIME + numbers[shift : shift + len(out)]
    return out
