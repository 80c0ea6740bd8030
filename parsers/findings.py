"""Problems are gathered while a document is read; a wholly broken one must not fill the memory with them."""

from __future__ import annotations

from parsers.model import Problem, Severity

# A person reads some dozens at most; what comes after is only counted.
_MOST = 200


class Findings:
    """The problems of one document, bounded; the rest is counted."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._more = 0

    def add(self, message: str, where: str = "", severity: Severity = "warning", excerpt: str = "") -> None:
        """Note one problem."""
        if len(self._problems) >= _MOST:
            self._more += 1
            return
        self._problems.append(Problem(message=message, where=where, severity=severity, excerpt=excerpt[:200]))

    def problems(self) -> tuple[Problem, ...]:
        """All that was noted; the last one says how many more there were."""
        if not self._more:
            return tuple(self._problems)
        more = Problem(message=f"{self._more:,} more problems of this document are not listed", severity="info")
        return (*self._problems, more)
