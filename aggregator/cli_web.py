"""The command line’s verbs of the review app: serve, user."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli_base import App, pass_app, printable, say

if TYPE_CHECKING:
    from aggregator.store import Store


@click.command()
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


@click.group()
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
@click.option("--mail", help="Where test mails of the digest go; the owner can change it.")
@pass_app
def user_add(app: App, /, name: str, role: Any, mail: str | None) -> None:
    """Make an account and print the one-time link with which its owner chooses a password.

    \b
    Example:
      python run.py user add Ada --role admin --mail ada@example.org
    """
    from aggregator import pipeline

    with app.store() as store:
        _say_link(app, store, store.people.add(name, role, pipeline.now(), mail))


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
                names = ("name", "role", "mail", "created_at", "seen_at")
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
        _say_link(app, store, store.people.reset(name, pipeline.now()))


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


def _say_link(app: App, store: Store, secret: str) -> None:
    """Print a one-time link under the address at which its owner reaches the app."""
    from aggregator import addresses
    from aggregator.web.serve import serving

    config = app.config()
    say("this link works once, for three days; give it to its owner and nobody else:")
    click.echo(f"{addresses.app(config, serving(store))}/set-up/{secret}")
    if not config.digest.public_base_url and not config.web.trusted_hosts:
        say(
            "it opens on this machine only; [digest] public_base_url in the settings names the app's address for others"
        )
