"""Links from coverage to statements: what is proposed, why, and what never is."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from aggregator.linking import Linker
from aggregator.linking_calibration import Calibration
from aggregator.linking_versions import in_force, superseded
from aggregator.model import LinkProposal
from parsers.model import Statement

DATA = json.loads((Path(__file__).parent / "cases" / "links.json").read_text(encoding="utf-8"))
STATEMENTS = [msgspec.convert(raw | {"organisation": DATA["organisation"]}, Statement) for raw in DATA["statements"]]
BY_ID = {statement.id: statement for statement in STATEMENTS}
LINKER = Linker(STATEMENTS)
FERRY = "Sixth formers on the outer islands will pay full ferry fares from September, the council confirmed"
FILLER = "The pier was busy on Saturday and the cake stall sold out before noon. Nobody minded the drizzle much. "


def ids(proposals: list[LinkProposal]) -> list[str]:
    """The statements of some proposals, in order."""
    return [proposal.statement_id for proposal in proposals]


# ------------------------------------------------------------------ what is proposed


def test_an_other_name_that_a_headline_says_whole_leads() -> None:
    """What a headline says is what the piece is about, however long the piece is."""
    named = [msgspec.structs.replace(s, aliases=("dishwater deal",)) if s.id == "agency" else s for s in STATEMENTS]
    body = "\n\n".join(
        f"On day {n} of the talks the ferry was late and the choir sang to those who waited." for n in range(40)
    )
    found = Linker(named).propose(f"Dishwater deal: ministers meet again\n\n{body}")
    assert [one.statement_id for one in found] == ["agency"] and found[0].band == "possible" and found[0].score > 0.8
    assert next(Linker(named).propose_many([f"Dishwater deal: ministers meet again\n\n{body}"])) == found
    assert not Linker(named).propose(f"Ministers meet again\n\n{body}\n\nNobody spoke of the dishwater deal.")


def test_a_text_on_our_subject_gets_its_statement_first() -> None:
    """The statement that shares the telling words comes first."""
    assert ids(LINKER.propose(FERRY))[0] == "ferry"


@pytest.mark.parametrize("text", [post["text"] for post in DATA["posts"] if not post["links"]])
def test_small_talk_adverts_and_other_subjects_get_no_link(text: str) -> None:
    """What no statement covers gets no proposal, whatever small words it shares."""
    assert LINKER.propose(text) == []


def test_a_thanks_or_an_advert_that_names_our_subject_is_doubted() -> None:
    """Small talk around one of our words lowers the margin."""
    plain = LINKER.rank("Instrumental lessons in primary school")[0]
    chatty = LINKER.rank("Thanks for a lovely webinar! Book now: instrumental lessons in primary school")[0]
    assert chatty.margin < plain.margin - 0.5


def test_the_associations_name_carries_nothing() -> None:
    """A text that only names the association, its tag or its handle fits no statement."""
    assert LINKER.rank("NIFS #NIFS2025 @nifs.example NIFS’s NIFS") == []


def test_a_long_name_of_the_association_is_dropped_as_a_phrase_only() -> None:
    """The words of a long name still count where they stand apart."""
    named = Linker(STATEMENTS, organisation=["Northern Federation of Rural Schools"])
    assert named.rank("Northern Federation of Rural Schools") == []
    assert ids(named.propose("Closing rural schools without a year of consultation"))[0] == "small"


def test_everyday_words_reach_official_ones() -> None:
    """The glossary joins what people say with what statements say."""
    assert ids(LINKER.rank("Kids expelled in reception"))[0] == "suspend"
    assert ids(LINKER.rank("FSM enrolment"))[0].startswith("meals")


def test_capital_abbreviations_are_not_words() -> None:
    """SEND is a subject, to send is not."""
    assert ids(LINKER.rank("SEND assessments"))[0] == "psych"
    assert "psych" not in ids(LINKER.rank("We send you the assessments of the boat race"))[:1]


def test_also_known_as_words_count_most() -> None:
    """A staff-given name of a statement links a text that shares nothing else with it."""
    text = "What about the Skerry Rule?"
    assert Linker(STATEMENTS).propose(text) == []
    named = [msgspec.structs.replace(s, aliases=("Skerry Rule",)) if s.id == "fines" else s for s in STATEMENTS]
    assert ids(Linker(named).propose(text)) == ["fines"]


def test_limit_and_order() -> None:
    """At most `limit` proposals, best first, and ranking holds at least what is proposed."""
    text = "Parents fined because the ferry was cancelled and the school closed as boilers failed"
    ranked = LINKER.rank(text, 4)
    assert len(ranked) <= 4
    assert [p.margin for p in ranked] == sorted((p.margin for p in ranked), reverse=True)
    assert ids(LINKER.propose(text, 1)) == ids(ranked)[:1]
    assert LINKER.propose(text, 0) == []


def test_batches_give_what_single_texts_give() -> None:
    """The batch path and the single path agree."""
    texts = [post["text"] for post in DATA["posts"]]
    assert list(LINKER.propose_many(iter(texts))) == [LINKER.propose(text) for text in texts]
    assert LINKER.score_many(texts).shape == (len(texts), len(STATEMENTS))


WORDS = sorted({word for statement in STATEMENTS for word in statement.text.split()})[:400]
RUNS = [" ".join(s.position.split()[at : at + 9]) for s in STATEMENTS for at in range(0, 20, 3)]
NAMED = [*STATEMENTS[:4], *(msgspec.structs.replace(s, aliases=(RUNS[at], "harbour pass")) for at, s in enumerate(STATEMENTS[4:]))]  # fmt: skip
NAMING = Linker(NAMED)


@given(
    some.lists(
        some.lists(some.sampled_from([*WORDS, *RUNS, "harbour pass", "rain.", FERRY]), max_size=9).map(" ".join),
        max_size=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_many_texts_at_once_get_what_each_gets_alone(texts: list[str]) -> None:
    """Texts that are not looked at closer have no link by score, by our own words or by a name staff gave."""
    texts = [*texts, " ".join(texts)]
    assert list(NAMING.propose_many(texts, 4)) == [NAMING.propose(text, 4) for text in texts]


# ------------------------------------------------------------------ long texts


def article() -> str:
    """A long text in which three sentences speak of ferries."""
    return (
        FILLER * 4
        + "Ferry passes stop at sixteen, and every pupil who crosses the water then pays full fares. "
        + FILLER * 3
        + "\n\nParents want crossings to school free of charge. The winter timetable of the ferry has not been agreed.\n\n"
        + FILLER * 6
    )


def test_a_long_text_is_linked_by_its_best_sentences() -> None:
    """Three sentences in a page of something else are found, and the best one is quoted."""
    (first, *_) = LINKER.propose(article())
    assert first.statement_id == "ferry"
    assert "crosses the water" in first.their_sentence
    assert len(first.their_sentence.split()) < 40


def test_a_raw_page_copy_is_linked_like_the_clean_text() -> None:
    """Adverts and teasers around an article change nothing about its first link."""
    furniture = "\n\nAdvertisement\n\nSubscribe now\n\nMost read\n\nTen recipes for a rainy day\n\nLeave a reply\n\n"
    assert ids(LINKER.propose(furniture + article() + furniture))[0] == "ferry"


# ------------------------------------------------------------------ evidence


@pytest.mark.parametrize("text", [post["text"] for post in DATA["posts"] if post["links"]])
def test_evidence_stands_in_both_texts(text: str) -> None:
    """Sentences and phrases are quoted as they stand, and the reason names them."""
    for proposal in LINKER.propose(text):
        statement = BY_ID[proposal.statement_id]
        assert proposal.their_sentence in " ".join(text.split())
        assert proposal.our_sentence in " ".join(statement.text.split())
        assert proposal.terms and all(term.text in text for term in proposal.terms)
        assert proposal.terms[0].text in proposal.reason or proposal.echo
        assert proposal.next_best != proposal.statement_id
        assert 0 < proposal.score < 1
        assert proposal.band == ("likely" if proposal.margin >= LINKER.calibration.likely else "possible")


def test_what_is_about_the_matter_is_named_first() -> None:
    """Words of our title come before a heavier run of words that only stands in our context, with their true weights."""
    about = Statement(
        id="pledge",
        title="The harvest pledge should go",
        position="The harvest pledge should go.",
        context="Families of children who are lagging behind in chemistry get tutoring vouchers.",
    )
    linker = Linker([about, *STATEMENTS])
    (first, *_) = linker.propose("Harvest pledge again: children lagging behind in chemistry get tutoring vouchers")
    assert first.statement_id == "pledge"
    assert first.terms[0].text == "Harvest pledge"
    assert first.terms[0].weight < max(term.weight for term in first.terms)
    assert first.reason.startswith("Speaks of “Harvest pledge” and “")


def test_a_second_statement_on_the_same_subject_is_shown_a_little_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes last, as a weak link with evidence, and no text is linked by it that was not."""
    texts = [post["text"] for post in DATA["posts"]]
    clubs = "Breakfast clubs need wardens. Councils must publish menus."
    wardens = "Breakfast clubs should open before the first ferry. Wardens need grants."
    more = [Statement(id="clubs", position=clubs), Statement(id="wardens", position=wardens)]
    linker = Linker([*STATEMENTS, *more])
    text = "Breakfast clubs, their wardens and their menus"
    found = [linker.propose(text, 9) for text in [text, *texts]]
    monkeypatch.setattr("aggregator.linking_proposals.KIN", 9.0)
    without = [linker.propose(text, 9) for text in [text, *texts]]
    assert list(map(bool, found)) == list(map(bool, without))
    assert all(ids(many)[: len(few)] == ids(few) for many, few in zip(found, without, strict=True))
    later = [one for many, few in zip(found, without, strict=True) for one in many[len(few) :]]
    assert later
    assert all(one.margin == linker.least and one.band == "possible" and one.terms for one in later)


