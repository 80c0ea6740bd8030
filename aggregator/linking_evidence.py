"""Evidence: why a text was linked to a statement, from the same numbers that made the score.

The worse error is a reason that a person cannot follow, so phrases stand as the coverage wrote them,
and a link without a phrase that tells something is not shown.

Named first is what is about the matter: words of our title before those of the position, these before those that only
our context or rationale has, phrases before single words.
The heaviest word alone was often one that says little by itself (“discourage” before “turning away SEND”).
The weights that are told stay those of the score.

The number of different mentions weighs in: of 30 links on a single mention with a margin of 1.1 to 2.1, 8 were right,
on two 25 of 48, on three or more 34 of 52.
So a single mention takes half a margin off and is never likely, and from three on a fifth is added.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aggregator.linking_score import Index, long_spans
from aggregator.linking_text import PAIR_SIGN
from aggregator.linking_words import Span, sentences, shown
from aggregator.model import Term
from parsers.model import Statement

_BULLET = re.compile(r"^(?:[•·▪–-]|\d{1,2}[.)])\s*")

SHARE = 0.3  # of the heaviest phrase's weight: lighter ones are noise to a reader
TERMS = 5
IN_TITLE, IN_POSITION = 2.0, 1.4  # what a word of theirs counts when phrases are put in order
PHRASE = 1.3  # what several words count more
QUOTED = 2  # phrases that the reason names
POSITION = 1.0  # what a sentence of the position counts where ours is chosen
SHORTEN = 30  # words of our line in the reason; the digest asks for no more


class Said(NamedTuple):
    """A key where a text says it."""

    start: int
    end: int
    key: str
    word: str  # the key of the word it is of: for a related subject another one
    light: bool  # whether it would only lengthen the phrases that a reader has to take in
    single: bool  # no pair


class Reading(NamedTuple):
    """One text, read once for the statements that it may be linked to."""

    text: str
    spans: list[Span]
    keys: list[set[str]]  # of each span
    said: list[list[Said]]  # of each span, by place: what adds to the score of one of the statements
    adds: dict[int, dict[str, float]]  # statement → what each key adds to its score, where that is something
    long: bool

    def known(self) -> frozenset[str]:
        """The distinct keys of the text, related subjects apart, as the memory compares them."""
        return frozenset(key for keys in self.keys for key in keys if key[0] != "~")


class Ours(NamedTuple):
    """A statement as evidence needs it."""

    lines: list[OurLine]
    title: frozenset[str]  # keys
    position: frozenset[str]


class OurLine(NamedTuple):
    """A sentence of a statement with the keys it holds."""

    text: str
    keys: frozenset[str]
    weight: float  # of its section
    size: float  # longer ones hold more keys by their length alone


def read(text: str, index: Index, rows: Sequence[int]) -> Reading:
    """The text's sentences, and what in them speaks for some statements; offsets are the text's own."""
    long = long_spans(text)
    spans = long or sentences(text)
    emitted = [index.reader.emitted(text[span.start : span.end]) for span in spans]
    keys = [{key for key, _, _ in found} for found in emitted]
    adds = index.telling(set().union(*keys), rows)
    known = {key: (index.reader.is_light(key), PAIR_SIGN not in key) for key in set().union(*adds.values())}
    said = [_said(found, span.start, known) for found, span in zip(emitted, spans, strict=True)]
    return Reading(text, spans, keys, said, adds, bool(long))


def _said(emitted: Sequence[tuple[str, int, int]], offset: int, known: Mapping[str, tuple[bool, bool]]) -> list[Said]:
    """What a sentence says of the known keys, of which we know whether they are light and whether single."""
    out, word = [], ""
    for key, start, end in emitted:
        if key[0] != "~":
            word = key
        if key in known:
            out.append(Said(start + offset, end + offset, key, word, *known[key]))
    return sorted(out)


def phrases(reading: Reading, row: int, only: Sequence[int], matter: Mapping[str, float]) -> list[Term]:
    """The phrases of some sentences that carry the score: runs of matched words as they stand there.

    What is most about the matter comes first.
    """
    return _phrases(reading, row, only, matter, False) or _phrases(reading, row, only, matter, True)


def _phrases(reading: Reading, row: int, only: Sequence[int], matter: Mapping[str, float], light: bool) -> list[Term]:
    runs: dict[str, tuple[float, str, float]] = {}  # by its small letters: value, phrase, weight
    adds = reading.adds[row]
    for at in only:
        said = [one for one in reading.said[at] if one.key in adds and (light or not one.light)]
        for start, end, keys in _runs(said, reading.text):
            text = shown(reading.text[start:end]).removesuffix("’s").removesuffix("'s")
            weight = sum(adds[key] for key in keys)
            value = sum(adds[key] * matter.get(key, 1.0) for key in keys) * (PHRASE if " " in text else 1.0)
            name = text.casefold()
            if value > runs.get(name, (0.0, "", 0.0))[0]:
                runs[name] = (value, text, weight)
    ordered = sorted(runs.values(), key=lambda run: -run[0])
    kept: list[Term] = []
    for value, text, weight in ordered[: 3 * TERMS]:
        if value < SHARE * ordered[0][0] or len(kept) == TERMS:
            break
        if not any(f" {text.casefold()} " in f" {other.text.casefold()} " for other in kept):
            kept.append(Term(text=text, weight=round(weight, 3)))
    return kept


def _runs(said: Sequence[Said], text: str) -> list[tuple[int, int, dict[str, None]]]:
    """Matched places, joined where only small words or nothing stand between, with their distinct keys."""
    out: list[tuple[int, int, dict[str, None]]] = []
    for start, end, key, *_ in said:
        if out and _joins(text, out[-1][1], start):
            first, last, keys = out[-1]
            keys[key] = None
            out[-1] = (first, max(last, end), keys)
        else:
            out.append((start, end, {key: None}))
    return out


def _joins(text: str, end: int, start: int) -> bool:
    if start <= end:
        return True
    between = text[end:start]
    return len(between) <= 5 and all(char.isalpha() or char in " -’'" for char in between)


def best_sentences(reading: Reading, row: int, number: int) -> list[int]:
    """The places of the sentences that speak for a statement, strongest first."""
    if len(reading.spans) < 2:
        return [*range(len(reading.spans))]
    adds = reading.adds[row].items()
    strengths = [sum([weight for key, weight in adds if key in keys]) for keys in reading.keys]
    return sorted(range(len(strengths)), key=lambda at: -strengths[at])[:number]


def ours(statement: Statement, index: Index) -> Ours:
    """What evidence needs of a statement."""
    lines = _our_lines(statement, index)
    position = frozenset().union(*[line.keys for line in lines if line.weight == POSITION])
    return Ours(lines, frozenset(index.reader.counts(statement.title or "")), position)


def matter(ours: Ours, keys: Iterable[str], index: Index) -> dict[str, float]:
    """How much each key is about the matter; 1 for what only stands around.

    A related word counts as the best of what it stands for, but only by half of the way there: the word is not ours.
    """
    out = {}
    for key in keys:
        entry = index.reader.related.get(key)
        means = entry[1] if entry else (key,)
        best = 1.0 if ours.position.isdisjoint(means) else IN_POSITION
        best = best if ours.title.isdisjoint(means) else IN_TITLE
        out[key] = (1 + best) / 2 if entry else best
    return out


def _our_lines(statement: Statement, index: Index) -> list[OurLine]:
    """A statement's sentences, those of the position first."""
    out = []
    for section, weight in ((statement.position, POSITION), (statement.context, 0.6), (statement.rationale, 0.5)):
        for span in sentences(section or ""):
            text = (section or "")[span.start : span.end]
            line = _BULLET.sub("", shown(text))
            out.append(OurLine(line, frozenset(index.reader.counts(text)), weight, math.sqrt(8 + len(line.split()))))
    return out


