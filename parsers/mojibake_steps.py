"""Steps as data: applied, put one after another, and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from parsers.model import Step, StepKind

_WORST = ("exact", "context", "prior", "unresolved")


class Edit(NamedTuple):
    """A replacement in a line; a `Step` that does not know yet where its line begins."""

    start: int  # characters from the beginning of the line
    end: int
    text: str  # what takes the place
    kind: StepKind
    posterior: float  # 0–1: how sure
    candidates: tuple[str, ...] = ()  # what else it could have been
    reason: str = ""


def apply(line: str, edits: Iterable[Edit]) -> str:
    """The line with its edits made."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += line[at : edit.start], edit.text
        at = edit.end
    return "".join([*parts, line[at:]])


def step(line: str, edit: Edit, offset: int) -> Step:
    """An edit of a line as a step of the whole text, whose characters before the line are `offset`."""
    return Step(
        offset=offset + edit.start,
        raw=line[edit.start : edit.end],
        replacement=edit.text,
        kind=edit.kind,
        posterior=edit.posterior,
        candidates=edit.candidates,
        reason=edit.reason,
    )


def restore(text: str, steps: Iterable[Step]) -> str:
    """The raw text, rebuilt from repaired text and its steps."""
    out: list[str] = []
    at = shift = 0
    for each in steps:
        start = each.offset + shift
        out += text[at:start], each.raw
        at = start + len(each.replacement)
        shift += len(each.replacement) - len(each.raw)
    return "".join([*out, text[at:]])


def compose(first: Sequence[Step], second: Sequence[Step], between: str) -> tuple[Step, ...]:
    """One list of steps for two passes; `between` is the text after the first and before the second.

    Steps that touch the same place become one.
    """
    if not first or not second:
        return tuple(first or second)
    made: list[Step] = []
    shift = 0  # between minus raw, of everything before
    i = j = 0
    while i < len(first) or j < len(second):
        group, start, end, i, j = _group(first, second, i, j, shift)
        if len(group) == 1 and group[0][0] == 1:
            made.append(group[0][1])
        else:
            made.append(_merged(group, between, start, end, shift))
        shift += sum(len(one.replacement) - len(one.raw) for order, one in group if order == 1)
    return tuple(made)


_Group = list[tuple[int, Step]]


def _group(
    first: Sequence[Step], second: Sequence[Step], i: int, j: int, shift: int
) -> tuple[_Group, int, int, int, int]:
    """The next steps that overlap, with their place in the text between the passes."""
    group: _Group = []
    start = end = -1
    while True:
        one = first[i].offset + shift + _gain(group) if i < len(first) else None
        two = second[j].offset if j < len(second) else None
        take_first = one is not None and (two is None or one <= two)
        at = one if take_first else two
        if at is None or (group and at >= end and not (at == end == start)):
            return group, start, end, i, j
        if not group:
            start = end = at
        if take_first:
            group.append((1, first[i]))
            end = max(end, at + len(first[i].replacement))
            i += 1
        else:
            group.append((2, second[j]))
            end = max(end, at + len(second[j].raw))
            j += 1


def _gain(group: _Group) -> int:
    return sum(len(one.replacement) - len(one.raw) for order, one in group if order == 1)


def _merged(group: _Group, between: str, start: int, end: int, shift: int) -> Step:
    """A group as one step."""
    old = [one for order, one in group if order == 1]
    new = [one for order, one in group if order == 2]
    raw = restore(between[start:end], [_moved(one, one.offset + shift - start) for one in old])
    edits = [Edit(one.offset - start, one.offset - start + len(one.raw), one.replacement, "exact", 1.0) for one in new]
    worst = max((one for _, one in group), key=lambda one: _WORST.index(one.kind))
    posterior = min(one.posterior for _, one in group)
    return Step(
        offset=start - shift,
        raw=raw,
        replacement=apply(between[start:end], edits),
        kind=worst.kind,
        posterior=posterior,
        candidates=worst.candidates,
        reason=new[-1].reason if new else worst.reason,
    )


def _moved(one: Step, offset: int) -> Step:
    return Step(offset=offset, raw=one.raw, replacement=one.replacement, kind=one.kind)
