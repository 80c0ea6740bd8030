"""What people's decisions do to later proposals."""

from __future__ import annotations

import json
import math
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from aggregator.linking import Linker
from aggregator.linking_calibration import Calibration, for_size, promise, refit, wilson
from aggregator.linking_learning import learn, left_out, read_decisions
from aggregator.linking_score import Index
from aggregator.model import Decision
from parsers.model import Statement

DATA = json.loads((Path(__file__).parent / "cases" / "links.json").read_text(encoding="utf-8"))
STATEMENTS = [msgspec.convert(raw | {"organisation": DATA["organisation"]}, Statement) for raw in DATA["statements"]]
POSTS = {post["text"]: {link["statement"] for link in post["links"]} for post in DATA["posts"]}
AGENCY = "Supply agencies' fees up a third in three years, school accounts show"
SPINNEY = [
    "Spinney contracts again: what the audit of the islands found",
    "Another term of Spinney contracts, another hole in the budget",
    "Questions in the chamber about Spinney contracts and who signs them",
    "Head resigns over Spinney contracts",
]


def said(text: str, statement: str, status: str = "confirmed", version: int | None = None) -> Decision:
    """A decision in short."""
    return msgspec.convert(
        {"text": text, "statement_id": statement, "status": status, "statement_version": version}, Decision
    )


def ids(linker: Linker, text: str) -> list[str]:
    """The statements proposed for a text."""
    return [proposal.statement_id for proposal in linker.propose(text)]


def everything() -> list[Decision]:
    """All cases decided rightly: right links confirmed, other proposals rejected."""
    linker = Linker(STATEMENTS)
    out = [said(text, statement) for text, right in POSTS.items() for statement in sorted(right)]
    for text, right in POSTS.items():
        wrong = [p.statement_id for p in linker.rank(text, 2) if p.statement_id not in right]
        out += [said(text, statement, "rejected") for statement in wrong]
    return out


# ------------------------------------------------------------------ rejected pairs


def test_a_rejected_pair_stays_away() -> None:
    """The pair is not proposed again; ranking still shows it to who asks."""
    linker = Linker(STATEMENTS, [said(AGENCY, "agency", "rejected")])
    assert "agency" not in ids(linker, AGENCY)
    assert linker.rank(AGENCY)[0].statement_id == "agency"


def test_a_near_copy_of_rejected_coverage_stays_away_too() -> None:
    """The syndicated copy with another byline is the same coverage."""
    linker = Linker(STATEMENTS, [said(AGENCY, "agency", "rejected")])
    assert "agency" not in ids(linker, AGENCY + " – via the wire")


def test_other_coverage_of_the_subject_is_still_proposed() -> None:
    """Rejecting one piece does not silence its statement."""
    linker = Linker(STATEMENTS, [said(AGENCY, "agency", "rejected")])
    assert ids(linker, "£310 a day for a supply teacher, of whom the teacher sees £140. Cap agency fees now.") == [
        "agency"
    ]


def test_a_materially_changed_text_comes_back_and_says_so() -> None:
    """What was rewritten may be proposed again, with a note."""
    linker = Linker(STATEMENTS, [said(AGENCY, "agency", "rejected")])
    found = linker.propose(AGENCY + ". Heads demand a public register of supply teachers and a cap")
    assert found[0].statement_id == "agency"
    assert found[0].note == (
        "Rejected for an earlier text of this coverage; the text has changed since: "
        "“Heads demand a public register of supply teachers and a cap” is new."
    )


def test_a_changed_statement_brings_the_pair_back_and_says_so() -> None:
    """A rejection holds for the version it was made against."""
    newer = [msgspec.structs.replace(s, version=2) if s.id == "agency" else s for s in STATEMENTS]
    (first, *_) = Linker(newer, [said(AGENCY, "agency", "rejected", version=1)]).propose(AGENCY)
    assert first.note == "Rejected for version 1 of the statement; it has changed since."
    assert "agency" not in ids(Linker(STATEMENTS, [said(AGENCY, "agency", "rejected", version=1)]), AGENCY)


