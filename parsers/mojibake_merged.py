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
_OPEN = re.compile("“")
_CLOSES = re.compile(f"(?<=[\\w.,!?…)\\]*’%]){_GAP}(?![\\w{_GAP}])")
_OPENS = re.compile(f"(?<![\\w{_GAP}]){_GAP}(?=[\\w@#£€$(\\[…])")
_SINGLE = re.compile(f"(?<![\\w{_GAP}]){_GAP}(?=\\w[^{_GAP}“”‘]{{0,200}}?[\\w.,!?…]’(?!\\w))")
_LONGEST = 600  # characters of a quotation
_PROOF = 3  # lines; two happen by chance where emoji were lost at the end of quotations that nothing closes


def merged_quotes(text: str) -> str:
    """The quotes of which only U+FFFD is left in a document, of “, ” and ‘."""
    if _GAP not in text:
        return ""
    lines = [line for line in text.split("\n") if _GAP in line]
    for line in lines:
        status = status_line(None).search(line)
        if status is not None:
            return "".join(quote for quote in _also_lost(status) if quote not in text)
    if "”" in text or "“" not in text:
        return ""
    return "”" if sum(bool(_quotes(line, "”")) for line in lines) >= _PROOF else ""


def _also_lost(status: re.Match[str]) -> str:
    """The quotes that every codec loses that loses just the icons that a status line lost."""
    merged = [raw == _GAP for raw in status.groups()]
    codecs = [codec for codec in CODECS if [_loses(icon, codec) for icon in ICONS] == merged]
    return "".join(quote for quote in "“”‘" if codecs and all(_loses(quote, codec) for codec in codecs))


@functools.cache
def _loses(char: str, codec: str) -> bool:
    return _GAP in damage(char, codec, undefined=_GAP)


def merged_edits(line: str, quotes: str) -> list[Edit]:
    """The icons of a status line and the `quotes` of other lines."""
    status = status_line(None).search(line)
    if status is not None:
        return status_edits(status, None)
    reason = "one end of a quotation, by where it stands"
    return [Edit(at, at + 1, quote, "context", 0.9, (), reason) for at, quote in _quotes(line, quotes)]


def _quotes(line: str, quotes: str) -> list[tuple[int, str]]:
    """Where a gap stands for a quote; one that closes needs one that opens before it."""
    found: dict[int, str] = {}
    if "‘" in quotes and "“" not in quotes:  # else the gap may be either
        found = {match.start(): "‘" for match in _SINGLE.finditer(line)}
    if "”" not in quotes:
        return list(found.items())
    opens = _OPENS if "“" in quotes else _OPEN
    marks = [match.start() for pattern in (opens, _CLOSES) for match in pattern.finditer(line)]
    opened = -1
    for at in sorted(marks):
        if line[at] == "“" or _OPENS.match(line, at):
            opened = at
        elif opened >= 0 and at - opened <= _LONGEST:
            found.update({opened: "“", at: "”"} if line[opened] == _GAP else {at: "”"})
            opened = -1
    return sorted(found.items())
