"""The stories of made pages come out whole and alone, whatever system built the page."""

from __future__ import annotations

import made_pages
import made_pages_odd
import pytest

from parsers import article_html, furniture, page_lines
from parsers.model import Block

URL = "https://www.marltimes.example/news/1"
PAGES = {made.name: made for made in (*made_pages.all_pages(), *made_pages_odd.PAGES)}


@pytest.mark.parametrize("name", PAGES)
def test_the_story_of_a_page_is_whole_and_alone(name: str) -> None:
    """Every line of the story, in order, and nothing of what stands around it."""
    article = article_html.extract(PAGES[name].html, URL)
    assert [block.text for block in article.blocks] == list(PAGES[name].lines)


@pytest.mark.parametrize("name", PAGES)
def test_pages_without_scripts_give_the_same_story(name: str) -> None:
    """No JSON-LD, no head but the title: the story is the same."""
    made = PAGES[name]
    bare = made.html.decode().replace(made_pages.LD, "").replace('<meta property="og:title"', "<meta")
    article = article_html.extract(bare.encode(), URL)
    assert [block.text for block in article.blocks] == list(made.lines)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Do you use the library? Tell us what you think in the comments below.", "call to readers"),
        ("Do you know more about this story? Email tips@marl.example.", "call to readers"),
        ("Kommentare lesen", "call to readers"),
        ("CONTINUA DEPOIS DA PUBLICIDADE", "advertising"),
        ("La suite après la publicité", "advertising"),
        ("Anzeige", "advertising"),
        ("Loaded: 0%", "advertising"),
        ("Weiterlesen: Der Hund auf dem Dach", "pointer to another story"),
        ("Saiba mais sobre o telhado", "pointer to another story"),
        ("【関連】醸造所の屋根に犬", "pointer to another story"),
        ("Crédito: Ana Reis", "photo caption or credit"),
        ("Receive email from us on behalf of our trusted partners", "newsletter, subscription or appeal"),
        ("Abonnez-vous à notre newsletter", "newsletter, subscription or appeal"),
        ("This site uses cookies to improve your visit.", "notice"),
        ("Riproduzione riservata", "notice"),
        ("4. Juli 2026, 10:15 Uhr", "date line"),
        ("Marl | 04.07.2026 à 13h36 • Mis à jour le 05.07.2026 à 20h13 | Par Odile Garnier", "date line"),
        ("Por Ana Reis, Marl, 4 de julho de 2026 às 10h15", "date line"),
        ("2026年7月4日 10:01 発信地：マール", "date line"),
        ("Pubblicato il 4 luglio 2026", "date line"),
        ("この記事は有料会員限定です。", "newsletter, subscription or appeal"),
        ("Cet article est réservé aux abonnés", "newsletter, subscription or appeal"),
        ("Verwandte Artikel", "pointer to another story"),
    ],
)
def test_lines_of_the_page_are_known(line: str, reason: str) -> None:
    """What pages put between paragraphs goes with its reason, whatever the language."""
    assert page_lines.reason(line) == reason


@pytest.mark.parametrize(
    "line",
    [
        "“Let us know in the comments,” said the minister.",
        "Foto: dpa meldete am Abend, dass die Bücherei offen bleibt.",
        "Join the conversation about books.",
        "Publicidade enganosa é crime.",
        "Partager, c’est ce que les élus refusent.",
        "Am 4. Juli 2026 wurde die Bücherei eröffnet.",
        "Der 4. Juli 2026 ist ein Tag, den in Marl keiner vergisst",
        "Stand der Dinge nach 4 Tagen",
        "Die Abstimmung vom 3. November 2026",
        "The vote on 3 November 2026",
        "Actualizado con 12 voces nuevas, el padrón dice que la biblioteca es la más leída.",
    ],
)
def test_sentences_are_no_lines_of_the_page(line: str) -> None:
    """What only begins like a control or a pointer stays."""
    assert page_lines.reason(line) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Marl Wire © 2026 Marl News Ltd. All rights reserved.", "notice"),
        ("If you buy something we may earn a small commission.", "notice"),
        ("This guide contains affiliate links.", "notice"),
        ("Readers wait outside the library on Monday. (Bo Lane/AFP/Getty Images)", "photo caption or credit"),
    ],
)
def test_notices_and_credits_are_known_anywhere(line: str, reason: str) -> None:
    """Copyright, commissions and agencies in brackets are furniture in pastes too."""
    assert furniture.furniture(line) == reason


def test_a_commission_of_the_story_stays() -> None:
    """Brokers and salesmen earn commissions as well."""
    assert furniture.furniture("Agents may earn a commission of 4 per cent on each flat, the watchdog said.") is None


def test_a_short_page_that_says_it_is_an_article_is_one() -> None:
    """Two sentences are enough where JSON-LD or OpenGraph say so, also with a notice about cookies below them."""
    body = "<h1>Library saved</h1><p>The library will stay open.</p><p>So the cabinet voted.</p>"
    head = '<title>Library saved</title><meta property="og:type" content="article">'
    page = f"<html><head>{head}</head><body>{body}<p>This site uses cookies.</p></body></html>"
    found = article_html.extract(page.encode(), URL)
    assert found.blocks == (
        Block(kind="p", text="The library will stay open."),
        Block(kind="p", text="So the cabinet voted."),
    )


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Before you continue</h1><p>We and our 800 partners use cookies to store data on your device.</p>",
        "<h1>Access denied</h1><p>You do not have permission to view this page on this server today, sorry.</p>",
    ],
)
def test_a_consent_page_is_none_whatever_it_says_of_itself(body: str) -> None:
    """A page whose only text asks for consent is refused, also where it calls itself an article."""
    page = f'<html><head><meta property="og:type" content="article"></head><body>{body}</body></html>'
    with pytest.raises(article_html.ParseError):
        article_html.extract(page.encode(), URL)
