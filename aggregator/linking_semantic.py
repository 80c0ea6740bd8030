"""The optional semantic plug-in: sentence embeddings from a local model folder.

Off by default, because the lexical linker alone is better in this domain than the embeddings alone, explains itself,
and is a hundred times faster; together they gain one to three points of MRR at 15–20 ms a text.
So only texts that the words leave undecided are embedded, and what the embeddings say is added to the score:
no link is made without shared words that a person can check.
Among more than 500 statements those that words put nearest are embedded, each when a text first asks:
the first texts cost some seconds each, and no archive waits for statements that nobody asks about.

Among thousands the gain is largest, and it is that of the plain sum: words and likeness, each in its own standard
deviations, likeness counting 1.5, of every text and of all statements that share its words.
Public claim retrieval gained 3 to 4 points of MAP@5 by it.
What seemed careful gave most of that away on invented claims that people retell in other words (plain sum 0.92 for
0.80 by words): asking about the nearest 50 only (0.88, as the right one is among the nearest 50 for 92 % of such texts,
among 1,000 for 99 %), asking only where words leave a text undecided (0.85), and leaving the choice among all about as
like to words.
Left to words are statements that differ in numbers and names alone: of those a small model knows little.

The folder holds an ONNX model and the `tokenizer.json` it was trained with.
A folder that does not fit is the worse surprise in the middle of a night's run, so it is tried out when it is opened.
Needs `pip install .[semantic]` (onnxruntime, tokenizers); nothing is ever fetched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aggregator.linking_score import CROWD, CROWD_SIZE
from aggregator.linking_sizes import crowding, largeness
from aggregator.linking_words import words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

WEIGHT, WEIGHT_LARGE = 0.35, 1.5  # spreads of the margins for one of the likeness, few and very many statements
FROM = 0.5  # margin from which a text is undecided; below it nothing of ours is in the text
WIDER = 3.0  # margins that the undecided stretch is longer, above likely, where statements are many
NEAREST = 1_000  # statements of a text that are asked about, where there are more than 500
FEWEST_SHARED = 3  # words in small letters; fewer in common do not show that only names and numbers differ
SAMPLE = 200  # statements by which a text's likeness to just any is known
LONGEST = 256  # word pieces
BATCH = 16


class SemanticError(ValueError):
    """The model folder cannot be used; the message says what is missing and what to do."""


class Encoder(Protocol):
    """What the linker needs of a model."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """One unit vector a text."""
        ...


class Semantic:
    """A sentence-embedding model of a local folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        model, tokenizer = _one(folder, "*.onnx"), _one(folder, "tokenizer.json")
        try:
            import onnxruntime
            import tokenizers
        except ImportError as exc:
            raise SemanticError(
                "The semantic plug-in needs onnxruntime and tokenizers: run pip install .[semantic], "
                "or take the model folder out of the configuration."
            ) from exc
        try:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            self._tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer))
            self._tokenizer.enable_truncation(LONGEST)
            self._tokenizer.enable_padding()
            self._inputs = {entry.name for entry in self._session.get_inputs()}
            self.encode(["one text", "another, longer text"])
        except SemanticError:
            raise
        except Exception as exc:  # both libraries raise bare exceptions of their own
            raise SemanticError(f"The model in {folder} does not fit its tokenizer or cannot be read: {exc}") from exc

    def encode(self, texts: Sequence[str]) -> Floats:
        """One unit vector a text, shape (texts, dimensions); texts are cut at 256 word pieces.

        Raises `SemanticError` where the model cannot read what its tokenizer makes: a pair that does not belong
        together may work on the words of its trial and fail on others.
        """
        import numpy as np

        try:
            out = [self._batch(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        except SemanticError:
            raise
        except Exception as exc:  # both libraries raise bare exceptions of their own
            raise SemanticError(f"The model in {self._folder} does not fit its tokenizer: {exc}") from exc
        if not all(np.isfinite(part).all() for part in out):
            raise SemanticError(f"The model in {self._folder} gives vectors that are no numbers.")
        return np.concatenate(out) if out else np.zeros((0, 1), np.float32)

    def _batch(self, texts: Sequence[str]) -> Floats:
        import numpy as np

        encoded = self._tokenizer.encode_batch(list(texts))
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        known: dict[str, Any] = {
            "input_ids": np.array([one.ids for one in encoded], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        if not self._inputs <= set(known):
            raise SemanticError(f"The model wants inputs that a sentence model does not: {sorted(self._inputs)}.")
        found = np.asarray(self._session.run(None, {name: known[name] for name in self._inputs})[0], np.float32)
        if found.ndim == 3:  # one vector a word piece: their mean is the sentence's
            weights = mask[:, :, None].astype(np.float32)
            found = (found * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        if found.ndim != 2 or len(found) != len(texts):
            raise SemanticError(f"The model gives shape {found.shape}; one vector a text was expected.")
        return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9), np.float32)


class Likeness:
    """The embeddings of the statements, made when first needed and kept, and what they add to margins."""

    def __init__(self, encoder: Encoder, statements: Sequence[str]) -> None:
        self._encoder = encoder
        self._statements = statements
        self._vectors: Floats | None = None  # of the statements that are known
        self._places: dict[int, int] = {}  # statement → its place among the vectors
        self._kinds: NDArray[np.int64] | None = None  # of each statement, the same where only names and numbers differ

    def added(self, texts: Sequence[str], margins: Floats) -> Floats:
        """What likeness adds to the margins of texts, of which there is at least one; raises `SemanticError`."""
        size = len(self._statements)
        if crowding(size):
            return self._added_to_nearest(texts, margins)
        known = self._known(range(size))
        return blend(margins, self._encoder.encode(texts) @ known.T)

    def _added_to_nearest(self, texts: Sequence[str], margins: Floats) -> Floats:
        """The same for the statements that words put nearest; the others count as just any statement does."""
        import numpy as np

        size = margins.shape[1]
        number = min(NEAREST, size)
        near = np.argpartition(-margins, number - 1, axis=1)[:, :number]
        some = range(0, size, max(1, size // SAMPLE))
        # Short ones first, so that few word pieces of a batch stand for nothing.
        self._known(sorted({*some, *map(int, near.flat)}, key=lambda row: len(self._statements[row])))
        said = self._encoder.encode(texts)
        ordinary = said @ self._known(some).T
        means, spreads = ordinary.mean(axis=1), np.maximum(ordinary.std(axis=1), 1e-6)
        steps = np.zeros_like(margins)
        for at, rows in enumerate(near):
            found = (self._known(rows.tolist()) @ said[at] - means[at]) / spreads[at]
            steps[at, rows] = _highest_of_kind(found, self._kinds_of(rows))
        return _lift(margins, steps)

    def _kinds_of(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """A number for each of some statements, the same where statements differ in nothing but names and numbers."""
        import numpy as np

        if self._kinds is None:
            numbers: dict[tuple[str, ...], int] = {}
            kinds = [numbers.setdefault(bare(text, row), len(numbers)) for row, text in enumerate(self._statements)]
            self._kinds = np.array(kinds, np.int64)
        return np.asarray(self._kinds[rows], np.int64)

    def _known(self, rows: Sequence[int]) -> Floats:
        """The vectors of some statements; those that are missing are made."""
        import numpy as np

        missing = [row for row in rows if row not in self._places]
        if missing:
            made = self._encoder.encode([self._statements[row] for row in missing])
            self._places.update((row, at) for at, row in enumerate(missing, len(self._places)))
            self._vectors = made if self._vectors is None else np.concatenate([self._vectors, made])
        assert self._vectors is not None
        return np.asarray(self._vectors[[self._places[row] for row in rows]], np.float32)


def undecided(size: int, likely: float) -> tuple[float, float]:
    """The best margins between which words leave a text undecided.

    Among thousands of statements several that are near-same all look likely, and only what is meant tells which:
    from 3,000 statements on every text is asked about.

    >>> undecided(44, 2.9), undecided(1_000, 2.9), undecided(10_000, 2.9)
    ((0.5, 2.9), (0.5, 4.6658), (-inf, inf))
    """
    if crowding(size) >= 1:
        return -math.inf, math.inf
    return FROM, round(likely + WIDER * largeness(size), 4)


def bare(text: str, row: int) -> tuple[str, ...]:
    """A statement's words without names and numbers; one that keeps too few has its place for a word of its own.

    >>> bare("Governor Stroud voted against 4 bills on milk.", 7)
    ('voted', 'against', 'bills', 'on', 'milk')
    >>> bare("Governor Stroud resigned.", 7)
    ('7',)
    """
    words = tuple(word for word in words_of(text) if word[0].islower())
    return words if len(words) >= FEWEST_SHARED else (str(row),)


def _highest_of_kind(values: Floats, kinds: NDArray[np.int64]) -> Floats:
    """Each value raised to the highest of its kind."""
    import numpy as np

    _, places = np.unique(kinds, return_inverse=True)
    best = np.full(places.max() + 1, -np.inf, np.float32)
    np.maximum.at(best, places, values)
    return np.asarray(best[places], np.float32)


def blend(margins: Floats, likeness: Floats) -> Floats:
    """What likeness adds to margins, both of shape (texts, statements).

    Each text's likeness is measured in its own standard deviations and given the spread of its margins;
    its crowd is subtracted as it is from the score, so that a text like everything gains nothing.
    With few statements, whose everyday words a glossary can know, a low weight was best; with many, a high one.
    """
    import numpy as np

    steps = (likeness - likeness.mean(axis=1, keepdims=True)) / np.maximum(likeness.std(axis=1, keepdims=True), 1e-6)
    return _lift(margins, steps)


def _lift(margins: Floats, steps: Floats) -> Floats:
    """What likeness adds that is measured in standard deviations."""
    import numpy as np

    spread = margins.std(axis=1, keepdims=True)
    number = min(CROWD_SIZE, steps.shape[1])
    top = np.partition(steps, steps.shape[1] - number, axis=1)[:, -number:]
    crowd = np.maximum(top.sum(axis=1, keepdims=True), 0) / CROWD_SIZE
    weight = WEIGHT + (WEIGHT_LARGE - WEIGHT) * largeness(margins.shape[1])
    return np.asarray(weight * spread * (steps - CROWD * crowd), np.float32)


def _one(folder: Path, pattern: str) -> Path:
    """The one file of a kind in the folder or below."""
    found = sorted(folder.rglob(pattern)) if folder.is_dir() else []
    if not found:
        raise SemanticError(f"{folder} holds no {pattern}: a model folder has an ONNX model and its tokenizer.json.")
    if len(found) > 1:
        raise SemanticError(f"{folder} holds {len(found)} files {pattern}; leave the one to use.")
    return found[0]
