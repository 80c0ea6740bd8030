"""Coverage of the same event, put into groups.

A false join is worse than a missing one: a story that stands twice costs a line of the digest,
two stories in one hide the second.

What people said comes first: splits and merges are never undone by a rule.
Then evidence joins items, strongest kind first: near-copies (`copies`), shared articles (`shares`),
the same event in other words (`events`).

A round-up holds parts of several stories and must not make one of them.
It is seen by its place: it is longer than each of its neighbours, and they share nothing with each other.
It joins the story of which it holds most words and is only mentioned in the others.
A thread that links to articles of several stories is treated alike, and from three stories on it stays alone.

The result depends on the items alone, not on their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from aggregator import copies, events, shares
from aggregator.shingles import shingles, words
from aggregator.story_model import Edge, Joined, StoryGroup, StoryItem, ordered

__all__ = ["StoryGroup", "StoryItem", "group"]

PART_SHARE = 0.6  # what is shared is only a part of a longer text below this share
NEAR_COPY = 0.5  # of the shorter text's words: counted as a copy of the lead, not as a rewrite
CUT_SHARE = 0.8  # a text that begins like a longer one and is as much shorter was cut
FULL_WORDS = 60  # shorter texts are teasers, whoever says otherwise
EVENT_SPAN_DAYS = 5.0  # same-event chains do not wander further
MAX_STORIES_OF_A_THREAD = 2

_Pair = tuple[str, str]


def group(
    items: Sequence[StoryItem], *, apart: Collection[_Pair] = (), together: Collection[_Pair] = ()
) -> list[StoryGroup]:
    """Put every item into exactly one group, earliest group first; lone items are groups of one.

    `apart` and `together` are pairs of ids that a person split or merged; a pair in both stays apart.
    Pairs with unknown ids are passed over. Of items with one id the earliest counts.
    """
    known = ordered(list(items))
    places = {item.id: index for index, item in enumerate(known)}
    sets = _Sets(known, _known_pairs(apart, places))
    hand = [Edge(a=a, b=b, kind="hand", strength=1, reason="joined by hand") for a, b in _known_pairs(together, places)]
    sets.join_all(hand)
    near = copies.edges(known)
    mentions = _join_copies(sets, near)
    linked = shares.edges(known)
    mentions += _join_shares(sets, linked)
    happened = events.edges(known)
    _join_events(sets, happened, {edge.longer for edge, _ in mentions})
    evidence = _by_item([*hand, *near, *linked, *happened])
    mentioned = _mentions(sets, mentions)
    groups = [_story(known, members, evidence, mentioned[root]) for root, members in sets.members().items()]
    return sorted(groups, key=lambda one: min(places[i] for i in one.ids))


def _known_pairs(pairs: Iterable[_Pair], places: dict[str, int]) -> list[tuple[int, int]]:
    found = ((places[a], places[b]) for a, b in pairs if a in places and b in places and a != b)
    return sorted({(min(pair), max(pair)) for pair in found})


class _Sets:
    """Disjoint sets that never join what a person keeps apart."""

    def __init__(self, items: Sequence[StoryItem], apart: Iterable[tuple[int, int]]) -> None:
        self.items = items
        self.parent = list(range(len(items)))
        self.foes: dict[int, set[int]] = defaultdict(set)
        for a, b in apart:
            self.foes[a].add(b)
            self.foes[b].add(a)
        self.split = {index: len(foes) for index, foes in self.foes.items()}

    def find(self, index: int) -> int:
        while self.parent[index] != index:
            self.parent[index] = self.parent[self.parent[index]]
            index = self.parent[index]
        return index

    def join(self, a: int, b: int) -> bool:
        """Join two sets; False where a person keeps them apart."""
        first, second = sorted((self.find(a), self.find(b)))
        if first == second:
            return True
        if any(self.find(foe) == second for foe in self.foes.get(first, ())):
            return False
        self.parent[second] = first
        if second in self.foes:
            self.foes[first] |= self.foes.pop(second)
        return True

    def join_all(self, found: Iterable[Edge]) -> None:
        """Join along all edges, those of split items last, so that a split item cannot take others with it."""
        for edge in sorted(found, key=self.order):
            self.join(edge.a, edge.b)

    def order(self, edge: Edge) -> tuple[int, float, int, int]:
        """The order in which edges count: undisputed items first, then the strongest."""
        return max(self.split.get(edge.a, 0), self.split.get(edge.b, 0)), -edge.strength, edge.a, edge.b

    def members(self) -> dict[int, list[int]]:
        """All sets by their first item."""
        found: dict[int, list[int]] = defaultdict(list)
        for index in range(len(self.parent)):
            found[self.find(index)].append(index)
        return found


# ------------------------------------------------------------------ copies and round-ups


def _join_copies(sets: _Sets, found: Sequence[Edge]) -> list[tuple[Edge, int]]:
    """Join near-copies; give back the edges of round-ups to stories that they only mention."""
    longer: dict[int, list[Edge]] = defaultdict(list)
    for edge in found:
        longer[edge.longer].append(edge)
    suspects = {index for index, own in longer.items() if len(own) > 1 and any(map(_is_part, own))}
    sets.join_all(edge for edge in found if not {edge.a, edge.b} & suspects)
    by_item = _by_item(edge for edge in found if {edge.a, edge.b} & suspects)
    mentions: list[tuple[Edge, int]] = []
    waiting = set(suspects)
    for index in sorted(suspects, key=lambda i: (sets.split.get(i, 0), i)):  # earliest first: originals, then round-ups
        own = [edge for edge in by_item[index] if _other(edge, index) not in waiting]
        mentions += _join_suspect(sets, index, own)
        waiting.discard(index)
    sets.join_all(edge for edge in found if {edge.a, edge.b} <= suspects and not _is_part(edge))
    return mentions


def _is_part(edge: Edge) -> bool:
    """Whether what two texts share is only a part of the longer one."""
    return edge.longer_share < PART_SHARE


def _join_suspect(sets: _Sets, index: int, own: Sequence[Edge]) -> list[tuple[Edge, int]]:
    """Join a possible round-up with its like, else with the story of which it holds most words.

    Other stories in it are only mentioned, unless the headlines say that they are the same.
    What is older than all that it shares parts with is no round-up but where they come from.
    """
    source = all(_is_older(sets.items[index], sets.items[_other(edge, index)]) for edge in own)
    best = sorted(own, key=lambda edge: (_share_of(edge, index) < PART_SHARE, -edge.strength, _other(edge, index)))
    joined = False
    mentions = []
    for edge in best:
        other = _other(edge, index)
        whole = _share_of(edge, index) >= PART_SHARE
        wanted = source or whole or not joined or sets.find(other) == sets.find(index)
        if (wanted or _headlines_agree(sets, index, other)) and sets.join(index, other):
            joined = True
        else:
            mentions.append((edge, other))
    return mentions


def _share_of(edge: Edge, index: int) -> float:
    """How much of one of the two texts is in the other."""
    return edge.longer_share if edge.longer == index else edge.share


def _is_older(one: StoryItem, two: StoryItem) -> bool:
    return bool(one.published_at and two.published_at and one.published_at < two.published_at)


def _headlines_agree(sets: _Sets, a: int, b: int) -> bool:
    """Whether the headlines of two items speak of the same thing."""
    return copies.headlines_agree(sets.items[a].headline, sets.items[b].headline)


# ------------------------------------------------------------------ threads and events


def _join_shares(sets: _Sets, found: Sequence[Edge]) -> list[tuple[Edge, int]]:
    """Join threads with what they share; give back edges to stories that they only mention."""
    mentions: list[tuple[Edge, int]] = []
    by_thread: dict[int, list[Edge]] = defaultdict(list)
    for edge in sorted(found, key=sets.order):
        by_thread[edge.b].append(edge)
    for thread, own in by_thread.items():
        stories = list(dict.fromkeys(sets.find(edge.a) for edge in own))
        keep = stories[:1] if len(stories) <= MAX_STORIES_OF_A_THREAD else []
        for edge in own:
            if sets.find(edge.a) not in {sets.find(root) for root in keep} or not sets.join(edge.a, thread):
                mentions.append((edge, edge.a))
    return mentions


def _join_events(sets: _Sets, found: Sequence[Edge], roundups: set[int]) -> None:
    members = sets.members()
    for edge in sorted(found, key=sets.order):
        first, second = sorted((sets.find(edge.a), sets.find(edge.b)))
        if first == second or {edge.a, edge.b} & roundups:
            continue
        if _days(sets.items, members[first] + members[second]) <= EVENT_SPAN_DAYS and sets.join(first, second):
            members[first] += members.pop(second)


def _days(items: Sequence[StoryItem], members: Iterable[int]) -> float:
    times = [time for m in members if items[m].kind == "article" and (time := items[m].published_at)]
    return (max(times) - min(times)).total_seconds() / 86_400 if times else 0.0


# ------------------------------------------------------------------ the groups


def _story(
    items: Sequence[StoryItem], members: list[int], evidence: dict[int, list[Edge]], mentioned: set[int]
) -> StoryGroup:
    lead = _lead(items, members)
    rest = [index for index in members if index != lead]
    inside = set(members)
    joined = tuple(_joined(items, index, lead, evidence.get(index, []), inside) for index in rest)
    near = {_other(e, lead) for e in evidence.get(lead, []) if e.kind == "copy" and e.share >= NEAR_COPY} & inside
    return StoryGroup(
        ids=tuple(items[index].id for index in [lead, *rest]),
        lead_id=items[lead].id,
        copies=tuple(items[index].id for index in rest if index in near),
        joined=joined,
        mentioned_in=tuple(items[index].id for index in sorted(mentioned - inside)),
    )


def _lead(items: Sequence[StoryItem], members: Sequence[int]) -> int:
    """The earliest full text; else the earliest article; else the earliest item."""
    articles = [index for index in members if items[index].kind == "article"]
    whole = [i for i in articles if not items[i].stub and len(items[i].text.split()) >= FULL_WORDS]
    for index in whole:
        if not any(_is_beginning(items[index], items[other]) for other in whole if other != index):
            return index
    return (articles or list(members))[0]


def _is_beginning(one: StoryItem, two: StoryItem) -> bool:
    """Whether the first text is the second one cut short."""
    short, long = words(one.text), words(two.text)
    if len(short) > CUT_SHARE * len(long):
        return False
    return bool(set(shingles(short[:40]).tolist()) & set(shingles(long[:40]).tolist()))


def _joined(items: Sequence[StoryItem], index: int, lead: int, own: Sequence[Edge], inside: set[int]) -> Joined:
    known = [edge for edge in own if _other(edge, index) in inside]
    if not known:
        return Joined(id=items[index].id, kind="hand", reason="joined by hand")
    kinds = ("hand", "copy", "share", "event")
    edge = min(known, key=lambda e: (_other(e, index) != lead, kinds.index(e.kind), -e.strength, _other(e, index)))
    return Joined(id=items[index].id, kind=edge.kind, reason=_reason(items, edge, _other(edge, index), lead))


def _reason(items: Sequence[StoryItem], edge: Edge, other: int, lead: int) -> str:
    partner = items[other]
    if edge.kind != "copy" or other == lead:
        return edge.reason
    return edge.reason.replace("of this story", f"with the version of {partner.outlet or partner.id}")


def _mentions(sets: _Sets, found: Iterable[tuple[Edge, int]]) -> dict[int, set[int]]:
    mentioned: dict[int, set[int]] = defaultdict(set)
    for edge, story in found:
        mentioned[sets.find(story)].add(_other(edge, story))
    return mentioned


def _by_item(found: Iterable[Edge]) -> dict[int, list[Edge]]:
    by_item: dict[int, list[Edge]] = defaultdict(list)
    for edge in found:
        by_item[edge.a].append(edge)
        by_item[edge.b].append(edge)
    return by_item


def _other(edge: Edge, index: int) -> int:
    return edge.b if edge.a == index else edge.a
