"""Whatever comes in: nothing but known errors, records that can be stored, and time that grows with the size only.

`FUZZ_EXAMPLES=20000 python -m pytest tests/test_fuzz.py` looks longer; `bench/fuzz.py` looks by coverage.
"""

from __future__ import annotations

import datetime as dt
import os
import tracemalloc
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make import ARTICLE, MONDAY, PAPER
from measure import grows_more, seconds
from mutate import BITS, MAIL, mutated, samples

import parsers
from aggregator import config, neutral, pipeline, query
from aggregator.errors import ConfigError
from aggregator.query import QueryError
from aggregator.store import Store, exports
from parsers import mojibake
from parsers.detect import FORMATS
from parsers.errors import ParseError
from parsers.model import Hint, ParseResult

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
NUMBERS = st.integers(0, 2**48)
KINDS = st.sampled_from([None, *FORMATS])


def looks(examples: int) -> settings:
    """So many examples, or as many as asked for."""
    return settings(max_examples=EXAMPLES or examples, deadline=None)


def read(data: bytes, kind: str | None) -> ParseResult | None:
    """What a document gives, None where it is refused; the refusal and all records can be written as UTF-8."""
    try:
        result = parsers.parse(data, Hint(kind=kind, timezone="Europe/London"))
    except ParseError as exc:
        assert str(exc).encode()
        return None
    msgspec.json.encode((result.records, result.problems, result.notes))
    return result


@looks(250)
@given(NUMBERS, KINDS)
def test_damaged_documents(number: int, kind: str | None) -> None:
    """A document of any kind, damaged in any way and taken for any kind, is read or refused."""
    read(mutated(number)[1], kind)


@looks(150)
@given(st.binary(max_size=2000) | st.lists(st.sampled_from(BITS), max_size=40).map(b" ".join), KINDS)
def test_bytes_without_sense(data: bytes, kind: str | None) -> None:
    """Random bytes and random syntax are read or refused, whatever they are said to be."""
    read(data, kind)


@looks(60)
@given(NUMBERS)
def test_reading_twice_gives_the_same(number: int) -> None:
    """A parser keeps nothing from the document before."""
    data = mutated(number)[1]
    assert read(data, None) == read(data, None)


#: What broke a reader once: documents and what they were taken for.
HALVES = b"<rss><channel><item><guid>at://did:plc:x/app.bsky.feed.post/3k</guid><pubDate>\xed\xa0\x80</pubDate></item></channel></rss>"
FOUND = ((b"\x00\x00\xfe\xff", "feed"), (HALVES, "bluesky-rss"), (HALVES, "feed"))


@pytest.mark.parametrize(("data", "kind"), FOUND)
def test_what_broke_a_reader_once(data: bytes, kind: str) -> None:
    """A mark of byte order and nothing else; halves of characters in a profile's feed."""
    read(data, kind)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("fuzz") / "a.db") as opened:
        yield opened


@looks(60)
@given(st.data())
def test_damaged_documents_are_stored_or_refused(store: Store, data: st.DataObject) -> None:
    """Whatever the parsers make of a damaged document, the archive takes it, and stays sound."""
    numbers = data.draw(st.lists(NUMBERS, min_size=1, max_size=3))
    folder = store.path.parent
    inputs = []
    for place, number in enumerate(numbers):
        path = folder / f"{place}.txt"
        path.write_bytes(mutated(number)[1])
        inputs.append(pipeline.Input(name=path.name, path=path))
    kind = data.draw(KINDS)
    reports = list(pipeline.ingest(store, inputs, config.Config(), Hint(kind=kind)))
    assert len(reports) == len(inputs)


def test_the_archive_of_all_that_is_sound(store: Store) -> None:
    """After all that was thrown at it, the archive passes its checks, links, and exports."""
    pipeline.refresh(store, config.Config())
    assert [finding for finding in store.care.check() if not finding.ok] == []
    for rows in exports.EXPORTS.values():
        for row in rows(store.connection):
            msgspec.json.encode(row)


# ------------------------------------------------------------------ what people write

_SYNTAX = ["(", ")", '"', "“", "-", "*", "OR", "NOT", "AND", "date:", "P2W", "is:", "proposed", "week:2026-W46", "outlet:",
           "2026-11-31", "9999", "0000-00", "..", "\0", "\ud800", "C++", "NEAR(", "^", "{a b}", "ü", "a", "position:x"]  # fmt: skip
SEARCHES = st.text(max_size=60) | st.lists(st.sampled_from(_SYNTAX), max_size=14).flatmap(
    lambda words: st.sampled_from(["", " "]).map(lambda glue: glue.join(words))
)


@looks(400)
@given(SEARCHES)
def test_searches(store: Store, text: str) -> None:
    """A search finds, or is explained with the place where it goes wrong; never an error of the database."""
    try:
        result = store.search.find(text, today=dt.date(2026, 11, 22), order="best" if len(text) % 2 else "newest")
    except QueryError as exc:
        assert 0 <= exc.place <= max(len(text), query.MAX_LENGTH)
        assert str(exc)
    else:
        assert len(result.hits) <= 50


