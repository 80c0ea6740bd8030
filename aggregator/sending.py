"""From stored mails to sent ones: claim, journal, send, write down; and the guard before all of it.

    pending ─claim→ sending ─250→ sent
                      │  ├─ 4xx, network → pending, later        (certainly not sent)
                      │  ├─ 5xx → failed                         (certainly not sent)
                      │  └─ no answer after the text → unknown   (a person resolves it, never a timer)
                      └─ killed → unknown at the next start, or sent where the journal has the server's answer

Which error is worse: sending twice cannot be taken back.
So before anything goes out the guard asks whether this archive is the one that may send: same installation, same
machine, same place, and a send journal that knows nothing the ledger does not.
A restored or copied archive fails that and stays *held* until a person adopts it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from aggregator import lock, pipeline, weeks
from aggregator.config import Config, Recipient
from aggregator.errors import CuttingsError, HeldError, SendError
from aggregator.issues import (
    ON_TIME,
    SERVICE,
    TOO_LATE,
    close_done,
    draft,
    draft_due,
    link_secret,
    mail_for,
    make_mails,
    reader_of,
)
from aggregator.journal import OUT, Journal
from aggregator.journal import path_for as journal_path
from aggregator.mail import NO_SENDER
from aggregator.pipeline import compose_digest
from aggregator.send import file_name, put, send
from aggregator.send_rules import Outcome, Verdict, judge
from aggregator.store import Store
from aggregator.store.connect import Row
from aggregator.times import parse_utc
from parsers.model import Record

Stop = Callable[[], bool]


class SendReport(Record, frozen=True, kw_only=True):
    """What a round of sending did."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    later: int = 0  # tried and to be tried again
    held: str | None = None  # why nothing more is tried
    notes: tuple[str, ...] = ()  # one line for each mail that did not go

    def __add__(self, other: SendReport) -> SendReport:
        return SendReport(
            sent=self.sent + other.sent,
            failed=self.failed + other.failed,
            unknown=self.unknown + other.unknown,
            later=self.later + other.later,
            held=self.held or other.held,
            notes=(*self.notes, *other.notes),
        )


def never() -> bool:
    """Nobody asks to stop."""
    return False


# ------------------------------------------------------------------ the guard


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
    recover(store, journal)
    reason = store.meta.get("sending_off") or _doubt(store, journal)
    if reason is None:
        if journal.instance() is None:
            _sign(store, journal)
        return journal
    _turn_off(store, journal, reason)
    raise HeldError(
        f"sending is off: {reason}. If this archive is the one that sends from now on: run.py digest release --adopt"
    )


def _doubt(store: Store, journal: Journal) -> str | None:
    """Why this archive may be a restored or copied one; None where all fits."""
    instance, written = store.meta.get("instance"), journal.instance()
    if store.meta.get("restored_at"):
        return f"this archive was restored from a backup at {store.meta.get('restored_at')}"
    if instance is None and written is None:
        return None
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
        _settle(store, journal)
        store.deliveries.move_all(None, "pending", "held", who=SERVICE, note=reason, now=pipeline.now())


def _settle(store: Store, journal: Journal) -> None:
    """Mails that wait and that the journal knows as out do not wait any more."""
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
        recover(store, journal)
        _sign(store, journal)
        with store.transaction():
            _settle(store, journal)
            for name in ("sending_off", "restored_at"):
                store.meta.drop(name)
            for row in store.issues.in_state("sending"):
                store.deliveries.move_all(
                    row["id"], "held", "pending", who=who, note="the archive is adopted", now=pipeline.now()
                )


def recover(store: Store, journal: Journal) -> int:
    """Mails that a killed process was at are in doubt, unless the journal has the answer; gives how many were."""
    left = store.deliveries.in_state("sending")
    entries = journal.entries() if left else {}
    for row in left:
        entry = entries.get(row["message_id"])
        if entry and entry.act == "accepted":
            after, note = "sent", "the process ended before it could write this down; the journal has the answer"
        else:
            begun = "its text may have gone" if entry and entry.act == "text" else "its text had not been started"
            after, note = "unknown", f"the process ended at it; by the send journal {begun}"
        # The claim stays: a process that is still at it may know better.
        store.deliveries.doubt(row["id"], after, note=note, now=pipeline.now())
    return len(left)


# ------------------------------------------------------------------ sending


def deliver(
    store: Store,
    config: Config,
    journal: Journal,
    *,
    issue: str | None = None,
    only: str | None = None,
    stop: Stop = never,
) -> SendReport:
    """Send what is due, one mail after another; stops between two mails when asked."""
    report, by = SendReport(), f"{socket.gethostname()}:{os.getpid()}"
    waiting: set[str] = set()
    for row in store.deliveries.due(pipeline.now(), issue):
        if stop() or report.held:
            break
        if row["issue_id"] in waiting or (only and row["recipient"].casefold() != only.casefold()):
            continue
        verdict = _deliver_one(store, config, journal, row, by)
        if verdict is None:
            continue
        report += _counted(row, verdict)
        if verdict.hold:
            _hold_run(store, row["issue_id"], verdict.note)
        if verdict.wait and verdict.next_attempt_at:
            waiting.add(row["issue_id"])
            store.deliveries.postpone(row["issue_id"], verdict.next_attempt_at)
    return report


