"""The list behind each number of a mail, in the web app: as many pieces as the number says, as they were then."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from web_site import BASE, NOW, Site, get, post, site

from aggregator import issues, pipeline, weeks
from aggregator.config import Recipient
from aggregator.digest import behind
from aggregator.issue_model import Digest
from aggregator.web import base

PUBLIC = "https://cuttings.example"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Site:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "now", lambda: NOW - dt.timedelta(days=1))  # before the cut-off
        return site(tmp_path_factory.mktemp("lists") / "a.db")


@pytest.fixture
def shop(filled: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The sample's week as an issue."""
    monkeypatch.setattr(base, "PATIENCE_MS", 100)
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    with filled.store() as store:
        if not store.issues.all():
            issues.draft(store, filled.config, weeks.last_closed(NOW, filled.config))
    yield filled


def frozen(shop: Site) -> tuple[str, Digest]:
    with shop.store() as store:
        name = store.issues.all()[0]["id"]
        return name, store.issues.digest(name)


def listed(page: str) -> list[str]:
    """Keys of the pieces on an issue's page."""
    return re.findall(r'<li><a href="/coverage/([^"]+)">', page)


def test_every_number_in_the_mail_opens_its_list(shop: Site) -> None:
    """Each linked number of the HTML part leads to a list with as many pieces, or with the pieces that hold as many."""
    name, digest = frozen(shop)
    config = msgspec.structs.replace(
        shop.config, digest=msgspec.structs.replace(shop.config.digest, public_base_url=PUBLIC)
    )
    mail = issues.rendered_for(digest, config, Recipient(address="ada@paths.example")).html
    client = shop.client()
    found = re.findall(rf'href="{PUBLIC}(/digests/{name}\?list=([^"]+))"[^>]*>([^<]+)</a>', mail)
    assert {listing for _, listing, _ in found} >= {"stories", "linked", "quotes", "threads"}
    assert any(listing.startswith("position-") for _, listing, _ in found)
    for path, listing, shown in found:
        page = get(client, html.unescape(path))
        assert page.status_code == 200, path
        keys = listed(page.text)
        assert sorted(keys) == sorted(behind(digest, listing) or ())
        # Stories count groups and quotations count what was said; a list holds their pieces.
        if shown.isdigit() and listing not in ("stories", "quotes"):
            assert len(keys) == int(shown), listing


def test_lists_of_all_and_of_one_story(shop: Site) -> None:
    """The whole issue, one story and what waits for a decision are lists too; without a name all of it is shown."""
    name, digest = frozen(shop)
    client = shop.client()
    everything = listed(get(client, f"/digests/{name}").text)
    assert sorted(everything) == sorted(digest.ids) == sorted(listed(get(client, f"/digests/{name}?list=all").text))
    story = digest.stories[0]
    assert sorted(listed(get(client, f"/digests/{name}?list=story-{story.item.id}").text)) == sorted(story.ids)
    assert listed(get(client, f"/digests/{name}?list=review").text)


def test_lists_stay_as_they_were_mailed(shop: Site) -> None:
    """A link that is rejected later leaves the list behind the mailed number alone."""
    name, digest = frozen(shop)
    line = digest.positions[0]
    with shop.store() as store:
        coverage = store.reading.coverage(line.ids[0])
        assert coverage is not None
        store.links.decide(coverage["id"], line.statement_id, "reject", who="ed", now=pipeline.stamp())
    page = get(shop.client(), f"/digests/{name}?list=position-{line.statement_id}").text
    assert sorted(listed(page)) == sorted(line.ids)
    assert f"On “{html.escape(line.title)}”</h2>" in page
    assert "What it holds" not in page


def test_a_piece_that_got_another_name_is_still_listed(shop: Site) -> None:
    """An article that was named after its text when mailed, and after its address since, does not drop out."""
    name, digest = frozen(shop)
    with shop.store() as store, store.transaction():
        key = digest.stories[0].item.id
        store.connection.execute("UPDATE coverage SET key = 'a-renamed' WHERE key = ?", (key,))
    assert "a-renamed" in listed(get(shop.client(), f"/digests/{name}?list=story-{key}").text)
    with shop.store() as store, store.transaction():
        store.connection.execute("UPDATE coverage SET key = ? WHERE key = 'a-renamed'", (key,))


def test_the_list_shows_what_was_mailed(shop: Site) -> None:
    """A headline and an outlet that were given since stand beside those of the mail; threads are named by their words."""
    name, digest = frozen(shop)
    line = next(story for story in digest.stories if story.item.kind == "article")
    key, title = line.item.id, line.item.title
    with shop.store() as store, store.transaction():
        row = store.connection.execute("SELECT headline, who FROM coverage WHERE key = ?", (key,)).fetchone()
        store.connection.execute(
            "UPDATE coverage SET headline = 'Another head', who = 'Elsewhere' WHERE key = ?", (key,)
        )
    page = html.unescape(get(shop.client(), f"/digests/{name}?list=story-{key}").text)
    with shop.store() as store, store.transaction():
        store.connection.execute("UPDATE coverage SET headline = ?, who = ? WHERE key = ?", (*row, key))
    assert f">{title}</a>" in page
    assert "Changed since; now “Another head”, Elsewhere" in page
    everything = get(shop.client(), f"/digests/{name}").text
    assert "Changed since" not in everything
    assert not re.search(r'<li><a href="/coverage/(t-\w+)">\1</a>', everything)


