"""Finding damaged places in a line, and how much they prove.

Touching sound text is the worse error: a Greek letter in a formula looks exactly like a lost apostrophe.
So a codec is believed only when the places that it explains outweigh the characters that it cannot explain,
summed over the whole document, and a lone β counts only where English puts an apostrophe or a quote.
Thresholds were set on the must-not-touch lines and half of the development posts.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import NamedTuple

from parsers.mojibake_channel import byte_chars, damage, decode_exact
from parsers.mojibake_choice import CONTRACTION
from parsers.mojibake_letters import extended, tongue
from parsers.mojibake_tables import Entry, Table, symbols

# A form this rare proves nothing: Ext-A letters, odd symbols.
RARE = 1.0


class Token(NamedTuple):
    """One damaged place of a line."""

    start: int
    end: int
    entry: Entry


class Reading(NamedTuple):
    """A line read under one codec."""

    tokens: list[Token]
    stray: int  # characters that the codec shows but that fit no place
    foreign: int  # characters that the codec cannot have shown
    clashes: int  # of these, those that should be part of the place before them


_ASCII_RUN = re.compile(r"[\x00-\x7f]+")


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
    return Reading(tokens, stray, foreign, clashes)


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
    before, after = line[max(0, at - 2) : at], line[at + 1 : at + 2]
    if not before[-1:].isalpha() or not after.isalpha():
        return False
    if "’" not in entry.symbols[:3]:
        return True
    alone = line[at] == "â" and after.islower() and _ONE_LETTER.search(before) is not None
    return alone and CONTRACTION.match(line, at + 1) is None


# One letter before a small one, where neither an English nor a French apostrophe can stand.
_ONE_LETTER = re.compile(r"(?:\A|[^A-Za-z])[ABEFGHIPRVWXZabefghikpruvwxz]\Z")


def _is_eth(line: str, at: int) -> bool:
    """A whole ð inside a word: nobody writes an emoji there."""
    return line[at] == "ð" and _IN_WORD.match(line, at - 1) is not None


_IN_WORD = re.compile("[a-z]ð[a-z]")


_NOT = r"(?:do|does|did|is|are|was|were|has|have|had|wo|would|ca|could|should|ai|must|need|might)n"
_PRONOUN = r"(?:i|we|you|they|he|she|it|that|there|here|who|what|where|how|let|these|those|this)"
_BEFORE_T = re.compile(rf"(?<![^\W_]){_NOT}\Z", re.IGNORECASE)
_BEFORE_REST = re.compile(rf"(?<![^\W_]){_PRONOUN}\Z", re.IGNORECASE)
_WORD_S = re.compile(r"[A-Za-z]{4,}\Z")
_NATURAL = "²³±·’»°½…”΄‘'"  # what may follow a Greek letter in sound text
_GREEK_CUES = "-/=+*^_<>|√∑∫≤≥≈×·∞²³₀₁₂₃(["


def _lone(line: str, token: Token, letter: str) -> float:
    """How much one visible lead character proves, by what stands around it."""
    before, after = line[max(0, token.start - 12) : token.start], line[token.end : token.end + 8]
    left, right = before[-1:], after[:1]
    near_left, near_right = before.rstrip()[-1:], after.lstrip()[:1]
    if near_right in ("'", '"') and left == near_right:
        return -0.5  # quoted by itself
    if letter and _is_formula(left, right, near_left, near_right):
        return -0.5
    if letter == "quote":
        if "’" not in token.entry.symbols[:3]:
            return -0.5 if CONTRACTION.match(after) and left.isalpha() else 0.05
        return _lone_quote(before, after, left, right)
    if letter == "emoji":
        if after.lower().startswith(" day"):
            return -0.5  # 14 March
        if left and left in ".!?" and (not right or right == " "):
            return 0.8
        if left.isalpha() and left.isascii() and right in ("", " "):
            return 0.6
    return 0.05


def _is_formula(left: str, right: str, near_left: str, near_right: str) -> bool:
    """A Greek letter beside an operator, or one more item after a comma."""
    if (right and right in _GREEK_CUES) or (left and left in _GREEK_CUES and left not in "(["):
        return True
    if (near_right and near_right in "=*/^") or (near_left and near_left in "=*/^"):
        return True
    return left == right == " " and near_left == ","


def _lone_quote(before: str, after: str, left: str, right: str) -> float:
    contraction = CONTRACTION.match(after)
    if contraction and left.isalpha():
        tail = contraction[0].lower()
        if tail == "t" and _BEFORE_T.search(before):
            return 3.0
        if tail != "t" and _BEFORE_REST.search(before):
            return 3.0
        if tail == "s" and _WORD_S.search(before):
            return 0.8
        return 0.05
    if left and left in ".,!?" and right in ("", " "):
        return 1.2
    if right.isalpha() and right.isascii() and left in ("", " ", "("):
        return 0.3
    if left.isalpha() and left.isascii() and len(before) > 2 and right in (" ", ",", "."):
        return 0.4
    return 0.05


@functools.cache
def _kinds(codec: str) -> dict[str, str]:
    shown = byte_chars(codec)
    return {shown[0xE2]: "quote", shown[0xF0]: "emoji"}


# ftfy took what was left of ” and the space behind it for a dagger.
EATEN = re.compile(r"“[^“”†]{1,300}[\w.,!?…]†(?=[\w“#@(-])")


def line_points(line: str, reading: Reading, table: Table) -> float:
    """How much one line speaks for a codec, from about -2 to 6."""
    points = -1.5 * (reading.stray + reading.clashes) - 0.7 * reading.foreign
    kinds = _kinds(table.codec)
    previous = -1
    for token in reading.tokens:
        raw = line[token.start : token.end]
        size = len(raw)
        kind = kinds.get(raw[0], "")
        if token.entry.weight < RARE and size < 4:
            gained = 0.05
        elif size >= 3:
            gained = 3.0
        elif size == 2:
            gained = 0.3 if raw[1] in _NATURAL else 1.5
        else:
            gained = _lone(line, token, kind)
        if token.start == previous and kind and size <= 2:
            gained += 0.5
        previous = token.end
        points += gained
        if points > 40:
            break
    points += 1.5 * eaten(line, table)
    clipped = max(-2.0, min(6.0, points))
    return clipped + 0.01 * (points - clipped)  # what is beyond breaks ties between codecs


# The icons under a post on a profile page: likes, reposts, replies, quotes.
STATUS = "— 👍 {} 🔁 {} 💬 {} 📌 {}"
_STAMP = r"\d\d\.\d\d\.\d{4} \d\d:\d\d "


@functools.cache
def status_line(codec: str) -> re.Pattern[str]:
    """A damaged status line of a profile page, its icons as groups.

    An earlier ftfy may have made icons whole, or have taken the space behind one for its last byte.
    """
    parts = []
    for word in STATUS.split():
        if word == "{}":
            parts.append(r"\d[\d.,]*[KMk]?")
        else:
            shapes = {damage(word, codec, undefined) for undefined in ("", "\ufffd")} | {word}
            eaten = with_space(word, codec)
            parts.append("(" + "|".join(map(re.escape, sorted(shapes))) + (f"|{eaten}(?=\\d))" if eaten else ")"))
    return re.compile(_STAMP + " ?".join(parts) + r" *\r?\Z")


def with_space(symbol: str, codec: str) -> str:
    """What ftfy makes of a symbol's remains and the space behind them, or nothing."""
    remains = damage(symbol, codec)
    whole = decode_exact(remains + "\xa0", codec)
    return whole if whole and len(remains) > 1 and damage(whole, codec) == remains + "\xa0" else ""


def eaten(line: str, table: Table) -> int:
    """How often an earlier ftfy took a space for a lost byte here, where nobody writes what came of it."""
    if "†" in line and "“" in line and table.eats_quotes:
        return min(3, len(EATEN.findall(line)))
    if EATEN_STATUS.search(line) and status_line(table.codec).search(line):
        return 2
    return 0


# A like without its space, as it stands in a status line.
EATEN_STATUS = re.compile("👠(?=\\d)")


def sample(lines: Iterable[str], most: int = 300) -> list[str]:
    """At most `most` of the lines, evenly spread."""
    kept = list(lines)
    step = -(-len(kept) // most) if len(kept) > most else 1
    return kept[::step]
