"""Manners: when to ask again, what robots.txt lets us have."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import fetch_polite, fetch_robots
from aggregator.fetch_http import Answer

NOW = dt.datetime(2026, 11, 9, 9, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def answer(**headers: str) -> Answer:
    return Answer(url="http://x/", status=200, headers={k.replace("_", "-"): v for k, v in headers.items()}, body=b"")


def test_validators_go_back_as_they_came() -> None:
    """Quotes, weakness and date are sent back letter by letter."""
    etag, modified = fetch_polite.validators(answer(etag='W/"a:1 b"', last_modified="Mon,  9 Nov 2026 08:00:00 GMT"))
    assert fetch_polite.conditional(etag, modified) == {
        "If-None-Match": 'W/"a:1 b"',
        "If-Modified-Since": "Mon,  9 Nov 2026 08:00:00 GMT",
    }
    assert fetch_polite.conditional(None, None) == {}


def test_unsound_validators_are_not_kept() -> None:
    """What could break a request is not sent back."""
    assert fetch_polite.validators(answer(etag='"' + "x" * 5000 + '"', last_modified="gestern\xe4")) == (None, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "Mon, 09 Nov 2026 09:10:00 GMT"}, 600),
        ({"retry-after": "Monday, 09-Nov-26 09:10:00 GMT"}, 600),
        ({"retry-after": "Mon Nov  9 09:10:00 2026"}, 600),
        ({"retry-after": "Mon, 09 Nov 2026 08:00:00 GMT"}, 0),
        ({"retry-after": "999999999"}, 86400),
        ({"retry-after": "99999999999999999"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"ratelimit-reset": "45"}, 45),
        ({"ratelimit-reset": "999999999999"}, 86400),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: int | None) -> None:
    """Seconds, all three date forms of HTTP, Bluesky's reset; a day at most; nonsense is nothing."""
    found = fetch_polite.retry_after(headers, NOW)
    assert found == (None if seconds is None else dt.timedelta(seconds=seconds))


@given(st.text(max_size=40))
def test_any_header_is_survived(text: str) -> None:
    """No header text makes the rules fail."""
    fetch_polite.retry_after({"retry-after": text, "ratelimit-reset": text}, NOW)
    assert dt.timedelta(0) <= fetch_polite.max_age({"cache-control": text}) <= dt.timedelta(days=1)


def test_pauses() -> None:
    """An interval at least; longer after failures, without anything new, or when the server asks; a day at most."""
    assert fetch_polite.pause(HOUR) == HOUR
    assert fetch_polite.pause(HOUR, failures=2) == 4 * HOUR
    assert fetch_polite.pause(HOUR, idle=1) == 2 * HOUR
    assert fetch_polite.pause(HOUR, failures=50) == 24 * HOUR
    assert fetch_polite.pause(HOUR, asked=3 * HOUR) == 3 * HOUR
    assert fetch_polite.pause(48 * HOUR, failures=3) == 48 * HOUR
    assert HOUR <= fetch_polite.pause(HOUR, chance=1.0) <= 1.2 * HOUR


def test_max_age() -> None:
    """Cache-Control's max-age, not s-maxage."""
    assert fetch_polite.max_age({"cache-control": "public, s-maxage=9, max-age=7200"}) == 2 * HOUR
    assert fetch_polite.max_age({"cache-control": "s-maxage=9"}) == dt.timedelta(0)


ROBOTS = """
# for everybody
User-agent: *
Disallow: /private/
Allow: /private/open
Disallow: /*.pdf$
Disallow: /search?
Disallow:
Crawl-delay: 4

User-agent: BadBot
User-agent: WorseBot/1.0
Disallow: /
nonsense
: more

User-agent: cuttings
Disallow: /press
"""


@pytest.mark.parametrize(
    ("agent", "path", "allowed"),
    [
        ("Other/1", "/news/1", True),
        ("Other/1", "/private/x", False),
        ("Other/1", "/private/open/x", True),
        ("Other/1", "/a/b.pdf", False),
        ("Other/1", "/a/b.pdf?x=1", True),
        ("Other/1", "/search?q=1", False),
        ("Other/1", "/%70rivate/x", False),
        ("WorseBot/2", "/", False),
        ("WorseBot/2", "/robots.txt", True),
        ("Cuttings/1 (+https://seh.example)", "/private/x", True),
        ("Cuttings/1 (+https://seh.example)", "/press/1", False),
        ("Cuttings/1 (+https://badbot.example)", "/news/1", True),
        ("WorseBots/2", "/news/1", True),
    ],
)
def test_robots(agent: str, path: str, allowed: bool) -> None:
    """The longest rule of our own group decides, else of everybody's."""
    assert fetch_robots.read(ROBOTS, agent).allows(path) is allowed


def test_crawl_delay() -> None:
    """A stated delay is obeyed, up to half a minute; odd ones are none."""
    assert fetch_robots.read(ROBOTS, "Other/1").delay == 4
    assert fetch_robots.read("User-agent: *\nCrawl-delay: 9999", "x").delay == 30
    assert fetch_robots.read("User-agent: *\nCrawl-delay: nan", "x").delay == 0


def test_robots_takes_linear_time() -> None:
    """A pattern made to trip a matcher costs no time."""
    robots = fetch_robots.read("User-agent: *\nDisallow: /" + "*a" * 5000 + "$", "x")
    start = time.process_time()
    assert robots.allows("/" + "a" * 8000 + "b")
    assert time.process_time() - start < 1


@given(st.text(), st.text())
def test_any_robots_is_survived(text: str, path: str) -> None:
    """No text makes the rules fail."""
    fetch_robots.read(text + "\nUser-agent: *\nDisallow: " + text, "x").allows("/" + path)
