"""One account from many sources: each post once, in any order, in its best reading, in the same threads."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from bluesky_forms import (
    DID,
    HANDLE,
    account,
    author_feed,
    dump,
    jetstream,
    link,
    list_records,
    record,
    ref,
    repo,
    sdk_dump,
    uri,
    view,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from make import ARTICLE, scrape

import parsers
from aggregator import pipeline
from aggregator.config import Config
from aggregator.model import FileReport
from aggregator.store import Store, exports
from parsers.model import Hint


def posts() -> list[dict[str, Any]]:
    """The account's posts, with those that are hard to recognise: short, empty, one minute, other scripts."""
    more = [
        record("Thanks!", 10),
        record("👏👏", 11),
        record("", 12, embed={"$type": "app.bsky.embed.images", "images": [{"alt": "A gate", "image": {}}]}),
        record("日本語だけの投稿", 13),
        record("First of two in this minute, about the gate", 14),
        record("Second of two in this minute, about the pond", 14),
        record("Morning", 15),
        record("Morning", 16),
        record("Read more at heads.example or www.heads.example/policy/a-lon...", 17),
    ]
    linked = more[-1]["text"]
    url = "https://www.heads.example/policy/a-long-reply-on-staffing"
    more[-1]["facets"] = [link(linked, "www.heads.example/policy/a-lon...", url)]
    return [*account(), *more]


def page(records: Iterable[dict[str, Any]], likes: int = 3) -> bytes:
    """A scraped profile page of these posts, newest first; a card's title stands above its post."""
    blocks = []
    for made in records:
        moment = dt.datetime.fromisoformat(made["createdAt"])
        blocks.append((made["text"], moment.strftime("%d.%m.%Y %H:%M"), (likes, 2, 1, 4)))
    return scrape(*blocks[::-1])


def forms() -> dict[str, bytes]:
    """The account in each form."""
    made = posts()
    return {
        "repo.car": repo(made).file(),
        "feed.json": author_feed(made),
        "records.json": list_records(made),
        "sdk.json": sdk_dump(made),
        "events.jsonl": jetstream(made, deleted=(5,)),
        "page.txt": page(post for post in made if post["text"]),
    }


FORMS = forms()


def take(store: Store, names: Iterable[str], files: dict[str, bytes] | None = None, **options: Any) -> list[FileReport]:
    """Ingest files of these names together."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            (Path(folder) / name).write_bytes((files or FORMS)[name])
        inputs = list(pipeline.find_inputs([str(Path(folder) / name) for name in names]))
        return list(pipeline.ingest(store, inputs, Config(), Hint(), **options))


def held(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Posts and threads of an archive."""
    return {name: list(exports.EXPORTS[name](store.connection)) for name in ("posts", "threads")}


