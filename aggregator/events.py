"""Articles of different outlets on the same event, told in different words.

Joining unrelated events that share a name is the worse error, so several independent things must agree:
the headlines (at least three words, two of them no names), names that are rare in this archive, and numbers.
A name alone, or a headline alone, joins nothing: "Teachers at X to strike over pay" is written of many schools.
Three things forbid joining whatever else agrees: days between them, a name in one headline that
the other article does not mention at all, and numbers in both headlines of which none is shared.
Candidates come from an index of rare names; common ones are never followed.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from aggregator.copies import headline_words
from aggregator.story_model import Edge, StoryItem, days_apart
from parsers.model import Record

DAYS = 3.0
HEAD_CHARS = 2_000  # the top of an article says what it is about
MIN_HEADLINE_WORDS = 3
MIN_TOPIC_WORDS = 2  # of them, words that are no part of a name: who was in the news twice did two things
COMMON_ITEMS, COMMON_SHARE = 20, 0.02  # a word in more headlines than both says nothing
MIN_OVERLAP = 0.4  # of the shorter headline's words
MIN_WEIGHT = 3.0  # names and numbers that both have: see `_weight`
STRONG_WEIGHT = 6.0  # … that make up for a headline with only two shared words
RARE_ITEMS, RARE_SHARE = 6, 0.004  # a name in more items than both says nothing

_WORD = r"[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:['’-](?!s\b)[^\W\d_]+)*"
_NAME = re.compile(rf"{_WORD}(?:\s(?:(?:of|de|van|the|and)\s)?{_WORD})*")
_NUMBER = re.compile(r"(?<![\w.])[£$€]?\d[\d,]*(?:\.\d+)?(?:\s?(?:%|per\s?cent|percent|bn|billion|m\b|million|k\b))?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SPELT_WORDS = "two three four five six seven eight nine ten eleven twelve"
_SPELT = re.compile(rf"\b({'|'.join(_SPELT_WORDS.split())}) (hundred )?thousand\b", re.IGNORECASE)
_THOUSANDS = {word: number for number, word in enumerate(_SPELT_WORDS.split(), 2)}
_STARTS = re.compile(r"(?:^|[.!?:;•–—]\s+|[\n“”\"‘(]\s*)$")
_UBIQUITOUS_WORDS = (
    "britain british england english europe european uk u.k wales welsh scotland scottish london ireland irish "
    "department education government parliament commons lords westminster dfe ofsted labour conservative tory "
    "conservatives tories liberal democrats mps mp nhs covid brexit bbc the guardian times telegraph "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december christmas easter mr mrs ms dr sir dame lord lady prof professor "
    "gcse gcses a-level a-levels send ehcp ehcps press association news"
)
_UBIQUITOUS = frozenset(_UBIQUITOUS_WORDS.split())
_HEADLINE_VERB_WORDS = (
    "warn call urge tell claim back face set plan hit slam blast demand reveal announce launch get make give take risk "
    "fear crisis move bid row join lead leader boss chief head key big top find found show see help deal vote say "
    "warned called urged told claimed backed faced planned demanded announced launched warning calling urging facing"
)
_HEADLINE_VERBS = frozenset(_HEADLINE_VERB_WORDS.split())


class Facts(Record, frozen=True, kw_only=True):
    """What an article's top says that may tell its event."""

    headline: frozenset[str]
    topic: frozenset[str]  # of those, what is no part of a name in the text
    names: frozenset[str]  # lower case; of several words or one
    openers: frozenset[str]  # capitalised words that only begin sentences: names where another article says so
    numbers: frozenset[str]
    headline_names: frozenset[str]  # words of the headline that are (part of) a name in the text
    headline_numbers: frozenset[str]
    text: str  # all, lower case


def edges(items: Sequence[StoryItem]) -> tuple[Edge, ...]:
    """Pairs of articles about one event, each once; items must be in time order."""
    facts = {index: facts_of(item) for index, item in enumerate(items) if item.kind == "article" and item.headline}
    known = {name for one in facts.values() for name in one.names}
    spread = Counter(name for one in facts.values() for name in (one.names | one.openers) & known)
    limit = max(RARE_ITEMS, int(RARE_SHARE * len(items)))
    headlines = Counter(word for one in facts.values() for word in one.topic)
    most = max(COMMON_ITEMS, int(COMMON_SHARE * len(items)))
    common = {word for word, count in headlines.items() if count > most}
    found = []
    for a, b in sorted(_candidates(items, facts, spread, limit)):
        rare = {name: weight for name, weight in _shared_names(facts[a], facts[b]).items() if spread[name] <= limit}
        if len((facts[a].topic & facts[b].topic) - common) < MIN_TOPIC_WORDS:
            continue
        if edge := _edge(a, b, facts[a], facts[b], rare):
            found.append(edge)
    return tuple(found)


def _shared_names(one: Facts, two: Facts) -> dict[str, float]:
    """Names of both with what they say: a full name two, a single word one.

    A word that only begins sentences in one of them may be no name there, and says half.
    """
    openers = (one.names & two.openers) | (one.openers & two.names)
    return dict.fromkeys(openers, 0.5) | {name: 2.0 if " " in name else 1.0 for name in one.names & two.names}


