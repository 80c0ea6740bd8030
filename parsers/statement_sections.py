"""Sort the blocks of a position paper into drafts of statements.

A section in the wrong statement is worse than a statement without its own title: so section headings decide
first, and titles and areas only where the paper uses them throughout.

- Roles come in the order of the paper: most papers begin with the context, some with the position.
  A role that does not come later in that order than the one before begins the next statement.
- Markdown and bold headings right before a section heading are the statement's title, those above them its
  area.
- Short lines without a full stop are titles only where most statements have one: a last line without its full
  stop is common.
- A heading such as "Older statements" ends the last headed statement.
- Lines that only say when a statement was adopted are its date; a single one, above all statements, is the date of
  each of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from parsers.model import Record
from parsers.statement_blocks import Block, Role
from parsers.statement_dates import Adoption, adoption_line

TITLE_LENGTH = 100  # characters
TITLED_SHARE = 0.6  # of the statements; fewer short lines before headings are accidents
PLAIN_TITLE_LEVEL = 6

_OLDER = re.compile(
    r"(?:our\s+)?(?:older|earlier|previous|other|further|legacy|archived?|existing)\s+(?:position\s+)?(?:statements?|positions?)",
    re.IGNORECASE,
)
_TITLE_NUMBER = re.compile(
    r"^(?:(?:(?:position\s+)?statement|position|policy)\s+(?:no\.?\s*)?\d{1,3}\s*[:.–—-]?\s*"
    r"|\(?\d{1,3}(?:\.\d+)*(?:[.):]\s+|\s+(?-i:(?=[A-Z]))))",
    re.IGNORECASE,
)


class Draft(Record, frozen=True, kw_only=True):
    """One statement before it is made a record: its sections' blocks."""

    context: tuple[Block, ...] = ()
    position: tuple[Block, ...] = ()
    rationale: tuple[Block, ...] = ()
    title: str | None = None  # the paper's own, where it gives one
    area: str | None = None  # of the headings above the title
    adopted: Adoption | None = None
    loose: bool = False  # paragraphs without headings, still to be cut
    line: int = 0


def drafts(blocks: Sequence[Block]) -> tuple[list[Block], list[Draft]]:
    """The front of the paper, and its statements in order.

    A paper without section or title headings gives one loose draft at most, of the paragraphs behind a heading
    such as "Older statements"; all else is front.
    """
    order = _order([block.role for block in blocks if block.role])
    blocks = _with_plain_titles(blocks, order)
    builder = _Builder(order, _title_level(blocks))
    chain: list[Block] = []
    dates: list[tuple[Adoption, bool]] = []  # and whether it stands above all statements and titles
    for block in blocks:
        adopted = adoption_line(block.text) if block.role is None else None
        if adopted:
            dates.append((adopted, not builder.found and not chain))
            builder.date(adopted, ahead=bool(chain))
        elif block.kind == "heading" and block.role is None:
            chain.append(block)
        else:
            builder.headings(chain, block)
            builder.add(block)
            chain = []
    builder.headings(chain, None)
    made = [one.draft() for one in builder.found]
    if len(dates) == 1 and dates[0][1]:  # the whole paper's
        made = [msgspec.structs.replace(one, adopted=dates[0][0]) for one in made]
    return builder.front, made


class _Open:
    """A draft that still grows."""

    def __init__(self, line: int, title: str | None, area: str | None, loose: bool = False) -> None:
        self.line, self.title, self.area, self.loose = line, title, area, loose
        self.adopted: Adoption | None = None
        self.sections: dict[Role, list[Block]] = {"context": [], "position": [], "rationale": []}

    def draft(self) -> Draft:
        """The finished draft."""
        made = {role: tuple(blocks) for role, blocks in self.sections.items()}
        return Draft(
            context=made["context"],
            position=made["position"],
            rationale=made["rationale"],
            title=self.title,
            area=self.area,
            adopted=self.adopted,
            loose=self.loose,
            line=self.line,
        )


