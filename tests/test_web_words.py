"""The pages of words: what was learned, other names, the glossary, and what likely links are worth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_site import NOW, Site, get, post, site

from aggregator import linkage, pipeline
from aggregator.linking_entries import KINDS, SINGLE, Entry, edited, listed, written
from aggregator.linking_glossary import Glossary, GlossaryError, load
from aggregator.model import LearnedTerm, LinkerState, Promise
from aggregator.store import Store
from aggregator.web import glossary, relink, words


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(pipeline, "now", lambda: NOW)
    made = site(tmp_path / "a.db")
    yield made
    relink.relinker(made.app).wait(10)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No round of linking follows a change, so that what a test planted as learned stays."""
    monkeypatch.setattr(relink.Relinker, "_round", lambda self: None)


def teach(shop: Site, *words: str, **state: Any) -> str:
    """Plant learned words of the best covered position; gives its key."""
    key = shop.one(
        "SELECT s.key FROM link l JOIN statement s ON s.id = l.statement_id GROUP BY 1 ORDER BY count(*) DESC"
    )
    terms = tuple(LearnedTerm(statement_id=key, text=word, weight=0.5, support=3, odds=2.0) for word in words)
    with shop.store() as store:
        store.words.keep(msgspec.structs.replace(store.words.state(), learned=terms, **state))
    return str(key)


def tell(shop: Site, do: str, key: str, word: str, name: str = "Rosa", role: str = "reviewer") -> Any:
    return post(shop.client(name, role), "/words", {"do": do, "position": key, "word": word})


# ------------------------------------------------------------------ learned words


def test_a_deleted_word_stays_away_and_can_come_back(shop: Site, still: None) -> None:
    """Delete takes a word off the page and keeps it from being learned; its undo allows it again."""
    key = teach(shop, "door card", "swipe entry")
    answer = tell(shop, "delete", key, "door card")
    page = get(shop.client(), answer.location).text
    assert "“door card” is deleted" in page
    with shop.store() as store:
        assert store.words.forgotten() == {(key, "door card")}
        assert [term.text for term in store.words.learned()] == ["swipe entry"]
        assert (key, "door card") in linkage.gather(store, shop.config).forgotten
    undo = re.findall(r'name="do" value="(\w+)">Undo', page)
    assert undo == ["allow"]
    tell(shop, undo[0], key, "door card")
    with shop.store() as store:
        assert not store.words.forgotten()


def test_a_promoted_word_is_a_name_and_no_learned_word(shop: Site, still: None) -> None:
    """Promote moves a word to “also known as”; taking it back leaves it as it was."""
    key = teach(shop, "door card")
    page = get(shop.client(), tell(shop, "promote", key, "door card").location).text
    assert "“door card” is a name" in page
    assert shop.one("SELECT alias FROM statement_alias") == "door card"
    with shop.store() as store:
        assert not store.words.learned()
        assert not store.words.deleted()
    tell(shop, "demote", key, "door card")
    assert shop.one("SELECT count(*) FROM statement_alias") == 0
    with shop.store() as store:
        assert [term.text for term in store.words.learned()] == ["door card"]


def test_a_name_finds_coverage_at_once(shop: Site) -> None:
    """A name added on the page makes proposals that name it as the reason; dropping it takes them back."""
    words = "Ransomware"
    key = shop.one(
        "SELECT s.key FROM statement s WHERE s.id NOT IN (SELECT statement_id FROM link) ORDER BY s.key LIMIT 1"
    )
    count = "SELECT count(*) FROM link l JOIN statement s ON s.id = l.statement_id WHERE s.key = ?"
    assert shop.one(count, key) == 0
    tell(shop, "add", key, words)
    assert relink.relinker(shop.app).wait(20)
    assert shop.one(count, key) > 0
    assert (
        words.lower()
        in shop.one(
            "SELECT l.evidence FROM link l JOIN statement s ON s.id = l.statement_id WHERE s.key = ?", key
        ).lower()
    )
    tell(shop, "drop", key, words)
    assert relink.relinker(shop.app).wait(20)
    assert shop.one(count, key) == 0


def test_words_with_shapeless_letters_can_be_deleted(shop: Site, still: None) -> None:
    """A learned word with a soft hyphen, or a very long one, goes when the button beside it is pressed."""
    odd = ("door\u00adcard", "x" * 150, "turned\u202eround")
    key, client = teach(shop, *odd), shop.client()
    for left in (3, 2, 1):
        page = get(client, f"/positions/{key}").text
        forms = re.findall(r'name="word" value="([^"]+)"><button class="plain" name="do" value="delete"', page)
        assert len(forms) == left
        assert tell(shop, "delete", key, forms[0]).status_code == 303
    with shop.store() as store:
        assert store.words.forgotten() == {(key, word) for word in odd}


