"""The digest: what it chooses, in which order, within which limits, and that both parts say the same."""

from __future__ import annotations

import datetime as dt
import html
import os
import quopri
import re
from email import message_from_bytes, policy
from pathlib import Path

import msgspec
import pytest
from golden_weeks import URLS, WEEKS, golden, many
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import mail
from aggregator.config import Config, Recipient
from aggregator.config import Digest as DigestSettings
from aggregator.digest import MAX_ITEMS, TOP_STORIES, behind, compose, for_reader, placements
from aggregator.issue_model import (
    Digest,
    GapLine,
    History,
    Item,
    LinkView,
    PositionCount,
    QuoteView,
    Rendered,
    SourceLine,
    WeekCount,
    Window,
)
from aggregator.neutral import line, link_url
from aggregator.render import render
from aggregator.render_budget import MAX_WORDS, words_of
from aggregator.render_head import minute
from aggregator.render_names import shortened
from aggregator.render_text import named as position_name
from aggregator.render_words import whereabouts

UNTIL = dt.datetime(2026, 11, 16, 8, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
WINDOW = Window(issue="2026-W46", from_at=UNTIL - WEEK, until_at=UNTIL, timezone="Europe/London")
GOLDEN = Path(__file__).parent / "golden"

BENCHES = LinkView(
    statement_id="s-benches", title="Every park should have a bench each two hundred metres", areas=("Parks",),
    status="proposed", band="likely", score=0.82, their_sentence="Nine parks have no seat for half a kilometre.",
    our_sentence="Every park should have a bench each two hundred metres.", terms=("two hundred metres", "bench"),
)  # fmt: skip
LAMPS = msgspec.structs.replace(BENCHES, statement_id="s-lamps", title="Towpath lamps off after midnight", score=0.7)


def article(n: int, who: str = "The Path", **fields: object) -> Item:
    values = {
        "id": f"a-{n:03}", "kind": "article", "title": f"Story number {n} about benches", "who": who,
        "url": f"https://news.example/{n}", "published_at": UNTIL - dt.timedelta(hours=n + 1),
        "text": f"Walkers count benches for the {n}th time. More follows.",
    }  # fmt: skip
    return Item(**(values | fields))  # type: ignore[arg-type]


def thread(n: int, **fields: object) -> Item:
    values = {
        "id": f"t-{n:03}", "kind": "thread", "title": f"We walked path {n}.", "who": "ida.example", "url": None,
        "published_at": UNTIL - dt.timedelta(hours=n + 1), "text": f"We walked path {n}. It took all day.",
    }  # fmt: skip
    return Item(**(values | fields))  # type: ignore[arg-type]


def history(*counts: int) -> History:
    weeks = tuple(
        WeekCount(from_at=WINDOW.from_at - WEEK * (len(counts) - n), coverage=count, stories=count)
        for n, count in enumerate(counts)
    )
    positions = (
        PositionCount(statement_id="s-benches", title=BENCHES.title, last_week=1, four_weeks=4),
        PositionCount(
            statement_id="s-gates", title="Gates should open both ways", four_weeks=3,
            last_covered=UNTIL - dt.timedelta(days=12), ever=True,
        ),
    )  # fmt: skip
    return History(weeks=weeks, positions=positions, archive_since=UNTIL - 20 * WEEK)


QUOTE = QuoteView(speaker="Ida Brook", quote="There is nowhere to sit down on the way to the pond.", verb="said")
NORMAL = [
    article(1, links=(BENCHES,), story="y-1", is_lead=True, quotes=(QUOTE,)),
    article(2, who="Fen Mercury", story="y-1", quotes=(QUOTE,)),
    article(3, who="The Lantern", links=(LAMPS,)),
    article(4, who="The Path", title="Geese close boating lake", text="Geese.", story="y-2"),
    article(5, who="Fen Mercury", title="Boating lake shut by geese", text="Geese.", story="y-2"),
    thread(1, parts_found=4, parts_expected=5, missing=(3,), complete=False, likes=40, links=(BENCHES,)),
    thread(2, links=(msgspec.structs.replace(LAMPS, band="possible", score=0.4),)),
    thread(3),
]


def issue(name: str, *, turned: bool = False) -> Digest:
    """A golden week, or the plain one whose items this file knows by name."""
    if name != "plain":
        return golden(name, turned=turned)
    return compose(WINDOW, NORMAL, history(4, 6, 5, 3, 7, 2, 5), organisation="National Association of Paths")


@pytest.mark.parametrize("name", WEEKS)
def test_golden_issues(name: str) -> None:
    """Each golden week renders as it did; CUTTINGS_GOLDEN=write writes them anew, and the diff is read."""
    rendered = render(issue(name))
    for suffix, text in (("txt", rendered.text), ("html", rendered.html)):
        path = GOLDEN / f"{name}.{suffix}"
        if os.environ.get("CUTTINGS_GOLDEN") == "write":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path} differs; CUTTINGS_GOLDEN=write renews it"


