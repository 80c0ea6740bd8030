"""What the tests of issues and sending share: a clock that is set by hand, and an archive that fills bit by bit."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from make import PAPER

from aggregator import pipeline
from aggregator.config import Config, Recipient, Smtp
from aggregator.config import Digest as DigestSettings
from aggregator.send import Server
from aggregator.send_rules import Outcome
from aggregator.store import Store
from parsers.model import Hint

#: A Wednesday; the next cut-off is Monday 16 November 08:00 in London.
WEDNESDAY = dt.datetime(2026, 11, 11, 12, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 11, 16, 8, tzinfo=dt.UTC)
SEND = dt.datetime(2026, 11, 16, 10, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)


class Clock:
    """The application's clock, set by hand."""

    def __init__(self, at: dt.datetime = WEDNESDAY) -> None:
        self.at = at

    def __call__(self) -> dt.datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += dt.timedelta(**by)


def settings(*addresses: str, port: int | None = None, **digest: object) -> Config:
    """Settings with readers, and with a plain server on loopback where a port is given."""
    names = addresses or ("ada@paths.example", "bo@paths.example")
    return Config(
        digest=msgspec.convert({"sender": "cuttings@paths.example"} | digest, DigestSettings),
        smtp=Smtp(host="127.0.0.1", port=port, security="plain") if port else Smtp(),
        recipients=tuple(Recipient(address=name) for name in names),
    )


def article(n: int, day: dt.datetime, words: str = "about the benches in the park") -> bytes:
    """A feed entry as a document of its own, published on a day."""
    text = f"Report number {n} {words}. Walkers counted every seat between the gate and the pond, all {n} of them."
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>The Path</title><link>https://path.example/</link>'
        f"<item><title>Report {n} {words}</title><link>https://path.example/{n}</link><guid>g{n}</guid>"
        f"<pubDate>{day:%a, %d %b %Y %H:%M:%S} +0000</pubDate><description>{text}</description></item>"
        "</channel></rss>"
    ).encode()


def put(store: Store, folder: Path, documents: Sequence[bytes], config: Config | None = None) -> None:
    """Take documents in, at the clock's time."""
    folder.mkdir(exist_ok=True)
    paths = []
    for n, data in enumerate(documents):
        path = folder / f"{n}.xml"
        path.write_bytes(data)
        paths.append(str(path))
    reports = list(pipeline.ingest(store, pipeline.find_inputs(paths), config or Config(), Hint()))
    assert not [report for report in reports if report.error], reports
    pipeline.refresh(store, config or Config())


def with_paper(store: Store, folder: Path) -> None:
    """The positions that coverage may tie to."""
    put(store, folder, [PAPER.encode()])


def hand(
    smtp: Smtp, body: bytes, before_text: Callable[[], None] = lambda: None, *, context: ssl.SSLContext | None = None
) -> Outcome:
    """Hand one mail to a server over a connection of its own."""
    with Server(smtp, context=context) as server:
        return server.hand("", "a@x.example", "b@x.example", body, before_text)
