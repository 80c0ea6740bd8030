"""Evidence: why a text was linked to a statement, from the same numbers that made the score.

The worse error is a reason that a person cannot follow, so phrases stand as the coverage wrote them,
and a link without a phrase that tells something is not shown.

The number of different mentions weighs in: of 30 links on a single mention with a margin of 1.1 to 2.1, 8 were right,
on two 25 of 48, on three or more 34 of 52.
So a single mention takes half a margin off and is never likely, and from three on a fifth is added.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from aggregator.linking_score import Index, long_spans
from aggregator.linking_text import PAIR_SIGN, YEAR_SIGN, Token
from aggregator.linking_words import Span, sentences, shown
from aggregator.model import Term
from parsers.model import Statement

_BULLET = re.compile(r"^(?:[•·▪–-]|\d{1,2}[.)])\s*")

SHARE = 0.3  # of the heaviest phrase's weight: lighter ones are noise to a reader
TERMS = 5
QUOTED = 2  # phrases that the reason names
SHORTEN = 30  # words of our line in the reason; the digest asks for no more


class Reading(NamedTuple):
    """One text, read once for all its proposals."""

    text: str
    spans: list[Span]
    tokens: list[list[Token]]  # one list a span
    long: bool

    @property
    def keys(self) -> frozenset[str]:
        """The distinct keys of the text, related subjects apart, as the memory compares them."""
        return frozenset(token.key for tokens in self.tokens for token in tokens if token.key[0] != "~")


class OurLine(NamedTuple):
    """A sentence of a statement with the keys it holds."""

    text: str
    keys: frozenset[str]
    weight: float  # of its section


def read(text: str, index: Index) -> Reading:
    """The text's sentences and their tokens; offsets are the text's own."""
    long = long_spans(text)
    spans = long or sentences(text)
    tokens = []
    for span in spans:
        found = index.reader.tokens(text[span.start : span.end])
        tokens.append([Token(token.key, token.start + span.start, token.end + span.start) for token in found])
    return Reading(text, spans, tokens, bool(long))


def phrases(reading: Reading, index: Index, row: int, only: Sequence[int] | None = None) -> list[Term]:
    """The phrases that carry the score, heaviest first: runs of matched words as they stand in the text."""
    return _phrases(reading, index, row, only, False) or _phrases(reading, index, row, only, True)


def _phrases(reading: Reading, index: Index, row: int, only: Sequence[int] | None, light: bool) -> list[Term]:
    weights: dict[str, float] = {}
    runs: dict[str, tuple[str, float]] = {}
    for at in range(len(reading.spans)) if only is None else only:
        for start, end, weight in _runs(reading.tokens[at], reading.text, index, row, weights, light):
            text = shown(reading.text[start:end]).removesuffix("’s").removesuffix("'s")
            name = text.casefold()
            if weight > runs.get(name, ("", 0.0))[1]:
                runs[name] = (text, weight)
    ordered = sorted(runs.values(), key=lambda run: -run[1])
    kept: list[Term] = []
    for text, weight in ordered[: 3 * TERMS]:
        if weight < SHARE * ordered[0][1] or len(kept) == TERMS:
            break
        if not any(f" {text.casefold()} " in f" {other.text.casefold()} " for other in kept):
            kept.append(Term(text=text, weight=round(weight, 3)))
    return kept


def _runs(
    tokens: Sequence[Token], text: str, index: Index, row: int, weights: dict[str, float], light: bool
) -> list[tuple[int, int, float]]:
    """Matched places, joined where only small words or nothing stand between; weight of distinct keys."""
    places: list[tuple[int, int, str, float]] = []
    for token in tokens:
        if token.key not in weights:
            weights[token.key] = index.adds(token.key, row)
        if weights[token.key] > 0 and (light or not _light(token, index)):
            places.append((token.start, token.end, token.key, weights[token.key]))
    places.sort()
    out: list[tuple[int, int, float]] = []
    seen: set[str] = set()
    for start, end, key, weight in places:
        weight = 0.0 if key in seen else weight
        if out and _joins(text, out[-1][1], start):
            first, last, before = out[-1]
            out[-1] = (first, max(last, end), before + weight)
        else:
            seen = set()
            out.append((start, end, weight if weight else weights[key]))
        seen.add(key)
    return [run for run in out if run[2] > 0]


def _light(token: Token, index: Index) -> bool:
    """Generic words and pairs with one would only lengthen the phrases that a reader has to take in."""
    generic = index.reader.generic
    first, _, second = token.key.partition(PAIR_SIGN)
    return first in generic or second in generic or first[0] == YEAR_SIGN or second.startswith(YEAR_SIGN)


def _joins(text: str, end: int, start: int) -> bool:
    if start <= end:
        return True
    between = text[end:start]
    return len(between) <= 5 and all(char.isalpha() or char in " -’'" for char in between)


def strength(reading: Reading, at: int, index: Index, row: int) -> float:
    """What one sentence adds to a statement's score."""
    return sum(index.adds(key, row) for key in {token.key for token in reading.tokens[at]})


