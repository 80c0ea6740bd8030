"""Which quote, apostrophe or dash a damaged character was, judged by its neighbours and by pairing.

A wrong apostrophe is worse than a wrong dash, so the closed lists of English contractions come first.
The remains of ’ ‘ “ ” — – are often the same, so each line is read as a chain:
what stands left and right of a place gives every reading a weight, and a reading that opens or closes a quotation
must fit the quotations that are open (forward-backward over five states).
The sum over all consistent readings of the line is the posterior of each choice.

Weights are counts per hundred on half of the development posts, smoothed by hand; the other half judged them.
"""

from __future__ import annotations

import functools
import re

from parsers.model import Style

# Readings: a apostrophe, o ‘, c ’ closing, O “, C ”, M —, N –, J joiner between emoji, x something else.
SYMBOL = {"a": "’", "o": "‘", "c": "’", "O": "“", "C": "”", "M": "—", "N": "–", "J": "\u200d"}
READINGS = "aocOCMNJx"
QUOTES = frozenset("’‘“”—–\u200d")

# Neighbour classes: A letter or digit, S space, ^ start, $ end, P closing punctuation, O opening punctuation,
# Q another quote, D a dash, E emoji.  Rows are left + right, or a named rule.
_ROWS = {
    "suffix": "a 997 M 1",
    "prefix": "a 97 M 2 C 1",
    "elision": "a 70 o 16 O 14",
    "digits": "N 94 M 3 a 3",
    "feet": "a 92 N 8",
    "closing": "C 100",
    "A A": "M 66 a 24 C 5 O 2 N 2 x 1",
    "S A": "O 84 o 14 a 1 M 1",
    "^ A": "O 86 o 10 M 2 a 1 x 1",
    "O A": "O 78 o 14 a 6 M 2",
    "P A": "C 35 O 35 M 24 a 4 c 2",
    "Q A": "M 45 O 46 o 9",
    "E A": "O 60 x 30 M 10",
    "D A": "O 85 o 15",
    "A S": "C 78 a 2 c 14 M 6",
    "s S": "C 60 a 28 c 11 M 1",
    "in S": "a 50 C 38 c 10 M 2",
    "in $": "C 60 a 25 c 13 M 2",
    "A $": "C 80 a 1 c 14 M 5",
    "s $": "C 80 a 5 c 14 M 1",
    "A P": "C 70 a 4 c 26",
    "s P": "C 56 a 24 c 20",
    "in P": "C 50 a 32 c 18",
    "A O": "C 40 a 40 c 10 M 10",
    "A Q": "c 35 C 35 a 10 M 20",
    "A D": "C 80 c 15 a 5",
    "A E": "C 55 a 10 x 35",
    "P S": "C 93 c 5 O 1 M 1",
    "P $": "C 93 c 7",
    "P P": "C 72 c 28",
    "P O": "C 80 c 20",
    "P Q": "c 50 C 50",
    "P D": "C 80 c 20",
    "P E": "C 70 x 30",
    "Q S": "C 68 c 28 M 4",
    "Q $": "C 70 c 30",
    "Q P": "C 70 c 30",
    "D $": "C 60 O 40",
    "D S": "C 80 c 20",
    "S S": "M 74 N 23 x 3",
    "S S title": "N 66 M 30 x 4",
    "S S foreign": "N 85 M 12 x 3",
    "inner": "o 62 O 36 a 2",
    "headline": "o 60 O 38 a 2",
    "straight": "a 88 C 10 c 2",
    "loose": "a 80 O 12 o 8",
    "^ S": "x 60 M 26 N 14",
    "S $": "x 30 M 50 N 20",
    "S P": "O 40 o 10 x 50",
    "S O": "O 80 o 20",
    "S Q": "O 85 o 9 M 6",
    "^ Q": "O 90 o 10",
    "S E": "O 30 x 70",
    "^ E": "O 20 x 80",
    "O S": "C 40 x 40 M 20",
    "O $": "C 60 x 40",
    "E S": "C 40 x 60",
    "E $": "C 50 x 50",
    "E P": "C 60 x 40",
    "E E": "J 93 x 7",
}
_FALLBACK = "a 20 C 25 O 25 M 10 x 20"

