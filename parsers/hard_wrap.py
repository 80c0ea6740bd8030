"""Text whose lines were broken at a width, by a mail program, a terminal or the page of a PDF.

Which error is worse: lines joined that stood apart make a sentence of a menu, so a text counts as wrapped only where
most lines that follow each other are full, and go on with a small letter: titles and menus begin with capitals.
A line is full where the first word of the next would not have fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from parsers.hyphens import is_broken, joined, vocabulary

Numbered = tuple[int, str]  # of the line in its text, 1 first; blanks folded, empty where it is blank

NARROWEST, WIDEST = 40, 110  # characters
SLACK = 0.12  # of the width: letters of print differ in theirs
_FEWEST = 4  # pairs of lines
_FULL_SHARE, _SMALL_SHARE = 0.6, 0.5
_ENDS = tuple('.!?:;”"’)…')


def is_wrapped(lines: Sequence[Numbered]) -> bool:
    """Whether nearly all paragraphs of a text were broken at one width."""
    width = _width(lines)
    if width is None:
        return False
    pairs = [(one, two) for (_, one), (_, two) in pairwise(lines) if one and two]
    full = [pair for pair in pairs if _is_full(*pair, width)]
    if len(pairs) < _FEWEST or len(full) < _FULL_SHARE * len(pairs):
        return False
    return sum(two[0].islower() or is_broken(one) for one, two in full) >= _SMALL_SHARE * len(full)


def unwrapped(lines: Sequence[Numbered]) -> list[Numbered]:
    """The paragraphs of a text for which `is_wrapped` is true, each with the number of its first line."""
    width = _width(lines) or WIDEST
    found: list[tuple[int, list[str]]] = []
    last = ""
    for number, line in lines:
        if line and last and (_is_full(last, line, width) or _goes_on(last, line)):
            found[-1][1].append(line)
        elif line:
            found.append((number, [line]))
        last = line
    words = vocabulary("\n".join(line for _, line in lines))
    return [(number, joined(pieces, words)) for number, pieces in found]


def _width(lines: Sequence[Numbered]) -> int | None:
    """At how many characters the lines break; None where they don't. A few longer ones are addresses."""
    lengths = sorted(len(line) for _, line in lines if line)
    if not lengths:
        return None
    width = lengths[-1 - len(lengths) // 50]
    return width if NARROWEST <= width <= WIDEST else None


def _is_full(one: str, two: str, width: int) -> bool:
    """Whether the first word of the next line would not have fitted on this one."""
    return len(one) + 1 + len(two.split(maxsplit=1)[0]) > width * (1 - SLACK)


def _goes_on(one: str, two: str) -> bool:
    """Whether a line goes on in the middle of a sentence."""
    return is_broken(one) or (two[0].islower() and not one.endswith(_ENDS))
