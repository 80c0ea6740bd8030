"""How long work takes, for tests that compare it with less of the same work."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call; the collector does not look at what was there before it."""
    gc.freeze()
    try:
        start = time.process_time()
        work()
        return time.process_time() - start
    finally:
        gc.unfreeze()


def grows_more(times: float, small: Callable[[], object], large: Callable[[], object]) -> str | None:
    """What was measured, where `large` takes more than so many times as long as `small`; None where it does not.

    Less than a sixth of a second says nothing, and a busy machine may spoil one measurement, not three.
    """
    for _ in range(3):
        much = seconds(large)
        if much < 0.15 or much < times * (little := seconds(small)):
            return None
    return f"{little:.2f} s, and {much:.2f} s for more of it"
