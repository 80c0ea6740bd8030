"""Links from coverage to statements: what is proposed, why, and what never is."""

from __future__ import annotations

from aggregator.linking import Linker
from parsers.model import Statement

READING = Statement(
    id="reading", position="Every prison must have a staffed library and prisoners must be able to borrow books."
)
PAY = Statement(id="pay", position="Lifeboat crews should receive a training allowance for every weekend at sea.")


def test_a_text_on_our_subject_gets_its_statement_first() -> None:
    """The statement that shares the rare words comes first, with a reason that names them."""
    (first, *_) = Linker([READING, PAY]).rank("Prison libraries close as staff leave")
    assert first.statement_id == "reading"
    assert "“Prison libraries”" in first.reason


def test_no_statements_no_links() -> None:
    """Without statements nothing is proposed and nothing breaks."""
    assert Linker([]).propose("Prison libraries close") == []
