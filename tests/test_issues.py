"""Issues: frozen once, nothing between two of them, nothing twice; held, released, skipped, merged, late."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sending_kit import MONDAY, SEND, WEDNESDAY, WEEK, Clock, article, put, settings, with_paper

from aggregator import issues, pipeline, schedule, sending, weeks
from aggregator.cli import cli
from aggregator.config import Organisation, SourceSetting, Spokesperson
from aggregator.errors import CuttingsError, NotFoundError
from aggregator.store import Store, exports
from aggregator.store.review_queue import Filter

CONFIG = settings()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store(tmp_path / "a.db") as opened:
        yield opened


def tick(store: Store, config=CONFIG) -> sending.SendReport:  # type: ignore[no-untyped-def]
    return sending.ensure_due(store, config)


def bring(store: Store, *documents: bytes) -> None:
    """Take documents in, at the clock's time."""
    put(store, store.path.parent / "in", documents)


def begin(store: Store, clock: Clock, *numbers: int) -> None:
    """A service that runs since Wednesday, with some coverage of that day."""
    tick(store)
    if numbers:
        bring(store, *(article(n, clock.at) for n in numbers))


#: What an article says that ties it to the first, or second, of the paper's positions.
ON_BENCHES = "finds that main paths in parks need a bench each two hundred metres"
ON_LAMPS = "asks that towpath lighting be switched off between midnight and five and never point at water"


def begin_with_links(store: Store, clock: Clock) -> None:
    """The same with the paper's positions, and a piece on each of them."""
    with_paper(store, store.path.parent / "paper")
    tick(store)
    bring(store, *(article(n, clock.at, words) for n, words in enumerate((ON_BENCHES, ON_LAMPS))))


def outbox(store: Store) -> list[str]:
    return sorted(path.name for path in (store.path.parent / "outbox").glob("*.eml"))


def state(store: Store, issue: str = "2026-W46") -> str:
    return str(store.issues.get(issue)["state"])


class Standing(NamedTuple):
    """Where all coverage stands."""

    total: int
    digested: int
    excluded: int
    waiting: int


def standing(store: Store) -> Standing:
    """Counted from the tables, whatever issues say of themselves."""
    row = store.connection.execute(
        "SELECT count(*), count(i.coverage_id), count(e.coverage_id), "
        "count(*) FILTER (WHERE i.coverage_id IS NULL AND e.coverage_id IS NULL) FROM coverage c "
        "LEFT JOIN issue_item i ON i.coverage_id = c.id LEFT JOIN issue_excluded e ON e.coverage_id = c.id"
    ).fetchone()
    return Standing(*row)


# ------------------------------------------------------------------ freezing


def test_draft_at_the_cutoff_send_at_its_time(store: Store, clock: Clock) -> None:
    """The issue closes at eight, waits for an editor, and goes out at ten."""
    begin(store, clock, 1, 2)
    clock.at = MONDAY - dt.timedelta(minutes=1)
    tick(store)
    assert store.issues.find("2026-W46") is None
    clock.at = MONDAY
    tick(store)
    assert (state(store), outbox(store)) == ("draft", [])
    clock.at = SEND
    assert tick(store).sent == 2
    assert state(store) == "sent"
    assert len(outbox(store)) == 2


def test_every_tick_asks_the_same(store: Store, clock: Clock) -> None:
    """However often the clock ticks, or whether it is set back, nobody gets an issue twice."""
    begin(store, clock, 1)
    clock.at = SEND
    assert tick(store).sent == 2
    for hours in (0, 1, -3, 24, -30, 100):
        clock.at = SEND + dt.timedelta(hours=hours)
        assert tick(store).sent == 0
    assert len(store.deliveries.of_issue("2026-W46")) == 2


def test_contents_are_frozen_at_the_cutoff(store: Store, clock: Clock) -> None:
    """What comes in between cut-off and sending waits for the next issue."""
    begin(store, clock, 1)
    clock.at = MONDAY + dt.timedelta(minutes=1)
    tick(store)
    bring(store, article(2, clock.at))
    clock.at = SEND
    tick(store)
    assert store.issues.digest("2026-W46").items == 1
    clock.at = SEND + WEEK
    tick(store)
    assert [item.url for line in store.issues.digest("2026-W47").stories for item in [line.item]] == [
        "https://path.example/2"
    ]


def test_backdated_coverage_is_in_the_next_issue_and_old_is_excluded(store: Store, clock: Clock) -> None:
    """News that came in late is not lost; what is too old to be news is written down with the reason."""
    begin(store, clock)
    bring(store, article(1, clock.at - dt.timedelta(days=12)), article(2, clock.at - 9 * WEEK))
    clock.at = SEND
    tick(store)
    account = standing(store)
    assert (account.digested, account.excluded, account.waiting) == (1, 1, 0)
    assert store.issues.digest("2026-W46").older == 1


