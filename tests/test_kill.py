"""Real commands killed at random moments; `bench/kill_ingest.py` does the same some hundred times."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT


def bench(name: str) -> ModuleType:
    """A script of `bench/` as a module."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", ROOT / "bench" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_kills_lose_nothing() -> None:
    """What was reported as stored is stored, all checks pass, and running again gives the same exports."""
    tallies = bench("kill_ingest").campaign(14, files=8, life=4)
    assert [fault for tally in tallies.values() for fault in tally.faults] == []
    assert sum(tally.kills for tally in tallies.values()) >= 7


faults = bench("faults")


@pytest.mark.parametrize("name", faults.FAULTS)
def test_faults(name: str, tmp_path: Path) -> None:
    """A fault of the machine is one clear message, doctor names what is broken, and a command mends it."""
    seen = faults.FAULTS[name](faults.Place(tmp_path))
    if seen is None:
        pytest.skip("this machine cannot stage it")
    assert seen.exit == 1, seen
    assert "Traceback" not in seen.said
    assert any(word in seen.said for word in faults.CLEAR[name]), seen.said
    assert seen.doctor_found is not False, seen
    assert seen.mended, seen
