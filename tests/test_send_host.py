"""Mail servers as the internet has them: limits, silence, hanging up, greylisting; all on loopback."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sending_kit import SEND, Clock, article, hand, put, settings
from sink import Host

from aggregator import send, send_deadline, sending
from aggregator.config import Smtp
from aggregator.send_rules import BACK_OFF, Outcome, is_stale
from aggregator.store import Store

ISSUE = "2026-W46"
BODY = b"Subject: x\r\n\r\nhello\r\n"


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """An archive whose issue is due now."""
    with Store(tmp_path / "a.db") as opened:
        sending.ensure_due(opened, settings())
        put(opened, tmp_path / "in", [article(1, clock.at)])
        clock.at = SEND
        yield opened


@pytest.fixture
def hosts() -> Iterator[list[Host]]:
    """Servers that are closed at the end of a test."""
    made: list[Host] = []
    yield made
    for host in made:
        host.close()


def one(host: Host, body: bytes = BODY) -> Outcome:
    smtp = Smtp(host="127.0.0.1", port=host.port, security="plain")
    return hand(smtp, body)


def readers(count: int) -> list[str]:
    return [f"r{n}@paths.example" for n in range(count)]


def serve(hosts: list[Host], *features: str, **manners: Any) -> Host:
    hosts.append(Host(*features, **manners))
    return hosts[-1]


# ------------------------------------------------------------------ one connection for many


def test_all_mails_go_over_one_connection(store: Store, hosts: list[Host]) -> None:
    """Servers count connections and sign-ins, so a hundred readers are one of them, and it ends with QUIT."""
    host = serve(hosts)
    report = sending.ensure_due(store, settings(*readers(100), port=host.port))
    assert (report.sent, host.connections, host.said[-1]) == (100, [100], "QUIT")
    assert Counter(to for to, _ in host.mails) == Counter(readers(100))


@pytest.mark.parametrize("too_many", ["421 4.7.0 too many mails", "452 4.5.3 too many mails", "450 4.7.1 slow down"])
def test_limit_of_mails_on_a_connection(store: Store, hosts: list[Host], too_many: str) -> None:
    """A server that takes ten mails a connection gets the rest on new ones, in the same round, each mail once."""
    host = serve(hosts, most=10, too_many=too_many)
    report = sending.ensure_due(store, settings(*readers(35), port=host.port))
    assert (report.sent, report.notes) == (35, ())
    assert host.connections == [10] * 3 + [5]
    assert Counter(to for to, _ in host.mails) == Counter(readers(35))


@pytest.mark.parametrize("manners", [{"idle": True}, {"bye": "421 4.4.2 timeout\r\n"}], ids=["silently", "with 421"])
def test_connection_dropped_between_two_mails(store: Store, hosts: list[Host], manners: dict[str, Any]) -> None:
    """A connection that is gone at the next mail has carried nothing of it: a new one does, and nobody waits."""
    host = serve(hosts, **manners)
    report = sending.ensure_due(store, settings(*readers(6), port=host.port))
    assert (report.sent, host.connections) == (6, [1] * 6)
    assert all(row["attempts"] == 1 for row in store.deliveries.of_issue(ISSUE))


def test_an_answer_that_nobody_asked_for_puts_no_mail_out_of_step(
    store: Store, hosts: list[Host], clock: Clock
) -> None:
    """Answers that are one too many never make a mail count as sent that was not."""
    host = serve(hosts, taken="250 taken\r\n250 taken twice")
    config = settings(*readers(3), port=host.port)
    for _ in range(5):
        sending.ensure_due(store, config)
        clock.forward(minutes=6)
    assert store.deliveries.counts(ISSUE) == {"sent": 3}
    assert Counter(to for to, _ in host.mails) == Counter(readers(3))


def test_refused_reader_does_not_cost_the_others_theirs(store: Store, hosts: list[Host]) -> None:
    """After a refusal the connection is left politely and the next mail has a new one."""
    host = serve(hosts, first="550 5.1.1 unknown")
    host.known = set(readers(5)) - {"r2@paths.example"}
    report = sending.ensure_due(store, settings(*readers(5), port=host.port))
    assert (report.sent, report.failed, host.connections) == (4, 1, [2, 2])
    assert host.said.count("QUIT") == 2


# ------------------------------------------------------------------ what servers say they can


def test_size_limit_is_asked_before_the_text(hosts: list[Host]) -> None:
    """A mail larger than the server takes is refused here, with both numbers; it would break off in the text."""
    host = serve(hosts, "SIZE 1000")
    outcome = one(host, BODY + b"x" * 1000)
    assert (outcome.phase, outcome.code, host.mails) == ("mail", 552, [])
    assert "1,000 bytes at most" in outcome.text and "1,02" in outcome.text


@pytest.mark.parametrize(
    ("features", "asked"), [(["SIZE 1000"], True), (["SIZE"], True), (["SIZE 0"], True), ([], False)]
)
def test_size_is_told_to_servers_that_know_it(hosts: list[Host], features: list[str], asked: bool) -> None:
    """The size goes with MAIL only where it is understood; without a number, or with 0, there is no limit."""
    host = serve(hosts, *features)
    assert one(host).phase == "done"
    assert any("SIZE=" in command for command in host.said) == asked


def test_a_reader_over_the_size_limit_fails_alone(store: Store, hosts: list[Host]) -> None:
    """One mail is too big for this server, the next is not; the note says what makes it smaller."""
    config = settings(*readers(2))
    people = (config.recipients[0], msgspec.structs.replace(config.recipients[1], format="text"))
    config = msgspec.structs.replace(config, recipients=people)
    large, small = (len(sending.preview(store, config, address, ISSUE)[0]) for address in readers(2))
    host = serve(hosts, f"SIZE {(large + small) // 2}")
    smtp = Smtp(host="127.0.0.1", port=host.port, security="plain")
    report = sending.ensure_due(store, msgspec.structs.replace(config, smtp=smtp))
    assert (report.sent, report.failed) == (1, 1)
    assert "headlines" in report.notes[0]


def test_server_of_few_words(hosts: list[Host]) -> None:
    """No pipelining, no 8-bit, no size, nothing: one command after another, and the mail is plain ASCII."""
    host = serve(hosts)
    assert one(host).phase == "done"
    assert [command.split(":")[0].split(" ")[0] for command in host.said] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


# ------------------------------------------------------------------ slow, silent, greylisting


@pytest.mark.parametrize(
    ("hang", "phase"),
    [
        ("greeting", "connect"),
        ("EHLO", "connect"),
        ("MAIL", "mail"),
        ("RCPT", "rcpt"),
        ("DATA", "data"),
        ("text", "text"),
    ],
)
def test_silence_ends_by_itself(hosts: list[Host], monkeypatch: pytest.MonkeyPatch, hang: str, phase: str) -> None:
    """A server that says nothing any more is left after a while; only after the text that is doubt."""
    for name in ("CONNECT", "COMMAND", "TEXT"):
        monkeypatch.setattr(send, name, 0.2)
    outcome = one(serve(hosts, hang=hang))
    assert (outcome.phase, outcome.code) == (phase, None)
    assert "timed out" in outcome.text


@pytest.mark.parametrize(
    ("drip", "phase", "state"),
    [
        ("greeting", "connect", "pending"),
        ("EHLO", "connect", "pending"),
        ("MAIL", "mail", "pending"),
        ("RCPT", "rcpt", "pending"),
        ("DATA", "data", "pending"),
        ("text", "text", "unknown"),
    ],
)
def test_a_server_that_drips_is_left_in_time(
    store: Store, hosts: list[Host], clock: Clock, drip: str, phase: str, state: str
) -> None:
    """Single bytes for ever keep nobody waiting: the mail's time ends it, and only after the text that is doubt."""
    host = serve(hosts, drip=drip)
    hasty = Smtp(host="127.0.0.1", port=host.port, security="plain", seconds=1)
    begun = time.monotonic()
    outcome = hand(hasty, BODY)
    assert time.monotonic() - begun < 20
    assert (outcome.phase, outcome.code) == (phase, None)
    assert "not through after [smtp] seconds = 1" in outcome.text
    config = msgspec.structs.replace(settings(*readers(2), port=host.port), smtp=hasty)
    sending.ensure_due(store, config)
    assert store.deliveries.counts(ISSUE) == ({"pending": 1, state: 1} if state == "unknown" else {"pending": 2})


