"""Posts of new accounts are stitched before they are stored: the archive is the same as post by post."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bluesky_forms import account, record, repo
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from aggregator import intake_keep, pipeline
from aggregator.intake_read import posts_of, read, unpacked
from aggregator.store import Store, alone, alone_many, alone_rows, neighbours
from aggregator.store.alone_many import Many, Ready, Spool, records_of, stitched
from aggregator.store.alone_rows import MOST, prepare, scope
from aggregator.store.posts import Posts
from parsers.model import Card, Counts, Hint, ParseResult, Post

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
START = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
TABLES = ("post", "coverage", "thread", "post_reading", "stitch_due", "deletion", "coverage_name", "thread_event")
TEXTS = ["Gates matter, and so do ponds. {n}/3", "{n}. Ponds first", "A long day at the weir…", "…and it went on.",
         "Good morning", "Read this: example.org/a{n}", "🧵 What the ponds taught us", "Só é água {n}"]  # fmt: skip


def uri(who: int, number: int) -> str:
    return f"at://did:plc:{who:024}/app.bsky.feed.post/3k{number:011}"


def post(who: int, number: int, minute: int, text: str = "Ponds", **more: Any) -> Post:
    """A post of an account, as an export gives it."""
    made: dict[str, Any] = {"uri": uri(who, number), "author": f"did:plc:{who:024}", "author_did": f"did:plc:{who:024}"}
    moment = START + dt.timedelta(minutes=minute, seconds=number % 60, microseconds=number)
    made |= {"text": text, "text_raw": text, "created_at": moment, "cid": f"b{number}", "position": number}
    return Post(**made | more)


@some.composite
def posts(draw: Any) -> list[Post]:
    """Some posts of one or two accounts: numbered, answering each other, twice, deleted, scraped."""
    found = []
    who = draw(some.integers(1, 4))
    for number in draw(some.lists(some.integers(0, 30), max_size=9, unique=draw(some.booleans()))):
        more: dict[str, Any] = {}
        kind = draw(some.integers(0, 24))
        answered = draw(some.integers(0, 30))
        if kind < 8:
            more |= {"reply_parent": uri(who, answered), "reply_root": uri(who, draw(some.integers(0, 30)))}
        elif kind == 8:
            more |= {"gone": True}
        elif kind == 9:
            more |= {"uri": None, "author": None, "author_did": None, "cid": None, "minute_only": True}
        elif kind == 10:
            more |= {"created_at": None}
        elif kind == 11:
            more |= {"card": Card(title="A weir", url="https://example.org/weir"), "alts": ("A weir at dusk",)}
        elif kind == 12:
            more |= {"reposted_by": "somebody.example", "langs": ("en",)}
        elif kind < 16:
            more |= {"counts": Counts(likes=number, replies=1)}
        elif kind == 16:
            more |= {"author": f"heron{who}.example"}
        minute = draw(some.sampled_from([number, number * 2, number * 700, number * 9000]))
        text = draw(some.sampled_from(TEXTS)).format(n=number % 4 + 1)
        found.append(post(who + (kind == 17), number, minute, text, **more))
    return found


def archive(path: Path, empty: bytes, documents: Sequence[Sequence[Post]]) -> dict[str, list[Any]]:
    """All rows that some documents leave."""
    path.write_bytes(empty)
    with Store(path) as store:
        run = store.runs.start("ingest", "2026-01-01T00:00:00Z")
        for number, found in enumerate(documents):
            result = ParseResult(format="bluesky-json", records=tuple(found))
            intake_keep.take_in(store, f"{number}.json", f"{number}".encode(), result, Hint(), run)
        rows = {name: list(map(tuple, store.connection.execute(f"SELECT * FROM {name}"))) for name in TABLES}
        found_words = "SELECT rowid FROM coverage_fts WHERE coverage_fts MATCH 'ponds' ORDER BY rowid"
        rows["words"] = list(map(tuple, store.connection.execute(found_words)))
        assert [row[0] for row in store.connection.execute("PRAGMA foreign_key_check")] == []
    return rows


def both(folder: Path, empty: bytes, documents: Sequence[Sequence[Post]]) -> int:
    """Compare the two ways; gives how many documents went in by themselves."""
    written: list[Ready] = []
    real = alone.write

    def noted(db: Any, posts: Ready, **rest: Any) -> Any:
        written.append(posts)
        return real(db, posts, **rest)

    for file in folder.glob("*.db*"):
        file.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "now", lambda: NOW)
        patch.setattr(alone, "write", noted)
        mine = archive(folder / "alone.db", empty, documents)
        patch.setattr(Posts, "may_be_alone", lambda *_: False)
        count = len(written)
        assert archive(folder / "each.db", empty, documents) == mine
        assert len(written) == count
    return count


@given(documents=some.lists(posts(), max_size=4), crowd=some.sampled_from([0, 3, 4000]))
@settings(max_examples=80, deadline=None)
def test_whatever_comes_the_rows_are_those_of_post_by_post(
    empty: bytes, tmp_path_factory: pytest.TempPathFactory, documents: list[list[Post]], crowd: int
) -> None:
    """Replies, numbers, scrapes, deletions and copies, in any order of documents, few others around or many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "CROWD", crowd)
        patch.setattr(alone, "CROWD", crowd)
        both(tmp_path_factory.mktemp("two"), empty, documents)


