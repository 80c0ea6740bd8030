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
from msgspec.structs import replace
from test_told_later import CHANGED, NOW, PAGE, brought, columns, take

from aggregator import explain, issues, pipeline
from aggregator.config import Config
from aggregator.store import Store, article_told
from aggregator.store.people import Person
from aggregator.store.telling import JoinError, OtherArticleError, Saved
from aggregator.times import utc
from parsers.model import Article, Hint, ParseResult, paragraphs

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
    return say_of(store, row(store), hush, **fields)


def say_of(store: Store, found: Any, hush: bool = False, agreed: str | None = None, **fields: Any) -> Saved:
    """A form of one of several articles."""
    now, at = store.telling.current(found["id"]), utc(NOW) or ""
    mark = store.telling.mark(now)
    saved = store.telling.save(found, {**now, **fields}, hush=hush, seen=mark, who=ROSA, now=at, agreed=agreed)
    assert saved is not None
    return saved


def under(store: Store, url: str | None) -> Any:
    """The one article with this address, or the one without any."""
    ((key,),) = store.connection.execute("SELECT key FROM coverage WHERE url IS ?", (url,)).fetchall()
    return store.reading.coverage(key)


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


def test_what_a_source_brings_meanwhile_is_there_when_all_is_taken_back(store: Store) -> None:
    """An outlet that a feed brings while no word stands is not forgotten behind a word that an undo brings back."""
    brought(store, PAGE, page("Benches vanish from city parks", "The first wording of it. "))
    say(store, outlet="Typed")
    back = say(store, outlet=None)
    brought(store, f"{PAGE}#2", replace(page("Benches vanish", "A later wording of it. "), outlet="B"))
    assert back.act is not None and columns(store)[0] == "B"
    store.telling.undo(back.act, who=ROSA, now="2026-11-20T09:00:00Z")
    assert columns(store)[0] == "Typed"
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
    other = page("Swans return to the pond", "Two swans came back. ", url="https://news.example.org/swans")
    brought(store, "https://news.example.org/swans", other)
    with pytest.raises(OtherArticleError, match="the address of another article, “Swans return to the pond”"):
        say_of(store, found, url="https://news.example.org/swans")
    with pytest.raises(JoinError) as asked:
        say_of(store, found, url=PAGE)
    assert store.review.history() == []
    saved = say_of(store, found, agreed=asked.value.key, url=PAGE, outlet="The Park Post")
    assert saved.joined == "One bench in five"
    joined = store.reading.coverage(paste)
    assert joined is not None and joined["key"] == saved.key
    assert (joined["who"], joined["url"]) == ("The Park Post", PAGE)
    (event,) = store.review.history(coverage=saved.key)
    assert (event["action"], event["note"]) == ("edit", "one article with “One bench in five” from now on")


TEASER = Article(
    headline="One bench in five", url=PAGE, outlet="A feed", stub=True, guid="g1", published_at=NOW,
    blocks=paragraphs(["Walkers have lost one bench in five."]),
)  # fmt: skip
WHOLE = Article(
    headline="Benches vanish from city parks", bylines=("Ida Brook",),
    blocks=paragraphs(["Walkers in the parks have lost one bench in five, a count says. " * 12, "More to come. " * 9]),
)  # fmt: skip


@pytest.mark.parametrize("whole_has_it", [False, True])
def test_one_of_two_keeps_the_whole_text(store: Store, whole_has_it: bool) -> None:
    """Teaser or whole text, whichever of the two gets the other's address: text, author, day and feed stay."""
    held, other = (replace(WHOLE, url=PAGE), replace(TEASER, url=None)) if whole_has_it else (TEASER, WHOLE)
    brought(store, "https://news.example.org/1", held)
    brought(store, "https://news.example.org/2", other)
    saved = say_of(store, under(store, None), agreed=under(store, PAGE)["key"], url=PAGE)
    assert saved.joined == held.headline
    article = store.articles.get(row(store)["id"])
    assert article is not None and article.text == WHOLE.text and not article.stub
    assert (article.headline, article.bylines, article.outlet) == (WHOLE.headline, WHOLE.bylines, "A feed")
    assert (article.guid, article.published_at, article.url) == ("g1", NOW, PAGE)
    (version,) = store.articles.versions(row(store)["id"])
    assert version["text"] == WHOLE.text


