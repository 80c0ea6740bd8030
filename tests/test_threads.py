"""Stitching: what belongs together is joined, what only looks so is not, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

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


def test_real_cases(shared: Path) -> None:
    """The cases beside the checkout come out right: threads in order, singles, dropped."""
    cases = json.loads((shared / "cases" / "threads.json").read_text(encoding="utf-8"))["cases"]
    assert misses(cases) == []
