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
        "By Ada Marsh and Bo de la Lane | August 18, 2026, 6:21 PM EDT",
        "by Ada Marsh - Aug 18, 2026 10:21 pm UTC",
        "Published: Tuesday, 18 Aug 2026 | 6:21 PM ET",
    ],
)
def test_the_hour_of_a_stated_day_may_stand_behind_the_authors(line: str) -> None:
    """A byline with the same day, an hour and its zone says when."""
    assert when(read(line, head=DAY)) == "2026-08-18 22:21"


@pytest.mark.parametrize(
    "line",
    [
        "By Ada Marsh August 18, 2026 3:21 PM",  # no zone
        "By Ada Marsh August 11, 2026 3:21 PM PDT",  # another day
        "Last updated August 18, 2026 3:21 PM PDT",
        "By Ada Marsh Updated August 18, 2026 3:21 PM PDT",
        "Last reviewed August 18, 2026 3:21 PM PDT",
        "Posted 17 August 2026 11:21 PM PDT",  # the same moment as the day's, on the day before
        "17 August 2026 11:21 PM PDT",
        "The council met at 7pm BST on Monday 17 August 2026.",
        "The council met at 7pm BST on Tuesday 18 August 2026.",
        "Come to our talk on 18 August 2026 at 10:00 BST",
        "Next: Marl v Penbury, Tuesday 18 August 2026, 19:45 BST",
        "Marl Summer Fair, 18 August 2026 10:00 BST",
        "By the Harbour, Marl Hall, 18 August 2026 19:00 BST",
        "Doors open: 18 August 2026 7pm BST",
        "<a href='/x'>Bin strike called off, 18 August 2026 21:30 BST</a>",
        "Entries close on 18 August 2026 at 5pm BST.",
        "Ada Marsh wins race on Tue, 18 Aug 2026 17:55 UTC",
        "The library, which was shut on 18 August 2026 at 3:21 PM PDT by order of the mayor and all of his "
        "councillors, will open again in the spring with new shelves, a new roof, new lamps and a new cat.",
    ],
)
def test_another_hour_is_not_the_storys(line: str) -> None:
    """Without its zone, of another day, of an update, an event, a link or within a sentence an hour says nothing."""
    assert when(read(line, head=DAY)) == "2026-08-18"


@pytest.mark.parametrize(
    "line",
    [
        "The council met at 7pm BST on Monday 17 August 2026.",
        "Come to our talk on 18 August 2026 at 10:00 BST",
        "Marl Summer Fair, 18 August 2026 10:00 BST",
        "Ada Marsh wins race on Tue, 18 Aug 2026 17:55 UTC",
        "18 August 2026 - that is the day by which the mayor has to say whether the library will stay open.",
        "Aug. 18, 2026 -- the day that the shelves came down began like any other in the valley, with rain.",
    ],
)
def test_a_moment_in_a_sentence_is_no_publication(line: str) -> None:
    """Where the page states no day, what the story tells of is not it."""
    assert when(read(line)) is None


def test_a_time_element_of_another_day_leaves_the_stated_day() -> None:
    """The first time element may be a comment's or another story's."""
    other = "<time datetime='2026-08-17T21:30:00Z'>Monday</time>"
    same = "<time datetime='2026-08-18T21:30:00Z'>Tuesday</time>"
    assert when(read(head=DAY, first=other)) == "2026-08-18"
    assert when(read(head=DAY, first=same)) == "2026-08-18 21:30"


def test_an_update_before_the_publication_says_nothing() -> None:
    """A day without a time, stated as the update, is midnight, and no moment before the story's own hour."""
    article = read("Aug 18, 2026 10:21 pm UTC", head=DAY + '<meta name="last-modified" content="2026-08-18">')
    assert (when(article), article.updated_at) == ("2026-08-18 22:21", None)


def test_a_searched_day_gives_way_to_the_line_under_the_headline() -> None:
    """A time element anywhere on the page is weaker than the date line that a reader sees."""
    signed = '<meta name="author" content="Ada Marsh"><meta property="og:site_name" content="The Gravel">'
    today = "<div>Today is <time datetime='2026-12-25'>Friday</time></div>"
    assert when(read("Ada Marsh The Gravel Thu, 14 May 2026 17:55 UTC", head=today + signed)) == "2026-05-14 17:55"
    assert when(read("Marl Fair Thu, 14 May 2026 17:55 UTC", head=today + signed)) == "2026-12-25"
    stated = '<meta property="article:published_time" content="2026-05-20">'
    assert when(read("Thu, 14 May 2026 17:55 UTC", head=stated)) == "2026-05-20"


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
    [
        ("2026年01月16日 04:04 Marl Web", "2026-01-16"),
        ("2026 年 1 月 6 日", "2026-01-06"),
        ("2026年に図書館が", None),
        ("2026年1月16日に図書館が再び開く、と市が言った。", None),
    ],
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
        ("Library to reopen - MarlWeek", "", "MarlWeek"),
        ("Library to reopen | Culture", "", None),
        ("Library to reopen | Culture | England", "", None),
        ("Library to reopen | News | SEND", "", None),
        ("Library to reopen | GCSE", "", None),
        ("Library to reopen - UK", "", None),
        ("Library to reopen: live updates", "", None),
        ("Library to reopen : live updates", "", None),
        ("Library to reopen : News : Marl", "", None),
        ("Library to reopen - what readers need to know", "", None),
        ("Library to reopen | Culture | Comment | Ada Marsh", "", None),
        ("Library to reopen - Ada Marsh", "", None),
        ("Library to reopen | World News", "", None),
        ("Library to reopen » Local » News » Marl Times", "", "Marl Times"),
        ("Library to reopen | Culture | The Penbury Gazette", "", "The Penbury Gazette"),
        ("Library to reopen | Marl Age", '<meta name="twitter:site" content="@MarlAge">', "Marl Age"),
        ("Library to reopen | Marl Age", '<meta name="copyright" content="© 2026 Marl Age Ltd">', "Marl Age"),
        ("Library to reopen | Marl", '<meta name="copyright" content="© 2026 Marl Age Ltd">', None),
        ("Library to reopen - Marl Broadcasting Corporation", "", "Marl Broadcasting Corporation"),
        ("Library to reopen - Marltimés", '<meta property="og:site_name" content="www.marltimes.example">', "Marltimés"),
        ("Library to reopen", '<meta property="og:site_name" content="Marl.com">'
         '<meta name="application-name" content="NewsFeed">', "Marl.com"),
        ("Library to reopen", '<meta property="og:site_name" content="marltimes.com">'
         '<meta name="application-name" content="The Marl Times">', "The Marl Times"),
        ("Library to reopen", '<meta name="source" content="Case Study">', None),
        ("Library to reopen", '<meta name="source" content="Penbury Images">', None),
        ("Library to reopen", '<meta name="source" content="Marl Times">', "Marl Times"),
    ],
)  # fmt: skip
def test_the_outlet_is_a_name_and_no_section(title: str, head: str, expected: str | None) -> None:
    """What stands last in the title, or is called the source, is the outlet if its host, words or a mark say so."""
    page = (
        f"<html><head><title>{title}</title>{head}</head><body><h1>Library to reopen</h1>{BODY}</body></html>".encode()
    )
    url = "https://www.marltimes.example/x"
    assert article_html.extract(page, url).outlet == expected
    meta = article_meta.of_page(page, url)
    assert meta is not None
    assert meta.outlet == expected
