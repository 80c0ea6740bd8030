"""Every word of ours in an issue: headings, sentences, numbers as people say them.

The templates hold layout only; what comes from outside passes `neutral` before it stands in a sentence of ours.
"""

from __future__ import annotations

import datetime as dt
import re
import textwrap
import zoneinfo
from collections.abc import Sequence

from aggregator import neutral
from aggregator.issue_model import Cell, Digest, GapLine, Item, LinkView, PositionLine, SourceLine, StoryLine
from aggregator.neutral import cut
from aggregator.render_text import clipped, named

#: Longest subject that mail clients show whole on a telephone held upright twice over.
SUBJECT_LENGTH = 70
#: Words of a line of “In one minute”.
MINUTE_WORDS = 25
#: Words that a position is known by, and of a topic or a headline under “Gaps and watch”.
KNOWN_FROM, TOPIC_WORDS = 8, 10
#: Sources named in the footer: those that work say little, those that do not are looked after.
HEARD, SILENT = 4, 6
#: Rises beyond this multiple are "times as many": a percentage of a small week says nothing.
TIMES_FROM = 3

WORDS = {
    "view": "View in browser",
    "late": "Sent late",
    "look_back": "Look back",
    "published": "by date of publication",
    "minute": "In one minute",
    "numbers": "Numbers",
    "this_week": "This week",
    "these_days": "These days",
    "in_issue": "In this issue",
    "last_week": "Last week",
    "mean": "4-week mean",
    "weeks": "Coverage in the last eight weeks, pieces by the week’s first day",
    "stories": "Top stories",
    "positions": "By position",
    "voices": "Our voices",
    "threads": "Threads worth reading",
    "gaps": "Gaps and watch",
    "review": "To review",
    "corrections": "Corrections",
    "footer": "About this mail",
    "quiet": "A quiet week: nothing came in.",
    "quiet_first": "Nothing new this week.",
    "follow_up": "follow-up",
    "updated": "updated",
    "rewritten": "Updated since we mailed it:",
    "chosen": "Chosen for you",
    "whole": "The numbers are those of the whole issue.",
    "nothing": "Nothing on what you chose came in this week.",
    "preferences": "Choose what you get",
    "unsubscribe": "Unsubscribe",
    "answer": "To leave, answer this mail.",
    "proposed": "proposed",
    "confirmed": "confirmed",
    "why": "speaks of",
    "echo": "uses our words:",
    "own_words": "repeats our own words",
    "old_echo": "old line quoted:",
    "also_in": "also in",
    "also": "and",
    "no_date": "no date",
    "made": "Links are made by comparing wording; “proposed” means that nobody has decided yet.",
    "reason": "You get this as one of the communications team.",
    "first": "First:",
    "show": "Show them",
    # Section → the list of all that it could hold.
    "lists": {"stories": "stories", "positions": "linked", "voices": "quotes", "threads": "threads"},
    "open_queue": "Open the queue",
    "rows": {
        "stories": "Stories",
        "linked": "Linked to our positions",
        "quotes": "Quotes by our people",
        "threads": "Threads of several posts",
    },
}
#: What a section holds, one and several: what it leaves out is named so.
KINDS = {
    "stories": ("story", "stories"),
    "positions": ("position", "positions"),
    "voices": ("quote", "quotes"),
    "threads": ("thread", "threads"),
}


# ------------------------------------------------------------------ the head of an issue


def subject(digest: Digest) -> str:
    """At most 70 characters and different each week: the week's last day comes first."""
    span = period(digest) if digest.window.look_back else f"{_span(digest)} to {_day(_last(digest))}"
    start = f"{span[0].upper()}{span[1:]}: "
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
    if digest.window.look_back:
        return f"{WORDS['look_back']}: {period(digest)}"
    return f"The {_span(digest)} to {_day(_last(digest))} {_last(digest).year}"


def _span(digest: Digest) -> str:
    """How long an issue is, in weeks: one that was closed early or took in a missed cut-off is named like any other."""
    weeks = (digest.window.until_at - digest.window.from_at) / dt.timedelta(days=7)
    return "days" if weeks < 0.5 else "week" if weeks < 1.5 else f"{weeks:.0f} weeks"


