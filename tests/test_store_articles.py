"""Articles of one document together: the archive holds what it would hold had each come alone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.store import Store
from parsers.model import Article, Hint, paragraphs

NOW = "2026-11-10T00:00:00Z"
TABLES = ("coverage", "article", "article_version", "coverage_document", "article_address")

ARTICLES = st.builds(
    lambda headline, url, guid, text, stub: Article(
        headline=headline, url=url, guid=guid, blocks=paragraphs(text), outlet="Marl Times", stub=stub
    ),
    st.sampled_from([None, "Benches vanish", "Benches vanish from every city park"]),
    st.sampled_from([None, *(f"https://marl.example/{number}" for number in range(4))]),
    st.sampled_from([None, "g1", "g2"]),
    st.sampled_from([(), ("One.",), ("One.", "Two."), ("Three.",), ("Vier für Ärger",)]),
    st.booleans(),
)


def stored(empty: bytes, batches: list[list[Article]], together: bool) -> dict[str, list[tuple[Any, ...]]]:
    """All rows after these documents, taken in together or one by one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        path.write_bytes(empty)
        return rows(path, batches, together)


def rows(path: Path, batches: list[list[Article]], together: bool) -> dict[str, list[tuple[Any, ...]]]:
    with Store(path) as store:
        for number, batch in enumerate(batches):
            with store.transaction():
                name = f"document {number}"
                document = store.documents.add(name.encode(), name=name, hint=Hint(), received_at=NOW)
                for some in [batch] if together else [[article] for article in batch]:
                    store.articles.save_all(some, document_id=document, now=NOW)
        store.connection.execute("INSERT INTO coverage_fts(coverage_fts) VALUES ('integrity-check')")
        return {
            table: [tuple(row) for row in store.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]
            for table in TABLES
        }


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(ARTICLES, max_size=8), min_size=1, max_size=3))
def test_together_or_one_by_one_gives_the_same_rows(empty: bytes, batches: list[list[Article]]) -> None:
    """Every name in common, within a document or with the archive, leads to the same merges and versions."""
    assert stored(empty, batches, together=True) == stored(empty, batches, together=False)


def test_a_feed_says_what_it_brought(tmp_path: Path) -> None:
    """New, changed and unchanged entries are counted."""
    with Store(tmp_path / "a.db") as store, store.transaction():
        ids = [store.documents.add(name.encode(), name=name, hint=Hint(), received_at=NOW) for name in ("one", "two")]
        first = [Article(url=f"https://marl.example/{n}", blocks=paragraphs([f"Text {n}."])) for n in range(50)]
        second = [*first[:30], Article(url="https://marl.example/31", blocks=paragraphs(["Another text."]))]
        brought = store.articles.save_all(first, document_id=ids[0], now=NOW)
        assert (brought.new, brought.changed, brought.unchanged) == (50, 0, 0)
        again = store.articles.save_all(second, document_id=ids[1], now=NOW)
        assert (again.new, again.changed, again.unchanged) == (0, 1, 30)
        found = store.connection.execute("SELECT count(*) FROM coverage_fts WHERE coverage_fts MATCH 'text'")
        assert found.fetchone()[0] == 50
