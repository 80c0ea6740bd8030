"""Reading the stored documents anew: shown first, kept when wanted, decisions untouched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from make import ARTICLE, PAPER, scrape

from aggregator import pipeline
from aggregator.config import Config
from aggregator.reprocess import reprocess
from aggregator.store import Store, exports
from parsers import article_text, bluesky_scrape
from parsers.model import Article, Hint, ParseResult, Post


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    files = {
        "posts.txt": scrape(("The benches of the park have gone.", "09.11.2026 09:00", (3, 1, 0, 0))),
        "article.txt": ARTICLE.encode(),
        "paper.txt": PAPER.encode(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with Store(tmp_path / "a.db") as opened:
        inputs = list(pipeline.find_inputs(str(tmp_path / name) for name in files))
        assert not [report.error for report in pipeline.ingest(opened, inputs, Config(), Hint()) if report.error]
        pipeline.refresh(opened, Config())
        yield opened


@pytest.fixture
def better(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsers of tomorrow: they find a headline and words that those of today miss."""
    read_article, read_posts = article_text.parse, bluesky_scrape.parse

    def article(text: str, hint: Hint) -> ParseResult:
        result = read_article(text, hint)
        records = [msgspec.structs.replace(r, headline="Seats go") for r in result.records if isinstance(r, Article)]
        return msgspec.structs.replace(result, records=tuple(records))

    def posts(text: str, hint: Hint) -> ParseResult:
        result = read_posts(text, hint)
        records = [
            msgspec.structs.replace(r, text=r.text.replace("have gone", "are gone"))
            for r in result.records
            if isinstance(r, Post)
        ]
        return msgspec.structs.replace(result, records=tuple(records))

    monkeypatch.setattr(article_text, "parse", article)
    monkeypatch.setattr(bluesky_scrape, "parse", posts)


def everything(store: Store) -> dict[str, list[dict[str, object]]]:
    return {name: list(rows(store.connection)) for name, rows in exports.EXPORTS.items()}


def test_the_same_parsers_change_nothing(store: Store) -> None:
    """With the rules that read them first, no record differs, and the archive stays as it is."""
    before = everything(store)
    report = reprocess(store, Config(), write=True)
    assert (report.documents, report.changed, report.written) == (3, 0, False)
    assert everything(store) == before


def test_a_look_changes_nothing(store: Store, better: None) -> None:
    """Without `write`, what would change is told beside what is there, and nothing is written."""
    before, runs = everything(store), store.care.unfinished_runs()
    report = reprocess(store, Config())
    shown = {difference.kind: difference for difference in report.differences}
    assert shown["articles"].old["headline"] == "Benches vanish from city parks"
    assert shown["articles"].new["headline"] == "Seats go"
    assert everything(store) == before
    assert store.care.unfinished_runs() == runs


def test_write_keeps_what_was_shown(store: Store, better: None) -> None:
    """With `write` the archive holds the new reading under the old name, and a second time finds nothing to change."""
    names = {row["id"] for row in exports.EXPORTS["articles"](store.connection)}
    report = reprocess(store, Config(), write=True)
    assert report.written
    (article,) = exports.EXPORTS["articles"](store.connection)
    assert article["headline"] == "Seats go"
    assert {article["id"]} == names
    assert reprocess(store, Config()).changed == 0
    assert [finding for finding in store.care.check() if not finding.ok] == []


def test_decisions_stay(store: Store, better: None) -> None:
    """A link that a person confirmed is confirmed after everything was read anew."""
    (row, *_) = store.connection.execute("SELECT id FROM link ORDER BY id").fetchall()
    store.connection.execute("UPDATE link SET status = 'confirmed' WHERE id = ?", (row["id"],))
    reprocess(store, Config(), write=True)
    pipeline.refresh(store, Config())
    confirmed = [link for link in exports.EXPORTS["links"](store.connection) if link["status"] == "confirmed"]
    assert len(confirmed) == 1
