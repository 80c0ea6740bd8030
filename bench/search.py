"""Search pages over many posts, beside the bare SQL that could answer them: `python bench/search.py [POSTS]`.

Makes an archive of invented lone posts (default 1,000,000) whose words are as unevenly common as words are, and
asks for terms of four classes: rare, medium, common, and in a quarter of all posts.

- page, newest: what the web app asks: hits, number of hits, marked passages
- page, best: the same, ranked among the newest 5,000 hits
- page, month: newest, within a month
- later page: newest, behind the first of January 2025
- page, one author: newest, of one author of 500
- facets: what the page offers to narrow the search down, counted over its latest 5,000 hits
- bare newest: rowids of the newest 20, with snippets; nothing counted
- bare rank: all hits ranked by bm25, which is what a plain FTS5 search does

All but the last three are asked for beginnings of words too (w12*), by how many words begin so.

Milliseconds of processor time, median and 95th percentile; what other processes do does not count.
A page's limit is 50, and 50 for its facets.

Where `reader` is installed (`pip install reader`), the same is asked of its search, over the same 20,000 entries.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from aggregator.store import Store
from aggregator.store.connect import index_new

LIMIT_MS = 50
TODAY = dt.date(2026, 11, 22)
WORDS = [f"w{number}x" for number in range(60_000)]
_SHARES = list(itertools.accumulate(1 / (rank + 4) for rank in range(len(WORDS))))
#: Classes of terms, by the share of posts that hold one.
CLASSES = {"rare": (0, 1e-4), "medium": (1e-3, 5e-3), "common": (0.03, 0.1), "very common": (0.2, 1)}
#: Beginnings, by how many words begin so.
BEGINNINGS = {"111": ["w123*", "w345*"], "1,111": ["w12*", "w34*"], "11,111": ["w2*", "w5*"], "60,000": ["w*", "W*"]}
_BARE = "FROM coverage_fts f JOIN coverage c ON c.id = f.rowid WHERE coverage_fts MATCH ?"
_SNIPPET = "SELECT c.*, snippet(coverage_fts, -1, '[', ']', '…', 24)"


def rows(count: int) -> Iterator[tuple[Any, ...]]:
    """Coverage, oldest first."""
    chance = random.Random(1)
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    step = dt.timedelta(days=1050) / count
    for number in range(count):
        text = " ".join(chance.choices(WORDS, cum_weights=_SHARES, k=28))
        moment = (start + number * step).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield f"t-{number}", text, f"branch{number % 500}.example", moment, "x", moment, moment


def fill(store: Store, count: int) -> float:
    """An archive of so many lone posts; gives the seconds of storing and indexing."""
    made, seconds = rows(count), 0.0
    while batch := list(itertools.islice(made, 10_000)):
        start = time.perf_counter()
        with store.transaction():
            first = store.connection.execute("SELECT coalesce(max(id), 0) + 1 FROM coverage").fetchone()[0]
            store.connection.executemany(
                "INSERT INTO coverage (key, kind, text, who, published_at, text_sha, ingested_at, changed_at) "
                "VALUES (?, 'thread', ?, ?, ?, ?, ?, ?)",
                batch,
            )
            index_new(store.connection, first)
        seconds += time.perf_counter() - start
    store.connection.execute("PRAGMA optimize")
    return seconds


def terms(store: Store, count: int, wanted: int = 20) -> dict[str, list[str]]:
    """Words of each class, from the index's own statistics."""
    store.connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, coverage_fts, row)")
    found: dict[str, list[str]] = {}
    for name, (low, high) in CLASSES.items():
        query = "SELECT term FROM temp.words WHERE doc BETWEEN ? AND ? AND term LIKE 'w%x' ORDER BY random() LIMIT ?"
        found[name] = [row[0] for row in store.connection.execute(query, (low * count, high * count, wanted))]
    store.connection.execute("DROP TABLE temp.words")
    return found


