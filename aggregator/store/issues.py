"""Issues: what each one holds, frozen, and the log of what became of it.

An item is in one issue only, which the table's key enforces; what came in too old for any is written down with the
reason, so that digested + excluded + waiting is all there is.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence

import msgspec

from aggregator.errors import CuttingsError, NotFoundError
from aggregator.issue_model import Digest, Item, LinkView, Placement, Window
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.store.names import find
from aggregator.store.window import Windows
from aggregator.times import parse_utc, utc
from parsers.model import Record

#: States in which an issue still waits to go out.
#: Pieces on a position up to which a reader of the mail knows each of them.
FEW = 3


#: When the first mail of an issue was taken.
_WENT = (
    "(SELECT min(e.at) FROM delivery d JOIN delivery_event e ON e.delivery_id = d.id "
    "WHERE d.issue_id = i.id AND e.after = 'sent')"
)


class _Line(Record, frozen=True, kw_only=True):
    statement_id: str
    ids: tuple[str, ...] = ()


class _Counted(Record, frozen=True, kw_only=True):
    """What is read of a frozen issue for its corrections; the rest of it is passed over."""

    positions: tuple[_Line, ...] = ()


class Issues:
    """Issues of the digest."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # -------------------------------------------------------------- reading

    def find(self, issue: str) -> Row | None:
        """An issue by name."""
        return one(self._db, "SELECT * FROM issue WHERE id = ?", issue)

    def get(self, issue: str) -> Row:
        """An issue by name; raises `NotFoundError` where it has not been drafted."""
        row = self.find(issue)
        if row is None:
            raise NotFoundError(f"there is no issue {issue} yet; “digest list” shows those that are drafted")
        return row

    def all(self, limit: int = 1000) -> list[Row]:
        """Issues with how their deliveries stand, newest first."""
        states = ", ".join(
            f"(SELECT count(*) FROM delivery d WHERE d.issue_id = i.id AND d.state = '{state}') AS {state}_count"
            for state in ("pending", "sending", "sent", "failed", "unknown", "held")
        )
        return rows(
            self._db,
            "SELECT i.id, i.from_at, i.until_at, i.send_at, i.state, i.frozen_at, i.released_at, i.late, i.note, "
            "i.merged_into, (SELECT count(*) FROM issue_item t WHERE t.issue_id = i.id) AS items, "
            f"{_WENT} AS went_at, {states} FROM issue i ORDER BY i.until_at DESC, i.id DESC LIMIT ?",
            limit,
        )

    def in_state(self, *states: str) -> list[Row]:
        """Issues in one of these states, oldest first."""
        marks = ", ".join("?" * len(states))
        return rows(self._db, f"SELECT * FROM issue WHERE state IN ({marks}) ORDER BY until_at, id", *states)

    def digest(self, issue: str) -> Digest:
        """An issue as it was chosen."""
        row = self.get(issue)
        if row["merged_into"]:
            raise NotFoundError(f"{issue} has no mail of its own: it went out in {row['merged_into']}")
        return msgspec.json.decode(row["digest"], type=Digest)

    def behind(self, issue: str, names: Sequence[str]) -> list[Row]:
        """What an issue holds of some pieces, by the names that they had when it was frozen."""
        wanted = {find(self._db, name) for name in names}
        return [row for row in self.items(issue) if row["id"] in wanted]

    def rows_of(self, names: Sequence[str]) -> dict[str, int]:
        """Rows of pieces by the names that they had when an issue was frozen; those that are gone are left out."""
        found = ((name, find(self._db, name)) for name in names)
        return {name: row for name, row in found if row is not None}

    def went_at(self, issue: str) -> str | None:
        """When the first mail of an issue was taken by a server; None where none was."""
        row = one(self._db, f"SELECT {_WENT} FROM issue i WHERE i.id = ?", issue)
        return row[0] if row else None

    def items(self, issue: str) -> list[Row]:
        """What an issue holds, in the order of its sections, with keys and headlines."""
        return rows(
            self._db,
            "SELECT c.id, i.section, i.position, c.key, c.kind, c.headline, c.who, c.url, c.published_at, "
            "s.key AS statement, s.title FROM issue_item i JOIN coverage c ON c.id = i.coverage_id "
            "LEFT JOIN statement s ON s.id = i.statement_id "
            "WHERE i.issue_id = ? ORDER BY i.position",
            issue,
        )

    def events(self, issue: str) -> list[Row]:
        """What became of an issue, oldest first."""
        return rows(self._db, "SELECT * FROM issue_event WHERE issue_id = ? ORDER BY id", issue)

    def last_cutoff(self) -> dt.datetime | None:
        """Where the latest issue ended; no window before it is made again."""
        row = one(self._db, "SELECT max(until_at) FROM issue")
        return parse_utc(row[0]) if row else None

    def covered_until(self) -> dt.datetime | None:
        """Where the latest issue ended that kept what it held, else where the first began; None without issues."""
        row = one(
            self._db,
            "SELECT coalesce(max(until_at) FILTER (WHERE merged_into IS NULL AND "
            "(state != 'skipped' OR json_extract(digest, '$.items') = 0)), min(from_at)) FROM issue",
        )
        return parse_utc(row[0]) if row else None

    def last_frozen(self, before: dt.datetime) -> dt.datetime | None:
        """When the latest issue that closed before a moment was frozen."""
        row = one(
            self._db,
            "SELECT max(frozen_at) FROM issue WHERE until_at < ? "
            "AND state IN ('draft', 'held', 'released', 'sending', 'sent')",
            utc(before),
        )
        return parse_utc(row[0]) if row else None

    def corrections(self, since: dt.datetime | None) -> list[tuple[Item, LinkView]]:
        """Links that were mailed and that a person has rejected from `since` on.

        A piece that only counts under a position was mailed as well where a position has so few that a reader knows it.
        """
        found = rows(
            self._db,
            "SELECT c.key, s.key AS statement, s.title, i.issue_id, "
            "i.section != 'archive' AND i.statement_id IS l.statement_id AS named FROM issue_item i "
            "JOIN issue n ON n.id = i.issue_id AND n.state IN ('sending', 'sent') "
            "JOIN coverage c ON c.id = i.coverage_id JOIN link l ON l.coverage_id = i.coverage_id "
            "JOIN statement s ON s.id = l.statement_id "
            "WHERE l.status = 'rejected' AND l.decided_at >= ? ORDER BY l.decided_at, c.key, s.key",
            utc(since) or "",
        )
        counted = {issue: self._counted(issue) for issue in {row["issue_id"] for row in found if not row["named"]}}
        mailed = [row for row in found if row["named"] or (row["statement"], row["key"]) in counted[row["issue_id"]]]
        items = {item.id: item for item in Windows(self._db).by_keys([row["key"] for row in mailed])}
        return [
            (
                items[row["key"]],
                LinkView(statement_id=row["statement"], title=row["title"], status="rejected", band=None, score=None),
            )
            for row in mailed
        ]

    def _counted(self, issue: str) -> set[tuple[str, str]]:
        """Position and piece of the positions of an issue's mail that have few."""
        row = one(self._db, "SELECT CAST(digest AS BLOB) AS digest FROM issue WHERE id = ?", issue)
        lines = msgspec.json.decode(row["digest"], type=_Counted).positions if row else ()
        return {(line.statement_id, key) for line in lines if len(line.ids) <= FEW for key in line.ids}

    def decided_since(self, issue: str, stamp: str) -> bool:
        """Whether a person decided on a link of an issue's items from a moment on."""
        return (
            one(
                self._db,
                "SELECT 1 FROM issue_item i JOIN link l ON l.coverage_id = i.coverage_id "
                "WHERE i.issue_id = ? AND l.decided_at >= ?",
                issue,
                stamp,
            )
            is not None
        )

    # -------------------------------------------------------------- writing

    def freeze(
        self,
        digest: Digest,
        placements: Sequence[Placement],
        *,
        state: str,
        send_at: dt.datetime,
        now: dt.datetime,
        who: str,
        note: str | None,
        oldest: dt.datetime,
        merged: Iterable[Window] = (),
    ) -> None:
        """Write an issue down with all it holds, and what is too old for any; the caller holds the transaction."""
        window, stamp = digest.window, utc(now)
        self._insert(window, state, send_at, stamp, note, msgspec.json.encode(digest).decode("utf-8", "replace"))
        self._event(window.issue, None, state, who, note, stamp)
        self._db.executemany(
            "INSERT INTO issue_item (coverage_id, issue_id, section, position, statement_id) "
            "SELECT c.id, ?, ?, ?, (SELECT id FROM statement WHERE key = ?) FROM coverage c WHERE c.key = ?",
            [(window.issue, p.section, place, p.statement_id, p.id) for place, p in enumerate(placements)],
        )
        self._db.execute(
            "INSERT INTO issue_excluded (coverage_id, issue_id, reason) SELECT c.id, ?, 'too old when it came in' "
            "FROM coverage c WHERE c.ingested_at < ? AND coalesce(c.published_at, c.ingested_at) < ? "
            "AND NOT EXISTS (SELECT 1 FROM issue_item i WHERE i.coverage_id = c.id) "
            "AND NOT EXISTS (SELECT 1 FROM issue_excluded e WHERE e.coverage_id = c.id)",
            (window.issue, utc(window.until_at), utc(oldest)),
        )
        for missed in merged:
            self._insert(missed, "merged", send_at, stamp, f"merged into {window.issue}", "{}", window.issue)
            self._event(missed.issue, None, "merged", who, f"merged into {window.issue}", stamp)

    def _insert(
        self,
        window: Window,
        state: str,
        send_at: dt.datetime,
        stamp: str | None,
        note: str | None,
        digest: str,
        into: str | None = None,
    ) -> None:
        self._db.execute(
            "INSERT INTO issue (id, from_at, until_at, send_at, state, frozen_at, note, merged_into, digest) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (window.issue, utc(window.from_at), utc(window.until_at), utc(send_at), state, stamp, note, into, digest),
        )

    def redraft(self, digest: Digest, placements: Sequence[Placement]) -> None:
        """Write the same items down with the links as they stand now; only before the first mail is made."""
        issue = digest.window.issue
        self._db.execute("UPDATE issue SET digest = ? WHERE id = ?", (msgspec.json.encode(digest).decode(), issue))
        self._db.executemany(
            "UPDATE issue_item SET section = ?, position = ?, statement_id = (SELECT id FROM statement WHERE key = ?) "
            "WHERE issue_id = ? AND coverage_id = (SELECT id FROM coverage WHERE key = ?)",
            [(p.section, place, p.statement_id, issue, p.id) for place, p in enumerate(placements)],
        )

    def move(
        self, issue: str, before: Sequence[str], after: str, *, who: str, now: dt.datetime, note: str | None
    ) -> Row:
        """Take an issue from one of the states `before` to `after`, and log it; gives it as it is now.

        Raises `CuttingsError` where it is in another state.
        """
        with transaction(self._db):
            row = self.get(issue)
            if row["state"] not in before:
                raise CuttingsError(f"{issue} is {row['state']}; {_any_of(before)} can be {after}")
            released = utc(now) if after == "released" else row["released_at"]
            self._db.execute(
                "UPDATE issue SET state = ?, note = ?, released_at = ? WHERE id = ?", (after, note, released, issue)
            )
            self._event(issue, row["state"], after, who, note, utc(now))
            return self.get(issue)

    def note(self, issue: str, *, who: str, now: dt.datetime, note: str) -> None:
        """Log what somebody did with an issue that left it in its state."""
        state = self.get(issue)["state"]
        self._event(issue, state, state, who, note, utc(now))

    def set_late(self, issue: str, late: bool) -> None:
        """Whether its mails say that it is sent late."""
        self._db.execute("UPDATE issue SET late = ? WHERE id = ?", (int(late), issue))

    def set_send_at(self, issue: str, moment: dt.datetime) -> None:
        """When it goes out by itself."""
        self._db.execute("UPDATE issue SET send_at = ? WHERE id = ?", (utc(moment), issue))

    def give_back(self, issue: str) -> int:
        """What a skipped issue held waits for the next one; gives how many pieces."""
        count = self._db.execute("DELETE FROM issue_item WHERE issue_id = ?", (issue,)).rowcount
        self._db.execute("DELETE FROM issue_excluded WHERE issue_id = ?", (issue,))
        return int(count)

    def _event(self, issue: str, before: str | None, after: str, who: str, note: str | None, stamp: str | None) -> None:
        self._db.execute(
            "INSERT INTO issue_event (issue_id, at, before, after, who, note) VALUES (?, ?, ?, ?, ?, ?)",
            (issue, stamp, before, after, who, note),
        )


