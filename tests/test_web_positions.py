"""The board, the pages of positions, and other wordings that staff write."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make import MONDAY, PAPER
from web_site import SAMPLE, Site, fill, get, post, site

from aggregator import pipeline
from aggregator.config import Config
from aggregator.model import LinkProposal
from aggregator.store import Store
from aggregator.store.links import encode
from aggregator.store.people import Person
from aggregator.times import utc
from aggregator.web import create_app, relink
from aggregator.web.changes import words
from parsers.model import Hint, Post, Statement

LATER = MONDAY + dt.timedelta(days=7)
TODAY = LATER.date().isoformat()
OLD = "every park should have a bench each two hundred metres along its main paths"
NEW = "every park should have a bench with a back each hundred and fifty metres along its main paths"


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def scrape(text: str, day: dt.datetime) -> Post:
    from make import post as make_post

    return msgspec.structs.replace(make_post(text), created_at=day)


@pytest.fixture
def parks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A small archive: one paper of two positions, posts before and after a change of line."""
    monkeypatch.setattr(pipeline, "now", lambda: LATER)
    config = Config()
    with Store(tmp_path / "a.db") as store:
        list(pipeline.ingest(store, pipeline.find_inputs([write(tmp_path, "paper.txt", PAPER)]), config, Hint()))
        posts = [
            scrape(f"The council says {OLD}, and means it", MONDAY - dt.timedelta(days=20)),
            scrape(f"Once more: {OLD}, the survey says", LATER - dt.timedelta(days=1)),
            scrape("Ducks were hungry today, lovely colours in the woods", LATER - dt.timedelta(days=2)),
        ]
        with store.transaction():
            document = store.documents.add(b"posts", name="posts", hint=Hint(), received_at=pipeline.stamp())
            _, touched = store.posts.save(posts, document_id=document, as_of=pipeline.stamp())
            pipeline.stitch(store, touched)
        pipeline.refresh(store, config)
    shop = Site(app=create_app(tmp_path / "a.db", config), db=tmp_path / "a.db", config=config)
    yield shop
    relink.relinker(shop.app).wait(10)


def bench(shop: Site) -> str:
    return str(shop.one("SELECT key FROM statement WHERE position LIKE '%bench%'"))


def form(client: Any, key: str, **changes: str) -> dict[str, str]:
    """The edit form as a browser would send it, with some fields changed."""
    html = get(client, f"/positions/{key}/edit").text
    found = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]*? value="([^"]*)"', html))
    found |= {
        n: v.replace("\n", "\r\n") for n, v in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', html)
    }
    unescaped = {name: value.replace("&#39;", "'").replace("&#34;", '"') for name, value in found.items()}
    return {**unescaped, **changes}


def send(shop: Site, key: str, name: str = "Rosa", **changes: str) -> Any:
    client = shop.client(name)
    answer = post(client, f"/positions/{key}/edit", form(client, key, **changes))
    relink.relinker(shop.app).wait(10)
    return answer


def versions(shop: Site, key: str) -> list[tuple[int, str, str | None]]:
    with shop.store() as store:
        row = store.statements.rows("s.key = ?", key)[0]
        return [(v["version"], v["in_force_from"][:10], v["who"]) for v in store.statements.versions(row["id"])]


# ------------------------------------------------------------------ wordings


def test_another_wording_is_another_version(parks: Site) -> None:
    """The new text is in force from the given day, the old one stays with a difference and an author."""
    key = bench(parks)
    assert send(parks, key, position=f"NALP believes that {NEW}.", in_force_from="2026-11-10").status_code == 303
    assert versions(parks, key)[1:] == [(2, "2026-11-10", "Rosa")]
    page = get(parks.client(), f"/positions/{key}").text
    assert "version 2</a>, in force from 10 Nov 2026" in page
    assert "two hundred" in page[page.index('id="versions"') :]
    assert "<del>" in page
    assert "<ins>" in page
    assert "edit" in page[page.index('id="history"') :]
    assert parks.one("SELECT position FROM statement WHERE key = ?", key).endswith(f"{NEW}.")


