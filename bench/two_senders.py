"""Two services started in one moment, and senders that take no notice of each other.

    python bench/two_senders.py --rounds 50

The first part starts two `run.py schedule` at once: one has to run, the other to end with 75 and name it; then the
first is ended, by SIGTERM or SIGKILL in turn, and the next pair starts at once.

The second part leaves the lock out: four senders start on the same issue in the same moment, one of them is killed at
a named point or at random, and the ledger and the journal alone have to keep each reader to one mail.
What they cannot tell apart from a restored archive is held, and a person adopts it, as the round then does.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

import kill_send  # noqa: E402

EXIT_LOCKED = 75


def service(folder: Path) -> subprocess.Popen[str]:
    """A service as a service manager starts it."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "--db", str(folder / "a.db"), "schedule"],
        cwd=folder, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def pairs(rounds: int) -> Counter[str]:
    """Pairs of services; what came of them."""
    seen = Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(rounds):
            both = [service(folder), service(folder)]
            while all(process.poll() is None for process in both):
                time.sleep(0.02)
            second, first = sorted(both, key=lambda process: process.poll() is None)
            assert second.stderr is not None and first.stderr is not None
            said = second.stderr.read()
            seen["one refused with 75"] += second.returncode == EXIT_LOCKED and f"pid {first.pid}" in said
            line = first.stderr.readline()
            seen["one runs"] += line.startswith("running; ") and first.poll() is None
            how = (signal.SIGTERM, signal.SIGKILL)[number % 2]
            first.send_signal(how)
            first.wait()
            seen[how.name] += 1
            for process in both:
                assert process.stderr is not None
                process.stderr.close()
    return seen


def unlocked(rounds: int, seed: int = 1) -> dict[str, int]:
    """Four senders at once without the lock, one of them killed; the counts of all rounds together."""
    from sink import free_port

    chance, held = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        kill_send.prepare(folder, port)
        with kill_send.sink(folder, port):
            for number in range(rounds):
                kill_send.next_issue(folder, number)
                point = f"{chance.choice(kill_send.POINTS)}:{chance.randint(1, 2)}"
                crowd = [kill_send.sender(folder, point if n == 0 else "", locked=False) for n in range(4)]
                for process in crowd:
                    process.wait()
                held += _adopt(folder)
                while kill_send.waiting(folder):
                    kill_send.sender(folder).wait()
                    held += _adopt(folder)
        return {"rounds": rounds, "adopted": held, **kill_send.count(folder)}


def _adopt(folder: Path) -> bool:
    """What a person does where sending is off; whether it was."""
    from aggregator import sending
    from aggregator.store import Store

    with Store(folder / "a.db") as store:
        off = store.meta.get("sending_off") is not None
        if off:
            sending.adopt(store, who="bench")
    return off


def main() -> None:
    """Both parts, as a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seen = pairs(options.rounds)
    counts = unlocked(options.rounds, options.seed)
    print(f"{options.rounds} pairs of services: " + ", ".join(f"{text} {n}" for text, n in seen.items()))
    print(f"{options.rounds} crowds without the lock: " + ", ".join(f"{text} {n}" for text, n in counts.items()))
    good = seen["one runs"] == seen["one refused with 75"] == options.rounds
    sys.exit(0 if good and not counts["duplicates"] and not counts["lost"] else 1)


if __name__ == "__main__":
    main()
