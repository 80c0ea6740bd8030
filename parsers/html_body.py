"""Which blocks of a page are the article: our own extractor.

Which error is worse: to lose a paragraph is worse than to keep a teaser, because the cascade in `article_html`
asks a second opinion about what was kept, but can't ask about what nobody saw.

Observations.
Paragraphs of running text (nine words and a full stop, few of them linked) are the article's, or a teaser's, a
comment's or a notice's.
The article's stand together in one element or in a few neighbours; the others' elements say in their names what
they are ("related", "comments", "newsletter"), or a known heading comes before.

Theory of operation.
1. Elements whose tag or name says that they are furniture are dead, unless they hold most of the page's running
   text (then the name meant something else: "has-sidebar", "tag-politics").
2. From the top, go down to the child that holds nearly all of the running text; stop where it is spread.
3. All blocks get a score as in `article_text`; text outside that element counts less.  The best run of blocks is
   the article; so a story that is split over neighbours is whole.
4. Inside the run, line rules take out what stands between the paragraphs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from parsers import bylines, furniture, html_next, page_lines
from parsers.html_dead import CAPTION, COMMENTS, LINKED, count_words, dead_nodes, is_article, running
from parsers.html_tree import Item, Node, Outline

#: Go down to a child that holds this share of its parent's running text; less where its name says "article".
NEARLY_ALL = 0.8
NAMED_SHARE = 0.6
#: What a paragraph outside the chosen element counts.
OUTSIDE = 0.35
ALL_LINKED = 0.8  # share of linked characters from which a line is only a link
#: Letters above the last one that are signed alike, and the words of a name with its place.
FEWEST_SIGNATURES, LONGEST_SIGNATURE = 2, 10
#: Words of "In Marl", and of the linked title after it; how exactly that is what is linked.
LONGEST_LABEL, SHORTEST_TITLE, LONGEST_TITLE, SAME_SHARE = 5, 3, 30, 0.06
CAP = 60
TEASER = -15.0
NEXT_STORY = -150.0
OUTSIDE_RUN = "outside the article"
OTHER = "the next story on the page"
OUTVOTED = "two of three extractors leave it out"


_CONTAINER_TEXT = "html body div section article main td form tr tbody table center fieldset amp-body header"
_CONTAINERS = frozenset(_CONTAINER_TEXT.split())


@dataclass(frozen=True, slots=True)
class Choice:
    """What was made of one item of the page."""

    item: Item
    reason: str = ""  # why it is not part of the article; empty where it is
    inside: bool = False  # it lies in the run of blocks that is the article
    caption: bool = False  # it lies outside the run and its element says that it is a picture's caption


def select(outline: Outline, headline: str | None = None, extra: Sequence[re.Pattern[str]] = ()) -> list[Choice]:
    """For each item of the page, in document order, whether it is part of the article and why not.

    `extra` are patterns of lines that only this outlet writes.
    """
    if not outline.items:
        return []
    dead = dead_nodes(outline)
    container = _container(outline, dead)
    within = _within(outline.nodes, container)
    teasers = _teasers(outline.items)
    scores = [
        TEASER if teaser else _score(item, item.node, dead, within)
        for item, teaser in zip(outline.items, teasers, strict=True)
    ]
    scores = _within_box(outline, scores, headline)
    end = html_next.start(outline.items)
    start, stop = _run(_with_cuts(outline, scores, dead)[:end])
    start = _with_first_subhead(outline, start, stop)
    stop = _with_last_signature(outline, start, stop, dead)
    choices = _judged(outline, range(start, stop), dead, within, teasers, headline, extra)
    return choices if end is None else [*choices[:end], *(Choice(choice.item, OTHER) for choice in choices[end:])]


def _within_box(outline: Outline, scores: list[float], headline: str | None) -> list[float]:
    """The scores, with what lies outside the headline's box pushed away where other stories have boxes like it."""
    box = html_next.box(outline, headline)
    if box is None:
        return scores
    inside = _within(outline.nodes, box)
    return [score if inside[item.node] else NEXT_STORY for item, score in zip(outline.items, scores, strict=True)]


