"""Day, hour and authors that a reader sees above the story, and the outlet at the end of a title."""

from __future__ import annotations

import pytest

from parsers import article_html, article_meta
from parsers.model import Article, Hint

BODY = "".join(
    f"<p>The council of Marl met for the {n}th time and spoke about the library at length.</p>" for n in range(9)
)


def read(*above: str, head: str = "", url: str = "https://marltimes.example/x", first: str = "") -> Article:
    """The article of a page with these lines between headline and story."""
    lines = "".join(f"<div>{line}</div>" for line in above)
    page = (
        f"<html><head><title>Library to reopen</title>{head}</head><body><main><h1>Library to reopen</h1>{lines}"
        f"<article>{first}{BODY}</article></main></body></html>"
    )
    article = article_html.parse(page.encode(), Hint(url=url)).records[0]
    assert isinstance(article, Article)
    return article


def when(article: Article) -> str | None:
    """The moment of an article, or its day."""
    if article.published_at is None:
        return None
    return article.published_at.strftime("%F" if article.date_only else "%F %H:%M")


DAY = '<meta name="date" content="2026-08-18">'


@pytest.mark.parametrize(
    "line",
    [
        "By: Ada Marsh August 18, 2026 3:21 PM PDT",
        "text size: T T Your Council August 18, 2026, 6:21 PM EDT",
        "by Ada Marsh - Aug 18, 2026 10:21 pm UTC",
        "Published: Tuesday, 18 Aug 2026 | 6:21 PM ET",
    ],
)
def test_the_hour_of_a_stated_day_may_stand_in_any_line_beside_the_headline(line: str) -> None:
    """A line with the same day, an hour and its zone says when, whatever else it says."""
    assert when(read(line, head=DAY)) == "2026-08-18 22:21"


@pytest.mark.parametrize(
    "line",
    [
        "By Ada Marsh August 18, 2026 3:21 PM",  # no zone
        "By Ada Marsh August 11, 2026 3:21 PM PDT",  # another day
        "Last updated August 18, 2026 3:21 PM PDT",
        "The library, which was shut on 18 August 2026 at 3:21 PM PDT by order of the mayor and all of his "
        "councillors, will open again in the spring with new shelves, a new roof, new lamps and a new cat.",
    ],
)
def test_another_hour_is_not_the_storys(line: str) -> None:
    """Without its zone, of another day, of an update or within a sentence an hour says nothing."""
    assert when(read(line, head=DAY)) == "2026-08-18"


def test_an_update_before_the_publication_says_nothing() -> None:
    """A day without a time, stated as the update, is midnight, and no moment before the story's own hour."""
    article = read("Aug 18, 2026 10:21 pm UTC", head=DAY + '<meta name="last-modified" content="2026-08-18">')
    assert (when(article), article.updated_at) == ("2026-08-18 22:21", None)


def test_a_searched_day_gives_way_to_the_line_under_the_headline() -> None:
    """A time element anywhere on the page is weaker than the date line that a reader sees."""
    today = "<div>Today is <time datetime='2026-12-25'>Friday</time></div>"
    assert when(read("Ada Marsh The Gravel Thu, 14 May 2026 17:55 UTC", head=today)) == "2026-05-14 17:55"
    stated = '<meta property="article:published_time" content="2026-05-20">'
    assert when(read("Thu, 14 May 2026 17:55 UTC", head=stated)) == "2026-05-20"


def test_the_first_paragraph_may_begin_with_its_day() -> None:
    """Agencies write the day and two dashes before the first sentence; a day within it is the story's."""
    dateline = "<p>Feb. 23, 2026 -- Nuts have been on the rise in the past decade, and so has the fear of them.</p>"
    told = "<p>Feb. 23, 2026 was the day on which the library burned, and nobody in Marl has forgotten it.</p>"
    assert when(read(first=dateline)) == "2026-02-23"
    assert when(read(first=told)) is None