@pytest.mark.parametrize("security", ["plain", "ssl", "starttls"])
def test_a_resolver_that_never_answers_is_left_in_time(
    hosts: list[Host], monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    """The look-up of the server's name counts to the mail's time, and nothing was sent when it is up."""
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait())
    smtp = Smtp(host="localhost", port=1, security=security, seconds=1)
    try:
        outcome = hand(smtp, BODY, lambda: pytest.fail("nothing is to be sent"))
    finally:
        answered.set()
    assert (outcome.phase, outcome.code) == ("connect", None)
    assert "[smtp] seconds = 1" in outcome.text or "resolver of this machine has not answered" in outcome.text


def test_a_resolver_that_does_not_know_this_machine_costs_no_mail(
    hosts: list[Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody says what this machine is called, it introduces itself by an address and the mail goes."""
    answered = threading.Event()
    monkeypatch.setattr(send_deadline, "OWN_NAME", 0.1)
    monkeypatch.setattr(socket, "getfqdn", lambda *_: answered.wait())
    host = serve(hosts)
    smtp = Smtp(host="127.0.0.1", port=host.port, security="plain", seconds=60)
    try:
        assert hand(smtp, BODY).phase == "done"
    finally:
        answered.set()


def test_the_next_address_is_tried(hosts: list[Host], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first address of a server does not answer, the mail goes to the next."""
    host = serve(hosts)
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port)) for port in (1, host.port)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    smtp = Smtp(host="localhost", port=host.port, security="plain")
    assert hand(smtp, BODY).phase == "done"


