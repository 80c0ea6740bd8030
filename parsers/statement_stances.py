"""Rewrite the beginning of a sentence so that it stands alone as a title, its stance kept.

Losing the stance is worse than a clumsy title: "NAME opposes Y" must never become "Y".
Only an introduction that says no more than "we think" goes without trace ("NAME believes that"); a demand is turned
into what it demands ("NAME urges X to act" becomes "X should act"); a verdict becomes a noun ("Opposition to Y").
"Welcomes" and "agrees with" leave no noun, because English has none that reads well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

_LINK_WORD = re.compile(
    r"(?:however|therefore|thus|furthermore|further|moreover|also|finally|equally|and|but|in addition|in particular"
    r"|for this reason|in short|as such|as a result)\b,?\s+",
    re.IGNORECASE,
)
_ADVERBS = r"(?:(?:also|therefore|thus|strongly|fully|firmly|formally|further|still|always|again|now|\w+ly)\s+)*"
_DROPPED = re.compile(
    rf"{_ADVERBS}(?:believes?|feels?|thinks?|considers?|maintains?|recognises?|acknowledges?|agrees?|accepts?|notes?|argues?|insists?|(?P<asks>asks?|recommends?|requests?|demands?)"
    r"|(?:is|are|remains?)\s+(?:\w+ly\s+)?(?:clear|convinced|of\s+the\s+view))\s+(?:that\s+|(?=the|in|all|every|any))",
    re.IGNORECASE,
)
_DENIED = re.compile(
    rf"{_ADVERBS}do(?:es)?\s+not\s+(?:believe|think|consider|accept|agree)\s+(?:that\s+)?(?P<who>.{{3,90}}?)\s+(?P<verb>can|is|are|should|will)\s+",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    rf"{_ADVERBS}(?:urges?|calls?\s+(?:up)?on|encourages?|asks?|invites?|expects?|wants?|requests?)\s+{_ADVERBS}(?P<who>(?:(?!\s(?:that|which|who)\s)[^,;:]){{2,70}}?)\s+to\s+(?!(?:all|the|an?|any|every|each|our|their|this)\s)",
    re.IGNORECASE,
)
_CALLED = re.compile(rf"{_ADVERBS}calls?\s+{_ADVERBS}for\s+", re.IGNORECASE)
QUOTES = " “”\"‘’'"
_BARE_BE = re.compile(r"^((?:(?!\b(?:should|must|to|is|are)\b).){5,90}?)\s+be\b")  # "asks that X be done"
_MODAL_LINK = re.compile(r"\b(must|should|will|can|may)\s+(?:therefore|also|thus|then|now)\b")
_PRONOUN = re.compile(r"(?:they|it)\s+", re.IGNORECASE)
_STANCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (
        re.compile(
            rf"{_ADVERBS}(?:{verbs})\s+(?:and\s+(?:strongly\s+)?(?:supports?|welcomes?|endorses?)\s+)?", re.IGNORECASE
        ),
        noun,
    )
    for verbs, noun in (
        (r"supports?|endorses?|backs?|welcomes?\s+the\s+(?:opportunity|chance)\s+to\s+support", "Support for "),
        (r"would\s+(?:also\s+)?(?:welcome|like)|wants?|seeks?|demands?|favou?rs?|advocates?", ""),
        (r"welcome[sd]?|applauds?|appreciates?", ""),
        (r"agrees?\s+with|shares?", ""),
        (r"opposes?|(?:is|are)\s+(?:\w+ly\s+)?opposed\s+to", "Opposition to "),
        (r"rejects?|condemns?|deplores?", "Rejection of "),
        (
            r"regrets?|(?:is|are)\s+(?:\w+ly\s+)?(?:concerned|disappointed|worried|alarmed)\s+(?:about|by|at|with)",
            "Concern about ",
        ),
        (r"(?:is|are)\s+(?:\w+ly\s+)?(?:concerned|worried|alarmed)", "Concern that "),
        (r"thanks?", "Thanks to "),
        (r"ratif(?:y|ies)|adopts?|affirms?|reaffirms?", "Adoption of "),
        (r"(?:is|are)\s+(?:\w+ly\s+)?committed\s+to", "Commitment to "),
        (r"urges?|asks?\s+for|recommends?|proposes?", ""),
    )
)
_FACT = re.compile(
    r"^.{0,90}?\b(?:the\s+fact\s+that|a\s+need\s+for|it\s+clear\s+that|experience\s+is\s+that)\s+", re.IGNORECASE
)
_INTRO = re.compile(
    r"(?:given|in|if|while|whilst|as|where|to|for|when|since|although|because|once|until|following|despite|with|at|by)\b[^,]{3,110},\s+",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"\b(?:to\s+\w+|for|on|about|that|in|with|through|(?:can|will|should|must)\s+\w+)"
    r"\s+(?=(?:the|an?|any|all|every|more|greater|better|no)\s)"
    r"|\b(?:determines?|decides?|defines?|understand|explains?|clarif(?:y|ies)|outlines?)\s+(?P<asks>(?=(?:when|how|whether|what)\s))"
)
_SAID_OF = re.compile(
    r"(?:once|if|when|where|while|as)\s+(?P<who>.{3,50}?)\s+(?:is|are|were|was|have|has|had|do|can)\s", re.IGNORECASE
)


def ours_pattern(organisation: str | None) -> re.Pattern[str]:
    """Matches the organisation where it is the subject of a sentence."""
    name = rf"(?:the\s+)?{re.escape(organisation)}|" if organisation else ""
    return re.compile(rf"(?:{name}we)(?:\s+members)?\s+", re.IGNORECASE)


def starts(sentence: str, ours: re.Pattern[str]) -> Iterator[tuple[str, float]]:
    """The texts that a sentence may give a title from, with the share of worth each keeps."""
    text = sentence.strip(QUOTES)
    link = _LINK_WORD.match(text)
    text = text[link.end() :] if link else text
    text = _MODAL_LINK.sub(r"\1", text.rstrip(QUOTES + ".;:,"))
    text = _alone(text, ours)
    fact = _FACT.match(text)
    yield text, 0.8 if fact else 1.0
    if fact:
        yield text[fact.end() :], 1.0
    intro = _INTRO.match(text)
    if intro:
        rest = _alone(text[intro.end() :], ours)
        who = _SAID_OF.match(text)
        yield (_PRONOUN.sub(f"{who['who']} ", rest, count=1) if who else rest), 0.97
    for match in islice(_PHRASE.finditer(text, 0, 140), 5):
        yield text[match.end() :], 0.75 if match["asks"] else 0.65


def _alone(text: str, ours: re.Pattern[str]) -> str:
    """The text without "NAME believes", where it begins so."""
    subject = ours.match(text)
    return _stance(text[subject.end() :], text) if subject else text


def _stance(text: str, whole: str) -> str:
    """What follows "NAME", rewritten so that it stands alone; `whole` where no rule fits."""
    denied = _DENIED.match(text)
    if denied:
        verb = "cannot" if denied["verb"].lower() == "can" else f"{denied['verb']} not"
        return f"{denied['who']} {verb} {text[denied.end() :]}"
    dropped = _DROPPED.match(text)
    if dropped:
        return (
            _BARE_BE.sub(r"\1 should be", text[dropped.end() :], count=1) if dropped["asks"] else text[dropped.end() :]
        )
    addressed = _ADDRESSED.match(text)
    if addressed:
        return f"{addressed['who']} should {text[addressed.end() :]}"
    called = _CALLED.match(text)
    if called:
        return re.sub(r"\s+to\s+be\s+", " should be ", text[called.end() :], count=1)
    for pattern, noun in _STANCES:
        match = pattern.match(text)
        if match:
            return noun + text[match.end() :]
    return whole
