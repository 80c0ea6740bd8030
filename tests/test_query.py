"""The search language: what each form finds, what a slip says, and that nothing typed can break it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make import ARTICLE, PAPER, post

from aggregator import pipeline
from aggregator.config import Config
from aggregator.query import And, Field, Not, Or, QueryError, Span, Text, parse
from aggregator.store import Store
from parsers.model import Hint

TODAY = dt.date(2026, 11, 22)


def word(text: str) -> Text:
    return Text(words=text)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And(items=())),
        ("bench", word("bench")),
        ("park bench", And(items=(word("park"), word("bench")))),
        ('"park bench"', word("park bench")),
        ("“park bench”", word("park bench")),
        ("ben*", Text(words="ben", prefix=True)),
        ("a OR b c", Or(items=(word("a"), And(items=(word("b"), word("c")))))),
        ("(a OR b) c", And(items=(Or(items=(word("a"), word("b"))), word("c")))),
        ("-a", Not(item=word("a"))),
        ("NOT (a b)", Not(item=And(items=(word("a"), word("b"))))),
        ("-from:minister", Not(item=Field(name="from", value="minister"))),
        ("author:Ada", Field(name="from", value="Ada")),
        ("By:Ada", Field(name="from", value="Ada")),
        ('outlet:"The Path"', Field(name="outlet", value="The Path")),
        ("is:Proposed", Field(name="is", value="proposed")),
        ("a AND b", And(items=(word("a"), word("b")))),
        ("https://news.example/x", word("news.example/x")),
        ("a - b", And(items=(word("a"), word("b")))),
        ("C++ O'Brien", And(items=(word("C++"), word("O'Brien")))),
        ("date:2026-11-09", Span(from_day=dt.date(2026, 11, 9), until_day=dt.date(2026, 11, 10))),
        ("date:2026-02", Span(from_day=dt.date(2026, 2, 1), until_day=dt.date(2026, 3, 1))),
        ("date:2026-11-02..2026-11-15", Span(from_day=dt.date(2026, 11, 2), until_day=dt.date(2026, 11, 16))),
        ("since:2026-11", Span(from_day=dt.date(2026, 11, 1), until_day=dt.date.max)),
        ("until:2026-10", Span(from_day=dt.date.min, until_day=dt.date(2026, 11, 1))),
        ("after:2026-11-09", Span(from_day=dt.date(2026, 11, 10), until_day=dt.date.max)),
        ("after:2026-10", Span(from_day=dt.date(2026, 11, 1), until_day=dt.date.max)),
        ("before:2026-11-09", Span(from_day=dt.date.min, until_day=dt.date(2026, 11, 9))),
        ("before:2026", Span(from_day=dt.date.min, until_day=dt.date(2026, 1, 1))),
        ("before:P2W", Span(from_day=dt.date.min, until_day=dt.date(2026, 11, 8))),
        ("until:P2W", Span(from_day=dt.date.min, until_day=dt.date(2026, 11, 9))),
        ("after:P2W", Span(from_day=dt.date(2026, 11, 9), until_day=dt.date.max)),
        ("since:2026-11-02..", Span(from_day=dt.date(2026, 11, 2), until_day=dt.date.max)),
        ("until:..2026-11-02", Span(from_day=dt.date.min, until_day=dt.date(2026, 11, 3))),
        ("before:today", Span(from_day=dt.date.min, until_day=dt.date(2026, 11, 22))),
        ("since:P2W", Span(from_day=dt.date(2026, 11, 8), until_day=dt.date(2026, 11, 23))),
        ("date:yesterday..today", Span(from_day=dt.date(2026, 11, 21), until_day=dt.date(2026, 11, 23))),
        ("is:Articles", Field(name="is", value="article")),
        ("date:P2W", Span(from_day=dt.date(2026, 11, 8), until_day=dt.date(2026, 11, 23))),
        ("week:2026-W46", Span(from_day=dt.date(2026, 11, 9), until_day=dt.date(2026, 11, 16))),
    ],
)
def test_reading(text: str, tree: object) -> None:
    """Each form of the language is read as it is meant."""
    assert parse(text, TODAY) == tree


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("(a OR b", 0, "not closed"),
        ('parks "unclosed words', 6, "quotation mark is not closed"),
        ('SEND"', 4, "quotation mark is not closed"),
        ("“unclosed", 0, "quotation mark is not closed"),
        ('outlet:"the post', 7, "quotation mark is not closed"),
        ("free” parks", 4, "closes nothing"),
        ("a) b", 1, "closes nothing"),
        ("outlt:tes", 0, "did you mean “outlet:”"),
        ("colour:red", 0, "known are"),
        ("title:bench", 0, "known are"),
        ("📚", 0, "nothing to look for"),
        ("% ~", 0, "nothing to look for"),
        ('()""', 0, "nothing to look for"),
        ("x before:0001-01-01", 2, "leaves no day"),
        ("x until:2026-11-02..", 2, "write until:2026-11-02, or date:2026-11-02.. or date:..2026-11-02"),
        ("since:..2026-11-02", 0, "write since:2026-11-02, or"),
        ("after:2026-11-02..", 0, "write after:2026-11-02, or"),
        ("before:..2026-11-02", 0, "write before:2026-11-02, or"),
        ("since:..", 0, "two ways"),
        ("x is:propsed", 2, "is: takes"),
        ("from:", 0, "needs a value"),
        ("date:tomorrow", 0, "is no date"),
        ("date:2026-13-01", 0, "is no date"),
        ("date:2026-11-09..2026-11-01", 0, "ends before"),
        ("week:2026-W60", 0, "no week"),
        ("a OR", 2, "both sides"),
        ("NOT", 0, "nothing behind"),
        ("(" * 50 + "a", 20, "too deep"),
        ("a" * 2000, 1000, "at most"),
    ],
)
def test_slips_say_where_and_what(text: str, place: int, says: str) -> None:
    """A slip names its place and what is known, and searches for nothing else instead."""
    with pytest.raises(QueryError, match=says) as caught:
        parse(text, TODAY)
    assert caught.value.place == place


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("search")
    (folder / "paper.txt").write_text(PAPER)
    (folder / "article.txt").write_text(ARTICLE)
    with Store(folder / "a.db") as opened:
        list(pipeline.ingest(opened, pipeline.find_inputs([str(folder / "paper.txt")]), Config(), Hint()))
        hint = Hint(outlet="The Path", published_at=dt.datetime(2026, 11, 9, tzinfo=dt.UTC))
        list(pipeline.ingest(opened, pipeline.find_inputs([str(folder / "article.txt")]), Config(), hint))
        with opened.transaction():
            document = opened.documents.add(b"posts", name="posts", hint=Hint(), received_at="2026-11-10T00:00:00Z")
            posts = [
                post(f"Walked {n} km past a café, no bench anywhere.", n, author="ida.example") for n in range(120)
            ]
            _, touched = opened.posts.save(posts, document_id=document, as_of="2026-11-10T00:00:00Z")
            pipeline.stitch(opened, touched)
        pipeline.refresh(opened, Config())
        yield opened


def total(store: Store, text: str) -> int:
    return store.search.find(text, today=TODAY).total


def test_operators_find_what_they_say(store: Store) -> None:
    """Kinds, people, outlets, dates, links and their opposites."""
    assert total(store, "") == 121
    assert total(store, "is:article") == 1
    assert total(store, "-is:article") == total(store, "is:post") == total(store, "from:ida") == 120
    assert total(store, "outlet:path") == 1
    assert total(store, "cafe bench") == 120
    assert total(store, '"no bench"') == 120
    assert total(store, '"bench no"') == 0
    assert total(store, "walk* -is:post") == 1
    assert total(store, "sponsors OR 77") == 2
    assert total(store, "date:2026-11-10") == 0
    assert total(store, "date:2026-11") == 121
    assert total(store, "by:ida after:2026-11-08") + total(store, "by:ida before:2026-11-09") == 120
    linked = total(store, "is:linked")
    assert linked >= 1
    assert total(store, "is:unlinked") == 121 - linked
    assert total(store, "position:bench") == linked
    assert total(store, "area:parks") == linked


def test_what_has_no_date_stands_where_it_came_in(store: Store) -> None:
    """An article that was just added without a date is the newest, and no day holds it."""
    with store.transaction():
        dated = store.connection.execute("SELECT published_at FROM coverage WHERE kind = 'article'").fetchone()[0]
        store.connection.execute(
            "UPDATE coverage SET published_at = NULL, ingested_at = '2026-12-24T00:00:00Z' WHERE kind = 'article'"
        )
    try:
        assert store.search.find("", today=TODAY, limit=3).hits[0].kind == "article"
        assert total(store, "is:article date:2026-12") == 0
    finally:
        with store.transaction():
            store.connection.execute("UPDATE coverage SET published_at = ? WHERE kind = 'article'", (dated,))


def test_a_lone_post_is_no_thread(store: Store) -> None:
    """Threads have two parts or more, found or missing; whatever stands alone is a post."""
    assert total(store, "is:thread") == 0
    with store.transaction():
        lone = store.connection.execute("SELECT coverage_id FROM thread ORDER BY coverage_id LIMIT 2").fetchall()
        store.connection.execute("UPDATE thread SET parts_found = 2 WHERE coverage_id = ?", (lone[0][0],))
        store.connection.execute("UPDATE thread SET expected = 3 WHERE coverage_id = ?", (lone[1][0],))
    assert (total(store, "is:thread"), total(store, "is:post"), total(store, "is:thread OR is:article")) == (2, 118, 3)
    kinds = store.search.facets("", today=TODAY)["kind"]
    assert kinds == [("is:post", "post", 118), ("is:thread", "thread", 2), ("is:article", "article", 1)]
    with store.transaction():
        store.connection.execute("UPDATE thread SET parts_found = 1, expected = NULL")


def test_pages_hold_every_hit_once(store: Store) -> None:
    """Following pages give all hits, newest first, none twice, in both orders."""
    for order in ("newest", "best"):
        keys: list[str] = []
        page = None
        while True:
            result = store.search.find("bench", today=TODAY, order=order, limit=50, page=page)  # type: ignore[arg-type]
            keys += [hit.key for hit in result.hits]
            page = result.next_page
            if page is None:
                break
        assert len(keys) == len(set(keys)) == 121
    times = [hit.published_at or "" for hit in store.search.each("bench", today=TODAY)]
    assert times == sorted(times, reverse=True)


def test_snippets_mark_the_words(store: Store) -> None:
    """A hit shows the passage with the words marked, as segments and not as markup."""
    (hit,) = store.search.find("sponsors plaque", today=TODAY).hits
    assert [segment.text.lower() for segment in hit.snippet if segment.marked] == ["sponsors", "plaque"]


def test_facets_count_the_hits(store: Store) -> None:
    """Facets say how many hits each choice would leave, as operators that can be added."""
    facets = store.search.facets("bench", today=TODAY)
    assert facets["kind"] == [("is:post", "post", 120), ("is:article", "article", 1)]
    for choices in facets.values():
        for operator, _, count in choices:
            assert total(store, f"bench {operator}") == count


SIGNS = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("\"()*:-^{}+~\0\\'%_;“” ORNOTANDNEAR")), max_size=60
)
PIECES = st.lists(
    st.sampled_from(
        ["(", ")", "OR", "AND", "NOT", "-", '"', "bench", "C++", "O'Brien", "NEAR(a b)", "from:", "is:article", "date:P1D",
         "a*", "*", "^a", "{x}:", "headline:x", "café", "\0", "position:'; DROP TABLE post; --"]),
    max_size=12,
).map(" ".join)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.one_of(SIGNS, PIECES), st.sampled_from(["newest", "best"]), st.one_of(st.none(), st.text(max_size=20)))
def test_nothing_typed_breaks_search(store: Store, text: str, order: str, page: str | None) -> None:
    """Any text is a search or a message; the database never sees a syntax error."""
    try:
        store.search.find(text, today=TODAY, order=order, page=page)  # type: ignore[arg-type]
    except QueryError as error:
        assert str(error)
