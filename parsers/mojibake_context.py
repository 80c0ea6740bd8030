"""Where a damaged quote, apostrophe or dash stands: the name of its row of weights.

A wrong apostrophe is worse than a wrong dash, so the closed lists of English contractions come first.
Rows are named by the classes of both neighbours, or by a rule that knows better.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from parsers.mojibake_choice import QUOTES, SYMBOL, Place
from parsers.mojibake_letters import tongue
from parsers.mojibake_reading import Token
from parsers.mojibake_tables import Entry

# In a cleared line: a damaged quote or dash, and what cannot be told.
PLACE, UNKNOWN = "\ue000", "\ufffd"
_SURE = 0.85
# From this share of quotes and dashes on, other symbols with the same remains are too rare to be one.
_OTHERS = 0.98


@functools.lru_cache(maxsize=4096)
def readings(entry: Entry) -> str:
    """Which readings of a quote or dash the remains allow; empty where they are not of that kind."""
    shares = dict(zip(entry.symbols, entry.shares, strict=True))
    quotes = {symbol: share for symbol, share in shares.items() if symbol in QUOTES}
    if len(shares) == 1 or sum(quotes.values()) < 0.5:
        return ""
    allowed = "".join(reading for reading, symbol in SYMBOL.items() if quotes.get(symbol, 0.0) > 0.001)
    return allowed + ("x" if sum(quotes.values()) < _OTHERS else "")


def places(line: str, tokens: Sequence[Token]) -> tuple[Place, ...]:
    """The damaged quotes and dashes of a line, in order."""
    kinds = [readings(token.entry) for token in tokens]
    if not any(kinds):
        return ()
    clear = _cleared(line, tokens, kinds)
    headline = title_case(clear)
    found: list[Place] = []
    end = -1
    for index, (token, allowed) in enumerate(zip(tokens, kinds, strict=True)):
        if not allowed:
            continue
        after_euro = index > 0 and tokens[index - 1].end == token.start and tokens[index - 1].entry.symbols[0] == "€"
        # â€” with its bytes damaged again: the last of the three was ”
        row = "closing" if after_euro else _row(clear, token, headline)
        found.append(Place(row, allowed, token.start == end))
        end = token.end
    if any(place.row == "SS" for place in found):  # one kind of dash in a line
        found = [place._replace(row="SS") if place.row == "SStitle" else place for place in found]
    return tuple(found)


def _cleared(line: str, tokens: Sequence[Token], kinds: Sequence[str]) -> str:
    """The line as its words will be, each place as long as it was."""
    parts: list[str] = []
    at = 0
    for token, allowed in zip(tokens, kinds, strict=True):
        parts.append(line[at : token.start])
        at = token.end
        symbol = token.entry.symbols[0]
        if allowed:
            shown = PLACE
        elif symbol and (token.entry.shares[0] >= _SURE or symbol[0].isalpha()):
            shown = symbol[0]
        else:
            shown = UNKNOWN
        parts.append(shown * (token.end - token.start))
    return "".join([*parts, line[at:]])


def neighbour(char: str) -> str:
    """The class of a character beside a damaged place.

    A letter or digit, S space, P closing punctuation, O other ASCII, Q a quote, D a dash, T what begins a tag or a
    sum, E an emoji or any other symbol.
    """
    if char.isalnum():
        return "A"
    if char.isspace():
        return "S"
    if char in ".,!?;:…)]}%":
        return "P"
    if char in "’‘“”" or char == PLACE:
        return "Q"
    if char in "—–":
        return "D"
    if char in "#@£€$":
        return "T"
    return "O" if char.isascii() else "E"


# Where a word ends in a cleared line.
_END = r"(?![^\W_])"
_START = r"(?<![^\W_])"
_CONTRACTION = re.compile(rf"(?:s|t|re|ve|ll|d|m|l|n){_END}", re.IGNORECASE)
_NAME = re.compile(
    rf"{_START}(?<![^\W_]{PLACE})[B-HJ-Zb-z]\Z|"
    rf"{_START}(?:Di|Mc|[Qq]u|ma|jusqu|lorsqu|puisqu|quelqu|aujourd|dell|nell|dall|sull|quell|quest|anch|un|tutt|senz|mezz|sant|dov|quand|nient|vent|cinquant)\Z"
)
# First names like De’Andre, before a capital; and words that hold an apostrophe by themselves.
_FIRST_NAME = re.compile(rf"{_START}(?:De|Da|Ta|La|Le|Sha|Mo|Ka|Ja|Ke|Ra|Ty|Te|Bo|Sa|Na|Tre)\Z")
_WHOLE_WORD = re.compile(
    "qur’an|hawai’i|sana’a|hallowe’en|ba’ath(?:ist)?|shi’(?:a|ites?)|xi’an|ne’er|na’vi|ka’aba|ma’am|kaua’i|moloka’i|lana’i|o’ahu|e’er|o’er|da’esh",
    re.IGNORECASE,
)
# Be’eri, Sa’ar: a short name that breaks between vowels; no English word may stand on either side.
_BROKEN_NAME = re.compile(
    rf"{_START}(?!(?:He|We|Me|No|So|To|Do|Go|Be|The|She|Who|Too|You|One|Joe|Sea)\Z)[A-Z][a-z]?[aeiu]\Z"
)
_BROKEN_REST = re.compile(
    rf"(?!(?:i[stfn]|a[nst]?|and|all|are|any|of|on|or|our|us|its|even|each|else|ever|every){_END})"
    rf"[aeiu][a-z]{{1,5}}{_END}"
)
# ’n’ and o’ between two places: rock’n’roll, Jack o’the Green.
_LONE_LETTER = re.compile(rf"[NnOo]{PLACE}")
_AFTER_LONE = re.compile(rf"{PLACE}[NnOo]\Z")
_AND = re.compile(rf"[Nn]{PLACE}\s")
_AFTER_AND = re.compile(rf"\s{PLACE}[Nn]\Z")
_ELISION = re.compile(rf"(?:\d0s|em|til|cause|cuz|coz|tis|twas|bout|nuff|round|sup){_END}|n(?=\s)", re.IGNORECASE)
_UNITS = "per|years?|days?|hours?|minutes?|weeks?|months?|mins?|secs?|seconds?|[mk]?m"
_YEAR = re.compile(rf"\d\d{_END}(?!%| ?(?:{_UNITS})\b)")
_BEFORE_YEAR = re.compile(
    r"(?:\b(?:in|of|since|from|until|till|by|before|after|to|and|spring|summer|autumn|fall|winter|class|season|"
    r"jan\w*|feb\w*|march|april|may|june|july|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*)|[-/&–]) ?\Z",
    re.IGNORECASE,
)
_LOOSE = re.compile(rf"(?:s|t|re|ve|ll|d|m)(?=[ ,!?;:)]|\.(?!{PLACE})|\Z)")
# o’ clock, ol’ man, th’ other: words cut short.
_CUT = re.compile(rf"{_START}(?:o|ol|lil|th|wi|tho|thro|mo|li)\Z", re.IGNORECASE)
_NO_PLURAL = re.compile(
    rf"{_START}(?:is|was|has|this|his|its|as|us|yes|does|thus|always|perhaps|less|unless|across|plus|ours?|theirs|says)\Z"
    r"|(?:ness|less)\Z",
    re.IGNORECASE,
)
# goin’, nothin’; but words that end so by themselves are many.
_DROPPED = re.compile(r"[a-z]*(?<!a)(?<!g)in\Z")
_WHOLE_IN = re.compile(
    "(?:with|beg|cab|bas|virg|th|ther|her|wher|log|ru|co|jo|sk|sp|ch|sat|res|rob|cous|rais|dolph|muff|coff|prote|case|"
    "vitam|insul|bullet|elf|tw|sh)in"
)
_SAYING = re.compile("(?:say|play|pay|stay|be|see)in")
# Turkish suffixes of a name: Ankara’da.
_TURKISH = re.compile(rf"(?:d[ae](?:ki)?|t[ae]|[dt][ae]n|n[iıuü]n|y[aeiıuü]){_END}")

_INCHES = re.compile(r"1?\d(?:[^\x00-\x7f]|\"| (?:tall|ft|feet)\b)")
_FEET = re.compile(r"(?<![^\W_])\d[^\x00-\x7f]1?\d\Z")
_DAYS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun"
_DATE = re.compile(rf"{_START}(?:{_DAYS})[a-z]*\Z", re.IGNORECASE)
_DATE_AFTER = re.compile(rf"(?:{_DAYS})", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"[A-Za-z]+\Z")
_LOWER_WORD = re.compile(r"(?<!\w)[a-z]+ \Z")
_ELIDED = re.compile("[b-df-hj-np-tv-z][^\\x00-\\x7f]{1,3}[aeiouhàâèéêAEIOUH]")  # dell’altra
_DASHED = frozenset(["SS", "SStitle", "^S", "S$"])
_OPENING = frozenset(["SA", "^A", "OA", "ST", "^T", "OT"])


def _row(clear: str, token: Token, headline: bool) -> str:
    """The name of the row of a place in a cleared line."""
    start, end = token.start, token.end
    left = neighbour(clear[start - 1]) if start else "^"
    right = neighbour(clear[end]) if end < len(clear) else "$"
    before, after = clear[max(0, start - 24) : start], clear[end : end + 14]
    row = _named(left, right, before, after)
    if row == "SStitle" and len(clear) > 100 and _LOWER_WORD.search(before):
        return "SS"  # a name set apart within prose
    if row == "AA":
        return _inside(clear, start, before, after)
    if row in _DASHED and tongue(clear) in ("de", "fr"):
        return "SSforeign"
    if left in "AP" and right in "SP$" and _opened_straight(clear, start):
        return "straight"
    if row in _OPENING:
        if clear.count('"', 0, min(start, 1000)) % 2 and clear.find('"', end, end + 500) > 0:
            return "inner"  # a quotation inside straight double quotes
        if headline:
            return "headline"
    return row


def _inside(clear: str, start: int, before: str, after: str) -> str:
    """Between letters, where English has a dash, other languages an elision or a suffix."""
    if _ELIDED.match(clear, start - 1) and tongue(clear) in ("fr", "it"):
        return "prefix"
    last = _LAST_WORD.search(before)
    return "prefix" if last and last[0][0].isupper() and _TURKISH.match(after) else "AA"


def _named(left: str, right: str, before: str, after: str) -> str:
    if right == "A":
        return _before_word(left, before, after)
    if left == right == "S":
        return _spaced(before, after)
    if left == "A" and right in "SP$Q":
        return _word_end(right, before)
    if left == "A" and right == "O" and after[0] == '"':
        return 'A"'
    if left == "A" and right == "T" and after[0] in "#@" and _NAME.search(before):
        return "prefix"
    return left + right


def _before_word(left: str, before: str, after: str) -> str:
    if left == "A":
        return _within_word(before, after)
    if left in "SOQ^":
        if _ELISION.match(after) or (_AND.match(after) and left == "S"):
            return "elision"
        if _YEAR.match(after) and _BEFORE_YEAR.search(before):
            return "elision"
        if left == "S" and _LOOSE.match(after):
            return "loose"
        if left == "Q" and _CONTRACTION.match(after):
            return "Qs"
    if left == "P" and before[-1] in ":)":
        return before[-1] + "A"
    return left + "A"


def _within_word(before: str, after: str) -> str:
    if before[-1].isdigit() and after[0].isdigit():
        return "feet" if _INCHES.match(after) and not before[-2:-1].isalnum() else "digits"
    if _DATE.search(before) and _DATE_AFTER.match(after):
        return "digits"
    if _CONTRACTION.match(after) or _LONE_LETTER.match(after):
        return "suffix"
    if _NAME.search(before) or _AFTER_LONE.search(before) or _is_name(before, after):
        return "prefix"
    return "AA"


def _is_name(before: str, after: str) -> bool:
    if after[0].isupper() and _FIRST_NAME.search(before):
        return True
    if _BROKEN_NAME.search(before) and _BROKEN_REST.match(after):
        return True
    first, second = _LAST_WORD.search(before), _WORD.match(after)
    return bool(first and second and _WHOLE_WORD.fullmatch(f"{first[0]}’{second[0]}"))


def _word_end(right: str, before: str) -> str:
    """Behind a word: plurals own things (pupils’), -ing loses its g (goin’), 6’2” ends a height."""
    if _FEET.search(before):
        return "closing"
    if _AFTER_AND.search(before):
        return "suffix"
    if right != "Q" and _CUT.search(before):
        return "cut"
    if before.endswith("s"):
        return ("A" if _NO_PLURAL.search(before) else "s") + right
    if right != "Q" and before.endswith("in"):
        return _dropped(re.split(r"[\W_]", before)[-1]) + right
    return "A" + right


def _dropped(word: str) -> str:
    """How much a word that ends in -in looks like one that lost its g."""
    if _SAYING.fullmatch(word) or (len(word) > 3 and _DROPPED.fullmatch(word) and not _WHOLE_IN.fullmatch(word)):
        return "in"
    return "In" if len(word) > 4 and word[0].isupper() else "A"


def _spaced(before: str, after: str) -> str:
    """A dash between blanks: prose goes on in lower case; titles and datelines set names apart."""
    follows, ends = after[1:].lstrip(PLACE)[:1], before[-2:-1]
    if follows.isdigit() and ends.isdigit():
        return "digits"
    if follows.islower() or ends in (")", PLACE, "”"):
        return "SS"
    return "SStitle"


_STRAIGHT = re.compile(r"(?<![\w'])'(?=\w)|(?<=[\w.,!?])'(?!\w)")


def _opened_straight(line: str, at: int) -> bool:
    """Whether a straight single quote opened before, which the lost one then closes."""
    quotes = list(_STRAIGHT.finditer(line, max(0, at - 200), at))
    return bool(quotes) and line[quotes[-1].end()].isalnum()


def title_case(line: str) -> bool:
    """A short line that capitalises nearly all of its longer words: a headline."""
    if len(line) > 140 or "#" in line or "@" in line or "http" in line:
        return False
    words = [word for word in _WORD.findall(line) if len(word) > 3]
    return len(words) > 2 and 4 * sum(word[0].isupper() for word in words) >= 3 * len(words)
