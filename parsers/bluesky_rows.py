"""One row of an exporter, from CSV or JSON, becomes one `Post`.

Which error is worse: to put a value under the wrong name is worse than to leave it out.
So a column counts only under a name that exporters are known to use (however spelled: `createdAt`,
`created_at`, `record.createdAt`), and a row is a post only when it has a text and something that ties it to
Bluesky or to a moment.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from parsers import richtext
from parsers.bluesky_collect import Collector
from parsers.bluesky_post import COLLECTION, YEARS, is_gif
from parsers.findings import Where
from parsers.model import Card, Counts, Hint, Post

#: What a column holds → the names it goes by, lower case, without punctuation; the first present one wins.
COLUMNS: dict[str, tuple[str, ...]] = {
    "uri": ("uri", "posturi", "aturi", "postaturi"),
    "link": ("link", "posturl", "url", "postlink", "permalink", "bskyurl"),
    "cid": ("cid", "postcid"),
    "text": ("text", "recordtext", "posttext", "content", "fulltext", "body", "message"),
    "created": (
        "createdat",
        "recordcreatedat",
        "created",
        "publishedat",
        "postedat",
        "timestamp",
        "datetime",
        "date",
        "postdate",
        "indexedat",
    ),
    "handle": ("authorhandle", "handle", "userhandle", "username", "screenname", "author", "user", "account"),
    "did": ("authordid", "did", "userdid"),
    "name": ("authordisplayname", "authorname", "displayname", "name"),
    "likes": ("likecount", "numlikes", "likes", "likescount", "favorites"),
    "reposts": ("repostcount", "numreposts", "reposts", "repostscount", "shares"),
    "replies": ("replycount", "numreplies", "replies", "repliescount", "comments"),
    "quotes": ("quotecount", "numquotes", "quotes", "quotescount"),
    "parent": (
        "replytouri",
        "replyparenturi",
        "replyparent",
        "parenturi",
        "inreplytouri",
        "recordreplyparenturi",
        "replytoposturi",
        "inreplyto",
        "replyto",
    ),
    "root": ("replyrooturi", "replyroot", "rooturi", "threadrooturi", "recordreplyrooturi", "threadroot"),
    "quote": ("quoteuri", "quoteduri", "quotedposturi", "embedrecorduri", "quotedpost"),
    "repost": ("isrepost", "repost"),
    "reposter": ("repostedbyhandle", "repostedby", "reposterhandle"),
    "langs": ("langs", "recordlangs", "languages", "lang", "language"),
    "labels": ("labels",),
    "card_url": ("linkurl", "cardurl", "externaluri", "externalurl", "embedurl", "embeduri", "embedexternaluri"),
    "card_title": ("linktitle", "cardtitle", "externaltitle", "embedtitle", "embedexternaltitle"),
    "card_description": (
        "linkdescription",
        "carddescription",
        "externaldescription",
        "embeddescription",
        "embedexternaldescription",
    ),
    "alts": ("imagealts", "alttexts", "alttext", "imagesalt", "alt", "imagealt"),
}
_FIELDS = {name: field for field, names in COLUMNS.items() for name in names}
_RANK = {name: rank for names in COLUMNS.values() for rank, name in enumerate(names)}
_PREFIXES = ("post", "data", "record")
_LINK = re.compile(r"https?://(?:[\w-]+\.)*bsky\.(?:app|social)/profile/([^/?#\s]+)/post/([a-z0-9]+)", re.IGNORECASE)


def field_of(column: str) -> tuple[str, int] | None:
    """Which field a column name means, and how good the name is (0 best); `None` for others.

    >>> field_of("record.createdAt")
    ('created', 1)
    """
    parts = [part for part in re.split(r"[./_]", column[:200]) if part]
    while parts:
        name = re.sub(r"[^a-z0-9]", "", "".join(parts).lower())
        if name in _FIELDS:
            return _FIELDS[name], _RANK[name]
        if parts[0].lower() not in _PREFIXES:
            return None
        del parts[0]
    return None


def named(columns: Mapping[str, Any]) -> dict[str, Any]:
    """A row under our field names; of two columns for one field the better known, non-empty name wins."""
    found: dict[str, tuple[int, Any]] = {}
    for column, value in columns.items():
        meaning = field_of(column)
        if meaning is None or value is None or value == "":
            continue
        field, rank = meaning
        if field not in found or rank < found[field][0]:
            found[field] = rank, value
    return {field: value for field, (_, value) in found.items()}


def row_post(row: Mapping[str, Any], into: Collector, where: Where) -> Post | None:
    """Take in one row; `None` where it is no post of any kind that is known."""
    fields = named(_flat(row))
    text = fields.get("text")
    if not isinstance(text, str) or not (fields.keys() & {"uri", "link", "created"}):
        return None
    post = _post(fields, text, into, where)
    into.add(post, where)
    return post


def _post(fields: dict[str, Any], text: str, into: Collector, where: Where) -> Post:
    uri = _uri(fields)
    did = _string(fields.get("did"))
    if did is None and uri and uri.startswith("at://did:"):
        did = uri[5:].partition("/")[0]
    moment, minute_only = _moment(fields.get("created"), into, where)
    handle = _handle(fields)
    card = _card(fields)
    rich = richtext.write_out(text, card.url) if card and card.url else richtext.RichText(text=text)
    return Post(
        text=rich.text,
        text_raw=text,
        created_at=moment,
        minute_only=minute_only,
        uri=uri,
        cid=_string(fields.get("cid")),
        author=handle or did or into.hint.author,
        author_did=did,
        author_name=_string(fields.get("name")),
        counts=Counts(**{name: _count(fields.get(name)) for name in ("likes", "reposts", "replies", "quotes")}),
        card=card,
        urls=rich.urls,
        steps=rich.steps,
        alts=_many(fields.get("alts"), separators="|"),
        quote_uri=_at_uri(fields.get("quote")),
        reply_parent=_at_uri(fields.get("parent")),
        reply_root=_at_uri(fields.get("root")),
        reposted_by=_reposter(fields),
        langs=_many(fields.get("langs")),
        labels=_many(fields.get("labels")),
        position=len(into.posts),
    )


def _uri(fields: dict[str, Any]) -> str | None:
    """The at-URI, or the one that a web address with a DID spells; an address with a handle names no identity."""
    for key in ("uri", "link"):
        value = _string(fields.get(key))
        if value is None:
            continue
        if value.startswith("at://"):
            return value
        match = _LINK.search(value)
        if match:
            actor = match[1] if match[1].startswith("did:") else _string(fields.get("did"))
            if actor:
                return f"at://{actor}/{COLLECTION}/{match[2]}"
    return None


def _handle(fields: dict[str, Any]) -> str | None:
    value = _string(fields.get("handle"))
    if value:
        return value.removeprefix("@")
    match = _LINK.search(_string(fields.get("link")) or "")
    return match[1] if match and not match[1].startswith("did:") else None


def _reposter(fields: dict[str, Any]) -> str | None:
    value = _string(fields.get("reposter"))
    if value and value.lower() not in ("true", "false"):
        return value.removeprefix("@")
    return None


def _card(fields: dict[str, Any]) -> Card | None:
    url, title = _string(fields.get("card_url")), _string(fields.get("card_title"))
    if not title or (url and is_gif(url)):
        return None
    return Card(title=title, description=_string(fields.get("card_description")), url=url)


def _at_uri(value: Any) -> str | None:
    text = _string(value)
    return text if text and text.startswith("at://") else None


def _count(value: Any) -> int | None:
    """A whole number however it is written: 3, "3", "1,204", "3.0"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return int(value) if value == value and 0 <= value < 1e15 else None
    match = re.fullmatch(r"\s*(\d{1,3}(?:[, ]\d{3})+|\d{1,15})(?:\.0+)?\s*", value) if isinstance(value, str) else None
    return int(re.sub(r"\D", "", match[1])) if match else None


