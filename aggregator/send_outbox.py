"""The outbox: mails as `.eml` files in a folder, where no mail server is set.

The same name writes the same file, so a mail that goes twice is one file.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from aggregator.journal import sync_folder
from aggregator.send import BeforeText
from aggregator.send_rules import Outcome


class Outbox:
    """The way into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hand(self, name: str, sender: str, recipient: str, body: bytes, before_text: BeforeText) -> Outcome:
        """Write one mail, whole or not at all; the envelope's sender stands nowhere."""
        target = self._folder / file_name(name, recipient)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            before_text()
            self._write(target, body)
        except OSError as exc:
            return Outcome(phase="data", text=f"{target}: {exc}")
        return Outcome(phase="done", code=250, text=f"written to {target}")

    def _write(self, target: Path, body: bytes) -> None:
        part = self._folder / f".{target.name}.{os.getpid()}.part"
        try:
            with part.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
            sync_folder(self._folder)
        except OSError:
            part.unlink(missing_ok=True)  # a full disk needs its room back
            raise

    def close(self) -> None:
        """Nothing is open between two mails."""


def file_name(issue: str, address: str) -> str:
    """The outbox name of a mail.

    >>> file_name("2026-W46", "Ada/../x@example.org")
    '2026-W46-Ada-x-example-org-17c4f9c0.eml'
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "-", address).strip("-")
    return f"{issue}-{plain[:80]}-{hashlib.sha256(address.casefold().encode()).hexdigest()[:8]}.eml"
