"""How well one-sentence statements are found: invented claims among thousands of generated ones.

    python bench/linking_claims.py [NUMBER]     among so many generated claims, 2,000 by default

Claims have no sections and no title, and many share their words; posts shorten, mangle and mock them.
MAP@5: one over the place of the right claim among the first five, else 0; beside SQLite's FTS5 on the same claims.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aggregator.linking import Linker  # noqa: E402
from parsers.model import Statement  # noqa: E402

FIRST = ("Ruth", "Tomas", "Amira", "Jules", "Philip", "Delphine", "Carla", "Rory", "Priya", "Lena", "Olaf", "Hugo",
         "Mina", "Petra", "Iris", "Otto", "Sven", "Noor")  # fmt: skip
LAST = ("Aldane", "Eriksvold", "Lowndes", "Hartigan", "Stroud", "Marrow", "Benedetti", "Kestrel", "Orlova", "Brandt",
        "Fenwick", "Osgood", "Tarling")  # fmt: skip
ROLES = ("Senator", "Governor", "The singer", "The actor", "Chef", "The footballer", "Mayor", "Professor", "Judge")
PLACES = ("Hellvik", "Brackenford", "Port Salvage", "Denholm", "Tarrow", "Vesterlund", "Oakhampton", "Saint Orlo",
          "Marland", "Eastmere", "Quillan", "Rosley", "Whitcombe", "Carrowick", "Corran", "Pellworth", "Orrin",
          "Aberwick", "Trieste", "Cordova", "Leckhurst", "Bellmore", "Zelenograd", "Great Hadley")  # fmt: skip
ACTS = ("was arrested for stealing", "donated", "banned the sale of", "promised to abolish", "was photographed with",
        "demanded a tax on", "lost a bet over", "set fire to", "hid", "invented", "praised", "smuggled",
        "refused to pay for", "voted against", "auctioned", "painted", "swallowed", "replaced")  # fmt: skip
THINGS = ("umbrellas", "library books", "bicycles", "ice cream", "masks", "milk", "wind turbines", "a flag", "vaccines",
          "a bridge", "refunds", "subtitles", "cheese", "bees", "a hotel", "eggs", "a train", "carrots",
          "voting machines", "a whale", "lottery tickets", "a cathedral", "clocks", "bananas", "saffron", "dogs",
          "toothpaste", "a map", "a lighthouse", "a newspaper", "parking tickets", "shopping bags")  # fmt: skip
TAILS = ("in {place}", "near {place} in {year}", "during the election in {place}", "for {number} pounds",
         "{number} times in {year}", "because of a virus", "according to a study of {year}",
         "on live television in {place}", "at a funeral in {place}")  # fmt: skip
SHAPES = ("A photograph shows that {who} {act} {thing} {tail}.", "{who} {act} {thing} {tail}.",
          "A video shows {thing} being thrown into the river {tail}.", "More than {number} people {tail} own {thing}.",
          "The council of {place} {act} {thing} {tail}.", "Scientists found that {thing} cure headaches {tail}.",
          "A law {tail} forbids {thing}.", "{thing} {tail} contain plastic.")  # fmt: skip


def pairs() -> list[tuple[str, str]]:
    """Invented claims with a post each."""
    data = json.loads((ROOT / "tests" / "cases" / "claims.json").read_text(encoding="utf-8"))
    return [(claim, post) for claim, post in data["pairs"]]


def generated(number: int, seed: int = 1) -> list[str]:
    """So many claims that nobody asks for, made of the same words; the same for the same seed."""
    dice = random.Random(seed)
    found: set[str] = set()
    while len(found) < number:
        words = {
            "place": dice.choice(PLACES),
            "year": dice.randint(1990, 2023),
            "number": dice.choice((3, 40, 500, 9_000)),
        }
        tail = dice.choice(TAILS).format(**words)
        who = f"{dice.choice(ROLES)} {dice.choice(FIRST)} {dice.choice(LAST)}"
        more = {"who": who, "act": dice.choice(ACTS), "thing": dice.choice(THINGS), "tail": tail}
        found.add(dice.choice(SHAPES).format(**words, **more))
    return sorted(found)


def archive(number: int) -> list[Statement]:
    """The pairs' claims, then generated ones."""
    texts = [claim for claim, _ in pairs()] + generated(number)
    return [Statement(id=f"c{at}", position=text) for at, text in enumerate(texts)]


def map5(found: Sequence[Sequence[str]]) -> float:
    """MAP@5 of the ids found for each pair's post."""
    places = [list(ids[:5]).index(f"c{at}") + 1 if f"c{at}" in ids[:5] else 0 for at, ids in enumerate(found)]
    return sum(1 / place for place in places if place) / len(places)


def ours(statements: Sequence[Statement]) -> list[list[str]]:
    """What we rank highest for each post."""
    linker = Linker(statements)
    return [[p.statement_id for p in linker.rank(post, 5)] for _, post in pairs()]


def fts5(statements: Sequence[Statement]) -> list[list[str]]:
    """What SQLite's full-text search ranks highest."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE s USING fts5(id UNINDEXED, position, tokenize = 'porter unicode61')")
    db.executemany("INSERT INTO s VALUES (?, ?)", ((s.id, s.position) for s in statements))
    queries = [" OR ".join(f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", post))) for _, post in pairs()]
    sql = "SELECT id FROM s WHERE s MATCH ? ORDER BY rank LIMIT 5"
    return [[row[0] for row in db.execute(sql, [query])] for query in queries]


def main() -> None:
    """Run from the command line."""
    statements = archive(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
    for name, method in (("ours", ours), ("FTS5", fts5)):
        print(f"{name:<6}MAP@5 {map5(method(statements)):.3f} among {len(statements):,} claims")
    linker, texts = Linker(statements), [post for _, post in pairs()] * 8
    list(linker.propose_many(texts[:64]))
    for name, work in (("scored", linker.margins), ("with evidence", lambda some: list(linker.propose_many(some)))):
        start = time.perf_counter()
        work(texts)
        print(f"{len(texts) / (time.perf_counter() - start):,.0f} posts/s {name}")


if __name__ == "__main__":
    main()
