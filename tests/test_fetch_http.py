"""One exchange: bounded in time, in bytes and in what they unpack to, whatever the server does."""

from __future__ import annotations

import contextlib
import gzip
import random
import resource
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
from loopback import Reply, raw, site

from aggregator import fetch_guard
from aggregator.errors import FetchError
from aggregator.fetch_guard import Rules
from aggregator.fetch_http import Client, Limits

SHORT = Limits(seconds=1.0, wire=1 << 20, decoded=8 << 20)


def rules(*authorities: str) -> Rules:
    return Rules(own=authorities)


def test_plain_answer() -> None:
    """Status, headers and body come through; what we send says who we are and nothing else."""
    with site() as server:
        server.pages["/feed"] = Reply(b"<rss/>", headers={"ETag": '"1"', "Content-Type": "text/xml"})
        answer = Client("Cuttings/1 (+https://seh.example)").get(server.url + "/feed?x=1#y", rules(server.authority))
        assert (answer.status, answer.body, answer.url) == (200, b"<rss/>", server.url + "/feed?x=1")
        assert answer.header("etag") == '"1"'
        request = server.asked[0]
        assert request.query == [("x", "1")]
        assert request.headers == {
            "host": server.authority,
            "user-agent": "Cuttings/1 (+https://seh.example)",
            "accept": "*/*",
            "accept-encoding": "gzip",
            "connection": "close",
        }


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy variable sends nothing elsewhere."""
    with raw() as trap, site() as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, trap.url)
        server.pages["/"] = Reply(b"ok")
        assert Client("Test").get(server.url, rules(server.authority)).body == b"ok"
        assert trap.connections == 0


def test_gzip_is_unpacked() -> None:
    """Packed answers come unpacked, several members and padding behind them too."""
    text = b"words and more words " * 9000
    for packed in (
        gzip.compress(text),
        gzip.compress(text[:50]) + gzip.compress(text[50:]),
        gzip.compress(text) + bytes(9),
    ):
        with site() as server:
            server.pages["/"] = Reply(packed, headers={"Content-Encoding": "gzip"})
            assert Client("Test").get(server.url, rules(server.authority)).body == text


def test_redirects_are_followed_and_permanent_ones_told() -> None:
    """Up to five hops; only an unbroken chain of permanent ones says that the address has moved."""
    with site() as server:
        server.pages |= {
            "/new": Reply(b"here"),
            "/moved": Reply(status=301, headers={"Location": "/new"}),
            "/twice": Reply(status=308, headers={"Location": "/moved"}),
            "/today": Reply(status=302, headers={"Location": "/moved"}),
        }
        client, own = Client("Test"), rules(server.authority)
        assert client.get(server.url + "/twice", own).moved == server.url + "/new"
        assert client.get(server.url + "/today", own).moved is None
        assert client.get(server.url + "/new", own).moved is None


def test_redirect_loop_ends() -> None:
    """A loop is an error after six requests."""
    with site() as server:
        server.pages["/a"] = Reply(status=302, headers={"Location": "/a"})
        with pytest.raises(FetchError, match="redirects more than 5 times"):
            Client("Test").get(server.url + "/a", rules(server.authority))
        assert len(server.asked) == 6


def drip(channel: socket.socket) -> None:
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            channel.sendall(b"x")
            time.sleep(0.05)


def drip_head(channel: socket.socket) -> None:
    channel.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(channel)


def silent(channel: socket.socket) -> None:
    time.sleep(5)


def endless(channel: socket.socket) -> None:
    channel.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            channel.sendall(b"words " * 5000)


def huge_head(channel: socket.socket) -> None:
    channel.sendall(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(200)))
    channel.sendall(b"\r\nbody")


def early_hints(channel: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            channel.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500)


def nonsense(channel: socket.socket) -> None:
    channel.sendall(b"\x16\x03\x01 what is this\r\n\r\n")


def nothing(channel: socket.socket) -> None:
    pass


def cut_short(channel: socket.socket) -> None:
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")


def bomb(channel: socket.socket) -> None:
    packed = gzip.compress(bytes(1 << 20), 9) * 100  # a hundred members, so that it is quickly made
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)


def slow_bomb(channel: socket.socket) -> None:
    """Endless members that unpack to nothing."""
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            channel.sendall(gzip.compress(b"") * 1000)


def nested(channel: socket.socket) -> None:
    packed = gzip.compress(gzip.compress(b"x"))
    channel.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    )


def other_packing(channel: socket.socket) -> None:
    packed = zlib.compress(b"x")
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)


def cut_gzip(channel: socket.socket) -> None:
    packed = gzip.compress(b"words " * 900)[:-20]
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)


def not_gzip(channel: socket.socket) -> None:
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain")


BAD = {
    drip: "took longer", drip_head: "took longer|broken", silent: "took longer", endless: "larger than",
    huge_head: "broken", early_hints: "larger than|took longer", nonsense: "broken", nothing: "without an answer|broken",
    cut_short: "broken", bomb: "like a bomb|unpacks to more", slow_bomb: "larger than|took longer", nested: "packed as",
    other_packing: "packed as", cut_gzip: "breaks off", not_gzip: "broken",
}  # fmt: skip


@pytest.mark.parametrize("talk", BAD, ids=lambda talk: talk.__name__)
def test_bad_servers_cost_little(talk: object) -> None:
    """Each ends as a known error, within the deadline, in little memory; the next exchange goes on."""
    with raw(talk) as server, site() as good:  # type: ignore[arg-type]
        good.pages["/"] = Reply(b"ok")
        client = Client("Test", SHORT)
        own = rules(server.authority, good.authority)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.monotonic()
        with pytest.raises(FetchError, match=BAD[talk]):  # type: ignore[index]
            client.get(server.url, own)
        assert time.monotonic() - start < 4
        assert client.get(good.url, own).body == b"ok"
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 64_000


def unpacked(body: bytes) -> bytes:
    """What a client with small limits makes of a packed body."""
    with site() as server:
        server.pages["/"] = Reply(gzip.compress(body, 9), headers={"Content-Encoding": "gzip"})
        return Client("Test", SHORT).get(server.url, rules(server.authority)).body


def test_each_limit_of_unpacking_holds_by_itself() -> None:
    """Too much is too much at any ratio, and a thousandfold is a bomb at any size; markup passes."""
    chance = random.Random(1)
    markup = b"".join(chance.randbytes(20) + bytes(1500) for _ in range(4000))  # a fiftieth when packed
    assert unpacked(markup) == markup
    with pytest.raises(FetchError, match="unpacks to more than 8 MB"):
        unpacked(markup * 2)
    with pytest.raises(FetchError, match="like a bomb"):
        unpacked(bytes(4 << 20))


def test_bomb_is_stopped_early() -> None:
    """Of a body that unpacks a thousandfold, hardly more than the first megabytes are ever in memory."""
    packed = gzip.compress(bytes(64 << 20), 9)
    with site() as server:
        server.pages["/"] = Reply(packed, headers={"Content-Encoding": "gzip"})
        tracemalloc.start()
        try:
            with pytest.raises(FetchError, match=r"like a bomb|unpacks to more"):
                Client("Test", SHORT).get(server.url, rules(server.authority))
            assert tracemalloc.get_traced_memory()[1] < 20 << 20
        finally:
            tracemalloc.stop()


def test_ipv6_servers() -> None:
    """An address in brackets is asked like any other, and stands in brackets in the Host header."""
    heads: list[bytes] = []

    def serve() -> None:
        channel, _ = listener.accept()
        with channel:
            heads.append(channel.recv(4096))
            channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with listener:
        threading.Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        assert Client("Test", SHORT).get(f"http://[::1]:{port}/", rules(f"[::1]:{port}")).body == b"ok"
    assert b"Host: [::1]:%d" % port in heads[0]


def test_name_server_that_hangs() -> None:
    """A resolver that never answers is left behind at the deadline."""
    start = time.monotonic()
    client = Client("Test", SHORT, resolver=lambda host, port: time.sleep(5) or [])  # type: ignore[func-returns-value]
    with pytest.raises(FetchError, match="took longer"):
        client.get("http://news.example/", Rules())
    assert time.monotonic() - start < 3


def test_next_address_is_tried() -> None:
    """Where a host's first address does not answer, the next one is asked."""
    with site() as server:
        server.pages["/"] = Reply(b"ok")
        client = Client("Test", SHORT, resolver=lambda host, port: ["127.0.0.2", "127.0.0.1"])
        own = rules(f"news.example:{server.port}")
        assert client.get(f"http://news.example:{server.port}/", own).body == b"ok"
        assert server.asked[0].headers["host"] == f"news.example:{server.port}"


