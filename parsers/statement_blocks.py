"""Lines of a position paper as blocks, and the headings among them.

A missed heading glues two statements together; a false one tears a statement apart, and its halves get
new ids.
Both are bad, the first is worse, because nobody finds the lost statement in the review.
So a heading is known by its place (it begins a line) and by its end (a colon, a question mark, or the end
of the line), while its wording may vary widely: papers are edited by many hands.

Three roles exist.
*context*: "What is the context?", "Background", "The issue".
*position*: "NAME position:", "NAME’s position", "Our position", "What we believe".
*rationale*: "Why are we saying this?", its misspelt sisters, "Why this matters", "Rationale".
The text may follow on the same line or below.
"""

from __future__ import annotations

import functools
import re
from typing import Literal, TypeAlias

import msgspec

from parsers.hyphens import Vocabulary, is_broken, joined, vocabulary
from parsers.model import Record
from parsers.statement_labels import Line
from parsers.statement_labels import roles as label_roles
from parsers.statement_pages import running_heads

Role: TypeAlias = Literal["context", "position", "rationale"]
BlockKind: TypeAlias = Literal["text", "item", "heading"]


class Heading(Record, frozen=True, kw_only=True):
    """A section heading, with what follows it on its line."""

    role: Role
    rest: str = ""
    owner: str | None = None  # the organisation in "NAME position:"


class Block(Record, frozen=True, kw_only=True):
    """One paragraph, list item or heading; hard-wrapped lines are joined again."""

    text: str  # spaces folded; list items keep their mark, bullets as "•"
    kind: BlockKind = "text"
    level: int = 0  # headings only: 1 is the highest; bold lines are 7
    gap: bool = True  # an empty line stood before it
    line: int = 0  # 1 is the first line of the paper
    role: Role | None = None  # section headings only; their `text` is what followed on the line
    owner: str | None = None


class Furniture(Record, frozen=True, kw_only=True):
    """A line that belongs to the page, not to a statement."""

    text: str
    line: int


FULL_LINE = 60  # a line this long without an end was broken by its width
MAX_HEADING = 120  # characters; longer lines are sentences
BOLD_LEVEL = 7  # below Markdown's six

_SPACES = re.compile(r"[^\S\n]+")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_BULLET = re.compile(r"(?:[•◦▪▫‣·●○■□–—*+-]|o(?=\s{2}))\s+(?=\S)")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{2,5})[.)]\s+(?=\S)")
_MARKDOWN = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_BOLD = re.compile(r"(\*\*|__)(?P<inner>.{1,120}?)\1\s*(?P<after>[:–—]?)\s*(?P<rest>.*)$")
_RULE = re.compile(r"(?:[-–—_*=~]\s?){3,}$")
_UNDERLINE = re.compile(r"(=+|-+)$")
_PAGE = re.compile(r"(?:page\s+)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?$", re.IGNORECASE)
_PAGE_WORD = re.compile(r"page|\bof\b|/|^\d{1,3}$", re.IGNORECASE)
_TERMINAL = tuple('.!?:;”"’)…')

