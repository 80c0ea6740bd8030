"""The archive: one search field, a list, and what narrows it down."""

from __future__ import annotations

from flask import Blueprint, request

from aggregator.store import Store
from aggregator.store.connect import Row, rows
from aggregator.web import base
from aggregator.web.security import needs

pages = Blueprint("archive", __name__)


@pages.get("/")
@needs("viewer")
def search() -> tuple[str, int]:
    """Search results, or the latest coverage."""
    text = request.args.get("q", "").strip()[:1000]
    start = base.number("start", 0, 0, 100_000)
    found, total = plain_find(base.store(), text, base.PAGE, start)
    return base.page(
        "archive.html",
        q=text,
        found=found,
        links=links_of(base.store(), [row["id"] for row in found]),
        total=total,
        start=start,
        size=base.PAGE,
        searches=base.store().people.searches(base.person().id),
    )


_LIST = """
    SELECT c.*, t.parts_found, t.expected, t.missing,
      (SELECT card_title FROM post WHERE thread_id = c.id AND card_title IS NOT NULL ORDER BY part) AS card_title,
      (SELECT count(*) FROM coverage o WHERE o.story_id = c.story_id AND o.id != c.id) AS others
    FROM coverage c LEFT JOIN thread t ON t.coverage_id = c.id
"""


def plain_find(store: Store, text: str, limit: int, start: int) -> tuple[list[Row], int]:
    """Coverage with all the words, latest first."""
    words = " ".join(f'"{word}"' for word in text.replace('"', " ").replace("\0", " ").split())
    where = "WHERE c.id IN (SELECT rowid FROM coverage_fts WHERE coverage_fts MATCH ?)" if words else ""
    given = [words] if words else []
    total = rows(store.connection, f"SELECT count(*) FROM coverage c {where}", *given)[0][0]
    found = rows(
        store.connection,
        f"{_LIST} {where} ORDER BY c.published_at DESC, c.id LIMIT ? OFFSET ?",
        *given,
        limit,
        start,
    )
    return found, total


def links_of(store: Store, ids: list[int]) -> dict[int, list[Row]]:
    """The sure links of each piece of a page."""
    import json

    found: dict[int, list[Row]] = {}
    for row in rows(
        store.connection,
        "SELECT l.coverage_id, l.status, l.band, s.key, s.title FROM link l JOIN statement s ON s.id = l.statement_id "
        "WHERE l.coverage_id IN (SELECT value FROM json_each(?)) AND l.status != 'rejected' "
        "ORDER BY l.status = 'proposed', l.score DESC",
        json.dumps(ids),
    ):
        found.setdefault(row["coverage_id"], []).append(row)
    return found