@contextlib.contextmanager
def tiny(most: int, packed: int, portion: int) -> Iterator[None]:
    """Few posts are very many, and go in by tiny portions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alone_rows, "MOST", most)
        patch.setattr(alone_many, "MOST_PACKED", packed)
        patch.setattr(alone_many, "PORTION", portion)
        yield


@given(
    documents=some.lists(posts(), max_size=3),
    most=some.integers(1, 3),
    packed=some.sampled_from([6, 100]),
    portion=some.integers(1, 4),
    crowd=some.sampled_from([0, 3, 4000]),
)
@settings(max_examples=80, deadline=None)
def test_very_many_posts_go_in_by_portions_that_do_not_show(
    empty: bytes,
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[list[Post]],
    most: int,
    packed: int,
    portion: int,
    crowd: int,
) -> None:
    """The same where not all rows are held, whatever the portions, and where there are too many for that as well."""
    with pytest.MonkeyPatch.context() as patch, tiny(most, packed, portion):
        patch.setattr(neighbours, "CROWD", crowd)
        patch.setattr(alone, "CROWD", crowd)
        both(tmp_path_factory.mktemp("many"), empty, documents)


THREAD = [post(1, n, n, f"Gates, part {n} of the matter. {n}/3", reply_parent=uri(1, n - 1)) for n in (1, 2, 3)]
OTHERS = [post(2, n, n * 30, f"Heron number {n}") for n in range(9)]


def test_new_accounts_go_in_by_themselves(empty: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first account does, one of other days does, and so does one among very many others."""
    later = [post(3, n, n + 200_000, f"Weir {n}") for n in range(3)]
    assert both(tmp_path, empty, [THREAD, later]) == 2
    monkeypatch.setattr(alone, "CROWD", 5)
    monkeypatch.setattr(neighbours, "CROWD", 5)
    assert both(tmp_path, empty, [OTHERS, THREAD]) == 2


SCRAPED = post(9, 5, 2000, "A scrape", uri=None, author=None, author_did=None, cid=None)
BEFORE = {
    "a few others around": OTHERS,
    "a part in another document": [post(1, 0, -9, "Gates, all of it.")],
    "the account by its handle alone": [post(1, 20, 900_000, "Elsewhere", author_did=None, author="did:plc:" + "1".zfill(24))],
    "a scrape of these days": [SCRAPED],
    "a deletion that waits": [post(1, 2, 0, "", gone=True, created_at=None, cid=None)],
    "a post of the same words and minute": [post(7, 50, 1, THREAD[0].text)],
    "a post of the same at-URI": [post(1, 1, 700_000, "Other words", author=None, author_did=None)],
}  # fmt: skip


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_what_the_archive_can_touch_is_looked_at_post_by_post(empty: bytes, tmp_path: Path, before: list[Post]) -> None:
    """Where anything stored may be one of the posts, or belong to their threads, nothing is taken for granted."""
    alone_before = both(tmp_path, empty, [before])
    assert both(tmp_path, empty, [before, THREAD]) == alone_before


