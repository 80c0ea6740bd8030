"""Who may do what: every route, every header, sessions, sign-in, hosts, hostile text."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from web_site import BASE, NOW, OURS, SAMPLE, Site, get, post, site

from aggregator import pipeline
from aggregator.cli import cli
from aggregator.config import Config, Web
from aggregator.config import Digest as DigestSettings
from aggregator.web import people, security, serve

#: All that may be opened without an account.
PUBLIC = {
    "static", "people.sign_in", "people.set_up", "health.healthz", "readers.preferences", "readers.unsubscribe",
}  # fmt: skip
#: What a viewer may send: their own account and searches.
VIEWERS_OWN = {
    "people.sign_out", "people.change_password", "people.end_session", "people.keys", "people.add_token",
    "people.end_token", "people.save_search", "people.drop_search", "people.mail",
}  # fmt: skip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site(tmp_path_factory.mktemp("site") / "a.db")


@pytest.fixture
def shop(corpus: Site, tmp_path: Path) -> Iterator[Site]:
    """The same site with nobody's traces left behind."""
    yield corpus
    with corpus.store() as store:
        store.connection.execute("DELETE FROM sign_in_failure")


def paths(shop: Site) -> list[tuple[str, str, str]]:
    """Endpoint, method and a path for every route."""
    values = {
        "key": shop.one("SELECT key FROM coverage"),
        "statement": shop.one("SELECT key FROM statement"),
        "coverage_key": shop.one("SELECT key FROM coverage"),
        "statement_key": shop.one("SELECT key FROM statement"),
        "issue": "next",
        "secret": "x",
        "token": "x",
        "filename": "cuttings.css",
        "upload_id": 1,
        "session_id": 1,
        "token_id": 1,
    }
    found = []
    for rule in shop.app.url_map.iter_rules():
        given = dict(values)
        if rule.rule.startswith(("/positions", "/feeds")):
            given["key"] = values["statement"]
        path = rule.build({name: given[name] for name in rule.arguments})
        assert path is not None
        found += [(rule.endpoint, method, path[1]) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def counts(shop: Site) -> list[tuple[str, str]]:
    """A fingerprint of every table that a form could change."""
    with shop.store() as store:
        tables = [
            row[0]
            for row in store.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not row[0].startswith(("sqlite_", "_sqlite", "session")) and "_fts" not in row[0]
        ]
        return [
            (
                name,
                hashlib.sha256(
                    repr([tuple(r) for r in store.connection.execute(f"SELECT * FROM {name}")]).encode()
                ).hexdigest(),
            )
            for name in sorted(tables)
        ]


def test_nobody_gets_in_without_an_account(shop: Site) -> None:
    """Every route outside the short public list answers a stranger with 302, 401 or 403, and changes nothing."""
    stranger, before = shop.app.test_client(), counts(shop)
    for endpoint, method, path in paths(shop):
        if endpoint in PUBLIC:
            continue
        answer = stranger.open(path, method=method, base_url=BASE, headers=OURS)
        assert answer.status_code in (302, 401, 403), (endpoint, method, answer.status_code)
        if answer.status_code == 302:
            assert answer.location.startswith("/sign-in")
    assert counts(shop) == before


def test_a_viewer_only_looks(shop: Site) -> None:
    """A viewer opens pages, and is refused every form except those of their own account."""
    viewer, before = shop.client("Vera", "viewer"), counts(shop)
    for endpoint, method, path in paths(shop):
        if endpoint in PUBLIC | VIEWERS_OWN:
            continue
        answer = viewer.open(path, method=method, base_url=BASE, headers=OURS)
        assert answer.status_code < 500, (endpoint, answer.status_code)
        if method == "POST":
            assert answer.status_code == 403, endpoint
    after = [(name, mark) for name, mark in counts(shop) if name != "account"]
    assert after == [(name, mark) for name, mark in before if name != "account"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "nonsense"},
        {"Origin": "https://127.0.0.1:8001"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "null"},
        {},
    ],
)
def test_forms_of_other_sites_change_nothing(shop: Site, headers: dict[str, str]) -> None:
    """A form that does not prove to be ours is a 403 on every route, even for an admin."""
    admin = shop.client("Ann", "admin")
    before = counts(shop)
    for endpoint, method, path in paths(shop):
        if method == "POST" and endpoint != "readers.unsubscribe":
            assert post(admin, path, headers=headers).status_code == 403, endpoint
    assert counts(shop) == before


