"""Articles from pasted text: what belongs to them, what was around them, what is never guessed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import article_text
from parsers.errors import ParseError
from parsers.model import Hint

CASES = sorted((Path(__file__).parent / "cases" / "articles_text").glob("*.lines"))
KINDS = {"p": "p", "h": "h", "l": "li", "q": "quote"}


def read_case(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """The paste without marks, and the marked lines that are not blank."""
    marked = [line.split("|", 1) for line in path.read_text("utf-8").splitlines()]
    lines = [(mark, text.strip().split(" =>")[0]) for mark, text in marked]
    return "\n".join(text for _, text in lines), [
        (mark, text.strip()) for mark, text in marked if mark and text.strip()
    ]


def only(marked: list[tuple[str, str]], mark: str) -> list[str]:
    """The texts with this mark."""
    return [text for found, text in marked if found == mark]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_body_is_what_a_reader_would_mark(path: Path) -> None:
    """The blocks are the marked lines, in order; nothing around them is in, nothing of them is out."""
    paste, marked = read_case(path)
    if path.stem == "broken_lines":
        pytest.skip("has a test of its own")
    article = article_text.extract(paste)
    expected = [text.lstrip("• ") for mark, text in marked if mark in KINDS]
    assert [block.text for block in article.blocks] == expected


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_headline_and_standfirst_are_found_above_the_body(path: Path) -> None:
    """Headline and standfirst are the marked lines, the standfirst once."""
    paste, marked = read_case(path)
    article = article_text.extract(paste)
    assert article.headline == next(iter(only(marked, "H")), None)
    assert article.standfirst == next(iter(only(marked, "S")), None)
    if only(marked, "L"):
        assert article.section == only(marked, "L")[0]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_bylines_are_names_only(path: Path) -> None:
    """Where a byline is marked, its names are found."""
    paste, marked = read_case(path)
    for line in only(marked, "B"):
        names = tuple(name.strip() for name in line.split("=>")[1].split(";"))
        assert article_text.extract(paste).bylines == names


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_nothing_is_dropped_in_silence(path: Path) -> None:
    """Each line that is in no field and no block is among the dropped ones, with a reason."""
    paste, _ = read_case(path)
    article = article_text.extract(paste)
    told = " ".join((article.text, article.headline or "", article.standfirst or "", article.section or ""))
    told += " ".join((*article.bylines, *(item.text for item in article.dropped))).casefold() + told.casefold()
    for line in paste.splitlines():
        bare = " ".join(line.split()).lstrip("• ")
        assert bare.casefold() in told or bare.casefold().removeprefix("by ").split(" and ")[0] in told
    assert all(item.reason for item in article.dropped)


def test_subheads_keep_their_kind() -> None:
    """A lone short line between paragraphs is a subhead, a bulleted line a list item."""
    paste, marked = read_case(Path(__file__).parent / "cases" / "articles_text" / "broadsheet.lines")
    kinds = [block.kind for block in article_text.extract(paste).blocks]
    assert kinds == [KINDS[mark] for mark, _ in marked if mark in KINDS]


def test_lines_broken_by_a_mail_program_are_joined() -> None:
    """Hard-wrapped paragraphs become whole ones."""
    paste, _ = read_case(Path(__file__).parent / "cases" / "articles_text" / "broken_lines.lines")
    texts = [block.text for block in article_text.extract(paste).blocks]
    assert len(texts) == 3
    assert texts[0].startswith("A trust") and texts[0].endswith("ground below it.")


ONE_LINE = (
    "Grocer to shed 400 posts 12 May 2021 Share this with Facebook Copy this link Image copyright Getty Images "
    "The grocer Marlow says it will cut 400 posts in its head office. It also said on Monday that a dozen shops "
    "would close by autumn. Unions said the plan was a blow for staff in the north. "
    '"We were told nothing at all," said a shop steward in Leeds, who asked not to be named. '
    "The firm has 900 shops and plans 30 more by the end of the year, most of them in small towns. It reported "
    "lower profits in March after a weak winter. Related Topics Retail Jobs More on this story "
    "Union calls for talks 2 May 2021 The BBC is not responsible for the content of external Internet sites"
)


def test_a_page_pasted_as_one_line_is_broken_up() -> None:
    """Furniture inside a one-line paste goes, the sentences between stay one paragraph."""
    article = article_text.extract(ONE_LINE)
    assert len(article.blocks) == 1
    assert article.text.startswith("The grocer Marlow") and article.text.endswith("a weak winter.")
    assert "Copy this link" in [item.text for item in article.dropped]


def test_the_hint_wins_and_nothing_is_guessed() -> None:
    """Outlet, url and date come from the giver or stay unknown."""
    paste, _ = read_case(Path(__file__).parent / "cases" / "articles_text" / "clean_text.lines")
    bare = article_text.extract(paste)
    assert bare.outlet is bare.url is bare.published_at is None
    when = dt.datetime(2026, 9, 14, tzinfo=dt.UTC)
    told = article_text.extract(paste, Hint(outlet="Marl Times", url="https://marl.example/a", published_at=when))
    assert (told.outlet, told.url, told.published_at) == ("Marl Times", "https://marl.example/a", when)


@pytest.mark.parametrize(
    ("name", "day", "date_only"),
    [
        ("broadcaster", dt.datetime(2026, 9, 14, tzinfo=dt.UTC), True),
        ("broadsheet", dt.datetime(2026, 9, 14, 5, tzinfo=dt.UTC), False),
        ("trade_press", dt.datetime(2026, 8, 12, tzinfo=dt.UTC), True),
        ("clean_text", None, False),
    ],
)
def test_a_date_below_the_headline_is_read(name: str, day: dt.datetime | None, date_only: bool) -> None:
    """A written date is taken; its time only where a zone is named."""
    paste, _ = read_case(Path(__file__).parent / "cases" / "articles_text" / f"{name}.lines")
    article = article_text.extract(paste)
    assert (article.published_at, article.date_only) == (day, date_only)


def test_text_without_prose_is_refused_with_advice() -> None:
    """A menu is no article, and the message says what to do."""
    with pytest.raises(ParseError, match="paste the article"):
        article_text.extract("Home\nNews\nSport\n")


def test_a_result_says_when_most_was_left_out() -> None:
    """A paste that is mostly furniture brings a problem that points to what was dropped."""
    story = "The council said on Monday that the plan for the new school would go ahead after all.\n" * 1
    result = article_text.parse("Some headline about a school\n" + story + "Share\nMenu entry number\n" * 40, Hint())
    assert result.problems and "left out" in result.problems[0].message


def test_an_article_is_recognised_and_a_list_is_not() -> None:
    """Several paragraphs of prose are an article; short lines are not."""
    paste, _ = read_case(CASES[0])
    assert "paragraphs" in (article_text.looks_like(paste) or "")
    assert article_text.looks_like("Milk\nBread\nEggs\n" * 50) is None
    assert article_text.looks_like("") is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=600))
def test_any_text_gives_an_article_or_a_parse_error(text: str) -> None:
    """No text makes it fail in any other way."""
    try:
        article = article_text.extract(text)
    except ParseError:
        return
    assert all(block.text.strip() for block in article.blocks)


def test_the_real_paste_gives_the_article_and_nothing_else(shared: Path) -> None:
    """The real page: label, headline, standfirst once, the body from first to last paragraph, no page around it."""
    article = article_text.extract((shared / "seeds" / "article-send-admissions.txt").read_text("utf-8"))
    assert article.section == "SEND"
    assert (article.headline or "").endswith("‘calling out’")
    assert (article.standfirst or "").startswith("While wider reform")
    assert article.blocks[0].text.startswith("CEOs and school leaders are turning away")
    assert article.blocks[-1].text.endswith("continue with that theme.”")
    assert len(article.blocks) == 27
    assert [block.kind for block in article.blocks].count("h") == 3
    for foreign in ("Bridget Phillipson\n", "Latest education roles", "Sponsored", "More from", "Leave a Reply"):
        assert foreign not in article.text
