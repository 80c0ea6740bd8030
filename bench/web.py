"""How fast the review app's pages are, beside the bare SQL of the same pages.

Makes an invented archive (100,000 posts, 10,000 articles, 200 positions, 30,000 links) in a temporary folder,
asks a real server on loopback for each page, and runs the statements that a page had run once more by themselves.
Prints median and 95th percentile, the median of processor time, and its ratio to that of the bare SQL: processor
time does not count what else the machine does meanwhile.
Ends with 1 where a limit is missed.

    python bench/web.py [--posts 100000] [--rounds 40] [--db FILE]
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import itertools
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from aggregator import pipeline
from aggregator.config import Config
from aggregator.model import LearnedTerm, LinkerState, Promise
from aggregator.store import Store
from aggregator.store.connect import Connection, index_new
from aggregator.web import base, create_app, security

#: A page may take so many times the processor time of its SQL, and so many milliseconds for itself.
P95_MS, RATIO, OWN_MS = 300, 5, 5
START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
#: Learned words of a position, and entries of the team's glossary.
LEARNED, ENTRIES = 40, 1000
#: Words that searches below look for, and thousands of invented ones, as rare as words are in running text.
KNOWN = ["funding", "museum", "lamps", "library", "council", "minister", "report", "teachers", "pupils", "hours"]
PARTS = ["ba", "con", "di", "fer", "gal", "hu", "ki", "lor", "men", "no", "pra", "qui", "ros", "sta", "tu", "ven", "wy"]
WORDS = [*(a + b for a in PARTS for b in PARTS), *KNOWN, *(a + b + c for a in PARTS for b in PARTS for c in PARTS)]
SHARES = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(WORDS))))


def words(dice: random.Random, n: int) -> str:
    return " ".join(dice.choices(WORDS, cum_weights=SHARES, k=n)).capitalize() + "."


def stamp(dice: random.Random) -> str:
    return (START + dt.timedelta(minutes=dice.randrange(60 * 24 * 1050))).strftime("%Y-%m-%dT%H:%M:%SZ")


def put(sql: Connection, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows into a table."""
    names = columns.split()
    marks = ", ".join("?" * len(names))
    sql.executemany(f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)


