"""Quotations that are signed: a dash and a name after the words, or a line with the name under them.

Giving somebody else's words to one of ours is the worse error: only words that stand alone in their paragraphs are
signed, only by a full name with nothing but a role beside it (`quote_signers`), and a verb anywhere in the signature
makes it a sentence, which `quote_verbs` reads.
A line with a bare name may as well head what follows, a quotation or a statement without marks; where anybody else
was introduced, or stands above the words in the same way, it signs nothing.
Somebody else's signature is told too, because it says that the words are not those of whoever spoke before.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from aggregator.quote_discourse import Sentence
from aggregator.quote_marks import FILL, Passage, paragraphs
from aggregator.quote_model import Span, Speaker
from aggregator.quote_people import Mention, plain
from aggregator.quote_signers import signs
from parsers.model import Record

MOST_WORDS = 16  # of a signature: a name, a role, a body
SHORTEST = 45  # characters of quoted words without a stop; titles are shorter
SHORTEST_LED = 20  # the same where a comma leads over to the name

_DASH = re.compile(r"\s*(?:[–—―]|--?)\s*")
_AFTER = re.compile(r"[\s,.]*(?:[–—―]|--?)?[\s,]*")
_ALONE = re.compile(r"“[^”]*(?:”|$)")
#: What turns a name and a role into a sentence.
_VERB = re.compile(
    r"\b(?:is|was|are|were|be|been|being|has|have|had|will|would|can|could|should|may|might|must|do|does|did|"
    r"sa(?:id|ys|ying)|told|tells|add(?:s|ed|ing)|ask(?:s|ed)|warn(?:s|ed)|who|whom|whose|which|that|when|as|on|about|"
    r"to|by|By|with|With|from|From|after|before|responds?|responded|responding|quoted|citing|\w+(?:ed|ing))\b"
)
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ]")
LONG_LINE = 12  # words; what has more is no heading
#: Who may have said words under a sentence that only tells of them, and how a statement speaks.
_SOMEBODY = re.compile(
    r"\b(?:ministers?|governments?|departments?|ministry|councils?|councillors?|unions?|charit(?:y|ies)|regulators?|"
    r"watchdogs?|inspect\w+|officials?|parents?|pupils?|students?|teachers?|governors?|part(?:y|ies)|leaders?|"
    r"spokes\w+|critics?|experts?|researchers?|campaigners?|trusts?|MPs?|peers?|reactions?|responses?)\b",
    re.IGNORECASE,
)
_STATES = re.compile(r"\b(?:I|[Ww]e|[Oo]ur|[Uu]s|[Mm]y)\b")
_DAYS_AND_MONTHS = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december"
)
_CALENDAR = frozenset(_DAYS_AND_MONTHS.split())
_PAPER = re.compile(r"(?:report|letter|paper|newspaper|statement)s?$")


class Signature(Record, frozen=True, kw_only=True):
    """Who signed a quotation."""

    speaker: int | None  # of ours; None: somebody else
    words: str  # the signature as it is written


def signatures(
    masked: str,
    marked: Sequence[Passage],
    mentions: Sequence[Mention],
    told: Sequence[Sentence],
    speakers: Sequence[Speaker],
) -> dict[int, Signature]:
    """The signature of each passage that has one, by its place in `marked`.

    `masked` is plain masked text, `told` its sentences with their acts of saying.
    """
    return _Reader(masked, marked, mentions, told, speakers).read()


def _start(mention: Mention) -> int:
    return mention.start


class _Reader:
    """Looks at each paragraph that is nothing but a quotation, and at the line below it."""

    def __init__(
        self,
        masked: str,
        marked: Sequence[Passage],
        mentions: Sequence[Mention],
        told: Sequence[Sentence],
        speakers: Sequence[Speaker],
    ) -> None:
        self.text = masked
        self.spans = paragraphs(masked)
        self.marked = marked
        self.mentions = sorted(mentions, key=_start)
        self.speakers = speakers
        self.told: dict[int, list[Sentence]] = {}
        for sentence in told:
            self.told.setdefault(sentence.paragraph, []).append(sentence)
        self.inside: dict[int, list[int]] = {}
        for index, passage in enumerate(marked):
            self.inside.setdefault(passage.paragraph, []).append(index)

    def read(self) -> dict[int, Signature]:
        found: dict[int, Signature] = {}
        for paragraph, indexes in self.inside.items():
            if (signature := self._of_paragraph(paragraph, indexes)) is None:
                continue
            first = indexes[0]
            while first > 0 and self.marked[first - 1].goes_on:
                first -= 1
            found.update(dict.fromkeys(range(first, indexes[-1] + 1), signature))
        return found

    def _of_paragraph(self, paragraph: int, indexes: Sequence[int]) -> Signature | None:
        start, end = self.spans[paragraph]
        last = self.marked[indexes[-1]]
        opening = _ALONE.sub("", self.text[start : last.end + 1])
        if last.goes_on or re.search(r"\w", opening) or not self._is_said(paragraph, indexes):
            return None
        tail = self.text[last.end + 1 : end]
        if re.search(r"\w", tail):
            after = _AFTER.match(self.text, last.end + 1, end)
            assert after is not None
            return self._undisputed(self._signed((after.end(), end)), paragraph)
        return self._below(paragraph)

    def _undisputed(self, signature: Signature | None, paragraph: int) -> Signature | None:
        """A signature, unless a line that leads over to the words names somebody else."""
        if signature is None or (above := self._first(paragraph) - 1) < 0 or not self._line(above).endswith(":"):
            return signature
        people = [mention for mention in self._within(self.spans[above]) if mention.person]
        ours = any(mention.speaker == signature.speaker for mention in people)
        return signature if ours or not people else Signature(speaker=None, words=signature.words)

    def _is_said(self, paragraph: int, indexes: Sequence[int]) -> bool:
        """Whether the words are a sentence or more: others may be a headline, or the title of a book or talk."""
        start, end = self.marked[indexes[0]].start, self.marked[indexes[-1]].end
        if self.text[end - 1] in ".!?…":
            return True
        return paragraph > 0 and end - start >= (SHORTEST_LED if self.text[end - 1] == "," else SHORTEST)

    def _below(self, paragraph: int) -> Signature | None:
        """The signature in the line under a quotation."""
        if paragraph + 1 >= len(self.spans):
            return None
        start, end = self.spans[paragraph + 1]
        dash = _DASH.match(self.text, start, end)
        signature = self._signed((dash.end() if dash else start, end))
        if dash and signature is None and end - start < 8 * MOST_WORDS:
            return Signature(speaker=None, words=self.text[start:end].strip())
        if dash or signature is None or signature.speaker is None:
            return None if not dash and self._is_caption((start, end)) else self._undisputed(signature, paragraph)
        first = self._first(paragraph)
        doubt = first == 0 or self._is_headed(first) or self._introduces(first, signature.speaker)
        doubt = doubt or self._heads_next(paragraph + 1, first)
        return None if doubt else signature

    def _is_caption(self, span: Span) -> bool:
        """Whether a line begins with the name of one of ours and names nobody else: it says nothing of the words."""
        people = [mention for mention in self._within(span) if mention.person and mention.sure]
        if len(people) != 1 or people[0].speaker is None or self.text.startswith("'s", people[0].end):
            return False
        return self.text[span[0] : people[0].end].strip() == plain(self.speakers[people[0].speaker].name)

    def _first(self, paragraph: int) -> int:
        """The first of the paragraphs that are nothing but quotations, up from one that is."""
        while paragraph > 0 and paragraph - 1 in self.inside:
            if re.search(r"\w", _ALONE.sub("", self._line(paragraph - 1))):
                break
            paragraph -= 1
        return paragraph

    def _introduces(self, first: int, speaker: int) -> bool:
        """Whether somebody else speaks, or is led over to, in the two paragraphs before the words."""
        for paragraph in range(first - 1, max(-1, first - 3), -1):
            said = [one for sentence in self.told.get(paragraph, ()) for one in sentence.said]
            if said:
                who = said[-1].who
                return who is None or who.speaker != speaker
            if self._line(paragraph).endswith(":"):
                return not any(mention.speaker == speaker for mention in self._within(self.spans[paragraph]))
        return False

    def _is_headed(self, first: int) -> bool:
        """Whether a name stands above the words, with or without its role in a line of its own."""
        return self._is_name_line(first - 1) or (
            first > 1 and self._is_short(first - 1) and self._is_name_line(first - 2)
        )

    def _is_short(self, paragraph: int) -> bool:
        """Whether a line is no sentence."""
        line = self._line(paragraph)
        return line[0] != "“" and line[-1] not in ".!?…”:" and len(line.split()) <= LONG_LINE

    def _heads_next(self, name: int, first: int) -> bool:
        """Whether a name line may head what stands below it, rather than close what stands above.

        Prose below it leaves no doubt only if the sentence above the words tells of nobody who may have said them.
        """
        following = name + 1
        if following < len(self.spans) and self._is_short(following):  # the role
            following += 1
        if following >= len(self.spans) or self._is_short(following):
            return False
        below, above = self._line(following), self._line(first - 1)
        if below.startswith("“"):
            return True
        people = [mention for mention in self._within(self.spans[first - 1]) if mention.speaker is None]
        people = [one for one in people if one.key not in _CALENDAR and not _PAPER.search(one.key)]
        tells = above[-1] in ".!?…" and not people and not _SOMEBODY.search(above)
        return not tells or _STATES.search(below) is not None or self._is_round_up

    @cached_property
    def _is_round_up(self) -> bool:
        """Whether a line of the text that is not under a quotation is a bare name."""
        return any(
            self._is_name_line(place)
            for place in range(len(self.spans))
            if place - 1 not in self.inside and len(self._line(place).split()) <= LONG_LINE
        )

    def _is_name_line(self, paragraph: int) -> bool:
        return self._signed(self.spans[paragraph]) is not None

    def _line(self, paragraph: int) -> str:
        return self.text[slice(*self.spans[paragraph])].strip()

    def _within(self, span: Span) -> list[Mention]:
        first = bisect_left(self.mentions, span[0], key=_start)
        return self.mentions[first : bisect_left(self.mentions, span[1], lo=first, key=_start)]

    def _signed(self, span: Span) -> Signature | None:
        """Who a stretch names, if it is nothing but a name and a role; somebody else where it names no one of ours."""
        start, end = span
        words = self.text[start:end].strip()
        if not words or FILL in words or "“" in words or len(words.split()) > MOST_WORDS:
            return None
        if _VERB.search(words) or re.search(r"[.!?:;]\s", words) or words[-1] in "!?:;" or not _CAPITAL.match(words):
            return None
        people = [m for m in self._within(span) if m.end <= end and m.named and (m.person or m.sure)]
        ours = [m for m in people if m.speaker is not None and m.how == "name"]
        if len(ours) == 1 and ours[0].speaker is not None and self._signs(span, ours[0]):
            return Signature(speaker=ours[0].speaker, words=words)
        # One capitalised word beside a name is a body's or a place's; a second signer has two.
        others = [m for m in people if m.speaker is None and m.person and " " in self.text[m.start : m.end]]
        return Signature(speaker=None, words=words) if ours or others else None

    def _signs(self, span: Span, mention: Mention) -> bool:
        """Whether a stretch is the name of one of ours with nothing but role and body; a run may hold words before."""
        assert mention.speaker is not None
        speaker = self.speakers[mention.speaker]
        start = mention.end - len(" ".join(plain(speaker.name).split()))
        return signs(self.text[span[0] : start].lstrip(), self.text[mention.end : span[1]], speaker)
