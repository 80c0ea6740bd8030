"""The machine under the sender: killed processes, disks that fill, archives that are restored, copied or damaged.

Real commands and a real server on loopback wherever a process or a disk is what matters.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from sending_kit import SEND, Clock, article, put, settings
from sink import Host
from test_kill import bench

from aggregator import doctor as examination
from aggregator import issues, journal, operations, pipeline, sending, sending_guard, sending_round
from aggregator.config import Config
from aggregator.errors import SendError
from aggregator.journal import Journal
from aggregator.store import Store
from aggregator.store.care import Finding

ISSUE = "2026-W46"
ADA, BO = "ada@paths.example", "bo@paths.example"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (pipeline, operations, examination):
        monkeypatch.setattr(module, "now", made)
    return made


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host("SIZE 0")
    yield made
    made.close()


@pytest.fixture
def config(host: Host) -> Config:
    return settings(ADA, BO, port=host.port)


@pytest.fixture
def store(tmp_path: Path, clock: Clock, config: Config) -> Iterator[Store]:
    """An archive whose mails are made and wait."""
    with Store(tmp_path / "a.db") as opened:
        sending.ensure_due(opened, config)
        put(opened, tmp_path / "in", [article(1, clock.at)])
        clock.at = SEND
        issues.draft_due(opened, config)
        sending_guard.guard(opened)
        issues.make_mails(opened, config, ISSUE)
        yield opened


def states(store: Store) -> dict[str, str]:
    return {row["recipient"].split("@")[0]: row["state"] for row in store.deliveries.of_issue(ISSUE)}


# ------------------------------------------------------------------ killed


@pytest.mark.parametrize(
    ("written", "after"),
    [((), "pending"), (("text",), "unknown"), (("text", "accepted"), "sent"), (("again",), "pending")],
)
def test_what_a_killed_process_was_at(
    store: Store, config: Config, host: Host, clock: Clock, written: tuple[str, ...], after: str
) -> None:
    """The journal tells: what had not begun goes again by itself, what had an answer is sent, the rest is doubt."""
    row = store.deliveries.of_issue(ISSUE)[0]
    assert store.deliveries.claim(row["id"], "dead:1", clock.at)
    for act in written:
        Journal(journal.path_for(store.path)).write(act, row["message_id"], issue=ISSUE, at="")  # type: ignore[arg-type]
    sending.ensure_due(store, config)
    assert states(store) == {"ada": after, "bo": "sent"}
    clock.forward(minutes=1)
    sending.ensure_due(store, config)
    assert Counter(to for to, _ in host.mails) == Counter([BO] + [ADA] * (after == "pending"))


def test_a_journal_that_is_not_ours_proves_nothing(store: Store, config: Config, clock: Clock) -> None:
    """Where the journal was lost, its silence says nothing about a mail that a killed process was at."""
    row = store.deliveries.of_issue(ISSUE)[0]
    assert store.deliveries.claim(row["id"], "dead:1", clock.at)
    journal.path_for(store.path).unlink()
    with pytest.raises(SendError, match="no send journal"):
        sending.ensure_due(store, config)
    assert states(store) == {"ada": "unknown", "bo": "held"}


def test_a_journal_from_before_the_kill_proves_nothing(store: Store, config: Config, host: Host, clock: Clock) -> None:
    """An older copy of the journal, or one whose damaged line was taken out, does not send again what had begun."""
    book = Journal(journal.path_for(store.path))
    before, row = book.path.read_bytes(), store.deliveries.of_issue(ISSUE)[0]
    assert store.deliveries.claim(row["id"], "dead:1", clock.at)
    book.write("text", row["message_id"], issue=ISSUE, at="")
    assert store.deliveries.still_claimed(row["id"], "dead:1")
    book.path.write_bytes(before)
    sending.ensure_due(store, config)
    assert states(store) == {"ada": "unknown", "bo": "sent"}
    assert [to for to, _ in host.mails] == [BO]


def test_a_refusal_outlives_the_kill(store: Store, config: Config, clock: Clock) -> None:
    """What the server refused before the process ended is certainly not out, whatever had begun."""
    row = store.deliveries.of_issue(ISSUE)[0]
    assert store.deliveries.claim(row["id"], "dead:1", clock.at)
    book = Journal(journal.path_for(store.path))
    book.write("text", row["message_id"], issue=ISSUE, at="")
    assert store.deliveries.still_claimed(row["id"], "dead:1")
    book.write("refused", row["message_id"], issue=ISSUE, at="")
    sending_guard.guard(store)
    assert states(store)["ada"] == "pending"


def test_a_mail_that_kills_its_sender_keeps_nobody_waiting(store: Store, config: Config, clock: Clock) -> None:
    """It waits longer each time, and the others go first."""
    ada = store.deliveries.of_issue(ISSUE)[0]
    waits = []
    for _ in range(4):
        assert store.deliveries.claim(ada["id"], "dead:1", clock.at)
        sending_guard.guard(store)
        again = store.deliveries.of_issue(ISSUE)[0]["next_attempt_at"]
        waits.append(dt.datetime.fromisoformat(again) - clock.at)
        clock.at = dt.datetime.fromisoformat(again)
    assert waits == [dt.timedelta(minutes=n) for n in (1, 5, 15, 60)]
    assert [row["recipient"] for row in store.deliveries.due(clock.at)] == [BO, ADA]


@pytest.mark.parametrize(("where", "goes"), [("before-journal", 0), ("journal", 1)])
def test_a_process_that_was_thought_dead(
    store: Store, config: Config, host: Host, clock: Clock, monkeypatch: pytest.MonkeyPatch, where: str, goes: int
) -> None:
    """With the lock out of force, a mail that another process settled meanwhile does not go from here as well."""
    real, done = sending_round.point, list[str]()

    def stopped(name: str) -> None:
        if name == where and not done:
            done.append(name)
            with Store(store.path) as other:
                sending_guard.guard(other)
        real(name)

    monkeypatch.setattr(sending_round, "point", stopped)
    sending.send_issue(store, config, ISSUE, only=ADA)
    assert (done, [to for to, _ in host.mails]) == ([where], [ADA] * goes)
    assert states(store)["ada"] == ("sent" if goes else "pending")


def test_killed_at_the_first_signature(tmp_path: Path, clock: Clock, config: Config, host: Host) -> None:
    """A first start that was killed between journal and archive is no restored archive."""
    Journal(journal.path_for(tmp_path / "a.db")).begin("of the killed one", "")
    with Store(tmp_path / "a.db") as store:
        sending.ensure_due(store, config)
        put(store, tmp_path / "in", [article(1, clock.at)])
        clock.at = SEND
        assert sending.ensure_due(store, config).sent == 2


def test_a_line_that_could_not_be_made_safe_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal line that failed on its way to the disk would look like a mail that the archive forgot."""
    book = Journal(tmp_path / "a.db.sent.ndjson")
    book.write("text", "<1@x>", issue=ISSUE, at="")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(journal.os, "fsync", full)
        with pytest.raises(SendError, match="No space left"):
            book.write("text", "<2@x>", issue=ISSUE, at="")
    assert set(book.entries()) == {"<1@x>"}
    book.write("accepted", "<1@x>", issue=ISSUE, at="")
    assert book.entries()["<1@x>"].act == "accepted"


