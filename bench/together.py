"""Everybody at the archive at once: `python bench/together.py [SECONDS]`, a minute if left out.

Four processes work on one archive for that long, one imports and links, one decides fifty times
a second, two search and export without a pause.
A fifth takes backups meanwhile and proves each by restoring it into a copy.
What counts is the first column: errors of any kind, *database is locked* among them, have to be none.
"""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from aggregator import operations, pipeline  # noqa: E402
from aggregator.config import Config  # noqa: E402
from aggregator.inputs import Input  # noqa: E402
from aggregator.store import Store, exports  # noqa: E402
from parsers.model import Hint  # noqa: E402

#: Between two decisions: SQLite keeps no queue for its lock, so one who never pauses starves the others.
PAUSE = 0.02  # seconds; fifty decisions a second
TODAY = dt.date(2026, 11, 22)


@dataclass
class Work:
    """What one process did."""

    who: str
    rounds: int = 0
    slowest: float = 0.0  # seconds of its slowest round
    errors: list[str] = field(default_factory=list)


def export_of(number: int) -> bytes:
    """An invented export of twenty posts."""
    did = f"did:plc:together{number:08}"
    posts = [
        {
            "uri": f"at://{did}/app.bsky.feed.post/3k{number:06}{place:03}",
            "cid": f"bafy{number}x{place}",
            "author": {"did": did, "handle": f"branch{number}.library.example"},
            "record": {
                "$type": "app.bsky.feed.post",
                "text": f"Opening hours of branch {number} were cut, and reading group {place} moved.",
                "createdAt": f"2026-11-{place + 1:02}T{number % 24:02}:{place:02}:00.000Z",
            },
        }
        for place in range(20)
    ]
    return json.dumps({"posts": posts}).encode()


def imports(db: Path) -> Iterator[None]:
    """A new export each round, linked."""
    number = 0
    while True:
        number += 1
        path = db.parent / "next.json"
        path.write_bytes(export_of(number))
        with Store(db) as store:
            reports = list(pipeline.ingest(store, [Input(name=f"{number}.json", path=path)], Config(), Hint()))
            assert [report.changes.new for report in reports] == [20]
            pipeline.refresh(store, Config())
        yield


def decides(db: Path) -> Iterator[None]:
    """Small writes, as the web app and the service make them."""
    with Store(db) as store:
        while True:
            store.care.set_meta("together", str(time.time()))
            with store.transaction():
                links = store.connection.execute("SELECT id, status FROM link ORDER BY random() LIMIT 3").fetchall()
                for row in links:
                    status = "proposed" if row["status"] == "confirmed" else "confirmed"
                    store.connection.execute("UPDATE link SET status = ? WHERE id = ?", (status, row["id"]))
            time.sleep(PAUSE)
            yield


def reads(db: Path) -> Iterator[None]:
    """Searches, and an export of all posts, whose rows have to agree with their count at that moment."""
    while True:
        with Store(db) as store:
            store.search.find("branch OR library", today=TODAY, order="newest")
            store.search.find("opening hours", today=TODAY, order="best")
            assert (
                len(list(exports.EXPORTS["posts"](store.connection))) % 20 == 0
            )  # an import shows whole or not at all
        yield


def backs_up(db: Path) -> Iterator[None]:
    """A backup, proved by a restore of it."""
    while True:
        with Store(db) as store:
            path, counts = operations.backup(store)
        _, again, _ = operations.restore(db, path, check_only=True)
        assert again == counts and counts["post"] % 20 == 0
        path.unlink()
        yield


WORKERS: dict[str, Callable[[Path], Iterator[None]]] = {
    "imports and links": imports,
    "decides": decides,
    "searches and exports": reads,
    "searches and exports, too": reads,
    "backs up and proves": backs_up,
}


def work(who: str, db: Path, until: float, done: multiprocessing.Queue[Work]) -> None:
    """One process: rounds until the time is over."""
    mine = Work(who)
    rounds = WORKERS[who](db)
    while time.time() < until:
        start = time.monotonic()
        try:
            next(rounds)
        except Exception as exc:  # noqa: BLE001  (every error is a finding)
            mine.errors.append(f"{type(exc).__name__}: {exc}")
            rounds = WORKERS[who](db)
        mine.rounds += 1
        mine.slowest = max(mine.slowest, time.monotonic() - start)
    done.put(mine)


def together(seconds: float, folder: Path) -> tuple[list[Work], list[str]]:
    """What each process did, and what the checks of the archive find afterwards."""
    db = folder / "a.db"
    with Store(db) as store:
        paper = ROOT / "data" / "sample" / "positions-services-access.txt"
        list(pipeline.ingest(store, pipeline.find_inputs([str(paper)]), Config(), Hint()))
        pipeline.refresh(store, Config())
    context = multiprocessing.get_context("spawn")
    done: multiprocessing.Queue[Work] = context.Queue()
    until = time.time() + seconds + 2  # they have to start
    processes = [context.Process(target=work, args=(who, db, until, done)) for who in WORKERS]
    for process in processes:
        process.start()
    found = [done.get(timeout=seconds + 120) for _ in processes]
    for process in processes:
        process.join()
    with Store(db) as store:
        bad = [f"{finding.name}: {finding.detail}" for finding in store.care.check() if not finding.ok]
    return sorted(found, key=lambda one: list(WORKERS).index(one.who)), bad


def main() -> None:
    """Print the table; exit 1 where anything went wrong."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as name:
        found, bad = together(seconds, Path(name))
    print("| process | errors | rounds | slowest, s |\n|---|---|---|---|")
    for one in found:
        print(f"| {one.who} | {len(one.errors)} | {one.rounds} | {one.slowest:.2f} |")
    for line in [*bad, *(error for one in found for error in one.errors)][:20]:
        print(line, file=sys.stderr)
    sys.exit(bool(bad) or any(one.errors for one in found))


if __name__ == "__main__":
    main()