def test_the_last_decision_counts() -> None:
    """Who rejects and then confirms has confirmed."""
    linker = Linker(STATEMENTS, [said(AGENCY, "agency", "rejected"), said(AGENCY, "agency")])
    assert ids(linker, AGENCY) == ["agency"]


def test_decisions_on_deleted_statements_are_passed_over() -> None:
    """A log may name statements that are gone."""
    linker = Linker(STATEMENTS, [said(AGENCY, "gone", "rejected")])
    assert ids(linker, AGENCY) == ["agency"]


# ------------------------------------------------------------------ learned words


def spinney(number: int) -> list[Decision]:
    """Some confirmed items that speak of our subject by a word we do not use, among others."""
    others = [said(text, sorted(right)[0]) for text, right in POSTS.items() if right]
    return [*others, *(said(text, "agency") for text in SPINNEY[:number])]


def test_a_word_of_several_confirmed_items_is_learned_and_links_the_next_one() -> None:
    """What the team calls a subject links later coverage, and is shown as the reason."""
    assert "agency" not in [p.statement_id for p in Linker(STATEMENTS).rank(SPINNEY[3])]
    linker = Linker(STATEMENTS, spinney(3))
    words = {term.text: term for term in linker.learned if term.statement_id == "agency"}
    assert words["Spinney"].support == 3
    assert 0 < words["Spinney"].weight <= 1.2
    (first, *_) = linker.rank(SPINNEY[3])
    assert first.statement_id == "agency"
    assert "Spinney" in first.reason


def test_one_confirmed_item_teaches_nothing() -> None:
    """A word needs two items."""
    assert "Spinney" not in {term.text for term in Linker(STATEMENTS, spinney(1)).learned}


def test_copies_of_one_item_teach_nothing() -> None:
    """Three copies are one item."""
    copies = [said(SPINNEY[0] + tail, "agency") for tail in ("", "!", " – via the wire")]
    assert "Spinney" not in {term.text for term in Linker(STATEMENTS, [*spinney(0), *copies]).learned}


def test_a_word_that_only_the_confirmed_copies_hold_is_counted_once_each() -> None:
    """Where the first of two copies was rejected and lacks a word of the confirmed one, learning goes on."""
    pieces = [f"{text}, {tail}" for text, tail in zip(SPINNEY[1:3], ("say heads and bursars of the islands",
              "as the whole committee asked on Tuesday afternoon"), strict=True)]  # fmt: skip
    rejected = [said(text, "agency", "rejected") for text in pieces]
    confirmed = [said(f"{text} quillfeather", "agency") for text in pieces]
    for decisions in ([*rejected, *confirmed], [rejected[0], *confirmed], [*confirmed, *rejected]):
        assert Linker(STATEMENTS, decisions).learning_note.startswith(f"From {len(decisions)} decisions")


def test_learning_goes_on_where_a_confirmed_copy_lacks_a_word_of_the_first() -> None:
    """The first of two copies holds a word that the confirmed one lacks, and that others were confirmed with."""
    tail = "Another term of velvet curtains, another hole in the budget, say bursars of eleven northern islands"
    held = (
        "Contracts again: what the audit of the islands found, with quillfeather",
        "Questions in the chamber about harbour lanterns and who signs quillfeather",
        "Head resigns over marble staircases, quillfeather and gravel paths nearby",
    )
    decisions = [said(text, "agency") for text in held]
    decisions += [said(f"{tail} quillfeather", "agency", "rejected"), said(tail, "agency")]
    for some_of_them in (decisions, [*decisions[:2], *decisions[3:]]):
        note = Linker(STATEMENTS, some_of_them).learning_note
        assert note.startswith(f"From {len(some_of_them)} decisions")


#: Long enough for a piece with another end to be a near-copy of it.
PIECES = [
    "Another term of velvet curtains, another hole in the budget, say bursars of eleven northern islands",
    "Questions in the chamber about harbour lanterns and who signs for marble staircases near the old quay",
    "Head resigns over gravel paths while the audit of wooden bridges waits for its third reader since spring",
]
DECIDED = some.tuples(
    some.builds("{}{}".format, some.sampled_from(PIECES), some.sampled_from(["", " quillfeather", " quillfeather!"])),
    some.sampled_from(["agency", "agency", "agency", "music"]),
    some.sampled_from(["confirmed", "confirmed", "rejected", "added"]),
)


