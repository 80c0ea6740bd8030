"""Whose positions a paper holds: said when it names another organisation than ours.

Taking another body's positions for ours without a word is the worse error: coverage would be counted for them.
So the paper goes in as told, since somebody chose it, and the report says what it names and what to do.
A paper that names nobody (“We believe …”) is ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from parsers.model import ParseResult, Problem, Statement

_SMALL = frozenset(("a", "an", "and", "at", "for", "in", "of", "on", "the", "to"))


def noted(result: ParseResult, ours: Sequence[str]) -> ParseResult:
    """The result with a warning where it is a position paper of somebody who goes by none of our names.

    `ours` are the names of the settings, or who most stored statements are of; without one nothing can be said.
    """
    named = result.notes.get("named")
    if not named or not ours or not any(isinstance(record, Statement) for record in result.records):
        return result
    if any(is_same(named, name) for name in ours):
        return result
    message = (
        f"These positions are those of “{named}” by their own words, not of “{ours[0]}”, "
        "and count as yours from now on. "
        "If they are another body’s, retire them on the Positions pages of the web app; "
        f"if “{named}” is you, add it to short_names under [organisation] in the settings."
    )
    return msgspec.structs.replace(result, problems=(*result.problems, Problem(message=message)))


def is_same(one: str, other: str) -> bool:
    """Whether two names may be one organisation's: equal, one within the other, or the initials of it.

    >>> is_same("The Guild of Lock Keepers", "GLK"), is_same("GLK Council", "GLK"), is_same("NGF", "GLK")
    (True, True, False)
    """
    here, there = _words(one), _words(other)
    if not here or not there:
        return False
    short, long = sorted((here, there), key=len)
    within = any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))
    return within or any(len(word) > 1 and word in _initials(long) for word in short)


def _words(name: str) -> list[str]:
    words = re.findall(r"\w+", re.sub(r"[’']", "", name.casefold()))
    return words[1:] if words[:1] == ["the"] else words


def _initials(words: Sequence[str]) -> tuple[str, str]:
    """With small words and without."""
    return "".join(word[0] for word in words), "".join(word[0] for word in words if word not in _SMALL)
