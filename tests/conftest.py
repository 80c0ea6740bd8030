"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from sending_kit import Clock

    from aggregator.store import Store

settings.register_profile("untimed", deadline=None)  # speed is measured in bench/; a busy machine fails no test
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
DATA = ROOT / "data"
CASES = ROOT / "tests" / "cases"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real input files beside the checkout; a test that needs it skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real input files (../shared) is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a new archive: written to a file, they are one in a twentieth of the time."""
    from aggregator.store import Store  # here, because tests of parsers need none of it

    path = tmp_path_factory.mktemp("new") / "new.db"
    with Store(path) as store:
        store.connection.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


@pytest.fixture
def store(tmp_path: Path, empty: bytes) -> Iterator[Store]:
    """An empty archive: `a.db` in the test's own folder."""
    from aggregator.store import Store

    (tmp_path / "a.db").write_bytes(empty)
    with Store(tmp_path / "a.db") as opened:
        yield opened


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The corridor's clock, which only the test moves."""
    from sending_kit import Clock

    from aggregator import pipeline

    made = Clock()
    monkeypatch.setattr(pipeline, "now", made)
    return made
