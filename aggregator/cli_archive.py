"""The command line’s verbs of the archive: link, export, search."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli_base import App, as_json_line, link_and_say, pass_app, printable, say, with_workers

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command()
@click.option("--all", "everything", is_flag=True, help="All coverage, not only what is new or changed.")
@with_workers
@pass_app
def link(app: App, /, everything: bool, count: int, cluster: str | None) -> None:
    """Propose links from coverage to positions.

    \b
    Example:
      python run.py link --all
    """
    from aggregator.workers import workers

    config = app.config()
    with workers(count, cluster) as crew, app.store() as store:
        link_and_say(store, config, everything=everything, workers=crew)


@click.command()
@click.argument(
    "what",
    type=click.Choice(["posts", "threads", "articles", "statements", "links", "stories", "quotes", "digests"]),
)
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@pass_app
def export(app: App, /, what: str, form: str) -> None:
    """Write all records of a kind to standard output.

    \b
    Example:
      python run.py export links --format csv > links.csv
    """
    from aggregator.store import exports

    with app.store() as store:
        rows = exports.EXPORTS[what](store.connection)
        if form == "csv":
            _write_csv(exports.FIELDS[what].split(), rows)
        else:
            for row in rows:
                click.echo(json.dumps(row, ensure_ascii=False))


def _write_csv(fields: list[str], rows: Iterable[dict[str, Any]]) -> None:
    """Rows as CSV; cells that a spreadsheet would run as formulas are quoted with an apostrophe."""
    import csv

    writer = csv.DictWriter(sys.stdout, fieldnames=fields, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: cell(value) for name, value in row.items()})


def cell(value: Any) -> Any:
    """A value as a CSV cell.

    >>> cell("=HYPERLINK(1)"), cell(["a", "b"]), cell(-3)
    ("'=HYPERLINK(1)", '["a", "b"]', -3)
    """
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
        return "'" + value
    return value


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@click.option("--best", is_flag=True, help="Best match first instead of newest first.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a hit, all of them.")
@pass_app
def search(app: App, /, query: tuple[str, ...], best: bool, limit: int, as_json: bool) -> None:
    """Search the archive with the language of the web app.

    Words together, "words in order", wor*, -not, (this OR that), and operators: outlet: from: position: is: has:
    missing: date: since: until: after: before: week: area: story:; the web app's search page explains each.

    \b
    Example:
      python run.py search '"pupil premium" -from:minister is:proposed date:P2W'
    """
    # The corridor and its parsers cost more than a search.
    import msgspec

    from aggregator import times

    text, today = " ".join(query), times.now().date()
    with app.store() as store:
        if as_json:
            for hit in store.search.each(text, today=today, passages=True):
                click.echo(as_json_line({**msgspec.structs.asdict(hit), "id": hit.key}))
            return
        result = store.search.find(text, today=today, order="best" if best else "newest", limit=limit)
    for hit in result.hits:
        day = (hit.published_at or "no date")[:10]
        title = hit.headline or " ".join(hit.text.split()[:12])
        who = hit.who or ("Bluesky" if hit.kind == "thread" else "outlet unknown")
        click.echo(printable(f"{hit.key}  {day}  {who}: {title}"))
        if hit.snippet:
            passage = "".join(f"[{s.text}]" if s.marked else s.text for s in hit.snippet)
            click.echo(printable("    " + " ".join(passage.split())))
    more = "; --limit shows more" if len(result.hits) < result.total else ""
    if result.rare_left_out:
        more += "; of the very many words that begin so, only the most frequent ones were looked for"
    say(f"{result.total}{'+' if result.capped else ''} found, {len(result.hits)} shown{more}")
