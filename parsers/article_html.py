"""A news page as an article.

Which error is worse: to store a consent page, a login page or an empty shell as an article is worse than to
refuse it, because nobody looks at it again; inside an article, to lose a paragraph is worse than to keep a line
too many.

Theory of operation.
Our own extractor (`html_body`) is fast and mostly right.
A second, very fast one is asked whether it sees the same text; where they differ trafilatura is asked too, and
each block of the page is kept if two of the three hold it.
JSON-LD's articleBody has the last word only where it is much longer than everything found: pages whose text is
drawn by script.
Metadata come from `article_meta`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import structs

from parsers import (
    article_authors,
    article_data,
    article_meta,
    article_shown,
    article_text,
    article_top,
    bylines,
    dates,
    furniture,
    html_body,
    html_dead,
    html_second,
    html_tree,
    html_vote,
    outlets,
)
from parsers.errors import ParseError
from parsers.html_body import Choice
from parsers.html_tree import Item, Outline
from parsers.model import Article, Block, BlockKind, Dropped, Hint, ParseResult, Problem, Step, paragraphs

#: JSON-LD's body wins from this ratio of lengths on.
MUCH_LONGER = 1.5
#: An opinion that sees a smaller share of our words sees no story.
LEAST_SEEN = 0.1
#: Pages with more characters or tags are not shown to trafilatura, whose time grows faster than the page.
DEAREST = 1_200_000
MOST_TAGS = 20_000
#: How many lines may stand between headline, first paragraph and story.
HEAD = 8
SHORTEST_LEAD = 12  # words
#: Real pages nest 40 deep; resiliparse's time grows with the square of the depth.
DEEPEST = 300
#: Fewer words than this are a teaser or a notice, not an article.
FEWEST_WORDS = 25
#: A page that names its author or date may be a piece of news in two lines.
FEWEST_WORDS_DATED = 8
#: With this much text a page is an article, whatever its cookie notice says beside it.
SURELY_TEXT = 40

_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|div|p|meta|title|h1|main|section)\b", re.IGNORECASE)
_CONSENT = re.compile(
    r"\b(?:we (?:and our (?:\d+ )?partners )?(?:use|store)\b.{0,60}\bcookies|accept all|before you continue|"
    r"your (?:privacy|cookie) (?:choices|settings|preferences)|consent to (?:the use of|our use of|cookies)|"
    r"we value your privacy|manage (?:your )?(?:cookies|choices)|are you a robot|checking your browser|"
    r"verify (?:that )?you are (?:a )?human|access (?:to this page has been )?denied|unusual traffic|captcha|"
    r"enable javascript(?: and cookies)? to (?:continue|run|view)|please (?:enable|turn on) javascript)",
    re.IGNORECASE | re.DOTALL,
)
_LEAD = re.compile(r"(?:^|[\s_-])(?:lead|lede|intro|first|opener|opening)(?:$|[\s_-])")
#: What an element around a line above the story is called that is no lead.
_NO_LEAD = re.compile(r"(?:^|[\s_-])(?:authors?|bio|byline|contributors?|related|share|comments?)(?:$|[\s_-])")
_BY = re.compile(r"(?:By|BY|Von|Por|Par|Di|Text:) [A-Z]")
_PAYWALL = re.compile(
    r"\b(?:subscribe (?:now |today )?to (?:continue|read|keep|unlock|access)|to (?:continue|keep) reading|"
    r"this (?:article|story|content) is (?:for|only available to|exclusive to) (?:\w+ )?subscribers|subscriber[- ]only|"
    r"already a subscriber|register (?:for free )?to (?:continue|read)|you['’]ve reached your .{0,20}limit|"
    r"(?:sign|log) in to (?:continue|read)|unlock (?:this|the full) (?:article|story)|start (?:your )?(?:free )?trial|"
    r"read the full (?:article|story) (?:with|by))",
    re.IGNORECASE,
)


def extract(html: bytes, url: str | None = None) -> Article:
    """The article of a page; `url` is where it came from.

    Raises `ParseError` where there is no article: a PDF or picture, a consent page, a page without text.
    """
    return _read(html, Hint(url=url), [])[0]


def parse(data: bytes, hint: Hint) -> ParseResult:
    """One page as a result; says so where only the free start of a paid article is there.

    Notes: "repair" (its receipt), where damaged characters were repaired.
    """
    made: list[Step] = []
    article, problems = _read(data, hint, made)
    return ParseResult(
        format="article-html",
        reason=looks_like(data) or "",
        records=(article,),
        problems=tuple(problems),
        notes=article_shown.receipt(made),
    )


def looks_like(data: bytes) -> str | None:
    """Why the bytes are a web page, or None."""
    head = data[:20_000]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    found = _MARKUP.search(head)
    if not found or head.lstrip()[:1] not in (b"<", b"\xef"):
        return None
    return f"HTML: it starts with markup ({found[0].decode('ascii').lower()}…)"


# ------------------------------------------------------------------ reading


def _read(data: bytes, hint: Hint, made: list[Step]) -> tuple[Article, list[Problem]]:
    """The article and what is wrong with it; the repairs are added to `made`."""
    _refuse_other_files(data)
    text = html_tree.within_limits(html_tree.decode(data, hint.content_type)[0])
    root = html_tree.tree(text)
    if root is None:
        raise ParseError("there is no text on the page; save it again, or paste the article as text")
    zone = hint.timezone or outlets.for_address(hint.url).timezone or hint.house_timezone
    meta = article_meta.read(root, hint.url, zone)
    rules = outlets.for_address(meta.url or hint.url)
    html_tree.strip(root)
    outline, stripped = html_tree.outline(root), html_tree.source(root)
    if not any(map(article_authors.is_person, meta.bylines)):
        meta = structs.replace(
            meta, bylines=article_top.authors(outline, meta.headline) or article_authors.publishers(meta.bylines)
        )
    del root  # the other extractors build trees of their own
    blocks, dropped, how, sure = _body(text, stripped, outline, meta, rules, made)
    if sum(furniture.length(block.text) for block in blocks) < FEWEST_WORDS:
        blocks, how, sure = _hidden(text, blocks, made) or (blocks, how, sure)
    standfirst = article_top.standfirst(outline, meta, blocks)
    published = article_top.published(outline, meta, zone)
    problems = _check("\n".join(item.text for item in outline.items), meta, blocks)
    article = Article(
        headline=article_shown.line(meta.headline, made),
        standfirst=standfirst,
        bylines=tuple(filter(None, map(article_shown.line, meta.bylines))),
        outlet=hint.outlet or rules.outlet or article_shown.line(meta.outlet),
        section=article_shown.line(meta.section),
        published_at=hint.published_at or (published.at if published else None),
        date_only=hint.date_only if hint.published_at else bool(published and published.date_only),
        updated_at=meta.updated.at if meta.updated and not _is_before(meta.updated, published) else None,
        url=meta.url,
        source_url=hint.url,
        language=meta.language,
        blocks=blocks,
        dropped=dropped,
        stub=bool(problems),
        extractor=how,
        confidence=sure,
    )
    return article, problems


def _refuse_other_files(data: bytes) -> None:
    start = data[:1024].lstrip()
    for sign, what in (
        (b"%PDF-", "a PDF; open it, copy its text and add that as text"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"RIFF", "a picture or sound"),
        (b"PK\x03\x04", "a ZIP or Office file"),
        (b"\x1f\x8b", "compressed; unpack it first"),
    ):
        if start.startswith(sign):
            raise ParseError(f"this is no web page but {what}")
    if not start:
        raise ParseError("the page is empty")


def _body(
    text: str, stripped: str, outline: Outline, meta: article_meta.Meta, rules: outlets.Rules, made: list[Step]
) -> tuple[tuple[Block, ...], tuple[Dropped, ...], str, float]:
    """Blocks, what was dropped, which method and how sure it is, 0–1; `stripped` is the page without scripts."""
    choices = html_body.select(outline, meta.headline, rules.furniture)
    how, sure = "own rules", 0.8
    if not outline.items:
        return _as_paste(text)
    if outline.depth > DEEPEST:
        pass  # a second opinion would take minutes
    elif _is_disputed(choices, second := html_second.cheap(stripped)):
        if len(stripped) < DEAREST and stripped.count("<") < MOST_TAGS:
            third = html_second.dear(stripped, meta.url)
            if all(_sees_some(choices, other) for other in (second, third)):
                choices, how = html_vote.voted(choices, (second, third)), "vote of three"
    else:
        how, sure = "own rules, second opinion agrees", 0.95
    choices = _without_author_notes(_with_lead(choices, outline, meta), meta.bylines)
    kept = [choice.item for choice in choices if choice.inside and not choice.reason]
    shown = article_shown.lines([item.text for item in kept], made)
    blocks = tuple(_block(item, text or item.text) for item, text in zip(kept, shown, strict=True))
    dropped = tuple(
        Dropped(text=choice.item.text, reason=choice.reason)
        for choice in choices
        if choice.reason and (choice.inside or html_dead.running(choice.item))
    )
    return _or_structured(blocks, dropped, meta, how, sure, made)


def _is_disputed(choices: Sequence[Choice], second: html_second.Opinion) -> bool:
    """Whether the second opinion sees another text than our own rules."""
    return not html_second.agree(
        html_vote.opinion(choices, ("",)),
        second,
        lambda: html_vote.opinion(choices, ("", html_dead.MARKED, html_dead.CAPTION)),
    )


def _sees_some(choices: Sequence[Choice], other: html_second.Opinion) -> bool:
    """Whether an opinion sees a story at all.

    A footer or the headline alone is no opinion on it: both libraries pass over a column in a box called "comment".
    """
    ours = sum(choice.item.words for choice in choices if choice.inside and not choice.reason)
    return len(other.flat.split()) > LEAST_SEEN * ours


def _as_paste(text: str) -> tuple[tuple[Block, ...], tuple[Dropped, ...], str, float]:
    """A page that no tree can hold (20,000 nested elements), read as if its visible text had been copied."""
    try:
        article = article_text.extract(html_second.everything(text))
    except ParseError:
        return (), (), "visible text", 0.0
    return article.blocks, article.dropped, "visible text, line scores", 0.5


def _hidden(text: str, found: Sequence[Block], made: list[Step]) -> tuple[tuple[Block, ...], str, float] | None:
    """The text that a page holds for readers without scripts, or as data for its scripts; None where it has none."""
    root = html_tree.tree(text)
    hidden = article_data.paragraphs(root) if root is not None else []
    if sum(map(furniture.length, hidden)) <= 2 * sum(furniture.length(block.text) for block in found):
        return None
    return paragraphs(line for line in article_shown.lines(hidden, made) if line), "data that the page hides", 0.6


def _without_author_notes(choices: Sequence[Choice], names: tuple[str, ...]) -> list[Choice]:
    """The choices without paragraphs at the end that tell who the author is."""
    left = list(choices)
    last = [place for place, choice in enumerate(left) if choice.inside and not choice.reason][-3:]
    for place in last:
        if bylines.is_about_author(left[place].item.text, names):
            left[place] = Choice(left[place].item, "about the author", inside=True)
    return left


def _with_lead(choices: Sequence[Choice], outline: Outline, meta: article_meta.Meta) -> list[Choice]:
    """The choices with the first paragraph, where it stands alone between headline and story.

    Only the short lines of a page's head may stand between; what the page describes itself with is its standfirst.
    """
    left = list(choices)
    first = next((place for place, choice in enumerate(left) if choice.inside and not choice.reason), 0)
    for place in range(first - 1, max(-1, first - 1 - HEAD), -1):
        item = left[place].item
        if item.level == 1:
            break
        if not html_dead.running(item):
            continue
        alone = left[place].reason in (html_body.OUTSIDE_RUN, html_body.OUTVOTED) and item.kind == "p"
        alone = alone and not left[place].caption
        if alone and item.words >= SHORTEST_LEAD and _has_title_above(left, place) and not _heads(item, outline, meta):
            left[place] = Choice(item, inside=True)
        break
    return left


def _has_title_above(choices: Sequence[Choice], place: int) -> bool:
    return any(choice.item.level == 1 for choice in choices[max(0, place - HEAD) : place])


def _heads(item: Item, outline: Outline, meta: article_meta.Meta) -> bool:
    """Whether a paragraph above the story is its standfirst, or furniture."""
    node = outline.nodes[item.node]
    if node.tag != "p" and not _LEAD.search(node.names):
        return True
    if article_top.is_marked(item, outline) or item.text == meta.description:
        return True
    if _is_about_other(outline, item.node):
        return True
    author = _BY.match(item.text) or bylines.is_about_author(item.text, meta.bylines)
    return bool(author or html_body.known(item.text))


def _is_about_other(outline: Outline, place: int) -> bool:
    """Whether an element or one of those closely around it says that it is about authors or sharing."""
    for _ in range(3):
        if place < 0 or outline.nodes[place].tag in ("article", "main", "body"):
            break
        if _NO_LEAD.search(outline.nodes[place].names):
            return True
        place = outline.nodes[place].parent
    return False


def _or_structured(
    blocks: tuple[Block, ...],
    dropped: tuple[Dropped, ...],
    meta: article_meta.Meta,
    how: str,
    sure: float,
    made: list[Step],
) -> tuple[tuple[Block, ...], tuple[Dropped, ...], str, float]:
    """JSON-LD's body instead, where it is much longer than what was found."""
    found = sum(len(block.text) for block in blocks)
    if not meta.body or len(meta.body) <= MUCH_LONGER * found:
        return blocks, dropped, how, sure
    lines = [" ".join(line.split()) for line in re.split(r"\n+", meta.body)]
    structured = paragraphs(shown for shown in article_shown.lines(lines, made) if shown)
    return structured, dropped, "the page's own JSON-LD", 0.7


