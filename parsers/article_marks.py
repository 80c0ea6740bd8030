"""The elements of a page that say what it is: out of its tree, or cut out of its text without building the tree.

Which error is worse: to say something else than the whole tree is worse than a few milliseconds, so the text is
only cut where every tag is written as it should be, and what the cut elements leave open is asked of the tree.

Building the tree of a page costs more than everything that is read from it, and most pages say all there is in a
dozen elements.
These are found by their tags, with comments, scripts and styles skipped, and become a small tree of their own: both
ways read the same elements with the same parser.
An author is looked for in the page's beginning as far as the first byline, and believed where that byline surely ends
there: then the rest of the page can't change it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

import lxml.html
from lxml import etree

from parsers import html_tree

#: Longer contents of meta elements are no names, dates or titles.
LONGEST_CONTENT = 5_000
#: Tags looked at in a page's text; real pages hold fewer than 300.
MOST_TAGS = 5_000
#: Most bylines end so many bytes after their first sign; where one does not, the whole page is asked.
NEAR = 5_000
#: Signs that stand so many bytes inside of a tag count for any element.
LONGEST_START = 2_000
#: Longer headings are layouts, and are left to the tree.
LONGEST_HEADING = 20_000


def _any_case(name: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in name)


def _element(name: str, opened: str = "") -> str:
    """An element with no markup of interest inside: its start, then an empty group if it ends; "<script/>" does not."""
    name = _any_case(name)
    return rf"{name}{_ENDED}(?:{_REST}(?<!/>){opened}[^<]*+(?:<(?!/{name}\s*+>)[^<]*+)*+</{name}\s*+>())?+"


#: The rest of a comment, and of a tag, as the standard ends them.
_COMMENT = r"(?:-?>|[^-]*+(?:-(?!-!?>)[^-]*+)*+--!?>)"
_REST = r"(?:[\s/]*+[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^\s>]++))?+)*+[\s/]*+>"
_ENDED = r"(?=[\s/>])"
_NAMED = "|".join(map(_any_case, ("meta", "time")))
_CANONICAL_LINK = rf"{_any_case('link')}(?=[^<>]*canonical)"
_HIDDEN = ("style", "iframe", "textarea", "noframes", "noembed", "xmp")  # no markup inside
#: The last group that was found says what it is, and whether it is whole: the numbers below.
#: Letters of both cases one by one: alternatives that begin so are ruled out by their first letter alone.
#: Most tags of a page are ruled out by their first two letters, before all alternatives.
_START = re.compile(
    rf"<(?=[!/himnpstxHIMNPSTXlL][-1cefhilmotyCEFHILMOTY])(?:!--(?:{_COMMENT}())?+|(?:{_NAMED}|{_CANONICAL_LINK}){_ENDED}(?:{_REST}())?+|"
    rf"{_any_case('html')}{_ENDED}(?:{_REST}())?+|/{_any_case('html')}{_ENDED}(?:{_REST}())?+|"
    rf"{_element('script', '()')}|{_element('title', '()')}|{_element('h1', '()')}|"
    rf"{'|'.join(map(_element, _HIDDEN))}|{_any_case('plaintext')}{_ENDED})".encode()
)
_KEPT, _HTML, _HTML_END, _SCRIPT, _TITLE, _H1 = 2, 3, 4, 6, 8, 10
_OPEN = frozenset((None, 5, 7, 9))  # never closed
#: What stands above the html element; anywhere else the element counts for little.
_PROLOGUE = re.compile(rb"\s*+(?:(?:(?s:<!--.{0,2000}?-->)|<[!?][^<>]*+>)\s*+)*+(?=<html)", re.IGNORECASE)

#: What stands in the tag of an element that is marked as the author, or as the date.
#: Each begins with letters of its own: so they are found many times faster than alternatives.
_AUTHOR_SIGNS = (
    re.compile(rb"yline(?<=[bB]yline)"),
    re.compile(rb"author(?:-name|Name|(?=[\"'\s/>])(?<=[=\"'\s]author))"),
)
_DATE_SIGNS = (re.compile(rb"datePublished(?=[\"'\s/>])"),)
_NAMED_BY = re.compile(rb"(?:itemprop|rel)\s*=\s*[\"']?$", re.IGNORECASE)
#: Elements that are not shown, or hold the whole page.
_NO_SIGN = (b"<link", b"<html", b"<body")


def search(path: str) -> Callable[[lxml.html.HtmlElement], list[lxml.html.HtmlElement]]:
    """A search of a tree for elements, prepared once."""
    return cast(Callable[[lxml.html.HtmlElement], list[lxml.html.HtmlElement]], etree.XPath(path))


text_of = cast(Callable[[etree._Element], str], etree.XPath("string()", smart_strings=False))


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

    def trees_of_author(self) -> Iterator[Tree]:
        """Trees in which an element may be marked as the author: the beginning of the page, then all of it."""
        return self.rest.trees_with(_AUTHOR_SIGNS) if self.rest else iter((Tree(self.whole()),))

    def tree_of_date(self) -> etree._Element | None:
        """A tree in which an element may be marked as the date of publication."""
        return list(self.rest.trees_with(_DATE_SIGNS, in_parts=False))[-1].root if self.rest else self.whole()


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree of a page, or of its beginning."""

    root: etree._Element | None
    open: tuple[etree._Element, ...] = ()  # elements that are not known to end in this beginning