def test_an_unchanged_form_makes_no_version(parks: Site) -> None:
    """Saving what the form shows, line ends of a browser included, changes nothing and logs nothing."""
    key = bench(parks)
    assert send(parks, key).status_code == 303
    assert len(versions(parks, key)) == 1
    assert parks.one("SELECT count(*) FROM audit") == 0


def test_recent_coverage_is_judged_by_its_wording(parks: Site) -> None:
    """Coverage of before keeps the old line, that of after quotes an old line, and the page lists it."""
    key = bench(parks)
    send(parks, key, position=f"NALP believes that {NEW}.", in_force_from="2026-11-10")
    with parks.store() as store:
        found = store.connection.execute(
            "SELECT l.statement_version AS v, json_array_length(l.evidence, '$.old_echo') AS old FROM link l "
            "JOIN coverage c ON c.id = l.coverage_id ORDER BY c.published_at"
        ).fetchall()
    assert [(row["v"], bool(row["old"])) for row in found] == [(1, False), (2, True)]
    page = get(parks.client(), f"/positions/{key}").text
    aside = page[page.index('id="old"') : page.index("</aside>")]
    assert aside.count("/coverage/t-") == 1
    assert "two hundred metres" in aside


def test_the_day_is_today_where_none_is_given(parks: Site) -> None:
    """Without a day a wording is in force from today; one of a later day is told as not in force yet."""
    key = bench(parks)
    send(parks, key, position=f"{NEW}.", in_force_from="")
    assert versions(parks, key)[1][1] == TODAY
    send(parks, key, position=f"{NEW}, and bins.", in_force_from="2027-01-01")
    assert "This wording is in force from 1 Jan 2027" in get(parks.client(), f"/positions/{key}").text


def test_a_wording_to_come_is_taken_back(parks: Site) -> None:
    """Before its day has come, another wording takes the place of one to come, from the same day."""
    key = bench(parks)
    send(parks, key, position=f"{NEW}.", in_force_from="2027-01-01")
    assert form(parks.client(), key)["in_force_from"] == "2027-01-01"
    send(parks, key, position=f"{NEW}, and bins.", in_force_from="")
    assert versions(parks, key)[2] == (3, "2027-01-01", "Rosa")


def test_a_wording_cannot_begin_before_the_one_it_replaces(parks: Site) -> None:
    """An earlier day than that of the wording in force is refused with its date; nothing changes."""
    key = bench(parks)
    send(parks, key, position=f"{NEW}.", in_force_from="2026-11-10")
    answer = send(parks, key, position=f"{NEW}, and bins.", in_force_from="2026-11-01", title="Another title")
    assert answer.status_code == 400
    assert "2026-11-10" in answer.text
    assert len(versions(parks, key)) == 2
    assert parks.one("SELECT title FROM statement WHERE key = ?", key) != "Another title"
    assert send(parks, key, position=f"{NEW}, and bins.", in_force_from="soon").status_code == 400


def test_context_alone_and_back_again(parks: Site) -> None:
    """A new context is a version too, and the first wording can be used again; all have names of their own."""
    key = bench(parks)
    first = parks.one("SELECT position FROM statement WHERE key = ?", key)
    send(parks, key, context="Benches went for want of repair money.")
    send(parks, key, position=f"{NEW}.")
    client = parks.client()
    html = get(client, f"/positions/{key}/edit?wording=1").text
    assert "two hundred" in html
    assert get(client, f"/positions/{key}/edit?wording=9").status_code == 404
    send(parks, key, position=first)
    assert [version for version, _, _ in versions(parks, key)] == [1, 2, 3, 4]
    assert parks.one("SELECT position FROM statement WHERE key = ?", key) == first


def test_no_two_positions_of_the_same_words(parks: Site) -> None:
    """The words of another position, or none, are refused with a sentence."""
    key = bench(parks)
    other = parks.one("SELECT position FROM statement WHERE key != ?", key)
    answer = send(parks, key, position=other)
    assert answer.status_code == 400
    assert "exactly these words" in answer.text
    assert send(parks, key, position="  ").status_code == 400
    assert len(versions(parks, key)) == 1