def _block(item: Item, text: str) -> Block:
    kind: BlockKind = "p"
    if item.kind in ("h", "li", "quote"):
        kind = item.kind  # type: ignore[assignment]
    elif item.rich and item.words <= 14 and not furniture.ends_sentence(item.text):
        kind = "h"
    return Block(kind=kind, text=text)


def _is_before(updated: dates.Stamp, published: dates.Stamp | None) -> bool:
    """Whether an update lies before the publication, as the midnight of a day without a time does."""
    return published is not None and updated.at < published.at


def _check(visible: str, meta: article_meta.Meta, blocks: Sequence[Block]) -> list[Problem]:
    """Problems with what was found; raises `ParseError` where it is no article at all.

    `visible` is all text of the page.
    """
    words = sum(furniture.length(block.text) for block in blocks)
    paid = meta.free is False or (words < 350 and bool(_PAYWALL.search(visible)))
    dated = bool(meta.published or meta.bylines)
    stated = meta.is_article and bool(meta.headline)
    asked = "\n".join(block.text for block in blocks) if stated or words >= SURELY_TEXT else visible
    if words < 120 and not dated and _CONSENT.search(f"{meta.headline}\n{asked}"):
        raise ParseError("this is a consent or access page, not the article; open the page in a browser and paste it")
    if words < (FEWEST_WORDS_DATED if dated or stated else FEWEST_WORDS):
        if paid:
            raise ParseError("the article is behind a paywall and nothing of it is on the page; paste its text")
        raise ParseError("there is no article text on the page; open it in a browser and paste the article as text")
    if meta.word_count and meta.word_count > max(1.4 * words, words + 150):
        return [_stub(f"the page says {meta.word_count} words, but holds {words}")]
    if meta.free is False and words < 350:
        return [_stub("the page says that it is not free, and holds little text")]
    if paid and words < 150:
        return [_stub("the text breaks off at a paywall")]
    return []


def _stub(why: str) -> Problem:
    return Problem(message=f"only the start of the article is here: {why}; paste the whole text to replace it")
