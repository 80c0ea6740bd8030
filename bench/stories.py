"""How well and how fast stories are grouped: `python bench/stories.py [--articles 2000] [--seed 1]`.

Makes an archive of invented articles, plants copies of five kinds, groups everything and prints recall by kind,
how many items joined a story that is not theirs, and the time.
Kinds: furniture around the text, 15 % of the words exchanged, the first 45 %,
60 % of the sentences under a new top, and the whole text inside a round-up of other stories.
The words are made of syllables, so that nothing is shared by accident and no real text is needed;
every outlet puts its own box on every page.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aggregator.stories import StoryGroup, StoryItem, group

START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
KINDS = ("furniture", "edits", "truncated", "new top", "round-up")
SMALL_WORDS = "the of and a to in is that for on it with as was by at from this have be not are but they which"
SMALL = SMALL_WORDS.split()
OUTLETS = 25


class Press:
    """Makes articles and what others make of them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        syllables = [c + v for c in "bdfghklmnprstvw" for v in "aeiou"]
        self.lexicon = ["".join(self.rng.choices(syllables, k=self.rng.choice((2, 2, 3)))) for _ in range(4000)]
        self.boxes = [self.sentences(self.rng.sample(self.lexicon, 80), 5) for _ in range(OUTLETS)]

    def sentences(self, topic: list[str], count: int) -> list[str]:
        """Sentences of 8 to 22 words about a topic."""
        made = []
        for _ in range(count):
            length = self.rng.randint(8, 22)
            words = [self.rng.choice(SMALL if self.rng.random() < 0.45 else topic) for _ in range(length)]
            made.append(" ".join(words).capitalize() + ".")
        return made

    def article(self) -> list[str]:
        """The sentences of one article."""
        return self.sentences(self.rng.sample(self.lexicon, 150), self.rng.randint(12, 40))

    def page(self, text: list[str], outlet: int) -> str:
        """A text as an outlet prints it, its box in the middle."""
        middle = len(text) // 2
        return "\n\n".join((" ".join(text[:middle]), " ".join(self.boxes[outlet][:2]), " ".join(text[middle:])))

    def furniture(self, text: list[str]) -> list[str]:
        """Boxes and teasers before and after."""
        return [*self.rng.choice(self.boxes), *text, *self.rng.choice(self.boxes)]

    def edits(self, text: list[str]) -> list[str]:
        """15 % of the words exchanged."""
        return [" ".join(self._word(word) for word in sentence.split()) for sentence in text]

    def _word(self, word: str) -> str:
        return self.rng.choice(self.lexicon) if self.rng.random() < 0.15 else word

    def truncated(self, text: list[str]) -> list[str]:
        """The first 45 % of the words."""
        words = " ".join(text).split()
        return [" ".join(words[: int(0.45 * len(words))])]

    def new_top(self, text: list[str]) -> list[str]:
        """60 % of the sentences, in order, under a new top."""
        kept = sorted(self.rng.sample(range(len(text)), max(1, int(0.6 * len(text)))))
        return [*self.article()[:4], *(text[place] for place in kept)]

    def round_up(self, text: list[str]) -> list[str]:
        """The text between others that the archive does not hold."""
        return [*self.article(), *text, *self.article()]


def archive(press: Press, articles: int, planted: int) -> tuple[list[StoryItem], dict[str, tuple[str, str]]]:
    """Originals and planted copies; for each copy its kind and its original."""
    makers: dict[str, Callable[[list[str]], list[str]]] = dict(
        zip(KINDS, (press.furniture, press.edits, press.truncated, press.new_top, press.round_up), strict=True)
    )
    texts = [press.article() for _ in range(articles)]
    items = [_item(press, f"original {n}", text, n % OUTLETS, n * 3.0) for n, text in enumerate(texts)]
    truth: dict[str, tuple[str, str]] = {}
    for number in range(planted):
        kind, source = KINDS[number % len(KINDS)], press.rng.randrange(articles)
        name = f"{kind} {number}"
        outlet = press.rng.randrange(OUTLETS)
        items.append(
            _item(press, name, makers[kind](texts[source]), outlet, source * 3.0 + press.rng.randint(10, 2000))
        )
        truth[name] = (kind, f"original {source}")
    return items, truth


def _item(press: Press, name: str, text: list[str], outlet: int, minutes: float) -> StoryItem:
    return StoryItem(
        id=name,
        kind="article",
        headline=" ".join(press.rng.sample(press.lexicon, 7)),
        text=press.page(text, outlet),
        outlet=f"Outlet {outlet}",
        published_at=START + dt.timedelta(minutes=minutes),
    )


def score(groups: list[StoryGroup], truth: dict[str, tuple[str, str]]) -> tuple[dict[str, float], float]:
    """Recall by kind, and the share of items that stand in a story which is not theirs."""
    home = {name: place for place, one in enumerate(groups) for name in one.ids}
    found: Counter[str] = Counter()
    for name, (kind, source) in truth.items():
        found[kind] += home[name] == home[source]
    total = Counter(kind for kind, _ in truth.values())
    strangers = 0
    for one in groups:
        stories = Counter(truth[name][1] if name in truth else name for name in one.ids)
        strangers += len(one.ids) - max(stories.values())
    return {kind: found[kind] / total[kind] for kind in total}, strangers / max(1, len(truth))


def main() -> None:
    """Run once and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--planted", type=int, default=750)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    items, truth = archive(Press(options.seed), options.articles, options.planted)
    start = time.process_time()
    groups = group(items)
    seconds = time.process_time() - start
    recall, extra = score(groups, truth)
    for kind in KINDS:
        print(f"{kind:10} recall {recall.get(kind, 1):.3f}")
    print(f"{'extra':10} {extra:.3f} of the planted copies")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(items)} items in {seconds:.1f} s of CPU ({len(items) / seconds:,.0f}/s), peak {peak} MB")


if __name__ == "__main__":
    main()
