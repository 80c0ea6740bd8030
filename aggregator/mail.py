"""An issue as one mail for one reader, as bytes: rendered once, stored, and those bytes are sent.

Which error is worse: a header that a stranger's text can write is worse than a plain one, so headers are built
only by the library's classes, with three of our own where Python 3.11 folds wrongly:

- `Subject`: long non-ASCII subjects lose blanks between encoded words; folding by `email.header` keeps them;
- `From`, `To`: a name longer than a line loses its quotation marks, and what is in it counts as addresses;
- `List-*`: a url longer than a line is turned into an encoded word, which no client reads; ours breaks at commas.

Boundary, Message-ID and Date come from the issue and the address, so the same issue gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from email import policy as policies
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UniqueAddressHeader, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from aggregator import neutral
from aggregator.config import Config, Recipient
from aggregator.errors import ConfigError
from aggregator.issue_model import Rendered, Urls

#: From and List-Id where no sender is set; mails of a demo or a preview.
NO_SENDER = "cuttings@localhost"


class _Subject(UniqueUnstructuredHeader):
    """A subject that round-trips whatever its characters."""

    name: str

    def fold(self, *, policy: Any) -> str:
        text = str(self)
        if text.isascii() and len(text) < 60:
            return f"{self.name}: {text}{policy.linesep}"
        encoded = Header(text, "utf-8", maxlinelen=75, header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {encoded}{policy.linesep}"


class _Person(UniqueAddressHeader):
    """One address whose name round-trips whatever its characters."""

    name: str
    addresses: tuple[Address, ...]

    def fold(self, *, policy: Any) -> str:
        (address,) = self.addresses
        phrase, end = address.display_name, policy.linesep
        if not phrase:
            return f"{self.name}: {address.addr_spec}{end}"
        if not phrase.isascii() or len(phrase) > 60:
            phrase = Header(phrase, "utf-8", maxlinelen=75, header_name=self.name).encode(linesep=end)
        elif not re.fullmatch(r"[A-Za-z0-9 ]+", phrase):
            phrase = '"' + re.sub(r'(["\\])', r"\\\1", phrase) + '"'
        last = len(self.name) + 2 + len(phrase.rsplit(end, 1)[-1])
        return (
            f"{self.name}: {phrase}{' ' if last + len(address.addr_spec) < 75 else end + ' '}<{address.addr_spec}>{end}"
        )


class _ListHeader(UniqueUnstructuredHeader):
    """Angle-bracketed urls, folded after commas only."""

    name: str

    def fold(self, *, policy: Any) -> str:
        value = str(self)
        if not value.isascii():
            raise ValueError(f"{self.name} must be ASCII")
        return f"{self.name}: {value.replace(', ', ',' + policy.linesep + ' ')}{policy.linesep}"


def _policy() -> Any:
    registry: Any = HeaderRegistry()
    registry.map_to_type("subject", _Subject)
    for name in ("from", "to", "reply-to"):
        registry.map_to_type(name, _Person)
    for name in ("list-id", "list-unsubscribe", "list-unsubscribe-post", "list-help"):
        registry.map_to_type(name, _ListHeader)
    return policies.SMTP.clone(header_factory=registry)


POLICY = _policy()


def message_id(issue: str, address: str, domain: str) -> str:
    """The same for the same issue and reader, so that a mailbox can tell a second copy."""
    return f"<digest.{issue}.{_digest(issue, address)[:24]}@{domain}>"


def build(
    rendered: Rendered,
    recipient: Recipient,
    config: Config,
    *,
    issue: str,
    date: dt.datetime,
    urls: Urls | None = None,
    mark: str = "",
) -> bytes:
    """The whole mail with CRLF line ends.

    `mark` sets test mails apart: it goes before the subject and makes another Message-ID.
    Raises `ConfigError` where an address cannot stand in a header.
    """
    sender = config.digest.sender or NO_SENDER
    domain = sender.rsplit("@", 1)[-1]
    name = f"{issue}.{_digest(mark, date.isoformat())[:8]}" if mark else issue
    urls = urls or Urls()
    message = EmailMessage(policy=POLICY)
    message["From"] = checked_address(config.digest.sender_name, sender)
    message["To"] = checked_address(recipient.name, recipient.address)
    if config.digest.reply_to:
        message["Reply-To"] = checked_address(None, config.digest.reply_to)
    message["Subject"] = f"{mark} {neutral.line(rendered.subject)}".strip()
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id(name, recipient.address, domain)
    message["List-Id"] = f"<digest.{domain}>"
    by_mail = f"<mailto:{config.digest.reply_to or sender}?subject=unsubscribe>"
    # One click works without a person, so it is offered only where the address is https (RFC 8058).
    message["List-Unsubscribe"] = f"<{urls.unsubscribe}>, {by_mail}" if urls.unsubscribe else by_mail
    if urls.unsubscribe:
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message["Precedence"] = "bulk"
    message.set_content(rendered.text, cte="quoted-printable")
    if recipient.format == "html":
        message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
        message.set_boundary(f"=_{_digest(name, recipient.address, 'boundary')[:32]}")
    return message.as_bytes()


def checked_address(name: str | None, address: str) -> Address:
    """An address as headers write it. Raises `ConfigError` where it is none."""
    if not address.isascii():
        raise ConfigError(f"“{neutral.line(address)}”: mail servers take addresses in ASCII only; write it so")
    if not re.fullmatch(r"[^@\s<>\x00-\x1f]+@[^@\s<>\x00-\x1f]+", address):
        raise ConfigError(f"“{neutral.line(address)}” is no mail address; correct it in [[recipients]] of the settings")
    try:
        return Address(neutral.line(name or ""), addr_spec=address)
    except (ValueError, IndexError, MessageError) as exc:
        raise ConfigError(f"“{neutral.line(address)}” is no mail address: {exc}") from exc


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
