"""Ask for article pages once more before an issue closes: outlets edit pages without touching their feeds.

Which error is worse: to miss an edit is a wrong word in a mail, to ask a server again and again is no way to treat
a newsroom.
So each page of the week is asked for once, in the last hours before the cut-off, with its validators, so that an
unchanged page costs its server a few bytes; the pauses, the limits and robots.txt hold as for the first reading.
A page that cannot be had then stays as it was read.
"""

from __future__ import annotations

import datetime as dt

from aggregator import fetch_polite, polling
from aggregator.config import SourceSetting
from aggregator.errors import FetchError
from aggregator.fetch_guard import Rules
from aggregator.model import Changes
from aggregator.polling import Round
from aggregator.polling_web import PAGES, check_robots, of_page
from aggregator.store.sources import SourceState, Validators
from aggregator.weeks import window_at
from parsers.errors import ParseError
from parsers.model import Article, Problem

#: So long before the cut-off the second look begins; sources are polled once an hour, so it is spread over rounds.
BEFORE = dt.timedelta(hours=6)
#: A page that was read so lately is not asked for again.
YOUNGEST = dt.timedelta(hours=2)


def recheck(this: Round, setting: SourceSetting, state: SourceState) -> tuple[Changes, list[Problem]]:
    """Ask once more for the pages of a source that were read since the last cut-off, if the next one is near."""
    window = window_at(this.now, this.config)
    if window.until_at - this.now > BEFORE:
        return Changes(), []
    assert setting.url is not None
    allowed = this.rules_for(setting.url)
    changes, problems = Changes(), []
    pages = this.store.sources.to_check(state.id, window.from_at, this.now - YOUNGEST, this.config.fetch.pages)
    for key, known in pages:
        try:
            changes += _again(this, setting, state, key, known, allowed)
        except (FetchError, ParseError) as exc:
            problems.append(Problem(message=str(exc), where=key, severity="info"))
        this.store.sources.page_checked(state.id, key, this.now)
    return changes, problems


def _again(
    this: Round, setting: SourceSetting, state: SourceState, key: str, known: Validators, allowed: Rules
) -> Changes:
    """Ask for one page; other words make a new version of its article."""
    delay = check_robots(this, key, allowed) if setting.robots else 0.0
    polling.sleep(max(delay, this.config.fetch.pause_seconds))
    etag, modified, sha = known
    answer = this.get(key, allowed, fetch_polite.conditional(etag, modified))
    if answer.status == 304 or (answer.status == 200 and of_page(answer)[2] == sha):
        return Changes()
    if answer.status != 200:
        raise FetchError(f"{key}: the server answered with status {answer.status}", status=answer.status)
    hint = this.web_hint(setting, answer)
    result = this.read(answer.body, hint, PAGES)
    error = polling.errors_of(result)
    if error:
        raise ParseError(f"{key}: {error}")
    with this.store.transaction():
        for record in result.records:
            if isinstance(record, Article) and record.url:
                this.store.articles.same_place(key, record.url)
        report = this.take_in(answer.url, answer.body, result, hint)
        this.store.sources.page_read(state.id, key, of_page(answer), this.now)
    return report.changes
