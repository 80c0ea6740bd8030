"""How good and how fast linking is, beside SQLite's FTS5 and bm25s, in one run.

    python bench/linking.py                     the invented cases of the tests
    python bench/linking.py --development DIR   also the development cases of a folder with seeds/ and cases/links.jsonl
    python bench/linking.py --pin               raise the floors of bench/linking_floor.json to what was measured
    python bench/linking.py --pin --lower       the same, lowering allowed

MRR: how high the first right statement stands, over texts that have one.
AUROC: how well the best score tells texts that have a link from texts that have none.
P, R, F1: over all shown links; ours at its own threshold, the others at the one that gives them the best F1,
which flatters them.
Floors are what the tests check; they are set a little below the measurement (see `SLACK`).
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import msgspec  # noqa: E402
import numpy as np  # noqa: E402

from aggregator.linking import Linker  # noqa: E402
from parsers.model import Statement  # noqa: E402

FLOORS = ROOT / "bench" / "linking_floor.json"
SLACK = 0.02
SHOWN = 5
LOWEST = -20.0  # margin
Matrix = np.ndarray  # one line a text, one column a statement


class Cases(NamedTuple):
    """Statements, texts and which statements are right for each text."""

    statements: list[Statement]
    texts: list[str]
    gold: list[set[int]]


class Quality(NamedTuple):
    """What one method reached."""

    mrr: float
    auroc: float
    precision: float
    recall: float
    f1: float
    uncovered_linked: int  # texts without a right statement that got a link


def invented() -> Cases:
    """The invented cases of the tests."""
    data = json.loads((ROOT / "tests" / "cases" / "links.json").read_text(encoding="utf-8"))
    statements = [
        msgspec.convert(raw | {"organisation": data["organisation"]}, Statement) for raw in data["statements"]
    ]
    rows = {statement.id: row for row, statement in enumerate(statements)}
    gold = [{rows[link["statement"]] for link in post["links"]} for post in data["posts"]]
    return Cases(statements, [post["text"] for post in data["posts"]], gold)


def development(folder: Path) -> Cases:
    """Position papers under seeds/ and posts in cases/links.jsonl, whose links name a statement by its first words."""
    from parsers.statements import split

    found: dict[str, Statement] = {}
    for path in sorted((folder / "seeds").glob("positions-*.txt")):
        for statement in split(path.read_text(encoding="utf-8")):
            found.setdefault(statement.id, statement)
    statements = list(found.values())
    starts = [_plain(statement.position) for statement in statements]
    texts, gold = [], []
    for line in (folder / "cases" / "links.jsonl").read_text(encoding="utf-8").splitlines():
        post = json.loads(line)
        texts.append(post["text"])
        gold.append({_starting(starts, _plain(link["position_starts"])) for link in post["links"]} - {-1})
    return Cases(statements, texts, gold)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[•·▪]|(?<!\w)\d+\.", " ", text).replace("'", "’").split()).casefold()


def _starting(starts: Sequence[str], words: str) -> int:
    for test in (str.startswith, str.__contains__):
        for row, start in enumerate(starts):
            if test(start, words):
                return row
    return -1


# ------------------------------------------------------------------ methods


def ours(cases: Cases) -> Callable[[Sequence[str]], Matrix]:
    """Our margins as proposals tell them; a statement that nothing of the text speaks of has the lowest."""
    linker = Linker(cases.statements)
    rows = {statement.id: row for row, statement in enumerate(cases.statements)}

    def score(texts: Sequence[str]) -> Matrix:
        out = np.full((len(texts), len(rows)), LOWEST)
        for at, text in enumerate(texts):
            for proposal in linker.rank(text, len(rows)):
                out[at, rows[proposal.statement_id]] = proposal.margin
        return out

    return score


def fts5(cases: Cases) -> Callable[[Sequence[str]], Matrix]:
    """SQLite's full-text search, Porter stems, all words of the text joined by OR."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE s USING fts5(position, context, rationale, tokenize = 'porter unicode61')")
    rows = ((row, s.position, s.context, s.rationale) for row, s in enumerate(cases.statements, 1))
    db.executemany("INSERT INTO s(rowid, position, context, rationale) VALUES (?, ?, ?, ?)", rows)
    stop = set(_stop())

    def score(texts: Sequence[str]) -> Matrix:
        out = np.zeros((len(texts), len(cases.statements)))
        for at, text in enumerate(texts):
            words = dict.fromkeys(word for word in re.findall(r"\w+", text.casefold()) if word not in stop)
            query = " OR ".join(f'"{word}"' for word in words)
            for row, value in db.execute("SELECT rowid, -bm25(s, 2, 1, 0.5) FROM s WHERE s MATCH ?", [query or '""']):
                out[at, row - 1] = value
        return out

    return score


def bm25s_(cases: Cases) -> Callable[[Sequence[str]], Matrix] | None:
    """The bm25s package with Snowball stems, where it is installed."""
    try:
        import bm25s
        import Stemmer
    except ImportError:
        return None
    options = {"stopwords": list(_stop()), "stemmer": Stemmer.Stemmer("english"), "show_progress": False}
    model = bm25s.BM25(method="lucene")
    model.index(bm25s.tokenize([s.text for s in cases.statements], **options), show_progress=False)

    def score(texts: Sequence[str]) -> Matrix:
        tokens = bm25s.tokenize(list(texts), return_ids=False, **options)
        none = np.zeros(len(cases.statements))
        return np.array([model.get_scores(words) if words else none for words in tokens])

    return score


