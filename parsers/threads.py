"""Stitch posts into threads.

Which error is worse: two people's posts joined into one text is worse than a thread left in pieces, because pieces are
visible and a false join is believed.

Where replies are known they decide (`parsers.thread_refs`); elsewhere numbering does, if it is corroborated
(`parsers.thread_numbers`); last come sentences that say they go on ("…" and "cont.").
Numbers only check a thread known by replies: on conflict the replies win, and the thread is flagged.

Every post ends in exactly one place: a part, a duplicate, a branch.
A repost is a pointer to somebody's post, so it stays alone, or is a duplicate where the post itself is there.
The same posts give the same threads in whatever order they come.
Posts of one minute are told apart by their place in the document, newest first, as profile pages show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice, pairwise

from msgspec.structs import replace

from parsers import thread_markers
from parsers.model import Part, Post, Thread
from parsers.thread_copies import order, seconds, without_copies
from parsers.thread_markers import Marker
from parsers.thread_numbers import runs
from parsers.thread_refs import Chain, authority, chains
from parsers.thread_runs import Entry, Run

#: A sentence that goes on is continued within this time: in 84 real pairs the median was 6 minutes, the longest 21.
GOES_ON_KNOWN, GOES_ON_UNKNOWN = 30 * 60.0, 3 * 60.0
#: An opener without number stands right before the first numbered part.
OPENER_GAP = 10 * 60.0

_CONFLICT = "number conflict: the numbers in the text differ from the order of the replies"


def stitch(posts: Iterable[Post]) -> list[Thread]:
    """Threads and lone posts, earliest first; every post is in exactly one of them."""
    return _Stitcher(posts).threads()


def hand_order(posts: Sequence[Post]) -> list[Post]:
    """Posts that a person joins, in reading order: by their numbers where all differ, else by time."""
    timely = sorted(posts, key=order)
    numbers = [marker.number for post in timely if (marker := thread_markers.find(post.text))]
    if len(numbers) == len(timely) == len(set(numbers)):
        return [post for _, post in sorted(zip(numbers, timely, strict=True), key=lambda pair: pair[0])]
    return timely


def by_hand(posts: Sequence[Post], who: str) -> Thread:
    """The thread that a person says these posts are, in the order given; the rules only take the numbers off."""
    markers = [thread_markers.find(post.text) for post in posts]
    if not _numbering_holds(markers):
        markers = [None] * len(posts)
    numbers = [marker.number for marker in markers if marker]
    total = max((marker.total or 0 for marker in markers if marker), default=0) or None
    missing = [n for n in range(1, max(total or 0, *numbers, 0) + 1) if n not in numbers] if numbers else []
    parts = [
        Part(post=post, number=marker.number, text=thread_markers.without(post.text, marker), marker=marker.shown)
        if marker
        else Part(post=post, text=post.text)
        for post, marker in zip(posts, markers, strict=True)
    ]
    if len(numbers) < len(posts):
        total, missing = None, []
    return Thread(
        parts=tuple(parts),
        basis="person",
        expected=total,
        missing=tuple(missing),
        complete=not missing if total else None,
        reason=f"put together by {who}",
    )


class _Stitcher:
    """One run over all posts; `free` holds what no thread has taken yet."""

    def __init__(self, posts: Iterable[Post]) -> None:
        unique, self.copies = without_copies(sorted(posts, key=order))
        self.posts = unique
        ids = list(map(id, unique))  # each number once, however many tables it is in
        self.rank = dict(zip(ids, range(len(ids)), strict=True))
        self.by_uri = {post.uri: post for post in unique if post.uri}
        self.dids = {post.author: post.author_did for post in unique if post.author and post.author_did}
        self.streams: dict[str | None, list[Post]] = {}  # each author's posts, earliest first
        self.places: dict[int, int] = {}  # where in that stream a post is
        for own, post in zip(ids, unique, strict=True):
            stream = self.streams.setdefault(self._author(post), [])
            self.places[own] = len(stream)
            stream.append(post)
        self.free = dict(zip(ids, unique, strict=True))
        self.markers: dict[int, Marker | None] = {}
        self.flags: dict[int, list[str]] = {}
        self.begun: list[tuple[Run, Chain]] = []  # threads known by replies that numbering may complete
        self.done: list[Thread] = []

    def threads(self) -> list[Thread]:
        """Each way of joining in turn, the surest first; what is left stays alone."""
        self._by_refs()
        self._by_numbers()
        self._by_text()
        for post in list(self.free.values()):
            self._add(Thread(parts=(Part(post=post, text=post.text),)))
        return sorted(self.done, key=self._first)

    # -------------------------------------------------------------- by replies

    def _by_refs(self) -> None:
        own = [post for post in self.posts if post.uri and not post.reposted_by]
        found = chains(own)
        for post in found.malformed:
            self._flag(post, "malformed refs: its reply references go round in a circle")
        for chain in found.chains:
            self._add_chain(chain)

    def _add_chain(self, chain: Chain) -> None:
        markers = [thread_markers.find(slot.text) if isinstance(slot, Post) else None for slot in chain.slots]
        numbered = _numbering_holds(markers)
        beside = [marker.number for post in chain.branches if (marker := thread_markers.find(post.text))]
        if numbered and not chain.missing and not beside and self._begin(chain, markers):
            return
        parts = [
            _part(slot, marker if numbered else None, place, gaps=bool(chain.missing))
            for place, (slot, marker) in enumerate(zip(chain.slots, markers, strict=True), 1)
            if isinstance(slot, Post)
        ]
        total = max((marker.total or 0 for marker in markers if marker), default=0) if numbered else 0
        length = len(chain.slots)
        later = [number for number in range(length + 1, total + 1) if number not in beside]
        absent: tuple[int | str, ...] = (*chain.missing, *later)
        conflict = numbered and (
            len(later) < total - length or any(mark and mark.number != at for at, mark in enumerate(markers, 1))
        )
        self._add(
            Thread(
                parts=tuple(parts),
                basis="refs",
                expected=max(length, total),
                missing=absent,
                complete=not absent,
                flags=(_CONFLICT,) if conflict else (),
                branches=chain.branches,
                reason=_linked(len(parts)),
            )
        )

    def _begin(self, chain: Chain, markers: Sequence[Marker | None]) -> bool:
        """Keep a thread for numbering to complete: all parts linked and numbered in order, later ones absent."""
        posts = chain.posts
        placed = [(post, marker) for post, marker in zip(posts, markers, strict=True) if marker]
        total = max(marker.total or 0 for _, marker in placed)
        if total <= len(posts) or [marker.number for _, marker in placed] != list(range(1, len(posts) + 1)):
            return False
        run = Run(linked=True)
        for post, marker in placed:
            entry = self._placed(post, marker)
            entry.linked = True
            run.add(entry)
        self.begun.append((run, chain))
        return True

    # -------------------------------------------------------------- by numbers

    def _by_numbers(self) -> None:
        branches = {id(run): chain.branches for run, chain in self.begun}
        linked = {id(post) for _, chain in self.begun for post in (*chain.posts, *chain.branches)}
        loose = [post for post in self.free.values() if id(post) not in linked]
        good, left = runs((it for it in map(self._entry, loose) if it), [run for run, _ in self.begun])
        for run in good:
            opener = None if run.linked else self._opener(run.entries)
            self._add_run(run, opener, branches.get(id(run), ()))
        for entry in left:
            opener = self._opener([entry]) if entry.marker.strength > 0 and entry.marker.total else None
            if opener:
                run = Run()
                run.add(entry)
                self._add_run(run, opener)
            elif entry.marker.strength >= 2 and entry.marker.total:
                self._flag(entry.post, f"stray part: says {entry.marker.shown}, no other part was found")

    def _entry(self, post: Post) -> Entry | None:
        if post.reposted_by:
            return None
        marker = thread_markers.find(post.text)
        if not marker:
            return None
        if post.reply_parent:
            self._note_others(post, marker)
            return None
        self.markers[id(post)] = marker
        return self._placed(post, marker)

    def _placed(self, post: Post, marker: Marker) -> Entry:
        return Entry(post, marker, self._author(post), seconds(post), self.rank[id(post)], self.places[id(post)])

    def _note_others(self, post: Post, marker: Marker) -> None:
        """Flag a numbered thread that several people write together; it is nobody's own, so nothing is joined."""
        before = self.by_uri.get(post.reply_parent or "")
        theirs = thread_markers.find(before.text) if before else None
        if before and theirs and (theirs.number + 1, theirs.total) == (marker.number, marker.total):
            for one in (before, post):
                self._flag(one, "multi author: numbered together with another account's posts")

    def _add_run(self, run: Run, opener: Post | None, branches: tuple[Post, ...] = ()) -> None:
        flags = list(run.flags)
        parts = [
            Part(
                post=entry.post,
                number=entry.number,
                text=thread_markers.without(entry.post.text, entry.marker),
                marker=entry.marker.shown,
                inferred=entry.inferred,
            )
            for entry in run.entries
        ]
        absent = run.absent()
        if opener:
            number = 1 if 1 in absent else None
            announced = thread_markers.opens_thread(opener.text)
            text = thread_markers.without_thread_sign(opener.text)
            parts.insert(0, Part(post=opener, number=number, text=text, inferred=not announced or number == 1))
            absent = [number for number in absent if number != 1]
            flags.append("opener unnumbered: the first part has no number of its own")
            if not announced:
                flags.append("low confidence: the opener was found by its place only")
        self._add(
            Thread(
                parts=tuple(parts),
                basis="refs" if all(entry.linked for entry in run.entries) else "numbers",
                expected=run.total,
                missing=tuple(absent),
                complete=not absent if run.total else None,
                flags=tuple(flags),
                duplicates=tuple(run.duplicates),
                branches=branches,
                reason=_reason(parts, run.total),
            )
        )

    def _opener(self, entries: Sequence[Entry]) -> Post | None:
        """The unnumbered post right before the first numbered part, where it announces or needs what follows."""
        first = entries[0]
        if first.number > 2 or (first.number == 1 and len(entries) < 2):
            return None
        own = {id(entry.post) for entry in entries}
        earlier = (self.posts[rank] for rank in range(first.rank - 1, -1, -1))
        for distance, post in enumerate(islice((post for post in earlier if id(post) not in own), 3)):
            if id(post) not in self.free or post.reposted_by or post.reply_parent:
                continue
            near = self._author(post) == first.author and first.time - seconds(post) <= OPENER_GAP
            if not near or self.markers.get(id(post)):
                return None
            return post if self._announces(post, first, distance == 0, len(entries) == 1) else None
        return None

    def _announces(self, post: Post, first: Entry, directly: bool, alone: bool) -> bool:
        """Whether a post opens a thread: by a sign of its own, or by its place and an answer or an open sentence."""
        if thread_markers.opens_thread(post.text):
            return True
        if not directly or first.time - seconds(post) > 60 or post.counts.replies == 0:
            return False
        if first.number == 1:
            return thread_markers.points_down(post.text)
        return bool(post.counts.replies) or (not alone and _unfinished(post.text))

    # -------------------------------------------------------------- by text

    def _by_text(self) -> None:
        """Sentences that end in "…" or "cont." and go on in the author's next post."""
        for author, posts in self.streams.items():
            stream = [post for post in posts if not post.reposted_by and not post.gone and not post.reply_parent]
            line: list[Post] = []
            for one, two in pairwise([*stream, None]):
                if one is None:
                    continue
                line = line or [one]
                if two is not None and self._continues(one, two, author):
                    line.append(two)
                    continue
                if len(line) > 1:
                    self._add_line(line, author)
                line = []

    def _continues(self, one: Post, two: Post, author: str | None) -> bool:
        if id(one) not in self.free or id(two) not in self.free:
            return False
        if not (thread_markers.goes_on(one.text) and thread_markers.comes_from(two.text)):
            return False
        gap = seconds(two) - seconds(one)
        if author:
            return gap <= GOES_ON_KNOWN
        return gap <= GOES_ON_UNKNOWN and bool(one.counts.replies)

    def _add_line(self, line: Sequence[Post], author: str | None) -> None:
        parts = [
            Part(post=post, text=thread_markers.without_continuation(post.text), inferred=at > 0)
            for at, post in enumerate(line)
        ]
        flags = () if author else ("low confidence: joined by an unfinished sentence, the author is unknown",)
        self._add(Thread(parts=tuple(parts), basis="text", flags=flags, reason="a sentence goes on from post to post"))

    # -------------------------------------------------------------- bookkeeping

    def _first(self, thread: Thread) -> int:
        """The place in time of a thread's earliest part."""
        return min([self.rank[id(part.post)] for part in thread.parts])

    def _author(self, post: Post) -> str | None:
        """The author's DID where any source tells it, else the handle."""
        owner = authority(post.uri)
        if post.author_did or (owner and owner.startswith("did:")):
            return post.author_did or owner
        return self.dids.get(post.author or "") or post.author or owner

    def _flag(self, post: Post, flag: str) -> None:
        flags = self.flags.setdefault(id(post), [])
        if flag not in flags:
            flags.append(flag)

    def _add(self, thread: Thread) -> None:
        """Record a thread and take its posts out of what is free; copies and notes of its posts go with it."""
        taken = (*thread.posts, *thread.duplicates, *thread.branches)
        for post in taken:
            self.free.pop(id(post), None)
        if self.copies or self.flags:  # which an export of one account has not
            copies = tuple(copy for post in taken for copy in self.copies.get(id(post), ()))
            noted = tuple(dict.fromkeys(flag for post in taken for flag in self.flags.get(id(post), ())))
            if copies or noted:
                thread = replace(thread, duplicates=(*thread.duplicates, *copies), flags=(*thread.flags, *noted))
        self.done.append(thread)


