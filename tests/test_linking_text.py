"""How the linker reads words, phrases, glossaries and sentences."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from aggregator.linking_glossary import Glossary, GlossaryError, Related, from_dict, load, merged
from aggregator.linking_text import PAIR_SIGN, Reader
from aggregator.linking_words import LONGEST_SENTENCE, clean, sentences, sentences_of, words_between, words_of

SMALL = Glossary(
    stop=("the", "of", "and", "a"),
    same=(("SEN", "special needs"), ("AP", "alternative provision")),
    related=(Related(says=("wheelchair",), means=("special needs",), weight=0.5),),
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("inspections", "inspected"),
        ("SEN", "special needs"),
        ("#SpecialNeeds", "special needs"),
        ("the children’s teachers", "children's teacher"),
        ("APs", "alternative provision"),
    ],
)
def test_forms_of_one_thing_share_a_key(one: str, other: str) -> None:
    """Stems, glossary forms and hashtags meet."""
    reader = Reader(SMALL)
    assert set(reader.keys(one)) & set(reader.keys(other))


@pytest.mark.parametrize(("one", "other"), [("AP", "ap"), ("SEN", "sen"), ("general", "the"), ("8", "the 8 of 8")])
def test_what_only_looks_alike_does_not(one: str, other: str) -> None:
    """Abbreviations are not words, numbers alone are nothing."""
    reader = Reader(SMALL)
    assert not set(reader.keys(one)) & set(reader.keys(other))


def test_a_number_counts_with_the_word_before_it() -> None:
    """Progress 8 is a subject, 8 is not."""
    assert "progress_#8" in Reader(SMALL).keys("Progress 8 falls")


def test_a_fine_reading_gives_small_numbers_and_words_a_key_of_their_own_kind() -> None:
    """They stand in no pair and carry the sign of years; the smallest words carry nothing in any reading."""
    reader = Reader(Glossary(stop=("the", "during", "us")))
    plain = reader.keys("The 8 strikes in the US during 2019")
    reader.read_finely()
    assert set(reader.keys("The 8 strikes in the US during 2019")) - set(plain) == {"#8", "#US", "#dure"}
    assert "#2019" in plain
    assert "#us" not in reader.keys("the strikes hit us")


def test_tokens_say_where_they_stand() -> None:
    """Offsets are the text's own, around urls and in hashtags too."""
    text = "See https://a.example/b: #SpecialNeeds and the wheelchair"
    found = {(text[t.start : t.end], t.key) for t in Reader(SMALL).tokens(text)}
    assert ("SpecialNeeds", "=SEN") in found
    assert ("wheelchair", "~0") in found


def test_related_subjects_come_with_their_words_only() -> None:
    """A related subject is added where its word stands, and only on coverage's side."""
    reader = Reader(SMALL)
    assert "~0" in reader.keys("a wheelchair")
    assert "~0" not in reader.counts("a wheelchair")


def test_sentences_cover_the_words_in_order_and_are_bounded() -> None:
    """Endless sentences are cut; nothing is lost."""
    text = "word " * 500 + "End. “Quoted!” Next"
    spans = sentences(text)
    assert sum(span.words for span in spans) == 503
    assert max(span.words for span in spans) <= LONGEST_SENTENCE
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert text[spans[-2].start : spans[-2].end] == "“Quoted!”"


@settings(max_examples=100, deadline=None)
@given(some.text(alphabet=some.sampled_from("aB #@./:’'\n.!?“”8 -SEN"), max_size=120))
def test_places_fit_any_text(text: str) -> None:
    """Offsets stay inside the text and point at words."""
    for token in Reader(SMALL).tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert text[token.start : token.end].strip()
    assert all(0 <= span.start < span.end <= len(text) for span in sentences(text))


# ------------------------------------------------------------------ the glossary


def test_the_shipped_glossary_is_sound() -> None:
    """No form belongs to two names, related words mean something else, and lists hold no doubles."""
    glossary = load()
    reader = Reader(Glossary(stop=glossary.stop))
    owners: dict[str, str] = {}
    for group in glossary.same:
        for form in group:
            key = reader._match(form)
            assert owners.setdefault(key, group[0]) == group[0], form
    assert len(set(glossary.generic)) == len(glossary.generic)
    assert len(set(glossary.stop)) == len(glossary.stop)
    assert not set(glossary.stop) & set(glossary.generic)


def test_a_glossary_of_ones_own_adds_to_the_shipped_one(tmp_path: Path) -> None:
    """A file of the same form extends or replaces."""
    path = tmp_path / "own.toml"
    path.write_text('stop = "foo bar"\n[[same]]\nforms = ["ZAP", "zone of academic promise"]\n', encoding="utf-8")
    both = merged(load(), load(path))
    reader = Reader(both)
    assert set(reader.keys("the ZAP")) & set(reader.keys("a zone of academic promise"))
    assert reader.keys("foo") == []


@pytest.mark.parametrize(
    "data",
    [
        {"synonyms": []},
        {"same": [{"form": ["a"]}]},
        {"related": [{"says": ["a"]}]},
        {"related": [{"says": ["a"], "means": ["b"], "weight": 7}]},
        {"same": [{"forms": [" "]}]},
        {"same": 3},
    ],
)
def test_a_wrong_glossary_says_what_is_wrong(data: dict[str, object]) -> None:
    """Mistakes of an editor are named, not swallowed."""
    with pytest.raises(GlossaryError, match="glossary"):
        from_dict(data)


def test_an_unreadable_glossary_says_so(tmp_path: Path) -> None:
    """A missing or broken file is one clear message."""
    with pytest.raises(GlossaryError, match="cannot be read"):
        load(tmp_path / "none.toml")


