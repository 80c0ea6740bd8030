"""How fast Bluesky exports are read, beside the floors that no reader can pass.

Run `python bench/bluesky.py [posts]`.
All figures are CPU time, the median of interleaved rounds; what counts are the ratios of one run.

Account export, a file of blocks:

- floor: find each block and decode it with `libipld.decode_dag_cbor`; no hash is checked, no index read, no post made
- the same with the hash of each block checked
- `libipld.decode_car`, the peer: one call, no hash checked, no index read, all of it in memory
- live records: what the index reaches, hashes checked, decoded: the floor's work done soundly
- posts: the same with dates read, facets and cards resolved and damaged text repaired

Service JSON, page by page as it is polled (nothing is kept, so the collector of rubbish stays out of it):

- `orjson.loads` where it is installed, else `json.loads`
- typed: msgspec's decoding into structures, before any post is made
- posts as they came: the same with dates read, facets, cards and counts resolved
- posts: the same, repaired
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import libipld  # noqa: E402
from bluesky_forms import Repo  # noqa: E402

from parsers import bluesky_car, bluesky_json  # noqa: E402
from parsers.car_blocks import source_of, varint  # noqa: E402
from parsers.findings import Findings  # noqa: E402
from parsers.model import Hint  # noqa: E402

ROUNDS = 5
WORDS = [
    "heads",
    "staff",
    "funding",
    "term",
    "pupils",
    "schools",
    "report",
    "policy",
    "leaders",
    "evidence",
    "inspection",
    "pay",
]
DID = "did:plc:benchbenchbenchbenchbench"


def record(number: int) -> dict[str, Any]:
    """An invented post; one in four has a link facet and a card, one in three answers the one before."""
    text = " ".join(WORDS[(number * step) % len(WORDS)] for step in range(1, 22)) + f" {number}"
    if number % 5 == 0:
        text += " – “quoted”"
    made: dict[str, Any] = {
        "$type": "app.bsky.feed.post",
        "text": text,
        "langs": ["en"],
        "createdAt": f"2025-0{number % 9 + 1}-1{number % 10}T10:{number % 60:02}:00.{number % 1000:03}Z",
    }
    if number % 4 == 0:
        url = f"https://news.example/education/{number}/a-report-on-schools"
        start = len(text.encode()) + 1
        made["text"] = text + " " + url[8:34] + "..."
        link = {"$type": "app.bsky.richtext.facet#link", "uri": url}
        index = {"byteStart": start, "byteEnd": start + 29}
        made["facets"] = [{"index": index, "features": [link]}]
        external = {"uri": url, "title": f"Report {number}", "description": "What it says about schools"}
        made["embed"] = {"$type": "app.bsky.embed.external", "external": external}
    if number % 3 == 0 and number:
        ref = {"uri": f"at://{DID}/app.bsky.feed.post/{key(number - 1)}", "cid": "bafyreib"}
        made["reply"] = {"root": ref, "parent": ref}
    return made


def key(number: int) -> str:
    """A record key of the usual form, rising with `number`."""
    letters = "234567abcdefghijklmnopqrstuvwxyz"
    value = (1_700_000_000_000_000 + number * 60_000_000) << 10
    return "".join(letters[value >> shift & 31] for shift in range(60, -1, -5))


def feed_page(count: int) -> bytes:
    """One author feed page."""
    author = {
        "did": DID,
        "handle": "bench.example",
        "displayName": "Bench",
        "avatar": "https://cdn.example/a",
        "labels": [],
    }
    items = []
    for number in range(count):
        items.append(
            {
                "post": {
                    "uri": f"at://{DID}/app.bsky.feed.post/{key(number)}",
                    "cid": "bafyreibqkybanhzn7v6urmxnfyw5tfolkqtecbochmz4bamhyxbmypaxxq",
                    "author": author,
                    "record": record(number),
                    "replyCount": 1,
                    "repostCount": 2,
                    "likeCount": 3,
                    "quoteCount": 0,
                    "indexedAt": "2025-03-07T10:00:00.000Z",
                    "labels": [],
                }
            }
        )
    return json.dumps({"feed": items, "cursor": "next"}).encode()


def car(count: int) -> bytes:
    """An account export with an index of the real layout."""
    repo = Repo(DID)
    for number in range(count):
        repo.add(f"app.bsky.feed.post/{key(number)}", record(number))
    return repo.file(root_first=True)


def blocks(export: bytes, *, hashed: bool = False) -> None:
    """Find and decode every block, in the order of the file."""
    length, head = varint(export, 0)
    pos = head + length
    while pos < len(export):
        length, head = varint(export, pos)
        pos = head + length
        block = export[head + 36 : pos]
        assert not hashed or hashlib.sha256(block).digest() == export[head + 4 : head + 36]
        libipld.decode_dag_cbor(block)


def live(export: bytes) -> None:
    """The records that the index reaches, as they are, without posts."""
    repo = bluesky_car._Repo(source_of(export), Hint(), Findings())
    for run in repo._runs():
        for _, cid in run:
            repo._load(cid)


def unrepaired(page: bytes) -> None:
    """Posts of a page as they came."""
    bluesky_json._Reader(Hint()).items([bluesky_json._PAGE.decode(page)])


def used_up(posts: Iterable[object]) -> None:
    """Take all, keep none."""
    for _ in posts:
        pass


def compare(title: str, count: int, ways: dict[str, Callable[[], object]]) -> None:
    """CPU time of each way for one post, and its ratio to the first."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.process_time()
            way()
            times[name].append(time.process_time() - start)
    floor = next(iter(times))
    print(title)
    for name, taken in times.items():
        ratio = statistics.median(own / base for own, base in zip(taken, times[floor], strict=True))
        print(f"  {name:42} {statistics.median(taken) / count * 1e6:8.2f} µs a post   × {ratio:.2f}")


