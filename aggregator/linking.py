"""Proposes links from coverage to position statements, with the evidence a person needs to decide.

A false link in the mail costs more trust than a missed one: the missed one shows up in *To review*.
So a text has to stand out for a statement, not only to share words with it, and most texts get no link at all.

How a proposal is made
    `linking_text`         the text becomes keys: stems, pairs of neighbours, glossary entries (`linking_glossary`)
    `linking_score`        section-weighted BM25 against all statements; long texts by their best three sentences;
                           the margin is the score above the text's crowd, less the doubts that small talk raises
    `linking_learning`     words that people's decisions taught are added
    `linking_echo`         a run of our own words makes a link certain, whatever the rest of the text says
    `linking_memory`       pairs that people rejected stay away
    `linking_calibration`  one sigmoid makes a probability of the margin, two thresholds make the bands
    `linking_evidence`     the phrases and sentences that carried the score become the reason
    `linking_groups`       near-same statements are named together, the newest first

Calibration
    On 72 development posts (47 with links, 25 without) against 44 statements: MRR 0.98, area under the curve of
    "has any link" 1.00, precision 0.84 at recall 0.80 for all shown links, 0.98 for likely ones.
    The glossary's authors had read those posts.
    On 72 posts of the same mix by someone who had read neither code nor glossary, of which only the wrong links of the
    uncovered ones were looked at: MRR 0.92, area 0.94, 0.91 at 0.51, and 32 of 33 likely ones right;
    where posts use the issue's words the right statement is always first, in paraphrases MRR is 0.75.
    In another sector, of whose words the glossary knows little, MRR is 0.79, 0.88 at 0.41.
    `docs/linking.md` has the tables and how to make them again.

Rejected
    Embeddings as the core (worse in this domain, and no reason a person could check); a hard rule "one rare word at
    least" for ranking (5 points of MRR; it guards the display only); cosine-like length normalisation
    (AUROC .91 → .75); drawing near-same statements up to the best one (a point more recall, a point less precision);
    a second word of one related subject counting half again (gained only on posts that we had read); a cap on the
    shadow of the best (nothing); reciprocal rank fusion (throws the scale away that abstaining needs); a regression
    over eleven features (10–20 points worse on posts it was not fitted on); thresholds refitted to few decisions;
    rarity in general English as a shipped table (2 points of MRR in a sector without glossary from spoken-word counts
    that could not be shipped under a plain licence, nothing from counts of web pages; common words count half instead).
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from aggregator import linking_evidence as evidence
from aggregator.linking_calibration import Calibration, for_size, log_loss, promise, refit
from aggregator.linking_echo import CERTAIN, Citation, Echo, EchoIndex
from aggregator.linking_glossary import Glossary, load
from aggregator.linking_groups import Groups
from aggregator.linking_learning import Judged, Learning, learn, left_out, read_decisions, told
from aggregator.linking_memory import Memory
from aggregator.linking_score import BEST, CHUNK, Index, crowding, long_spans
from aggregator.linking_semantic import Encoder, Likeness, SemanticError, undecided
from aggregator.linking_text import PAIR_SIGN, YEAR_SIGN, Reader
from aggregator.linking_words import shown
from aggregator.model import Decision, LearnedTerm, LinkProposal, Promise
from parsers.model import Statement

if TYPE_CHECKING:
    from aggregator.linking_score import Floats

ONE_WORD = 0.5  # of the margin: what a link on a single telling word needs more
MANY, MENTIONED = 3, 0.2  # different telling words; what they add to the margin
RULE = "lexical-4"  # name of the method, stored with each proposal; a new method gets a new name


class Linker:
    """All statements of the association, ready to be compared with coverage.

    `decisions` is the log of what people decided, oldest first, undone ones left out.
    `superseded` are former versions of statements, for "old line quoted"; the id says of which.
    `organisation` adds names of the association; those that the statements carry are known.
    `forgotten` are learned words that staff deleted, as pairs of statement id and word.
    `learning=False` is the switch: decisions then only keep rejected pairs away.
    `semantic` is the optional plug-in; it is asked about texts that the words leave undecided.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        decisions: Iterable[Decision] = (),
        *,
        superseded: Sequence[Statement] = (),
        glossary: Glossary | None = None,
        organisation: Sequence[str] = (),
        calibration: Calibration | None = None,
        forgotten: Collection[tuple[str, str]] = (),
        learning: bool = True,
        semantic: Encoder | None = None,
    ) -> None:
        self.statements = tuple(statements)
        self.superseded = tuple(superseded)
        self._rows = {statement.id: row for row, statement in enumerate(self.statements)}
        self._names = sorted({*organisation, *(s.organisation for s in self.statements if s.organisation)})
        self._glossary = load() if glossary is None else glossary
        self.reader = Reader(self._glossary, self._names)
        self.index = Index(self.statements, self.reader)
        self.calibration = for_size(len(self.statements), calibration)
        self._likeness = Likeness(semantic, [s.position or s.text for s in self.statements]) if semantic else None
        self.problem: str | None = None  # why the plug-in was left out in the middle of a run
        self._groups = Groups(self.statements, self.index)
        self._also = self._also_known_words()
        self._also_keys = frozenset(key for _, words in self._also for key in words)
        self._echo: EchoIndex | None = None
        self._ours: dict[int, evidence.Ours] = {}
        self._judged = read_decisions(decisions, self._rows, self.index)
        self._memory = Memory(self._judged)
        self._margins_judged: list[float] = []  # of the judged pairs, by the rules alone
        self.learned: tuple[LearnedTerm, ...] = ()
        self.learning_note = "Nothing was learned yet."
        self.errors = (0.0, 0.0)  # log-loss of the judged links with what was learned, and by the rules alone
        self.refused = False  # whether something learned judged worse and stays off
        if self._judged:
            self._learn(forgotten, learning)

    @property
    def least(self) -> float:
        """The margin from which a link is shown."""
        return self.calibration.show

    @property
    def signature(self) -> str:
        """Changes whenever the same text might get other proposals."""
        semantic = self._likeness is not None
        known = (RULE, self.statements, self.superseded, self._glossary, self._names, self.calibration, semantic)
        held = sorted((one.row, one.decision.text) for one in self._judged if not one.right)
        state = repr((known, self.index.learned, self.index.handicaps, held))
        return hashlib.sha256(state.encode()).hexdigest()[:12]

    # ------------------------------------------------------------ learning

    def _learn(self, forgotten: Collection[tuple[str, str]], switch: bool) -> None:
        """Learn from all decisions; what would judge the judged items worse than the rules alone stays off."""
        rows: dict[str, list[int]] = {}
        for one in self._judged:
            rows.setdefault(one.decision.text, []).append(one.row)
        lines = dict(zip(rows, self.margins(list(rows)), strict=True))
        readings = {text: evidence.read(text, self.index, judged) for text, judged in rows.items()}
        self._margins_judged = [
            self._as_shown(readings[one.decision.text], one.row, float(lines[one.decision.text][one.row]))
            for one in self._judged
        ]
        if not switch:
            self.learning_note = "Learning is switched off."
            return
        right = [one.right for one in self._judged]
        self.calibration = self._refitted()
        words, handicaps = left_out(self._judged, self.index)
        losses = {
            parts: self._loss(
                right,
                [w * ("words" in parts) + h * ("handicaps" in parts) for w, h in zip(words, handicaps, strict=True)],
            )
            for parts in ((), ("words",), ("handicaps",), ("words", "handicaps"))
        }
        best = min(reversed(losses), key=lambda parts: losses[parts])
        found: Learning = learn(self._judged, self.index, [s.id for s in self.statements], forgotten)
        self.learned = found.terms if "words" in best else ()
        self.refused = bool("words" not in best and found.terms) or bool(
            "handicaps" not in best and any(found.handicaps.values())
        )
        self.index.learn(found.by_key if "words" in best else {}, found.handicaps if "handicaps" in best else {})
        moved = sum(map(bool, found.handicaps.values())) if "handicaps" in best else 0
        self.errors = (losses[best], losses[()])
        self.learning_note = told(len(self._judged), len(self.learned), moved, *self.errors)

    def _as_shown(self, reading: evidence.Reading, row: int, margin: float) -> float:
        """The margin that a proposal would tell."""
        speaking = self._speaking(reading, evidence.best_sentences(reading, row, BEST))
        return self._by_mentions(margin, evidence.mentions(reading, row, speaking))

    def _speaking(self, reading: evidence.Reading, best: Sequence[int]) -> Sequence[int]:
        """The sentences that carry a link: of a long text those that speak for the statement."""
        return best if reading.long else range(len(reading.spans))

    def _refitted(self) -> Calibration:
        """The calibration moved by the decisions on shown links.

        Links that people added below the threshold come without the wrong ones beside them that nobody looked at;
        counting them made every weak link look probable.
        """
        pairs = zip(self._margins_judged, self._judged, strict=True)
        shown_ = [(m, one.right) for m, one in pairs if m >= self.least and one.decision.status != "added"]
        return refit(self.calibration, [margin for margin, _ in shown_], [right for _, right in shown_])

    def _loss(self, right: Sequence[bool], added: Sequence[float]) -> float:
        """The log-loss of the judged pairs when so much is added to their margins."""
        pairs = zip(self._margins_judged, added, strict=True)
        return log_loss([self.calibration.probability(margin + more) for margin, more in pairs], right)

    def promise(self, statement_id: str | None = None) -> Promise:
        """How many likely links are right by people's decisions, overall or for one statement.

        Judged are the pairs that the rules call likely without what was learned from them; links that people added
        by hand where nothing was likely do not count.
        """
        pairs = zip(self._judged, self._margins_judged, strict=True)
        likely = [
            one.right for one, margin in pairs if margin >= self.calibration.likely and self._is(one, statement_id)
        ]
        return promise(sum(likely), len(likely))

    def _is(self, one: Judged, statement_id: str | None) -> bool:
        return statement_id is None or one.decision.statement_id == statement_id

    # ------------------------------------------------------------ proposals

    def margins(self, texts: Sequence[str]) -> Floats:
        """The margins of several texts: one line a text, one column a statement; the fast path."""
        return self._ask(texts, self.index.margins(texts))

    def _ask(self, texts: Sequence[str], margins: Floats, every: bool = False) -> Floats:
        """Margins with what the embeddings say of the undecided texts, or of every one, where there are embeddings."""
        if not self._likeness or not self.statements:
            return margins
        best, worst = margins.max(axis=1), margins.min(axis=1)
        least, most = (-math.inf, math.inf) if every else undecided(len(self.statements), self.calibration.likely)
        rows = [at for at in range(len(texts)) if least <= best[at] < most and best[at] > worst[at]]
        if not rows:
            return margins
        try:
            added = self._likeness.added([texts[at] for at in rows], margins[rows])
        except SemanticError as exc:  # links are made from words alone from here on
            self._likeness, self.problem = None, str(exc)
            return margins
        margins = margins.copy()
        margins[rows] += added
        return margins

    def score_many(self, texts: Sequence[str]) -> Floats:
        """The probabilities of several texts, without evidence and memory: one line a text, one column a statement."""
        import numpy as np

        with np.errstate(over="ignore"):
            margins = self.margins(texts) * self.calibration.slope + self.calibration.offset
            return np.asarray(1 / (1 + np.exp(-margins)), np.float32)

    def propose(self, text: str, limit: int = 5) -> list[LinkProposal]:
        """The links that are worth showing, best first; none when nothing fits."""
        return self._choose(text, self.margins([text])[0], limit, self.least, self._echoes(text))

    def propose_many(self, texts: Iterable[str], limit: int = 5) -> Iterator[list[LinkProposal]]:
        """The proposals of many texts in turn, scored in chunks; most texts have none, and are not looked at closer."""
        texts = iter(texts)
        while chunk := list(itertools.islice(texts, CHUNK)):
            readings = self.index.read(chunk)
            margins = self._ask(chunk, self.index.margins_of(chunk, readings))
            echoing = self._our_words.suspects(readings.stretches)
            best = margins.max(axis=1, initial=-math.inf)
            for at, text in enumerate(chunk):
                known_as = self._named_in(readings.keys[at])
                if best[at] < self.least - MENTIONED and at not in echoing and not known_as:
                    yield []
                    continue
                echoes = self._echoes(text) if at in echoing else ([], [])
                yield self._choose(text, margins[at], limit, self.least, echoes, known_as)

    def rank(self, text: str, limit: int = 5) -> list[LinkProposal]:
        """The best statements without threshold and memory; those that share nothing with the text are left out.

        Among thousands several near-same ones look sure by their words, so the embeddings are asked about every text.
        """
        margins = self._ask([text], self.index.margins([text]), every=crowding(len(self.statements)) > 0)
        return self._choose(text, margins[0], limit, None, self._echoes(text))

    def echoes(self, text: str) -> list[Echo]:
        """Runs of our words in a text; rows past the statements are those of superseded versions."""
        return self._echoes(text)[0]

    def _echoes(self, text: str) -> tuple[list[Echo], list[Citation]]:
        return self._our_words.find(text)

    @property
    def _our_words(self) -> EchoIndex:
        if self._echo is None:
            self._echo = EchoIndex((*self.statements, *self.superseded), self.reader)
        return self._echo

    def _choose(
        self,
        text: str,
        margins: Floats,
        limit: int,
        least: float | None,
        found: tuple[list[Echo], list[Citation]],
        known_as: Sequence[int] | None = None,
    ) -> list[LinkProposal]:
        """The best proposals; `known_as` are the statements that the text names, where that is known already."""
        if not self.statements or limit < 1:
            return []
        echoes, citations = found
        known_as = self._also_known(text) if known_as is None else known_as
        margins = self._raise(margins, echoes, known_as)
        # The memory may hold some back, so a few more than asked for are looked at.
        order = _highest(margins, limit + 10)
        worth = [row for row in order if least is None or margins[row] >= least - MENTIONED]
        if not worth:
            return []
        reading = evidence.read(text, self.index, worth)
        out: list[LinkProposal] = []
        for row in worth:
            if len(out) >= limit and margins[row] + MENTIONED <= sorted(one.margin for one in out)[-limit]:
                break
            proposal = self._proposal(reading, row, float(margins[row]), least, echoes, citations, known_as)
            if proposal:
                out.append(proposal)
        out.sort(key=lambda one: -one.margin)
        return self._grouped(self._followed(out, order, margins)[:limit])

    def _followed(self, proposals: list[LinkProposal], order: Sequence[int], margins: Floats) -> list[LinkProposal]:
        """The proposals with the statement that came next after each; one that shares nothing with the text is none."""
        least = float(margins.min())
        rows = [self._rows[proposal.statement_id] for proposal in proposals]
        rest = next((row for row in order if row not in rows and margins[row] > least), None)
        following = [*rows[1:], rest]
        return [
            msgspec.structs.replace(proposal, next_best=self.statements[row].id) if row is not None else proposal
            for proposal, row in zip(proposals, following, strict=False)
        ]

    def _grouped(self, proposals: list[LinkProposal]) -> list[LinkProposal]:
        """The proposals with the near-same statements of each named."""
        rows = [self._rows[proposal.statement_id] for proposal in proposals]
        phrases = [frozenset(term.text.casefold() for term in proposal.terms) for proposal in proposals]
        groups = self._groups.together(rows, phrases)
        return [
            msgspec.structs.replace(proposal, group=group) if group else proposal
            for proposal, group in zip(proposals, groups, strict=True)
        ]

    def _raise(self, margins: Floats, echoes: Sequence[Echo], known_as: Sequence[int]) -> Floats:
        """A run of our own words is a link, likely when it is long; a word that staff gave is worth a look."""
        margins = margins.copy()
        for row in known_as:
            margins[row] = max(margins[row], self.least)
        for echo in echoes:
            if echo.row < len(self.statements):
                least = self.calibration.likely if echo.length >= CERTAIN else self.least
                margins[echo.row] = max(margins[echo.row], least)
        return margins

    def _also_known_words(self) -> list[tuple[int, frozenset[str]]]:
        """The *also known as* words of all statements as keys; those that are only generic words tell nothing."""
        found = []
        for row, statement in enumerate(self.statements):
            for alias in statement.aliases:
                keys = frozenset(
                    k for k in self.reader.keys(alias) if PAIR_SIGN not in k and k[0] not in "~" + YEAR_SIGN
                )
                if keys - self.reader.generic:
                    found.append((row, keys))
        return found

    def _also_known(self, text: str) -> list[int]:
        """The statements of which a short text holds an *also known as* word."""
        if not self._also or long_spans(text):
            return []
        return self._named_in(self.reader.keys(text))

    def _named_in(self, keys: Sequence[str]) -> list[int]:
        """The statements of whose *also known as* words one stands among these keys."""
        if self._also_keys.isdisjoint(keys):
            return []
        found = set(keys)
        return [row for row, words in self._also if words <= found]

    def _proposal(
        self,
        reading: evidence.Reading,
        row: int,
        margin: float,
        least: float | None,
        echoes: Sequence[Echo],
        citations: Sequence[Citation],
        known_as: Sequence[int],
    ) -> LinkProposal | None:
        """One proposal with its evidence; None where nothing tells or people said no."""
        statement, note = self.statements[row], None
        if least is not None and row in self._memory:
            away, note = self._memory.verdict(reading.known(), row, statement)
            if away:
                return None
        best = evidence.best_sentences(reading, row, BEST)
        speaking = self._speaking(reading, best)
        cited = [(one.start, one.end) for one in citations if one.row == row]
        mentions = evidence.mentions(reading, row, speaking, cited)
        # A long text that comes back to one word of ours again and again need not be about us.
        if least is not None and mentions < (2 if reading.long and not echoes else 1):
            return None
        echo, old = self._own_and_old(row, echoes)
        if not echo:
            counted = self._by_mentions(margin, 2 if mentions == 1 and row in known_as else mentions)
            # Who only ranks among thousands has the order of the score, in which words weigh by their rarity.
            margin += (counted - margin) * (1.0 if least is not None else 1.0 - crowding(len(self.statements)))
        margin = round(margin, 4)  # a threshold that a margin was raised to, 1.05 for one, is a little less in 32 bits
        if least is not None and margin < least:
            return None
        if row not in self._ours:
            self._ours[row] = evidence.ours(statement, self.index)
        about = evidence.matter(self._ours[row], reading.adds[row], self.index)
        terms = evidence.phrases(reading, row, speaking, about)
        if not terms:
            return None
        span = reading.spans[best[0]]
        ours = evidence.our_sentence(self._ours[row].lines, reading, self.index, row, best)
        return LinkProposal(
            statement_id=statement.id,
            score=round(self.calibration.probability(margin), 4),
            margin=margin,
            band=self.calibration.band(margin),
            their_sentence=shown(reading.text[span.start : span.end]),
            our_sentence=ours,
            terms=tuple(terms),
            reason=evidence.reason(terms, ours, echo),
            echo=echo,
            old_echo=old,
            note=note,
            statement_version=statement.version,
        )

    def _by_mentions(self, margin: float, mentions: int) -> float:
        """A margin by how many different words carry it; a single one may be an accident, and is never likely."""
        if mentions < 2:
            return min(margin - ONE_WORD, self.calibration.likely - 0.01)
        return margin + MENTIONED * (mentions >= MANY)

    def _own_and_old(self, row: int, echoes: Sequence[Echo]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if not echoes:
            return (), ()
        own = tuple(echo.words for echo in echoes if echo.row == row)
        id = self.statements[row].id
        former = {at for at, old in enumerate(self.superseded, len(self.statements)) if old.id == id}
        old = tuple(echo.words for echo in echoes if echo.row in former and echo.words not in " | ".join(own))
        return own, old


def _highest(margins: Floats, number: int) -> list[int]:
    """The places of the highest margins, best first; of equal ones the first."""
    import numpy as np

    if number >= len(margins):
        return [int(row) for row in np.argsort(-margins, kind="stable")]
    least = np.partition(margins, len(margins) - number)[len(margins) - number]
    rows = np.flatnonzero(margins >= least)
    return [int(row) for row in rows[np.argsort(-margins[rows], kind="stable")][:number]]
