"""All hits of a search as data: ids, passages and days as everywhere else."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator import pipeline
from aggregator.cli import cli
from aggregator.config import Config
from aggregator.explain import explain_record
from aggregator.query import QueryError, parse
from aggregator.store import Store, exports
from parsers.model import Hint

TODAY = dt.date(2026, 11, 22)
DAY = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
PIECE = b"""Ferry to lose its Sunday sailings

The ferry company will end its Sunday sailings in May, it said on Monday.

Islanders found out from a note on the pier. Many of them visit family on Sundays.
"""


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> Store:
    """An archive with one article of which the day alone is known."""
    hint = Hint(outlet="The Courier", published_at=DAY, date_only=True)
    file = tmp_path / "ferry.txt"
    file.write_bytes(PIECE)
    (report,) = pipeline.ingest(store, pipeline.find_inputs([str(file)]), Config(), hint)
    assert report.changes.new == 1
    return store


def test_lines_of_data_name_records_as_exports_do(kept: Store) -> None:
    """The id is the record's, the passage holds the words found, and a time that nobody gave is not shown."""
    (exported,) = exports.articles(kept.connection)
    found = list(kept.search.each("sund*", today=TODAY, passages=True))
    assert [hit.key for hit in found] == [exported["id"]]
    assert found[0].published_at == exported["published_at"] == "2026-11-19"
    assert {piece.text for piece in found[0].snippet if piece.marked} == {"Sunday", "Sundays"}
    place = kept.connection.execute("PRAGMA database_list").fetchone()[2]
    told = CliRunner().invoke(cli, ["--db", place, "search", "--json", "ferry"])
    (line,) = map(json.loads, told.stdout.splitlines())
    assert line["id"] == line["key"] == exported["id"]
    assert [piece["text"] for piece in line["snippet"] if piece["marked"]] == ["ferry"]


def test_without_words_there_is_no_passage(kept: Store) -> None:
    """A property alone marks nothing."""
    assert [hit.snippet for hit in kept.search.each("is:article", today=TODAY, passages=True)] == [()]


@pytest.mark.parametrize("text", ["()", "-", "() ()", "-()", "(- ())", "NOT ()", '""'])
def test_signs_alone_are_told_so(text: str) -> None:
    """What asks for nothing does not give the whole archive."""
    with pytest.raises(QueryError, match="nothing to look for"):
        parse(text, TODAY)


def test_explanations_show_no_time_that_nobody_gave(kept: Store) -> None:
    """A day that was given is shown as a day, above the record and in its fields."""
    (hit,) = kept.search.find("ferry", today=TODAY).hits
    lines = list(explain_record(kept, hit.key))
    assert hit.published_at == "2026-11-19"
    assert lines[0] == f"article {hit.key}  2026-11-19  The Courier"
    assert "published at: 2026-11-19" in lines
