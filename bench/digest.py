"""One issue of 25 items out of many posts, beside its bare SQL and templates: `python bench/digest.py [POSTS]`.

Makes an archive of invented lone posts (default 100,000) with a busy last week, and times from the archive to the
finished mail:

- select: what an issue can hold, and what it is compared with
- compose: choose, order, cut
- render: subject, HTML, text
- floor: the statements of `select` once more by themselves, and the templates once more with what they got

CPU milliseconds, median of seven.
"""

# ruff: noqa: E402

from __future__ import annotations

import datetime as dt
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import search as posts

from aggregator import pipeline, weeks
from aggregator.config import Config
from aggregator.digest import compose
from aggregator.render import render
from aggregator.store import Store

ROUNDS = 7
LIMIT = 3.0


def milliseconds(work: Callable[[], object]) -> float:
    """Median processor time."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def main() -> None:
    """Fill, compose, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        posts.fill(store, count)
        newest = store.connection.execute("SELECT max(published_at) FROM coverage").fetchone()[0]
        moment = dt.datetime.fromisoformat(newest)
        config = Config()
        window = weeks.look_back((moment - dt.timedelta(days=7)).date(), moment.date(), config)
        said: list[str] = []
        store.connection.set_trace_callback(said.append)
        items, history = pipeline.gather(store, window)
        store.connection.set_trace_callback(None)
        reads = [sql for sql in said if sql.lstrip().upper().startswith(("SELECT", "WITH"))]
        digest = compose(window, items, history, organisation=None)
        select = milliseconds(lambda: pipeline.gather(store, window))
        bare = milliseconds(lambda: [store.connection.execute(sql).fetchall() for sql in reads])
        choose = milliseconds(lambda: compose(window, items, history, organisation=None))
        write = milliseconds(lambda: render(digest))
        whole, floor = select + choose + write, bare + write
        print(f"{count:,} posts, {len(items):,} of them in the window")
        print(f"select {select:.1f}, compose {choose:.1f}, render {write:.1f}: {whole:.1f} ms")
        print(f"floor {floor:.1f} ms (SQL {bare:.1f}, render {write:.1f}); ratio {whole / floor:.2f}, limit {LIMIT}")
        sys.exit(whole > LIMIT * floor)


if __name__ == "__main__":
    main()
