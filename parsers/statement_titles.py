"""Readable titles for statements."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parsers.model import Statement


def title_statements(statements: Sequence[Statement], organisation: str | None) -> list[Statement]:
    """The statements with titles."""
    return [msgspec.structs.replace(s, title=s.title or " ".join(s.position.split())[:80]) for s in statements]
