"""Amounts as people read them, the same on pages and at the command line."""

from __future__ import annotations


def size(n: int) -> str:
    """Bytes for people.

    >>> size(900), size(2_500_000), size(82_717_600_000)
    ('900 bytes', '2.5 MB', '82.7 GB')
    """
    for unit, bytes_in_it in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= bytes_in_it:
            return f"{n / bytes_in_it:.1f} {unit}"
    return f"{n} bytes"
