"""A round of sending: claim, journal, send, write down, one mail after another.

    pending ─claim→ sending ─250→ sent
                      │  ├─ 4xx, network → pending, later        (certainly not sent)
                      │  ├─ 5xx → failed                         (certainly not sent)
                      │  └─ no answer after the text → unknown   (a person resolves it, never a timer)
                      └─ killed → by the journal at the next start: sent, unknown, or pending again

Which error is worse: sending twice cannot be taken back, so each step is on the disk before the next begins.
What is about the server and not about one mail makes the others of the issue wait; so a server that breaks after
each text leaves one mail in doubt at a time, at growing distances, and not all of them.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from aggregator import pipeline
from aggregator.config import Config
from aggregator.errors import SendError
from aggregator.issues import SERVICE
from aggregator.journal import Act, Journal
from aggregator.send import Server, Way
from aggregator.send_outbox import Outbox
from aggregator.send_rules import Outcome, Verdict, back_off, judge
from aggregator.store import Store
from aggregator.store.connect import Row
from aggregator.times import parse_utc
from parsers.model import Record

log = logging.getLogger("cuttings")

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
    report, waiting = SendReport(), set[str]()
    with contextlib.closing(way_of(store, config)) as way:
        sender = _Sender(store, journal, way)
        for row in store.deliveries.due(pipeline.now(), issue):
            if stop() or report.held:
                break
            if row["issue_id"] in waiting or (only and row["recipient"].casefold() != only.casefold()):
                continue
            verdict = sender.attempt(row)
            if verdict is None:
                continue
            report += _counted(row, verdict)
            if verdict.hold:
                _hold_run(store, row["issue_id"], verdict.note)
            elif verdict.wait:
                waiting.add(row["issue_id"])
                _postpone(store, row["issue_id"], verdict)
    if report != SendReport():
        log.info(
            "send: %d sent, %d failed, %d unknown, %d later%s",
            report.sent, report.failed, report.unknown, report.later, f", held: {report.held}" if report.held else "",
        )  # fmt: skip
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


def _postpone(store: Store, issue: str, verdict: Verdict) -> None:
    """The others wait as long as this mail, or longer with each mail of the issue that is in doubt."""
    doubts = store.deliveries.counts(issue).get("unknown", 1)
    store.deliveries.postpone(issue, verdict.next_attempt_at or pipeline.now() + back_off(doubts))


class _Sender:
    """One attempt after another by this process."""

    def __init__(self, store: Store, journal: Journal, way: Way) -> None:
        self._store = store
        self._journal = journal
        self._way = way
        self._by = f"{socket.gethostname()}:{os.getpid()}"

    def attempt(self, row: Row) -> Verdict | None:
        """One attempt at one mail; None where another process was faster."""
        point("before-claim")
        if not self._store.deliveries.claim(row["id"], self._by, pipeline.now()):
            return None
        point("claim")
        try:
            outcome, begun = self._hand(row)
        except _LostClaim:
            return None
        point("answer")
        first = parse_utc(row["first_attempt_at"]) or pipeline.now()
        verdict = judge(outcome, attempts=row["attempts"] + 1, first_attempt_at=first, now=pipeline.now())
        if begun:
            verdict = self._noted(row, verdict)
        point("before-commit")
        self._store.deliveries.finish(
            row["id"], self._by, verdict.state, verdict.note, pipeline.now(), next_attempt_at=verdict.next_attempt_at
        )
        point("commit")
        return verdict

    def _hand(self, row: Row) -> tuple[Outcome, bool]:
        """Hand the mail over; gives the end, and whether the journal has its beginning."""
        begun = False

        def before_text() -> None:
            nonlocal begun
            point("before-journal")
            self._journal.write("text", row["message_id"], issue=row["issue_id"], at=pipeline.stamp())
            begun = True
            point("journal")
            if not self._store.deliveries.still_claimed(row["id"], self._by):
                raise _LostClaim

        body = self._store.deliveries.body(row["id"])
        try:
            return self._way.hand(row["issue_id"], row["sender"], row["recipient"], body, before_text), begun
        except SendError as exc:
            return Outcome(phase="journal", text=str(exc)), begun

    def _noted(self, row: Row, verdict: Verdict) -> Verdict:
        """The server's answer outside the archive too; the ledger is written next in any case."""
        if verdict.state == "unknown":
            return verdict
        act: Act = "accepted" if verdict.state == "sent" else "refused"
        try:
            self._journal.write(act, row["message_id"], issue=row["issue_id"], at=pipeline.stamp())
        except SendError as exc:
            if verdict.state == "pending":
                # The journal would know of a mail that the archive calls waiting, which is how restored ones look.
                return Verdict(state="unknown", note=f"{verdict.note}; not sent, but {exc}", wait=True)
            # Without this line a kill in the next moment leaves the mail in doubt, which is where doubt belongs.
        return verdict


class _LostClaim(Exception):
    """Another process has settled a mail that this one was at."""


def way_of(store: Store, config: Config) -> Way:
    """The mail server, or the outbox where none is set."""
    return Outbox(outbox(store, config)) if config.smtp.host is None else Server(config.smtp, point=point)


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
