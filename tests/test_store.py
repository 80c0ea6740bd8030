"""The archive: everything once, best reading wins, names stay, nothing acknowledged is lost."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest
from make import MONDAY, counts, post

from aggregator import identity, pipeline
from aggregator.errors import StoreError, StoreVersionError
from aggregator.model import LinkProposal
from aggregator.store import Store, exports, names
from aggregator.store.connect import Error, rows
from parsers.model import Article, Card, Hint, Post, Statement, paragraphs


def save(
    store: Store, *posts: Post, name: str = "scrape.txt", as_of: str = "2026-11-10T00:00:00Z"
) -> tuple[int, int, int]:
    """Store posts as one document and stitch; gives new, changed, unchanged."""
    data = repr((name, posts)).encode()
    with store.transaction():
        document = store.documents.add(data, name=name, hint=Hint(), received_at="2026-11-10T00:00:00Z")
        changes, touched = store.posts.save(posts, document_id=document, as_of=as_of)
        pipeline.stitch(store, touched)
    return changes.new, changes.changed, changes.unchanged


def exported(store: Store, name: str) -> list[dict[str, object]]:
    return list(exports.EXPORTS[name](store.connection))


SCRAPED = post("We counted 900 benches – see example.org/benches-in... today", counts=counts(3))
EXPORTED = post(
    "We counted 900 benches – see https://example.org/benches-in-parks today",
    text_raw="We counted 900 benches – see example.org/benches-in... today",
    uri="at://did:plc:aaa/app.bsky.feed.post/3k1",
    author="ida.example",
    minute_only=False,
    created_at=MONDAY.replace(second=17),
    counts=counts(9),
)


def test_same_post_from_scrape_and_export_is_one(store: Store) -> None:
    """An export upgrades a scraped post in place: at-URI, author, exact time, full url; the name stays."""
    save(store, SCRAPED)
    name = exported(store, "posts")[0]["id"]
    assert save(store, EXPORTED, name="repo.car", as_of="2026-11-12T00:00:00Z") == (0, 1, 0)
    (row,) = exported(store, "posts")
    assert row["id"] == name
    assert (row["author"], row["created_at"], row["likes"]) == ("ida.example", "2026-11-09T09:00:17Z", 9)
    assert "benches-in-parks" in str(row["text"])


def test_scrape_never_lowers_an_export(store: Store) -> None:
    """A scrape that comes later brings its counts and nothing else."""
    save(store, EXPORTED, name="repo.car", as_of="2026-11-10T00:00:00Z")
    save(store, SCRAPED, as_of="2026-11-11T00:00:00Z")
    (row,) = exported(store, "posts")
    assert (row["uri"], row["likes"]) == (EXPORTED.uri, 3)
    assert "benches-in-parks" in str(row["text"])


def test_counts_only_move_to_newer_readings(store: Store) -> None:
    """An older reading that arrives late is kept as history and does not become the count."""
    save(store, SCRAPED, name="new.txt", as_of="2026-11-20T00:00:00Z")
    older = msgspec.structs.replace(SCRAPED, counts=counts(1))
    assert save(store, older, name="old.txt", as_of="2026-11-10T00:00:00Z") == (0, 1, 0)
    assert exported(store, "posts")[0]["likes"] == 3
    (post_id,) = next(iter(store.connection.execute("SELECT id FROM post")))
    assert [reading["likes"] for reading in store.posts.readings(post_id)] == [1, 3]


def test_same_words_by_two_people_are_two_posts(store: Store) -> None:
    """Two at-URIs are two posts, though text and minute agree."""
    one = post("Good morning from the park", uri="at://did:plc:a/app.bsky.feed.post/1")
    two = post("Good morning from the park", uri="at://did:plc:b/app.bsky.feed.post/2")
    assert save(store, one, two) == (2, 0, 0)
    assert len({row["id"] for row in exported(store, "posts")}) == 2
    assert save(store, two, one, name="again") == (0, 0, 2)


def test_damage_does_not_change_identity() -> None:
    """A damaged and a sound copy of a post have one name."""
    sound = post("Don’t look away – “it’s £5” 😂 café")
    damaged = post("Donβt look away β βitβs Β£5β π cafΓ©")
    assert identity.post_fold(sound) == identity.post_fold(damaged)


NOW = "2026-11-10T00:00:00Z"
PARTS = [post(f"Part {n} of our thoughts on park benches and more. {n}/4", minutes=n) for n in range(1, 5)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_thread_is_the_same_whatever_the_order_of_its_files(store: Store, order: tuple[int, ...]) -> None:
    """Parts that come one file at a time make the thread that they make together."""
    for place in order:
        save(store, PARTS[place], name=f"file{place}")
    (thread,) = exported(store, "threads")
    assert thread["parts_found"] == 4
    assert thread["complete"] is True
    assert thread["id"] == identity.thread_key(identity.post_fold(PARTS[0]))
    rows_left = rows(store.connection, "SELECT count(*) FROM coverage")[0][0]
    assert rows_left == 1


def test_what_hung_on_a_joined_thread_moves_along(store: Store) -> None:
    """A decision on a part that came alone stays when the part joins its thread."""
    statement = Statement(id="s-1", title="Benches", position="Benches for all")
    save(store, PARTS[1], name="two")
    with store.transaction():
        document = store.documents.add(b"paper", name="paper", hint=Hint(), received_at="2026-11-10T00:00:00Z")
        store.statements.save([statement], document_id=document, now="2026-11-10T00:00:00Z")
    coverage = rows(store.connection, "SELECT id FROM coverage")[0][0]
    store.links.decide(coverage, "s-1", "add", who="ada", now="2026-11-10T00:00:00Z")
    save(store, PARTS[0], PARTS[2], PARTS[3], name="rest")
    (link,) = exported(store, "links")
    assert (link["status"], link["coverage_id"]) == ("added", exported(store, "threads")[0]["id"])


def test_decision_survives_when_both_threads_had_the_pair(store: Store) -> None:
    """Two threads with one proposal each become one: what a person decided on either stays, with its log."""
    ends = [
        post("We walked the towpath by night and counted the lamps.", uri="at://did:plc:a/app.bsky.feed.post/1",
             author_did="did:plc:a"),
        post("And the last lamp stands alone at the lock, by the way.", 4, uri="at://did:plc:a/app.bsky.feed.post/3",
             author_did="did:plc:a", reply_parent="at://did:plc:a/app.bsky.feed.post/2",
             reply_root="at://did:plc:a/app.bsky.feed.post/1"),
    ]  # fmt: skip
    middle = post(
        "Half of them were broken, the other half too bright.", 2, uri="at://did:plc:a/app.bsky.feed.post/2",
        author_did="did:plc:a", reply_parent="at://did:plc:a/app.bsky.feed.post/1",
        reply_root="at://did:plc:a/app.bsky.feed.post/1",
    )  # fmt: skip
    save(store, *ends, name="ends")
    with store.transaction():
        document = store.documents.add(b"paper", name="paper", hint=Hint(), received_at="x")
        store.statements.save([Statement(id="s-1", title="T", position="P")], document_id=document, now=NOW)
    first, last = (row[0] for row in rows(store.connection, "SELECT thread_id FROM post ORDER BY created_at"))
    pieces = store.links.pieces([first, last])
    store.links.propose([(piece, [proposal("s-1")]) for piece in pieces], rule="r", mark="m", now=NOW)
    store.links.decide(last, "s-1", "reject", who="ada", now=NOW)
    old_names = [row["id"] for row in exported(store, "threads")]
    save(store, middle, name="middle")
    (thread,) = exported(store, "threads")
    (link,) = exported(store, "links")
    assert (thread["parts_found"], link["status"]) == (3, "rejected")
    assert [row["who"] for row in rows(store.connection, "SELECT who FROM link_event")] == ["ada"]
    found = {names.find(store.connection, str(name)) for name in [*old_names, thread["id"]]}
    assert len(found) == 1 and None not in found


def proposal(statement_id: str, score: float = 0.8) -> LinkProposal:
    return LinkProposal(
        statement_id=statement_id, score=score, margin=3.0, band="likely", their_sentence="t", our_sentence="o",
        terms=(), reason="because",
    )  # fmt: skip


def propose(store: Store, *proposals: LinkProposal) -> None:
    """Give these proposals to the first piece of coverage."""
    (piece, *_) = store.links.pieces([row["id"] for row in rows(store.connection, "SELECT id FROM coverage")])
    store.links.propose([(piece, proposals)], rule="r", mark="m", now=NOW)


def test_proposing_again_never_touches_a_decision(store: Store) -> None:
    """Confirmed and rejected links outlive the linker's change of mind; open proposals do not."""
    save(store, PARTS[0])
    statements = [Statement(id=f"s-{n}", title=f"T{n}", position=f"P{n}") for n in range(3)]
    with store.transaction():
        document = store.documents.add(b"paper", name="paper", hint=Hint(), received_at="x")
        store.statements.save(statements, document_id=document, now="x")
    coverage = rows(store.connection, "SELECT id FROM coverage")[0][0]
    propose(store, *(proposal(s.id) for s in statements))
    store.links.decide(coverage, "s-0", "confirm", who="ada", now=NOW)
    store.links.decide(coverage, "s-1", "reject", who="ada", now=NOW)
    propose(store)
    assert {row["statement_id"]: row["status"] for row in exported(store, "links")} == {
        "s-0": "confirmed",
        "s-1": "rejected",
    }
    assert [decision.status for decision in store.links.decisions()] == ["confirmed", "rejected"]


