"""The position board: how each position fares, and one position over time.

Coverage counts for a position when a person vouches for the link or the linker calls it likely.
"""

from __future__ import annotations

import datetime as dt

from aggregator.store.connect import Connection, Row, one, rows
from aggregator.times import utc

WEEK = dt.timedelta(days=7)
#: Links that count.
SURE = "(l.status IN ('confirmed', 'added') OR l.status = 'proposed' AND l.band = 'likely')"


class Board:
    """Reads of positions with their coverage."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def positions(self, from_at: dt.datetime, *, retired: bool = False) -> list[Row]:
        """Every position with its counts: this week (since `from_at`), the four weeks before, all, last covered."""
        return rows(
            self._db,
            f"""
            WITH hit AS (
              SELECT l.statement_id, c.id, c.published_at FROM link l JOIN coverage c ON c.id = l.coverage_id
              WHERE {SURE}
            ), counted AS (
              SELECT statement_id, count(*) AS total, max(published_at) AS last_covered,
                count(*) FILTER (WHERE published_at >= ?1) AS this_week,
                count(*) FILTER (WHERE published_at >= ?2 AND published_at < ?1) AS four_weeks,
                coalesce(sum((SELECT count(*) FROM quote q WHERE q.coverage_id = hit.id)), 0) AS quotes
              FROM hit GROUP BY statement_id
            ), waiting AS (
              SELECT statement_id, count(*) AS open FROM link WHERE status = 'proposed' GROUP BY statement_id
            )
            SELECT s.*, coalesce(h.total, 0) AS total, h.last_covered, coalesce(h.this_week, 0) AS this_week,
              coalesce(h.four_weeks, 0) AS four_weeks, coalesce(h.quotes, 0) AS quotes, coalesce(w.open, 0) AS open,
              (SELECT json_group_array(area) FROM statement_area WHERE statement_id = s.id) AS areas
            FROM statement s LEFT JOIN counted h ON h.statement_id = s.id LEFT JOIN waiting w ON w.statement_id = s.id
            WHERE (s.retired_at IS NOT NULL) = ?3
            ORDER BY this_week DESC, four_weeks DESC, total DESC, s.title
            """,
            utc(from_at),
            utc(from_at - 4 * WEEK),
            int(retired),
        )

    def topics(self, limit: int = 20) -> list[Row]:
        """Coverage of which a person said that no position of ours fits, latest first."""
        return rows(
            self._db,
            "SELECT c.*, n.who AS said_by, n.at AS said_at, (SELECT card_title FROM post WHERE thread_id = c.id "
            "AND card_title IS NOT NULL ORDER BY part) AS card_title FROM no_fit n "
            "JOIN coverage c ON c.id = n.coverage_id ORDER BY n.at DESC LIMIT ?",
            limit,
        )

    def weeks(self, statement_id: int, until: dt.datetime, n: int = 26) -> list[tuple[dt.datetime, int, int]]:
        """Start, vouched-for pieces and proposed likely pieces of the last `n` weeks, oldest first."""
        found = rows(
            self._db,
            f"SELECT c.published_at, l.status FROM link l JOIN coverage c ON c.id = l.coverage_id "
            f"WHERE l.statement_id = ? AND {SURE} AND c.published_at >= ? AND c.published_at < ?",
            statement_id,
            utc(until - n * WEEK),
            utc(until),
        )
        weeks = [[until - (n - k) * WEEK, 0, 0] for k in range(n)]
        for row in found:
            at = dt.datetime.fromisoformat(row["published_at"])
            place = min(n - 1, (at - (until - n * WEEK)) // WEEK)
            weeks[place][1 if row["status"] != "proposed" else 2] += 1  # type: ignore[operator]
        return [(week[0], week[1], week[2]) for week in weeks]  # type: ignore[misc]

    def coverage(self, statement_id: int, limit: int, offset: int) -> list[Row]:
        """Coverage linked to a position, rejected links left out, latest first."""
        return rows(
            self._db,
            "SELECT c.*, l.status, l.band, l.score, l.evidence, l.stance, t.parts_found, t.expected, t.missing, "
            "(SELECT card_title FROM post WHERE thread_id = c.id AND card_title IS NOT NULL ORDER BY part) "
            "AS card_title FROM link l JOIN coverage c ON c.id = l.coverage_id "
            "LEFT JOIN thread t ON t.coverage_id = c.id "
            "WHERE l.statement_id = ? AND l.status != 'rejected' "
            "ORDER BY c.published_at DESC, c.id LIMIT ? OFFSET ?",
            statement_id,
            limit,
            offset,
        )

    def quotes(self, statement_id: int, limit: int = 10) -> list[Row]:
        """Words of our people in coverage linked to a position, latest first."""
        return rows(
            self._db,
            f"SELECT q.*, c.key, c.who, c.published_at FROM quote q JOIN coverage c ON c.id = q.coverage_id "
            f"JOIN link l ON l.coverage_id = c.id WHERE l.statement_id = ? AND {SURE} "
            "ORDER BY c.published_at DESC, q.n LIMIT ?",
            statement_id,
            limit,
        )

    def areas(self) -> list[str]:
        """All areas, by name."""
        return [row[0] for row in rows(self._db, "SELECT DISTINCT area FROM statement_area ORDER BY area")]

    def count(self, statement_id: int) -> int:
        """How many pieces are linked, rejected ones left out."""
        row = one(self._db, "SELECT count(*) FROM link WHERE statement_id = ? AND status != 'rejected'", statement_id)
        return int(row[0]) if row else 0
