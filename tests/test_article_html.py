"""News pages: the body and nothing else, what the page says about itself, and what is no article."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import article_html, html_second
from parsers.errors import ParseError
from parsers.model import Article, Hint

STORY = [
    "A council has dropped its plan to close the last public swimming pool in the town after a long campaign.",
    "The cabinet voted by seven to two on Thursday night to keep the pool open until at least the spring of 2030.",
    "“We listened to the people who swim here,” said Amir Quill, who leads the council. “They were right.”",
    "It will cost £210,000 a year, which the council hopes to find by letting out the rooms above the entrance hall.",
    "Hester Vane, 71, has swum there on most mornings since 1974 and stood outside the town hall in the rain.",
    "“I would do it again,” she said, “but I would rather be in the water than under it, to be honest.”",
    "The pool was built by public subscription in 1911 and its boiler is older than anybody who looks after it.",
    "A new boiler is to be put in next summer, when the pool will be closed for six weeks and no longer.",
]
SUBHEAD = "A boiler from 1911"
TEASER = "Residents of a nearby town are waiting for a decision about their own library, which may come in May."
COMMENT = "I have lived here for forty years and I have never once seen the boiler, so I doubt that it exists at all."


def paragraphs(start: int = 0, stop: int = 8, tag: str = "p") -> str:
    """Part of the story as markup."""
    return "".join(f"<{tag}>{text}</{tag}>" for text in STORY[start:stop])


def page(body: str, head: str = "", attributes: str = "") -> bytes:
    """A whole page."""
    return (
        f"<!doctype html><html lang='en-GB'><head><title>Pool saved after vote | Marl Times</title>{head}</head>"
        f"<body {attributes}>{body}</body></html>"
    ).encode()


MENU = "<nav><ul><li><a href='/news'>News</a></li><li><a href='/sport'>Sport</a></li></ul></nav>"
RELATED = (
    "<div class='related-posts'><h3>Related stories</h3><h4><a href='/x'>Library to stay open</a></h4>"
    f"<p>{TEASER}</p></div>"
)
COMMENTS = f"<div id='comments'><h3>2 comments</h3><div class='comment'><p>{COMMENT}</p></div></div>"
HEAD = "<h1>Pool saved after vote</h1>"

LAYOUTS = {
    "weblog": f"{MENU}<div class='site'><article class='post tag-politics has-sidebar'>{HEAD}<p class='byline'>By "
    f"Ada Marsh</p><div class='entry-content'>{paragraphs()}<div class='sharedaddy sd-sharing'><h3>Share this:</h3>"
    f"</div></div>{RELATED}{COMMENTS}</article><aside><p>{TEASER}</p></aside></div><footer><p>© Marl</p></footer>",
    "hashed classes": f"<main id='main-content'><div class='css-1a2b'>{HEAD}"
    + "".join(f"<div data-component='text-block' class='css-9z{n}'><p>{text}</p></div>" for n, text in enumerate(STORY))
    + f"<div data-component='topic-list'><h2>More on this story</h2><ul><li><a href='/y'>Library</a></li></ul></div>"
    f"</div></main><div class='css-77'><h2>Top stories</h2><h3><a href='/z'>A dog</a></h3><p>{TEASER}</p></div>",
    "one form around all": f"<form action='/'><table><tr><td><a href='/'>Home</a></td><td>{HEAD}<div>"
    + "<br><br>".join(STORY)
    + f"</div></td><td><p><a href='/x'>{TEASER}</a></p></td></tr></table></form>",
    "split over neighbours": f"<div class='wrap'>{HEAD}<section>{paragraphs(0, 3)}</section><div class='ad-slot'>"
    f"<p>Advertisement</p></div><section>{paragraphs(3, 6)}</section><section>{paragraphs(6)}</section></div>"
    f"<section class='newsletter-signup'><p>Sign up for our morning email and never miss a story.</p></section>",
    "paragraphs as div": f"<div class='story'>{HEAD}<div class='text'>{paragraphs(tag='div')}</div></div>{COMMENTS}",
    "lines between": f"<article>{HEAD}{paragraphs(0, 3)}<p><strong>Read more: <a href='/q'>The pool in pictures</a>"
    f"</strong></p><figure><img src='a.jpg'><figcaption>Hester Vane at the pool. Photograph: Jo Moss</figcaption>"
    f"</figure>{paragraphs(3, 6)}<p>Advertisement</p><p>Story continues below</p>{paragraphs(6)}"
    f"<p>Follow us on Facebook and Twitter</p><h2>Most read</h2><p>{TEASER}</p></article>",
    "classes that deny": f"<div class='ContainerWithSidebar'><article class='post tag-pool comments-open'>{HEAD}"
    + "".join(f"<div class='text with-promo'><p>{text}</p></div>" for text in STORY)
    + f"</article></div>{RELATED}",
    "one promising name on every part": f"<div>{HEAD}"
    + "".join(f"<div class='social-text'><p>{text}</p></div>" for text in STORY)
    + "</div>",
    "readers wrote more": f"<div id='page'><div class='c'>{HEAD}{paragraphs()}</div><div id='comments'>"
    + "".join(f"<div class='entry'><p>{COMMENT} So says reader number {n}.</p></div>" for n in range(40))
    + "</div></div>",
    "another story below": f"<div id='stream'><div>{HEAD}{paragraphs()}</div><div><h1>A dog was found</h1>"
    + "".join(f"<p>{TEASER} That is sentence number {n}.</p>" for n in range(4))
    + "</div></div>",
    "notes about the author": f"<article>{HEAD}<p>By Ada Marsh</p>{paragraphs()}<p><em>Ada Marsh is the local news "
    "editor of the Marl Times.</em></p></article><meta name='author' content='Ada Marsh'>",
    "cards after the story": f"<div class='main'>{HEAD}{paragraphs()}<div class='x1'><h3><a href='/a'>A dog</a></h3>"
    f"<p>{TEASER}</p></div><div class='x1'><h3><a href='/b'>A cat</a></h3><p>{TEASER} Twice.</p></div></div>",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_body_is_the_story_and_nothing_else(name: str) -> None:
    """Whatever the markup, the paragraphs of the story come out whole, in order and alone."""
    article = article_html.extract(page(LAYOUTS[name]))
    assert [block.text for block in article.blocks] == STORY
    assert article.headline == "Pool saved after vote"


def test_readers_comments_are_known_by_their_heading() -> None:
    """Elements without telling names are comments where they begin with such a heading, however many there are."""
    comments = "".join(f"<div class='x8'><b>reader{n}</b><p>{COMMENT} So says number {n}.</p></div>" for n in range(40))
    body = f"<div class='x1'>{HEAD}<div class='x3'>{paragraphs()}</div></div><div class='x9'><h3>Join the conversation"
    assert [block.text for block in article_html.extract(page(f"{body}</h3>{comments}</div>")).blocks] == STORY


def test_a_page_that_goes_on_with_the_next_story_gives_the_first() -> None:
    """A second article element with a headline of its own is another story, also where it is longer."""
    other = "".join(f"<p>{TEASER} This is sentence number {n} of another story.</p>" for n in range(20))
    first = f"<article>{HEAD}{paragraphs()}</article>"
    found = article_html.extract(page(f"<main>{first}<article><h1>Library waits</h1>{other}</article></main>"))
    assert [block.text for block in found.blocks] == STORY


def test_a_subhead_above_the_first_paragraph_is_kept_where_others_look_like_it() -> None:
    """ "Numbers", "Money", "People" in bold: the first is a subhead because the others are."""
    bold = [f"<p><b>{word}</b></p>" for word in ("Numbers", "Money", "People")]
    body = f"{bold[0]}{paragraphs(0, 3)}{bold[1]}{paragraphs(3, 6)}{bold[2]}{paragraphs(6)}"
    heads = [
        block.text for block in read("", f"<article>{HEAD}<div>{body}</div></article>").blocks if block.kind == "h"
    ]
    assert heads == ["Numbers", "Money", "People"]


def test_subheads_lists_and_quotations_keep_their_kind() -> None:
    """Headings, list items and block quotations inside the story are kept as what they are."""
    body = (
        f"<article>{HEAD}{paragraphs(0, 4)}<h2>{SUBHEAD}</h2>{paragraphs(4, 6)}<p><strong>What is next</strong></p>"
        f"<ul><li>a new boiler for the old pool in summer</li><li>six weeks without a swim</li></ul>"
        f"<blockquote><p>We have waited for this since 1974, and so has the boiler.</p></blockquote>{paragraphs(6)}"
        f"</article>"
    )
    kinds = [(block.kind, block.text[:12]) for block in article_html.extract(page(body)).blocks if block.kind != "p"]
    assert kinds == [
        ("h", SUBHEAD[:12]),
        ("h", "What is next"),
        ("li", "a new boiler"),
        ("li", "six weeks wi"),
        ("quote", "We have wait"),
    ]


LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Organization", "name": "Marl Group"},
        {
            "@type": "NewsArticle",
            "headline": "Pool saved – what you need to know",
            "datePublished": "2026-09-14T06:00:00+01:00",
            "dateModified": "2026-09-14T09:30:00Z",
            "author": [{"@type": "Person", "name": "Ada Marsh"}, {"@type": "Person", "name": "Tom Okoro"}],
            "publisher": {"@type": "Organization", "name": "Marl Times"},
            "articleSection": "Local news",
        },
    ],
}


def structured(value: object) -> str:
    """A JSON-LD block."""
    return f"<script type='application/ld+json'>{json.dumps(value)}</script>"


def read(head: str, body: str = "", url: str | None = None) -> Article:
    """The article of a plain page with this head."""
    return article_html.extract(page(f"<article>{HEAD}{body}{paragraphs()}</article>", head), url)


def test_json_ld_says_most() -> None:
    """Authors, both times, outlet and section come from JSON-LD; the visible headline beats the one for robots."""
    article = read(structured(LD))
    assert article.headline == "Pool saved after vote"
    assert article.bylines == ("Ada Marsh", "Tom Okoro")
    assert article.published_at == dt.datetime(2026, 9, 14, 5, tzinfo=dt.UTC)
    assert article.updated_at == dt.datetime(2026, 9, 14, 9, 30, tzinfo=dt.UTC)
    assert (article.outlet, article.section, article.language) == ("Marl Times", "Local news", "en")
    assert not article.date_only


def test_opengraph_and_meta_stand_in() -> None:
    """Without JSON-LD, OpenGraph and meta elements are read; an author that is an address is none."""
    head = (
        "<meta property='og:site_name' content='Marl Times'><meta property='article:published_time' "
        "content='2026-09-14T06:00:00+01:00'><meta property='article:author' content='https://fb.example/marl'>"
        "<meta name='author' content='By Ada Marsh and Tom Okoro, Education Editor'>"
    )
    article = read(head)
    assert article.bylines == ("Ada Marsh", "Tom Okoro")
    assert article.outlet == "Marl Times"
    assert article.published_at == dt.datetime(2026, 9, 14, 5, tzinfo=dt.UTC)


def test_marked_elements_of_the_page_are_last() -> None:
    """A time element and a byline in the page are read where its head is silent."""
    article = read("", "<p class='byline'>By <a rel='author'>Ada Marsh</a></p><time datetime='2026-09-14'>x</time>")
    assert article.bylines == ("Ada Marsh",)
    assert article.published_at == dt.datetime(2026, 9, 14, tzinfo=dt.UTC) and article.date_only


def test_what_is_not_stated_stays_unknown() -> None:
    """No date, author, url or section is guessed; the outlet is what follows the headline in the title."""
    article = read("")
    assert article.published_at is article.updated_at is article.url is article.section is None
    assert article.bylines == ()
    assert article.outlet == "Marl Times"


def test_broken_json_ld_is_passed_over() -> None:
    """A JSON-LD block with a comma too many is read, one that is no JSON does no harm."""
    head = "<script type='application/ld+json'>{not json</script>"
    head += '<script type=\'application/ld+json\'>{"@type": "NewsArticle", "author": "Ada Marsh",}</script>'
    assert read(head).bylines == ("Ada Marsh",)


@pytest.mark.parametrize(
    ("stated", "fetched", "expected"),
    [
        ("https://marl.example/pool", "https://marl.example/pool?utm_source=x", "https://marl.example/pool"),
        ("/pool", "https://marl.example/pool?id=3", "https://marl.example/pool"),
        ("https://other.example/pool", "https://marl.example/pool?id=3", "https://marl.example/pool?id=3"),
        ("https://marl.example/", "https://marl.example/pool", "https://marl.example/pool"),
        ("https://marl.example/pool", None, "https://marl.example/pool"),
    ],
)
def test_the_canonical_address_is_believed_on_its_own_site_only(
    stated: str, fetched: str | None, expected: str
) -> None:
    """rel=canonical counts where it stays on the site and is no front page."""
    assert read(f"<link rel='canonical' href='{stated}'>", url=fetched).url == expected


def test_the_hint_wins() -> None:
    """Outlet and date that the giver knows replace what the page says."""
    when = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    data = page(f"<article>{HEAD}{paragraphs()}</article>", structured(LD))
    (article,) = article_html.parse(data, Hint(outlet="The Marl", published_at=when)).records
    assert isinstance(article, Article)
    assert (article.outlet, article.published_at) == ("The Marl", when)


def test_text_that_only_json_ld_holds_is_used() -> None:
    """A page that draws its text by script still gives the story."""
    body = {"@type": "NewsArticle", "headline": "Pool saved after vote", "articleBody": "\n\n".join(STORY)}
    article = article_html.extract(page("<div id='root'></div>", structured(body)))
    assert [block.text for block in article.blocks] == STORY


def test_a_paywall_is_said() -> None:
    """The free start of a paid article is a stub with a problem; nothing at all is an error."""
    paid = structured({"@type": "NewsArticle", "isAccessibleForFree": "False", "datePublished": "2026-09-14"})
    wall = "<div class='paywall'><p>Subscribe to continue reading.</p></div>"
    result = article_html.parse(page(f"<article>{HEAD}{paragraphs(0, 3)}</article>{wall}", paid), Hint())
    (article,) = result.records
    assert isinstance(article, Article) and article.stub
    assert "only the start" in result.problems[0].message
    with pytest.raises(ParseError, match="paywall"):
        article_html.extract(page(f"<article>{HEAD}</article>{wall}", paid))


NO_ARTICLES = {
    "empty": b"",
    "consent": page(
        "<h1>We value your privacy</h1><p>We and our 812 partners store cookies on your device to show you "
        "adverts that you may like.</p><button>Accept all</button>"
    ),
    "robot check": page("<h1>Just a moment</h1><p>Checking your browser before you go on. This takes a moment.</p>"),
    "script only": b"<html><head><script>var a = 1;</script></head><body><script>draw()</script></body></html>",
    "noscript only": b"<html><body><noscript>You need to enable JavaScript to run this app.</noscript></body></html>",
    "menu only": page(MENU * 20),
    "PDF": b"%PDF-1.7 some bytes",
    "picture": b"\x89PNG\r\n\x1a\n",
    "gzip": b"\x1f\x8b\x08\x00",
}


@pytest.mark.parametrize("name", NO_ARTICLES)
def test_what_is_no_article_is_refused_in_plain_words(name: str) -> None:
    """Consent pages, shells, pictures and PDFs raise an error that says what to do."""
    with pytest.raises(ParseError) as raised:
        article_html.extract(NO_ARTICLES[name])
    assert len(str(raised.value)) > 15


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "latin-1"])
@pytest.mark.parametrize("declared", ["", "<meta charset='utf-8'>", "<meta charset='windows-1252'>"])
def test_the_bytes_win_over_a_wrong_charset(encoding: str, declared: str) -> None:
    """Pound signs, dashes and curly quotes come out right whatever the page claims."""
    text = page(f"<article>{HEAD}{paragraphs()}</article>", declared).decode()
    if encoding == "latin-1":
        text = text.replace("“", '"').replace("”", '"')
    found = article_html.extract(text.encode(encoding)).text
    assert "£210,000" in found
    assert "�" not in found and "Ã" not in found


def test_a_page_in_two_encodings_is_read() -> None:
    """Single bytes of Windows-1252 inside UTF-8 are read as what they were."""
    data = page(f"<article>{HEAD}{paragraphs()}<p>It isn@t the £last word on the old pool, they said.</p></article>")
    assert "It isn’t the £last word" in article_html.extract(data.replace(b"@", b"\x92")).text


HOSTILE = {
    "20,000 nested elements": b"<div>" * 20_000 + paragraphs().encode() + b"</div>" * 20_000,
    "unclosed tags": b"<html><body><article>" + paragraphs().replace("</p>", "").encode(),
    "zero bytes": page(f"<article>{HEAD}{paragraphs()}</article>").replace(b"swim", b"sw\x00im"),
    "many attributes": b"<html><body><p " + b'a="b" ' * 20_000 + b">" + paragraphs().encode(),
    "no html element": paragraphs().encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_still_gives_its_text(name: str) -> None:
    """Depth, zero bytes and broken markup lose no paragraph."""
    found = article_html.extract(HOSTILE[name]).text
    assert all(text in found for text in STORY)


def test_a_very_large_page_is_cut_not_refused() -> None:
    """Of a page of many megabytes the first part is read."""
    many = "".join(
        f"<p>Paragraph {n} says that the council met again and again on this matter.</p>" for n in range(60_000)
    )
    assert len(article_html.extract(page(f"<article>{HEAD}{many}</article>")).blocks) > 1_000


def test_pages_are_told_from_other_text() -> None:
    """Markup at the start makes a page; text and feeds don't."""
    assert "HTML" in (article_html.looks_like(page("<p>x</p>")) or "")
    assert article_html.looks_like(b"A text about <p> elements") is None
    assert article_html.looks_like(b"{}") is None


