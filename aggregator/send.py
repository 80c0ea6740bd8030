"""One mail to one address: SMTP phase by phase, or a file in the outbox where no server is set.

Each attempt has its own connection, so that a broken one can only concern the mail it carried.
`before_text` is called when the server is ready for the text and has to have written the journal when it returns.

Certificates are checked always, `starttls` is required and not an offer, and `plain` is for this machine only.
The password is read when it is needed and stands in no message: a server's answer is shown without it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import smtplib
import ssl
from collections.abc import Callable
from pathlib import Path

from aggregator import neutral
from aggregator.config import Smtp
from aggregator.errors import ConfigError
from aggregator.journal import sync_folder
from aggregator.send_rules import Outcome, Phase

PORTS = {"ssl": 465, "starttls": 587, "plain": 25}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Seconds: for connecting, for answers to commands, for the answer to the text (RFC 5321 4.5.3.2).
CONNECT, COMMAND, TEXT = 60, 300, 600


def send(
    smtp: Smtp,
    sender: str,
    recipient: str,
    body: bytes,
    before_text: Callable[[], None],
    *,
    context: ssl.SSLContext | None = None,
    point: Callable[[str], None] = lambda name: None,
) -> Outcome:
    """Hand one mail to the server; never raises for what server or network do.

    `point` is called with the name of each step that is reached; tests kill the process there.
    """
    try:
        secret = password(smtp)
    except ConfigError as exc:
        return Outcome(phase="config", text=str(exc))
    attempt = _Attempt(smtp, secret, context or ssl.create_default_context(), point)
    outcome = attempt.run(sender, recipient, body, before_text)
    return Outcome(phase=outcome.phase, code=outcome.code, text=_clean(outcome.text, secret))


class _Attempt:
    """One connection, from greeting to QUIT."""

    def __init__(self, smtp: Smtp, secret: str | None, context: ssl.SSLContext, point: Callable[[str], None]) -> None:
        self._smtp = smtp
        self._secret = secret
        self._context = context
        self._point = point
        self._phase: Phase = "connect"

    def run(self, sender: str, recipient: str, body: bytes, before_text: Callable[[], None]) -> Outcome:
        server: smtplib.SMTP | None = None
        try:
            server = self._connect()
            self._point("connect")
            _patience(server, COMMAND)
            server.ehlo_or_helo_if_needed()
            self._encrypt(server)
            self._sign_in(server)
            return self._transfer(server, sender, recipient, body, before_text)
        except smtplib.SMTPResponseException as exc:
            return self._ended(exc.smtp_code, _text(exc.smtp_error))
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as exc:
            return self._ended(None, f"the connection broke: {exc}")
        except ssl.SSLError as exc:
            self._phase = "tls" if self._phase == "connect" else self._phase
            return self._ended(None, str(exc))
        except (OSError, smtplib.SMTPException, UnicodeError, ValueError) as exc:
            return self._ended(None, f"{type(exc).__name__}: {exc}")
        finally:
            if server is not None:
                _leave(server, polite=self._phase == "done")

    def _ended(self, code: int | None, text: str) -> Outcome:
        return Outcome(phase=self._phase, code=code if code and code > 0 else None, text=text)

    def _connect(self) -> smtplib.SMTP:
        smtp = self._smtp
        assert smtp.host is not None
        port = smtp.port or PORTS[smtp.security]
        if smtp.security == "plain" and (smtp.host not in LOOPBACK or smtp.user):
            self._phase = "config"
            raise ValueError("plain is for a server on this machine, without a password")
        if smtp.security == "ssl":
            return smtplib.SMTP_SSL(smtp.host, port, timeout=CONNECT, context=self._context)
        return smtplib.SMTP(smtp.host, port, timeout=CONNECT)

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
        self, server: smtplib.SMTP, sender: str, recipient: str, body: bytes, before_text: Callable[[], None]
    ) -> Outcome:
        self._phase = "mail"
        self._point("mail")
        code, answer = server.mail(sender)
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
        self._phase = "text"
        server.send(_stuffed(body))
        self._point("text")
        server.send(b".\r\n")
        self._point("dot")
        _patience(server, TEXT)
        code, answer = server.getreply()
        self._phase = "done" if code // 100 == 2 else "text"
        return self._ended(code, _text(answer))


def _stuffed(body: bytes) -> bytes:
    """A mail as it goes over the wire: CRLF only, a dot at the start of a line doubled."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", body)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def _patience(server: smtplib.SMTP, seconds: int) -> None:
    if server.sock is not None:
        server.sock.settimeout(seconds)


def _leave(server: smtplib.SMTP, *, polite: bool) -> None:
    """Say QUIT where the mail is through; what the server does then changes nothing any more."""
    with contextlib.suppress(Exception):
        if polite:
            _patience(server, 10)
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


def put(outbox: Path, name: str, body: bytes, before_text: Callable[[], None]) -> Outcome:
    """Write one mail into the outbox folder, whole or not at all; the same name writes the same file."""
    target = outbox / name
    try:
        outbox.mkdir(parents=True, exist_ok=True)
        before_text()
        part = outbox / f".{name}.{os.getpid()}.part"
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        sync_folder(outbox)
    except OSError as exc:
        return Outcome(phase="data", text=f"{target}: {exc}")
    return Outcome(phase="done", code=250, text=f"written to {target}")


def file_name(issue: str, address: str) -> str:
    """The outbox name of a mail.

    >>> file_name("2026-W46", "Ada/../x@example.org")
    '2026-W46-Ada-x-example-org-17c4f9c0.eml'
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "-", address).strip("-")
    return f"{issue}-{plain[:80]}-{hashlib.sha256(address.casefold().encode()).hexdigest()[:8]}.eml"
