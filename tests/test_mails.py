"""Saved mails: the text of the part that says most, whatever the mail does."""

from __future__ import annotations

import email.message

import pytest
from hypothesis import given
from hypothesis import strategies as st

import parsers
from parsers import mails
from parsers.detect import detect
from parsers.errors import ParseError
from parsers.model import Article, Hint

WORDS = (
    "Walkers in the city's parks have lost one bench in five over the past decade, says a count by volunteers. ",
    "The council said that it had no budget for repairs and that each bench cost nine hundred pounds to replace. ",
)


def make(**parts: str) -> bytes:
    """A mail with a plain and an HTML part."""
    message = email.message.EmailMessage()
    message["From"] = "Ada Marsh <ada@courier.example>"
    message["Subject"] = "Benches – the week"
    message["Date"] = "Mon, 09 Nov 2026 08:30:00 +0000"
    message["Message-ID"] = "<1@courier.example>"
    if "plain" in parts:
        message.set_content(parts["plain"])
    if "html" in parts:
        adding = message.add_alternative if "plain" in parts else message.set_content
        adding(parts["html"], subtype="html")
    return message.as_bytes()


def read(data: bytes) -> Article:
    (article,) = mails.parse(data, Hint()).records
    assert isinstance(article, Article)
    return article


def test_recognised_by_its_headers() -> None:
    """A mail is known by its headers, with HTML in it too; an article with colons is none."""
    assert detect(make(plain=WORDS[0] * 3)).format == "mail"
    assert detect(make(html=f"<html><body><p>{WORDS[0] * 3}</p></body></html>")).format == "mail"
    assert (
        mails.looks_like(b"Subject: what we want\nPosition: better benches\nDate: today\n\n" + b"words " * 50) is None
    )


def test_plain_part_wins_where_it_is_whole() -> None:
    """Where both parts say the same, the plain one is read."""
    html = "".join(f"<p>{text}</p>" for text in WORDS)
    article = read(make(plain="\n\n".join(WORDS), html=html))
    assert article.extractor == "plain part of a mail"
    assert [block.text for block in article.blocks] == [text.strip() for text in WORDS]
    assert (article.headline, article.outlet, article.guid) == ("Benches – the week", "Ada Marsh", "1@courier.example")


def test_html_part_where_the_plain_one_is_a_notice() -> None:
    """A plain part that only points to a browser loses; furniture is left out and kept with its reason."""
    html = (
        "<html><head><style>p{color:red}</style></head><body><table><tr><td><h2>Benches</h2>"
        + "".join(f"<p>{text}</p>" for text in WORDS)
        + "<p><a href='https://x.example/u'>Unsubscribe</a> from this list</p><script>alert(1)</script></td></tr></table></body></html>"
    )
    article = read(make(plain="View this email in your browser: https://x.example/1", html=html))
    assert article.extractor == "HTML part of a mail"
    assert [block.text for block in article.blocks][-2:] == [text.strip() for text in WORDS]
    assert "nsubscribe" not in article.text
    assert any("nsubscribe" in line.text for line in article.dropped)


def test_attachments_are_not_read() -> None:
    """Attached texts and pictures are no part of the news."""
    message = email.message.EmailMessage()
    message["From"], message["Subject"], message["Date"] = "a@b.example", "x", "Mon, 09 Nov 2026 08:30:00 +0000"
    message.set_content("".join(WORDS))
    message.add_attachment("Secret list of names " * 90, filename="list.txt")
    assert "Secret" not in read(message.as_bytes()).text


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-8", "no-such-charset"])
def test_charsets(charset: str) -> None:
    """Declared, wrong and unknown charsets give the letters that were meant."""
    known = charset if charset != "no-such-charset" else "utf-8"
    head = f"From: a@b.example\nSubject: x\nDate: Mon, 09 Nov 2026 08:30:00 +0000\nContent-Type: text/plain; charset={charset}\n\n"
    article = read(head.encode() + ("Café tables vanish too. " + WORDS[0] * 2).encode(known))
    assert article.text.startswith("Café tables")


def test_no_text_is_said() -> None:
    """A mail that is one picture is refused with the reason."""
    with pytest.raises(ParseError, match="hardly any text"):
        mails.parse(make(html="<img src='https://x.example/a.png'>"), Hint())


def test_headers_cannot_break_out() -> None:
    """Line breaks and controls in encoded headers become blanks; broken encodings stay text."""
    head = b"From: =?utf-8?b?QQ0KQmNjOiB4?= <a@b.example>\nSubject: =?utf-8?q?a=0D=0ABcc:_x=00?= =?x?z?y?=\nDate: never\n\n"
    article = read(head + ("".join(WORDS)).encode())
    assert article.headline is not None
    assert not set("\r\n\x00") & set(article.headline + (article.outlet or ""))
    assert article.published_at is None


def test_bombs_cost_little() -> None:
    """Endless nesting, headers and parts end quickly."""
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000))
    head = b"From: a@b.example\nSubject: x\nDate: Mon, 09 Nov 2026 08:30:00 +0000\n"
    for data in (head + nested, head + b"X: y\n" * 100_000 + b"\n", head + b"Received: " + b"(" * 100_000 + b"\n\nx"):
        with pytest.raises(ParseError):
            mails.parse(data, Hint())


@given(st.binary(max_size=400))
def test_nothing_but_parse_errors(data: bytes) -> None:
    """Any bytes behind a mail's head give an article or a ParseError."""
    head = b"From: a@b.example\nSubject: x\nDate: Mon, 09 Nov 2026 08:30:00 +0000\n"
    for whole in (head + data, head + b"Content-Type: multipart/mixed; boundary=" + data, data):
        try:
            parsers.parse(whole, Hint(kind="mail"))
        except ParseError:
            continue