def test_next_best_is_the_statement_that_came_second() -> None:
    """A reviewer sees what else the text might be about."""
    text = "Small schools ask inspectors for two weeks' notice"
    ranked = LINKER.rank(text)
    assert ranked[0].next_best == ranked[1].statement_id


def test_a_hashtag_is_read_as_words() -> None:
    """Words run together in a tag count and are shown."""
    (first, *_) = LINKER.rank("Where is it? #SupplyAgencies")
    assert first.statement_id == "agency"
    assert first.terms[0].text == "SupplyAgencies"


def test_urls_and_handles_are_no_evidence() -> None:
    """Words inside an address say nothing."""
    assert (
        LINKER.rank(
            "see https://ferry.example/fares www.ferry-fares.org @ferry.fares.example ferryfares.co.uk/timetable"
        )
        == []
    )


def test_near_same_statements_show_as_one_group_newest_first() -> None:
    """Each of two near-same statements names both, the newer one first."""
    found = LINKER.propose("Automatic enrolment for free school meals would reach 2,000 families")
    assert {"meals-2025", "meals-2023"} <= set(ids(found))
    assert all(p.group == ("meals-2025", "meals-2023") for p in found if p.statement_id.startswith("meals"))
    assert LINKER.propose(FERRY)[0].group == ()


