"""Make an archive as a released version leaves it: run it in a checkout of that version, once for each release.

    python tests/make_released.py FOLDER/0.1        # writes 0.1.db.gz, and 0.1.jsonl with all its exports

`test_upgrade.py` brings each of these up to date and compares the exports.
Only commands are used, so that it works with any version.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from make import ARTICLE, PAPER, scrape  # noqa: E402

KINDS = ("posts", "threads", "articles", "statements", "links", "stories", "quotes", "digests")
SETTINGS = """
[organisation]
name = "National Association of Lamps and Paths"
[digest]
sender = "cuttings@nalp.example.org"
public_base_url = "https://cuttings.nalp.example.org"
[[recipients]]
address = "press@nalp.example.org"
"""
POSTS = scrape(
    ("Councils have taken one bench in five from our parks since 2015. Why that matters: 1/3", "09.11.2026 09:00", (5, 2, 1, 0)),
    ("Older visitors stay at home when there is nowhere to sit down on the way. 2/3", "09.11.2026 09:02", (3, 0, 0, 0)),
    ("A lone post about bats over the canal and lamps along the towpath.", "10.11.2026 12:00", (1, 0, 0, 0)),
)  # fmt: skip


def main() -> None:
    """Fill an archive by commands and keep it with its exports."""
    target = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cuttings.toml").write_text(SETTINGS, encoding="utf-8")
        (folder / "paper.txt").write_text(PAPER, encoding="utf-8")
        (folder / "article.txt").write_text(ARTICLE, encoding="utf-8")
        (folder / "posts.txt").write_bytes(POSTS)

        def run(*arguments: str) -> str:
            command = [sys.executable, str(ROOT / "run.py"), "--db", "a.db", *arguments]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            return done.stdout

        run("ingest", "--published", "2026-11-10", "paper.txt", "article.txt")
        run("ingest", "posts.txt")
        coverage, statement = (
            json.loads(run("export", "links").splitlines()[0])[f] for f in ("coverage_id", "statement_id")
        )
        run("decide", coverage, statement, "confirm", "--who", "Ada")
        run("user", "add", "Ada", "--role", "admin")
        run("digest", "send")
        run("backup")
        (copy,) = (folder / "a.db.backups").glob("cuttings-*.db")
        target.with_name(target.name + ".db.gz").write_bytes(gzip.compress(copy.read_bytes(), mtime=0))
        lines = [
            f'{{"export": "{kind}", "row": {line}}}\n' for kind in KINDS for line in run("export", kind).splitlines()
        ]
        target.with_name(target.name + ".jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
