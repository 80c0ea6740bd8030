"""Sending: never twice, never silently missed, whatever the server, the network or a backup does.

The server is a real one on loopback that misbehaves on demand.
"""

from __future__ import annotations

import datetime as dt
import shutil
import smtplib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from sending_kit import SEND, Clock, article, hand, put, settings
from sink import Sink, free_port, serve

from aggregator import issues, journal, mail, pipeline, send, send_outbox, sending, sending_guard, sending_round
from aggregator.cli import cli
from aggregator.config import Config, Smtp
from aggregator.errors import CuttingsError, HeldError, LockedError, SendError
from aggregator.journal import Journal
from aggregator.send_rules import BACK_OFF, GIVE_UP, Outcome, judge
from aggregator.store import Store

ISSUE = "2026-W46"
ADA = "ada@paths.example"


@pytest.fixture
def sink() -> Iterator[Sink]:
    taker = Sink()
    taker.port = free_port()  # type: ignore[attr-defined]
    controller = serve(taker, taker.port)  # type: ignore[attr-defined]
    yield taker
    controller.stop()


@pytest.fixture
def config(sink: Sink) -> Config:
    return settings(ADA, "bo@paths.example", port=sink.port)  # type: ignore[attr-defined]


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """An archive whose issue is due now."""
    with Store(tmp_path / "a.db") as opened:
        sending.ensure_due(opened, settings())
        put(opened, tmp_path / "in", [article(1, clock.at), article(2, clock.at, "on the lamps by the canal")])
        clock.at = SEND
        yield opened


def tick(store: Store, config: Config) -> sending.SendReport:
    return sending.ensure_due(store, config)


def states(store: Store) -> dict[str, str]:
    return {row["recipient"].split("@")[0]: row["state"] for row in store.deliveries.of_issue(ISSUE)}


def in_doubt(store: Store) -> None:
    """Ada's mail as if nobody knew what became of it."""
    row = store.deliveries.find(ISSUE, ADA)
    assert row is not None
    store.deliveries.move(row["id"], "unknown", who="ed", note="in this test", now=pipeline.now())


# ------------------------------------------------------------------ what goes over the wire


def test_the_stored_bytes_are_the_sent_bytes(store: Store, config: Config, sink: Sink) -> None:
    """Rendered once: what is stored is what is shown, what the server got and what replay makes."""
    tick(store, config)
    assert len(sink.mails) == 2
    for sender, recipient, body in sink.mails:
        row = store.deliveries.find(ISSUE, recipient)
        assert row is not None
        assert (sender, row["body"]) == ("cuttings@paths.example", body)
        shown, _ = sending.preview(store, config, recipient, ISSUE)
        assert shown == body
    assert all(one.same for one in issues.replay(store, config, ISSUE))


def test_dots_and_from_lines_survive(sink: Sink) -> None:
    """Lines that mean something to mail servers arrive as they were."""
    body = b"Subject: x\r\n\r\n.\r\n..two\r\nFrom here\r\n.end\r\n"
    smtp = Smtp(host="127.0.0.1", port=sink.port, security="plain")  # type: ignore[attr-defined]
    outcome = hand(smtp, body)
    assert (outcome.phase, sink.mails[0][2]) == ("done", body)


def test_bare_line_ends_never_leave_this_machine(sink: Sink) -> None:
    """Only CRLF goes out, so that nobody can smuggle a second mail into the first."""
    smtp = Smtp(host="127.0.0.1", port=sink.port, security="plain")  # type: ignore[attr-defined]
    hand(smtp, b"Subject: x\n\nhi\n.\r\nMAIL FROM:<e@x>\r")
    assert len(sink.mails) == 1
    assert b"\n" not in sink.mails[0][2].replace(b"\r\n", b"")


# ------------------------------------------------------------------ the rules

