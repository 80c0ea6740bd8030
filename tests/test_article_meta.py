"""What pages say about themselves, in the many ways they say it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parsers import article_html
from parsers.model import Article, Hint

BODY = "".join(
    f"<p>The council of Marl met for the {n}th time and spoke about the library at length.</p>" for n in range(9)
)


def read(head: str, title: str = "<h1>Schools to reopen</h1>") -> Article:
    """The article of a page with this head."""
    page = f"<html><head>{head}</head><body><article>{title}{BODY}</article></body></html>".encode()
    hint = Hint(url="https://www.marltimes.example/x/1", house_timezone="Europe/London")
    article = article_html.parse(page, hint).records[0]
    assert isinstance(article, Article)
    return article


def ld(*things: dict[str, Any], **fields: object) -> str:
    """JSON-LD: these things, or one news article with these fields."""
    found = list(things) or [{"@type": "NewsArticle", "headline": "Schools to reopen", **fields}]
    return "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in found)


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("By Ada Marsh and Bo Lane, Education Editors", ["Ada Marsh", "Bo Lane"]),
        ([{"@type": "Person", "name": "Ada Marsh, Bo Lane"}], ["Ada Marsh", "Bo Lane"]),
        ({"@type": "Person", "name": ["Ada Marsh", "Bo Lane"]}, ["Ada Marsh", "Bo Lane"]),
        ("GUS REED FOR MARL ONLINE", ["Gus Reed"]),
        ("Gus Reed For Marl Online", ["Gus Reed"]),
        ("Ada Marsh Education correspondent", ["Ada Marsh"]),
        ("Story by Ada Marsh; Photographs by Bo Lane", ["Ada Marsh"]),
        ("Ada Marsh (Marl Times)", ["Ada Marsh"]),
        ("Ada Marsh and agencies", ["Ada Marsh"]),
        ("Ada Marsh in Marl and Bo Lane in Hill", ["Ada Marsh", "Bo Lane"]),
        ("https://www.marltimes.example/author/ada-marsh", []),
        ("admin", []),
        ("Ada Marsh, MD, and Bo Lane, PhD", ["Ada Marsh", "Bo Lane"]),
        ("BO LANE - Marl Technology Writers", ["Bo Lane"]),
        ("Ada Marsh, Marl – 1 hr 4 mins ago", ["Ada Marsh"]),
        ("Ada Marsh, MARLTIMES", ["Ada Marsh"]),
        ("Marltimes", ["Marltimes"]),
        ('{"@type": "Person", "name": "Ada Marsh"}', ["Ada Marsh"]),
        ("View all posts by Ada Marsh", ["Ada Marsh"]),
        ("Redaktion", []),
    ],
)
def test_authors_are_names_of_people(author: object, expected: list[str]) -> None:
    """Jobs, places, outlets, photographers and accounts without a person are left out."""
    assert list(read(ld(author=author)).bylines) == expected


def test_an_outlet_with_its_place_is_no_author() -> None:
    """A publisher's name, town and country are three words, not three people; names that begin alike stay."""
    outlet = '<meta property="og:site_name" content="Marl">'
    assert read(f'{outlet}<meta name="author" content="Marl Ltd, Hallam, Britain">').bylines == ()
    assert read(f'{outlet}<meta name="author" content="Marla Quill, Bo Lane">').bylines == ("Marla Quill", "Bo Lane")


def test_references_of_a_graph_are_followed() -> None:
    """Authors and publishers that stand elsewhere on the page are found by their @id."""
    graph = {
        "@graph": [
            {"@type": "Article", "headline": "x", "author": {"@id": "#p"}, "publisher": {"@id": "#o"}},
            {"@type": "Person", "@id": "#p", "name": "Ada Marsh"},
            {"@type": "NewsMediaOrganization", "@id": "#o", "name": "Marl Times"},
        ]
    }
    article = read(ld(graph))
    assert (article.bylines, article.outlet) == (("Ada Marsh",), "Marl Times")


def test_of_several_articles_the_one_of_the_page_is_taken() -> None:
    """The data of a related story that comes first are not believed."""
    other = {"@type": "NewsArticle", "headline": "Pool closes", "datePublished": "2026-01-01T10:00:00Z"}
    own = {"@type": "NewsArticle", "headline": "Schools to reopen", "datePublished": "2026-07-04T10:00:00Z"}
    published = read(ld(other, own)).published_at
    assert published is not None and published.isoformat() == "2026-07-04T10:00:00+00:00"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-07-04T10:00:00", "2026-07-04T09:00"),
        ("2026-01-04T10:00:00", "2026-01-04T10:00"),
        ("2026-07-04T10:00:00.000+0100", "2026-07-04T09:00"),
        ("Sat Jul 04 2026 10:00:00 GMT+0100 (British Summer Time)", "2026-07-04T09:00"),
        ("July 4, 2026, 10:00 am EDT", "2026-07-04T14:00"),
        (1783159200000, "2026-07-04T10:00"),
        (1783159200, "2026-07-04T10:00"),
    ],
)
def test_times_are_right_to_the_minute(written: object, expected: str) -> None:
    """Bare times are the house's, summer time included; offsets, zone names and epoch numbers are read."""
    published = read(ld(datePublished=written)).published_at
    assert published is not None and published.isoformat().startswith(expected)


