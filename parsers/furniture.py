"""What surrounds an article on a news page, recognised line by line.

Which error is worse: to take a sentence of the article for furniture is worse than to leave a line of
furniture in; a reader skips a stray "Share", but a lost sentence may be the one that mattered.
So every rule here looks at a whole line, most of them only at short lines, and each has a reason in plain
words that is kept with the line it removed.

Two strengths.
A *cut* is a heading after which another part of the page begins ("Most read", "Leave a reply").
*Furniture* is a line that may stand anywhere, also between two paragraphs ("Read more: …", a photo credit).
The phrases are data: `furniture.toml` for news sites in general, `outlets.toml` for what only one outlet writes.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

from parsers import bylines, pitches

#: Longer lines are prose, whatever they start with.
LONGEST = 60  # words

_PUNCTUATION = " \t.:!?…›»>→–—-|•·*#'\"‘’“”"
_END = re.compile(r"[.!?…。！？｡؟।]\s?[\"'”’“»«›‹)\]」』）]*$")
_SOFT_END = re.compile(r"[:;,：；，、][\"'”’»)\]」』）]*$")
#: Scripts that put no spaces between words; two of their characters are about a word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")

# What the placeholders of furniture.toml stand for.
_AGENCIES = (
    r"(?:Getty(?: Images)?|Alamy(?: Stock Photo)?|Reuters|AFP|AP|PA(?: Wire| Media| Images)?|EPA(?:-EFE)?|"
    r"Shutterstock|Rex(?: Features)?|iStock(?:photo)?|Unsplash|Bloomberg|Press Association)"
)
_SITES = (
    r"(?:facebook(?: messenger)?|messenger|twitter|x|x \(twitter\)|whats ?app|linked ?in|pinterest|reddit|"
    r"flipboard|instagram|tik ?tok|bluesky|threads|telegram|snapchat|youtube|google ?(?:plus|\+|news)?|tumblr|"
    r"pocket|digg|stumbleupon|delicious|mastodon|e-?mail|sms|rss|apple news|copy link|print|link)"
)
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAYS = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_ZONE = r"(?:\s*\(?(?:gmt|bst|utc|e[sd]?t|p[sd]?t|c[sd]?t|ce?s?t|ist|aest|z)\)?)?"
_CLOCK = rf"(?:\d{{1,2}}[:.]\d{{2}}(?::\d{{2}})?\s*(?:[ap]\.?m\.?)?|\d{{1,2}}\s*[ap]\.?m\.?){_ZONE}"
_DAY = (
    rf"{_DAYS}(?:\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?[\s\-]+{_MONTHS}\.?,?(?:[\s\-]+\d{{2,4}})?|"
    rf"{_MONTHS}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s+\d{{4}})?|"
    r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{4}[/\-]\d{2}[/\-]\d{2})"
)
_STAMP = (
    rf"(?:(?:at\s+)?{_CLOCK}[\s,|·•\-–]*(?:on\s+)?)?{_DAY}"
    rf"(?:[\s,|·•\-–t]*(?:at\s+)?{_CLOCK})?{_ZONE}"
)

#: After a sentence and before a capital, where a heading stood before all line breaks were lost.
_LOST_LINE = (r"(?<=[.!?…”\"’)]\s)", r"(?=\s+[A-Z0-9“\"‘£])")
_FILL = {
    "{end}": _LOST_LINE[0],
    "{next}": _LOST_LINE[1],
    "{agency}": _AGENCIES,
    "{site}": _SITES,
    "{time}": _CLOCK,
    "{stamp}": _STAMP,
    "'": "['’]",
}

_CREDIT_TAIL = re.compile(
    r"(?:\((?i:image|photo|picture|pic|credit|file|source|video)s?\s?[:/ ].{2,60}\)|"
    rf"\((?:via |[^()]{{2,60}}[/,] ?)?{_AGENCIES}(?:[/, ].{{0,40}})?\)|"
    r"\b(?i:photograph|photo|picture|image|pic|credit|illustration|composite|photography)s?(?: by)?:\s?.{2,60}|"
    rf"(?<=[\s.|–-]){_AGENCIES}\s?/\s?.{{2,40}}|"
    r"(?<=[.\s/])(?:Getty Images|Alamy(?: Stock Photo)?|PA Wire|Shutterstock|PA Media)|[.:/]\s?(?:AFP|AP|Reuters|PA))$"
)
_MENU = re.compile(r"^(?:[^|›»•·/>]{1,30}\s[|›»•·/>]\s){2,}[^|›»•·/>]{1,30}$")
_ADDRESS = re.compile(r"^(?:https?://|www\.)\S+$|^@\w{2,30}$|^#\w+(?:\s#\w+)*$|^\S+@\S+\.\w{2,}$")
_NO_WORDS = re.compile(r"^[\W\d_]+$")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d$")
_QUOTED = re.compile(r"[“\"]")
_REPORTED = re.compile(r"\b(?:said|says|told|added|argued|warned|according to)\b")


@cache
def _phrases() -> dict[str, dict[str, list[str]]]:
    """The tables of furniture.toml."""
    with Path(__file__).with_name("furniture.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _rule(table: str, tail: str = "", ignore_case: bool = True) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """One pattern for a table, a group for each reason, and the reasons in the order of the groups."""
    reasons = _phrases()[table]
    groups = [f"({'|'.join(f'(?:{_filled(phrase)})' for phrase in phrases)})" for phrases in reasons.values()]
    return re.compile(f"(?:{'|'.join(groups)}){tail}", re.IGNORECASE if ignore_case else 0), tuple(reasons)


def _filled(phrase: str) -> str:
    for name, value in _FILL.items():
        phrase = phrase.replace(name, value)
    return phrase


@cache
def inline_phrases(table: str = "inline") -> re.Pattern[str]:
    """What breaks up a page that was pasted as one line: phrases of the page, or those that titles follow."""
    return re.compile(rf"(?<!\w){_rule(table, ignore_case=False)[0].pattern}(?!\w)")


@cache
def controls() -> re.Pattern[str]:
    """Names of buttons as they stand in a page that was pasted as one line."""
    return inline_phrases("controls")


@cache
def dated() -> re.Pattern[str]:
    """A date with its year, with or without a time and "Published", anywhere in a text; a capital follows it."""
    label = (
        r"(?-i:(?:First |Last |Originally )?(?:Published|PUBLISHED|Posted|Updated|UPDATED|updated|Modified|modified)"
        r"(?: on| at)?:?\s*)"
    )
    year = r"(?=[^.!?]{0,45}\b(?:19|20)\d\d\b)"
    follows = r"(?=(?-i:[\s|•·,–)~-]+(?:[A-Z“\"‘£\d]|e-mail|min\b))|\s*$)(?!,?\s*(?:19|20)\d\d\b)"
    return re.compile(rf"(?<![\w£$€]){label}?{year}{_STAMP}{follows}", re.IGNORECASE)


def words(line: str) -> list[str]:
    """The words of a line, numbers included.

    >>> words("We’ve 3 co-heads!")
    ['We’ve', '3', 'co-heads']
    """
    return _WORD.findall(line)


def length(line: str) -> int:
    """How many words a line of collapsed white space has; where a script puts no spaces, half its characters.

    >>> length("A line of words"), length("議会は火曜日に図書館を残すと決めた。")
    (4, 8)
    """
    spaced = line.count(" ") + 1
    return spaced if line.isascii() else max(spaced, len(_UNSPACED.findall(line)) // 2)


def ends_sentence(line: str) -> bool:
    """Whether the line closes a sentence, a quotation mark or bracket after it allowed."""
    return bool(_END.search(line[-8:]))


def is_prose(line: str, count: int | None = None) -> bool:
    """A paragraph: nine words and a full stop, or so long that it can't be a heading (22 words).

    A colon or comma counts as an end from 15 words on: "The plan has three parts, the minister said:".
    """
    count = max(len(words(line)), length(line)) if count is None else count
    if count >= 22:
        return True
    return (count >= 9 and ends_sentence(line)) or (count >= 15 and bool(_SOFT_END.search(line[-8:])))


@lru_cache(maxsize=4096)
def cut(line: str) -> str | None:
    """Why this line is the heading of another part of the page, or None.

    Only short lines that don't end like a sentence are looked at.

    >>> cut("More from this theme")
    'start of a list of other stories'
    """
    ends = ends_sentence(line) and not line.endswith(("?", "…", "reserved.")) and not line.startswith("©")
    if len(line) > 120 or ends:
        return None
    return _matched("cut", "", line.strip(_PUNCTUATION))


@lru_cache(maxsize=4096)
def furniture(line: str) -> str | None:
    """Why this line is furniture wherever it stands, or None.

    >>> furniture("Share this with Facebook")
    'sharing'
    >>> furniture("Share prices fell by a tenth on Monday, the bank said.") is None
    True
    """
    if len(line) > 1500:
        return None
    if anywhere := _found_anywhere(line):
        return anywhere
    if len(line) > 600 or len(words(line)) > LONGEST:
        return None
    if _NO_WORDS.match(line):
        return None if _YEAR.match(line) else "no words"
    if _ADDRESS.match(line):
        return "bare address"
    if bylines.is_byline(line):
        return "byline"
    bare = line.strip(_PUNCTUATION)
    reason = _matched("furniture", "", bare) or _matched("opening", r"\b.{0,300}", bare)
    if reason and not _is_sentence_of_story(line, reason):
        return reason
    if not is_told(line) and pitches.is_pitch(line):
        return "newsletter, subscription or appeal"
    if len(line) < 300 and _CREDIT_TAIL.search(line[-80:]):
        return "photo caption or credit"
    return "menu" if _MENU.match(line) else None


def is_told(line: str) -> bool:
    """Whether somebody is quoted or reported in a line."""
    return bool(_QUOTED.search(line) or _REPORTED.search(line))


def _found_anywhere(line: str) -> str | None:
    """The reason of a phrase that only notices hold, wherever in the line; quoted words are a story's."""
    pattern, reasons = _rule("anywhere")
    found = pattern.search(line)
    if not found or (_QUOTED.search(line) and _REPORTED.search(line)):
        return None
    return reasons[(found.lastindex or 1) - 1]


def _matched(table: str, tail: str, bare: str) -> str | None:
    pattern, reasons = _rule(table, tail)
    found = pattern.fullmatch(bare)
    return reasons[(found.lastindex or 1) - 1] if found else None


def _is_sentence_of_story(line: str, reason: str) -> bool:
    """Whether a line that only starts like furniture reads on like a sentence somebody reported."""
    if reason in {"date line", "photo caption or credit"}:
        return False
    long = len(words(line)) > 12 or (len(words(line)) >= 9 and ends_sentence(line))
    if reason in {"newsletter, subscription or appeal", "notice", "pointer to another story"}:
        asks_nothing = reason.startswith("newsletter") and not pitches.wants(line[line.find(" ") :])
        return long and (bool(_REPORTED.search(line)) or asks_nothing)
    return len(words(line)) >= 9 and ends_sentence(line)
