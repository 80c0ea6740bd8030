"""Exports: one JSON-ready dict a record, all rows, streamed, always in the same order.

The names and types are a contract with other programs; unknown is null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from aggregator.store.connect import Connection, Row


def posts(db: Connection) -> Iterator[dict[str, Any]]:
    """All posts, oldest first."""
    query = """
        SELECT p.*, c.key AS thread_key, t.expected, t.parts_found, t.basis, d.name AS document
        FROM post p LEFT JOIN coverage c ON c.id = p.thread_id LEFT JOIN thread t ON t.coverage_id = c.id
        JOIN document d ON d.id = p.document_id ORDER BY p.created_at, p.key
    """
    for row in db.execute(query):
        stitched = row["basis"] is not None and row["basis"] != "single"
        yield {
            "id": row["key"],
            "uri": row["uri"],
            "thread_id": row["thread_key"],
            "part": (row["number"] or row["part"]) if stitched else None,
            "total": (row["expected"] or row["parts_found"]) if stitched and row["role"] == "part" else None,
            **_pick(
                row, "author text text_raw created_at likes reposts replies quotes "
                "card_title card_description"
            ),
            "card_url": row["card_url"] or row["card_found"],
            **_pick(row, "reply_parent reply_root"),
            "source": row["document"],
        }  # fmt: skip


def threads(db: Connection) -> Iterator[dict[str, Any]]:
    """All threads, lone posts included, oldest first."""
    query = """
        SELECT c.*, t.*, (SELECT json_group_array(key) FROM
          (SELECT key FROM post WHERE thread_id = c.id AND role = 'part' ORDER BY part)) AS posts
        FROM coverage c JOIN thread t ON t.coverage_id = c.id ORDER BY c.published_at, c.key
    """
    for row in db.execute(query):
        yield {
            "id": row["key"],
            "author": row["who"],
            "text": row["text"],
            "started_at": row["published_at"],
            "posts": json.loads(row["posts"]),
            "parts_found": row["parts_found"],
            "parts_expected": row["expected"],
            "missing": json.loads(row["missing"]),
            "complete": None if row["complete"] is None else bool(row["complete"]),
        }


def articles(db: Connection) -> Iterator[dict[str, Any]]:
    """All articles, oldest first."""
    query = """
        SELECT c.*, a.*, d.name AS document FROM coverage c JOIN article a ON a.coverage_id = c.id
        JOIN document d ON d.id = a.document_id ORDER BY c.published_at, c.key
    """
    for row in db.execute(query):
        yield {
            "id": row["key"],
            **_pick(row, "url outlet section headline standfirst"),
            "byline": ", ".join(json.loads(row["bylines"])) or None,
            "published_at": row["published_at"][:10]
            if row["date_only"] and row["published_at"]
            else row["published_at"],
            "text": row["text"] or None,
            "source": row["document"],
        }


def statements(db: Connection) -> Iterator[dict[str, Any]]:
    """All statements."""
    from aggregator.store.statements import Statements

    for row in Statements(db).rows():
        yield {
            "id": row["key"],
            "title": row["title"],
            "areas": json.loads(row["areas"]),
            **_pick(row, "context position rationale adopted_on version"),
            "sources": json.loads(row["sources"]),
        }


def links(db: Connection, start: int = 0, limit: int = -1) -> Iterator[dict[str, Any]]:
    """All links, rejected ones included; or `limit` of them after the first `start`.

    Their order is found without their evidence: a page of many links must not carry all of it through a sort.
    """
    query = """
        WITH page AS (
          SELECT l.id FROM coverage c CROSS JOIN link l INDEXED BY link_queue ON l.coverage_id = c.id
          JOIN statement s ON s.id = l.statement_id
          ORDER BY c.key, l.score DESC, s.key LIMIT ? OFFSET ?)
        SELECT l.*, c.key AS coverage, c.kind, s.key AS statement FROM page JOIN link l ON l.id = page.id
        JOIN coverage c ON c.id = l.coverage_id JOIN statement s ON s.id = l.statement_id
        ORDER BY c.key, l.score DESC, s.key
    """
    for row in db.execute(query, (limit, start)):
        evidence = json.loads(row["evidence"])
        yield {
            "coverage_id": row["coverage"],
            "coverage_kind": row["kind"],
            "statement_id": row["statement"],
            **_pick(row, "score band status"),
            "their_sentence": evidence.get("their_sentence") or None,
            "our_sentence": evidence.get("our_sentence"),
            "terms": [term["text"] for term in evidence.get("terms", ())],
            "reason": evidence.get("reason"),
        }


def stories(db: Connection) -> Iterator[dict[str, Any]]:
    """All stories of two and more."""
    query = """
        SELECT s.key, json_group_array(c.key) AS ids, max(CASE WHEN c.is_lead THEN c.key END) AS lead
        FROM story s JOIN (SELECT * FROM coverage ORDER BY published_at, key) c ON c.story_id = s.id
        GROUP BY s.id ORDER BY s.key
    """
    for row in db.execute(query):
        yield {"id": row["key"], "coverage_ids": json.loads(row["ids"]), "lead_id": row["lead"]}


def quotes(db: Connection) -> Iterator[dict[str, Any]]:
    """All quotes of our people."""
    query = """
        SELECT q.*, c.key FROM quote q JOIN coverage c ON c.id = q.coverage_id ORDER BY c.published_at, c.key, q.n
    """
    for row in db.execute(query):
        yield {"coverage_id": row["key"], **_pick(row, "speaker quote verb")}


def digests(db: Connection) -> Iterator[dict[str, Any]]:
    """All issues with what they hold."""
    for row in db.execute("SELECT * FROM issue ORDER BY id"):
        items = db.execute(
            "SELECT c.key AS coverage_id, i.section, s.key AS statement_id FROM issue_item i "
            "JOIN coverage c ON c.id = i.coverage_id LEFT JOIN statement s ON s.id = i.statement_id "
            "WHERE i.issue_id = ? ORDER BY i.position",
            (row["id"],),
        )
        yield {
            "issue": row["id"],
            "from": row["from_at"],
            "until": row["until_at"],
            "state": row["state"],
            "items": [dict(item) for item in items],
        }


#: The names of each export's fields, in order.
FIELDS = {
    "posts": "id uri thread_id part total author text text_raw created_at likes reposts replies quotes card_title "
    "card_description card_url reply_parent reply_root source",
    "threads": "id author text started_at posts parts_found parts_expected missing complete",
    "articles": "id url outlet section headline standfirst byline published_at text source",
    "statements": "id title areas context position rationale adopted_on version sources",
    "links": "coverage_id coverage_kind statement_id score band status their_sentence our_sentence terms reason",
    "stories": "id coverage_ids lead_id",
    "quotes": "coverage_id speaker quote verb",
    "digests": "issue from until state items",
}
EXPORTS: dict[str, Callable[[Connection], Iterator[dict[str, Any]]]] = {
    "posts": posts,
    "threads": threads,
    "articles": articles,
    "statements": statements,
    "links": links,
    "stories": stories,
    "quotes": quotes,
    "digests": digests,
}


def _pick(row: Row, names: str) -> dict[str, Any]:
    return {name: row[name] for name in names.split()}
