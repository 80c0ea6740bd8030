"""A web page that is a position paper: several statements under headings of their own.

Which error is worse: a news page taken for a paper makes somebody else's sentences our positions, so a page counts
only where its own heading elements name two sections of a statement and name them again, the positions are all one
organisation's, whose page it is, and say what should be.
An explainer asks "What is the context?" once, a report on three parties has a position of each, one on a candidate has
hers, and an index of papers has links where a paper has text.
A page that calls itself news, by its data or a byline, is news.

Method: the page's block elements are read as for articles; what the headings of sections have in common around them
is the paper, from the heading before the first to the heading behind the last one's text.
It becomes lines with Markdown headings, which `statements` reads as it reads any paper.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from itertools import islice, pairwise

import lxml.html

from parsers import bylines, furniture, html_tree
from parsers.html_tree import Item, Node, Outline
from parsers.model import Record
from parsers.statement_blocks import Heading, read_heading
from parsers.statement_words import is_normative

FEWEST = 2  # sections of one role, and roles with so many
FEWEST_WORDS = 8  # of text below a heading
STANCES = 0.5  # of the positions say what should be, at least
LINKED = 0.5  # share of linked characters from which a heading or paragraph leads elsewhere
BOLD = 6  # level of paragraphs that are headings in all but name; statements know six levels
LONGEST_HEADING = 14  # words of them
LARGEST = 2_000_000  # bytes of a page, as articles have it

_HEAD_END = re.compile(rb"</(?:[hH][1-6]|b|strong|summary|dt|B|STRONG|SUMMARY|DT)\b")
#: What the last words of a position's heading may be, before its elements end.
_SIGN = re.compile(
    rb"\b(?:position|policy|view|stance|is|believes?|thinks?|says?|saying|wants?|calling\s+for|propos\w{1,4}|"
    rb"recommend\w{0,3}|asking\s+for|see)\s{0,5}[:?.]?\s{0,5}(?:</\w{1,6}>\s{0,5}){0,4}$",
    re.IGNORECASE,
)
_LOOK_BACK = 120  # bytes
_PUBLISHED = re.compile(r"article:(?:published_time|author)$|parsely-pub-date$", re.IGNORECASE)
_NEWS = re.compile(r"\"(?:\w*NewsArticle|BlogPosting|LiveBlogPosting)\"")
_PAPERS = re.compile(
    r"\b(?:position|policy)\s+(?:statements?|papers?|positions?)\b|\bour\s+positions?\b", re.IGNORECASE
)
_OURS = re.compile(r"\b(?:our|we)\b", re.IGNORECASE)
_NO_PAPER = frozenset(("nav", "aside", "footer", "form", "figure", "figcaption"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_FOLDED = frozenset(("summary", "dt"))  # head what a click unfolds, or a definition


class Paper(Record, frozen=True, kw_only=True):
    """A page's position paper."""

    text: str  # its lines, headings in Markdown
    reason: str  # why it is one, in plain words


def read(data: bytes) -> Paper | None:
    """The position paper that a page holds; None for every other page. Never raises."""
    if len(data) > LARGEST or not _may_be(data):
        return None
    root = html_tree.tree(html_tree.within_limits(html_tree.decode(data)[0]))
    if root is None:
        return None
    if _is_news(root):
        return None
    named = _named(root)
    _open_buttons(root)
    html_tree.strip(root)
    return of_outline(html_tree.outline(root), named)


def _may_be(data: bytes) -> bool:
    """Whether the markup holds headings that may be a position's; cheap, because every page is asked."""
    ends = (found.start() for found in _HEAD_END.finditer(data))
    signs = (end for end in ends if _SIGN.search(data, max(0, end - _LOOK_BACK), end))
    return len(list(islice(signs, FEWEST))) == FEWEST


def of_outline(outline: Outline, named: str) -> Paper | None:
    """The position paper among a page's blocks; `named` is what the page calls itself and its site."""
    beside = _beside(outline.nodes)
    items = [item for item in outline.items if not beside[item.node]]
    heads = [place for place, item in enumerate(items) if _is_heading(item, outline.nodes)]
    sections = _sections(items, heads)
    roles = Counter(found.role for found in sections.values())
    again = sum(times >= FEWEST for times in roles.values())
    if roles["position"] < FEWEST or again < FEWEST:
        return None
    named = "\n".join([named, *(items[place].text for place in heads if items[place].level == 1)])
    if not _is_one_owner(items, sections, named) or not _takes_stances(items, heads, sections):
        return None
    if any(bylines.is_byline(item.text) for item in items[: min(sections)]):
        return None
    headings = set(heads)
    span = _span(outline.nodes, items, headings, sorted(sections))
    kept = [place for place in span if place in headings or _is_kept(items[place])]
    text = "".join(_line(items[place], place in headings) for place in kept).strip()
    others = roles.total() - roles["position"]
    return Paper(
        text=text, reason=f"a web page with {roles['position']} position headings and {others} of context or rationale"
    )


