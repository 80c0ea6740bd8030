"""The verb `link`: which coverage to compare, with which wordings, and what to keep of it.

Which error is worse: coverage that nobody compares is missed for good, so new coverage and new positions always
are; what only refines the comparison (a decision, a word, a wording) counts for recent coverage.

Coverage is judged by the wordings in force when it came out.
Between two days on which a wording changed they are the same, so each such *era* has one linker, made when needed.
Texts are read and compared outside of transactions and written in short ones: people decide meanwhile.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from aggregator.bulk import no_circles
from aggregator.config import Config
from aggregator.editions import older, renewed, same_line, told
from aggregator.identity import text_sha
from aggregator.linking import RULE, Linker
from aggregator.linking_entries import Entry, edited, line_of
from aggregator.linking_glossary import Glossary, GlossaryError, load, merged, read
from aggregator.linking_groups import first_groups
from aggregator.linking_semantic import Semantic, SemanticError
from aggregator.linking_versions import in_force, superseded
from aggregator.model import Changes, Decision, LinkerState, LinkProposal, LinkReport
from aggregator.store import Store
from aggregator.store.links import Piece, mark_of
from aggregator.store.people import Person
from aggregator.times import utc
from aggregator.workers import HERE, Workers
from parsers.model import Record, Statement

#: Pieces written in one transaction; half a second at most.
BATCH = 500
#: Proposals beyond the limit that near-same statements of the same group may take.
GROUP_ROOM = 3

#: What is proposed for each of some texts, best first.
Proposals: TypeAlias = list[list[LinkProposal]]
#: What staff do with an entry of the glossary; “drop” forgets what they said of it.
EntryAction: TypeAlias = Literal["add", "off", "drop"]


class Knowledge(Record, frozen=True, kw_only=True):
    """Everything on which proposals depend."""

    versions: tuple[Statement, ...]  # all wordings, dated
    decisions: tuple[Decision, ...]
    forgotten: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    glossary: Glossary
    semantic_model: str | None
    learn: bool
    limit: int
    problems: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """Changes whenever the same text might get other proposals."""
        return text_sha(RULE, msgspec.json.encode(self).decode("utf-8", "replace"))[:12]

    @property
    def positions(self) -> str:
        """Changes whenever a position comes or goes."""
        return text_sha(*sorted({statement.id for statement in self.versions}))[:8]


def gather(store: Store, config: Config) -> Knowledge:
    """What the archive and the settings know."""
    glossary, problems = shared_glossary(config)
    return Knowledge(
        versions=tuple(store.statements.all_versions()),
        decisions=tuple(store.links.decisions()),
        forgotten=tuple(sorted(store.words.forgotten())),
        names=config.organisation.short_names,
        glossary=edited(glossary, entries(store, "on"), entries(store, "off")),
        semantic_model=config.linking.semantic_model,
        learn=config.linking.learn,
        limit=config.linking.limit,
        problems=problems,
    )


def shared_glossary(config: Config) -> tuple[Glossary, tuple[str, ...]]:
    """The shipped glossary with the team's; one with a mistake is told and left out."""
    if not config.linking.glossary:
        return load(), ()
    try:
        return merged(load(), read(Path(config.linking.glossary))), ()
    except GlossaryError as exc:
        return load(), (f"[linking] glossary: {exc} Links were made without it.",)


def entries(store: Store, state: str) -> list[Entry]:
    """What staff say of the glossary: entries they added ("on"), or turned off ("off")."""
    return [
        msgspec.convert(
            {
                "kind": row["kind"],
                "says": msgspec.json.decode(row["says"]),
                "means": msgspec.json.decode(row["means"]),
                "weight": row["weight"],
            },
            Entry,
        )
        for row in store.words.glossary(state)
    ]


def change_entry(store: Store, action: EntryAction, entry: Entry, *, who: Person, now: str) -> None:
    """Add an entry, turn one off, or drop what staff said of one, with a line in the log.

    Raises `NotFoundError` where there is nothing to drop.
    """
    says, means = (msgspec.json.encode(side).decode() for side in (entry.says, entry.means))
    if action == "drop":
        store.words.drop_entry(entry.kind, says, means)
    else:
        state = "on" if action == "add" else "off"
        store.words.set_entry(entry.kind, says, means, entry.weight, state, who=who.name, now=now)
    line = line_of(entry)
    before, after = (None, line) if action == "add" else (line, None)
    store.review.log(f"glossary: {action}", who=who, now=now, before=before, after=after)


