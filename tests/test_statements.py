"""Position papers are split into statements: sections whole, nothing lost, titles of their own."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.model import Hint, Statement
from parsers.statement_blocks import read_heading
from parsers.statement_dates import adoption_line
from parsers.statement_titles import candidates
from parsers.statement_words import find_organisation
from parsers.statements import looks_like, parse, split, statement_id

CASES_DIR = Path(__file__).parent / "cases"
CASES: dict[str, Any] = json.loads((CASES_DIR / "statements.json").read_text("utf-8"))
PAPERS = {paper["file"]: paper for paper in CASES["papers"]}
SEEDS = (
    "positions-ethics-inclusion-equalities.txt",
    "positions-inclusion-send.txt",
    "positions-leadership-governance.txt",
)


def read_paper(name: str) -> str:
    """The text of an invented paper."""
    return (CASES_DIR / "papers" / name).read_text("utf-8")


def letters(text: str) -> str:
    """A text without spaces and marks, for comparing what was kept."""
    return re.sub(r"[\W_]+", "", text)


def check_section(text: str | None, ends: list[str] | None) -> None:
    """A section begins and ends with the given words, or is absent."""
    if ends is None:
        assert text is None
    else:
        assert text is not None
        assert text.startswith(ends[0])
        assert text.endswith(ends[1])


@pytest.mark.parametrize("name", PAPERS)
def test_papers_of_several_house_styles(name: str) -> None:
    """Each house style gives its statements with whole sections, titles, areas and dates."""
    wanted = PAPERS[name]
    result = parse(read_paper(name), Hint())
    for statement, record in zip(wanted["statements"], result.records, strict=True):
        assert isinstance(record, Statement)
        for section in ("context", "position", "rationale"):
            check_section(getattr(record, section), statement[section])
        assert record.areas == tuple(statement.get("areas", [wanted["area"]]))
        assert record.title == statement.get("title", record.title)
        adopted = statement.get("adopted_on")
        assert record.adopted_on == (dt.date.fromisoformat(adopted) if adopted else None)
        assert record.organisation == wanted["organisation"]
    assert result.notes["organisation"] == wanted["organisation"]
    assert result.notes["area"] == wanted["area"]
    assert len(result.problems) == wanted["problems"]


@pytest.mark.parametrize("name", PAPERS)
def test_papers_are_recognised(name: str) -> None:
    """Every house style is known for a position paper, with a reason."""
    assert looks_like(read_paper(name))


@pytest.mark.parametrize("name", PAPERS)
def test_titles_differ(name: str) -> None:
    """No two statements of a paper share a title, none is empty or longer than a line."""
    titles = [statement.title for statement in split(read_paper(name))]
    assert len({title.casefold() for title in titles}) == len(titles)
    assert all(0 < len(title) <= 90 for title in titles)


@pytest.mark.parametrize(("line", "role", "rest"), CASES["headings"])
def test_headings(line: str, role: str | None, rest: str | None) -> None:
    """Section headings are known in many wordings; sentences about positions are not headings."""
    heading = read_heading(line)
    assert (heading.role if heading else None, heading.rest if heading else None) == (role, rest)


@pytest.mark.parametrize("case", CASES["titles"], ids=lambda case: case["title"])
def test_titles_keep_the_stance(case: dict[str, str]) -> None:
    """ "NAME believes that" goes, the stance stays, and a title reads on its own."""
    assert split("GTL position: " + case["position"])[0].title == case["title"]


def test_titles_of_near_same_statements_tell_them_apart() -> None:
    """The same demand for two years gives two titles."""
    paper = "".join(
        f"GTL position: GTL believes that late fees should be waived in {year}.\n\nWhy are we saying this?\nIn {year} all is new.\n\n"
        for year in (2021, 2022)
    )
    assert [statement.title for statement in split(paper)] == [
        "Late fees should be waived in 2021",
        "Late fees should be waived in 2022",
    ]


@pytest.mark.parametrize("text", CASES["not_papers"])
def test_other_texts_are_no_papers(text: str) -> None:
    """An article or a feed is never taken for a position paper."""
    assert looks_like(text) is None


def test_hint_wins() -> None:
    """What the giver says about area and organisation beats what the paper says."""
    result = parse(read_paper("markdown.md"), Hint(area="Sea", organisation="HPU"))
    assert {record.areas for record in result.records if isinstance(record, Statement)} == {("Sea",)}
    assert {record.organisation for record in result.records if isinstance(record, Statement)} == {"HPU"}


def test_id_ignores_typography() -> None:
    """Case, quotes, dashes, spaces and list marks don't change an id; words do."""
    first = statement_id("GTL’s  trams – always:\n• run\n• ring")
    assert first == statement_id("gtl's trams - always:\n1. run\n2. ring")
    assert first != statement_id("GTL’s trams never run")
    assert re.fullmatch(r"s-[0-9a-f]{12}", first)


