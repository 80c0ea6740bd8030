"""Cut paragraphs without headings into statements, and find where a rationale ends and they begin.

Taking a paragraph away from the statement it explains is worse than leaving two old statements together:
the first changes what the association is on record for, the second a reader sees at once.
So a paragraph goes on with the statement before it until something says that it does not.

Observations, from papers of a decade that several people edited:

- Old statements are pasted under the last one, without a heading, often without a title.
- Most begin with the organisation ("NAME welcomes", "NAME is concerned"); a second paragraph of the same
  statement begins so too, but points back ("NAME also", "NAME therefore", "NAME believes that this").
- Statements that begin otherwise say what should be ("X should be statutory"); paragraphs that only say
  what is ("The evidence shows") belong to the stance before them.
- Two paragraphs on one subject share words that the rest of the paper hardly uses, an abbreviation above all.
- Old papers repeat themselves: nobody says the same thing twice in one statement, so a near copy begins a new
  one, and paragraphs that stand together in both places belong together.

A rationale ends only in the last headed statement (all others end at the next heading), and only on a sure
sign: a stance of the organisation that shares no subject with the statement, or a near copy of a paragraph of
the same rationale.
Paragraphs just before the sign that share no subject with the statement either go with the tail.
If many of the paragraphs behind the sign are about the statement again, it was a digression and all stays.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence, Set

from parsers.model import Record
from parsers.statement_blocks import Block
from parsers.statement_words import Vocabulary, goes_on, is_abbreviation, is_normative, points_back, words

SHARED_SUBJECT = 2  # rare words in common that make one subject; one is chance
COPY_SHARE = 0.4  # of the shorter paragraph's three-word runs; real near copies have over half
COPY_RUNS = 4  # fewer runs in common may be a phrase of the trade
DIGRESSION = 0.34  # share of the tail that speaks of the statement again
LISTED, LISTED_SHARE = 3, 0.6  # stances that make a list of statements; their share of its items
_LIST_MARK = re.compile(r"(?:•|\(?(?:\d{1,4}|[a-z]|[ivx]{2,5})[.)])\s+")
_NUMBERED = re.compile(r"\(?(\d{1,4})[.)]\s")


class Unit(Record, frozen=True, kw_only=True):
    """A paragraph with the list it introduces."""

    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The paragraph and its list, one line each."""
        return "\n".join(block.text for block in self.blocks)


class Reader:
    """Judges the paragraphs of one paper."""

    def __init__(self, vocabulary: Vocabulary, stance: re.Pattern[str]) -> None:
        """`vocabulary` counts the whole paper; `stance` matches "NAME believes" where a paragraph begins."""
        self.vocabulary = vocabulary
        self.stance = stance

    def groups(self, units: Sequence[Unit], bound: Set[int]) -> list[list[Unit]]:
        """The units of each statement, in order; `bound` are those that belong to the one before."""
        found: list[list[Unit]] = []
        own: Counter[str] = Counter()
        for index, unit in enumerate(units):
            if not found or (index not in bound and self._is_new(unit.text, own)):
                found.append([])
                own = Counter()
            found[-1].append(unit)
            own.update(set(words(unit.text)))
        return found

    def tail_start(self, statement: Sequence[Unit], rationale: Sequence[Unit]) -> int:
        """The index in `rationale` where head-less statements begin; its length where none do.

        `statement` is what stands before the rationale, context and position.
        """
        texts = [unit.text for unit in rationale]
        copied = copies(texts)
        own = Counter(word for unit in statement for word in set(words(unit.text)))
        first: dict[str, int] = dict.fromkeys(own, -1)  # the paragraph that first has each word
        for index, text in enumerate(texts):
            if index and (index in copied or self._is_stance(text, own)):
                start = self._back(texts, index, _bound(copied), first, own)
                return len(texts) if self._is_digression(texts, start, copied, own) else start
            own.update(set(words(text)))
            for word in words(text):
                first.setdefault(word, index)
        return len(texts)

    def _is_new(self, text: str, own: Counter[str]) -> bool:
        """Whether a paragraph begins a statement of its own, after one with the words `own`."""
        text = bare(text)
        if goes_on(text):
            return False
        stance = self.stance.match(text)
        if stance:
            return not points_back(text, stance.end())
        return is_normative(text) and not self._shares(text, own)

    def _is_stance(self, text: str, own: Counter[str]) -> bool:
        """Whether the organisation begins to speak of another subject."""
        text = bare(text)
        stance = self.stance.match(text)
        if not stance or stance[0].lower().endswith("would"):  # "would welcome" is how a rationale ends
            return False
        return self._is_new(text, own) and not self._shares(text, own)

    def _back(self, texts: Sequence[str], index: int, bound: Set[int], first: dict[str, int], own: Counter[str]) -> int:
        """The first paragraph of the tail, at or before the sure sign at `index`."""
        while index > 1 and index not in bound:
            text = texts[index - 1]
            earlier = Counter({word: own[word] - 1 for word in words(text) if first[word] < index - 1})
            if index - 1 in bound or goes_on(text) or self._shares(text, earlier):
                break
            index -= 1
        return index

    def _is_digression(self, texts: Sequence[str], start: int, copied: dict[int, int], own: Counter[str]) -> bool:
        """Whether the statement's subject comes back behind `start`."""
        behind = [i for i in range(start + 1, len(texts)) if i not in copied]
        back = sum(self._shares(texts[i], own, SHARED_SUBJECT + 2) for i in behind)
        return bool(behind) and back / len(behind) >= DIGRESSION

    def _shares(self, text: str, own: Counter[str], at_least: int = SHARED_SUBJECT) -> bool:
        """Whether text and statement have rare words in common; a rare abbreviation counts as two."""
        shared = self.vocabulary.shared(text, own)
        return sum(2 if is_abbreviation(word) else 1 for word in shared) >= at_least


