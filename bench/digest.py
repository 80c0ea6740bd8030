"""One issue out of a large archive, beside what it could cost at least: `python bench/digest.py [POSTS [ARTICLES]]`.

Makes an archive of invented lone posts (default 100,000) and articles (10,000) over three years, with positions,
links, quotations, stories and eight issues behind it, and times the next one:

- issue: from the archive to the finished mail: what is in no issue yet, what it is compared with, chosen, rendered
- floor: one bare SQL pass over the same rows (coverage, links, quotations), and the two templates once with the
  finished issue
- show: `digest show` as a process of its own

CPU milliseconds, median of seven, ours and the floor in turn; the limits are a ratio of 3 and 2 seconds.
"""

# ruff: noqa: E402

from __future__ import annotations

import datetime as dt
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]

import search as posts

from aggregator import pipeline, render, render_budget, weeks
from aggregator.config import Config
from aggregator.digest import compose, placements
from aggregator.issue_model import Urls, Window
from aggregator.store import Store
from aggregator.store.connect import index_new

ROUNDS = 7
RATIO, SHOW_SECONDS = 3.0, 2.0
STATEMENTS = 80
CHANCE = random.Random(2)


def words(count: int) -> str:
    """So many words, as unevenly common as words are."""
    return " ".join(CHANCE.choices(posts.WORDS[:5000], k=count))


def fill(store: Store, post_count: int, article_count: int) -> None:
    """An archive with everything that an issue looks at."""
    posts.fill(store, post_count)
    sql = store.connection
    newest = dt.datetime.fromisoformat(sql.execute("SELECT max(published_at) FROM coverage").fetchone()[0])
    step = dt.timedelta(days=1050) / article_count
    with store.transaction():
        sql.execute(
            "INSERT INTO document (id, sha256, size, hint, notes, received_at) VALUES (1, 'x', 0, '{}', '{}', '')"
        )
        first = sql.execute("SELECT max(id) + 1 FROM coverage").fetchone()[0]
        for n in range(article_count):
            at = (newest - n * step).strftime("%Y-%m-%dT%H:%M:%SZ")
            sql.execute(
                "INSERT INTO coverage (key, kind, headline, text, who, url, published_at, text_sha, ingested_at, "
                "changed_at) VALUES (?, 'article', ?, ?, ?, ?, ?, 'x', ?, ?)",
                (f"a-{n}", words(9), words(500), f"Outlet {n % 60}", f"https://o{n % 60}.example/{n}", at, at, at),
            )
        sql.execute(
            "INSERT INTO article (coverage_id, bylines, date_only, blocks, dropped, stub, extractor, steps, fold, "
            "document_id) SELECT id, '[]', 0, '[]', '[]', 0, 'x', '[]', key, 1 FROM coverage WHERE id >= ?",
            (first,),
        )
        index_new(sql, first)
        _positions(store)
        _ties(store)
    _issues(store, newest)


def _positions(store: Store) -> None:
    for n in range(STATEMENTS):
        store.connection.execute(
            "INSERT INTO statement (id, key, title, position, first_seen_at, ordinal) VALUES (?, ?, ?, ?, '', ?)",
            (n + 1, f"s-{n}", words(12), words(40), n),
        )
        store.connection.execute(
            "INSERT INTO statement_area (statement_id, area) VALUES (?, ?)", (n + 1, f"Area {n % 9}")
        )


def _ties(store: Store) -> None:
    """Links on a third of all coverage, quotations in a twentieth, stories of up to three articles."""
    sql = store.connection
    for (coverage,) in sql.execute("SELECT id FROM coverage").fetchall():
        luck = CHANCE.random()
        if luck < 0.33:
            evidence = {
                "statement_id": "s-1", "score": luck * 3, "margin": 1.0, "band": None, "their_sentence": words(28),
                "our_sentence": words(25), "terms": [{"text": words(2), "weight": 1.0} for _ in range(5)],
                "reason": words(12),
            }  # fmt: skip
            sql.execute(
                "INSERT INTO link (coverage_id, statement_id, status, statement_version, score, band, evidence, rule, "
                "proposed_at) VALUES (?, ?, 'proposed', 1, ?, ?, ?, 'x', '')",
                (
                    coverage,
                    1 + coverage % STATEMENTS,
                    luck * 3,
                    "likely" if luck < 0.2 else "possible",
                    json.dumps(evidence),
                ),
            )
        if luck < 0.05:
            sql.execute(
                "INSERT INTO quote (coverage_id, speaker, quote, reason, n) VALUES (?, 'Ida Brook', ?, '', 1)",
                (coverage, words(22)),
            )
    sql.execute(
        "INSERT INTO story (id, key) SELECT id, 'y-' || key FROM coverage WHERE kind = 'article' AND id % 3 = 0"
    )
    sql.execute(
        "UPDATE coverage SET story_id = (SELECT id FROM story WHERE id = coverage.id - coverage.id % 3), "
        "is_lead = id % 3 = 0 WHERE kind = 'article'"
    )