@examples(max_examples=12, deadline=None)
@given(st.data())
def test_conservation(data: st.DataObject) -> None:
    """At every step digested + excluded + waiting = all, and no piece is in two issues."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(pipeline, "now", clock)
        with Store(Path(folder) / "a.db") as store:
            tick(store)
            count = 0
            for _ in range(data.draw(st.integers(2, 6))):
                ages = data.draw(st.lists(st.integers(0, 60), max_size=3))
                new = [article(count + n, clock.at - dt.timedelta(days=age)) for n, age in enumerate(ages)]
                count += len(ages)
                if new:
                    put(store, Path(folder) / "in", new)
                clock.forward(hours=data.draw(st.sampled_from([1, 20, 47, 100, 170, 400])))
                tick(store)
                verb = data.draw(st.sampled_from(["", "", "skip", "hold"]))
                for row in store.issues.in_state("draft"):
                    if verb:
                        getattr(issues, verb)(store, row["id"], who="ed")
                account = standing(store)
                assert account.digested + account.excluded + account.waiting == account.total == count
                rows = list(exports.digests(store.connection))
                listed = [item["coverage_id"] for row in rows for item in row["items"]]
                assert len(listed) == len(set(listed)) == account.digested
                untils = sorted(row["until"] for row in rows)
                assert len(set(untils)) == len(untils)


# ------------------------------------------------------------------ numbers that add up


@examples(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.integers(0, 20), max_size=4), min_size=2, max_size=4))
def test_every_piece_counts_in_one_week(ages_by_week: list[list[int]]) -> None:
    """Over all issues the weeks add up to the pieces there are, however late they came; last week's number is the one mailed then."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(pipeline, "now", clock)
        with Store(Path(folder) / "a.db") as store:
            tick(store)
            # From before the first issue: one that it takes in, one that is too old for any.
            before = [MONDAY - 2 * WEEK + dt.timedelta(minutes=1), MONDAY - 5 * WEEK + dt.timedelta(minutes=1)]
            put(store, Path(folder) / "in", [article(900 + n, day) for n, day in enumerate(before)])
            count, mailed = 2, []
            for n, ages in enumerate(ages_by_week):
                clock.at = MONDAY + (n - 1) * WEEK + dt.timedelta(days=3)
                new = [article(count + k, clock.at - dt.timedelta(days=age)) for k, age in enumerate(ages)]
                count += len(new)
                if new:
                    put(store, Path(folder) / "in", new)
                clock.at = MONDAY + n * WEEK + dt.timedelta(hours=2)
                tick(store)
                digest = store.issues.digest(weeks.last_closed(clock.at, CONFIG).issue)
                assert sum(week.coverage for week in digest.weeks) == count
                stories = digest.numbers[0]
                assert mailed == [] or stories.last_week == mailed[-1]
                mailed.append(stories.this_week)
            assert sum(len(row["items"]) for row in exports.digests(store.connection)) == count - 1


@pytest.mark.parametrize("change", ["nothing", "the rule", "the positions"])
def test_the_week_before_is_counted_as_this_one(store: Store, clock: Clock, change: str) -> None:
    """What a mail counted by another rule or other positions is counted again, and the next mail says so."""
    begin(store, clock, 1, 2)
    bring(store, article(9, MONDAY - 2 * WEEK))  # a week in which the archive began is left out
    clock.at = SEND
    tick(store)
    if change == "the rule":  # as an older version froze it
        old = json.loads(store.issues.get("2026-W46")["digest"])
        old["numbers"][0]["this_week"] = 17
        del old["basis"]
        with store.transaction():
            store.connection.execute("UPDATE issue SET digest = ? WHERE id = '2026-W46'", (json.dumps(old),))
    elif change == "the positions":
        with_paper(store, store.path.parent / "in")
        bring(store, article(1, WEDNESDAY, ON_BENCHES))
    begin(store, clock, 3)
    clock.at = SEND + WEEK
    tick(store)
    digest = store.issues.digest("2026-W47")
    stories, linked = digest.numbers[:2]
    assert (stories.this_week, stories.last_week) == (1, 2)
    assert linked.last_week == (1 if change == "the positions" else 0)
    assert digest.recounted == (change != "nothing")
    mails = [mail["body"].decode() for mail in store.connection.execute("SELECT body FROM delivery").fetchall()]
    assert any("counted again" in mail for mail in mails) == (change != "nothing")
    was = {"the rule": "last week’s mail had 17 stories (now 2).", "the positions": "had 0 linked pieces (now 1)."}
    said = _mail(store, "2026-W47")
    assert was[change] in said if change in was else "last week’s mail" not in said
    clock.at = SEND + 2 * WEEK
    tick(store)
    assert store.issues.digest("2026-W48").numbers[0].last_week == 1


