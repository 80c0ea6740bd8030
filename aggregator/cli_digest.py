"""The command line's verbs of the digest: show, list and send; `cli_issues` has the decisions on an issue."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli_base import App, as_json_line, pass_app, printable, say
from aggregator.cli_issues import hold, me, reading, redraft, release, replay, resolve, skip

if TYPE_CHECKING:
    from aggregator.config import Config, Recipient
    from aggregator.issue_model import Digest, Window
    from aggregator.sending import SendReport
    from aggregator.store import Store

ISSUE = click.option("--issue", help="Week of the issue, as in 2026-W46; left out, the one that comes next.")


@click.group()
def digest() -> None:
    """The weekly digest: look at it, send it, hold it.

    \b
    Example:
      python run.py digest show --out out/
      python run.py digest show --from 2026-11-09 --until 2026-11-16
    """


for decision in (hold, release, skip, redraft, resolve, replay):
    digest.add_command(decision)


# ------------------------------------------------------------------ show


@digest.command("show")
@ISSUE
@click.option("--from", "from_day", type=click.DateTime(["%Y-%m-%d"]), help="Look back: first day.")
@click.option("--until", "until_day", type=click.DateTime(["%Y-%m-%d"]), help="Look back: day after the last.")
@click.option("--to", "address", help="As this recipient gets it.")
@click.option("--out", type=click.Path(path_type=Path), help="Write digest.html, .txt and .eml into this folder.")
@pass_app
def digest_show(
    app: App,
    /,
    issue: str | None,
    from_day: dt.datetime | None,
    until_day: dt.datetime | None,
    address: str | None,
    out: Path | None,
) -> None:
    """Show an issue: as it was frozen, or as it stands now; or look back on any days. Changes nothing.

    \b
    Example:
      python run.py digest show --out out/
      python run.py digest show --issue 2026-W46 --to press@example.org --out out/
      python run.py digest show --from 2026-11-09 --until 2026-11-16 --out out/
    """
    from aggregator import issues, sending

    config = app.config()
    with reading(app) as store:
        found, date = _digest(store, config, issue, from_day, until_day)
        reader = issues.reader_of(store, config, address)
        if address and reader not in issues.readers(store, config):
            say(f"{address} is none of the readers; this is what one without wishes of their own would get")
        row = store.issues.find(found.window.issue)
        late = bool(row and row["late"])
        secret = issues.link_secret(store, make=False)
        rendered = issues.rendered_for(found, config, reader, secret=secret, late=late)
        if out is None:
            click.echo(printable(rendered.text))
            return
        if row and not row["merged_into"]:
            body, _ = sending.preview(store, config, address, row["id"])
        else:
            body = issues.mail_for(found, config, reader, date=date, secret=secret)
    out.mkdir(parents=True, exist_ok=True)
    files = {"digest.html": rendered.html.encode(), "digest.txt": rendered.text.encode(), "digest.eml": body}
    for name, data in files.items():
        (out / name).write_bytes(data)
        click.echo(out / name)


def _digest(
    store: Store, config: Config, issue: str | None, from_day: dt.datetime | None, until_day: dt.datetime | None
) -> tuple[Digest, dt.datetime]:
    """The issue that the options name, else the one that goes out next, and its date."""
    from aggregator import issues, pipeline
    from aggregator.times import parse_utc

    if from_day or until_day:
        if issue:
            raise click.UsageError("give --issue, or --from and --until, not both")
        found = pipeline.compose_digest(store, config, _days(config, from_day, until_day))
        return found, found.window.until_at
    found = issues.standing(store, config, issue)
    row = store.issues.find(found.window.issue)
    return found, (parse_utc(row["send_at"]) if row else None) or found.window.until_at


def _days(config: Config, from_day: dt.datetime | None, until_day: dt.datetime | None) -> Window:
    from aggregator import weeks

    if not (from_day and until_day) or until_day <= from_day:
        raise click.UsageError("a look back needs --from DAY and a later --until DAY")
    return weeks.look_back(from_day.date(), until_day.date(), config)


# ------------------------------------------------------------------ list


@digest.command("list")
@click.argument("issue", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_app
def digest_list(app: App, /, issue: str | None, as_json: bool) -> None:
    """List the issues, or who got one of them, when, and what the server said.

    \b
    Example:
      python run.py digest list
      python run.py digest list 2026-W46
    """
    with reading(app) as store:
        if issue is None:
            for row in store.issues.all():
                click.echo(as_json_line(_issue_record(row)) if as_json else printable(_issue_line(row)))
            if not as_json and not store.issues.all():
                say("no issue yet: the first is drafted when its week closes and run.py schedule runs")
            off = store.meta.get("sending_off")
            if off:
                say(f"sending is off: {off}; run.py digest release --adopt")
            return
        row = store.issues.get(issue)
        if not as_json:
            click.echo(printable(f"{issue}  {row['state']}  {row['note'] or ''}".rstrip()))
        for delivery in store.deliveries.of_issue(issue):
            values, events = dict(delivery), store.deliveries.events(delivery["id"])
            if as_json:
                click.echo(as_json_line(_delivery_record(values, events)))
                continue
            line = f"{values['state']:8} {values['recipient']:32} {values['updated_at']}  {values['answer'] or ''}"
            for told in (line, *_earlier(events)):
                click.echo(printable(told.rstrip()))


def _issue_record(row: Any) -> dict[str, Any]:
    """An issue in the names of `export digests`, with how its mails stand in place of its pieces."""
    named = {"id": "issue", "from_at": "from", "until_at": "until", "items": "pieces"}
    values: dict[str, Any] = dict(row)
    return {named.get(name, name): value for name, value in values.items()} | {"late": bool(row["late"])}


def _delivery_record(values: dict[str, Any], events: Sequence[Any]) -> dict[str, Any]:
    """A mail of an issue with its log; the number of its row says nothing outside the archive."""
    log = [{name: event[name] for name in ("at", "before", "after", "who", "note")} for event in events]
    return (
        {"issue": values["issue_id"]}
        | {n: v for n, v in values.items() if n not in ("id", "issue_id")}
        | {"events": log}
    )


def _earlier(events: Sequence[Any]) -> list[str]:
    """A line for each time a mail came to an end before its latest, and for what a person then said of it."""
    ends = [n for n, event in enumerate(events) if event["after"] in ("sent", "failed", "unknown")]
    told = events[ends[0] : ends[-1]] if ends else []
    return [
        f"         before: {event['at']}  {event['after']}  by {event['who']}  {event['note'] or ''}"
        for event in told
        if event["after"] != "sending"
    ]


def _issue_line(row: Any) -> str:
    counts = [
        f"{row[f'{state}_count']} {state}"
        for state in ("sent", "pending", "sending", "held", "unknown", "failed")
        if row[f"{state}_count"]
    ]
    note = f"  ({row['note']})" if row["note"] else ""
    pieces = "piece " if row["items"] == 1 else "pieces"
    return f"{row['id']}  {row['state']:8}  {row['items']:5} {pieces}  {', '.join(counts)}{note}".rstrip()


# ------------------------------------------------------------------ send


@digest.command("send")
@ISSUE
@click.option("--to", "address", help="To this recipient only.")
@click.option("--test", "test", is_flag=True, help="A copy marked as a test to --to; counts for nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would go to whom; change nothing.")
@pass_app
def digest_send(app: App, /, issue: str | None, address: str | None, test: bool, dry_run: bool) -> None:
    """Send the issue that waits; where none waits, close the current week now and send it.

    Nobody gets an issue twice, however often this is called.
    Ends with 1 while a mail has not gone: failed, unknown, held, or waiting for the mail server.

    \b
    Example:
      python run.py digest send --dry-run
      python run.py digest send --test --to me@example.org
      python run.py digest send
    """
    from aggregator import sending

    config = app.config()
    if test and not address:
        raise click.UsageError("a test needs --to ADDRESS")
    if dry_run:
        _dry_run(app, config, issue, address)
        return
    with app.store() as store:
        if test and address:
            outcome = sending.send_test(store, config, address, issue)
            say(f"test mail to {address}: {outcome}")
            return
        name, report = _send(store, config, issue, address)
        if name is None:
            return
        counts = store.deliveries.counts(name)
        click.echo(f"{name}: " + (", ".join(f"{n} {state}" for state, n in sorted(counts.items())) or "no mail"))
        if config.smtp.host is None:
            say(f"no mail server is set in [smtp]: the mails are in {sending.outbox(store, config)}")
    _tell(report)


def _send(store: Store, config: Config, issue: str | None, address: str | None) -> tuple[str | None, SendReport]:
    """Send, or where the service runs, ask it to."""
    from aggregator import pipeline, sending
    from aggregator.errors import LockedError

    try:
        return sending.send_issue(store, config, issue, only=address)
    except LockedError as exc:
        waiting = store.issues.find(issue) if issue else next(iter(store.issues.in_state("draft", "released")), None)
        if address or waiting is None or waiting["state"] not in ("draft", "released"):
            raise
        with store.transaction():
            if waiting["state"] == "draft":
                store.issues.move(waiting["id"], ("draft",), "released", who=me(), now=pipeline.now(), note=None)
            store.issues.set_send_at(waiting["id"], pipeline.now())
        say(f"the service (pid {exc.pid}) is running; it sends {waiting['id']} within a minute")
        return None, sending.SendReport()


def _tell(report: SendReport) -> None:
    for note in report.notes:
        say(note)
    if report.held:
        say(f"held: {report.held}. Mend it, then run.py digest release ISSUE")
    if report.later:
        say("mails wait for the mail server: run.py digest send tries again, and so does run.py schedule")
    if report.held or report.failed or report.unknown or report.later:
        sys.exit(1)


def _dry_run(app: App, config: Config, issue: str | None, address: str | None) -> None:
    from aggregator import issues, neutral, pipeline, sending
    from aggregator.doctor_settings import slips

    with reading(app) as store:
        found, date = _digest(store, config, issue or issues.to_send(store, config), None, None)
        state, secret = store.issues.find(found.window.issue), issues.link_secret(store, make=False)
        known = {row["recipient"].casefold(): row["state"] for row in store.deliveries.of_issue(found.window.issue)}
        closes = "closed" if found.window.until_at <= pipeline.now() else "closes"
        there = state["state"] if state else f"not drafted yet, {closes} at {found.window.until_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{found.window.issue}: {found.items} {'piece' if found.items == 1 else 'pieces'}, {there}")
        if why := state and sending.refusal(state):
            say(f"{why}; nothing would go out")
            return
        readers, areas = issues.readers(store, config), store.board.areas()
        if not readers:
            say("nobody gets the digest yet: add [[recipients]] with an address to the settings")
        for reader in readers:
            if address and reader.address.casefold() != address.casefold():
                continue
            mail = known.get(reader.address.casefold())
            what = f"{mail} already" if mail else _would_get(found, config, reader, date, secret)
            click.echo(printable(f"  {neutral.line(reader.address)}: {what}"))
            for slip in slips(reader, areas, store.board.named(reader.positions)) if areas else ():
                click.echo(printable(f"    {neutral.line(slip)}"))
    say("nothing was sent or changed")


def _would_get(found: Digest, config: Config, reader: Recipient, date: dt.datetime, secret: str | None) -> str:
    from aggregator import issues
    from aggregator.errors import ConfigError
    from aggregator.units import half_up

    try:
        size = len(issues.mail_for(found, config, reader, date=date, secret=secret))
    except ConfigError as exc:
        return f"would get nothing: {exc}"
    return f"would get {half_up(size / 1000)} kB ({reader.depth}, {reader.format})"