# A word may end at the next damaged place, whose remains can be letters; but Γ, Ã and Ă begin a letter of the word.
_END_OF_WORD = "(?![A-Za-z0-9ΓÃĂ])"
CONTRACTION = re.compile(rf"(?:s|t|re|ve|ll|d|m|l|n){_END_OF_WORD}", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![^\W_])(?:[A-Za-z]|Di|Mc|[Qq]u|ma|jusqu|lorsqu|puisqu|quelqu|aujourd|dell|nell|dall|sull|quell|quest|anch)\Z"
    r"|(?<![A-Za-z0-9])[ODL]\Z"
)
# First names like De’Andre, before a capital; and words that hold an apostrophe by themselves.
_FIRST_NAME = re.compile(r"(?<![^\W_])(?:De|Da|Ta|La|Le|Sha|Mo|Ka|Ja|Ke|Ra|Ty|Te|Bo|Sa|Na)\Z")
_WHOLE_WORD = re.compile(
    "qur’an|hawai’i|sana’a|hallowe’en|ba’ath(?:ist)?|shi’(?:a|ites?)|xi’an|ne’er|na’vi|ka’aba|ma’am", re.IGNORECASE
)
# ’n’ and o’ between two places: rock’n’roll, Jack o’the Green.
_LONE_LETTER = re.compile(r"[NnOo][^\x00-\x7f]")
_AFTER_LONE = re.compile(r"[^\x00-\x7f][NnOo]\Z")
_ELISION = re.compile(
    r"(?:\d0s|\d\d|em|til|cause|cuz|coz|tis|twas|n|bout|nuff|round|sup)" + _END_OF_WORD, re.IGNORECASE
)
_LOOSE = re.compile(rf"(?:s|t|re|ve|ll|d|m){_END_OF_WORD}")

_INCHES = re.compile(r"1?\d(?:[^\x00-\x7f]|\"| (?:tall|ft|feet)\b)")
_FEET = re.compile(r"(?<![^\W_])\d[^\x00-\x7f]1?\d\Z")
_DAYS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun"
_DATE = re.compile(rf"(?<![^\W_])(?:{_DAYS})[a-z]*\Z", re.IGNORECASE)
_DATE_AFTER = re.compile(rf"(?:{_DAYS})", re.IGNORECASE)

_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"[A-Za-z]+\Z")

Readings = tuple[tuple[str, float], ...]  # reading, weight


def _row(text: str) -> Readings:
    parts = text.split()
    total = sum(map(float, parts[1::2]))
    return tuple((r, float(w) / total) for r, w in zip(parts[::2], parts[1::2], strict=True))


_WEIGHTS = {name.replace(" ", ""): _row(text) for name, text in _ROWS.items()}
_OTHER = _row(_FALLBACK)


def neighbour(char: str) -> str:
    """The class of a character beside a damaged place."""
    if char.isalnum():
        return "A"
    if char.isspace():
        return "S"
    if char in ".,!?;:…)]}%":
        return "P"
    if char in "’‘“”":
        return "Q"
    if char in "—–":
        return "D"
    return "O" if char.isascii() else "E"


def context(left: str, right: str, before: str, after: str) -> str:
    """The name of the row for a place: classes of both sides, and up to 4 characters before and after it."""
    if right == "A":
        if left == "A":
            if before[-1:].isdigit() and after[:1].isdigit():
                return "feet" if _INCHES.match(after) and not before[-2:-1].isalnum() else "digits"
            if _DATE.search(before) and _DATE_AFTER.match(after):
                return "digits"
            if CONTRACTION.match(after) or _LONE_LETTER.match(after):
                return "suffix"
            if _NAME.search(before) or _AFTER_LONE.search(before) or _is_name(before, after):
                return "prefix"
        elif left in "^SO" and _ELISION.match(after):
            return "elision"
        elif left == "S" and _LOOSE.match(after):
            return "loose"
    if left == right == "S":
        return _spaced(before, after)
    if left == "A" and right in "S$P":
        if _FEET.search(before):
            return "closing"
        return _word_end(before) + right
    return left + right


def _is_name(before: str, after: str) -> bool:
    if after[:1].isupper() and _FIRST_NAME.search(before):
        return True
    first, second = _LAST_WORD.search(before), _WORD.match(after)
    return bool(first and second and _WHOLE_WORD.fullmatch(f"{first[0]}’{second[0]}"))


def _word_end(before: str) -> str:
    """Plurals own things (pupils’), and -ing loses its g (goin’)."""
    if before.endswith("s"):
        return "s"
    return "in" if before.endswith("in") and len(before) > 2 else "A"


def _spaced(before: str, after: str) -> str:
    """A dash between blanks: prose goes on in lower case; titles and datelines set names apart."""
    follows = after[1:2]
    if follows.isdigit() and before[-2:-1].isdigit():
        return "digits"
    if follows.islower() or before[-2:-1] == ")":
        return "SS"
    return "SStitle"


def title_case(line: str) -> bool:
    """A short line that capitalises nearly all of its longer words: a headline."""
    if len(line) > 140 or "#" in line or "@" in line or "http" in line:
        return False
    words = [word for word in _WORD.findall(line) if len(word) > 3]
    return len(words) > 2 and 4 * sum(word[0].isupper() for word in words) >= 3 * len(words)


