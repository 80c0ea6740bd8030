"""An archive that cannot be opened or read as usual: read-only, or with a damaged search index."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from make import ARTICLE

from aggregator import cli, pipeline
from aggregator.config import Config
from aggregator.doctor import doctor
from aggregator.inputs import Input
from aggregator.store import Store
from aggregator.store.connect import Error, connect, trouble
from parsers.model import Hint


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """An archive of one article."""
    (tmp_path / "text.txt").write_text(ARTICLE, encoding="utf-8")
    path = tmp_path / "archive" / "a.db"
    with Store(path) as store:
        list(pipeline.ingest(store, [Input(name="text.txt", path=tmp_path / "text.txt")], Config(), Hint()))
    return path


@pytest.fixture
def denied(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may write anything; the tests may run as root, whom no mode of a file stops."""
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)


@pytest.fixture
def frozen(db: Path, denied: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that was mounted read-only: nothing can be made, opened for writing or written."""

    def refused(path: object, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    opened = os.open

    def opens(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT):
            refused(path)
        return opened(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", opens)
    monkeypatch.setattr(Path, "write_text", refused)
    monkeypatch.setattr(Path, "touch", refused)
    made = Path.mkdir
    monkeypatch.setattr(Path, "mkdir", lambda self, *a, **k: made(self, *a, **k) if self.exists() else refused(self))


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["run.py", *words])
    try:
        cli.main()
    except SystemExit as exc:
        return int(exc.code or 0)
    return 0


@pytest.mark.usefixtures("denied")
def test_who_may_only_read_can_search(
    db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A search answers and leaves no file behind; an import says that the archive cannot be written."""
    before = {path.name: path.read_bytes() for path in db.parent.iterdir()}
    assert run(monkeypatch, "--db", str(db), "search", "benches") == 0
    assert "vanish from city parks" in capsys.readouterr().out
    assert run(monkeypatch, "--db", str(db), "ingest", str(db.parent.parent / "text.txt"), "--outlet", "One") == 1
    assert "the archive cannot be written" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in db.parent.iterdir()} == before


def test_a_reader_sees_what_a_writer_has_just_written(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What still stands in the writer's log is read as well, and the reader's own writes are refused."""
    with Store(db) as writer:
        writer.connection.execute("UPDATE coverage SET who = 'Just now'")
        monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
        reader = connect(db)
        assert reader.execute("SELECT who FROM coverage").fetchone()[0] == "Just now"
        with pytest.raises(Error) as refused:
            reader.execute("UPDATE coverage SET who = 'Not I'")
        assert "the archive cannot be written" in str(trouble(refused.value))
        reader.close()


def test_a_damaged_search_index_names_its_remedy(
    db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The search says what to run, without a traceback, and finds again after that."""
    with Store(db) as store:
        store.connection.execute("DELETE FROM coverage_fts_data WHERE id > 10")
    assert run(monkeypatch, "--db", str(db), "search", "benches") == 1
    assert "the search index is damaged; “run.py reindex” builds it anew" in capsys.readouterr().err
    assert run(monkeypatch, "--db", str(db), "reindex") == 0
    assert run(monkeypatch, "--db", str(db), "search", "benches") == 0
    assert "vanish from city parks" in capsys.readouterr().out


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["digest", "send"], "the archive cannot be written; check the rights"),
        (["serve"], "the archive cannot be written; check the rights"),
        (["schedule", "--once"], "the archive cannot be written; check the rights"),
        (["restore"], "there is no backup"),
        (["backup"], "the backup could not be written"),
        (["init", "--force"], "may not be written or read; check the rights"),
        (["digest", "show", "--out", "out"], "may not be written or read; check the rights"),
        (["demo"], "may not be written or read; check the rights"),
    ],
)
def test_what_cannot_be_written_is_one_message(
    db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    """On a disk that is mounted read-only every verb that writes ends with a message and 1, and no traceback."""
    monkeypatch.chdir(db.parent)
    assert run(monkeypatch, "--db", str(db), *words) == 1
    told = capsys.readouterr().err
    assert says in told
    assert told.startswith("error: ")
    assert told.count("\n") == 1


@pytest.mark.usefixtures("denied")
def test_the_service_says_that_it_may_not_write(
    db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder it may write, with an archive it may not, the service does not begin."""
    assert run(monkeypatch, "--db", str(db), "schedule", "--once") == 1
    assert "the archive cannot be written" in capsys.readouterr().err


@pytest.mark.usefixtures("denied")
def test_doctor_on_an_archive_that_may_only_be_read(db: Path) -> None:
    """A search index that could not be checked is not called damaged; what cannot be written cannot send."""
    found = {finding.name: finding for finding in doctor(db)}
    assert found["search index of coverage"].ok
    assert "not checked" in found["search index of coverage"].detail
    assert [finding.name for finding in found.values() if not finding.ok] == ["rights", "sending", "backup"]
    assert "cannot be written" in found["rights"].detail


@pytest.mark.usefixtures("denied")
def test_an_archive_that_may_only_be_read_is_copied_elsewhere(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disk that failed and was mounted read-only can still be saved."""
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK or tmp_path / "else" in Path(path).parents)
    assert run(monkeypatch, "--db", str(db), "backup", "--to", str(tmp_path / "else")) == 0
    assert "opened and checked" in capsys.readouterr().out
