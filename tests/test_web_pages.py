"""Pages beside the review: adding, positions, digests, readers, the interface for programs, searches."""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from make import ARTICLE, PAPER
from web_site import BASE, NOW, SAMPLE, Site, get, post, site

import parsers
from aggregator import addresses, issues, pipeline, weeks
from aggregator.config import Config
from aggregator.store import Store
from aggregator.web import add, base, create_app, openapi
from parsers.model import Hint


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(base, "PATIENCE_MS", 100)
    monkeypatch.setattr(add, "WAIT", 30.0)  # however busy the machine is, an import is seen done
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    yield site(tmp_path / "a.db")


def hand_in(client: Any, *files: tuple[str, bytes], **fields: str) -> Any:
    given = [(io.BytesIO(data), name) for name, data in files]
    return post(client, "/add", {"files": given, **fields}, content_type="multipart/form-data")


# ------------------------------------------------------------------ the first day


def test_an_empty_archive_says_what_to_do(tmp_path: Path) -> None:
    """Before anything came in, pages say so and name the way on, instead of asking for fewer words."""
    db = tmp_path / "a.db"
    empty = Site(app=create_app(db, Config()), db=db, config=Config())
    Store(db).close()
    client = empty.client()
    front, queue, taught = get(client, "/").text, get(client, "/review").text, get(client, "/words").text
    assert "Nothing has come in yet." in front
    assert "fewer words" not in front
    assert "Nothing to review yet" in queue
    assert "All decided" not in queue
    assert 'href="/add"' in front and 'href="/add"' in queue
    assert "have changed since then" not in taught
    assert "fewer words" in get(client, "/?q=lantern").text


def test_pages_that_refuse_have_the_ways_on(shop: Site) -> None:
    """Who is signed in keeps the menu where a page is not there or not theirs; a stranger sees none."""
    client = shop.client()
    for path in ("/nowhere", "/people", "/coverage/a-none"):
        assert 'aria-label="Main"' in get(client, path).text
    assert 'aria-label="Main"' not in get(shop.app.test_client(), "/nowhere").text


# ------------------------------------------------------------------ add


def test_a_paste_is_seen_before_it_is_stored(shop: Site) -> None:
    """The look stores nothing; what is filled in is used; storing shows what it did."""
    client, before = shop.client(), shop.one("SELECT count(*) FROM coverage")
    where = post(client, "/add", {"text": ARTICLE}).location
    assert "unknown: fill it in" in get(client, where).text
    filled = {"outlet": "The Park Post", "url": "https://news.example.org/benches", "published": "2026-11-09"}
    post(client, where, {**filled, "action": "look"})
    assert "The Park Post" in get(client, where).text
    assert shop.one("SELECT count(*) FROM coverage") == before
    assert "In the archive" in get(client, post(client, where, {**filled, "action": "save"}).location).text
    assert shop.one("SELECT who FROM coverage WHERE headline LIKE 'Benches vanish%'") == "The Park Post"
    # A form sent twice stores once.
    post(client, where, {**filled, "action": "save"})
    assert shop.one("SELECT count(*) FROM coverage") == before + 1


def test_a_paste_that_becomes_one_with_an_article_says_so(shop: Site) -> None:
    """With which article a text was joined is told once it is stored; one that is new tells nothing."""
    client, filled = shop.client(), {"url": "https://news.example.org/benches", "action": "save"}
    first = post(client, "/add", {"text": ARTICLE}).location
    assert "one article now" not in get(client, post(client, first, filled).location).text
    longer = ARTICLE + "\nThe council will count its benches again in the spring, a spokesman said on Monday evening.\n"
    second = post(client, "/add", {"text": longer}).location
    assert "It is one article now with “Benches vanish" in get(client, post(client, second, filled).location).text


def test_what_is_filled_in_later_is_used(shop: Site) -> None:
    """A text that is in already, handed in again with its outlet and day, has them from then on."""
    client, filled = shop.client(), {"outlet": "The Park Post", "published": "2026-11-09"}
    post(client, post(client, "/add", {"text": ARTICLE}).location, {"action": "save"})
    where = post(client, "/add", {"text": ARTICLE, **filled}).location
    assert "1 changed" in get(client, post(client, where, {**filled, "action": "save"}).location).text
    found = "SELECT who || ' ' || substr(published_at, 1, 10) FROM coverage WHERE headline LIKE 'Benches vanish%'"
    assert shop.one(found) == "The Park Post 2026-11-09"


