"""Errors that a person can act on.

    CuttingsError              base: one message that says what happened, what it means and what to do next
    ├── ConfigError            a setting is wrong or missing
    ├── StoreError             the database cannot be used
    │   └── StoreVersionError  it was written by a newer Cuttings
    ├── NotFoundError          nothing in the archive has that name
    └── SendError              mail could not be handed over

The command line prints these and ends with 1; anything else is a bug and keeps its traceback.
"""

from __future__ import annotations


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


class SendError(CuttingsError):
    """Mail could not be handed over."""
