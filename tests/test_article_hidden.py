"""Pages whose story is not in their visible elements, and what stands above a story."""

from __future__ import annotations

import json

import pytest

from parsers import article_html
from parsers.errors import ParseError
from parsers.model import Article, Hint

STORY = [
    f"The council of Marl met for the {n}th time this year and spoke about the library at length." for n in range(4, 12)
]
PLAIN = "".join(f"<p>{text}</p>" for text in STORY)
HEAD = "<head><title>Library stays open | Marl News</title></head>"


def read(body: str, **known: str) -> Article:
    """The article of a page."""
    article = article_html.parse(f"<html>{HEAD}<body>{body}</body></html>".encode(), Hint(**known)).records[0]
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize(
    "data",
    [
        {"props": {"article": {"title": "x", "body": [{"type": "p", "text": text} for text in STORY]}}},
        {"state": [{"html": PLAIN, "other": "Accept all cookies to go on."}, {"menu": ["Home", "News"] * 20}]},
        {"a": {"story": "\n\n".join(STORY), "messages": {str(n): "Your password is too short." for n in range(50)}}},
    ],
    ids=["blocks", "markup", "one string"],
)
@pytest.mark.parametrize("before", ["", "window.__STATE__ = "])
def test_a_story_that_scripts_draw_is_read_from_their_data(data: object, before: str) -> None:
    """The strings under one key that hold the most prose are the paragraphs, labels and messages stay out."""
    article = read(f'<div id="app"></div><script>{before}{json.dumps(data)};</script>')
    assert [block.text for block in article.blocks] == STORY
    assert article.extractor == "data that the page hides"


def test_a_story_for_readers_without_scripts_is_read() -> None:
    """What `noscript` holds is the story where nothing else is."""
    article = read(f"<h1>Library stays open</h1><div class=lazy><noscript>{PLAIN}</noscript></div>")
    assert [block.text for block in article.blocks] == STORY


@pytest.mark.parametrize(
    "data",
    [
        "<script>" + json.dumps({"messages": ["Something went wrong.", "Try again later."] * 99}) + "</script>",
        "<script>" + "[" * 100_000 + "</script>",
        "<script>var x = {broken: 'yes', " + "y" * 600 + "</script>",
        "<noscript>Please enable JavaScript to use this page and all of the things that it can do.</noscript>",
    ],
    ids=["messages", "nested", "no JSON", "notice"],
)
def test_messages_of_a_program_are_no_story(data: str) -> None:
    """A page with nothing but labels is refused as before."""
    with pytest.raises(ParseError):
        read(data)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("3 November 2026", "2026-11-03T00:00:00+00:00"),
        ("Published: Tuesday 4 August 2026, 11:05 BST", "2026-08-04T10:05:00+00:00"),
        ("4 August 2026 at 11.05am | Updated 5 August 2026", "2026-08-04T10:05:00+00:00"),
        ("Updated 5 August 2026", None),
        ("The vote on 3 November 2026", None),
    ],
)
def test_a_date_under_the_headline_stands_in(line: str, expected: str | None) -> None:
    """Where the page states no time, a line that is nothing but a date is believed."""
    body = f"<article><h1>Library stays open</h1><div>{line}</div>{PLAIN}</article>"
    article = read(body, house_timezone="Europe/London")
    assert (article.published_at.isoformat() if article.published_at else None) == expected


def test_numbers_in_a_table_are_kept() -> None:
    """A cell that holds only a number is data, a line that does is not."""
    table = "<table><tr><td>Hill Academy</td><td>71</td></tr></table>"
    article = read(f"<article><h1>League table</h1>{PLAIN}{table}<p>12</p>{PLAIN.replace('library', 'pool')}</article>")
    texts = [block.text for block in article.blocks]
    assert "71" in texts and "12" not in texts


def test_a_page_in_a_script_without_spaces_is_read() -> None:
    """Characters count as half a word each, and 。 ends a sentence."""
    story = [
        "市議会は火曜日の夜、図書館をさらに一年間存続させることを賛成多数で決めた。",
        "市役所の前には横断幕を持った住民が集まり、子どもたちのために残してほしいと訴えた。",
        "先月公表された報告書によると、修繕費は約一億四千万円にのぼる見通しだという。",
    ]
    menu = "<nav><a>ホーム</a></nav>"
    article = read(f"{menu}<h1>図書館</h1><div>{''.join(f'<p>{text}</p>' for text in story)}</div>")
    assert [block.text for block in article.blocks] == story


@pytest.mark.parametrize("name", ["sub-title", "article__standfirst", "strapline", "post-excerpt", "dek"])
def test_a_standfirst_is_known_by_its_name(name: str) -> None:
    """What outlets call the line under the headline."""
    line = "The family that ran it says that the rent is too high"
    article = read(f'<article><h1>Shop to close</h1><p class="{name}">{line}</p><div>{PLAIN}</div></article>')
    assert article.standfirst == line


def test_what_stands_below_the_story_is_no_standfirst() -> None:
    """A teaser's line may be called one too; furniture above the story is none either."""
    above, below = (
        '<p class="subtitle">Share this with Facebook and all</p>',
        '<p class="dek">The bridge stays shut again.</p>',
    )
    assert read(f"<article><h1>Shop to close</h1>{above}<div>{PLAIN}</div></article>{below}").standfirst is None
