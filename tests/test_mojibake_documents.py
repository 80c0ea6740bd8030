"""Whole documents: what is damaged comes back, and what stands sound beside it stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.mojibake import repair, restore
from parsers.mojibake_channel import CODECS, damage

DOCUMENTS = json.loads((Path(__file__).parent / "cases" / "mojibake_documents.json").read_text(encoding="utf-8"))
ENDS = ("\n", "\r\n")


def _clean(document: dict[str, Any]) -> list[str]:
    return [line if isinstance(line, str) else line["sound"] for line in document["lines"]]


def _damaged(document: dict[str, Any], codec: str) -> list[str]:
    return [
        damage(line, codec).replace("\xa0", " ") if isinstance(line, str) else line["sound"]
        for line in document["lines"]
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["label"])
@pytest.mark.parametrize("codec", CODECS)
def test_damaged_lines_come_back_and_sound_ones_stay(document: dict[str, Any], codec: str) -> None:
    """Whatever codec did it, every line is as it was written, with either kind of line end."""
    for end in ENDS:
        done = repair(end.join(_damaged(document, codec)))
        assert done.text.split(end) == _clean(document)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["label"])
def test_sound_documents_are_left_alone(document: dict[str, Any]) -> None:
    """Without damage nothing changes, and no channel is named."""
    text = "\n".join(_clean(document))
    done = repair(text)
    assert done.text == text
    assert done.channel is None


@pytest.mark.parametrize("codec", CODECS)
def test_the_order_of_posts_does_not_matter(codec: str) -> None:
    """Each line is repaired alone, with the evidence of all."""
    lines = _damaged(DOCUMENTS[0], codec)
    assert repair("\n".join(lines[::-1])).text.split("\n") == repair("\n".join(lines)).text.split("\n")[::-1]


def test_a_binary_line_spoils_no_other() -> None:
    """What holds control characters is no text: it says nothing, stays, and is flagged."""
    binary = "β\x00π\x07Γ\x1fβ"
    done = repair(f"We donβt know.\n{binary}\nTheyβre here.")
    assert done.text == f"We don’t know.\n{binary}\nThey’re here."
    assert done.flagged == (2,)


WORDS = st.sampled_from(
    [
        "don’t",
        "it’s",
        "“so”",
        "£5",
        "café",
        "more…",
        "and",
        "the",
        "heads",
        "🤣",
        "they’re",
        "“why?”",
        "late—again",
        "naïve",
    ]
)
SENTENCES = st.lists(st.lists(WORDS, min_size=2, max_size=9).map(" ".join), min_size=1, max_size=5)
PROOF = "I don’t know what they’re for and it’s “late” in the day.\n" * 3


@settings(max_examples=120, deadline=None)
@given(SENTENCES, st.sampled_from(CODECS))
def test_damaging_the_repaired_text_gives_the_damaged_one(sentences: list[str], codec: str) -> None:
    """Nothing is written that the same damage would not turn into what stood there."""
    raw = damage(PROOF + "\n".join(sentences), codec).replace("\xa0", " ")
    done = repair(raw)
    assert restore(done.text, done.steps) == raw
    if "\ufffd" not in done.text:
        assert damage(done.text, codec).replace("\xa0", " ") == raw


@settings(max_examples=60, deadline=None)
@given(SENTENCES, st.sampled_from(CODECS), st.integers(0, 4))
def test_a_sound_line_among_damaged_ones_stays(sentences: list[str], codec: str, at: int) -> None:
    """A sound English line keeps its typography wherever it stands."""
    lines = damage(PROOF + "\n".join(sentences), codec).replace("\xa0", " ").split("\n")
    sound = "The note – “as found” – wasn’t ours…"
    lines.insert(at, sound)
    assert repair("\n".join(lines)).text.split("\n")[at] == sound
