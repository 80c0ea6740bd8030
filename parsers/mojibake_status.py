"""The line under each post of a profile page, and what an earlier ftfy made of it.

A wrong number would be worse than a missing icon, so the line is matched as a whole or not at all.
"""

from __future__ import annotations

import functools
import re

from parsers.mojibake_channel import damage, decode_exact
from parsers.mojibake_steps import Edit
from parsers.mojibake_tables import Table

# The icons under a post on a profile page: likes, reposts, replies, quotes.
STATUS = "— 👍 {} 🔁 {} 💬 {} 📌 {}"
_STAMP = r"\d\d\.\d\d\.\d{4} \d\d:\d\d "


@functools.cache
def status_line(codec: str) -> re.Pattern[str]:
    """A damaged status line of a profile page, its icons as groups.

    An earlier ftfy may have made icons whole, or have taken the space behind one for its last byte.
    """
    parts = []
    for word in STATUS.split():
        if word == "{}":
            parts.append(r"\d[\d.,]*[KMk]?")
        else:
            shapes = {damage(word, codec, undefined) for undefined in ("", "\ufffd")} | {word}
            eaten = with_space(word, codec)
            parts.append("(" + "|".join(map(re.escape, sorted(shapes))) + (f"|{eaten}(?=\\d))" if eaten else ")"))
    return re.compile(_STAMP + " ?".join(parts) + r" *\r?\Z")


def with_space(symbol: str, codec: str) -> str:
    """What ftfy makes of a symbol's remains and the space behind them, or nothing."""
    remains = damage(symbol, codec)
    whole = decode_exact(remains + "\xa0", codec)
    return whole if whole and len(remains) > 1 and damage(whole, codec) == remains + "\xa0" else ""


# ftfy took what was left of ” and the space behind it for a dagger.
EATEN = re.compile(r"“[^“”†]{1,300}[\w.,!?…]†(?=[\w“#@(-])")


def eaten(line: str, table: Table) -> int:
    """How often an earlier ftfy took a space for a lost byte here, where nobody writes what came of it."""
    if "†" in line and "“" in line and table.eats_quotes:
        return min(3, len(EATEN.findall(line)))
    if EATEN_STATUS.search(line) and status_line(table.codec).search(line):
        return 2
    return 0


# A like without its space, as it stands in a status line.
EATEN_STATUS = re.compile("👠(?=\\d)")


def status_edits(match: re.Match[str], codec: str) -> list[Edit]:
    """The icons of a status line put back."""
    icons = [word for word in STATUS.split() if word != "{}"]
    reason = "the line under a post: likes, reposts, replies, quotes"
    return [
        Edit(
            match.start(group),
            match.end(group),
            icon + (" " if match[group] == with_space(icon, codec) else ""),
            "context",
            0.9,
            (),
            reason,
        )
        for group, icon in enumerate(icons, 1)
        if match[group] != icon
    ]
