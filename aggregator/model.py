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
    terms: tuple[Term, ...]  # heaviest first
    reason: str  # one sentence a person accepts
    next_best: str | None = None  # the statement that came second, by id
    echo: tuple[str, ...] = ()  # runs of our own words that the coverage repeats
    old_echo: tuple[str, ...] = ()  # such runs that stand in a superseded version only: "old line quoted"
    group: tuple[str, ...] = ()  # near-same statements, itself among them, the newest first, by id
    note: str | None = None  # an earlier decision on this pair and what has changed since, in plain words


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


class Changes(Record, frozen=True, kw_only=True):
    """What storing some records did."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
        )


class FileReport(Record, frozen=True, kw_only=True):
    """What ingesting one document did."""

    name: str
    format: str | None = None
    reason: str = ""
    records: dict[str, int] = msgspec.field(default_factory=dict)  # kind of record → how many were read
    changes: Changes = Changes()
    repair: str | None = None  # the repair receipt, where something was repaired
    problems: tuple[Problem, ...] = ()
    error: str | None = None  # why nothing of it could be used


class LinkReport(Record, frozen=True, kw_only=True):
    """What a round of linking did."""

    coverage: int = 0  # pieces looked at
    changes: Changes = Changes()
    proposed: int = 0  # open proposals after it
    likely: int = 0
    positions: int = 0
