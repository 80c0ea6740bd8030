"""Sentences taken out of a text: quoted ones stay quoted, and a reporter's never become so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.quote_pieces import piece


def cut_out(text: str, sentence: str) -> str:
    place = text.index(sentence)
    return piece(text, place, place + len(sentence))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("It was ‘80s music. Governors said no. Nobody danced.", "Governors said no."),
        ("In ‘Tis a gift, a song. Governors said no.", "Governors said no."),
        ("‘Twas cold. Governors said no to the heads’ plan.", "Governors said no to the heads’ plan."),
        ("It was rock ‘n’ roll. Governors said no.", "Governors said no."),
        ("Give ‘em buses. Governors said no.", "Governors said no."),
        ("The “Warm Hall scheme grew. Parents came.", "Parents came."),
        ("The “Warm Hall scheme grew. Parents came. “We are warm,” said Ida.", "Parents came."),
        ('They want "no less. Governors said no.', "Governors said no."),
        ('They want "no less. Governors said no. "We wait," said Ida.', "Governors said no."),
        ("The “Warm Hall scheme grew. Parents came.", "The “Warm Hall scheme grew."),
        ("“We wrote,” said Ida. Governors said no. “We wait.”", "Governors said no."),
        ("“It was the ‘Warm Hall’ scheme,” said Ida. Parents came.", "Parents came."),
        ("Ida wrote:\n“We wait.”\nParents came.", "Parents came."),
    ],
)
def test_a_reporters_sentence_gets_no_marks(text: str, sentence: str) -> None:
    """A mark that is an apostrophe, or that nothing closes, quotes nothing."""
    assert cut_out(text, sentence) == sentence


@pytest.mark.parametrize(
    ("text", "sentence", "shown"),
    [
        ("Ida said: “We wrote. We asked. They slept.”", "We asked.", "“We asked.”"),
        ("Ida said: “We wrote. We asked. They slept.”", "Ida said: “We wrote.", "Ida said: “We wrote.”"),
        ("“We wrote. We asked,” said Ida.", "We asked,” said Ida.", "“We asked,” said Ida."),
        ('Ida said: "We wrote. We asked. They slept."', "We asked.", '"We asked."'),
        ("Ida said: ‘We wrote. We asked. They slept.’", "We asked.", "‘We asked.’"),
        ("“They said ‘we wrote. We asked. We slept.’ Well,” said Ida.", "We asked.", "“‘We asked.’”"),
        ("“It was ‘80s music. We asked. They slept.”", "We asked.", "“We asked.”"),
        ("“We wrote. We asked.\n\n“They slept,” said Ida.", "We asked.", "“We asked.”"),
        ("“Yes,” said Ida. It was called ‘a gift. A real one.’", "It was called ‘a gift.", "It was called ‘a gift.’"),
    ],
)
def test_quoted_words_stay_quoted(text: str, sentence: str, shown: str) -> None:
    """A sentence out of a quotation keeps its marks, and no word moves into them."""
    assert cut_out(text, sentence) == shown


@given(
    st.lists(st.sampled_from(["“", "”", '"', "‘", "’", "'", " ", ". ", "\n", "We", "90s", "Tis"]), max_size=25),
    st.data(),
)
def test_only_marks_are_added(parts: list[str], data: st.DataObject) -> None:
    """Whatever the text, a piece is its words with marks around them."""
    text = "".join(parts)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown, said = piece(text, start, end), text[start:end]
    before, found, after = shown.partition(said) if said else ("", "", shown)
    assert found == said
    assert not set(before + after) - set("“”‘’\"'") or not said
