"""Verse, transcripts and live texts in pasted pages, and what looks like them."""

from __future__ import annotations

import pytest

from parsers import article_text, paste_forms, paste_lines

TOP = ["Home", "News", "Sport", "Sign in", "Share", "The gull that went to school", "By Ivo Tarn", "4 November 2026"]
STORY = [
    "A gull has moved into the cloakroom of a primary school in Coldbrook and will not leave.",
    "The head, Vera Lindqvist, said that the children had named it after the chair of governors.",
    "The council has told her that a gull may not be moved until its young have flown in July.",
]
REST = [
    "Children leave crusts for it on the sill, and the caretaker has given up the mop for good.",
    "A spokesman for the county said that it had no rule about gulls and would not write one.",
    "The bird was last seen on Friday, asleep on a coat that belongs to somebody in Year 2.",
]
END = ["Share", "Read more: Ten gulls of the year", "More from Coldbrook", "Bus lane closed", "Back to top"]
VERSE = [
    "The gull has eaten Monday's bread,",
    "and Tuesday's, from the bin;",
    "it sleeps on someone's winter coat",
    "and lets nobody in.",
    "We ask it nicely to be gone,",
    "it looks at us, and stays,",
]


def body(*parts: list[str]) -> str:
    """The text that is kept of a page with these parts."""
    return article_text.extract("\n".join(line for part in (TOP, *parts, END) for line in part)).text


def test_verse_inside_a_page_stays_line_by_line() -> None:
    """Lines that run on from one to the next are a poem, however short they are."""
    text = body(STORY, VERSE, REST)
    assert all(line in text for line in VERSE)


def test_verse_alone_is_an_article() -> None:
    """A pasted poem needs no paragraph of prose."""
    text = article_text.extract("\n".join(["The gull", *VERSE])).text
    assert [line for line in VERSE if line not in text] == []


@pytest.mark.parametrize(
    "cards",
    [
        ["Gull eats pasty in Coldbrook", "Tram late again, says mayor", "Owl found in post office", "Ten cheap soups"],
        ["list of 3 items", "list 1 of 3 The boat school", "list 2 of 3 The last tram", "end of list"],
        ["The Old Tram Shed,", "14 Cooper's Row,", "Harbourside,", "Coldbrook"],
    ],
    ids=["titles", "spoken list", "address"],
)
def test_titles_and_addresses_are_no_verse(cards: list[str]) -> None:
    """Capitals, commas and small letters alone don't make a stanza."""
    lines = paste_lines.read("\n".join(["More from Coldbrook", *cards, "Share"]))
    assert [line.kind for line in lines].count("sentence") == 0


def test_a_list_under_a_colon_is_no_verse() -> None:
    """Points that end with semicolons are points where a colon led into them."""
    points = ["a coat with a name in it;", "a cup that does not leak;", "two pairs of socks;", "and a book from home."]
    article = article_text.extract("\n".join([*STORY, "Parents should bring these things on the day:", *points]))
    assert [block.text for block in article.blocks if block.kind == "li"] == []
    assert all(point in article.text for point in points)


TALK = [
    ("Presenter", "Will you move the gull before the summer or will you wait?"),
    ("Vera Lindqvist", "We can't. You try to lift one, and tell us how it went."),
    ("Presenter", "What does our listener do who has one at home?"),
    ("Vera Lindqvist", "Give it your coat. Ask us for another one."),
]


@pytest.mark.parametrize("minutes", [True, False])
def test_speakers_named_in_lines_of_their_own_stay(minutes: bool) -> None:
    """Names that come in turns are told with what they say; the minutes beside them go."""
    lines = []
    for count, (name, said) in enumerate(TALK):
        lines += [name, f"00:1{count}", said] if minutes else [name, said]
    text = body(STORY, lines, REST)
    assert text.count("Vera Lindqvist\n") == text.count("Presenter\n") == 2
    assert "00:1" not in text
    assert all(said in text for _, said in TALK)


