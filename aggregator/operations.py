"""What keeps an installation healthy: backups that rotate, a restore that cannot send, and a doctor.

A restored archive starts *held*: what it believes about sent mails may be older than what was sent.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from aggregator.errors import CuttingsError, NotFoundError, SendError
from aggregator.journal import path_for as journal_path
from aggregator.pipeline import now, stamp
from aggregator.store import Store
from aggregator.store.care import Finding, put_in_place, verified
from aggregator.store.connect import Error as StoreUnreadable
from aggregator.times import parse_utc

#: Copies that stay: one a day, one a week, one a month.
KEEP_DAYS, KEEP_WEEKS, KEEP_MONTHS = 7, 5, 12
#: A backup older than this is a finding: a daily one that was missed, with an hour's grace.
BACKUP_AGE = dt.timedelta(hours=25)
HEARTBEAT_AGE = dt.timedelta(minutes=5)
#: An issue that has not gone so long after its hour is a finding.
OVERDUE, A_WEEK = dt.timedelta(hours=6), dt.timedelta(days=7)
#: Mails that failed are a finding for so long: whether the address still fails, the next issue shows.
FAILED_FOR = dt.timedelta(days=14)
#: An unfinished copy older than this will not be finished.
LONGEST_BACKUP = dt.timedelta(hours=6)
LEAST_FREE = 500 << 20  # bytes
POOR = 0.8  # share of right likely links below which a position is named

_NAME = re.compile(r"cuttings-(\d{8}T\d{6})Z\.db")


def backup_folder(db: Path) -> Path:
    """Where backups of an archive lie."""
    return db.with_name(db.name + ".backups")


def backup(store: Store, folder: Path | None = None) -> tuple[Path, dict[str, int]]:
    """A checked copy in the backup folder, older ones thinned out; gives its path and row counts."""
    folder = folder or backup_folder(store.path)
    target = folder / f"cuttings-{now():%Y%m%dT%H%M%S}Z.db"
    counts = store.care.copy_to(target)
    for path in superfluous(folder.glob("cuttings-*.db")):
        path.unlink(missing_ok=True)
    for left in folder.glob("cuttings-*.db.partial*"):  # of a backup that was killed
        if left.stat().st_mtime < now().timestamp() - LONGEST_BACKUP.total_seconds():
            left.unlink(missing_ok=True)
    return target, counts


def superfluous(paths: Iterable[Path]) -> list[Path]:
    """The backups that no day, week or month needs any more; the newest of each stays."""
    dated = sorted(((taken, path) for path in paths if (taken := taken_at(path))), reverse=True)
    kept: set[Path] = set()
    for form, count in (("%Y-%m-%d", KEEP_DAYS), ("%G-W%V", KEEP_WEEKS), ("%Y-%m", KEEP_MONTHS)):
        newest: dict[str, Path] = {}
        for taken, path in dated:
            newest.setdefault(taken.strftime(form), path)
        kept |= set(list(newest.values())[:count])
    return [path for _, path in dated if path not in kept]


def taken_at(path: Path) -> dt.datetime | None:
    """When a backup was taken, from its name."""
    match = _NAME.fullmatch(path.name)
    return dt.datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC) if match else None


def newest_backup(db: Path) -> Path | None:
    """The latest backup of an archive."""
    dated = [(taken, path) for path in backup_folder(db).glob("cuttings-*.db") if (taken := taken_at(path))]
    return max(dated)[1] if dated else None


def restore(
    db: Path, source: Path | None = None, *, check_only: bool = False
) -> tuple[Path, dict[str, int], Path | None]:
    """Put a backup in place of the archive, or with `check_only` prove that it could be.

    Gives the backup, its row counts, and where the archive that was there now lies.
    The restored archive sends nothing until somebody releases it.
    Raises `NotFoundError` where there is no backup, `StoreError` where it is not sound.
    """
    if source is not None and not source.is_file():
        raise NotFoundError(f"{source}: there is no such backup; without a name, the newest one is taken")
    source = source or newest_backup(db)
    if source is None:
        raise NotFoundError(f"there is no backup in {backup_folder(db)}; name one: run.py restore FILE")
    if check_only:
        return source, _proved(source), None
    aside = db.with_name(f"{db.name}.before-{now():%Y%m%dT%H%M%S}")
    was_there = db.exists()
    counts = put_in_place(source, db, aside, {"restored_at": stamp()})
    return source, counts, aside if was_there else None


def _proved(source: Path) -> dict[str, int]:
    """Row counts of a copy of a backup that opened and passed all checks."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(source, copy)
        return verified(copy)


def doctor(db: Path) -> list[Finding]:
    """Everything worth knowing about an installation; all is well when every finding is ok."""
    if not db.exists():
        raise CuttingsError(f"{db}: there is no archive; run.py ingest makes one, --db names another")
    findings = []
    with Store(db) as store:
        findings += store.care.check()
        # What a damaged file cannot answer was found above; the rest is still worth telling.
        for question in (_runs, _heartbeat, _sending, _issues, _deliveries, _links, _learning):
            with contextlib.suppress(StoreUnreadable):
                findings.append(question(store))
    return [*findings, _disk(db), _backup_age(db)]


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
    from aggregator.sending_guard import why_off  # with the templates behind it, which a backup does not need

    journal = journal_path(store.path)
    try:
        reason = why_off(store)
    except SendError as exc:
        return Finding(name="sending", ok=False, detail=str(exc), advice="nothing goes out before that is settled")
    return Finding(
        name="sending",
        ok=reason is None,
        detail=f"off: {reason} (send journal: {journal})" if reason else "this archive may send",
        advice="if it is the one that sends from now on: run.py digest release --adopt" if reason else "",
    )


def _issues(store: Store) -> Finding:
    """Issues that a person holds up, that are overdue, or that never came."""
    found = [f"{row['id']} is held: {row['note'] or 'no reason given'}" for row in store.issues.in_state("held")]
    for row in store.issues.in_state("draft", "released", "sending"):
        hour = parse_utc(row["send_at"])
        if hour and now() - hour > OVERDUE:
            waiting = store.deliveries.counts(row["id"]).get("pending", 0)
            found.append(f"{row['id']} was due {hour:%Y-%m-%d %H:%M} UTC; {waiting} mails wait")
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
    words = len(store.words.learned())
    refused = "What did not help stays off. " if state.refused else ""
    return Finding(name="learning", ok=True, detail=f"{refused}{state.note} {words} learned words.")


def _disk(db: Path) -> Finding:
    free = shutil.disk_usage(db.parent).free
    return Finding(
        name="disk",
        ok=free >= LEAST_FREE,
        detail=f"{free >> 20:,} MB free",
        advice="" if free >= LEAST_FREE else "make room: backups and imports need it",
    )


def _backup_age(db: Path) -> Finding:
    newest = newest_backup(db)
    taken = taken_at(newest) if newest else None
    if taken is None:
        return Finding(name="backup", ok=False, detail="there is none", advice="run.py backup, and put it into cron")
    ok = now() - taken < BACKUP_AGE
    return Finding(
        name="backup",
        ok=ok,
        detail=f"last one {taken:%Y-%m-%d %H:%M} UTC",
        advice="" if ok else "run.py backup, and put it into cron",
    )
