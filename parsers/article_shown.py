"""Texts of an article as they are shown: damaged characters set right.

Which error is worse: to change a sound text is worse than to leave damage, so this only asks `mojibake`.
The paragraphs of one article are asked about together: they came through the same damage, and all of them say
more about it than each alone; it is also much cheaper.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers import mojibake


def line(text: str | None) -> str | None:
    """One text; None where nothing is left of it."""
    if not text or text.isascii():
        return text or None
    return mojibake.shown(mojibake.repair(text)) or None


def lines(texts: Sequence[str]) -> list[str | None]:
    """The paragraphs of one article, in order; none of them may hold a line feed."""
    whole = "\n".join(texts)
    if whole.isascii():
        return [text or None for text in texts]
    shown = mojibake.shown(mojibake.repair(whole)).split("\n")
    return [text or None for text in shown] if len(shown) == len(texts) else [line(text) for text in texts]
