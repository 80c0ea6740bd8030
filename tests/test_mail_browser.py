"""The mail in a real browser: nothing to scroll sideways, nothing fetched, no accessibility fault, text that can be
read, in light, dark, and where a mail program turns the colours around by itself."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from golden_weeks import URLS, WEEKS, golden

from aggregator.render import render

CHROMIUM = Path("/usr/bin/chromium")
#: Chromium's own darkening of light pages, which Android's mail programs use.
FORCED = ("--force-dark-mode", "--enable-features=WebContentsForceDark")
#: The least contrast of every run of text against what is painted behind it, from the colours on the screen.
CONTRAST = """
(turned) => {
  const channel = v => (v /= 255, v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const parse = css => css.match(/[\\d.]+/g).map(Number);
  const turn = ([r, g, b]) => turned ? [255 - r, 255 - g, 255 - b] : [r, g, b];
  const light = rgb => { const [r, g, b] = turn(rgb).map(channel); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  let least = 21, where = '';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    if (!walker.currentNode.data.trim() || style.display === 'none' || parseFloat(style.fontSize) === 0) continue;
    const [one, two] = [light(parse(style.color)), light(behind(element))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < least) [least, where] = [ratio, walker.currentNode.data.trim().slice(0, 60)];
  }
  return [least, where];
}
"""
#: Contrast of text as WCAG 2 asks for (AA).
READABLE = 4.5


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="module")
def browser(engine: Any) -> Iterator[Any]:
    opened = engine.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def dark_browser(engine: Any) -> Iterator[Any]:
    opened = engine.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", *FORCED])
    yield opened
    opened.close()


def shown(browser: Any, name: str, width: int, scheme: str = "light") -> Any:
    """A golden week on a screen; what it would fetch fails the test."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.on("request", lambda request: pytest.fail(f"the mail fetches {request.url}"))
    page.set_content(render(golden(name), urls=URLS).html)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", WEEKS)
def test_mail_in_chromium(browser: Any, name: str, scheme: str) -> None:
    """At 320, 375 and 600 pixels, light and dark: no sideways scroll, no request, contrast, nothing that axe finds."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = shown(browser, name, 600, scheme)
    for width in (600, 375, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        least, where = page.evaluate(CONTRAST, False)
        assert least >= READABLE, (where, least)
    # Landmarks are for pages; a mail is shown inside one.
    rules = {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}
    found = axe.Axe().run(page, options={"rules": rules}).response["violations"]
    assert not found, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]
    page.close()


@pytest.mark.parametrize("name", ["normal", "huge", "hostile"])
def test_colours_turned_around(browser: Any, name: str) -> None:
    """Where a program inverts a mail, light or dark, every text still stands out."""
    for scheme in ("light", "dark"):
        page = shown(browser, name, 375, scheme)
        least, where = page.evaluate(CONTRAST, True)
        assert least >= READABLE, (where, least)
        page.close()


@pytest.mark.parametrize("name", ["normal", "quiet"])
def test_forced_dark(dark_browser: Any, name: str) -> None:
    """Darkened by the program and not by us, every text has contrast in the pixels that are painted."""
    page = shown(dark_browser, name, 375)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    for kind in ("h1", "h2", "h3", "p", "p.soft", "th .soft", "th", "li", "h3 .accent", "td[align=right]"):
        for element in page.query_selector_all(kind)[:2]:
            low, middle, high = painted(page, element.screenshot())
            assert middle < 0.1, "the browser darkens the page"
            assert (high + 0.05) / (middle + 0.05) >= READABLE, (element.inner_text()[:60], low, middle, high)
    page.close()


def painted(page: Any, picture: bytes) -> tuple[float, ...]:
    """Luminance of the darkest, the middle and the lightest pixel of a picture, as the browser itself decodes it."""
    code = """
    async (data) => {
      const image = await createImageBitmap(await (await fetch(data)).blob());
      const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const pixels = context.getImageData(0, 0, image.width, image.height).data, seen = [];
      const channel = v => (v /= 255, v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      for (let i = 0; i < pixels.length; i += 4)
        seen.push(0.2126 * channel(pixels[i]) + 0.7152 * channel(pixels[i + 1]) + 0.0722 * channel(pixels[i + 2]));
      seen.sort((a, b) => a - b);
      return [seen[0], seen[seen.length >> 1], seen[seen.length - 1]];
    }
    """
    return tuple(page.evaluate(code, "data:image/png;base64," + base64.b64encode(picture).decode()))
