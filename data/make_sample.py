"""Make the damaged Bluesky scrape of the sample corpus from its undamaged source.

The damage is the one that real scrapes of this kind carry:
UTF-8 bytes were shown as ISO-8859-7, the control characters 80–9F went missing, no-break spaces became spaces.
The readable original stands in `sample-source/`; run `python data/make_sample.py` after editing it.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "sample-source" / "bluesky-profile.txt"
TARGET = HERE / "sample" / "bluesky-profile.txt"

LOST = re.compile("[\u0080-\u009f]")


def damage(text: str) -> str:
    """Pass text through the lossy channel; line breaks and ASCII stay as they are.

    >>> damage("It’s £5 – “really”")
    'Itβs Β£5 β βreallyβ'
    """
    shown = text.encode("utf-8").decode("iso8859_7", errors="replace")
    return LOST.sub("", shown).replace("\u00a0", " ")


def main() -> None:
    """Write the damaged scrape beside the other sample files."""
    TARGET.write_text(damage(SOURCE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
