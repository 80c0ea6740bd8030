"""One sender at a time: a lock file beside the archive, held as long as the process lives.

The kernel frees it when the process ends, however it ends, so that there is never a stale lock to remove.
It works on local disks; the ledger's claim is the second line of defence.

A second file is held by the web app, together with any number of others, and by nobody else while the archive is
replaced: SQLite's own locks say who is at work on a file, not who has it open for later.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

from aggregator.errors import LockedError, StoreError

try:
    import fcntl
except ImportError:  # not a Unix: the ledger's claim alone has to do
    fcntl = None  # type: ignore[assignment]


#: How often and how long (seconds) to wait until the holder of a lock has written down who it is.
TRIES, PAUSE = 20, 0.05
#: What the system says where a file or folder may not be written.
DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)


def path_for(db: Path) -> Path:
    """The lock of an archive."""
    return db.with_name(db.name + ".lock")


@contextlib.contextmanager
def hold(db: Path) -> Iterator[None]:
    """Hold the lock of an archive; raises `LockedError` that names the process which has it.

    Raises `StoreError` where the rights of the folder do not let this process write.
    """
    handle = _opened(path_for(db), db)
    try:
        _take(handle, db)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def use_path_for(db: Path) -> Path:
    """The file that says that an archive is in use between two requests."""
    return db.with_name(db.name + ".use.lock")


@contextlib.contextmanager
def use(db: Path) -> Iterator[None]:
    """Hold an archive in its place, beside others who do; raises `StoreError` while it is being replaced."""
    with _used(db, shared=True) as taken:
        if not taken:
            raise StoreError(f"{db} is being restored at this moment; start again when that has ended")
        yield


@contextlib.contextmanager
def replace(db: Path) -> Iterator[None]:
    """Have an archive alone, to put another in its place; raises `StoreError` where a process would not notice."""
    with _used(db, shared=False) as taken:
        if not taken:
            raise StoreError(f"{db} is in use by the web app; stop it, then restore again. Nothing was changed")
        try:
            with hold(db):
                yield
        except LockedError as exc:
            who = f"pid {exc.pid}" if exc.pid else "pid unknown"
            raise StoreError(
                f"{db} is in use by the service or by who sends now ({who}); stop it, then restore again. "
                "Nothing was changed"
            ) from exc


@contextlib.contextmanager
def _used(db: Path, *, shared: bool) -> Iterator[bool]:
    handle = _opened(use_path_for(db), db)
    try:
        yield _try(handle, shared=shared)
    finally:
        os.close(handle)


def _opened(path: Path, db: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        if exc.errno not in DENIED:
            raise
        raise StoreError(
            f"{db}: the archive cannot be written; check the rights of the file and its folder "
            f"({path.name}: {exc.strerror})"
        ) from exc


def _take(handle: int, db: Path) -> None:
    """Lock the file; where that cannot be, wait until it is clear who has it."""
    for _ in range(TRIES):
        if _try(handle):
            return
        pid = holder(db)
        if pid is not None and _lives(pid):
            raise LockedError(pid)
        time.sleep(PAUSE)  # somebody only asked who has it, or has it and has not written that down yet
    raise LockedError(holder(db))


def _try(handle: int, *, shared: bool = False) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _lives(pid: int) -> bool:
    """Whether there is such a process; one of another user counts."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def holder(db: Path) -> int | None:
    """The process that holds the lock, as it wrote it down, 0 where it has not yet; None where nobody does."""
    try:
        handle = os.open(path_for(db), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _try(handle):
            return None
        text = os.pread(handle, 20, 0).decode("ascii", "replace")
        return int(text) if text.isdigit() else 0
    finally:
        os.close(handle)