# ------------------------------------------------------------------ echo


def test_our_own_words_are_an_echo_and_a_link() -> None:
    """A run of our words links a text that is about everything else, and is quoted as it stands there."""
    text = (
        FILLER * 8 + "They said that “no child under seven should be suspended or permanently excluded”. " + FILLER * 8
    )
    (first, *_) = LINKER.propose(text)
    assert first.statement_id == "suspend"
    assert first.band == "likely"
    assert first.echo == ("child under seven should be suspended or permanently excluded",)
    assert first.reason.startswith("Uses our words: “child under seven")


def test_small_words_and_stock_phrases_are_no_echo() -> None:
    """Runs without telling words, or of the sector's stock phrases, quote nobody."""
    assert LINKER.echoes("It should be possible for them to be at the end of the day in a school that they know") == []
    assert LINKER.echoes("children with special educational needs and disabilities in every school") == []


def test_a_title_that_many_statements_cite_is_no_echo() -> None:
    """A report named in four statements is nobody's line, whichever way it is written."""
    cited = [
        Statement(id=name, position=f"{name.title()} need money, as our compass for kinder island schooling says.")
        for name in ("boats", "tubas", "roofs", "meals")
    ]
    text = "What our compass for kinder island schooling says about tubas"
    assert Linker(cited).echoes(text) == []
    assert Linker(cited[:2]).echoes(text) != []


