"""Documents from outside are read in a child: bombs end the child, never us."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from make import ARTICLE, PAPER

import parsers
from aggregator.fetch_parse import ParseLimits, Reader
from parsers.model import Hint

FEED = b"<rss version='2.0'><channel><title>T</title><item><title>Caf\xc3\xa9 news</title><link>http://x.example/1</link></item></channel></rss>"


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Reader() as made:
        yield made


def test_same_as_in_our_own_process(reader: Reader) -> None:
    """The child gives what `parsers.parse` gives, record for record."""
    for data in (FEED, b'{"posts":[]}', ARTICLE.encode(), PAPER.encode()):
        found = reader.read(data, Hint(url="http://x.example/"))
        assert found.error is None
        assert found.parsed() == parsers.parse(data, Hint(url="http://x.example/"))


def test_unexpected_kinds_are_refused(reader: Reader) -> None:
    """A page where a feed was expected is an error without a format."""
    found = reader.read(b"<html><body><p>words</p></body></html>", Hint(), ("feed",))
    assert (found.format, found.articles) == ("", ())
    assert "not what was expected" in (found.error or "")


def test_a_page_laid_out_like_a_position_paper_is_news_where_news_was_asked_for(reader: Reader) -> None:
    """Somebody's positions behind a feed's entry are an article with its text, and no positions of ours."""
    parts = (
        ("Bus fares", "Fares have doubled since the spring of last year.", "Every pupil should ride to school free."),
        ("School meals", "A meal costs more than an hour's work.", "The state should pay for a meal for every child."),
        ("Pools", "Half of the pools have shut for good.", "Every child should learn to swim before eleven."),
    )
    body = "".join(
        f"<h2>{title}</h2><h3>Context</h3><p>{context} Nobody has asked the families what it means to them.</p>"
        f"<h3>Position</h3><p>{position} The Rowan Guild calls on ministers to act before the summer.</p>"
        f"<h3>Rationale</h3><p>It costs less than what it would save, and children cannot wait another year.</p>"
        for title, context, position in parts
    )
    page = f"<html><body><main><h1>Rowan Guild: our positions</h1>{body}</main></body></html>".encode()
    assert parsers.parse(page).format == "positions"
    found = reader.read(page, Hint(url="http://x.example/p"), ("article-html",))
    assert (found.format, found.error, found.statements) == ("article-html", None, ())
    assert "ride to school free" in found.articles[0].text
    assert "like a position paper" in found.problems[0].message
    assert found.notes["read_as"] == "article-html"


def test_what_cannot_be_read_keeps_its_kind(reader: Reader) -> None:
    """An error of the parser comes with the kind that was recognised, so that the bytes can be kept."""
    found = reader.read(b"<html><body><p>Accept all cookies</p></body></html>", Hint(), ("article-html",))
    assert found.format == "article-html"
    assert found.error
    assert not found.broken


def laughs() -> bytes:
    entities = b"".join(b'<!ENTITY %c "%s">' % (98 + n, (b"&%c;" % (97 + n)) * 10) for n in range(9))
    return (
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">' + entities
        + b"]><rss version='2.0'><channel><title>&j;</title><item><title>&j;</title></item></channel></rss>"
    )  # fmt: skip


def quadratic() -> bytes:
    return (
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "' + b"a" * 100_000 + b'">]><rss version="2.0"><channel><item><title>'
        + b"&a;" * 50_000 + b"</title></item></channel></rss>"
    )  # fmt: skip


def many() -> bytes:
    items = b"".join(
        b"<item><title>Item %d of many</title><link>http://x.example/%d</link></item>" % (n, n) for n in range(30_000)
    )
    return b"<rss version='2.0'><channel><title>T</title>" + items + b"</channel></rss>"


BOMBS = {
    "billion laughs": laughs,
    "quadratic entities": quadratic,
    "30,000 items": many,
    "20,000 divs": lambda: b"<html><body>" + b"<div>" * 20_000 + b"words " * 500,
    "20 MB page": lambda: b"<html><body>" + b"<p>Walkers have lost one bench in five, a count says.</p>" * 350_000,
    "only script": lambda: b"<html><body><script>" + b"var x = 1;" * 500_000 + b"</script>",
    "JSON": lambda: b'{"feed":' * 100_000,
    "binary": lambda: os.urandom(3 << 20),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_end_within_limits(reader: Reader, name: str) -> None:
    """Each ends in bounded time with a result or a known error; our own memory hardly grows; the next one is read."""
    data = BOMBS[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    reader.read(data, Hint())
    assert time.monotonic() - start < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64_000 + 3 * len(data) // 1024
    assert len(reader.read(FEED, Hint()).articles) == 1


@pytest.mark.parametrize(
    "limits",
    [ParseLimits(memory=32 << 20), ParseLimits(cpu=0), ParseLimits(seconds=0.05)],
    ids=["memory", "processor", "clock"],
)
def test_limits_end_the_child_not_us(limits: ParseLimits) -> None:
    """Beyond a limit the document is broken; the next one gets a new child and is read."""
    with Reader() as reader:
        assert reader.read(FEED, Hint()).error is None
        busy = b"<item><title>x</title>%s</item>" % (b"<category>c</category>" * 37)
        heavy = b"<rss version='2.0'><channel>" + busy * 2_000  # three seconds, and still a feed
        found = reader.read(heavy, Hint(), ("feed",), limits)
        assert found.error
        assert found.articles == ()
        assert len(reader.read(FEED, Hint()).articles) == 1


def test_child_has_none_of_our_secrets(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's environment holds no variable of ours."""
    monkeypatch.setenv("CUTTINGS_SECRET", "right horse")
    reader.read(FEED, Hint())
    assert reader._child is not None
    environment = Path(f"/proc/{reader._child.pid}/environ").read_bytes()
    assert b"right horse" not in environment


def test_child_is_renewed(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many documents there is a new child; closing leaves none behind."""
    monkeypatch.setattr("aggregator.fetch_parse.RENEWED_AFTER", 2)
    children = set()
    for _ in range(5):
        reader.read(FEED, Hint())
        assert reader._child is not None
        children.add(reader._child.pid)
    assert len(children) == 3
    reader.close()
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_halves_of_characters_come_whole(reader: Reader) -> None:
    """Texts with lone surrogates, which no message can carry, come with replacement characters."""
    data = (
        '{"posts":[{"uri":"at://did:plc:a/app.bsky.feed.post/3kaaaaaaaaaaa","cid":"b",'
        '"author":{"did":"did:plc:a","handle":"a.example"},'
        '"record":{"$type":"app.bsky.feed.post","text":"half \\ud83d here","createdAt":"2026-11-09T08:00:00Z"},'
        '"indexedAt":"2026-11-09T08:00:00Z"}]}'
    )
    (post,) = reader.read(data.encode(), Hint()).posts
    post.text.encode()
