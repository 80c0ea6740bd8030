"""How fast Bluesky exports are read, beside the floors that no reader can pass.

Run `python bench/bluesky.py [posts]`.
All figures are CPU time, the median of interleaved rounds; what counts are the ratios of one run.

- account export: `libipld.decode_car` of the same bytes (it checks no hash and knows no index)
- service JSON: `json.loads` of the same pages, and msgspec's typed decoding alone
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import libipld  # noqa: E402
from bluesky_forms import Repo  # noqa: E402

from parsers import bluesky_car, bluesky_json  # noqa: E402

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


def compare(title: str, ways: dict[str, Callable[[], object]]) -> None:
    """CPU seconds of each way and its ratio to the first."""
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
        print(f"  {name:42} {statistics.median(taken):8.3f} s   × {ratio:.2f}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    export = car(count)
    assert len(bluesky_car.parse(export).records) == count
    with tempfile.NamedTemporaryFile() as file:
        file.write(export)
        file.flush()
        path = Path(file.name)
        compare(
            f"account export, {count:,} posts, {len(export) / 1e6:.1f} MB",
            {
                "libipld.decode_car": lambda: libipld.decode_car(export),
                "bluesky_car.parse": lambda: bluesky_car.parse(export),
                "bluesky_car.stream": lambda: sum(1 for _ in bluesky_car.stream(path)),
            },
        )
    pages = [feed_page(100)] * (count // 100)
    compare(
        f"author feed, {len(pages):,} pages of 100",
        {
            "json.loads": lambda: [json.loads(page) for page in pages],
            "msgspec, typed, no posts made": lambda: [bluesky_json._PAGE.decode(page) for page in pages],
            "bluesky_json.parse": lambda: [bluesky_json.parse(page) for page in pages],
        },
    )
    print(f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
