"""Sentences of a pasted page that praise what the outlet offers as somebody else would, and its polls.

Which error is worse: to take a paragraph about a conference for an advert is worse than to keep an advert, so a
sentence goes only where the outlet's own name is its subject, or between a question to members and a button that
answers it, and never where somebody is quoted, the past is told or another sentence speaks of the same thing.

Observations.
Such sentences speak of nobody's past: "The Gazette's weekly newsletter brings …".
The outlet's name stands in the line with the copyright sign at the foot of the page.
A button below a sentence says nothing about it: "Subscribe" and "Sign in" stand below every last paragraph.
Nor do "Yes" and "No" below a question: a ballot paper or a quiz has them too; a poll counts its votes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from parsers import furniture
from parsers.paste_lines import Line

#: The reason of these lines.
PROMOTION = "praises what the outlet offers"
POLL = "poll of the outlet"
#: Boxes have so few words in a line, and a question above them or a button below so few.
LONGEST = 50
BUTTON_WORDS = 6
#: A thing of which so many sentences speak is the story's.
OFTEN = 2
#: The thing that is praised stands among so many first characters.
SUBJECT = 90
#: The outlet's name has at least so many words: one alone may be the town's.
FEWEST_IN_NAME = 2

#: A button that answers the question; "Join", "Subscribe" or "Sign in" alone stand on every page.
_BUTTON = re.compile(
    r"(?:join (?:us|the \w+|our \w+)|become an? \w+|(?:join|subscribe|register) (?:now|today))\b", re.IGNORECASE
)
_CONVERSATION = re.compile(r"join the (?:conversation|discussion|debate)", re.IGNORECASE)
_QUESTION = re.compile(r"not (?:an?|yet an?) (?:member|subscriber|supporter)(?: yet)?\?", re.IGNORECASE)
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
#: In a page whose line breaks were lost.
_ROW = re.compile(r"Yes No\b.{0,40} \d[\d,.]* (?:people (?:have )?)?vote[sd]?", re.IGNORECASE)
_VOTES = re.compile(r"\d[\d,.]* (?:people (?:have )?)?vote[sd]?(?: so far)?", re.IGNORECASE)
_RIGHTS = re.compile(r"(?:©|\(c\)|copyright)\W*(?:\d{4}\W*)?([A-Z][^\d,.|]{2,60})", re.IGNORECASE)
#: What a publisher sells; a university, a charity or a union tells of its own course or conference as news.
_MEDIUM = re.compile(r"\b(?:newsletters?|podcasts?|app|magazine|briefing|bulletin|subscription)\b")
#: Last words of names by which papers are also called alone: "The Gazette's newsletter".
_PAPER_TEXT = """
    gazette times herald telegraph guardian tribune chronicle courier observer argus advertiser examiner mercury post
    mail star standard mirror express echo
"""
_PAPER = frozenset(_PAPER_TEXT.split())
_CORPORATE = frozenset(["the", "ltd", "limited", "media", "group", "plc", "news", "company", "and", "of", "for"])


def boxes(lines: Sequence[Line]) -> dict[int, str]:
    """Places of the lines in such boxes, the question above them included, each with its reason."""
    own = _own_name(lines)
    spoken = _spoken_of(lines)
    found = {place: POLL for line in lines for place in _poll(lines, line)}
    for line in lines:
        if line.kind not in ("prose", "sentence") or line.count > LONGEST or _is_news(line.text):
            continue
        if _asked(lines, line.place):
            found |= dict.fromkeys(range(line.place - 1, line.place + 2), PROMOTION)
        elif _is_praise(line.text, spoken) and _names(line.text, own):
            found[line.place] = PROMOTION
    return {place: reason for place, reason in found.items() if lines[place].kind != "furniture"}


def _poll(lines: Sequence[Line], question: Line) -> Sequence[int]:
    """Places of a question with answers to choose from and the number of votes right below them."""
    if not question.text.endswith("?") or question.count > LONGEST or furniture.is_told(question.text):
        return ()
    stop = question.place + 1
    if stop < len(lines) and _ROW.fullmatch(lines[stop].text):
        return range(question.place, stop + 1)
    while stop < len(lines) and _ANSWER.match(lines[stop].text):
        stop += 1
    votes = stop
    while stop < len(lines) and _VOTES.fullmatch(lines[stop].text):
        stop += 1
    return range(question.place, stop) if question.place + 1 < votes < stop else ()


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


def _names(text: str, own: str) -> bool:
    """Whether the outlet's name stands in the subject of a sentence."""
    thing = _THING.search(text, 0, SUBJECT)
    if thing is None or not own:
        return False
    subject, last = text[: thing.end()], own.split()[-1]
    if f" {own} " in f" {_folded(subject)} ":
        return last in _PAPER or bool(_MEDIUM.search(thing[0].casefold()))
    return last in _PAPER and subject.casefold().startswith((f"the {last}'s ", f"the {last}’s "))


def _own_name(lines: Sequence[Line]) -> str:
    """The outlet's name in small letters, from the copyright line below the last paragraph; empty where it says none.

    Above that stand the rights of pictures.
    """
    for line in reversed(lines):
        if line.kind == "prose":
            break
        if line.kind in ("cut", "furniture") and (found := _RIGHTS.match(line.text)):
            name = [word for word in _folded(found[1]).split() if word not in _CORPORATE]
            return " ".join(name) if len(name) >= FEWEST_IN_NAME else ""
    return ""


def _folded(text: str) -> str:
    return " ".join(furniture.words(text.casefold().replace("'s", "").replace("’s", "")))


def _asked(lines: Sequence[Line], place: int) -> bool:
    """Whether a question to members stands right above a line, and its answer right below."""
    if not 0 < place < len(lines) - 1:
        return False
    button = lines[place + 1]
    return (
        bool(_QUESTION.fullmatch(lines[place - 1].text))
        and button.kind in ("short", "furniture")
        and button.count <= BUTTON_WORDS
        and bool(_BUTTON.match(button.text))
        and not _CONVERSATION.match(button.text)
    )
