"""The steps of a repair as a table for people: where, what stood there, what stands now, how sure, and why.

Columns are padded by what a terminal shows, not by code points: an emoji is two cells wide, a joiner none.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from aggregator.units import half_up
from parsers.model import Post, Step
from parsers.mojibake import Repair

_HEAD = ("line", "place", "raw", "now", "kind", "sure", "why")
_RIGHT = frozenset(["line", "place", "sure"])
#: Candidates named for a place that stays a gap; the record has more.
_CANDIDATES = 5
#: Longest raw or new text in a cell.
_CELL = 24
_NAMED = {" ": "␠", "\u00a0": "‹no-break space›", "\u200d": "‹joiner›", "\ufe0f": "‹emoji style›", "\ufffd": "�"}


def repair_lines(post: Post) -> Iterator[str]:
    """The receipt of a post's repair and the table of its steps, or nothing."""
    if post.steps:
        yield Repair(text=post.text, steps=post.steps).receipt
        yield from step_lines(post.steps, post.text_raw)


def step_lines(steps: Iterable[Step], text: str | None = None) -> Iterator[str]:
    """A header and one line a step, or nothing without steps.

    `text` is the raw text: with it places are line and character (1 is the first), without it characters of the text.
    """
    starts = _starts(text) if text is not None else [0]
    rows = [_row(step, starts) for step in steps]
    if not rows:
        return
    shown = [at for at, name in enumerate(_HEAD) if text is not None or name != "line"]
    widths = [max(_width(row[at]) for row in (_HEAD, *rows)) for at in range(len(_HEAD))]
    for row in (_HEAD, *rows):
        yield "  ".join(_padded(row[at], widths[at], _HEAD[at] in _RIGHT) for at in shown).rstrip()


def _starts(text: str) -> list[int]:
    starts = [0]
    while (found := text.find("\n", starts[-1])) >= 0:
        starts.append(found + 1)
    return starts


def _row(step: Step, starts: list[int]) -> tuple[str, ...]:
    line = bisect_right(starts, step.offset)
    place = step.offset - starts[line - 1] + 1
    lost = step.kind == "unresolved"
    now = "(lost)" if lost else _visible(step.replacement) if step.replacement else "(nothing)"
    sure = "" if lost else f"{half_up(100 * step.posterior)}%"
    return str(line), str(place), _visible(step.raw), now, step.kind, sure, _why(step)


def _why(step: Step) -> str:
    reason = step.reason or "no reason was kept"
    if not step.candidates or step.kind == "exact":
        return reason
    named = " ".join(_visible(each) for each in step.candidates[:_CANDIDATES])
    return f"{reason}; {'perhaps' if step.kind == 'unresolved' else 'weighed:'} {named}"


def _visible(text: str) -> str:
    """Invisible characters named, the rest as it is; emoji sequences stay whole."""
    if len(text) == 1:
        shown = _NAMED.get(text) or _code(text)
    else:
        shown = "".join(_NAMED[char] if char in " \u00a0" else _code(char) for char in text)
    return shown if len(shown) <= _CELL else shown[: _CELL - 1] + "…"


def _code(char: str) -> str:
    """Controls and formatting by their number; joiner and style within a sequence belong to it."""
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs") and char != "\u200d"
    return f"‹U+{ord(char):04X}›" if hidden else char


def _padded(cell: str, width: int, right: bool) -> str:
    blank = " " * (width - _width(cell))
    return blank + cell if right else cell + blank


def _width(text: str) -> int:
    """Cells of a terminal."""
    cells = 0
    joined = False
    for before, char in zip(" " + text, text, strict=False):
        if char == "\ufe0f" and unicodedata.east_asian_width(before) not in "WF":
            cells += 1  # shown as an emoji, so twice as wide
        if unicodedata.category(char) in ("Mn", "Me", "Cf") or "🏻" <= char <= "🏿":
            joined = char == "\u200d"
        elif joined:
            joined = False
        else:
            cells += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return cells
