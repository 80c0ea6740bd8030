"""The command line: thin, one function a verb; what verbs do stands in `pipeline`.

Data goes to standard output, progress and messages to standard error.
Known errors end with one message and 1; unknown errors are bugs and keep their traceback.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from aggregator.config import Config
    from aggregator.model import FileReport
    from aggregator.reprocess import Difference
    from aggregator.store import Store

DEFAULT_DB = Path("data/cuttings.db")


class App:
    """What all commands share: the paths given, settings and archive opened when asked for."""

    def __init__(self, config_path: Path | None, db: Path) -> None:
        self.config_path = config_path
        self.db = db

    def config(self) -> Config:
        """The settings."""
        from aggregator.config import load

        return load(self.config_path)

    def store(self, *, create: bool = False) -> Store:
        """The archive; only what fills one may `create` it, so that a slip in --db is not an empty archive."""
        from aggregator.errors import NotFoundError
        from aggregator.store import Store

        if not create and not self.db.exists():
            raise NotFoundError(f"{self.db}: there is no archive; “run.py ingest” makes one, --db names another")
        return Store(self.db)


pass_app = click.make_pass_decorator(App)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
    context.obj = App(config_path, db)


def main() -> None:
    """Run the command line; known errors become one message."""
    from aggregator.errors import CuttingsError
    from parsers.errors import ParseError

    try:
        cli.main(prog_name="cuttings" if not sys.argv[0].endswith("run.py") else "run.py", standalone_mode=False)
    except (CuttingsError, ParseError) as exc:
        say(f"error: {exc}")
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
    """What to say of a full disk, a locked archive and the like; None for a bug."""
    connect = sys.modules.get("aggregator.store.connect")  # without it there was no database
    message: str | None = connect.trouble(exc) if connect else None
    return message


def say(message: str) -> None:
    """A message to the person, on standard error, safe for a terminal."""
    click.echo(printable(message), err=True)


def printable(text: str) -> str:
    """Text without what could steer a terminal or hide itself: controls, bidi overrides, zero width."""
    from aggregator.neutral import neutral

    return neutral(text)


# ------------------------------------------------------------------ ingest


@cli.command()
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
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@pass_app
def ingest(
    app: App, /, paths: tuple[str, ...], dry_run: bool, force: bool, as_json: bool, **options: str | None
) -> None:
    """Take files in: Bluesky exports, articles, feeds, position papers.

    What a file is comes from its content.
    Folders are searched, gzip and zip are opened; - reads standard input.

    \b
    Example:
      python run.py ingest positions.txt bluesky.txt
      python run.py ingest --outlet "The Courier" --published 2026-11-09 pasted.txt
    """
    import tempfile

    from aggregator import pipeline
    from aggregator.errors import CuttingsError

    config = app.config()
    hint = _hint(options, config.ingest.timezone)
    failed = 0
    inputs = list(pipeline.find_inputs(paths))
    if not inputs:
        raise CuttingsError(f"there are no files in {', '.join(paths)}; name files, or a folder that holds some")
    with tempfile.TemporaryDirectory() as folder:
        # A dry run on an archive that is not there must not make one.
        trial = App(app.config_path, Path(folder) / "trial.db") if dry_run and not app.db.exists() else app
        with trial.store(create=True) as store:
            reports = pipeline.ingest(store, inputs, config, hint, dry_run=dry_run, force=force)
            for report in _progress(reports, len(inputs), "reading"):
                failed += report.error is not None
                click.echo(_json(report) if as_json else printable(_file_lines(report)))
            if not dry_run:
                _link_and_say(store, config)
    if failed:
        rest = "nothing went in" if failed == len(inputs) else "the others are in"
        say(f"{failed} of {_number(len(inputs), 'file')} could not be used; {rest}")
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
    if report.error:
        return f"{report.name}\n  not used: {report.error}"
    kinds = ", ".join(_number(n, kind) for kind, n in sorted(report.records.items())) or "nothing"
    changes = report.changes
    lines = [
        report.name,
        f"  {report.format}: {report.reason}",
        f"  {kinds}: {changes.new} new, {changes.changed} changed, {changes.unchanged} unchanged",
    ]
    if report.repair:
        lines.append(f"  {report.repair}")
    for problem in report.problems[:10]:
        place = f"{problem.where}: " if problem.where else ""
        lines.append(f"  {problem.severity}: {place}{problem.message}")
    if len(report.problems) > 10:
        lines.append(f"  … and {len(report.problems) - 10} more problems")
    return "\n".join(lines)


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _link_and_say(store: Store, config: Config, *, everything: bool = False) -> None:
    from aggregator import pipeline

    with _bar("linking") as tick:
        report = pipeline.refresh(store, config, everything=everything, tick=tick)
    for note in report.notes:
        say(note)
    say(
        f"compared {_number(report.coverage, 'piece')} of coverage with {_number(report.positions, 'position')}: "
        f"{report.changes.new} new proposals, {report.proposed} open, {report.likely} of these likely"
    )


@contextlib.contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """Something to tell how much of how much is done: a bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def tick(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield tick


def _progress(items: Iterable[Any], length: int, label: str) -> Iterator[Any]:
    """Show a bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty() or length < 2:
        yield from items
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        for item in items:
            bar.update(1)
            yield item


# ------------------------------------------------------------------ link, export


@cli.command()
@click.option("--all", "everything", is_flag=True, help="All coverage, not only what is new or changed.")
@pass_app
def link(app: App, /, everything: bool) -> None:
    """Propose links from coverage to positions.

    \b
    Example:
      python run.py link --all
    """
    config = app.config()
    with app.store() as store:
        _link_and_say(store, config, everything=everything)


@cli.command()
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
            _write_csv(rows)
        else:
            for row in rows:
                click.echo(json.dumps(row, ensure_ascii=False))


def _write_csv(rows: Iterable[dict[str, Any]]) -> None:
    """Rows as CSV; cells that a spreadsheet would run as formulas are quoted with an apostrophe."""
    import csv

    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(row), lineterminator="\r\n")
            writer.writeheader()
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


def _json(record: Any) -> str:
    import msgspec

    return msgspec.json.encode(record).decode("utf-8", "replace")


# ------------------------------------------------------------------ search


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@click.option("--best", is_flag=True, help="Best match first instead of newest first.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a hit, all of them.")
@pass_app
def search(app: App, /, query: tuple[str, ...], best: bool, limit: int, as_json: bool) -> None:
    """Search the archive with the language of the web app.

    Words together, "words in order", wor*, -not, (this OR that), and operators: outlet: from: position: is: has:
    date: week: area: story:

    \b
    Example:
      python run.py search '"pupil premium" -from:minister is:proposed date:P2W'
    """
    # The corridor and its parsers cost more than a search.
    from aggregator import times

    text, today = " ".join(query), times.now().date()
    with app.store() as store:
        if as_json:
            for hit in store.search.each(text, today=today):
                click.echo(_json(hit))
            return
        result = store.search.find(text, today=today, order="best" if best else "newest", limit=limit)
    for hit in result.hits:
        day = (hit.published_at or "no date")[:10]
        title = hit.headline or " ".join(hit.text.split()[:12])
        click.echo(printable(f"{hit.key}  {day}  {hit.who or 'unknown'}: {title}"))
        if hit.snippet:
            passage = "".join(f"[{s.text}]" if s.marked else s.text for s in hit.snippet)
            click.echo(printable("    " + " ".join(passage.split())))
    say(f"{result.total}{'+' if result.capped else ''} found, {len(result.hits)} shown")


# ------------------------------------------------------------------ understand


@cli.command()
@click.argument("target")
@pass_app
def explain(app: App, /, target: str) -> None:
    """Tell how a file, url or record was recognised, repaired, stitched and linked, and why.

    \b
    Example:
      python run.py explain bluesky.txt
      python run.py explain t-1f3a5c7e9b02
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


@cli.command()
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

    text, _ = decode(file.read())
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
        click.echo(printable(shown) if sys.stdout.isatty() else shown, nl=False)
    say(repaired.receipt)


@cli.command()
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


# ------------------------------------------------------------------ web


@cli.command()
@click.option("--host", help="Address to listen on; [web] host of the settings.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; [web] port of the settings.")
@pass_app
def serve(app: App, /, host: str | None, port: int | None) -> None:
    """Serve the review web app.

    Listens on this machine only, unless accounts, https and a proxy are in place.

    \b
    Example:
      python run.py user add Ada --role admin
      python run.py serve
    """
    from aggregator.web.serve import serve as serve_app

    config = app.config()
    serve_app(app.db, config, host or config.web.host, port or config.web.port)


@cli.group()
def user() -> None:
    """Who may use the web app.

    \b
    Example:
      python run.py user add Ada --role reviewer
      python run.py user list
    """


@user.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["viewer", "reviewer", "admin"]),
    default="reviewer",
    show_default=True,
    help="What it may do: look, decide, or all.",
)
@pass_app
def user_add(app: App, /, name: str, role: Any) -> None:
    """Make an account and print the one-time link with which its owner chooses a password.

    \b
    Example:
      python run.py user add Ada --role admin
    """
    from aggregator import pipeline

    with app.store() as store:
        secret = store.people.add(name, role, pipeline.now())
    _say_link(app.config(), secret)


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an account.")
@pass_app
def user_list(app: App, /, as_json: bool) -> None:
    """List the accounts.

    \b
    Example:
      python run.py user list
    """
    with app.store() as store:
        for row in store.people.all():
            if as_json:
                names = ("name", "role", "created_at", "seen_at")
                click.echo(json.dumps({key: row[key] for key in names}, ensure_ascii=False))
                continue
            state = "" if row["password"] else ", has not chosen a password yet"
            click.echo(printable(f"{row['name']}: {row['role']}, last here {row['seen_at'] or 'never'}{state}"))


