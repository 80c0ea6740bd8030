"""Long texts of feeds: taken out and put back, nobody can tell from the result."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import feed_texts, feeds
from parsers.feed_texts import Texts
from parsers.model import Hint, ParseResult

STORY = "".join(f"<p>Paragraph {number} isn’t short &amp; costs £{number}.</p>" for number in range(30))


def rss(body: str, element: str = "content:encoded", declared: str = "utf-8") -> str:
    """A feed of one entry."""
    return (
        f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Marl Times</title>'
        f"<item><title>One</title><link>https://marl.example/1</link><{element}>{body}</{element}></item>"
        "<item><title>Two</title><link>https://marl.example/2</link><description>Short.</description></item>"
        "</channel></rss>"
    )


def left_in(feed: bytes, monkeypatch: pytest.MonkeyPatch) -> ParseResult:
    """The result where feedparser sees everything."""
    with monkeypatch.context() as patch:
        patch.setattr(feed_texts, "SHORTEST", 10**9)
        return feeds.parse(feed, Hint())


@pytest.mark.parametrize(
    "body",
    [
        f"<![CDATA[{STORY}]]>",
        f"\n  <![CDATA[ {STORY} ]]>\n",
        escape(STORY, quote=False),
        escape(STORY).replace("£", "&#163;").replace("’", "&#x2019;"),
        escape(escape(STORY, quote=False), quote=False),
        f"<![CDATA[{STORY}]]> and more <![CDATA[{STORY}]]>",
        f"<![CDATA[{STORY.replace('’', chr(0x92))}]]>",
        f"<![CDATA[{STORY.encode().decode('latin-1')}]]>",
        f"<![CDATA[{STORY}<script>x &lt; y</script>]]>",
        STORY.replace("&amp;", "and"),
        f"{escape(STORY, quote=False)}&nbsp;",
        "<![CDATA[taken-out-text-0]]>",
    ],
)
@pytest.mark.parametrize("element", ["content:encoded", "description"])
def test_the_result_is_that_of_feedparser_alone(body: str, element: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CDATA, escapes, references, damage, several pieces: each article is the one that feedparser's text gives."""
    feed = rss(body, element).encode()
    assert feeds.parse(feed, Hint()) == left_in(feed, monkeypatch)


def test_atom_with_html_is_taken_out_and_xhtml_is_not() -> None:
    """Only what says that it is HTML, and holds no elements, leaves the feed."""
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Marl</title>'
        f'<entry><title>One</title><content type="html">{escape(STORY, quote=False)}</content></entry>'
        f'<entry><title>Two</title><content type="xhtml"><div>{STORY}</div></content></entry></feed>'
    ).encode()
    assert len(Texts(feed).texts) == 1
    articles = feeds.parse(feed, Hint()).records
    assert [len(article.blocks) for article in articles] == [30, 30]  # type: ignore[union-attr]


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "koi8-r"])
def test_other_encodings_are_left_to_feedparser(declared: str) -> None:
    """A feed that says it is not UTF-8 goes in as it is."""
    assert not Texts(rss(f"<![CDATA[{STORY}]]>", declared=declared).encode()).texts
    assert not Texts(rss(f"<![CDATA[{STORY}]]>").encode(), f"text/xml; charset={declared}").texts
    assert Texts(rss(f"<![CDATA[{STORY}]]>").encode(), "text/xml").texts


def test_a_damaged_feed_keeps_its_texts() -> None:
    """Where feedparser stumbles it sees the feed as it came."""
    feed = rss(f"<![CDATA[{STORY}]]>").replace("<title>Two</title>", "<title>Two & a half</title>").encode()
    first, second = feeds.parse(feed, Hint()).records
    assert len(first.blocks) == 30 and second.headline == "Two & a half"  # type: ignore[union-attr]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="<>&;/#x1amplt![]CDATA p’é\x92\n", max_size=300), st.booleans())
def test_any_text_gives_the_same_article(text: str, cdata: bool) -> None:
    """Whatever stands in an element: the same blocks with and without taking it out."""
    body = f"<![CDATA[{text}]]>" if cdata else escape(text, quote=False)
    feed = rss(body).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed_texts, "SHORTEST", 0)
        taken = feeds.parse(feed, Hint()).records
        patch.setattr(feed_texts, "SHORTEST", 10**9)
        assert taken == feeds.parse(feed, Hint()).records


def test_an_entry_of_breaks_is_read_like_a_page_of_them() -> None:
    """Hundreds of thousands of empty tags in one entry are left out before a tree is built of it."""
    (article, _) = feeds.parse(rss(f"<![CDATA[{'<br>' * 300_000}{STORY}]]>").encode(), Hint()).records
    assert len(article.blocks) == 30  # type: ignore[union-attr]


@pytest.mark.parametrize("pointer", ["Continue reading...", "Continue reading…", "Read more »"])
def test_a_pointer_behind_the_last_sentence_is_no_text(pointer: str) -> None:
    """The link to the whole story goes, a sentence that ends with its words stays; both are teasers."""
    feed = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title><id>urn:1</id><summary type='html'>{}</summary></entry></feed>"
    texts = [f"The ferry will stop in May. {pointer}", "She told him to continue reading..."]
    for text, shown in zip(texts, ["The ferry will stop in May.", texts[1]], strict=True):
        article = feeds.parse(feed.format(escape(f"<p>{text}</p>")).encode(), Hint()).records[0]
        assert getattr(article, "text", None) == shown and getattr(article, "stub", None)