def test_same_statement_in_two_papers_has_one_id() -> None:
    """Another context, title and layout leave the id of a position as it is."""
    plain = split("Our position: Trams should run until\u00a0midnight.\n\nRationale: Workers need them.")
    other = split("## Night trams\n\n**Background**\nNone.\n\n**Our position**\n\nTrams should run until midnight.")
    assert plain[0].id == other[0].id


def test_repeat_in_one_paper_is_kept_once() -> None:
    """A statement that stands twice is one record; what the repeat adds is kept."""
    paper = (
        "GTL position: Trams should run.\nRationale: Workers.\n\nGTL position: Trams should run.\nRationale: Students."
    )
    (statement,) = split(paper)
    assert statement.rationale == "Workers.\n\nStudents."


def test_missing_position_is_said() -> None:
    """A statement cut short keeps what it has as its position, and a problem says so."""
    result = parse("What is the context?\nThe paper ends here.", Hint())
    (record,) = result.records
    assert isinstance(record, Statement)
    assert record.position == "The paper ends here."
    assert [problem.where for problem in result.problems] == ["line 1"]


@pytest.mark.parametrize("text", ["", "  \n\n ", "\u200b", "---\n\n3 of 4\n"])
def test_nothing_in_a_paper(text: str) -> None:
    """An empty paper gives no statement and a problem, no exception."""
    result = parse(text, Hint())
    assert result.records == ()
    assert len(result.problems) == 1


def test_one_word() -> None:
    """A paper of one word is one statement of one word."""
    assert [(statement.title, statement.position) for statement in split("Trams")] == [("Trams", "Trams")]


def test_older_statements_heading_ends_the_last_rationale() -> None:
    """Paragraphs below "Older statements" are statements of their own, whatever they say."""
    paper = "GTL position: Trams should run.\n\nWhy are we saying this?\nWorkers need trams.\n\nOlder statements\n\nTrams are quiet.\n"
    assert [statement.position for statement in split(paper)] == ["Trams should run.", "Trams are quiet."]


def test_rationale_stays_whole_in_doubt() -> None:
    """Paragraphs of the last rationale that begin with the organisation but stay on the subject are not cut off."""
    paper = (
        "GTL position: Trams should run until midnight.\n\nWhy are we saying this?\n\nNight workers need trams.\n\n"
        "GTL is worried that night workers drive home tired.\n\nGTL believes that midnight trams pay for themselves.\n"
    )
    assert len(split(paper)) == 1


def test_dates_of_events_are_no_adoption_dates() -> None:
    """Dates in a context don't date the statement."""
    assert split("Background: The law was adopted in June 2019.\nOur position: Trams should run.")[0].adopted_on is None


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Adopted: June 2019", "June 2019"),
        ("(Agreed by Council, 12th June 2019)", dt.date(2019, 6, 12)),
        ("Date of adoption: 12/06/2019", dt.date(2019, 6, 12)),
        ("Approved on 2019-06-12.", dt.date(2019, 6, 12)),
        ("Adopted on 31 June 2019", None),
        ("Reviewed June 2019", None),
        ("The law was adopted in June 2019", None),
    ],
)
def test_adoption_lines(line: str, date: dt.date | str | None) -> None:
    """Only lines that say nothing but when a statement was adopted give a date; no day of a month is guessed."""
    found = adoption_line(line)
    assert (found and (found.day or found.month)) == date


