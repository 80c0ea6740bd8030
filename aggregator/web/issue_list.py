"""What an issue holds, as it was mailed: words, outlet and day of each piece from the frozen issue, then what changed.

Which error is worse: a list that shows today's words as those of the mail misleads whoever checks the mail by it.
So what the issue did not freeze (pieces that were counted and not listed) is shown as it is now and says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from aggregator.issue_model import Digest, Item, QuoteView
from aggregator.store import Store
from aggregator.store.connect import Row
from parsers.model import Record

#: What was only counted, which no issue freezes.
ARCHIVE = "Counted, and not listed in the mail; shown as they are now"
#: The sections of an issue in words.
SECTIONS = {
    "stories": "Top stories",
    "positions": "By position",
    "voices": "Our voices",
    "threads": "Threads",
    "archive": ARCHIVE,
}
#: Words of a text without a headline that stand for it.
WORDS = 14
#: The title of an article that has none.
UNNAMED = "(no headline)"


class Told(Record, frozen=True, kw_only=True):
    """One piece of an issue."""

    key: str  # its name now
    section: str
    headline: str
    who: str
    published_at: dt.datetime | None
    statement: str | None
    position: str | None  # its title, where there is room for it
    quotes: tuple[QuoteView, ...] = ()
    frozen: bool = True  # False: as it is now, because the issue only counted it
    now: str | None = None  # its headline, outlet and day, where they are others today


def told(store: Store, digest: Digest | None, rows: Sequence[Row]) -> list[Told]:
    """The pieces of some rows of an issue in its words, in their order."""
    then = {} if digest is None else {item.id: item for item in _frozen(digest)}
    ids = store.issues.rows_of(list(then))
    by_row = {ids[name]: item for name, item in then.items() if name in ids}
    today = {item.id: item for item in store.windows.by_keys([row["key"] for row in rows])}
    return [_told(row, by_row.get(row["id"]), today[row["key"]]) for row in rows if row["key"] in today]


def _told(row: Row, then: Item | None, now: Item) -> Told:
    item = then or now
    other = then is not None and _shown(then) != _shown(now)
    return Told(
        key=row["key"],
        section=SECTIONS.get(row["section"], row["section"]),
        headline=_name(item),
        who=_who(item),
        published_at=item.published_at,
        statement=row["statement"],
        position=row["title"],
        quotes=item.quotes,
        frozen=then is not None,
        now=", ".join(_shown(now)) if other else None,
    )


def _shown(item: Item) -> tuple[str, str, str]:
    day = f"{item.published_at:%-d %b %Y}" if item.published_at else "no date"
    return f"“{_name(item)}”", _who(item), day


def _who(item: Item) -> str:
    return item.who or ("no outlet" if item.kind == "article" else "Bluesky")


def _name(item: Item) -> str:
    if item.title and item.title != UNNAMED:
        return item.title
    words = item.text.split()
    return " ".join(words[:WORDS]) + (" …" if len(words) > WORDS else "") or UNNAMED


def _frozen(digest: Digest) -> Iterator[Item]:
    """Every piece whose words the issue has."""
    for item, _ in digest.review.first:
        yield item
    for gap in digest.gaps:
        if gap.item:
            yield gap.item
    if digest.most_liked:
        yield digest.most_liked
    for position in (*digest.more_positions, *digest.positions):
        yield from position.items
    yield from digest.threads
    for story in (*digest.more_stories, *digest.stories):
        yield story.item
    for voice in digest.voices:
        yield voice.item
