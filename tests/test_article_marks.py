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


def test_a_page_that_says_all_needs_no_tree() -> None:
    """The tree of the page is never built where its head names author and time."""
    marks = article_marks.of_text(f"<html lang=en><title>x</title>{PARTS[11]}<p>{'text ' * 50}</html>")
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
    for path in sorted((shared / "samples" / "pages").glob("*/source.html")):
        quick, full = both(html_tree.decode(path.read_bytes())[0])
        assert quick == full, path.parent.name
