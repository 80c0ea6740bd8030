"""A new edition renews a statement only when it is unmistakably the same one."""

from __future__ import annotations

import datetime as dt
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from aggregator.editions import likeness, older, renewed, same_line, told
from parsers.model import Statement
from parsers.statements import split, statement_id

PAPER = """Parks and Paths

What is the context?
Councils have removed one park bench in five since 2015, mostly because nobody budgets for repairs.

NALP position: NALP believes that every park should have a bench each two hundred metres along its main paths.

Why are we saying this?
Older visitors tell us that they stay at home when there is nowhere to sit down on the way.

What is the context?
New lamps along canal towpaths have driven bats from three rivers.

NALP position: Towpath lighting should be switched off between midnight and five, and never point at water.

Why are we saying this?
Bats feed over water, and warm, low lamps serve walkers just as well.

What is the context?
Wardens' posts were cut in the spring, and permits to hold fairs are decided by nobody.

NALP position: Any request for a deferral of the permit fee made in spring term 2022 should be granted without delay.

Why are we saying this?
Fairs pay for the grass they ruin.
"""
OLD = split(PAPER)


def made(position: str, **fields: object) -> Statement:
    """A statement of a position alone."""
    return Statement(id=statement_id(position), position=position, **fields)  # type: ignore[arg-type]


def reworded(position: str, old: Statement) -> Statement:
    """A statement in other words, the other sections as they were."""
    return msgspec.structs.replace(old, id=statement_id(position), position=position)


BENCH = reworded(
    "NALP believes that every park should have a bench with a back each hundred and fifty metres along its main paths.",
    OLD[0],
)


def test_a_reworded_statement_renews_the_old_one() -> None:
    """The same subject, title and surroundings in other words is a new version."""
    assert renewed([BENCH, *OLD[1:]], OLD) == {BENCH.id: OLD[0].id}


def test_nothing_is_renewed_while_the_old_wording_stands() -> None:
    """A paper that holds both wordings holds two statements."""
    assert renewed([BENCH, *OLD], OLD) == {}


def test_a_known_wording_renews_nothing() -> None:
    """The same paper again is no new edition."""
    assert renewed(OLD, OLD) == {}


def test_swapping_the_subject_makes_a_new_statement() -> None:
    """One noun for another, with all else equal, is another position."""
    other = reworded(OLD[1].position.replace("Towpath", "Playground").replace("water", "windows"), OLD[1])
    other = msgspec.structs.replace(
        other, title="Playground lighting should be switched off", context=None, rationale=None
    )
    assert renewed([OLD[0], other, OLD[2]], OLD) == {}


def test_another_years_demand_is_another_statement() -> None:
    """Two deferrals of two terms are never merged, in one paper or over two editions."""
    autumn = reworded(OLD[2].position.replace("spring term 2022", "autumn term 2021"), OLD[2])
    assert renewed([*OLD[:2], autumn], OLD) == {}
    assert renewed([*OLD, autumn], OLD) == {}


def test_of_two_near_neighbours_neither_is_joined() -> None:
    """Where a new wording lies between two old ones, nobody can say which it renews."""
    first = made(
        "Wardens should be paid for every hour of a fair on the grass of a park", title="Wardens should be paid"
    )
    second = made(
        "Wardens should be paid for every night of a fair on the grass of a park", title="Wardens should be paid"
    )
    between = made(
        "Wardens should be paid for every minute of a fair on the grass of a park", title="Wardens should be paid"
    )
    assert renewed([between], [first, second]) == {}
    assert renewed([between], [first], [second]) == {}
    assert renewed([between, second], [first, second]) == {}


def test_a_paper_that_says_it_is_older_renews_nothing() -> None:
    """Dates of adoption decide which edition is the newer one."""
    new, old = made("a", adopted_on=dt.date(2021, 5, 1)), made("b", adopted_on=dt.date(2023, 5, 1))
    assert older([new], [old]) and not older([old], [new]) and not older([made("a")], [old])


def looking_back(year: str, position: str = "Benches for all") -> list[Statement]:
    """A paper of one statement whose context looks back on a year."""
    return [made(position, context=f"Since {year} councils have removed benches. By 2040 none may be left.")]


def test_without_dates_the_years_it_looks_back_on_tell_an_older_paper() -> None:
    """What a paper looks back on, it is no older than; years aimed at tell nothing."""
    assert older(looking_back("2019"), looking_back("2023"))
    assert not older(looking_back("2023"), looking_back("2019"))
    assert not older(looking_back("2023"), [made("Benches")])
    dated = made("Benches", adopted_on=dt.date(2024, 5, 1))
    assert not older([dated, *looking_back("2019")], [made("b", adopted_on=dt.date(2023, 5, 1)), *looking_back("2022")])


def test_how_the_order_of_editions_was_decided_is_told() -> None:
    """By years or by arrival it is said; dates of adoption and equal papers need no word."""
    older_paper = told(looking_back("2019", "Chairs for all"), looking_back("2023"), 2)
    assert older_paper and "2019" in older_paper and "2023" in older_paper
    arrival = told(looking_back("2023", "Chairs for all"), looking_back("2023"), 1)
    assert arrival and "came later" in arrival and "1 position got" in arrival
    assert told(looking_back("2023", "Chairs for all"), looking_back("2019"), 1) is None
    assert told(looking_back("2019"), looking_back("2023"), 0) is None
    assert told([made("a", adopted_on=dt.date(2021, 5, 1))], [made("b", adopted_on=dt.date(2023, 5, 1))], 0) is None


@pytest.mark.parametrize("text", ["", "Benches!", "🎉 🎉", "word " * 20_000])
def test_odd_statements_renew_nothing(text: str) -> None:
    """Too little, or nothing but one word, is never recognised."""
    assert renewed([made(text)], OLD) == {}
    assert renewed(OLD, [made(text)]) == {}


@settings(max_examples=25, deadline=None)
@given(some.integers(0, 10_000), some.floats(0.05, 0.4))
def test_joins_are_right_whatever_is_reworded(seed: int, rate: float) -> None:
    """Dropped words, foreign words and missing statements never make a wrong join."""
    rng = random.Random(seed)
    paper, meant = [], {}
    for old in rng.sample(OLD, rng.randint(1, len(OLD))):
        words = [w for w in old.position.split() if rng.random() > rate / 2]
        words.insert(rng.randrange(len(words) + 1), rng.choice(["fair", "urgent", "national", "review"]))
        new = reworded(" ".join(words), old)
        meant[new.id] = old.id
        paper.append(new)
    assert renewed(paper, OLD).items() <= meant.items()


def test_small_words_make_no_other_line() -> None:
    """Articles and punctuation are immaterial, a “not” and a number are not."""
    assert same_line("The lamps should be off, at night.", "Lamps must be off at night")
    assert not same_line("Lamps should be off at night", "Lamps should not be off at night")
    assert not same_line("Two lamps in 10 parks", "Two lamps in 12 parks")


def test_likeness_runs_from_nothing_to_one() -> None:
    """Equal positions are one, foreign ones nothing."""
    assert likeness(OLD[0], OLD[0]) == 1
    assert likeness(OLD[0], made("zebra crossings")) == 0


def test_two_real_papers_are_no_editions_of_each_other(shared: object) -> None:
    """Papers that share statements word for word renew none of each other's."""
    from pathlib import Path

    papers = [
        split(path.read_text(encoding="utf-8", errors="replace")) for path in Path(str(shared)).glob("seeds/positions*")
    ]
    assert len(papers) > 1
    for paper in papers:
        for other in papers:
            assert renewed(paper, other) == {}
