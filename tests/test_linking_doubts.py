"""Who says what they are is told from news of somebody."""

from __future__ import annotations

import pytest

from aggregator.linking_doubts import LONGEST_SELF, SELF_DOUBT, doubt, is_self_description


@pytest.mark.parametrize(
    "text",
    [
        "Director, Lantern Trust. Views my own.",
        "Former governor, author & keen walker",
        "PhD student, University of the Isles",
        "Journalist, writes about harbours and herons",
        "Editor | The Morning Gull | two dogs",
        "National charity supporting families of sailors",
    ],
)
def test_bios_are_self_descriptions(text: str) -> None:
    """A role and what it is of; nobody does anything."""
    assert is_self_description(text)
    assert doubt(text, ["key"], frozenset()) >= SELF_DOUBT


@pytest.mark.parametrize(
    "text",
    [
        "Our director, Ada May, on why unstaffed harbours are no harbours",
        "Our chair, Ada May, told ministers that staff matter.",
        "The author, Ada May, says that staff matter.",
        "County governor, Ada May, told ministers today that staff matter.",
        "Deputy principal, Dr Ada O’May-Lee of Port College, has called for a pause.",
        "Principal, 52, fined for a late boat",
        "We asked a director, and she said no",
        "Director, Lantern Trust " + "and much more " * (LONGEST_SELF // 10),
    ],
)
def test_news_of_somebody_is_none(text: str) -> None:
    """Somebody of ours, or somebody who says or does something."""
    assert not is_self_description(text)