def test_a_name_is_no_echo() -> None:
    """The name of a body or of a paper is not our line, even where only one statement has it."""
    ours = [
        Statement(id="boats", position="Boats need money, as the Council for Kinder Island Schooling and Ferries says.")
    ]
    assert Linker(ours).echoes("Today the Council for Kinder Island Schooling and Ferries met in the rain") == []
    assert Linker(ours).echoes("boats need money as the Council for Kinder Island Schooling and Ferries says") != []


def test_the_title_of_a_paper_that_several_statements_cite_is_no_link() -> None:
    """Who only names the paper speaks of none of them; who speaks of one's subject besides gets that one."""
    paper = "our Compass for Kinder Island Schooling"
    others = [msgspec.structs.replace(s, position=f"{s.position} We said so in {paper}.") for s in STATEMENTS[:2]]
    linker = Linker([*others, *STATEMENTS[2:]])
    assert linker.propose(f"Signed copies of {paper} lie on the table by the door") == []
    own = [msgspec.structs.replace(STATEMENTS[0], position=f"All should adopt {paper} at once.")]
    once = Linker([*own, *STATEMENTS[1:]], superseded=own)
    assert [p.statement_id for p in once.propose(f"Ministers will adopt {paper} after all")] == [own[0].id]


def test_a_short_run_of_a_context_is_no_echo() -> None:
    """Contexts quote laws and reports; only a long run of one is ours."""
    law = "Since 1964 councils have a duty to provide a comprehensive and efficient ferry service to all islands of the sound"
    ours = [Statement(id="boats", context=law, position="Boats need money.")]
    assert Linker(ours).echoes("A duty to provide a comprehensive and efficient ferry service is nothing new") == []
    assert Linker(ours).echoes(f"They write: {law}.") != []


def test_a_word_that_staff_gave_is_worth_a_look() -> None:
    """One *also known as* word is enough for a possible link in a short text, and generic words are not."""
    ours = [msgspec.structs.replace(s, aliases=("dishwater deal",) if s.id == "agency" else ()) for s in STATEMENTS]
    text = "The minister came back to the dishwater deal last night and said nothing at all of when or how"
    assert [(p.statement_id, p.band) for p in Linker(ours).propose(text)] == [("agency", "possible")]
    for show in (0.95, 1.05, 1.1, 1.3):  # whatever a threshold is in four bytes
        linker = Linker(ours * 3, calibration=Calibration(show=show))
        assert {p.statement_id for p in linker.propose(text)} == {"agency"}
    generic = [msgspec.structs.replace(s, aliases=("the school",)) for s in ours[:1]]
    assert Linker(generic).propose("The school was open on Tuesday") == []


