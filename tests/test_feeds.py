"""Feeds: every entry comes through, dates are right, hostile feeds end in bounded time."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure import grows_more

from parsers import feed_shape, feeds
from parsers.errors import ParseError
from parsers.model import Article, Hint, ParseResult

LONG = " ".join(f"Paragraph word number {number} of the long story." for number in range(60))


def rss(*items: str, head: str = "", declaration: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    """A channel with these items."""
    return (
        f'{declaration}{head}<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Marl Times</title>'
        f"<link>https://marl.example/</link><language>en-GB</language>{''.join(items)}</channel></rss>"
    )


def item(title: str = "A title", inside: str = "", link: str = "https://marl.example/a") -> str:
    """One RSS item."""
    return f"<item><title>{title}</title><link>{link}</link>{inside}</item>"


def read(feed: str | bytes, hint: Hint | None = None) -> ParseResult:
    """The result for a feed."""
    return feeds.parse(feed.encode() if isinstance(feed, str) else feed, hint or Hint())


def articles(feed: str | bytes, hint: Hint | None = None) -> list[Article]:
    """The articles of a feed."""
    found = [record for record in read(feed, hint).records if isinstance(record, Article)]
    assert len(found) == len(read(feed, hint).records)
    return found


def test_an_entry_brings_all_that_it_says() -> None:
    """Headline, address, guid, time in UTC, author, outlet and language come from the entry and its feed."""
    inside = (
        '<guid isPermaLink="false">marl-1</guid><pubDate>Tue, 04 Aug 2026 09:00:00 +0100</pubDate>'
        "<dc:creator>Ada Marsh</dc:creator><description>A short teaser.</description>"
    )
    (found,) = articles(rss(item("Heads &amp;amp; governors", inside, "/a?utm_source=rss&amp;id=3")))
    assert found.headline == "Heads & governors"
    assert found.url == "https://marl.example/a?id=3"
    assert found.source_url == "/a?utm_source=rss&id=3"
    assert found.guid == "marl-1"
    assert found.published_at == dt.datetime(2026, 8, 4, 8, tzinfo=dt.UTC)
    assert (found.bylines, found.outlet, found.language) == (("Ada Marsh",), "Marl Times", "en")
    assert found.stub and found.text == "A short teaser."


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Tue, 04 Aug 2026 09:00:00 BST", "2026-08-04T08:00:00+00:00"),
        ("04 Aug 2026 09:00 BST", "2026-08-04T08:00:00+00:00"),
        ("Wed, 04 Feb 2026 09:00:00 GMT", "2026-02-04T09:00:00+00:00"),
        ("04/08/2026 09:00", "2026-08-04T09:00:00+00:00"),
        ("2026/8/29 15:07:41", "2026-08-29T15:07:41+00:00"),
        ("2026-08-04T09:00:00Z", "2026-08-04T09:00:00+00:00"),
        ("2026-08-04T09:00:00+01:00", "2026-08-04T08:00:00+00:00"),
        ("Tue, 04 Aug 2026 09:00:00 EDT", "2026-08-04T13:00:00+00:00"),
        ("Tue, 4 Aug 26 09:00 +0100", "2026-08-04T08:00:00+00:00"),
        ("Mon Aug  3 14:05:00 2026", "2026-08-03T14:05:00+00:00"),
    ],
)
def test_dates_are_read_as_they_are_written(written: str, expected: str) -> None:
    """British summer time, day-first and year-first dates, named zones and offsets give the right moment."""
    (found,) = articles(rss(item(inside=f"<pubDate>{written}</pubDate>")))
    assert found.published_at is not None and found.published_at.isoformat() == expected


def test_a_time_without_zone_is_read_in_the_zone_of_the_hint() -> None:
    """Where the source's zone is known, a bare time is local time there."""
    (found,) = articles(rss(item(inside="<pubDate>04 Aug 2026 09:00</pubDate>")), Hint(timezone="Europe/London"))
    assert found.published_at == dt.datetime(2026, 8, 4, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize("written", ["soon", "", "00/00/0000", "Tue, 99 Foo 2026"])
def test_what_is_no_date_stays_unknown(written: str) -> None:
    """A date is never guessed."""
    (found,) = articles(rss(item(inside=f"<pubDate>{written}</pubDate>")))
    assert found.published_at is None


def test_a_whole_entry_is_no_stub() -> None:
    """content:encoded with the whole story gives paragraphs and no stub."""
    html = f"<p>{LONG}</p><h2>A subhead</h2><ul><li>One point</li></ul><script>alert(1)</script>"
    (found,) = articles(
        rss(item(inside=f"<description>Short.</description><content:encoded><![CDATA[{html}]]></content:encoded>"))
    )
    assert not found.stub
    assert [block.kind for block in found.blocks] == ["p", "h", "li"]
    assert "alert" not in found.text


def test_a_text_that_breaks_off_is_a_stub() -> None:
    """Three dots at the end say that there is more on the page."""
    (found,) = articles(rss(item(inside=f"<description>{LONG} and then…</description>")))
    assert found.stub


def test_the_feeds_own_furniture_is_left_out() -> None:
    """ "The post … appeared first on …" is no paragraph."""
    html = f"<p>{LONG}</p><p>The post A title appeared first on Marl Times.</p>"
    (found,) = articles(rss(item(inside=f"<description><![CDATA[{html}]]></description>")))
    assert len(found.blocks) == 1


def test_the_hint_names_the_outlet() -> None:
    """What the giver says wins over the feed's title."""
    (found,) = articles(rss(item()), Hint(outlet="The Marl"))
    assert found.outlet == "The Marl"


def test_atom_and_rss_1_and_json_are_read() -> None:
    """Atom, RSS 1.0 and JSON Feed give the same fields."""
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Marl</title><link href="https://marl.example/"/>'
        '<entry><title type="html">A &lt;b&gt;bold&lt;/b&gt; one</title><id>tag:marl.example,2026:1</id>'
        '<link rel="alternate" href="https://marl.example/a"/><link rel="self" href="https://marl.example/self"/>'
        "<updated>2026-08-05T10:00:00Z</updated><published>2026-08-04T10:00:00Z</published>"
        "<author><name>Ada Marsh</name></author><summary>Short.</summary></entry></feed>"
    )
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://marl.example/"><title>Marl</title>'
        '<link>https://marl.example/</link></channel><item rdf:about="https://marl.example/a"><title>A bold one</title>'
        "<link>https://marl.example/a</link><dc:date>2026-08-04T10:00:00Z</dc:date></item></rdf:RDF>"
    )
    entry = {"id": 7, "url": "https://marl.example/a", "title": "A bold one", "content_text": "Short."}
    entry |= {"date_published": "2026-08-04T10:00:00Z", "authors": [{"name": "Ada Marsh"}]}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Marl", "items": [entry]}
    for source in (atom, rdf, json.dumps(feed)):
        (found,) = articles(source)
        assert (found.headline, found.url, found.outlet) == ("A bold one", "https://marl.example/a", "Marl")
        assert found.published_at == dt.datetime(2026, 8, 4, 10, tzinfo=dt.UTC)
    assert articles(atom)[0].updated_at == dt.datetime(2026, 8, 5, 10, tzinfo=dt.UTC)


