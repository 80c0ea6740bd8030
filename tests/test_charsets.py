"""Which charset a document names, and which names are believed."""

from __future__ import annotations

from contextlib import suppress

import pytest

import parsers
from parsers import charsets, html_tree
from parsers.model import Article, Hint

PAGE = "<!doctype html><html><head>{head}<title>Prices</title></head><body><p>Entry is 5 € – naïve, they say.</p></body></html>"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("windows-1252", "cp1252"),
        (" UTF-8 ", "utf-8"),
        ("koi8-r", "koi8-r"),
        ("punycode", None),
        ("UNICODE_ESCAPE", None),
        ("idna", None),
        ("undefined", None),
        ("no-such-charset", None),
        ("with\0zero", None),
        ("", None),
    ],
)
def test_a_name_is_a_charset_of_documents_or_nothing(label: str, name: str | None) -> None:
    """Encodings that only Python knows are as good as none."""
    assert charsets.codec(label) == name


@pytest.mark.parametrize(
    "head",
    [
        '<meta charset="iso-8859-15">',
        "<meta http-equiv=Content-Type content='text/html; charset=ISO-8859-15'>",
        '<meta name=viewport content="width=device-width"><META CHARSET = iso-8859-15 />',
    ],
)
def test_a_page_is_read_as_it_says(head: str) -> None:
    """A meta element names the charset, in each of its old and new forms."""
    text, encoding = html_tree.decode(PAGE.format(head=head).replace("–", "-").encode("iso-8859-15"))
    assert (encoding, "5 € - naïve" in text) == ("iso8859-15", True)


def test_a_meta_element_outweighs_an_xml_declaration() -> None:
    """As in browsers; many old pages carry a declaration that their editor left."""
    head = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'
    page = '<?xml version="1.0" encoding="iso-8859-5"?>' + PAGE.format(head=head).replace("naïve", "вход")
    text, encoding = html_tree.decode(page.encode("windows-1251"))
    assert (encoding, "вход" in text) == ("cp1251", True)


@pytest.mark.parametrize("before", [10, 1100, 2100, 3900])
def test_a_page_may_say_it_late(before: int) -> None:
    """Behind a long comment, within the first four kilobytes."""
    head = f"<!--{'-' * before}--><meta charset='windows-1251'>"
    page = PAGE.format(head=head).replace("naïve", "вход").encode("windows-1251")
    assert html_tree.decode(page)[1] == "cp1251"


def test_the_server_outweighs_the_page() -> None:
    """What the HTTP header names comes first."""
    page = PAGE.format(head='<meta charset="koi8-r">').replace("naïve", "вход").encode("windows-1251")
    assert html_tree.decode(page, "text/html; charset=windows-1251")[1] == "cp1251"


def test_latin_1_is_read_as_windows_1252() -> None:
    """As in browsers: pages that say Latin-1 hold the dashes and quotes of Windows."""
    page = PAGE.format(head='<meta charset="iso-8859-1">').encode("cp1252")
    assert "5 € – naïve" in html_tree.decode(page)[0]


@pytest.mark.parametrize("label", ["punycode", "undefined", "idna", "unicode_escape", "base64", "x" * 60])
def test_an_odd_name_spoils_nothing(label: str) -> None:
    """A page, feed or mail that names an encoding of Python's own, or none at all, is read all the same."""
    said = "The old pumping-station opens to visitors again, the council said on Monday evening after a long debate."
    page = f"<html><head><meta charset='{label}'><title>Pumps</title></head><body><article><h1>Pumps return</h1>"
    page += f"<p>{said}</p>" * 3 + "<p>naïve</p></article></body></html>"
    assert "naïve" in html_tree.decode(page.encode("cp1252"))[0]
    feed = f"<?xml version='1.0' encoding='{label}'?><rss version='2.0'><channel><title>News</title>"
    feed += f"<item><title>Pumps – return</title><description>{said}</description></item></channel></rss>"
    (article,) = parsers.parse(feed.encode(), Hint(content_type=f"text/xml; charset={label}")).records
    assert isinstance(article, Article) and article.headline == "Pumps – return"
    mail = (
        "From: Ada <ada@example.org>\r\nTo: b@example.org\r\nSubject: Pumps\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n"
    )
    mail += f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset={label}\r\n\r\n" + "".join(
        f"{said} It will open on {day} from ten to four, with a guide and a small fee for those who can pay it.\r\n\r\n"
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    )
    (article,) = parsers.parse(mail.encode()).records
    assert isinstance(article, Article) and said in article.text


@pytest.mark.parametrize("start", ["<?xml version='1.0' encoding='punycode'?><rss><channel><title>a-", "mail"])
def test_a_name_that_takes_long_to_decode_is_not_believed(start: str) -> None:
    """Punycode takes time that grows with the square of the text: 40 seconds for a megabyte and a half."""
    if start == "mail":
        start = "From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n"
        start += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=punycode\r\n\r\nabc-"
    with suppress(parsers.errors.ParseError):
        assert not parsers.parse((start + "zz9" * 500_000).encode()).records