# ------------------------------------------------------------------ disks that fill


def test_disk_that_fills_while_sending() -> None:
    """Wherever the disk fills: one clear message, nothing twice, and with room again everything goes."""
    steps = bench("full_disk_send").campaign(5)
    assert {step.exit for step in steps} <= {0, 1}
    assert any(step.exit for step in steps)
    for step in steps:
        assert "Traceback" not in step.said
        assert step.exit == 0 or any(word in step.said for word in ("full", "space", "limits")), step.said
        assert (step.duplicates, step.lost) == (0, 0), step
        assert sum(step.states.values()) == 6


def test_journal_without_room(
    store: Store, config: Config, host: Host, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No mail goes that the journal could not have first; it is told, and a minute later everything goes."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "sync_folder", full)
        report = sending.ensure_due(store, config)
    assert (report.sent, report.later, len(host.mails)) == (0, 1, 0)
    assert "No space left" in report.notes[0] and "nothing is sent" in report.notes[0]
    assert set(states(store).values()) == {"pending"}
    clock.forward(minutes=1)
    assert sending.ensure_due(store, config).sent == 2


def test_refusal_that_the_journal_could_not_have(
    store: Store, config: Config, host: Host, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turned away for now and no room to note it: a person decides, and the archive is not taken for a restored one."""
    host.manners["taken"] = "451 later"
    real = Journal.write

    def full(self: Journal, act: str, *arguments: object, **more: object) -> None:
        if act == "refused":
            raise SendError("the send journal cannot be written: No space left on device")
        real(self, act, *arguments, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "write", full)
        sending.ensure_due(store, config)
    assert states(store) == {"ada": "unknown", "bo": "pending"}
    assert "451 later; not sent" in store.deliveries.of_issue(ISSUE)[0]["answer"]
    host.manners.clear()
    clock.forward(minutes=1)
    assert sending.ensure_due(store, config).sent == 1


# ------------------------------------------------------------------ real commands


class Place:
    """A folder with an archive, settings, and a server."""

    def __init__(self, folder: Path, host: Host) -> None:
        self.folder = folder
        self.db = folder / "a.db"
        self.host = host
        self.configure(ADA, BO)

    def configure(self, *addresses: str, **smtp: object) -> None:
        people = "\n".join(f"[[recipients]]\naddress = {json.dumps(address)}" for address in addresses)
        server = {"host": "127.0.0.1", "port": self.host.port, "security": "plain"} | smtp
        lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in server.items())
        text = f'[digest]\nsender = "cuttings@paths.example"\n[smtp]\n{lines}\n{people}\n'
        (self.folder / "cuttings.toml").write_text(text)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "run.py"), "--db", str(self.db), *arguments],
            cwd=self.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def ingest(self, *documents: bytes) -> None:
        with Store(self.db) as store:
            put(store, self.folder / "in", documents)

    def ledger(self) -> dict[str, str]:
        with Store(self.db) as store:
            return {row["recipient"]: row["state"] for row in store.deliveries.in_state(*STATES)}


STATES = ("pending", "sending", "sent", "failed", "unknown", "held")


@pytest.fixture
def place(tmp_path: Path, host: Host) -> Place:
    made = Place(tmp_path, host)
    made.ingest(article(1, dt.datetime.now(dt.UTC)))
    return made


def test_shown_stored_and_sent_are_one(place: Place) -> None:
    """`digest show` gives the same bytes each time, those of the archive, and those the server got; lines are short."""
    assert place.run("digest", "send").returncode == 0
    with Store(place.db) as store:
        (issue,) = (row["id"] for row in store.issues.all())
        stored = {row["recipient"]: store.deliveries.body(row["id"]) for row in store.deliveries.of_issue(issue)}
    for address in (ADA, BO):
        for folder in ("first", "second"):
            place.run("digest", "show", "--issue", issue, "--to", address, "--out", folder)
            shown = (place.folder / folder / "digest.eml").read_bytes()
            assert shown == stored[address] == dict(place.host.mails)[address]
        assert max(map(len, shown.split(b"\r\n"))) <= 78 and shown.isascii()


def test_a_server_that_is_away_is_no_success(place: Place) -> None:
    """`digest send` ends with 1 while its mails wait for the server, and the list says so in the export's names."""
    place.host.close()
    done = place.run("digest", "send")
    assert done.returncode == 1 and "mails wait for the mail server" in done.stderr, done.stderr
    (issue,) = (json.loads(line) for line in place.run("digest", "list", "--json").stdout.splitlines())
    assert issue["from"] < issue["until"] and issue["late"] is False and issue["pending_count"] == 2
    mails = [json.loads(line) for line in place.run("digest", "list", issue["issue"], "--json").stdout.splitlines()]
    assert [(mail["issue"], mail["recipient"]) for mail in mails] == [(issue["issue"], ADA), (issue["issue"], BO)]


def test_restored_backup_by_command(place: Place) -> None:
    """Yesterday's backup put back after a sending: no mail, doctor names the journal, and adoption sends none again."""
    assert place.run("backup").returncode == 0
    assert place.run("digest", "send").returncode == 0
    assert len(place.host.mails) == 2
    assert place.run("restore").returncode == 0
    for _ in range(2):
        done = place.run("digest", "send")
        assert done.returncode == 1 and "sending is off" in done.stderr, done.stderr
    done = place.run("doctor")
    assert done.returncode == 1 and str(journal.path_for(place.db)) in done.stdout, done.stdout
    assert place.run("digest", "release", "--adopt").returncode == 0
    place.run("digest", "send")
    assert Counter(to for to, _ in place.host.mails) == Counter([ADA, BO])


def test_clone_by_command(place: Place, tmp_path: Path) -> None:
    """The folder copied elsewhere, journal and all, sends nothing, and doctor says why."""
    assert place.run("digest", "send", "--to", ADA).returncode == 0
    copy = Place(tmp_path / "copy" if shutil.copytree(place.folder, tmp_path / "copy") else tmp_path, place.host)
    done = copy.run("digest", "send")
    assert done.returncode == 1 and "another place" in done.stderr
    done = copy.run("doctor")
    assert done.returncode == 1 and "another place" in done.stdout
    assert [to for to, _ in place.host.mails] == [ADA]
    place.run("digest", "send")
    assert Counter(to for to, _ in place.host.mails) == Counter([ADA, BO])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("eve\r\nBcc: all@paths.example@x", "no mail address"),
        ("eve@münchen.example", "ASCII"),
        ("not an address", "no mail address"),
        ("", "no mail address"),
    ],
    ids=["line break", "beyond ASCII", "no address", "empty"],
)
def test_reader_who_cannot_be_written_to(place: Place, bad: str, said: str) -> None:
    """One clear line, the others served, and it stays in the ledger until the address is mended."""
    place.configure(ADA, bad, BO)
    done = place.run("digest", "send")
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr
    assert Counter(to for to, _ in place.host.mails) == Counter([ADA, BO])
    assert not [command for command in place.host.said if "Bcc" in command]
    assert Counter(place.ledger().values()) == Counter({"sent": 2, "failed": 1})
    assert "deliveries" in place.run("doctor").stdout
    place.configure(ADA, "eve@paths.example", BO)
    with Store(place.db) as store:
        (issue,) = (row["id"] for row in store.issues.all())
    assert place.run("digest", "send", "--issue", issue).returncode == 0
    assert Counter(to for to, _ in place.host.mails) == Counter([ADA, BO, "eve@paths.example"])


