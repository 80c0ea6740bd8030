"""Words: what decisions taught the linker, other names of positions, and what likely links are worth.

Every change is one form, is written to the log with a name, can be taken back from the note that follows it, and
links recent coverage again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Blueprint, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from aggregator import linkage, neutral
from aggregator.model import LearnedTerm
from aggregator.store import Store
from aggregator.store.connect import Row
from aggregator.web import base, relink
from aggregator.web.security import needs
from parsers.model import Record

pages = Blueprint("words", __name__)

#: What a form may ask for, what the log calls it, and which of them takes it back.
ACTIONS = {
    "delete": ("delete word", "allow"),
    "allow": ("allow word", "delete"),
    "promote": ("promote word", "demote"),
    "demote": ("demote word", "promote"),
    "add": ("add name", "drop"),
    "drop": ("drop name", "add"),
}
_BY_LOG = {logged: (name, undo) for name, (logged, undo) in ACTIONS.items()}
#: Learned words of one position that its own page, and the page of all, show, the heaviest first.
SHOWN, SHOWN_OF_ALL = 40, 6
#: Positions on one page, and positions of which the promise is told at once.
PAGE, PROMISES = 20, 50


class WordsContext(Record, frozen=True, kw_only=True):
    """Learned words and names of one position."""

    key: str
    title: str
    learned: tuple[LearnedTerm, ...]
    more: int  # learned words beyond those shown
    names: tuple[Row, ...]
    deleted: tuple[Row, ...]


class Said(Record, frozen=True, kw_only=True):
    """What the person who looks has just changed, and how to take it back."""

    name: str  # of the action
    undo: str
    word: str
    key: str
    title: str


# ------------------------------------------------------------------ learned words and names


@pages.get("/words")
@needs("viewer")
def show() -> tuple[str, int]:
    """Learned words and names by position, searched and paged, what learning did, and what likely links are worth."""
    store, find = base.store(), neutral.line(request.args.get("find", ""))[:80]
    state = store.words.state()
    titles = {row["key"]: row["title"] for row in store.statements.rows("s.retired_at IS NULL")}
    learned = [term for term in store.words.live(state) if term.statement_id in titles]
    keys = _positions(store, titles, learned, find.casefold())
    start = base.number("start", 0, 0, 100_000)
    shown = [(key, titles[key]) for key in keys[start : start + PAGE]]
    promises = sorted(
        ((titles[key], key, promise) for key, promise in state.by_position.items() if key in titles),
        key=lambda item: (-item[2].judged, item[0]),
    )
    return base.page(
        "words.html",
        state=state,
        promises=promises[:PROMISES],
        more_promises=max(0, len(promises) - PROMISES),
        groups=contexts(store, shown, SHOWN_OF_ALL, learned),
        find=find,
        total=len(keys),
        start=start,
        size=PAGE,
        titles=sorted(titles.items(), key=lambda item: item[1].casefold()),
        behind=linkage.gather(store, base.config()).mark != state.knowledge,
        busy=relink.busy(),
        said=said(store),
        entries=len(store.words.glossary("on")),
    )


def _positions(store: Store, titles: dict[str, str], learned: Sequence[LearnedTerm], find: str) -> list[str]:
    """Keys of the positions that have words, those with learned ones first; with `find`, in the title or a word."""
    taught = {term.statement_id for term in learned}
    words = [(term.statement_id, term.text) for term in learned]
    words += [(row["key"], row["alias"]) for row in store.words.aliases()]
    words += [(row["key"], row["word"]) for row in store.words.deleted()]
    found = {
        key for key, word in words if not find or find in word.casefold() or find in titles.get(key, "").casefold()
    }
    return sorted(found & titles.keys(), key=lambda key: (key not in taught, titles[key].casefold(), key))


def contexts(
    store: Store,
    positions: Iterable[tuple[str, str]],
    shown: int = SHOWN,
    terms: Sequence[LearnedTerm] | None = None,
) -> list[WordsContext]:
    """What the linker knows by words of positions, given their keys and titles; `terms` are all learned words."""
    positions = list(positions)
    keys = {key for key, _ in positions}
    learned: dict[str, list[LearnedTerm]] = {}
    of_these = [term for term in (store.words.learned() if terms is None else terms) if term.statement_id in keys]
    for term in sorted(of_these, key=lambda term: (-term.weight, term.text.casefold())):
        learned.setdefault(term.statement_id, []).append(term)
    names, deleted = _by_key(store.words.aliases()), _by_key(store.words.deleted())
    return [
        WordsContext(
            key=key,
            title=title,
            learned=tuple(learned.get(key, ())[:shown]),
            more=max(0, len(learned.get(key, ())) - shown),
            names=tuple(names.get(key, ())),
            deleted=tuple(deleted.get(key, ())),
        )
        for key, title in positions
    ]


def _by_key(found: Iterable[Row]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = {}
    for row in found:
        out.setdefault(row["key"], []).append(row)
    return out


def said(store: Store) -> Said | None:
    """The change of words that this page follows, by its number in the log; only the person's own."""
    row = store.words.event(base.number("said", 0, 0, 99_999_999), base.person().name)
    if row is None or row["action"] not in _BY_LOG or row["title"] is None:
        return None
    name, undo = _BY_LOG[row["action"]]
    return Said(name=name, undo=undo, word=row["after"] or row["before"], key=row["statement"], title=row["title"])