def test_a_month_of_adoption_is_told_and_no_date() -> None:
    """A guessed day would say since when a wording is in force."""
    paper = "Rowan Guild position statements\n\nOur position\nBoats should run daily.\nAdopted: March 2024\n"
    result = parse(paper, Hint())
    assert [one.adopted_on for one in result.records if isinstance(one, Statement)] == [None]
    assert [one.message for one in result.problems if "March 2024" in one.message]
    assert "March" not in "".join(one.text for one in result.records if isinstance(one, Statement))


def test_a_month_of_adoption_in_a_sentence_is_told_too() -> None:
    """A day beside it, in a line of its own, is the date and leaves nothing to tell."""
    paper = "Our position\nBoats should run daily. This statement was adopted by Council in June 2019.\n{}"
    result = parse(paper.format(""), Hint())
    assert [one.adopted_on for one in result.records if isinstance(one, Statement)] == [None]
    assert [one.message for one in result.problems if "June 2019" in one.message]
    dated = parse(paper.format("Adopted: 12 June 2019\n"), Hint())
    assert [one.adopted_on for one in dated.records if isinstance(one, Statement)] == [dt.date(2019, 6, 12)]
    assert not [one.message for one in dated.problems if "June 2019" in one.message]


def test_the_name_of_an_organisation_stands_on_one_line() -> None:
    """The heading "Position" and "We" below it name nobody; a hidden name is found where it stands on a line."""
    paper = "Rowan Guild position statements\n\nPosition\n\n{0} believe{1} that boats matter.\n\nPosition\n\n{0} believe{1} in trains.\n"
    assert find_organisation(paper.format("We", ""), ()) is None
    assert find_organisation(paper.format("The Rowan Guild", "s"), ()) == "Rowan Guild"


def test_why_with_a_colon_heads_the_rationale() -> None:
    """The shortest heading there is; a sentence that only begins with the word is text."""
    body = "Background: Boats are late.\nOur position: Boats should run daily.\n{}\n"
    assert split(body.format("Why: Islands need bread."))[0].rationale == "Islands need bread."
    assert split(body.format("**Why:** Islands need bread."))[0].rationale == "Islands need bread."
    assert split(body.format("Why should islands wait?"))[0].rationale is None


BELIEFS = (
    "We believe that every pupil should have a bus to school.",
    "We believe that music is for all pupils.",
    "We believe that tests are too long.",
)


def test_why_with_a_colon_loses_no_position_where_nothing_is_headed() -> None:
    """A paragraph "Why:" below a belief is its reason; the next belief is a statement of its own."""
    both = split(f"Position statement\n\n{BELIEFS[0]}\n\nWhy: parents drive.\n\n{BELIEFS[1]}\n\nWhy: songs last.\n")
    assert [(one.position, one.rationale) for one in both] == [
        (BELIEFS[0], "parents drive."),
        (BELIEFS[1], "songs last."),
    ]
    for reasoned in range(3):
        lines = [f"{belief}\n\n{'Why: songs last.' if n == reasoned else ''}" for n, belief in enumerate(BELIEFS)]
        found = split("Position statement\n\n" + "\n\n".join(lines))
        assert [one.position for one in found] == list(BELIEFS)
        assert [one.rationale for one in found] == ["songs last." if n == reasoned else None for n in range(3)]


@pytest.mark.parametrize("reasons", [(0,), (1,), (2,), (0, 1, 2)])
def test_a_numbered_list_keeps_all_its_beliefs_beside_why(reasons: tuple[int, ...]) -> None:
    """Wherever "Why:" stands in a list, all beliefs are positions."""
    lines = [f"{n + 1}. {text}\n" + "Why: it is so.\n" * (n in reasons) for n, text in enumerate(BELIEFS)]
    positions = "\n".join(one.position for one in split("Position statements\n\n" + "".join(lines)))
    assert all(belief in positions for belief in BELIEFS)