def _any_of(states: Sequence[str]) -> str:
    """Which issues something can be done with.

    >>> _any_of(("draft", "released", "sending")), _any_of(("sending",))
    ('only one that is draft, released or sending', 'only one that is sending')
    """
    *most, last = states
    return f"only one that is {' or '.join(filter(None, [', '.join(most), last]))}"


class Meta:
    """Small facts about the installation, by name."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, name: str) -> str | None:
        """A fact, or None."""
        row = one(self._db, "SELECT value FROM meta WHERE name = ?", name)
        return row["value"] if row else None

    def set(self, name: str, value: str) -> None:
        """Write a fact down."""
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )

    def setdefault(self, name: str, value: str) -> str:
        """A fact; written down where it is not there yet."""
        self._db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, value))
        found = self.get(name)
        assert found is not None
        return found

    def drop(self, name: str) -> None:
        """Forget a fact."""
        self._db.execute("DELETE FROM meta WHERE name = ?", (name,))


class Preferences:
    """What recipients chose for themselves, beside the settings file."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def all(self) -> dict[str, Row]:
        """By folded address."""
        return {row["address"].casefold(): row for row in rows(self._db, "SELECT * FROM preference")}

    @staticmethod
    def areas(row: Row) -> tuple[str, ...] | None:
        """The areas a recipient chose; None: as the settings say."""
        return None if row["areas"] is None else tuple(json.loads(row["areas"]))
