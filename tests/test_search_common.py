"""Searches with very many hits take shorter ways, which must find the same."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import query as q
from aggregator.query import QueryError
from aggregator.store import Store, search_newest
from aggregator.store import search as searching
from aggregator.store.connect import index_new

TODAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Six hundred pieces of coverage, their days out of order, some without one."""
    path: Path = tmp_path_factory.mktemp("search") / "a.db"
    chance = random.Random(3)
    with Store(path) as opened, opened.transaction():
        for number in range(600):
            day = (dt.date(2026, 1, 1) + dt.timedelta(days=number // 2 + chance.randrange(-40, 40))).isoformat()
            text = " ".join(chance.choices(["bench", "lamp", "path", "pond", "gate"], weights=[9, 5, 3, 2, 1], k=3))
            opened.connection.execute(
                "INSERT INTO coverage (key, kind, text, who, published_at, text_sha, ingested_at, changed_at) "
                "VALUES (?, 'thread', ?, 'ada.example', ?, 'x', '2026-05-01T00:00:00Z', 'x')",
                (f"t-{number}", text, f"{day}T10:00:00Z" if number % 50 else None),
            )
        index_new(opened.connection, 1)
        yield opened


def small(patch: pytest.MonkeyPatch, few: int = 2, scan: int = 60) -> None:
    """What is many in a large archive is many in this one."""
    patch.setattr(search_newest, "FEW", few)
    patch.setattr(search_newest, "SCAN", scan)
    patch.setattr(searching, "MANY", 30)
    patch.setattr(searching, "WIDE", 20)


@pytest.mark.parametrize(
    "text",
    [
        "bench",
        "lamp",
        "gate",
        "bench lamp",
        "bench OR gate",
        "bench -lamp",
        "bench date:2026-03",
        "-gate",
        "be*",
        "lamp since:2026-03",
        "lamp until:2026-05",
    ],
)
@pytest.mark.parametrize("limit", [1, 7, 40])
def test_common_searches_find_the_newest(store: Store, monkeypatch: pytest.MonkeyPatch, text: str, limit: int) -> None:
    """The newest hits are the same whether all hits were looked at or the newest coverage alone."""
    plain = store.search.find(text, today=TODAY, limit=limit)
    monkeypatch.setattr(searching, "RANKED", 4)
    small(monkeypatch)
    quick = store.search.find(text, today=TODAY, limit=limit)
    assert [hit.key for hit in quick.hits] == [hit.key for hit in plain.hits]
    assert quick.next_page == plain.next_page
    assert quick.total == min(plain.total, 4)


def test_pages_of_a_common_search_join(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page after page gives every hit once, in order."""
    every = [hit.key for hit in store.search.each("bench", today=TODAY)]
    monkeypatch.setattr(searching, "RANKED", 4)
    small(monkeypatch)
    found, page = [], None
    while True:
        result = store.search.find("bench", today=TODAY, limit=50, page=page)
        found += [hit.key for hit in result.hits]
        page = result.next_page
        if page is None:
            break
    assert found == every


def test_a_backlog_that_came_in_last_hides_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the latest rows are of the oldest days, the first page and the following ones are still the newest."""
    small(monkeypatch)
    monkeypatch.setattr(searching, "RANKED", 4)
    with Store(tmp_path / "a.db") as opened, opened.transaction():
        for number in range(300):
            year = 2026 if number < 150 else 2019
            opened.connection.execute(
                "INSERT INTO coverage (key, kind, text, published_at, text_sha, ingested_at, changed_at) "
                "VALUES (?, 'thread', 'bench', ?, 'x', 'x', 'x')",
                (f"t-{number}", f"{year}-{number % 12 + 1:02}-{number % 28 + 1:02}T10:00:00Z"),
            )
        index_new(opened.connection, 1)
        every = [hit.key for hit in opened.search.each("bench", today=TODAY)]
        found, page = [], None
        for _ in range(300 // 3):
            result = opened.search.find("bench", today=TODAY, limit=3, page=page)
            found += [hit.key for hit in result.hits]
            page = result.next_page
    assert found == every


def test_a_search_that_is_repeated_finds_what_came_in_meanwhile(tmp_path: Path) -> None:
    """What a search found is kept for its facets, until anybody writes."""
    with Store(tmp_path / "a.db") as one, Store(tmp_path / "a.db") as other:
        for number, writer in enumerate((one, other, one), 1):
            with writer.transaction():
                writer.connection.execute(
                    "INSERT INTO coverage (key, kind, text, text_sha, ingested_at, changed_at) "
                    "VALUES (?, 'thread', 'bench', 'x', 'x', 'x')",
                    (f"t-{number}",),
                )
                index_new(writer.connection, number)
            assert one.search.find("bench", today=TODAY).total == number
            assert sum(n for _, _, n in one.search.facets("bench", today=TODAY)["kind"]) == number


# ------------------------------------------------------------------ what words mean together

_WORDS = st.sampled_from(["bench", "lamp", "path", "pond", "gate", "be*", "la*", "tram", '"bench lamp"', "kind:post"])
_SEARCHES = st.recursive(
    _WORDS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(" ".join).map("({})".format)
        | st.lists(inner, min_size=1, max_size=3).map(" OR ".join).map("({})".format)
        | inner.map("NOT {}".format)
    ),
    max_leaves=8,
)


def holds(text: str, search: q.Node) -> bool:
    """Whether a text is what a search asks for, worked out word by word."""
    words = text.split()
    match search:
        case q.Text(words=asked, prefix=prefix):
            parts = re.findall(r"\w+", asked)
            places = range(len(words) - len(parts) + 1) if parts else ()
            return any(
                all(
                    word.startswith(part) if prefix and part is parts[-1] else word == part
                    for word, part in zip(words[place:], parts, strict=False)
                )
                for place in places
            )
        case q.Not(item=item):
            return not holds(text, item)
        case q.And(items=items):
            return all(holds(text, item) for item in items)
        case q.Or(items=items):
            return any(holds(text, item) for item in items)
    return True


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_SEARCHES, few=st.booleans(), order=st.sampled_from(["newest", "best"]))
def test_words_mean_together_what_they_mean_alone(store: Store, text: str, few: bool, order: searching.Order) -> None:
    """However words are joined, excluded and bracketed: exactly the coverage that fits, on every way to it."""
    tree = q.parse(text, TODAY)
    rows = store.connection.execute("SELECT key, text FROM coverage").fetchall()
    expected = {row["key"] for row in rows if holds(row["text"], tree)}
    assert {hit.key for hit in store.search.each(text, today=TODAY)} == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "RANKED", 4 if few else 5000)
        small(patch)
        found = store.search.find(text, today=TODAY, order=order, limit=700)
        facets = store.search.facets(text, today=TODAY)
    assert found.total == min(len(expected), searching.RANKED if not few else 4)
    if order == "newest" or not few:
        shown = {hit.key for hit in found.hits}
        assert shown == expected
    assert sum(n for _, _, n in facets["kind"]) == found.total


@pytest.mark.parametrize("text", ["gate OR (date:2026-03 -lamp)", "pond OR missing:date OR is:post", "tram OR is:post"])
@pytest.mark.parametrize(("ranked", "limit"), [(5000, 7), (100, 50), (20, 20)])
def test_the_best_first_shows_what_holds_no_word_last(
    store: Store, monkeypatch: pytest.MonkeyPatch, text: str, ranked: int, limit: int
) -> None:
    """Alternatives without words have no rank: they follow, newest first, on pages without gaps or doubles."""
    monkeypatch.setattr(searching, "RANKED", ranked)
    found: list[searching.Hit] = []
    page: str | None = None
    while True:
        result = store.search.find(text, today=TODAY, order="best", limit=limit, page=page)
        found += result.hits
        page = result.next_page
        if page is None:
            break
    keys = [hit.key for hit in found]
    assert len(keys) == len(set(keys)) == result.total
    newest = [hit.key for hit in store.search.each(text, today=TODAY)]
    assert set(keys) <= set(newest)
    held = [text.split()[0] in hit.text for hit in found]
    assert held == sorted(held, reverse=True)
    unranked = [hit.key for hit, holds in zip(found, held, strict=True) if not holds]
    assert unranked or ranked < 5000
    assert unranked == [key for key in newest if key in unranked]


def test_a_search_that_takes_too_long_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its time a search is a message and not a wait; the next one is answered."""
    monkeypatch.setattr(searching, "PATIENCE", -1.0)
    monkeypatch.setattr(searching, "STEPS", 1)
    with pytest.raises(QueryError, match="takes too long"):
        store.search.find("be*", today=TODAY)
    monkeypatch.undo()
    assert store.search.find("be*", today=TODAY).hits
