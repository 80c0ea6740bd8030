"""Boxes of a pasted page that praise what the outlet sells as somebody else would, and its polls.

Which error is worse: to take a paragraph about a conference for an advert is worse than to keep an advert, so a
sentence goes only beside a button, or where its subject bears the outlet's own name, and never where somebody is
quoted, the past is told or another sentence speaks of the same thing.

Observations.
Such sentences speak of nobody's past: "The Gazette's weekly newsletter brings …", "Roofs Live returns to …".
A button, a field or a price stands right below them ("Register now"), or a question above ("Not a member yet?").
The outlet's name stands in the line with the copyright sign and in the first line of the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from parsers import furniture
from parsers.paste_lines import Line

#: The reason of these lines.
PROMOTION = "praises what the outlet offers"
#: Boxes have so few words in a line, and a question above them or a button below so few.
LONGEST = 50
BUTTON_WORDS = 6
#: A button stands at most so many lines below.
NEAR = 3
#: A thing of which so many sentences speak is the story's.
OFTEN = 2
#: The thing that is praised stands among so many first characters.
SUBJECT = 90
#: The first line of a page is its name if it has at most so many words.
NAME_WORDS = 5

_BUTTON = re.compile(
    r"(?:join|sign|subscribe|register|donate|book|buy|shop|order|pre-?order|apply|download|become|enrol|claim|enter|"
    r"reserve|get (?:your|tickets)|find out|learn more|see (?:plans|prices|offers)|(?:your )?e-?mail|count me in|"
    r"start your|try)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"(?:not (?:an?|yet)\b|new (?:here|to)\b|enjoy\w*\b|still reading|like what|love (?:what|this|our)|want more).*\?$",
    re.IGNORECASE,
)
_THING = re.compile(
    r"\b(?:newsletters?|podcasts?|channel|app|magazine|summit|conference|awards?|webinars?|festival|briefing|bulletin|"
    r"membership|subscription|e-?mail|[Ll]ive|show|fair|expo|masterclass|course|competition|directory|calendar|club)\b",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"\b(?:brings?|delivers?|rounds? up|lands?|takes? place|returns?|helps?|gives?|offers?|covers?|keeps?|is back|"
    r"are back|will be back|runs?|opens?|comes?|features?|includes?|gets?|lets?|shows?|tells?|has everything|"
    r"is (?:free|open|the|your|packed|available)|are (?:free|open|available))\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|has|did|been|his|her|he|she|\w{3,}ed|told|found|gave|took|came|made|led|held|won|lost|rose|"
    r"fell|began)\b"
)
_ANSWER = re.compile(
    r"(?:yes|no|not sure|unsure|undecided|maybe|other|(?:i )?don.t know|none of .{3,12})(?:,[^\d]{0,40})?$",
    re.IGNORECASE,
)
_ANSWERS = re.compile(r"Yes No\b")  # in a page whose line breaks were lost
_VOTES = re.compile(
    r"(?:\d[\d,.]* (?:people (?:have )?)?vote[sd]?|vote|see (?:the )?results?)(?: so far)?", re.IGNORECASE
)
_RIGHTS = re.compile(r"(?:©|\(c\)|copyright)\W*(?:\d{4}\W*)?([A-Z][^\d,.|]{2,60})", re.IGNORECASE)
_CORPORATE = frozenset(["the", "ltd", "limited", "media", "group", "plc", "news", "company", "and", "of", "for"])


def boxes(lines: Sequence[Line]) -> frozenset[int]:
    """Places of the lines in such boxes, the question above them included."""
    own = _own_name(lines)
    spoken = _spoken_of(lines)
    found = {place for line in lines for place in _poll(lines, line)}
    for line in lines:
        if line.kind not in ("prose", "sentence") or line.count > LONGEST or _is_news(line.text):
            continue
        button = _button_below(lines, line.place)
        if _asked(lines, line.place) and button == line.place + 1:
            found |= {line.place - 1, *range(line.place, button + 1)}
        elif _is_praise(line.text, spoken) and (button or _names(line.text, own)):
            found |= set(range(line.place, (button or line.place) + 1))
    return frozenset(place for place in found if lines[place].kind != "furniture")


def _poll(lines: Sequence[Line], question: Line) -> Sequence[int]:
    """Places of a question with two answers and more to choose from, and of the votes below them."""
    if not question.text.endswith("?") or question.count > LONGEST or furniture.is_told(question.text):
        return ()
    stop = question.place + 1
    while stop < len(lines) and _ANSWER.match(lines[stop].text):
        stop += 1
    row = stop < len(lines) and stop == question.place + 1 and _ANSWERS.match(lines[stop].text)
    if row:
        stop += 1
    if stop < question.place + 3 and not row:
        return ()
    while stop < len(lines) and _VOTES.fullmatch(lines[stop].text):
        stop += 1
    return range(question.place, stop)


def _is_news(text: str) -> bool:
    """Whether somebody is quoted or reported in a line, or it tells of the past."""
    return furniture.is_told(text) or bool(_PAST.search(text))


def _spoken_of(lines: Sequence[Line]) -> Counter[str]:
    """In how many sentences of the text each word stands: what others speak of too is the story's own."""
    told = (line for line in lines if line.kind in ("prose", "sentence"))
    return Counter(word for line in told for word in set(furniture.words(line.text.casefold())))


