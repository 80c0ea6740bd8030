"""Words, wordings and threads in a real browser: forms only, by keyboard and by touch, accessible in every state."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from test_web_browser import Live, browser, live, tab_to  # noqa: F401  # fixtures

from aggregator import pipeline
from aggregator.model import LearnedTerm, Promise
from aggregator.web import relink

LONG = "averyveryverylongwordthatnobodyeverwrotebeforetoday" * 2


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No round of linking follows, so that what a test planted as learned stays."""
    monkeypatch.setattr(relink.Relinker, "_round", lambda self: None)


def position(live: Live) -> str:  # noqa: F811
    return str(
        live.shop.one(
            "SELECT s.key FROM link l JOIN statement s ON s.id = l.statement_id GROUP BY 1 ORDER BY count(*) DESC"
        )
    )


def thread(live: Live) -> str:  # noqa: F811
    return str(
        live.shop.one(
            "SELECT c.key FROM coverage c JOIN thread t ON t.coverage_id = c.id ORDER BY t.parts_found DESC, c.key"
        )
    )


def teach(live: Live) -> str:  # noqa: F811
    """Plant words, names, entries, a promise and a refusal; gives the position's key."""
    key, now = position(live), pipeline.stamp()
    with live.shop.store() as store:
        terms = tuple(
            LearnedTerm(statement_id=key, text=word, weight=0.5, support=3, odds=2.0)
            for word in ("door card", "library hours plan", LONG, "ministers")
        )
        promise = Promise(
            text="At this setting 9 of 10 likely links are right (n = 64).", right=62, judged=64, bound=0.9
        )
        store.words.keep(
            msgspec.structs.replace(
                store.words.state(), learned=terms, refused=True, promise=promise, by_position={key: promise}
            )
        )
        store.words.add_alias(key, "staffless opening", who="Ann", now=now)
        store.words.forget(key, "ministers", who="Ann", now=now)
        store.words.set_entry("same", f'["ILQ", "{LONG}"]', "[]", None, "on", who="Ann", now=now)
        store.words.set_entry("related", '["swipe entry"]', '["unstaffed opening"]', 0.5, "on", who="Ann", now=now)
        store.words.set_entry("generic", '["school"]', "[]", None, "off", who="Ann", now=now)
    return key


def state_of_all(live: Live, page: Any) -> list[str]:  # noqa: F811
    """Bring the archive into a state in which every block of every page shows; gives the addresses."""
    key, one = teach(live), thread(live)
    page.goto(f"/positions/{key}/edit")
    page.fill("#position", "A line of other words, " + LONG)
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    with live.shop.store() as store:
        store.connection.execute(
            "UPDATE link SET evidence = json_set(evidence, '$.old_echo', json_array('our old words'), '$.group', "
            "(SELECT json_group_array(key) FROM (SELECT key FROM statement ORDER BY key LIMIT 3))) "
            "WHERE evidence != '{}'"
        )
        row = store.connection.execute("SELECT id FROM coverage WHERE kind = 'article'").fetchone()
        store.connection.execute("INSERT INTO no_fit VALUES (?, 'Ann', ?)", (row["id"], pipeline.stamp()))
    page.goto(f"/coverage/{one}")
    with page.expect_navigation():
        page.locator("button:has-text('a new thread starts here')").first.click()
    linked = live.shop.one("SELECT c.key FROM link l JOIN coverage c ON c.id = l.coverage_id")
    topic = live.shop.one("SELECT c.key FROM no_fit n JOIN coverage c ON c.id = n.coverage_id")
    return [
        "/words", "/words/glossary", "/words/glossary?find=school", "/words/glossary?find=child", f"/positions/{key}",
        f"/positions/{key}/edit", f"/positions/{key}/edit?wording=1", "/positions", f"/coverage/{one}",
        f"/coverage/{one}/join", f"/coverage/{one}/join?find=zebra", f"/coverage/{linked}", f"/coverage/{topic}",
    ]  # fmt: skip


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_pages_are_accessible_in_every_state(live: Live, browser: Any, scheme: str, width: int) -> None:  # noqa: F811
    """With words, versions, old lines, groups and decisions on them, no page breaks a rule of axe or scrolls sideways."""
    from axe_playwright_python.sync_playwright import Axe

    page = live.page(browser, "Ann", "admin", width=width, color_scheme=scheme)
    found = []
    for path in state_of_all(live, page):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        results = Axe().run(page).response
        found += [(path, v["id"], v["nodes"][0]["html"][:120]) for v in results["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((path, "scrolls sideways", str(width)))
    assert not found


def test_words_by_keyboard_without_script(live: Live, browser: Any) -> None:  # noqa: F811
    """Without JavaScript, Tab and Enter delete a word, take that back, and add a name."""
    key = teach(live)
    page = live.page(browser, java_script_enabled=False)
    page.goto("/words")
    tab_to(page, "delete", "main .taught button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/words?said=*")
    assert live.shop.one("SELECT count(*) FROM forgotten_word") == 2
    tab_to(page, "Undo", "main button")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=may be learned again")
    assert live.shop.one("SELECT count(*) FROM forgotten_word") == 1
    page.goto(f"/positions/{key}")
    page.get_by_role("textbox", name="Also known as").focus()
    page.keyboard.type("open without staff")
    page.keyboard.press("Enter")
    page.wait_for_url("**/positions/*said=*")
    assert live.shop.one("SELECT count(*) FROM statement_alias WHERE alias = 'open without staff'") == 1


def test_a_wording_and_a_thread_on_a_telephone(live: Live, browser: Any) -> None:  # noqa: F811
    """At 375 px a wording is edited, a thread folded, split and given back by touch."""
    page = live.page(browser, width=375, has_touch=True)
    key, one = position(live), thread(live)
    page.goto(f"/positions/{key}")
    page.get_by_role("link", name="edit or retire").tap()
    page.fill("#position", "Libraries open for longer only with staff in them.")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").tap()
    assert "version 2" in page.inner_text("header.head")
    assert page.locator("ins").count() >= 1
    page.goto(f"/coverage/{one}")
    page.locator(".fold > summary").first.tap()
    assert page.locator(".fold").first.get_attribute("open") is None
    parts = page.locator(".fold").count()
    with page.expect_navigation():
        page.locator("button:has-text('a new thread starts here')").last.tap()
    assert page.locator(".fold").count() == parts - 1
    with page.expect_navigation():
        page.get_by_role("button", name="Give back to the rules").tap()
    assert page.locator(".fold").count() == parts
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
