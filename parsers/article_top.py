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


def published(outline: Outline, stated: dates.Stamp | None, timezone: str | None) -> dates.Stamp | None:
    """The stated date; where it is none, or a day without a time, the date in a line under the headline."""
    if stated and not stated.date_only:
        return stated
    shown = _shown(outline.items, timezone)
    if stated is None or shown is None:
        return stated or shown
    same_day = abs((shown.at - stated.at).total_seconds()) < 36 * 3600
    return shown if same_day and not shown.date_only else stated


def authors(outline: Outline) -> tuple[str, ...]:
    """The names in a line close under the headline that is a byline; empty where there is none."""
    items = outline.items
    headline = next((place for place, item in enumerate(items) if item.level == 1), None)
    near = items[headline + 1 : headline + 1 + NEAR] if headline is not None else []
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
    headline = next((place for place, item in enumerate(items) if item.level == 1), None)
    if headline is None:
        return None
    for item in items[headline + 1 : headline + 1 + NEAR]:
        text = _UPDATED.split(item.text)[0]
        if "date line" not in (furniture.furniture(item.text), page_lines.reason(item.text)) or not text.strip():
            continue
        stamp = dates.parse(text, timezone)
        if stamp and (stamp.date_only or stamp.zoned or timezone):
            return stamp
        if stamp:
            return dates.Stamp(at=stamp.at.replace(hour=0, minute=0, second=0), date_only=True)
    return None
