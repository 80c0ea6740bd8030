"""The corridor: every verb of the application from end to end, in the order in which data flows.

    source bytes → detect → parse → repair → stitch → store → link → group → digest → render → send

Rules decide, the store keeps, and only the corridor brings them together: this module, and those beside it that
outgrew it (`linkage`, `polling`, `issues`, `sending`).
It owns the clock (`now`, replaced in tests) and the transactions: a document goes in as a whole or not at all;
only streams of posts go in by portions, and can be run again.
Documents come in through `intake`; work that needs no archive may be done by other processes (`workers`).
"""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from aggregator import intake, times
from aggregator.config import Config, Recipient
from aggregator.identity import text_sha
from aggregator.inputs import Input
from aggregator.inputs import find_inputs as find_inputs
from aggregator.intake import ingest_one as ingest_one
from aggregator.intake import reread as reread
from aggregator.intake import with_defaults as with_defaults
from aggregator.intake_keep import stitch as stitch
from aggregator.intake_keep import take_in as take_in
from aggregator.issue_model import Digest, History, Item, QuoteView, Window
from aggregator.model import Changes, FileReport, LinkReport, SourceReport
from aggregator.store import Store
from aggregator.times import parse_utc, utc
from aggregator.weeks import NEWS_FOR as NEWS_FOR
from aggregator.workers import HERE, Workers
from parsers.model import Hint

log = logging.getLogger("cuttings")


def now() -> dt.datetime:
    """The clock of the whole application, aware UTC."""
    return times.now()


def stamp() -> str:
    """Now, as the archive writes it."""
    return utc(now()) or ""


# ------------------------------------------------------------------ ingest


def ingest(
    store: Store,
    inputs: Iterable[Input],
    config: Config,
    hint: Hint,
    *,
    dry_run: bool = False,
    force: bool = False,
    workers: Workers = HERE,
) -> Iterator[FileReport]:
    """Take documents in, one report each; a bad one never stops the others.

    A document that was read to its end before, by the same rules, is not read again, except by `force`.
    """
    run = None if dry_run else store.runs.start("ingest", stamp())
    total = Changes()
    try:
        for report in intake.ingest(store, inputs, config, hint, run, workers, force=force):
            total += report.changes
            log.info("ingest %s: %s, %s", report.name, report.format or report.error, report.changes)
            yield report
    finally:
        if run is not None:
            store.runs.finish(run, stamp(), msgspec.to_builtins(total))


# ------------------------------------------------------------------ fetch


def fetch(store: Store, config: Config, names: Iterable[str] = (), *, due_only: bool = False) -> Iterator[SourceReport]:
    """Poll the sources of those names, or all of them, now or where their time has come; one report each."""
    from aggregator import polling

    yield from polling.poll(store, config, now(), names=names, due_only=due_only)


def fetch_due(
    store: Store, config: Config, moment: dt.datetime | None = None, *, stop: Callable[[], bool] = lambda: False
) -> list[SourceReport]:
    """Poll what is due, and link what it brought; for the service. Ends between two sources when asked to stop."""
    from aggregator import polling

    reports = []
    for report in polling.poll(store, config, moment or now(), due_only=True):
        reports.append(report)
        if stop():
            break
    if any(report.changes.new or report.changes.changed for report in reports):
        refresh(store, config)
    return reports


# ------------------------------------------------------------------ link


def link(
    store: Store,
    config: Config,
    *,
    everything: bool = False,
    tick: Callable[[int, int], None] | None = None,
    workers: Workers = HERE,
) -> LinkReport:
    """Propose links for coverage that is new or changed, for recent coverage after decisions, or for all of it."""
    from aggregator import linkage

    stitch(store)  # what an import left that was killed
    return linkage.link(store, config, now(), everything=everything, tick=tick, workers=workers)


def refresh(
    store: Store,
    config: Config,
    *,
    everything: bool = False,
    tick: Callable[[int, int], None] | None = None,
    workers: Workers = HERE,
) -> LinkReport:
    """All that follows an import: links, stories, quotations of our people."""
    report = link(store, config, everything=everything, tick=tick, workers=workers)
    log.info("link %d pieces with %d positions: %s", report.coverage, report.positions, report.changes)
    log.info("cards %d joined to their articles", find_cards(store))
    log.info("group %d stories", group(store))
    log.info("quotes %d", find_quotes(store, config))
    return report


def find_cards(store: Store) -> int:
    """Find the articles behind cards that name no address, where shortened url and title agree; gives how many."""
    from parsers.short_urls import fits, headline_words, shortened

    found: dict[int, str] = {}
    for card in store.posts.open_cards():
        shown, words = shortened(card["text"]), headline_words(card["card_title"])
        pages = store.articles.with_words(words) if shown and words else ()
        urls = {
            page["url"]
            for page in pages
            for short in shown
            if fits(short, card["card_title"], page["url"], page["headline"])
        }
        if len(urls) == 1:
            found[card["id"]] = urls.pop()
    with store.joined():
        for post_id, url in found.items():
            store.posts.set_card(post_id, url)
    return len(found)


# ------------------------------------------------------------------ group

