"""Look for documents that break a parser, guided by the code they reach: `python bench/fuzz.py [SECONDS]`.

With `atheris` installed (`pip install atheris`), inputs that reach new code are kept and varied;
without it, the mutations of the tests run for as long.
Prints nothing but a count as long as every document is read or refused; the first one that is neither ends the run
and is written to `crash.bin`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from mutate import mutated, samples  # noqa: E402

import parsers  # noqa: E402
from parsers.detect import FORMATS  # noqa: E402
from parsers.errors import ParseError  # noqa: E402
from parsers.model import Hint  # noqa: E402

KINDS = (None, *FORMATS)


def attempt(data: bytes, kind: str | None) -> None:
    """Read or refuse; anything else is a bug."""
    import msgspec

    try:
        result = parsers.parse(data, Hint(kind=kind, timezone="Europe/London"))
    except ParseError:
        return
    msgspec.json.encode((result.records, result.problems, result.notes))


def one(data: bytes) -> None:
    """The first byte chooses the kind."""
    kind = KINDS[data[0] % len(KINDS)] if data else None
    try:
        attempt(data[1:], kind)
    except Exception:
        Path("crash.bin").write_bytes(data[1:])
        print(f"crash.bin, read as {kind or 'whatever it looks like'}", file=sys.stderr)
        raise


def guided(seconds: int) -> None:
    """Let atheris choose."""
    import atheris

    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as corpus:
        for number, (_, data) in enumerate(samples()):
            for kind in range(len(KINDS)):
                (Path(corpus) / f"{number}-{kind}").write_bytes(bytes([kind]) + data)
        options = [f"-max_total_time={seconds}", "-max_len=60000", "-timeout=20", "-rss_limit_mb=1500"]
        atheris.Setup([sys.argv[0], *options, corpus], one)
        atheris.Fuzz()


def blind(seconds: int) -> None:
    """The mutations of the tests, from a new number each run."""
    end, number, count = time.monotonic() + seconds, time.time_ns(), 0
    while time.monotonic() < end:
        _, data = mutated(number + count)
        one(bytes([count % len(KINDS)]) + data)
        count += 1
    print(f"{count:,} damaged documents in {seconds} s: each was read or refused")


def main() -> None:
    """Guided where atheris is there, blind otherwise."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    try:
        import atheris  # noqa: F401
    except ImportError:
        print("atheris is not installed; without it, chance alone chooses", file=sys.stderr)
        blind(seconds)
    else:
        guided(seconds)


if __name__ == "__main__":
    main()
