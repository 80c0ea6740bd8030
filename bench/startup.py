"""What it costs to begin: `python bench/startup.py [ROUNDS]`.

Whole processes, one after the other in rounds: `python -c pass` (the floor), `run.py --version`, `run.py --help`, and
`run.py search` over the bundled sample corpus.
Processor time of the child, median of the ratios of each round; the interpreter's compiled files are warm.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN = str(ROOT / "run.py")
SAMPLE = ROOT / "data" / "sample"
#: What each may cost, as a multiple of the floor.
LIMITS = {"--version": 6, "--help": 6, "search": 10}


def seconds(*command: str) -> float:
    """Processor time of a process, its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a line a command; exit 1 where one costs more than it may."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 31
    with tempfile.TemporaryDirectory() as folder:
        db = str(Path(folder) / "a.db")
        documents = [str(path) for path in sorted(SAMPLE.glob("*.txt"))]
        subprocess.run([sys.executable, RUN, "--db", db, "ingest", *documents], check=True, capture_output=True)
        ways = {
            "--version": (RUN, "--version"),
            "--help": (RUN, "--help"),
            "search": (RUN, "--db", db, "search", "library"),
        }
        floors, taken = [], {name: list[float]() for name in ways}
        for turn in range(rounds + 1):
            floor = seconds("-c", "pass")
            costs = {name: seconds(*command) for name, command in ways.items()}
            if turn:  # the first one warms up
                floors.append(floor)
                for name, cost in costs.items():
                    taken[name].append(cost)
    print(f"python -c pass: {statistics.median(floors) * 1000:.0f} ms")
    ratios = {
        name: statistics.median(cost / floor for cost, floor in zip(costs, floors, strict=True))
        for name, costs in taken.items()
    }
    for name, ratio in ratios.items():
        print(f"{name:10} × {ratio:.1f} (at most {LIMITS[name]}), {statistics.median(taken[name]) * 1000:.0f} ms")
    sys.exit(any(ratio > LIMITS[name] for name, ratio in ratios.items()))


if __name__ == "__main__":
    main()
