"""A line read under one codec: which of its characters are damaged places, and which the codec cannot explain.

Reading a sound letter as damage is the worse error, so a whole â or ð within a word is taken for a letter.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from parsers.mojibake_channel import decode_exact
from parsers.mojibake_letters import extended, tongue
from parsers.mojibake_tables import Entry, Table, symbols

# A word may end at the next damaged place, whose remains can be letters; but Γ, Ã and Ă begin a letter of the word.
CONTRACTION = re.compile(r"(?:s|t|re|ve|ll|d|m)(?![A-Za-z0-9ΓÃĂ])", re.IGNORECASE)


class Token(NamedTuple):
    """One damaged place of a line."""

    start: int
    end: int
    entry: Entry


class Reading(NamedTuple):
    """A line read under one codec."""

    tokens: tuple[Token, ...]
    stray: int  # characters that the codec shows but that fit no place
    foreign: int  # characters that the codec cannot have shown
    clashes: int  # of these, those that should be part of the place before them


_C1 = re.compile("[\x80-\x9f]")
# Scripts and symbols in use; á´´ would else be a small capital, Õ… an Armenian letter.
_COMMON = re.compile(
    "[\u00a0-\u024f\u0300-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u11ff\u1e00-\u1fff"
    "\u2000-\u2bff\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\ufb00-\ufb06\ufe00-\ufe0f\uff00-\uffef\ufeff"
    "\U0001f000-\U0001faff]"
)


def _is_common(symbol: str, second: str) -> bool:
    """Whether a symbol with all its bytes is believable; ×” is no Hebrew letter."""
    return symbol in symbols() or (second not in _NEUTRAL and _COMMON.match(symbol) is not None)


@functools.lru_cache(maxsize=4096)
def _exactly(symbol: str) -> Entry:
    # Letters of other scripts may well be what was written; symbols nobody types are a sign of the wrong codec.
    weight = symbols().get(symbol, 1.5 if symbol.isalpha() else 0.1)
    return Entry(symbols=(symbol,), shares=(1.0,), weight=weight, hidden=False)


def _crowded(run: str, start: int, end: int) -> bool:
    """A rare flag among other emoji is more probably two more of them."""
    lead = run[start]
    return run[end : end + 1] == lead or lead in run[max(0, start - 4) : start]


_SERIES = 12  # pairs that are looked at


def _flags_end(run: str, at: int, table: Table) -> int:
    """Where a series of at least two flags ends that starts here; emoji that read so by chance seldom do twice."""
    seen: list[str] = []
    while len(seen) < _SERIES:
        pair = run[at : at + 4]
        entry = table.forms.get(pair)
        if not _is_flag(entry):
            break
        seen.append(pair)
        at += 4
    else:
        return at
    one_more = run[at : at + 1] == run[at - 4 : at - 3] and run[at + 1 : at + 2] > "\xa5"
    return 0 if len(set(seen)) < 2 or one_more else at


def _is_flag(entry: Entry | None) -> bool:
    return entry is not None and len(entry.symbols[0]) == 2 and "\U0001f1e6" <= entry.symbols[0][0] <= "\U0001f1ff"


@functools.lru_cache(maxsize=8192)
def _split(run: str, table: Table) -> tuple[tuple[int, int, Entry | None], ...]:
    """One non-ASCII stretch as known forms, longest first; None marks a character that fits none."""
    found: list[tuple[int, int, Entry | None]] = []
    forms, reach, at, size = table.forms, table.reach, 0, len(run)
    flags = 0  # where a series of flags ends
    while at < size:
        char = run[at]
        entry, end = None, at + 1
        if char in table.leads:
            for stop in range(min(size, at + reach.get(run[at : at + 2], 1)), at, -1):
                entry = forms.get(run[at:stop])
                if at >= flags and stop - at == 4 and _is_flag(entry):
                    flags = _flags_end(run, at, table)
                if entry is not None and not (entry.flag and at >= flags and _crowded(run, at, stop)):
                    end = stop
                    break
                entry = None
        exact = decode_exact(run[at : at + 4], table.codec)
        if exact is not None:
            stop = at + len(exact.encode())
            if (entry is None or stop > end) and (_is_common(exact, run[at + 1]) or _C1.search(run, at, stop)):
                entry, end = _exactly(exact), stop
        found.append((at, end, entry))
        at = end
    return tuple(found)


# At home in any text, so they speak for no codec and against none; an earlier ftfy may have put them there.
_NEUTRAL = frozenset("’‘“”–—…• \ufffd\u00a0†")


def read(line: str, table: Table) -> Reading:
    """Every damaged place of a line under one codec; linear in its length."""
    return _remembered(line, table) if len(line) <= 500 else _read(line, table)


@functools.lru_cache(maxsize=1024)
def _remembered(line: str, table: Table) -> Reading:
    return _read(line, table)


def _read(line: str, table: Table) -> Reading:
    tokens: list[Token] = []
    stray = foreign = clashes = 0
    repertoire = table.repertoire
    for match in table.run.finditer(line):
        run, start = match[0], match.start()
        # A memory for short runs only: a long one is rare and would be kept for nothing.
        pieces = _split(run, table) if len(run) <= 24 else _split.__wrapped__(run, table)
        lossy = False  # what stands before has lost bytes
        for at, end, entry in pieces:
            clash, lossy = lossy, entry is not None and entry.hidden
            if entry is None and run[at] in table.hollow:
                entry = _hollow(line, start + at, table)
            if entry is not None and run[at:end] == table.quote and _is_letter(line, start + at, entry):
                lossy = False
            elif entry is not None and end == at + 1 and _is_eth(line, start + at):
                stray += 1
            elif entry is not None:
                tokens.append(Token(start + at, start + end, entry))
            elif clash and run[at] != "\ufffd" and run[at] > "\x9f":
                stray += 1
                clashes += 1
            elif run[at] in _NEUTRAL and (not at or run[at - 1] in _NEUTRAL):
                continue
            elif run[at] in repertoire:
                stray += 1
            else:
                foreign += 1
    return Reading(tuple(tokens), stray, foreign, clashes)


def _hollow(line: str, at: int, table: Table) -> Entry | None:
    """A lead that is a letter itself in most codecs, where only what is left of another letter can stand."""
    byte = table.hollow[line[at]]
    before, after = line[max(0, at - 3) : at], line[at + 1 : at + 4]
    if byte == 0xE3:
        return _KATAKANA if before == "\\_(" and after == ")_/" else None
    letter = extended(byte, before, after, tongue(line) if byte == 0xCC else "")
    return _letter_entry(letter) if letter else None


@functools.lru_cache(maxsize=32)
def _letter_entry(letter: str) -> Entry:
    # Little weight: such a letter proves nothing about the codec.
    return Entry(symbols=(letter,), shares=(0.87,), weight=0.5)


_KATAKANA = _letter_entry("ツ")


def _is_letter(line: str, at: int, entry: Entry) -> bool:
    """A whole â inside a word: in a codec that would show more of an apostrophe, or where English has none (Bâle)."""
    before, after = line[max(0, at - 12) : at], line[at + 1 : at + 13]
    if not after[:1].isalpha():
        return False
    if not before[-1:].isalpha():
        return line[at] == "â" and _BEGINS.match(after) is not None
    if "’" not in entry.symbols[:3]:
        return True
    return line[at] == "â" and after[0].islower() and _is_whole_word(before, after)


def _is_whole_word(before: str, after: str) -> bool:
    """Whether â stands between what are no words by themselves: château, România, câmera."""
    if CONTRACTION.match(after):
        return False
    if _ONE_LETTER.search(before):
        return True
    left, right = _LAST_LETTERS.search(before), _FIRST_LETTERS.match(after)
    if left is None or right is None or _CLIPPED.fullmatch(f"{left[0]}’{right[0]}"):
        return False
    if len(left[0]) == 1 and right[0][0] in "aeiouyh":
        return False  # l’autre
    if before[: left.start()][-1:] == "â" or after[right.end() :][:1] == "â":
        return False  # rock’n’roll
    if _ONSET.search(before) or not _VOWEL.search(right[0]):
        return True
    return (len(right[0]) < 4 and not _SHORT_WORDS.fullmatch(right[0])) or _INNER.match(right[0]) is not None


# One letter before a small one, where neither an English nor a French apostrophe can stand.
_ONE_LETTER = re.compile(r"(?:\A|[^A-Za-z])[ABEFGHIPRVWXZabefghikpruvwxz]\Z")
_LAST_LETTERS = re.compile(r"[A-Za-z]+\Z")
_FIRST_LETTERS = re.compile("[A-Za-z]+")
_VOWEL = re.compile("[aeiouy]", re.IGNORECASE)
_ONSET = re.compile("(?<![A-Za-z])(?:[b-df-hj-np-tv-xz]|[Cc]h|[Tt]h|[Pp]h|[bcdfgptv][lr]|sch|thr|qu)\\Z")
_CLIPPED = re.compile("c’mon|s’pose|y’know|d’ya|m’lud|m’lady|t’was|t’is|t’other|p’raps|b’day|g’day", re.IGNORECASE)
# Beginnings and inner parts of words with â in French, Portuguese and Romanian.
_BEGINS = re.compile("(?:ges?|pres?|nes|ngulos?|mbitos?|nimos?|ncoras?|nsias?)(?![A-Za-z])")
_INNER = re.compile("teau|telet|tell?ain|tiss|nci|ntic|ncer|mara|mera|mica|nico|nea|neo|nd(?:u|ul)?$|ine(?:le)?$")
_SHORT_WORDS = re.compile(
    "a|i|an|as|at|be|by|do|go|he|hi|if|in|is|it|me|my|no|of|oh|ok|on|or|so|to|up|us|we|and|any|all|are|but|can|did|for|"
    "get|got|had|has|her|him|his|how|its|let|may|new|nor|not|now|off|old|one|our|out|own|put|say|see|set|she|ten|the|"
    "too|two|use|via|was|way|who|why|yes|yet|you|big|bad|end|far|few|god|lot|man|men|try|six"
)


def _is_eth(line: str, at: int) -> bool:
    """A whole ð inside a word: nobody writes an emoji there."""
    return line[at] == "ð" and _IN_WORD.match(line, at - 1) is not None


_IN_WORD = re.compile("[a-z]ð[a-z]")
