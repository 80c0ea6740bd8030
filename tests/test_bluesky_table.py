"""Exporters' tables, and Bluesky's own RSS."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from conftest import CASES
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import bluesky_rss, bluesky_table, parse
from parsers.errors import ParseError
from parsers.model import Hint, ParseResult, Post

DID = "did:plc:inventedinventedinvented"
URI = f"at://{DID}/app.bsky.feed.post/3lmaaaaaaaa22"
RESEARCH = CASES / "bluesky" / "research.csv"
FEED = CASES / "bluesky" / "profile.rss"


def table(header: str, *rows: list[str], delimiter: str = ",") -> bytes:
    """A table as a spreadsheet writes it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header.split())
    writer.writerows(rows)
    return out.getvalue().encode()


def read(data: bytes, hint: Hint | None = None) -> ParseResult:
    """The result of a table, which has to be recognised too."""
    assert bluesky_table.looks_like(data)
    return bluesky_table.parse(data, hint)


def one(header: str, *row: str, hint: Hint | None = None) -> Post:
    """The post of a table with one row."""
    found = read(table(header, list(row)), hint)
    assert found.problems == ()
    (post,) = found.records
    assert isinstance(post, Post)
    return post


def test_a_research_table() -> None:
    """Quoted line breaks, thousands separators, an empty count and a time without seconds."""
    found = parse(RESEARCH.read_bytes())
    assert found.format == "bluesky-csv"
    assert found.problems == ()
    first, second = (post for post in found.records if isinstance(post, Post))
    assert (first.uri, first.author, first.author_did) == (URI, "heads.example", DID)
    assert first.text == "Half term is over,\nand we have a list – “urgent”"
    assert (first.counts.likes, first.counts.reposts, first.counts.replies, first.counts.quotes) == (1204, 7, 0, None)
    assert (first.created_at, first.minute_only) == (dt.datetime(2025, 4, 28, 7, 30, 15, tzinfo=dt.UTC), False)
    assert (second.counts.replies, second.minute_only) == (None, True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_delimiter(delimiter: str) -> None:
    """Spreadsheets of other countries separate with semicolons or tabs."""
    data = table("uri text created_at", [URI, "a, b; c", "2025-04-28T07:30:00Z"], delimiter=delimiter)
    assert [post.text for post in read(data).records] == ["a, b; c"]


@pytest.mark.parametrize(
    "header",
    [
        "postUri text createdAt authorHandle",
        "URI Text Created_At Author_Handle",
        "post.uri post.record.text post.record.createdAt post.author.handle",
        "uri record/text record/createdAt author/handle",
        "uri content date username",
    ],
)
def test_column_names_as_exporters_spell_them(header: str) -> None:
    """Case, punctuation and the path of flattened JSON do not matter."""
    post = one(header, URI, "hello", "2025-04-28T07:30:00Z", "@heads.example")
    assert (post.uri, post.text, post.author) == (URI, "hello", "heads.example")
    assert post.created_at == dt.datetime(2025, 4, 28, 7, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-04-28T07:30:00.000Z", "2025-04-28T07:30:00+00:00"),
        ("2025-04-28 07:30:00 UTC", "2025-04-28T07:30:00+00:00"),
        ("2025-04-28 08:30:00+01:00", "2025-04-28T07:30:00+00:00"),
        ("Mon, 28 Apr 2025 07:30:00 GMT", "2025-04-28T07:30:00+00:00"),
        ("1745825400", "2025-04-28T07:30:00+00:00"),
        ("1745825400000", "2025-04-28T07:30:00+00:00"),
        ("28/04/2025 07:30", "2025-04-28T07:30:00+00:00"),
        ("28.04.2025 07:30:00", "2025-04-28T07:30:00+00:00"),
    ],
)
def test_dates_as_exporters_write_them(written: str, expected: str) -> None:
    """ISO with and without zone, mail dates, seconds and milliseconds, day first."""
    post = one("uri text created_at", URI, "x", written)
    assert post.created_at == dt.datetime.fromisoformat(expected)


def test_a_time_without_zone_is_in_the_zone_the_caller_names() -> None:
    """Tables made by hand hold local times."""
    post = one("uri text created_at", URI, "x", "2025-04-28 08:30:00", hint=Hint(timezone="Europe/London"))
    assert post.created_at == dt.datetime(2025, 4, 28, 7, 30, tzinfo=dt.UTC)


def test_an_address_with_a_did_is_an_identity() -> None:
    """A web address gives the URI where it names the DID, and only the handle where it names that."""
    with_did = one("link text created_at", f"https://bsky.app/profile/{DID}/post/3lmaaaaaaaa22", "x", "2025-04-28")
    with_handle = one("link text created_at", "https://bsky.app/profile/heads.example/post/3lm", "x", "2025-04-28")
    assert with_did.uri == URI
    assert (with_handle.uri, with_handle.author) == (None, "heads.example")


