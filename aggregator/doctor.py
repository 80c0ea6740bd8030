"""What a keeper should know about an installation: each finding in plain words, with what to do where it is not well.

Which error is worse: a fault that nobody hears of is worse than a finding that can wait.
So what cannot be looked into is a finding too, and all findings come as one list, for a person or for monitoring.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator import mail, operations
from aggregator.doctor_sources import sources
from aggregator.errors import ConfigError, SendError, StoreError, StoreVersionError
from aggregator.journal import path_for as journal_path
from aggregator.pipeline import now
from aggregator.store import Store, header
from aggregator.store.care import Finding
from aggregator.store.connect import Error as StoreUnreadable
from aggregator.store.connect import may_write
from aggregator.times import parse_utc
from aggregator.units import size

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.config import Config

HEARTBEAT_AGE = dt.timedelta(minutes=5)
#: An issue that has not gone so long after its hour is a finding.
OVERDUE, A_WEEK = dt.timedelta(hours=6), dt.timedelta(days=7)
#: Mails that failed are a finding for so long: whether the address still fails, the next issue shows.
FAILED_FOR = dt.timedelta(days=14)
#: Room for a backup that is being made, and for what an import brings, beside a fixed least.
LEAST_FREE, COPIES_FREE = 500 << 20, 2
POOR = 0.8  # share of right likely links below which a position is named


def doctor(db: Path, read: Callable[[], Config] | None = None) -> list[Finding]:
    """Everything worth knowing about an installation; all is well when every finding is ok.

    `read` gives the settings, which know sources that nobody has asked yet.
    """
    if not db.exists():
        return [
            Finding(
                name="archive",
                ok=False,
                detail=f"{db}: there is no archive",
                advice="--db names another one; run.py ingest makes one, run.py restore brings back a backup",
            )
        ]
    findings = []
    last = None
    try:
        with Store(db) as store:
            findings += [*store.care.check(), *_rights(db)]
            asked = partial(_sources, read=read)
            # What a damaged file cannot answer was found above; the rest is still worth telling.
            for question in (_runs, _heartbeat, asked, _sending, _issues, _deliveries, _links, _learning):
                with contextlib.suppress(StoreUnreadable):
                    findings.append(question(store))
            with contextlib.suppress(StoreUnreadable):
                last = store.care.meta(operations.LAST)
    except StoreError as exc:
        findings.append(_unopened(exc))
    return [*findings, _disk(db), _backup_age(db, last)]


def _sources(store: Store, read: Callable[[], Config] | None) -> Finding:
    try:
        config = read() if read else None
    except ConfigError:  # told by `settings`
        config = None
    return sources(store, config.sources if config else None)


def settings(read: Callable[[], Config], file: Path | None = None) -> Finding:
    """Whether the settings of a file can be used, and what they leave undone without a word elsewhere."""
    from aggregator.config import place

    where = ""
    try:
        config = read()
        for n, recipient in enumerate(config.recipients):
            where = place(file, ("recipients", n, "address"))
            mail.checked_address(recipient.name, recipient.address)
    except ConfigError as exc:
        return Finding(name="settings", ok=False, detail=f"{where}{exc}", advice="docs/settings.md has every setting")
    silent = "" if config.organisation.spokespeople else "; [[organisation.spokespeople]] names nobody to quote"
    return Finding(name="settings", ok=True, detail=f"understood{silent}")


def _unopened(exc: StoreError) -> Finding:
    newer = isinstance(exc, StoreVersionError)
    advice = (
        "upgrade this installation"
        if newer
        else "check the name after --db; if the file is damaged, run.py restore brings back a backup"
    )
    return Finding(name="archive", ok=False, detail=str(exc), advice=advice)


def _rights(db: Path) -> list[Finding]:
    """A finding where this process may not write: then nothing is taken in, decided or sent."""
    if may_write(db):
        return []
    return [
        Finding(
            name="rights",
            ok=False,
            detail=f"{db}: the archive cannot be written",
            advice="check the rights of the file and its folder, and whether the disk is mounted read-only",
        )
    ]


def _runs(store: Store) -> Finding:
    open_runs = store.care.unfinished_runs()
    return Finding(
        name="runs",
        ok=True,
        detail=f"{open_runs} did not end (killed, or still at work)" if open_runs else "all ended",
    )


def _heartbeat(store: Store) -> Finding:
    beat = parse_utc(store.care.meta("heartbeat"))
    if beat is None:
        return Finding(name="service", ok=True, detail="the schedule has never run here")
    age = now() - beat
    ok = age < HEARTBEAT_AGE
    return Finding(
        name="service",
        ok=ok,
        detail=f"last sign of life {beat:%Y-%m-%d %H:%M} UTC",
        advice="" if ok else "start it again: run.py schedule (or systemctl restart cuttings)",
    )


def _sending(store: Store) -> Finding:
    """Whether this archive may send: a restored, copied or moved one may not until somebody says so."""
    from aggregator.sending_guard import is_bound, why_off  # with the templates behind it, which a backup does not need

    journal = journal_path(store.path)
    if not may_write(store.path):
        advice = "check the rights of the file and its folder; nothing goes out before that is settled"
        return Finding(name="sending", ok=False, detail="off: the archive cannot be written", advice=advice)
    try:
        reason = why_off(store)
    except SendError as exc:
        return Finding(name="sending", ok=False, detail=str(exc), advice="nothing goes out before that is settled")
    return Finding(
        name="sending",
        ok=reason is None,
        detail=f"off: {reason} (send journal: {journal})"
        if reason
        else "this archive may send"
        if is_bound(store)
        else "this archive may send; not bound to this machine yet: the first sending binds it",
        advice="if it is the one that sends from now on: stop the service, run.py digest release --adopt, start it"
        if reason
        else "",
    )


def _issues(store: Store) -> Finding:
    """Issues that a person holds up, that are overdue, or that never came."""
    found = [f"{row['id']} is held: {row['note'] or 'no reason given'}" for row in store.issues.in_state("held")]
    for row in store.issues.in_state("draft", "released", "sending"):
        hour = parse_utc(row["send_at"])
        if hour and now() - hour > OVERDUE:
            waiting = store.deliveries.counts(row["id"]).get("pending", 0)
            mails = "mail waits" if waiting == 1 else "mails wait"
            found.append(f"{row['id']} was due {hour:%Y-%m-%d %H:%M} UTC; {waiting} {mails}")
    last = max((row["send_at"] for row in store.issues.all(1)), default=store.meta.get("schedule_since"))
    newest = parse_utc(last)
    if store.meta.get("heartbeat") and newest and now() - newest > A_WEEK + OVERDUE:
        found.append(f"no issue since {newest:%Y-%m-%d}")
    return Finding(
        name="issues",
        ok=not found,
        detail="; ".join(found) or "none is held or overdue",
        advice="run.py digest list shows them; digest release, digest skip and digest send settle them"
        if found
        else "",
    )


def _deliveries(store: Store) -> Finding:
    """Mails that wait for a person; what failed long ago is told by the issues since."""
    counts = store.deliveries.states(now() - FAILED_FOR)
    waiting = {state: n for state, n in counts.items() if state in ("unknown", "held", "failed")}
    detail = ", ".join(f"{n} {state}" for state, n in sorted(waiting.items()))
    return Finding(
        name="deliveries",
        ok=not waiting,
        detail=detail or "nothing waits for a person",
        advice="run.py digest list shows them; digest resolve and digest release settle them" if waiting else "",
    )


def _links(store: Store) -> Finding:
    """What likely links are worth by the team's decisions, overall and where a position does worse."""
    state = store.words.state()
    worst = sorted(
        (promise.bound, promise.text, key) for key, promise in state.by_position.items() if promise.bound is not None
    )
    poor = [f"position {key}: {text}" for bound, text, key in worst if bound < POOR]
    overall = state.promise.text if state.promise else "No decisions yet."
    return Finding(
        name="links",
        ok=not state.problems,
        detail=" ".join([overall, *state.problems, *poor[:3]]),
        advice="correct [linking] of the settings, then run.py link" if state.problems else "",
    )


