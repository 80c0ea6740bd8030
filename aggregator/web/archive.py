"""The archive: one search field, a list, and what narrows it down."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from aggregator import query
from aggregator.store import Store
from aggregator.store.search import Hit
from aggregator.web import base
from aggregator.web.complete import names_of
from aggregator.web.security import needs
from parsers.model import Record

pages = Blueprint("archive", __name__)

EXPORTED = ("id", "kind", "headline", "text", "who", "url", "published_at")


def today() -> dt.date:
    """The day in the team's zone."""
    return base.now().astimezone(base.config().zone).date()


@pages.get("/")
@needs("viewer")
def search() -> tuple[str, int]:
    """Search results, or the latest coverage."""
    text = request.args.get("q", "").strip()[: query.MAX_LENGTH]
    order = request.args.get("order", "newest")
    store, problem = base.store(), None
    try:
        found = store.search.find(
            text,
            today=today(),
            order="best" if order == "best" else "newest",
            limit=base.PAGE,
            page=request.args.get("page", "")[:60] or None,
        )
    except query.QueryError as exc:
        problem, found = exc, None
    hits = found.hits if found else ()
    return base.page(
        "archive.html",
        status=400 if problem else 200,
        q=text,
        order=order,
        found=found,
        problem=problem,
        rows=store.reading.in_list([hit.id for hit in hits]),
        links=store.reading.sure_links([hit.id for hit in hits]),
        missing=names_of([hit.id for hit in hits]),
        lacking=store.telling.counts()["any"],
        facets=_facets(store, text) if found else {},
        searches=store.people.searches(base.person().id),
        fields=query.FIELDS,
    )


class Choice(Record, frozen=True, kw_only=True):
    """One way to narrow a search down, or to widen it again."""

    q: str  # the search it leads to
    label: str
    count: int
    chosen: bool


def _facets(store: Store, text: str) -> dict[str, list[Choice]]:
    """What narrows a search down, each as the search that it leads to."""
    found = store.search.facets(text, today=today())
    return {
        name: [
            Choice(q=_without(text, term) if chosen else f"{text} {term}".strip(), label=label, count=n, chosen=chosen)
            for term, label, n in values
            for chosen in [term in text]
        ]
        for name, values in found.items()
        if values
    }


def _without(text: str, term: str) -> str:
    return " ".join(text.replace(term, " ").split())


@pages.get("/search.csv")
@needs("viewer")
def as_csv() -> Response:
    """All rows of a search as CSV."""
    found = _all()

    def lines() -> Iterator[str]:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(EXPORTED)
        for hit in found:
            writer.writerow([cell(value) for value in _exported(hit).values()])
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
        yield buffer.getvalue()

    return _file(lines(), "text/csv; charset=utf-8", "csv")


@pages.get("/search.json")
@needs("viewer")
def as_json() -> Response:
    """All rows of a search as JSON, one object a line inside one list."""
    found = _all()

    def lines() -> Iterator[str]:
        start = "[\n"
        for hit in found:
            yield start + json.dumps(_exported(hit), ensure_ascii=False)
            start = ",\n"
        yield "[]\n" if start == "[\n" else "\n]\n"

    return _file(lines(), "application/json", "json")


def _all() -> Iterator[Hit]:
    """All hits; a search that cannot be understood is said before the file begins."""
    text = request.args.get("q", "").strip()
    try:
        query.parse(text, today())
    except query.QueryError as exc:
        raise BadRequest(str(exc)) from exc
    return _own_archive(text)


def _own_archive(text: str) -> Iterator[Hit]:
    """A streamed answer outlives its request, so it opens the archive for itself."""
    path, day = base.place().db, today()

    def hits() -> Iterator[Hit]:
        with Store(path) as store:
            yield from store.search.each(text, today=day)

    return hits()


def _file(lines: Iterator[str], kind: str, ending: str) -> Response:
    response = Response(lines, mimetype=kind.split(";")[0])
    response.headers["Content-Disposition"] = f'attachment; filename="coverage.{ending}"'
    return response


def _exported(hit: Hit) -> dict[str, str | None]:
    values = {name: getattr(hit, name) for name in EXPORTED[1:]}
    return {"id": hit.key, **values}


def cell(value: str | None) -> str | None:
    """A value as a CSV cell that no spreadsheet runs as a formula.

    >>> cell("=HYPERLINK(1)"), cell("plain")
    ("'=HYPERLINK(1)", 'plain')
    """
    return "'" + value if value and value[0] in "=+-@\t\r\n" else value
