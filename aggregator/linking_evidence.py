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

import functools
import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from aggregator.linking_score import Index, long_spans
from aggregator.linking_text import PAIR_SIGN
from aggregator.linking_words import Span, clean, sentences, sentences_of, shown
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


# Bare tuples, of which many are made.
#: A key where a text says it: start, end, key, whether it would only lengthen the phrases that a reader has to take in.
Said: TypeAlias = tuple[int, int, str, bool]
#: A word or a name that tells something: start, minus its end (of those that begin together the longest comes first),
#: the key of the word it is of (for a related subject another one), its own key.
Told: TypeAlias = tuple[int, int, str, str]


class Reading(NamedTuple):
    """One text, read once for the statements that it may be linked to."""

    text: str
    spans: list[Span]
    keys: list[set[str]]  # of each span: what adds to the score of one of the statements
    said: list[list[Said]]  # the same with each place, in reading order
    told: list[list[Told]]  # the same without what tells little, and without pairs
    adds: dict[int, dict[str, float]]  # statement → what each key adds to its score, where that is something
    long: bool
    known: Callable[[], frozenset[str]]  # its distinct keys, related subjects apart, as the memory compares them


class OurLine(NamedTuple):
    """A sentence of a statement with the keys it holds."""

    text: str
    keys: frozenset[str]
    weight: float  # of its section
    size: float  # longer ones hold more keys by their length alone


class Ours(NamedTuple):
    """A statement as evidence needs it; what a key says of it is worked out once."""

    lines: list[OurLine]
    matter: Callable[[str], float]
    shares: Callable[[str], list[tuple[int, float]]]


def ours(statement: Statement, index: Index) -> Ours:
    """What evidence needs of a statement."""
    lines = _our_lines(statement, index)
    title = frozenset(index.reader.counts(statement.title or ""))
    position = frozenset().union(*[line.keys for line in lines if line.weight == POSITION])
    return Ours(
        lines,
        functools.cache(functools.partial(_matter, title, position, index)),
        functools.cache(functools.partial(_shares, lines, index)),
    )


def _matter(title: frozenset[str], position: frozenset[str], index: Index, key: str) -> float:
    """How much a key is about the matter; 1 for what only stands around.

    A related word counts as the best of what it stands for, but only by half of the way there: the word is not ours.
    """
    entry = index.reader.related.get(key)
    means = entry[1] if entry else (key,)
    best = 1.0 if position.isdisjoint(means) else IN_POSITION
    best = best if title.isdisjoint(means) else IN_TITLE
    return (1 + best) / 2 if entry else best


def _shares(lines: Sequence[OurLine], index: Index, key: str) -> list[tuple[int, float]]:
    """What a key weighs in each line that holds it, by the place of the line.

    A related subject counts as the strongest of its words in the line, times its weight, as it does in the score.
    """
    weight, means = index.reader.related.get(key, (1.0, (key,)))
    held = [line.keys.intersection(means) for line in lines]
    return [(at, weight * max([index.weights.get(own, 0.0) for own in keys])) for at, keys in enumerate(held) if keys]


def read(text: str, index: Index, rows: Sequence[int]) -> Reading:
    """The text's sentences, and what in them speaks for some statements; offsets are the text's own."""
    long = long_spans(text)
    blank = clean(text)
    spans = long or sentences_of(blank)
    emitted = index.reader.emitted_of(blank, spans, index.pairs)
    adds = index.telling({key for found in emitted for key, _, _ in found}, rows)
    light = {key: index.reader.is_light(key) for key in {*itertools.chain.from_iterable(adds.values())}}
    said, told = [], []
    for found in emitted:
        some, telling = _spoken(found, light)
        said.append(some)
        told.append(telling)
    keys = [{key for _, _, key, _ in some} for some in said]
    known = functools.cache(functools.partial(_known, text, spans, index))
    return Reading(text, spans, keys, said, told, adds, bool(long), known)


def _known(text: str, spans: Sequence[Span], index: Index) -> frozenset[str]:
    texts = [text[span.start : span.end] for span in spans]
    return frozenset(key for text in texts for key in index.reader.keys(text) if key[0] != "~")


def _spoken(emitted: Sequence[tuple[str, int, int]], light: Mapping[str, bool]) -> tuple[list[Said], list[Told]]:
    """What a sentence says of the keys that count, of which we know whether they are light.

    The second is what of it tells something by itself; pairs do not.
    """
    said: list[Said] = []
    told: list[Told] = []
    word = ""
    for key, start, end in emitted:
        if key[0] != "~":
            word = key
        if key in light:
            said.append((start, end, key, light[key]))
            if not light[key] and PAIR_SIGN not in key:
                told.append((start, -end, word, key))
    return sorted(said), sorted(told)


def phrases(reading: Reading, row: int, only: Sequence[int], ours: Ours) -> list[Term]:
    """The phrases of some sentences that carry the score: runs of matched words as they stand there.

    What is most about the matter comes first.
    """
    return _phrases(reading, row, only, ours, False) or _phrases(reading, row, only, ours, True)


