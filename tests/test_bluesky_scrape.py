"""The profile-page scrape: status lines end posts, cards stand apart, bios stay out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from parsers import bluesky_scrape
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


def test_real_scrape(shared: Path) -> None:
    """The real page gives thirty posts, four cards and no bio."""
    text = (shared / "seeds" / "bluesky-profile-scrape.txt").read_text(encoding="utf-8")
    result = parse(text)
    found = posts(result)
    assert len(found) == 30
    assert [post.position for post in found if post.card] == [7, 9, 14, 19]
    assert all(post.card and post.card.description for post in found if post.card)
    assert result.notes["trailer_lines"] == 31
