"""Completing articles in the review app: marks, the queue, the form with its messages, undo."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from make import ARTICLE
from test_told_later import brought
from web_site import NOW, SAMPLE, Site, get, post

from aggregator import pipeline
from aggregator.config import load
from aggregator.inputs import Input
from aggregator.store import Store
from aggregator.web import create_app, relink
from parsers.model import Article, Hint, paragraphs

PAGE = "https://news.example.org/benches"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An archive of one pasted article that says neither outlet nor day nor address."""
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    monkeypatch.setattr(relink, "soon", lambda: None)
    config = load(SAMPLE / "cuttings.toml")
    path = tmp_path / "text.txt"
    path.write_text(f"{ARTICLE}\n", encoding="utf-8")
    db = tmp_path / "a.db"
    with Store(db) as store:
        list(pipeline.ingest(store, [Input(name="text.txt", path=path)], config, Hint()))
    yield Site(app=create_app(db, config), db=db, config=config)


def key(shop: Site) -> str:
    return str(shop.one("SELECT key FROM coverage ORDER BY id LIMIT 1"))


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def send(client: Any, shop: Site, **fields: str) -> Any:
    """The form as a browser sends it, with some fields changed."""
    where = f"/coverage/{key(shop)}/complete"
    page = get(client, where).text
    shown = {"headline": "Benches vanish from city parks", "zone": "Europe/London", "seen": seen(page)}
    return post(client, where, {**shown, **fields})


def test_what_is_missing_is_marked_with_the_way_to_give_it(shop: Site) -> None:
    """Lists and the page of an article name what it misses; a reviewer finds the form, a viewer does not."""
    client = shop.client()
    assert "missing: date, outlet, address" in get(client, "/").text
    assert "1 article misses something" in get(client, "/").text
    page = get(client, f"/coverage/{key(shop)}").text
    assert "missing: date, outlet, address" in page and f'href="/coverage/{key(shop)}/complete"' in page
    viewer = shop.client("Vera", "viewer")
    assert f'href="/coverage/{key(shop)}/complete"' not in get(viewer, f"/coverage/{key(shop)}").text
    assert "missing: date, outlet, address" in get(viewer, "/missing").text
    assert get(viewer, f"/coverage/{key(shop)}/complete").status_code == 403


def test_what_is_given_stands_on_the_page_and_can_be_taken_back(shop: Site) -> None:
    """The answer to the form shows what was saved with an undo; name and time stand in the history."""
    client = shop.client()
    answer = send(
        client, shop, outlet="The Park Post", day="2026-11-10", time="08:30", url=PAGE, byline="Ida Brook; B. Elm"
    )
    assert answer.status_code == 303
    page = html.unescape(get(client, answer.location).text)
    assert "The Park Post · 10 Nov 2026" in page and "By Ida Brook, B. Elm" in page
    assert "missing:" not in page
    assert "Saved" in page and "Rosa</strong> edited" in page
    with shop.store() as store:
        article = store.articles.get(1)
    assert article is not None
    assert article.published_at == dt.datetime(2026, 11, 10, 8, 30, tzinfo=dt.UTC) and not article.date_only
    act = re.search(r'name="act" value="(\d+)"', page)
    assert act
    back = post(client, f"/coverage/{key(shop)}/complete/undo", {"act": act[1]})
    assert "missing: date, outlet, address" in get(client, back.location).text
    assert post(client, f"/coverage/{key(shop)}/complete/undo", {"act": act[1]}).status_code == 400
    # The old name of the article still leads to it.
    assert get(client, back.location.partition("?")[0]).status_code in (200, 302)


