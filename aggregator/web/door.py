"""The server's front door: what it refuses before any page runs, as a page of ours.

Which error is worse: a body that fills the disk of a small machine is worse than one that has to come another way.
So only the form that takes documents may send more than a megabyte, the limit is checked when the headers are in,
and the answer goes out at once instead of after the last byte.
A browser that is still sending would take a closed connection for a broken one and never show the answer; so what
it sends after it is read and thrown away for a while.
"""

from __future__ import annotations

import copy
import html
import socket
import time
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask

from aggregator.web.errors import MESSAGES, TITLES
from aggregator.web.security import CSP, HEADERS

#: Bytes that any form may send, and what a form adds to the documents that it carries.
SMALL, AROUND = 1 << 20, 1 << 20
#: The page that takes documents.
TAKES_DOCUMENTS = "/add"
#: For how many seconds, and how many bytes, a refused sender may go on.
LINGER, LINGER_BYTES = 60.0, 2 << 30

_PAGE = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Cuttings</title><link rel="stylesheet" href="/static/cuttings.css"></head>
<body><header class="top"><a class="brand" href="/">Cuttings</a></header>
<main><h1>{title}</h1><p>{message}</p><p><a href="{back}">Back</a></p></main></body></html>
"""


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a request; a large body is for the page that takes documents."""

    adj: Any

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, and choose the limit of the body by its path."""
        super().parse_header(header_plus)
        if self.path.rstrip("/") != TAKES_DOCUMENTS:
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = min(SMALL, self.adj.max_request_body_size)

    def received(self, data: bytes) -> int:
        """Take bytes in; whoever asks first whether to send a body is not told to send one that is refused."""
        consumed: int = super().received(data)
        if self.error is not None:
            self.expect_continue = False
        return consumed


class Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to a request that no page saw."""

    def execute(self) -> None:
        """Say what is wrong, with the headers that every answer has."""
        error = self.request.error
        body = refusal(error.code, str(getattr(self.request, "path", ""))).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(
            [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"), *HEADERS.items()]
        )
        self.response_headers.append(("Content-Security-Policy", CSP))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


def refusal(code: int, path: str) -> str:
    """The page of a refused request; nothing of the request stands in it."""
    title = TITLES.get(code, "This did not work")
    message = MESSAGES.get(code, MESSAGES[400])
    back = TAKES_DOCUMENTS if path.rstrip("/") == TAKES_DOCUMENTS else "/"
    return _PAGE.format(title=html.escape(title), message=html.escape(message), back=back)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that hears a refused sender out before it closes."""

    error_task_class = Refusal
    parser_class = Parser
    close_when_flushed: bool
    will_close: bool
    _refused = False
    _until: float | None = None  # when the patience with a refused sender ends
    _heard = 0

    def service(self) -> None:
        """Answer one request; in a thread of the pages."""
        self._refused = bool(self.requests[0].error)
        super().service()

    def handle_write(self) -> None:
        """Send what waits; after a refusal, close our half only."""
        if not (self._refused and self.close_when_flushed):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if not self.total_outbufs_len and not self.will_close:
            self.close_when_flushed = False
            self._until = time.monotonic() + LINGER
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.will_close = True
        if self.will_close:
            self.handle_close()

    def handle_read(self) -> None:
        """Take what comes in; from a refused sender, to throw it away."""
        if self._until is None:
            super().handle_read()
            return
        try:
            data = self.recv(1 << 16)  # closes where the sender has
        except OSError:
            self.handle_close()
            return
        self._heard += len(data)
        if data and (self._heard > LINGER_BYTES or time.monotonic() > self._until):
            self.handle_close()


def use(server_map: dict[int, Any]) -> None:
    """Let the listening sockets of a server speak through this door."""
    for part in server_map.values():
        if hasattr(part, "channel_class"):
            part.channel_class = Channel
