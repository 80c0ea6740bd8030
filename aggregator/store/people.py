"""Accounts of the web app, their sessions, tokens and saved searches, and failed sign-ins.

Which error is worse: to turn a colleague away costs a minute, to let a stranger in costs the archive.
So every secret is stored as its SHA-256, every session ends by itself, and a removed account opens nothing
from the same moment, while what it decided keeps its name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Literal, TypeAlias

from aggregator.errors import CuttingsError, NotFoundError
from aggregator.store.connect import Connection, Row, one, rows, transaction
from aggregator.times import parse_utc, utc
from parsers.model import Record

Role: TypeAlias = Literal["viewer", "reviewer", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "reviewer", "admin")

SETUP_FOR = dt.timedelta(days=3)
FAILURES_WITHIN = dt.timedelta(minutes=15)
#: A session's `seen_at` is written at most this often, so that reading pages hardly ever writes.
SEEN_EVERY = dt.timedelta(minutes=5)


class Person(Record, frozen=True, kw_only=True):
    """Who is asking."""

    id: int
    name: str
    role: Role
    session: str  # number of the session, or "api"
    one_key: bool = True
    mail: str | None = None  # where test mails go; this person's own word

    def may(self, role: Role) -> bool:
        """Whether this person's role holds that one."""
        return ROLES.index(self.role) >= ROLES.index(role)


