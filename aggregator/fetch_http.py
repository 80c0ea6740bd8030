"""One HTTP exchange with a server that may be slow, huge, broken or hostile.

Which error is worse: to lose an answer is a failed poll that comes again, to wait or to swell without end stops
everything.
So one deadline by the monotonic clock covers the name, the connection and every piece that is read; bytes are
counted as they come over the wire and again as they are unpacked; and nothing is unpacked further than its limit.
The timeouts and size checks of ready-made clients do not do this: theirs begin anew with each piece, and
unpack a whole piece before they count it.

The connection goes to an address that the guard has checked, never to a name a second time, so that a name server
cannot change its mind in between; the name stays in the Host header and in TLS.
Proxies of the environment, cookies and referrers do not exist here.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping

import h11

from aggregator import fetch_guard
from aggregator.errors import FetchError
from aggregator.fetch_guard import Rules, Target
from parsers.model import Record

#: Status codes that lead elsewhere; 301 and 308 for ever.
REDIRECTS = {301, 302, 303, 307, 308}
FOR_EVER = {301, 308}
_STEP = 1 << 16
#: Not packed; some servers name the letters' encoding here.
_PLAIN = ("", "identity", "none", "utf-8")
#: Text shrinks to a twentieth, markup at most to a hundredth; a bomb to a thousandth.
_RATIO, _RATIO_FROM = 200, 1 << 20


class Limits(Record, frozen=True, kw_only=True):
    """How much one exchange may take, redirects included."""

    seconds: float = 30.0
    wire: int = 10 << 20  # bytes received, heads included
    decoded: int = 20 << 20  # bytes after unpacking
    head: int = 1 << 16
    redirects: int = 5


class Answer(Record, frozen=True, kw_only=True):
    """What a server answered."""

    url: str  # that answered in the end
    status: int
    headers: dict[str, str]  # names in lower case; of doubled ones the first
    body: bytes
    moved: str | None = None  # the last address of an unbroken chain of "moved for ever"

    def header(self, name: str) -> str | None:
        """A header, or None."""
        return self.headers.get(name)


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host; may take as long as the name servers do."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Client:
    """Asks servers, one exchange at a time."""

    def __init__(
        self,
        agent: str,
        limits: Limits | None = None,
        *,
        resolver: Callable[[str, int], list[str]] = resolve,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._agent = agent
        self._limits = limits or Limits()
        self._resolver = resolver
        self._context = context

    def get(self, url: str, rules: Rules, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for an address and follow its redirects, each checked like the first.

        Gives whatever status the last server answered; raises `FetchError`, `RefusedError`.
        """
        deadline = time.monotonic() + self._limits.seconds
        found, for_ever, moved = fetch_guard.target(url, rules), True, None
        for _ in range(self._limits.redirects + 1):
            answer = self._exchange("GET", found, rules, headers or {}, b"", deadline)
            location = answer.header("location")
            if answer.status not in REDIRECTS or not location:
                return Answer(
                    url=found.url, status=answer.status, headers=answer.headers, body=answer.body, moved=moved
                )
            for_ever = for_ever and answer.status in FOR_EVER
            found = fetch_guard.next_hop(found, location, rules)
            moved = found.url if for_ever else None
        raise FetchError(f"{fetch_guard.shown(url)}: it redirects more than {self._limits.redirects} times")

    def call(self, method: str, url: str, rules: Rules, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """One exchange without redirects: for services, which get what no other server may see."""
        deadline = time.monotonic() + self._limits.seconds
        return self._exchange(method, fetch_guard.target(url, rules), rules, headers, body, deadline)

    def _exchange(
        self, method: str, found: Target, rules: Rules, headers: Mapping[str, str], body: bytes, deadline: float
    ) -> Answer:
        try:
            with self._connect(found, rules, deadline) as channel:
                return _Exchange(channel, found, self._limits, deadline).run(method, self._head(found, headers), body)
        except (h11.ProtocolError, zlib.error) as exc:
            raise FetchError(f"{found.host}: the answer is broken ({exc})") from exc
        except TimeoutError as exc:
            raise FetchError(f"{found.host}: it took longer than {self._limits.seconds:.0f} seconds") from exc
        except ssl.SSLCertVerificationError as exc:
            raise FetchError(f"{found.host}: its certificate is not valid ({exc.verify_message})") from exc
        except OSError as exc:
            raise FetchError(f"{found.host}: no connection ({exc.strerror or exc})") from exc

    def _head(self, found: Target, headers: Mapping[str, str]) -> list[tuple[str, str]]:
        own = {
            "Host": found.authority,
            "User-Agent": self._agent,
            "Accept": "*/*",  # some servers take a request without it for a robot's
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }
        return list((own | dict(headers)).items())

    def _connect(self, found: Target, rules: Rules, deadline: float) -> socket.socket:
        """A connection to a checked address; the next one is tried where one does not answer."""
        addresses = fetch_guard.check_answers(found, self._addresses(found, deadline), rules)
        failure: OSError | None = None
        for number, address in enumerate(addresses[:4]):
            share = left(deadline) / (min(len(addresses), 4) - number)
            try:
                channel = socket.create_connection((address, found.port), timeout=share)
            except OSError as exc:
                failure = exc
                continue
            return self._secured(channel, found, deadline) if found.scheme == "https" else channel
        raise failure or OSError("no address")

    def _secured(self, channel: socket.socket, found: Target, deadline: float) -> socket.socket:
        context = self._context = self._context or ssl.create_default_context()
        try:
            channel.settimeout(left(deadline))
            return context.wrap_socket(channel, server_hostname=found.host)
        except BaseException:
            channel.close()
            raise

    def _addresses(self, found: Target, deadline: float) -> list[str]:
        """The host's addresses; asked in a thread, because the system's resolver knows no deadline."""
        answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolver(found.host, found.port))
            except (OSError, UnicodeError) as exc:
                answers.put(exc)

        threading.Thread(target=ask, daemon=True, name="resolver").start()
        try:
            answer = answers.get(timeout=left(deadline))
        except queue.Empty as exc:
            raise TimeoutError from exc
        if isinstance(answer, Exception):
            raise FetchError(f"{found.host}: there is no such host, or no name server answers") from answer
        return answer


