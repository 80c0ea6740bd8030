"""Where the next story begins on pages that go on with one below the other, without an element of their own.

Which error is worse: to cut a story at one of its own headings loses half of it, so a heading begins another story
only where all of this holds: authors and a day stand under it, as they do under the page's headline; the authors are
others; and paragraphs follow.
Diaries and live pages, where each part has its author and day, are told by their number of such headings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers import bylines, furniture
from parsers.html_tree import Item, Node, Outline

#: Authors and day stand within so many lines under a headline.
NEAR = 4
#: A headline has so many words at least.
SHORTEST = 4
#: So many headings with authors and a day below the first one are parts of one story.
PARTS = 3
#: Paragraphs that the story has at least, and the other one.
FEWEST_ABOVE, FEWEST_BELOW = 3, 2

#: Words of running text in the box of another story.
FEWEST_WORDS = 100

_NAMED_STORY = re.compile(r"[a-z]*[_-]?(?:article|post|story|entry)\b")
_DAY = re.compile(r"\b20\d\d\b")


def start(items: Sequence[Item]) -> int | None:
    """The place of the heading with which another story begins, None where none does."""
    headed = [(place, names) for place, item in enumerate(items) if item.level and (names := _authors(items, place))]
    if not 2 <= len(headed) <= PARTS or items[headed[0][0]].level != 1:
        return None
    place, names = headed[1]
    if items[place].words < SHORTEST or items[place].level > 3 or not names.isdisjoint(headed[0][1]):
        return None
    above, below = _prose(items[headed[0][0] : place]), _prose(items[place + 1 : place + 1 + 2 * NEAR])
    return place if above >= FEWEST_ABOVE and below >= FEWEST_BELOW else None


def box(outline: Outline, headline: str | None) -> int | None:
    """The element around the headline that has others like it beside it, each with a story under a heading like it.

    Such pages go on with one story below the other, each in a box of the same name; None where no other is there.
    """
    nodes = outline.nodes
    title = fold(headline or "")
    head = next((item for item in outline.items if item.level and title and fold(item.text) == title), None)
    if head is None:
        return None
    alike = {item.node for item in outline.items if item.level == head.level and _same(nodes, item.node, head.node)}
    kin: dict[int, list[int]] = {}
    for place in _ancestors(nodes, alike - {head.node}):
        kin.setdefault(nodes[place].parent, []).append(place)
    node = nodes[head.node].parent
    while node >= 0 and nodes[node].tag not in ("body", "html"):
        beside = kin.get(nodes[node].parent, ())
        if nodes[node].names and any(place != node and _is_story(nodes, place, node) for place in beside):
            return node
        node = nodes[node].parent
    return None


def _ancestors(nodes: Sequence[Node], places: set[int]) -> set[int]:
    """All elements around some elements."""
    found: set[int] = set()
    for place in places:
        while place >= 0 and place not in found:
            found.add(place)
            place = nodes[place].parent
    return found


def _is_story(nodes: Sequence[Node], place: int, like: int) -> bool:
    """Whether an element holds a story and is called like another one; the story's own name may come after it."""
    one, other = nodes[place], nodes[like]
    if other.tag != "article" and not _NAMED_STORY.match(other.names):
        return False  # rows and sections hold the parts of one story
    alike = one.tag == other.tag and one.names.split()[:1] == other.names.split()[:1]
    return alike and one.text_words >= FEWEST_WORDS <= other.text_words


def _same(nodes: Sequence[Node], one: int, other: int) -> bool:
    return nodes[one].tag == nodes[other].tag and nodes[one].names == nodes[other].names


def fold(text: str) -> str:
    """Letters and digits of a line, for comparison."""
    return " ".join(furniture.words(text.casefold().replace("’", "'")))


def _prose(items: Sequence[Item]) -> int:
    return sum(furniture.is_prose(item.text, item.words) for item in items)


def _authors(items: Sequence[Item], heading: int) -> set[str]:
    """The authors under a heading, where a day stands there too."""
    names: set[str] = set()
    dated = False
    for item in items[heading + 1 : heading + 1 + NEAR]:
        if item.level or item.words > 25:
            continue
        names.update(bylines.byline(item.text))
        dated = dated or (bool(_DAY.search(item.text)) and _is_head_line(item.text))
    return names if dated else set()


def _is_head_line(line: str) -> bool:
    return furniture.furniture(line) in ("date line", "byline")
