"""The wordings of an article that was stored twice, put into one row of versions.

Which error is worse: to lose a wording that was mailed is worse than to list one too many, so none is dropped but
those that another has word for word.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.store.connect import Connection, Row, rows


def gather(db: Connection, coverage_id: int, earlier: Sequence[Row]) -> None:
    """Add the versions of another reading, all in the order in which they were seen; the one in force is the last."""
    query = "SELECT v.*, v.version = a.version AS in_force FROM article_version v "
    query += "JOIN article a ON a.coverage_id = v.coverage_id WHERE v.coverage_id = ? ORDER BY v.version"
    own = rows(db, query, coverage_id)
    in_force = next((_wording(row) for row in own if row["in_force"]), None)
    first: dict[tuple[str | None, str], Row] = {}
    for row in sorted((*earlier, *own), key=lambda row: str(row["seen_at"])):
        first.setdefault(_wording(row), row)
    ordered = sorted(first, key=lambda wording: wording == in_force)
    db.execute("DELETE FROM article_version WHERE coverage_id = ?", (coverage_id,))
    db.executemany(
        "INSERT INTO article_version VALUES (?, ?, ?, ?, ?, ?)",
        [
            (coverage_id, number, *wording, first[wording]["seen_at"], first[wording]["document_id"])
            for number, wording in enumerate(ordered, 1)
        ],
    )
    db.execute("UPDATE article SET version = ? WHERE coverage_id = ?", (len(ordered), coverage_id))


def _wording(row: Row) -> tuple[str | None, str]:
    return row["headline"], row["text"]
