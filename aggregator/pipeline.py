"""The corridor: every verb of the application from end to end, in the order in which data flows.

    source bytes → detect → parse → repair → stitch → store → link → group → digest → render → send

Rules decide, the store keeps, and only this module brings them together.
It owns the clock (`now`, replaced in tests) and the transactions: a document goes in as a whole or not at all.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

import parsers
from aggregator import times
from aggregator.config import Config, Recipient
from aggregator.identity import text_sha
from aggregator.issue_model import Digest, History, Item, QuoteView, Window
from aggregator.model import Changes, FileReport, LinkReport, SourceReport
from aggregator.store import Store
from aggregator.times import parse_utc, utc
from parsers.detect import Detected, detect
from parsers.errors import ParseError
from parsers.model import Article, Hint, ParseResult, Post, Problem, Record, Statement


def now() -> dt.datetime:
    """The clock of the whole application, aware UTC."""
    return times.now()


def stamp() -> str:
    """Now, as the archive writes it."""
    return utc(now()) or ""


# ------------------------------------------------------------------ ingest


class Input(Record, frozen=True, kw_only=True):
    """A document on its way in."""

    name: str  # as messages show it
    path: Path | None = None  # None: standard input


class _DryRun(Exception):
    """Ends a dry run, so that its transaction is rolled back."""


def find_inputs(paths: Iterable[str]) -> Iterator[Input]:
    """The documents that command-line paths name: files, all files in folders, `-` for standard input."""
    for text in paths:
        path = Path(text)
        if text == "-":
            yield Input(name="standard input")
        elif path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not hidden:
                    yield Input(name=str(file), path=file)
        else:
            yield Input(name=text, path=path)


def ingest(
    store: Store, inputs: Iterable[Input], config: Config, hint: Hint, *, dry_run: bool = False
) -> Iterator[FileReport]:
    """Take documents in, one report each; a bad one never stops the others."""
    run = None if dry_run else store.runs.start("ingest", stamp())
    total = Changes()
    for item in inputs:
        report = _ingest_one(store, item, config, hint, run)
        total += report.changes
        yield report
    if run is not None:
        store.runs.finish(run, stamp(), msgspec.to_builtins(total))


def _ingest_one(store: Store, item: Input, config: Config, hint: Hint, run: int | None) -> FileReport:
    hint = with_defaults(hint, item.name, config)
    try:
        data = _read(item, config)
        result = _parsed(data, detect(data, hint), hint)
        return take_in(store, item.name, data, result, hint, run)
    except (ParseError, OSError) as exc:
        message = exc.strerror or str(exc) if isinstance(exc, OSError) else str(exc)
        if run is not None:
            store.runs.add_problems(run, [Problem(message=message, severity="error")], name=item.name)
        return FileReport(name=item.name, error=message)


def with_defaults(hint: Hint, name: str, config: Config) -> Hint:
    """What is known about a document, filled up from the settings."""
    return msgspec.structs.replace(
        hint,
        name=hint.name or name,
        timezone=hint.timezone or config.ingest.timezone,
        style=hint.style or config.style,
        organisation=hint.organisation or next(iter(config.organisation.short_names), None),
    )


def _read(item: Input, config: Config) -> bytes:
    if item.path is None:
        return sys.stdin.buffer.read()
    limit = config.ingest.max_megabytes
    if item.path.stat().st_size > limit << 20:
        raise ParseError(
            f"the file is larger than {limit} MB; split it, or raise max_megabytes in [ingest] of the settings"
        )
    return item.path.read_bytes()


def _parsed(data: bytes, found: Detected, hint: Hint) -> ParseResult:
    """The records of a document; one that cannot be read gives a problem."""
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
) -> FileReport:
    """Keep the bytes and what was read from them, all or nothing; without a `run`, nothing.

    `as_of` is when the counts under posts were read, where that is known.
    """
    changes = Changes()
    label = name if "://" in name else Path(name).name
    with contextlib.suppress(_DryRun), store.transaction():
        document_id = store.documents.add(data, name=label, hint=_given(hint), received_at=stamp())
        store.documents.describe(document_id, format=result.format, reason=result.reason, notes=result.notes)
        changes = _save(store, result, document_id, as_of)
        if run is None:
            raise _DryRun
        store.runs.add_problems(run, result.problems, name=name, document_id=document_id)
    errors = [problem.message for problem in result.problems if problem.severity == "error"]
    return FileReport(
        name=name,
        format=result.format,
        reason=result.reason,
        records=dict(Counter(type(record).__name__.lower() for record in result.records)),
        changes=changes,
        repair=result.notes.get("repair"),
        problems=result.problems,
        error=errors[0] if errors and not result.records else None,
    )


def _given(hint: Hint) -> Hint:
    """A hint without the name, which the document's row has."""
    return msgspec.structs.replace(hint, name=None)


def _save(store: Store, result: ParseResult, document_id: int, as_of: dt.datetime | None) -> Changes:
    """Store the records of one document and stitch what they touch."""
    posts = [record for record in result.records if isinstance(record, Post)]
    statements = [record for record in result.records if isinstance(record, Statement)]
    changes = Changes()
    if posts:
        changes += _save_posts(store, posts, document_id, as_of)
    if statements:
        changes += store.statements.save(statements, document_id=document_id, now=stamp())
    for record in result.records:
        if isinstance(record, Article):
            state = store.articles.save(record, document_id=document_id, now=stamp())
            changes += Changes(**{state: 1})
    return changes


def _save_posts(store: Store, posts: list[Post], document_id: int, as_of: dt.datetime | None) -> Changes:
    # A file does not say when its counts were read; not before its newest post, which every order of files agrees on.
    as_of = as_of or max((post.created_at for post in posts if post.created_at), default=now())
    changes, touched = store.posts.save(posts, document_id=document_id, as_of=utc(as_of) or stamp())
    stitch(store, touched)
    return changes


def stitch(store: Store, touched: list[int] | None = None) -> Changes:
    """Stitch again the threads that posts which came or changed may belong to; `touched` adds posts to these."""
    from parsers.threads import stitch as stitch_posts

    store.posts.mark_due(touched or ())
    changes = Changes()
    for hood in store.threads.due():
        with store.transaction():
            changes += store.threads.save(stitch_posts(post for _, _, post in hood.posts), hood, stamp())
    return changes


# ------------------------------------------------------------------ fetch


def fetch(
    store: Store, config: Config, names: Iterable[str] = (), *, due_only: bool = False
) -> Iterator[SourceReport]:
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
    group(store)
    find_quotes(store, config)
    return report


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
    return compose(window, items, history, organisation=organisation_name(store, config))


def gather(store: Store, window: Window) -> tuple[list[Item], History]:
    """The coverage of a window and what it is compared with."""
    history = store.windows.history(window.from_at)
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
