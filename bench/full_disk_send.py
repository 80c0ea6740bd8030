"""Sends an issue from a disk that fills at every point of it, and counts what its readers got.

    python bench/full_disk_send.py --steps 60

Each step takes the same archive, leaves a little more room than the step before, and calls the real `digest send`
with a real server on loopback: freezing, making mails, claiming, journalling and writing the answers down each meet
the full disk in their turn.
Then room is made and the command is called again, as a person would.

The disk is a file system in memory (root on Linux); elsewhere a limit on the size of files stands in for it.
duplicates: a mail that the server took twice.  lost: a reader who has no mail and whom the ledger does not show as
failed or unknown.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

READERS = [f"r{n}@paths.example" for n in range(6)]
DISK = 6 << 20
MOST_ROOM = 800_000  # bytes; with more of it nothing fails


@dataclass
class Step:
    """What one step came to."""

    room: int
    said: str  # by the first command, on standard error
    exit: int
    taken_before: int  # mails taken while the disk was full
    states: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    lost: int = 0


def prepare(folder: Path) -> Path:
    """An archive with a week's coverage that nobody was sent yet, and its settings."""
    import datetime as dt

    from sending_kit import article, put

    from aggregator.store import Store

    seed = folder / "seed.db"
    now = dt.datetime.now(dt.UTC)
    with Store(seed) as store:
        put(store, folder / "in", [article(n, now, f"of a kind that is number {n}") for n in range(30)])
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return seed


def settings(folder: Path, port: int) -> None:
    """A server on loopback and readers."""
    people = "\n".join(f'[[recipients]]\naddress = "{address}"' for address in READERS)
    (folder / "cuttings.toml").write_text(
        f'[digest]\nsender = "cuttings@paths.example"\n[smtp]\nhost = "127.0.0.1"\nport = {port}\n'
        f'security = "plain"\n{people}\n'
    )


def command(folder: Path, *arguments: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """A real command; `limit` is the largest file it may write, in bytes."""

    def narrow() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "--config", str(folder.parent / "cuttings.toml"),
         "--db", str(folder / "a.db"), *arguments],
        capture_output=True, text=True, check=False, cwd=folder, preexec_fn=narrow,
    )  # fmt: skip


def run_step(seed: Path, disk: Path, room: int, *, real: bool) -> Step:
    """One issue, sent with so much room and then with enough."""
    from sink import Host

    host = Host("SIZE 0")
    try:
        settings(disk.parent, host.port)
        shutil.copyfile(seed, disk / "a.db")
        ballast = disk / "ballast"
        if real:
            here = os.statvfs(disk)
            ballast.write_bytes(b"\0" * (here.f_bavail * here.f_bsize - room))
        first = command(disk, "digest", "send", limit=None if real else room)
        step = Step(room, first.stderr, first.returncode, len(host.mails))
        ballast.unlink(missing_ok=True)
        for _ in range(3):
            again = command(disk, "digest", "send")
            if "went out already" in again.stderr:
                break
        _count(step, disk / "a.db", Counter(to for to, _ in host.mails))
    finally:
        host.close()
    for path in disk.iterdir():
        path.unlink()
    return step


def _count(step: Step, db: Path, taken: Counter[str]) -> None:
    from aggregator.store import Store

    with Store(db) as store:
        ledger = {row["recipient"]: row["state"] for row in store.deliveries.in_state("sent", "unknown", "failed")}
    step.states = Counter(ledger.values())
    step.duplicates = sum(n - 1 for n in taken.values() if n > 1)
    step.lost = sum(
        1
        for address in READERS
        if (ledger.get(address) == "sent") != bool(taken[address]) and ledger.get(address) not in ("unknown", "failed")
    )


def campaign(steps: int) -> list[Step]:
    """So many steps from no room to enough."""
    from faults import mounted

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seed, disk = prepare(folder), folder / "disk"
        disk.mkdir()
        with mounted(disk, f"size={DISK}") as real:
            rooms = [8192 + n * MOST_ROOM // max(1, steps - 1) // 4096 * 4096 for n in range(steps)]
            return [run_step(seed, disk, room, real=real) for room in rooms]


def main() -> None:
    """Run a campaign and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=60)
    found = campaign(parser.parse_args().steps)
    print("| room, kB | exit | taken before there was room | sent | unknown | duplicates | lost | said |")
    print("|---:|---:|---:|---:|---:|---:|---:|---|")
    for step in found:
        said = " ".join(step.said.split())[:110]
        print(
            f"| {step.room // 1024} | {step.exit} | {step.taken_before} | {step.states['sent']} "
            f"| {step.states['unknown']} | {step.duplicates} | {step.lost} | {said} |"
        )
    duplicates, lost = sum(step.duplicates for step in found), sum(step.lost for step in found)
    print(f"\n{len(found)} steps: {duplicates} duplicates, {lost} lost")
    sys.exit(1 if duplicates or lost else 0)


if __name__ == "__main__":
    main()
