"""The mail as a spam filter sees it, offline; skipped where SpamAssassin is not installed."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from test_digest import WEEKS, built


@pytest.mark.skipif(
    not shutil.which("spamassassin"), reason="SpamAssassin is not installed (apt-get install spamassassin)"
)
@pytest.mark.parametrize("name", WEEKS)
def test_spamassassin(name: str) -> None:
    """At most one point, and none of the rules that our choices could break."""
    done = subprocess.run(["spamassassin", "-L", "-t"], input=built(name), capture_output=True, check=True)
    report = done.stdout.decode("utf-8", "replace")
    score = re.search(r"score=(-?[\d.]+)", report)
    assert score is not None
    assert float(score.group(1)) <= 1.0, report[:1500]
    assert not re.search(r"MPART_ALT_DIFF|HTML_IMAGE|LOW_CONTRAST", report.split("\n\n")[0])