# ------------------------------------------------------------------ tags, years, words for one another


@pytest.mark.parametrize(
    ("tag", "keys"),
    [
        ("#specialneeds", {"=SEN"}),
        ("#SENcrisis", {"=SEN", "crisi"}),
        ("#fundingforschools", {"fund", "school"}),
        ("#fundingforspaceships", {"fundingforspaceship"}),
        ("#lovely", {"love"}),
    ],
)
def test_tags_without_capitals_are_read_by_our_words(tag: str, keys: set[str]) -> None:
    """A tag is split only where all of it is words that statements and glossary know."""
    reader = Reader(Glossary(stop=("for",), same=(("SEN", "special needs"),)))
    reader.learn_words(["Funding that schools can rely on"])
    assert keys <= {key for key in reader.keys(tag) if "_" not in key}


def test_a_tag_of_any_length_is_read_quickly() -> None:
    """Splitting looks at a bounded number of letters."""
    reader = Reader(SMALL)
    reader.learn_words(["a aa aaa aaaa"])
    assert len(reader.keys("#" + "a" * 100_000)) <= 1


def test_a_year_is_a_key_of_its_own_kind() -> None:
    """It is kept apart from words, and makes no pair."""
    assert Reader(SMALL).keys("tables of 2021") == ["tabl", "#2021"]


def test_words_that_stand_for_one_another_speak_for_the_others_only() -> None:
    """A word is no second evidence for itself, and speaks for each of its group."""
    reader = Reader(from_dict({"near": [{"forms": ["jail", "prison", "custody"]}]}))
    (name,) = (key for key in reader.keys("jail") if key[0] == "~")
    assert set(reader.related[name][1]) == {"prison", "custodi"}
    assert reader.counts("jail") == {"jail": 1}


def test_a_word_listed_twice_for_the_same_speaks_once() -> None:
    """Of entries that overlap, only the strongest counts."""
    both = (
        Related(says=("wheel",), means=("chair", "ramp"), weight=0.4),
        Related(says=("wheel",), means=("ramp", "chair"), weight=0.6),
        Related(says=("wheel",), means=("car", "van"), weight=0.5),
    )
    reader = Reader(Glossary(related=both))
    assert [reader.related[key][0] for key in reader.keys("wheel") if key[0] == "~"] == [0.6, 0.5]


def test_nothing_within_an_ignored_phrase_counts() -> None:
    """A shorter name inside a phrase that carries nothing is silent with it."""
    reader = Reader(Glossary(stop=("of",), same=(("MH", "mental health"),), ignore=("mental health of staff",)))
    assert reader.keys("mental health of staff") == []
    assert "=MH" in reader.keys("mental health of pupils")


def test_words_of_a_name_that_statements_hold_do_not_count_again() -> None:
    """In a text a known name is one key; where no statement holds it, its words stand for themselves."""
    reader = Reader(Glossary(same=(("FSM", "free school meals"),)))
    assert set(reader.keys("free school meals")) == {"=FSM", "free", "school", "meal"}
    reader.names = frozenset({"=FSM"})
    assert set(reader.keys("Free school meals; old school")) == {"=FSM", "meal_old", "old", "old_school", "school"}
    assert {token.key for token in reader.tokens("free school meals")} == {"=FSM"}
    assert set(reader.counts("free school meals")) == {"=FSM", "free", "school", "meal"}


def test_urls_and_handles_are_blanked_in_their_place() -> None:
    """Everything else stays where it is, and full stops without a space make no address."""
    text = "See (bbc.co.uk/x), ask @a.b-c. Or http://x.example Over.Done"
    found = clean(text)
    assert len(found) == len(text)
    assert found.split() == ["See", "(", "ask", ".", "Or", "Over.Done"]


@pytest.mark.parametrize("piece", [".a", "a-", "@.-", "a@", "www.", "@a-"])
def test_lines_that_almost_hold_an_address_are_read_all_the_same(piece: str) -> None:
    """Half a million characters of dots, dashes and handles end: time grows with the length, not with its square."""
    text = piece * 100_000 + "!"
    assert len(clean(text)) == len(text)


# ------------------------------------------------------------------ short ways

_WRITTEN = some.sampled_from(
    ["https://", "HTTP://", "http://", "www.", "a.org", "@b", "x/y", "’", "-", ".", "Zed", "8"]
)


@settings(deadline=None)
@given(some.lists(_WRITTEN, min_size=1, max_size=5).map("".join))
def test_words_between_spaces_are_those_without_addresses(stretch: str) -> None:
    """The short way for what begins as an address gives what the long way gives."""
    assert words_between(stretch) == words_of(clean(stretch))


@settings(max_examples=200, deadline=None)
@given(some.text(alphabet=some.sampled_from("aB #@./:’'\n.!?“”8 -SEN"), max_size=120))
def test_sentences_are_read_together_as_one_by_one(text: str) -> None:
    """A text that is read once for all its sentences says in each what the sentence says alone, in its place."""
    reader = Reader(SMALL)
    spans = sentences_of(clean(text))
    alone = [
        [(key, start + span.start, end + span.start) for key, start, end in reader.emitted(text[span.start : span.end])]
        for span in spans
    ]
    every = _pairs_of(alone)
    assert spans == sentences(text)
    assert reader.emitted_of(clean(text), spans, every) == alone


def _pairs_of(emitted: list[list[tuple[str, int, int]]]) -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for key in {key for found in emitted for key, _, _ in found if PAIR_SIGN in key}:
        first, _, second = key.partition(PAIR_SIGN)
        out.setdefault(first, set()).add(second)
    return out
