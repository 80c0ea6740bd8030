"""Health: what came in, what failed, how full the disk is. And one line for machines."""

from __future__ import annotations

import platform
import shutil

import flask
from flask import Blueprint

from aggregator import operations
from aggregator.errors import StoreError
from aggregator.store import Store
from aggregator.store.connect import Error, Row
from aggregator.units import size
from aggregator.web import base
from aggregator.web.security import needs
from aggregator.web.show import plural

pages = Blueprint("health", __name__)

#: Bytes that should be free on the disk.
LITTLE = 1 << 30


@pages.get("/health")
@needs("viewer")
def show() -> tuple[str, int]:
    """Sources, runs, problems, disk, backups, versions."""
    store, db = base.store(), base.place().db
    usage = shutil.disk_usage(db.parent)
    newest = operations.newest_backup(db)
    taken = operations.taken_at(newest) if newest else None
    late = taken is None or base.now() - taken > operations.BACKUP_AGE
    lines, runs = store.sources.lines(base.now()), store.upkeep.runs()
    return base.page(
        "health.html",
        counts=store.upkeep.counts(),
        runs=runs,
        needs=attention(store, [line.name for line in lines if line.silent], runs, usage.free, backup_late=late),
        problems=store.upkeep.problems(),
        lines=lines,
        disk=(usage.free, db.stat().st_size),
        backup=taken,
        backup_late=late,
        versions=(platform.python_version(), store.upkeep.sqlite_version(), flask_version()),
        deliveries=store.upkeep.deliveries(),
        promise=store.words.promise(),
    )


def attention(store: Store, silent: list[str], runs: list[Row], free: int, *, backup_late: bool) -> list[str]:
    """What somebody should look at, the most urgent first; nothing where all is well."""
    states = {row["state"]: row["n"] for row in store.upkeep.deliveries()}
    off = store.meta.get("sending_off")
    said = [
        (bool(off), f"Sending is off: {off}. “run.py digest release --adopt” turns it on."),
        (free < LITTLE, f"The disk is nearly full: {size(free)} are left."),
        (bool(states.get("unknown")), f"{plural(states.get('unknown', 0), 'mail')}: nobody knows if it arrived."),
        (bool(states.get("failed")), f"{plural(states.get('failed', 0), 'mail')} failed."),
        (bool(silent), f"{plural(len(silent), 'source')} fell silent: {', '.join(silent[:5])}."),
        (bool(runs and runs[0]["problems"]), "The latest run had problems; they are listed below."),
        (backup_late, "There is no backup of the last day: “run.py backup” makes one."),
    ]
    return [sentence for is_so, sentence in said if is_so]


def flask_version() -> str:
    """The version of the web framework."""
    from importlib.metadata import version

    return version(flask.__name__)


@pages.get("/healthz")
@needs("public")
def healthz() -> tuple[str, int, dict[str, str]]:
    """Whether the app and its archive answer; says nothing else."""
    try:
        with base.open_store() as store:
            store.connection.execute("SELECT count(*) FROM meta").fetchone()
    except (Error, StoreError):
        return "the archive does not answer\n", 503, {"Content-Type": "text/plain"}
    return "ok\n", 200, {"Content-Type": "text/plain"}