def test_decision_log_is_append_only(store: Store) -> None:
    """No statement can rewrite what a person decided."""
    test_proposing_again_never_touches_a_decision(store)
    with pytest.raises(Error, match="append-only"):
        store.connection.execute("UPDATE link_event SET who = 'eve'")


def article(text: str, **fields: object) -> Article:
    return Article(headline="Benches vanish", blocks=paragraphs(text.split("|")), **fields)  # type: ignore[arg-type]


def save_article(store: Store, item: Article, name: str) -> str:
    with store.transaction():
        document = store.documents.add(name.encode(), name=name, hint=Hint(), received_at="x")
        changes = store.articles.save_all([item], document_id=document, now="2026-11-10T00:00:00Z")
    (state,) = (state for state in ("new", "changed", "unchanged") if getattr(changes, state))
    return state


def test_article_is_kept_once_with_versions(store: Store) -> None:
    """The same url is one article; a new wording is a version; an old wording that comes back changes nothing."""
    url = "https://news.example/benches"
    assert save_article(store, article("One.|Two.", url=url), "a") == "new"
    assert save_article(store, article("One.|Two.", url=url), "b") == "unchanged"
    assert save_article(store, article("One.|Two and three.", url=url), "c") == "changed"
    assert save_article(store, article("One.|Two.", url=url), "d") == "unchanged"
    (row,) = exported(store, "articles")
    assert row["text"] == "One.\n\nTwo and three."
    assert [v["version"] for v in store.articles.versions(1)] == [1, 2]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_readings_of_one_article_agree_in_any_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Page, paste and teaser of one article give the same record and name in any order, and settle."""
    url, title = "https://news.example/benches", "Benches vanish from every city park"
    readings = [
        Article(headline=title, blocks=paragraphs(["One.", "Two."]), url=url, outlet="The Path", extractor="page"),
        Article(headline=title, blocks=paragraphs(["One", "Two"]), extractor="pasted text"),
        Article(headline=title, blocks=paragraphs(["One, in short."]), url=url, stub=True, guid="g", extractor="feed"),
    ]
    with Store(tmp_path / "a.db") as store:
        for place in order:
            save_article(store, readings[place], f"document {place}")
        first = exported(store, "articles")
        for _ in range(2):
            for place in (2, 0, 1):
                assert save_article(store, readings[place], f"document {place}") == "unchanged"
        assert exported(store, "articles") == first
    (row,) = first
    assert (row["text"], row["outlet"], row["source"]) == ("One.\n\nTwo.", "The Path", "document 0")
    assert row["id"] == identity.article_key(readings[0])


def test_old_words_of_an_edited_article_still_mean_it(store: Store) -> None:
    """A paste of the words that a feed has replaced since is no new article and no clash of names."""
    old, newer = "The council counted its benches.", "The council counted its benches twice."
    assert save_article(store, article(old, guid="g1"), "feed 1") == "new"
    assert save_article(store, article(newer, guid="g1"), "feed 2") == "changed"
    save_article(store, article(old), "paste")
    assert len(exported(store, "articles")) == 1


def test_agency_copy_in_two_outlets_is_two_articles(store: Store) -> None:
    """The same words under two addresses are two pieces of coverage; grouping them is the story's work."""
    for name in ("courier", "mercury"):
        item = article("One.|Two.", url=f"https://{name}.example/x", outlet=name)
        assert save_article(store, item, name) == "new"
    assert {row["outlet"] for row in exported(store, "articles")} == {"courier", "mercury"}


