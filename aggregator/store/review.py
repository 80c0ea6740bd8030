"""The review: decisions with their undo and history; what waits for one is in `review_queue`.

Which error is worse: a decision that silently overwrites a colleague's is worse than one asked for twice.
So every form carries the version of the link it was made from; where that is not the stored one, nothing is
written and `Conflict` carries what stands there now.
Every action is written to `audit` in the same transaction; taking one back is another action.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from aggregator.errors import CuttingsError, NotFoundError
from aggregator.store import names
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.store.links import Links
from aggregator.store.people import Person
from aggregator.store.review_queue import ReviewQueue

Action: TypeAlias = Literal["confirm", "reject", "add"]
STANCES = ("supports", "challenges", "mentions")


class Conflict(CuttingsError):
    """Another person changed the link meanwhile; `link` is as it stands now, None where it is gone."""

    def __init__(self, link: Row | None) -> None:
        self.link = link
        super().__init__("another person changed this meanwhile")


class Review(ReviewQueue):
    """Decisions on links and stories."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._links = Links(connection)

    def link(self, link_id: int) -> Row | None:
        """One link with the keys of both ends."""
        return one(
            self._db,
            "SELECT l.*, s.key AS statement_key, s.title, c.key AS coverage_key FROM link l "
            "JOIN statement s ON s.id = l.statement_id JOIN coverage c ON c.id = l.coverage_id WHERE l.id = ?",
            link_id,
        )

    def pair(self, coverage_id: int, statement_key: str) -> Row | None:
        """The link between two, where there is one."""
        row = one(
            self._db,
            "SELECT l.id FROM link l JOIN statement s ON s.id = l.statement_id WHERE l.coverage_id = ? AND s.key = ?",
            coverage_id,
            statement_key,
        )
        return self.link(row["id"]) if row else None

    def done_since(self, who: str, since: str) -> int:
        """How many links a person decided since a moment, what they took back left out."""
        row = one(
            self._db,
            "SELECT count(*) FROM audit a WHERE who = ? AND at >= ? AND statement IS NOT NULL "
            "AND action IN ('confirm', 'reject', 'no-fit') "
            "AND NOT EXISTS (SELECT 1 FROM audit u WHERE u.undoes = a.act)",
            who,
            since,
        )
        return int(row[0]) if row else 0

    def find_positions(self, text: str, limit: int = 12) -> list[Row]:
        """Positions in force whose words begin as typed, best first."""
        words = [word for word in "".join(c if c.isalnum() else " " for c in text).split() if word][:12]
        if not words:
            return []
        return rows(
            self._db,
            "SELECT s.key, s.title, s.position FROM statement_fts f JOIN statement s ON s.id = f.rowid "
            "WHERE statement_fts MATCH ? AND s.retired_at IS NULL ORDER BY bm25(statement_fts, 8, 1, 2, 1) LIMIT ?",
            " ".join(f'"{word}"*' for word in words),
            limit,
        )

    # ---------------------------------------------------------- decisions

    def decide(
        self,
        coverage: Row,
        statement_key: str,
        action: Action,
        *,
        who: Person,
        now: str,
        expected: int | None,
        stance: str | None = None,
        act: int | None = None,
        name: str | None = None,
    ) -> int:
        """Confirm, reject or add one link; gives the number of the action, under which more can follow.

        Raises `Conflict` where the link is not of the version that the person saw (None: there was none),
        `NotFoundError` where there is no such position.
        """
        with transaction(self._db):
            row = self.pair(coverage["id"], statement_key)
            if (row["version"] if row else None) != expected:
                raise Conflict(row)
            self._links.decide(coverage["id"], statement_key, action, who=who.name, now=now)
            after = self.pair(coverage["id"], statement_key)
            assert after is not None
            if stance in STANCES:
                self._db.execute("UPDATE link SET stance = ? WHERE id = ?", (stance, after["id"]))
            if action != "reject":
                self._db.execute("DELETE FROM no_fit WHERE coverage_id = ?", (coverage["id"],))
            return self.log(
                name or action,
                who=who,
                now=now,
                coverage=coverage["key"],
                statement=statement_key,
                before=row["status"] if row else None,
                after=after["status"],
                rule=after["rule"],
                version=after["version"],
                note=stance if stance in STANCES else None,
                act=act,
            )

    def no_fit(self, coverage: Row, seen: Sequence[tuple[str, int]], *, who: Person, now: str) -> int:
        """No position fits: reject what the person saw proposed, and remember the coverage as a topic.

        Where people keep a link of it none of the *others* fits, and it is no topic without a position.
        Raises `Conflict` where anything of it changed meanwhile.
        """
        with transaction(self._db):
            kept = self.kept(coverage["id"])
            told = "no other position fits" if kept else "no position fits"
            act = self.log("no-fit", who=who, now=now, coverage=coverage["key"], after=told)
            for statement_key, version in seen:
                self.decide(
                    coverage, statement_key, "reject", who=who, now=now, expected=version, act=act, name="no-fit"
                )
            if not kept:
                self._db.execute("INSERT OR IGNORE INTO no_fit VALUES (?, ?, ?)", (coverage["id"], who.name, now))
            return act

    def kept(self, coverage_id: int) -> list[str]:
        """The positions, by key, whose links to a piece of coverage people confirmed or added."""
        query = (
            "SELECT s.key FROM link l JOIN statement s ON s.id = l.statement_id WHERE l.coverage_id = ? AND l.status"
        )
        return [row["key"] for row in rows(self._db, f"{query} IN ('confirmed', 'added') ORDER BY s.key", coverage_id)]

    def undo(self, who: Person, now: str) -> str | None:
        """Take back the person's latest decision; gives the key of its coverage, None where there is nothing.

        Raises `Conflict` where somebody changed the same link since.
        """
        with transaction(self._db):
            last = one(
                self._db,
                "SELECT act FROM audit a WHERE who = ? AND action IN ('confirm', 'reject', 'add', 'no-fit') "
                "AND NOT EXISTS (SELECT 1 FROM audit u WHERE u.undoes = a.act) ORDER BY id DESC LIMIT 1",
                who.name,
            )
            return self._undo_act(last["act"], who, now) if last else None

    def undo_pair(self, coverage: Row, statement_key: str, *, who: Person, now: str) -> None:
        """Take back the latest decision on one link, whoever made it, with all that was decided in one go with it.

        Raises `NotFoundError` where there is none, `Conflict` where the link changed since.
        """
        with transaction(self._db):
            last = one(
                self._db,
                "SELECT act FROM audit a WHERE coverage = ? AND statement = ? "
                "AND action IN ('confirm', 'reject', 'add', 'no-fit') "
                "AND NOT EXISTS (SELECT 1 FROM audit u WHERE u.undoes = a.act) ORDER BY id DESC LIMIT 1",
                coverage["key"],
                statement_key,
            )
            if last is not None:
                self._undo_act(last["act"], who, now)
                return
            # A decision that another door made stands in the link's own log only.
            before = self._links.undo(coverage["id"], statement_key, who=who.name, now=now)
            self.log("undo", who=who, now=now, coverage=coverage["key"], statement=statement_key, after=before)

    def undo_no_fit(self, coverage: Row, *, who: Person, now: str) -> None:
        """Take back that no position fits a piece of coverage, whoever said so.

        Raises `NotFoundError` where nobody did, `Conflict` where a link of it changed since.
        """
        with transaction(self._db):
            last = one(
                self._db,
                "SELECT act FROM audit a WHERE coverage = ? AND statement IS NULL AND action = 'no-fit' "
                "AND NOT EXISTS (SELECT 1 FROM audit u WHERE u.undoes = a.act) ORDER BY id DESC LIMIT 1",
                coverage["key"],
            )
            if last is None:
                raise NotFoundError(f"nobody said of {coverage['key']} that no position fits")
            self._undo_act(last["act"], who, now)

    def _undo_act(self, act: int, who: Person, now: str) -> str:
        """Take back all events of one action; gives the key of its coverage."""
        events = rows(self._db, "SELECT * FROM audit WHERE act = ? ORDER BY id DESC", act)
        first: int | None = None
        for event in events:
            first = self._take_back(event, who, now, first)
        return str(events[-1]["coverage"])

    def _take_back(self, event: Row, who: Person, now: str, act: int | None) -> int:
        known = names.find(self._db, event["coverage"])
        coverage = one(self._db, "SELECT id, key FROM coverage WHERE id = ?", known)
        if coverage is None:
            raise NotFoundError("the coverage of this decision is not in the archive any more")
        version = None
        if event["statement"] is None:
            self._db.execute("DELETE FROM no_fit WHERE coverage_id = ?", (coverage["id"],))
        else:
            row = self.pair(coverage["id"], event["statement"])
            if row is None or row["version"] != event["version"]:
                raise Conflict(row)
            self._links.undo(coverage["id"], event["statement"], who=who.name, now=now)
            after = self.pair(coverage["id"], event["statement"])
            version = after["version"] if after else None
            if self.kept(coverage["id"]):
                self._db.execute("DELETE FROM no_fit WHERE coverage_id = ?", (coverage["id"],))
        return self.log(
            "undo",
            who=who,
            now=now,
            coverage=event["coverage"],
            statement=event["statement"],
            before=event["after"],
            after=event["before"],
            version=version,
            act=act,
            undoes=event["act"],
        )

    # ---------------------------------------------------------- stories

    def decide_story(self, key: str, other: str, verdict: str, *, who: Person, now: str) -> None:
        """Say that two pieces are one story, or are not; grouping anew is left to the caller."""
        one_key, two_key = sorted((key, other))
        with transaction(self._db):
            self._db.execute(
                "INSERT INTO story_decision VALUES (?1, ?2, ?3, ?4, ?5) "
                "ON CONFLICT (one, two) DO UPDATE SET verdict = ?3, who = ?4, at = ?5",
                (one_key, two_key, verdict, who.name, now),
            )
            self._db.execute("UPDATE coverage SET grouped_sha = NULL WHERE key IN (?, ?)", (key, other))
            action = "split" if verdict == "apart" else "merge"
            self.log(action, who=who, now=now, coverage=key, after=f"{verdict} {other}")

    def in_story(self, story_id: int, statement_key: str) -> list[Row]:
        """Open proposals of one position in all pieces of a story."""
        return rows(
            self._db,
            "SELECT c.*, l.version AS link_version, l.band, l.score, l.evidence ->> '$.their_sentence' AS theirs "
            "FROM link l JOIN coverage c ON c.id = l.coverage_id JOIN statement s ON s.id = l.statement_id "
            "WHERE c.story_id = ? AND s.key = ? AND l.status = 'proposed' "
            "ORDER BY c.is_lead DESC, c.published_at, c.key",
            story_id,
            statement_key,
        )

    # ---------------------------------------------------------- the log

    def log(
        self,
        action: str,
        *,
        who: Person,
        now: str,
        coverage: str | None = None,
        statement: str | None = None,
        before: str | None = None,
        after: str | None = None,
        rule: str | None = None,
        version: int | None = None,
        note: str | None = None,
        act: int | None = None,
        undoes: int | None = None,
    ) -> int:
        """Write down what a person did; the caller holds the transaction. Gives the number of the action."""
        row = one(self._db, "SELECT coalesce(max(id), 0) + 1 FROM audit")
        event = int(row[0]) if row else 1
        self._db.execute(
            "INSERT INTO audit (id, at, who, session, act, action, coverage, statement, before, after, rule, version, "
            "undoes, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event, now, who.name, who.session, act or event, action, coverage, statement, before, after, rule,
                version, undoes, note,
            ),
        )  # fmt: skip
        return act or event

    def tests(self, who: str | None, since: str, limit: int = 1000) -> list[Row]:
        """Test mails since a moment, latest first: when, which issue to where (`note`), what became of it (`outcome`).

        `who` None: everybody's; `outcome` is None while the mail server has not answered.
        """
        return rows(
            self._db,
            "SELECT a.at, a.who, a.note, (SELECT b.after FROM audit b WHERE b.act = a.act AND b.id > a.id) AS outcome "
            "FROM audit a WHERE a.action = 'test mail' AND a.act = a.id AND a.at >= ?2 AND (?1 IS NULL OR a.who = ?1) "
            "ORDER BY a.id DESC LIMIT ?3",
            who,
            since,
            limit,
        )

    def history(self, *, coverage: str | None = None, limit: int = 50) -> list[Row]:
        """What people did with a piece of coverage, or with anything, latest first."""
        return rows(
            self._db,
            "SELECT a.*, s.title FROM audit a LEFT JOIN statement s ON s.key = a.statement "
            # An article that got an address has another name since.
            "WHERE (?1 IS NULL OR a.coverage = ?1 OR a.coverage IN (SELECT n.key FROM coverage_name n "
            "JOIN coverage c ON c.id = n.coverage_id WHERE c.key = ?1)) "
            "ORDER BY a.id DESC LIMIT ?2",
            coverage,
            limit,
        )
