"""Choose and order what an issue holds: no HTML, no store, no clock.

Which error is worse: to leave a thing to the archive ("+3 more") is a click, to fill the mail with what does not
matter costs the three minutes in which it is read.
So every section has a limit, every limit says what it left out, and what stands in one section does not stand
in the next again.

A story's weight is the number of outlets that carry it, because each is an editor's decision that it matters,
plus what ties it to us: a decided link counts like two outlets, a likely one like one and a half.
A link that is only possible stands under "To review" and nowhere else: a false link in the mail costs more trust
than a missing one.
Likes count by their logarithm: ten times the likes is one more outlet.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from aggregator.issue_model import (
    Cell,
    Digest,
    GapLine,
    History,
    Item,
    LinkView,
    Placement,
    PositionLine,
    ReviewLine,
    SourceLine,
    StoryLine,
    VoiceLine,
    WeekCount,
    Window,
)
from aggregator.neutral import cut

TOP_STORIES = 5
POSITIONS, PER_POSITION = 6, 3
VOICES = 5
THREADS = 3
GAPS = 8
REVIEW_FIRST = 3
#: All lines that name a piece of coverage.
MAX_ITEMS = 25
#: Lines beyond the limits that are kept for readers of some positions only.
MORE = 40

#: A rise is unusual from this many pieces, at this multiple of the weekly mean.
RISE_FROM, RISE_TIMES = 4, 3
#: Likes and reposts from which a piece that no section names is worth a line.
NOTICED = 20
#: A topic without a position is busy from this many people, or from two pieces when one is an article.
TOPIC_FROM = 3

_STATUS_WEIGHT = {"confirmed": 2.0, "added": 2.0}
_BAND_WEIGHT = {"likely": 1.5}


def compose(
    window: Window,
    items: Sequence[Item],
    history: History,
    *,
    organisation: str | None = None,
    corrections: Sequence[tuple[Item, LinkView]] = (),
    sources: Sequence[SourceLine] = (),
) -> Digest:
    """One issue from all coverage of its window, which may be in any order."""
    items = sorted(items, key=_newest_first)
    groups = _groups(items)
    able = _story_lines(groups)
    stories = able[:TOP_STORIES]
    shown = {key for line in stories for key in line.ids}
    threads = _threads(items, shown)
    shown |= {item.id for item in threads[:THREADS]}
    positions = _positions(items, history, shown, MAX_ITEMS - len(stories) - len(threads[:THREADS]))
    voices = _voices(items)
    gaps = _gaps(groups, items, history)
    matter = [group for group in groups if _matters(group)]
    named = shown | {item.id for line in positions[:POSITIONS] for item in line.items}
    unlisted = [item for item in items if item.id not in named]
    return Digest(
        window=window,
        organisation=organisation,
        items=len(items),
        ids=tuple(item.id for item in items),
        numbers=_numbers(items, matter, history),
        weeks=(*history.weeks, _this_week(window, items, matter)) if history.weeks else (),
        stories=stories,
        positions=positions[:POSITIONS],
        voices=voices[:VOICES],
        threads=threads[:THREADS],
        gaps=tuple(gaps[:GAPS]),
        review=_review(items),
        corrections=tuple(corrections),
        sources=tuple(sources),
        older=history.older,
        totals=(
            ("stories", len(able)), ("positions", len(positions)), ("voices", len(voices)),
            ("threads", len(threads)), ("gaps", len(gaps)),
        ),
        unlisted=len(unlisted),
        most_liked=_most_liked(unlisted),
        more_stories=tuple(_light(line) for line in able[TOP_STORIES:] if line.link)[:MORE],
        more_positions=positions[POSITIONS:][:MORE],
        areas=tuple((count.statement_id, count.areas) for count in history.positions),
    )  # fmt: skip


def _most_liked(items: Sequence[Item]) -> Item | None:
    """The piece that most people noticed, where anybody did."""
    best = max(items, key=lambda item: (item.likes + item.reposts, item.id), default=None)
    return best if best and best.likes + best.reposts >= NOTICED else None


def _newest_first(item: Item) -> tuple[float, str]:
    return (-item.published_at.timestamp() if item.published_at else math.inf, item.id)


# ------------------------------------------------------------------ stories


def _groups(items: Iterable[Item]) -> list[list[Item]]:
    """Items of one story together, heaviest story first, its lead first."""
    by_story: dict[str, list[Item]] = {}
    for item in items:
        by_story.setdefault(item.story or item.id, []).append(item)
    groups = [sorted(group, key=_lead_first) for group in by_story.values()]
    return sorted(groups, key=lambda group: (-weight(group), _newest_first(group[0])))


def _lead_first(item: Item) -> tuple[bool, bool, bool, float, str]:
    earliest = item.published_at.timestamp() if item.published_at else math.inf
    return (not item.is_lead, item.kind != "article", item.stub, earliest, item.id)


def weight(group: Sequence[Item]) -> float:
    """How much a story matters to us."""
    outlets = len({item.who or item.id for item in group})
    link = max((link_weight(link) for item in group for link in item.sure_links), default=0.0)
    reach = math.log10(1 + sum(item.likes + item.reposts for item in group))
    voices = 1.0 if any(item.quotes for item in group) else 0.0
    articles = 0.5 if any(item.kind == "article" for item in group) else 0.0
    return outlets + link + reach + voices + articles


def link_weight(link: LinkView) -> float:
    """What a link says of a story's weight for us."""
    return _STATUS_WEIGHT.get(link.status, _BAND_WEIGHT.get(link.band or "", 0.0))