def test_changes_stand_in_the_log_with_a_name(shop: Site, still: None) -> None:
    """Every change of words is one line of the log: who, what, on which position."""
    key = teach(shop, "door card", "swipe entry")
    tell(shop, "delete", key, "door card")
    tell(shop, "promote", key, "swipe entry", name="Ann", role="admin")
    with shop.store() as store:
        found = [
            (row["who"], row["action"], row["before"], row["after"])
            for row in store.review.history()
            if row["statement"] == key
        ]
    assert found == [("Ann", "promote word", None, "swipe entry"), ("Rosa", "delete word", "door card", None)]
    assert "deleted a word" in get(shop.client(), f"/positions/{key}").text


def test_only_ones_own_change_is_offered_for_undo(shop: Site, still: None) -> None:
    """The note with its undo shows to the person who made the change, nobody else."""
    key = teach(shop, "door card")
    where = tell(shop, "delete", key, "door card").location
    assert "is deleted" in get(shop.client(), where).text
    assert "is deleted" not in get(shop.client("Ann", "admin"), where).text
    assert get(shop.client(), "/words?said=999999999").status_code == 200


def test_who_may_change_words(shop: Site, still: None) -> None:
    """A viewer sees words without buttons and is refused; wrong words are clear messages; nothing is changed."""
    key = teach(shop, "door card")
    viewer = shop.client("Vera", "viewer")
    page = get(viewer, "/words").text
    assert "door card" in page
    assert 'name="do"' not in page
    assert post(viewer, "/words", {"do": "delete", "position": key, "word": "door card"}).status_code == 403
    assert post(viewer, "/words/glossary", {"do": "add", "kind": "generic", "says": "x"}).status_code == 403
    assert post(viewer, "/words/again").status_code == 403
    for do, position, word, code in (
        ("delete", key, "never learned", 404),
        ("drop", key, "no name", 404),
        ("add", key, "…", 404),
        ("delete", "s-none", "door card", 404),
        ("burn", key, "door card", 400),
        ("add", key, "", 400),
    ):
        assert tell(shop, do, position, word).status_code == code, (do, word)
    assert shop.one("SELECT count(*) FROM audit") == 0


def test_the_page_says_what_learning_did_and_what_was_refused(shop: Site) -> None:
    """State and promise stand on the page in words; a refused set says so."""
    key = teach(
        shop,
        "door card",
        note="Live: handicaps.",
        refused=True,
        promise=Promise(
            text="At this setting 9 of 10 likely links are right (n = 64).", right=62, judged=64, bound=0.91
        ),
        by_position={},
    )
    page = get(shop.client(), "/words").text
    for said in ("9 of 10 likely links are right", "Part of it was refused", "Live: handicaps."):
        assert said in page
    assert "9 of 10 likely links are right" in get(shop.client(), "/positions").text
    assert "door card" in get(shop.client(), f"/positions/{key}").text


def test_learning_again_at_once(shop: Site) -> None:
    """After a decision the page says that something changed; the button learns from it and says so."""
    with shop.store() as store:
        from aggregator.store.people import Person

        person = Person(id=1, name="Rosa", role="reviewer", session="x")
        for row in store.connection.execute(
            "SELECT l.version, c.key AS coverage, s.key AS statement FROM link l JOIN coverage c ON c.id = l.coverage_id "
            "JOIN statement s ON s.id = l.statement_id WHERE l.band = 'likely' LIMIT 5"
        ).fetchall():
            coverage = store.reading.coverage(row["coverage"])
            assert coverage is not None
            store.review.decide(
                coverage, row["statement"], "confirm", who=person, now=pipeline.stamp(), expected=row["version"]
            )
    client = shop.client()
    assert "count from the next learning" in get(client, "/words").text
    post(client, "/words/again")
    assert relink.relinker(shop.app).wait(20)
    page = get(client, "/words").text
    assert "count from the next learning" not in page
    assert "From 5 decisions: " in page
    assert "Too few decisions" in page
    assert "5 judged so far, 20 are needed" in page


