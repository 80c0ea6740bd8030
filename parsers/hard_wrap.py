"""Text whose lines were broken at a width, by a mail program, a terminal or the page of a PDF.

Which error is worse: lines joined that stood apart make a sentence of a menu, so a text counts as wrapped only where
most lines that follow each other are full, and go on with a small letter or end with a word like "of": titles and
menus begin with capitals.
A line is full where the first word of the next would not have fitted.

Verse and lists in small letters have lines of about one length as well, but each ends where its thought does.
A width knows nothing of that: it leaves "the" and "of" at the ends of lines, and no line short of the next word.

Where lines were broken at no one width, a sentence shows it by itself: a long line without an end, right below it one
in small letters or after an open word, and at the end of these a full stop (`mended`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from parsers.bylines import is_byline
from parsers.furniture import ends_sentence
from parsers.hyphens import Vocabulary, is_broken, joined, vocabulary

Numbered = tuple[int, str]  # of the line in its text, 1 first; blanks folded, empty where it is blank
_Pair = tuple[str, str]  # a line and the one right below it

NARROWEST, WIDEST = 40, 110  # characters
SLACK = 0.12  # of the width: letters of print differ in theirs
#: Pairs of lines; with fewer than `_FEWEST` all have to be full.
_FEWEST, _FEWEST_FULL = 4, 2
_FULL_SHARE = 0.6
#: Of the full lines: that plainly go on (names and numbers begin lines too), and that end no sentence.
_GOING_SHARE, _WITHIN_SHARE = 0.3, 0.5
#: Of the full lines; a program counts characters, print does not.
_EXACT_SHARE = 0.8
#: Of the full lines, in texts whose width is not kept exactly; prose has 0.3.
_OPEN_SHARE = 0.1
_ENDS = tuple('.!?:;”"’)…')
#: A row of words this much shorter than the width is a list or a table.
_SHORT = 0.5
_BULLET = re.compile(r"[•●▪◦‣∙·>]\s?(?=\S)")
_MARK = re.compile(r"(?:[-–—*]|\(?(?:\d{1,3}|[a-z])[.)])\s+(?=\S)")
#: No line of verse, list or title ends with them.
_OPEN = re.compile(
    r"(?:^|\s)(?:a|an|the|of|to|in|on|at|by|for|from|with|into|about|and|or|but|that|which|who|as|than|if|is|was|are|"
    r"were|be|been|has|have|had|will|would|could|should|can|his|her|its|their|our|your|my|this|these|not|no)$"
)


def is_wrapped(lines: Sequence[Numbered]) -> bool:
    """Whether nearly all paragraphs of a text were broken at one width."""
    return _width(lines) is not None


def unwrapped(lines: Sequence[Numbered]) -> list[Numbered]:
    """The paragraphs of a text for which `is_wrapped` is true, each with the number of its first line.

    Items of a list and headings in capitals stay by themselves.
    """
    width, slack = _width(lines) or (WIDEST, SLACK)
    found: list[tuple[int, list[str]]] = []
    last = ""
    for number, line in lines:
        if line and last and _belong(found[-1][1], line, width, slack):
            found[-1][1].append(line)
        elif line:
            found.append((number, [line]))
        last = line
    words = vocabulary("\n".join(line for _, line in lines))
    return [(number, joined(pieces, words)) for number, pieces in found]


def _belong(pieces: Sequence[str], two: str, width: int, slack: float) -> bool:
    """Whether a paragraph goes on in the next line; a short line in it that goes on is no row of a list."""
    one = pieces[-1]
    if _stands_apart(pieces[0], one, two):
        return False
    within = len(pieces) > 1 or not _is_row((one, two), width)
    return _is_full(one, two, width, slack) or (_goes_on(one, two) and within)


def mended(lines: Sequence[Numbered]) -> list[Numbered]:
    """The filled lines of a text that is not wrapped, with sentences put together that were broken all the same."""
    found: list[tuple[int, list[str]]] = []
    last = ""
    for number, line in lines:
        if line and last and _is_broken_off(found[-1][1], line):
            found[-1][1].append(line)
        elif line:
            found.append((number, [line]))
        last = line
    if all(len(pieces) == 1 for _, pieces in found):
        return [(number, pieces[0]) for number, pieces in found]
    words = vocabulary("\n".join(line for _, line in lines))
    return [paragraph for number, pieces in found for paragraph in _whole(number, pieces, words)]


def _is_broken_off(pieces: Sequence[str], two: str) -> bool:
    """Whether a long line, or what such a one began, goes on in the line right below it."""
    one = pieces[-1]
    if len(pieces[0]) < NARROWEST or _stands_apart(pieces[0], one, two) or is_byline(two):
        return False
    return _goes_on(one, two)


def _whole(number: int, pieces: Sequence[str], words: Vocabulary) -> list[Numbered]:
    """A paragraph put together where it ends like one, else its lines: words in small letters stand below headlines."""
    if len(pieces) > 1 and not ends_sentence(pieces[-1]):
        return [(number + place, piece) for place, piece in enumerate(pieces)]
    return [(number, joined(pieces, words))]


def _width(lines: Sequence[Numbered]) -> tuple[int, float] | None:
    """At how many characters the lines break, and how exactly (`SLACK` or nothing); None where they don't."""
    lengths = sorted(len(line) for _, line in lines if line)
    pairs = [(one, two) for (_, one), (_, two) in pairwise(lines) if one and two]
    pairs = [(one, two) for one, two in pairs if not _stands_apart(one, one, two)]
    count = len(lengths)
    # A headline or an address may be longer than the lines are.
    longer = (count // 50, min(1, count // 6), count // 12) if len(pairs) >= _FEWEST_FULL else ()
    for width in dict.fromkeys(lengths[-1 - many] for many in longer):
        if not NARROWEST <= width <= WIDEST:
            continue
        slack = _slack([pair for pair in pairs if not _is_row(pair, width)], width)
        if slack is not None:
            return width, slack
    return None


def _slack(pairs: Sequence[_Pair], width: int) -> float | None:
    """How exactly neighbouring lines were broken at this width; None where a thought ends with each line."""
    full = [(one, two) for one, two in pairs if _is_full(one, two, width)]
    fewest = _FEWEST_FULL if len(full) == len(pairs) else _FEWEST
    if len(pairs) < fewest or len(full) < _FULL_SHARE * len(pairs):
        return None
    unfinished = [is_broken(one) or bool(_OPEN.search(one)) for one, _ in full]
    going = [two[0].islower() or open_ for (_, two), open_ in zip(full, unfinished, strict=True)]
    if sum(going) < _GOING_SHARE * len(full):
        return None
    if sum(not ends_sentence(one) for one, _ in full) < _WITHIN_SHARE * len(full):
        return None
    if sum(_is_full(one, two, width, 0) for one, two in full) >= _EXACT_SHARE * len(full):
        return 0
    return SLACK if sum(unfinished) > _OPEN_SHARE * len(full) else None


def _is_full(one: str, two: str, width: int, slack: float = SLACK) -> bool:
    """Whether the first word of the next line would not have fitted on this one, which is no longer than others."""
    needed = len(one) + 1 + len(two.split(maxsplit=1)[0])
    return needed > width * (1 - slack) and len(one) <= width * (1 + SLACK)


def _is_row(pair: _Pair, width: int) -> bool:
    """Whether both lines are far too short to have been broken at the width."""
    return max(map(len, pair)) < _SHORT * width


def _goes_on(one: str, two: str) -> bool:
    """Whether a line goes on in the middle of a sentence."""
    return is_broken(one) or bool(_OPEN.search(one)) or (two[0].islower() and not one.endswith(_ENDS))


def _stands_apart(first: str, one: str, two: str) -> bool:
    """Whether an item of a list, a byline or a heading in capitals begins or ends between two lines.

    A dash or a number may also begin a line within a sentence; it marks an item after the end of another,
    or below a line that introduces the list.
    """
    if _BULLET.match(two) or (two[0].isupper() and is_byline(two)):
        return True
    if _MARK.match(two):
        return one.endswith(_ENDS) or bool(_MARK.match(first))
    if _is_capitals(one) != _is_capitals(two):
        return _is_capitals(one) or one.endswith(_ENDS)
    return False


def _is_capitals(line: str) -> bool:
    """Whether several words are all in capitals."""
    return line.isupper() and line.count(" ") >= 2