def fresh(names: Iterable[str], files: dict[str, bytes] | None = None) -> dict[str, list[dict[str, Any]]]:
    """What an archive holds after these files, one at a time."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        for name in names:
            reports = take(store, [name], files)
            assert not any(report.error for report in reports), reports
        return held(store)


EXPECTED = fresh(FORMS)


@settings(max_examples=12, deadline=None)
@given(st.permutations(sorted(FORMS)))
def test_any_order_of_sources_gives_the_same_archive(order: list[str]) -> None:
    """Names, texts, counts, authors, sources and threads do not depend on which source came first."""
    assert fresh(order) == EXPECTED


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(FORMS)), min_size=2, max_size=4, unique=True).flatmap(
        lambda names: st.tuples(st.just(names), st.permutations(names))
    )
)
def test_any_order_of_some_sources_gives_the_same_archive(orders: tuple[list[str], list[str]]) -> None:
    """Sources that know less than all do not depend on their order either, nor on coming twice."""
    one, two = orders
    assert fresh(one) == fresh([*two, *one[:1]])


@pytest.mark.parametrize("names", [("repo.car",), ("feed.json",), ("sdk.json",), ("records.json",), ("events.jsonl",)])
def test_each_export_alone_gives_the_same_posts_and_threads(names: tuple[str, ...]) -> None:
    """An account is the same from each of its exports: at-URIs, names, texts, threads."""
    found = fresh(names)
    fields = ("id", "uri", "text", "text_raw", "created_at", "thread_id", "part", "total", "reply_parent")
    alone = [{name: post[name] for name in fields} for post in found["posts"]]
    assert alone == [{name: post[name] for name in fields} for post in EXPECTED["posts"]]
    assert [thread["posts"] for thread in found["threads"]] == [thread["posts"] for thread in EXPECTED["threads"]]


def test_every_post_is_there_once() -> None:
    """All sources together give each post once, under its at-URI, with the handle and full urls."""
    made = posts()
    assert len(EXPECTED["posts"]) == len(made)
    assert sorted(post["uri"] for post in EXPECTED["posts"]) == sorted(uri(number) for number in range(len(made)))
    assert {post["author"] for post in EXPECTED["posts"]} == {HANDLE}
    assert any(
        "https://www.heads.example/policy/a-long-reply-on-staffing" in post["text"] for post in EXPECTED["posts"]
    )
    assert all(post["created_at"].endswith(":30Z") for post in EXPECTED["posts"])


def test_scrape_alone_has_the_names_of_the_exports() -> None:
    """A scraped page and an export give a post one name, so that what hangs on it stays when the other comes."""
    scraped = {post["id"] for post in fresh(["page.txt"])["posts"]}
    assert scraped <= {post["id"] for post in EXPECTED["posts"]}


def test_a_card_taken_for_text_does_not_make_a_second_post() -> None:
    """A page whose card was not told from the text is the same post; the export's text wins."""
    text = "Our reply to the consultation on staffing is out now"
    made = [record(text, 4)]
    files = {
        "page.txt": page([{**made[0], "text": f"why heads leave and what would keep them here.\n{text}"}]),
        "repo.car": repo(made).file(),
    }
    both = [fresh(order, files) for order in itertools.permutations(files)]
    assert both[0] == both[1]
    assert [post["text"] for post in both[0]["posts"]] == [text]


def test_deleted_posts_stay_and_say_so(tmp_path: Path) -> None:
    """A deletion marks the post, whether it comes before or after it, and of an unknown post makes nothing."""
    made = account()
    gone = jetstream([], deleted=(4,))
    for order in (("repo.car", "gone.jsonl"), ("gone.jsonl", "repo.car")):
        with Store(tmp_path / f"{order[0]}.db") as store:
            for name in order:
                take(store, [name], {"repo.car": repo(made).file(), "gone.jsonl": gone})
                if name == "gone.jsonl" and name == order[0]:
                    assert held(store)["posts"] == []
            marked = store.connection.execute("SELECT uri FROM post WHERE gone = 1").fetchall()
            assert [tuple(row) for row in marked] == [(uri(4),)]
            assert len(held(store)["posts"]) == len(made)


def test_deleted_and_posted_again_are_two_posts(tmp_path: Path) -> None:
    """A corrected post is another post: the first is marked as gone, the second stands."""
    made = [record("The gate opens at nine on weekdys", 1), record("The gate opens at nine on weekdays", 1)]
    with Store(tmp_path / "a.db") as store:
        take(store, ["events.jsonl"], {"events.jsonl": jetstream(made, deleted=(0,))})
        assert sorted((row["uri"], row["gone"]) for row in store.posts.each()) == [(uri(0), 1), (uri(1), 0)]


def test_same_words_in_one_minute_under_two_uris_keep_their_names() -> None:
    """Of two equal posts of one minute the one with the smaller at-URI has the plain name, whatever came first."""
    text = "Good morning from the gate, it is open again"
    files = {f"{n}.json": dump({"posts": [view(record(text, 1), n)]}) for n in (1, 2)}
    found = [fresh(order, files) for order in itertools.permutations(files)]
    assert found[0] == found[1]
    assert len(found[0]["posts"]) == 2