def test_address_the_server_refuses(place: Place) -> None:
    """Refused for good: said with the server's words, the others served, never tried again by itself."""
    place.host.manners["first"] = "550 5.1.1 no such person"
    place.host.known = {BO}
    done = place.run("digest", "send")
    assert done.returncode == 1 and "no such person" in done.stderr
    assert place.ledger() == {ADA: "failed", BO: "sent"}
    place.run("schedule", "--once")
    assert [to for to, _ in place.host.mails] == [BO]
    with Store(place.db) as store:
        (issue,) = (row["id"] for row in store.issues.all())
    assert place.run("digest", "resolve", issue, ADA, "--resend", "--reason", "she is back").returncode == 0
    place.run("digest", "send", "--issue", issue)
    assert [to for to, _ in place.host.mails] == [BO, ADA]


def test_service_without_a_server_says_so(place: Place) -> None:
    """A server that does not answer: exit 1 with the reason, everything waits, and goes when it is back."""
    place.host.close()
    done = place.run("digest", "send")
    assert done.returncode == 0 or "refused" in done.stderr
    assert "not now" in done.stderr and set(place.ledger().values()) == {"pending"}
    place.host = Host()
    place.configure(ADA, BO)
    assert place.run("digest", "send").returncode == 0
    assert Counter(to for to, _ in place.host.mails) == Counter([ADA, BO])
    place.host.close()


