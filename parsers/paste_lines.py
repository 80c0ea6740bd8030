"""A pasted text as lines, each with what it looks like.

Which error is worse: to break a paragraph is worse than to keep two lines as one, so hard wraps are undone only
where nearly all lines are full, and a page is broken up only where it was pasted as one line.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from parsers import bylines, furniture, hard_wrap, outlets, paste_forms, paste_oneline, paste_runs

LineClass = Literal["cut", "furniture", "prose", "sentence", "item", "short"]

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u2060\ufeff\u00ad\u200e\u200f"))
_MARKDOWN_IMAGE = re.compile(r"!\[([^\]\n]{0,150})\]\([^)\s\[]{1,500}(?:\s\"[^\"\n]{0,150}\")?\)")
_MARKDOWN_URL = re.compile(r"(?<!!)\[([^\]\n]{1,150})\]\(https?://[^)\s\[]{1,500}(?:\s\"[^\"\n]{0,150}\")?\)")
BULLET = re.compile(r"^(?:[•●▪◦‣∙·]\s*|[-–—*]\s+|\d{1,2}[.)]\s+)(?=\S)")


#: The reason of headings that titles of other stories follow.
LISTED = "start of a list of other stories"
#: The reason of words without sentences in a page without line breaks.
RUN = "menu or row of titles"
#: A run of more words at the top holds more than a headline.
MOST_IN_HEADLINE = 30
#: A list or table in a story has at most so many words where its lines ran into one.
MOST_IN_LIST = 60
#: Places of results stand in brackets ("1 A Marsh (Truro) 12:04"), so many of them and more; a menu has hardly any.
RESULTS = 4
#: A subhead has fewer words.
LONGEST_SUBHEAD = 12
#: Titles that ran together lean to prose less than this, a word; what is left of a sentence leans more.
TITLES = 0.0
#: So many words without a sentence are a page's, even where nothing else shows one.
LONG_RUN = 60
#: A row of topics has fewer characters; longer ones are tables or minutes that somebody wants.
MOST_KEYWORDS = 1500
#: Words of such a row speak so much against prose, on average.
ROW = -0.4
#: What shows no page by itself: results, years and dates stand in stories too.
MAY_BE_STORY = ("no words", "date line", "byline", "bare address", "menu")
#: The place below a letter has at most so many words.
MOST_IN_PLACE = 5
#: A page of letters says so at its top; further down the words head a comment form.
_TOP = 12
_BROKEN_OFF = re.compile(r"[^.…](?:\.{2,3}|…|\s\[(?:…|\.\.\.)\])$")
_LEADS = re.compile(r":$|[a-z]{2}: [A-Z]")
#: The last line of an obituary.
_LIFE = re.compile(r"\bborn \w.{4,60}; died \w.{4,40}$", re.IGNORECASE)
_DISCUSSION = re.compile(r"discussion about this", re.IGNORECASE)
_LETTERS = re.compile(r"letters\b", re.IGNORECASE)
_LETTER = re.compile(
    r"(?:dear (?:sirs?|madam|editors?)\b.{0,20}|(?:sir|madam)\s?[,:–—-]|"
    r"yours (?:faithfully|sincerely|truly|etc)\b.{0,12}$|"
    r"name and address (?:supplied|withheld))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the paste that is not blank."""

    place: int  # among the lines that are looked at, 0 first
    number: int  # of the line it was in the paste, 1 first
    text: str  # whitespace runs collapsed
    count: int  # words
    kind: LineClass
    reason: str = ""  # for cut and furniture
    doubled: bool = False  # the line before or after says the same
    repeated: bool = False  # it stood further up already