def test_same_uri_with_other_words_is_a_problem(tmp_path: Path) -> None:
    """A post that comes under a known at-URI with another text is told, and the archive keeps its own."""
    files = {
        "a.json": dump({"posts": [view(record("The gate opens at nine", 1), 1), view(record("Pond", 2), 2)]}),
        "b.json": dump({"posts": [view(record("Pond", 2), 2), view(record("The gate is shut for good", 1), 1)]}),
    }
    with Store(tmp_path / "a.db") as store:
        take(store, ["a.json"], files)
        (report,) = take(store, ["b.json"], files)
        assert [(problem.where, uri(1) in problem.excerpt) for problem in report.problems] == [("record 2", True)]
        assert [post["text"] for post in held(store)["posts"]] == ["The gate opens at nine", "Pond"]
        stored = store.connection.execute("SELECT place FROM problem").fetchall()
        assert [row[0] for row in stored] == ["record 2"]


# ------------------------------------------------------------------ counts


def test_counts_have_a_history_and_growth(tmp_path: Path) -> None:
    """Each reading is kept, the newest stands, and a thread says by how much it grew since a moment."""
    thread = [
        record("Staffing, in two parts 1/2", 1),
        record("And what helps 2/2", 2, reply={"root": ref(1), "parent": ref(1)}),
    ]

    def feed(likes: int) -> bytes:
        return dump({"posts": [{**view(made, n), "likeCount": likes} for n, made in enumerate(thread, 1)]})

    with Store(tmp_path / "a.db") as store:
        for likes, day in ((5, 3), (45, 10), (8, 4)):
            data = feed(likes)
            result = parsers.parse(data)
            moment = dt.datetime(2025, 3, day, 12, tzinfo=dt.UTC)
            run = store.runs.start("fetch", "2025-03-12T00:00:00Z")
            pipeline.take_in(store, f"feed{day}.json", data, result, Hint(), run, as_of=moment)
        assert [post["likes"] for post in held(store)["posts"]] == [45, 45]
        (row,) = store.connection.execute("SELECT DISTINCT thread_id FROM post").fetchall()
        grown = store.posts.growth("2025-03-08T00:00:00Z", [row[0]])[row[0]]
        assert (grown.likes, grown.reposts) == (74, 0)
        assert store.posts.growth("2025-03-01T00:00:00Z", [row[0]]) == {}
        (item,) = store.windows.published(
            dt.datetime(2025, 3, 1, tzinfo=dt.UTC), dt.datetime(2025, 3, 15, tzinfo=dt.UTC)
        )
        assert (item.likes, item.likes_risen) == (90, 74)


@given(st.permutations([(3, 1), (9, 2), (7, 2), (None, 3)]))
@settings(max_examples=24, deadline=None)
def test_counts_do_not_depend_on_the_order_of_readings(order: list[tuple[int | None, int]]) -> None:
    """The newest known number stands; of two of one moment the larger."""
    from aggregator.merging import counts_of
    from parsers.model import Counts

    found = counts_of((f"2025-03-0{day}", Counts(likes=likes)) for likes, day in order)
    assert found == Counts(likes=9)


# ------------------------------------------------------------------ threads in exports


def test_gaps_have_their_numbers_in_exports() -> None:
    """A part keeps the number it has in the whole thread, and the total counts what is missing."""
    made = [record(f"Point {n} of our thread on gates. {n}/5", n) for n in (1, 2, 4, 5)]
    found = fresh(["page.txt"], {"page.txt": page(made)})
    assert [(post["part"], post["total"]) for post in found["posts"]] == [(1, 5), (2, 5), (4, 5), (5, 5)]
    (thread,) = found["threads"]
    assert (thread["missing"], thread["parts_found"], thread["parts_expected"]) == ([3], 4, 5)
    assert json.loads(json.dumps(thread["posts"])) == [post["id"] for post in found["posts"]]


def test_gaps_of_threads_by_replies_have_their_numbers_too() -> None:
    """Where only replies tell the order, a part that is missing still counts."""
    made = account()[1:4]
    views = [view(post, number) for number, post in enumerate(made, 1)]
    views[1]["record"] = {**made[1], "text": "Schools cannot recruit"}
    views[2]["record"] = {**made[2], "text": "And what would help"}
    views[0]["record"] = {**made[0], "text": "On staffing"}
    found = fresh(["a.json"], {"a.json": dump({"posts": [views[0], views[2]]})})
    assert [(post["part"], post["total"]) for post in found["posts"]] == [(1, 3), (3, 3)]
    (thread,) = found["threads"]
    assert thread["missing"] == [uri(2)]