def _counted(row: Row, verdict: Verdict) -> SendReport:
    names = {"sent": "sent", "failed": "failed", "unknown": "unknown", "pending": "later"}
    notes = () if verdict.state == "sent" else (f"{row['recipient']}: {verdict.note}",)
    held = verdict.note if verdict.hold else None
    return SendReport(held=held, notes=notes, **{names[verdict.state]: 1})


def _hold_run(store: Store, issue: str, note: str) -> None:
    """It is not about one mail: the issue waits for a person."""
    with store.transaction():
        store.issues.move(issue, ("sending",), "held", who=SERVICE, now=pipeline.now(), note=note)
        store.deliveries.move_all(issue, "pending", "held", who=SERVICE, note=note, now=pipeline.now())


def _deliver_one(store: Store, config: Config, journal: Journal, row: Row, by: str) -> Verdict | None:
    """One attempt at one mail; None where another process was faster."""
    point("before-claim")
    if not store.deliveries.claim(row["id"], by, pipeline.now()):
        return None
    point("claim")
    body = store.deliveries.body(row["id"])
    started = False

    def before_text() -> None:
        nonlocal started
        point("before-journal")
        journal.write("text", row["message_id"], issue=row["issue_id"], at=pipeline.stamp())
        started = True
        point("journal")

    try:
        outcome = transmit(store, config, row["issue_id"], row["sender"], row["recipient"], body, before_text)
    except SendError as exc:
        outcome = Outcome(phase="config", text=str(exc))
    point("answer")
    first = parse_utc(row["first_attempt_at"]) or pipeline.now()
    verdict = judge(outcome, attempts=row["attempts"] + 1, first_attempt_at=first, now=pipeline.now())
    if started:
        _note_answer(journal, row, verdict)
    point("before-commit")
    store.deliveries.finish(
        row["id"], by, verdict.state, verdict.note, pipeline.now(), next_attempt_at=verdict.next_attempt_at
    )
    point("commit")
    return verdict


def _note_answer(journal: Journal, row: Row, verdict: Verdict) -> None:
    """The server's answer outside the archive too; the ledger is written next in any case."""
    if verdict.state == "unknown":
        return
    try:
        journal.write(
            "accepted" if verdict.state == "sent" else "refused",
            row["message_id"],
            issue=row["issue_id"],
            at=pipeline.stamp(),
        )
    except SendError:
        # Without this line a kill in the next moment leaves the mail in doubt, which is where doubt belongs.
        return


def transmit(
    store: Store,
    config: Config,
    issue: str,
    sender: str,
    recipient: str,
    body: bytes,
    before_text: Callable[[], None] = lambda: None,
) -> Outcome:
    """Hand one mail to the server, or put it into the outbox where none is set."""
    if config.smtp.host is None:
        return put(outbox(store, config), file_name(issue, recipient), body, before_text)
    return send(config.smtp, sender, recipient, body, before_text, point=point)


def outbox(store: Store, config: Config) -> Path:
    """The folder for mails when no server is set."""
    return store.path.parent / config.smtp.outbox


def point(name: str) -> None:
    """End this process here when `CUTTINGS_KILL_AT` says so, as “name:3” for the third time; the kill test's handle."""
    wanted, _, times = os.environ.get("CUTTINGS_KILL_AT", "").partition(":")
    if wanted != name:
        return
    if times and int(times) > 1:
        os.environ["CUTTINGS_KILL_AT"] = f"{name}:{int(times) - 1}"
        return
    os.kill(os.getpid(), signal.SIGKILL)


# ------------------------------------------------------------------ verbs


def ensure_due(store: Store, config: Config, *, stop: Stop = never) -> SendReport:
    """Everything that is due now; asked every minute, and the same answer however often.

    The caller holds the lock.
    """
    draft_due(store, config)
    _too_late(store)
    journal = guard(store)
    report = SendReport()
    for row in store.issues.in_state("draft", "released"):
        if (parse_utc(row["send_at"]) or pipeline.now()) <= pipeline.now() and not stop():
            report += _start(store, config, row["id"])
            _settle(store, journal)
    report += deliver(store, config, journal, stop=stop)
    close_done(store)
    return report


def _start(store: Store, config: Config, issue: str) -> SendReport:
    """Make the mails of an issue; where that cannot be, it is held and says why."""
    try:
        made = make_mails(store, config, issue)
    except CuttingsError as exc:
        store.issues.move(issue, ("draft", "released"), "held", who=SERVICE, now=pipeline.now(), note=str(exc))
        return SendReport(held=str(exc), notes=(f"{issue}: {exc}",))
    return SendReport(notes=made.problems)