def fill(db: Path, posts: int) -> None:
    """An archive of the asked size, straight into the tables."""
    dice = random.Random(1)
    articles, statements = posts // 10, range(1, 201)
    threads = range(articles + 1, articles + posts // 2 + 1)
    with Store(db) as store, store.transaction():
        sql, at = store.connection, "2024-01-01T00:00:00Z"
        document = (1, "x", 1, "bench", "feed", "invented", "{}", "{}", at)
        put(sql, "document", "id sha256 size name format reason hint notes received_at", [document])
        put(sql, "story", "id key", ((n, f"y-{n}") for n in range(1, articles // 5)))
        names = (
            "id key kind headline summary text who url published_at text_sha ingested_at changed_at story_id is_lead"
        )
        put(sql, "coverage", names, coverage(dice, articles, posts // 2))
        names = "coverage_id standfirst bylines outlet date_only blocks dropped stub extractor steps fold document_id"
        put(sql, "article", names, article_rows(dice, articles))
        names = "coverage_id expected missing basis flags reason parts_found"
        put(sql, "thread", names, ((n, 2, "[]", "numbers", "[]", "numbered", 2) for n in threads))
        names = (
            "key fold author text text_raw created_at minute_only likes reposts replies quotes position document_id "
            "extra thread_id role part number part_text"
        )
        put(sql, "post", names, post_rows(dice, threads))
        titles = [(n, f"s-{n}", words(dice, 9), words(dice, 30), at, n) for n in statements]
        put(sql, "statement", "id key title position first_seen_at ordinal", titles)
        versions = ((n, 1, f"s-{n}", "x", 1, at) for n in statements)
        put(sql, "statement_version", "statement_id version text_key position document_id in_force_from", versions)
        put(sql, "statement_area", "statement_id area", ((n, f"Area {n % 12}") for n in statements))
        names = "coverage_id statement_id status statement_version score band evidence rule proposed_at"
        put(sql, "link", names, link_rows(dice, articles + posts // 2, len(statements), posts * 3 // 10))
        taught(store, dice, len(statements))
        quotes = ((n, "Ada", words(dice, 14), "named", 0) for n in range(1, articles, 4))
        put(sql, "quote", "coverage_id speaker quote reason n", quotes)
        index_new(sql, 0)
    with Store(db) as store:
        store.connection.execute("ANALYZE")


def taught(store: Store, dice: random.Random, statements: int) -> None:
    """Thousands of learned words, names of positions and entries of the glossary, as years of decisions leave them."""
    terms = {(f"s-{n}", dice.choice(WORDS)) for n in range(1, statements + 1) for _ in range(LEARNED)}
    learned = [
        LearnedTerm(statement_id=key, text=word, weight=round(dice.random(), 3), support=2, odds=2.0)
        for key, word in sorted(terms)
    ]
    promises = {f"s-{n}": Promise(text="9 of 10", right=9, judged=10) for n in range(1, statements + 1)}
    store.words.keep(LinkerState(knowledge="bench", learned=tuple(learned), by_position=promises))
    names = ((n, dice.choice(WORDS), "Ada", "2024-01-01T00:00:00Z") for n in range(1, statements + 1) for _ in range(3))
    put(store.connection, "statement_alias", "statement_id alias added_by added_at", names)
    entries = (
        ("related", json.dumps([a]), json.dumps([b]), 0.5, "on", "Ada", "2024-01-01T00:00:00Z")
        for a, b in zip(WORDS[:ENTRIES], WORDS[ENTRIES:], strict=False)
    )
    put(store.connection, "glossary_entry", "kind says means weight state who at", entries)


def article_rows(dice: random.Random, articles: int) -> Iterator[tuple[Any, ...]]:
    for n in range(1, articles + 1):
        blocks = json.dumps([{"kind": "p", "text": words(dice, 60)} for _ in range(8)])
        yield n, "A standfirst", "[]", "Courier", 0, blocks, "[]", 0, "bench", "[]", str(n), 1


def coverage(dice: random.Random, articles: int, threads: int) -> Iterator[tuple[Any, ...]]:
    for n in range(1, articles + threads + 1):
        at = stamp(dice)
        if n <= articles:
            story = n % (articles // 5 - 1) + 1 if n % 3 == 0 and articles >= 10 else None
            text = "\n\n".join(words(dice, 60) for _ in range(8))
            head = (n, f"a-{n}", "article", words(dice, 8), words(dice, 15), text, f"Outlet {n % 40}")
            yield *head, f"https://news.example.org/{n}", at, "x", at, at, story, 0
        else:
            text = f"{words(dice, 30)}\n\n{words(dice, 30)}"
            head = (n, f"t-{n}", "thread", None, None, text, f"person{n % 300}.example.org")
            yield *head, None, at, "x", at, at, None, 0


def post_rows(dice: random.Random, threads: range) -> Iterator[tuple[Any, ...]]:
    for thread in threads:
        for part in (1, 2):
            text = words(dice, 30)
            head = (f"p-{thread}-{part}", "x", "ada.example.org", text, text, stamp(dice), 1, 3, 2, 1, 0, 0, 1)
            yield *head, "{}", thread, "part", part, part, text


def link_rows(dice: random.Random, coverage: int, statements: int, n: int) -> Iterator[tuple[Any, ...]]:
    for _ in range(n):
        status = dice.choices(("proposed", "confirmed", "rejected"), (6, 3, 1))[0]
        band, key = dice.choice(("likely", "possible")), dice.randint(1, statements)
        evidence = {
            "statement_id": f"s-{key}",
            "score": 0.7,
            "margin": 1.0,
            "band": band,
            "their_sentence": words(dice, 20),
            "our_sentence": words(dice, 20),
            "terms": [{"text": "funding", "weight": 2.0}],
            "reason": words(dice, 9),
        }
        tail = (json.dumps(evidence), "bench", "2024-01-01T00:00:00Z")
        yield dice.randint(1, coverage), key, status, 1, dice.random(), band, *tail


class Traced(Store):
    """A store that remembers the statements it ran."""

    ran: list[str] = []  # noqa: RUF012

    def __init__(self, path: Path, connection: Connection | None = None) -> None:
        super().__init__(path, connection)
        self.connection.set_trace_callback(Traced.ran.append)


def timed(run: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Median and 95th percentile, and the median of processor time, in milliseconds."""
    took, busy = [], []
    for _ in range(rounds):
        begun, used = time.perf_counter(), time.process_time()
        run()
        took.append((time.perf_counter() - begun) * 1000)
        busy.append((time.process_time() - used) * 1000)
    took.sort()
    busy.sort()
    return took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.95))], busy[len(busy) // 2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--db", type=Path, help="Keep the archive here, and use it again when it is there.")
    options = parser.parse_args()
    if options.db:
        if not options.db.exists():
            fill(options.db, options.posts)
        return measure(options.db, options.posts, options.rounds)
    with tempfile.TemporaryDirectory(prefix="cuttings-bench-") as folder:
        db = Path(folder) / "bench.db"
        fill(db, options.posts)
        return measure(db, options.posts, options.rounds)


def measure(db: Path, posts: int, rounds: int) -> int:
    """Time every page; 1 where a limit is missed."""
    from waitress import create_server

    with Store(db) as store:
        if store.people.find("Bench") is None:
            store.people.add("Bench", "admin", pipeline.now())
        row = store.people.find("Bench")
        assert row is not None
        store.people.rehash(row["id"], "x")
        secret = store.people.start_session(row["id"], "bench", pipeline.now(), 1)
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.Store = Traced  # type: ignore[misc]
    server: Any = create_server(create_app(db, Config(), keep=True), host="127.0.0.1", port=0, threads=4, ident="")
    threading.Thread(target=server.run, daemon=True).start()
    client = http.client.HTTPConnection("127.0.0.1", server.effective_port)
    missed = 0
    print(f"{posts:,} posts, {db.stat().st_size / 1e6:.0f} MB; milliseconds\n")
    print(f"{'page':28} {'median':>8} {'p95':>8} {'CPU':>8} {'bare SQL':>9} {'ratio':>6}")
    for name, path in pages(posts).items():

        def ask(path: str = path) -> None:
            client.request("GET", path, headers={"Cookie": f"{security.COOKIE}={secret}"})
            answer = client.getresponse()
            answer.read()
            assert answer.status == 200, (path, answer.status)

        ask()
        Traced.ran.clear()
        ask()
        statements = [text for text in Traced.ran if text.lstrip().upper().startswith(("SELECT", "WITH"))]
        median, p95, busy = timed(ask, rounds)
        bare = bare_sql(db, statements, max(5, rounds // 4))
        late = p95 > P95_MS or busy > RATIO * bare + OWN_MS
        missed += late
        mark = "  MISSED" if late else ""
        print(f"{name:28} {median:8.1f} {p95:8.1f} {busy:8.1f} {bare:9.1f} {busy / bare:6.1f}{mark}")
    print(f"\nlimits: p95 {P95_MS} ms; processor time {RATIO} times that of the SQL and {OWN_MS} ms")
    return int(missed > 0)


def bare_sql(db: Path, statements: list[str], rounds: int) -> float:
    """The median of the processor time of a page's statements by themselves."""
    with Store(db) as store:
        return timed(lambda: [store.connection.execute(text).fetchall() for text in statements], rounds)[2]


def pages(posts: int) -> dict[str, str]:
    """The pages that people open."""
    articles = posts // 10
    return {
        "archive": "/",
        "search, one common word": "/?q=funding",
        "search, operators": "/?q=funding+museum+is:article+-lamps+date:2026",
        "search, best first": "/?q=funding&order=best",
        "thread": f"/coverage/t-{articles + 5}",
        "article in a story": "/coverage/a-3",
        "review": "/review",
        "review, filtered": "/review?band=likely&area=Area+3",
        "review, add a position": "/review/add/a-3?find=ba",
        "position board": "/positions",
        "position": "/positions/s-7",
        "position, edit": "/positions/s-7/edit",
        "words": "/words",
        "words, later page": "/words?start=100&find=a",
        "glossary": "/words/glossary",
        "glossary, search": "/words/glossary?find=ba",
        "digests": "/digests",
        "next digest as a mail": "/digests/next/mail",
        "health": "/health",
        "add": "/add",
        "account": "/account",
        "people": "/people",
        "program: search": "/api/v1/coverage?q=funding",
        "program: one piece": "/api/v1/coverage/a-3",
        "program: links": "/api/v1/links",
        "program: links, page 250": "/api/v1/links?start=25000",
        "program: positions": "/api/v1/statements",
        "feed of a position": "/feeds/positions/s-7.atom",
    }


if __name__ == "__main__":
    sys.exit(main())
