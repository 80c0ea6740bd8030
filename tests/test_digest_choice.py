"""What leads an issue, and what it says is missing: choices that a reader can check against the archive."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from aggregator.digest import compose
from aggregator.issue_model import Digest, History, Item, LinkView, PositionCount, QuoteView, Window
from aggregator.render import render
from aggregator.render_budget import MAX_WORDS, _shorter_quotes, words_of
from aggregator.render_head import minute
from aggregator.render_text import clipped_around, turned

UNTIL = dt.datetime(2026, 11, 16, 8, tzinfo=dt.UTC)
WINDOW = Window(issue="2026-W46", from_at=UNTIL - dt.timedelta(days=7), until_at=UNTIL, timezone="Europe/London")
SURE = LinkView(
    statement_id="s-gates", title="Gates should open with one hand", status="proposed", band="likely", score=0.8
)
MAYBE = msgspec.structs.replace(
    SURE, statement_id="s-lamps", title="Lamps should be off at night", band="possible", score=0.4
)


def piece(n: int, title: str, who: str = "The Path", **fields: object) -> Item:
    values = {
        "id": f"a-{n:03}", "kind": "article", "title": title, "who": who, "url": None,
        "published_at": UNTIL - dt.timedelta(hours=n), "text": f"{title}. It was said on a wet morning.",
    }  # fmt: skip
    return Item(**(values | fields))  # type: ignore[arg-type]


def position(link: LinkView, **fields: object) -> PositionCount:
    return PositionCount(statement_id=link.statement_id, title=link.title, **fields)  # type: ignore[arg-type]


def issue(*items: Item, history: History | None = None, window: Window = WINDOW) -> Digest:
    known = history or History(archive_since=UNTIL - dt.timedelta(weeks=20))
    return compose(window, items, known, ours=("National Association of Paths", "NAP"))


def test_what_concerns_us_leads() -> None:
    """A link goes before a proposal, that before our name, that before the rest, however fresh the rest is."""
    found = issue(
        piece(1, "Ten puddings for winter"),
        piece(2, "NAP opens a stile", who="Fen Mercury"),
        piece(3, "Lamps left on", who="Post", links=(MAYBE,)),
        piece(4, "Gate shut", who="Courier", links=(SURE,)),
    )
    assert [line.item.id for line in found.stories] == ["a-004", "a-003", "a-002", "a-001"]


def test_a_name_inside_a_word_is_not_ours() -> None:
    """A short name counts as a whole word only."""
    found = issue(piece(1, "SNAPPY geese"), piece(2, "NAP opens a stile", who="Post"))
    assert found.stories[0].item.id == "a-002"


def test_one_outlet_with_much_of_ours_is_not_displaced_by_the_rest() -> None:
    """Another outlet's story leads before a second one of the same outlet only where it concerns us."""
    ours = [piece(n, f"Gate {n} shut", links=(SURE,)) for n in range(5)]
    found = issue(*ours, piece(9, "Ten puddings for winter", who="Post"))
    assert {line.item.who for line in found.stories} == {"The Path"}


def test_what_everybody_talks_about_stands_by_its_weight() -> None:
    """A story of several outlets is not put behind each proposal."""
    news = [piece(n, "Storm fells trees", who=f"Outlet {n}", story="y-1") for n in range(1, 5)]
    found = issue(*news, piece(9, "Lamps left on", links=(MAYBE,)))
    assert found.stories[0].item.title == "Storm fells trees"


def test_positions_without_coverage_are_told_with_their_proposals() -> None:
    """What has open proposals is no silence, and an issue that closed early says it as well."""
    history = History(
        positions=(position(SURE), position(MAYBE), PositionCount(statement_id="s-c", title="C", proposed=True),
                   PositionCount(statement_id="s-d", title="D")),
        archive_since=UNTIL - dt.timedelta(weeks=20),
    )  # fmt: skip
    early = msgspec.structs.replace(WINDOW, until_at=UNTIL - dt.timedelta(days=1))
    found = issue(piece(30, "Gate", links=(SURE, MAYBE)), history=history, window=early)
    said = (
        "3 positions have had no linked coverage since 29 Jun 2026, where the archive begins; "
        "2 of them have proposals to review."
    )
    for page in (render(found).text, render(found).html):
        assert said in " ".join(page.split())


def test_a_near_same_position_is_no_silence() -> None:
    """A position whose coverage stands under a near-same one is not counted as without coverage."""
    both = msgspec.structs.replace(SURE, stands_for=(MAYBE.title,))
    history = History(positions=(position(SURE), position(MAYBE)), archive_since=UNTIL - dt.timedelta(weeks=20))
    assert issue(piece(1, "Gate", links=(both,)), history=history).gaps == ()


def test_parts_of_sentences_are_told_beside_the_quotes() -> None:
    """The number of quotes says what an export has besides."""
    whole = QuoteView(speaker="Ida Brook", quote="There is nowhere to sit on the way to the pond.")
    part = QuoteView(speaker="Ida Brook", quote="nowhere to sit", partial=True)
    text = render(issue(piece(1, "Benches", links=(SURE,), quotes=(whole, part)))).text
    assert "and 1 part of sentences, not counted" in text


def test_a_voice_without_a_known_place_is_told_so() -> None:
    """A quotation from a text without outlet and date is in no “outlet unknown”."""
    whole = QuoteView(speaker="Ida Brook", quote="There is nowhere to sit on the way to the pond.")
    bare = piece(1, "Benches", quotes=(whole,), who=None, published_at=None)  # type: ignore[arg-type]
    text = render(issue(bare)).text
    assert "Ida Brook, outlet and date unknown" in text