@pytest.mark.parametrize("change", ["nothing", "the rule"])
def test_decisions_since_the_mail_are_no_rise(store: Store, clock: Clock, change: str) -> None:
    """Last week's number of a position is the one mailed, whatever was rejected since; counted again, both are told."""
    bring(store, article(9, MONDAY - 2 * WEEK))
    begin_with_links(store, clock)
    clock.at = SEND
    tick(store)
    (line, _) = store.issues.digest("2026-W46").positions
    coverage = store.reading.coverage(line.ids[0])
    assert coverage is not None
    store.links.decide(coverage["id"], line.statement_id, "reject", who="ed", now=pipeline.stamp())
    config = CONFIG
    if change == "the rule":
        people = (Spokesperson(name="Ida Brook", role="chair"),)
        config = msgspec.structs.replace(CONFIG, organisation=Organisation(spokespeople=people))
    clock.at = SEND + dt.timedelta(days=1)
    # In other words: what says the same as a rejected piece is not proposed again.
    words = "repeats that every park should have a bench each two hundred metres along its main paths"
    bring(store, article(5, clock.at, words))
    clock.at = SEND + WEEK
    tick(store, config)
    digest = store.issues.digest("2026-W47")
    linked = next(cell for cell in digest.numbers if cell.name == "linked")
    (now,) = [one for one in digest.positions if one.statement_id == line.statement_id]
    assert (linked.last_week, now.last_week) == ((2, 1) if change == "nothing" else (1, 0))
    assert ("had 2 linked pieces (now 1)" in _mail(store, "2026-W47")) == (change == "the rule")


def test_late_piece_counts_when_it_could_be_known(store: Store, clock: Clock) -> None:
    """A piece of last week that came in this week counts in this week, and in the next mail still there."""
    begin(store, clock, 1)
    clock.at = SEND
    tick(store)
    clock.forward(days=1)
    bring(store, article(2, MONDAY - dt.timedelta(days=2)), article(3, clock.at))
    clock.at = SEND + WEEK
    tick(store)
    cell = store.issues.digest("2026-W47").numbers[0]
    assert (cell.this_week, cell.last_week) == (2, None)
    assert store.issues.digest("2026-W47").earlier == 1
    clock.at = SEND + 2 * WEEK
    tick(store)
    cell = store.issues.digest("2026-W48").numbers[0]
    assert (cell.this_week, cell.last_week) == (0, 2)


def undated(n: int) -> bytes:
    """A page on benches that says no date of its own."""
    return article(n, WEDNESDAY, ON_BENCHES).replace(b"<pubDate>", b"<source>").replace(b"</pubDate>", b"</source>")


def test_undated_coverage_counts_when_it_came_in(store: Store, clock: Clock) -> None:
    """Mail and page of the positions agree on what has no date: it counts in the week in which it came in."""
    clock.at = WEDNESDAY - WEEK
    with_paper(store, store.path.parent / "in")
    tick(store)
    bring(store, undated(1))
    clock.at = WEDNESDAY
    window = weeks.window_at(clock.at, CONFIG)
    start = window.from_at
    (row, *_) = store.board.positions(start)
    assert (row["this_week"], row["four_weeks"], row["last_covered"][:10]) == (0, 1, "2026-11-04")
    found = pipeline.compose_digest(store, CONFIG, window)
    assert (found.first, found.positions[0].this_week, found.earlier) == (True, 0, 1)
    bring(store, undated(2))
    (row, *_) = store.board.positions(start)
    assert (row["this_week"], row["four_weeks"]) == (1, 1)
    assert [tuple(week[1:]) for week in store.board.weeks(row["id"], start + WEEK, 2)] == [(0, 1), (0, 1)]
    found = pipeline.compose_digest(store, CONFIG, window)
    assert found.positions[0].this_week == 1
    clock.at = SEND
    tick(store)
    clock.at = SEND + dt.timedelta(days=1)
    (fared, *_) = [one for one in store.windows.history(MONDAY).positions if one.four_weeks]
    assert (fared.last_week, fared.four_weeks) == (1, 2)


# ------------------------------------------------------------------ what was mailed and changed


def _piece(n: int, day: dt.datetime, body: str, path: str = "") -> bytes:
    """A feed entry with a whole text, which an outlet may edit or move."""
    body = f"<p>{body.replace('. ', '.</p><p>')}</p>"
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        "<title>The Path</title><link>https://path.example/</link><item>"
        f"<title>Ferry landing number {n} shuts for repairs</title><link>https://path.example/{path or n}</link>"
        f"<guid>{path or n}</guid><pubDate>{day:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        f"<content:encoded><![CDATA[{body}]]></content:encoded></item></channel></rss>"
    ).encode()


