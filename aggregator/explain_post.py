"""The journey of one post: which documents brought it, what each said, what was repaired, why it is this part.

Every line comes from what the stages wrote down when they decided; nothing is worked out again for the telling.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from aggregator.explain_repair import repair_lines
from aggregator.identity import post_fold
from aggregator.merging import rank
from aggregator.store import Store
from aggregator.store.connect import Row, one, rows
from aggregator.store.posts import to_post
from parsers.model import Post

_WORTH = ("minute only", "the record itself", "exact time", "exact time and the record itself")


def stored_post(store: Store, row: Row) -> Iterator[str]:
    """All that the archive knows of a post's way into it."""
    post = to_post(row)
    yield f"post {row['key']}  {row['created_at'] or 'no time'}  {post.author or 'author unknown'}"
    if post.uri:
        yield f"at {post.uri}"
    yield f"text: {post.text}"
    yield from _source(store, row, post)
    yield from _repairs(post)
    yield from _card(row, post)
    yield from _state(post)
    yield from _place(store, row, post)


def _source(store: Store, row: Row, post: Post) -> Iterator[str]:
    document = store.documents.get(row["document_id"])
    assert document is not None
    yield f"from {document['name']} ({document['format']}: {document['reason']}), received {document['received_at']}"
    worth = rank(post)
    known = "no at-URI" if worth < 4 else "at-URI"
    yield f"  its best source so far: {known}, {_WORTH[worth % 4]}; a poorer one only fills blanks"
    named = "named after its words and minute" if row["key"] == post_fold(post) else "name kept from its first reading"
    yield f"  {named}, which every source of it agrees on"
    for reading in store.posts.readings(row["id"]):
        yield (
            f"  counts read {reading['read_at']} in {reading['document']}: {_n(reading['likes'])} likes, "
            f"{_n(reading['reposts'])} reposts, {_n(reading['replies'])} replies, {_n(reading['quotes'])} quotes"
        )


def _n(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _repairs(post: Post) -> Iterator[str]:
    if post.text_raw != post.text:
        yield f"raw:  {post.text_raw}"
    yield from (f"  {line}" for line in repair_lines(post))


def _card(row: Row, post: Post) -> Iterator[str]:
    if post.card is None:
        return
    sure = f" (told from the text with score {post.card_score:.1f})" if post.card_score is not None else ""
    yield f"card: {post.card.title}{sure}"
    if post.card.url:
        yield f"  of {post.card.url}"
    elif row["card_found"]:
        yield f"  of {row['card_found']}: the shortened address in the text and the headline agree"
    else:
        yield "  its page is not known: the source names no address"


def _state(post: Post) -> Iterator[str]:
    if post.gone:
        yield "deleted at the source; kept here"
    if post.reposted_by:
        yield f"came as a repost by {post.reposted_by}"
    if post.parent_state:
        yield f"what it answers is {'not to be found' if post.parent_state == 'notFound' else 'blocked'}"
    if post.labels:
        yield f"labelled {', '.join(post.labels)}"


def _place(store: Store, row: Row, post: Post) -> Iterator[str]:
    """Why the post is this part of this thread."""
    db = store.connection
    thread = one(
        db, "SELECT t.*, c.key FROM thread t JOIN coverage c ON c.id = t.coverage_id WHERE c.id = ?", row["thread_id"]
    )
    if thread is None:
        return
    if row["role"] != "part":
        why = "the same part again" if row["role"] == "duplicate" else "the author's other answer below that thread"
        yield f"{row['role']} of thread {thread['key']}: {why}"
        return
    if thread["basis"] == "single":
        yield f"alone: thread {thread['key']}"
    else:
        number = row["number"] or row["part"]
        total = thread["expected"] or thread["parts_found"]
        yield f"part {number} of {total} of thread {thread['key']} ({thread['basis']}): {thread['reason']}"
        yield f"  because {_because(thread, row, post)}"
        missing = json.loads(thread["missing"])
        if missing:
            yield f"  missing: {', '.join(map(str, missing))}"
    yield from (f"note: {flag}" for flag in json.loads(thread["flags"]))
    for event in store.threads.events(thread["key"]):
        yield f"{event['at']} {event['who']}: {event['action']} of {', '.join(json.loads(event['threads']))}"


def _because(thread: Row, row: Row, post: Post) -> str:
    if thread["basis"] == "person":
        return f"{thread['joined_by']} put it there; no rule changes that"
    if thread["basis"] == "refs" and post.reply_parent:
        return f"it answers {post.reply_parent}"
    if thread["basis"] == "refs":
        return "it answers nobody and the others answer it"
    if row["part_text"] is not None and row["part_text"] != row["text"]:
        cut = row["text"].replace(row["part_text"], "", 1).strip()
        return f"its text says so at the edge: “{cut}”" if len(cut) < 40 else "its text says so at the edge"
    if thread["basis"] == "numbers":
        return "its place beside the numbered parts says so; it has no number of its own"
    return "its sentence goes on from, or into, its neighbour"


def documents_of(store: Store, coverage_id: int) -> list[Row]:
    """The documents that brought a piece of coverage."""
    return rows(
        store.connection,
        "SELECT * FROM document WHERE id IN (SELECT document_id FROM coverage_document WHERE coverage_id = ?1 "
        "UNION SELECT document_id FROM post WHERE thread_id = ?1 "
        "UNION SELECT r.document_id FROM post_reading r JOIN post p ON p.id = r.post_id WHERE p.thread_id = ?1) "
        "ORDER BY id",
        coverage_id,
    )
