"""The send journal: what left this machine, written outside the database.

Which error is worse: a restored database that sends last week's mail again cannot take it back.
A backup of the database does not know what was sent after it, so that knowledge also lies in a file beside it,
which backups leave alone: one JSON object a line, on the disk before the text of a mail is sent.

Lines say, for one Message-ID: `text` the text is about to go (from here on the mail may be out), `accepted` the
server took it, `refused` the server said no, so that it is certainly not out, `again` a person wants it sent again.
A first line, and one after each adoption, names the installation.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from io import FileIO
from pathlib import Path
from typing import Any, Literal, TypeAlias

from aggregator.errors import SendError
from parsers.model import Record

try:
    import fcntl
except ImportError:  # not a Unix: one sender at a time, and nobody settles doubt meanwhile
    fcntl = None  # type: ignore[assignment]

Act: TypeAlias = Literal["text", "accepted", "refused", "again"]
#: After these the mail is or may be out.
OUT = ("text", "accepted")


class Entry(Record, frozen=True, kw_only=True):
    """What the journal says last of one mail."""

    act: Act
    at: str
    issue: str


def path_for(db: Path) -> Path:
    """The journal of an archive: beside it, under its name."""
    return db.with_name(db.name + ".sent.ndjson")


class Journal:
    """One journal file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def instance(self) -> str | None:
        """The installation that writes this journal; None where there is none yet."""
        found = None
        for line in self._lines():
            found = line.get("instance", found)
        return found

    def entries(self, *, recent: bool = False) -> dict[str, Entry]:
        """The last word on each Message-ID; `recent`: since the installation was last named."""
        found: dict[str, Entry] = {}
        for line in self._lines():
            if "message_id" in line:
                entry = Entry(act=line["act"], at=line.get("at", ""), issue=line.get("issue", ""))
                found[line["message_id"]] = entry
            elif recent:
                found.clear()
        return found

    def _lines(self) -> list[dict[str, Any]]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise SendError(f"{self.path}: the send journal cannot be read, so nothing is sent: {exc}") from exc
        lines = []
        for number, text in enumerate(data.split(b"\n"), 1):
            if not text.strip():
                continue
            try:
                line = json.loads(text)
            except ValueError as exc:
                if number > data.count(b"\n"):  # killed while writing: the text had not been sent yet
                    continue
                raise SendError(
                    f"{self.path}: line {number} of the send journal is damaged, so nothing is sent. "
                    "Look at what went out, mend or remove the line, then “digest release --adopt”."
                ) from exc
            if isinstance(line, dict):
                lines.append(line)
        return lines

    def begin(self, instance: str, at: str) -> None:
        """Name the installation from here on."""
        self._append({"instance": instance, "at": at})

    def write(self, act: Act, message_id: str, *, issue: str, at: str) -> None:
        """Note an act; it is on the disk when this returns. Raises `SendError` where it cannot be."""
        self._append({"act": act, "message_id": message_id, "issue": issue, "at": at})

    def _append(self, line: dict[str, str]) -> None:
        try:
            with self.path.open("a+b", buffering=0) as file:
                _alone(file)
                # A kill may have left half a line, of a mail whose text had not been sent.
                whole = _whole_size(file)
                try:
                    file.truncate(whole)
                    data = json.dumps(line).encode() + b"\n"
                    if file.write(data) != len(data):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    os.fsync(file.fileno())
                    sync_folder(self.path.parent)
                except OSError:
                    # What could not be made safe must not be there: it would look like a mail that the archive forgot.
                    with contextlib.suppress(OSError):
                        file.truncate(whole)
                    raise
        except OSError as exc:
            raise SendError(f"{self.path}: the send journal cannot be written, so nothing is sent: {exc}") from exc


def _alone(file: FileIO) -> None:
    """Wait until nobody else writes: a person settles a mail while the service sends; freed with the file."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX)


def _whole_size(file: FileIO) -> int:
    """Bytes up to the end of the last whole line."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if size == 0 or file.read(1) == b"\n":
        return size
    file.seek(0)
    return file.readall().rfind(b"\n") + 1


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on the disk."""
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
