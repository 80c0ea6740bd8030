"""The whole job on the bundled sample corpus, in a fresh folder."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aggregator import pipeline, weeks
from aggregator.config import Config, Recipient, load
from aggregator.errors import CuttingsError
from aggregator.inputs import Input
from aggregator.mail import NO_SENDER
from aggregator.store import Store, exports
from parsers.model import Hint

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
#: The week that the sample was written for, so that the demo is the same on any day.
FROM, UNTIL = dt.date(2026, 11, 9), dt.date(2026, 11, 16)
#: Marks a folder as the demo's own, which the next demo may empty.
MARK = ".cuttings-demo"
FILES = ("digest.html", "digest.txt", "digest.eml", "demo.db", "demo.db-wal", "demo.db-shm", MARK)


def run(out: Path) -> Iterator[str]:
    """Ingest, repair, stitch, link and digest the sample; yields what it found, line by line.

    Raises `CuttingsError` where `out` holds files that are not the demo's.
    """
    _empty(out)
    config = load(SAMPLE / "cuttings.toml")
    with Store(out / "demo.db") as store:
        yield from _ingest(store, config)
        pipeline.refresh(store, config)
        window = weeks.look_back(FROM, UNTIL, config)
        digest = pipeline.compose_digest(store, config, window)
        yield from _found(store)
    reader = Recipient(address=NO_SENDER, name="Communications team")
    pipeline.write_digest(digest, config, reader, out, date=window.until_at)
    yield ""
    yield f"The week's digest: {out / 'digest.html'} (open it in a browser), .txt and .eml beside it"
    yield f"The archive:       {out / 'demo.db'}"
    python = os.path.relpath(sys.executable)
    yield f"Next:              {python} run.py --db {out / 'demo.db'} explain {_thread(out / 'demo.db')}"


def _empty(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise CuttingsError(f"{out} is a file; name a folder with --out")
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise CuttingsError(f"{out} holds other files; name a fresh folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (out / name).unlink(missing_ok=True)
    (out / MARK).touch()


def _ingest(store: Store, config: Config) -> Iterator[str]:
    hints = tomllib.loads((SAMPLE / "hints.toml").read_text(encoding="utf-8"))
    names = json.loads((SAMPLE / "expected.json").read_text(encoding="utf-8"))["ingest"]
    for name in names:
        inputs = [Input(name=name, path=SAMPLE / name)]
        for report in pipeline.ingest(store, inputs, config, _hint(hints.get(name, {}))):
            kinds = ", ".join(f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in report.records.items())
            repaired = f"; {report.repair}" if report.repair else ""
            yield f"{name:38} {report.error or kinds}{repaired}"


def _hint(given: dict[str, Any]) -> Hint:
    published = given.get("published")
    return Hint(
        outlet=given.get("outlet"),
        url=given.get("url"),
        timezone=given.get("timezone"),
        published_at=dt.datetime.fromisoformat(published).replace(tzinfo=dt.UTC) if published else None,
        date_only=len(published or "") == len("2026-11-09"),
    )


def _found(store: Store) -> Iterator[str]:
    def rows(name: str) -> list[dict[str, Any]]:
        return list(exports.EXPORTS[name](store.connection))

    threads = [thread for thread in rows("threads") if thread["parts_found"] > 1]
    links = rows("links")
    likely = sum(link["band"] == "likely" for link in links)
    yield ""
    yield f"{len(rows('statements'))} positions, {len(rows('articles'))} articles, {len(rows('posts'))} posts"
    for thread in threads:
        gap = f", part {', '.join(map(str, thread['missing']))} missing" if thread["missing"] else ""
        yield f"a thread of {thread['parts_expected'] or thread['parts_found']}{gap}: {thread['text'][:60]}…"
    yield f"{len(links)} links proposed, {likely} of them likely; {len(rows('stories'))} stories with several pieces"
    yield f"{len(rows('quotes'))} quotations of our people"


def _thread(db: Path) -> str:
    """The id of a stitched thread, for the example."""
    with Store(db) as store:
        for thread in exports.threads(store.connection):
            if thread["parts_found"] > 1:
                return str(thread["id"])
    return "t-…"
