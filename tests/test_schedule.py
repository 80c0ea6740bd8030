"""The service: right every week in every zone, one at a time, alive after whatever a tick meets, and killable."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sending_kit import SEND, Clock, article, put, settings
from sink import Host

from aggregator import doctor, lock, pipeline, polling, schedule, weeks
from aggregator.config import Config
from aggregator.config import Digest as DigestSettings
from aggregator.errors import LockedError
from aggregator.model import SourceReport
from aggregator.send_outbox import Outbox
from aggregator.send_rules import Outcome
from aggregator.sending import SendReport
from aggregator.store import Store

ROOT = Path(__file__).parents[1]
ZONES = sorted(zoneinfo.available_timezones())


# ------------------------------------------------------------------ the calendar


@examples(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.sampled_from(weeks.WEEKDAYS),
    st.sampled_from(["01:30", "02:30", "07:00"]),
    st.integers(2010, 2034),
)
def test_one_issue_each_week_in_every_zone(zone: str, weekday: str, at: str, year: int) -> None:
    """A year of any zone and weekday has one issue a week, none skipped, none twice, week 53 among them."""
    config = Config(digest=msgspec.convert({"timezone": zone, "weekday": weekday, "cutoff": at}, DigestSettings))
    window = weeks.window_at(dt.datetime(year, 1, 1, tzinfo=dt.UTC), config)
    names = []
    for _ in range(54):
        names.append(window.issue)
        assert weeks.last_closed(window.until_at, config) == window
        assert weeks.send_time(window.until_at, config) >= window.until_at
        after = weeks.window_at(window.until_at, config)
        assert (after.from_at, weeks.between(window.until_at, after, config)) == (window.until_at, [])
        window = after
    assert len(set(names)) == len(names)
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("until", "at", "expected"),
    [
        ("2026-11-16T08:00", "10:00", "2026-11-16T10:00"),
        ("2026-11-16T08:00", "07:00", "2026-11-17T07:00"),  # before the cut-off: the day after
        ("2026-07-06T07:00", "10:00", "2026-07-06T09:00"),  # summer time
    ],
)
def test_send_time(until: str, at: str, expected: str) -> None:
    """The mail goes at its hour on the day of the cut-off, else on the next."""
    config = Config(digest=DigestSettings(send_at=at))
    moment = weeks.send_time(dt.datetime.fromisoformat(until + "+00:00"), config)
    assert moment == dt.datetime.fromisoformat(expected + "+00:00")


# ------------------------------------------------------------------ ticks


def tick(db: Path, said: list[str], config: Config | None = None) -> SendReport | None:
    return schedule.tick(db, config or settings(), said.append, threading.Event())


def test_a_tick_leaves_a_sign_of_life_and_sends_what_is_due(clock: Clock, tmp_path: Path) -> None:
    """The heartbeat is the time of the last tick; a due issue goes out."""
    db, said = tmp_path / "a.db", list[str]()
    tick(db, said)
    with Store(db) as store:
        put(store, tmp_path / "in", [article(1, clock.at)])
        assert store.meta.get("heartbeat") == pipeline.stamp()
    clock.at = SEND
    report = tick(db, said)
    assert report is not None and report.sent == 2
    assert any("2 sent" in line for line in said)


def test_a_failing_tick_is_told_and_the_next_one_runs(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a tick meets, a bug among it, the service goes on."""
    db, said = tmp_path / "a.db", list[str]()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(schedule.sending, "ensure_due", broken)
        assert tick(db, said) is None
    assert "RuntimeError: a bug" in said[-1]
    assert tick(db, said) is not None


