"""The position board: how each position fares, and one position over time.

Coverage counts for a position when a person vouches for the link or the linker calls it likely, and in the week
of its publication; where that is not known, in the week in which it came in, as in the digest.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from aggregator.store.connect import Connection, Row, one, rows
from aggregator.times import utc

WEEK = dt.timedelta(days=7)
#: So many voices make a topic busy where none is an article's.
VOICES = 3
#: The moment at which coverage counts.
AT = "coalesce(c.published_at, c.ingested_at)"
#: Links that count.
SURE = "(l.status IN ('confirmed', 'added') OR l.status = 'proposed' AND l.band = 'likely')"
#: No link that people keep: with one, the rest of what was proposed did not fit.
_NO_LINK = """NOT EXISTS (SELECT 1 FROM link l
    WHERE l.coverage_id = n.coverage_id AND l.status IN ('confirmed', 'added'))"""
#: Quotations as their words, so that copies of a story count once.
_WORDS = "q.speaker || lower(rtrim(q.quote, '.,;!?… '))"
#: A quotation that speaks of the position: it holds a word that tied the piece to it, or shares the sentence that did.
_ON_IT = """(NOT q.partial AND (
  EXISTS (SELECT 1 FROM json_each(l.evidence, '$.terms') t
    WHERE instr(lower(q.quote), lower(json_extract(t.value, '$.text'))))
  OR EXISTS (SELECT 1 FROM json_each(l.evidence, '$.echo') t WHERE instr(lower(q.quote), lower(t.value)))
  OR instr(q.quote, nullif(substr(ltrim(json_extract(l.evidence, '$.their_sentence'), '“‘"'' '), 1, 40), ''))
  OR instr(json_extract(l.evidence, '$.their_sentence'), substr(q.quote, 1, 40))))"""


class Board:
    """Reads of positions with their coverage."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def positions(self, from_at: dt.datetime) -> list[Row]:
        """Positions in force with their counts: since `from_at`, in the four weeks before, in all, last covered."""
        return self._counted(from_at, "", "s.retired_at IS NULL AND ?3 = 0", 0)

    def retired(self) -> list[Row]:
        """Positions that are in force no more, the latest first."""
        return rows(
            self._db,
            "SELECT key, title, retired_at FROM statement WHERE retired_at IS NOT NULL ORDER BY retired_at DESC, title",
        )

    def position(self, statement_id: int, from_at: dt.datetime) -> Row:
        """One position with its counts."""
        return self._counted(from_at, "AND l.statement_id = ?3", "s.id = ?3", statement_id)[0]

    def _counted(self, from_at: dt.datetime, of_links: str, of_statements: str, value: int) -> list[Row]:
        return rows(
            self._db,
            f"""
            WITH recent AS (
              SELECT l.statement_id, max(c.at) AS last_covered,
                count(*) FILTER (WHERE c.at >= ?1) AS this_week, count(*) FILTER (WHERE c.at < ?1) AS four_weeks
              FROM (
                SELECT id, published_at AS at FROM coverage WHERE published_at >= ?2 UNION ALL
                SELECT id, ingested_at FROM coverage WHERE published_at IS NULL AND ingested_at >= ?2
              ) c JOIN link l ON l.coverage_id = c.id WHERE {SURE} {of_links} GROUP BY l.statement_id
            ), every AS (
              SELECT l.statement_id, count(*) AS total FROM link l WHERE {SURE} {of_links} GROUP BY l.statement_id
            ), said AS (
              SELECT l.statement_id, count(DISTINCT {_WORDS}) AS quotes
              FROM quote q JOIN link l ON l.coverage_id = q.coverage_id WHERE {SURE} AND {_ON_IT} {of_links}
              GROUP BY l.statement_id
            ), waiting AS (
              SELECT l.statement_id, count(*) AS open FROM link l WHERE l.status = 'proposed' {of_links}
              GROUP BY l.statement_id
            )
            SELECT s.*, coalesce(e.total, 0) AS total, coalesce(r.last_covered, CASE WHEN e.total THEN (
                -- Only where nothing is recent: each of these walks all links of its position.
                SELECT max({AT}) FROM link l JOIN coverage c INDEXED BY coverage_small ON c.id = l.coverage_id
                WHERE l.statement_id = s.id AND {SURE}) END) AS last_covered,
              coalesce(r.this_week, 0) AS this_week, coalesce(r.four_weeks, 0) AS four_weeks,
              coalesce(q.quotes, 0) AS quotes, coalesce(w.open, 0) AS open,
              (SELECT json_group_array(area) FROM statement_area WHERE statement_id = s.id) AS areas
            FROM statement s LEFT JOIN recent r ON r.statement_id = s.id LEFT JOIN every e ON e.statement_id = s.id
            LEFT JOIN waiting w ON w.statement_id = s.id LEFT JOIN said q ON q.statement_id = s.id
            WHERE {of_statements}
            ORDER BY this_week DESC, four_weeks DESC, total DESC, s.title
            """,
            utc(from_at),
            utc(from_at - 4 * WEEK),
            value,
        )

    def topics(self, limit: int = 60) -> list[Row]:
        """Coverage of which a person said that no position of ours fits, one row a story, latest first.

        `copies` says how many pieces of the story were judged so.
        """
        return rows(
            self._db,
            "SELECT c.*, n.who AS said_by, t.at AS said_at, t.copies, "
            "(SELECT card_title FROM post WHERE thread_id = c.id AND card_title IS NOT NULL ORDER BY part) "
            "AS card_title FROM (SELECT n.coverage_id, max(n.at) AS at, count(*) AS copies FROM no_fit n "
            "JOIN coverage c INDEXED BY coverage_small ON c.id = n.coverage_id "
            f"WHERE {_NO_LINK} GROUP BY coalesce(c.story_id, -c.id) "
            "ORDER BY at DESC, n.coverage_id DESC LIMIT ?) t JOIN no_fit n ON n.coverage_id = t.coverage_id "
            "JOIN coverage c ON c.id = t.coverage_id ORDER BY t.at DESC, c.id DESC",
            limit,
        )

    def busy(self, since: dt.datetime, limit: int = 8) -> list[Row]:
        """Stories since a moment that tie to no position though several are on them, most pieces first.

        The same rule as in the digest: two pieces with an article among them, or three voices.
        Stories that a person has called a topic already are left out.
        """
        return rows(
            self._db,
            f"""
            WITH many AS (
              SELECT story_id, count(*) AS pieces FROM coverage
              WHERE (published_at >= ?1 OR published_at IS NULL AND ingested_at >= ?1) AND story_id IS NOT NULL
              GROUP BY story_id
              HAVING count(*) >= 2 AND (max(kind = 'article') OR count(DISTINCT coalesce(who, id)) >= {VOICES})
            ), free AS (
              SELECT * FROM many m WHERE NOT EXISTS (
                SELECT 1 FROM coverage c JOIN link l ON l.coverage_id = c.id WHERE c.story_id = m.story_id AND {SURE})
              AND NOT EXISTS (
                SELECT 1 FROM coverage c JOIN no_fit n ON n.coverage_id = c.id WHERE c.story_id = m.story_id)
              ORDER BY pieces DESC, story_id DESC LIMIT ?2
            )
            SELECT c.*, f.pieces, (SELECT card_title FROM post WHERE thread_id = c.id AND card_title IS NOT NULL
              ORDER BY part) AS card_title
            FROM free f JOIN coverage c ON c.id = (
              SELECT id FROM coverage WHERE story_id = f.story_id ORDER BY is_lead DESC, published_at, id LIMIT 1)
            ORDER BY f.pieces DESC, f.story_id DESC
            """,
            utc(since),
            limit,
        )

    def topic(self, coverage_id: int) -> Row | None:
        """Who said of a piece that no position of ours fits, and when."""
        return one(self._db, f"SELECT who, at FROM no_fit n WHERE coverage_id = ? AND {_NO_LINK}", coverage_id)

    def weeks(self, statement_id: int, until: dt.datetime, n: int = 26) -> list[tuple[dt.datetime, int, int]]:
        """Start, vouched-for pieces and proposed likely pieces of the last `n` weeks, oldest first."""
        found = rows(
            self._db,
            f"SELECT {AT} AS at, l.status FROM link l JOIN coverage c ON c.id = l.coverage_id "
            f"WHERE l.statement_id = ? AND {SURE} AND {AT} >= ? AND {AT} < ?",
            statement_id,
            utc(until - n * WEEK),
            utc(until),
        )
        weeks = [[until - (n - k) * WEEK, 0, 0] for k in range(n)]
        for row in found:
            at = dt.datetime.fromisoformat(row["at"])
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
            f"ORDER BY {AT} DESC, c.id LIMIT ? OFFSET ?",
            statement_id,
            limit,
            offset,
        )

    def quotes(self, statement_id: int, limit: int = 10) -> list[Row]:
        """Words of our people on a position, in coverage linked to it, latest first."""
        return rows(
            self._db,
            f"SELECT q.*, c.key, c.who, c.published_at FROM quote q JOIN coverage c ON c.id = q.coverage_id "
            f"JOIN link l ON l.coverage_id = c.id WHERE l.statement_id = ? AND {SURE} AND {_ON_IT} "
            "ORDER BY c.published_at DESC, q.n LIMIT ?",
            statement_id,
            limit,
        )

    def old_lines(self, statement_id: int, limit: int = 20) -> list[Row]:
        """Coverage that repeats a superseded wording of a position, latest first; rejected links left out."""
        return rows(
            self._db,
            "SELECT c.*, l.evidence, l.status, l.band, (SELECT card_title FROM post WHERE thread_id = c.id "
            "AND card_title IS NOT NULL ORDER BY part) AS card_title "
            "FROM link l JOIN coverage c ON c.id = l.coverage_id "
            "WHERE l.statement_id = ? AND l.status != 'rejected' "
            "AND json_array_length(l.evidence, '$.old_echo') > 0 ORDER BY c.published_at DESC LIMIT ?",
            statement_id,
            limit,
        )

    def near(self, statement_id: int) -> list[Row]:
        """Other positions that coverage showed beside this one as near-same, the newest first."""
        return rows(
            self._db,
            "SELECT s.key, s.title, s.adopted_on, s.retired_at FROM statement s WHERE s.id != ?1 AND s.key IN ("
            "SELECT m.value FROM (SELECT evidence FROM link WHERE statement_id = ?1 AND evidence != '{}' "
            "ORDER BY id DESC LIMIT 200) e, json_each(e.evidence, '$.group') m) "
            "ORDER BY coalesce(s.adopted_on, '') DESC, s.ordinal, s.key",
            statement_id,
        )

    def named(self, keys: Iterable[str]) -> dict[str, Row]:
        """Positions by key, with what a line about them shows."""
        query = "SELECT key, title, adopted_on, retired_at FROM statement WHERE key IN (SELECT value FROM json_each(?))"
        return {row["key"]: row for row in rows(self._db, query, json.dumps(sorted(set(keys))))}

    def decisions(self, statement_key: str, limit: int = 20) -> list[Row]:
        """What people did with a position and its links, latest first, with the coverage where there is one."""
        return rows(
            self._db,
            "SELECT a.*, c.kind, c.headline, c.text, c.who AS outlet, (SELECT card_title FROM post "
            "WHERE thread_id = c.id AND card_title IS NOT NULL ORDER BY part) AS card_title "
            "FROM audit a LEFT JOIN coverage c ON c.key = a.coverage WHERE a.statement = ? ORDER BY a.id DESC LIMIT ?",
            statement_key,
            limit,
        )

    def areas(self) -> list[str]:
        """All areas, by name."""
        return [row[0] for row in rows(self._db, "SELECT DISTINCT area FROM statement_area ORDER BY area")]

    def count(self, statement_id: int) -> int:
        """How many pieces are linked, rejected ones left out."""
        row = one(self._db, "SELECT count(*) FROM link WHERE statement_id = ? AND status != 'rejected'", statement_id)
        return int(row[0]) if row else 0
