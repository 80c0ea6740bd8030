"""One line of a damaged document: every damaged place gets its replacement, or says why not.

A line that contradicts the damage, or that does not come back when it is damaged again, is left as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from parsers.model import Style
from parsers.mojibake_channel import damage
from parsers.mojibake_choice import choose
from parsers.mojibake_context import places, readings
from parsers.mojibake_evidence import line_points
from parsers.mojibake_flags import with_flags
from parsers.mojibake_picks import UNRESOLVED, is_plain, pick, quote
from parsers.mojibake_places import is_noise, is_sound, left_by_ftfy, with_artefacts, with_spaces
from parsers.mojibake_reading import Token, read
from parsers.mojibake_status import status_edits, status_line
from parsers.mojibake_steps import Edit
from parsers.mojibake_tables import Table

# A "line" beyond this is not text, and its steps would fill the memory.
LONGEST = 1_000_000
_REMEMBERED = 500
REPEATED = re.compile(r"([^\x00-\x7f])\1{500}")
# Control characters that no text has: what holds them is no text either.
BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def repair_line(line: str, table: Table, style: Style | None) -> Sequence[Edit] | None:
    """The edits of a line in a document that is known to be damaged; None: leave it as it is and say so."""
    if len(line) <= _REMEMBERED:
        return _remembered(line, table, style)
    return None if len(line) > LONGEST or REPEATED.search(line) else _repaired(line, table, style)


@functools.lru_cache(maxsize=1024)
def _remembered(line: str, table: Table, style: Style | None) -> tuple[Edit, ...] | None:
    """The diagnosis has asked for most lines before."""
    edits = _repaired(line, table, style)
    return None if edits is None else tuple(edits)


def _repaired(line: str, table: Table, style: Style | None) -> list[Edit] | None:
    if BINARY.search(line):
        return None
    status = status_line(table.codec).search(line)
    if status is not None:
        return status_edits(status, table.codec)
    reading = read(line, table)
    reading = with_artefacts(line, reading, table)
    if not reading.tokens:
        return []
    points = line_points(line, reading, table)
    if points < (3.0 if reading.clashes else 0.0) and not left_by_ftfy(line, reading, table):
        return None
    if is_sound(line, reading, table) or is_noise(reading.tokens):
        return None
    tokens = with_flags(line, with_spaces(line, reading.tokens, table), table)
    edits = _edits(line, tokens, table, style)
    return edits if all(_fits(line, edit, table.codec) for edit in edits) else None


def _edits(line: str, tokens: list[Token], table: Table, style: Style | None) -> list[Edit]:
    chosen = iter(choose(places(line, tokens), style))
    edits = []
    for index, token in enumerate(tokens):
        made = quote(token.entry, *next(chosen)) if readings(token.entry) else pick(line, tokens, index, table)
        text = made.text
        if token.end - token.start == 1 and line[token.start] > "\xff" and not is_plain(line, token, table):
            text += " "  # an earlier ftfy took it
        edits.append(Edit(token.start, token.end, text, *made[1:]))
    return edits


_INVISIBLE = dict.fromkeys([*range(0x80, 0xA1), 0xAD, 0xFFFD, 0x20])


def _fits(line: str, edit: Edit, codec: str) -> bool:
    """Damaging the replacement again gives what stood there (a gap: its likeliest candidate)."""
    if not edit.text:
        return True
    symbol = edit.candidates[0] if UNRESOLVED in edit.text and edit.candidates else edit.text
    raw = line[edit.start : edit.end]
    again = damage(symbol, codec).translate(_INVISIBLE)
    return again == raw.translate(_INVISIBLE) or again == damage(raw, codec).translate(_INVISIBLE)
