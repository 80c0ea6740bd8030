"""A mail server on loopback that keeps what it takes and misbehaves on demand; `python sink.py PORT FILE` runs it alone.

Faults, by the phase they strike in: `mail`, `rcpt`, `text` hold an answer ("451 later"); `drop` names where the
connection breaks: "mail", "rcpt", "before" (the mail is not taken) or "after" (it is, and nobody is told);
`quit` an answer to QUIT.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sink:
    """Mails taken so far, and the faults to show."""

    def __init__(self, log: Path | None = None) -> None:
        self.mails: list[tuple[str, str, bytes]] = []
        self.faults: dict[str, Any] = {}
        self.tries = 0
        self.log = log

    def _fault(self, name: str) -> Any:
        found = self.faults.get(name)
        return found.pop(0) if isinstance(found, list) and found else found if not isinstance(found, list) else None

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.tries += 1
        if self._drops("mail", server):
            return "250 ok"
        envelope.mail_from = address
        return self._fault("mail") or "250 ok"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self._drops("rcpt", server):
            return "250 ok"
        answer = self._fault("rcpt")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self._drops("before", server):
            return "250 ok"
        answer = self._fault("text")
        if answer:
            return answer
        self._take(envelope.mail_from, envelope.rcpt_tos, envelope.original_content)
        if self._drops("after", server):
            return "250 ok"
        return "250 taken"

    async def handle_QUIT(self, server: SMTP, session: Any, envelope: Any) -> str:
        return self._fault("quit") or "221 bye"

    def _drops(self, where: str, server: SMTP) -> bool:
        if self.faults.get("drop") != where:
            return False
        server.transport.abort()
        return True

    def _take(self, sender: str, recipients: list[str], body: bytes) -> None:
        for recipient in recipients:
            self.mails.append((sender, recipient, body))
        if self.log:
            with self.log.open("a", encoding="utf-8") as file:
                for line in body.split(b"\r\n"):
                    if line.startswith(b"Message-ID: "):
                        file.write(json.dumps({"to": recipients, "id": line[12:].decode().strip()}) + "\n")
                file.flush()
                os.fsync(file.fileno())


def serve(
    sink: Sink,
    port: int,
    *,
    context: ssl.SSLContext | None = None,
    password: str | None = None,
    immediate: bool = False,
) -> Controller:
    """Start a server in a thread; `immediate` is TLS from the first byte, else STARTTLS where there is a context."""

    def check(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = getattr(data, "password", b"") == (password or "").encode()
        return AuthResult(success=right, handled=False)

    controller = Controller(
        sink,
        hostname="127.0.0.1",
        port=port,
        ssl_context=context if immediate else None,
        tls_context=None if immediate else context,
        authenticator=check if password else None,
        auth_required=bool(password),
        auth_require_tls=True,
        decode_data=False,
        server_hostname="sink.example",
    )
    controller.start()
    return controller


if __name__ == "__main__":
    running = serve(Sink(Path(sys.argv[2])), int(sys.argv[1]))
    print("ready", flush=True)
    while True:
        time.sleep(3600)
