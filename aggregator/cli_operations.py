"""The command line’s verbs for whoever keeps it running: backup, restore, doctor, reindex, reprocess."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli_base import App, as_json_line, link_and_say, number, pass_app, printable, say

if TYPE_CHECKING:
    from aggregator.reprocess import Difference


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder; beside the archive if left out.")
@pass_app
def backup(app: App, /, folder: Path | None) -> None:
    """Copy the archive while it is in use, check the copy, thin out older ones.

    Seven daily, five weekly and twelve monthly copies stay.

    \b
    Example:
      python run.py backup
    """
    from aggregator import operations

    with app.store(whatever=True) as store:  # a slip in the settings must not cost a night's copy
        path, counts = operations.backup(store, folder)
    click.echo(f"{path}: {sum(counts.values())} rows, opened and checked")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--check", "check_only", is_flag=True, help="Prove that the backup can be restored; change nothing.")
@pass_app
def restore(app: App, /, file: Path | None, check_only: bool) -> None:
    """Put a backup in place of the archive; without FILE, the newest one.

    The archive that was there is kept beside it, and the restored one sends no mail until it is released.

    \b
    Example:
      python run.py restore --check
      python run.py restore data/cuttings.db.backups/cuttings-20261109T020000Z.db
    """
    from aggregator import operations

    source, counts, aside = operations.restore(app.db, file, check_only=check_only)
    if check_only:
        click.echo(f"{source} is sound: {sum(counts.values())} rows")
        return
    click.echo(f"restored {source} to {app.db}: {sum(counts.values())} rows")
    if aside:
        click.echo(f"what was there before is {aside}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding, for monitoring.")
@pass_app
def doctor(app: App, /, as_json: bool) -> None:
    """Check the settings, the archive, the service, deliveries, disk and backups.

    The exit code is 1 when something needs a person, else 0.

    \b
    Example:
      python run.py doctor
      python run.py doctor --json
    """
    from aggregator.doctor import doctor as examine
    from aggregator.doctor import settings
    from aggregator.doctor_machine import machine
    from aggregator.doctor_settings import choices
    from aggregator.pipeline import now

    findings = [
        settings(app.config, app.config_path),
        *choices(app.config, app.db, now()),
        *machine(app.db),
        *examine(app.db, app.config),
    ]
    for finding in findings:
        if as_json:
            click.echo(as_json_line(finding))
            continue
        click.echo(printable(f"{'ok  ' if finding.ok else 'BAD '} {finding.name}: {finding.detail}"))
        if finding.advice:
            click.echo(printable(f"       → {finding.advice}"))
    if not all(finding.ok for finding in findings):
        sys.exit(1)


@click.command()
@pass_app
def reindex(app: App, /) -> None:
    """Build the search index anew from the archive.

    \b
    Example:
      python run.py reindex
    """
    with app.store() as store:
        for table, n in store.care.reindex().items():
            click.echo(f"{table}: {n} rows indexed")


@click.command()
@click.option("--write", is_flag=True, help="Keep what changed; without it, only show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a record that differs.")
@pass_app
def reprocess(app: App, /, write: bool, as_json: bool) -> None:
    """Read all stored documents anew with today's parsers and show what that changes.

    Useful after an upgrade.
    Nobody else can write meanwhile; a backup before --write is a good habit.

    \b
    Example:
      python run.py reprocess
      python run.py backup && python run.py reprocess --write
    """
    from aggregator.reprocess import reprocess as read_anew

    config = app.config()
    with app.store() as store:
        report = read_anew(store, config, write=write)
        for difference in report.differences:
            click.echo(as_json_line(difference) if as_json else printable(_difference_lines(difference)))
        if report.written:
            link_and_say(store, config)
    refused = f", {report.refused} of them not used" if report.refused else ""
    kept = "kept" if report.written else "nothing was written" if write else "nothing was written; --write keeps it"
    say(f"{number(report.documents, 'document')} read{refused}: {number(report.changed, 'record')} differ; {kept}")


def _difference_lines(difference: Difference) -> str:
    """What a record was and what it would be, one field a pair of lines."""
    if not difference.old or not difference.new:
        return f"{difference.kind} {difference.id}: {'new' if difference.new else 'gone'}"
    lines = [f"{difference.kind} {difference.id}"]
    for name, new in difference.new.items():
        old = difference.old[name]
        lines += [f"  {name}", f"  - {_short(old, new)}", f"  + {_short(new, old)}"]
    return "\n".join(lines)


def _short(value: Any, other: Any) -> str:
    """A value on one line, from a little before the place at which it differs from the other."""
    one, two = (" ".join(str(v).split()) for v in (value, other))
    place = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    start = max(0, place - 30)
    return ("…" if start else "") + one[start : start + 100] + ("…" if len(one) > start + 100 else "")
