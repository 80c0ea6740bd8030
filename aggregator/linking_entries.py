"""The glossary as single entries that staff can see, add and turn off.

A wrong entry changes links everywhere, so every entry a person adds is one row with a name and a day, and what they
turn off of the shipped glossary is kept as such: an update of the file does not bring it back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from aggregator.linking_glossary import Glossary, GlossaryError, Related
from parsers.model import Record

Kind: TypeAlias = Literal["same", "related", "generic", "ignore", "stop", "topics", "chatter"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Kinds whose entries are one word or phrase each.
SINGLE: tuple[Kind, ...] = ("generic", "ignore", "stop", "topics", "chatter")
WEIGHT = 0.5  # of related words, where nobody says another
LONGEST = 80  # letters of a form
MOST = 30  # forms of an entry


class Entry(Record, frozen=True, kw_only=True):
    """One line of the glossary."""

    kind: Kind
    says: tuple[str, ...]  # the forms; of related ones, the words of coverage
    means: tuple[str, ...] = ()  # of related ones, the words of positions
    weight: float | None = None  # of related ones, 0–1


def words_of(entry: Entry) -> str:
    """An entry's words in one line.

    >>> words_of(Entry(kind="related", says=("reading rooms", "stacks"), means=("libraries",)))
    'reading rooms, stacks → libraries'
    """
    return f"{', '.join(entry.says)}{' → ' if entry.means else ''}{', '.join(entry.means)}"


def line_of(entry: Entry) -> str:
    """An entry in one line, as the log has it; without its weight, which does not tell entries apart.

    >>> line_of(Entry(kind="same", says=("SEN", "special needs")))
    'same: SEN, special needs'
    """
    return f"{entry.kind}: {words_of(entry)}"


def listed(glossary: Glossary) -> list[Entry]:
    """All entries of a glossary, each once, in its order.

    >>> [entry.says for entry in listed(Glossary(same=(("SEN", "special needs"),), generic=("school",)))]
    [('SEN', 'special needs'), ('school',)]
    """
    return list(dict.fromkeys(_all(glossary)))


def _all(glossary: Glossary) -> list[Entry]:
    found = [Entry(kind="same", says=forms) for forms in glossary.same]
    found += [Entry(kind="related", says=r.says, means=r.means, weight=r.weight) for r in glossary.related]
    return found + [Entry(kind=kind, says=(word,)) for kind in SINGLE for word in getattr(glossary, kind)]


def edited(base: Glossary, on: Iterable[Entry], off: Collection[Entry]) -> Glossary:
    """A glossary with the entries that staff added and without those that they turned off.

    Weights do not tell entries apart.

    >>> school = Entry(kind="generic", says=("school",))
    >>> edited(Glossary(generic=("school", "child")), [Entry(kind="generic", says=("term",))], [school]).generic
    ('child', 'term')
    """
    gone, ours = {_name(entry) for entry in off}, list(on)
    # An entry that staff added replaces the shipped one: of two the heavier would count, whatever they said.
    replaced = gone | {_name(entry) for entry in ours}
    kept = [entry for entry in _all(base) if _name(entry) not in replaced]
    kept += [entry for entry in ours if _name(entry) not in gone]
    lists: dict[str, Any] = {kind: tuple(entry.says[0] for entry in kept if entry.kind == kind) for kind in SINGLE}
    return Glossary(
        same=tuple(entry.says for entry in kept if entry.kind == "same"),
        related=tuple(
            Related(says=entry.says, means=entry.means, weight=entry.weight or WEIGHT)
            for entry in kept
            if entry.kind == "related"
        ),
        **lists,
    )


def _name(entry: Entry) -> Entry:
    return msgspec.structs.replace(entry, weight=None)


def written(kind: str, says: str, means: str = "", weight: str = "") -> list[Entry]:
    """What a form says, as entries: one for each word of the single kinds, else one.

    Forms stand apart by line ends, semicolons or commas.
    Raises `GlossaryError` with a sentence for the person.

    >>> written("same", "SEN; special needs")[0].says
    ('SEN', 'special needs')
    """
    if kind not in KINDS:
        raise GlossaryError("There is no such kind of entry.")
    left, right = _forms(says), _forms(means)
    if not left:
        raise GlossaryError("An entry needs a word of at least one letter or digit.")
    if kind in SINGLE:
        return [Entry(kind=kind, says=(form,)) for form in left]
    if kind == "same":
        if len(left) < 2:
            raise GlossaryError("Forms of one name are at least two: an abbreviation and what it stands for.")
        return [Entry(kind="same", says=left)]
    if not right:
        raise GlossaryError("Say which words of our positions are meant, too.")
    return [Entry(kind="related", says=left, means=right, weight=_weight(weight))]


def _forms(text: str) -> tuple[str, ...]:
    forms = (" ".join(form.split())[:LONGEST] for form in re.split(r"[\n;,]", text))
    return tuple(dict.fromkeys(form for form in forms if any(map(str.isalnum, form))))[:MOST]


def _weight(text: str) -> float:
    try:
        weight = float(text.strip().replace(",", ".") or WEIGHT)
    except ValueError as exc:
        raise GlossaryError(f"“{text.strip()[:20]}” is no weight; write one between 0 and 1.") from exc
    if not 0 < weight <= 1:
        raise GlossaryError("A weight lies between 0 and 1.")
    return weight
