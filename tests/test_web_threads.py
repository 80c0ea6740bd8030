"""Threads in the web app: split, join, give back to the rules; decisions that outlive imports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from make import MONDAY, post, reply
from web_site import Site, get
from web_site import post as send

from aggregator import pipeline
from aggregator.config import Config
from aggregator.store import Store, exports
from aggregator.web import create_app, relink
from parsers.model import Hint, Post

LOOSE = (
    post("Benches are going from our parks, one in five since we counted first.", 1),
    post("We counted what is left of them, and it is not much at all.", 40),
    post("Ducks were hungry today.", 90),
)


CHAIN = (
    reply("Gates are locked at dusk.", 1, None),
    reply("Keys hang at the lodge.", 2, 1),
    reply("Something else entirely, about ponds.", 3, 2),
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(pipeline, "now", lambda: MONDAY)
    with Store(tmp_path / "a.db"):
        pass
    made = Site(app=create_app(tmp_path / "a.db", Config()), db=tmp_path / "a.db", config=Config())
    yield made
    relink.relinker(made.app).wait(10)


def save(shop: Site, *posts: Post) -> None:
    with shop.store() as store, store.transaction():
        document = store.documents.add(repr(posts).encode(), name="x", hint=Hint(), received_at=pipeline.stamp())
        store.posts.save(posts, document_id=document, as_of=pipeline.stamp())
        pipeline.stitch(store)


def threads(shop: Site) -> list[dict[str, Any]]:
    with shop.store() as store:
        return list(exports.threads(store.connection))


def texts(shop: Site) -> list[str]:
    return [thread["text"] for thread in threads(shop)]


def fields(html: str, path: str) -> dict[str, str]:
    """The hidden fields and the button of the first form of a page that goes to an address."""
    part = html[html.index(f'method="post" action="{path}"') :]
    part = part[: part.index("</form>")]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', part))


def press(shop: Site, page: str, path: str, name: str = "Rosa", **changes: str) -> Any:
    client = shop.client(name)
    answer = send(client, path, {**fields(get(client, page).text, path), **changes})
    relink.relinker(shop.app).wait(10)
    return answer


def test_split_join_and_give_back(shop: Site) -> None:
    """A thread is split after a part, the halves are joined again, and the rules take over when asked."""
    save(shop, *CHAIN)
    (thread,) = threads(shop)
    page, part = f"/coverage/{thread['id']}", thread["posts"][2]
    answer = press(shop, page, f"{page}/cut", at=part)
    assert answer.location.startswith(page)
    assert texts(shop) == [
        "Gates are locked at dusk.\n\nKeys hang at the lodge.",
        "Something else entirely, about ponds.",
    ]
    html = get(shop.client(), page).text
    assert "By hand:" in html
    assert "with 1 thread of the same decision" in html
    assert press(shop, f"{page}/join", f"{page}/join").status_code == 303
    assert len(texts(shop)) == 1
    assert press(shop, page, f"{page}/release").status_code == 303
    assert shop.one("SELECT count(*) FROM thread WHERE joined_by IS NOT NULL") == 0
    assert [thread["posts"] for thread in threads(shop)] == [thread["posts"]]
    with shop.store() as store:
        assert [row["action"] for row in store.threads.events(thread["id"])] == ["split", "join", "release"]
        assert {"cut", "join", "release"} <= {row["action"] for row in store.review.history()}


def test_giving_back_one_half_gives_back_both(shop: Site) -> None:
    """Either half of a split, given back, makes the thread whole as the rules see it."""
    for half in (0, 1):
        save(shop, *CHAIN)
        thread = threads(shop)[0]
        page = f"/coverage/{thread['id']}"
        press(shop, page, f"{page}/cut", at=thread["posts"][1])
        other = f"/coverage/{threads(shop)[half]['id']}"
        answer = press(shop, other, f"{other}/release")
        assert answer.status_code == 303
        assert len(texts(shop)) == 1
        assert get(shop.client(), answer.location.split("#")[0]).status_code in (200, 302)


@pytest.mark.parametrize("turn", range(2))
def test_decisions_survive_imports(shop: Site, turn: int) -> None:
    """What a person joined or split stays so when the same posts, and later ones, are imported."""
    if turn:
        save(shop, *LOOSE)
        first = threads(shop)[0]["id"]
        press(shop, f"/coverage/{first}/join", f"/coverage/{first}/join")
        expected = f"{LOOSE[0].text}\n\n{LOOSE[1].text}"
    else:
        save(shop, *CHAIN)
        thread = threads(shop)[0]
        page = f"/coverage/{thread['id']}"
        press(shop, page, f"{page}/cut", at=thread["posts"][1])
        expected = CHAIN[0].text
    posts = LOOSE if turn else CHAIN
    save(shop, *posts[::-1])
    save(shop, *posts, post("Another post of that hour.", 20))
    with shop.store() as store:
        pipeline.stitch(store, [row["id"] for row in store.posts.each()])
    assert expected in texts(shop)


def test_a_link_decided_stays_with_the_joined_thread(shop: Site) -> None:
    """A link that a person added to either part stands on the joined thread's page."""
    from parsers.model import Statement

    save(shop, *LOOSE)
    with shop.store() as store:
        with store.transaction():
            document = store.documents.add(b"paper", name="paper", hint=Hint(), received_at=pipeline.stamp())
            statement = Statement(id="s-1", title="Benches", position="Benches for all")
            store.statements.save([statement], document_id=document, now=pipeline.stamp())
        row = store.connection.execute("SELECT id FROM coverage WHERE text LIKE 'We counted%'").fetchone()
        store.links.decide(row[0], "s-1", "add", who="ada", now=pipeline.stamp())
    first = threads(shop)[0]["id"]
    answer = press(shop, f"/coverage/{first}/join", f"/coverage/{first}/join")
    html = get(shop.client(), answer.location.split("#")[0]).text
    assert "/positions/s-1" in html
    assert "added" in html


