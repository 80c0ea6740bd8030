"""Mails to a mail server, phase by phase; or into the outbox folder where no server is set.

Which error is worse: to send twice cannot be taken back, so whatever breaks once the text has begun ends the attempt
as it is, and only what certainly carried nothing is tried again on the spot.

A connection is kept from one mail to the next, because servers count connections and sign-ins.
It is given up after anything but a mail that was taken.
Each mail has a time (`[smtp] seconds`) after which its connection is ended, however busy the server looks.
Servers drop idle connections and limit the mails of one; so where a connection that has carried a mail breaks,
closes (421) or refuses the next sender for now, that mail is tried once more on a new one.

`before_text` is called when the server is ready for the text and has to have written the journal when it returns.

Certificates are checked always, `starttls` is required and not an offer, and `plain` is for this machine only.
The password is read when it is needed and stands in no message: a server's answer is shown without it.
"""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol

from aggregator import neutral
from aggregator.config import Smtp
from aggregator.errors import ConfigError
from aggregator.send_deadline import Deadline, Encrypted, Plain
from aggregator.send_rules import CLOSING, Outcome, Phase, is_stale

PORTS = {"ssl": 465, "starttls": 587, "plain": 25}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Seconds: for connecting, for answers to commands, for the answer to the text (RFC 5321 4.5.3.2), for QUIT.
CONNECT, COMMAND, TEXT, LEAVE = 60, 300, 600, 10
TOO_BIG = 552  # the code with which servers refuse a mail for its size

BeforeText = Callable[[], None]
Point = Callable[[str], None]


class Way(Protocol):
    """Where mails go: a server or a folder."""

    def hand(self, name: str, sender: str, recipient: str, body: bytes, before_text: BeforeText) -> Outcome:
        """Hand one mail over, `name` being its issue; never raises for what server, network or disk do."""

    def close(self) -> None:
        """No more mails come."""


def nowhere(name: str) -> None:
    """No test kills the process here."""


