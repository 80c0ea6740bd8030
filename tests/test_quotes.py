"""Quotations of our own people: found whole, and nobody else's among them."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.quote_people import People
from aggregator.quote_whole import is_whole
from aggregator.quotes import Quote, Speaker, find, merge, same

CASES = json.loads((Path(__file__).parent / "cases" / "quotes.json").read_text(encoding="utf-8"))
COUNTS = json.loads((Path(__file__).parent / "cases" / "quotes_count.json").read_text(encoding="utf-8"))
WHOLE = json.loads((Path(__file__).parent / "cases" / "quotes_whole.json").read_text(encoding="utf-8"))
BESIDE = json.loads((Path(__file__).parent / "cases" / "quotes_beside.json").read_text(encoding="utf-8"))
SPEAKERS = (
    Speaker(
        name="Maren O’Shaye",
        handles=("maren.heads.example",),
        aliases=("the Guild's general secretary", "Heads' Guild general secretary"),
        role="general secretary",
    ),
    Speaker(name="Tobias Wren", role="president"),
)


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    """Each case gives exactly the quotations that stand beside it, with speaker, verb and parts where stated."""
    found = find(case["text"], SPEAKERS)
    assert [quote.quote for quote in found] == [wanted["quote"] for wanted in case["expect"]]
    for quote, wanted in zip(found, case["expect"], strict=True):
        assert quote.speaker == wanted.get("speaker", "Maren O’Shaye")
        assert quote.verb == wanted.get("verb", quote.verb)
        assert quote.partial == wanted.get("partial", quote.partial)
        assert list(quote.parts) == wanted.get("parts", list(quote.parts))


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_spans_point_at_the_words(case: dict[str, Any]) -> None:
    """Every part is what the text has at its span."""
    for quote in find(case["text"], SPEAKERS):
        assert tuple(case["text"][start:end] for start, end in quote.spans) == quote.parts
        assert quote.reason


@pytest.mark.parametrize("case", COUNTS, ids=[str(place) for place, _ in enumerate(COUNTS)])
def test_nobody_elses_words_are_ours(case: dict[str, Any]) -> None:
    """One or two sentences each: as many quotations as ours said, none where somebody else speaks or it is in doubt."""
    assert len(find(case["text"], SPEAKERS)) == case["count"]


@pytest.mark.parametrize("case", BESIDE, ids=[str(place) for place, _ in enumerate(BESIDE)])
def test_words_about_against_or_after_ours_are_others(case: dict[str, Any]) -> None:
    """All ways in which papers put a name of ours beside words: exactly its own words are found, and never joined."""
    assert [quote.quote for quote in find(case["text"], SPEAKERS)] == case["quotes"]


def test_real_article_gives_every_quotation_of_the_spokesperson(shared: Path) -> None:
    """On the real article all his quotations are found whole, and none of anyone else's."""
    page = (shared / "seeds" / "article-send-admissions.txt").read_text(encoding="utf-8")
    article = page.partition("\nLatest ")[0]
    name = re.search(r"general secretary, (\S+ \S+) said", article)
    assert name
    marked = [match.span(1) for match in re.finditer(r"“([^”\n]*)", article)]
    others = {10, 19}  # the inspectorate's framework, and its director
    wanted = [span for place, span in enumerate(marked) if place not in others]
    found = find(article, (Speaker(name=name[1], role="general secretary"),))
    spans = [span for quote in found for span in quote.spans]
    assert [start for start, _ in spans] == [start for start, _ in wanted]
    assert all(article[end:last].strip(",") == "" for (_, end), (_, last) in zip(spans, wanted, strict=True))


@pytest.mark.parametrize("name", ["Maren O'Shaye", "Maren O’Shaye", "Maren O‘Shaye"])
def test_apostrophes_of_the_setting_do_not_matter(name: str) -> None:
    """The name may be set with any apostrophe and be written with another."""
    assert find("“We wait,” said Maren O’Shaye.", [Speaker(name=name)])


def test_two_of_ours_with_one_surname_need_their_first_names() -> None:
    """A surname that two of ours share is nobody's."""
    pair = (Speaker(name="Maren Holt"), Speaker(name="Tobias Holt"))
    assert find("“We wait,” said Holt.", pair) == []
    assert [quote.speaker for quote in find("“We wait,” said Tobias Holt.", pair)] == ["Tobias Holt"]


