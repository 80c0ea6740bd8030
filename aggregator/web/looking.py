"""What a document would become, read by a child process with limits, so that no document can stall the pages.

Which error is worse: a document that cannot be shown before it is stored costs a guess, a server that stands still
costs everybody their morning.
So a document is read by `aggregator.fetch_parse`'s child, one at a time, with little patience; what runs into a
limit is not tried again with the same hint, and not stored.
"""

from __future__ import annotations

import io
import threading
import zipfile
from typing import Any

import msgspec

from aggregator import neutral, pipeline
from aggregator.config import Config
from aggregator.fetch_parse import ParseLimits, Reader
from aggregator.fetch_wire import Result
from parsers.containers import is_packed
from parsers.detect import detect
from parsers.errors import ParseError
from parsers.model import Article, Hint, Problem, Record, Statement, Thread

#: Larger documents are recognised, but read only when they are stored.
SHOWN = 8 << 20
LIMITS = ParseLimits(memory=768 << 20, cpu=15, seconds=25.0)
#: What a zip or gzip file is called among the formats.
PACKED = "packed"
#: Seconds that a page waits for the one before it to be read, and after which an idle child is ended.
PATIENCE, IDLE = 20.0, 120.0
#: Documents of which is known that they run into a limit.
REMEMBERED = 200


class Preview(Record, frozen=True, kw_only=True):
    """What a document would become."""

    format: str | None = None
    reason: str = ""
    error: str | None = None
    later: bool = False  # too large to be read before storing
    articles: tuple[Article, ...] = ()
    threads: tuple[Thread, ...] = ()
    posts: int = 0
    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()
    inside: tuple[str, ...] = ()  # names of packed files
    notes: tuple[tuple[str, str], ...] = ()


class Looker:
    """Reads documents for a look, one at a time."""

    def __init__(self, limits: ParseLimits = LIMITS) -> None:
        self._reader = Reader(limits)
        self._turn = threading.Lock()
        self._idle: threading.Timer | None = None
        self._broken: dict[tuple[int, bytes], str] = {}

    def preview(self, number: int, data: bytes, name: str, hint: Hint, config: Config) -> Preview:
        """What upload `number` would become; nothing is stored."""
        hint = pipeline.with_defaults(hint, name, config)
        if is_packed(data) and not _office(data):
            reason = "unpacked when it is stored; each file is recognised by itself"
            return Preview(format=PACKED, reason=reason, inside=_inside(data))
        if len(data) > SHOWN:
            return _recognised(data, hint)
        known = (number, msgspec.json.encode(hint))
        if known in self._broken:
            return Preview(error=self._broken[known])
        result = self._read(data, hint)
        if result is None:
            return Preview(error="Another document is being read just now. Look again in half a minute.")
        if result.broken:
            self._broken[known] = error = (
                f"{result.error}. It stays out of the archive; “run.py ingest” on the machine itself has no such limit."
            )
            for old in list(self._broken)[:-REMEMBERED]:
                del self._broken[old]
            return Preview(error=error)
        return _seen(result)

    def _read(self, data: bytes, hint: Hint) -> Result | None:
        """What the child makes of it; None where its turn does not come."""
        if not self._turn.acquire(timeout=PATIENCE):
            return None
        try:
            if self._idle:
                self._idle.cancel()
            return self._reader.read(data, hint)
        finally:
            self._idle = threading.Timer(IDLE, self.close)
            self._idle.daemon = True
            self._idle.start()
            self._turn.release()

    def close(self) -> None:
        """End the child, unless it is at work; the next look starts a new one."""
        if self._turn.acquire(blocking=False):
            try:
                self._reader.close()
            finally:
                self._turn.release()


#: One child for the process, however many applications there are.
LOOKER = Looker()


def _inside(data: bytes) -> tuple[str, ...]:
    """The names of the files in a zip, where it is small enough to be looked into here."""
    if len(data) > SHOWN:
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = [entry.filename for entry in packed.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return ()
    return tuple(neutral.line(name) for name in names)


def _office(data: bytes) -> bool:
    """Whether a zip is an office document or an e-book, by its first entries."""
    return any(name in data[:4096] for name in (b"[Content_Types].xml", b"mimetypeapplication/"))


def _recognised(data: bytes, hint: Hint) -> Preview:
    try:
        found = detect(data, hint)
    except ParseError as exc:
        return Preview(error=str(exc))
    return Preview(format=found.format, reason=found.reason, later=True)


def _seen(result: Result) -> Preview:
    """What a reading gave; of the notes only those that hold nothing of people's profiles."""
    from parsers.threads import stitch

    notes: list[tuple[str, Any]] = [
        (name, result.notes.get(name)) for name in ("repair", "encoding", "channel", "paper", "organisation")
    ]
    threads = sorted(stitch(result.posts), key=lambda thread: -len(thread.parts)) if result.posts else ()
    return Preview(
        format=result.format or None,
        reason=result.reason,
        error=result.error,
        articles=result.articles,
        threads=tuple(threads),
        posts=len(result.posts),
        statements=result.statements,
        problems=result.problems,
        notes=tuple((name, str(value)) for name, value in notes if value),
    )
