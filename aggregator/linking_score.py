"""The score: section-weighted BM25 (BM25F) over stems, pairs and glossary entries, and the crowd margin.

The worse error is a link for a text that fits nothing, so a score counts only as far as it stands out of the crowd.

Sections weigh 3 (also known as), 2 (position), 0.8 (context), 0.5 (rationale); k1 0.9, b 0.4; pairs count 0.3.
Measured on development posts: equal section weights lose 3–5 points of F1; b 0.75 hurts the longest statement,
0 hurts short ones; dropping the rationale costs 3 points.
Normalising by the post's own length (cosine-like) was rejected: it drops the area under the curve from .91 to .75.

margin = (score − 0.75 × mean of the text's 20 best scores) / ln(1 + N).
Subtracting the crowd is the largest single step: words that half of the statements share lift all of them.
Of a text's runners-up, 0.4 of the distance to the best is taken off: on four sets of posts F1 rose by one point each.
A name that statements hold counts as one word of a text: with its words counted beside it, one name was worth three,
and posts that only mention a trust or a benefit came out surer than those that say something of it.
On posts nobody had read that gained a point of MRR and of the area each, and 4 to 9 points of recall at precision 0.8.
A related word counts by the square of what its meanings count, so that it speaks for the statements about a subject.
Dividing by ln(1 + N) keeps one threshold right from 40 to 2,000 statements.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from aggregator.linking_doubts import doubt
from aggregator.linking_sizes import crowding, generic_share
from aggregator.linking_text import PAIR_SIGN, YEAR_SIGN, Pairs, Reader
from aggregator.linking_words import Span, clean, sentences, words_of
from parsers.model import Statement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

SECTIONS = {"aliases": 3.0, "position": 2.0, "context": 0.8, "rationale": 0.5}
TITLE = 1.0  # words of a title that no section holds: staff wrote them
K1, B = 0.9, 0.4
PAIR = 0.3  # of a pair of neighbours: makes phrases readable, adds ±1 point
YEAR = 0.3  # of a year: 1–2 points where statements differ in little else
SMALL_WORD, NUMBER = 0.8, 0.8  # of small words (during, against), and of small numbers and US, among thousands
CROWD, CROWD_SIZE = 0.75, 20
CROWD_LONG = 0.4  # for long texts: an article of the sector touches many statements, and rightly
SHADOW = 0.4  # of the distance to the text's best statement: lifts precision of second links by 5–8 points
LONG = 80  # words; longer texts are read by sentences
LEAD, LEAD_WEIGHT = 6, 1.5  # headline, standfirst and first paragraphs say what a piece is about
BEST = 3  # sentences whose mean is a long text's score
FEWEST = 12  # rarity is judged as if there were at least so many statements
FEWEST_SURE = (
    30  # margins are divided as if there were at least so many; `linking_calibration` asks small archives for more
)
MOST_LEARNED = 3  # learned words that count in one text
CHUNK = 128  # texts scored at once
KEPT = 2_000  # statements whose keys are kept by statement, too


class Readings(NamedTuple):
    """Some texts as the score sees them."""

    stretches: list[list[str]]  # of each text what stands between spaces
    keys: list[list[str]]  # of each text, but for pairs that no statement holds; none of a long one
    long: dict[int, list[Span]]  # place of a long text → its sentences


class Index:
    """All statements, ready to be scored against texts."""

    def __init__(self, statements: Sequence[Statement], reader: Reader) -> None:
        import numpy as np

        self.reader = reader
        self.size = len(statements)
        self._own: dict[str, frozenset[str]] = {}
        self.covered: set[str] = set()  # keys of what the statements are about; rationales also touch other subjects
        reader.learn_words(statement.text for statement in statements)
        if crowding(self.size):
            reader.read_finely()
        frequencies = [self._weighted_counts(statement) for statement in statements]
        self._doubtful = reader.chatter | (reader.topics - self.covered)
        self.weights = self._weigh(frequencies)
        reader.names = frozenset(key for key in self.weights if key[0] == "=")
        self._ids: dict[str, int] = {}  # from 1 on, so that what is looked up in vain is told from it by its truth
        rows: list[NDArray[np.int64]] = []
        values: list[NDArray[np.float32]] = []
        for key, posting in self._with_related(self._postings(frequencies)).items():
            self._ids[key] = len(rows) + 1
            rows.append(np.fromiter(posting.keys(), np.int64, len(posting)))
            values.append(np.fromiter(posting.values(), np.float32, len(posting)))
        self._starts = np.cumsum([0, 0] + [len(row) for row in rows])
        self._rows = np.concatenate(rows) if rows else np.zeros(0, np.int64)
        self._values = np.concatenate(values) if values else np.zeros(0, np.float32)
        self.scale = math.log(1 + max(self.size, FEWEST_SURE))
        self.learned: Mapping[str, Mapping[int, float]] = {}  # key → statement → what it adds to the margin
        self.handicaps: Mapping[int, float] = {}  # statement → what decisions add to its margin
        self.pairs = _pairs(self._ids)  # all that texts are read for
        self._by_row: dict[int, dict[str, float]] = {}  # statement → what each key adds to it; of those asked for
        self._sorted: NDArray[np.int64] | None = None  # the postings by their statements
        self._names: list[str] = []  # the keys by their ids

    # ------------------------------------------------------------ building

    def _weighted_counts(self, statement: Statement) -> dict[str, float]:
        out: dict[str, float] = {}
        sections = ("\n".join(statement.aliases), statement.position, statement.context, statement.rationale)
        for (name, weight), text in zip(SECTIONS.items(), sections, strict=True):
            counts = self.reader.counts(text) if text else {}
            for key, count in counts.items():
                out[key] = out.get(key, 0.0) + weight * count
            if name != "rationale":
                self.covered.update(counts)
        for key in self.reader.counts(statement.title) if statement.title else ():
            out.setdefault(key, TITLE)
        return out

    def _weigh(self, frequencies: Sequence[Mapping[str, float]]) -> dict[str, float]:
        """How much each key tells: its rarity, less for generic words and pairs."""
        seen: dict[str, int] = {}
        for counts in frequencies:
            for key in counts:
                seen[key] = seen.get(key, 0) + 1
        total = max(self.size, FEWEST)
        generic, share = self.reader.generic, generic_share(self.size)
        small, number = SMALL_WORD * crowding(self.size), NUMBER * crowding(self.size)
        out = {}
        for key, df in seen.items():
            weight = math.log(1 + (total - df + 0.5) / (df + 0.5))
            if PAIR_SIGN in key:
                weight *= PAIR  # of generic words too: "collective responsibility" tells, if neither word does
            elif key[0] == YEAR_SIGN:
                weight *= YEAR if is_year(key) else number if key[1:].isdigit() or key[1:].isupper() else small
            elif key in generic:
                weight *= share
            if key.startswith("=") and key in self.reader.chatter:
                weight = 0.0
            out[key] = weight
        return out

    def _postings(self, frequencies: Sequence[Mapping[str, float]]) -> dict[str, dict[int, float]]:
        lengths = [sum(value for key, value in counts.items() if _has_length(key)) for counts in frequencies]
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        out: dict[str, dict[int, float]] = {}
        for row, counts in enumerate(frequencies):
            norm = K1 * (1 - B + B * lengths[row] / (mean or 1.0))
            for key, tf in counts.items():
                out.setdefault(key, {})[row] = self.weights[key] * tf * (K1 + 1) / (tf + norm)
        return out

    def _with_related(self, postings: dict[str, dict[int, float]]) -> dict[str, dict[int, float]]:
        """A related subject counts as the strongest keys it stands for, times its weight.

        It speaks for the statements about the subject, not for those that touch it: half as strong counts a quarter.
        """
        for name, (weight, keys) in self.reader.related.items():
            found: dict[int, list[float]] = {}
            for key in keys:
                for row, value in postings.get(key, {}).items():
                    found.setdefault(row, []).append(value)
            if found:
                strongest = {row: _strongest(values) for row, values in sorted(found.items())}
                best = max(strongest.values())
                postings[name] = {row: weight * value * value / best for row, value in strongest.items()}
        return postings

    # ------------------------------------------------------------ scoring

    def posting(self, key: str) -> tuple[Ints, Floats] | None:
        """The statements that hold a key (by place in the list) and what it adds to their score."""
        at = self._ids.get(key)
        if at is None:
            return None
        span = slice(self._starts[at], self._starts[at + 1])
        return self._rows[span], self._values[span]

    def own(self, statement: Statement) -> frozenset[str]:
        """The keys of what one of the statements says for itself: of title, position and *also known as*."""
        found = self._own.get(statement.id)
        if found is None:
            texts = (statement.title, statement.position, *statement.aliases)
            found = frozenset().union(*[self.reader.counts(text) for text in texts if text])
            self._own[statement.id] = found
        return found

    def adds(self, key: str, row: int) -> float:
        """What a key adds to one statement's score."""
        return self.telling([key], [row])[row].get(key, 0.0)

    def telling(self, keys: Collection[str], rows: Collection[int]) -> dict[int, dict[str, float]]:
        """What keys add to the scores of some statements, where they add something."""
        out: dict[int, dict[str, float]] = {row: {} for row in rows}
        for key in self.learned.keys() & keys if self.learned else ():
            for row, weight in self.learned[key].items():
                if row in out:
                    out[row][key] = weight * self.scale
        known = [key for key in keys if key in self._ids]
        for row, found in out.items():
            own = self._of(row)
            for key in known:
                if key in own:
                    found[key] = found.get(key, 0.0) + own[key]
        return out

    def _of(self, row: int) -> dict[str, float]:
        """What each key adds to the score of one statement, where it adds something; kept for those that come again."""
        import numpy as np

        own = self._by_row.get(row)
        if own is None:
            if self._sorted is None:
                self._sorted = np.argsort(self._rows, kind="stable")
                self._names = ["", *self._ids]
            first, last = np.searchsorted(self._rows, [row, row + 1], sorter=self._sorted)
            places = self._sorted[first:last]
            ids = np.searchsorted(self._starts, places, side="right") - 1
            values = zip(ids.tolist(), self._values[places].tolist(), strict=True)
            if len(self._by_row) >= KEPT:
                self._by_row.clear()
            own = self._by_row[row] = {self._names[id]: value for id, value in values if value}
        return own

    def _postings_of(self, ids: Ints) -> tuple[Ints, Ints]:
        """Where the postings of some keys stand, and how many each key has."""
        import numpy as np

        starts, lengths = self._starts[ids], self._starts[ids + 1] - self._starts[ids]
        return np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum()), lengths

    def learn(self, words: Mapping[str, Mapping[int, float]], handicaps: Mapping[int, float]) -> None:
        """Add what people's decisions taught: by key and statement, and by statement, to the margin."""
        self.learned, self.handicaps = words, handicaps
        self.pairs = _pairs([*self._ids, *words])

    def score_keys(self, readings: Sequence[Iterable[str]]) -> Floats:
        """Scores of several readings: one line a reading, one column a statement."""
        import numpy as np

        ids: list[int] = []
        counts: list[int] = []
        known = self._ids.get
        for keys in readings:
            before = len(ids)
            ids += filter(None, map(known, keys))
            counts.append(len(ids) - before)
        if not ids:
            return np.zeros((len(readings), self.size), np.float32)
        places, lengths = self._postings_of(np.array(ids))
        cells = np.repeat(np.repeat(np.arange(len(counts)) * self.size, counts), lengths) + self._rows[places]
        flat = np.bincount(cells, self._values[places], minlength=len(readings) * self.size)
        return np.asarray(flat, np.float32).reshape(len(readings), self.size)

    def score_long(self, text: str, spans: Sequence[Span]) -> Floats:
        """A long text's scores: for each statement the mean of its three best sentences."""
        import numpy as np

        best = np.zeros((BEST, self.size), np.float32)
        for at in range(0, len(spans), CHUNK):
            keys = [self.reader.keys(text[span.start : span.end]) for span in spans[at : at + CHUNK]]
            scores = self.score_keys(keys)
            if at == 0:
                scores[:LEAD] *= LEAD_WEIGHT
            both = np.concatenate([best, scores])
            best = np.partition(both, len(both) - BEST, axis=0)[-BEST:]
        return np.asarray(best.mean(axis=0), np.float32)

    def margins(self, texts: Sequence[str]) -> Floats:
        """How far each statement stands out for each text: one line a text, one column a statement.

        Works in chunks, so memory stays bounded whatever the number of texts.
        """
        import numpy as np

        out = np.zeros((len(texts), self.size), np.float32)
        for at in range(0, len(texts), CHUNK):
            chunk = texts[at : at + CHUNK]
            out[at : at + len(chunk)] = self.margins_of(chunk, self.read(chunk))
        return out

    def read(self, texts: Sequence[str]) -> Readings:
        """What some texts say, for `margins_of` and whoever needs their keys."""
        stretches = [text.split() for text in texts]
        read = [self.reader.infos(some) for some in stretches]
        long = {row: spans for row, said in enumerate(read) if len(said) > LONG and (spans := long_spans(texts[row]))}
        keys = [[] if row in long else self.reader.keys_of(said, self.pairs) for row, said in enumerate(read)]
        return Readings(stretches, keys, long)

    def margins_of(self, texts: Sequence[str], readings: Readings) -> Floats:
        """The margins of texts that are read already; all at once, so no more than a chunk of them."""
        import numpy as np

        if not self.size:
            return np.zeros((len(texts), 0), np.float32)
        _, keys, long = readings
        scores = self.score_keys(keys)
        for row, spans in long.items():
            scores[row] = self.score_long(texts[row], spans)
        doubts = np.array(
            [doubt(text, found, self._doubtful) for text, found in zip(texts, keys, strict=True)], np.float32
        )
        share = np.array([CROWD_LONG if row in long else CROWD for row in range(len(texts))], np.float32)
        learned = self._learned(texts, keys, long)
        return np.asarray(self._stand_out(scores, share, learned) - doubts[:, None], np.float32)

    def _learned(self, texts: Sequence[str], keys: Sequence[Iterable[str]], long: Container[int]) -> Floats | float:
        """What people's decisions add; in a long text a learned word stands in one of three sentences."""
        import numpy as np

        if not self.learned and not self.handicaps:
            return 0.0
        out = np.zeros((len(texts), self.size), np.float32)
        for at, text in enumerate(texts):
            found: dict[int, list[float]] = {}
            for key in self.reader.keys(text) if at in long else keys[at]:
                for row, weight in self.learned.get(key, {}).items():
                    found.setdefault(row, []).append(weight)
            for row, weights in found.items():
                out[at, row] = sum(sorted(weights)[-MOST_LEARNED:]) / (BEST if at in long else 1)
        for row, handicap in self.handicaps.items():
            out[:, row] += handicap
        return out

    def _stand_out(self, scores: Floats, share: Floats, learned: Floats | float) -> Floats:
        """Scores against their crowd, and runners-up in the shadow of the best."""
        import numpy as np

        top = scores
        if self.size > CROWD_SIZE:
            top = np.partition(scores, self.size - CROWD_SIZE, axis=1)[:, -CROWD_SIZE:]
        crowd = top.sum(axis=1, keepdims=True) / CROWD_SIZE
        margins = (scores - share[:, None] * crowd) / self.scale + learned
        best = margins.max(axis=1, keepdims=True)
        return np.asarray(margins - SHADOW * (best - margins), np.float32)


