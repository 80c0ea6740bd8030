"""Properties that few pieces have lead to their rows, which must be exactly those that the condition finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store import Store, search_few
from aggregator.store.connect import index_new
from aggregator.store.search import Search

TODAY = dt.date(2026, 11, 22)
AT = "2026-03-01T10:00:00Z"
ASKED = (
    "is:article", "is:linked", "is:unlinked", "is:proposed", "is:confirmed", "is:rejected", "is:likely", "has:quote",
    "has:url", "has:story", "from:ada", "from:gazette", "outlet:gazette", "outlet:ada", "from:nobody", "story:y-1",
    "position:s-1", "position:lamps", "position:lamps is:rejected", "area:parks", "area:parks is:confirmed -is:likely",
    "position:s-1 (is:likely OR is:confirmed)", "from:ada is:linked", "is:linked date:2026-03", "from:ada -has:quote",
)  # fmt: skip


_COVERAGE = f"""
    INSERT INTO coverage (key, kind, headline, text, who, url, published_at, story_id, text_sha, ingested_at, changed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'x', '{AT}', '{AT}')"""
_LINK = f"""
    INSERT INTO link (coverage_id, statement_id, status, statement_version, band, evidence, rule, proposed_at)
    VALUES (?, ?, ?, 1, ?, '{{}}', 'x', '{AT}')"""


def piece(n: int) -> tuple[object, ...]:
    """A piece of coverage that has each property in a rhythm of its own."""
    return (
        f"k-{n}",
        "thread" if n % 3 else "article",
        None if n % 6 else f"Headline {n}",
        "bench and lamp" if n % 2 else "bench",
        (None, "ada.example", "Gazette", "Ada Gazette")[n % 4],
        None if n % 5 else f"https://news.example/{n}",
        f"2026-03-{n % 28 + 1:02}T10:00:00Z" if n % 7 else None,
        None if n % 9 else 1,
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Forty pieces of coverage, two positions, links of all states."""
    path: Path = tmp_path_factory.mktemp("few") / "a.db"
    with Store(path) as opened, opened.transaction():
        db = opened.connection
        db.execute("INSERT INTO story (id, key) VALUES (1, 'y-1')")
        db.executemany(_COVERAGE, [piece(n) for n in range(1, 41)])
        db.executemany(
            "INSERT INTO statement (id, key, title, position, first_seen_at, ordinal) VALUES (?, ?, ?, 'x', ?, 1)",
            [(1, "s-1", "Benches", AT), (2, "s-2", "Lamps at night", AT)],
        )
        db.executemany("INSERT INTO statement_area VALUES (?, ?)", [(1, "Parks"), (2, "Parks"), (2, "Streets")])
        states = ("proposed", "confirmed", "rejected", "added")
        links = [(n, n % 2 + 1, states[n % 4], ("likely", "possible")[n % 3 % 2]) for n in range(1, 41) if n % 5]
        db.executemany(_LINK, links)
        quotes = [(n, n) for n in range(2, 41, 8)]
        db.executemany(
            "INSERT INTO quote (coverage_id, speaker, quote, reason, n) VALUES (?, 'A', 'q', 'named', ?)", quotes
        )
        index_new(db, 1)
        yield opened


@pytest.mark.parametrize("text", ASKED)
@pytest.mark.parametrize("words", ["", "bench ", "lamp ", "-lamp "])
@pytest.mark.parametrize("most", [0, 6, 20_000])
def test_rows_of_a_property_are_what_its_condition_finds(
    store: Store, monkeypatch: pytest.MonkeyPatch, text: str, words: str, most: int
) -> None:
    """Whether a property is looked up or asked of each hit, the same is found, in the same order."""
    every = [hit.key for hit in store.search.each(words + text, today=TODAY)]
    monkeypatch.setattr(search_few, "FEW", most)
    found = Search(store.connection).find(words + text, today=TODAY, limit=100)
    assert [hit.key for hit in found.hits] == every
    assert found.total == len(every)


def test_very_many_people_are_not_looked_through(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are more people than can be looked through for a part of a name, each hit is asked."""
    expected = [hit.key for hit in store.search.each("bench from:ada", today=TODAY)]
    monkeypatch.setattr(search_few, "PEOPLE", 1)
    found = Search(store.connection).find("bench from:ada", today=TODAY, limit=100)
    assert expected
    assert [hit.key for hit in found.hits] == expected