def test_unreachable_host_is_a_known_error() -> None:
    """Nobody listens: one message with the host's name."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchError, match="no connection"):
        Client("Test", SHORT).get(f"http://127.0.0.1:{port}/", rules(f"127.0.0.1:{port}"))


def test_call_sends_a_body_and_follows_nothing() -> None:
    """A service call goes out as given; what it carries is never sent on by a redirect."""
    with site() as server:
        server.pages["/x"] = lambda request: Reply(request.body, 307, {"Location": "/y"})
        answer = Client("Test").call(
            "POST", server.url + "/x", rules(server.authority), {"Authorization": "Bearer 1"}, b"{}"
        )
        assert (answer.status, server.paths()) == (307, ["/x"])
        assert server.asked[0].body == b"{}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for news.example, with its key."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
               "-subj", "/CN=news.example", "-addext", "subjectAltName=DNS:news.example", "-keyout", "-", "-out", "-"]  # fmt: skip
    try:
        path.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl is not installed, so no certificate can be made")
    return path


@contextlib.contextmanager
def secure(certificate: Path, names: list[str | None]):  # type: ignore[no-untyped-def]
    """A TLS server that answers "ok"; the names that clients asked for go into `names`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda channel, name, _: names.append(name)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = listener.accept()
                with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as channel:
                    channel.settimeout(5)
                    channel.recv(4096)
                    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def test_tls_is_checked_against_the_name(certificate: Path) -> None:
    """The connection goes to the checked address, the certificate has to be the name's."""
    names: list[str | None] = []
    with secure(certificate, names) as port:
        trusted = ssl.create_default_context(cafile=str(certificate))
        client = Client("Test", SHORT, resolver=lambda host, p: ["127.0.0.1"], context=trusted)
        own = rules(f"news.example:{port}", f"other.example:{port}")
        assert client.get(f"https://news.example:{port}/", own).body == b"ok"
        assert names == ["news.example"]
        with pytest.raises(FetchError, match="certificate"):
            client.get(f"https://other.example:{port}/", own)
        with pytest.raises(FetchError, match="certificate"):
            Client("Test", SHORT, resolver=lambda host, p: ["127.0.0.1"]).get(f"https://news.example:{port}/", own)


