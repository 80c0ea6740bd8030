"""What a person says of a document that is in already: it is applied, kept, and makes anew what depends on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from make import ARTICLE, PAPER

from aggregator import pipeline
from aggregator.config import Config
from aggregator.inputs import Input
from aggregator.model import Changes, FileReport
from aggregator.store import Store
from parsers.model import Article, Hint, ParseResult, paragraphs

DAY = dt.datetime(2025, 3, 14, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
SAID = Hint(outlet="The Park Post", published_at=DAY, date_only=True)
PAGE = "https://news.example.org/benches"
CHANGED, SAME = Changes(changed=1), Changes(unchanged=1)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    with Store(tmp_path / "a.db") as store:
        yield store


def take(store: Store, tmp_path: Path, hint: Hint, text: str = ARTICLE, **options: Any) -> FileReport:
    """Ingest one file, as the command line and the page to add things do."""
    path = tmp_path / "text.txt"
    path.write_text(text, encoding="utf-8")
    (report,) = pipeline.ingest(store, [Input(name="text.txt", path=path)], Config(), hint, **options)
    return report


def brought(store: Store, name: str, article: Article) -> Changes:
    """A source brings an article, under the address of its page."""
    result = ParseResult(format="article-html", records=(article,))
    run = store.runs.start("fetch", "2026-11-20T09:00:00Z")
    return pipeline.take_in(store, name, name.encode(), result, Hint(outlet="A source"), run).changes


def columns(store: Store) -> tuple[Any, ...]:
    (row,) = store.connection.execute("SELECT who, substr(published_at, 1, 10), url FROM coverage").fetchall()
    return tuple(row)


@pytest.mark.parametrize("force", [False, True])
def test_what_is_said_later_is_applied(store: Store, tmp_path: Path, force: bool) -> None:
    """Outlet, day and address given for a file that is in count as a change, once; leaving them out takes nothing."""
    take(store, tmp_path, Hint())
    assert take(store, tmp_path, SAID, force=force).changes == CHANGED
    assert columns(store) == ("The Park Post", "2025-03-14", None)
    assert take(store, tmp_path, SAID, force=force).changes == SAME
    assert take(store, tmp_path, Hint(url=PAGE), force=force).changes == CHANGED
    assert take(store, tmp_path, Hint(), force=force).changes == SAME
    assert columns(store) == ("The Park Post", "2025-03-14", PAGE)
    assert take(store, tmp_path, Hint(outlet="The Park Times"), force=force).changes == CHANGED
    assert columns(store) == ("The Park Times", "2025-03-14", PAGE)


def test_a_trial_says_what_would_change(store: Store, tmp_path: Path) -> None:
    """A dry run counts the change and leaves no trace of it."""
    take(store, tmp_path, Hint())
    assert take(store, tmp_path, SAID, dry_run=True).changes == CHANGED
    assert columns(store) == (None, None, None)
    assert take(store, tmp_path, SAID).changes == CHANGED


def test_a_word_lasts(store: Store, tmp_path: Path) -> None:
    """Reading the document anew, and a source's own reading of the article, leave what a person said."""
    take(store, tmp_path, Hint())
    take(store, tmp_path, with_page(SAID))
    page = Article(
        headline="Benches vanish from city parks", url=PAGE, outlet="Somebody else", published_at=NOW,
        blocks=paragraphs(["A later and longer wording of the whole story. " * 40]),
    )  # fmt: skip
    assert brought(store, PAGE, page) == CHANGED
    assert columns(store) == ("The Park Post", "2025-03-14", PAGE)
    for document_id in store.documents.ids()[:1]:
        run = store.runs.start("reprocess", "2026-11-20T09:00:00Z")
        pipeline.reread(store, Config(), document_id, run)
    assert columns(store) == ("The Park Post", "2025-03-14", PAGE)


def with_page(hint: Hint) -> Hint:
    return Hint(outlet=hint.outlet, published_at=hint.published_at, date_only=hint.date_only, url=PAGE)


def test_what_depends_on_the_day_is_made_anew(store: Store, tmp_path: Path) -> None:
    """A new day asks for links and stories again; the search and an issue of that week find the article."""
    take(store, tmp_path, Hint(), PAPER)
    take(store, tmp_path, Hint())
    pipeline.refresh(store, Config())
    waiting = "SELECT count(*) FROM coverage WHERE linked_sha IS NULL OR grouped_sha IS NOT text_sha"
    assert store.connection.execute(waiting).fetchone()[0] == 0
    take(store, tmp_path, SAID)
    assert store.connection.execute(waiting).fetchone()[0] == 1
    assert pipeline.link(store, Config()).coverage == 1
    pipeline.refresh(store, Config())
    assert store.connection.execute(waiting).fetchone()[0] == 0