def test_thousands_of_words_are_paged_and_searched(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page shows some positions at a time, finds by title and word, and a form comes back to where it stood."""
    monkeypatch.setattr(words, "PAGE", 2)
    client = shop.client()
    with shop.store() as store:
        keys = [row["key"] for row in store.statements.rows("s.retired_at IS NULL")][:5]
        titles = {row["key"]: row["title"] for row in store.statements.rows("s.retired_at IS NULL")}
        learned = tuple(
            LearnedTerm(statement_id=key, text=f"lantern {n}", weight=1.0, support=2, odds=2.0)
            for n, key in enumerate(keys)
        )
        store.words.keep(LinkerState(knowledge="x", learned=learned))
    first, second = get(client, "/words").text, get(client, "/words?start=2").text
    assert first.count('class="group"') == second.count('class="group"') == 2
    assert "1–2 of 5" in first
    assert "lantern 3" in get(client, "/words?find=LANTERN+3").text
    assert get(client, "/words?find=LANTERN+3").text.count('class="group"') == 1
    assert get(client, "/words?find=" + titles[keys[0]][:20].replace(" ", "+")).text.count('class="group"') >= 1
    form = {"do": "delete", "position": keys[0], "word": "lantern 0", "back": "words", "start": "2", "find": "lantern"}
    assert "start=2" in (where := post(client, "/words", form).location) and "find=lantern" in where


def test_a_long_glossary_of_the_team_is_paged(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The team's own entries come page by page, and are found by the search too."""
    monkeypatch.setattr(glossary, "PAGE", 3)
    client = shop.client()
    post(client, "/words/glossary", {"do": "add", "kind": "generic", "says": "\n".join(f"zz{n}" for n in range(7))})
    page = get(client, "/words/glossary").text
    assert page.count("everyday words of the sector; added") == 3
    assert "1–3 of 7" in page
    assert "zz6" in get(client, "/words/glossary?find=ZZ6").text


# ------------------------------------------------------------------ the glossary


def test_staff_add_to_the_glossary(shop: Site) -> None:
    """An entry is stored, counts in the next linking, shows with a name, and can be removed."""
    client = shop.client()
    post(client, "/words/glossary", {"do": "add", "kind": "same", "says": "ILQ, inter-library quota"})
    relink.relinker(shop.app).wait(20)
    with shop.store() as store:
        assert ("ILQ", "inter-library quota") in linkage.gather(store, shop.config).glossary.same
    page = get(client, "/words/glossary").text
    assert "ILQ, inter-library quota" in page
    assert "added by Rosa" in page
    mark = re.findall(r'name="entry" value="(\w+)"', page)[0]
    assert post(client, "/words/glossary", {"do": "drop", "entry": mark}).status_code == 303
    assert shop.one("SELECT count(*) FROM glossary_entry") == 0
    assert post(client, "/words/glossary", {"do": "drop", "entry": mark}).status_code == 404
    assert shop.one("SELECT count(*) FROM audit WHERE action LIKE 'glossary%'") == 2


def test_staff_turn_a_shipped_entry_off(shop: Site) -> None:
    """A shipped entry that is turned off does not count; turned on again it does."""
    client, word = shop.client(), load().generic[0]
    page = get(client, "/words/glossary", query_string={"find": word}).text
    mark = re.findall(r'name="entry" value="(\w+)"', page[page.index("<small>everyday words of the sector") :])[0]
    post(client, "/words/glossary", {"do": "off", "entry": mark})
    with shop.store() as store:
        off = linkage.entries(store, "off")
        known = linkage.gather(store, shop.config).glossary
    assert len(off) == 1
    assert off[0].says[0] not in known.generic
    assert "turned off by Rosa" in get(client, "/words/glossary").text
    post(client, "/words/glossary", {"do": "drop", "entry": mark})
    with shop.store() as store:
        assert off[0].says[0] in linkage.gather(store, shop.config).glossary.generic


@pytest.mark.parametrize(
    ("kind", "says", "means", "weight"),
    [
        ("same", "only one", "", ""),
        ("related", "said", "", ""),
        ("related", "said", "meant", "2"),
        ("related", "said", "meant", "much"),
        ("generic", " , ; ", "", ""),
        ("nonsense", "a, b", "", ""),
    ],
)
def test_a_wrong_entry_is_explained(shop: Site, kind: str, says: str, means: str, weight: str) -> None:
    """An entry that cannot be used is a sentence, and nothing is stored."""
    form = {"do": "add", "kind": kind, "says": says, "means": means, "weight": weight}
    answer = post(shop.client(), "/words/glossary", form)
    assert answer.status_code == 400
    assert "This cannot be done" in answer.text
    assert shop.one("SELECT count(*) FROM glossary_entry") == 0


def test_without_staff_the_glossary_is_as_shipped() -> None:
    """Listing and putting together again changes nothing, order included."""
    assert edited(load(), [], []) == load()


@given(st.sampled_from(KINDS), st.text(max_size=60), st.text(max_size=60), st.sampled_from(["", "0.3", "1"]))
@settings(max_examples=150, deadline=None)
def test_whatever_is_typed_is_an_entry_or_a_sentence(kind: Any, says: str, means: str, weight: str) -> None:
    """Any text gives entries that a glossary holds once, and that turning off removes again, or a sentence."""
    try:
        found = written(kind, says, means, weight)
    except GlossaryError as exc:
        assert str(exc).endswith(".")
        return
    glossary = edited(Glossary(), found, [])
    assert set(listed(glossary)) == set(found)
    assert listed(edited(glossary, [], found)) == []
    assert all(len(entry.says) == 1 for entry in found if entry.kind in SINGLE)


def test_a_strange_entry_breaks_no_linking(shop: Site) -> None:
    """Entries of stop words, signs and other scripts are stored and linked with."""
    with shop.store() as store:
        for kind, says, means in (
            ("same", '["the", "a"]', "[]"),
            ("same", '["(x", "%_*", "漢字"]', "[]"),
            ("related", '["and"]', '["the"]'),
            ("ignore", '["library"]', "[]"),
        ):
            store.words.set_entry(kind, says, means, None, "on", who="Rosa", now=pipeline.stamp())
        assert pipeline.link(store, shop.config).coverage > 0


def test_hostile_words_stay_words(shop: Site, still: None) -> None:
    """Markup in learned words, names, entries, notes and wordings shows as letters on every page."""
    from web_hostile import HOSTILE, no_trace

    key = teach(shop, *HOSTILE, note=HOSTILE[0], problems=HOSTILE, refused=True)
    with shop.store() as store:
        now = pipeline.stamp()
        for text in HOSTILE:
            store.words.add_alias(key, text + "x", who=text, now=now)
            store.words.set_entry(
                "same", msgspec.json.encode([text, "x"]).decode(), "[]", None, "on", who=text, now=now
            )
        store.words.forget(key, HOSTILE[1], who=HOSTILE[1], now=now)
        store.connection.execute("UPDATE statement_version SET who = ?", (HOSTILE[0],))
        store.connection.execute("UPDATE link SET evidence = json_set(evidence, '$.old_echo', json_array(?)) "
                                 "WHERE evidence != '{}'", (HOSTILE[0],))  # fmt: skip
    client = shop.client("<i>Ann</i>", "admin")
    where = post(client, "/words", {"do": "delete", "position": key, "word": HOSTILE[0]}).location
    thread = shop.one("SELECT key FROM coverage WHERE kind = 'thread'")
    for path in (
        where, "/words/glossary", "/words/glossary?find=<script>alert(1)", f"/positions/{key}", "/positions",
        f"/positions/{key}/edit", f"/coverage/{thread}/join", f"/coverage/{thread}/join?find=<script>alert(1)",
    ):  # fmt: skip
        answer = get(client, path)
        assert answer.status_code == 200, path
        no_trace(answer.text, path)


# ------------------------------------------------------------------ linking again


def test_asking_again_meanwhile_makes_one_more_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for while a round runs is done in one more, and waiting ends when all is done."""
    import threading

    rounds, go = [], threading.Event()

    def slow(self: relink.Relinker) -> None:
        rounds.append(1)
        go.wait(5)

    monkeypatch.setattr(relink.Relinker, "_round", slow)
    found = relink.Relinker(tmp_path / "a.db", load_config())
    found.ask()
    for _ in range(3):
        found.ask()
    assert found.busy
    assert not found.wait(0.01)
    go.set()
    assert found.wait(5)
    assert 1 <= len(rounds) <= 2
    assert not found.busy


def load_config() -> Any:
    from web_site import SAMPLE

    from aggregator.config import load as read

    return read(SAMPLE / "cuttings.toml")


def test_a_failing_round_is_followed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in one round is logged, and the next one runs all the same."""
    with Store(tmp_path / "a.db"):
        pass
    calls: list[int] = []

    def broken(*_: Any, **__: Any) -> None:
        calls.append(1)
        raise RuntimeError("a bug")

    monkeypatch.setattr(pipeline, "refresh", broken)
    found = relink.Relinker(tmp_path / "a.db", load_config())
    for turn in (1, 2):
        found.ask()
        assert found.wait(5)
        assert len(calls) == turn


def test_entries_know_themselves() -> None:
    """Weights do not tell entries apart: turning off works whatever the weight is."""
    one = Entry(kind="related", says=("a b",), means=("c",), weight=0.3)
    other = msgspec.structs.replace(one, weight=0.9)
    assert listed(edited(edited(Glossary(), [one], []), [], [other])) == []
