"""Which lines of a pasted body are its paragraphs, and which stand between them by chance.

Which error is worse: to lose a line of the article is worse than to keep a stray one, so a short line goes only
where something beside it shows that it belongs to the page: furniture, a heading of something else, its own double,
or a neighbour that reads like another title.

Short lines that stand together are a list, a table, verses or the names under a letter as often as cards.
Cards show themselves: a known heading above, a date or a button beside them, titles of five words and more.
A line that ends with a colon leads into a list, whatever its items look like.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from parsers import bylines, furniture, paste_cards, paste_forms, pitches
from parsers.model import Block, BlockKind, Dropped
from parsers.paste_head import Head
from parsers.paste_lines import BULLET, MAY_BE_STORY, Line, content, fold

#: A sentence said twice in so few characters may be a refrain.
REFRAIN = 40
#: What tells of the author stands among so many last lines, one paragraph below it at most.
LAST_LINES = 12
#: A caption under the word "Image:" has at most so many words.
CAPTION_WORDS = 30
#: So many points of a list in small letters say that a line with a capital between them is none.
SMALL_POINTS = 2
_LABEL = re.compile(r"(?:image|images|pic|picture|photo|caption|image caption|image source)s?\s*[:,]?", re.IGNORECASE)
_SAID_HEAD = re.compile(r"[‘'“\"][^‘'“”\"]{8,60}[’'”\"]")
_NUMBERED = re.compile(r"\d{1,3}[.)]\s")
_CREDIT = re.compile(r"(?:Photograph|Photo|Picture|Pic|Composite|Illustration)(?: by)?:")
_UPDATED = re.compile(r"(?:published|posted|updated|last|modified|first)\b", re.IGNORECASE)


def blocks(
    body: Sequence[Line], whole: bool, letters: bool, head: Head, names: Sequence[str] = ()
) -> tuple[tuple[Block, ...], list[Dropped]]:
    """The body's lines as blocks, and those that don't belong to it, each with its reason.

    `whole` says that nearly nothing but the article was pasted, `letters` that readers' letters were;
    `names` are people named above the body, of whom a last line may tell.
    """
    kept: list[tuple[int, Line]] = []
    dropped: list[Dropped] = []
    seen: set[str] = set()
    story = content(line.text for line in body if line.kind in ("prose", "sentence"))
    hours = _hours(body)
    points = _points(body, hours)
    lists = _listed(body, story)
    for place, line in enumerate(body):
        known = place in lists or place in points or (letters and line.kind == "short")
        reason = (
            ""
            if place in hours
            else _why_not(body, place, seen, head, whole, known, story) or _about(body, place, head, names)
        )
        seen.add(fold(line.text))
        if reason:
            dropped.append(Dropped(text=line.text, reason=reason, line=line.number))
        else:
            kept.append((place, line))
    while kept and not (whole or letters or kept[-1][0] in lists) and kept[-1][1].kind == "short":
        line = kept.pop()[1]
        dropped.append(Dropped(text=line.text, reason="short line at the end", line=line.number))
    return _joined(kept, lists), dropped


def _hours(body: Sequence[Line]) -> frozenset[int]:
    """Places of the hours that head the entries of a live text."""
    found = [place for place, line in enumerate(body[:-1]) if paste_forms.is_hour(line)]
    heads = [place for place in found if body[place + 1].kind in ("prose", "sentence", "short")]
    return frozenset(heads) if len(heads) >= paste_forms.LIVE else frozenset()


def _points(body: Sequence[Line], hours: frozenset[int]) -> frozenset[int]:
    """Places of the short lines between an hour and the first paragraph under it: its heading and its points."""
    places: set[int] = set()
    for hour in hours:
        place = hour + 1
        while place < len(body) and body[place].kind in ("short", "item") and not body[place].doubled:
            place += 1
        if place < len(body) and body[place].kind in ("prose", "sentence"):
            places.update(range(hour + 1, place))
    return frozenset(places)


def _listed(body: Sequence[Line], story: AbstractSet[str]) -> frozenset[int]:
    """Places of short lines that a line with a colon led into, up to the next paragraph."""
    places: set[int] = set()
    leads = False
    small = 0  # list points so far that begin in small letters: a box between them does not
    for place, line in enumerate(body):
        if leads and paste_cards.is_label(body, place - 1, story):
            leads = False
        if line.kind in ("short", "item", "sentence") and leads:
            if small < SMALL_POINTS or not line.text[:1].isupper():
                places.add(place)
                small += line.text[:1].islower()
        elif line.kind == "furniture" and line.reason not in MAY_BE_STORY:
            leads = leads and small >= SMALL_POINTS
        if line.kind == "prose" or (line.kind in ("short", "sentence") and line.text.endswith(":")):
            leads, small = line.text.endswith(":"), 0
        elif line.kind in ("short", "sentence"):
            leads = leads and (place in places or small >= SMALL_POINTS)
        elif line.kind == "cut":
            leads = False
    if sum(_is_point(body, place) for place in places) >= SMALL_POINTS:  # this story writes its lists so
        places.update(place for place in range(len(body)) if _is_point(body, place))
    return frozenset(places)


def _is_point(body: Sequence[Line], place: int) -> bool:
    """Whether a short line in small letters stands beside another one: no title or button looks so."""
    small = [line.kind == "short" and line.text[:1].islower() for line in body[max(0, place - 1) : place + 2]]
    return small[min(1, place)] and sum(small) > 1


def _why_not(
    body: Sequence[Line], place: int, seen: set[str], head: Head, whole: bool, known: bool, story: AbstractSet[str]
) -> str:
    """Why a line inside the body is not part of it; empty where it is."""
    line = body[place]
    if line.kind == "furniture":
        return "" if _may_be_story(body, place, whole) else line.reason
    if line.kind == "cut":
        return line.reason
    if reason := _beside_known(body, place):
        return reason
    if known or (whole and not line.doubled):
        return "" if not whole or fold(line.text) != fold(head.headline or "") else "the headline again"
    if line.kind == "short" and line.doubled:
        return "doubled short line: caption or card"
    if line.kind == "item" and place + 1 < len(body) and body[place + 1].reason == "photo caption or credit":
        return "picture of a gallery"
    if len(line.text) > (20 if line.kind == "short" else REFRAIN) and fold(line.text) in seen:
        return "said already further up"
    if head.headline and fold(line.text) == fold(head.headline):
        return "the headline again"
    before = body[place - 1] if place else None
    if before is not None and _LABEL.fullmatch(before.text) and line.kind != "prose" and line.count <= CAPTION_WORDS:
        return "photo caption under its label"
    return "" if line.kind != "short" or whole else _why_not_short(body, place, story)


def _beside_known(body: Sequence[Line], place: int) -> str:
    """Why a sentence that shared its line with furniture goes with it: a caption before its credit, half a pitch."""
    line = body[place]
    if line.kind not in ("prose", "sentence"):
        return ""
    near = [body[other] for other in (place - 1, place + 1) if 0 <= other < len(body)]
    near = [other for other in near if other.number == line.number and other.kind == "furniture"]
    if (
        pitches.is_half(line.text)
        and not furniture.is_told(line.text)
        and any(other.reason.startswith("newsletter") for other in near)
    ):
        return "newsletter, subscription or appeal"
    credit = next((other for other in near if other.place > line.place and _CREDIT.match(other.text)), None)
    if credit is not None and line.count <= CAPTION_WORDS and not any(mark in line.text for mark in '“"'):
        return "photo caption above its credit"
    return ""


def _why_not_short(body: Sequence[Line], place: int, story: AbstractSet[str]) -> str:
    """Why a short line is no subhead, list item or verse."""
    line = body[place]
    if line.text.endswith(":"):
        return "heading of other stories" if paste_cards.is_label(body, place, story) else ""
    after = body[place + 1] if place + 1 < len(body) else None
    before = body[place - 1] if place else None
    if after is not None and (after.reason == "photo caption or credit" or after.text == "("):
        return "photo caption above its credit"
    if before is not None and (before.kind == "cut" or _leads_away(before)):
        return "under a heading of something else"
    if after is not None and after.kind == "prose" and _SAID_HEAD.fullmatch(line.text):
        return ""  # what somebody said, over the paragraphs on it
    if line.count >= 9 and any(other is not None and other.kind == "furniture" for other in (before, after)):
        return "caption or title beside furniture"
    beside = [other for other in (before, after) if other is not None]
    if any(map(paste_cards.is_card, beside)):
        return "run of short lines" if paste_cards.is_in_cards(body, place) else ""
    if len(beside) == 2 and all(paste_cards.is_mark(other) for other in beside):
        return "short line between furniture"
    return "title of another story" if paste_cards.is_foreign(line, story) else ""


def _leads_away(line: Line) -> bool:
    """Whether a line is nothing but "Read more:", so that the next one is another story's title."""
    return line.reason == "pointer to another story" and (line.count <= 3 or line.text.endswith(":"))


