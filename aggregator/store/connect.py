"""The only place that opens the database.

Which error is worse: to refuse a database is worse for one morning, to damage it is worse for ever.
So a file that is not ours, or that a newer version wrote, is refused with a message, and WAL is used only
with an SQLite that is free of the WAL-reset bug (fixed in 3.51.3); older ones get a rollback journal.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from aggregator import migrations
from aggregator.errors import StoreError, StoreVersionError

if TYPE_CHECKING:
    import sqlite3
else:
    # The same choice as sqlite-utils makes: two SQLites on one file in one process can corrupt it.
    try:
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

#: The first SQLite in which two processes can share a WAL safely.
SAFE_WAL = (3, 51, 3)
BUSY_MS = 10_000

#: Of an import: kilobytes of pages held in memory, negative as SQLite wants them, and pages of the log.
_ROOM = {"cache_size": -16_000, "wal_autocheckpoint": 8_000}

Error = sqlite3.Error
# The module looks for a way to adapt whatever is no text and no number, and None costs 15 times as much as those.
# Told that None stands for itself, it binds the dozen of them in a post's row in a sixth of the time; to look it up
# in an empty table says that without running a line of Python.
sqlite3.register_adapter(type(None), dict[None, None]().get)
Connection: TypeAlias = sqlite3.Connection
Row: TypeAlias = sqlite3.Row


def connect(path: Path, *, upgrade: bool = True, keep: bool = True) -> Connection:
    """Open the archive at `path`, created and migrated as needed, in autocommit mode.

    An archive of an older version is copied beside its backups before its schema changes, unless `keep` is off;
    without `upgrade` it is opened as it is.
    Who may read it but not write it can search and export it; what would write raises `sqlite3.OperationalError`.
    Raises `StoreError` where the file cannot be used, `StoreVersionError` where a newer version wrote it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _refuse_network(path)
            path.touch(mode=0o600)  # accounts and what people wrote are nobody else's; its log takes over the rights
        writes = may_write(path)
        connection = sqlite3.connect(
            str(path) if writes else _read_only(path),
            timeout=BUSY_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
            uri=not writes,
        )
    except (OSError, sqlite3.Error) as exc:
        raise StoreError(_explain(path, exc)) from exc
    try:
        connection.row_factory = sqlite3.Row
        _configure(connection)
        applied = _known(connection, path)
        if writes:
            _set_journal(connection)
        if upgrade and applied != migrations.NAMES:
            _upgrade(connection, path, keep=keep and bool(applied))
    except (OSError, sqlite3.Error) as exc:
        connection.close()
        raise StoreError(_explain(path, exc)) from exc
    except StoreError:
        connection.close()
        raise
    return connection


