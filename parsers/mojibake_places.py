"""Damaged places that their remains alone do not show, and lines that only look damaged.

Leaving a line raw is better than spoiling a sound one, so doubt speaks for the line.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from parsers.mojibake_channel import byte_chars, damage, decode_exact
from parsers.mojibake_context import readings
from parsers.mojibake_evidence import token_points
from parsers.mojibake_letters import tongue
from parsers.mojibake_reading import Reading, Token
from parsers.mojibake_tables import Entry, Table, symbols

_LONGEST_ROW = 12  # quotes and dashes without anything between them


@functools.lru_cache(maxsize=1024)
def artefact(char: str, table: Table, glued: bool = False) -> Entry | None:
    """What an earlier ftfy took together with the space behind it, if `char` is such a thing.

    ftfy reads a space as byte A0 where that completes a character: β¬ and a space became ⬠.
    An emoji that people type is such a thing only where a word is `glued` to it.
    """
    # ftfy takes ISO-8859-15 for Windows-1252.
    for codec in ("cp1252", table.codec) if table.codec == "iso-8859-15" else (table.codec,):
        whole = damage(char, codec)
        entry = table.forms.get(whole[:-1]) if whole.endswith("\xa0") else None
        if entry is not None and entry.hidden and is_whole(char, codec):
            break
    else:
        return None
    if char == "†" or (glued and char > "\uffff"):
        if not table.eats_quotes:
            return None
    elif symbols().get(char, 0.0) > 0.1:
        return None
    return entry


@functools.lru_cache(maxsize=1024)
def is_whole(char: str, codec: str) -> bool:
    """Whether the damage leaves all bytes of a character to be seen, so that an earlier ftfy has put it back."""
    remains = damage(char, codec)
    return not _C1.search(remains) and decode_exact(remains, codec) == char


_C1 = re.compile("[\x80-\x9f]")


def left_by_ftfy(line: str, reading: Reading, table: Table) -> bool:
    """Whether damaged places are beyond doubt, and all that contradicts them is what an earlier ftfy has put back."""
    taken = {at for token in reading.tokens for at in range(token.start, token.end)}
    if any(token.end not in taken and line[token.end : token.end + 1] in table.repertoire for token in reading.tokens):
        return False
    if not all(at.start() in taken or is_whole(at[0], table.codec) for at in _BEYOND.finditer(line)):
        return False
    gained = [
        1.5 if _is_odd(line, token, table) else points
        for token, points in zip(reading.tokens, token_points(line, reading, table), strict=True)
    ]
    return max(gained) >= 0.8 and sum(gained) >= 0.25 * len(gained)


def _is_odd(line: str, token: Token, table: Table) -> bool:
    """A place that no sound text has: a space eaten by ftfy, a capital within a word, an elision before a vowel."""
    lead = line[token.start]
    if lead not in table.leads:
        return True
    before, after = line[max(0, token.start - 3) : token.start], line[token.end : token.end + 1]
    if token.end - token.start > 1:
        return False
    if lead in "ÃÂĂ":
        return before[-1:].islower()
    return lead == table.quote and after in _VOWELS and _ELIDING.search(before) is not None


_ELIDING = re.compile("(?<![A-Za-z])(?:[cdjlmnstCDJLMNST]|[Qq]u)\\Z")
_VOWELS = frozenset("aeouyhéèêAEOUYHÉ")


_BEYOND = re.compile("[^\x00-\x7f’‘“”–—…•\u00a0\ufffd]")


def with_artefacts(line: str, reading: Reading, table: Table) -> Reading:
    known, stray, foreign, clashes = reading
    if not foreign and not stray and "†" not in line:
        return reading
    tokens = list(known)
    taken = {at for token in tokens for at in range(token.start, token.end)}
    for match in re.finditer(r"[^\x00-\xff]", line):
        at = match.start()
        if at in taken or match[0] in table.leads:
            continue
        if match[0] == "†" and (not at or line[at - 1].isspace()):
            continue
        if not line[at + 1 : at + 2].strip() and not (match[0] == "†" and _is_open(line, at)):
            continue
        entry = artefact(match[0], table, _GLUED.match(line, at + 1) is not None)
        if entry is not None:
            tokens.append(Token(at, at + 1, entry))
            if match[0] != "†":
                foreign -= match[0] not in table.repertoire
                stray -= match[0] in table.repertoire
    return Reading(tuple(sorted(tokens, key=lambda token: token.start)), stray, foreign, clashes)


_GLUED = re.compile("[A-Za-z0-9#@(“‘]")


def _is_open(line: str, at: int) -> bool:
    """Whether a quotation stands open."""
    start = max(0, at - 300)
    return line.rfind("“", start, at) > line.rfind("”", start, at)


_NBSP = Entry(symbols=("\u00a0",), shares=(1.0,))
_A_GRAVE = Entry(symbols=("à",), shares=(1.0,))
_NOTHING = Entry(symbols=("",), shares=(1.0,))


def with_spaces(line: str, tokens: Sequence[Token], table: Table) -> list[Token]:
    """Places whose last byte A0 is now a space, and single C2 bytes left over from an outer layer."""
    shown = byte_chars(table.codec)
    found: list[Token] = []
    previous = -1
    for token in tokens:
        start, end, entry = token
        if end - start == 1:
            if _in_capitals(line, start, end):
                continue
            follows = line[end : end + 1]
            if line[start] == shown[0xC2]:
                if follows == " ":
                    end, entry = end + 1, _NBSP
                else:
                    entry = _NOTHING if previous == start else _NBSP
            elif line[start] == shown[0xC3] and follows == " " and _is_grave(line, start, end + 1):
                end, entry = end + 1, _A_GRAVE
        found.append(Token(start, end, entry))
        previous = end
    return found


def _in_capitals(line: str, start: int, end: int) -> bool:
    """A whole Ã between capitals, as in the Portuguese NÃO: nothing is lost there."""
    return line[start] == "Ã" and line[end : end + 1] in ("O", "E") and line[start - 1 : start].isupper()


def _is_grave(line: str, start: int, at: int) -> bool:
    """Whether the blank before `at` is the last byte of à: another blank follows, or the plural of às."""
    if line[at : at + 1] in _AFTER_A:
        return True
    alone = not line[start - 1 : start].isalpha()
    return alone and line[at : at + 1] == "s" and not line[at + 1 : at + 2].isalnum() and tongue(line) == "pt"


_AFTER_A = frozenset(["", " ", ",", ".", ";", ":", "!", "?", ")"])


def is_noise(tokens: Sequence[Token]) -> bool:
    """Whether quotes or dashes stand in a row as they never do in text."""
    row, previous = 0, -1
    for token in tokens:
        row = row + 1 if token.start == previous and readings(token.entry) else 0
        if row > _LONGEST_ROW:
            return True
        previous = token.end
    return False


def is_sound(line: str, reading: Reading, table: Table) -> bool:
    """Whether the line holds typographic characters that the codec cannot show, and else only lone letters.

    The damage would have taken those characters too.
    """
    if any(token.end - token.start > 1 or line[token.start] not in table.leads for token in reading.tokens):
        return False
    return any(char not in table.repertoire for char in _TYPOGRAPHIC.findall(line)) and not _CONTRACTED.search(line)


_TYPOGRAPHIC = re.compile("[“”‘’—–…•]")
_CONTRACTED = re.compile(r"[A-Za-z][^\x00-\x7f‘’](?:s|t|re|ve|ll|d|m)\b")
