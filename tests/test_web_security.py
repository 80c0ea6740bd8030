"""Who may do what: every route, every header, sessions, sign-in, hosts, hostile text."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from web_hostile import EXEMPT, no_trace, plant
from web_site import BASE, NOW, OURS, SAMPLE, Site, get, post, site

from aggregator import pipeline
from aggregator.cli import cli
from aggregator.config import Config, Web
from aggregator.config import Digest as DigestSettings
from aggregator.errors import ConfigError
from aggregator.store import Store
from aggregator.web import create_app, people, security, serve

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


def test_head_only_looks(shop: Site) -> None:
    """HEAD answers as GET does, without a body, and changes nothing, whatever form comes with it."""
    admin, before = shop.client("Ann", "admin"), counts(shop)
    for endpoint, method, path in paths(shop):
        if method == "GET" and endpoint != "static":
            plain, head = get(admin, path), admin.head(path, base_url=BASE, data={"text": "x", "action": "confirm"})
            assert head.status_code == plain.status_code, endpoint
            assert not head.data
            plain.close()
    assert [row for row in counts(shop) if row[0] != "account"] == [row for row in before if row[0] != "account"]


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


#: What every answer over https says, exactly.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
}
#: What an answer may say beside that; nothing else, so no server names itself and no cookie is set in passing.
MORE = {"Content-Type", "Content-Length", "Location", "Allow", "Retry-After"}


def test_headers_stand_on_every_answer(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policy and guards are exactly the same on pages, redirects and errors of every kind; no server names itself."""
    from aggregator.store.connect import sqlite3
    from aggregator.web import base

    def broken(error: Exception) -> Any:
        def number(*_: object) -> int:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(base, "stamp", number)
            return post(shop.client(), "/review/undo")

    client = shop.client()
    link = shop.one("SELECT id FROM link WHERE status = 'proposed'")
    answers = {
        200: get(client, "/"),
        302: get(shop.app.test_client(), "/"),
        400: get(client, "/?q=(open"),
        401: post(shop.app.test_client(), "/review/undo"),
        403: post(client, "/review/undo", headers={"Sec-Fetch-Site": "cross-site"}),
        404: get(client, "/nowhere"),
        405: get(client, "/review/undo"),
        409: post(client, "/review/decide", {"link": link, "version": 99, "action": "confirm"}),
        413: post(client, "/review/decide", b"x" * (2 << 20), content_type="application/x-www-form-urlencoded"),
        500: broken(RuntimeError("a bug")),
        503: broken(sqlite3.OperationalError("database is locked")),
    }
    for code, answer in answers.items():
        assert answer.status_code == code
        said = dict(answer.headers)
        assert {name: said.get(name) for name in HEADERS} == HEADERS, code
        assert set(said) <= {*HEADERS, *MORE}, code
    plain = client.get("/healthz", base_url="http://127.0.0.1")
    assert "Strict-Transport-Security" not in plain.headers
    with get(client, "/static/cuttings.css") as sheet:
        said = dict(sheet.headers)
    keeps = {name: value for name, value in HEADERS.items() if name != "Cache-Control"}
    assert {name: said.get(name) for name in keeps} == keeps


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
    scanner = shop.app.test_client()
    assert scanner.head(link, base_url=BASE).status_code == get(scanner, link).status_code == 200
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
    now = again.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    assert post(client, "/sign-out").status_code == 303
    assert get(client, "/").status_code == 302
    stale.set_cookie(security.COOKIE, now, domain="127.0.0.1", secure=True)
    assert get(stale, "/").status_code == 302