def units(blocks: Sequence[Block], stance: re.Pattern[str] | None = None) -> list[Unit]:
    """Paragraphs with the lists that follow them; numbered paragraphs stand alone.

    So do the items of a list in which most take the organisation's stance, which `stance` matches.
    """
    found: list[list[Block]] = []
    alone = _stances(blocks, stance) if stance else set()
    numbered = _numbered_paragraphs(blocks)
    for index, block in enumerate(blocks):
        joins = block.kind == "item" and index not in numbered
        if found and index not in alone and (joins or not block.gap):
            found[-1].append(block)
        else:
            found.append([block])
    return [Unit(blocks=tuple(group)) for group in found]


def _stances(blocks: Sequence[Block], stance: re.Pattern[str]) -> set[int]:
    """The items that begin with the organisation's stance, where most items do, three at least."""
    items = [index for index, block in enumerate(blocks) if block.kind == "item"]
    found = {index for index in items if stance.match(bare(blocks[index].text))}
    return found if len(found) >= LISTED and len(found) > LISTED_SHARE * len(items) else set()


def bare(text: str) -> str:
    """A paragraph or an item without its mark."""
    return _LIST_MARK.sub("", text, count=1)


def _numbered_paragraphs(blocks: Sequence[Block]) -> set[int]:
    """Items that are numbered paragraphs of their own: spaced, counting up from 1, at least three."""
    found: list[int] = []
    for index, block in enumerate(blocks):
        number = _NUMBERED.match(block.text) if block.kind == "item" and block.gap else None
        introduced = index > 0 and blocks[index - 1].text.endswith(":")
        if number and int(number[1]) == len(found) + 1 and (found or not introduced):
            found.append(index)
    return set(found) if len(found) >= 3 else set()


def copies(texts: Sequence[str]) -> dict[int, int]:
    """For each near copy the earlier paragraph that it repeats; linear in the length of the paper."""
    seen: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes: list[int] = []
    found: dict[int, int] = {}
    for index, text in enumerate(texts):
        found_words = words(text)
        runs = set(zip(found_words, found_words[1:], found_words[2:], strict=False))
        shared = Counter(earlier for run in runs for earlier in reversed(seen[run][-3:]))
        for earlier, count in shared.most_common(1):
            if count >= COPY_RUNS and count >= COPY_SHARE * min(len(runs), sizes[earlier]):
                found[index] = earlier
        for run in runs:
            seen[run].append(index)
        sizes.append(len(runs))
    return found


def bound(units: Sequence[Unit]) -> set[int]:
    """The units that follow the same unit in two places, and so belong to it."""
    return _bound(copies([unit.text for unit in units]))


def _bound(copied: dict[int, int]) -> set[int]:
    """The same, from the copies."""
    pairs = [
        (index, earlier)
        for index, earlier in copied.items()
        if earlier < index - 1 and copied.get(index - 1) == earlier - 1
    ]
    return {place for pair in pairs for place in pair}
