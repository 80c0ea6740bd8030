"""Give each statement a readable title from its own position.

A title that names the wrong subject is worse than a clumsy one: it stands alone in the mail, and the team
knows its positions by it.
So a title is always a run of the position's own words, and only its beginning is rewritten, by small rules
that keep the stance ("NAME urges X to act" becomes "X should act", "NAME opposes Y" "Opposition to Y").

Method: every sentence of the position (a list's introduction read together with its items) gives candidates,
cut at clause boundaries where it is long.
A candidate's worth is the sum of its subject words, each weighed by how often the whole statement uses it and
how few other statements of the paper do.
The sentence's place, the kind of the cut, and words that point outside ("these", "this situation") scale it.
The best that no other statement of the paper has taken wins.

Rejected: the first sentence as it stands (half of them begin with history or with "We need"), and the most
frequent words alone (a list of nouns hides the stance).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice

import msgspec

from parsers.model import Record, Statement
from parsers.statement_words import words

LONGEST = 80  # characters a title aims for; a line of the digest
HARD_LIMIT = 90
OVER_LONG = 0.02  # of a candidate's worth, for each character above the aim
SHORTEST = 18  # shorter cuts name no subject
LOOK_AT = 4000  # characters of a position; a title comes from its beginning
SENTENCES = 8  # later sentences are details
LATER_ITEM = 0.8  # a list's first item stands for the list
SUBJECT_WORDS = 5  # more words make a title longer, not clearer
NAMED = 1.5  # names of acts, reports and bodies say the subject best
ADOPTS = 1.3
FILLER = 0.35  # words of every policy paper
OFTEN = 4  # a word used more often weighs no more
SLIGHT, TEARS = 0.25, 0.4  # costs of a cut before a preposition, and inside a pair of words

_SENTENCE = re.compile(r"(?<=[.!?])[”\"’']?\s+(?=[“\"‘']?[A-Z0-9])")
_ITEM = re.compile(r"(?:•|\(?(?:\d{1,3}|[a-z]|[ivx]{2,5})[.)])\s+")
_NUMBERS = re.compile(r"^" + _ITEM.pattern, re.MULTILINE)
_LEADS_ON = re.compile(
    r"\b(?:that|to|for|about|with|of|by|on|should|must|will|can|need|needs|include|includes|require|requires)$",
    re.IGNORECASE,
)
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
_QUOTES = " “”\"‘’'"
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
_ASIDE = re.compile(
    r"\s\((?![A-Z]{2,8}\))[^()]{2,80}\)|,\s(?:in|with|by|on|at|from|through|including)\b[^,]{3,70},(?=\s)"
    r"|\s+in\s+this\s+\w+"
)
_SAID_OF = re.compile(
    r"(?:once|if|when|where|while|as)\s+(?P<who>.{3,50}?)\s+(?:is|are|were|was|have|has|had|do|can)\s", re.IGNORECASE
)
_NAME = re.compile(r"(?<=[\w,:(] )[A-Z][\w-]+|\b[A-Z]{2,}\b")
_FILLERS = frozenset(
    words(
        """
        ability access action approach area attempt aspect benefit central change commitment comparable
        consistent decision development effect effective
        effort focus framework government impact fuller improve improved improving include
        increase increased initiative introduction introduce majority measure member number opportunity outcome
        outline paper play principle process provision purpose question range rapid reason recent
        recommendation relevant
        report require response result role scale significant specific standard strategy system term theme urgent
        wide work working
        """
    )
)
_VAGUE_START = re.compile(
    r"(?:it(?!\s+is\b)|they|these|this|those|such|he|she|we|our|their|its|both|here|to)\b", re.IGNORECASE
)
_VAGUE = re.compile(
    r"\b(?:this|these|those|them|such|they|we|as follows|above|below)\b|\beither\b(?!.*\bor\b)", re.IGNORECASE
)
_STANCE_NOUN = re.compile(
    r"(?:Support for|Opposition to|Rejection of|Concern about|Thanks to|Adoption of|Commitment to)\b"
)
_FINITE = re.compile(r"\b(?:should|must|is|are|needs?|cannot|can|will|has|have|requires?|ought)\b", re.IGNORECASE)
_CUTS: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern), cost)
    for pattern, cost in (
        (r"\s*[;:]\s|\s[–—]\s|\s\((?![A-Z]{2,8}\))", 0.0),
        (r",\s(?=(?:and|but|which|who|when|if|so|as|including|with|rather|not|where|to|in|or)\b)", 0.05),
        (r"\s(?=(?:if|unless|until)\s)", 0.3),  # the condition is lost
        (r"\s(?=(?:and|or),\s)", 0.05),
        (r",\s(?!\w+,?\s(?:and|or)\s)", 0.15),
        (
            r"\s(?=(?:which|who|whom|when|where|because|including|while|so that|in order|rather than)\b)",
            0.1,
        ),
        (
            r"\s(?=(?:and|or)\s(?:the|their|its|to|is|are|should|must|that|how|an?|will|in|for|not|requires?|needs?|ha[sd]|have|would|could|may)\b)",
            0.15,
        ),
        (r"\s(?=\w+ing\s(?:in|to|with|from|for|at|by|on)\s)", 0.2),
        (r"\s(?=(?:to|for|by|through|from|with|across|during|about|at|on|in|as|into|that)\s)", 0.25),
        (r"\s(?=(?:and|or|of)\s)", 0.4),
    )
)
_DANGLING = re.compile(
    r"(?:[\s,;:–—(-]+|\s(?:the|an?|of|and|or|to|that|is|are|be|been|being|should|must|will|can|not|for|in|on|by|with|at|from|as|their|its"
    r"|our|no|any|all|every|more|most|has|have|which|who|if|this|these|than|into|but|both|well|able))+$",
    re.IGNORECASE,
)
_TORN = re.compile(  # an article with only an adjective, a relative clause with only its verb
    r"\b(?:the|an?)\s\w+(?:,\s(?:but|and|or|if)\s[^,]*)$|\b(?:that|which|who|how|when)\s\w+$|,\s\w+$|\bit\sis\s\w+$|\b(?:can|should|must|will|may|is|are|to|that),\s[^,]*$|\beither\s(?!.*\sor\s).*$",
    re.IGNORECASE,
)
_ARTICLE_PAIR = re.compile(r"\b(?:the|an?)\s\w+$", re.IGNORECASE)
_SINGLE = re.compile(r"\b(?:for|of|in|with|to|from|by)\s[\w-]+$")


class Candidate(Record, frozen=True, kw_only=True):
    """One possible title."""

    text: str
    factor: float  # what its form and place leave of its worth, 0–1


def title_statements(statements: Sequence[Statement], organisation: str | None) -> list[Statement]:
    """The statements, each with a title that no other of them has; a title the paper gave stays."""
    bags = [_bag(statement.text) for statement in statements]
    spread = Counter(word for bag in bags for word in bag)
    shelf = _Shelf(statement.title for statement in statements if statement.title)
    titled = []
    for statement, bag in zip(statements, bags, strict=True):
        if statement.title:
            title = shelf.own(statement.title)
        else:
            title = _title(statement.position, organisation, _worth(bag, spread, len(bags)), shelf)
        titled.append(msgspec.structs.replace(statement, title=title))
    return titled


class _Shelf:
    """The titles that are taken."""

    def __init__(self, own: Iterable[str]) -> None:
        """`own` are the titles that the paper gives itself."""
        self.taken = Counter(_key(title) for title in own)  # how many numbers each title has used
        self.seen: set[str] = set()

    def own(self, title: str) -> str:
        """A title that the paper gave, numbered where it gave it before."""
        if _key(title) in self.seen:
            return self.numbered(title)
        self.seen.add(_key(title))
        return title

    def free(self, title: str) -> bool:
        """Whether no statement has this title."""
        return _key(title) not in self.taken

    def take(self, title: str) -> str:
        """The title, taken from now on."""
        self.taken[_key(title)] += 1
        return title

    def numbered(self, title: str) -> str:
        """The title with the first free number."""
        for number in count(self.taken[_key(title)] + 1):
            text = f"{title} ({number})"
            if self.free(text):
                self.taken[_key(title)] = number
                return self.take(text)
        raise AssertionError("numbers never end")


def _bag(text: str) -> Counter[str]:
    """How often a statement uses each word; a sentence that it repeats counts once."""
    sentences = dict.fromkeys(part.strip(_QUOTES) for part in re.split(r"(?<=[.!?])\s+|\n", _NUMBERS.sub("", text)))
    return Counter(words("\n".join(sentences)))


def _title(position: str, organisation: str | None, worth: Callable[[str], float], shelf: _Shelf) -> str:
    """The best free candidate of one position."""
    found = sorted(candidates(position, organisation), key=lambda one: one.factor * worth(one.text), reverse=True)
    for candidate in found:
        if shelf.free(candidate.text):
            return shelf.take(candidate.text)
    return shelf.numbered(found[0].text if found else "Untitled statement")


def _key(title: str) -> str:
    """What two titles must not have in common: their words, in any order; numbers and seasons count."""
    return " ".join(sorted(re.findall(r"\w+", title.casefold())))


def _worth(bag: Counter[str], spread: Counter[str], size: int) -> Callable[[str], float]:
    """How much a text tells of the statement with the words `bag`, in a paper of `size` statements."""

    def worth(text: str) -> float:
        names = set(words(" ".join(_NAME.findall(text))))
        weights = [
            min(bag[word], OFTEN)
            * math.log((1 + size) / max(1, spread[word]))
            * (FILLER if word in _FILLERS else NAMED if word in names else 1.0)
            for word in set(words(text))
        ]
        return sum(sorted(weights, reverse=True)[:SUBJECT_WORDS])

    return worth


def candidates(position: str, organisation: str | None) -> list[Candidate]:
    """Possible titles of a position, in its order; at least one where it has any word."""
    ours = _ours(organisation)
    found: list[Candidate] = []
    for place, (sentence, share) in enumerate(islice(_sentences(position[:LOOK_AT]), SENTENCES)):
        early = (1.0, 0.8, 0.75)[min(place, 2)] * share
        for start, kept in _starts(sentence, ours):
            found += [Candidate(text=text, factor=early * kept * left * _form(text)) for text, left in _cuts(start)]
    text = " ".join(position.split())
    return found or ([Candidate(text=_shortened(text), factor=1.0)] if text else [])


def _ours(organisation: str | None) -> re.Pattern[str]:
    """Matches the organisation where it is the subject of a sentence."""
    name = rf"(?:the\s+)?{re.escape(organisation)}|" if organisation else ""
    return re.compile(rf"(?:{name}we)(?:\s+members)?\s+", re.IGNORECASE)


def _sentences(position: str) -> Iterator[tuple[str, float]]:
    """Sentences in order, with the share of worth each keeps; a list's introduction leads each of its items."""
    lead, items = "", 0
    for line in filter(None, map(str.strip, position.split("\n"))):
        item = _ITEM.match(line)
        if item:
            items += 1
            body = _lowered(line[item.end() :]) if lead and not lead.endswith("that") else line[item.end() :]
            yield (f"{lead} {body}" if lead else body), 1.0 if items == 1 else LATER_ITEM
            continue
        if lead and not items:
            yield lead, 1.0
        *whole, last = _SENTENCE.split(line)
        yield from ((sentence, 1.0) for sentence in whole)
        intro = last[:-1].rstrip() if last.endswith(":") else ""
        lead, items = (intro if _LEADS_ON.search(intro) else ""), 0
        if not lead:
            yield last, 1.0


