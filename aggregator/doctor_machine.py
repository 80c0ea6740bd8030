"""What the machine must offer: a disk whose locks hold, and an XML reader that no document can swell.

Which error is worse: an archive that two machines' locks do not protect breaks one day, to move it costs an hour.
So what is plainly a network file system is a finding, and no new archive begins there; what cannot be told passes.
"""

from __future__ import annotations

import re
from pathlib import Path

from aggregator.store.care import Finding
from aggregator.store.place import network

#: From here on the library ends documents that swell by their own entities.
SAFE_EXPAT = (2, 4, 1)


def machine(db: Path) -> list[Finding]:
    """Findings about the machine itself."""
    return [_place(db), _xml()]


def _place(db: Path) -> Finding:
    kind = network(db)
    return Finding(
        name="place",
        ok=kind is None,
        detail=f"{db} lies on a network file system ({kind}), where locks do not hold" if kind else "a local disk",
        advice="stop everything that uses it and move it to a disk of this machine" if kind else "",
    )


def _xml() -> Finding:
    from xml.parsers import expat

    version = tuple(int(number) for number in re.findall(r"\d+", expat.EXPAT_VERSION))
    ok = version >= SAFE_EXPAT
    return Finding(
        name="xml",
        ok=ok,
        detail=expat.EXPAT_VERSION.replace("_", " "),
        advice="" if ok else "feeds made to swell are only stopped by the reader's limits; use a newer Python or expat",
    )
