"""Sources: what each was last asked and gave, so that a restart knocks nowhere twice and forgets nothing.

Validators (ETag, Last-Modified, fingerprint of the body) move only in the transaction that stored the body:
whoever is killed between the two gets the body again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import msgspec

from aggregator.config import SourceSetting
from aggregator.issue_model import SourceLine
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.times import parse_utc, utc
from parsers.model import Record

#: An article page that could not be had so often is given up.
TRIES = 5
#: A claim of a poll that was killed is free again after this time.
LEASE = dt.timedelta(minutes=15)

#: ETag, Last-Modified and the fingerprint of a body.
Validators: TypeAlias = tuple[str | None, str | None, str | None]


class SourceState(Record, frozen=True, kw_only=True):
    """A source as it stands: a row of the table `source`, whose schema says what each column means."""

    id: int
    name: str
    kind: str
    added_at: dt.datetime
    asked_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    gave_at: dt.datetime | None = None
    next_at: dt.datetime | None = None
    failures: int = 0
    failure: str | None = None
    idle: int = 0
    stopped: str | None = None
    etag: str | None = None
    modified: str | None = None
    body_sha: str | None = None
    url: str | None = None
    moved_to: str | None = None
    moved_times: int = 0
    memory: dict[str, Any] = msgspec.field(default_factory=dict)
    silence_days: int = 7

    @property
    def silent_since(self) -> dt.datetime:
        """When it last gave something; a single page has nothing to give as long as it answers."""
        last = self.answered_at if self.kind == "page" else self.gave_at
        return last or self.added_at

    def is_silent(self, now: dt.datetime) -> bool:
        """Whether it has been without anything new for too long."""
        return bool(self.silence_days) and now - self.silent_since > dt.timedelta(days=self.silence_days)


class ItemState(Record, frozen=True, kw_only=True):
    """A page, file or post of a source."""

    key: str
    mark: str
    state: str  # waiting, done, given up
    tries: int


class Sources:
    """The sources of the archive."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def sync(self, settings: Sequence[SourceSetting], now: dt.datetime) -> dict[str, SourceState]:
        """Take over what the settings say; gives the sources by name."""
        wanted = [(source_key(s), s.name, s.kind, s.silence_days, place) for place, s in enumerate(settings)]
        query = "SELECT key, name, kind, silence_days, place FROM source WHERE place IS NOT NULL ORDER BY place"
        if [tuple(row) for row in rows(self._db, query)] != wanted:
            with transaction(self._db):
                self._take_over(wanted, now)
        return {state.name: state for state in self.all()}

    def _take_over(self, wanted: Sequence[tuple[str, str, str, int, int]], now: dt.datetime) -> None:
        self._db.execute("UPDATE source SET place = NULL")
        self._db.executemany(
            "INSERT INTO source (key, name, kind, silence_days, place, added_at) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET name = excluded.name, silence_days = excluded.silence_days, "
            "place = excluded.place",
            [(*values, utc(now)) for values in wanted],
        )

    def all(self) -> list[SourceState]:
        """The sources of the settings, in their order."""
        return [_state(row) for row in rows(self._db, "SELECT * FROM source WHERE place IS NOT NULL ORDER BY place")]

    def get(self, source_id: int) -> SourceState:
        """One source."""
        row = one(self._db, "SELECT * FROM source WHERE id = ?", source_id)
        assert row is not None
        return _state(row)

    def lines(self, now: dt.datetime) -> list[SourceLine]:
        """What the digest says about each source."""
        return [
            SourceLine(
                name=state.name,
                last_success=state.gave_at or state.answered_at,
                silent=state.is_silent(now),
                failing=bool(state.failures or state.stopped),
            )
            for state in self.all()
        ]

    # -------------------------------------------------------------- polls

    def claim(self, source_id: int, now: dt.datetime, *, due_only: bool) -> bool:
        """Take a source for one poll; False where it is not due, has stopped, or another process is at it."""
        due = "AND stopped IS NULL AND (next_at IS NULL OR next_at <= ?2)" if due_only else ""
        cursor = self._db.execute(
            f"UPDATE source SET asked_at = ?2, next_at = ?3 WHERE id = ?1 {due}",
            (source_id, utc(now), utc(now + LEASE)),
        )
        return cursor.rowcount == 1

    def update(self, source_id: int, **values: Any) -> None:
        """Write down what a poll found; moments and `memory` are turned into text."""
        texts = {name: _text(value) for name, value in values.items()}
        names = ", ".join(f"{name} = ?" for name in texts)
        self._db.execute(f"UPDATE source SET {names} WHERE id = ?", (*texts.values(), source_id))

    # -------------------------------------------------------------- items

    def want(self, source_id: int, items: Iterable[tuple[str, str, dt.datetime]]) -> None:
        """Items by key, mark and date that are to be had, unless they were had with that mark."""
        self._db.executemany(
            "INSERT INTO source_item (source_id, key, mark, state, seen_at) VALUES (?, ?, ?, 'waiting', ?) "
            "ON CONFLICT (source_id, key) DO UPDATE SET mark = excluded.mark, state = 'waiting', tries = 0, "
            "next_at = NULL, note = NULL, seen_at = excluded.seen_at WHERE mark != excluded.mark",
            [(source_id, key, mark, utc(moment)) for key, mark, moment in items],
        )

    def recent(self, source_id: int, since: dt.datetime) -> list[str]:
        """Keys of items that were first seen since then."""
        query = "SELECT key FROM source_item WHERE source_id = ? AND seen_at >= ? ORDER BY key"
        return [row["key"] for row in rows(self._db, query, source_id, utc(since))]

    def waiting(self, source_id: int, now: dt.datetime, limit: int) -> list[ItemState]:
        """Items to be had now, newest first."""
        found = rows(
            self._db,
            "SELECT * FROM source_item WHERE source_id = ? AND state = 'waiting' "
            "AND (next_at IS NULL OR next_at <= ?) ORDER BY seen_at DESC, tries, key LIMIT ?",
            source_id,
            utc(now),
            limit,
        )
        return [ItemState(key=row["key"], mark=row["mark"], state=row["state"], tries=row["tries"]) for row in found]

    def item(self, source_id: int, key: str) -> ItemState | None:
        """One item, if it was ever seen."""
        row = one(self._db, "SELECT * FROM source_item WHERE source_id = ? AND key = ?", source_id, key)
        return ItemState(key=key, mark=row["mark"], state=row["state"], tries=row["tries"]) if row else None

    def done(self, source_id: int, key: str, mark: str, now: dt.datetime, note: str | None = None) -> None:
        """An item was had, or is given up where a note says why."""
        self._db.execute(
            "INSERT INTO source_item (source_id, key, mark, state, note, seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
            "ON CONFLICT (source_id, key) DO UPDATE SET mark = ?3, state = ?4, note = ?5",
            (source_id, key, mark, "given up" if note else "done", note, utc(now)),
        )

    def given_up(self, source_id: int) -> list[str]:
        """Keys of items that are not tried any more."""
        query = "SELECT key FROM source_item WHERE source_id = ? AND state = 'given up' ORDER BY key"
        return [row["key"] for row in rows(self._db, query, source_id)]

    def later(self, source_id: int, key: str, next_at: dt.datetime, note: str, *, counts: bool = True) -> None:
        """An item could not be had this time; after some tries it is given up."""
        self._db.execute(
            "UPDATE source_item SET tries = tries + ?4, next_at = ?3, note = ?5, "
            "state = CASE WHEN tries + ?4 >= ?6 THEN 'given up' ELSE 'waiting' END WHERE source_id = ?1 AND key = ?2",
            (source_id, key, utc(next_at), int(counts), note, TRIES),
        )

    # -------------------------------------------------------------- pages that were read

    def page_read(self, source_id: int, key: str, validators: Validators, now: dt.datetime) -> None:
        """An article page was read: what it was, so that it can be asked for once more."""
        self._db.execute(
            "UPDATE source_item SET etag = ?, modified = ?, body_sha = ?, read_at = ?, checked_at = NULL "
            "WHERE source_id = ? AND key = ?",
            (*validators, utc(now), source_id, key),
        )

    def to_check(
        self, source_id: int, since: dt.datetime, until: dt.datetime, limit: int
    ) -> list[tuple[str, Validators]]:
        """Pages that were read in that time and not asked for again, oldest first."""
        found = rows(
            self._db,
            "SELECT key, etag, modified, body_sha FROM source_item WHERE source_id = ? AND state = 'done' "
            "AND read_at BETWEEN ? AND ? AND checked_at IS NULL ORDER BY read_at, key LIMIT ?",
            source_id,
            utc(since),
            utc(until),
            limit,
        )
        return [(row["key"], (row["etag"], row["modified"], row["body_sha"])) for row in found]

    def page_checked(self, source_id: int, key: str, now: dt.datetime) -> None:
        """A page was asked for once more, whatever it answered."""
        self._db.execute(
            "UPDATE source_item SET checked_at = ? WHERE source_id = ? AND key = ?", (utc(now), source_id, key)
        )

    # -------------------------------------------------------------- servers

    def host(self, name: str) -> Row | None:
        """What is known of a server: robots.txt and until when to stay away."""
        return one(self._db, "SELECT * FROM host WHERE name = ?", name)

    def save_robots(self, name: str, text: str, now: dt.datetime) -> None:
        """Keep a site's robots.txt."""
        self._db.execute(
            "INSERT INTO host (name, robots, robots_at) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET robots = excluded.robots, robots_at = excluded.robots_at",
            (name, text.encode("utf-8", "replace").decode(), utc(now)),
        )

    def stay_away(self, name: str, until: dt.datetime) -> None:
        """A server asked us to come back later."""
        self._db.execute(
            "INSERT INTO host (name, not_before) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET not_before = excluded.not_before",
            (name, utc(until)),
        )


def source_key(setting: SourceSetting) -> str:
    """What a source is, whatever it is called."""
    place = (setting.url, setting.folder, setting.account, setting.lists, setting.posts, setting.search)
    return f"{setting.kind}-{hashlib.sha256(repr(place).encode()).hexdigest()[:16]}"


def _text(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return utc(value)
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


_MOMENTS = ("added_at", "asked_at", "answered_at", "gave_at", "next_at")


def _state(row: Row) -> SourceState:
    values = {name: row[name] for name in SourceState.__struct_fields__ if name not in (*_MOMENTS, "memory")}
    moments = {name: parse_utc(row[name]) for name in _MOMENTS}
    return SourceState(**values, **moments, memory=msgspec.json.decode(row["memory"]))  # type: ignore[arg-type]
