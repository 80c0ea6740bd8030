"""The interface for programs: read everything, decide on a link. And Atom feeds.

Every route here is described in `describe`; a test compares the two, so the description cannot lie.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, Forbidden

from aggregator import neutral, query
from aggregator.store import exports
from aggregator.store.connect import Row
from aggregator.store.links import evidence
from aggregator.store.review import STANCES, Conflict
from aggregator.store.search import Hit
from aggregator.web import base
from aggregator.web.archive import today
from aggregator.web.openapi import describe
from aggregator.web.security import needs
from aggregator.web.show import title_of

pages = Blueprint("api", __name__)

PAGE, MOST = 100, 500
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@pages.get("/api/openapi.json")
@needs("viewer")
def openapi() -> Response:
    """The description of this interface."""
    return jsonify(describe())


@pages.get("/api/v1/coverage")
@needs("token")
def coverage() -> Response:
    """Coverage that a search finds, newest first, in pages."""
    try:
        found = base.store().search.find(
            request.args.get("q", ""),
            today=today(),
            limit=base.number("limit", PAGE, 1, MOST),
            page=request.args.get("page") or None,
        )
    except query.QueryError as exc:
        raise BadRequest(str(exc)) from exc
    return jsonify(
        items=[_hit(hit) for hit in found.hits], total=found.total, capped=found.capped, next_page=found.next_page
    )


def _hit(hit: Hit) -> dict[str, Any]:
    names = ("kind", "headline", "text", "who", "url", "published_at")
    return {"id": hit.key, **{name: getattr(hit, name) for name in names}}


@pages.get("/api/v1/coverage/<key>")
@needs("token")
def one_coverage(key: str) -> Response:
    """One piece of coverage with its links, quotations and story."""
    row = base.coverage_or_404(key)
    reading = base.store().reading
    return jsonify(
        id=row["key"],
        kind=row["kind"],
        headline=row["headline"],
        standfirst=row["standfirst"],
        text=row["text"],
        who=row["who"],
        url=row["url"],
        published_at=row["published_at"] and row["published_at"][: 10 if row["date_only"] else None],
        parts_found=row["parts_found"],
        parts_expected=row["expected"],
        missing=json.loads(row["missing"]) if row["missing"] else [],
        links=[_link(row["key"], link) for link in reading.links(row["id"])],
        quotes=[{"speaker": quote["speaker"], "quote": quote["quote"]} for quote in reading.quotes(row["id"])],
        story=[other["key"] for other in reading.story(row)],
    )


def _link(coverage_key: str, row: Row) -> dict[str, Any]:
    found = evidence(row)
    return {
        "coverage_id": coverage_key,
        "statement_id": row["key"],
        "status": row["status"],
        "band": row["band"],
        "score": row["score"],
        "version": row["version"],
        "their_sentence": (found.their_sentence or None) if found else None,
        "our_sentence": found.our_sentence if found else None,
        "stance": row["stance"],
        "decided_by": row["decided_by"],
        "decided_at": row["decided_at"],
    }


@pages.get("/api/v1/statements")
@needs("token")
def statements() -> Response:
    """All positions."""
    return _listed(exports.statements)


@pages.get("/api/v1/links")
@needs("token")
def links() -> Response:
    """All links, in pages."""
    start, limit = _page()
    return _answer(list(exports.links(base.store().connection, start, limit + 1)), start, limit)


@pages.get("/api/v1/digests")
@needs("token")
def digests() -> Response:
    """All issues and what each holds."""
    return _listed(exports.digests)


def _listed(export: Callable[[Any], Iterator[dict[str, Any]]]) -> Response:
    """A page of an export; the same names and types as the command line's."""
    start, limit = _page()
    return _answer(list(islice(export(base.store().connection), start, start + limit + 1)), start, limit)


def _page() -> tuple[int, int]:
    """How many rows to pass over, and how many to give."""
    return base.number("start", 0, 0, 10_000_000), base.number("limit", PAGE, 1, MOST)