def test_a_one_time_link_works_once_for_one(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it was used it opens nothing in any browser; of two that use it at once only the first gets in."""
    with shop.store() as store:
        secret = store.people.add("Uma", "reviewer", pipeline.now())
    good = {"password": "a long walk home", "again": "a long walk home"}
    first, second = shop.app.test_client(), shop.app.test_client()
    slow = people.hasher()

    class Meanwhile(Plain):
        """While the second one's password is hashed, the first one's goes in."""

        def hash(self, password: str) -> str:
            with monkeypatch.context() as patch:
                patch.setattr(people, "hasher", lambda: slow)
                assert post(first, f"/set-up/{secret}", good).status_code == 303
            return password

    with monkeypatch.context() as patch:
        patch.setattr(people, "hasher", lambda: Meanwhile())
        patch.setattr(people, "_HASHES", threading.BoundedSemaphore(3))
        assert (
            post(second, f"/set-up/{secret}", {"password": "the thief's own", "again": "the thief's own"}).status_code
            == 403
        )
    assert get(first, "/").status_code == 200
    assert get(second, "/").status_code == 302
    for client in (first, second, shop.app.test_client()):
        assert get(client, f"/set-up/{secret}").status_code == 403
        assert post(client, f"/set-up/{secret}", good).status_code == 403


def test_a_stranger_and_a_colleague_wait_alike(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every try costs exactly one check of a hash of the same cost, whether the name is known, gone, new or none."""
    from argon2 import PasswordHasher, extract_parameters

    with shop.store() as store:
        for name in ("Known", "Gone", "New"):
            store.people.add(name, "viewer", pipeline.now())
        for name in ("Known", "Gone"):
            row = store.people.find(name)
            assert row is not None
            store.people.set_password(row["id"], people.hasher().hash("a long walk home"))
        store.people.remove("Gone", pipeline.now())
    checked: list[object] = []

    class Counting(PasswordHasher):
        def verify(self, hash: Any, password: Any) -> Any:
            checked.append(extract_parameters(hash))
            return super().verify(hash, password)

        def hash(self, password: Any, *, salt: Any = None) -> str:
            checked.append("a hash is made")
            return super().hash(password, salt=salt)

    counting = Counting()
    monkeypatch.setattr(people, "hasher", lambda: counting)
    people._nobody.cache_clear()
    costs = []
    for name in ("Known", "Nobody", "Gone", "New", "Known"):
        checked.clear()
        assert post(shop.app.test_client(), "/sign-in", {"name": name, "password": "wrong"}).status_code == 401
        costs.append(list(checked))
    people._nobody.cache_clear()
    # The first of all makes the stand-in, although its name is known.
    assert costs[0][0] == "a hash is made"
    assert costs[0][1:] == costs[1] == costs[2] == costs[3] == costs[4]
    assert len(costs[1]) == 1


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
    for number in range(44):
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


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program on the port is no bug: the message names the way to another one."""

    def taken(*_: object) -> None:
        raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(serve, "open_door", taken)
    with pytest.raises(ConfigError, match=r"port 8000: Address already in use; --port"):
        serve.serve(tmp_path / "a.db", Config(), "127.0.0.1", 8000)


def test_sign_in_tells_what_is_missing(tmp_path: Path) -> None:
    """Without accounts, and with accounts that have no password yet, the page says which, and what to do."""
    db = tmp_path / "a.db"
    Store(db).close()
    client = create_app(db, Config()).test_client()
    assert "Nobody has an account yet" in get(client, "/sign-in").text
    with Store(db) as store:
        secret = store.people.add("Ada", "admin", pipeline.now())
    for page in (get(client, "/sign-in"), post(client, "/sign-in", {"name": "Ada", "password": "x"})):
        assert "Nobody has an account" not in page.text
        assert "Nobody has chosen a password yet" in page.text
        assert "user reset NAME" in page.text
    with Store(db) as store:
        store.people.use_setup(secret, "a hash", pipeline.now())
    assert "Nobody has" not in get(client, "/sign-in").text


def test_one_time_links_name_where_the_app_listens(tmp_path: Path) -> None:
    """`user add` names the port in use, and the public address where there is one."""
    db, settings = tmp_path / "a.db", tmp_path / "cuttings.toml"
    settings.write_text("[web]\nport = 8123\n")
    Store(db).close()

    def link(name: str) -> str:
        result = CliRunner().invoke(cli, ["--db", str(db), "--config", str(settings), "user", "add", name])
        assert result.exit_code == 0, result.output
        return result.stdout.rpartition("/set-up/")[0]

    assert link("Ada") == "http://127.0.0.1:8123"
    server = serve.open_door(create_app(db, Config()), Config(), "127.0.0.1", 0)
    here = f"http://127.0.0.1:{server.effective_port}"
    serve._note(db, here)

    def run() -> None:
        with contextlib.suppress(OSError):  # the listening socket is closed under it
            server.run()

    running = threading.Thread(target=run, daemon=True)
    running.start()
    assert link("Bea") == here
    server.close()
    server.task_dispatcher.shutdown()
    running.join(5)
    settings.write_text('[web]\ntrusted_hosts = ["cuttings.example.org"]\nproxy = "127.0.0.1"\n')
    assert link("Cem") == "https://cuttings.example.org"
    settings.write_text('[digest]\npublic_base_url = "https://heads.example.org/"\n')
    assert link("Dee") == "https://heads.example.org"
    serve._note(db, "http://127.0.0.1:9")  # of one that was killed
    settings.write_text("")
    assert link("Eve") == "http://127.0.0.1:8000"


def test_serve_refuses_with_a_message(tmp_path: Path) -> None:
    """`serve --host 0.0.0.0` without anything ends with one message that names all that is missing."""
    db, settings = tmp_path / "a.db", tmp_path / "cuttings.toml"
    given = {
        "account": "",
        "https": '[digest]\npublic_base_url = "https://c.example"\n',
        "trusted_hosts": '[web]\ntrusted_hosts = ["c.example"]\n',
        "proxy": 'proxy = "127.0.0.1"\n',
    }
    for lacking in (*given, "all"):
        db.unlink(missing_ok=True)
        with Store(db) as store:
            if lacking not in ("account", "all"):
                store.people.add("Ada", "admin", pipeline.now())
                store.connection.execute("UPDATE account SET password = 'x'")
        parts = [] if lacking == "all" else [text for name, text in given.items() if name != lacking]
        text = "".join(parts)
        settings.write_text(
            text if "[web]" in text or "proxy =" not in text else text.replace("proxy =", "[web]\nproxy =")
        )
        result = CliRunner().invoke(cli, ["--db", str(db), "--config", str(settings), "serve", "--host", "0.0.0.0"])
        assert result.exit_code == 1, lacking
        for word in given:
            assert (word in str(result.exception)) == (lacking in (word, "all")), (lacking, word, result.exception)


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
        assert answer.status_code < 500, endpoint
        if answer.mimetype == "text/html":
            no_trace(answer.text, endpoint)
    for path in ("/add/2", "/add/3", "/digests/2026-W46", "/digests/2026-W46/mail", "/?q=alert", "/review?band=likely"):
        answer = get(admin, path)
        assert answer.status_code == 200, (path, answer.text[-600:])
        no_trace(answer.text, path)
    for key in ("coverage", "statement"):
        with shop.store() as store:
            found = [row[0] for row in store.connection.execute(f"SELECT key FROM {key} LIMIT 12")]
        for name in found:
            no_trace(get(admin, f"/{'positions' if key == 'statement' else 'coverage'}/{name}").text, name)


def test_no_stored_field_is_forgotten(shop: Site) -> None:
    """Whatever column is added is planted, unless it is exempt by name; an exemption that stands for nothing goes."""
    with shop.store() as store:
        known = {
            f"{table}.{row['name']}"
            for (table,) in store.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for row in store.connection.execute(f"PRAGMA table_info({table})")
        }
    assert known >= EXEMPT


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
