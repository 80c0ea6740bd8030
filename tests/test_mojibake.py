"""What text repair does with damaged and with sound text."""

from __future__ import annotations

import cProfile
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.model import Style
from parsers.mojibake import Diagnosis, Repair, diagnose, repair, restore, shown
from parsers.mojibake_channel import CODECS, damage

CASES = json.loads((Path(__file__).parent / "cases" / "mojibake.json").read_text(encoding="utf-8"))
DAMAGED = [case for case in CASES if case["kind"] != "sound"]
SOUND = [case for case in CASES if case["kind"] == "sound"]


def _ids(cases: list[dict[str, str]]) -> list[str]:
    return [case["label"] for case in cases]


@pytest.mark.parametrize("case", DAMAGED, ids=_ids(DAMAGED))
def test_damaged_text_is_restored(case: dict[str, str]) -> None:
    """Each labelled piece of damage gives the text that was written."""
    assert repair(case["original"]).text == case["fixed"]


@pytest.mark.parametrize("case", DAMAGED, ids=_ids(DAMAGED))
def test_raw_text_is_rebuilt_from_the_steps(case: dict[str, str]) -> None:
    """Repaired text and steps give the raw text back, and each step names what stood there."""
    done = repair(case["original"])
    assert restore(done.text, done.steps) == case["original"]
    for step in done.steps:
        assert case["original"][step.offset : step.offset + len(step.raw)] == step.raw


@pytest.mark.parametrize("case", SOUND, ids=_ids(SOUND))
def test_sound_text_is_left_alone(case: dict[str, str]) -> None:
    """Greek letters in formulas and accents of other languages are not damage."""
    done = repair(case["original"])
    assert done == Repair(text=case["original"])


def test_sound_lines_together_are_left_alone() -> None:
    """A document of sound lines in many languages gathers no evidence of damage."""
    text = "\n".join(case["original"] for case in SOUND)
    assert repair(text).text == text


def test_a_sound_greek_line_survives_in_a_damaged_document() -> None:
    """The document is damaged, the Greek line in it is not."""
    greek = "Η βροχή έπεσε στην πόλη και δεν έχει νόημα να περιμένουμε."
    done = repair(f"We donβt know.\n{greek}\nTheyβre β-blockers, and itβs late.")
    assert done.text.split("\n")[1] == greek


@pytest.mark.parametrize("line", ["Bâle et le Bâtiment", "my dog Rauðka is here"])
def test_whole_letters_survive_in_a_damaged_document(line: str) -> None:
    """â and ð within a word are letters where neither an apostrophe nor an emoji can stand."""
    done = repair(f"We donât know.\n{line}\nTheyâre here and itâs late.")
    assert done.text.split("\n")[1] == line


def test_a_line_left_raw_is_flagged() -> None:
    """A line with contradictions stays as it is and is named by its number."""
    done = repair("We donβt know.\nα β γ δ\nTheyβre here.")
    assert done.text == "We don’t know.\nα β γ δ\nThey’re here."
    assert done.flagged == (2,)


def test_one_post_is_repaired_with_the_evidence_of_the_export() -> None:
    """What proves nothing alone is repaired when the whole file is known to be damaged."""
    evidence = diagnose("We donβt know.\nTheyβre here and itβs late.")
    alone = "a shared priorityβand a duty"
    assert repair(alone).text == alone
    assert repair(alone, evidence).text == "a shared priority—and a duty"


def test_the_diagnosis_says_how_the_text_was_damaged() -> None:
    """Codec, channel in words, score and the second best are there to be shown."""
    found = diagnose("We donβt know what theyβre for.\nItβs 5Β km away.")
    assert found.codec == "iso-8859-7"
    assert found.channel == "utf-8 → iso-8859-7 → C1 stripped → NBSP to space"
    assert found.score > 3
    assert found.runner_up != found.codec
    assert found.runner_up_score < found.score


@pytest.mark.parametrize("codec", ["cp1252", "cp1250", "cp1254"])
def test_a_blank_braille_sign_is_one_place(codec: str) -> None:
    """Its middle byte became a space; both parts belong to the sign."""
    line = "\u2800 \u2800 Don’t be late \u2800 we’re “full”"
    assert repair(damage(line, codec).replace("\xa0", " ")).text == line


