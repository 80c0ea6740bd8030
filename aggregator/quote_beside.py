"""Somebody else beside a name of ours: who speaks for, about, after or through one of our people.

Giving somebody else's words to one of ours is the worse error, so these rules only ever take words away.
A name may stand beside a verb of saying and be no speaker: as whose friend, lawyer or union it is that speaks,
as whom the words are about ("the minister said X had been “…”"), or as whom another quotes ("Y says X told him: “…”").
And an act of saying holds only until somebody new takes the word before the next quotation.
"""

from __future__ import annotations

import re

NEAR = 200  # characters before a name in which it is said whose it is

_PEOPLE_NOUN = (
    r"(?:friend|all(?:y|ie)|aide|advis[eo]r|colleague|supporter|backer|critic|opponent|rival|enem(?:y|ie)|lawyer|"
    r"solicitor|barrister|agent|spokes(?:man|woman|person|people)|deput(?:y|ie)|assistant|successor|predecessor|husband|"
    r"wife|partner|mother|father|son|daughter|brother|sister|relative|cousin|neighbour|widow|fan|follower|member|source|"
    r"insider|figure|people|those|someone|somebody|anyone|team|office|staff|camp|circle|family|representative|pupil|"
    r"student|teacher|delegate|voter|challenger|loyalist|associate|confidante?|contact|official|close|loyal|opposed)s?"
)
_BESIDE = r"(?:of|to|for|near|around|behind|beside|with|against|from|by|in)"
_SAME_CLAUSE = r"(?:(?!(?:but|while|whereas|when|as|that)\s)[\w'&-]+\s)"
#: "a friend of X", "sources close to X", "aides to the Guild's general secretary, X"
_ASSOCIATE = re.compile(
    rf"\b{_PEOPLE_NOUN}\s(?:[\w'-]+\s){{0,2}}?{_BESIDE}\s{_SAME_CLAUSE}{{0,6}}$",
    re.IGNORECASE,
)
#: "the president before X"; after anything else "before" begins a clause
_NEXT_IN_OFFICE = re.compile(
    r"\b(?:president|secretary|leader|head|boss|chair\w*|chief|minister|director)\s(?:before|after|since)\s$"
)
#: "those who know X", "the union that elected X"
_WHO_KNOW = re.compile(r"\b(?:who|which|whom|that)\s(?!(?:yesterday|today|earlier|later)\s)(?:[a-z'-]+\s){1,4}$")
#: "a lawyer representing X", "people around X"
_ACTING_ON = re.compile(
    r"\b(?:[a-z]+(?:ing|ed)|of|to|for|near|around|behind|beside|with|against|from|by|about|alongside|over|under)\s$"
)
#: Words in -ing and -ed behind which a name speaks for itself: "in a meeting X said".
_EVENT = re.compile(
    r"\b(?:meeting|hearing|briefing|gathering|morning|evening|sitting|opening|closing|adding|saying|warning|arguing|"
    r"interviewed|asked)\s$|\b[Aa]n?\s(?:[a-z]+ly\s)?[a-z]+(?:ing|ed)\s$"
)
_FINITE = (
    r"(?:is|are|was|were|has|have|had|will|would|shall|should|can|could|cannot|must|may|might|does|did|do|needs?|ought)"
)
_OWN_VERB = re.compile(
    rf"(?:\s(?:of|from|at|for|in)\s[^,.;:“”]{{1,60}}?)?\s(?:\w+ly\s|also\s)?{_FINITE}(?:n't)?(?![\w'-])"
)
_CLOSED = re.compile(
    r"\s*(?:$|[.,:;)–—]|(?:of|from|at|in|on|last|yesterday|today)\s(?:(?!(?:was|is|had|has)\s)[\w'&-]+\s?){1,6}[.,:;)–—])"
)
_THAT = re.compile(r"\s(?:(?!(?:and|but|while)\s)[\w'-]+\s){0,3}(?:that|how|what|when)\s(?:[\w'-]+\s){0,2}")

