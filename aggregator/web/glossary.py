"""The glossary: what staff added and turned off, and the shipped entries, searched; a part of the pages of words."""

from __future__ import annotations

import functools

from flask import request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from aggregator import linkage, neutral
from aggregator.identity import text_sha
from aggregator.linking_entries import KINDS, SINGLE, Entry, Kind, line_of, listed, words_of, written
from aggregator.linking_glossary import Glossary, GlossaryError
from aggregator.store import Store
from aggregator.web import base, relink
from aggregator.web.security import needs
from aggregator.web.words import pages, place
from parsers.model import Record

#: Entries of the team's glossary on one page, and entries of the shipped one that a search shows.
PAGE, FOUND = 20, 60

KIND_NAMES: dict[Kind, tuple[str, str]] = {
    "same": ("Forms of one name", "counted as one word: abbreviation and long form"),
    "related": (
        "Related words",
        "coverage says the one, our positions mean the other; counts less than a direct match",
    ),
    "generic": ("Everyday words of the sector", "they stand in any text and count half"),
    "ignore": ("Phrases that carry nothing", "titles, names of bodies, figures of speech"),
    "stop": ("Words that carry nothing", "left out of every comparison"),
    "topics": ("Other subjects of the sector", "where no position knows one, it speaks against any link"),
    "chatter": ("Signs of small talk and adverts", "they speak against any link"),
}


_ENTRY_ACTIONS: dict[str, linkage.EntryAction] = {"add": "add", "off": "off", "drop": "drop"}


class Line(Record, frozen=True, kw_only=True):
    """One entry of the glossary on the page."""

    entry: Entry
    who: str | None = None  # who added it or turned it off; None: shipped, or from the team's file
    at: str | None = None
    off: bool = False

    @property
    def mark(self) -> str:
        """What a form calls the entry."""
        return text_sha(_told(self.entry))[:16]


@pages.route("/words/glossary", methods=["GET"])
@needs("viewer")
def glossary() -> tuple[str, int]:
    """The glossary: what staff added and turned off first, then all of it by kind, searched."""
    store, find = base.store(), neutral.line(request.args.get("find", ""))[:80]
    base_glossary, problems = linkage.shared_glossary(base.config())
    ours = _lines(store, "on") + _lines(store, "off")
    known = {_told(line.entry) for line in ours}
    ours = [line for line in ours if find.casefold() in _told(line.entry)] if find else ours
    start = base.number("start", 0, 0, 100_000)
    rest = [one for one in _shared(base_glossary) if one.told not in known]
    hits = [Line(entry=one.entry) for one in rest if find.casefold() in one.told] if find else []
    return base.page(
        "glossary.html",
        kinds=KIND_NAMES,
        single=SINGLE,
        ours=ours[start : start + PAGE],
        total=len(ours),
        start=start,
        size=PAGE,
        rest={kind: [one.plain for one in rest if one.entry.kind == kind] for kind in KINDS},
        find=find,
        hits=hits[:FOUND],
        found=len(hits),
        file=base.config().linking.glossary,
        problems=problems,
        busy=relink.busy(),
    )


def _lines(store: Store, state: str) -> list[Line]:
    rows = store.words.glossary(state)
    return [
        Line(entry=entry, who=row["who"], at=row["at"], off=state == "off")
        for row, entry in zip(rows, linkage.entries(store, state), strict=True)
    ]


class Shared(Record, frozen=True, kw_only=True):
    """One entry of the shared glossary, which has thousands, as it is searched and shown."""

    entry: Entry
    told: str
    plain: str


@functools.lru_cache(maxsize=2)
def _shared(glossary: Glossary) -> tuple[Shared, ...]:
    return tuple(Shared(entry=entry, told=_told(entry), plain=_plain(entry)) for entry in listed(glossary))


def _plain(entry: Entry) -> str:
    """An entry as the lists of the shared glossary show it."""
    return f"{words_of(entry)}{f', weight {entry.weight}' if entry.means and entry.weight else ''}"


def _told(entry: Entry) -> str:
    """An entry as one line to search in."""
    return line_of(entry).casefold()


@pages.post("/words/glossary")
@needs("reviewer")
def change_glossary() -> Response:
    """Add entries, turn one off, or drop what staff said of one."""
    store = base.store()
    name = _ENTRY_ACTIONS.get(request.form.get("do", ""))
    if name is None:
        raise NotFound("There is no such change of the glossary.")
    found = _typed() if name == "add" else _named(store, name)
    who, now = base.person(), base.stamp()
    with store.transaction():
        for entry in found:
            linkage.change_entry(store, name, entry, who=who, now=now)
    relink.soon()
    return base.go("words.glossary", **place())


def _typed() -> list[Entry]:
    form = request.form
    try:
        return written(form.get("kind", ""), form.get("says", ""), form.get("means", ""), form.get("weight", ""))
    except GlossaryError as exc:
        raise BadRequest(str(exc)) from exc


def _named(store: Store, name: str) -> list[Entry]:
    """The entry that a button stands beside: one that staff said something of, or one of the shipped glossary."""
    lines = {
        "drop": _lines(store, "on") + _lines(store, "off"),
        "off": [Line(entry=entry) for entry in listed(linkage.shared_glossary(base.config())[0])],
    }
    found = [line.entry for line in lines.get(name, []) if line.mark == request.form.get("entry")]
    if not found:
        raise NotFound("The glossary has no such entry any more.")
    return found[:1]
