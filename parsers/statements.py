"""Split a position paper into its statements: context, position, rationale.

Two statements glued together are worse than one torn apart: the glued one never gets its links, and nobody
sees that it is missing.
Headings decide where there are any (`statement_blocks`); paragraphs without headings are cut by what they say
(`statement_tails`); every statement gets a title from its own position (`statement_titles`).

What is kept and what is not:

- The lines before the first statement are the paper's front: its first line names the area; the introduction
  and the committee's list are told in `notes["front"]`.
- Rules, page numbers and adoption lines are furniture.
- All other lines stand in exactly one section of one statement.
- A statement that a paper prints twice is kept once; sections that differ are joined.
- A statement without a position (a paper cut short) keeps what it has as its position, with a problem.

Roles come in the order of the paper: most begin with the context, some with the position.
A role that does not come later in that order than the one before begins the next statement.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence, Set
from itertools import pairwise
from typing import Any

import msgspec

from parsers.model import Hint, ParseResult, Problem, Record, Statement
from parsers.statement_blocks import Block, Role, read_blocks
from parsers.statement_tails import Reader, Unit, bound, units
from parsers.statement_titles import title_statements
from parsers.statement_words import Vocabulary, find_organisation, stance_pattern

ROLES: tuple[Role, ...] = ("context", "position", "rationale")


class Draft(Record, frozen=True, kw_only=True):
    """One statement before it is cut to size: its sections' blocks."""

    context: tuple[Block, ...] = ()
    position: tuple[Block, ...] = ()
    rationale: tuple[Block, ...] = ()
    title: str | None = None  # the paper's own, where it gives one
    area: str | None = None
    adopted_on: dt.date | None = None
    line: int = 0


class Paper(Record, frozen=True, kw_only=True):
    """A whole paper, read but not yet judged."""

    front: tuple[Block, ...] = ()
    drafts: tuple[Draft, ...] = ()
    organisation: str | None = None
    headed: bool = False


# ------------------------------------------------------------------ doors


def split(text: str) -> list[Statement]:
    """The statements of a position paper, in its order.

    Sections keep their paragraphs and lists, a line each; spaces are folded.
    Never raises; a text without any paragraph gives [].
    """
    return list(_read(text, Hint())[0])


def parse(text: str, hint: Hint) -> ParseResult:
    """One position paper as Statements.

    `hint.area` and `hint.organisation` win over what the paper says.
    Notes: "paper" (its title), "organisation", "area", "front" (lines before the first statement).
    Never raises; what looks wrong becomes a `Problem`.
    """
    statements, problems, notes = _read(text, hint)
    return ParseResult(format="positions", records=statements, problems=problems, notes=notes)


def looks_like(text: str) -> str | None:
    """Why this text is a position paper, in plain words; None where it may be anything else.

    Sure signs only: at least one position heading together with a context or rationale heading, or a front
    line "position statements" above paragraphs in which the organisation takes a stance.
    """
    blocks, _ = read_blocks(text[:LOOK_AHEAD])
    count = Counter(block.role for block in blocks if block.role)
    others = count["context"] + count["rationale"]
    if count["position"] and others and not _is_social(blocks):
        return f"it has {count['position']} position headings and {others} of context or rationale"
    front = [block.text for block in blocks[:5] if len(block.text) <= 80]
    if any(_PAPER.search(line) for line in front) and _stances(text[:LOOK_AHEAD], blocks) >= 2:
        return "its first lines call it position statements, and its paragraphs take a stance"
    return None


def statement_id(position: str) -> str:
    """A short stable id of a position; case, spaces, punctuation and list marks don't matter."""
    folded = unicodedata.normalize("NFKC", position).casefold()
    folded = _LIST_MARK.sub("", folded)
    key = " ".join(re.findall(r"[^\W_]+", folded))
    return "s-" + hashlib.sha256((key or position.strip()).encode()).hexdigest()[:12]


LOOK_AHEAD = 200_000  # characters; a paper shows its headings long before
_LIST_MARK = re.compile(r"^\s*(?:[•*–—-]|\(?\d{1,3}[.)])\s+", re.MULTILINE)
_PAPER = re.compile(r"\bposition\s+(?:statements?|papers?)\b", re.IGNORECASE)
_SOCIAL = re.compile(r"(?:[\u202a\u2066]?@[\w.-]+|·\s*\d+[smhd])")
_INTRODUCES = re.compile(
    r"\b(?:(?:these|the\s+following|our|all)\s+(?:position\s+)?statements|this\s+(?:paper|document|page))\b",
    re.IGNORECASE,
)