def _issues(store: Store, newest: dt.datetime) -> None:
    """The eight issues before the one that is measured."""
    config = Config()
    window = weeks.last_closed(newest, config)
    windows = [window]
    for _ in range(7):
        windows.append(weeks.window_at(windows[-1].from_at - dt.timedelta(seconds=1), config))
    for one in reversed(windows):
        items, history = pipeline.gather(store, one)
        items = [item for item in items if item.published_at and item.published_at >= one.from_at]
        digest = compose(one, items, history)
        with store.transaction():
            store.issues.freeze(
                digest, placements(digest, items), state="sent", send_at=one.until_at, now=one.until_at, who="bench",
                note=None, oldest=one.from_at,
            )  # fmt: skip


def cpu(work: Callable[[], object]) -> float:
    """Processor milliseconds."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def bare(store: Store, window: Window) -> None:
    """One pass over the rows of a week."""
    week = "c.published_at >= ? AND c.published_at < ?"
    span = (window.from_at.strftime("%Y-%m-%dT%H:%M:%SZ"), window.until_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    for query in (
        f"SELECT c.*, a.*, t.* FROM coverage c LEFT JOIN article a ON a.coverage_id = c.id "
        f"LEFT JOIN thread t ON t.coverage_id = c.id WHERE {week}",
        f"SELECT l.*, s.title FROM coverage c JOIN link l ON l.coverage_id = c.id "
        f"JOIN statement s ON s.id = l.statement_id WHERE {week}",
        f"SELECT q.* FROM coverage c JOIN quote q ON q.coverage_id = c.id WHERE {week}",
    ):
        store.connection.execute(query, span).fetchall()


def show(path: Path) -> float:
    """CPU seconds of `digest show` as a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, str(ROOT / "run.py"), "--db", str(path), "digest", "show"]
    subprocess.run(command, check=True, capture_output=True, cwd=path.parent)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Fill, compose, print; exit 1 beyond a limit."""
    sizes = [int(text) for text in sys.argv[1:]] or [100_000, 10_000]
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        fill(store, sizes[0], sizes[1] if len(sizes) > 1 else sizes[0] // 10)
        newest = dt.datetime.fromisoformat(
            store.connection.execute("SELECT max(published_at) FROM coverage").fetchone()[0]
        )
        window, config = weeks.window_at(newest, Config()), Config()
        digest = pipeline.compose_digest(store, config, window)
        last = render_budget.first_that_fits(digest, lambda one: render.once(one, Urls(), False).html)[0]
        steps: dict[str, Callable[[], object]] = {
            "select": lambda: pipeline.gather(store, window),
            "issue": lambda: render.render(pipeline.compose_digest(store, config, window)),
            "sql": lambda: bare(store, window),
            "templates": lambda: render.once(last, Urls(), headlines_only=False),
        }
        times = [{name: cpu(work) for name, work in steps.items()} for _ in range(ROUNDS)]
        middle = {name: statistics.median(round_[name] for round_ in times) for name in steps}
        floor = middle["sql"] + middle["templates"]
        ratio = middle["issue"] / floor
        print(f"{sizes[0]:,} posts, {digest.items:,} pieces in the issue")
        print(f"issue {middle['issue']:.1f} ms, of it reading {middle['select']:.1f}")
        print(f"floor {floor:.1f} ms: SQL {middle['sql']:.1f}, templates {middle['templates']:.1f}; ratio {ratio:.2f}")
        seconds = statistics.median(show(store.path) for _ in range(3))
        print(f"digest show {seconds:.2f} s of processor time")
        sys.exit(ratio > RATIO or seconds > SHOW_SECONDS)


if __name__ == "__main__":
    main()
