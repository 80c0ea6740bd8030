"""Text copied or scraped from a Bluesky profile page → posts.

Which error is worse: a bio or half a post taken for a post is worse than a post left out with a problem, because
bios hold personal data and half posts say what nobody said.
So exactly one thing ends a post: its status line, which is day.month.year, hour:minute and four counts.
Only digits and their order are matched; the emoji between them are what damage destroys.

The page reads newest first: blocks of card title, card description and text, each closed by its status line,
with nothing between blocks; then bios of other accounts.
What follows the last status line is never a post.
It is counted, not kept: the raw document has it.
A feed shows reposts at the time they were reposted, so a page mixes authors, and it names none of them.
Times carry no zone; pages are rendered in UTC unless the hint says otherwise.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import replace

from parsers import bluesky_cards, mojibake
from parsers.errors import ParseError
from parsers.model import Card, Counts, Hint, ParseResult, Post, Problem, Record, Step

_COUNT = r"([0-9]{1,3}(?:[.,][0-9]{3}){1,3}|[0-9]{1,4}(?:[.,][0-9]{1,2})?[ ]?[KkMm]\b|[0-9]{1,9})"
_JUNK = r"[^0-9A-Za-z\n]{1,24}"
_STATUS = re.compile(
    r"^[ \t]*([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})[ \t,]{1,3}([0-9]{1,2}):([0-9]{2})(?: (?:UTC|GMT))?"
    + (_JUNK + _COUNT) * 4
    + r"[^0-9A-Za-z\n]{0,8}$",
    re.M,
)
#: A status line whose end is missing: at least day and month, at most three counts.
_CUT = re.compile(r"^[ \t]*[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{0,4}|[0-9]{4}[ \t,]{1,3}[^A-Za-z\n]{0,80})$")
#: Lines that only the head of a profile page has.
_HEADER = re.compile(
    r"(?:[0-9][0-9.,]*[KkMm]? (?:followers?|following|follows|posts)\b.*"
    r"|latest posts by .+|joined (?:on )?\w+ [0-9]{4})$",
    re.I,
)
_HEADER_REACH = 40  # lines; a header is a name, a bio and a few counts
_CUT_REACH = 8  # lines; the block of one post rarely has more
_BLOCK_LIMIT = 6_000  # characters; a post holds 3,000 bytes, a card about as much


class _Block(Record, frozen=True, kw_only=True):
    """The lines of one post and the status line that closed it."""

    lines: tuple[str, ...]  # without blank lines before and after
    status: re.Match[str]
    line: int  # where the block starts, 1 is the first line of the document
    position: int  # 0 is the first of the document

    @property
    def raw(self) -> str:
        return "\n".join((*self.lines, self.status[0]))


def looks_like(text: str) -> int:
    """How many status lines there are; 0 means that this is no scrape."""
    return sum(1 for _ in _STATUS.finditer(_newlines(text)))


def parse(text: str, hint: Hint) -> ParseResult:
    """Posts in document order, newest first as the page shows them.

    Raises ParseError when no line has the form of a status line.
    """
    text = _newlines(text)
    if not _STATUS.search(text):
        raise ParseError(
            "No line ends a post (day.month.year hour:minute and four counts), so this is not a scrape of a "
            "Bluesky profile page. If it is an article or a position paper, say so"
        )
    zone, problems = _zone(hint.timezone)
    if hint.author:
        message = "A profile page shows posts of several people and names none, so the author given is not used."
        problems.append(Problem(message=message, where="hint", severity="info"))
    reader = _Reader(mojibake.diagnose(text), hint, zone)
    posts = [post for block in _blocks(text) if (post := reader.post(block))]
    trailer = [line for line in text[reader.end :].split("\n") if line.strip()]
    notes: dict[str, Any] = {
        "channel": reader.diagnosis.channel,
        **reader.receipt(),
        "trailer_lines": len(trailer),
        "header_lines": reader.header,
    }
    return ParseResult(
        format="bluesky-scrape",
        reason=f"{reader.blocks} line{' ends' if reader.blocks == 1 else 's end'} a post with a minute and four counts",
        records=tuple(posts),
        problems=(*problems, *reader.problems, *_cut(trailer, text.count("\n") + 1)),
        notes=notes,
    )


def _newlines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _zone(name: str | None) -> tuple[dt.tzinfo, list[Problem]]:
    """The zone of the times; an unknown name is a problem and gives UTC."""
    if not name:
        return dt.UTC, []
    try:
        return ZoneInfo(name), []
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC, [Problem(message=f"The time zone “{name}” is not known; times are taken as UTC.", where="hint")]


def _blocks(text: str) -> Iterator[_Block]:
    """Everything up to each status line, one at a time: a page may be large."""
    end, line = 0, 1
    for position, status in enumerate(_STATUS.finditer(text)):
        lines = text[end : status.start()].split("\n")
        full = [at for at, content in enumerate(lines) if content.strip()]
        first, last = (full[0], full[-1] + 1) if full else (0, 0)
        yield _Block(lines=tuple(lines[first:last]), status=status, line=line + first, position=position)
        line += text.count("\n", end, status.end())
        end = status.end()


def _without_header(block: _Block) -> tuple[_Block, int]:
    """The first block without the page's head, and how many lines that took."""
    heads = [at for at, line in enumerate(block.lines[:_HEADER_REACH]) if _HEADER.match(line.strip())]
    cut = heads[-1] + 1 if heads else 0
    while cut < len(block.lines) and not block.lines[cut].strip():
        cut += 1
    return replace(block, lines=block.lines[cut:], line=block.line + cut), cut