@pytest.fixture(scope="module")
def index() -> Index:
    """What a linker knows of the statements alone."""
    return Linker(STATEMENTS).index


@settings(max_examples=150, deadline=None)
@given(decided=some.lists(DECIDED, min_size=2, max_size=14))
def test_any_decisions_on_copies_can_be_learned_from(index: Index, decided: list[tuple[str, str, str]]) -> None:
    """Pieces, copies and near-copies of them, confirmed and rejected in any order: every weight is a number."""
    rows = {statement.id: row for row, statement in enumerate(STATEMENTS)}
    judged = read_decisions([said(*one) for one in decided], rows, index)
    found = learn(judged, index, list(rows), ())
    weights = [weight for by_row in found.by_key.values() for weight in by_row.values()]
    words, handicaps = left_out(judged, index)
    assert all(map(math.isfinite, [*weights, *found.handicaps.values(), *words, *handicaps]))
    assert all(0 < weight <= 1.2 for weight in weights)
    assert all(math.isfinite(term.odds) for term in found.terms)


def test_generic_words_are_never_learned() -> None:
    """However often they stand in confirmed items."""
    linker = Linker(STATEMENTS, [*spinney(4), *everything()])
    assert linker.learned
    assert not {term.text.casefold() for term in linker.learned} & set(linker._glossary.generic)


def test_staff_can_delete_a_learned_word() -> None:
    """A forgotten word does not come back from the same log."""
    linker = Linker(STATEMENTS, spinney(3), forgotten={("agency", "Spinney")})
    assert "Spinney" not in {term.text for term in linker.learned}


def test_the_switch_turns_learning_off_but_not_the_memory() -> None:
    """Without learning, words do nothing and rejected pairs still stay away."""
    linker = Linker(STATEMENTS, [*spinney(3), said(AGENCY, "agency", "rejected")], learning=False)
    assert linker.learned == ()
    assert linker.learning_note == "Learning is switched off."
    assert "agency" not in ids(linker, AGENCY)


def test_learning_is_rebuilt_from_the_log() -> None:
    """An undone decision leaves no trace: the same log gives the same linker."""
    assert Linker(STATEMENTS, spinney(3)).signature == Linker(STATEMENTS, tuple(spinney(3))).signature
    assert Linker(STATEMENTS, spinney(2)).signature != Linker(STATEMENTS, spinney(3)).signature


