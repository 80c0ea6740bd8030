"""Proposes links from coverage to position statements, with the evidence a person needs to decide.

A false link in the mail costs more trust than a missed one: the missed one shows up in *To review*.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aggregator import linking_evidence as evidence
from aggregator.linking_calibration import Calibration
from aggregator.linking_glossary import Glossary, load
from aggregator.linking_score import BEST, CHUNK, Index
from aggregator.linking_text import Reader, shown
from aggregator.model import Decision, LinkProposal
from parsers.model import Statement

if TYPE_CHECKING:
    from aggregator.linking_score import Floats

RULE = "lexical-1"  # name of the method, stored with each proposal; a new method gets a new name


class Linker:
    """All statements of the association, ready to be compared with coverage."""

    def __init__(
        self,
        statements: Sequence[Statement],
        decisions: Sequence[Decision] = (),
        *,
        glossary: Glossary | None = None,
        organisation: Sequence[str] = (),
        calibration: Calibration | None = None,
    ) -> None:
        self.statements = tuple(statements)
        names = {*organisation, *(s.organisation for s in statements if s.organisation)}
        self._names = sorted(names)
        self._glossary = load() if glossary is None else glossary
        self.reader = Reader(self._glossary, self._names)
        self.index = Index(self.statements, self.reader)
        self.calibration = calibration or Calibration()
        self._lines: dict[int, list[evidence.OurLine]] = {}

    @property
    def signature(self) -> str:
        """Changes whenever the same text might get other proposals: statements, glossary, names, calibration."""
        known = (RULE, self.statements, self._glossary, self._names, self.calibration)
        return hashlib.sha256(repr(known).encode()).hexdigest()[:12]

    def margins(self, texts: Sequence[str]) -> Floats:
        """The margins of several texts: one line a text, one column a statement."""
        return self.index.margins(texts)

    def propose(self, text: str, limit: int = 5) -> list[LinkProposal]:
        """The links that are worth showing, best first; none when nothing fits."""
        return self._choose(text, self.margins([text])[0], limit, self.calibration.show)

    def rank(self, text: str, limit: int = 5) -> list[LinkProposal]:
        """The best statements without the threshold; those that share nothing with the text are left out."""
        return self._choose(text, self.margins([text])[0], limit, None)

    def propose_many(self, texts: Iterable[str], limit: int = 5) -> Iterable[list[LinkProposal]]:
        """The proposals of many texts in turn, scored in chunks."""
        chunk: list[str] = []
        for text in texts:
            chunk.append(text)
            if len(chunk) == CHUNK:
                yield from self._propose_chunk(chunk, limit)
                chunk = []
        yield from self._propose_chunk(chunk, limit)

    def _propose_chunk(self, texts: Sequence[str], limit: int) -> list[list[LinkProposal]]:
        lines = self.margins(texts)
        return [self._choose(t, line, limit, self.calibration.show) for t, line in zip(texts, lines, strict=True)]

    def _choose(self, text: str, margins: Floats, limit: int, least: float | None) -> list[LinkProposal]:
        import numpy as np

        if not self.statements or limit < 1:
            return []
        order = np.argsort(-margins, kind="stable")[: limit + 1]
        rows = [int(row) for row in order if margins[row] > 0 and (least is None or margins[row] >= least)][:limit]
        if not rows:
            return []
        reading = evidence.read(text, self.index)
        following = {int(a): self.statements[int(b)].id for a, b in itertools.pairwise(order) if margins[b] > 0}
        out = [self._proposal(reading, row, float(margins[row]), following.get(row)) for row in rows]
        return [proposal for proposal in out if proposal is not None]

    def _proposal(
        self, reading: evidence.Reading, row: int, margin: float, next_best: str | None
    ) -> LinkProposal | None:
        statement = self.statements[row]
        best = evidence.best_sentences(reading, self.index, row, BEST)
        terms = evidence.phrases(reading, self.index, row, best if reading.long else None)
        if not terms:
            return None
        span = reading.spans[best[0]]
        keys = {token.key for at in best for token in reading.tokens[at]}
        if row not in self._lines:
            self._lines[row] = evidence.our_lines(statement, self.index)
        ours = evidence.our_sentence(self._lines[row], keys, self.index)
        return LinkProposal(
            statement_id=statement.id,
            score=round(self.calibration.probability(margin), 4),
            margin=round(margin, 4),
            band=self.calibration.band(margin),
            their_sentence=shown(reading.text[span.start : span.end]),
            our_sentence=ours,
            terms=tuple(terms),
            reason=evidence.reason(terms, ours),
            next_best=next_best,
        )