def test_two_editors_of_a_wording(parks: Site) -> None:
    """The second editor sees the difference between both texts; the first one's stays until they decide."""
    key, rosa = bench(parks), parks.client("Rosa")
    stale = form(rosa, key, position=f"NALP believes that {NEW}, says Rosa.")
    send(parks, key, name="Tom", position=f"NALP believes that {NEW}, says Tom.")
    answer = post(rosa, f"/positions/{key}/edit", stale)
    assert answer.status_code == 409
    for text in ("nothing of yours was written", "<del>", "Tom.", "<ins>", "Rosa."):
        assert text in answer.text
    assert parks.one("SELECT position FROM statement WHERE key = ?", key).endswith("says Tom.")
    again = {**stale, "seen": re.findall(r'name="seen" value="(\w+)"', answer.text)[0]}
    assert post(rosa, f"/positions/{key}/edit", again).status_code == 303
    assert [who for _, _, who in versions(parks, key)] == [None, "Tom", "Rosa"]


def test_a_viewer_edits_nothing(parks: Site) -> None:
    """A viewer sees the page without the edit and is refused the form."""
    key, viewer = bench(parks), parks.client("Vera", "viewer")
    assert f"/positions/{key}/edit" not in get(viewer, f"/positions/{key}").text
    assert post(viewer, f"/positions/{key}/edit", {"title": "x"}).status_code == 403


# ------------------------------------------------------------------ papers that come again


def test_what_staff_wrote_survives_the_paper(parks: Site, tmp_path: Path) -> None:
    """Title, wording and names by staff stay when the same paper is read again, and when better rules read it."""
    key = bench(parks)
    send(parks, key, title="Benches", position=f"{NEW}.", aliases="seats")
    with parks.store() as store:
        for _ in range(2):
            again = pipeline.find_inputs([write(tmp_path, "paper.txt", PAPER)])
            list(pipeline.ingest(store, again, parks.config, Hint(), force=True))
        reread = Statement(id="s-reread", title="Seats in parks", position=f"NALP thinks that {OLD}.")
        document = store.documents.add(b"again", name="paper", hint=Hint(), received_at=pipeline.stamp())
        with store.transaction():
            store.statements.save([reread], document_id=document, now=pipeline.stamp(), reworded={"s-reread": key})
            store.statements.save([reread], document_id=document, now=pipeline.stamp())
        row = store.statements.rows("s.key = ?", key)[0]
        assert (row["title"], row["position"]) == ("Benches", f"{NEW}.")
        found = store.statements.versions(row["id"])
        assert [version["who"] for version in found] == [None, "Rosa", None, "Rosa"]
        assert store.statements.in_force()[0].version in (1, 4)
    assert parks.one("SELECT count(*) FROM statement") == 2


def test_a_later_edition_renews_what_staff_wrote(parks: Site) -> None:
    """A paper of a later day brings a new line; the title by staff stays all the same."""
    key = bench(parks)
    send(parks, key, title="Benches", position=f"{NEW}.")
    later = Statement(
        id="s-later", title="Seats", position="Every park should have a warm bench.", adopted_on=dt.date(2027, 3, 1)
    )
    with parks.store() as store:
        document = store.documents.add(b"later", name="paper", hint=Hint(), received_at=pipeline.stamp())
        with store.transaction():
            store.statements.save([later], document_id=document, now=pipeline.stamp(), reworded={"s-later": key})
        row = store.statements.rows("s.key = ?", key)[0]
        assert (row["title"], row["position"], row["version"]) == ("Benches", later.position, 3)


# ------------------------------------------------------------------ pages


@pytest.fixture
def shop(tmp_path: Path) -> Site:
    return site(tmp_path / "a.db")


def best(shop: Site) -> str:
    return str(
        shop.one("SELECT s.key FROM link l JOIN statement s ON s.id = l.statement_id GROUP BY 1 ORDER BY count(*) DESC")
    )


