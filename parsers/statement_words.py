"""What the wording of a position paper tells: who takes a stance, which words carry a subject.

Only counting and word lists, no model: a paper has some thousand words, and a colleague must be able to see
why two paragraphs were kept together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_POSSESSIVE = re.compile(r"[’']s?$")
_STOP = frozenset(
    re.findall(
        r"\w+",
        """
        about above across after again against all almost alongside already also although always
        among and another any are around because been before being below best better between both
        but can could different does doing done each either ensure especially even every existing
        few first for from further good greater had has have having help helping her here high his
        how however including into its itself just keep key known level like likely made make making
        many may meet might more most much must need needed needs neither new next nor not now off
        often once one only other others our out over own part particular people possible provide
        provided rather right same see should since some still such sufficient than that the their
        them then there these they this those through thus too towards two under until upon use used
        using very was way ways well were what when where whether which while who whole whom whose
        why will with within without would yet you your believe believes call calls concerned
        concern feel feels support supports urge urges want wants welcome welcomes important
        necessary clear issue issues position statement
        """,
    )
)
_VERB = (
    r"(?:believes?|welcome[sd]?|urges?|calls?|supports?|oppos(?:es?|ed)|wants?|agrees?|recommends?|recognises?"
    r"|encourages?|asks?|thanks?|feels?|considers?|notes?|regrets?|rejects?|accepts?|remains?|expects?|endorses?"
    r"|advocates?|proposes?|acknowledges?|values?|maintains?|demands?|insists?|condemns?|deplores?|favou?rs?"
    r"|shares?|seeks?|invites?|appreciates?|applauds?|thinks?|holds?|argues?|stands?|affirms?|ratif(?:y|ies)"
    r"|adopts?|would|will|does|do|cannot|has|have|(?:is|are|remains?)(?:\s+not)?(?:\s+\w+)?\s+"
    r"(?:concerned|disappointed|committed|opposed|clear|pleased|convinced|worried|alarmed|in\s+favou?r|against))"
)
#: Words of one line: a heading and the sentence below it are no name.
_NAME = r"[A-Z][\w&’'-]*(?:[^\S\n]+(?:of|and|the|for|&|[A-Z][\w&’'-]*)){0,7}?"
_BELIEF = re.compile(
    rf"(?:^|(?<=[.!?:)•*–-]\s)|(?<=\n))(?:The\s+)?(?P<name>{_NAME})(?:\s+members)?\s+(?:\w+ly\s+)?"
    r"(?:believes?|welcomes|urges|calls\s+(?:for|on)|supports|opposes|recommends)\b",
    re.MULTILINE,
)
_NOBODY = frozenset(
    re.findall(r"\w+", "we they it he she this these those i you many some most government ministers members")
)
_NORM = re.compile(
    r"\b(?:should|must|needs?|ought|have\s+to|has\s+to|believes?|welcomes?|urges?|calls?\s+(?:for|on)|oppose[sd]?"
    r"|recommends?|agrees?|(?:is|are)\s+(?:not\s+)?(?:right|wrong|essential|vital|important|crucial|the\s+role|unacceptable)"
    r"|it\s+is\s+for\s+each|wants?|rejects?|regrets?)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"(?:this|that|these|those|such|it(?!\s+(?:is|was)\b)|they|he|she|however|therefore|thus|hence|further|furthermore|moreover|in\s+addition"
    r"|additionally|also|equally|similarly|likewise|finally|lastly|first(?:ly)?|second(?:ly)?|third(?:ly)?|for\s+example"
    r"|for\s+instance|in\s+particular|in\s+short|as\s+(?:a\s+result|such|stated|noted)|because\s+of\s+this|nevertheless"
    r"|nonetheless|instead|otherwise|but|and|or|so|yet|to\s+\w+|then|meanwhile)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:also|therefore|thus|this|these|those|such|further|furthermore|however|it|them)\b", re.IGNORECASE
)


def words(text: str) -> list[str]:
    """The content words in order, without possessives and plural s; abbreviations stay in capitals."""
    found = []
    for match in _WORD.finditer(text):
        word = _POSSESSIVE.sub("", match[0])
        if is_abbreviation(word):
            found.append(word.rstrip("s"))
        elif len(word) >= 4 and (low := word.lower()) not in _STOP:
            found.append(low[:-1] if low.endswith("s") and not low.endswith("ss") else low)
    return found


def is_abbreviation(word: str) -> bool:
    """Whether the word is written in capitals: "SEND", "MATs", "KS2"."""
    bare = word.rstrip("s")
    return len(bare) >= 2 and bare[0].isalpha() and bare == bare.upper() and bare.isalnum()


class Vocabulary:
    """How many paragraphs of a paper use each word; the rare ones carry its subjects."""

    def __init__(self, paragraphs: Iterable[str]) -> None:
        """Count the words of `paragraphs`."""
        lists = [set(words(text)) for text in paragraphs]
        self.count = Counter(word for found in lists for word in found)
        # A word in more than one other paragraph of sixteen is the paper's theme, not one statement's subject.
        self.limit = max(1, len(lists) // 16)

    def shared(self, text: str, own: Counter[str]) -> set[str]:
        """The words that `text` has in common with a statement and hardly any other paragraph uses.

        `own` counts the statement's paragraphs with each word.
        """
        return {word for word in set(words(text)) if own[word] and self.count[word] - own[word] - 1 <= self.limit}


def find_organisation(text: str, owners: Iterable[str | None]) -> str | None:
    """Whose positions these are: named in the headings, else the one who most often believes or urges."""
    headed = Counter(owner for owner in owners if owner)
    if headed:
        name = headed.most_common(1)[0][0]
        spelt = (match[0] for match in re.finditer(re.escape(name), text, re.IGNORECASE))
        return next((form for form in spelt if not form.isupper()), name) if name.isupper() else name
    believers = Counter(match["name"].strip() for match in _BELIEF.finditer(text))
    for name, times in believers.most_common(3):
        if times >= 2 and name.split()[0].lower() not in _NOBODY:
            return name
    return None


def stance_pattern(organisation: str | None) -> re.Pattern[str]:
    """Matches where a paragraph begins with the organisation's own stance ("NAME believes")."""
    names = rf"(?:the\s+)?{re.escape(organisation)}(?:[’']s?)?(?:\s+members)?" if organisation else r"(?!)"
    return re.compile(rf"{names}\s+(?:\w+ly\s+)?{_VERB}\b", re.IGNORECASE)


def is_normative(text: str) -> bool:
    """Whether the text says what should be, not only what is."""
    return _NORM.search(text) is not None


def goes_on(text: str) -> bool:
    """Whether the first words need the paragraph before ("However", "This", "To allow")."""
    return _GOES_ON.match(text) is not None


def points_back(text: str, after: int) -> bool:
    """Whether the five words from `after` on point to something said before ("also", "this")."""
    return _POINTS_BACK.search(" ".join(text[after : after + 80].split()[:5])) is not None
