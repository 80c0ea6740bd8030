"""Searches with very many hits take shorter ways, which must find the same."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store import Store
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
                "VALUES (?, 'thread', ?, 'ada.example', ?, 'x', 'x', 'x')",
                (f"t-{number}", text, f"{day}T10:00:00Z" if number % 50 else None),
            )
        index_new(opened.connection, 1)
        yield opened


@pytest.mark.parametrize(
    "text",
    ["bench", "lamp", "gate", "bench lamp", "bench OR gate", "bench -lamp", "bench date:2026-03", "-gate", "be*"],
)
@pytest.mark.parametrize("limit", [1, 7, 40])
def test_common_searches_find_the_newest(store: Store, monkeypatch: pytest.MonkeyPatch, text: str, limit: int) -> None:
    """The newest hits are the same whether all hits were looked at or the newest coverage alone."""
    plain = store.search.find(text, today=TODAY, limit=limit)
    monkeypatch.setattr(searching, "RANKED", 4)
    monkeypatch.setattr(searching, "SOONEST", (5, 60))
    quick = store.search.find(text, today=TODAY, limit=limit)
    assert [hit.key for hit in quick.hits] == [hit.key for hit in plain.hits]
    assert quick.next_page == plain.next_page
    assert quick.total == min(plain.total, 4)


def test_pages_of_a_common_search_join(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page after page gives every hit once, in order."""
    every = [hit.key for hit in store.search.each("bench", today=TODAY)]
    monkeypatch.setattr(searching, "RANKED", 4)
    monkeypatch.setattr(searching, "SOONEST", (5, 60))
    found, page = [], None
    while True:
        result = store.search.find("bench", today=TODAY, limit=50, page=page)
        found += [hit.key for hit in result.hits]
        page = result.next_page
        if page is None:
            break
    assert found == every
