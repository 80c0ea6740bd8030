"""The weeks before an issue, counted so that they add up.

Which error is worse: a piece that counts in two weeks shows a fall where there is none, and nobody can check it.
So every piece counts in one week only:

- what an issue holds counts in that issue's window; what came in late counts at its beginning, because before
  that nobody could have known of it;
- what the first issue found older than its window, and what no issue holds, counts in the week of its publication;
- what still waits for an issue counts in none.

What has no date of publication counts as if it was published when it came in, except in a look back.

A week that was an issue's window has the numbers that its mail had, of each position too: links are compared as they
stood on the day of the mail, because this week's are not decided yet either.
Where the rules or the positions in force have changed since that mail, the week is counted again as this one is, with
links as they stand now: a new rule or a new position would look like a rise or a fall.
What the mail of the last week had is handed on then, so that both numbers can be said.
A look back is by publication throughout.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from aggregator.issue_model import Cell, History, PositionCount, WeekCount
from aggregator.store.connect import Connection, Row, one, rows
from aggregator.times import parse_utc, utc
from aggregator.weeks import NEWS_FOR
from parsers.model import Record

#: Values of `_COUNTED` besides its span.
Rule: TypeAlias = dict[str, str | bool | None]

WEEK = dt.timedelta(days=7)
#: An archive whose first piece is this far into a week has the week: nothing may have been said on its Monday.
BEGINNING = dt.timedelta(days=2)
#: The weeks that an issue shows numbers of: the last one, and the mean of four.
SHOWN = 4 * WEEK

#: Links that may stand in a mail.
_SURE = "(l.status IN ('confirmed', 'added') OR l.status = 'proposed' AND l.band = 'likely')"
#: Pieces that count from :start until :end; what waits and is newer than :oldest is in the issue that is being made.
#: `{where}` narrows what is looked at.
_COUNTED = """
    SELECT c.id, c.published_at, CASE
      WHEN n.id IS NULL OR :look_back THEN c.published_at
      WHEN c.published_at >= n.from_at AND c.published_at < n.until_at THEN c.published_at
      WHEN n.id = :first AND c.published_at < n.from_at THEN c.published_at
      ELSE n.from_at END AS counted_at
    FROM (
      -- Nearly all of it from an index, without the wide rows.
      SELECT c.id, c.published_at FROM coverage c
        WHERE c.published_at >= :start AND c.published_at < :end {where}
      UNION ALL SELECT c.id, c.ingested_at FROM coverage c WHERE NOT :look_back AND c.published_at IS NULL
        AND c.ingested_at >= :start AND c.ingested_at < :end {where}
      UNION ALL SELECT c.id, coalesce(c.published_at, c.ingested_at) FROM issue n
        CROSS JOIN issue_item i ON i.issue_id = n.id CROSS JOIN coverage c ON c.id = i.coverage_id
        WHERE NOT :look_back AND n.until_at > :start AND n.from_at < :end AND i.coverage_id NOT IN (
          SELECT id FROM coverage WHERE published_at >= :start AND published_at < :end UNION ALL
          SELECT id FROM coverage WHERE published_at IS NULL AND ingested_at >= :start AND ingested_at < :end) {where}
    ) c
    LEFT JOIN issue_item i ON i.coverage_id = c.id LEFT JOIN issue n ON n.id = i.issue_id
    WHERE counted_at >= :start AND counted_at < :end
      AND (:look_back OR n.id IS NOT NULL OR c.published_at < :oldest
        OR EXISTS (SELECT 1 FROM issue_excluded e WHERE e.coverage_id = c.id))