@pytest.mark.parametrize(
    "ballast",
    ["<br>" * 200_000, "<p></p>\n" * 100_000, "<b>" * 100_000, "<i>x</i> " * 50_000, f"<p {'a=1 ' * 100_000}>"],
    ids=["breaks", "empty paragraphs", "fonts", "italics", "attributes"],
)
def test_ballast_of_tags_is_left_out_before_the_tree(ballast: str) -> None:
    """A page of hundreds of thousands of tags is read without a tree of them, and its story is whole."""
    from parsers import html_tree

    source = f"<html><body><article>{ballast}{HEAD}{paragraphs()}</article></body></html>"
    assert html_tree.within_limits(source).count("<") < 3_000
    assert "pool" in article_html.extract(source.encode()).text


def test_a_page_of_too_many_elements_is_cut() -> None:
    """What stands first is read, whatever comes after it."""
    from parsers import html_tree

    source = f"<html><body><article>{HEAD}{paragraphs()}</article>{'<div>x</div>' * 100_000}</body></html>"
    assert html_tree.within_limits(source).count("<") == html_tree.MOST_TAGS
    assert "pool" in article_html.extract(source.encode()).text


@pytest.mark.parametrize("tag", ["<script>", "<svg>", "<script>x</style>", "<p ", "<br "])
def test_tags_that_never_close_cost_no_more_than_their_length(tag: str) -> None:
    """Megabytes of opening tags are passed over in one go."""
    from parsers import html_tree

    whole = f"<body><article>{HEAD}{paragraphs()}</article>"
    source = html_tree.within_limits(whole + tag * (3_000_000 // len(tag)))
    assert source.startswith(whole) and source.count("<") <= html_tree.MOST_TAGS


def test_usual_pages_come_back_as_they_are() -> None:
    """Nothing is taken out of a page of usual size."""
    from parsers import html_tree

    source = f"<html><body><br><br><br><p></p>{HEAD}{paragraphs()}</body></html>"
    assert html_tree.within_limits(source) == source


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_an_article_or_a_parse_error(data: bytes) -> None:
    """No bytes make it fail in any other way, alone or inside a page."""
    for source in (data, page(f"<article>{HEAD}{paragraphs()}</article>").replace(b"pool", data)):
        try:
            article_html.extract(source)
        except ParseError:
            continue


@pytest.mark.parametrize("name", ["guardian-1", "telegraph", "seattletimes-1", "salon-1", "nytimes-1", "bbc-1"])
def test_real_pages_keep_their_quality(name: str, shared: Path) -> None:
    """On real pages nearly every paragraph a reader would keep is found, and hardly anything else."""
    from parsers import html_tree

    folder = shared / "samples" / "pages" / name
    root = html_tree.tree((folder / "expected.html").read_text("utf-8"))
    assert root is not None
    expected = {item.text for item in html_tree.outline(root).items if item.words >= 15}
    found = {block.text for block in article_html.extract((folder / "source.html").read_bytes()).blocks}
    assert len(found & expected) >= 0.9 * len(expected)
    assert len([text for text in found - expected if text.count(" ") >= 15]) <= 0.1 * len(expected)


def test_extractors_that_see_nothing_have_no_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    """What our own rules find stays where the others find no text at all."""
    for opinion in ("cheap", "dear"):
        monkeypatch.setattr(html_second, opinion, lambda *_: html_second.Opinion(""))
    page = f"<html><body><h1>Pool saved</h1>{''.join(f'<p>{line}</p>' for line in STORY[:2])}</body></html>"
    assert [block.text for block in article_html.extract(page.encode()).blocks] == STORY[:2]
