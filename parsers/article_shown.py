"""Texts of an article as they are shown: damaged characters set right.

Which error is worse: to change a sound text is worse than to leave damage, so this only asks `mojibake`.
The paragraphs of one article are asked about together: they came through the same damage, and all of them say
more about it than each alone; it is also much cheaper.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers import mojibake
from parsers.model import Step


def line(text: str | None, made: list[Step] | None = None) -> str | None:
    """One text; None where nothing is left of it. The repairs are added to `made`."""
    if not text or text.isascii():
        return text or None
    return _mended(text, made) or None


def lines(texts: Sequence[str], made: list[Step] | None = None) -> list[str | None]:
    """The paragraphs of one article, in order; none of them may hold a line feed. The repairs are added to `made`."""
    whole = "\n".join(texts)
    if whole.isascii():
        return [text or None for text in texts]
    shown = _mended(whole, made).split("\n")
    return [text or None for text in shown] if len(shown) == len(texts) else [line(text) for text in texts]


def receipt(made: Sequence[Step]) -> dict[str, str]:
    """What was repaired as the note of a result; none where nothing was."""
    return {"repair": mojibake.Repair(text="", steps=tuple(made)).receipt} if made else {}


def _mended(text: str, made: list[Step] | None) -> str:
    repaired = mojibake.repair(text)
    if made is not None:
        made += repaired.steps
    return mojibake.shown(repaired)