def test_the_letter_around_a_paper_names_neither_paper_nor_area() -> None:
    """A greeting and the head of a mail are no title."""
    body = "Background: Boats are late.\nOur position: Boats should run daily.\nWhy this matters: Bread.\n"
    result = parse(f"From: Policy team\nDear all,\n\nRowan Guild position statements\nFerries\n\n{body}", Hint())
    assert result.notes["paper"] == "Rowan Guild position statements"
    assert [one.areas for one in result.records if isinstance(one, Statement)] == [("Ferries",)]
    twice = "".join(body.replace("Boats", f"The Rowan Guild believes {what}") for what in ("boats", "buses"))
    plain = parse(f"Positions of the Rowan Guild\n\n{twice}", Hint())
    assert {one.areas for one in plain.records if isinstance(one, Statement)} == {()}


def test_hard_wrapped_lines_are_joined() -> None:
    """A paragraph broken by its width is one line again; lists keep theirs."""
    paper = "Our position: Trams should run until midnight on every day of the week, because\nmany of our members work late.\n• Monday\n• Sunday and\n  holidays"
    assert split(paper)[0].position.split("\n") == [
        "Trams should run until midnight on every day of the week, because many of our members work late.",
        "• Monday",
        "• Sunday and holidays",
    ]


def test_five_thousand_statements() -> None:
    """A huge paper is read whole, near-same statements included."""
    paper = "\n\n".join(f"GTL position: Tram {n} should run.\n\nRationale: Reason {n}." for n in range(5000))
    assert len({statement.id for statement in split(paper)}) == 5000


def test_many_near_same_paragraphs() -> None:
    """Near-same paragraphs without headings stay statements of their own."""
    paper = "\n\n".join(
        f"GTL believes that late fees should be waived for all readers in town {n}." for n in range(300)
    )
    assert len(split(paper)) == 300


def test_candidates_are_never_empty() -> None:
    """Any position with a word gives a title."""
    assert candidates("a" * 300, None)[0].text.endswith("…")


WORDS = st.sampled_from(
    [
        "trams",
        "GTL",
        "GTL believes that",
        "fares",
        "should run.",
        "However,",
        "SEND",
        "night",
        "(ILL)",
        "welcomes the",
        "2019",
        "“quoted”",
    ]
)
HEADINGS = st.sampled_from(
    [
        "What is the context?",
        "GTL position:",
        "Why are we saying this?",
        "## Fares",
        "**Night**",
        "# Area",
        "",
        "",
        "",
    ]
)
TEXTS = st.tuples(
    st.sampled_from(["", "• ", "1. ", "Our position: ", "Background: "]), st.lists(WORDS, max_size=9).map(" ".join)
)
LINES = st.lists(st.one_of(HEADINGS, TEXTS), max_size=25)


@settings(max_examples=200, deadline=None)
@given(LINES)
def test_nothing_is_lost(lines: list[str | tuple[str, str]]) -> None:
    """Every line of text stands in the front, in a title, or in exactly one section of one statement."""
    marked = [line if isinstance(line, str) else f"{line[0]}{line[1]} qx{n}z" for n, line in enumerate(lines)]
    result = parse("\n".join(marked), Hint())
    statements = [record for record in result.records if isinstance(record, Statement)]
    assert len({statement.id for statement in statements}) == len(statements)
    assert len({statement.title for statement in statements}) == len(statements)
    kept = "\n".join([result.notes["front"] or "", *(statement.text for statement in statements)])
    fields = " ".join(f"{statement.title} {statement.areas}" for statement in statements)
    for n, line in enumerate(lines):
        if not isinstance(line, str):
            times = kept.count(f"qx{n}z")
            assert times == 1 or (times == 0 and f"qx{n}z" in fields)


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text(text: str) -> None:
    """No text makes the splitter or the recogniser fail."""
    split(text)
    looks_like(text)


@settings(max_examples=60, deadline=None)
@given(st.permutations([f"GTL position: Tram {n} should run.\nRationale: Reason {n} holds." for n in "abcde"]))
def test_order_of_statements_is_kept(parts: list[str]) -> None:
    """Statements come in the order of the paper, ids don't depend on it."""
    found = split("\n\n".join(parts))
    assert [statement.position for statement in found] == [
        part.split("\n")[0].removeprefix("GTL position: ") for part in parts
    ]


