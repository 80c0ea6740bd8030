"""Whether a feed's markup can be read in bounded time, and a sound feed made of one that cannot.

Which error is worse: to lose the entries of a feed is worse than to lose what is odd in them, so of a feed that
nobody could have meant (elements opened by the hundred thousand, attributes by the megabyte) each entry's title,
address, dates and text are kept, and the rest goes.

feedparser takes some thirty microseconds and three hundred bytes for each element, more for each that is never
closed, and its time grows with the square of the attributes in one tag and of the namespaces.
A feed of 6 MB can keep it busy for minutes.
What it will have to read is counted here first, at a few hundred nanoseconds an element.
Elements inside CDATA and comments are text and count for nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

#: Feeds of 2,000 entries have some 30,000 elements; so many are read in about three seconds.
MOST_ELEMENTS = 80_000
#: Sound feeds nest less than 10 deep, pages inside them less than 100.
DEEPEST = 250
#: A start tag is looked at in pieces of so many bytes.
LONGEST_TAG = 8_000
#: A start tag with more attributes than this is no tag of a feed.
MOST_ATTRIBUTES = 300
#: A feed names a dozen namespaces; feedparser compares each new one with all before it.
MOST_PREFIXES = 500
#: A mended entry keeps so many elements.
MOST_CHILDREN = 40

_TAG = re.compile(
    rb"<(?:!\[CDATA\[.*?(?:\]\]>|\Z)|!--.*?(?:-->|\Z)|(?P<close>/?)(?P<name>[A-Za-z_][\w:.\-]{0,80})"
    rb"(?P<inside>[^<>]{0,%d})(?P<end>>?))" % LONGEST_TAG,
    re.DOTALL,
)
_PREFIX = re.compile(rb"xmlns:([\w.\-]{1,80})")
_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF|RDF|channel|\w{1,12}:(?:rss|feed|RDF))\b[^<>]{0,4000}>", re.IGNORECASE)
_ENTRY = re.compile(rb"<(/?)((?:\w{1,12}:)?(?:item|entry))(?:\s[^<>]{0,4000})?(/?)>", re.IGNORECASE)
_CHILD = re.compile(
    rb"<(?P<name>title|link|guid|id|pubDate|published|updated|author|summary|description|content|dc:\w{1,20}|"
    rb"content:encoded)(?P<inside>(?:\s[^<>]{0,2000})?)>(?P<text>[^<]*)",
    re.IGNORECASE,
)
_CDATA = b"<![CDATA["
_PROLOGUE = re.compile(rb"\s*<\?xml[^>]{0,200}\?>")


@dataclass(frozen=True, slots=True)
class Shape:
    """What feedparser would have to go through."""

    elements: int
    deepest: int  # how many elements are open at once
    long_tags: int
    crowded: bool = False  # more names for namespaces than any feed has
    whole: int = 0  # where the last entry ends that can still be read, in bytes; 0 where none does

    @property
    def is_only_long(self) -> bool:
        """Whether its first entries are sound and there are just too many elements."""
        return self.deepest <= DEEPEST and not self.long_tags and not self.crowded and self.whole > 0

    @property
    def is_sound(self) -> bool:
        """Whether it can be read in bounded time."""
        return self.elements <= MOST_ELEMENTS and self.deepest <= DEEPEST and not self.long_tags and not self.crowded


def shape(data: bytes) -> Shape:
    """Elements, depth and overlong tags of a feed; counting stops where it is too much anyway.

    >>> shape(b"<rss><item><br></item></rss>")
    Shape(elements=3, deepest=3, long_tags=0, crowded=False, whole=22)
    """
    elements = deepest = long_tags = whole = 0
    opened: list[bytes] = []
    names: Counter[bytes] = Counter()
    for tag in _TAG.finditer(data):
        name = tag["name"]
        if name is None:
            continue
        if tag["close"]:
            _close(name, opened, names)
            whole = tag.end() if name.endswith((b"item", b"entry")) else whole
            continue
        elements += 1
        long_tags += _is_overlong(data, tag)
        if not tag["inside"].endswith(b"/"):
            opened.append(name)
            names[name] += 1
        deepest = max(deepest, len(opened))
        if elements > MOST_ELEMENTS or deepest > DEEPEST or long_tags:
            break
    crowded = len(set(_PREFIX.findall(data))) > MOST_PREFIXES
    return Shape(elements, deepest, long_tags, crowded, whole)


def _is_overlong(data: bytes, tag: re.Match[bytes]) -> bool:
    """Whether a start tag has more attributes than any tag of a feed; a picture in a single one may be long."""
    if tag["end"] or len(tag["inside"]) < LONGEST_TAG:
        return tag["inside"].count(b"=") > MOST_ATTRIBUTES
    end = data.find(b">", tag.end())
    return data.count(b"=", tag.start(), end if end >= 0 else len(data)) > MOST_ATTRIBUTES


def _close(name: bytes, opened: list[bytes], names: Counter[bytes]) -> None:
    """Take an element and what was left open inside it from those that are open."""
    if not names[name]:
        return
    while opened:
        last = opened.pop()
        names[last] -= 1
        if last == name:
            return


def mended(data: bytes, most_entries: int) -> tuple[bytes, int]:
    """A sound feed with the titles, addresses, dates and texts of one that is not, and how many entries it has.

    An entry ends where it is closed or where the next one starts.
    """
    found = _ROOT.search(data)
    root = found[0] if found and not found[0].endswith(b"/>") else b"<rss version='2.0'>"
    name = re.match(rb"<([\w:]+)", root)
    assert name is not None
    start = next((entry.start() for entry in _ENTRY.finditer(data)), len(data))
    about = b"".join(_children(data[found.end() if found else 0 : start]))
    entries = [
        b"<%s>%s</%s>" % (kind, b"".join(_children(inside)), kind) for kind, inside in _entries(data, most_entries)
    ]
    prologue = _PROLOGUE.match(data)
    channel = (b"<channel>", b"</channel>") if name[1].lower().endswith(b"rss") else (b"", b"")
    parts = (prologue[0] if prologue else b"", root, channel[0], about, *entries, channel[1], b"</%s>" % name[1])
    return b"".join(parts), len(entries)


def _entries(data: bytes, most: int) -> Iterator[tuple[bytes, bytes]]:
    """Name and inside of each entry."""
    kind, start, count = b"", 0, 0
    for tag in _ENTRY.finditer(data):
        if kind:
            yield kind, data[start : tag.start()]
            count += 1
        if count >= most:
            return
        kind, start = (b"", 0) if tag[1] or tag[3] else (tag[2], tag.end())
    if kind:
        yield kind, data[start:]


def _children(inside: bytes) -> Iterator[bytes]:
    """The elements of an entry that hold what an article needs, closed; the first of each name, and links of any."""
    seen: Counter[bytes] = Counter()
    ends = _TextEnds(inside)
    place = 0
    for _ in range(50 * MOST_CHILDREN):
        child = _CHILD.search(inside, place)
        if child is None or seen.total() >= MOST_CHILDREN:
            return
        name, attributes = child["name"], child["inside"]
        place = ends.after(child.end())
        if seen[name.lower()] and name.lower() != b"link":
            continue
        seen[name.lower()] += 1
        if attributes.endswith(b"/"):
            yield b"<%s%s>" % (name, attributes)
        else:
            yield b"<%s%s>%s</%s>" % (name, attributes, inside[child.start("text") : place], name)


class _TextEnds:
    """Where the texts of an entry end; once no CDATA is closed any more, that is not looked for again."""

    def __init__(self, inside: bytes) -> None:
        self._inside = inside
        self._last = inside.rfind(b"]]>")

    def after(self, place: int) -> int:
        """The end of the CDATA that starts at `place`, or `place` where none does or it is never closed."""
        if place > self._last or not self._inside.startswith(_CDATA, place):
            return place
        return self._inside.index(b"]]>", place) + 3
