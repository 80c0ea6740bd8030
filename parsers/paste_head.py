"""Headline, label, standfirst and bylines from the lines above the body of a paste.

Which error is worse: a menu entry as headline is worse than none, so a headline shares words with the first
paragraphs where any line does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from parsers import bylines, dates, paste_runs
from parsers.paste_body import HEAD_LINES, is_broken, is_whole
from parsers.paste_lines import Line, content, fold

#: A line of so many words above a standfirst is its headline, even if it shares no word with the story.
TITLE_WORDS = 4
#: A headline with a full stop has at least so many words; shorter ones open a column.
SENTENCE_HEADLINE = 6
#: A headline of more words may have a menu at its beginning.
TANGLED = 10
#: What words say for a headline, where one with a capital says one against it.
TOLD = 1.5
SMALL_LETTERS = 0.5
SMALL_CAPITAL = 0.6
_MENU = ("menu", "page controls")
_UPDATED = re.compile(r"(?:last )?(?:updated|modified|edited)\b", re.IGNORECASE)
#: What stands before a colon names a field and no headline.
_FIELD = re.compile(
    r"(?:from|by|author|source|outlet|published|posted|publication|date|sent|to|cc)\s?:\s", re.IGNORECASE
)
_STATED = re.compile(r"(?:published|posted|publication date|date)\s?:", re.IGNORECASE)
#: A day above the headline is the story's own in the first lines of a text that copied no controls with it.
_MASTHEAD = 3
_UPDATED_TOO = re.compile(r"\b(?:last )?(?:updated|modified|edited)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """The fields found above the body."""

    headline: str | None = None
    section: str | None = None
    standfirst: str | None = None
    bylines: tuple[str, ...] = ()
    published: dates.Stamp | None = None
    menu: str = ""  # what ran into the beginning of the headline, in a page whose line breaks were lost
    used: frozenset[int] = frozenset()  # places of the lines that became a field


def read(lines: Sequence[Line], start: int, timezone: str | None = None) -> Head:
    """Headline, label, standfirst and bylines from the lines above the body."""
    above = list(lines[_top(lines, start) : start])
    names = _bylines(above)
    used: set[int] = set()
    place = _headline_place(above, lines[start : start + 5])
    if place is None and len(above) == 1 and above[0].kind == "short" and not above[0].text.endswith((",", ":")):
        place = 0  # two words above a story are its headline where nothing else stands there
    if place is None:
        return Head(bylines=names)
    headline = above[place]
    used.update(line.place for line in above if fold(line.text) == fold(headline.text))
    section = _section(above[:place])
    if section:
        used.add(section.place)
    standfirst = _standfirst(above[place + 1 :], headline)
    if standfirst:
        used.update(line.place for line in above if fold(line.text) == fold(standfirst.text))
    menu = ""
    if headline.count > TANGLED and is_broken(lines) and not is_whole(lines):
        menu = _menu_before(headline.text, _story(lines[start : start + 5]))
    return Head(
        headline=headline.text[len(menu) :].strip(),
        menu=menu,
        section=section.text if section else None,
        standfirst=standfirst.text if standfirst else None,
        bylines=names,
        published=_published(above[place + 1 :], timezone) or _published(_dated_above(lines, above[:place]), timezone),
        used=frozenset(used),
    )


def _story(lead: Sequence[Line]) -> set[str]:
    """The words with a meaning of the first paragraphs."""
    return content(line.text for line in lead if line.kind != "furniture")


def _menu_before(text: str, story: set[str]) -> str:
    """The menu that ran into the beginning of a headline; empty where none did.

    Words that the story uses and small letters speak for the headline, capitals of no use to the story against it.
    """
    words = text.split(" ")
    best, most, total = 0, 0.0, 0.0
    for place in range(len(words) - 1, -1, -1):
        word = words[place]
        bare = word.strip("“”\"‘’'(),.:;?!")
        if content([bare]) & story:
            total += TOLD
        elif bare[:1].islower():
            total += SMALL_LETTERS
        else:
            total -= SMALL_CAPITAL if paste_runs.is_small(bare.casefold()) else 1.0
        if total > most and (bare[:1].isupper() or bare[:1].isdigit()) and len(words) - place >= TITLE_WORDS:
            best, most = place, total
    return " ".join(words[:best])


def _top(lines: Sequence[Line], start: int) -> int:
    """Where the lines above a body begin that may be its head; rows of buttons between them don't count."""
    left, place = HEAD_LINES, start
    while place and left and start - place < 3 * HEAD_LINES:
        place -= 1
        left -= lines[place].kind != "furniture"
    return place