LONG = " ".join(
    f"Passengers waited {n} hours at the landing while crews looked for the cable that holds ramp number {n} down."
    for n in range(2, 16)
)
CORRECTED = LONG.replace("waited 3 hours", "waited 4 hours")
REWRITTEN = (
    f"{LONG} The harbour office now says that both landings stay shut until spring and that a bus will run. "
    "Members of the council asked on Friday why nobody had told the schools, whose pupils cross twice a day."
)


def _mail(store: Store, issue: str) -> str:
    rendered = issues.rendered_for(store.issues.digest(issue), CONFIG, CONFIG.recipients[0])
    return " ".join(rendered.text.split())


@pytest.mark.parametrize(("edit", "told"), [(CORRECTED, False), (REWRITTEN, True)])
def test_edited_article_comes_back_only_when_it_matters(store: Store, clock: Clock, edit: str, told: bool) -> None:
    """An article that was mailed is never an item again; rewritten, it is one line marked as updated, once."""
    begin(store, clock)
    bring(store, _piece(1, clock.at, LONG))
    clock.at = SEND
    tick(store)
    clock.forward(days=1)
    bring(store, _piece(1, WEDNESDAY, edit))
    clock.at = SEND + WEEK
    tick(store)
    digest = store.issues.digest("2026-W47")
    assert digest.items == 0
    assert [line.kind for line in digest.gaps if line.kind == "updated"] == ["updated"] * told
    assert ("Updated since we mailed it" in _mail(store, "2026-W47")) == told
    assert not _mail(store, "2026-W46").count("Updated since")
    clock.at = SEND + 2 * WEEK
    tick(store)
    assert "Updated since" not in _mail(store, "2026-W48")


def test_edit_between_cut_off_and_draft_is_told(store: Store, clock: Clock) -> None:
    """After an outage the sources are read first and the issue is drafted then; what was edited falls into it."""
    begin(store, clock)
    bring(store, _piece(1, clock.at, LONG))
    clock.at = SEND
    tick(store)
    clock.at = MONDAY + WEEK + dt.timedelta(hours=1)
    bring(store, _piece(1, WEDNESDAY, REWRITTEN))
    tick(store)
    assert [line.kind for line in store.issues.digest("2026-W47").gaps if line.kind == "updated"] == ["updated"]
    clock.at = SEND + 2 * WEEK
    tick(store)
    assert "Updated since" not in _mail(store, "2026-W48")


@pytest.mark.parametrize(
    ("text", "mark", "listed"),
    [(CORRECTED, "", 0), (REWRITTEN, ", updated", 1), (REWRITTEN[-202:] + LONG[:300], "", 1)],
)
def test_same_article_at_a_new_address(store: Store, clock: Clock, text: str, mark: str, listed: int) -> None:
    """The same outlet's text once more is counted and not listed; a new version is marked as updated."""
    begin(store, clock)
    bring(store, _piece(1, clock.at, LONG))
    clock.at = SEND
    tick(store)
    clock.forward(days=1)
    bring(store, _piece(1, clock.at, text, "moved"))
    clock.at = SEND + WEEK
    tick(store)
    digest = store.issues.digest("2026-W47")
    assert (digest.items, len(digest.stories)) == (1, listed)
    assert digest.numbers[0].detail == 1
    if mark:
        assert mark in _mail(store, "2026-W47")
    account = standing(store)
    assert (account.digested, account.waiting, account.total) == (2, 0, 2)


def test_nothing_is_lost_between_an_import_and_a_draft(store: Store, clock: Clock) -> None:
    """While one process takes coverage in, another drafts: each piece is in one issue or waits for the next."""
    begin(store, clock)
    done = threading.Event()

    def take_in() -> None:
        with Store(store.path) as other:
            for n in range(12):
                put(other, store.path.parent / f"in{n}", [article(n, MONDAY - dt.timedelta(days=1))])
        done.set()

    clock.at = MONDAY - dt.timedelta(days=1)
    importer = threading.Thread(target=take_in)
    importer.start()
    while not done.is_set():
        clock.forward(hours=30)
        tick(store)
    importer.join()
    clock.forward(days=14)
    tick(store)
    account = standing(store)
    assert (account.total, account.digested + account.excluded) == (12, 12)
    listed = [item["coverage_id"] for row in exports.digests(store.connection) for item in row["items"]]
    assert len(listed) == len(set(listed)) == account.digested


# ------------------------------------------------------------------ editors


