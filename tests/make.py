"""Small builders for tests: records and documents with invented content."""

from __future__ import annotations

import datetime as dt

from parsers.model import Counts, Post

MONDAY = dt.datetime(2026, 11, 9, 9, 0, tzinfo=dt.UTC)


def post(text: str, minutes: int = 0, **fields: object) -> Post:
    """A post some minutes after Monday nine o'clock."""
    values = {"text_raw": text, "created_at": MONDAY + dt.timedelta(minutes=minutes), "minute_only": True} | fields
    return Post(text=text, **values)  # type: ignore[arg-type]


DID = "did:plc:abc"


def uri(number: int) -> str:
    """The at-URI of one of the account's posts."""
    return f"at://{DID}/app.bsky.feed.post/3kaaaaaaaaa2{number}"


def reply(text: str, number: int, parent: int | None) -> Post:
    """A post of one account, a reply to its own post `parent`."""
    return post(
        text,
        minutes=number,
        uri=uri(number),
        author="ada.example",
        author_did=DID,
        reply_parent=None if parent is None else uri(parent),
        reply_root=None if parent is None else uri(1),
    )


def scrape(*posts: tuple[str, str, tuple[int, int, int, int]]) -> bytes:
    """A profile-page scrape, undamaged: text, "DD.MM.YYYY HH:MM", counts."""
    blocks = [f"{text}\n{when} — 👍 {a} 🔁 {b} 💬 {c} 📌 {d}" for text, when, (a, b, c, d) in posts]
    return ("\n".join(blocks) + "\n").encode()


PAPER = """Parks and Paths

NALP position statements

Our Parks Committee has agreed these statements. They are about:
  • benches
  • lighting

What is the context?
Councils have removed one park bench in five since 2015, mostly because nobody budgets for repairs.

NALP position: NALP believes that every park should have a bench each two hundred metres along its main paths.

Why are we saying this?
Older visitors tell us that they stay at home when there is nowhere to sit down on the way.

What is the context?
New lamps along canal towpaths have driven bats from three rivers.

NALP position: Towpath lighting should be switched off between midnight and five, and never point at water.

Why are we saying this?
Bats feed over water, and warm, low lamps serve walkers just as well.
"""

ARTICLE = """Benches vanish from city parks

Campaigners count one seat in five gone since 2015

Walkers in the city's parks have lost one bench in five over the past decade, according to a count by volunteers.

The survey found that main paths in nine parks now run for more than half a kilometre without anywhere to sit down.

“My mother used to walk to the pond every morning,” said Ida Brook, who organised the count. “Now she stays at home,
because there is nowhere to sit down on the way.”

The council said that it had no budget for repairs and that each bench cost about nine hundred pounds to replace.

A spokesman added that sponsors could pay for a seat with a plaque, and that twelve had done so in the last year.
"""


def counts(likes: int, reposts: int = 0, replies: int = 0, quotes: int = 0) -> Counts:
    """Four counts."""
    return Counts(likes=likes, reposts=reposts, replies=replies, quotes=quotes)
