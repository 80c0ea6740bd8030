"""A news article from text that somebody copied out of a browser.

Which error is worse: to lose a paragraph of the article is worse than to keep a line of the page around it;
whatever is left out is kept as `Dropped` with its reason, so that a person can put it back.

Observations.
A copied page is lines.
Paragraphs of the article are long lines that end like sentences, and they stand together.
Around them stand short lines: menus, share buttons, doubled captions, job adverts, teasers, comment forms.
Comments and teasers are prose too, but a heading of a known kind ("Leave a reply") comes before.

Theory of operation.
1. Each line is classified: a cut heading, furniture, prose, a short sentence, or a short line.
2. Prose adds its words to a score, everything else subtracts; the maximal positive runs of lines are
   candidates, and the first one with a fair share of the best one's score is the body
   (comments and teasers come after the article, and can be longer than it).
3. Inside the body doubled short lines, cards and repeated lines go; a lone short line between paragraphs is a
   subhead.
4. Above the body stand headline, section label, standfirst, byline and date.

A text that shows no furniture at all is taken as it is: somebody cleaned it already; with a line or two of
furniture in it, only these go.
A page pasted as one line is first broken at phrases that only furniture has, then at its sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parsers import (
    bylines,
    furniture,
    mojibake,
    paste_blocks,
    paste_body,
    paste_head,
    paste_lines,
    paste_promo,
    paste_voice,
)
from parsers.errors import ParseError
from parsers.model import Article, Block, Dropped, Hint, ParseResult, Problem
from parsers.mojibake import Repair
from parsers.paste_head import Head
from parsers.paste_lines import Line

#: The reason of sentences by which an outlet speaks to its reader.
APPEAL = "speaks to the reader, not of the story"
#: Share of a pasted text that an article without a headline has at least; select-all copies of pages have 0.1.
HARDLY = 0.05
#: So many characters show by their repair whether a damaged text is one.
REPAIRED = 20_000


def extract(text: str, hint: Hint | None = None) -> Article:
    """The article in a pasted text.

    Unknown stays None: outlet and url come from `hint`, the date from there or from a line below the headline.
    `steps` are the repairs of damaged characters, with offsets into `text`.
    Raises `ParseError` where the text holds no prose at all.
    """
    hint = hint or Hint()
    repaired = mojibake.repair(text, style=hint.style)
    lines = paste_lines.read(mojibake.shown(repaired))
    if not any(line.kind in ("prose", "sentence") for line in lines):
        raise ParseError(
            "there is no running text in it, so it is no article; "
            "paste the article itself, with its paragraphs, or name the right kind"
        )
    lines = _without_appeals(lines)
    clean, whole = paste_body.is_clean(lines), paste_body.is_whole(lines)
    letters = paste_lines.are_letters(lines)
    start, stop = paste_body.whole_span(lines) if whole else paste_body.span(lines, letters)
    head = paste_head.read(lines, start, hint.timezone or hint.house_timezone)
    if whole:
        start = _first_unused(lines, start, head)
    blocks, dropped = paste_blocks.blocks(lines[start:stop], whole, letters, head, _people(lines[:start]))
    outside = [*lines[:start], *lines[stop:]]
    rest = [_drop(line) for line in outside if line.place not in head.used]
    if head.menu:
        rest.append(Dropped(text=head.menu, reason=paste_lines.RUN, line=1))
    return Article(
        headline=head.headline,
        standfirst=head.standfirst,
        section=head.section,
        bylines=head.bylines,
        outlet=hint.outlet,
        published_at=hint.published_at or (head.published.at if head.published else None),
        date_only=hint.date_only if hint.published_at else bool(head.published and head.published.date_only),
        url=hint.url,
        source_url=hint.url,
        blocks=blocks,
        dropped=tuple(sorted((*dropped, *rest), key=lambda item: item.line or 0)),
        extractor="pasted text, no furniture found" if clean else "pasted text, line scores",
        confidence=_confidence(lines, blocks, head),
        steps=repaired.steps,
    )


def _without_appeals(lines: Sequence[Line]) -> list[Line]:
    """The lines, with what the outlet says to its reader as furniture, unless there is no page around them."""
    if paste_body.is_whole(lines):
        return list(lines)
    reasons = paste_promo.boxes(lines)
    reasons |= dict.fromkeys(paste_voice.addressed(lines), APPEAL)
    return [
        replace(line, kind="furniture", reason=reasons[line.place]) if line.place in reasons else line for line in lines
    ]


def _first_unused(lines: Sequence[Line], start: int, head: Head) -> int:
    """Where a clean text starts: short lines above its first paragraph belong to it, if no field took them."""
    while start and lines[start - 1].place not in head.used and lines[start - 1].kind not in ("furniture", "cut"):
        start -= 1
    return start


def _people(above: Sequence[Line]) -> tuple[str, ...]:
    """People who stand alone in a line above the body: authors, as many pages name them."""
    return tuple(name for line in above if line.kind == "short" for name in bylines.bare_name(line.text))


def parse(text: str, hint: Hint) -> ParseResult:
    """One pasted article as a result; says so where most of the text was left out.

    Notes: "repair" (its receipt), where damaged characters were repaired.

    Raises `ParseError` where hardly any of it is an article, unless a person said that it is one.
    """
    article = extract(text, hint)
    kept = sum(len(block.text) for block in article.blocks)
    problems = []
    if kept < HARDLY * len(text.strip()) and article.headline is None and hint.kind is None:
        raise ParseError(
            "hardly anything in it is running text, and nothing stands above that as a headline, so it is no article; "
            "if it is one all the same, say so"
        )
    if kept < 0.4 * len(text.strip()):
        share = round(100 * kept / max(1, len(text.strip())))
        problems.append(
            Problem(
                message=f"only {share} % of the pasted text was taken for the article; see what was left out",
                severity="info",
            )
        )
    return ParseResult(
        format="article-text",
        reason=looks_like(text) or "",
        records=(article,),
        problems=tuple(problems),
        notes={"repair": Repair(text=text, steps=article.steps).receipt} if article.steps else {},
    )


def looks_like(text: str) -> str | None:
    """Why the text is an article: several paragraphs of prose. None where there are too few."""
    found = _prose(text[:200_000])
    if found is None and not text.isascii():
        found = _prose(mojibake.shown(mojibake.repair(text[:REPAIRED])))  # damage hides the ends of sentences
    return found


def _prose(text: str) -> str | None:
    """How much running prose a text holds, in words; None where it is less than an article's."""
    lines = paste_lines.paragraphs(text)
    counted = [(line, len(furniture.words(line))) for line in lines]
    prose = [count for line, count in counted if furniture.is_prose(line, count) and not furniture.furniture(line)]
    if (len(prose) >= 3 and sum(prose) >= 80) or sum(prose) >= 150:
        noun = "paragraph" if len(prose) == 1 else "paragraphs"
        return f"{len(prose)} {noun} of running prose, {sum(prose)} words"
    return None


def _drop(line: Line) -> Dropped:
    return Dropped(text=line.text, reason=line.reason or "outside the article", line=line.number)


def _confidence(lines: Sequence[Line], blocks: Sequence[Block], head: Head) -> float:
    """How sure this is, 0–1: the share of the text's prose that was kept, less where no headline was found."""
    prose = sum(line.count for line in lines if line.kind == "prose")
    kept = sum(len(furniture.words(block.text)) for block in blocks if block.kind == "p")
    share = min(1.0, kept / prose) if prose else 0.3
    return round(share * (1.0 if head.headline else 0.7), 2)
