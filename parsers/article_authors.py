"""Who wrote a page: JSON-LD, meta elements, marked elements, in that order.

Which error is worse: a wrong name is worse than none, so the outlet's own name counts only where nobody else is
named, and an element that is marked as the author is believed only where it surely ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from parsers import article_ld, article_marks, bylines
from parsers.article_ld import fold
from parsers.article_marks import Marks, clean, pick

_META_AUTHOR = (
    "author", "article:author_name", "byl", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator",
    "article:author", "og:article:author", "cxenseparse:author", "rbauthors", "authors", "twitter:creator:name",
)  # fmt: skip

_SITE = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,7}", re.IGNORECASE)
_COMPANY = re.compile(
    r"^(?:Ediciones|Editorial|Verlag) |\b(?:Ltd|Limited|Inc|LLC|GmbH|S\.A|Sp\. z o\.? ?o|plc|Corp|Pty|B\.V|S\.p\.A)\.?$"
)
#: Lists and objects inside each other.
DEEPEST = 6


def names(stated: Sequence[Any], marks: Marks, outlet: str | None, host: str | None) -> tuple[str, ...]:
    """The authors of a page; `stated` is what JSON-LD has under "author" and "creator".

    `outlet` and `host` are the names of the paper and of its address, which are no persons.
    """
    outlet, host = fold(outlet or ""), fold(host or "")
    people = next((each for value in stated if (each := list(_people(value)))), [])
    for source in _sources(people, marks):
        found: list[str] = []
        for text in (text for text in source if not _is_of_outlet(text, outlet)):
            found.extend(name for name in bylines.split_names(text) if name not in found)
        found = [name for name in found if fold(name) != outlet]
        others = [name for name in found if fold(name).replace(" ", "") != host]
        if found:
            return tuple((others or found)[:12])
    return ()


def is_person(name: str) -> bool:
    """Whether a name may be a person's: no address of a site, no company.

    >>> is_person("Ada Marsh"), is_person("marltimes.example"), is_person("Marl Press Sp. z o.o")
    (True, False, False)
    """
    return not (_SITE.fullmatch(name) or _COMPANY.search(name))


def publishers(names: Sequence[str]) -> tuple[str, ...]:
    """Names without those of companies, which own a page and wrote nothing; a site's own name may sign a page."""
    return tuple(name for name in names if not _COMPANY.search(name))


def _is_of_outlet(text: str, outlet: str) -> bool:
    """Whether a text is the outlet's folded name, or begins with it and a place follows: "Marl Times Ltd, Marl"."""
    name, comma, _ = text.partition(",")
    return bool(outlet) and (fold(text) == outlet or (bool(comma) and f"{fold(name)} ".startswith(f"{outlet} ")))


def _sources(stated: list[str], marks: Marks) -> Iterator[list[str]]:
    """Texts that hold authors, the best source first; the page itself is searched only when the others are empty."""
    yield stated
    yield pick(marks.metas, _META_AUTHOR)
    tree = article_marks.Tree(None)
    for tree in marks.trees_of_author():
        if named := _marked_authors(tree):
            yield named
            return
    if tree.root is not None:
        yield _byline_lines(tree.root)


def _people(value: Any, depth: int = 0) -> Iterator[str]:
    """Names of persons out of JSON-LD's many ways to say author."""
    if depth > DEEPEST:
        return
    if isinstance(value, str):
        quoted = article_ld.loaded(value) if value.lstrip().startswith(("{", "[")) else None
        if quoted is None or isinstance(quoted, str):
            yield clean(value) or ""
        else:
            yield from _people(quoted, depth + 1)
    elif isinstance(value, list):
        for each in value[:20]:
            yield from _people(each, depth + 1)
    elif isinstance(value, dict):
        name = value.get("name")
        if isinstance(name, (str, list)):
            yield from _people(name, depth + 1)


#: By attribute: to look at all elements takes four times as long; so does it to look for many words in each.
_BYLINE_CLASS = "//@class[contains(.,'yline')][contains(.,'byline') or contains(.,'Byline')]/parent::*"
_MARKED_AUTHORS = article_marks.search(
    "//@itemprop[.='author']/..//@itemprop[.='name']/.. | //@rel[.='author']/parent::*[not(self::link)]"
    f" | //@itemprop[.='author']/parent::*[not(*)] | {_BYLINE_CLASS}[not(self::html or self::body)]//a"
    " | //@class[contains(.,'author')][contains(.,'author-name') or contains(.,'authorName')]/.."
    " | //@class[contains(.,'byline__name')]/.."
)
_BYLINES = article_marks.search(_BYLINE_CLASS)


def _marked_authors(tree: article_marks.Tree) -> list[str]:
    """Texts of elements that are marked as the author; none where the rest of the page may say something else."""
    marked = _MARKED_AUTHORS(tree.root) if tree.root is not None else []
    if not marked or (tree.open and _around(marked[0]) in (None, *tree.open)):
        return []
    near = [element for element in marked[:12] if _close(element, marked[0])]
    texts = [clean(element.get("content") or article_marks.text_of(element)) for element in near]
    return [text for text in texts if text and 2 <= len(text.split()) <= 6 and text[:1].isupper()]


def _byline_lines(root: etree._Element) -> list[str]:
    """The first line that is called a byline and looks like one."""
    lines = _BYLINES(root)
    texts = [clean(article_marks.text_of(element)) for element in lines[:3]]
    return [text for text in texts if text and len(text) < 120 and bylines.is_byline(text)][:1]


def _close(one: etree._Element, first: etree._Element) -> bool:
    """Whether two marked elements belong to one byline: the later ones are those of other stories."""
    around = _around(first)
    return one is first or one.getparent() is first.getparent() or (around is not None and _around(one) is around)


def _around(element: etree._Element) -> etree._Element | None:
    """The element two levels above."""
    parent = element.getparent()
    return parent.getparent() if parent is not None else None
