"""A second look at how stories are grouped, by other ways than `bench/stories.py`: `python bench/stories_prose.py`.

The articles are English sentences from templates, so that unrelated ones share phrases, as real ones do.
Copies are planted by what people and systems do to articles: pointers and captions between the paragraphs, a paywall
after the first third, paragraphs cut and exchanged, sentences said in other words, a day's new top, briefings that
hold the beginnings of five stories or one story whole.
Look-alikes are planted too: inspections of two schools in one town, strikes of one union at two places, the annual
reports of two years, an obituary and news of the same person, statistics told by a machine, a column with the same
opening every week.
Printed are recall by kind, how many copies joined a story that is not theirs, and look-alikes that were joined.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aggregator.stories import StoryGroup, StoryItem, group


def listed(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
FIRST = listed(
    """
    Ada Tom Moira Calum Lena Priya Joss Bede Marta Rowland Orla Imran Delia Hugo Nadia Kerry Giles Petra
    """
)
STEMS = listed(
    """
    Cold Wex Nether Fell Mar Thorn Har Lin Ash Bram Oak Stan Whit Hol Cal Dun Rad Sel Tan Wal
    """
)
ENDS = listed(
    """
    brook ham by ton ford well gate mere low worth field stead bourne cliffe combe
    """
)
MIDDLES = ["", *listed("er en ing al um ar in es ock ell ist an om att ev or ul ip ed ab")]
BODIES = listed(
    """
    council trust museum hospital college railway library theatre bakery brewery harbour airport prison
    """
)
THINGS = listed(
    """
    roof timetable bridge budget pension kitchen archive boiler orchard playground ferry tower canal market tunnel
    clock swimming-pool greenhouse footpath bandstand lighthouse allotment warehouse chapel quarry windmill
    """
)
DID = listed(
    """
    closed sold opened painted flooded rebuilt rented mapped insured demolished lost cleaned moved measured guarded
    photographed forgotten borrowed heated fenced
    """
)
HOW = listed(
    """
    quietly twice overnight at-once in-spring without-notice by-hand for-ever against-advice in-secret by-mistake
    with-great-care under-protest in-a-week
    """
)
OPENINGS = """
    {who} said|{who} told a meeting|A spokesman for {body} denied|According to {body}|Neighbours in {place} had heard
    It came to light in {place} on Monday|Nobody at {body} could say whether|For {number} days, {who} believed
    In a letter to {body} it was claimed|{who}, who has lived there since childhood, remembers how
    What troubles {who} most is not the money but the way|Minutes of {body} show|Officers found
    {number} people signed a paper which stated|“We were never asked,” {who} replied when it emerged
    By the end of the week it was plain to all of {place}|On the steps of the building {who} announced
    An engineer from {place} had long suspected|A reader from {place} writes to ask why
""".replace("\n", "|").split("|")
MIDDLE = """
    that the {thing} had been {did} {how}|the {thing} was {did} before anybody saw the {other}
    that {number} visitors came to see the {thing} {did}|the old {thing} would have to be {did} again {how}
    how the {thing} and the {other} were {did} in one night|that a {thing} cannot be {did} without a licence
    that both {thing} and {other} cost more than £{number},000|the {thing} must be {did} first and the {other} {how}
    that somebody had {did} the {thing} and left a note|the keys of the {thing} were found inside the {other}
    that rain got into the {thing} as soon as the {other} was {did}|the {other} was never meant to be a {thing}
    that every second {thing} in the county had been {did} {how}|no {thing} of that age had ever been {did}
    that they would rather see the {thing} {did} than the {other} sold|it had paid for the {thing} with borrowed money
""".replace("\n", "|").split("|")
CLOSES = """
    and that {who} knew.|although it rained in {place} that day.|for the second time since {number}.|as the rules allow.
    while the {other} stayed as it was.|which came as no surprise to {place}.|if the weather holds until spring.
    and there the matter rests.|because of the {other}.|in front of {number} witnesses.|without a word to {who}.
    and will not be drawn on what comes next.|at a price that {who} calls absurd.|whatever {place} may think of it.
    under a promise of {number} years.|just as {who} had foretold.|so that the {other} could be saved.|or so they hope.