"""


class _On(Record, frozen=True, kw_only=True):
    """What is read of a position in a frozen issue."""

    statement_id: str
    this_week: int = 0


class _Frozen(Record, frozen=True, kw_only=True):
    """What is read of a frozen issue; the rest of it is passed over."""

    numbers: tuple[Cell, ...] = ()
    basis: str = ""
    positions: tuple[_On, ...] = ()
    more_positions: tuple[_On, ...] = ()
    totals: tuple[tuple[str, int], ...] = ()  # section → how many lines there were


class _Mailed(Record, frozen=True, kw_only=True):
    """What the mail of a week had."""

    count: WeekCount
    basis: str
    positions: dict[str, int]  # statement → pieces, of those that had any
    has_all: bool  # whether the issue kept all of these


def _as_mailed(positions: Iterable[PositionCount], mail: _Mailed) -> tuple[PositionCount, ...]:
    """Positions with the number of the last week that its mail had, of those that it kept."""
    return tuple(
        msgspec.structs.replace(one, last_week=mail.positions.get(one.statement_id, 0))
        if mail.has_all or one.statement_id in mail.positions
        else one
        for one in positions
    )


def _basis(rules: str, positions: Iterable[PositionCount]) -> str:
    """A short name of what numbers are counted by."""
    keys = sorted(position.statement_id for position in positions)
    return hashlib.sha256(json.dumps([rules, keys]).encode()).hexdigest()[:12]


class Histories:
    """Reads of what came before a window."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def before(
        self, from_at: dt.datetime, zone: dt.tzinfo = dt.UTC, *, look_back: bool = False, rules: str = ""
    ) -> History:
        """The seven weeks before a window and how each position fared.

        Weeks begin at the window's time of day in the team's `zone`, whatever the clocks did in between.
        A week in which the archive only began is left out: what is missing of it would look like a rise.
        `rules` names what decides what is counted, besides the positions.
        """
        since, first = self._since(), self._first_issue()
        is_first = first is None or (first["from_at"] or "") >= (utc(from_at) or "")
        local = from_at.astimezone(zone).replace(tzinfo=None)
        starts = [(local - n * WEEK).replace(tzinfo=zone).astimezone(dt.UTC) for n in range(7, -1, -1)]
        mailed = {} if look_back else self._frozen(starts)
        # Before the first issue nothing is awaited: what it holds of older weeks counts in those.
        rule: Rule = {
            "first": first["id"] if first else None,
            "look_back": look_back,
            "oldest": utc(from_at if is_first else from_at - NEWS_FOR),
        }
        positions = tuple(self._positions(from_at, rule))
        basis = _basis(rules, positions)
        known, recounted, was = [], False, None
        for start, end in itertools.pairwise(starts):
            if not since or since - start > BEGINNING:
                continue
            mail = mailed.get((utc(start), utc(end)))
            week = mail.count if mail and mail.basis == basis else self._week(start, end, rule)
            differs = mail is not None and week != mail.count
            recounted |= differs and from_at - start <= SHOWN + BEGINNING
            was = mail.count if mail and differs else None
            known.append(week)
        last = mailed.get((utc(starts[-2]), utc(starts[-1])))
        return History(
            weeks=tuple(known),
            positions=_as_mailed(positions, last) if last and last.basis == basis else positions,
            basis=basis,
            recounted=recounted,
            mailed=was,
            archive_since=since,
            first=is_first and not look_back,
        )

    def _since(self) -> dt.datetime | None:
        """When the archive's coverage begins."""
        row = one(self._db, "SELECT min(published_at) FROM coverage")
        return parse_utc(row[0]) if row else None

    def _first_issue(self) -> Row | None:
        """The first issue that held something."""
        return one(
            self._db,
            "SELECT id, from_at FROM issue n WHERE EXISTS (SELECT 1 FROM issue_item i WHERE i.issue_id = n.id) "
            "ORDER BY until_at LIMIT 1",
        )

    def _frozen(self, starts: list[dt.datetime]) -> dict[tuple[str | None, str | None], _Mailed]:
        """What mails had, by window, of issues that were just one of these weeks."""
        found = rows(
            self._db,
            "SELECT from_at, until_at, CAST(digest AS BLOB) AS digest FROM issue WHERE from_at >= ? AND until_at <= ? "
            "AND state IN ('draft', 'held', 'released', 'sending', 'sent')",
            utc(starts[0]),
            utc(starts[-1]),
        )
        weeks = {}
        for row in found:
            start = parse_utc(row["from_at"])
            frozen = msgspec.json.decode(row["digest"], type=_Frozen)
            cells = {cell.name: cell for cell in frozen.numbers}
            if start and "stories" in cells:
                values = {name: cell.this_week for name, cell in cells.items()}
                on = {line.statement_id: line.this_week for line in (*frozen.positions, *frozen.more_positions)}
                weeks[row["from_at"], row["until_at"]] = _Mailed(
                    count=WeekCount(from_at=start, coverage=cells["stories"].detail or 0, **values),
                    basis=frozen.basis,
                    positions=on,
                    has_all=len(on) == dict(frozen.totals).get("positions"),
                )
        return weeks

    def _week(self, from_at: dt.datetime, until_at: dt.datetime, rule: Rule) -> WeekCount:
        row = self._db.execute(
            f"""
            WITH counted AS ({_COUNTED.format(where="")}), piece AS (
              SELECT coalesce(c.story_id, -c.id) AS story, c.kind = 'article' AS article, t.parts_found > 1 AS thread,
                EXISTS (SELECT 1 FROM link l WHERE l.coverage_id = c.id AND {_SURE}) AS linked
              FROM counted CROSS JOIN coverage c ON c.id = counted.id LEFT JOIN thread t ON t.coverage_id = c.id
            ), grouped AS (
              SELECT count(*) AS n, sum(article) AS articles, sum(thread) AS threads, sum(linked) AS linked
              FROM piece GROUP BY story
            )
            -- A lone post or thread is coverage and no story.
            SELECT coalesce(sum(n), 0) AS coverage,
              count(*) FILTER (WHERE n > 1 OR articles) AS stories,
              coalesce(sum(linked), 0) AS linked,
              -- Each once, as in the issue: copies repeat them.
              (SELECT count(DISTINCT lower(rtrim(q.quote, '.,;!?… '))) FROM counted n CROSS JOIN quote q
                ON q.coverage_id = n.id WHERE NOT q.partial) AS quotes,
              coalesce(sum(threads), 0) AS threads FROM grouped
            """,
            {"start": utc(from_at), "end": utc(until_at)} | rule,
        ).fetchone()
        return WeekCount(from_at=from_at, **{name: row[name] for name in row.keys()})  # noqa: SIM118

    def _positions(self, from_at: dt.datetime, rule: Rule) -> Iterable[PositionCount]:
        """Every position in force, with what counted for it in the four weeks before."""
        weeks = self._by_position(from_at, rule)
        query = """
            SELECT s.id, s.key, s.title,
              EXISTS (SELECT 1 FROM link l WHERE l.statement_id = s.id AND l.status = 'proposed') AS proposed,
              (SELECT json_group_array(area) FROM statement_area WHERE statement_id = s.id) AS areas
            FROM statement s WHERE s.retired_at IS NULL ORDER BY s.key
        """
        for row in self._db.execute(query).fetchall():
            last_week, four_weeks, last_covered = weeks.get(row["id"], (0, 0, None))
            yield PositionCount(
                statement_id=row["key"],
                title=row["title"],
                areas=tuple(json.loads(row["areas"])),
                last_week=last_week,
                four_weeks=four_weeks,
                last_covered=parse_utc(last_covered),
                ever=four_weeks > 0 or self._was_covered(row["id"], from_at),
                proposed=bool(row["proposed"]),
            )

    def _was_covered(self, statement_id: int, before: dt.datetime) -> bool:
        query = f"""
            SELECT 1 FROM link l CROSS JOIN coverage c ON c.id = l.coverage_id
            WHERE l.statement_id = ? AND {_SURE} AND coalesce(c.published_at, c.ingested_at) < ? LIMIT 1
        """
        return one(self._db, query, statement_id, utc(before)) is not None

    def _by_position(self, from_at: dt.datetime, rule: Rule) -> dict[int, tuple[int, int, str | None]]:
        """Statement → pieces that counted for it in the last week and in the last four, and the day of the latest."""
        linked = f"AND EXISTS (SELECT 1 FROM link l WHERE l.coverage_id = c.id AND {_SURE})"
        query = f"""
            WITH counted AS ({_COUNTED.format(where=linked)})
            SELECT l.statement_id, count(*) FILTER (WHERE c.counted_at >= :last_week) AS last_week,
              count(*) AS four_weeks, max(c.published_at) AS last_covered
            FROM counted c CROSS JOIN link l ON l.coverage_id = c.id AND {_SURE}
            GROUP BY l.statement_id
        """
        span = {"start": utc(from_at - 4 * WEEK), "end": utc(from_at), "last_week": utc(from_at - WEEK)} | rule
        return {
            row["statement_id"]: (row["last_week"], row["four_weeks"], row["last_covered"])
            for row in self._db.execute(query, span)
        }
