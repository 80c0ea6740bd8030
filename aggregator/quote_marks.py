"""Where the quotations of a text stand, whoever said them.

Taking a reporter's words for a quotation is the worse error: a mark without its partner opens nothing.

Double marks, curly or straight, make quotations.
Single ones do so only in a text without double ones, for houses that print them that way;
elsewhere they are apostrophes, nested quotations or scare quotes.
A paragraph that opens and does not close goes on in the next one if that opens again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aggregator.quote_model import Span
from parsers.model import Record

FILL = "¤"  # stands for quoted characters in masked text

_PARAGRAPH = re.compile(r"[^\n]+")
_DOUBLES = re.compile('[“”„«»"]')
_SINGLE_OPEN = re.compile(r"(?<![^\s(\[—–-])[‘'](?=[^\s\d])")
_SINGLE_CLOSE = re.compile(r"(?<=[,.?!…])[’'](?=\W|$)|(?<=\w)[’'](?=[,.;:)?!]|$)|(?<=[^\Ws])[’'](?=\s)")


class Passage(Record, frozen=True, kw_only=True):
    """One stretch between marks within one paragraph."""

    start: int  # of the words, after the mark
    end: int
    paragraph: int
    goes_on: bool = False  # no closing mark: the next paragraph's first passage belongs to it


def paragraphs(text: str) -> tuple[Span, ...]:
    """Where the lines that hold anything stand; every line break ends a paragraph."""
    return tuple(match.span() for match in _PARAGRAPH.finditer(text) if match[0].strip())


def passages(text: str) -> tuple[Passage, ...]:
    """All quotations of a text in order."""
    spans = paragraphs(text)
    found = [passage for place in range(len(spans)) for passage in _doubles(text, spans, place)]
    if not found:
        found = [passage for place in range(len(spans)) for passage in _singles(text, spans, place)]
    return tuple(passage for passage in found if text[passage.start : passage.end].strip())


def mask(text: str, found: tuple[Passage, ...]) -> str:
    """The text with quoted characters blanked out, so that nothing is read inside them; same length.

    Marks become “ and ”; the last character stays where it is a stop, because it may end the sentence.
    """
    chars = list(text)
    for passage in found:
        last = passage.end - 1
        chars[passage.start - 1] = "“"
        keep = chars[last] if chars[last] in ".,?!…" else FILL
        chars[passage.start : passage.end] = FILL * (passage.end - passage.start)
        chars[last] = keep
        if not passage.goes_on:
            chars[passage.end] = "”"
    return "".join(chars)


def _doubles(text: str, spans: tuple[Span, ...], place: int) -> Iterator[Passage]:
    start, end = spans[place]
    opened: int | None = None
    for match in _DOUBLES.finditer(text, start, end):
        if match[0] in "“„«" or (match[0] == '"' and opened is None):
            opened = match.end()
        elif opened is not None:
            yield Passage(start=opened, end=match.start(), paragraph=place)
            opened = None
    if opened is not None and place + 1 < len(spans) and text[slice(*spans[place + 1])].lstrip()[:1] in '“"„«':
        yield Passage(start=opened, end=_trimmed(text, opened, end), paragraph=place, goes_on=True)


def _singles(text: str, spans: tuple[Span, ...], place: int) -> Iterator[Passage]:
    start, end = spans[place]
    position = start
    while opening := _SINGLE_OPEN.search(text, position, end):
        closing = _SINGLE_CLOSE.search(text, opening.end(), end)
        if closing is None:
            if place + 1 < len(spans) and text[slice(*spans[place + 1])].lstrip()[:1] == "‘":
                yield Passage(
                    start=opening.end(), end=_trimmed(text, opening.end(), end), paragraph=place, goes_on=True
                )
            return
        yield Passage(start=opening.end(), end=closing.start(), paragraph=place)
        position = closing.end()


def _trimmed(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())