def test_a_thread_by_hand_takes_later_parts(empty: bytes, tmp_path: Path) -> None:
    """What a person joined goes on with a part of a later document, as ever."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "now", lambda: NOW)
        path = tmp_path / "hand.db"
        archive(path, empty, [[post(1, 1, 1, "One"), post(1, 2, 60, "Two")]])
        with Store(path) as store:
            keys = [row["key"] for row in store.connection.execute("SELECT key FROM coverage ORDER BY id")]
            joined = store.threads.join(keys, "ada", "2026-03-03T00:00:00Z")
            answer = ParseResult(format="bluesky-json", records=(post(1, 3, 90, "Three", reply_parent=uri(1, 2)),))
            intake_keep.take_in(store, "later.json", b"later", answer, Hint(), store.runs.start("ingest", "2026"))
            (text,) = store.connection.execute("SELECT text FROM coverage WHERE key = ?", (joined,)).fetchone()
    assert text == "One\n\nTwo\n\nThree"


def test_a_dry_run_leaves_nothing(empty: bytes, tmp_path: Path) -> None:
    """Without a run, posts that go in by themselves are taken back like all others."""
    (tmp_path / "dry.db").write_bytes(empty)
    with Store(tmp_path / "dry.db") as store:
        report = intake_keep.take_in(store, "x", b"x", ParseResult(format="f", records=tuple(THREAD)), Hint(), None)
        assert report.changes.new == 3
        assert store.connection.execute("SELECT count(*) FROM post").fetchone()[0] == 0


# ------------------------------------------------------------------ what is no such document


def test_only_whole_plain_posts_are_prepared() -> None:
    """Posts without author, at-URI or time, deleted ones, copies, and very many of them are left to the other way."""
    assert scope([]) is None
    for change in ({"uri": None}, {"author_did": None}, {"created_at": None}, {"gone": True}):
        assert scope([*THREAD, post(1, 9, 9, **change)]) is None
    assert scope([*THREAD, THREAD[0]]) is None
    assert prepare([post(1, 1, 1), post(1, 2, 1)]) is None
    found = scope(THREAD)
    assert found is not None
    assert found.windows == (("2026-03-02",),)
    assert prepare([post(1, n, n) for n in range(MOST + 1)]) is None


def test_prepared_posts_are_posts_again_where_they_do_not_fit() -> None:
    """What a worker prepared is the same as what it read, to the second."""
    whole = [
        replaced(one) for one in (*THREAD, post(1, 8, 8, "A", counts=Counts(likes=3), labels=("a",), langs=("en",)))
    ]
    ready = prepare(whole)
    assert ready is not None
    assert list(records_of(ready)) == whole


@pytest.mark.parametrize("on_disk", [True, False])
def test_very_many_posts_are_packed_and_come_back(tmp_path: Path, on_disk: bool) -> None:
    """Rows, places and threads of portions are those of the whole, in a file of the archive's folder or in memory."""
    whole = [*map(replaced, THREAD), *map(replaced, OTHERS)]
    ready = prepare(whole)
    assert ready is not None
    with tiny(most=4, packed=12, portion=5):
        many = stitched(iter(whole), spool=partial(Spool, tmp_path) if on_disk else None)
    assert isinstance(many, Many)
    assert (many.scope, many.newest, many.count) == (ready.scope, ready.newest, ready.count)
    assert len(many.posts) == len(many.places) == 3
    assert [tuple(row) for rows, _ in many.post_portions() for row in rows] == list(ready.posts)
    assert [row for _, rows in many.post_portions() for row in rows] == list(ready.counts)
    assert [row for rows, _ in many.thread_portions() for row in rows] == list(ready.coverage)
    assert [row for _, rows in many.thread_portions() for row in rows] == list(ready.threads)
    assert list(records_of(many)) == whole


BREAKS = {
    "a post without author": post(2, 30, 5, author_did=None),
    "a copy": OTHERS[0],
    "the same words in the same minute": post(5, 31, 0, OTHERS[0].text),
    "one more than can be packed": post(2, 32, 9000),
}


@pytest.mark.parametrize("last", BREAKS.values(), ids=BREAKS)
def test_very_many_posts_come_back_where_one_breaks_the_rule(last: Post) -> None:
    """What is seen late gives all posts back, in their order, the unread ones too."""
    whole = [*map(replaced, OTHERS), replaced(last), replaced(post(2, 40, 9))]
    with tiny(most=2, packed=10 if last.uri == uri(2, 32) else 100, portion=4):
        left = stitched(iter(whole))
        assert not isinstance(left, Ready)
        assert list(left) == whole


def test_the_days_of_very_many_posts_are_asked_about_by_those_stitched_together(
    empty: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few others around some of the posts are looked at, although very many stand around all."""
    for module in (alone, neighbours):
        monkeypatch.setattr(module, "CROWD", 6)
    monkeypatch.setattr(alone_rows, "WINDOW", 5)
    monkeypatch.setattr(neighbours, "WINDOW", 5)
    crowd = [post(3, n, n * 3, f"Weir {n}") for n in range(9)]
    few = [post(4, n, 200_000 + n, f"Otter {n}") for n in range(3)]
    years = [post(1, n, n * 30_000, f"Ponds {n}") for n in range(8)]
    with tiny(most=5, packed=100, portion=2):
        assert both(tmp_path, empty, [crowd, years]) == 2
        assert both(tmp_path, empty, [crowd, few, years]) == 2


def replaced(one: Post) -> Post:
    assert one.created_at
    return replace(one, created_at=one.created_at.replace(microsecond=0))


def test_a_worker_prepares_an_export() -> None:
    """An account's export comes back as rows, or as posts where it cannot stand by itself."""
    whole = unpacked(read(repo(account()).file(), Hint(), True))
    assert len(posts_of(whole)) == whole.count > 3  # type: ignore[union-attr, arg-type]
    many = [record("Ponds", 1), record("Ponds", 1)]
    with tiny(most=1, packed=100, portion=2):
        packed = unpacked(read(repo(account()).file(), Hint(), True))
    assert isinstance(packed.alone, Many)  # type: ignore[union-attr]
    assert posts_of(packed) == posts_of(whole)  # type: ignore[arg-type]
    twice = unpacked(read(repo([{**one, "createdAt": "2026-03-02T08:00:00Z"} for one in many]).file(), Hint(), True))
    assert twice.alone is None  # type: ignore[union-attr]
    assert len(posts_of(twice)) == twice.count  # type: ignore[union-attr, arg-type]
