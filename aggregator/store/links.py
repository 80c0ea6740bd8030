"""Links from coverage to positions: proposals of the linker, decisions of people.

A decision is for ever: proposing again replaces proposals only and never touches what a person confirmed,
rejected or added.
One exception: a rejected pair whose text or statement changed materially is proposed again, and says so.
What is told of a confirmed link stays as it was confirmed while its sentence stands in the text.
Every decision is an event with the text and the wording it was made on; the linker learns from the events,
so that what was taken back leaves no trace.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from aggregator.errors import CuttingsError, NotFoundError
from aggregator.linking_words import shown
from aggregator.model import Band, Changes, Decision, LinkProposal, LinkStatus
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.times import parse_utc

#: Who reopens a rejected pair.
LINKER = "the linker"
#: Links that people keep.
KEPT = ("confirmed", "added")
#: Links brought up to date in one transaction.
AT_ONCE = 5000
_INSERT = (
    "INSERT INTO link (coverage_id, statement_id, status, statement_version, score, band, evidence, rule, proposed_at) "
    "VALUES (?, ?, 'proposed', ?, ?, ?, ?, ?, ?)"
)
REOPENED = "Rejected for an earlier text of this coverage; the text has changed since."
#: Of a decided link whose sentence the outlet took out or rewrote.
REPLACED = (
    "The sentence on which this was {status}, “{sentence}”, is gone from the text since; this one carries it now."
)
GONE = "The sentence on which this was {status}, “{sentence}”, is gone from the text since."
NOTHING_LEFT = "The sentence on which this was {status} is gone from the text since."


class Piece(NamedTuple):
    """Coverage on its way through the linker."""

    id: int
    text: str  # headline, summary and body
    text_sha: str  # what it was read at; a change meanwhile leaves it waiting


class Links:
    """The links of the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ---------------------------------------------------------- what waits

    def waiting(
        self, knowledge: str, positions: str, since: str, *, new_positions: bool = False, everything: bool = False
    ) -> list[tuple[int, str]]:
        """Row id and time of the coverage to link, oldest row first.

        Always what is new or has another text; with other knowledge, what came out since `since`;
        with positions that the archive has not been compared with, all that was not yet compared with them.
        """
        if everything:
            return self._ids("1")
        found = self._ids("linked_sha IS NULL")
        if new_positions:
            return found + self._ids(
                "linked_sha IS NOT NULL AND substr(linked_sha, 1, ?1) != ?2", len(positions), positions
            )
        mark = mark_of(knowledge, positions)
        recent = self._ids("published_at >= ?1 AND linked_sha != ?2", since, mark)
        undated = self._ids("published_at IS NULL AND ingested_at >= ?1 AND linked_sha != ?2", since, mark)
        return found + recent + undated

    def _ids(self, where: str, *values: object) -> list[tuple[int, str]]:
        query = f"SELECT id, coalesce(published_at, ingested_at) FROM coverage WHERE {where} ORDER BY id"
        return [(row[0], row[1]) for row in self._db.execute(query, values)]

    def pieces(self, ids: Sequence[int]) -> list[Piece]:
        """The texts of some coverage; what is gone is left out."""
        query = (
            "SELECT id, headline, summary, text, text_sha FROM coverage "
            "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
        )
        found = self._db.execute(query, (json.dumps(ids),))
        return [Piece(id, "\n\n".join([part for part in parts if part]), sha) for id, *parts, sha in found]

    # ---------------------------------------------------------- proposals

    def propose(
        self, found: Sequence[tuple[Piece, Sequence[LinkProposal]]], *, rule: str, mark: str, now: str
    ) -> Changes:
        """Replace the open proposals of some coverage; decided links stay as they are.

        Coverage that changed since it was read stays waiting; statements that are gone get no link.
        The caller holds the transaction.
        """
        marked = self._mark([piece for piece, _ in found], mark)
        old = self._old(marked)
        keys = self._statement_ids({proposal.statement_id for _, proposals in found for proposal in proposals})
        changes = Changes()
        new: list[tuple[object, ...]] = []
        for piece, proposals in found:
            if piece.id in marked:
                known = [(keys[one.statement_id], one) for one in proposals if one.statement_id in keys]
                if known or piece.id in old:
                    changes += self._propose_one(piece, known, old.get(piece.id, {}), rule, now, new)
        self._db.executemany(_INSERT, new)
        return changes + Changes(new=len(new))

    def _mark(self, pieces: Sequence[Piece], mark: str) -> set[int]:
        """Mark coverage as linked; gives the ids of those that are still what was read."""
        asked = "id IN (SELECT value FROM json_each(?))"
        query = f"SELECT id, text_sha FROM coverage WHERE {asked}"
        still = dict(self._db.execute(query, (json.dumps([piece.id for piece in pieces]),)).fetchall())
        same = {piece.id for piece in pieces if still.get(piece.id) == piece.text_sha}
        self._db.execute(f"UPDATE coverage SET linked_sha = ? WHERE {asked}", (mark, json.dumps(sorted(same))))
        return same

    def _old(self, ids: Iterable[int]) -> dict[int, dict[int, Row]]:
        """The links that some coverage has: coverage → statement → row."""
        found: dict[int, dict[int, Row]] = {}
        query = "SELECT * FROM link WHERE coverage_id IN (SELECT value FROM json_each(?))"
        for row in self._db.execute(query, (json.dumps(sorted(ids)),)):
            found.setdefault(row["coverage_id"], {})[row["statement_id"]] = row
        return found

    def _statement_ids(self, keys: Iterable[str]) -> dict[str, int]:
        # One that was retired while the round went on gets no proposals from it.
        query = "SELECT key, id FROM statement WHERE retired_at IS NULL AND key IN (SELECT value FROM json_each(?))"
        return dict(self._db.execute(query, (json.dumps(sorted(keys)),)).fetchall())

    def _propose_one(
        self,
        piece: Piece,
        proposals: Sequence[tuple[int, LinkProposal]],
        old: dict[int, Row],
        rule: str,
        now: str,
        new: list[tuple[object, ...]],
    ) -> Changes:
        """Bring the links of one piece up to date; those to insert go to `new`."""
        left = dict(old)
        changes = Changes()
        for statement_id, proposal in proposals:
            row = left.pop(statement_id, None)
            if row is None:
                said = (proposal.statement_version, proposal.score, proposal.band, encode(proposal))
                new.append((piece.id, statement_id, *said, rule, now))
            elif row["status"] == "proposed":
                changes += Changes(**{self._refresh(row, proposal, rule): 1})
            elif row["status"] == "rejected" and (proposal.note or row["decided_text"] != piece.text):
                self._reopen(row, proposal, rule, now)
                changes += Changes(changed=1)
            elif row["status"] in KEPT:
                changes += Changes(changed=int(self._keep_true(row, piece, proposal, rule)))
        for row in left.values():
            if row["status"] in KEPT:
                changes += Changes(changed=int(self._keep_true(row, piece, None, rule)))
        gone = [(row["id"],) for row in left.values() if row["status"] == "proposed"]
        self._db.executemany("DELETE FROM link WHERE id = ?", gone)
        return changes + Changes(changed=len(gone))

    def _refresh(self, row: Row, proposal: LinkProposal, rule: str) -> str:
        evidence = encode(proposal)
        same = row["evidence"] == evidence and (row["score"], row["band"]) == (proposal.score, proposal.band)
        if same and row["rule"] == rule:
            return "unchanged"
        self._db.execute(
            "UPDATE link SET score = ?, band = ?, evidence = ?, rule = ?, statement_version = ? WHERE id = ?",
            (proposal.score, proposal.band, evidence, rule, proposal.statement_version, row["id"]),
        )
        return "changed"

    def _keep_true(self, row: Row, piece: Piece, proposal: LinkProposal | None, rule: str) -> bool:
        """See that a link that people keep quotes nothing which the text has not any more; whether it changed."""
        told = evidence(row)
        if told is None or (row["decided_text"] == piece.text and told.their_sentence):
            return False
        sentence, status = told.their_sentence, row["status"]
        if sentence and sentence in shown(piece.text):
            return False
        if proposal:
            note = REPLACED.format(status=status, sentence=sentence) if sentence else proposal.note
            return self._refresh(row, msgspec.structs.replace(proposal, note=note), rule) == "changed"
        if not sentence:
            return False
        bare = msgspec.structs.replace(
            told,
            score=row["score"],
            band=row["band"],
            their_sentence="",
            terms=(),
            echo=(),
            old_echo=(),
            reason=NOTHING_LEFT.format(status=status),
            note=GONE.format(status=status, sentence=sentence),
        )
        return self._refresh(row, bare, rule) == "changed"

    def rescore(self, judge: Callable[[float], tuple[float, Band | None]]) -> int:
        """Bring number and band of every link to one calibration; `judge` makes them of a margin. Gives how many moved.

        Coverage that is too old to be compared again stands beside what is new in every list.
        What the linker wrote down stays as it was; number and band of a link are those of its row.
        """
        query = "SELECT id, score, band, evidence ->> '$.margin' FROM link WHERE evidence != '{}'"
        moved = []
        for id, score, band, margin in self._db.execute(query).fetchall():
            now = (score, band) if margin is None else judge(margin)
            if now != (score, band):
                moved.append((*now, id))
        for start in range(0, len(moved), AT_ONCE):
            with transaction(self._db):
                self._db.executemany("UPDATE link SET score = ?, band = ? WHERE id = ?", moved[start : start + AT_ONCE])
        return len(moved)

    def _reopen(self, row: Row, proposal: LinkProposal, rule: str, now: str) -> None:
        """Propose a rejected pair again, because text or statement changed; the rejection stays in the log."""
        proposal = msgspec.structs.replace(proposal, note=proposal.note or REOPENED)
        self._db.execute(
            "UPDATE link SET status = 'proposed', decided_at = NULL, decided_by = NULL, decided_text = NULL, "
            "decided_version = NULL, stance = NULL, version = version + 1 WHERE id = ?",
            (row["id"],),
        )
        self._refresh(row, proposal, rule)
        self._log(row["id"], now, LINKER, "rejected", "proposed", rule, note=proposal.note)

    # ---------------------------------------------------------- reads

    def of_coverage(self, coverage_id: int) -> list[Row]:
        """Links of one coverage, best first, with the key and title of the statement."""
        return rows(
            self._db,
            "SELECT l.*, s.key, s.title FROM link l JOIN statement s ON s.id = l.statement_id "
            "WHERE l.coverage_id = ? ORDER BY l.status = 'rejected', l.score DESC, s.key",
            coverage_id,
        )

    def events(self, link_id: int) -> list[Row]:
        """What happened to a link, oldest first."""
        return rows(self._db, "SELECT * FROM link_event WHERE link_id = ? ORDER BY id", link_id)

    def open_counts(self) -> tuple[int, int]:
        """How many links wait for a decision, and how many of these are likely."""
        row = one(
            self._db, "SELECT count(*), count(*) FILTER (WHERE band = 'likely') FROM link WHERE status = 'proposed'"
        )
        return (row[0], row[1]) if row else (0, 0)

    def decisions(self) -> list[Decision]:
        """The log of what people decided, oldest first, for the linker to learn from; undone ones left out."""
        found = rows(
            self._db,
            "SELECT e.*, s.key FROM link_event e JOIN link l ON l.id = e.link_id "
            "JOIN statement s ON s.id = l.statement_id "
            "WHERE e.undoes IS NULL AND e.after != 'proposed' AND e.text IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM link_event u WHERE u.link_id = e.link_id AND u.undoes = e.id) ORDER BY e.id",
        )
        return [
            Decision(
                text=row["text"],
                statement_id=row["key"],
                status=row["after"],
                decided_at=parse_utc(row["at"]),
                decided_by=row["who"],
                statement_version=row["statement_version"],
            )
            for row in found
        ]

    # ---------------------------------------------------------- decisions

    def decide(
        self, coverage_id: int, statement_key: str, action: str, *, who: str, now: str, expected: int | None = None
    ) -> LinkStatus:
        """Confirm, reject or add a link.

        `expected` is the version the person saw; where another decided meanwhile, nothing is written and
        `CuttingsError` says who.
        Raises `NotFoundError` where there is no such position or coverage.
        """
        after: LinkStatus = "added" if action == "add" else "confirmed" if action == "confirm" else "rejected"
        with transaction(self._db):
            row = self._row(coverage_id, statement_key)
            if row is not None and expected is not None and row["version"] != expected:
                raise CuttingsError(
                    f"{row['decided_by'] or 'the linker'} changed this link meanwhile: it is {row['status']} now"
                )
            before = row["status"] if row else None
            row = row or self._add(coverage_id, statement_key, now)
            text = text_of(row)
            self._db.execute(
                "UPDATE link SET status = ?, decided_at = ?, decided_by = ?, decided_text = ?, decided_version = ?, "
                "version = version + 1 WHERE id = ?",
                (after, now, who, text, row["statement_version"], row["id"]),
            )
            self._log(
                row["id"], now, who, before, after, row["rule"], text=text, statement_version=row["statement_version"]
            )
        return after

    def undo(self, coverage_id: int, statement_key: str, *, who: str, now: str) -> LinkStatus | None:
        """Take back the latest decision on a link: what stood before it stands again.

        Gives the status that the link has now, None where it is gone because a person had added it.
        Raises `NotFoundError` where there is no decision to take back.
        """
        with transaction(self._db):
            row = self._row(coverage_id, statement_key)
            if row is None or row["status"] == "proposed":
                raise NotFoundError("there is no decision on this link to take back")
            standing = self._standing(row["id"])
            before: LinkStatus | None = standing[-1]["before"] if standing else "proposed"
            if before is None:
                self._db.execute("DELETE FROM link WHERE id = ?", (row["id"],))
                return None
            earlier = next((event for event in standing[-2::-1] if event["after"] == before), None)
            told = (earlier["at"], earlier["who"], earlier["text"], earlier["statement_version"]) if earlier else None
            self._db.execute(
                "UPDATE link SET status = ?, decided_at = ?, decided_by = ?, decided_text = ?, decided_version = ?, "
                "stance = NULL, version = version + 1 WHERE id = ?",
                (before, *(told or (None, None, None, None)), row["id"]),
            )
            undoes = standing[-1]["id"] if standing else None
            self._log(row["id"], now, who, row["status"], before, row["rule"], undoes=undoes)
        return before

    def _standing(self, link_id: int) -> list[Row]:
        """The decisions of people on a link that nobody took back, oldest first."""
        events = self.events(link_id)
        undone = {event["undoes"] for event in events}
        return [e for e in events if e["undoes"] is None and e["after"] != "proposed" and e["id"] not in undone]

    def _row(self, coverage_id: int, statement_key: str) -> Row | None:
        return one(
            self._db,
            "SELECT l.*, c.headline, c.summary, c.text FROM link l JOIN statement s ON s.id = l.statement_id "
            "JOIN coverage c ON c.id = l.coverage_id WHERE l.coverage_id = ? AND s.key = ?",
            coverage_id,
            statement_key,
        )

    def _add(self, coverage_id: int, statement_key: str, now: str) -> Row:
        """A link that the linker had not proposed."""
        statement = one(self._db, "SELECT id, version FROM statement WHERE key = ?", statement_key)
        if statement is None:
            raise NotFoundError(f"there is no position “{statement_key}”")
        if one(self._db, "SELECT 1 FROM coverage WHERE id = ?", coverage_id) is None:
            raise NotFoundError("this coverage is not in the archive any more")
        self._db.execute(
            "INSERT INTO link (coverage_id, statement_id, status, statement_version, evidence, rule, proposed_at) "
            "VALUES (?, ?, 'added', ?, '{}', 'person', ?)",
            (coverage_id, statement["id"], statement["version"], now),
        )
        row = self._row(coverage_id, statement_key)
        assert row is not None
        return row

    def _log(
        self,
        link_id: int,
        now: str,
        who: str,
        before: str | None,
        after: str,
        rule: str,
        *,
        text: str | None = None,
        statement_version: int | None = None,
        undoes: int | None = None,
        note: str | None = None,
    ) -> None:
        self._db.execute(
            "INSERT INTO link_event (link_id, at, who, before, after, rule, text, statement_version, undoes, note) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (link_id, now, who, before, after, rule, text, statement_version, undoes, note),
        )


def mark_of(knowledge: str, positions: str) -> str:
    """What `coverage.linked_sha` says of coverage that was linked with this knowledge of these positions."""
    return f"{positions}/{knowledge}"


def text_of(row: Row) -> str:
    """What the linker reads of coverage, and what a decision was made on."""
    return "\n\n".join(part for part in (row["headline"], row["summary"], row["text"]) if part)


def encode(proposal: LinkProposal) -> str:
    """A proposal as the JSON that `evidence` holds."""
    return msgspec.json.encode(proposal).decode("utf-8", "replace")


def evidence(row: Row) -> LinkProposal | None:
    """The stored proposal of a link; None for links that a person added.

    Its number and band are those of the day on which it was made; the row has those of now.
    """
    return None if row["evidence"] == "{}" else msgspec.json.decode(row["evidence"], type=LinkProposal)
