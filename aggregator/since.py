"""What became of things since the last issue: what was mailed and has changed, what stands there once more.

Which error is worse: an article that comes back with three words changed teaches people to skip what comes back.
So an edit counts from `UPDATED_SHARE` of the words on, once, and only of what an issue named:

- edited in place: one line under “Gaps and watch”, because an article is in one issue only;
- the same outlet's text under another address: marked *updated* where its words differ enough, and not listed again
  where they do not; from `ANOTHER` on it is another piece on the story, a plain follow-up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from msgspec.structs import replace

from aggregator.issue_model import GapLine, Item, LinkView
from aggregator.store import Store
from aggregator.store.edits import Edits
from aggregator.times import parse_utc
from aggregator.units import half_up
from parsers.model import Record

#: Share of words changed from which an edited article is marked as updated; below are corrections of slips.
UPDATED_SHARE = 0.08
#: Share of words that differ between two texts from which they are two pieces and not versions of one.
ANOTHER = 0.6


class Since(Record, frozen=True, kw_only=True):
    """What an issue tells of earlier ones."""

    corrections: tuple[tuple[Item, LinkView], ...] = ()
    updates: tuple[GapLine, ...] = ()


def last_issue(store: Store, until: dt.datetime) -> Since:
    """Links rejected and articles rewritten since the latest issue before `until` was frozen."""
    frozen = store.issues.last_frozen(until)
    return Since(
        corrections=tuple(store.issues.corrections(frozen)),
        updates=tuple(_updates(store, frozen, until)) if frozen else (),
    )


def _updates(store: Store, frozen: dt.datetime, until: dt.datetime) -> list[GapLine]:
    """Articles that an earlier issue named and whose words have changed beyond the threshold since `frozen`."""
    from aggregator.shingles import changed_share

    lines = []
    for version in Edits(store.connection).edited(frozen, until):
        share = changed_share(version.mailed, version.now)
        # A text that crossed the threshold before was told of then.
        if share >= UPDATED_SHARE > changed_share(version.mailed, version.before):
            link = next(iter(version.item.sure_links), None)
            lines.append(
                GapLine(
                    kind="updated",
                    subject=version.item.title,
                    n=int(half_up(100 * share)),
                    since=parse_utc(version.mailed_at),
                    ids=(version.item.id,),
                    statement_id=link.statement_id if link else None,
                    item=replace(version.item, text="", links=(), quotes=()),
                )
            )
    return sorted(lines, key=lambda line: (line.statement_id is None, -line.n, line.ids))


def marked(store: Store, items: Sequence[Item]) -> list[Item]:
    """Follow-ups that their outlet has in an earlier issue already, marked as updated or as repeated."""
    from aggregator.shingles import changed_share

    follow_ups = [item for item in items if item.follows and item.kind == "article" and not item.stub]
    earlier = Edits(store.connection).earlier_texts([item.id for item in follow_ups]) if follow_ups else {}
    marks = {}
    for item in follow_ups:
        share = min((changed_share(text, item.text) for text in earlier.get(item.id, ())), default=1.0)
        if share < UPDATED_SHARE:
            marks[item.id] = replace(item, repeated=True)
        elif share < ANOTHER:
            marks[item.id] = replace(item, updated=True)
    return [marks.get(item.id, item) for item in items]
