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
from parsers.mojibake_choice import QUOTES, SYMBOL, choose, context, neighbour, title_case
from parsers.mojibake_emoji import KEYCAP
from parsers.mojibake_evidence import STATUS, Reading, Token, line_points, read, status_line
from parsers.mojibake_tables import Entry, Table, symbols

UNRESOLVED = "\ufffd"
# Below this share the likeliest symbol would be a guess.
_SURE = 0.85
_EXACT = 0.97
# A letter that is probably right reads better than a hole in a word.
_LIKELY_LETTER = 0.38
# A "line" beyond this is not text, and its steps would fill the memory.
LONGEST = 1_000_000
_LONGEST_ROW = 12
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
        return _status(status)
    reading = read(line, table)
    reading = _with_artefacts(line, reading, table)
    if not reading.tokens:
        return []
    points = line_points(line, reading, table)
    if points < (3.0 if reading.clashes else 0.0) or _sound(line, reading, table) or _is_noise(reading.tokens):
        return None
    edits = _edits(line, _with_spaces(line, reading.tokens, table), table, style)
    return edits if all(_fits(line, edit, table.codec) for edit in edits) else None


def _is_noise(tokens: list[Token]) -> bool:
    """Whether quotes or dashes stand in a row as they never do in text."""
    row, previous = 0, -1
    for token in tokens:
        row = row + 1 if token.start == previous and _readings(token.entry) else 0
        if row > _LONGEST_ROW:
            return True
        previous = token.end
    return False


def _sound(line: str, reading: Reading, table: Table) -> bool:
    """Whether the line holds typographic characters that the codec cannot show, and else only lone letters.

    The damage would have taken those characters too.
    """
    if any(token.end - token.start > 1 or line[token.start] not in table.leads for token in reading.tokens):
        return False
    return any(char not in table.repertoire for char in _TYPOGRAPHIC.findall(line)) and not _CONTRACTED.search(line)


_TYPOGRAPHIC = re.compile("[“”‘’—–…•]")
_CONTRACTED = re.compile(r"[A-Za-z][^\x00-\x7f‘’](?:s|t|re|ve|ll|d|m)\b")


def _status(match: re.Match[str]) -> list[Edit]:
    icons = [word for word in STATUS.split() if word != "{}"]
    reason = "the line under a post: likes, reposts, replies, quotes"
    return [
        Edit(match.start(group), match.end(group), icon, "context", 0.9, (), reason)
        for group, icon in enumerate(icons, 1)
    ]


# ------------------------------------------------------------------ places that the form alone does not show


@functools.lru_cache(maxsize=1024)
def artefact(char: str, table: Table) -> Entry | None:
    """What an earlier ftfy took together with the space behind it, if `char` is such a thing.

    ftfy reads a space as byte A0 where that completes a character: β¬ and a space became ⬠.
    """
    whole = damage(char, table.codec)
    if len(whole) < 2 or not whole.endswith("\xa0"):
        return None
    if not table.eats_quotes if char == "†" else symbols().get(char, 0.0) > 0.1:
        return None  # an emoji or a letter that people type
    entry = table.forms.get(whole[:-1])
    if entry is None or not entry.hidden:
        return None
    return entry


def _with_artefacts(line: str, reading: Reading, table: Table) -> Reading:
    tokens, stray, foreign, clashes = reading
    if not foreign and not stray and "†" not in line:
        return reading
    tokens = list(tokens)
    taken = {at for token in tokens for at in range(token.start, token.end)}
    for match in re.finditer(r"[^\x00-\xff]", line):
        at = match.start()
        if at in taken or match[0] in table.leads or not line[at + 1 : at + 2].strip():
            continue
        if match[0] == "†" and (not at or line[at - 1].isspace()):
            continue
        entry = artefact(match[0], table)
        if entry is not None:
            tokens.append(Token(at, at + 1, entry))
            if match[0] != "†":
                foreign -= match[0] not in table.repertoire
                stray -= match[0] in table.repertoire
    return Reading(sorted(tokens, key=lambda token: token.start), stray, foreign, clashes)


_NBSP = Entry(symbols=("\u00a0",), shares=(1.0,))
_A_GRAVE = Entry(symbols=("à",), shares=(1.0,))
_NOTHING = Entry(symbols=("",), shares=(1.0,))


def _with_spaces(line: str, tokens: list[Token], table: Table) -> list[Token]:
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
            elif line[start] == shown[0xC3] and follows == " " and line[end + 1 : end + 2] in _AFTER_A:
                end, entry = end + 1, _A_GRAVE
        found.append(Token(start, end, entry))
        previous = end
    return found


