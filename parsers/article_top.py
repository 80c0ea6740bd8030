"""What stands above the story on a page and is no part of it: standfirst, authors and date.

Which error is worse: a wrong date or author is worse than none, so a line counts only where it is nothing but a date
or a byline, stands close under the headline, and the page states none of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers import article_shown, bylines, dates, furniture, page_lines
from parsers.article_meta import Meta
from parsers.html_tree import Item, Outline
from parsers.model import Block

#: How many lines below the headline may hold the date.
NEAR = 8
#: How many lines above it may hold the hour, and how many words the line of the authors has.
ABOVE = 4
BYLINE_WORDS = 30
_CLOCK = re.compile(r"\d[:.]\d\d|\d\s?[ap]\.?m\b", re.IGNORECASE)
_CHINESE = re.compile(r"\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日")
_DATELINE = re.compile(
    r"((?:[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]{2,8}\.? \d{4}))\s?(?:--|[—–]|\s-)\s?\w"
)
_CLOCK_LAST = re.compile(r"\d[:.]\d\d\s?(?:[ap]\.?m\.?)?\s?(?:\(?[A-Z]{1,4}\)?|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_UPDATED = re.compile(r"\b(?:last )?(?:updated|modified|edited|amended)\b", re.IGNORECASE)

#: The word for "by" where names follow, in other languages; and where a date begins that follows the names.
_BY = re.compile(r"^(?:.{2,100} [|•·] )?(?:[Pp]ar|[Vv]on|[Pp]or|[Dd]i|[Dd]oor|Texte?o?:)\s+(?=[A-ZÀ-Þ])")
_DATED = re.compile(
    r"\s+(?:[|•·,–-]\s*)?(?:on\s+)?(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
    r"(?:(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s+\d|\d{1,2}\s?[/.:\s-]\s?\w).*$",
    re.IGNORECASE,
)
_AUTHOR = re.compile(r"(?:^|[\s_-])(?:authors?|byline|article-meta|post-meta)(?:$|[\s_-])")
_STANDFIRST = re.compile(
    r"stand-?first|sub-?(?:headline|title)|strap-?line|article-?(?:intro|summary)|"
    r"(?:^|[\s_-])(?:dek|deck|strap|excerpt|sub-?head)(?:$|[\s_-])"
)


def standfirst(outline: Outline, meta: Meta, blocks: Sequence[Block]) -> str | None:
    """The line under the headline: marked, the page's description, or a sentence as a subhead; None if in the body."""
    described = meta.description or ""
    first = blocks[0].text if blocks else ""
    last: Item | None = None
    for item in outline.items:
        if item.text == first:
            break  # what stands below is another story's
        below, last = last is not None and last.level == 1, item
        if not 5 <= item.words <= 80 or item.level == 1:
            continue
        sentence = below and item.level == 2 and furniture.is_prose(item.text, item.words)
        if item.text == described or sentence or is_marked(item, outline):
            if furniture.furniture(item.text) or page_lines.reason(item.text):
                continue
            text = article_shown.line(item.text)
            return None if any(text == block.text for block in blocks) or text == meta.headline else text
    return None


def is_marked(item: Item, outline: Outline) -> bool:
    """Whether the element of an item, or the one around it, is called a standfirst."""
    node = outline.nodes[item.node]
    above = outline.nodes[node.parent].names if node.parent >= 0 else ""
    return bool(_STANDFIRST.search(node.names) or _STANDFIRST.search(above))


def published(outline: Outline, meta: Meta, timezone: str | None) -> dates.Stamp | None:
    """The stated date; where it is none, or a day without a time, the date in a line under the headline.

    A day that the page does not state, but that was searched in its marks, gives way to what a reader sees there.
    """
    stated, items = meta.published, _near(outline.items, meta.headline)
    if stated and not stated.date_only:
        return stated
    shown = _shown(items, timezone)
    if shown is None and (stated is None or meta.searched):
        shown = _signed(items, timezone) or _dateline(items)
    if stated is None or (meta.searched and shown and not _same_day(shown, stated)):
        return shown or stated
    if shown and not shown.date_only and _same_day(shown, stated):
        return shown
    return _with_hour(_near(outline.items, meta.headline, ABOVE), stated, timezone) or stated