def _lowered(text: str) -> str:
    """A list item's text without its capital, where the first word is no name."""
    return text[:1].lower() + text[1:] if re.match(r"[A-Z][a-z]+\s[a-z]", text) else text


def _starts(sentence: str, ours: re.Pattern[str]) -> Iterator[tuple[str, float]]:
    """The texts that a sentence may give a title from, with the share of worth each keeps."""
    text = sentence.strip(_QUOTES)
    link = _LINK_WORD.match(text)
    text = text[link.end() :] if link else text
    text = _MODAL_LINK.sub(r"\1", text.rstrip(_QUOTES + ".;:,"))
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


def _cuts(text: str) -> list[tuple[str, float]]:
    """The text itself where it is short, else its cuts at clause boundaries, with the share each keeps."""
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return [(_dressed(text), 1.0)] if len(text) >= SHORTEST or " " in text else []
    plain = " ".join(_ASIDE.sub("", text).split())
    found: dict[str, float] = {}
    for form, share in ((text, 1.0), (plain, 0.95))[: 1 if plain == text else 2]:
        for cut, kept in _boundaries(form):
            found.setdefault(_dressed(cut), kept * share)
    return list(found.items()) or [(_dressed(_shortened(text)), 0.3)]


def _boundaries(text: str) -> Iterator[tuple[str, float]]:
    """The beginnings of a text that may stand for it, with the share of worth each keeps."""
    if len(text) <= HARD_LIMIT:
        yield text, 1.0 - OVER_LONG * max(0, len(text) - LONGEST)
    for pattern, cost in _CUTS:
        for match in pattern.finditer(text, SHORTEST, HARD_LIMIT + 12):
            cut = _DANGLING.sub("", text[: match.start()])
            pair = cost >= TEARS or text.startswith(("but ", "and ", "or "), match.end())
            torn = _TORN.search(cut) or (pair and _ARTICLE_PAIR.search(cut))
            if torn or not SHORTEST <= len(cut) <= HARD_LIMIT:
                continue
            kept = 1.0 - cost * (0.6 if _FINITE.search(cut) else 1.0) - OVER_LONG * max(0, len(cut) - LONGEST)
            yield cut, kept * (0.85 if cost >= SLIGHT and _SINGLE.search(cut) else 1.0)


def _shortened(text: str) -> str:
    """The text cut at a word, with an ellipsis where something is missing."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _dressed(text: str) -> str:
    """The text with a capital and balanced brackets and quotes."""
    if text.count("(") > text.count(")"):
        text = text[: text.rindex("(")].rstrip(" ,")
    if text.startswith("Concern that ") and not _FINITE.search(text):
        text = "Concern about " + text[len("Concern that ") :]
    return text[:1].upper() + text[1:]


def _form(text: str) -> float:
    """What the wording leaves of a candidate's worth."""
    act = text.startswith("Adoption of")  # a formal act is what the statement is for
    factor = ADOPTS if act else 1.0 if _FINITE.search(text) or _STANCE_NOUN.match(text) else 0.8
    if _VAGUE_START.match(text):
        factor *= 0.5
    if _ASIDE.search(text):
        factor *= 0.7
    return factor * (0.85 if _VAGUE.search(text) else 1.0)
