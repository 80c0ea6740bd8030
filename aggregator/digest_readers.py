"""Who sees what of an issue: a reader of some positions, the list behind a number, the place of each piece."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from aggregator.digest_sections import POSITIONS
from aggregator.digest_stories import TOLD, TOP_STORIES, folded, newest_first, why
from aggregator.issue_model import Digest, Item, Placement, StoryLine
from aggregator.neutral import closed, cut


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
    said = link.their_sentence or ""
    sentence = line.sentence if folded(said) in ("", folded(line.item.title)) else cut(closed(said), TOLD)
    return msgspec.structs.replace(line, link=link, sentence=sentence, why=why(link))


def _speaks_of(item: Item, wanted: set[str]) -> bool:
    return any(link.statement_id in wanted for link in item.sure_links)


def _titles(digest: Digest, positions: Sequence[str]) -> Iterable[str]:
    """Titles of positions where the issue has them, else their ids."""
    known = {line.statement_id: line.title for line in (*digest.positions, *digest.more_positions)}
    return (known.get(key, key) for key in positions)


def behind(digest: Digest, name: str) -> tuple[str, ...] | None:
    """Ids of the frozen list behind a number: "all", a row of the numbers, "position-s-…"; None: no such."""
    if name == "all":
        return digest.ids
    lists = {cell.name: cell.ids for cell in digest.whole or digest.numbers}
    lists |= {f"position-{line.statement_id}": line.ids for line in (*digest.positions, *digest.more_positions)}
    lists |= {f"gap-{line.ids[0]}": line.ids for line in digest.gaps if line.ids}
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
    for item in sorted(items, key=newest_first):
        put("archive", item.id, _first_link(item))
    return tuple(order.values())


def _first_link(item: Item) -> str | None:
    return next((link.statement_id for link in item.sure_links), None)


def list_title(digest: Digest, name: str) -> str:
    """What a frozen list is of, in words, for the head of the page that shows it."""
    titles = {"all": "All that the mail counts", "review": "The first proposals to review"}
    titles |= {"stories": "Stories", "linked": "Linked to our positions", "quotes": "Quotes by our people"}
    titles |= {"threads": "Threads"}
    titles |= {
        f"position-{line.statement_id}": f"On “{line.title}”" for line in (*digest.positions, *digest.more_positions)
    }
    titles |= {f"story-{line.item.id}": f"On one story: {line.item.title}" for line in digest.stories}
    return titles.get(name, "A list of this mail")
