"""The real server's door: bodies that are too large, from clients that keep sending, without memory or disk filling."""

from __future__ import annotations

import contextlib
import http.client
import resource
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_site import Site, site

from aggregator.web import create_app, security, serve

MB = 1 << 20


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site(tmp_path_factory.mktemp("site") / "a.db")


@pytest.fixture(scope="module")
def port(shop: Site) -> Iterator[int]:
    server = serve.open_door(create_app(shop.db, shop.config), shop.config, "127.0.0.1", 0)

    def run() -> None:
        with contextlib.suppress(OSError):  # the listening socket is closed under it at the end
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield server.effective_port
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(1)


def send(shop: Site, port: int, path: str, size: int, *, declare: bool = True) -> tuple[int, str, dict[str, str]]:
    """Post `size` bytes piece by piece as a signed-in person; the answer."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Cookie": f"{security.COOKIE}={shop.secret()}",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    client.putrequest("POST", path)
    for name, value in headers.items():
        client.putheader(name, value)
    client.putheader(*(("Content-Length", str(size)) if declare else ("Transfer-Encoding", "chunked")))
    client.endheaders()
    piece = bytes(64 << 10)
    for _ in range(size // len(piece)):
        client.send(piece if declare else b"%x\r\n%s\r\n" % (len(piece), piece))
    if not declare:
        client.send(b"0\r\n\r\n")
    answer = client.getresponse()
    told = answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
    client.close()
    return told


@pytest.mark.parametrize(("path", "size"), [("/add", 200 * MB), ("/review/decide", 3 * MB), ("/sign-in", 3 * MB)])
def test_too_much_is_our_page_however_long_the_sender_goes_on(shop: Site, port: int, path: str, size: int) -> None:
    """The answer is a 413 page of ours with all headers, for a sender that sends to the end before it reads."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status, page, headers = send(shop, port, path, size)
    assert status == 413
    assert "Too large" in page
    assert "run.py ingest" in page
    assert "waitress" not in page
    assert headers["content-security-policy"] == security.CSP
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    assert {name.lower(): value for name, value in security.HEADERS.items()}.items() <= headers.items()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # kilobytes


def test_a_length_that_nobody_declared_counts_too(shop: Site, port: int) -> None:
    """A chunked body ends at the limit as well."""
    assert send(shop, port, "/review/decide", 3 * MB, declare=False)[0] == 413


def test_the_answer_comes_before_the_body(port: int) -> None:
    """Who asks first, and who declares too much, is answered without sending anything."""
    for expect in ("", "Expect: 100-continue\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(
                f"POST /add HTTP/1.1\r\nHost: 127.0.0.1\r\n{expect}Content-Length: {400 * MB}\r\n\r\n".encode()
            )
            assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_nonsense_on_the_line_is_a_page_of_ours(port: int) -> None:
    """What is no HTTP gets a 400 with our headers, and none of its bytes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"POST /add HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: <script>\r\n\r\n")
        answer = line.recv(10_000)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"default-src 'none'" in answer
    assert b"<script" not in answer


def test_a_document_just_below_the_limit_arrives(shop: Site, port: int, tmp_path: Path) -> None:
    """Twenty megabytes are taken, recognised, and can be thrown away."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="big.txt"\r\n\r\n'
    body = head + b"A line of nothing in particular.\n" * (20 * MB // 33) + b"\r\n--x--\r\n"
    headers: dict[str, Any] = {
        "Cookie": f"{security.COOKIE}={shop.secret()}",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    client.request("POST", "/add", body, headers)
    answer = client.getresponse()
    answer.read()
    assert answer.status == 303
    where = answer.headers["Location"]
    client.request("GET", where, headers=headers)
    answer = client.getresponse()
    assert answer.status == 200
    answer.read()
    client.request("POST", where, "action=drop", {**headers, "Content-Type": "application/x-www-form-urlencoded"})
    answer = client.getresponse()
    answer.read()
    assert answer.status == 303
    client.close()


def test_another_name_is_refused_at_the_door(port: int) -> None:
    """A wrong Host is 400 with all headers on the wire, and no answer names a server."""
    for host, status in (("evil.example", 400), ("127.0.0.1", 200)):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        client.request("GET", "/healthz", headers={"Host": host})
        answer = client.getresponse()
        answer.read()
        assert answer.status == status
        assert answer.headers["Server"] is None
        assert answer.headers["Content-Security-Policy"] == security.CSP
        client.close()
