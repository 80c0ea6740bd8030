"""Tell a link card's title and description from the text of a post, where a scrape shows them as one block.

Which error is worse: a post's own first line taken for a card puts words into a newspaper's mouth, and a card
taken for text puts a newspaper's words into the post's.
The first is harder to notice, so in doubt there is no card.

A block with a card reads title, description, text; nothing marks the seams.
What is known of real posts with cards (about eight hundred of one campaign account, and profile pages):

* A post holds at most 300 characters: a longer block has a card, and text of more than 300 is a wrong split.
* 98 in 100 texts with a card name a url, and only 14 in 100 without.
  But people delete the url once the card stands, so a url is evidence, not a condition.
* Nearly half repeat the card's title as a line of their own, with or without the site's name behind it.
* Titles have 42 to 107 characters, rarely end in a full stop, and hold no hashtag, handle or url.
* 98 in 100 cards have a description, and half of these end in a full stop or are cut off with "…".

Every possible split gets a score from these signs; the best one wins if it reaches the threshold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.model import Record

#: Below it a block is all text; calibrated on invented posts in the shapes above.
THRESHOLD = 3.5
#: What a post can hold, with a margin for marks that damage left behind.
POST_LIMIT = 306
#: Lines a description may have; more than one only where the text would be longer than a post.
_ABOUT_LINES = 5

_URL = re.compile(r"(?<![@\w.-])(?:https?://)?(?:[a-z0-9-]{1,63}\.)+[a-z]{2,}(?:/\S*)?(?![\w@])", re.I)
_URL_LAST = re.compile(rf"(?:{_URL.pattern})(?:\s+[#@]\S+)*\s*$", re.I)
_HANDLE = re.compile(r"(?<!\w)@[\w.-]+")
_TAG = re.compile(r"(?<![\w&])#\w")
_BULLET = re.compile(r"^(?:[-–—•*‣▪●✅✔➡☑]|\d{1,2}[.)/])\s*\S")
_SITE = re.compile(r"\s[-|–—·]\s[A-Z][\w.&'’ ]{1,40}$")
_WORD = re.compile(r"[^\W_]{4,}")
_SPEAKER = re.compile(r"\b(?:we|we['’](?:ve|re|ll)|our|i|i['’](?:m|ve|ll)|my|thanks|thank|please)\b", re.I)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufe0e\ufe0f]")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufffd]")


class Split(Record, frozen=True, kw_only=True):
    """How many lines of a block are the card's, and how sure that is."""

    title: int = 0  # lines of the title: 1, or 0 for no card
    description: int = 0  # lines of the description, mostly 0 or 1
    score: float = 0.0

    @property
    def lines(self) -> int:
        """How many lines stand before the text."""
        return self.title + self.description


def split(lines: Sequence[str]) -> Split:
    """The best way to read a block of non-empty lines; no card where none reaches the threshold."""
    if len(lines) < 2:
        return Split()
    title = _title_score(lines[0])
    size = _size_score(lines)
    ways = [Split(title=1, description=0, score=title + size + _plain_score(lines))]
    for about in range(1, min(len(lines) - 1, _ABOUT_LINES + 1)):
        if about > 1 and _size("\n".join(lines[about:])) <= POST_LIMIT:
            break  # the rest fits into a post, so the description need not be longer
        ways.append(Split(title=1, description=about, score=title + size + _described_score(lines, about)))
    best = max(ways, key=lambda way: (way.score, way.description))
    return best if best.score >= THRESHOLD else Split(score=best.score)


def _size_score(lines: Sequence[str]) -> float:
    """More than a post can hold needs a card; little text seldom has one."""
    size = _size("\n".join(lines))
    if size > POST_LIMIT:
        return 5.0 if size > POST_LIMIT + 20 else 2.5
    return 0.0 if size > 140 else -0.5


def _title_score(line: str) -> float:
    """How much a first line looks like the title of a page."""
    if _URL.search(line) or _HANDLE.search(line) or _TAG.search(line) or _BULLET.match(line):
        return -10.0
    size = len(line)
    score = 1.0 if 30 <= size <= 115 else 0.3 if 12 <= size <= 150 else -1.0 if size <= 200 else -4.0
    score += 1.5 if _SITE.search(line) else 0.0
    score -= 1.2 if line.endswith((".", ",", ":", ";")) and not line.endswith("...") else 0.0
    score -= 0.5 if line.endswith(("!", "…", "...")) else 0.0
    score -= 1.0 if re.search(r"[.!?]\s+[A-Z]", line) else 0.0
    score -= 1.0 if line[:1].islower() else 0.0
    score -= 1.0 if _EMOJI.search(line) else 0.0
    return score - (0.7 if _SPEAKER.search(re.sub(r"[‘'“\"][^’'”\"]{1,120}[’'”\"]", "", line)) else 0.0)


def _plain_score(lines: Sequence[str]) -> float:
    """A card without description, for which only strong signs speak."""
    title, text = lines[0], lines[1:]
    score = _relation(title, text) - 2.5
    if _only_url(text):  # a headline and a url are how people post without a card
        score -= 2.0
    return score


def _described_score(lines: Sequence[str], height: int) -> float:
    """A card with a description of so many lines."""
    title, about, text = lines[0], " ".join(lines[1 : height + 1]), lines[height + 1 :]
    score = _relation(title, text) + _description_score(about)
    if _same(title, about) and not any(_same(title, line) for line in text):
        score -= 3.0  # the title's echo is the text's first line
    if any(_same(about, line) for line in text):
        score += 2.5
    words = _words(about)
    score += min(0.8, 0.3 * len(words & _words(_URL.sub(" ", " ".join(text)))))
    return score + min(1.0, 0.5 * len(_words(title) & words))


def _description_score(line: str) -> float:
    """How much a second line looks like a page's summary of itself."""
    if line.startswith(("YouTube video by ", "ALT: ")):
        return 3.0
    score = 0.5 if 40 <= len(line) <= 320 else 0.0
    if _HANDLE.search(line) or _TAG.search(line):
        score -= 2.5
    if _URL.search(line) or _BULLET.match(line):
        score -= 1.5
    if line.endswith(("…", "...")):
        score += 1.5
    elif line.endswith(".") or not line.endswith((":", ",", "!", "?")):
        score += 0.5
    else:
        score -= 0.5
    return score - (0.7 if _SPEAKER.search(line) else 0.0)


def _relation(title: str, text: Sequence[str]) -> float:
    """What the text says about the page whose title this may be."""
    body = "\n".join(text)
    urls = [match[0] for match in _URL.finditer(body)]
    score = -6.0 if _size(body) > POST_LIMIT else 0.0
    if urls:
        score += 2.0 if _URL_LAST.search(body) else 0.8
    words = _words(title)
    if any(words & set(_WORD.findall(url.partition("/")[2].lower())) for url in urls):
        score += 1.0
    if any(_same(title, line) for line in text):
        return score + 3.5
    return score + min(1.6, 0.5 * len(words & _words(_URL.sub(" ", body))))


def _same(title: str, line: str) -> bool:
    """Whether a line of the text repeats a title, the site's name or quotation marks apart."""
    ours, theirs = _plain(_SITE.sub("", title)), _plain(_SITE.sub("", line))
    if len(ours) < 10 or len(theirs) < 10:
        return ours == theirs and bool(ours)
    return ours == theirs or ours in theirs or (theirs in ours and 2 * len(theirs) > len(ours))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _only_url(text: Sequence[str]) -> bool:
    return not any(_WORD.search(_URL.sub("", line)) for line in text)


def _size(text: str) -> int:
    return len(_INVISIBLE.sub("", text))