def test_page_replaces_the_feed_entry_and_paste_joins_it(store: Store) -> None:
    """A teaser from a feed becomes the article when the page comes; a paste without url finds it by its text."""
    url = "https://news.example/benches"
    save_article(store, article("Teaser.", url=url, stub=True, guid="g", outlet="The Path"), "feed")
    assert save_article(store, article("One.|Two.", url=url), "page") == "changed"
    assert save_article(store, article("One.|Two."), "paste") == "unchanged"
    (row,) = exported(store, "articles")
    assert (row["outlet"], row["text"]) == ("The Path", "One.\n\nTwo.")
    assert save_article(store, article("Teaser.", url=url, stub=True), "feed again") == "unchanged"


def test_paste_and_feed_entry_with_one_headline_are_one(store: Store) -> None:
    """A paste without url and the teaser of a feed join by a telling headline; two whole articles never do."""
    title = "Benches vanish from all city parks"
    paste = Article(headline=title, blocks=paragraphs(["Whole text.", "More of it."]))
    entry = Article(
        headline=title, blocks=paragraphs(["Teaser."]), stub=True, url="https://n.example/1", outlet="The Path"
    )
    other = Article(headline=title, blocks=paragraphs(["Another paper's own report."]), url="https://m.example/2")
    assert save_article(store, paste, "paste") == "new"
    assert save_article(store, entry, "feed") == "changed"
    assert save_article(store, other, "page") == "new"
    rows_found = {row["url"]: row for row in exported(store, "articles")}
    assert rows_found["https://n.example/1"]["text"] == "Whole text.\n\nMore of it."


