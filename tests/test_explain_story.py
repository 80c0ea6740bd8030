"""`explain` of a story and of an issue: what is in it, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sending_kit import SEND, WEEK, Clock, article, put, settings, with_paper

from aggregator import sending
from aggregator.errors import NotFoundError
from aggregator.explain import explain_record
from aggregator.store import Store, exports
from aggregator.story_model import Joined, StoryGroup

ON_BENCHES = "finds that main paths in parks need a bench each two hundred metres"


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """An archive with the paper, two pieces of this week and one of long ago; the service runs."""
    with Store(tmp_path / "a.db") as opened:
        with_paper(opened, tmp_path / "paper")
        sending.ensure_due(opened, settings())
        old = article(3, clock.at - 9 * WEEK)
        put(opened, tmp_path / "in", [article(1, clock.at, ON_BENCHES), article(2, clock.at), old])
        yield opened


def keys(store: Store) -> list[str]:
    """The pieces by address."""
    return [row["id"] for row in sorted(exports.articles(store.connection), key=lambda row: row["url"])]


def test_a_story_tells_its_pieces_and_why_they_joined(store: Store) -> None:
    """The lead comes first, each other piece with its reason, then the positions."""
    lead, other, _ = keys(store)
    joined = Joined(id=other, kind="copy", reason="shares 70 % of this story")
    group = StoryGroup(ids=(lead, other), lead_id=lead, joined=(joined,))
    with store.transaction():
        store.stories.save([group], [lead, other])
    (story,) = exports.stories(store.connection)
    lines = list(explain_record(store, story["id"]))
    assert lines[0] == f"story {story['id']}: 2 pieces"
    assert lead in lines[1] and "the lead" in lines[2]
    assert other in lines[3] and lines[4].strip() == "shares 70 % of this story"
    assert any(line.startswith("position s-") and "proposed of 1 piece" in line for line in lines)


def test_an_issue_tells_what_it_holds_and_what_was_left_out(store: Store, clock: Clock) -> None:
    """State, time covered, log, mails, each piece in its section, and the reason of what is in no issue."""
    one, two, old = keys(store)
    clock.at = SEND
    sending.ensure_due(store, settings())
    lines = list(explain_record(store, "2026-W46"))
    assert lines[0].startswith("issue 2026-W46: sent")
    assert "mails: 2 sent" in lines and "holds 2 pieces" in lines
    assert any("→ sent" in line for line in lines)
    left = lines.index("left out, too old when it came in: 1 piece")
    assert old in lines[left + 1] and all(old not in line for line in lines[:left])
    whole = "\n".join(lines[:left])
    assert (one in whole and two in whole) or "counted, not listed" in whole


@pytest.mark.parametrize("name", ["2026-W30", "y-000000000000"])
def test_what_is_not_there_is_told(store: Store, name: str) -> None:
    """No issue of that week, no story of that id."""
    with pytest.raises(NotFoundError, match=name):
        list(explain_record(store, name))


def test_nothing_is_left_out_twice(store: Store, clock: Clock) -> None:
    """An issue without anything old says nothing of what was left out."""
    clock.at = SEND
    sending.ensure_due(store, settings())
    clock.at = SEND + WEEK + dt.timedelta(minutes=1)
    sending.ensure_due(store, settings())
    lines = list(explain_record(store, "2026-W47"))
    assert "holds 0 pieces" in lines and not any(line.startswith("left out") for line in lines)
