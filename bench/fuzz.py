"""Look for input that breaks a reader, guided by the code it reaches: `python bench/fuzz.py [SECONDS] [TARGET…]`.

The targets: `documents` (every parser), `packed` (gzip and zip), `repair`, `threads`, `searches`, `settings`, and
`web` (addresses, robots.txt, headers and answers of servers); all of them in turn where none is named.
With `atheris` installed (`pip install atheris`), inputs that reach new code are kept and varied;
without it, the mutations of the tests run for as long.
Each input must be read or refused by a known error, in records that can be written.
An input that does anything else is written to `crash-….bin`, once for each place where it broke.
The time of the slowest input is told, also without the guidance, and from a second on it is kept as `slow-….bin`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.util
import os
import pkgutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

#: Where outside input goes; what is instrumented.
_OURS = ("parsers", "aggregator.query", "aggregator.config", "aggregator.fetch_", "aggregator.neutral")
LONGEST = 60_000
#: Seconds, without guidance, from which on an input is worth keeping.
SLOW = 1.0


def document(data: bytes) -> None:
    """The first byte chooses the kind that the rest is taken for."""
    import msgspec

    import parsers
    from parsers.detect import FORMATS
    from parsers.errors import ParseError
    from parsers.model import Hint

    kinds = (None, *FORMATS)
    try:
        result = parsers.parse(data[1:], Hint(kind=kinds[data[0] % len(kinds)], timezone="Europe/London"))
    except ParseError:
        return
    msgspec.json.encode((result.records, result.problems, result.notes))


def packed(data: bytes) -> None:
    """Gzip and zip layers, with limits that small inputs can meet."""
    from parsers.containers import Limits, unwrap

    limits = Limits(member=1 << 18, total=1 << 19, members=20, ratio_from=1 << 16)
    assert sum(len(member.data) for member in unwrap(data, "x.zip", None, limits)) <= limits.total + len(data)


def repair(data: bytes) -> None:
    """Text repair; a second time changes nothing."""
    from parsers import mojibake

    once = mojibake.repair(data.decode("utf-8", "replace")).text
    assert mojibake.repair(once).text == once


def threads(data: bytes) -> None:
    """Posts from lines, stitched; every one comes out once."""
    from parsers.model import Post
    from parsers.threads import stitch

    lines = data.decode("utf-8", "replace").splitlines()[:60]
    start = dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
    posts = [
        Post(text=line, position=number, created_at=start + dt.timedelta(minutes=number // 3))
        for number, line in enumerate(lines)
    ]
    made = stitch(posts)
    assert sum(len(thread.posts) + len(thread.duplicates) + len(thread.branches) for thread in made) == len(posts)


def search(data: bytes) -> None:
    """The search language."""
    from aggregator import query

    try:
        query.parse(data.decode("utf-8", "surrogateescape"), dt.date(2026, 11, 22))
    except query.QueryError as exc:
        assert str(exc)


def settings(data: bytes) -> None:
    """A settings file."""
    from aggregator import config
    from aggregator.errors import ConfigError

    path = Path(tempfile.gettempdir()) / f"fuzz-{os.getpid()}.toml"
    path.write_bytes(data)
    try:
        config.load(path)
    except ConfigError as exc:
        assert str(exc)


def web(data: bytes) -> None:
    """What servers and strangers' addresses say."""
    from aggregator import fetch_guard, fetch_polite, fetch_robots, neutral
    from aggregator.errors import FetchError

    text = data.decode("utf-8", "surrogateescape")
    head, _, rest = text.partition("\n")
    fetch_robots.read(rest, "Cuttings/0.1").allows(head)
    names = {"retry-after": head, "cache-control": head, "ratelimit-reset": head}
    fetch_polite.retry_after(names, dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    fetch_polite.max_age(names)
    neutral.neutral(text).encode()
    neutral.link_url(head)
    rules = fetch_guard.Rules()
    try:
        found = fetch_guard.target(head, rules)
        assert found.path.isascii()
        assert found.authority.isascii()
        fetch_guard.next_hop(found, rest, rules)
    except FetchError:
        return


def _documents() -> list[bytes]:
    from mutate import samples

    from parsers.detect import FORMATS, detect
    from parsers.errors import ParseError

    kinds, found = list(FORMATS), []
    for _, data in samples():
        found.append(b"\0" + data)
        try:
            found.append(bytes([1 + kinds.index(detect(data).format)]) + data)
        except ParseError:
            continue  # samples of what is refused
    return found


def _packed() -> list[bytes]:
    import gzip
    import io
    import zipfile

    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/posts.json", b"[]" * 50)
        file.writestr("b.gz", gzip.compress(b"x" * 500))
    return [memory.getvalue(), gzip.compress(b"abc" * 300), gzip.compress(memory.getvalue())]


def _texts() -> list[bytes]:
    from mutate import samples

    return [data[:8000] for _, data in samples()]


def _settings() -> list[bytes]:
    from aggregator.settings import example

    text = example()
    return [text.encode(), "\n".join(line.removeprefix("# ") for line in text.splitlines()).encode()]


_QUERIES = (
    b'"a b" -c* OR (from:ida date:2026-11-01..2026-11-09)',
    b"is:proposed week:2026-W46 position:x",
    b"NOT a NEAR(b)",
)
_ANSWERS = (
    b"https://a.example/b?c=d#e\n//b.example/x",
    b"/a/b.pdf\nUser-agent: *\nDisallow: /*.pdf$\nAllow: /a\nCrawl-delay: 3",
    b"Sun, 22 Nov 2026 10:00:00 GMT\n/x",
    b"http://[2001:db8::1]:80/%zz\nhttp://0x7f.1/",
    b"Sunday, 22-Nov-26 10:00:00 GMT\nmax-age=30",
)
#: Name: what is done, and with what it begins.
TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "documents": (document, _documents),
    "packed": (packed, _packed),
    "repair": (repair, _texts),
    "threads": (threads, _texts),
    "searches": (search, lambda: list(_QUERIES)),
    "settings": (settings, _settings),
    "web": (web, lambda: list(_ANSWERS)),
}