class Server:
    """The way to a mail server."""

    def __init__(self, smtp: Smtp, *, context: ssl.SSLContext | None = None, point: Point = nowhere) -> None:
        """`point` is called with the name of each step that is reached; tests kill the process there."""
        self._smtp = smtp
        self._context = context
        self._point = point
        self._kept: smtplib.SMTP | None = None
        self._deadline = Deadline()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye; what the server does then changes nothing any more."""
        if self._kept is not None:
            leave(self._kept, polite=True)
            self._kept = None
        self._deadline.close()

    def hand(self, name: str, sender: str, recipient: str, body: bytes, before_text: BeforeText) -> Outcome:
        """Hand one mail over; never raises for what server or network do."""
        try:
            secret = password(self._smtp)
        except ConfigError as exc:
            return Outcome(phase="config", text=str(exc))
        kept = self._kept is not None
        outcome = self._attempt(secret, sender, recipient, body, before_text)
        if kept and is_stale(outcome) and not self._deadline.over:
            outcome = self._attempt(secret, sender, recipient, body, before_text)
        return Outcome(phase=outcome.phase, code=outcome.code, text=_clean(outcome.text, secret))

    def _attempt(
        self, secret: str | None, sender: str, recipient: str, body: bytes, before_text: BeforeText
    ) -> Outcome:
        if self._context is None and self._smtp.security != "plain":
            # Once, because loading the certificates of all authorities costs as much as sending a mail.
            self._context = ssl.create_default_context()
        kept, self._kept, polite = self._kept, None, False
        if kept is None:
            self._deadline.close()
            self._deadline = Deadline()
        attempt = _Attempt(self._smtp, secret, self._context, self._point, self._deadline)
        self._deadline.start(self._smtp.seconds)
        try:
            outcome = attempt.run(kept, sender, recipient, body, before_text)
            polite = 400 <= (outcome.code or 0) < 600 and outcome.code != CLOSING
            self._deadline.stop()
            if outcome.phase == "done" and not self._deadline.over:
                self._kept = attempt.server
            return outcome
        finally:  # also where `before_text` forbids the text
            self._deadline.stop()
            if self._kept is None and attempt.server is not None:
                leave(attempt.server, polite=polite)


class _Attempt:
    """One mail over one connection, which is opened where there is none yet."""

    def __init__(
        self, smtp: Smtp, secret: str | None, context: ssl.SSLContext | None, point: Point, deadline: Deadline
    ) -> None:
        self._smtp = smtp
        self._secret = secret
        self._context = context
        self._point = point
        self._deadline = deadline
        self._phase: Phase = "connect"
        self.server: smtplib.SMTP | None = None

    def run(
        self, kept: smtplib.SMTP | None, sender: str, recipient: str, body: bytes, before_text: BeforeText
    ) -> Outcome:
        try:
            self.server = server = kept or self._connect()
            if kept is None:
                self._introduce(server)
            return self._transfer(server, sender, recipient, body, before_text)
        except smtplib.SMTPResponseException as exc:
            # After the text this is an answer that could not be read, which is none.
            return self._ended(None if self._phase == "text" else exc.smtp_code, _text(exc.smtp_error))
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as exc:
            return self._ended(None, f"the connection broke: {exc}")
        except ssl.SSLError as exc:
            self._phase = "tls" if self._phase == "connect" else self._phase
            return self._ended(None, str(exc))
        except (OSError, smtplib.SMTPException, UnicodeError, ValueError) as exc:
            return self._ended(None, f"{type(exc).__name__}: {exc}")

    def _ended(self, code: int | None, text: str) -> Outcome:
        if self._deadline.over and self._phase != "done":  # an answer that came whole counts
            code, text = None, f"it was not through after [smtp] seconds = {self._smtp.seconds}, so it was left"
        return Outcome(phase=self._phase, code=code if code and code > 0 else None, text=text)

    def _connect(self) -> smtplib.SMTP:
        smtp = self._smtp
        assert smtp.host is not None
        port = smtp.port or PORTS[smtp.security]
        if smtp.security == "plain" and (smtp.host not in LOOPBACK or smtp.user):
            self._phase = "config"
            raise ValueError("plain is for a server on this machine, without a password")
        if smtp.security == "ssl":
            assert self._context is not None
            return Encrypted(self._deadline, smtp.host, port, CONNECT, self._context)
        return Plain(self._deadline, smtp.host, port, CONNECT)

    def _introduce(self, server: smtplib.SMTP) -> None:
        """Everything before the first mail of a connection."""
        self._point("connect")
        _patience(server, COMMAND)
        assert server.sock is not None
        # The final dot follows the text at once, instead of when the server has confirmed the text's last packet.
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.ehlo_or_helo_if_needed()
        self._encrypt(server)
        self._sign_in(server)

    def _encrypt(self, server: smtplib.SMTP) -> None:
        if self._smtp.security != "starttls":
            return
        try:
            server.starttls(context=self._context)
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException):
            self._phase = "tls"  # not offered or refused: nothing goes out unencrypted
            raise
        server.ehlo_or_helo_if_needed()

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if not self._smtp.user or self._secret is None:
            return
        self._phase = "login"
        try:
            server.login(self._smtp.user, self._secret)
        except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
            raise
        except smtplib.SMTPException:
            self._phase = "config"  # the server offers no way to sign in that we know
            raise

    def _transfer(
        self, server: smtplib.SMTP, sender: str, recipient: str, body: bytes, before_text: BeforeText
    ) -> Outcome:
        text = stuffed(body)
        self._phase = "mail"
        self._point("mail")
        limit = _size_limit(server)
        if limit and len(text) > limit:  # servers may only say so after the text, or hang up
            said = f"the server takes {limit:,} bytes at most, and this mail has {len(text):,}; “headlines” makes less"
            return self._ended(TOO_BIG, said)
        code, answer = server.mail(sender, [f"SIZE={len(text)}"] if limit is not None else [])
        if code // 100 != 2:
            return self._ended(code, _text(answer))
        self._phase = "rcpt"
        self._point("rcpt")
        code, answer = server.rcpt(recipient)
        if code // 100 != 2:
            return self._ended(code, _text(answer))
        self._phase = "data"
        before_text()
        self._point("data")
        code, answer = server.docmd("DATA")
        if code != 354:
            return self._ended(code, _text(answer))
        return self._text(server, text)

    def _text(self, server: smtplib.SMTP, text: bytes) -> Outcome:
        self._phase = "text"
        server.send(text)
        self._point("text")
        server.send(b".\r\n")
        self._point("dot")
        _patience(server, TEXT)
        code, answer = server.getreply()
        _patience(server, COMMAND)
        self._phase = "done" if code // 100 == 2 else "text"
        return self._ended(code, _text(answer))


def _size_limit(server: smtplib.SMTP) -> int | None:
    """The largest mail the server takes (RFC 1870); 0 where it names none, None where it does not speak of it."""
    told = server.esmtp_features.get("size")
    return None if told is None else int(told) if told.isascii() and told.isdigit() else 0


def stuffed(body: bytes) -> bytes:
    """A mail as it goes over the wire: CRLF only, a dot at the start of a line doubled."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", body)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def _patience(server: smtplib.SMTP, seconds: float) -> None:
    if server.sock is not None:
        server.sock.settimeout(seconds)


def leave(server: smtplib.SMTP, *, polite: bool) -> None:
    """Say QUIT where the server is listening; its answer changes nothing any more."""
    with contextlib.suppress(Exception):
        if polite:
            _patience(server, LEAVE)
            server.quit()
    with contextlib.suppress(Exception):
        server.close()


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def _clean(text: str, secret: str | None) -> str:
    """A server's words for a log: one short line without the password."""
    text = " ".join(neutral.neutral(text).split())
    if secret:
        text = text.replace(secret, "***")
    return text[:300]


def password(smtp: Smtp) -> str | None:
    """The password from its environment variable or file; None where no user is set.

    Raises `ConfigError` that names the variable or file, never what is in it.
    """
    if not smtp.user:
        return None
    if smtp.password_env:
        found = os.environ.get(smtp.password_env)
        if not found:
            raise ConfigError(f"[smtp] password_env: the environment variable {smtp.password_env} is not set")
        return found
    if smtp.password_file:
        try:
            return Path(smtp.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"[smtp] password_file {smtp.password_file} cannot be read: {exc}") from exc
    raise ConfigError("[smtp] user is set, so password_env or password_file is needed")