def _too_late(store: Store) -> None:
    """What could not go out for six days is held: a person decides whether it is still wanted."""
    for row in store.issues.in_state("draft", "released"):
        since = parse_utc(row["released_at"]) or parse_utc(row["until_at"])
        if since and pipeline.now() - since > TOO_LATE:
            note = (
                f"it could not go out for {(pipeline.now() - since).days} days: a person decides whether it still does"
            )
            store.issues.move(row["id"], ("draft", "released"), "held", who=SERVICE, now=pipeline.now(), note=note)


def send_issue(
    store: Store, config: Config, issue: str | None = None, *, only: str | None = None
) -> tuple[str, SendReport]:
    """Send an issue now: the one that waits, else the upcoming one, closed at this moment; gives its name.

    `only` sends to this reader alone.
    Raises `LockedError` where the service runs, `HeldError` where sending is off, `CuttingsError` where the issue is
    held or went out.
    """
    with lock.hold(store.path):
        journal = guard(store)
        issue = _issue_to_send(store, config, issue)
        row = store.issues.get(issue)
        if row["state"] == "held":
            raise CuttingsError(f"{issue} is held ({row['note']}); run.py digest release {issue} lets it go")
        if row["state"] in ("skipped", "merged"):
            raise CuttingsError(f"{issue} is {row['state']} ({row['note']}): it has no mail")
        made = make_mails(store, config, issue, only=only)
        _settle(store, journal)
        if only is None:
            store.deliveries.hurry(issue)
        report = SendReport(notes=made.problems) + deliver(store, config, journal, issue=issue, only=only)
        close_done(store)
        return issue, report


def _issue_to_send(store: Store, config: Config, issue: str | None) -> str:
    if issue is None:
        draft_due(store, config)
        waiting = store.issues.in_state("draft", "released", "sending", "held")
        issue = waiting[-1]["id"] if waiting else None
    if issue is not None and store.issues.find(issue):
        return issue
    moment = pipeline.now()
    window = weeks.window_of(issue, config) if issue else weeks.window_at(moment, config)
    last = store.issues.last_cutoff()
    if window.from_at > moment:
        raise CuttingsError(f"{window.issue} has not begun yet")
    if window.until_at > moment:
        window = weeks.closed_at(window, moment)
    if store.issues.find(window.issue):
        raise CuttingsError(f"{window.issue} went out already; the next issue begins with its cut-off")
    if last and window.until_at <= last:
        raise CuttingsError(f"{window.issue} closed before the latest issue: what it held is in another one")
    return draft(store, config, window)


def send_test(store: Store, config: Config, address: str, issue: str | None = None) -> Outcome:
    """Send an issue as it stands to one address, marked as a test and outside the ledger.

    Raises `SendError` with what the server said where it did not go.
    """
    reader = reader_of(store, config, address)
    if issue and store.issues.find(issue):
        digest = store.issues.digest(issue)
    else:
        window = weeks.window_of(issue, config) if issue else weeks.window_at(pipeline.now(), config)
        digest = compose_digest(store, config, window)
    body = mail_for(
        digest, config, reader, date=pipeline.now().replace(microsecond=0), secret=link_secret(store), mark="[Test]"
    )
    sender = config.digest.sender or NO_SENDER
    outcome = transmit(store, config, f"test-{digest.window.issue}", sender, reader.address, body)
    run = store.runs.start("send test", pipeline.stamp())
    store.runs.finish(
        run, pipeline.stamp(), {"to": reader.address, "issue": digest.window.issue, "answer": str(outcome)}
    )
    if outcome.phase != "done":
        raise SendError(f"the test mail to {reader.address} did not go: {outcome}")
    return outcome


def resolve(store: Store, issue: str, address: str, *, delivered: bool, who: str, reason: str) -> None:
    """A person says what became of a mail in doubt: it arrived, or it is to be sent again."""
    row = store.deliveries.resolve(
        issue, address, "sent" if delivered else "pending", who=who, reason=reason, now=pipeline.now()
    )
    if delivered:
        return
    Journal(journal_path(store.path)).write("again", row["message_id"], issue=issue, at=pipeline.stamp())
    if store.issues.get(issue)["state"] == "sent":
        store.issues.move(issue, ("sent",), "sending", who=who, now=pipeline.now(), note=f"again to {address}")


def preview(
    store: Store, config: Config, address: str | None = None, issue: str | None = None
) -> tuple[bytes, Recipient]:
    """The mail of an issue for one reader as it would go out, or as it went; changes nothing."""
    reader = reader_of(store, config, address)
    row = store.issues.find(issue) if issue else None
    delivery = store.deliveries.find(issue, address) if issue and address else None
    if delivery is not None:
        return bytes(delivery["body"]), reader
    if row is not None:
        digest, date = store.issues.digest(row["id"]), parse_utc(row["send_at"]) or pipeline.now()
        late = bool(row["late"]) or pipeline.now() > date + ON_TIME
    else:
        window = weeks.window_of(issue, config) if issue else weeks.window_at(pipeline.now(), config)
        digest, date, late = compose_digest(store, config, window), window.until_at, False
    return mail_for(digest, config, reader, date=date, secret=link_secret(store, make=False), late=late), reader
