"""Ã before a blank: à only where something says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.mojibake import repair, restore


@pytest.mark.parametrize(
    "text",
    [
        "The vowel Ã is nasal, as in pão.",
        "The vowel Ã is nasal.",
        "O til sobre Ã e Õ.",
        "La lettre Ã est nasale en portugais.",
        "AMANHÃ VAMOS TODOS",
        "Elle est allée Ã la mairie.",
        "The vowel Ã is nasal.\nSo is Ã in the second word.",
    ],
)
def test_a_lone_letter_is_no_evidence(text: str) -> None:
    """Nothing changes where nothing else is damaged, or other letters are sound."""
    assert repair(text).text == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Elle est allÃ©e Ã la mairie.", "Elle est allée à la mairie."),
        ("Elle est allÃ©e Ã  la mairie.", "Elle est allée à la mairie."),
        ("Le cafÃ© est ouvert.\nIl va Ã Paris.", "Le café est ouvert.\nIl va à Paris."),
        ("Il va Ã Paris avec elle.", "Il va à Paris avec elle."),
        (
            "La question est posée".replace("é", "e") + " Ã la mairie de la ville.",
            "La question est posee à la mairie de la ville.",
        ),
        ("Vou Ã s terÃ§as.", "Vou às terças."),
        ("La famille, les normes Ã  lire sur le site", "La famille, les normes à lire sur le site"),
        ("La libertÃ  di stampa", "La libertà di stampa"),
    ],
)
def test_other_damage_or_a_word_that_needs_it_is(raw: str, text: str) -> None:
    """Damage elsewhere in the text tells, and so do words that hardly go without à; it can be taken back."""
    done = repair(raw)
    assert done.text == text
    assert restore(done.text, done.steps) == raw


def test_a_sound_line_stays_in_a_damaged_text() -> None:
    """A line whose other letters are sound was not damaged, whatever stands beside it."""
    sound = "The vowel Ã is nasal, as in pão."
    assert repair(f"Le cafÃ© est ouvert.\n{sound}").text == f"Le café est ouvert.\n{sound}"


@given(st.text(alphabet=st.sampled_from("ÃĂ√ ©é€à aAvl'\n.\x01"), max_size=40))
def test_once_is_enough_and_can_be_taken_back(raw: str) -> None:
    """A second repair changes nothing, and the steps give the raw text."""
    done = repair(raw)
    assert repair(done.text).text == done.text
    assert restore(done.text, done.steps) == raw