def test_earlier_wordings_of_both_stay(store: Store) -> None:
    """Two whole texts that become one keep all their versions in order; the one in force is the last."""
    texts = ["Walkers in the parks have lost one bench in five, a count says. " * 9 + end for end in "abcd"]
    elsewhere = "https://mirror.example.org/benches"
    for n, (url, text) in enumerate(zip((PAGE, PAGE, elsewhere, elsewhere), texts, strict=True)):
        brought(store, f"https://news.example.org/{n}", replace(WHOLE, url=url, blocks=paragraphs([text])))
    say_of(store, under(store, PAGE), agreed=under(store, elsewhere)["key"], url=elsewhere)
    versions = store.articles.versions(row(store)["id"])
    assert sorted(version["text"] for version in versions) == texts
    article = store.articles.get(row(store)["id"])
    assert article is not None and versions[-1]["text"] == article.text
    assert [version["version"] for version in versions] == [1, 2, 3, 4] and row(store)["article_version"] == 4
    # Its old address still leads to it.
    brought(store, f"{PAGE}#again", replace(WHOLE, blocks=paragraphs([texts[0]]), url=PAGE))
    assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 1


@pytest.mark.parametrize("stub_first", [False, True])
def test_a_teaser_of_something_else_is_another_article(store: Store, stub_first: bool) -> None:
    """A slip in the address that hits a teaser on another matter is refused, and both articles stay as they were."""
    other = replace(TEASER, headline="Teachers win pay rise", blocks=paragraphs(["A rise of five per cent for all."]))
    held, found = (other, WHOLE) if stub_first else (replace(WHOLE, url=PAGE), replace(other, url=None))
    brought(store, "https://news.example.org/1", held)
    brought(store, "https://news.example.org/2", found)
    before = store.connection.execute("SELECT * FROM coverage").fetchall()
    with pytest.raises(OtherArticleError, match="the address of another article"):
        say_of(store, under(store, None), agreed=under(store, PAGE)["key"], url=PAGE)
    assert store.connection.execute("SELECT * FROM coverage").fetchall() == before


def test_what_nobody_knew_of_the_one_the_other_says(store: Store) -> None:
    """“Nobody knows” of a paste hides no day and no outlet of the feed that it becomes one with."""
    brought(store, "https://news.example.org/1", TEASER)
    brought(store, "https://news.example.org/2", WHOLE)
    say_of(store, under(store, None), hush=True)
    say_of(store, under(store, None), hush=True, agreed=under(store, PAGE)["key"], url=PAGE)
    article = store.articles.get(row(store)["id"])
    assert article is not None and (article.outlet, article.published_at) == ("A feed", NOW)


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

READINGS = st.builds(
    Article,
    headline=st.sampled_from(["Benches vanish from city parks", "Benches vanish from city parks, a count says"]),
    outlet=st.sampled_from([None, "A feed", "A page"]),
    bylines=st.sampled_from([(), ("Ida Brook",)]),
    published_at=st.sampled_from([None, NOW]),
    guid=st.sampled_from([None, "g1"]),
    stub=st.booleans(),
    blocks=st.sampled_from(
        [paragraphs(["Benches vanish from the parks. " * times + end]) for times in (1, 30, 31) for end in ("", "So.")]
    ),
)


@settings(max_examples=25)
@given(READINGS, READINGS, FORMS, st.booleans())
def test_of_two_that_become_one_nothing_is_lost(one: Article, two: Article, form: dict[str, Any], hush: bool) -> None:
    """Whatever the two have and people said: each word stands, no blank that either fills, no wording gone."""
    form = {field: value for field, value in form.items() if field != "url"}
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        stored = [replace(one, url=PAGE), replace(two, url="https://mirror.example.org/benches")]
        for article in stored:
            brought(store, str(article.url), article)
        if store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] != len(stored):
            return
        said = say_of(store, under(store, stored[1].url), hush, **form)
        saved = say_of(store, store.reading.coverage(said.key), agreed=under(store, PAGE)["key"], url=PAGE)
        left, texts = row(store), {article.text for article in stored if not article.stub}
        assert left["key"] == saved.key
        article = store.articles.get(left["id"])
        assert article is not None and article.text in (texts or {two.text, one.text})
        assert texts <= {version["text"] for version in store.articles.versions(left["id"])}
        now = store.telling.current(left["id"])
        for field, value in now.items():
            known = form.get(field) or any(article_told.value_of(article, field) for article in stored)
            assert bool(value) == bool(known) or (field in form and form[field] is None)
            assert not form.get(field) or value == form[field]


