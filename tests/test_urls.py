"""Canonical urls: one page, one address; two pages never one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import urls

SAME = [
    ("https://news.example/a?utm_source=x&utm_medium=y", "https://news.example/a"),
    (
        "https://www.bbc.co.uk/news/education-1?at_medium=RSS&at_campaign=KARANGA",
        "https://www.bbc.co.uk/news/education-1",
    ),
    ("https://www.theguardian.com/x?CMP=share_btn_tw", "https://www.theguardian.com/x"),
    (
        "https://www.dailymail.co.uk/a-1.html?ns_mchannel=rss&ito=1490&ns_campaign=1490",
        "https://www.dailymail.co.uk/a-1.html",
    ),
    ("https://metro.co.uk/2026/a?ico=home", "https://metro.co.uk/2026/a"),
    ("HTTPS://News.Example:443/a#comments", "https://news.example/a"),
    ("http://news.example:80/x/../a", "http://news.example/a"),
    ("https://news.example/a?b=2&a=1", "https://news.example/a?a=1&b=2"),
    ("https://news.example/a?ref=rss", "https://news.example/a"),
    ("https://news.example", "https://news.example/"),
    ("https://user:secret@news.example/a", "https://news.example/a"),
    ("https://news.example/a?fbclid=1&story_id=9", "https://news.example/a?story_id=9"),
    ("  https://news.example/a\n", "https://news.example/a"),
]

KEPT = ["id=7", "story_id=9", "p=12", "token=abc", "ref=front", "b=2", "page=3", "source=wire", "share=1", "q=a+b"]


@pytest.mark.parametrize(("given_url", "expected"), SAME)
def test_what_only_says_where_a_reader_came_from_goes(given_url: str, expected: str) -> None:
    """Tracking parameters, fragments, default ports and the order of parameters make no other page."""
    assert urls.canonical(given_url) == expected


@pytest.mark.parametrize("query", KEPT)
def test_what_may_name_a_page_stays(query: str) -> None:
    """Parameters that some site uses as an address are kept on every site."""
    assert urls.canonical(f"https://news.example/read?{query}&utm_source=rss") == f"https://news.example/read?{query}"


def test_pages_that_may_differ_are_not_merged() -> None:
    """Scheme, www, m, amp and a final slash make other addresses."""
    pages = ("http://n.example/a", "https://n.example/a", "https://www.n.example/a", "https://m.n.example/a")
    pages += ("https://n.example/a/", "https://n.example/a/amp", "https://n.example:8080/a", "https://n.example/A")
    assert len({urls.canonical(page) for page in pages}) == len(pages)


def test_relative_addresses_are_resolved() -> None:
    """A link in a feed or page is read from its base."""
    assert urls.canonical("/a?id=3", "https://news.example/feed/") == "https://news.example/a?id=3"
    assert urls.canonical("//cdn.example/a", "https://news.example/") == "https://cdn.example/a"


@pytest.mark.parametrize(
    "text",
    ["", "mailto:a@b.example", "javascript:alert(1)", "ftp://a.example/", "/a", "http://", "https://[bad", "data:,x"],
)
def test_what_is_no_web_address_is_none(text: str) -> None:
    """Only http and https count, and only with a host."""
    assert urls.canonical(text) is None
    assert urls.host(text) is None


def test_hosts_are_compared_without_www() -> None:
    """Case, "www.", a final dot and the port don't matter."""
    assert urls.host("https://WWW.News.Example.:8080/a") == "news.example"


WORDS = st.text(st.sampled_from("aZ09é %&=/?#;:@.+_-[]<>\"'\\\t"), max_size=25)


@settings(max_examples=300, deadline=None)
@given(st.builds("https://news.example/{}?{}#{}".format, WORDS, WORDS, WORDS))
def test_twice_is_once(url: str) -> None:
    """Canonical urls are fixed points."""
    once = urls.canonical(url)
    assert once is None or urls.canonical(once) == once


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_an_address_or_none(text: str) -> None:
    """No text makes it fail."""
    assert urls.canonical(text) is None or str(urls.canonical(text)).startswith("http")
    assert urls.canonical(f"http://{text}") is None or urls.host(str(urls.canonical(f"http://{text}")))