def _stop() -> tuple[str, ...]:
    from aggregator.linking_glossary import load

    return load().stop


# ------------------------------------------------------------------ measures


def measure(scores: Matrix, gold: Sequence[set[int]], threshold: float | None) -> Quality:
    """Quality at a threshold, or at the one with the best F1."""
    order = np.argsort(-scores, axis=1, kind="stable")
    linked = [at for at, right in enumerate(gold) if right]
    uncovered = [at for at, right in enumerate(gold) if not right]
    firsts = [next(place for place, row in enumerate(order[at], 1) if row in gold[at]) for at in linked]
    best = scores.max(axis=1)
    wins = best[linked][:, None] - best[uncovered][None, :]
    pairs = sorted(
        ((float(scores[at, row]), row in gold[at]) for at in range(len(gold)) for row in order[at][:SHOWN]),
        reverse=True,
    )
    total = sum(map(len, gold))
    rows = [(value, right) for value, right in pairs if threshold is None or value >= threshold]
    hits = np.cumsum([right for _, right in rows]) if rows else np.zeros(1)
    number = np.arange(1, len(hits) + 1)
    f1 = 2 * hits / (number + total)
    at = len(hits) - 1 if threshold is not None else int(f1.argmax())
    limit = threshold if threshold is not None else rows[at][0]
    return Quality(
        mrr=float(np.mean([1 / place for place in firsts])),
        auroc=float((wins > 0).mean() + (wins == 0).mean() / 2),
        precision=float(hits[at] / number[at]),
        recall=float(hits[at] / total),
        f1=float(f1[at]),
        uncovered_linked=int((best[uncovered] >= limit).sum()),
    )


def likely_precision(cases: Cases) -> tuple[float, int]:
    """The precision of links called likely, and how many there are."""
    linker = Linker(cases.statements)
    rows = {statement.id: row for row, statement in enumerate(cases.statements)}
    right = [
        rows[proposal.statement_id] in gold
        for proposals, gold in zip(linker.propose_many(cases.texts), cases.gold, strict=True)
        for proposal in proposals
        if proposal.band == "likely"
    ]
    return (sum(right) / len(right) if right else 1.0), len(right)


def speed(score: Callable[[Sequence[str]], Matrix], texts: Sequence[str]) -> float:
    """Texts per second, over at least 500 texts."""
    many = [f"{text} {number}" for number in range(1 + 500 // len(texts)) for text in texts]
    score(many[:50])
    start = time.perf_counter()
    score(many)
    return len(many) / (time.perf_counter() - start)


def evidence_speed(cases: Cases) -> float:
    """Texts per second with full proposals."""
    linker = Linker(cases.statements)
    many = [f"{text} {number}" for number in range(1 + 500 // len(cases.texts)) for text in cases.texts]
    list(linker.propose_many(many[:50]))
    start = time.perf_counter()
    list(linker.propose_many(many))
    return len(many) / (time.perf_counter() - start)


def report(name: str, cases: Cases) -> Quality:
    """Print one table; gives our own quality."""
    linked = sum(1 for right in cases.gold if right)
    print(
        f"\n{name}: {len(cases.statements)} statements, {linked} linked and {len(cases.texts) - linked} uncovered texts"
    )
    print(f"{'':<10}{'MRR':>7}{'AUROC':>8}{'P':>7}{'R':>7}{'F1':>7}{'uncovered':>11}{'texts/s':>9}")
    own: Quality | None = None
    for label, make in (("ours", ours), ("FTS5", fts5), ("bm25s", bm25s_)):
        score = make(cases)
        if score is None:
            print(f"{label:<10} not installed")
            continue
        found = measure(score(cases.texts), cases.gold, Linker(cases.statements).least if label == "ours" else None)
        own = own or found
        numbers = f"{found.mrr:7.3f}{found.auroc:8.3f}{found.precision:7.3f}{found.recall:7.3f}{found.f1:7.3f}"
        pace = speed(Linker(cases.statements).margins if label == "ours" else score, cases.texts)
        print(f"{label:<10}{numbers}{found.uncovered_linked:>11}{pace:>9.0f}")
    share, number = likely_precision(cases)
    print(f"likely links: precision {share:.3f} (n = {number}); with evidence {evidence_speed(cases):.0f} texts/s")
    assert own is not None
    return own


def pin(name: str, found: Quality, lower: bool) -> None:
    """Write floors: raising always, lowering only when asked for."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    old = floors.get(name, {})
    new = {key: round(getattr(found, key) - SLACK, 3) for key in ("mrr", "auroc", "precision", "recall", "f1")}
    floors[name] = {key: value if lower else max(value, old.get(key, 0.0)) for key, value in new.items()}
    FLOORS.write_text(json.dumps(floors, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--development", type=Path, help="folder with seeds/ and cases/links.jsonl")
    parser.add_argument("--pin", action="store_true", help="raise the floors to what is measured")
    parser.add_argument("--lower", action="store_true", help="with --pin: lower them too")
    options = parser.parse_args()
    sets = {"invented": invented()}
    if options.development:
        sets["development"] = development(options.development)
    for name, cases in sets.items():
        found = report(name, cases)
        if options.pin:
            pin(name, found, options.lower)


if __name__ == "__main__":
    main()
