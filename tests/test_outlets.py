"""Outlet rules are data: each one is wanted by a case, and no unlisted host gets a name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parsers import furniture, outlets

CASES = json.loads((Path(__file__).parent / "cases" / "outlets.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["line"][:40])
def test_a_line_of_the_outlet_is_furniture(case: dict[str, str]) -> None:
    """Each line that an outlet puts around its articles is matched by a rule of that outlet."""
    rules = outlets.for_address(f"https://{case['host']}/a")
    assert any(pattern.fullmatch(case["line"]) for pattern in rules.furniture)


def test_each_rule_has_its_case() -> None:
    """No rule stays in the table that no case needs."""
    known = {outlets.for_address(f"https://{case['host']}/") for case in CASES}
    for rules in known | set(outlets.all_rules()):
        for pattern in rules.furniture:
            lines = [case["line"] for case in CASES if outlets.for_address(f"https://{case['host']}/") == rules]
            assert any(pattern.fullmatch(line) for line in lines), pattern.pattern


def test_subdomains_count_and_strangers_do_not() -> None:
    """A subdomain belongs to its outlet; a host that is not listed, or only ends alike, gets nothing."""
    assert outlets.for_address("https://education.theguardian.com/a").outlet == "The Guardian"
    assert outlets.for_address("https://nottheguardian.com/a").outlet is None
    assert outlets.for_address(None).outlet is None


def test_sentences_of_a_story_are_no_furniture() -> None:
    """Rules take whole lines of the outlet, never a sentence that only starts like one."""
    lines = [
        "Join the conversation about schools, the minister said on Monday, and vote for somebody else in May if you like "
        "it better when you have heard what we have to say about it all.",
        "Follow the money, the auditor told councillors.",
    ]
    for rules in outlets.all_rules():
        assert not any(pattern.fullmatch(line) for pattern in rules.furniture for line in lines)


@pytest.mark.parametrize(
    "line",
    ["ADVERTISING", "Disclosures MarlBank.com", "Powered by Marl.com", "Map: Where the benches are View Graphic"],
)
def test_lines_around_any_article_are_furniture(line: str) -> None:
    """What any site may put between two paragraphs goes; sentences on the same things stay."""
    assert furniture.furniture(line)
    assert furniture.furniture("Advertising in parks should end by the summer, the council said on Monday.") is None
    assert furniture.furniture("The map shows where the benches are.") is None
