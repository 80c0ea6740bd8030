"""The command line’s verbs that show why: explain, repair."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli_base import App, pass_app, printable, say

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command()
@click.argument("target")
@pass_app
def explain(app: App, /, target: str) -> None:
    """Tell how a file, url or record was recognised, repaired, stitched and linked.

    Of a story or an issue it tells what it holds, and why.
    Each step says why.

    \b
    Example:
      python run.py explain bluesky.txt
      python run.py explain t-1f3a5c7e9b02
      python run.py explain 2026-W46
    """
    from aggregator import explain as explaining
    from parsers.model import Hint

    if explaining.is_file(target):
        config = app.config()
        hint = Hint(name=target, house_timezone=config.ingest.timezone, style=config.style)
        lines: Iterable[str] = explaining.explain_file(Path(target).read_bytes(), hint)
        for line in lines:
            click.echo(printable(line))
        return
    with app.store() as store:
        for line in explaining.explain_record(store, target):
            click.echo(printable(line))


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--explain", "explaining", is_flag=True, help="List each step instead of the text.")
@click.option("--emoji", type=click.Choice(["drop", "[emoji]"]), default="drop", help="What stands for a lost emoji.")
@pass_app
def repair(app: App, /, file: Any, explaining: bool, emoji: Any) -> None:
    """Repair damaged text: text in, repaired text out.

    \b
    Example:
      python run.py repair damaged.txt > clean.txt
      pbpaste | python run.py repair --explain
    """
    from aggregator.explain_repair import step_lines
    from parsers import mojibake
    from parsers.detect import decode

    data = file.read()
    text, _ = decode(data)
    repaired = mojibake.repair(text, style=app.config().style)
    if explaining:
        click.echo(f"channel: {repaired.channel or 'no damage found'}")
        for line in step_lines(repaired.steps, text):
            click.echo(printable(line))
        if repaired.flagged:
            click.echo(f"left as they are, though they look damaged: lines {', '.join(map(str, repaired.flagged))}")
    else:
        # To a file or another program as it is; a terminal is protected.
        shown = mojibake.shown(repaired, emoji)
        if 0 < data.count(b"\n") == data.count(b"\r\n"):
            shown = shown.replace("\n", "\r\n")
        click.echo(printable(shown) if sys.stdout.isatty() else shown, nl=False)
    say(repaired.receipt if repaired.steps else "nothing was repaired")