def best_sentences(reading: Reading, index: Index, row: int, number: int) -> list[int]:
    """The places of the sentences that speak for a statement, strongest first."""
    ranked = sorted(range(len(reading.spans)), key=lambda at: -strength(reading, at, index, row))
    return ranked[:number]


def our_lines(statement: Statement, index: Index) -> list[OurLine]:
    """A statement's sentences, those of the position first."""
    out = []
    for section, weight in ((statement.position, 1.0), (statement.context, 0.6), (statement.rationale, 0.5)):
        for span in sentences(section or ""):
            text = (section or "")[span.start : span.end]
            out.append(OurLine(_BULLET.sub("", shown(text)), frozenset(index.reader.counts(text)), weight))
    return out


def our_sentence(lines: Sequence[OurLine], keys: set[str], index: Index) -> str:
    """The statement's sentence that shares most with the text, for its length.

    A related subject counts as the strongest of its words in the sentence, times its weight, as it does in the score.
    """
    related = [index.reader.related[key] for key in keys if key in index.reader.related]
    best, line = -1.0, ""
    for ours in lines:
        shared = sum(index.weights.get(key, 0.0) for key in ours.keys & keys)
        for weight, means in related:
            shared += weight * max((index.weights.get(key, 0.0) for key in means if key in ours.keys), default=0.0)
        value = ours.weight * shared / math.sqrt(8 + len(ours.text.split()))
        if value > best:
            best, line = value, ours.text
    return line


def mentions(
    reading: Reading, index: Index, row: int, only: Sequence[int], cited: Sequence[tuple[int, int]] = ()
) -> int:
    """How many different words and names of some sentences carry the link, each where it stands.

    A name is one mention, however many of its words tell; generic words and pairs are none.
    `cited` are places that tell nothing: titles that several statements name.
    """
    found: list[frozenset[str]] = []
    for at in only:
        stop, words = -1, set[str]()  # the place we are in, and the words there that the statement knows
        for token in _telling(reading.tokens[at], index, row):
            if any(start <= token.start < end for start, end in cited):
                continue
            if token.start >= stop:
                found.append(frozenset(words))
                words = set()
            stop = max(stop, token.end)
            words.add(token.key)
        found.append(frozenset(words))
    kept: list[frozenset[str]] = []
    for mention in sorted(set(found), key=len, reverse=True):
        if mention and not any(mention <= other for other in kept):
            kept.append(mention)
    return len(kept)


def _telling(tokens: Sequence[Token], index: Index, row: int) -> list[Token]:
    """The words and names that add to a statement's score, in reading order; a related subject as the word it is of."""
    out = []
    word = Token("", -1, -1)
    for token in tokens:
        if PAIR_SIGN in token.key or token.key[0] == YEAR_SIGN:
            continue
        if token.key[0] != "~":
            word = token
        if token.key not in index.reader.generic and index.adds(token.key, row) > 0:
            out.append(word)
    return sorted(out, key=lambda token: (token.start, -token.end))


def reason(terms: Sequence[Term], ours: str, echo: Sequence[str] = ()) -> str:
    """One sentence a person accepts.

    >>> reason([Term(text="report cards", weight=3.0)], "Grades should go.")
    'Speaks of “report cards”; our line: “Grades should go.”'
    >>> reason([Term(text="grades", weight=3.0)], "Grades should go.", ["grades should go at once"])
    'Uses our words: “grades should go at once”; our line: “Grades should go.”'
    """
    named = " and ".join(f"“{term.text}”" for term in terms[:QUOTED])
    line = ours.split()
    short = " ".join(line[:SHORTEN]) + (" …" if len(line) > SHORTEN else "")
    start = f"Uses our words: “{echo[0]}”" if echo else f"Speaks of {named}"
    return f"{start}; our line: “{short}”"
