"""The corridor: every verb of the application from end to end, in the order in which data flows.

    source bytes → detect → parse → repair → stitch → store → link → group → digest → render → send

Rules decide, the store keeps, and only this module brings them together.
It owns the clock (`now`, replaced in tests) and the transactions: a document goes in as a whole or not at all;
only streams of posts go in by portions, and can be run again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

import parsers
from aggregator import times
from aggregator.config import Config, Recipient
from aggregator.identity import text_sha
from aggregator.inputs import Document, Input, documents
from aggregator.inputs import find_inputs as find_inputs
from aggregator.issue_model import Digest, History, Item, QuoteView, Window
from aggregator.model import Changes, FileReport, LinkReport, SourceReport
from aggregator.store import Store
from aggregator.store.connect import Row
from aggregator.times import parse_utc, utc
from parsers.detect import detect
from parsers.errors import ParseError
from parsers.findings import Findings
from parsers.model import Article, Hint, ParseResult, Post, Problem, Statement

log = logging.getLogger("cuttings")


def now() -> dt.datetime:
    """The clock of the whole application, aware UTC."""
    return times.now()


def stamp() -> str:
    """Now, as the archive writes it."""
    return utc(now()) or ""


# ------------------------------------------------------------------ ingest


class _DryRun(Exception):
    """Ends a dry run, so that its transaction is rolled back."""


def ingest(
    store: Store, inputs: Iterable[Input], config: Config, hint: Hint, *, dry_run: bool = False, force: bool = False
) -> Iterator[FileReport]:
    """Take documents in, one report each; a bad one never stops the others.

    A document that was read to its end before, by the same rules, is not read again, except by `force`.
    """
    run = None if dry_run else store.runs.start("ingest", stamp())
    total = Changes()
    try:
        for item in inputs:
            for report in ingest_one(store, item, config, hint, run, force=force):
                total += report.changes
                log.info("ingest %s: %s, %s", report.name, report.format or report.error, report.changes)
                yield report
    finally:
        if run is not None:
            store.runs.finish(run, stamp(), msgspec.to_builtins(total))


def ingest_one(
    store: Store,
    item: Input,
    config: Config,
    hint: Hint,
    run: int | None,
    *,
    force: bool = False,
    read: Callable[[bytes, Hint], ParseResult] | None = None,
) -> Iterator[FileReport]:
    """All documents of one input; a packed file holds several.

    `read` reads a document that is no stream, in place of this process; it may raise `ParseError`.
    """
    try:
        for found in documents(item, config.ingest.max_megabytes, hint.kind):
            if isinstance(found, Document):
                filled = with_defaults(hint, found.name, config)
                yield _ingest_document(store, found, filled, run, force, read or _read)
            else:
                yield _refused(store, found.where or item.name, found, run)
    except FileNotFoundError:
        message = "there is no such file; check its name and folder"
        yield _refused(store, item.name, Problem(message=message, severity="error"), run)
    except (ParseError, OSError) as exc:
        message = exc.strerror or str(exc) if isinstance(exc, OSError) else str(exc)
        yield _refused(store, item.name, Problem(message=message, severity="error"), run)


def _ingest_document(
    store: Store,
    document: Document,
    hint: Hint,
    run: int | None,
    force: bool,
    read: Callable[[bytes, Hint], ParseResult],
    again: bool = False,
) -> FileReport:
    known = None if force else store.documents.known(document.sha256(), _read_as(hint))
    if known is not None:
        return _known_already(store, document.name, known)
    try:
        if not isinstance(document.data, bytes) or parsers.is_stream(document.data[:4096], 0, hint.kind):
            return _take_stream(store, document, hint, run)
        result = read(document.data, hint)
        return take_in(store, document.name, document.data, result, hint, run, label=document.label, again=again)
    except ParseError as exc:
        return _refused(store, document.name, Problem(message=str(exc), severity="error"), run)


def reread(store: Store, config: Config, document_id: int, run: int) -> FileReport:
    """Read a document of the archive anew, with today's parsers and the hint it came with."""
    row = store.documents.get(document_id)
    assert row is not None
    name = row["name"] or f"document {document_id}"
    hint = with_defaults(msgspec.json.decode(row["hint"], type=Hint), name, config)
    document = Document(name, name, store.documents.read(document_id))
    return _ingest_document(store, document, hint, run, force=True, read=_read, again=True)


def _refused(store: Store, name: str, problem: Problem, run: int | None) -> FileReport:
    """A document that cannot be used."""
    if run is not None:
        store.runs.add_problems(run, [problem], name=name)
    return FileReport(name=name, error=problem.message)


def _known_already(store: Store, name: str, row: Row) -> FileReport:
    records: dict[str, int] = msgspec.json.decode(row["records"])
    return FileReport(
        name=name,
        format=row["format"],
        reason="read before, byte for byte, and by the same rules",
        records=records,
        changes=Changes(unchanged=sum(records.values())),
        problems=store.runs.noted(row["id"]),
    )