AT = dt.datetime(2026, 11, 16, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("outcome", "state", "hold"),
    [
        (Outcome(phase="done", code=250), "sent", False),
        (Outcome(phase="connect", text="no route"), "pending", False),
        (Outcome(phase="connect", code=421), "pending", False),
        (Outcome(phase="connect", code=554), "pending", True),
        (Outcome(phase="tls", text="certificate verify failed"), "pending", True),
        (Outcome(phase="tls", code=454), "pending", False),
        (Outcome(phase="login", code=535), "pending", True),
        (Outcome(phase="login", code=454), "pending", False),
        (Outcome(phase="config", text="no password"), "pending", True),
        (Outcome(phase="mail", code=530), "pending", True),
        (Outcome(phase="mail", code=451), "pending", False),
        (Outcome(phase="mail", code=553), "failed", False),
        (Outcome(phase="rcpt", code=450), "pending", False),
        (Outcome(phase="rcpt", code=550), "failed", False),
        (Outcome(phase="data", code=554), "failed", False),
        (Outcome(phase="data", text="connection lost"), "pending", False),
        (Outcome(phase="text", code=451), "pending", False),
        (Outcome(phase="text", code=554), "failed", False),
        (Outcome(phase="text"), "unknown", False),
        (Outcome(phase="text", code=354), "unknown", False),
    ],
    ids=str,
)
def test_what_an_end_means(outcome: Outcome, state: str, hold: bool) -> None:
    """Before the text nothing is sent, after it only an answer counts."""
    verdict = judge(outcome, attempts=1, first_attempt_at=AT, now=AT)
    assert (verdict.state, verdict.hold) == (state, hold)


def test_back_off_grows_then_gives_up() -> None:
    """Waits are 1, 5, 15 and 60 minutes, then every hour, and after five days it has failed."""
    soft = Outcome(phase="rcpt", code=451)
    waits = []
    for attempts in range(1, 7):
        verdict = judge(soft, attempts=attempts, first_attempt_at=AT, now=AT)
        assert verdict.next_attempt_at is not None
        waits.append(verdict.next_attempt_at - AT)
    assert waits == [*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1]]
    assert judge(soft, attempts=99, first_attempt_at=AT, now=AT + GIVE_UP).state == "failed"


# ------------------------------------------------------------------ faults, through the whole application


@pytest.mark.parametrize("phase", ["mail", "rcpt", "text"])
def test_soft_refusal_is_tried_again(store: Store, config: Config, sink: Sink, clock: Clock, phase: str) -> None:
    """4xx at any stage waits longer each time, and the mail goes once the server is ready."""
    sink.faults[phase] = "451 greylisted"
    waits = []
    for _ in range(3):
        tick(store, config)
        (row, _) = store.deliveries.of_issue(ISSUE)
        assert (row["state"], row["answer"]) == ("pending", "not now: 451 greylisted")
        waits.append(dt.datetime.fromisoformat(row["next_attempt_at"]) - clock.at)
        clock.at = dt.datetime.fromisoformat(row["next_attempt_at"])
    assert waits == list(BACK_OFF[:3])
    sink.faults.clear()
    assert tick(store, config).sent == 2
    assert len(sink.mails) == 2


@pytest.mark.parametrize("phase", ["mail", "rcpt", "text"])
def test_hard_refusal_fails_one_and_serves_the_others(
    store: Store, config: Config, sink: Sink, clock: Clock, phase: str
) -> None:
    """5xx fails this mail, is never tried again, and the others go."""
    sink.faults[phase] = ["550 no such user"]
    tick(store, config)
    assert states(store) == {"ada": "failed", "bo": "sent"}
    assert store.issues.get(ISSUE)["note"] == "1 failed"
    clock.forward(days=2)
    tick(store, config)
    assert len(sink.mails) == 1


@pytest.mark.parametrize(("where", "arrived"), [("before", 0), ("after", 1)])
def test_silence_after_the_text_is_unknown(
    store: Store, config: Config, sink: Sink, clock: Clock, where: str, arrived: int
) -> None:
    """No answer to the text is doubt, and no restart and no tick of a whole day sends it again; the other goes."""
    sink.faults["drop"] = where
    tick(store, config)
    assert (states(store), len(sink.mails)) == ({"ada": "unknown", "bo": "pending"}, arrived)
    sink.faults.clear()
    for minute in range(24 * 60):
        clock.forward(minutes=1)
        if minute % 360:
            tick(store, config)
        else:
            with Store(store.path) as restarted:
                tick(restarted, config)
    assert states(store) == {"ada": "unknown", "bo": "sent"}
    assert len(sink.mails) == arrived + 1
    assert store.issues.get(ISSUE)["note"] == "1 unknown"


