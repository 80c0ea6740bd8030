"""How fast the archive links all its coverage, beside the bare scoring and SQLite's FTS5 on the same texts.

    python bench/linking_store.py [--posts 100000] [--statements 200]

Texts and statements are made of the sentences of the tests' invented cases: one text in four speaks of a statement,
the others are of the same sector or small talk, and each is different.
- scored: the margins alone
- with evidence: what is worth showing, with its reasons, nothing stored
- linked: the verb `link` on an archive that holds the texts: read, compare, write, in transactions of 500
- a decision: what one decision costs, when a tenth of the coverage is recent
- FTS5: bm25 over the same statements, all words of a text joined by OR, on a sample; it stores nothing
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import msgspec  # noqa: E402
from linking import Cases, fts5, invented  # noqa: E402

from aggregator import pipeline  # noqa: E402
from aggregator.config import Config  # noqa: E402
from aggregator.linking import Linker  # noqa: E402
from aggregator.store import Store  # noqa: E402
from parsers.model import Hint, Statement  # noqa: E402

SAMPLE = 2_000  # texts that FTS5 is asked for
RECENT = 10  # one text in so many is recent
NOW = dt.datetime(2026, 11, 10, tzinfo=dt.UTC)


def many_statements(cases: Cases, number: int, rng: random.Random) -> list[Statement]:
    """The invented statements, then mixtures of their sentences."""
    out = list(cases.statements[:number])
    while len(out) < number:
        one, two, three = rng.sample(cases.statements, 3)
        position = _mixed([one.position, two.position], rng)
        out.append(
            msgspec.structs.replace(
                one, id=f"s-{len(out)}", position=position, context=two.context, rationale=three.rationale
            )
        )
    return out


def many_texts(cases: Cases, number: int, rng: random.Random) -> Iterator[str]:
    """Different texts of a post's length."""
    linked = [text for text, right in zip(cases.texts, cases.gold, strict=True) if right]
    others = [text for text, right in zip(cases.texts, cases.gold, strict=True) if not right]
    for at in range(number):
        text = rng.choice(linked) if at % 4 == 0 else _mixed(rng.sample(others, 2), rng)
        yield f"{text[:280]} No {at}"


def _mixed(texts: list[str], rng: random.Random) -> str:
    words = " ".join(texts).split()
    start = rng.randrange(max(1, len(words) - 30))
    return " ".join(words[start : start + 30])


def fill(store: Store, statements: list[Statement], texts: list[str]) -> None:
    """An archive of these statements and texts, nothing linked yet."""
    with store.transaction():
        document = store.documents.add(b"paper", name="paper", hint=Hint(), received_at="2026-01-01T00:00:00Z")
        store.statements.save(statements, document_id=document, now="2026-01-01T00:00:00Z")
        store.connection.executemany(
            "INSERT INTO coverage (key, kind, text, published_at, text_sha, ingested_at, changed_at) "
            "VALUES (?, 'thread', ?, ?, ?, ?, ?)",
            ((f"t-{n}", text, _day(n), f"sha {n}", _day(n), _day(n)) for n, text in enumerate(texts)),
        )


def _day(number: int) -> str:
    return "2026-11-09T09:00:00Z" if number % RECENT == 0 else "2026-02-03T09:00:00Z"


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def linked(path: Path) -> tuple[float, float]:
    """Seconds of a round over everything, and of its longest wait for another writer."""
    waits: list[float] = []
    with Store(path) as store:
        transaction = store.transaction

        @contextlib.contextmanager
        def watched() -> Iterator[None]:
            start = time.perf_counter()
            with transaction():
                yield
            waits.append(time.perf_counter() - start)

        store.transaction = watched  # type: ignore[method-assign]
        return timed(lambda: pipeline.link(store, Config())), max(waits)


def decided(path: Path) -> tuple[float, int]:
    """Seconds and pieces of the round after one decision."""
    with Store(path) as store:
        (row,) = store.connection.execute("SELECT coverage_id, statement_id FROM link LIMIT 1").fetchall()
        key = store.connection.execute("SELECT key FROM statement WHERE id = ?", (row["statement_id"],)).fetchone()[0]
        store.links.decide(row["coverage_id"], key, "confirm", who="bench", now="2026-11-10T00:00:00Z")
        start = time.perf_counter()
        report = pipeline.link(store, Config())
        return time.perf_counter() - start, report.coverage


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--statements", type=int, default=200)
    options = parser.parse_args()
    rng, cases = random.Random(1), invented()
    pipeline.now = lambda: NOW  # type: ignore[assignment]
    statements = many_statements(cases, options.statements, rng)
    texts = list(many_texts(cases, options.posts, rng))
    print(f"{len(texts)} texts, {len(statements)} statements")
    linker = Linker(statements)
    bare = timed(lambda: [linker.margins(texts[at : at + 500]) for at in range(0, len(texts), 500)])
    print(f"scored         {len(texts) / bare:8.0f} texts/s")
    shown = timed(lambda: sum(len(some) for some in linker.propose_many(texts)))
    print(f"with evidence  {len(texts) / shown:8.0f} texts/s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        with Store(path) as store:
            fill(store, statements, texts)
        seconds, held = linked(path)
        print(f"linked         {len(texts) / seconds:8.0f} texts/s, other writers waited {held * 1000:.0f} ms at most")
        with Store(path) as store:
            print(f"again          {timed(lambda: pipeline.link(store, Config())) * 1000:8.0f} ms, nothing to do")
            print(f"links          {sum(store.links.open_counts()[:1]):8d}")
        seconds, pieces = decided(path)
        print(f"a decision     {seconds:8.1f} s, {pieces} recent pieces linked again")
    score = fts5(Cases(statements, [], []))
    peer = timed(lambda: score(texts[:SAMPLE]))
    print(f"FTS5           {min(SAMPLE, len(texts)) / peer:8.0f} texts/s (scored only)")


if __name__ == "__main__":
    main()
