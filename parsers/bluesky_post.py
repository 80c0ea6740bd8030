"""One record of the collection `app.bsky.feed.post`, from whatever export, becomes one `Post`.

Which error is worse: to lose a post is worse than to lose a detail of it.
So an odd date, facet, embed or label costs that detail (and says so where it matters), never the post.

Exports differ in what surrounds a record (a view with counts, a repository key, an event); the record itself
is the same in all of them and is read here, once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from parsers import mojibake, richtext
from parsers.findings import Findings, Where
from parsers.model import Card, Counts, Post, Step

COLLECTION = "app.bsky.feed.post"
NO_COUNTS = Counts()

# Bluesky opened in 2023 and imports of old posts go back to the web's beginnings;
# what lies outside is a client's bug or a joke, and would sort an archive's first and last page full of it.
YEARS = range(1990, 2100)
_FIRST, _END = YEARS.start, YEARS.stop
# Names looked up once: these stand on the path of every post.
_from_iso = dt.datetime.fromisoformat
_UTC = dt.UTC
_GIF_HOSTS = ("media.tenor.com", "c.tenor.com", "media.giphy.com", "i.giphy.com", "static.klipy.com")
_EMBEDS = {
    f"app.bsky.embed.{name}": name for name in ("images", "gallery", "video", "external", "record", "recordWithMedia")
}


class Ref(msgspec.Struct, gc=False):
    """A strong reference."""

    uri: str | None = None


class Reply(msgspec.Struct, gc=False):
    """What a post answers."""

    parent: Ref | None = None
    root: Ref | None = None


class PostRecord(msgspec.Struct, rename="camel", gc=False):
    """A post as its author's client wrote it; only text and date are sure to have their type."""

    type: str | None = msgspec.field(name="$type", default=None)
    text: str | None = None
    created_at: str | None = None
    reply: Reply | None = None
    facets: Any = None
    entities: Any = None
    embed: Any = None
    langs: Any = None
    labels: Any = None


class Surroundings(msgspec.Struct, gc=False):
    """What an export says about a post outside of its record."""

    uri: str | None = None
    cid: str | None = None
    did: str | None = None
    handle: str | None = None
    name: str | None = None
    counts: Counts = NO_COUNTS
    labels: Any = None
    parent_state: Literal["notFound", "blocked"] | None = None
    reposted_by: str | None = None
    pinned: bool = False


def make_post(record: PostRecord, around: Surroundings, position: int, findings: Findings, where: Where) -> Post:
    """The post of one record; its text is not repaired yet.

    `where` names the record's place for problems; `record.text` has to be present.
    """
    text = record.text or ""
    reply = record.reply
    # What every post has goes in by name, what few have is put in afterwards: that takes a quarter of the time
    # that a call with all thirty fields takes.
    post = Post(
        text=text,
        text_raw=text,
        created_at=read_time(record.created_at, findings, where),
        uri=around.uri,
        cid=around.cid,
        author=around.handle or around.did,
        author_did=around.did,
        author_name=around.name,
        counts=around.counts,
        langs=_strings(record.langs) if record.langs else (),
        position=position,
    )
    if reply is not None:
        parent, root = reply.parent and reply.parent.uri, reply.root and reply.root.uri
        if root == parent:
            root = parent  # one text in memory, as of half of all replies
        post = msgspec.structs.replace(post, reply_parent=parent, reply_root=root, parent_state=around.parent_state)
    if record.facets or record.entities:
        rich = richtext.expand(text, record.facets, record.entities)
        post = msgspec.structs.replace(post, text=rich.text, urls=rich.urls, steps=rich.steps)
    if record.embed:
        post = _with_media(post, record.embed)
    if record.labels or around.labels:
        post = msgspec.structs.replace(post, labels=_labels(record.labels, around.labels))
    if around.reposted_by or around.pinned:
        post = msgspec.structs.replace(post, reposted_by=around.reposted_by, pinned=around.pinned)
    return post


def _with_media(post: Post, embed: Any) -> Post:
    media = _Media()
    media.read(embed)
    urls = post.urls if media.url is None or media.url in post.urls else (*post.urls, media.url)
    return msgspec.structs.replace(
        post, urls=urls, card=media.card, alts=tuple(media.alts), quote_uri=media.quote, raw=media.unknown
    )


def read_time(value: str | None, findings: Findings, where: Where) -> dt.datetime | None:
    """The moment that a record's `createdAt` names, in UTC; `None` and a problem where that makes no sense."""
    try:
        moment = _from_iso(value or "")
    except ValueError:
        try:
            moment = dt.datetime.fromisoformat((value or "").strip().upper())
        except ValueError:
            findings.add(f"its date cannot be read: {value!r}" if value else "it has no date", where)
            return None
    if moment.tzinfo is _UTC and _FIRST <= moment.year < _END:  # nearly all
        return moment
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    if moment.year not in YEARS:
        findings.add(f"its date is not believable: {value!r}", where)
        return None
    return moment.astimezone(dt.UTC)


