"""Menus and rows of titles in a page whose line breaks were lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import article_text, paste_lines, paste_runs

STORY = (
    "The ferry to Inchmore will not sail again before the spring, because the slipway has cracked along its whole "
    "length. Engineers found the damage when they drained the dock, and they said that it had been growing for years. "
    "“We were told that it would hold,” said Ina Rae, who has sold tickets there since she left school. "
    "The council has asked for two quotations, and it will decide on the cheaper one when it meets in February. "
    "Until then a bus will take pupils round by the bridge, which adds forty minutes to every journey."
)
MENU = "Home News Sport Weather What’s On Jobs Motors Property Public Notices Buy A Photo Puzzles Contact Us"
TITLES = (
    "Harbour café wins award Two held after raid on Lochend shop Rangers sign winger on loan Snow gates closed on A939 "
    "Five walks for a wet Sunday Pub quiz raises £900 Bin strike off"
)


def text(paste: str) -> str:
    """The body of a paste."""
    return article_text.extract(paste).text


def test_a_menu_before_and_titles_after_a_story_go() -> None:
    """Words without sentences around the story are left out, and the story stays whole."""
    paste = f"{MENU} Share this article {STORY} {TITLES} {MENU}"
    article = article_text.extract(paste)
    assert article.text == STORY
    assert {item.reason for item in article.dropped} >= {paste_lines.RUN}


@pytest.mark.parametrize(
    "sentence",
    [
        "The winners were Ada Marsh, Tom Okoro, Dame Alys Crewe, Moira Teal, Piers Aldous, Lena Quist and Bo Lane.",
        "Marlow Green Primary School, Coldbrook High School and St Anne’s Roman Catholic Sixth Form College will close.",
        "Prime Minister Ada Marsh met French President Tom Okoro in Downing Street on Tuesday 4 March 2025.",
        "Coldbrook beat Netherby 3-1, Truro drew 2-2 with Leominster and Westmere lost 4-0 to Fellgate on Saturday.",
    ],
)
def test_sentences_full_of_names_stay(sentence: str) -> None:
    """Names and numbers inside a sentence are no menu, however many there are."""
    assert all(not is_run for _, is_run in paste_runs.divided(f"{STORY} {sentence} {STORY}"))


def test_a_table_in_a_text_without_a_page_around_it_stays() -> None:
    """Where nothing else shows that more than the article was copied, runs of names and numbers are its own."""
    table = "Council Pupils Cost Coldbrook 2,140 £9,300 Netherby 1,820 £7,900 Truro 900 £4,100"
    assert table in text(f"{STORY} {table} {STORY[::-1][:0]}{STORY}")


def test_a_list_led_into_stays_between_furniture() -> None:
    """What a colon leads into is the story's, also on a page with menus around it."""
    schools = "Marlow Green Primary Coldbrook High School St Anne’s Infants Westmere Academy Truro Nursery"
    paste = (
        f"{MENU} Share this article {STORY} These schools will close: {schools} {STORY.replace('The', 'This')} {TITLES}"
    )
    assert "Westmere Academy" in text(paste)


@given(st.text(alphabet=st.sampled_from("Aa b.,:9“”|–\u00a0é"), max_size=300))
def test_the_stretches_are_the_text(paste: str) -> None:
    """Nothing is lost or added where a text is divided, and prose and runs take turns."""
    found = paste_runs.divided(paste)
    assert " ".join(stretch for stretch, _ in found) == paste


def test_rows_of_topics_and_broken_off_teasers_go() -> None:
    """Below a story, its topics in one long line and the first words of other stories are not told further."""
    topics = (
        "Inchmore, Lochend, Highland Council, Ferry Services, Slipways, Ina Rae, School Buses, Winter Timetable, "
        "Ferry Tickets, Public Inquiry, Harbour Trust, Transport Scotland, Island Life"
    )
    teasers = ["Snow gates close", "The A939 was shut on Monday after snow fell for nine hours and plans for…"]
    teasers += ["Rangers sign winger", "The club said that the winger had passed a medical in Glasgow and would…"]
    paste = "\n".join(["Share", *STORY.split(". "), topics, "Share", *teasers, "Share"])
    kept = text(paste)
    assert "Winter Timetable" not in kept
    assert "A939" not in kept
    assert "forty minutes" in kept


def test_results_with_places_in_brackets_stay() -> None:
    """Names with places in brackets and times are results, also on a page whose line breaks were lost."""
    results = "Girls 1 A Marsh (Truro) 12:04 2 L Quist (Netherby) 12:11 3 P Orme (Truro) 12:30 4 B Lane (Ash) 12:41"
    assert "P Orme" in text(f"{MENU} Share this article {STORY} {results} {STORY.replace('The', 'This')} {TITLES}")