def test_our_own_origin_is_enough_where_a_browser_says_no_more(shop: Site) -> None:
    """Old browsers send Origin only; exactly ours passes."""
    client = shop.client()
    assert post(client, "/account/keys", {"on": "yes"}, headers={"Origin": BASE}).status_code == 303


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8000", "[::1]", "a@127.0.0.1"])
def test_a_wrong_host_is_refused(shop: Site, host: str) -> None:
    """A request under another name is 400, so that a name that starts to point here opens nothing."""
    client = shop.client()
    answer = client.get("/", base_url=BASE, headers={"Host": host})
    assert answer.status_code == 400
    assert "The archive" not in answer.text


def test_headers_stand_on_every_answer(shop: Site) -> None:
    """Policy and guards are on pages, redirects, errors and files alike; no server names itself."""
    client = shop.client()
    answers = {
        200: get(client, "/"),
        302: get(shop.app.test_client(), "/"),
        400: get(client, "/?q=(open"),
        401: post(shop.app.test_client(), "/review/undo"),
        403: post(client, "/review/undo", headers={"Sec-Fetch-Site": "cross-site"}),
        404: get(client, "/nowhere"),
        405: get(client, "/review/undo"),
        413: post(client, "/review/decide", b"x" * (2 << 20), content_type="application/x-www-form-urlencoded"),
    }
    for code, answer in answers.items():
        assert answer.status_code == code
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Strict-Transport-Security"]
        assert "Server" not in answer.headers
    assert "Set-Cookie" not in answers[200].headers