def repaired(post: Post, diagnosis: mojibake.Diagnosis | None = None) -> Post:
    """The post with its texts repaired; the same object where nothing had to change."""
    changes: dict[str, Any] = {}
    if not post.text.isascii():
        text, steps = _repair(post.text, diagnosis)
        if text != post.text:
            changes = {"text": text, "steps": _merge(post.steps, steps)}
    if post.card and not (post.card.title + (post.card.description or "")).isascii():
        card = msgspec.structs.replace(
            post.card,
            title=_repair(post.card.title, diagnosis)[0],
            description=_repair(post.card.description, diagnosis)[0] if post.card.description else None,
        )
        if card != post.card:
            changes["card"] = card
    if post.alts and not all(alt.isascii() for alt in post.alts):
        alts = tuple(_repair(alt, diagnosis)[0] for alt in post.alts)
        if alts != post.alts:
            changes["alts"] = alts
    return msgspec.structs.replace(post, **changes) if changes else post


def _repair(text: str, diagnosis: mojibake.Diagnosis | None) -> tuple[str, tuple[Step, ...]]:
    if mojibake.sound(text, diagnosis):  # nearly all
        return text, ()
    repair = mojibake.repair(text, diagnosis)
    return mojibake.shown(repair), repair.steps


def _merge(written_out: tuple[Step, ...], repairs: tuple[Step, ...]) -> tuple[Step, ...]:
    """Repairs were counted on the text with urls written out; count them on the text as received.

    A repair inside a url that was written out is left out: the facet's url is right as it is.
    """
    steps = list(written_out)
    for repair in repairs:
        shift = 0
        inside = False
        for step in written_out:
            start = step.offset - shift
            end = start + len(step.replacement)
            if repair.offset >= end:
                shift += len(step.raw) - len(step.replacement)
            elif repair.offset + len(repair.raw) > start:
                inside = True
        if not inside:
            steps.append(msgspec.structs.replace(repair, offset=repair.offset + shift))
    return tuple(sorted(steps, key=lambda step: step.offset))


class _Media:
    """What the embed of a record holds, gathered while walking it."""

    __slots__ = ("alts", "card", "quote", "unknown", "url")

    def __init__(self) -> None:
        self.alts: list[str] = []
        self.card: Card | None = None
        self.url: str | None = None
        self.quote: str | None = None
        self.unknown: str | None = None

    def read(self, embed: Any, depth: int = 0) -> None:
        """Take in one embed; `recordWithMedia` holds two more."""
        kind = embed.get("$type") if isinstance(embed, dict) else None
        name = _EMBEDS.get(kind) or _EMBEDS.get(kind.partition("#")[0]) if isinstance(kind, str) else None
        if name is None:
            self.unknown = _as_json(embed)
            return
        if name == "external":
            self._external(embed.get("external"))
        elif name == "images":
            self.alts += _alts(embed.get("images"))
        elif name == "gallery":
            self.alts += _alts(embed.get("items"))
        elif name == "video":
            self.alts += _alts([embed])
        elif name == "record":
            self._quoted(embed.get("record"))
        elif depth == 0:  # recordWithMedia
            self._record_with_media(embed)

    def _record_with_media(self, embed: dict[str, Any]) -> None:
        record = embed.get("record")
        self._quoted(record.get("record") if isinstance(record, dict) else None)
        if embed.get("media"):
            self.read(embed["media"], depth=1)

    def _quoted(self, record: Any) -> None:
        uri = record.get("uri") if isinstance(record, dict) else None
        if isinstance(uri, str) and f"/{COLLECTION}/" in uri:  # lists, feeds and starter packs are embedded too
            self.quote = uri

    def _external(self, external: Any) -> None:
        if not isinstance(external, dict):
            return
        url, title = _string(external.get("uri")), _string(external.get("title"))
        description = _string(external.get("description"))
        if url and is_gif(url):
            self.alts += [description.removeprefix("ALT: ").removeprefix("Alt: ")] if description else []
            return
        self.url = url
        if title or url:
            self.card = Card(title=title or url or "", description=description, url=url)


def is_gif(url: str) -> bool:
    """True for the picture services whose moving pictures the app embeds like web pages."""
    if "tenor" not in url and "giphy" not in url and "klipy" not in url:  # nearly all, at once
        return False
    try:
        return urlsplit(url).hostname in _GIF_HOSTS
    except ValueError:
        return False


def _alts(items: Any) -> Iterator[str]:
    for item in items if isinstance(items, list) else ():
        alt = _string(item.get("alt")) if isinstance(item, dict) else None
        if alt:
            yield alt


def _string(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _strings(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        return ()
    if len(values) == 1 and type(values[0]) is str:
        return (values[0],)
    return tuple([value for value in values if isinstance(value, str)])


def _labels(own: Any, given: Any) -> tuple[str, ...]:
    """The author's own labels and those of moderators, without what was taken back."""
    found: dict[str, None] = {}
    for source in (own.get("values") if isinstance(own, dict) else own, given):
        for label in source if isinstance(source, list) else ():
            if isinstance(label, dict) and isinstance(label.get("val"), str) and not label.get("neg"):
                found[label["val"]] = None
    return tuple(found)


def has_label(labels: Any, name: str) -> bool:
    """True where a list of labels, of a view or a record, holds `name`."""
    return bool(labels) and name in _labels(labels, None)


def _as_json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return repr(value)[:2000]
