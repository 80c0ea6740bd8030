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
ICONS = tuple(word for word in STATUS.split() if word != "{}")
_STAMP = r"\d\d\.\d\d\.\d{4} \d\d:\d\d "


@functools.cache
def status_line(codec: str | None) -> re.Pattern[str]:
    """A damaged status line of a profile page, its icons as groups.

    An earlier ftfy may have made icons whole, or have taken the space behind one for its last byte.
    Without a codec it has made one U+FFFD of each icon that lost a byte.
    """
    parts = []
    for word in STATUS.split():
        if word == "{}":
            parts.append(r"\d[\d.,]*[KMk]?")
        else:
            remains = {damage(word, codec, undefined) for undefined in ("", "\ufffd")} if codec else {"\ufffd"}
            shapes = {word} | remains
            eaten = with_space(word, codec) if codec else ""
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


def status_edits(match: re.Match[str], codec: str | None) -> list[Edit]:
    """The icons of a status line put back."""
    reason = "the line under a post: likes, reposts, replies, quotes"
    return [
        Edit(
            match.start(group),
            match.end(group),
            icon + (" " if codec and match[group] == with_space(icon, codec) else ""),
            "context",
            0.9,
            (),
            reason,
        )
        for group, icon in enumerate(ICONS, 1)
        if match[group] != icon
    ]