def about(digest: Digest) -> str:
    """The line under the heading: whose issue it is, and its window where the heading does not say it."""
    window = WORDS["published"] if digest.window.look_back else period(digest)
    return ", ".join(filter(None, [neutral.isolated(digest.organisation or ""), str(window)]))


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
        days = period(digest) if digest.window.look_back else f"the {_span(digest)} to {_day(_last(digest))}"
        return f"Nothing new in {days}."
    by_name = {cell.name: cell.this_week for cell in digest.whole or digest.numbers}
    if digest.chosen_for:
        count = len(digest.stories) + sum(line.this_week for line in digest.positions)
        return str(WORDS["nothing"]) if not count else f"{_number(len(digest.stories), 'story', 'stories')} for you."
    said = [_number(by_name["stories"], "story", "stories")]
    said += [_number(by_name["threads"], "thread")] if by_name["threads"] else []
    said += [f"{_number(by_name['linked'], 'piece')} on our positions"]
    said += [f"{_number(digest.review.count, 'proposal')} to review"]
    return f"{'The first issue: ' if digest.first else ''}{', '.join(said)}."


def first_issue(digest: Digest) -> str:
    """That this is the first issue and what it takes in, said once; "" in all others."""
    if not digest.first:
        return ""
    said, n = ["This is the first issue."], digest.earlier
    if n:
        share = f"all of its {_number(n, 'piece')}" if n == digest.items else f"{n:,} of its {digest.items:,} pieces"
        said.append(f"It also takes in the weeks before: {share} came out then.")
    if digest.older:
        verb = "stands" if digest.older == 1 else "stand"
        said.append(f"{_number(digest.older, 'older piece')} {verb} in the archive only.")
    if n or digest.older:
        said.append("From the next issue on you get what is new.")
    return " ".join(said)


def quiet(digest: Digest) -> str:
    """That nothing came in; beside what a backfill brought, that nothing new did."""
    return str(WORDS["quiet_first" if digest.first and digest.older else "quiet"])


def minute(digest: Digest) -> tuple[str, ...]:
    """Biggest story, biggest change, most important gap; each at most 25 words."""
    if digest.quiet:
        return ()
    lines = [_biggest_story(digest), _biggest_change(digest), _biggest_gap(digest)]
    return tuple(_whole(cut(line, MINUTE_WORDS)) for line in lines if line)


def _whole(text: str) -> str:
    """A text whose isolated fields all end, also where it was cut."""
    return text + "\u2069" * (text.count("\u2068") - text.count("\u2069"))


def _clip(text: str, words: int) -> str:
    """Words from outside as they can stand in a sentence of ours."""
    return neutral.isolated(clipped(text.rstrip("."), words))


def _biggest_story(digest: Digest) -> str | None:
    if not digest.stories:
        thread = digest.threads[0] if digest.threads else None
        if thread:
            return f"To read: a thread, {parts(thread)}: “{_clip(thread.title, 14)}”."
        liked = digest.most_liked
        return f"Most noticed: “{_clip(liked.title, 16)}”, {liked.likes} likes." if liked else None
    line = digest.stories[0]
    more = f", +{line.more} more" if line.more else ""
    who = f" ({_clip(line.item.who, 4)}{more})" if line.item.who else ""
    said = f"Biggest story: {_clip(line.item.title, 11)}{who}"
    # The position takes what room is left, and is not named where that is too little to know it by.
    room = MINUTE_WORDS - len(said.split()) - 1
    on = f", on “{_clip(line.link.title, room)}”" if line.link and room >= KNOWN_FROM else ""
    return f"{said}{on}."


def _biggest_change(digest: Digest) -> str | None:
    # One piece more or less is no change worth a minute.
    rises = [
        line
        for line in digest.positions
        if not digest.first
        and line.last_week is not None
        and line.this_week >= 3
        and line.this_week - line.last_week >= 2
    ]
    if not rises:
        return None
    line = max(rises, key=lambda line: (line.this_week - (line.last_week or 0), line.this_week))
    return (
        f"Biggest change: “{_clip(line.title, MINUTE_WORDS - 9)}”, {_number(line.this_week, 'piece')} after "
        f"{line.last_week or 'none'} last week."
    )


def _biggest_gap(digest: Digest) -> str | None:
    for line in digest.gaps:
        if line.kind == "topic":
            return f"Gap: {_number(line.n, 'piece')} on “{_clip(line.subject, 12)}”, and no position of ours covers it."
    for line in digest.gaps:
        if line.kind == "silent" and line.subject:
            return f"Gone quiet: nothing new on “{_clip(line.subject, MINUTE_WORDS - 5)}”."
    return None


# ------------------------------------------------------------------ its lines


def who_line(item: Item, zone: dt.tzinfo, host: bool = False) -> str:
    """Outlet or author and the day, with the host where it is asked for."""
    who = neutral.isolated(item.who) if item.who else ("Bluesky" if item.kind == "thread" else "outlet unknown")
    at = neutral.host(item.url) if host else None
    date = _day(item.published_at.astimezone(zone)) if item.published_at else str(WORDS["no_date"])
    mark = WORDS["updated"] if item.updated else WORDS["follow_up"] if item.follows else None
    return f"{who}{f' ({at})' if at else ''}, {date}{f', {mark}' if mark else ''}"