def test_a_name_is_one_mention_however_many_words_it_has() -> None:
    """A text that names one subject of ours and says nothing else of it is never a likely link."""
    names = (
        "Educational psychologists",
        "Supply agencies, supply agencies everywhere",
        "Nurture groups. #NurtureGroups",
    )
    assert [first.band for first, *_ in map(LINKER.rank, names)].count("likely") == 0
    (first, *_) = LINKER.rank(
        "Educational psychologists are late with SEND assessments, councils admit, and legal time limits are missed"
    )
    assert first.band == "likely"


def test_proposals_stand_in_the_order_of_their_margins() -> None:
    """What counts for and against a link counts for its place too."""
    for post in DATA["posts"]:
        margins = [proposal.margin for proposal in LINKER.rank(post["text"], 8)]
        assert margins == sorted(margins, reverse=True)


def test_few_statements_make_nothing_likely_of_one_rare_word() -> None:
    """Where two statements are all there is, a word in common is no link and two are hardly a likely one."""
    two = [
        Statement(id="bench", position="Every park should have a bench each two hundred metres along its main paths."),
        Statement(id="lamps", position="Towpath lighting should be switched off between midnight and five."),
    ]
    chatter = ["Walked the towpath with the dog this morning, mist over the water and a heron asleep",
               "Midnight feast with the children, five of them and a whole cheesecake",
               "Best bench in town is outside the bakery, and no, I will not tell you which bakery"]  # fmt: skip
    found = [proposal for text in chatter for proposal in Linker(two).propose(text)]
    assert not [proposal for proposal in found if proposal.band == "likely"]
    assert len(found) <= 1


def test_an_old_line_is_told_from_the_line_in_force() -> None:
    """Words of a superseded version only are named as such."""
    old = Statement(
        id="agency", version=1, position="Supply agencies have to publish every margin they make on temporary staff."
    )
    text = "Supply agencies have to publish every margin they make on temporary staff, and their fees should be capped."
    (first, *_) = Linker(STATEMENTS, superseded=[old]).propose(text)
    assert first.statement_id == "agency"
    assert first.echo == ()
    assert first.old_echo == ("Supply agencies have to publish every margin they make on temporary staff",)


# ------------------------------------------------------------------ bad input


def test_no_statements_no_links() -> None:
    """Without statements nothing is proposed and nothing breaks."""
    empty = Linker([])
    assert empty.propose(FERRY) == empty.rank(FERRY) == []
    assert list(empty.propose_many([FERRY, ""])) == [[], []]
    assert empty.score_many([FERRY]).shape == (1, 0)


def test_one_statement_works() -> None:
    """A single statement is linked to its own subject and to nothing else."""
    one = Linker([BY_ID["ferry"]])
    assert ids(one.propose("Ferry fares: pupils of sixteen pay for the crossing; sailing timetables not agreed")) == [
        "ferry"
    ]
    assert one.propose("What a lovely sunset over the sound tonight") == []


def test_thousands_of_near_identical_statements_stay_bounded() -> None:
    """5,000 copies give a bounded answer with evidence."""
    many = Linker([msgspec.structs.replace(BY_ID["ferry"], id=f"f{number}") for number in range(5000)])
    found = many.rank(FERRY, 3)
    assert found
    for proposal in found:
        assert proposal.terms
        assert len(proposal.group) <= 12


@pytest.mark.parametrize("position", ["", "No", "ferry", "🎉", "ferry " * 20_000, "A word. " * 10_000])
def test_odd_statements_do_no_harm(position: str) -> None:
    """Empty, tiny and huge statements neither break linking nor win what is not theirs."""
    found = Linker([*STATEMENTS, Statement(id="odd", position=position)]).propose(
        "Closure of three rural schools would leave children with a long journey, parents tell consultation"
    )
    assert ids(found)[0] == "small"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "🎉🎉🎉",
        "https://example.org/ferry-fares",
        "........" * 5_000,
        " " * 50_000,
        "a" * 100_000,
        "#" * 5_000,
        "Die Fähre fährt heute nicht, und die Schüler bleiben zu Hause.",
        "今日はフェリーが出ません。学校は休みです。",
        "\x00\ud800",
    ],
)
def test_texts_without_evidence_get_no_link(text: str) -> None:
    """Emoji, addresses, noise and other languages give nothing and never an exception."""
    assert LINKER.propose(text) == []


