"""Linking in the application: what is compared when, what decisions do, and what people see of it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from make import MONDAY, PAPER, post

from aggregator import explain, linkage, pipeline
from aggregator.config import Config, Linking
from aggregator.doctor import doctor
from aggregator.errors import CuttingsError, NotFoundError
from aggregator.issue_model import LinkView, StoryLine, one_of_each
from aggregator.model import LinkerState, LinkReport, Promise
from aggregator.render import why_line
from aggregator.store import Store, exports
from aggregator.store.connect import rows
from parsers.model import Hint, Post, Statement

LATER = MONDAY + dt.timedelta(days=1)
BENCH = "Every park should have a bench each two hundred metres along its main paths, says the council's walking survey"
LAMPS = "Towpath lighting drives bats from the canal; wardens want the lamps switched off between midnight and five"
CHAT = "Lovely autumn colours in the woods today, and the ducks were hungry as ever"
NEW_PAPER = PAPER.replace(
    "a bench each two hundred metres along its main paths",
    "a bench with a back each hundred and fifty metres along its main paths",
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dt.datetime]]:
    """The application's clock; set its only item to move it."""
    moment = [LATER]
    monkeypatch.setattr(pipeline, "now", lambda: moment[0])
    yield moment


def take_in(store: Store, folder: Path, text: str, name: str = "paper.txt") -> None:
    (folder / name).write_text(text, encoding="utf-8")
    list(pipeline.ingest(store, pipeline.find_inputs([str(folder / name)]), Config(), Hint()))


def add_posts(store: Store, *posts: Post) -> None:
    with store.transaction():
        document = store.documents.add(repr(posts).encode(), name="posts", hint=Hint(), received_at="x")
        _, touched = store.posts.save(posts, document_id=document, as_of="2026-11-10T00:00:00Z")
        pipeline.stitch(store, touched)


def add_statements(store: Store, *statements: Statement) -> None:
    with store.transaction():
        document = store.documents.add(repr(statements).encode(), name="paper", hint=Hint(), received_at="x")
        store.statements.save(statements, document_id=document, now="2026-11-01T00:00:00Z")


def links(store: Store) -> list[dict[str, Any]]:
    return list(exports.EXPORTS["links"](store.connection))


def link(store: Store, **settings: Any) -> LinkReport:
    return pipeline.link(store, Config(linking=Linking(**settings)))


def coverage(store: Store, words: str) -> int:
    """The row id of the coverage that holds some words."""
    return int(rows(store.connection, "SELECT id FROM coverage WHERE text LIKE ?", f"%{words}%")[0]["id"])


def key(store: Store, words: str) -> str:
    """The id of the position that holds some words."""
    return str(rows(store.connection, "SELECT key FROM statement WHERE position LIKE ?", f"%{words}%")[0]["key"])


def evidence(store: Store) -> dict[str, Any]:
    (row,) = rows(store.connection, "SELECT evidence FROM link")
    found: dict[str, Any] = msgspec.json.decode(row["evidence"])
    return found


@pytest.fixture
def parks(store: Store, tmp_path: Path) -> Store:
    """A paper of two positions and three posts, linked."""
    take_in(store, tmp_path, PAPER)
    add_posts(store, post(BENCH), post(LAMPS, 20), post(CHAT, 40))
    link(store)
    return store