@pytest.fixture(scope="module")
def seed_results(shared: Path) -> list[list[Statement]]:
    """The statements of the three real papers."""
    return [split((shared / "seeds" / name).read_text("utf-8")) for name in SEEDS]


def test_real_papers_have_their_statements(seed_results: list[list[Statement]]) -> None:
    """Three real papers: 33 statements with all sections, 11 older ones, 11 that stand in two papers."""
    distinct = {statement.id: statement for paper in seed_results for statement in paper}
    headed = [statement for statement in distinct.values() if statement.context and statement.rationale]
    assert [len(paper) for paper in seed_results] == [13, 24, 18]
    assert (len(distinct), len(headed)) == (44, 33)


def test_real_papers_lose_no_line(shared: Path) -> None:
    """Every paragraph of the real papers stands in exactly one section or in the front."""
    for name in SEEDS:
        text = (shared / "seeds" / name).read_text("utf-8")
        result = parse(text, Hint())
        kept = letters(result.notes["front"] + "".join(r.text for r in result.records if isinstance(r, Statement)))
        headings = r"^(?:What is the context\?|\w+(?:’s)? position:|Why are we (?:are )?saying (?:this|it)\?)"
        assert len(kept) == len(letters(re.sub(headings, "", text, flags=re.MULTILINE)))


def test_real_papers_have_usable_titles(seed_results: list[list[Statement]]) -> None:
    """Titles of the real papers differ, fit a line and need no ellipsis."""
    for paper in seed_results:
        titles = [statement.title for statement in paper]
        assert len(set(titles)) == len(titles)
        assert all(18 <= len(title) <= 90 and not title.endswith("…") for title in titles)


PRINTED = """Fees and Charges

What is the context?
Councils have begun to charge for reserva-
tions. Readers on low incomes stop asking for books that their branch does

Guild of Town Librarians | 1
\x0cFees and Charges 2
not hold, and a well-
being survey shows the harm.

GTL position: GTL believes that reser-
vations should be free in every branch, and that well-known self-
service kiosks are no answer.

Guild of Town Librarians | 2
\x0c
Why are we saying it?
Fees fall on those who have least.
"""


def test_a_printed_page_leaves_nothing_in_the_text() -> None:
    """Words broken at the line's end are whole again, and heads, feet and page ends are gone."""
    (statement,) = split(PRINTED)
    assert statement.context == (
        "Councils have begun to charge for reservations. Readers on low incomes stop asking for books that their "
        "branch does not hold, and a well-being survey shows the harm."
    )
    assert statement.position == (
        "GTL believes that reservations should be free in every branch, and that well-known self-service kiosks are "
        "no answer."
    )
    assert statement.rationale == "Fees fall on those who have least."


def test_the_paper_says_which_hyphens_are_its_own() -> None:
    """A compound that the paper writes elsewhere keeps its hyphen, a word that it writes whole loses it."""
    text = (
        "Our position\nA co-\noperation fund pays. Co-operation helps book-\nkeepers, and each bookkeeper knows it.\n"
    )
    assert (
        split(text)[0].position
        == "A co-operation fund pays. Co-operation helps bookkeepers, and each bookkeeper knows it."
    )


def test_numbered_titles_are_no_page_numbers() -> None:
    """Lines that count statements stay, however their numbers rise."""
    text = "".join(
        f"Statement {n}\nContext: Fact {n} is known.\nPosition: We want {word}.\n\n"
        for n, word in enumerate(["pens", "ink", "paper"], 1)
    )
    statements = split(text)
    assert [one.position for one in statements] == ["We want pens.", "We want ink.", "We want paper."]


def test_a_bare_line_is_a_heading_where_a_position_is_due() -> None:
    """“Position statement” heads a position behind a context; at the top it names the paper."""
    text = "Position statement\n\nBackground\nFees rise.\n\nPosition statement\nFees should end.\n\nRationale\nThey hurt.\n"
    (statement,) = split(text)
    assert (statement.context, statement.position, statement.rationale) == (
        "Fees rise.",
        "Fees should end.",
        "They hurt.",
    )


