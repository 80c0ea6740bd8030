"""One sender at a time: a lock file beside the archive, held as long as the process lives.

The kernel frees it when the process ends, however it ends, so that there is never a stale lock to remove.
It works on local disks; the ledger's claim is the second line of defence.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from aggregator.errors import LockedError

try:
    import fcntl
except ImportError:  # not a Unix: the ledger's claim alone has to do
    fcntl = None  # type: ignore[assignment]


def path_for(db: Path) -> Path:
    """The lock of an archive."""
    return db.with_name(db.name + ".lock")


@contextlib.contextmanager
def hold(db: Path) -> Iterator[None]:
    """Hold the lock of an archive; raises `LockedError` that names the process which has it."""
    path = path_for(db)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as exc:
                raise LockedError(holder(db)) from exc
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def holder(db: Path) -> int | None:
    """The process that holds the lock, as it wrote it down; None where nobody does."""
    path = path_for(db)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                text = os.pread(handle, 20, 0).decode("ascii", "replace")
                return int(text) if text.isdigit() else 0
        return None
    finally:
        os.close(handle)
