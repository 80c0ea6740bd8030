"""Text from outside can do nothing but show itself."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import neutral
from aggregator.neutral import closed, cut, left_open

HOSTILE = [*(chr(c) for c in (0, 7, 8, 0x1B, 0x7F, 0x85, 0x9B, 0xAD, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029)),
           *(chr(c) for c in range(0x202A, 0x202F)), *(chr(c) for c in range(0x2060, 0x206A)),
           "\ufeff", "\ufffe", "\U000e0041", "\U000e007f", "\ud800"]  # fmt: skip


@pytest.mark.parametrize("sign", HOSTILE, ids=lambda sign: f"U+{ord(sign):04X}")
def test_signs_without_shape_go(sign: str) -> None:
    """Controls, bidi marks, zero-width and tag characters never come through."""
    assert sign not in neutral.neutral(f"before{sign}after")


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(HOSTILE))))
def test_neutral_twice_is_once(text: str) -> None:
    """Neutralising is idempotent, and what is left can be encoded."""
    once = neutral.neutral(text)
    assert neutral.neutral(once) == once
    once.encode()


@pytest.mark.parametrize("text", ["“Curly” – £5 … café", "👩‍💻 👍🏽 ❤️ 🇬🇧", "Привет", "日本語", "नमस्ते क्‍ष"])
def test_ordinary_text_stays(text: str) -> None:
    """Typography, emoji sequences and other scripts come through unharmed."""
    assert neutral.neutral(text) == unicodedata.normalize("NFC", text)


def test_right_to_left_is_isolated_and_balanced() -> None:
    """A field with right-to-left letters cannot turn its neighbours around."""
    shown = neutral.isolated("\u202eשלום\u2067")
    assert shown == "\u2068שלום\u2069"
    assert neutral.isolated("plain") == "plain"


def test_piles_of_marks_are_cut() -> None:
    """Zalgo text keeps three marks a letter."""
    assert len(neutral.neutral("x" + "\u0336" * 50)) == 4


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://user:pw@evil.example/", "file:///etc/passwd",
     "http://", "https://a b.example", "http://[::1", "\thttp://x.example", "vbscript:x", "http://x.example/\"><b>"],
)  # fmt: skip
def test_only_plain_web_addresses_are_links(url: str) -> None:
    """Nothing but http and https without credentials can be clicked."""
    assert neutral.link_url(url) is None
    assert neutral.host(url) is None


def test_host_shows_both_forms_of_an_international_name() -> None:
    """A look-alike host is shown with its ASCII form."""
    assert neutral.host("https://www.example.org/x") == "example.org"
    assert "xn--" in (neutral.host("https://exаmple.org/") or "")


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("“We asked forty towns for a map,” said Ida", 4, "“We asked forty towns …”"),
        ("She called it “a ‘fair’ share” of what there is", 4, "She called it “a …”"),
        ("She called it “a ‘very fair’ share”", 5, "She called it “a ‘very …’”"),
        ('It is "a fair share" of what there is', 6, 'It is "a fair share" of …'),
        ('It is "a fair share" of what there is', 4, 'It is "a fair …"'),
        ("Council 'to close all benches' by May", 3, "Council 'to close …'"),
        ("The council’s pupils’ benches are gone for good", 5, "The council’s pupils’ benches are …"),
        ("A 6-inch pipe, 5'10\" long, in the '90s and later", 7, "A 6-inch pipe, 5'10\" long, in the …"),
    ],
)
def test_cut_closes_quotations(text: str, words: int, expected: str) -> None:
    """What is cut within a quotation ends in its closing marks, and no other word moves into them."""
    assert cut(text, words) == expected


@given(st.text(alphabet="ab .,“”‘’\"'…", max_size=60), st.integers(1, 12))
def test_cut_twice_is_cut_once(text: str, words: int) -> None:
    """Cutting what was cut changes nothing, and a closed text is closed."""
    once = cut(text, words)
    assert cut(once, words + 1) == once
    assert left_open(closed(text)) == ""
