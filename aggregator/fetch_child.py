"""The child that reads documents from the network, with limits: started by `fetch_parse`, never imported there.

    python -m aggregator.fetch_child

Requests come in on standard input and results go out on standard output, each with its length in front.
Whatever a document does to a parser (memory, time, a crash in C) ends this process and no other.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from typing import IO, Any

import msgspec

import parsers
from aggregator.fetch_wire import READ_AS, Request, Result, read_frame, write_frame
from parsers.detect import detect
from parsers.errors import ParseError
from parsers.model import Article, Post, Problem, Statement


def main() -> None:
    """Serve requests until the parent closes the pipe."""
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the frames
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # nothing is written to any file
    decoder = msgspec.msgpack.Decoder(Request)
    while (frame := read_frame(incoming)) is not None:
        _answer(decoder.decode(frame), outgoing)


def _answer(request: Request, outgoing: IO[bytes]) -> None:
    _limit(request)
    try:
        result = _read(request)
        data = _encoded(result)
    except MemoryError:
        data = msgspec.msgpack.encode(Result(error="reading it takes more memory than it may", broken=True))
    write_frame(outgoing, data)


def _limit(request: Request) -> None:
    """Soft limits for this document; processor time counts from the start of the process."""
    memory, hard = resource.getrlimit(resource.RLIMIT_AS)
    if memory == resource.RLIM_INFINITY or hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (request.memory, hard))
    used = int(time.process_time()) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + request.cpu, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _read(request: Request) -> Result:
    try:
        found = detect(request.data, request.hint)
    except ParseError as exc:
        return Result(error=str(exc))
    if found.format == "positions" and "article-html" in request.kinds:
        return _as_news(request, found.reason)
    if request.kinds and found.format not in request.kinds:
        return Result(error=f"this is not what was expected here: it looks like {found.format} ({found.reason})")
    try:
        result = parsers.read(found, request.data, request.hint)
    except ParseError as exc:
        return Result(format=found.format, reason=found.reason, error=str(exc))
    except RecursionError:
        return Result(format=found.format, reason=found.reason, error="it is nested too deeply to be read")
    return Result(
        format=result.format,
        reason=result.reason,
        posts=tuple(record for record in result.records if isinstance(record, Post)),
        articles=tuple(record for record in result.records if isinstance(record, Article)),
        statements=tuple(record for record in result.records if isinstance(record, Statement)),
        problems=result.problems,
        notes=result.notes,
    )


def _as_news(request: Request, reason: str) -> Result:
    """A page that is asked for as news and laid out like a position paper: an article; nobody's positions come so.

    The note lets whoever keeps the page say what it was read as, so that it is read the same way again.
    """
    told = Problem(
        message=f"this page reads like a position paper ({reason}); it is kept as an article", severity="info"
    )
    hint = msgspec.structs.replace(request.hint, kind="article-html")
    result = _read(msgspec.structs.replace(request, hint=hint, kinds=()))
    problems = result.problems if result.error else (told, *result.problems)
    return msgspec.structs.replace(result, problems=problems, notes={**result.notes, READ_AS: "article-html"})


def _encoded(result: Result) -> bytes:
    try:
        return msgspec.msgpack.encode(result)
    except UnicodeEncodeError:  # halves of characters, which no database takes either
        return msgspec.msgpack.encode(_whole(msgspec.to_builtins(result)))


def _whole(value: Any) -> Any:
    """A value whose texts hold whole characters only."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(key): _whole(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(part) for part in value]
    return value


if __name__ == "__main__":
    main()
