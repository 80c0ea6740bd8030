"""Names of coverage that outlive changes, and what a piece of coverage leaves behind when another takes its place.

Which error is worse: to lose what a person decided is worse than to keep a name too many.
A thread is named after its first part, so an earlier part that arrives later renames it; the old name stays good.
When two threads become one, links, decisions and their log, issue items and names go over to the one that stays.
"""

from __future__ import annotations

from aggregator.store.connect import Connection, Row, one, rows

_DECIDED = ("confirmed", "rejected", "added")


def find(connection: Connection, key: str) -> int | None:
    """The row of the coverage that has this name, or once had it."""
    row = one(
        connection,
        "SELECT id FROM coverage WHERE key = ?1 UNION ALL SELECT coverage_id FROM coverage_name WHERE key = ?1 "
        "UNION ALL SELECT thread_id FROM post WHERE key = ?2 AND thread_id IS NOT NULL LIMIT 1",
        key,
        # Any part of a thread finds it.
        "p" + key[1:] if key.startswith("t-") else "",
    )
    return int(row[0]) if row else None


def inherit(connection: Connection, gone: int, heir: int) -> None:
    """Hand everything that hangs on one piece of coverage to another, before it is removed."""
    for link in rows(connection, "SELECT * FROM link WHERE coverage_id = ?", gone):
        _inherit_link(connection, link, heir)
    for table in ("issue_item", "issue_excluded", "no_fit", "coverage_document", "article_address"):
        connection.execute(f"UPDATE OR IGNORE {table} SET coverage_id = ? WHERE coverage_id = ?", (heir, gone))
        connection.execute(f"DELETE FROM {table} WHERE coverage_id = ?", (gone,))
    connection.execute("UPDATE coverage_name SET coverage_id = ? WHERE coverage_id = ?", (heir, gone))


def _inherit_link(connection: Connection, link: Row, heir: int) -> None:
    """One link: where the heir has the same pair, the one that a person decided stays, the later of two."""
    own = one(
        connection,
        "SELECT * FROM link WHERE coverage_id = ? AND statement_id = ?",
        heir,
        link["statement_id"],
    )
    if own is None:
        connection.execute("UPDATE link SET coverage_id = ? WHERE id = ?", (heir, link["id"]))
    elif _weight(link) > _weight(own):
        _copy_log(connection, own["id"], link["id"])
        connection.execute("DELETE FROM link WHERE id = ?", (own["id"],))
        connection.execute("UPDATE link SET coverage_id = ? WHERE id = ?", (heir, link["id"]))
    else:
        _copy_log(connection, link["id"], own["id"])
        connection.execute("DELETE FROM link WHERE id = ?", (link["id"],))


def _weight(link: Row) -> tuple[bool, str]:
    return (link["status"] in _DECIDED, link["decided_at"] or "")


def _copy_log(connection: Connection, source: int, target: int) -> None:
    """The log of a link under another; the log itself can only grow."""
    names = [row["name"] for row in rows(connection, "PRAGMA table_info(link_event)")]
    kept = ", ".join(name for name in names if name not in ("id", "link_id"))
    connection.execute(
        f"INSERT INTO link_event (link_id, {kept}) SELECT ?, {kept} FROM link_event WHERE link_id = ? ORDER BY id",
        (target, source),
    )
