"""Damage that lost nothing, left to ftfy, line by line.

ftfy's defaults change sound text (quotes, line breaks, ligatures), so only `fix_encoding` is used.
In a document that lost bytes it may not complete characters either: it reads a space as byte A0 and eats it.
"""

from __future__ import annotations

import difflib
import functools
import re

from parsers import mojibake_grave
from parsers.mojibake_line import BINARY, LONGEST, REPEATED
from parsers.mojibake_steps import Edit

_FTFY_CODECS = (
    "latin-1",
    "cp1252",
    "cp1251",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1257",
    "iso-8859-2",
    "mac-roman",
    "cp437",
)
# Codecs of the lossy route that ftfy knows too.
SHARED = frozenset(["latin-1", "cp1252", "cp1250", "cp1253", "cp1254", "iso-8859-2"])
_LONGEST_DIFF = 400
_NOT_ASCII = re.compile("[^\x00-\x7f]+")


@functools.cache
def _gate() -> re.Pattern[str]:
    """A lead byte of some codec with a non-ASCII character behind it, or à whose second byte became a space."""
    leads = {bytes([lead]).decode(codec, "ignore") for codec in _FTFY_CODECS for lead in range(0xC2, 0xF5)}
    return re.compile(f"[{re.escape(''.join(sorted(leads)))}][^\x00-\x7f]|[ÃĂ√] ?|[\x80-\x9f]")


def suspicious(text: str) -> bool:
    """Whether ftfy is worth asking; sound typographic English never gets here."""
    # Every sign of damage lies within a run of non-ASCII characters, and finding those is ten times faster.
    return any(map(_gate().search, set(_NOT_ASCII.findall(text))))


def fix_line(line: str, lossy: bool) -> list[Edit]:
    """What ftfy would change, as edits; `lossy`: the document lost bytes elsewhere."""
    if len(line) > LONGEST or REPEATED.search(line) or BINARY.search(line):
        return []
    import ftfy  # 50 ms, for this route only

    try:
        if lossy:
            text = ftfy.fix_encoding(
                line, restore_byte_a0=False, replace_lossy_sequences=False, decode_inconsistent_utf8=False
            )
        else:
            text = mojibake_grave.release(ftfy.fix_encoding(mojibake_grave.hold(line)))
    except (UnicodeError, ValueError):
        return []
    if text == line or "\n" in text:
        return []
    return [Edit(a, b, new, "exact", 0.98, (), "all bytes were still there") for a, b, new in changes(line, text)]


def fixed(line: str) -> str:
    """What ftfy makes of a line by itself."""
    import ftfy

    return str(ftfy.fix_encoding(line)) if suspicious(line) else line


def changes(old: str, new: str) -> list[tuple[int, int, str]]:
    """Where two lines differ: start and end in the old one, and the new text; long lines give one change."""
    if (found := _by_runs(old, new)) is not None:
        return found
    if len(old) <= _LONGEST_DIFF:
        match = difflib.SequenceMatcher(None, old, new, autojunk=False)
        return [(a, b, new[c:d]) for tag, a, b, c, d in match.get_opcodes() if tag != "equal"]
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return [(start, len(old) - end, new[start : len(new) - end])]


_RUNS = re.compile(r"([^\x00-\x7f]+)")


def _by_runs(old: str, new: str) -> list[tuple[int, int, str]] | None:
    """The changes where only non-ASCII stretches differ, or None where the ASCII between them does too."""
    before, after = _RUNS.split(old), _RUNS.split(new)
    if before[::2] != after[::2]:
        return None
    found = []
    at = 0
    for one, other in zip(before, after, strict=True):
        if one != other:
            found.append((at, at + len(one), other))
        at += len(one)
    return found