def test_failing_sources_do_not_delay_the_mail(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Polling that breaks is told, and the tick goes on to the mail."""
    db, said = tmp_path / "a.db", list[str]()

    def broken(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(pipeline, "fetch_due", broken)
    assert tick(db, said) is not None
    assert "no network" in said[0]


def test_asked_to_stop_it_ends_between_two_sources(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long round of polling keeps its sign of life, and ends after the source in hand."""
    db, stop, asked, beats = tmp_path / "a.db", threading.Event(), list[int](), list[str | None]()

    def slow(store: Store, *_: object, **__: object) -> Iterator[SourceReport]:
        for n in range(5):
            clock.forward(minutes=4)
            asked.append(n)
            beats.append(store.meta.get("heartbeat"))
            if n == 2:
                stop.set()
            yield SourceReport(name=f"s{n}")

    monkeypatch.setattr(polling, "poll", slow)
    assert schedule.tick(db, settings(), print, stop) is None
    assert (asked, len(set(beats))) == ([0, 1, 2], 3)


# ------------------------------------------------------------------ one at a time, and stopping


def service(folder: Path) -> subprocess.Popen[str]:
    """A service as a service manager starts it."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "--db", str(folder / "a.db"), "schedule"],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
    )


def test_second_service_says_so_and_sigterm_ends_the_first(tmp_path: Path) -> None:
    """Of two services one runs, the other exits 75 naming it; SIGTERM ends it in order, and the lock is free."""
    first = service(tmp_path)
    assert first.stderr is not None
    line = first.stderr.readline()
    assert line.startswith("running; "), line
    second = service(tmp_path)
    _, said = second.communicate(timeout=30)
    assert second.returncode == 75
    assert f"pid {first.pid}" in said
    with Store(tmp_path / "a.db") as store:
        for _ in range(100):
            if store.meta.get("heartbeat"):
                break
            time.sleep(0.1)
        assert store.meta.get("heartbeat")
    first.send_signal(signal.SIGTERM)
    _, said = first.communicate(timeout=30)
    assert (first.returncode, said.strip().splitlines()[-1]) == (0, "stopped")
    assert lock.holder(tmp_path / "a.db") is None


def test_the_lock_is_free_after_sigkill(tmp_path: Path) -> None:
    """The kernel frees the lock of a process that was killed."""
    code = (
        "import sys, time; from pathlib import Path; from aggregator import lock\n"
        "with lock.hold(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "a.db")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as out:
        assert out.readline() == "held\n"
        with pytest.raises(LockedError, match=str(process.pid)), lock.hold(tmp_path / "a.db"):
            pass
        process.kill()
        process.wait()
    with lock.hold(tmp_path / "a.db"):
        assert lock.holder(tmp_path / "a.db") == os.getpid()


def test_of_many_at_once_one_has_the_lock(tmp_path: Path) -> None:
    """Started in the same moment, exactly one of many gets the lock."""
    won, barrier, done = list[int](), threading.Barrier(20), threading.Event()

    def try_it(n: int) -> None:
        barrier.wait()
        try:
            with lock.hold(tmp_path / "a.db"):
                won.append(n)
                done.wait(5)
        except LockedError:
            pass

    threads = [threading.Thread(target=try_it, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    done.set()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_killed_again_and_again_nobody_gets_a_mail_twice() -> None:
    """SIGKILL at each named point and at random: no duplicate, nothing lost, the rest shown as unknown."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "kill_send.py"), "--kills", "30", "--seed", "3"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| **delivered twice** | 0 |" in done.stdout
    assert "| **lost** | 0 |" in done.stdout


def test_two_services_and_senders_without_the_lock() -> None:
    """Of two started in one moment one runs and the other names it; without the lock the ledger alone holds."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "two_senders.py"), "--rounds", "3", "--seed", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "one refused with 75 3, one runs 3" in done.stdout
    assert "duplicates 0, lost 0" in done.stdout


# ------------------------------------------------------------------ clocks that jump, ticks that fail, a dead thread

#: A service whose clock is the real one, shifted by the seconds in a file, and that ticks five times a second.
SHIFTED = """
import datetime as dt, sys
from pathlib import Path
from aggregator import config, pipeline, schedule
shift = Path(sys.argv[2])
def now():
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=float(shift.read_text()))
pipeline.now = now
schedule.EVERY = 0.2
schedule.run(Path(sys.argv[1]), config.load(Path(sys.argv[3])), say=lambda line: print(line, flush=True))
"""


def shifted(folder: Path, code: str = SHIFTED) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "a.db"), str(folder / "shift"), str(folder / "cuttings.toml")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(seen: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether something came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if seen():
            return True
        time.sleep(0.05)
    return False


def test_suspended_and_set_back(tmp_path: Path) -> None:
    """Stopped over the hour of sending, and then the clock set back two hours: each reader has one mail."""
    host = Host()
    real = dt.datetime.now(dt.UTC)
    tuesday = dt.datetime.combine(real.date() + dt.timedelta(days=(1 - real.weekday()) % 7 + 7), dt.time(9, 55), dt.UTC)

    def clock_at(moment: dt.datetime) -> None:
        (tmp_path / "shift").write_text(str((moment - dt.datetime.now(dt.UTC)).total_seconds()))

    (tmp_path / "cuttings.toml").write_text(
        '[digest]\nsender = "c@paths.example"\nweekday = "tuesday"\ncutoff = "08:00"\nsend_at = "10:00"\n'
        f'timezone = "UTC"\n[smtp]\nhost = "127.0.0.1"\nport = {host.port}\nsecurity = "plain"\n'
        '[[recipients]]\naddress = "ada@paths.example"\n[[recipients]]\naddress = "bo@paths.example"\n'
    )
    clock_at(tuesday - dt.timedelta(days=3))
    process = shifted(tmp_path)
    try:
        with Store(tmp_path / "a.db") as store:
            assert until(lambda: store.meta.get("schedule_since") is not None)
            clock_at(tuesday)
            assert until(lambda: [row["state"] for row in store.issues.all()] == ["draft"])
            process.send_signal(signal.SIGSTOP)
            clock_at(tuesday + dt.timedelta(minutes=10))
            time.sleep(0.5)
            assert host.mails == []
            process.send_signal(signal.SIGCONT)
            assert until(lambda: [row["state"] for row in store.issues.all()] == ["sent"])
            for hours in (-2, 0, 2):
                clock_at(tuesday + dt.timedelta(minutes=11, hours=hours))
                beat = store.meta.get("heartbeat")
                assert until(lambda beat=beat: store.meta.get("heartbeat") != beat)  # type: ignore[misc]
                time.sleep(0.3)
        assert sorted(to for to, _ in host.mails) == ["ada@paths.example", "bo@paths.example"]
    finally:
        process.kill()
        process.communicate()
        host.close()


def test_database_error_in_a_tick(clock: Clock, tmp_path: Path) -> None:
    """An archive that another process keeps locked, or that cannot be opened, costs one tick and is told."""
    db, said = tmp_path / "a.db", list[str]()
    assert tick(db, said) is not None
    db.rename(tmp_path / "away.db")
    db.mkdir()
    assert tick(db, said) is None
    assert str(db) in said[-1] and "Traceback" not in said[-1]
    db.rmdir()
    (tmp_path / "away.db").rename(db)
    assert tick(db, said) is not None


DEAD = SHIFTED.replace(
    "schedule.EVERY = 0.2",
    "import apscheduler.schedulers.background as background\n"
    "def broken(*_): raise RuntimeError('a bug in the clock')\n"
    "background.BackgroundScheduler._process_jobs = broken",
)


def test_dead_clock_ends_the_service_and_doctor_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler whose thread died does not look alive: the process ends, and within five minutes doctor is not ok."""
    (tmp_path / "cuttings.toml").write_text("")
    (tmp_path / "shift").write_text("0")
    with Store(tmp_path / "a.db") as store:
        store.meta.set("heartbeat", pipeline.stamp())
    process = shifted(tmp_path, DEAD)
    try:
        said, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode != 0
    assert "the clock of the service has died" in said
    late = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    monkeypatch.setattr(doctor, "now", lambda: late)
    finding = next(one for one in doctor.doctor(tmp_path / "a.db") if one.name == "service")
    assert not finding.ok and "schedule" in finding.advice


def test_a_long_sending_keeps_its_sign_of_life(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While hundreds of mails go out, the service does not look dead."""
    db, beats = tmp_path / "a.db", list[str | None]()
    tick(db, [])
    with Store(db) as store:
        put(store, tmp_path / "in", [article(1, clock.at)])
    clock.at = SEND
    hand = Outbox.hand

    def slow(self: Outbox, *arguments: object) -> Outcome:
        with Store(db) as other:
            beats.append(other.meta.get("heartbeat"))
        clock.forward(minutes=4)
        return hand(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "hand", slow)
    report = tick(db, [], settings(*(f"r{n}@paths.example" for n in range(4))))
    assert report is not None and report.sent == 4
    assert len(set(beats)) == 4