@pytest.mark.parametrize("name", WEEKS)
def test_order_of_items_does_not_matter(name: str) -> None:
    """The same coverage in another order is the same issue."""
    assert issue(name, turned=True) == issue(name)


def visible(page: str) -> str:
    body = re.sub(r"<style.*?</style>|<title>.*?</title>|<!--.*?-->", " ", page, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("name", WEEKS)
def test_budget(name: str) -> None:
    """At most 700 visible words, 25 items and 60 kB of the encoded part; nothing is cut without saying how much."""
    rendered, chosen = render(issue(name)), issue(name)
    assert len(visible(rendered.html).split()) <= 700
    assert len(quopri.encodestring(rendered.html.encode())) <= 60_000
    listed = {line.item.id for line in chosen.stories} | {item.id for item in chosen.threads}
    listed |= {item.id for line in chosen.positions for item in line.items}
    assert len(listed) <= MAX_ITEMS
    assert len(chosen.stories) <= TOP_STORIES
    if name == "huge":
        assert "more" in rendered.text


@pytest.mark.parametrize("name", WEEKS)
def test_both_parts_name_the_same_things_in_one_order(name: str) -> None:
    """Every headline, section and url of the HTML stands in the text, in the same order."""
    rendered = render(issue(name), urls=URLS)
    flat = " ".join(rendered.text.split())
    for url in re.findall(r'href="([^"]+)"', rendered.html):
        assert html.unescape(url) in rendered.text
    named = re.findall(r"<h([23])[^>]*>(.*?)</h", rendered.html, flags=re.S)
    place = 0
    for level, markup in named:
        words = " ".join(visible(markup).split())
        place = flat.find(words.upper() if level == "2" else words, place)
        assert place >= 0, words


def test_ten_thousand_pieces() -> None:
    """A week of 10,000 pieces is as short as any, says how much it leaves out, and loses nothing of it."""
    items = many(10_000)
    chosen = compose(WINDOW, items, history(4, 6, 5, 3, 7, 2, 5))
    rendered = render(chosen, urls=URLS)
    assert len(visible(rendered.html).split()) <= 700
    assert len(quopri.encodestring(rendered.html.encode())) <= 60_000
    assert len(chosen.ids) == len(placements(chosen, items)) == 10_000
    assert "+4,995 more stories in the archive" in rendered.text


@pytest.mark.parametrize("name", WEEKS)
@pytest.mark.parametrize("headlines_only", [False, True])
def test_text_part_is_laid_out_for_mail(name: str, headlines_only: bool) -> None:
    """Lines of at most 72 characters but for what cannot be broken; no blanks at ends, no two empty lines together."""
    text = render(issue(name), urls=URLS, headlines_only=headlines_only).text
    for line_ in text.split("\n"):
        assert len(line_) <= 72 or len(line_.split()) == 1, line_
        assert line_ == line_.rstrip()
    assert "\n\n\n" not in text


@pytest.mark.parametrize("name", WEEKS)
def test_a_minute_is_three_short_lines(name: str) -> None:
    """“In one minute” has at most three lines of 25 words, whatever they name, with all isolates closed."""
    lines = minute(issue(name))
    assert len(lines) <= 3
    assert all(len(one.split()) <= 25 and one.count("\u2068") == one.count("\u2069") for one in lines)


def test_near_same_positions_are_named_once() -> None:
    """The newest of near-same positions stands in the mail, and says for how many others it stands."""
    rendered = render(issue("normal"))
    flat = " ".join(rendered.text.split())
    whole = "Main paths in parks should have a bench each two hundred metres"
    assert f"{whole} [proposed] and 2 near-same positions" in flat
    assert "Rest places on main paths" not in flat
    assert rendered.html.count("and 2 near-same positions") == flat.count("and 2 near-same positions") == 2


def test_what_was_mailed_and_changed_is_marked() -> None:
    """A new version of a mailed article is “updated”, new coverage of a story a “follow-up”, an edited one a line."""
    flat = " ".join(render(issue("normal")).text.split())
    assert "Fen Mercury, 14 Nov, updated" in flat
    assert "The Lantern, 13 Nov, follow-up" in flat
    flat = " ".join(render(issue("correction")).text.split())
    assert "Updated since we mailed it: “Mill weir to be rebuilt as a path for everyone”, Evening Post" in flat
    assert "34% of its words have changed." in flat


def test_repeated_pieces_count_and_are_not_listed() -> None:
    """What its outlet had in an earlier issue word for word counts, and is told nowhere."""
    again = article(77, links=(BENCHES,), quotes=(QUOTE,), repeated=True, follows="2026-W45")
    chosen = compose(WINDOW, [*NORMAL, again], history(4, 6, 5, 3, 7, 2, 5))
    assert chosen.items == len(NORMAL) + 1
    assert again.title not in render(chosen).text
    assert {place.id: place.section for place in placements(chosen, [*NORMAL, again])}[again.id] == "archive"


def test_first_issue_counts_older_pieces_in_their_weeks() -> None:
    """What the first issue finds older than its week counts in the issue, and not as this week's."""
    old = article(78, published_at=UNTIL - 2 * WEEK, links=(BENCHES,), who="The Lantern")
    weeks = history(4, 6, 5, 3, 7, 2, 5)
    first = compose(WINDOW, [*NORMAL, old], msgspec.structs.replace(weeks, first=True))
    later = compose(WINDOW, [*NORMAL, old], weeks)
    assert (first.numbers[0].detail, later.numbers[0].detail) == (len(NORMAL), len(NORMAL) + 1)
    assert (first.whole[0].detail, len(first.whole[0].ids)) == (len(NORMAL) + 1, len(behind(first, "stories") or ()))
    assert later.whole == ()
    assert "1 piece from before this week came in late and counts here." in render(later).text
    (line_,) = (line_ for line_ in first.positions if line_.statement_id == BENCHES.statement_id)
    assert (line_.this_week, len(line_.ids)) == (2, 3)


def backfill(**fields: object) -> Digest:
    """A first issue made of what lay in the archive, none of it from its week."""
    old = [article(80 + n, published_at=UNTIL - 2 * WEEK, links=(BENCHES,)) for n in range(3)]
    before = msgspec.structs.replace(history(4, 6, 5, 3, 7, 2, 5), first=True, older=12)
    return msgspec.structs.replace(compose(WINDOW, old, before), **fields)


@pytest.mark.parametrize("name", [*WEEKS, "plain"])
def test_what_has_the_colour_of_links_is_a_link(name: str) -> None:
    """Words stand in the colour of links where they can be clicked and nowhere else."""
    page = render(issue(name)).html
    coloured = re.findall(r"<(\w+)[^>]*[\";]color:#0a5a66[^>]*>", page)
    assert set(coloured) <= {"a"}
    assert not re.search(r"<a (?![^>]*color:#0a5a66)(?![^>]*color:#54606e)", page)


@pytest.mark.parametrize("name", [*WEEKS, "plain"])
def test_numbers_are_what_is_listed_and_left(name: str) -> None:
    """Stories, threads and quotes are as many as their sections list and say to leave out, and pieces add up to all."""
    chosen = issue(name)
    numbers = {cell.name: cell for cell in chosen.numbers}
    for row, section, elsewhere in (
        ("stories", "stories", 0),
        ("threads", "threads", numbers["threads"].detail if chosen.items else 0),
        ("quotes", "voices", 0),
    ):
        assert numbers[row].this_week == len(getattr(chosen, section)) + chosen.left(section) + (elsewhere or 0), row
    every = {item for line in (*chosen.positions, *chosen.more_positions) for item in line.ids}
    told = every | set(numbers["stories"].ids) | set(numbers["threads"].ids)
    if len(chosen.more_positions) < 40:
        assert len(told) + chosen.unlisted == chosen.items


@pytest.mark.parametrize("name", WEEKS)
def test_what_the_budget_leaves_out_is_counted(name: str) -> None:
    """In the mail as it goes out the number of stories is those listed and "+n more stories"."""
    text = render(issue(name)).text
    row = re.search(r"^Stories +([\d,]+)", text, flags=re.M)
    section = text.partition("TOP STORIES\n")[2].partition("\n\n\n")[0].split("\n----", 2)[0:2]
    block = re.split(r"\n[A-Z ]+\n-+\n", "\n".join(section))[0]
    left = re.search(r"^\+([\d,]+) more stor", text, flags=re.M)
    more = int(left[1].replace(",", "")) if left else 0
    assert (int(row[1].replace(",", "")) if row else 0) == len(re.findall(r"^\* ", block, flags=re.M)) + more


@pytest.mark.parametrize(
    ("days", "subject", "heading"),
    [
        (6.1, "Week to 16 Nov: Story", "THE WEEK TO 16 NOV 2026"),
        (7.9, "Week to 16 Nov: Story", "THE WEEK TO 16 NOV 2026"),
        (21, "3 weeks to 16 Nov: Story", "THE 3 WEEKS TO 16 NOV 2026"),
        (1, "Days to 16 Nov: Story", "THE DAYS TO 16 NOV 2026"),
    ],
)
def test_an_issue_closed_early_or_late_is_named_by_its_last_day(days: float, subject: str, heading: str) -> None:
    """Subject and heading say the week; hours and zone stand once, under the heading."""
    window = msgspec.structs.replace(WINDOW, from_at=UNTIL - dt.timedelta(days=days))
    rendered = render(compose(window, NORMAL, history()))
    assert rendered.subject.startswith(subject)
    assert f"\n{heading}\n" in rendered.text
    assert rendered.text.count("Europe/London") == 1
    assert "EUROPE" not in rendered.text


def test_a_look_back_says_its_days_once() -> None:
    """The days of a look back are its heading, and the line under it does not say them again."""
    days = [dt.datetime(2026, 11, day, tzinfo=dt.UTC) for day in (2, 16)]
    window = msgspec.structs.replace(WINDOW, from_at=days[0], until_at=days[1], look_back=True)
    text = render(compose(window, NORMAL, history(), organisation="National Association of Paths")).text
    assert "\nLOOK BACK: 2 NOV – 15 NOV 2026\nNational Association of Paths, by date of publication\n" in text
    assert text.casefold().count("15 nov 2026") == 1


def test_a_lone_post_on_a_position_is_no_story() -> None:
    """Articles and what several are on are stories; threads and lone posts count in their own sections."""
    week = [article(1), thread(1, parts_found=3), thread(2, links=(LAMPS,)), thread(3), thread(4)]
    chosen = compose(WINDOW, week, history(4, 6, 5, 3, 7, 2, 5))
    assert [(cell.name, cell.this_week) for cell in chosen.numbers] == [
        ("stories", 1), ("linked", 1), ("quotes", 0), ("threads", 1),
    ]  # fmt: skip
    assert chosen.unlisted == 2
    text = render(chosen).text
    assert text.startswith("1 story, 1 thread, 1 piece on our positions, 1 proposal to review.")
    assert "in 1 of 5 pieces of coverage" in text
    assert "Also came in: 2 other pieces." in text


def test_positions_are_named_whole_where_there_is_room() -> None:
    """A name of two lines stands whole; a longer one ends on the page where it makes sense, and has all of it as title."""
    long = "Each council should count its benches in spring and tell every parish where the broken ones are found"
    longer = f"{long}, because nobody mends what nobody has seen, and a bench that is broken is no bench"
    for title, shown in ((long, long), (longer, f"{long} …")):
        link = msgspec.structs.replace(BENCHES, title=title)
        doubted = msgspec.structs.replace(link, band="possible", score=0.6)
        week = [
            article(1, links=(link,)),
            thread(1, parts_found=2, links=(link,)),
            article(2, "Lamps go out", links=(LAMPS, doubted)),
        ]
        rendered = render(compose(WINDOW, week, history(4, 6, 5, 3, 7, 2, 5)))
        flat = " ".join(rendered.text.split())
        assert flat.count(f"On: {title} [proposed]") == 2
        assert f"* {title}: 2 pieces" in flat
        assert f"– on “{title}”?" in flat
        seen = " ".join(visible(rendered.html).split())
        assert seen.count(f"On: {shown} [proposed]") == 2
        assert rendered.html.count(f'<span title="{title}">') == (0 if shown == title else 4)
        assert len(visible(rendered.html).split()) < 500


def test_positions_that_begin_alike_never_look_alike() -> None:
    """In a week with too much of everything names are cut between words, and two that would be the same stand whole."""
    begin = "Towpath lamps should be off between midnight and five, unless a path is a way to"
    alike = [msgspec.structs.replace(LAMPS, statement_id=f"s-{n}", title=f"{begin} {end}") for n, end in
             enumerate(("work or to school", "a hospital or a surgery"))]  # fmt: skip
    other = msgspec.structs.replace(
        BENCHES, title="Main paths in parks should have a bench at each two hundred metres of their length"
    )
    text = "Nine parks have no seat for half a kilometre, say walkers who counted them. " * 3
    week = [article(n, text=text, links=(*alike, other), who=f"Outlet {n}") for n in range(12)]
    week += [thread(n, text=text, parts_found=3, links=(alike[n % 2],)) for n in range(6)]
    rendered = render(compose(WINDOW, week, history(4, 6, 5, 3, 7, 2, 5)))
    assert len(visible(rendered.html).split()) <= 700
    shown = set(re.findall(r"(?:Towpath|Main paths)[^<“”\">]+(?=</span>|</th>|<br>)", rendered.html))
    assert {name for name in shown if name.startswith("Towpath")} == {link.title for link in alike}
    assert "Main paths in parks should have a bench at each two hundred metres …" in {
        name.replace("\u00a0", " ") for name in shown
    }
    assert other.title in " ".join(rendered.text.split())


@given(st.lists(st.text("abc", min_size=1, max_size=12), min_size=1, max_size=30), st.integers(20, 120))
def test_names_are_cut_between_words(words: list[str], length: int) -> None:
    """What stays of a name are its first words, each whole."""
    kept = position_name(" ".join(words), length).removesuffix("…").split()
    assert kept == words[: len(kept)]


@given(st.lists(st.text("ab ", min_size=1, max_size=60), max_size=6), st.integers(10, 70))
def test_no_two_positions_have_one_name(titles: list[str], length: int) -> None:
    """Whatever the titles, names differ where the titles do."""
    titles = [" ".join(title.split()) for title in titles]
    names = shortened(titles, length)
    assert len(set(names.values())) == len(set(titles))


def test_pieces_on_a_position_add_up() -> None:
    """Listed under it, in a section above or below, or "+n more": with these a position has as many as its number says."""
    week = [article(1, links=(BENCHES,))]
    week += [article(n, links=(LAMPS,), who="The Courier") for n in range(2, 13)]
    week += [thread(1, parts_found=4, links=(LAMPS,))]
    chosen = compose(WINDOW, week, history(4, 6, 5, 3, 7, 2, 5))
    lamps = chosen.positions[0]
    assert (lamps.this_week, len(lamps.items)) == (12, 3)
    assert whereabouts(lamps, chosen) == "4 in top stories, 1 in threads, +4 more"
    assert whereabouts(chosen.positions[1], chosen) == "", "its one piece is a top story"
    bare = msgspec.structs.replace(chosen, stories=(), threads=())
    assert whereabouts(msgspec.structs.replace(lamps, items=()), bare) == "all in the archive"


@given(st.text(max_size=300), st.integers(20, 120))
def test_names_are_never_longer_than_asked(title: str, length: int) -> None:
    """A name cut for the budget has at most so many characters, and cutting it again changes nothing."""
    once = position_name(title, length)
    assert len(once) <= length
    assert position_name(once, length) == once


@pytest.mark.parametrize("name", WEEKS)
def test_room_that_is_left_names_proposals(name: str) -> None:
    """Where a full week leaves out proposals, there is no room for another one."""
    issue = golden(name)
    page = render(issue, urls=URLS).html
    named = page.count("– on</span>")
    assert named == len(issue.review.first) or MAX_WORDS - words_of(page) < 40


def test_biggest_change_is_not_named_twice() -> None:
    """Where the biggest story is on the position with the biggest change, its name stands once."""
    week = [article(n, links=(BENCHES,)) for n in range(3)]
    minute = render(compose(WINDOW, week, history(1, 1, 1, 1))).text.split("NUMBERS")[0]
    assert " ".join(minute.split()).count(BENCHES.title) == 1
    assert "Biggest change: the same position, 3 pieces after 1 last week." in " ".join(minute.split())


def test_review_names_the_likely_first_and_no_weak_ones() -> None:
    """To review names what is not marked above, the surest first; what is likelier wrong than right is only counted."""
    weak, better, likely = (
        msgspec.structs.replace(LAMPS, band=band, score=score, statement_id=f"s-{n}")
        for n, (band, score) in enumerate((("possible", 0.41), ("possible", 0.6), ("likely", 0.7)))
    )
    week = [article(1, links=(BENCHES, better, weak, likely)), article(2, links=(weak,))]
    issue = compose(WINDOW, week, history())
    assert (issue.review.count, [link.score for _, link in issue.review.first]) == (5, [0.7, 0.6])
    assert "5 proposals to decide, about 1 minute. Besides those above:" in " ".join(render(issue).text.split())
    only = compose(WINDOW, [article(2, links=(weak,))], history())
    assert (only.review.count, only.review.first) == (1, ())
    assert "This issue’s pieces have 1 proposal to decide, about 1 minute." in render(only).text
    assert "First:" not in render(only).text


def test_first_issue_says_what_it_is_once() -> None:
    """The first issue after a backfill says so in one place, counts all it holds, and compares with nothing."""
    for body in (" ".join(render(backfill()).text.split()), render(backfill()).html):
        assert body.count("This is the first issue.") == 1
        assert "It also takes in the weeks before: all of its 3 pieces came out then." in body
        assert body.count("12 older pieces are in the archive only.") == 1
        assert "In this issue" in body
        assert "Last week" not in body
        assert "last covered" not in body
        assert "came in late" not in body
    flat = " ".join(render(backfill()).text.split())
    assert ": 3 pieces, from before this week" in flat
    assert flat.startswith("The first issue: 3 stories, 3 pieces on our positions,")


def test_first_issue_finds_nothing_silent() -> None:
    """Nobody read of a position before the first issue, so none has gone silent in it."""
    known = msgspec.structs.replace(
        history(4, 6, 5, 3, 7, 2, 5),
        positions=(
            PositionCount(
                statement_id="s-gates", title="Open the gates", four_weeks=3, last_covered=UNTIL - 3 * WEEK, ever=True
            ),
        ),
    )
    later = compose(WINDOW, NORMAL[:1], known)
    first = compose(WINDOW, NORMAL[:1], msgspec.structs.replace(known, first=True))
    assert [line.subject for line in later.gaps if line.kind == "silent"] == ["Open the gates"]
    assert not [line for line in first.gaps if line.kind == "silent"]


def test_empty_first_issue_does_not_deny_the_backfill() -> None:
    """A first issue without anything new says that, and where the backfill is."""
    text = " ".join(render(compose(WINDOW, [], History(first=True, older=12))).text.split())
    assert "Nothing new this week." in text
    assert "This is the first issue. 12 older pieces are in the archive only." in text


def test_possible_links_stand_under_review_only() -> None:
    """A link that is only possible is not shown as a link anywhere in the mail."""
    chosen = issue("plain")
    assert chosen.review.count == 4
    shown = [line.link.band for line in chosen.stories if line.link]
    assert set(shown) == {"likely"}
    assert "t-002" not in {item.id for line in chosen.positions for item in line.items}


def test_stories_count_copies_and_say_where_else() -> None:
    """A story in two outlets is one line that names the other."""
    first = issue("plain").stories[0]
    assert (first.item.id, first.more, first.outlets) == ("a-001", 1, ("Fen Mercury",))
    assert "+1 more piece: Fen Mercury" in render(issue("plain")).text


def test_busy_topic_without_position_is_a_gap() -> None:
    """A story of several outlets that no position covers is named."""
    gaps = [gap for gap in issue("plain").gaps if gap.kind == "topic"]
    assert [(gap.subject, gap.n) for gap in gaps] == [("Boating lake shut by geese", 2)]


def test_silent_position_is_named_with_its_last_day() -> None:
    """A position that had coverage and has none is named."""
    assert "Gates should open both ways”: nothing new, last covered on 4 Nov 2026" in re.sub(
        r"\s+", " ", render(issue("plain")).text
    )


def test_broken_thread_says_what_is_missing() -> None:
    """A gap in a thread is shown, not closed."""
    assert "4 of 5; 3 missing" in render(issue("plain")).text


def test_same_quote_in_two_outlets_is_one_line() -> None:
    """A quotation stands once and names the other outlet."""
    (voice,) = issue("plain").voices
    assert voice.also_in == ("Fen Mercury",)


def test_small_numbers_get_no_percentage() -> None:
    """Below five, a change is not given in per cent."""
    assert "%" not in render(compose(WINDOW, NORMAL[:3], history(4, 4, 4, 4, 4, 4, 4))).text


def test_the_biggest_story_names_its_position_whole_or_not_at_all() -> None:
    """In 25 words, how many more pieces there are gives way to the position, and a position is never cut."""
    words = "Every park in the county should have a bench each two hundred metres of its main paths"
    for title, said in (
        (BENCHES.title, f"(The Path, +1 more), on “{BENCHES.title}”."),
        (words[:-11], f"(The Path), on “{words[:-11]}”."),
        (f"{words} and by its ponds", "(The Path, +1 more)."),
    ):
        link = msgspec.structs.replace(BENCHES, title=title)
        week = [article(1, links=(link,), story="y-1", is_lead=True), article(2, who="Fen Mercury", story="y-1")]
        assert minute(compose(WINDOW, week, history()))[0] == f"Biggest story: Story number 1 about benches {said}"


def test_a_headline_is_not_told_twice() -> None:
    """Where the sentence that matched is the headline, the first words of the text stand under it, or nothing."""
    link = msgspec.structs.replace(BENCHES, their_sentence="Story number 1 about benches.")
    for text, said in (
        ("Walkers counted them. All nine.", "Walkers counted them. All nine."),
        ("Story number 1 about benches", ""),
    ):
        (line,) = compose(WINDOW, [article(1, links=(link,), text=text)], history()).stories
        assert line.sentence == said


def test_nothing_is_shown_that_says_nothing() -> None:
    """No column of dashes, no picture of one week, no "in 1 piece of coverage" beside one story."""
    text = render(compose(WINDOW, NORMAL, history(4, 6))).text
    assert "Last week" in text and "4-week mean" not in text
    text = render(compose(WINDOW, [article(1)], history(0, 0, 0, 0, 0))).text
    assert "4-week mean" in text
    assert "in each week" not in text
    assert "pieces of coverage" not in text and "piece of coverage" not in text


def test_a_correction_says_what_was_wrong() -> None:
    """It cannot be read as if the earlier issue had said that the link was wrong."""
    wrong = (article(90), msgspec.structs.replace(BENCHES, status="rejected"))
    text = " ".join(render(compose(WINDOW, NORMAL, history(4, 6), corrections=[wrong])).text.split())
    assert f"An earlier issue linked “Story number 90 about benches” to “{BENCHES.title}”; that was wrong." in text


def test_young_archive_has_no_mean() -> None:
    """Without four weeks before, the mean is a dash and not a guess."""
    chosen = compose(WINDOW, NORMAL, history(3))
    assert all(cell.mean is None for cell in chosen.numbers)


def test_hostile_text_is_neutral() -> None:
    """Nothing from outside adds markup, headers or invisible characters."""
    rendered = render(issue("hostile"))
    for text in (rendered.html, rendered.text, rendered.subject):
        assert not re.search("[\u202a-\u202e\u200b\x00\r]", text)
        assert text.count("\u2068") == text.count("\u2069")
    assert "<script" not in rendered.html and "<img" not in rendered.html
    assert "49" not in rendered.html.split("HYPER")[0]
    assert all(link_url(url) for url in re.findall(r'href="([^"]+)"', rendered.html))
    assert len(rendered.html.encode()) < 90_000


#: What turns lines around, hides, splits headers or ends strings, besides plain letters.
BAD = "\r\n\x00\x0b\x0c\x1b\x85\u2028\u2029\u202a\u202e\u2066\u2069\u200b\u200e\u2060\ufeff\xad\ud800\U000e0041\ufdd0"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from(BAD + "<>&\"'{}%=.aB9 שé"), max_size=40), min_size=8, max_size=8))
def test_nothing_from_outside_does_anything(parts: list[str]) -> None:
    """Whatever stands in titles, names, positions and sources: no header, no markup, no invisible character comes of it."""
    title, who, text, position, sentence, speaker, source, area = parts
    link = msgspec.structs.replace(
        BENCHES, title=position, their_sentence=sentence, terms=(sentence,), echo=(text,), areas=(area,)
    )
    chosen = compose(
        WINDOW,
        [
            article(1, who, title=title, text=text, links=(link,), quotes=(QuoteView(speaker=speaker, quote=text),)),
            thread(2, title=title, text=text, who=who, parts_found=2, links=(link,)),
        ],
        history(4, 6, 5, 3, 7, 2, 5),
        organisation=who,
        corrections=[(article(9, title=title), link)],
        updates=[GapLine(kind="updated", subject=title, n=20, item=article(8, who, title=title))],
        sources=[SourceLine(name=source, last_success=None, silent=True)],
    )
    rendered = render(chosen, urls=URLS)
    for shown in (rendered.subject, rendered.text, rendered.html):
        assert not set(shown) & (set(BAD) - {"\n", "\u2069"})
        assert shown.count("\u2068") == shown.count("\u2069")
    assert "\n" not in rendered.subject
    assert set(re.findall(r"<([a-z0-9]+)", rendered.html)) <= set(
        re.findall(r"<([a-z0-9]+)", render(issue("plain"), urls=URLS).html)
    ) | {"blockquote"}
    message = message_from_bytes(
        mail.build(rendered, READER, SENDER, issue="2026-W46", date=UNTIL), policy=policy.default
    )
    assert len(message.keys()) == 12