def test_the_date_of_the_page_stands_in() -> None:
    """Where only the page is described, its date is the article's."""
    published = read(ld({"@type": "WebPage", "datePublished": "2026-07-04T10:00:00Z"})).published_at
    assert published is not None and published.isoformat() == "2026-07-04T10:00:00+00:00"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<title>Schools to reopen | Marl Times</title>", "Marl Times"),
        ("<title>Schools to reopen - Education - Marl Times</title>", "Marl Times"),
        ("<title>Schools to reopen | Education</title>", None),
        ('<meta property="og:site_name" content="Marl Times | News">', "Marl Times"),
        ('<meta property="og:site_name" content="marl.example">' + ld(publisher={"name": "Marl Times"}), "Marl Times"),
        ('<meta property="og:site_name" content="marl.example">', "marl.example"),
    ],
)
def test_the_outlet_is_what_the_page_calls_it(head: str, expected: str | None) -> None:
    """A name rather than a domain, without sections, from the title where nothing else says it."""
    assert read(head).outlet == expected


@pytest.mark.parametrize(
    ("tail", "host", "expected"),
    [
        ("Marl.com", "www.marl.com", "Marl"),
        ("Marl", "news.marl.co.uk", "Marl"),
        ("Education", "www.marl.com", None),
        ("Marl", "www.fells.com", None),
    ],
)
def test_one_word_of_the_title_is_the_outlet_where_the_host_says_so(tail: str, host: str, expected: str | None) -> None:
    """A single word after the headline may be a section, unless it is the name in the page's address."""
    page = f"<html><head><title>Schools to reopen - {tail}</title></head><body><h1>Schools to reopen</h1>{BODY}</body>"
    (article,) = article_html.parse(page.encode(), Hint(url=f"https://{host}/schools/1")).records
    assert isinstance(article, Article)
    assert article.outlet == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Roof-check: schools to close - Marl Times", "Roof-check: schools to close"),
        ("Live: schools to reopen – as it happened", "Live: schools to reopen – as it happened"),
    ],
)
def test_a_title_loses_the_outlets_name_only(title: str, expected: str) -> None:
    """What follows a dash goes where the host's name says the same."""
    assert read(f"<title>{title}</title>", title="").headline == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<div>By Ada Marsh and Bo Lane</div>", ("Ada Marsh", "Bo Lane")),
        ("<p><i>By Ada Marsh, education editor</i></p>", ("Ada Marsh",)),
        ("<div>By the time it was over, the pool was dry.</div>", ()),
        ("<div>Ada Marsh</div>", ()),
        ("<div>By: Ada Marsh August 18, 2026 3:21 PM</div>", ("Ada Marsh",)),
        ("<p>Le Marl | 04.05.2026 à 13h36 | Par Odile Garnier (avec Ilse Brandner)</p>", ("Odile Garnier",)),
        ("<div class='article-meta'>Ada Marsh Aug 4, 2026 10:03AM</div>", ("Ada Marsh",)),
        ("<p class='author'>Ada Marsh Senior Marl Correspondent</p>", ("Ada Marsh",)),
        ("<p class='author'>Get The Marl App Today</p>", ()),
        ("<p>Text Size</p>", ()),
    ],
)
def test_a_line_that_is_a_byline_names_the_authors(line: str, expected: tuple[str, ...]) -> None:
    """Where nothing else names them, a "By" and names close under the headline do; a name alone does not."""
    assert read("", title=f"<h1>Schools to reopen</h1>{line}").bylines == expected


@pytest.mark.parametrize(
    ("title", "heads", "expected"),
    [
        ("Schools to reopen soon | Marl Times", ("Marl Times", "Schools to reopen soon"), "Schools to reopen soon"),
        ("Schools to reopen soon", ("Health and Education",), "Schools to reopen soon"),
        ("Schools to reopen soon | Ada Marsh", ("Hello, I am Ada",), "Schools to reopen soon"),
        (
            "Schools in Marl reopening: what to know",
            ("Marl’s schools reopen at last",),
            "Marl’s schools reopen at last",
        ),
    ],
)
def test_a_heading_of_the_site_is_no_headline(title: str, heads: tuple[str, ...], expected: str) -> None:
    """The name of the site or of a section shares no words with the page's title, or stands at its end."""
    assert read(f"<title>{title}</title>", title="".join(f"<h1>{head}</h1>" for head in heads)).headline == expected


def test_a_headline_without_spaces_is_one() -> None:
    """Scripts that put no spaces between words have headlines of one word."""
    head = "<title>町の図書館、閉鎖の計画を取りやめ 写真一枚 国際ニュース：マール</title>"
    heads = "<h1>国際ニュース：マール</h1><h1>町の図書館、閉鎖の計画を取りやめ</h1>"
    assert read(head, title=heads).headline == "町の図書館、閉鎖の計画を取りやめ"


def test_a_note_about_an_author_who_is_only_named_on_the_page_goes() -> None:
    """The last paragraph tells who the author is, whom only a line under the headline names."""
    title = "<h1>Schools to reopen</h1><div>By Ada Marsh</div>"
    page = f"<html><body><article>{title}{BODY}<p>Ada Marsh is the education editor.</p></article></body></html>"
    article = article_html.extract(page.encode())
    assert "education editor" not in article.text