def _cut(trailer: Sequence[str], lines: int) -> Iterator[Problem]:
    """What is to be said about the end of the document."""
    if trailer and _CUT.match(trailer[-1]):
        yield Problem(
            message="The text ends inside a status line: the post above it is not whole and was left out.",
            where=f"line {lines}",
            excerpt=trailer[-1][:200],
        )
    elif 0 < len(trailer) <= _CUT_REACH:
        yield Problem(
            message=(
                f"Lines after the last post without a status line of their own ({len(trailer)}): "
                "bios of the page, or a post that was cut off. They were left out."
            ),
            where=f"line {lines}",
            severity="info",
        )


class _Reader:
    """Turns blocks into posts and keeps account of repairs and problems."""

    def __init__(self, diagnosis: mojibake.Diagnosis, hint: Hint, zone: dt.tzinfo) -> None:
        self.diagnosis = diagnosis
        self.hint = hint
        self.zone = zone
        self.problems: list[Problem] = []
        self.blocks = self.header = self.end = 0  # how many blocks, lines of the page's head, characters read
        self._done = self._places = self._lost = 0

    def receipt(self) -> dict[str, str]:
        """What was repaired in all blocks together, in plain words, where something was."""
        found = self._places or self._lost
        return {"repair": mojibake.receipt(self._done, self._places, self._lost)} if found else {}

    def post(self, block: _Block) -> Post | None:
        """The post of a block; None, with a problem, where there is nothing to read."""
        self.blocks, self.end = self.blocks + 1, block.status.end()
        if block.position == 0:
            block, self.header = _without_header(block)
        if not block.lines:
            self._problem(block, "A status line has no text above it: the post holds only pictures or is lost.")
            return None
        if sum(map(len, block.lines)) > _BLOCK_LIMIT:
            self._problem(block, "More text than a post can hold stands above a status line; it was left out.")
            return None
        repaired = mojibake.repair("\n".join(block.lines), self.diagnosis, self.hint.style)
        self._count(repaired.steps)
        fixed = repaired.text.split("\n")  # repair changes no line breaks
        lines = [mojibake.shown(line) for line in fixed]
        full = [at for at, line in enumerate(lines) if line.strip()]
        split = bluesky_cards.split([lines[at] for at in full])
        first = full[split.lines] if split.lines else 0
        offset = sum(len(line) + 1 for line in block.lines[:first])
        text_raw = "\n".join(block.lines[first:])
        text = mojibake.shown("\n".join(fixed[first:])).strip("\n")
        return Post(
            text=text_raw if text == text_raw else text,  # one string in memory
            text_raw=text_raw,
            created_at=self._time(block),
            minute_only=True,
            counts=Counts(**dict(zip(("likes", "reposts", "replies", "quotes"), _counts(block), strict=True))),
            card=_card([lines[at] for at in full[: split.lines]]),
            card_score=round(split.score, 2),
            position=block.position,
            steps=tuple(_shifted(step, offset) for step in repaired.steps if step.offset >= offset),
            raw=block.raw,
        )

    def _time(self, block: _Block) -> dt.datetime | None:
        day, month, year, hour, minute = (int(block.status[group]) for group in range(1, 6))
        try:
            local = dt.datetime(year, month, day, hour, minute, tzinfo=self.zone)
            return local.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self._problem(block, "The time under a post cannot be; the post went in without one.")
            return None

    def _count(self, steps: Sequence[Step]) -> None:
        lost = sum(step.kind == "unresolved" for step in steps)
        self._lost += lost
        self._places += len(steps) - lost
        self._done += sum(len(step.replacement) for step in steps if step.kind != "unresolved")

    def _problem(self, block: _Block, message: str) -> None:
        self.problems.append(
            Problem(message=message, where=f"line {block.line + len(block.lines)}", excerpt=block.raw[:200])
        )


def _counts(block: _Block) -> list[int]:
    """Likes, reposts, replies, quotes; "1.2K" is taken as 1,200."""
    return [_number(block.status[group]) for group in range(6, 10)]


def _number(shown: str) -> int:
    """The number that a page shows.

    >>> _number("1,234"), _number("1.2K"), _number("96")
    (1234, 1200, 96)
    """
    unit = {"K": 1_000, "M": 1_000_000}.get(shown[-1].upper())
    if unit:
        return round(float(shown[:-1].strip().replace(",", ".")) * unit)
    return int(re.sub("[.,]", "", shown))


def _card(lines: Sequence[str]) -> Card | None:
    if not lines:
        return None
    return Card(title=lines[0].strip(), description="\n".join(line.strip() for line in lines[1:]) or None)


def _shifted(step: Step, offset: int) -> Step:
    """A step of the whole block as a step of the text below the card."""
    return replace(step, offset=step.offset - offset) if offset else step
