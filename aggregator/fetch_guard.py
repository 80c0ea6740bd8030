"""Which addresses may be asked at all: the guard against being sent into our own network.

Which error is worse: to refuse a page is a message in a report, to ask an address inside the house for a stranger
is a hole in it.
Feeds, posts and redirects are written by strangers, so everything that is not plainly a public web server is refused:
other schemes and ports, user names in addresses, hosts that resolve (with any of their answers) to an address that
is not public.
Addresses that carry another address inside (IPv4-mapped, NAT64, 6to4, Teredo) are refused whole, not unwrapped:
no public server is reached only through them.

The operator can list own servers, each with its port; only what starts at such a server may reach such a server,
so that a public page can never point a reader at them.
Pure: the answers of the name service come in as arguments.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from typing import TypeAlias
from urllib.parse import urlsplit

from aggregator.errors import RefusedError
from parsers.model import Record

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Longer addresses are data, not places.
LONGEST = 8000
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\\s\ud800-\udfff]")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
#: All public IPv6 servers are in here …
_GLOBAL_6 = ipaddress.ip_network("2000::/3")
#: … and in none of these: protocol assignments with Teredo, documentation, 6to4.
_NEVER_6 = tuple(
    ipaddress.ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)
#: `is_global` of Python 3.11 takes these for public: protocol assignments, 6to4 relays, AS112.
_NEVER_4 = tuple(
    ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "192.31.196.0/24", "192.175.48.0/24")
)


class Target(Record, frozen=True, kw_only=True):
    """A checked address of the web, taken apart."""

    url: str  # without fragment
    scheme: str
    host: str  # lower case, IDNA; an IPv6 address without brackets
    port: int
    path: str  # with query

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Rules(Record, frozen=True, kw_only=True):
    """What may be asked."""

    ports: tuple[int, ...] = (80, 443)
    own: tuple[str, ...] = ()  # "host", "host:port", "10.1.0.0/16": servers of our own that are allowed


def target(url: str, rules: Rules) -> Target:
    """Take an address apart and check all that can be known without asking anybody; raises `RefusedError`."""
    if len(url) > LONGEST or _UNSAFE.search(url):
        raise RefusedError(f"{shown(url)}: this is no address: it has blanks or control characters, or no end")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError as exc:
        raise RefusedError(f"{shown(url)}: this is no address ({exc})") from exc
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise RefusedError(f"{shown(url)}: only http and https addresses are fetched")
    if "@" in parts.netloc:
        raise RefusedError(f"{parts.scheme}://…@{host}: addresses with a user name are not fetched")
    host = _host_name(host, url)
    found = Target(
        url=url.partition("#")[0],
        scheme=scheme,
        host=host,
        port=_DEFAULT_PORTS[scheme] if port is None else port,
        path=_path(parts.path, parts.query),
    )
    if found.port not in rules.ports and not is_own(found, rules):
        raise RefusedError(f"{shown(url)}: port {found.port} is none of {', '.join(map(str, rules.ports))}")
    return found


def _host_name(host: str, url: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host.partition("%")[0] if "%25" not in host else ""))
        except ValueError as exc:
            raise RefusedError(f"{shown(url)}: this is no IPv6 address") from exc
    try:
        name = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError as exc:
        raise RefusedError(f"{shown(url)}: this is no host name") from exc
    if not _HOST.fullmatch(name):
        raise RefusedError(f"{shown(url)}: this is no host name")
    return name


def _path(path: str, query: str) -> str:
    """Path and query in ASCII, as they go over the wire."""
    from urllib.parse import quote

    text = (path or "/") + (f"?{query}" if query else "")
    return quote(text, safe="/%:@!$&'()*+,;=?~[]|^{}\"`<>-._") if not text.isascii() else text


def check_answers(found: Target, answers: Collection[str], rules: Rules) -> tuple[str, ...]:
    """The addresses that a host has, all of them checked; raises `RefusedError` if any is not allowed."""
    if not answers:
        raise RefusedError(f"{found.host}: the host has no address")
    for text in answers:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not is_public(address) and not is_own(found, rules):
            raise RefusedError(
                f"{found.host}: the host is at {text}, which is not on the public internet; "
                "if it is a server of your own, list it under own_hosts in [fetch]"
            )
    return tuple(answers)


def is_public(address: Address) -> bool:
    """Whether an address can only be a server on the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved and not _in(address, _NEVER_4)
    return address in _GLOBAL_6 and address.is_global and not _in(address, _NEVER_6)


def _in(address: Address, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(address in network for network in networks)


def is_own(found: Target, rules: Rules) -> bool:
    """Whether the operator listed this server; without a port in the list, on the usual ports only.

    A network covers addresses that are written as numbers: whoever owns a name can let it point anywhere.
    """
    return any(_matches(entry, found, rules) for entry in rules.own)


def _matches(entry: str, found: Target, rules: Rules) -> bool:
    entry = entry.strip().lower()
    if "/" in entry:
        inside = _literal(found.host)
        return inside is not None and found.port in rules.ports and inside in ipaddress.ip_network(entry, strict=False)
    host, port = _entry(entry)
    return host == found.host and (found.port == port if port else found.port in rules.ports)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _entry(entry: str) -> tuple[str, int | None]:
    """Host and port of an entry of the list."""
    found = re.fullmatch(r"\[([^\]]+)\](?::(\d+))?|([^:]+)(?::(\d+))?", entry)
    if not found:
        return entry.strip("[]"), None  # a bare IPv6 address
    port = found[2] or found[4]
    return found[1] or found[3], int(port) if port else None


def check_entry(entry: str) -> None:
    """Raise `ValueError` where an entry of the list is none."""
    if "/" in entry:
        ipaddress.ip_network(entry.strip(), strict=False)
        return
    host, port = _entry(entry.strip().lower())
    if ":" in host or entry.strip().startswith("["):
        ipaddress.IPv6Address(host)
    elif not _HOST.fullmatch(host) or (port is not None and not 0 < port < 65536):
        raise ValueError(f"“{entry}” is no host")


def rules_for(url: str, rules: Rules) -> Rules:
    """The rules of a source: own servers may be asked only where the source itself is one of them."""
    plain = Rules(ports=rules.ports)
    try:
        found = target(url, rules)
    except RefusedError:
        return plain
    return rules if is_own(found, rules) else plain


def next_hop(old: Target, location: str, rules: Rules) -> Target:
    """Where a redirect leads; raises `RefusedError` for what must not be followed."""
    from urllib.parse import urljoin

    try:
        found = target(urljoin(old.url, location.strip().replace(" ", "%20")), rules)
    except ValueError as exc:
        raise RefusedError(f"{old.host}: it redirects to something that is no address") from exc
    if old.scheme == "https" and found.scheme == "http":
        raise RefusedError(f"{shown(found.url)}: a redirect from https to http is not followed")
    return found


def shown(url: str) -> str:
    """An address for messages: short, printable, without user name."""
    text = "".join(c if c.isprintable() else "�" for c in url[:200])
    return re.sub(r"//[^/@]*@", "//…@", text) + ("…" if len(url) > 200 else "")