""".replace("\n", "|").split("|")
OPENINGS, MIDDLE, CLOSES = ([text.strip() for text in texts if text.strip()] for texts in (OPENINGS, MIDDLE, CLOSES))
DOES = ["objects", "resigns", "cheers", "waits", "wonders", "protests"]
KINDS = ("interleaved", "paywalled", "shortened", "reworded", "new top", "whole in a briefing")
ALIKE = ("inspections", "strikes", "annual reports", "obituary and news", "statistics", "columns")


def name(rng: random.Random) -> str:
    """One of twelve thousand names for places and people."""
    return rng.choice(STEMS) + rng.choice(MIDDLES) + rng.choice(ENDS)


class Town:
    """A place with its people, of which sentences are made."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.place = name(rng)
        self.people = [f"{rng.choice(FIRST)} {name(rng)}" for _ in range(3)]
        self.body = f"{self.place} {rng.choice(BODIES)}"
        self.things = rng.sample(THINGS, 5)

    def sentence(self) -> str:
        """One sentence of three clauses; each stands in other articles too, hardly two of them together."""
        rng = self.rng
        who, thing, other = rng.choice(self.people), rng.choice(self.things), rng.choice(self.things)
        did, how, number = rng.choice(DID), rng.choice(HOW).replace("-", " "), rng.randrange(2, 900)
        opening = rng.choice(OPENINGS).format(who=who, body=self.body, place=self.place, number=number)
        middle = rng.choice(MIDDLE).format(thing=thing, did=did, how=how, other=other, number=number)
        return f"{opening} {middle} {rng.choice(CLOSES).format(who=who, place=self.place, other=other, number=number)}"

    def headline(self) -> str:
        """A headline with a name."""
        happened = f"{self.rng.choice(self.things)} {self.rng.choice(DID)}"
        return f"{self.body.title()}'s {happened} as {self.people[0]} {self.rng.choice(DOES)}"


def paragraphs(town: Town, count: int) -> list[str]:
    """Paragraphs of one to three sentences."""
    return [" ".join(town.sentence() for _ in range(town.rng.randint(1, 3))) for _ in range(count)]