def test_a_bug_is_a_clear_page(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown exception is a 500 page with all headers and no traceback; a locked archive a 503."""
    from aggregator.store.connect import sqlite3
    from aggregator.store.search import Search

    client = shop.client()
    for error, code in ((RuntimeError("secret detail"), 500), (sqlite3.OperationalError("database is locked"), 503)):

        def broken(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(Search, "find", broken)
        answer = get(client, "/")
        assert answer.status_code == code
        assert "secret detail" not in answer.text
        assert answer.headers["Content-Security-Policy"]


def test_signing_in_and_out(shop: Site) -> None:
    """A one-time link sets the password once; the session's id is new; signing out ends it."""
    with shop.store() as store:
        secret = store.people.add("Ida", "reviewer", pipeline.now())
    client = shop.app.test_client()
    link = f"/set-up/{secret}"
    assert get(client, link).status_code == get(client, link).status_code == 200
    good = {"password": "a long walk home", "again": "a long walk home"}
    assert post(client, link, {"password": "short", "again": "short"}).status_code == 400
    answer = post(client, link, good)
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    for flag in ("__Host-cuttings=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert post(shop.app.test_client(), link, good).status_code == 403
    first = cookie.split("=", 1)[1].split(";")[0]
    assert get(client, "/").status_code == 200
    with shop.store() as store:
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    leaked = shop.db.read_bytes()
    assert first.encode() not in leaked
    assert secret.encode() not in leaked
    again = post(client, "/sign-in", {"name": "Ida", "password": "a long walk home", "next": "//evil.example"})
    assert again.location == "/"
    assert first not in again.headers["Set-Cookie"]
    stale = shop.app.test_client()
    stale.set_cookie(security.COOKIE, first, domain="127.0.0.1", secure=True)
    assert get(stale, "/").status_code == 302
    assert post(client, "/sign-out").status_code == 303
    assert get(client, "/").status_code == 302


def test_sessions_end(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle, old, reset and removed: each ends a session; a planted one never begins."""
    planted = shop.app.test_client()
    planted.set_cookie(security.COOKIE, "chosen-by-an-attacker", domain="127.0.0.1", secure=True)
    assert get(planted, "/").status_code == 302
    start = pipeline.now()
    client = shop.client("Otto")
    monkeypatch.setattr(pipeline, "now", lambda: start + dt.timedelta(hours=11))
    assert get(client, "/").status_code == 200
    monkeypatch.setattr(pipeline, "now", lambda: start + dt.timedelta(hours=22))
    assert get(client, "/").status_code == 200  # seen eleven hours ago
    monkeypatch.setattr(pipeline, "now", lambda: start + dt.timedelta(hours=35))
    assert get(client, "/").status_code == 302
    monkeypatch.setattr(pipeline, "now", lambda: start)
    for verb in ("reset", "remove"):
        client = shop.client("Otto")
        assert get(client, "/").status_code == 200
        with shop.store() as store:
            getattr(store.people, verb)("Otto", start)
            if verb == "reset":
                row = store.people.find("Otto")
                assert row is not None
                store.people.rehash(row["id"], "no password has this hash")
        assert get(client, "/").status_code == 302


def test_a_changed_password_ends_other_sessions(shop: Site) -> None:
    """After a change the old password and every other session are dead, the own goes on."""
    with shop.store() as store:
        secret = store.people.add("Lea", "viewer", pipeline.now())
    one, two = shop.app.test_client(), shop.app.test_client()
    post(one, f"/set-up/{secret}", {"password": "a long walk home", "again": "a long walk home"})
    post(two, "/sign-in", {"name": "Lea", "password": "a long walk home"})
    assert get(two, "/").status_code == 200
    change = {"old": "a long walk home", "password": "another way back", "again": "another way back"}
    assert post(one, "/account/password", change).status_code == 303
    assert get(one, "/").status_code == 200
    assert get(two, "/").status_code == 302
    assert post(two, "/sign-in", {"name": "Lea", "password": "a long walk home"}).status_code == 401


def test_guessing_is_slowed_down(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """After five failures a name has to wait longer each time, also after a restart; a right password waits too."""
    monkeypatch.setattr(people, "hasher", lambda: Plain())
    people._nobody.cache_clear()
    shop.client("Max")
    guesser = shop.app.test_client()
    for _ in range(5):
        assert post(guesser, "/sign-in", {"name": "Max", "password": "wrong"}).status_code == 401
    answer = post(guesser, "/sign-in", {"name": "Max", "password": "wrong"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    from aggregator.web import create_app

    restarted = create_app(shop.db, shop.config).test_client()
    assert post(restarted, "/sign-in", {"name": "max", "password": "wrong"}).status_code == 429
    for number in range(20):
        post(guesser, "/sign-in", {"name": f"nobody {number}", "password": "wrong"})
    assert post(guesser, "/sign-in", {"name": "yet another", "password": "wrong"}).status_code == 429
    people._nobody.cache_clear()


class Plain:
    """A quick stand-in for the slow hash."""

    def verify(self, hashed: str, password: str) -> bool:
        return hashed == password

    def hash(self, password: str) -> str:
        return password

    def check_needs_rehash(self, hashed: str) -> bool:
        return False


@pytest.mark.parametrize(
    ("web", "digest", "accounts", "lacks"),
    [
        ({}, {}, False, 4),
        ({"trusted_hosts": ("c.example",), "proxy": "127.0.0.1"}, {"public_base_url": "https://c.example"}, True, 0),
        ({"trusted_hosts": ("c.example",), "proxy": "127.0.0.1"}, {"public_base_url": "http://c.example"}, True, 1),
        ({"trusted_hosts": ("c.example",)}, {"public_base_url": "https://c.example"}, True, 1),
        ({"proxy": "127.0.0.1"}, {"public_base_url": "https://c.example"}, True, 1),
        ({"trusted_hosts": ("c.example",), "proxy": "127.0.0.1"}, {"public_base_url": "https://c.example"}, False, 1),
    ],
)
def test_beyond_this_machine_every_precondition_counts(web: dict, digest: dict, accounts: bool, lacks: int) -> None:  # type: ignore[type-arg]
    """Each missing precondition is named; on loopback none is asked for."""
    config = Config(web=Web(**web), digest=DigestSettings(**digest))
    assert len(serve.missing(config, "0.0.0.0", accounts)) == lacks
    assert len(serve.missing(config, "::", accounts)) == lacks
    assert not serve.missing(config, "127.0.0.1", accounts)
    assert not serve.missing(config, "::1", accounts)


def test_serve_refuses_with_a_message(tmp_path: Path) -> None:
    """`serve --host 0.0.0.0` without anything ends with one message that names all that is missing."""
    result = CliRunner().invoke(cli, ["--db", str(tmp_path / "a.db"), "serve", "--host", "0.0.0.0"])
    assert result.exit_code == 1
    for word in ("account", "https", "trusted_hosts", "proxy"):
        assert word in str(result.exception)


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</title></textarea><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "\u202ereversed\u202c &lt;b&gt; \x00",
)


def test_hostile_text_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markup in every stored field shows as letters on every page."""
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    shop = site(tmp_path / "a.db")
    plant(shop)
    admin = shop.client("<i>Ann</i>", "admin")
    for endpoint, method, path in paths(shop):
        if method != "GET" or endpoint in ("static", "people.set_up"):
            continue
        answer = get(admin, path)
        if answer.mimetype == "text/html":
            no_trace(answer.text, endpoint)
    for key in ("coverage", "statement"):
        with shop.store() as store:
            found = [row[0] for row in store.connection.execute(f"SELECT key FROM {key} LIMIT 12")]
        for name in found:
            no_trace(get(admin, f"/{'positions' if key == 'statement' else 'coverage'}/{name}").text, name)


def plant(shop: Site) -> None:
    """Put hostile text into every text column that pages show."""
    tables = {
        "coverage": "headline summary text who url",
        "article": "standfirst outlet section source_url",
        "post": "text text_raw part_text author author_name card_title card_description card_url",
        "statement": "title context position rationale organisation",
        "statement_version": "context position rationale",
        "quote": "speaker quote verb",
        "document": "name reason",
        "problem": "name message place",
        "thread": "reason",
        "run": "verb",
    }
    with shop.store() as store:
        db = store.connection
        db.execute("PRAGMA recursive_triggers = OFF")
        for table, columns in tables.items():
            for column in columns.split():
                keys = [row[0] for row in db.execute(f"SELECT rowid FROM {table}")]
                for place, key in enumerate(keys):
                    db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (HOSTILE[place % len(HOSTILE)], key))
        for name in ("statement_area", "statement_alias"):
            column = "area" if name == "statement_area" else "alias"
            extra = ", 'x', '2026-11-09T00:00:00Z'" if name == "statement_alias" else ""
            db.execute(f"INSERT INTO {name} SELECT id, ? {extra} FROM statement", (HOSTILE[1] + column,))
        evidence = (
            "UPDATE link SET evidence = json_set(evidence, '$.their_sentence', ?, '$.our_sentence', ?, '$.reason', ?)"
        )
        db.execute(evidence + " WHERE evidence != '{}'", (HOSTILE[0], HOSTILE[1], HOSTILE[3]))
        shop.secret("<i>Ann</i>", "admin")
        row = store.people.find("<i>Ann</i>")
        assert row is not None
        store.people.save_search(row["id"], HOSTILE[0], HOSTILE[1])


def no_trace(html: str, where: str) -> None:
    lower = html.lower()
    for bad in (
        "<script>alert",
        "<img src=x",
        "<svg/onload",
        'href="javascript:',
        "href='javascript:",
        "\u202e",
        "\x00",
    ):
        assert bad not in lower, (where, bad)
    assert "style=" not in lower.replace("text-style=", "") or "mail" in where, where
    assert ">49<" not in lower


def test_bios_are_never_shown(tmp_path: Path) -> None:
    """The profiles that stand after the posts of a scrape reach no page, nor the look before storing."""
    shop = site(tmp_path / "a.db")
    client = shop.client()
    data = (SAMPLE / "bluesky-profile.txt").read_bytes()
    bio = "Storyteller, puppeteer"
    assert bio.encode() in data
    answer = post(client, "/add", {"files": (io.BytesIO(data), "p.txt")}, content_type="multipart/form-data")
    look = get(client, answer.location)
    assert "birthday messages" in look.text
    assert bio not in look.text
    saved = post(client, answer.location, {"action": "save"})
    for path in (saved.location, "/", "/health", "/?q=puppeteer"):
        assert bio not in get(client, path).text


def test_random_searches_never_break(shop: Site) -> None:
    """A search of any characters is a page of results or an explanation."""
    import random

    chooser, client = random.Random(7), shop.client()
    signs = list("\"'()-:*ANDORNOTabc 0 position:is:date:\x00\u202e%_\\{}<>é漢😀^")
    for _ in range(150):
        text = "".join(chooser.choice(signs) for _ in range(chooser.randint(1, 25)))
        assert get(client, "/", query_string={"q": text}).status_code in (200, 400), text
