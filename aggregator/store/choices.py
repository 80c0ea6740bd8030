"""What readers of the digest choose for themselves through their signed address."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aggregator.store.connect import Connection, Row, one


class Choices:
    """Writes of readers' own choices; `Preferences` reads them."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, address: str) -> Row | None:
        """What a reader chose."""
        return one(self._db, "SELECT * FROM preference WHERE address = ? COLLATE NOCASE", address)

    def save(self, address: str, *, depth: str, format: str, areas: Sequence[str] | None, now: str) -> None:
        """Keep a reader's choices; somebody who had left is a reader again."""
        self._db.execute(
            "INSERT INTO preference (address, depth, format, areas, changed_at) VALUES (?1, ?2, ?3, ?4, ?5) "
            "ON CONFLICT (address) DO UPDATE SET depth = ?2, format = ?3, areas = ?4, changed_at = ?5, "
            "unsubscribed_at = NULL",
            (address.casefold(), depth, format, None if areas is None else json.dumps(list(areas)), now),
        )

    def leave(self, address: str, now: str) -> None:
        """No more mail to this reader; asking twice changes nothing."""
        self._db.execute(
            "INSERT INTO preference (address, unsubscribed_at, changed_at) VALUES (?1, ?2, ?2) "
            "ON CONFLICT (address) DO UPDATE SET unsubscribed_at = coalesce(unsubscribed_at, ?2), changed_at = ?2",
            (address.casefold(), now),
        )