def sha(secret: str) -> str:
    """How a secret is stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_secret() -> str:
    """256 random bits for an address or a cookie."""
    return secrets.token_urlsafe(32)


class People:
    """Who may use the web app."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ---------------------------------------------------------- accounts

    def add(self, name: str, role: Role, now: dt.datetime, mail: str | None = None) -> str:
        """Make an account, or open a removed one again; gives the secret of its one-time link.

        Raises `CuttingsError` for a name or mail address that cannot be one, or a name that is taken.
        """
        mail = mail_address(mail) if mail else None
        name = " ".join(name.split())
        if not name or len(name) > 100 or not name.isprintable():
            raise CuttingsError("give a name of at most 100 printable characters")
        with transaction(self._db):
            row = one(self._db, "SELECT * FROM account WHERE name = ?", name)
            if row and row["removed_at"] is None:
                raise CuttingsError(
                    f"there is an account “{row['name']}” already; “user reset” makes a new link for it"
                )
            self._db.execute(
                "INSERT INTO account (name, role, created_at, mail) VALUES (?1, ?2, ?3, ?4) "
                "ON CONFLICT (name) DO UPDATE SET role = ?2, password = NULL, removed_at = NULL, mail = ?4",
                (name, role, utc(now), mail),
            )
            return self.reset(name, now)

    def reset(self, name: str, now: dt.datetime) -> str:
        """Forget the password, end all sessions; gives the secret of a new one-time link."""
        with transaction(self._db):
            account = self._active(name)
            self._db.execute("UPDATE account SET password = NULL WHERE id = ?", (account["id"],))
            self._end_all(account["id"])
            secret = new_secret()
            self._db.execute(
                "INSERT INTO setup_link VALUES (?, ?, ?)", (sha(secret), account["id"], utc(now + SETUP_FOR))
            )
            return secret

    def remove(self, name: str, now: dt.datetime) -> None:
        """Close an account; its decisions keep its name."""
        with transaction(self._db):
            account = self._active(name)
            self._db.execute(
                "UPDATE account SET removed_at = ?, password = NULL WHERE id = ?", (utc(now), account["id"])
            )
            self._end_all(account["id"])

    def _active(self, name: str) -> Row:
        row = one(self._db, "SELECT * FROM account WHERE name = ? AND removed_at IS NULL", name)
        if row is None:
            raise NotFoundError(f"there is no account “{name}”; “user list” shows all")
        return row

    def _end_all(self, account_id: int) -> None:
        for table in ("session", "setup_link", "api_token"):
            self._db.execute(f"DELETE FROM {table} WHERE account_id = ?", (account_id,))

    def all(self) -> list[Row]:
        """All open accounts with when each was last here."""
        return rows(
            self._db,
            "SELECT a.*, (SELECT max(seen_at) FROM session s WHERE s.account_id = a.id) AS seen_at, "
            "(SELECT count(*) FROM session s WHERE s.account_id = a.id) AS sessions "
            "FROM account a WHERE removed_at IS NULL ORDER BY name",
        )

    def find(self, name: str) -> Row | None:
        """An open account by name."""
        return one(self._db, "SELECT * FROM account WHERE name = ? AND removed_at IS NULL", name)

    def exist(self) -> bool:
        """Whether anybody can sign in."""
        return one(self._db, "SELECT 1 FROM account WHERE removed_at IS NULL AND password IS NOT NULL") is not None

    def set_one_key(self, account_id: int, on: bool) -> None:
        """Whether single keys decide for this person."""
        self._db.execute("UPDATE account SET one_key = ? WHERE id = ?", (int(on), account_id))

    def set_mail(self, account_id: int, mail: str | None) -> None:
        """Where test mails go; None for nowhere. Raises `CuttingsError` for what is no address."""
        self._db.execute("UPDATE account SET mail = ? WHERE id = ?", (mail_address(mail) if mail else None, account_id))

    # ---------------------------------------------------------- passwords

    def setup_account(self, secret: str, now: dt.datetime) -> Row | None:
        """The account that a one-time link belongs to, while the link is good."""
        return one(
            self._db,
            "SELECT a.* FROM setup_link s JOIN account a ON a.id = s.account_id "
            "WHERE s.token_sha = ? AND s.expires_at > ? AND a.removed_at IS NULL",
            sha(secret),
            utc(now),
        )

    def use_setup(self, secret: str, hashed: str, now: dt.datetime) -> bool:
        """Set the password through a one-time link; False where somebody was faster, or the link is not good."""
        with transaction(self._db):
            account = self.setup_account(secret, now)
            if account is None:
                return False
            self.set_password(account["id"], hashed)
            return True

    def set_password(self, account_id: int, hashed: str) -> None:
        """Store a new hash; all sessions, tokens and one-time links of the account end."""
        with transaction(self._db):
            self._end_all(account_id)
            self._db.execute("UPDATE account SET password = ? WHERE id = ?", (hashed, account_id))

    def rehash(self, account_id: int, hashed: str) -> None:
        """Store the same password with today's parameters; sessions stay."""
        self._db.execute("UPDATE account SET password = ? WHERE id = ?", (hashed, account_id))

    def failures(self, name: str, address: str, now: dt.datetime) -> tuple[int, int, int, dt.datetime | None]:
        """Failed sign-ins of the last quarter of an hour: this name, this address, all; the latest of the name."""
        row = one(
            self._db,
            "SELECT count(*) FILTER (WHERE name = ?1), count(*) FILTER (WHERE address = ?2), count(*), "
            "max(at) FILTER (WHERE name = ?1) FROM sign_in_failure WHERE at > ?3",
            sha(name.casefold()),
            address,
            utc(now - FAILURES_WITHIN),
        )
        assert row is not None
        return row[0], row[1], row[2], parse_utc(row[3])

    def failed(self, name: str, address: str, now: dt.datetime) -> None:
        """Note a failed sign-in."""
        with transaction(self._db):
            self._db.execute("DELETE FROM sign_in_failure WHERE at < ?", (utc(now - dt.timedelta(days=1)),))
            self._db.execute("INSERT INTO sign_in_failure VALUES (?, ?, ?)", (utc(now), sha(name.casefold()), address))

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name whose password was right."""
        self._db.execute("DELETE FROM sign_in_failure WHERE name = ?", (sha(name.casefold()),))

    # ---------------------------------------------------------- sessions

    def start_session(self, account_id: int, agent: str, now: dt.datetime, days: int) -> str:
        """Open a session; gives its secret."""
        secret = new_secret()
        with transaction(self._db):
            self._db.execute("DELETE FROM session WHERE expires_at < ?", (utc(now),))
            self._db.execute(
                "INSERT INTO session (token_sha, account_id, created_at, seen_at, expires_at, agent) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (sha(secret), account_id, utc(now), utc(now), utc(now + dt.timedelta(days=days)), agent[:200]),
            )
        return secret

    def by_session(self, secret: str, now: dt.datetime, idle: dt.timedelta) -> tuple[Person, bool] | None:
        """Who a session's secret belongs to, and whether `seen_at` is due; None where it is over."""
        row = one(
            self._db,
            "SELECT a.id, a.name, a.role, a.one_key, a.mail, s.id AS session, s.seen_at FROM session s "
            "JOIN account a ON a.id = s.account_id WHERE s.token_sha = ? AND s.expires_at > ? AND s.seen_at > ? "
            "AND a.removed_at IS NULL AND a.password IS NOT NULL",
            sha(secret),
            utc(now),
            utc(now - idle),
        )
        if row is None:
            return None
        return _person(row, str(row["session"])), row["seen_at"] < (utc(now - SEEN_EVERY) or "")

    def seen(self, person: Person, now: dt.datetime) -> None:
        """Note that a session is in use."""
        self._db.execute("UPDATE session SET seen_at = ? WHERE id = ?", (utc(now), int(person.session)))

    def end_session(self, account_id: int, session_id: int) -> None:
        """End one session of an account."""
        self._db.execute("DELETE FROM session WHERE id = ? AND account_id = ?", (session_id, account_id))

    def sessions(self, account_id: int) -> list[Row]:
        """Open sessions of an account, latest first."""
        return rows(
            self._db,
            "SELECT id, created_at, seen_at, expires_at, agent FROM session WHERE account_id = ? ORDER BY seen_at DESC",
            account_id,
        )

    # ---------------------------------------------------------- tokens and searches

    def add_token(self, account_id: int, name: str, now: dt.datetime) -> str:
        """A token for programs; gives its secret, which is shown once."""
        secret = "cut_" + new_secret()
        self._db.execute(
            "INSERT INTO api_token (token_sha, account_id, name, created_at) VALUES (?, ?, ?, ?)",
            (sha(secret), account_id, name.strip()[:100] or "token", utc(now)),
        )
        return secret

    def by_token(self, secret: str) -> Person | None:
        """Who a token belongs to."""
        row = one(
            self._db,
            "SELECT a.* FROM api_token t JOIN account a ON a.id = t.account_id "
            "WHERE t.token_sha = ? AND a.removed_at IS NULL",
            sha(secret),
        )
        return _person(row, "api") if row else None

    def tokens(self, account_id: int) -> list[Row]:
        """Tokens of an account."""
        return rows(self._db, "SELECT * FROM api_token WHERE account_id = ? ORDER BY id", account_id)

    def drop_token(self, account_id: int, token_id: int) -> None:
        """End a token."""
        self._db.execute("DELETE FROM api_token WHERE id = ? AND account_id = ?", (token_id, account_id))

    def save_search(self, account_id: int, name: str, query: str) -> None:
        """Keep a search under a name; the same name is written over."""
        self._db.execute(
            "INSERT INTO saved_search VALUES (?, ?, ?) "
            "ON CONFLICT (account_id, name) DO UPDATE SET query = excluded.query",
            (account_id, " ".join(name.split())[:100] or query[:100], query[:1000]),
        )

    def drop_search(self, account_id: int, name: str) -> None:
        """Forget a saved search."""
        self._db.execute("DELETE FROM saved_search WHERE account_id = ? AND name = ?", (account_id, name))

    def searches(self, account_id: int) -> list[Row]:
        """Saved searches by name."""
        return rows(self._db, "SELECT name, query FROM saved_search WHERE account_id = ? ORDER BY name", account_id)


def _person(row: Row, session: str) -> Person:
    return Person(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        session=session,
        one_key=bool(row["one_key"]),
        mail=row["mail"],
    )


def mail_address(text: str) -> str:
    """One plain mail address; raises `CuttingsError` for anything else.

    >>> mail_address(" ada@example.org ")
    'ada@example.org'
    """
    text = text.strip()
    name, at, domain = text.rpartition("@")
    plain = text.isascii() and text.isprintable() and not set(text) & set(' <>()[]",;:\\')
    if not (plain and at and name and "@" not in name and "." in domain.strip(".") and len(text) <= 254):
        raise CuttingsError("this is no mail address: write one like ada@example.org")
    return text
