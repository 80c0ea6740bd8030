"""The guard: what may be asked, what is refused before a single packet leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Reply, raw, site

from aggregator import fetch_guard
from aggregator.errors import FetchError, RefusedError
from aggregator.fetch_guard import Rules
from aggregator.fetch_http import Client

INSIDE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.0.8", "192.88.99.1", "198.18.0.1", "203.0.113.9",
    "192.0.2.1", "198.51.100.1", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1",
    "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
    "fec0::1", "ff02::1", "100::1", "3fff::1", "2001:10::1", "5f00::1",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4009::200e", "2001:4860:4860::8888"]


@pytest.mark.parametrize("address", INSIDE)
def test_hosts_inside_are_refused(address: str) -> None:
    """An address that is not plainly public is refused, alone and among public ones."""
    target = fetch_guard.target("https://news.example/", Rules())
    for answers in ([address], ["8.8.8.8", address], [address, "2606:4700::1111"]):
        with pytest.raises(RefusedError):
            fetch_guard.check_answers(target, answers, Rules())


def test_hosts_outside_pass() -> None:
    """Public addresses pass, in the order of the name server."""
    target = fetch_guard.target("https://news.example/", Rules())
    assert fetch_guard.check_answers(target, OUTSIDE, Rules()) == tuple(OUTSIDE)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://news.example/", "file:///etc/passwd", "gopher://news.example/", "//news.example/", "news.example",
        "http://user@news.example/", "http://user:word@news.example/", "http://news.example@127.0.0.1/",
        "http://news.example:8080/", "http://news.example:22/", "http://news.example:99999/", "http://:80/",
        "http://", "http:///x", "http://a b/", "http://news.example/a b", "http://news.example\\@x/", "http://[::1/",
        "http://[fe80::1%25eth0]/", "http://news.example/\r\nX: 1", "http://news.example/\x00", "http://%31%32/",
        "http://-/", "http://news.example/\udc94", "javascript:alert(1)", "", "http://" + "a" * 9000,
    ],
)  # fmt: skip
def test_odd_addresses_are_refused(url: str) -> None:
    """Other schemes, users, odd ports and what is no address at all never reach a name server."""
    with pytest.raises(RefusedError):
        fetch_guard.target(url, Rules())


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    """No text makes the guard fail in another way than by refusing."""
    for url in (text, "http://" + text, "http://news.example/" + text):
        try:
            found = fetch_guard.target(url, Rules())
        except RefusedError:
            continue
        assert found.path.isascii()
        assert found.host.isascii()
        assert found.port in (80, 443)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "localhost.", "LOCALHOST", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]",
     "[::ffff:127.0.0.1]"],
)  # fmt: skip
def test_no_spelling_reaches_loopback(host: str) -> None:
    """However loopback is spelled, no connection is made."""
    with raw() as trap:
        rules = Rules(ports=(trap.port,))
        with pytest.raises(FetchError):
            Client("Test").get(f"http://{host}:{trap.port}/", rules)
        assert trap.connections == 0


def test_redirects_are_checked_again() -> None:
    """A server that is allowed cannot send us to one that is not."""
    with raw() as trap, site() as server:
        rules = Rules(ports=(80, 443, trap.port), own=(server.authority,))
        for location in (
            f"http://127.0.0.1:{trap.port}/", f"//127.0.0.1:{trap.port}/", f"http://x@{server.authority}/",
            "file:///etc/passwd", f"http://[::ffff:127.0.0.1]:{trap.port}/", f"http://2130706433:{trap.port}/", "http://[",
        ):  # fmt: skip
            server.pages["/away"] = Reply(status=302, headers={"Location": location})
            with pytest.raises(FetchError):
                Client("Test").get(server.url + "/away", rules)
        assert trap.connections == 0


def test_name_server_cannot_change_its_mind() -> None:
    """A host is resolved once for each hop; the connection goes to the address that was checked."""
    answers = [["8.8.8.8", "127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    with raw() as trap:
        client = Client("Test", resolver=resolver)
        for _ in range(2):
            with pytest.raises(RefusedError):
                client.get(f"http://news.example:{trap.port}/", Rules(ports=(trap.port,)))
        assert trap.connections == 0
    assert asked == ["news.example", "news.example"]


def test_own_servers_need_their_port() -> None:
    """A server of our own is reached on the port that was listed, by what starts there only."""
    rules = Rules(own=("127.0.0.1:8081", "news.intranet", "10.1.0.0/16", "[::1]:8082"))
    for url in ("http://127.0.0.1:8081/", "http://news.intranet/", "https://10.1.2.3/", "http://[::1]:8082/"):
        assert fetch_guard.rules_for(url, rules) is rules
        target = fetch_guard.target(url, rules)
        assert fetch_guard.check_answers(target, ["10.1.2.3"], rules)
    for url in ("http://127.0.0.1:8082/", "http://10.1.2.3:8081/", "http://[::1]:8081/"):
        with pytest.raises(RefusedError):
            fetch_guard.target(url, rules)
    assert fetch_guard.rules_for("https://news.example/", rules) == Rules()


def test_a_name_does_not_get_into_a_listed_network() -> None:
    """Whoever owns a name can let it point into our network; the listed network is for numbers only."""
    rules = Rules(own=("10.1.0.0/16",))
    target = fetch_guard.target("http://news.example/", rules)
    with pytest.raises(RefusedError):
        fetch_guard.check_answers(target, ["10.1.2.3"], rules)


@pytest.mark.parametrize("entry", ["", "a b", "host:0", "host:99999", "10.0.0.0/99", "[zz]:80", "http://x"])
def test_entries_of_the_list_are_checked(entry: str) -> None:
    """What is no host, address or network is an error when the settings are read."""
    with pytest.raises(ValueError):
        fetch_guard.check_entry(entry)
