"""Feeds and pages: ask only for what is new, take the page where a feed holds only the start of an article.

The same bytes as last time are known by their fingerprint and never read again.
An entry's page is asked for once; another headline, text or date of update in the feed asks for it anew, and the
archive keeps both wordings as versions.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from aggregator import fetch_polite, fetch_robots, polling
from aggregator.config import SourceSetting
from aggregator.errors import FetchError, RefusedError
from aggregator.fetch_guard import Rules
from aggregator.fetch_http import Answer
from aggregator.model import Changes
from aggregator.polling import FEEDS, Outcome, Round
from aggregator.store.sources import ItemState, SourceState, Validators
from parsers.errors import ParseError
from parsers.model import Article, ParseResult, Post, Problem

PAGES = ("article-html",)
#: Entries of a feed that are older keep their teaser: they are no news, and the page may have moved.
PAGES_FOR = dt.timedelta(days=60)
ROBOTS_FOR = dt.timedelta(days=1)
#: These will not change by asking again.
_FINAL = {400, 401, 402, 403, 404, 405, 406, 410, 451}


def feed(this: Round, setting: SourceSetting, state: SourceState) -> Outcome:
    """Poll a feed, then the pages of entries that wait."""
    outcome = _poll(this, setting, state, FEEDS)
    if not setting.follow_pages:
        return outcome
    changes, problems, waiting = _follow(this, setting, state)
    if setting.recheck == "once" and not waiting:
        from aggregator.polling_recheck import recheck

        edits, doubts = recheck(this, setting, state)
        changes, problems = changes + edits, [*problems, *doubts]
    return msgspec.structs.replace(
        outcome,
        changes=outcome.changes + changes,
        problems=outcome.problems + tuple(problems),
        state=f"{waiting} pages wait for the next round" if waiting else outcome.state,
        gave=outcome.gave or changes.new > 0,
    )


def page(this: Round, setting: SourceSetting, state: SourceState) -> Outcome:
    """Poll one page; other words make a new version of its article."""
    if setting.robots:
        allowed = this.rules_for(setting.url or "")
        check_robots(this, setting.url or "", allowed)
    return _poll(this, setting, state, PAGES)


# ------------------------------------------------------------------ one address


def _poll(this: Round, setting: SourceSetting, state: SourceState, kinds: tuple[str, ...]) -> Outcome:
    assert setting.url is not None
    allowed = this.rules_for(setting.url)
    headers = fetch_polite.conditional(state.etag, state.modified)
    answer = this.get(state.url or setting.url, allowed, headers, ahead=setting.kind == "feed")
    _check_status(this, state, answer)
    etag, modified = fetch_polite.validators(answer)
    values: dict[str, Any] = _move(state, answer)
    outcome = Outcome(state="nothing new", validators=bool(etag or modified))
    if answer.status == 304:
        values |= {name: value for name, value in (("etag", etag), ("modified", modified)) if value}
        outcome = msgspec.structs.replace(outcome, validators=True)
    else:
        values |= {"etag": etag, "modified": modified}
        outcome = _take_body(this, setting, state, answer, kinds, values, outcome)
    this.store.sources.update(state.id, **values)
    return msgspec.structs.replace(outcome, wait=fetch_polite.max_age(answer.headers))


def _take_body(
    this: Round,
    setting: SourceSetting,
    state: SourceState,
    answer: Answer,
    kinds: tuple[str, ...],
    values: dict[str, Any],
    outcome: Outcome,
) -> Outcome:
    """Store a body together with its validators; the same body again costs its fingerprint."""
    sha = hashlib.sha256(answer.body).hexdigest()
    if sha == state.body_sha:
        return outcome
    hint = this.web_hint(setting, answer)
    result = this.read(answer.body, hint, kinds)
    with this.store.transaction():
        report = this.take_in(answer.url, answer.body, result, hint)
        if report.error is None:
            this.store.sources.update(state.id, **values, body_sha=sha)
            if setting.kind == "feed" and setting.follow_pages:
                this.store.sources.want(state.id, _wanted(this, result))
    if report.error is not None:
        raise ParseError(report.error)
    if any(isinstance(record, Post) for record in result.records):
        from aggregator.polling_bluesky import complete

        report = msgspec.structs.replace(report, changes=report.changes + complete(this, setting, state))
    gave = report.changes.new + (report.changes.changed if setting.kind == "page" else 0) > 0
    return msgspec.structs.replace(outcome, changes=report.changes, gave=gave, state="")


def _check_status(this: Round, state: SourceState, answer: Answer) -> None:
    if answer.status in (200, 304):
        return
    if answer.status == 410:
        reason = "the server says that it is gone for good; take it out of the settings"
        this.store.sources.update(state.id, stopped=reason)
        raise FetchError(f"{answer.url}: {reason}", status=410)
    raise FetchError(f"{answer.url}: the server answered with status {answer.status}", status=answer.status)


def _move(state: SourceState, answer: Answer) -> dict[str, Any]:
    """What an answer says about the address; a move counts when several polls in a row say the same."""
    if not answer.moved:
        return {"moved_to": None, "moved_times": 0, "stopped": None}
    times = state.moved_times + 1 if answer.moved == state.moved_to else 1
    if times >= fetch_polite.CONFIRMATIONS:
        return {"url": answer.moved, "moved_to": None, "moved_times": 0, "stopped": None}
    return {"moved_to": answer.moved, "moved_times": times, "stopped": None}


def _wanted(this: Round, result: ParseResult) -> Iterable[tuple[str, str, dt.datetime]]:
    """Entries whose page is to be fetched: address, what the feed says of it now, date."""
    for record in result.records:
        if not isinstance(record, Article) or not record.stub or not record.url:
            continue
        moment = record.published_at or this.now
        if this.now - moment <= PAGES_FOR:
            yield record.url, _mark(record), min(moment, this.now)


def _mark(entry: Article) -> str:
    told = repr((entry.headline, entry.updated_at, entry.text))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]


# ------------------------------------------------------------------ pages of entries


def _follow(this: Round, setting: SourceSetting, state: SourceState) -> tuple[Changes, list[Problem], int]:
    """Fetch pages that wait; gives what changed, what went wrong, and how many still wait."""
    assert setting.url is not None
    allowed = this.rules_for(setting.url)
    changes, problems = Changes(), []
    silent: set[str] = set()  # servers that did not answer are left alone for this round
    limit = this.config.fetch.pages
    items = this.store.sources.waiting(state.id, this.now, limit + 1)
    for number, item in enumerate(items[:limit]):
        try:
            site = polling.place(item.key, allowed)
            if site in silent:
                continue
            changes += _entry_page(this, setting, state, item, allowed, first=number == 0)
        except (FetchError, ParseError) as exc:
            if isinstance(exc, FetchError) and exc.passing and exc.status is None:
                silent.add(site)
            problems.append(_put_off(this, state, item, exc))
    return changes, problems, max(0, len(items) - limit)


def _entry_page(
    this: Round, setting: SourceSetting, state: SourceState, item: ItemState, allowed: Rules, *, first: bool
) -> Changes:
    """Fetch one entry's page and let it replace the teaser."""
    delay = check_robots(this, item.key, allowed) if setting.robots else 0.0
    if not first:
        polling.sleep(max(delay, this.config.fetch.pause_seconds))
    answer = this.get(item.key, allowed)
    if answer.status != 200:
        raise FetchError(f"{item.key}: the server answered with status {answer.status}", status=answer.status)
    hint = this.web_hint(setting, answer)
    result = this.read(answer.body, hint, PAGES)
    error = polling.errors_of(result)
    with this.store.transaction():
        for record in result.records:
            if isinstance(record, Article) and record.url:
                this.store.articles.same_place(item.key, record.url)
        report = this.take_in(answer.url, answer.body, result, hint)
        this.store.sources.done(state.id, item.key, item.mark, this.now, note=error)
        this.store.sources.page_read(state.id, item.key, of_page(answer), this.now)
    if error:
        raise ParseError(f"{item.key}: {error}")
    return report.changes