def test_held_waits_and_released_goes(store: Store, clock: Clock) -> None:
    """A held issue stays whatever the hour, a released one goes at once when its time has passed."""
    begin(store, clock, 1)
    clock.at = MONDAY
    tick(store)
    issues.hold(store, "2026-W46", who="ed", reason="wait for the quote")
    clock.at = SEND + dt.timedelta(hours=2)
    assert tick(store).sent == 0
    issues.release(store, "2026-W46", who="ed")
    assert tick(store).sent == 2
    assert [(event["after"], event["who"]) for event in store.issues.events("2026-W46")][:3] == [
        ("draft", "cuttings"), ("held", "ed"), ("released", "ed"),
    ]  # fmt: skip
    body = store.deliveries.body(store.deliveries.of_issue("2026-W46")[0]["id"])
    assert b"Sent late" in body


def test_released_early_still_waits_for_its_hour(store: Store, clock: Clock) -> None:
    """Release is leave to go, not an order to go now."""
    begin(store, clock, 1)
    clock.at = MONDAY
    tick(store)
    issues.release(store, "2026-W46", who="ed")
    assert tick(store).sent == 0
    clock.at = SEND
    assert tick(store).sent == 2


def test_skipped_issue_hands_on_what_it_held(store: Store, clock: Clock) -> None:
    """What a skipped issue held is in the next one."""
    begin(store, clock, 1, 2)
    clock.at = MONDAY
    tick(store)
    issues.skip(store, "2026-W46", who="ed", reason="holidays")
    clock.at = SEND + WEEK
    assert tick(store).sent == 2
    assert state(store) == "skipped"
    assert store.issues.digest("2026-W47").items == 2
    assert store.issues.digest("2026-W47").window.from_at == MONDAY - WEEK


def test_a_link_that_was_only_counted_is_corrected_too(store: Store, clock: Clock) -> None:
    """A piece that stood under its other position and was counted under this one was mailed on both."""
    begin_with_links(store, clock)
    clock.at = MONDAY
    tick(store)
    one, other = (line for line in store.issues.digest("2026-W46").stories if line.link)
    assert one.link is not None and other.link is not None
    coverage = store.reading.coverage(one.item.id)
    assert coverage is not None
    clock.forward(minutes=30)
    store.links.decide(coverage["id"], one.link.statement_id, "confirm", who="ed", now=pipeline.stamp())
    store.links.decide(coverage["id"], other.link.statement_id, "add", who="ed", now=pipeline.stamp())
    clock.at = SEND
    tick(store)
    named = {line.item.id: line.link.statement_id for line in store.issues.digest("2026-W46").stories if line.link}
    beside = ({one.link.statement_id, other.link.statement_id} - {named[one.item.id]}).pop()
    clock.forward(days=1)
    store.links.decide(coverage["id"], beside, "reject", who="ed", now=pipeline.stamp())
    found = store.issues.corrections(None)
    assert [(item.id, link.statement_id) for item, link in found] == [(one.item.id, beside)]


def test_decisions_count_until_the_mails_are_made(store: Store, clock: Clock) -> None:
    """A link rejected between cut-off and sending is not mailed; after that it is a correction in the next issue."""
    begin_with_links(store, clock)
    clock.at = MONDAY
    tick(store)
    lines = store.issues.digest("2026-W46").stories
    linked = [line for line in lines if line.link]
    assert len(linked) == 2, "the made-up coverage should tie to the made-up positions"
    first = linked[0]
    assert first.link is not None
    coverage = store.reading.coverage(first.item.id)
    assert coverage is not None
    clock.forward(minutes=30)
    store.links.decide(coverage["id"], first.link.statement_id, "reject", who="ed", now=pipeline.stamp())
    clock.at = SEND
    tick(store)
    sent = store.issues.digest("2026-W46")
    assert sent.items == 2
    assert not [line for line in sent.stories if line.item.id == first.item.id and line.link]
    other = next(line for line in sent.stories if line.link)
    assert other.link is not None
    coverage = store.reading.coverage(other.item.id)
    assert coverage is not None
    clock.forward(days=1)
    store.links.decide(coverage["id"], other.link.statement_id, "reject", who="ed", now=pipeline.stamp())
    coming = pipeline.compose_digest(store, CONFIG, weeks.window_at(clock.at, CONFIG))
    assert [item.id for item, _ in coming.corrections] == [other.item.id], "a preview shows what the mail will say"
    clock.at = SEND + WEEK
    tick(store)
    (correction,) = store.issues.digest("2026-W47").corrections
    assert (correction[0].id, correction[1].statement_id) == (other.item.id, other.link.statement_id)
    assert "that was wrong" in issues.rendered_for(store.issues.digest("2026-W47"), CONFIG, CONFIG.recipients[0]).text
    clock.at = SEND + 2 * WEEK
    tick(store)
    assert not store.issues.digest("2026-W48").corrections


