"""An end to the time that one mail may take, whatever the server does meanwhile.

Which error is worse: a mail that is given up although its answer was on the way is in doubt, and a person looks; a
server that drips single bytes would keep all mails of all issues waiting for as long as it likes.
Limits for each read do not help against that, so the connection itself is ended when the time is up; whoever reads
or writes then finds it broken, and how far the mail came is judged as with any broken connection.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from typing import Any


class Deadline:
    """Ends one connection when the time of a mail is up."""

    def __init__(self) -> None:
        self.over = False
        self._line: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def start(self, seconds: float) -> None:
        """From now on so long."""
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """The mail is through; the connection may be used again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def watch(self, line: socket.socket) -> None:
        """The connection to end; through a handle of its own, because encryption takes the given one over."""
        with self._lock:
            self._line = line.dup()
        if self.over:
            self._end()

    def close(self) -> None:
        """Nothing is to be ended any more."""
        self.stop()
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    def _end(self) -> None:
        with self._lock:
            self.over = True
            if self._line is not None:
                with contextlib.suppress(OSError):  # it was broken already
                    self._line.shutdown(socket.SHUT_RDWR)


class Plain(smtplib.SMTP):
    """A connection that a deadline watches from its first byte."""

    def __init__(self, deadline: Deadline, host: str, port: int, timeout: float) -> None:
        self.deadline = deadline
        super().__init__(host, port, timeout=timeout)

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer; the beginning of one that the deadline cut off is none."""
        return _whole(self, super().getreply())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self.deadline.watch(line)
        return line


class Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from its first byte."""

    def __init__(self, deadline: Deadline, host: str, port: int, timeout: float, context: ssl.SSLContext) -> None:
        self.deadline = deadline
        super().__init__(host, port, timeout=timeout, context=context)

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer; the beginning of one that the deadline cut off is none."""
        return _whole(self, super().getreply())

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        line = socket.create_connection((host, port), timeout)
        self.deadline.watch(line)
        return self.context.wrap_socket(line, server_hostname=host)


def _whole(server: Plain | Encrypted, answer: tuple[int, bytes]) -> tuple[int, bytes]:
    if server.deadline.over:
        server.close()
        raise smtplib.SMTPServerDisconnected("the time of this mail is up")
    return answer
