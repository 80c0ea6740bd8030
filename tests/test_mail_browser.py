"""The mail in a real browser: nothing to scroll sideways, nothing fetched, no accessibility fault, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_weeks import URLS, WEEKS, golden

from aggregator.render import render

CHROMIUM = Path("/usr/bin/chromium")


@pytest.mark.parametrize("name", WEEKS)
def test_mail_in_chromium(name: str) -> None:
    """At 320, 375 and 600 pixels, light and dark: no sideways scroll, no request, no violation that axe finds."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed")
    html = render(golden(name), urls=URLS).html
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        try:
            for width in (320, 375, 600):
                for scheme in ("light", "dark"):
                    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
                    requests: list[str] = []
                    page.on("request", lambda request, seen=requests: seen.append(request.url))
                    page.set_content(html)
                    assert not requests
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
                    # Landmarks are for pages; a mail is shown inside one.
                    found = axe.Axe().run(
                        page, options={"rules": {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}}
                    )
                    assert not found.response["violations"], [
                        (one["id"], [node["html"][:120] for node in one["nodes"]])
                        for one in found.response["violations"]
                    ]
                    page.close()
        finally:
            browser.close()
