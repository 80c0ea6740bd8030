"""Find "3/7" and its like at the edge of a post, and say how much it looks like a thread's numbering.

Which error is worse: a date, a score or "24/7" taken for a marker joins posts that are strangers, so a marker alone
joins nothing; `parsers.thread_numbers` asks for several that agree.

In news-like feeds a number with a slash is almost never a thread's: in about nineteen thousand real posts all but one
were dates, fractions, scores or seasons.
A marker therefore counts only at the edge: at the start, behind 🧵 or "Thread" at most, or at the end, before hashtags,
mentions, urls and emoji at most.
Its strength is what stands beside it:

* brackets, a line of its own, or the end of a sentence before it: +2
* a word before it: 0, and −2 where that word announces a date, a score or an age
* at the start: +1 before a capital letter, −1 before a small one, out before "of" or "majority"
* glued to a letter (KS1/2) or standing behind another number (4 1/2): no marker at all
"""

from __future__ import annotations

import re

import msgspec

from parsers.model import Record

#: Parts a thread may have; longer ones exist but look like dates of the school year ("24/25") more often.
MOST = 60

_SLASH = "[/\u2044\u2215\uff0f]"
_D = "(?:[0-9]\ufe0f?\u20e3|[0-9])"
_N = f"({_D}{{1,2}})"
_M = f"({_D}{{1,2}}|[nNxX?])"
#: 🧵, and what is left of it where its bytes were read as Greek or Western European.
_THREAD = "(?:🧵|π§΅|ð\x9f§µ|ðŸ§µ)\ufe0f?"
_EMOJI = "[\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff\u200d\ufe0f\ufffd]"

_LEAD = rf"\s*(?:(?:{_THREAD}|(?i:(?:a |mini |mini-|short )?thread|part)\b)[\s:–—-]*)*"
_START_BRACKET = re.compile(rf"{_LEAD}([(\[【])\s*(?i:part )?{_N}\s*(?:{_SLASH}|of)\s*{_M}?\s*[)\]】][\s:.–—-]*")
_START_SLASH = re.compile(rf"{_LEAD}{_N} ?{_SLASH} ?{_M}(?![\w/%⁄.,]*[\w/%])")
_START_OPEN = re.compile(rf"{_LEAD}{_N}{_SLASH}(?=\s|$)")
_START_OF = re.compile(rf"{_LEAD}{_N} of {_M}(?=\s*[:.)–—\n-])")
_START_DOT = re.compile(r"\s*([0-9]{1,2})[.)]\s+(?=\S)")
_START_KEYCAP = re.compile("\\s*([0-9])\ufe0f?\u20e3[\\s:.–—-]*(?=[^\\s/])")
_AFTER = re.compile(r"[ \t]*(?:[:.)|–—-]+(?=\s|$)[ \t]*)?\n*[ \t]*")

_END_BRACKET = re.compile(rf"[(\[【]\s*(?i:part |thread )?{_N}\s*(?:{_SLASH}|of)\s*{_M}?\s*[)\]】]\.?$")
_END_SLASH = re.compile(rf"(?:(?i:(?:part|thread):?) )?{_N} ?{_SLASH} ?{_M}(\.?)$")
_END_OPEN = re.compile(rf"(?<=\s){_N}{_SLASH}$")
_END_OF = re.compile(rf"(?:(?i:part|thread|post) )?{_N} of {_M}$")
_END_EMOJI = re.compile(f"{_EMOJI}+$")
_TAIL_TOKEN = re.compile(
    rf"(?:#\w[\w-]*|@[\w.-]+|(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{{2,}}(?:/\S*)?|{_EMOJI}+)[.,]?$", re.I
)
_JOINT = re.compile(f"{_SLASH}|of")  # between the number and the total of every marker at the end
_LONGEST_END = 24  # characters of a marker at the end
_REACH = 400  # characters; what stands further from the edge is not at the edge