def status(link: LinkView) -> str:
    """Whether a person has decided, in one word."""
    return str(WORDS["confirmed"] if link.decided else WORDS["proposed"])


def near(stands_for: Sequence[str]) -> str:
    """How many near-same positions a named one stands for.

    >>> near(("Open two benches.", "Open a bench."))
    ' and 2 near-same positions'
    """
    return f" and {_number(len(stands_for), 'near-same position')}" if stands_for else ""


def why_line(line: StoryLine) -> str | None:
    """Why a story was tied to a position: at most 15 words."""
    if line.link and line.link.old_echo:
        return f"{WORDS['old_echo']} “{neutral.isolated(cut(line.link.old_echo[0], 12))}”"
    if line.link and line.link.echo:
        echo = neutral.line(line.link.echo[0]).translate(_NO_MARKS)
        if " ".join(_folded(echo).split()[:KNOWN_BY]) in _folded(line.sentence or ""):
            return str(WORDS["own_words"])
        return f"{WORDS['echo']} “{neutral.isolated(cut(echo, 12))}”"
    return f"{WORDS['why']} {neutral.isolated(line.why)}" if line.why else None


#: Words by which an echo is recognised in a sentence that was cut, and marks that do not nest.
KNOWN_BY, _NO_MARKS = 5, dict.fromkeys(map(ord, '“”"'))


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


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
    title = item.title.removesuffix("…").rstrip()
    if text.startswith(title):
        text, said = text[len(title) :].lstrip(" ·"), len(title.split())
        text = f"… {neutral.left_open(title)}{text}" if title != item.title else text
    return clipped(text, max(8, 40 - said)) if text.strip("… ") else ""


def gap(line: GapLine, zone: dt.tzinfo) -> str:
    """One line of “Gaps and watch”; of a rewritten article what follows its headline."""
    position = line.kind in ("silent", "rise")
    subject = neutral.isolated(named(line.subject)) if position else _clip(line.subject, TOPIC_WORDS)
    since = f"{_day(line.since.astimezone(zone))} {line.since.astimezone(zone).year}" if line.since else ""
    if line.kind == "topic":
        return f"“{subject}”: {_number(line.n, 'piece')}, and no position of ours covers it."
    if line.kind == "rise":
        return f"“{subject}”: {line.n} this week, {mean(line.before)} a week before."
    if line.kind == "updated":
        return f"{line.n}% of its words have changed."
    if line.kind == "undated":
        rest = f" and {line.n - 1} more" if line.n > 1 else ""
        return f"No date known, so in no week: “{subject}”{rest}. Ingest again with --published."
    if not line.subject:
        return f"Never covered since the archive begins on {since}: {_number(line.n, 'position')}."
    return f"“{subject}”: nothing new, last covered on {since}."


def story_detail(line: StoryLine) -> str:
    """Outlets of a story beyond its lead: "+6 more pieces: The Courier, Post"."""
    if not line.more:
        return ""
    named = ", ".join(neutral.isolated(outlet) for outlet in line.outlets[:2])
    return f"+{_number(line.more, 'more piece')}" + (f": {named}" if named else "")


def left(digest: Digest, section: str) -> str:
    """How much of a section is left out, and what it is: "+2 more stories in the archive"."""
    n = digest.left(section)
    if section not in KINDS:
        return f"+{n:,} more to watch"
    one, several = KINDS[section]
    return f"+{n:,} more {one if n == 1 else several} in the archive"


def position_count(line: PositionLine, digest: Digest) -> int:
    """How often a position came up: in its week, in the first issue in all that it holds."""
    return len(line.ids) if digest.whole else line.this_week


def count_line(line: PositionLine, digest: Digest) -> str:
    """How often a position came up, beside last week."""
    last = f", {line.last_week} last week" if line.last_week is not None and not digest.first else ""
    return ", ".join(filter(None, [_number(position_count(line, digest), "piece"), _older(line, digest)])) + last


def position_detail(line: PositionLine, digest: Digest) -> str:
    """What stands beside a position's number: older pieces, near-same positions."""
    return ", ".join(filter(None, [near(line.stands_for).strip(), _older(line, digest)]))


def _older(line: PositionLine, digest: Digest) -> str:
    """How many of a position's pieces in the first issue came out before its week."""
    older = len(line.ids) - line.this_week
    if older <= 0 or not digest.whole:
        return ""
    return "from before this week" if not line.this_week else f"{older} from before this week"


