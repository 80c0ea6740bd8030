"""The service: a clock that asks once a minute what is due.

Which error is worse: a missed issue is noticed late, so nothing here decides by itself whether it was missed.
The truth is in the archive; APScheduler is only the clock, and every tick asks the same idempotent question.
Its defaults lose jobs (a run more than one second late is dropped), so all three are set; a tick that fails is
written down and the next one runs.

One service at a time: the lock is held for its whole life, and `deliver` claims each mail besides.
SIGTERM and SIGINT end it after the mail in flight.
"""

from __future__ import annotations

import datetime as dt
import signal
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from aggregator import issues, lock, pipeline, sending, weeks
from aggregator.config import Config
from aggregator.errors import CuttingsError, StoreError
from aggregator.sending_round import SendReport
from aggregator.store import Store
from aggregator.store.connect import may_write, trouble
from aggregator.times import parse_utc

EVERY = 60  # seconds
BEAT = dt.timedelta(seconds=30)

Say = Callable[[str], None]


def run(db: Path, config: Config, *, once: bool = False, say: Say = print, stop: threading.Event | None = None) -> None:
    """Hold the lock and tick until told to stop.

    Raises `LockedError` where another service runs, `CuttingsError` where the archive cannot be opened at all.
    """
    stop = stop or threading.Event()
    with lock.hold(db):
        with Store(db) as store:  # a wrong path or a damaged file is told now, not every minute
            coming = _next(store, config)
        if not may_write(db):
            raise StoreError(f"{db}: the archive cannot be written; check the rights of the file and its folder")
        if once:
            tick(db, config, say, stop)
            return
        _listen(stop)
        clock = _clock(db, config, say, stop)
        say(f"running; {coming}. Ctrl-C ends it after the mail in flight")
        try:
            while not stop.wait(1):
                if not _alive(clock):
                    raise CuttingsError("the clock of the service has died; start it again (systemd does by itself)")
        finally:
            stop.set()
            clock.shutdown(wait=True)
        say("stopped")


def tick(db: Path, config: Config, say: Say, stop: threading.Event) -> SendReport | None:
    """Everything that is due now; what goes wrong is told and written down, and never ends the service."""
    try:
        with Store(db) as store:

            def asked() -> bool:
                _beat(store)  # between any two sources or mails: many take longer than a service may be silent
                return stop.is_set()

            asked()
            _poll(store, config, say, asked)
            if stop.is_set():
                return None
            report = sending.ensure_due(store, config, stop=asked)
            _beat(store)
    except Exception as exc:  # noqa: BLE001 - the next tick must run whatever this one met
        known = str(exc) if isinstance(exc, CuttingsError) else trouble(exc)
        say(f"{pipeline.stamp()} {known}" if known else traceback.format_exc())
        return None
    if report.sent or report.notes:
        say(f"{pipeline.stamp()} {report.sent} sent, {report.failed} failed, {report.unknown} in doubt")
    for note in report.notes:
        say(note)
    return report


def _beat(store: Store) -> None:
    """A sign of life, each half minute at most."""
    last = parse_utc(store.meta.get("heartbeat"))
    if last is None or not last <= pipeline.now() < last + BEAT:
        store.meta.set("heartbeat", pipeline.stamp())


def _poll(store: Store, config: Config, say: Say, asked: Callable[[], bool]) -> None:
    """Ask the sources that are due; what goes wrong there never delays the mail."""
    try:
        pipeline.fetch_due(store, config, pipeline.now(), stop=asked)
    except Exception as exc:  # noqa: BLE001 - as above
        say(f"{pipeline.stamp()} sources: {exc}" if isinstance(exc, CuttingsError) else traceback.format_exc())


def _clock(db: Path, config: Config, say: Say, stop: threading.Event) -> Any:
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.interval import IntervalTrigger

    clock = BackgroundScheduler(timezone=dt.UTC)
    clock.add_job(
        tick,
        IntervalTrigger(seconds=EVERY, timezone=dt.UTC),
        args=(db, config, say, stop),
        next_run_time=dt.datetime.now(dt.UTC),
        misfire_grace_time=None,  # never too late to look
        coalesce=True,
        max_instances=1,
    )
    clock.start()
    return clock


def _alive(clock: Any) -> bool:
    thread = getattr(clock, "_thread", None)
    return thread is None or thread.is_alive()


def _listen(stop: threading.Event) -> None:
    """End on SIGTERM and SIGINT; the mail in flight is finished first."""

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)


def _next(store: Store, config: Config) -> str:
    """Which issue goes out next, and when."""
    window = issues.coming(store, config)
    row = store.issues.find(window.issue)
    goes = (parse_utc(row["send_at"]) if row else None) or weeks.send_time(window.until_at, config)
    closes, zone = "closed" if window.until_at <= pipeline.now() else "closes", config.zone
    return (
        f"{window.issue} {closes} {window.until_at.astimezone(zone):%a %d %b %H:%M} and goes out "
        f"{goes.astimezone(zone):%a %d %b %H:%M} ({config.digest.timezone})"
    )
