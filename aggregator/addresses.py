"""Addresses of pages of the web app that mails name, and the signed part of those that a reader opens unasked.

Mail is forwarded, so no address signs anybody in: a token names one mail address and opens its preferences only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from aggregator.config import Config
from aggregator.issue_model import Urls


def app(config: Config, serving: str | None = None) -> str:
    """Where people open the app: under its public address, else where it listens on this machine.

    `serving` is where a running one listens, which `serve --port` may have set beside the settings.

    >>> from aggregator.config import Web
    >>> app(Config(web=Web(host="::1", port=81))), app(Config(), "http://127.0.0.1:9000")
    ('http://[::1]:81', 'http://127.0.0.1:9000')
    """
    if config.digest.public_base_url:
        return config.digest.public_base_url.rstrip("/")
    if config.web.proxy and config.web.trusted_hosts:  # what stands before the app speaks https
        return f"https://{config.web.trusted_hosts[0]}"
    return serving or listening(config.web.host, config.web.port)


def listening(host: str, port: int) -> str:
    """The address of what listens there."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def urls(config: Config, issue: str, *, secret: str | None = None, address: str | None = None) -> Urls:
    """What a mail may point to; empty where readers cannot reach the web app."""
    base = (config.digest.public_base_url or "").rstrip("/")
    if not base:
        return Urls()
    signed = token(secret, address) if secret and address else None
    return Urls(
        view=f"{base}/digests/{issue}",
        review=f"{base}/review",
        board=f"{base}/positions",
        preferences=f"{base}/preferences/{signed}" if signed else None,
        # Mail programs post to it by themselves, which only https keeps between the two.
        unsubscribe=f"{base}/unsubscribe/{signed}" if signed and base.startswith("https://") else None,
    )


def token(secret: str, address: str) -> str:
    """A reader's mail address, signed.

    >>> address_of("s3cret", token("s3cret", "Ada@example.org"))
    'ada@example.org'
    """
    folded = address.casefold()
    return base64.urlsafe_b64encode(folded.encode()).decode().rstrip("=") + "." + _sign(secret, folded)


def address_of(secret: str, signed: str) -> str | None:
    """The mail address that a token names; None where the signature is not ours.

    >>> address_of("s3cret", token("other", "ada@example.org"))
    """
    name, _, mark = signed.partition(".")
    try:
        address = base64.urlsafe_b64decode(name.encode() + b"=" * (-len(name) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return address if hmac.compare_digest(mark.encode(), _sign(secret, address).encode()) else None


def _sign(secret: str, address: str) -> str:
    return hmac.new(secret.encode(), b"reader:" + address.encode(), hashlib.sha256).hexdigest()[:32]
