"""Invented articles of many kinds without anything of a page around them: nothing of them may be left out."""

from __future__ import annotations

import random
from collections.abc import Callable

PEOPLE = ["Ada Marsh", "Tom Okoro", "Dame Alys Crewe", "Moira Teal", "Dr Piers Aldous", "Calum Geddes", "Lena Quist"]
PLACES = ["Coldbrook", "Westmere", "Netherby", "Fellgate", "Skipton", "Leominster", "Truro"]
BODIES = ["the county council", "the Reading Rooms Trust", "the water company", "the museum", "the health board"]
THINGS = ["the roof", "the timetable", "a new bridge", "the old gasworks", "the school bus", "the library"]
MONTHS = ["January", "March", "May", "June", "September", "November"]


class Writer:
    """Writes paragraphs; the same seed gives the same article."""

    def __init__(self, seed: int) -> None:
        """Start from a seed."""
        self.random = random.Random(seed)
        self.said: set[str] = set()

    def pick(self, texts: list[str]) -> str:
        """One of the texts."""
        return self.random.choice(texts)

    def day(self) -> str:
        """A date."""
        return f"{self.random.randint(1, 28)} {self.pick(MONTHS)} {self.random.randint(1931, 2026)}"

    def sentence(self) -> str:
        """A sentence that was not said before."""
        while (new := self._sentence()) in self.said:
            pass
        self.said.add(new)
        return new

    def _sentence(self) -> str:
        """A sentence of a story, some of which begin like the words around one."""
        who, body, place, thing = map(self.pick, (PEOPLE, BODIES, PLACES, THINGS))
        number = self.random.randint(2, 900)
        return self.pick(
            [
                f"{who} said that {thing} had cost £{number},000 more than was planned.",
                f"Residents of {place} gathered on Tuesday evening to hear what {body} would do about {thing}.",
                f"“We were promised an answer by {self.pick(MONTHS)},” {who} said, “and we are waiting for it.”",
                f"The decision, which was taken on {self.day()}, affects {number} families in {place}.",
                f"Share prices fell by {number % 9 + 2} per cent after {body} published its figures.",
                f"More than {number} people in {place} have signed a petition against the plan.",
                f"Most of the staff had left by the time that {who} arrived from {place}.",
                f"Related problems were found in {place}, where {thing} was closed for {number} days.",
                f"Follow the river north from {place} and the houses thin out, then stop.",
                f"Comments by {who} in {self.pick(MONTHS)} had angered members of {body}.",
                f"“It’s about trust,” said {who}, {number % 60 + 20}, who drives the bus to {place}.",
            ]
        )

    def paragraph(self, sentences: int = 3) -> str:
        """A paragraph."""
        return " ".join(self.sentence() for _ in range(sentences))

    def headline(self) -> str:
        """A headline without a full stop."""
        return f"{self.pick(PEOPLE)} wins fight over {self.pick(THINGS)} in {self.pick(PLACES)}"

    def story(self, *inside: str) -> list[str]:
        """A headline and paragraphs, with `inside` after the second."""
        return [
            self.headline(),
            self.paragraph(),
            self.paragraph(),
            *inside,
            *(self.paragraph() for _ in range(self.random.randint(3, 7))),
        ]


def column(writer: Writer) -> list[str]:
    """Opinion in paragraphs of one short sentence."""
    short = ["I was wrong.", "So what?", "Not any more.", "Then it rained.", "And yet.", "It does not."]
    writer.random.shuffle(short)
    lines = [line for remark in short for line in (writer.sentence(), remark)]
    return ["In praise of the slow train to the coast", *lines, writer.paragraph()]


def recipe(writer: Writer) -> list[str]:
    """Ingredients without full stops and numbered steps."""
    steps = [
        "1. Heat the oven to 180C.",
        "2. Beat the eggs with the milk and stir in the flour.",
        "3. Bake for an hour.",
    ]
    things = ["200g plain flour", "2 large eggs", "1 tsp mustard seeds", "A pinch of salt"]
    return ["A plain seed cake", writer.paragraph(), "Serves 4", *things, "Method", *steps, writer.paragraph()]


def interview(writer: Writer) -> list[str]:
    """Short questions and answers, some of one word."""
    asked = ["Where did you grow up?", "What are you reading?", "Is it true about the goat?", "What next?"]
    told = [line for question in asked for line in (question, writer.pick(["No.", writer.paragraph(2), "Absolutely."]))]
    return [f"{writer.pick(PEOPLE)}: ‘I never liked boats’", writer.paragraph(), *told]


def letters(writer: Writer) -> list[str]:
    """Readers' letters with salutation, close, name and place."""
    lines = ["Letters to the editor"]
    for salutation in ("Dear Editor,", "SIR –", "Sir,"):
        lines += [salutation, writer.paragraph(), writer.paragraph(2), "Yours faithfully,"]
        lines += [writer.pick(PEOPLE), writer.pick(PLACES)]
    return lines


def release(writer: Writer) -> list[str]:
    """A press release with its end mark and notes."""
    notes = ["ENDS", "Notes to editors", f"1. The figures were published on {writer.day()}.", "2. Call 0115 496 0999."]
    return [*writer.story(), *notes]


def match(writer: Writer) -> list[str]:
    """A match report with teams at the end."""
    teams = ["Coldbrook: Marsh, Okoro, Teal (Quist 62), Crewe.", "Truro: Pike, Orme, Sayle, Frost."]
    return [
        "Coldbrook Town 2-1 Truro Rovers",
        *writer.story()[1:],
        *teams,
        "Attendance: 812",
        "Referee: Bo Lane (Truro)",
    ]


def obituary(writer: Writer) -> list[str]:
    """A life with its dates in the last line."""
    return [
        "Tom Okoro obituary",
        *writer.story()[1:],
        f"• Tom Okoro, teacher, born {writer.day()}; died {writer.day()}",
    ]


def history(writer: Writer) -> list[str]:
    """Years and dates as subheads."""
    dated = [line for head in ("1952", writer.day(), "May 2004", "2019") for line in (head, writer.paragraph())]
    return ["A short history of the gasworks", writer.paragraph(), *dated, writer.paragraph()]


KINDS: dict[str, Callable[[Writer], list[str]]] = {
    "news": lambda writer: writer.story(),
    "subheads": lambda writer: writer.story("A long wait", writer.paragraph(), "‘Nobody asked us’"),
    "numbered": lambda writer: writer.story("It makes three demands:", "1. Tell us", "2. Ask us", "3. Pay us"),
    "bullets": lambda writer: writer.story(
        "Among the findings:", "• one in five had no bus", "• one in ten had no road"
    ),
    "plain list": lambda writer: writer.story("The schools affected are:", *(f"{place} High" for place in PLACES)),
    "table": lambda writer: writer.story("Council Pupils Cost", *(f"{place} 2,140 £9,300" for place in PLACES)),
    "verse": lambda writer: writer.story(
        "The river took the road away", "and left us with the sound,", "and we had none"
    ),
    "speech": lambda writer: ["Speech to the members", "Friends, colleagues,", "Thank you.", *writer.story()[1:]],
    "column": column,
    "recipe": recipe,
    "interview": interview,
    "letters": letters,
    "release": release,
    "match": match,
    "obituary": obituary,
    "history": history,
}


def articles(each: int) -> list[tuple[str, list[str]]]:
    """Kind and lines of `each` articles of every kind."""
    return [(kind, write(Writer(seed))) for kind, write in KINDS.items() for seed in range(each)]