def read(text: str) -> list[Line]:
    """The lines of the paste, classified."""
    raw, broken = _split(_normalised(text))
    folded = [fold(line) for _, line, _ in raw]
    seen: Counter[str] = Counter()
    lines: list[Line] = []
    for place, (number, line, is_run) in enumerate(raw):
        near = {
            folded[other]
            for other in (place - 2, place - 1, place + 1, place + 2)
            if 0 <= other < len(raw) and other != place
        }
        close = {folded[other] for other in (place - 1, place + 1) if 0 <= other < len(raw)}
        doubled = folded[place] in close or (folded[place] in near and len(folded[place]) > 20)
        whole = not broken or furniture.ends_sentence(line)
        top = place < _TOP and all(other.kind != "prose" for other in lines)
        found = _classified(place, number, line, doubled, bool(seen[folded[place]]), whole, top)
        if (is_run or (broken and _is_titles(found))) and _is_page(found, lines, top):
            found = replace(found, kind="furniture", reason=RUN)
        lines.append(found)
        seen[folded[place]] += 1
    return paste_forms.told(_runs_kept(lines)) if broken else paste_forms.told(_teasers(_buttons(_subheads(lines))))


def _buttons(lines: list[Line]) -> list[Line]:
    """The lines with "Leave a comment" as a button where the discussion has a heading of its own further down."""
    headings = [line.place for line in lines if _DISCUSSION.match(line.text) and line.kind == "cut"]
    for line in lines[: headings[-1]] if headings else ():
        if line.reason == "start of the comments" and line.text.casefold() == "leave a comment":
            lines[line.place] = replace(line, kind="furniture", reason="page controls")
    return lines


def _teasers(lines: list[Line]) -> list[Line]:
    """Paragraphs that break off below a title of their own, two of them and more, are the starts of other stories."""
    found = [
        place
        for place, line in enumerate(lines)
        if place and line.kind == "prose" and _BROKEN_OFF.search(line.text) and lines[place - 1].kind == "short"
    ]
    for place in found if len(found) > 1 else ():
        lines[place] = replace(lines[place], kind="furniture", reason="start of another story")
    return lines


def _is_titles(piece: Line) -> bool:
    """Whether a piece of a page in one line is longer than a subhead, and no sentence: titles that ran together."""
    long = piece.kind == "short" and piece.count >= LONGEST_SUBHEAD and piece.text[:1].isupper()
    return long and paste_runs.leaning(piece.text) < TITLES


def _is_page(run: Line, above: Sequence[Line], top: bool) -> bool:
    """Whether a run of words without sentences is a menu or titles: no headline, and no list that a colon led into."""
    if run.text.count("(") >= RESULTS:
        return False
    if run.kind in ("cut", "furniture") or (top and run.count <= MOST_IN_HEADLINE):
        return False
    led = bool(above) and above[-1].kind not in ("cut", "furniture") and bool(_LEADS.search(above[-1].text[-80:]))
    return not (led and run.count <= MOST_IN_LIST)


def _runs_kept(lines: list[Line]) -> list[Line]:
    """The lines with their runs as short lines, where nothing else shows that more than the article was copied."""
    if any(
        line.kind == "cut" or (line.kind == "furniture" and line.reason not in (RUN, *MAY_BE_STORY)) for line in lines
    ):
        return lines
    if any(line.reason == RUN and line.count >= LONG_RUN for line in lines):
        return lines
    return [replace(line, kind="short", reason="") if line.reason == RUN else line for line in lines]


def _subheads(lines: list[Line]) -> list[Line]:
    """Lines that head a part of the text itself: "In other news" with paragraphs right below, and no title."""
    for place, line in enumerate(lines[:-2]):
        below = lines[place + 1 : place + 3]
        if line.reason == LISTED and all(other.kind == "prose" and not other.repeated for other in below):
            lines[place] = replace(line, kind="short", reason="")
    return lines


def are_letters(lines: Sequence[Line]) -> bool:
    """Whether readers' letters were pasted: then the short lines between paragraphs are names and places."""
    first = next((place for place, line in enumerate(lines[:_TOP]) if line.kind == "prose"), _TOP)
    titled = any(line.count <= 12 and line.kind == "short" and _LETTERS.match(line.text) for line in lines[:first])
    return titled or sum(bool(_LETTER.match(line.text)) for line in lines) >= 2 or _are_signed(lines)


