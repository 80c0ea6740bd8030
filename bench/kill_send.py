"""Kills a real sender with SIGKILL, at named points and at random, and counts what its readers got.

    python bench/kill_send.py --kills 500

A sink on loopback (a process of its own) writes down every mail that it takes.
A sender, a process that does what one start of the service does, is killed again and again until the kills are used
up; after each kill it is started again, as a service manager would.
Issue follows issue, so that there is always something to send.

duplicates: a mail that the sink took twice.  lost: a mail that the ledger calls sent and the sink never took, or
one that is neither sent nor shown as pending, failed or unknown.  unknown: waits for a person; how many of these had
arrived is told beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

POINTS = (
    "before-claim", "claim", "connect", "mail", "rcpt", "before-journal", "journal", "data", "text", "dot",
    "answer", "before-commit", "commit",
)  # fmt: skip
READERS = 6


def prepare(folder: Path, port: int) -> None:
    """An archive and settings for a sender."""
    readers = "\n".join(f'[[recipients]]\naddress = "r{n}@paths.example"' for n in range(READERS))
    (folder / "cuttings.toml").write_text(
        f'[digest]\nsender = "cuttings@paths.example"\n[smtp]\nhost = "127.0.0.1"\nport = {port}\n'
        f'security = "plain"\n{readers}\n'
    )


def next_issue(folder: Path, number: int) -> None:
    """One more issue that is due now, made as drafting makes it, of a week of its own."""
    from aggregator import issues, pipeline, sending_guard, weeks
    from aggregator.config import load
    from aggregator.lock import hold
    from aggregator.store import Store

    config = load(folder / "cuttings.toml")
    monday = weeks.window_of(f"20{30 + number // 50:02d}-W{1 + number % 50:02d}", config)
    with hold(folder / "a.db"), Store(folder / "a.db") as store:
        sending_guard.guard(store)
        pipeline.refresh(store, config)
        issues.draft(store, config, monday)
        issues.make_mails(store, config, monday.issue)


def sender(folder: Path, kill_at: str = "", *, locked: bool = True) -> subprocess.Popen[bytes]:
    """A sender as a service manager starts it; not `locked`, one that takes no notice of others."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "bench" / "kill_send.py"), "--send" if locked else "--send-unlocked", str(folder)],
        env={**os.environ, "CUTTINGS_KILL_AT": kill_at},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def send_all(folder: Path, *, locked: bool = True) -> None:
    """What one start of the service does: the guard, then everything that is due; the archive's own code."""
    from aggregator import lock, sending_guard, sending_round
    from aggregator.config import load
    from aggregator.store import Store

    config = load(folder / "cuttings.toml")
    with lock.hold(folder / "a.db") if locked else contextlib.nullcontext(), Store(folder / "a.db") as store:
        journal = sending_guard.guard(store)
        for row in store.issues.in_state("sending"):
            store.deliveries.hurry(row["id"])  # as “digest send” does, so that nothing waits for its minute here
        sending_round.deliver(store, config, journal)


def run(kills: int, seed: int = 1, *, say: bool = True) -> dict[str, int]:
    """Kill so many senders; gives the counts."""
    from sink import free_port

    chance, done, killed = random.Random(seed), Counter[str](), 0
    points = itertools.cycle(chance.sample(POINTS, len(POINTS)))
    point = next(points)
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        prepare(folder, port)
        with sink(folder, port):
            number = 0
            while killed < kills:
                if not waiting(folder):
                    next_issue(folder, number)
                    number += 1
                where = _kill_one(folder, chance, point)
                if where == point:
                    point = next(points)
                if where:
                    killed += 1
                    done[where] += 1
                    if say and killed % 50 == 0:
                        print(f"{killed} kills …", file=sys.stderr)
            while waiting(folder):
                sender(folder).wait()
        counts = count(folder)
    if say:
        print_table(done, counts)
    return {"kills": killed, **counts}


@contextlib.contextmanager
def sink(folder: Path, port: int) -> Iterator[None]:
    """A server in a process of its own that writes down what it takes."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "sink.py"), str(port), str(folder / "taken")], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout as out:
        out.readline()
        try:
            yield
        finally:
            process.kill()
            process.wait()


def _kill_one(folder: Path, chance: random.Random, point: str) -> str | None:
    """Start a sender and kill it, mostly at a point; where it was killed, or None where it was through first."""
    if chance.random() < 0.7:
        process = sender(folder, f"{point}:{chance.randint(1, 2)}")
        process.wait()
        return point if process.returncode == -signal.SIGKILL else None
    process = sender(folder)
    time.sleep(chance.uniform(0.15, 0.6))
    process.kill()
    process.wait()
    return "at random" if process.returncode == -signal.SIGKILL else None


def waiting(folder: Path) -> int:
    from aggregator.store import Store

    with Store(folder / "a.db") as store:
        return len(store.deliveries.in_state("pending", "sending"))


def count(folder: Path) -> dict[str, int]:
    from aggregator.store import Store

    log = folder / "taken"
    taken = Counter(json.loads(line)["id"] for line in log.read_text().splitlines()) if log.exists() else Counter[str]()
    with Store(folder / "a.db") as store:
        ledger = {key: row["state"] for key, row in store.deliveries.by_message().items()}
    states = Counter(ledger.values())
    return {
        "mails": len(ledger),
        "sent": states["sent"],
        "unknown": states["unknown"],
        "arrived": sum(1 for key, state in ledger.items() if state == "unknown" and taken[key]),
        "failed": states["failed"],
        "duplicates": sum(n - 1 for n in taken.values() if n > 1),
        "lost": sum(1 for key, state in ledger.items() if state == "sent" and not taken[key])
        + len(set(taken) - set(ledger))
        + states["pending"]
        + states["sending"]
        + states["held"],
    }


def print_table(done: Counter[str], counts: dict[str, int]) -> None:
    """Where it was killed, and what came of it, as Markdown."""
    print("| killed | times |\n|---|---:|")
    for point in (*POINTS, "at random"):
        print(f"| {point} | {done[point]} |")
    print(f"| **together** | **{sum(done.values())}** |\n\n| of | mails |\n|---|---:|")
    for name, text in (
        ("mails", "mails of the ledger"), ("duplicates", "**delivered twice**"), ("lost", "**lost**"),
        ("sent", "sent, and taken by the server"), ("unknown", "unknown, shown to a person"),
        ("arrived", "… of these the server had taken"), ("failed", "failed"),
    ):  # fmt: skip
        print(f"| {text} | {counts[name]} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--send", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--send-unlocked", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send:
        send_all(options.send)
    elif options.send_unlocked:
        send_all(options.send_unlocked, locked=False)
    else:
        result = run(options.kills, options.seed)
        sys.exit(1 if result["duplicates"] or result["lost"] else 0)
