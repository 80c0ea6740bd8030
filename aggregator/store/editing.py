"""What staff change about a position: its title, areas, dates and other names; positions they add or retire.

What a person set is for ever: a paper that comes again changes none of it.
"""

from __future__ import annotations

import datetime as dt

from aggregator.errors import CuttingsError
from aggregator.identity import text_sha
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.store.people import Person
from aggregator.store.review import Review
from parsers.model import Record
from parsers.statements import statement_id


class Edit(Record, frozen=True, kw_only=True):
    """What a form says of a position."""

    title: str
    areas: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    adopted_on: dt.date | None = None
    valid_from: dt.date | None = None
    retired_on: dt.date | None = None


class Editing:
    """Writes of people to positions."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._review = Review(connection)

    def current(self, row: Row) -> Edit:
        """A position as a form shows it."""
        areas = rows(self._db, "SELECT area FROM statement_area WHERE statement_id = ? ORDER BY area", row["id"])
        aliases = rows(self._db, "SELECT alias FROM statement_alias WHERE statement_id = ? ORDER BY alias", row["id"])
        return Edit(
            title=row["title"],
            areas=tuple(item[0] for item in areas),
            aliases=tuple(item[0] for item in aliases),
            adopted_on=_day(row["adopted_on"]),
            valid_from=_day(row["valid_from"]),
            retired_on=_day(row["retired_at"]),
        )

    def mark(self, edit: Edit) -> str:
        """A fingerprint of what a form was made from."""
        return text_sha(repr(edit))[:16]

    def save(self, row: Row, edit: Edit, *, seen: str, who: Person, now: str) -> bool:
        """Write a form; False, with nothing written, where another person changed the position since `seen`."""
        with transaction(self._db):
            before = self.current(row)
            if self.mark(before) != seen:
                return False
            if before == edit:
                return True
            self._write(row["id"], before, edit, who.name, now)
            told = [name for name in Edit.__struct_fields__ if getattr(before, name) != getattr(edit, name)]
            self._review.log(
                "edit",
                who=who,
                now=now,
                statement=row["key"],
                before="; ".join(f"{name}: {_told(getattr(before, name))}" for name in told),
                after="; ".join(f"{name}: {_told(getattr(edit, name))}" for name in told),
            )
            return True

    def _write(self, row_id: int, before: Edit, edit: Edit, who: str, now: str) -> None:
        retired = f"{edit.retired_on.isoformat()}T00:00:00Z" if edit.retired_on else None
        self._db.execute(
            "UPDATE statement SET title = ?, title_by = CASE WHEN title = ? THEN title_by ELSE ? END, adopted_on = ?, "
            "valid_from = ?, retired_at = ? WHERE id = ?",
            (edit.title, edit.title, who, _iso(edit.adopted_on), _iso(edit.valid_from), retired, row_id),
        )
        if before.areas != edit.areas:
            self._db.execute("UPDATE statement SET areas_by = ? WHERE id = ?", (who, row_id))
            self._areas(row_id, edit)
        if before.aliases != edit.aliases:
            self._aliases(row_id, edit, who, now)
        if edit.retired_on:
            self._db.execute("DELETE FROM link WHERE statement_id = ? AND status = 'proposed'", (row_id,))

    def _areas(self, row_id: int, edit: Edit) -> None:
        self._db.execute("DELETE FROM statement_area WHERE statement_id = ?", (row_id,))
        self._db.executemany(
            "INSERT INTO statement_area VALUES (?, ?) ON CONFLICT DO NOTHING", [(row_id, area) for area in edit.areas]
        )

    def _aliases(self, row_id: int, edit: Edit, who: str, now: str) -> None:
        self._db.execute("DELETE FROM statement_alias WHERE statement_id = ?", (row_id,))
        self._db.executemany(
            "INSERT INTO statement_alias VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(row_id, alias, who, now) for alias in edit.aliases],
        )

    def add(
        self, edit: Edit, *, position: str, context: str | None, rationale: str | None, who: Person, now: str
    ) -> str:
        """A position that stands in no paper; gives its key.

        Raises `CuttingsError` where there is one of the same words.
        """
        key = statement_id(position)
        with transaction(self._db):
            if one(self._db, "SELECT 1 FROM statement_version WHERE text_key = ?", key):
                raise CuttingsError("There is a position of exactly these words already.")
            cursor = self._db.execute(
                "INSERT INTO statement (key, title, context, position, rationale, adopted_on, valid_from, "
                "first_seen_at, ordinal, title_by, areas_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
                (
                    key, edit.title, context, position, rationale, _iso(edit.adopted_on), _iso(edit.valid_from),
                    now, who.name, who.name,
                ),
            )  # fmt: skip
            row_id = cursor.lastrowid
            assert row_id is not None
            self._db.execute(
                "INSERT INTO statement_version (statement_id, version, text_key, context, position, rationale, "
                "in_force_from, who, written_at) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)",
                (row_id, key, context, position, rationale, _iso(edit.adopted_on) or now, who.name, now),
            )
            self._areas(row_id, edit)
            self._aliases(row_id, edit, who.name, now)
            self._review.log("add position", who=who, now=now, statement=key, after=edit.title)
        return key


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text[:10]) if text else None


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "nothing")
