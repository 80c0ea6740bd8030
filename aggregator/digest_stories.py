"""Stories of an issue: coverage of one event together, the heaviest first.

Which error is worse: to lead with what does not matter costs the minute in which the mail is opened, to lead with
the second best costs one line of scrolling.
A story's weight is the number of outlets that carry it, because each is an editor's decision that it matters,
plus what ties it to us: a decided link counts like two outlets, a likely one like one and a half.
Likes count by their logarithm: ten times the likes is one more outlet.

Before weight comes whether it is ours to read at all: a story with a link stands before one with a proposal, that
before one that only names us, and that before the rest, because the freshest piece of a small outlet outweighs
nothing and would lead otherwise.
A story of several outlets is the exception: it is what everybody talks about, and stands by its weight among those
with a link.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import msgspec

from aggregator.issue_model import Item, LinkView, StoryLine
from aggregator.neutral import closed, cut
from aggregator.quote_pieces import piece

TOP_STORIES = 5
#: Outlets from which a story matters whatever ties it to us; from as many a topic without a position is busy.
TALKED_ABOUT = 3
#: How near a story is to us: with a link, with a proposal, names us, none of these.
LINKED, PROPOSED, NAMED, OTHER = range(4)
#: Words that are kept of the sentence that matched: what a mail shows, and the clause by which that may be taken back.
TOLD = 44
#: Characters by which a sentence is compared with a headline.
FOLDED = 1000

#: Where a sentence ends: a stop with what closes after it, and a blank; or a line.
_STOP = re.compile(r"(?<=[.!?])\s+|(?<=[.!?][”’\"])\s+|\n+")

_STATUS_WEIGHT = {"confirmed": 2.0, "added": 2.0}
_BAND_WEIGHT = {"likely": 1.5}


def groups_of(items: Iterable[Item], ours: Sequence[str] = ()) -> list[list[Item]]:
    """Items of one story together, the nearest to us and heaviest first, its lead first.

    `ours` are the names by which the association and its people are spoken of.
    """
    named = _any_of(ours)
    by_story: dict[str, list[Item]] = {}
    for item in items:
        by_story.setdefault(item.story or item.id, []).append(item)
    groups = [sorted(group, key=_lead_first) if len(group) > 1 else group for group in by_story.values()]
    return sorted(groups, key=lambda group: (nearness(group, named), -weight(group), newest_first(group[0])))


def newest_first(item: Item) -> tuple[float, str]:
    return (-item.published_at.timestamp() if item.published_at else math.inf, item.id)


def _lead_first(item: Item) -> tuple[bool, bool, bool, float, str]:
    earliest = item.published_at.timestamp() if item.published_at else math.inf
    return (not item.is_lead, item.kind != "article", item.stub, earliest, item.id)


def _any_of(names: Sequence[str]) -> re.Pattern[str] | None:
    known = "|".join(re.escape(name) for name in names if name)
    return re.compile(rf"(?<!\w)(?:{known})(?!\w)") if known else None


def nearness(group: Sequence[Item], named: re.Pattern[str] | None = None) -> int:
    """How near a story is to us, nearest first: `LINKED`, `PROPOSED`, `NAMED` or `OTHER`."""
    if any(item.sure_links for item in group):
        return LINKED
    if len({item.who for item in group if item.who and item.kind == "article"}) >= TALKED_ABOUT:
        return LINKED
    if any(item.links for item in group):
        return PROPOSED
    if any(item.quotes for item in group):
        return NAMED
    if matters(group) and named and any(named.search(item.title) or named.search(item.text) for item in group):
        return NAMED
    return OTHER


def weight(group: Sequence[Item]) -> float:
    """How much a story matters to us."""
    if len(group) == 1 and group[0].kind == "thread" and not (group[0].links or group[0].quotes):
        return 1 + math.log10(
            1 + group[0].likes + group[0].reposts
        )  # most of a week, and nothing of it counts but reach
    outlets = len({item.who or item.id for item in group})
    link = max((link_weight(link) for item in group for link in item.sure_links), default=0.0)
    reach = math.log10(1 + sum(item.likes + item.reposts for item in group))
    voices = 1.0 if any(item.quotes for item in group) else 0.0
    articles = 0.5 if any(item.kind == "article" for item in group) else 0.0
    return outlets + link + reach + voices + articles


def link_weight(link: LinkView) -> float:
    """What a link says of a story's weight for us."""
    return _STATUS_WEIGHT.get(link.status, _BAND_WEIGHT.get(link.band or "", 0.0))


