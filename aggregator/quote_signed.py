"""Quotations that are signed: a dash and a name after the words, or a line with the name under them.

Giving somebody else's words to one of ours is the worse error: only words that stand alone in their paragraphs are
signed, only by a full name with nothing but a role beside it, and a verb anywhere in the signature makes it a
sentence, which `quote_verbs` reads.
A line with a bare name may as well stand above the next quotation; then it signs nothing.
Somebody else's signature is told too, because it says that the words are not those of whoever spoke before.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from aggregator.quote_marks import FILL, Passage, paragraphs
from aggregator.quote_model import Span
from aggregator.quote_people import Mention
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
_ROLES = re.compile(r"(?:[\w'’&.-]+,? ){0,7}")
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ]")


class Signature(Record, frozen=True, kw_only=True):
    """Who signed a quotation."""

    speaker: int | None  # of ours; None: somebody else
    words: str  # the signature as it is written


def signatures(masked: str, marked: Sequence[Passage], mentions: Sequence[Mention]) -> dict[int, Signature]:
    """The signature of each passage that has one, by its place in `marked`."""
    return _Reader(masked, marked, mentions).read()


def _start(mention: Mention) -> int:
    return mention.start


class _Reader:
    """Looks at each paragraph that is nothing but a quotation, and at the line below it."""

    def __init__(self, masked: str, marked: Sequence[Passage], mentions: Sequence[Mention]) -> None:
        self.text = masked
        self.spans = paragraphs(masked)
        self.marked = marked
        self.mentions = sorted(mentions, key=_start)
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
            return self._signed((after.end(), end))
        return self._below(paragraph)

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
        if signature is None or dash or signature.speaker is None:
            return signature
        heads_next = paragraph + 2 < len(self.spans) and self._line(paragraph + 2).startswith("“")
        headed = paragraph == 0 or self._is_name_line(paragraph - 1)
        return Signature(speaker=None, words=signature.words) if heads_next or headed else signature

    def _is_name_line(self, paragraph: int) -> bool:
        return self._signed(self.spans[paragraph]) is not None

    def _line(self, paragraph: int) -> str:
        return self.text[slice(*self.spans[paragraph])].lstrip()

    def _signed(self, span: Span) -> Signature | None:
        """Who a stretch names, if it is nothing but a name and a role; somebody else where it names no one of ours."""
        start, end = span
        words = self.text[start:end].strip()
        if not words or FILL in words or "“" in words or len(words.split()) > MOST_WORDS:
            return None
        if _VERB.search(words) or re.search(r"[.!?:;]\s", words) or words[-1] in "!?:;" or not _CAPITAL.match(words):
            return None
        first = bisect_left(self.mentions, start, key=_start)
        here = self.mentions[first : bisect_left(self.mentions, end, lo=first, key=_start)]
        people = [m for m in here if m.end <= end and m.named and (m.person or m.sure)]
        ours = [m for m in people if m.speaker is not None and m.how == "name"]
        # One capitalised word beside a name is a body's or a place's; a second signer has two.
        others = [m for m in people if m.speaker is None and m.person and " " in self.text[m.start : m.end]]
        if len(ours) == 1 and not others and _ROLES.fullmatch(self.text, start, ours[0].start):
            return Signature(speaker=ours[0].speaker, words=words)
        return Signature(speaker=None, words=words) if ours or others else None