def test_no_quotations_are_counted_where_nobody_is_named() -> None:
    """A nought of quotations says so where the settings name no spokespeople, instead of claiming silence."""
    for named in (True, False):
        rendered = render(compose(WINDOW, [article(1, "Post")], history(4, 6, 5, 3, 7, 2, 5), people_named=named))
        assert ("the settings name nobody yet" in rendered.text) is not named
        assert ("the settings name nobody yet" in rendered.html) is not named


@pytest.mark.parametrize("name", WEEKS)
def test_subject_is_short_and_names_the_week(name: str) -> None:
    """Subjects fit into 70 characters and differ from week to week."""
    subject = render(issue(name)).subject
    assert len(subject) <= 70
    assert subject.startswith("Week to 16 Nov: ")


# ------------------------------------------------------------------ readers

AREAS = tuple(
    PositionCount(statement_id=key, title=title, areas=areas)
    for key, title, areas in (("s-benches", BENCHES.title, ("Parks",)), ("s-lamps", LAMPS.title, ("Rivers", "Light")))
)


def whole() -> Digest:
    return compose(WINDOW, NORMAL, msgspec.structs.replace(history(4, 4, 4), positions=AREAS))


@pytest.mark.parametrize(
    ("areas", "positions", "stories"),
    [
        ((), (), ["a-001", "a-003", "a-005"]),
        (("parks",), (), ["a-001"]),
        ((), ("s-lamps",), ["a-003"]),
        (("Parks",), ("s-lamps",), ["a-001", "a-003"]),
        (("Chess",), (), []),
    ],
)
def test_readers_get_what_they_chose(areas: tuple[str, ...], positions: tuple[str, ...], stories: list[str]) -> None:
    """Areas or positions, either is enough; numbers stay those of the week, and nothing chosen is said so."""
    chosen = for_reader(whole(), areas, positions)
    shown = sorted(line.item.id for line in chosen.stories)
    assert shown == stories or (not areas and not positions and set(shown) <= {item.id for item in NORMAL})
    assert chosen.numbers == whole().numbers
    rendered = render(chosen)
    assert ("Chosen for you" in rendered.text) == bool(areas or positions)
    if areas == ("Chess",):
        assert "Nothing on what you chose" in rendered.text
        assert rendered.subject == "Week to 16 Nov: nothing on what you chose"