_OWN_SUBJECT = re.compile(
    r"[,;–—]\s(?:while|whereas|as|but|and|when|with|after|before|leaving|letting|allowing|giving|forcing|prompting)\s"
    r"(?!s?he\b)[^“”]*[^,–—“”\s]\s*“$"
)
_TURN_WORDS = "before|after|but|and|while|whereas|as|when|until|whom?|which|only|for|with|then|though|although"
_TURNS = rf"(?:[,;–—]|\b(?:{_TURN_WORDS})\b)"
_ANSWERS = (
    r"(?:said|says|told|tells|cut in|broke in|(?:hit|shot|came|bit) back|repl(?:y|ies|ied)|answer(?:s|ed)?|"
    r"retort(?:s|ed)?|respond(?:s|ed)?|response|counter(?:s|ed)?|riposte|rejoinder|comeback|snapped|interrupt(?:s|ed)?)"
)
_CALLS = (
    r"(?:[a-z]+(?:ed|ing)|spoke|sang|swore|rang out|went up|shouts?|scream|yell|jeer|cry|chants?|verdict|message|words)"
)
_TO_WHOM = r"(?:\s(?:back|out|in|him|her|them|it|that))?"
#: A verb right before the words whose subject is somebody new; before a colon almost any verb.
_NEW_SPEAKER = re.compile(
    rf"{_TURNS}[^“”;]{{0,120}}?(?<!in )\b(?:{_ANSWERS}{_TO_WHOM}[\s,–—]*:?\s*“|{_CALLS}{_TO_WHOM}:\s*“)$|"
    r"\bthe\s(?:[a-z]+\s){0,2}(?:reply|answer|response|message|verdict|retort)\b[^“”;:]{0,60}:\s*“$|"
    r"\b(?:cr(?:y|ies)|shouts?|chants?|calls|jeers|murmurs|whispers|cheers|yells) of\s“$|"
    r"\b(?:echoed|shared|backed|supported|rejected|disputed|contradicted)\s(?:[\w-]+\s)?by\s[^“”;:]{1,60}:\s*“$"
)


def is_of_somebody(before: str) -> bool:
    """Whether a name after these words only says whose friend, lawyer or union it is that speaks.

    >>> is_of_somebody("A friend of "), is_of_somebody("The union that elected "), is_of_somebody("At a meeting ")
    (True, True, False)
    """
    return is_associate(before) or (
        _ACTING_ON.search(before[-NEAR:]) is not None and _EVENT.search(before[-NEAR:]) is None
    )


def is_associate(before: str) -> bool:
    """Whether these words lead from a person to another by whom that one is known: "a colleague of"."""
    before = before[-NEAR:]
    return any(pattern.search(before) for pattern in (_ASSOCIATE, _NEXT_IN_OFFICE, _WHO_KNOW))


def is_topic(before: str, after: str) -> bool:
    """Whether a name behind a verb of saying is whom the words are about, by what stands before verb and after name.

    >>> is_topic("A minister, Ann Poole, ", " had been “asleep”."), is_topic("“They sleep,” ", " in Leeds.")
    (True, False)
    """
    if before.rstrip().endswith("”"):
        return after.startswith(" “") or _OWN_VERB.match(after) is not None
    return _CLOSED.match(after) is None


def leads_to_saying(between: str) -> bool:
    """Whether what stands between two acts of saying makes the second what the first tells: " him that "."""
    return _THAT.fullmatch(between) is not None


def another_clause(between: str) -> bool:
    """Whether another clause with a subject of its own leads to the words, after an act of saying that has its words.

    >>> another_clause(", while Finch wanted “"), another_clause(" MPs, as the bill came up, “")
    (True, False)
    """
    return _OWN_SUBJECT.search(between) is not None


def somebody_took_over(between: str) -> bool:
    """Whether somebody new takes the word between an act of saying and the mark of the words after it.

    >>> somebody_took_over(" the hall, before the minister answered: “"), somebody_took_over(" MPs on Friday: “")
    (True, False)
    """
    return _NEW_SPEAKER.search(between) is not None
