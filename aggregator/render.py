"""An issue as subject, HTML and text, both from one body of data.

All words of ours stand in `WORDS` below; the templates hold layout only.
Everything from outside passes `neutral` on its way in, and a missing value is an error, not a blank in
everyone's mailbox.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import textwrap
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from msgspec.structs import replace

from aggregator import neutral
from aggregator.issue_model import Cell, Digest, GapLine, Item, LinkView, PositionLine, Rendered, StoryLine, Urls
from aggregator.neutral import cut, cut_around
from parsers.model import Record

TEMPLATES = Path(__file__).parents[1] / "templates"
#: Longest subject that mail clients show whole on a telephone held upright twice over.
SUBJECT_LENGTH = 70
TEXT_WIDTH = 76
#: Read in three minutes, and far from the size at which mail services clip.
MAX_WORDS, MAX_BYTES = 700, 60_000
#: Longest headline; hostile ones run to megabytes.
TITLE_WORDS = 25
#: A position is recognised by fewer words than it is called by.
POSITION_WORDS = 10

WORDS = {
    "view": "View in browser",
    "late": "Sent late",
    "look_back": "Look back, by date of publication",
    "minute": "In one minute",
    "numbers": "Numbers",
    "this_week": "This week",
    "these_days": "These days",
    "last_week": "Last week",
    "mean": "4-week mean",
    "weeks": "Coverage in the last eight weeks",
    "stories": "Top stories",
    "positions": "By position",
    "voices": "Our voices",
    "threads": "Threads worth reading",
    "gaps": "Gaps and watch",
    "review": "To review",
    "corrections": "Corrections",
    "footer": "About this mail",
    "quiet": "A quiet week: nothing came in.",
    "follow_up": "follow-up",
    "chosen": "Chosen for you",
    "whole": "The numbers are those of the whole week.",
    "nothing": "Nothing on what you chose came in this week.",
    "preferences": "Choose what you get",
    "unsubscribe": "Unsubscribe",
    "answer": "To leave, answer this mail.",
    "proposed": "proposed",
    "confirmed": "confirmed",
    "why": "speaks of",
    "echo": "quotes us:",
    "old_echo": "old line quoted:",
    "also_in": "also in",
    "also": "and",
    "no_date": "no date",
    "made": "Links compare wording with our positions; “proposed” means that nobody has decided yet.",
    "reason": "You get this as one of the communications team.",
    "rows": {
        "stories": "Stories",
        "linked": "Linked to our positions",
        "quotes": "Quotes by our people",
        "threads": "Threads",
    },
}


class DigestContext(Record, frozen=True, kw_only=True):
    """What both templates see."""

    d: Digest
    title: str
    period: str
    minute: tuple[str, ...]
    preheader: str
    urls: Urls
    headlines_only: bool
    w: dict[str, Any]


def render(digest: Digest, *, urls: Urls | None = None, headlines_only: bool = False) -> Rendered:
    """Subject, HTML and text of an issue; same input, same bytes.

    What does not fit into the budget is left to the archive, line by line, and counted.
    """
    digest = _neutralised(digest)
    while True:
        rendered = _render(digest, urls or Urls(), headlines_only)
        if _fits(rendered):
            return rendered
        smaller = _trimmed(digest)
        if smaller == digest:
            return rendered
        digest = smaller


def _render(digest: Digest, urls: Urls, headlines_only: bool) -> Rendered:
    context = DigestContext(
        d=digest,
        title=title(digest),
        period=period(digest),
        minute=minute(digest),
        preheader=preheader(digest),
        urls=urls,
        headlines_only=headlines_only,
        w=WORDS,
    )
    values = {name: getattr(context, name) for name in context.__struct_fields__}
    environment = _environment(digest.window.timezone)
    html = environment.get_template("digest.html").render(values)
    text = environment.get_template("digest.txt").render(values)
    return Rendered(subject=subject(digest), html=html, text=_tidy(text))


def _neutralised(value: Any) -> Any:
    """The one gate for text from outside: every string of an issue passes it."""
    if isinstance(value, str):
        return neutral.neutral(value)
    if isinstance(value, tuple):
        return tuple(_neutralised(item) for item in value)
    if isinstance(value, Record):
        return type(value)(**{name: _neutralised(getattr(value, name)) for name in value.__struct_fields__})
    return value


def _fits(rendered: Rendered) -> bool:
    words = len(re.sub(r"<style.*?</style>|<title>.*?</title>|<[^>]+>", " ", rendered.html, flags=re.S).split())
    return words <= MAX_WORDS and len(rendered.html.encode()) <= MAX_BYTES


#: What gives way first when the budget is short: a section and how much of it stays.
#: Long words of others are shortened before whole lines go, and what leads goes last.
#: "words", "excerpts" and "quotes" are words of each; "items" the pieces listed under each position.
_GIVES_WAY = (
    ("words", 20), ("excerpts", 25), ("quotes", 30), ("items", 2), ("gaps", 5), ("voices", 3), ("items", 1),
    ("review", 2), ("positions", 5), ("gaps", 4), ("quotes", 25), ("voices", 2), ("items", 0), ("review", 1),
    ("positions", 4), ("threads", 2), ("words", 15), ("excerpts", 15), ("gaps", 3), ("positions", 3), ("stories", 4),
    ("voices", 1), ("stories", 3), ("threads", 1), ("gaps", 2), ("positions", 1), ("stories", 1),
)  # fmt: skip


def _trimmed(digest: Digest) -> Digest:
    """An issue without its least important words or line; the same issue where there is nothing left to drop."""
    for name, stays in _GIVES_WAY:
        shorter = _SHORTER.get(name, functools.partial(_fewer, name))(digest, stays)
        if shorter != digest:
            return shorter
    return digest


def _fewer(name: str, digest: Digest, stays: int) -> Digest:
    """One line less of a section."""
    lines = getattr(digest, name)
    if len(lines) <= stays:
        return digest
    if name == "stories":
        # An outlet that leads twice gives way before the only line of another.
        leads = [line.item.who for line in lines]
        again = [place for place, who in enumerate(leads) if who in leads[:place]]
        place = again[-1] if again else len(lines) - 1
        return replace(digest, stories=(*lines[:place], *lines[place + 1 :]))
    return replace(digest, **{name: lines[:-1]})


def _fewer_items(digest: Digest, stays: int) -> Digest:
    """One piece less under the last position that lists more than `stays`."""
    for place, line in reversed(list(enumerate(digest.positions))):
        if len(line.items) > stays:
            shorter = replace(line, items=line.items[:-1], more=line.more + 1)
            return replace(digest, positions=(*digest.positions[:place], shorter, *digest.positions[place + 1 :]))
    return digest


def _fewer_proposals(digest: Digest, stays: int) -> Digest:
    first = digest.review.first
    return replace(digest, review=replace(digest.review, first=first[:-1])) if len(first) > stays else digest


def _shorter_sentences(digest: Digest, stays: int) -> Digest:
    lines = (
        replace(line, sentence=cut_around(line.sentence, line.link.terms if line.link else (), stays))
        if line.sentence and len(line.sentence.split()) > stays + 2  # the marks of an earlier cut
        else line
        for line in digest.stories
    )
    return replace(digest, stories=tuple(lines))


def _shorter_excerpts(digest: Digest, stays: int) -> Digest:
    return replace(
        digest, threads=tuple(replace(item, text=cut(item.text, stays + 10)) for item in digest.threads)
    )  # the title's words among them


def _shorter_quotes(digest: Digest, stays: int) -> Digest:
    voices = (replace(line, quote=replace(line.quote, quote=cut(line.quote.quote, stays))) for line in digest.voices)
    return replace(digest, voices=tuple(voices))


_SHORTER: dict[str, Callable[[Digest, int], Digest]] = {
    "words": _shorter_sentences,
    "excerpts": _shorter_excerpts,
    "quotes": _shorter_quotes,
    "items": _fewer_items,
    "review": _fewer_proposals,
}


@functools.lru_cache(maxsize=4)
def _environment(zone: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    timezone = zoneinfo.ZoneInfo(zone)
    environment.filters |= {
        "t": neutral.isolated,
        "link_url": neutral.link_url,
        "host": neutral.host,
        "cut": cut,
        "headline": lambda item, words=TITLE_WORDS: neutral.isolated(cut(item.title, words)),
        "position": lambda title: neutral.isolated(cut(title, POSITION_WORDS)),
        "wrap": wrap,
        "day": functools.partial(day, zone=timezone),
        "change": change,
    }
    environment.globals |= {
        "who_line": functools.partial(who_line, zone=timezone),
        "status": status,
        "why_line": why_line,
        "parts": parts,
        "excerpt": excerpt,
        "gap": functools.partial(gap, zone=timezone),
        "minutes": minutes,
        "mean": mean,
        "bar": bar,
        "story_detail": story_detail,
        "count_line": count_line,
        "row_detail": row_detail,
        "unlisted": unlisted,
    }
    return environment


# ------------------------------------------------------------------ our words


def subject(digest: Digest) -> str:
    """At most 70 characters and different each week: the week's last day comes first."""
    start = f"Week to {_day(_last(digest))}: " if digest.weekly else f"{period(digest)}: "
    if digest.quiet:
        return start + "nothing new"
    lead = digest.stories[0].item.title if digest.stories else None
    if lead is None and digest.threads:
        lead = digest.threads[0].title
    rest = neutral.line(lead) if lead else _number(digest.items, "piece") + " of coverage"
    return start + _shorten(rest, SUBJECT_LENGTH - len(start))


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else textwrap.shorten(text, length, placeholder=" …") or text[: length - 1] + "…"


