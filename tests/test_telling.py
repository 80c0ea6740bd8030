"""What staff say of an article on its page: it is kept whatever sources bring, and can be taken back."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make import ARTICLE
from test_told_later import CHANGED, NOW, PAGE, brought, columns, take

from aggregator import explain, issues, pipeline
from aggregator.config import Config
from aggregator.store import Store
from aggregator.store.people import Person
from aggregator.store.telling import OtherArticleError, Saved
from aggregator.times import utc
from parsers.model import Article, Hint, paragraphs

PLACES = ("Marl", "Penwick", "Ashcombe", "Nether Dale", "Saltby", "Fenmarsh", "Oxcot", "Birling")
ROSA = Person(id=1, name="Rosa", role="reviewer", session="7", one_key=True)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    with Store(tmp_path / "a.db") as store:
        yield store


def row(store: Store) -> Any:
    (key,) = store.connection.execute("SELECT key FROM coverage").fetchone()
    return store.reading.coverage(key)


def say(store: Store, hush: bool = False, **fields: Any) -> Saved:
    """A form with some fields changed."""
    found = row(store)
    now = store.telling.current(found["id"])
    saved = store.telling.save(
        found, {**now, **fields}, hush=hush, seen=store.telling.mark(now), who=ROSA, now=utc(NOW) or ""
    )
    assert saved is not None
    return saved


def read(store: Store, path: Path, html: str) -> None:
    from aggregator.inputs import Input

    path.write_text(html, encoding="utf-8")
    list(pipeline.ingest(store, [Input(name=path.name, path=path)], Config(), Hint()))


def page(headline: str, *texts: str, url: str = PAGE) -> Article:
    return Article(headline=headline, url=url, outlet="A source", blocks=paragraphs([text * 12 for text in texts]))


def test_what_is_said_counts_and_is_logged(store: Store, tmp_path: Path) -> None:
    """Day, outlet and address are applied, one line of the log says what was there before, and nothing is missing."""
    take(store, tmp_path, Hint())
    found = row(store)
    assert store.telling.missing([found["id"]]) == {found["id"]: ("date", "outlet", "url")}
    saved = say(store, outlet="The Park Post", date="2025-03-14", url=PAGE)
    assert columns(store) == ("The Park Post", "2025-03-14", PAGE)
    assert store.telling.missing([found["id"]]) == {}
    (event,) = store.review.history(coverage=saved.key)
    assert (event["who"], event["before"]) == ("Rosa", "outlet: nothing; date: nothing; address: nothing")
    assert event["after"] == f"outlet: The Park Post; date: 2025-03-14; address: {PAGE}"
    assert say(store).act is None


def test_readings_of_the_article_leave_it(store: Store, tmp_path: Path) -> None:
    """An edited page, and the same file read anew, bring their text and leave what a person gave."""
    brought(store, PAGE, page("Benches vanish from city parks", "The first wording of it. "))
    say(store, headline="Benches gone", outlet="The Park Post", byline=("Ida Brook",), date="2025-03-14T08:30:00Z")
    edited = page("Benches vanish from parks", "A later and longer wording of the whole story. ", "More of it. ")
    assert brought(store, f"{PAGE}#2", edited) == CHANGED
    article = store.articles.get(row(store)["id"])
    assert article is not None
    assert (article.headline, article.outlet, article.bylines) == ("Benches gone", "The Park Post", ("Ida Brook",))
    assert "A later and longer wording" in article.text
    assert [version["headline"] for version in store.articles.versions(row(store)["id"])] == [
        "Benches vanish from city parks",
        "Benches vanish from parks",
    ]
    for document_id in store.documents.ids():
        pipeline.reread(store, Config(), document_id, store.runs.start("reprocess", "2026-11-20T09:00:00Z"))
    again = store.articles.get(row(store)["id"])
    assert again is not None
    assert (again.headline, again.outlet) == ("Benches gone", "The Park Post")


def test_a_headline_given_hides_no_other_reading(store: Store, tmp_path: Path) -> None:
    """A paste with a headline of a person's own is still recognised when its text comes again, as no new version."""
    take(store, tmp_path, Hint())
    say(store, headline="A headline of ours")
    assert len(store.articles.versions(row(store)["id"])) == 1
    (tmp_path / "sub").mkdir()
    read(store, tmp_path / "sub" / "again.txt", ARTICLE + "\n")
    assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 1
    assert row(store)["headline"] == "A headline of ours"


def test_taken_back_the_sources_count_again(store: Store, tmp_path: Path) -> None:
    """Undo brings back what stood before; an emptied field goes back to its source, as that reads by then."""
    brought(store, PAGE, page("Benches vanish from city parks", "The first wording of it. "))
    first = say(store, outlet="The Park Post")
    second = say(store, outlet="The Park Times")
    assert second.act is not None and first.act is not None
    store.telling.undo(second.act, who=ROSA, now="2026-11-20T09:00:00Z")
    assert columns(store)[0] == "The Park Post"
    renamed = page("Benches vanish from city parks", "The first wording of it. ", "And then some more. ")
    brought(store, f"{PAGE}#2", Article(**{n: getattr(renamed, n) for n in ("headline", "url", "blocks")}, outlet="B"))
    say(store, outlet=None)
    assert columns(store)[0] == "B"


