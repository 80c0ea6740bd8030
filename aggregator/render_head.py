"""What an issue says before its sections: subject, title, window, first sentence, “In one minute”."""

from __future__ import annotations

import datetime as dt
import itertools
import textwrap
import zoneinfo

from aggregator import neutral
from aggregator.issue_model import Digest, Item
from aggregator.neutral import cut
from aggregator.render_figures import day_of, number
from aggregator.render_words import WORDS, outside, parts
from aggregator.units import half_up

#: Longest subject that mail clients show whole on a telephone held upright twice over.
SUBJECT_LENGTH = 70
#: Words of a line of “In one minute”.
MINUTE_WORDS = 25


def subject(digest: Digest) -> str:
    """At most 70 characters and different each week: the week's last day comes first."""
    span = period(digest) if digest.window.look_back else f"{_span(digest)} to {day_of(_last(digest))}"
    start = f"{span[0].upper()}{span[1:]}: "
    if digest.quiet:
        return start + "nothing new"
    if digest.chosen_for and not _for_reader(digest):
        return start + "nothing on what you chose"
    lead = digest.stories[0].item.title if digest.stories else None
    if lead is None and digest.threads:
        lead = digest.threads[0].title
    rest = neutral.line(lead) if lead else number(digest.items, "piece") + " of coverage"
    return start + _shorten(rest, SUBJECT_LENGTH - len(start))


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else textwrap.shorten(text, length, placeholder=" …") or text[: length - 1] + "…"


def title(digest: Digest) -> str:
    """The heading of an issue."""
    if digest.window.look_back:
        return f"{WORDS['look_back']}: {period(digest)}"
    return f"The {_span(digest)} to {day_of(_last(digest))} {_last(digest).year}"


def _span(digest: Digest) -> str:
    """How long an issue is, in weeks: one that was closed early or took in a missed cut-off is named like any other."""
    weeks = (digest.window.until_at - digest.window.from_at) / dt.timedelta(days=7)
    return "days" if weeks < 0.5 else "week" if weeks < 1.5 else f"{half_up(weeks)} weeks"


def about(digest: Digest) -> str:
    """The line under the heading: whose issue it is, and its window where the heading does not say it."""
    window = WORDS["published"] if digest.window.look_back else period(digest)
    return ", ".join(filter(None, [neutral.isolated(digest.organisation or ""), str(window)]))


def period(digest: Digest) -> str:
    """From – to; whole days as days, both included, else with times and zone."""
    window, zone = digest.window, zoneinfo.ZoneInfo(digest.window.timezone)
    start, end = window.from_at.astimezone(zone), window.until_at.astimezone(zone)
    if start.time() == end.time() == dt.time(0):
        first = day_of(start) + (f" {start.year}" if start.year != _last(digest).year else "")
        return f"{first} – {day_of(_last(digest))} {_last(digest).year}"
    return f"{day_of(start)} {start:%H:%M} – {day_of(end)} {end:%H:%M}, {window.timezone}"


def _last(digest: Digest) -> dt.datetime:
    """A moment on the last day of the window."""
    return (digest.window.until_at - dt.timedelta(seconds=1)).astimezone(zoneinfo.ZoneInfo(digest.window.timezone))


def preheader(digest: Digest) -> str:
    """The first sentence, which mail lists show beside the subject."""
    if digest.quiet:
        days = period(digest) if digest.window.look_back else f"the {_span(digest)} to {day_of(_last(digest))}"
        return f"Nothing new in {days}."
    by_name = {cell.name: cell.this_week for cell in digest.whole or digest.numbers}
    if digest.chosen_for:
        stories, pieces = len(digest.stories), _for_reader(digest)
        if not pieces:
            return str(WORDS["nothing"])
        return f"{number(stories, 'story', 'stories') if stories else number(pieces, 'piece')} for you."
    stories = by_name["stories"]
    said = [number(stories, "story", "stories") if stories else f"{number(digest.items, 'piece')} of coverage"]
    said += [number(by_name["threads"], "thread")] if by_name["threads"] else []
    said += [f"{number(by_name['linked'], 'piece')} on our positions"]
    said += [f"{number(digest.review.count, 'proposal')} to review"]
    return f"{'The first issue: ' if digest.first else ''}{', '.join(said)}."