def title(digest: Digest) -> str:
    """The heading of an issue."""
    if not digest.weekly:
        return period(digest)
    return f"The week to {_day(_last(digest))} {_last(digest).year}"


def period(digest: Digest) -> str:
    """From – to; whole days as days, both included, else with times and zone."""
    window, zone = digest.window, zoneinfo.ZoneInfo(digest.window.timezone)
    start, end = window.from_at.astimezone(zone), window.until_at.astimezone(zone)
    if start.time() == end.time() == dt.time(0):
        first = _day(start) + (f" {start.year}" if start.year != _last(digest).year else "")
        return f"{first} – {_day(_last(digest))} {_last(digest).year}"
    return f"{_day(start)} {start:%H:%M} – {_day(end)} {end:%H:%M}, {window.timezone}"


def _last(digest: Digest) -> dt.datetime:
    """A moment on the last day of the window."""
    return (digest.window.until_at - dt.timedelta(seconds=1)).astimezone(zoneinfo.ZoneInfo(digest.window.timezone))


def preheader(digest: Digest) -> str:
    """The first sentence, which mail lists show beside the subject."""
    if digest.quiet:
        return f"Nothing new, {period(digest)}."
    by_name = {cell.name: cell.this_week for cell in digest.numbers}
    if digest.chosen_for:
        count = len(digest.stories) + sum(line.this_week for line in digest.positions)
        return str(WORDS["nothing"]) if not count else f"{_number(len(digest.stories), 'story', 'stories')} for you."
    return (
        f"{_number(by_name['stories'], 'story', 'stories')}, {_number(by_name['linked'], 'piece')} on our positions, "
        f"{_number(digest.review.count, 'proposal')} to review."
    )


