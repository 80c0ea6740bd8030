"""The linker stays as good as the pinned floors say."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"
CASES = Path(__file__).parent / "cases"


def bench(name: str = "linking") -> ModuleType:
    """A benchmark as a module."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCH / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def check(name: str, cases: object) -> None:
    """Compare what is measured with the floors."""
    module = bench()
    linker = module.Linker(cases.statements)  # type: ignore[attr-defined]
    scores = module.ours(cases)(cases.texts)  # type: ignore[attr-defined]
    found = module.measure(scores, cases.gold, linker.least)  # type: ignore[attr-defined]
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


def test_other_matters_are_no_coverage(shared: Path) -> None:
    """Bakeries, trains and wards are linked at most by words that the positions themselves hold, and never likely."""
    if not (shared / "seeds").exists():
        pytest.skip("no position papers")
    linker = bench().Linker(bench().development(shared).statements)
    texts = json.loads((CASES / "other_matters.json").read_text(encoding="utf-8"))
    found = [proposals for proposals in linker.propose_many(texts) if proposals]
    assert not [one for proposals in found for one in proposals if one.band == "likely"]
    assert len(found) <= len(texts) // 5


def test_other_matters_are_no_coverage_of_invented_positions() -> None:
    """The same texts and the positions of the invented cases."""
    module = bench()
    linker = module.Linker(module.invented().statements)
    texts = json.loads((CASES / "other_matters.json").read_text(encoding="utf-8"))
    assert sum(map(bool, linker.propose_many(texts))) <= 2


def local_news() -> dict[str, list[str]]:
    """Invented reports: `others` on nobody's matter, `ours` on what a position of the papers says."""
    found: dict[str, list[str]] = json.loads((CASES / "local_news.json").read_text(encoding="utf-8"))
    return found


def likely_texts(linker: Any, texts: list[str]) -> int:
    """How many texts get a link called likely."""
    return sum(any(one.band == "likely" for one in found) for found in linker.propose_many(texts))


def test_local_news_of_the_sector_is_never_likely(shared: Path) -> None:
    """Deficits, court cases and awards are no likely coverage; reports on what a position says mostly stay it."""
    if not (shared / "seeds").exists():
        pytest.skip("no position papers")
    linker = bench().Linker(bench().development(shared).statements)
    texts = local_news()
    assert likely_texts(linker, texts["others"]) == 0
    assert likely_texts(linker, texts["ours"]) >= 13


def test_local_news_is_hardly_ever_likely_for_invented_positions() -> None:
    """Among fifteen positions every word is rare; still hardly a report is called likely."""
    module = bench()
    assert likely_texts(module.Linker(module.invented().statements), local_news()["others"]) <= 1


def test_links_called_likely_are_right() -> None:
    """Of the invented cases' likely links at least nine in ten are right."""
    module = bench()
    share, number = module.likely_precision(module.invented())
    assert share >= 0.93 and number >= 15


def test_one_sentence_claims_are_found_among_thousands() -> None:
    """Claims without sections or titles, most of whose words many share, rank at the top for posts that mangle them."""
    module = bench("linking_claims")
    assert module.map5(module.ours(module.archive(2_000))) >= 0.95


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_few_statements_abstain_from_the_rest_of_their_sector(number: int) -> None:
    """With a few of the positions, posts on all the others get hardly a possible link and no likely one."""
    cases = bench().invented()
    shown = likely = 0
    for first in range(0, 15 - number, number):
        linker = bench().Linker(cases.statements[first : first + number])
        for text, right in zip(cases.texts, cases.gold, strict=True):
            if right.isdisjoint(range(first, first + number)):
                found = linker.propose(text)
                shown += bool(found)
                likely += any(proposal.band == "likely" for proposal in found)
    assert likely == 0
    assert shown <= 0.02 * len(cases.texts) * (15 // number)


def test_small_differences_count_among_thousands_only() -> None:
    """Near-same claims that differ by a small number or a preposition are told apart; up to 500 statements are read
    as ever."""
    module = bench("linking_claims")
    claims = module.archive(3_000)
    twins = [
        module.Statement(id=f"t{place}{count}", position=f"The mayor {place} the strike hid {count} umbrellas.")
        for place in ("during", "after")
        for count in (3, 7)
    ]
    linker = module.Linker([*claims, *twins])
    for twin in twins:
        assert linker.rank(f"LOL {twin.position} #news", 1)[0].statement_id == twin.id
    few = module.Linker([*twins, *claims[:496]])
    assert not few.reader.reads_finely
    assert [p.margin for p in few.rank("3 umbrellas")] == [p.margin for p in few.rank("7 umbrellas during")]


def test_ranking_among_thousands_keeps_the_order_of_the_score() -> None:
    """A statement that holds one rare word of a text does not fall behind weaker ones that hold three common ones."""
    module = bench("linking_claims")
    linker = module.Linker(module.archive(3_000))
    for _, post in module.pairs()[:20]:
        margins = dict(zip((s.id for s in linker.statements), linker.margins([post])[0], strict=True))
        found = [float(margins[p.statement_id]) for p in linker.rank(post, 5)]
        assert found == sorted(found, reverse=True)
