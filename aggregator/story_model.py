"""The records of story grouping: what goes in, what comes out, and why two items belong together."""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

from parsers.model import Record

JoinKind: TypeAlias = Literal["copy", "share", "event", "hand"]


class StoryItem(Record, frozen=True, kw_only=True):
    """One piece of coverage as the grouping sees it."""

    id: str
    kind: Literal["thread", "article"]
    headline: str | None = None
    text: str = ""
    standfirst: str | None = None
    outlet: str | None = None
    published_at: dt.datetime | None = None  # aware UTC
    urls: tuple[str, ...] = ()  # the article's canonical url, or the urls that a thread shares, short ones too
    card_titles: tuple[str, ...] = ()  # titles of the link cards of a thread
    stub: bool = False  # only a teaser is known


class Joined(Record, frozen=True, kw_only=True):
    """Why an item stands in its group."""

    id: str
    kind: JoinKind
    reason: str  # in plain words


class StoryGroup(Record, frozen=True, kw_only=True):
    """Coverage of one event."""

    ids: tuple[str, ...]  # the lead first, then by time
    lead_id: str  # the earliest full text
    copies: tuple[str, ...] = ()  # near-copies of the lead
    joined: tuple[Joined, ...] = ()  # one for each id but the lead, in the order of `ids`
    mentioned_in: tuple[str, ...] = ()  # round-ups and threads with several links that live in another group


class Edge(Record, frozen=True, kw_only=True):
    """Evidence that two items belong together; `a` and `b` are places in the ordered items."""

    a: int
    b: int
    kind: JoinKind
    strength: float  # compared within one kind only
    reason: str
    share: float = 0.0  # copies: share of the shorter text's words that the longer one has
    longer: int = -1  # copies: the longer of the two
    longer_share: float = 0.0  # copies: share of the longer text's words that the shorter one has


def ordered(items: list[StoryItem]) -> list[StoryItem]:
    """Earliest first, undated last, each id once: every later step depends on this order alone."""
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    ranked = sorted(items, key=lambda item: (item.published_at or latest, item.id, repr(item)))
    return list({item.id: item for item in reversed(ranked)}.values())[::-1]


def days_apart(one: StoryItem, two: StoryItem) -> float | None:
    """How many days lie between two items; `None` where one has no date."""
    if one.published_at is None or two.published_at is None:
        return None
    return abs((one.published_at - two.published_at).total_seconds()) / 86_400
