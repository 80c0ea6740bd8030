"""On what kind of disk a file lies; Linux tells, other systems are taken to be local."""

from __future__ import annotations

import re
from pathlib import Path

#: Kinds on which SQLite's locks, or the memory that a log's readers share, do not hold between machines.
NETWORK = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "beegfs", "davfs",
    "fuse.sshfs", "fuse.glusterfs", "fuse.davfs", "fuse.s3fs", "fuse.rclone", "fuse.ceph", "fuse.smbnetfs",
}  # fmt: skip
_MOUNTS = Path("/proc/self/mountinfo")


def network(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """The kind of network file system on which `path` lies or would lie; None where it is none, or cannot be told."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
        places = {str(folder) for folder in (path.resolve(), *path.resolve().parents)}
    except OSError:
        return None
    found = [(place, kind) for place, kind in map(_mount, lines) if place in places]
    # The innermost counts, and of several in one place the last.
    kind = max(reversed(found), key=lambda one: len(one[0]), default=("", ""))[1]
    return kind if kind in NETWORK else None


def _mount(line: str) -> tuple[str, str]:
    """Where something is mounted, and its kind."""
    about, _, kind = line.partition(" - ")
    fields = about.split(" ")
    place = fields[4] if len(fields) > 4 else ""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), place), kind.partition(" ")[0]
