"""Plain text as mail programs show it: hard lines, no trailing blanks."""

from __future__ import annotations

import textwrap

TEXT_WIDTH = 76


def wrap(text: str, indent: int = 0, first: str = "") -> str:
    """Hard lines of at most 76 characters; a url stands whole on its line."""
    return textwrap.fill(
        text,
        TEXT_WIDTH,
        initial_indent=first or " " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def tidy(text: str) -> str:
    """No trailing blanks, never two empty lines together."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"
