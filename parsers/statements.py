"""Split a position paper into its statements: context, position, rationale.

Two statements glued together are worse than one torn apart: the glued one never gets its links, and nobody
sees that it is missing.
Headings decide where there are any (`statement_blocks`); paragraphs without headings are cut by what they say
(`statement_tails`); every statement gets a title from its own position (`statement_titles`).

What is kept and what is not:

- The lines before the first statement are the paper's front: its first line names the area; the introduction
  and the committee's list are told in `notes["front"]`.
- Rules, page numbers and adoption lines are furniture; titles and areas of the paper's own become fields.
- All other lines stand in exactly one section of one statement.
- A statement that a paper prints twice is kept once; sections that differ are joined.
- A statement without a position (a paper cut short) keeps what it has as its position, with a problem.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence, Set
from typing import Any

import msgspec

from parsers import mojibake
from parsers.bylines import is_byline
from parsers.model import Hint, ParseResult, Problem, Statement
from parsers.statement_blocks import BARE_WHY, Block, Role, read_blocks
from parsers.statement_dates import Adoption, adoption_sentence
from parsers.statement_sections import Draft
from parsers.statement_sections import drafts as sections
from parsers.statement_tails import Reader, Unit, bare, bound, units
from parsers.statement_titles import title_statements
from parsers.statement_words import Vocabulary, find_organisation, stance_pattern

ROLES: tuple[Role, ...] = ("context", "position", "rationale")


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
    Damaged characters are repaired.
    Notes: "paper" (its title), "organisation", "named" (the organisation by the paper's own words, whatever the hint
    says), "area", "front" (lines before the first statement), "repair" (its receipt).
    Never raises; what looks wrong becomes a `Problem`.
    """
    repaired = mojibake.repair(text, style=hint.style)
    statements, problems, notes = _read(mojibake.shown(repaired), hint)
    if repaired.steps:
        notes["repair"] = repaired.receipt
    return ParseResult(format="positions", records=statements, problems=problems, notes=notes)


def looks_like(text: str) -> str | None:
    """Why this text is a position paper, in plain words; None where it may be anything else.

    Sure signs only: at least one position heading together with a context or rationale heading, a front line
    "position statements" above paragraphs in which the organisation takes a stance, or mostly such paragraphs.
    """
    blocks, _ = read_blocks(text[:LOOK_AHEAD], labels=False)
    count = Counter(block.role for block in blocks if block.role)
    others = count["context"] + count["rationale"]
    if count["position"] and others and not _is_social(blocks) and not _is_signed(blocks):
        return f"it has {count['position']} position headings and {others} of context or rationale"
    texts = [block.text for block in blocks if block.kind == "text"]
    stances = _stances(text[:LOOK_AHEAD], blocks)
    if any(_PAPER.search(line) for line in texts[:5] if len(line) <= 80):
        if stances >= 2:
            return "its first lines call it position statements, and its paragraphs take a stance"
        again = sum(block.role == "position" for block in read_blocks(text[:LOOK_AHEAD])[0])
        if again >= 2:
            return f"its first lines call it position statements, and the same headings come {again} times"
    if stances >= 4 and stances >= 0.4 * len(texts):
        return f"{stances} of its {len(texts)} paragraphs begin with a stance of one organisation"
    return None


def statement_id(position: str) -> str:
    """A short stable id of a position; case, spaces, punctuation and list marks don't matter."""
    folded = unicodedata.normalize("NFKC", position).casefold()
    folded = _LIST_MARK.sub("", folded)
    key = " ".join(re.findall(r"[^\W_]+", folded))
    return "s-" + hashlib.sha256((key or position.strip()).encode()).hexdigest()[:12]