def test_what_a_draft_holds_is_reviewed_first(store: Store, clock: Clock) -> None:
    """Until the mails of an issue are made, its pieces enter the next issue for the queue of the review."""
    begin_with_links(store, clock)
    oldest = (MONDAY - 4 * WEEK).isoformat()

    def coming() -> set[bool]:
        return {one.next for one in store.review.waiting(store.review.queue(Filter(), oldest), oldest)}

    assert coming() == {True}
    clock.at = MONDAY
    tick(store)
    assert (state(store), coming()) == ("draft", {True})
    issues.hold(store, "2026-W46", who="ed")
    assert coming() == {True}
    issues.release(store, "2026-W46", who="ed")
    clock.at = SEND
    tick(store)
    assert (state(store), coming()) == ("sent", {False})


def test_follow_up_is_marked(store: Store, clock: Clock) -> None:
    """A new piece on a story of an earlier issue says so."""
    begin(store, clock)
    same = "ministers promise every library in the county a new roof before the winter storms begin in earnest"
    bring(store, article(1, clock.at, same))
    clock.at = SEND
    tick(store)
    clock.forward(hours=20)
    copy = article(2, clock.at, same).replace(b"path.example", b"lamp.example").replace(b"g2", b"x2")
    bring(store, copy.replace(b"The Path", b"The Lamp"))
    clock.at = SEND + WEEK
    tick(store)
    (line,) = store.issues.digest("2026-W47").stories
    assert line.item.follows == "2026-W46"
    assert "follow-up" in issues.rendered_for(store.issues.digest("2026-W47"), CONFIG, CONFIG.recipients[0]).text


# ------------------------------------------------------------------ late, missed, quiet


@pytest.mark.parametrize("weeks_down", [1, 2, 5])
def test_missed_weeks_become_one_late_issue(store: Store, clock: Clock, weeks_down: int) -> None:
    """After downtime one issue goes out, marked, with the range it covers; the missed keys are written down."""
    begin(store, clock, 1)
    clock.at = SEND
    tick(store)
    for n in range(weeks_down):
        clock.at = SEND + n * WEEK + dt.timedelta(days=1)
        bring(store, article(10 + n, clock.at))
    clock.at = SEND + weeks_down * WEEK + dt.timedelta(days=2)
    assert tick(store).sent == 2
    last = f"2026-W{46 + weeks_down}"
    assert store.issues.digest(last).items == weeks_down
    assert store.issues.digest(last).window.from_at == MONDAY
    merged = [row["id"] for row in store.issues.all() if row["merged_into"] == last]
    assert sorted(merged) == [f"2026-W{46 + n}" for n in range(1, weeks_down)]
    assert b"Sent late" in store.deliveries.body(store.deliveries.of_issue(last)[0]["id"])
    clock.forward(hours=1)
    assert tick(store).sent == 0
    if merged:
        with pytest.raises(NotFoundError, match=last):
            store.issues.digest(merged[0])


def test_older_than_six_days_is_held(store: Store, clock: Clock) -> None:
    """What could not go out for six days waits for a person."""
    begin(store, clock, 1)
    clock.at = MONDAY + dt.timedelta(days=6, hours=3)
    assert tick(store).sent == 0
    assert state(store) == "held"
    issues.release(store, "2026-W46", who="ed")
    assert tick(store).sent == 2


def test_draft_that_lay_for_six_days_is_held(store: Store, clock: Clock) -> None:
    """The same when the service stopped between draft and sending."""
    begin(store, clock, 1)
    clock.at = MONDAY
    tick(store)
    clock.at = MONDAY + dt.timedelta(days=6, hours=3)
    assert tick(store).sent == 0
    assert state(store) == "held"


def test_quiet_week_sends_a_note(store: Store, clock: Clock) -> None:
    """Silence is said, not left to be guessed at."""
    begin(store, clock)
    clock.at = SEND
    assert tick(store).sent == 2
    body = store.deliveries.body(store.deliveries.of_issue("2026-W46")[0]["id"])
    assert b"A quiet week" in body


def test_quiet_week_names_the_source_that_fails(store: Store, clock: Clock) -> None:
    """Silence may be our own fault: a source that cannot be read is named, and not as one that was updated."""
    feed = SourceSetting(name="The Path Post", kind="feed", url="http://127.0.0.1:9/feed")
    config = msgspec.structs.replace(CONFIG, sources=(feed,))
    tick(store, config)
    assert all(report.error for report in pipeline.fetch_due(store, config))
    clock.at = SEND
    assert tick(store, config).sent == 2
    text = _mail(store, "2026-W46")
    assert "A quiet week" in text
    assert "Silent sources: The Path Post (cannot be read), never heard yet." in text
    assert "Sources read:" not in text