def minute(digest: Digest) -> tuple[str, ...]:
    """Biggest story, biggest change, most important gap; each at most 25 words."""
    lines = [_biggest_story(digest), _biggest_change(digest), _biggest_gap(digest)]
    return tuple(cut(line, 25) for line in lines if line)


def _biggest_story(digest: Digest) -> str | None:
    if not digest.stories:
        thread = digest.threads[0] if digest.threads else None
        if thread:
            return f"To read: a thread, {parts(thread)}: “{cut(neutral.line(thread.title).rstrip('.'), 14)}”."
        liked = digest.most_liked
        return f"Most noticed: “{cut(neutral.line(liked.title), 16)}”, {liked.likes} likes." if liked else None
    line = digest.stories[0]
    who = f" ({neutral.line(line.item.who)}{f', +{line.more} more' if line.more else ''})" if line.item.who else ""
    on = f", on our position “{cut(line.link.title, 7)}”" if line.link else ""
    return f"Biggest story: {cut(neutral.line(line.item.title), 11)}{who}{on}."


def _biggest_change(digest: Digest) -> str | None:
    # One piece more or less is no change worth a minute.
    rises = [
        line
        for line in digest.positions
        if line.last_week is not None and line.this_week >= 3 and line.this_week - line.last_week >= 2
    ]
    if not rises:
        return None
    line = max(rises, key=lambda line: (line.this_week - (line.last_week or 0), line.this_week))
    return (
        f"Biggest change: “{cut(line.title, 8)}”, {_number(line.this_week, 'piece')} after {line.last_week} last week."
    )


def _biggest_gap(digest: Digest) -> str | None:
    for line in digest.gaps:
        if line.kind == "topic":
            subject = cut(neutral.line(line.subject), 12)
            return f"Gap: {_number(line.n, 'piece')} on “{subject}”, none of our positions covers it."
    for line in digest.gaps:
        if line.kind == "silent" and line.subject:
            return f"Gone quiet: “{cut(line.subject, 12)}”."
    return None


def who_line(item: Item, zone: dt.tzinfo) -> str:
    """Outlet or author, and the day."""
    who = neutral.isolated(item.who) if item.who else ("Bluesky" if item.kind == "thread" else "outlet unknown")
    date = _day(item.published_at.astimezone(zone)) if item.published_at else str(WORDS["no_date"])
    return f"{who}, {date}" + (f", {WORDS['follow_up']}" if item.follows else "")


def status(link: LinkView) -> str:
    """Whether a person has decided, in one word."""
    return str(WORDS["confirmed"] if link.decided else WORDS["proposed"])


def why_line(line: StoryLine) -> str | None:
    """Why a story was tied to a position: at most 15 words."""
    if line.link and line.link.old_echo:
        return f"{WORDS['old_echo']} “{cut(neutral.line(line.link.old_echo[0]), 12)}”"
    if line.link and line.link.echo:
        return f"{WORDS['echo']} “{cut(neutral.line(line.link.echo[0]), 12)}”"
    return f"{WORDS['why']} {neutral.line(line.why)}" if line.why else None


