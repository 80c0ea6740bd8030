"""A web page that is a position paper gives its statements; every other page stays what it was."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import paper_page, parse
from parsers.detect import detect
from parsers.model import Article, Hint, Statement

PAPER = [
    (
        "Swimming lessons",
        "One child in four leaves primary school unable to swim a length. Most pools are older than the teachers.",
        "Every child should learn to swim before they are eleven, and the state should pay for the pool and the bus.",
        "Drowning is the third most common cause of death among children, and poor families drown most often.",
    ),
    (
        "School crossings",
        "Councils have dismissed a third of their crossing patrols since the spring of last year.",
        "The Rowan Guild opposes further cuts to crossing patrols, and calls on councils to bring back those that went.",
        "A patrol costs less than a speed camera, and drivers slow down for a person as they never do for a sign.",
    ),
    (
        "Homework in the holidays",
        "Some schools have begun to set work for the summer.",
        "There should be no homework in holidays that last for longer than a week.",
        "Rest is when children put in order what they have learned.",
    ),
]
HEADS = ("What is the context?", "Rowan Guild position", "Why is the Rowan Guild saying this?")
NAV = (
    '<header><nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav></header>'
    '<p class="share"><a href="#">Share</a></p>'
)
FOOT = (
    '<aside><h2>More from us</h2><ul><li><a href="/a">Guild meets minister over pools and patrols</a></li></ul></aside>'
    "<footer><p>© Rowan Guild 2026</p></footer>"
)


def page(body: str, title: str = "Position statements on safety", head: str = "") -> bytes:
    """A whole page around a body."""
    return (
        f"<!doctype html><html><head><title>{title} | Rowan Guild</title>{head}</head>"
        f"<body>{NAV}<main><h1>{title}</h1>{body}</main>{FOOT}</body></html>"
    ).encode()


def statement(title: str, *texts: str, heads: Sequence[str] = HEADS, title_in: str, head_in: str) -> str:
    """One statement as markup; the forms name where its title and its section headings stand."""
    sections = "".join(head_in.format(head) + f"<p>{text}</p>" for head, text in zip(heads, texts, strict=True))
    return title_in.format(title) + sections


FORMS = {
    "h2 over h3": ("<h2>{}</h2>", "<h3>{}</h3>", "{}"),
    "one level": ("<h2>{}</h2>", "<h2>{}</h2>", "<section>{}</section>"),
    "bold": ("<h3>{}</h3>", "<p><strong>{}</strong></p>", "<div><div>{}</div></div>"),
    "buttons": ("<h2>{}</h2>", '<h3><button aria-expanded="false">{}</button></h3>', "<article>{}</article>"),
    "folded": ("<h2>{}</h2>", "<details open><summary>{}</summary></details>", "<div>{}</div>"),
    "deep": ("<h4><a href='#s'>{}</a></h4>", "<h5>{}</h5>", "<div>{}</div>"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_paper_page_gives_its_statements(form: str) -> None:
    """Titles, sections and texts of each statement come from the page's headings, and nothing from around them."""
    title_in, head_in, around = FORMS[form]
    body = "".join(around.format(statement(*one, title_in=title_in, head_in=head_in)) for one in PAPER)
    result = parse(page(f"<p>What the guild stands for, agreed by its members.</p>{body}"))
    assert result.format == "positions" and result.reason.startswith("a web page with 3 position headings")
    found = [one for one in result.records if isinstance(one, Statement)]
    assert [(one.title, one.context, one.position, one.rationale) for one in found] == PAPER
    assert {one.organisation for one in found} == {"Rowan Guild"}
    assert {one.areas for one in found} == {("safety",)}


def test_lists_in_a_paper_page_stay_lists() -> None:
    """Demands in a list belong to the position, an item a line."""
    demands = (
        "<p>The Rowan Guild asks for:</p><ul><li>a pool in every town, open all year</li><li>a bus to it</li></ul>"
    )
    body = "".join(statement(*one, title_in="<h2>{}</h2>", head_in="<h3>{}</h3>") for one in PAPER)
    body = body.replace(f"<p>{PAPER[1][2]}</p>", demands)
    second = parse(page(body)).records[1]
    assert isinstance(second, Statement)
    assert second.position.splitlines()[-2:] == ["• a pool in every town, open all year", "• a bus to it"]