def facts_of(item: StoryItem) -> Facts:
    """The headline's words, and the names and numbers of the top of an article."""
    top = "\n".join(part for part in (item.standfirst, item.text) if part)[:HEAD_CHARS].replace("’", "'")
    headline = (item.headline or "").replace("’", "'")
    names, openers = _names(top)
    parts = {word for name in names for word in name.split()}
    own = {word.lower().removesuffix("'s") for word in re.findall(_WORD, headline)}
    acronyms = {word.lower() for word in re.findall(r"\b[A-Z]{3,}s?\b", headline)} if not headline.isupper() else set()
    said = headline_words(headline)
    return Facts(
        headline=said,
        topic=said - _HEADLINE_VERBS - parts - {part.removesuffix("s") for part in parts},
        names=names,
        openers=openers - names,
        numbers=_numbers(f"{headline}\n{top}"),
        headline_names=frozenset(((own & parts) - _UBIQUITOUS) | acronyms),
        headline_numbers=_numbers(headline),
        text=f"{headline}\n{item.standfirst or ''}\n{item.text[:20_000]}".replace("’", "'").lower(),
    )


def _names(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Names in running text, capitalised within a sentence or of several words; and words that begin sentences."""
    found: set[str] = set()
    openers: set[str] = set()
    for match in _NAME.finditer(text):
        plain = match[0].lower().removesuffix("'s")
        tokens = plain.split()
        if len(plain) <= 2 or all(token in _UBIQUITOUS or len(token) < 3 for token in tokens):
            continue
        opens = len(tokens) == 1 and _STARTS.search(text[max(0, match.start() - 3) : match.start()])
        (openers if opens else found).add(plain)
    return frozenset(found), frozenset(openers)


def _numbers(text: str) -> frozenset[str]:
    """Numbers that mean something: with a unit, or of two digits and more, no years."""
    found = {_plain(match[0]) for match in _NUMBER.finditer(text) if not _YEAR.fullmatch(match[0].rstrip(","))}
    spelt = {f"{_THOUSANDS[match[1].lower()] * (100 if match[2] else 1)}k" for match in _SPELT.finditer(text)}
    return frozenset({number for number in found if len(number) > 1} | spelt)


def _plain(number: str) -> str:
    """One spelling of a number: £40,000,000 and 40 million are 40m; a small sum of money stays apart from a count."""
    plain = re.sub(r"[\s,]", "", number.lower()).replace("percent", "%")
    plain = plain.replace("billion", "bn").replace("million", "m")
    for zeros, unit in (("000000000", "bn"), ("000000", "m"), ("000", "k")):
        if re.fullmatch(rf"\D?\d+{zeros}", plain):
            plain = plain.removesuffix(zeros) + unit
    return plain if plain[1:].isdigit() else plain.lstrip("£$€")


def _candidates(
    items: Sequence[StoryItem], facts: dict[int, Facts], spread: Counter[str], limit: int
) -> set[tuple[int, int]]:
    by_name: dict[str, list[int]] = defaultdict(list)
    for index, one in facts.items():
        for name in one.names | one.openers:
            if 1 < spread[name] <= limit:
                by_name[name].append(index)
    pairs = {pair for members in by_name.values() for pair in itertools.combinations(members, 2)}
    return {pair for pair in pairs if (gap := days_apart(items[pair[0]], items[pair[1]])) is not None and gap <= DAYS}


def _edge(a: int, b: int, one: Facts, two: Facts, rare: dict[str, float]) -> Edge | None:
    shared = one.headline & two.headline
    overlap = len(shared) / max(1, min(len(one.headline), len(two.headline)))
    numbers = one.numbers & two.numbers
    weight = _weight(rare, numbers)
    if _forbidden(one, two) or len(shared) < 2 or weight < MIN_WEIGHT:
        return None
    if (len(shared) < MIN_HEADLINE_WORDS or overlap < MIN_OVERLAP) and weight < STRONG_WEIGHT:
        return None
    facts = ", ".join([*sorted(rare, key=lambda name: (-len(name), name))[:3], *sorted(numbers)[:2]])
    reason = f"same event: {facts}; both headlines say {', '.join(sorted(shared)[:4])}"
    return Edge(a=a, b=b, kind="event", strength=weight + 2 * len(shared) * overlap, reason=reason)


def _weight(names: dict[str, float], numbers: frozenset[str]) -> float:
    """How much shared names and numbers say: names as they weigh, parts of others left out, a number one and a half."""
    whole = {name for name in names if not any(name != other and name in other.split() for other in names)}
    return sum(names[name] for name in whole) + 1.5 * min(2, len(numbers))


def _forbidden(one: Facts, two: Facts) -> bool:
    if one.headline_numbers and two.headline_numbers and not one.headline_numbers & two.headline_numbers:
        return True
    return any(name not in two.text for name in one.headline_names) or any(
        name not in one.text for name in two.headline_names
    )
