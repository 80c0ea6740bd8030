"""One log line a stage, with counts: what the journal of a server shows of a day."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest
from loopback import site
from sending_kit import SEND, Clock, article, put, settings
from sources import feed, source

from aggregator import pipeline, schedule
from aggregator.config import Fetch
from aggregator.store import Store

ROOT = Path(__file__).parents[1]


def test_each_stage_of_a_tick_writes_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Fetching, linking, stories, quotations, the issue, its mails and their sending: one line each, with numbers."""
    clock = Clock()
    monkeypatch.setattr("aggregator.times.now", clock)
    caplog.set_level("INFO", "cuttings")
    with site() as server, Store(tmp_path / "a.db") as store:
        server.pages["/feed"] = feed(server, ("/1", "Benches vanish from city parks"))
        config = msgspec.structs.replace(
            settings(), sources=(source(server, follow_pages=False),), fetch=Fetch(own_hosts=(server.authority,))
        )
        schedule.tick(store.path, config, print, threading.Event())
        put(store, tmp_path, [article(1, clock.at)], config)
        caplog.clear()
        clock.at = SEND
        schedule.tick(store.path, config, print, threading.Event())
    lines = [record.getMessage() for record in caplog.records if record.name == "cuttings"]
    stages = [line.split()[0].rstrip(":") for line in lines]
    assert stages == ["fetch", "link", "cards", "group", "quotes", "digest", "render", "send"]
    assert all(re.search(r"\d", line) for line in lines)
    assert "2 mails, 0 could not be made" in lines[-2]
    assert lines[-1] == "send: 2 sent, 0 failed, 0 unknown, 0 later"


def test_the_service_writes_them_without_being_asked(tmp_path: Path) -> None:
    """Under systemd the journal has the stages; a poll that failed is one of them."""
    (tmp_path / "cuttings.toml").write_text(
        '[[sources]]\nname = "Nobody"\nkind = "feed"\nurl = "http://127.0.0.1:9/feed"\n', encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, ROOT / "run.py", "--db", "a.db", "schedule", "--once"],
        cwd=tmp_path, env=os.environ | {"PYTHONWARNINGS": "error"}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "fetch Nobody: " in done.stderr
    assert "0 new, 0 changed, 0 unchanged" in done.stderr


def test_changes_are_told_in_words() -> None:
    """Counts read as people write them."""
    assert str(pipeline.Changes(new=2, unchanged=1)) == "2 new, 0 changed, 1 unchanged"
