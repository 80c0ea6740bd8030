"""The glossary: what staff know about words, as data.

Three files are shipped beside this module; one of the same form extends them.
`glossary_english.toml` knows everyday English: small and generic words, and words that stand for one another.
`glossary.toml` knows the education sector's abbreviations and official words, `glossary_schools.toml` how reporters,
parents and staff put the same subjects; they name no association.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

from parsers.model import Record

_FILES = ("glossary_english.toml", "glossary.toml", "glossary_schools.toml")
SHIPPED = tuple(Path(__file__).with_name(name) for name in _FILES)


class GlossaryError(ValueError):
    """The glossary file has a mistake; the message says which entry and what was expected."""


class Related(Record, frozen=True, kw_only=True):
    """Words of coverage that speak of something our statements call by other words.

    Where both sides are equal, the words stand for one another: each speaks of the others.
    """

    says: tuple[str, ...]  # in coverage
    means: tuple[str, ...]  # in statements
    weight: float = 0.5  # of a direct match, 0–1


class Glossary(Record, frozen=True, kw_only=True):
    """All word knowledge of the linker; empty is allowed."""

    stop: tuple[str, ...] = ()  # carry nothing
    ignore: tuple[str, ...] = ()  # phrases that carry nothing
    generic: tuple[str, ...] = ()  # carry a little: common in any text of the sector
    same: tuple[tuple[str, ...], ...] = ()  # forms of one name; the first is its own
    related: tuple[Related, ...] = ()
    topics: tuple[str, ...] = ()  # subjects of the sector; one that no statement knows speaks against any link
    chatter: tuple[str, ...] = ()  # signs of small talk and adverts


def load(path: Path | None = None) -> Glossary:
    """The glossary of a TOML file, by default the shipped ones; GlossaryError names a wrong entry."""
    return read(path) if path else _shipped()


@functools.cache
def _shipped() -> Glossary:
    return functools.reduce(merged, map(read, SHIPPED))


def read(path: Path) -> Glossary:
    """The glossary of a file as it stands now."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise GlossaryError(f"The glossary {path.absolute()} cannot be read: there is no such file") from exc
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise GlossaryError(f"The glossary {path} cannot be read: {exc}") from exc
    return from_dict(data, str(path))


def from_dict(data: dict[str, Any], name: str = "the glossary") -> Glossary:
    """A glossary from a TOML table; `stop`, `generic`, `topics`, `chatter` are texts or lists of words.

    >>> from_dict({"stop": "a an", "same": [{"forms": ["SEN", "special needs"]}]}).same
    (('SEN', 'special needs'),)
    """
    unknown = set(data) - {"stop", "ignore", "generic", "same", "related", "near", "topics", "chatter"}
    if unknown:
        raise GlossaryError(f"{name} has an unknown part “{sorted(unknown)[0]}”.")
    try:
        return Glossary(
            stop=_listed(data.get("stop", ())),
            ignore=_listed(data.get("ignore", ())),
            generic=_listed(data.get("generic", ())),
            topics=_listed(data.get("topics", ())),
            chatter=_listed(data.get("chatter", ())),
            same=tuple(_listed(entry["forms"]) for entry in data.get("same", ())),
            related=(
                *(
                    _related(entry | {"says": entry["forms"], "means": entry["forms"]})
                    for entry in data.get("near", ())
                ),
                *(_related(entry) for entry in data.get("related", ())),
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise GlossaryError(
            f"{name} has an entry that cannot be used ({exc!r}): [[same]] needs forms = [...], "
            "[[near]] too, [[related]] needs says = [...] and means = [...]."
        ) from exc


def merged(base: Glossary, extra: Glossary) -> Glossary:
    """Both glossaries in one; where they speak of the same form, the extra one wins."""
    return Glossary(
        stop=base.stop + extra.stop,
        ignore=base.ignore + extra.ignore,
        generic=base.generic + extra.generic,
        same=base.same + extra.same,
        related=base.related + extra.related,
        topics=base.topics + extra.topics,
        chatter=base.chatter + extra.chatter,
    )


def _listed(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split()
    forms = tuple(str(item).strip() for item in value)
    if not all(forms):
        raise ValueError("an empty form")
    return forms


def _related(entry: dict[str, Any]) -> Related:
    weight = float(entry.get("weight", 0.5))
    if not 0 < weight <= 1:
        raise ValueError(f"weight {weight} is not between 0 and 1")
    return Related(says=_listed(entry["says"]), means=_listed(entry["means"]), weight=weight)
