"""The command line’s verbs to start with: demo, init."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.cli_base import App, pass_app, printable


@click.command()
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@pass_app
def init(app: App, /, force: bool) -> None:
    """Write a commented cuttings.toml to start from.

    \b
    Example:
      python run.py init
    """
    from aggregator.config import DEFAULT_FILE
    from aggregator.errors import ConfigError
    from aggregator.settings import example

    path = app.config_path or DEFAULT_FILE
    if path.exists() and not force:
        raise ConfigError(f"{path} is there already; --force writes over it")
    path.write_text(example(), encoding="utf-8")
    click.echo(f"wrote {path}; every setting is in it with its default. Next: run.py ingest your position papers")


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Fresh folder.")
@pass_app
def demo(app: App, /, out: Path) -> None:
    """The whole job on the bundled sample corpus: ingest, repair, stitch, link, digest.

    \b
    Example:
      python run.py demo
      python run.py demo --out /tmp/demo
    """
    from aggregator import demo as demonstration

    for line in demonstration.run(out):
        click.echo(printable(line))