class Press:
    """Makes an archive with copies and look-alikes in it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.items: list[StoryItem] = []
        self.truth: dict[str, tuple[str, str]] = {}
        self.alike: list[tuple[str, str, str]] = []
        self.boxes = {n: paragraphs(Town(self.rng), 2) for n in range(30)}

    def add(self, name: str, headline: str, texts: list[str], day: float, outlet: int) -> None:
        """One article, with its outlet's box at the end as every page of that outlet has it."""
        self.items.append(
            StoryItem(
                id=name,
                kind="article",
                headline=headline,
                text="\n\n".join([*texts, *self.boxes[outlet]]),
                outlet=f"Outlet {outlet}",
                published_at=START + dt.timedelta(days=day),
            )
        )

    def outlet(self) -> int:
        """One of thirty."""
        return self.rng.randrange(30)

    def fill(self, articles: int, planted: int) -> None:
        """Originals, then copies, then look-alikes."""
        towns = [Town(self.rng) for _ in range(articles)]
        texts = [paragraphs(town, self.rng.randint(7, 16)) for town in towns]
        days = [number * 60 / articles for number in range(articles)]
        for number, town in enumerate(towns):
            self.add(f"original {number}", town.headline(), texts[number], days[number], self.outlet())
        for number in range(planted):
            kind, source = KINDS[number % len(KINDS)], self.rng.randrange(articles)
            others = [texts[place] for place in self.rng.sample(range(articles), 4) if place != source]
            made = self.copy(kind, towns[source], texts[source], others)
            name = f"{kind} {number}"
            self.add(name, towns[source].headline(), made, days[source] + self.rng.uniform(0.05, 2), self.outlet())
            self.truth[name] = (kind, f"original {source}")
        for number in range(planted // 10):
            self.look_alikes(number)

    def copy(self, kind: str, town: Town, text: list[str], others: list[list[str]]) -> list[str]:
        """What others make of an article."""
        rng = self.rng
        if kind == "interleaved":
            return [
                line for one in text for line in (one, rng.choice([f"Read more: {Town(rng).headline()}", "Share", ""]))
            ]
        if kind == "paywalled":
            return [*text[: max(3, len(text) // 3)], "Subscribe to read the rest of this story for £1 a week."]
        if kind == "shortened":
            kept = [one for one in text if rng.random() < 0.7] or text[:4]
            return [kept[0], *rng.sample(kept[1:], len(kept) - 1)]
        if kind == "reworded":
            return [self.reworded(one) for one in text]
        if kind == "new top":
            return [*paragraphs(town, 3), *text[len(text) // 3 :]]
        return [*(one for other in others[:2] for one in other[:2]), *text, *(one for one in others[2][:3])]

    def reworded(self, paragraph: str) -> str:
        """Every third sentence in other words, some figures put right."""
        sentences = paragraph.split(". ")
        return ". ".join(
            one.replace("said that", "told us that").replace("would", "might").replace("£", "about £")
            if self.rng.random() < 0.4
            else one
            for one in sentences
        )

    def look_alikes(self, number: int) -> None:
        """Two articles of each kind that share names and phrases and are two stories."""
        rng, day, outlet = self.rng, self.rng.uniform(0, 55), self.outlet()
        for kind in ALIKE:
            town = Town(rng)
            names = (f"{kind} {number} a", f"{kind} {number} b")
            made = getattr(self, kind.replace(" ", "_"))(town)
            gap = 365 if kind == "annual reports" else 7 if kind in ("columns", "statistics") else rng.uniform(0.1, 2.5)
            for place, (headline, text) in enumerate(made):
                self.add(names[place], headline, text, day + place * gap, outlet)
            self.alike.append((kind, *names))

    def inspections(self, town: Town) -> list[tuple[str, list[str]]]:
        """Two schools of one town, inspected in one week, told alike."""
        found = []
        for school, head in zip(
            self.rng.sample(["St Aidan’s", "Holly Bank", "Priory Road", "Tarn Side"], 2), town.people[:2], strict=True
        ):
            grade = self.rng.choice(["good", "outstanding", "in need of improvement"])
            found.append(
                (
                    f"{school} in {town.place} rated {grade} by inspectors",
                    [
                        f"{school} primary school in {town.place} has been rated {grade} after a visit by inspectors.",
                        f"Inspectors spent two days at the school and spoke to pupils, parents and staff. {head}, the "
                        f"head teacher of {school}, said the report was a fair picture of a hard year.",
                        *paragraphs(Town(self.rng), 4),
                        f"{self.rng.randrange(80, 400)} pupils attend {school}. Schools are inspected every four years "
                        "and the reports are published on the website of the inspectorate.",
                    ],
                )
            )
        return found

    def strikes(self, town: Town) -> list[tuple[str, list[str]]]:
        """One union, two places, the same quotation."""
        said = (
            "“Our members do not take this step lightly, and they will be back at work when they are heard,” said "
            f"{town.people[0]} of the Federation of School Staff."
        )
        return [
            (
                f"Teachers at {where} to strike over {why}",
                [
                    f"Teachers at {where} will walk out on Thursday in a row over {why}.",
                    said,
                    *paragraphs(Town(self.rng), 5),
                ],
            )
            for where, why in ((f"{town.place} High", "pay"), (f"{Town(self.rng).place} Academy", "workload"))
        ]

    def annual_reports(self, town: Town) -> list[tuple[str, list[str]]]:
        """The same report, a year later: the frame stays, figures and findings change."""
        return [
            (
                f"{town.body.title()} annual report {year}: visitors {way}",
                [
                    f"The annual report of {town.body} for {year} was published on Monday. It says that visitors {way} "
                    f"by {self.rng.randrange(2, 30)} per cent and that income was £{self.rng.randrange(100, 900)},000.",
                    "The report looks at the number of visitors, at income and spending, and at the state of the "
                    "buildings, and is published in September of every year.",
                    *paragraphs(town, 5),
                    f"{town.people[0]}, who chairs the board, thanked the staff and all who had given their time.",
                ],
            )
            for year, way in ((2025, "fell"), (2026, "rose"))
        ]

    def obituary_and_news(self, town: Town) -> list[tuple[str, list[str]]]:
        """A life, and the day's news, of one person."""
        who = town.people[0]
        news = f"{who} wins court fight over {town.place} {town.things[0]}"
        return [
            (news, [f"{who} has won in court.", *paragraphs(town, 7)]),
            (
                f"{who} of {town.place} obituary",
                [f"{who}, who has died, was born in {town.place}.", *paragraphs(town, 8)],
            ),
        ]

    def statistics(self, town: Town) -> list[tuple[str, list[str]]]:
        """Two weeks of a bulletin that a machine writes."""
        return [
            (
                f"{town.place}: {count} new food hygiene ratings published",
                [
                    f"New food hygiene ratings have been awarded to {count} of {town.place}’s establishments, the Food "
                    "Standards Agency’s website shows, and it’s good news for some of them.",
                    *(
                        f"Rated {self.rng.randrange(1, 6)}: {Town(self.rng).body.title()} at "
                        f"{self.rng.randrange(1, 90)} {Town(self.rng).place} Street, {town.place}, "
                        "was given the score after assessment on "
                        f"{self.rng.randrange(1, 28)} September."
                        for _ in range(count)
                    ),
                    "The ratings help people to choose where to eat out or shop for food by telling them how seriously "
                    "a business takes its standards of hygiene.",
                ],
            )
            for count in self.rng.sample(range(3, 9), 2)
        ]

    def columns(self, town: Town) -> list[tuple[str, list[str]]]:
        """Two weeks of a column with the same opening and the same close."""
        who = town.people[0]
        return [
            (
                f"{who}: {Town(self.rng).headline()}",
                [
                    f"Good morning, and welcome to the weekly letter from {town.place}, in which {who} looks at what "
                    "happened in the past seven days and what it means for those of us who live here.",
                    *paragraphs(Town(self.rng), 6),
                    f"That is all from {who} for this week. Write to the usual address, and keep the cuttings coming.",
                ],
            )
            for _ in range(2)
        ]


def main() -> None:
    """Run once and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=1500)
    parser.add_argument("--planted", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    press = Press(options.seed)
    press.fill(options.articles, options.planted)
    start = time.process_time()
    groups = group(press.items)
    seconds = time.process_time() - start
    report(press, groups)
    print(f"{len(press.items)} items in {seconds:.1f} s of CPU")


def report(press: Press, groups: list[StoryGroup]) -> None:
    """Recall by kind, strangers, and look-alikes that were joined."""
    home = {name: place for place, one in enumerate(groups) for name in one.ids}
    found: Counter[str] = Counter()
    for name, (kind, source) in press.truth.items():
        found[kind] += home[name] == home[source]
    total = Counter(kind for kind, _ in press.truth.values())
    for kind in KINDS:
        print(f"{kind:22} recall {found[kind] / total[kind]:.3f}")
    strangers = 0
    for one in groups:
        stories = Counter(press.truth[name][1] if name in press.truth else name for name in one.ids)
        strangers += len(one.ids) - max(stories.values())
    print(f"{'extra':22} {strangers / len(press.truth):.3f} of the planted copies")
    for kind in ALIKE:
        pairs = [(a, b) for known, a, b in press.alike if known == kind]
        print(f"{kind:22} joined {sum(home[a] == home[b] for a, b in pairs)} of {len(pairs)} pairs")


if __name__ == "__main__":
    main()
