"""The shortcut past repair: what it calls sound, repair leaves alone, and posts come out the same without it."""

from __future__ import annotations

import pytest
from bluesky_forms import author_feed, external, record, repo
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import bluesky_car, bluesky_json, mojibake

_PIECES = ["the heads ", "don’t", "“ready”", " – ", "…”", "naïve", "£5", "👩‍🏫", "🧵", "日本語", "‏", "‎", "�",
           "donâ€™t", "donβt", "π", "Ã©", "Ã ", "†", "👠", "½", "\xa0", "\x85", "\n", "№", "Straße", "ł",
           "\ud83d", "— ", "12.03.2025 09:10 – 👍 1 🔁 2 💬 3 📌 4"]  # fmt: skip
_TEXTS = st.lists(st.sampled_from(_PIECES) | st.characters(), max_size=8).map("".join)


@settings(max_examples=400, deadline=None)
@given(_TEXTS, st.lists(_TEXTS, max_size=3))
def test_what_is_called_sound_is_left_alone(text: str, others: list[str]) -> None:
    """A text that is called sound comes out of repair as it is, alone and beside any others."""
    for diagnosis in (None, mojibake.diagnose("\n".join([text, *others]))):
        if mojibake.sound(text, diagnosis):
            assert mojibake.shown(mojibake.repair(text, diagnosis)) == text


@settings(max_examples=200, deadline=None)
@given(st.lists(_TEXTS.filter(mojibake.sound), max_size=5))
def test_sound_texts_prove_nothing(texts: list[str]) -> None:
    """A document of sound texts has an empty diagnosis."""
    assert mojibake.diagnose("\n".join(texts)) == mojibake.Diagnosis()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_TEXTS, _TEXTS, _TEXTS), min_size=1, max_size=5))
def test_posts_are_the_same_without_the_shortcut(parts: list[tuple[str, str, str]]) -> None:
    """Text, card and alternative texts of each form are repaired as if every one of them went the long way."""
    made = []
    for number, part in enumerate(parts):
        text, title, about = (piece.encode("utf-8", "replace").decode() for piece in part)
        made.append(record(text, number, embed=external("https://news.example/a", title, about)))
    export, feed = repo(made).file(), author_feed(made)
    quick = bluesky_car.parse(export), list(bluesky_car.stream(export)), bluesky_json.parse(feed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mojibake, "sound", lambda text, diagnosis=None: False)
        assert quick == (bluesky_car.parse(export), list(bluesky_car.stream(export)), bluesky_json.parse(feed))


def test_what_people_write_is_called_sound() -> None:
    """Typographic marks, accents, emoji and other scripts take the short way; damage and marks of direction do not."""
    for text in ("plain", "don’t – “ready” …", "naïve café £5", "👩‍🏫 is here 🧵", "日本語 です"):
        assert mojibake.sound(text)
    for text in ("donβt", "donâ€™t", "a � gap", "\u200eleft", "château"):
        assert not mojibake.sound(text)
    assert not mojibake.sound("plain", mojibake.Diagnosis(codecs=("cp1252",)))