def _answer(items: list[dict[str, Any]], start: int, limit: int) -> Response:
    more = len(items) > limit
    return jsonify(items=items[:limit], next_start=start + limit if more else None)


@pages.post("/api/v1/links/<coverage_key>/<statement_key>")
@needs("token")
def decide(coverage_key: str, statement_key: str) -> Response | tuple[Response, int]:
    """Decide on one link; the version that was seen has to be sent along."""
    if not base.person().may("reviewer"):
        raise Forbidden("This token belongs to an account that may look, but not decide.")
    row, statement = base.coverage_or_404(coverage_key), base.statement_or_404(statement_key)
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise BadRequest("Send a JSON object with “action” and “version”.")
    action, version, stance = given.get("action"), given.get("version"), given.get("stance")
    if action not in ("confirm", "reject", "add"):
        raise BadRequest("“action” is confirm, reject or add.")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise BadRequest("“version” is the number that the link had when you read it, null where there was none.")
    if stance is not None and stance not in STANCES:
        raise BadRequest(f"“stance” is one of {', '.join(STANCES)}.")
    review = base.store().review
    try:
        review.decide(
            row, statement["key"], action, who=base.person(), now=base.stamp(), expected=version, stance=stance
        )
    except Conflict as exc:
        now = dict(exc.link) if exc.link else {}
        names = ("status", "version", "decided_by", "decided_at")
        return jsonify(error="another person changed this link meanwhile", now={k: now.get(k) for k in names}), 409
    links_now = {link["key"]: link for link in base.store().reading.links(row["id"])}
    return jsonify(_link(row["key"], links_now[statement["key"]]))


# ------------------------------------------------------------------ feeds


@pages.get("/feeds/positions/<key>.atom")
@needs("token")
def position_feed(key: str) -> Response:
    """Coverage of one position as an Atom feed."""
    statement = base.statement_or_404(key)
    found = base.store().board.coverage(statement["id"], 50, 0)
    entries = [
        (
            base.address("coverage.show", key=row["key"], _external=True),
            title_of(row),
            row["published_at"] or row["ingested_at"],
            neutral.cut(neutral.line(row["text"]), 60),
        )
        for row in found
    ]
    return _atom(request.base_url, f"Coverage of “{neutral.line(statement['title'])}”", entries)


@pages.get("/feeds/issues.atom")
@needs("token")
def issues_feed() -> Response:
    """Issues that went out, as an Atom feed."""
    entries = [
        (
            base.address("digests.show", issue=row["id"], _external=True),
            f"Digest {row['id']}",
            row["until_at"],
            f"{row['from_at']} – {row['until_at']}",
        )
        for row in base.store().issues.all(50)
        if row["state"] == "sent"
    ]
    return _atom(request.base_url, "Digests", entries)


def _atom(address: str, title: str, entries: list[tuple[str, str, str, str]]) -> Response:
    newest = max((at for _, _, at, _ in entries), default="1970-01-01T00:00:00Z")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{_name(address)}</id><title>{_text(title)}</title><updated>{escape(newest)}</updated>",
        f'<link rel="self" href={quoteattr(address)}/><author><name>Cuttings</name></author>',
    ]
    for url, name, at, summary in entries:
        lines.append(
            f"<entry><id>{_name(url)}</id><title>{_text(name)}</title><link href={quoteattr(url)}/>"
            f"<updated>{escape(at)}</updated><summary>{_text(summary)}</summary></entry>"
        )
    return Response("\n".join([*lines, "</feed>", ""]), mimetype="application/atom+xml")


def _name(url: str) -> str:
    """A name that stays when the app moves to another host: feed readers show again what has a new one."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'cuttings:' + urlsplit(url).path)}"


def _text(text: str) -> str:
    """Text as XML; characters that no XML may hold are left out."""
    return escape(_NO_XML.sub("", neutral.neutral(text)))
