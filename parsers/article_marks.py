"""The elements of a page that say what it is: out of its tree, or cut out of its text without building the tree.

Which error is worse: to say something else than the whole tree is worse than a few milliseconds, so the text is
only cut where every tag is written as it should be, and what the cut elements leave open is asked of the tree.

Building the tree of a page costs more than everything that is read from it, and most pages say all there is in a
dozen elements.
These are found by their tags, with comments, scripts and styles skipped, and become a small tree of their own: both
ways read the same elements with the same parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import cast

import lxml.html
from lxml import etree

from parsers import html_tree

#: Longer contents of meta elements are no names, dates or titles.
LONGEST_CONTENT = 5_000
#: Tags looked at in a page's text; real pages hold fewer than 300.
MOST_TAGS = 5_000
#: What belongs to one byline stands within so many characters.
NEAR = 20_000
#: Longer headings are layouts, and are left to the tree.
LONGEST_HEADING = 20_000

_KEPT, _HEADINGS = frozenset(("meta", "link", "time", "html")), frozenset(("title", "h1"))
_RAW = frozenset(("script", "style", "iframe", "textarea", "noframes", "noembed", "xmp"))  # no markup inside
_TAGS = "|".join(sorted((_KEPT | _HEADINGS | _RAW | {"plaintext", "/html"}) - {"link"}))
_LINK = "link(?=[^>]*canonical)"
#: The rest of a comment, and of a tag, as the standard ends them.
_COMMENT = r"(?:-?>|[^-]*+(?:-(?!-!?>)[^-]*+)*+--!?>)"
_REST = r"(?:[\s/]*+[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^\s>]++))?+)*+[\s/]*+>"
#: First letters are asked for before names: most tags of a page are ruled out by them.
#: The last group that was found says what it is; a tag or comment that is never closed has none of its own.
_START = re.compile(rf"<(?:!--(?:{_COMMENT}())?+|(?i:(?=[stinxphml/])({_TAGS}|{_LINK})(?=[\s/>]))(?:{_REST}())?+)")
_WHOLE_COMMENT, _WHOLE_TAG = 1, 3
_END = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in (*_HEADINGS, *_RAW)}
#: What stands above the html element; anywhere else the element counts for little.
_PROLOGUE = re.compile(r"\s*+(?:(?:(?s:<!--.{0,2000}?-->)|<[!?][^<>]*+>)\s*+)*+(?=<html)", re.IGNORECASE)

#: What stands in the tag of an element that is marked as the author, or as the date.
#: Words, and patterns that begin with letters of their own: both are found many times faster than alternatives.
_CLASSES = ("byline", "Byline", "author-name", "authorName")
_AUTHOR = tuple(re.compile(rf"{name}\s*=\s*[\"']?author(?=[\"'\s/>])") for name in ("item[pP]rop", "rel"))
_DATE = re.compile(r"item[pP]rop\s*=\s*[\"']?datePublished(?=[\"'\s/>])")


def search(path: str) -> Callable[[lxml.html.HtmlElement], list[lxml.html.HtmlElement]]:
    """A search of a tree for elements, prepared once."""
    return cast(Callable[[lxml.html.HtmlElement], list[lxml.html.HtmlElement]], etree.XPath(path))


_CANONICAL = search("//link[@rel='canonical'][@href]")
_TIME = search("(//time[@datetime or @pubdate])[1]")


@dataclass(frozen=True, slots=True)
class Marks:
    """What a page's elements say about it, in the order of the page."""

    metas: dict[str, list[str]]  # contents of meta elements by lower-case name, property or itemprop
    titles: tuple[str, ...]  # text of title elements
    heads: tuple[str, ...]  # text of h1 elements
    scripts: tuple[str, ...]  # sources of JSON-LD
    canonicals: tuple[str, ...]  # addresses of rel=canonical
    language: str | None  # of the html element
    time: str | None  # of the first time element that is dated
    whole: Callable[[], lxml.html.HtmlElement | None]  # the tree, for what the rest does not say
    rest: Page | None = None  # where these marks were cut out of a page's text: what is left of it

    def trees_of_author(self) -> Iterator[lxml.html.HtmlElement | None]:
        """Trees in which an element may be marked as the author: the beginning of the page, then all of it."""
        if self.rest:
            yield from self.rest.trees_with(_CLASSES, _AUTHOR)
        else:
            yield self.whole()

    def tree_of_date(self) -> lxml.html.HtmlElement | None:
        """A tree in which an element may be marked as the date of publication."""
        return list(self.rest.trees_with((), (_DATE,)))[-1] if self.rest else self.whole()