def test_statement_of_two_papers_is_one_with_both_areas(store: Store) -> None:
    """A statement that stands in two papers is stored once; another area is no change of it."""
    first = Statement(id="s-1", title="T", position="P", areas=("Parks",))
    second = Statement(id="s-1", title="T", position="P", areas=("Paths",))
    for name, item in (("one", first), ("two", second)):
        with store.transaction():
            document = store.documents.add(name.encode(), name=name, hint=Hint(), received_at="x")
            changes = store.statements.save([item], document_id=document, now="x")
    (row,) = exported(store, "statements")
    assert (row["areas"], row["sources"]) == (["Parks", "Paths"], ["one", "two"])
    assert (changes.changed, changes.shared) == (0, 1)


def test_search_index_follows_every_change(store: Store) -> None:
    """The index agrees with the rows after inserts, updates and deletes."""
    save(store, *PARTS[:2])
    save(store, *PARTS[2:], name="more")
    save_article(store, article("One."), "a")
    store.connection.execute("INSERT INTO coverage_fts(coverage_fts, rank) VALUES ('integrity-check', 1)")
    found = rows(store.connection, "SELECT rowid FROM coverage_fts WHERE coverage_fts MATCH 'benches'")
    assert len(found) == 2


def test_raw_bytes_are_kept(store: Store) -> None:
    """Documents come back byte for byte, larger ones in pieces."""
    data = bytes(range(256)) * 9000
    document = store.documents.add(data, name="x", hint=Hint(), received_at="x")
    assert store.documents.read(document) == data
    assert store.documents.add(data, name="y", hint=Hint(), received_at="y") == document


def test_failed_transaction_leaves_nothing(store: Store) -> None:
    """An error inside a transaction undoes all of it."""
    with pytest.raises(ValueError, match="stop"), store.transaction():
        save(store, *PARTS)
        raise ValueError("stop")
    assert exported(store, "posts") == []


def test_lone_surrogates_are_storable(store: Store) -> None:
    """Text that is no Unicode is stored with replacement characters, not refused."""
    save(store, post("broken \ud83d text that is long enough", card=Card(title="half \udc00")))
    assert "?" in str(exported(store, "posts")[0]["text"]) or "�" in str(exported(store, "posts")[0]["text"])


# ------------------------------------------------------------------ opening


def test_database_from_the_future_is_refused(tmp_path: Path) -> None:
    """A newer version's archive is not touched."""
    path = tmp_path / "new.db"
    Store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('cuttings', 'later', 'x')"
        )
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StoreVersionError, match="newer Cuttings"):
        Store(path)
    assert path.read_bytes() == before


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Neither a text file nor another program's database is taken for an archive."""
    text = tmp_path / "a.txt"
    text.write_text("no database at all, but long enough to be looked at " * 10)
    with pytest.raises(StoreError, match="not a database"):
        Store(text)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    before = other.read_bytes()
    with pytest.raises(StoreError, match="not one of Cuttings"):
        Store(other)
    assert other.read_bytes() == before


def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    """A second opening finds the schema as it is; a copy of the file opens too."""
    path = tmp_path / "a.db"
    for _ in range(2):
        with Store(path) as opened:
            applied = rows(opened.connection, "SELECT name FROM _sqlite_migrations")
    assert len(applied) == len({row["name"] for row in applied})
    shutil.copy(path, tmp_path / "b.db")
    Store(tmp_path / "b.db").close()


def test_uploads_that_nobody_decides_on_are_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that were only looked at go after many newer ones, so that their bytes do not pile up."""
    monkeypatch.setattr("aggregator.store.uploads.KEPT", 3)
    for n in range(8):
        store.uploads.add(b"x", name=f"{n}.txt", who="Ada", now="2026-11-09T08:00:00Z", hint=Hint())
    assert [row["name"] for row in store.uploads.recent()] == ["7.txt", "6.txt", "5.txt"]
