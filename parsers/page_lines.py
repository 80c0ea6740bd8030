"""Lines of a page that are no part of its story, beside those that `furniture` knows.

Which error is worse: to take a sentence of the story for such a line is worse than to keep it, so every pattern is
for a whole line, and a line in which somebody is quoted or reported stays.
The phrases are data: `page_lines.toml`.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

from parsers import furniture

_AROUND = " \t.:!?…›»>→–—-|•·*#'\"‘’“”[]()"
#: Pointers and captions end without a full stop; with one the line may be the story's.
_NO_SENTENCES = ("pointer to another story", "photo caption or credit", "date line")
_MONTHS = (
    r"(?:jan(?:uar|eiro|vier)|ener[o]|gennaio|jänner|feb(?:ruar|rero|braio)|fevereiro|février|märz|marzo|março|mars|"
    r"abril|aprile?|avril|mai|mayo|maio|maggio|juni|junio|junho|giugno|juin|juli|julio|julho|luglio|juillet|august|"
    r"agosto|août|septembre|septiembre|setembro|settembre|oktober|octubre|outubro|ottobre|octobre|"
    r"novemb(?:er|re|ro)|noviembre|dezember|diciembre|dezembro|dicembre|décembre)"
)
_TOLD = re.compile(r"[“”«»„]|\b(?:said|says|told|added|argued|warned|according to)\b")


@lru_cache(maxsize=4096)
def reason(line: str) -> str | None:
    """Why this line is no part of a story, or None.

    >>> reason("Let us know in the comments below!")
    'call to readers'
    >>> reason("Tell us the truth, the minister said in his comments on the report.") is None
    True
    """
    if len(line) > 400 or line.count(" ") >= furniture.LONGEST or _TOLD.search(line):
        return None
    pattern, reasons = _rules()
    found = pattern.fullmatch(line.strip(_AROUND))
    known = reasons[(found.lastindex or 1) - 1] if found else None
    return None if known in _NO_SENTENCES and furniture.ends_sentence(line) else known


@cache
def _rules() -> tuple[re.Pattern[str], tuple[str, ...]]:
    """One pattern, a group for each reason, and the reasons in the order of the groups."""
    with Path(__file__).with_name("page_lines.toml").open("rb") as file:
        lines: dict[str, list[str]] = tomllib.load(file)["lines"]
    filled = {reason: [phrase.replace("{month}", _MONTHS) for phrase in phrases] for reason, phrases in lines.items()}
    groups = ("|".join(f"(?:{phrase})" for phrase in phrases).replace("'", "['’]") for phrases in filled.values())
    return re.compile("|".join(f"({group})" for group in groups), re.IGNORECASE), tuple(lines)
