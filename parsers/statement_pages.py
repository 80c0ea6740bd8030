"""What the pages of a printed paper leave in its text: running heads and feet, and words broken at the line's end.

A sentence lost is worse than a running head kept, so a line goes only where it counts the pages.
A broken word loses its hyphen unless the paper itself writes it with one: PDF copies break far more words than
compounds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

LONGEST_HEAD = 100  # characters of a running head or foot
_HYPHENS = "-\u2010"
_MARK = r"\s*[|·•–—]\s*"
_COUNTED = re.compile(
    rf"(?:page\s+)?(?P<first>\d{{1,3}}){_MARK}(?P<after>\D.+)"
    rf"|(?P<before>\D.+?)(?:{_MARK}(?:page\s+)?|\s+page\s+|(?P<plain>\s+))(?P<last>\d{{1,3}})",
    re.IGNORECASE,
)
#: A number behind these counts statements, not pages.
_NOT_PAGES = re.compile(
    r"\b(?:statements?|positions?|polic(?:y|ies)|parts?|sections?|chapters?|appendix|annex|no\.?)$", re.I
)
_BROKEN = re.compile(rf"(?<![^\W\d_])[^\W\d_]+[{_HYPHENS}][ \t]*\n\s*[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
#: Heads that stand before a hyphen much oftener than they begin a longer word.
_APART = frozenset(["well", "self", "non", "multi", "long", "short", "low", "high", "half", "whole", "post", "cross"])
#: Words that mostly begin a longer one: "under-stand", "with-in".
_BEGIN = re.compile("under|over|with|fore|some|every|hand|book|there|where|counter|inter|trans|super|child|head")
_SHORTEST = 4  # letters of each half of a compound that the paper has as words only


def running_heads(lines: Sequence[str]) -> set[int]:
    """The places in `lines` (with their ends) of heads and feet that count the pages.

    A line with a page number beside a form feed, or several lines of the same words whose page numbers rise.
    """
    found: set[int] = set()
    groups: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)  # by their words: place, page
    edges = _page_edges(lines)
    for index, line in enumerate(lines):
        text = line.strip()
        match = _COUNTED.fullmatch(text) if text and len(text) <= LONGEST_HEAD else None
        if match is None or _NOT_PAGES.search(match["before"] or ""):
            continue
        if index in edges:
            found.add(index)
        if match["plain"] is None:
            words = (match["after"] or match["before"]).strip().casefold()
            groups[words].append((index, int(match["first"] or match["last"])))
    for seen in groups.values():
        rises = all(one[1] < other[1] for one, other in pairwise(seen))
        if len(seen) >= 2 and rises:
            found |= {index for index, _ in seen}
    return found


def _page_edges(lines: Sequence[str]) -> set[int]:
    """The first and the last line with words of every page, where form feeds part the pages."""
    edges: set[int] = set()
    written = [index for index, line in enumerate(lines) if line.strip()]
    for one, other in pairwise(written):
        if any("\x0c" in lines[index] for index in range(one, other)):
            edges |= {one, other}
    return edges


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
