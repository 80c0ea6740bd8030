"""Pastes whose line breaks were lost, and clean texts that lose nothing."""

from __future__ import annotations

import pytest
from measure import grows_more

from parsers import article_text, furniture

STORY = [
    "The council voted on Tuesday evening to keep the library open for another year.",
    "Residents had gathered outside the town hall with banners and flasks of tea.",
    "Officers warned that the roof would need replacing before the winter after next.",
    "A report published on 4 March 2026 put the cost of repairs at £1.4 million.",
    "Nobody at the company was available for comment when the office was visited.",
    "The scheme was launched in 2019 and has since helped four hundred families.",
    "Several teachers described long evenings spent marking in cold classrooms.",
    "Governors will meet again on Thursday to consider the final budget of the year.",
]
WHOLE = " ".join(STORY)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Library saved as costs rise By Ada Marsh and Bo Lane May 11, 2026 at 6:00 a.m. BST", ""),
        (
            "Library saved A year of waiting is over Ada Marsh Senior reporter 11:14, 12 Jun 2026 Updated 12:30, 12 Jun 2026",
            "",
        ),
        (
            "Library saved Published 2nd Sep 2026, 11:05 BST",
            "Most read Ten gardens to visit this summer with children.",
        ),
        ("", "Recommended Stories Team signs new coach It has signed a coach for the coming season."),
        ("", "Comments 45 Why are schools always like this, can anybody tell me that?"),
        ("", "More from Marl Pool closes The pool will close in June after a leak was found in it."),
    ],
)
def test_a_page_in_one_line_gives_the_story(before: str, after: str) -> None:
    """The date under the headline ends the head, and a heading between two sentences ends the story."""
    article = article_text.extract(f"{before} {WHOLE} {after}")
    assert article.text == WHOLE


def test_a_date_within_a_sentence_is_no_head() -> None:
    """ "On 4 March 2026 the council …" stays a sentence of a text in one line."""
    text = f"The vote came late. On 4 March 2026 the council had asked for time to think. {WHOLE}"
    assert "On 4 March 2026 the council had asked" in article_text.extract(text).text


@pytest.mark.parametrize(
    "sentence",
    [
        "More from the budget is promised for schools, ministers said on Friday.",
        "Subscribe or not, parents will see the reports in September, he added.",
        "Most read the letter twice before they answered it, according to the clerk.",
        "Related charges were dropped in June, the court heard on the second day.",
        "Comments made by the minister on Monday angered the unions in the north.",
    ],
)
def test_sentences_that_begin_like_furniture_stay(sentence: str) -> None:
    """In one line or in many: a sentence is a sentence."""
    for text in (f"{WHOLE} {sentence} {WHOLE[::1]}", "\n".join(["Library saved for a year", *STORY, sentence])):
        assert sentence in article_text.extract(text).text


def test_short_lines_that_open_a_clean_text_belong_to_it() -> None:
    """ "Friends, colleagues," above the first paragraph of a speech is kept, and so is a headline of two words."""
    article = article_text.extract("\n\n".join(["Speech to the annual meeting", "Friends,", "Thank you.", *STORY]))
    assert article.headline == "Speech to the annual meeting"
    assert article.text.startswith("Friends,\n\nThank you.\n\nThe council")
    assert article_text.extract("\n".join(["Road closed", *STORY])).headline == "Road closed"


def test_a_story_goes_on_below_a_linked_title() -> None:
    """Under "Don't miss" stands one title; two paragraphs below it are the story again, one is a teaser."""
    box = ["Don't miss", "Rain map shows where it pours"]
    lines = ["Home", "Library saved for another year", "By Ada Marsh", *STORY[:5], *box, *STORY[5:], "Back to top"]
    assert [block.text for block in article_text.extract("\n".join(lines)).blocks] == STORY
    lines = ["Home", "Library saved for another year", "By Ada Marsh", *STORY[:7], *box, STORY[7], "Back to top"]
    assert [block.text for block in article_text.extract("\n".join(lines)).blocks] == STORY[:7]


def test_comments_make_a_paste_no_clean_text() -> None:
    """Names and remarks without any furniture after "Join the conversation" are not the story."""
    remarks = [
        line for n in range(30) for line in (f"reader{n}", f"I have said so {n} times and nobody listened to me.")
    ]
    lines = ["Library saved for another year", *STORY, "Join the conversation", *remarks]
    assert [block.text for block in article_text.extract("\n".join(lines)).blocks] == STORY