def test_one_bad_entry_never_loses_the_others() -> None:
    """An entry without title and address becomes a problem; a JSON entry of the wrong type too."""
    result = read(rss(item("One"), "<item><description>only text</description></item>", item("Two")))
    assert len(result.records) == 2 and len(result.problems) == 1
    feed = {"version": "https://jsonfeed.org/version/1", "items": [3, {"title": ["x"], "id": 1}, {"title": "Good"}]}
    result = read(json.dumps(feed))
    assert [record.headline for record in result.records if isinstance(record, Article)] == ["Good"]
    assert len(result.problems) == 2


def test_the_same_guid_twice_is_two_entries() -> None:
    """What to do with a guid that is used twice is not decided here."""
    same = "<guid>same</guid>"
    assert len(articles(rss(item("One", same, "https://m.example/1"), item("Two", same, "https://m.example/2")))) == 2


HOSTILE = {
    "raw ampersand": rss(item("Heads & governors")).encode(),
    "undeclared prefix": rss(item(inside="<foo:bar>x</foo:bar>")).encode(),
    "control character": rss(item("A\x0btitle")).encode(),
    "leading blank line": b"\n\n" + rss(item()).encode(),
    "truncated": rss(item("One"), item("Two", "<description>" + LONG)).encode()[:-60],
    "impossible reference": rss(item("A&#1114112;b")).encode(),
    "doctype with backslash": rss(item(), head='<!DOCTYPE rss [<!ENTITY x "\\1\\g">]>').encode(),
    "external entity": rss(item("A &x; b"), head='<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>').encode(),
    "billion laughs": rss(
        item("A &e; b"),
        head='<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcd", "bcde", strict=True))
        + "]>",
    ).encode(),
    "windows-1252 in utf-8": rss(item("The £5 fee isn’t")).encode("cp1252"),
    "no declaration": rss(item(), declaration="").encode(),
    "wrong charset": rss(item(), declaration='<?xml version="1.0" encoding="klingon"?>').encode(),
    "utf-16": rss(item(), declaration='<?xml version="1.0" encoding="utf-16"?>').encode("utf-16"),
    "php warning first": b"<br />\n<b>Warning</b>: no idea in /x.php\n" + rss(item()).encode(),
    "html in title": rss(item("<![CDATA[<b>Bold</b> title]]>")).encode(),
    "deep nesting": rss(item(inside="<description>" + "<b>" * 5000 + "</description>")).encode(),
    "bad geometry": rss(
        item(inside='<georss:polygon xmlns:georss="http://www.georss.org/georss">1 2 x</georss:polygon>')
    ).encode(),
    "empty description": rss(item(inside="<description/>")).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_broken_feeds_still_give_their_entries(name: str) -> None:
    """A feed that is not well formed, lies about itself or attacks still gives its first entry."""
    found = articles(HOSTILE[name])
    assert found and found[0].url == "https://marl.example/a"
    assert all(not (article.headline or "").startswith("file:") for article in found)


OUT_OF_BOUNDS = {
    "items never closed": rss(item("Good"))[:-16] + "<item>" * 150_000,
    "elements never closed": rss(item("Good"))[:-16] + "<item><title>x</title><description>" + "<b>" * 150_000,
    "titles never closed": rss(item("Good"))[:-16] + "<item><title>One<link>https://m.example/1" * 50_000,
    "a tag of attributes": rss(item("Good"))[:-16] + "<item " + " ".join(f'a{n}="{n}"' for n in range(90_000)) + ">",
    "a namespace each": rss(item("Good"), *(f'<n{n}:a xmlns:n{n}="u{n}"/>' for n in range(20_000))),
    "elements before the entries": rss("<x>1</x>" * 150_000, item("Good")),
    "elements in an entry": rss(item("Good", "<category>c</category>" * 150_000)),
    "elements after the entries": rss(item("Good"), "<x>1</x>" * 150_000),
    "texts never closed": rss(item("Good"))[:-16] + "<b>" * 300 + "<item>" + "<title><![CDATA[" * 40_000,
    "two bytes a character": (rss(item("Good"))[:-16] + "<item>" * 150_000).replace("utf-8", "utf-16"),
}


@pytest.mark.parametrize("name", OUT_OF_BOUNDS)
def test_feeds_out_of_all_bounds_give_their_entries_and_a_problem(name: str) -> None:
    """Elements by the hundred thousand never reach feedparser; what has a title and an address comes through."""
    feed = OUT_OF_BOUNDS[name]
    result = read(feed.encode("utf-16" if "utf-16" in feed else "utf-8"))
    first = result.records[0]
    assert isinstance(first, Article)
    assert (first.headline, first.url) == ("Good", "https://marl.example/a")
    assert any("bounds" in problem.message or "more elements" in problem.message for problem in result.problems)


def test_texts_that_are_never_closed_are_looked_for_once() -> None:
    """Eight times as many open texts in one entry take no more than a few times as long to mend."""

    def mend(count: int) -> None:
        feed_shape.mended(("<rss><channel><item>" + "<title><![CDATA[" * count).encode(), 10)

    assert grows_more(25, lambda: mend(10_000), lambda: mend(80_000)) is None


def test_a_mended_entry_keeps_a_closed_text_and_what_follows_an_open_one() -> None:
    """Of texts in CDATA those that are closed come whole, markup and all, and an open one costs only itself."""
    entry = (
        b"<item><title> <![CDATA[Roof & <b>beams</b>]]></title><title><![CDATA[again]]></title>"
        b"<description><![CDATA[open</description><link>https://m.example/1</link>"
    )
    feed, count = feed_shape.mended(b"<rss><channel>" + entry, 10)
    assert count == 1
    assert b"<item><title> <![CDATA[Roof & <b>beams</b>]]></title><description></description>" in feed
    assert b"<link>https://m.example/1</link></item>" in feed and b"again" not in feed


def test_a_mended_feed_keeps_dates_texts_and_characters() -> None:
    """Out of a feed that nobody can have meant, each entry still brings its date, text, guid and names."""
    inside = (
        "<guid>marl-1</guid><pubDate>Tue, 04 Aug 2026 09:00:00 BST</pubDate><dc:creator>Zoë Marsh</dc:creator>"
        "<description><![CDATA[<p>A short <b>teaser</b>.</p>]]></description>"
    )
    found = articles(rss(item("The £5 fee", inside))[:-16] + "<b>" * 1000)[0]
    assert (found.headline, found.guid, found.bylines) == ("The £5 fee", "marl-1", ("Zoë Marsh",))
    assert found.published_at == dt.datetime(2026, 8, 4, 8, tzinfo=dt.UTC)
    assert found.text == "A short teaser."
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Marl</title><entry><title>One</title>'
    atom += '<link href="https://m.example/1"/><updated>2026-08-04T09:00:00Z</updated></entry>' + "<b>" * 1000
    (found,) = articles(atom)
    assert (found.headline, found.url, found.outlet) == ("One", "https://m.example/1", "Marl")


def test_a_feed_in_two_bytes_a_character_is_read_whatever_the_server_calls_it() -> None:
    """UTF-16 with and without its mark, and with the server's word for it, gives its entry."""
    feed = rss(item("Zoë"), declaration='<?xml version="1.0" encoding="utf-16"?>')
    for data in (feed.encode("utf-16"), feed.encode("utf-16-le"), feed.encode("utf-16-be"), feed.encode("utf-32")):
        for content_type in (None, "application/rss+xml; charset=utf-16"):
            (found,) = articles(data, Hint(content_type=content_type))
            assert found.headline == "Zoë"


def test_windows_characters_in_a_utf_8_feed_are_right() -> None:
    """Pound signs and apostrophes survive a wrong declaration."""
    assert articles(HOSTILE["windows-1252 in utf-8"])[0].headline == "The £5 fee isn’t"


def test_secrets_of_the_machine_stay_there() -> None:
    """An external entity brings nothing in, and bytes that look like a path are not opened."""
    assert articles(HOSTILE["external entity"])[0].headline in ("A b", "A &x; b")
    with pytest.raises(ParseError):
        read(b"/etc/hostname")


def test_very_large_feeds_are_cut_with_a_word() -> None:
    """Of 3,000 entries the first 2,000 go in and a problem says so."""
    result = read(rss(*(f"<item><title>T{number}</title></item>" for number in range(3000))))
    assert len(result.records) == feeds.MOST_ENTRIES
    assert "1000 entries were left out" in result.problems[0].message


@pytest.mark.parametrize("data", [b"", b"  \n", b"<html><body><p>no feed</p></body></html>", b"plain words", b"{}"])
def test_what_is_no_feed_is_refused(data: bytes) -> None:
    """Nothing, a web page or other text is an error with advice, not an empty feed."""
    with pytest.raises(ParseError):
        read(data)
    assert feeds.looks_like(data) is None


def test_feeds_are_told_from_pages() -> None:
    """The outermost element decides, whatever stands before it; a page that mentions a feed is none."""
    assert "rss" in (feeds.looks_like(rss(item()).encode()) or "")
    assert feeds.looks_like(b'<?xml version="1.0"?><!-- x --><feed xmlns="http://www.w3.org/2005/Atom"/>')
    assert feeds.looks_like(b"<html><body>&lt;rss&gt; <rss version=2></body></html>") is None


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_result_or_a_parse_error(data: bytes) -> None:
    """No bytes make it fail in any other way, alone or inside a feed."""
    for feed in (data, rss(item()).encode().replace(b"A title", data)):
        try:
            read(feed)
        except ParseError:
            continue
