"""What staff and their decisions taught the linker: learned words, other names of positions, and its last state.

Learned words are never edited in place: the linker makes them anew from the decision log, and this keeps what it
made for people to see.
A word that staff deleted stays away; one that they promote becomes an *also known as* word of its position.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from aggregator.errors import CuttingsError, NotFoundError
from aggregator.model import LearnedTerm, LinkerState, Promise
from aggregator.store.connect import Connection, Row, one, rows, transaction

_STATE, _COMPARED = "linker_state", "linked_positions"


class Words:
    """The linker's words and state."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ---------------------------------------------------------- the linker's state

    def state(self) -> LinkerState:
        """What the linker knew when it last worked."""
        text = self._meta(_STATE)
        return msgspec.json.decode(text, type=LinkerState) if text else LinkerState()

    def keep(self, state: LinkerState) -> None:
        """Write the linker's state down, in place of the former."""
        self._set_meta(_STATE, msgspec.json.encode(state).decode("utf-8", "replace"))

    def learned(self) -> tuple[LearnedTerm, ...]:
        """The words that decisions taught and that are live, of positions that still exist."""
        return self.live(self.state())

    def live(self, state: LinkerState, of: str | None = None) -> tuple[LearnedTerm, ...]:
        """The same of a state that was read before; `of` one position only."""
        if of is not None:
            state = msgspec.structs.replace(state, learned=tuple([t for t in state.learned if t.statement_id == of]))
        known = {row["key"] for row in rows(self._db, "SELECT key FROM statement")}
        gone = self.forgotten()
        return tuple(
            term for term in state.learned if term.statement_id in known and (term.statement_id, term.text) not in gone
        )

    def promise(self, statement_key: str | None = None) -> Promise | None:
        """What likely links are worth by people's decisions, overall or of one position; None before any decision."""
        state = self.state()
        return state.promise if statement_key is None else state.by_position.get(statement_key)

    def compared(self) -> frozenset[str]:
        """The positions that the whole archive has been compared with."""
        text = self._meta(_COMPARED)
        return frozenset(msgspec.json.decode(text, type=list[str])) if text else frozenset()

    def set_compared(self, keys: Iterable[str]) -> None:
        """Say that all coverage has been compared with these positions."""
        self._set_meta(_COMPARED, msgspec.json.encode(sorted(keys)).decode())

    def _meta(self, name: str) -> str | None:
        row = one(self._db, "SELECT value FROM meta WHERE name = ?", name)
        return row["value"] if row else None

    def _set_meta(self, name: str, value: str) -> None:
        if self._meta(name) != value:
            self._db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
            )

    # ---------------------------------------------------------- learned words

    def forgotten(self) -> frozenset[tuple[str, str]]:
        """Learned words that staff deleted, as pairs of statement id and word."""
        query = "SELECT s.key, f.word FROM forgotten_word f JOIN statement s ON s.id = f.statement_id"
        return frozenset((row["key"], row["word"]) for row in rows(self._db, query))

    def forget(self, statement_key: str, word: str, *, who: str, now: str) -> None:
        """Delete a learned word; it stays away.

        Raises `NotFoundError` where the position has no such learned word.
        """
        found = self._term(statement_key, word)
        self._db.execute(
            "INSERT INTO forgotten_word VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (self._statement(statement_key), found.text, who, now),
        )

    def remember(self, statement_key: str, word: str) -> None:
        """Let a deleted word be learned again."""
        self._db.execute(
            "DELETE FROM forgotten_word WHERE statement_id = ? AND word = ? COLLATE NOCASE",
            (self._statement(statement_key), word),
        )

    def promote(self, statement_key: str, word: str, *, who: str, now: str) -> None:
        """Make a learned word an *also known as* word of its position."""
        found = self._term(statement_key, word)
        with transaction(self._db):
            self.add_alias(statement_key, found.text, who=who, now=now)
            self.forget(statement_key, found.text, who=who, now=now)

    def _term(self, statement_key: str, word: str) -> LearnedTerm:
        for term in self.learned():
            if term.statement_id == statement_key and term.text.casefold() == word.casefold():
                return term
        raise NotFoundError(
            f"“{word}” is no learned word of position “{statement_key}”; “run.py words list” shows them"
        )

    def deleted(self) -> list[Row]:
        """Learned words that stay away: key, title, word, who, at; those that became another name are left out."""
        return rows(
            self._db,
            "SELECT s.key, s.title, f.word, f.who, f.at FROM forgotten_word f "
            "JOIN statement s ON s.id = f.statement_id "
            "WHERE NOT EXISTS (SELECT 1 FROM statement_alias a WHERE a.statement_id = s.id "
            "AND a.alias = f.word COLLATE NOCASE) ORDER BY f.at DESC, s.title, f.word",
        )

    def event(self, number: int, who: str) -> Row | None:
        """One line of the log by its number, where it is that person's own, with the title of its position."""
        query = (
            "SELECT a.*, s.title FROM audit a LEFT JOIN statement s ON s.key = a.statement WHERE a.id = ? AND a.who = ?"
        )
        return one(self._db, query, number, who) if number else None

    # ---------------------------------------------------------- the team's glossary

    def glossary(self, state: str = "on") -> list[Row]:
        """Entries that staff added ("on") or turned off ("off"), latest first: kind, says, means, weight, who, at."""
        return rows(self._db, "SELECT * FROM glossary_entry WHERE state = ? ORDER BY at DESC, kind, says", state)

    def set_entry(
        self, kind: str, says: str, means: str, weight: float | None, state: str, *, who: str, now: str
    ) -> None:
        """Add an entry, or turn one of the shipped glossary off; `says` and `means` are JSON."""
        self._db.execute(
            "INSERT INTO glossary_entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (kind, says, means) "
            "DO UPDATE SET weight = ?4, state = ?5, who = ?6, at = ?7",
            (kind, says, means, weight, state, who, now),
        )

    def drop_entry(self, kind: str, says: str, means: str) -> None:
        """Forget what staff said of an entry; raises `NotFoundError` where they said nothing."""
        done = self._db.execute(
            "DELETE FROM glossary_entry WHERE kind = ? AND says = ? AND means = ?", (kind, says, means)
        )
        if not done.rowcount:
            raise NotFoundError("The glossary has no such entry any more.")

    # ---------------------------------------------------------- also known as

    def aliases(self) -> list[Row]:
        """All *also known as* words: key, title, alias, added_by, added_at."""
        return rows(
            self._db,
            "SELECT s.key, s.title, a.alias, a.added_by, a.added_at FROM statement_alias a "
            "JOIN statement s ON s.id = a.statement_id ORDER BY s.key, a.alias",
        )

    def add_alias(self, statement_key: str, alias: str, *, who: str, now: str) -> None:
        """Give a position an *also known as* word; raises `CuttingsError` for one that names nothing."""
        from aggregator.linking_aliases import tells

        alias = " ".join(alias.split())
        if not any(char.isalnum() for char in alias):
            raise NotFoundError("an “also known as” word needs letters or digits")
        if not tells(alias):
            raise CuttingsError(
                f"“{alias}” stands in every piece and names nothing; take words by which coverage calls the subject"
            )
        self._db.execute(
            "INSERT INTO statement_alias VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (self._statement(statement_key), alias, who, now),
        )

    def remove_alias(self, statement_key: str, alias: str) -> None:
        """Take an *also known as* word away; raises `NotFoundError` where there is none."""
        done = self._db.execute(
            "DELETE FROM statement_alias WHERE statement_id = ? AND alias = ? COLLATE NOCASE",
            (self._statement(statement_key), alias),
        )
        if not done.rowcount:
            raise NotFoundError(f"position “{statement_key}” is not also known as “{alias}”")

    def _statement(self, key: str) -> int:
        row = one(self._db, "SELECT id FROM statement WHERE key = ?", key)
        if row is None:
            raise NotFoundError(f"there is no position “{key}”")
        return int(row["id"])
