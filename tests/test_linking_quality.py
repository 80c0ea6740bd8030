"""The linker stays as good as the pinned floors say."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[1] / "bench"


def bench() -> ModuleType:
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location("bench_linking", BENCH / "linking.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def check(name: str, cases: object) -> None:
    """Compare what is measured with the floors."""
    module = bench()
    linker = module.Linker(cases.statements)  # type: ignore[attr-defined]
    found = module.measure(linker.margins(cases.texts), cases.gold, linker.least)  # type: ignore[attr-defined]
    floors = json.loads((BENCH / "linking_floor.json").read_text(encoding="utf-8"))[name]
    assert {key: round(getattr(found, key), 3) for key in floors if getattr(found, key) < floors[key]} == {}
    assert found.uncovered_linked == 0


def test_invented_cases_reach_their_floors() -> None:
    """Lower one with `bench/linking.py --pin --lower`, and say why in the commit."""
    check("invented", bench().invented())


def test_development_cases_reach_their_floors(shared: Path) -> None:
    """The same on the development cases, where they are present."""
    if not (shared / "cases" / "links.jsonl").exists():
        pytest.skip("no development cases")
    module = bench()
    cases = module.development(shared)
    check("development", cases)
    share, number = module.likely_precision(cases)
    assert share >= 0.93 and number >= 30


def test_links_called_likely_are_right() -> None:
    """Of the invented cases' likely links at least nine in ten are right."""
    module = bench()
    share, number = module.likely_precision(module.invented())
    assert share >= 0.93 and number >= 20