def _read_as(hint: Hint) -> str:
    """The rules and the hint that a document is read with."""
    return f"{parsers.fingerprint()}/{text_sha(repr(_given(hint)))[:16]}"


def with_defaults(hint: Hint, name: str, config: Config) -> Hint:
    """What is known about a document, filled up from the settings."""
    return msgspec.structs.replace(
        hint,
        name=hint.name or name,
        house_timezone=hint.house_timezone or config.ingest.timezone,
        style=hint.style or config.style,
        organisation=hint.organisation or next(iter(config.organisation.short_names), None),
    )


def _read(data: bytes, hint: Hint) -> ParseResult:
    """The records of a document; one of a known kind that cannot be read gives a problem.

    Raises `ParseError` where no kind fits.
    """
    found = detect(data, hint)
    try:
        return parsers.read(found, data, hint)
    except ParseError as exc:
        # The bytes stay, so that a better parser can read them one day.
        problem = Problem(message=str(exc), severity="error")
        return ParseResult(format=found.format, reason=found.reason, problems=(problem,))


def take_in(
    store: Store,
    name: str,
    data: bytes,
    result: ParseResult,
    hint: Hint,
    run: int | None,
    *,
    as_of: dt.datetime | None = None,
    label: str | None = None,
    again: bool = False,
) -> FileReport:
    """Keep the bytes and what was read from them, all or nothing; without a `run`, nothing.

    `as_of` is when the counts under posts were read, where that is known; `label` is the name in the archive.
    `again` says that other rules read a document which the archive has.
    """
    changes = Changes()
    findings = Findings()
    records = dict(Counter(type(record).__name__.lower() for record in result.records))
    label = label or (name if "://" in name else Path(name).name)
    with contextlib.suppress(_DryRun), store.transaction():
        document_id = store.documents.add(data, name=label, hint=_given(hint), received_at=stamp())
        store.documents.describe(document_id, format=result.format, reason=result.reason, notes=result.notes)
        changes = _save(store, result, document_id, as_of, findings, again)
        if records:
            store.documents.complete(document_id, _read_as(hint), records)
        if run is None:
            raise _DryRun
        store.runs.add_problems(run, (*result.problems, *findings.problems()), name=name, document_id=document_id)
    return _report(name, result, records, changes, findings)


def _report(
    name: str, result: ParseResult, records: dict[str, int], changes: Changes, findings: Findings
) -> FileReport:
    problems = (*result.problems, *findings.problems())
    errors = [problem.message for problem in problems if problem.severity == "error"]
    return FileReport(
        name=name,
        format=result.format,
        reason=result.reason,
        records=records,
        changes=changes,
        repair=result.notes.get("repair"),
        problems=problems,
        error=errors[0] if errors and not records else None,
    )


#: Posts of a stream that go in together: an import that is killed keeps what went in and can simply be run again.
PORTION = 10_000


def _take_stream(store: Store, document: Document, hint: Hint, run: int | None) -> FileReport:
    """Keep the bytes of a document of any size and the posts in it, a portion at a time; without a `run`, nothing."""
    with contextlib.suppress(_DryRun), store.transaction() if run is None else contextlib.nullcontext():
        report = _read_stream(store, document, hint, run)
        if run is None:
            raise _DryRun
    return report


def _read_stream(store: Store, document: Document, hint: Hint, run: int | None) -> FileReport:
    head = next(document.pieces(), b"")
    found = detect(head, hint)
    findings = Findings()
    with store.joined():
        document_id = store.documents.add_stream(
            document.pieces(), sha256=document.sha256(), name=document.label, hint=_given(hint), received_at=stamp()
        )
        store.documents.describe(document_id, format=found.format, reason=found.reason, notes={})
    count, changes = 0, Changes()
    refusal: str | None = None
    posts = parsers.stream(found, document.data, hint, findings)
    try:
        while portion := list(islice(posts, PORTION)):
            count += len(portion)
            with store.joined():
                changes += _keep_posts(store, portion, document_id, None, findings)
    except ParseError as exc:
        refusal = str(exc)
        findings.add(refusal, severity="error")
    stitch(store)
    records = {"post": count} if count else {}
    with store.joined():
        if records:
            store.documents.complete(document_id, _read_as(hint), records)
        if run is not None:
            store.runs.add_problems(run, findings.problems(), name=document.name, document_id=document_id)
    result = ParseResult(format=found.format, reason=found.reason)
    report = _report(document.name, result, records, changes, findings)
    return msgspec.structs.replace(report, error=refusal) if refusal and not records else report


def _given(hint: Hint) -> Hint:
    """A hint without the name, which the document's row has."""
    return msgspec.structs.replace(hint, name=None)