def _for_reader(digest: Digest) -> int:
    """How many pieces of an issue are on what its reader chose."""
    lists = [line.ids for line in digest.stories] + [line.ids for line in digest.positions]
    return len({key for ids in lists for key in ids})


def first_issue(digest: Digest) -> str:
    """That this is the first issue and what it takes in, said once; "" in all others."""
    if not digest.first:
        return ""
    said, n = ["This is the first issue."], digest.earlier
    if n:
        share = f"all of its {number(n, 'piece')}" if n == digest.items else f"{n:,} of its {digest.items:,} pieces"
        said.append(f"It also takes in the weeks before: {share} came out then.")
    if digest.older:
        said.append(
            f"{number(digest.older, 'older piece')} {'is' if digest.older == 1 else 'are'} in the archive only."
        )
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
    story = _biggest_story(digest)
    lines = [story, _biggest_change(digest, story or ""), _biggest_gap(digest)]
    return tuple(_whole(cut(line, MINUTE_WORDS)) for line in lines if line)


def _whole(text: str) -> str:
    """A text whose isolated fields all end, also where it was cut."""
    return text + "\u2069" * (text.count("\u2068") - text.count("\u2069"))


def _biggest_story(digest: Digest) -> str | None:
    if not digest.stories:
        thread = digest.threads[0] if digest.threads else None
        if thread:
            return f"To read: a thread, {parts(thread)}: “{outside(thread.title, 14)}”."
        liked = max(_noticed(digest), key=lambda item: item.likes + item.reposts, default=None)
        return f"Most noticed: “{outside(liked.title, 16)}”, {liked.likes} likes." if liked else None
    line = digest.stories[0]
    who = outside(line.item.who or "", 4)
    by = f" ({who}{f', +{line.more} more' if line.more else ''})" if who else ""
    room = MINUTE_WORDS - 2 - len(by.split())
    said = f"Biggest story: {outside(line.item.title, room)}{by}."
    if len(said.split()) > MINUTE_WORDS:  # a cut leaves its mark
        said = f"Biggest story: {outside(line.item.title, room - 1)}{by}."
    if not line.link:
        return said
    # Named where there is room for all of its name: cut, it could be another one's.
    on = f", on “{outside(line.link.title, MINUTE_WORDS)}”."
    for words, source in itertools.product((room, 11), dict.fromkeys((by, f" ({who})" if who else ""))):
        text = f"Biggest story: {outside(line.item.title, words)}{source}{on}"
        if len(text.split()) <= MINUTE_WORDS:
            return text
    return said


def _noticed(digest: Digest) -> list[Item]:
    """What stands in this mail besides stories and threads and may be what most people noticed."""
    listed = [item for line in digest.positions for item in line.items]
    return [item for item in (*listed, digest.most_liked) if item and item.likes]


def _biggest_change(digest: Digest, said: str) -> str | None:
    """The position with the greatest rise; not by its name where that was just `said`."""
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
    name = f"“{outside(line.title, MINUTE_WORDS - 9)}”"
    return (
        f"Biggest change: {'the same position' if f'on {name}' in said else name}, {number(line.this_week, 'piece')} "
        f"after {line.last_week or 'none'} last week."
    )


def _biggest_gap(digest: Digest) -> str | None:
    for line in digest.gaps:
        if line.kind == "topic":
            return (
                f"Gap: {number(line.n, 'piece')} on “{outside(line.subject, 12)}”, and no position of ours covers it."
            )
    for line in digest.gaps:
        if line.kind == "silent" and line.subject:
            return f"Gone quiet: nothing new on “{outside(line.subject, MINUTE_WORDS - 5)}”."
    return None
