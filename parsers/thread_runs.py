"""Numbered posts on their way to a thread: what one says of itself, and the run of parts it is laid on."""

from __future__ import annotations

from dataclasses import dataclass, field

from parsers.model import Post
from parsers.thread_markers import Marker

HOUR = 3600.0
DAY = 24 * HOUR
#: How far parts may lie apart in time.
UNKNOWN_GAP, KNOWN_GAP = 6 * HOUR, 7 * DAY
#: How many posts may stand between two parts: of anybody where the author is unknown, else of the author.
UNKNOWN_POSTS, KNOWN_POSTS = 25, 20
#: Runs of one author that stay open for more parts, newest first.
OPEN_RUNS = 12


@dataclass(slots=True, eq=False)
class Entry:
    """A post with its marker and its place in time."""

    post: Post
    marker: Marker
    author: str | None
    time: float  # seconds since 1970
    rank: int  # place among all posts in time order
    place: int = 0  # place among the author's posts
    words: frozenset[str] | None = None
    number: int = 0  # the number that counts; differs from the marker's where that was a slip
    inferred: bool = False
    linked: bool = False  # its place is known by replies

    def __post_init__(self) -> None:
        self.number = self.marker.number


@dataclass(slots=True, eq=False)
class Run:
    """Parts that may be one thread, by number."""

    parts: dict[int, Entry] = field(default_factory=dict)
    author: str | None = None
    total: int | None = None
    flags: list[str] = field(default_factory=list)
    duplicates: list[Post] = field(default_factory=list)
    linked: bool = False  # its first parts are known by replies already
    rivals: list[Run] = field(default_factory=list)  # runs that would have taken one of its parts as well
    last: Entry | None = None  # the newest
    top: int = 0  # the highest number

    def add(self, entry: Entry) -> None:
        """Take a part in."""
        self.parts[entry.number] = entry
        self.author = self.author or entry.author
        if entry.marker.total and (not self.total or entry.marker.total > self.total):
            self.total = entry.marker.total
        if not self.last or (entry.time, entry.rank) > (self.last.time, self.last.rank):
            self.last = entry
        self.top = max(self.top, entry.number)

    def note(self, flag: str) -> None:
        """Something for the reviewer, once."""
        if flag not in self.flags:
            self.flags.append(flag)

    @property
    def entries(self) -> list[Entry]:
        """The parts in reading order."""
        return [self.parts[number] for number in sorted(self.parts)]

    @property
    def style(self) -> str:
        """How its parts are numbered."""
        return next(iter(self.parts.values())).marker.style

    def absent(self) -> list[int]:
        """The numbers that nobody brought."""
        return [number for number in range(1, max(self.total or 0, self.top) + 1) if number not in self.parts]


def near(entry: Entry, run: Run) -> bool:
    """Same author as far as known, and not too far away."""
    last = run.last
    if last is None or (entry.author and run.author and entry.author != run.author):
        return False
    gap = abs(entry.time - last.time)
    if entry.author and run.author:
        return gap <= KNOWN_GAP and abs(entry.place - last.place) <= KNOWN_POSTS
    return gap <= UNKNOWN_GAP and abs(entry.rank - last.rank) <= UNKNOWN_POSTS
