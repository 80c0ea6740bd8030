"""What the pages of the web app read: one piece of coverage with all that belongs to it.

Every query is bounded by the piece it is about; nothing walks the archive.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aggregator.store import names
from aggregator.store.connect import Connection, Row, one, rows

_COVERAGE = """
    SELECT c.*, s.key AS story_key, t.expected, t.missing, t.complete, t.basis, t.flags, t.reason AS thread_reason,
      t.parts_found, t.joined_by, a.standfirst, a.bylines, a.outlet, a.section, a.date_only, a.updated_at,
      a.source_url, a.blocks, a.dropped, a.stub, a.extractor, a.steps, a.version AS article_version,
      a.document_id AS article_document,
      (SELECT card_title FROM post WHERE thread_id = c.id AND card_title IS NOT NULL ORDER BY part) AS card_title,
      (SELECT issue_id FROM issue_item i WHERE i.coverage_id = c.id) AS issue_id
    FROM coverage c LEFT JOIN story s ON s.id = c.story_id
    LEFT JOIN thread t ON t.coverage_id = c.id LEFT JOIN article a ON a.coverage_id = c.id
"""


class Reading:
    """Reads for pages."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def coverage(self, key: str) -> Row | None:
        """A thread or article by its public name; a thread also by the name of any of its parts."""
        return one(self._db, f"{_COVERAGE} WHERE c.id = ?", names.find(self._db, key))

    def by_url(self, url: str) -> Row | None:
        """A piece of coverage by the address of its page."""
        return one(self._db, f"{_COVERAGE} WHERE c.url = ? ORDER BY c.id", url)

    def in_list(self, ids: Sequence[int]) -> dict[int, Row]:
        """What a list shows of each piece, by row id."""
        found = rows(
            self._db,
            """
            SELECT c.*, t.parts_found, t.expected, t.missing,
              (SELECT card_title FROM post WHERE thread_id = c.id AND card_title IS NOT NULL ORDER BY part)
                AS card_title,
              (SELECT count(*) FROM coverage o WHERE o.story_id = c.story_id AND o.id != c.id) AS others
            FROM coverage c LEFT JOIN thread t ON t.coverage_id = c.id
            WHERE c.id IN (SELECT value FROM json_each(?))
            """,
            json.dumps(ids),
        )
        return {row["id"]: row for row in found}

    def sure_links(self, ids: Sequence[int]) -> dict[int, list[Row]]:
        """Links of each piece of a list, rejected ones left out: decided ones first, then the best."""
        found: dict[int, list[Row]] = {}
        for row in rows(
            self._db,
            "SELECT l.coverage_id, l.status, l.band, s.key, s.title FROM link l "
            "JOIN statement s ON s.id = l.statement_id "
            "WHERE l.coverage_id IN (SELECT value FROM json_each(?)) AND l.status != 'rejected' "
            "ORDER BY l.status = 'proposed', l.score DESC",
            json.dumps(ids),
        ):
            found.setdefault(row["coverage_id"], []).append(row)
        return found

    def posts(self, coverage_id: int) -> list[Row]:
        """Posts of a thread in reading order, duplicates and branches last."""
        return rows(
            self._db,
            "SELECT p.*, d.name AS document FROM post p JOIN document d ON d.id = p.document_id "
            "WHERE p.thread_id = ? ORDER BY p.role != 'part', p.part, p.created_at, p.key",
            coverage_id,
        )

    def growth(self, coverage_id: int) -> list[Row]:
        """Counts of a thread's posts together, at each reading of them, oldest first."""
        return rows(
            self._db,
            "SELECT r.read_at, count(*) AS posts, sum(r.likes) AS likes, sum(r.reposts) AS reposts, "
            "sum(r.replies) AS replies, sum(r.quotes) AS quotes FROM post_reading r "
            "JOIN post p ON p.id = r.post_id WHERE p.thread_id = ? AND p.role = 'part' "
            "GROUP BY r.read_at ORDER BY r.read_at",
            coverage_id,
        )

    def story(self, coverage: Row) -> list[Row]:
        """The other pieces of its story, the lead first."""
        if coverage["story_id"] is None:
            return []
        return rows(
            self._db,
            "SELECT c.*, (SELECT card_title FROM post WHERE thread_id = c.id AND card_title IS NOT NULL "
            "ORDER BY part) AS card_title FROM coverage c "
            "WHERE c.story_id = ? AND c.id != ? ORDER BY c.is_lead DESC, c.published_at, c.key",
            coverage["story_id"],
            coverage["id"],
        )

    def links(self, coverage_id: int) -> list[Row]:
        """Links with their statement and its wording: open ones first, the best first, rejected ones last."""
        return rows(
            self._db,
            """
            SELECT l.*, s.key, s.title, s.position, s.version AS statement_now, s.retired_at,
              (SELECT in_force_from FROM statement_version v
                WHERE v.statement_id = s.id AND v.version = s.version) AS in_force_from,
              (SELECT json_group_array(area) FROM statement_area WHERE statement_id = s.id) AS areas
            FROM link l JOIN statement s ON s.id = l.statement_id WHERE l.coverage_id = ?
            ORDER BY l.status = 'rejected', l.status != 'proposed', l.score DESC, s.key
            """,
            coverage_id,
        )

    def quotes(self, coverage_id: int) -> list[Row]:
        """Words of our people in it."""
        return rows(self._db, "SELECT * FROM quote WHERE coverage_id = ? ORDER BY n", coverage_id)

    def documents(self, coverage_id: int) -> list[Row]:
        """The documents that brought it, without their bytes."""
        return rows(
            self._db,
            "SELECT DISTINCT d.id, d.name, d.format, d.reason, d.received_at FROM document d "
            "LEFT JOIN coverage_document cd ON cd.document_id = d.id "
            "LEFT JOIN post p ON p.document_id = d.id AND p.thread_id = ?1 "
            "WHERE cd.coverage_id = ?1 OR p.thread_id = ?1 ORDER BY d.id",
            coverage_id,
        )

    def shared_by(self, coverage: Row) -> list[Row]:
        """For a thread, the articles whose pages its posts link to; for an article, the threads that link to it."""
        if coverage["kind"] == "article":
            if not coverage["url"]:
                return []
            return rows(
                self._db,
                "SELECT DISTINCT c.* FROM coverage c JOIN post p ON p.thread_id = c.id "
                "WHERE p.card_url = ? ORDER BY c.published_at LIMIT 20",
                coverage["url"],
            )
        urls = {row["card_url"] for row in self.posts(coverage["id"]) if row["card_url"]}
        return rows(
            self._db,
            "SELECT * FROM coverage WHERE kind = 'article' AND url IN (SELECT value FROM json_each(?))",
            json.dumps(sorted(urls)),
        )
