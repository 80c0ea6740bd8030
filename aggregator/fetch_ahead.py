"""Ask the next source while this one is stored.

Which error is worse: to be slow costs minutes, to mix two sources up costs trust.
So only one source is asked ahead, only its question and the reading of its answer go to the other thread, and
whatever they give or raise comes out where the source itself is polled; the database is never touched there.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from aggregator.fetch_http import Answer
from aggregator.fetch_wire import Result
from parsers.model import Record


class Early(Record, frozen=True, kw_only=True):
    """An answer, and what was read from it where it was worth reading."""

    answer: Answer
    result: Result | None = None


class Ahead:
    """Questions under way, by address."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._asked: dict[str, Future[Early]] = {}
        self._read: dict[int, Early] = {}

    def ask(self, url: str, work: Callable[[], Early]) -> None:
        """Start a question."""
        self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._asked[url] = self._pool.submit(work)

    def answer(self, url: str) -> Answer | None:
        """The answer to a question that was asked ahead; raises what asking raised."""
        future = self._asked.pop(url, None)
        if future is None:
            return None
        early = future.result()
        if early.result is not None:
            self._read[id(early.answer.body)] = early
        return early.answer

    def result(self, data: bytes) -> Result | None:
        """What was read from the very bytes of an answer."""
        early = self._read.pop(id(data), None)
        return early.result if early else None

    def settle(self) -> None:
        """Wait for questions under way, so that no server is asked twice at once."""
        wait(self._asked.values())

    def close(self) -> None:
        """Wait for the question under way; the limits of time bound it."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._asked.clear()
        self._read.clear()
