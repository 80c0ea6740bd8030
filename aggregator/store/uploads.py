"""Documents handed in through the web app, from the first look until they are in the archive.

They wait here, not in a browser: a closed tab or a restarted server loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from aggregator.store.connect import Connection, Row, one, rows
from parsers.model import Hint

#: What nobody decided on is given up after so many newer ones.
KEPT = 200


class Uploads:
    """What waits to be put into the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, data: bytes, *, name: str, who: str, now: str, hint: Hint) -> int:
        """Keep a document for a look; gives its number."""
        cursor = self._db.execute(
            "INSERT INTO upload (who, at, name, data, size, hint, state) VALUES (?, ?, ?, ?, ?, ?, 'preview')",
            (who, now, name[:200], data, len(data), msgspec.json.encode(hint).decode()),
        )
        assert cursor.lastrowid is not None
        self._db.execute(
            "DELETE FROM upload WHERE id <= ? AND state IN ('preview', 'done', 'failed')", (cursor.lastrowid - KEPT,)
        )
        return cursor.lastrowid

    def get(self, upload_id: int) -> Row | None:
        """One document without its bytes."""
        return one(
            self._db,
            "SELECT id, who, at, name, size, hint, state, progress, report, data IS NOT NULL AS kept "
            "FROM upload WHERE id = ?",
            upload_id,
        )

    def data(self, upload_id: int) -> bytes:
        """The bytes of a document."""
        row = one(self._db, "SELECT data FROM upload WHERE id = ?", upload_id)
        return bytes(row["data"]) if row and row["data"] is not None else b""

    def recent(self, limit: int = 20) -> list[Row]:
        """The latest documents, without their bytes."""
        return rows(
            self._db, "SELECT id, who, at, name, size, state, progress FROM upload ORDER BY id DESC LIMIT ?", limit
        )

    def hint(self, row: Row) -> Hint:
        """What the person filled in."""
        return msgspec.json.decode(row["hint"], type=Hint)

    def set_hint(self, upload_id: int, hint: Hint) -> None:
        """Keep what the person filled in."""
        self._db.execute(
            "UPDATE upload SET hint = ? WHERE id = ? AND state = 'preview'",
            (msgspec.json.encode(hint).decode(), upload_id),
        )

    def accept(self, upload_id: int) -> bool:
        """Hand a document to the worker; False where that has happened before."""
        cursor = self._db.execute(
            "UPDATE upload SET state = 'waiting', progress = 'waits for its turn' WHERE id = ? AND state = 'preview'",
            (upload_id,),
        )
        return cursor.rowcount == 1

    def give_up(self, upload_id: int) -> None:
        """Throw a document away that is not in the archive yet."""
        self._db.execute("DELETE FROM upload WHERE id = ? AND state IN ('preview', 'failed')", (upload_id,))

    def retry(self, upload_id: int) -> None:
        """Look anew at a document that could not be stored."""
        self._db.execute("UPDATE upload SET state = 'preview' WHERE id = ? AND state = 'failed'", (upload_id,))

    def again(self) -> int:
        """After a restart: what was being stored waits again; storing twice changes nothing."""
        return self._db.execute("UPDATE upload SET state = 'waiting' WHERE state = 'running'").rowcount

    def next(self) -> Row | None:
        """Take the document that waits longest."""
        row = one(self._db, "SELECT id FROM upload WHERE state = 'waiting' ORDER BY id LIMIT 1")
        if row is None:
            return None
        self._db.execute("UPDATE upload SET state = 'running' WHERE id = ?", (row["id"],))
        return self.get(row["id"])

    def say(self, upload_id: int, progress: str) -> None:
        """Note how far it is."""
        self._db.execute("UPDATE upload SET progress = ? WHERE id = ?", (progress, upload_id))

    def finish(self, upload_id: int, *, failed: bool, progress: str, report: Any) -> None:
        """Note how it ended; the bytes stay only where storing failed."""
        self._db.execute(
            "UPDATE upload SET state = ?, progress = ?, report = ?, data = CASE WHEN ? THEN data END WHERE id = ?",
            ("failed" if failed else "done", progress, json.dumps(report), int(failed), upload_id),
        )

    def last_document(self) -> int:
        """The latest document of the archive."""
        row = one(self._db, "SELECT coalesce(max(id), 0) FROM document")
        return int(row[0]) if row else 0

    def posts_of(self, sha256: str, name: str, after: int) -> int:
        """How many posts a document has brought so far, or the files in it, which came `after` that document."""
        row = one(
            self._db,
            "SELECT count(*) FROM document d JOIN post p ON p.document_id = d.id "
            "WHERE d.sha256 = ?1 OR (d.id > ?3 AND substr(d.name, 1, length(?2)) = ?2)",
            sha256,
            f"{name}/",
            after,
        )
        return int(row[0]) if row else 0

    def stored(self, sha256: str) -> bool:
        """Whether this very document is in the archive."""
        return one(self._db, "SELECT 1 FROM document WHERE sha256 = ?", sha256) is not None

    def alike(self, headline: str | None, url: str | None) -> Row | None:
        """An article of the archive with this address, else with this headline."""
        return one(
            self._db,
            "SELECT key, headline, who FROM coverage WHERE kind = 'article' AND (url = ?1 OR headline = ?2) "
            "ORDER BY url IS ?1 DESC, id LIMIT 1",
            url,
            headline,
        )

    def brought(self, sums: Sequence[str]) -> list[Row]:
        """Coverage that stored documents brought, by their SHA-256, latest first; for the way on."""
        return rows(
            self._db,
            "SELECT DISTINCT c.* FROM document d LEFT JOIN coverage_document cd ON cd.document_id = d.id "
            "LEFT JOIN post p ON p.document_id = d.id JOIN coverage c ON c.id IN (cd.coverage_id, p.thread_id) "
            "WHERE d.sha256 IN (SELECT value FROM json_each(?)) ORDER BY c.published_at DESC LIMIT 50",
            json.dumps(sums),
        )