_END = r"(?:\s*[:?]+\s*(?P<rest>.*)|\s+[–—]\s+(?P<dashed>.+)|\s+[–—-]|\s*[.?:]?)$"
_CONTEXT = re.compile(
    r"(?:what(?:\s+is|[’']s)\s+(?:the|our|this)\s+(?:context|background|issue|problem|situation)(?:\s+here)?"
    r"|(?:the\s+|our\s+)?(?:context|background)(?:\s+(?:and|to)\s+(?:the\s+|this\s+)?(?:context|background|issue))?"
    r"|(?:what(?:\s+is|[’']s)\s+)?the\s+issue|what(?:\s+is|[’']s)\s+happening|what(?:\s+is|[’']s)\s+(?:this|it)\s+about)"
    + _END,
    re.IGNORECASE,
)
_POSITION = re.compile(
    r"(?P<owner>[^:?.!,;]{0,80}?)\s*\b(?:policy\s+)?(?:position|view|stance)(?:\s+is)?" + _END,
    re.IGNORECASE,
)
_BELIEF = re.compile(
    r"(?:what|here\s+is\s+what)\s+(?P<owner>[^:?.!,;]{1,60}?)\s+(?:believes?|thinks?|says?|wants?|(?:is|are)\s+calling\s+for)"
    + _END,
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"what\s+(?:do|does|are|is|would)\s+(?P<owner>[^:?.!,;]{1,60}?)\s+(?:believe|think|say|want|propose|recommend|like\s+to\s+see"
    r"|saying|proposing|recommending|(?:asking|calling)\s+for)" + _END,
    re.IGNORECASE,
)
_WHY = re.compile(
    r"why\b(?:\s+[\w’'&-]+){0,7}?\s+(?:this|it|so|that|position|matters?|important|saying)(?=\W|$)" + _END,
    re.IGNORECASE,
)
_REASON = re.compile(
    r"(?:the\s+|our\s+)?(?:rationale|reasons?|reasoning|justification|explanation)"
    r"(?:\s+for\s+(?:this|our|the)\s+position)?" + _END,
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:(?:the|our|[\w’'&]+)\s+)?(?:position|policy)\s+statement[:.]?", re.IGNORECASE)
#: "Why:" alone heads a rationale only behind a position: in papers without headings a belief stands on either side.
BARE_WHY = re.compile(
    r"(?P<mark>\*\*|__)?why\s*(?(mark)(?::\s*(?P=mark)|(?P=mark)\s*:)|:)\s*(?P<rest>.*)", re.IGNORECASE
)
_OURS = frozenset({"", "our", "the", "policy", "what is our", "what’s our", "what is the", "we", "this"})
#: Whose position it is no paper that says so of itself.
_THEIRS_TEXT = """
    his her their its my your ministers government critics opponents supporters campaigners unions parents teachers
    experts councils opposition voters residents
"""
_THEIRS = frozenset(_THEIRS_TEXT.split())
_MINOR = frozenset({"of", "and", "the", "for", "&"})


def fold(text: str) -> str:
    """Spaces of every kind become one space, invisible marks go; line breaks stay."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", text)).strip(" ")


def read_heading(line: str) -> Heading | None:
    """The section heading that begins this line, numbered or not; None for text."""
    line = _NUMBER.sub("", line, count=1) if _NUMBER.match(line) else line
    for role, pattern in _PATTERNS:
        match = pattern.match(line)
        if match is None:
            continue
        groups = match.groupdict()
        owner = _owner(groups.get("owner"))
        if owner is None:
            continue
        rest = groups["rest"] or groups["dashed"] or ""
        return Heading(role=role, rest=rest.strip(), owner=owner or None)
    return None


_PATTERNS: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("context", _CONTEXT),
    ("rationale", _WHY),
    ("rationale", _REASON),
    ("position", _POSITION),
    ("position", _BELIEF),
    ("position", _ASKED),
)


def _owner(text: str | None) -> str | None:
    """The organisation in a position heading; "" for "Our position"; None where it is no heading."""
    name = re.sub(r"(?:[’']s|(?<=s)[’'])$", "", (text or "").strip())
    if name.lower() in _OURS:
        return ""
    words = re.sub(r"^the\s+", "", name, flags=re.IGNORECASE).split()
    if not words or len(words) > 9 or words[0].lower() in _OURS or words[0].lower() in _THEIRS:
        return None
    named = all(word[0].isupper() or word.lower() in _MINOR for word in words)
    return " ".join(words) if named else None


def read_blocks(text: str, labels: bool = True) -> tuple[list[Block], list[Furniture]]:
    """The paper's blocks in order, and the lines left out as page furniture.

    With `labels`, lines that only their place makes headings are headings too: for what is known to be a paper.
    """
    text = text.replace("\u00ad\n", "-\n")  # a soft hyphen that shows at the line's end
    heads = running_heads(text.splitlines(keepends=True))
    paragraphs = _Paragraphs(text)
    furniture: list[Furniture] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = fold(_cells(raw))
        if not line:
            paragraphs.gap = True
        elif number - 1 in heads or _is_furniture(line):
            furniture.append(Furniture(text=line, line=number))
            paragraphs.furniture(line, of_page=number - 1 in heads or bool(_PAGE.match(line)))
        else:
            paragraphs.add(line, number)
    paragraphs.close()
    blocks = _with_bare_whys(_with_bare_positions(paragraphs.blocks))
    return (_with_labels(blocks) if labels else blocks), furniture


def _cells(raw: str) -> str:
    """A row of a table whose first cell is a heading, as heading and text."""
    head, tab, rest = raw.strip().partition("\t")
    found = read_heading(fold(head)) if tab else None
    return f"{head}: {rest}" if found and not found.rest else raw


class _Paragraphs:
    """Blocks that grow line by line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blocks: list[Block] = []
        self.wrapped: list[str] = []  # lines of the last block; joined once, so that a huge paragraph stays linear
        self.gap = True
        self.turned = False  # a page ended behind the last line

    def add(self, line: str, number: int) -> None:
        """A line that belongs to the paper."""
        if self.blocks and self._goes_on(line):
            self.wrapped.append(line)
        else:
            self.close()
            self.blocks.append(_block(line, self.gap, number))
            self.wrapped = [self.blocks[-1].text]
        self.gap = self.turned = False

    def _goes_on(self, line: str) -> bool:
        """Whether the line goes on with the last block; over the page only within a sentence."""
        last = self.wrapped[-1]
        if self.gap and not (self.turned and line[0].islower() and not last.endswith(_TERMINAL)):
            return False
        return _wraps(self.blocks[-1], last, line)

    def furniture(self, line: str, of_page: bool) -> None:
        """A rule or a line of the page."""
        if self.blocks and len(self.wrapped) == 1 and not self.gap:
            self.blocks[-1] = _underlined(self.blocks[-1], line)
        self.turned |= of_page
        self.gap = True

    def close(self) -> None:
        """Write the joined lines into the last block."""
        if len(self.wrapped) > 1:
            words = self._words if any(map(is_broken, self.wrapped[:-1])) else Vocabulary(frozenset(), False)
            self.blocks[-1] = msgspec.structs.replace(self.blocks[-1], text=joined(self.wrapped, words))
        self.wrapped = []

    @functools.cached_property
    def _words(self) -> Vocabulary:
        return vocabulary(self.text)


def _with_bare_positions(blocks: list[Block]) -> list[Block]:
    """The blocks, with lines "Position statement" made headings where a position is due.

    Elsewhere such a line is the name of the paper.
    """
    found = [index for index, block in enumerate(blocks) if block.role is None and _BARE.fullmatch(block.text)]
    if not found:
        return blocks
    contexts = sum(block.role == "context" for block in blocks)
    throughout = len(found) >= 2 and len(found) == contexts
    made, role = list(blocks), None
    for index, block in enumerate(blocks):
        if index in found and (role == "context" or throughout):
            made[index] = msgspec.structs.replace(block, text="", kind="heading", role="position")
        role = made[index].role or role
    return made


def _with_bare_whys(blocks: list[Block]) -> list[Block]:
    """The blocks, with lines "Why:" made headings where the section that grows is a position."""
    made, role = list(blocks), None
    for index, block in enumerate(blocks):
        match = BARE_WHY.fullmatch(block.text) if block.role is None and role == "position" else None
        if match:
            made[index] = msgspec.structs.replace(block, text=match["rest"], kind="heading", role="rationale")
        role = made[index].role or role
    return made


def _with_labels(blocks: list[Block]) -> list[Block]:
    """The blocks, with lines that head every statement in words of the paper's own made headings."""
    found = label_roles([Line(text=block.text, role=block.role) for block in blocks])
    made = list(blocks)
    for index, role in found.items():
        made[index] = msgspec.structs.replace(blocks[index], text="", kind="heading", role=role)
    return made


def _is_furniture(line: str) -> bool:
    """A rule or a page number."""
    return bool(_RULE.match(line) or _UNDERLINE.match(line) or (_PAGE.match(line) and _PAGE_WORD.search(line)))


def _underlined(block: Block, line: str) -> Block:
    """The block as a heading, where this line underlines it."""
    short = block.kind == "text" and block.role is None and len(block.text) <= MAX_HEADING
    if not short or len(line) < 3 or not _UNDERLINE.match(line):
        return block
    return msgspec.structs.replace(block, kind="heading", level=1 if line[0] == "=" else 2)


def _block(line: str, gap: bool, number: int) -> Block:
    """One line as a block."""
    heading = read_heading(line)
    if heading is not None:
        return _section(heading, 0, gap, number)
    marked = _marked_heading(line, gap, number)
    if marked is not None:
        return marked
    if _BULLET.match(line):
        return Block(text="• " + _BULLET.sub("", line, count=1), kind="item", gap=gap, line=number)
    kind: BlockKind = "item" if _NUMBER.match(line) else "text"
    return Block(text=line, kind=kind, gap=gap, line=number)


def _marked_heading(line: str, gap: bool, number: int) -> Block | None:
    """A Markdown heading or a line that begins in bold."""
    markdown = _MARKDOWN.match(line)
    if markdown is not None:
        inner, level, rest = markdown[2].strip("*_ "), len(markdown[1]), ""
    else:
        bold = _BOLD.match(line)
        if bold is None:
            return None
        inner, level, rest = bold["inner"].strip(), BOLD_LEVEL, bold["rest"]
    if not inner:
        return None
    heading = read_heading(inner)
    if heading is not None and not (heading.rest and rest):
        found = Heading(role=heading.role, rest=heading.rest or rest, owner=heading.owner)
        return _section(found, level, gap, number)
    if rest or len(inner) > MAX_HEADING:
        return None
    return Block(text=inner, kind="heading", level=level, gap=gap, line=number)


def _section(heading: Heading, level: int, gap: bool, number: int) -> Block:
    """A section heading as a block."""
    return Block(
        text=heading.rest,
        kind="heading",
        level=level,
        gap=gap,
        line=number,
        role=heading.role,
        owner=heading.owner,
    )


def _wraps(block: Block, last: str, line: str) -> bool:
    """Whether `line` goes on with the sentence of `last`, the line before it in `block`."""
    if not last or (block.kind == "heading" and block.role is None):
        return False
    if _BULLET.match(line) or _NUMBER.match(line) or line[0] in "#*" or read_heading(line) or BARE_WHY.match(line):
        return False
    return line[0].islower() or is_broken(last) or (len(last) >= FULL_LINE and not last.endswith(_TERMINAL))
