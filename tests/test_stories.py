"""Coverage of one event goes together; unrelated events stay apart."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.events import facts_of
from aggregator.shingles import changed_share, shingles, winnow, words
from aggregator.stories import StoryGroup, StoryItem, group

CASES = json.loads((Path(__file__).parent / "cases" / "stories.json").read_text(encoding="utf-8"))
START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


def items_of(case: dict[str, Any]) -> list[StoryItem]:
    return [msgspec.convert(item, StoryItem) for item in case["items"]]


def pairs_of(case: dict[str, Any], name: str) -> list[tuple[str, str]]:
    return [(a, b) for a, b in case.get(name, ())]


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    """Each case gives exactly the groups that stand beside it."""
    found = group(items_of(case), apart=pairs_of(case, "apart"), together=pairs_of(case, "together"))
    assert sorted(sorted(one.ids) for one in found) == sorted(sorted(ids) for ids in case["groups"])
    for lead in case.get("lead", ()):
        assert lead in {one.lead_id for one in found}
    mentioned = {one.lead_id: list(one.mentioned_in) for one in found if one.mentioned_in}
    assert mentioned == case.get("mentioned", {})


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_every_joined_item_has_a_reason(case: dict[str, Any]) -> None:
    """All items of a group but the lead say why they are there."""
    for one in group(items_of(case), together=pairs_of(case, "together")):
        assert one.ids[0] == one.lead_id
        assert tuple(joined.id for joined in one.joined) == one.ids[1:]
        assert all(joined.reason for joined in one.joined)
        assert set(one.copies) <= set(one.ids[1:])


def prose(seed: int, count: int = 200) -> str:
    """Words that no other seed has in this order."""
    rng = random.Random(seed)
    return " ".join(
        "".join(rng.choices("bdfgklmnprst", k=2)) + rng.choice("aeiou") + str(rng.randrange(40)) for _ in range(count)
    )


def article(name: str, text: str, day: float = 0, outlet: str = "Courier", **more: Any) -> StoryItem:
    when = START + dt.timedelta(days=day)
    return StoryItem(id=name, kind="article", headline=name, text=text, outlet=outlet, published_at=when, **more)


def by_id(groups: list[StoryGroup]) -> dict[str, StoryGroup]:
    return {name: one for one in groups for name in one.ids}


def test_the_order_of_items_does_not_matter() -> None:
    """Any order gives the same groups."""
    items = [item for case in CASES for item in items_of(case)]
    items = [msgspec.structs.replace(item, id=f"{n}-{item.id}") for n, item in enumerate(items)]
    wanted = group(items)
    for seed in range(5):
        random.Random(seed).shuffle(items)
        assert group(items) == wanted


def test_edits_truncation_and_a_new_top_are_found() -> None:
    """Words exchanged, the first 45 %, and most sentences under a new top still join."""
    text = prose(1).split()
    rng = random.Random(2)
    edited = " ".join(word if rng.random() > 0.15 else "other" + word for word in text)
    retopped = prose(3, 60) + " " + " ".join(text[80:])
    items = [article("a", " ".join(text)), article("edited", edited, 1), article("cut", " ".join(text[:90]), 1)]
    (found,) = group([*items, article("retopped", retopped, 2)])
    assert set(found.copies) == {"edited", "cut", "retopped"}
    assert next(joined for joined in found.joined if joined.id == "cut").reason == "shares 100 % of this story"


def test_a_story_in_a_hundred_papers_is_one_story() -> None:
    """A text that very many outlets print under headlines of one kind is no furniture."""
    items = [article(f"Ferry stopped at Thornby quay {n}", prose(1), n / 50, f"Paper {n}") for n in range(100)]
    items += [article(f"Other {n}", prose(1000 + n)) for n in range(50)]
    assert max(len(one.ids) for one in group(items)) == 100


def test_furniture_of_very_many_pages_joins_nothing() -> None:
    """A long note on hundreds of short pages is left out of account."""
    note = prose(7, 80)
    items = [article(f"headline {n}", f"{prose(100 + n, 60)} {note}", outlet=f"Paper {n % 40}") for n in range(120)]
    assert len(group(items)) == 120


def test_two_editions_of_a_round_up_stand_together() -> None:
    """Round-ups with the same contents do not pull their stories into one."""
    parts = [prose(n) for n in range(3)]
    items = [article(f"p{n}", part) for n, part in enumerate(parts)]
    items += [article("r1", " ".join(parts), 1), article("r2", " ".join(parts[::-1]), 2)]
    found = by_id(group(items))
    assert len({found[f"p{n}"].lead_id for n in range(3)}) == 3
    assert found["r1"] is found["r2"]


def test_a_template_that_comes_back_monthly_joins_nothing() -> None:
    """Texts that share less than a copy does, and lie more than a month apart, are regular pieces."""
    template = prose(5, 100)
    one, two = article("a", template + " " + prose(6, 100)), article("b", template + " " + prose(8, 100), 40)
    assert len(group([one, two])) == 2
    assert len(group([one, msgspec.structs.replace(two, published_at=one.published_at)])) == 1


def test_unknown_and_doubled_ids_are_survived() -> None:
    """Pairs with unknown ids are passed over and an id counts once."""
    one = article("a", prose(1))
    assert [found.ids for found in group([one, one], apart=[("a", "x")], together=[("x", "y"), ("a", "a")])] == [("a",)]
    assert group([]) == []


def test_undated_articles_join_as_copies_only() -> None:
    """Without a date a copy is a copy, but nothing happened "within days"."""
    items = [msgspec.structs.replace(item, published_at=None) for item in items_of(CASES[0])]
    assert len(group(items)) == 1
    event = next(case for case in CASES if case["label"] == "the same event in other words")
    assert len(group([msgspec.structs.replace(item, published_at=None) for item in items_of(event)])) == 2


def fingerprint(text: str) -> set[int]:
    return set(winnow(shingles(words(text))).tolist())


def test_fingerprints_tell_an_edited_version_from_another_story() -> None:
    """An edited version shares most of its fingerprint, another story none of it."""
    text = prose(1)
    whole = fingerprint(text)
    assert len(whole & fingerprint(text + " " + prose(2, 20))) > 0.9 * len(whole)
    assert not whole & fingerprint(prose(3))
    assert not fingerprint("too short")


def test_fingerprints_are_the_same_in_every_run() -> None:
    """The numbers of a fingerprint depend on the words alone."""
    text = "The Ferry’s engine stopped, twice, at the quay."
    assert fingerprint(text) == fingerprint("the ferry's engine stopped twice at the quay")
    assert all(0 <= value < 2**63 for value in fingerprint(prose(1)))


def test_changed_share_counts_words() -> None:
    """One word in ten is a tenth, an added fifth a sixth, a moved paragraph next to nothing."""
    words = prose(1, 100).split()
    assert changed_share(" ".join(words), " ".join(words)) == 0
    assert changed_share("a b c d e f g h i j", "a b c d X f g h i j") == pytest.approx(0.1)
    assert changed_share(" ".join(words[:80]), " ".join(words)) == pytest.approx(0.2)
    assert changed_share(" ".join(words), " ".join(words[50:] + words[:50])) < 0.05
    assert changed_share(prose(1), prose(2)) == 1
    assert changed_share("", "a b c") == 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_people_always_win(data: st.DataObject) -> None:
    """No rule joins what a person split or splits what a person joined, and every item is in one group."""
    texts = [prose(n % 3) for n in range(9)]
    items = [article(f"i{n}", text, n / 10) for n, text in enumerate(texts)]
    names = st.sampled_from([item.id for item in items])
    pairs = st.lists(st.tuples(names, names).filter(lambda pair: pair[0] != pair[1]), max_size=6)
    apart, together = data.draw(pairs), data.draw(pairs)
    found = by_id(group(items, apart=apart, together=together))
    assert sum(len(one.ids) for one in {id(one): one for one in found.values()}.values()) == len(items)
    assert all(found[a] is not found[b] for a, b in apart)
    if not apart:
        assert all(found[a] is found[b] for a, b in together)


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text())
def test_any_text_is_survived(old: str, new: str) -> None:
    """Shares and groups exist for any two texts, and shares stay in their bounds."""
    assert 0 <= changed_share(old, new) <= 1
    items = [StoryItem(id="a", kind="article", headline=old, text=new, urls=(old,))]
    items.append(StoryItem(id="b", kind="thread", text=old, urls=(new,), card_titles=(old,)))
    assert group(items)


def told_alike(*facts: tuple[str, str, str, float], frame: str, outlet: str = "Courier") -> list[StoryItem]:
    """Articles of one frame: id, headline, what only this one says, and the day."""
    when = {name: START + dt.timedelta(days=day) for name, _, _, day in facts}
    return [
        StoryItem(
            id=name,
            kind="article",
            headline=headline,
            text=f"{own} {frame}",
            outlet=outlet,
            published_at=when[name],
        )
        for name, headline, own, _ in facts
    ]


FRAME = (
    "Inspectors spent two days at the school and spoke to pupils, parents and staff. The head teacher said that the "
    "report was a fair picture of a hard year and thanked the governors. Schools are inspected every four years, and "
    "the reports are published on the website of the inspectorate a month after the visit."
)
LOOK_ALIKES = {
    "two inspections in one town": told_alike(
        (
            "a",
            "Holly Bank in Coldbrook rated good",
            "Holly Bank in Coldbrook was visited in June, and Ada Marsh led it.",
            0,
        ),
        ("b", "Tarn Side in Coldbrook rated poor", "Tarn Side in Coldbrook was visited in May, and Bo Lane led it.", 1),
        frame=FRAME,
    ),
    "two strikes of one union": told_alike(
        ("a", "Teachers at Wexford High to strike", "Teachers at Wexford High will walk out over pay on Thursday.", 0),
        (
            "b",
            "Teachers at Fellgate Academy to strike",
            "Teachers at Fellgate Academy will walk out over workload.",
            0.5,
        ),
        frame="“Our members do not take this step lightly,” the Federation said. " + FRAME,
    ),
    "annual reports of two years": told_alike(
        ("a", "Coldbrook museum report 2025: visitors fall", "The report of Coldbrook museum for 2025 came out.", 0),
        ("b", "Coldbrook museum report 2026: visitors rise", "The report of Coldbrook museum for 2026 came out.", 365),
        frame=FRAME,
        outlet="Argus",
    ),
    "a weekly bulletin": told_alike(
        ("a", "Coldbrook: 5 new hygiene ratings", "Five ratings were given to places in Coldbrook this week.", 0),
        ("b", "Coldbrook: 7 new hygiene ratings", "Seven ratings were given to places in Coldbrook this week.", 7),
        frame=FRAME,
    ),
    "a life and the news of it": [
        article("Ada Marsh obituary", "Ada Marsh, who has died, was born in Coldbrook. " + prose(31), 0),
        article("Ada Marsh wins Coldbrook fight", "Ada Marsh of Coldbrook has won in court. " + prose(32), 1),
    ],
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_articles_told_alike_of_two_things_stay_apart(name: str) -> None:
    """One frame, one town, one union or one person does not make a story where the headlines contradict each other."""
    assert len(group(LOOK_ALIKES[name])) == 2


@pytest.mark.parametrize(
    ("one", "two", "days"),
    [
        ("Holly Bank in Coldbrook rated good", "Joy in Coldbrook as Holly Bank shines", 1.0),
        ("6 hurt as Coldbrook roof falls in", "8 hurt as Coldbrook roof falls in", 0.3),
        ("Marsh: “We are good”", "Coldbrook school praised by inspectors", 2.0),
    ],
)
def test_other_headlines_over_one_text_are_one_story(one: str, two: str, days: float) -> None:
    """A headline that names less, or a figure put right on the same day, contradicts nothing."""
    own = "Holly Bank in Coldbrook was visited in June, and Ada Marsh led it."
    (found,) = group(told_alike(("a", one, own, 0), ("b", two, own + " It rained.", days), frame=FRAME))
    assert len(found.ids) == 2


def test_a_box_of_one_outlet_joins_no_teasers() -> None:
    """Short texts that are mostly their outlet's box stay apart, though their headlines share two words."""
    items = [
        article(f"Trust closes school number {n}", f"{prose(n, 60)} {prose(99, 90)}", n / 10, "Argus")
        for n in range(30)
    ]
    assert len(group(items)) == 30


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It was the worst since 2000, and since 1990.", set()),
        ("£40,000,000 in all, £40m, and 40 million once more.", {"40m"}),
        ("2,000 seats, two thousand seats, 2k seats", {"2k"}),
        ("£40 a week for 40 pupils, 5% of £1.5m, 7 of them", {"£40", "40", "5%", "1.5m"}),
    ],
)
def test_numbers_that_tell_an_event(text: str, numbers: set[str]) -> None:
    """Spellings of one number are one; years say nothing, and a sum of money is no count."""
    article = StoryItem(id="a", kind="article", headline="", outlet=None, published_at=None, text=text)
    assert facts_of(article).numbers == numbers


def test_a_word_that_only_begins_a_sentence_is_hardly_a_name() -> None:
    """Two strikes in two towns share a year, a count with a sum of money, and a word at a sentence's beginning."""
    one = (
        "Teachers to strike over pay and workload",
        "Teachers at a school in Fenmarsh will walk out on Thursday. The school has had no strike since 2000. "
        "Ballots were counted on Monday night. Each of them has lost £40 a week, said Ida Brook of the branch.",
    )
    two = (
        "Teachers strike over pay and pupils’ behaviour",
        "Staff at a primary school in Saltby walked out on Tuesday, and 40 pupils were sent home. "
        "Joan Pell, the head since 2000, was sorry. The union, which calls its day of votes the Ballots, had no comment.",
    )
    when = dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC)
    items = [
        StoryItem(id=headline, kind="article", headline=headline, outlet=headline[:9], published_at=when, text=text)
        for headline, text in (one, two)
    ]
    assert len(group(items)) == 2
