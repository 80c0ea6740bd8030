"""The whole job on the bundled sample corpus, in a fresh folder: two weeks of a team, on any day the same.

A first issue compares with nothing, corrects nothing and follows nothing up.
So the demo has a week before, with an issue that goes out into the outbox, and in between people decide on two links.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shlex
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from aggregator import issues, pipeline, sending, weeks
from aggregator.config import Config, Recipient, SourceSetting, load
from aggregator.errors import CuttingsError
from aggregator.inputs import Input
from aggregator.store import Store, exports
from parsers.model import Hint

RUN = Path(__file__).parents[1] / "run.py"
DATA = RUN.parent / "data"
SAMPLE, BEFORE = DATA / "sample", DATA / "sample-before"
#: The Mondays on which the two issues close; the sample was written for the second week.
MONDAYS = tuple(dt.datetime(2026, 11, day, 8, tzinfo=dt.UTC) for day in (9, 16))
ISSUES = ("2026-W45", "2026-W46")
#: What comes in before an issue closes is in it.
HOUR = dt.timedelta(hours=1)
#: What of the sample was there in the week before, besides all that is in `BEFORE` and not in `AFTER`.
EARLY = ("positions-services-access.txt", "positions-collections-buildings.txt", "article-winter-closures.txt")
#: What of `BEFORE` came in the second week: a page that was edited, and another outlet's on the same story.
AFTER = ("article-harbour-painting-edited.html", "article-harbour-sale.html")
#: A link that the first mail had and somebody rejects, and one that is confirmed before the second goes out.
REJECTED = ("Cathedral thinks again about a charge for overseas visitors", "Admission")
CONFIRMED = ("Let councils count unstaffed hours, ministers propose", "unstaffed")
#: Where the service would have looked, and when each source last gave something.
SOURCES = {
    "Shelf & Gallery (feed)": dt.datetime(2026, 11, 13, 18, tzinfo=dt.UTC),
    "Fenmarsh Mercury (feed)": dt.datetime(2026, 11, 12, 18, tzinfo=dt.UTC),
    "Museum Ledger (feed)": dt.datetime(2026, 11, 2, 7, tzinfo=dt.UTC),
}
READER = Recipient(address="team@shelm.example", name="Communications team")
#: Somebody who chose one area, so that their mail has room for more of it.
OTHER = Recipient(address="museums@shelm.example", areas=("Collections, Buildings and Funding",))
#: Marks a folder as the demo's own, which the next demo may empty.
MARK = ".cuttings-demo"
FILES = (
    "digest.html", "digest-museums.html", "digest.txt", "digest.eml", "outbox/*.eml",
    "demo.db", "demo.db-wal", "demo.db-shm", "demo.db.sent.ndjson", "demo.db.lock", MARK,
)  # fmt: skip


def run(out: Path) -> Iterator[str]:
    """Ingest, repair, stitch, link and digest the sample; yields what it found, line by line.

    Raises `CuttingsError` where `out` holds files that are not the demo's.
    """
    _empty(out)
    config = msgspec.structs.replace(load(SAMPLE / "cuttings.toml"), recipients=(READER, OTHER))
    with Store(out / "demo.db") as store:
        with _at(MONDAYS[0] - HOUR):
            yield from _ingest(store, config, _first_week())
            _begin(store)
        with _at(MONDAYS[0]):
            issues.draft(store, config, weeks.window_of(ISSUES[0], config))
            sending.send_issue(store, config)
            yield f"{ISSUES[0]} went to {len(config.recipients)} readers, into {out / 'outbox'}: no mail server is set"
            yield ""
        with _at(MONDAYS[1] - HOUR):
            yield from _ingest(store, config, _second_week())
            pipeline.refresh(store, config)
            for said, choice in (("reject", REJECTED), ("confirm", CONFIRMED)):
                _decide(store, said, *choice)
        with _at(MONDAYS[1]):
            issues.draft(store, config, weeks.window_of(ISSUES[1], config))
            digest = store.issues.digest(ISSUES[1])
        yield from _found(store)
    pipeline.write_digest(digest, config, READER, out, date=digest.window.until_at)
    (out / "digest-museums.html").write_text(issues.rendered_for(digest, config, OTHER).html, encoding="utf-8")
    yield ""
    yield f"The week's digest: {out / 'digest.html'} (open it in a browser), .txt and .eml beside it"
    yield f"For one area:      {out / 'digest-museums.html'}"
    yield f"The archive:       {out / 'demo.db'}"
    command = shlex.join([_from_here(sys.executable), _from_here(RUN), "--db", str(out / "demo.db"), "explain"])
    yield f"Next:              {command} {_thread(out / 'demo.db')}"


def _from_here(path: str | Path) -> str:
    """A path that works from the folder in which the command was called, the shorter way."""
    return min(os.path.relpath(path), str(Path(path).absolute()), key=len)


@contextlib.contextmanager
def _at(moment: dt.datetime) -> Iterator[None]:
    """The application's clock stands still at a moment of the sample's weeks."""
    clock = pipeline.now
    pipeline.now = lambda: moment
    try:
        yield
    finally:
        pipeline.now = clock


def _first_week() -> list[Path]:
    # The older edition of a paper first: the newer one renews it, and coverage may quote the old line.
    papers = [BEFORE / "positions-services-access-2023.txt"]
    rest: list[Path] = []
    for path in [*(SAMPLE / name for name in EARLY), *sorted(BEFORE.iterdir())]:
        if path not in papers and path.name not in AFTER:
            (papers if path.name.startswith("positions") else rest).append(path)
    return [*papers, *rest]


def _second_week() -> list[Path]:
    names = json.loads((SAMPLE / "expected.json").read_text(encoding="utf-8"))["ingest"]
    return [*(SAMPLE / name for name in names if name not in EARLY), *(BEFORE / name for name in AFTER)]


def _begin(store: Store) -> None:
    """Write down the sources, as the service does when it asks them."""
    settings = [
        SourceSetting(name=name, kind="feed", url=f"https://feed.example/{n}") for n, name in enumerate(SOURCES)
    ]
    states = store.sources.sync(settings, MONDAYS[0])
    for name, gave in SOURCES.items():
        store.sources.update(states[name].id, answered_at=gave, gave_at=gave)


def _decide(store: Store, decision: str, headline: str, about: str) -> None:
    """Somebody decides on the link of a piece to a position, by words of their titles."""
    titles = {row["id"]: row["title"] for row in exports.statements(store.connection)}
    keys = {row["id"] for row in exports.articles(store.connection) if row["headline"] == headline}
    for link in exports.links(store.connection):
        if link["coverage_id"] in keys and about in titles[link["statement_id"]]:
            row = store.reading.coverage(link["coverage_id"])
            assert row is not None
            store.links.decide(row["id"], link["statement_id"], decision, who="Ada", now=pipeline.stamp())


def _empty(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise CuttingsError(f"{out} is a file; name a folder with --out")
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise CuttingsError(f"{out} holds other files; name a fresh folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        for path in out.glob(name):
            path.unlink()
    (out / MARK).touch()


def _ingest(store: Store, config: Config, paths: Sequence[Path]) -> Iterator[str]:
    hints = tomllib.loads((SAMPLE / "hints.toml").read_text(encoding="utf-8"))
    for path in paths:
        inputs = [Input(name=path.name, path=path)]
        for report in pipeline.ingest(store, inputs, config, _hint(hints.get(path.name, {}))):
            kinds = ", ".join(f"{n} {kind}{'' if n == 1 else 's'}" for kind, n in report.records.items())
            repaired = f"; {report.repair}" if report.repair else ""
            yield f"{path.name:38} {report.error or kinds}{repaired}"


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
