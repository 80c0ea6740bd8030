"""Texts cut and laid out for people: where a sentence can end, and hard lines for mail programs.

Which error is worse: a phrase that breaks off at "in a" reads as broken, one that ends two words early does not.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence

from aggregator import neutral
from aggregator.neutral import cut

TEXT_WIDTH = 72
#: Characters of about two lines: as long as the name of a position may be.
NAME_LENGTH = 110

#: Words that begin what a title can do without.
_OPENING = (
    "where which that who whose unless if because so when while until before after rather except including such "
    "according and or but as to for of by with in on at from into through than without within between "
    "about over under against during towards regarding concerning whether how why instead"
)
#: Small words that a phrase cannot end on.
_LEANING = (
    "a an the this these its their our every each be is are not no more most should must any some all both "
    "two three four five six seven eight nine ten hundred "
    "will would shall can could may might has have had was were cannot never nor neither only yet however "
    "do does did"
)
#: Words by which a speaker takes back or limits what was just said.
_TURNING = "but yet however never not no nor only unless except though although rather instead without"
#: Words by which what follows them is denied.
_DENYING = "never not no nor neither cannot without unless"
_OPENS, _LEANS, _TURNS, _DENIES = (frozenset(words.split()) for words in (_OPENING, _LEANING, _TURNING, _DENYING))
#: Letters of scripts that write words without blanks between them, and what ends a phrase there.
NO_BLANKS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_STOPS = re.compile("[。，、！？；：]")
#: Letters of a word; what is longer is no word.
LONGEST = 60
#: What closes after the last word of a sentence.
_MARKS = "”’\"')"
#: Words that a phrase gives up to end at a comma.
NEAR = 2
#: Words that a sentence of somebody's has in the mail, and that a clause which takes back what was said may need.
ALLOWED, TURN = 30, 14
#: Words that a denial reaches.
NEAR_DENIAL = 4
#: Words of which a phrase keeps at least this share to end well.
_KEPT = 0.55


def clipped(text: str, words: int, least: int = 3) -> str:
    """At most so many words of a text, up to where it can end: after a sentence, else before a clause or preposition.

    Its first `least` words stay.

    >>> clipped("Small museums should be open on one evening of each week in winter", 9)
    'Small museums should be open on one evening …'
    >>> clipped("It should add to the hours in which doors are open, never stand in for people at desks", 14)
    'It should add to the hours in which doors are open …'
    >>> clipped("We asked forty towns. Eleven sent a photocopy of a map.", 8)
    'We asked forty towns. …'
    >>> clipped("“We asked forty towns for maps of their benches and paths,” said Ida", 6)
    '“We asked forty towns for maps …”'
    >>> clipped("Open the gates", 9)
    'Open the gates'
    """
    # Of a text of any length only its beginning is looked at.
    text = text[: (words + 1) * neutral.WORD_LENGTH * 2]
    if len(NO_BLANKS.findall(text)) * 2 > len(text):
        return _clipped_letters(text, 2 * words)
    parts = neutral.line(text).split()
    if len(parts) <= words + text.rstrip(_MARKS).endswith("…"):
        return cut(text, words + 1)
    ends = [n for n in range(max(least, round(words * _KEPT)), words + 1) if _ends(parts, n)]
    outside = [n for n in ends if not neutral.left_open(" ".join(parts[:n]))]
    end = max(
        _sentences(parts, outside) or _stops(parts, outside) or _sentences(parts, ends) or _stops(parts, ends),
        default=words,
    )
    while end > 1 and _hangs(parts[end - 1]):
        end -= 1
    kept = " ".join(parts[:end])
    return cut(neutral.closed(kept.rstrip(",;:–—- ") + " …"), words + 1)


def turned(text: str, words: int, least: int = 3, most: int = ALLOWED) -> str:
    """The same of what somebody said: where what is left out takes it back, the clause that does so stands whole.

    For that clause it has up to `most` words, and where these are not enough its beginning goes.

    >>> turned("Many would like more of it. But who needs help will not get it from a camera", 6)
    'Many would like more of it. But who needs help will not get it from a camera'
    >>> turned("It should “add to the hours in which doors are open, never stand in for people at desks”, he said", 14)
    'It should “add to the hours in which doors are open, never stand in for people at desks” …'
    >>> turned("Each of the towns on the river may sell its maps, unless they are old, and keep it", 11, most=12)
    '… towns on the river may sell its maps, unless they are old …'
    """
    short = clipped(text, words, least)
    parts = neutral.line(text[: (max(words, most) + TURN) * neutral.WORD_LENGTH * 2]).split()
    bare = short.rstrip(_MARKS)
    kept = end = len(bare.removesuffix("…").split())
    if not bare.endswith("…"):
        return short
    if len(parts) <= most and len(parts) - kept - (parts[-1] == "…") <= NEAR:
        return " ".join(parts)  # a word or two are not worth a cut
    while end < len(parts) and end - kept < TURN and _word(parts[end]) in _TURNS:
        end = _end_of_clause(parts, end)
    if end == kept:
        return short
    start = _not_denied(parts, max(0, min(end - most, kept)))
    marks = neutral.left_open(" ".join(parts[:start]))
    told = ("… " if start else "") + marks + " ".join(parts[start:end])
    return told if end == len(parts) else neutral.closed(told.rstrip(",;:–—- ") + " …")


def _end_of_clause(parts: Sequence[str], at: int) -> int:
    """Where the clause ends that begins with word number `at`: at a stop, else where a phrase can."""
    last = len(parts)
    ends = [n for n in range(at + 3, min(at + TURN, last) + 1) if n == last or _ends(parts, n)]
    stops = [n for n in ends if n == last or parts[n - 1][-1] in ",;:.!?–—"]
    return stops[0] if stops else ends[-1] if ends else min(at + 4, last)


def _not_denied(parts: Sequence[str], start: int) -> int:
    """A place to start that does not leave off the word by which what follows is denied."""
    for n in range(start - 1, max(-1, start - NEAR_DENIAL - 1), -1):
        if parts[n][-1] in ",;:.!?–—":
            return start
        if _word(parts[n]) in _DENIES or _word(parts[n]).endswith(("n’t", "n't")):
            return n
    return start


def _word(part: str) -> str:
    return part.strip(",;:.!?“”‘’\"'()[]").casefold()


def named(title: str, length: int = NAME_LENGTH) -> str:
    """The name of a position: whole where it is at most so many characters, else up to where it makes sense.

    >>> named("Small museums should be open on one evening of each week in winter")
    'Small museums should be open on one evening of each week in winter'
    >>> named("Small museums should be open on one evening of each week in winter", 50)
    'Small museums should be open on one evening …'
    """
    title = neutral.line(title)
    if len(title) <= length:
        return title
    # The longest first words that leave room for the mark of the cut.
    words = len(title[: length - 1].rsplit(" ", 1)[0].split())
    return clipped(title, max(1, words))[:length]


def _sentences(parts: Sequence[str], ends: Sequence[int]) -> list[int]:
    """Those of the places where a phrase can end at which a sentence does."""
    return [n for n in ends if parts[n - 1].rstrip(_MARKS)[-1:] in tuple(".!?")]


def _stops(parts: Sequence[str], ends: Sequence[int]) -> list[int]:
    """Those places, but where a comma or the like is among the last words only it: a small word after it may be part
    of a verb."""
    stops = [n for n in ends if parts[n - 1].rstrip(_MARKS)[-1:] in tuple(",;:–—")]
    return stops if stops and max(stops) >= max(ends) - NEAR else list(ends)


def _clipped_letters(text: str, letters: int) -> str:
    """The same of a text without blanks, where two letters are about a word."""
    if len(text) <= letters:
        return text
    stops = [match.start() for match in _STOPS.finditer(text, letters // 2, letters)]
    return text[: stops[-1] if stops else letters] + "…"


def headline(text: str, words: int) -> str:
    """A headline of at most so many words, none of them endless."""
    if len(NO_BLANKS.findall(text[:1000])) * 2 > len(text[:1000]):
        return clipped(text, words)
    short = " ".join(
        part if len(part) <= LONGEST else f"{part[:LONGEST]}…" for part in clipped(text, words, words * 4 // 5).split()
    )
    return neutral.closed(short) if short.endswith("…") else short


def _ends(parts: Sequence[str], n: int) -> bool:
    """Whether a phrase can end before its word number `n`."""
    before, after = parts[n - 1], parts[n].strip("“‘\"'(").casefold()
    # A comma before a closing mark belongs to who is quoted next: “…,” said Ada.
    stops = before[-1] in ",;:.!?–—" or before.rstrip(_MARKS)[-1:] in tuple(".!?")
    return (after in _OPENS or stops) and not _hangs(before)


def _hangs(part: str) -> bool:
    """Whether a word leads on to what follows it, so that no phrase can end on it; one that denies does so always."""
    low = part.strip("“‘\"'(").casefold()
    return low in _OPENS | _LEANS or low.rstrip(",;:–—") in _TURNS or low.endswith(("n’t", "n't"))


def clipped_around(text: str, phrases: Sequence[str], words: int) -> str:
    """At most so many words of a text, with the first of the phrases that it holds among them.

    >>> clipped_around("He rose at five. Later, he said that every park needs a bench, and more soon", ["bench"], 8)
    '… he said that every park needs a bench …'
    >>> ours = "doors should be open late, never stand in for people at the desks inside"
    >>> clipped_around(f"He rose at five and said that {ours}, or so we hear.", [ours], 9)
    '… and said that doors should be open late, never stand in for people at the desks inside …'
    """
    lead, text = ("… ", text[1:]) if text.startswith("…") else ("", text)
    parts = text.split()
    low = " ".join(parts).casefold()
    places = ((low.find(phrase.casefold()), len(phrase.split())) for phrase in phrases)
    found, length = next((place for place in places if place[0] >= 0), (0, 1))
    before = low[:found].count(" ")
    if len(parts) <= words or before + length <= words * 2 // 3:
        told = turned(text.strip(), words, before + length)
        return told if told.startswith("…") else lead + told
    # As early as the phrase allows, and not so late that only its end is left.
    first, last = max(1, before + length - words), min(before, len(parts) - words * 2 // 3)
    start = next((at for at in range(first, last + 1) if _starts(parts, at)), max(0, min(last, before - words // 3)))
    start = _not_denied(parts, start)
    marks = neutral.left_open(" ".join(parts[:start]))
    least = before - start + length
    # A phrase that does not fit is cut where it can end, too.
    told = turned(marks + " ".join(parts[start:]), words, least if least <= words else 3)
    return told if told.startswith("…") else f"… {told}"


def _starts(parts: Sequence[str], n: int) -> bool:
    """Whether a phrase can start with word number `n`."""
    return parts[n - 1][-1] in ",;:.!?–—" or parts[n].casefold() in ("that", "where", "because", "if", "when")


def direction(text: str) -> str:
    """How a block of somebody's text runs, by its first letter: "rtl" or "ltr".

    >>> direction("12 " + chr(0x5E9) + " and more"), direction("and " + chr(0x5E9))
    ('rtl', 'ltr')
    """
    kinds = (unicodedata.bidirectional(character) for character in text[:500])
    return "rtl" if next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


def wrap(text: str, indent: int = 0, first: str = "") -> str:
    """Hard lines of at most 72 characters; a url stands whole on its line."""
    lines = textwrap.fill(
        text.replace(" …", "\u00a0…"),  # never alone on a line
        TEXT_WIDTH,
        initial_indent=first or " " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.replace("\u00a0…", " …")


def tidy(text: str) -> str:
    """No trailing blanks, never two empty lines together."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"
