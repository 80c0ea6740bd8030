"""Faults of the machine, staged: what is said, what doctor finds, what mends it: `python bench/faults.py`.

Each fault is made to happen to a real archive and a real command.
A full disk is a limit on the size of files (any user) and, for root on Linux, a file system of one megabyte.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from aggregator import operations  # noqa: E402
from aggregator.errors import CuttingsError  # noqa: E402
from aggregator.store import Store, exports  # noqa: E402

SAMPLE = ROOT / "data" / "sample"


@dataclass
class Seen:
    """What a fault came to."""

    said: str  # on standard error
    exit: int
    doctor_found: bool | None  # None: nothing is broken afterwards, so there is nothing to find
    mended: bool  # the archive is whole again, or never was not
    by: str  # what mended it


class Place:
    """A folder with an archive and a backup of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "a.db"

    def fill(self) -> int:
        """Put an archive of the sample corpus here, with a backup of it; gives how many records there are."""
        shutil.copytree(filled(), self.db.parent, dirs_exist_ok=True)
        return self.count()

    def run(self, *arguments: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
        """A real command; `limit` is the largest file it may write, in bytes."""

        def narrow() -> None:
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.run(
            [sys.executable, str(ROOT / "run.py"), "--db", str(self.db), *arguments],
            capture_output=True, text=True, check=False, cwd=self.folder, preexec_fn=narrow,
        )  # fmt: skip

    def count(self) -> int:
        """Records in the archive, read through its exports."""
        with Store(self.db) as store:
            return sum(
                1 for name in ("posts", "articles", "statements") for _ in exports.EXPORTS[name](store.connection)
            )

    def sound(self) -> bool:
        """Whether all checks of the file pass."""
        try:
            with Store(self.db) as store:
                return all(finding.ok for finding in store.care.check())
        except CuttingsError:
            return False

    def doctor_finds(self) -> bool:
        """Whether `doctor` says that something is broken, in words and by its exit code."""
        done = self.run("doctor")
        return (
            done.returncode == 1 and ("BAD " in done.stdout or "error:" in done.stderr) and "Trace" not in done.stderr
        )

    def page(self, name: str) -> int:
        """The byte at which the root page of a table or index begins."""
        with Store(self.db) as store:
            store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            size = store.connection.execute("PRAGMA page_size").fetchone()[0]
            row = store.connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            return int((row[0] - 1) * size)


@functools.cache
def filled() -> Path:
    """A folder with an archive that commands filled and backed up, made once for all faults."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    place = Place(folder)
    place.run("ingest", str(SAMPLE))
    place.run("backup")
    return folder


def file_limit(place: Place) -> Seen:
    """No file may grow beyond 600 kB."""
    done = place.run("ingest", str(SAMPLE), limit=600_000)
    whole = place.sound()
    again = place.run("ingest", str(SAMPLE))
    mended = whole and again.returncode in (0, 1) and place.sound()
    return Seen(done.stderr, done.returncode, None, mended, "the same command again")


def full_disk(place: Place) -> Seen | None:
    """A disk of one megabyte."""
    disk = place.folder / "disk"
    disk.mkdir()
    with mounted(disk, "size=1m") as there:
        if not there:
            return None
        place.db = disk / "a.db"
        done = place.run("ingest", str(SAMPLE))
        whole = place.sound()
        subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
        place.run("ingest", str(SAMPLE))
        return Seen(done.stderr, done.returncode, None, whole and place.sound(), "room, and the same command again")


def backup_without_room(place: Place) -> Seen | None:
    """The backups' own disk is full: no half copy stays, and older ones do."""
    count, disk = place.fill(), place.folder / "disk"
    disk.mkdir()
    with mounted(disk, "size=600k") as there:
        if not there:
            return None
        done = place.run("backup", "--to", str(disk))
        nothing = list(disk.iterdir()) == []
        subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
        again = place.run("backup", "--to", str(disk))
    mended = nothing and again.returncode == 0 and place.sound() and place.count() == count
    return Seen(done.stderr, done.returncode, None, mended, "room, and the same command again")


def restore_without_room(place: Place) -> Seen | None:
    """A restore has no room for its copy: the archive stays as it was, and the room that there was is free again."""
    count, disk = place.fill(), place.folder / "disk"
    backup = operations.newest_backup(place.db)
    disk.mkdir()
    with mounted(disk, "size=1500k") as there:
        if not there:
            return None
        shutil.copyfile(place.db, disk / "a.db")
        place.db = disk / "a.db"
        free = shutil.disk_usage(disk).free
        done = place.run("restore", str(backup))
        mended = shutil.disk_usage(disk).free > free - 65_536 and place.sound() and place.count() == count
        return Seen(done.stderr, done.returncode, None, mended, "nothing was changed")


def no_byte_left(place: Place) -> Seen | None:
    """Something else has filled the disk to its last byte: an archive in use needs a little more than itself."""
    disk = place.folder / "disk"
    disk.mkdir()
    with mounted(disk, "size=5m") as there:
        if not there:
            return None
        place.db = disk / "a.db"
        count, fill = place.fill(), disk / "fill"
        with contextlib.suppress(OSError), fill.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        found = place.doctor_finds()
        done = place.run("link", "--all")
        fill.unlink()
        again = place.run("link", "--all")
        return Seen(
            done.stderr, done.returncode, found, again.returncode == 0 and place.sound() and place.count() == count,
            "room, and the same command again",
        )  # fmt: skip


def read_only(place: Place) -> Seen | None:
    """A disk that turned read-only."""
    disk = place.folder / "disk"
    disk.mkdir()
    with mounted(disk, "size=50m") as there:
        if not there:
            return None
        place.db = disk / "a.db"
        count = place.fill()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        done = place.run("ingest", str(SAMPLE))
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        return Seen(done.stderr, done.returncode, None, place.sound() and place.count() == count, "nothing was changed")


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[bool]:
    """A file system in memory, for root on Linux; gives whether there is one."""
    made = bool(shutil.which("mount")) and os.geteuid() == 0
    if made:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        made = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield made
    finally:
        if made:
            subprocess.run(["umount", str(folder)], capture_output=True, check=False)


def locked(place: Place) -> Seen:
    """Another process holds the archive for longer than a command waits."""
    count = place.fill()
    with Store(place.db) as other:
        other.connection.execute("BEGIN IMMEDIATE")
        done = place.run("link", "--all")
        other.connection.execute("ROLLBACK")
    return Seen(done.stderr, done.returncode, None, place.sound() and place.count() == count, "the same command later")


def stale_index(place: Place) -> Seen:
    """The search index has lost rows; SQLite's own check calls the file sound."""
    place.fill()
    with Store(place.db) as store:
        store.connection.execute("DELETE FROM coverage_fts_docsize WHERE id % 2 = 1")
    found = place.doctor_finds()
    done = place.run("doctor")
    place.run("reindex")
    return Seen(done.stdout, done.returncode, found, place.sound(), "`reindex`")


def garbled_index(place: Place) -> Seen:
    """Blocks of the search index are overwritten with nonsense."""
    place.fill()
    with Store(place.db) as store:
        store.connection.execute("UPDATE coverage_fts_data SET block = x'a5a5a5a5a5a5' WHERE id > 10")
    found = place.doctor_finds()
    done = place.run("doctor")
    place.run("reindex")
    return Seen(done.stdout, done.returncode, found, place.sound(), "`reindex`")


def damaged_page(place: Place) -> Seen:
    """A page of the posts is overwritten."""
    count = place.fill()
    with_page = place.page("post")
    with place.db.open("r+b") as file:
        file.seek(with_page)
        file.write(b"\xa5" * 4096)
    found = place.doctor_finds()
    done = place.run("export", "posts")
    place.run("restore")
    return Seen(done.stderr, done.returncode, found, place.sound() and place.count() == count, "`restore`")


def cut_short(place: Place) -> Seen:
    """The last third of the file is gone."""
    count = place.fill()
    place.page("post")
    with place.db.open("r+b") as file:
        file.truncate(place.db.stat().st_size * 2 // 3)
    found = place.doctor_finds()
    done = place.run("link", "--all")
    place.run("restore")
    return Seen(done.stderr, done.returncode, found, place.sound() and place.count() == count, "`restore`")


def header_gone(place: Place) -> Seen:
    """The first page is overwritten."""
    count = place.fill()
    place.page("post")
    with place.db.open("r+b") as file:
        file.write(b"\0" * 100)
    found = place.doctor_finds()
    done = place.run("search", "library")
    place.run("restore")
    return Seen(done.stderr, done.returncode, found, place.sound() and place.count() == count, "`restore`")


def bad_backup(place: Place) -> Seen:
    """The backup itself was cut short; the archive stays as it is."""
    count = place.fill()
    newest = operations.newest_backup(place.db)
    assert newest
    with newest.open("r+b") as file:
        file.truncate(newest.stat().st_size // 2)
    done = place.run("restore")
    return Seen(done.stderr, done.returncode, None, place.sound() and place.count() == count, "nothing was changed")


FAULTS: dict[str, Callable[[Place], Seen | None]] = {
    "a limit on file size": file_limit,
    "a full disk": full_disk,
    "a disk without a byte left": no_byte_left,
    "a full disk under a backup": backup_without_room,
    "a full disk under a restore": restore_without_room,
    "a disk turned read-only": read_only,
    "an archive locked by another process": locked,
    "a stale search index": stale_index,
    "a garbled search index": garbled_index,
    "a damaged page": damaged_page,
    "a file cut short": cut_short,
    "a file without its header": header_gone,
    "a damaged backup": bad_backup,
}
#: Words of which at least one must be in the message.
CLEAR = {
    "a limit on file size": ("space", "full"),
    "a full disk": ("full",),
    "a disk without a byte left": ("full",),
    "a full disk under a backup": ("full",),
    "a full disk under a restore": ("full",),
    "a disk turned read-only": ("written", "rights", "read"),
    "an archive locked by another process": ("locked",),
    "a stale search index": ("reindex",),
    "a garbled search index": ("reindex",),
    "a damaged page": ("damaged",),
    "a file cut short": ("damaged",),
    "a file without its header": ("not a database",),
    "a damaged backup": ("not sound", "damaged"),
}


def main() -> None:
    """Stage all faults and print a table."""
    print("| fault | what is said | doctor finds it | whole again | by |\n|---|---|---|---|---|")
    for name, stage in FAULTS.items():
        with tempfile.TemporaryDirectory() as folder:
            seen = stage(Place(Path(folder)))
            if seen is None:
                print(f"| {name} | not staged: needs root and tmpfs | | | |")
                continue
            lines = [line for line in seen.said.splitlines() if "error" in line or "BAD" in line or "→" in line]
            said = " ".join(lines[:2]).replace(folder, "…").strip()
            found = {True: "yes", False: "NO", None: "nothing is broken"}[seen.doctor_found]
            print(f"| {name} | {said} | {found} | {'yes' if seen.mended else 'NO'} | {seen.by} |", flush=True)


if __name__ == "__main__":
    main()
