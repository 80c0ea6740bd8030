"""robots.txt: what a site lets readers like us have (RFC 9309).

Which error is worse: to leave a page out keeps its teaser, to take what a site refused breaks a promise.
So the longest rule that fits decides, a rule that cannot be read is passed over, and a site whose robots.txt cannot
be had at the moment is left alone until it can.
Pure, and linear in file and address: patterns are matched piece by piece, without backtracking.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, unquote

from parsers.model import Record

#: What lies beyond is not read; the standard asks for this much.
LARGEST = 500 << 10
#: Longer wishes between two requests are taken for this many seconds.
LONGEST_DELAY = 30.0


class Robots(Record, frozen=True, kw_only=True):
    """The rules of one site for us, longest first."""

    rules: tuple[tuple[str, bool], ...] = ()  # pattern, allowed
    delay: float = 0.0  # seconds between requests, where the site states it

    def allows(self, path: str) -> bool:
        """Whether an address, from its path on, may be fetched."""
        if path == "/robots.txt":
            return True
        plain = _same(path)
        return next((allowed for pattern, allowed in self.rules if _fits(pattern, plain)), True)


def read(text: str, agent: str) -> Robots:
    """The rules for a reader called `agent`; those for everybody where none name it.

    A group is ours by the product's name alone: the address behind it is not what sites mean.
    """
    product = agent.partition("/")[0].lower()
    own: list[tuple[str, str]] = []
    everybody: list[tuple[str, str]] = []
    is_named = False
    for names, lines in _groups(text[:LARGEST]):
        if any(name.partition("/")[0].rstrip() == product for name in names):
            is_named = True
            own += lines
        elif "*" in names:
            everybody += lines
    chosen = own if is_named else everybody
    rules = [(_same(value), key == "allow") for key, value in chosen if key in ("allow", "disallow") and value]
    # Longest first; of two equal ones the one that allows.
    rules.sort(key=lambda rule: (-len(rule[0]), not rule[1]))
    return Robots(rules=tuple(rules), delay=max((_seconds(v) for k, v in chosen if k == "crawl-delay"), default=0.0))


def _groups(text: str) -> Iterator[tuple[list[str], list[tuple[str, str]]]]:
    """Names and lines of each group: several names in a row share what follows."""
    names: list[str] = []
    lines: list[tuple[str, str]] = []
    for line in text.removeprefix("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key == "user-agent":
            if lines:
                yield names, lines
                names, lines = [], []
            names.append(value.lower())
        elif names and key in ("allow", "disallow", "crawl-delay"):
            lines.append((key, value))
    yield names, lines


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return min(number, LONGEST_DELAY) if number > 0 else 0.0


def _same(path: str) -> str:
    """A path in one way of writing its percent signs."""
    return quote(unquote(path, errors="surrogateescape"), safe="/?&=*$;:@!+,~()'-._", errors="surrogateescape")


def _fits(pattern: str, path: str) -> bool:
    """Whether a pattern fits the start of a path; * stands for anything, a final $ for the end.

    >>> _fits("/*.pdf$", "/a/b.pdf"), _fits("/*.pdf$", "/a/b.pdf?x"), _fits("/a", "/abc")
    (True, False, True)
    """
    whole = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    place = len(first)
    last = rest.pop() if whole and rest else None
    for piece in rest:
        found = path.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    if last is not None:
        return len(path) - len(last) >= place and path.endswith(last)
    return not whole or place == len(path)
