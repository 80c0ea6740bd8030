"""Invented claims that people retell in other words, among thousands: words, likeness, their plain sum, ours.

    python bench/linking_retold.py [NUMBER] [MODEL]     among so many claims, 10,000 by default

Real posts on a claim are full paraphrases: they share names and numbers with it, some of its words, and much opinion.
Half of the claims have a twin that differs in a name or a number alone, and many others are about the same people.
Some 200 other posts quote a claim, shortened and with something said of it.

MODEL is a folder for the semantic plug-in; without it only words are measured.
The plain sum is the peer that our plug-in has to match: our score plus 1.5 times the likeness of all claims,
each divided by its standard deviation, and no guard at all.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from aggregator.linking import Linker  # noqa: E402
from aggregator.linking_semantic import Semantic  # noqa: E402
from parsers.model import Statement  # noqa: E402

Posts = list[tuple[str, int]]  # a post and the place of its claim
WEIGHT = 1.5
QUOTED = 200
BEFORE = ("", "", "BREAKING: ", "So ", "Wow. ", "Reminder that ", "Apparently ", "Is it true that ", "Sad but true. ")
AFTER = ("", "", " This is insane.", " #shame #wakeup", " What a time to be alive", " 😂😂😂",
         " — Dana (@danaw) March 3, 2021", " Share before they delete it. https://short.example/ab1",
         " Vote them out in November")  # fmt: skip


def words() -> Mapping[str, Any]:
    """The invented pairs, and what other claims are made of."""
    found: Mapping[str, Any] = json.loads((ROOT / "tests" / "cases" / "claims_retold.json").read_text(encoding="utf-8"))
    return found


def archive(number: int, seed: int = 1) -> list[Statement]:
    """The pairs' claims, twins of half of them, and so many others that there are `number`; the same for a seed."""
    parts, dice = words(), random.Random(seed)
    texts = dict.fromkeys(claim for claim, _ in parts["pairs"])
    for claim, _ in parts["pairs"]:
        if dice.random() < 0.5:
            texts.setdefault(_twin(claim, parts, dice))
    while len(texts) < number:
        texts.setdefault(_other(parts, dice))
    return [Statement(id=f"c{at}", position=text) for at, text in enumerate(texts)]


def _twin(claim: str, parts: Mapping[str, Any], dice: random.Random) -> str:
    """The same of another person and place, with other numbers."""
    for names in (parts["places"], parts["names"]):
        said = next((name for name in names if name in claim), "")
        if said:
            claim = claim.replace(said, dice.choice([name for name in names if name != said]))
    return re.sub(r"\d[\d,]*", lambda found: f"{dice.randint(2, 9)}{found.group()[1:]}", claim)


def _other(parts: Mapping[str, Any], dice: random.Random) -> str:
    """A claim that nobody asks for."""
    place, pick = dice.choice(parts["places"]), dice.random()
    tail = dice.choice(parts["tails"]).format(
        year=dice.randint(1995, 2022),
        month=dice.choice(parts["months"]),
        place=place,
        number=dice.choice(("40", "500", "12,000", "3 million")),
    )
    if pick < 0.5:
        text = f"{dice.choice(parts['people'])} {dice.choice(parts['deeds'])}{tail}"
    elif pick < 0.68:
        text = f"{dice.choice(('A photograph', 'A video', 'An image'))} shows {dice.choice(parts['sights'])} in {place}"
    elif pick < 0.82:
        text = f"{dice.choice(parts['things'])} {dice.choice(parts['effects'])}{dice.choice(('', ' in children'))}"
    elif pick < 0.92:
        text = f"{dice.choice(parts['bodies'])} {dice.choice(parts['doings'])}{tail}"
    else:
        text = f"A new law in {place} {dice.choice(parts['laws'])}"
    return text[0].upper() + text[1:] + "."


def retold() -> Posts:
    """The posts that were written for a claim."""
    return [(post, at) for at, (_, post) in enumerate(words()["pairs"])]


def quoted(statements: Sequence[Statement], seed: int = 5) -> Posts:
    """Posts that quote a claim, shortened, or in capitals, and say something of it."""
    dice = random.Random(seed)
    out = []
    for at in dice.sample(range(len(statements)), QUOTED):
        said = statements[at].position.rstrip(".").split()
        kept = [word for word in said if dice.random() > 0.3] or said
        text = " ".join(kept if dice.random() < 0.5 else said)
        out.append((dice.choice(BEFORE) + (text.upper() if dice.random() < 0.15 else text) + dice.choice(AFTER), at))
    return out


def map5(ranked: Sequence[Sequence[int]], posts: Posts) -> float:
    """MAP@5 where each post has one right claim."""
    return sum(1 / (list(rows).index(at) + 1) for rows, (_, at) in zip(ranked, posts, strict=True) if at in rows) / len(
        posts
    )


def best(scores: np.ndarray[Any, Any]) -> list[list[int]]:
    """The first five of each line."""
    found: list[list[int]] = np.argsort(-scores, axis=1, kind="stable")[:, :5].tolist()
    return found


def steps(scores: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Scores in the standard deviations of their line."""
    return np.asarray(
        (scores - scores.mean(axis=1, keepdims=True)) / np.maximum(scores.std(axis=1, keepdims=True), 1e-9)
    )


def ranked(linker: Linker, posts: Posts) -> list[list[int]]:
    """The first five that `rank` names."""
    return [[int(one.statement_id[1:]) for one in linker.rank(post, 5)] for post, _ in posts]


def main() -> None:
    """Run from the command line."""
    statements = archive(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    sets = {"retold": retold(), "quoted": quoted(statements)}
    plain = Linker(statements)
    model = Semantic(Path(sys.argv[2])) if len(sys.argv) > 2 else None
    hybrid = Linker(statements, semantic=model) if model else None
    known = model.encode([s.position for s in statements]) if model else None
    print(f"MAP@5 among {len(statements):,} claims")
    for name, posts in sets.items():
        texts = [post for post, _ in posts]
        margins = plain.margins(texts)
        print(f"{name}: words {map5(ranked(plain, posts), posts):.3f}")
        if model is None or hybrid is None or known is None:
            continue
        like = model.encode(texts) @ known.T
        start = time.process_time()
        found = {
            "likeness alone": best(like),
            "plain sum": best(steps(margins) + WEIGHT * steps(like)),
            "ours": ranked(hybrid, posts),
        }
        for label, rows in found.items():
            print(f"  {label:<15}{map5(rows, posts):.3f}")
        print(f"  {(time.process_time() - start) / len(posts):.2f} s of ours a post, claims embedded on the way")


if __name__ == "__main__":
    main()
