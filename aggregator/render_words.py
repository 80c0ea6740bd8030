"""Every word of ours in the sections of an issue: headings, and what its lines say.

The head of an issue has its words in `render_head`, its numbers in `render_figures`.
The templates hold layout only; what comes from outside passes `neutral` before it stands in a sentence of ours.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from aggregator import neutral
from aggregator.issue_model import Digest, GapLine, Item, LinkView, PositionLine, SourceLine, StoryLine
from aggregator.neutral import cut
from aggregator.render_figures import day_of, mean, minutes, number
from aggregator.render_text import clipped

#: Words of a topic or a headline under “Gaps and watch”.
TOPIC_WORDS = 10
#: Sources named in the footer: those that work say little, those that do not are looked after.
HEARD, SILENT = 4, 6

WORDS = {
    "view": "View in browser",
    "late": "Sent late",
    "look_back": "Look back",
    "published": "by date of publication",
    "minute": "In one minute",
    "numbers": "Numbers",
    "this_week": "This week",
    "these_days": "This period",
    "in_issue": "In this issue",
    "last_week": "Last week",
    "mean": "4-week mean",
    "weeks": "Pieces of coverage in each week, by its first day",
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
    "echo_told": "repeats our own words",
    "old_echo": "old line quoted:",
    "old_echo_told": "old line of ours quoted",
    "also_in": "also in",
    "also": "and",
    "no_date": "no date",
    "unknown": "outlet and date unknown",
    "made": "Links are made by comparing wording; “proposed” means that nobody has decided yet.",
    "reason": "You get this as one of the communications team.",
    "first": "First:",
    "besides": "Besides those above:",
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


def outside(text: str, words: int) -> str:
    """Words from outside as they can stand in a sentence of ours."""
    return neutral.isolated(clipped(text.rstrip("."), words))


def who_line(item: Item, zone: dt.tzinfo, host: bool = False) -> str:
    """Outlet or author and the day, with the host where it is asked for."""
    who = neutral.isolated(item.who) if item.who else ("Bluesky" if item.kind == "thread" else "outlet unknown")
    at = neutral.host(item.url) if host else None
    if not (item.who or item.published_at) and item.kind == "article":
        return str(WORDS["unknown"])
    date = day_of(item.published_at.astimezone(zone)) if item.published_at else str(WORDS["no_date"])
    mark = WORDS["updated"] if item.updated else WORDS["follow_up"] if item.follows else None
    return f"{who}{f' ({at})' if at else ''}, {date}{f', {mark}' if mark else ''}"


def said_in(item: Item, zone: dt.tzinfo, host: bool = False) -> str:
    """Where somebody's words stand: "in The Courier, 9 Nov", "on Bluesky, 9 Nov", "outlet unknown, 9 Nov"."""
    at = "in " if item.who else "on " if item.kind == "thread" else ""
    return at + who_line(item, zone, host)


def status(link: LinkView) -> str:
    """Whether a person has decided, in one word."""
    return str(WORDS["confirmed"] if link.decided else WORDS["proposed"])


def near(stands_for: Sequence[str]) -> str:
    """How many near-same positions a named one stands for.

    >>> near(("Open two benches.", "Open a bench."))
    ' and 2 near-same positions'
    """
    return f" and {number(len(stands_for), 'near-same position')}" if stands_for else ""


def why_line(line: StoryLine) -> str | None:
    """Why a story was tied to a position: at most 15 words."""
    for kind, echoes in (("old_echo", line.link.old_echo), ("echo", line.link.echo)) if line.link else ():
        if echoes:
            echo = neutral.line(echoes[0]).translate(_NO_MARKS)
            if " ".join(_folded(echo).split()[:KNOWN_BY]) in _folded(line.sentence or ""):
                return str(WORDS[f"{kind}_told"])
            return f"{WORDS[kind]} “{neutral.isolated(cut(echo, 12))}”"
    return f"{WORDS['why']} {neutral.isolated(line.why)}" if line.why else None


#: Words by which an echo is recognised in a sentence that was cut, and marks that do not nest.
KNOWN_BY, _NO_MARKS = 5, dict.fromkeys(map(ord, '“”"'))


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def parts(item: Item) -> str:
    """How whole a thread is: "7 of 7", "5 of 7; 3 and 6 missing"."""
    if item.parts_expected is None:
        return number(item.parts_found, "part")
    text = f"{item.parts_found} of {item.parts_expected}"
    numbers = [str(n) for n in item.missing if isinstance(n, int)]
    if numbers:
        listed = " and ".join([", ".join(numbers[:-1]), numbers[-1]] if len(numbers) > 1 else numbers)
        text += f"; {listed} missing"
    elif item.missing:
        text += f"; {number(len(item.missing), 'part')} missing"
    return text


def excerpt(item: Item) -> str:
    """The first 40 words of a thread, its title among them; what the title says is not said again."""
    text, said = re.sub(r"(?<![.!?…:;,–—-])\s*\n+\s*", " · ", item.text), 0
    title = item.title.removesuffix("…").rstrip()
    if text.startswith(title):
        text, said = text[len(title) :].lstrip(" ·"), len(title.split())
        text = f"… {neutral.left_open(title)}{text}" if title != item.title else text
    return clipped(text, max(8, 40 - said)) if text.strip("… ") else ""