def sources(lines: Sequence[SourceLine], zone: dt.tzinfo) -> list[str]:
    """Which sources gave something, and which fell silent or could not be read, in two lines at most."""
    heard = [neutral.isolated(line.name) for line in lines if line.last_success and not _missing(line)]
    missing = [
        neutral.isolated(line.name)
        + (" (cannot be read)" if line.failing else "")
        + (f", last heard on {_day(line.last_success.astimezone(zone))}" if line.last_success else ", never heard yet")
        for line in lines
        if _missing(line)
    ]
    return [_listed("Updated", heard, ", ", HEARD)] * bool(heard) + [_listed("Silent", missing, "; ", SILENT)] * bool(
        missing
    )


def _missing(line: SourceLine) -> bool:
    return line.silent or line.failing


def _listed(name: str, things: Sequence[str], between: str, limit: int) -> str:
    more = [f"{len(things) - limit} more"] if len(things) > limit else []
    return f"{name}: {between.join([*things[:limit], *more])}."


def also_in(outlets: Sequence[str]) -> str:
    """Where else a quotation stands.

    >>> also_in(("Post", "Courier", "Mercury", "Lantern"))
    '; also in Post, Courier, +2 more'
    """
    if not outlets:
        return ""
    more = [f"+{len(outlets) - 2} more"] if len(outlets) > 2 else []
    return f"; {WORDS['also_in']} {', '.join([*map(neutral.isolated, outlets[:2]), *more])}"


def waits(n: int) -> str:
    """How much waits for a decision.

    >>> waits(1), waits(23)
    ('1 proposal waits for a decision, about 1 minute.', '23 proposals wait for a decision, about 4 minutes.')
    """
    return f"{_number(n, 'proposal')} {'waits' if n == 1 else 'wait'} for a decision, {minutes(n)}."


def unlisted(digest: Digest) -> str:
    """What came in besides stories, threads and what is on our positions, in one line."""
    liked = digest.most_liked
    most = f", most liked “{cut(neutral.isolated(liked.title), 12)}” ({liked.likes} likes)" if liked else ""
    return f"Also came in: {_number(digest.unlisted, 'other piece')}{most}."


def earlier(digest: Digest) -> str:
    """That pieces of earlier weeks which came in late count here, where there are any."""
    if not digest.earlier or digest.first:
        return ""
    came, verb = _number(digest.earlier, "piece"), "counts" if digest.earlier == 1 else "count"
    return f"{came} of earlier weeks came in late and {verb} here."


def row_detail(cell: Cell) -> str:
    """What stands behind a number beside it, and how it moved."""
    said = []
    if cell.name == "stories" and cell.detail is not None:
        said.append(_in_pieces(cell.this_week, cell.detail if cell.pieces is None else cell.pieces, cell.detail))
    if cell.name == "threads" and cell.detail:
        said.append(f"{cell.detail:,} of them in top stories")
    if cell.name == "linked" and cell.this_week:
        said.append(f"{cell.detail or 'none'} confirmed")
    if cell.unasked:
        said.append("the settings name nobody yet")
    return ", ".join([*filter(None, [change(cell)]), *said])


def _in_pieces(stories: int, pieces: int, of: int) -> str:
    """In how many pieces stories are told, of all that came in.

    >>> _in_pieces(1, 2, 15), _in_pieces(3, 4, 4), _in_pieces(0, 0, 1)
    ('in 2 of 15 pieces of coverage', 'in 4 pieces of coverage', '1 piece of coverage')
    """
    if not stories:
        return f"{_number(of, 'piece')} of coverage"
    if pieces == of:
        return f"in {_number(of, 'piece')} of coverage"
    return f"in {pieces:,} of {_number(of, 'piece')} of coverage"


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
    """Change against last week in per cent; only from five on, where it says something.

    >>> [change(Cell(name="threads", this_week=n, last_week=10, mean=None)) for n in (10, 4, 8, 16, 50)]
    ['', '', 'down 20%', 'up 60%', '5 times last week’s']
    """
    if cell.last_week is None or cell.last_week < 5 or cell.this_week < 5 or cell.this_week == cell.last_week:
        return ""
    times = cell.this_week / cell.last_week
    if times >= TIMES_FROM:
        return f"{times:.0f} times last week’s"
    return f"{'up' if times > 1 else 'down'} {abs(times - 1):.0%}"


def _day(moment: dt.datetime) -> str:
    return f"{moment.day} {moment:%b}"


def day(moment: dt.datetime | None, zone: dt.tzinfo) -> str:
    """A day as "9 Nov"."""
    return _day(moment.astimezone(zone)) if moment else "–"


def _number(n: int, noun: str, plural: str | None = None) -> str:
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
