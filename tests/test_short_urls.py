"""Short urls: written as the app does, and joined to an article only with its title."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.short_urls import fits, short_form, short_matches


@pytest.mark.parametrize(
    ("url", "short"),
    [
        ("https://example.org", "example.org"),
        ("https://example.org/", "example.org"),
        ("https://example.org/about", "example.org/about"),
        ("https://example.org/sixteen-letters", "example.org/sixteen-lett..."),
        ("https://example.org/fifteen-letter", "example.org/fifteen-letter"),
        ("https://www.example.org/news/articles/c1", "www.example.org/news/article..."),
        ("http://example.org/?page=1&sort=newest", "example.org?page=1&sort=..."),
        ("https://example.org/a#part", "example.org/a#part"),
        ("mailto:desk@example.org", "mailto:desk@example.org"),
        ("https://[broken", "https://[broken"),
    ],
)
def test_short_form(url: str, short: str) -> None:
    """Host and thirteen characters of what follows, where it is longer than fifteen."""
    assert short_form(url) == short


def test_a_short_url_matches_its_url_only() -> None:
    """Host and beginning of the path must agree."""
    url = "https://www.example.org/news/articles/c1a2b3"
    assert short_matches("www.example.org/news/article...", url)
    assert short_matches("Example.org/news/article…", url)
    assert not short_matches("other.example.org/news/article...", url)
    assert not short_matches("www.example.org/sport/artic...", url)
    assert not short_matches("www.example.org", url)
    assert not short_matches("www.example.org/...", url)


def test_the_title_decides_between_articles_with_one_short_url() -> None:
    """Half of a paper's articles share their short form, so the title has to agree."""
    short, url = "example.org/news/article...", "https://example.org/news/articles/c1a2b3"
    assert fits(short, "Locks to close at night - Example News", url, "Locks to close at night")
    assert fits(short, "Locks to close at night", url, "Locks to close at night | Example News")
    assert not fits(short, "Ferries to sail by day", url, "Locks to close at night")
    assert not fits(short, None, url, "Locks to close at night")


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    """Odd urls raise nothing, and a url matches its own short form."""
    url = f"https://example.org/{text}"
    assert isinstance(short_form(text), str)
    assert isinstance(short_matches(text, url), bool)
    if url.isascii() and url.isprintable():
        assert short_matches(short_form(url), url)