def matters(group: Sequence[Item]) -> bool:
    """Whether it is a story: an article, or what several pieces are on.

    Threads have a section of their own, and lone posts stand under the positions they speak of.
    """
    return len(group) > 1 or group[0].kind == "article"


def story_lines(matter: Sequence[Sequence[Item]], ours: Sequence[str] = ()) -> tuple[StoryLine, ...]:
    """The first stories in their order; an outlet leads a second time only when no other has one that concerns us."""
    named = _any_of(ours)
    leading: set[str] = set()
    concern: list[Sequence[Item]] = []
    rest: list[Sequence[Item]] = []
    for group in matter:
        (rest if nearness(group, named) == OTHER else concern).append(group)
    chosen = [*_one_lead_each(concern, leading), *_one_lead_each(rest, leading)]
    top = [group for group in matter if any(group is one for one in chosen[:TOP_STORIES])]
    return tuple(_story_line(group) for group in [*top, *chosen[TOP_STORIES:]])


def _one_lead_each(groups: Sequence[Sequence[Item]], leading: set[str]) -> list[Sequence[Item]]:
    """Those first whose outlet leads none yet; `leading` are the outlets that do, and grows."""
    first: list[Sequence[Item]] = []
    again: list[Sequence[Item]] = []
    for group in groups:
        who = group[0].who
        (again if who in leading else first).append(group)
        leading |= {who} if who else set()
    return [*first, *again]


def light(item: Item) -> Item:
    """A piece without its text, of which a line shows only what was chosen before."""
    return msgspec.structs.replace(item, text="") if item.text else item


def _story_line(group: Sequence[Item]) -> StoryLine:
    lead = group[0]
    links = [(link, item) for item in group for link in item.sure_links]
    best = max(links, key=lambda pair: _telling(pair[0], pair[1] is lead), default=None)
    link = best[0] if best else None
    others = dict.fromkeys(item.who or "Bluesky" for item in group[1:] if item.who != lead.who or item.kind == "thread")
    return StoryLine(
        item=light(lead),
        more=len(group) - 1,
        outlets=tuple(others),
        sentence=_told(lead, best),
        link=link,
        why=why(link) if link else None,
        ids=tuple(item.id for item in group),
    )


def _telling(link: LinkView, of_lead: bool) -> tuple[float, bool, bool, float]:
    """What a link says for its story: of equally sure ones that with our own words, which a reader sees at a glance."""
    return (link_weight(link), bool(link.old_echo or link.echo), of_lead, link.score or 0)


def _told(lead: Item, best: tuple[LinkView, Item] | None) -> str:
    """The sentence that matched, else the first words of the lead; never its headline once more."""
    for text in (_sentence(*best) if best else "", first_words(lead.text)):
        if folded(text) not in ("", folded(lead.title)):
            return cut(text, TOLD)
    return ""


def folded(text: str) -> str:
    """The letters and digits of a text, by which a headline is recognised in its article."""
    return "".join(filter(str.isalnum, text[:FOLDED].casefold()))


def _sentence(link: LinkView, item: Item) -> str:
    """The sentence that matched, in quotation marks where its article has it in some; an old line with its own."""
    said = (_around(link.old_echo[0], item.text) if link.old_echo else "") or link.their_sentence or ""
    place = item.text.find(said)
    return piece(item.text, place, place + len(said)) if place >= 0 else closed(said)


def _around(words: str, text: str) -> str:
    """The sentence of a text that has these words, "" where none has."""
    place = text.find(words)
    if place < 0:
        return ""
    start = max(end for end in (0, *(stop.end() for stop in _STOP.finditer(text, 0, place))))
    stop = _STOP.search(text, place + len(words))
    return text[start : stop.start() if stop else len(text)].strip()


def why(link: LinkView) -> str | None:
    """The shared words that made the link, at most 15 of them.

    Phrases are data; the sentence around them is the renderer's.
    """
    words = 0
    phrases: list[str] = []
    for term in link.terms:
        words += len(term.split())
        if words > 11 or len(phrases) == 3:
            break
        phrases.append(f"“{term}”")
    return ", ".join(phrases) or None


def first_words(text: str) -> str:
    """The first paragraph of a text."""
    return text.strip().split("\n", 1)[0]