VALUES = st.recursive(
    st.one_of(st.text(max_size=12), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.floats(allow_nan=False)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def toml(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" for c in value if not 0xD800 <= ord(c) <= 0xDFFF) + '"'
    return repr(value)


_TABLES = sorted({field.name for field in msgspec.structs.fields(config.Config)})
_KEYS = sorted({name for table in config.Config.__struct_fields__ for name in dir(getattr(config.Config(), table))
                if not name.startswith("_")})  # fmt: skip


@looks(300)
@given(st.sampled_from(_TABLES), st.sampled_from(_KEYS) | st.text("abc_", min_size=1, max_size=6), VALUES)
def test_settings(tmp_path_factory: pytest.TempPathFactory, table: str, key: str, value: object) -> None:
    """Any value under any key is taken, or refused by a message that names the file."""
    path = tmp_path_factory.getbasetemp() / "fuzz.toml"
    path.write_text(f"[{table}]\n{key} = {toml(value)}\n", encoding="utf-8")
    try:
        config.load(path)
    except ConfigError as exc:
        assert "fuzz.toml" in str(exc)


@looks(200)
@given(st.binary(max_size=300))
def test_settings_that_are_no_toml(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """A settings file of random bytes is refused by a message."""
    path = tmp_path_factory.getbasetemp() / "bytes.toml"
    path.write_bytes(data)
    try:
        config.load(path)
    except ConfigError as exc:
        assert "bytes.toml" in str(exc)


@looks(400)
@given(st.text(st.characters() | st.characters(categories=["Cs", "Cf", "Cc", "Mn"]), max_size=80))
def test_neutral_text(text: str) -> None:
    """Neutralised text can be written, hides and steers nothing, and is its own neutral form."""
    plain = neutral.neutral(text)
    plain.encode()
    assert neutral.neutral(plain) == plain
    assert not set(plain) & set("\0\x1b\u202e\u2066\u200b\ufeff")
    assert "\n" not in neutral.isolated(text)


@looks(300)
@given(st.text(max_size=40) | st.text("ht:ps/.@[]%0aé?#", max_size=20).map("http://".__add__))
def test_urls_for_people(text: str) -> None:
    """Any text as a url is shown with its host, or not at all."""
    safe, host = neutral.link_url(text), neutral.host(text)
    assert safe is None or safe == text
    assert host is None or safe


# ------------------------------------------------------------------ time and memory

#: Beginnings that make the rest count as a document of the kind.
HEADS = {
    "bluesky-json": b"",
    "bluesky-csv": b"uri,text,created_at\n",
    "bluesky-rss": b'<?xml version="1.0"?><rss version="2.0"><channel><link>https://bsky.app/profile/a.example</link>',
    "bluesky-scrape": b"",
    "feed": b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>',
    "article-html": b"<html><body><article><h1>T</h1>",
    "article-text": ARTICLE.encode(),
    "mail": MAIL,
    "positions": PAPER.encode(),
}
#: What is repeated: the units of each format, and what regular expressions and trees stumble over.
UNITS = {
    "letters": "a", "spaces": " ", "questions": "don?t ", "mojibake": "â€™ Ã© ", "brackets": "[{(", "tags": "<div><p>",
    "tables": "<table><tr><td>", "entities": "&amp;#x41;", "urls": "https://a.example/b?c=d ", "dots": "a.",
    "lines": "The council said that it would pay for it.\n", "quotes": '"a,“', "numbers": "x 1/9\n", "comments": "<!--",
    "posts": "x 1/\n09.11.2026 09:00 — 👍 1 🔁 1 💬 1 📌 1\n", "sections": "What is the context?\nWhy are we saying this?\n",
    "items": "<item><title>A b</title><link>https://a.example/1</link><description>c d</description></item>",
    "rows": '{"uri":"at://did:plc:x/app.bsky.feed.post/3k","text":"a 1/3","createdAt":"2026-01-01T00:00:00Z"}\n',
}  # fmt: skip
#: Four times the work takes four times the time, sixteen times where it grows with the square; the slack is for noise.
LINEAR = 9
SIZE = 8_000


def grown(kind: str, unit: str, size: int) -> bytes:
    """A document of about `size` bytes."""
    piece = UNITS[unit].encode()
    return HEADS[kind] + piece * (size // len(piece) + 1)


@pytest.mark.parametrize("kind", HEADS)
def test_time_grows_with_the_size(kind: str) -> None:
    """Four times as much of anything takes no more than a few times as long."""
    for unit in UNITS:
        small, large = grown(kind, unit, SIZE), grown(kind, unit, 4 * SIZE)
        found = grows_more(LINEAR, lambda s=small: read(s, kind), lambda s=large: read(s, kind))  # type: ignore[misc]
        assert found is None, f"{kind}, {unit}: {found}"


@pytest.mark.parametrize("kind", HEADS)
def test_memory_grows_with_the_size(kind: str) -> None:
    """Reading takes a bounded multiple of the document's size."""
    for unit in ("lines", "tags", "posts", "rows", "items"):
        data = grown(kind, unit, 2 * SIZE)
        read(data[:1000], kind)  # tables and modules are loaded once
        tracemalloc.start()
        try:
            read(data, kind)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 250 * len(data) + 4_000_000, f"{unit}: {peak / len(data):.0f} bytes for each byte"


def test_repair_time_grows_with_the_size() -> None:
    """Text repair takes time in proportion, whatever the damage."""
    for unit in UNITS.values():
        small, large = unit * (SIZE // len(unit)), unit * (4 * SIZE // len(unit))
        found = grows_more(LINEAR, lambda s=small: mojibake.repair(s), lambda s=large: mojibake.repair(s))  # type: ignore[misc]
        assert found is None, f"{unit}: {found}"


def test_searches_do_not_explode() -> None:
    """The longest search there can be is read at once."""
    for piece in ("(", "-", '"', "a OR ", "date:", "NOT ", "((a) "):
        text = piece * (query.MAX_LENGTH // len(piece))

        def attempt(text: str = text) -> None:
            try:
                query.parse(text, MONDAY.date())
            except QueryError:
                return

        assert seconds(attempt) < 0.5


def test_the_samples_are_of_every_kind() -> None:
    """The damage is done to documents of every kind, each of which is read."""
    formats = {result.format for _, data in samples() if (result := read(data, None))}
    assert formats == set(FORMATS)