def test_the_board_shows_the_silent_and_the_topics(shop: Site) -> None:
    """Positions without coverage stand apart, and coverage without a position is a topic with a name."""
    viewer = shop.client("Vera", "viewer")
    html = get(viewer, "/positions").text
    silent = html[html.index("Silent: nothing") :]
    assert "never" in silent
    assert best(shop) not in silent
    with shop.store() as store:
        row = store.connection.execute("SELECT id, key FROM coverage WHERE kind = 'article' ORDER BY id").fetchone()
        key = row["key"]
        store.connection.execute("DELETE FROM link WHERE coverage_id = ?", (row["id"],))
    assert post(shop.client(), f"/review/no-fit/{key}").status_code == 303
    html = get(viewer, "/positions").text
    assert key in html[html.index('id="topics"') :]
    assert "says Rosa" in html
    assert "no position of ours fits" in get(viewer, f"/coverage/{key}").text


def test_busy_stories_without_a_position_are_on_the_board(shop: Site) -> None:
    """A story of two pieces with an article shows until somebody links one, or calls it a topic."""
    with shop.store() as store:
        db = store.connection
        db.execute("DELETE FROM link")
        pair = [row[0] for row in db.execute("SELECT id FROM coverage WHERE kind = 'article' ORDER BY id LIMIT 2")]
        db.execute("UPDATE coverage SET story_id = NULL, is_lead = 0")
        story = db.execute("SELECT min(id) FROM story").fetchone()[0]
        at = utc(LATER)
        db.executemany(
            "UPDATE coverage SET story_id = ?, published_at = ? WHERE id = ?", [(story, at, n) for n in pair]
        )
        busy = store.board.busy(LATER - dt.timedelta(days=1))
        assert [(row["id"], row["pieces"]) for row in busy] == [(pair[0], 2)]
        assert not store.board.busy(LATER + dt.timedelta(days=1))
        db.execute("INSERT INTO no_fit VALUES (?, 'Ann', ?)", (pair[1], at))
        assert not store.board.busy(LATER - dt.timedelta(days=1))
        db.execute("DELETE FROM no_fit")
        key = db.execute("SELECT key FROM statement").fetchone()[0]
        store.links.decide(pair[1], key, "add", who="Ann", now=at)
        assert not store.board.busy(LATER - dt.timedelta(days=1))


def test_figures_agree_with_the_board(shop: Site) -> None:
    """The figures on a position's page are those of its row on the board."""
    with shop.store() as store:
        start = LATER - dt.timedelta(days=7)
        for row in store.board.positions(start):
            one = store.board.position(row["id"], start)
            assert tuple(one) == tuple(row)


def test_the_chart_has_its_numbers_in_a_table(shop: Site) -> None:
    """Every week of the picture stands in the table, and the picture says where its numbers are."""
    html = get(shop.client(), f"/positions/{best(shop)}").text
    picture = html[html.index("<svg") : html.index("</svg>")]
    table = html[html.index("The numbers") :]
    assert picture.count('class="sure"') == table[: table.index("</table>")].count('scope="row"') == 26
    assert 'role="img"' in picture
    assert "the table below has the numbers" in picture


def test_near_same_positions_stand_together(shop: Site) -> None:
    """Links of one group are one block on the coverage's page, the newest first, each with its own state."""
    with shop.store() as store:
        db = store.connection
        first, second, third = [row[0] for row in db.execute("SELECT key FROM statement ORDER BY key LIMIT 3")]
        for key, day in ((first, "2023-01-01"), (second, "2025-01-01"), (third, "2024-01-01")):
            db.execute("UPDATE statement SET adopted_on = ? WHERE key = ?", (day, key))
        coverage = db.execute("SELECT id, key FROM coverage WHERE kind = 'article'").fetchone()
        db.execute("DELETE FROM link WHERE coverage_id = ?", (coverage["id"],))
        for key, score, status in ((first, 0.9, "confirmed"), (second, 0.8, "proposed")):
            proposal = LinkProposal(
                statement_id=key, score=score, margin=2.0, band="likely", their_sentence="They.", our_sentence="We.",
                terms=(), reason="r", group=(second, third, first),
            )  # fmt: skip
            db.execute(
                "INSERT INTO link (coverage_id, statement_id, status, statement_version, score, band, evidence, rule, "
                "proposed_at) SELECT ?, id, ?, 1, ?, 'likely', ?, 'x', 'x' FROM statement WHERE key = ?",
                (coverage["id"], status, score, encode(proposal), key),
            )
    html = get(shop.client(), f"/coverage/{coverage['key']}").text
    block = html[html.index('class="near-same"') :]
    block = block[: block.index('id="side-')]
    assert "3 near-same positions" in block
    assert block.index(second) < block.index(third) < block.index(first)
    assert "confirmed" in block
    assert "proposed" in block
    page = get(shop.client(), f"/positions/{third}")
    assert page.status_code == 200
    page = get(shop.client(), f"/positions/{first}").text
    near = page[page.index('id="near"') :]
    assert near.index(second) < near.index(third)


