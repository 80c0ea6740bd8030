"""The inverse of the damage, by going forward: every plausible symbol is damaged and its remains are looked up.

Only what people type in English text is in the universe.
A damaged form with hidden bytes would otherwise read as thousands of rare letters.
Weights are relative frequencies of a symbol in posts and headlines, in units of a rare emoji.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from parsers.mojibake_channel import LEADS, byte_chars, damage
from parsers.mojibake_emoji import sequences

# Frequencies on the development posts, rounded; quotes and dashes are weighed again in their context.
PUNCTUATION: dict[str, float] = {
    "’": 6000.0,
    "“": 1500.0,
    "”": 1500.0,
    "—": 420.0,
    "‘": 260.0,
    "–": 200.0,
    "…": 2000.0,
    "\u00a0": 300.0,
    "•": 90.0,
    "£": 90.0,
    "€": 60.0,
    "™": 12.0,
    "®": 12.0,
    "©": 12.0,
    "°": 30.0,
    "½": 12.0,
    "·": 15.0,
    "«": 25.0,
    "»": 25.0,
    "\u200d": 60.0,
    "\ufe0f": 500.0,
    "\u202c": 30.0,
    "\u202a": 10.0,
    "\ufeff": 5.0,
    "\u200b": 8.0,
    "\u200e": 3.0,
    "\u200f": 3.0,
    "\u2060": 2.0,
    "\u2066": 3.0,
    "\u2069": 3.0,
    "→": 8.0,
    "›": 6.0,
    "≈": 2.0,
    "×": 8.0,
    "†": 1.0,
    "‼": 6.0,
    "♡": 4.0,
    "♀": 3.0,
    "♂": 3.0,
    "★": 4.0,
    "►": 4.0,
}
LETTERS = dict(
    zip(
        "éèáíóñüöäçàãêÉßôÜâîÖÈÇÀÁÄëåøØÅÓÑÍÚ",
        (
            300,
            60,
            60,
            50,
            50,
            40,
            40,
            40,
            30,
            30,
            40,
            25,
            20,
            40,
            30,
            15,
            10,
            10,
            10,
            6,
            4,
            4,
            4,
            4,
            4,
            9,
            9,
            9,
            2,
            2,
            3,
            2,
            2,
            2,
        ),
        strict=True,
    )
)
# Symbols that are not emoji: (first, last, weight).
BLOCKS = (
    (0xA1, 0xBF, 4.0),
    (0xC0, 0xDE, 1.0),
    (0xDF, 0xFF, 8.0),
    (0x100, 0x17F, 1.0),
    (0x2BB, 0x2BD, 1.0),
    (0x2C6, 0x2DD, 0.1),
    (0x1E80, 0x1E85, 0.3),
    (0x2010, 0x2027, 0.2),
    (0x202F, 0x205E, 0.2),
    (0x2070, 0x2089, 0.1),
    (0x20A0, 0x20BF, 0.05),
    (0x2100, 0x214F, 0.1),
    (0x2150, 0x215F, 0.5),
    (0x2190, 0x21FF, 0.05),
    (0x2200, 0x22FF, 0.1),
    (0x2300, 0x23FF, 0.03),
    (0x2460, 0x24FF, 0.05),
    (0x2500, 0x257F, 0.05),
    (0x2580, 0x25FF, 0.1),
    (0x2600, 0x27BF, 0.03),
    (0x27F5, 0x27FF, 0.1),
    (0x2800, 0x2800, 0.2),  # the blank Braille sign keeps lines apart
    (0x2B00, 0x2BFF, 0.02),
    (0x3000, 0x3003, 0.2),
    (0x3008, 0x3011, 0.1),
    (0xFB00, 0xFB04, 0.5),
)
_LEADS_ALONE = (0xC2, 0xC3, 0xE2, 0xF0)
_FLAG = re.compile("[🇦-🇿]{2}")
# What a form may have been: one symbol with its own weight, or several, each with how common it is in this form.
Symbols: TypeAlias = str | dict[str, float]
# A form that is rarer than this altogether is not worth believing in.
_NEGLIGIBLE = 0.02


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Entry:
    """What one damaged form may have been; compared by identity, because entries are keys of caches."""

    symbols: tuple[str, ...]  # likeliest first
    shares: tuple[float, ...]  # of each symbol, 1 together
    weight: float = 1.0  # how common the form is altogether
    hidden: bool = True  # some bytes are gone
    flag: bool = False  # a flag that is seldom seen


class Forms:
    """What each damaged form of a codec may have been; the entry of a form is made when it is first met.

    A codec has up to 9,000 forms, and a text holds a few dozen of them.
    """

    __slots__ = ("_found",)

    def __init__(self, found: Mapping[str, Symbols]) -> None:
        self._found: dict[str, Symbols | Entry] = dict(found)

    def __contains__(self, form: str) -> bool:
        return form in self._found

    def get(self, form: str) -> Entry | None:
        """The entry of a form, always the same one, or None."""
        found = self._found.get(form)
        if found is None or isinstance(found, Entry):
            return found
        entry = self._found[form] = _entry(form, found)
        return entry


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Table:
    """All damaged forms of one codec; compared by identity."""

    codec: str
    forms: Forms
    reach: dict[str, int]  # by the first two characters, the length of the longest form
    leads: str  # what the first bytes look like
    quote: str  # what the first byte of quotes and dashes looks like
    hollow: dict[str, int]  # leads that say nothing alone, by what they look like: C4, C5, CC, E3
    run: re.Pattern[str]  # non-ASCII stretches, with a space where byte A0 became one inside a sequence
    repertoire: frozenset[str]  # what the codec can show beyond ASCII
    eats_quotes: bool  # ” loses only its last byte, so that an earlier ftfy made † of it and a space


def universe() -> Iterator[tuple[str, float]]:
    """Every symbol that repair may write, with its weight; some come more than once."""
    yield from PUNCTUATION.items()
    yield from LETTERS.items()
    for first, last, weight in BLOCKS:
        for code in range(first, last + 1):
            char = chr(code)
            if char not in PUNCTUATION and char not in LETTERS and char != "\u00ad":
                yield char, weight
    yield from sequences()


@functools.cache
def symbols() -> dict[str, float]:
    """The universe without repeats: the largest weight counts."""
    found: dict[str, float] = {}
    for symbol, weight in universe():
        found[symbol] = max(weight, found.get(symbol, 0.0))
    return found


def _variants(symbol: str, full: str, holes: str) -> Iterator[tuple[str, float]]:
    """The shapes one symbol's remains may have in a file, with how much to believe in them."""
    shapes = {full, holes}
    flag = len(symbol) == 2 and _FLAG.match(symbol)
    if flag and not all(full.split(full[0])[1:]):
        shapes.discard(full)  # a flag whose letters are not all visible looks like two other emoji
    for shape in shapes:
        yield shape, 1.0
    if flag:
        return
    for shape in shapes:
        if "\xad" in shape:
            yield shape.replace("\xad", ""), 0.3
        if "\xa0" in shape and len(shape) > 1:
            yield shape.replace("\xa0", ""), 0.1
            if not shape.endswith("\xa0"):
                yield shape.replace("\xa0", " "), 1.0


