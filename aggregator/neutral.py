"""Text from outside made harmless for mail, web pages and terminals.

Which error is worse: a dropped character is a blemish, a kept one may turn a line around, hide words or add a
mail header.
So everything that has an effect but no shape goes: controls, bidi overrides, zero-width marks, tag characters.
Joiners stay only where emoji and scripts need them, and piles of combining marks are cut.
A field with right-to-left letters is isolated, so that it cannot pull its neighbours around.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

#: Controls but tab and newline, soft hyphen, zero width, bidi marks, embeddings, overrides and isolates,
#: invisible operators, tags, variation selectors supplement, noncharacters, surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
_JOINERS = re.compile("[\u200c\u200d]")
_MARKS = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
#: No language's words are longer on average; what has longer ones is cut by characters.
WORD_LENGTH = 16
_QUOTES = re.compile("[“”‘’\"']")
#: What stands before a straight mark that opens.
_BEFORE = re.compile("[\\s(\\[“‘\"']?")
#: Marks that open, with those that close them.
CLOSING = {"“": "”", "‘": "’", '"': '"', "'": "'"}
#: What a mark that seems to open leaves out: ‘90s, ‘Tis the season, rock ‘n’ roll.
_LEFT_OUT = re.compile(r"\d|(?:[Tt]is|[Tt]was|[Ee]m|[Nn]|[Cc]os|[Tt]il)\b")
#: Flags of England, Scotland and Wales are written with tag characters; a black flag stays of them.
_SAFE_JOIN = re.compile("[\u0600-\u0dff\u200d\ufe0f\u2190-\u2bff\U0001f000-\U0001faff]")


def neutral(text: str) -> str:
    """Text that does nothing but show itself.

    >>> neutral("safe" + chr(0x202E) + "elif" + chr(0))
    'safeelif'
    """
    if text.isascii() and text.isprintable():
        return text
    text = _UNSEEN.sub("", unicodedata.normalize("NFC", text.replace("\x85", "\n").replace("\u2028", "\n")))
    text = _JOINERS.sub(lambda match: _joiner(text, match.start()), text)
    return _MARKS.sub(r"\1", text)


def _joiner(text: str, place: int) -> str:
    """A joiner between two characters that it can join; nothing elsewhere."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return text[place] if _SAFE_JOIN.match(before) and _SAFE_JOIN.match(after) else ""


def line(text: str) -> str:
    """Neutral text on one line."""
    return " ".join(neutral(text).split())


def cut(text: str, words: int) -> str:
    """The first so many words of a text, with … where something is cut off.

    >>> cut("one two three four", 3)
    'one two three …'
    """
    parts = text[: words * WORD_LENGTH * 2].split()
    whole = " ".join(parts[:words])
    if len(whole) > words * WORD_LENGTH:
        return closed(whole[: words * WORD_LENGTH] + "…")
    return whole if len(parts) <= words and len(text) <= words * WORD_LENGTH * 2 else closed(whole + " …")


def left_open(text: str) -> str:
    """The quotation marks that are open at the end of a text, outermost first.

    A single mark that may be an apostrophe closes what is open and opens nothing.

    >>> left_open("She said: “They called it ‘a gift"), left_open("The pupils' “fair share” in the ‘90s")
    ('“‘', '')
    """
    marks: list[str] = []
    for match in _QUOTES.finditer(text):
        mark, at = match[0], match.start()
        before, after = text[max(0, at - 1) : at], text[at + 1 : at + 2]
        if mark in "‘'" and _LEFT_OUT.match(text, at + 1):
            continue
        if _begins(mark, before, after) and mark not in marks:
            marks.append(mark)
        elif mark not in "“‘" and not (mark in "’'" and after.isalnum()):
            place = next((n for n, one in enumerate(marks) if CLOSING[one] == mark), len(marks))
            del marks[place:]
    return "".join(marks)


def _begins(mark: str, before: str, after: str) -> bool:
    """Whether a mark opens a quotation, by the characters beside it."""
    if mark in "“‘":
        return not before.isalnum()
    if mark in "’”" or not _BEFORE.fullmatch(before):
        return False
    return after.isalpha() or (mark == '"' and after.isdigit())  # in the '90s


def closed(text: str) -> str:
    """The beginning of a text, as a cut leaves it, with the quotation marks closed that are open at its end.

    >>> closed("“We wrote.")
    '“We wrote.”'
    """
    return text + "".join(CLOSING[mark] for mark in reversed(left_open(text)))


def isolated(text: str) -> str:
    """Neutral text on one line that cannot turn its neighbours around.

    `<bdi>` is dropped by most mail clients, the isolate characters are not.
    """
    text = line(text)
    return f"\u2068{text}\u2069" if _RTL.search(text) else text


def link_url(url: str | None) -> str | None:
    """A url that may be clicked: http or https, absolute, without credentials or blanks; else None."""
    if not url or re.search(r"[\s<>\"\\^`{|}\x00-\x20\x7f-\x9f]", url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return None
    return url


def host(url: str | None) -> str | None:
    """The host of a url for people; international names also in their ASCII form, against look-alikes."""
    safe = link_url(url)
    if not safe:
        return None
    name = (urlsplit(safe).hostname or "").removeprefix("www.")
    if name.isascii():
        return name
    try:
        return f"{line(name)} ({name.encode('idna').decode()})"
    except UnicodeError:
        return None
