"""Beginnings of words that very many words have: quick, and honest about what is left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store import Store, search_words
from aggregator.store import search as searching
from aggregator.store.connect import index_new

TODAY = dt.date(2026, 11, 22)
#: One piece of coverage each, the oldest first; “lamp” and “lamps” are the most frequent words with “la”.
TEXTS = ("lark path", "lamp gate", "lamps gate", "larder path", "lamp path", "lamps pond", "Latch gate", "pond")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A small archive in which three hits are many, and so are three words."""
    monkeypatch.setattr(searching, "RANKED", 3)
    monkeypatch.setattr(search_words, "FEW_WORDS", 2)
    monkeypatch.setattr(search_words, "MOST_WORDS", 2)
    monkeypatch.setattr(search_words, "RANKED_WORDS", 2)
    with Store(tmp_path / "a.db") as opened:
        with opened.transaction():
            for number, text in enumerate(TEXTS, 1):
                opened.connection.execute(
                    "INSERT INTO coverage (key, kind, text, published_at, text_sha, ingested_at, changed_at) "
                    "VALUES (?, 'thread', ?, ?, 'x', 'x', 'x')",
                    (f"t-{number}", text, f"2026-03-{number:02}T10:00:00Z"),
                )
            index_new(opened.connection, 1)
        yield opened


def found(store: Store, text: str, order: searching.Order = "newest") -> tuple[list[str], bool]:
    result = store.search.find(text, today=TODAY, order=order)
    return [hit.text for hit in result.hits], result.rare_left_out


@pytest.mark.parametrize("order", ["newest", "best"])
def test_a_very_common_beginning_asks_for_the_most_frequent_words(store: Store, order: searching.Order) -> None:
    """Where they alone have more hits than are counted, rarer words are left out, and the result says so."""
    texts, left_out = found(store, "la*", order)
    assert left_out
    assert set(texts) <= {"lamp gate", "lamps gate", "lamp path", "lamps pond"}
    assert order == "best" or texts == ["lamps pond", "lamp path", "lamps gate", "lamp gate"]


def test_a_beginning_with_few_hits_finds_all(store: Store) -> None:
    """Where the most frequent words have few hits, all words count."""
    assert found(store, "la* path") == (["lamp path", "larder path", "lark path"], False)


def test_a_beginning_of_few_words_finds_all(store: Store) -> None:
    """Where few words begin so, all of them count, however many hits they have."""
    assert found(store, "lam*") == (["lamps pond", "lamp path", "lamps gate", "lamp gate"], False)


def test_what_must_not_be_is_looked_for_in_full(store: Store) -> None:
    """A beginning that is excluded excludes its rarest word."""
    assert found(store, "-la*") == (["pond"], False)
    assert found(store, "gate -la*") == ([], False)


def test_capitals_do_not_matter(store: Store) -> None:
    """A beginning in capitals is the same beginning."""
    assert found(store, "LA*") == found(store, "la*")


def test_facets_count_the_same_hits(store: Store) -> None:
    """What the page offers is counted over the hits that it shows."""
    kinds = store.search.facets("la*", today=TODAY)["kind"]
    assert sum(count for _, _, count in kinds) == 3


def test_hits_are_marked(store: Store) -> None:
    """The words that were found are marked as they stand."""
    hit = store.search.find("la*", today=TODAY).hits[0]
    assert [piece.text for piece in hit.snippet if piece.marked] == ["lamps"]
