"""“Send test to me”: the issue as it stands, to the mail address of the person who asks.

It goes the way that the command line's test mail goes: marked as a test, outside the ledger.
A mail server may take minutes to answer, so the mail goes in a thread of its own; the page waits a little and then
says what is known. What was asked, and what became of it, stands in the audit log.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from pathlib import Path

from werkzeug.exceptions import BadRequest, TooManyRequests

from aggregator import pipeline, sending
from aggregator.config import Config
from aggregator.errors import CuttingsError
from aggregator.store import Store
from aggregator.store.connect import Error, Row, transaction
from aggregator.store.people import Person
from aggregator.times import utc
from aggregator.web import base

log = logging.getLogger(__name__)

#: Test mails an hour, of one person and of all; a wrong template takes a few tries, a mail bomb many.
OF_ONE, OF_ALL = 6, 30
HOUR = dt.timedelta(hours=1)
#: Seconds that the page waits for the mail server.
WAIT = 15.0


def send(issue: str | None) -> None:
    """Send an issue, or the next one as it stands, to the person who asks.

    Raises `BadRequest` where their account has no mail address, `TooManyRequests` after too many.
    """
    who, store = base.person(), base.store()
    if who.mail is None:
        raise BadRequest("Your account has no mail address yet; “Your account” takes one.")
    with transaction(store.connection):
        _throttle(store, who)
        note = f"{issue or 'the next issue'} to {who.mail}"
        act = store.review.log("test mail", who=who, now=base.stamp(), after="asked", note=note)
    where = base.place()
    thread = threading.Thread(target=_go, args=(where.db, where.config, who, who.mail, issue, act), daemon=True)
    thread.start()
    thread.join(WAIT)


def latest() -> list[Row]:
    """What became of this person's test mails of the last day, latest first."""
    return base.store().review.tests(base.person().name, utc(base.now() - 24 * HOUR) or "", limit=3)


def _throttle(store: Store, who: Person) -> None:
    since = utc(base.now() - HOUR) or ""
    if len(store.review.tests(who.name, since)) >= OF_ONE or len(store.review.tests(None, since)) >= OF_ALL:
        raise TooManyRequests(
            "Enough test mails for an hour. “See it as a mail” shows the same without sending anything.",
            retry_after=int(HOUR.total_seconds()),
        )


def _go(db: Path, config: Config, who: Person, mail: str, issue: str | None, act: int) -> None:
    """Send, and write down what became of it."""
    try:
        with Store(db) as store:
            outcome = _outcome(store, config, mail, issue)
            store.review.log("test mail", who=who, now=pipeline.stamp(), after=outcome, act=act)
    except (Error, CuttingsError):
        log.exception("the outcome of a test mail to %s could not be written down", mail)


def _outcome(store: Store, config: Config, mail: str, issue: str | None) -> str:
    try:
        answer = sending.send_test(store, config, mail, issue)
    except CuttingsError as exc:
        return str(exc)
    except Error as exc:
        return f"the archive was busy, so it may not have gone: {exc}"
    if config.smtp.host is None:
        return f"no mail server is set in [smtp], so it lies in the outbox: {answer.text}"
    return f"went out; the mail server said: {answer}"
