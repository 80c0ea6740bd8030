"""The words of our own people, found in what others print.

Giving somebody else's words to one of ours is the worse error: where the speaker is in doubt, nothing is found.

A text is read sentence by sentence with its quotations blanked out (`quote_marks`).
People are found by name, role and description (`quote_people`), acts of saying by verb and subject (`quote_verbs`),
pronouns by what was told before (`quote_discourse`).
A quotation belongs to the act of saying that touches it, else to the nearest before it in its sentence,
else to one that ends the sentence (", he added").
A quotation that stands alone belongs to whoever spoke in the sentence before, in this paragraph or the last;
a paragraph without closing mark goes on in the next that opens.
What a document or somebody else says inside a sentence of ours is not ours,
nor are names of things ("the “Fair Start” campaign") and what stands in headlines.
A quotation with nothing beside it but a name, after a dash or in the line below, is signed (`quote_signed`).
Reported speech without marks is no quotation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aggregator.quote_beside import another_clause, somebody_took_over
from aggregator.quote_discourse import Discourse, Sentence, sentences
from aggregator.quote_marks import Passage, mask, passages
from aggregator.quote_merge import merge, same
from aggregator.quote_model import Quote, QuoteGroup, Speaker
from aggregator.quote_people import People, plain
from aggregator.quote_signed import Signature, signatures
from aggregator.quote_verbs import Attribution
from aggregator.quote_whole import is_whole
from parsers.model import Record

__all__ = ["Quote", "QuoteGroup", "Speaker", "find", "merge", "same"]

RULE = "quotes-7"  # name of the method; a new one looks through the archive again
NAME_WORDS = 6  # capitalised fragments up to this length are names of things
NEAR = 200  # characters before a quotation that may say whose it is
MAX_CHARS = 300_000  # what is longer is no news text

_DOCUMENT = re.compile(
    r"\b(?:report|framework|guidance|policy|plans?|proposals?|letter|white paper|green paper|bill|act|law|document|"
    r"survey|review|study|rules?|code|standards?|criteria|statement|advert(?:isement)?|leaflet|manifesto|sign|"
    r"poster|placard|banner|notice|slogan|motto|headline|e?mail|tweet|clause|section|passage)\b"
    r"[^“”.;]{0,60}?\b(?:requires?|required|require|says?|said|states?|stated|describes?|described|calls?|called|"
    r"promises?|promised|sets? out|refers?|referred|warns?|warned|speaks? of|uses?|used|defines?|defined|reads?|ran)\b",
    re.IGNORECASE,
)
_CLAIM_NOUN = (
    r"(?:claims?|promises?|pledges?|suggestions?|arguments?|comments?|remarks?|insistence|assertions?|assurances?|vows?|"
    r"words?|descriptions?|statements?|views?|accusations?|notions?|ideas?|warnings?|complaints?|"
    r"rulings?|findings?|verdicts?|conclusions?|decisions?|admissions?|announcements?|recommendations?)"
)
# "the minister's claim that reform was “…”", "rejected the suggestion that …"
_THEIR_CLAIM = re.compile(rf"(?:(?:'s|s')\s(?:[\w-]+\s)?{_CLAIM_NOUN}|\b{_CLAIM_NOUN}\s(?:that|of|by|from))\b[^“”]*“$")
_CALLED = re.compile(
    r"\b(?:the|those|these|\w+'s|\w+s') (?:words?|phrases?|terms?|expressions?|lines?|slogans?|sentences?)[,:]? “$|"
    r"\bin the words of\b[^“”;]*“$|\bin (?:[\w-]+ ){1,3}?[\w-]+'s? words\b[^“”;]*“$|"
    r"\b(?:so-called|known as|titled|entitled|headlined|headed|captioned|nicknamed|named)\s*“$"
)
_OTHERS_OWN = re.compile(
    r"\b(?:[A-Z][\w-]+|government|minister|secretary|party|council|department|watchdog|inspectorate|regulator|critic)"
    r"(?:'s|s')\s(?:(?!(?:is|are|was|were|be|has|have|had|will|would|to|as)\b)[\w-]+\s){0,1}“$"
)
_SAYING = (
    r"(?:sa(?:y|id|ying)|call(?:ed|ing)?|claim(?:ed|ing)?|describ(?:e|ed|ing)|suggest(?:ed|ing)?|argu(?:e|ed|ing)|"
    r"telling)\b"
)
_TO_WORDS = r"[^“”.;]{0,80}“$"
_BLAMES = (
    r"\b(?:(?:criticis|attack|accus|condemn|blam|rebuk|mock|prais|thank|slam|challeng|scold|berat|upbraid|denounc|"
    r"ridicul|lash|chid|commend|forg[ai]v|tick|apologi[sz])\w*|(?:hit|round|turn)\w* (?:out|back|on))\b"
)
_DENIES = r"\b(?:den(?:y|ies|ied|ying)|never|(?:refus|declin)\w+ to|stopp?\w* short of)\b"
#: What one of ours blames somebody for saying, denies to have said, or agrees with; read up to the words.
_NOT_THEIRS = re.compile(
    rf"{_BLAMES}[^“”.;]{{1,80}}\b(?:for|of) (?:having )?{_SAYING}{_TO_WORDS}|"
    rf"{_DENIES}[^“”.;]{{0,30}}\b{_SAYING}{_TO_WORDS}|"
    rf"\bden(?:y|ies|ied|ying)\b{_TO_WORDS}|"
    rf"\bagree[sd]? with\b[^“”.;]{{1,80}}\bthat\b{_TO_WORDS}"
)
#: "described by colleagues as “…”"
_BY_OTHERS = re.compile(
    r"^\s+by\b|\b(?:described|called|dubbed|labelled|branded|hailed|praised|known)\b[^“”.;,]{0,20}\bby\b[^“”.;]{0,60}“$"
)
_AFTER_END = re.compile(
    r"\s*(?:$|[.,;!?”“)–—]|(?:in|on|at|during|last|yesterday|today|this|as|when|while|after|before|and|but|to|of)\b)"
)
_TOUCHES = re.compile(r"[”\s,.?!:)–—-]*$")
_LEADS_IN = re.compile(r"(?:\s(?:that|how|as))?[\s,:;–—-]*(?:\s?that)?[\s,:]*“$")
# "”, Guild general secretary X said": what stands before the name is part of the subject
_ROLE_BEFORE = re.compile(r"[”\s,.?!]*(?:(?!(?:and|but|as|when|while|for|of|in|on|to|which|that)\s)[\w'&-]+\s){0,6}$")
#: "“…” That was the minister's reply"
_POINTS_BACK = re.compile(r"\s*(?:(?:That|This|Those|These|Such)\s(?:was|were|is|are)|So (?:said|says)|Thus)\b")
_A_DEFIANT = re.compile(r"[”\s,.?!]*an?\s(?:[a-z]+ly\s)?[a-z-]+\s$")
_INTERRUPTS = re.compile(r"[^“”.;]{0,60}[,:.–—]\s*“$")


class _Source(Record, frozen=True, kw_only=True):
    """Who speaks a passage, and how that is known."""

    speaker: int | None  # None: somebody else
    verb: str | None = None
    reason: str = ""
    said: Attribution | None = None  # None: carried over from what stands before


def find(text: str, speakers: Sequence[Speaker], outlet: str | None = None) -> list[Quote]:
    """The quotations of `speakers` in a text, in order; other people's are left out."""
    text = text[:MAX_CHARS]
    marked = passages(text)
    if not marked or not speakers:
        return []
    masked = plain(mask(text, marked))
    people = People(masked, speakers)
    told = Discourse(masked, people.mentions).tell(sentences(masked))
    signed = signatures(masked, marked, people.mentions, told, speakers)
    return _Finder(text, masked, marked, told, signed, speakers).quotes(outlet)


