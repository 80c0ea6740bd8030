"""The ledger: each issue on its way to each address, and every step of it in an append-only log.

Which error is worse: a mail that goes twice cannot be taken back, one that waits can be sent by a person.
So a delivery is claimed before a connection is opened, by a statement that changes exactly one row, and nothing
but the answer of a server or a person takes it out of doubt.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from aggregator.errors import CuttingsError, NotFoundError
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.times import utc

#: The answer of a delivery whose text may be on its way: the ledger's own word, should the journal lose its line.
BEGUN = "its text may be on its way"
#: Everything but the mail itself.
COLUMNS = (
    "id, issue_id, recipient, sender, message_id, body_sha256, length(body) AS size, state, attempts, created_at, "
    "first_attempt_at, next_attempt_at, claimed_by, answer, updated_at"
)


class Deliveries:
    """Who gets which issue, and how that stands."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # -------------------------------------------------------------- reading

    def of_issue(self, issue: str) -> list[Row]:
        """Deliveries of an issue by address, without their mails."""
        return rows(self._db, f"SELECT {COLUMNS} FROM delivery WHERE issue_id = ? ORDER BY recipient", issue)

    def in_state(self, *states: str) -> list[Row]:
        """Deliveries in one of these states, oldest first, without their mails."""
        marks = ", ".join("?" * len(states))
        return rows(self._db, f"SELECT {COLUMNS} FROM delivery WHERE state IN ({marks}) ORDER BY id", *states)

    def find(self, issue: str, address: str) -> Row | None:
        """The delivery of an issue to an address, with its mail."""
        return one(
            self._db, "SELECT * FROM delivery WHERE issue_id = ? AND recipient = ? COLLATE NOCASE", issue, address
        )

    def body(self, delivery_id: int) -> bytes:
        """The mail, byte for byte."""
        row = one(self._db, "SELECT body FROM delivery WHERE id = ?", delivery_id)
        assert row is not None
        return bytes(row["body"])

    def due(self, now: dt.datetime, issue: str | None = None) -> list[Row]:
        """Pending deliveries whose time has come, of issues that are being sent."""
        return rows(
            self._db,
            f"SELECT {COLUMNS} FROM delivery WHERE state = 'pending' AND coalesce(next_attempt_at, '') <= ?1 "
            "AND (?2 IS NULL OR issue_id = ?2) AND issue_id IN (SELECT id FROM issue WHERE state = 'sending') "
            "ORDER BY attempts, id",  # what fails again and again keeps nobody waiting
            utc(now),
            issue,
        )

    def counts(self, issue: str) -> dict[str, int]:
        """How many deliveries of an issue are in each state."""
        found = rows(self._db, "SELECT state, count(*) AS n FROM delivery WHERE issue_id = ? GROUP BY state", issue)
        return {row["state"]: row["n"] for row in found}

    def states(self, since: dt.datetime) -> dict[str, int]:
        """How many deliveries of all issues are in each state; failed ones since a time, the others ever."""
        found = rows(
            self._db,
            "SELECT state, count(*) AS n FROM delivery WHERE state <> 'failed' OR created_at >= ? GROUP BY state",
            utc(since),
        )
        return {row["state"]: row["n"] for row in found}

    def events(self, delivery_id: int) -> list[Row]:
        """What happened to a delivery, oldest first."""
        return rows(self._db, "SELECT * FROM delivery_event WHERE delivery_id = ? ORDER BY id", delivery_id)

    def by_message(self) -> dict[str, Row]:
        """All deliveries by Message-ID."""
        return {row["message_id"]: row for row in rows(self._db, f"SELECT {COLUMNS} FROM delivery")}

    # -------------------------------------------------------------- writing

    def add(self, issue: str, recipient: str, *, sender: str, message_id: str, body: bytes, now: dt.datetime) -> None:
        """Write a mail down before it is sent; one that is there already stays as it is."""
        self._add(issue, recipient, sender, message_id, body, "pending", None, now)

    def add_unmade(
        self, issue: str, recipient: str, *, sender: str, message_id: str, note: str, now: dt.datetime
    ) -> None:
        """A reader whose mail could not be made stands in the ledger too, failed and with an empty mail.

        `add` replaces it once the mail can be made.
        """
        self._add(issue, recipient, sender, message_id, b"", "failed", note, now)

    def _add(
        self,
        issue: str,
        recipient: str,
        sender: str,
        message_id: str,
        body: bytes,
        state: str,
        answer: str | None,
        now: dt.datetime,
    ) -> None:
        values = (issue, recipient, sender, message_id, body, hashlib.sha256(body).hexdigest(), state, answer, utc(now))
        with transaction(self._db):
            before = self.find(issue, recipient)
            if before is not None and before["body"]:
                return
            row = one(
                self._db,
                "INSERT INTO delivery (issue_id, recipient, sender, message_id, body, body_sha256, state, answer, "
                "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?9, ?9) "
                "ON CONFLICT (issue_id, recipient) DO UPDATE SET sender = excluded.sender, body = excluded.body, "
                "message_id = excluded.message_id, body_sha256 = excluded.body_sha256, state = excluded.state, "
                "answer = excluded.answer, updated_at = excluded.updated_at RETURNING id",
                *values,
            )
            assert row is not None
            self._event(row["id"], before["state"] if before else None, state, "cuttings", answer, now)

    def claim(self, delivery_id: int, by: str, now: dt.datetime) -> bool:
        """Take a pending delivery for this process; False where another was faster."""
        with transaction(self._db):
            changed = self._db.execute(
                "UPDATE delivery SET state = 'sending', claimed_by = ?2, attempts = attempts + 1, updated_at = ?3, "
                "answer = NULL, first_attempt_at = coalesce(first_attempt_at, ?3) WHERE id = ?1 AND state = 'pending'",
                (delivery_id, by, utc(now)),
            ).rowcount
            if changed:
                self._event(delivery_id, "pending", "sending", by, None, now)
        return changed == 1

    def still_claimed(self, delivery_id: int, by: str) -> bool:
        """Whether a claim holds, asked after the journal has the mail and before its text goes; notes that it goes.

        A write transaction, so that it does not run beside one that gives the mail back.
        That one reads the journal inside: either it finds the mail there, or this finds the claim gone.
        """
        with transaction(self._db):
            self._db.execute(
                "UPDATE delivery SET answer = ? WHERE id = ? AND claimed_by = ? AND state = 'sending'",
                (BEGUN, delivery_id, by),
            )
            found = "SELECT 1 FROM delivery WHERE id = ? AND claimed_by = ? AND state IN ('sending', 'unknown')"
            return one(self._db, found, delivery_id, by) is not None

    def finish(
        self,
        delivery_id: int,
        by: str,
        after: str,
        answer: str,
        now: dt.datetime,
        *,
        next_attempt_at: dt.datetime | None = None,
    ) -> None:
        """Write down how an attempt ended; only the process that claimed it can, and it knows best."""
        with transaction(self._db):
            row = one(self._db, "SELECT state FROM delivery WHERE id = ? AND claimed_by = ?", delivery_id, by)
            if row is None or row["state"] not in ("sending", "unknown"):
                return
            self._db.execute(
                "UPDATE delivery SET state = ?, answer = ?, next_attempt_at = ?, updated_at = ? WHERE id = ?",
                (after, answer, utc(next_attempt_at), utc(now), delivery_id),
            )
            self._event(delivery_id, row["state"], after, by, answer, now)

    def doubt(self, delivery_id: int, after: str, *, note: str, now: dt.datetime) -> None:
        """What is known of a delivery whose process ended; that process, should it live, can still finish it."""
        with transaction(self._db):
            changed = self._db.execute(
                "UPDATE delivery SET state = ?, answer = ?, updated_at = ? WHERE id = ? AND state = 'sending'",
                (after, note, utc(now), delivery_id),
            ).rowcount
            if changed:
                self._event(delivery_id, "sending", after, "cuttings", note, now)

    def give_back(self, delivery_id: int, again: dt.datetime, *, note: str, now: dt.datetime) -> None:
        """What has certainly not gone waits again; a process that should still be at it has lost its claim."""
        with transaction(self._db):
            changed = self._db.execute(
                "UPDATE delivery SET state = 'pending', claimed_by = NULL, answer = ?, next_attempt_at = ?, "
                "updated_at = ? WHERE id = ? AND state = 'sending'",
                (note, utc(again), utc(now), delivery_id),
            ).rowcount
            if changed:
                self._event(delivery_id, "sending", "pending", "cuttings", note, now)

    def move(self, delivery_id: int, after: str, *, who: str, note: str, now: dt.datetime) -> None:
        """Change a state outside an attempt, and log it."""
        with transaction(self._db):
            row = one(self._db, "SELECT state FROM delivery WHERE id = ?", delivery_id)
            if row is None:
                raise NotFoundError("there is no such delivery")
            self._db.execute(
                "UPDATE delivery SET state = ?, updated_at = ?, next_attempt_at = NULL, claimed_by = NULL WHERE id = ?",
                (after, utc(now), delivery_id),
            )
            if after == "pending":  # a new start: what failed before a person stepped in does not count
                self._db.execute(
                    "UPDATE delivery SET attempts = 0, first_attempt_at = NULL WHERE id = ?", (delivery_id,)
                )
            self._event(delivery_id, row["state"], after, who, note, now)

    def postpone(self, issue: str, until: dt.datetime, *, but: str | None = None) -> None:
        """Nothing of an issue is tried before `until`, except for the reader `but`."""
        self._db.execute(
            "UPDATE delivery SET next_attempt_at = ?2 WHERE issue_id = ?1 AND state = 'pending' "
            "AND coalesce(next_attempt_at, '') < ?2 AND recipient IS NOT ?3 COLLATE NOCASE",
            (issue, utc(until), but),
        )

    def hurry(self, issue: str) -> None:
        """What waits of an issue is tried now: a person asks for it."""
        self._db.execute(
            "UPDATE delivery SET next_attempt_at = NULL WHERE issue_id = ? AND state = 'pending'", (issue,)
        )

    def move_all(self, issue: str | None, before: str, after: str, *, who: str, note: str, now: dt.datetime) -> int:
        """Move all deliveries of an issue (None: of all issues) from one state to another; gives how many."""
        with transaction(self._db):
            found = rows(
                self._db,
                "SELECT id FROM delivery WHERE state = ?1 AND (?2 IS NULL OR issue_id = ?2)",
                before,
                issue,
            )
            for row in found:
                self.move(row["id"], after, who=who, note=note, now=now)
        return len(found)

    def resolve(self, issue: str, address: str, after: str, *, who: str, reason: str, now: dt.datetime) -> Row:
        """A person says what became of a delivery; raises `CuttingsError` where there is no doubt to resolve.

        What the server took is never sent again, whatever a person says.
        """
        reason = " ".join(reason.split())
        if not reason:
            raise CuttingsError("say how you know, with --reason")
        with transaction(self._db):
            row = self.find(issue, address)
            if row is None:
                raise NotFoundError(f"{issue} was not sent to {address}; “digest list {issue}” shows all deliveries")
            if row["state"] == "sent":
                said = f" ({row['answer']})" if row["answer"] else ""
                raise CuttingsError(
                    f"{issue} to {address} is sent{said}: there is nothing to resolve, and nothing goes twice. "
                    "A copy to hand on to somebody who lost it: "
                    f"run.py digest show --issue {issue} --to {address} --out FOLDER"
                )
            if row["state"] not in (("unknown",) if after == "sent" else ("unknown", "failed")):
                raise CuttingsError(f"{issue} to {address} is {row['state']}: there is nothing to resolve")
            if not row["body"]:
                raise CuttingsError(
                    f"the mail of {issue} to {address} could not be made: {row['answer']}. "
                    f"Mend that, then run.py digest send --issue {issue}"
                )
            self.move(row["id"], after, who=who, note=reason, now=now)
            return row

    def _event(
        self, delivery_id: int, before: str | None, after: str, who: str, note: str | None, now: dt.datetime
    ) -> None:
        self._db.execute(
            "INSERT INTO delivery_event (delivery_id, at, before, after, who, note) VALUES (?, ?, ?, ?, ?, ?)",
            (delivery_id, utc(now), before, after, who, note),
        )