# ------------------------------------------------------------------ doctor


def told(store: Store, name: str) -> Finding:
    return next(finding for finding in examination.doctor(store.path) if finding.name == name)


def test_doctor_finds_what_is_overdue_held_or_missing(store: Store, config: Config, host: Host, clock: Clock) -> None:
    """A server away for hours, an issue held, a service that drafts nothing: each is a finding."""
    host.manners["first"] = "451 later"
    host.known.clear()
    sending.ensure_due(store, config)
    assert told(store, "issues").ok
    clock.forward(hours=7)
    finding = told(store, "issues")
    assert not finding.ok and f"{ISSUE} was due" in finding.detail and "2 mails wait" in finding.detail
    issues.hold(store, ISSUE, who="ed", reason="the chair's quote")
    assert "held: the chair's quote" in told(store, "issues").detail
    issues.release(store, ISSUE, who="ed")
    assert sending.ensure_due(store, config).sent == 2
    assert told(store, "issues").ok
    store.meta.set("heartbeat", pipeline.stamp())
    clock.forward(days=7, hours=1)
    assert "no issue since" in told(store, "issues").detail


def test_doctor_tells_of_an_archive_that_is_bound_to_no_place(tmp_path: Path, config: Config) -> None:
    """Before the first sending a copy could send as well as this archive; that is told, and is no fault."""
    with Store(tmp_path / "new" / "a.db") as fresh:
        assert told(fresh, "sending").ok
        assert "not bound to this machine yet: the first sending binds it" in told(fresh, "sending").detail
        sending.ensure_due(fresh, config)
        assert told(fresh, "sending").ok
        assert told(fresh, "sending").detail == "this archive may send"


