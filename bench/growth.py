"""How ingest slows down while the archive grows: `python bench/growth.py [POSTS]`, a million if left out.

Account exports come in by portions of a tenth, each portion a process of its own and its accounts new ones, whose
posts lie anywhere in the same two years: the worst case for an index, because no row goes to its end.
What counts is the last portion beside the first: posts for each second of processor time.
At the end the archive's size is told, and how long its checks and a backup take; searches have `bench/search.py`.
"""

from __future__ import annotations

import datetime as dt
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

PORTIONS = 10
ACCOUNTS = 20  # in each portion
SPAN = 2 * 365 * 24 * 60  # minutes


def portion(number: int, posts: int, folder: Path) -> None:
    """Write the exports of one portion."""
    from bluesky import Repo, key, record

    folder.mkdir(parents=True, exist_ok=True)
    start = dt.datetime.fromtimestamp(1_700_000_000, dt.UTC)
    chance = random.Random(number)
    for account in range(ACCOUNTS):
        repo = Repo(f"did:plc:growth{chance.randrange(36**6):012}")
        for place, minute in enumerate(sorted(chance.sample(range(SPAN), posts // ACCOUNTS))):
            made = record(number * posts + account * 1_000_003 + place)
            made["createdAt"] = (start + dt.timedelta(minutes=minute)).isoformat(timespec="milliseconds")
            repo.add(f"app.bsky.feed.post/{key(minute)}", made)
        (folder / f"{account}.car").write_bytes(repo.file(root_first=True))


def take_in(folder: Path, db: Path) -> None:
    """Ingest a folder as the command does; prints processor and wall seconds and the most memory."""
    from ingest import ours

    processor, wall = time.process_time(), time.monotonic()
    ours(folder, db)
    print(
        time.process_time() - processor,
        time.monotonic() - wall,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def closing(db: Path) -> None:
    """What else grows with the archive."""
    from aggregator import operations
    from aggregator.store import Store

    with Store(db) as store:
        counts = {}
        for name, work in (
            ("all checks", lambda: store.care.check()),
            ("backup, opened and checked", lambda: counts.update(operations.backup(store)[1])),
        ):
            start = time.monotonic()
            work()
            print(f"  {name}: {time.monotonic() - start:.1f} s")
        posts = counts["post"]
    print(f"  {posts:,} posts, {db.stat().st_size / posts:.0f} bytes a post")


def main() -> None:
    """Grow an archive and print a line a portion."""
    if sys.argv[1:2] == ["portion"]:
        portion(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
        return
    if sys.argv[1:2] == ["take"]:
        take_in(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    posts = (int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000) // PORTIONS
    with tempfile.TemporaryDirectory() as name:
        db = Path(name) / "grown.db"
        first = 0.0
        for number in range(PORTIONS):
            folder = Path(name) / f"p{number}"
            subprocess.run([sys.executable, __file__, "portion", str(number), str(posts), str(folder)], check=True)
            said = subprocess.run(
                [sys.executable, __file__, "take", str(folder), str(db)], capture_output=True, check=True, text=True
            ).stdout.split()
            speed = posts / float(said[0])
            first = first or speed
            print(
                f"{(number + 1) * posts:>9,} posts: {speed:6,.0f} a second of processor time, "
                f"× {speed / first:.2f} of the first; {float(said[1]):.0f} s by the clock, {float(said[2]):.0f} MB",
                flush=True,
            )
            subprocess.run(["rm", "-r", str(folder)], check=True)
        closing(db)


if __name__ == "__main__":
    main()