_OWN_DASH = re.compile(r"(?<=[^\W\d_][ .,]) ?[—–](?= )")
_OWN_QUOTE = re.compile(r"(?<![^\s(])[‘“](?=\w)")


def habits(text: str) -> Style | None:
    """The house style that undamaged dashes and quotes of a document show; an unseen dash is empty."""
    dashes = [found[-1] for found in _OWN_DASH.findall(text)]
    quotes = _OWN_QUOTE.findall(text)
    dash = next((one for one in "—–" if 3 * dashes.count(one) > 2 * len(dashes)), "")
    single = 3 * quotes.count("‘") > 2 * len(quotes)
    if not dash and not quotes:
        return None
    return Style(dash=dash, quotes="single" if single else "double")


# State after a reading, by state before: 0 nothing open, 1 “, 2 ‘, 3 ‘ inside “, 4 “ inside ‘; with a factor.
_MOVES: dict[str, tuple[tuple[int, float], ...]] = {
    "O": ((1, 1.0), (1, 0.04), (4, 1.0), (3, 0.02), (4, 0.02)),
    "C": ((0, 0.04), (0, 1.0), (2, 0.05), (0, 0.1), (2, 1.0)),
    "o": ((2, 1.0), (3, 1.5), (2, 0.04), (3, 0.02), (4, 0.02)),
    "c": ((0, 0.0), (1, 0.0), (0, 4.0), (1, 4.0), (0, 0.2)),
}
_STAY = tuple((state, 1.0) for state in range(5))
# A quotation may run on into the next paragraph; a single one seldom does.
_END = (1.0, 0.45, 0.06, 0.05, 0.05)


@functools.lru_cache(maxsize=4096)
def _emission(row: str, allowed: str, style: Style | None) -> Readings:
    """The weights of one place, limited to the readings that its remains allow."""
    weights = dict(_WEIGHTS.get(row, _OTHER))
    if style is not None:
        if style.quotes == "single":
            for one, other in ("oO", "cC"):
                weights[one], weights[other] = weights.get(other, 0.0), weights.get(one, 0.0)
        if style.dash in ("—", "–") and row in ("SS", "SStitle", "SSforeign", "^S", "S$"):
            both = weights.get("M", 0.0) + weights.get("N", 0.0)
            weights["M"], weights["N"] = (0.98 * both, 0.02 * both) if style.dash == "—" else (0.02 * both, 0.98 * both)
    found = tuple((r, weights.get(r, 0.0) + 1e-4) for r in allowed)
    total = sum(weight for _, weight in found)
    return tuple((r, weight / total) for r, weight in found)


@functools.lru_cache(maxsize=4096)
def _line(places: tuple[tuple[str, str], ...], style: Style | None) -> tuple[tuple[str, float], ...]:
    return tuple(_chain(places, style))


def choose(places: tuple[tuple[str, str], ...], style: Style | None) -> tuple[tuple[str, float], ...]:
    """The best reading and its posterior for each place of a line; a place is (row, allowed readings)."""
    return _line(places, style) if len(places) < 12 else tuple(_chain(places, style))


def _chain(places: tuple[tuple[str, str], ...], style: Style | None) -> list[tuple[str, float]]:
    emissions = [_emission(row, allowed, style) for row, allowed in places]
    backward = [_END]
    for emission in reversed(emissions):
        later = backward[-1]
        now = [0.0] * 5
        for reading, weight in emission:
            for state, (to, factor) in enumerate(_MOVES.get(reading, _STAY)):
                now[state] += weight * factor * later[to]
        total = sum(now)
        backward.append(tuple(value / total for value in now))  # type: ignore[arg-type]
    backward.reverse()
    forward = [1.0, 0.0, 0.0, 0.0, 0.0]
    chosen: list[tuple[str, float]] = []
    for emission, later in zip(emissions, backward[1:], strict=True):
        scores: dict[str, float] = {}
        after = [0.0] * 5
        for reading, weight in emission:
            moves = _MOVES.get(reading, _STAY)
            symbol = SYMBOL.get(reading, "x")
            for state, amount in enumerate(forward):
                if amount:
                    to, factor = moves[state]
                    gained = amount * weight * factor
                    after[to] += gained
                    scores[symbol] = scores.get(symbol, 0.0) + gained * later[to]
        total = sum(after) or 1.0
        forward = [value / total for value in after]
        mass = sum(scores.values()) or 1.0
        best = max(scores, key=scores.__getitem__)
        chosen.append((best, scores[best] / mass))
    return chosen
