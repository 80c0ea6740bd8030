"""The profile-page scrape: status lines end posts, cards stand apart, bios stay out."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path
from random import Random

import pytest
from card_posts import with_card, without_card
from hypothesis import given
from hypothesis import strategies as st

from parsers import bluesky_cards, bluesky_scrape
from parsers.errors import ParseError
from parsers.model import Hint, ParseResult, Post


def parse(text: str, **hint: str) -> ParseResult:
    return bluesky_scrape.parse(text, Hint(**hint))  # type: ignore[arg-type]


def posts(result: ParseResult) -> list[Post]:
    return [record for record in result.records if isinstance(record, Post)]


def status(when: str = "03.03.2026 09:15", counts: tuple[object, ...] = (1, 0, 2, 0)) -> str:
    return f"{when} — 👍 {counts[0]} 🔁 {counts[1]} 💬 {counts[2]} 📌 {counts[3]}"


def test_a_post_has_text_minute_and_counts() -> None:
    """A block and its status line give one post."""
    (post,) = posts(parse(f"Rooms are cold.\nBring a jumper.\n{status(counts=(3, 4, 1, 2))}\n"))
    assert post.text == "Rooms are cold.\nBring a jumper."
    assert post.created_at == dt.datetime(2026, 3, 3, 9, 15, tzinfo=dt.UTC)
    assert post.minute_only
    counts = post.counts
    assert (counts.likes, counts.reposts, counts.replies, counts.quotes) == (3, 4, 1, 2)


def test_a_text_without_status_line_is_no_scrape() -> None:
    """A text that only mentions dates raises ParseError."""
    with pytest.raises(ParseError, match="four counts"):
        parse("On 03.03.2026 09:15 we met 4 heads in 2 rooms.\nThen lunch.")


def damaged(text: str) -> str:
    """UTF-8 read as ISO-8859-7, with what that has no character for lost."""
    return "".join(
        " " if byte == 0xA0 else "" if 0x80 <= byte < 0xA0 else bytes([byte]).decode("iso-8859-7", "ignore")
        for byte in text.encode()
    )


PAGE = "\n".join(
    [
        "That is the plan. 2/2",
        status("04.03.2026 18:02", (5, 1, 0, 0)),
        "Bridges to close for six weeks, council confirms - Example News",
        "Ferry operators say they were not asked; the council says that letters went out in the autumn…",
        "We asked for one thing: a date. Here is what we know, and what the council’s own engineers think of it.",
        "www.example.org/news/bridges-...",
        status("04.03.2026 18:01", (1_234, 20, 3, 1)),
        "Two days at the lock: what’s next? 1/2",
        "#towpath",
        status("04.03.2026 18:02", (9, 2, 1, 0)),
        "Keeper of small boats. Views mine",
        "Boats ⛵ and bread",
        "mail@keeper.example",
    ]
)


def test_a_page_of_posts_a_card_and_bios() -> None:
    """Cards stand apart from the text, bios are counted and not kept."""
    result = parse(PAGE)
    first, second, third = posts(result)
    assert first.text == "That is the plan. 2/2"
    assert second.card is not None
    assert second.card.title == "Bridges to close for six weeks, council confirms - Example News"
    assert second.card.description is not None and second.card.description.startswith("Ferry operators")
    assert second.text.startswith("We asked") and second.text.endswith("bridges-...")
    assert second.text_raw == second.text
    assert second.raw is not None and second.raw.startswith("Bridges to close") and "1234" in second.raw
    assert third.text == "Two days at the lock: what’s next? 1/2\n#towpath"
    assert [post.position for post in (first, second, third)] == [0, 1, 2]
    assert result.notes["trailer_lines"] == 3
    assert "keeper.example" not in repr((first, second, third))


def test_the_damaged_page_gives_the_same_posts() -> None:
    """Repair happens per post, its steps fit the raw text, and the raw text stays."""
    clean, broken = posts(parse(PAGE)), posts(parse(damaged(PAGE)))
    assert [post.text for post in broken] == [post.text for post in clean]
    assert [post.card for post in broken] == [post.card for post in clean]
    assert [post.counts for post in broken] == [post.counts for post in clean]
    for post in broken:
        assert "β" in post.text_raw or not post.steps
        for step in post.steps:
            assert post.text_raw[step.offset : step.offset + len(step.raw)] == step.raw


def test_counts_may_be_shortened() -> None:
    """Thousands with commas and K are numbers."""
    (post,) = posts(parse(f"A post.\n{status(counts=('1.2K', '1,234', 0, '3M'))}"))
    assert (post.counts.likes, post.counts.reposts, post.counts.quotes) == (1_200, 1_234, 3_000_000)


@pytest.mark.parametrize(
    "line",
    [
        "03.03.2026 09:15 — 👍 1 🔁 0 💬 2",
        "03.03.2026 09:15 — 👍 1 🔁 0 💬 2 📌 0 🔖 4",
        "03.03.2026 09:15 we sold 1 pie, 2 teas, 3 cakes and 4 buns",
        "on 03.03.2026 09:15 — 👍 1 🔁 0 💬 2 📌 0",
        "3 March 2026 09:15 — 👍 1 🔁 0 💬 2 📌 0",
        "03.03.2026 — 👍 1 🔁 0 💬 2 📌 0",
    ],
)
def test_only_a_whole_status_line_ends_a_post(line: str) -> None:
    """Lines that only resemble a status line stay text."""
    assert bluesky_scrape.looks_like(f"A post.\n{line}\n") == 0


@pytest.mark.parametrize(
    "junk", ["β π 1 π 0 π¬ 2 π 0", "? ? 1 ? 0 ? 2 ? 0", "â€” ðŸ‘ 1 ðŸ” 0 ðŸ’¬ 2 ðŸ“Œ 0", "| 1 | 0 | 2 | 0 |"]
)
def test_emoji_do_not_matter(junk: str) -> None:
    """A status line is known by its digits, whatever became of its emoji."""
    (post,) = posts(parse(f"A post.\n03.03.2026 09:15 {junk}\n"))
    assert (post.counts.likes, post.counts.reposts, post.counts.replies, post.counts.quotes) == (1, 0, 2, 0)


def test_the_time_zone_is_a_hint() -> None:
    """Times are UTC unless the hint names a zone; an unknown name is said."""
    page = f"A post.\n{status('03.07.2026 09:15')}"
    assert posts(parse(page, timezone="Europe/London"))[0].created_at == dt.datetime(2026, 7, 3, 8, 15, tzinfo=dt.UTC)
    odd = parse(page, timezone="Mars/Olympus")
    assert posts(odd)[0].created_at == dt.datetime(2026, 7, 3, 9, 15, tzinfo=dt.UTC)
    assert "Mars/Olympus" in odd.problems[0].message


def test_an_impossible_time_is_a_problem() -> None:
    """The post goes in without a time, its neighbours are untouched."""
    result = parse(f"One.\n{status('31.02.2026 09:15')}\nTwo.\n{status()}\nThree.\n{status('01.01.0001 00:00')}")
    assert [post.text for post in posts(result)] == ["One.", "Two.", "Three."]
    assert [post.created_at is None for post in posts(result)] == [True, False, False]
    assert len(result.problems) == 1


def test_blank_lines_and_foreign_line_ends() -> None:
    """Blank lines inside a post stay, those around it go; CRLF, CR and a byte order mark are no matter."""
    page = f"\n\nOne.\n\nMore.\n\n{status()}\n\n\nTwo.\n{status()}\n"
    expected = ["One.\n\nMore.", "Two."]
    for variant in (page, page.replace("\n", "\r\n"), page.replace("\n", "\r"), "\ufeff" + page):
        assert [post.text for post in posts(parse(variant))] == expected
        assert bluesky_scrape.looks_like(variant) == 2


def test_the_head_of_the_page_is_no_post() -> None:
    """Name, handle, bio and follower counts above the first post are left out."""
    head = "Keeper\n@keeper.example\nBoats and bread\n1,204 followers 310 following 77 posts\n"
    result = parse(f"{head}A post.\n{status()}")
    assert [post.text for post in posts(result)] == ["A post."]
    assert result.notes["header_lines"] == 4


def test_a_post_may_speak_of_followers() -> None:
    """A sentence about followers is no head of a page."""
    text = "We have 1,204 followers now.\nThank you!"
    assert [post.text for post in posts(parse(f"{text}\n{status()}"))] == [text]


def test_a_status_line_without_text_is_a_problem() -> None:
    """A picture post is said, not made up."""
    result = parse(f"{status()}\nOne.\n{status()}")
    assert [post.text for post in posts(result)] == ["One."]
    assert "no text" in result.problems[0].message


def test_a_block_too_long_for_a_post_is_left_out() -> None:
    """Thousands of characters above a status line are not one post."""
    result = parse("word " * 2_000 + f"\n{status()}\nOne.\n{status()}")
    assert [post.text for post in posts(result)] == ["One."]
    assert "More text than a post" in result.problems[0].message


def test_a_page_cut_anywhere_keeps_its_whole_posts() -> None:
    """Posts before the cut are as they were; a cut inside a status line is a warning."""
    whole = posts(parse(PAGE))
    ends = [PAGE.index("💬", PAGE.index(post.raw or "")) for post in whole]
    for end in range(len(PAGE)):
        cut = PAGE[:end]
        if not bluesky_scrape.looks_like(cut):
            with pytest.raises(ParseError):
                parse(cut)
            continue
        found = parse(cut)
        kept = posts(found)
        assert [post.text for post in kept] == [post.text for post in whole[: len(kept)]]
        if any(end == at for at in ends):
            assert found.problems[-1].severity == "warning"
            assert "inside a status line" in found.problems[-1].message


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_around_status_lines(above: str, below: str) -> None:
    """Odd characters raise nothing but ParseError."""
    result = parse(f"{above}\n{status()}\n{below}")
    assert len(result.records) <= bluesky_scrape.looks_like(f"{above}\n{status()}\n{below}")
    with contextlib.suppress(ParseError):
        parse(above)


def test_a_description_of_two_lines() -> None:
    """What cannot belong to a post of three hundred characters belongs to the card."""
    about = (
        "The council met behind closed doors on Tuesday, and members of the public were asked to leave at nine. " * 2
    )
    page = ["Bridge to close for six weeks, council confirms", about.strip(), "Papers for the meeting run to 80 pages."]
    text = "We read all of them so that you need not, and this is what they say about boats. " * 3
    (post,) = posts(parse("\n".join([*page, text.strip(), "www.example.org/news/bridge-...", status()])))
    assert post.card is not None
    assert post.card.description == f"{about.strip()}\nPapers for the meeting run to 80 pages."
    assert post.text.startswith("We read all")


def measured(seed: int, campaign: float) -> tuple[float, float, float]:
    """Precision, recall and share of exact splits on invented posts."""
    random = Random(seed)
    made = [
        with_card(random) if random.random() < 0.43 else without_card(random, random.random() < campaign)
        for _ in range(1_500)
    ]
    found = [bluesky_cards.split(one.lines) for one in made]
    hits = [(one, way) for one, way in zip(made, found, strict=True) if one.card and way.title]
    precision = len(hits) / sum(way.title for way in found)
    recall = len(hits) / sum(one.card > 0 for one in made)
    return precision, recall, sum(way.lines == one.card for one, way in hits) / len(hits)


@pytest.mark.parametrize("campaign", [0.1, 0.5])
def test_cards_are_told_from_text(campaign: float) -> None:
    """The floors: precision 0.97, recall 0.98, exact split 0.97, even where many first lines read like headlines."""
    precision, recall, exact = measured(7, campaign)
    assert precision >= 0.97
    assert recall >= 0.98
    assert exact >= 0.97


def test_cards_without_urls_are_found_with_care() -> None:
    """Where writers deleted the urls, cards are missed rather than made up."""
    random = Random(5)
    cards = [bluesky_cards.split(with_card(random, urls=False).lines) for _ in range(400)]
    texts = [bluesky_cards.split(without_card(random).lines) for _ in range(400)]
    assert sum(way.title for way in cards) >= 0.7 * 400
    assert sum(way.title for way in texts) <= 0.02 * 400


def test_real_scrape(shared: Path) -> None:
    """The real page gives thirty posts, four cards and no bio."""
    text = (shared / "seeds" / "bluesky-profile-scrape.txt").read_text(encoding="utf-8")
    result = parse(text)
    found = posts(result)
    assert len(found) == 30
    assert [post.position for post in found if post.card] == [7, 9, 14, 19]
    assert all(post.card and post.card.description for post in found if post.card)
    assert result.notes["trailer_lines"] == 31