def test_an_earlier_ftfy_is_named() -> None:
    """⬠ is what ftfy made of an isolate's remains and the space behind it."""
    assert diagnose("We donβt know @tram.example⬠and theyβre late").channel == "utf-8 → iso-8859-7 → C1 stripped → ftfy"


@pytest.mark.parametrize("text", ["", "plain", "caf\u00e9 – “sound”"])
def test_undamaged_text_has_no_channel(text: str) -> None:
    """Sound text gives an empty diagnosis and no steps."""
    assert diagnose(text) == Diagnosis()
    assert repair(text) == Repair(text=text)


def test_the_receipt_counts_in_plain_words() -> None:
    """One sentence for the people who read the result."""
    done = repair("We donβt know π and they canβt say π")
    assert done.receipt == "repaired 2 characters in 2 places; 2 emoji lost"


def test_an_ambiguous_emoji_is_a_gap_with_candidates() -> None:
    """Nothing is guessed: the gap is kept and what it may have been is listed, likeliest first."""
    step = repair("We donβt know π").steps[-1]
    assert step.kind == "unresolved"
    assert step.replacement == "\ufffd"
    assert "😂" in step.candidates


def test_the_house_style_decides_what_is_undecidable() -> None:
    """Spaced dashes and the kind of quotation marks follow the house."""
    raw = "We donβt know β they say βmaybeβ."
    assert repair(raw).text == "We don’t know — they say “maybe”."
    house = Style(dash="–", quotes="single")
    assert repair(raw, style=house).text == "We don’t know – they say ‘maybe’."


def test_the_house_style_is_learned_from_the_document() -> None:
    """Undamaged lines of the same document show which dash and quotes the house uses."""
    sound = "The plan – such as it is – has ‘gone quiet’.\nMore ‘talks’ – again.\n"
    raw = sound + "We donβt know β they say βmaybeβ.\nItβs late and theyβre tired.\n"
    found = diagnose(raw)
    assert found.style == Style(dash="–", quotes="single")
    assert "don’t know – they say ‘maybe’." in repair(raw).text


def test_confidence_is_the_mean_posterior() -> None:
    """Steps carry a probability, the repair their mean."""
    done = repair("We donβt know βthatβ.")
    assert done.confidence == pytest.approx(sum(step.posterior for step in done.steps) / len(done.steps))
    assert 0.5 < done.confidence <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Well done \ufffd!", "Well done!"),
        ("\ufffd Tickets here", "Tickets here"),
        ("Tickets here \ufffd", "Tickets here"),
        ("one \ufffd two", "one two"),
        ("one\ufffd two", "one two"),
        ("one \ufffd\ufffd \ufffd two", "one two"),
        ("one\n\ufffd two\n\ufffd", "one\ntwo\n"),
        ("wave \ufffd🏻 back", "wave back"),
        ("family \ufffd\u200d\ufffd\u200d\ufffd.", "family."),
        ("@tram.example\u202c and \u202atext", "@tram.example and text"),
        ("(\ufffd)", "()"),
        ("“\ufffd yes”", "“yes”"),
        ("a \ufffd\ufe0f b", "a b"),
        ("sound 👩🏽‍🔬 text", "sound 👩🏽‍🔬 text"),
    ],
)
def test_gaps_are_dropped_cleanly_for_people(text: str, expected: str) -> None:
    """No placeholder, no double space, no space before punctuation, no invisible controls."""
    assert shown(text) == expected


def test_gaps_can_be_shown() -> None:
    """The reader may be told where an emoji was."""
    assert shown("Well done \ufffd\u200d\ufffd!", emoji="[emoji]") == "Well done [emoji]!"


def test_lines_are_split_on_line_feeds_only() -> None:
    """Other separators are content; byte 85 of an emoji is one of them."""
    raw = "Itβs\u2028one lineβ¦\r\nItβs\x0bhere"
    assert repair(raw).text == "It’s\u2028one line…\r\nIt’s\x0bhere"


NOISE = st.text(alphabet=st.sampled_from("βπΓΒσοâðÃÂ€™œ¬©’‘“” abst.\n1\xa0\xad\x80\x99\ufffdéα😀⬠†"), max_size=60)


