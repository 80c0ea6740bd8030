"""Raw documents, kept by SHA-256, and the runs that worked on them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from aggregator.store.connect import Connection, Row, joined, one, rows
from parsers.model import Hint, Problem

#: Pieces of this size keep blobs far from SQLite's limit and memory flat.
CHUNK = 1 << 20
#: Level 6 makes account exports a tenth smaller and takes nearly twice the time.
LEVEL = 2
#: What a person says of a document, in the fields of its hint; the others come from the settings.
SAID = ("kind", "author", "outlet", "url", "published_at", "timezone", "area")


def given(hint: Hint) -> frozenset[str]:
    """The fields that a person's hint says."""
    return frozenset(name for name in SAID if getattr(hint, name) is not None)


def pack(piece: bytes) -> bytes:
    """A piece of a document as it is kept."""
    return gzip.compress(piece, LEVEL, mtime=0)


class Documents:
    """What was received, byte for byte."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def find(self, data: bytes) -> int | None:
        """The id of the document with exactly these bytes."""
        return self._find(hashlib.sha256(data).hexdigest())

    def _find(self, sha256: str) -> int | None:
        row = one(self._db, "SELECT id FROM document WHERE sha256 = ?", sha256)
        return row["id"] if row else None

    def add(self, data: bytes, *, name: str | None, hint: Hint, received_at: str) -> int:
        """Keep the bytes; the same bytes again give the same id."""
        sha256 = hashlib.sha256(data).hexdigest()
        packed = (pack(data[start : start + CHUNK]) for start in range(0, len(data), CHUNK))
        return self.add_packed(packed, len(data), sha256=sha256, name=name, hint=hint, received_at=received_at)

    def add_packed(
        self, packed: Iterable[bytes], size: int, *, sha256: str, name: str | None, hint: Hint, received_at: str
    ) -> int:
        """Keep bytes that `pack` gave, `CHUNK` by `CHUNK`; `size` is that of them all."""
        known = self._find(sha256)
        if known is not None:
            return known
        with joined(self._db):
            cursor = self._db.execute(
                "INSERT INTO document (sha256, size, name, hint, notes, received_at) VALUES (?, ?, ?, ?, '{}', ?)",
                (sha256, size, name, _json(hint), received_at),
            )
            document_id = cursor.lastrowid
            assert document_id is not None
            for n, piece in enumerate(packed):
                self._db.execute("INSERT INTO document_chunk VALUES (?, ?, ?)", (document_id, n, piece))
        return document_id

    def hint(self, document_id: int) -> Hint:
        """What is known about a document beside its bytes."""
        row = self.get(document_id)
        assert row is not None
        return msgspec.json.decode(row["hint"], type=Hint)

    def told(self, document_id: int, hint: Hint) -> frozenset[str]:
        """Add what a person says of a document now to what was said before; gives the fields that say something new.

        A field that is left open takes nothing back.
        """
        old = self.hint(document_id)
        said = {name: value for name in SAID if (value := getattr(hint, name)) is not None}
        if hint.published_at is not None:
            said["date_only"] = hint.date_only
        new = frozenset(name for name, value in said.items() if getattr(old, name) != value)
        if new:
            merged = msgspec.structs.replace(old, **said)
            self._db.execute("UPDATE document SET hint = ? WHERE id = ?", (_json(merged), document_id))
        return new

    def known(self, sha256: str, read_as: str) -> Row | None:
        """The document with that hash, where it was read to its end in just this way before."""
        return one(self._db, "SELECT * FROM document WHERE sha256 = ? AND read_as = ?", sha256, read_as)

    def complete(self, document_id: int, read_as: str, records: Mapping[str, int]) -> None:
        """Write down that the document was read to its end, and how; `records` is kind → how many."""
        self._db.execute(
            "UPDATE document SET read_as = ?, records = ? WHERE id = ?", (read_as, _json(records), document_id)
        )

    def describe(self, document_id: int, *, format: str, reason: str, notes: Mapping[str, Any]) -> None:
        """Write down what the document was recognised as."""
        self._db.execute(
            "UPDATE document SET format = ?, reason = ?, notes = ? WHERE id = ?",
            (format, reason, _json(notes), document_id),
        )

    def read(self, document_id: int) -> bytes:
        """The bytes as received."""
        return b"".join(self._chunks(document_id))

    def _chunks(self, document_id: int) -> Iterator[bytes]:
        for row in self._db.execute("SELECT data FROM document_chunk WHERE document_id = ? ORDER BY n", (document_id,)):
            yield gzip.decompress(row["data"])

    def ids(self) -> list[int]:
        """All documents, in the order in which they came."""
        return [row[0] for row in rows(self._db, "SELECT id FROM document ORDER BY id")]

    def nameless(self, document_id: int) -> bool:
        """Whether a document holds a post of nobody knows whom."""
        query = (
            "SELECT 1 FROM post INDEXED BY post_nobody "
            "WHERE author IS NULL AND author_did IS NULL AND document_id = ? LIMIT 1"
        )
        return one(self._db, query, document_id) is not None

    def get(self, document_id: int) -> Row | None:
        """The row of a document, without its bytes."""
        return one(self._db, "SELECT * FROM document WHERE id = ?", document_id)


class Runs:
    """Executions of verbs, with counts and problems."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def start(self, verb: str, at: str) -> int:
        """Open a run and give its id."""
        cursor = self._db.execute("INSERT INTO run (verb, started_at) VALUES (?, ?)", (verb, at))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def finish(self, run_id: int, at: str, counts: Mapping[str, Any]) -> None:
        """Close a run; one that stays open was killed."""
        self._db.execute("UPDATE run SET finished_at = ?, counts = ? WHERE id = ?", (at, _json(counts), run_id))

    def add_problems(
        self, run_id: int, problems: Iterable[Problem], *, name: str | None, document_id: int | None = None
    ) -> None:
        """Keep what could not be used, with its place."""
        self._db.executemany(
            "INSERT INTO problem (run_id, document_id, name, message, place, severity, excerpt) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(run_id, document_id, name, p.message, p.where, p.severity, p.excerpt[:200]) for p in problems],
        )

    def noted(self, document_id: int) -> tuple[Problem, ...]:
        """The problems of a document's latest run, as the parser told them."""
        return tuple(
            Problem(message=row["message"], where=row["place"], severity=row["severity"], excerpt=row["excerpt"])
            for row in self.problems_of(document_id)
        )

    def problems_of(self, document_id: int) -> list[Row]:
        """Problems of a document's latest run."""
        return rows(
            self._db,
            "SELECT * FROM problem WHERE document_id = ?1 AND run_id = "
            "(SELECT max(run_id) FROM problem WHERE document_id = ?1) ORDER BY id",
            document_id,
        )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
