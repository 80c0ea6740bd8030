"""Lines broken at a width become paragraphs again; lines that stand by themselves stay so."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.article_text import extract
from parsers.hard_wrap import Numbered, is_wrapped, unwrapped

PARAGRAPHS = [
    "The ferry across the Wex will stop at the end of May unless somebody pays for a new engine, its skipper says.",
    "He has kept the boat afloat for nineteen years with parts from other boats, and there are no other boats left.",
    "“We asked the county, and the county asked the town,” he said. “Nobody has written back to either of us.”",
    "A bridge two miles upstream was closed to lorries last autumn after a crack was found in one of its piers.",
    "The parish council will meet in the boathouse on Friday to hear what people are willing to give.",
]


def numbered(text: str) -> list[Numbered]:
    """The lines of a text as the paste parser has them."""
    return [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), 1)]


@pytest.mark.parametrize("width", [42, 50, 58, 65, 72, 80, 96])
def test_paragraphs_come_back(width: int) -> None:
    """At any usual width all words stand in their paragraphs again."""
    lines = numbered("\n\n".join(textwrap.fill(text, width) for text in PARAGRAPHS))
    assert is_wrapped(lines)
    assert [text for _, text in unwrapped(lines)] == PARAGRAPHS


@pytest.mark.parametrize("width", [42, 50, 58])
def test_nothing_is_lost_without_blank_lines(width: int) -> None:
    """Paragraphs that follow at once may run into each other, but keep their words in order."""
    lines = numbered("\n".join(textwrap.fill(text, width) for text in PARAGRAPHS))
    assert is_wrapped(lines)
    assert " ".join(text for _, text in unwrapped(lines)) == " ".join(PARAGRAPHS)


def test_words_broken_by_the_page_are_whole() -> None:
    """A hyphen at the line's end goes where it only breaks the word."""
    text = "\n\n".join(textwrap.fill(text, 60) for text in PARAGRAPHS).replace("ferry across", "fer-\nry across")
    assert unwrapped(numbered(text))[0][1] == PARAGRAPHS[0]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(PARAGRAPHS),
        "\n\n".join(PARAGRAPHS),
        "Home\nNews\nSport\nWeather\nOpinion\nSubscribe\nSign in\n",
        "\n".join(
            f"{name} wins a prize for the best kept harbour of the year"
            for name in ("Ada", "Bo", "Cy", "Di", "Ed", "Flo")
        ),
        "One line.",
        "",
    ],
)
def test_lines_of_their_own_are_not_joined(text: str) -> None:
    """A line a paragraph, a menu and a list of titles are not wrapped."""
    assert not is_wrapped(numbered(text))


def test_a_headline_above_keeps_its_line() -> None:
    """A short line stands by itself although the text below follows at once."""
    text = "Ferry may stop in May\n" + "\n\n".join(textwrap.fill(text, 66) for text in PARAGRAPHS)
    assert unwrapped(numbered(text))[0] == (1, "Ferry may stop in May")


@given(st.lists(st.text(max_size=90), max_size=30))
def test_any_lines(lines: list[str]) -> None:
    """No text raises, and joining loses no character but hyphens and blanks."""
    made = numbered("\n".join(lines))
    is_wrapped(made)
    kept = "".join(text for _, text in unwrapped(made))
    wanted = "".join(text for _, text in made)
    assert [char for char in kept if char not in " -\u2010"] == [char for char in wanted if char not in " -\u2010"]


@pytest.mark.parametrize("width", [50, 58, 65, 72, 80])
def test_a_wrapped_paste_keeps_all_its_words(width: int) -> None:
    """A mail or a PDF page copied whole gives its headline and every paragraph."""
    text = "Ferry may stop in May\n\n" + "\n\n".join(textwrap.fill(text, width) for text in PARAGRAPHS)
    article = extract(text)
    assert article.headline == "Ferry may stop in May"
    assert article.text.split("\n\n") == PARAGRAPHS
