"""Invented posts with and without link cards, in the shapes that real profile pages show.

Used to measure how well cards are told from text; the shares follow what is known of real posts:
98 in 100 carded texts name a url, nearly half repeat the title, 2 in 100 cards lack a description.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

WHO = [
    "Harbour schools", "The canal trust", "Library heads", "Night-shift nurses", "Parish councils", "Ferry operators",
    "The minister for rivers", "Youth orchestras", "Rural post offices", "Allotment holders", "Trainee bakers",
    "The regulator", "Lock keepers", "Small museums", "Bus drivers", "Sixth-form principals", "Childminders",
]  # fmt: skip
DOES = [
    "warn of winter closures", "reject the new funding formula", "ask for clarity on inspections", "face record waiting lists",
    "win a legal challenge over parking", "call for a pause to the reforms", "report a rise in applications",
    "could lose their free passes", "demand answers on unpaid grants", "cut opening hours by a third",
    "get a first look at the draft plans", "split over the four-day timetable", "say morale has never been lower",
]  # fmt: skip
TAIL = [
    "", "", " as the minister promises a review", " after months of talks behind closed doors", " in first test of the new law",
    ", survey of members finds", " – and the north is hit hardest", " before the election, leaked letter shows",
]  # fmt: skip
ABOUT = [
    "A survey of 400 members finds that most have already stopped hiring for the spring",
    "Leaders say the plan would leave them worse off than before the consultation began.",
    "The decision follows months of talks between the department and local groups.",
    "Documents seen by this paper show that officials were told about the shortfall in May",
    "An independent review, with figures for every county and a guide for beginners.",
    "Campaigners had argued that the change breached a promise made at the last election…",
    "Exclusive: the letter sets out what would have to change before anybody signs",
    "Find out what the new rules mean, when they start and who is not covered.",
    "Ministers insist that nobody will lose out, but the small print tells another story, experts fear",
    "Half of those asked had thought about leaving; a third had applied for work elsewhere…",
]
SAY = [
    "This matters more than the headlines suggest", "Important reading from a team that has followed this for years",
    "Exactly what members told us in the autumn", "Worth your time over a cup of tea", "Nobody should be surprised by this",
    "Our president spoke about this at the spring meeting and was not optimistic", "So much for promises",
    "Good to see the evidence laid out in one place", "What happens next is anyone's guess",
    "The numbers behind this are worse than they look, and the people concerned know it",
]  # fmt: skip
CHAT = [
    "Lovely morning on the towpath, three herons and no phones", "Thanks to everyone who came last night",
    "Doors open at six and the tea is free", "Tickets are nearly gone so be quick", "We are hiring in the north and the west",
    "Next on stage, two keepers who rebuilt a bridge by hand", "Questions from the floor, mostly about money",
    "It took us nine years and four ministers to get here", "Nine years. Four ministers. One bridge",
    "More from the conference tomorrow", "The hall is full and the heating is not working",
    "Our statement on the draft order is below", "There is still time to answer the consultation",
]  # fmt: skip
SITES = [
    "www.example-news.co.uk/news/",
    "rivertimes.example.com/",
    "www.gov.example.org/government/",
    "weekly.example.net/2026/",
]
TAGS = ["#rivers", "#schools", "#libraries", "#spring26"]
HANDLES = ["@keeper.example.com", "@weekly.example.net", "@north.example.org"]


@dataclass(frozen=True)
class Made:
    """One block as a scrape shows it, and what is true of it."""

    lines: tuple[str, ...]
    card: int  # lines that belong to the card


def short_url(site: str, title: str) -> str:
    """A url as the app shows it: thirteen characters behind the host, then dots."""
    host, _, path = site.partition("/")
    path = "/" + path + re.sub(r"\W+", "-", title.lower())
    return host + (path[:13] + "..." if len(path) > 15 else path)


def with_card(random: Random, urls: bool = True) -> Made:
    """A post with a card; `urls=False` is how it reads when its writer deleted the url."""
    title = f"{random.choice(WHO)} {random.choice(DOES)}{random.choice(TAIL)}"
    url = short_url(random.choice(SITES), title) if urls and random.random() < 0.98 else ""
    about = [_summary(random)] if random.random() < 0.98 else []
    echo = random.random() < 0.46
    shown = title + (random.choice([" - Example News", " | River Times"]) if random.random() < 0.2 else "")
    text: list[str] = []
    if not echo or random.random() < 0.5:
        said = random.sample(SAY, random.choice([1, 1, 2]))
        text.append(". ".join(said) + random.choice([".", "!", "", ":"]))
    if not echo and random.random() < 0.6:
        text.append(_aside(random, title))
    if echo:
        text.append(title)
    if url and text and random.random() < 0.25:
        text[-1] = f"{text[-1]} {url}"
    elif url:
        text.append(url)
    if random.random() < 0.2:
        text.append(" ".join(random.sample(TAGS, random.randint(1, 2))))
    card = (shown, *about)
    return Made(lines=(*card, *text), card=len(card))


def _summary(random: Random) -> str:
    one, two = random.sample(ABOUT, 2)
    return one if random.random() < 0.6 else f"{one.rstrip('.…')}. {two}"


def _aside(random: Random, title: str) -> str:
    word = next(word for word in reversed(title.split()) if len(word) > 4)
    return random.choice(
        [
            f"The {word} question will not go away, whatever {random.choice(WHO)} say about it this week.",
            f"{random.choice(HANDLES)} on {word}, and on the people who have to live with it every day.",
            f"We said so in May: {word} cannot wait until after the summer.",
        ]
    )


def without_card(random: Random, campaign: bool = False) -> Made:
    """A post without card; a campaign account opens with a line that reads like a headline."""
    lines = random.sample(CHAT, random.choice([1, 1, 1, 2, 2, 3]))
    lines = [line + random.choice([".", ".", "!", "", ":"]) for line in lines]
    if campaign:
        lines.insert(0, f"{random.choice(WHO)} {random.choice(DOES)}{random.choice(['', '', '.', '!'])}")
    if random.random() < 0.3:
        at = random.randrange(len(lines))
        lines[at] += " " + random.choice([*TAGS, *HANDLES])
    if random.random() < 0.14:
        lines[-1] += " " + short_url(random.choice(SITES), random.choice(CHAT))
    return Made(lines=tuple(lines), card=0)
