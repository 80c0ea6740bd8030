"""An end to the time that one mail may take, whatever the server does meanwhile.

Which error is worse: a mail that is given up although its answer was on the way is in doubt, and a person looks; a
server that drips single bytes would keep all mails of all issues waiting for as long as it likes.
Limits for each read do not help against that, so the connection itself is ended when the time is up; whoever reads
or writes then finds it broken, and how far the mail came is judged as with any broken connection.

The system's resolver takes no limit and cannot be ended, so it is asked by a thread of its own, which is left behind
when the time is up.
"""

from __future__ import annotations

import contextlib
import queue
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: Seconds for what this machine is called, which a server wants to hear; an address does as well.
OWN_NAME = 5.0
#: What smtplib says of a machine without a name.
NO_NAME = "[127.0.0.1]"


class Deadline:
    """Ends one connection when the time of a mail is up."""

    def __init__(self) -> None:
        self.over = False
        self._line: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._until: float | None = None

    def start(self, seconds: float) -> None:
        """From now on so long."""
        self._until = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """The mail is through; the connection may be used again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def left(self, at_most: float) -> float:
        """Seconds that are left, up to so many; never nought, which sockets take for another thing."""
        left = at_most if self._until is None else min(at_most, self._until - time.monotonic())
        return max(left, 0.001)

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


def asked(question: Callable[[], T], seconds: float) -> T:
    """The answer to what may hang in the system; raises `TimeoutError` where there is none after so long."""
    answer: queue.SimpleQueue[tuple[T | None, OSError | UnicodeError | None]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put((question(), None))
        except (OSError, UnicodeError) as exc:
            answer.put((None, exc))

    threading.Thread(target=ask, daemon=True, name="resolver").start()
    try:
        found, error = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"the resolver of this machine has not answered for {seconds:.0f} seconds") from None
    if error is not None:
        raise error
    return found  # type: ignore[return-value]


def connected(deadline: Deadline, host: str, port: int, seconds: float) -> socket.socket:
    """A connection to the first address of a host that answers, watched from its first byte.

    Look-up and all attempts together take no longer than the mail, each of them at most `seconds`.
    """
    found = asked(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), deadline.left(seconds))
    error: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in found:
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(deadline.left(seconds))
            line.connect(address)
        except OSError as exc:
            line.close()
            error = exc
            continue
        line.settimeout(seconds)
        deadline.watch(line)
        return line
    raise error


def own_name() -> str:
    """What this machine is called, or an address in brackets where nobody says so in time."""
    with contextlib.suppress(OSError, UnicodeError):
        name = asked(socket.getfqdn, OWN_NAME)
        return name if "." in name else f"[{asked(lambda: socket.gethostbyname(socket.gethostname()), OWN_NAME)}]"
    return NO_NAME


class Plain(smtplib.SMTP):
    """A connection that a deadline watches from its first byte."""

    def __init__(self, deadline: Deadline, host: str, port: int, timeout: float) -> None:
        self.deadline = deadline
        super().__init__(host, port, own_name(), timeout=timeout)

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer; the beginning of one that the deadline cut off is none."""
        return _whole(self, super().getreply())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connected(self.deadline, host, port, timeout)


class Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from its first byte."""

    def __init__(self, deadline: Deadline, host: str, port: int, timeout: float, context: ssl.SSLContext) -> None:
        self.deadline = deadline
        super().__init__(host, port, own_name(), timeout=timeout, context=context)

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer; the beginning of one that the deadline cut off is none."""
        return _whole(self, super().getreply())

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        line = connected(self.deadline, host, port, timeout)
        return self.context.wrap_socket(line, server_hostname=host)


def _whole(server: Plain | Encrypted, answer: tuple[int, bytes]) -> tuple[int, bytes]:
    if server.deadline.over:
        server.close()
        raise smtplib.SMTPServerDisconnected("the time of this mail is up")
    return answer