def test_quiet_week_can_be_skipped(store: Store, clock: Clock) -> None:
    """With quiet = skip nothing is sent, and the list says why."""
    config = settings(quiet="skip")
    tick(store, config)
    clock.at = SEND
    assert tick(store, config).sent == 0
    assert state(store) == "skipped"
    assert "quiet" in store.issues.get("2026-W46")["note"]


def test_new_installation_begins_with_the_next_cutoff(store: Store, clock: Clock) -> None:
    """A first start sends no issue of a week that nobody waited for."""
    begin(store, clock, 1)
    assert store.issues.all() == []


def test_no_readers_is_a_held_issue_that_says_so(store: Store, clock: Clock) -> None:
    """Without readers the issue is held with the way out, and goes once there are some."""
    config = msgspec.structs.replace(CONFIG, recipients=())
    tick(store, config)
    clock.at = SEND
    report = tick(store, config)
    assert report.held is not None
    assert "recipients" in store.issues.get("2026-W46")["note"]
    issues.release(store, "2026-W46", who="ed")
    assert tick(store).sent == 2


# ------------------------------------------------------------------ by hand


def test_send_closes_the_week_early(store: Store, clock: Clock) -> None:
    """`digest send` before the cut-off sends what is there; the rest of the week is in the next issue."""
    begin(store, clock, 1)
    name, report = sending.send_issue(store, CONFIG)
    assert (name, report.sent) == ("2026-W46", 2)
    early = store.issues.digest("2026-W46")
    assert (early.weekly, early.weeks, early.numbers[0].last_week) == (False, (), None), "only weeks compare with weeks"
    clock.forward(minutes=5)
    bring(store, article(2, clock.at))
    with pytest.raises(CuttingsError, match="went out already"):
        sending.send_issue(store, CONFIG)
    clock.at = SEND
    assert tick(store).sent == 0
    clock.at = SEND + WEEK
    assert tick(store).sent == 2
    assert store.issues.digest("2026-W47").items == 1


def test_after_an_early_issue_the_next_one_is_shown(store: Store, clock: Clock, tmp_path: Path) -> None:
    """What came in after an early issue is shown as the next issue, never as the one that went out once more."""
    begin(store, clock, 1)
    assert issues.upcoming(store, CONFIG).issue == "2026-W46"
    sending.send_issue(store, CONFIG)
    sent = store.issues.digest("2026-W46").window
    clock.forward(minutes=5)
    bring(store, article(2, clock.at))
    window = issues.upcoming(store, CONFIG)
    assert (window.issue, window.from_at) == ("2026-W47", sent.until_at)
    assert (found := pipeline.compose_digest(store, CONFIG, window)).items == 1
    assert not found.first
    shown = CliRunner().invoke(cli, ["--db", str(store.path), "digest", "show"])
    assert "Report 2" in shown.output
    assert "Report 1" not in shown.output
    dry = CliRunner().invoke(cli, ["--db", str(store.path), "digest", "send", "--dry-run"])
    assert "2026-W47: 1 piece, not drafted yet, closes at 2026-11-23 08:00 UTC" in dry.output
    assert "nobody gets the digest yet" in dry.output


def test_a_draft_comes_before_the_open_week(store: Store, clock: Clock) -> None:
    """Between cut-off and sending, the issue that comes next is the draft."""
    begin(store, clock, 1)
    assert issues.waiting(store) is None
    clock.at = MONDAY
    tick(store)
    assert issues.waiting(store) == "2026-W46"
    bring(store, article(2, clock.at))
    shown = CliRunner().invoke(cli, ["--db", str(store.path), "digest", "show"])
    assert "Report 1" in shown.output
    assert "Report 2" not in shown.output


def test_what_goes_out_next_is_one_thing_to_everybody(store: Store, clock: Clock) -> None:
    """Service, `show`, a dry run, a test mail and a preview name the same issue: early, drafted, or closed and not drafted."""
    begin(store, clock, 1)
    for act, expected in (
        (lambda: sending.send_issue(store, CONFIG), "2026-W47"),
        (lambda: clock.forward(days=12), "2026-W47"),  # closed on Monday, and nothing drafted it
        (lambda: issues.draft_due(store, CONFIG), "2026-W47"),
        (lambda: sending.send_issue(store, CONFIG), "2026-W48"),
    ):
        act()
        assert issues.coming(store, CONFIG).issue == expected
        assert issues.standing(store, CONFIG).window.issue == expected
        assert issues.standing(store, CONFIG, expected) == issues.standing(store, CONFIG)
        assert schedule._next(store, CONFIG).startswith(expected)
        dry = CliRunner().invoke(cli, ["--db", str(store.path), "digest", "send", "--dry-run"])
        assert dry.output.startswith(f"{expected}: ")
        test_mail, _ = sending.preview(store, CONFIG)
        assert f".{expected}." in str(message_from_bytes(test_mail, policy=policy.default)["Message-ID"])
        sending.send_test(store, CONFIG, "ada@paths.example")
        assert any(f"test-{expected}" in name for name in outbox(store))


