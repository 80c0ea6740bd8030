"""Adverts in the third person between the paragraphs of a pasted page, and news that reads like them."""

from __future__ import annotations

import pytest

from parsers import article_text, paste_promo

TOP = ["The Marl Gazette", "Home", "News", "Sign in", "Share", "The roof that nobody owned", "By Ivo Tarn"]
STORY = [
    "A survey of 3,100 school roofs has found that one in nine belongs to nobody who can be named.",
    "The surveyor, Vera Lindqvist, said that she had met a birch tree on one of them.",
    "In one town the roof was owned by a diocese, a council and a supermarket that had closed.",
]
REST = [
    "Nobody could say who pays when it rains in, and so for nine years nobody has.",
    "The caretaker keeps two buckets under the hole, the second of them for the first.",
    "Ministers said that a list of all roofs would be published before the spring.",
]
END = ["Share", "Read more: Ten roofs of the year", "More from Marl", "Bus lane closed", "© Marl Gazette Ltd 2026"]


def page(*parts: list[str]) -> str:
    """The lines of a page with these parts after two thirds of its story."""
    return "\n".join([*TOP, "4 November 2026", *STORY, *(line for part in parts for line in part), *REST, *END])


@pytest.mark.parametrize(
    "box",
    [
        ["The Marl Gazette's weekly newsletter brings parents the stories that matter.", "Enter your email", "Sign up"],
        ["The Gazette's weekly newsletter brings parents the stories that matter.", "Enter your email", "Sign up"],
        ["The Marl Gazette awards ceremony takes place on 3 March, with prizes for the best roof in the county."],
        ["Not a member yet?", "Surveyors in the guild earn more and never stand alone on a roof.", "Join the guild"],
    ],
    ids=["letter", "short name", "own event", "union"],
)
def test_what_the_outlet_offers_goes_with_its_reason(box: list[str]) -> None:
    """An advert that speaks of its seller as "it" or "they" goes, by its button or by the outlet's name."""
    article = article_text.extract(page(box))
    assert [line for line in box if line in article.text] == []
    assert any(item.reason == paste_promo.PROMOTION for item in article.dropped)


@pytest.mark.parametrize(
    "news",
    [
        ["The national roofing conference takes place in Leeds on 3 March, with ministers among the speakers."],
        ["The union's summit opens on Monday, and delegates said that roofs would be its first subject."],
        ["The Marl Gazette magazine was founded by a roofer and had no readers for its first two years."],
        ["The club gives children breakfast at seven, and for most of them it is the first meal of the day."],
        ["Not a roofer?", "The survey lists 212 trades that may work at height without asking a council first."],
        ["Interested in roofs?", "Every school in the county looks for a governor with a ladder.", "How it began"],
        ["Join the queue", "Schools in the county wait four years for a new roof, and nine for a new boiler."],
        ["The newsletter of the parents' group shows a bucket on every page.", "How it began"],
        ["The Marl roof festival takes place on the green from 2 to 9 August."],
        ["Roofs & Walls Live returns to the Keswick Arena on 24 March."],
        ["Not a member yet?", "Roofers who join this week have no vote in the ballot of the guild."],
        ["Not a roofer?", "The survey lists 212 trades that may work at height without asking first."],
    ],
    ids=[
        "conference",
        "reported",
        "past",
        "club",
        "question",
        "asked",
        "subhead",
        "no button",
        "town",
        "fair",
        "member",
        "roofer",
    ],
)
def test_news_that_reads_like_an_advert_stays(news: list[str]) -> None:
    """Without a button or the outlet's own name, a sentence about a club, a fair or a letter is the story's."""
    text = article_text.extract(page(news)).text
    assert [line for line in news if line not in text] == []


def test_real_requests_among_members_stay() -> None:
    """What a union tells its branches to do is news, whatever stands in the box above it."""
    asked = "Sign up your neighbours, bring a friend and share what you know: that was how the first branch grew."
    box = ["Not a member yet?", "Surveyors in the guild never stand alone on a roof.", "Join the guild today"]
    text = article_text.extract(page(box, ["What happens next", "Branches meet on 27 November.", asked])).text
    assert asked in text
    assert "What happens next" in text


