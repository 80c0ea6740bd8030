"""The queue of the review: what waits for a decision, in which order, and what it can be narrowed to."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aggregator.store.connect import Connection, rows
from parsers.model import Record

#: Coverage without its texts; joined “cross”, because the planner would read all of it first where nobody analysed.
_SMALL = "coverage c INDEXED BY coverage_small"
_WAITING = f"link l INDEXED BY link_waiting CROSS JOIN {_SMALL} ON c.id = l.coverage_id WHERE l.status = 'proposed'"
#: Whether coverage enters the next issue: in one whose mails are not made yet, or new enough and in none.
_NEXT = """
    coalesce((
      SELECT i.issue_id IN (
        SELECT n.id FROM issue n WHERE n.state IN ('draft', 'held', 'released')
        AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.issue_id = n.id))
      FROM issue_item i WHERE i.coverage_id = c.id
    ), coalesce(c.published_at, c.ingested_at) >= ?)
"""


class Filter(Record, frozen=True, kw_only=True):
    """What the queue is narrowed to; the address of the page holds it."""

    band: str | None = None
    kind: str | None = None
    who: str | None = None
    area: str | None = None
    position: str | None = None  # key of a statement


class Waiting(Record, frozen=True, kw_only=True):
    """One proposal in the queue."""

    link: int
    coverage: int
    group: int  # story, or minus the coverage where it has none
    next: bool  # enters the next issue


class ReviewQueue:
    """Reads of what waits."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def queue(self, wanted: Filter, oldest: str) -> list[int]:
        """All links that wait: what enters the next issue first, then the most uncertain, stories kept together.

        `oldest` is the time before which coverage is archive and enters no issue.
        Decided links count for the order too, so that a decision never moves what is still open.
        The indexes are named because a row of coverage has its text before what is asked here: without them the
        same query reads all texts, and takes twice as long.
        """
        where, values = _where(wanted)
        found = rows(
            self._db,
            f"""
            WITH asked AS MATERIALIZED (
              SELECT coverage_id AS id, min(abs(coalesce(score, 1) - 0.5)) AS sure
              FROM link INDEXED BY link_queue GROUP BY coverage_id
            ), piece AS MATERIALIZED (
              SELECT c.id, c.story_id, c.is_lead, c.kind, c.who, a.sure, {_NEXT} AS next
              FROM asked a CROSS JOIN {_SMALL} ON c.id = a.id
            ), story AS MATERIALIZED (
              SELECT story_id, max(next) AS next, min(sure) AS sure FROM piece
              WHERE story_id IS NOT NULL GROUP BY story_id
            )
            SELECT l.id FROM piece c LEFT JOIN story s ON s.story_id = c.story_id
            CROSS JOIN link l INDEXED BY link_queue ON l.coverage_id = c.id AND l.status = 'proposed'
            WHERE 1 {where}
            ORDER BY coalesce(s.next, c.next) DESC, coalesce(s.sure, c.sure), coalesce(c.story_id, -c.id),
              c.is_lead DESC, c.id, l.score DESC, l.id
            """,
            oldest,
            *values,
        )
        return [row[0] for row in found]

    def waiting(self, links: Sequence[int], oldest: str) -> list[Waiting]:
        """What the queue says of some of its links, in the order given; a link that is gone is left out."""
        found = rows(
            self._db,
            f"""
            SELECT l.id, c.id AS coverage, coalesce(c.story_id, -c.id) AS grp, {_NEXT} AS next
            FROM link l JOIN coverage c ON c.id = l.coverage_id WHERE l.id IN (SELECT value FROM json_each(?))
            """,
            oldest,
            json.dumps(links),
        )
        known = {
            row["id"]: Waiting(link=row["id"], coverage=row["coverage"], group=row["grp"], next=bool(row["next"]))
            for row in found
        }
        return [known[link] for link in links if link in known]

    def choices(self) -> dict[str, list[tuple[str, str, int]]]:
        """What the queue can be narrowed to: name of the filter → value, label, how many wait."""
        queries = {
            "band": "SELECT band, band, count(*) FROM link WHERE status = 'proposed' GROUP BY 1 ORDER BY 1",
            "kind": f"SELECT c.kind, c.kind, count(*) FROM {_WAITING} GROUP BY 1 ORDER BY 1",
            "who": f"SELECT c.who, c.who, count(*) AS n FROM {_WAITING} AND c.who IS NOT NULL "
            "GROUP BY 1 ORDER BY n DESC, 1 LIMIT 40",
            "area": "SELECT a.area, a.area, count(*) AS n FROM link l JOIN statement_area a "
            "ON a.statement_id = l.statement_id WHERE l.status = 'proposed' GROUP BY 1 ORDER BY 1",
            "position": "SELECT s.key, s.title, count(*) AS n FROM link l JOIN statement s ON s.id = l.statement_id "
            "WHERE l.status = 'proposed' GROUP BY s.id ORDER BY n DESC, s.title LIMIT 200",
        }
        return {
            name: [(row[0], row[1], row[2]) for row in rows(self._db, sql) if row[0]] for name, sql in queries.items()
        }


def _where(wanted: Filter) -> tuple[str, list[str]]:
    clauses = {
        "band": "l.band = ?",
        "kind": "c.kind = ?",
        "who": "c.who = ?",
        "area": "l.statement_id IN (SELECT statement_id FROM statement_area WHERE area = ?)",
        "position": "l.statement_id = (SELECT id FROM statement WHERE key = ?)",
    }
    given = [(sql, getattr(wanted, name)) for name, sql in clauses.items() if getattr(wanted, name)]
    return "".join(f" AND {sql}" for sql, _ in given), [value for _, value in given]
