"""The command line's verbs of the glossary: what the linker knows about words, whatever the position."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from aggregator.cli_base import App, as_json_line, pass_app, printable, say

if TYPE_CHECKING:
    from aggregator.linkage import EntryAction
    from aggregator.linking_entries import Entry
    from aggregator.store import Store

#: As `aggregator.linking_entries.KINDS`, which would load the linker (a test compares them).
KINDS = ("same", "related", "generic", "ignore", "stop", "topics", "chatter")

_WHO = click.option("--who", required=True, help="Your name, for the log.")
_KIND = click.argument("kind", type=click.Choice(KINDS))
_MEANS = click.option("--means", default="", help="For related words: what our positions call it.")


@click.group()
def glossary() -> None:
    """What the linker knows about words: forms of one name, related words, words that carry little.

    \b
    The kinds of entries:
      same      forms of one name: abbreviation and long form
      related   coverage says the one, our positions mean the other
      generic   everyday words of the sector; they count half
      ignore    phrases that carry nothing: titles, names of bodies, figures of speech
      stop      words that carry nothing
      topics    other subjects of the sector; they speak against any link
      chatter   signs of small talk and adverts; they speak against any link

    \b
    Example:
      python run.py glossary show --find library
      python run.py glossary add same "ILP, interlibrary lending" --who Ada
    """


@glossary.command("show")
@click.option("--find", default="", help="Entries with words that begin so, of the shared glossary too.")
@click.option("--all", "everything", is_flag=True, help="All of the shared glossary too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an entry.")
@pass_app
def glossary_show(app: App, /, find: str, everything: bool, as_json: bool) -> None:
    """Show what staff added and turned off; with --find or --all, the shared glossary too.

    \b
    Example:
      python run.py glossary show
      python run.py glossary show --find library
    """
    from aggregator import linkage
    from aggregator.linking_entries import line_of, listed

    with app.store() as store:
        ours = [
            (entry, f"{'added' if state == 'on' else 'turned off'} by {row['who']}, {row['at'][:10]}")
            for state in ("on", "off")
            for row, entry in zip(store.words.glossary(state), linkage.entries(store, state), strict=True)
        ]
    shared, problems = linkage.shared_glossary(app.config())
    known = {line_of(entry).casefold() for entry, _ in ours}
    sought = re.compile(rf"(?<!\w){re.escape(find.strip())}" if find.strip() else "", re.IGNORECASE)
    rest = (
        [(entry, "") for entry in listed(shared) if line_of(entry).casefold() not in known]
        if everything or find
        else []
    )
    for entry, said in (*ours, *rest):
        if sought.search(line_of(entry)):
            line = f"{line_of(entry)}{f'  ({said})' if said else ''}"
            click.echo(as_json_line({"entry": entry, "state": said or "shared"}) if as_json else printable(line))
    for problem in problems:
        say(problem)
    if not ours and not rest:
        say("staff said nothing of the glossary yet; --find TEXT or --all shows the shared one")


@glossary.command("add")
@_KIND
@click.argument("words")
@_MEANS
@click.option("--weight", default="", help="For related words: how much it counts, 0 to 1; left out, 0.5.")
@_WHO
@pass_app
def glossary_add(app: App, /, kind: str, words: str, means: str, weight: str, who: str) -> None:
    """Add an entry, or turn one on again. Commas stand between several words.

    An entry that is turned on again with --weight counts with the new weight, without it as before.

    \b
    Example:
      python run.py glossary add same "ILP, interlibrary lending" --who Ada
      python run.py glossary add related "reading for pleasure" --means "literacy" --weight 0.4 --who Ada
      python run.py glossary add generic "branch, borrower" --who Ada
    """
    from msgspec.structs import replace

    from aggregator.linking_entries import line_of

    for entry in _written(kind, words, means, weight):
        with app.store() as store, store.transaction():
            off = _among(store, "off", entry)
            other = off is not None and bool(weight.strip()) and entry.weight != off.weight
            if off is None or other:
                _write(store, "add", replace(off, weight=entry.weight) if off else entry, who)
            else:
                _write(store, "drop", off, who)
        state = "on again" if off else "added"
        say(printable(f"{line_of(entry)}: {state}{f', with weight {entry.weight}' if other else ''}"))
    say("recent coverage is linked again with “run.py link”")


@glossary.command("remove")
@_KIND
@click.argument("words")
@_MEANS
@_WHO
@pass_app
def glossary_remove(app: App, /, kind: str, words: str, means: str, who: str) -> None:
    """Remove an entry that staff added, or turn one of the shared glossary off.

    \b
    Example:
      python run.py glossary remove generic "branch" --who Ada
      python run.py glossary remove related "reading for pleasure" --means "literacy" --who Ada
    """
    from aggregator import linkage
    from aggregator.errors import NotFoundError
    from aggregator.linking_entries import line_of, listed

    shared = listed(linkage.shared_glossary(app.config())[0])
    for entry in _written(kind, words, means, ""):
        with app.store() as store, store.transaction():
            ours = _among(store, "on", entry)
            found = ours or next((one for one in shared if _same(one, entry)), None)
            if found is None or (not ours and _among(store, "off", entry)):
                raise NotFoundError(f"the glossary has no entry “{line_of(entry)}” that is on; “run.py glossary show”")
            _write(store, "drop" if ours else "off", found, who)
        say(printable(f"{line_of(entry)}: {'removed' if ours else 'turned off; glossary add turns it on again'}"))
    say("recent coverage is linked again with “run.py link”")


def _written(kind: str, words: str, means: str, weight: str) -> list[Entry]:
    from aggregator.linking_entries import written
    from aggregator.linking_glossary import GlossaryError

    try:
        return written(kind, words, means, weight)
    except GlossaryError as exc:
        raise click.UsageError(str(exc)) from exc


def _among(store: Store, state: str, entry: Entry) -> Entry | None:
    """The same entry as staff added it (“on”) or turned it off (“off”)."""
    from aggregator import linkage

    return next((one for one in linkage.entries(store, state) if _same(one, entry)), None)


def _same(one: Entry, other: Entry) -> bool:
    from aggregator.linking_entries import line_of

    return line_of(one).casefold() == line_of(other).casefold()


def _write(store: Store, action: EntryAction, entry: Entry, who: str) -> None:
    from aggregator import linkage, pipeline
    from aggregator.cli_links import person

    linkage.change_entry(store, action, entry, who=person(who), now=pipeline.stamp())
