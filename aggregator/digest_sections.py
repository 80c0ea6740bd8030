"""Sections of an issue below its stories: positions, voices, threads, what waits for a decision.

What stands in one section does not stand in the next again: it counts there and is not listed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import msgspec

from aggregator.digest_stories import light, link_weight
from aggregator.issue_model import History, Item, LinkView, PositionLine, ReviewLine, VoiceLine
from aggregator.neutral import cut

POSITIONS, PER_POSITION = 6, 3
VOICES = 5
#: Words of a quotation that the shortest mail still shows whole.
WHOLE_QUOTE = 25
THREADS = 3
REVIEW_FIRST = 3
#: A proposal that is likelier wrong than right is counted and not named: nobody is won by reading it.
NAMED_FROM = 0.5
#: Likes and reposts from which a piece that no section names is worth a line.
NOTICED = 20


def threads_of(items: Iterable[Item], shown: set[str]) -> tuple[Item, ...]:
    """Threads of two parts and more that no other section shows, most parts and likes first."""
    threads = [item for item in items if item.kind == "thread" and item.parts_found > 1 and item.id not in shown]
    return tuple(sorted(threads, key=lambda item: (-_thread_weight(item), item.id)))


def _thread_weight(item: Item) -> float:
    return item.parts_found + 2 * math.log10(1 + item.likes + item.reposts) + 2 * bool(item.sure_links)


def positions_of(
    items: Iterable[Item], counted: Iterable[Item], history: History, shown: set[str], room: int
) -> tuple[PositionLine, ...]:
    """Positions by how much was said on them; pieces shown above count but are not listed again.

    `counted` are the items that count in this week, `room` how many lines there are for items.
    """
    this_week = {item.id for item in counted}
    on: dict[str, list[tuple[LinkView, Item]]] = {}
    for item in items:
        for link in item.sure_links:
            on.setdefault(link.statement_id, []).append((link, item))
    before = {count.statement_id: count for count in history.positions}
    lines: list[PositionLine] = []
    shown = set(shown)  # a piece on two positions counts for both and is listed once
    for statement_id, pairs in sorted(on.items(), key=lambda entry: (-_position_weight(entry[1]), entry[0])):
        pairs.sort(key=lambda pair: (-link_weight(pair[0]), -(pair[0].score or 0), pair[1].id))
        beyond = len(lines) >= POSITIONS  # what the whole issue does not list does not take its room
        listed = [item for _, item in pairs if item.id not in shown and not item.repeated][
            : PER_POSITION if beyond else min(PER_POSITION, room)
        ]
        known = before.get(statement_id)
        lines.append(
            PositionLine(
                statement_id=statement_id,
                title=pairs[0][0].title,
                this_week=sum(item.id in this_week for _, item in pairs),
                last_week=known.last_week if known and history.weeks else None,
                items=tuple(msgspec.structs.replace(light(item), links=(), quotes=()) for item in listed),
                more=len(pairs) - len(listed),
                ids=tuple(item.id for _, item in pairs),
                stands_for=tuple(dict.fromkeys(title for link, _ in pairs for title in link.stands_for)),
            )
        )
        room -= 0 if beyond else len(listed)
        shown |= {item.id for item in listed}
    return tuple(lines)


def _position_weight(pairs: Sequence[tuple[LinkView, Item]]) -> float:
    return sum(0.5 + link_weight(link) for link, _ in pairs)


def voices_of(items: Iterable[Item]) -> tuple[VoiceLine, ...]:
    """What our people said, each once; after two of one piece come those of others.

    The longest of those that stand whole come first: cut, a quotation may say the opposite of what was said.
    """
    lines: list[VoiceLine] = []
    after: list[str] = []
    seen: dict[str, int] = {}
    speakers: Counter[str] = Counter()
    quotes = [(quote, item) for item in items for quote in item.quotes if not quote.partial]
    for quote, item in sorted(quotes, key=lambda pair: (*_whole_and_long(pair[0].quote), pair[1].id)):
        fold = quote.fold
        if fold in seen:
            line = lines[seen[fold]]
            if item.who and item.who not in (line.item.who, *line.also_in):
                lines[seen[fold]] = msgspec.structs.replace(line, also_in=(*line.also_in, item.who))
            continue
        speakers[f"{quote.speaker}/{item.id}"] += 1
        if speakers[f"{quote.speaker}/{item.id}"] > 2:
            after.append(fold)
        seen[fold] = len(lines)
        lines.append(VoiceLine(quote=msgspec.structs.replace(quote, quote=cut(quote.quote, 40)), item=light(item)))
    later = {seen[fold] for fold in after}
    return tuple(line for _, line in sorted(enumerate(lines), key=lambda pair: pair[0] in later))


def _whole_and_long(said: str) -> tuple[bool, int]:
    return (len(said.split()) > WHOLE_QUOTE, -min(len(said), 240))


def review_of(items: Iterable[Item], shown: Collection[tuple[str, str]] = ()) -> ReviewLine:
    """Open proposals, the surest first; of those named none that is `shown` above, as piece and position."""
    open_links = [(item, link) for item in items for link in item.links if link.status == "proposed"]
    open_links.sort(key=lambda pair: (not pair[1].sure, -(pair[1].score or 0), pair[0].id, pair[1].statement_id))
    told = [(item, link) for item, link in open_links if not item.repeated]
    named = [
        (item, link)
        for item, link in told
        if (link.sure or (link.score or 0) >= NAMED_FROM) and (item.id, link.statement_id) not in shown
    ]
    by_position = Counter(link.statement_id for _, link in open_links)
    return ReviewLine(
        count=len(open_links),
        first=tuple((light(item), link) for item, link in named[:REVIEW_FIRST]),
        by_position=tuple(sorted(by_position.items())),
    )


def most_liked(items: Sequence[Item]) -> Item | None:
    """The piece that most people noticed, where anybody did."""
    best = max(items, key=lambda item: (item.likes + item.reposts, item.id), default=None)
    return best if best and best.likes + best.reposts >= NOTICED else None
