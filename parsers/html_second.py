"""Second and third opinions about the body of a page, and the vote over its blocks.

Which error is worse: asking once too often costs milliseconds, a wrong body costs a story; so the cheap opinion
(resiliparse) is always asked, and the dear one (trafilatura) whenever the two differ by more than a paragraph.

The vote is over our own blocks: an opinion supports a block where most of its word groups stand in that
opinion's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property

from parsers import furniture

_WORD = re.compile(r"\w+")
#: Length of the word groups; four is what the published scorers use.
SHINGLE = 4
#: A block is supported by an opinion that holds this share of its word groups.
SUPPORTED = 0.6
#: More text than this is not compared; the longest live blogs hold 150,000 characters.
LONGEST = 400_000


class Opinion:
    """What one extractor takes for the body, ready to be asked about blocks."""

    def __init__(self, text: str) -> None:
        self.text = text = text[:LONGEST]
        words = _WORD.findall(text.casefold())
        self.flat = f" {' '.join(words)} "

    @cached_property
    def groups(self) -> set[tuple[str, ...]]:
        """The word groups; most blocks are found word for word and never need them."""
        return _groups(self.flat.split())

    def supports(self, block: str) -> bool:
        """Whether this opinion holds the block, by its words."""
        words = _WORD.findall(block.casefold())
        if not words:
            return False
        if f" {' '.join(words)} " in self.flat:
            return True
        if len(words) < SHINGLE + 2:
            return False
        groups = _groups(words)
        return len(groups & self.groups) >= SUPPORTED * len(groups)

    def words_beyond(self, other: Opinion) -> int:
        """How many words of running text stand here and not in `other`, line by line, teasers aside."""
        missing = 0
        for line in {line.strip() for line in self.text.splitlines()}:
            count = line.count(" ") + 1
            if not furniture.is_prose(line, count) or line.endswith(("…", "...")):
                continue
            if not (count <= 40 and furniture.furniture(line)) and not other.supports(line):
                missing += count
        return missing


def _groups(words: list[str]) -> set[tuple[str, ...]]:
    return set(zip(*(words[start:] for start in range(SHINGLE)), strict=False))


def agree(own: Opinion, other: Opinion, explained: Callable[[], Opinion]) -> bool:
    """Whether two opinions differ by no more than stray lines: 10 % of our words either way.

    `explained` gives our words and what the page itself marks as something else; up to 25 % may be that.
    """
    size = max(1, own.flat.count(" ") - 1)
    if size < 60 or own.words_beyond(other) > 0.1 * size:
        return False
    beyond = other.words_beyond(own)
    return beyond <= 0.1 * size or (beyond <= 0.25 * size and other.words_beyond(explained()) <= 0.1 * size)


def cheap(text: str) -> Opinion:
    """What resiliparse takes for the main content; an empty opinion where it fails."""
    from resiliparse.extract.html2text import extract_plain_text  # loaded when a page comes

    try:
        found: str = extract_plain_text(
            text, preserve_formatting=True, main_content=True, alt_texts=False, list_bullets=False, comments=False
        )
    except (ValueError, RuntimeError, TypeError):
        found = ""
    return Opinion(found)


def everything(text: str) -> str:
    """All visible text of a page, a line for each block; reads pages that are too deep for a tree."""
    from resiliparse.extract.html2text import extract_plain_text

    try:
        found: str = extract_plain_text(text, preserve_formatting=True, alt_texts=False, list_bullets=False)
    except (ValueError, RuntimeError, TypeError):
        return ""
    return found


def dear(text: str, url: str | None = None) -> Opinion:
    """What trafilatura takes for the body; an empty opinion where it finds none or fails."""
    import trafilatura

    try:
        found = trafilatura.extract(text, url=url, include_comments=False, fast=True)
    except Exception:  # noqa: BLE001  # whatever a broken page does to it, ours goes on
        found = None
    return Opinion(found or "")


def majority(block: str, own: bool, others: Iterable[Opinion]) -> bool:
    """Whether two of three opinions hold the block."""
    return own + sum(other.supports(block) for other in others) >= 2
