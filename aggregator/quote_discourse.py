"""A text told sentence by sentence: who speaks, and whom "he" and "she" mean.

Taking a pronoun for ours when it means another person is the worse error.
A pronoun means the subject of the sentence before; a person named there as something else makes it doubtful,
unless name or title say that the pronoun cannot be theirs.
A name in the possessive ("Smith's comments were …, he said") takes no pronoun.
Headlines, subheads and captions, which end without a stop, tell nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from msgspec import structs

from aggregator.quote_marks import FILL, paragraphs
from aggregator.quote_model import Span
from aggregator.quote_people import Mention
from aggregator.quote_verbs import Attribution, attributions, is_object
from parsers.model import Record

FORGET = 4  # sentences without a person after which a pronoun means nobody known
HEADING_WORDS = 30
MAX_OUTSIDE = 2_500  # characters outside marks; no sentence of prose is longer, and lists are not told
MAX_SENTENCE = 20_000

_END = re.compile(r"[.!?…]+[”')\]]*\s+(?=[“A-ZÀ-ÖØ-Þ\[(@0-9£])")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Rev|St|No|vs|e\.g|i\.e|[A-Z])\.)\s*$")
_ASKED = re.compile(
    r"(?:[A-Z][\w'-]+\s){1,4}(?:also\s|has\s|had\s)?(?:said|says|asked|asks|added|adds|told|warned|wrote)\b"
)
_REPORTED = re.compile(r"\b(?:said|added|told|tweeted|wrote|posted|warned)\b")
_GOES_ON = frozenset(("added", "adds", "continued", "continues", "went on", "concluded", "adding", "goes on"))
_COORDINATED = re.compile(r"\b(?:while|but|whereas|and)\b|;")
_TOGETHER = re.compile(r",?\s(?:and|alongside|together with|along with|as well as)\s")
_OPENING = re.compile(r"(?:[.!?”]\s+|\n)(?:(?:But|And|Then|Yet)\s)?$")
_PARENT = re.compile(r"\sof\s(?:one|two|three|four|five|six)\b")  # "the father of two" is somebody told of before
_COMES = re.compile(r"\b(?:came|was|stood|rose|went|spoke|followed|is|appeared|sat)\s(?:Mr |Mrs |Ms |Dr |Sir )?$")
_AGE = re.compile(r",\s\d{1,2},")
_TO_NAME = re.compile(r"(?:\s(?:of|from|at|for)\s[^,;:“”]{1,60})?,?\s(?:(?:Mr|Mrs|Ms|Dr|Prof|Sir|Dame|Cllr)\.?\s)?")
_TOLD = re.compile(r"[\s“”]*(?:Told|Asked|Hearing|Shown|Reminded|Informed|Responding|Reacting|Learning)\b")
#: Words in -er, -or, -ist, -ent and -ant are people, but for those below and all in -ment.
_SOMEBODY = re.compile(
    r"[\s“”]*(?:(?:But|And|Then|Yet)\s)?(?:The|the|An?|an?|His|his|Her|her|Their|their|One|one|Another|another)\s"
    r"(?:[\w'-]+\s){0,2}?([a-z]+(?:er|or|ist|ent|ant))\s[a-z]"
)
_NO_PERSON_WORDS = (
    "letter paper answer number matter offer order winter summer chapter charter computer error factor sector "
    "floor door corner dinner water power weather shelter newsletter register filter river tower poster banner folder "
    "border disorder event extent accident incident content talent rent grant restaurant plant former other another "
    "later latter earlier recent current different important president greater larger longer smaller major minor prior "
    "senior junior further wider lower higher better bigger newer older younger present relevant significant silent "
    "urgent excellent independent permanent frequent constant brilliant quarter semester master september october "
    "november december under over after never ever"
)
_NO_PERSONS = frozenset(_NO_PERSON_WORDS.split())
_CLAUSE = re.compile(r"\b(?:as|while|and|but|when|whereas|before|after|until|because|though|although)\s$")
_DOES = re.compile(r"\s(?:was|is|has|had|did|does|would|will|[a-z]+(?:ed|ew|aid))\b")
_PRONOUN_START = re.compile(r"[\s“”]*(?:(?:But|And|Yet|Then|So)\s)?([Hh]e|[Ss]he)\b")


class Sentence(Record, frozen=True, kw_only=True):
    """One sentence and the acts of saying in it."""

    start: int
    end: int
    paragraph: int
    heading: bool = False
    said: tuple[Attribution, ...] = ()
    others: bool = False  # somebody else is named in it, and not in the possessive


class _Recent(Record, frozen=True, kw_only=True):
    """Whom a pronoun may mean, and who else was named beside."""

    who: Mention | None
    rivals: tuple[Mention, ...] = ()


def sentences(masked: str) -> list[Sentence]:
    """The sentences of masked text in order, headings marked."""
    spans = paragraphs(masked)
    found = []
    for place, (start, end) in enumerate(spans):
        heading = len(spans) > 2 and _is_heading(masked[start:end])
        for first, last in _split(masked, start, end):
            endless = last - first > MAX_SENTENCE or last - first - masked.count(FILL, first, last) > MAX_OUTSIDE
            found.append(Sentence(start=first, end=last, paragraph=place, heading=heading or endless))
    return found


def _split(text: str, start: int, end: int) -> list[Span]:
    cuts = [start]
    for match in _END.finditer(text, start, end):
        if _ABBREVIATION.search(text[max(start, match.start() - 6) : match.end()]) and "”" not in match[0]:
            continue
        if "”" in match[0] and match[0][0] in "?!…" and _ASKED.match(text[match.end() : match.end() + 80]):
            continue
        cuts.append(match.end())
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def _is_heading(paragraph: str) -> bool:
    bare = paragraph.strip().rstrip("”')] ")
    if (
        not bare
        or bare[-1] in ".!?…,:;"
        or len(bare.split()) > HEADING_WORDS
        or (bare[-1] == FILL and "”" not in paragraph)
    ):
        return False
    return "“" not in paragraph or not _REPORTED.search(paragraph)


class Discourse:
    """Reads sentences in order and remembers who was named."""

    def __init__(self, masked: str, mentions: Sequence[Mention]) -> None:
        self.text = masked
        self.mentions = mentions
        self.recent: list[_Recent] = []
        self.age = 0
        self.spoke: str | None = None  # who said something last
        self.here: list[Mention] = []
        self.start = 0  # of the sentence
        self.next = 0

    def tell(self, parts: Sequence[Sentence]) -> list[Sentence]:
        """The same sentences with the acts of saying in them."""
        return [part if part.heading else self._tell(part) for part in parts]

    def _tell(self, part: Sentence) -> Sentence:
        while self.next < len(self.mentions) and self.mentions[self.next].start < part.start:
            self.next += 1
        last = self.next
        while last < len(self.mentions) and self.mentions[last].end <= part.end:
            last += 1
        self.start = part.start
        self.here = list(self.mentions[self.next : last])
        self.next = last
        said = attributions(self.text, (part.start, part.end), self.here, self.resolve)
        said = tuple(self._checked(one) for one in said)
        others = any(m.speaker is None and m.person and m.sure and not self._possessive(m) for m in self.here)
        self._remember(part, said)
        return Sentence(start=part.start, end=part.end, paragraph=part.paragraph, said=said, others=others)

    def _checked(self, one: Attribution) -> Attribution:
        """ "He added" is said by whoever spoke last, or in doubt by nobody known."""
        doubtful = self.spoke is not None and one.who is not None and one.who.identity != self.spoke
        if one.pronoun and one.verb in _GOES_ON and doubtful:
            one = structs.replace(one, who=None)
        if one.who is not None and (one.who.person or one.who.speaker is not None):
            self.spoke = one.who.identity
        return one

    def resolve(self, position: int, pronoun: str) -> Mention | None:
        """The person whom a pronoun means there; `None` in doubt."""
        named = [m for m in self.here if m.end <= position and m.person and m.sure and not self._possessive(m)]
        named = [m for m in named if m.gender in (None, pronoun)]
        subjects = [m for m in named if not self._object(m)]
        if any(self._only_heard_of(m) for m in subjects):
            return None
        if subjects:
            return subjects[-1]
        if any(m.speaker is None and m.named for m in named):
            return None
        for entry in self.recent:
            if entry.who is None:
                return None
            if entry.who.gender in (None, pronoun):
                doubtful = any(rival.gender in (None, pronoun) for rival in entry.rivals)
                return None if doubtful else entry.who
        return None

    def _only_heard_of(self, mention: Mention) -> bool:
        """Whether a name stands in what somebody was told: "Told what X had said, he replied"."""
        opening = _TOLD.match(self.text, self.start)
        return opening is not None and "," not in self.text[self.start : mention.start]

    def _remember(self, part: Sentence, said: Sequence[Attribution]) -> None:
        subjects = self._subjects(part, said)
        objects = [m for m in self.here if m.person and m.sure and m.named and not self._possessive(m)]
        objects = [m for m in objects if m.identity not in {s.identity for s in subjects}]
        if not subjects and (comes := self._comes_in()):
            subjects = [comes]
        if not subjects and self._is_about_a_stranger(part, objects):
            self.recent.insert(0, _Recent(who=None))
            return
        if not subjects and not objects:
            self.age += 1
            if self.age > FORGET:
                self.recent = []
            return
        self.age = 0
        if not subjects:
            self._push(objects[-1])
            return
        first, others = subjects[0], subjects[1:]
        between = self.text[part.start : others[0].start] if others else ""
        if self._new_subject(first) or (others and _COORDINATED.search(between[max(0, first.end - part.start) :])):
            self.recent.insert(0, _Recent(who=None))
        else:
            self._push(first, (*others, *objects, *self._beside(subjects)))

    def _comes_in(self) -> Mention | None:
        """Who takes the place of the subject: "Then came Smith", "Next to speak was a teacher", "Bob, 43, …"."""
        for mention in self.here:
            before = self.text[max(0, mention.start - 12) : mention.start]
            if mention.person and (_COMES.search(before) or _AGE.match(self.text, mention.end)):
                return mention
        return None

    def _is_about_a_stranger(self, part: Sentence, objects: Sequence[Mention]) -> bool:
        """Whether a sentence tells of somebody of whom no name is known: "His opponent smiled", "Smith met X"."""
        opening = _SOMEBODY.match(self.text, part.start, part.end)
        if opening and opening[1] not in _NO_PERSONS and not opening[1].endswith("ment"):
            return _PARENT.match(self.text, opening.end(1)) is None
        return any(
            m.person and not m.sure and m.end < objects[-1].start and _DOES.match(self.text, m.end)
            for m in (self.here if objects else ())
        )

    def _beside(self, subjects: Sequence[Mention]) -> list[Mention]:
        """Who acts together with a subject without a name: "X and the minister"."""
        found = []
        for one, two in pairwise(self.here):
            if _TOGETHER.fullmatch(self.text[one.end : two.start]) and (one in subjects) != (two in subjects):
                found.append(two if one in subjects else one)
        return [m for m in found if m.person and not m.named]

    def _push(self, who: Mention, rivals: Sequence[Mention] = ()) -> None:
        known = [entry for entry in self.recent if entry.who is None or entry.who.identity != who.identity]
        self.recent = [_Recent(who=who, rivals=tuple(rivals)), *known][:4]

    def _subjects(self, part: Sentence, said: Sequence[Attribution]) -> list[Mention]:
        """Who does or says something in a sentence, each once, in order."""
        found = [(one.start, one.who) for one in said if one.who and (one.who.person or one.who.speaker is not None)]
        for mention in self.here:
            if self._acts(mention) and not self._possessive(mention) and not self._object(mention):
                found.append((mention.start, mention))
        opening = _PRONOUN_START.match(self.text, part.start, part.end)
        if opening and (who := self.resolve(opening.start(1), opening[1].lower())):
            found.append((opening.start(1), who))
        unique: dict[str, Mention] = {}
        for _, who in sorted(found, key=lambda pair: pair[0]):
            unique.setdefault(who.identity, who)
        return list(unique.values())

    def _acts(self, mention: Mention) -> bool:
        """Whether a verb may follow: a lower-case word, or an apposition."""
        follows = re.match(r"(?:,|\s\(|\s[a-z“])", self.text[mention.end : mention.end + 3]) is not None
        if not follows or mention.speaker is not None:
            return follows
        return mention.person and mention.sure and (mention.named or self._opens(mention))

    def _opens(self, role: Mention) -> bool:
        """Whether one person of a role is what a sentence is about: "The minister stood up"."""
        if self.text[role.start : role.end].endswith("s") or _PARENT.match(self.text, role.end):
            return False
        name = _TO_NAME.match(self.text, role.end)
        if name and any(m.named and m.start == name.end() for m in self.here):
            return False  # "The secretary of the Guild, Ann Smith, …" is told of by name
        return role.start == 0 or _OPENING.search(self.text[max(0, role.start - 8) : role.start]) is not None

    def _new_subject(self, first: Mention) -> bool:
        """Whether a clause behind the first subject has another, of whom no more than a surname is known."""
        return any(
            m.person and not m.sure and _CLAUSE.search(self.text[first.end : m.start]) and _DOES.match(self.text, m.end)
            for m in self.here
            if m.start >= first.end
        )

    def _possessive(self, mention: Mention) -> bool:
        return self.text[mention.end : mention.end + 1] == "'"

    def _object(self, mention: Mention) -> bool:
        start = self.text.rfind("\n", 0, mention.start) + 1
        before = re.split(r"[.!?]\s", self.text[max(start, mention.start - 60) : mention.start])[-1].rstrip()
        return is_object(before.lower())
