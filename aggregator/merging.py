"""Two readings of one post as one, the same whichever came first.

Which error is worse: a poor source that lowers what a good one said is worse than a blank left open.
So the better source wins field by field and the other only fills its blanks; a card that rules found in a scraped page
is never laid over an export that holds the post as its author's client wrote it.
What two sources of one worth disagree on is decided by the documents' names, not by the order of their coming.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from parsers.model import Counts, Post

NO_COUNTS = Counts()

#: Decided below, or belonging to the text that stands.
_NOT_FILLED = ("counts", "position", "text", "text_raw", "steps", "raw", "card_score", "author", "reposted_by")
_COUNTS = Counts.__struct_fields__


def rank(post: Post) -> int:
    """How much a source knows: at-URI, then exact time, then the record itself; 0 for a scrape."""
    return 4 * (post.uri is not None) + 2 * (not post.minute_only and post.created_at is not None) + bool(post.cid)


def merge(old: Post, new: Post, *, new_first: bool) -> Post:
    """Both readings as one; `new_first` says that the new one is the better.

    Counts are left as in `old`: they follow their own clock (`counts_of`).
    """
    better, other = (new, old) if new_first else (old, new)
    fields = {
        field: value
        for field in better.__struct_fields__
        if getattr(better, field) in (None, "", ())
        and field not in _NOT_FILLED
        and (value := getattr(other, field)) not in (None, "", ())
    }
    if better.created_at is None and other.created_at is not None:
        fields["minute_only"] = other.minute_only
    if better.cid and other.card_score is not None:
        fields.pop("card", None)
    elif "card" in fields:
        fields["card_score"] = other.card_score
    if rank(better) == rank(other):
        fields["position"] = min(old.position, new.position)
    fields["author"] = _author(better, other)
    if better.uri and other.uri:
        # A feed item that reposts a post says nothing about the post; its own author's feed does.
        fields["reposted_by"] = better.reposted_by and other.reposted_by
    fields["gone"] = old.gone or new.gone
    fields["pinned"] = old.pinned or new.pinned
    fields["labels"] = tuple(sorted({*old.labels, *new.labels}))
    fields["counts"] = old.counts
    return replace(better, **fields)


def _author(better: Post, other: Post) -> str | None:
    """A handle is for people, a DID is not."""
    names = [name for name in (better.author, other.author) if name]
    return next((name for name in names if not name.startswith("did:")), names[0] if names else None)


def counts_of(readings: Iterable[tuple[str, Counts]]) -> Counts:
    """The counts that stand: of each the newest known; of readings of one moment the larger.

    `readings` hold when each was read, as text that sorts.
    """
    newest: dict[str, tuple[str, int]] = {}
    for read_at, counts in readings:
        for name in _COUNTS:
            value = getattr(counts, name)
            if value is not None:
                newest[name] = max(newest.get(name, ("", 0)), (read_at, value))
    return Counts(**{name: value for name, (_, value) in newest.items()})
