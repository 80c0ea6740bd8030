"""Settings that can be used and are surely not meant: a reader's area that no position has, a lost glossary, hours.

Which error is worse: a reader who gets an empty mail each week does not complain, so a slip is told here;
what somebody may want (an issue that goes out the morning after it closed) is told and is no fault.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from aggregator import mail, neutral, weeks
from aggregator.config import Config, Recipient, clock
from aggregator.errors import ConfigError, CuttingsError
from aggregator.linking_glossary import GlossaryError, load, merged, read
from aggregator.store import Store
from aggregator.store.care import Finding
from aggregator.store.connect import Error as StoreUnreadable
from aggregator.units import half_up

#: An issue that waits longer than a night between closing and going out does so by a slip.
A_NIGHT = dt.timedelta(hours=18)


def choices(read_config: Callable[[], Config], db: Path, now: dt.datetime) -> list[Finding]:
    """What the settings choose, held against the archive; settings that cannot be read are told elsewhere."""
    try:
        config = read_config()
    except ConfigError:
        return []
    return [*_readers(config, db), _hours(config, now), _glossary(config)]


def _readers(config: Config, db: Path) -> list[Finding]:
    """Readers with areas or positions that the archive does not have; nothing before there are positions."""
    from aggregator import issues

    if not db.exists():
        return []
    try:
        with Store(db) as store:
            readers, areas = issues.readers(store, config), store.board.areas()
            known = store.board.named(key for reader in readers for key in reader.positions)
    except (CuttingsError, StoreUnreadable):
        return []  # told as a finding of the archive
    lost = [f"{neutral.line(one.address)} gets nothing: this is no mail address" for one in readers if not _usable(one)]
    if not areas and not lost:
        return []
    odd = [
        *lost,
        *(f"{one.address}: {slip}" for one in readers if areas for slip in slips(one, areas, known)),
    ]
    return [
        Finding(
            name="readers",
            ok=not odd,
            detail="; ".join(odd) or _gets(len(readers)),
            advice="correct it under [[recipients]]; the Positions page has all areas, each position's page its id"
            if odd
            else "",
        )
    ]


def _gets(readers: int) -> str:
    if not readers:
        return "nobody gets the digest yet"
    return "1 reader gets the digest" if readers == 1 else f"{readers} readers get the digest"


def _usable(reader: Recipient) -> bool:
    try:
        mail.checked_address(reader.name, reader.address)
    except ConfigError:
        return False
    return True


def slips(reader: Recipient, areas: Sequence[str], positions: Collection[str]) -> list[str]:
    """What a reader chose and will never get, in plain words."""
    folded = {area.casefold(): area for area in areas}
    found = [
        f"no position has the area “{area}”{_near(area, folded)}"
        for area in reader.areas
        if area.casefold() not in folded
    ]
    return [*found, *(f"there is no position “{key}”" for key in reader.positions if key not in positions)]


def _near(area: str, folded: dict[str, str]) -> str:
    near = difflib.get_close_matches(area.casefold(), folded, 1, 0.7)
    return f"; “{folded[near[0]]}” is one" if near else ""


def _hours(config: Config, now: dt.datetime) -> Finding:
    """When an issue closes and goes out; an hour of sending before the cut-off means the next day."""
    until = weeks.window_at(now, config).until_at
    waits = weeks.send_time(until, config) - until
    closes, goes = config.digest.cutoff, config.digest.send_at
    if clock(goes, "") >= clock(closes, ""):
        return Finding(name="hours", ok=True, detail=f"an issue closes at {closes} and goes out at {goes}")
    ok = waits <= A_NIGHT
    return Finding(
        name="hours",
        ok=ok,
        detail=f"send_at = {goes} is earlier than cutoff = {closes}: "
        f"an issue goes out on the day after it closes, {half_up(waits / dt.timedelta(hours=1))} hours later",
        advice="" if ok else "set send_at in [digest] after cutoff, or a cutoff on the evening before",
    )


def _glossary(config: Config) -> Finding:
    name = config.linking.glossary
    if not name:
        return Finding(name="glossary", ok=True, detail="the one that comes with the program")
    try:
        merged(load(), read(Path(name)))
    except GlossaryError as exc:
        detail = f"[linking] glossary: {exc}; links are made without it"
        return Finding(name="glossary", ok=False, detail=detail, advice="correct it, then run.py link")
    return Finding(name="glossary", ok=True, detail=f"{name} is understood")
