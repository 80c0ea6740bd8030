"""The table of repair steps that people read."""

from __future__ import annotations

from aggregator.explain_repair import step_lines
from parsers.mojibake import repair

RAW = "We donβt know π\nThe cafΓ© isnβt Β£5 away π³οΈβπ"


def test_each_step_is_a_row_under_aligned_columns() -> None:
    """Line and character, what stood there, what stands now, kind, how sure and why."""
    lines = list(step_lines(repair(RAW).steps, RAW))
    assert lines[0].split() == ["line", "place", "raw", "now", "kind", "sure", "why"]
    assert lines[1].split(maxsplit=6) == [
        "1",
        "7",
        "β",
        "’",
        "context",
        "100%",
        "an apostrophe, by the letters around it",
    ]
    kind = lines[0].index("kind")
    assert lines[1][kind:].startswith("context")
    assert lines[3].split()[:4] == ["2", "8", "Γ©", "é"]


def test_a_lost_emoji_names_what_it_may_have_been() -> None:
    """Nothing is written for it, and the candidates stand in the last column, likeliest first."""
    row = list(step_lines(repair(RAW).steps, RAW))[2]
    assert "(lost)" in row
    assert "perhaps 😂" in row
    assert "%" not in row


def test_what_cannot_be_seen_is_named() -> None:
    """No-break spaces and marks of direction do not hide in the table."""
    raw = "Itβs 5Β km, see @x.example⬠and"
    text = "\n".join(step_lines(repair(raw).steps, raw))
    assert "‹no-break space›" in text
    assert "‹U+202C›" in text
    assert "\u202c" not in text


def test_without_the_text_places_count_from_its_start() -> None:
    """Steps alone do not know lines."""
    lines = list(step_lines(repair(RAW).steps))
    assert lines[0].split()[0] == "place"
    assert lines[3].split()[0] == "24"


def test_no_steps_no_table() -> None:
    """Sound text has nothing to explain."""
    assert list(step_lines((), "sound")) == []
