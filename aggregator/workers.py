"""Who does the work that needs no archive: this process, several on this machine, or a cluster.

Which error is worse: a document lost with the process that read it is worse than one read twice.
So results are taken in the order of the work, work whose process died is done again by a process of its own, and only
what ends that one too is given up, by itself.
Functions handed over are pure: what they are given decides what they give, so doing one twice changes nothing.

Work is handed over by whole documents and by hundreds of texts: a task costs a pool half a millisecond and a cluster
two or three, about what reading thirty posts takes.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import parsers
from aggregator.errors import CuttingsError
from parsers.errors import ParseError
from parsers.model import Record

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, ForkServerContext, ForkServerProcess

Job = TypeVar("Job")
Result = TypeVar("Result")

#: Bytes of documents that are handed over and not yet stored; results take up to as much again.
MOST_BYTES = 64 << 20
#: Imported by each process, or once by the one that they are forked from, while the archive is being opened; by name,
#: because they stand above. What only pages need takes as long again, so it is left to whoever reads one.
_NEEDED = ["aggregator.intake_read", "parsers.mojibake", "parsers.threads"]
#: What a cluster may take to answer, in seconds.
PATIENCE = 10
#: Seconds after which a pool of processes is made to look whether all of them live.
LOOK_AGAIN = 2


class WorkerLostError(CuttingsError):
    """The process that did a piece of work ended, and so did the one that tried it again."""


class OnDisk(Record, frozen=True, kw_only=True):
    """A document that a process of this machine opens by itself."""

    path: Path
    size: int
    sha256: str

    def read(self) -> bytes:
        """All bytes; raises `ParseError` where they are others by now."""
        data = self.path.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise ParseError("the file was changed while it was read; run the command again")
        return data


class Workers(Protocol):
    """Does pure work, in the order in which it comes."""

    #: Whether the work is done by other processes.
    elsewhere: bool
    #: Whether they see the files of this machine.
    near: bool

    def each(
        self, function: Callable[..., Result], jobs: Iterable[Job], call: Callable[[Job], tuple[Any, ...] | None]
    ) -> Iterator[tuple[Job, Callable[[], Result] | None]]:
        """Each job with how to get its result, which may raise `WorkerLostError`; None where `call` gives none."""
        ...

    def apart(self, function: Callable[..., Iterable[bytes]], *arguments: Any) -> Iterator[bytes] | None:
        """What the function gives, piece by piece, made by a process of its own; may raise `WorkerLostError`.

        None where nobody else can do it.
        """
        ...


class Here:
    """This process, when its turn comes."""

    elsewhere = False
    near = True

    def each(
        self, function: Callable[..., Result], jobs: Iterable[Job], call: Callable[[Job], tuple[Any, ...] | None]
    ) -> Iterator[tuple[Job, Callable[[], Result] | None]]:
        """Each job with how to get its result; nothing is read ahead."""
        for job in jobs:
            arguments = call(job)
            yield job, None if arguments is None else _bound(function, arguments)

    def apart(self, function: Callable[..., Iterable[bytes]], *arguments: Any) -> Iterator[bytes] | None:
        """Nobody else can."""
        return None


HERE = Here()


def _bound(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Callable[[], Result]:
    return lambda: function(*arguments)


class _Ahead:
    """Hands work over a little ahead of whoever takes the results."""

    elsewhere = True
    near = False
    #: Pieces of work handed over at a time.
    ahead: int

    def apart(self, function: Callable[..., Iterable[bytes]], *arguments: Any) -> Iterator[bytes] | None:
        """Nobody else can."""
        return None

    def _start(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        raise NotImplementedError

    def _finish(self, started: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        raise NotImplementedError

    def each(
        self, function: Callable[..., Result], jobs: Iterable[Job], call: Callable[[Job], tuple[Any, ...] | None]
    ) -> Iterator[tuple[Job, Callable[[], Result] | None]]:
        """Each job with how to get its result, while later ones are worked on."""
        waiting: deque[tuple[Job, Callable[[], Result] | None, int]] = deque()
        held = 0
        for job in jobs:
            arguments = call(job)
            size = sum(map(_size, arguments or ()))
            while waiting and (len(waiting) >= self.ahead or held + size > MOST_BYTES):
                first, result, taken = waiting.popleft()
                held -= taken
                yield first, result
            waiting.append((job, None if arguments is None else self._hand_over(function, arguments), size))
            held += size
        for first, result, _ in waiting:
            yield first, result

    def _hand_over(self, function: Callable[..., Result], arguments: tuple[Any, ...]) -> Callable[[], Result]:
        started = self._start(function, arguments)
        return lambda: self._finish(started, function, arguments)


def _size(value: Any) -> int:
    """Bytes of a document among what a function is given."""
    return value.size if isinstance(value, OnDisk) else len(value) if isinstance(value, bytes) else 0


class Processes(_Ahead):
    """Several processes of this machine."""

    near = True

    def __init__(self, count: int) -> None:
        self.count = count
        self.ahead = 4 * count
        # They begin while the archive is being opened, so that what they need is there when the first document is.
        self._waking: threading.Thread | None = None
        if _is_bare():
            self._pool = ProcessPoolExecutor(count, mp_context=_copies(), initializer=_begin)
            self._pool.submit(_nothing)  # makes all of them at once, before the pool has threads
            return
        self._pool = self._open(count)
        self._waking = threading.Thread(target=self._wake, name="waking workers")
        self._waking.start()

    @staticmethod
    def _open(count: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(count, mp_context=_server(), initializer=_begin)

    def _wake(self) -> None:
        with contextlib.suppress(BrokenProcessPool, OSError, EOFError):  # told by the first piece of work
            for _ in range(self.count):
                self._pool.submit(_nothing)

    def _start(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
        try:
            return self._pool.submit(function, *arguments)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._open(self.count)
            return self._pool.submit(function, *arguments)

    def _finish(self, started: Future[Any], function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        with contextlib.suppress(BrokenProcessPool):
            return self._result(started)
        # Whatever was under way is lost with one process, so each piece is tried again by itself.
        with self._open(1) as single:
            try:
                return single.submit(function, *arguments).result()
            except BrokenProcessPool as exc:
                raise WorkerLostError("the process that worked on it ended, twice; memory may be short") from exc

    def _result(self, started: Future[Any]) -> Any:
        """The result of a piece of work, however long it takes.

        A pool watches the processes that it had when something last came or went: the death of one that began after
        that is seen only when it looks again, and no result comes where the dead one held the queue's lock.
        A piece of nothing makes it look.
        """
        while not wait([started], LOOK_AGAIN).done:
            self._pool.submit(_nothing)
        return started.result()

    def apart(self, function: Callable[..., Iterable[bytes]], *arguments: Any) -> Generator[bytes]:
        """What the function gives, while the next pieces are made."""
        context = _server()
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(name="apart", target=_send_all, args=(sender, function, arguments), daemon=True)
        process.start()
        sender.close()
        return _received(receiver, process)

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._waking:
            self._waking.join()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _send_all(sender: Connection, function: Callable[..., Iterable[bytes]], arguments: tuple[Any, ...]) -> None:
    """Send each piece as soon as it is taken, and an empty one behind the last."""
    _begin()
    with contextlib.suppress(BrokenPipeError):  # nobody takes them any more
        for piece in function(*arguments):
            sender.send_bytes(piece)
        sender.send_bytes(b"")


def _received(receiver: Connection, process: ForkServerProcess) -> Generator[bytes]:
    """The pieces as they come; who takes no more of them ends the process, which has nothing open but the file."""
    finished = False
    try:
        while piece := receiver.recv_bytes():
            yield piece
        finished = True
    except EOFError as exc:
        raise WorkerLostError("the process that worked on it ended; memory may be short") from exc
    finally:
        receiver.close()
        if not finished:
            process.terminate()
        process.join()


def _is_bare() -> bool:
    """Whether this process has a single thread, Python's own and those of libraries counted.

    A copy of one that has more may hold a lock that nobody opens.
    """
    with contextlib.suppress(OSError):
        return sys.platform == "linux" and sum(1 for _ in Path("/proc/self/task").iterdir()) == 1
    return False


def _copies() -> ForkContext:
    """How the first processes are made: as copies of this one, while it has neither threads nor an open database.

    They are there a quarter of a second before those of a server, which begins with nothing.
    """
    import multiprocessing

    return multiprocessing.get_context("fork")


def _server() -> ForkServerContext:
    """How later ones are made: a clean server forks them, for this process has threads and an open database by then."""
    import multiprocessing
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_NEEDED)
    with _found_there():
        forkserver.ensure_running()
    return context


@contextlib.contextmanager
def _found_there() -> Iterator[None]:
    """A process that is started in the block finds the modules that this one finds.

    Python before 3.13 does not tell the server, whose imports then fail without a word and are left to each child.
    """
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _nothing() -> None:
    """The first piece of work, so that a process is there for the next."""


def _begin() -> None:
    """What a worker does first.

    Ctrl-C reaches every process of a terminal; the parent ends the others in order.
    A parent that is killed cannot: its workers wait for work on a pipe that they keep open themselves.
    """
    import signal
    from importlib import import_module

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    for name in _NEEDED:
        import_module(name)


def _end_with_the_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


class Cluster(_Ahead):
    """The workers of a Dask cluster that runs already; `address` is its scheduler's, as in tcp://host:8786."""

    def __init__(self, address: str) -> None:
        try:
            import dask
            from distributed import Client
        except ImportError as exc:
            raise CuttingsError("a cluster needs Dask; install it with: pip install 'cuttings[dask]'") from exc
        # Documents travel with their tasks, so that no worker holds the only copy of one.
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"})
        # A connection that is lost is told in our words, without the tracebacks of every attempt to mend it.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as exc:
            raise CuttingsError(f"no Dask scheduler answers at {address}: {exc}") from exc
        self.ahead = 4 * max(2, sum(self._client.nthreads().values()))
        self._address = address

    def _start(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        # A task whose worker died goes to another one, until the scheduler gives it up.
        with self._told():
            return self._client.submit(_by_the_same_rules, parsers.fingerprint(), function, *arguments, pure=False)

    def _finish(self, started: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        with self._told():
            return started.result()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Known ends of a task or of the cluster as our own errors."""
        from distributed import CancelledError
        from distributed.client import ClosedClientError
        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker

        try:
            yield
        except KilledWorker as exc:
            raise WorkerLostError(f"the workers that worked on it ended: {exc}") from exc
        except ModuleNotFoundError as exc:
            raise CuttingsError(
                f"a worker of the cluster lacks a part ({exc}); install the same Cuttings there"
            ) from exc
        except (CancelledError, ClosedClientError, CommClosedError) as exc:
            raise CuttingsError(
                f"the Dask scheduler at {self._address} is gone; what was reported is stored. "
                "Start it again, or leave --dask out, and run the same command: it goes on where it ended"
            ) from exc
        except RuntimeError as exc:
            if "deserialization of the task graph" not in str(exc):
                raise
            raise CuttingsError(
                f"the Dask scheduler at {self._address} lacks a part; install the same Cuttings there"
            ) from exc

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()


def _by_the_same_rules(fingerprint: str, function: Callable[..., Result], *arguments: Any) -> Result:
    """Do a piece of work on a machine that must have the same parsers; else the archive would hold a mixture."""
    if parsers.fingerprint() != fingerprint:
        raise CuttingsError("a worker of the cluster has another version of Cuttings; install the same one everywhere")
    return function(*arguments)


@contextlib.contextmanager
def workers(count: int = 1, cluster: str | None = None) -> Iterator[Workers]:
    """Whoever is to do the work; ended with the block."""
    if cluster:
        with Cluster(cluster) as some:
            yield some
    elif count > 1:
        with Processes(count) as pool:
            yield pool
    else:
        yield HERE