def test_undo_only_of_what_still_stands(store: Store, tmp_path: Path) -> None:
    """What was said anew since cannot be taken back from under it, nor a thing twice."""
    take(store, tmp_path, Hint())
    first = say(store, outlet="The Park Post")
    say(store, outlet="The Park Times")
    assert first.act is not None
    assert store.telling.said(first.act, "Rosa") is None
    with pytest.raises(Exception, match="was changed again since"):
        store.telling.undo(first.act, who=ROSA, now="2026-11-20T09:00:00Z")
    assert columns(store)[0] == "The Park Times"


def test_the_later_word_stands(store: Store, tmp_path: Path) -> None:
    """Options of a later import win over the page, and the page over earlier options."""
    take(store, tmp_path, Hint(outlet="One"))
    say(store, outlet="Two")
    assert columns(store)[0] == "Two"
    assert take(store, tmp_path, Hint(outlet="Three")).changes == CHANGED
    assert columns(store)[0] == "Three"
    say(store, outlet="Four")
    assert take(store, tmp_path, Hint()).changes.changed == 0
    assert columns(store)[0] == "Four"


def test_two_people_never_overwrite_each_other(store: Store, tmp_path: Path) -> None:
    """A form made before somebody else's change writes nothing."""
    take(store, tmp_path, Hint())
    found = row(store)
    now = store.telling.current(found["id"])
    seen = store.telling.mark(now)
    say(store, outlet="The Park Post")
    wanted = {**now, "outlet": "Another"}
    assert store.telling.save(found, wanted, hush=False, seen=seen, who=ROSA, now="2026-11-20T09:00:00Z") is None
    assert columns(store)[0] == "The Park Post"


def test_what_nobody_knows_is_not_asked_for(store: Store, tmp_path: Path) -> None:
    """A piece that has no address leaves the queue once somebody says so, and comes back when that is taken back."""
    take(store, tmp_path, Hint())
    assert store.telling.counts() == {"any": 1, "date": 1, "outlet": 1, "url": 1, "headline": 0}
    saved = say(store, hush=True, outlet="The Park Post", date="2025-03-14")
    assert store.telling.queue(None) == []
    assert store.telling.counts()["any"] == 0
    assert saved.act is not None
    store.telling.undo(saved.act, who=ROSA, now="2026-11-20T09:00:00Z")
    assert store.telling.queue("url") == [row(store)["id"]]


def test_the_address_of_a_stored_piece_makes_them_one(store: Store, tmp_path: Path) -> None:
    """A paste that gets the address of its own page is that article; another article's address is refused."""
    brought(store, PAGE, Article(headline="One bench in five", url=PAGE, stub=True, blocks=paragraphs(["A teaser."])))
    take(store, tmp_path, Hint())
    paste = store.connection.execute("SELECT key FROM coverage WHERE url IS NULL").fetchone()[0]
    found = store.reading.coverage(paste)
    assert found is not None
    now = store.telling.current(found["id"])
    other = page("Swans return to the pond", "Two swans came back. ", url="https://news.example.org/swans")
    brought(store, "https://news.example.org/swans", other)
    wanted = {**now, "url": "https://news.example.org/swans"}
    mark = store.telling.mark(now)
    with pytest.raises(OtherArticleError, match="the address of another article, “Swans return to the pond”"):
        store.telling.save(found, wanted, hush=False, seen=mark, who=ROSA, now="2026-11-20T09:00:00Z")
    assert store.review.history() == []
    wanted = {**now, "url": PAGE, "outlet": "The Park Post"}
    saved = store.telling.save(found, wanted, hush=False, seen=mark, who=ROSA, now="2026-11-20T09:00:00Z")
    assert saved is not None and saved.joined == "One bench in five"
    joined = store.reading.coverage(paste)
    assert joined is not None and joined["key"] == saved.key
    assert (joined["who"], joined["url"]) == ("The Park Post", PAGE)
    assert [event["action"] for event in store.review.history(coverage=saved.key)] == ["edit"]


def test_a_persons_address_wins_over_a_page_s_own(store: Store, tmp_path: Path) -> None:
    """--url beats the canonical link of a saved page, also at first; the page's own address still finds the article."""
    body = "".join(
        f"<p>{f'Sentence {n} of the report on benches in the parks of the city. ' * 4}</p>" for n in range(9)
    )
    canonical = "https://news.example.org/amp/benches"
    html = (
        f'<html><head><title>Benches vanish</title><link rel="canonical" href="{canonical}"></head>'
        f"<body><article><h1>Benches vanish from city parks</h1>{body}</article></body></html>"
    )
    take(store, tmp_path, Hint(url=PAGE), html)
    assert columns(store)[2] == PAGE
    assert brought(store, canonical, page("Benches vanish from city parks", "Another text. ", url=canonical)) == CHANGED
    assert columns(store)[2] == PAGE
    assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 1


