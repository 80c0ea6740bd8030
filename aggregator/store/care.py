"""The archive's own health: checks, repair of the search index, copies that were proved to open.

Which error is worse: a backup that cannot be restored is worse than none, because nobody looks for another.
So a copy counts only after it was opened and checked, and only then takes its name.

`PRAGMA integrity_check` calls a stale full-text index sound; only FTS5's own check with rank 1 compares it with
its rows.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import msgspec

from aggregator import migrations
from aggregator.errors import StoreError, StoreVersionError
from aggregator.store import header
from aggregator.store.connect import (
    SAFE_WAL,
    Connection,
    Error,
    applied_to,
    connect,
    may_write,
    sqlite_version,
    transaction,
)
from parsers.model import Record

#: What must hold for each connection; 2 is FULL, which a log needs, 3 is EXTRA, which a rollback journal needs.
_MUST_BE: dict[str, tuple[int, ...]] = {
    "synchronous": (2, 3),
    "foreign_keys": (1,),
    "recursive_triggers": (1,),
    "trusted_schema": (0,) if sqlite_version() >= SAFE_WAL else (1,),
    "application_id": (migrations.APPLICATION_ID,),
}
_INDEXES = {"coverage_fts": "coverage", "statement_fts": "statement"}


class Finding(Record, frozen=True, kw_only=True):
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str
    advice: str = ""  # what to do next, where not ok
    facts: dict[str, int | str] = msgspec.field(default_factory=dict)  # what a machine may want to compare


class Care:
    """Checks and repairs of an open archive."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._db = connection
        self._path = path

    def check(self) -> list[Finding]:
        """Everything that can be wrong with the file."""
        return [self._engine(), self._integrity(), self._references(), *self._indexes(), self._schema()]

    def _engine(self) -> Finding:
        facts: dict[str, int | str] = {
            name: self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", *_MUST_BE)
        }
        safe = sqlite_version() >= SAFE_WAL or facts["journal_mode"] != "wal"
        odd = [f"{name} is {facts[name]}" for name, values in _MUST_BE.items() if facts[name] not in values]
        version = ".".join(map(str, sqlite_version()))
        advice = "install pysqlite3, which brings a newer SQLite; this one can damage an archive that two processes use"
        return Finding(
            name="engine",
            ok=safe and not odd,
            detail=", ".join([f"SQLite {version}, journal {facts['journal_mode']}", *odd]),
            advice="" if safe and not odd else "this is a bug of Cuttings; please report it" if safe else advice,
            facts={"sqlite": version, **facts},
        )

    def _integrity(self) -> Finding:
        try:
            found = [row[0] for row in self._db.execute("PRAGMA integrity_check(5)")]
        except Error as exc:
            found = [str(exc)]
        ok = found == ["ok"]
        index_only = all("fts5" in text.lower() for text in found)
        return Finding(
            name="file",
            ok=ok,
            detail="sound" if ok else "; ".join(found),
            advice=""
            if ok
            else "run.py reindex builds the search index anew"
            if index_only
            else "run.py restore brings back the last backup; keep this file",
        )

    def _references(self) -> Finding:
        try:
            broken = len(self._db.execute("PRAGMA foreign_key_check").fetchall())
        except Error as exc:
            return Finding(name="references", ok=False, detail=str(exc), advice="run.py restore")
        return Finding(
            name="references",
            ok=not broken,
            detail=f"{broken} rows point nowhere" if broken else "sound",
            advice="run.py restore brings back the last backup" if broken else "",
        )

    def _indexes(self) -> list[Finding]:
        if not may_write(self._path):  # the check is a write
            detail = "not checked: the archive cannot be written"
            return [Finding(name=f"search index of {table}", ok=True, detail=detail) for table in _INDEXES.values()]
        findings = []
        for index in _INDEXES:
            try:
                self._db.execute(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")
                findings.append(
                    Finding(name=f"search index of {_INDEXES[index]}", ok=True, detail="agrees with its rows")
                )
            except Error as exc:
                findings.append(
                    Finding(
                        name=f"search index of {_INDEXES[index]}", ok=False, detail=str(exc), advice="run.py reindex"
                    )
                )
        return findings

    def _schema(self) -> Finding:
        count = len(applied_to(self._db))
        ok = count == len(migrations.NAMES)
        return Finding(
            name="schema",
            ok=ok,
            detail=f"{count} of {len(migrations.NAMES)} migrations",
            advice="" if ok else "run.py restore brings back the last backup; keep this file",
            facts={"migrations": count},
        )

    def reindex(self) -> dict[str, int]:
        """Build the search indexes anew from the rows; gives how many rows each holds."""
        with transaction(self._db):
            for index in _INDEXES:
                self._db.execute(f"INSERT INTO {index}({index}) VALUES ('rebuild')")
        return {table: self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _INDEXES.values()}

    def copy_to(self, target: Path) -> dict[str, int]:
        """A checked copy while others read and write; gives the number of rows of each table.

        The copy takes its name only after it opened and all checks passed.
        Raises `StoreError` where it did not.
        """
        partial = target.with_name(target.name + ".partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            # One statement, so one consistent state; it also leaves out free pages.
            partial.touch(mode=0o600)  # nobody else reads it before it has the archive's rights
            self._db.execute("VACUUM INTO ?", (str(partial),))
            shutil.copymode(self._path, partial)
            counts = verified(partial)
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            partial.replace(target)
            _sync_folder(target.parent)
        except (Error, OSError) as exc:
            raise StoreError(f"{target}: the backup could not be written: {exc}") from exc
        finally:
            with contextlib.suppress(OSError):  # where nothing may be written nothing is left
                for left in (partial, *partial.parent.glob(partial.name + "-*")):
                    left.unlink(missing_ok=True)
        return counts

    def unfinished_runs(self) -> int:
        """Runs that began and never ended: killed, or still at work."""
        return int(self._db.execute("SELECT count(*) FROM run WHERE finished_at IS NULL").fetchone()[0])

    def meta(self, name: str) -> str | None:
        """A small fact about the installation."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_meta(self, name: str, value: str) -> None:
        """Write a small fact down."""
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )


def verified(path: Path) -> dict[str, int]:
    """Open a copy, run all checks, and count the rows of each table; raises `StoreError`.

    Only what is proved to be an archive is brought up to date, which the checks ask for: opened as they are told to,
    an empty file would become a sound and empty archive.
    """
    if found := header.fault(path):
        raise StoreError(f"{path}: {found}")
    with contextlib.closing(connect(path, upgrade=False)) as copy:
        if not applied_to(copy):
            raise StoreError(f"{path}: it is a database without an archive in it")
    with contextlib.closing(connect(path, keep=False)) as copy:
        bad = [finding for finding in Care(copy, path).check() if not finding.ok]
        if bad:
            raise StoreError(f"{path}: this copy is not sound: {bad[0].name}: {bad[0].detail}")
        tables = copy.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
            "AND name NOT LIKE '%\\_fts\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ).fetchall()
        counts = {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables}
        copy.execute("PRAGMA journal_mode = DELETE")  # a copy is one file
    return counts


def proved(copy: Path, backup: Path) -> dict[str, int]:
    """Row counts of a copy of a backup that passed all checks; raises `StoreError` that names the backup."""
    try:
        return verified(copy)
    except StoreVersionError as exc:
        raise StoreVersionError(str(exc).replace(str(copy), str(backup))) from exc
    except (Error, StoreError) as exc:
        cause = exc.__cause__ if isinstance(exc.__cause__, Error) else exc
        why = str(cause).replace(f"{copy}: ", "")
        if "disk is full" in str(exc):
            raise StoreError(f"{backup}: it could not be checked: the disk is full. Nothing was changed") from exc
        raise StoreError(
            f"{backup}: this backup is damaged; nothing was changed. Name an older one: run.py restore FILE ({why})"
        ) from exc


def put_in_place(backup: Path, path: Path, aside: Path, facts: dict[str, str]) -> dict[str, int]:
    """Replace the archive at `path` by a checked copy of `backup`; what was there is kept at `aside`.

    `facts` are written into the copy before it takes the place.
    At every moment there is a whole archive at `path`: the one that was there, then the copy.
    Gives the number of rows of each table.
    Raises `StoreError` where another process uses the archive: it would go on writing into the one put aside.
    What was begun is taken away again where it does not succeed: the disk may be full of nothing else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)  # a fresh machine has no folder yet
    partial = path.with_name(path.name + ".partial")
    try:
        partial.touch(mode=0o600)  # as with a backup
        counts = _marked_copy(backup, path, partial, facts)
        if path.exists():
            _put_aside(path, aside)
        partial.replace(path)
    finally:
        for left in (partial, *partial.parent.glob(partial.name + "-*")):
            left.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return counts


def _marked_copy(backup: Path, path: Path, partial: Path, facts: dict[str, str]) -> dict[str, int]:
    """A checked copy of a backup with facts in it; gives its row counts."""
    shutil.copyfile(backup, partial)
    shutil.copymode(path if path.exists() else backup, partial)
    counts = proved(partial, backup)
    with contextlib.closing(connect(partial, keep=False)) as copy:
        for name, value in facts.items():
            Care(copy, partial).set_meta(name, value)
        copy.execute("PRAGMA journal_mode = DELETE")
    return counts


def _put_aside(path: Path, aside: Path) -> None:
    """Keep the archive under another name too, with what stands beside it."""
    _settle(path)
    for suffix in ("-wal", "-shm", "-journal"):  # only a damaged archive still has these
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.replace(aside.with_name(aside.name + suffix))
    try:
        os.link(path, aside)
    except OSError:  # not every file system has links
        shutil.copyfile(path, aside)


def _settle(path: Path) -> None:
    """Bring what stands in the log into the file, so that the file alone is the archive."""
    try:
        with contextlib.closing(connect(path, upgrade=False)) as there:
            there.execute("PRAGMA busy_timeout = 1000")
            there.execute("PRAGMA journal_mode = DELETE")
    except (Error, StoreError) as exc:
        if "locked" in str(exc):
            raise StoreError(f"{path} is in use; stop the service and the web app, then restore again") from exc


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