def _is_social(blocks: Sequence[Block]) -> bool:
    """Whether several lines begin with a handle, as a feed's do."""
    return sum(1 for block in blocks if _SOCIAL.match(block.text)) >= 3


def _stances(text: str, blocks: Sequence[Block]) -> int:
    """How many paragraphs begin with the organisation's stance."""
    stance = stance_pattern(find_organisation(text, ()))
    return sum(1 for block in blocks if stance.match(block.text))


# ------------------------------------------------------------------ reading


def _read(text: str, hint: Hint) -> tuple[tuple[Statement, ...], tuple[Problem, ...], dict[str, Any]]:
    """Everything that a paper tells."""
    blocks, _ = read_blocks(text)
    organisation = hint.organisation or find_organisation(text, (block.owner for block in blocks))
    headed = any(block.role for block in blocks)
    reader = Reader(Vocabulary(unit.text for unit in units(blocks)), stance_pattern(organisation))
    front, drafts = _headed(blocks) if headed else _headless(blocks, reader)
    if headed:
        drafts = _cut_tail(drafts, reader)
    area = hint.area or _area(front, organisation)
    made = [_statement(draft, organisation, hint.area or draft.area or area) for draft in drafts]
    statements = title_statements(_merged(made), organisation)
    notes: dict[str, Any] = {
        "paper": front[0].text if front else None,
        "organisation": organisation,
        "area": area,
        "front": "\n".join(block.text for block in front) or None,
    }
    return tuple(statements), tuple(_problems(drafts, headed)), notes


def _headed(blocks: Sequence[Block]) -> tuple[list[Block], list[Draft]]:
    """The front and the drafts of a paper with section headings."""
    order = _order([block.role for block in blocks if block.role])
    front: list[Block] = []
    found: list[dict[Role, list[Block]]] = []
    lines: list[int] = []
    role: Role | None = None
    for block in blocks:
        if block.role:
            if role is None or order[block.role] < order[role] or block.role == role != "rationale":
                found.append({"context": [], "position": [], "rationale": []})
                lines.append(block.line)
            role = block.role
            if block.text:
                found[-1][role].append(msgspec.structs.replace(block, kind="text", gap=True))
        elif role is None:
            front.append(block)
        else:
            found[-1][role].append(block)
    return front, [_draft(sections, line) for sections, line in zip(found, lines, strict=True)]


def _draft(sections: dict[Role, list[Block]], line: int) -> Draft:
    """The sections found from `line` on, as a draft."""
    made = {role: tuple(blocks) for role, blocks in sections.items()}
    return Draft(context=made["context"], position=made["position"], rationale=made["rationale"], line=line)


def _order(roles: Sequence[Role]) -> dict[Role, int]:
    """The place of each role in this paper's statements."""
    if roles[0] == "position" and "context" in roles:
        pairs = Counter(pairwise(roles))
        if pairs["position", "context"] > pairs["rationale", "context"]:
            return {"position": 0, "context": 1, "rationale": 2}
        if roles[-1] == "context":
            return {"position": 0, "rationale": 1, "context": 2}
    return {"context": 0, "position": 1, "rationale": 2}


def _headless(blocks: Sequence[Block], reader: Reader) -> tuple[list[Block], list[Draft]]:
    """The front and the drafts of a paper without section headings."""
    start = _front_end(blocks)
    paragraphs = units(blocks[start:])
    return list(blocks[:start]), _drafts(paragraphs, reader, bound(paragraphs))


def _front_end(blocks: Sequence[Block]) -> int:
    """Where the front of a paper without headings ends: short lines, the introduction and its list."""
    index = 0
    while index < len(blocks):
        block = blocks[index]
        short = len(block.text) <= 80 and block.kind != "item" and not block.text.endswith((".", ":"))
        introduces = index < 6 and _INTRODUCES.search(block.text)
        if not short and not introduces:
            break
        index += 1
        while introduces and index < len(blocks) and blocks[index].kind == "item":
            index += 1
    return index if index < len(blocks) else 0