LOOK_AHEAD = 200_000  # characters; a paper shows its headings long before
_LIST_MARK = re.compile(r"^\s*(?:[•*–—-]|\(?\d{1,3}[.)])\s+", re.MULTILINE)
_PAPER = re.compile(r"\bposition\s+(?:statements?|papers?)\b(?:\s+(?:on|about|for)\b)?", re.IGNORECASE)
_EDGES = " :–—-|,."
_NO_AREA = re.compile(
    r"the|(?:the\s+|our\s+)?(?:(?:policy\s+)?positions?|polic(?:y|ies))?(?:\s+(?:of|from|by)(?:\s+the)?)?|our",
    re.IGNORECASE,
)
#: Lines of the letter that a paper came in.
_LETTER = re.compile(r"(?:dear|hi|hello)\b[^.]{0,60}|(?:from|to|cc|sent|subject|date)\s*:.*", re.IGNORECASE)
TOP = 8  # blocks among which a byline stands
FRONT_LINES = 4  # of a paper that may name it
_SOCIAL = re.compile(r"(?:[\u202a\u2066]?@[\w.-]+|·\s*\d+[smhd])")
_INTRODUCES = re.compile(
    r"\b(?:(?:these|the\s+following|our|all)\s+(?:position\s+)?statements|this\s+(?:paper|document|page))\b",
    re.IGNORECASE,
)


def _is_social(blocks: Sequence[Block]) -> bool:
    """Whether several lines begin with a handle, as a feed's do."""
    return sum(1 for block in blocks if _SOCIAL.match(block.text)) >= 3


def _is_signed(blocks: Sequence[Block]) -> bool:
    """Whether a journalist's name stands above the text, and nothing there calls it a paper."""
    top = [block.text for block in blocks[:TOP]]
    return any(map(is_byline, top)) and not any(_PAPER.search(line) for line in top)


def _stances(text: str, blocks: Sequence[Block]) -> int:
    """How many paragraphs begin with the organisation's stance."""
    stance = stance_pattern(find_organisation(text, ()))
    return sum(1 for block in blocks if stance.match(block.text))


# ------------------------------------------------------------------ reading


def _read(text: str, hint: Hint) -> tuple[tuple[Statement, ...], tuple[Problem, ...], dict[str, Any]]:
    """Everything that a paper tells."""
    blocks, _ = read_blocks(text)
    front, found = sections(blocks)
    named = find_organisation(text, (block.owner for block in blocks)) or _front_name(front)
    organisation = hint.organisation or named
    reader = Reader(Vocabulary(unit.text for unit in units(blocks)), stance_pattern(organisation))
    headed = any(not draft.loose for draft in found)
    if not headed:
        start = _front_end(front)
        found = [Draft(position=tuple(front[start:]), loose=True), *found]
        front = front[:start]
    drafts = _cut(found, reader)
    area = hint.area or _area(front, organisation)
    made = [_statement(draft, organisation, hint.area or draft.area or area) for draft in drafts]
    statements = title_statements(_merged(made), organisation)
    notes: dict[str, Any] = {
        "paper": _paper_name(front),
        "organisation": organisation,
        "named": named,
        "area": area,
        "front": "\n".join(block.text for block in front) or None,
    }
    return tuple(statements), tuple(_problems(drafts, headed)), notes


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


def _cut(drafts: Sequence[Draft], reader: Reader) -> list[Draft]:
    """The drafts, with paragraphs that no heading sorts cut by what they say."""
    found: list[Draft] = []
    last_headed = max((i for i, draft in enumerate(drafts) if draft.rationale), default=-1)
    for index, draft in enumerate(drafts):
        if draft.loose:
            paragraphs = units(draft.position, reader.stance)
            found += _loose(draft, paragraphs, reader, bound(paragraphs))
        elif index == last_headed == len(drafts) - 1:
            found += _without_tail(draft, reader)
        else:
            found.append(draft)
    return found


def _without_tail(draft: Draft, reader: Reader) -> list[Draft]:
    """The last headed statement, and the head-less ones behind its rationale."""
    rationale = units(draft.rationale)
    start = reader.tail_start(units([*draft.context, *draft.position]), rationale)
    kept = tuple(block for unit in rationale[:start] for block in unit.blocks)
    together = {index - start for index in bound(rationale) if index > start}
    tail = Draft(area=draft.area, line=draft.line)
    return [msgspec.structs.replace(draft, rationale=kept), *_loose(tail, rationale[start:], reader, together)]


