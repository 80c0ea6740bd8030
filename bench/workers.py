"""How much several processes gain on an ingest, beside what this machine gains at all.

Run `python bench/workers.py [pages] [accounts]`.
Wall-clock time, the median of interleaved rounds; what counts are the ratios of one run.

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


def ingest(folder: Path, db: Path, workers: int) -> float:
    """Seconds of one ingest as the command does it, links and stories left out."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from aggregator import pipeline, workers\n"
        "from aggregator.config import Config\n"
        "from aggregator.store import Store\n"
        "from parsers.model import Hint\n"
        "if __name__ == '__main__':\n"
        f"    with workers.workers({workers}) as crew, Store(Path({str(db)!r})) as store:\n"
        f"        found = pipeline.find_inputs([{str(folder)!r}])\n"
        "        for report in pipeline.ingest(store, found, Config(), Hint(), workers=crew):\n"
        "            assert not report.error, report\n"
    )
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


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
    pages, accounts = (int(text) for text in (*sys.argv[1:], "1500", "6")[:2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, pages, accounts)
        gains: dict[str, list[float]] = {"machine": [], "pages": [], "accounts": []}
        for _ in range(ROUNDS):
            gains["machine"].append(machine())
            for kind in ("pages", "accounts"):
                taken = []
                for workers in (1, WORKERS):
                    db = folder / f"{kind}-{workers}.db"
                    db.unlink(missing_ok=True)
                    taken.append(ingest(folder / kind, db, workers))
                gains[kind].append(taken[0] / taken[1])
    print(f"{os.cpu_count()} cores, {WORKERS} workers; {pages} pages, {accounts} accounts of {POSTS:,} posts")
    ceiling = statistics.median(gains["machine"])
    for kind, values in gains.items():
        gain = statistics.median(values)
        print(f"  {kind:9} {gain:.2f} times as fast as one process; {gain / ceiling:.2f} of the machine's own gain")


if __name__ == "__main__":
    main()
