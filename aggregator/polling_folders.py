"""Folders: files that somebody or something puts there, each taken in once.

Which error is worse: to take half a file in is worse than to take it an hour later.
So a file that was just written, or that changes while it is read, or whose name says that it is not done, is left
alone until the next round.
A file is known by name, size and time; one that was changed is taken in again, and the archive knows what is new.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from aggregator import pipeline
from aggregator.config import SourceSetting
from aggregator.fetch_parse import ParseLimits
from aggregator.inputs import Input
from aggregator.model import Changes
from aggregator.polling import Outcome, Round
from aggregator.store.sources import SourceState
from parsers.errors import ParseError
from parsers.model import Hint, ParseResult, Problem

#: Seconds for which a file must have been left alone.
SETTLED = 3.0
#: Names of files that another program is still writing.
_UNDONE = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".swp", ".filepart", "~")
#: Folders of a Maildir whose files need no ending.
_MAILDIR = {"cur", "new"}


def inbox(this: Round, setting: SourceSetting, state: SourceState) -> Outcome:
    """Take in all new files of a folder; with `move_to`, they move there once they are in."""
    return _folder(this, setting, state, ())


def mailbox(this: Round, setting: SourceSetting, state: SourceState) -> Outcome:
    """Take in all new mails of a folder, each as an article; mails stay where they are."""
    return _folder(this, setting, state, ("mail",))


def _folder(this: Round, setting: SourceSetting, state: SourceState, kinds: tuple[str, ...]) -> Outcome:
    folder = _path(this, setting.folder or "")
    if not folder.is_dir():
        raise ParseError(f"{folder}: there is no such folder")
    target = _path(this, setting.move_to) if setting.move_to and setting.kind == "inbox" else None
    changes, problems, undone, unread = Changes(), [], 0, 0
    for path in _files(folder, target, mails_only=bool(kinds)):
        name = path.relative_to(folder).as_posix()
        mark = _mark(path)
        known = this.store.sources.item(state.id, name)
        if mark is None or (known and known.mark == mark):
            unread += known is not None and known.state == "given up"
            continue
        if not _is_settled(path):
            undone += 1
            continue
        try:
            taken = _take(this, setting, state, path, name, mark, kinds)
        except ParseError as exc:
            problems.append(Problem(message=str(exc), where=name, severity="error"))
            continue
        changes += taken
        if target is not None:
            _move(path, target)
    told = [f"{undone} {'file is' if undone == 1 else 'files are'} still being written"] if undone else []
    if not (told or changes.new or changes.changed):
        told = ["nothing new"]
    if unread:  # each was told with its reason when it was tried; that it is not in the archive stays true
        told.append(f"{unread} {'file' if unread == 1 else 'files'} there could not be read")
    return Outcome(
        changes=changes,
        gave=changes.new > 0,
        problems=tuple(problems),
        state="; ".join(told),
    )


def _take(
    this: Round, setting: SourceSetting, state: SourceState, path: Path, name: str, mark: str, kinds: tuple[str, ...]
) -> Changes:
    """One file into the archive, like a file that a person hands over, but read in the child."""

    def read(data: bytes, hint: Hint) -> ParseResult:
        return this.read(data, hint, kinds, limits_for(len(data)))

    item = Input(name=str(path), path=path)
    hint = Hint(outlet=setting.outlet)
    changes, wrong, right = Changes(), [], 0
    for report in pipeline.ingest_one(this.store, item, this.config, hint, this.run, read=read):
        changes += report.changes
        right += report.error is None
        wrong += [report.error] if report.error else []
    note = wrong[0] if wrong and not right else None
    if _mark(path) != mark:
        return changes  # somebody went on writing; the next round takes it again
    this.store.sources.done(state.id, name, mark, this.now, note=note)
    if note:
        raise ParseError(note)
    return changes


def limits_for(size: int) -> ParseLimits:
    """Exports of whole accounts are large and need more than a page does."""
    return ParseLimits(memory=(640 << 20) + 24 * size, cpu=20 + size // 200_000, seconds=60 + size / 100_000)


def _files(folder: Path, target: Path | None, *, mails_only: bool) -> Iterator[Path]:
    """The plain files of a folder and the folders in it; hidden ones, links and unfinished ones left out."""
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and here / name != target)
        for name in sorted(names):
            path = here / name
            if name.startswith(".") or name.lower().endswith(_UNDONE) or path.is_symlink() or not path.is_file():
                continue
            if not mails_only or name.lower().endswith(".eml") or here.name in _MAILDIR:
                yield path


def _mark(path: Path) -> str | None:
    try:
        stat = path.stat()
    except OSError:  # gone in the meantime
        return None
    return f"{stat.st_size} {stat.st_mtime_ns}"


def _is_settled(path: Path) -> bool:
    """Whether nobody has written to a file for a moment; a time in the future says nothing."""
    age = time.time() - path.stat().st_mtime
    return age >= SETTLED or age < -SETTLED


def _move(path: Path, target: Path) -> None:
    """Put a file away, never over another one."""
    target.mkdir(parents=True, exist_ok=True)
    place = target / path.name
    if place.exists():
        place = target / f"{path.stem}-{hashlib.sha256(str(time.time_ns()).encode()).hexdigest()[:8]}{path.suffix}"
    path.replace(place)


def _path(this: Round, text: str) -> Path:
    return folder_at(this.store.path, text)


def folder_at(db: Path, text: str) -> Path:
    """A folder of the settings; a relative one stands beside the database."""
    return (db.parent / Path(text).expanduser()).absolute()
