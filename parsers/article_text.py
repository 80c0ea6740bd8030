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

A text that shows no furniture at all is taken as it is: somebody cleaned it already.
A page pasted as one line is first broken at phrases that only furniture has, then at its sentences.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from parsers import bylines, furniture, mojibake
from parsers.errors import ParseError
from parsers.model import Article, Block, BlockKind, Dropped, Hint, ParseResult, Problem

LineClass = Literal["cut", "furniture", "prose", "sentence", "item", "short"]

#: Calibrated on simulated pastes of news pages; all in words of prose.
PROSE_CAP = 60
REPEATED = 0.2
SENTENCE = 0.7
SHORT = -7.0
DOUBLED = -9.0
FURNITURE = -5.0
ITEM = -2.0
CUT = -70.0
CUT_BEFORE_BODY = -25.0
COMMENTS = -250.0
#: A run this good, compared with the best one, is the article if it comes first.
FIRST_SHARE = 0.4
#: How many lines above the body may hold headline, standfirst and byline.
HEAD_LINES = 14
#: How many lines a box between two paragraphs may have.
WIDEST_GAP = 14


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the paste that is not blank."""

    place: int  # among the lines that are looked at, 0 first
    number: int  # of the line it was in the paste, 1 first
    text: str  # whitespace runs collapsed
    count: int  # words
    kind: LineClass
    reason: str = ""  # for cut and furniture
    doubled: bool = False  # the line before or after says the same
    repeated: bool = False  # it stood further up already


@dataclass(frozen=True, slots=True)
class _Head:
    headline: str | None = None
    section: str | None = None
    standfirst: str | None = None
    bylines: tuple[str, ...] = ()
    used: frozenset[int] = frozenset()  # places of the lines that became a field


def extract(text: str, hint: Hint | None = None) -> Article:
    """The article in a pasted text.

    Unknown stays None: outlet, url and date come from `hint` or from a line that states them.
    Raises `ParseError` where the text holds no prose at all.
    """
    hint = hint or Hint()
    lines = _lines(_repaired(text))
    if not any(line.kind in ("prose", "sentence") for line in lines):
        raise ParseError(
            "there is no running text in it, so it is no article; "
            "paste the article itself, with its paragraphs, or name the right kind"
        )
    clean = _is_clean(lines)
    start, stop = (_clean_start(lines), len(lines)) if clean else _body(lines)
    head = _head(lines, start)
    blocks, dropped = _blocks(lines[start:stop], clean, head)
    outside = [*lines[:start], *lines[stop:]]
    rest = tuple(_drop(line) for line in outside if line.place not in head.used)
    return Article(
        headline=head.headline,
        standfirst=head.standfirst,
        section=head.section,
        bylines=head.bylines,
        outlet=hint.outlet,
        published_at=hint.published_at,
        date_only=hint.date_only,
        url=hint.url,
        source_url=hint.url,
        blocks=blocks,
        dropped=tuple(sorted((*dropped, *rest), key=lambda item: item.line or 0)),
        extractor="pasted text, no furniture found" if clean else "pasted text, line scores",
        confidence=_confidence(lines, blocks, head),
    )


def parse(text: str, hint: Hint) -> ParseResult:
    """One pasted article as a result; says so where most of the text was left out."""
    article = extract(text, hint)
    kept = sum(len(block.text) for block in article.blocks)
    problems = []
    if kept < 0.4 * len(text.strip()):
        share = round(100 * kept / max(1, len(text.strip())))
        problems.append(
            Problem(
                message=f"only {share} % of the pasted text was taken for the article; see what was left out",
                severity="info",
            )
        )
    return ParseResult(
        format="article-text", reason=looks_like(text) or "", records=(article,), problems=tuple(problems)
    )


def looks_like(text: str) -> str | None:
    """Why the text is an article: several paragraphs of prose. None where there are too few."""
    lines = [" ".join(line.split()) for line in text[:200_000].splitlines()]
    counts = [len(furniture.words(line)) for line in lines if line]
    prose = [
        count
        for line, count in zip((line for line in lines if line), counts, strict=True)
        if furniture.is_prose(line, count) and not furniture.furniture(line)
    ]
    if (len(prose) >= 3 and sum(prose) >= 80) or sum(prose) >= 150:
        return f"{len(prose)} paragraphs of running prose, {sum(prose)} words"
    return None


# ------------------------------------------------------------------ lines


_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u2060\ufeff\u00ad\u200e\u200f"))
_MARKDOWN_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\([^)\s]{1,2000}(?:\s\"[^\"\n]{0,300}\")?\)")
_MARKDOWN_URL = re.compile(r"(?<!!)\[([^\]\n]{1,300})\]\(https?://[^)\s]{1,2000}(?:\s\"[^\"\n]{0,300}\")?\)")
_BULLET = re.compile(r"^(?:[•●▪◦‣∙·]\s*|[-–—*]\s+|\d{1,2}[.)]\s+)(?=\S)")


def _repaired(text: str) -> str:
    """Damaged characters set right; see `parsers.mojibake`."""
    return mojibake.shown(mojibake.repair(text).text)


def _lines(text: str) -> list[Line]:
    """The lines of the paste, classified."""
    raw = _split(_normalised(text))
    folded = [_fold(line) for _, line in raw]
    seen: Counter[str] = Counter()
    lines = []
    for place, (number, line) in enumerate(raw):
        near = {
            folded[other]
            for other in (place - 2, place - 1, place + 1, place + 2)
            if 0 <= other < len(raw) and other != place
        }
        close = {folded[other] for other in (place - 1, place + 1) if 0 <= other < len(raw)}
        doubled = folded[place] in close or (folded[place] in near and len(folded[place]) > 20)
        lines.append(_classified(place, number, line, doubled, bool(seen[folded[place]])))
        seen[folded[place]] += 1
    return lines


def _classified(place: int, number: int, line: str, doubled: bool, repeated: bool) -> Line:
    count = len(furniture.words(line))
    kind: LineClass
    reason = furniture.cut(line) or ""
    if reason:
        kind = "cut"
    elif reason := furniture.furniture(line) or "":
        kind = "furniture"
    elif furniture.is_prose(line, count):
        kind = "prose"
    elif _BULLET.match(line) and count >= 2:
        kind = "item"
    elif count >= 2 and furniture.ends_sentence(line):
        kind = "sentence"
    else:
        kind = "short"
    return Line(place, number, line, count, kind, reason, doubled, repeated)


def _normalised(text: str) -> str:
    """Composed characters, plain spaces, no invisible marks, Markdown links as their words."""
    text = unicodedata.normalize("NFC", text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\r\n", "\n"))
    text = text.translate(_INVISIBLE)
    if "](" in text:
        text = _MARKDOWN_URL.sub(r"\1", _MARKDOWN_IMAGE.sub(r"\n\1\n", text))
    return text


def _split(text: str) -> list[tuple[int, str]]:
    """Lines that are not blank, with their numbers; hard wraps undone, a one-line page broken up."""
    numbered = [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), 1)]
    filled = [(number, line) for number, line in numbered if line]
    if _is_hard_wrapped(filled):
        return _unwrapped(numbered)
    length = sum(len(line) for _, line in filled)
    if length > 600 and (len(filled) - 1) * 1500 < length:
        return [(number, piece) for number, line in filled for piece in _pieces(line)]
    return filled


def _is_hard_wrapped(lines: Sequence[tuple[int, str]]) -> bool:
    """Whether a mail program broke the lines: hardly any over 90 characters, most of them nearly full."""
    lengths = [len(line) for _, line in lines]
    if len(lengths) < 6 or sum(length > 100 for length in lengths) * 50 > len(lengths):
        return False
    full = sum(55 <= length <= 100 for length in lengths)
    return full > 0.6 * len(lengths)


def _unwrapped(lines: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    joined: list[tuple[int, str]] = []
    previous = ""
    for number, line in lines:
        if line and previous and len(previous) >= 50 and joined:
            start, text = joined[-1]
            joined[-1] = (start, f"{text} {line}")
        elif line:
            joined.append((number, line))
        previous = line
    return joined


_SENTENCE_GAP = re.compile(r"(?<=[.!?])(?:(?<=[^.\s]{3}.)|(?<=\d.)|(?<=[a-z]{2}.))[\"'”’)]*\s+(?=[\"'“‘(]?[A-Z£$€\d])")


def _pieces(line: str) -> list[str]:
    """A page that was pasted as one line, broken at furniture and then at sentences."""
    pieces = [part.strip() for part in furniture.inline_phrases().split(line)]
    return [
        sentence.strip()
        for piece in pieces
        if piece
        for sentence in _SENTENCE_GAP.sub(lambda gap: gap.group().rstrip() + "\n", piece).split("\n")
        if sentence.strip()
    ]


def _fold(line: str) -> str:
    """A line for comparison: case, quotes and punctuation ignored."""
    return " ".join(furniture.words(line.casefold().replace("’", "'"))) or line


# ------------------------------------------------------------------ body


def _is_clean(lines: Sequence[Line]) -> bool:
    """Whether nothing looks like a page around the article."""
    below = [line for line in lines[4:] if line.kind in ("cut", "furniture") or (line.doubled and line.kind == "short")]
    words = sum(line.count for line in lines)
    prose = sum(line.count for line in lines if line.kind in ("prose", "sentence"))
    return not below and prose > 0.6 * words


def _clean_start(lines: Sequence[Line]) -> int:
    """Where the body of an already clean text starts: its first paragraph."""
    for place, line in enumerate(lines[:HEAD_LINES]):
        if line.kind in ("prose", "sentence") and line.count >= 6:
            return place
    return 0


def _body(lines: Sequence[Line]) -> tuple[int, int]:
    """The span of lines that is the article: first good maximal run of positive score, widened over gaps."""
    runs = _runs(_scores(lines))
    best = max(score for score, _, _ in runs)
    start, stop = next((start, stop) for score, start, stop in runs if score >= FIRST_SHARE * best)
    return _earlier(lines, start), _later(lines, stop)


def _later(lines: Sequence[Line], stop: int) -> int:
    """The end of the body, moved on over boxes that stand between its paragraphs."""
    while True:
        following = _next_prose(lines, range(stop, min(len(lines), stop + WIDEST_GAP)))
        if following is None or not _is_box(lines[stop:following]):
            return stop
        stop = following + 1


def _earlier(lines: Sequence[Line], start: int) -> int:
    """The start of the body, moved up over captions and adverts; a byline, date or heading is a border."""
    while True:
        before = _next_prose(lines, range(start - 1, max(-1, start - WIDEST_GAP), -1))
        if before is None:
            return start
        gap = lines[before + 1 : start]
        if any(line.kind == "cut" or line.reason in ("date line", "byline") for line in gap):
            return start
        if any(bylines.is_job_title(line.text) for line in gap):
            return start
        start = before


def _next_prose(lines: Sequence[Line], places: range) -> int | None:
    return next((place for place in places if lines[place].kind == "prose" and not lines[place].repeated), None)


def _is_box(gap: Sequence[Line]) -> bool:
    """Whether the article goes on after these lines: nothing in them ends it.

    Under a heading of other stories several titles may stand, and the article goes on after them;
    a single title with a paragraph below it is a teaser.
    """
    cuts = [place for place, line in enumerate(gap) if line.kind == "cut"]
    if any(gap[place].reason in ("start of the comments", "end of the page") for place in cuts):
        return False
    if not cuts:
        return True
    titles = sum(line.kind in ("short", "sentence") for line in gap[cuts[-1] :])
    return len(cuts) == 1 and titles in (0, 2, 3, 4)


def _scores(lines: Sequence[Line]) -> list[float]:
    """What each line says for the article; cut headings weigh more once three paragraphs stand above them."""
    scores = []
    prose = 0
    for line in lines:
        if line.kind == "prose":
            prose += 1
        scores.append(_score(line, prose))
    return scores


def _score(line: Line, prose: int) -> float:
    if line.kind == "prose":
        return min(line.count, PROSE_CAP) * (REPEATED if line.repeated else 1.0)
    if line.kind == "sentence":
        return SENTENCE * line.count * (REPEATED if line.repeated else 1.0)
    if line.kind == "cut":
        if prose < 3:
            return CUT_BEFORE_BODY
        return COMMENTS if line.reason == "start of the comments" else CUT
    if line.kind == "furniture":
        return FURNITURE
    if line.kind == "item":
        return ITEM
    return DOUBLED if line.doubled else SHORT


def _runs(scores: Sequence[float]) -> list[tuple[float, int, int]]:
    """Maximal runs as (score, start, stop); a run ends where the sum falls below zero."""
    runs: list[tuple[float, int, int]] = []
    total = top = 0.0
    start = stop = 0
    for place, score in enumerate(scores):
        if total <= 0:
            if top > 0:
                runs.append((top, start, stop))
            total = top = 0.0
            start = stop = place
        total += score
        if total > top:
            top, stop = total, place + 1
    if top > 0:
        runs.append((top, start, stop))
    return runs or [(0.0, 0, len(scores))]


# ------------------------------------------------------------------ head


def _head(lines: Sequence[Line], start: int) -> _Head:
    """Headline, label, standfirst and bylines from the lines above the body."""
    above = list(lines[max(0, start - HEAD_LINES) : start])
    names = _bylines(above)
    used: set[int] = set()
    place = _headline_place(above, lines[start : start + 5])
    if place is None:
        return _Head(bylines=names)
    headline = above[place]
    used.update(line.place for line in above if _fold(line.text) == _fold(headline.text))
    section = _section(above[:place])
    if section:
        used.add(section.place)
    standfirst = _standfirst(above[place + 1 :], headline)
    if standfirst:
        used.update(line.place for line in above if _fold(line.text) == _fold(standfirst.text))
    return _Head(
        headline=headline.text,
        section=section.text if section else None,
        standfirst=standfirst.text if standfirst else None,
        bylines=names,
        used=frozenset(used),
    )


def _headline_place(above: Sequence[Line], lead: Sequence[Line]) -> int | None:
    """The highest line that may be a headline and shares words with the first paragraphs; else the highest."""
    story = _content(line.text for line in lead)
    fitting = [
        place
        for place, line in enumerate(above)
        if line.kind in ("short", "prose", "sentence") and 3 <= line.count <= 30 and not bylines.is_job_title(line.text)
    ]
    shared = [place for place in fitting if len(_content([above[place].text]) & story) >= 2]
    if shared:
        return shared[0]
    return fitting[0] if fitting else None


def _content(texts: Iterable[str]) -> set[str]:
    """Words that carry meaning, shortened to six letters as a cheap stem."""
    return {word[:6].casefold() for text in texts for word in furniture.words(text) if len(word) > 3}


def _section(above: Sequence[Line]) -> Line | None:
    """The label right above the headline: one to four words."""
    near = next((line for line in reversed(above) if line.kind not in ("furniture", "cut")), None)
    return near if near and near.kind == "short" and 1 <= near.count <= 4 else None


def _standfirst(below: Sequence[Line], headline: Line) -> Line | None:
    """The first line of eight words or more below the headline; byline, date and captions come after it."""
    for line in below:
        if line.reason in ("byline", "date line", "photo caption or credit") or bylines.is_job_title(line.text):
            return None
        fits = line.kind in ("short", "prose", "sentence") and line.count >= 8
        if fits and _fold(line.text) != _fold(headline.text):
            return line
    return None


def _bylines(above: Sequence[Line]) -> tuple[str, ...]:
    """Names from "By …" lines, or from a bare name above a job title."""
    names: list[str] = []
    for place, line in enumerate(above):
        found = bylines.byline(line.text)
        if not found and place + 1 < len(above) and bylines.is_job_title(above[place + 1].text):
            found = bylines.split_names(line.text) if 2 <= line.count <= 4 and line.kind == "short" else ()
        names.extend(name for name in found if name not in names)
    return tuple(names)


# ------------------------------------------------------------------ blocks


def _blocks(body: Sequence[Line], clean: bool, head: _Head) -> tuple[tuple[Block, ...], list[Dropped]]:
    """The body's lines as blocks, and those that don't belong to it."""
    kept: list[tuple[int, Line]] = []
    dropped: list[Dropped] = []
    seen: set[str] = set()
    for place, line in enumerate(body):
        reason = "" if clean else _why_not(body, place, seen, head)
        seen.add(_fold(line.text))
        if reason:
            dropped.append(Dropped(text=line.text, reason=reason, line=line.number))
        else:
            kept.append((place, line))
    while kept and not clean and kept[-1][1].kind == "short":
        line = kept.pop()[1]
        dropped.append(Dropped(text=line.text, reason="short line at the end", line=line.number))
    return _joined(kept), dropped


def _joined(kept: Sequence[tuple[int, Line]]) -> tuple[Block, ...]:
    """Lines as blocks; sentences that were one line of the paste, with nothing taken out between, are one."""
    blocks: list[Block] = []
    previous: tuple[int, int] | None = None
    for place, line in kept:
        block = _block(line)
        if previous == (place - 1, line.number) and block.kind == blocks[-1].kind == "p":
            block = Block(kind="p", text=f"{blocks.pop().text} {block.text}")
        blocks.append(block)
        previous = (place, line.number)
    return tuple(blocks)


def _why_not(body: Sequence[Line], place: int, seen: set[str], head: _Head) -> str:
    """Why a line inside the body is not part of it; empty where it is."""
    line = body[place]
    if line.kind in ("cut", "furniture"):
        return line.reason
    if line.kind == "short" and line.doubled:
        return "doubled short line: caption or card"
    if len(line.text) > 20 and _fold(line.text) in seen:
        return "said already further up"
    if head.headline and _fold(line.text) == _fold(head.headline):
        return "the headline again"
    if line.kind != "short":
        return ""
    after = body[place + 1] if place + 1 < len(body) else None
    before = body[place - 1] if place else None
    if after is not None and after.reason == "photo caption or credit":
        return "photo caption above its credit"
    if before is not None and before.kind == "cut":
        return "under a heading of something else"
    if line.count >= 9 and any(other is not None and other.kind == "furniture" for other in (before, after)):
        return "caption or title beside furniture"
    if any(other is not None and other.kind == "short" and not other.doubled for other in (before, after)):
        return "run of short lines"
    return ""


def _block(line: Line) -> Block:
    kind: BlockKind = "p"
    text = line.text
    if line.kind == "item" or (line.kind == "prose" and text[:1] in "•●▪◦‣∙"):
        kind, text = "li", _BULLET.sub("", text)
    elif line.kind == "short" and line.count <= 14 and not text.endswith((":", ",", ";")):
        kind = "h"
    return Block(kind=kind, text=text)


def _drop(line: Line) -> Dropped:
    return Dropped(text=line.text, reason=line.reason or "outside the article", line=line.number)


def _confidence(lines: Sequence[Line], blocks: Sequence[Block], head: _Head) -> float:
    """How sure this is, 0–1: the share of the text's prose that was kept, less where no headline was found."""
    prose = sum(line.count for line in lines if line.kind == "prose")
    kept = sum(len(furniture.words(block.text)) for block in blocks if block.kind == "p")
    share = min(1.0, kept / prose) if prose else 0.3
    return round(share * (1.0 if head.headline else 0.7), 2)


def with_hint(article: Article, hint: Hint) -> Article:
    """The article with what the giver knows in place of what was found."""
    known = {"outlet": hint.outlet, "published_at": hint.published_at, "url": hint.url}
    if hint.published_at:
        article = msgspec.structs.replace(article, date_only=hint.date_only)
    return msgspec.structs.replace(article, **{name: value for name, value in known.items() if value is not None})
