"""Who says something in a sentence: reporting verbs and their subjects, outside quotations.

A verb whose subject cannot be named still counts: it says that somebody else is speaking.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import structs

from aggregator.quote_beside import is_associate, is_of_somebody, is_topic, leads_to_saying
from aggregator.quote_model import Span
from aggregator.quote_people import Mention
from parsers.model import Record

Resolve: TypeAlias = Callable[[int, str], Mention | None]

_FORMS = (
    "said says say saying told tells tell telling added adds add adding warned warns warn warning tweeted tweets "
    "tweeting posted posts posting wrote writes write writing argued argues argue arguing claimed claims claim "
    "claiming insisted insists insist insisting explained explains explain explaining continued continues continue "
    "continuing concluded concludes conclude concluding stressed stresses stress stressing admitted admits "
    "admit admitting urged "
    "urges urge urging called calls call calling described describes describe describing accused accuses accuse "
    "accusing branded brands branding labelled labels labelling dubbed dubs dubbing criticised criticises criticise "
    "criticising condemned condemns condemn condemning welcomed welcomes welcome welcoming praised praises praise "
    "praising responded responds respond responding replied replies reply replying commented comments comment "
    "commenting asked asks ask asking questioned questions questioning noted notes note noting observed observes "
    "remarked remarks suggested suggests suggest suggesting predicted predicts predict predicting pledged pledges "
    "pledge pledging promised promises promise promising vowed vows vow vowing confirmed confirms confirm confirming "
    "announced announces announce announcing revealed reveals reveal revealing declared declares declare declaring "
    "stated states state stating joked jokes joking recalled recalls recall recalling acknowledged acknowledges "
    "acknowledge acknowledging agreed agrees agree agreeing complained complains complain complaining cautioned "
    "cautions caution cautioning emphasised emphasises emphasise emphasising highlighted highlights highlighting "
    "hailed hails hailing slammed slams slamming blasted blasts blasting demanded demands demand demanding denied "
    "denies deny denying estimated estimates estimate estimating reiterated reiterates reiterating repeated repeats "
    "reported reports quipped reflected reflects believed believes believe believing feared fears fearing hoped hopes "
    "hoping thought thinks felt feels considered considers lamented laments mused muses retorted signalled signals "
    "conceded concedes conceding maintained maintains accepted accepts accepting reads boasted boasts "
    "fumed fumes thundered raged attacked attacks attacking dismissed dismisses dismissing answered answers answering "
    "countered counters countering snapped snaps retorts retorting rejoined interjected shouted shouts shouting yelled "
    "chanted chanting jeered heckled cried pleaded protested scoffed sneered objected"
)
_PHRASES = (
    r"point(?:ed|s|ing)? out|hit(?:s|ting)? (?:out|back)|(?:shot|shoots|shooting|came|comes|coming|bit) back|"
    r"(?:went|goes) on to say|(?:went|goes) on|put(?:s)? it|"
    r"spoke of|speaks of|speaking of|spelt out|set(?:s)? out|sum(?:med|s)? up|"
    r"(?:call(?:ed|s|ing)?)\s(?:on|for|it|them)"
)
_VERB = re.compile(rf"(?<![\w'-])(?:{_PHRASES}|{'|'.join(_FORMS.split())})(?![\w'-])")
_NOUN_WORDS = (
    "calls claims demands comments promises pledges questions notes reports hopes fears estimates call claim demand "
    "comment promise pledge question note report warning answer answers welcome state states posts post thought brands "
    "labels attacks signals remarks repeats brand label tweets caution cautions highlights stress stresses reply "
    "replies reads feels counters"
)
_NOUNS = frozenset(_NOUN_WORDS.split())
_INVERTED = re.compile(
    r"(?:said|says|added|adds|warned|warns|explained|explains|continued|insisted|insists|argued|argues|wrote|writes|"
    r"tweeted|posted|claimed|claims|asked|admitted|concluded|replied|responded|commented|joked|stressed|declared)$"
)
_SKIPPED = re.compile(
    r"(?:\b(?:has|have|had|will|would|could|can|may|might|also|then|later|previously|earlier|today|tomorrow|yesterday|"
    r"tonight|repeatedly|already|now|since|again|further|first|only|just|even|still|is|was|did|does|this (?:week|month|"
    r"morning|afternoon)|last (?:week|month|year|night)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:is|was|are) "
    r"(?:expected|due|set) to|(?:expected|due|set) to|\w+ly)|,\s(?:meanwhile|however|though|too|in turn)\s?,|"
    r"'(?:s|d|ll|ve))\s*$"
)
_PASSIVE = re.compile(r"\b(?:was|were|is|are|be|been|being|is being|get|got)\s+(?:also\s|\w+ly\s)?$")
_PREPOSITION = re.compile(r"\b(?:to|by|with|of|from|for|about|against|like|than|near|behind|alongside|beside)\s+$")
_NOT = re.compile(
    r"(?:\b(?:not|never|nor|neither|without|to|of|over|under|with|for|from|on|at|in|about|a|an|the|his|her|their|its|this|"
    r"that|no|any|more)|n't)\s+$"
)
_TO_SAY = re.compile(r"\b(?:expected|due|set|going|went on|wants?|wanted|used) to\s+$")
_ROLE_GAP = re.compile(r"^\s+(?:(?!(?:to|of|by|in|with|from|at|that|on|for)\s)[\w'&-]+\s){0,7}$")
_OF_BODY = re.compile(r"(?:\s(?:of|from|at)\s[^,;:“”]{1,60})?,\s")

_ADDRESSED = re.compile(r"\b(?:dear|to|for|on|about|against|from|with|of)$", re.IGNORECASE)  # "Dear X: “…”"

REACH = 400  # characters before a verb in which its subject and auxiliaries are looked for


class Attribution(Record, frozen=True, kw_only=True):
    """Somebody says something."""

    start: int  # of subject and verb together
    end: int
    verb: str | None
    who: Mention | None  # None: somebody who cannot be named
    pronoun: bool = False
    inverted: bool = False


def attributions(text: str, span: Span, mentions: Sequence[Mention], resolve: Resolve) -> tuple[Attribution, ...]:
    """All acts of saying in one sentence of plain masked text, in order.

    `resolve(position, pronoun)` gives the person whom "he" or "she" means there.
    """
    sentence = _Sentence(text, span, mentions, resolve)
    found: list[Attribution] = []
    for match in _VERB.finditer(text, *span):
        if one := sentence.attribution(match, found):
            found.append(one)
    acts = sorted([*found, *sentence.according(), *sentence.colons()], key=lambda one: one.start)
    return tuple(structs.replace(one, who=None) if sentence.is_retold(one, acts) else one for one in acts)


class _Sentence:
    """One sentence, asked for the subject of each of its reporting verbs."""

    def __init__(self, text: str, span: Span, mentions: Sequence[Mention], resolve: Resolve) -> None:
        self.text = text
        self.start, self.end = span
        self.mentions = [m for m in mentions if self.start <= m.start and m.end <= self.end]
        self.resolve = resolve

    def attribution(self, match: re.Match[str], earlier: Sequence[Attribution]) -> Attribution | None:
        """Who is the subject of this verb; `None` where the word is no verb here."""
        base = max(self.start, match.start() - REACH)
        verb, before = match[0], self.text[base : match.start()]
        if verb in _NOUNS and re.search(r"(?:'s|s')\s+(?:\w+\s+)?$", before):
            return None
        if inverted := self._inverted(match, before):
            return inverted
        if _PASSIVE.search(before) and not verb.split()[0].endswith("ing"):
            return self._passive(match)
        head = self._head(before)
        subject = self._subject(head, base, match, earlier)
        if subject is not None:
            return subject
        if verb in _NOUNS or _NOT.search(before) or (verb.endswith("ing") and not before.rstrip().endswith(",")):
            return None
        return Attribution(start=match.start(), end=match.end(), verb=verb, who=None)

    def is_retold(self, one: Attribution, acts: Sequence[Attribution]) -> bool:
        """Whether somebody else says that one of ours said it: "Y says that X told him: “…”"."""
        if one.who is None or one.who.speaker is None or one.inverted:
            return False
        last = next((act for act in reversed(acts) if act.end <= one.start), None)
        if last is None or (last.who is not None and last.who.speaker is not None):
            return False
        between = self.text[last.end : one.start]
        if last.verb == "according to":
            return last.who is not None and last.who.person and re.fullmatch(r",?\s", between) is not None
        return leads_to_saying(between) or (
            last.who is not None and last.who.person and not last.inverted and between == " "
        )

    def _head(self, before: str) -> str:
        """What stands before a verb without its auxiliaries and adverbs."""
        if _TO_SAY.search(before):
            before = re.sub(r"\bto\s+$", "", before)
            before = re.sub(
                r"\b(?:is |was |are )?(?:expected|due|set|going|went on|wants?|wanted|used)\s+$", "", before
            )
        while skipped := _SKIPPED.search(before):
            before = before[: skipped.start()]
        return before.rstrip()

    def _subject(
        self, head: str, base: int, match: re.Match[str], earlier: Sequence[Attribution]
    ) -> Attribution | None:
        end = base + len(head)
        pronoun = re.search(r"(?<![\w'-])([Hh]e|[Ss]he)$", head)
        if pronoun:
            who = self.resolve(base + pronoun.start(), pronoun[1].lower())
            return self._made(base + pronoun.start(), match, who, pronoun=True)
        if head.endswith("who"):
            return self._relative(end - 3, match)
        near = next((m for m in self.mentions if m.end == end), None)
        if near is not None and is_of_somebody(self._before(near)):
            other = self._with_place(end)
            return self._made(near.start, match, other if other and other.speaker is None else None)
        if near is not None and not re.search(r"\b(?:of|from|at|for)(?:\s[\w'-]+){0,3}\s$", self._before(near)):
            who = None if _PREPOSITION.search(self._before(near)) else near
            return self._made(near.start, match, who)
        if re.search(r"[,)–—-]$", head) and not match[0].endswith("ing") and (first := self._apposed(end)):
            reduced = self.text[first.end : end].strip() == ","  # "X, dubbed “…” by others"
            return self._made(first.start, match, None if reduced else self._name_of(first) or first)
        if (first := self._with_place(end) or near) is not None:
            return self._made(first.start, match, first)
        if head.endswith(" to") and self._others_before(end):
            return self._made(match.start(), match, None)
        if match[0].endswith("ing") or head.endswith(" to") or re.search(r"(?:\b(?:and|but|or|then)|,)$", head):
            return self._same_as_before(head, match, earlier)
        return None

    def _made(self, start: int, match: re.Match[str], who: Mention | None, pronoun: bool = False) -> Attribution:
        return Attribution(start=start, end=match.end(), verb=match[0], who=who, pronoun=pronoun)

    def _relative(self, end: int, match: re.Match[str]) -> Attribution:
        """ "X, who said": the nearest name before."""
        named = [m for m in self.mentions if m.end <= end]
        return self._made(end, match, named[-1] if named and not is_associate(self._before(named[-1])) else None)

    def _apposed(self, end: int) -> Mention | None:
        """ "X, general secretary of Y, said": the first name that a comma or bracket follows."""
        for mention in self.mentions:
            between = self.text[mention.end : end]
            if mention.end < end and re.match(r"(?:\s(?:of|from|at)\s[^,;“”]{1,60})?(?:,|\s[(–—-])", between):
                if self._is_object(mention) or "“" in between or ";" in between:
                    continue
                return mention
        return None

    def _name_of(self, role: Mention) -> Mention | None:
        """Who is named right behind a role: "the secretary of the guild, X, said"; None behind a name."""
        gap = None if role.named else _OF_BODY.match(self.text, role.end, self.end)
        if gap is None or any(m.person and m.sure and role.end <= m.start < gap.end() for m in self.mentions):
            return None
        after = next((m for m in self.mentions if m.start == gap.end()), None)
        if after is None or not after.named or not after.person:
            return None
        return after if self.text[after.end : after.end + 1] in (",", ".", ":", "\n", "") else None

    def _with_place(self, end: int) -> Mention | None:
        """ "X of the Y union said"."""
        for mention in reversed(self.mentions):
            between = self.text[mention.end : end]
            if mention.end < end and re.fullmatch(r"\s(?:of|from|at|for)\s[^,;:“”]{1,60}", between):
                return None if self._is_object(mention) or _VERB.search(between) else mention
        return None

    def _before(self, mention: Mention) -> str:
        return self.text[self.start : mention.start]

    def _is_object(self, mention: Mention) -> bool:
        return is_object(self._before(mention).rstrip().lower())

    def _others_before(self, end: int) -> bool:
        """Whether somebody else is named in the sentence so far, who may be the one that says it."""
        named = [
            m for m in self.mentions if m.end <= end and m.person and m.sure and self.text[m.end : m.end + 1] != "'"
        ]
        return len({m.identity for m in named}) > 1

    def _same_as_before(self, head: str, match: re.Match[str], earlier: Sequence[Attribution]) -> Attribution | None:
        if not earlier and head.endswith(",") and not match[0].endswith("ing"):
            return None
        if earlier:
            last = earlier[-1]
            return Attribution(start=match.start(), end=match.end(), verb=match[0], who=last.who, pronoun=last.pronoun)
        first = self._first_subject(match.start())
        return self._made(match.start(), match, first) if first else None

    def _first_subject(self, end: int) -> Mention | None:
        head = re.match(r"[\s“”]*(?:(?:But|And|Yet|Then)\s)?([Hh]e|[Ss]he)\b", self.text[self.start : end])
        if head:
            return self.resolve(self.start + head.start(1), head[1].lower())
        for mention in self.mentions:
            if mention.end > end or re.search(r"\b(?:which|who|whom|whose|that|where)\b", self._before(mention)):
                return None
            if not self._is_object(mention) and self.text[mention.end : mention.end + 1] != "'":
                return mention
        return None

    def _inverted(self, match: re.Match[str], before: str) -> Attribution | None:
        """ "…", said X: the verb follows a quotation or a comma."""
        if not _INVERTED.match(match[0]) or not re.search(r"(?:^|[”,]|[.!?…]”)\s*$", before):
            return None
        if before.rstrip().endswith(",") and self._has_subject(match.start()):
            return None
        after = self.text[match.end() : self.end]
        pronoun = re.match(r"\s+(he|she)\b", after)
        if pronoun:
            place = match.end() + pronoun.start(1)
            who = self.resolve(match.start(), pronoun[1])
            return Attribution(
                start=match.start(), end=place + len(pronoun[1]), verb=match[0], who=who, pronoun=True, inverted=True
            )
        for mention in self.mentions:
            if mention.start < match.end() or self.text[mention.end : mention.end + 1] == "'":
                continue
            if _ROLE_GAP.match(self.text[match.end() : mention.start] or "-"):
                who = self._name_of(mention) or mention
                if is_topic(before, self.text[who.end : self.end]):
                    return None
                return Attribution(start=match.start(), end=who.end, verb=match[0], who=who, inverted=True)
            break
        return None

    def _has_subject(self, end: int) -> bool:
        """Whether a name with an apposition stands before: "X, the minister, said Y …" says something of Y."""
        first = self._apposed(end)
        return first is not None and self.text[first.end : end].strip() != ","

    def _passive(self, match: re.Match[str]) -> Attribution:
        """ "was called “…” by X": X speaks; without "by", somebody."""
        for mention in self.mentions:
            if mention.start > match.end() and re.search(
                r"\bby\s(?:[\w'-]+\s){0,5}$", self.text[match.end() : mention.start]
            ):
                return Attribution(start=match.start(), end=match.end(), verb=match[0], who=mention)
        return Attribution(start=match.start(), end=match.end(), verb=match[0], who=None)

    def according(self) -> list[Attribution]:
        """ "according to X", wherever it stands."""
        found = []
        for match in re.finditer(r"\b[Aa]ccording to\b", self.text[self.start : self.end]):
            end = self.start + match.end()
            who = next(
                (
                    m
                    for m in self.mentions
                    if m.start > end
                    and self.text[m.end : m.end + 1] != "'"
                    and _ROLE_GAP.match(self.text[end : m.start] or "-")
                ),
                None,
            )
            found.append(
                Attribution(
                    start=self.start + match.start(),
                    end=who.end if who else end,
                    verb="according to",
                    who=who,
                    inverted=True,
                )
            )
        return found

    def colons(self) -> list[Attribution]:
        """ "X: “…”" and "X, general secretary: “…”"."""
        for mention in self.mentions:
            head = self.text[self.start : mention.start].strip()
            after = re.match(r"(?:,[^:“”.]{1,80}|\s\([^)]{1,60}\))?:\s*“", self.text[mention.end : self.end])
            short = mention.how == "handle" and len(head.split()) < 4
            if (
                after
                and not self._name_of(mention)
                and not _ADDRESSED.search(head)
                and (not head or short or (_ROLE_GAP.match(f" {head} ") and not _VERB.search(head)))
            ):
                colon = mention.end + after.group().index(":") + 1
                return [Attribution(start=mention.start, end=colon, verb=None, who=mention)]
        return []


def is_object(before: str) -> bool:
    """Whether a name that follows these lower-case words is no subject: "from", "met", "with the minister"."""
    if not before or re.search(r"[,;:–—“”)]$", before):
        return False
    last = re.search(r"([\w'-]+)$", before)
    return bool(last) and last is not None and last[1] not in _BEFORE_SUBJECTS


_BEFORE_SUBJECT_WORDS = (
    "and but that while when as because if although though whereas where after before since until what how why which "
    "then so yet or secretary minister chief head leader boss president director professor principal headteacher chair "
    "chairman chairwoman executive spokesman spokeswoman spokesperson mp teacher councillor commissioner inspector "
    "said says however meanwhile"
)
_BEFORE_SUBJECTS = frozenset(_BEFORE_SUBJECT_WORDS.split())
