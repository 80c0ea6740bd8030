"""The real input files: what a careful reader finds in them. Skipped where they are not beside the checkout.

No sentence of theirs stands here; they are told by counts, shapes and a few words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import pipeline, weeks
from aggregator.config import Config
from aggregator.model import FileReport
from aggregator.render import render
from aggregator.store import Store, exports
from parsers.model import Hint

NAMES = {
    "article-send-admissions.txt": "article-text",
    "bluesky-profile-scrape.txt": "bluesky-scrape",
    "positions-ethics-inclusion-equalities.txt": "positions",
    "positions-inclusion-send.txt": "positions",
    "positions-leadership-governance.txt": "positions",
}


@pytest.fixture(scope="module")
def seeds(shared: Path) -> Path:
    return shared / "seeds"


def take_in(store: Store, seeds: Path, names: list[str]) -> list[FileReport]:
    inputs = pipeline.find_inputs([str(seeds / name) for name in names])
    reports = list(pipeline.ingest(store, inputs, Config(), Hint()))
    pipeline.refresh(store, Config())
    return reports


@pytest.fixture(scope="module")
def store(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("real") / "real.db") as opened:
        reports = take_in(opened, seeds, list(NAMES))
        assert {Path(report.name).name: report.format for report in reports} == NAMES
        assert not any(report.error for report in reports)
        yield opened


def rows(store: Store, name: str) -> list[dict[str, object]]:
    return list(exports.EXPORTS[name](store.connection))


def test_thirty_posts_with_times_and_counts(store: Store) -> None:
    """Each post has its text, minute and four counts; nothing of the damage is left in any text."""
    posts = rows(store, "posts")
    assert len(posts) == 30
    for post in posts:
        assert post["text"] and re.fullmatch(r"2025-\d\d-\d\dT\d\d:\d\d:00Z", str(post["created_at"]))
        assert all(isinstance(post[name], int) for name in ("likes", "reposts", "replies", "quotes"))
        assert not re.search("[βπ⬠\ufffd]", str(post["text"])), post["text"]
    assert max(int(str(post["likes"])) for post in posts) == 96


def test_four_cards_apart_from_the_text(store: Store) -> None:
    """Exactly four posts carry a card, and no card stands in its post's text."""
    cards = [post for post in rows(store, "posts") if post["card_title"]]
    assert len(cards) == 4
    for post in cards:
        assert post["card_description"]
        assert str(post["card_title"]) not in str(post["text"])


def test_one_thread_of_seven(store: Store) -> None:
    """The numbered posts are one thread in reading order, its markers gone; nothing else is joined."""
    threads = rows(store, "threads")
    assert len(threads) == 24
    (thread,) = [thread for thread in threads if thread["parts_found"] != 1]
    assert (thread["parts_found"], thread["complete"], thread["missing"]) == (7, True, [])
    assert not re.search(r"\d/7", str(thread["text"]))
    numbers = {post["id"]: post["part"] for post in rows(store, "posts")}
    assert [numbers[post] for post in thread["posts"]] == [1, 2, 3, 4, 5, 6, 7]  # type: ignore[attr-defined]


def test_bios_are_nowhere(store: Store, seeds: Path) -> None:
    """No line of the trailing bios stands in any table but the raw document's own."""
    lines = (seeds / "bluesky-profile-scrape.txt").read_text(encoding="utf-8").split("\n")
    last = max(place for place, line in enumerate(lines) if re.match(r"\d\d\.\d\d\.\d{4} \d\d:\d\d", line))
    bios = [line for line in lines[last + 1 :] if len(line) > 20]
    assert len(bios) > 15
    for (table,) in store.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table == "document_chunk" or "_fts" in table:  # the raw bytes; an index without a text of its own
            continue
        dump = "\n".join(str(value) for row in store.connection.execute(f"SELECT * FROM {table}") for value in row)
        assert not [line for line in bios if line in dump], table


def test_article_is_whole_and_clean(store: Store) -> None:
    """Headline, section, standfirst once, body from its first sentence to its last, nothing of the page around it."""
    (article,) = rows(store, "articles")
    text = str(article["text"])
    assert re.match(r"[A-Z]{4} head", str(article["headline"]))
    assert article["section"] == "SEND"
    assert str(article["standfirst"]).startswith("While wider reform")
    assert str(article["standfirst"]) not in text
    assert text.startswith("CEOs and school leaders are turning away")
    assert text.endswith("continue with that theme.”")
    for furniture in (
        "Latest education roles",
        "Sponsored",
        "More from this theme",
        "Leave a Reply",
        "Bridget Phillipson\n",
    ):
        assert furniture not in text
    assert (article["published_at"], article["outlet"], article["url"]) == (None, None, None)


def test_statements_are_whole_and_once(store: Store) -> None:
    """33 statements with three sections, about ten older ones; those of two papers once, with both areas."""
    statements = rows(store, "statements")
    headed = [item for item in statements if item["context"] and item["rationale"]]
    assert len(headed) == 33
    assert 9 <= len(statements) - len(headed) <= 12
    assert sum(len(item["areas"]) == 2 for item in statements) == 11  # type: ignore[arg-type]
    titles = [str(item["title"]) for item in statements]
    assert all(10 <= len(title) <= 100 for title in titles)
    for item in statements:
        assert not re.search(r"(?i)what is the context\?|why are we (?:are )?saying", str(item["position"]))


@pytest.mark.parametrize("order", [[4, 3, 2, 1, 0], [2, 0, 4, 1, 3]])
def test_order_does_not_matter(store: Store, seeds: Path, tmp_path: Path, order: list[int]) -> None:
    """One file at a time in another order gives the same exports, and again changes nothing."""
    names = list(NAMES)
    with Store(tmp_path / "other.db") as other:
        for place in order:
            take_in(other, seeds, [names[place]])
        for name in ("posts", "threads", "articles", "statements", "links"):
            assert rows(other, name) == rows(store, name), name
        again = take_in(other, seeds, names)
        assert sum(report.changes.new + report.changes.changed for report in again) == 0


def test_small_talk_gets_no_likely_link(store: Store) -> None:
    """Thanks and conference chatter are linked to nothing with confidence."""
    texts = {thread["id"]: str(thread["text"]) for thread in rows(store, "threads")}
    for link in rows(store, "links"):
        text = texts.get(link["coverage_id"], "")
        if re.search(r"(?i)lovely to see|joining offer|you did - apologies|founding mothers", text):
            pytest.fail(f"linked: {text[:80]} → {link['statement_id']} ({link['band']})")


def test_week_of_the_thread_makes_a_digest(store: Store) -> None:
    """The look back on the thread's week shows it whole and names the article that has no date."""
    import datetime as dt

    window = weeks.look_back(dt.date(2025, 9, 1), dt.date(2025, 9, 8), Config())
    text = render(pipeline.compose_digest(store, Config(), window)).text
    assert "7 of 7" in text
    assert "No date known" in text