def _drafts(paragraphs: Sequence[Unit], reader: Reader, bound_units: Set[int]) -> list[Draft]:
    """Statements of paragraphs alone: all is position."""
    groups = reader.groups(paragraphs, bound_units)
    blocks = [tuple(block for unit in group for block in unit.blocks) for group in groups]
    return [Draft(position=group, line=group[0].line) for group in blocks]


def _cut_tail(drafts: list[Draft], reader: Reader) -> list[Draft]:
    """The drafts, with the head-less statements behind the last rationale on their own."""
    if not drafts:
        return drafts
    last = drafts[-1]
    rationale = units(last.rationale)
    start = reader.tail_start(f"{_text(last.context)}\n{_text(last.position)}", rationale)
    kept = tuple(block for unit in rationale[:start] for block in unit.blocks)
    together = {index - start for index in bound(rationale) if index > start}
    return [
        *drafts[:-1],
        msgspec.structs.replace(last, rationale=kept),
        *_drafts(rationale[start:], reader, together),
    ]


# ------------------------------------------------------------------ records


def _text(blocks: Sequence[Block]) -> str:
    """A section's blocks as they stood, paragraphs apart, list items a line each."""
    parts: list[str] = []
    for block in blocks:
        parts.append("\n\n" if block.gap else "\n")
        parts.append(block.text)
    return "".join(parts[1:])


def _statement(draft: Draft, organisation: str | None, area: str | None) -> Statement:
    """The record of a draft; its first section stands in for a missing position."""
    sections: dict[str, str | None] = {role: _text(getattr(draft, role)) or None for role in ROLES}
    if not sections["position"]:
        role = next((role for role in ROLES if sections[role]), "position")
        sections["position"], sections[role] = sections[role] or "", None
    position = sections["position"] or ""
    return Statement(
        id=statement_id(position),
        title=draft.title or "",
        areas=(area,) if area else (),
        context=sections["context"],
        position=position,
        rationale=sections["rationale"],
        adopted_on=draft.adopted_on,
        organisation=organisation,
    )


def _merged(statements: Sequence[Statement]) -> list[Statement]:
    """Each statement once; what a repeat says differently is added."""
    found: dict[str, Statement] = {}
    for statement in statements:
        first = found.get(statement.id)
        found[statement.id] = _together(first, statement) if first else statement
    return [statement for statement in found.values() if statement.position]


def _together(first: Statement, again: Statement) -> Statement:
    """The first statement with the sections in which its repeat differs."""
    changes: dict[str, Any] = {}
    for role in ("context", "rationale"):
        one, other = getattr(first, role), getattr(again, role)
        if other and other != one:
            changes[role] = f"{one}\n\n{other}" if one else other
    areas = tuple(dict.fromkeys(first.areas + again.areas))
    return msgspec.structs.replace(first, areas=areas, **changes)


def _area(front: Sequence[Block], organisation: str | None) -> str | None:
    """The policy area: the first line of the front that says more than "position statements"."""
    for block in front[:4]:
        if len(block.text) > 80 or _INTRODUCES.search(block.text):
            continue
        rest = re.sub(
            r"\bposition\s+(?:statements?|papers?)\b(?:\s+(?:on|about|for)\b)?",
            "",
            block.text,
            flags=re.IGNORECASE,
        )
        if organisation:
            rest = re.sub(rf"\b{re.escape(organisation)}(?:[’']s?)?", "", rest, flags=re.IGNORECASE)
        rest = rest.strip(" :–—-|,.")
        if rest and rest.lower() not in {"the", "our", "policy"}:
            return rest
    return None


def _problems(drafts: Sequence[Draft], headed: bool) -> list[Problem]:
    """What a person should look at."""
    if not drafts:
        return [Problem(message="The paper holds no statements.", severity="error")]
    found = []
    if not headed:
        message = "No headings were found; the paragraphs were cut into statements by what they say."
        found.append(Problem(message=message))
    for draft in drafts:
        if not draft.position:
            message = "A statement has no position section; its first section stands in for it."
            excerpt = _text(draft.context or draft.rationale)[:200]
            found.append(Problem(message=message, where=f"line {draft.line}", excerpt=excerpt))
    return found
