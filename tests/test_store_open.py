"""An archive that cannot be opened or read as usual: read-only, or with a damaged search index."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from make import ARTICLE

from aggregator import cli, pipeline
from aggregator.config import Config
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