def _is_news(root: lxml.html.HtmlElement) -> bool:
    """Whether the page's data call it a piece of news."""
    if any(_PUBLISHED.match(meta.get("property") or meta.get("name") or "") for meta in root.iter("meta")):
        return True
    return any(_NEWS.search(data.text or "") for data in root.iter("script") if "ld+json" in (data.get("type") or ""))


def _named(root: lxml.html.HtmlElement) -> str:
    """The page's title and the name of its site."""
    found = [title.text_content() for title in root.iter("title")][:1]
    found += [meta.get("content") or "" for meta in root.iter("meta") if meta.get("property") == "og:site_name"]
    return "\n".join(found)


def _is_one_owner(items: Sequence[Item], sections: Mapping[int, Heading], named: str) -> bool:
    """Whether all positions are the page's own: "our", of a name that its site has, or a paper's by its title."""
    places = [place for place, found in sections.items() if found.role == "position"]
    owners = {(sections[place].owner or "").casefold() for place in places} - {""}
    if len(owners) > 1:
        return False
    if _PAPERS.search(named):
        return True
    for owner in owners:
        initials = "".join(re.findall(r"\b[A-Z]", named)).casefold()
        return owner in named.casefold() or owner in initials
    return all(_OURS.search(items[place].text) for place in places)


def _takes_stances(items: Sequence[Item], heads: Sequence[int], sections: Mapping[int, Heading]) -> bool:
    """Whether most positions say what should be."""
    after = dict(pairwise([*heads, len(items)]))
    told = [
        any(is_normative(item.text) for item in items[place + 1 : after[place]])
        for place, found in sections.items()
        if found.role == "position"
    ]
    return sum(told) >= STANCES * len(told)


def _open_buttons(root: lxml.html.HtmlElement) -> None:
    """Keep the words of headings that are buttons, as those that fold their sections up are."""
    for button in root.iter("button"):
        around = button.getparent()
        if around is not None and around.tag in _HEADINGS:
            button.tag = "span"


def _beside(nodes: Sequence[Node]) -> list[bool]:
    """Of each element whether it stands beside the page's text; elements come after those around them."""
    found: list[bool] = []
    for node in nodes:
        found.append(node.tag in _NO_PAPER or (node.parent >= 0 and found[node.parent]))
    return found


def _is_heading(item: Item, nodes: Sequence[Node]) -> bool:
    """Whether the page makes a heading of a line: by its element, or by bold letters alone."""
    if item.level or nodes[item.node].tag in _FOLDED:
        return True
    return item.rich and item.words <= LONGEST_HEADING and not item.text.endswith((".", ",", ";"))


def _sections(items: Sequence[Item], heads: Sequence[int]) -> dict[int, Heading]:
    """The headings of a statement's sections, by place: those with text below, and no links in either."""
    found: dict[int, Heading] = {}
    for place, after in pairwise([*heads, len(items)]):
        below = sum(item.words for item in items[place + 1 : after] if item.linked < LINKED)
        heading = read_heading(items[place].text) if below >= FEWEST_WORDS and items[place].linked < LINKED else None
        if heading and not heading.rest:
            found[place] = heading
    return found


def _span(nodes: Sequence[Node], items: Sequence[Item], heads: Set[int], sections: Sequence[int]) -> range:
    """The places of the paper's lines: from the page's title to the end of the last section."""
    start = sections[0]
    titles = [place for place in range(start) if items[place].level == 1]
    while not titles and start - 1 in heads:
        start -= 1
    inside = _inside(nodes, [items[place].node for place in sections])
    stop = sections[-1] + 1
    while stop < len(items) and inside[items[stop].node]:
        other = stop in heads and _level(items[stop]) <= _level(items[sections[-1]])
        if other or furniture.cut(items[stop].text):
            break
        stop += 1
    return range(titles[-1] if titles else start, stop)


def _inside(nodes: Sequence[Node], places: Sequence[int]) -> list[bool]:
    """Of each element whether it stands in the innermost one that holds all of some others."""
    count = [0] * len(nodes)
    for place in places:
        count[place] += 1
    for place in range(len(nodes) - 1, 0, -1):  # elements come after those around them
        count[nodes[place].parent] += count[place]
    around = max((place for place, held in enumerate(count) if held == len(places)), default=0)
    found: list[bool] = []
    for place, node in enumerate(nodes):
        found.append(place == around or (node.parent >= 0 and found[node.parent]))
    return found


def _is_kept(item: Item) -> bool:
    """Whether a line is the paper's: no button, and no link to elsewhere."""
    return item.linked < LINKED and not furniture.furniture(item.text)


def _level(item: Item) -> int:
    return item.level or BOLD


def _line(item: Item, is_heading: bool) -> str:
    """A block as a line of text that `statements` reads, blank lines around all but items."""
    if is_heading:
        return f"\n{'#' * _level(item)} {item.text}\n"
    return f"• {item.text}\n" if item.kind == "li" else f"\n{item.text}\n"