def test_failed_mails_are_no_finding_for_ever(store: Store, config: Config, host: Host, clock: Clock) -> None:
    """An alarm that nobody can end is soon not read; doubt stays one until it is settled."""
    host.manners["first"] = "550 gone"
    sending.ensure_due(store, config)
    assert told(store, "deliveries").detail == "2 failed"
    clock.forward(days=15)
    assert told(store, "deliveries").ok


# ------------------------------------------------------------------ what comes in, and templates


def test_headline_of_100_kilobytes(place: Place) -> None:
    """A monstrous headline keeps neither the mail from its limit nor the other news from everybody."""
    monster = article(2, dt.datetime.now(dt.UTC), "monstrous " * 10_000)
    place.ingest(monster, article(3, dt.datetime.now(dt.UTC)))
    assert place.run("digest", "send").returncode == 0
    assert len(place.host.mails) == 2
    assert all(len(body) < 90_000 for _, body in place.host.mails)
    assert all(b"Report 3" in body and body.count(b"monstrous") < 100 for _, body in place.host.mails)


def test_template_with_an_undefined_name(place: Place, tmp_path: Path) -> None:
    """A template that names what is not there: one message, nothing sent and nothing lost; mended, it goes."""
    code = tmp_path / "code"
    for name in ("aggregator", "parsers", "templates", "data"):
        shutil.copytree(ROOT / name, code / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "run.py", code)
    template = code / "templates" / "digest.txt"
    good = template.read_text()
    template.write_text(good + "{{ no_such_name.at_all }}")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(code / "run.py"), "--db", str(place.db), *arguments],
            cwd=place.folder, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"},
        )  # fmt: skip

    done = run("digest", "send")
    assert done.returncode == 1 and "no_such_name" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert (place.host.mails, place.ledger()) == ([], {})
    template.write_text(good)
    done = run("digest", "send")
    assert done.returncode == 0, done.stderr
    assert Counter(to for to, _ in place.host.mails) == Counter([ADA, BO])