def test_a_reader_without_stories_hears_of_pieces() -> None:
    """Where only posts are on what a reader chose, the first sentence does not say "0 stories"."""
    whole = compose(WINDOW, [thread(1, links=(LAMPS,)), article(2)], history())
    chosen = for_reader(msgspec.structs.replace(whole, areas=(("s-lamps", ("Light",)),)), ("Light",))
    assert render(chosen).text.startswith("1 piece for you.\n")


def test_readers_of_few_positions_get_what_the_limits_left_out() -> None:
    """A position whose stories are too light for the whole issue fills the issue of those who follow it."""
    crowd = [article(n, who=f"Outlet {n}", links=(BENCHES,)) for n in range(12)]
    light = article(50, who="The Lantern", links=(msgspec.structs.replace(LAMPS, score=0.6),))
    everything = compose(WINDOW, [*crowd, light], msgspec.structs.replace(history(4, 4, 4), positions=AREAS))
    assert light.id not in {line.item.id for line in everything.stories}
    assert [line.item.id for line in for_reader(everything, ("Light",)).stories] == [light.id]


def test_every_number_has_its_list() -> None:
    """The list behind a number has as many pieces as the number says."""
    chosen = whole()
    for cell in chosen.numbers:
        ids = behind(chosen, cell.name)
        assert ids is not None
        if cell.name in ("linked", "threads"):
            assert len(ids) == cell.this_week
    for position in chosen.positions:
        assert len(behind(chosen, f"position-{position.statement_id}") or ()) == position.this_week
    assert behind(chosen, "nonsense") is None


