"""Who is named in a text: our speakers, other people, and everybody else who can say something.

Taking another person for ours is the worse error.
A surname alone is ours only while no other person of that surname is named;
a role alone ("the general secretary") only while one of ours and nobody else in the text has it;
a description ("the union leader") only when one of ours is named, and so introduced, right after.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from aggregator.quote_model import Speaker
from parsers.model import Record

MAX_DESCRIPTIONS = 20  # "the union leader" stands in the first paragraphs, not everywhere

How: TypeAlias = Literal["name", "surname", "alias", "handle", "role", "description", "pronoun", "other"]

_UP = r"(?:(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|Rev|St|Cllr)\.(?= [A-Z])|[A-ZÀ-ÖØ-Þ]\w*(?:['-](?!s\b)[^\W\d_]\w*)*)"
_RUN = re.compile(rf"{_UP}(?:[ ](?:(?:de|da|van|von|der|la|le|bin|al|del)[ ]){{0,2}}{_UP})*")
_MALE, _FEMALE = "he", "she"
_TITLES = {
    "mr": _MALE, "sir": _MALE, "lord": _MALE, "mrs": _FEMALE, "ms": _FEMALE, "miss": _FEMALE, "dame": _FEMALE,
    "lady": _FEMALE, "baroness": _FEMALE, "dr": None, "prof": None, "professor": None, "cllr": None,
    "councillor": None, "rev": None, "reverend": None, "judge": None, "mx": None,
}  # fmt: skip
# Common first names of people in British news; they only ever rule a pronoun out.
_HE_WORDS = (
    "adam alan alex ali andrew andy anthony ben bill bob brian carl charles chris christopher colin daniel dave david "
    "dean derek ed edward eric francis frank gareth gary gavin geoff george graham greg harry henry ian jack jacob "
    "james jason jeff jim joe john jonathan joseph keir keith ken kevin lee liam luke mark martin martyn matthew "
    "michael mike mohammed nick neil nigel oliver patrick paul peter phil philip ray richard rob robert robin roger "
    "ryan sean simon stephen steve steven stuart thomas tim tom tony trevor victor will william"
)
_SHE_WORDS = (
    "abigail alice alison amanda amy angela angie ann anna anne annie barbara becky beth bridget carol caroline "
    "catherine charlotte cheryl christine claire clare daisy daniela debbie deborah diana diane dorothy eleanor "
    "elizabeth ella ellen emily emma esther eve fiona frances gemma georgia gillian grace hannah harriet heather helen "
    "isabel jacqueline jane janet jenny jess jessica jo joan joanna joanne judith julia julie karen kate katherine "
    "kathryn katie kelly laura lesley linda lisa liz louise lucy lynn maggie margaret maria marie marion martha mary "
    "megan melanie michelle miriam naomi natalie nicola olivia pamela patricia paula pauline rachel rebecca rosie ruth "
    "sally samantha sandra sara sarah sharon sheila sophie stella stephanie sue susan suzanne teresa theresa tina "
    "tracey tracy valerie vera victoria wendy yvonne zoe"
)
_GENDER = dict.fromkeys(_HE_WORDS.split(), _MALE) | dict.fromkeys(_SHE_WORDS.split(), _FEMALE)
_ORG_WORDS = (
    "academy academies school schools college colleges trust university council union association department ministry "
    "office committee commission institute institution foundation society federation group party parliament "
    "government board agency authority service services centre center church court bank company ltd plc limited news "
    "week times post mail guardian telegraph mirror express herald independent observer standard today radio tv "
    "street road park house hall city county borough north south east west england britain wales scotland ireland "
    "kingdom states education health act bill report review conference congress campaign programme project fund "
    "survey index award awards league cup club united network partnership alliance coalition forum charity hospital "
    "nhs bbc ofsted ofqual unison labour conservative conservatives democrats tories reform tes itv lords commons "
    "treasury whitehall westminster monday tuesday wednesday thursday friday saturday sunday january february march "
    "april june july august september october november december christmas easter covid brexit"
)
_ORG = frozenset(_ORG_WORDS.split())
# "the Society of Heads of English Libraries": what follows "of" in a body's name is no person.
_IN_BODY_NAME = re.compile(
    r"\b(?:Society|Association|Union|Council|Institute|Institution|Federation|Committee|Commission|Foundation|Group|"
    r"Department|Ministry|Office|Board|Agency|Guild|League|Network|Alliance|Chamber|Royal College|School|Faculty|"
    r"Centre)(?: (?:of|for|and|the|[A-Z][\w'-]*)){0,8} (?:of|for|and) (?:the )?$"
)
_OPENER_WORDS = (
    "a about after all also although an and another any as asked at because before both but by despite during each "
    "earlier even every few first for four from he her here his how however if in instead it its last later "
    "many meanwhile more most mr my next no nor now of on once one or other our over she should since six so some "
    "speaking still such ten that the their then there these they this those though three to today tomorrow two under "
    "until what when where whether which while who why with writing yesterday yet you we responding i i'm i've it's "
    "dear general secretary president chief executive director head leader deputy vice chair minister headteacher "
    "principal education shadow prime former national teaching"
)
_DAYS = frozenset(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
_OPENERS = frozenset(_OPENER_WORDS.split())
_PERSON_NOUN = (
    r"spokes(?:man|woman|person)|source|minister|secretary|leader|boss|chief(?:\sexecutive)?|head(?:teacher)?|principal|"
    r"president|director|chair(?:man|woman)?|professor|researcher|teacher|parent|pupil|student|mother|father|councillor|"
    r"mayor|judge|inspector|campaigner|economist|author|expert|analyst|official|officer|mp|commissioner|governor|"
    r"colleague|critic|man|woman|boy|girl|delegate|heckler|protester|member|friend|aide|advis[eo]r|supporter|lawyer|"
    r"resident|voter|activist|nurse|doctor|peer|reporter|journalist|presenter|interviewer|caller|neighbour|deputy|"
    r"successor|predecessor|husband|wife|son|daughter|brother|sister|historian|lecturer|rival"
)
_BODY_NOUN = (
    r"inspectorate|watchdog|government|department|council|union|charity|report|trust|school|company|firm|regulator|"
    r"group|body|paper|newspaper|organisation|association|committee|court|letter|statement"
)
_ROLE_NOUN = f"(?:{_PERSON_NOUN}|{_BODY_NOUN})"
_NO_MODIFIER = r"(?:is|was|are|were|be|has|have|had|will|would|that|who|which|of|to|in|on|at|and|but|said|first)\b"
# "As a former teacher, he said" names nobody else.
_ROLE = re.compile(
    rf"(?<!\b[Aa]s\s)\b(?:[Tt]he|[Aa]n?|[Oo]ne|[Aa]nother|[Ii]ts|[Tt]heir|[Hh]is|[Hh]er)\s"
    rf"(?:(?!{_NO_MODIFIER})[\w'&-]+\s){{0,4}}?{_ROLE_NOUN}s?\b(?!['-])"
)
_HONOURS = frozenset(
    ["MBE", "OBE", "CBE", "DBE", "KBE", "BEM", "KC", "QC", "DL", "JP", "PhD", "FRSA", "MP", "MSP", "MS"]
)
_LEADER = re.compile(
    r"\b(?:[Tt]he|[Aa])\s(?:[\w'&-]+\s){0,3}?(?:union|association)(?:'s)?\s(?:head|leader|boss|chief)\b(?!['\s]s\b)"
)
_LEADER_ROLES = re.compile(r"general secretary|leader|chief executive|president|union (?:head|leader|boss|chief)", re.I)
_OWN_MODIFIERS = r"(?:(?:union|association|organisation|body|group)(?:'s)?\s|new\s|professional\s)"


class Mention(Record, frozen=True, kw_only=True):
    """A place where somebody is named."""

    start: int
    end: int
    speaker: int | None = None  # index of ours
    key: str = ""  # others: lower-case surname or role, to tell them apart
    how: How = "other"
    person: bool = True  # False for bodies
    sure: bool = True  # False for one capitalised word that may be a surname or anything
    named: bool = True  # False for "the minister"
    gender: str | None = None  # "he", "she"

    @property
    def identity(self) -> str:
        """The same for two mentions of one person."""
        return f"ours {self.speaker}" if self.speaker is not None else self.key


def plain(text: str) -> str:
    """Apostrophes straight, no-break spaces plain; the length stays the same."""
    return text.translate(str.maketrans("’‘ʼ\u00a0\u202f", "'''  "))


class People:
    """All mentions in one masked text, and the rules by which a name is one of ours."""

    def __init__(self, masked: str, speakers: Sequence[Speaker]) -> None:
        self.text = plain(masked)
        self.speakers = speakers
        self.names = [plain(speaker.name).split() for speaker in speakers]
        self.small_words = frozenset(re.findall(r"(?<![\w'-])[a-zà-öø-ÿ]\w*(?:['-]\w+)*", self.text))
        self.runs = list(_name_runs(self.text))
        self.rivals = self._rival_surnames()
        self.surnames = {run.tokens[-1].lower(): run for run in self.runs if self._is_person(run)}
        mentions = [*self._handles_and_aliases(), *(self._named(run) for run in self.runs)]
        self.mentions = _settled(mentions)
        self.mentions = _settled([*self.mentions, *self._roles(), *self._descriptions(), *self._others_by_role()])

    # -------------------------------------------------------------- names

    def _rival_surnames(self) -> frozenset[str]:
        """Surnames of ours that another first name carries too."""
        ours = {name[-1].lower() for name in self.names if name}
        whole = {tuple(token.lower() for token in name) for name in self.names}
        found = set()
        for run in self.runs:
            tokens = tuple(token.lower() for token in run.tokens)
            if len(tokens) > 1 and tokens[-1] in ours and not any(tokens[-len(name) :] == name for name in whole):
                found.add(tokens[-1])
        return frozenset(found)

    def _is_person(self, run: _Run) -> bool:
        lowered = [token.lower() for token in run.tokens]
        if any(token in _ORG or _is_acronym(raw) for token, raw in zip(lowered, run.tokens, strict=True)):
            return False
        if run.title is None and len(lowered) == 2 and lowered[0] not in _GENDER and self._has_article(run.start):
            return False  # "told the Daily Kettle"
        if lowered[0] not in _GENDER and _IN_BODY_NAME.search(self.text[max(0, run.start - 80) : run.start]):
            return False
        return len(run.tokens) > 1 or run.title is not None

    def _has_article(self, start: int) -> bool:
        return self.text[max(0, start - 4) : start].lower().endswith("the ")

    def _named(self, run: _Run) -> Mention:
        tokens = [token.lower() for token in run.tokens]
        for index, name in enumerate(self.names):
            own = [token.lower() for token in name]
            if own and len(own) > 1 and tokens[-len(own) :] == own:
                return self._ours(run, index, "name")
            if own and tokens == own[-1:] and self._may_be(run, index):
                return self._ours(run, index, "surname")
        gender = _TITLES.get(run.title or "") or _GENDER.get(tokens[0] if len(tokens) > 1 else "")
        known = self.surnames.get(tokens[-1])
        if len(tokens) == 1 and known is not None:
            gender = gender or _TITLES.get(known.title or "") or _GENDER.get(known.tokens[0].lower())
            return Mention(start=run.start, end=run.end, key=tokens[-1], gender=gender)
        sure = self._is_person(run)
        person = sure or (len(tokens) == 1 and not _is_acronym(run.tokens[0]) and self._may_be_surname(tokens[0]))
        return Mention(start=run.start, end=run.end, key=tokens[-1], person=person, sure=sure, gender=gender)

    def _may_be_surname(self, token: str) -> bool:
        """Words that the text also writes small are none."""
        return token not in _ORG and token not in self.small_words

    def _may_be(self, run: _Run, index: int) -> bool:
        surname = run.tokens[-1].lower()
        own = self.speakers[index].pronouns
        same = [name for name in self.names if name and name[-1].lower() == surname]
        title = _TITLES.get(run.title or "")
        return surname not in self.rivals and len(same) == 1 and not (own and title and title not in own)

    def _ours(self, run: _Run, index: int, how: How) -> Mention:
        return self._mention(run.start, run.end, index, how)

    def _mention(self, start: int, end: int, index: int, how: How) -> Mention:
        pronouns = self.speakers[index].pronouns
        first = self.names[index][0].lower() if len(self.names[index]) > 1 else ""
        known = (pronouns[0] if len(pronouns) == 1 else None) if pronouns else _GENDER.get(first)
        return Mention(start=start, end=end, speaker=index, how=how, gender=known)

    def _handles_and_aliases(self) -> Iterator[Mention]:
        for index, speaker in enumerate(self.speakers):
            for handle in speaker.handles:
                pattern = rf"(?<![\w@.])@?{re.escape(plain(handle).lstrip('@'))}(?![\w-]|\.\w)"
                for match in re.finditer(pattern, self.text, re.IGNORECASE):
                    yield self._mention(match.start(), match.end(), index, "handle")
            for alias in filter(str.strip, speaker.aliases):
                bare = re.sub(r"^(?:the|a)\s+", "", plain(alias).strip(), flags=re.IGNORECASE)
                pattern = rf"(?<![\w'-])(?:the\s+)?{re.escape(bare)}(?![\w-]|'(?!s\b))"
                for match in re.finditer(pattern, self.text, re.IGNORECASE):
                    if not re.search(
                        r"\b(?:deputy|former|assistant|acting|ex)[\s-]+$", self.text[: match.start()], re.I
                    ):
                        yield self._mention(match.start(), match.end(), index, "alias")

    # -------------------------------------------------------------- roles

    def _roles(self) -> Iterator[Mention]:
        for index, speaker in enumerate(self.speakers):
            role = plain(speaker.role or "").strip()
            same = [other for other in self.speakers if plain(other.role or "").strip().lower() == role.lower()]
            if not role or len(same) > 1 or self._role_of_others(re.escape(role)):
                continue
            own = rf"\b(?:[Tt]he|[Ii]ts|[Tt]heir)\s{_OWN_MODIFIERS}{{0,2}}(?i:{re.escape(role)})"
            pattern = rf"{own}\b(?!'|-|\s(?:of|for|at)\b)"
            other = re.compile(rf",?\s(?:who|which)\s[^.;“”]{{0,80}}?\b{re.escape(self.names[index][-1])}\b")
            for match in re.finditer(pattern, self.text):
                if not other.match(self.text, match.end()):  # "the new president, who beat X"
                    yield self._mention(match.start(), match.end(), index, "role")

    def _role_of_others(self, role: str) -> bool:
        """Whether somebody else in the text bears a role, in apposition before or after the name."""
        for mention in self.mentions:
            if mention.speaker is not None or not mention.person:
                continue
            before = self.text[max(0, mention.start - 60) : mention.start]
            after = self.text[mention.end : mention.end + 80]
            if re.search(rf"(?i:{role})\b[^.;:“”\n]{{0,40}}$", before) and not self._ours_near(before, mention.start):
                return True
            if re.match(rf"(?:,|\s\(|\s–)[^.;:“”\n]{{0,50}}?(?i:{role})\b", after):
                return True
        return False

    def _ours_near(self, before: str, end: int) -> bool:
        return any(m.speaker is not None and end - len(before) <= m.start < end for m in self.mentions)

    def _descriptions(self) -> Iterator[Mention]:
        """ "The union leader", before one of ours is introduced in the next two paragraphs."""
        if self._role_of_others(_LEADER_ROLES.pattern):
            return
        starts = [m.start for m in self.mentions]
        for match in itertools.islice(_LEADER.finditer(self.text), MAX_DESCRIPTIONS):
            end = _after_paragraphs(self.text, match.end(), 2)
            following = self.mentions[bisect_right(starts, match.end()) : bisect_left(starts, end)]
            named = [m for m in following if m.how == "name"]
            others = [m for m in following if m.speaker is None and m.person and m.sure]
            if len({m.speaker for m in named}) != 1 or named[0].speaker is None:
                continue
            if others and others[0].start < named[0].start:
                continue
            around = self.text[max(match.end(), named[0].start - 150) : named[0].end + 150]
            own = " ".join((self.speakers[named[0].speaker].name, *self.speakers[named[0].speaker].aliases))
            proper = re.findall(r"\b[A-Z]\w+", match[0][3:])
            role = self.speakers[named[0].speaker].role or around
            if all(word in f"{around} {own}" for word in proper) and _LEADER_ROLES.search(f"{role} {around}"):
                yield self._mention(match.start(), match.end(), named[0].speaker, "description")

    def _others_by_role(self) -> Iterator[Mention]:
        for match in _ROLE.finditer(self.text):
            person = re.search(rf"(?:{_PERSON_NOUN})s?$", match[0]) is not None
            key = match[0].lower().split(maxsplit=1)[1]
            yield Mention(start=match.start(), end=match.end(), key=key, person=person, named=False)


class _Run(Record, frozen=True, kw_only=True):
    """Capitalised words in a row, openers and titles taken off."""

    start: int
    end: int
    tokens: tuple[str, ...]
    title: str | None = None


def _name_runs(text: str) -> Iterator[_Run]:
    for match in _RUN.finditer(text):
        tokens = [(m.start() + match.start(), m[0]) for m in re.finditer(r"\S+", match[0])]
        while tokens and (tokens[0][1].lower().rstrip(".") in _OPENERS or (len(tokens) > 1 and tokens[0][1] in _DAYS)):
            tokens.pop(0)
        title = None
        while tokens and (bare := tokens[0][1].lower().rstrip(".")) in _TITLES:
            title = bare
            tokens.pop(0)
        while len(tokens) > 1 and tokens[-1][1] in _HONOURS:
            tokens.pop()
        if tokens and not text[match.end() : match.end() + 1].isdigit():
            start = tokens[0][0]
            yield _Run(start=start, end=match.end(), tokens=tuple(token for _, token in tokens), title=title)


def _is_acronym(token: str) -> bool:
    return len(token) > 1 and token.isupper() and "." not in token


def _settled(mentions: Sequence[Mention]) -> list[Mention]:
    """No two mentions overlap: ours before others, then the longer."""
    kept: list[Mention] = []
    taken: set[int] = set()
    for mention in sorted(mentions, key=lambda m: (m.speaker is None, m.start - m.end, m.start)):
        places = range(mention.start, mention.end)
        if taken.isdisjoint((places[0], places[-1], (places[0] + places[-1]) // 2)):
            kept.append(mention)
            taken.update(places)
    return sorted(kept, key=lambda m: m.start)


def _after_paragraphs(text: str, position: int, count: int) -> int:
    """Where the `count`-th paragraph after the one at `position` ends."""
    for _ in range(count + 1):
        found = re.compile(r"\n\s*").search(text, position)
        if found is None:
            return len(text)
        position = found.end()
    return position