def parts(item: Item) -> str:
    """How whole a thread is: "7 of 7", "5 of 7; 3 and 6 missing"."""
    if item.parts_expected is None:
        return _number(item.parts_found, "part")
    text = f"{item.parts_found} of {item.parts_expected}"
    numbers = [str(number) for number in item.missing if isinstance(number, int)]
    if numbers:
        listed = " and ".join([", ".join(numbers[:-1]), numbers[-1]] if len(numbers) > 1 else numbers)
        text += f"; {listed} missing"
    elif item.missing:
        text += f"; {_number(len(item.missing), 'part')} missing"
    return text


def excerpt(item: Item) -> str:
    """The first 40 words of a thread, its title among them; what the title says is not said again."""
    text, said = re.sub(r"(?<![.!?…:;,–—-])\s*\n+\s*", " · ", item.text), 0
    if text.startswith(item.title) and len(text) > len(item.title) + 40:
        text, said = text[len(item.title) :].lstrip(), len(item.title.split())
    return cut(text, 40 - said)


def gap(line: GapLine, zone: dt.tzinfo) -> str:
    """One line of “Gaps and watch”."""
    subject = cut(neutral.line(line.subject), POSITION_WORDS)
    since = f"{_day(line.since.astimezone(zone))} {line.since.astimezone(zone).year}" if line.since else ""
    if line.kind == "topic":
        return f"“{subject}”: {_number(line.n, 'piece')}, no position of ours covers it."
    if line.kind == "rise":
        return f"“{subject}”: {line.n} this week, {mean(line.before)} a week before."
    if line.kind == "undated":
        rest = f" and {line.n - 1} more" if line.n > 1 else ""
        return f"No date known, so in no week: “{cut(subject, 12)}”{rest}. Ingest again with --published."
    if not line.subject:
        return f"{_number(line.n, 'position')} had no coverage since the archive begins ({since})."
    return f"“{subject}”: nothing new; last covered {since}."


def story_detail(line: StoryLine) -> str:
    """Outlets of a story beyond its lead: "+6 more: The Courier, Post"."""
    if not line.more:
        return ""
    named = ", ".join(neutral.isolated(outlet) for outlet in line.outlets[:2])
    return f"+{line.more} more" + (f": {named}" if named else "")


def count_line(line: PositionLine) -> str:
    """How often a position came up, beside last week."""
    last = f", {line.last_week} last week" if line.last_week is not None else ""
    return _number(line.this_week, "piece") + last


def unlisted(digest: Digest) -> str:
    """What came in besides, in one line."""
    liked = digest.most_liked
    most = f", most liked “{cut(neutral.isolated(liked.title), 12)}” ({liked.likes} likes)" if liked else ""
    return f"Also in the archive: {_number(digest.unlisted, 'piece')}{most}."


def row_detail(cell: Cell) -> str:
    """What stands behind a number beside it."""
    if cell.name == "stories" and cell.detail is not None:
        return f"in {_number(cell.detail, 'piece')} of coverage"
    return f"{cell.detail} confirmed" if cell.name == "linked" and cell.this_week else ""


def minutes(n: int) -> str:
    """About how long deciding takes, at six a minute.

    >>> minutes(37)
    'about 7 minutes'
    """
    return f"about {_number(-(-n // 6), 'minute')}"


def mean(value: float | None) -> str:
    """A mean with one digit, "–" where the archive is too young for one."""
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")


def change(cell: Cell) -> str:
    """Change against last week in per cent; only from five on, where it says something."""
    if cell.last_week is None or cell.last_week < 5 or cell.this_week < 5 or cell.this_week == cell.last_week:
        return ""
    return f"{(cell.this_week - cell.last_week) / cell.last_week:+.0%}"


def bar(n: int, most: int, height: int = 44) -> int:
    """Height of a bar in pixels; a bar that is not nought is seen.

    >>> bar(1, 1000), bar(0, 5), bar(5, 5)
    (2, 1, 44)
    """
    return max(2 if n else 1, round(height * n / most)) if most else 1


def _day(moment: dt.datetime) -> str:
    return f"{moment.day} {moment:%b}"


def day(moment: dt.datetime | None, zone: dt.tzinfo) -> str:
    """A day as "9 Nov"."""
    return _day(moment.astimezone(zone)) if moment else "–"


def _number(n: int, noun: str, plural: str | None = None) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {plural or noun + 's'}"


# ------------------------------------------------------------------ plain text


def wrap(text: str, indent: int = 0, first: str = "") -> str:
    """Hard lines of at most 76 characters; a url stands whole on its line."""
    return textwrap.fill(
        text,
        TEXT_WIDTH,
        initial_indent=first or " " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _tidy(text: str) -> str:
    """No trailing blanks, never two empty lines together."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"