def test_positions_and_nonsense(shop: Site) -> None:
    """A position paper shows its positions; bytes that are nothing say so, and cannot be stored."""
    client = shop.client()
    assert "2 positions" in get(client, hand_in(client, ("paper.txt", PAPER.encode())).location).text
    page = get(client, hand_in(client, ("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(500))).location).text
    assert "cannot be read" in page
    assert "Put it into the archive" not in page


def test_a_text_that_is_not_recognised_says_where_to_say_what_it_is(shop: Site) -> None:
    """On a page the way is the field of the page: no option of the command line, no internal name of a kind."""
    client = shop.client()
    where = post(client, "/add", {"text": "call Ada"}).location
    page = get(client, where).text
    assert "say so under “It is”" in page
    post(client, where, {"action": "look", "kind": "bluesky-scrape"})
    page = get(client, where).text
    assert "cannot be read" in page
    assert "--kind" not in page


def test_a_form_that_cannot_be_used_comes_back_as_it_was_filled_in(shop: Site) -> None:
    """An empty form and a slip in a field give the form back, with what was typed and one sentence on what is wrong."""
    client = shop.client()
    empty = post(client, "/add", {"text": "  ", "outlet": "The Park Post"})
    assert empty.status_code == 400
    assert "paste a text, or choose a file" in empty.text
    assert 'value="The Park Post"' in empty.text
    for field, slip in (("published", "yesterday"), ("url", "javascript:x"), ("timezone", "Europe/Atlantis")):
        page = post(client, "/add", {"text": ARTICLE, field: slip})
        assert page.status_code == 400
        assert 'role="alert"' in page.text
        assert "said Ida Brook" in page.text
    where = post(client, "/add", {"text": ARTICLE}).location
    page = post(client, where, {"action": "save", "outlet": "The Park Post", "published": "9th of May"})
    assert page.status_code == 400
    assert "“9th of May” is no day" in page.text
    assert 'value="9th of May"' in page.text
    assert "not stored yet" in get(client, where).text


def test_what_stood_around_an_article_is_told_calmly(shop: Site) -> None:
    """Menus and the like are one folded line apart from the text, each group with its reason, before and after storing."""
    client = shop.client()
    where = post(client, "/add", {"text": f"Home\nSport\nWeather\nSign in\n\n{ARTICLE}\n\nShare this\n"}).location
    page = get(client, where).text
    assert "What stood around the article" in page
    assert "left out" not in page
    assert "<li>Share this</li>" in page
    post(client, where, {"action": "save"})
    key = shop.one("SELECT key FROM coverage WHERE headline LIKE 'Benches vanish%'")
    assert "What stood around the article" in get(client, f"/coverage/{key}").text


def test_a_day_may_be_written_as_people_write_it(shop: Site) -> None:
    """“16 November 2026” is a day; the form then has a date field with it."""
    client = shop.client()
    where = post(client, "/add", {"text": ARTICLE}).location
    assert 'name="published" type="date"' in get(client, where).text
    post(client, where, {"action": "look", "published": "16 November 2026"})
    assert 'type="date" value="2026-11-16"' in get(client, where).text


def test_a_look_says_what_the_archive_has_already(shop: Site) -> None:
    """The same text again, and another text of the same headline, are told before they are put in."""
    client = shop.client()
    where = post(client, "/add", {"text": ARTICLE}).location
    assert "in the archive already" not in get(client, where).text
    post(client, where, {"action": "save"})
    again = get(client, post(client, "/add", {"text": ARTICLE}).location).text
    assert "It is in the archive already" in again and "/coverage/a-" in again
    other = get(client, post(client, "/add", {"text": f"{ARTICLE}\n\nOne more paragraph of it.\n"}).location).text
    assert "The archive has an article of this headline" in other


def test_what_is_inside_packed_files_is_named(shop: Site) -> None:
    """A zip names its files before anything of it is stored; one that is no zip after all stops nothing."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        packed.writestr("cuttings/a.txt", ARTICLE)
    client = shop.client()
    assert "1 file inside: cuttings/a.txt" in get(client, hand_in(client, ("b.zip", held.getvalue())).location).text
    torn = get(client, hand_in(client, ("c.zip", held.getvalue()[:60])).location)
    assert torn.status_code == 200


def test_several_files_wait_for_a_person(shop: Site) -> None:
    """Files handed in together are listed, each looked at by itself, and can be thrown away."""
    client = shop.client()
    assert hand_in(client, ("a.txt", ARTICLE.encode()), ("b.txt", PAPER.encode())).location == "/add?new=1,2"
    page = get(client, "/add?new=1,2").text
    assert "2 files handed in" in page and "2 files not stored yet" in page
    assert "waits for you" in page
    post(client, "/add/1", {"action": "drop"})
    assert get(client, "/add/1").status_code == 404
    assert get(client, "/add/2").status_code == 200


def zipped(**files: bytes) -> bytes:
    """A zip of files, by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"{name}.txt", data)
    return packed.getvalue()


def test_a_zip_of_several_files_is_stored(shop: Site) -> None:
    """All files of a zip go in by one form, told as one; what cannot be used is named, and the others are in."""
    client = shop.client()
    where = hand_in(client, ("both.zip", zipped(a=ARTICLE.encode(), paper=PAPER.encode(), x=b"\xff\xd8\xff"))).location
    page = get(client, where).text
    assert "each file is recognised by itself" in page
    assert "Put it into the archive" in page
    stored = get(client, post(client, where, {"action": "save"}).location).text
    assert "2 of 3 files in it were read" in stored
    assert "x.txt: " in stored
    assert "Read it" in stored
    assert shop.one("SELECT count(*) FROM document WHERE name LIKE 'both.zip/%'") == 2


def test_what_is_stored_says_what_it_leaves_open(shop: Site) -> None:
    """The page after storing names what nobody said, with the way to give it; also for what is in a zip."""
    client = shop.client()
    where = hand_in(client, ("one.txt", ARTICLE.encode())).location
    page = get(client, post(client, where, {"action": "save"}).location).text
    assert "Not known: outlet, date, address." in page
    key = shop.one("SELECT key FROM coverage WHERE headline LIKE 'Benches vanish%'")
    assert f'href="/coverage/{key}/complete"' in page
    scraped = (SAMPLE / "bluesky-profile.txt").read_bytes() + b"\n"
    where = hand_in(client, ("some.zip", zipped(a=scraped, b=ARTICLE.replace("Ida", "Eda").encode()))).location
    page = get(client, post(client, where, {"action": "save"}).location).text
    assert "Not known: outlet, date, address." in page and "Who wrote some of the posts is not known" in page


def test_a_packed_export_says_how_far_it_is(shop: Site) -> None:
    """Posts of the files in a zip count for the zip; those of other documents do not."""
    with shop.store() as store:
        before = store.uploads.last_document()
        scraped = (SAMPLE / "bluesky-profile.txt").read_bytes() + b"\n"
        run = store.runs.start("ingest", "2026-11-16T09:00:00Z")
        result = parsers.parse(scraped)
        pipeline.take_in(store, "some.zip/a", scraped, result, Hint(), run, label="some.zip/a")
        moved = store.connection.execute("UPDATE post SET document_id = ? WHERE rowid % 2", (before + 1,)).rowcount
        assert moved and store.uploads.posts_of("none", "some.zip", before) == moved
        assert store.uploads.posts_of("none", "other.zip", before) == 0


def test_a_zip_of_nothing_useful_is_not_stored(shop: Site) -> None:
    """Where no file of a zip can be used, that is said, and what was wrong with the first."""
    client = shop.client()
    where = hand_in(client, ("bad.zip", zipped(x=b"\xff\xd8\xff", y=b"\xff\xd8\xff\xe0"))).location
    page = get(client, post(client, where, {"action": "save"}).location).text
    assert "Not stored" in page
    assert "none of the 2 files in it could be used" in page


def test_the_archive_knows_a_document_by_its_name(shop: Site) -> None:
    """What was handed in keeps the last part of its name as the name of the source."""
    client = shop.client()
    post(client, hand_in(client, ("../papers/Our parks.txt", PAPER.encode())).location, {"action": "save"})
    assert shop.one("SELECT name FROM document ORDER BY id DESC") == "Our parks.txt"


def test_what_is_too_large_is_a_clear_page(shop: Site) -> None:
    """More than the limit is a 413 page that names the other way in."""
    client = shop.client()
    kind, too_large = "multipart/form-data; boundary=x", str((shop.config.web.upload_megabytes << 20) + 1)
    answer = post(client, "/add", b"", content_type=kind, environ_overrides={"CONTENT_LENGTH": too_large})
    assert answer.status_code == 413
    assert "run.py ingest" in answer.text


def test_an_import_that_was_cut_off_is_taken_up(shop: Site) -> None:
    """What was being stored when the server died is stored by the next one."""
    from aggregator.web import create_app, storing

    client = shop.client()
    where = post(client, "/add", {"text": ARTICLE}).location
    with shop.store() as store:
        store.connection.execute("UPDATE upload SET state = 'running'")
    assert "it goes on" in get(client, where).text
    storing.resume(app := create_app(shop.db, shop.config))
    storing.worker(app).wait(1, 20)
    assert "In the archive" in get(client, where).text


def test_a_document_that_runs_into_a_limit_is_a_clear_page(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that takes too long to read is told, cannot be stored, and is not tried again; the next one can."""
    from aggregator.fetch_parse import ParseLimits
    from aggregator.web import looking

    client, slow = shop.client(), looking.Looker(ParseLimits(seconds=0.0))
    with monkeypatch.context() as patch:
        patch.setattr(add, "LOOKER", slow)
        where = post(client, "/add", {"text": ARTICLE}).location
        for _ in range(2):
            page = get(client, where).text
            assert "more time or memory than it may" in page
            assert "Put it into the archive" not in page
    slow.close()
    assert "Benches vanish" in get(client, post(client, "/add", {"text": ARTICLE}).location).text


def test_a_reader_at_work_keeps_nobody_waiting_for_long(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one document is read, a look at another says so."""
    from aggregator.web import looking

    monkeypatch.setattr(looking, "PATIENCE", 0.05)
    looker = looking.Looker()
    with looker._turn:
        seen = looker.preview(1, ARTICLE.encode(), "a.txt", Hint(), shop.config)
    assert seen.error is not None
    assert "Another document" in seen.error


def test_an_import_whose_process_dies_loses_nothing(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server lives, the page says what happened, and the document can be looked at and stored again."""
    from aggregator.web import storing

    client = shop.client()
    where = post(client, "/add", {"text": ARTICLE}).location
    with monkeypatch.context() as patch:
        patch.setattr(storing.Worker, "_child", lambda *_: -9)
        page = get(client, post(client, where, {"action": "save"}).location).text
    assert "Not stored" in page
    assert "more memory or time" in page
    assert post(client, where, {"action": "again"}).status_code == 303
    assert "Benches vanish" in get(client, where).text
    assert "In the archive" in get(client, post(client, where, {"action": "save"}).location).text


def test_what_was_typed_survives_a_busy_archive(shop: Site) -> None:
    """A paste that cannot be kept comes back in the page, whole, and goes in with one press when the other is done."""
    client = shop.client()
    text = "  First line <b>&amp;\n\nlast line  "
    with busy(shop):
        answer = post(client, "/add", {"text": text, "outlet": "The “Park” Post"})
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        held = html.unescape(re.findall(r'<textarea name="text" hidden>\n(.*?)</textarea>', answer.text, re.S)[0])
        assert held.replace("\r\n", "\n") == text
        assert "The “Park” Post" in answer.text
        secret = post(client, "/account/password", {"old": "one two three", "password": "x", "again": "x"})
        assert "one two three" not in secret.text
    assert post(client, "/add", {"text": held, "outlet": "The Park Post"}).status_code == 303


def test_an_import_waits_for_a_busy_archive(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process writes, no form waits for the import; when it ends, the import goes on by itself."""
    from aggregator.web import storing

    monkeypatch.setattr(storing, "AGAIN", 0.1)
    monkeypatch.setattr(storing, "PATIENCE_MS", 20)
    client = shop.client()
    where = post(client, "/add", {"text": ARTICLE}).location
    with shop.store() as store:
        store.uploads.accept(1)
    worker = storing.worker(shop.app)
    with busy(shop):
        worker.nudge()
        worker.nudge()
        assert "it goes on" in get(client, where).text
    worker.wait(1, 30)
    assert "In the archive" in get(client, where).text


@contextlib.contextmanager
def busy(shop: Site) -> Iterator[None]:
    """Another process, which holds the archive for writing."""
    code = (
        "import sys; from pathlib import Path; from aggregator.store.connect import connect;"
        f"c = connect(Path({str(shop.db)!r})); c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).parents[1]
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
    assert other.stdin is not None
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        other.stdin.close()
        other.wait(10)
        other.stdout.close()


def test_a_long_import_locks_nobody_out(shop: Site) -> None:
    """While another process writes, pages open; a decision is a clear page, loses nothing, and works afterwards."""
    client = shop.client()
    html = get(client, "/review").text
    form = html[html.index('class="prop here"') :]
    data = {name: re.findall(rf'name="{name}" value="([^"]*)"', form)[0] for name in ("link", "version")}
    with busy(shop):
        for path in (
            "/",
            "/?q=library",
            "/review",
            "/positions",
            "/digests",
            "/digests/next/mail",
            "/health",
            "/account",
        ):
            assert get(client, path).status_code == 200, path
        answer = post(client, "/review/decide", {**data, "action": "confirm", "stance": "supports"})
        assert answer.status_code == 503
        assert "Nothing was lost" in answer.text
    held = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)
    assert post(client, "/review/decide", dict(held)).status_code == 303
    assert shop.one("SELECT stance FROM link WHERE id = ?", data["link"]) == "supports"


# ------------------------------------------------------------------ positions


def test_what_staff_set_survives_the_paper(shop: Site, tmp_path: Path) -> None:
    """Title, areas, names and dates set by hand stay when the paper comes again; the log says who."""
    client = shop.client()
    key = shop.one("SELECT key FROM statement ORDER BY key")
    path = f"/positions/{key}/edit"
    seen = re.findall(r'name="seen" value="([^"]*)"', get(client, path).text)[0]
    form = {"title": "Our own title", "areas": "Reading\nBuildings", "aliases": "the reading line", "seen": seen}
    assert post(client, path, {**form, "adopted_on": "2024-05-01"}).status_code == 303
    from web_site import fill

    fill(shop.db, shop.config)
    html = get(client, f"/positions/{key}").text
    for text in ("Our own title", "Buildings, Reading", "the reading line", "1 May 2024", "Rosa"):
        assert text in html
    assert (
        shop.one("SELECT count(*) FROM statement_area a JOIN statement s ON s.id = a.statement_id WHERE s.key = ?", key)
        == 2
    )


def test_two_editors_see_both_values(shop: Site) -> None:
    """A form made from an older state writes nothing and shows both."""
    rosa, tom = shop.client("Rosa"), shop.client("Tom")
    key = shop.one("SELECT key FROM statement")
    path = f"/positions/{key}/edit"
    seen = re.findall(r'name="seen" value="([^"]*)"', get(rosa, path).text)[0]
    assert post(tom, path, {"title": "Tom's title", "seen": seen}).status_code == 303
    answer = post(rosa, path, {"title": "Rosa's title", "seen": seen})
    assert answer.status_code == 409
    assert "Rosa&#39;s title" in answer.text
    assert "Tom&#39;s title" in answer.text
    assert shop.one("SELECT title FROM statement WHERE key = ?", key) == "Tom's title"


def test_a_position_is_added_and_retired(shop: Site) -> None:
    """A position of one's own stands on the board; retired, it leaves the board and the queue."""
    client = shop.client()
    form = {"title": "Warm benches", "areas": "Parks", "position": "Every park should have a warm bench."}
    where = post(client, "/positions/new", form).location
    assert "Warm benches" in get(client, "/positions").text
    assert post(client, "/positions/new", form).status_code == 400
    seen = re.findall(r'name="seen" value="([^"]*)"', get(client, where + "/edit").text)[0]
    post(client, where + "/edit", {"title": "Warm benches", "areas": "Parks", "seen": seen, "retired_on": "2026-11-16"})
    assert "retired 16 Nov 2026" in get(client, where).text


# ------------------------------------------------------------------ digests and readers


def test_an_editors_morning(shop: Site) -> None:
    """A draft is held, released and read as a mail; the policy of that page allows exactly its styles."""
    with shop.store() as store:
        name = issues.draft(store, shop.config, weeks.last_closed(NOW, shop.config))
    client = shop.client()
    assert name in get(client, "/digests").text
    post(client, f"/digests/{name}", {"action": "hold", "reason": "the minister speaks at noon"})
    page = get(client, f"/digests/{name}").text
    assert "held" in page
    assert "the minister speaks at noon" in page
    assert post(client, f"/digests/{name}", {"action": "release"}).status_code == 303
    mail = get(client, f"/digests/{name}/mail")
    with shop.store() as store:
        reader = issues.reader_of(store, shop.config, None)
        assert mail.text == issues.rendered_for(store.issues.digest(name), shop.config, reader).html
    assert "'unsafe-inline'" not in mail.headers["Content-Security-Policy"]
    assert "sha256-" in mail.headers["Content-Security-Policy"]
    assert get(client, "/digests/next/mail").status_code == 200
    assert post(shop.client("Vera", "viewer"), f"/digests/{name}", {"action": "hold"}).status_code == 403


def test_readers_choose_without_an_account(shop: Site) -> None:
    """The signed address opens a form; looking changes nothing; one click, or a mail program, stops the mail."""
    with shop.store() as store:
        secret = issues.link_secret(store)
    assert secret
    token, stranger = addresses.token(secret, "press@example.org"), shop.app.test_client()
    changed = "SELECT count(*) FROM preference"
    for path in (f"/preferences/{token}", f"/unsubscribe/{token}"):
        for method in ("GET", "HEAD"):
            assert stranger.open(path, method=method, base_url=BASE).status_code == 200
    assert shop.one(changed) == 0
    form = {"depth": "headlines", "format": "text", "areas": ["Library Services and Access"]}
    assert "Saved" in post(stranger, f"/preferences/{token}", form).text
    assert shop.one("SELECT depth FROM preference") == "headlines"
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        one_click = {"List-Unsubscribe": "One-Click"}
        answer = stranger.post(f"/unsubscribe/{token}", base_url=BASE, data=one_click, content_type=kind)
        assert answer.status_code == 200
        assert "Location" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert shop.one("SELECT unsubscribed_at FROM preference")
    for bad in (token[:-1] + "x", "x", "x.y", addresses.token("another secret", "press@example.org")):
        assert get(stranger, f"/preferences/{bad}").status_code == 403
        assert post(stranger, f"/unsubscribe/{bad}").status_code == 403


# ------------------------------------------------------------------ programs


@pytest.fixture
def token(shop: Site) -> str:
    """A reviewer's token."""
    shop.client()
    with shop.store() as store:
        row = store.people.find("Rosa")
        assert row is not None
        return store.people.add_token(row["id"], "a program", NOW)


def ask(shop: Site, token: str, path: str, **options: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return shop.app.test_client().open(path, base_url=BASE, headers=headers, **options)


def test_description_and_routes_agree(shop: Site) -> None:
    """Every route for programs is described with its methods and parameters, and nothing else is."""
    routes = {}
    for rule in shop.app.url_map.iter_rules():
        if rule.rule.startswith(("/api/v1", "/feeds")):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            routes[path] = {method.lower() for method in rule.methods or () if method not in ("HEAD", "OPTIONS")}
    described = openapi.describe()["paths"]
    assert {path: set(methods) for path, methods in described.items()} == routes
    for path, methods in described.items():
        for method in methods.values():
            named = {parameter["name"] for parameter in method["parameters"] if parameter["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert "401" in method["responses"]


def check(value: Any, schema: dict[str, Any]) -> None:
    """A small validator: references, types, enums, required names, nothing undescribed."""
    if "$ref" in schema:
        schema = openapi.SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
    if "enum" in schema:
        assert value in schema["enum"]
        return
    kinds = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "array": list,
        "object": dict,
        "boolean": bool,
        "null": type(None),
    }
    allowed = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert any(isinstance(value, kinds[kind]) for kind in allowed), (value, schema)
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", ())) <= set(value) <= set(schema["properties"])
        for name, inner in value.items():
            check(inner, schema["properties"][name])
    if isinstance(value, list):
        for item in value:
            check(item, schema["items"])


def test_answers_are_as_described(shop: Site, token: str) -> None:
    """Each answer fits its schema; pages follow each other to the end."""
    coverage = shop.one("SELECT c.key FROM link l JOIN coverage c ON c.id = l.coverage_id")
    statement = shop.one("SELECT key FROM statement")
    for path, methods in openapi.PATHS.items():
        if "get" not in methods:
            continue
        answer = ask(shop, token, path.replace("{key}", statement if "positions" in path else coverage))
        assert answer.status_code == 200, path
        content = methods["get"]["responses"]["200"]["content"]
        assert answer.mimetype in content
        if answer.is_json:
            check(answer.json, content["application/json"]["schema"])
        else:
            assert ElementTree.fromstring(answer.data).tag.endswith("feed")
    seen, page = [], None
    while True:
        answer = ask(
            shop, token, "/api/v1/coverage", query_string={"limit": 7, **({"page": page} if page else {})}
        ).json
        seen += [item["id"] for item in answer["items"]]
        page = answer["next_page"]
        if not page:
            break
    assert len(seen) == len(set(seen)) == shop.one("SELECT count(*) FROM coverage")


def test_a_program_decides_with_the_version_it_saw(shop: Site, token: str) -> None:
    """A decision needs the version; an old one is a 409 with what stands there; a viewer's token is refused."""
    with shop.store() as store:
        row = store.connection.execute(
            "SELECT c.key, s.key, l.version FROM link l JOIN coverage c ON c.id = l.coverage_id "
            "JOIN statement s ON s.id = l.statement_id WHERE l.status = 'proposed'"
        ).fetchone()
        shop.client("Vera", "viewer")
        vera = store.people.find("Vera")
        assert vera is not None
        viewer = store.people.add_token(vera["id"], "x", NOW)
    path = f"/api/v1/links/{row[0]}/{row[1]}"
    given = {"action": "confirm", "version": row[2]}
    assert ask(shop, viewer, path, method="POST", json=given).status_code == 403
    assert ask(shop, "wrong", path, method="POST", json=given).status_code == 401
    answer = ask(shop, token, path, method="POST", json=given)
    check(answer.json, openapi.SCHEMAS["Link"])
    assert answer.json["status"] == "confirmed"
    again = ask(shop, token, path, method="POST", json={"action": "reject", "version": row[2]})
    assert again.status_code == 409
    assert again.json["now"]["status"] == "confirmed"
    for bad in ({"action": "burn"}, {"action": "confirm", "version": "1"}, [], {"action": "add", "stance": 7}):
        assert ask(shop, token, path, method="POST", json=bad).status_code == 400
    assert shop.one("SELECT session FROM audit") == "api"


def test_a_feed_reader_signs_in_with_a_token(shop: Site, token: str) -> None:
    """Feed readers know basic authentication only: the token is the password."""
    statement = shop.one("SELECT s.key FROM link l JOIN statement s ON s.id = l.statement_id")
    answer = shop.app.test_client().get(f"/feeds/positions/{statement}.atom", base_url=BASE, auth=("any", token))
    assert answer.status_code == 200
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert ElementTree.fromstring(answer.data).findall("a:entry", names)


def test_feeds_are_valid_atom(shop: Site, token: str) -> None:
    """What RFC 4287 demands is there once each, whatever stands in a headline; names outlive a move to another host."""
    import feedparser

    statement = shop.one("SELECT s.key FROM link l JOIN statement s ON s.id = l.statement_id WHERE l.band = 'likely'")
    with shop.store() as store:
        store.connection.execute(
            "UPDATE coverage SET headline = ?, text = text || ?", ("A & <b>\x0b\ufffe", "\x1f\u202e")
        )
        store.connection.execute("UPDATE statement SET title = title || ?", (" <&\x0c>",))
        issues.draft(store, shop.config, weeks.window_of("2026-W46", shop.config))
        store.connection.execute("UPDATE issue SET state = 'sent'")
    for path in (f"/feeds/positions/{statement}.atom", "/feeds/issues.atom"):
        answers = [
            shop.app.test_client().get(path, base_url=host, auth=("any", token)) for host in (BASE, "https://localhost")
        ]
        assert answers[0].content_type == "application/atom+xml; charset=utf-8"
        assert not feedparser.parse(io.BytesIO(answers[0].data)).bozo
        feeds = [ElementTree.fromstring(answer.data) for answer in answers]
        names = [[item.text for item in feed.iter(f"{ATOM}id")] for feed in feeds]
        assert names[0] == names[1]
        assert len(set(names[0])) == len(names[0]) > 1
        assert all(name and name.startswith("urn:uuid:") for name in names[0])
        valid_atom(feeds[0])


ATOM = "{http://www.w3.org/2005/Atom}"


def valid_atom(feed: ElementTree.Element) -> None:
    """RFC 4287, 4.1: elements that have to be there once, and dates of RFC 3339."""
    assert feed.tag == f"{ATOM}feed"
    (me,) = [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert (me.get("href") or "").startswith("https://")
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = part.findall(f"{ATOM}{name}")
            assert found.text
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", part.findtext(f"{ATOM}updated") or "")
    for entry in feed.findall(f"{ATOM}entry"):
        (link,) = entry.findall(f"{ATOM}link")
        assert (link.get("href") or "").startswith("https://")


# ------------------------------------------------------------------ searches


def test_an_export_of_nothing_has_its_header(shop: Site) -> None:
    """A CSV without rows still says what its columns are; JSON is an empty list."""
    client = shop.client()
    assert get(client, "/search.csv?q=zzzqqq").text == "id,kind,headline,text,who,url,published_at\r\n"
    assert json.loads(get(client, "/search.json?q=zzzqqq").text) == []


def test_searches_are_saved_and_exported(shop: Site) -> None:
    """A search is kept under a name; CSV and JSON hold all its rows; cells are no formulas."""
    client = shop.client()
    post(client, "/searches", {"name": "Ours", "q": "is:linked"})
    assert "Ours" in get(client, "/").text
    rows = json.loads(get(client, "/search.json").text)
    assert len(rows) == shop.one("SELECT count(*) FROM coverage")
    assert len(get(client, "/search.csv?q=is:article").text.split("\r\n")) > shop.one(
        "SELECT count(*) FROM coverage WHERE kind = 'article'"
    )
    assert json.loads(get(client, "/search.json?q=zzzzqqq").text) == []
    assert get(client, "/search.csv?q=(open").status_code == 400
    post(client, "/searches/drop", {"name": "Ours"})
    assert "Ours" not in get(client, "/").text


def test_pages_stand_side_by_side(shop: Site) -> None:
    """Four people at once read and decide without an error."""
    problems: list[Any] = []

    def work(name: str) -> None:
        client = shop.client(name)
        for _ in range(4):
            html = get(client, "/review").text
            form = html[html.index('class="prop here"') :]
            data = {field: re.findall(rf'name="{field}" value="([^"]*)"', form)[0] for field in ("link", "version")}
            code = post(client, "/review/decide", {**data, "action": "confirm"}).status_code
            if code not in (303, 409):
                problems.append(code)

    threads = [threading.Thread(target=work, args=(f"Person {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    twice = shop.one("SELECT count(*) FROM (SELECT 1 FROM audit GROUP BY coverage, statement HAVING count(*) > 1)")
    assert twice == 0