class Eras:
    """The linkers of the times between changes of wordings."""

    def __init__(self, known: Knowledge) -> None:
        self.known = known
        self.problems = list(known.problems)
        self._changes = sorted({s.adopted_on for s in known.versions if s.version > 1 and s.adopted_on})
        self._linkers: dict[int, Linker] = {}
        self._semantic: Semantic | None = None
        self._tried = False  # whether the model folder was opened

    def _model(self) -> Semantic | None:
        """The sentence model, opened once, when the first linker needs it; one that does not fit is told."""
        folder = self.known.semantic_model
        if folder and not self._tried:
            try:
                self._semantic = Semantic(Path(folder))
            except SemanticError as exc:
                self.problems.append(f"[linking] semantic_model: {exc} Links were made from words alone.")
        self._tried = True
        return self._semantic

    def at(self, moment: str) -> int:
        """The number of the era in which coverage came out."""
        return bisect.bisect_right(self._changes, dt.date.fromisoformat(moment[:10])) if self._changes else 0

    @property
    def told(self) -> tuple[str, ...]:
        """What people should hear: of the settings, and of a model that failed on the way."""
        failed = (linker.problem for linker in self._linkers.values())
        found = [
            f"[linking] semantic_model: {problem} Links were made from words alone." for problem in failed if problem
        ]
        return (*self.problems, *dict.fromkeys(found))

    @property
    def used(self) -> bool:
        """Whether any linker was made."""
        return bool(self._linkers)

    @property
    def latest(self) -> Linker:
        """The linker of the wordings in force now."""
        return self.linker(len(self._changes))

    def linker(self, era: int) -> Linker:
        """The linker of an era."""
        if era not in self._linkers:
            self._linkers[era] = self._make(era)
        return self._linkers[era]

    def _make(self, era: int) -> Linker:
        known = self.known
        last = self._changes[era] - dt.timedelta(days=1) if era < len(self._changes) else None
        statements = in_force(known.versions, last)
        return Linker(
            statements,
            _carried(known, statements),
            superseded=superseded(known.versions, statements),
            organisation=known.names,
            glossary=known.glossary,
            forgotten=known.forgotten,
            learning=known.learn,
            semantic=self._model(),
        )


def _carried(known: Knowledge, statements: Sequence[Statement]) -> list[Decision]:
    """The decisions, those on a wording that hardly differs from the one in force taken as made on it."""
    now = {statement.id: statement for statement in statements}
    wordings = {(statement.id, statement.version): statement for statement in known.versions}
    out = []
    for decision in known.decisions:
        here, there = (
            now.get(decision.statement_id),
            wordings.get((decision.statement_id, decision.statement_version or 0)),
        )
        if here and there and here.version != there.version and same_line(here.position, there.position):
            decision = msgspec.structs.replace(decision, statement_version=here.version)
        out.append(decision)
    return out


def link(
    store: Store,
    config: Config,
    now: dt.datetime,
    *,
    everything: bool = False,
    tick: Callable[[int, int], None] | None = None,
    workers: Workers = HERE,
) -> LinkReport:
    """Propose links for coverage that is new or changed, for recent coverage when something was learned, or for all.

    `tick` hears how many pieces are done, and of how many.
    Without any position nothing is compared, and all coverage waits for the first.
    """
    known = gather(store, config)
    keys = {statement.id for statement in known.versions}
    if not keys:
        return LinkReport()
    mark, positions = known.mark, known.positions
    fresh = bool(keys - store.words.compared())
    since = utc(now - dt.timedelta(days=config.linking.relink_days)) or ""
    waiting = store.links.waiting(mark, positions, since, new_positions=fresh, everything=everything)
    eras = Eras(known)
    changes, done = Changes(), 0
    for pieces, compare in _compared(store, eras, waiting, workers):
        found = [(piece, first_groups(some, known.limit)) for piece, some in zip(pieces, compare(), strict=True)]
        with no_circles(), store.transaction():
            changes += store.links.propose(found, rule=RULE, mark=mark_of(mark, positions), now=utc(now) or "")
        done += len(pieces)
        if tick:
            tick(done, len(waiting))
    if fresh:
        store.words.set_compared(keys)
    if len(_by_era(waiting, eras)) > 1 or store.words.state().knowledge != mark:
        store.links.rescore(eras.latest.judge)
    learned = _keep_state(store, eras, mark)
    proposed, likely = store.links.open_counts()
    return LinkReport(
        coverage=done,
        changes=changes,
        proposed=proposed,
        likely=likely,
        positions=len(keys),
        notes=(*store.words.state().problems, *learned),
    )


