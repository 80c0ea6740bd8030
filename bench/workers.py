"""How much several processes gain on an ingest, beside what this machine gains at all.

Run `python bench/workers.py [pages] [accounts]`; either may be several sizes, as in 100,400.
Wall-clock time, the median of interleaved rounds; what counts are the ratios of one run.
The processor seconds say what bounds the gain: of one process, of the process that stores, of all with workers.

- pages: an archive of article pages, where nearly all work is reading
- accounts: account exports of 5,000 posts, about half of whose work is storing, which one process does
- machine: the same fixed work twice, one after the other and at once; no program gains more on two cores
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

ROUNDS = 3
WORKERS = 2
POSTS = 5_000
#: Loops of the fixed work; about a second.
_SPIN = "n = 0\nfor i in range(20_000_000): n += i"


def page(number: int) -> str:
    """An invented article page with the usual furniture around it."""
    paragraphs = "".join(
        f"<p>On day {number * 31 + n} the council of ward {number % 97} heard that bench {n} of park {number} would be "
        f"mended before the {n + 3}th of the month, and that {number * n % 400} people had written about it.</p>"
        for n in range(14)
    )
    links = "".join(f'<li><a href="/news/{n}">Other news of ward {n}</a></li>' for n in range(60))
    return (
        f'<!doctype html><html lang="en"><head><title>Park {number} gets its benches back - The Ward Post</title>'
        f'<meta property="article:published_time" content="2026-{number % 12 + 1:02}-{number % 28 + 1:02}T08:00:00Z">'
        f'<link rel="canonical" href="https://wardpost.example/news/{number}"></head><body><nav><ul>{links}</ul></nav>'
        f"<main><article><h1>Park {number} gets its benches back</h1>{paragraphs}</article></main>"
        f"<aside><ul>{links}</ul></aside><footer>© The Ward Post</footer></body></html>"
    )


def fill(folder: Path, pages: int, accounts: int) -> None:
    """Write the inputs."""
    from ingest import account

    (folder / "pages").mkdir()
    (folder / "accounts").mkdir()
    for number in range(pages):
        (folder / "pages" / f"{number:05}.html").write_text(page(number), encoding="utf-8")
    for number in range(accounts):
        (folder / "accounts" / f"{number:03}.car").write_bytes(account(POSTS, f"did:plc:{number:024}"))


class Taken(NamedTuple):
    """Seconds of one ingest."""

    wall: float
    storing: float  # processor time of the process that stores
    together: float  # with that of its workers


def ingest(files: list[Path], db: Path, workers: int) -> Taken:
    """One ingest as the command does it, links and stories left out."""
    code = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from aggregator import pipeline, workers\n"
        "from aggregator.config import Config\n"
        "from aggregator.store import Store\n"
        "from parsers.model import Hint\n"
        "def spent(number):\n"
        "    fields = Path(f'/proc/{number}/stat').read_text().rpartition(')')[2].split()\n"
        "    return (int(fields[11]) + int(fields[12])) / 100\n"
        "if __name__ == '__main__':\n"
        f"    with workers.workers({workers}) as crew, Store(Path({str(db)!r})) as store:\n"
        "        found = pipeline.find_inputs(sys.argv[1:])\n"
        "        for report in pipeline.ingest(store, found, Config(), Hint(), workers=crew):\n"
        "            assert not report.error, report\n"
        "        others = sum(map(spent, crew._pool._processes)) if crew.elsewhere else 0\n"
        "    print(time.process_time(), others)\n"
    )
    start = time.perf_counter()
    command = [sys.executable, "-c", code, *map(str, files)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    storing, others = map(float, done.stdout.split())
    return Taken(time.perf_counter() - start, storing, storing + others)


def machine() -> float:
    """How many times as much two processes do as one, on this machine at this moment."""
    command = [sys.executable, "-c", _SPIN]
    start = time.perf_counter()
    for _ in range(WORKERS):
        subprocess.run(command, check=True)
    one_by_one = time.perf_counter() - start
    start = time.perf_counter()
    for process in [subprocess.Popen(command) for _ in range(WORKERS)]:
        process.wait()
    return one_by_one / (time.perf_counter() - start)


def main() -> None:
    sizes = [[int(size) for size in text.split(",")] for text in (*sys.argv[1:], "1500", "12")[:2]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, max(sizes[0]), max(sizes[1]))
        jobs = {
            f"{size:,} {kind}": sorted((folder / kind).iterdir())[:size]
            for kind, some in zip(("pages", "accounts"), sizes, strict=True)
            for size in some
        }
        ceilings: list[float] = []
        taken: dict[str, list[tuple[Taken, Taken]]] = {job: [] for job in jobs}
        for _ in range(ROUNDS):
            ceilings.append(machine())
            for job, files in jobs.items():
                one, two = (ingest(files, _fresh(folder / "a.db"), workers) for workers in (1, WORKERS))
                taken[job].append((one, two))
    report(statistics.median(ceilings), taken)


def _fresh(db: Path) -> Path:
    for path in db.parent.glob(f"{db.name}*"):
        path.unlink()
    return db


def report(ceiling: float, taken: dict[str, list[tuple[Taken, Taken]]]) -> None:
    """Print the gains, and the processor seconds behind them."""
    print(f"{os.cpu_count()} cores, {WORKERS} workers; accounts of {POSTS:,} posts; the machine gains {ceiling:.2f}")
    print("| | times as fast | of the machine's gain | one process | storing | with workers |")
    print("|---|---|---|---|---|---|")
    for job, rounds in taken.items():
        gain = statistics.median(one.wall / two.wall for one, two in rounds)
        alone, storing, together = (
            statistics.median(values)
            for values in zip(*((one.storing, two.storing, two.together) for one, two in rounds), strict=True)
        )
        print(f"| {job} | {gain:.2f} | {gain / ceiling:.2f} | {alone:.2f} s | {storing:.2f} s | {together:.2f} s |")


if __name__ == "__main__":
    main()
