"""Completing articles in a real browser: by keyboard, without a script, accessible in every state."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from make import ARTICLE
from test_web_browser import Live, browser, live, tab_to  # noqa: F401  # fixtures

from aggregator import pipeline
from aggregator.web import relink
from parsers.model import Hint


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No round of linking follows."""
    monkeypatch.setattr(relink.Relinker, "_round", lambda self: None)


@pytest.fixture
def pasted(live: Live, tmp_path: Any) -> str:  # noqa: F811
    """The name of an article that says neither outlet nor day nor address."""
    from aggregator.inputs import Input

    path = tmp_path / "text.txt"
    path.write_text(ARTICLE, encoding="utf-8")
    with live.shop.store() as store:
        list(pipeline.ingest(store, [Input(name="text.txt", path=path)], live.shop.config, Hint()))
    return str(live.shop.one("SELECT key FROM coverage WHERE headline LIKE 'Benches vanish%'"))


def test_the_keyboard_completes_without_a_script(live: Live, browser: Any, pasted: str) -> None:  # noqa: F811
    """From the list to the form and back, nothing is needed but the keyboard, with scripts off."""
    page = live.page(browser, java_script_enabled=False)
    page.goto("/missing?what=outlet")
    tab_to(page, "complete it")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.focus("#outlet")
    page.keyboard.type("The Park Post")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Saved" in page.inner_text(".said") and "Nothing" not in page.inner_text(".said")
    assert live.shop.one("SELECT who FROM coverage WHERE headline LIKE 'Benches vanish%'") == "The Park Post"


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 320), ("light", 1280), ("dark", 1280)])
def test_the_form_is_accessible_in_every_state(
    live: Live,  # noqa: F811
    browser: Any,  # noqa: F811
    pasted: str,
    scheme: str,
    width: int,
) -> None:
    """Open, with slips, with another's values, saved, in the queue and on the empty list: no rule of axe is broken."""
    from axe_playwright_python.sync_playwright import Axe

    page, found = live.page(browser, width=width, color_scheme=scheme), []

    def look(state: str) -> None:
        violations = Axe().run(page).response["violations"]
        found.extend((state, v["id"], v["nodes"][0]["html"][:120]) for v in violations)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((state, "scrolls sideways", str(width)))

    where = f"/coverage/{pasted}/complete"
    page.goto("/missing")
    look("queue")
    page.goto(f"{where}?queue=any")
    look("form")
    page.fill("#url", "https://x")
    page.fill("#outlet", "An outlet with a very long name " * 4)
    with page.expect_navigation():
        page.click("button.main")
    assert page.get_attribute("#url", "aria-invalid") == "true"
    assert page.inner_text("#slip-url")
    look("slip")
    page.fill("#url", "https://news.example.org/a-very-long-address-" + "that-goes-on-" * 12)
    with page.expect_navigation():
        page.click("button.main")
    look("saved")
    page.goto(where)
    with live.shop.store() as store:
        store.connection.execute("UPDATE coverage SET headline = 'Changed' WHERE headline LIKE 'Benches vanish%'")
    page.fill("#day", "2026-11-10")
    with page.expect_navigation():
        page.click("button.main")
    assert "nothing of yours was written" in page.inner_text("[role=alert]")
    look("conflict")
    with page.expect_navigation():
        page.click("button.main")
    look("article")
    page.goto("/missing?what=date")
    look("empty")
    live.reports = [text for text in live.reports if "status of 4" not in text]
    assert not found
