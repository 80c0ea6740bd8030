"""Articles that were pasted out of a mail, a PDF or a printed page: fields above them, lines broken at a width."""

from __future__ import annotations

import datetime as dt
import textwrap

import pytest

from parsers import article_text, parse
from parsers.model import Hint

TITLE = "Ferry across the Wex may stop in May"
STORY = [
    "The ferry across the Wex will stop at the end of May unless somebody pays for a new engine, its skipper says.",
    "He has kept the boat afloat for nineteen years with parts from other boats, and there are no other boats left.",
    "“We asked the county, and the county asked the town,” he said. “Nobody has written back to either of us.”",
    "A bridge two miles upstream was closed to lorries last autumn after a crack was found in one of its piers.",
]
DAY = dt.datetime(2026, 11, 19, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "head",
    [
        ["From: Ada Marsh, The Wex Gazette", "Published: 19 November 2026", "", TITLE, "", "By Ada Marsh"],
        ["Date: 19 November 2026", "Source: The Wex Gazette", "", TITLE, "By Ada Marsh"],
        ["Wex Gazette", "19 November 2026", "By Ada Marsh", "", TITLE],
        ["THE GAZETTE", "Thursday 19 November 2026", "News | Rivers", TITLE, "By Ada Marsh"],
    ],
)
@pytest.mark.parametrize("width", [44, 66, 1000])
def test_the_fields_above_a_headline_are_read(head: list[str], width: int) -> None:
    """Who wrote it and when stands above as often as below; a field's name is no headline, an outlet no author."""
    text = "\n".join(head) + "\n\n" + "\n\n".join(textwrap.fill(line, width) for line in STORY)
    article = article_text.extract(text)
    assert (article.headline, article.bylines, article.published_at) == (TITLE, ("Ada Marsh",), DAY)
    assert article.date_only and article.text.split("\n\n") == STORY


def test_the_day_of_the_copy_is_no_date() -> None:
    """A page copied with its controls has today's date above the headline, which says nothing of the story."""
    head = ["Skip to content", "Thursday 19 November 2026", "Sign in", "Rivers", TITLE, "By Ada Marsh"]
    article = article_text.extract("\n".join([*head, *STORY, "Share", "Most read"]))
    assert article.headline == TITLE and article.published_at is None


@pytest.mark.parametrize("width", [48, 65, 72])
def test_a_wrapped_article_is_recognised(width: int) -> None:
    """The breaks of a mail don't hide the paragraphs from recognition."""
    text = TITLE + "\n\n" + "\n\n".join(textwrap.fill(line, width) for line in STORY)
    result = parse(text.encode())
    assert result.format == "article-text" and result.reason.startswith("4 paragraphs")


def test_a_result_brings_the_receipt_of_its_repair() -> None:
    """Where characters were set right, the notes say how many; a sound text has no such note."""
    text = "\n\n".join([TITLE, *STORY])
    damaged = text.replace("“", "â€œ").replace("”", "â€\x9d")
    notes = article_text.parse(damaged, Hint()).notes
    assert notes["repair"].startswith("repaired ")
    assert "repair" not in article_text.parse(text, Hint()).notes


@pytest.mark.parametrize("damaged", [True, False])
@pytest.mark.parametrize("kind", ["article-html", "feed", "mail"])
def test_pages_feeds_and_mails_bring_the_receipt_too(kind: str, damaged: bool) -> None:
    """Every kind of news says how much of it was repaired, and says nothing where nothing was."""
    body = "".join(f"<p>{line} He said: “We shan’t pay.”</p>" for line in STORY)
    body = body.replace("“", "â€œ").replace("’", "â€™") if damaged else body
    made = {
        "article-html": f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{body}</body></html>",
        "feed": f"<rss version='2.0'><channel><title>Gazette</title><item><title>{TITLE}</title>"
        f"<link>https://gazette.example/a</link><description><![CDATA[{body}]]></description></item></channel></rss>",
        "mail": "From: Ada <ada@gazette.example>\nTo: press@rowan.example\nDate: Thu, 19 Nov 2026 09:00:00 +0000\n"
        f"Subject: {TITLE}\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html>{body}</html>",
    }[kind]
    result = parse(made.encode())
    assert result.format == kind
    assert ("repair" in result.notes) == damaged
    assert not damaged or result.notes["repair"].startswith("repaired ")


def test_a_short_damaged_article_is_recognised_like_a_sound_one() -> None:
    """Damaged quotation marks at the ends of sentences hide no paragraph."""
    story = [f"“{line}”" for line in STORY]
    damaged = "\n\n".join([TITLE, *story]).encode().decode("latin-1").encode("utf-8")
    assert parse(damaged).format == "article-text"