class Page:
    """The text of a page, cut into the elements that say what it is, what holds no markup, and the rest."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.marks: list[str] = []
        self.rest: list[str] = []
        self.built: lxml.html.HtmlElement | None = None
        self.sound = self._cut(text)  # whether every tag was written as it should be

    def whole(self) -> lxml.html.HtmlElement | None:
        """The tree of the page; it stays for later questions."""
        self.built = html_tree.tree(html_tree.within_limits(self.text))
        return self.built

    def trees_with(
        self, words: Iterable[str], signs: Iterable[re.Pattern[str]]
    ) -> Iterator[lxml.html.HtmlElement | None]:
        """The tree of the page if a word or sign stands in it, without its scripts unless it was built already.

        Before it the tree of the page's beginning, as far as the first sign and what belongs to it.
        """
        text = "".join(self.rest)
        places = [place for word in words if (place := text.find(word)) >= 0]
        places += [place for sign in signs if (place := _first_shown(sign, text)) >= 0]
        if self.built is None and places:
            if (border := min(places) + NEAR) < len(text) // 2:
                yield html_tree.tree(html_tree.within_limits(text[: text.rfind("<", 0, border)]))
            self.built = html_tree.tree(html_tree.within_limits(text))
        yield self.built

    def _cut(self, text: str) -> bool:
        """Fill marks and rest; False where the tree has to be asked."""
        place, ended = 0, False
        for _ in range(MOST_TAGS):
            found = _START.search(text, place)
            if found is None:
                self.rest.append(text[place:])
                return bool(self.marks)
            start, end = found.span()
            name = "" if found.lastindex == _WHOLE_COMMENT else found[2].lower() if found.lastindex else "/"
            if name:
                end = _end(text, name, found)
            if end < 0:
                return False
            visible = name in _KEPT or name in _HEADINGS
            if visible or (name == "script" and "ld+json" in text[start : found.end()].lower()):
                if ended:
                    return False  # what stands below the end of the page is read in part
                self.marks.append(text[start:end])
            self.rest.append(text[place : end if visible else start])
            ended = ended or name == "/html"
            place = end
        return False


def _first_shown(sign: re.Pattern[str], text: str) -> int:
    """Where a sign stands first, -1 where nowhere; a link element in the page's head shows no text."""
    shown = (found.start() for found in sign.finditer(text))
    return next((place for place in shown if not text.startswith("<link", text.rfind("<", 0, place))), -1)


def of_tree(root: lxml.html.HtmlElement) -> Marks:
    """The marks of a tree that was not stripped yet."""
    times = _TIME(root)
    scripts = (element for element in root.iter("script") if "ld+json" in element.get("type", "").lower())
    return Marks(
        metas=_metas(root),
        titles=tuple(element.text_content() for element in root.iter("title")),
        heads=tuple(element.text_content() for element in root.iter("h1")),
        scripts=tuple(element.text or "" for element in scripts),
        canonicals=tuple(element.get("href") for element in _CANONICAL(root)[:2]),
        language=root.get("lang"),
        time=times[0].get("datetime") if times else None,
        whole=lambda: root,
    )


def of_text(text: str) -> Marks | None:
    """The marks of a page, its tree built only where something is missing; None where it has no element at all."""
    text = html_tree.within_limits(text) if len(text) > html_tree.LARGEST or "\x00" in text else text
    page = Page(text)
    root = html_tree.tree("".join(page.marks)) if page.sound else page.whole()
    if root is None:
        return None
    marks = of_tree(root)
    return replace(marks, whole=page.whole, rest=page) if page.sound else marks


def _metas(root: lxml.html.HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        content = (element.get("content") or "").strip()
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if content and name and len(content) < LONGEST_CONTENT:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _end(text: str, name: str, tag: re.Match[str]) -> int:
    """Where the element that begins with this tag ends; -1 where only the tree can say that."""
    start, inner = tag.span()
    before = text.rfind("<", 0, start)
    if tag.lastindex != _WHOLE_TAG or (before >= 0 and text.find(">", before, start) < 0):
        return -1  # never closed, or in an attribute of another element
    if name in _KEPT:
        return inner if name != "html" or _is_first(text, start) else -1
    if name not in _END:
        return inner if name == "/html" else -1
    end = _END[name].search(text, inner)
    if end is None or (name in _HEADINGS and not _is_heading(text, inner, end.start())):
        return -1
    return end.end()


def _is_first(text: str, start: int) -> bool:
    prologue = _PROLOGUE.match(text)
    return prologue is not None and prologue.end() == start


def _is_heading(text: str, start: int, stop: int) -> bool:
    """Whether a heading is short and holds none of the other tags, as one that was never closed would."""
    return stop - start <= LONGEST_HEADING and not _START.search(text, start, stop)
