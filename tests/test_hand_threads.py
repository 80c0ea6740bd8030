"""What a person says about threads: joined and split for good, whatever is stitched or imported later."""

from __future__ import annotations

import json
from typing import Any

import pytest
from make import post, reply, uri

from aggregator import pipeline
from aggregator.errors import CuttingsError, NotFoundError
from aggregator.store import Store, exports
from aggregator.store.connect import Error
from parsers.model import Hint, Post, Statement

NOW = "2026-11-10T00:00:00Z"


def save(store: Store, *posts: Post) -> None:
    with store.transaction():
        document = store.documents.add(repr(posts).encode(), name="x", hint=Hint(), received_at=NOW)
        store.posts.save(posts, document_id=document, as_of=NOW)
        pipeline.stitch(store)


def threads(store: Store) -> list[dict[str, Any]]:
    return list(exports.threads(store.connection))


def texts(store: Store) -> list[str]:
    return [thread["text"] for thread in threads(store)]


LOOSE = [post("Benches are going from our parks.", 1), post("We counted what is left of them.", 40)]


def test_join_is_never_undone(store: Store) -> None:
    """Two posts that no rule joins stay one thread through later imports and stitching of everything."""
    save(store, *LOOSE)
    keys = [thread["id"] for thread in threads(store)]
    joined = store.threads.join(keys[::-1], "ada", NOW)
    assert joined == keys[0]
    for extra in range(3):
        save(store, post(f"Something else of that hour, number {extra}", 20 + extra))
        pipeline.stitch(store, [row["id"] for row in store.posts.each()])
        assert texts(store)[0] == f"{LOOSE[0].text}\n\n{LOOSE[1].text}"
    assert len(threads(store)) == 4
    assert (
        store.connection.execute("SELECT joined_by, basis FROM thread WHERE joined_by IS NOT NULL").fetchall()[0][0]
        == "ada"
    )


def test_split_is_never_undone(store: Store) -> None:
    """Replies that a person set apart stay apart, and a second ingest of the same posts changes nothing."""
    posts = [reply("One.", 1, None), reply("Two.", 2, 1), reply("Three.", 3, 2)]
    save(store, *posts)
    (thread,) = threads(store)
    first, second = store.threads.split(thread["id"], thread["posts"][2], "ada", NOW)
    assert first == thread["id"]
    assert texts(store) == ["One.\n\nTwo.", "Three."]
    pipeline.stitch(store, [row["id"] for row in store.posts.each()])
    save(store, *posts[::-1])
    assert texts(store) == ["One.\n\nTwo.", "Three."]
    assert second in [thread["id"] for thread in threads(store)]


def test_later_replies_go_to_the_end_of_what_they_answer(store: Store) -> None:
    """A new reply to the last part is added there; one that answers what was set apart goes with that."""
    save(store, reply("One.", 1, None), reply("Two.", 2, 1), reply("Three.", 3, 2))
    (thread,) = threads(store)
    store.threads.split(thread["id"], thread["posts"][1], "ada", NOW)
    save(store, reply("Four.", 4, 3))
    assert texts(store) == ["One.", "Two.\n\nThree.\n\nFour."]


def test_numbers_are_taken_off_and_gaps_shown(store: Store) -> None:
    """Parts that a person joins read as one text; what their numbers say is missing is said."""
    save(store, post("We start with the gates. 1/3", 1), post("We end with the pond. 3/3", 3 * 24 * 60))
    store.threads.join([thread["id"] for thread in threads(store)], "ada", NOW)
    (thread,) = threads(store)
    assert thread["text"] == "We start with the gates.\n\nWe end with the pond."
    assert (thread["missing"], thread["parts_expected"], thread["complete"]) == ([2], 3, False)


def test_links_move_with_the_joined_thread(store: Store) -> None:
    """A decision on either part stays on the thread that a person made of them."""
    save(store, *LOOSE)
    with store.transaction():
        document = store.documents.add(b"paper", name="paper", hint=Hint(), received_at=NOW)
        statement = Statement(id="s-1", title="Benches", position="Benches for all")
        store.statements.save([statement], document_id=document, now=NOW)
    keys = [thread["id"] for thread in threads(store)]
    (row,) = store.connection.execute("SELECT id FROM coverage WHERE key = ?", (keys[1],)).fetchall()
    store.links.decide(row[0], "s-1", "add", who="ada", now=NOW)
    joined = store.threads.join(keys, "ada", NOW)
    (link,) = exports.links(store.connection)
    assert (link["coverage_id"], link["status"]) == (joined, "added")


def test_log_says_who_did_what_and_cannot_be_changed(store: Store) -> None:
    """Joins, splits and releases are events with the posts as they stood; the log is append-only."""
    save(store, *LOOSE)
    keys = [thread["id"] for thread in threads(store)]
    joined = store.threads.join(keys, "ada", NOW)
    store.threads.split(joined, "p" + keys[1][1:], "ben", NOW)
    store.threads.release(keys[0], "ben", NOW)
    events = store.threads.events(keys[0])
    assert [(event["who"], event["action"]) for event in events] == [
        ("ada", "join"),
        ("ben", "split"),
        ("ben", "release"),
    ]
    assert json.loads(events[1]["posts"]) == [["p" + keys[0][1:]], ["p" + keys[1][1:]]]
    for change in ("UPDATE thread_event SET who = 'eve'", "DELETE FROM thread_event"):
        with pytest.raises(Error, match="append-only"):
            store.connection.execute(change)


def test_released_thread_goes_back_to_the_rules(store: Store) -> None:
    """What a person gave back is stitched as if nothing had been said."""
    save(store, *LOOSE)
    keys = [thread["id"] for thread in threads(store)]
    joined = store.threads.join(keys, "ada", NOW)
    store.threads.release(joined, "ada", NOW)
    pipeline.stitch(store)
    assert [thread["id"] for thread in threads(store)] == keys


def test_better_reading_reaches_a_thread_made_by_hand(store: Store) -> None:
    """An export that repairs a scraped text changes the text of the joined thread too."""
    save(store, *LOOSE)
    store.threads.join([thread["id"] for thread in threads(store)], "ada", NOW)
    better = post(
        LOOSE[1].text, 40, uri=uri(1), author="ida.example", minute_only=False, cid="bafy", text_raw=LOOSE[1].text
    )
    save(store, better)
    (thread,) = threads(store)
    assert thread["parts_found"] == 2
    assert [row["author"] for row in store.posts.each()] == [None, "ida.example"]


def test_wrong_names_change_nothing(store: Store) -> None:
    """A name that is no thread's, one thread alone, or the first part to split at are messages."""
    save(store, *LOOSE)
    keys = [thread["id"] for thread in threads(store)]
    with pytest.raises(NotFoundError, match="no thread"):
        store.threads.join([keys[0], "t-nothing"], "ada", NOW)
    with pytest.raises(CuttingsError, match="two threads"):
        store.threads.join([keys[0], keys[0]], "ada", NOW)
    with pytest.raises(CuttingsError, match="first part"):
        store.threads.split(keys[0], "p" + keys[0][1:], "ada", NOW)
    with pytest.raises(NotFoundError, match="no part"):
        store.threads.split(keys[0], "p-nothing", "ada", NOW)
    assert store.threads.events(keys[0]) == []
    assert len(threads(store)) == 2
