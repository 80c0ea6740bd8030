"""What became of articles after an issue had them: edited in place, or put under another address."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from aggregator.issue_model import Item
from aggregator.store.connect import Connection, one, rows
from aggregator.store.window import WEEK, Windows
from aggregator.times import utc
from parsers.model import Record

#: How long an edit of what was mailed is news.
REMEMBERED = 5 * WEEK


class Edited(Record, frozen=True, kw_only=True):
    """An article that an issue named, in three of its versions."""

    item: Item
    mailed_at: str
    mailed: str  # the text when its issue was frozen
    before: str  # when the latest issue was
    now: str


class Edits:
    """Reads of the versions of articles beside the issues that had them."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def earlier_texts(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Key → what the same outlet has on the same story in earlier issues, as it reads now."""
        query = """
            SELECT c.key, o.text FROM coverage c
            JOIN coverage o ON o.story_id = c.story_id AND o.id != c.id AND o.who = c.who AND o.kind = c.kind
            JOIN issue_item i ON i.coverage_id = o.id
            LEFT JOIN issue_item own ON own.coverage_id = c.id
            WHERE c.key IN (SELECT value FROM json_each(?)) AND i.issue_id IS NOT own.issue_id
        """
        texts: dict[str, list[str]] = {}
        for row in self._db.execute(query, (json.dumps(keys),)):
            texts.setdefault(row["key"], []).append(row["text"])
        return texts

    def edited(self, frozen: dt.datetime, until: dt.datetime) -> list[Edited]:
        """Articles that an issue closed before `until` named, of the last weeks, with new versions since `frozen`.

        From one freezing to the next, whatever the cut-offs: what is edited between the two falls into the issue
        that is being made, not between it and the next.
        """
        found = rows(
            self._db,
            """
            SELECT c.key, c.id, n.frozen_at FROM issue n JOIN issue_item i ON i.issue_id = n.id
            JOIN coverage c ON c.id = i.coverage_id
            WHERE n.until_at >= ? AND n.until_at < ? AND n.state IN ('sending', 'sent') AND i.section != 'archive'
              AND c.kind = 'article' AND c.changed_at >= ?
              AND EXISTS (SELECT 1 FROM article_version v WHERE v.coverage_id = c.id AND v.seen_at > ?)
            """,
            utc(frozen - REMEMBERED),
            utc(until),
            utc(frozen),
            utc(frozen),
        )
        items = {item.id: item for item in Windows(self._db).by_keys([row["key"] for row in found])}
        return [
            Edited(
                item=items[row["key"]],
                mailed_at=row["frozen_at"],
                mailed=self._version(row["id"], row["frozen_at"]),
                before=self._version(row["id"], utc(frozen)),
                now=self._latest(row["id"]),
            )
            for row in found
        ]

    def _version(self, coverage_id: int, moment: str | None) -> str:
        """The text of an article at a moment; its first one where it came later."""
        query = "SELECT text FROM article_version WHERE coverage_id = ? AND {} ORDER BY version {} LIMIT 1"
        row = one(self._db, query.format("seen_at <= ?", "DESC"), coverage_id, moment) or one(
            self._db, query.format("seen_at > ?", "ASC"), coverage_id, moment
        )
        return row["text"] if row else ""

    def _latest(self, coverage_id: int) -> str:
        """The text of an article as it is now."""
        query = "SELECT text FROM article_version WHERE coverage_id = ? ORDER BY version DESC LIMIT 1"
        row = one(self._db, query, coverage_id)
        return row["text"] if row else ""
