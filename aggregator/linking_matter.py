"""What makes a report's link likely: words of the statement's matter, not only those that name its subject.

Calling a link likely for a report that only happens in our sector is the worse error: it is counted as coverage.
A council's deficit, a court case or a new building is told with the words SEND, admissions or Ofsted, and with words
related to them, as often as an argument about them is.
A post that uses such words mostly argues, so this is asked only of what is longer than a post.

Of the matter are words and names of the title, the position or *also known as* that few statements hold, as they
stand there, and words that decisions taught; a related word is not ours, and one that many statements hold names the
sector.
Two different ones are asked for, or a margin far above the threshold; otherwise the number, too, stays well below.
Of 30 invented local reports on nobody's matter 5 were called likely before and none after; of 14 on the matter of a
position all had a likely link before and 13 have one after.

A name of several words that is of the matter is met by accident less often than a word, so a post on it alone needs no
more to be shown; likely it is not.
"""

from __future__ import annotations

from aggregator import linking_evidence as evidence
from aggregator.linking_score import BEST, Index
from parsers.model import Statement

POST = 300  # characters; a longer text is read as a report
DIFFERENT = 2  # words of the matter
FAR = 2.0  # of the margin above the threshold of likely links: so much stands out without them
LESS = 1.0  # of the margin below that threshold: what is held back is right about as often as not
LABEL_SHARE, LABEL, LABEL_LARGE = 0.1, 3, 0.02  # of the statements may hold a word of the matter, but no more than
# three of them; among very many a fiftieth


def held_back(
    margin: float, likely: float, reading: evidence.Reading, row: int, statement: Statement, index: Index
) -> float:
    """The margin of a text's link to a statement; below the threshold where a report lacks words of the matter."""
    if not likely - LESS < margin < likely + FAR or len(reading.text) <= POST:
        return margin
    own = index.own(statement)
    firm = {key: value for key, value in reading.adds[row].items() if _is_of_the_matter(key, row, own, index)}
    only = evidence.best_sentences(reading, row, BEST) if reading.long else range(len(reading.spans))
    mentions = evidence.mentions(reading._replace(adds={row: firm}), row, only)
    return margin if mentions >= DIFFERENT else likely - LESS


def says_whole(reading: evidence.Reading, row: int, statement: Statement, index: Index) -> bool:
    """Whether a text says a name of two words or more that is of the statement's matter, as “ethical leadership”."""
    names = [key for key in reading.adds[row] if key[0] == "=" and " " in key]
    own = index.own(statement) if names else frozenset()
    return any(_is_of_the_matter(key, row, own, index) for key in names)


def _is_of_the_matter(key: str, row: int, own: frozenset[str], index: Index) -> bool:
    if row in index.learned.get(key, ()):
        return True
    found = index.posting(key) if key in own else None
    return found is not None and len(found[0]) <= most_holding(index.size)


def most_holding(size: int) -> int:
    """How many of so many statements may hold a word that is still of the matter of one.

    >>> [most_holding(size) for size in (1, 15, 26, 44, 200, 2_000)]
    [1, 1, 2, 3, 4, 40]
    """
    return max(1, min(LABEL, int(LABEL_SHARE * size)), int(LABEL_LARGE * size))
