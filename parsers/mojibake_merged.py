"""What an earlier ftfy merged: it made one U+FFFD of all that was left of a character.

Writing a quote where an emoji stood is worse than leaving the gap, so quotes come back only in a document
that shows none of them and in which the icons of a status line, or several gaps in their place, prove the loss.

Observation: a codec with undefined bytes showed these as U+FFFD, and ftfy repaired the rest.
The text looks sound but for its gaps, so nothing speaks for a codec any more.
A status line proves itself, and the icons that it lost tell which codec it was, and so which quotes are lost too.
"""

from __future__ import annotations

import functools
import re
from typing import Literal

from parsers.mojibake_channel import CODECS, damage
from parsers.mojibake_status import ICONS, status_edits, status_line
from parsers.mojibake_steps import Edit

_GAP: Literal["\ufffd"] = "\ufffd"
# Glued to the end of a word or sentence, and no second gap beside it: emoji come in rows.
_CLOSES = re.compile(f"(?<=[\\w.,!?…)\\]*’%]){_GAP}(?![\\w{_GAP}])")
_OPENS = re.compile(f"(?<![\\w{_GAP}]){_GAP}(?=[\\w@#£€$(\\[…])")
_LONGEST = 600  # characters of a quotation
_PROOF = 3  # lines; two happen by chance where emoji were lost at the end of quotations that nothing closes


def merged_quotes(text: str) -> str:
    """The quotes of which only U+FFFD is left in a document: none, ” or both “ and ”."""
    if _GAP not in text or "”" in text:
        return ""
    lines = [line for line in text.split("\n") if _GAP in line]
    for line in lines:
        status = status_line(None).search(line)
        if status is not None:
            return "".join(quote for quote in _also_lost(status) if quote not in text)
    return "”" if "“" in text and sum(bool(_quotes(line, "”")) for line in lines) >= _PROOF else ""


def _also_lost(status: re.Match[str]) -> str:
    """The quotes that every codec loses that loses just the icons that a status line lost."""
    merged = [raw == _GAP for raw in status.groups()]
    codecs = [codec for codec in CODECS if [_loses(icon, codec) for icon in ICONS] == merged]
    return "".join(quote for quote in "“”" if codecs and all(_loses(quote, codec) for codec in codecs))


@functools.cache
def _loses(char: str, codec: str) -> bool:
    return _GAP in damage(char, codec, undefined=_GAP)


def merged_edits(line: str, quotes: str) -> list[Edit]:
    """The icons of a status line and the `quotes` of other lines."""
    status = status_line(None).search(line)
    if status is not None:
        return status_edits(status, None)
    reason = "a quotation that nothing else closes" if quotes == "”" else "a quotation that opens and closes"
    return [Edit(at, at + 1, quote, "context", 0.9, (), reason) for at, quote in _quotes(line, quotes)]


def _quotes(line: str, quotes: str) -> list[tuple[int, str]]:
    """Where a gap stands for a quote; one that closes needs one that opens before it."""
    if not quotes:
        return []
    marks = [(match.start(), "”") for match in _CLOSES.finditer(line)]
    if "“" in quotes:
        marks += [(match.start(), "“") for match in _OPENS.finditer(line)]
    else:
        marks += [(match.start(), "") for match in re.finditer("“", line)]
    found: list[tuple[int, str]] = []
    opened: tuple[int, str] | None = None
    for at, mark in sorted(marks):
        if mark != "”":
            opened = (at, mark)
        elif opened is not None and at - opened[0] <= _LONGEST:
            found += [one for one in (opened, (at, mark)) if one[1]]
            opened = None
    return found
