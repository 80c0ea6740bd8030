"""Position statements: each kept once with all its areas, every wording a version.

A statement's key comes from its first wording and stays when the wording changes.
A new edition of a paper may reword a statement: the new wording becomes a version of the old statement only
when it is unmistakably the same one (`aggregator.editions`), because a false join would hide a position.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence

import msgspec

from aggregator.model import Changes
from aggregator.store.connect import Connection, Row, one, rows
from aggregator.store.posts import clean
from parsers.model import Statement


class Statements:
    """The association's positions."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save(
        self,
        statements: Sequence[Statement],
        *,
        document_id: int,
        now: str,
        reworded: Mapping[str, str] | None = None,
        new_area: bool = False,
    ) -> Changes:
        """Store a paper's statements; `reworded` maps new wording ids to the keys of statements they renew.

        `new_area`: a person said of a known paper which area it is of.
        The caller holds the transaction.
        """
        changes = Changes()
        for ordinal, statement in enumerate(statements):
            state = self._save_one(statement, ordinal, document_id, now, (reworded or {}).get(statement.id))
            if new_area and self._move(statement, document_id):
                state = "changed"
            changes += Changes(**{state: 1})
        self._choose_titles(document_id)
        return changes

    def _choose_titles(self, document_id: int) -> None:
        """Of several papers' titles the one of the largest paper stands: it tells most statements apart."""
        self._db.execute(
            """
            UPDATE statement SET title = (
              SELECT mine.title FROM statement_document mine JOIN document d ON d.id = mine.document_id
              WHERE mine.statement_id = statement.id
              ORDER BY (SELECT count(*) FROM statement_document x WHERE x.document_id = d.id) DESC, d.sha256 LIMIT 1)
            WHERE title_by IS NULL AND id IN (SELECT statement_id FROM statement_document WHERE document_id = ?)
              AND version = 1
            """,
            (document_id,),
        )

    def _save_one(self, statement: Statement, ordinal: int, document_id: int, now: str, renews: str | None) -> str:
        row = one(self._db, "SELECT statement_id FROM statement_version WHERE text_key = ?", statement.id)
        if row:
            statement_id, state = row["statement_id"], "unchanged"
        elif renews:
            statement_id, state = self._renew(statement, renews, document_id, now), "changed"
        else:
            statement_id, state = self._insert(statement, ordinal, document_id, now), "new"
        if self._attach(statement_id, statement, document_id) and state == "unchanged":
            state = "shared"
        return state

    def _insert(self, statement: Statement, ordinal: int, document_id: int, now: str) -> int:
        cursor = self._db.execute(
            "INSERT INTO statement (key, title, context, position, rationale, adopted_on, organisation, "
            "first_seen_at, ordinal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                statement.id,
                clean(statement.title),
                clean(statement.context),
                clean(statement.position),
                clean(statement.rationale),
                statement.adopted_on.isoformat() if statement.adopted_on else None,
                clean(statement.organisation),
                now,
                ordinal,
            ),
        )
        assert cursor.lastrowid is not None
        self._add_version(cursor.lastrowid, 1, statement, document_id, now)
        return cursor.lastrowid

    def _renew(self, statement: Statement, key: str, document_id: int, now: str) -> int:
        """A new wording of a known statement; what staff wrote stays in force unless the paper is of a later day."""
        row = one(self._db, "SELECT * FROM statement WHERE key = ?", key)
        assert row is not None
        version = row["version"] + 1
        self._add_version(row["id"], version, statement, document_id, now)
        ours = one(
            self._db,
            "SELECT * FROM statement_version WHERE statement_id = ? AND version = ? AND who IS NOT NULL",
            row["id"],
            row["version"],
        )
        if ours and not _later(statement, ours["in_force_from"]):
            self._repeat(ours, version + 1)
            return int(row["id"])
        self._db.execute(
            "UPDATE statement SET title = ?, context = ?, position = ?, rationale = ?, version = ? WHERE id = ?",
            (
                row["title"] if row["title_by"] else clean(statement.title),
                clean(statement.context),
                clean(statement.position),
                clean(statement.rationale),
                version,
                row["id"],
            ),
        )
        return int(row["id"])

    def _repeat(self, ours: Row, version: int) -> None:
        """Put a wording of staff after one that a paper brought: the last version that holds on a day is in force."""
        self._db.execute(
            "INSERT INTO statement_version (statement_id, version, text_key, context, position, rationale, "
            "in_force_from, who, written_at) SELECT statement_id, ?, text_key || '/' || ?, context, position, "
            "rationale, in_force_from, who, written_at FROM statement_version WHERE statement_id = ? AND version = ?",
            (version, version, ours["statement_id"], ours["version"]),
        )
        self._db.execute("UPDATE statement SET version = ? WHERE id = ?", (version, ours["statement_id"]))

    def _add_version(self, statement_id: int, version: int, statement: Statement, document_id: int, now: str) -> None:
        in_force = statement.adopted_on.isoformat() if statement.adopted_on else now
        self._db.execute(
            "INSERT INTO statement_version (statement_id, version, text_key, context, position, rationale, "
            "document_id, in_force_from) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                statement_id,
                version,
                statement.id,
                clean(statement.context),
                clean(statement.position),
                clean(statement.rationale),
                document_id,
                in_force,
            ),
        )

    def _move(self, statement: Statement, document_id: int) -> bool:
        """Take a statement out of areas that only this paper can have put it in; True where there were any."""
        cursor = self._db.execute(
            """
            DELETE FROM statement_area WHERE area NOT IN (SELECT value FROM json_each(?2)) AND statement_id IN (
              SELECT v.statement_id FROM statement_version v JOIN statement s ON s.id = v.statement_id
              WHERE v.text_key = ?1 AND s.areas_by IS NULL AND NOT EXISTS (
                SELECT 1 FROM statement_document o WHERE o.statement_id = s.id AND o.document_id != ?3))
            """,
            (statement.id, json.dumps([clean(area) for area in statement.areas]), document_id),
        )
        return cursor.rowcount > 0

    def _attach(self, statement_id: int, statement: Statement, document_id: int) -> bool:
        """Note the areas and the paper; True when something was new."""
        before = self._db.total_changes
        self._db.executemany(
            "INSERT INTO statement_area SELECT ?1, ?2 WHERE (SELECT areas_by FROM statement WHERE id = ?1) IS NULL "
            "ON CONFLICT DO NOTHING",
            [(statement_id, clean(area)) for area in statement.areas],
        )
        new_area = self._db.total_changes > before
        self._db.execute(
            "INSERT INTO statement_document VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (statement_id, document_id, clean(statement.title)),
        )
        return new_area

    def in_force(self) -> list[Statement]:
        """All statements that are not retired, text in force, oldest first; `id` is the key."""
        return [to_statement(row) for row in self.rows("s.retired_at IS NULL")]

    def all_versions(self) -> list[Statement]:
        """Every wording of the statements that are not retired, dated by the day from which it is in force.

        First wordings keep their own date of adoption, where the paper says one.
        """
        wordings: dict[int, list[Row]] = {}
        for row in rows(self._db, "SELECT * FROM statement_version ORDER BY statement_id, version"):
            wordings.setdefault(row["statement_id"], []).append(row)
        out = []
        for row in self.rows("s.retired_at IS NULL"):
            statement = to_statement(row)
            for old in wordings.get(row["id"], ()):
                dated = old["version"] > 1
                out.append(
                    msgspec.structs.replace(
                        statement,
                        context=old["context"],
                        position=old["position"],
                        rationale=old["rationale"],
                        version=old["version"],
                        adopted_on=dt.date.fromisoformat(old["in_force_from"][:10]) if dated else statement.adopted_on,
                    )
                )
        return out

    def earlier_editions(self, statements: Sequence[Statement], paper: str | None) -> list[Statement]:
        """The statements of stored papers of which these may be a new edition: same organisation, title or area."""
        areas = sorted({clean(area) for statement in statements for area in statement.areas})
        owner = next((statement.organisation for statement in statements if statement.organisation), None)
        found = self.rows(
            """
            s.retired_at IS NULL AND (s.organisation IS NULL OR ?1 IS NULL OR s.organisation = ?1) AND s.id IN (
              SELECT sd.statement_id FROM statement_document sd JOIN document d ON d.id = sd.document_id
              WHERE json_extract(d.notes, '$.paper') = ?2
              OR json_extract(d.notes, '$.area') IN (SELECT value FROM json_each(?3)))
            """,
            owner,
            paper,
            json.dumps(areas),
        )
        return [to_statement(row) for row in found]

    def rows(self, where: str = "1", *parameters: object) -> list[Row]:
        """Rows of statements in the order in which papers hold them."""
        return rows(
            self._db,
            f"""
            SELECT s.*,
              (SELECT json_group_array(area) FROM statement_area WHERE statement_id = s.id) AS areas,
              (SELECT json_group_array(alias) FROM statement_alias WHERE statement_id = s.id) AS aliases,
              (SELECT json_group_array(name) FROM (
                 SELECT d.name FROM statement_document sd JOIN document d ON d.id = sd.document_id
                 WHERE sd.statement_id = s.id ORDER BY d.name)) AS sources
            FROM statement s WHERE {where} ORDER BY s.key
            """,
            *parameters,
        )

    def organisation(self) -> str | None:
        """Whose positions these are, as most papers say."""
        row = one(
            self._db,
            "SELECT organisation FROM statement WHERE organisation IS NOT NULL "
            "GROUP BY organisation ORDER BY count(*) DESC, organisation",
        )
        return row[0] if row else None

    def versions(self, statement_id: int) -> list[Row]:
        """All wordings of a statement, oldest first."""
        return rows(self._db, "SELECT * FROM statement_version WHERE statement_id = ? ORDER BY version", statement_id)


def _later(statement: Statement, day: str) -> bool:
    """Whether a paper says that it was adopted after a day."""
    return statement.adopted_on is not None and statement.adopted_on.isoformat() > day[:10]


def to_statement(row: Row) -> Statement:
    """A row of `Statements.rows` as the parser's record, with the key as id."""
    return Statement(
        id=row["key"],
        title=row["title"],
        areas=msgspec.json.decode(row["areas"], type=tuple[str, ...]),
        context=row["context"],
        position=row["position"],
        rationale=row["rationale"],
        adopted_on=dt.date.fromisoformat(row["adopted_on"]) if row["adopted_on"] else None,
        organisation=row["organisation"],
        aliases=msgspec.json.decode(row["aliases"], type=tuple[str, ...]),
        version=row["version"],
    )
