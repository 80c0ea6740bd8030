"""The command line: which verb stands in which file, and how errors end.

Verbs are thin, one function each; what they do stands in `pipeline`.
A verb's file is loaded when the verb is called, so that help and search start fast.
Data goes to standard output, progress and messages to standard error.
Known errors end with one message and 1; unknown errors are bugs and keep their traceback.
"""

from __future__ import annotations

import errno
import sys
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import click

from aggregator.cli_base import App, how_to_say, say

DEFAULT_DB = Path("data/cuttings.db")


class Verb(NamedTuple):
    """Where a verb stands, and the first sentence of its help (a test compares them)."""

    module: str
    line: str


#: In the order in which people come to use them.
VERBS = {
    "demo": Verb("cli_start", "The whole job on the bundled sample corpus: ingest, repair, stitch, link, digest."),
    "init": Verb("cli_start", "Write a commented cuttings.toml to start from."),
    "ingest": Verb("cli_intake", "Take files in: Bluesky exports, articles, feeds, position papers."),
    "fetch": Verb("cli_fetch", "Poll the sources of the settings once: feeds, pages, folders, Bluesky accounts."),
    "link": Verb("cli_archive", "Propose links from coverage to positions."),
    "decide": Verb("cli_links", "Decide on the link between coverage and a position, or say that no position fits."),
    "words": Verb("cli_links", "Words that decisions taught, and “also known as” words of positions."),
    "glossary": Verb(
        "cli_glossary", "What the linker knows about words: forms of one name, related words, words that carry little."
    ),
    "search": Verb("cli_archive", "Search the archive with the language of the web app."),
    "export": Verb("cli_archive", "Write all records of a kind to standard output."),
    "explain": Verb("cli_understand", "Tell how a file, url or record was recognised, repaired, stitched and linked."),
    "repair": Verb("cli_understand", "Repair damaged text: text in, repaired text out."),
    "digest": Verb("cli_digest", "The weekly digest: look at it, send it, hold it."),
    "serve": Verb("cli_web", "Serve the review web app."),
    "user": Verb("cli_web", "Who may use the web app."),
    "schedule": Verb("cli_service", "The long-running service: polls, links, drafts and sends; one at a time."),
    "doctor": Verb("cli_operations", "Check the settings, the archive, the service, deliveries, disk and backups."),
    "backup": Verb("cli_operations", "Copy the archive while it is in use, check the copy, thin out older ones."),
    "restore": Verb("cli_operations", "Put a backup in place of the archive; without FILE, the newest one."),
    "reindex": Verb("cli_operations", "Build the search index anew from the archive."),
    "reprocess": Verb(
        "cli_operations", "Read all stored documents anew with today's parsers and show what that changes."
    ),
}


class Verbs(click.Group):
    """The verbs of `VERBS`; a table lists them, so that help loads none of their files."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all verbs, in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a verb; None where there is none of that name."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(import_module(f"aggregator.{VERBS[cmd_name].module}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.line) for name, verb in VERBS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="Settings file; cuttings.toml if there.")
@click.option(
    "--db", type=click.Path(path_type=Path), default=DEFAULT_DB, show_default=True, help="The archive, one file."
)
@click.option("-v", "--verbose", count=True, help="A line for each stage with its counts.")
@click.version_option("0.1.0", prog_name="cuttings")
@click.pass_context
def cli(context: click.Context, config_path: Path | None, db: Path, verbose: int) -> None:
    """Press cuttings for an association: archive, links to your positions, weekly digest.

    \b
    Example:
      python run.py demo
      python run.py ingest positions/*.txt bluesky.txt article.html
      python run.py digest show --out out/
    """
    if verbose:
        import logging

        logging.basicConfig(level=logging.DEBUG if verbose > 1 else logging.INFO, format="%(asctime)s %(message)s")
    if db.is_dir():
        inside = next(iter(sorted(db.glob("*.db"))), db / DEFAULT_DB.name)
        raise click.BadParameter(f"{db} is a folder; name the archive in it: --db {inside}", param_hint="--db")
    context.obj = App(config_path, db)


def main() -> None:
    """Run the command line; known errors become one message."""
    from aggregator.errors import CuttingsError
    from parsers.errors import ParseError

    try:
        cli.main(prog_name="cuttings" if not sys.argv[0].endswith("run.py") else "run.py", standalone_mode=False)
    except (CuttingsError, ParseError) as exc:
        say(f"error: {how_to_say(str(exc))}")
        sys.exit(1)
    except click.exceptions.Abort:
        say("stopped")
        sys.exit(1)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except click.exceptions.Exit as exc:
        sys.exit(exc.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the pipe has gone; nobody is left to tell
        sys.exit(1)
    except Exception as exc:
        message = _trouble(exc)
        if message is None:
            raise  # a bug, which keeps its traceback
        say(f"error: {message}")
        sys.exit(1)


def _trouble(exc: Exception) -> str | None:
    """What to say of a full disk, missing rights, a locked archive and the like; None for a bug."""
    if isinstance(exc, OSError) and exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full; make room, then run the command again ({exc.strerror})"
    if isinstance(exc, OSError) and exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and exc.filename:
        what = f"{exc.filename}: this may not be written or read"
        return f"{what}; check the rights of the file and its folder ({exc.strerror})"
    connect = sys.modules.get("aggregator.store.connect")  # without it there was no database
    message: str | None = connect.trouble(exc) if connect else None
    return message
