"""The paragraphs that a page hides: as data for its scripts, or for readers without scripts.

Which error is worse: a page's labels and messages as an article are worse than none, so this is asked only where
a page shows no text at all, and only long runs of prose under one key count.

Frameworks that draw pages in the browser send the story as JSON, mostly in `__NEXT_DATA__` or a state object:
a list of objects, each with a paragraph under the same key, or one string of HTML.
Others keep it in `noscript` until a script moves it.
All strings are gathered by the names of the keys above them, list places aside; the group with the most prose is
the story.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import lxml.html

from parsers import furniture, html_body, html_tree

#: Fewer words are a teaser or a message.
FEWEST_WORDS = 60
#: Longer data is not read; stories are far below.
LARGEST = 2_000_000
_DEEPEST = 40
_STATE = re.compile(r"^\s*(?:window\.|var |self\.)?[\w.\[\]\"']{1,60}\s*=\s*(?=[{\[])")


def paragraphs(root: lxml.html.HtmlElement) -> list[str]:
    """The paragraphs of the hidden story, in order; empty where there is none.

    `root` is the tree before stripping.
    """
    best: list[str] = []
    for element in root.iter("noscript"):
        choices = html_body.select(html_tree.outline(element))
        found = [choice.item.text for choice in choices if choice.inside and not choice.reason]
        best = max(best, found, key=_prose)
    for element in root.iter("script"):
        kind = (element.get("type") or "").lower()
        source = element.text or ""
        if "ld+json" in kind or not 500 < len(source) < LARGEST:
            continue
        found = _story(_loaded(source))
        best = max(best, found, key=_prose)
    return best if _prose(best) >= FEWEST_WORDS else []


def _loaded(source: str) -> Any:
    source = _STATE.sub("", source, count=1).strip()
    if not source.startswith(("{", "[")):
        return None
    try:
        return json.JSONDecoder(strict=False).raw_decode(source)[0]
    except (ValueError, RecursionError):
        return None


def _story(data: Any) -> list[str]:
    """The strings under one chain of keys that hold the most prose, as paragraphs."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for keys, text in _strings(data, ()):
        groups.setdefault(keys, []).extend(_plain(text))
    return max(groups.values(), key=_prose, default=[])


def _strings(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        if len(value) > 1:
            yield keys, value
    elif len(keys) < _DEEPEST and isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*keys, key))
    elif len(keys) < _DEEPEST and isinstance(value, list):
        for inner in value:
            yield from _strings(inner, keys if keys[-1:] == ("",) else (*keys, ""))


def _plain(text: str) -> list[str]:
    """A string as paragraphs, markup gone."""
    if "<" not in text:
        return [" ".join(html.unescape(line).split()) for line in text.splitlines() if line.strip()]
    root = html_tree.tree(f"<div>{text}</div>")
    if root is None:
        return []
    html_tree.strip(root)
    return [item.text for item in html_tree.outline(root).items]


def _prose(texts: list[str]) -> int:
    return sum(length for text in texts if furniture.is_prose(text, length := furniture.length(text)))