@settings(max_examples=12, deadline=None)
@given(some.lists(some.sampled_from(["confirmed", "rejected"]), min_size=12, max_size=12))
def test_learning_that_judges_worse_stays_off(statuses: list[str]) -> None:
    """Whatever is decided, what goes live judges the judged items no worse than the rules alone."""
    texts = [text for text, right in POSTS.items() if right][:: len(POSTS) // 12][:12] + SPINNEY
    log = [said(text, "agency", status) for text, status in zip(texts, [*statuses, *statuses], strict=False)]
    live, alone = Linker(STATEMENTS, log).errors
    assert live <= alone


def test_right_decisions_make_no_case_worse() -> None:
    """After judging everything rightly the first statement is right at least as often as before."""
    before, after = Linker(STATEMENTS), Linker(STATEMENTS, everything())

    def firsts(linker: Linker) -> int:
        return sum(bool(right) and linker.rank(text, 1)[0].statement_id in right for text, right in POSTS.items())

    assert firsts(after) >= firsts(before)


def test_a_statement_that_is_rejected_again_and_again_gets_a_handicap() -> None:
    """The margin of an often rejected statement falls, by at most half a point before the shadow of others."""
    log = [said(text, sorted(right)[0]) for text, right in POSTS.items() if right][:20]
    log += [
        said(f"{word} fees of supply", "agency", "rejected") for word in ("Ham", "Fish", "Peat", "Wool", "Kelp", "Oats")
    ]
    text = "Supply teacher register"
    assert Linker(STATEMENTS, log).rank(text)[0].margin < Linker(STATEMENTS).rank(text)[0].margin


# ------------------------------------------------------------------ calibration and promise


def test_a_promise_needs_enough_decisions_and_is_a_lower_bound() -> None:
    """Few decisions promise nothing; many promise less than their share."""
    assert promise(19, 19).bound is None
    assert promise(19, 19).text.startswith("Too few decisions")
    many = promise(60, 64)
    assert many.text == "At this setting 8 of 10 likely links are right, by 64 of your decisions."
    assert many.bound is not None and many.bound < 60 / 64


def test_the_promise_counts_judged_likely_links_overall_and_per_statement() -> None:
    """Decisions on links that were not likely do not count."""
    linker = Linker(STATEMENTS, everything(), calibration=Calibration(likely=1.8))
    overall = linker.promise()
    assert overall.judged >= 20 and overall.bound is not None
    assert overall.text.startswith("At this setting 9 of 10 likely links are right, by ")
    assert 0 < linker.promise("agency").judged < overall.judged
    assert linker.promise("agency").text.startswith("Too few decisions")
    assert Linker(STATEMENTS).promise().judged == 0


def test_few_decisions_move_the_calibration_little_and_many_move_it() -> None:
    """The prior holds against three clicks, not against three hundred."""
    prior = Calibration()
    few, many = refit(prior, [3.0] * 3, [False] * 3), refit(prior, [3.0] * 300, [False] * 300)
    assert abs(few.slope - prior.slope) < 1.5
    assert many.probability(3.0) < 0.2 < few.probability(3.0)
    assert many.show == prior.show and few.likely == prior.likely


def test_what_is_called_likely_is_more_probable_than_not() -> None:
    """However many likely links were rejected, word and number say the same."""
    for rejected in (0, 5, 40, 300):
        found = refit(Calibration(), [3.0] * rejected, [False] * rejected)
        assert found.probability(found.likely) >= 0.5
        assert found.band(found.likely - 0.01) == "possible"


def test_five_rejections_do_not_make_likely_links_improbable() -> None:
    """A week's clicks hardly move the numbers that people read."""
    found = refit(Calibration(), [3.0] * 5, [False] * 5)
    assert found.likely == Calibration().likely and found.probability(found.likely) > 0.55


def test_added_links_do_not_make_weak_links_look_probable() -> None:
    """What people added below the threshold teaches words, not the calibration."""
    added = [said(text, sorted(right)[0], "added") for text, right in POSTS.items() if right]
    assert Linker(STATEMENTS, added).calibration == for_size(len(STATEMENTS))


@settings(max_examples=50, deadline=None)
@given(some.lists(some.tuples(some.floats(-3, 9), some.booleans()), max_size=40))
def test_any_decisions_give_a_sound_calibration(pairs: list[tuple[float, bool]]) -> None:
    """A larger margin is never less probable, and probabilities stay probabilities."""
    found = refit(Calibration(), [margin for margin, _ in pairs], [right for _, right in pairs])
    chances = [found.probability(margin / 4) for margin in range(-40, 80)]
    assert chances == sorted(chances)
    assert chances[0] > 0 and chances[-1] < 1


@settings(max_examples=50, deadline=None)
@given(some.integers(0, 200), some.integers(1, 200))
def test_the_bound_lies_below_the_share(right: int, more: int) -> None:
    """Wilson's lower end never promises more than was seen."""
    assert 0 <= wilson(right, right + more) <= right / (right + more) + 1e-9


@pytest.mark.parametrize("text", ["", "🎉", "https://example.org", "x" * 10_000])
@pytest.mark.parametrize("status", ["confirmed", "rejected", "added"])
def test_decisions_on_odd_texts_do_no_harm(text: str, status: str) -> None:
    """A log may hold anything."""
    linker = Linker(STATEMENTS, [said(text, "ferry", status), said(text, "music", status)])
    assert linker.propose(text) == []
    assert ids(linker, AGENCY) == ["agency"]