def long_spans(text: str) -> list[Span]:
    """The sentences of a text that is long enough to be read by sentences, else nothing."""
    return _long_spans(text) if len(text) >= 3 * LONG else []


@functools.lru_cache(maxsize=4)  # score, aliases and evidence each ask for the sentences of the same text
def _long_spans(text: str) -> list[Span]:
    # Quick looks first: so many words are not there, or only with those of urls and handles.
    if len(words_of(text)) <= LONG or len(words_of(clean(text))) <= LONG:
        return []
    once: dict[str, Span] = {}  # pages repeat headlines and standfirsts
    for span in sentences(text):
        once.setdefault(" ".join(text[span.start : span.end].casefold().split()), span)
    spans = list(once.values())
    return spans if sum(span.words for span in spans) > LONG else []


def _pairs(keys: Iterable[str]) -> Pairs:
    """The pairs among some keys."""
    out: dict[str, set[str]] = {}
    for key in keys:
        first, sign, second = key.partition(PAIR_SIGN)
        if sign:
            out.setdefault(first, set()).add(second)
    return out


def is_year(key: str) -> bool:
    """Whether a key is that of a year, not of a small number or word."""
    return len(key) == 5 and key[1:].isdigit()


def _has_length(key: str) -> bool:
    return PAIR_SIGN not in key and (key[0] != YEAR_SIGN or is_year(key))


def _strongest(values: list[float]) -> float:
    """The best value and half of the second: two of the words we use say more than one."""
    ordered = sorted(values, reverse=True)
    return ordered[0] + (ordered[1] / 2 if len(ordered) > 1 else 0.0)
