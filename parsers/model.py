"""The records that parsers make and every later stage passes on.

All are frozen, keyword-only msgspec Structs: cheap to make, safe to share, ready for JSON.
Inside are tuples, never lists; unknown is `None`, never an empty string or a guess.
Times are aware UTC.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of all records.

    Options are repeated on each record: kw_only is not inherited, and type checkers want to see frozen.
    """


StepKind: TypeAlias = Literal["exact", "context", "prior", "unresolved"]
Severity: TypeAlias = Literal["error", "warning", "info"]


class Step(Record, frozen=True, kw_only=True):
    """One replacement of a repair; replaying all steps turns raw text into shown text and back."""

    offset: int  # where `raw` starts, in characters of the raw text
    raw: str
    replacement: str
    kind: StepKind  # exact: the bytes say so; context, prior: the neighbours or the house style say so
    posterior: float = 1.0  # how probable the choice is, 0–1, calibrated
    candidates: tuple[str, ...] = ()  # for what stays unresolved: what it may have been, likeliest first
    reason: str = ""  # in plain words, for `explain`


class Problem(Record, frozen=True, kw_only=True):
    """Something in a document that could not be used; the rest of the document went in."""

    message: str  # one sentence a person understands
    where: str = ""  # "line 12", "byte 4,096", "record 3"
    severity: Severity = "warning"
    excerpt: str = ""  # the start of what was passed over, never more than 200 characters


class Style(Record, frozen=True, kw_only=True):
    """How a house writes what damage made undecidable."""

    dash: str = "–"  # the spaced dash; UK houses mostly write –
    quotes: Literal["double", "single"] = "double"


class Hint(Record, frozen=True, kw_only=True):
    """What the person who hands over a document knows about it; every field wins over detection."""

    kind: str | None = None  # a `parsers.detect` format name
    name: str | None = None  # file name or url, for messages only: the kind comes from the content
    content_type: str | None = None  # as the server said it
    author: str | None = None  # Bluesky handle of the account whose export this is
    outlet: str | None = None
    url: str | None = None
    published_at: dt.datetime | None = None
    date_only: bool = False  # `published_at` is a day, its time says nothing
    timezone: str | None = None  # IANA name for times that carry none; Bluesky scrapes are taken as UTC
    house_timezone: str | None = None  # the team's zone, for news whose times name none and nobody said one
    area: str | None = None  # policy area of a position paper
    organisation: str | None = None  # whose positions these are
    style: Style | None = None


# ------------------------------------------------------------------ Bluesky


class Counts(Record, frozen=True, kw_only=True):
    """The four counts under a post; `None` where the source has none."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None


class Card(Record, frozen=True, kw_only=True):
    """A link card: the preview of the page a post links to."""

    title: str
    description: str | None = None
    url: str | None = None  # scrapes do not hold it


class Post(Record, frozen=True, kw_only=True):
    """One Bluesky post."""

    text: str = ""  # repaired, shortened urls written out where the source has them
    text_raw: str = ""  # as received, before repair
    created_at: dt.datetime | None = None  # the author's claim
    minute_only: bool = False  # the source gives no seconds
    uri: str | None = None  # at://…; scrapes have none
    cid: str | None = None
    author: str | None = None  # handle where known, else DID; scrapes mix accounts and name none
    author_did: str | None = None
    author_name: str | None = None
    counts: Counts = Counts()
    card: Card | None = None
    card_score: float | None = None  # scrapes only: how sure the split into card and text is
    urls: tuple[str, ...] = ()  # full urls from facets and embeds
    alts: tuple[str, ...] = ()  # alternative texts of pictures and videos
    quote_uri: str | None = None
    reply_parent: str | None = None
    reply_root: str | None = None
    parent_state: Literal["notFound", "blocked"] | None = None
    reposted_by: str | None = None  # the feed item was a repost by this account
    pinned: bool = False
    gone: bool = False  # the source says it was deleted
    langs: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    position: int = 0  # place in the document, 0 first; breaks ties of minute stamps
    steps: tuple[Step, ...] = ()  # how `text_raw` became `text`
    raw: str | None = None  # the block or JSON it was read from, where `text_raw` is not all of it


class Part(Record, frozen=True, kw_only=True):
    """One post's place in a thread."""

    post: Post
    number: int | None = None  # as printed or inferred; None in whole threads known by reply refs only
    text: str = ""  # the post's text without its marker
    marker: str = ""  # the marker as it stands in the post, "3/7"
    inferred: bool = False  # placed without a marker of its own