def test_what_is_said_in_a_transcript_is_said_to_no_reader() -> None:
    """Questions and requests behind a speaker's name stay; the outlet's own appeal below them goes."""
    said = [f"{name}: {words}" for name, words in TALK]
    appeal = "If you enjoyed this talk, leave us five stars wherever you listen to our programme."
    text = body(STORY, said, REST, [appeal])
    assert all(line in text for line in said)
    assert appeal not in text


def test_labels_that_do_not_take_turns_make_no_talk() -> None:
    """Captions and facts under the same label four times are no conversation."""
    lines = paste_lines.read("\n".join(f"Price: it was {count} pounds for the day." for count in range(5)))
    assert paste_forms.talk(lines) == frozenset()


LIVE = ["14:12", "A sticking plaster", STORY[0], "13:05", "Money at last", STORY[1], "12:31", STORY[2]]


def test_the_newest_entry_of_a_live_text_keeps_its_points() -> None:
    """Heading and points over the first paragraph of a live text are part of it."""
    points = ["15:40", "What we know so far", "The gull stays until July", "The head has a new coat"]
    text = body(points, [STORY[2]], LIVE)
    assert all(point in text for point in points)


def test_points_after_a_box_in_a_list_stay() -> None:
    """A list in small letters goes on below a newsletter box, whose lines go."""
    first = ["a spare pair of socks", "a coat with a name in it", "a cup that does not leak"]
    box = ["Coldbrook Mornings", "One email, five stories, no fuss", "Email address", "Sign up"]
    rest = ["a book from home", "something small that smells of the house"]
    text = body(STORY, ["All four teachers named the same things:"], first, box, rest, REST)
    assert all(point in text for point in (*first, *rest))
    assert not any(line in text for line in box)


def test_two_signed_letters_are_letters() -> None:
    """Names and places below two paragraphs stay, also where no heading calls them letters."""
    signed = [STORY[0], "Joan Prewett", "Diss", STORY[1], "Emeka Obi", "Norwich", STORY[2]]
    text = body(signed)
    assert all(line in text for line in signed)


def test_what_somebody_said_heads_its_paragraphs() -> None:
    """A short quotation over a paragraph stays, even below the lines of a poll."""
    text = body(STORY, ["Do you like gulls?", "Yes", "No", "Not sure", "1,204 votes", "'Not a long-term answer'"], REST)
    assert "Not a long-term answer" in text
    assert "Not sure" not in text


def test_the_days_of_a_life_close_an_obituary() -> None:
    """The line with the days of birth and death stays, though it has no full stop."""
    last = "Vera Lindqvist, headteacher, born 3 March 1935; died 29 October 2026"
    assert last in body(STORY, REST, [last])


def test_minutes_of_a_recording_go_from_a_page_of_one_line() -> None:
    """They begin at nought and never go back; the hours of a day do neither."""
    lines = [line for count, (name, said) in enumerate(TALK) for line in (name, f"00:1{count}", said)]
    text = article_text.extract(" ".join([*TOP, *STORY, *lines, *REST, *END])).text
    assert "00:1" not in text
    assert all(said in text for _, said in TALK)
    day = ["Breakfast was at 8:30 On Tuesday.", "Lunch came at 12:15 In the hall.", "Tea was at 4:00 In the yard."]
    told = article_text.extract(" ".join([*TOP, *STORY, *day, "Bed was at 7:30 For them all.", *REST, *END])).text
    assert all(hour in told for hour in ("8:30", "12:15", "4:00", "7:30"))


def test_a_short_first_sentence_below_the_date_stays_in_a_page_of_one_line() -> None:
    """A story may begin with seven words."""
    first = "The ballot closed at noon on Wednesday."
    assert article_text.extract(" ".join([*TOP, first, *STORY, *REST, *END])).text.startswith(first)


def test_hours_of_a_live_text_in_one_line_are_no_words_of_its_sentences() -> None:
    """Hour and button between two entries break them up."""
    entries = [*STORY[:1], "Share", "12.05 GMT", *STORY[1:], "Share", "Updated at 12.31 GMT", "09.40 GMT", *REST]
    text = article_text.extract(" ".join([*TOP, *entries, *END])).text
    assert "Share" not in text
    assert all(line in text for line in (*STORY, *REST))
