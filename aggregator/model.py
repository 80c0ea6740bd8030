"""The records that the application makes on top of what the parsers read."""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

import msgspec

from parsers.model import Problem, Record

Band: TypeAlias = Literal["likely", "possible"]
LinkStatus: TypeAlias = Literal["proposed", "confirmed", "rejected", "added"]


class Term(Record, frozen=True, kw_only=True):
    """A phrase that coverage and statement share, with its weight in the score."""

    text: str  # as it stands in the coverage
    weight: float


class LinkProposal(Record, frozen=True, kw_only=True):
    """A link that the linker proposes; nothing is decided yet."""

    statement_id: str
    score: float  # calibrated probability, 0–1
    margin: float  # the number the probability was made from
    band: Band | None  # None: below the threshold, only `rank` shows it
    their_sentence: str
    our_sentence: str
    terms: tuple[Term, ...]  # what is most about the matter first; weights are those of the score
    reason: str  # one sentence a person accepts
    next_best: str | None = None  # the statement that came second, by id
    echo: tuple[str, ...] = ()  # runs of our own words that the coverage repeats
    old_echo: tuple[str, ...] = ()  # such runs that stand in a superseded version only: "old line quoted"
    group: tuple[str, ...] = ()  # near-same statements, itself among them, the newest first, by id
    note: str | None = None  # an earlier decision on this pair and what has changed since, in plain words
    statement_version: int = 1  # the wording it was compared with: the one in force when the coverage came out


class Decision(Record, frozen=True, kw_only=True):
    """What a person said about one coverage–statement pair."""

    text: str  # of the coverage, as it was when decided
    statement_id: str
    status: Literal["confirmed", "rejected", "added"]
    decided_at: dt.datetime | None = None
    decided_by: str | None = None
    statement_version: int | None = None  # the version it was decided against, where known


class LearnedTerm(Record, frozen=True, kw_only=True):
    """A word of coverage that decisions taught the linker; staff can delete it or make it an alias."""

    statement_id: str
    text: str  # as it stands in a confirmed piece of coverage
    weight: float  # what it adds to the margin
    support: int  # confirmed pieces that hold it, near-copies counted once
    odds: float  # log-odds against everything judged


class Promise(Record, frozen=True, kw_only=True):
    """What the team's decisions allow to say about likely links."""

    text: str  # one sentence for the web app and `doctor`
    right: int  # judged likely links that were confirmed
    judged: int
    bound: float | None = None  # lower end of Wilson's interval, one-sided 90 %; None: too few decisions


class LinkerState(Record, frozen=True, kw_only=True):
    """What the linker knew when it last worked, for people to see."""

    knowledge: str = ""  # fingerprint of statements, decisions, words and settings
    note: str = "Nothing was linked yet."  # what learning did, in plain words
    refused: bool = False  # whether something learned stays off because it judged worse
    problems: tuple[str, ...] = ()  # settings that could not be used
    promise: Promise | None = None
    # statement id → what its likely links are worth, for those with judged ones
    by_position: dict[str, Promise] = msgspec.field(default_factory=dict)
    learned: tuple[LearnedTerm, ...] = ()


class Changes(Record, frozen=True, kw_only=True):
    """What storing some records did."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    shared: int = 0  # statements known from another paper, of which only the area is new

    def __str__(self) -> str:
        """For reports and logs: “13 new, 0 changed, 2 unchanged”."""
        shared = f", {self.shared} known from another paper, now with this area too" if self.shared else ""
        return f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged{shared}"

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            shared=self.shared + other.shared,
        )


class FileReport(Record, frozen=True, kw_only=True):
    """What ingesting one document did."""

    name: str
    format: str | None = None
    reason: str = ""
    records: dict[str, int] = msgspec.field(default_factory=dict)  # kind of record → how many were read
    changes: Changes = Changes()
    repair: str | None = None  # the repair receipt, where something was repaired
    unknown: tuple[str, ...] = ()  # what it does not say and a person could: outlet, date, url, author
    joined: str | None = None  # the article that it was made one with, and which document brought that
    problems: tuple[Problem, ...] = ()
    error: str | None = None  # why nothing of it could be used
    sha256: str | None = None  # of what was used: its address in the archive


class SourceReport(Record, frozen=True, kw_only=True):
    """What polling one source did."""

    name: str
    changes: Changes = Changes()
    requests: int = 0  # to servers
    state: str = ""  # in plain words: "nothing new", "12 pages wait"
    problems: tuple[Problem, ...] = ()
    error: str | None = None  # why the poll failed


class LinkReport(Record, frozen=True, kw_only=True):
    """What a round of linking did."""

    coverage: int = 0  # pieces looked at
    changes: Changes = Changes()
    proposed: int = 0  # open proposals after it
    likely: int = 0
    positions: int = 0
    notes: tuple[str, ...] = ()  # what a person should hear: learning refused, settings that could not be used