def measured(work: Callable[[str], object], words: list[str]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds of processor time, the second time each.

    All words once before: a search that is repeated at once is answered from what it found the time before.
    """
    times = []
    for word in words:
        work(word)
    for word in words:
        start = time.process_time()
        work(word)
        times.append((time.process_time() - start) * 1000)
    times.sort()
    return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.95))]


def table(ways: dict[str, Callable[[str], object]], classes: dict[str, list[str]]) -> dict[str, list[float]]:
    """Print a line a way; gives the medians and 95th percentiles of each class."""
    print(f"{'ms, median / p95':16}" + "".join(f"{name:>20}" for name in classes))
    found: dict[str, list[float]] = {}
    for name, work in ways.items():
        line = f"{name:16}"
        for words in classes.values():
            middle, high = measured(work, words)
            found.setdefault(name, []).extend((middle, high))
            line += f"{f'{middle:.2f} / {high:.2f}':>20}"
        print(line, flush=True)
    return found


def beside_reader(folder: Path, count: int = 20_000) -> None:
    """The same entries in reader's archive, the same terms of its search."""
    from reader import make_reader

    peer = make_reader(str(folder / "reader.db"))
    feed = "https://outlet.example/feed"
    peer.add_feed(feed)
    for key, text, who, moment, *_ in rows(count):
        published = dt.datetime.fromisoformat(moment)
        peer.add_entry({"feed_url": feed, "id": key, "title": who, "summary": text, "published": published})
    peer.enable_search()
    peer.update_search()
    with Store(folder / "b.db") as store:
        fill(store, count)
        print(f"\n{count:,} entries, beside reader")
        ways: dict[str, Callable[[str], object]] = {
            "page, newest": lambda w: store.search.find(w, today=TODAY, limit=20),
            "reader, recent": lambda w: list(peer.search_entries(w, sort="recent", limit=20)),
            "page, best": lambda w: store.search.find(w, today=TODAY, order="best", limit=20),
            "reader, relevant": lambda w: list(peer.search_entries(w, limit=20)),
        }
        found = table(ways, terms(store, count))
        for ours, theirs in (("page, newest", "reader, recent"), ("page, best", "reader, relevant")):
            pairs = zip(found[ours][::2], found[theirs][::2], strict=True)
            print(f"{ours:16}" + "".join(f"{f'× {one / two:.2f}':>20}" for one, two in pairs))


def main() -> None:
    """Fill, ask, print; exit 1 where a page is slower than its limit."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        sql = store.connection
        print(f"{count:,} posts stored and indexed at {count / fill(store, count):,.0f} a second")
        ways: dict[str, Callable[[str], object]] = {
            "page, newest": lambda w: store.search.find(w, today=TODAY, limit=20),
            "page, best": lambda w: store.search.find(w, today=TODAY, order="best", limit=20),
            "page, month": lambda w: store.search.find(f"{w} date:2026-03", today=TODAY, limit=20),
            "later page": lambda w: store.search.find(w, today=TODAY, limit=20, page=f"2025-01-01T00:00:00Z_{count}"),
            "facets": lambda w: store.search.facets(w, today=TODAY),
            "page, one author": lambda w: store.search.find(f"{w} from:branch77.", today=TODAY, limit=20),
            "bare newest": lambda w: sql.execute(f"{_SNIPPET} {_BARE} ORDER BY f.rowid DESC LIMIT 20", (w,)).fetchall(),
            "bare rank": lambda w: sql.execute(f"{_SNIPPET} {_BARE} ORDER BY rank LIMIT 20", (w,)).fetchall(),
        }
        alone = ("page, one author", "bare newest", "bare rank")
        found = table(ways, terms(store, count))
        print("\nwords with a beginning")
        table({name: work for name, work in ways.items() if name not in alone}, BEGINNINGS)
        if importlib.util.find_spec("reader"):
            beside_reader(Path(folder))
    slow = max(value for name, values in found.items() if not name.startswith("bare") for value in values)
    sys.exit(slow > LIMIT_MS)


if __name__ == "__main__":
    main()
