"""Texts that are made of short lines: verse, and talk in which each speaker is named.

Which error is worse: to take a card or a menu for verse is better than to lose a poem, but a page is full of short
lines, so verse has to run on from line to line, and a name has to come again, in turn with another one.

Observations.
Lines of verse end with a comma or begin with a small letter where a sentence goes on, and small words hold them
together; titles and buttons do neither, addresses have commas but no small words.
In a transcript every paragraph begins with a name or a letter and a colon, or a line of its own names who speaks; the
same names come again and again.
What is said there is said to somebody: "you" and "we" are the speakers', not the outlet's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from parsers import furniture, paste_runs

if TYPE_CHECKING:
    from parsers.paste_lines import Line

#: A stanza has at least so many lines, and a line at most so many words.
STANZA = 4
LINE_WORDS = 14
#: Lines of a stanza that end where a sentence or its part ends, or go on in small letters.
CARRIED = 0.6
#: So many paragraphs with a speaker's name make a transcript.
TALK = 4
#: A line that only says who speaks has at most so many words.
NAME_WORDS = 4

#: A live text has so many entries headed by an hour, at least.
LIVE = 3

_HOUR = re.compile(r"\d{1,2}[:.]\d{2}(?: ?[ap]m)?(?: (?:GMT|BST|UTC|[A-Z]{1,3}T))?")
_OPEN_END = re.compile(r"[,;:–—-][\"'”’]?$")
_LABEL = re.compile(r"(Q|A|[A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]*|de|van|von)){0,3})(?: \([^()]{2,30}\))?: (?=\S)")
_STAMP = re.compile(r"[(\[]?(?:\d{1,2}:)?\d{1,2}:\d{2}[)\]]?")


def told(lines: Sequence[Line]) -> list[Line]:
    """The lines, with verse and the names of speakers as told ones, and the minutes beside these as controls."""
    found = list(lines)
    for start, stop in _stanzas(lines):
        for place in range(start, stop):
            found[place] = replace(found[place], kind="sentence", reason="")
    for place in _names(lines):
        found[place] = replace(found[place], kind="sentence", reason="")
        if place + 1 < len(lines) and _STAMP.fullmatch(lines[place + 1].text):
            found[place + 1] = replace(found[place + 1], kind="furniture", reason="page controls")
    return found


def is_hour(line: Line) -> bool:
    """Whether a line is an hour and nothing else, as over the entries of a live text."""
    return line.reason != "page controls" and bool(_HOUR.fullmatch(line.text))


def talk(lines: Sequence[Line]) -> frozenset[int]:
    """Places of what is said in a transcript, from the first speaker named to the last one."""
    labels = [(line.place, _label(line)) for line in lines]
    if places := _in_turn([(place, label) for place, label in labels if label]):
        return frozenset(range(min(places), max(places) + 1))
    names = _names(lines)
    return frozenset(range(min(names), max(names) + 2)) if names else frozenset()


def _label(line: Line) -> str:
    """Who speaks in a line that begins with a name and a colon."""
    found = _LABEL.match(line.text) if line.kind in ("prose", "sentence", "short") else None
    return found[1] if found else ""


def _in_turn(named: Sequence[tuple[int, str]]) -> list[int]:
    """Places of the names that come again, where two and more people take turns."""
    often = Counter(name for _, name in named)
    places = [place for place, name in named if often[name] > 1]
    return places if len(places) >= TALK and sum(count > 1 for count in often.values()) > 1 else []


def _names(lines: Sequence[Line]) -> list[int]:
    """Places of the lines that only say who speaks next."""
    return _in_turn([(line.place, line.text) for line in lines if _may_name(lines, line)])


def _may_name(lines: Sequence[Line], line: Line) -> bool:
    """Whether a short line may name who speaks in the sentence below it."""
    if line.kind != "short" or line.count > NAME_WORDS or line.doubled:
        return False
    below = lines[line.place + 1 : line.place + 3]
    if below and _STAMP.fullmatch(below[0].text):
        below = below[1:]
    return bool(below) and below[0].kind in ("prose", "sentence") and line.text[:1].isupper()


def _stanzas(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Start and stop of each run of lines that is verse."""
    start = 0
    for place in range(len(lines) + 1):
        if place < len(lines) and _may_be_verse(lines[place]):
            continue
        if place - start >= STANZA:
            first, last = _trimmed(lines, start, place)
            if last - first >= STANZA and _is_verse(lines, first, last):
                yield first, last
        start = place + 1


def _may_be_verse(line: Line) -> bool:
    fits = line.kind in ("short", "sentence", "prose") and 2 <= line.count <= LINE_WORDS
    return fits and not (line.doubled or (line.repeated and line.kind == "short"))


def _trimmed(lines: Sequence[Line], start: int, stop: int) -> tuple[int, int]:
    """A run without the titles above and below it, which neither end like a sentence nor run on."""
    while start < stop and not _carries(lines, start, stop):
        start += 1
    while stop > start and not _carries(lines, stop - 1, stop):
        stop -= 1
    return start, stop


def _carries(lines: Sequence[Line], place: int, stop: int) -> bool:
    """Whether a line ends like a sentence or a part of one, or the next one goes on with it."""
    return furniture.ends_sentence(lines[place].text) or _runs_on(lines, place, stop)


def _runs_on(lines: Sequence[Line], place: int, stop: int) -> bool:
    goes_on = place + 1 < stop and lines[place + 1].text[:1].islower()
    return goes_on or bool(_OPEN_END.search(lines[place].text))


def _is_verse(lines: Sequence[Line], start: int, stop: int) -> bool:
    """Whether sentences run on over the lines of a run; what a colon or a heading of the page led into is a list."""
    if start and (lines[start - 1].text.endswith(":") or lines[start - 1].kind == "cut"):
        return False
    places = range(start, stop)
    open_ends = sum(_runs_on(lines, place, stop) for place in places)
    marked = sum(bool(_OPEN_END.search(lines[place].text)) for place in places)
    carried = sum(_carries(lines, place, stop) for place in places)
    words = " ".join(lines[place].text for place in places)
    return open_ends >= 2 and marked > 0 and carried >= CARRIED * (stop - start) and paste_runs.leaning(words) > 0
