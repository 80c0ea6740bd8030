"""Make the damaged Bluesky scrapes of the sample corpus from their undamaged source: as it is, and a week earlier.

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
#: The same page as it was copied on the Monday before, with fewer posts and fewer likes.
BEFORE = HERE / "sample-before" / "bluesky-profile.txt"
#: The last post that the page had then.
LATEST = "07.11.2026 12:30"

#: The line under a post: when, and its four counts.
STATUS = re.compile(r"^(\d\d\.\d\d\.\d{4} \d\d:\d\d — )(.*\d)$")
LOST = re.compile("[\u0080-\u009f]")


def damage(text: str) -> str:
    """Pass text through the lossy channel; line breaks and ASCII stay as they are.

    >>> damage("It’s £5 – “really”")
    'Itβs Β£5 β βreallyβ'
    """
    shown = text.encode("utf-8").decode("iso8859_7", errors="replace")
    return LOST.sub("", shown).replace("\u00a0", " ")


def a_week_earlier(text: str) -> str:
    """The page from its `LATEST` post on, with two thirds of each count."""
    lines = text.split("\n")
    latest = next(n for n, line in enumerate(lines) if line.startswith(LATEST))
    start = max(n for n in range(latest) if STATUS.match(lines[n])) + 1
    return "\n".join(STATUS.sub(_fewer, line) for line in lines[start:])


def _fewer(status: re.Match[str]) -> str:
    return status[1] + re.sub(r"\d+", lambda count: str(int(count[0]) * 2 // 3), status[2])


def main() -> None:
    """Write the damaged scrapes beside the other sample files."""
    text = SOURCE.read_text(encoding="utf-8")
    TARGET.write_text(damage(text), encoding="utf-8", newline="\n")
    BEFORE.write_text(damage(a_week_earlier(text)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
