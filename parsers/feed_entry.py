"""One shape for the entries of all kinds of feeds, before they become articles."""

from __future__ import annotations

import html
import re
from typing import Any

from parsers import article_shown
from parsers.model import Step

#: Larger feeds are cut; 200 entries in full are about 2 MB.
LARGEST = 6_000_000
#: More entries than this are left out, the newest come first in nearly all feeds.
MOST_ENTRIES = 2_000


class Feed:
    """What a feed says about itself."""

    __slots__ = ("language", "title", "url", "version")

    def __init__(self, title: str | None, url: str | None, language: str | None, version: str) -> None:
        self.title = title
        self.url = url
        self.language = language
        self.version = version


class Entry:
    """One entry, as its feed wrote it: texts may hold markup."""

    __slots__ = ("authors", "bodies", "guid", "published", "published_tuple", "section", "title", "updated", "url")

    def __init__(self) -> None:
        self.title: str | None = None
        self.url: str | None = None
        self.guid: str | None = None
        self.published: str | None = None
        self.published_tuple: Any = None
        self.updated: str | None = None
        self.authors: list[str] = []
        self.bodies: list[tuple[str, bool]] = []  # text, whether it is HTML
        self.section: str | None = None


def line(text: str | None, made: list[Step] | None = None) -> str | None:
    """A title as one line of plain text; markup and entities in it resolved. Repairs are added to `made`."""
    if not text:
        return None
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]{0,500}>", "", text)
    return article_shown.line(" ".join(text.split()), made)


def language(text: Any) -> str | None:
    """The language of a feed, where it names one: "en-GB" is en."""
    found = re.match(r"[A-Za-z]{2,3}(?=$|[-_])", text.strip()) if isinstance(text, str) else None
    return found[0].lower() if found else None
