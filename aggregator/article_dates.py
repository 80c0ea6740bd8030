"""Whether an article's dates can be: nothing was published after it was received.

Which error is worse: a wrong date is worse than none, because issues and look-backs are cut by dates, and staff
are asked for a date that is missing but not for one that is wrong.
A day of grace is for zones that a page does not name and for clocks that are fast.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from parsers.model import Article, Hint, ParseResult, Problem

GRACE = dt.timedelta(days=1)


def believed(result: ParseResult, received: dt.datetime) -> ParseResult:
    """The result without dates that lie in the future of `received`; each is told as a problem.

    >>> far = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    >>> result = ParseResult(records=(Article(headline="Early news", published_at=far),))
    >>> found = believed(result, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    >>> found.records[0].published_at is None, found.problems[0].excerpt
    (True, 'Early news')
    """
    latest = received + GRACE
    if not any(isinstance(record, Article) and _future(record, latest) for record in result.records):
        return result
    problems = list(result.problems)
    records = []
    for record in result.records:
        if isinstance(record, Article) and (fields := _future(record, latest)):
            problems.append(_problem(record, fields))
            record = msgspec.structs.replace(record, **dict.fromkeys(fields))
        records.append(record)
    return msgspec.structs.replace(result, records=tuple(records), problems=tuple(problems))


def believable(hint: Hint, received: dt.datetime) -> Hint:
    """A hint without a date that lies in the future of `received`."""
    if hint.published_at is None or hint.published_at <= received + GRACE:
        return hint
    return msgspec.structs.replace(hint, published_at=None, date_only=False)


def _future(article: Article, latest: dt.datetime) -> tuple[str, ...]:
    """Which of its dates lie beyond."""
    moments = (("published_at", article.published_at), ("updated_at", article.updated_at))
    return tuple(name for name, moment in moments if moment is not None and moment > latest)


def _problem(article: Article, fields: tuple[str, ...]) -> Problem:
    moment = getattr(article, fields[0])
    kind = "publication" if fields[0] == "published_at" else "update"
    return Problem(
        message=f"its date of {kind}, {moment:%d %B %Y}, is in the future and was left out",
        where=article.url or "",
        excerpt=(article.headline or "")[:200],
    )
