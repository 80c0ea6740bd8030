"""Builders for tests of sources: settings, rounds with their own clock, pages and feeds with invented news."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from loopback import Reply, Site

from aggregator import pipeline, polling
from aggregator.config import Bluesky, Config, Fetch, SourceSetting
from aggregator.model import SourceReport
from aggregator.store import Store

NOW = dt.datetime(2026, 11, 9, 9, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

BODY = (
    "Walkers in the city's parks have lost one bench in five over the past decade, says a count by volunteers.",
    "The survey found that main paths in nine parks now run for half a kilometre without anywhere to sit down.",
    "The council said that it had no budget for repairs and that each bench cost nine hundred pounds to replace.",
    "A spokesman added that sponsors could pay for a seat with a plaque, and that twelve had done so this year.",
)


def settings(*sources: SourceSetting, own: Sequence[str] = (), bluesky: str | None = None, **fetch: object) -> Config:
    """Settings with these sources; `own` are servers on loopback that may be asked."""
    options = {"pause_seconds": 0.0, "seconds": 5, "own_hosts": tuple(own)} | fetch
    service = Bluesky(service=bluesky, login_service=bluesky) if bluesky else Bluesky()
    return Config(sources=sources, fetch=Fetch(**options), bluesky=service)  # type: ignore[arg-type]


class Clock:
    """A clock that tests turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        monkeypatch.setattr(pipeline, "now", lambda: self.now)
        monkeypatch.setattr(polling, "sleep", lambda seconds: self.slept.append(seconds))
        self.slept: list[float] = []

    def on(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


def poll(store: Store, config: Config, *names: str, due: bool = False) -> list[SourceReport]:
    """One round."""
    return list(pipeline.fetch(store, config, names, due_only=due))


def article(headline: str, paragraphs: Sequence[str] = BODY, head: str = "") -> Reply:
    """A news page."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return Reply(
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{headline}</title>{head}</head>"
        f"<body><article><h1>{headline}</h1>{text}</article></body></html>".encode(),
        headers={"Content-Type": "text/html; charset=utf-8"},
    )


def feed(site: Site, *entries: tuple[str, str], **headers: str) -> Reply:
    """An RSS feed of teasers: path and headline each."""
    items = "".join(
        f"<item><title>{title}</title><link>{site.url}{path}</link><guid>{path}</guid>"
        f"<pubDate>Mon, 09 Nov 2026 08:00:00 GMT</pubDate><description>A short teaser of it.</description></item>"
        for path, title in entries
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Marl Courier</title>{items}</channel></rss>'
    return Reply(body.encode(), headers={name.replace("_", "-"): value for name, value in headers.items()})


def rows(store: Store, sql: str, *parameters: object) -> list[tuple[object, ...]]:
    """Rows of a query as tuples."""
    return [tuple(row) for row in store.connection.execute(sql, parameters)]


def source(
    site: Site, path: str = "/feed", kind: str = "feed", name: str = "Courier", **fields: object
) -> SourceSetting:
    """A source on a loopback server."""
    return SourceSetting(name=name, kind=kind, url=site.url + path, **fields)  # type: ignore[arg-type]


def archive(tmp_path: Path) -> Store:
    """A fresh archive."""
    return Store(tmp_path / "a.db")