def _may_be_story(body: Sequence[Line], place: int, whole: bool) -> bool:
    """Whether a year, a date or a result is a line of the story: the text is whole, or it heads a paragraph in it."""
    line = body[place]
    if line.reason not in MAY_BE_STORY:
        return False
    if whole:
        return True
    is_day = line.reason == "date line" and line.count <= 4 and not _UPDATED.match(line.text) and ":" not in line.text
    between = place >= 2 and place + 1 < len(body) and body[place - 1].kind == body[place + 1].kind == "prose"
    return is_day and between


def _about(body: Sequence[Line], place: int, head: Head, names: Sequence[str]) -> str:
    """Whether one of the last lines tells who the author is."""
    below = sum(line.kind in ("prose", "sentence", "item") for line in body[place + 1 :][:LAST_LINES])
    about = (
        below < 2
        and len(body) - place <= LAST_LINES
        and bylines.is_about_author(body[place].text, (*head.bylines, *names))
    )
    return "about the author" if about else ""


def _joined(kept: Sequence[tuple[int, Line]], lists: frozenset[int]) -> tuple[Block, ...]:
    """Lines as blocks; sentences that were one line of the paste, with nothing taken out between, are one."""
    kinds: list[BlockKind] = []
    texts: list[list[str]] = []
    previous: tuple[int, int] | None = None
    for place, line in kept:
        block = _block(line, place in lists)
        if previous == (place - 1, line.number) and block.kind == kinds[-1] == "p":
            texts[-1].append(block.text)
        else:
            kinds.append(block.kind)
            texts.append([block.text])
        previous = (place, line.number)
    return tuple(Block(kind=kind, text=" ".join(parts)) for kind, parts in zip(kinds, texts, strict=True))


def _block(line: Line, listed: bool) -> Block:
    """One line as a block; a number before a list item is kept, because the text may refer to it."""
    kind: BlockKind = "p"
    text = line.text
    if line.kind == "item" or (line.kind == "prose" and text[:1] in "•●▪◦‣∙"):
        kind, text = "li", text if _NUMBERED.match(text) else BULLET.sub("", text)
    elif listed and line.kind == "short":
        kind = "li"
    elif line.kind in ("short", "furniture") and line.count <= 14 and not text.endswith((":", ",", ";")):
        kind = "h"
    return Block(kind=kind, text=text)
