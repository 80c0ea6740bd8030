"""Links from coverage to positions: proposals of the linker, decisions of people.

A decision is for ever: proposing again replaces proposals only and never touches what a person confirmed,
rejected or added.
Every decision is an event; the state in `link` can be rebuilt from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from aggregator.errors import CuttingsError, NotFoundError
from aggregator.model import Changes, Decision, LinkProposal, LinkStatus
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.times import parse_utc


class Links:
    """The links of the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._statement_ids: dict[str, tuple[int, int]] = {}

    def waiting(self, rule: str, *, everything: bool = False) -> Iterator[tuple[int, str, str]]:
        """Id, text to link and its mark, of coverage that changed since `rule` last proposed."""
        query = (
            "SELECT id, headline, summary, text, text_sha FROM coverage "
            "WHERE ?1 OR linked_sha IS NOT text_sha || '/' || ?2 ORDER BY id"
        )
        for row in rows(self._db, query, everything, rule):
            text = "\n\n".join(part for part in (row["headline"], row["summary"], row["text"]) if part)
            yield row["id"], text, f"{row['text_sha']}/{rule}"

    def propose(
        self, coverage_id: int, proposals: Sequence[LinkProposal], *, rule: str, mark: str, now: str
    ) -> Changes:
        """Replace the open proposals of one coverage; decided links stay as they are.

        The caller holds the transaction.
        """
        old = {row["key"]: row for row in self.of_coverage(coverage_id)}
        changes = Changes()
        for proposal in proposals:
            row = old.pop(proposal.statement_id, None)
            if row is None:
                self._insert(coverage_id, proposal, rule, now)
                changes += Changes(new=1)
            elif row["status"] == "proposed":
                changes += Changes(**{self._refresh(row, proposal, rule): 1})
        for row in old.values():
            if row["status"] == "proposed":
                self._db.execute("DELETE FROM link WHERE id = ?", (row["id"],))
                changes += Changes(changed=1)
        self._db.execute("UPDATE coverage SET linked_sha = ? WHERE id = ?", (mark, coverage_id))
        return changes

    def _insert(self, coverage_id: int, proposal: LinkProposal, rule: str, now: str) -> None:
        statement_id, version = self._statement(proposal.statement_id)
        self._db.execute(
            "INSERT INTO link (coverage_id, statement_id, status, statement_version, score, band, evidence, rule, "
            "proposed_at) VALUES (?, ?, 'proposed', ?, ?, ?, ?, ?, ?)",
            (coverage_id, statement_id, version, proposal.score, proposal.band, encode(proposal), rule, now),
        )

    def _refresh(self, row: Row, proposal: LinkProposal, rule: str) -> str:
        evidence = encode(proposal)
        if row["evidence"] == evidence and row["rule"] == rule:
            return "unchanged"
        _, version = self._statement(proposal.statement_id)
        self._db.execute(
            "UPDATE link SET score = ?, band = ?, evidence = ?, rule = ?, statement_version = ? WHERE id = ?",
            (proposal.score, proposal.band, evidence, rule, version, row["id"]),
        )
        return "changed"

    def _statement(self, key: str) -> tuple[int, int]:
        """Row id and version of a statement."""
        if key not in self._statement_ids:
            row = one(self._db, "SELECT id, version FROM statement WHERE key = ?", key)
            if row is None:
                raise NotFoundError(f"there is no position “{key}”")
            self._statement_ids[key] = (row["id"], row["version"])
        return self._statement_ids[key]

    def of_coverage(self, coverage_id: int) -> list[Row]:
        """Links of one coverage, best first, with the key and title of the statement."""
        return rows(
            self._db,
            "SELECT l.*, s.key, s.title FROM link l JOIN statement s ON s.id = l.statement_id "
            "WHERE l.coverage_id = ? ORDER BY l.status = 'rejected', l.score DESC, s.key",
            coverage_id,
        )

    def open_counts(self) -> tuple[int, int]:
        """How many links wait for a decision, and how many of these are likely."""
        row = one(
            self._db, "SELECT count(*), count(*) FILTER (WHERE band = 'likely') FROM link WHERE status = 'proposed'"
        )
        return (row[0], row[1]) if row else (0, 0)

    def decide(
        self, coverage_id: int, statement_key: str, action: str, *, who: str, now: str, expected: int | None = None
    ) -> LinkStatus:
        """Confirm, reject or add a link.

        `expected` is the version the person saw; where another decided meanwhile, nothing is written and
        `CuttingsError` says who.
        """
        with transaction(self._db):
            row = self._row(coverage_id, statement_key)
            if row is not None and expected is not None and row["version"] != expected:
                raise CuttingsError(
                    f"{row['decided_by'] or 'the linker'} changed this link meanwhile: it is {row['status']} now"
                )
            after: LinkStatus = "added" if action == "add" else "confirmed" if action == "confirm" else "rejected"
            if row is None:
                statement_id, version = self._statement(statement_key)
                self._db.execute(
                    "INSERT INTO link (coverage_id, statement_id, status, statement_version, evidence, rule, "
                    "proposed_at) VALUES (?, ?, 'added', ?, '{}', 'person', ?)",
                    (coverage_id, statement_id, version, now),
                )
                row = self._row(coverage_id, statement_key)
                assert row is not None
                before = None
            else:
                before = row["status"]
            self._set(row, before, after, who, now)
        return after

    def _row(self, coverage_id: int, statement_key: str) -> Row | None:
        return one(
            self._db,
            "SELECT l.*, c.text FROM link l JOIN statement s ON s.id = l.statement_id "
            "JOIN coverage c ON c.id = l.coverage_id WHERE l.coverage_id = ? AND s.key = ?",
            coverage_id,
            statement_key,
        )

    def _set(self, row: Row, before: str | None, after: str, who: str, now: str) -> None:
        self._db.execute(
            "UPDATE link SET status = ?, decided_at = ?, decided_by = ?, decided_text = ?, version = version + 1 "
            "WHERE id = ?",
            (after, now, who, row["text"], row["id"]),
        )
        self._db.execute(
            "INSERT INTO link_event (link_id, at, who, before, after, rule) VALUES (?, ?, ?, ?, ?, ?)",
            (row["id"], now, who, before, after, row["rule"]),
        )

    def decisions(self) -> list[Decision]:
        """Everything that people decided, oldest first, for the linker to learn from."""
        found = rows(
            self._db,
            "SELECT l.*, s.key FROM link l JOIN statement s ON s.id = l.statement_id "
            "WHERE l.status != 'proposed' AND l.decided_text IS NOT NULL ORDER BY l.decided_at, l.id",
        )
        return [
            Decision(
                text=row["decided_text"],
                statement_id=row["key"],
                status=row["status"],
                decided_at=parse_utc(row["decided_at"]),
                decided_by=row["decided_by"],
            )
            for row in found
        ]


def encode(proposal: LinkProposal) -> str:
    """A proposal as the JSON that `evidence` holds."""
    return msgspec.json.encode(proposal).decode("utf-8", "replace")


def evidence(row: Row) -> LinkProposal | None:
    """The stored proposal of a link; None for links that a person added."""
    return None if row["evidence"] == "{}" else msgspec.json.decode(row["evidence"], type=LinkProposal)