def test_a_retired_position_keeps_its_page(shop: Site) -> None:
    """A retired position is off the board's table and still readable with all it had."""
    key = best(shop)
    with shop.store() as store:
        store.connection.execute("UPDATE statement SET retired_at = '2026-11-01T00:00:00Z' WHERE key = ?", (key,))
    assert "retired 1 Nov 2026" in get(shop.client(), f"/positions/{key}").text
    html = get(shop.client(), "/positions").text
    assert key in html[html.index('id="retired"') :]


@given(
    st.lists(st.sampled_from(["a", "b", "c", "d", "."]), max_size=30),
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=30),
)
@settings(max_examples=100, deadline=None)
def test_a_difference_holds_both_texts(old: list[str], new: list[str]) -> None:
    """What stayed and went is the old text, what stayed and came is the new one, word for word."""
    runs = words(" ".join(old), " ".join(new))
    assert "".join(text for kind, text in runs if kind != "new").split() == old
    assert "".join(text for kind, text in runs if kind != "gone").split() == new


def test_long_sections_are_compared_by_paragraph() -> None:
    """Sections of thousands of words are compared in no time."""
    long = "\n".join(f"Paragraph {n} " + "word " * 100 for n in range(60))
    runs = words(long, long.replace("Paragraph 7 ", "Paragraph seven "))
    assert [kind for kind, _ in runs] == ["same", "gone", "new", "same"]


def test_filling_twice_keeps_titles(tmp_path: Path) -> None:
    """A clumsy title that staff mended is not clumsy again after all papers come again."""
    shop = site(tmp_path / "a.db")
    key = best(shop)
    with shop.store() as store:
        row = store.statements.rows("s.key = ?", key)[0]
        edit = store.editing.current(row)
        person = Person(id=1, name="Rosa", role="reviewer", session="x")
        better = msgspec.structs.replace(edit, title="Open longer, staffed")
        assert store.editing.save(row, better, seen=store.editing.mark(edit), who=person, now=pipeline.stamp())
    fill(shop.db, shop.config)
    with shop.store() as store:
        everything = pipeline.find_inputs([str(SAMPLE)])
        list(pipeline.ingest(store, everything, shop.config, Hint(), force=True))
    assert shop.one("SELECT title FROM statement WHERE key = ?", key) == "Open longer, staffed"


def test_a_page_says_of_what_its_numbers_are(parks: Site) -> None:
    """What only might be on a position is listed and counted apart: no page says “never covered” above a list."""
    with parks.store() as store:
        store.connection.execute("UPDATE link SET band = 'possible', status = 'proposed'")
    page = get(parks.client(), f"/positions/{bench(parks)}").text
    assert "<dt>In all</dt><dd>0</dd>" in page and "0 of them likely or confirmed" in page
    assert re.search(r"Counted is what is likely or confirmed; [12] possible pieces? below counts? when somebody", page)


def test_pages_say_which_quotes_count(parks: Site) -> None:
    """The board and the page of a position say which quotes of ours are on it."""
    key = parks.one("SELECT key FROM statement LIMIT 1")
    for page in (get(parks.client(), "/positions").text, get(parks.client(), f"/positions/{key}").text):
        assert "hold a word or share a sentence" in page
        assert "are not counted here" in page
