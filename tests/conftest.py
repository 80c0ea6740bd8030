"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

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