def test_gaps_outlive_lines_that_repeat() -> None:
    """Where words are short, positions whose only piece stands above give way before what is missing."""
    links = [msgspec.structs.replace(SURE, statement_id=f"s-{n}", title=f"Gate {n} should open " + "wide and far " * 6)
             for n in range(9)]  # fmt: skip
    long = "Walkers said that they had counted gates all day and found most of them shut. " * 4
    items = [piece(n, f"Gate {n} shut " + "again and again " * 5, who=f"Outlet {n}", links=(links[n],), text=long,
                   quotes=(QuoteView(speaker="Ida Brook", quote=f"{n} " + long),)) for n in range(9)]  # fmt: skip
    history = History(
        positions=(PositionCount(statement_id="s-x", title="X"),), archive_since=UNTIL - dt.timedelta(weeks=20)
    )
    found = render(issue(*items, history=history))
    assert words_of(found.html) <= MAX_WORDS
    assert "had no linked coverage since" in " ".join(found.text.split())


def test_a_day_without_a_time_is_not_before_the_window_that_begins_on_it() -> None:
    """A text that says only the window's first day is none that came in late."""
    day = WINDOW.from_at.replace(hour=0)
    found = issue(piece(1, "Gate", published_at=day, date_only=True), piece(2, "Stile", published_at=day))
    assert found.earlier == 1


def test_nothing_has_gone_quiet_in_a_week_that_has_only_begun() -> None:
    """A preview tells of no silence while most of its window is to come."""
    gone = position(SURE, four_weeks=3, ever=True, last_covered=WINDOW.from_at - dt.timedelta(days=1))
    history = History(positions=(gone,))
    assert [line.kind for line in issue(piece(1, "Geese"), history=history).gaps] == ["silent"]
    assert compose(WINDOW, [piece(1, "Geese")], history, is_open=True).gaps == ()


def test_a_story_is_tied_by_our_own_words_where_two_links_are_equally_sure() -> None:
    """Of two likely links the one that repeats our words stands under the story, though its score is lower."""
    echo = msgspec.structs.replace(MAYBE, band="likely", score=0.7, echo=("off between midnight and five",))
    (line,) = issue(piece(1, "Lamps and gates", links=(SURE, echo))).stories
    assert line.link and line.link.statement_id == "s-lamps"


def test_a_quotation_that_stands_whole_goes_before_a_longer_one() -> None:
    """What would have to be cut is shown after what fits, because a cut can turn a quotation round."""
    short = QuoteView(speaker="Ida Brook", quote="You have not kept a path open. You have kept a gate open.")
    long = QuoteView(
        speaker="Ida Brook", quote="We brought gates in and want more of them. But " + "walkers need " * 20
    )
    first, second = issue(piece(1, "Gates", quotes=(long, short))).voices
    assert (first.quote.quote, second.quote.quote.startswith("We brought")) == (short.quote, True)


def test_a_cut_shows_that_a_speaker_goes_on_to_say_the_opposite() -> None:
    """Of a quotation that is shortened before its “But” what follows it stands, and rather its beginning goes."""
    said = (
        "We brought these gates in and plenty of us would like more of them, said Ida, on every path. "
        "But a gate that nobody can open is a wall, and walls are what people on wheels meet all day in this town."
    )
    digest = issue(piece(1, "Gates", quotes=(QuoteView(speaker="Ida Brook", quote=said),)))
    (line,) = _shorter_quotes(digest, 25).voices
    assert line.quote.quote.endswith("on every path. But a gate that nobody can open is a wall …")
    assert len(line.quote.quote.split()) <= 32


@pytest.mark.parametrize("words", range(6, 31))
def test_no_cut_falls_on_the_word_that_turns_the_sense(words: int) -> None:
    """However short a sentence is cut, no negation and no limit is the last of it, or just left out."""
    ours = "add to the hours that a mill is open, never stand in for the people who run it"
    texts = (
        f"The guild’s policy is that machines should “{ours}”, and that the two should be told apart in its books.",
        "The towns on the river may close their paths at night, unless they lead to work, and lamps may be off then.",
        "They would like every gate to be wide, rather than have one of each kind, but not one that nobody can open.",
        "Each path needs light and a bench and does not need a camera, said Ida, without whom there would be none.",
    )
    for text in texts:
        for told in (turned(text, words), clipped_around(text, [ours, "paths", "gate", "bench"], words)):
            shown = told.strip("… ”").split()
            assert len(shown) <= 32
            assert shown[-1].strip(",") not in ("never", "unless", "rather", "than", "but", "not", "without")
            if not told.endswith("."):
                follows = text.split(" ".join(shown[-3:]), 1)[1].lstrip("”,").split()[0]
                assert follows not in ("never", "unless", "rather", "but", "not", "without"), told


def test_a_text_that_ends_on_its_turn_is_not_shown_as_cut() -> None:
    """Where the turn is among the last words, the end of the text stands without the sign of a cut."""
    told = turned(f"{'Each path needs a bench and a lamp, ' * 3}and they all said so, but never.", 30)
    assert told.startswith("… ")
    assert told.endswith("but never.")


def test_most_noticed_is_what_most_people_liked() -> None:
    """A post on a position counts for it as well, not only what no section lists."""
    posts = [
        piece(1, "On gates", kind="thread", likes=96, links=(SURE,)),
        piece(2, "On geese", kind="thread", likes=46),
    ]
    assert "On gates" in minute(issue(*posts))[0]
