"""Give each statement a readable title from its own position.

A title that names the wrong subject is worse than a clumsy one: it stands alone in the mail, and the team
knows its positions by it.
So a title is always a run of the position's own words, and only its beginning is rewritten, by small rules
that keep the stance ("NAME urges X to act" becomes "X should act", "NAME opposes Y" "Opposition to Y").

Method: every sentence of the position (a list's introduction read together with its items) gives candidates,
cut at clause boundaries where it is long.
A candidate's worth is the sum of its subject words, each weighed by how often the whole statement uses it and
how few other statements of the paper do.
The sentence's place, a demand that the position opens with, the kind of the cut, and words that point outside
("these", "this situation") scale it.
The best that no other statement of the paper has taken wins.

Rejected: the first sentence as it stands (half of them begin with history or with "We need"), and the most
frequent words alone (a list of nouns hides the stance).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice

import msgspec

from parsers.model import Record, Statement
from parsers.statement_cuts import ASIDE, FINITE, cuts, shortened
from parsers.statement_stances import QUOTES, ours_pattern, starts
from parsers.statement_words import words

LOOK_AT = 4000  # characters of a position; a title comes from its beginning
SENTENCES = 8  # later sentences are details
LATER_ITEM = 0.8  # a list's first item stands for the list
SUBJECT_WORDS = 5  # more words make a title longer, not clearer
NAMED = 1.5  # names of acts, reports and bodies say the subject best
ADOPTS = 1.3  # a formal act is what the statement is for
OPENS_WITH_DEMAND = 1.3  # a position that begins with what should be is about that; others begin with history
FILLER = 0.35  # words of every policy paper
OFTEN = 4  # a word used more often weighs no more
_SENTENCE = re.compile(r"(?<=[.!?])[”\"’']?\s+(?=[“\"‘']?[A-Z0-9])")
_ITEM = re.compile(r"(?:•|\(?(?:\d{1,3}|[a-z]|[ivx]{2,5})[.)])\s+")
_NUMBERS = re.compile(r"^" + _ITEM.pattern, re.MULTILINE)
_LEADS_ON = re.compile(
    r"\b(?:that|to|for|about|with|of|by|on|should|must|will|can|need|needs|include|includes|require|requires)$",
    re.IGNORECASE,
)
_DEMAND = re.compile(r"\b(?:should|must)\b")
_NAME = re.compile(r"(?<=[\w,:(] )[A-Z][\w-]+|\b[A-Z]{2,}\b")
_FILLERS = frozenset(
    words(
        """
        ability access action approach area attempt aspect benefit central change commitment comparable
        consistent decision development effect effective
        effort focus framework government impact fuller improve improved improving include
        increase increased initiative introduction introduce majority measure member number opportunity outcome
        outline paper play principle process provision purpose question range rapid reason recent
        recommendation relevant
        report require response result role scale significant specific standard strategy system term theme urgent
        wide work working
        """
    )
)
_VAGUE_START = re.compile(
    r"(?:it(?!\s+is\b)|they|these|this|those|such|he|she|we|our|their|its|both|here|to)\b", re.IGNORECASE
)
_VAGUE = re.compile(
    r"\b(?:this|these|those|them|such|they|we|as follows|above|below)\b|\beither\b(?!.*\bor\b)", re.IGNORECASE
)
_STANCE_NOUN = re.compile(
    r"(?:Support for|Opposition to|Rejection of|Concern about|Thanks to|Adoption of|Commitment to)\b"
)


class Candidate(Record, frozen=True, kw_only=True):
    """One possible title."""

    text: str
    factor: float  # what its form and place leave of its worth, 0–1


def title_statements(statements: Sequence[Statement], organisation: str | None) -> list[Statement]:
    """The statements, each with a title that no other of them has; a title the paper gave stays."""
    bags = [_bag(statement.text) for statement in statements]
    spread = Counter(word for bag in bags for word in bag)
    shelf = _Shelf(statement.title for statement in statements if statement.title)
    titled = []
    for statement, bag in zip(statements, bags, strict=True):
        if statement.title:
            title = shelf.own(statement.title)
        else:
            title = _title(statement.position, organisation, _worth(bag, spread, len(bags)), shelf)
        titled.append(msgspec.structs.replace(statement, title=title))
    return titled


class _Shelf:
    """The titles that are taken."""

    def __init__(self, own: Iterable[str]) -> None:
        """`own` are the titles that the paper gives itself."""
        self.taken = Counter(_key(title) for title in own)  # how many numbers each title has used
        self.seen: set[str] = set()

    def own(self, title: str) -> str:
        """A title that the paper gave, numbered where it gave it before."""
        if _key(title) in self.seen:
            return self.numbered(title)
        self.seen.add(_key(title))
        return title

    def free(self, title: str) -> bool:
        """Whether no statement has this title."""
        return _key(title) not in self.taken

    def take(self, title: str) -> str:
        """The title, taken from now on."""
        self.taken[_key(title)] += 1
        return title

    def numbered(self, title: str) -> str:
        """The title with the first free number."""
        for number in count(self.taken[_key(title)] + 1):
            text = f"{title} ({number})"
            if self.free(text):
                self.taken[_key(title)] = number
                return self.take(text)
        raise AssertionError("numbers never end")


def _bag(text: str) -> Counter[str]:
    """How often a statement uses each word; a sentence that it repeats counts once."""
    sentences = dict.fromkeys(part.strip(QUOTES) for part in re.split(r"(?<=[.!?])\s+|\n", _NUMBERS.sub("", text)))
    return Counter(words("\n".join(sentences)))


def _title(position: str, organisation: str | None, worth: Callable[[str], float], shelf: _Shelf) -> str:
    """The best free candidate of one position."""
    found = sorted(candidates(position, organisation), key=lambda one: one.factor * worth(one.text), reverse=True)
    for candidate in found:
        if shelf.free(candidate.text):
            return shelf.take(candidate.text)
    return shelf.numbered(found[0].text if found else "Untitled statement")


def _key(title: str) -> str:
    """What two titles must not have in common: their words, in any order; numbers and seasons count."""
    return " ".join(sorted(re.findall(r"\w+", title.casefold())))


def _worth(bag: Counter[str], spread: Counter[str], size: int) -> Callable[[str], float]:
    """How much a text tells of the statement with the words `bag`, in a paper of `size` statements."""

    def worth(text: str) -> float:
        names = set(words(" ".join(_NAME.findall(text))))
        weights = [
            min(bag[word], OFTEN)
            * math.log((1 + size) / max(1, spread[word]))
            * (FILLER if word in _FILLERS else NAMED if word in names else 1.0)
            for word in set(words(text))
        ]
        return sum(sorted(weights, reverse=True)[:SUBJECT_WORDS])

    return worth


def candidates(position: str, organisation: str | None) -> list[Candidate]:
    """Possible titles of a position, in its order; at least one where it has any word."""
    ours = ours_pattern(organisation)
    found: list[Candidate] = []
    for place, (sentence, share) in enumerate(islice(_sentences(position[:LOOK_AT]), SENTENCES)):
        early = (1.0, 0.8, 0.75)[min(place, 2)] * share
        opens = OPENS_WITH_DEMAND if place == 0 and _DEMAND.search(sentence) else 1.0
        for start, kept in starts(sentence, ours):
            for text, left in cuts(start):
                factor = early * kept * left * _form(text) * (opens if _DEMAND.search(text) else 1.0)
                found.append(Candidate(text=text, factor=factor))
    text = " ".join(position.split())
    return found or ([Candidate(text=shortened(text), factor=1.0)] if text else [])


def _sentences(position: str) -> Iterator[tuple[str, float]]:
    """Sentences in order, with the share of worth each keeps; a list's introduction leads each of its items."""
    lead, items = "", 0
    for line in filter(None, map(str.strip, position.split("\n"))):
        item = _ITEM.match(line)
        if item:
            items += 1
            body = _lowered(line[item.end() :]) if lead and not lead.endswith("that") else line[item.end() :]
            yield (f"{lead} {body}" if lead else body), 1.0 if items == 1 else LATER_ITEM
            continue
        if lead and not items:
            yield lead, 1.0
        *whole, last = _SENTENCE.split(line)
        yield from ((sentence, 1.0) for sentence in whole)
        intro = last[:-1].rstrip() if last.endswith(":") else ""
        lead, items = (intro if _LEADS_ON.search(intro) else ""), 0
        if not lead:
            yield last, 1.0


def _lowered(text: str) -> str:
    """A list item's text without its capital, where the first word is no name."""
    return text[:1].lower() + text[1:] if re.match(r"[A-Z][a-z]+\s[a-z]", text) else text


def _form(text: str) -> float:
    """What the wording leaves of a candidate's worth."""
    act = text.startswith("Adoption of")
    factor = ADOPTS if act else 1.0 if FINITE.search(text) or _STANCE_NOUN.match(text) else 0.8
    if _VAGUE_START.match(text):
        factor *= 0.5
    if ASIDE.search(text):
        factor *= 0.7
    return factor * (0.85 if _VAGUE.search(text) else 1.0)
