"""How good the reading of pasted text has to stay, on invented pages and clean articles."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from clean_articles import KINDS, articles
from hypothesis import given
from hypothesis import strategies as st

from parsers import article_html, article_text, pitches
from parsers.model import Article

CASES = sorted((Path(__file__).parent / "cases" / "articles_text").glob("*.lines"))
#: Words of clean articles that may be left out, and groups of four words right on average in pages without line breaks.
MOST_LOST = 0.001
LEAST_IN_ONE_LINE = 0.92
WORST_IN_ONE_LINE = 0.75


def words(text: str) -> list[str]:
    """The words and numbers of a text."""
    return re.findall(r"\w+", text)


def told(article: Article) -> Counter[str]:
    """Every word that is in a field of the article."""
    fields = (article.text, article.headline, article.standfirst, article.section, *article.bylines)
    return Counter(words(" ".join(field for field in fields if field)))


@pytest.mark.parametrize("between", ["\n\n", "\n", " "], ids=["blank lines", "lines", "one line"])
def test_clean_articles_lose_hardly_a_word(between: str) -> None:
    """Lists, tables, letters, recipes, interviews and dates stay: nothing around them was pasted."""
    lost, whole = Counter[str](), 0
    for kind, lines in articles(6):
        text = between.join(lines)
        whole += len(words(text))
        lost[kind] += (Counter(words(text)) - told(article_text.extract(text))).total()
    assert lost.total() <= MOST_LOST * whole, lost
    assert set(lost) == set(KINDS)


def groups(text: str) -> set[tuple[str, ...]]:
    """All groups of four neighbouring words."""
    found = words(text)
    return set(zip(*(found[start:] for start in range(4)), strict=False))


def fit(path: Path) -> float:
    """F1 of a page whose line breaks were lost, against the lines marked as its body."""
    marked = [line.split("|", 1) for line in path.read_text("utf-8").splitlines()]
    lines = [(mark, text.strip().split(" =>")[0]) for mark, text in marked if text.strip()]
    right = groups("\n".join(text for mark, text in lines if mark in "phlq"))
    found = groups(article_text.extract(" ".join(text for _, text in lines)).text)
    return 2 * len(found & right) / (len(found) + len(right))


def test_pages_in_one_line_give_nearly_their_body() -> None:
    """Without line breaks, menus, dates, captions and pointers are still told from the story."""
    fits = {path.stem: fit(path) for path in CASES}
    assert sum(fits.values()) / len(fits) >= LEAST_IN_ONE_LINE, fits
    assert min(fits.values()) >= WORST_IN_ONE_LINE, fits


def test_a_dated_subhead_in_a_full_page_stays() -> None:
    """A bare day between two paragraphs heads the second, also where a page was pasted around them."""
    story = [
        "The first stone was laid by the mayor in front of four hundred people and a band.",
        "Nobody at the time could say what it would cost, and nobody dared to ask.",
    ]
    lines = ["Home", "News", "A short history of the bridge", "Share", *story, "4 May 1952", *reversed(story)]
    lines += ["Read more: The bridge in pictures", "More from Coldbrook", "Bus lane closed", "Back to top"]
    assert "4 May 1952" in article_text.extract("\n".join(lines)).text


@pytest.mark.parametrize(
    "line",
    [
        "Privacy Notice: Newsletters may contain information about charities, online ads, and content funded by "
        "outside parties. " * 3,
        "Want a quick guide to the week? Sign up for our newsletter and listen to our podcasts.",
        "At the Marl Evening News, we bring you the most important breaking news as well as must-read features first. "
        "Our free community keeps you in the know, and you can get our biggest stories in your inbox every day.",
        "To support our work, buy a copy of the magazine or get the app.",
    ],
)
def test_notices_and_pitches_go_and_say_why(line: str) -> None:
    """A request to the reader or a notice of any length is left out with its reason."""
    story = ["The council voted on Tuesday evening to keep the library open for another year."] * 1
    story += ["Residents had gathered outside the town hall with banners and flasks of tea."]
    article = article_text.extract("\n".join(["Library saved for a year", *story, line, *story[::-1][:0]]))
    assert line.strip() not in article.text
    assert any(item.reason in ("notice", "newsletter, subscription or appeal") for item in article.dropped)


@pytest.mark.parametrize(
    "line",
    [
        "Subscribe to that view and you must accept that the bridge will never be finished.",
        "We told you last year that our school was full, and your letters said that you would wait.",
        "Keep the receipt, fill in the form and send both to the address on the back.",
        "“Sign up for our newsletter,” the minister said, “and read about our opinions there.”",
    ],
)
def test_advice_and_quoted_requests_stay(line: str) -> None:
    """A sentence that asks for nothing of a publisher's, or quotes somebody who does, is the story's."""
    story = ["The council voted on Tuesday evening to keep the library open for another year."]
    assert line in article_text.extract("\n".join(["Library saved for a year", *story * 3, line])).text


#: Paragraphs of a column on phones, networks and money in schools, beginning as requests often do.
COLUMN = [
    "Our poll of ninety schools found that TikTok and YouTube are what most children open before breakfast.",
    "Support for a limit on Instagram and Facebook has doubled since the spring, and few heads now speak against it.",
    "Change in the pupil premium and in digital marking was promised by two ministers and begun by neither.",
    "To support families the county pays a premium per month and lends a digital tablet to each child.",
    "For more than a term the e-mails and alerts of the trust have reached teachers at nine in the evening.",
    "Do you have to own a phone to hand in homework, readers of the school's magazine wondered in a long discussion.",
    "Watch any corridor at noon and the latest alerts from WhatsApp and Instagram light it up.",
    "Follow our school through a week: the e-mails begin at six and the alerts on our app never stop.",
    "Join the staff of a large trust and you get a magazine, a podcast and the latest on your pay.",
    "Get the app off the phones, keep the alerts silent, and children read more, our work in four towns suggests.",
    "Unlock the premium for sixth forms and the digital divide would close within two years at most.",
    "Keep your phone in a locker, sign up for the chess club and read your e-mails at home: the rules are simple.",
    "Get in touch with your branch before you sign up to a new contract, and tell us how your school answered.",
    "To support our work on pay, the executive asks every branch to send two delegates to Leeds in May.",
    "To support our members in digital exams, the guild will tell us by Friday which schools are affected.",
    "Our coverage of special offers in canteens led to a new rule, and our website now lists them for you.",
    "Our digital exams will need a year more, and our community of readers has told the board so on Facebook.",
    "Got a story? So has every head in the county, and most of them are about a telephone and a parent.",
]
AROUND = ["Home", "News", "Phones in school", "Share", "By Dee Ford"], ["Read more: The bridge", "Back to top"]


@pytest.mark.parametrize("form", ["plain", "page", "html", "one line"])
def test_a_column_on_phones_and_premiums_stays_whole(form: str) -> None:
    """Networks, apps and premiums are subjects; a paragraph goes only where a publisher asks for something."""
    story = ["The council voted on Tuesday evening to keep the phones out of all its schools.", *COLUMN]
    if form == "html":
        inside = "".join(f"<p>{line}</p>" for line in story)
        page = f"<html><title>Phones in school</title><article><h1>Phones in school</h1>{inside}</article></html>"
        text = article_html.extract(page.encode()).text
    else:
        top, below = AROUND if form == "page" else (["Phones in school"], [])
        text = article_text.extract((" " if form == "one line" else "\n").join([*top, *story, *below])).text
    assert [line for line in story if line not in text.replace("\n\n", " ")] == []


def test_a_sentence_beside_a_pitch_stays() -> None:
    """Only half a pitch goes with the other half on its line, not a sentence of the story in the imperative."""
    story = "The council voted on Tuesday evening to keep the library open for another year."
    line = "Watch the doors at nine and the queue tells the rest."
    pitch = "Sign up for our newsletter and listen to our podcasts."
    article = article_text.extract(" ".join(["Library saved for a year", story, *COLUMN, line, pitch, story]))
    assert line in article.text and pitch not in article.text


@given(st.lists(st.sampled_from([*COLUMN, "our ", "your app ", "sign up ", ". ", "a "]), max_size=60))
def test_what_is_asked_of_a_line_never_raises(parts: list[str]) -> None:
    """Any run of the words of pitches is answered."""
    line = "".join(parts)
    assert pitches.is_pitch(line) in (True, False) and pitches.is_half(line) in (True, False)


def test_a_numbered_item_keeps_its_number() -> None:
    """Texts refer to numbers ("see demand 2"), so they stay, without a bullet before them."""
    demands = ["The readers made two demands of the council on Tuesday evening.", "1. Tell us", "2. Ask us"]
    lines = ["Library saved for a year", *demands]
    assert article_text.extract("\n".join(lines)).text.endswith("1. Tell us\n\n2. Ask us")


def test_a_form_for_letters_below_a_story_makes_it_no_page_of_letters() -> None:
    """ "Letters to the editor" heads letters only at the top; below a story it ends it."""
    story = [
        "The council voted on Tuesday evening to keep the library open for another year.",
        "Residents had gathered outside the town hall with banners and flasks of tea.",
        "Officers warned that the roof would need replacing before the winter after next.",
    ]
    form = ["Letters to the editor", "Letters should be sent to the usual address and include a full postal address."]
    article = article_text.extract("\n".join(["Library saved for a year", "Share", *story, *form, "Find out more"]))
    assert [block.text for block in article.blocks] == story


def test_many_short_lines_do_not_make_a_page_clean() -> None:
    """Some buttons in a long list of words below a story show a page, as they do in a short one."""
    story = [f"Sentence {n} of a story that goes on for as long as its writer has something to say." for n in range(30)]
    row = ["Share", "Accountancy", "Baking", "Share", "Building", "Cleaning", "Like", "Design", "Driving", "Farming"]
    lines = ["Jobs return to the high street", *story, *row * 3, "Fishing", "Nursing", "Sewing"]
    assert article_text.extract("\n".join(lines)).text.splitlines()[-1] == story[-1]