def test_repeating_a_word_adds_nothing() -> None:
    """300 times the same word weigh no more than once."""
    once, often = LINKER.rank("ferry")[0], LINKER.rank("ferry " * 300)[0]
    assert often.margin <= once.margin + 0.5


@settings(max_examples=60, deadline=None)
@given(
    some.lists(
        some.sampled_from([*FERRY.split(), "SEND", "#AutoEnrolment", "exclusions.", "\n\n", "“free", "@x.y", "8", "é"]),
        max_size=150,
    )
)
def test_any_text_gets_sound_proposals(words: list[str]) -> None:
    """Whatever the words, proposals are ordered, distinct, bounded and evidenced."""
    text = " ".join(words)
    found = LINKER.rank(text)
    assert len(set(ids(found))) == len(found) <= 5
    for proposal in found:
        assert proposal.terms and all(term.text in " ".join(text.split()) for term in proposal.terms)
    assert set(ids(LINKER.propose(text))) <= set(ids(LINKER.rank(text, len(STATEMENTS))))


@settings(max_examples=60, deadline=None)
@given(some.text(max_size=300))
def test_random_characters_never_break_linking(text: str) -> None:
    """No text raises."""
    LINKER.rank(text)


def test_the_signature_follows_what_can_change_proposals() -> None:
    """Same input, same signature; another statement, another signature."""
    assert Linker(STATEMENTS).signature == LINKER.signature
    assert Linker(STATEMENTS[:-1]).signature != LINKER.signature


def test_importing_the_linker_loads_neither_numpy_nor_the_stemmer() -> None:
    """Only a process that links pays for the heavy libraries."""
    code = "import sys, aggregator.linking; print('numpy' in sys.modules or 'Stemmer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


# ------------------------------------------------------------------ versions


def test_the_version_in_force_on_the_day_is_linked_and_older_ones_are_superseded() -> None:
    """A statement's versions take turns; a day before the first has the first."""
    day = dt.date
    versions = [
        Statement(id="fees", version=3, position="Cap fees at a tenth.", adopted_on=day(2025, 6, 1)),
        Statement(id="fees", version=1, position="Publish fees."),
        Statement(id="fees", version=2, position="Cap fees.", adopted_on=day(2024, 6, 1)),
        Statement(id="boats", position="Free boats.", adopted_on=day(2025, 1, 1)),
    ]
    then = in_force(versions, day(2024, 12, 31))
    assert {s.id: s.version for s in then} == {"fees": 2, "boats": 1}
    assert {s.id: s.version for s in in_force(versions)} == {"fees": 3, "boats": 1}
    assert [s.version for s in superseded(versions, then)] == [1]
    assert in_force([]) == []


def test_a_repeated_headline_counts_once() -> None:
    """Pages print their headline and standfirst several times."""
    headline = "Ferry fares for every pupil who crosses the water\n"
    once, often = LINKER.margins([headline + article(), headline * 6 + article()])
    assert once.tolist() == often.tolist()


@pytest.mark.parametrize(
    "text",
    [
        "PhD student, University of the Isles, researching ferries and small schools. Views my own",
        "Interim director, Norn Language Trust | supply teachers, music lessons, coursework",
        "National charity supporting pupils who cross water by ferry to reach school",
    ],
)
def test_who_says_what_they_are_speaks_of_no_position(text: str) -> None:
    """Bios and the like are no coverage, whatever subjects they list."""
    assert LINKER.propose(text) == []


def test_a_headline_that_begins_with_a_role_is_still_news() -> None:
    """An age after the role, or a verb, tells news from a bio."""
    assert ids(
        LINKER.propose("Principal, 52, fined for driving the school ferry: pupils who cross water pay full fares")
    )
