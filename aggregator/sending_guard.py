"""The guard: may this archive send at all, and what did processes that died leave behind.

Which error is worse: an archive that is held for no reason costs a person one command, one that sends last week's
mail again cannot take it back.
So before anything goes out the guard asks whether this archive is the one that may send: same installation, same
machine, same place, and a send journal that knows nothing the ledger does not.
A restored or copied archive fails that and stays *held* until a person adopts it.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from aggregator import lock, pipeline
from aggregator.errors import HeldError
from aggregator.issues import SERVICE
from aggregator.journal import OUT, Journal
from aggregator.journal import path_for as journal_path
from aggregator.send_rules import back_off
from aggregator.store import Store
from aggregator.store.deliveries import BEGUN

_KILLED = "the process ended at it; "


def machine_id() -> str:
    """This machine, as a hash; the same text on all machines that have no id."""
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text:
            return hashlib.sha256(b"cuttings:" + text.encode()).hexdigest()[:16]
    return "none"


def guard(store: Store) -> Journal:
    """The journal to write to, where this archive may send; raises `HeldError` with everything held where not."""
    journal = Journal(journal_path(store.path))
    reason = why_off(store, journal)
    recover(store, journal, trusted=reason is None)
    if reason is None:
        if store.meta.get("instance") is None:
            _sign(store, journal)
        return journal
    _turn_off(store, journal, reason)
    raise HeldError(
        f"sending is off: {reason}. If this archive is the one that sends from now on: run.py digest release --adopt"
    )


def why_off(store: Store, journal: Journal | None = None) -> str | None:
    """Why this archive sends nothing; None where it may. Changes nothing.

    Raises `SendError` where the journal cannot be read.
    """
    return store.meta.get("sending_off") or _doubt(store, journal or Journal(journal_path(store.path)))


def is_bound(store: Store) -> bool:
    """Whether this archive is bound to a machine and a place, which its first sending does or a `schedule` on it."""
    return store.meta.get("instance") is not None


def _doubt(store: Store, journal: Journal) -> str | None:
    """Why this archive may be a restored or copied one; None where all fits."""
    instance, written = store.meta.get("instance"), journal.instance()
    if store.meta.get("restored_at"):
        return f"this archive was restored from a backup at {store.meta.get('restored_at')}"
    if instance is None and (written is None or not journal.entries()):
        return None  # nothing was ever sent; a first start may have been killed while it signed
    if written is None:
        return "there is no send journal beside this archive"
    if instance != written:
        return "the send journal beside this archive belongs to another one, or to a later state of it"
    if store.meta.get("machine") != machine_id():
        return "this archive has sent from another machine"
    if store.meta.get("place") != str(store.path.resolve()):
        return f"this archive has sent from another place, {store.meta.get('place')}"
    ledger = store.deliveries.by_message()
    for message_id, entry in journal.entries(recent=True).items():
        row = ledger.get(message_id)
        if entry.act in OUT and (row is None or row["state"] in ("pending", "held")):
            return "the send journal knows of mails that the archive does not: it is older than what was sent"
    return None


def _turn_off(store: Store, journal: Journal, reason: str) -> None:
    with store.transaction():
        if store.meta.get("sending_off") is None:
            store.meta.set("sending_off", reason)
        settle(store, journal)
        store.deliveries.move_all(None, "pending", "held", who=SERVICE, note=reason, now=pipeline.now())


def settle(store: Store, journal: Journal) -> None:
    """Mails that wait and that the journal knows as out do not wait any more."""
    with store.joined():  # the journal is read inside: a person who wants a mail sent again writes both in one
        entries = journal.entries()
        for row in store.deliveries.in_state("pending", "held"):
            entry = entries.get(row["message_id"])
            if entry and entry.act in OUT:
                after = "sent" if entry.act == "accepted" else "unknown"
                note = f"the send journal of {entry.at} says: {entry.act}"
                store.deliveries.move(row["id"], after, who=SERVICE, note=note, now=pipeline.now())


def _sign(store: Store, journal: Journal) -> None:
    """Bind archive, journal, machine and place together."""
    instance = secrets.token_hex(8)
    journal.begin(instance, pipeline.stamp())
    with store.transaction():
        store.meta.set("instance", instance)
        store.meta.set("machine", machine_id())
        store.meta.set("place", str(store.path.resolve()))


def adopt(store: Store, *, who: str) -> None:
    """This archive is the one that sends from now on; what the journal knows as out is not sent again.

    Raises `LockedError` while another process sends.
    """
    with lock.hold(store.path):
        journal = Journal(journal_path(store.path))
        recover(store, journal, trusted=False)
        _sign(store, journal)
        with store.transaction():
            settle(store, journal)
            for name in ("sending_off", "restored_at"):
                store.meta.drop(name)
            for row in store.issues.in_state("sending"):
                store.deliveries.move_all(
                    row["id"], "held", "pending", who=who, note="the archive is adopted", now=pipeline.now()
                )


def recover(store: Store, journal: Journal, *, trusted: bool) -> int:
    """Settle what a killed process was at, by what the journal says of it; gives how many mails that were.

    `trusted`: this is the journal of this archive.
    Then a mail of which neither it nor the ledger knows a text has certainly not gone and waits again; else that is
    in doubt too. The ledger is asked because an older copy of the journal looks as if it were this one.
    """
    if not store.deliveries.in_state("sending"):
        return 0
    with store.transaction():  # the journal is read inside: see `Deliveries.still_claimed`
        left, entries = store.deliveries.in_state("sending"), journal.entries()
        for row in left:
            entry = entries.get(row["message_id"])
            refused = entry is not None and entry.act == "refused"
            begun = (entry is not None and entry.act in OUT) or (row["answer"] == BEGUN and not refused)
            if entry is not None and entry.act == "accepted":
                store.deliveries.doubt(
                    row["id"], "sent", note=_KILLED + "the journal has the answer", now=pipeline.now()
                )
            elif begun or not trusted:
                said = "its text may have gone" if begun else "the send journal does not say how far it came"
                store.deliveries.doubt(row["id"], "unknown", note=_KILLED + said, now=pipeline.now())
            else:
                again = pipeline.now() + back_off(row["attempts"])
                note = _KILLED + "by the send journal its text had not been started"
                store.deliveries.give_back(row["id"], again, note=note, now=pipeline.now())
    return len(left)