def test_a_site_heading_above_is_not_the_headline() -> None:
    """The date is looked for under the article's own heading, also where the site's name is a heading too."""
    page = (
        "<html><head><title>Library to reopen - Marl Times</title></head><body><h1>Marl Insider</h1>"
        + "<div>Week ahead: bins</div>" * 9
        + f"<main><h1>Library to reopen</h1><div>12 August 2026</div>{BODY}</main></body></html>"
    )
    article = article_html.extract(page.encode())
    assert (article.headline, when(article)) == ("Library to reopen", "2026-08-12")


@pytest.mark.parametrize(
    ("line", "day"),
    [("2026年01月16日 04:04 Marl Web", "2026-01-16"), ("2026 年 1 月 6 日", "2026-01-06"), ("2026年に図書館が", None)],
)
def test_chinese_and_japanese_days_are_read(line: str, day: str | None) -> None:
    """Year, month and day each with its sign."""
    assert when(read(line)) == day


def test_a_day_with_the_section_inside_is_read_from_the_address() -> None:
    """Some addresses put the section between year and day."""
    assert when(read(url="https://marltimes.example/2026/politics/08/13/library.html")) == "2026-08-13"
    assert when(read(url="https://marltimes.example/2026/politics/99/13/library.html")) is None


@pytest.mark.parametrize("owner", ["marltimes.example", "Marl Press Sp. z o.o.", "Ediciones Marl"])
def test_a_person_under_the_headline_beats_the_owner_in_the_metadata(owner: str) -> None:
    """Sites that put themselves or their company where the author belongs still show who wrote."""
    assert read("By Ada Marsh and Bo Lane", head=f'<meta name="author" content="{owner}">').bylines == (
        "Ada Marsh",
        "Bo Lane",
    )


def test_a_company_is_no_author_but_a_site_may_sign() -> None:
    """Where nobody is named, a company is left out and the site's own name stays."""
    assert read(head='<meta name="author" content="Marl Press GmbH">').bylines == ()
    assert read(head='<meta name="author" content="Ada Limited-Marsh">').bylines == ("Ada Limited-Marsh",)


def test_a_sites_address_behind_a_name_goes() -> None:
    """ "Ada Marsh Marl.com Archive" is Ada Marsh."""
    assert read(head='<meta name="author" content="Ada Marsh Marl.com Archive">').bylines == ("Ada Marsh",)


@pytest.mark.parametrize(
    ("title", "head", "expected"),
    [
        ("Library to reopen - BusinessMarl", "", "BusinessMarl"),
        ("Library to reopen | Culture", "", None),
        ("Library to reopen » Local » News » Ultima Hora Marl", "", "Ultima Hora Marl"),
        ("Library to reopen : News : Marl", "", "Marl"),
        ("Library to reopen - 26 Sep 2026 - Marl Age", "", "Marl Age"),
        ("Library to reopen - Marl News (Marl Broadcasting Corporation)", "", "Marl News (Marl Broadcasting Corporation)"),
        ("Library to reopen - Marltimés", '<meta property="og:site_name" content="www.marltimes.example">', "Marltimés"),
        ("Library to reopen", '<meta property="og:site_name" content="Marl.com">'
         '<meta name="application-name" content="NewsFeed">', "Marl.com"),
        ("Library to reopen", '<meta property="og:site_name" content="marltimes.com">'
         '<meta name="application-name" content="The Marl Times">', "The Marl Times"),
        ("Library to reopen - BusinessMarl", '<meta name="source" content="Case Study">', "BusinessMarl"),
        ("Library to reopen", '<meta name="source" content="Marl Agency">', "Marl Agency"),
    ],
)  # fmt: skip
def test_the_outlet_is_a_name_and_no_section(title: str, head: str, expected: str | None) -> None:
    """What stands last in the title, spelled as a name; what a page calls its source counts last of all."""
    page = (
        f"<html><head><title>{title}</title>{head}</head><body><h1>Library to reopen</h1>{BODY}</body></html>".encode()
    )
    url = "https://www.marltimes.example/x"
    assert article_html.extract(page, url).outlet == expected
    meta = article_meta.of_page(page, url)
    assert meta is not None
    assert meta.outlet == expected