def _by_era(waiting: Sequence[tuple[int, str]], eras: Eras) -> list[tuple[int, list[int]]]:
    found: dict[int, list[int]] = {}
    for id, moment in waiting:
        found.setdefault(eras.at(moment), []).append(id)
    return sorted(found.items())


def _compared(
    store: Store, eras: Eras, waiting: Sequence[tuple[int, str]], workers: Workers
) -> Iterator[tuple[Sequence[Piece], Callable[[], Proposals]]]:
    """Coverage in batches, each with how to get its proposals."""
    batches = (
        (era, store.links.pieces(ids[start : start + BATCH]))
        for era, ids in _by_era(waiting, eras)
        for start in range(0, len(ids), BATCH)
    )
    if not workers.elsewhere:
        for era, pieces in batches:
            yield pieces, partial(_propose, eras, era, [piece.text for piece in pieces])
        return

    def call(batch: tuple[int, Sequence[Piece]]) -> tuple[Knowledge, int, list[str]]:
        return eras.known, batch[0], [piece.text for piece in batch[1]]

    for (_, pieces), proposals in workers.each(compare, batches, call):
        assert proposals is not None
        yield pieces, proposals


def compare(known: Knowledge, era: int, texts: Sequence[str]) -> Proposals:
    """Propose links for texts in a process that has no archive; it remembers the linkers that it made."""
    mark = known.mark
    if mark not in _remembered:
        _remembered.clear()
        _remembered[mark] = Eras(known)
    return _propose(_remembered[mark], era, texts)


_remembered: dict[str, Eras] = {}


def _propose(eras: Eras, era: int, texts: Sequence[str]) -> Proposals:
    linker = eras.linker(era)
    with no_circles():
        return list(linker.propose_many(texts, eras.known.limit + GROUP_ROOM))


def _keep_state(store: Store, eras: Eras, mark: str) -> tuple[str, ...]:
    """Write down what was learned, when it may have changed; gives what a person should hear of it."""
    state = store.words.state()
    if state.knowledge == mark and not (eras.used and state.problems != eras.told):
        return ()
    linker = eras.latest
    judged = {decision.statement_id for decision in eras.known.decisions}
    promises = {statement_id: linker.promise(statement_id) for statement_id in sorted(judged)}
    store.words.keep(
        LinkerState(
            knowledge=mark,
            note=linker.learning_note,
            refused=linker.refused,
            problems=eras.told,
            promise=linker.promise(),
            by_position={key: promise for key, promise in promises.items() if promise.judged},
            learned=linker.learned,
        )
    )
    off = "Part of what decisions teach stays off, because judged links came out worse with it."
    return (f"{off} {linker.learning_note}",) if linker.refused else ()


def reworded(
    store: Store, paper: Sequence[Statement], title: str | None, tell: Callable[[str], None] | None = None
) -> dict[str, str]:
    """Which statements of a paper are stored ones in new words, where it is a new edition: new id → stored id.

    `tell` hears how the order of the editions was decided, where no dates of adoption say it.
    """
    earlier = store.statements.earlier_editions(paper, title)
    if not earlier:
        return {}
    found = renewed(paper, earlier, store.statements.in_force())
    note = told(paper, earlier, len(found))
    if tell and note:
        tell(note)
    return {} if older(paper, earlier) else found
