"""Flags one of whose letters lost all its bytes, proved by the country's name or by the flags beside them.

Two other emoji leave the same remains, and inventing a flag is worse than a gap, so bytes alone are not enough.
In ISO-8859-7 the regional letter I is lost, and everywhere H where only printable characters were kept.
"""

from __future__ import annotations

import functools
import re

from parsers.mojibake_channel import byte_chars
from parsers.mojibake_emoji import FLAGS
from parsers.mojibake_reading import Token
from parsers.mojibake_tables import Entry, Table

# How the text names a country whose flag holds an I or an H: beginnings of words.
_NAMES = {
    "IE": "ireland|irish|éire|dublin",
    "IT": "ital|rome\\b|milan",
    "IN": "india|hindi|delhi|mumbai|bharat",
    "IL": "israel|tel aviv|jerusalem",
    "IR": "iran|tehran|persia",
    "IS": "iceland|reykjav",
    "ID": "indonesia|jakarta",
    "IQ": "iraq|baghdad",
    "FI": "finland|finnish|finns|suomi|helsinki",
    "SI": "sloven|ljubljana",
    "NI": "nicaragua",
    "CI": "ivory coast|ivoir",
    "GI": "gibraltar",
    "CH": "swiss|switzerland|schweiz|suisse|zurich|geneva|basel",
    "HU": "hungar|budapest",
    "HR": "croat|hrvat|zagreb",
    "HK": "hong kong|hongkong|hk\\b",
    "HT": "haiti|haïti",
    "HN": "hondur",
    "TH": "thai|bangkok",
    "PH": "philippin|filipin|pinoy|manila",
    "GH": "ghana",
    "BH": "bahrain",
}
_REGIONS = frozenset(FLAGS.split())
_NAMED, _BESIDE = 0.95, 0.87


@functools.cache
def _name(region: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z])(?:{_NAMES[region]})", re.IGNORECASE)


@functools.cache
def _letters(codec: str) -> dict[str, str]:
    """The regional letter behind each last byte that is still to be seen."""
    shown = byte_chars(codec)
    return {shown[0xA6 + n]: chr(65 + n) for n in range(26) if shown[0xA6 + n] not in ("", "\xad")}


def with_flags(line: str, tokens: list[Token], table: Table) -> list[Token]:
    """Two places that are one flag, put together."""
    lead = byte_chars(table.codec)[0xF0]
    if line.count(lead) < 2:
        return tokens
    made: list[Token] = []
    for token in tokens:
        entry = _flag(line, made, token, lead, table) if made and line[token.start] == lead else None
        made.append(Token(made.pop().start, token.end, entry) if entry else token)
    return made


def _flag(line: str, before: list[Token], token: Token, lead: str, table: Table) -> Entry | None:
    first = before[-1]
    if first.end != token.start or line[first.start] != lead:
        return None
    known = _letters(table.codec)
    raws = [line[one.start + 1 : one.end].strip("\ufffd") for one in (first, token)]
    letters = [known.get(raw, "") for raw in raws]
    if "".join(raws) not in known or all(letters):
        return None  # exactly one of the two letters is still there
    for lost in "I" if "\xae" not in table.repertoire else "H":
        region = "".join(letter or lost for letter in letters)
        if region not in _REGIONS:
            continue
        flag = "".join(chr(0x1F1E6 - 65 + ord(letter)) for letter in region)
        if region in _NAMES and _name(region).search(line, 0, 2000):
            return Entry(symbols=(flag,), shares=(_NAMED,))
        if len(before) > 1 and before[-2].end in (first.start, first.start - 1) and _is_flag(before[-2].entry):
            return Entry(symbols=(flag,), shares=(_BESIDE,))
    return None


def _is_flag(entry: Entry) -> bool:
    return entry.shares[0] > 0.5 and "\U0001f1e6" <= entry.symbols[0][0] <= "\U0001f1ff"