class Page:
    """A page in UTF-8, cut into the elements that say what it is, what holds no markup, and the rest."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.marks: list[bytes] = []
        self.gaps: list[tuple[int, int]] = []  # comments, scripts, styles
        self.built: lxml.html.HtmlElement | None = None
        self.sound = self._cut() and bool(self.marks)  # whether every tag was written as it should be

    def whole(self) -> lxml.html.HtmlElement | None:
        """The tree of the page; it stays for later questions."""
        self.built = _tree(self.data)
        return self.built

    def trees_with(self, signs: Iterable[re.Pattern[bytes]], in_parts: bool = True) -> Iterator[Tree]:
        """The tree of the page if one of the signs stands in it, without its scripts unless it was built already.

        Before it the tree of the page's beginning, as far as the first sign and what mostly belongs to it.
        """
        if self.built is None:
            rest = self._rest()
            places = [place for sign in signs if (place := _first_shown(sign, rest)) >= 0]
            if places and in_parts and (border := min(places) + NEAR) < len(rest) // 2:
                yield _beginning(rest[: rest.rfind(b"<", 0, border)])
            self.built = _tree(rest) if places else None
        yield Tree(self.built)

    def _rest(self) -> bytes:
        borders = [0, *chain.from_iterable(self.gaps), len(self.data)]
        return b"".join(self.data[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True))

    def _cut(self) -> bool:
        """Fill marks and gaps; False where the tree has to be asked."""
        data, marks = self.data, self.marks
        place, ended = 0, False
        for count, found in enumerate(_START.finditer(data)):
            kind, (start, end) = found.lastindex, found.span()
            if kind in _OPEN or count >= MOST_TAGS:
                return False
            if (between := data[place:start]) and not between.isspace() and _is_in_tag(between):
                return False
            if kind in (_KEPT, _HTML, _TITLE, _H1) or (kind == _SCRIPT and _is_data(found)):
                if ended or not _is_read(found):
                    return False
                marks.append(data[start:end])
            elif kind != _HTML_END:
                self.gaps.append((start, end))
            ended = ended or kind == _HTML_END
            place = end
        return True


def _is_in_tag(between: bytes) -> bool:
    """Whether a tag is inside of another one, or of its attributes; `between` is what follows the last one outside."""
    if between.rfind(b"<") > between.rfind(b">"):
        return True
    last = (between.rfind(b'"'), between.rfind(b"'"))
    return any(place > 0 and between[max(0, place - 8) : place].rstrip().endswith(b"=") for place in last)


def _is_data(script: re.Match[bytes]) -> bool:
    tag = script.string[script.start() : script.end(_SCRIPT - 1)].lower()
    return b"ld+json" in tag or (b"&" in tag and "ld+json" in html.unescape(tag.decode("utf-8", "replace")))


def _is_read(found: re.Match[bytes]) -> bool:
    """Whether an element means the same alone: html at the top, headings that are short and hold no other marks."""
    if found.lastindex == _HTML:
        prologue = _PROLOGUE.match(found.string)
        return prologue is not None and prologue.end() == found.start()
    if found.lastindex not in (_TITLE, _H1):
        return True
    start, stop = found.end(found.lastindex - 1), found.end()
    return stop - start <= LONGEST_HEADING and not _START.search(found.string, start, stop)


def _first_shown(sign: re.Pattern[bytes], data: bytes) -> int:
    """Where a sign stands first in the tag of an element that is shown, -1 where nowhere."""
    return next((found.start() for found in sign.finditer(data) if _is_shown(found)), -1)


def _is_shown(sign: re.Match[bytes]) -> bool:
    """Whether a word is a sign: a bare one is the value of an attribute that marks; none counts where none is shown."""
    data, place = sign.string, sign.start()
    if sign[0] in (b"author", b"datePublished") and not _NAMED_BY.search(data[max(0, place - 30) : place]):
        return False
    return not data.startswith(_NO_SIGN, data.rfind(b"<", max(0, place - LONGEST_START), place))


def _beginning(data: bytes) -> Tree:
    root = element = _tree(data)
    last: list[etree._Element] = []
    while element is not None:
        last.append(element)
        element = element[-1] if len(element) else None
    return Tree(root, tuple(last))


def _tree(data: bytes) -> lxml.html.HtmlElement | None:
    return html_tree.tree(html_tree.within_limits(data.decode("utf-8", "replace")))


def _small_tree(data: bytes) -> etree._Element | None:
    """The tree of a few elements, as `html_tree.tree` builds it, but of plain elements: they are made faster."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return None


