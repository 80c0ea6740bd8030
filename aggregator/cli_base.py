"""What the verbs of the command line share: settings and archive opened when asked for, messages, progress.

Light to load: every start pays for it.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from aggregator.config import Config
    from aggregator.model import Changes
    from aggregator.store import Store
    from aggregator.workers import Workers


#: As `aggregator.config.DEFAULT_FILE`, which would load all settings (a test compares them).
SETTINGS = "cuttings.toml"


class App:
    """What all commands share: the paths given, settings and archive opened when asked for."""

    def __init__(self, config_path: Path | None, db: Path) -> None:
        self.config_path = config_path
        self.db = db
        self._settings_told = False

    def config(self) -> Config:
        """The settings."""
        from aggregator.config import load

        self._settings_told = True
        return load(self.config_path)

    def store(self, *, create: bool = False, whatever: bool = False) -> Store:
        """The archive; only what fills one may `create` it, so that a slip in --db is not an empty archive.

        Settings that cannot be read end a verb that was given them, and are told by any other, also where it uses
        none; `whatever` is for what has to be done all the same.
        """
        from aggregator.errors import NotFoundError
        from aggregator.store import Store

        if not self._settings_told:
            self._heed_settings(whatever=whatever)
        if not create and not self.db.exists():
            raise NotFoundError(f"{self.db}: there is no archive; “run.py ingest” makes one, --db names another")
        return Store(self.db)

    def _heed_settings(self, *, whatever: bool) -> None:
        from pathlib import Path

        from aggregator.errors import ConfigError

        if self.config_path is None and not Path(SETTINGS).exists():  # no settings need not be loaded to be heeded
            return
        try:
            self.config()
        except ConfigError as exc:
            if self.config_path is not None and not whatever:
                raise
            say(f"warning: {exc}; this command goes on without the settings")


pass_app = click.make_pass_decorator(App)


_WORKERS = click.option(
    "--workers", "count", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that do the work."
)
_DASK = click.option("--dask", "cluster", metavar="ADDRESS", help="A Dask cluster that runs already: tcp://host:8786.")


def with_workers(command: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that say who does the work."""
    return _WORKERS(_DASK(command))


def say(message: str) -> None:
    """A message to the person, on standard error, safe for a terminal."""
    click.echo(printable(message), err=True)


def printable(text: str) -> str:
    """Text without what could steer a terminal or hide itself: controls, bidi overrides, zero width."""
    from aggregator.neutral import neutral

    return neutral(text)


def number(n: int, noun: str) -> str:
    """A count with its noun: “1 file”, “2 files”."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def counted(changes: Changes) -> str:
    """What storing did: “13 new, 0 changed, 2 unchanged, 11 known from another paper”."""
    return str(changes)


def as_json_line(record: Any) -> str:
    """A record as one line of JSON."""
    import msgspec

    return msgspec.json.encode(record).decode("utf-8", "replace")


@contextlib.contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """Something to tell how much of how much is done: a bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as shown:

        def tick(done: int, total: int) -> None:
            shown.length = total
            shown.update(done - shown.pos)

        yield tick


def progress(items: Iterable[Any], length: int, label: str) -> Iterator[Any]:
    """Show a bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty() or length < 2:
        yield from items
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as shown:
        for item in items:
            shown.update(1)
            yield item


def how_to_say(message: str) -> str:
    """A message about a document, with the way to say on the command line what the document is, where it asks that."""
    from parsers.detect import SAY_SO, kinds

    return f"{message} with “ingest --kind”: {', '.join(kinds())}" if message.endswith(SAY_SO) else message


def link_and_say(store: Store, config: Config, *, everything: bool = False, workers: Workers | None = None) -> None:
    """Do all that follows an import, and tell what it found."""
    from aggregator import pipeline
    from aggregator.workers import HERE

    with bar("linking") as tick:
        report = pipeline.refresh(store, config, everything=everything, tick=tick, workers=workers or HERE)
    for note in report.notes:
        say(note)
    say(
        f"compared {number(report.coverage, 'piece')} of coverage with {number(report.positions, 'position')}: "
        f"{number(report.changes.new, 'new proposal')}, {report.proposed} open in the archive, "
        f"{report.likely} of these likely"
    )