def test_damaged_papers_are_repaired() -> None:
    """Lost apostrophes and quotation marks come back in every section, and the receipt says so."""
    text = (
        "What is the context?\nFees rise.\n\nGTL position: GTL believes that fees should end.\n\n"
        "Why are we saying it?\nThey donβt pay twice, and we canβt either.\n"
    )
    result = parse(text, Hint())
    assert result.records[0].rationale == "They don’t pay twice, and we can’t either."
    assert result.notes["repair"].startswith("repaired 2 characters")


LABELS = [
    ("Why now?", "Our policy", "Evidence"),
    ("Setting the scene", "Where do we stand?", "Why?"),
    ("Cyd-destun", "Safbwynt", "Rhesymau"),
    ("• Context", "• Position", "• Rationale"),
    ("Context / background", "GTL’s position statement", "The case for it"),
    ("Context –", "Position –", "Rationale –"),
]


@pytest.mark.parametrize("labels", LABELS, ids=lambda labels: labels[1])
def test_headings_that_nobody_foresaw(labels: tuple[str, str, str]) -> None:
    """Lines that head every statement in one order are its headings, whatever their words."""
    sections = [
        ("Fees have doubled in ten years.", "GTL believes that fees should end.", "They fall on the poor."),
        ("Half of all branches shut at noon.", "We believe that branches should open all day.", "People work."),
        ("Ink has run out.", "Councils must buy ink.", "Without it nobody prints."),
    ]
    text = "Fees and Hours\n\n" + "\n\n".join(
        f"{label}\n{said}" for one in sections for label, said in zip(labels, one, strict=True)
    )
    found = [(one.context, one.position, one.rationale) for one in split(text)]
    assert found == sections


def test_lines_that_come_again_are_no_headings_by_that_alone() -> None:
    """A date or a status that every statement has opens no section."""
    text = "".join(
        f"Our position\nWe want {word}.\nRationale\n{word.title()} helps.\nAgreed by the council\n\n"
        for word in ("ink", "paper", "pens")
    )
    statements = split(text)
    assert [one.context for one in statements] == [None] * 3
    assert [one.position for one in statements] == ["We want ink.", "We want paper.", "We want pens."]


@pytest.mark.parametrize("mark", ["• ", "- ", "{n}. ", "({n}) "])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_list_of_stances_is_a_list_of_statements(mark: str, between: str) -> None:
    """Each item that takes the organisation's stance is a statement of its own, without its mark."""
    stances = [
        "GTL believes that reservations should be free in every branch.",
        "GTL supports one card that works in every town.",
        "GTL opposes the sale of old maps to private buyers.",
    ]
    items = (mark.format(n=n) + text for n, text in enumerate(stances, 1))
    assert [one.position for one in split("GTL positions\n\n" + between.join(items))] == stances


def test_a_table_of_sections() -> None:
    """Rows copied from a table, heading and text in two cells."""
    text = "Context\tFees rise.\nPosition\tGTL believes that fees should end.\nRationale\tThey hurt.\n"
    (statement,) = split(text)
    assert (statement.context, statement.rationale) == ("Fees rise.", "They hurt.")
    assert statement.position == "GTL believes that fees should end."


def test_an_interview_is_no_paper() -> None:
    """Lines that come again make a paper only of what calls itself one."""
    parts = "\n\n".join(
        f"Question\nWhat about {word}?\n\nAnswer\nCouncils should buy {word} now." for word in ("ink", "pens", "paper")
    )
    assert looks_like(f"An interview\n\n{parts}") is None
    assert looks_like(f"Guild position statements\n\n{parts}") is not None


def test_one_date_above_all_statements_is_the_date_of_each() -> None:
    """A paper that was adopted as a whole says so once, at its top; dates of single statements stay theirs."""
    body = "1. Boats\nOur position\nBoats should be free.\n\n2. Buses\nOur position\nBuses must run at night.\n"
    whole = split(f"Positions of the Rowan Guild\nAdopted at the annual meeting, 14 June 2026\n\n{body}")
    assert [one.adopted_on for one in whole] == [dt.date(2026, 6, 14)] * 2
    single = split(f"Positions of the Rowan Guild\n\n{body}Agreed by Council, 2 May 2025\n")
    assert [one.adopted_on for one in single] == [None, dt.date(2025, 5, 2)]


