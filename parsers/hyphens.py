"""Words that a page or a mail broke at the end of a line.

A word torn apart is found by no search, so a broken word loses its hyphen unless the text itself writes it with one:
copies of PDF break far more words than compounds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_HYPHENS = "-\u2010"
_BROKEN = re.compile(rf"(?<![^\W\d_])[^\W\d_]+[{_HYPHENS}][ \t]*\n\s*[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
#: Heads that stand before a hyphen much oftener than they begin a longer word.
_APART = frozenset(["well", "self", "non", "multi", "long", "short", "low", "high", "half", "whole", "post", "cross"])
#: Words that mostly begin a longer one: "under-stand", "with-in".
_BEGIN = re.compile("under|over|with|fore|some|every|hand|book|there|where|counter|inter|trans|super|child|head")
_SHORTEST = 4  # letters of each half of a compound that the paper has as words only


def joined(pieces: Sequence[str], words: frozenset[str]) -> str:
    """The lines of one paragraph as one; `words` are those that the paper uses anywhere (`vocabulary`)."""
    told = pieces[0]
    parts: list[str] = []
    for piece in pieces[1:]:
        if not is_broken(told):
            parts += told, " "
        elif piece[0].islower() and not _is_compound(told, piece, words):
            parts.append(told[:-1])
        else:
            parts.append(told)
        told = piece
    return "".join([*parts, told])


def is_broken(line: str) -> bool:
    """Whether a line ends within a word."""
    return line[-1:] in _HYPHENS and line[-2:-1].isalpha()


def vocabulary(text: str) -> frozenset[str]:
    """The words of a paper, in small letters; compounds as they are written."""
    whole = _BROKEN.sub(" ", text)
    return frozenset(match[0].replace("\u2010", "-").casefold() for match in _WORD.finditer(whole))


def _is_compound(head: str, tail: str, words: frozenset[str]) -> bool:
    """Whether the hyphen at the end of `head` belongs to the word."""
    first = (_WORD.findall(head[:-1]) or [""])[-1].casefold()
    second = (_WORD.findall(tail) or [""])[0].casefold()
    if first + second in words:
        return False
    if f"{first}-{second}" in words or "-" in first or "-" in second:
        return True
    if first in _APART:
        return True
    long = min(len(first), len(second)) >= _SHORTEST
    return long and first in words and second in words and not _BEGIN.fullmatch(first)