def test_a_position_retired_during_a_round_gets_no_proposals(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody retires a position while a round compares with it: the round leaves nothing open on it."""
    take_in(store, tmp_path, PAPER)
    add_posts(store, post(BENCH), post(LAMPS, 20))
    bench, compared = key(store, "bench"), linkage._propose

    def meanwhile(*given: Any) -> Any:
        found = compared(*given)
        with Store(store.path) as other:
            other.connection.execute("UPDATE statement SET retired_at = '2026-11-10T00:00:00Z' WHERE key = ?", (bench,))
        return found

    monkeypatch.setattr(linkage, "_propose", meanwhile)
    link(store)
    assert {row["statement_id"] for row in links(store)} == {key(store, "lighting")}


# ------------------------------------------------------------------ what is compared


def test_only_what_is_new_is_compared(parks: Store) -> None:
    """A second round has nothing to do; a new post is one piece."""
    assert len(links(parks)) == 2
    assert link(parks).coverage == 0
    add_posts(parks, post("Benches, benches: one each two hundred metres along main paths, please!", 90))
    report = link(parks)
    assert (report.coverage, report.changes.new) == (1, 1)


def test_a_changed_text_is_compared_again(parks: Store) -> None:
    """Another text of a piece asks for linking it anew, whatever its age."""
    with parks.transaction():
        parks.connection.execute(
            "UPDATE coverage SET text = 'Nothing of ours', text_sha = 'other' WHERE id = ?", (coverage(parks, "bats"),)
        )
    assert link(parks).coverage == 1
    assert len(links(parks)) == 1


def test_a_decision_relinks_recent_coverage_only(parks: Store, clock: list[dt.datetime]) -> None:
    """What refines the comparison is worth it for some weeks back; `--all` takes everything."""
    clock[0] = LATER + dt.timedelta(days=100)
    add_posts(parks, post("A bench beside the pond at last", 100 * 24 * 60))
    link(parks)
    parks.links.decide(
        coverage(parks, "walking survey"), key(parks, "bench"), "confirm", who="ada", now="2026-11-10T00:00:00Z"
    )
    assert link(parks).coverage == 1
    assert link(parks).coverage == 0
    assert pipeline.link(parks, Config(), everything=True).coverage == 4


def test_a_new_position_is_compared_with_all_coverage(parks: Store, clock: list[dt.datetime]) -> None:
    """However old the coverage, a position that comes later finds it, as if it had come first."""
    clock[0] = LATER + dt.timedelta(days=1000)
    add_statements(parks, Statement(id="s-ducks", title="Ducks", position="Hungry ducks should be fed oats by wardens"))
    assert link(parks).coverage == 3
    assert "s-ducks" in {row["statement_id"] for row in links(parks)} or len(links(parks)) == 2
    assert link(parks).coverage == 0


def test_without_positions_coverage_waits(store: Store, tmp_path: Path) -> None:
    """No statements at all is no error; the first paper finds the coverage that was there before."""
    add_posts(store, post(BENCH), post("🎉🎉🎉", 20), post("https://example.org/x", 40))
    assert link(store) == LinkReport()
    take_in(store, tmp_path, PAPER)
    assert link(store).coverage == 3
    assert [row["statement_id"] for row in links(store)] == [key(store, "bench")]


def test_statements_deleted_while_linking_runs_are_passed_over(parks: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A position that goes between comparing and writing gets no link and stops nothing."""
    gone = key(parks, "Towpath")
    pieces = parks.links.pieces

    def delete_first(ids: Any) -> Any:
        found = pieces(ids)
        parks.connection.execute("DELETE FROM statement WHERE key = ?", (gone,))
        return found

    monkeypatch.setattr(parks.links, "pieces", delete_first)
    pipeline.link(parks, Config(), everything=True)
    assert {row["statement_id"] for row in links(parks)} == {key(parks, "bench")}


def test_coverage_that_goes_or_changes_meanwhile_waits(parks: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is not written over what stands there now."""
    pieces = parks.links.pieces

    def change_first(ids: Any) -> Any:
        found = pieces(ids)
        parks.connection.execute("UPDATE coverage SET text_sha = 'new' WHERE text LIKE '%bats%'")
        parks.connection.execute("DELETE FROM coverage WHERE text LIKE '%ducks%'")
        return found

    monkeypatch.setattr(parks.links, "pieces", change_first)
    pipeline.link(parks, Config(), everything=True)
    monkeypatch.undo()
    monkeypatch.setattr(pipeline, "now", lambda: LATER)
    assert link(parks).coverage == 1


def test_writing_is_done_in_short_transactions(parks: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another person can write between the batches of a long round."""

    monkeypatch.setattr(linkage, "BATCH", 1)
    heard = []

    def tick(done: int, total: int) -> None:
        with Store(parks.path) as other:
            other.words.add_alias(key(other, "bench"), f"seat {done}", who="ada", now="2026-11-10T00:00:00Z")
        heard.append((done, total))

    pipeline.link(parks, Config(), everything=True, tick=tick)
    assert heard == [(1, 3), (2, 3), (3, 3)]


# ------------------------------------------------------------------ decisions


def test_undo_brings_back_what_stood_before(parks: Store) -> None:
    """Each decision can be taken back by another event, down to the proposal."""
    piece, bench = coverage(parks, "walking survey"), key(parks, "bench")
    parks.links.decide(piece, bench, "confirm", who="ada", now="2026-11-10T00:00:01Z")
    parks.links.decide(piece, bench, "reject", who="ben", now="2026-11-10T00:00:02Z")
    assert parks.links.undo(piece, bench, who="ben", now="2026-11-10T00:00:03Z") == "confirmed"
    (row,) = (row for row in parks.links.of_coverage(piece) if row["key"] == bench)
    assert (row["status"], row["decided_by"], row["decided_at"]) == ("confirmed", "ada", "2026-11-10T00:00:01Z")
    assert [d.status for d in parks.links.decisions()] == ["confirmed"]
    assert parks.links.undo(piece, bench, who="ada", now="2026-11-10T00:00:04Z") == "proposed"
    assert parks.links.decisions() == []
    assert [event["after"] for event in parks.links.events(row["id"])] == [
        "confirmed", "rejected", "confirmed", "proposed"
    ]  # fmt: skip
    with pytest.raises(NotFoundError, match="no decision"):
        parks.links.undo(piece, bench, who="ada", now="2026-11-10T00:00:05Z")


def test_undoing_an_added_link_removes_it(parks: Store) -> None:
    """Before a person added it there was no link."""
    piece = coverage(parks, "ducks")
    parks.links.decide(piece, key(parks, "bench"), "add", who="ada", now="2026-11-10T00:00:01Z")
    assert parks.links.undo(piece, key(parks, "bench"), who="ada", now="2026-11-10T00:00:02Z") is None
    assert len(links(parks)) == 2


def test_decisions_say_text_and_wording(parks: Store) -> None:
    """What was judged is kept: the whole text that the linker read, and the version of the position."""
    parks.links.decide(coverage(parks, "bats"), key(parks, "Towpath"), "confirm", who="ada", now=pipeline.stamp())
    (decision,) = parks.links.decisions()
    assert (decision.text, decision.statement_version, decision.decided_by) == (LAMPS, 1, "ada")


def test_two_people_do_not_overwrite_each_other(parks: Store) -> None:
    """Who decides on what somebody changed meanwhile is told."""
    piece, bench = coverage(parks, "walking survey"), key(parks, "bench")
    parks.links.decide(piece, bench, "reject", who="ada", now="2026-11-10T00:00:01Z", expected=1)
    with pytest.raises(CuttingsError, match="ada changed this"):
        parks.links.decide(piece, bench, "confirm", who="ben", now="2026-11-10T00:00:02Z", expected=1)


def test_a_decision_on_what_is_gone_is_refused(parks: Store) -> None:
    """Unknown positions and coverage are known errors."""
    with pytest.raises(NotFoundError, match="no position"):
        parks.links.decide(coverage(parks, "bats"), "s-none", "add", who="ada", now="2026-11-10T00:00:01Z")
    with pytest.raises(NotFoundError, match="coverage"):
        parks.links.decide(99, key(parks, "bench"), "add", who="ada", now="2026-11-10T00:00:01Z")


def test_a_rejected_pair_and_its_near_copy_stay_away(parks: Store) -> None:
    """Neither linking everything again nor a copy with another ending brings the pair back."""
    bench = key(parks, "bench")
    parks.links.decide(coverage(parks, "walking survey"), bench, "reject", who="ada", now="2026-11-10T00:00:01Z")
    add_posts(parks, post(BENCH + ", we hear", 300))
    pipeline.link(parks, Config(), everything=True)
    assert [row["status"] for row in links(parks) if row["statement_id"] == bench] == ["rejected"]


def rewrite(store: Store, piece: int, text: str) -> None:
    """What an edit of the outlet's leaves in the archive; then links are made."""
    with store.transaction():
        store.connection.execute(
            "UPDATE coverage SET text = ?1, text_sha = 'sha of ' || ?1, linked_sha = NULL WHERE id = ?2", (text, piece)
        )
    link(store)


def test_a_rejected_pair_comes_back_with_a_note_when_the_text_changed(parks: Store) -> None:
    """A rewritten piece is proposed again and says that it was rejected before; the rejection stays in the log."""
    bench = key(parks, "bench")
    piece = coverage(parks, "walking survey")
    parks.links.decide(piece, bench, "reject", who="ada", now="2026-11-10T00:00:01Z")
    rewrite(parks, piece, BENCH + ". Councils removed one park bench in five; older visitors stay at home.")
    (row,) = parks.links.of_coverage(piece)
    assert row["status"] == "proposed"
    note = msgspec.json.decode(row["evidence"])["note"]
    assert "Rejected for an earlier text" in note and "“Councils removed one park bench" in note
    assert [event["after"] for event in parks.links.events(row["id"])] == ["rejected", "proposed"]
    assert [decision.status for decision in parks.links.decisions()] == ["rejected"]
    assert link(parks).changes.changed == 0


def test_a_rejected_pair_stays_away_while_what_carried_it_stands(parks: Store) -> None:
    """A word changed in the sentence, or sentences on something else, are no reason to ask again."""
    bench = key(parks, "bench")
    piece = coverage(parks, "walking survey")
    parks.links.decide(piece, bench, "reject", who="ada", now="2026-11-10T00:00:01Z")
    for text in (
        BENCH.replace("two hundred", "three hundred"),
        BENCH + ". Wardens counted them, ministers promised repairs, and the ferry was late once more on Tuesday.",
        "Ferries, swans and the price of ice cream filled most of the meeting. " + BENCH + ". Then it rained.",
    ):
        rewrite(parks, piece, text)
        (row,) = parks.links.of_coverage(piece)
        assert row["status"] == "rejected", text


def test_a_confirmed_link_never_quotes_what_the_outlet_took_out(parks: Store) -> None:
    """The decision stays; what is told of it is a sentence that stands there, or that there is none any more."""
    bench = key(parks, "bench")
    piece = coverage(parks, "walking survey")
    parks.links.decide(piece, bench, "confirm", who="ada", now="2026-11-10T00:00:01Z")
    rewrite(parks, piece, "Walkers ask for a bench each hundred metres along the main paths of every park.")
    (row,) = parks.links.of_coverage(piece)
    told = msgspec.json.decode(row["evidence"])
    assert row["status"] == "confirmed" and told["their_sentence"].startswith("Walkers ask")
    assert "gone from the text" in told["note"]
    rewrite(parks, piece, "The council met on Tuesday and went home early.")
    (row,) = parks.links.of_coverage(piece)
    told = msgspec.json.decode(row["evidence"])
    assert row["status"] == "confirmed" and (told["their_sentence"], told["terms"]) == ("", [])
    assert "gone from the text" in told["reason"] and "Walkers ask" in told["note"]
    exported = next(one for one in exports.links(parks.connection) if one["status"] == "confirmed")
    assert exported["their_sentence"] is None and "gone from the text" in exported["reason"]


def test_an_edit_that_leaves_the_sentence_leaves_the_evidence(parks: Store) -> None:
    """What a person confirmed is told as it was confirmed while it stands."""
    bench = key(parks, "bench")
    piece = coverage(parks, "walking survey")
    parks.links.decide(piece, bench, "confirm", who="ada", now="2026-11-10T00:00:01Z")
    (before,) = parks.links.of_coverage(piece)
    rewrite(parks, piece, BENCH + "\n\nIt rained.")
    (row,) = parks.links.of_coverage(piece)
    assert row["evidence"] == before["evidence"]


def test_number_and_band_are_of_one_moment(parks: Store, clock: list[dt.datetime]) -> None:
    """What decisions move moves for old coverage too: no likely link has a lower number than a possible one."""
    add_posts(
        parks, *(post(f"A bench by the main path of the park, each two hundred metres: {n}", n) for n in range(9))
    )
    link(parks)
    clock[0] = MONDAY + dt.timedelta(days=300)  # beyond what is compared again
    bench = key(parks, "bench")
    query = "SELECT coverage_id FROM link l JOIN statement s ON s.id = l.statement_id WHERE s.key = ? LIMIT 6"
    for row in parks.connection.execute(query, (bench,)).fetchall():
        parks.links.decide(row[0], bench, "reject", who="ada", now="2027-09-10T00:00:01Z")
    before = dict(parks.connection.execute("SELECT id, score FROM link").fetchall())
    link(parks)
    assert before != dict(parks.connection.execute("SELECT id, score FROM link").fetchall())
    for row in parks.connection.execute("SELECT score, band FROM link"):
        assert (row["band"] == "likely") <= (row["score"] >= 0.5)
    (worst,) = parks.connection.execute("SELECT min(score) FROM link WHERE band = 'likely'").fetchone()
    (best,) = parks.connection.execute("SELECT max(score) FROM link WHERE band = 'possible'").fetchone()
    assert worst is None or best is None or best <= worst


# ------------------------------------------------------------------ versions


def test_coverage_is_linked_to_the_wording_of_its_day(parks: Store, tmp_path: Path, clock: list[dt.datetime]) -> None:
    """A new edition makes a version; older coverage keeps the former one, newer coverage gets the new one."""
    clock[0] = LATER + dt.timedelta(days=10)
    take_in(parks, tmp_path, NEW_PAPER, "new.txt")
    assert len(list(exports.EXPORTS["statements"](parks.connection))) == 2
    add_posts(parks, post("A bench with a back each hundred and fifty metres along main paths? Yes.", 20 * 24 * 60))
    pipeline.link(parks, Config(), everything=True)
    versions = {row["text"][:7]: row["statement_version"] for row in rows(
        parks.connection, "SELECT c.text, l.statement_version FROM link l JOIN coverage c ON c.id = l.coverage_id"
    )}  # fmt: skip
    assert versions == {"Every p": 1, "Towpath": 1, "A bench": 2}


def test_an_old_line_is_called_so(parks: Store, tmp_path: Path, clock: list[dt.datetime]) -> None:
    """Coverage after a new edition that repeats the former wording quotes an old line, and people are told."""
    clock[0] = LATER + dt.timedelta(days=10)
    take_in(parks, tmp_path, NEW_PAPER, "new.txt")
    quoted = "They still say that every park should have a bench each two hundred metres along its main paths"
    add_posts(parks, post(quoted, 20 * 24 * 60))
    link(parks)
    piece = coverage(parks, "They still say")
    told = "\n".join(
        explain.explain_record(parks, rows(parks.connection, "SELECT key FROM coverage WHERE id = ?", piece)[0][0])
    )
    assert "old line quoted: “" in told and "two hundred metres" in told
    moment = MONDAY + dt.timedelta(days=30)
    (item,) = (item for item in parks.windows.published(LATER, moment) if item.links)
    assert "two hundred metres" in item.links[0].old_echo[0]
    why = why_line(StoryLine(item=item, link=item.links[0]))
    assert why is not None and why.startswith("old line quoted: “")


def test_the_same_edition_twice_changes_nothing(parks: Store, tmp_path: Path, clock: list[dt.datetime]) -> None:
    """A paper that comes again, old or new, makes no version."""
    clock[0] = LATER + dt.timedelta(days=10)
    for name in ("new.txt", "again.txt"):
        take_in(parks, tmp_path, NEW_PAPER, name)
    take_in(parks, tmp_path, PAPER, "old.txt")
    (row,) = (row for row in exports.EXPORTS["statements"](parks.connection) if "bench" in row["position"])
    assert row["version"] == 2


def test_an_undated_older_edition_that_comes_later_renews_nothing(
    parks: Store, tmp_path: Path, clock: list[dt.datetime]
) -> None:
    """Its wordings stand beside the stored ones, those in force stay, and the file's report says why."""
    clock[0] = LATER + dt.timedelta(days=10)
    older_paper = NEW_PAPER.replace("2015", "2009")
    assert older_paper != NEW_PAPER
    (tmp_path / "older.txt").write_text(older_paper, encoding="utf-8")
    (report,) = pipeline.ingest(parks, pipeline.find_inputs([str(tmp_path / "older.txt")]), Config(), Hint())
    assert any("older edition" in problem.message for problem in report.problems)
    assert {row["version"] for row in exports.EXPORTS["statements"](parks.connection)} == {1}


# ------------------------------------------------------------------ learned words, aliases, glossary


SPINNEY = [
    "Spinney contracts again: what the audit of the islands found",
    "Another term of Spinney contracts, another hole in the budget",
    "Questions in the chamber about Spinney contracts and who signs them",
]


def teach(store: Store) -> str:
    """Decisions that teach a word for the benches."""
    bench = key(store, "bench")
    others = [
        "The ferry is late",
        "A choir of forty sang",
        "Snow on the hills",
        "Bread prices rise",
        "A new goalkeeper",
    ]
    add_posts(store, *(post(text, 1000 + 20 * n) for n, text in enumerate([*SPINNEY, *others])))
    for words in SPINNEY:
        store.links.decide(coverage(store, words), bench, "add", who="ada", now="2026-11-10T00:00:01Z")
    for words in others:
        store.links.decide(coverage(store, words), bench, "reject", who="ada", now="2026-11-10T00:00:01Z")
    return bench


def test_decisions_teach_words_that_staff_see_delete_and_promote(parks: Store) -> None:
    """A learned word is shown, links new coverage, stays away once deleted, and becomes an alias when promoted."""
    bench = teach(parks)
    link(parks)
    assert "Spinney" in {term.text for term in parks.words.learned() if term.statement_id == bench}
    parks.words.promote(bench, "spinney", who="ada", now="2026-11-10T00:00:02Z")
    link(parks)
    assert "Spinney" not in {term.text for term in parks.words.learned()}
    assert [(row["alias"], row["added_by"]) for row in parks.words.aliases()] == [("Spinney", "ada")]
    add_posts(parks, post("The Spinney contracts are out for tender", 3000))
    link(parks)
    assert bench in {row["key"] for row in parks.links.of_coverage(coverage(parks, "out for tender"))}


def test_a_deleted_word_stays_away_and_an_unknown_one_is_refused(parks: Store) -> None:
    """Learning everything anew from the same log does not bring the word back."""
    bench = teach(parks)
    link(parks)
    parks.words.forget(bench, "Spinney", who="ada", now="2026-11-10T00:00:02Z")
    assert "Spinney" not in {term.text for term in parks.words.learned()}
    pipeline.link(parks, Config(), everything=True)
    assert "Spinney" not in {term.text for term in parks.words.learned()}
    with pytest.raises(NotFoundError, match="no learned word"):
        parks.words.forget(bench, "zebra", who="ada", now="2026-11-10T00:00:02Z")


def test_undone_decisions_leave_no_learned_words(parks: Store) -> None:
    """The words are made anew from the log, so that what was taken back leaves no trace."""
    bench = teach(parks)
    link(parks)
    for words in SPINNEY:
        parks.links.undo(coverage(parks, words), bench, who="ada", now="2026-11-10T00:00:02Z")
    link(parks)
    assert "Spinney" not in {term.text for term in parks.words.learned()}


def test_what_judges_worse_never_goes_live(parks: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Learned words that would judge the judged items worse stay off, and the report says so, once."""
    monkeypatch.setattr(
        "aggregator.linking.left_out",
        lambda judged, index: ([-9.0 if one.right else 9.0 for one in judged], [0.0] * len(judged)),
    )
    teach(parks)
    assert any("decisions teach stays off" in note for note in link(parks).notes)
    assert parks.words.learned() == ()
    assert parks.words.state().refused
    assert link(parks).notes == ()


def test_the_switch_turns_learning_off(parks: Store) -> None:
    """Without learning, decisions are kept and no word is live."""
    teach(parks)
    link(parks, learn=False)
    assert parks.words.learned() == ()
    assert parks.words.state().note == "Learning is switched off."


def test_an_alias_needs_letters_and_a_position(parks: Store) -> None:
    """Odd aliases are refused, unknown ones cannot be taken away."""
    for word in ("", " … "):
        with pytest.raises(NotFoundError):
            parks.words.add_alias(key(parks, "bench"), word, who="ada", now="2026-11-10T00:00:01Z")
    with pytest.raises(NotFoundError):
        parks.words.add_alias("s-none", "seat", who="ada", now="2026-11-10T00:00:01Z")
    with pytest.raises(NotFoundError, match="not also known"):
        parks.words.remove_alias(key(parks, "bench"), "seat")


def test_the_teams_glossary_adds_to_the_shipped_one(parks: Store, tmp_path: Path) -> None:
    """A file named in the settings teaches a name; recent coverage is linked again with it."""
    file = tmp_path / "words.toml"
    file.write_text('[[same]]\nforms = ["perch-o-matic", "bench"]\n', encoding="utf-8")
    add_posts(parks, post("The perch-o-matic is each two hundred metres along main paths", 500))
    link(parks)
    assert link(parks, glossary=str(file)).coverage == 4
    (row, *_) = parks.links.of_coverage(coverage(parks, "perch"))
    assert row["key"] == key(parks, "bench")
    assert any("perch" in term["text"] for term in msgspec.json.decode(row["evidence"])["terms"])


@pytest.mark.parametrize("text", ["[[same]]\nform = 1\n", "no TOML", "\x00"])
def test_a_glossary_with_a_mistake_is_told_and_left_out(parks: Store, tmp_path: Path, text: str) -> None:
    """Links are made without it, the report and the doctor say why; corrected, nothing is said any more."""
    file = tmp_path / "words.toml"
    file.write_text(text, encoding="utf-8")
    (note,) = link(parks, glossary=str(file)).notes
    assert "words.toml" in note and "without it" in note
    assert len(links(parks)) == 2
    assert not {f.name: f for f in doctor(parks.path)}["links"].ok
    assert link(parks).notes == ()
    assert {f.name: f for f in doctor(parks.path)}["links"].ok


def test_a_model_folder_that_does_not_fit_is_told(parks: Store, tmp_path: Path) -> None:
    """Without a usable model links are made from words alone."""
    (note,) = link(parks, semantic_model=str(tmp_path / "none")).notes
    assert "words alone" in note
    assert len(links(parks)) == 2


# ------------------------------------------------------------------ promise, doctor


def test_the_promise_is_kept_for_people(parks: Store) -> None:
    """Few decisions promise nothing, overall and for each judged position; the doctor says the same."""
    assert parks.words.promise() is not None
    parks.links.decide(
        coverage(parks, "walking survey"), key(parks, "bench"), "confirm", who="ada", now="2026-11-10T00:00:01Z"
    )
    link(parks)
    found = parks.words.promise(key(parks, "bench"))
    assert found is not None and found.text.startswith("Too few decisions")
    assert parks.words.promise(key(parks, "Towpath")) is None
    assert found.text[:17] in {f.name: f.detail for f in doctor(parks.path)}["links"]


def test_the_doctor_names_positions_that_do_badly_and_refused_learning(parks: Store) -> None:
    """A poor promise and learning that stays off are said in plain words."""
    poor = Promise(text="At this setting 5 of 10 likely links are right (n = 40).", right=24, judged=40, bound=0.5)
    parks.words.keep(LinkerState(note="Live: nothing.", refused=True, promise=poor, by_position={"s-1": poor}))
    told = {finding.name: finding.detail for finding in doctor(parks.path)}
    assert "position s-1: At this setting 5 of 10" in told["links"]
    assert "did not help stays off" in told["learning"]


# ------------------------------------------------------------------ near-same positions


def view(id: str, **fields: Any) -> LinkView:
    values = {"title": id, "status": "proposed", "band": "likely", "score": 0.9} | fields
    return LinkView(statement_id=id, **values)


def test_near_same_positions_are_named_once_the_newest_first() -> None:
    """The newest of those that are as sure as the best stands for the others."""
    group = ("new", "old", "weak")
    found = one_of_each([view("old", group=group), view("other"), view("new", group=group),
                         view("weak", group=group, band="possible")])  # fmt: skip
    assert [(one.statement_id, one.stands_for) for one in found] == [("new", ("old", "weak")), ("other", ())]


def test_an_unsure_newer_one_does_not_hide_a_sure_one() -> None:
    """A likely link is never replaced by a possible one."""
    found = one_of_each([view("old", group=("new", "old")), view("new", group=("new", "old"), band="possible")])
    assert [one.statement_id for one in found] == ["old"]


def test_what_people_decided_is_always_named() -> None:
    """Two confirmed links of one group both stay, and stand for the open one."""
    group = ("a", "b", "c")
    found = one_of_each([view("b", status="confirmed", group=group), view("c", status="added"), view("a", group=group)])
    assert [(one.statement_id, one.stands_for) for one in found] == [("b", ("a",)), ("c", ())]


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    "statements",
    [
        [Statement(id="s-1", title="One", position="Benches")],
        [Statement(id="s-1", title="Long", position="bench park path " * 7_000)],
        [Statement(id=f"s-{n}", title="Same", position=f"Every park should have a bench {n}") for n in range(300)],
        [Statement(id="s-1", title="", position="")],
        [Statement(id="s-1", title="Bancs", position="Chaque parc devrait avoir un banc tous les deux cents mètres")],
    ],
    ids=["one word", "20,000 words", "300 near-identical", "empty", "another language"],
)
def test_odd_statements_never_stop_linking(store: Store, statements: list[Statement]) -> None:
    """Whatever the positions are, every link has evidence and nothing crashes."""
    add_posts(store, post("bench " * 300), post("🎉" * 50, 20), post("https://example.org/a", 40), post(BENCH, 60),
              post("Chaque matin, le banc du parc est occupé", 80))  # fmt: skip
    add_statements(store, *statements)
    assert link(store).coverage == 5
    for row in links(store):
        assert row["their_sentence"] and row["our_sentence"] and row["terms"] and row["reason"]


def test_a_large_archive_stays_responsive(parks: Store) -> None:
    """No single transaction of a round is long: another connection is never kept waiting for it."""
    add_posts(parks, *(post(f"Notice {n} of the parish: {BENCH if n % 9 == 0 else CHAT}", 20 * n) for n in range(900)))
    waits = []

    def tick(done: int, total: int) -> None:
        start = time.perf_counter()
        with Store(parks.path) as other:
            other.words.add_alias(key(other, "bench"), f"seat {done}", who="ada", now="2026-11-10T00:00:00Z")
        waits.append(time.perf_counter() - start)

    pipeline.link(parks, Config(), tick=tick)
    assert len(waits) >= 2
