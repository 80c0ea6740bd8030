"""The review by forms alone: decisions, undo, history, conflicts, whole stories."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_site import NOW, Site, get, post, site

from aggregator import pipeline


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    yield site(tmp_path / "a.db")


def current(html: str) -> dict[str, str]:
    """The form of the proposal that is looked at."""
    form = html[html.index('class="prop here"') :]
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', form)[0] for name in ("link", "version")}


def test_each_decision_moves_on_to_the_next(shop: Site) -> None:
    """All that waits is decided with one form each, and the page says so at the end."""
    client = shop.client()
    waiting = shop.one("SELECT count(*) FROM link WHERE status = 'proposed'")
    path = "/review"
    for turn in range(waiting):
        html = get(client, path).text
        assert f"{turn + 1} of {waiting}" in html
        answer = post(client, "/review/decide", {**current(html), "action": "confirm" if turn % 2 else "reject"})
        assert answer.status_code == 303
        path = answer.location
    assert "All decided" in get(client, path).text
    assert shop.one("SELECT count(*) FROM audit WHERE who = 'Rosa'") == waiting


def test_undo_takes_back_the_latest_of_ones_own(shop: Site) -> None:
    """Undo restores what was there, writes a new event, and can be done again for the one before."""
    client = shop.client()
    first = current(get(client, "/review").text)
    after = post(client, "/review/decide", {**first, "action": "confirm", "stance": "supports"}).location
    second = current(get(client, after).text)
    post(client, "/review/decide", {**second, "action": "reject"})
    assert shop.one("SELECT stance FROM link WHERE id = ?", first["link"]) == "supports"
    for link in (second, first):
        assert post(client, "/review/undo").status_code == 303
        assert shop.one("SELECT status FROM link WHERE id = ?", link["link"]) == "proposed"
    assert shop.one("SELECT count(*) FROM audit WHERE action = 'undo'") == 2
    assert post(client, "/review/undo").status_code == 404
    assert shop.one("SELECT count(*) FROM link WHERE decided_by IS NOT NULL") == 0


def test_a_pair_decided_again_and_again_is_told_in_one_line(shop: Site) -> None:
    """The card keeps the latest of what was done and counts the rest."""
    client = shop.client()
    card = current(get(client, "/review").text)
    for _ in range(3):
        post(client, "/review/decide", {**card, "action": "confirm"})
        post(client, "/review/undo")
        card = current(get(client, "/review").text)
    page = get(client, "/review").text
    assert page.count("Before: ") == 1
    assert "Before: Rosa took back a decision, " in page
    assert "; 5 steps earlier</p>" in page


def test_two_reviewers_never_overwrite_each_other(shop: Site) -> None:
    """The second decision on one card is a 409 page with both values; deciding all the same is possible."""
    rosa, tom = shop.client("Rosa"), shop.client("Tom")
    card = current(get(rosa, "/review").text)
    assert post(tom, "/review/decide", {**card, "action": "reject"}).status_code == 303
    answer = post(rosa, "/review/decide", {**card, "action": "confirm"})
    assert answer.status_code == 409
    assert "rejected" in answer.text
    assert "Tom" in answer.text
    assert "confirm" in answer.text
    assert shop.one("SELECT status FROM link WHERE id = ?", card["link"]) == "rejected"
    again = re.findall(r'name="version" value="(\d+)"', answer.text)[0]
    post(rosa, "/review/decide", {**card, "version": again, "action": "confirm"})
    assert shop.one("SELECT status FROM link WHERE id = ?", card["link"]) == "confirmed"
    assert post(tom, "/review/undo").status_code == 409


def test_a_position_is_added_by_words(shop: Site) -> None:
    """Add: type words, choose a position; undo removes the link again, the log stays."""
    client = shop.client()
    key = shop.one("SELECT key FROM coverage WHERE id NOT IN (SELECT coverage_id FROM link)")
    assert "then press Enter" in get(client, f"/review/add/{key}").text
    html = get(client, f"/review/add/{key}?find=volunteers").text
    statement = re.findall(r'name="statement" value="([^"]*)"', html)[0]
    assert post(client, f"/review/add/{key}", {"statement": statement}).status_code == 303
    assert shop.one("SELECT status FROM link WHERE rule = 'person'") == "added"
    post(client, "/review/undo")
    assert shop.one("SELECT count(*) FROM link WHERE rule = 'person'") == 0
    assert shop.one("SELECT count(*) FROM audit WHERE coverage = ?", key) == 2


def test_no_position_fits_feeds_the_board(shop: Site) -> None:
    """“No position fits” rejects what is proposed and lists the coverage as a topic; undo takes all of it back."""
    client = shop.client()
    html = get(client, "/review").text
    path = re.findall(r'action="(/review/no-fit/[^"]*)"', html)[0]
    seen = re.findall(r'name="seen" value="([^"]*)"', html)
    assert post(client, path, {"seen": seen}).status_code == 303
    key = path.rsplit("/", 1)[1]
    assert key in get(client, "/positions").text
    rejected = "SELECT count(*) FROM link l JOIN coverage c ON c.id = l.coverage_id WHERE c.key = ? AND status = ?"
    assert shop.one(rejected, key, "rejected") == len(seen)
    post(client, "/review/undo")
    assert shop.one(rejected, key, "proposed") == len(seen)
    assert shop.one("SELECT count(*) FROM no_fit") == 0


def test_a_story_is_decided_after_a_list(shop: Site) -> None:
    """Bulk works inside one story only, for what was ticked in the list shown before, and is undone as one."""
    client = shop.client()
    with shop.store() as store:
        row = store.connection.execute(
            "SELECT c.key, s.key, c.story_id FROM link l JOIN coverage c ON c.id = l.coverage_id "
            "JOIN statement s ON s.id = l.statement_id WHERE c.story_id IS NOT NULL AND l.status = 'proposed'"
        ).fetchone()
    path = f"/review/story/{row[0]}/{row[1]}"
    seen = re.findall(r'name="seen" value="([^"]*)"', get(client, path).text)
    assert seen
    assert post(client, path, {"seen": seen, "action": "confirm"}).status_code == 303
    assert shop.one("SELECT count(*) FROM link WHERE status = 'confirmed'") == len(seen)
    post(client, "/review/undo")
    assert shop.one("SELECT count(*) FROM link WHERE status = 'confirmed'") == 0


def test_filters_live_in_the_address(shop: Site) -> None:
    """A filter narrows the queue, stays through a decision, and an impossible one says so."""
    client = shop.client()
    html = get(client, "/review?band=likely").text
    assert f"of {shop.one('SELECT count(*) FROM link WHERE band = ?', 'likely')}" in html
    answer = post(client, "/review/decide", {**current(html), "band": "likely", "action": "reject"})
    assert "band=likely" in answer.location
    assert "Nothing waits with these filters" in get(client, "/review?who=Nobody").text


def test_the_audit_log_is_append_only(shop: Site) -> None:
    """Events can neither be changed nor deleted."""
    client = shop.client()
    post(client, "/review/decide", {**current(get(client, "/review").text), "action": "reject"})
    with shop.store() as store:
        for sql in ("UPDATE audit SET who = 'x'", "DELETE FROM audit"):
            with pytest.raises(Exception, match="append-only"):
                store.connection.execute(sql)


def test_stories_are_split_and_merged(shop: Site) -> None:
    """Split takes a piece out of its story for good, merge puts it back."""
    client = shop.client()
    key = shop.one("SELECT key FROM coverage WHERE story_id IS NOT NULL AND is_lead = 0")
    lead = shop.one(
        "SELECT key FROM coverage WHERE is_lead AND story_id = (SELECT story_id FROM coverage WHERE key=?)", key
    )
    assert post(client, f"/coverage/{key}/split").status_code == 303
    assert shop.one("SELECT story_id FROM coverage WHERE key = ?", key) is None
    assert post(client, f"/coverage/{key}/merge", {"other": f"https://127.0.0.1/coverage/{lead}"}).status_code == 303
    assert shop.one("SELECT story_id FROM coverage WHERE key = ?", key) is not None
    assert post(client, f"/coverage/{key}/merge", {"other": "nothing"}).status_code == 400


def test_a_piece_shows_how_it_will_stand_in_the_digest(shop: Site) -> None:
    """The page names the sections and lines that hold it, says proposed or confirmed, and says where it is in none."""
    client = shop.client()
    key = shop.one(
        "SELECT c.key FROM coverage c JOIN link l ON l.coverage_id = c.id JOIN quote q ON q.coverage_id = c.id "
        "WHERE l.band = 'likely' AND c.kind = 'article'"
    )
    html = get(client, f"/review/digest/{key}").text
    assert "Our voices" in html
    assert "Issue 2026-W47" in html
    with shop.store() as store:
        store.connection.execute("UPDATE coverage SET published_at = '2020-01-01T00:00:00Z' WHERE key = ?", (key,))
    assert "not in the next issue" in get(client, f"/review/digest/{key}").text
    assert get(client, "/review/digest/t-none").status_code == 404


def test_near_same_positions_stand_together(shop: Site) -> None:
    """Proposals of one demand in several wordings are one block on the card; each keeps its own decision."""
    client = shop.client()
    with shop.store() as store:
        row = store.connection.execute(
            "SELECT coverage_id FROM link WHERE status = 'proposed' GROUP BY 1 HAVING count(*) > 1"
        ).fetchone()
        keys = [
            found[0]
            for found in store.connection.execute(
                "SELECT s.key FROM link l JOIN statement s ON s.id = l.statement_id WHERE l.coverage_id = ?", row
            )
        ]
        store.connection.execute(
            "UPDATE link SET evidence = json_set(evidence, '$.group', json(?)) WHERE coverage_id = ?",
            (json.dumps(keys), row[0]),
        )
        link = store.connection.execute("SELECT id FROM link WHERE coverage_id = ?", row).fetchone()[0]
    html = get(client, f"/review?at={link}").text
    assert f"{len(keys)} near-same positions" in html
    block = html[html.index('class="near-same"') :]
    assert block.count('name="action" value="confirm"') == len(keys)


def test_the_order_is_that_of_the_rules(shop: Site) -> None:
    """What enters the next issue comes first, then the most uncertain; pieces of a story stay together, its lead first."""
    from aggregator.store.review_queue import Filter

    with shop.store() as store:
        oldest = "2026-11-11T00:00:00Z"
        queue = store.review.queue(Filter(), oldest)
        found = store.review.waiting(queue, oldest)
        assert [item.link for item in found] == queue
        every = store.connection.execute(
            "SELECT l.id, coalesce(c.story_id, -c.id), abs(coalesce(l.score, 1) - 0.5), "
            "coalesce(c.published_at, c.ingested_at) >= ? FROM link l JOIN coverage c ON c.id = l.coverage_id",
            (oldest,),
        ).fetchall()
    sure: dict[int, float] = {}
    soon: dict[int, int] = {}
    for _, group, doubt, is_next in every:
        sure[group] = min(sure.get(group, 9.0), doubt)
        soon[group] = max(soon.get(group, 0), is_next)
    places = [(-soon[item.group], sure[item.group], item.group) for item in found]
    assert places == sorted(places)
    assert sorted(queue) == sorted(row[0] for row in every)
