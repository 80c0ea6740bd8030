"""`docs/cli.md`, made from the commands themselves: `python -m aggregator.cli_docs > docs/cli.md`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from aggregator.cli import cli

_HEAD = """\
# Command line

`python run.py [--config FILE] [--db FILE] [-v] COMMAND`, or `cuttings` where the package is installed.
Data goes to standard output, progress and messages to standard error.
Exit code 0: done; 1: a known error, one message; 2: wrong usage.
This page is made from the code; a test compares them.
"""


def reference() -> str:
    """The help of every command as Markdown."""
    return _HEAD + "".join(_sections(cli, "run.py"))


def _sections(group: click.Group, path: str) -> Iterator[str]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        place = f"{path} {name}"
        # The help option as commands have it: click makes it once, for whoever asks first.
        names = ["-h", "--help"]
        context = click.Context(
            command, info_name=place, terminal_width=96, max_content_width=96, help_option_names=names
        )
        yield f"\n## {place}\n\n```\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            yield from _sections(command, place)


if __name__ == "__main__":
    print(reference(), end="")
