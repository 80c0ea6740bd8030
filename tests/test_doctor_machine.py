"""The machine under an archive: network file systems are told from local disks, old XML libraries are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator import doctor_machine
from aggregator.errors import StoreError
from aggregator.store import Store, place

MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/team\040files rw,relatime shared:5 master:2 - nfs4 store:/team rw,vers=4.2
31 30 8:2 / /srv/team\040files/local rw - xfs /dev/sdb1 rw
32 22 0:50 / /mnt rw - cifs //store/old rw
33 22 8:3 / /mnt rw - ext4 /dev/sdc1 rw
34 22 0:51 / /srv/notes rw,relatime - fuse.sshfs ida@parks.example:/ rw
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/cuttings/data/a.db", None),
        ("/srv/team files/a.db", "nfs4"),
        ("/srv/team files", "nfs4"),
        ("/srv/team filesystem/a.db", None),
        ("/srv/team files/local/a.db", None),
        ("/srv/notes/deep/er/a.db", "fuse.sshfs"),
        ("/mnt/a.db", None),  # the later mount hides the earlier
    ],
)
def test_the_innermost_mount_counts(mounts: Path, path: str, kind: str | None) -> None:
    """A file lies where the longest mount point that leads to it says."""
    assert place.network(Path(path), mounts) == kind


def test_what_cannot_be_told_is_local(tmp_path: Path) -> None:
    """Where the system does not say, nothing is refused; nor where it says nonsense."""
    assert place.network(Path("/a.db"), tmp_path / "none") is None
    odd = tmp_path / "odd"
    odd.write_bytes(b"\xff\n - nfs\n1 2 3\n")
    assert place.network(Path("/a.db"), odd) is None


def test_no_archive_begins_on_a_network_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new archive is refused there; one that is there is opened, and is a finding."""
    with Store(tmp_path / "old.db"):
        pass
    monkeypatch.setattr(place, "network", lambda path: "nfs4")
    monkeypatch.setattr(doctor_machine, "network", lambda path: "nfs4")
    with pytest.raises(StoreError, match="network file system"):
        Store(tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()
    with Store(tmp_path / "old.db"):
        pass
    finding = doctor_machine.machine(tmp_path / "old.db")[0]
    assert (finding.ok, "nfs4" in finding.detail, "move" in finding.advice) == (False, True, True)


@pytest.mark.parametrize(("version", "ok"), [("expat_2.4.0", False), ("expat_2.4.1", True), ("expat_2.10.0", True)])
def test_an_old_xml_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, ok: bool) -> None:
    """From 2.4.1 on the library stops documents that swell."""
    monkeypatch.setattr("xml.parsers.expat.EXPAT_VERSION", version)
    assert doctor_machine.machine(tmp_path / "a.db")[1].ok is ok
