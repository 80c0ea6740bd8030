"""The whole way of many posts into the archive, links included, beside the plain choices of a short script.

Run `python bench/whole.py [posts]`, 100,000 if left out.
Posts are made of the sentences of the tests' invented cases: one in four speaks of one of 200 statements, one in three
answers the post before, one in four has a link and a card, one in five ends with a number.
Of what is made of them, 6 in 100 pieces get a proposal, three each; feeds that speak more of the positions cost more.
CPU time of one process each, the median of interleaved rounds; figures are posts a second.

- car, jsonl, accounts: decode, repair, stitch, store, index (“in”), compare with 200 statements, store links (“link”):
  one export of one account, the same posts as JSON lines, and the same texts as exports of 20 accounts
- plain: `json.loads`, pydantic, `fix_text`, one regular expression a statement, and sqlite-utils' `upsert_all` with
  search triggers, page by page of 100; no stitching, no evidence; on a tenth of the posts
"""

from __future__ import annotations

import json
import random
import re
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
STATEMENTS = 200
ACCOUNTS = 20
PHRASES = 6  # of each statement that the plain way looks for


def records(count: int) -> list[dict[str, Any]]:
    """Posts of one account, a minute apart."""
    import datetime as dt

    from bluesky import record
    from linking import invented
    from linking_store import many_texts

    start = dt.datetime.fromtimestamp(1_700_000_000, dt.UTC)
    out = []
    for number, text in enumerate(many_texts(invented(), count, random.Random(1))):
        made = record(number)
        if number % 5:  # few posts end with a number, which is what stitching looks for
            text = text.rpartition(" No ")[0]
        made["text"] = text
        for facet in made.get("facets", ()):
            url = facet["features"][0]["uri"]
            place = len(text.encode()) + 1
            made["text"] = f"{text} {url[8:34]}..."
            facet["index"] = {"byteStart": place, "byteEnd": place + 29}
        made["createdAt"] = (start + dt.timedelta(minutes=number)).isoformat(timespec="milliseconds")
        out.append(made)
    return out