def test_a_server_that_always_breaks_leaves_few_in_doubt(store: Store, sink: Sink, clock: Clock) -> None:
    """Each mail in doubt makes the others wait, longer each time; nobody has to look into them all."""
    config = settings(*(f"r{n}@paths.example" for n in range(20)), port=sink.port)  # type: ignore[attr-defined]
    sink.faults["drop"] = "after"
    begin = clock.at
    while clock.at < begin + dt.timedelta(hours=3):
        tick(store, config)
        clock.forward(minutes=1)
    assert store.deliveries.counts(ISSUE) == {"unknown": 6, "pending": 14}
    sink.faults.clear()
    clock.forward(hours=1)
    assert tick(store, config).sent == 14
    assert len({recipient for _, recipient, _ in sink.mails}) == len(sink.mails) == 20


@pytest.mark.parametrize("where", ["mail", "rcpt"])
def test_break_before_the_text_is_tried_again(
    store: Store, config: Config, sink: Sink, clock: Clock, where: str
) -> None:
    """A connection that breaks before the text has certainly delivered nothing."""
    sink.faults["drop"] = where
    assert tick(store, config).later == 1
    assert set(states(store).values()) == {"pending"}
    sink.faults.clear()
    clock.forward(minutes=2)
    assert tick(store, config).sent == 2


def test_bad_answer_to_quit_changes_nothing(store: Store, config: Config, sink: Sink) -> None:
    """After 250 the mail is sent, whatever QUIT brings."""
    sink.faults["quit"] = "500 what?"
    assert tick(store, config).sent == 2


def test_unreachable_server_postpones_all(store: Store, clock: Clock) -> None:
    """One failed connection is enough to know; nobody's attempts are burnt on the same fact."""
    config = settings(port=free_port())
    report = tick(store, config)
    assert report.later == 1
    rows = store.deliveries.of_issue(ISSUE)
    assert sorted(row["attempts"] for row in rows) == [0, 1]
    assert all(row["next_attempt_at"] > pipeline.stamp() for row in rows)
    assert tick(store, config).later == 0


def scripted(lines: list[bytes]) -> int:
    """A server that says these lines, one at each turn, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve_one() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as file:
            connection.sendall(lines[0])
            for line in lines[1:]:
                if not file.readline():
                    break
                connection.sendall(line)
        listener.close()

    threading.Thread(target=serve_one, daemon=True).start()
    return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("lines", "phase", "code"),
    [
        ([b"554 no service\r\n"], "connect", 554),
        ([b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"452 full\r\n"], "data", 452),
        ([b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n"], "data", None),
        ([b"220 hi\r\n", b"421 closing\r\n", b"421 closing\r\n"], "connect", 421),
        ([b"nonsense\r\n"], "connect", None),
    ],
    ids=["greeting", "data refused", "data dropped", "ehlo", "no server of mail"],
)
def test_ends_before_the_text(lines: list[bytes], phase: str, code: int | None) -> None:
    """Refusals and breaks up to DATA are told apart from those after the text."""
    smtp = Smtp(host="127.0.0.1", port=scripted(lines), security="plain")
    outcome = hand(smtp, b"Subject: x\r\n\r\n")
    assert (outcome.phase, outcome.code) == (phase, code)


def test_passwords_are_never_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers with the password is quoted without it."""
    assert send._clean("535 hunter2 is wrong", "hunter2") == "535 *** is wrong"
    monkeypatch.delenv("NOT_SET", raising=False)
    smtp = Smtp(host="127.0.0.1", port=9, user="u", password_env="NOT_SET")
    outcome = hand(smtp, b"")
    assert outcome.phase == "config"
    assert "NOT_SET" in outcome.text


# ------------------------------------------------------------------ TLS and sign-in


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody has signed."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "cert.pem"
    command = "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(
        ["openssl", *command.split(), "-keyout", str(path), "-out", str(path.with_suffix(".crt"))],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("security", ["ssl", "starttls"])