def _many(value: Any, separators: str = ",;|") -> tuple[str, ...]:
    """Several values: a JSON list, a Python list's text, or separated."""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("["):
            try:
                value = msgspec.json.decode(text.replace("'", '"'))
            except msgspec.MsgspecError:
                value = text.strip("[]").split(",")
        else:
            value = re.split(f"[{separators}]", text)
    if not isinstance(value, list):
        return ()
    return tuple(item.strip(" '\"") for item in value if isinstance(item, str) and item.strip(" '\""))


def _string(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _flat(row: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Nested objects as dotted names: {"author": {"handle": …}} → {"author.handle": …}."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and depth < 4:
            flat.update(_flat(value, f"{prefix}{name}.", depth + 1))
        else:
            flat[f"{prefix}{name}"] = value
    return flat


# ------------------------------------------------------------------ dates

_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_EPOCHS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e8, 1.0))  # nano-, micro-, milli- and plain seconds


def _moment(value: Any, into: Collector, where: Where) -> tuple[dt.datetime | None, bool]:
    """A time in UTC, and whether it has no seconds."""
    if value is None:
        into.findings.add("it has no date", where)
        return None, False
    found = _epoch(value)
    minute_only = False
    if found is None and isinstance(value, str):
        found = _iso(value) or mail_time(value) or _day_first(value)
        minute_only = not re.search(r"\d:\d\d:\d\d|T\d{6}", value)
    if found is not None and found.tzinfo is None:
        found = found.replace(tzinfo=_zone(into.hint))
    if found is None or found.year not in YEARS:
        into.findings.add(f"its date cannot be read: {str(value)[:60]!r}", where)
        return None, False
    return found.astimezone(dt.UTC), minute_only


def _zone(hint: Hint) -> dt.tzinfo:
    try:
        return ZoneInfo(hint.timezone) if hint.timezone else dt.UTC
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def _epoch(value: Any) -> dt.datetime | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    for least, scale in _EPOCHS:
        if least <= number < least * 1000:
            return dt.datetime.fromtimestamp(number / scale, dt.UTC)
    return None


def _iso(value: str) -> dt.datetime | None:
    text = re.sub(r"\s*(?:UTC|GMT)$", "Z", value.strip())
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def mail_time(value: str) -> dt.datetime | None:
    """A date as mails and RSS write it."""
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _day_first(value: str) -> dt.datetime | None:
    match = _DAY_FIRST.fullmatch(value.strip())
    if not match:
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone comes next
    except ValueError:
        return None