_DIGIT = re.compile("[0-9]")
_LIST = re.compile(r"\n\s*[0-9]{1,2}[.)]\s")
_KEYCAP = re.compile("[0-9]\ufe0f?\u20e3")
_SENTENCE_END = re.compile(rf"[.!?…\"”’')\]>。！？｡」』】）؟۔।]$|{_EMOJI}$")
#: Scripts that write no spaces: a marker is not glued to their letters, it follows them.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]$")
#: Digits and brackets of other scripts, by the plain ones that the patterns know; one character each.
_PLAIN = {
    **{zero + digit: str(digit) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xFF10) for digit in range(10)},
    **{ord(char): plain for char, plain in zip("（）［］", "()[]", strict=True)},
}
_FOREIGN = re.compile("[" + "".join(map(chr, _PLAIN)) + "]")
#: Words before a number with a slash that say it is a date, a score, an age or a share.
_NOT_BEFORE = re.compile(
    r"(?:^|\W)(?:on|by|since|until|till|from|before|starts?|starting|ends?|ending|begins?|beginning|opens?|closes?"
    r"|due|deadline|date|dated|born|mon|tues?|wed|weds|thur?s?|fri|sat|sun|\w+day|week|half|term|season"
    r"|won|win|wins|lost|lose|drew|draw|beat|scored?|scores|rating|rated|marks?|graded?|out|ratio|odds"
    r"|ks|key stage|stage|y|yr|yrs|years?|p|age|aged|ages|band|set|about|nearly|almost|roughly|over|under"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|june|july|august|september"
    r"|october|november|december)$",
    re.I,
)
_LABEL = re.compile(r"[^\n.!?:]{1,30}:")  # "Canteen curry: 3/5"
_NOT_AFTER = re.compile(
    r"\s*(?:of|majority|majorities|year|years|yr|yrs|ths?|price|full|empty|way|hours?|days?|weeks?|months?|terms?"
    r"|miles?|cups?|pints?|time|size|season|support|helpline|cover)\b"
)
_DATE_AFTER = re.compile(
    r"\s*[-–—:]?\s*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|inset|term|school (?:opens|closes))\b", re.I
)

_THREAD_WORD = r"\b(?:(?:an?|my|our|this|mini|short|little|quick|brief|long)[ -])*thread\b"
_OPENER = re.compile(rf"{_THREAD}|^\W*{_THREAD_WORD}|{_THREAD_WORD}(?: below| follows)?\W*$", re.I)
_POINTS_DOWN = re.compile("[👇⬇⤵]\ufe0f?\\s*$")
_CONT = r"(?:\(cont\)|\(?\b(?:cont(?:inued|['’]?d|\.)|more to follow)[.:)]*)"
_OPEN_END = re.compile(rf"(?:…|\.\.\.|{_CONT}|\(more\))\s*$", re.I)
_OPEN_START = re.compile(rf"\s*(?:…|\.\.\.|{_CONT})", re.I)
_CONT_EDGE = re.compile(rf"^\s*(?:…|\.\.\.)?\s*{_CONT}\s*|\s*(?:{_CONT}|\(more\))\s*$", re.I)
_EDGE_THREAD = re.compile(rf"^\s*{_THREAD}[\s:]*|\s*{_THREAD}\s*$")


class Marker(Record, frozen=True, kw_only=True):
    """A numbering at the edge of a post."""

    number: int
    total: int | None  # None: "3/", "3/n", "3."
    strength: float  # see the module's docstring
    start: int  # in characters of the text; what lies between start and end is not prose
    end: int
    at_start: bool
    style: str  # "slash", "open" or "list" ("3.", keycaps)
    shown: str  # as it stands in the post


def find(text: str) -> Marker | None:
    """The most plausible marker of a post, or None."""
    if not text.isascii() and (_FOREIGN.search(text, 0, 40) or _FOREIGN.search(text, max(0, len(text) - 40))):
        return _as_written(_find(text.translate(_PLAIN)), text)
    return _find(text)


def _as_written(marker: Marker | None, text: str) -> Marker | None:
    """A marker found in plain digits, shown as `text` has it."""
    if marker is None:
        return None
    shown = text[marker.start : marker.end].strip()[: len(marker.shown)]
    return msgspec.structs.replace(marker, shown=shown)