@settings(max_examples=400, deadline=None)
@given(NOISE)
def test_repair_is_lossless_and_settles(noise: str) -> None:
    """Any mixture can be taken back, keeps its lines, and is repaired once and for all."""
    raw = "We donβt know.\n" + noise
    done = repair(raw)
    assert restore(done.text, done.steps) == raw
    assert done.text.count("\n") == raw.count("\n")
    assert repair(done.text).text == done.text
    shown(done)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=80))
def test_any_text_goes_through(text: str) -> None:
    """Lone surrogates, controls and every script: no exception, and nothing lost."""
    done = repair(text)
    assert restore(done.text, done.steps) == text


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(["don’t", "it’s", "“so”", "£5", "café", "more…", "and", "teachers", "🤣", "🇬🇧", "they’re"]),
        min_size=4,
        max_size=14,
    ),
    st.sampled_from(CODECS),
)
def test_damage_of_any_codec_is_undone(words: list[str], codec: str) -> None:
    """What was certain before the damage is certain again after the repair."""
    text = "I don’t know what they’re for and it’s “late” in the day.\n" * 3 + " ".join(words)
    done = repair(damage(text, codec).replace("\xa0", " "))
    kept = done.text.replace("\ufffd", "")
    assert kept.split("\n")[0] == text.split("\n")[0]
    assert [word for word in text.split() if "’" in word] == [word for word in done.text.split() if "’" in word]


def test_a_line_without_end_is_left_alone() -> None:
    """What is not text costs bounded time and invents nothing."""
    raw = "We donβt know.\n" + "β" * 5_000
    done = repair(raw)
    assert done.text == "We don’t know.\n" + "β" * 5_000
    assert done.flagged == (2,)


@pytest.mark.parametrize(
    "piece",
    ["β", "β ", "πβ", "π΄σ §", "â€", "Ã ", "⬠x", "donβt “so” ", "Γ©Β ", "\x80β", "β\n", "β¬ 'a "],
)
def test_work_grows_with_the_size_only(piece: str) -> None:
    """Twice the text costs about twice the calls, whatever it is made of."""
    repair("We donβt know.\n" + piece)  # tables are made once
    small, large = (_calls("We donβt know, theyβre late.\n" + piece * n) for n in (600, 1200))
    assert large < 2.6 * small + 1_000


def _calls(text: str) -> int:
    profile = cProfile.Profile()
    profile.runcall(repair, text)
    return sum(entry.callcount for entry in profile.getstats())


def test_the_module_is_light_to_import() -> None:
    """Importing makes no tables and does not load ftfy."""
    code = "import sys, parsers.mojibake, parsers.mojibake_tables as t; print('ftfy' in sys.modules, t.table.cache_info().currsize)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "0"]


def test_the_real_scrape_is_restored(shared: Path) -> None:
    """The damaged profile page: nothing Greek is left, every step can be taken back, a second repair does nothing."""
    raw = (shared / "seeds" / "bluesky-profile-scrape.txt").read_text(encoding="utf-8")
    done = repair(raw)
    assert restore(done.text, done.steps) == raw
    assert done.flagged == ()
    assert not set(done.text) & set("βπΓΒσο⬠")
    assert repair(done.text).text == done.text
    assert "  " not in shown(done).replace("   ", " ")


def test_sound_lines_of_the_world_are_left_alone(shared: Path) -> None:
    """At most one in two thousand lines of sound text in many languages changes."""
    path = shared / "cases" / "must_not_touch.jsonl"
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").split("\n") if line]
    assert sum(repair(text).text != text for text in texts) <= len(texts) // 2000


@pytest.mark.parametrize("codec", CODECS)
def test_a_joiner_of_emoji_never_stands_before_a_word(codec: str) -> None:
    """A quotation that opens a line may stay unclear; nothing invisible takes its place."""
    written = "It’s late at the café, they don’t know.\n‘Nobody told us,’ the porter said – and that’s true."
    for text in (written, "\n".join([written] * 4)):
        assert "\u200d" not in repair(damage(text, codec)).text


def test_a_single_quotation_opens_a_line_in_windows_1250() -> None:
    """Only ‘ leaves these remains and is common, whatever closes it later."""
    written = "The café can’t open.\n‘Nobody told us,’ the porter said, and that’s true."
    assert repair(damage(written, "cp1250")).text == written