def test_the_list_of_quotes_has_the_quotes(shop: Site) -> None:
    """Behind the number of quotations stand as many quotations."""
    name, digest = frozen(shop)
    cell = next(cell for cell in digest.whole or digest.numbers if cell.name == "quotes")
    page = get(shop.client(), f"/digests/{name}?list=quotes").text
    shown = {
        "".join(filter(str.isalnum, html.unescape(one).casefold()))
        for one, rest in re.findall(r"<li>“([^”]*(?:”[^<]*)?)” <small>([^<]*)", page)
        if "not counted" not in rest
    }
    assert len(shown) == cell.this_week > 0


def test_an_issue_says_when_it_went(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent by hand before its hour, it names the moment it went and not the hour at which it would have gone."""
    name, _ = frozen(shop)
    hour = get(shop.client(), f"/digests/{name}").text
    assert "· goes out " in hour
    with shop.store() as store, store.transaction():
        store.deliveries.add(name, "x@y.example", sender="a@b.example", message_id="<1@b>", body=b"x", now=NOW)
        row = store.deliveries.find(name, "x@y.example")
        assert row is not None
        store.deliveries.move(row["id"], "sent", who="a test", note="250 ok", now=NOW - dt.timedelta(hours=5))
    page, overview = get(shop.client(), f"/digests/{name}").text, get(shop.client(), "/digests").text
    assert "· went out " in page and "· goes out " not in page
    assert "<td>went " in overview


def test_no_such_list(shop: Site) -> None:
    """A made-up name is not found, and a stranger sees no list."""
    name, _ = frozen(shop)
    for made_up in ("nonsense", "position-s-none", "gap-a-none", "../x"):
        assert get(shop.client(), f"/digests/{name}?list={made_up}").status_code == 404
    answer = shop.app.test_client().get(f"/digests/{name}?list=stories", base_url=BASE)
    assert answer.status_code in (302, 303, 401, 403)


def test_the_next_issue_is_the_one_that_waits(shop: Site) -> None:
    """A draft that waits comes next, and its week has closed; without one, the open week does, and it will close."""
    name, _ = frozen(shop)
    assert f"the next issue, {name}, closed " in get(shop.client(), "/digests").text
    with shop.store() as store, store.transaction():
        store.issues.move(name, ("draft",), "skipped", who="a test", now=pipeline.now(), note=None)
    page = get(shop.client(), "/digests").text
    assert f"the next issue, {name}," not in page and ", closes " in page


def test_a_correction_reaches_a_draft_from_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was corrected is told beside the button that brings it in, which is a reviewer's, and gone with the mails."""
    monkeypatch.setattr(pipeline, "now", lambda: NOW - dt.timedelta(days=1))  # before the cut-off
    shop = site(tmp_path / "a.db")
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    with shop.store() as store:
        issues.draft(store, shop.config, weeks.last_closed(NOW, shop.config))
    name, digest = frozen(shop)
    key = next(story.item.id for story in digest.stories if story.item.kind == "article")
    with shop.store() as store, store.transaction():
        store.connection.execute("UPDATE coverage SET who = 'The Corrected Courier' WHERE key = ?", (key,))
    client = shop.client()
    page = get(client, f"/digests/{name}").text
    assert "<strong>1 piece changed since it was drafted</strong>" in page
    assert "Draft it anew" in page
    assert "The Corrected Courier" not in get(client, f"/digests/{name}/mail").text
    viewer = shop.client("Vera", "viewer")
    assert "Draft it anew" not in get(viewer, f"/digests/{name}").text
    assert post(viewer, f"/digests/{name}", {"action": "redraft"}).status_code == 403
    assert post(client, f"/digests/{name}", {"action": "redraft"}).status_code == 303
    after = get(client, f"/digests/{name}").text
    assert "changed since it was drafted" not in after
    assert "drafted anew" in after
    assert "The Corrected Courier" in get(client, f"/digests/{name}/mail").text
    with shop.store() as store:
        config = msgspec.structs.replace(shop.config, recipients=(Recipient(address="ada@paths.example"),))
        issues.make_mails(store, config, name)
        store.issues.move(name, ("sending",), "held", who="Ada", now=NOW, note=None)
    assert "Draft it anew" not in get(client, f"/digests/{name}").text
    assert post(client, f"/digests/{name}", {"action": "redraft"}).status_code != 303