def _find(text: str) -> Marker | None:
    if not _DIGIT.search(text, 0, 24) and not _DIGIT.search(text, max(0, len(text) - _REACH)):
        return None
    found = [marker for marker in (_at_start(text), _at_end(text)) if marker]
    return max(found, key=_preference, default=None)


def _preference(marker: Marker) -> tuple[float, bool]:
    return (marker.strength + (1.0 if marker.total else 0.0), not marker.at_start)


def _value(digits: str) -> int | None:
    """The number of a run of digits, keycaps or not; None for letters and leading zeros."""
    plain = "".join(char for char in digits if char.isascii() and char.isdigit())
    return int(plain) if plain and plain[0] != "0" else None


def _marker(match: re.Match[str], number: str, total: str | None, end: int, **rest: object) -> Marker | None:
    """A marker if its numbers can be a part and a total."""
    n, m = _value(number), _value(total or "")
    if n is None or n > MOST or (total and total[0].isdigit() and m is None):
        return None
    if m is not None and not (2 <= m <= MOST and n <= m + 1):
        return None
    return Marker(number=n, total=m, start=match.start(), end=end, shown=match[0].strip(), **rest)  # type: ignore[arg-type]


def _at_start(text: str) -> Marker | None:
    if not _DIGIT.search(text, 0, 40):  # nothing longer than "🧵 A mini thread: (part " stands before a number
        return None
    head = text[:_REACH]
    if match := _START_BRACKET.match(head):
        return _marker(match, match[2], match[3], match.end(), strength=2.0, at_start=True, style="slash")
    if match := _START_SLASH.match(head) or _START_OF.match(head):
        strength = _strength_after(text, match)
        if strength is None:
            return None
        end = _AFTER.match(head, match.end())
        return _marker(
            match,
            match[1],
            match[2],
            end.end() if end else match.end(),
            strength=strength,
            at_start=True,
            style="slash",
        )
    if match := _START_OPEN.match(head):
        after = text[match.end() :].lstrip()[:1]
        strength = 0.0 if after.islower() else 1.5
        end = _AFTER.match(head, match.end())
        return _marker(
            match, match[1], None, end.end() if end else match.end(), strength=strength, at_start=True, style="open"
        )
    if (match := _START_DOT.match(head)) and not _LIST.search(text):
        return _marker(match, match[1], None, match.end(), strength=0.5, at_start=True, style="list")
    if (match := _START_KEYCAP.match(head)) and len(_KEYCAP.findall(text)) == 1:
        return _marker(match, match[1], None, match.end(), strength=0.5, at_start=True, style="list")
    return None


def _strength_after(text: str, match: re.Match[str]) -> float | None:
    """Strength of a marker at the start, from what follows it; None where it is a fraction or a date."""
    rest = text[match.end() :]
    if _NOT_AFTER.match(rest):
        return None
    strength = 0.0
    if match[0].strip()[:1] not in "0123456789":  # 🧵 or "Thread" before it
        strength += 1.5
    if match[2] in "nNxX?":
        strength += 1.0
    if _DATE_AFTER.match(rest):
        return strength - 2.0
    first = rest.lstrip()[:1]
    if rest[:1] in "\n:)|" or not first or rest.lstrip(" ")[:1] in "\n–—-":
        return strength + 1.5
    return strength - 1.0 if first.islower() else strength + 1.0


