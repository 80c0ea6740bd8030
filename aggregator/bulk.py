"""Bulk work on records.

Which error is worse: memory that is never given back ends a service, a slow import only takes longer.
So the search for objects that refer to each other in a circle rests only where none come into being: rows, records
and texts refer to nothing that refers back, and are gone with their last user.
There it costs a tenth of linking and a twentieth of reading, because it looks at whatever is held, again and again.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def no_circles() -> Iterator[None]:
    """No search for circles inside; for a batch of records, not for what people or foreign libraries build."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