def test_one_address_for_several_files_makes_them_not_one(store: Store, tmp_path: Path) -> None:
    """The second file of a folder, taken in under the address of the first, is refused and not merged into it."""
    assert take(store, tmp_path, Hint(url=PAGE)).changes.new == 1
    swans = "Two swans came back to the pond on Monday, said the keeper, who had counted none for nine years.\n"
    other = "Swans return to the pond\n\n" + "\n".join(f"In {place}: {swans}" for place in PLACES)
    report = take(store, tmp_path, Hint(url=PAGE), other)
    assert "is the address of another article, “Benches vanish from city parks”" in str(report.error)
    assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 1
    later = ARTICLE.replace("Benches vanish from city parks", "Benches vanish from parks")
    assert take(store, tmp_path, Hint(url=PAGE), later).error is None
    assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 1


def test_a_slip_in_an_address_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    """Once an address is corrected, or taken back, the page that really has it is an article of its own."""
    brought(store, PAGE, page("Benches vanish from city parks", "The first wording of it. "))
    slip = "https://news.example.org/swans"
    say(store, url=slip)
    say(store, url="https://news.example.org/parks/benches")
    brought(store, slip, page("Swans return to the pond", "Two swans came back. ", url=slip))
    assert brought(store, f"{PAGE}#2", page("Benches vanish from city parks", "A later one. ")) == CHANGED
    urls = [found[0] for found in store.connection.execute("SELECT url FROM coverage ORDER BY id")]
    assert urls == ["https://news.example.org/parks/benches", slip]


def test_explain_says_what_is_missing_and_who_gave_what(store: Store, tmp_path: Path) -> None:
    """The journey of an article names what it misses, the way to give it, and people's words beside the sources'."""
    take(store, tmp_path, Hint())
    told = "\n".join(explain.explain_record(store, row(store)["key"]))
    assert "not known: outlet, date, url" in told
    assert "ingest --outlet NAME --published 2026-11-09 --url https://… text.txt" in told
    say(store, outlet="The Park Post")
    told = "\n".join(explain.explain_record(store, row(store)["key"]))
    assert "outlet given by Rosa, 2026-11-20T09:00:00Z; the sources say nothing" in told


@pytest.mark.parametrize(("day", "comes"), [("2026-11-18", True), ("2026-11-11", True), ("2025-03-14", False)])
def test_a_day_given_puts_it_into_the_right_week(store: Store, tmp_path: Path, day: str, comes: bool) -> None:
    """An undated article waits for the next issue; with a day of late it still does, with an old one it is too old."""
    take(store, tmp_path, Hint())
    window = issues.upcoming(store, Config())
    name = row(store)["key"]
    assert name in pipeline.compose_digest(store, Config(), window).ids
    say(store, date=day)
    assert (name in pipeline.compose_digest(store, Config(), window).ids) is comes
    start = dt.datetime.fromisoformat(f"{day}T00:00:00Z")
    found = store.windows.published(start, start + dt.timedelta(days=1))
    assert [item.id for item in found] == [name]


FORMS = st.fixed_dictionaries(
    {},
    optional={
        "outlet": st.sampled_from([None, "One", "Two"]),
        "headline": st.sampled_from([None, "A headline", "Another headline"]),
        "date": st.sampled_from([None, "2026-11-09", "2026-11-09T08:30:00Z"]),
        "byline": st.sampled_from([None, ("Ida Brook",), ("Ida Brook", "B. Elm")]),
        "url": st.sampled_from([None, "https://news.example.org/a", "https://news.example.org/b"]),
    },
)


@settings(max_examples=15)
@given(st.lists(st.one_of(FORMS, st.integers(1, 3)), max_size=6))
def test_all_taken_back_nothing_is_left(steps: list[Any]) -> None:
    """Forms and readings in any order: each counts at once, and undoing all forms leaves what the sources say."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        first = page("Benches vanish from city parks", "The first wording of it. ")
        brought(store, PAGE, first)
        acts = []
        for n, step in enumerate(steps):
            if isinstance(step, int):
                brought(store, f"{PAGE}#{n}", page("Benches vanish from city parks", f"Wording {step} of it. "))
                assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 1
            else:
                saved = say(store, **step)
                acts += [saved.act] if saved.act else []
                if saved.act:
                    now = store.telling.current(row(store)["id"])
                    assert all(now[field] == value for field, value in step.items() if value is not None)
        for act in reversed(acts):
            store.telling.undo(act, who=ROSA, now="2026-11-20T09:00:00Z")
        left = store.articles.get(row(store)["id"])
        assert left is not None
        assert (left.headline, left.outlet, left.url) == (first.headline, first.outlet, first.url)
        assert (left.published_at, left.bylines) == (None, ())
        assert store.telling.words(row(store)["id"]) == {}