def _headline_place(above: Sequence[Line], lead: Sequence[Line]) -> int | None:
    """The highest line that may be a headline and shares words with the first paragraphs; else the highest.

    A standfirst shares more words than the headline above it, so a line right above that shares one is preferred.
    """
    story = _story(lead)
    fitting = [
        place
        for place, line in enumerate(above)
        if line.kind in ("short", "prose", "sentence") and 3 <= line.count <= 30 and not bylines.is_job_title(line.text)
        if not _FIELD.match(line.text)
        if (line.count >= SENTENCE_HEADLINE or not line.text.endswith(".")) and not line.text[:1].islower()
    ]
    shared = [place for place in fitting if len(content([above[place].text]) & story) >= 2]
    if not shared:
        return _nearest(above, fitting)
    best = next((one for one, two in pairwise(shared) if not _has_menu(above[one + 1 : two])), shared[-1])
    story |= content([above[best].text])
    while best - 1 in fitting and not _is_label(above[best - 1]) and content([above[best - 1].text]) & story:
        best -= 1
    titled = best - 1 in fitting and above[best - 1].kind == "short" and above[best - 1].count >= TITLE_WORDS
    return best - 1 if titled and above[best].text.endswith(".") else best


def _has_menu(between: Sequence[Line]) -> bool:
    """Whether a path or buttons stand between two lines, so that the upper one is the site's name or a menu's."""
    return any(line.reason in _MENU for line in between)


def _nearest(above: Sequence[Line], fitting: Sequence[int]) -> int | None:
    """The highest of the fitting lines near the story: what stands above a menu or a row of labels is the page's.

    Dates, bylines, stars and credits stand between a headline and the line below it.
    """
    titles = [place for place in fitting if above[place].count >= TITLE_WORDS] or list(fitting)
    if not titles:
        return None
    best = titles[-1]
    for place in reversed(titles[:-1]):
        if any(not line.reason or line.reason in _MENU for line in above[place + 1 : best]):
            break
        best = place
    return best


def _is_label(line: Line) -> bool:
    """Whether a line is as short as the name of a section."""
    return line.count <= 3 or (line.count <= 5 and line.text.isupper())


def _section(above: Sequence[Line]) -> Line | None:
    """The label right above the headline: one to four words."""
    near = next((line for line in reversed(above) if line.kind not in ("furniture", "cut") or _is_button(line)), None)
    return near if near and near.kind == "short" and 1 <= near.count <= 4 else None


def _is_button(line: Line) -> bool:
    """Whether a line is a button, above which a menu stands and no label."""
    return line.reason == "page controls"


def _standfirst(below: Sequence[Line], headline: Line) -> Line | None:
    """The first line of eight words or more below the headline; byline, date and captions come after it."""
    for line in below:
        if line.reason in ("byline", "date line", "photo caption or credit") or bylines.is_job_title(line.text):
            return None
        fits = line.kind in ("short", "prose", "sentence") and line.count >= 8
        if fits and fold(line.text) != fold(headline.text):
            return line
    return None


def _published(below: Sequence[Line], timezone: str | None) -> dates.Stamp | None:
    """The date in one of the lines between headline and body; a day only where its time names no zone.

    "Updated" is no publication.
    """
    for line in below:
        if line.reason not in ("date line", "byline") or _UPDATED.match(line.text):
            continue
        stamp = dates.parse(_UPDATED_TOO.split(line.text)[0], timezone)
        if stamp is None:
            continue
        if stamp.date_only or stamp.zoned or timezone:
            return stamp
        return dates.Stamp(at=stamp.at.replace(hour=0, minute=0, second=0), date_only=True)
    return None


def _dated_above(lines: Sequence[Line], above: Sequence[Line]) -> list[Line]:
    """Lines above the headline whose date is the story's: called so, beside a byline, or in a plain masthead.

    A page copied whole has the day of the copy there, and shows by its controls that it was copied so.
    """
    first = above[0].place if above else 0
    page = any(line.reason in _MENU for line in (*lines[:first], *above))
    found = []
    for place, line in enumerate(above):
        near = above[max(0, place - 1) : place + 2]
        byline = any(other.reason == "byline" or bylines.byline(other.text) for other in near)
        masthead = line.place < _MASTHEAD and line.count >= 3 and not page
        if line.reason in ("date line", "byline") and (_STATED.match(line.text) or byline or masthead):
            found.append(line)
    return found


def _bylines(above: Sequence[Line]) -> tuple[str, ...]:
    """Names from "By …" lines, from a name with a job, or from a bare name above a job or a date.

    Where a line says "By …", a bare name above a date is the outlet's.
    """
    names: list[str] = []
    said = any(bylines.byline(line.text) for line in above)
    for place, line in enumerate(above):
        found = bylines.byline(line.text) or bylines.name_and_job(line.text)
        after = above[place + 1] if place + 1 < len(above) else None
        dated = after is not None and after.reason == "date line" and not said
        if not found and after and (bylines.is_job_title(after.text) or dated):
            found = bylines.bare_name(line.text) if line.kind == "short" else ()
        names.extend(name for name in found if name not in names)
    return tuple(names)