def _container(outline: Outline, dead: Sequence[str]) -> int:
    """The lowest element that holds nearly all of the living running text."""
    count_words(outline, dead)
    nodes = outline.nodes
    children: dict[int, list[int]] = {}
    for place, node in enumerate(nodes):
        if node.tag in _CONTAINERS and node.text_words:
            children.setdefault(node.parent, []).append(place)
    place = 0
    while True:
        below = children.get(place, [])
        best = max(below, key=lambda child: nodes[child].text_words, default=-1)
        if best < 0:
            return place
        needed = NAMED_SHARE if is_article(nodes[best]) else NEARLY_ALL
        if nodes[best].text_words < needed * nodes[place].text_words:
            return place
        place = best


def _within(nodes: Sequence[Node], container: int) -> list[bool]:
    """For each node whether it is the container or lies in it."""
    inside = [False] * len(nodes)
    for place, node in enumerate(nodes):
        inside[place] = place == container or (node.parent >= 0 and inside[node.parent])
    return inside


def _score(item: Item, node: int, dead: Sequence[str], within: Sequence[bool]) -> float:
    """What one block says for the article, in words of running text."""
    if dead[node]:
        return -1.0 if dead[node] != CAPTION else (-3.0 if within[node] else -7.0)
    share = 1.0 if within[node] else OUTSIDE
    if item.linked >= LINKED:
        return -4.0
    if running(item):
        return share * min(item.words, CAP)
    if item.kind in ("li", "quote") and item.words >= 4:
        return share * item.words * 0.5
    if furniture.ends_sentence(item.text) and item.words >= 2:
        return share * item.words * 0.7
    if within[node]:
        return -2.0 if item.level else -3.0
    return -7.0


def _teasers(items: Sequence[Item]) -> list[bool]:
    """For each item whether it belongs to a card: a heading that is a link, and the paragraph under it.

    A linked heading with several paragraphs below is a section of the story; a card has one.
    """
    cards = [item.level > 0 and item.linked >= LINKED for item in items]
    for place, item in enumerate(items):
        if cards[place] or not item.words or place == 0 or not cards[place - 1] or not items[place - 1].level:
            continue
        following = items[place + 1] if place + 1 < len(items) else None
        last_of_row = place > 1 and cards[place - 2] and (following is None or not running(following))
        if following is None or (following.level > 0 and following.linked >= LINKED) or last_of_row:
            cards[place] = True
    return cards


def _with_cuts(outline: Outline, scores: Sequence[float], dead: Sequence[str]) -> list[float]:
    """The scores, with headings that end the article weighed in once three paragraphs stand above them."""
    weighed: list[float] = []
    paragraphs = 0
    story: int | None = None  # the article element around the first page heading
    for item, score in zip(outline.items, scores, strict=True):
        if item.level == 1 and not dead[item.node]:
            around = _article_around(outline.nodes, item.node)
            if paragraphs >= 3:
                score = NEXT_STORY
                if story is not None and around not in (story, None):
                    weighed += [score] * (len(scores) - len(weighed))  # pages that go on with the next story
                    break
            elif story is None:
                story = around
        elif running(item) and not dead[item.node]:
            paragraphs += 1
        elif item.level and paragraphs >= 3 and story is not None and _is_beside(outline.nodes, item.node, story):
            weighed += [NEXT_STORY] * (len(scores) - len(weighed))
            break
        elif item.words <= 12 and not dead[item.node] and furniture.cut(item.text):
            comments = furniture.cut(item.text) == "start of the comments"
            score = -5.0 if paragraphs < 3 else (-150.0 if comments else -40.0)
        weighed.append(score)
    return weighed


def _is_beside(nodes: Sequence[Node], node: int, story: int) -> bool:
    """Whether a heading stands in another `article` element than the story's, and not within the story's."""
    around = _article_around(nodes, node)
    if around is None or around == story:
        return False
    while around >= 0 and around != story:
        around = nodes[around].parent
    return around != story


def _article_around(nodes: Sequence[Node], node: int) -> int | None:
    """The nearest `article` element around a node."""
    while node >= 0 and nodes[node].tag != "article":
        node = nodes[node].parent
    return node if node >= 0 else None