def test_numbers_within_a_title_stay() -> None:
    """Only the number before a title counts the statements."""
    titles = ["Post-16 funding", "16 hours of nursery", "2. Class size", "3 Homework"]
    text = "\n".join(f"## {title}\n### Our position\nIt should be better than it was in {title}.\n" for title in titles)
    assert [one.title for one in split(text)] == ["Post-16 funding", "16 hours of nursery", "Class size", "Homework"]


@pytest.mark.parametrize("owner", ["Her", "Ministers’", "The Union"])
def test_a_signed_report_on_positions_is_no_paper(owner: str) -> None:
    """A journalist writes of positions under headings too; a byline or somebody else's name shows it."""
    text = "".join(
        f"{topic}\n\nBackground\nShe has spoken of it before.\n\n{owner} position\nIt was said on Monday.\n\n"
        for topic in ("Tax", "Schools")
    )
    assert looks_like(f"A minister to watch\nBy Ada Marsh\n\n{text}") is None


@pytest.mark.parametrize("first", ["112", "30"])
def test_votes_and_figures_are_no_page_numbers(first: str) -> None:
    """Figures that a paper gives under each position rise by chance, and stand in rows; they stay."""
    paper = "Rowan Guild position statements\n\n" + "\n\n".join(
        f"{title}\n\nOur position\nThere should be more of it.\nIn favour – {votes}\nAgainst – {int(votes) // 7}"
        for title, votes in (("Boats", first), ("Buses", "140"), ("Bridges", "151"))
    )
    assert [one.position.splitlines()[1:] for one in split(paper)][1:] == [
        ["In favour – 140", "Against – 20"],
        ["In favour – 151", "Against – 21"],
    ]


@pytest.mark.parametrize("heads", [("Where we stand", "The reasons for it"), ("Our position", "Rationale")])
@pytest.mark.parametrize("before", [None, "The picture now"])
def test_a_label_behind_the_rationale_heads_a_part_of_it(heads: tuple[str, str], before: str | None) -> None:
    """ "Next steps" is neither context nor a statement of its own."""
    texts = {
        "Boats": ("Boats leak.", "Boats should be mended at once.", "People sink.", "We will write to all the yards."),
        "Buses": ("Buses stop.", "Buses must run at night as well.", "People walk.", "We will ask the drivers for it."),
        "Bells": (
            "Bells ring.",
            "Bells should be rung on Fridays.",
            "People like it.",
            "We will count those who come.",
        ),
    }
    labels = (before, *heads, "Next steps")
    paper = "Rowan Guild position statements\n\n" + "\n\n".join(
        title + "\n\n" + "\n\n".join(f"{label}\n{text}" for label, text in zip(labels, four, strict=True) if label)
        for title, four in texts.items()
    )
    for one, (context, position, reason, steps) in zip(split(paper), texts.values(), strict=True):
        assert (one.context, one.position) == (context if before else None, position)
        assert one.rationale == f"{reason}\n\nNext steps\n{steps}"


def test_a_demand_that_opens_the_position_names_it() -> None:
    """What a position asks for first is its title, not a later detail, and no title ends with a list's first item."""
    first, second = split(
        "What is the context?\nMuseums are free.\n"
        "GWL position\nAdmission to the national collections should remain free for everyone, wherever they come from. "
        "GWL opposes a charge for visitors. Council museums that charge should offer free entry to local residents.\n"
        "Why is GWL saying this?\nVisitors come for twenty minutes.\n\n"
        "What is the context?\nLoans are dear.\n"
        "GWL position\nLibraries should be able to lend e-books as they lend printed ones: one copy, one loan, one "
        "reader at a time, at a fair price.\n"
        "Why is GWL saying this?\nPrices are four times those in shops.\n"
    )
    assert first.title == "Admission to the national collections should remain free for everyone"
    assert second.title == "Libraries should be able to lend e-books as they lend printed ones"
