"""The verbs of links at the command line: decisions and words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from make import PAPER, scrape

from aggregator.cli import cli
from aggregator.errors import CuttingsError, NotFoundError
from aggregator.store import Store

POSTS = scrape(
    ("Every park should have a bench each two hundred metres, our survey says", "08.11.2026 10:00", (2, 0, 0, 0)),
    ("Lovely autumn colours in the woods today!", "07.11.2026 10:00", (9, 0, 0, 0)),
)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """An archive with one proposal."""
    (tmp_path / "paper.txt").write_text(PAPER, encoding="utf-8")
    (tmp_path / "posts.txt").write_bytes(POSTS)
    run(tmp_path / "a.db", "ingest", str(tmp_path / "paper.txt"), str(tmp_path / "posts.txt"))
    return tmp_path / "a.db"


def run(db: Path, *arguments: str) -> Result:
    done = CliRunner().invoke(cli, ["--db", str(db), *arguments])
    if isinstance(done.exception, CuttingsError):
        raise done.exception
    assert not isinstance(done.exception, AssertionError), done.exception
    return done


def link(db: Path) -> dict[str, Any]:
    (row, *_) = run(db, "export", "links").stdout.splitlines()
    found: dict[str, Any] = json.loads(row)
    return found


def test_a_link_is_decided_and_taken_back(db: Path) -> None:
    """Confirm and undo by ids; the history that the web app shows knows who it was."""
    pair = (link(db)["coverage_id"], link(db)["statement_id"])
    assert "confirmed" in run(db, "decide", *pair, "confirm", "--who", "Ada", "--stance", "supports").stdout
    assert link(db)["status"] == "confirmed"
    assert "proposed" in run(db, "decide", *pair, "undo", "--who", "Ben").stdout
    assert link(db)["status"] == "proposed"
    with Store(db) as store:
        told = [(row["who"], row["action"]) for row in store.review.history(coverage=pair[0])]
    assert told == [("Ben", "undo"), ("Ada", "confirm")]
    with pytest.raises(NotFoundError, match="no decision"):
        run(db, "decide", *pair, "undo", "--who", "Ben")


def test_decisions_on_unknown_ids_are_known_errors(db: Path) -> None:
    """A name that is not in the archive is told."""
    pair = (link(db)["coverage_id"], link(db)["statement_id"])
    with pytest.raises(NotFoundError, match="t-none"):
        run(db, "decide", "t-none", pair[1], "confirm", "--who", "Ada")
    with pytest.raises(NotFoundError, match="s-none"):
        run(db, "decide", pair[0], "s-none", "add", "--who", "Ada")
    assert run(db, "decide", *pair, "confirm", "--who", " ").exit_code == 2
    assert run(db, "decide", *pair, "perhaps", "--who", "Ada").exit_code == 2


def test_no_position_fits_at_the_command_line_too(db: Path) -> None:
    """`--none` rejects what is proposed and remembers the topic, as the web app does; undo opens all of it again."""
    coverage = link(db)["coverage_id"]

    def kept(store: Store) -> tuple[set[str], int]:
        row = store.reading.coverage(coverage)
        assert row is not None
        return {found["status"] for found in store.reading.links(row["id"])}, len(store.board.topics())

    assert "no position fits" in run(db, "decide", coverage, "--none", "--who", "Ada").stdout
    with Store(db) as store:
        assert kept(store) == ({"rejected"}, 1)
    run(db, "decide", coverage, "undo", "--none", "--who", "Ben")
    with Store(db) as store:
        assert kept(store) == ({"proposed"}, 0)
    with pytest.raises(NotFoundError, match="nobody said"):
        run(db, "decide", coverage, "undo", "--none", "--who", "Ben")
    for wrong in (["s-1", "confirm", "--none"], ["--none", "--stance", "supports"], [], ["s-1"]):
        assert run(db, "decide", coverage, *wrong, "--who", "Ada").exit_code == 2


def test_no_page_says_that_nothing_fits_beside_a_confirmed_link(db: Path) -> None:
    """`--none` after a confirmation means the others; what is confirmed stays, and the piece is no topic."""
    pair = (link(db)["coverage_id"], link(db)["statement_id"])
    run(db, "decide", *pair, "confirm", "--who", "Ada")
    said = run(db, "decide", pair[0], "--none", "--who", "Ben").stdout
    assert f"beside {pair[1]}, which stays" in said
    assert link(db)["status"] == "confirmed"
    with Store(db) as store:
        row = store.reading.coverage(pair[0])
        assert row is not None and store.board.topic(row["id"]) is None and not store.board.topics()
    run(db, "decide", *pair, "reject", "--who", "Ada")
    run(db, "decide", pair[0], "--none", "--who", "Ada")
    with Store(db) as store:
        assert store.board.topic(row["id"]) is not None
    run(db, "decide", *pair, "add", "--who", "Ada")
    with Store(db) as store:
        assert store.board.topic(row["id"]) is None


def test_a_search_for_a_position_and_a_decision_means_one_link(db: Path) -> None:
    """“Rejected for this position” finds the link that was, not a piece of which another link was."""
    pair = (link(db)["coverage_id"], link(db)["statement_id"])
    with Store(db) as store:
        query = "SELECT key FROM statement WHERE key != ?"
        other = store.connection.execute(query, (pair[1],)).fetchone()[0]
    run(db, "decide", *pair, "reject", "--who", "Ada")
    run(db, "decide", pair[0], other, "add", "--who", "Ada")

    def found(words: str) -> bool:
        return pair[0] in run(db, "search", words).stdout

    assert found(f"position:{pair[1]} is:rejected") and found(f"is:added position:{other}")
    assert not found(f"position:{other} is:rejected") and not found(f"position:{pair[1]} is:added")
    assert found(f"position:{other} -is:rejected") and not found(f"position:{pair[1]} -is:added")
    assert found(f"position:{other} (is:confirmed OR is:added)") and not found(f"position:{pair[1]}")
    assert found("area:parks is:rejected") and found("is:rejected is:added")


def test_other_names_of_positions_are_listed_and_deleted(db: Path) -> None:
    """An alias links coverage that uses it and can be taken away; a word that is none is refused."""
    bench = link(db)["statement_id"]
    for nothing in ("the", "of their own"):
        with pytest.raises(CuttingsError, match="names nothing"):
            run(db, "words", "alias", bench, nothing, "--who", "Ada")
    run(db, "words", "alias", bench, "perch-o-matic", "--who", "Ada")
    assert json.loads(run(db, "words", "list", "--json").stdout)["text"] == "perch-o-matic"
    assert "also known as" in run(db, "words", "list").stdout
    run(db, "words", "delete", bench, "Perch-o-matic", "--who", "Ada")
    assert run(db, "words", "list").stdout == ""
    for verb in ("delete", "promote"):
        with pytest.raises(NotFoundError, match="no learned word"):
            run(db, "words", verb, bench, "zebra", "--who", "Ada")
