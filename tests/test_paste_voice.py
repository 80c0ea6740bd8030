"""Sentences by which an outlet speaks to its reader, and titles of other stories, between a story's paragraphs."""

from __future__ import annotations

import pytest

from parsers import article_text

STORY = [
    "A lollipop man who has stopped traffic in Netherby for forty years was given a lorry of his own on Friday.",
    "Cyril Platt, 83, drove it once round the school before the engine stalled outside the post office.",
    "“I have been shouted at by every haulier in the county,” he said, “and now they have to shout at us.”",
    "The lorry was bought by four companies whose drivers pass the crossing, and its horn plays a hymn.",
    "Head teacher Moira Teal said that attendance had never been better than on the day it came.",
    "Police closed the lane for an hour, and nobody complained except a goose.",
    "Mr Platt intends to retire in the spring, when a set of lights will do the work he has done.",
    "The lights cost £48,000, which the parish has borrowed at four per cent.",
]
TOP = ["Menu", "Log in", "The Netherby Bugle", "Lollipop man is given a lorry", "By Lena Quist", "3 May 2026", "Share"]
BOTTOM = ["Share", "Most read", "Goose on the loose again", "Back to top", "© Bugle Media"]

APPEALS = [
    "Liking what you see? Our village round-up lands every Thursday, and you choose the villages.",
    "Thanks for being with us. Readers like you keep the lights on here, so do chip in if you can.",
    "Should the lights wait? Vote in our poll below, then tell us why.",
    "Did you see the lorry? Send a picture to lorry@bugle.example.",
    "Bugle readers get a badge: tap here and we’ll put yours in the post.",
]


def kept(lines: list[str]) -> list[str]:
    """The body of a page of these lines."""
    return [block.text for block in article_text.extract("\n".join([*TOP, *lines, *BOTTOM])).blocks]


@pytest.mark.parametrize("appeal", APPEALS)
def test_what_an_outlet_tells_its_reader_goes_in_any_words(appeal: str) -> None:
    """In a story about others, a paragraph of "you" and "we" that asks for something is the outlet's."""
    page = [*TOP, *STORY[:4], appeal, *STORY[4:], *BOTTOM]
    article = article_text.extract("\n".join(page))
    assert [block.text for block in article.blocks] == STORY
    assert appeal in [item.text for item in article.dropped]


@pytest.mark.parametrize(
    "line",
    [
        "“You can have our lorry back when we have driven it,” Mr Platt told them.",
        "Mr Platt told the Bugle that you never know which of our drivers will wave.",
        "If you stand at the crossing at nine, the horn is hard to miss.",
        "We asked the four companies what the lorry had cost.",
    ],
)
def test_quoted_and_single_words_to_the_reader_stay(line: str) -> None:
    """Speech, reports, and a reporter's lone "you" or "we" are the story's."""
    assert line in kept([*STORY[:4], line, *STORY[4:]])


def test_a_column_keeps_its_own_voice() -> None:
    """Where many paragraphs say "you" and "we", none of them goes."""
    column = [
        "You will have your own view of Cyril Platt, and we have ours in this house.",
        "He once stopped our car to tell you what he thought of your hat, if you were the one driving.",
        "Try it yourself: stand in our lane at nine and hold up your hand.",
        "You feel the wind of each lorry, and we felt it every day for a year.",
        "Get a better coat than mine, is what I tell you, and keep your feet dry.",
        "We owe him more than a lorry, and you know it.",
        "So write to us at the parish, or to your councillor, and say so.",
    ]
    assert kept(column) == column


def test_titles_under_a_label_and_titles_alone_go() -> None:
    """Titles that share no word with the story are other stories', whatever stands above them."""
    box = ["Making news today:", "Bakery by the quay shuts for ever", "Bin strike enters a third month"]
    lone = "How one grandmother built a boat from her kitchen table"
    assert kept([*STORY[:3], *box, *STORY[3:5], lone, *STORY[5:]]) == STORY


def test_lists_and_subheads_of_the_story_stay() -> None:
    """A list whose lines begin alike or speak of the same things is the story's, as is a short subhead."""
    rows = ["Day one: the gearbox, because it sticks", "Day two: the horn, because it sings", "Day three: the goose"]
    points = ["What the parish has borrowed:", "Four thousand for a set of temporary lights", "Eight for paint"]
    lines = [*STORY[:2], "What he will learn", *rows, *STORY[2:6], *points, *STORY[6:]]
    assert kept(lines) == lines


def test_a_headline_that_shares_no_word_stands_nearest_to_the_story() -> None:
    """A menu entry of some words is no headline where another line stands right above the byline."""
    page = ["Log in", "Best of the Bugle", "Jobs", "Stop, look, listen and leave", "By Lena Quist", *STORY, *BOTTOM]
    assert article_text.extract("\n".join(page)).headline == "Stop, look, listen and leave"


@pytest.mark.parametrize(
    "between", ["12 November 2026", "* * *", "★★★★", "Share", "By Ada Marsh", "4 min read", "Photo: Tom Reed"]
)
def test_what_stands_between_headline_and_deck_hides_no_headline(between: str) -> None:
    """A date, stars, a byline or a button below a headline that shares no word with the story is no menu."""
    page = ["Stop, look, listen and leave", between, "Our reporter went to find out more", *STORY]
    assert article_text.extract("\n".join(page)).headline == "Stop, look, listen and leave"


def test_appeals_in_several_sentences_go_from_a_page_in_one_line() -> None:
    """Sentences in a row that speak to the reader, and ask for something, are one box."""
    box = "Papers like ours are only here because people like you pay for them. Go on, give it a whirl."
    page = " ".join([*TOP, *STORY[:5], box, *STORY[5:], *BOTTOM])
    assert article_text.extract(page).text.split() == " ".join(STORY).split()


def test_words_within_a_quotation_of_several_sentences_stay() -> None:
    """What somebody quoted asks of "you" for "us" is the story's, in whichever sentence of the quotation."""
    speech = (
        "“I want this crossing kept,” said Lena Quist. “You have taken our bus. Give us your word, and try to keep it.”"
    )
    page = " ".join([*TOP, *STORY[:5], speech, *STORY[5:], *BOTTOM])
    assert "Give us your word" in article_text.extract(page).text


def test_a_greeting_before_a_live_text_stays() -> None:
    """The first paragraphs may greet the reader."""
    greeting = "We will bring you the parade as it passes our window, so keep an eye on this page."
    assert greeting in kept(["9.05am", greeting, *STORY])


def test_a_sentence_that_only_begins_like_a_request_stays() -> None:
    """A long sentence that tells of others and speaks to nobody is the story's, whatever newsletters it names."""
    line = (
        "Register for the crossing scheme closed in May, when the paid weekly newsletter that had carried it was ended."
    )
    assert line in kept([*STORY[:4], line, *STORY[4:]])
