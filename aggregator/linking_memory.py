"""Pairs that people rejected stay away, until text or statement changes materially, and then say so.

Showing a rejected link again without a word is the worse error: it tells people that deciding is useless.
A near-copy of the coverage (80 % of its keys) is the same coverage; below 40 % it is another piece.

What lies between is judged by the sentences that carry the link now, not by the whole article.
A sentence was judged already where the rejected text has one that is half the same, or one that holds all of its
telling words: “weeks” for “days” changes nothing, nor does a paragraph that goes.
The pair comes back when a quarter of what speaks for the statement stands in sentences that nobody has judged.
Another piece that has nearly the same telling sentences, as agencies' customers do, is a copy for this link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from aggregator.linking_learning import CHANGED, COPY, Judged, likeness
from aggregator.linking_text import Reader
from aggregator.linking_words import sentences, shown
from parsers.model import Statement

MOST_COMPARED = 500  # rejections a statement, the latest; more are not compared with a text
SAME_SENTENCE = 0.5  # shared part of two sentences' keys from which one is the other, edited
FRESH = 0.25  # of what speaks for the statement: so much has to be new
LONGEST = 30  # words of a sentence in the note


class Carrier(NamedTuple):
    """A sentence that speaks for a statement."""

    text: str
    adds: Mapping[str, float]  # what each of its keys adds to the score


#: Gives the sentences that carry a link; asked only where they matter.
Carried: TypeAlias = Callable[[], Sequence[Carrier]]


class Memory:
    """The rejected pairs, by statement."""

    def __init__(self, judged: Iterable[Judged], reader: Reader) -> None:
        self._reader = reader
        self._rejected: dict[int, list[Judged]] = {}
        self._kept: dict[int, list[frozenset[str]]] = {}
        self._sentences: dict[str, list[frozenset[str]]] = {}  # of rejected texts that were compared
        for one in judged:
            if one.right:
                self._kept.setdefault(one.row, []).append(one.keys)
            else:
                self._rejected.setdefault(one.row, []).append(one)

    def __contains__(self, row: int) -> bool:
        return row in self._rejected

    def verdict(
        self, keys: frozenset[str], row: int, statement: Statement, carried: Carried
    ) -> tuple[bool, str | None]:
        """Whether the pair stays away, and a note where it was rejected in another form.

        A text that was confirmed word for word is never held back by its near-copy's rejection.
        """
        if row not in self._rejected or keys in self._kept.get(row, ()):
            return False, None
        rejected: Sequence[Judged] = self._rejected[row][-MOST_COMPARED:]
        alike = [(1.0 if keys == other.keys else likeness(keys, other.keys), other) for other in rejected]
        best = max(share for share, _ in alike)
        if best >= COPY:
            judged = [other for share, other in alike if share >= COPY]
            return _of_version(judged, statement)
        carriers = carried()
        judged = [other for share, other in alike if not self._fresh(carriers, other, share)]
        if judged:
            return _of_version(judged, statement)
        if best < CHANGED:
            return False, None
        return False, changed(self._fresh(carriers, max(alike, key=lambda found: found[0])[1], best))

    def _fresh(self, carriers: Sequence[Carrier], rejected: Judged, share: float) -> list[str]:
        """The sentences that carry the link and that the rejected text had not, where they carry enough of it."""
        if share < CHANGED and any(one.adds.keys() - rejected.keys for one in carriers):
            return [one.text for one in carriers]  # another piece, in other words
        least = SAME_SENTENCE if share >= CHANGED else COPY
        fresh = [one for one in carriers if not self._was_there(one, rejected, least, share >= CHANGED)]
        new, whole = (sum(sum(one.adds.values()) for one in some) for some in (fresh, carriers))
        return [one.text for one in fresh] if new and new >= FRESH * whole else []

    def _was_there(self, carrier: Carrier, rejected: Judged, least: float, by_words: bool) -> bool:
        text = rejected.decision.text
        if text not in self._sentences:
            spans = sentences(text)
            self._sentences[text] = [self._keys(text[span.start : span.end]) for span in spans]
        keys, telling = self._keys(carrier.text), carrier.adds.keys()
        return any(likeness(keys, other) >= least or (by_words and telling <= other) for other in self._sentences[text])

    def _keys(self, text: str) -> frozenset[str]:
        return frozenset(key for key in self._reader.keys(text) if key[0] != "~")


def changed(fresh: Sequence[str]) -> str:
    """Why a rejected pair comes back.

    >>> changed(["Heads want the tests gone."])
    'Rejected for an earlier text of this coverage; the text has changed since: “Heads want the tests gone.” is new.'
    """
    told = "Rejected for an earlier text of this coverage; the text has changed since"
    if not fresh:
        return f"{told}."
    words = shown(fresh[0]).split()
    return f"{told}: “{' '.join(words[:LONGEST])}{' …' if len(words) > LONGEST else ''}” is new."


def _of_version(judged: Sequence[Judged], statement: Statement) -> tuple[bool, str | None]:
    """Pairs stay away that were rejected for this wording of the statement."""
    versions = [one.decision.statement_version for one in judged]
    if None in versions or statement.version in versions:
        return True, None
    return False, f"Rejected for version {versions[-1]} of the statement; it has changed since."
