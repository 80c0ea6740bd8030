"""Numbers of an issue, and what they show to be missing: gaps, silences, rises.

Which error is worse: a change that is none sends somebody looking, a missed one is seen a week later.
So small numbers are no rise, a young archive has no mean, and nothing says why.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from aggregator.issue_model import Cell, GapLine, History, Item, WeekCount, Window
from aggregator.neutral import cut

#: Name of the way of counting, and of the same in `store.history`; a new way gets a new name, and weeks whose mails
#: counted by another are counted again.
COUNTING = "pieces-2"
GAPS = 8
#: Rewritten articles that are named.
UPDATES = 3
#: A rise is unusual from this many pieces, at this multiple of the weekly mean.
RISE_FROM, RISE_TIMES = 4, 3
#: A topic without a position is busy from this many people, or from two pieces when one is an article.
TOPIC_FROM = 3
#: How far back the oldest piece has to lie before it says anything that a position never came up.
LIVED = dt.timedelta(weeks=4)


def of_this_week(window: Window, items: Sequence[Item], history: History) -> list[Item]:
    """The pieces that count in this week: what an issue holds, but of the first one only what is not older.

    The first issue takes in what lay there when nobody kept issues yet; later ones take in what came late.
    What has no date counts when it came in, as on the page of the positions.
    """
    if not history.first:
        return list(items)
    return [item for item in items if item.counted_at is None or item.counted_at >= window.from_at]


def numbers_of(
    items: Sequence[Item],
    stories: Sequence[Sequence[Item]],
    history: History,
    *,
    top: Collection[str] = (),
    people_named: bool = True,
) -> tuple[Cell, ...]:
    """The rows of the numbers table, each as many as its section lists and leaves out; `top` stand in top stories."""
    linked = [item for item in items if item.sure_links]
    threads = [item for item in items if item.parts_found > 1]
    voices = [item for item in items if not all(quote.partial for quote in item.quotes)]
    decided = sum(any(link.decided for link in item.sure_links) for item in linked)
    rows = (
        ("stories", len(stories), len(items), [item for group in stories for item in group]),
        ("linked", len(linked), decided, linked),
        ("quotes", quotes_in(items), parts_in(items), voices),
        ("threads", len(threads), sum(item.id in top for item in threads), threads),
    )
    return tuple(
        Cell(
            name=name,
            this_week=count,
            last_week=getattr(history.weeks[-1], name) if history.weeks else None,
            mean=_mean(history.weeks, name),
            detail=detail,
            pieces=len(behind) if name == "stories" else None,
            ids=tuple(item.id for item in behind),
            unasked=name == "quotes" and not people_named,
        )
        for name, count, detail, behind in rows
    )


def quotes_in(items: Iterable[Item]) -> int:
    """How many things our people said, each once: as many as the section of voices has lines."""
    return len({quote.fold for item in items for quote in item.quotes if not quote.partial})


def parts_in(items: Iterable[Item]) -> int:
    """How many parts of sentences of our people are quoted, each once, that count as no quotation."""
    return len({quote.fold for item in items for quote in item.quotes if quote.partial})


def _mean(weeks: Sequence[WeekCount], name: str) -> float | None:
    """Mean of the four weeks before; None where the archive is younger."""
    if len(weeks) < 4:
        return None
    return float(sum(getattr(week, name) for week in weeks[-4:])) / 4


def this_week(window: Window, items: Sequence[Item], stories: Sequence[Sequence[Item]]) -> WeekCount:
    return WeekCount(
        from_at=window.from_at,
        coverage=len(items),
        stories=len(stories),
        linked=sum(bool(item.sure_links) for item in items),
        quotes=quotes_in(items),
        threads=sum(item.parts_found > 1 for item in items),
    )


def gaps_of(
    window: Window,
    groups: Sequence[Sequence[Item]],
    items: Sequence[Item],
    counted: Sequence[Item],
    history: History,
    updates: Sequence[GapLine] = (),
    *,
    is_open: bool = False,
) -> list[GapLine]:
    """Busy topics without a position, what was rewritten, unusual rises, positions gone silent, missing dates.

    `counted` are those of the items that count in this week; `is_open` says that most of it is still to come.
    """
    quiet = [] if is_open else _silent(counted, history)
    silent = [*quiet, *_never(window, items, history)]
    # A rise shows in the numbers of its position as well; what was rewritten shows nowhere else.
    gaps = [*_topics(groups), *updates[:UPDATES], *_rises(counted, history), *silent]
    if history.undated:
        ids = tuple(item.id for item in history.undated)
        gaps.append(GapLine(kind="undated", subject=history.undated[0].title, n=len(ids), ids=ids))
    return gaps


def _topics(groups: Sequence[Sequence[Item]]) -> list[GapLine]:
    """Stories that tie to no position, though several pieces or people are on them."""
    lines = []
    for group in groups:
        if len(group) < 2 or any(item.sure_links for item in group):
            continue
        voices = {item.who or item.id for item in group}
        if len(voices) >= TOPIC_FROM or (len(group) >= 2 and any(item.kind == "article" for item in group)):
            ids = tuple(item.id for item in group)
            lines.append(GapLine(kind="topic", subject=cut(group[0].title, 14), n=len(group), ids=ids))
    return lines[:3]


def _rises(items: Iterable[Item], history: History) -> list[GapLine]:
    """Positions with far more coverage than in the four weeks before."""
    if len(history.weeks) < 4:
        return []
    now = Counter(link.statement_id for item in items for link in item.sure_links)
    lines = []
    for count in history.positions:
        mean = count.four_weeks / 4
        if now[count.statement_id] >= max(RISE_FROM, RISE_TIMES * mean):
            lines.append(
                GapLine(
                    kind="rise", subject=count.title, n=now[count.statement_id], before=mean,
                    statement_id=count.statement_id,
                )
            )  # fmt: skip
    return sorted(lines, key=lambda line: -line.n)[:2]


def _silent(items: Iterable[Item], history: History) -> list[GapLine]:
    """Positions that were in the news before and are not now, longest silence last.

    Before the first issue nobody read of any, so none has gone silent for its readers.
    """
    now = {link.statement_id for item in items for link in item.sure_links}
    fallen = [
        count
        for count in history.positions
        if count.last_covered and count.statement_id not in now and count.four_weeks and not history.first
    ]
    fallen.sort(key=lambda count: (-count.four_weeks, count.title))
    return [
        GapLine(
            kind="silent",
            subject=count.title,
            n=count.four_weeks,
            since=count.last_covered,
            statement_id=count.statement_id,
        )
        for count in fallen[:3]
    ]


def _never(window: Window, items: Iterable[Item], history: History) -> list[GapLine]:
    """How many positions nothing was ever linked to, and for how many of them there are proposals to review.

    What stands under a near-same position of another name is linked, and no gap.
    """
    if not history.archive_since or window.from_at - history.archive_since < LIVED:
        return []
    linked, proposed = set[str](), set[str]()
    for item in items:
        for link in item.links:
            (linked if link.sure else proposed).update((link.statement_id, *link.stands_for))
    never = [
        count
        for count in history.positions
        if not (count.ever or count.statement_id in linked or count.title in linked)
    ]
    if not never:
        return []
    asked = sum(count.proposed or bool({count.statement_id, count.title} & proposed) for count in never)
    return [GapLine(kind="silent", subject="", n=len(never), since=history.archive_since, proposed=asked)]