def test_every_piece_has_one_place() -> None:
    """All coverage of an issue is written down once, what is listed first."""
    found = placements(whole(), NORMAL)
    assert sorted(place.id for place in found) == sorted(item.id for item in NORMAL)
    assert found[0].section == "stories"
    assert {place.section for place in found} <= {"stories", "positions", "voices", "threads", "archive"}


# ------------------------------------------------------------------ mail

SENDER = Config(digest=DigestSettings(sender="cuttings@paths.example"))
READER = Recipient(address="ada@paths.example", name="Ada Ämter")


def built(name: str, reader: Recipient = READER) -> bytes:
    return mail.build(render(issue(name)), reader, SENDER, issue="2026-W46", date=UNTIL)


@pytest.mark.parametrize("name", WEEKS)
def test_mail_is_well_formed(name: str) -> None:
    """One of each header, two quoted-printable parts, CRLF only, short lines, nothing injected."""
    body = built(name)
    assert body == built(name)
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(map(len, body.split(b"\r\n"))) <= 998
    message = message_from_bytes(body, policy=policy.default)
    for header in ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "MIME-Version"):
        assert len(message.get_all(header)) == 1, header
    assert message["Bcc"] is None
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert all(part["Content-Transfer-Encoding"] == "quoted-printable" for part in message.iter_parts())
    assert str(message["To"]) == "Ada Ämter <ada@paths.example>"
    head = body.split(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"=?" not in head.split(b"List-Unsubscribe")[1].split(b"\r\n")[0]


def test_text_only_reader_gets_one_part() -> None:
    """A reader who wants text gets text."""
    message = message_from_bytes(built("normal", msgspec.structs.replace(READER, format="text")), policy=policy.default)
    assert message.get_content_type() == "text/plain"


@settings(max_examples=300, deadline=None)
@given(st.text(min_size=1, max_size=70))
def test_subjects_round_trip(text: str) -> None:
    """Whatever a subject holds, a reader gets it back, and it stays one header."""
    body = mail.build(Rendered(subject=text, html="x", text="x"), READER, SENDER, issue="2026-W46", date=UNTIL)
    message = message_from_bytes(body, policy=policy.default)
    assert str(message["Subject"]) == line(text)
    assert len(message.keys()) == 12


def test_readers_and_weeks_have_their_own_message_id() -> None:
    """Message-IDs repeat for the same issue and reader only."""
    ids = {mail.message_id(week, who, "x.example") for week in ("2026-W46", "2026-W47") for who in ("a@x", "b@x")}
    assert len(ids) == 4


# ------------------------------------------------------------------ quotations


def test_extract_within_a_quotation_stands_in_its_marks() -> None:
    """A sentence that matched inside somebody's quotation is shown in marks, also where it is cut."""
    said = "Nine parks have no seat for half a kilometre, and the council knows it."
    text = f"A count was published.\n\n“We walked all of them in May. {said} They should act,” said Ida Brook."
    link = msgspec.structs.replace(BENCHES, their_sentence=said)
    (line_,) = compose(WINDOW, [article(1, text=text, links=(link,))], history()).stories
    assert line_.sentence == f"“{said}”"
    long = f"“{'We counted each bench in town and wrote it down ' * 12}” said Ida."
    opens = long[: len(long) // 2].replace("town and", "town, and")
    link = msgspec.structs.replace(BENCHES, their_sentence=opens)
    chosen = compose(WINDOW, [article(1, text=long, links=(link,))], history())
    assert (chosen.stories[0].sentence or "").endswith(" …”")
    assert "…”" in render(chosen).text