def test_did_is_the_author_where_no_handle_is_known() -> None:
    """An account export names its account by its DID only, unless the giver says the handle."""
    assert {post["author"] for post in fresh(["repo.car"])["posts"]} == {DID}


# ------------------------------------------------------------------ cards


CARD_TITLE = "Benches vanish from the parks of nine cities"
SCRAPED = (
    f"{CARD_TITLE}\nVolunteers counted what is left, and the council has no budget for repairs…\n"
    "Our take on the count: paper.example/news/benches-i..."
)


def linked_card(tmp_path: Path, url: str, headline: str) -> tuple[str | None, int]:
    """The card's address and the pieces in one story, after a page with a card and an article at `url`."""
    body = "".join(f"<p>{part}</p>" for part in ARTICLE.split("\n\n")[1:])
    html = (
        f"<html><head><title>{headline}</title><link rel='canonical' href='{url}'></head><body><article>"
        f"<h1>{headline}</h1>{body}</article></body></html>"
    )
    with Store(tmp_path / "a.db") as store:
        moment = "09.11.2026 09:00"
        take(
            store,
            ["page.txt", "a.html"],
            {"page.txt": scrape((SCRAPED, moment, (1, 0, 0, 0))), "a.html": html.encode()},
        )
        pipeline.refresh(store, Config())
        (found,) = held(store)["posts"]
        assert found["card_title"] == CARD_TITLE
        return found["card_url"], len(list(exports.stories(store.connection)))


@pytest.mark.parametrize(
    ("url", "headline", "joined"),
    [
        ("https://paper.example/news/benches-in-parks", CARD_TITLE, True),
        ("https://paper.example/news/benches-in-parks", "Something quite different happened on Monday", False),
        ("https://other.example/news/benches-in-parks", CARD_TITLE, False),
        ("https://paper.example/sport/benches-in-parks", CARD_TITLE, False),
    ],
)
def test_card_gets_its_articles_address_only_where_all_agrees(
    tmp_path: Path, url: str, headline: str, joined: bool
) -> None:
    """Host, beginning of the path and headline must agree before a scraped card gets an address and a story."""
    assert linked_card(tmp_path, url, headline) == ((url, 1) if joined else (None, 0))


# ------------------------------------------------------------------ explain


def told(store: Store, key: str) -> str:
    from aggregator.explain import explain_record

    return "\n".join(explain_record(store, key))


def test_explain_tells_a_post_s_way(tmp_path: Path) -> None:
    """Source, readings, urls written out, card, deletion and the reason of its place are told for each post."""
    with Store(tmp_path / "a.db") as store:
        take(store, FORMS)
        part = told(store, uri(2))
        assert "from feed.json" in part or "from records.json" in part or "from events.jsonl" in part
        assert "part 2 of 3" in part and f"it answers {uri(1)}" in part
        assert "3 likes, 2 reposts" in part and "page.txt" in part
        card = told(store, uri(4))
        assert "card: Our reply" in card and "of https://heads.example/policy/a-long-reply-on-staffing" in card
        assert "deleted at the source; kept here" in told(store, uri(5))


def test_explain_tells_numbers_and_persons(tmp_path: Path) -> None:
    """Numbered parts say what their text says; parts that a person joined say who did."""
    made = [record(f"Point {n} of our thread on gates. {n}/5", n) for n in (1, 2, 4, 5)]
    with Store(tmp_path / "a.db") as store:
        take(store, ["page.txt"], {"page.txt": page([*made, record("A word on ponds", 50)])})
        first, *_, last = held(store)["posts"]
        assert "“1/5”" in told(store, first["id"]) and "missing: 3" in told(store, first["id"])
        store.threads.join([first["thread_id"], last["thread_id"]], "ada", "2026-11-10T00:00:00Z")
        assert "ada put it there" in told(store, last["id"])
