"""The command line’s verb of files: ingest."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli_base import (
    App,
    as_json_line,
    counted,
    how_to_say,
    link_and_say,
    number,
    pass_app,
    printable,
    progress,
    say,
    with_workers,
)

if TYPE_CHECKING:
    from aggregator.model import FileReport


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--kind", help="Say what it is instead of looking: scrape, article, positions, feed …")
@click.option("--author", help="Bluesky handle of the account an export belongs to.")
@click.option("--outlet", help="Outlet of an article.")
@click.option("--url", help="Address of an article.")
@click.option("--published", help="Day or time an article came out: 2026-11-09 or 2026-11-09T08:30.")
@click.option("--timezone", help="Zone of times that carry none, as in Europe/London.")
@click.option("--area", help="Policy area of a position paper.")
@click.option("--dry-run", is_flag=True, help="Show what would happen; store nothing.")
@click.option("--force", is_flag=True, help="Read files again that were read before, byte for byte.")
@with_workers
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@pass_app
def ingest(
    app: App,
    /,
    paths: tuple[str, ...],
    dry_run: bool,
    force: bool,
    as_json: bool,
    count: int,
    cluster: str | None,
    **options: str | None,
) -> None:
    """Take files in: Bluesky exports, articles, feeds, position papers.

    What a file is comes from its content.
    Folders are searched, gzip and zip are opened; - reads standard input.
    A file that is an article of the archive becomes one with it, and is told so, by --dry-run too.
    With --workers or --dask others read and link; this process stores, so the archive is the same.

    \b
    Example:
      python run.py ingest positions.txt bluesky.txt
      python run.py ingest --outlet "The Courier" --published 2026-11-09 pasted.txt
      python run.py ingest --workers 4 old-exports/
    """
    import tempfile

    from aggregator import pipeline
    from aggregator.errors import CuttingsError
    from aggregator.workers import workers

    config = app.config()
    hint = _hint(options, config.ingest.timezone)
    failed = read = 0
    inputs = list(pipeline.find_inputs(paths))
    if not inputs:
        raise CuttingsError(f"there are no files in {', '.join(paths)}; name files, or a folder that holds some")
    with tempfile.TemporaryDirectory() as folder:
        # A dry run on an archive that is not there must not make one.
        # Nor must a slip in the name of a file.
        nothing = not any(item.path is None or item.path.exists() for item in inputs)
        is_trial = (dry_run or nothing) and not app.db.exists()
        trial = App(app.config_path, Path(folder) / "trial.db") if is_trial else app
        with workers(count, cluster) as crew, trial.store(create=True) as store:
            reports = pipeline.ingest(store, inputs, config, hint, dry_run=dry_run, force=force, workers=crew)
            for report in progress(reports, len(inputs), "reading"):
                read += 1  # members of a bundle are files of their own
                failed += report.error is not None
                click.echo(as_json_line(report) if as_json else printable(_file_lines(report)))
            if not dry_run and not nothing:
                link_and_say(store, config, workers=crew)
    if failed:
        rest = "nothing was stored" if dry_run else "nothing went in" if failed == read else "the others are in"
        say(f"{failed} of {number(read, 'file')} could not be used; {rest}")
        sys.exit(1)


def _hint(options: dict[str, str | None], default_zone: str) -> Any:
    from parsers.detect import format_name
    from parsers.errors import UnknownFormatError
    from parsers.model import Hint

    kind, published = options["kind"], options["published"]
    date_only = published is not None and len(published) <= len("2026-11-09")
    zone = "UTC" if date_only else options["timezone"] or default_zone
    try:
        kind = format_name(kind) if kind else None
    except UnknownFormatError as exc:
        raise click.BadParameter(str(exc)) from exc
    return Hint(
        kind=kind,
        published_at=_moment(published, zone) if published else None,
        date_only=date_only,
        author=options["author"],
        outlet=options["outlet"],
        url=_address(options["url"]),
        timezone=_zone(options["timezone"]),
        area=options["area"],
    )


def _moment(text: str, zone: str | None) -> dt.datetime:
    """A day or time from the command line as aware UTC."""
    import zoneinfo

    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zoneinfo.ZoneInfo(zone) if zone else dt.UTC)
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as exc:
        raise click.BadParameter(f"“{text}” is no time; write 2026-11-09 or 2026-11-09T08:30") from exc
    except zoneinfo.ZoneInfoNotFoundError as exc:
        raise click.BadParameter(f"“{zone}” is no time zone; write one like Europe/London") from exc


def _address(url: str | None) -> str | None:
    """An address from the command line as the archive names pages; a slip is refused."""
    from parsers.urls import canonical

    if url is None:
        return None
    found = canonical(url)
    if found is None:
        raise click.BadParameter(f"“{url}” is no web address; write one like https://news.example.org/story")
    return found


def _zone(name: str | None) -> str | None:
    """A time zone from the command line; a slip is refused, because it would change the names of posts."""
    import zoneinfo

    try:
        return name and zoneinfo.ZoneInfo(name).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise click.BadParameter(f"“{name}” is no time zone; write one like Europe/London") from exc


def _file_lines(report: FileReport) -> str:
    """What one file gave, as lines a person reads."""
    from aggregator import unknown

    if report.error:
        return f"{report.name}\n  not used: {how_to_say(report.error)}"
    kinds = ", ".join(number(n, kind) for kind, n in sorted(report.records.items())) or "nothing"
    lines = [
        report.name,
        f"  {report.format}: {report.reason}",
        f"  {kinds}: {counted(report.changes)}",
    ]
    if report.joined:
        lines.append(
            f"  joined with {report.joined}; only a backup from before parts the two, --dry-run tells it first"
        )
    if report.repair:
        lines.append(f"  {report.repair}")
    missing = unknown.told(report.unknown, report.format)
    if missing:
        lines.append(f"  {missing}")
    for problem in report.problems[:10]:
        place = f"{problem.where}: " if problem.where not in ("", "hint") else ""
        lines.append(f"  {problem.severity}: {place}{problem.message}")
    if len(report.problems) > 10:
        lines.append(f"  … and {len(report.problems) - 10} more problems")
    return "\n".join(lines)
