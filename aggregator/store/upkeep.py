"""What the health page reads: runs, problems, sources, deliveries, in counts and latest rows."""

from __future__ import annotations

from aggregator.store.connect import Connection, Row, one, rows


class Upkeep:
    """Reads of how the installation fares."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def counts(self) -> dict[str, int]:
        """Rows of each kind."""
        tables = {"documents": "document", "posts": "post", "pieces of coverage": "coverage", "positions": "statement"}
        return {name: self._count(table) for name, table in tables.items()}

    def sqlite_version(self) -> str:
        """The SQLite that this process uses."""
        row = one(self._db, "SELECT sqlite_version()")
        return str(row[0]) if row else "?"

    def _count(self, table: str) -> int:
        row = one(self._db, f"SELECT count(*) FROM {table}")
        return int(row[0]) if row else 0

    def runs(self, limit: int = 15) -> list[Row]:
        """The latest runs with how many problems each had."""
        return rows(
            self._db,
            "SELECT r.*, (SELECT count(*) FROM problem p WHERE p.run_id = r.id AND p.severity != 'info') AS problems "
            "FROM run r ORDER BY r.id DESC LIMIT ?",
            limit,
        )

    def problems(self, limit: int = 30) -> list[Row]:
        """The latest problems, without the excerpts: they may hold what is nobody's business."""
        return rows(
            self._db,
            "SELECT p.id, p.name, p.message, p.place, p.severity, r.started_at FROM problem p "
            "JOIN run r ON r.id = p.run_id WHERE p.severity != 'info' ORDER BY p.id DESC LIMIT ?",
            limit,
        )

    def deliveries(self) -> list[Row]:
        """How many deliveries are in which state."""
        return rows(self._db, "SELECT state, count(*) AS n FROM delivery GROUP BY state ORDER BY state")
