"""The command line's verb of the sources: fetch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from aggregator.cli_base import App, as_json_line, counted, link_and_say, number, pass_app, printable, say

if TYPE_CHECKING:
    from aggregator.model import SourceReport


@click.command()
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option("--due", is_flag=True, help="Only sources whose time has come.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source.")
@pass_app
def fetch(app: App, /, names: tuple[str, ...], due: bool, as_json: bool) -> None:
    """Poll the sources of the settings once: feeds, pages, folders, Bluesky accounts.

    Without names all of them; a server that asked us to stay away for a while is left alone all the same.

    \b
    Example:
      python run.py fetch
      python run.py fetch "The Courier"
    """
    from aggregator import pipeline

    config = app.config()
    if not config.sources:
        say("the settings name no source; add [[sources]] to cuttings.toml, “run.py init” shows how")
        return
    failed = found = 0
    with app.store(create=True) as store:
        for report in pipeline.fetch(store, config, names, due_only=due):
            failed += report.error is not None
            found += report.changes.new + report.changes.changed
            click.echo(as_json_line(report) if as_json else printable(_source_lines(report)))
        if found:
            link_and_say(store, config)
    if failed:
        say(f"{number(failed, 'source')} could not be polled; the others are done")
        sys.exit(1)


def _source_lines(report: SourceReport) -> str:
    """How the poll of one source went, as lines a person reads."""
    if report.error:
        return f"{report.name}\n  not polled: {report.error}"
    lines = [report.name, f"  {counted(report.changes)}" + (f"; {report.state}" if report.state else "")]
    for problem in report.problems[:10]:
        place = f"{problem.where}: " if problem.where else ""
        lines.append(f"  {problem.severity}: {place}{problem.message}")
    return "\n".join(lines)