def _phrases(reading: Reading, row: int, only: Sequence[int], ours: Ours, light: bool) -> list[Term]:
    runs: dict[str, tuple[float, str, float]] = {}  # by its small letters: value, phrase, weight
    adds, matter = reading.adds[row], ours.matter
    for at in only:
        said = [one for one in reading.said[at] if one[2] in adds and (light or not one[3])]
        for start, end, keys in _runs(said, reading.text):
            text, name = _phrase(reading.text[start:end])
            weight = sum([adds[key] for key in keys])
            value = sum([adds[key] * matter(key) for key in keys]) * (PHRASE if " " in text else 1.0)
            if value > runs.get(name, (0.0, "", 0.0))[0]:
                runs[name] = (value, text, weight)
    return _best_runs(sorted(runs.items(), key=lambda run: -run[1][0]))


@functools.lru_cache(maxsize=2_000)  # the statements of a text share most of its phrases
def _phrase(written: str) -> tuple[str, str]:
    """A phrase as a person reads it, and in small letters."""
    text = shown(written).removesuffix("’s").removesuffix("'s")
    return text, text.casefold()


def _best_runs(ordered: Sequence[tuple[str, tuple[float, str, float]]]) -> list[Term]:
    """The first few runs, but for those that say little beside the first or stand in one before."""
    kept: list[Term] = []
    names: list[str] = []
    for name, (value, text, weight) in ordered[: 3 * TERMS]:
        if value < SHARE * ordered[0][1][0] or len(kept) == TERMS:
            break
        padded = f" {name} "
        if not any(padded in other for other in names):
            kept.append(Term(text=text, weight=round(weight, 3)))
            names.append(padded)
    return kept


def _runs(said: Sequence[Said], text: str) -> list[tuple[int, int, dict[str, None]]]:
    """Matched places, joined where only small words or nothing stand between, with their distinct keys."""
    out: list[tuple[int, int, dict[str, None]]] = []
    for start, end, key, _ in said:
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
    adds = reading.adds[row]
    # Exact sums: sentences that hold the same are equally strong, in whatever order their keys come.
    strengths = [math.fsum([adds[key] for key in keys if key in adds]) for keys in reading.keys]
    return sorted(range(len(strengths)), key=strengths.__getitem__, reverse=True)[:number]


def _our_lines(statement: Statement, index: Index) -> list[OurLine]:
    """A statement's sentences, those of the position first."""
    out = []
    for section, weight in ((statement.position, POSITION), (statement.context, 0.6), (statement.rationale, 0.5)):
        for span in sentences(section or ""):
            text = (section or "")[span.start : span.end]
            line = _BULLET.sub("", shown(text))
            out.append(OurLine(line, frozenset(index.reader.counts(text)), weight, math.sqrt(8 + len(line.split()))))
    return out


def our_sentence(ours: Ours, reading: Reading, row: int, only: Sequence[int]) -> str:
    """The statement's sentence that shares most with some sentences of the text, for its length."""
    if not ours.lines:
        return ""
    shared: dict[int, float] = {0: 0.0}  # the first where they share nothing
    adds = reading.adds[row].keys()
    for key in adds if len(only) == len(reading.spans) else adds & set().union(*[reading.keys[at] for at in only]):
        for at, weight in ours.shares(key):
            shared[at] = shared.get(at, 0.0) + weight
    values = [(ours.lines[at].weight * value / ours.lines[at].size, -at) for at, value in shared.items()]
    return ours.lines[-max(values)[1]].text


def mentions(reading: Reading, row: int, only: Sequence[int], cited: Sequence[tuple[int, int]] = ()) -> int:
    """How many different words and names of some sentences carry the link, each where it stands.

    A name is one mention, however many of its words tell; generic words and pairs are none.
    A related subject counts as the word it is of.
    `cited` are places that tell nothing: titles that several statements name.
    """
    adds = reading.adds[row]
    found: set[frozenset[str]] = set()
    for at in only:
        stop, words = -1, set[str]()  # the place we are in, and the words there that the statement knows
        for start, before, word, key in reading.told[at]:
            if key not in adds or (cited and any(first <= start < last for first, last in cited)):
                continue
            if start >= stop:
                found.add(frozenset(words))
                words = set()
            stop = max(stop, -before)
            words.add(word)
        found.add(frozenset(words))
    found.discard(frozenset())
    if len(found) < 2:
        return len(found)
    return sum(not any(mention < other for other in found) for mention in found)


def reason(terms: Sequence[Term], ours: str, echo: Sequence[str] = ()) -> str:
    """One sentence a person accepts.

    >>> reason([Term(text="report cards", weight=3.0)], "Grades should go.")
    'Speaks of “report cards”; our line: “Grades should go.”'
    >>> reason([Term(text="grades", weight=3.0)], "Grades should go.", ["grades should go at once"])
    'Uses our words: “grades should go at once”; our line: “Grades should go.”'
    """
    named = " and ".join(f"“{term.text}”" for term in terms[:QUOTED])
    start = f"Uses our words: “{echo[0]}”" if echo else f"Speaks of {named}"
    return f"{start}; our line: “{_shortened(ours)}”"


@functools.lru_cache(maxsize=2_000)  # lines of statements, which come again and again
def _shortened(line: str) -> str:
    words = line.split()
    return " ".join(words[:SHORTEN]) + (" …" if len(words) > SHORTEN else "")
