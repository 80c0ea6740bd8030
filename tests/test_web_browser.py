"""The review app in a real browser: keys, forms only, narrow screens, accessibility, no reports of the policy."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_site import Site, site

from aggregator import addresses, issues, weeks
from aggregator.web import security, serve

CHROMIUM = Path("/usr/bin/chromium")
pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
if not CHROMIUM.exists():
    pytest.skip("Debian's Chromium is not installed", allow_module_level=True)

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


class Live:
    """A site behind a real server on loopback."""

    def __init__(self, shop: Site) -> None:
        self.shop = shop
        self._server: Any = serve.open_door(shop.app, shop.config, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.reports: list[str] = []
        self._contexts: list[Any] = []

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # the listening socket is closed under it at the end
            self._server.run()

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self._server.close()
        self._server.task_dispatcher.shutdown()
        for channel in list(self._server.active_channels.values()):  # connections that the browser kept
            channel.handle_close()
        self._thread.join(0.3)

    def page(self, browser: Any, name: str = "Rosa", role: str = "reviewer", width: int = 1280, **options: Any) -> Any:
        """A window in which somebody is signed in; what the browser complains of is kept."""
        context = browser.new_context(viewport={"width": width, "height": 800}, base_url=self.url, **options)
        self._contexts.append(context)
        secret = self.shop.secret(name, role)
        url = self.url.replace("http:", "https:")
        context.add_cookies(
            [
                {
                    "name": security.COOKIE,
                    "value": secret,
                    "url": url,
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("console", lambda message: self.reports.append(message.text))
        page.on("pageerror", lambda error: self.reports.append(str(error)))
        page.on("dialog", lambda dialog: self.reports.append(f"dialog: {dialog.message}"))
        return page


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    running = Live(site(tmp_path / "a.db"))
    yield running
    running.close()
    # Chromium tells when a key press came before a page's autofocus; nothing is wrong then.
    expected = ("favicon", "Autofocus processing was blocked")
    assert not [text for text in running.reports if not any(word in text for word in expected)]


def decided(live: Live) -> int:
    return int(live.shop.one("SELECT count(*) FROM link WHERE status != 'proposed'"))


def settle(page: Any) -> None:
    page.wait_for_load_state("load")


def test_all_is_decided_with_one_key_each(live: Live, browser: Any) -> None:
    """Every proposal takes one key press, well below the 1.3 that are allowed; undo takes one back."""
    page = live.page(browser)
    waiting = live.shop.one("SELECT count(*) FROM link WHERE status = 'proposed'")
    page.goto("/review")
    presses = 0
    for turn in range(waiting):
        with page.expect_navigation():
            page.keyboard.press("y" if turn % 3 else "n")
        presses += 1
    settle(page)
    assert "All decided" in page.inner_text("h1")
    assert decided(live) == waiting
    assert presses <= 1.3 * waiting
    with page.expect_navigation():
        page.keyboard.press("u")
    assert decided(live) == waiting - 1


def test_the_other_keys(live: Live, browser: Any) -> None:
    """j and k move without deciding, a adds, x rejects all, / searches, ? helps; typing decides nothing."""
    page = live.page(browser)
    page.goto("/review")
    first = page.url
    here = page.inner_text(".prop.here h3")
    with page.expect_navigation():
        page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("k")
    assert page.inner_text(".prop.here h3") == here
    assert first.rstrip("/").startswith(live.url)
    page.keyboard.press("?")
    assert page.locator("#help").get_attribute("open") is not None
    page.keyboard.press("/")
    page.keyboard.type("yn yes")
    assert page.input_value(".find input").endswith("yn yes")
    assert decided(live) == 0
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("a")
    page.wait_for_function("document.activeElement.id === 'find'")
    page.keyboard.type("volunteers")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    with page.expect_navigation():
        page.locator("button:has-text('Add')").first.click()
    assert live.shop.one("SELECT count(*) FROM link WHERE status = 'added'") == 1
    with page.expect_navigation():
        page.keyboard.press("x")
    # Beside a position that a person added, it says that no other fits: the piece is no topic without a position.
    assert live.shop.one("SELECT count(*) FROM no_fit") == 0
    assert live.shop.one("SELECT count(*) FROM audit WHERE after = 'no other position fits'") == 1


def test_a_key_without_effect_says_why(live: Live, browser: Any) -> None:
    """Where there is no original, nothing before and nothing to undo, o, k and u say so, seen and heard."""
    with live.shop.store() as store:
        store.connection.execute("UPDATE coverage SET url = NULL")
    page = live.page(browser)
    page.goto("/review")
    said = page.locator("#live[role=status]")
    assert said.inner_text() == ""
    for key, words in (("o", "No address of the original"), ("k", "the first one"), ("u", "nothing of yours to undo")):
        page.keyboard.press(key)
        assert words in said.inner_text()
        assert said.is_visible()
    assert decided(live) == 0


def test_keys_can_be_turned_off(live: Live, browser: Any) -> None:
    """With keys turned off, y does nothing, and no hint shows one."""
    page = live.page(browser)
    page.goto("/account")
    with page.expect_navigation():
        page.get_by_role("button", name="Turn them off").click()
    page.goto("/review")
    page.keyboard.press("y")
    page.wait_for_timeout(150)
    assert decided(live) == 0
    assert page.locator("kbd").count() == 0


@pytest.mark.parametrize("width", [320, 1280])
def test_forms_alone_by_keyboard_without_script(live: Live, browser: Any, width: int) -> None:
    """Without JavaScript, Tab and Enter alone confirm, undo, add, reject, say that nothing fits, and filter."""
    page = live.page(browser, width=width, java_script_enabled=False)
    page.goto("/review")
    tab_to(page, "Confirm")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert decided(live) == 1
    tab_to(page, "undo")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto("/review")
    assert decided(live) == 0
    tab_to(page, "Add another position")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("#find:focus")
    page.keyboard.type("charges")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "Add", "main button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert live.shop.one("SELECT count(*) FROM link WHERE status = 'added'") == 1
    done = decided(live)
    tab_to(page, "Reject")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert decided(live) == done + 1
    tab_to(page, "No position fits")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert live.shop.one("SELECT count(*) FROM audit WHERE after = 'no other position fits'") == 1
    page.goto("/review?band=likely")
    tab_to(page, "all")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tab_to(page: Any, name: str, kinds: str = "main button, main a") -> None:
    """Press Tab until the element with that text has the focus."""
    target = page.locator(kinds).filter(has_text=name).first
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    pytest.fail(f"Tab never reaches {name}")


def test_review_on_a_telephone(live: Live, browser: Any) -> None:
    """At 375 px the whole path works by touch, and nothing is wider than the screen."""
    page = live.page(browser, width=375, has_touch=True)
    page.goto("/review")
    for name in ("Confirm", "Reject", "No position fits"):
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        button = page.locator(f"button:has-text('{name}')").first
        box = button.bounding_box()
        assert box
        assert box["height"] >= 24
        with page.expect_navigation():
            button.tap()
    assert decided(live) >= 3
    with page.expect_navigation():
        page.locator("button:has-text('undo')").tap()


def all_pages(live: Live) -> list[str]:
    thread = live.shop.one("SELECT c.key FROM coverage c JOIN thread t ON t.coverage_id = c.id WHERE t.missing != '[]'")
    article = live.shop.one("SELECT key FROM coverage WHERE kind = 'article' AND story_id IS NOT NULL")
    position = live.shop.one(
        "SELECT s.key FROM link l JOIN statement s ON s.id = l.statement_id GROUP BY 1 ORDER BY count(*) DESC"
    )
    with live.shop.store() as store:
        preferences = f"/preferences/{addresses.token(issues.link_secret(store) or '', 'ada@example.org')}"
    return [
        "/", "/?q=library", "/?q=(open", f"/coverage/{thread}", f"/coverage/{article}", "/review", "/review?who=x",
        f"/review/add/{article}?find=library", f"/review/story/{article}/{position}", "/positions",
        f"/positions/{position}", f"/positions/{position}/edit", "/positions/new", "/digests", "/add", "/add/1", "/add/2",
        "/health", "/account", "/people", "/nowhere", "/words", "/words/glossary", f"/review/digest/{article}",
        "/missing", "/missing?what=date", f"/coverage/{article}/complete", "/digests/2026-W46", preferences, preferences.replace("preferences", "unsubscribe"),
    ]  # fmt: skip


def hand_in(live: Live) -> None:
    """One document that waits for a person, one that is stored."""
    from web_site import SAMPLE

    from parsers.model import Hint

    with live.shop.store() as store:
        issues.draft(store, live.shop.config, weeks.window_of("2026-W46", live.shop.config))
        data = (SAMPLE / "bluesky-profile.txt").read_bytes()
        for name in ("profile.txt", "stored.txt"):
            store.uploads.add(data, name=name, who="Ann", now="2026-11-16T09:00:00Z", hint=Hint())
        report = {"format": "x", "reason": "y", "records": {"post": 3}, "new": 3, "changed": 0, "unchanged": 0,
                  "repair": None, "problems": [{"where": "line 3", "message": "odd"}], "coverage": []}  # fmt: skip
        store.uploads.finish(2, failed=False, progress="", report=report)


#: The rules of axe that look at colours; all others find the same in light and dark.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
WRONG = {"resultTypes": ["violations"]}


@pytest.mark.parametrize("width", [1280, 320])
def test_every_page_is_accessible(live: Live, browser: Any, width: int) -> None:
    """No page breaks a rule of axe, in light and dark, wide and narrow, nor scrolls sideways."""
    from axe_playwright_python.sync_playwright import Axe

    hand_in(live)
    page = live.page(browser, "Ann", "admin", width=width)
    found = []
    for path in all_pages(live):
        page.goto(path)
        for scheme, rules in (("light", WRONG), ("dark", WRONG | COLOURS)):
            page.emulate_media(color_scheme=scheme)
            results = Axe().run(page, options=rules).response
            found += [(path, scheme, v["id"], v["nodes"][0]["html"][:120]) for v in results["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((path, "scrolls sideways", str(width)))
    assert not found
    live.reports = [text for text in live.reports if "status of 4" not in text]


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
def test_pages_for_strangers_are_accessible(live: Live, browser: Any, scheme: str, width: int) -> None:
    """Signing in and choosing a password break no rule either, also where something was wrong."""
    from axe_playwright_python.sync_playwright import Axe

    from aggregator import pipeline

    with live.shop.store() as store:
        secret = store.people.add("Nina", "viewer", pipeline.now())
    context = browser.new_context(viewport={"width": width, "height": 800}, base_url=live.url, color_scheme=scheme)
    page, found = context.new_page(), []
    for path, fill in (("/sign-in", "#name"), (f"/set-up/{secret}", None), ("/set-up/none", None)):
        page.goto(path)
        found += [(path, v["id"]) for v in Axe().run(page).response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if fill:
            page.fill(fill, "Nobody")
            page.fill("#password", "wrong")
            with page.expect_navigation():
                page.keyboard.press("Enter")
            assert "not right" in page.inner_text("[role=alert]")
            found += [(path, v["id"]) for v in Axe().run(page).response["violations"]]
    context.close()
    assert not found


def test_other_sites_cannot_act(live: Live, browser: Any) -> None:
    """A page on another port, and one under another name of this machine, change nothing with a person's cookie."""
    import http.server

    link = live.shop.one("SELECT id FROM link WHERE status = 'proposed'")
    version = live.shop.one("SELECT version FROM link WHERE id = ?", link)
    html = (
        f"<form method=post action='{live.url}/review/decide'><input name=link value={link}>"
        f"<input name=version value={version}><button name=action value=confirm>go</button></form>"
    ).encode()

    class Attack(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Attack)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    page = live.page(browser)
    for host in ("127.0.0.1", "localhost"):
        page.goto(f"http://{host}:{server.server_port}/")
        with page.expect_navigation():
            page.click("button")
        assert any(word in page.inner_text("h1") for word in ("Not allowed", "Please sign in"))
    server.shutdown()
    server.server_close()
    thread.join(5)
    assert decided(live) == 0
    live.reports = []