def peak(count: int) -> None:
    """Memory that reading an export of so many posts as a stream takes, in a process of its own."""
    with tempfile.NamedTemporaryFile(suffix=".car") as file:
        file.write(car(count))
        file.flush()
        size = Path(file.name).stat().st_size
        script = (
            "import re, sys; from pathlib import Path; from parsers import bluesky_car\n"
            "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024\n"
            "list(bluesky_car.stream(Path(sys.argv[2]))); before = peak()\n"
            "for post in bluesky_car.stream(Path(sys.argv[1])): pass\n"
            "print(peak() - before, 'MB above the', before, 'MB of a process that has read a small one')"
        )
        with tempfile.NamedTemporaryFile(suffix=".car") as small:
            small.write(car(20))
            small.flush()
            command = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-c", script, file.name, small.name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(f"memory, {count:,} posts in {size / 1e6:.0f} MB read as a stream: {done.stdout.strip()}")


def main() -> None:
    """Compare and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    peak(count * 10)
    export = car(count)
    assert len(bluesky_car.parse(export).records) == count
    with tempfile.NamedTemporaryFile() as file:
        file.write(export)
        file.flush()
        path = Path(file.name)
        compare(
            f"account export, {count:,} posts, {len(export) / 1e6:.1f} MB",
            count,
            {
                "each block found and decoded": lambda: blocks(export),
                "… and its hash checked": lambda: blocks(export, hashed=True),
                "libipld.decode_car": lambda: libipld.decode_car(export),
                "ours: live records": lambda: live(export),
                "ours: posts": lambda: bluesky_car.parse(export),
                "ours: posts of a file, as a stream": lambda: used_up(bluesky_car.stream(path)),
            },
        )
    page = feed_page(100)
    loads, name = json.loads, "json.loads"
    if importlib.util.find_spec("orjson"):
        loads, name = importlib.import_module("orjson").loads, "orjson.loads"
    turns = count // 100
    compare(
        f"author feed, {turns:,} pages of 100",
        turns * 100,
        {
            name: lambda: used_up(loads(page) for _ in range(turns)),
            "ours: typed": lambda: used_up(bluesky_json._PAGE.decode(page) for _ in range(turns)),
            "ours: posts as they came": lambda: used_up(unrepaired(page) for _ in range(turns)),
            "ours: posts": lambda: used_up(bluesky_json.parse(page) for _ in range(turns)),
        },
    )


if __name__ == "__main__":
    main()