def our_sentence(lines: Sequence[OurLine], reading: Reading, index: Index, row: int, only: Sequence[int]) -> str:
    """The statement's sentence that shares most with some sentences of the text, for its length.

    A related subject counts as the strongest of its words in the sentence, times its weight, as it does in the score.
    """
    keys = reading.adds[row].keys() & set().union(*[reading.keys[at] for at in only])
    related = [index.reader.related[key] for key in keys if key in index.reader.related]
    weights = index.weights
    best, line = -1.0, ""
    for ours in lines:
        shared = sum([weights[key] for key in ours.keys & keys if key in weights])
        for weight, means in related:
            shared += weight * max([weights.get(key, 0.0) for key in ours.keys.intersection(means)], default=0.0)
        value = ours.weight * shared / ours.size
        if value > best:
            best, line = value, ours.text
    return line


def mentions(reading: Reading, row: int, only: Sequence[int], cited: Sequence[tuple[int, int]] = ()) -> int:
    """How many different words and names of some sentences carry the link, each where it stands.

    A name is one mention, however many of its words tell; generic words and pairs are none.
    `cited` are places that tell nothing: titles that several statements name.
    """
    found: list[frozenset[str]] = []
    for at in only:
        stop, words = -1, set[str]()  # the place we are in, and the words there that the statement knows
        for start, end, word in _telling(reading, at, row):
            if cited and any(first <= start < last for first, last in cited):
                continue
            if start >= stop:
                found.append(frozenset(words))
                words = set()
            stop = max(stop, end)
            words.add(word)
        found.append(frozenset(words))
    kept: list[frozenset[str]] = []
    for mention in sorted(set(found), key=len, reverse=True):
        if mention and not any(mention <= other for other in kept):
            kept.append(mention)
    return len(kept)


def _telling(reading: Reading, at: int, row: int) -> list[tuple[int, int, str]]:
    """The words and names of a sentence that add to a statement's score, in reading order, the longest first.

    A related subject counts as the word it is of.
    """
    adds = reading.adds[row]
    out = [
        (start, -end, word)
        for start, end, key, word, light, single in reading.said[at]
        if single and not light and key in adds
    ]
    return [(start, -end, word) for start, end, word in sorted(out)]


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
