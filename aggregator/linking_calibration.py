"""From margin to probability and band."""

from __future__ import annotations

import math

from aggregator.model import Band
from parsers.model import Record


class Calibration(Record, frozen=True, kw_only=True):
    """One sigmoid and two thresholds."""

    slope: float = 1.93
    offset: float = -4.13
    show: float = 1.5  # margin from which a link is proposed
    likely: float = 2.5  # margin from which it is called likely

    def probability(self, margin: float) -> float:
        """How probable it is that the link is right, 0–1."""
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, self.slope * margin + self.offset))))

    def band(self, margin: float) -> Band | None:
        """Likely, possible, or None below the threshold."""
        if margin >= self.likely:
            return "likely"
        return "possible" if margin >= self.show else None
