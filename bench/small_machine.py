"""The whole job on two cores and one gigabyte: `python bench/small_machine.py [POSTS]`.

Real commands, one after the other, each kept to two cores and to one gigabyte of address space a process: the sample
corpus and an account export of 100,000 posts in, everything linked anew, the next digest, the review app with its
heaviest pages, a backup, all checks.

Memory is the proportional set size of a command with all its children, looked at every 50 ms, at its most.
Ends with 1 where a command fails or needs more than the gigabyte.
"""

from __future__ import annotations

import http.client
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

GIGABYTE = 1 << 30
PORT = 8791
#: An account whose words are as unevenly common as words are; one post in three answers the one before.
ACCOUNT = """
import random, sys
from pathlib import Path
import bluesky, web
dice, repo = random.Random(1), bluesky.Repo(bluesky.DID)
for number in range(int(sys.argv[2])):
    made = bluesky.record(number)
    if "facets" not in made:
        made["text"] = web.words(dice, 30)
    repo.add(f"app.bsky.feed.post/{bluesky.key(number)}", made)
Path(sys.argv[1]).write_bytes(repo.file(root_first=True))
"""
#: What people open; {thread}, {article} and {position} are put in.
PAGES = (
    "/", "/?q=funding", "/?q=funding+schools&order=best", "/?q=funding+is:thread+date:2025", "/coverage/{thread}",
    "/coverage/{article}", "/review", "/positions", "/positions/{position}", "/digests", "/digests/next/mail",
    "/health", "/api/v1/coverage?q=schools", "/api/v1/links",
)  # fmt: skip


def narrow() -> None:
    """Before a command starts: two cores, a gigabyte."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTE, GIGABYTE))


def memory(pid: int) -> int:
    """Bytes that a process and its children hold; what they share counts once."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    total, left = 0, [pid]
    while left:
        one = left.pop()
        left += children.get(one, [])
        try:
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.MULTILINE)
        except OSError:
            continue
        total += int(found[1]) << 10 if found else 0
    return total


class Watch(threading.Thread):
    """Looks at a process's memory until it ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.ended = pid, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.05):
            self.peak = max(self.peak, memory(self.pid))


class Machine:
    """Runs commands and keeps count."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "a.db"
        self.failed = False
        print("| command | seconds | processor | memory | |\n|---|---|---|---|---|")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), "--db", str(self.db), *arguments],
            cwd=self.folder, preexec_fn=narrow, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, name: str, *arguments: str) -> None:
        """A command to its end, as a line of the table."""
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        process = self.start(*arguments)
        with self.watched(process.pid) as watch:
            said = process.communicate()[0]
        seconds, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        last = said.strip().splitlines()[-1] if said.strip() else ""
        self.line(name, seconds, used, watch.peak, last)
        self.failed |= process.returncode not in (0, 1) or "Traceback" in said

    @contextmanager
    def watched(self, pid: int) -> Iterator[Watch]:
        watch = Watch(pid)
        watch.start()
        try:
            yield watch
        finally:
            watch.ended.set()
            watch.join()

    def line(self, name: str, seconds: float, used: float, peak: int, said: str) -> None:
        self.failed |= peak > GIGABYTE
        print(f"| {name} | {seconds:.1f} | {used:.1f} | {peak >> 20} MB | {said[:110]} |", flush=True)

    def serve(self) -> None:
        """The review app: each page three times, the slowest named."""
        cookie, names = self._signed_in()
        start = time.monotonic()
        process = self.start("serve", "--port", str(PORT))
        times: dict[str, float] = {}
        with self.watched(process.pid) as watch:
            try:
                client = _reached()
                for path in PAGES:
                    for _ in range(3):
                        times[path] = self._ask(client, path.format(**names), cookie)
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate()
        slowest = max(times, key=lambda path: times[path])
        said = f"{len(times)} pages, the slowest {slowest} in {times[slowest] * 1000:.0f} ms"
        self.line("`serve`", time.monotonic() - start, 0, watch.peak, said)

    def _ask(self, client: http.client.HTTPConnection, path: str, cookie: str) -> float:
        start = time.monotonic()
        client.request("GET", path, headers={"Cookie": cookie})
        answer = client.getresponse()
        answer.read()
        if answer.status != 200:
            self.failed = True
            print(f"{path}: status {answer.status}")
        return time.monotonic() - start

    def _signed_in(self) -> tuple[str, dict[str, str]]:
        """A session's cookie, and names of things to look at."""
        from aggregator import pipeline
        from aggregator.store import Store
        from aggregator.web import security

        with Store(self.db) as store:
            store.people.add("Bench", "admin", pipeline.now())
            row = store.people.find("Bench")
            assert row is not None
            store.people.rehash(row["id"], "x")
            secret = store.people.start_session(row["id"], "bench", pipeline.now(), 1)
            names = {
                name: store.connection.execute(query).fetchone()[0]
                for name, query in {
                    "thread": "SELECT key FROM coverage WHERE kind = 'thread' ORDER BY length(text) DESC LIMIT 1",
                    "article": "SELECT key FROM coverage WHERE kind = 'article' ORDER BY length(text) DESC LIMIT 1",
                    "position": "SELECT s.key FROM statement s JOIN link l ON l.statement_id = s.id "
                    "GROUP BY s.id ORDER BY count(*) DESC LIMIT 1",
                }.items()
            }
        return f"{security.COOKIE}={secret}", names


def _reached() -> http.client.HTTPConnection:
    client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    for _ in range(100):
        try:
            client.connect()
        except OSError:
            time.sleep(0.1)
        else:
            return client
    raise SystemExit("the review app did not start")


def main() -> None:
    """Run the commands and print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "account.car"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[:3])}
        subprocess.run([sys.executable, "-c", ACCOUNT, str(made), str(count)], check=True, env=environment)
        machine = Machine(Path(folder))
        machine.run("`ingest` of the sample corpus", "ingest", str(ROOT / "data" / "sample"))
        machine.run(f"`ingest` of {count:,} posts, {made.stat().st_size / 1e6:.0f} MB", "ingest", str(made))
        machine.run("`link --all`", "link", "--all")
        machine.run("`digest show`", "digest", "show", "--out", folder)
        machine.run("`search`", "search", "funding schools")
        machine.serve()
        machine.run("`export posts`", "export", "posts")
        machine.run("`backup`", "backup")
        machine.run("`doctor`", "doctor")
    sys.exit(machine.failed)


if __name__ == "__main__":
    main()
