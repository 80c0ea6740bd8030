"""What stands above the story on a page and is no part of it: standfirst, authors and date.

Which error is worse: a wrong date or author is worse than none, so a line counts only where it is nothing but a date
or a byline, stands close under the headline, and the page states none of its own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from parsers import article_shown, bylines, dates, furniture, page_lines
from parsers.article_meta import Meta
from parsers.html_tree import Item, Outline
from parsers.model import Block, Record

#: How many lines below the headline may hold the date.
NEAR = 8
#: How many words a line of authors and date has.
BYLINE_WORDS = 15
#: A day alone in its line, with an hour and a short name after it; a sentence goes on without a space.
_CHINESE = re.compile(
    r"\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日(?:\s*\d{1,2}[:時时]\d\d分?(?::\d\d)?)?(?:\s[^。，、]{1,30})?"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
#: The moment that ends a line, with the clock and its zone behind the day: "Thu, 14 May 2026 - 17:55 UTC".
_MOMENT = re.compile(
    rf"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?(?P<day>{_MONTH}\s+\d{{1,2}},?\s+\d{{4}}|"
    rf"\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}\s+\d{{4}})(?:,|\s+at|\s*[|•·–-])?\s+"
    r"\d{1,2}(?:[:.]\d\d(?::\d\d)?)?\s?(?:[ap]\.?m\.?)?\s?(?:\(?[A-Z]{1,4}\)?|[+-]\d\d:?\d\d)$",
    re.IGNORECASE,
)
_ZONE = re.compile(r"(?<=[\d\sm.])(?:\s*\(?[A-Z]{1,4}\)?|(?<=:\d\d)\s*[+-]\d\d:?\d\d)$")
_CAPITAL = r"(?:[^\W\d_a-z][^\s,:;!?/]*|and|&|de|da|la|van|von|der)"
#: A byline of nothing but capitalised words.
_SIGNED = re.compile(rf"[Bb][Yy]:?\s{_CAPITAL}(?:[ ,/]{{1,2}}{_CAPITAL}){{1,9}}")
_PUBLISHED = re.compile(r"(?:first )?(?:published|posted)(?: on)?:?", re.IGNORECASE)
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
    shown = _shown(items, meta, timezone) or _signed(items, meta, timezone)
    if stated is None or (meta.searched and shown and not _same_day(shown, stated)):
        return shown.stamp if shown else stated
    return shown.stamp if shown and not shown.stamp.date_only and shown.day == stated.at.date() else stated


class _Shown(Record, frozen=True):
    """A date in a line, and the day that stands there: 9pm in New York is the next day in UTC."""

    stamp: dates.Stamp
    day: dt.date | None


def _same_day(shown: _Shown, stated: dates.Stamp) -> bool:
    """Whether a moment lies on a searched day, somewhere in the world."""
    return abs((shown.stamp.at - stated.at).total_seconds()) < 36 * 3600


def _near(items: Sequence[Item], headline: str | None) -> Sequence[Item]:
    """The headline and the lines close under it; a first heading of another kind is the site's."""
    heads = [place for place, item in enumerate(items) if item.level == 1]
    place = next((place for place in heads if items[place].text == headline), None)
    if place is None:
        place = next((place for place, item in enumerate(items) if item.level and item.text == headline), None)
    if place is None:
        place = heads[0] if heads else None
    return items[place : place + 1 + NEAR] if place is not None else ()


def _signed(items: Sequence[Item], meta: Meta, timezone: str | None) -> _Shown | None:
    """The moment at the end of a byline close under the headline: "By Ada Marsh, 14 May 2026 17:55 UTC".

    Before it stands who wrote it and nothing else: events, links and sentences end in a moment too.
    """
    for item in items[1:]:
        text = _UPDATED.split(item.text)[0].strip()
        found = _MOMENT.search(text) if item.words <= BYLINE_WORDS else None
        if not found or not _is_signature(text[: found.start()], meta):
            continue
        stamp = dates.parse(found.group(), timezone)
        if stamp and stamp.zoned and not stamp.date_only:
            return _Shown(stamp=stamp, day=_day(found["day"]))
    return None


def _is_signature(text: str, meta: Meta) -> bool:
    """Whether words are a byline, "published", or the author and the outlet that the page states."""
    text = text.strip(" ,|•·–-")
    names = sorted(filter(None, (*meta.bylines, meta.outlet)), key=len, reverse=True)
    if not text or _PUBLISHED.fullmatch(text) or _SIGNED.fullmatch(text):
        return True
    for name in names:
        text = text.replace(name, "")
    return text.strip(" ,|•·–-/:").casefold() in ("", "by", "published", "posted")


def _day(text: str) -> dt.date | None:
    stamp = dates.parse(text)
    return stamp.at.date() if stamp else None


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


def _shown(items: Sequence[Item], meta: Meta, timezone: str | None) -> _Shown | None:
    """The date in the first line under the headline that is nothing else; "updated" is no publication."""
    for item in items[1:]:
        text = _UPDATED.split(item.text)[0]
        is_date = "date line" in (furniture.furniture(item.text), page_lines.reason(item.text))
        if not (is_date or _CHINESE.fullmatch(text.strip())) or not text.strip():
            continue
        moment = _MOMENT.search(text.strip())
        if moment and not _is_signature(text.strip()[: moment.start()], meta):
            continue  # an event
        stamp = dates.parse(text, timezone)
        if stamp is None:
            continue
        if not (stamp.date_only or stamp.zoned or timezone):
            stamp = dates.Stamp(at=stamp.at.replace(hour=0, minute=0, second=0), date_only=True)
        return _Shown(stamp=stamp, day=_local_day(text))
    return None


def _local_day(text: str) -> dt.date | None:
    """The day that a date line names, whatever its zone."""
    return _day(_ZONE.sub("", text.strip()))
