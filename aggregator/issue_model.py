"""What an issue of the digest is made of: chosen by `digest`, frozen by the store, shown by `render`.

No HTML here and no wording of ours beyond data: a `Digest` could be sung.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import msgspec

from aggregator.model import Band, LinkStatus
from parsers.model import Record


class Window(Record, frozen=True, kw_only=True):
    """The time that an issue covers, half open: from ≤ t < until."""

    issue: str  # "2026-W46", or "look-back"
    from_at: dt.datetime
    until_at: dt.datetime
    timezone: str
    look_back: bool = False  # chosen by publication date after the event; changes nothing
    late: bool = False  # goes out after its day

    @property
    def is_week(self) -> bool:
        """Whether it compares with weeks; a clock change makes one an hour longer or shorter."""
        return abs((self.until_at - self.from_at) - dt.timedelta(days=7)) <= dt.timedelta(hours=2)


class LinkView(Record, frozen=True, kw_only=True):
    """A link as the digest shows it."""

    statement_id: str
    title: str
    areas: tuple[str, ...] = ()
    status: LinkStatus
    band: Band | None
    score: float | None
    their_sentence: str | None = None
    our_sentence: str | None = None
    terms: tuple[str, ...] = ()
    echo: tuple[str, ...] = ()  # runs of our own words in the coverage
    old_echo: tuple[str, ...] = ()  # such runs that stand only in a former wording: “old line quoted”
    group: tuple[str, ...] = ()  # near-same positions by id, the newest first, itself among them
    stands_for: tuple[str, ...] = ()  # titles of near-same positions whose links this one stands for

    @property
    def decided(self) -> bool:
        """Whether a person vouches for it."""
        return self.status in ("confirmed", "added")

    @property
    def sure(self) -> bool:
        """Whether it may stand in the mail as a link; what is only possible stands under “To review”."""
        return self.decided or self.band == "likely"


def one_of_each(links: Sequence[LinkView]) -> tuple[LinkView, ...]:
    """The links of one piece with near-same positions named once: the newest of those that are as sure as the best.

    What a person decided is always named, and stands for the open ones of its group.
    """
    if len(links) == 1:
        return tuple(links)
    kept: list[LinkView] = []
    left = list(links)
    while left:
        first = left[0]
        group = [link for link in left if link is first or _same_group(first, link)]
        left = [link for link in left if link not in group]
        decided = [link for link in group if link.decided]
        chosen = decided or [
            min((link for link in group if link.sure == first.sure), key=lambda link: _age(first, link))
        ]
        others = tuple(link.title for link in group if link not in chosen)
        kept += [msgspec.structs.replace(chosen[0], stands_for=others), *chosen[1:]]
    return tuple(kept)


def _same_group(one: LinkView, other: LinkView) -> bool:
    return other.statement_id in one.group or one.statement_id in other.group


def _age(first: LinkView, link: LinkView) -> int:
    """The place of a link in its group, the newest first."""
    return first.group.index(link.statement_id) if link.statement_id in first.group else len(first.group)


class QuoteView(Record, frozen=True, kw_only=True):
    """Words of one of our people."""

    speaker: str
    quote: str
    verb: str | None = None
    partial: bool = False  # a part of a sentence, which no issue counts

    @property
    def fold(self) -> str:
        """The words alone: copies of a story repeat them with other stops and capitals."""
        return "".join(filter(str.isalnum, self.quote.casefold()))


class Item(Record, frozen=True, kw_only=True):
    """One piece of coverage on its way into an issue."""

    id: str
    kind: Literal["thread", "article"]
    title: str
    who: str | None
    url: str | None
    published_at: dt.datetime | None
    came_at: dt.datetime | None = None  # when it came in; known where `published_at` is not
    date_only: bool = False
    text: str
    story: str | None = None  # key of the story it belongs to
    is_lead: bool = False
    stub: bool = False
    links: tuple[LinkView, ...] = ()  # rejected ones left out, best first
    quotes: tuple[QuoteView, ...] = ()
    parts_found: int = 1
    parts_expected: int | None = None
    missing: tuple[int | str, ...] = ()
    complete: bool | None = None
    likes: int = 0
    likes_risen: int | None = None  # in the last week, where the counts were read before it too
    reposts: int = 0
    follows: str | None = None  # the earlier issue that had its story: this is a follow-up
    # Of what its outlet has in an earlier issue already, under another address:
    updated: bool = False  # a new version whose words differ enough to be read again
    repeated: bool = False  # the same words once more: counted, not listed

    @property
    def counted_at(self) -> dt.datetime | None:
        """The moment at which it counts: of publication, else when it came in."""
        return self.published_at or self.came_at

    @property
    def sure_links(self) -> tuple[LinkView, ...]:
        """The links that may stand in the mail, best first."""
        return tuple([link for link in self.links if link.sure]) if self.links else ()


class WeekCount(Record, frozen=True, kw_only=True):
    """One week of the archive in numbers; every piece counts in one week only."""

    from_at: dt.datetime
    coverage: int = 0
    stories: int = 0  # articles, and what several pieces are on: a lone post is none
    linked: int = 0
    quotes: int = 0
    threads: int = 0  # of two parts and more


class PositionCount(Record, frozen=True, kw_only=True):
    """How much coverage one position had before this window."""

    statement_id: str
    title: str
    areas: tuple[str, ...] = ()
    last_week: int = 0
    four_weeks: int = 0  # the four weeks before this window
    last_covered: dt.datetime | None = None  # within these
    ever: bool = False  # whether anything was on it, whenever
    proposed: bool = False  # whether a proposal for it waits, of any piece


class History(Record, frozen=True, kw_only=True):
    """What an issue is compared with."""

    weeks: tuple[WeekCount, ...] = ()  # the seven weeks before the window, oldest first
    positions: tuple[PositionCount, ...] = ()  # every position in force
    archive_since: dt.datetime | None = None
    undated: tuple[Item, ...] = ()  # coverage without a date, which a look-back cannot place
    older: int = 0  # came in too old for news; in the archive only
    first: bool = False  # no issue before this one held anything: what is older counts in its own weeks
    basis: str = ""  # what numbers are counted by: the rules and the positions in force
    recounted: bool = False  # a week of the last four had other numbers in its mail, counted on another basis
    mailed: WeekCount | None = None  # last week's numbers in its mail, where it is counted again and they were others


# ------------------------------------------------------------------ the issue


class Cell(Record, frozen=True, kw_only=True):
    """One number of the numbers table and the list behind it."""

    name: str  # "stories", "linked", "quotes", "threads"
    this_week: int
    last_week: int | None  # None: the archive does not reach back that far
    mean: float | None  # of the four weeks before
    detail: int | None = None  # all pieces beside stories, confirmed ones of links, threads told in top stories,
    # parts of sentences beside quotes
    pieces: int | None = None  # that the stories are told in
    ids: tuple[str, ...] = ()
    unasked: bool = False  # nobody is named whose words are looked for, so nothing was counted


class StoryLine(Record, frozen=True, kw_only=True):
    """A story: its lead, and who else has it."""

    item: Item
    more: int = 0  # other pieces on it
    outlets: tuple[str, ...] = ()  # of the others
    sentence: str | None = None  # theirs, the one that matched
    link: LinkView | None = None
    why: str | None = None
    ids: tuple[str, ...] = ()


class PositionLine(Record, frozen=True, kw_only=True):
    """A position and what was said on it."""

    statement_id: str
    title: str
    this_week: int
    last_week: int | None
    items: tuple[Item, ...] = ()
    more: int = 0
    ids: tuple[str, ...] = ()  # of all pieces counted
    stands_for: tuple[str, ...] = ()  # titles of near-same positions that are named under this one


class VoiceLine(Record, frozen=True, kw_only=True):
    """A quotation of one of our people."""

    quote: QuoteView
    item: Item
    also_in: tuple[str, ...] = ()


class GapLine(Record, frozen=True, kw_only=True):
    """Something that is missing, or that moves."""

    kind: Literal["topic", "silent", "rise", "undated", "updated"]
    subject: str
    n: int = 0
    before: float | None = None
    since: dt.datetime | None = None
    proposed: int = 0  # of these positions, for how many there are proposals to review
    ids: tuple[str, ...] = ()
    statement_id: str | None = None  # of “silent” and “rise”, where it is one position
    item: Item | None = None  # of “updated”: the piece that was mailed and has changed since


class ReviewLine(Record, frozen=True, kw_only=True):
    """What waits for a decision."""

    count: int = 0
    first: tuple[tuple[Item, LinkView], ...] = ()
    by_position: tuple[tuple[str, int], ...] = ()  # id → how many, for readers of some positions only


class SourceLine(Record, frozen=True, kw_only=True):
    """A source and when it last gave something."""

    name: str
    last_success: dt.datetime | None
    silent: bool = False
    failing: bool = False  # it could not be read when it was asked last


class Placement(Record, frozen=True, kw_only=True):
    """Where one piece of coverage stands in an issue."""

    id: str
    section: str  # "stories", "positions", "voices", "threads", else "archive": counted and not listed
    statement_id: str | None = None  # of the link that is mailed with it


class Digest(Record, frozen=True, kw_only=True):
    """One issue, chosen and ordered."""

    window: Window
    organisation: str | None = None
    items: int = 0  # all coverage in the window
    ids: tuple[str, ...] = ()
    numbers: tuple[Cell, ...] = ()
    weeks: tuple[WeekCount, ...] = ()  # eight, this one last
    stories: tuple[StoryLine, ...] = ()
    positions: tuple[PositionLine, ...] = ()
    voices: tuple[VoiceLine, ...] = ()
    threads: tuple[Item, ...] = ()
    gaps: tuple[GapLine, ...] = ()
    review: ReviewLine = ReviewLine()
    corrections: tuple[tuple[Item, LinkView], ...] = ()
    sources: tuple[SourceLine, ...] = ()
    older: int = 0
    first: bool = False  # no issue before it held anything, so it compares with nothing
    basis: str = ""  # what its numbers were counted by; a later issue counts them again where that has changed
    recounted: bool = False  # the weeks before are counted again, and their mails had other numbers
    mailed: WeekCount | None = None  # last week's numbers in its mail, where those beside this week's are others
    whole: tuple[Cell, ...] = ()  # the numbers of all that the first issue holds, where that is more than its week
    totals: tuple[tuple[str, int], ...] = ()  # section → how many lines there were before limits and budget
    earlier: int = 0  # pieces published before the window; the first issue does not count them to its week
    unlisted: int = 0  # pieces that no section counts: in no story, no thread and on no position
    most_liked: Item | None = None  # of these
    name_length: int = 110  # characters of a position's name as it is shown; fewer where the budget is short
    # Beyond the limits, for readers of some positions only, whose sections they fill.
    more_stories: tuple[StoryLine, ...] = ()
    more_positions: tuple[PositionLine, ...] = ()
    areas: tuple[tuple[str, tuple[str, ...]], ...] = ()  # position id → areas, of all positions in force
    chosen_for: tuple[str, ...] = ()  # areas and positions of the reader; empty: the whole issue

    @property
    def quiet(self) -> bool:
        """Whether nothing came in."""
        return self.items == 0

    @property
    def weekly(self) -> bool:
        """Whether the window is a week."""
        return self.window.is_week

    def left(self, section: str) -> int:
        """How many lines of a section were left to the archive."""
        return max(0, dict(self.totals).get(section, 0) - len(getattr(self, section)))


class Urls(Record, frozen=True, kw_only=True):
    """Pages of the web app that a mail points to."""

    view: str | None = None
    preferences: str | None = None
    unsubscribe: str | None = None  # https only
    review: str | None = None  # the queue of proposals
    board: str | None = None  # all positions, and topics without one

    def list_of(self, name: str) -> str | None:
        """The frozen list behind a number of the issue."""
        return f"{self.view}?list={name}" if self.view else None


class Rendered(Record, frozen=True, kw_only=True):
    """An issue ready for mail or browser."""

    subject: str
    html: str
    text: str
