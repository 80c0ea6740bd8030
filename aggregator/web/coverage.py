"""One thread or article: its text, where it comes from, what it is linked to, and who else has it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from aggregator import pipeline
from aggregator.store.connect import Row
from aggregator.store.links import evidence
from aggregator.store.posts import PostExtra
from aggregator.store.telling import NAMES
from aggregator.web import base, complete
from aggregator.web.changes import paragraphs
from aggregator.web.security import needs
from aggregator.web.show import Mark, Place, placed
from parsers.model import Block, Record, Step

pages = Blueprint("coverage", __name__)


class PartView(Record, frozen=True, kw_only=True):
    """One post of a thread as the page shows it."""

    number: int | None
    text: str
    raw: str
    key: str
    role: str
    at: str | None
    likes: int | None
    reposts: int | None
    replies: int | None
    quotes: int | None
    card_title: str | None
    card_description: str | None
    card_url: str | None
    url: str | None
    steps: tuple[Step, ...]
    document: str | None
    gone: bool
    gap: str | None  # what is missing before this part
    voices: tuple[Place, ...] = ()  # where our people are quoted in the text
    alts: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


class LinkCard(Record, frozen=True, kw_only=True):
    """A link with its evidence as pages show it."""

    id: int
    statement: str
    title: str
    position: str
    areas: tuple[str, ...]
    status: str
    band: str | None
    score: float | None
    theirs: str | None
    ours: str | None
    terms: tuple[str, ...]
    reason: str
    echo: tuple[str, ...]
    old_echo: tuple[str, ...]
    note: str | None
    by: str | None
    at: str | None
    version: int
    statement_version: int
    statement_now: int
    in_force_from: str | None
    stance: str | None
    group: tuple[str, ...] = ()  # keys of near-same positions, its own among them, the newest first


class NearSame(Record, frozen=True, kw_only=True):
    """Links of positions that are nearly the same demand; most hold one link."""

    lines: tuple[
        tuple[LinkCard | None, str, str], ...
    ]  # the link, where there is one, and the position's key and title


@pages.get("/coverage/<key>")
@needs("viewer")
def show(key: str) -> Response | tuple[str, int]:
    """The page of a thread or article."""
    row = base.coverage_or_404(key)
    if row["key"] != key:
        return redirect(url_for("coverage.show", key=row["key"]), code=302)
    reading = base.store().reading
    cards = link_cards(reading.links(row["id"]))
    quotes = reading.quotes(row["id"])
    voices = places(row, quotes)
    common: dict[str, Any] = {
        "row": row,
        "links": near_same(cards),
        "topic": base.store().board.topic(row["id"]),
        "quotes": quotes,
        "marks": marks(cards),
        "story": reading.story(row),
        "shared": reading.shared_by(row),
        "documents": reading.documents(row["id"]),
        "history": base.store().review.history(coverage=row["key"], limit=30),
        "missing": complete.names_of([row["id"]]).get(row["id"], []),
    }
    if row["kind"] == "thread":
        posts = reading.posts(row["id"])
        return base.page(
            "thread.html",
            parts=list(part_views(posts, row, voices)),
            others=[part for part in map(_part, posts) if part.role != "part"],
            growth=reading.growth(row["id"]),
            flags=json.loads(row["flags"]),
            missing_end=missing_end(row, posts),
            said_of=base.store().threads.events(row["key"])[::-1],
            by_hand=base.store().threads.by_hand_with(row["key"]) if row["joined_by"] else [],
            **common,
        )
    return base.page(
        "article.html",
        blocks=blocks_of(row, voices),
        bylines=json.loads(row["bylines"]),
        dropped=json.loads(row["dropped"]),
        steps=msgspec.json.decode(row["steps"], type=tuple[Step, ...]),
        versions=versions(base.store().articles.versions(row["id"])),
        words=list(base.store().telling.words(row["id"]).values()),
        names=NAMES,
        said=complete.said(),
        **common,
    )


def link_cards(links: Sequence[Row]) -> list[LinkCard]:
    """Rows of links as pages show them."""
    return [link_card(row) for row in links]


def link_card(row: Row) -> LinkCard:
    """A row of `Reading.links` as pages show it."""
    found = evidence(row)
    return LinkCard(
        id=row["id"],
        statement=row["key"],
        title=row["title"],
        position=row["position"],
        areas=tuple(json.loads(row["areas"])),
        status=row["status"],
        band=row["band"],
        score=row["score"],
        theirs=found.their_sentence if found else None,
        ours=found.our_sentence if found else None,
        terms=tuple(term.text for term in found.terms) if found else (),
        reason=found.reason if found else "Added by hand.",
        echo=found.echo if found else (),
        old_echo=found.old_echo if found else (),
        note=found.note if found else None,
        by=row["decided_by"],
        at=row["decided_at"],
        version=row["version"],
        statement_version=row["statement_version"],
        statement_now=row["statement_now"],
        in_force_from=row["in_force_from"],
        stance=row["stance"],
        group=found.group if found else (),
    )


def near_same(cards: Sequence[LinkCard]) -> list[NearSame]:
    """Links with those of near-same positions in one block, in the order of their best; within a block newest first."""
    titles = {key: row["title"] for key, row in base.store().board.named(k for c in cards for k in c.group).items()}
    left = {card.statement: card for card in cards}
    blocks = []
    for card in cards:
        if card.statement not in left:
            continue
        keys = [key for key in card.group if key in left or key in titles] or [card.statement]
        blocks.append(NearSame(lines=tuple((left.pop(key, None), key, _title(key, cards, titles)) for key in keys)))
    return blocks


def _title(key: str, cards: Sequence[LinkCard], titles: dict[str, str]) -> str:
    return next((card.title for card in cards if card.statement == key), None) or titles[key]


def marks(cards: Sequence[LinkCard]) -> list[Mark]:
    """What to mark in the text: the sentences that tied it to a position."""
    return [(card.theirs, "match") for card in cards if card.theirs and card.status != "rejected"]


def places(row: Row, quotes: Sequence[Row]) -> list[Place]:
    """Where words of our people stand in a piece's text; nothing while a changed text waits to be searched again."""
    if not (row["quoted_sha"] or "").startswith(row["text_sha"]):
        return []
    return [(start, end, "voice") for quote in quotes for start, end in json.loads(quote["spans"])]


