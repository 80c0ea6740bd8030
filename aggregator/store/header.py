"""What the first hundred bytes of a file say about it, read without opening it as a database.

Which error is worse: an empty file that passes as a backup costs the archive, a sound one that is refused an hour.
To open an empty file makes an archive of it, and that one is sound: so who looks at a backup begins here.
Offsets are those of SQLite's file format, https://www.sqlite.org/fileformat.html#the_database_header.
"""

from __future__ import annotations

from pathlib import Path

from aggregator import migrations

_MAGIC = b"SQLite format 3\0"
_SIZE = 100


def fault(path: Path) -> str | None:
    """Why a file can be no whole archive of ours, in plain words; None where its header and size fit one.

    More bytes than the header counts are no fault: SQLite does not look at them.
    Raises `OSError` where the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_SIZE)
    if not size:
        return "it is empty"
    if not head.startswith(_MAGIC):
        return "it is not a database"
    if size < _SIZE:
        return "it is cut short"
    if _number(head, 68) != migrations.APPLICATION_ID:
        return "it is a database, but not one of Cuttings"
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page  # the one size that two bytes cannot hold
    pages = _number(head, 28) if _number(head, 24) == _number(head, 92) else 1  # else an old writer left the count
    if not page or size < page * max(pages, 1):
        return "it is cut short"
    return None


def _number(head: bytes, place: int) -> int:
    return int.from_bytes(head[place : place + 4], "big")