class Watch:
    """Runs a target, writes down what breaks it, and knows what took longest."""

    def __init__(self, name: str, seconds: int) -> None:
        self.name = name
        self.work = TARGETS[name][0]
        self.end: float | None = time.monotonic() + seconds
        self.count = 0
        self.broken: set[str] = set()
        self.slowest, self.slow = 0.0, b""

    def __call__(self, data: bytes) -> None:
        if not data:
            return
        self.count += 1
        start = time.process_time()
        try:
            self.work(data)
        except Exception as exc:  # noqa: BLE001 - whatever is raised here is what is looked for
            self._write_down(data, exc)
        taken = time.process_time() - start
        if taken > self.slowest:
            self.slowest, self.slow = taken, bytes(data)
        if self.end and time.monotonic() > self.end:  # atheris ends the process without a last word
            self.end = None
            self.tell()

    def _write_down(self, data: bytes, exc: Exception) -> None:
        last = traceback.extract_tb(exc.__traceback__)[-1]
        place = f"{type(exc).__name__} in {Path(last.filename).name}, line {last.lineno}"
        if place in self.broken:
            return
        self.broken.add(place)
        path = Path(f"crash-{self.name}-{hashlib.sha256(place.encode()).hexdigest()[:8]}.bin")
        path.write_bytes(data)
        print(f"{path}: {place}: {exc}", file=sys.stderr, flush=True)

    def tell(self) -> None:
        """One line, and the slowest input once more without guidance."""
        path = Path(f"slow-{self.name}.bin")
        path.write_bytes(self.slow)
        alone = _alone(self.name, path)
        if alone < SLOW:
            path.unlink()
        print(f"{self.name}: {self.count:,} inputs, {len(self.broken)} broke it; slowest {len(self.slow):,} bytes, "
              f"{self.slowest:.2f} s here, {alone:.2f} s alone", flush=True)  # fmt: skip


def _alone(name: str, path: Path) -> float:
    """Seconds of one input in a process without instruments."""
    code = (f"import sys, time; sys.path[:0] = [{str(ROOT / 'bench')!r}]; import fuzz; "
            f"work, data = fuzz.TARGETS[{name!r}][0], open({str(path)!r}, 'rb').read(); work(data[:100] or b'x'); "
            "t = time.process_time(); work(data or b'x'); print(time.process_time() - t)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return float(done.stdout or "nan")


def _instrument() -> Any:
    """Atheris, with all our readers watched."""
    import atheris

    with atheris.instrument_imports(include=["parsers"], enable_loader_override=False):
        package = importlib.import_module("parsers")
        for module in pkgutil.iter_modules(package.__path__, "parsers."):
            importlib.import_module(module.name)
    with atheris.instrument_imports(include=["aggregator"], enable_loader_override=False):
        for module in pkgutil.iter_modules([str(ROOT / "aggregator")], "aggregator."):
            if module.name.startswith(_OURS):
                importlib.import_module(module.name)
    return atheris


def guided(seconds: int, name: str) -> None:
    """Let atheris choose; it ends this process."""
    from mutate import BITS

    atheris, watch = _instrument(), Watch(name, seconds)
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = Path(folder) / "corpus", Path(folder) / "words"
        corpus.mkdir()
        for number, data in enumerate(TARGETS[name][1]()):
            (corpus / str(number)).write_bytes(data)
        words.write_text("\n".join('"' + "".join(f"\\x{byte:02x}" for byte in bit) + '"' for bit in BITS), "ascii")
        options = [
            f"-max_total_time={seconds + 3}",
            f"-max_len={LONGEST}",
            "-timeout=60",
            "-rss_limit_mb=2000",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], *options, f"-dict={words}", str(corpus)], watch)
        atheris.Fuzz()


def blind(seconds: int, name: str) -> None:
    """Beginnings damaged as in the tests, from a new number each run."""
    import random

    from mutate import damaged

    watch, seeds, number = Watch(name, seconds), TARGETS[name][1](), time.time_ns()
    while watch.end:
        number += 1
        chance = random.Random(number)
        watch(damaged(chance.choice(seeds), chance)[:LONGEST])


def main() -> None:
    """Each target in its own process, guided where atheris is there, blind otherwise."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    names = sys.argv[2:] or list(TARGETS)
    guided_here = importlib.util.find_spec("atheris") is not None
    if len(names) == 1:
        (guided if guided_here else blind)(seconds, names[0])
        return
    if not guided_here:
        print("atheris is not installed; without it, chance alone chooses", file=sys.stderr)
    for name in names:
        share = seconds // 2 if name == "documents" else seconds // 2 // max(1, len(names) - 1)
        subprocess.run([sys.executable, __file__, str(max(1, share)), name], check=False)


if __name__ == "__main__":
    main()