def _same_day(shown: dates.Stamp, stated: dates.Stamp) -> bool:
    """Whether a moment lies on a stated day, somewhere in the world."""
    return abs((shown.at - stated.at).total_seconds()) < 36 * 3600


def _near(items: Sequence[Item], headline: str | None, above: int = 0) -> Sequence[Item]:
    """The lines close under the headline, and so many above it; a first heading of another kind is the site's."""
    heads = [place for place, item in enumerate(items) if item.level == 1]
    place = next((place for place in heads if items[place].text == headline), None)
    if place is None:
        place = next((place for place, item in enumerate(items) if item.level and item.text == headline), None)
    if place is None:
        place = heads[0] if heads else None
    return items[max(0, place - above) : place + 1 + NEAR] if place is not None else ()


def _signed(items: Sequence[Item], timezone: str | None) -> dates.Stamp | None:
    """The moment at the end of the line right under the headline: "Ada Marsh Thu, 14 May 2026 17:55 UTC"."""
    for item in items[1:3]:
        stamp = dates.parse(item.text, timezone) if item.words <= BYLINE_WORDS // 2 else None
        if stamp and stamp.zoned and not stamp.date_only and _CLOCK_LAST.search(item.text):
            return stamp
    return None


def _with_hour(items: Sequence[Item], day: dates.Stamp, timezone: str | None) -> dates.Stamp | None:
    """The moment of that day in a short line beside the headline, whatever else it says: "Ada Marsh, 8 May 9pm BST".

    Its zone has to be named: else the moment could be another.
    """
    for item in items:
        text = _UPDATED.split(item.text)[0]
        if item.words > BYLINE_WORDS or not _CLOCK.search(text):
            continue
        stamp = dates.parse(text, timezone)
        if stamp and not stamp.date_only and (stamp.zoned or timezone) and _same_day(stamp, day):
            return stamp
    return None


def _dateline(items: Sequence[Item]) -> dates.Stamp | None:
    """The day with which a paragraph close under the headline begins: "Feb. 23, 2015 -- Nuts are …"."""
    for item in items[1:]:
        if found := _DATELINE.match(item.text):
            return dates.parse(found[1])
    return None


def authors(outline: Outline, headline: str | None) -> tuple[str, ...]:
    """The names in a line close under the headline that is a byline; empty where there is none."""
    near = _near(outline.items, headline)[1:]
    return next((names for item in near if item.words <= 24 and (names := _names(item, outline))), ())


def _names(item: Item, outline: Outline) -> tuple[str, ...]:
    """The names in a byline, a date after them aside; a bare name counts where the element is called so."""
    line = _DATED.sub("", _BY.sub("By ", item.text)).partition(" (")[0]
    if len(line.split()) > 12:
        return ()
    if names := bylines.byline(line):
        return names
    if not _AUTHOR.search(outline.nodes[item.node].names):
        return ()
    return bylines.name_and_job(line) or (bylines.bare_name(line) if 2 <= len(line.split()) <= 3 else ())


def _shown(items: Sequence[Item], timezone: str | None) -> dates.Stamp | None:
    """The date in the first line under the headline that is nothing else; "updated" is no publication."""
    for item in items[1:]:
        text = _UPDATED.split(item.text)[0]
        is_date = "date line" in (furniture.furniture(item.text), page_lines.reason(item.text))
        if not (is_date or _CHINESE.match(text)) or not text.strip():
            continue
        stamp = dates.parse(text, timezone)
        if stamp and (stamp.date_only or stamp.zoned or timezone):
            return stamp
        if stamp:
            return dates.Stamp(at=stamp.at.replace(hour=0, minute=0, second=0), date_only=True)
    return None
