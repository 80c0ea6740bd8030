"""Stitching: what belongs together is joined, what only looks so is not, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.model import Counts, Post, Thread
from parsers.threads import stitch


def make_post(raw: dict[str, Any], position: int) -> Post:
    """A post of the case format, which has labels, times and counts where they matter."""
    at = dt.datetime.fromisoformat(raw["at"]) if raw.get("at") else None
    author = raw.get("author")
    reply = raw.get("reply") or {}
    return Post(
        text=raw["text"],
        text_raw=raw["text"],
        created_at=at if at is None or at.tzinfo else at.replace(tzinfo=dt.UTC),
        minute_only="Z" not in (raw.get("at") or ""),
        author=author,
        author_did=author if author and author.startswith("did:") else None,
        uri=raw.get("uri"),
        reply_parent=reply.get("parent"),
        reply_root=reply.get("root"),
        parent_state=raw.get("parent_state"),
        quote_uri=raw.get("quote"),
        reposted_by="someone.example" if raw.get("repost") else None,
        pinned=bool(raw.get("pinned")),
        gone=bool(raw.get("deleted_at") or raw.get("gone")),
        counts=Counts(likes=raw.get("likes"), reposts=raw.get("reposts"), replies=raw.get("replies")),
        position=position,
    )


def outcome(threads: Iterable[Thread], labels: dict[int, str]) -> dict[str, Any]:
    """What cases compare: threads in order, singles, copies that were left out."""

    def ids(posts: Iterable[Post]) -> list[str]:
        return [labels[id(post)] for post in posts]

    found = list(threads)
    joined = [thread for thread in found if len(thread.parts) > 1 or thread.missing]
    return {
        "threads": sorted(ids(thread.posts) for thread in joined),
        "singles": sorted(ids(post for thread in found if thread not in joined for post in thread.posts)),
        "dropped": sorted(ids(post for thread in found for post in thread.duplicates)),
    }


def expected(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "threads": sorted(thread["posts"] for thread in raw["threads"]),
        "singles": sorted(raw["singles"]),
        "dropped": sorted(it["id"] if isinstance(it, dict) else it for it in raw["dropped"]),
    }


def run(case: dict[str, Any]) -> tuple[list[Thread], dict[int, str]]:
    posts = [make_post(raw, position) for position, raw in enumerate(case["posts"])]
    labels = {id(post): raw["id"] for post, raw in zip(posts, case["posts"], strict=True)}
    return stitch(posts), labels


def misses(cases: Sequence[dict[str, Any]]) -> list[str]:
    """The cases whose threads, singles or dropped posts are none of the accepted ones."""
    wrong = []
    for case in cases:
        threads, labels = run(case)
        got = outcome(threads, labels)
        accepted = [expected(case["expect"]), *(expected(other) for other in case.get("also_accept", ()))]
        if got not in accepted:
            wrong.append(f"{case['id']}: {got}")
    return wrong


def details(case: dict[str, Any]) -> list[str]:
    """Where numbers, totals, missing parts, completeness, branches or flags differ from what a case says."""
    threads, labels = run(case)
    found = {tuple(labels[id(post)] for post in thread.posts): thread for thread in threads}
    wrong = []
    for raw in case["expect"]["threads"]:
        thread = found[tuple(raw["posts"])]
        got = {
            "total": thread.expected,
            "missing": list(thread.missing),
            "complete": thread.complete,
            "branches": [labels[id(post)] for post in thread.branches],
        }
        wrong += [f"{key}: {value}" for key, value in got.items() if value != raw.get(key, [])]
    flags = {flag.partition(":")[0].replace(" ", "_") for thread in threads for flag in thread.flags}
    if flags != set(case["expect"]["flags"]):
        wrong.append(f"flags: {sorted(flags)}")
    return wrong


CASES = json.loads((Path(__file__).parent / "cases" / "threads.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    """Each invented case comes out as it says."""
    assert misses([case]) == []
    assert details(case) == []


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_post_is_in_one_place(case: dict[str, Any]) -> None:
    """A post is a part, a duplicate or a branch, and only one of these."""
    threads, labels = run(case)
    placed = [labels[id(post)] for thread in threads for post in (*thread.posts, *thread.duplicates, *thread.branches)]
    assert sorted(placed) == sorted(labels.values())


@given(st.sampled_from(CASES), st.randoms(use_true_random=False))
def test_input_order_does_not_matter(case: dict[str, Any], random: Any) -> None:
    """Shuffled posts give the same threads."""
    posts = [make_post(raw, position) for position, raw in enumerate(case["posts"])]
    before = stitch(posts)
    random.shuffle(posts)
    assert stitch(posts) == before


@given(st.sampled_from(CASES))
def test_stitching_twice_changes_nothing(case: dict[str, Any]) -> None:
    """The posts of the threads give the same threads again."""
    once = run(case)[0]
    posts = [post for thread in once for post in (*thread.posts, *thread.duplicates, *thread.branches)]
    assert stitch(posts) == once


_TEXT = st.text(alphabet="ab 1234/().…🧵#@\n", max_size=14)
_KEY = st.sampled_from([None, "at://did:plc:a/p/1", "at://did:plc:a/p/2", "at://did:plc:b/p/3", "at://did:plc:a/p/4"])
_POST = st.builds(
    Post,
    text=_TEXT,
    created_at=st.none() | st.datetimes(timezones=st.just(dt.UTC)),
    uri=_KEY,
    reply_parent=_KEY,
    reply_root=_KEY,
    author=st.sampled_from([None, "a.example", "b.example"]),
    gone=st.booleans(),
    reposted_by=st.sampled_from([None, None, None, "c.example"]),
    position=st.integers(0, 5),
)


@given(st.lists(_POST, max_size=12), st.randoms(use_true_random=False))
def test_any_posts_are_stitched(posts: list[Post], random: Any) -> None:
    """Odd posts raise nothing, are all kept once, and their order does not matter."""
    threads = stitch(posts)
    placed = [post for thread in threads for post in (*thread.posts, *thread.duplicates, *thread.branches)]
    assert sorted(map(id, placed)) == sorted(map(id, posts))
    random.shuffle(posts)
    assert stitch(posts) == threads


def test_a_handle_and_a_did_may_be_one_author() -> None:
    """Sources that name an author by handle, by DID or by URI agree once one post has both."""
    at = dt.datetime(2026, 5, 12, 10, 30, tzinfo=dt.UTC)
    did = "did:plc:aaa"
    posts = [
        Post(text="One thing. 1/3", created_at=at, author="a.example"),
        Post(text="Another. 2/3", created_at=at, uri=f"at://{did}/app.bsky.feed.post/3kb"),
        Post(text="A third. 3/3", created_at=at, author="a.example", author_did=did),
        Post(text="One thing. 1/3", created_at=at, minute_only=True, position=4),
    ]
    (thread,) = stitch(posts)
    assert [part.number for part in thread.parts] == [1, 2, 3]
    assert len(thread.duplicates) == 1


def test_copies_keep_the_richer_record() -> None:
    """Of a scraped post and the same post with its URI, the one with the URI is the part."""
    at = dt.datetime(2026, 5, 12, 10, 30, 12, tzinfo=dt.UTC)
    rich = Post(
        text="Gates open at six: example.org/gates/2026", created_at=at, uri="at://did:plc:a/p/1", author="did:plc:a"
    )
    poor = Post(text="Gates open at six: example.org/gates/20...", created_at=at.replace(second=0), minute_only=True)
    (thread,) = stitch([poor, rich])
    assert thread.posts == (rich,)
    assert thread.duplicates == (poor,)


def test_random_singles_make_no_thread() -> None:
    """Ten thousand lone posts, a tenth with dates, scores and shares at their edges, are no threads."""
    random = Random(11)
    words = ["river", "lock", "boat", "heads", "pupils", "budget", "library", "school", "tower", "winter", "coffee"]
    edges = ["24/7", "7/7", "9/11", "2/3", "3/9", "1/2", "5/5", "KS1/2", "2025/26", "10/10", "4 1/2", "12/12"]
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    posts = []
    for number in range(10_000):
        text = " ".join(random.choices(words, k=random.randint(3, 25))).capitalize() + random.choice(["", ".", "!"])
        if random.random() < 0.1:
            edge = random.choice(edges)
            text = random.choice([f"{text.rstrip('.!')} {edge}", f"{edge} of {text}", f"{text} on {edge}"])
        at = start + dt.timedelta(minutes=random.randrange(500_000))
        posts.append(Post(text=text, created_at=at, minute_only=True, position=number))
    threads = stitch(posts)
    assert [thread.posts for thread in threads if len(thread.parts) > 1] == []


def test_prose_of_a_thread() -> None:
    """Sentences and lists go on from part to part, paragraphs stay, markers go, parts can be told apart."""
    texts = [
        "We asked three things. 1/6",
        "Who opens the lock, 2/6",
        "and who pays? 3/6\n",
        "They said…\n4/6",
        "…nobody:\n\n- not us 5/6",
        "- not them 6/6 #Locks",
    ]
    (thread,) = stitch(Post(text=text, position=10 - at) for at, text in enumerate(texts))
    assert thread.text == (
        "We asked three things.\n\nWho opens the lock, and who pays?\n\nThey said nobody:\n\n- not us\n- not them #Locks"
    )
    assert [part.marker for part in thread.parts] == ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]
    assert thread.parts[2].text == "and who pays?"


def test_a_gap_is_not_closed_in_prose() -> None:
    """A sentence is not joined over a missing part."""
    texts = ["Who opens the lock, 1/3", "and so it ended. 3/3"]
    (thread,) = stitch(Post(text=text, position=5 - at, author="a.example") for at, text in enumerate(texts))
    assert thread.missing == (2,)
    assert thread.text == "Who opens the lock,\n\nand so it ended."


def test_real_cases(shared: Path) -> None:
    """The cases beside the checkout come out right: threads in order, singles, dropped."""
    cases = json.loads((shared / "cases" / "threads.json").read_text(encoding="utf-8"))["cases"]
    assert misses(cases) == []