def may_write(path: Path) -> bool:
    """Whether the rights of an archive and its folder let this process write it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _refuse_network(path: Path) -> None:
    """No new archive where locks do not hold; one that lies there already is a finding of `doctor`."""
    from aggregator.store.place import network

    if kind := network(path):
        raise StoreError(f"{path}: this is a network file system ({kind}), where locks do not hold; name a local disk")


def _read_only(path: Path) -> str:
    """The address of an archive for who may not write it.

    A log is read through the files beside the archive; without one SQLite would want to make them, so it is told that
    nobody writes.  A writer who starts during such a read can spoil its answer, never the archive.
    """
    logs = (path.with_name(f"{path.name}-{log}") for log in ("wal", "journal"))
    quiet = not any(log.exists() and log.stat().st_size for log in logs)
    return f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if quiet else ''}"


def _configure(connection: Connection) -> None:
    """What holds for this connection; the file is not touched."""
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        "foreign_keys = ON",
        "recursive_triggers = ON",  # a REPLACE must fire the delete trigger of the search index
        # Older ones call our own search index unsafe in the triggers that keep it.
        f"trusted_schema = {'OFF' if sqlite3.sqlite_version_info >= SAFE_WAL else 'ON'}",
        "mmap_size = 0",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _set_journal(connection: Connection) -> None:
    wal = sqlite3.sqlite_version_info >= SAFE_WAL
    connection.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
    connection.execute(f"PRAGMA synchronous = {'FULL' if wal else 'EXTRA'}")


def _known(connection: Connection, path: Path) -> tuple[str, ...]:
    """The migrations that a file has; a file that is not ours, or newer than we are, is refused unchanged."""
    applied = applied_to(connection)
    unknown = [name for name in applied if name not in migrations.NAMES]
    if unknown:
        raise StoreVersionError(
            f"{path}: this archive was written by a newer Cuttings (it knows “{unknown[0]}”). "
            "Nothing was changed. Upgrade this installation, or open an older copy with --db."
        )
    if not applied and _tables(connection):
        raise StoreError(f"{path}: this is a database, but not one of Cuttings; give another file with --db")
    return applied


def _upgrade(connection: Connection, path: Path, *, keep: bool) -> None:
    """Bring the schema up to date, in one transaction, with a checked copy of what was there."""
    from sqlite_utils import Database

    copy = None
    if keep:
        from aggregator.store.upgrade import keep_copy

        copy = keep_copy(connection, path)
    with transaction(connection):
        migrations.apply(Database(connection, execute_plugins=False))
    if copy:  # without logging set up, a warning is a line on standard error
        import logging

        logging.getLogger("cuttings").warning(
            "%s: the archive was brought up to date for this version; a copy from before lies at %s", path, copy
        )


def _tables(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def applied_to(connection: Connection) -> tuple[str, ...]:
    """The names of the migrations that an archive has, in their order."""
    if "_sqlite_migrations" not in _tables(connection):
        return ()
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid", (migrations.SET_NAME,)
    )
    return tuple(row[0] for row in rows)


#: Bytes below which a disk is full: the files beside an open archive need more.
_LEAST = 64 << 10
#: What SQLite says when the machine, not the program, is at fault, and what a person can do.
_TROUBLE = (
    ("not a database", "this file is not a database; give another one with --db"),
    ("corruption found", "the search index is damaged; “run.py reindex” builds it anew"),
    ("readonly", "the archive cannot be written; check the rights of the file and its folder"),
    ("malformed", "the archive is damaged; “run.py doctor” says where, “run.py restore” brings back a backup"),
    ("disk is full", "the disk is full; what was reported as stored is safe. Make room, then run the command again"),
    ("disk I/O error", "the disk refuses to write or read; what was reported as stored is safe. "
     "Look at free space and limits, then run the command again"),
    ("locked", "another process has kept the archive locked; run the command again when it has ended"),
    ("unable to open", "the archive cannot be opened; check that the folder is there and who may use it"),
)  # fmt: skip


def trouble(exc: BaseException) -> str | None:
    """What a person can do about an error of the database; None where the program is at fault."""
    if not isinstance(exc, sqlite3.DatabaseError):
        return None
    return next((f"{advice} ({exc})" for sign, advice in _TROUBLE if sign in str(exc)), None)


def _explain(path: Path, exc: Exception) -> str:
    if isinstance(exc, PermissionError):
        return f"{path}: the archive cannot be written; check the rights of the file and its folder ({exc})"
    if "disk I/O error" in str(exc) and shutil.disk_usage(path.parent).free < _LEAST:
        return f"{path}: the disk is full; what was reported as stored is safe. Make room, then run the command again"
    return f"{path}: {trouble(exc) or f'the archive cannot be opened: {exc}'}"


@contextlib.contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing, with the write lock taken at once; inside another transaction, a savepoint.

    A deferred BEGIN that reads and then writes fails with SQLITE_BUSY_SNAPSHOT whatever the timeout.
    """
    if connection.in_transaction:
        name = f"s{id(object()):x}"
        begin, end, undo = f"SAVEPOINT {name}", f"RELEASE {name}", f"ROLLBACK TO {name}"
    else:
        begin, end, undo = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
    connection.execute(begin)
    try:
        yield
        connection.execute(end)  # inside, because a commit that meets a full disk leaves its transaction open
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already
            connection.execute(undo)
        raise


@contextlib.contextmanager
def joined(connection: Connection) -> Iterator[None]:
    """Part of the transaction that is open, else one of its own.

    Many statements inside a savepoint are slow: SQLite keeps a copy of each page for each of them.
    """
    if connection.in_transaction:
        yield
    else:
        with transaction(connection):
            yield


@contextlib.contextmanager
def roomy(connection: Connection) -> Iterator[None]:
    """More pages are held, and they are copied into the archive less often, for an import that writes very many.

    Pages that do not fit are written and read again before they are complete, and those of indexes once for each of
    many transactions; both together cost a tenth of an import.
    """
    before = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _ROOM}
    for name, value in _ROOM.items():
        connection.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        for name, value in before.items():
            connection.execute(f"PRAGMA {name} = {value}")


@contextlib.contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """Several reads of one state of the archive, whatever others write meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def rows(connection: Connection, sql: str, *parameters: Any) -> list[Row]:
    """All rows of a query."""
    return connection.execute(sql, parameters).fetchall()


def one(connection: Connection, sql: str, *parameters: Any) -> Row | None:
    """The first row of a query, or None."""
    row: Row | None = connection.execute(sql, parameters).fetchone()
    return row


def index_new(connection: Connection, first: int) -> None:
    """Put coverage from row `first` on into the search index, in the transaction that inserted it."""
    connection.execute(
        "INSERT INTO coverage_fts(rowid, headline, summary, text) "
        "SELECT id, headline, summary, text FROM coverage WHERE id >= ?",
        (first,),
    )


def sqlite_version() -> tuple[int, int, int]:
    """The version of the SQLite library in use."""
    major, minor, patch = sqlite3.sqlite_version_info[:3]
    return major, minor, patch
