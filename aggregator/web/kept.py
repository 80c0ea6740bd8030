"""Connections that wait for the next request: opening the archive costs more than most pages.

Which error is worse: a page that is three milliseconds slower is noticed by nobody, one from an archive that is no
longer there by everybody, too late.
So a connection is used again only while its file lies in the archive's place and has exactly our migrations, and one
that a request left inside a transaction, or that the database failed, is closed.
So is one to an archive that may only be read: SQLite may have been told that nobody else writes it, and would show for
ever what it held then.
What else a request knew goes with it: only the connection stays, with the schema and the statements it has read.

Only `serve` keeps them: it owns its process, while SQLite's locks on a file end for a whole process as soon as another
SQLite in it (Python's own beside pysqlite3) closes that file.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TypeAlias

from aggregator import migrations
from aggregator.store.connect import Connection, Error, applied_to, may_write

File: TypeAlias = tuple[int, int, bool]  # device, inode, and whether it may be written


def file_of(db: Path) -> File:
    """Which file lies at a path; raises `FileNotFoundError`."""
    found = db.stat()
    return found.st_dev, found.st_ino, may_write(db)


class Kept:
    """Connections between two requests, never more than there were requests at once."""

    def __init__(self) -> None:
        self._idle: list[tuple[File, Connection]] = []

    def take(self, file: File) -> Connection | None:
        """A connection to just this file, for one request alone; None where a new one is needed."""
        with contextlib.suppress(IndexError):  # another thread may take the last one
            while True:
                known, connection = self._idle.pop()
                if known == file and _current(connection):
                    return connection
                connection.close()
        return None

    def give(self, file: File, connection: Connection) -> None:
        """Keep a connection for the next request."""
        if connection.in_transaction or not file[2]:
            connection.close()
        else:
            self._idle.append((file, connection))


def _current(connection: Connection) -> bool:
    try:
        return applied_to(connection) == migrations.NAMES
    except Error:
        return False