@user.command("reset")
@click.argument("name")
@pass_app
def user_reset(app: App, /, name: str) -> None:
    """Forget a password, end all sessions, and print a new one-time link.

    \b
    Example:
      python run.py user reset Ada
    """
    from aggregator import pipeline

    with app.store() as store:
        secret = store.people.reset(name, pipeline.now())
    _say_link(app.config(), secret)


@user.command("remove")
@click.argument("name")
@pass_app
def user_remove(app: App, /, name: str) -> None:
    """Close an account; what it decided keeps its name.

    \b
    Example:
      python run.py user remove Ada
    """
    from aggregator import pipeline

    with app.store() as store:
        store.people.remove(name, pipeline.now())
    say(f"{name} cannot sign in any more")


def _say_link(config: Config, secret: str) -> None:
    base = config.digest.public_base_url or f"http://{config.web.host}:{config.web.port}"
    say("this link works once, for three days; give it to its owner and nobody else:")
    click.echo(f"{base.rstrip('/')}/set-up/{secret}")


# ------------------------------------------------------------------ operations


@cli.command()
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

    with app.store() as store:
        path, counts = operations.backup(store, folder)
    click.echo(f"{path}: {sum(counts.values())} rows, opened and checked")


@cli.command()
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


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding, for monitoring.")
@pass_app
def doctor(app: App, /, as_json: bool) -> None:
    """Check the archive, the service, deliveries, disk and backups; exit code 1 when something needs a person.

    \b
    Example:
      python run.py doctor
      python run.py doctor --json
    """
    from aggregator import operations

    findings = operations.doctor(app.db)
    for finding in findings:
        if as_json:
            click.echo(_json(finding))
            continue
        click.echo(printable(f"{'ok  ' if finding.ok else 'BAD '} {finding.name}: {finding.detail}"))
        if finding.advice:
            click.echo(printable(f"       → {finding.advice}"))
    if not all(finding.ok for finding in findings):
        sys.exit(1)


@cli.command()
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


@cli.command()
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
            click.echo(_json(difference) if as_json else printable(_difference_lines(difference)))
        if report.written:
            _link_and_say(store, config)
    refused = f", {report.refused} of them not used" if report.refused else ""
    kept = "kept" if report.written else "nothing was written" if write else "nothing was written; --write keeps it"
    say(f"{_number(report.documents, 'document')} read{refused}: {_number(report.changed, 'record')} differ; {kept}")


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


# ------------------------------------------------------------------ demo


@cli.command()
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


# The verbs of the digest and of fetching stand in files of their own; importing them adds them.
from aggregator import cli_digest as _digest  # noqa: E402, F401
from aggregator import cli_fetch as _fetch  # noqa: E402, F401
from aggregator import cli_links as _links  # noqa: E402, F401