def _learning(store: Store) -> Finding:
    state = store.words.state()
    refused = "What did not help stays off. " if state.refused else ""
    return Finding(name="learning", ok=True, detail=f"{refused}{state.note}")


def _disk(db: Path) -> Finding:
    free = shutil.disk_usage(db.parent).free
    archive = db.stat().st_size
    ok = free >= max(LEAST_FREE, COPIES_FREE * archive)
    return Finding(
        name="disk",
        ok=ok,
        detail=f"{size(free)} free; the archive takes {size(archive)}",
        advice=""
        if ok
        else f"make room where {db} lies: a backup takes as much as the archive, and a full disk stops imports",
        facts={"free": free, "archive": archive},
    )


def _backup_age(db: Path, last: str | None) -> Finding:
    """How old the latest backup is, and whether it looks whole: beside the archive, or where `last` says it was put.

    Only its first bytes and its size are looked at; `run.py restore --check` proves the whole.
    """
    paths = [path for path in (operations.newest_backup(db), Path(last) if last else None) if path and path.exists()]
    dated = sorted(
        (not operations.is_ahead(taken), taken, path) for path in paths if (taken := operations.taken_at(path))
    )
    advice = "run.py backup now, and each night: data/deploy/cuttings-backup.timer, or cron"
    if not dated:
        return Finding(name="backup", ok=False, detail="there is none", advice=advice)
    real, taken, path = dated[-1]
    detail = f"last one {taken:%Y-%m-%d %H:%M} UTC: {path}"
    fault = _fault(path)
    if not real:
        detail = f"none but one of a time that has not come, {taken:%Y-%m-%d}: {path}"
    elif fault:
        detail = f"{detail}, and it cannot be restored: {fault}"
    ok = real and not fault and now() - taken < operations.BACKUP_AGE
    return Finding(
        name="backup",
        ok=ok,
        detail=detail,
        advice="" if ok else advice,
        facts={"hours": int((now() - taken).total_seconds() // 3600)},
    )


def _fault(path: Path) -> str | None:
    try:
        return header.fault(path)
    except OSError as exc:
        return f"it cannot be read ({exc.strerror})"
