"""A copy of the archive from just before its schema changes, so that there is a way back to the version before.

Which error is worse: an upgrade that has to wait for room on the disk is worse for one morning, an archive that
neither the old nor the new version can use is worse for ever.
So without a copy that was opened and checked nothing is changed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.store.connect import Connection, Error, applied_to, connect, trouble

#: Copies that stay: of the latest upgrade and of the one before.
KEPT = 2


def backup_folder(path: Path) -> Path:
    """Where copies of an archive lie."""
    return path.with_name(path.name + ".backups")


def copy_name(level: int) -> str:
    """The name of the copy from before an upgrade; `level` is the number of migrations that it has."""
    return f"before-upgrade-{level:03}.db"


def keep_copy(connection: Connection, path: Path) -> Path:
    """Copy an archive as it is, check the copy, and give its path; older copies of this kind are thinned out.

    Raises `StoreError` where that does not succeed: then nothing may be changed.
    """
    found = applied_to(connection)
    target = backup_folder(path) / copy_name(len(found))
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(mode=0o600)  # nobody else reads it before it has the archive's rights
        connection.execute("VACUUM INTO ?", (str(partial),))
        shutil.copymode(path, partial)
        _check(partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        if applied_to(connection) == found:  # else another process was faster, and its copy is the one
            partial.replace(target)
    except (Error, OSError) as exc:
        raise StoreError(
            f"{path}: this version of Cuttings changes the archive, and the copy that is made before could not be "
            f"written to {target.parent}. Nothing was changed; {trouble(exc) or exc}"
        ) from exc
    finally:
        for left in partial.parent.glob(partial.name + "*"):
            left.unlink(missing_ok=True)
    for old in sorted(target.parent.glob(copy_name(0).replace("000", "*")))[:-KEPT]:
        old.unlink(missing_ok=True)
    return target


def _check(copy: Path) -> None:
    with contextlib.closing(connect(copy, upgrade=False)) as opened:
        found = [row[0] for row in opened.execute("PRAGMA integrity_check(5)")]
        if found != ["ok"]:
            raise StoreError(
                f"{copy}: the archive is damaged, so it was not upgraded; “run.py restore” brings back a backup "
                f"({found[0]})"
            )
        opened.execute("PRAGMA journal_mode = DELETE")  # a copy is one file
