"""Two readings of one article: whether they are, and what they are together.

Which error is worse: to keep an article twice shows it twice in the mail, to take two for one loses coverage; so what
only looks alike is asked for more than a headline, and a teaser for words that the whole text has too.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from aggregator.store.connect import Row
from aggregator.store.post_rows import clean
from aggregator.times import parse_utc
from parsers.model import Article

#: Words from which a headline is not used twice in a week ("Letters to the editor" is).
TELLING = 5
#: A paste dated by hand and the feed's own time may differ.
NEAR = dt.timedelta(days=3)
#: Of a teaser's telling words, the share that its article has, and how many they have to be.
#: Of 11 news pages each knows its own headline and lead by it, 10 of them by the rest of the text alone; of 110 pairs
#: of different pages one passes, by a lead of ten words.
SHARE, LEAST = 0.5, 2


def near(article: Article, row: Row) -> bool:
    """Whether two dates of publication may be one."""
    other = parse_utc(row["published_at"])
    return article.published_at is None or other is None or abs(article.published_at - other) <= NEAR


def alike(one: Article, fold: str, row: Row) -> bool:
    """Whether an article of that fold and a stored one may be one: by headline, most words or a teaser's words."""
    from aggregator.shingles import changed_share

    if fold == row["fold"]:
        return True
    if one.headline and clean(one.headline) == clean(row["headline"]):
        return True
    if one.stub or row["stub"]:
        return _announces(one, row)
    return bool(one.text and row["text"]) and changed_share(one.text, row["text"]) < 0.5


def _announces(one: Article, row: Row) -> bool:
    """Whether the telling words of a teaser stand in the other text; of two teasers, those of the one with fewer."""
    from aggregator.copies import headline_words

    given = headline_words(f"{one.headline or ''} {one.standfirst or ''} {one.text}")
    stored = headline_words(f"{row['headline'] or ''} {row['standfirst'] or ''} {row['text'] or ''}")
    both_stubs = one.stub and row["stub"]
    teaser = min(given, stored, key=len) if both_stubs else given if one.stub else stored
    shared = len(given & stored)
    return shared >= LEAST and shared >= SHARE * len(teaser)


def merge(old: Article, new: Article, *, same_document: bool = False) -> tuple[Article, bool]:
    """Two readings of one article as one, and whether the new one gives the text.

    The better source gives text and layout whichever came first, the other fills its blanks.
    Of the same document the new reading is the better one.
    """
    is_newer = same_document or _gives_text(old, new)
    better, other = (new, old) if is_newer else (old, new)
    blanks = {
        field: getattr(other, field)
        for field in better.__struct_fields__
        if field not in ("steps", "dropped", "date_only", "stub") and getattr(better, field) in (None, "", ())
    }
    # A day from one source is refined by a time from the other.
    if better.date_only and other.published_at and not other.date_only:
        blanks |= {"published_at": other.published_at, "date_only": False}
    elif "published_at" in blanks:
        blanks["date_only"] = other.date_only
    return (msgspec.structs.replace(better, **blanks) if blanks else better), is_newer


def _gives_text(old: Article, new: Article) -> bool:
    """Whether a new reading is better than the stored one: whole before teaser, page before paste, later edit."""
    ranks = [(bool(one.blocks) and not one.stub, one.url is not None) for one in (old, new)]
    if ranks[0] != ranks[1]:
        return ranks[1] > ranks[0]
    if new.stub or not new.url:
        return (len(new.text), new.text) > (len(old.text), old.text)
    if old.updated_at and new.updated_at:
        return new.updated_at >= old.updated_at
    return True