@pytest.mark.parametrize("bulk", [False, True])
def test_a_corrected_headline_hides_no_teaser(store: Store, bulk: bool) -> None:
    """A feed's teaser under the headline that the paste came with is that article, whatever staff call it."""
    brought(store, "https://news.example.org/1", WHOLE)
    say(store, headline="Benches gone")
    teaser = replace(TEASER, headline=WHOLE.headline)
    others = [replace(TEASER, headline=f"Matter {n}", url=f"{PAGE}/{n}", guid=None) for n in range(3)] if bulk else []
    result = ParseResult(format="rss", records=(*others, teaser))
    pipeline.take_in(store, "https://news.example.org/feed", b"feed", result, Hint(), 1)
    assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 1 + len(others)
    found = under(store, PAGE)
    assert (found["headline"], found["who"], found["text"]) == ("Benches gone", "A feed", WHOLE.text)


def test_an_address_given_with_a_slip_hides_no_reading_of_its_site(store: Store) -> None:
    """The same words at a like address of that site are the article, later edits too; on another site a copy of it."""
    brought(store, "https://news.example.org/1", WHOLE)
    say(store, url=f"{PAGE}?amp=1")
    brought(store, "https://news.example.org/feed", replace(WHOLE, url=PAGE, outlet="A feed"))
    assert (row(store)["url"], row(store)["who"]) == (f"{PAGE}?amp=1", "A feed")
    edited = replace(WHOLE, url=PAGE, headline="Benches", blocks=paragraphs(["Another wording altogether. " * 20]))
    assert brought(store, PAGE, edited) == CHANGED
    brought(store, "https://mirror.example.com/1", replace(WHOLE, url="https://mirror.example.com/1"))
    urls = [found[0] for found in store.connection.execute("SELECT url FROM coverage ORDER BY id")]
    assert urls == [f"{PAGE}?amp=1", "https://mirror.example.com/1"]


def test_what_became_one_stays_one_when_it_is_read_anew(store: Store, tmp_path: Path) -> None:
    """The file of a paste that became one with a page is that article when it is read anew, or comes with a blank."""
    take(store, tmp_path, Hint())
    lines = [line for line in ARTICLE.split("\n\n")[1:] if line]
    held = Article(headline="Parks lose benches", url=PAGE, blocks=paragraphs([*lines, "Only the page has this. " * 3]))
    brought(store, PAGE, held)
    say_of(store, under(store, None), agreed=under(store, PAGE)["key"], url=PAGE)
    for document_id in store.documents.ids():
        pipeline.reread(store, Config(), document_id, store.runs.start("reprocess", "2026-11-20T09:00:00Z"))
    take(store, tmp_path, Hint(), ARTICLE + "\n\n")
    assert row(store)["headline"] == "Parks lose benches"
    assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 1


def test_the_page_at_an_address_that_was_a_slip_is_another_article(store: Store, tmp_path: Path) -> None:
    """An import corrects the address of an earlier one: what really is at the first one takes nothing of the article."""
    slip = "https://news.example.org/swans"
    take(store, tmp_path, Hint(url=slip))
    take(store, tmp_path, Hint(url=PAGE))
    old = row(store)["key"]
    brought(store, slip, page("Swans return to the pond", "Two swans came back to it. ", url=slip))
    assert "said Ida Brook" in under(store, PAGE)["text"] and "Two swans" in under(store, slip)["text"]
    assert store.reading.coverage(old) is not None
    brought(store, f"{slip}#2", page("Swans return to the pond", "Three swans came back to it. ", url=slip))
    assert take(store, tmp_path, Hint(url=PAGE)).changes.new == 0
    assert store.connection.execute("SELECT count(*) FROM coverage").fetchone()[0] == 2


def test_a_later_import_of_other_bytes_wins_too(store: Store, tmp_path: Path) -> None:
    """What is said with another file of the same article is the later word; an older file read anew says nothing."""
    take(store, tmp_path, Hint(outlet="First"))
    say(store, outlet="Page Outlet")
    assert take(store, tmp_path, Hint(outlet="Later Import"), ARTICLE + "\n\n").changes == CHANGED
    assert columns(store)[0] == "Later Import"
    for document_id in store.documents.ids():
        pipeline.reread(store, Config(), document_id, store.runs.start("reprocess", "2026-11-20T09:00:00Z"))
    assert columns(store)[0] == "Later Import"
    say(store, outlet="Page Again")
    assert take(store, tmp_path, Hint(), ARTICLE + "\n\n\n").error is None
    assert columns(store)[0] == "Page Again"
    assert take(store, tmp_path, Hint(outlet="First again")).changes == CHANGED
    assert columns(store)[0] == "First again"
    for document_id in store.documents.ids():
        pipeline.reread(store, Config(), document_id, store.runs.start("reprocess", "2026-11-20T09:00:00Z"))
    assert columns(store)[0] == "First again"


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