def _matters(group: Sequence[Item]) -> bool:
    """Whether it is a story: an article, a thread, something on our positions, or said by several."""
    return len(group) > 1 or any(item.kind == "article" or item.sure_links or item.parts_found > 1 for item in group)


def _story_lines(groups: Sequence[Sequence[Item]]) -> tuple[StoryLine, ...]:
    """The heaviest stories first; an outlet leads a second time only when no other is left."""
    # Threads have a section of their own, and lone posts stand under the positions they speak of.
    able = [group for group in groups if _matters(group) and not (len(group) == 1 and group[0].kind == "thread")]
    first: list[Sequence[Item]] = []
    again: list[Sequence[Item]] = []
    leading: set[str] = set()
    for group in able:
        who = group[0].who
        (again if who in leading else first).append(group)
        leading |= {who} if who else set()
    chosen = [*first, *again]
    top = [group for group in able if any(group is one for one in chosen[:TOP_STORIES])]
    return tuple(_story_line(group) for group in [*top, *chosen[TOP_STORIES:]])


def _light(line: StoryLine) -> StoryLine:
    """A line without its lead's whole text, which only the web app shows."""
    return msgspec.structs.replace(line, item=msgspec.structs.replace(line.item, text=""))


def _story_line(group: Sequence[Item]) -> StoryLine:
    lead = group[0]
    links = [(link, item) for item in group for link in item.sure_links]
    best = max(links, key=lambda pair: (link_weight(pair[0]), pair[1] is lead, pair[0].score or 0), default=None)
    link = best[0] if best else None
    others = dict.fromkeys(item.who or "Bluesky" for item in group[1:] if item.who != lead.who or item.kind == "thread")
    return StoryLine(
        item=lead,
        more=len(group) - 1,
        outlets=tuple(others),
        sentence=cut(link.their_sentence, 30) if link and link.their_sentence else cut(first_words(lead.text), 30),
        link=link,
        why=why(link) if link else None,
        ids=tuple(item.id for item in group),
    )


def why(link: LinkView) -> str | None:
    """The shared words that made the link, at most 15 of them.

    Phrases are data; the sentence around them is the renderer's.
    """
    words = 0
    phrases: list[str] = []
    for term in link.terms:
        words += len(term.split())
        if words > 11 or len(phrases) == 3:
            break
        phrases.append(f"“{term}”")
    return ", ".join(phrases) or None


# ------------------------------------------------------------------ sections


def _threads(items: Iterable[Item], shown: set[str]) -> tuple[Item, ...]:
    """Threads of two parts and more that no other section shows, most parts and likes first."""
    threads = [item for item in items if item.kind == "thread" and item.parts_found > 1 and item.id not in shown]
    return tuple(sorted(threads, key=lambda item: (-_thread_weight(item), item.id)))


def _thread_weight(item: Item) -> float:
    return item.parts_found + 2 * math.log10(1 + item.likes + item.reposts) + 2 * bool(item.sure_links)


def _positions(items: Iterable[Item], history: History, shown: set[str], room: int) -> tuple[PositionLine, ...]:
    """Positions by how much was said on them; pieces shown above count but are not listed again."""
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
        listed = [item for _, item in pairs if item.id not in shown][
            : PER_POSITION if beyond else min(PER_POSITION, room)
        ]
        known = before.get(statement_id)
        lines.append(
            PositionLine(
                statement_id=statement_id,
                title=pairs[0][0].title,
                this_week=len(pairs),
                last_week=known.last_week if known and history.weeks else None,
                items=tuple(listed),
                more=len(pairs) - len(listed),
                ids=tuple(item.id for _, item in pairs),
            )
        )
        room -= 0 if beyond else len(listed)
        shown |= {item.id for item in listed}
    return tuple(lines)


