"""Lines broken at a width become paragraphs again; lines that stand by themselves stay so."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.article_text import extract
from parsers.hard_wrap import Numbered, is_wrapped, mended, unwrapped

PARAGRAPHS = [
    "The ferry across the Wex will stop at the end of May unless somebody pays for a new engine, its skipper says.",
    "He has kept the boat afloat for nineteen years with parts from other boats, and there are no other boats left.",
    "“We asked the county, and the county asked the town,” he said. “Nobody has written back to either of us.”",
    "A bridge two miles upstream was closed to lorries last autumn after a crack was found in one of its piers.",
    "The parish council will meet in the boathouse on Friday to hear what people are willing to give.",
]


def numbered(text: str) -> list[Numbered]:
    """The lines of a text as the paste parser has them."""
    return [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), 1)]


@pytest.mark.parametrize("width", [42, 50, 58, 65, 72, 80, 96])
def test_paragraphs_come_back(width: int) -> None:
    """At any usual width all words stand in their paragraphs again."""
    lines = numbered("\n\n".join(textwrap.fill(text, width) for text in PARAGRAPHS))
    assert is_wrapped(lines)
    assert [text for _, text in unwrapped(lines)] == PARAGRAPHS


@pytest.mark.parametrize("width", [42, 50, 58])
def test_nothing_is_lost_without_blank_lines(width: int) -> None:
    """Paragraphs that follow at once may run into each other, but keep their words in order."""
    lines = numbered("\n".join(textwrap.fill(text, width) for text in PARAGRAPHS))
    assert is_wrapped(lines)
    assert " ".join(text for _, text in unwrapped(lines)) == " ".join(PARAGRAPHS)


def test_words_broken_by_the_page_are_whole() -> None:
    """A hyphen at the line's end goes where it only breaks the word."""
    text = "\n\n".join(textwrap.fill(text, 60) for text in PARAGRAPHS).replace("ferry across", "fer-\nry across")
    assert unwrapped(numbered(text))[0][1] == PARAGRAPHS[0]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(PARAGRAPHS),
        "\n\n".join(PARAGRAPHS),
        "Home\nNews\nSport\nWeather\nOpinion\nSubscribe\nSign in\n",
        "\n".join(
            f"{name} wins a prize for the best kept harbour of the year"
            for name in ("Ada", "Bo", "Cy", "Di", "Ed", "Flo")
        ),
        "One line.",
        "",
    ],
)
def test_lines_of_their_own_are_not_joined(text: str) -> None:
    """A line a paragraph, a menu and a list of titles are not wrapped."""
    assert not is_wrapped(numbered(text))


def test_a_headline_above_keeps_its_line() -> None:
    """A short line stands by itself although the text below follows at once."""
    text = "Ferry may stop in May\n" + "\n\n".join(textwrap.fill(text, 66) for text in PARAGRAPHS)
    assert unwrapped(numbered(text))[0] == (1, "Ferry may stop in May")


SHORT = ["The auctioneer said that grass was late and feed dear.", "Lambs fell again, and Mr Tate's ewes with them."]


@pytest.mark.parametrize("texts", [PARAGRAPHS[:2], PARAGRAPHS[1:3], [PARAGRAPHS[0], *SHORT, PARAGRAPHS[4]]])
@pytest.mark.parametrize("width", [48, 64, 72, 80])
def test_two_short_paragraphs_are_enough(texts: list[str], width: int) -> None:
    """Where every line is as full as it could be, a few of them show the width."""
    lines = numbered("\n\n".join(textwrap.fill(text, width) for text in texts))
    assert [text for _, text in unwrapped(lines)] == texts
    assert is_wrapped(lines)


def test_a_longer_headline_and_short_rows_hide_no_width() -> None:
    """A title that was not broken and rows of a few words are no lines of the width, and stay by themselves."""
    rows = ["Lambs £141", "Ewes £88", "Steers £1,520", "Goats £60"]
    title = "Ferry across the Wex may stop in May unless somebody pays for its engine, skipper says"
    wrapped = [textwrap.fill(text, 60) for text in PARAGRAPHS]
    lines = numbered("\n\n".join([title, *wrapped[:2], "\n".join(rows), *wrapped[2:]]))
    assert [text for _, text in unwrapped(lines)] == [title, *PARAGRAPHS[:2], *rows, *PARAGRAPHS[2:]]
    assert is_wrapped(lines)


