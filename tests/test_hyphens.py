"""Words that a line's end broke are whole again, compounds keep their hyphen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.hyphens import joined, vocabulary

COMPOUNDS = """
    part-time self-esteem year-old ten-year school-based decision-making evidence-based cost-effective co-operate
    e-learning high-quality non-teaching cross-party two-thirds in-service half-term key-worker teacher-led lower-paid
    world-class trade-union fast-track vice-chair ill-health free-range peer-review drop-out
"""
WORDS = "educa-tion depart-ment teach-ings fer-ry govern-ments admis-sions kind-ness"


def mended(broken: str, around: str = "") -> str:
    """The word that stands across two lines of a text."""
    head, tail = broken.split("-", 1)
    lines = [f"They asked for {head}-", f"{tail} staff."]
    return joined(lines, vocabulary("\n".join([*lines, around])))[len("They asked for ") : -len(" staff.")]


@pytest.mark.parametrize("word", COMPOUNDS.split())
def test_a_compound_that_a_mail_broke_keeps_its_hyphen(word: str) -> None:
    """A program that counts characters breaks a line at a hyphen that was there, also beside typeset text."""
    assert mended(word) == word


@pytest.mark.parametrize("word", [word for word in WORDS.split() if word != "teach-ings"])
def test_pieces_that_are_no_words_become_one(word: str) -> None:
    """Nobody writes a hyphen before an ending, so the page broke the word."""
    assert mended(word) == word.replace("-", "")


def test_a_text_set_in_type_shows_it_by_its_pieces() -> None:
    """Where other words are torn, a hyphen between two pieces that may be words is the page's as well."""
    assert mended("teach-ings") == "teach-ings"
    assert mended("teach-ings", "The educa-\ntion of all.") == "teachings"
    assert mended("part-time", "The educa-\ntion of all.") == "part-time"


def test_the_text_itself_has_the_last_word() -> None:
    """A word that stands whole elsewhere, in the plural or not, loses its hyphen; one written with it keeps it."""
    assert mended("book-keeper", "Two bookkeepers came.") == "bookkeeper"
    assert mended("co-op", "The co-op has shut.") == "co-op"


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1))
def test_nothing_but_blanks_and_hyphens_changes(lines: list[str]) -> None:
    """Any lines become one with all of their other characters."""
    whole = joined(lines, vocabulary("\n".join(lines)))
    assert whole.replace("-", "").replace("\u2010", "").replace(" ", "") == "".join(lines).replace("-", "").replace(
        "\u2010", ""
    ).replace(" ", "")
