"""Health: what came in, what failed, how full the disk is. And one line for machines."""

from __future__ import annotations

import platform
import shutil

import flask
from flask import Blueprint

from aggregator import operations
from aggregator.store.connect import Error
from aggregator.web import base
from aggregator.web.security import needs

pages = Blueprint("health", __name__)


@pages.get("/health")
@needs("viewer")
def show() -> tuple[str, int]:
    """Sources, runs, problems, disk, backups, versions."""
    store, db = base.store(), base.place().db
    usage = shutil.disk_usage(db.parent)
    newest = operations.newest_backup(db)
    taken = operations.taken_at(newest) if newest else None
    return base.page(
        "health.html",
        counts=store.upkeep.counts(),
        runs=store.upkeep.runs(),
        problems=store.upkeep.problems(),
        lines=store.sources.lines(base.now()),
        uploads=store.uploads.recent(10),
        disk=(usage.free, db.stat().st_size),
        backup=taken,
        backup_late=taken is None or base.now() - taken > operations.BACKUP_AGE,
        versions=(platform.python_version(), store.upkeep.sqlite_version(), flask_version()),
        deliveries=store.upkeep.deliveries(),
        promise=store.words.promise(),
    )


def flask_version() -> str:
    """The version of the web framework."""
    from importlib.metadata import version

    return version(flask.__name__)


@pages.get("/healthz")
@needs("public")
def healthz() -> tuple[str, int, dict[str, str]]:
    """Whether the app and its archive answer; says nothing else."""
    try:
        base.store().connection.execute("SELECT count(*) FROM meta").fetchone()
    except Error:
        return "the archive does not answer\n", 503, {"Content-Type": "text/plain"}
    return "ok\n", 200, {"Content-Type": "text/plain"}
