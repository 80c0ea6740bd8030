"""Updating feeds: ours from the server to the archive, beside feedparser alone on the same bytes, in one run.

    python bench/fetch.py [FEEDS] [ENTRIES]

A server on loopback has FEEDS made feeds (default 20) of ENTRIES whole stories each (default 200).
Ours is a whole round: asking, reading in a child with limits, storing, indexing, state; then the same again where
the server answers "not modified", and where it sends the same bytes once more.
feedparser's time is parsing alone, with its defaults, from memory.
Look at the ratios; on a busy machine those of processor time, because ours works in two processes at once.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from feeds import make  # noqa: E402

from aggregator import polling  # noqa: E402
from aggregator.config import Config, Fetch, SourceSetting  # noqa: E402
from aggregator.store import Store  # noqa: E402

PARAGRAPHS = 14


def main(feeds: int, entries: int) -> None:
    """Print one line for each kind of round."""
    chance = random.Random(7)  # the same feeds in every run
    # Entries of different feeds have different addresses, or they would be one article.
    bodies = [
        make("RSS", entries, PARAGRAPHS, chance)
        .replace(b"marl.example/story", b"marl.example/%d/story" % number)
        .replace(b"<guid>", b"<guid>%d-" % number)
        for number in range(feeds)
    ]
    alone, alone_cpu = timed(lambda: [feedparser.parse(io.BytesIO(body)) for body in bodies])
    print(f"{feeds} feeds of {entries} entries, {sum(map(len, bodies)) / 1e6:.1f} MB")
    print(f"{'':28}{'wall':>9}{'ratio':>9}{'CPU':>9}{'ratio':>9}")
    print(f"{'feedparser alone':28}{alone:9.3f}{'':9}{alone_cpu:9.3f}")
    with Server(bodies) as server, tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        config = settings(server, feeds)
        for name, validators in (("update", True), ("not modified", True), ("same bytes, no validators", False)):
            server.validators = validators
            if not validators:
                store.connection.execute("UPDATE source SET etag = NULL")
            wall, cpu = timed(lambda: report(list(polling.poll(store, config, dt.datetime.now(dt.UTC)))))
            print(f"{name:28}{wall:9.3f}{wall / alone:9.3f}{cpu:9.3f}{cpu / alone_cpu:9.3f}")


def settings(server: Server, feeds: int) -> Config:
    """One source a feed."""
    sources = tuple(SourceSetting(name=f"Feed {n}", kind="feed", url=f"{server.url}/{n}") for n in range(feeds))
    return Config(sources=sources, fetch=Fetch(own_hosts=(server.authority,)))


def report(reports: list[object]) -> None:
    """Stop where something went wrong: a failure is fast."""
    failed = [found for found in reports if getattr(found, "error", None)]
    assert not failed, failed[0]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the wall clock, and of processor time, the child's included."""
    start, used = time.perf_counter(), sum(os.times()[:4])
    work()
    return time.perf_counter() - start, sum(os.times()[:4]) - used


class Server:
    """Feeds by number; with validators it knows what has not changed."""

    def __init__(self, bodies: list[bytes]) -> None:
        self.validators = True
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                same = outer.validators and self.headers.get("If-None-Match") == '"1"'
                body = b"" if same else bodies[int(self.path[1:])]
                self.send_response(304 if same else 200)
                if outer.validators:
                    self.send_header("ETag", '"1"')
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.authority = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.authority}"

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    main(*(given + [20, 200][len(given) :]))
