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
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from parsers import furniture, paste_forms, pitches
from parsers.paste_lines import MAY_BE_STORY, Line

#: Share of paragraphs that may say "you" or "we" in a text that doesn't speak to its reader.
AT_HOME = 0.15
#: So few paragraphs say too little about a text.
FEWEST = 6
#: An appeal stands below so many paragraphs; the first ones may be a writer's greeting.
BEGUN = 2
#: A short sentence in a box has at most so many words.
SHORT = 14
#: The outlet's boxes are shorter than this, in words.
LONGEST = 90

#: Reasons of lines that are appeals by their words.
APPEALS = ("newsletter, subscription or appeal", "notice")
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
    if sum(map(paste_forms.is_hour, lines)) >= paste_forms.LIVE:
        return frozenset()  # who writes from hour to hour speaks to readers as people do
    quoted = _within_quotations(lines) | paste_forms.talk(lines)
    plain = [
        line
        for line in lines
        if line.kind in ("prose", "sentence") and line.place not in quoted and not _is_quoted(line.text)
    ]
    rows = _rows(plain)
    told = [line.place for line in lines if line.kind == "prose"]
    if len(told) < FEWEST or sum(map(_speech, rows)) > AT_HOME * len(told) + 1:
        return frozenset()
    found: set[int] = set()
    for line in (line for row in rows for line in row):
        if _is_outlets(lines, line, found):
            found.add(line.place)
    found |= {line.place for row in rows if _is_appeal(row) for line in row}
    speaking = {line.place for row in rows for line in row}
    begun = max([place for place in told if place not in speaking][:BEGUN], default=0)
    return frozenset(
        place for place in found if place > begun or (_says_both(lines[place].text) and _sides(lines, place, found))
    )


def _is_outlets(lines: Sequence[Line], line: Line, found: AbstractSet[int]) -> bool:
    """Whether a line that speaks to the reader is the outlet's, by itself and by what stands around it."""
    if line.count > LONGEST or not _says_either(line.text):
        return False
    sides = _sides(lines, line.place, found)
    if _says_both(line.text):
        return sides > 0 or _asks(line.text)
    if _asks_throughout(line.text):
        return True
    if line.kind == "prose" and (_CONTACT.search(line.text) or (sides and pitches.wants(line.text))):
        return _asks(line.text) or sides > 0
    return line.count <= SHORT and (sides == 2 or _below_appeal(lines, line.place, found))


def _rows(plain: Sequence[Line]) -> list[list[Line]]:
    """Sentences that speak to the reader; those that follow each other in one line of the paste as one row."""
    rows: list[list[Line]] = []
    for line in plain:
        if not (_says_either(line.text) or _asks(line.text)):
            continue
        last = rows[-1][-1] if rows else None
        if last and (line.place, line.number) == (last.place + 1, last.number):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _speech(row: Sequence[Line]) -> float:
    """How much a row says that "you" and "we" are at home in the text: boxes are short, and say both."""
    alone = len(row) == 1
    if not any(_says_either(line.text) for line in row) or (alone and row[0].kind != "prose"):
        return 0.0
    boxed = alone and row[0].count <= LONGEST and _says_both(row[0].text)
    return max(0.5 if boxed else 1.0, len(row) / 4)


def _is_appeal(row: Sequence[Line]) -> bool:
    """Whether sentences in a row ask the reader for something on behalf of the outlet."""
    text = " ".join(line.text for line in row)
    return len(row) > 1 and _asks(text) and (_says_both(text) or bool(_CONTACT.search(text) and _says_either(text)))


def _within_quotations(lines: Sequence[Line]) -> frozenset[int]:
    """Places of sentences inside a quotation that an earlier sentence of the same line of the paste opened."""
    within: set[int] = set()
    number, is_open = 0, False
    for line in lines:
        if line.number != number:
            number, is_open = line.number, False
        if is_open:
            within.add(line.place)
        if line.text.count("“") != line.text.count("”"):
            is_open = line.text.count("“") > line.text.count("”")
        elif line.text.count('"') % 2:
            is_open = not is_open
    return frozenset(within)


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


def _asks_throughout(text: str) -> bool:
    """Whether every sentence of a line speaks to the reader, in question and request, or asks for what is "ours"."""
    sentences = _SENTENCE.split(text.replace("’", "'"))
    requests = [one for one in sentences if (pitches.asks(one) or _REQUEST.match(one)) and not one.endswith("?")]
    if any(_WE.search(one) for one in requests):
        return True
    return bool(
        len(sentences) > 1
        and requests
        and any(one.endswith("?") for one in sentences)
        and all(_says_either(one) or _asks(one) for one in sentences)
    )


def _sides(lines: Sequence[Line], place: int, found: AbstractSet[int]) -> int:
    """On how many sides of a line something else than the story stands."""
    near = [other for other in (place - 1, place + 1) if 0 <= other < len(lines)]
    boxes = sum(other in found or _is_box(lines[other]) for other in near)
    return boxes + 2 - len(near)


def _is_box(line: Line) -> bool:
    """Whether a line may be part of a box; times and days also head the entries of a live text, "No." is an answer."""
    return (
        line.kind == "cut"
        or (line.kind == "short" and not line.text.endswith("."))
        or (line.kind == "furniture" and line.reason not in MAY_BE_STORY)
    )


def _below_appeal(lines: Sequence[Line], place: int, found: AbstractSet[int]) -> bool:
    """Whether an appeal stands above a line, with nothing but a field or a button between."""
    above = next((other for other in range(place - 1, max(-1, place - 4), -1) if lines[other].kind != "short"), -1)
    return above in found or (above >= 0 and lines[above].reason in APPEALS)