def test_a_mail_s_time_is_its_own(hosts: list[Host]) -> None:
    """Many mails over one connection each have the whole time, and a connection that is kept is not ended."""
    host = serve(hosts)
    smtp = Smtp(host="127.0.0.1", port=host.port, security="plain", seconds=1)
    with send.Server(smtp) as server:
        for _ in range(4):
            assert server.hand(ISSUE, "a@x.example", "b@x.example", BODY, lambda: None).phase == "done"
            time.sleep(0.4)
    assert host.connections == [4]


def test_a_silent_server_costs_one_wait_and_not_one_a_reader(
    store: Store, hosts: list[Host], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One mail finds out, the others wait with it; who was not tried yet has the next turn."""
    monkeypatch.setattr(send, "COMMAND", 0.2)
    host = serve(hosts, hang="RCPT")
    config = settings(*readers(50), port=host.port)
    tried = set()
    for _ in range(3):
        assert sending.ensure_due(store, config).later == 1
        tried = {row["recipient"] for row in store.deliveries.of_issue(ISSUE) if row["attempts"]}
        clock.forward(minutes=1)
    assert (len(tried), len(host.connections)) == (3, 3)
    host.manners.clear()
    clock.forward(minutes=5)
    assert sending.ensure_due(store, config).sent == 50


def test_one_bad_reader_keeps_nobody_waiting(store: Store, hosts: list[Host], clock: Clock) -> None:
    """Where the server hangs up on one address, the others go at the next turn."""
    host = serve(hosts, first="421 4.3.2 not for this one")
    host.known = set(readers(5)) - {"r0@paths.example"}
    config = settings(*readers(5), port=host.port)
    assert sending.ensure_due(store, config).sent == 0
    clock.forward(minutes=1)
    assert sending.ensure_due(store, config).sent == 5


def test_greylisting(store: Store, hosts: list[Host], clock: Clock) -> None:
    """Turned away for now at the first try, all are taken a minute later, each once."""
    host = serve(hosts, first="450 4.2.0 greylisted, come back")
    config = settings(*readers(20), port=host.port)
    report = sending.ensure_due(store, config)
    assert (report.sent, report.later) == (0, 20)
    assert "greylisted" in report.notes[0]
    clock.forward(minutes=1)
    assert sending.ensure_due(store, config).sent == 20
    assert Counter(to for to, _ in host.mails) == Counter(readers(20))


def test_an_answer_too_long_to_read_is_doubt(hosts: list[Host]) -> None:
    """The library calls it 500; after the text it may as well have been yes."""
    outcome = one(serve(hosts, taken="250 " + "x" * 10_000))
    assert (outcome.phase, outcome.code) == ("text", None)


@pytest.mark.parametrize(
    ("outcome", "stale"),
    [
        (Outcome(phase="mail", code=421), True),
        (Outcome(phase="mail", code=452), True),
        (Outcome(phase="rcpt"), True),
        (Outcome(phase="data", text="connection lost"), True),
        (Outcome(phase="rcpt", code=450), False),
        (Outcome(phase="mail", code=550), False),
        (Outcome(phase="text"), False),
        (Outcome(phase="text", code=421), False),
        (Outcome(phase="connect", code=421), False),
    ],
    ids=str,
)
def test_what_a_new_connection_may_mend(outcome: Outcome, stale: bool) -> None:
    """Never once the text has begun; and not what is about a reader."""
    assert is_stale(outcome) == stale


@pytest.mark.parametrize(
    ("verb", "answer"),
    [("EHLO", "421 4.3.2 not now"), ("MAIL", "451 4.3.0 not now"), ("RCPT", "450 4.2.1 not now"), ("DATA", "451 4.3.0 not now"),
     ("MAIL", "421 4.3.2 not now"), ("DATA", "421 4.3.2 not now")],
)  # fmt: skip
def test_not_now_at_any_stage(store: Store, hosts: list[Host], clock: Clock, verb: str, answer: str) -> None:
    """4xx anywhere before the text: each wait is longer than the last, and then the mail goes."""
    host = serve(hosts, answers={verb: answer})
    config = settings("r0@paths.example", port=host.port)
    waits = []
    for _ in range(4):
        assert sending.ensure_due(store, config).later == 1
        (row,) = store.deliveries.of_issue(ISSUE)
        assert (row["state"], "not now" in row["answer"]) == ("pending", True)
        again = dt.datetime.fromisoformat(row["next_attempt_at"])
        waits.append(again - clock.at)
        clock.at = again
    assert waits == list(BACK_OFF)
    host.manners.clear()
    assert sending.ensure_due(store, config).sent == 1


# ------------------------------------------------------------------ passwords


def test_no_password_before_encryption(hosts: list[Host], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that offers to take the password in the clear, and no STARTTLS, hears neither it nor the mail."""
    monkeypatch.setenv("SECRET", "hunter2")
    host = serve(hosts, "AUTH PLAIN LOGIN")
    for security in ("starttls", "plain"):
        smtp = msgspec.convert(
            {"host": "localhost", "port": host.port, "security": security, "user": "u", "password_env": "SECRET"}, Smtp
        )
        assert hand(smtp, BODY).phase in ("tls", "config")
    assert not [command for command in host.said if command.split(" ")[0] not in ("EHLO", "QUIT")]
