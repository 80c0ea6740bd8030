"""An issue as each reader gets it: who they are, what they chose, their page and their mail."""

from __future__ import annotations

import datetime as dt
import secrets

import msgspec

from aggregator import addresses, mail
from aggregator.config import Config, Recipient
from aggregator.digest import for_reader
from aggregator.issue_model import Digest, Rendered
from aggregator.render import render
from aggregator.store import Store


def readers(store: Store, config: Config) -> list[Recipient]:
    """Who gets issues: the settings, with what each reader chose for themselves; those who left are not among them."""
    chosen = store.preferences.all()
    found: dict[str, Recipient] = {}
    for reader in config.recipients:
        row = chosen.get(reader.address.casefold())
        if row is not None:
            if row["unsubscribed_at"]:
                continue
            areas = store.preferences.areas(row)
            reader = msgspec.structs.replace(
                reader,
                depth=row["depth"] or reader.depth,
                format=row["format"] or reader.format,
                areas=reader.areas if areas is None else areas,
            )
        found.setdefault(reader.address.casefold(), reader)
    return list(found.values())


def reader_of(store: Store, config: Config, address: str | None) -> Recipient:
    """The reader with that address, as they get it; without one, the team as a whole."""
    if address is None:
        return Recipient(address=mail.NO_SENDER, name="Communications team")
    for reader in readers(store, config):
        if reader.address.casefold() == address.casefold():
            return reader
    return Recipient(address=address)


def link_secret(store: Store, *, make: bool = True) -> str | None:
    """What the addresses in mails are signed with; made once, kept in the archive."""
    known = store.meta.get("link_secret")
    return known or (store.meta.setdefault("link_secret", secrets.token_urlsafe(32)) if make else None)


def rendered_for(
    digest: Digest, config: Config, reader: Recipient, *, secret: str | None = None, late: bool = False
) -> Rendered:
    """An issue as one reader sees it."""
    window = msgspec.structs.replace(digest.window, late=late)
    own = for_reader(msgspec.structs.replace(digest, window=window), reader.areas, reader.positions)
    urls = addresses.urls(config, digest.window.issue, secret=secret, address=reader.address)
    return render(own, urls=urls, headlines_only=reader.depth == "headlines")


def mail_for(
    digest: Digest,
    config: Config,
    reader: Recipient,
    *,
    date: dt.datetime,
    secret: str | None = None,
    late: bool = False,
    mark: str = "",
) -> bytes:
    """An issue as the mail of one reader, byte for byte."""
    issue = digest.window.issue
    return mail.build(
        rendered_for(digest, config, reader, secret=secret, late=late),
        reader,
        config,
        issue=issue,
        date=date,
        urls=addresses.urls(config, issue, secret=secret, address=reader.address),
        mark=mark,
    )