class _Finder:
    """Gives each passage of one text its speaker, and puts the passages together."""

    def __init__(
        self,
        text: str,
        masked: str,
        marked: Sequence[Passage],
        told: Sequence[Sentence],
        signed: dict[int, Signature],
        speakers: Sequence[Speaker],
    ) -> None:
        self.text, self.masked = text, masked
        self.marked, self.told, self.signed, self.speakers = marked, told, signed, speakers
        self.sentence_of: list[int | None] = []  # by passage; None inside headings
        self.sources: list[_Source | None] = []
        self._assign()

    # -------------------------------------------------------------- who speaks

    def _assign(self) -> None:
        places = iter(enumerate(self.told))
        place, sentence = next(places, (0, None))
        for index, passage in enumerate(self.marked):
            while sentence is not None and sentence.end < passage.start:
                place, sentence = next(places, (0, None))
            if sentence is None or sentence.heading or passage.start < sentence.start:
                self.sentence_of.append(None)
                self.sources.append(self._signature(index))
                continue
            self.sentence_of.append(place)
            goes_on = index > 0 and self.marked[index - 1].goes_on
            source = self._source(passage, place) or self._signature(index)
            self.sources.append(source or (None if goes_on else self._carried(index, place)))

    def _signature(self, index: int) -> _Source | None:
        """Who signed a passage."""
        signature = self.signed.get(index)
        if signature is None:
            return None
        return _Source(speaker=signature.speaker, reason=f"signed “{signature.words}”")

    def _source(self, passage: Passage, place: int) -> _Source | None:
        """Who speaks a passage by the acts of saying in its own sentence."""
        sentence = self.told[place]
        said = self._saying(passage, sentence)
        if said is None:
            return None
        if said.end <= passage.start and self._is_lost(passage, said, sentence):
            return _Source(speaker=None, said=said)
        if said.who is None or said.who.speaker is None or self._is_others_own(passage, said, sentence):
            return _Source(speaker=None, said=said)
        words = self.text[said.start : said.end].strip(" :,")
        reason = f"“{words}” stands with it"
        if said.pronoun:
            reason = f"“{words}”, and the last person named before is {self.speakers[said.who.speaker].name}"
        elif said.who.how in ("role", "description", "alias"):
            reason += f", which is {self.speakers[said.who.speaker].name}"
        return _Source(speaker=said.who.speaker, verb=said.verb, reason=reason, said=said)

    def _saying(self, passage: Passage, sentence: Sentence) -> Attribution | None:
        before = [one for one in sentence.said if one.end <= passage.start]
        after = [one for one in sentence.said if one.start >= passage.end]
        touched = bool(after) and self._touches(passage, after[0], sentence)
        if before and self._leads_in(before[-1], passage):
            return after[0] if touched and self._is_other(before[-1], after[0], sentence) else before[-1]
        if touched:
            return after[0]
        if before:
            return before[-1]
        return next((one for one in after if self._ends(one, sentence)), None)

    def _is_other(self, one: Attribution, two: Attribution, sentence: Sentence) -> bool:
        """Whether words between two acts of saying are the second's: "“…,” said X; “…,” said Y"."""
        if one.who is not None and two.who is not None and one.who.identity == two.who.identity:
            return False
        return self._has_words(one, sentence)

    def _is_lost(self, passage: Passage, said: Attribution, sentence: Sentence) -> bool:
        """Whether somebody else takes the word between an act of saying and words after it."""
        between = self.masked[said.end : passage.start].rpartition("”")[2]
        return somebody_took_over(between) or (self._has_words(said, sentence) and another_clause(between))

    def _has_words(self, said: Attribution, sentence: Sentence) -> bool:
        """Whether a quotation stands right before an act of saying."""
        last = self.masked.rfind("”", sentence.start, said.start)
        return last >= 0 and _ROLE_BEFORE.fullmatch(self.masked[last : said.start]) is not None

    def _leads_in(self, said: Attribution, passage: Passage) -> bool:
        gap = self.masked[said.end : passage.start]
        return _LEADS_IN.fullmatch(gap) is not None or (gap.endswith(": “") and "“" not in gap[:-1])

    def _touches(self, passage: Passage, said: Attribution, sentence: Sentence) -> bool:
        gap = self.masked[passage.end : said.start]
        if _TOUCHES.fullmatch(gap) or (_A_DEFIANT.fullmatch(gap) and said.who is not None and said.who.named):
            return True
        named = said.who is None or (said.who.how == "name" and not said.pronoun)
        return named and _ROLE_BEFORE.fullmatch(gap) is not None and said.end <= sentence.end

    def _ends(self, said: Attribution, sentence: Sentence) -> bool:
        """Whether an act of saying closes its sentence, after a comma."""
        before = self.masked[sentence.start : said.start].rstrip()
        after = self.masked[said.end : sentence.end]
        return before[-1:] in (",", "”") and _AFTER_END.match(after) is not None

    def _is_others_own(self, passage: Passage, said: Attribution, sentence: Sentence) -> bool:
        """Whether the words are a document's, somebody else's, or a name, inside what ours said."""
        before = self.masked[max(sentence.start, said.end if said.end <= passage.start else 0) : passage.start]
        near = before[-NEAR:]
        if _CALLED.search(near) or _OTHERS_OWN.search(near):
            return True
        if said.end <= passage.start and (_THEIR_CLAIM.search(near) or self._by_others(near, said)):
            return True
        if said.end <= passage.start and _NOT_THEIRS.search(self.masked[sentence.start : passage.start][-2 * NEAR :]):
            return True
        own = [p for p in self.marked if said.end <= p.start < passage.start]
        lead = before.rpartition("”")[2] if own else before
        if said.end <= passage.start and _DOCUMENT.search(lead) and not self._leads_in(said, passage):
            return True
        return not before.rstrip(" “").endswith(":") and self._is_name(passage)

    def _by_others(self, near: str, said: Attribution) -> bool:
        """Whether ours is whom the words are about: "described by colleagues as", not "described by X as"."""
        assert said.who is not None
        assert said.who.speaker is not None
        surname = plain(self.speakers[said.who.speaker].name.split()[-1])
        return _BY_OTHERS.search(near) is not None and surname not in near

    def _is_name(self, passage: Passage) -> bool:
        words = self.text[passage.start : passage.end].split()
        if not 1 < len(words) <= NAME_WORDS or words[-1][-1] in ",.?!…":
            return False
        long = [word for word in words if len(word) > 3]
        return bool(long) and all(word[0].isupper() for word in long) and words[0][0].isupper()

    def _carried(self, index: int, place: int) -> _Source | None:
        """A quotation that stands alone goes on from the speaker of the sentence before."""
        sentence = self.told[place]
        if not self._stands_alone(place) or place == 0:
            return None
        last = self.told[place - 1]
        if last.heading or sentence.paragraph - last.paragraph > 1:
            return None
        if sentence.paragraph != last.paragraph and self._followed_by_other(place):
            return None
        before = self._speaking_at(place - 1, index)
        if before is None or before.speaker is None:
            return None
        name = self.speakers[before.speaker].name
        return _Source(speaker=before.speaker, verb=before.verb, reason=f"stands alone after what {name} said")

    def _stands_alone(self, place: int) -> bool:
        sentence = self.told[place]
        bare = self.masked[sentence.start : sentence.end]
        outside = re.sub(r"“[^”]*(?:”|$)", "", bare)
        return not re.search(r"\w", outside)

    def _followed_by_other(self, place: int) -> bool:
        if place + 1 == len(self.told):
            return False
        following = self.told[place + 1]
        if _POINTS_BACK.match(self.masked, following.start):
            return True
        if following.paragraph != self.told[place].paragraph:
            return False
        said = following.said
        return bool(said) and (said[0].who is None or said[0].who.speaker is None)

    def _speaking_at(self, place: int, index: int) -> _Source | None:
        """Who of ours was speaking at the end of a sentence; `None` in doubt."""
        inside = [i for i in range(index) if self.sentence_of[i] == place]
        if self._stands_alone(place) and inside:
            return self._unit_source(inside[-1])
        said = self.told[place].said
        if not said or said[-1].who is None:
            return None
        return _Source(speaker=said[-1].who.speaker, verb=said[-1].verb)

    def _unit_source(self, index: int) -> _Source | None:
        """The source of the quotation that a passage belongs to, from its first paragraph on."""
        first = index
        while first > 0 and self.marked[first - 1].goes_on:
            first -= 1
        known = [source for source in self.sources[first : index + 1] if source is not None]
        return known[0] if known and len({source.speaker for source in known}) == 1 else None

    # -------------------------------------------------------------- putting together

    def quotes(self, outlet: str | None) -> list[Quote]:
        units: list[list[int]] = []
        for index in range(len(self.marked)):
            if index and (self.marked[index - 1].goes_on or self._is_interrupted(index)):
                units[-1].append(index)
            else:
                units.append([index])
        return [quote for unit in units if (quote := self._quote(unit, outlet)) is not None]

    def _is_interrupted(self, index: int) -> bool:
        """Whether "he said" merely interrupts: the passage goes on from the one before."""
        one, two = self.sources[index - 1], self.sources[index]
        first, second = self.sentence_of[index - 1], self.sentence_of[index]
        if one is None or two is None or first is None or second is None:
            return False
        if one.speaker is None or one.speaker != two.speaker or one.said is None:
            return False
        gap = self.masked[one.said.end : self.marked[index].start]
        if not self.marked[index - 1].end <= one.said.start < self.marked[index].start:
            return False
        if first == second:
            return two.said == one.said and _INTERRUPTS.fullmatch(gap) is not None
        opening = self.masked[self.told[first].start : self.marked[index - 1].start].strip(" “")
        same = self.told[first].paragraph == self.told[second].paragraph and second == first + 1
        return same and not opening and two.said is None

    def _quote(self, unit: list[int], outlet: str | None) -> Quote | None:
        known = [source for index in unit if (source := self.sources[index]) is not None]
        if not known or len({source.speaker for source in known}) > 1 or known[0].speaker is None:
            return None
        spans = [self._trimmed(self.marked[index]) for index in unit]
        parts = tuple(self.text[start:end] for start, end in spans)
        joined = self._joined(unit, parts)
        source = next((one for one in known if one.said is not None), known[0])
        return Quote(
            speaker=self.speakers[known[0].speaker].name,
            quote=joined,
            parts=parts,
            spans=tuple(spans),
            verb=source.verb,
            reason=source.reason,
            partial=not is_whole(joined),
            outlet=outlet,
        )

    def _trimmed(self, passage: Passage) -> tuple[int, int]:
        """Where the words stand, without blanks and the comma that leads over to "he said"."""
        inner = self.text[passage.start : passage.end]
        start = passage.start + len(inner) - len(inner.lstrip())
        return start, passage.start + max(len(inner.rstrip(" \t,\u00a0")), start - passage.start)

    def _joined(self, unit: list[int], parts: tuple[str, ...]) -> str:
        joined = parts[0]
        for last, index, part in zip(unit, unit[1:], parts[1:], strict=False):
            one, two = self.marked[last], self.marked[index]
            if one.paragraph != two.paragraph:
                joined += "\n\n" + part
            elif self.sentence_of[last] != self.sentence_of[index] and joined[-1:].isalnum():
                joined += ". " + part
            else:
                joined += (", " if self.text[one.end - 1] == "," else " ") + part
        return joined
