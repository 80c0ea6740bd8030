"""The command line's verbs of links: decide on one, and see and change the words behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from aggregator.cli_base import App, as_json_line, number, pass_app, printable, say

if TYPE_CHECKING:
    from aggregator.store import Store
    from aggregator.store.connect import Row
    from aggregator.store.people import Person

_WHO = click.option("--who", required=True, help="Your name, for the log.")


@click.command()
@click.argument("coverage")
@click.argument("statement", required=False)
@click.argument("action", required=False, type=click.Choice(["confirm", "reject", "add", "undo"]))
@click.option("--none", "none", is_flag=True, help="No position fits: reject what is proposed, remember the topic.")
@_WHO
@click.option(
    "--stance",
    type=click.Choice(["supports", "challenges", "mentions"]),
    help="What the coverage says of the position.",
)
@pass_app
def decide(
    app: App, /, coverage: str, statement: str | None, action: Any, none: bool, who: str, stance: str | None
) -> None:
    """Decide on the link between coverage and a position, or say that no position fits.

    Both are named by id.

    A rejected link stays away, from near-copies too, until the text or the position changes materially.
    What decisions teach comes into force when links are made next.

    \b
    Example:
      python run.py decide t-1f3a5c7e9b02 s-0123456789ab confirm --who Ada
      python run.py decide t-1f3a5c7e9b02 s-0123456789ab undo --who Ada
      python run.py decide t-1f3a5c7e9b02 --none --who Ada
      python run.py decide t-1f3a5c7e9b02 undo --none --who Ada
    """
    from aggregator import pipeline

    by = person(who)
    if none:
        _none_fits(app, coverage, statement, stance or action, by)
        return
    if statement is None or action is None:
        raise click.UsageError("name a position and what to do with it, or say that none fits with --none")
    with app.store() as store, store.transaction():
        row = _coverage(store, coverage)
        if action == "undo":
            store.review.undo_pair(row, statement, who=by, now=pipeline.stamp())
        else:
            link = store.review.pair(row["id"], statement)
            version = link["version"] if link else None
            store.review.decide(row, statement, action, who=by, now=pipeline.stamp(), expected=version, stance=stance)
        after = store.review.pair(row["id"], statement)
    click.echo(f"{row['key']} and {statement}: {after['status'] if after else 'no link'}")


def _none_fits(app: App, coverage: str, undo: str | None, extra: str | None, who: Person) -> None:
    """Say that no position fits, or take that back."""
    from aggregator import pipeline

    if extra or undo not in (None, "undo"):
        raise click.UsageError("with --none, give the coverage only; or the coverage and “undo”")
    with app.store() as store, store.transaction():
        row = _coverage(store, coverage)
        if undo:
            store.review.undo_no_fit(row, who=who, now=pipeline.stamp())
            click.echo(f"{row['key']}: open again")
            return
        links = [link for link in store.reading.links(row["id"]) if link["status"] == "proposed"]
        seen = [(link["key"], link["version"]) for link in links]
        store.review.no_fit(row, seen, who=who, now=pipeline.stamp())
        kept = store.review.kept(row["id"])
    fits = f"no position fits beside {', '.join(kept)}, which stays" if kept else "no position fits"
    click.echo(f"{row['key']}: {fits}, {len(seen)} rejected")


def _coverage(store: Store, key: str) -> Row:
    from aggregator.errors import NotFoundError

    row = store.reading.coverage(key)
    if row is None:
        raise NotFoundError(f"there is no coverage “{key}”; “export links” shows ids")
    return row


def person(name: str) -> Person:
    """Who decides at the command line; no account is needed, because whoever can write the file may."""
    from aggregator.store.people import Person

    if not name.strip():
        raise click.BadParameter("the log needs a name", param_hint="--who")
    return Person(id=0, name=name.strip(), role="reviewer", session="command line")


# ------------------------------------------------------------------ words


@click.group()
def words() -> None:
    """Words that decisions taught, and “also known as” words of positions.

    \b
    Example:
      python run.py words list
      python run.py words alias s-0123456789ab "report cards" --who Ada
    """


@words.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a word.")
@pass_app
def words_list(app: App, /, as_json: bool) -> None:
    """List learned words and “also known as” words, and what learning did last.

    \b
    Example:
      python run.py words list
    """
    with app.store() as store:
        state = store.words.state()
        for term in store.words.learned():
            told = f"learned from {number(term.support, 'piece')}, adds {term.weight:.2f}"
            click.echo(as_json_line(term) if as_json else printable(f"{term.statement_id}  {term.text}: {told}"))
        for row in store.words.aliases():
            if as_json:
                click.echo(
                    as_json_line({"statement_id": row["key"], "text": row["alias"], "added_by": row["added_by"]})
                )
            else:
                click.echo(printable(f"{row['key']}  {row['alias']}: also known as, by {row['added_by'] or 'a paper'}"))
    say(state.note)


@words.command("delete")
@click.argument("statement")
@click.argument("word")
@_WHO
@pass_app
def words_delete(app: App, /, statement: str, word: str, who: str) -> None:
    """Delete a learned word, or an “also known as” word, of a position. A deleted learned word stays away.

    \b
    Example:
      python run.py words delete s-0123456789ab "report" --who Ada
    """
    from aggregator import pipeline

    with app.store() as store, store.transaction():
        if _is_alias(store, statement, word):
            store.words.remove_alias(statement, word)
        else:
            store.words.forget(statement, word, who=who, now=pipeline.stamp())
    _say_next(f"“{word}” is gone")


@words.command("promote")
@click.argument("statement")
@click.argument("word")
@_WHO
@pass_app
def words_promote(app: App, /, statement: str, word: str, who: str) -> None:
    """Make a learned word an “also known as” word of its position.

    \b
    Example:
      python run.py words promote s-0123456789ab "report cards" --who Ada
    """
    from aggregator import pipeline

    with app.store() as store:
        store.words.promote(statement, word, who=who, now=pipeline.stamp())
    _say_next(f"{statement} is also known as “{word}”")


@words.command("alias")
@click.argument("statement")
@click.argument("word")
@_WHO
@pass_app
def words_alias(app: App, /, statement: str, word: str, who: str) -> None:
    """Give a position an “also known as” word: what coverage calls its subject.

    \b
    Example:
      python run.py words alias s-0123456789ab "report cards" --who Ada
    """
    from aggregator import pipeline

    with app.store() as store:
        store.words.add_alias(statement, word, who=who, now=pipeline.stamp())
    _say_next(f"{statement} is also known as “{word}”")


def _is_alias(store: Store, statement: str, word: str) -> bool:
    known = {(row["key"], row["alias"].casefold()) for row in store.words.aliases()}
    return (statement, word.casefold()) in known


def _say_next(what: str) -> None:
    say(printable(f"{what}; recent coverage is linked again with “run.py link”"))
