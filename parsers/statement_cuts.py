"""Shorten a sentence to a title at a clause boundary.

A title that says more than the position is worse than a long one, so cuts before a condition ("if", "unless") cost
more than cuts before an explanation, and cuts inside a pair of words cost most.
Costs are shares of a candidate's worth; they were set by reading titles of real papers, and only their order
matters much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 80  # characters a title aims for; a line of the digest
HARD_LIMIT = 90
OVER_LONG = 0.02  # of a candidate's worth, for each character above the aim
SHORTEST = 18  # shorter cuts name no subject
SLIGHT, TEARS = 0.25, 0.4  # costs of a cut before a preposition, and inside a pair of words
ASIDE = re.compile(
    r"\s\((?![A-Z]{2,8}\))[^()]{2,80}\)|,\s(?:in|with|by|on|at|from|through|including)\b[^,]{3,70},(?=\s)"
    r"|\s+in\s+this\s+\w+"
)
FINITE = re.compile(r"\b(?:should|must|is|are|needs?|cannot|can|will|has|have|requires?|ought)\b", re.IGNORECASE)
_CUTS: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern), cost)
    for pattern, cost in (
        (r"\s*[;:]\s|\s[–—]\s|\s\((?![A-Z]{2,8}\))", 0.0),
        (r",\s(?=(?:and|but|which|who|when|if|so|as|including|with|rather|not|where|to|in|or)\b)", 0.05),
        (r"\s(?=(?:if|unless|until)\s)", 0.3),  # the condition is lost
        (r"\s(?=(?:and|or),\s)", 0.05),
        (r",\s(?!\w+,?\s(?:and|or)\s)", 0.15),
        (
            r"\s(?=(?:which|who|whom|when|where|because|including|while|so that|in order|rather than)\b)",
            0.1,
        ),
        (
            r"\s(?=(?:and|or)\s(?:the|their|its|to|is|are|should|must|that|how|an?|will|in|for|not|requires?|needs?|ha[sd]|have|would|could|may)\b)",
            0.15,
        ),
        (r"\s(?=\w+ing\s(?:in|to|with|from|for|at|by|on)\s)", 0.2),
        (r"\s(?=(?:to|for|by|through|from|with|across|during|about|at|on|in|as|into|that)\s)", 0.25),
        (r"\s(?=(?:and|or|of)\s)", 0.4),
    )
)
_DANGLING = re.compile(
    r"(?:[\s,;:–—(-]+|\s(?:the|an?|of|and|or|to|that|is|are|be|been|being|should|must|will|can|not|for|in|on|by|with|at|from|as|their|its"
    r"|our|no|any|all|every|more|most|has|have|which|who|if|this|these|than|into|but|both|well|able))+$",
    re.IGNORECASE,
)
_TORN = re.compile(  # an article with only an adjective, a relative clause with only its verb, a list's first item
    r":\s[^\s,]+(?:\s[^\s,]+)?$|\b(?:the|an?)\s\w+(?:,\s(?:but|and|or|if)\s[^,]*)$|\b(?:that|which|who|how|when)\s\w+$|,\s\w+$|\bit\sis\s\w+$|\b(?:can|should|must|will|may|is|are|to|that),\s[^,]*$|"
    r"\beither\s(?!.*\sor\s).*$",
    re.IGNORECASE,
)
_ARTICLE_PAIR = re.compile(r"\b(?:the|an?)\s\w+$", re.IGNORECASE)
_SINGLE = re.compile(r"\b(?:for|of|in|with|to|from|by)\s[\w-]+$")


def cuts(text: str) -> list[tuple[str, float]]:
    """The text itself where it is short, else its cuts at clause boundaries, with the share each keeps."""
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return [(_dressed(text), 1.0)] if len(text) >= SHORTEST or " " in text else []
    plain = " ".join(ASIDE.sub("", text).split())
    found: dict[str, float] = {}
    for form, share in ((text, 1.0), (plain, 0.95))[: 1 if plain == text else 2]:
        for cut, kept in _boundaries(form):
            found.setdefault(_dressed(cut), kept * share)
    return list(found.items()) or [(_dressed(shortened(text)), 0.3)]


def _boundaries(text: str) -> Iterator[tuple[str, float]]:
    """The beginnings of a text that may stand for it, with the share of worth each keeps."""
    if len(text) <= HARD_LIMIT:
        yield text, 1.0 - OVER_LONG * max(0, len(text) - LONGEST)
    for pattern, cost in _CUTS:
        for match in pattern.finditer(text, SHORTEST, HARD_LIMIT + 12):
            cut = _DANGLING.sub("", text[: match.start()])
            pair = cost >= TEARS or text.startswith(("but ", "and ", "or "), match.end())
            torn = _TORN.search(cut) or (pair and _ARTICLE_PAIR.search(cut))
            if torn or not SHORTEST <= len(cut) <= HARD_LIMIT:
                continue
            kept = 1.0 - cost * (0.6 if FINITE.search(cut) else 1.0) - OVER_LONG * max(0, len(cut) - LONGEST)
            yield cut, kept * (0.85 if cost >= SLIGHT and _SINGLE.search(cut) else 1.0)


def shortened(text: str) -> str:
    """The text cut at a word, with an ellipsis where something is missing."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _dressed(text: str) -> str:
    """The text with a capital and balanced brackets and quotes."""
    if text.count("(") > text.count(")"):
        text = text[: text.rindex("(")].rstrip(" ,")
    if text.startswith("Concern that ") and not FINITE.search(text):
        text = "Concern about " + text[len("Concern that ") :]
    return text[:1].upper() + text[1:]
