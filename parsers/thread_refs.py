"""Threads by reply references: the walk from a first post along its author's replies to their own posts.

Which error is worse: to hide that a part is gone; so a part that is referred to and absent keeps its place.

The rule is Bluesky's own (its AppView calls the result an "OP thread"): only the first post's author counts, and at
each post the oldest reply goes on whose branch is alive.
A post whose source says it was deleted keeps its place as long as something below it is alive.
Replies to other people, and one's own chain below another's post, are no thread.

`parent` is trusted over `root`, which clients get wrong.
A missing parent with the author's own DID in its URI is a part that is absent; where its own parent is unknown, it is
taken to go on from the newest part known before it.
References in a circle void the thread; its posts stay alone, flagged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from parsers.model import Post, Record

_EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)


class Chain(Record, frozen=True, kw_only=True):
    """One author's main line; an absent part is its URI."""

    slots: tuple[Post | str, ...]
    branches: tuple[Post, ...] = ()  # the author's other replies below the first post, oldest first

    @property
    def posts(self) -> tuple[Post, ...]:
        """The parts that are there."""
        return tuple(slot for slot in self.slots if isinstance(slot, Post))

    @property
    def missing(self) -> tuple[str, ...]:
        """The URIs of the parts that are not."""
        return tuple(slot for slot in self.slots if isinstance(slot, str))


class Chains(Record, frozen=True, kw_only=True):
    """All chains, and the posts whose references go round in a circle."""

    chains: tuple[Chain, ...]
    malformed: tuple[Post, ...] = ()


def authority(uri: str | None) -> str | None:
    """Who owns an AT URI: the DID or handle in it.

    >>> authority("at://did:plc:abc/app.bsky.feed.post/3k")
    'did:plc:abc'
    """
    return uri[5:].partition("/")[0] if uri and uri.startswith("at://") else None


def chains(posts: Iterable[Post]) -> Chains:
    """The threads of posts that have URIs, each URI once; posts without references are in none."""
    tree = _Tree(posts)
    found = [chain for root in tree.roots() if (chain := tree.chain(root))]
    return Chains(chains=tuple(found), malformed=tuple(tree.circles()))


def _tombstone(post: Post) -> bool:
    """A bare notice that a post was deleted says nothing of its place; what refers to it does."""
    return post.gone and not post.text and not post.reply_parent


class _Tree:
    """The replies of authors to themselves, absent posts included."""

    def __init__(self, posts: Iterable[Post]) -> None:
        self.posts = {post.uri: post for post in posts if post.uri and not _tombstone(post)}
        self.parents: dict[str, str] = {}  # own parent only
        self.foreign: set[str] = set()  # replies to somebody else
        self.children: dict[str, list[str]] = {}
        loose: dict[str, str] = {}  # absent post → the root that its child names
        for uri, post in self.posts.items():
            self._place(uri, post, loose)
        for uri in self.parents:
            self.children.setdefault(self.parents[uri], []).append(uri)
        for replies in self.children.values():
            replies.sort(key=self._age)
        tails: dict[str, str] = {}  # root → where the last absent post was put
        for uri in sorted(loose, key=self._age):
            tails[loose[uri]] = self._hang(uri, tails.get(loose[uri], loose[uri]))

    def _place(self, uri: str, post: Post, loose: dict[str, str]) -> None:
        parent, root = post.reply_parent, post.reply_root
        if not parent:
            return
        owner = authority(uri)
        if authority(parent) != owner:
            self.foreign.add(uri)
            return
        self.parents[uri] = parent
        if parent not in self.posts and root and root != parent:
            if authority(root) == owner:
                loose.setdefault(parent, root)
            else:
                self.foreign.add(parent)

    def _hang(self, uri: str, start: str) -> str:
        """Put an absent post below the newest known part before it, and say where it is."""
        at, seen = start, {uri}
        while at not in seen:
            seen.add(at)
            at = next((reply for reply in self.children.get(at, ()) if self._rkey(reply) < self._rkey(uri)), at)
        if at == uri:  # its root hangs below it: a circle, which is found later
            return start
        self.parents[uri] = at
        self.children.setdefault(at, []).append(uri)
        self.children[at].sort(key=self._age)
        return at

    @staticmethod
    def _rkey(uri: str) -> str:
        return uri.rpartition("/")[2]

    def _age(self, uri: str) -> tuple[str, dt.datetime, str]:
        """Oldest first: record keys are times, unless an old client made them up."""
        rkey = self._rkey(uri)
        post = self.posts.get(uri)
        time = (post.created_at if post else None) or _EARLIEST
        return (rkey if len(rkey) == 13 else "", time, rkey)

    def roots(self) -> Iterator[str]:
        """Where threads can begin: posts that answer nobody, and absent posts that somebody's own part answers."""
        starts = (uri for uri in self.children if uri not in self.parents and uri not in self.foreign)
        return iter(sorted(starts, key=lambda uri: (self._rkey(uri), uri)))

    def chain(self, root: str) -> Chain | None:
        """The main line from a first post, and what branches off; None where fewer than two places are found."""
        order = self._below(root)
        alive: set[str] = set()
        for uri in reversed(order):
            post = self.posts.get(uri)
            if (post and not post.gone) or any(reply in alive for reply in self.children.get(uri, ())):
                alive.add(uri)
        line = [root]
        while reply := self._next(line[-1], alive):
            line.append(reply)
        on_line = set(line)
        slots = tuple(self.posts.get(uri, uri) for uri in line)
        off = [self.posts[uri] for uri in order if uri not in on_line and uri in self.posts]
        off.sort(key=lambda post: self._age(post.uri or ""))
        return Chain(slots=slots, branches=tuple(off)) if len(line) > 1 else None

    def _next(self, uri: str, alive: set[str]) -> str | None:
        replies = self.children.get(uri, ())
        return next((reply for reply in replies if reply in alive), None) or next(iter(replies), None)

    def _below(self, root: str) -> list[str]:
        """Everything below a post, parents before children."""
        order = [root]
        for uri in order:
            order += self.children.get(uri, ())
        return order

    def circles(self) -> Sequence[Post]:
        """Posts that no beginning leads to and that answer nobody else: their references go round."""
        reached: set[str] = set()
        for start in [uri for uri in self.children if uri not in self.parents]:
            reached.update(self._below(start))
        return [self.posts[uri] for uri in sorted(self.parents) if uri not in reached and uri in self.posts]
