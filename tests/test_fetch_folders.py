"""Watched folders: files and mails, each taken in once; unfinished ones left alone."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from make import ARTICLE, PAPER, scrape
from sources import Clock, poll, rows, settings

from aggregator import pipeline, polling_folders
from aggregator.cli_fetch import _source_lines
from aggregator.config import SourceSetting
from aggregator.model import SourceReport
from aggregator.store import Store
from parsers.model import Problem

POSTS = scrape(("Every park should have a bench each two hundred metres.", "08.11.2026 10:00", (2, 0, 0, 0)))
MAIL = b"""\
From: Marl Courier <news@courier.example>
To: press@seh.example
Subject: =?utf-8?q?Benches_=E2=80=93_the_week?=
Date: Mon, 09 Nov 2026 08:30:00 +0100
Message-ID: <1@courier.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

View this email in your browser

Walkers in the city's parks have lost one bench in five over the past
decade, says a count by volunteers that was published on Sunday.

The council said that it had no budget for repairs and that each bench
cost nine hundred pounds to replace.

You are receiving this email because you signed up. Unsubscribe
"""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def put(path: Path, data: bytes, age: float = 60) -> Path:
    """A file that was written some seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def inbox(**fields: object) -> SourceSetting:
    return SourceSetting(name="Inbox", kind="inbox", folder="inbox", **fields)  # type: ignore[arg-type]


def test_all_kinds_are_taken_in_once(store: Store, clock: Clock, box: Path) -> None:
    """Whatever `ingest` takes, an inbox takes, from folders in it and packed too; a second round finds nothing."""
    put(box / "paper.txt", PAPER.encode())
    put(box / "deep" / "posts.txt.gz", gzip.compress(POSTS))
    put(box / "article.txt", ARTICLE.encode())
    made = settings(inbox(outlet="Marl Courier"))
    (report,) = poll(store, made)
    assert (report.error, report.problems, report.changes.new) == (None, (), 4)
    assert rows(store, "SELECT who FROM coverage WHERE kind = 'article'") == [("Marl Courier",)]
    assert poll(store, made)[0].state == "nothing new"


def test_unfinished_files_are_left_alone(store: Store, clock: Clock, box: Path) -> None:
    """A file just written, with a name that says so, or a link stays until it is done."""
    put(box / "fresh.txt", ARTICLE.encode(), age=0)
    put(box / "half.txt.part", ARTICLE.encode())
    put(box / "half.crdownload", ARTICLE.encode())
    put(box / ".hidden", ARTICLE.encode())
    (box / "link.txt").symlink_to("/etc/passwd")
    (report,) = poll(store, settings(inbox()))
    assert report.state == "1 file is still being written"
    assert rows(store, "SELECT count(*) FROM document") == [(0,)]
    put(box / "fresh.txt", ARTICLE.encode())
    assert poll(store, settings(inbox()))[0].changes.new == 1


def test_file_that_grows_while_it_is_read_comes_again(
    store: Store, clock: Clock, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody went on writing is taken in again in the next round, whole."""
    path = put(box / "article.txt", ARTICLE[:900].encode())
    real = pipeline.ingest_one

    def meanwhile(*args: object, **options: object) -> Iterator[object]:
        yield from real(*args, **options)  # type: ignore[arg-type]
        put(path, ARTICLE.encode(), age=30)

    monkeypatch.setattr(pipeline, "ingest_one", meanwhile)
    poll(store, settings(inbox()))
    monkeypatch.setattr(pipeline, "ingest_one", real)
    poll(store, settings(inbox()))
    assert "twelve had done so" in str(rows(store, "SELECT text FROM coverage ORDER BY id DESC")[0][0])


def test_files_move_once_they_are_in(store: Store, clock: Clock, box: Path) -> None:
    """With move_to, files that went in are put away, never over others; what failed stays where it is."""
    put(box / "article.txt", ARTICLE.encode())
    put(box / "done" / "article.txt", b"another file of that name")
    put(box / "picture.txt", b"\x89PNG....")
    made = settings(inbox(move_to="inbox/done"))
    (report,) = poll(store, made)
    assert report.changes.new == 1
    assert "picture" in report.problems[0].message
    assert sorted(path.name for path in box.iterdir()) == ["done", "picture.txt"]
    assert len(list((box / "done").iterdir())) == 2
    assert (box / "done" / "article.txt").read_bytes() == b"another file of that name"
    again = poll(store, made)[0]
    assert again.problems == ()  # said once, and counted from then on
    assert again.state == "nothing new; 1 file there could not be read"
    (box / "picture.txt").unlink()
    assert poll(store, made)[0].state == "nothing new"


def test_changed_file_is_taken_in_again(store: Store, clock: Clock, box: Path) -> None:
    """A file with other bytes is another document; what was known stays once."""
    put(box / "posts.txt", POSTS)
    poll(store, settings(inbox()))
    more = scrape(("A second post about lamps along towpaths.", "09.11.2026 10:00", (1, 0, 0, 0)))
    put(box / "posts.txt", more + POSTS, age=30)
    assert poll(store, settings(inbox()))[0].changes.new == 1


def test_missing_folder_is_the_sources_failure(store: Store, clock: Clock) -> None:
    """A folder that is not there is said with its path."""
    assert "no such folder" in (poll(store, settings(inbox()))[0].error or "")


def test_large_files_get_more(tmp_path: Path) -> None:
    """Limits of the reader grow with the file."""
    assert polling_folders.limits_for(50_000_000).memory > polling_folders.limits_for(1000).memory
    assert polling_folders.limits_for(1000).cpu == 20


# ------------------------------------------------------------------ mails


def test_mailbox(store: Store, clock: Clock, tmp_path: Path) -> None:
    """A saved mail is an article: subject, sender, date, text; other files of the folder are none."""
    folder = tmp_path / "mails"
    put(folder / "one.eml", MAIL)
    put(folder / "cur" / "1731141000.M1P1.host:2,S", MAIL.replace(b"<1@", b"<2@").replace(b"decade", b"ten years"))
    put(folder / "notes.txt", ARTICLE.encode())
    made = settings(SourceSetting(name="Mails", kind="mailbox", folder="mails"))
    (report,) = poll(store, made)
    assert (report.error, report.problems, report.changes.new) == (None, (), 2)
    headline, who, date, text = rows(store, "SELECT headline, who, published_at, text FROM coverage ORDER BY id")[1]
    assert (headline, who, date) == ("Benches – the week", "Marl Courier", "2026-11-09T07:30:00Z")
    assert str(text).startswith("Walkers in the city's parks have lost one bench in five over the past ")
    assert "nsubscribe" not in str(text)
    assert poll(store, made)[0].state == "nothing new"


def test_mailbox_takes_mails_only(store: Store, clock: Clock, tmp_path: Path) -> None:
    """A file that is called a mail and is none is a problem."""
    put(tmp_path / "mails" / "x.eml", ARTICLE.encode())
    (report,) = poll(store, settings(SourceSetting(name="Mails", kind="mailbox", folder="mails")))
    assert "not what was expected" in report.problems[0].message


def test_a_file_that_cannot_be_used_is_named() -> None:
    """The lines of a poll say which file a problem is about."""
    wrong = Problem(message="the text is no article", where="box/odd.txt", severity="error")
    report = SourceReport(name="Box", problems=(wrong,))
    assert _source_lines(report).splitlines()[-1] == "  error: box/odd.txt: the text is no article"
