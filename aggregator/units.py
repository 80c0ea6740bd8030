"""Amounts as people read them, the same on pages and at the command line."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def half_up(value: float, digits: int = 0) -> str:
    """A number with so many digits after the point, a half rounded up as people do.

    >>> half_up(0.25, 1), half_up(1.75, 1), half_up(2.5), half_up(-0.5), half_up(1e6)
    ('0.3', '1.8', '3', '-1', '1000000')
    """
    return f"{Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"


def size(n: int) -> str:
    """Bytes for people.

    >>> size(900), size(2_500_000), size(82_717_600_000)
    ('900 bytes', '2.5 MB', '82.7 GB')
    """
    for unit, bytes_in_it in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= bytes_in_it:
            return f"{half_up(n / bytes_in_it, 1)} {unit}"
    return f"{n} bytes"
