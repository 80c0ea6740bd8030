"""The command line's decisions on an issue and its mails: hold, release, skip, redraft, resolve, replay."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli_base import App, number, pass_app, printable, say

if TYPE_CHECKING:
    from aggregator.store import Store

REASON = click.option("--reason", help="Why, for the log.")


def reading(app: App) -> Store:
    """The archive, not to be written."""
    store = app.store()
    store.read_only()
    return store


def me() -> str:
    """Who sits at this terminal, for the log."""
    import getpass

    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError, ImportError):
        return "command line"


@click.command("hold")
@click.argument("issue")
@REASON
@pass_app
def hold(app: App, /, issue: str, reason: str | None) -> None:
    """Keep an issue back until somebody releases it.

    \b
    Example:
      python run.py digest hold 2026-W46 --reason "wait for the chair's quote"
    """
    from aggregator import issues

    with app.store() as store:
        issues.hold(store, issue, who=me(), reason=reason)
    say(f"{issue} is held; run.py digest release {issue} lets it go")


@click.command("release")
@click.argument("issue", required=False)
@click.option("--adopt", is_flag=True, help="This archive, restored or moved, is the one that sends from now on.")
@REASON
@pass_app
def release(app: App, /, issue: str | None, adopt: bool, reason: str | None) -> None:
    """Let a held issue go: at its time, or at once where that has passed.

    A restored archive, or one that sent and was copied or moved, sends nothing until --adopt says that it is the one.
    What the send journal knows as sent is not sent again.

    \b
    Example:
      python run.py digest release 2026-W46
      python run.py digest release --adopt
    """
    from aggregator import issues, sending

    if not issue and not adopt:
        raise click.UsageError("name an issue, or give --adopt")
    with app.store() as store:
        if adopt:
            sending.adopt(store, who=me())
            say("this archive sends from now on")
        if issue:
            row = issues.release(store, issue, who=me(), reason=reason)
            say(f"{issue} is {row['state']}; it goes out at {row['send_at']}, by the service or run.py digest send")


@click.command("skip")
@click.argument("issue")
@REASON
@pass_app
def skip(app: App, /, issue: str, reason: str | None) -> None:
    """Never send this issue; what it held waits for the next one.

    \b
    Example:
      python run.py digest skip 2026-W52 --reason "nobody reads over the holidays"
    """
    from aggregator import issues

    with app.store() as store:
        issues.skip(store, issue, who=me(), reason=reason)
    say(f"{issue} is skipped; what it held waits for the next issue")


@click.command("redraft")
@click.argument("issue")
@pass_app
def redraft(app: App, /, issue: str) -> None:
    """Choose and order the items of a draft again, with corrections and links as they stand now.

    Headlines, outlets and dates that were corrected since reach an issue so; decisions on links do by themselves.
    Once the first mail is made, nothing of an issue changes any more.

    \b
    Example:
      python run.py digest redraft 2026-W46
    """
    from aggregator import issues

    config = app.config()
    with app.store() as store:
        issues.redraft(store, config, issue, who=me())
    say(f"{issue} is drafted anew from the same items")


@click.command("resolve")
@click.argument("issue")
@click.argument("address")
@click.option("--delivered", "verdict", flag_value="delivered", help="It arrived.")
@click.option("--resend", "verdict", flag_value="resend", help="Send it again, the same mail.")
@click.option("--reason", required=True, help="How you know; it goes into the log.")
@pass_app
def resolve(app: App, /, issue: str, address: str, verdict: str | None, reason: str) -> None:
    """Settle a mail in doubt: it arrived, or it is to be sent again.

    Only a person can know; a mailbox that has the Message-ID, or the mail server's log, is good evidence.
    A mail that failed can be sent again too; one that the server took never is.

    \b
    Example:
      python run.py digest resolve 2026-W46 ada@example.org --delivered --reason "Ada has it"
    """
    from aggregator import sending

    if verdict is None:
        raise click.UsageError("say --delivered or --resend")
    with app.store() as store:
        sending.resolve(store, issue, address, delivered=verdict == "delivered", who=me(), reason=reason)
    say(f"{issue} to {address}: " + ("sent" if verdict == "delivered" else "waits to be sent again"))


@click.command("replay")
@click.argument("issue")
@click.option("--out", type=click.Path(path_type=Path), help="Write the mails made again into this folder.")
@pass_app
def replay(app: App, /, issue: str, out: Path | None) -> None:
    """Make the mails of an issue again from what was frozen, and compare them with those stored.

    \b
    Example:
      python run.py digest replay 2026-W46
    """
    from aggregator import issues
    from aggregator.send_outbox import file_name

    config = app.config()
    with reading(app) as store:
        found = issues.replay(store, config, issue)
    for one in found:
        click.echo(printable(f"{'same  ' if one.same else 'differs'} {one.recipient}"))
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            (out / file_name(issue, one.recipient)).write_bytes(one.made)
    different = sum(not one.same for one in found)
    say(
        f"{number(len(found), 'mail')}, {different} differ"
        + (": settings or templates have changed since" if different else "")
    )
    if different:
        sys.exit(1)