def _is_praise(text: str, spoken: Counter[str]) -> bool:
    """Whether a sentence begins with something that publishers offer, and says what it does; no other speaks of it."""
    thing = _THING.search(text, 0, SUBJECT)
    return (
        thing is not None
        and spoken[thing[0].casefold()] < OFTEN
        and bool(_PRESENT.match(text, thing.end() + 1) or _PRESENT.search(text[:SUBJECT]))
    )


def _names(text: str, own: frozenset[str]) -> bool:
    """Whether the outlet's name stands in the subject of a sentence."""
    thing = _THING.search(text, 0, SUBJECT)
    subject = text[: thing.end()] if thing else ""
    return len(own & set(furniture.words(subject.casefold().replace("'s", "").replace("’s", "")))) >= min(2, len(own))


def _own_name(lines: Sequence[Line]) -> frozenset[str]:
    """The words of the outlet's name, from its copyright line or the first line of the page."""
    for line in reversed(lines):
        if line.kind in ("cut", "furniture") and (found := _RIGHTS.match(line.text)):
            return _telling(found[1])
    first = lines[0] if lines else None
    is_name = first is not None and first.kind == "short" and first.count <= NAME_WORDS and first.text[:1].isupper()
    return _telling(first.text) if first is not None and is_name else frozenset({""})


def _telling(name: str) -> frozenset[str]:
    found = frozenset(furniture.words(name.casefold())) - _CORPORATE
    return found or frozenset({""})


def _button_below(lines: Sequence[Line], place: int) -> int | None:
    """Where a button or field stands below a line, with nothing but short or praising lines between."""
    for below in lines[place + 1 : place + 1 + NEAR]:
        if is_button(below):
            return below.place
        if below.kind == "cut" or _is_news(below.text) or below.count > LONGEST:
            return None
    return None


def is_button(line: Line) -> bool:
    """Whether a line is a button or a field by which the reader buys or joins."""
    if line.kind not in ("short", "furniture") or line.count > BUTTON_WORDS or line.text.endswith((".", "?", ":")):
        return False
    return bool(_BUTTON.match(line.text)) or line.reason.startswith("newsletter")


def _asked(lines: Sequence[Line], place: int) -> bool:
    """Whether a short question to the reader stands right above a line."""
    above = lines[place - 1] if place else None
    if above is None or above.count > BUTTON_WORDS or above.kind == "cut":
        return False
    return bool(_QUESTION.match(above.text))