def of_page(answer: Answer) -> Validators:
    """What says whether a page is still the same."""
    return (*fetch_polite.validators(answer), hashlib.sha256(answer.body).hexdigest())


def _put_off(this: Round, state: SourceState, item: ItemState, exc: Exception) -> Problem:
    """A page could not be had: later again, or given up; the teaser stays either way."""
    sources = this.store.sources
    final = not isinstance(exc, FetchError) or not exc.passing or exc.status in _FINAL
    if final:
        sources.done(state.id, item.key, item.mark, this.now, note=str(exc))
    else:
        wait = getattr(exc, "wait", None)
        pause = fetch_polite.pause(fetch_polite.HOUR, failures=item.tries, asked=wait)
        # Being asked to wait is no failure of the page.
        sources.later(state.id, item.key, this.now + pause, str(exc), counts=wait is None)
    return Problem(message=str(exc), where=item.key, severity="info" if isinstance(exc, RefusedError) else "warning")


# ------------------------------------------------------------------ robots.txt


def check_robots(this: Round, url: str, allowed: Rules) -> float:
    """The seconds a site wants between requests; raises `RefusedError` where it keeps a page from us."""
    site = polling.place(url, allowed)
    robots = fetch_robots.read(_robots_text(this, site, allowed), this.agent)
    path = url[len(site) :] if url.startswith(site) else "/" + url.split("/", 3)[-1]
    if not robots.allows(path or "/"):
        raise RefusedError(f"{url}: the site's robots.txt keeps this page from readers like us")
    return robots.delay


def _robots_text(this: Round, site: str, allowed: Rules) -> str:
    """A site's robots.txt, read once a day; a site without one allows everything."""
    known = this.store.sources.host(site)
    fresh = known and known["robots_at"] and this.now - dt.datetime.fromisoformat(known["robots_at"]) < ROBOTS_FOR
    if known and fresh:
        return str(known["robots"])
    answer = this.get(site + "/robots.txt", allowed)
    if answer.status >= 500:
        raise FetchError(f"{site}: its robots.txt cannot be had (status {answer.status})", status=answer.status)
    text = answer.body[: fetch_robots.LARGEST].decode("utf-8", "replace") if answer.status == 200 else ""
    this.store.sources.save_robots(site, text, this.now)
    return text
