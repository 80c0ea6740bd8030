"""JSON-LD: the object in a page's scripts that is its article.

Which error is worse: the data of another story are worse than none, so where a page describes several articles
the one whose headline the page's titles repeat is taken, and only without such a one the first.
References to objects elsewhere on the page ("@id") are followed one step for people and publishers.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

_ARTICLE_TYPES = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|Review|SocialMediaPosting)$")
#: Blocks of JSON-LD that are looked at; some shops embed thousands.
_MOST_BLOCKS = 40
_MOST_THINGS = 2_000
_REFERRING = ("author", "creator", "publisher")


def all_things(scripts: Sequence[str]) -> list[dict[str, Any]]:
    """The objects that a page's JSON-LD describes; `scripts` are its sources, in the order of the page."""
    found = (thing for source in scripts[:_MOST_BLOCKS] for thing in _things(loaded(source)))
    return list(islice(found, _MOST_THINGS))


def article_of(found: Sequence[dict[str, Any]], titles: str = "") -> dict[str, Any]:
    """Of the objects of a page the one that is its news article, else an empty one.

    `titles` are the page's own titles, folded as `fold` does.
    """
    articles = [thing for thing in found if any(_ARTICLE_TYPES.search(name) for name in _types(thing))]
    if not articles:
        return {}
    same = (thing for thing in articles if (line := fold(text_of(thing.get("headline")) or "")) and line in titles)
    article = dict(next(same, articles[0]))
    names = {thing["@id"]: thing for thing in found if isinstance(thing.get("@id"), str) and "name" in thing}
    for key in _REFERRING:
        if key in article:
            article[key] = _followed(article[key], names)
    return article


def page_date(found: Sequence[dict[str, Any]]) -> str | None:
    """The date of publication of the page itself, where JSON-LD describes a page and no article has one."""
    pages = (thing for thing in found if "WebPage" in _types(thing))
    return next((date for thing in pages if (date := date_of(thing.get("datePublished")))), None)


def fold(text: str) -> str:
    """Letters and digits of a title, for comparison."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def date_of(value: Any) -> str | None:
    """A date as text; numbers are seconds or milliseconds."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text_of(value)


def _types(thing: dict[str, Any]) -> list[str]:
    kinds = thing.get("@type")
    return [name for name in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(name, str)]


def _followed(value: Any, names: dict[str, dict[str, Any]], depth: int = 0) -> Any:
    """A value with references to named objects replaced by these."""
    if isinstance(value, list) and depth < 3:
        return [_followed(each, names, depth + 1) for each in value[:50]]
    if isinstance(value, dict) and "name" not in value:
        return names.get(str(value.get("@id")), value)
    return value


def loaded(source: str) -> Any:
    """JSON as sites write it: CDATA marks, comments, raw line breaks, a comma too many; None where it is none."""
    source = source.strip().removeprefix("<!--").removesuffix("-->").strip()
    if source.startswith(("/", "<")) or source.endswith("]]>"):
        source = re.sub(r"^//\s*<!\[CDATA\[|^<!\[CDATA\[|(?://\s*)?\]\]>$", "", source)
    source = source.strip().rstrip(";")
    for mended in (str, _without_spare_commas, html.unescape):
        try:
            return json.loads(mended(source), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _without_spare_commas(source: str) -> str:
    return re.sub(r",\s*([}\]])", r"\1", source)


def _things(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """All objects in lists and @graph, outermost first."""
    if depth > 4:
        return
    if isinstance(value, list):
        for each in value[:200]:
            yield from _things(each, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement"):
            if isinstance(value.get(key), (list, dict)):
                yield from _things(value[key], depth + 1)


def text_of(value: Any) -> str | None:
    """A string out of a string, a list of them or a named object."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        return text_of(value[0])
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value"))
    return None
