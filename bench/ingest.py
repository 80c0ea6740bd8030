"""How fast an account export gets into the archive, stitched and indexed, beside the floor and a plain peer.

Run `python bench/ingest.py [posts]`.
All figures are CPU time of one process each, the median of interleaved rounds; what counts are the ratios of one run.

- floor: `libipld.decode_car` of the same bytes and bare `executemany` of the same rows into the same tables, their
  search index filled by one statement, in one transaction; a new archive is made first, here and everywhere
- limit: the floor without the decoding; store: keeping posts that are read and stitched already, looked up and all
- peer: the same decoding and sqlite-utils' `upsert_all` of the posts into one table with full-text search
- again: the same file a second time; forced: the same, read again
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

ROUNDS = 3
#: Tables of the archive that an account export fills, in the order in which rows may be inserted.
TABLES = ("coverage", "thread", "post")


def ours(export: Path, db: Path, *, force: bool = False) -> None:
    """Ingest as the command does."""
    from aggregator import pipeline
    from aggregator.config import Config
    from aggregator.store import Store
    from parsers.model import Hint

    with Store(db) as store:
        for report in pipeline.ingest(store, pipeline.find_inputs([str(export)]), Config(), Hint(), force=force):
            assert not report.error, report.error


def floor(export: Path | None, db: Path, rows: dict[str, list[Any]]) -> None:
    """Decode, and insert rows that are there already."""
    import libipld

    from aggregator.store import Store

    if export:
        libipld.decode_car(export.read_bytes())
    with Store(db) as store, store.transaction():
        store.connection.execute("INSERT INTO document VALUES (1, '', 0, '', '', '', '{}', '{}', '', NULL, '{}')")
        for table in TABLES:
            marks = ", ".join("?" * len(rows[table][0]))
            store.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[table])
        store.connection.execute(
            "INSERT INTO coverage_fts(rowid, headline, summary, text) SELECT id, headline, summary, text FROM coverage"
        )


def peer(export: Path, db: Path) -> None:
    """What a short script would do."""
    import libipld
    from sqlite_utils import Database

    _, blocks = libipld.decode_car(export.read_bytes())
    made = Database(db)
    posts = made["post"]
    posts.create({"id": str, "text": str, "createdAt": str, "reply": str}, pk="id")  # type: ignore[union-attr]
    posts.enable_fts(["text"], create_triggers=True)  # type: ignore[union-attr]
    records = (
        {"id": cid.hex(), "text": block["text"], "createdAt": block["createdAt"], "reply": str(block.get("reply"))}
        for cid, block in blocks.items()
        if isinstance(block, dict) and block.get("$type") == "app.bsky.feed.post"
    )
    with made.atomic():
        posts.upsert_all(records, pk="id")  # type: ignore[union-attr]


def prepared(export: Path) -> Any:
    """The posts of an export, read and stitched."""
    import parsers
    from aggregator.store.alone_rows import prepare
    from parsers.detect import detect
    from parsers.findings import Findings
    from parsers.model import Hint

    data = export.read_bytes()
    return prepare(list(parsers.stream(detect(data, Hint()), data, Hint(), Findings())))


def store_only(db: Path, posts: Any) -> None:
    """Keep prepared posts."""
    from aggregator.store import Store

    moment = "2026-01-01T00:00:00Z"
    with Store(db) as store, store.transaction():
        store.connection.execute("INSERT INTO document VALUES (1, '', 0, '', '', '', '{}', '{}', '', NULL, '{}')")
        assert store.posts.save_alone(posts, document_id=1, as_of=moment, now=moment)


def rows_of(db: Path) -> dict[str, list[Any]]:
    """All rows of the tables, to be inserted again."""
    from aggregator.store import Store

    with Store(db) as store:
        return {table: [tuple(row) for row in store.connection.execute(f"SELECT * FROM {table}")] for table in TABLES}


def one(way: str, export: Path, folder: Path) -> None:
    """One way in this process: prints CPU seconds and the most memory used."""
    db = folder / f"{way}.db"
    known = rows_of(folder / "kept.db") if way in ("floor", "limit") else {}
    posts = prepared(export) if way == "store" else None
    start = time.process_time()
    if way == "floor":
        floor(export, db, known)
    elif way == "limit":
        floor(None, db, known)
    elif way == "store":
        store_only(db, posts)
    elif way == "peer":
        peer(export, db)
    elif way == "made":
        ours(export, folder / "kept.db")
    elif way == "ours":
        ours(export, db)
    else:
        ours(export, folder / "kept.db", force=way == "forced")
    taken = time.process_time() - start
    print(taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def account(count: int, did: str | None = None) -> bytes:
    """An account export whose posts' dates are those of their record keys: a post a minute."""
    from bluesky import DID, Repo, key, record

    did = did or DID
    repo = Repo(did)
    start = dt.datetime.fromtimestamp(1_700_000_000, dt.UTC)
    for number in range(count):
        made: dict[str, Any] = json.loads(json.dumps(record(number)).replace(DID, did))
        made["text"] += f" {did[-4:]}"
        made["createdAt"] = (start + dt.timedelta(minutes=number)).isoformat(timespec="milliseconds")
        repo.add(f"app.bsky.feed.post/{key(number)}", made)
    return repo.file(root_first=True)


def main() -> None:
    if sys.argv[1:2] == ["export"]:
        Path(sys.argv[2]).write_bytes(account(int(sys.argv[3])))
        return
    if len(sys.argv) > 2:
        one(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export = folder / "repo.car"
        # In processes of their own: a child's largest memory is never less than its parent's.
        subprocess.run([sys.executable, __file__, "export", str(export), str(count)], check=True)
        subprocess.run([sys.executable, __file__, "made", str(export), name], check=True, stdout=subprocess.DEVNULL)
        taken: dict[str, list[float]] = {}
        memory: dict[str, float] = {}
        for _ in range(ROUNDS):
            for way in ("floor", "ours", "limit", "store", "peer", "again", "forced"):
                (folder / f"{way}.db").unlink(missing_ok=True)
                command = [sys.executable, __file__, way, str(export), str(folder)]
                said = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
                taken.setdefault(way, []).append(float(said[0]))
                memory[way] = float(said[1])
        print(f"account export, {count:,} posts, {export.stat().st_size / 1e6:.1f} MB")
        for way, times in taken.items():
            base = "limit" if way in ("store", "again") else "floor"
            ratio = statistics.median(own / other for own, other in zip(times, taken[base], strict=True))
            print(f"  {way:8} {statistics.median(times):8.3f} s   × {ratio:.2f} of the {base}   {memory[way]:.0f} MB")


if __name__ == "__main__":
    main()