def test_a_role_that_two_of_ours_have_is_nobodys() -> None:
    """A role that two of ours share names neither."""
    pair = (Speaker(name="Maren Holt", role="vice-president"), Speaker(name="Tobias Wren", role="vice-president"))
    assert find("“We wait,” the vice-president said.", pair) == []


def test_known_pronouns_rule_others_out() -> None:
    """Where the setting says she, "he" is never hers, and she may be named beside a man."""
    ours = Speaker(name="Maren Holt", pronouns=("she",))
    assert find("Maren Holt opened the day. “We wait,” he said.", [ours]) == []


def test_the_outlet_travels_with_the_quotation() -> None:
    """The outlet given is the outlet of each quotation."""
    assert find("“We wait,” said Maren Holt.", [Speaker(name="Maren Holt")], outlet="Courier")[0].outlet == "Courier"


def quote(text: str, outlet: str = "Courier", speaker: str = "Maren Holt") -> Quote:
    return Quote(
        speaker=speaker, quote=text, parts=(text,), spans=((0, len(text)),), verb=None, reason="", outlet=outlet
    )


def test_a_shortened_quotation_is_the_same() -> None:
    """Half of a quotation, printed elsewhere, joins the whole."""
    whole = quote("We asked them in May and we asked them in June, and nobody picked up the telephone.")
    part = quote("we asked them in June, and nobody picked up the telephone", "Argus")
    (group,) = merge([part, whole])
    assert group.lead == whole
    assert group.also_in == ("Argus",)


def test_other_words_stay_apart() -> None:
    """A shared phrase does not make two quotations one, nor does another speaker."""
    one = quote("Young people deserve a warm hall and a hot meal every day of the week.")
    two = quote("Young people deserve better buses to the college on the hill.")
    assert not same(one, two)
    assert not same(one, quote(one.quote, speaker="Tobias Wren"))
    assert len(merge([one, two])) == 2


def test_short_fragments_join_only_what_has_them_whole() -> None:
    """Three words are looked for inside longer quotations; one word must be all there is."""
    whole = quote("It is a cliff edge for the smallest of our village schools.")
    assert same(quote("a cliff edge"), whole)
    assert not same(quote("cliff"), whole)
    assert same(quote("cliff"), quote("Cliff"))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["“", "”", '"', "‘", "’", "\n", "\n\n", " ", ". ", ", ", "he said", "Maren O’Shaye", "said", "Dara Finch", "who",
             "the general secretary", "wait", "It is", "(", ")", ":", "?", "@maren.heads.example", "Ms", "–"]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_any_mixture_of_marks_is_survived(pieces: list[str]) -> None:
    """Whatever the marks do, spans are in order, do not overlap and hold the parts."""
    text = " ".join(pieces)
    last = 0
    for found in find(text, SPEAKERS):
        for (start, end), part in zip(found.spans, found.parts, strict=True):
            assert last <= start <= end
            assert text[start:end] == part
            last = end


def test_a_huge_text_is_read_in_bounded_time() -> None:
    """Marks and names without end do not make reading quadratic."""
    assert find("“ " * 50_000, SPEAKERS) == []
    assert find("Maren O’Shaye, " * 5_000 + "“it is late,” she said.", SPEAKERS) is not None
    assert len(find("“It is late.”\n– Maren O’Shaye\n" * 5_000, SPEAKERS)) == 5_000


def test_mentions_do_not_overlap() -> None:
    """Each place names one person at most."""
    text = (
        "The union's general secretary, Ms Maren O'Shaye, met the minister and Dr. Ivo van der Lantz of Marsh Academy."
    )
    mentions = People(text, SPEAKERS).mentions
    assert all(one.end <= two.start for one, two in itertools.pairwise(mentions))


@pytest.mark.parametrize(("quote", "whole"), [(quote, kind == "whole") for kind in WHOLE for quote in WHOLE[kind]])
def test_statements_are_told_from_parts_of_sentences(quote: str, whole: bool) -> None:
    """What can stand by itself is whole; a phrase that the reporter built into a sentence is not."""
    assert is_whole(quote) is whole


@given(st.text(max_size=200))
def test_any_words_are_whole_or_not(text: str) -> None:
    """Nothing that stands between marks is an error, and blanks around it change nothing."""
    assert is_whole(text) is is_whole(f" {text} ")
