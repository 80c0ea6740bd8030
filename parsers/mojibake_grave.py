"""à whose second byte became a blank, so that Ã and a blank are left of it.

A guessed letter is worse than a missing one: “the vowel Ã is nasal” is sound, and Ã is a letter of Portuguese.
So Ã before a blank is no evidence by itself.
Other damage in the text is, and where there is none a French or Portuguese word that hardly goes without à.
Where other letters beyond ASCII are sound nothing was damaged: the same mistake would have taken them too.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from parsers.mojibake_letters import tongue
from parsers.mojibake_steps import Edit

#: Byte C3 in Windows-1252, Windows-1250 and Mac Roman by itself, and where a word in capitals ends with it (AMANHÃ).
_LONE = re.compile(r"(?<![^\W\d_])[ÃĂ√](?= )")
_HELD = re.compile(rf"{_LONE.pattern}|(?<=[A-ZÀ-Þ][A-ZÀ-Þ])[ÃĂ](?= )")
#: Stand-ins that are ASCII; lines that hold them themselves are not repaired.
_STAND_IN = {"Ã": "\x01", "Ă": "\x02", "√": "\x03"}
_BACK = {ord(mark): letter for letter, mark in _STAND_IN.items()}
_AFTER_A = frozenset(["", " ", ",", ".", ";", ":", "!", "?", ")"])
#: The rest of “às”.
_PLURAL = re.compile(r" s(?![^\W_])")
_BEFORE = re.compile(
    r"(?<![^\W_])(?:va|vais|vas|vont|jusqu['’]|quant|habite|travaille|pense|cherche|participer|devido|vou|vai|vamos|foi|"
    r"fui|voltar|chegou|chegar|respeito) ?\Z",
    re.IGNORECASE,
)
#: After “à” in French.
_BEHIND = re.compile(
    r" {1,2}(?:l['’]|(?:la|un|une|mon|ma|mes|son|sa|ses|notre|nos|votre|vos|leur|leurs|cette|cet|ces|chaque|tous|toute|"
    r"toutes|cause|partir|propos|travers|nouveau|peine|lui|elle|eux|moi|toi|nous|vous|qui|quoi|faire|voir)(?![^\W_]))"
)


def hold(line: str) -> str:
    """The line with what may be a sound letter out of the reach of ftfy; of the same length."""
    return _HELD.sub(lambda match: _STAND_IN[match[0]], line)


def release(line: str) -> str:
    """The line with the letters back that `hold` took out."""
    return line.translate(_BACK)


def holds(text: str) -> bool:
    """Whether there is anything to decide."""
    return _LONE.search(text) is not None


def edits(line: str, raw: Collection[str], *, proven: bool) -> list[Edit]:
    """Places of a line that are à: all where other damage is `proven`, else those whose neighbours say so.

    `raw` are the lines of the text before the other damage was repaired; a line that is one of them had none.
    """
    places = list(_LONE.finditer(line))
    if not places or (line in raw and has_letters(line)):
        return []
    found = []
    for place in places:
        at = place.start()
        if proven or _calls_for_it(line, at):
            end = at + 1 + (line[at + 2 : at + 3] in _AFTER_A or _PLURAL.match(line, at + 1) is not None)
            found.append(Edit(at, end, "à", "context", 0.9, (), "its second byte became a blank"))
    return found


def has_letters(text: str) -> bool:
    """Whether letters beyond ASCII stand in a text, besides those in question."""
    return any(char > "\x7f" and char.isalpha() for char in _LONE.sub("", text))


def _calls_for_it(line: str, at: int) -> bool:
    if _BEFORE.search(line, max(0, at - 20), at) and line[at + 1 :].lstrip()[:1].isalpha():
        return True
    if line[at + 1 : at + 3] == "  ":  # one of them is the byte
        return tongue(line) in ("fr", "pt")
    return _BEHIND.match(line, at + 1) is not None and tongue(line) == "fr"
