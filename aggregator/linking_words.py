"""Words and sentences of a text, each with its place.

The worse error is to move a place: evidence is quoted from the text as it stands.
So urls and handles are blanked out and nothing is taken out, and a sentence is a span of the text.
No word holds white space, and neither does a url or a handle: what stands between two spaces is read by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

WORD = re.compile(r"#?(?:\d{1,3}(?:,\d{3})+|[^\W_]+(?:[’'][^\W_]+)*)")
_NOISE = re.compile(
    r"(?:https?://|www\.)\S+"
    # Names are as long as they may be and no longer: a line of dots and letters takes linear time.
    r"|@(?:[.@-]{0,20}+\w++)++"
    r"|\b\w[\w-]{0,62}(?:\.[\w-]{1,63}){0,9}\.(?:com|org|net|uk|gov|ac|eu|info|tv|social|page|edu|io)\b(?:/\S*)?",
    re.IGNORECASE,
)
_STRETCH = re.compile(r"(?<!\S)[^\s@/.]*+[@/.]\S+")  # what stands between spaces and may hold a url or a handle
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’')\]]{0,3}\s+(?=[\"“‘'(\[]{0,3}[A-Z0-9•])|\n+")
LONGEST_SENTENCE = 60  # words; a text without full stops is read in pieces of this length
URL = ("http://", "https://")  # how most of them begin
LONGEST_STRETCH = 60  # characters; a longer one is read again when it comes again
REMEMBERED = 200_000  # stretches of writing between two spaces

Made = TypeVar("Made")


class Span(NamedTuple):
    """A sentence's place in the text and how many words it has."""

    start: int
    end: int
    words: int


class Remembering(dict[str, Made]):
    """What is made of the writing between two spaces: most of it comes again, and is then a bare look-up."""

    def __init__(self, make: Callable[[str], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, stretch: str) -> Made:
        made = self._make(stretch)
        if len(self) > REMEMBERED:
            self.clear()
        if len(stretch) <= LONGEST_STRETCH and not stretch.startswith(URL):  # a url mostly comes once
            self[stretch] = made
        return made


def clean(text: str) -> str:
    """The text with urls and handles blanked out, every other character in its place."""
    return _STRETCH.sub(lambda found: _NOISE.sub(_blank, found.group()), text)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def words_between(stretch: str) -> list[str]:
    """The written words between two spaces, without urls and handles."""
    if stretch.isalnum():
        return [stretch]
    if len(stretch) > len("https://") and stretch.startswith(URL):
        return []  # as `clean` says, and most of what a text alone holds
    return words_of(clean(stretch))


def words_of(text: str) -> list[str]:
    """The written words, as they stand."""
    return WORD.findall(text)


def word_places(text: str) -> list[tuple[str, int, int]]:
    """The written words, as they stand, with their places."""
    return [(found.group(), found.start(), found.end()) for found in WORD.finditer(text)]


def sentences(text: str) -> list[Span]:
    """The sentences of a text; line ends close a sentence, endless ones are cut into pieces.

    >>> text = "Grades must go. Ofsted, e.g. its teams, said no\\nMore here"
    >>> [text[span.start:span.end] for span in sentences(text)]
    ['Grades must go.', 'Ofsted, e.g. its teams, said no', 'More here']
    """
    return sentences_of(clean(text))


def sentences_of(blank: str) -> list[Span]:
    """The sentences of a text whose urls and handles are blanked out already."""
    out: list[Span] = []
    start = 0
    for stop, following in [*((end.start(), end.end()) for end in _SENTENCE_END.finditer(blank)), (len(blank), 0)]:
        stop += len(blank[stop:following].rstrip())  # a closing quotation mark belongs to the sentence
        out.extend(_pieces(blank, start, stop))
        start = following
    return out


def _pieces(text: str, start: int, stop: int) -> Iterator[Span]:
    """A sentence as one span, or as several where it has no end."""
    words = len(WORD.findall(text, start, stop))
    if 0 < words <= LONGEST_SENTENCE:
        yield Span(start, stop, words)
        return
    places = [word.span() for word in WORD.finditer(text, start, stop)]
    for at in range(0, len(places), LONGEST_SENTENCE):
        piece = places[at : at + LONGEST_SENTENCE]
        last = at + LONGEST_SENTENCE >= len(places)
        yield Span(start if at == 0 else piece[0][0], stop if last else piece[-1][1], len(piece))


def shown(value: Any) -> str:
    """A piece of text on one line, as a person reads it."""
    return " ".join(str(value).split())
