"""What staff change about a position: title, areas, dates, other names, its wording; positions they add or retire.

What a person set is for ever: a paper that comes again changes none of it.
Which error is worse: a wording that is overwritten is gone from what coverage was judged by, one version too many is
only a line in a list.
So another wording is always another version, with the day from which it is in force and the name of its author.
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

SECTIONS = ("context", "position", "rationale")


class Edit(Record, frozen=True, kw_only=True):
    """What a form says of a position."""

    title: str
    position: str
    context: str | None = None
    rationale: str | None = None
    areas: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    adopted_on: dt.date | None = None
    valid_from: dt.date | None = None
    retired_on: dt.date | None = None

    @property
    def wording(self) -> tuple[str | None, str, str | None]:
        """The three sections whose change makes a version."""
        return self.context, self.position, self.rationale


class Editing:
    """Writes of people to positions."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._review = Review(connection)

    def current(self, row: Row) -> Edit:
        """A position as a form shows it, as it stands now."""
        row = one(self._db, "SELECT * FROM statement WHERE id = ?", row["id"]) or row
        areas = rows(self._db, "SELECT area FROM statement_area WHERE statement_id = ? ORDER BY area", row["id"])
        aliases = rows(self._db, "SELECT alias FROM statement_alias WHERE statement_id = ? ORDER BY alias", row["id"])
        return Edit(
            title=row["title"],
            position=row["position"],
            context=row["context"],
            rationale=row["rationale"],
            areas=tuple(item[0] for item in areas),
            aliases=tuple(item[0] for item in aliases),
            adopted_on=_day(row["adopted_on"]),
            valid_from=_day(row["valid_from"]),
            retired_on=_day(row["retired_at"]),
        )

    def mark(self, edit: Edit) -> str:
        """A fingerprint of what a form was made from."""
        return text_sha(repr(edit))[:16]

    def save(
        self, row: Row, edit: Edit, *, seen: str, who: Person, now: str, in_force_from: dt.date | None = None
    ) -> bool:
        """Write a form; False, with nothing written, where another person changed the position since `seen`.

        Another wording becomes a version, in force from that day, or from today.
        Raises `CuttingsError` where that day lies before the wording in force, or another position has these words.
        """
        with transaction(self._db):
            before = self.current(row)
            if self.mark(before) != seen:
                return False
            if before == edit:
                return True
            self._write(row["id"], before, edit, who.name, now)
            if before.wording != edit.wording:
                self._reword(row["id"], edit, in_force_from, who.name, now)
            self._log(row["key"], before, edit, who, now)
            return True

    def _log(self, key: str, before: Edit, edit: Edit, who: Person, now: str) -> None:
        told = [name for name in Edit.__struct_fields__ if getattr(before, name) != getattr(edit, name)]
        version = None
        if set(told) & set(SECTIONS):
            row = one(self._db, "SELECT version FROM statement WHERE key = ?", key)
            version = row["version"] if row else None
        self._review.log(
            "edit",
            who=who,
            now=now,
            statement=key,
            before="; ".join(f"{name}: {_told(getattr(before, name))}" for name in told),
            after="; ".join(f"{name}: {_told(getattr(edit, name))}" for name in told),
            note=f"version {version}" if version else None,
        )

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

    def _reword(self, row_id: int, edit: Edit, day: dt.date | None, who: str, now: str) -> None:
        """Another wording as the next version."""
        last = one(self._db, "SELECT * FROM statement_version WHERE statement_id = ? ORDER BY version DESC", row_id)
        assert last is not None
        day = day or dt.date.fromisoformat(now[:10])
        # A first wording without a date of its own has been in force from the beginning.
        since = edit.adopted_on if last["version"] == 1 else dt.date.fromisoformat(last["in_force_from"][:10])
        if since and day < since:
            raise CuttingsError(
                f"The wording in force is from {since.isoformat()}; a newer one cannot begin before it. "
                "Nothing was changed."
            )
        version = last["version"] + 1
        self._db.execute(
            "INSERT INTO statement_version (statement_id, version, text_key, context, position, rationale, "
            "in_force_from, who, written_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row_id, version, self._text_key(row_id, edit, version), *edit.wording, day.isoformat(), who, now),
        )
        self._db.execute(
            "UPDATE statement SET context = ?, position = ?, rationale = ?, version = ? WHERE id = ?",
            (*edit.wording, version, row_id),
        )

    def _text_key(self, row_id: int, edit: Edit, version: int) -> str:
        """The key by which a paper of this wording finds the position; one of its own where an earlier wording has it.

        Raises `CuttingsError` where another position has exactly these words.
        """
        key = statement_id(edit.position)
        found = one(
            self._db,
            "SELECT v.statement_id, s.title FROM statement_version v JOIN statement s ON s.id = v.statement_id "
            "WHERE v.text_key = ?",
            key,
        )
        if found is None:
            return key
        if found["statement_id"] != row_id:
            raise CuttingsError(f"Another position has exactly these words: “{found['title']}”. Nothing was changed.")
        return f"{key}/{row_id}.{version}"

    def _areas(self, row_id: int, edit: Edit) -> None:
        self._db.execute("DELETE FROM statement_area WHERE statement_id = ?", (row_id,))
        self._db.executemany(
            "INSERT INTO statement_area VALUES (?, ?) ON CONFLICT DO NOTHING", [(row_id, area) for area in edit.areas]
        )

    def _aliases(self, row_id: int, edit: Edit, who: str, now: str) -> None:
        """Names that stay keep who gave them, and when."""
        kept = set(edit.aliases)
        known = rows(self._db, "SELECT alias FROM statement_alias WHERE statement_id = ?", row_id)
        gone = [(row_id, row["alias"]) for row in known if row["alias"] not in kept]
        self._db.executemany("DELETE FROM statement_alias WHERE statement_id = ? AND alias = ?", gone)
        self._db.executemany(
            "INSERT INTO statement_alias VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(row_id, alias, who, now) for alias in edit.aliases],
        )

    def add(self, edit: Edit, *, who: Person, now: str) -> str:
        """A position that stands in no paper; gives its key.

        Raises `CuttingsError` where there is one of the same words.
        """
        key = statement_id(edit.position)
        with transaction(self._db):
            if one(self._db, "SELECT 1 FROM statement_version WHERE text_key = ?", key):
                raise CuttingsError("There is a position of exactly these words already.")
            cursor = self._db.execute(
                "INSERT INTO statement (key, title, context, position, rationale, adopted_on, valid_from, "
                "first_seen_at, ordinal, title_by, areas_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
                (
                    key, edit.title, *edit.wording, _iso(edit.adopted_on), _iso(edit.valid_from), now, who.name,
                    who.name,
                ),
            )  # fmt: skip
            row_id = cursor.lastrowid
            assert row_id is not None
            self._db.execute(
                "INSERT INTO statement_version (statement_id, version, text_key, context, position, rationale, "
                "in_force_from, who, written_at) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)",
                (row_id, key, *edit.wording, _iso(edit.adopted_on) or now, who.name, now),
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
    told = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "nothing")
    return told if len(told) <= 200 else f"{told[:200]}…"