def left(deadline: float) -> float:
    """Seconds until a deadline; raises `TimeoutError` when it has passed."""
    rest = deadline - time.monotonic()
    if rest <= 0:
        raise TimeoutError
    return rest


class _Exchange:
    """Request out, answer in, over one connection."""

    def __init__(self, channel: socket.socket, found: Target, limits: Limits, deadline: float) -> None:
        self._channel = channel
        self._found = found
        self._limits = limits
        self._deadline = deadline
        self._wire = 0
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.head)

    def run(self, method: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        if body:
            headers = [*headers, ("Content-Length", str(len(body)))]
        request = h11.Request(method=method, target=self._found.path, headers=headers)
        self._send(self._http.send(request))
        self._send(self._http.send(h11.Data(data=body)) if body else b"")
        self._send(self._http.send(h11.EndOfMessage()))
        head = self._head()
        names = _headers(head)
        if head.status_code in REDIRECTS and "location" in names:
            whole = b""  # nobody reads it
        else:
            whole = self._unpacked(names.get("content-encoding", ""))
        return Answer(url=self._found.url, status=head.status_code, headers=names, body=whole)

    def _send(self, data: bytes | None) -> None:
        if data:
            self._channel.settimeout(left(self._deadline))
            self._channel.sendall(data)

    def _events(self) -> Iterator[h11.Event]:
        """What the server says, piece by piece; deadline and size are looked at before each."""
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                yield event  # type: ignore[misc]  # next_event's other sentinel ends `_head` and `_pieces`
                continue
            self._channel.settimeout(left(self._deadline))
            data = self._channel.recv(_STEP)
            self._wire += len(data)
            if self._wire > self._limits.wire:
                raise FetchError(f"{self._found.host}: the answer is larger than {self._limits.wire >> 20} MB")
            self._http.receive_data(data)

    def _head(self) -> h11.Response:
        for event in self._events():
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                break
        raise FetchError(f"{self._found.host}: the server closed the connection without an answer")

    def _pieces(self) -> Iterator[bytes]:
        for event in self._events():
            if not isinstance(event, h11.Data):
                return
            yield bytes(event.data)

    def _unpacked(self, encoding: str) -> bytes:
        encoding = encoding.strip().lower()
        if encoding in _PLAIN:
            return b"".join(self._pieces())
        if encoding not in ("gzip", "x-gzip"):
            raise FetchError(f"{self._found.host}: the answer is packed as “{encoding[:40]}”, which was not asked for")
        return b"".join(self._gunzipped())

    def _gunzipped(self) -> Iterator[bytes]:
        """The pieces unpacked, never more than a step at a time."""
        size, unpack, inside = 0, zlib.decompressobj(31), False
        for piece in self._pieces():
            full = False
            while piece or full:
                left(self._deadline)
                out = unpack.decompress(piece, _STEP)
                size, inside, full = size + len(out), True, len(out) == _STEP
                self._check_size(size)
                yield out
                piece = unpack.unconsumed_tail
                if unpack.eof:
                    # Another member may follow; anything else after the end is padding.
                    piece = unpack.unused_data if unpack.unused_data.startswith(b"\x1f\x8b") else b""
                    unpack, inside, full = zlib.decompressobj(31), False, False
        if inside:
            raise FetchError(f"{self._found.host}: the answer breaks off")

    def _check_size(self, size: int) -> None:
        if size > self._limits.decoded:
            raise FetchError(f"{self._found.host}: the answer unpacks to more than {self._limits.decoded >> 20} MB")
        if size > _RATIO_FROM and size > _RATIO * self._wire:
            raise FetchError(f"{self._found.host}: the answer unpacks to {_RATIO} times its size, like a bomb")


def _headers(head: h11.Response) -> dict[str, str]:
    names: dict[str, str] = {}
    for name, value in head.headers:
        names.setdefault(name.decode("ascii").lower(), _text(value).strip())
    return names


def _text(value: bytes) -> str:
    """A header's text; addresses beyond ASCII come in UTF-8 from most servers that send any."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
