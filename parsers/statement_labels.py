"""Section headings in words that nobody foresaw: the lines that a paper says again in every statement.

A false heading tears statements apart, so a line counts only where the paper as a whole uses it as one: it is short,
it stands again and again in the same order with the others, and there are hardly more kinds than a statement has
sections.
Its role is its place: what takes the stance is the position, context stands before it, the rationale behind; a label
whose place has its role already ("Next steps" behind the rationale) heads a part of the section above it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from parsers.model import Record
from parsers.statement_words import is_normative

Role = Literal["context", "position", "rationale"]

LONGEST = 60  # characters of a label
_FEWEST = 2  # times
_MOST = 5  # kinds: those beyond the roles ("Next steps") stay text of the section above
_NEARLY = 0.8  # of the transitions from label to label that must keep the order
_MARK = re.compile(r"(?:•|\(?(?:\d{1,3}|[a-z]|[ivx]{2,5})[.)])\s+")
_NO_LABEL = re.compile(r"[.,;”]$|\d|:.")  # a sentence, a date, "Status: current"
_EDGES = " :?.–—-"
_ROLES: tuple[Role, ...] = ("context", "position", "rationale")


class Line(Record, frozen=True, kw_only=True):
    """A block as far as labels go."""

    text: str
    role: Role | None = None  # known by its wording


def roles(lines: Sequence[Line]) -> dict[int, Role]:
    """The roles of the lines that are headings by their place, by index; empty where the paper has none."""
    names = [_name(line) for line in lines]
    count = Counter(name for name in names if name)
    kinds = [name for name in count if name in _ROLES or count[name] >= _FEWEST]
    most = max((count[name] for name in kinds), default=0)
    kinds = [name for name in kinds if count[name] >= max(_FEWEST, _NEARLY * most)]
    if not 2 <= len(kinds) <= _MOST:
        return {}
    order = {name: place for place, name in enumerate(kinds)}  # by first appearance
    placed = [(index, name) for index, name in enumerate(names) if name in order]
    if all(lines[index].role for index, _ in placed) or not _have_text(lines, placed):
        return {}
    if not _in_turn([order[name] for _, name in placed], len(kinds)):
        return {}
    known = _assigned(kinds, _stances(lines, placed))
    return {index: known[name] for index, name in placed if name in known and lines[index].role is None}


def _name(line: Line) -> str | None:
    """What the label is called: its role where the wording is known, else its words; None for text."""
    if line.role:
        return line.role
    plain = _MARK.sub("", line.text, count=1)
    if len(plain) > LONGEST or not plain[:1].isupper() or _NO_LABEL.search(plain):
        return None
    return plain.strip(_EDGES).casefold() or None


def _in_turn(places: Sequence[int], kinds: int) -> bool:
    """Whether the labels follow each other in one order, with text between any two."""
    right = sum(two == (one + 1) % kinds for one, two in pairwise(places))
    return right >= _NEARLY * (len(places) - 1)


def _have_text(lines: Sequence[Line], placed: Sequence[tuple[int, str]]) -> bool:
    """Whether the lines of unknown wording stand above text, as headings do and "Agreed in May" does not."""
    labels = {index for index, _ in placed}
    unknown = [index for index in labels if lines[index].role is None]
    headed = sum(index + 1 < len(lines) and index + 1 not in labels for index in unknown)
    return headed >= _NEARLY * len(unknown)


def _stances(lines: Sequence[Line], placed: Sequence[tuple[int, str]]) -> dict[str, float]:
    """Of each label the share of its sections that begin by saying what should be."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for index, name in placed:
        text = lines[index + 1].text if index + 1 < len(lines) else ""
        found[name].append(is_normative(text[:300]))
    return {name: sum(said) / len(said) for name, said in found.items()}


def _assigned(kinds: Sequence[str], stances: dict[str, float]) -> dict[str, Role]:
    """The role of each label; empty where none takes a stance."""
    position = next((name for name in kinds if name == "position"), None)
    if position is None:
        position = max((name for name in kinds if name not in _ROLES), key=lambda name: stances[name])
        if stances[position] <= 0.5:
            return {}
    known: dict[str, Role] = {name: name for name in kinds if name in _ROLES}
    known[position] = "position"
    free: list[Role] = [role for role in ("context", "rationale") if role not in known.values()]
    place = kinds.index(position)
    for name in kinds:
        wanted: Role = "context" if kinds.index(name) < place else "rationale"
        if name not in known and wanted in free:
            free.remove(wanted)
            known[name] = wanted
    return known
