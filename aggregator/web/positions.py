"""The position board, and one page for each position."""

from __future__ import annotations

import json

from flask import Blueprint

from aggregator import weeks
from aggregator.store.connect import Row
from aggregator.store.links import evidence
from aggregator.web import base
from aggregator.web.charts import bars
from aggregator.web.security import needs

pages = Blueprint("positions", __name__)


@pages.get("/positions")
@needs("viewer")
def board() -> tuple[str, int]:
    """How each position fares, the silent ones, and topics without one."""
    store = base.store()
    window = weeks.window_at(base.now(), base.config())
    found = store.board.positions(window.from_at)
    return base.page(
        "board.html",
        window=window,
        positions=found,
        silent=[row for row in found if not row["this_week"] and not row["four_weeks"]],
        retired=store.board.positions(window.from_at, retired=True),
        topics=store.board.topics(),
    )


@pages.get("/positions/<key>")
@needs("viewer")
def show(key: str) -> tuple[str, int]:
    """One position: its text, its coverage over time, its versions."""
    row, store = base.statement_or_404(key), base.store()
    window = weeks.window_at(base.now(), base.config())
    start = base.number("start", 0, 0, 100_000)
    found = store.board.coverage(row["id"], base.PAGE, start)
    return base.page(
        "position.html",
        row=row,
        areas=json.loads(row["areas"]),
        aliases=json.loads(row["aliases"]),
        sources=json.loads(row["sources"]),
        versions=store.statements.versions(row["id"])[::-1],
        chart=bars(store.board.weeks(row["id"], window.until_at)),
        coverage=found,
        evidence={item["id"]: evidence(item) for item in found},
        total=store.board.count(row["id"]),
        start=start,
        size=base.PAGE,
        quotes=store.board.quotes(row["id"]),
        old_lines=sum(_is_old_line(item) for item in found),
    )


def _is_old_line(item: Row) -> bool:
    found = evidence(item)
    return bool(found and found.old_echo)
