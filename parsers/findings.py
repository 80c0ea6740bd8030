"""Problems are gathered while a document is read; a wholly broken one must not fill the memory with them."""

from __future__ import annotations

from typing import TypeAlias

from parsers.model import Problem, Severity

#: A place in words, or its kind and number ("byte", 4096): only problems pay for putting it in words.
Where: TypeAlias = str | tuple[str, int]

# A person reads some dozens at most; what comes after is only counted.
_MOST = 200


class Findings:
    """The problems of one document, bounded; the rest is counted."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._more = 0

    def add(self, message: str, where: Where = "", severity: Severity = "warning", excerpt: str = "") -> None:
        """Note one problem."""
        if len(self._problems) >= _MOST:
            self._more += 1
            return
        problem = Problem(message=message, where=in_words(where), severity=severity, excerpt=excerpt[:200])
        self._problems.append(problem)

    def problems(self) -> tuple[Problem, ...]:
        """All that was noted; the last one says how many more there were."""
        if not self._more:
            return tuple(self._problems)
        more = Problem(message=f"{self._more:,} more problems of this document are not listed", severity="info")
        return (*self._problems, more)


def in_words(where: Where) -> str:
    """A place as people read it.

    >>> in_words(("byte", 4096))
    'byte 4,096'
    """
    return where if isinstance(where, str) else f"{where[0]} {where[1]:,}"
