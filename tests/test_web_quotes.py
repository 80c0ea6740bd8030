"""Words of our people on pages and boards: marked where they stand, counted when they say something."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from make import MONDAY, PAPER
from web_site import Site, get

from aggregator import pipeline, weeks
from aggregator.config import Config, Organisation, Spokesperson
from aggregator.model import LinkProposal
from aggregator.store import Store
from aggregator.store.links import encode
from aggregator.web import create_app
from aggregator.web.show import marked, placed, prose
from parsers.model import Hint

ARTICLE = """Park benches vanish as ethical question divides town
By Ida Quill
The Fenmarsh Courier, 9 November 2026

The council wants an ethical policy on benches, and a part to play for volunteers, it said in a long paper on Monday.

Maren O’Shaye, chair of the walkers, called the paper “ethical” but said that others had “a part to play”.

“Every park should have a bench along its main paths, and this one has lost nine of them,” O’Shaye said. \
“Nobody asked the people who walk there.”

The council said that it had no money for repairs, and that nobody asked the people who walk there is not true.

“Benches are not the point,” said Ivo Lantz, who speaks for the council and keeps its budget.
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An archive of one paper and one article that quotes one of ours."""
    monkeypatch.setattr(pipeline, "now", lambda: MONDAY + dt.timedelta(days=1))
    speaker = Spokesperson(name="Maren O’Shaye", role="chair of the walkers")
    config = Config(organisation=Organisation(spokespeople=(speaker,)))
    for name, text in (("paper.txt", PAPER), ("article.txt", ARTICLE)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with Store(tmp_path / "a.db") as store:
        inputs = pipeline.find_inputs([str(tmp_path / "paper.txt"), str(tmp_path / "article.txt")])
        list(pipeline.ingest(store, inputs, config, Hint()))
        pipeline.refresh(store, config)
    return Site(app=create_app(tmp_path / "a.db", config), db=tmp_path / "a.db", config=config)


def voices(page: str) -> list[str]:
    return re.findall(r'<mark class="(?:match )?voice">([^<]*)</mark>', page)


def test_quotations_are_marked_at_their_place_only(town: Site) -> None:
    """Whole quotations and parts are marked once each, where they stand, and not where the words stand again."""
    key = town.one("SELECT key FROM coverage WHERE kind = 'article'")
    page = get(town.client(), f"/coverage/{key}").text
    found = voices(page.partition('aria-label="The article"')[2].partition("</article>")[0])
    assert found[:2] == ["ethical", "a part to play"]
    assert len(found) == 4
    assert found[2].startswith("Every park should have")
    assert found[3] == "Nobody asked the people who walk there."
    assert "Parts of sentences, not counted: “ethical” (Maren O’Shaye), “a part to play”" in page


def test_only_whole_quotations_count(town: Site) -> None:
    """An issue counts as many quotations as it lists; parts of sentences are none."""
    with town.store() as store:
        window = weeks.window_at(pipeline.now(), town.config)
        digest = pipeline.compose_digest(store, town.config, window)
        cells = {cell.name: cell.this_week for cell in (digest.whole or digest.numbers)}
        assert [line.quote.partial for line in digest.voices] == [False] * len(digest.voices)
        assert cells["quotes"] == dict(digest.totals)["voices"] >= 1
        assert store.quotes.count() > cells["quotes"]


def test_position_counts_what_speaks_of_it(town: Site) -> None:
    """A quotation counts for the position whose evidence it holds, and for no other that its article is linked to."""
    with town.store() as store:
        coverage = town.one("SELECT id FROM coverage WHERE kind = 'article'")
        statements = [row[0] for row in store.connection.execute("SELECT id FROM statement ORDER BY id")]
        sentences = (
            "Every park should have a bench along its main paths, and this one",
            "The council said that it had",
        )
        assert len(statements) > 1
        with store.transaction():
            store.connection.execute("DELETE FROM link")
            for statement, sentence in zip(statements, sentences, strict=False):
                proposal = LinkProposal(
                    statement_id="s-x", score=0.9, margin=1.0, band="likely", their_sentence=sentence, our_sentence="x",
                    terms=(), reason="x",
                )  # fmt: skip
                store.connection.execute(
                    "INSERT INTO link (coverage_id, statement_id, status, statement_version, score, band, evidence, "
                    "rule, proposed_at) VALUES (?, ?, 'proposed', 1, 0.9, 'likely', ?, 'x', ?)",
                    (coverage, statement, encode(proposal), pipeline.stamp()),
                )
        counts = [store.board.position(statement, MONDAY)["quotes"] for statement in statements[:2]]
        assert counts == [1, 0]
        assert [len(store.board.quotes(statement)) for statement in statements[:2]] == counts


def test_a_changed_text_is_not_marked_until_it_is_searched(town: Site) -> None:
    """Places of an older text are not marked in a newer one."""
    with town.store() as store, store.transaction():
        store.connection.execute("UPDATE coverage SET text_sha = 'other' WHERE kind = 'article'")
    key = town.one("SELECT key FROM coverage WHERE kind = 'article'")
    assert voices(get(town.client(), f"/coverage/{key}").text) == []


def test_places_survive_characters_that_are_not_shown() -> None:
    """A place is marked where it is shown, though characters before it have no shape."""
    text = "A\u202eB said “so”."
    start = text.index("so")
    assert '“<mark class="voice">so</mark>”' in str(marked(text, (), [(start, start + 2, "voice")]))


def test_places_fall_into_lines_and_around_other_marks() -> None:
    """A place over two paragraphs is marked in both, and what is marked already stays as it is."""
    html = str(prose("One two.\n\nThree four.", [("two", "match")], [(0, 15, "voice")]))
    assert '<mark class="voice">One </mark><mark class="match voice">two</mark>' in html
    assert '<p><mark class="voice">Thre' in html
    assert placed("a b", ["z", "b"], [(2, 3, "v")]) == [[], [(0, 1, "v")]]
