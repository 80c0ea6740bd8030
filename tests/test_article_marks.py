"""Metadata cut out of a page's text are those of its tree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import article_marks, article_meta, html_tree

URL = "https://www.marltimes.example/news/1"
LD = json.dumps(
    {
        "@type": "NewsArticle",
        "headline": "Schools to reopen",
        "datePublished": "2026-07-04T10:00:00Z",
        "author": {"name": "Ada Marsh"},
        "publisher": {"name": "Marl Times"},
    }
)

#: Elements as pages write them, well and badly.
PARTS = (
    "<!doctype html>",
    '<html lang="en">',
    "<HTML LANG='de'>",
    "<title>Schools to reopen | Marl Times</title>",
    '<meta property="og:title" content="Schools to reopen">',
    "<META NAME=author CONTENT='Bo Lane'>",
    '<meta name="description" content="He said "no" to it"/>',
    '<meta name="description" content="a > b">',
    '<meta property="article:published_time" content="2026-07-03">',
    '<meta property="og:site_name" content="The Marl Times"/><meta content="Education" property="article:section" >',
    '<link rel="canonical" href="https://www.marltimes.example/news/one">',
    f'<script type="application/ld+json">{LD}</script>',
    f'<script type="application&#x2F;ld&#x2B;json">{LD}</script>',
    f"<SCRIPT TYPE='application/ld+json'>{LD}</SCRIPT >",
    '<script>var a = "<h1>No</h1><meta name=author content=Nobody>"; if (a<b) {}</script>',
    "<style>h1 > a { content: '<h1>' }</style>",
    "<!-- <h1>Old</h1> <meta name='author' content='Old Hand'> -->",
    "<!--[if IE]><html lang='fr'><![endif]-->",
    "<h1>Schools to <em>reopen</em></h1>",
    "<h1 class='x'><a href='/'>The Marl Times</a></h1>",
    "<h1>never closed",
    '<time datetime="2026-07-04T11:00:00+01:00">4 July</time>',
    '<span itemprop="datePublished" content="2026-07-04T09:30:00Z">4 July</span>',
    '<span itemProp="author"><b itemprop="name">Cy Holt</b></span>',
    '<div><p class="byline">By <a href="/a">Dee Ford</a></p></div>',
    '<div class="article-byline">By Eve Gray, education editor</div>',
    '<a rel="author" href="/b">Fay Hume</a>',
    '<div data-html="<h1>Inside</h1>">',
    '<div data-html="<b>Bold</b> <h1>Inside</h1> <time datetime=2020-01-01>">',
    "<div title='<i>1</i> <h1>In it</h1>'>",
    '<a title="<b></b><!-- ">not closed</a>',
    '<link rel="author" href="https://social.example/eve">',
    "<script src=x />",
    "<iframe/>",
    "<textarea><h1>Typed</h1></textarea>",
    "<iframe><h1>Framed</h1></iframe>",
    "<svg><title>Icon</title></svg>",
    "<noscript><h1>Turn on scripts</h1></noscript>",
    "</div>",
    "</body></html>",
    "<p>The council met on 5 July 2026 and spoke about the library at length.</p>",
    "<p>1 < 2 and 3 > 2</p>",
    '<meta name="author" content="never closed>',
    "<plaintext>",
    "<div>" + "<p>The council met and spoke about the library, the roof and the rain.</p>" * 100 + "</div>",
    "<div class='byline-box'>" + "<p>Words about a writer who is well known.</p>" * 150,
    "<p class='skyline-authority'>The author named the author-nominee</p>",
)


def both(page: str) -> tuple[article_meta.Meta | None, article_meta.Meta | None]:
    """What the quick way and the whole tree say."""
    root = html_tree.tree(html_tree.within_limits(page))
    return (
        article_meta.of_page(page.encode(), URL, "Europe/London"),
        article_meta.read(root, URL, "Europe/London") if root is not None else None,
    )


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=14))
def test_the_quick_way_says_what_the_tree_says(parts: list[str]) -> None:
    """Whatever a page is made of, its metadata alone are the same as those that come with the article."""
    quick, full = both("\n".join(parts))
    assert quick == full


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>!-/ ='\"ahmetilr1scp"), max_size=60))
def test_broken_markup_never_raises(text: str) -> None:
    """Half tags and stray quotation marks are left to the tree."""
    article_meta.of_page(f"<html><title>Schools</title>{text}</html>".encode(), URL)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=6), st.lists(st.sampled_from(PARTS[18:-1]), max_size=6))
def test_the_beginning_of_a_long_page_says_what_all_of_it_says(top: list[str], below: list[str]) -> None:
    """Authors found in the beginning alone are those of the page, whatever follows."""
    quick, full = both("\n".join((*top, PARTS[-3], *below, *[PARTS[-3]] * 2)))
    assert quick == full


def test_a_long_page_is_read_as_far_as_its_byline() -> None:
    """The rest of the page is no tree where the byline ends in its beginning."""
    page = f"<html><title>x</title><div><p class=byline>By <a>Dee Ford</a></p></div>{PARTS[-3] * 3}"
    marks = article_marks.of_bytes(page.encode())
    assert marks is not None and marks.rest is not None
    assert article_meta.of_marks(marks, "https://marl.example/2026/07/04/roof", None).bylines == ("Dee Ford",)
    assert marks.rest.built is None


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ('<link rel="author" href="/x"><p class="byline">By <a href="/b">Dee Ford</a></p>', ("Dee Ford",)),
        ('<body class="has-byline"><a href="/">Latest News Today</a><p>The roof leaks.</p>', ()),
        ('<body><p><a rel="author" href="/b">Dee Ford</a></p><p class=byline>By Bo Lane</p>', ("Dee Ford",)),
    ],
)
def test_who_is_marked_as_the_author(page: str, names: tuple[str, ...]) -> None:
    """Elements that show nothing, or hold the whole page, name no author."""
    quick, full = both(f"<html><head><title>Roof leaks</title></head>{page}</html>")
    assert quick is not None and full is not None
    assert quick.bylines == full.bylines == names


def test_a_page_that_says_all_needs_no_tree() -> None:
    """The tree of the page is never built where its head names author and time."""
    marks = article_marks.of_bytes(f"<html lang=en><title>x</title>{PARTS[11]}<p>{'text ' * 50}</html>".encode())
    assert marks is not None and marks.rest is not None
    meta = article_meta.of_marks(marks, URL, None)
    assert meta.bylines == ("Ada Marsh",) and marks.rest.built is None


@pytest.mark.parametrize("data", [b"", b"   ", b"\x00\x00", "nothing but words é".encode(), b"%PDF-1.4"])
def test_bytes_without_elements(data: bytes) -> None:
    """No page, no metadata, no exception."""
    meta = article_meta.of_page(data)
    assert meta is None or meta.headline is None


def test_real_pages_say_the_same_both_ways(shared: Path) -> None:
    """The sample pages: headline, authors, times, outlet, section, address."""
    paths = sorted((shared / "samples" / "pages").glob("*/source.html"))
    assert paths
    for path in paths:
        quick, full = both(html_tree.decode(path.read_bytes())[0])
        assert quick == full, path.parent.name
