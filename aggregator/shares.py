"""Threads that share an article: same address, or the same card.

Hanging a thread on an article it does not share is the worse error.
An address therefore counts only when it is an article's own: a start page or a section is nobody's.
Shortened addresses ("paper.example/heads-warn-...") are shared by half of a paper's articles: the thread's card must
have the article's headline as well.
Scrapes hold a card's title without its address: then the title must be the headline,
and if the thread shows an address, host and beginning must agree with the article's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from aggregator.shingles import words
from aggregator.story_model import Edge, StoryItem, days_apart

MIN_TITLE_WORDS = 5  # "News in brief" is everybody's headline
MAX_SAME = 5  # articles under one headline; more of them are one story already, or a regular title
CARD_DAYS = 30  # a card with the same title much later is a yearly page
THREAD_DAYS = 4  # two threads with the same card, no article at hand

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.")
_TRACKING = re.compile(
    r"^(?:utm_.*|at_.*|ns_.*|cmp|ito|ico|ocid|fbclid|gclid|mc_.*|igshid|_hsenc|ref|src|share)$", re.I
)
_SUFFIX = re.compile(r"\s+[|–—·-]\s+[^|–—·]{2,40}$")


def edges(items: Sequence[StoryItem]) -> tuple[Edge, ...]:
    """Threads joined with the articles they share, and with each other where no article is at hand."""
    pages = _Pages(items)
    found = [edge for index in range(len(items)) for edge in pages.shared_by(index)]
    return (*found, *_same_cards(items, {edge.b for edge in found}))


def page_key(url: str) -> str | None:
    """Host and path (and query, tracking left out) by which two addresses are the same page.

    `None` for what is no page of its own: a start page, or something that is no web address.

    >>> page_key("https://www.paper.example/news/heads-warn/?utm_source=x")
    'paper.example/news/heads-warn'
    """
    bare = _SCHEME.sub("", url.strip()).partition("#")[0]
    location, _, query = bare.partition("?")
    host, slash, path = location.partition("/")
    path = re.sub(r"(?:/amp)?/*$", "", path)
    host = _HOST_PREFIX.sub("", host.lower().partition(":")[0])
    if not slash or "." not in host or not (path or query):
        return None
    kept = sorted(part for part in query.split("&") if part and not _TRACKING.match(part.partition("=")[0]))
    return f"{host}/{path}" + ("?" + "&".join(kept) if kept else "") if path or kept else None


def title_key(title: str | None) -> tuple[str, ...]:
    """The words of a headline or card title, for comparing; empty where they are too few to mean one page."""
    tokens = tuple(words(title or ""))
    return tokens if len(tokens) >= MIN_TITLE_WORDS else ()


class _Pages:
    """Articles by address and by headline."""

    def __init__(self, items: Sequence[StoryItem]) -> None:
        self.items = items
        self.by_key: dict[str, list[int]] = defaultdict(list)
        self.by_title: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for index, item in enumerate(items):
            if item.kind == "article":
                for key in {key for url in item.urls if (key := page_key(url))}:
                    self.by_key[key].append(index)
                if title := title_key(item.headline):
                    self.by_title[title].append(index)

    def shared_by(self, index: int) -> list[Edge]:
        """The articles that a thread shares, the surest first."""
        thread = self.items[index]
        if thread.kind == "article":
            return self._same_page(index)
        found: dict[int, Edge] = {}
        for place, url in enumerate(thread.urls):
            for article in self._behind(url, thread):
                found.setdefault(article, _edge(article, index, 3 - place / 1000, "links to the article"))
        for title in thread.card_titles:
            for article in self._titled(thread, title):
                found.setdefault(article, _edge(article, index, 2, "its link card has the article’s headline"))
        return list(found.values())

    def _same_page(self, index: int) -> list[Edge]:
        """Articles at one address are the same page: joined with the first of them."""
        keys = sorted({key for url in self.items[index].urls if (key := page_key(url))})
        firsts = {self.by_key[key][0] for key in keys} - {index}
        return [_edge(first, index, 4, "has the same address") for first in sorted(firsts)]

    def _behind(self, url: str, thread: StoryItem) -> list[int]:
        """The articles at an address; at a shortened one only where the card says which."""
        cut = re.search(r"(?:\.{3}|…)$", url.strip())
        if not cut:
            return self.by_key.get(page_key(url) or "", [])[:1]  # the others at this address are joined with it
        prefix = page_key(url.strip()[: cut.start()])
        if prefix is None:
            return []
        titled = {index for title in thread.card_titles for index in self._titled(thread, title)}
        return sorted(index for index in titled if any(key.startswith(prefix) for key in self._keys_of(index)))[:1]

    def _keys_of(self, index: int) -> list[str]:
        return [key for url in self.items[index].urls if (key := page_key(url))]

    def _titled(self, thread: StoryItem, title: str) -> list[int]:
        candidates = self.by_title.get(title_key(title)) or self.by_title.get(title_key(_SUFFIX.sub("", title))) or []
        near = [index for index in candidates[:MAX_SAME] if (days_apart(thread, self.items[index]) or 0) <= CARD_DAYS]
        return [index for index in near if title_key(title) and _addresses_agree(thread.urls, self.items[index].urls)]


def _addresses_agree(shown: Iterable[str], own: Iterable[str]) -> bool:
    """Whether an address that a thread shows may be the article's; nothing shown contradicts nothing."""
    starts = [key for url in shown if (key := page_key(re.sub(r"(?:\.{3}|…)$", "", url.strip())))]
    keys = [key for url in own if (key := page_key(url))]
    if not starts or not keys:
        return True
    return any(key.startswith(start) for key in keys for start in starts)


def _same_cards(items: Sequence[StoryItem], settled: set[int]) -> list[Edge]:
    """Threads of the same days that show the same card, joined with the earliest of them."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        if item.kind == "thread" and index not in settled:
            for title in sorted({key for card in item.card_titles if (key := title_key(card))}):
                groups[title].append(index)
    found = []
    for first, *others in groups.values():
        for other in others:
            gap = days_apart(items[first], items[other])
            if gap is not None and gap <= THREAD_DAYS and _addresses_agree(items[first].urls, items[other].urls):
                found.append(_edge(first, other, 1, "shares the same page"))
    return found


def _edge(a: int, b: int, strength: float, reason: str) -> Edge:
    return Edge(a=a, b=b, kind="share", strength=strength, reason=reason)
