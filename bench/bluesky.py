"""How fast Bluesky exports are read, beside the floors that no reader can pass.

Run `python bench/bluesky.py [posts]`.
All figures are CPU time, the median of interleaved rounds; what counts are the ratios of one run.

- account export: `libipld.decode_car` of the same bytes (it checks no hash and knows no index)
- service JSON: `json.loads` of the same pages, and msgspec's typed decoding alone
"""

from __future__ import annotations

import hashlib
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import libipld

from parsers import bluesky_car, bluesky_json

ROUNDS = 5
WORDS = "heads staff funding term pupils schools report policy leaders evidence inspection pay".split()
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
    author = {"did": DID, "handle": "bench.example", "displayName": "Bench", "avatar": "https://cdn.example/a", "labels": []}
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
    """An account export with a tree of the real layout: fan-out by the zero bits of each key's hash."""
    blocks: list[bytes] = []

    def put(value: Any) -> bytes:
        data = libipld.encode_dag_cbor(value)
        cid = b"\x01\x71\x12\x20" + hashlib.sha256(data).digest()
        blocks.append(varint(len(data) + 36) + cid + data)
        return cid

    entries = [(f"app.bsky.feed.post/{key(number)}", put(record(number))) for number in range(count)]
    tree = _tree(entries, put)
    commit = put({"did": DID, "version": 3, "data": Link(tree), "rev": key(count), "prev": None, "sig": b"0" * 64})
    header = libipld.encode_dag_cbor({"roots": [Link(commit)], "version": 1})
    return varint(len(header)) + header + b"".join(blocks)


def Link(cid: bytes) -> bytes:  # noqa: N802 - reads as a type
    """A CID as libipld encodes it: bytes that begin like one become a link."""
    return cid


def _layer(name: str) -> int:
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big")
    return (256 - digest.bit_length()) // 2


def _tree(entries: list[tuple[str, bytes]], put: Callable[[Any], bytes]) -> bytes:
    top = max((_layer(name) for name, _ in entries), default=0)
    return _node([(name, cid, _layer(name)) for name, cid in entries], top, put)


def _node(entries: list[tuple[str, bytes, int]], layer: int, put: Callable[[Any], bytes]) -> bytes:
    groups: list[list[tuple[str, bytes, int]]] = [[]]
    own: list[tuple[str, bytes, int]] = []
    for entry in entries:
        if entry[2] >= layer:
            own.append(entry)
            groups.append([])
        else:
            groups[-1].append(entry)
    below = [_node(group, layer - 1, put) if group else None for group in groups]
    made, last = [], b""
    for (name, cid, _), under in zip(own, below[1:], strict=True):
        raw = name.encode()
        shared = 0
        while shared < min(len(raw), len(last)) and raw[shared] == last[shared]:
            shared += 1
        made.append({"p": shared, "k": raw[shared:], "v": cid, "t": under})
        last = raw
    return put({"l": below[0], "e": made})


def varint(number: int) -> bytes:
    """Unsigned LEB128."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


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
