"""Facets count bytes of the text as received."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.richtext import expand, shortened

URL = "https://heads.example/policy/a-long-reply-on-staffing"
SHOWN = "heads.example/policy/a-lon..."


def facet(start: int, end: int, url: str = URL) -> dict[str, Any]:
    """A link facet over bytes `start` to `end`."""
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": url}],
    }


def over(text: str, part: str, url: str = URL) -> dict[str, Any]:
    """A link facet over the first `part` of `text`."""
    start = len(text[: text.index(part)].encode())
    return facet(start, start + len(part.encode()), url)


@pytest.mark.parametrize("before", ["See ", "日本語 ", "👩‍🏫 – “yes” ", "naïve ", ""])
def test_a_shortened_url_is_written_out(before: str) -> None:
    """Bytes are counted, not characters: whatever stands before, the url is put where it belongs."""
    text = f"{before}{SHOWN} now"
    found = expand(text, [over(text, SHOWN)])
    assert found.text == f"{before}{URL} now"
    assert found.urls == (URL,)
    assert [(step.offset, step.raw, step.replacement) for step in found.steps] == [(len(before), SHOWN, URL)]


def test_linked_words_stay() -> None:
    """Words that somebody linked are not replaced; their url is listed."""
    text = "Read our reply today"
    found = expand(text, [over(text, "our reply")])
    assert (found.text, found.urls) == (text, (URL,))


def test_a_short_form_of_another_url_stays() -> None:
    """A text that looks shortened but is not part of its url is not replaced: it may be a trick."""
    text = "Log in at bank.example/acc..."
    assert expand(text, [over(text, "bank.example/acc...", "https://thief.example/")]).text == text


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 1000), (4, 4), (9, 5), (-3, 4), (1, 5), (0, 6), ("0", 5), (None, None), (0.0, 5.0), (True, 5)],
)
def test_an_impossible_place_is_ignored(start: Any, end: Any) -> None:
    """A facet past the end, empty, backwards, inside a character or without numbers changes nothing."""
    text = "ñandú..."
    found = expand(text, [facet(start, end, "https://ñandú.example")])
    assert found.text == text
    assert found.urls == ()


def test_of_overlapping_facets_the_first_counts() -> None:
    """The later of two facets over the same bytes is ignored, in whatever order they are listed."""
    text = f"{SHOWN} and more"
    facets = [facet(3, len(SHOWN) + 4, "https://other.example/"), over(text, SHOWN)]
    assert expand(text, facets).urls == (URL,)
    assert expand(text, facets).text == f"{URL} and more"


def test_a_mention_takes_its_place() -> None:
    """A link over a mention is ignored as overlapping."""
    mention = {"index": {"byteStart": 0, "byteEnd": 6}, "features": [{"$type": "app.bsky.richtext.facet#mention"}]}
    assert expand("@heads hello", [mention, facet(2, 9)]).urls == ()


def test_old_entities_count_utf_16_units() -> None:
    """The deprecated form counts an emoji as two; it is read where there are no facets."""
    text = f"👋👋 {SHOWN}"
    entity = {"type": "link", "index": {"start": 5, "end": 5 + len(SHOWN)}, "value": URL}
    assert expand(text, None, [entity]).text == f"👋👋 {URL}"
    split = {"type": "link", "index": {"start": 1, "end": 5 + len(SHOWN)}, "value": URL}
    assert expand(text, None, [split]).urls == ()


@pytest.mark.parametrize("facets", [7, "x", [7], [{}], [{"index": 3}], [{"index": {}, "features": 3}], {"a": 1}])
def test_whatever_is_no_facet_is_ignored(facets: Any) -> None:
    """Lists and fields of any other form never fail."""
    assert expand("text", facets, facets).text == "text"


def test_shortened_needs_dots() -> None:
    """A whole url without its scheme is not shortened."""
    assert shortened("heads.example/po...", URL)
    assert shortened("heads.example/po…", URL)
    assert not shortened("heads.example/policy", URL)
    assert not shortened("...", URL)


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(-5, 200), st.integers(-5, 200), st.sampled_from(["", URL, "x"])), max_size=6),
)
def test_steps_replay(text: str, places: list[tuple[int, int, str]]) -> None:
    """The steps turn the text as received into the text shown, whatever the facets say."""
    found = expand(text, [facet(*place) for place in places])
    replayed, at = "", 0
    for step in found.steps:
        assert text[step.offset :].startswith(step.raw)
        replayed += text[at : step.offset] + step.replacement
        at = step.offset + len(step.raw)
    assert replayed + text[at:] == found.text