def _with_first_subhead(outline: Outline, start: int, stop: int) -> int:
    """The start of the run, one item earlier where that is a subhead like others within the run."""
    nodes, before = outline.nodes, outline.items[start - 1] if 0 < start < stop else None
    if before is None or before.level == 1 or not (before.level or before.rich) or before.linked >= LINKED:
        return start
    look = _look(nodes, before)
    alike = [item for item in outline.items[start:stop] if _look(nodes, item) == look and item.linked < LINKED]
    known = furniture.cut(before.text) or furniture.furniture(before.text)
    return start - 1 if alike and before.words <= 14 and not known else start


def _with_last_signature(outline: Outline, start: int, stop: int, dead: Sequence[str]) -> int:
    """The end of the run, one item later where that signs the last of several letters."""
    last = outline.items[stop] if start < stop < len(outline.items) else None
    if last is None or dead[last.node] or not running(outline.items[stop - 1]) or not _is_signature(last):
        return stop
    look = _look(outline.nodes, last)
    others = [item for item in outline.items[start:stop] if _is_signature(item) and _look(outline.nodes, item) == look]
    return stop + 1 if len(others) >= FEWEST_SIGNATURES and not known(last.text) else stop


def _is_signature(item: Item) -> bool:
    """Whether a line is a name, or a name and a place: "Ada Marsh, Nether Hallam"."""
    short = item.words <= LONGEST_SIGNATURE and not item.level and item.linked < LINKED
    return short and not furniture.ends_sentence(item.text) and bool(bylines.bare_name(item.text.split(",")[0]))


Look = tuple[str, str, int, bool, str]


def _look(nodes: Sequence[Node], item: Item) -> Look:
    """What makes two subheads alike: their element's tag and name, and the tag around it."""
    node = nodes[item.node]
    around = nodes[node.parent] if node.parent >= 0 else node
    names = (_NUMBER.sub("", name) for name in (node.names, around.names))
    return node.tag, next(names), item.level, item.rich, f"{around.tag} {next(names)}"


_NUMBER = re.compile(r"\d+")


def _run(scores: Sequence[float]) -> tuple[int, int]:
    """Start and end of the run with the greatest sum."""
    best = total = 0.0
    start = stop = begin = 0
    for place, score in enumerate(scores):
        if total <= 0:
            total, begin = 0.0, place
        total += score
        if total > best:
            best, start, stop = total, begin, place + 1
    return start, stop


def _judged(
    outline: Outline,
    run: range,
    dead: Sequence[str],
    within: Sequence[bool],
    teasers: Sequence[bool],
    headline: str | None,
    extra: Sequence[re.Pattern[str]],
) -> list[Choice]:
    seen: set[str] = set()
    choices: list[Choice] = []
    title = html_next.fold(headline or "")
    told = False  # a paragraph of the story was seen
    parts = _parts(outline, run, dead)
    for place, item in enumerate(outline.items):
        inside = place in run
        if teasers[place]:
            choices.append(Choice(item, "teaser of another story", inside))
            continue
        if not inside:
            marked = dead[item.node]
            reason = COMMENTS if marked == COMMENTS else OUTSIDE_RUN
            choices.append(Choice(item, reason, caption=marked == CAPTION))
            continue
        reason = _why_not(item, outline.nodes[item.node].tag, dead[item.node], within[item.node], seen, title, extra)
        if reason == "date line" and told and (item.level or item.rich) and _DAY.fullmatch(item.text):
            reason = ""  # a day in a timeline, between two paragraphs
        if reason in _TITLES_TOO and item.level and parts[_look(outline.nodes, item)] > FEWEST_PARTS:
            reason = ""
        told = told or (not reason and running(item))
        choices.append(Choice(item, reason, inside=True))
        seen.add(item.text)
    return _trimmed(_without_head(choices, outline.nodes))