def _loose(draft: Draft, paragraphs: Sequence[Unit], reader: Reader, together: Set[int]) -> list[Draft]:
    """Statements of paragraphs alone: all is position, but for a last paragraph "Why: …"."""
    groups = reader.groups(paragraphs, together)
    blocks = [_unlisted(tuple(block for unit in group for block in unit.blocks)) for group in groups]
    whole = [msgspec.structs.replace(draft, position=group, loose=False, line=group[0].line) for group in blocks]
    return [_with_reason(one) for one in whole]


def _with_reason(draft: Draft) -> Draft:
    """The draft with its last paragraph as rationale, where that alone begins with "Why:"."""
    *before, last = draft.position
    match = BARE_WHY.fullmatch(last.text)
    if not before or not match or not match["rest"] or any(BARE_WHY.match(block.text) for block in before):
        return draft
    reason = msgspec.structs.replace(last, text=match["rest"])
    return msgspec.structs.replace(draft, position=tuple(before), rationale=(reason,))


def _unlisted(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks of one statement; an item that is all of it loses its mark."""
    if len(blocks) > 1 or blocks[0].kind != "item":
        return blocks
    return (msgspec.structs.replace(blocks[0], text=bare(blocks[0].text), kind="text"),)


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
    texts: dict[str, str | None] = {role: _text(getattr(draft, role)) or None for role in ROLES}
    adopted = _adopted(draft)
    if not texts["position"]:
        role = next((role for role in ROLES if texts[role]), "position")
        position, texts[role] = texts[role] or draft.title or "", None
    else:
        position = texts["position"]
    return Statement(
        id=statement_id(position),
        title=draft.title or "",
        areas=(area,) if area else (),
        context=texts["context"],
        position=position,
        rationale=texts["rationale"],
        adopted_on=adopted.day if adopted else None,
        organisation=organisation,
    )


def _adopted(draft: Draft) -> Adoption | None:
    """When a statement was adopted, by a line of its own or by a sentence; a day wins over a month."""
    said = adoption_sentence("\n".join(_text(getattr(draft, role)) for role in ROLES))
    found = [one for one in (draft.adopted, said) if one]
    return next((one for one in found if one.day), found[0] if found else None)


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
    """The policy area: the front's first line that is not about "position statements", else what that adds."""
    lines = [block.text for block in front[:FRONT_LINES] if _is_front_line(block)]
    for line in sorted(lines, key=lambda line: bool(_PAPER.search(line))):
        rest = _PAPER.sub("", line)
        if organisation:
            rest = re.sub(rf"\b{re.escape(organisation)}(?:[’']s?)?", "", rest, flags=re.IGNORECASE)
        rest = rest.strip(_EDGES)
        if rest and not _NO_AREA.fullmatch(rest):
            return rest
    return None


def _paper_name(front: Sequence[Block]) -> str | None:
    """The paper's title: the front's first title line, else its first line that is none of a letter's."""
    lines = [*filter(_is_front_line, front), *front]
    return next((block.text for block in lines if not _LETTER.fullmatch(block.text)), None)


def _front_name(front: Sequence[Block]) -> str | None:
    """The organisation of a front line "NAME position statements", where another line gives the area."""
    lines = [block.text for block in front[:FRONT_LINES] if _is_front_line(block)]
    names = [name for line in lines if _PAPER.search(line) and (name := _PAPER.sub("", line).strip(_EDGES))]
    return names[0] if names and any(not _PAPER.search(line) for line in lines) else None


def _is_front_line(block: Block) -> bool:
    """Whether a block of the front is a title line and no introduction."""
    said = block.kind == "item" or (block.kind == "text" and block.text.endswith(".")) or _LETTER.fullmatch(block.text)
    return not said and len(block.text) <= 80 and not _INTRODUCES.search(block.text)


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
    months = dict.fromkeys(one.month for draft in drafts if (one := _adopted(draft)) and one.month)
    for month in months:
        message = f"Adopted in {month}, without a day: no date is kept; give the day where it matters."
        found.append(Problem(message=message))
    return found
