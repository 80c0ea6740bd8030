"""A sentence taken out of a text, with the quotation marks that it stands in.

Putting a reporter's sentence into marks is the worse error: a mark is added only inside a quotation that the text
closes, and never for a stray one.
"""

from __future__ import annotations

from aggregator.neutral import CLOSING, left_open
from aggregator.quote_marks import Passage, passages


def piece(text: str, start: int, end: int) -> str:
    """What stands between two places of a text, with the marks of the quotation around either of them.

    >>> text = "Ida said: “We wrote. We asked twice. Nobody came.” The “Fair Start grew. Heads waited."
    >>> piece(text, 21, 36), piece(text, 73, 86)
    ('“We asked twice.”', 'Heads waited.')
    """
    found = passages(text)
    before, after = _around(text, found, start), _around(text, found, end)
    words = _opened(text, before, start) + text[start:end]
    line_end = text.find("\n", end)
    rest = text[end : after.end if after else line_end if line_end >= 0 else len(text)]
    closing = (CLOSING[mark] for mark in reversed(left_open(words)) if _is_closed(mark, after, text, rest))
    return words + "".join(closing)


def _around(text: str, found: tuple[Passage, ...], place: int) -> Passage | None:
    """The quotation that a place is in; one that ends in a blank took the opening mark of the next for its end."""
    inside = next((one for one in found if one.start <= place <= one.end), None)
    return inside if inside and not text[inside.end - 1].isspace() else None


def _opened(text: str, around: Passage | None, place: int) -> str:
    """The marks that are open at a place inside a quotation."""
    if around is None or place == around.end:
        return ""
    marks = left_open(text[around.start - 1 : place])
    return "".join(mark for mark in marks if _is_closed(mark, around, text, text[place : around.end]))


def _is_closed(mark: str, around: Passage | None, text: str, rest: str) -> bool:
    """Whether an open mark is that of the quotation around it, or a single one that is closed in the rest."""
    if around and text[around.start - 1] == mark:
        return True
    return mark in "‘'" and mark not in left_open(mark + rest)