def _parts(outline: Outline, run: range, dead: Sequence[str]) -> Counter[Look]:
    """How many headings of each look stand above a paragraph."""
    items, nodes = outline.items, outline.nodes
    headings = (items[at] for at in run[:-1] if items[at].level and running(items[at + 1]) and not dead[items[at].node])
    return Counter(_look(nodes, item) for item in headings)


def _without_head(choices: list[Choice], nodes: Sequence[Node]) -> list[Choice]:
    """The choices without names, dates and captions between the first paragraph and the next.

    Pages put those between a first paragraph in large type and the story: short lines in elements of their own.
    """
    kept = [place for place, choice in enumerate(choices) if choice.inside and not choice.reason]
    prose = [place for place in kept if running(choices[place].item)][:2]
    if len(prose) < 2:
        return choices
    around = {nodes[choices[place].item.node].parent for place in prose} | {choices[p].item.node for p in prose}
    for place in kept:
        item = choices[place].item
        between = prose[0] < place < prose[1] and item.kind == "p" and nodes[item.node].tag != "p"
        apart = item.node not in around and nodes[item.node].parent not in around
        if between and apart and not item.rich and not furniture.ends_sentence(item.text):
            choices[place] = Choice(item, "short line above the story", inside=True)
    return choices


#: A day without a time, and without "updated" or "published".
_DAY = re.compile(r"(?!(?:Published|Updated|Posted|Modified|First|Last|Date)\b)[\w.,]+(?:[ /.-][\w.,]+){1,5}")

_COOKIE = re.compile(r"\bcookies?\b", re.IGNORECASE)
#: Furniture by its words, which the title of a part may begin with too.
_TITLES_TOO = ("sharing", "page controls", "pointer to another story", "newsletter, subscription or appeal")
#: So many other parts have a title that looks the same.
FEWEST_PARTS = 2

#: What would be furniture on a line of its own is data in a table: a number, a day.
_CELLS, _IN_CELLS = ("td", "th"), ("no words", "date line")


def _why_not(
    item: Item, tag: str, dead: str, within: bool, seen: set[str], title: str, extra: Sequence[re.Pattern[str]]
) -> str:
    """Why an item inside the run is not part of the article; empty where it is."""
    if dead:
        return dead
    if item.level == 1 or (title and item.words < 40 and html_next.fold(item.text) == title):
        return "the headline again"
    if any(pattern.fullmatch(item.text) for pattern in extra):
        return "this outlet's own furniture"
    if item.words <= furniture.LONGEST:
        reason = (furniture.cut(item.text) if item.words <= 12 else None) or known(item.text)
        if reason and not (tag in _CELLS and reason in _IN_CELLS):
            return reason
    if item.linked >= ALL_LINKED and (item.words < 25 or not furniture.ends_sentence(item.text)):
        return "only a link"
    if _points_away(item):
        return "pointer to another story"
    if len(item.text) > 20 and item.text in seen:
        return "said already further up"
    if not within and _COOKIE.search(item.text):
        return "notice"
    if not within and not running(item) and not item.level:
        return "short line outside the article's element"
    return ""


def _points_away(item: Item) -> bool:
    """Whether a line is a label that is no link, a colon, and a title that is one: "In Marl: Library saved"."""
    label, colon, title = item.text.partition(":")
    if not colon or item.kind == "li" or item.linked < LINKED or furniture.ends_sentence(item.text.rstrip("?!")):
        return False
    short = len(label.split()) <= LONGEST_LABEL and SHORTEST_TITLE <= len(title.split()) <= LONGEST_TITLE
    return short and abs(item.linked - len(title.strip()) / len(item.text)) < SAME_SHARE


def known(line: str) -> str | None:
    """Why a line is no part of any story, or None."""
    return (
        furniture.furniture(line) or page_lines.reason(line) or ("byline" if bylines.is_foreign_byline(line) else None)
    )


def _trimmed(choices: list[Choice]) -> list[Choice]:
    """Headings at the end, with nothing below them, taken out."""
    for place in range(len(choices) - 1, -1, -1):
        choice = choices[place]
        if not choice.inside or choice.reason:
            continue
        if not choice.item.level:
            break
        choices[place] = Choice(choice.item, "heading with nothing below it", inside=True)
    return choices
