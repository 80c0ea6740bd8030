"""What keeps an installation healthy: backups that rotate, and a restore that cannot send.

A restored archive starts *held*: what it believes about sent mails may be older than what was sent.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from aggregator import lock
from aggregator.errors import NotFoundError
from aggregator.pipeline import now, stamp
from aggregator.store import Store
from aggregator.store.care import proved, put_in_place
from aggregator.store.connect import may_write
from aggregator.store.upgrade import backup_folder as backup_folder

#: Copies that stay: one a day, one a week, one a month.
KEEP_DAYS, KEEP_WEEKS, KEEP_MONTHS = 7, 5, 12
#: A backup older than this is a finding: a daily one that was missed, with an hour's grace.
BACKUP_AGE = dt.timedelta(hours=25)
#: By so much another machine's clock may be ahead of ours.
AHEAD = dt.timedelta(hours=1)
#: An unfinished copy older than this will not be finished.
LONGEST_BACKUP = dt.timedelta(hours=6)

#: The fact in the archive that names its latest backup, wherever that was put.
LAST = "last_backup"

_NAME = re.compile(r"cuttings-(\d{8}T\d{6})Z\.db")


def backup(store: Store, folder: Path | None = None) -> tuple[Path, dict[str, int]]:
    """A checked copy in the backup folder, older ones thinned out; gives its path and row counts."""
    folder = folder or backup_folder(store.path)
    target = folder / f"cuttings-{now():%Y%m%dT%H%M%S}Z.db"
    counts = store.care.copy_to(target)
    if may_write(store.path):  # an archive that may only be read can be copied elsewhere all the same
        store.care.set_meta(LAST, str(target.resolve()))
    for path in superfluous(folder.glob("cuttings-*.db")):
        path.unlink(missing_ok=True)
    for left in folder.glob("*.db.partial*"):  # of a backup or an upgrade that was killed
        if left.stat().st_mtime < now().timestamp() - LONGEST_BACKUP.total_seconds():
            left.unlink(missing_ok=True)
    return target, counts


def superfluous(paths: Iterable[Path]) -> list[Path]:
    """The backups that no day, week or month needs any more; the newest of each stays."""
    dated = sorted(((taken, path) for path in paths if (taken := taken_at(path))), reverse=True)
    kept: set[Path] = set()
    for form, count in (("%Y-%m-%d", KEEP_DAYS), ("%G-W%V", KEEP_WEEKS), ("%Y-%m", KEEP_MONTHS)):
        newest: dict[str, Path] = {}
        for taken, path in dated:
            newest.setdefault(taken.strftime(form), path)
        kept |= set(list(newest.values())[:count])
    return [path for _, path in dated if path not in kept]


def taken_at(path: Path) -> dt.datetime | None:
    """When a backup was taken, from its name; None where that is no moment."""
    match = _NAME.fullmatch(path.name)
    try:
        return dt.datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC) if match else None
    except ValueError:
        return None


def newest_backup(db: Path) -> Path | None:
    """The latest backup of an archive; one dated in the future only where there is no other."""
    dated = [(taken, path) for path in backup_folder(db).glob("cuttings-*.db") if (taken := taken_at(path))]
    return max(dated, key=lambda one: (not is_ahead(one[0]), *one))[1] if dated else None


def is_ahead(taken: dt.datetime) -> bool:
    """Whether a backup says that it is still to be taken: of a clock that was wrong, or a name somebody gave."""
    return taken > now() + AHEAD


def restore(
    db: Path, source: Path | None = None, *, check_only: bool = False
) -> tuple[Path, dict[str, int], Path | None]:
    """Put a backup in place of the archive, or with `check_only` prove that it could be.

    Gives the backup, its row counts, and where the archive that was there now lies.
    The restored archive sends nothing until somebody releases it.
    Raises `NotFoundError` where there is no backup, `StoreError` where it is not sound or a service, the web app or
    a sender has the archive.
    """
    if source is not None and not source.is_file():
        raise NotFoundError(f"{source}: there is no such backup; without a name, the newest one is taken")
    source = source or newest_backup(db)
    if source is None:
        raise NotFoundError(f"there is no backup in {backup_folder(db)}; name one: run.py restore FILE")
    if check_only:
        return source, _proved(source), None
    aside = db.with_name(f"{db.name}.before-{now():%Y%m%dT%H%M%S}")
    was_there = db.exists()
    with lock.replace(db):
        counts = put_in_place(source, db, aside, {"restored_at": stamp()})
    return source, counts, aside if was_there else None


def _proved(source: Path) -> dict[str, int]:
    """Row counts of a copy of a backup that opened and passed all checks."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(source, copy)
        return proved(copy, source)
