"""Cards in a pasted body: titles of other stories, alone or in rows, told from subheads and lists.

Which error is worse: to lose a list or a subhead of the story is worse than to keep a title of another one.

Cards show themselves: a known heading above, a date or a button beside them, titles of five words and more.
A list shows itself too: its lines begin with the same word, or share words with the story.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from parsers.paste_lines import Line, content

#: Titles of other stories have at least so many words; list items and table rows mostly fewer.
TITLE_WORDS = 5
#: The label above titles of other stories has at most so many words.
LABEL_WORDS = 4
#: A subhead that shares no word with the story has fewer words.
FOREIGN_WORDS = 7
#: Words that any two stories share, as `content` shortens them.
EVERYWHERE = frozenset(
    ["year", "years", "week", "weeks", "month", "months", "days", "today", "time", "first", "people"]
)
#: What a colon leads into without a capital is a list, and no title.
_LIST = re.compile(r":\s+[^\WA-Z]")
#: So far is looked for marks of a page around a short line.
WIDEST_RUN = 40


def is_card(line: Line) -> bool:
    """Whether a line beside a short one may be part of the same card; one with a colon leads into a list."""
    return line.kind == "short" and not line.text.endswith(":")


def is_in_cards(body: Sequence[Line], place: int) -> bool:
    """Whether a run of lines without a sentence shows that it is made of cards: a mark of the page, or titles."""
    start = stop = place
    while start and place - start < WIDEST_RUN and body[start - 1].kind in ("short", "furniture", "cut"):
        start -= 1
    while stop + 1 < len(body) and stop - place < WIDEST_RUN and body[stop + 1].kind in ("short", "furniture", "cut"):
        stop += 1
    run = body[start : stop + 1]
    if any(line.kind == "cut" or line.doubled or is_mark(line) for line in run):
        return True
    titles = sum(is_title(line) for line in run)
    return 2 * titles >= len(run) and not _is_parallel(run)


def _is_parallel(run: Sequence[Line]) -> bool:
    """Whether three lines of a run begin with the same word: "Week one: …", "Week two: …"."""
    first = [line.text.split(" ", 1)[0].casefold() for line in run]
    return any(first.count(word) >= 3 for word in set(first[:WIDEST_RUN]))


def is_mark(line: Line) -> bool:
    """Whether a line is certainly of the page."""
    return line.kind == "furniture" and line.reason != "no words"


def is_title(line: Line) -> bool:
    """Whether a short line reads like the title of a story: a capital first, five words, hardly a number."""
    numbers = sum(character.isdigit() for character in line.text)
    return line.count >= TITLE_WORDS and not line.text[:1].islower() and 6 * numbers < len(line.text)


def is_label(body: Sequence[Line], place: int, story: AbstractSet[str]) -> bool:
    """Whether a few words with a colon stand above titles of other stories: "Also making news:"."""
    line = body[place]
    if not (line.kind == "short" and line.count <= LABEL_WORDS and line.text.endswith(":")):
        return False
    below = body[place + 1 : place + 3]
    return len(below) == 2 and all(one.kind == "short" and is_title(one) and _is_strange(one, story) for one in below)


def is_foreign(line: Line, story: AbstractSet[str]) -> bool:
    """Whether a line is too long for a subhead and has nothing to do with the story."""
    return line.count >= FOREIGN_WORDS and is_title(line) and not _LIST.search(line.text) and _is_strange(line, story)


def _is_strange(line: Line, story: AbstractSet[str]) -> bool:
    """Whether a line has words with a meaning, none of which the story uses."""
    own = content([line.text]) - EVERYWHERE
    return len(own) >= 2 and not own & story
