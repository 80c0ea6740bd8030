"""Words that a page or a mail broke at the end of a line.

A compound without its hyphen ("parttime") and a word torn apart ("educa-tion") are both found by no search.
Mail programs break lines at hyphens that were there, programs that set type break words as well and leave pieces that
are no words: so a hyphen goes only where the text shows such pieces, or has the whole word elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HYPHENS = "-\u2010"
_BROKEN = re.compile(rf"(?<![^\W\d_])([^\W\d_]+)[{_HYPHENS}][ \t]*\n\s*([^\W\d_]+)")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
#: Heads that stand before a hyphen much oftener than they begin a longer word.
_APART_TEXT = """
    well self non multi long short low high half whole post cross part full year old ten two three four five six seven
    eight nine one so ex vice semi mid anti pre key child school evidence cost peer age value decision free
    ill trade fast teacher lower higher world stand local mental sixth
"""
_APART = frozenset(_APART_TEXT.split())
#: Second halves of compounds that are seldom the end of a word.
_TAIL_TEXT = """
    based led making centred old time term effective wide paid class thirds quarters related free called year level
    funded specific run owned school setting appropriate added quality income sex hand door
"""
_TAIL = frozenset(_TAIL_TEXT.split())
#: What no compound ends with: only a program that breaks words leaves it at the start of a line.
_FRAGMENT = re.compile(
    r"[a-z]{0,2}(?:tions?|sions?|ments?|ness|tures?)|(?:t|c)i(?:on)?al(?:ly)?|ities|ously|ency|encies|ances?|ences?|"
    r"ively|bility|bilities|ernments?|dren|isation|ised|ising|ized"
)
_WORDS_TOO_TEXT = """
    action actions nation nations ration rations motion motions notion notions potion potions lotion option options
    vision fusion lesion cement moment moments
"""
_WORDS_TOO = frozenset(_WORDS_TOO_TEXT.split())
#: Pieces as short as this are compounds' only where they are one of these.
_SHORT_HEAD, _SHORT_TAIL = 3, 2
_SHORT_TEXT = """
    co re de ex pre non un up on in out off so low big one two six ten mid sub bi by tri to of do me it us eco bio pro
    all air bus car day
    e go ill key law mix no old pay pop set six sit tax tea top war web x add
"""
_SHORT = frozenset(_SHORT_TEXT.split())
#: Words that mostly begin a longer one: "under-stand", "with-in".
_BEGIN = re.compile("under|over|with|fore|some|every|hand|book|there|where|counter|inter|trans|super|child|head")
_SHORTEST = 4  # letters of each half of a compound that the paper has as words only


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a text says about its own words."""

    words: frozenset[str]  # in small letters, compounds as they are written
    typeset: bool  # a program broke words in it; mail and terminals break lines at hyphens that were there


def joined(pieces: Sequence[str], words: Vocabulary) -> str:
    """The lines of one paragraph as one; `words` are those that the paper uses anywhere (`vocabulary`)."""
    told = pieces[0]
    parts: list[str] = []
    for piece in pieces[1:]:
        if not is_broken(told):
            parts += told, " "
        elif piece[0].islower() and not _is_compound(told, piece, words):
            parts.append(told[:-1])
        else:
            parts.append(told)
        told = piece
    return "".join([*parts, told])


def is_broken(line: str) -> bool:
    """Whether a line ends within a word."""
    return line[-1:] in _HYPHENS and line[-2:-1].isalpha()


def vocabulary(text: str) -> Vocabulary:
    """The words of a paper, in small letters; compounds as they are written."""
    whole = _BROKEN.sub(" ", text)
    words = frozenset(match[0].replace("\u2010", "-").casefold() for match in _WORD.finditer(whole))
    broken = [(match[1].casefold(), match[2].casefold()) for match in _BROKEN.finditer(text)]
    typeset = any(_is_torn(head, tail) or _has(words, head + tail) for head, tail in broken)
    return Vocabulary(words, typeset)


def _is_torn(head: str, tail: str) -> bool:
    """Whether two pieces around a hyphen are no words, so that they are halves of one."""
    if (_FRAGMENT.fullmatch(tail) and tail not in _WORDS_TOO) or (len(tail) <= _SHORT_TAIL and tail not in _SHORT):
        return True
    return len(head) <= _SHORT_HEAD and head not in _SHORT and head not in _APART


def _has(words: frozenset[str], word: str) -> bool:
    """Whether a word stands in the text, or its plural or singular."""
    return word in words or f"{word}s" in words or (word.endswith("s") and word[:-1] in words)


def _is_compound(head: str, tail: str, known: Vocabulary) -> bool:
    """Whether the hyphen at the end of `head` belongs to the word."""
    first = (_WORD.findall(head[:-1]) or [""])[-1].casefold()
    second = (_WORD.findall(tail) or [""])[0].casefold()
    words = known.words
    if _has(words, first + second):
        return False
    if f"{first}-{second}" in words or "-" in first or "-" in second:
        return True
    if _is_torn(first, second):
        return False
    if not known.typeset or first in _APART or second in _TAIL:
        return True
    long = min(len(first), len(second)) >= _SHORTEST
    return long and first in words and second in words and not _BEGIN.fullmatch(first)