def of_tree(root: etree._Element) -> Marks:
    """The marks of a tree that was not stripped yet."""
    found: dict[str, list[etree._Element]] = {name: [] for name in ("title", "h1", "meta", "script", "link", "time")}
    for element in root.iter(*found):
        found[str(element.tag)].append(element)
    scripts = (element for element in found["script"] if "ld+json" in element.get("type", "").lower())
    links = (element.get("href") for element in found["link"] if element.get("rel") == "canonical")
    times = (each for each in found["time"] if each.get("datetime") is not None or each.get("pubdate") is not None)
    first = next(times, None)
    return Marks(
        metas=_metas(found["meta"]),
        titles=tuple(map(text_of, found["title"])),
        heads=tuple(map(text_of, found["h1"])),
        scripts=tuple(element.text or "" for element in scripts),
        canonicals=tuple(link for link in links if link is not None)[:2],
        language=root.get("lang"),
        time=first.get("datetime") if first is not None else None,
        whole=lambda: root,
    )


def of_bytes(data: bytes) -> Marks | None:
    """The marks of a page in UTF-8, its tree built only where something is missing; None where it has no element."""
    if len(data) > html_tree.LARGEST or b"\x00" in data:
        data = html_tree.within_limits(data.decode("utf-8", "replace")).encode("utf-8", "replace")
    page = Page(data)
    root = _small_tree(b"".join(page.marks)) if page.sound else page.whole()
    if root is None:
        return None
    marks = of_tree(root)
    return replace(marks, whole=page.whole, rest=page) if page.sound else marks


def _metas(elements: Iterable[etree._Element]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in elements:
        content = (element.get("content") or "").strip()
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if content and name and len(content) < LONGEST_CONTENT:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def pick(metas: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    """All values under these names, best name first."""
    return [clean(value) or "" for name in names for value in metas.get(name, ())]


def first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def clean(text: str | None) -> str | None:
    """One line, entities resolved even where they were escaped twice."""
    if not text:
        return None
    return " ".join(html.unescape(html.unescape(text)).split()) or None
