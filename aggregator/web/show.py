"""How values look on a page: dates, hosts, marks in text.

Everything from outside passes `neutral` once, in `finalize`, before it is escaped: no field can be forgotten.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from flask import Flask, g, request, url_for
from markupsafe import Markup, escape

from aggregator import neutral
from aggregator.neutral import cut
from aggregator.render import parts as parts_of
from aggregator.store.connect import Row
from aggregator.store.window import thread_title
from aggregator.times import parse_utc
from aggregator.units import size
from aggregator.web import base

Mark: TypeAlias = tuple[str, str]  # what to mark, and the class of the mark
Place: TypeAlias = tuple[int, int, str]  # first character, the one after the last, and the class of the mark


def finalize(value: Any) -> Any:
    """The one gate for text on its way into a page."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return neutral.neutral(value)
    return value


def register(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.filters |= {
        "day": day,
        "moment": moment,
        "link_url": neutral.link_url,
        "host": neutral.host,
        "cut": cut,
        "line": neutral.line,
        "title": title_of,
        "rest": rest,
        "parts": whole,
        "kind": kind_of,
        "count": count,
        "size": size,
        "json": json.loads,
        "prose": prose,
        "marked": marked,
        "did": did,
        "paragraphs": lambda text: [part for part in re.split(r"\n\s*\n", text or "") if part.strip()],
    }
    app.jinja_env.globals |= {"number": plural, "terms": terms, "pager_args": pager_args}

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        found = g.get("person")
        return {"person": found, "may": lambda role: found is not None and found.may(role), "static": _static}


def terms(card: Any) -> list[Mark]:
    """The phrases that tie a link's two sentences together."""
    return [(phrase, "term") for phrase in (*card.echo, *card.terms)]


def pager_args() -> dict[str, Any]:
    """What the address of this page says, to say it again for the next one."""
    return {**(request.view_args or {}), **request.args.to_dict(flat=False), "start": None}


def _static(name: str) -> str:
    return url_for("static", filename=name)


def _local(text: str | None) -> dt.datetime | None:
    at = parse_utc(text) if text and len(text) > 10 else None
    return at.astimezone(base.config().zone) if at else None


def day(text: str | None) -> str:
    """A day in the team's zone: "9 Nov 2026"."""
    if text and len(text) == 10:
        date = dt.date.fromisoformat(text)
        return f"{date.day} {date:%b %Y}"
    at = _local(text)
    return f"{at.day} {at:%b %Y}" if at else "no date"


def moment(text: str | None) -> str:
    """A day and time in the team's zone: "9 Nov 2026, 14:05"."""
    at = _local(text)
    return f"{at.day} {at:%b %Y, %H:%M}" if at else "no date"


#: What the log calls an action → what a page says that somebody did.
DONE = {
    "confirm": "confirmed", "reject": "rejected", "add": "added", "undo": "took back", "edit": "edited",
    "no-fit": "found that no position fits", "split": "split the story", "merge": "merged stories",
    "join": "joined threads", "cut": "split the thread", "release": "gave the thread back to the rules",
    "add position": "added the position", "delete word": "deleted a word", "allow word": "allowed a word",
    "promote word": "made a word a name", "demote word": "made a name a word", "add name": "added a name",
    "drop name": "dropped a name", "test mail": "sent a test mail",
}  # fmt: skip


def did(action: str) -> str:
    """What somebody did, as a page says it."""
    return DONE.get(action, action)


def plural(n: int, noun: str, many: str | None = None) -> str:
    """A number with its noun.

    >>> plural(1, "story", "stories"), plural(1234, "post")
    ('1 story', '1,234 posts')
    """
    return f"{n:,} {noun if n == 1 else many or noun + 's'}"


def count(value: int | None) -> str:
    """A number with thousands marked; "–" where it is not known."""
    return "–" if value is None else f"{value:,}"


def title_of(row: Row, words: int = 25) -> str:
    """What a piece of coverage is called."""
    if row["kind"] == "thread":
        card = row["card_title"] if "card_title" in row.keys() else None  # noqa: SIM118
        return _unbroken(cut(neutral.line(thread_title(row["text"], card)), words))
    return _unbroken(cut(neutral.line(row["headline"] or "(no headline)"), words))


def _unbroken(title: str) -> str:
    """A title whose last line is never a lone “…”."""
    return f"{title[:-2]}\u00a0…" if title.endswith(" …") else title


def rest(row: Row, title: str) -> str:
    """The text of a piece as far as its title does not say it already."""
    text, said = neutral.line(row["text"]), title.removesuffix("…").rstrip()
    if not text.startswith(said):
        return text
    left = text[len(said) :].lstrip(" .")
    return f"… {left}" if left and title.endswith("…") else left


def kind_of(row: Row) -> str:
    """What a page calls a piece: "article", "thread", or "post" for one that stands alone."""
    lone = row["kind"] == "thread" and row["parts_found"] == 1 and (row["expected"] or 1) == 1
    return "post" if lone else str(row["kind"])


def whole(row: Row) -> str:
    """How whole a thread is: "7 of 7", "5 of 7; 3 and 6 missing"; nothing for a lone post."""
    if row["kind"] != "thread" or (row["parts_found"] == 1 and not row["expected"]):
        return ""
    from aggregator.issue_model import Item

    item = Item(
        id="", kind="thread", title="", who=None, url=None, published_at=None, text="",
        parts_found=row["parts_found"], parts_expected=row["expected"], missing=tuple(json.loads(row["missing"])),
    )  # fmt: skip
    return parts_of(item)


# ------------------------------------------------------------------ marks


def marked(text: str | None, marks: Iterable[Mark] = (), places: Iterable[Place] = ()) -> Markup:
    """Text with sentences and phrases marked where they stand in it; earlier marks win where two overlap.

    `places` are marked at their place and nowhere else, also inside of other marks.

    >>> str(marked("Fees <rose>. We said so.", [("We said so.", "ours")]))
    'Fees &lt;rose&gt;. <mark class="ours">We said so.</mark>'
    """
    plain = neutral.neutral(text or "")
    spans = _layered([*_spans(plain, marks), *_shown(text or "", places)])
    out, at = [], 0
    for start, end, kind in spans:
        out += [escape(plain[at:start]), Markup('<mark class="{}">{}</mark>').format(kind, plain[start:end])]
        at = end
    return Markup("").join([*out, escape(plain[at:])])


def _shown(text: str, places: Iterable[Place]) -> Iterator[Place]:
    """Places in the neutral text, which may be shorter: characters without a shape are gone. They come in order."""
    done = at = 0
    for start, end, kind in places:
        left = at + len(neutral.neutral(text[done:start]))
        at = left + len(neutral.neutral(text[start:end]))
        done = end
        yield left, at, kind


def _layered(spans: Iterable[Place]) -> Iterator[Place]:
    """Marks without overlaps: a stretch that several share is of all their kinds."""
    edges = sorted(edge for start, end, kind in spans for edge in ((start, 1, kind), (end, -1, kind)))
    here: Counter[str] = Counter()
    before = 0
    for place, step, kind in edges:
        kinds = " ".join(sorted(one for one, n in here.items() if n > 0))
        if kinds and before < place:
            yield before, place, kinds
        here[kind] += step
        before = place


def placed(text: str, pieces: Iterable[str], places: Sequence[Place]) -> list[list[Place]]:
    """Places of a text as they fall into its pieces, which stand in it one after the other.

    >>> placed("A roof. Two roofs.", ["A roof.", "Two roofs."], [(2, 6, "x"), (12, 17, "x")])
    [[(2, 6, 'x')], [(4, 9, 'x')]]
    """
    found: list[list[Place]] = []
    at = 0
    for piece in pieces:
        start = text.find(piece, at) if piece else -1
        if start < 0:
            found.append([])
            continue
        at = start + len(piece)
        within = [(max(left, start) - start, min(right, at) - start, kind) for left, right, kind in places]
        found.append([place for place in within if place[0] < place[1]])
    return found


def _spans(text: str, marks: Iterable[Mark]) -> list[tuple[int, int, str]]:
    taken: list[tuple[int, int, str]] = []

    def take(phrase: str, kind: str) -> bool:
        words = phrase.split()
        if not words or len(words) > 400:
            return False
        match = re.search(r"\s+".join(map(re.escape, words)), text)
        if match and all(match.end() <= start or match.start() >= end for start, end, _ in taken):
            taken.append((match.start(), match.end(), kind))
        return match is not None

    for phrase, kind in marks:
        plain = neutral.neutral(phrase)
        if not take(plain, kind):
            # A quotation that “she said” interrupts stands in pieces, each with punctuation of its own.
            for piece in re.split(r"(?<=[.!?…])\s+", plain):
                if len(piece.split()) > 2:
                    take(piece.rstrip(".,;!?… "), kind)
    return sorted(taken)


def prose(text: str | None, marks: Iterable[Mark] = (), places: Sequence[Place] = ()) -> Markup:
    """Text as paragraphs, with marks; lines of a list stay lines."""
    marks, text = list(marks), text or ""
    found = [part.split("\n") for part in re.split(r"\n\s*\n", text) if part.strip()]
    here = iter(placed(text, (line for part in found for line in part), places))
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(marked(line, marks, next(here)) for line in part))
        for part in found
    )