@pytest.mark.parametrize("trusted", [True, False])
def test_certificates_are_checked(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str, trusted: bool
) -> None:
    """A certificate that holds is used, one that nobody signed is refused before a word of the mail."""
    taker, port = Sink(), free_port()
    controller = serve(
        taker, port, context=tls(certificate), password=None if security == "ssl" else "pw", immediate=security == "ssl"
    )
    monkeypatch.setenv("SECRET", "pw")
    context = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")) if trusted else None)
    user = (
        {} if security == "ssl" else {"user": "u", "password_env": "SECRET"}
    )  # the sink knows AUTH over STARTTLS only
    smtp = msgspec.convert({"host": "localhost", "port": port, "security": security} | user, Smtp)
    try:
        outcome = hand(smtp, b"Subject: x\r\n\r\n", context=context)
    finally:
        controller.stop()
    assert (outcome.phase, len(taker.mails)) == (("done", 1) if trusted else ("tls", 0)), outcome


def test_starttls_stripped_is_refused(sink: Sink) -> None:
    """A server that offers no encryption gets no mail where starttls is set."""
    smtp = Smtp(host="localhost", port=sink.port, security="starttls")  # type: ignore[attr-defined]
    outcome = hand(smtp, b"Subject: x\r\n\r\n")
    assert (outcome.phase, sink.tries) == ("tls", 0)


def test_plain_is_for_this_machine_and_without_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """No mail and no password goes unencrypted over a network."""
    monkeypatch.setenv("SECRET", "pw")
    for smtp in (
        Smtp(host="mail.example", security="plain"),
        Smtp(host="localhost", port=9, security="plain", user="u", password_env="SECRET"),
    ):
        outcome = hand(smtp, b"")
        assert outcome.phase == "config"


