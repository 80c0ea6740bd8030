"""A position paper of another organisation is not taken for ours without a word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.cli import cli
from aggregator.intake_owner import is_same, noted
from parsers import statements
from parsers.model import Hint

PAPER = """POLICY POSITIONS

1. Towpaths
Our position
{name} believes that every towpath should be open to walkers.

2. Night locks
Our position
{name} opposes the closing of locks at night.

3. Apprentices
Our position
{name} calls on canal companies to pay apprentices a living wage.
"""


def problems(paper: str, *ours: str, hint: str | None = None) -> list[str]:
    """What is noted of a paper."""
    result = statements.parse(paper, Hint(organisation=hint))
    return [problem.message for problem in noted(result, ours).problems]


def test_positions_of_another_body_are_told() -> None:
    """Also where the settings say whose they are: the paper's own words count."""
    for hint in (None, "GLK"):
        (message,) = problems(PAPER.format(name="RBO"), "GLK", "Guild of Lock Keepers", hint=hint)
        assert "“RBO”" in message and "“GLK”" in message and "retire" in message and "short_names" in message


@pytest.mark.parametrize("name", ["GLK", "The Guild of Lock Keepers", "We", "GLK Council"])
def test_our_own_positions_go_in_without_a_word(name: str) -> None:
    """By any of our names, or by none."""
    assert problems(PAPER.format(name=name), "GLK", "Guild of Lock Keepers") == []
    assert problems(PAPER.format(name=name), "Guild of Lock Keepers") == []


def test_without_a_name_of_ours_nothing_is_said() -> None:
    """The first paper of an archive without settings tells who we are."""
    assert problems(PAPER.format(name="RBO")) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("the Guild of Lock Keepers’", "guild of lock keepers", True),
        ("GLK", "Guild of Lock Keepers", True),
        ("G.L.K.", "RBO", False),
        ("Guild of Bargees", "Guild of Lock Keepers", False),
        ("", "GLK", False),
    ],
)
def test_names_of_one_organisation(one: str, other: str, same: bool) -> None:
    """Equal, one in the other, or the initials; either way round."""
    assert is_same(one, other) is is_same(other, one) is same


def test_the_command_line_says_it(tmp_path: Path) -> None:
    """With nothing set the stored positions tell who we are; the paper is stored all the same, and asked again told."""
    ours, theirs = tmp_path / "ours.txt", tmp_path / "theirs.txt"
    ours.write_text(PAPER.format(name="GLK"), encoding="utf-8")
    theirs.write_text(PAPER.format(name="RBO").replace("towpath", "weir").replace("locks", "sluices"), encoding="utf-8")

    def ingest(path: Path) -> dict[str, object]:
        db = ["--config", str(tmp_path / "cuttings.toml"), "--db", str(tmp_path / "c.db")]
        ran = CliRunner().invoke(cli, [*db, "ingest", "--json", "--kind", "positions", str(path)])
        assert ran.exit_code == 0, ran.output
        found: dict[str, object] = json.loads(next(line for line in ran.output.splitlines() if line.startswith("{")))
        return found

    (tmp_path / "cuttings.toml").write_text("", encoding="utf-8")
    assert "RBO" not in str(ingest(ours)["problems"])
    for _ in range(2):
        found = ingest(theirs)
        assert "“RBO”" in str(found["problems"])
        assert found["records"] == {"statement": 3}