def test_the_line_below_the_last_statement_is_no_rationale() -> None:
    """Contacts and other papers under a heading of their own end the paper."""
    body = "".join(statement(*one, title_in="<h2>{}</h2>", head_in="<h3>{}</h3>") for one in PAPER)
    last = parse(page(f"{body}<h2>Contact</h2><p>Write to the office, which is open from nine to four.</p>")).records[
        -1
    ]
    assert isinstance(last, Statement) and last.rationale == PAPER[-1][3]


LONG = (
    "The ministry said on Monday that it would look at the plan again before the summer, and teachers welcomed it. " * 3
)
EXPLAINER = (
    f"<p>{LONG}</p><h2>What is the context?</h2><p>{LONG}</p><h2>Labour’s position</h2><p>{LONG}</p>"
    f"<h2>Why does this matter?</h2><p>{LONG}</p>"
)
QUOTING = f"<p>{LONG}</p><h2>Rowan Guild position</h2><p>{LONG}</p><p>{LONG}</p>"
PARTIES = "".join(
    f"<h2>{topic}</h2><h3>What is the context?</h3><p>{LONG}</p>"
    f"<h3>Labour’s position</h3><p>{LONG}</p><h3>Reform’s position</h3><p>{LONG}</p>"
    for topic in ("Pools", "Patrols")
)
QUESTIONS = f"<p>{LONG}</p>" + "".join(
    f"<h2>{asked}</h2><p>{LONG}</p>"
    for asked in ("What is happening?", "What do unions say?", "Why does it matter?", "What does the government think?")
)


def twice(context: str, position: str) -> str:
    """Two topics with the same two sections."""
    said = "They say that pools should stay open and that patrols must come back, whatever the minister thinks of it."
    return "".join(
        f"<h2>{topic}</h2><h3>{context}</h3><p>{LONG}</p><h3>{position}</h3><p>{said}</p>"
        for topic in ("Pools", "Buses")
    )


PROFILES = [
    twice("Background", "Her position"),
    twice("Background", "Position"),
    twice("The issue", "Ministers’ view"),
    twice("Why it matters", "Labour’s policy"),
]


@pytest.mark.parametrize("body", [EXPLAINER, QUOTING, PARTIES, QUESTIONS, f"<p>{LONG}</p>", *PROFILES])
def test_news_stays_news(body: str) -> None:
    """An explainer's questions, a quoted heading and a report on several parties make no paper."""
    assert detect(page(body, "Pools to stay open")).format == "article-html"
    assert isinstance(parse(page(body, "Pools to stay open")).records[0], Article)


@pytest.mark.parametrize(
    "sign",
    [
        '<meta property="article:published_time" content="2026-11-09T10:00:00Z">',
        '<script type="application/ld+json">{"@type": "NewsArticle"}</script>',
        "<p>By Ada Marsh</p>",
    ],
)
def test_a_page_that_calls_itself_news_is_news(sign: str) -> None:
    """A date of publication, structured data or a byline say so, whatever its headings are."""
    body = "".join(statement(*one, title_in="<h2>{}</h2>", head_in="<h3>{}</h3>") for one in PAPER)
    data = page(body, head=sign) if sign[1] != "p" else page(sign + body)
    assert detect(page(body)).format == "positions"
    assert detect(data).format == "article-html"


def test_an_index_of_papers_is_no_paper() -> None:
    """Headings that only lead to papers have no statements below them."""
    cards = "".join(
        f'<h2>{title}</h2><h3><a href="/c">What is the context?</a></h3><h3><a href="/p">Our position</a></h3>'
        f'<p><a href="/p">Read all of the statement about {title.lower()} and what we ask for</a></p>'
        for title, *_ in PAPER
    )
    assert paper_page.read(page(f"<p>{LONG}</p>{cards}")) is None


def test_the_giver_s_word_wins() -> None:
    """Who says "article" gets an article; who says "positions" gets statements from the page's text, not its markup."""
    data = page("".join(statement(*one, title_in="<h2>{}</h2>", head_in="<h3>{}</h3>") for one in PAPER))
    assert isinstance(parse(data, Hint(kind="article-html")).records[0], Article)
    told = parse(data, Hint(kind="positions"))
    assert len(told.records) == 3 and told.reason.startswith("you said so")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["<h2>", "</h2>", "<p>", "</p>", "<li>", "<main>", *HEADS, LONG, "<b>", "</b>", "#"])))
def test_any_markup(pieces: list[str]) -> None:
    """No page raises."""
    paper_page.read("".join(["<html>", *pieces]).encode())
