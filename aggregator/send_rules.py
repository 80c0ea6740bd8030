"""What the end of an attempt means for a mail: pure rules over what the server said and when.

Which error is worse: a mail sent twice cannot be taken back, a mail in doubt costs a person one look.
SMTP cannot be exactly-once: a connection that breaks after the text may or may not have delivered it.
So there are three outcomes, not two: before the text a mail is certainly not sent and may be tried again; after the
text only an answer counts; no answer is *unknown* and never resolved by a timer.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

from parsers.model import Record

#: Where an attempt ended. `text`: the text was on its way and no answer to it came; `journal`: the text was not
#: begun, because this machine could not write down that it would be.
Phase: TypeAlias = Literal["config", "connect", "tls", "login", "mail", "rcpt", "journal", "data", "text", "done"]
State: TypeAlias = Literal["pending", "sent", "failed", "unknown"]

#: Waits between attempts; then every hour.
BACK_OFF = (dt.timedelta(minutes=1), dt.timedelta(minutes=5), dt.timedelta(minutes=15), dt.timedelta(minutes=60))
GIVE_UP = dt.timedelta(days=5)
CLOSING = 421  # the server ends the connection, in any phase
#: Codes by which a server asks for a sign-in that we did not give, or refuses the one we gave.
SIGN_IN = (530, 534, 535, 538)


class Outcome(Record, frozen=True, kw_only=True):
    """How an attempt ended, as the server or the network said it."""

    phase: Phase
    code: int | None = None  # None: no answer
    text: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code or ""), self.text) if part) or "no answer"


class Verdict(Record, frozen=True, kw_only=True):
    """What follows from it."""

    state: State
    note: str
    next_attempt_at: dt.datetime | None = None
    hold: bool = False  # it is not about this mail: nothing more of the issue is tried before a person looks
    wait: bool = False  # it is about the server or this machine: the others wait as well, and take their turn first


def judge(outcome: Outcome, *, attempts: int, first_attempt_at: dt.datetime, now: dt.datetime) -> Verdict:
    """What an attempt's end means; `attempts` counts this one.

    >>> at = dt.datetime(2026, 11, 16, 10, tzinfo=dt.UTC)
    >>> judge(Outcome(phase="rcpt", code=550, text="no such user"), attempts=1, first_attempt_at=at, now=at).state
    'failed'
    """
    code, said = outcome.code, str(outcome)
    if outcome.phase == "done" and code and 200 <= code < 300:
        return Verdict(state="sent", note=said)
    if outcome.phase == "text" and code is None:
        return Verdict(state="unknown", note=f"no answer after the text: {said}", wait=True)
    if outcome.phase == "text" and not 400 <= (code or 0) < 600:
        return Verdict(state="unknown", note=f"an answer to the text that means nothing: {said}", wait=True)
    if _is_ours(outcome):
        return Verdict(state="pending", note=_about_us(outcome), hold=True)
    if code is not None and 500 <= code < 600:
        return Verdict(state="failed", note=f"refused: {said}")
    if now - first_attempt_at >= GIVE_UP:
        return Verdict(state="failed", note=f"given up after {GIVE_UP.days} days: {said}")
    return Verdict(
        state="pending",
        note=f"not now: {said}",
        next_attempt_at=now + back_off(attempts),
        wait=code is None or code == CLOSING or outcome.phase in ("connect", "tls", "login"),
    )


def is_stale(outcome: Outcome) -> bool:
    """Whether an end may be about a connection that carried mail before, and certainly nothing went out.

    Servers drop idle connections, and end (421) or refuse at the next sender (4xx) those that carried enough.

    >>> is_stale(Outcome(phase="mail", code=452, text="too many mails")), is_stale(Outcome(phase="text"))
    (True, False)
    """
    if outcome.phase not in ("mail", "rcpt", "data"):
        return False
    return outcome.code in (None, CLOSING) or (outcome.phase == "mail" and outcome.code // 100 == 4)


def back_off(attempts: int) -> dt.timedelta:
    """How long to wait after so many attempts."""
    return BACK_OFF[min(attempts, len(BACK_OFF)) - 1]


def _is_ours(outcome: Outcome) -> bool:
    """Whether every mail would end so: settings, certificate, sign-in, or a server that turns us away."""
    permanent = outcome.code is not None and outcome.code >= 500
    return (
        outcome.phase == "config"
        or (outcome.phase == "tls" and (outcome.code is None or permanent))
        or outcome.code in SIGN_IN
        or (outcome.phase == "login" and permanent)
        or (outcome.phase == "connect" and permanent)
    )


def _about_us(outcome: Outcome) -> str:
    what = {
        "config": "the settings do not work",
        "tls": "the mail server's encryption or certificate is not acceptable",
        "connect": "the mail server turns us away",
    }.get(outcome.phase, "the mail server refuses the sign-in")
    return f"{what}: {outcome}"
