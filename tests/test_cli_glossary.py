"""The verbs of the glossary: what staff add, remove and turn off, as on the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from aggregator import linkage
from aggregator.cli import cli
from aggregator.cli_glossary import KINDS
from aggregator.config import Config
from aggregator.linking_entries import Kind, listed
from aggregator.store import Store


@pytest.fixture
def db(tmp_path: Path) -> Path:
    Store(tmp_path / "a.db").close()
    return tmp_path / "a.db"


def run(db: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--db", str(db), "glossary", *arguments])


def known(db: Path) -> set[str]:
    """All words of the kind “generic” that the linker would use."""
    with Store(db) as store:
        return set(linkage.gather(store, Config()).glossary.generic)


def test_kinds_are_those_of_the_linker() -> None:
    """The command line offers every kind that there is."""
    assert get_args(Kind) == KINDS


def test_an_entry_is_added_shown_and_removed(db: Path) -> None:
    """What is added counts for the linker, shows with a name, and goes again; the log has both."""
    assert run(db, "add", "generic", "lanternry, towpathy", "--who", "Ada").exit_code == 0
    assert {"lanternry", "towpathy"} <= known(db)
    shown = run(db, "show").output
    assert "generic: lanternry  (added by Ada, " in shown
    assert run(db, "remove", "generic", "Lanternry", "--who", "Bo").exit_code == 0
    assert "lanternry" not in known(db)
    with Store(db) as store:
        log = [
            (row["who"], row["action"]) for row in store.connection.execute("SELECT who, action FROM audit ORDER BY id")
        ]
    assert log == [("Ada", "glossary: add")] * 2 + [("Bo", "glossary: drop")]


def test_a_shared_entry_is_turned_off_and_on_again(db: Path) -> None:
    """Removing what is shipped turns it off, and adding it turns it on again."""
    word = next(entry.says[0] for entry in listed(linkage.shared_glossary(Config())[0]) if entry.kind == "generic")
    assert "turned off" in run(db, "remove", "generic", word, "--who", "Ada").output
    assert word not in known(db)
    assert f"generic: {word}  (turned off by Ada" in run(db, "show").output
    again = run(db, "remove", "generic", word, "--who", "Ada")
    assert again.exit_code == 1
    assert "on again" in run(db, "add", "generic", word, "--who", "Ada").output
    assert word in known(db)


def test_an_entry_that_is_on_again_has_the_weight_that_was_said(db: Path) -> None:
    """A new weight counts once the entry is on again; without one it counts as shipped."""
    one = next(entry for entry in listed(linkage.shared_glossary(Config())[0]) if entry.kind == "related")
    words = ("related", ", ".join(one.says), "--means", ", ".join(one.means), "--who", "Ada")

    def weights() -> list[float]:
        with Store(db) as store:
            related = linkage.gather(store, Config()).glossary.related
        return [entry.weight for entry in related if (entry.says, entry.means) == (one.says, one.means)]

    shipped = weights()
    run(db, "remove", *words)
    assert weights() == []
    assert "on again\n" in run(db, "add", *words).output
    assert weights() == shipped
    run(db, "remove", *words)
    assert "on again, with weight 0.15" in run(db, "add", *words, "--weight", "0.15").output
    assert weights() == [0.15]
    run(db, "remove", *words)
    assert weights() == shipped


def test_the_shared_glossary_is_searched(db: Path) -> None:
    """--find looks through all of it for beginnings of words, --json gives one object an entry."""
    assert all("inter" in line.casefold() for line in run(db, "show", "--find", "inter").stdout.splitlines())
    assert not run(db, "show", "--find", "eading").stdout
    run(db, "add", "related", "reading rooms", "--means", "libraries", "--weight", "0.4", "--who", "Ada")
    found = [json.loads(line) for line in run(db, "show", "--find", "READING ROOMS", "--json").stdout.splitlines()]
    assert found[0]["entry"] == {"kind": "related", "says": ["reading rooms"], "means": ["libraries"], "weight": 0.4}
    assert len(run(db, "show", "--all").output.splitlines()) > 100


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "same", "one", "--who", "Ada"], "at least two"),
        (["add", "related", "one", "--who", "Ada"], "words of our positions"),
        (["add", "related", "one", "--means", "two", "--weight", "9", "--who", "Ada"], "between 0 and 1"),
        (["add", "colour", "one", "--who", "Ada"], "'colour' is not one of"),
        (["add", "generic", "one", "--who", " "], "the log needs a name"),
    ],
)
def test_slips_are_told(db: Path, arguments: list[str], says: str) -> None:
    """A slip is told in one sentence and changes nothing."""
    done = run(db, *arguments)
    assert done.exit_code == 2
    assert says in done.output
    assert "staff said nothing" in run(db, "show").output