class _Builder:
    """Puts blocks into drafts, one after the other."""

    def __init__(self, order: dict[Role, int], level: int | None) -> None:
        self.order, self.level = order, level  # of the roles; of the title headings
        self.front: list[Block] = []
        self.found: list[_Open] = []
        self.role: Role | None = None  # the section that grows; None: the front
        self.area: str | None = None
        self.fresh = False  # a title has just opened a draft
        self.dated: Adoption | None = None  # a date that stands above its statement

    def date(self, adopted: Adoption, ahead: bool) -> None:
        """Keep an adoption date for the statement it stands in, or for the next one."""
        if ahead or not self.found:
            self.dated = adopted
        else:
            self.found[-1].adopted = self.found[-1].adopted or adopted

    def headings(self, chain: Sequence[Block], after: Block | None) -> None:
        """Headings that are no section headings, with the block that follows them."""
        if not chain:
            return
        last = chain[-1]
        if after is not None and last.level == self.level:
            self._areas(chain[:-1])
            self._open(last.line, title=_TITLE_NUMBER.sub("", last.text, count=1) or None)
            self.fresh = True
        elif after is not None and after.role is None and self.found and self._leaves(last):
            self._areas(chain)
            self._open(last.line, loose=True)
        elif self.role is None or (self.level is not None and last.level < self.level):
            self._areas(chain)
        else:
            self.found[-1].sections[self.role].extend(chain)

    def add(self, block: Block) -> None:
        """A section heading or a block of text."""
        if block.role is not None:
            if not self.fresh and not self._continues(block.role):
                self._open(block.line)
            self.role = block.role
            if block.text:
                kept = msgspec.structs.replace(block, kind="text", gap=True)
                self.found[-1].sections[self.role].append(kept)
        elif self.role is None:
            self.front.append(block)
        else:
            self.found[-1].sections[self.role].append(block)
        self.fresh = False

    def _continues(self, role: Role) -> bool:
        """Whether a section of this role belongs to the statement that grows."""
        if self.role is None or self.found[-1].loose:
            return False
        return self.order[role] > self.order[self.role] or role == self.role == "rationale"

    def _leaves(self, heading: Block) -> bool:
        """Whether a heading with text below ends the statement before it."""
        return bool(_OLDER.match(heading.text)) or (self.level is not None and heading.level < self.level)

    def _areas(self, chain: Sequence[Block]) -> None:
        """Headings above titles: the front's before the first statement, areas behind it."""
        for heading in chain:
            if not self.found:
                self.front.append(heading)
            elif not _OLDER.match(heading.text):
                self.area = heading.text

    def _open(self, line: int, title: str | None = None, loose: bool = False) -> None:
        """Begin a statement."""
        self.found.append(_Open(line, title, self.area, loose))
        self.found[-1].adopted, self.dated = self.dated, None
        self.role = "position"


def _order(roles: Sequence[Role]) -> dict[Role, int]:
    """The place of each role in this paper's statements."""
    if "context" in roles and roles[0] == "position":
        pairs = Counter(pairwise(roles))
        if pairs["position", "context"] > pairs["rationale", "context"]:
            return {"position": 0, "context": 1, "rationale": 2}
        if roles[-1] == "context":
            return {"position": 0, "rationale": 1, "context": 2}
    return {"context": 0, "position": 1, "rationale": 2}


def _title_level(blocks: Sequence[Block]) -> int | None:
    """The level of headings that are titles of statements; None where there are none."""
    headed = any(block.role for block in blocks)
    levels: Counter[int] = Counter()
    nested = False  # a title below another heading
    for before, block, after in zip([None, *blocks], blocks, blocks[1:], strict=False):
        if block.kind != "heading" or block.role is not None or _OLDER.match(block.text):
            continue
        if after.role is not None if headed else after.kind != "heading":
            levels[block.level] += 1
            nested |= before is not None and before.kind == "heading" and before.role is None
    level, times = levels.most_common(1)[0] if levels else (0, 0)
    return level if times >= 2 or (times and nested) else None


def _with_plain_titles(blocks: Sequence[Block], order: dict[Role, int]) -> list[Block]:
    """The blocks, with the short lines before most statements made headings."""
    starts: list[int] = []
    role: Role | None = None
    for index, block in enumerate(blocks):
        if block.role and (role is None or order[block.role] <= order[role]):
            starts.append(index)
        role = block.role or role
    titles = [index - 1 for index in starts if index > 1 and _is_plain_title(blocks[index - 1], blocks[index - 2])]
    made = list(blocks)
    older = [i for i, block in enumerate(blocks) if block.kind == "text" and _OLDER.fullmatch(block.text.rstrip(":"))]
    if len(titles) < max(2, TITLED_SHARE * len(starts)):
        titles = []
    for index in titles + older:
        made[index] = msgspec.structs.replace(blocks[index], kind="heading", level=PLAIN_TITLE_LEVEL)
    return made


def _is_plain_title(block: Block, before: Block) -> bool:
    """Whether a line without marks can be a title."""
    if block.role or block.kind == "heading" or not block.gap or len(block.text) > TITLE_LENGTH:
        return False
    listed = block.text.startswith("•") or before.text.endswith(":")
    return not listed and not block.text.endswith((".", "!", "?", ":", ";", ",", "”"))
