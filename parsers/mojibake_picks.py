"""What a damaged letter, symbol or emoji becomes, by what its remains allow and what stands around it.

Inventing a character is worse than leaving a gap: what several emoji may have been stays unresolved.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from parsers.model import StepKind
from parsers.mojibake_channel import byte_chars, damage
from parsers.mojibake_choice import QUOTES
from parsers.mojibake_emoji import EMOJI_STYLE, KEYCAP, PEOPLE, ROLES, TEXT_STYLE, TONED, TONES, ZWJ
from parsers.mojibake_letters import alone, capital, small, tongue
from parsers.mojibake_reading import Token
from parsers.mojibake_tables import Entry, Table
from parsers.mojibake_topics import weigh

EMOJI = frozenset(EMOJI_STYLE + TEXT_STYLE)

UNRESOLVED = "\ufffd"
# Below this share the likeliest symbol would be a guess; with it about 2 of 100 emoji are wrong.
_SURE = 0.75
_EXACT = 0.97
_FEW = 60  # of hundreds no word can name one
# A letter that is probably right reads better than a hole in a word.
_LIKELY_LETTER = 0.38


class Pick(NamedTuple):
    """What one place becomes."""

    text: str
    kind: StepKind
    posterior: float
    candidates: tuple[str, ...] = ()
    reason: str = ""


_REASONS = {
    "’": "an apostrophe, by the letters around it",
    "‘": "a single quote opens here",
    "“": "a quotation opens here",
    "”": "a quotation closes here",
    "—": "a dash between words",
    "–": "a dash between words or figures",
    "\u200d": "joins two emoji",
}


def quote(entry: Entry, symbol: str, posterior: float) -> Pick:
    if symbol == "x":
        rest = tuple(s for s in entry.symbols if s not in QUOTES)[:8]
        return Pick(UNRESOLVED, "unresolved", posterior, rest, "a symbol, but which one is lost")
    others = tuple(s for s in entry.symbols[:6] if s in QUOTES and s != symbol)
    kind: StepKind = "context" if posterior >= 0.75 else "prior"
    return Pick(symbol, kind, posterior, () if posterior >= _EXACT else (symbol, *others), _REASONS.get(symbol, ""))


def pick(line: str, tokens: Sequence[Token], index: int, table: Table) -> Pick:
    entry = _narrow(line, tokens, index, table)
    best, share = entry.symbols[0], entry.shares[0]
    if share < _EXACT and not best.isalpha() and (named := _named(line, tokens, index, entry)):
        return named
    if share >= _EXACT:
        return Pick(best, "exact", share, (), "the bytes that are left allow nothing else")
    if share >= _SURE or (best.isalpha() and share >= _LIKELY_LETTER):
        return Pick(best, "prior", share, entry.symbols[:4], "by far the commonest of what it may have been")
    return _partial(entry)


def _named(line: str, tokens: Sequence[Token], index: int, entry: Entry) -> Pick | None:
    """The one emoji among a few that the text beside it names."""
    if len(entry.symbols) > _FEW:
        return None
    near = [token.entry for token in tokens[max(0, index - 8) : index + 9]]
    beside = "".join(one.symbols[0] for one in near if one.shares[0] >= _SURE)
    shares = weigh(line, beside, entry.symbols, entry.shares)
    if shares is None:
        return None
    ranked = sorted(zip(shares, entry.symbols, strict=True), key=lambda one: -one[0])
    share, best = ranked[0]
    if best == entry.symbols[0] and entry.shares[0] >= _SURE:
        return None  # the commonest anyway
    if share < _SURE or best[:1] not in EMOJI:
        return _partial(entry) if entry.shares[0] >= _SURE else None
    return Pick(best, "context", share, tuple(symbol for _, symbol in ranked[:4]), "an emoji that the text names")


def is_plain(line: str, token: Token, table: Table) -> bool:
    """The place is a damaged form itself, not an artefact of ftfy."""
    raw = line[token.start : token.end]
    return raw in table.forms or raw in table.hollow


def _narrow(line: str, tokens: Sequence[Token], index: int, table: Table) -> Entry:
    """Candidates that do not fit their surroundings, left out."""
    token, entry = tokens[index], tokens[index].entry
    if len(entry.symbols) < 2:
        return entry
    before, after = line[token.start - 1 : token.start] if token.start else "", line[token.end : token.end + 1]
    if not is_plain(line, token, table):
        after = " "
    first = entry.symbols[:12]
    if "•" in first and "™" in first:
        return _only(entry, "™" if before.isalnum() else "•", 0.95)
    if "€" in first and "\u202c" in first:
        if after.isdigit() or _SUM.search(line, max(0, token.start - 8), token.start):
            return _only(entry, "€", 0.98)
        if before.isalnum() and (not after or after in " .,;:!?)\n"):
            return _only(entry, "\u202c", 0.95)
    if "➡️" in first[:3]:
        return _only(entry, "➡️", 0.95) if _ADDRESS.match(line, token.end) else _keep(entry, lambda s: s != "➡")
    if token.end - token.start == 1 and line[token.start] == byte_chars(table.codec)[0xC3]:
        return _letter(line, tokens, index, table)
    if before and before in TONED and (tone := _tones(table.codec).get(line[token.start : token.end])):
        return _only(entry, tone, 0.98)
    if before == ZWJ and line[token.start - 2 : token.start - 1] in (*PEOPLE, *TONES):
        return _keep(entry, lambda s: s[:1] in ROLES)
    if KEYCAP in first and not (before in "0123456789#*" and before):
        return _keep(entry, lambda s: s != KEYCAP)
    return entry


@functools.cache
def _tones(codec: str) -> dict[str, str]:
    """What is left of each skin tone."""
    return {damage(tone, codec): tone for tone in TONES}


def _letter(line: str, tokens: Sequence[Token], index: int, table: Table) -> Entry:
    """What only C3 is left of: a letter, or the outer layer of one that was damaged twice."""
    token, entry = tokens[index], tokens[index].entry
    if line[token.end : token.end + 1] == byte_chars(table.codec)[0xC2]:
        return _only(entry, "Ã", 0.98)
    before, after = _beside(line, tokens, index, -1), _beside(line, tokens, index, 1)
    if _LATIN.match(before[-1:]) is None and _LATIN.match(after) is None:
        likely = alone(before, tongue(line))
    elif before[-1:].islower() and after[:1].isupper():
        likely = ("É",)  # a hashtag: #UmShowÉUmShow
    elif before[-1:].islower() or (after[:1].islower() and before[-1:].isupper() and not before[-2:-1].isalpha()):
        likely = small(before, after, tongue(line))
    else:
        likely = capital(before, after, tongue(line))
    for letter in likely:
        if letter in entry.symbols:
            return _only(entry, letter, 0.8)
    return _keep(entry, str.isupper)


_LATIN = re.compile("[A-Za-zÀ-ÿ]")


def _beside(line: str, tokens: Sequence[Token], index: int, step: int) -> str:
    """A few characters before or after a place, the nearest one as it will be where it is damaged too."""
    token = tokens[index]
    other = tokens[index + step] if 0 <= index + step < len(tokens) else None
    if other is None or (other.end != token.start if step < 0 else other.start != token.end):
        return line[max(0, token.start - 4) : token.start] if step < 0 else line[token.end : token.end + 6]
    known = other.entry.symbols[0] if other.entry.shares[0] > 0.5 else line[other.start : other.end]
    return line[max(0, other.start - 3) : other.start] + known if step < 0 else known + line[other.end : other.end + 5]


_SUM = re.compile(r"\d[ \xa0]?(?:[kKmM]|[Mm]io|[Mm]rd)?[ \xa0]?\Z")
_ADDRESS = re.compile(r"\s*(?:https?:|www\.|[\w-]+\.[\w.-]*[a-z]{2}(?:/|\b)|\Z)")


def _only(entry: Entry, symbol: str, share: float) -> Entry:
    rest = tuple(s for s in entry.symbols if s != symbol)
    return Entry(symbols=(symbol, *rest[:3]), shares=(share, *[(1 - share) / 3] * len(rest[:3])))


def _keep(entry: Entry, fits: Callable[[str], bool]) -> Entry:
    kept = [(s, p) for s, p in zip(entry.symbols, entry.shares, strict=True) if fits(s)]
    if not kept:
        return entry
    total = sum(p for _, p in kept)
    return Entry(symbols=tuple(s for s, _ in kept), shares=tuple(p / total for _, p in kept), hidden=entry.hidden)


@functools.lru_cache(maxsize=2048)
def _partial(entry: Entry) -> Pick:
    """A place with several likely readings: what they all share is written, the rest is a gap."""
    likely: list[str] = []
    mass = 0.0
    for symbol, share in zip(entry.symbols, entry.shares, strict=True):
        likely.append(symbol)
        mass += share
        if mass >= 0.97:
            break
    reason = f"one of {len(entry.symbols)} symbols with the same remains"
    if len({len(symbol) for symbol in likely}) == 1:
        text = "".join(column[0] if len(set(column)) == 1 else UNRESOLVED for column in zip(*likely, strict=True))
        return Pick(text, "unresolved", entry.shares[0], entry.symbols[:8], reason)
    head = _common(likely)
    tail = _common([symbol[len(head) :][::-1] for symbol in likely])[::-1]
    return Pick(head + UNRESOLVED + tail, "unresolved", entry.shares[0], entry.symbols[:8], reason)


def _common(texts: list[str]) -> str:
    """The longest prefix that all share."""
    first, last = min(texts), max(texts)
    for at, char in enumerate(first):
        if last[at : at + 1] != char:
            return first[:at]
    return first