def test_a_dry_run_and_sending_refuse_the_same_held_issue(store: Store, clock: Clock) -> None:
    """While an issue is held, sending refuses it, and a dry run says the same of the same issue."""
    begin(store, clock, 1)
    clock.at = MONDAY
    tick(store)
    issues.hold(store, "2026-W46", who="Ann", reason="the minister speaks at noon")
    with pytest.raises(CuttingsError) as refused:
        sending.send_issue(store, CONFIG)
    dry = CliRunner().invoke(cli, ["--db", str(store.path), "digest", "send", "--dry-run"])
    assert dry.output.startswith("2026-W46: 1 piece, held")
    assert "2026-W46 is held (the minister speaks at noon)" in str(refused.value)
    assert str(refused.value) in dry.output
    assert "would get" not in dry.output
    asked = CliRunner().invoke(cli, ["--db", str(store.path), "digest", "send", "--dry-run", "--issue", "2026-W47"])
    assert asked.output.startswith("2026-W47: ")


def test_what_went_out_cannot_be_skipped_or_held(store: Store, clock: Clock) -> None:
    """Skipping, holding and releasing an issue that has gone out say so, and do not send people from one to the other."""
    begin(store, clock, 1)
    sending.send_issue(store, CONFIG)
    for verb, act in (("skip", issues.skip), ("hold", issues.hold), ("release", issues.release)):
        with pytest.raises(CuttingsError, match=f"2026-W46 has gone out; there is nothing to {verb}"):
            act(store, "2026-W46", who="Ann")
    assert state(store) == "sent"


def test_one_reader_now_the_others_later(store: Store, clock: Clock) -> None:
    """--to sends to one reader; the rest still get theirs, nobody twice."""
    begin(store, clock, 1)
    _, report = sending.send_issue(store, CONFIG, only="bo@paths.example")
    assert report.sent == 1
    _, report = sending.send_issue(store, CONFIG, "2026-W46")
    assert report.sent == 1
    assert len(outbox(store)) == 2
    with pytest.raises(CuttingsError, match="no reader"):
        sending.send_issue(store, CONFIG, "2026-W46", only="eve@paths.example")


def test_test_mail_is_marked_and_counts_for_nothing(store: Store, clock: Clock) -> None:
    """A test goes to one address, says so, and leaves the ledger alone."""
    begin(store, clock, 1)
    sending.send_test(store, CONFIG, "me@paths.example")
    (name,) = outbox(store)
    assert name.startswith("test-2026-W46-me")
    message = message_from_bytes((store.path.parent / "outbox" / name).read_bytes(), policy=policy.default)
    assert str(message["Subject"]).startswith("[Test] Week to 16 Nov")
    assert store.issues.all() == []


def test_replay_gives_the_same_bytes(store: Store, clock: Clock) -> None:
    """Mails made again from the frozen issue are those that were sent, whatever came in since."""
    begin(store, clock, 1, 2)
    clock.at = SEND
    tick(store)
    clock.forward(days=1)
    bring(store, article(3, clock.at))
    assert [one.same for one in issues.replay(store, CONFIG, "2026-W46")] == [True, True]
    body, _ = sending.preview(store, CONFIG, "ada@paths.example", "2026-W46")
    assert body == store.deliveries.body(store.deliveries.find("2026-W46", "ada@paths.example")["id"])  # type: ignore[index]


def test_readers_choose(store: Store, clock: Clock) -> None:
    """What a reader set through the web app counts; who left gets nothing."""
    for address, depth, left in (("ada@paths.example", "headlines", None), ("bo@paths.example", None, "2026-11-01")):
        store.connection.execute(
            "INSERT INTO preference (address, depth, areas, unsubscribed_at, changed_at) VALUES (?, ?, ?, ?, '')",
            (address, depth, json.dumps(["Parks"]), left),
        )
    (reader,) = issues.readers(store, CONFIG)
    assert (reader.address, reader.depth, reader.areas) == ("ada@paths.example", "headlines", ("Parks",))


def test_looking_changes_nothing(store: Store, clock: Clock) -> None:
    """Previews, dry runs and looks back write not one byte."""
    begin(store, clock, 1)
    changes = store.connection.total_changes
    store.read_only()
    pipeline.compose_digest(store, CONFIG, weeks.window_at(clock.at, CONFIG))
    sending.preview(store, CONFIG, "ada@paths.example")
    issues.readers(store, CONFIG)
    assert store.connection.total_changes == changes


def test_wednesday_is_before_monday() -> None:
    """The dates of this file are what they say."""
    assert WEDNESDAY.strftime("%a") + MONDAY.strftime("%a") == "WedMon"