@pytest.mark.parametrize("mark", ["• {}", "▪ {}", "- {}", "– {}", "{n}. {}", "({n}) {}", "{n}) {}", "* {}"])
def test_items_of_a_list_stay_items(mark: str) -> None:
    """Marked lines as full as the paragraphs around them are no sentence, and each keeps its own second line."""
    items = [
        "free crossings for all the children who live on the far bank",
        "half the price for those who come with a bicycle or a small dog",
        "no crossings at all after dark, because the far lamp is broken and nobody will mend it before May",
    ]
    items = [mark.format(item, n=n) for n, item in enumerate(items, 1)]
    wrapped = [textwrap.fill(text, 66) for text in PARAGRAPHS]
    below = "\n".join([textwrap.fill("The skipper told the people in the boathouse what it would take:", 66), *items])
    lines = numbered(
        "\n\n".join([*wrapped[:2], "\n".join(textwrap.fill(t, 66) for t in below.split("\n")), wrapped[2]])
    )
    assert [text for _, text in unwrapped(lines)] == [*PARAGRAPHS[:2], *below.split("\n"), PARAGRAPHS[2]]


def test_a_dash_or_number_within_a_sentence_begins_no_item() -> None:
    """A line that happens to begin with a spaced dash or a number goes on with its sentence."""
    broken = """He rowed across for all of the nineteen summers
– and for nothing – until the council stopped it on May
30. He laughed at that, as he had laughed at the rest."""
    text = broken.replace("\n", " ")
    lines = numbered("\n\n".join([broken, *(textwrap.fill(text, 54) for text in PARAGRAPHS)]))
    assert unwrapped(lines)[0][1] == text


def test_a_subhead_in_capitals_stays_by_itself() -> None:
    """A full line of capitals heads the paragraph right below it."""
    head = "WHAT HAPPENS NEXT TO THE PEOPLE WHO LIVE ON THE FAR BANK"
    wrapped = [textwrap.fill(text, 60) for text in PARAGRAPHS]
    lines = numbered("\n\n".join([*wrapped[:3], f"{head}\n{wrapped[3]}", wrapped[4]]))
    assert [text for _, text in unwrapped(lines)] == [*PARAGRAPHS[:3], head, *PARAGRAPHS[3:]]


VERSE = """the last boat out had a hull of tin and a skipper made of rain
and all the crew were kith and kin of the folk of Nether Dale
they sailed from the quay on a Tuesday noon with a cargo of bells
and none of them knew that the tide was low or who held the sails
so they sat on the sand till the moon was up and sang as sailors do
and the bells rang out from the broken hold and the town rang back"""


@pytest.mark.parametrize("text", [VERSE, VERSE.title(), VERSE.replace(" and ", ", ")])
def test_verse_is_not_joined(text: str) -> None:
    """Lines that end where a thought does are lines of their own, also in small letters and of like length."""
    assert not is_wrapped(numbered(text))


@given(st.lists(st.text(max_size=90), max_size=30))
def test_any_lines(lines: list[str]) -> None:
    """No text raises, and joining loses no character but hyphens and blanks."""
    made = numbered("\n".join(lines))
    is_wrapped(made)
    kept = "".join(text for _, text in unwrapped(made))
    wanted = "".join(text for _, text in made)
    assert [char for char in kept if char not in " -\u2010"] == [char for char in wanted if char not in " -\u2010"]


@pytest.mark.parametrize("width", [50, 58, 65, 72, 80])
def test_a_wrapped_paste_keeps_all_its_words(width: int) -> None:
    """A mail or a PDF page copied whole gives its headline and every paragraph."""
    text = "Ferry may stop in May\n\n" + "\n\n".join(textwrap.fill(text, width) for text in PARAGRAPHS)
    article = extract(text)
    assert article.headline == "Ferry may stop in May"
    assert article.text.split("\n\n") == PARAGRAPHS


RAGGED = """The council voted on Thursday to keep the library in
Marl open for at least three more years, after a petition that was signed by nine thousand
readers.

It had wanted to sell the building in the spring and to move the
books to the town hall, which is open for two days a week
and has no lift at
all.

The vote was eleven to four. A report on the costs of the building will be published before the
end of the year."""


def test_lines_of_uneven_width_are_one_paragraph() -> None:
    """A sentence broken at no one width stays whole: it neither becomes a standfirst nor loses its beginning."""
    found = extract(f"Town keeps its library after a year of protest\n\nBy Nia Marlow\n\n{RAGGED}\n")
    assert found.standfirst is None and found.headline == "Town keeps its library after a year of protest"
    assert [block.text for block in found.blocks] == [" ".join(text.split()) for text in RAGGED.split("\n\n")]


@pytest.mark.parametrize(
    "text",
    [
        "Town keeps its library open after a year of protest\nby nia marlow\n3 min read",
        "Town keeps its library open after a year of protest\nmore on this story\nphoto: a reader",
        "Town keeps its library open after a year of protest\n\nit was a long year for its readers.",
        "Everything we know so far about the ferry.\nmore of this on Monday, when the council meets.",
        "bread\nmilk\ntwo lamps and a long rope.",
    ],
    ids=["byline", "menu", "blank", "ended", "list"],
)
def test_lines_that_stand_alone_stay_so(text: str) -> None:
    """Small letters alone join nothing: not below a blank line, an end or a short line, nor without an end."""
    assert [line for _, line in mended(numbered(text))] == [line for line in text.splitlines() if line]