#: Copies and rewrites of a story come within days; wider spans join what only shares its words.
STORY_REACH = dt.timedelta(days=10)
#: Pieces searched for quotations before a short transaction writes what was found: people decide meanwhile.
QUOTE_BATCH = 500


def group(store: Store) -> int:
    """Group what came or changed with the coverage of the days around it; gives how many stories there are."""
    from aggregator.stories import group as group_items

    span = store.stories.stale_span()
    if span is None:
        return 0
    low, high = (parse_utc(text) if text[:4].isdigit() and text[:4] != "9999" else None for text in span)
    items = store.stories.items(utc(low and low - STORY_REACH) or "9999", utc(high and high + STORY_REACH) or "")
    apart, together = store.stories.hand_made()
    groups = group_items(items, apart=apart, together=together)
    with store.transaction():
        return store.stories.save(groups, [item.id for item in items])


def find_quotes(store: Store, config: Config) -> int:
    """Look for words of our people in what came or changed; gives how many there are."""
    from aggregator.quotes import RULE, Speaker, find

    people = config.organisation.spokespeople
    speakers = [Speaker(name=p.name, role=p.role, handles=p.handles, aliases=p.aliases) for p in people]
    own = {handle.casefold() for person in people for handle in person.handles}
    rule = f"{RULE}/{text_sha(repr(speakers))[:12]}"
    waiting = iter(store.quotes.waiting(rule))
    while batch := list(islice(waiting, QUOTE_BATCH)):
        # What our people post themselves is their thread, not a quotation of them.
        found = [
            (id, [] if (who or "").casefold() in own else find(text, speakers, outlet=who), mark)
            for id, text, who, mark in batch
        ]
        with store.transaction():
            for coverage_id, quotes, mark in found:
                views = [
                    (QuoteView(speaker=q.speaker, quote=q.quote, verb=q.verb, partial=q.partial), q.reason, q.spans)
                    for q in quotes
                ]
                store.quotes.save(coverage_id, views, mark)
    return store.quotes.count()


# ------------------------------------------------------------------ digest


def compose_digest(store: Store, config: Config, window: Window) -> Digest:
    """What an issue or a look back holds, as the archive stands now; stores nothing."""
    return compose_with_items(store, config, window)[0]


def compose_with_items(store: Store, config: Config, window: Window) -> tuple[Digest, list[Item]]:
    """The same, with all coverage that it was made of."""
    from aggregator.digest import compose
    from aggregator.since import Since, last_issue

    items, history = gather(store, config, window)
    before = Since() if window.look_back else last_issue(store, window.until_at)
    digest = compose(
        window,
        items,
        history,
        organisation=organisation_name(store, config),
        corrections=before.corrections,
        updates=before.updates,
        sources=store.sources.lines(now()),
        people_named=bool(config.organisation.spokespeople),
        ours=names_of_ours(config),
        is_open=now() < window.from_at + (window.until_at - window.from_at) / 2,
    )
    return digest, items


def counted_by(config: Config) -> str:
    """The rules that decide what an issue counts; weeks that were counted by others are counted again."""
    from aggregator.digest import COUNTING
    from aggregator.linking import RULE as links
    from aggregator.quotes import RULE as quotes

    return text_sha(repr((COUNTING, links, quotes, config.organisation.spokespeople)))[:12]


def gather(store: Store, config: Config, window: Window) -> tuple[list[Item], History]:
    """The coverage of a window and what it is compared with."""
    from aggregator.since import marked

    zone = zoneinfo.ZoneInfo(window.timezone)
    history = store.windows.history(window.from_at, zone, look_back=window.look_back, rules=counted_by(config))
    if not window.is_week:
        history = msgspec.structs.replace(history, weeks=())  # only a week compares with weeks
    if window.look_back:
        items = store.windows.published(window.from_at, window.until_at)
        return items, msgspec.structs.replace(history, undated=tuple(store.windows.undated()))
    oldest = window.from_at - NEWS_FOR
    items = marked(store, store.windows.fresh(window.until_at, oldest))
    older = store.windows.too_old(window.from_at, window.until_at, oldest)
    return items, msgspec.structs.replace(history, older=older)


def names_of_ours(config: Config) -> tuple[str, ...]:
    """By which names articles speak of the association and its people."""
    own = config.organisation
    return tuple(filter(None, (own.name, *own.short_names, *(person.name for person in own.spokespeople))))


def organisation_name(store: Store, config: Config) -> str | None:
    """The association's name: as configured, else as its position papers say."""
    names = (config.organisation.name, *config.organisation.short_names)
    return next((name for name in names if name), None) or store.statements.organisation()


def write_digest(
    digest: Digest, config: Config, recipient: Recipient, folder: Path, *, date: dt.datetime
) -> list[Path]:
    """Write `digest.html`, `digest.txt` and `digest.eml` into a folder."""
    from aggregator import mail
    from aggregator.render import render

    rendered = render(digest, headlines_only=recipient.depth == "headlines")
    body = mail.build(rendered, recipient, config, issue=digest.window.issue, date=date)
    folder.mkdir(parents=True, exist_ok=True)
    files = {"digest.html": rendered.html.encode(), "digest.txt": rendered.text.encode(), "digest.eml": body}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]
