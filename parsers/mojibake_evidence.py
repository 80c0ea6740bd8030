"""Finding damaged places in a line, and how much they prove.

Touching sound text is the worse error: a Greek letter in a formula looks exactly like a lost apostrophe.
So a codec is believed only when the places that it explains outweigh the characters that it cannot explain,
summed over the whole document, and a lone β counts only where English puts an apostrophe or a quote.
Thresholds were set on the must-not-touch lines and half of the development posts.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

from parsers.mojibake_channel import byte_chars
from parsers.mojibake_reading import CONTRACTION, Reading, Token
from parsers.mojibake_status import eaten
from parsers.mojibake_tables import Table

# A form this rare proves nothing: Ext-A letters, odd symbols.
RARE = 1.0


_NOT = r"(?:do|does|did|is|are|was|were|has|have|had|wo|would|ca|could|should|ai|must|need|might)n"
_PRONOUN = r"(?:i|we|you|they|he|she|it|that|there|here|who|what|where|how|let|these|those|this)"
_BEFORE_T = re.compile(rf"(?<![^\W_]){_NOT}\Z", re.IGNORECASE)
_BEFORE_REST = re.compile(rf"(?<![^\W_]){_PRONOUN}\Z", re.IGNORECASE)
_WORD_S = re.compile(r"[A-Za-z]{4,}\Z")
_NATURAL = "²³±·’»°½…”΄‘'"  # what may follow a Greek letter in sound text
_GREEK_CUES = "-/=+*^_<>|√∑∫≤≥≈×·∞²³₀₁₂₃(["


# A quotation that opens and closes on its line; with what closes it (0.4) it is just enough by itself.
_PAIRED = 0.65


@functools.cache
def _quotation(quote: str) -> re.Pattern[str]:
    """From what opens before a word to what closes behind one: no Greek letter of a formula does both."""
    inside = rf"[\[(#@£$*]?[A-Za-z][A-Za-z.][^{quote}\n]{{0,300}}?[\w.,!?)*…]"
    return re.compile(rf"(?<![^\W_]){quote}(?={inside}({quote})(?![^\W_]))")


@functools.lru_cache(maxsize=16)
def _quoting(line: str, table: Table) -> frozenset[int]:
    """Where quotations open and close that stand beside what is else a sign of a formula."""
    found = _quotation(table.quote).finditer(line)
    ends = (
        (match.start(), match.start(1))
        for match in found
        if not _SYMBOL.search(line, max(0, match.start(1) - 12), match.start(1))
    )
    return frozenset(at for pair in ends for at in pair)


def _lone(line: str, token: Token, letter: str) -> float:
    """How much one visible lead character proves, by what stands around it."""
    before, after = line[max(0, token.start - 12) : token.start], line[token.end : token.end + 8]
    left, right = before[-1:], after[:1]
    near_left, near_right = before.rstrip()[-1:], after.lstrip()[:1]
    if left + right in ("“”", "‘’", "()") or (near_right in ("'", '"') and left == near_right):
        return -0.5  # quoted by itself
    if letter and (_is_formula(left, right, near_left, near_right) or _is_named(before, after)):
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


_ARTICLE = re.compile(
    r"(?<![^\W_])(?:the|an?|my|our|this|each|letter|letters|symbol|coefficient|parameter|variable|called|where|let) \Z",
    re.IGNORECASE,
)
_AFTER_ARTICLE = re.compile(r"(?:s?[ ,.;:)]|s?\Z)")


def _is_named(before: str, after: str) -> bool:
    """A Greek letter spoken of: the β test, (β), β2-, HT1β, 2π; no dash or quote stands there."""
    if _ARTICLE.search(before) and _AFTER_ARTICLE.match(after):
        return True
    if before[-1:] in ("", " ") and after[:1] in (",", ";", ")"):
        return True
    return before[-1:].isdigit() and not before[-2:-1].isdigit() and _SPACE_OR_R.match(after) is not None


_SPACE_OR_R = re.compile("[ r]|\\Z")


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
        return 0.05  # unless it closes too
    if right.isdigit() and left in ("", " ") and _INDEX.match(after):
        return -0.5
    if right in tuple(" ,.;:)") and _SYMBOL.search(before):
        return -0.5
    if left.isalpha() and left.isascii() and len(before) > 2 and right in (" ", ",", "."):
        return 0.4
    return 0.05


# IFNβ, IL1β: an opening quote before them says otherwise.
_SYMBOL = re.compile(r"(?<![^\W_])[A-Z]{2,}\d*[A-Z]?\Z|(?<![^\W_])[A-Z]+\d+[A-Z]?\Z")
_INDEX = re.compile(r"\d-[A-Za-z]")  # β2-microglobulin


@functools.cache
def _kinds(codec: str) -> dict[str, str]:
    shown = byte_chars(codec)
    return {shown[0xE2]: "quote", shown[0xF0]: "emoji"}


def line_points(line: str, reading: Reading, table: Table) -> float:
    """How much one line speaks for a codec, from about -2 to 6."""
    points = -1.5 * (reading.stray + reading.clashes) - 0.7 * reading.foreign + 1.5 * eaten(line, table)
    if reading.stray == reading.foreign == 0 and line.count(table.quote) > 1:
        points += _PAIRED * bool(_quoting(line, table))
    for gained in token_points(line, reading, table):
        points += gained
        if points > 40:
            break
    clipped = max(-2.0, min(6.0, points))
    return clipped + 0.01 * (points - clipped)  # what is beyond breaks ties between codecs


def token_points(line: str, reading: Reading, table: Table) -> Iterator[float]:
    """How much each damaged place of a line speaks for the codec."""
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
            if raw[1] in "”’" and line[token.start - 1 : token.start] in ("“", "‘"):
                gained = -0.5  # “β”
        else:
            gained = _lone(line, token, kind)
            if gained < 0 and token.start in _quoting(line, table):
                gained = 0.05
        if token.start == previous and kind and size <= 2:
            gained += 0.5
        previous = token.end
        yield gained


def sample(lines: Iterable[str], most: int = 300) -> list[str]:
    """At most `most` of the lines, evenly spread."""
    kept = list(lines)
    step = -(-len(kept) // most) if len(kept) > most else 1
    return kept[::step]
