"""The running heads and feet that the pages of a printed paper leave in its text.

A sentence lost is worse than a running head kept, so a line goes only where it counts the pages.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

LONGEST_HEAD = 100  # characters of a running head or foot
MOST_STEP = 3  # pages from one such line to the next: heads of left and right pages differ, pictures have none
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


def running_heads(lines: Sequence[str]) -> set[int]:
    """The places in `lines` (with their ends) of heads and feet that count the pages.

    A line with a page number beside a form feed, or several lines of the same words whose page numbers rise by the
    pages between: votes and figures rise by more.
    """
    found: set[int] = set()
    groups: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)  # by their words: place, page
    edges = _page_edges(lines)
    written = {line.strip().casefold() for line in lines}  # "… at least 30" may end a line of a sentence
    for index, line in enumerate(lines):
        text = line.strip()
        match = _COUNTED.fullmatch(text) if text and len(text) <= LONGEST_HEAD else None
        if match is None or _NOT_PAGES.search(match["before"] or ""):
            continue
        words = (match["after"] or match["before"]).strip().casefold()
        if index in edges and (match["plain"] is None or words in written):
            found.add(index)
        if match["plain"] is None:
            groups[words].append((index, int(match["first"] or match["last"])))
    counted = {index for seen in groups.values() for index, _ in seen}
    for seen in groups.values():
        steps = [other[1] - one[1] for one, other in pairwise(seen)]
        most = MOST_STEP if len(seen) > 2 else 1
        beside = any({index - 1, index + 1} & counted for index, _ in seen)  # votes stand in rows, heads alone
        if steps and all(1 <= step <= most for step in steps) and not beside:
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
