"""Linking again after staff changed words, wordings or threads: beside the pages, one round at a time.

A change that nobody links again looks as if it had done nothing; a page that waits for a long archive looks broken.
So a form starts a round, waits a moment for it, and the page says where one is still going on.
A round that is cut short loses nothing: what it left is found by the next one, whoever starts it.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from flask import Flask, current_app

from aggregator import pipeline
from aggregator.config import Config
from aggregator.errors import CuttingsError
from aggregator.store import Store
from aggregator.store.connect import Error
from aggregator.web import base

log = logging.getLogger(__name__)

#: So long a form waits for its round; most are done by then.
WAIT = 1.5


class Relinker:
    """Runs `pipeline.refresh` when asked; asking again meanwhile starts one more round after it."""

    def __init__(self, db: Path, config: Config) -> None:
        self._db = db
        self._config = config
        self._changed = threading.Condition()
        self._wanted = 0
        self._done = 0
        self._running = False

    @property
    def busy(self) -> bool:
        """Whether a round is going on or wanted."""
        return self._running

    def ask(self) -> None:
        """Start a round, or one more after the one that is going on."""
        with self._changed:
            self._wanted += 1
            if not self._running:
                self._running = True
                threading.Thread(target=self._work, name="cuttings-relink", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait until all that was asked for is done; says whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._done == self._wanted:
                    self._running = False
                    self._changed.notify_all()
                    return
                upto = self._wanted
            self._round()
            with self._changed:
                self._done = upto

    def _round(self) -> None:
        try:
            with Store(self._db) as store:
                pipeline.refresh(store, self._config)
        except (CuttingsError, Error, OSError) as exc:
            log.warning("linking again after a change did not end: %s; the next linking takes it up", exc)
        except Exception:  # a bug must not make the next round impossible
            log.exception("linking again after a change")


def relinker(app: Flask) -> Relinker:
    """The one of an application."""
    where: base.Place = app.extensions["cuttings"]
    found: Relinker = app.extensions.setdefault("cuttings_relinker", Relinker(where.db, where.config))
    return found


def soon() -> None:
    """Link again what the change of this request touches, and wait a moment for it."""
    found = relinker(_app())
    found.ask()
    found.wait(WAIT)


def busy() -> bool:
    """Whether the archive of this request is being linked again."""
    return relinker(_app()).busy


def _app() -> Flask:
    found: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return found