def test_candidates_are_the_authors_nearest(shop: Site) -> None:
    """The list names how far apart, nearest first; other authors are not offered; a search narrows it."""
    other = msgspec.structs.replace(
        reply("Ponds, by somebody else.", 5, None), author="ben.example", author_did="did:x"
    )
    alone = msgspec.structs.replace(
        reply("A later thought on gates and ponds.", 8, None), created_at=LOOSE[2].created_at
    )
    save(shop, CHAIN[0], alone, other)
    gates = next(thread["id"] for thread in threads(shop) if thread["text"].startswith("Gates"))
    html = get(shop.client(), f"/coverage/{gates}/join").text
    assert "1 hour later" in html
    assert "somebody else" not in html
    assert "A later thought" in get(shop.client(), f"/coverage/{gates}/join?find=ponds").text
    for nothing in ("zebra", "%", "_", "\\"):
        html = get(shop.client(), f"/coverage/{gates}/join", query_string={"find": nothing}).text
        assert "0 threads within" in html, nothing


def test_a_changed_thread_is_shown_again(shop: Site) -> None:
    """A form made before a colleague's split changes nothing and says that somebody was faster."""
    save(shop, *CHAIN)
    (thread,) = threads(shop)
    page = f"/coverage/{thread['id']}"
    rosa = shop.client("Rosa")
    stale = fields(get(rosa, page).text, f"{page}/cut")
    press(shop, page, f"{page}/cut", name="Tom", at=thread["posts"][2])
    before = texts(shop)
    answer = send(rosa, f"{page}/cut", stale)
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.text
    assert texts(shop) == before


def test_wrong_forms_are_explained(shop: Site) -> None:
    """A part of another thread, the first part, itself, an article's page, or nothing by hand: a sentence each."""
    save(shop, *CHAIN, *LOOSE)
    thread = next(thread for thread in threads(shop) if len(thread["posts"]) == 3)
    page = f"/coverage/{thread['id']}"
    seen = fields(get(shop.client(), page).text, f"{page}/cut")["seen"]
    client = shop.client()
    for path, form, code in (
        ("cut", {"seen": seen, "at": thread["posts"][0]}, 400),
        ("cut", {"seen": seen, "at": "p-none"}, 404),
        ("cut", {"seen": seen}, 404),
        ("cut", {"at": thread["posts"][1]}, 409),
        ("join", {"seen": seen, "other": thread["id"]}, 400),
        ("join", {"seen": seen, "other": "t-none"}, 400),
        ("join", {"seen": seen}, 400),
        ("release", {"seen": seen}, 400),
    ):
        assert send(client, f"{page}/{path}", form).status_code == code, (path, form)
    assert send(client, "/coverage/t-none/cut", {}).status_code == 404
    assert len(threads(shop)) == 4


def test_a_viewer_sees_no_buttons_and_is_refused(shop: Site) -> None:
    """Threads are decided by reviewers; a viewer reads how they stand."""
    save(shop, *CHAIN)
    (thread,) = threads(shop)
    page = f"/coverage/{thread['id']}"
    seen = fields(get(shop.client(), page).text, f"{page}/cut")["seen"]
    viewer = shop.client("Vera", "viewer")
    html = get(viewer, page).text
    assert "a new thread starts here" not in html
    for path in ("cut", "join", "release"):
        assert send(viewer, f"{page}/{path}", {"seen": seen, "at": thread["posts"][1]}).status_code == 403
    assert get(viewer, f"{page}/join").status_code == 403


def test_an_article_has_no_parts(shop: Site, tmp_path: Path) -> None:
    """The page for joining threads says so for an article."""
    from make import ARTICLE

    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    with shop.store() as store:
        list(pipeline.ingest(store, pipeline.find_inputs([str(tmp_path / "a.txt")]), Config(), Hint()))
    key = shop.one("SELECT key FROM coverage WHERE kind = 'article'")
    assert get(shop.client(), f"/coverage/{key}/join").status_code == 400


def test_what_stands_in_the_other_half_is_not_missing(shop: Site) -> None:
    """A split thread misses only what is nowhere, in either half, also after the next import and a second split."""
    numbered = [post(f"Point {n} of our walk along the canal. {n}/7", n) for n in (1, 2, 4, 5, 6, 7)]
    save(shop, *numbered)
    (thread,) = threads(shop)
    page = f"/coverage/{thread['id']}"
    press(shop, page, f"{page}/cut", at=thread["posts"][3])
    for _ in range(2):
        assert [(t["parts_found"], t["parts_expected"], t["missing"]) for t in threads(shop)] == [
            (3, 4, [3]),
            (3, None, []),
        ]
        html = get(shop.client(), page).text
        assert "Part 3 is missing here." in html
        assert "missing at the end" not in html
        second = get(shop.client(), f"/coverage/{threads(shop)[1]['id']}").text
        assert "missing here" not in second
        save(shop, *numbered[::-1], post("Ducks.", 50))
        with shop.store() as store:
            pipeline.stitch(store, [row["id"] for row in store.posts.each()])
            store.connection.execute("DELETE FROM coverage WHERE text = 'Ducks.'")
    second = f"/coverage/{threads(shop)[1]['id']}"
    press(shop, second, f"{second}/cut", at=threads(shop)[1]["posts"][1])
    assert [t["missing"] for t in threads(shop)] == [[3], [], []]
    press(shop, page, f"{page}/release")
    assert threads(shop)[0]["missing"] == [3]