def test_a_paragraph_right_above_a_form_stays() -> None:
    """A newsletter box below a paragraph says nothing about it."""
    told = "The county has a list of every roof it owns, and there are 41 on it with a tree."
    assert told in article_text.extract(page([told], ["Enter your email", "Sign up"])).text


LAST = [
    "The show runs at the Hall for Penbury until 4 May.",
    "The fair opens at ten on Saturday at the quay, and entry is free.",
    "The course runs for six weeks from 12 April at the town library.",
    "A free app helps visitors find the roofs by telephone.",
    "A membership of the museum includes free entry to the roof yard all year.",
    "The poet laureate Vera Lindqvist opens the book festival on Friday.",
    "The government's new directory of roofers gives schools the prices of each firm.",
    "Book a ladder at the town hall; the club keeps four of them for beginners and lends helmets.",
]
ROWS = [
    ["Subscribe", "Privacy"],
    ["Sign in", "Share"],
    ["Join the conversation", "12 comments"],
    ["Sign up to our newsletter", "Enter your email address"],
    ["Share this story", "Donate", "About us"],
    ["Get tickets"],
    ["Learn more", "Contact"],
    ["Register now", "Share"],
    ["Share", "Subscribe", "© 2026 Penbury Post Ltd. All rights reserved."],
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("last", LAST)
def test_a_last_paragraph_stays_above_any_row_of_buttons(last: str, row: list[str]) -> None:
    """Buttons stand below every story, and say nothing about its last sentence."""
    top = ["The roof that nobody owned", "By Ivo Tarn", "4 November 2026"]
    for between in ("\n", "\n\n"):
        assert last in article_text.extract(between.join([*top, *STORY, *REST, last, *row])).text


def test_the_subheads_of_a_guide_stay_beside_its_requests() -> None:
    """What a guide tells its reader to do is the story, and the next subhead is."""
    lines = ["3. Book a ladder", LAST[-1], "4. Join a survey", "Ask the county surveyor for a list of the roofs."]
    text = article_text.extract("\n".join(["Five things to do on a roof", "By Ivo Tarn", *STORY, *lines, "Share"])).text
    assert [line for line in lines if line not in text] == []


def test_a_poll_goes_with_its_question_and_its_votes() -> None:
    """A question with answers and votes counted is the outlet's; the same question without them is the story's."""
    question = "Should the county pay for every roof in it?"
    poll = [question, "Yes", "No", "Don't know", "1,204 people have voted"]
    article = article_text.extract(page(poll))
    assert [line for line in poll if line in article.text.splitlines()] == []
    assert paste_promo.POLL in [item.reason for item in article.dropped]
    assert question in article_text.extract(page([question, "Nobody in the hall put a hand up for it at all."])).text


@pytest.mark.parametrize(
    "quoted",
    [
        ["The question on the paper reads as follows.", "Should the parish buy the old roof?", "Yes", "No"],
        ["Which of these is spelled correctly?", "Is it 'rooves'?", "Yes", "No", "Don't know"],
        ["The motion before the meeting was short.", "Shall the roof be sold?", "Yes No"],
    ],
    ids=["ballot", "quiz", "row"],
)
def test_a_question_with_answers_inside_a_report_stays(quoted: list[str]) -> None:
    """A ballot paper or a quiz that a story quotes counts no votes."""
    text = article_text.extract(page(quoted)).text
    assert [line for line in quoted if line not in text] == []
    assert quoted[1] in article_text.extract(page(quoted).replace("\n", " ")).text


def test_an_interview_with_yes_and_no_is_no_poll() -> None:
    """Answers that stand under a question of their own each are what somebody said."""
    said = ["Do you own the roof?", "Yes.", "Do you own the tree?", "No.", "Do you like the tree?", "Not sure."]
    text = article_text.extract(page(said)).text
    assert [line for line in said if line not in text] == []


def test_a_poll_in_a_page_of_one_line_goes() -> None:
    """Its answers stand in one row there, with the votes behind them."""
    poll = ["Should the county pay for every roof in it?", "Yes", "No", "Not sure", "1,204 people have voted"]
    text = article_text.extract(page(poll).replace("\n", " ")).text
    assert "county pay" not in text
    assert "people have voted" not in text
    assert all(line in text for line in (*STORY, *REST))


def test_a_menu_before_the_headline_goes_in_a_page_of_one_line() -> None:
    """The headline begins where the words of the story do; the menu is kept with its reason."""
    top = "News Crime Marl Town FC Notices Jobs Motors TRENDING Best roast dinners News Education"
    headline = "Surveyor finds that nobody owns one school roof in nine"
    lines = [top, headline, "By Ivo Tarn", "4 November 2026", *STORY, *REST, *END]
    article = article_text.extract(" ".join(lines))
    assert article.headline == headline
    assert top in [item.text for item in article.dropped]


def test_names_at_the_start_of_a_headline_stay_in_a_page_of_one_line() -> None:
    """A person whom the story names is no entry of a menu."""
    headline = "Vera Lindqvist, the surveyor who met a birch tree on a roof, wants a list of them all"
    lines = [headline, "By Ivo Tarn", "4 November 2026", *STORY, *REST, *END]
    assert article_text.extract(" ".join(lines)).headline == headline


def test_a_thing_the_story_speaks_of_is_no_advert() -> None:
    """A paragraph on the outlet's app stays where the story is about that app."""
    about = ["The Marl Gazette app shows every roof in the county, and it is free for all schools."]
    other = "Lindqvist began the app with a borrowed drone and a list of postcodes."
    assert about[0] in article_text.extract(page([other], about)).text
    assert about[0] not in article_text.extract(page(about)).text


def test_results_of_a_survey_are_no_poll() -> None:
    """Answers with their shares are what was found."""
    found = ["Should the county pay for every roof in it?", "Yes, 41 per cent", "No, 52 per cent"]
    text = article_text.extract(page(found)).text
    assert found[0] in text


def test_a_subhead_that_says_what_to_do_stays() -> None:
    """Guidance has subheads such as "Apply online"; a button says "now"."""
    lines = ["Apply online", "Schools send the form in with three photographs of the roof, one of them from above."]
    text = article_text.extract(page(lines)).text
    assert all(line in text for line in lines)


def test_a_question_to_helpers_heads_its_paragraph() -> None:
    """Who looks for governors asks and tells: only the button below goes."""
    lines = ["Interested in roofs?", "Every school in the county looks for a governor with a ladder."]
    text = article_text.extract(page([*lines, "Apply now"])).text
    assert lines[1] in text
    assert "Apply now" not in text


def test_what_a_university_or_a_guild_tells_of_itself_stays() -> None:
    """Its page ends with its own name too, and its conference is its news."""
    lines = [
        "The Penbury University conference takes place in the old hall on 3 June.",
        "The University's course runs for six weeks and is free for roofers.",
    ]
    text = article_text.extract(page(lines).replace("Marl Gazette Ltd", "Penbury University")).text
    assert [line for line in lines if line not in text] == []


@pytest.mark.parametrize(
    "line",
    [
        "Our sponsor today is a fishmonger, the roofer told the crowd.",
        "Our sponsor today is Penbury Fish, the roofer said.",
        "This issue is supported by every party on the council, the leader said.",
        "This issue is supported by Labour and by everybody else on the council.",
        "Book online now",
        "Buy your ticket",
        "Tickets from £5",
        "Apply for free school meals today",
    ],
)
def test_a_sponsor_or_a_booking_that_a_story_tells_of_stays(line: str) -> None:
    """Only a sponsor's bare name with nothing told, and buttons of two words, are the page's."""
    assert line in article_text.extract(page([line])).text


def test_a_sponsors_bare_name_goes() -> None:
    """ "Our sponsor today is" and a name to the end of the sentence say who paid for the page."""
    line = "Our sponsor this week is Penbury Ladders."
    assert line not in article_text.extract(page([line])).text
