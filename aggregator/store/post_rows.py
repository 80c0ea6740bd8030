"""A post as a row of the archive, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from aggregator.store.connect import Row
from aggregator.times import parse_utc, utc
from parsers.model import Card, Counts, Post, Step


class PostExtra(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a post holds that is never searched by."""

    card_score: float | None = None
    urls: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()
    parent_state: str | None = None
    pinned: bool = False
    langs: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    raw: str | None = None


#: The columns that `values` fills, behind the first two.
COLUMNS = (
    "key", "fold", "uri", "cid", "author", "author_did", "author_name", "text", "text_raw", "created_at",
    "minute_only", "likes", "reposts", "replies", "quotes", "card_title", "card_description", "card_url",
    "reply_parent", "reply_root", "quote_uri", "reposted_by", "gone", "position", "document_id", "extra",
)  # fmt: skip

_extra_encoder = msgspec.json.Encoder()
_extra_decoder = msgspec.json.Decoder(PostExtra)


def values(post: Post, document_id: int) -> tuple[Any, ...]:
    """The columns of a post after `key` and `fold`."""
    card, counts = post.card, post.counts
    return (
        post.uri, post.cid, post.author, post.author_did, post.author_name,
        clean(post.text), clean(post.text_raw), utc(post.created_at), int(post.minute_only),
        counts.likes, counts.reposts, counts.replies, counts.quotes,
        clean(card.title) if card else None, clean(card.description) if card else None,
        card.url if card else None,
        post.reply_parent, post.reply_root, post.quote_uri, post.reposted_by, int(post.gone), post.position,
        document_id, _extra_text(post),
    )  # fmt: skip


def _extra_text(post: Post) -> str:
    rare = post.urls or post.steps or post.alts or post.labels or post.raw or post.parent_state or post.pinned
    if not rare and not post.langs and post.card_score is None:
        return "{}"
    extra = PostExtra(
        card_score=post.card_score,
        urls=post.urls,
        alts=post.alts,
        parent_state=post.parent_state,
        pinned=post.pinned,
        langs=post.langs,
        labels=post.labels,
        steps=post.steps,
        raw=post.raw,
    )
    return _extra_encoder.encode(extra).decode()


def clean(text: Any) -> Any:
    """Text as SQLite can hold it: lone surrogates, which are no characters, become U+FFFD."""
    if not isinstance(text, str) or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()


def to_post(row: Row | dict[str, Any]) -> Post:
    """A stored row as the parser's record."""
    extra = row["extra"]
    more = msgspec.structs.asdict(_extra_decoder.decode(extra)) if extra != "{}" else {}
    return bare_post(row, more)


def bare_post(row: Row | dict[str, Any], more: dict[str, Any]) -> Post:
    """A stored row as the parser's record, with the fields of `more` beside those that have columns."""
    card = None
    if row["card_title"]:
        card = Card(title=row["card_title"], description=row["card_description"], url=row["card_url"])
    text, raw = row["text"], row["text_raw"]
    return Post(
        text=text,
        text_raw=text if raw == text else raw,  # one string in memory
        created_at=parse_utc(row["created_at"]),
        minute_only=bool(row["minute_only"]),
        uri=row["uri"],
        cid=row["cid"],
        author=row["author"],
        author_did=row["author_did"],
        author_name=row["author_name"],
        counts=Counts(likes=row["likes"], reposts=row["reposts"], replies=row["replies"], quotes=row["quotes"]),
        card=card,
        quote_uri=row["quote_uri"],
        reply_parent=row["reply_parent"],
        reply_root=row["reply_root"],
        reposted_by=row["reposted_by"],
        gone=bool(row["gone"]),
        position=row["position"],
        **more,
    )
