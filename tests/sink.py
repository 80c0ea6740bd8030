"""A mail server on loopback that keeps what it takes and misbehaves on demand; `python sink.py PORT FILE` runs it alone.

Faults, by the phase they strike in: `mail`, `rcpt`, `text` hold an answer ("451 later"); `drop` names where the
connection breaks: "mail", "rcpt", "before" (the mail is not taken) or "after" (it is, and nobody is told);
`quit` an answer to QUIT.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import sys
import threading
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


class Host:
    """A mail server as the internet has them, line by line; `connections` counts the mails of each connection.

    It advertises `features` alone, and does with a connection as it is told:
    `hang`: where it falls silent ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "text");
    `drip`: where it answers one byte at a time, for ever;
    `most`: mails of one connection, more are answered with `too_many` (421 closes);
    `idle`: whether it hangs up after each mail without a word;
    `first`: what it says to the first try of each recipient, as greylisting does;
    `bye`: a last word that nobody asked for, before it hangs up;
    `answers`: what it says to commands ("EHLO", "DATA" …) instead of yes.
    """

    def __init__(self, *features: str, **manners: Any) -> None:
        self.features = features
        self.manners = manners
        self.mails: list[tuple[str, bytes]] = []
        self.connections: list[int] = []
        self.said: list[str] = []  # commands as they came
        self.known: set[str] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """No more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError), connection.makefile("rb") as lines:
                self.connections.append(0)
                self._connection = connection
                self._talk(connection, lines)

    def _talk(self, connection: socket.socket, lines: Any) -> None:
        if self._hangs("greeting", lines):
            return
        connection.sendall(b"220 host.example\r\n")
        for line in lines:
            command = line.decode("latin-1").strip()
            verb = command[:4].upper()
            self.said.append(verb + command[4:])
            if self._hangs(verb, lines):
                return
            answer = self._answer(verb, command)
            connection.sendall(answer.encode() + b"\r\n")
            if answer.startswith("354") and not self._text(connection, lines):
                return
            if verb == "QUIT" or answer.startswith("421"):
                return

    def _answer(self, verb: str, command: str) -> str:
        if verb in self.manners.get("answers", ()):
            return str(self.manners["answers"][verb])
        if verb == "EHLO":
            return "\r\n".join(f"250-{feature}" for feature in ("host.example", *self.features)) + "\r\n250 HELP"
        if verb == "MAIL" and self.connections[-1] >= self.manners.get("most", 1_000_000):
            return str(self.manners["too_many"])
        if verb == "RCPT":
            self.to = command[8:].strip("<>")
            if "first" in self.manners and self.to not in self.known:
                self.known.add(self.to)
                return str(self.manners["first"])
        return {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok")

    def _text(self, connection: socket.socket, lines: Any) -> bool:
        """Take a text; gives whether the connection goes on."""
        text = []
        for line in lines:
            if line == b".\r\n":
                break
            text.append(line.removeprefix(b"."))
        else:  # hung up in the middle of it
            return False
        if self._hangs("text", lines):
            return False
        self.mails.append((self.to, b"".join(text)))
        self.connections[-1] += 1
        connection.sendall(str(self.manners.get("taken", "250 taken")).encode() + b"\r\n")
        connection.sendall(str(self.manners.get("bye", "")).encode())
        return not (self.manners.get("idle") or "bye" in self.manners)

    def _hangs(self, where: str, lines: Any) -> bool:
        if self.manners.get("drip") == where:
            with contextlib.suppress(OSError):  # until the other side has had enough
                while True:
                    self._connection.sendall(b"2")
                    time.sleep(0.02)
            return True
        if self.manners.get("hang") != where:
            return False
        for _ in lines:  # until the other side has had enough
            pass
        return True


if __name__ == "__main__":
    running = serve(Sink(Path(sys.argv[2])), int(sys.argv[1]))
    print("ready", flush=True)
    while True:
        time.sleep(3600)
