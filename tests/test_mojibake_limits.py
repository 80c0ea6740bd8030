"""What a hostile line may cost: a process that is allowed fifteen seconds of CPU weighs half a megabyte in one."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

CPU_SECONDS = 15  # quadratic work needs minutes, linear work less than one second
SIZE = 500_000
WEIGH = """
import sys
from parsers.mojibake_evidence import line_points
from parsers.mojibake_merged import merged_edits
from parsers.mojibake_reading import read
from parsers.mojibake_tables import table

piece, size = sys.argv[1], int(sys.argv[2])
line = (piece * (size // len(piece) + 1))[:size]
known = table("iso-8859-7")
line_points(line, read(line, known), known)
for quotes in ("”", "“”", "‘"):
    merged_edits(line, quotes)
"""


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


@pytest.mark.parametrize("piece", ["βso wellβ ", "β so ", "“so ", "\ufffdso ", "so\ufffd “"])
def test_a_long_line_of_quotations_costs_linear_work(piece: str) -> None:
    """Each quotation is judged by what is near it, not by the line before it."""
    command = [sys.executable, "-c", WEIGH, piece, str(SIZE)]
    ran = subprocess.run(command, capture_output=True, text=True, preexec_fn=_limit)
    assert ran.returncode == 0, ran.stderr[-300:]
