"""What people and the service do with mails: send what is due, an issue, a test; settle doubt; look at a mail.

`sending_guard` asks whether this archive may send, `sending_round` sends; both are meant to be reached from here.
"""

from __future__ import annotations

import contextlib

from aggregator import lock, pipeline, weeks
from aggregator.config import Config, Recipient
from aggregator.errors import CuttingsError, SendError
from aggregator.issues import (
    ON_TIME,
    SERVICE,
    TOO_LATE,
    close_done,
    coming,
    draft,
    draft_due,
    link_secret,
    mail_for,
    make_mails,
    reader_of,
    standing,
    to_send,
)
from aggregator.journal import Journal
from aggregator.journal import path_for as journal_path
from aggregator.mail import NO_SENDER
from aggregator.send_rules import Outcome
from aggregator.sending_guard import adopt as adopt
from aggregator.sending_guard import guard, settle
from aggregator.sending_round import SendReport as SendReport
from aggregator.sending_round import Stop, deliver, never, way_of
from aggregator.sending_round import outbox as outbox
from aggregator.store import Store
from aggregator.store.connect import Row
from aggregator.times import parse_utc


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
            settle(store, journal)
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
    return SendReport(failed=len(made.problems), notes=made.problems)


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
        if why := refusal(store.issues.get(issue)):
            raise CuttingsError(why)
        made = make_mails(store, config, issue, only=only)
        settle(store, journal)
        if only is None:
            store.deliveries.hurry(issue)
        report = SendReport(failed=len(made.problems), notes=made.problems)
        report += deliver(store, config, journal, issue=issue, only=only)
        close_done(store)
        return issue, report


def refusal(row: Row) -> str | None:
    """Why an issue is not sent, with what to do about it; None where it is."""
    issue, why = row["id"], f"({row['note']})" if row["note"] else ""
    if row["state"] == "held":
        return f"{issue} is held {why}".rstrip() + f"; run.py digest release {issue} lets it go"
    if row["state"] in ("skipped", "merged"):
        return f"{issue} is {row['state']} {why}".rstrip() + ": it has no mail"
    return None


def _issue_to_send(store: Store, config: Config, issue: str | None) -> str:
    if issue is None:
        draft_due(store, config)
        issue = to_send(store, config)
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
    digest = standing(store, config, issue)
    body = mail_for(
        digest, config, reader, date=pipeline.now().replace(microsecond=0), secret=link_secret(store), mark="[Test]"
    )
    sender = config.digest.sender or NO_SENDER
    with contextlib.closing(way_of(store, config)) as way:
        outcome = way.hand(f"test-{digest.window.issue}", sender, reader.address, body, lambda: None)
    run = store.runs.start("send test", pipeline.stamp())
    store.runs.finish(
        run, pipeline.stamp(), {"to": reader.address, "issue": digest.window.issue, "answer": str(outcome)}
    )
    if outcome.phase != "done":
        raise SendError(f"the test mail to {reader.address} did not go: {outcome}")
    return outcome


def resolve(store: Store, issue: str, address: str, *, delivered: bool, who: str, reason: str) -> None:
    """A person says what became of a mail in doubt: it arrived, or it is to be sent again.

    The lock is not asked for: the service has it all day, and a person decides while it runs.
    One write transaction holds ledger and journal together, and the journal has its line before the ledger says that
    the mail waits: nobody sees a mail that waits and that the journal calls out, which is how restored archives look.
    Where this is killed in between, the mail is in doubt as before.
    """
    after = "sent" if delivered else "pending"
    with store.transaction():
        row = store.deliveries.resolve(issue, address, after, who=who, reason=reason, now=pipeline.now())
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
    issue = issue or coming(store, config).issue
    delivery = store.deliveries.find(issue, address) if address else None
    if delivery is not None and delivery["body"]:
        return bytes(delivery["body"]), reader
    digest, row = standing(store, config, issue), store.issues.find(issue)
    date = (parse_utc(row["send_at"]) if row else None) or digest.window.until_at
    late = row is not None and (bool(row["late"]) or pipeline.now() > date + ON_TIME)
    return mail_for(digest, config, reader, date=date, secret=link_secret(store, make=False), late=late), reader