def test_wrong_password_holds_the_run(
    store: Store, clock: Clock, certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """535 is about us: one attempt, everything held, and after mending one command sends it all."""
    taker, port = Sink(), free_port()
    controller = serve(taker, port, context=tls(certificate), password="right")
    secret = tmp_path / "password"
    secret.write_text("wrong\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    smtp = Smtp(host="localhost", port=port, user="u", password_file=str(secret))
    config = msgspec.structs.replace(settings(), smtp=smtp)
    try:
        report = tick(store, config)
        assert report.held is not None and "sign-in" in report.held
        assert set(states(store).values()) == {"held"}
        assert "wrong" not in str([dict(row) for row in store.deliveries.of_issue(ISSUE)])
        clock.forward(hours=5)
        tick(store, config)
        assert taker.tries == 0
        secret.write_text("right\n")
        issues.release(store, ISSUE, who="ed")
        assert tick(store, config).sent == 2
    finally:
        controller.stop()


# ------------------------------------------------------------------ the guard


def test_restored_backup_sends_nothing(store: Store, config: Config, sink: Sink, clock: Clock, tmp_path: Path) -> None:
    """Yesterday's archive in place of today's sends nothing, says why, and after adoption nothing twice."""
    clock.at = SEND - dt.timedelta(hours=1)
    tick(store, config)
    backup = tmp_path / "backup.db"
    store.connection.execute("VACUUM INTO ?", (str(backup),))
    clock.at = SEND
    assert tick(store, config).sent == 2
    store.close()
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"a.db{suffix}").unlink(missing_ok=True)
    shutil.copyfile(backup, tmp_path / "a.db")
    with Store(tmp_path / "a.db") as old:
        for _ in range(3):
            clock.forward(minutes=1)
            with pytest.raises(HeldError, match="older than what was sent"):
                tick(old, config)
        assert len(sink.mails) == 2
        sending.adopt(old, who="ed")
        assert tick(old, config).sent == 0
        assert states(old) == {"ada": "sent", "bo": "sent"}
        assert len(sink.mails) == 2
        put(old, tmp_path / "in2", [article(7, clock.at)])
        clock.at = SEND + dt.timedelta(days=7)
        assert tick(old, config).sent == 2


@pytest.mark.parametrize("how", ["copied", "another machine", "journal lost", "marked"])
def test_copies_send_nothing(
    store: Store, config: Config, sink: Sink, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """An archive in another place, on another machine, without its journal or marked as restored is held."""
    issue, _ = sending.send_issue(store, config, only=ADA)
    assert len(sink.mails) == 1
    place, used = tmp_path, store
    if how == "copied":
        place = tmp_path / "copy"
        place.mkdir()
        store.close()
        shutil.copyfile(tmp_path / "a.db", place / "a.db")
        shutil.copyfile(journal.path_for(tmp_path / "a.db"), journal.path_for(place / "a.db"))
        used = Store(place / "a.db")
    elif how == "another machine":
        monkeypatch.setattr(sending_guard, "machine_id", lambda: "other")
    elif how == "journal lost":
        journal.path_for(tmp_path / "a.db").unlink()
    else:
        used.meta.set("restored_at", pipeline.stamp())
    with pytest.raises(HeldError):
        sending.send_issue(used, config, issue)
    assert len(sink.mails) == 1
    sending.adopt(used, who="ed")
    sending.send_issue(used, config, issue)
    assert sorted(recipient for _, recipient, _ in sink.mails) == [ADA, "bo@paths.example"]
    if used is not store:
        used.close()


def test_a_damaged_journal_stops_sending(store: Store, config: Config, tmp_path: Path) -> None:
    """A journal that cannot be read or written means that nothing goes out."""
    sending.send_issue(store, config, only=ADA)
    path = journal.path_for(tmp_path / "a.db")
    good = path.read_bytes()
    path.write_bytes(good.replace(b'{"act"', b"act", 1))
    with pytest.raises(SendError, match="damaged"):
        tick(store, config)
    path.write_bytes(good + b'{"act": "tex')  # half a line, as a kill leaves it
    assert tick(store, config).sent == 1
    assert Journal(path).entries()


# ------------------------------------------------------------------ people


def test_doubt_is_resolved_by_a_person_with_a_reason(store: Store, config: Config, sink: Sink, clock: Clock) -> None:
    """Delivered or sent again: a person says so, and the log has it."""
    sink.faults["drop"] = "after"
    tick(store, config)
    clock.forward(minutes=1)
    tick(store, config)
    sink.faults.clear()
    with pytest.raises(CuttingsError, match="reason"):
        sending.resolve(store, ISSUE, ADA, delivered=True, who="ed", reason=" ")
    sending.resolve(store, ISSUE, ADA, delivered=True, who="ed", reason="Ada has it")
    sending.resolve(store, ISSUE, "bo@paths.example", delivered=False, who="ed", reason="Bo has not")
    assert tick(store, config).sent == 1
    assert states(store) == {"ada": "sent", "bo": "sent"}
    row = store.deliveries.find(ISSUE, ADA)
    assert row is not None
    event = store.deliveries.events(row["id"])[-1]
    assert (event["before"], event["after"], event["who"], event["note"]) == ("unknown", "sent", "ed", "Ada has it")
    with pytest.raises(CuttingsError, match="nothing to resolve"):
        sending.resolve(store, ISSUE, ADA, delivered=True, who="ed", reason="again")


def test_a_resend_that_breaks_off_leaves_the_mail_in_doubt(
    store: Store, config: Config, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Journal and ledger change together: without the journal's line the mail stays as it was."""
    sink.faults["drop"] = "after"
    tick(store, config)
    before = states(store)

    def full(self: Journal, *_: object, **__: object) -> None:
        raise SendError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "write", full)
        with pytest.raises(SendError):
            sending.resolve(store, ISSUE, ADA, delivered=False, who="ed", reason="Ada has not")
    assert states(store) == before
    assert before["ada"] == "unknown"


def test_a_resend_beside_the_service_never_turns_sending_off(
    store: Store, config: Config, sink: Sink, clock: Clock
) -> None:
    """While the guard looks again and again, mails are settled by a person; the guard never takes that for a copy."""
    tick(store, config)
    done = threading.Event()
    trouble: list[Exception] = []

    def look() -> None:
        with Store(store.path) as other:
            while not done.is_set():
                try:
                    sending_guard.settle(other, sending_guard.guard(other))
                except Exception as exc:  # noqa: BLE001
                    trouble.append(exc)

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(20):
        in_doubt(store)
        sending.resolve(store, ISSUE, ADA, delivered=False, who="ed", reason="once more")
        row = store.deliveries.find(ISSUE, ADA)
        assert row is not None and row["state"] == "pending"
        store.deliveries.move(row["id"], "sent", who="ed", note="in this test", now=pipeline.now())
    done.set()
    thread.join()
    assert trouble == []
    assert store.meta.get("sending_off") is None


def test_lines_of_two_writers_of_the_journal_are_all_kept(tmp_path: Path) -> None:
    """Who settles a mail while another is sent takes no line away."""
    path = tmp_path / "a.sent.ndjson"

    def write(name: str) -> None:
        for n in range(60):
            Journal(path).write("text", f"{name}-{n}", issue=ISSUE, at="x")

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Journal(path).entries()) == 180


def test_resend_to_one_person_is_the_same_mail(store: Store, config: Config, sink: Sink, clock: Clock) -> None:
    """A mail in doubt that never came goes again byte for byte, to them alone."""
    tick(store, config)
    first = next(body for _, recipient, body in sink.mails if recipient == ADA)
    in_doubt(store)
    sending.resolve(store, ISSUE, ADA, delivered=False, who="ed", reason="Ada has it not")
    clock.forward(minutes=1)
    assert tick(store, config).sent == 1
    assert sink.mails[-1][1:] == (ADA, first)


def test_what_the_server_took_is_never_sent_again(store: Store, config: Config, sink: Sink, clock: Clock) -> None:
    """A person who asks to resend a mail that is not in doubt is told how to hand on a copy; nothing changes."""
    tick(store, config)
    before, taken = store.deliveries.find(ISSUE, ADA), len(sink.mails)
    with pytest.raises(CuttingsError, match="nothing goes twice") as told:
        sending.resolve(store, ISSUE, ADA, delivered=False, who="ed", reason="Ada lost it")
    assert "digest show" in str(told.value)
    clock.forward(minutes=5)
    tick(store, config)
    after = store.deliveries.find(ISSUE, ADA)
    assert before is not None and after is not None
    assert (tuple(before), taken) == (tuple(after), len(sink.mails))


def test_a_mail_that_failed_can_be_sent_again(store: Store, config: Config, sink: Sink, clock: Clock) -> None:
    """A mailbox that was full takes the mail once a person asks; the list keeps the refusal."""
    sink.faults["rcpt"] = "552 mailbox full"
    tick(store, config)
    sink.faults.clear()
    sending.resolve(store, ISSUE, ADA, delivered=False, who="ed", reason="Ada made room")
    clock.forward(minutes=1)
    tick(store, config)
    assert states(store)["ada"] == "sent"
    row = store.deliveries.find(ISSUE, ADA)
    assert row is not None
    log = [event["after"] for event in store.deliveries.events(row["id"])]
    assert log == ["pending", "sending", "failed", "pending", "sending", "sent"]
    listed = CliRunner().invoke(cli, ["--db", str(store.path), "digest", "list", ISSUE]).stdout
    mail = listed[listed.index("ada@") :].split("bo@")[0]
    assert "mailbox full" in mail and "Ada made room" in mail


def test_the_log_cannot_be_rewritten(store: Store, config: Config) -> None:
    """Events of deliveries and issues are append-only in the archive itself."""
    tick(store, config)
    for statement in ("UPDATE delivery_event SET who = 'x'", "DELETE FROM delivery_event", "DELETE FROM issue_event"):
        with pytest.raises(Exception, match="append-only"):
            store.connection.execute(statement)


def test_hold_in_the_middle_stops_the_rest(store: Store, config: Config, sink: Sink, clock: Clock) -> None:
    """An editor who holds a running issue keeps back what has not gone."""
    sending.send_issue(store, config, only=ADA)
    sink.faults["rcpt"] = "451 later"
    sending.send_issue(store, config, ISSUE)
    issues.hold(store, ISSUE, who="ed", reason="wrong headline")
    sink.faults.clear()
    clock.forward(hours=2)
    tick(store, config)
    assert (len(sink.mails), states(store)) == (1, {"ada": "sent", "bo": "held"})
    issues.release(store, ISSUE, who="ed")
    tick(store, config)
    assert states(store) == {"ada": "sent", "bo": "sent"}


# ------------------------------------------------------------------ two senders, no disk, bad readers


def test_second_sender_is_turned_away(store: Store, config: Config) -> None:
    """While one process sends, another does nothing and names it."""
    from aggregator import lock

    with lock.hold(store.path), pytest.raises(LockedError, match="pid"):
        sending.send_issue(store, config)
    assert lock.holder(store.path) is None


def test_without_the_lock_the_claim_alone_holds(store: Store, config: Config, sink: Sink) -> None:
    """Two senders that both believe to be alone give each reader one mail."""
    issues.make_mails(store, config, issues.draft_due(store, config) or ISSUE)
    book = sending_guard.guard(store)

    def work() -> None:
        with Store(store.path) as other:
            sending_round.deliver(other, config, book)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(recipient for _, recipient, _ in sink.mails) == [ADA, "bo@paths.example"]


def test_full_disk_keeps_the_mail_waiting(
    store: Store, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outbox or a journal that cannot be written sends nothing and loses nothing."""
    tick(store, settings())  # a first start signs the journal
    in_doubt(store)
    sending.resolve(store, ISSUE, ADA, delivered=False, who="ed", reason="once more")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(send_outbox, "sync_folder", full)
    clock.forward(minutes=1)
    report = tick(store, settings())
    assert report.later == 1 and "No space left" in report.notes[0]
    monkeypatch.undo()
    monkeypatch.setattr(pipeline, "now", clock)
    clock.forward(minutes=2)
    assert tick(store, settings()).sent == 1


def test_reader_whose_mail_cannot_be_made_stops_nobody(store: Store, sink: Sink) -> None:
    """An address that cannot stand in a header is told; the others get theirs."""
    config = settings(ADA, "a..b@@x", port=sink.port)  # type: ignore[attr-defined]
    report = tick(store, config)
    assert report.sent == 1
    assert any("a..b@@x" in note for note in report.notes)


def test_stop_finishes_the_mail_in_flight(store: Store, config: Config, sink: Sink) -> None:
    """Asked to stop, it ends between two mails and goes on where it was."""
    report = sending.ensure_due(store, config, stop=lambda: bool(sink.mails))
    assert (report.sent, sorted(states(store).values())) == (1, ["pending", "sent"])
    assert tick(store, config).sent == 1


# ------------------------------------------------------------------ headers for leaving


@pytest.mark.parametrize("base", [None, "http://cuttings.example", "https://cuttings.example"])
def test_unsubscribe_headers(store: Store, clock: Clock, base: str | None) -> None:
    """One click is offered over https only; the header is never folded inside a url."""
    config = settings("a" * 200 + "@paths.example", public_base_url=base)
    tick(store, config)
    (row,) = store.deliveries.of_issue(ISSUE)
    body = store.deliveries.body(row["id"])
    head = body.split(b"\r\n\r\n")[0]
    value = head.split(b"\r\nList-Unsubscribe: ")[1].split(b"\r\nAuto")[0]
    assert b"=?" not in value
    assert (b"<https://cuttings.example/unsubscribe/" in value) == (base == "https://cuttings.example")
    assert (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head) == (base == "https://cuttings.example")
    message = message_from_bytes(body, policy=policy.default)
    urls = [part.strip(" <>\r\n") for part in str(message["List-Unsubscribe"]).split(",")]
    assert urls[-1].startswith("mailto:")
    assert max(map(len, head.split(b"\r\n"))) < 998
    text = body.decode("ascii")
    assert ("View in browser" in text) == (base is not None)


def test_message_ids_are_for_ever() -> None:
    """The same issue and reader have the same Message-ID, whatever the day."""
    assert mail.message_id("2026-W46", ADA, "x.example") == mail.message_id("2026-W46", ADA, "x.example")


def test_smtplib_offers_what_we_use() -> None:
    """The phases are the standard library's own methods."""
    assert all(hasattr(smtplib.SMTP, name) for name in ("mail", "rcpt", "docmd", "getreply", "send"))
