"""Whoever gives an outlet, a day or an address says that a text is an article; what shows its own kind stays that."""

from __future__ import annotations

import datetime as dt

import pytest
from make import PAPER, scrape

import parsers
from parsers.detect import detect
from parsers.errors import ParseError, UnknownFormatError
from parsers.model import Article, Hint

SHORT = """Ferry to lose its Sunday sailings

By Nia Marlow

The ferry company will end its Sunday sailings in May, it said on Monday.

Islanders found out from a note on the pier. Many of them visit family on Sundays.

“Nobody asked us,” said Tomos Hale, who runs the shop. “We will write to them.”

The company said that the boat was too old to sail every day.
"""
SCRAPE = scrape(*((f"Part {n} of the timetable is new.", f"{n}.11.2026 08:15", (n, 2, 3, 0)) for n in range(10, 15)))
CODE = "import os\n\n" + "".join(
    f"def bench_{n}(park):\n    found = park.benches[{n}]\n    return found\n" for n in range(9)
)
TOLD = [
    Hint(outlet="The Courier"),
    Hint(published_at=dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC), date_only=True),
    Hint(url="https://courier.example/ferry"),
]


def test_a_short_article_is_not_guessed() -> None:
    """A few short paragraphs alone are too little to be sure."""
    with pytest.raises(UnknownFormatError, match="nor clearly an article"):
        detect(SHORT.encode())


@pytest.mark.parametrize("hint", TOLD, ids=["outlet", "day", "address"])
def test_a_short_article_goes_in_with_what_only_articles_have(hint: Hint) -> None:
    """One of the three decides, and the reason says so."""
    found = detect(SHORT.encode(), hint)
    assert found.format == "article-text" and "was given" in found.reason
    (article,) = parsers.parse(SHORT.encode(), hint).records
    assert isinstance(article, Article)
    assert article.headline == "Ferry to lose its Sunday sailings" and article.byline == "Nia Marlow"
    assert len(article.blocks) == 4


@pytest.mark.parametrize("hint", TOLD, ids=["outlet", "day", "address"])
def test_what_shows_its_own_kind_stays_that(hint: Hint) -> None:
    """A scrape, a position paper, code and what is no text at all are what they are without the hint."""
    assert detect(SCRAPE, hint).format == "bluesky-scrape"
    assert detect(PAPER.encode(), hint).format == "positions"
    with pytest.raises(UnknownFormatError, match="so it is no article"):
        detect(CODE.encode(), hint)
    with pytest.raises(ParseError):
        detect(b"\x89PNG\r\n\x1a\n\x00\x00", hint)
    with pytest.raises(ParseError):
        detect(b"  \n", hint)


@pytest.mark.parametrize("hint", TOLD, ids=["outlet", "day", "address"])
def test_a_text_without_a_sentence_is_no_article_all_the_same(hint: Hint) -> None:
    """A list of words is refused by its reader."""
    with pytest.raises(ParseError, match="no running text"):
        parsers.parse(b"bread\nmilk\ntwo lamps\n", hint)