def test_captions_and_posts_in_a_short_page_of_one_line_go() -> None:
    """A caption without a full stop ends where a word with small letters around it begins a sentence."""
    top = "Actor sorry for missing gala 3 January 2019 Share this with Facebook Share this with Email Share Copy this link "
    caption = "Image copyright Getty Images Image caption Dana Ruskin was due to open the show "
    story = (
        'US comedian Dana Ruskin has said sorry to fans after she missed a gala in Miami. "I ran," she wrote later. '
        "The gala, which raised four million dollars for a hospital, had begun without her an hour before midnight. "
        "She had told the crowd that the flight was late and that nobody at the airport could find her shoes."
    )
    rest = " Skip Twitter post by @DanaRuskin Related Topics Comedy More on this story Gala in pictures 4 August 2018"
    article = article_text.extract(top + caption + story + rest)
    assert article.text == story
    assert article.headline == "Actor sorry for missing gala"


#: Characters that stand a thousand times in a row in tables of contents, ruled lines and damaged text, and pieces that
#: phrases of a page begin with.
UNITS = [*".,1 a-–“'(!?/:|·…©#@_", "1.", "1,", "a ", "A ", "A. ", "A, ", "A-", "(Image: a", "By A ", "12:00 ", "1 May "]
#: Eight times the work takes eight times the time, and 64 times where it grows with the square.
SIZE, TIMES, LINEAR = 3_000, 8, 25


@pytest.mark.parametrize("unit", UNITS)
def test_phrases_are_looked_for_in_linear_time(unit: str) -> None:
    """However often a character or the beginning of a phrase is repeated, no phrase is tried from each to the end."""
    small, large = (unit * (size // len(unit)) for size in (SIZE, TIMES * SIZE))
    for pattern in (*map(furniture.inline_phrases, ("inline", "before_titles", "controls")), furniture.dated()):
        found = grows_more(LINEAR, lambda p=pattern: p.findall(small), lambda p=pattern: p.findall(large))  # type: ignore[misc]
        assert found is None, f"{unit!r}: {found}, {pattern.pattern[:60]}"


def test_a_number_of_followers_ends_no_sentence() -> None:
    """The count of an outlet's followers is taken out of a page in one line, however it is written."""
    for count in ("812", "1,204", "3.4K"):
        article = article_text.extract(f"Library saved for a year {WHOLE} {count} Followers {STORY[0]} {STORY[5]}")
        assert "Followers" not in article.text


PARADE = [
    "The parade set off from the brewery at nine with two bands and a camel from the zoo.",
    "Its route had been changed because the bridge on Tanner Street is closed for repairs.",
    "Organisers said that the camel had walked further than most of the councillors.",
    "The brewery paid for the bands, and the zoo charged nothing for the camel.",
]


def body_of(*lines: str) -> list[str]:
    """The blocks of a page of these lines, with a menu above and titles below."""
    page = ["Menu", "Log in", "Camel leads the parade", "By Ada Marsh", "3 May 2026", "Share", *lines]
    page += ["Share", "Most read", "Bins not emptied again", "Back to top"]
    return [block.text for block in article_text.extract("\n".join(page)).blocks]


def test_a_notice_in_a_box_does_not_end_the_story() -> None:
    """Where an advert's end stands below a privacy notice and paragraphs follow, the story goes on."""
    box = ["Free daily newsletter", "Enter your email address", "Privacy notice", "after newsletter promotion"]
    assert body_of(*PARADE[:2], *PARADE[2:], *box, *PARADE_END) == [*PARADE, *PARADE_END]


PARADE_END = [
    "By noon the camel had reached the market, where it ate a hat.",
    "The owner of the hat has asked the zoo for nine pounds.",
    "A bill for the hat has been sent to the brewery.",
]


def test_hours_of_a_live_text_stay() -> None:
    """Hours that head paragraphs, three and more, are the story's."""
    lines = [PARADE[0], "11.15am", PARADE[1], "10.40am", PARADE[2], "9.05am", PARADE[3]]
    assert body_of(*lines) == lines


def test_two_paragraphs_of_the_same_story_go_on_below_cards() -> None:
    """Below a row of titles, paragraphs that speak of the same things are the story's end, a lone teaser is not."""
    cards = [
        "Related articles",
        "Halls to close",
        "12 May 2026",
        "Rents rise in the north",
        "2 May 2026",
    ]
    ending = ["The zoo said that the camel had enjoyed the parade.", "The brewery said the same of the bands."]
    teaser = ["More from the Post", "2 hrs ago", "Star opens shop", "It sells nothing but hooks and eyes.", "2 hrs ago"]
    assert body_of(*PARADE, *cards, *ending, *teaser) == [*PARADE, *ending]


def test_the_sites_name_above_its_path_is_no_headline() -> None:
    """Above a path of links stands the site's name, even if the story has the same words."""
    page = ["Camel and Parade Trader", "Home / News / Camels", "Zoo’s camel leads the brewery’s parade", "By Ada Marsh"]
    article = article_text.extract("\n".join([*page, *PARADE, "Share", "Most read", "Bins not emptied again"]))
    assert article.headline == "Zoo’s camel leads the brewery’s parade"
