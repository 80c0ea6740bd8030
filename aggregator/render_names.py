"""Names of the positions that an issue speaks of, as short as there is room for and never alike.

Which error is worse: two positions under one name send somebody to the wrong one, a name that is some words longer
costs half a line.
So names that would look alike when they are cut stand whole, and the text part has every name whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from aggregator.issue_model import Digest
from aggregator.render_text import named

#: Characters of a name that counts as whole; hostile ones run to megabytes.
WHOLE = 250
#: Words from which a cut is worth it.
WORTH = 3
#: Times the length that still count as it, and the share of it below which a cut has taken too much.
SPARE, LEAST = 1.05, 0.7


def whole(title: str) -> str:
    """A name as it is in the paper."""
    return named(title, WHOLE)


def names(digest: Digest) -> dict[str, str]:
    """Title → name as the page shows it, of all positions that an issue speaks of."""
    return shortened(_titles(digest), digest.name_length)


def shortened(titles: Iterable[str], length: int) -> dict[str, str]:
    """Title → name of about so many characters, but longer where it would be the name of two.

    >>> titles = ["Open the gates at dawn, in parks", "Open the gates at dawn, in woods"]
    >>> list(shortened([*titles, "Mend the park lamps, and all of them"], 24).values())
    ['Open the gates at dawn, in parks', 'Open the gates at dawn, in woods', 'Mend the park lamps …']
    """
    found = {title: _cut(title, length) for title in titles}
    many = Counter(name.casefold() for name in found.values())
    return {title: name if many[name.casefold()] == 1 else whole(title) for title, name in found.items()}


def _cut(title: str, length: int) -> str:
    """A name of about so many characters; for a word or two nothing is cut.

    Where a cut that makes sense would leave little of it, the words go on to the last that has room: what a position
    asks for often stands behind a long subject.
    """
    if len(title) <= SPARE * length:
        return whole(title)
    name = named(title, length)
    if len(name) < LEAST * length:
        name = title[: length - 1].rsplit(" ", 1)[0].rstrip(",;:") + " …"
    return name if len(title) > WHOLE or len(title.split()) - len(name.split()) + 1 >= WORTH else whole(title)


def _titles(digest: Digest) -> Iterator[str]:
    yield from (line.link.title for line in digest.stories if line.link)
    yield from (line.title for line in digest.positions)
    yield from (link.title for item in digest.threads for link in item.sure_links[:1])
    yield from (line.subject for line in digest.gaps if line.kind in ("silent", "rise"))
    yield from (link.title for _, link in (*digest.review.first, *digest.corrections))
