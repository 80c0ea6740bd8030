"""Choose and order what an issue holds: no HTML, no store, no clock.

Which error is worse: to leave a thing to the archive ("+3 more") is a click, to fill the mail with what does not
matter costs the three minutes in which it is read.
So every section has a limit, every limit says what it left out, and what stands in one section does not stand
in the next again.

A link that is only possible stands under "To review" and nowhere else: a false link in the mail costs more trust
than a missing one.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence

from aggregator.digest_numbers import COUNTING as COUNTING
from aggregator.digest_numbers import GAPS, gaps_of, numbers_of, of_this_week, this_week
from aggregator.digest_readers import behind as behind
from aggregator.digest_readers import for_reader as for_reader
from aggregator.digest_readers import list_title as list_title
from aggregator.digest_readers import placements as placements
from aggregator.digest_sections import (
    POSITIONS,
    THREADS,
    VOICES,
    most_liked,
    positions_of,
    review_of,
    threads_of,
    voices_of,
)
from aggregator.digest_stories import TOP_STORIES as TOP_STORIES
from aggregator.digest_stories import groups_of, matters, newest_first, story_lines
from aggregator.issue_model import Digest, GapLine, History, Item, LinkView, SourceLine, StoryLine, Window

#: All lines that name a piece of coverage.
MAX_ITEMS = 25
#: Lines beyond the limits that are kept for readers of some positions only.
MORE = 40


def compose(
    window: Window,
    items: Sequence[Item],
    history: History,
    *,
    organisation: str | None = None,
    corrections: Sequence[tuple[Item, LinkView]] = (),
    updates: Sequence[GapLine] = (),
    sources: Sequence[SourceLine] = (),
    people_named: bool = True,
    ours: Sequence[str] = (),
    is_open: bool = False,
) -> Digest:
    """One issue from all coverage of its window, which may be in any order.

    `updates` are lines on what earlier issues named and what was rewritten since.
    `people_named` says whether the settings name anybody whose words are looked for, `ours` by which names the
    association and its people are spoken of.
    `is_open` says that most of the window is still to come, so that nothing has gone quiet in it yet.
    """
    items = sorted(items, key=newest_first)
    told = [item for item in items if not item.repeated]
    groups = groups_of(told, ours)
    matter = [group for group in groups if matters(group)]
    able = story_lines(matter, ours)
    stories = able[:TOP_STORIES]
    top = {key for line in stories for key in line.ids}
    shown = set(top)
    threads = threads_of(items, shown)
    shown |= {item.id for item in threads[:THREADS]}
    counted = of_this_week(window, items, history)
    room = MAX_ITEMS - len(stories) - len(threads[:THREADS])
    positions = positions_of(items, counted, history, shown, room)
    voices = voices_of(told)
    # Where nothing came in, that every position is silent goes without saying.
    gaps = gaps_of(window, groups, items, counted, history, updates, is_open=is_open) if items else list(updates)
    numbers = functools.partial(numbers_of, history=history, top=top, people_named=people_named)
    whole = numbers(told, matter) if history.first and len(counted) != len(items) else ()
    in_stories = {item.id for group in matter for item in group}
    besides = [item for item in items if not (item.id in in_stories or item.parts_found > 1 or item.sure_links)]
    if len(counted) != len(items):
        matter = [group for group in groups_of([item for item in counted if not item.repeated]) if matters(group)]
    return Digest(
        window=window,
        organisation=organisation,
        items=len(items),
        ids=tuple(item.id for item in items),
        numbers=numbers(counted, matter),
        weeks=(*history.weeks, this_week(window, counted, matter)) if history.weeks else (),
        stories=stories,
        positions=positions[:POSITIONS],
        voices=voices[:VOICES],
        threads=threads[:THREADS],
        gaps=tuple(gaps[:GAPS]),
        review=review_of(items, _shown_links(stories, threads[:THREADS])),
        corrections=tuple(corrections),
        sources=tuple(sources),
        older=history.older,
        first=history.first,
        basis=history.basis,
        recounted=history.recounted,
        mailed=history.mailed,
        whole=whole,
        totals=(
            ("stories", len(able)), ("positions", len(positions)), ("voices", len(voices)),
            ("threads", len(threads)), ("gaps", len(gaps)),
        ),
        earlier=sum(1 for item in items if _before(item, window, history.first)),
        unlisted=len(besides),
        most_liked=most_liked(besides),
        more_stories=tuple(line for line in able[TOP_STORIES:] if line.link)[:MORE],
        more_positions=positions[POSITIONS:][:MORE],
        areas=tuple((count.statement_id, count.areas) for count in history.positions),
    )  # fmt: skip


def _shown_links(stories: Sequence[StoryLine], threads: Sequence[Item]) -> set[tuple[str, str]]:
    """Piece and position of the links that stories and threads show with their status."""
    shown = {(key, line.link.statement_id) for line in stories if line.link for key in line.ids}
    return shown | {(item.id, item.sure_links[0].statement_id) for item in threads if item.sure_links}


def _before(item: Item, window: Window, first: bool) -> bool:
    """Whether a piece is older than the window.

    What has a day and no time may be of any moment of it, so that the window's first day is none before it; the first
    issue counts it as the weeks before do, by the beginning of its day.
    """
    moment = item.counted_at
    if moment and item.date_only and not first:
        moment += dt.timedelta(days=1, microseconds=-1)
    return bool(moment and moment < window.from_at)