def test_no_way_back_from_https() -> None:
    """A redirect from https to http is refused."""
    start = fetch_guard.target("https://news.example/a", Rules())
    with pytest.raises(FetchError, match="https to http"):
        fetch_guard.next_hop(start, "http://news.example/b", Rules())
    assert fetch_guard.next_hop(start, "../b", Rules()).url == "https://news.example/b"


def test_doubled_headers_give_the_first() -> None:
    """The first of doubled headers counts, so that a second one cannot overwrite it."""

    def talk(channel: socket.socket) -> None:
        channel.sendall(b"HTTP/1.1 200 OK\r\nETag: one\r\nETag: two\r\nContent-Length: 0\r\n\r\n")

    with raw(talk) as server:
        assert Client("Test").get(server.url, rules(server.authority)).header("etag") == "one"


#: Ways in which servers say “words” without saying it the usual way.
ODD = {
    "no length": b"HTTP/1.1 200 OK\r\n\r\nwords",
    "an old version": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nwords",
    "chunks with remarks and trailers": (
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;size="small"\r\nwo\r\n3;x\r\nrds\r\n0\r\nX-Sum: 1\r\n\r\n'
    ),
    "no word for the status": b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nwords",
    "a word before": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwords",
    "the letters' encoding as packing": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: UTF-8\r\nContent-Length: 5\r\n\r\nwords"
    ),
    "more than the length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwords and more",
    "letters beyond ASCII in a header": b"HTTP/1.1 200 OK\r\nServer: caf\xe9\r\nContent-Length: 5\r\n\r\nwords",
}


@pytest.mark.parametrize("said", ODD)
def test_odd_answers_are_understood(said: str) -> None:
    """No length, an old version, remarks in chunks and the like give the body all the same."""
    with raw(lambda channel: channel.sendall(ODD[said])) as server:
        answer = Client("Test", SHORT).get(server.url, rules(server.authority))
        assert (answer.status, answer.body) == (200, b"words")


#: Answers that two readers could take for two different ones.
DOUBTFUL = {
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nwords",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nwords",
    "a chunk of no size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nwords\r\n0\r\n\r\n",
    "a chunk without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n",
    "an endless chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 70_000,
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\nwords",
    "no head": b"words",
    "deflate": b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 5\r\n\r\nwords",
}


@pytest.mark.parametrize("said", DOUBTFUL)
def test_doubtful_answers_are_refused(said: str) -> None:
    """What is cut, contradicts itself or was not asked for is an error, never half a body."""
    with raw(lambda channel: channel.sendall(DOUBTFUL[said])) as server, pytest.raises(FetchError):
        Client("Test", SHORT).get(server.url, rules(server.authority))


@pytest.mark.parametrize("location", ["/caf\u00e9 au lait".encode(), b"/caf%C3%A9%20au%20lait", b"/caf\xe9 au lait"])
def test_redirects_to_letters_beyond_ascii(location: bytes) -> None:
    """An address in a redirect may be in UTF-8, in Latin-1, or as it should be, and may have blanks."""
    answers = [b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nwords"]
    with raw(lambda channel: channel.sendall(answers.pop(0))) as server:
        answer = Client("Test", SHORT).get(server.url, rules(server.authority))
        assert answer.body == b"words"
        assert fetch_guard.target(answer.url, rules(server.authority)).path == "/caf%C3%A9%20au%20lait"


def test_requests_are_plain_ascii() -> None:
    """An address with other letters goes out percent-encoded."""
    with site() as server:
        server.pages["/caf%C3%A9"] = lambda request: Reply(request.path.encode())
        answer = Client("Test").get(server.url + "/café?q=ü", rules(server.authority))
        assert answer.body == b"/caf%C3%A9"
