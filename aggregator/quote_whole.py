"""Whether quoted words are a statement, or only a part of a sentence that the reporter wrote.

Counting scare quotes is the worse error: “ethical” and “part to play” make an interview look like twenty statements.
A statement that is taken for a part stays on the page of its coverage; it is only not counted.

Reporters print whole sentences with a capital, parts of them without.
With few words neither says enough: then a finite verb must have its subject among them.
"""

from __future__ import annotations

import re

SHORT = 3  # words; so few are a statement only with subject and verb, or an order
LONG = 9  # words; so many say something, whatever the reporter wrote around them

_WORD = re.compile(r"[^\W_]+(?:['’‘-][^\W_]+)*")
_NEGATED = r"n['’‘]t"
#: Verbs that cannot be anything else; all other verbs look like nouns.
_FINITE = re.compile(
    rf"(?:is|are|was|were|am|has|have|had|will|would|can|could|should|must|cannot|may|might|do|does|did|shall)"
    rf"(?:{_NEGATED})?|ca{_NEGATED}|wo{_NEGATED}",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:i|we|they|he|she|you|it|there|this|that|nobody|everybody|everyone|nothing)", re.IGNORECASE)
_CONTRACTED = re.compile(
    r"(?:i|we|they|he|she|you|it|that|there|what|who|here|let)['’‘](?:m|s|re|ve|d|ll)", re.IGNORECASE
)
#: What stands before a verb or a pronoun that only describes a noun: "schools that are open", "what they do".
_DEPENDENT_WORDS = "that which who whom whose where how what why to as than"
_DEPENDENT = frozenset(_DEPENDENT_WORDS.split())
#: Where a clause may begin.
_JOIN_WORDS = "and but or so yet because if when while that then"
_JOINS = frozenset(_JOIN_WORDS.split())
#: Pronouns that are no object: with one of them something is said of somebody.
_NOMINATIVE = frozenset({"i", "we", "they", "he", "she"})
_PRONOUN = _NOMINATIVE | {"it", "you", "them", "us"}


def is_whole(quote: str) -> bool:
    """Whether the words of a quotation can stand by themselves."""
    found = list(_WORD.finditer(quote))
    words = [match[0] for match in found]
    if not words:
        return False
    opens = not words[0][0].islower() and not words[0][0].isdigit()
    if len(words) <= SHORT:
        return _has_clause(quote, found) or (opens and not words[-1][0].isupper() and _is_order(words))
    return opens or len(words) >= LONG or _has_clause(quote, found)


def _is_order(words: list[str]) -> bool:
    """ "Fund it": a pronoun that is not the first word."""
    return any(word.casefold() in _PRONOUN for word in words[1:])


def _has_clause(quote: str, found: list[re.Match[str]]) -> bool:
    """Whether a finite verb stands there with something before it that it is said of."""
    words = [match[0].casefold() for match in found]
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        starts = not place or before in _JOINS or quote[found[place - 1].end() : found[place].start()].strip() != ""
        if _CONTRACTED.fullmatch(word) and (starts or before not in _DEPENDENT):
            return True
        if word in _NOMINATIVE and starts and place + 1 < len(words):
            return True
        if _FINITE.fullmatch(word) and place and not _describes(words[:place]):
            return True
    return False


def _describes(before: list[str]) -> bool:
    """Whether a verb after these words belongs to a clause that describes a noun: "culture that is", "what we have"."""
    if before[-1] in _DEPENDENT:
        # "That is wrong": the word is the subject where nothing stands before it to be described.
        return not (len(before) == 1 and _SUBJECT.fullmatch(before[0]))
    return len(before) > 1 and before[-2] in _DEPENDENT - {"that", "to"}