def _position_weight(pairs: Sequence[tuple[LinkView, Item]]) -> float:
    return sum(0.5 + link_weight(link) for link, _ in pairs)


def _voices(items: Iterable[Item]) -> tuple[VoiceLine, ...]:
    """What our people said, whole quotations first, each once."""
    lines: list[VoiceLine] = []
    seen: dict[str, int] = {}
    speakers: Counter[str] = Counter()
    quotes = [(quote, item) for item in items for quote in item.quotes if not quote.partial]
    for quote, item in sorted(quotes, key=lambda pair: (-min(len(pair[0].quote), 240), pair[1].id)):
        fold = re.sub(r"\W+", "", quote.quote.casefold())
        if fold in seen:
            line = lines[seen[fold]]
            if item.who and item.who not in (line.item.who, *line.also_in):
                lines[seen[fold]] = msgspec.structs.replace(line, also_in=(*line.also_in, item.who))
            continue
        if speakers[f"{quote.speaker}/{item.id}"] >= 2:
            continue
        speakers[f"{quote.speaker}/{item.id}"] += 1
        seen[fold] = len(lines)
        lines.append(VoiceLine(quote=msgspec.structs.replace(quote, quote=cut(quote.quote, 40)), item=item))
    return tuple(lines)


def _review(items: Iterable[Item]) -> ReviewLine:
    """Open proposals, those first that a decision would change most."""
    open_links = [(item, link) for item in items for link in item.links if link.status == "proposed"]
    open_links.sort(key=lambda pair: (abs((pair[1].score or 0) - 0.5), pair[0].id))
    by_position = Counter(link.statement_id for _, link in open_links)
    return ReviewLine(
        count=len(open_links), first=tuple(open_links[:REVIEW_FIRST]), by_position=tuple(sorted(by_position.items()))
    )


# ------------------------------------------------------------------ readers


def for_reader(digest: Digest, areas: Sequence[str] = (), positions: Sequence[str] = ()) -> Digest:
    """The issue of a reader who chose areas or positions (either is enough); without any, the whole issue.

    Numbers stay those of the whole week, and what ties to no position is for readers of all of it.
    """
    if not areas and not positions:
        return digest
    folded = {area.casefold() for area in areas}
    wanted = {key for key, of in digest.areas if key in positions or any(area.casefold() in folded for area in of)}
    stories = [_on(line, wanted) for line in (*digest.stories, *digest.more_stories)]
    lines = [line for line in (*digest.positions, *digest.more_positions) if line.statement_id in wanted]
    review = sum(n for key, n in digest.review.by_position if key in wanted)
    replace = msgspec.structs.replace
    return replace(
        digest,
        stories=tuple(line for line in stories if line)[:TOP_STORIES],
        positions=tuple(lines)[:POSITIONS],
        voices=tuple(line for line in digest.voices if _speaks_of(line.item, wanted)),
        threads=tuple(item for item in digest.threads if _speaks_of(item, wanted)),
        gaps=tuple(line for line in digest.gaps if line.statement_id in wanted),
        review=replace(
            digest.review,
            count=review,
            first=tuple(pair for pair in digest.review.first if pair[1].statement_id in wanted),
        ),
        corrections=tuple(pair for pair in digest.corrections if pair[1].statement_id in wanted),
        totals=(),
        unlisted=0,
        most_liked=None,
        more_stories=(),
        more_positions=(),
        chosen_for=(*areas, *(title for title in _titles(digest, positions))),
    )


def _on(line: StoryLine, wanted: set[str]) -> StoryLine | None:
    """A story as a reader of these positions sees it; None where it ties to none of them."""
    if line.link and line.link.statement_id in wanted:
        return line
    link = next((link for link in line.item.sure_links if link.statement_id in wanted), None)
    if link is None:
        return None
    sentence = cut(link.their_sentence, 30) if link.their_sentence else line.sentence
    return msgspec.structs.replace(line, link=link, sentence=sentence, why=why(link))


def _speaks_of(item: Item, wanted: set[str]) -> bool:
    return any(link.statement_id in wanted for link in item.sure_links)


def _titles(digest: Digest, positions: Sequence[str]) -> Iterable[str]:
    """Titles of positions where the issue has them, else their ids."""
    known = {line.statement_id: line.title for line in (*digest.positions, *digest.more_positions)}
    return (known.get(key, key) for key in positions)


