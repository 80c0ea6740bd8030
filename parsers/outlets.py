"""Rules for one outlet at a time, read from `outlets.toml`.

Which error is worse: a wrong name for an outlet is worse than the one the page gives, so only hosts that are
listed get a name.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from parsers import urls


@dataclass(frozen=True, slots=True)
class Rules:
    """What is known about the outlet of a host; empty where it is not listed."""

    outlet: str | None = None
    furniture: tuple[re.Pattern[str], ...] = ()
    timezone: str | None = None  # of times on its pages and in its feeds that name none


def for_address(url: str | None) -> Rules:
    """The rules for a page's address.

    >>> for_address("https://www.theguardian.com/x").outlet
    'The Guardian'
    """
    name = urls.host(url) if url else None
    while name:
        if name in _table():
            return _table()[name]
        _, dot, name = name.partition(".")
        if not dot or "." not in name:
            return Rules()
    return Rules()


def all_rules() -> tuple[Rules, ...]:
    """The rules of all listed outlets."""
    return tuple(dict.fromkeys(_table().values()))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(pattern for rules in all_rules() for pattern in rules.furniture)


def furniture(line: str) -> str | None:
    """Why a line of unknown origin is furniture: it is one that only some outlet's pages have. None where it is not.

    >>> furniture("Skip past newsletter promotion")
    "furniture of an outlet's pages"
    """
    found = len(line) <= 400 and any(pattern.fullmatch(line) for pattern in _patterns())
    return "furniture of an outlet's pages" if found else None


@cache
def _table() -> dict[str, Rules]:
    """Rules by host."""
    with Path(__file__).with_name("outlets.toml").open("rb") as file:
        sections = tomllib.load(file)["outlet"]
    table: dict[str, Rules] = {}
    for section in sections:
        patterns = tuple(
            re.compile(pattern.replace("'", "['’]"), re.IGNORECASE) for pattern in section.get("furniture", ())
        )
        rules = Rules(outlet=section["name"], furniture=patterns, timezone=section.get("timezone"))
        table.update(dict.fromkeys(section["hosts"], rules))
    return table