def test_a_time_is_of_the_zone_that_is_named(shop: Site) -> None:
    """The team's zone is the default, in summer too; a form that changes nothing keeps a time as it is."""
    client = shop.client()
    send(client, shop, day="2026-07-01", time="00:30")
    assert shop.one("SELECT published_at FROM coverage") == "2026-06-30T23:30:00Z"
    page = get(client, f"/coverage/{key(shop)}/complete").text
    assert 'value="2026-07-01"' in page and 'value="00:30"' in page
    send(client, shop, day="2026-07-01", time="00:30", zone="America/New_York")
    assert shop.one("SELECT published_at FROM coverage") == "2026-07-01T04:30:00Z"
    send(client, shop, day="2026-07-01")
    assert shop.one("SELECT published_at FROM coverage") == "2026-07-01T12:00:00Z"


@pytest.mark.parametrize(
    ("field", "fields", "message"),
    [
        ("day", {"day": "2026-13-40"}, "“2026-13-40” is no day. Write one like 2026-11-09."),
        ("day", {"day": "2027-11-10"}, "10 November 2027 is still to come; check the year."),
        ("day", {"day": "0026-11-10"}, "0026-11-10 is too long ago; check the year."),
        ("day", {"time": "08:30"}, "A time without a day says little"),
        ("time", {"day": "2026-11-10", "time": "25:00"}, "“25:00” is no time. Write one like 08:30."),
        ("zone", {"day": "2026-11-10", "time": "08:00", "zone": "Mars/North"}, "“Mars/North” is no time zone."),
        ("url", {"url": "javascript:alert(1)"}, "This is no address of a page."),
        ("url", {"url": "https://story"}, "This is no address of a page."),
        ("url", {"url": f"https://news.example.org/{'a' * 2000}"}, "This address is longer than 2,000 characters"),
        ("url", {"url": "news.example.org/story"}, "This is no address of a page. It should begin with https://"),
    ],
)
def test_a_slip_is_told_beside_its_field(shop: Site, field: str, fields: dict[str, str], message: str) -> None:
    """Nothing is saved, what was typed stays in the form, and the message belongs to the field."""
    client = shop.client()
    answer = send(client, shop, outlet="The Park Post", **fields)
    page = html.unescape(answer.text)
    assert answer.status_code == 400
    assert f'id="slip-{field}">{message}' in page and f'aria-describedby="slip-{field}' in page
    assert 'value="The Park Post"' in page
    assert shop.one("SELECT who FROM coverage") is None


def test_the_queue_leads_from_one_to_the_next(shop: Site) -> None:
    """Saving goes on to the next article that misses something, and at the end back to the list."""
    with shop.store() as store:
        other = Article(headline="Swans return to the pond", outlet="The Pond", blocks=paragraphs(["Swans. " * 90]))
        brought(store, "paste", other)
    client = shop.client()
    first, second = re.findall(r'href="(/coverage/[^"]+/complete\?queue=any)" aria', get(client, "/missing").text)
    page = get(client, first).text
    assert "1 of 2" in page and "Save, and on to the next" in page
    answer = post(client, first, {"seen": seen(page), "queue": "any", "hush": "yes", "zone": "Europe/London",
                                  "headline": "Swans return to the pond", "outlet": "The Pond"})  # fmt: skip
    assert answer.location.startswith(second)
    onward = get(client, answer.location).text
    assert "Saved" in onward and "Undo" in onward
    assert "outlet: nobody knows" not in onward and "date: nobody knows" in onward
    last = post(client, second, {"seen": seen(onward), "queue": "any", "hush": "yes", "zone": "Europe/London",
                                 "headline": "Benches vanish from city parks"})  # fmt: skip
    assert last.location.startswith("/missing?what=any")
    assert "Nothing is missing." in get(client, last.location).text
    assert "No article lacks its date." in get(client, "/missing?what=date").text


def test_a_form_of_yesterday_shows_both(shop: Site) -> None:
    """Where somebody else completed it meanwhile, nothing is written, and both are on the page."""
    rosa, theo = shop.client(), shop.client("Theo")
    old = seen(get(rosa, f"/coverage/{key(shop)}/complete").text)
    send(theo, shop, outlet="The Park Times")
    answer = send(rosa, shop, outlet="The Park Post", seen=old)
    assert answer.status_code == 409
    assert "The Park Times" in answer.text and 'value="The Park Post"' in answer.text
    assert shop.one("SELECT who FROM coverage") == "The Park Times"