def behind(digest: Digest, name: str) -> tuple[str, ...] | None:
    """Ids of the frozen list behind a number: "all", a row of the numbers, "position-s-…", "gap-1"; None: no such."""
    if name == "all":
        return digest.ids
    lists = {cell.name: cell.ids for cell in digest.numbers}
    lists |= {f"position-{line.statement_id}": line.ids for line in (*digest.positions, *digest.more_positions)}
    lists |= {f"gap-{place}": line.ids for place, line in enumerate(digest.gaps, 1) if line.ids}
    lists |= {"review": tuple(item.id for item, _ in digest.review.first)}
    lists |= {f"story-{line.item.id}": line.ids for line in (*digest.stories, *digest.more_stories)}
    return lists.get(name)


def placements(digest: Digest, items: Sequence[Item]) -> tuple[Placement, ...]:
    """Where each piece of coverage stands: listed ones in reading order, then the rest."""
    order: dict[str, Placement] = {}

    def put(section: str, key: str, statement_id: str | None) -> None:
        order.setdefault(key, Placement(id=key, section=section, statement_id=statement_id))

    for line in digest.stories:
        put("stories", line.item.id, line.link.statement_id if line.link else None)
    for position in digest.positions:
        for item in position.items:
            put("positions", item.id, position.statement_id)
    for voice in digest.voices:
        put("voices", voice.item.id, None)
    for item in digest.threads:
        put("threads", item.id, _first_link(item))
    for item in sorted(items, key=_newest_first):
        put("archive", item.id, _first_link(item))
    return tuple(order.values())


def _first_link(item: Item) -> str | None:
    return next((link.statement_id for link in item.sure_links), None)


# ------------------------------------------------------------------ numbers


def _numbers(items: Sequence[Item], stories: Sequence[Sequence[Item]], history: History) -> tuple[Cell, ...]:
    linked = [item for item in items if item.sure_links]
    threads = [item for item in items if item.parts_found > 1]
    voices = [item for item in items if item.quotes]
    decided = sum(any(link.decided for link in item.sure_links) for item in linked)
    rows = (
        ("stories", len(stories), len(items), [item for group in stories for item in group]),
        ("linked", len(linked), decided, linked),
        ("quotes", sum(len(item.quotes) for item in items), None, voices),
        ("threads", len(threads), None, threads),
    )
    return tuple(
        Cell(
            name=name,
            this_week=count,
            last_week=getattr(history.weeks[-1], name) if history.weeks else None,
            mean=_mean(history.weeks, name),
            detail=detail,
            ids=tuple(item.id for item in behind),
        )
        for name, count, detail, behind in rows
    )


def _mean(weeks: Sequence[WeekCount], name: str) -> float | None:
    """Mean of the four weeks before; None where the archive is younger."""
    if len(weeks) < 4:
        return None
    return float(sum(getattr(week, name) for week in weeks[-4:])) / 4


def _this_week(window: Window, items: Sequence[Item], stories: Sequence[Sequence[Item]]) -> WeekCount:
    return WeekCount(
        from_at=window.from_at,
        coverage=len(items),
        stories=len(stories),
        linked=sum(bool(item.sure_links) for item in items),
        quotes=sum(len(item.quotes) for item in items),
        threads=sum(item.parts_found > 1 for item in items),
    )


# ------------------------------------------------------------------ gaps


def _gaps(groups: Sequence[Sequence[Item]], items: Sequence[Item], history: History) -> list[GapLine]:
    """Busy topics that no position covers, positions gone silent, unusual rises, coverage without a date."""
    gaps = [*_topics(groups), *_rises(items, history), *_silent(items, history)]
    if history.undated:
        ids = tuple(item.id for item in history.undated)
        gaps.append(GapLine(kind="undated", subject=history.undated[0].title, n=len(ids), ids=ids))
    return gaps


def _topics(groups: Sequence[Sequence[Item]]) -> list[GapLine]:
    """Stories that tie to no position, though several pieces or people are on them."""
    lines = []
    for group in groups:
        if any(item.sure_links for item in group):
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
    """Positions that were in the news before and are not now, longest silence last; then how many never were."""
    now = {link.statement_id for item in items for link in item.sure_links}
    fallen = [
        count
        for count in history.positions
        if count.last_covered and count.statement_id not in now and count.four_weeks
    ]
    fallen.sort(key=lambda count: (-count.four_weeks, count.title))
    lines = [
        GapLine(
            kind="silent",
            subject=count.title,
            n=count.four_weeks,
            since=count.last_covered,
            statement_id=count.statement_id,
        )
        for count in fallen[:3]
    ]
    never = [count for count in history.positions if not count.last_covered and count.statement_id not in now]
    if never and history.archive_since and len(history.weeks) >= 4:
        lines.append(GapLine(kind="silent", subject="", n=len(never), since=history.archive_since))
    return lines


# ------------------------------------------------------------------ words


def first_words(text: str) -> str:
    """The first paragraph of a text."""
    return text.strip().split("\n", 1)[0]