def test_an_address_that_is_in_joins_the_two(store: Store, tmp_path: Path) -> None:
    """The address of a stored teaser makes teaser and paste one article, which both names find."""
    teaser = Article(headline="One bench in five has gone", url=PAGE, stub=True, blocks=paragraphs(["Walkers rest."]))
    brought(store, "https://news.example.org/feed", teaser)
    take(store, tmp_path, Hint())
    old = store.connection.execute("SELECT key FROM coverage WHERE url IS NULL").fetchone()[0]
    assert take(store, tmp_path, Hint(url=PAGE)).changes == CHANGED
    (row,) = store.connection.execute("SELECT id, text FROM coverage").fetchall()
    assert "said Ida Brook" in row["text"]
    found = store.connection.execute("SELECT coverage_id FROM coverage_name WHERE key = ?", (old,)).fetchone()
    assert found[0] == row["id"]


def test_an_import_says_what_it_joins(store: Store, tmp_path: Path) -> None:
    """With which article a file becomes one is told, by a dry run too; one that is alone or changes nothing tells nothing."""
    teaser = Article(headline="One bench in five has gone", url=PAGE, stub=True, blocks=paragraphs(["Walkers rest."]))
    brought(store, "https://news.example.org/feed", teaser)
    assert take(store, tmp_path, Hint()).joined is None
    for dry in (True, False):
        joined = take(store, tmp_path, Hint(url=PAGE), dry_run=dry).joined
        assert "” (a-" in str(joined) and "which came from https://news.example.org/feed" in str(joined)
    assert take(store, tmp_path, Hint(url=PAGE)).joined is None


def test_the_address_of_another_article_is_refused(store: Store, tmp_path: Path) -> None:
    """A slip in the address must not make two articles one: it is told, and nothing changes."""
    other = Article(headline="Swans return to the pond", url=PAGE, blocks=paragraphs(["Two swans came back. " * 30]))
    brought(store, PAGE, other)
    take(store, tmp_path, Hint())
    report = take(store, tmp_path, Hint(url=PAGE, outlet="The Park Post"))
    assert "the address of another article, “Swans return to the pond”" in str(report.error)
    assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 2
    assert take(store, tmp_path, Hint(outlet="The Park Post")).changes == CHANGED


def test_a_day_to_come_is_no_word(store: Store, tmp_path: Path) -> None:
    """A day after the article came is told as a problem and kept nowhere."""
    take(store, tmp_path, Hint())
    report = take(store, tmp_path, Hint(published_at=NOW + dt.timedelta(days=9)))
    assert "is in the future" in report.problems[-1].message
    assert report.changes == SAME
    assert columns(store) == (None, None, None)


def test_the_area_of_a_paper_can_be_said_later(store: Store, tmp_path: Path) -> None:
    """Its statements move to that area; an area that staff chose for one of them by hand stays."""
    take(store, tmp_path, Hint(), PAPER)
    store.connection.execute("UPDATE statement SET areas_by = 'Rosa' WHERE position LIKE 'Towpath%'")
    assert take(store, tmp_path, Hint(area="Seats"), PAPER).changes == Changes(changed=1, unchanged=1)
    areas = {row["position"][:7]: row["areas"] for row in store.statements.rows()}
    assert areas["NALP be"] == '["Seats"]'
    assert "Seats" not in areas["Towpath"]
    assert take(store, tmp_path, Hint(area="Seats"), PAPER).changes == Changes(unchanged=2)


def test_settings_of_a_source_are_no_later_word(store: Store, tmp_path: Path) -> None:
    """A folder that is watched, with an outlet of its own, does not overrule what a person said of a file in it."""
    take(store, tmp_path, SAID)
    item = Input(name="text.txt", path=tmp_path / "text.txt")
    (report,) = pipeline.ingest_one(store, item, Config(), Hint(outlet="A folder"), store.runs.start("fetch", "2026"))
    assert report.changes == SAME
    assert columns(store) == ("The Park Post", "2025-03-14", None)
