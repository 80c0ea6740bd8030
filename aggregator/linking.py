"""Proposes links from coverage to position statements, with the evidence a person needs to decide.

A false link in the mail costs more trust than a missed one: the missed one shows up in *To review*.
So a text has to stand out for a statement, not only to share words with it, and most texts get no link at all.

How a proposal is made
    `linking_text`         the text becomes keys: stems, pairs of neighbours, glossary entries (`linking_glossary`)
    `linking_score`        section-weighted BM25 against all statements; long texts by their best three sentences;
                           the margin is the score above the text's crowd, less the doubts that small talk raises
    `linking_doubts`       what small talk, adverts and bios take off
    `linking_sizes`        what is different among thousands of statements
    `linking_learning`     words that people's decisions taught are added
    `linking_echo`         a run of our own words makes a link certain, whatever the rest of the text says
    `linking_memory`       pairs that people rejected stay away
    `linking_calibration`  one sigmoid makes a probability of the margin, two thresholds make the bands
    `linking_aliases`      words that staff gave a statement make a short text worth a look
    `linking_kinds`        words that the glossary knows lift a margin; a runner-up on stray words pays
    `linking_matter`       a report is likely only by words of the statement's matter, not by those of its subject
    `linking_proposals`    the statements that are worth showing, by how many words carry them
    `linking_evidence`     the phrases and sentences that carried the score become the reason
    `linking_groups`       near-same statements are named together, the newest first

Calibration
    On 72 development posts (47 with links, 25 without) against 44 statements: MRR 0.98, area under the curve of
    "has any link" 1.00, precision 0.82 at recall 0.85 for all shown links, 0.98 for likely ones.
    The glossary's authors had read those posts.
    On 144 harder posts of the same mix by someone who had read neither code nor glossary: MRR 0.79, area 0.94, 0.84 at
    0.54, and 56 of 58 likely ones right; MRR 0.97 where posts use the issue's words, 0.39 in paraphrases.
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

from aggregator import linking_evidence as evidence
from aggregator.linking_aliases import Aliases
from aggregator.linking_calibration import Calibration, for_size, log_loss, promise, refit
from aggregator.linking_echo import Echo, EchoIndex
from aggregator.linking_glossary import Glossary, load
from aggregator.linking_kinds import by_kind, lifts
from aggregator.linking_learning import Judged, Learning, learn, left_out, read_decisions, told
from aggregator.linking_matter import held_back
from aggregator.linking_memory import Memory
from aggregator.linking_proposals import MENTIONED, MOST_ADDED, Heard, Proposer, by_mentions, carrying
from aggregator.linking_score import BEST, CHUNK, Index
from aggregator.linking_semantic import Encoder, Likeness, SemanticError, undecided
from aggregator.linking_sizes import crowding
from aggregator.linking_text import Reader
from aggregator.model import Band, Decision, LearnedTerm, LinkProposal, Promise
from parsers.model import Statement

if TYPE_CHECKING:
    from aggregator.linking_score import Floats

RULE = "lexical-5"  # name of the method, stored with each proposal; a new method gets a new name


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
        self._aliases = Aliases(self.statements, self.reader)
        self._echo: EchoIndex | None = None
        self._judged = read_decisions(decisions, self._rows, self.index)
        self._memory = Memory(self._judged, self.reader)
        self._margins_judged: list[float] = []  # of the judged pairs, by the rules alone
        self.learned: tuple[LearnedTerm, ...] = ()
        self.learning_note = "Nothing was learned yet."
        self.errors = (0.0, 0.0)  # log-loss of the judged links with what was learned, and by the rules alone
        self.refused = False  # whether something learned judged worse and stays off
        if self._judged:
            self._learn(forgotten, learning)
        self._proposer = Proposer(self.statements, self.superseded, self.index, self._memory, self.calibration)

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
        first = {text: int(line.argmax()) for text, line in lines.items()}
        ups = dict(zip(rows, lifts(self.index, self.index.read(list(rows)).keys), strict=True))
        readings = {text: evidence.read(text, self.index, [*{*judged, first[text]}]) for text, judged in rows.items()}
        self._margins_judged = [
            self._as_shown(readings[text], row, float(lines[text][row]), float(ups[text][row]), first[text])
            for text, row in ((one.decision.text, one.row) for one in self._judged)
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

    def _as_shown(self, reading: evidence.Reading, row: int, margin: float, lift: float, best: int) -> float:
        """The margin that a proposal would tell."""
        speaking = carrying(reading, evidence.best_sentences(reading, row, BEST))
        likely = self.calibration.likely
        mentions = evidence.mentions(reading, row, speaking)
        counted = by_kind(by_mentions(margin, mentions, likely), lift, reading, row, best, mentions, likely)
        return held_back(counted, likely, reading, row, self.statements[row], self.index)

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

    def judge(self, margin: float) -> tuple[float, Band | None]:
        """Number and band of a margin, as a proposal tells them; the smallest that was shown is possible."""
        band = self.calibration.band(max(margin, self.least))
        return round(self.calibration.probability(margin), 4), band

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
        return self._alone(text, limit, self.least)

    def propose_many(self, texts: Iterable[str], limit: int = 5) -> Iterator[list[LinkProposal]]:
        """The proposals of many texts in turn, scored in chunks; most texts have none, and are not looked at closer."""
        import numpy as np

        texts = iter(texts)
        none = np.zeros(len(self.statements), np.float32)
        while chunk := list(itertools.islice(texts, CHUNK)):
            readings = self.index.read(chunk)
            margins = self._ask(chunk, self.index.margins_of(chunk, readings))
            echoing = self._our_words.suspects(readings.stretches)
            best = margins.max(axis=1, initial=-math.inf)
            rows = np.flatnonzero(best >= self.least - MOST_ADDED).tolist()
            lifted = lifts(self.index, [readings.keys[at] for at in rows])
            best[rows] = (margins[rows] + lifted).max(axis=1, initial=-math.inf)
            ups = dict(zip(rows, lifted, strict=True))
            for at, text in enumerate(chunk):
                known_as, headlined = self._aliases.among(readings.keys[at]), self._aliases.in_headline(text)
                if best[at] < self.least - MENTIONED and at not in echoing and not known_as and not headlined:
                    yield []
                    continue
                echoes, citations = self._our_words.find(text) if at in echoing else ([], [])
                heard = Heard(echoes, citations, known_as, headlined)
                yield self._proposer.choose(text, margins[at], ups.get(at, none), limit, self.least, heard)

    def rank(self, text: str, limit: int = 5) -> list[LinkProposal]:
        """The best statements without threshold and memory; those that share nothing with the text are left out.

        Among thousands several near-same ones look sure by their words, so the embeddings are asked about every text.
        """
        return self._alone(text, limit, None, every=crowding(len(self.statements)) > 0)

    def _alone(self, text: str, limit: int, least: float | None, every: bool = False) -> list[LinkProposal]:
        """The proposals of one text; with `every` the embeddings are asked whatever the words say."""
        readings = self.index.read([text])
        margins = self._ask([text], self.index.margins_of([text], readings), every)
        up = lifts(self.index, readings.keys)[0]
        return self._proposer.choose(text, margins[0], up, limit, least, self._heard(text))

    def echoes(self, text: str) -> list[Echo]:
        """Runs of our words in a text; rows past the statements are those of superseded versions."""
        return self._our_words.find(text)[0]

    def _heard(self, text: str) -> Heard:
        return Heard(*self._our_words.find(text), self._aliases.in_text(text), self._aliases.in_headline(text))

    @property
    def _our_words(self) -> EchoIndex:
        if self._echo is None:
            self._echo = EchoIndex((*self.statements, *self.superseded), self.reader)
        return self._echo