def gap(line: GapLine, names: Mapping[str, str], zone: dt.tzinfo) -> str:
    """One line of “Gaps and watch”; of a rewritten article what follows its headline.

    `names` are those of the positions as they are shown here.
    """
    position = line.kind in ("silent", "rise")
    subject = neutral.isolated(names[line.subject]) if position else outside(line.subject, TOPIC_WORDS)
    since = f"{day_of(line.since.astimezone(zone))} {line.since.astimezone(zone).year}" if line.since else ""
    if line.kind == "topic":
        return f"“{subject}”: {number(line.n, 'piece')}, and no position of ours covers it."
    if line.kind == "rise":
        before = f"{mean(line.before)} a week" if line.before else "none"
        return f"“{subject}”: {number(line.n, 'piece')} this week, {before} in the four weeks before."
    if line.kind == "updated":
        return f"{line.n}% of its words have changed."
    if line.kind == "undated":
        rest = f" and {line.n - 1} more" if line.n > 1 else ""
        return f"No date known, so not in these days: “{subject}”{rest}. “Complete it” on its page takes the day."
    if not line.subject:
        asked = f"; {line.proposed:,} of them {_have(line.proposed)} proposals to review" if line.proposed else ""
        said = f"{number(line.n, 'position')} {_have(line.n)} had no linked coverage"
        return f"{said} since {since}, where the archive begins{asked}."
    return f"“{subject}”: nothing new, last covered on {since}."


def _have(n: int) -> str:
    return "has" if n == 1 else "have"


def story_detail(line: StoryLine) -> str:
    """Outlets of a story beyond its lead: "+6 more pieces: The Courier, Post"."""
    if not line.more:
        return ""
    named = ", ".join(neutral.isolated(outlet) for outlet in line.outlets[:2])
    return f"+{number(line.more, 'more piece')}" + (f": {named}" if named else "")


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
    return ", ".join(filter(None, [number(position_count(line, digest), "piece"), _older(line, digest)])) + last


def position_detail(line: PositionLine, digest: Digest) -> str:
    """What stands beside a position's number: near-same positions, older pieces, and where those not listed are."""
    where = "" if line.items else whereabouts(line, digest)
    return ", ".join(filter(None, [near(line.stands_for).strip(), _older(line, digest), where]))


def whereabouts(line: PositionLine, digest: Digest) -> str:
    """Where the pieces on a position are that are not listed under it: "2 in top stories, +3 more".

    Of a position's only piece, which this mail shows elsewhere, nothing is said.
    """
    on = set(line.ids) - {item.id for item in line.items}
    top = on & {key for story in digest.stories for key in story.ids}
    threads = (on - top) & {item.id for item in digest.threads}
    rest = len(on) - len(top) - len(threads)
    said = [f"{len(top):,} in top stories"] * bool(top) + [f"{len(threads):,} in threads"] * bool(threads)
    if rest and not line.items and not said:
        return "all in the archive"
    return ", ".join([*said, *[f"+{rest:,} more"] * bool(rest)]) if rest or len(line.ids) > 1 else ""


def _older(line: PositionLine, digest: Digest) -> str:
    """How many of a position's pieces in the first issue came out before its week."""
    older = len(line.ids) - line.this_week
    if older <= 0 or not digest.whole:
        return ""
    return "from before this week" if not line.this_week else f"{older} from before this week"


def sources(lines: Sequence[SourceLine], zone: dt.tzinfo) -> list[str]:
    """Which sources gave something, and which fell silent or could not be read, in two lines at most."""
    heard = [neutral.isolated(line.name) for line in lines if line.last_success and not _missing(line)]
    missing = [neutral.isolated(line.name) + _last_heard(line, zone) for line in lines if _missing(line)]
    said = [_listed("Sources read", heard, ", ", HEARD)] if heard else []
    return said + ([_listed("Silent sources", missing, "; ", SILENT)] if missing else [])


def _last_heard(line: SourceLine, zone: dt.tzinfo) -> str:
    when = f"last heard on {day_of(line.last_success.astimezone(zone))}" if line.last_success else "never heard yet"
    return f"{' (cannot be read)' if line.failing else ''}, {when}"


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
    """How much waits for a decision: for the pieces of this issue, because the archive may have more.

    >>> waits(23)
    'This issue’s pieces have 23 proposals to decide, about 4 minutes.'
    """
    return f"This issue’s pieces have {number(n, 'proposal')} to decide, {minutes(n)}."


def next_of(digest: Digest) -> str:
    """What stands before the proposals that are named: whether others are marked as proposed above."""
    links = [line.link for line in digest.stories if line.link]
    links += [item.sure_links[0] for item in digest.threads if item.sure_links]
    return str(WORDS["first"] if all(link.decided for link in links) else WORDS["besides"])


def unlisted(digest: Digest) -> str:
    """What came in besides stories, threads and what is on our positions, in one line."""
    liked = digest.most_liked
    most = f", most liked “{outside(liked.title, 12)}” ({liked.likes} likes)" if liked else ""
    return f"Also came in: {number(digest.unlisted, 'other piece')}{most}."
