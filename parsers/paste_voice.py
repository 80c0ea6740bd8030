"""Whom a pasted page speaks to: sentences by which an outlet speaks to its reader, in a story that doesn't.

Which error is worse: to take a writer's own "you" for an outlet's is worse than to keep an appeal, so a text in which
"you" and "we" are at home is left alone, as is every sentence in which somebody is quoted or reported.

Observations.
Reporters write of others; "we", "our" and "you" stand in their stories inside quotations.
Boxes between the paragraphs speak for the outlet ("our round-up tells you what is new") whatever they are selling, and
their words change from outlet to outlet and from year to year.
Columns, letters, advice, recipes and speeches say "you" and "we" in many of their paragraphs, not in two or three.

Theory of operation.
The paragraphs without quotations are counted that speak to the reader or of themselves.
Where few do, one that does both, and also asks for something or stands at the edge of a box, is the outlet's.
A short sentence that does either goes where both lines around it are no part of the story.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from parsers import furniture, pitches
from parsers.paste_lines import Line

#: Share of paragraphs that may say "you" or "we" in a text that doesn't speak to its reader.
AT_HOME = 0.12
#: So few paragraphs say too little about a text.
FEWEST = 6
#: A short sentence in a box has at most so many words.
SHORT = 14
#: The outlet's boxes are shorter than this, in words.
LONGEST = 90

_YOU = re.compile(r"\b(?:you(?:r|rs|'ll|'re|'ve|'d)?)\b", re.IGNORECASE)
_WE = re.compile(
    r"\b(?:[Ww]e(?:'ll|'re|'ve|'d)?|[Oo]urs?|us(?! (?:dollars?|presidents?|army|embassy))|I'm|I'll|I've|[Mm]y)\b"
)
_QUOTED = re.compile(r"[“\"«„]|(?:^|\s)['‘](?=\w)")
_CONTACT = re.compile(r"\S@\w|\b0\d{2,4}[ \d]{6,}")
_REQUEST = re.compile(
    r"(?:so |just |please |simply |why not )?(?:tap|pop|drop|head|hit|chip|scroll|swipe|browse|share|vote|grab|bag|"
    r"treat|choose|pick|add|prefer|save|ring|call|e-?mail|text|message|write to us|see what|go on)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?:])\s+")


def addressed(lines: Sequence[Line]) -> frozenset[int]:
    """Places of the sentences with which the outlet speaks to its reader."""
    plain = [line for line in lines if line.kind in ("prose", "sentence") and not _is_quoted(line.text)]
    told = [line for line in lines if line.kind == "prose"]
    both = {line.place for line in plain if _says_both(line.text) and line.count <= LONGEST}
    either = [line for line in plain if line.place not in both and line.kind == "prose" and _says_either(line.text)]
    if len(told) < FEWEST or len(either) + len(both) / 2 > AT_HOME * len(told) + 1:
        return frozenset()
    found: set[int] = set()
    for line in plain:
        if line.count > LONGEST or not _says_either(line.text):
            continue
        sides = _sides(lines, line.place, found)
        if line.place in both:
            outlets = sides > 0 or _asks(line.text)
        elif line.kind == "prose" and (_CONTACT.search(line.text) or (sides and pitches.wants(line.text))):
            outlets = _asks(line.text) or sides > 0
        else:
            outlets = line.count <= SHORT and (sides == 2 or _below_appeal(lines, line.place, found))
        if outlets:
            found.add(line.place)
    return frozenset(found)


def _is_quoted(text: str) -> bool:
    """Whether somebody else speaks in a line, or is reported."""
    return bool(_QUOTED.search(text)) or furniture.is_told(text)


def _says_both(text: str) -> bool:
    text = text.replace("’", "'")
    return bool(_YOU.search(text) and _WE.search(text))


def _says_either(text: str) -> bool:
    text = text.replace("’", "'")
    return bool(_YOU.search(text) or _WE.search(text))


def _asks(text: str) -> bool:
    """Whether any sentence of a line begins like a request, or asks the reader."""
    return any(
        pitches.asks(sentence) or sentence.endswith("?") or _REQUEST.match(sentence)
        for sentence in _SENTENCE.split(text)
    )


def _sides(lines: Sequence[Line], place: int, found: Set[int]) -> int:
    """On how many sides of a line something else than the story stands."""
    near = [other for other in (place - 1, place + 1) if 0 <= other < len(lines)]
    boxes = sum(other in found or lines[other].kind in ("furniture", "cut", "short") for other in near)
    return boxes + 2 - len(near)


def _below_appeal(lines: Sequence[Line], place: int, found: Set[int]) -> bool:
    """Whether an appeal stands above a line, with nothing but a field or a button between."""
    above = next((other for other in range(place - 1, max(-1, place - 4), -1) if lines[other].kind != "short"), -1)
    return above in found
