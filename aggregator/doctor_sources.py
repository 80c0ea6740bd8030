"""Sources that fail, were stopped, gave nothing new for too long, or were not asked yet.

Which error is worse: a source that is dead and called alive is missed for weeks, one named too early costs a look.
So a folder that is not there fails at once, and what nobody asked yet is not called alive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aggregator.config import SourceSetting
from aggregator.pipeline import now
from aggregator.polling_folders import folder_at
from aggregator.store import Store
from aggregator.store.care import Finding
from aggregator.store.sources import SourceState

#: A source that failed so often in a row is a finding; pauses between tries have grown to hours by then.
FAILURES = 5


def sources(store: Store, settings: Sequence[SourceSetting] | None = None) -> Finding:
    """What the sources of the settings are like; where these cannot be read, those that the archive knows."""
    states = {state.name: state for state in store.sources.all()}
    names = [one.name for one in settings] if settings is not None else list(states)
    folders = {one.name: folder_at(store.path, one.folder) for one in settings or () if one.folder}
    found, unread, new = [], [], 0
    for name in names:
        state, folder = states.get(name), folders.get(name)
        if folder and not _there(folder, Path.is_dir):
            found.append(f"{name}: {folder}: there is no such folder")
        elif state and (odd := _odd(state)):
            found.append(odd)
        elif state is None or not state.asked_at:
            new += 1
        if state and folder and (n := _unread(store, state, folder)):
            unread.append(f"{name}: {n} {'file' if n == 1 else 'files'} there could not be read")
    return Finding(
        name="sources",
        ok=not found,
        detail="; ".join([*(found or [_alive(len(names), new)]), *unread]),
        advice="try it with run.py fetch NAME; correct or remove it under [[sources]], or raise its silence_days"
        if found
        else "",
        facts={"sources": len(names), "odd": len(found)},
    )


def _alive(count: int, new: int) -> str:
    if not count:
        return "none in the settings"
    if new == count:
        return f"{count}, none asked yet"
    return (
        ("the one is alive" if count == 1 else f"all {count} are alive")
        if not new
        else f"{count - new} of {count} are alive, {new} not asked yet"
    )


def _odd(state: SourceState) -> str | None:
    if state.stopped:
        return f"{state.name} is no longer asked: {state.stopped}"
    if state.failures >= FAILURES:
        return f"{state.name} failed {state.failures} times in a row: {state.failure}"
    if state.is_silent(now()):
        return f"{state.name} gave nothing new since {state.silent_since:%Y-%m-%d}"
    return None


def _unread(store: Store, state: SourceState, folder: Path) -> int:
    """How many files still lie in a folder and could not be read; each was told once, when it was tried."""
    return sum(_there(folder / key, Path.exists) for key in store.sources.given_up(state.id))


def _there(path: Path, question: Callable[[Path], bool]) -> bool:
    """Whether something can be seen; what lies in a folder that may not be entered cannot."""
    try:
        return question(path)
    except OSError:
        return False