def test_the_address_of_another_article_names_it(shop: Site) -> None:
    """A slip in the address makes no two articles one: the page leads to the article that has it."""
    with shop.store() as store:
        other = Article(
            headline="Swans return to the pond", url=PAGE, blocks=paragraphs(["Two swans came back. " * 30])
        )
        brought(store, PAGE, other)
    answer = send(shop.client(), shop, url=PAGE)
    assert answer.status_code == 400
    assert "the address of another article, <a href=" in answer.text and "Swans return to the pond</a>" in answer.text


def test_a_very_long_address_of_a_source_stays_whole(shop: Site) -> None:
    """Saving another field leaves an address that the form shows only in part."""
    long = f"{PAGE}?{'a' * 3000}"
    with shop.store() as store:
        brought(store, long, Article(headline="Swans return", url=long, blocks=paragraphs(["Swans came back. " * 60])))
        store.connection.execute("DELETE FROM coverage WHERE id = 1")
    assert send(shop.client(), shop, outlet="The Pond", url=long, headline="Swans return").status_code == 303
    assert (shop.one("SELECT url FROM coverage"), shop.one("SELECT who FROM coverage")) == (long, "The Pond")


def test_two_become_one_only_once_somebody_has_seen_both(shop: Site) -> None:
    """The address of a feed's teaser is saved after the page has said that no undo parts the two again."""
    with shop.store() as store:
        teaser = Article(headline="One bench in five", url=PAGE, stub=True, blocks=paragraphs(["Benches vanish."]))
        brought(store, PAGE, teaser)
    client = shop.client()
    asked = send(client, shop, url=PAGE, outlet="The Park Post")
    page = html.unescape(asked.text)
    assert asked.status_code == 409 and shop.one("SELECT count(*) FROM coverage") == 2
    assert "makes the two one article" in page and "No undo parts them again" in page
    assert 'value="The Park Post"' in page and f'value="{PAGE}"' in page
    agreed = re.search(r'name="agreed" value="([^"]+)"', page)
    assert agreed
    saved = send(client, shop, url=PAGE, outlet="The Park Post", agreed=agreed[1])
    assert saved.status_code == 303 and shop.one("SELECT count(*) FROM coverage") == 1
    shown = html.unescape(get(client, saved.location).text)
    assert "said Ida Brook" in shown and "One article with “One bench in five” from now on" in shown


def test_the_search_knows_what_is_missing(shop: Site) -> None:
    """missing:date finds the article until its day is given."""
    client = shop.client()
    assert "Benches vanish" in get(client, "/?q=missing:date").text
    assert "Benches vanish" in get(client, "/?q=missing:any").text
    send(client, shop, day="2026-11-10")
    assert "Benches vanish" not in get(client, "/?q=missing:date").text
    assert "Benches vanish" in get(client, "/?q=missing:outlet").text
    assert "missing: takes date, outlet" in html.unescape(get(client, "/?q=missing:foo").text)


def test_threads_have_no_form(shop: Site, tmp_path: Path) -> None:
    """Posts say themselves when they were written."""
    from make import scrape

    path = tmp_path / "posts.txt"
    path.write_bytes(scrape(("Every park should have a bench.", "08.11.2026 10:00", (2, 0, 0, 0))))
    with shop.store() as store:
        list(pipeline.ingest(store, [Input(name="posts.txt", path=path)], shop.config, Hint()))
    thread = shop.one("SELECT key FROM coverage WHERE kind = 'thread'")
    client = shop.client()
    assert get(client, f"/coverage/{thread}/complete").status_code == 400
    assert "/complete" not in get(client, f"/coverage/{thread}").text
