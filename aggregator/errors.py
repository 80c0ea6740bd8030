"""Errors that a person can act on.

    CuttingsError              base: one message that says what happened, what it means and what to do next
    ├── ConfigError            a setting is wrong or missing
    ├── StoreError             the database cannot be used
    │   └── StoreVersionError  it was written by a newer Cuttings
    ├── NotFoundError          nothing in the archive has that name
    ├── FetchError             an answer could not be had from a server
    │   └── RefusedError       it was not asked: the address is not allowed
    ├── SendError              mail could not be handed over
    │   └── HeldError          sending is off until a person looks: this may be a restored or copied archive
    └── LockedError            another process sends from this archive (exit code 75)

The command line prints these and ends with 1; anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

import datetime as dt


class CuttingsError(Exception):
    """A known error; its text is a message to a person."""


class ConfigError(CuttingsError):
    """A setting is wrong or missing; the message names file and setting."""


class StoreError(CuttingsError):
    """The database cannot be used; the message names the file."""


class StoreVersionError(StoreError):
    """The database holds migrations that this version does not know."""


class NotFoundError(CuttingsError):
    """Nothing in the archive has that name."""


class FetchError(CuttingsError):
    """An answer could not be had from a server; `passing` says that it may be had later."""

    passing = True

    def __init__(self, message: str, *, wait: dt.timedelta | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.wait = wait  # how long the server asked us to stay away
        self.status = status  # what it answered, where it did


class RefusedError(FetchError):
    """A server was not asked, because its address is not allowed."""

    passing = False


class SendError(CuttingsError):
    """Mail could not be handed over."""


class HeldError(SendError):
    """Sending is off until a person says that this archive may send."""


class LockedError(CuttingsError):
    """Another process sends from this archive."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"another process sends from this archive already: pid {pid or 'unknown'}. Nothing was done.")
        self.pid = pid