def _part(post: Post, marker: Marker | None, place: int, gaps: bool) -> Part:
    """A part of a thread known by replies; numbered where the thread's numbering holds, or parts are missing."""
    if not marker:
        return Part(post=post, number=place if gaps else None, text=post.text)
    return Part(post=post, number=place, text=thread_markers.without(post.text, marker), marker=marker.shown)


def _numbering_holds(markers: Sequence[Marker | None]) -> bool:
    """Whether the markers in a thread known by replies are its numbering: totals agree, and one is in its place."""
    found = [(place, marker) for place, marker in enumerate(markers, 1) if marker and marker.style != "list"]
    right = any(marker.number == place for place, marker in found)
    if len(found) == 1:
        return right and found[0][1].total == len(markers)
    return right and len({marker.total for _, marker in found}) <= 2


@cache
def _linked(count: int) -> str:
    return f"{count} posts of one author, each a reply to the one before"


def _reason(parts: Sequence[Part], total: int | None) -> str:
    shown = ", ".join(part.marker for part in parts if part.marker)
    return f"numbered {shown}" + (f" of {total}" if total is None else "")


def _unfinished(text: str) -> bool:
    """Whether a text ends without the end of a sentence."""
    return not text.rstrip().endswith((".", "!", "?", "”", "’", '"', ")"))
