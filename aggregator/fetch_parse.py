"""Read documents from the network in a child process with limits.

Which error is worse: to lose one document is a line in a report, to lose the service is a Monday without a digest.
So whatever came from outside is read by a child that may use so much memory and processor time and no more; a
document that needs more ends the child, and the next document gets a new one.

A child of its own, started by `exec` and spoken to over pipes, not forked: the service has threads, and a fork of
a process with threads can stand still for ever; a fork server would keep our whole program in the memory of
something that strangers feed.
It costs a third of a second once and hands back plain data; it is renewed after some hundred documents, because
libraries keep caches.
It gets none of our environment, so no password either.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from aggregator.fetch_wire import Request, Result, read_frame, write_frame
from parsers.model import Hint, Record

_ROOT = Path(__file__).parents[1]
#: Documents after which a child is renewed.
RENEWED_AFTER = 300


class ParseLimits(Record, frozen=True, kw_only=True):
    """What one document may take."""

    memory: int = 640 << 20  # bytes of address space; real pages stay below 200 MB
    cpu: int = 20  # seconds
    seconds: float = 60.0  # until the child is ended whatever it does


class Reader:
    """A child that reads documents, started when first needed."""

    def __init__(self, limits: ParseLimits | None = None) -> None:
        self.limits = limits or ParseLimits()
        self._child: subprocess.Popen[bytes] | None = None
        self._count = 0
        self._lock = threading.Lock()

    def read(self, data: bytes, hint: Hint, kinds: Sequence[str] = (), limits: ParseLimits | None = None) -> Result:
        """Read one document; a bomb gives a `Result` with `broken` set."""
        with self._lock:  # one document at a time: the next source's may be read ahead in another thread
            return self._read(data, hint, kinds, limits or self.limits)

    def _read(self, data: bytes, hint: Hint, kinds: Sequence[str], limits: ParseLimits) -> Result:
        request = Request(data=data, hint=hint, kinds=tuple(kinds), memory=limits.memory, cpu=limits.cpu)
        if self._count >= RENEWED_AFTER:
            self.close()
        child = self._child = self._child or self._start()
        self._count += 1
        answer = self._ask(child, msgspec.msgpack.encode(request), limits.seconds)
        result = _decoded(answer)
        if result.broken:
            self.close()
        return result

    def _ask(self, child: subprocess.Popen[bytes], frame: bytes, seconds: float) -> bytes | None:
        """The child's answer; it is ended when it takes too long."""
        assert child.stdin is not None
        assert child.stdout is not None
        timer = threading.Timer(seconds, child.kill)
        timer.daemon = True
        timer.start()
        try:
            write_frame(child.stdin, frame)
            return read_frame(child.stdout)
        except OSError:
            return None
        finally:
            timer.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "aggregator.fetch_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
        )

    def close(self) -> None:
        """End the child."""
        child, self._child, self._count = self._child, None, 0
        if child is None:
            return
        child.kill()
        for stream in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        child.wait()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_decoder = msgspec.msgpack.Decoder(Result)


def _decoded(answer: bytes | None) -> Result:
    if answer is None:
        message = "reading it takes more time or memory than it may; the reader was stopped"
        return Result(error=message, broken=True)
    try:
        return _decoder.decode(answer)
    except msgspec.MsgspecError:
        return Result(error="the reader gave an answer that makes no sense", broken=True)
