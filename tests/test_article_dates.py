"""Dates of articles: none lies in the future of the day they came."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from aggregator import pipeline
from aggregator.article_dates import believed
from aggregator.config import Config, SourceSetting
from aggregator.inputs import Input
from aggregator.store import Store
from parsers import article_html, feeds, outlets
from parsers.model import Article, Hint, ParseResult

NOON = dt.datetime(2026, 8, 4, 12, tzinfo=dt.UTC)


def feed(*written: str) -> bytes:
    """A feed with an entry for each date."""
    items = "".join(
        f"<item><title>News number {number}</title><link>https://marl.example/{number}</link>"
        f"<pubDate>{date}</pubDate></item>"
        for number, date in enumerate(written)
    )
    return f'<rss version="2.0"><channel><title>Marl Times</title>{items}</channel></rss>'.encode()


@pytest.mark.parametrize(("hours", "kept"), [(-48, True), (0, True), (23, True), (25, False), (24 * 400, False)])
def test_a_date_more_than_a_day_ahead_is_left_out(hours: int, kept: bool) -> None:
    """Published next week is unknown, published tonight is a fast clock or another zone."""
    moment = NOON + dt.timedelta(hours=hours)
    result = ParseResult(records=(Article(headline="News", published_at=moment, updated_at=moment),))
    (article,) = believed(result, NOON).records
    assert isinstance(article, Article)
    assert (article.published_at, article.updated_at) == ((moment, moment) if kept else (None, None))
    assert len(believed(result, NOON).problems) == (0 if kept else 1)


def test_the_archive_stores_no_future_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry goes in without its date, with a problem; read anew a year later it still has none."""
    path = tmp_path / "feed.xml"
    path.write_bytes(feed("Tue, 04 Aug 2026 09:00:00 BST", "Tue, 01 Sep 2026 09:00:00 BST"))
    monkeypatch.setattr(pipeline, "now", lambda: NOON)
    with Store(tmp_path / "a.db") as store:
        (report,) = pipeline.ingest(store, [Input(name="feed.xml", path=path)], Config(), Hint())
        assert [problem.excerpt for problem in report.problems] == ["News number 1"]
        query = "SELECT published_at FROM coverage ORDER BY id"
        stored = [row[0] for row in store.connection.execute(query)]
        assert stored == ["2026-08-04T08:00:00Z", None]
        monkeypatch.setattr(pipeline, "now", lambda: NOON + dt.timedelta(days=365))
        list(pipeline.ingest(store, [Input(name="feed.xml", path=path)], Config(), Hint(), force=True))
        assert [row[0] for row in store.connection.execute(query)] == stored


def test_a_time_without_zone_is_in_the_zone_of_source_outlet_or_house(monkeypatch: pytest.MonkeyPatch) -> None:
    """The source's zone wins over the outlet's, that over the team's; without any it is UTC."""
    paris = outlets.Rules(outlet="Le Marl", timezone="Europe/Paris")
    page = (
        '<html><head><meta property="article:published_time" content="2026-08-04T09:00:00"></head><body><article>'
        + "".join(f"<p>The council of Marl met for the time number {n} and said nothing at all.</p>" for n in range(9))
    ).encode()

    def read(**known: str) -> list[int]:
        hint = Hint(url="https://marl.example/1", **known)
        (entry,) = feeds.parse(feed("04 Aug 2026 09:00"), hint).records
        (article,) = article_html.parse(page, hint).records
        assert isinstance(entry, Article) and isinstance(article, Article)
        return [found.published_at.hour for found in (entry, article) if found.published_at]

    assert read() == [9, 9]
    assert read(house_timezone="Europe/London") == [8, 8]
    monkeypatch.setattr(outlets, "_table", lambda: {"marl.example": paris})
    assert read(house_timezone="Europe/London") == [7, 7]
    assert read(house_timezone="Europe/London", timezone="America/New_York") == [13, 13]


def test_a_source_may_name_its_zone() -> None:
    """The setting is there for feeds and pages of other countries."""
    assert SourceSetting(name="Le Marl", kind="feed", timezone="Europe/Paris").timezone == "Europe/Paris"