def _save(
    store: Store,
    result: ParseResult,
    document_id: int,
    as_of: dt.datetime | None,
    findings: Findings,
    again: bool = False,
) -> Changes:
    """Store the records of one document and stitch what they touch."""
    posts = [record for record in result.records if isinstance(record, Post)]
    statements = [record for record in result.records if isinstance(record, Statement)]
    changes = Changes()
    if posts:
        changes += _keep_posts(store, posts, document_id, as_of, findings)
        stitch(store)
    if statements:
        from aggregator import linkage

        reworded = linkage.reworded(store, statements, result.notes.get("paper"))
        changes += store.statements.save(statements, document_id=document_id, now=stamp(), reworded=reworded)
    for record in result.records:
        if isinstance(record, Article):
            state = store.articles.save(record, document_id=document_id, now=stamp(), again=again)
            changes += Changes(**{state: 1})
    return changes


def _keep_posts(
    store: Store, posts: list[Post], document_id: int, as_of: dt.datetime | None, findings: Findings
) -> Changes:
    # A file does not say when its counts were read; not before its newest post, which every order of files agrees on.
    as_of = as_of or max((post.created_at for post in posts if post.created_at), default=now())
    changes, _ = store.posts.save(posts, document_id=document_id, as_of=utc(as_of) or stamp(), findings=findings)
    return changes


def stitch(store: Store, touched: Iterable[int] = ()) -> Changes:
    """Stitch again the threads that posts which came or changed may belong to; `touched` adds posts to these."""
    from parsers.threads import stitch as stitch_posts

    changes = Changes()
    with store.joined():
        store.posts.mark_due(touched)
    for hood in store.threads.due():
        with store.joined():
            changes += store.threads.save(stitch_posts(post for _, _, post in hood.posts), hood, stamp())
    return changes


# ------------------------------------------------------------------ fetch


def fetch(store: Store, config: Config, names: Iterable[str] = (), *, due_only: bool = False) -> Iterator[SourceReport]:
    """Poll the sources of those names, or all of them, now or where their time has come; one report each."""
    from aggregator import polling

    yield from polling.poll(store, config, now(), names=names, due_only=due_only)


def fetch_due(store: Store, config: Config, moment: dt.datetime | None = None) -> list[SourceReport]:
    """Poll what is due, and link what it brought; for the service."""
    from aggregator import polling

    reports = list(polling.poll(store, config, moment or now(), due_only=True))
    if any(report.changes.new or report.changes.changed for report in reports):
        refresh(store, config)
    return reports


# ------------------------------------------------------------------ link


def link(
    store: Store, config: Config, *, everything: bool = False, tick: Callable[[int, int], None] | None = None
) -> LinkReport:
    """Propose links for coverage that is new or changed, for recent coverage after decisions, or for all of it."""
    from aggregator import linkage

    return linkage.link(store, config, now(), everything=everything, tick=tick)


def refresh(
    store: Store, config: Config, *, everything: bool = False, tick: Callable[[int, int], None] | None = None
) -> LinkReport:
    """All that follows an import: links, stories, quotations of our people."""
    report = link(store, config, everything=everything, tick=tick)
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
    with store.transaction():
        for coverage_id, text, who, mark in store.quotes.waiting(rule):
            # What our people post themselves is their thread, not a quotation of them.
            found = [] if (who or "").casefold() in own else find(text, speakers, outlet=who)
            views = [
                (QuoteView(speaker=q.speaker, quote=q.quote, verb=q.verb, partial=q.partial), q.reason) for q in found
            ]
            store.quotes.save(coverage_id, views, mark)
    return store.quotes.count()


# ------------------------------------------------------------------ digest

#: Coverage older than this when it came in is archive, not news.
NEWS_FOR = dt.timedelta(days=21)


def compose_digest(store: Store, config: Config, window: Window) -> Digest:
    """What an issue or a look back holds, as the archive stands now; stores nothing."""
    from aggregator.digest import compose

    items, history = gather(store, window)
    sources = store.sources.lines(now())
    return compose(window, items, history, organisation=organisation_name(store, config), sources=sources)


def gather(store: Store, window: Window) -> tuple[list[Item], History]:
    """The coverage of a window and what it is compared with."""
    history = store.windows.history(window.from_at, zoneinfo.ZoneInfo(window.timezone))
    if window.look_back and abs(window.until_at - window.from_at - dt.timedelta(days=7)) > dt.timedelta(hours=2):
        history = msgspec.structs.replace(history, weeks=())  # only a week compares with weeks
    if window.look_back:
        items = store.windows.published(window.from_at, window.until_at)
        history = msgspec.structs.replace(history, undated=tuple(store.windows.undated()))
    else:
        oldest = window.from_at - NEWS_FOR
        items = store.windows.fresh(window.until_at, oldest)
        history = msgspec.structs.replace(history, older=store.windows.too_old(window.from_at, window.until_at, oldest))
    return items, history


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