def write(count: int, folder: Path) -> None:
    """The same posts as an account export and as JSON lines."""
    from bluesky import DID, Repo, key

    made = records(count)
    repo = Repo(DID)
    author = {"did": DID, "handle": "bench.example", "displayName": "Bench"}
    counts = {"replyCount": 1, "repostCount": 2, "likeCount": 3, "quoteCount": 0}
    with (folder / "posts.jsonl").open("w", encoding="utf-8") as file:
        for number, record in enumerate(made):
            repo.add(f"app.bsky.feed.post/{key(number)}", record)
            post = {"uri": f"at://{DID}/app.bsky.feed.post/{key(number)}", "cid": "bafyrei", "author": author}
            file.write(json.dumps({"post": {**post, "record": record, **counts}}) + "\n")
    (folder / "posts.car").write_bytes(repo.file(root_first=True))
    (folder / "posts.accounts").mkdir()
    for number in range(ACCOUNTS):
        did = f"did:plc:{number:024}"
        repo = Repo(did)
        # The accounts post in turns; texts stay beside those that they are joined with in the other exports, because
        # what linking costs hangs on how many pieces get a proposal.
        for place, record in enumerate(made[number * count // ACCOUNTS : (number + 1) * count // ACCOUNTS]):
            own = json.loads(json.dumps(record).replace(DID, did))
            own["createdAt"] = made[min(number + place * ACCOUNTS, count - 1)]["createdAt"]
            if place % 3:
                own.pop("reply", None)
            else:
                before = {
                    "uri": f"at://{did}/app.bsky.feed.post/{key(number + (place - 1) * ACCOUNTS)}",
                    "cid": "bafyrei",
                }
                own["reply"] = {"root": before, "parent": before}
            repo.add(f"app.bsky.feed.post/{key(number + place * ACCOUNTS)}", own)
        (folder / "posts.accounts" / f"{number}.car").write_bytes(repo.file(root_first=True))


def ours(export: Path, db: Path) -> tuple[float, float]:
    """CPU seconds of taking in and of linking."""
    from ingest import ours as take_in
    from linking import invented
    from linking_store import many_statements

    from aggregator import pipeline
    from aggregator.config import Config
    from aggregator.store import Store
    from parsers.model import Hint

    with Store(db) as store, store.transaction():
        document = store.documents.add(b"paper", name="paper", hint=Hint(), received_at="2026-01-01T00:00:00Z")
        statements = many_statements(invented(), STATEMENTS, random.Random(1))
        store.statements.save(statements, document_id=document, now="2026-01-01T00:00:00Z")
    start = time.process_time()
    take_in(export, db)
    middle = time.process_time()
    with Store(db) as store:
        report = pipeline.link(store, Config())
    assert report.proposed
    return middle - start, time.process_time() - middle


def plain(export: Path, db: Path, most: int) -> float:
    """CPU seconds of a short script."""
    import ftfy
    import pydantic
    from linking import invented
    from linking_store import many_statements
    from sqlite_utils import Database

    class Row(pydantic.BaseModel):
        uri: str
        cid: str
        author: dict[str, str]
        record: dict[str, Any]
        likeCount: int
        replyCount: int

    patterns = []
    for statement in many_statements(invented(), STATEMENTS, random.Random(1)):
        words = sorted(set(re.findall(r"[^\W\d]+", statement.position)), key=lambda word: (-len(word), word))
        patterns.append(re.compile(rf"\b(?:{'|'.join(words[:PHRASES])})\b", re.I))
    start = time.process_time()
    made = Database(db)
    made["post"].create({"uri": str, "text": str, "author": str, "at": str, "likes": int, "links": str}, pk="uri")  # type: ignore[union-attr]
    made["post"].create_index(["at"])  # type: ignore[union-attr]
    made["post"].enable_fts(["text"], create_triggers=True)  # type: ignore[union-attr]
    page: list[dict[str, Any]] = []
    with export.open(encoding="utf-8") as file:
        for number, line in zip(range(1, most + 1), file, strict=False):
            row = Row.model_validate(json.loads(line)["post"])
            text = ftfy.fix_text(row.record["text"])
            links = [place for place, pattern in enumerate(patterns) if pattern.search(text)]
            page.append({"uri": row.uri, "text": text, "author": row.author["handle"], "at": row.record["createdAt"],
                         "likes": row.likeCount, "links": json.dumps(links)})  # fmt: skip
            if number % 100 == 0:
                made["post"].upsert_all(page, pk="uri")  # type: ignore[union-attr]
                page = []
    return time.process_time() - start


def one(way: str, folder: Path, count: int) -> None:
    """One way in this process; prints CPU seconds."""
    db = folder / "way.db"
    for left in folder.glob("way.db*"):
        left.unlink()
    if way == "plain":
        print(plain(folder / "posts.jsonl", db, count // 10))
    else:
        print(*ours(folder / f"posts.{way}", db))


def main() -> None:
    """Run from the command line."""
    if sys.argv[1:2] == ["write"]:
        write(int(sys.argv[2]), Path(sys.argv[3]))
        return
    if len(sys.argv) > 2:
        one(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.executable, __file__, "write", str(count), name], check=True)
        rates: dict[str, list[list[float]]] = {"car": [], "jsonl": [], "accounts": [], "plain": []}
        for _ in range(ROUNDS):
            for way, found in rates.items():
                command = [sys.executable, __file__, way, name, str(count)]
                said = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
                found.append([float(text) for text in said])
    print(f"{count:,} posts, {STATEMENTS} statements")
    peer = [count // 10 / seconds for (seconds,) in rates.pop("plain")]
    for way, found in rates.items():
        whole = [count / sum(parts) for parts in found]
        inward, links = (statistics.median(1e6 * parts[at] / count for parts in found) for at in (0, 1))
        gain = statistics.median(own / other for own, other in zip(whole, peer, strict=True))
        print(
            f"  {way:8} {statistics.median(whole):7,.0f} posts/s (in {inward:.0f}, link {links:.0f} us a post), "
            f"× {gain:.1f} of plain"
        )
    print(f"  plain    {statistics.median(peer):7,.0f} posts/s")


if __name__ == "__main__":
    main()