def blocks_of(row: Row, voices: Sequence[Place]) -> list[tuple[Block, list[Place]]]:
    """The paragraphs of an article, each with what our people say in it."""
    blocks = msgspec.json.decode(row["blocks"], type=tuple[Block, ...]) if row["blocks"] else ()
    return list(zip(blocks, placed(row["text"], (block.text for block in blocks), voices), strict=True))


def part_views(posts: Sequence[Row], row: Row, voices: Sequence[Place]) -> Iterator[PartView]:
    """The parts of a thread in reading order, each with the gap before it and what our people say in it."""
    texts = (_shown_text(post) for post in posts if post["role"] == "part")
    here = iter(placed(row["text"], texts, voices))
    missing = {n for n in json.loads(row["missing"]) if isinstance(n, int)}
    number = 0
    for post in posts:
        if post["role"] != "part":
            continue
        # Numbers that a person has put into another thread are not missing.
        lacks = sorted(missing & set(range(number + 1, post["number"]))) if post["number"] else []
        names = ", ".join(map(str, lacks[:10]))
        gap = f"{'Part' if len(lacks) == 1 else 'Parts'} {names} {'is' if len(lacks) == 1 else 'are'} missing here."
        number = post["number"] or number
        yield _part(post, gap if lacks else None, next(here))


def missing_end(row: Row, posts: Sequence[Row]) -> str | None:
    """What is missing after the last part."""
    last = max((post["number"] or 0 for post in posts if post["role"] == "part"), default=0)
    missing = [n for n in json.loads(row["missing"]) if isinstance(n, int) and n > last]
    if not missing or not last:
        return None
    names = ", ".join(map(str, missing[:10]))
    return f"Part {names} is missing at the end." if len(missing) == 1 else f"Parts {names} are missing at the end."


def _shown_text(post: Row) -> str:
    return str(post["part_text"] if post["part_text"] is not None else post["text"])


def _part(row: Row, gap: str | None = None, voices: Sequence[Place] = ()) -> PartView:
    from aggregator.store.posts import to_post
    from aggregator.store.threads import web_url

    extra = msgspec.json.decode(row["extra"], type=PostExtra)
    return PartView(
        number=row["number"],
        text=_shown_text(row),
        voices=tuple(voices),
        raw=row["text_raw"],
        key=row["key"],
        role=row["role"] or "part",
        at=row["created_at"],
        likes=row["likes"],
        reposts=row["reposts"],
        replies=row["replies"],
        quotes=row["quotes"],
        card_title=row["card_title"],
        card_description=row["card_description"],
        card_url=row["card_url"],
        url=web_url(to_post(row)),
        steps=extra.steps,
        document=row["document"],
        gone=bool(row["gone"]),
        gap=gap,
        alts=extra.alts,
        urls=extra.urls,
    )


class VersionView(Record, frozen=True, kw_only=True):
    """One version of an article and how it differs from the one before."""

    version: int
    seen_at: str
    headline: str | None
    changes: tuple[tuple[str, str], ...]  # "same", "gone" or "new", and the paragraph


def versions(found: Sequence[Row]) -> list[VersionView]:
    """Versions of an article, latest first, each with its differences by paragraph."""
    views, before = [], None
    for row in found:
        changes: tuple[tuple[str, str], ...] = ()
        if before is not None:
            changes = tuple(paragraphs(_lines(before), _lines(row)))
        views.append(
            VersionView(version=row["version"], seen_at=row["seen_at"], headline=row["headline"], changes=changes)
        )
        before = row
    return views[::-1]


def _lines(row: Row) -> list[str]:
    return [line for line in [row["headline"] or "", *row["text"].split("\n")] if line.strip()][:2000]


# ------------------------------------------------------------------ stories


@pages.post("/coverage/<key>/split")
@needs("reviewer")
def split(key: str) -> Response:
    """Take a piece out of its story, apart from one other or from all others."""
    row = base.coverage_or_404(key)
    others = [str(other["key"]) for other in base.store().reading.story(row)]
    chosen = request.form.get("other", "")
    _decide_story(key, [chosen] if chosen in others else others, "apart")
    return base.go("coverage.show", key=key)


@pages.post("/coverage/<key>/merge")
@needs("reviewer")
def merge(key: str) -> Response:
    """Put a piece into the story of another, named by its id or the address of its page here."""
    base.coverage_or_404(key)
    other = request.form.get("other", "").strip().rstrip("/").rsplit("/", 1)[-1]
    found = base.store().reading.coverage(other) or base.store().reading.by_url(request.form.get("other", "").strip())
    if found is None or found["key"] == key:
        raise BadRequest("Give the address or the id of another piece of coverage in this archive.")
    _decide_story(key, [found["key"]], "together")
    return base.go("coverage.show", key=key)


def _decide_story(key: str, others: Sequence[str], verdict: str) -> None:
    store, who = base.store(), base.person()
    with store.transaction():
        for other in others:
            store.review.decide_story(key, other, verdict, who=who, now=base.stamp())
    pipeline.group(store)
