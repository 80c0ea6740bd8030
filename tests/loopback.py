"""Real servers on loopback for tests: one thread each, a port that the system chooses, bounded in time."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Request:
    """What came in."""

    method: str
    path: str  # without query
    query: list[tuple[str, str]]
    headers: dict[str, str]  # names in lower case
    body: bytes = b""


@dataclass
class Reply:
    """What goes out."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """A web server; `pages` maps paths to replies or to functions that make them; `asked` is what came in."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply | Callable[[Request], Reply]] = {}
        self.asked: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.authority = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.authority}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def paths(self) -> list[str]:
        """The paths asked for so far."""
        return [request.path for request in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(site) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, parts.path, parse_qsl(parts.query), headers, body)
                site.asked.append(request)
                page = site.pages.get(parts.path, Reply(b"not here", 404))
                reply = page(request) if callable(page) else page
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(reply.body)

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextlib.contextmanager
def site() -> Iterator[Site]:
    """A web server for the length of a block."""
    server = Site()
    try:
        yield server
    finally:
        server.close()


class Raw:
    """A server that talks bytes: each connection is handed to `talk` after the request's head was read."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self.connections = 0
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.authority = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.authority}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                channel, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(channel,), daemon=True).start()

    def _one(self, channel: socket.socket) -> None:
        with channel, contextlib.suppress(OSError):
            channel.settimeout(20)
            head = b""
            while b"\r\n\r\n" not in head:
                head += channel.recv(4096) or b"\r\n\r\n"
            self._talk(channel)

    def close(self) -> None:
        self._listener.close()


@contextlib.contextmanager
def raw(talk: Callable[[socket.socket], None] = lambda channel: None) -> Iterator[Raw]:
    """A server that talks bytes, for the length of a block."""
    server = Raw(talk)
    try:
        yield server
    finally:
        server.close()