def test_lists_in_cells() -> None:
    """Languages and alternative texts come as JSON, as Python writes lists, or separated."""
    header = "uri text created_at langs alt_text"
    assert one(header, URI, "x", "2025-04-28", '["en","cy"]', "a hall | a stage").alts == ("a hall", "a stage")
    assert one(header, URI, "x", "2025-04-28", "['en', 'cy']", "").langs == ("en", "cy")
    assert one(header, URI, "x", "2025-04-28", "en,cy", "").langs == ("en", "cy")


def test_a_bad_row_costs_only_itself() -> None:
    """Rows without text, with a bad date or of another length are named by line."""
    data = table(
        "uri text created_at",
        [URI + "1", "first", "2025-04-28T07:30:00Z"],
        ["x", "", ""],
        [URI + "2", "second", "9999-12-31T00:00:00Z"],
        [URI + "3", "third", "2025-04-28T07:30:00Z", "extra"],
    )
    found = read(data)
    assert [post.text for post in found.records] == ["first", "second", "third"]
    assert [problem.where for problem in found.problems] == ["line 3", "line 4", "line 5"]


def test_a_table_saved_by_a_spreadsheet() -> None:
    """Windows-1252, UTF-16 and a byte order mark are read."""
    text = RESEARCH.read_text(encoding="utf-8")
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        found = read(text.encode(encoding))
        assert found.records[0].text.endswith("“urgent”"), encoding


@pytest.mark.parametrize(
    "data",
    [
        b"text,date,author\nA letter,2025-01-01,Someone\n",
        b"name,age\nx,1\n",
        b"Dear all, we met at bsky.app/profile/x today, and text, date, uri were discussed.\n",
        b"",
        b"<rss></rss>",
        b"\x00\x01\x02",
    ],
)
def test_other_tables_are_not_ours(data: bytes) -> None:
    """A text and a date alone do not make a table Bluesky's."""
    assert bluesky_table.looks_like(data) is None


def test_a_table_without_text_is_refused() -> None:
    """Told that it is a table of posts, a file without a text column says what it lacks."""
    with pytest.raises(ParseError, match="text"):
        bluesky_table.parse(b"a,b\n1,2\n")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 300))
def test_damage_gives_problems_only(noise: bytes, at: int) -> None:
    """Bytes thrown into a table never raise anything but ParseError."""
    data = RESEARCH.read_bytes()
    for broken in (noise, data[:at] + noise + data[at:]):
        bluesky_table.looks_like(broken)
        try:
            bluesky_table.parse(broken)
        except ParseError:
            continue


def test_an_endless_cell_is_a_problem() -> None:
    """A quote that is never closed swallows what follows; what came before is read."""
    data = RESEARCH.read_bytes() + b'x,y,z,1,2,3,"' + b"endless " * 40_000
    found = read(data)
    assert len(found.records) >= 2
    assert found.problems


# ------------------------------------------------------------------ RSS


def test_the_rss_of_a_profile() -> None:
    """Author from the title, URI from the entry's id, the notice of left-out media removed."""
    found = parse(FEED.read_bytes())
    assert found.format == "bluesky-rss"
    assert found.problems == ()
    first, second = (post for post in found.records if isinstance(post, Post))
    assert (first.uri, first.author, first.author_name, first.author_did) == (
        URI,
        "heads.example",
        "Heads of Example",
        DID,
    )
    assert first.text.startswith("Half term is over & we have a list\n\nhttps://")
    assert (second.text, second.created_at) == ("Worth reading", dt.datetime(2025, 4, 28, 7, 30, 9, tzinfo=dt.UTC))


def test_the_older_rss_of_a_profile() -> None:
    """Earlier feeds gave entries a title and ISO dates."""
    data = FEED.read_bytes().replace(b"<item>", b"<item><title>@heads.example post</title>")
    data = data.replace(b"28 Apr 2025 07:30 +0000", b"2025-04-28T07:30:00.000Z")
    assert bluesky_rss.parse(data).records[0].created_at == dt.datetime(2025, 4, 28, 7, 30, tzinfo=dt.UTC)


def test_other_feeds_are_not_ours() -> None:
    """A news feed that links to Bluesky stays a news feed."""
    news = (
        b"<rss><channel><link>https://news.example</link><item><guid>https://bsky.app/x</guid></item></channel></rss>"
    )
    assert bluesky_rss.looks_like(news) is None
    assert bluesky_rss.looks_like(b"<html>") is None


def test_a_broken_feed_keeps_whole_entries() -> None:
    """Cut anywhere, nothing but ParseError, and entries before the cut are read."""
    data = FEED.read_bytes()
    for end in range(0, len(data), 31):
        try:
            found = bluesky_rss.parse(data[:end])
        except ParseError:
            continue
        assert found.problems or end > len(data) - 3
    assert bluesky_rss.parse(data[: data.index(b"</item>") + 7]).records


def test_an_entity_bomb_is_not_expanded() -> None:
    """Nested entities are a problem, not a gigabyte."""
    entities = b'<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8)
    )
    data = b"<!DOCTYPE rss [" + entities + b"]>" + FEED.read_bytes().partition(b"?>\n")[2].replace(b"Half", b"&i;")
    found = bluesky_rss.parse(data)
    assert found.problems
    assert sum(len(post.text) for post in found.records) < 1000
