"""One line of a damaged document: every damaged place gets its replacement, or says why not.

Inventing a character is worse than leaving a gap: what several emoji may have been stays unresolved.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

from parsers.model import StepKind, Style
from parsers.mojibake_channel import byte_chars, damage
from parsers.mojibake_choice import QUOTES, choose, context, neighbour, title_case
from parsers.mojibake_emoji import KEYCAP
from parsers.mojibake_evidence import STATUS, Token, line_points, read, status_line, with_space
from parsers.mojibake_flags import with_flags
from parsers.mojibake_letters import alone, capital, small, tongue
from parsers.mojibake_places import is_noise, is_sound, readings, with_artefacts, with_spaces
from parsers.mojibake_tables import Entry, Table

UNRESOLVED = "\ufffd"
# Below this share the likeliest symbol would be a guess.
_SURE = 0.85
_EXACT = 0.97
# A letter that is probably right reads better than a hole in a word.
_LIKELY_LETTER = 0.38
# A "line" beyond this is not text, and its steps would fill the memory.
LONGEST = 1_000_000
REPEATED = re.compile(r"([^\x00-\x7f])\1{500}")


class Edit(NamedTuple):
    """A replacement in a line."""

    start: int
    end: int
    text: str
    kind: StepKind
    posterior: float
    candidates: tuple[str, ...] = ()
    reason: str = ""


class Pick(NamedTuple):
    """What one place becomes."""

    text: str
    kind: StepKind
    posterior: float
    candidates: tuple[str, ...] = ()
    reason: str = ""


def repair_line(line: str, table: Table, style: Style | None) -> list[Edit] | None:
    """The edits of a line in a document that is known to be damaged; None: leave it as it is and say so."""
    if len(line) > LONGEST or REPEATED.search(line):
        return None
    status = status_line(table.codec).search(line)
    if status is not None:
        return _status(status, table.codec)
    reading = read(line, table)
    reading = with_artefacts(line, reading, table)
    if not reading.tokens:
        return []
    points = line_points(line, reading, table)
    if points < (3.0 if reading.clashes else 0.0) or is_sound(line, reading, table) or is_noise(reading.tokens):
        return None
    tokens = with_flags(line, with_spaces(line, reading.tokens, table), table)
    edits = _edits(line, tokens, table, style)
    return edits if all(_fits(line, edit, table.codec) for edit in edits) else None


def _status(match: re.Match[str], codec: str) -> list[Edit]:
    icons = [word for word in STATUS.split() if word != "{}"]
    reason = "the line under a post: likes, reposts, replies, quotes"
    return [
        Edit(
            match.start(group),
            match.end(group),
            icon + (" " if match[group] == with_space(icon, codec) else ""),
            "context",
            0.9,
            (),
            reason,
        )
        for group, icon in enumerate(icons, 1)
        if match[group] != icon
    ]


# ------------------------------------------------------------------ choosing


def _edits(line: str, tokens: list[Token], table: Table, style: Style | None) -> list[Edit]:
    picks: list[Pick | None] = []
    places: list[tuple[str, str]] = []
    for index, token in enumerate(tokens):
        allowed = readings(token.entry)
        if allowed:
            picks.append(None)
            places.append((_row(line, tokens, index), allowed))
        else:
            picks.append(_pick(line, tokens, index, table))
    chosen = iter(choose(tuple(places), style)) if places else iter(())
    edits = []
    for token, pick in zip(tokens, picks, strict=True):
        made = pick if pick is not None else _quote(token.entry, *next(chosen))
        text = made.text
        if line[token.start] not in table.leads and token.end - token.start == 1 and line[token.start] > "\xff":
            text += " " if not _is_plain(line, token, table) else ""
        edits.append(Edit(token.start, token.end, text, *made[1:]))
    return edits


def _is_plain(line: str, token: Token, table: Table) -> bool:
    """The place is a damaged form itself, not an artefact of ftfy."""
    raw = line[token.start : token.end]
    return raw in table.forms or raw in table.hollow


_STRAIGHT = re.compile(r"(?<![\w'])'(?=\w)|(?<=[\w.,!?])'(?!\w)")


def _opened_straight(line: str, at: int) -> bool:
    """Whether a straight single quote stands open, which the lost one then closes."""
    quotes = list(_STRAIGHT.finditer(line, max(0, at - 200), at))
    return bool(quotes) and line[quotes[-1].end()].isalnum()


_LOWER_WORD = re.compile(r"(?<!\w)[a-z]+ \Z")
_ELIDED = re.compile("[b-df-hj-np-tv-z][^\\x00-\\x7f]{1,3}[aeiouhAEIOUH]")  # dell’altra
_DASHED = frozenset(["SS", "SStitle", "^S", "S$"])
_OPENING = frozenset(["SA", "^A", "OA"])


def _row(line: str, tokens: list[Token], index: int) -> str:
    token = tokens[index]
    if token.start and tokens[index - 1].end == token.start and tokens[index - 1].entry.symbols[0] == "€":
        return "closing"  # â€” with its bytes damaged again: the last of the three was ”
    left = _side(line, tokens, index, -1)
    right = _side(line, tokens, index, 1)
    before = line[max(0, token.start - 24) : token.start]
    row = context(left, right, before, line[token.end : token.end + 6])
    if row == "SStitle" and len(line) > 100 and _LOWER_WORD.search(before):
        return "SS"  # a name set apart within prose
    if row == "AA" and _ELIDED.match(line, token.start - 1) and tongue(line) in ("fr", "it"):
        return "prefix"
    if row in _DASHED and tongue(line) in ("de", "fr"):
        return "SSforeign"
    if row[0] in "AsiP" and row[-1] in "SP$" and _opened_straight(line, token.start):
        return "straight"
    if row in _OPENING:
        if line.count('"', 0, min(token.start, 1000)) % 2 and line.find('"', token.end, token.end + 500) > 0:
            return "inner"  # a quotation inside straight double quotes
        if title_case(line):
            return "headline"
    return row


def _side(line: str, tokens: list[Token], index: int, step: int) -> str:
    """The class of what stands beside a place."""
    token = tokens[index]
    at = token.start - 1 if step < 0 else token.end
    if at < 0:
        return "^"
    if at >= len(line):
        return "$"
    other = tokens[index + step] if 0 <= index + step < len(tokens) else None
    if other is not None and (other.end == token.start if step < 0 else other.start == token.end):
        if readings(other.entry):
            return "O" if step < 0 and not line[other.start - 1 : other.start].strip() else "Q"
        symbol = other.entry.symbols[0]
        if not symbol or (other.entry.shares[0] < _SURE and not symbol[0].isalpha()):
            return "E"
        return neighbour(symbol[-1] if step < 0 else symbol[0])
    return neighbour(line[at])


_REASONS = {
    "’": "an apostrophe, by the letters around it",
    "‘": "a single quote opens here",
    "“": "a quotation opens here",
    "”": "a quotation closes here",
    "—": "a dash between words",
    "–": "a dash between words or figures",
    "\u200d": "joins two emoji",
}


def _quote(entry: Entry, symbol: str, posterior: float) -> Pick:
    if symbol == "x":
        rest = tuple(s for s in entry.symbols if s not in QUOTES)[:8]
        return Pick(UNRESOLVED, "unresolved", posterior, rest, "a symbol, but which one is lost")
    others = tuple(s for s in entry.symbols[:6] if s in QUOTES and s != symbol)
    kind: StepKind = "context" if posterior >= 0.75 else "prior"
    return Pick(symbol, kind, posterior, () if posterior >= _EXACT else (symbol, *others), _REASONS.get(symbol, ""))


def _pick(line: str, tokens: list[Token], index: int, table: Table) -> Pick:
    entry = _narrow(line, tokens, index, table)
    best, share = entry.symbols[0], entry.shares[0]
    if share >= _EXACT:
        return Pick(best, "exact", share, (), "the bytes that are left allow nothing else")
    if share >= _SURE or (best.isalpha() and share >= _LIKELY_LETTER):
        return Pick(best, "prior", share, entry.symbols[:4], "by far the commonest of what it may have been")
    return _partial(entry)


def _narrow(line: str, tokens: list[Token], index: int, table: Table) -> Entry:
    """Candidates that do not fit their surroundings, left out."""
    token, entry = tokens[index], tokens[index].entry
    if len(entry.symbols) < 2:
        return entry
    before, after = line[token.start - 1 : token.start] if token.start else "", line[token.end : token.end + 1]
    if not _is_plain(line, token, table):
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
    if KEYCAP in first and not (before in "0123456789#*" and before):
        return _keep(entry, lambda s: s != KEYCAP)
    return entry


def _letter(line: str, tokens: list[Token], index: int, table: Table) -> Entry:
    """What only C3 is left of: a letter, or the outer layer of one that was damaged twice."""
    token, entry = tokens[index], tokens[index].entry
    if line[token.end : token.end + 1] == byte_chars(table.codec)[0xC2]:
        return _only(entry, "Ã", 0.98)
    before, after = _beside(line, tokens, index, -1), _beside(line, tokens, index, 1)
    if _LATIN.match(before[-1:]) is None and _LATIN.match(after) is None:
        likely = alone(before, tongue(line))
    elif before[-1:].islower() or (after[:1].islower() and before[-1:].isupper() and not before[-2:-1].isalpha()):
        likely = small(before, after, tongue(line))
    else:
        likely = capital(before, after, tongue(line))
    for letter in likely:
        if letter in entry.symbols:
            return _only(entry, letter, 0.8)
    return _keep(entry, str.isupper)


_LATIN = re.compile("[A-Za-zÀ-ÿ]")


def _beside(line: str, tokens: list[Token], index: int, step: int) -> str:
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


# ------------------------------------------------------------------ the safety net

_INVISIBLE = dict.fromkeys([*range(0x80, 0xA1), 0xAD, 0xFFFD, 0x20])


def _fits(line: str, edit: Edit, codec: str) -> bool:
    """Damaging the replacement again gives what stood there (a gap: its likeliest candidate)."""
    if not edit.text:
        return True
    symbol = edit.candidates[0] if UNRESOLVED in edit.text and edit.candidates else edit.text
    raw = line[edit.start : edit.end]
    again = damage(symbol, codec).translate(_INVISIBLE)
    return again == raw.translate(_INVISIBLE) or again == damage(raw, codec).translate(_INVISIBLE)
