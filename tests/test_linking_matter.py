"""A report's link is likely by words of the statement's matter only."""

from __future__ import annotations

import pytest

from aggregator import linking_evidence as evidence
from aggregator.linking import Linker
from aggregator.linking_matter import FAR, POST, held_back, says_whole
from parsers.model import Statement

OTHERS = (
    "teachers of pupils with SEND deserve time to plan", "inspection of SEND provision should be gentle",
    "SEND tribunals should be quicker", "a tutor for SEND goes along to college", "libraries should stay open in August",
    "phones belong in lockers", "swimming is taught before the age of nine", "trips abroad need two leaders",
    "uniforms should cost less", "choirs need rooms", "languages begin at seven", "governors serve eight years",
    "breakfast is served to all", "homework is set on Mondays", "careers talks begin early",
)  # fmt: skip
OURS = Statement(
    id="ours",
    position="We believe that the notional budget for SEND has to reach every classroom, and auditors keep the receipts.",
    aliases=("passport of lanterns",),
)
TOWN = (
    "The county may run out of money because of its gap on special needs, its finance chief warned on Tuesday. "
    "Taxis alone cost four million pounds a year, and the row has split the cabinet. "
    "A meeting will be held at the town hall on the third of December, and the public may ask questions. "
    "Nobody from the county would say more, and the leader is away until Monday."
)  # label and related words only
LIKELY = 2.9


def held(text: str, margin: float = 3.5) -> float:
    """The margin of the text's link to our statement."""
    statements = [Statement(id=f"s{at}", position=f"We believe that {words}.") for at, words in enumerate(OTHERS)]
    index = Linker([*statements, OURS]).index
    row = len(OTHERS)
    return held_back(margin, LIKELY, evidence.read(text, index, [row]), row, OURS, index)


def test_a_report_that_only_names_the_subject_is_not_likely() -> None:
    """SEND stands in many statements, and related words are not ours."""
    assert len(TOWN) > POST
    assert held(TOWN) < LIKELY


@pytest.mark.parametrize("words", ["Auditors want receipts for the notional budget.", "A passport of lanterns."])
def test_a_report_with_words_of_the_matter_stays_likely(words: str) -> None:
    """Two words that few other statements hold, of the position or of what staff call it."""
    assert held(f"{TOWN} {words}") == 3.5


def test_one_word_of_the_matter_is_too_little() -> None:
    """A single one may be an accident."""
    assert held(f"{TOWN} The notional cost is small.") < LIKELY


def test_posts_and_what_stands_out_far_are_left_alone() -> None:
    """A post that uses such words argues; so does a report that holds more of ours than any other."""
    assert held(TOWN[:POST]) == 3.5
    assert held(TOWN, LIKELY + FAR) == LIKELY + FAR
    assert held(TOWN, 1.5) == 1.5


@pytest.mark.parametrize(
    ("words", "whole"),
    [("A lecture on ethical leadership", True), ("An ethical bank and its leadership", False), ("Banks", False)],
)
def test_a_name_of_the_matter_counts_whole_only(words: str, whole: bool) -> None:
    """The glossary knows the name; one of its words is a word like others."""
    ours = Statement(id="ours", position="Schools should be known for ethical leadership.")
    statements = [Statement(id=f"s{at}", position=f"We believe that {others}.") for at, others in enumerate(OTHERS)]
    index = Linker([*statements, ours]).index
    row = len(OTHERS)
    assert says_whole(evidence.read(words, index, [row]), row, ours, index) is whole


def test_a_post_on_a_name_of_the_matter_alone_is_shown() -> None:
    """As possible, not as likely."""
    ours = Statement(id="ours", position="Schools should be known for ethical leadership.")
    says = ("We believe that", "It is right that", "Few doubt that")
    statements = [Statement(id=f"{some}{words}", position=f"{some} {words}.") for some in says for words in OTHERS]
    found = Linker([*statements, ours]).propose("What ethical leadership asks of all of us")
    assert [(one.statement_id, one.band) for one in found] == [("ours", "possible")]