def test_a_file_that_is_too_large_shows_our_page(live: Live, browser: Any, tmp_path: Path) -> None:
    """Chromium shows the refusal of a large file, although it comes while it is still sending."""
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        file.truncate(200 << 20)
    page = live.page(browser)
    page.set_default_timeout(30_000)
    page.goto("/add")
    page.set_input_files("#files", big)
    with page.expect_navigation():
        page.get_by_role("button", name="Look at it first").click()
    assert page.inner_text("h1") == "Too large"
    assert "run.py ingest" in page.inner_text("main")
    with page.expect_navigation():
        page.get_by_role("link", name="Back").click()
    assert page.url.endswith("/add")
    live.reports = [text for text in live.reports if "status of 4" not in text]


def test_two_people_on_one_card(live: Live, browser: Any) -> None:
    """The slower one sees both values on a page that breaks no rule, and may leave it or decide again."""
    from axe_playwright_python.sync_playwright import Axe

    rosa, tom = live.page(browser, "Rosa"), live.page(browser, "Tom", width=320)
    for page in (rosa, tom):
        page.goto("/review")
    with rosa.expect_navigation():
        rosa.keyboard.press("n")
    with tom.expect_navigation():
        tom.keyboard.press("y")
    said = tom.inner_text("main")
    assert "Somebody was faster" in said
    assert "rejected" in said
    assert "Rosa" in said
    assert not Axe().run(tom).response["violations"]
    assert tom.evaluate("document.documentElement.scrollWidth") <= 320
    with tom.expect_navigation():
        tom.get_by_role("link", name="Leave it as it is").click()
    assert decided(live) == 1
    live.reports = [text for text in live.reports if "status of 4" not in text]


def test_add_in_the_browser(live: Live, browser: Any) -> None:
    """Paste a text, see what it is, fill in what is missing, store it, read it."""
    from make import ARTICLE

    page = live.page(browser)
    page.goto("/add")
    page.fill("#text", ARTICLE)
    with page.expect_navigation():
        page.get_by_role("button", name="Look at it first").click()
    assert "Benches vanish" in page.inner_text("main")
    page.fill("#outlet", "The Park Post")
    page.fill("#published", "2026-11-09")
    with page.expect_navigation():
        page.get_by_role("button", name="Put it into the archive").click()
    page.wait_for_selector("h1:has-text('In the archive')", timeout=20_000)
    with page.expect_navigation():
        page.get_by_role("link", name="Read it").click()
    assert "The Park Post" in page.inner_text("header.head")


def test_hostile_text_does_nothing(live: Live, browser: Any) -> None:
    """With markup in every stored field no script runs and nothing is asked of another place."""
    from web_hostile import plant

    plant(live.shop)
    page = live.page(browser, "Ann", "admin")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in all_pages(live)[:12]:
        page.goto(path)
    assert all(url.startswith(live.url) for url in asked)
    live.reports = [text for text in live.reports if "status of 4" not in text]