def _in_capitals(line: str, start: int, end: int) -> bool:
    """A whole Ã between capitals, as in the Portuguese NÃO: nothing is lost there."""
    return line[start] == "Ã" and line[end : end + 1] in ("O", "E") and line[start - 1 : start].isupper()


_AFTER_A = frozenset(["", " ", ",", ".", ";", ":", "!", "?", ")"])


# ------------------------------------------------------------------ choosing


def _edits(line: str, tokens: list[Token], table: Table, style: Style | None) -> list[Edit]:
    picks: list[Pick | None] = []
    places: list[tuple[str, str]] = []
    for index, token in enumerate(tokens):
        allowed = _readings(token.entry)
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
    return line[token.start : token.end] in table.forms


@functools.lru_cache(maxsize=4096)
def _readings(entry: Entry) -> str:
    """Which readings of a quote or dash the remains allow; empty where they are not of that kind."""
    shares = dict(zip(entry.symbols, entry.shares, strict=True))
    quotes = {symbol: share for symbol, share in shares.items() if symbol in QUOTES}
    if len(shares) == 1 or sum(quotes.values()) < 0.5:
        return ""
    allowed = "".join(reading for reading, symbol in SYMBOL.items() if quotes.get(symbol, 0.0) > 0.001)
    return allowed + ("x" if sum(quotes.values()) < 0.999 else "")


_STRAIGHT = re.compile(r"(?<![\w'])'(?=\w)|(?<=[\w.,!?])'(?!\w)")


def _opened_straight(line: str, at: int) -> bool:
    """Whether a straight single quote stands open, which the lost one then closes."""
    quotes = list(_STRAIGHT.finditer(line, max(0, at - 200), at))
    return bool(quotes) and line[quotes[-1].end()].isalnum()


_LOWER_WORD = re.compile(r"(?<!\w)[a-z]+ \Z")
_OPENING = frozenset(["SA", "^A", "OA"])


def _row(line: str, tokens: list[Token], index: int) -> str:
    token = tokens[index]
    left = _side(line, tokens, index, -1)
    right = _side(line, tokens, index, 1)
    before = line[max(0, token.start - 24) : token.start]
    row = context(left, right, before, line[token.end : token.end + 6])
    if row == "SStitle" and len(line) > 100 and _LOWER_WORD.search(before):
        return "SS"  # a name set apart within prose
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
        if _readings(other.entry):
            return "Q"
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
    token = tokens[index]
    entry = _narrow(line, token, token.entry, table)
    best, share = entry.symbols[0], entry.shares[0]
    if share >= _EXACT:
        return Pick(best, "exact", share, (), "the bytes that are left allow nothing else")
    if share >= _SURE or (best.isalpha() and share >= _LIKELY_LETTER):
        return Pick(best, "prior", share, entry.symbols[:4], "by far the commonest of what it may have been")
    return _partial(entry)


def _narrow(line: str, token: Token, entry: Entry, table: Table) -> Entry:
    """Candidates that do not fit their surroundings, left out."""
    if len(entry.symbols) < 2:
        return entry
    before, after = line[token.start - 1 : token.start] if token.start else "", line[token.end : token.end + 1]
    if not _is_plain(line, token, table):
        after = " "
    first = entry.symbols[:12]
    if "•" in first and "™" in first:
        return _only(entry, "™" if before.isalnum() else "•", 0.95)
    if "€" in first and "\u202c" in first:
        if after.isdigit() or before.isdigit():
            return _only(entry, "€", 0.98)
        if before.isalnum() and (not after or after in " .,;:!?)\n"):
            return _only(entry, "\u202c", 0.95)
    if "➡️" in first[:3]:
        return _only(entry, "➡️", 0.95) if _ADDRESS.match(line, token.end) else _keep(entry, lambda s: s != "➡")
    if line[token.start] == byte_chars(table.codec)[0xC3] and token.end - token.start == 1:
        return _capital(entry, before, after)
    if KEYCAP in first and not (before in "0123456789#*" and before):
        return _keep(entry, lambda s: s != KEYCAP)
    return entry


def _capital(entry: Entry, before: str, after: str) -> Entry:
    """What only C3 is left of: nearly always a capital, whose second byte is a control.

    Inside a word of small letters ß is the only one of that kind.
    """
    if before.islower():
        return _keep(entry, lambda s: s == "ß" if after.isalpha() else s.isalpha() and s.islower())
    if after == "b" and not before.isalpha():
        return _only(entry, "Ü", 0.8)
    if after in ("O", "E") and before.isupper():
        return _only(entry, "Ã", 0.8)
    return _keep(entry, lambda s: s.isalpha() and not s.islower())


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