def _at_end(text: str) -> Marker | None:
    end = _core_end(text)
    low = max(0, end - _REACH)
    core = text[low:end]
    first = max(0, len(core) - _LONGEST_END)
    # No marker ends further from its last digit than "3️⃣).".
    if not _DIGIT.search(core[-5:]) or not _JOINT.search(core, first):
        return None
    for pattern, style in ((_END_BRACKET, "slash"), (_END_SLASH, "slash"), (_END_OF, "slash"), (_END_OPEN, "open")):
        match = pattern.search(core, first)
        if not match:
            continue
        before = core[: match.start()]
        if pattern is _END_BRACKET:
            strength: float | None = 2.0
        else:
            strength = _strength_before(before)
        # "of pupils 2/3." ends a sentence; a marker with a full stop stands behind one.
        plain = (pattern is _END_OF and match[0][0].isdigit()) or (pattern is _END_SLASH and match[3])
        if strength is None or (plain and strength < 2):
            return None
        total = match[2] if pattern is not _END_OPEN else None
        found = _marker(match, match[1], total, low + match.end(), strength=strength, at_start=False, style=style)
        return found and _moved(found, low)
    return None


def _moved(marker: Marker, by: int) -> Marker:
    if not by:
        return marker
    return Marker(
        number=marker.number,
        total=marker.total,
        strength=marker.strength,
        start=marker.start + by,
        end=marker.end,
        at_start=marker.at_start,
        style=marker.style if marker.total else "open",
        shown=marker.shown,
    )


def _core_end(text: str) -> int:
    """Where the text ends without trailing hashtags, mentions, urls and emoji."""
    end = len(text.rstrip())
    low = max(0, end - _REACH)
    while end > low:
        start = max(text.rfind(" ", low, end), text.rfind("\n", low, end)) + 1
        start = max(start, low)
        token = text[start:end]
        if _TAIL_TOKEN.fullmatch(token) and not _KEYCAP.search(token):
            end = len(text[:start].rstrip())
            continue
        glued = _END_EMOJI.search(token)
        if glued and not _KEYCAP.search(token):
            return start + glued.start()
        return end
    return end


def _strength_before(before: str) -> float | None:
    """Strength of a marker at the end, from what stands before it; None where it is no marker at all."""
    plain = before.rstrip()
    if not plain:
        return 0.0
    glued = plain == before
    last = plain[-1]
    if "\n" in before[len(plain) :]:
        return 2.0
    if glued and _UNSPACED.search(plain):
        return 0.0
    if glued and (last.isalnum() or (last in "/.,:-–£$€+=~<" and (len(plain) < 2 or not plain[-2].isalpha()))):
        return None
    if last.isdigit() or last in "£$€+=~<×/":
        return None
    if _SENTENCE_END.search(plain):
        return 2.0
    if glued and last not in ",;:":
        return None
    return -2.0 if _NOT_BEFORE.search(plain[-24:]) or _LABEL.fullmatch(plain) else 0.0


def without(text: str, marker: Marker) -> str:
    """The text without its marker; hashtags and urls behind it stay.

    >>> text = "Heads are tired. 3/7 #schools"
    >>> without(text, find(text))
    'Heads are tired. #schools'
    """
    before, after = text[: marker.start].rstrip(), text[marker.end :].lstrip()
    if not before or not after:
        return _EDGE_THREAD.sub("", before or after)
    gap = "\n" if "\n" in text[len(before) : marker.start] or "\n" in text[marker.end : -len(after)] else " "
    return _EDGE_THREAD.sub("", before + gap + after)


def without_thread_sign(text: str) -> str:
    """The text without 🧵 at its edges."""
    return _EDGE_THREAD.sub("", text)


def without_continuation(text: str) -> str:
    """The text without "(cont.)" at its edges; "…" stays, it shows where the sentence breaks.

    >>> without_continuation("…contd: and so it went (cont.)")
    'and so it went'
    """
    return _CONT_EDGE.sub("", text)


def opens_thread(text: str) -> bool:
    """Whether an unnumbered post announces a thread: 🧵 or the word at an edge."""
    return bool(_OPENER.search(text))


def points_down(text: str) -> bool:
    """Whether a post ends by pointing at what follows it."""
    return bool(_POINTS_DOWN.search(text))


def goes_on(text: str) -> bool:
    """Whether a post says that its sentence is not over: "…", "(cont.)"."""
    return bool(_OPEN_END.search(text[-40:]))


def comes_from(text: str) -> bool:
    """Whether a post says that it goes on from another: "…", "contd"."""
    return bool(_OPEN_START.match(text[:40]))