def _are_signed(lines: Sequence[Line]) -> bool:
    """Whether two paragraphs and more are signed below with a name and a place, and another one follows."""
    signed = set()
    for place, line in enumerate(lines[:-3]):
        name, where, following = lines[place + 1 : place + 4]
        short = name.kind == where.kind == "short" and where.count <= MOST_IN_PLACE and not where.text.endswith(":")
        if line.kind == following.kind == "prose" and short and bylines.bare_name(name.text):
            signed.add(name.text)
    return len(signed) >= 2


def _classified(place: int, number: int, line: str, doubled: bool, repeated: bool, whole: bool, top: bool) -> Line:
    count = len(furniture.words(line))
    kind: LineClass
    reason = furniture.cut(line) or ""
    if reason and top and _LETTERS.match(line):
        kind, reason = "short", ""
    elif reason:
        kind = "cut"
    elif reason := furniture.furniture(line) or outlets.furniture(line) or "":
        kind = "furniture"
    elif whole and furniture.is_prose(line, count) and not _is_keywords(line):
        kind = "prose"
    elif BULLET.match(line) and count >= 2:
        kind = "item"
    elif count >= 2 and (furniture.ends_sentence(line) or _LIFE.search(line)):
        kind = "sentence"
    else:
        kind = "short"
    return Line(place, number, line, count, kind, reason, doubled, repeated)


def _is_keywords(line: str) -> bool:
    """Whether a line longer than a heading and without an end is a row of topics, names or titles."""
    return not furniture.ends_sentence(line) and len(line) < MOST_KEYWORDS and paste_runs.leaning(line) < ROW


def _normalised(text: str) -> str:
    """Composed characters, plain spaces, no invisible marks, Markdown links as their words."""
    text = unicodedata.normalize("NFC", text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\r\n", "\n"))
    text = text.translate(_INVISIBLE)
    if "](" in text:
        text = _MARKDOWN_URL.sub(r"\1", _MARKDOWN_IMAGE.sub(r"\n\1\n", text))
    return text


def paragraphs(text: str) -> list[str]:
    """The lines of a text that are not blank, without the breaks that a mail or a page made at its width."""
    numbered = _numbered(text)
    lines = hard_wrap.unwrapped(numbered) if hard_wrap.is_wrapped(numbered) else hard_wrap.mended(numbered)
    return [line for _, line in lines]


def _numbered(text: str) -> list[hard_wrap.Numbered]:
    """The lines with their numbers, blanks folded."""
    return [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), 1)]


def _split(text: str) -> tuple[list[tuple[int, str, bool]], bool]:
    """Lines that are not blank, with their numbers, and whether a one-line page was broken up for them.

    Of each line it says whether it is a run of menu words and titles, which only such a page's pieces are.
    """
    numbered = _numbered(text)
    filled = [(number, line) for number, line in numbered if line]
    if hard_wrap.is_wrapped(numbered):
        return [(number, line, False) for number, line in hard_wrap.unwrapped(numbered)], False
    length = sum(len(line) for _, line in filled)
    if length > 600 and (len(filled) - 1) * 1500 < length:
        return [(number, *piece) for number, line in filled for piece in paste_oneline.pieces(line)], True
    return [(number, line, False) for number, line in hard_wrap.mended(numbered)], False


def fold(line: str) -> str:
    """A line for comparison: case, quotes and punctuation ignored."""
    return " ".join(furniture.words(line.casefold().replace("’", "'"))) or line


def content(texts: Iterable[str]) -> set[str]:
    """Words that carry meaning, shortened to six letters as a cheap stem.

    >>> sorted(content(["Schools that were closing", "a school closes"]))
    ['closes', 'closin', 'school']
    """
    found = (word.casefold() for text in texts for word in furniture.words(text) if len(word) > 3)
    return {word[:6] for word in found if not paste_runs.is_small(word)}