@functools.cache
def table(codec: str) -> Table:
    """All forms of a codec, made on first use (10 to 30 ms, 0.5 to 1.5 MB)."""
    shown = byte_chars(codec)
    forms = _forms(codec)
    reach: dict[str, int] = {}
    for form in forms:
        reach[form[:2]] = max(len(form), reach.get(form[:2], 0))
    leads = "".join(dict.fromkeys(shown[byte] for byte in LEADS if shown[byte]))
    return Table(
        codec=codec,
        forms=Forms(forms),
        reach=reach,
        leads=leads,
        quote=shown[0xE2],
        hollow={shown[byte]: byte for byte in (0xC4, 0xC5, 0xCC, 0xE3) if shown[byte]},
        run=_run(codec),
        repertoire=frozenset(char for char in shown[0x80:] if char),
        eats_quotes=len(damage("”", codec)) == 2,
    )


def _run(codec: str) -> re.Pattern[str]:
    """Non-ASCII stretches, with the spaces that byte A0 became: in a tag, before U+FE0F, in a blank Braille sign."""
    shown = byte_chars(codec)
    tag, vs16 = re.escape(shown[0xF3]), re.escape(damage("\ufe0f", codec))
    spaces = [f"(?<={tag}) (?=[^\x00-\x7f])", f"(?<=[^\x00-\x7f]) (?={vs16})"]
    if shown[0x80] > "\xff":
        spaces.append(f"(?<={shown[0xE2]}) (?={shown[0x80]})")
    return re.compile(f"(?:[^\x00-\x7f]|{'|'.join(spaces)})+")


def _forms(codec: str) -> dict[str, Symbols]:
    """Every form of a codec that is worth believing in."""
    known = symbols()
    text = "\n".join(known)
    full = damage(text, codec).split("\n")
    holes = damage(text, codec, undefined="\ufffd").split("\n")
    gathered: dict[str, Symbols] = {}
    for symbol, one, other in zip(known, full, holes, strict=True):
        for form, belief in _variants(symbol, one, other):
            _gather(gathered, form, symbol, belief)
    shown = byte_chars(codec)
    # A lone ã or Ä is a letter far more often than what is left of anything.
    alone = {shown[lead] for lead in _LEADS_ALONE}
    return {
        form: found
        for form, found in gathered.items()
        if form
        and not form.isascii()
        and (len(form) > 1 or form in alone)
        and sum(_weights(found).values()) >= _NEGLIGIBLE
    }


def _gather(gathered: dict[str, Symbols], form: str, symbol: str, belief: float) -> None:
    """One more thing that a form may have been; the larger of two weights counts."""
    found = gathered.get(form)
    if found is None and belief == 1.0:
        gathered[form] = symbol
        return
    if found is None or isinstance(found, str):
        found = gathered[form] = _weights(found) if found else {}
    found[symbol] = max(found.get(symbol, 0.0), symbols()[symbol] * belief)


def _weights(found: Symbols) -> dict[str, float]:
    return {found: symbols()[found]} if isinstance(found, str) else found


def _entry(form: str, known: Symbols) -> Entry:
    found = _weights(known)
    ranked = sorted(found.items(), key=lambda item: -item[1])
    total = sum(found.values())
    return Entry(
        symbols=tuple(symbol for symbol, _ in ranked),
        shares=tuple(weight / total for _, weight in ranked),
        weight=total,
        hidden="\ufffd" in form or any(len(form) < len(symbol.encode()) for symbol, _ in ranked),
        flag=bool(_FLAG.match(ranked[0][0])) and ranked[0][1] < 5.0,
    )