class Thread(Record, frozen=True, kw_only=True):
    """One author's stitched posts; a lone post is a thread of one."""

    parts: tuple[Part, ...]  # in reading order
    expected: int | None = None  # the last stated total; refs: length with gaps
    missing: tuple[int | str, ...] = ()  # part numbers, or at-URIs where only refs are known
    complete: bool | None = None  # None: no total was ever stated
    basis: Literal["single", "refs", "numbers", "text", "person"] = "single"
    flags: tuple[str, ...] = ()  # what a reviewer should be told, in plain words
    duplicates: tuple[Post, ...] = ()  # the same part again, left out
    branches: tuple[Post, ...] = ()  # self-replies off the main line
    reason: str = ""  # why these belong together

    @property
    def posts(self) -> tuple[Post, ...]:
        """The posts in reading order."""
        return tuple(part.post for part in self.parts)

    @property
    def text(self) -> str:
        """The parts as one piece of prose: paragraphs, unless a sentence or a list goes on in the next part."""
        told = ""
        number: int | None = None
        for part in self.parts:
            gap = number is not None and part.number is not None and part.number != number + 1
            told = _told(told, part.text, gap) if told and part.text else told or part.text
            number = part.number
        return told


_DOTS = ("…", "...")
_BULLETS = ("- ", "– ", "• ", "* ", "‣ ")


def _told(one: str, two: str, gap: bool) -> str:
    """A text and what follows it; `gap` says that something between them is missing."""
    goes_on = one.endswith(_DOTS) and (two.startswith(_DOTS) or two[:1].islower())
    if gap:
        return f"{one}\n\n{two}"
    if goes_on:
        return f"{one.rstrip('.… ')} {two.lstrip('.… ')}"
    if (one[-1] in ",;–—" or one[-1].isalnum()) and two[:1].islower():
        return f"{one} {two}"
    if one.rpartition("\n")[2].startswith(_BULLETS) and two.startswith(_BULLETS):
        return f"{one}\n{two}"
    return f"{one}\n\n{two}"


# ------------------------------------------------------------------ news


BlockKind: TypeAlias = Literal["p", "h", "li", "quote"]


class Block(Record, frozen=True, kw_only=True):
    """One paragraph, subhead, list item or block quotation of an article."""

    kind: BlockKind
    text: str


class Dropped(Record, frozen=True, kw_only=True):
    """A line that was taken for furniture, kept so that a person can restore it."""

    text: str
    reason: str
    line: int | None = None  # 1 is the first line of the pasted text


_NUMBERED = re.compile(r"\d{1,3}[.)]\s")


class Article(Record, frozen=True, kw_only=True):
    """One news piece."""

    headline: str | None = None
    standfirst: str | None = None
    bylines: tuple[str, ...] = ()
    outlet: str | None = None
    section: str | None = None
    published_at: dt.datetime | None = None
    date_only: bool = False  # the source gives a day, no time
    updated_at: dt.datetime | None = None
    url: str | None = None  # canonical
    source_url: str | None = None  # as received
    language: str | None = None
    blocks: tuple[Block, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    stub: bool = False  # only a teaser is known: a feed entry, a paywall
    guid: str | None = None  # a feed's own id of the entry
    extractor: str = ""  # which method gave the body, for `explain`
    confidence: float | None = None  # 0–1
    steps: tuple[Step, ...] = ()  # repairs, offsets into the raw document's text

    @property
    def text(self) -> str:
        """The body, a blank line between blocks, list items bulleted unless they bring a number."""
        return "\n\n".join(
            f"• {block.text}" if block.kind == "li" and not _NUMBERED.match(block.text) else block.text
            for block in self.blocks
        )

    @property
    def byline(self) -> str | None:
        """The authors in one line."""
        return ", ".join(self.bylines) or None


def paragraphs(texts: Iterable[str]) -> tuple[Block, ...]:
    """Plain paragraphs as blocks, empty ones left out."""
    return tuple(Block(kind="p", text=text) for text in texts if text)


# ------------------------------------------------------------------ positions


class Statement(Record, frozen=True, kw_only=True):
    """One position statement of the association."""

    id: str = ""  # from the normalised position: the same statement in two papers has one id
    title: str = ""  # readable, from its position sentence
    areas: tuple[str, ...] = ()
    context: str | None = None
    position: str = ""
    rationale: str | None = None
    adopted_on: dt.date | None = None  # only where the text says it
    organisation: str | None = None  # whose position, as the text names it
    aliases: tuple[str, ...] = ()  # "also known as" words that staff gave
    version: int = 1

    @property
    def text(self) -> str:
        """All sections in reading order."""
        return "\n\n".join(part for part in (self.context, self.position, self.rationale) if part)


Item: TypeAlias = Post | Article | Statement


class ParseResult(Record, frozen=True, kw_only=True):
    """What one document gave."""

    format: str = ""  # a `parsers.detect` format name
    reason: str = ""  # why it was taken for that, in plain words
    records: tuple[Item, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: dict[str, Any] = {}  # facts for `explain`: encoding, channel of the damage, title of a paper