@pages.post("/words")
@needs("reviewer")
def change() -> Response:
    """Delete, allow or promote a learned word; add or drop an “also known as” word."""
    name, key = request.form.get("do", ""), request.form.get("position", "")
    word = _shown(request.form.get("word", ""))
    if name not in ACTIONS or not word:
        raise BadRequest("Say which word, and what to do with it.")
    store, who, now = base.store(), base.person(), base.stamp()
    base.statement_or_404(key)
    with store.transaction():
        word = _stored(store, key, word) if name != "add" else word
        _do(store, name, key, word, who.name, now)
        gone = name in ("delete", "drop")
        number = store.review.log(
            ACTIONS[name][0],
            who=who,
            now=now,
            statement=key,
            before=word if gone else None,
            after=None if gone else word,
        )
    relink.soon()
    if request.form.get("back") == "position":
        return base.go("positions.show", key=key, said=number, _anchor="words")
    return base.go("words.show", said=number, **place())


def place() -> dict[str, str]:
    """Which part of the list a form stood in, to come back to it."""
    return {name: value for name in ("find", "start") if (value := request.form.get(name))}


def _shown(word: str) -> str:
    """A word as pages show it and forms send it."""
    return neutral.line(word)[:120]


def _stored(store: Store, key: str, word: str) -> str:
    """The stored word that a page shows so: what has no shape is left out on pages."""
    known = [term.text for term in store.words.learned() if term.statement_id == key]
    known += [row["alias"] for row in store.words.aliases() if row["key"] == key]
    known += [row["word"] for row in store.words.deleted() if row["key"] == key]
    return next((one for one in known if _shown(one).casefold() == word.casefold()), word)


def _do(store: Store, name: str, key: str, word: str, who: str, now: str) -> None:
    words = store.words
    if name == "delete":
        words.forget(key, word, who=who, now=now)
    elif name == "allow":
        words.remember(key, word)
    elif name == "promote":
        words.promote(key, word, who=who, now=now)
    elif name == "demote":
        words.remove_alias(key, word)
        words.remember(key, word)
    elif name == "add":
        words.add_alias(key, word, who=who, now=now)
    else:
        words.remove_alias(key, word)


@pages.post("/words/again")
@needs("reviewer")
def again() -> Response:
    """Learn from all decisions and link recent coverage again, now."""
    relink.soon()
    return base.go("words.show")
