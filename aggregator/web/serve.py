"""Start the app on waitress, after checking that it may be reached from where it listens.

Which error is worse: an app that does not start is noticed by the one who starts it, one that strangers reach by
nobody. So beyond this machine every precondition is checked, and each missing one is named.
"""

from __future__ import annotations

import contextlib
import ipaddress
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator import addresses, lock
from aggregator.config import Config
from aggregator.errors import ConfigError
from aggregator.store import Store
from aggregator.store.connect import Error

if TYPE_CHECKING:
    from flask import Flask

#: The fact under which the archive knows where an app of it listens.
SERVING = "serving"


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def missing(config: Config, host: str, accounts: bool) -> list[str]:
    """What stands against listening on `host`, each in one sentence."""
    if is_loopback(host):
        return []
    public = urlsplit(config.digest.public_base_url or "")
    lacks = []
    if not accounts:
        lacks.append("nobody has an account with a password yet: “run.py user add NAME --role admin”")
    if public.scheme != "https":
        lacks.append("[digest] public_base_url is not an https address")
    if not config.web.trusted_hosts:
        lacks.append("[web] trusted_hosts does not say under which names browsers reach the app")
    if not config.web.proxy:
        lacks.append("[web] proxy does not name the TLS proxy in front of the app")
    return lacks


def open_door(app: Flask, config: Config, host: str, port: int) -> Any:
    """A server that listens, and does not answer yet; large bodies wait on disk, never in memory."""
    from waitress import create_server

    from aggregator.web import door

    proxy = {}
    if config.web.proxy:
        proxy = {
            "trusted_proxy": config.web.proxy,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
            "clear_untrusted_proxy_headers": True,
        }
    sockets: dict[int, Any] = {}
    server = create_server(
        app,
        map=sockets,
        host=host,
        port=port,
        threads=config.web.threads,
        ident="",
        max_request_body_size=(config.web.upload_megabytes << 20) + door.AROUND,
        max_request_header_size=32 << 10,
        **proxy,
    )
    door.use(sockets)
    return server


def serve(db: Path, config: Config, host: str, port: int) -> None:
    """Serve until stopped; meanwhile nobody can put another archive in the place of this one.

    Raises `ConfigError` that names all missing preconditions.
    """
    with lock.use(db):
        _serve(db, config, host, port)


def _serve(db: Path, config: Config, host: str, port: int) -> None:
    from aggregator.web import create_app
    from aggregator.web.storing import resume

    with Store(db) as store:
        lacks = missing(config, host, store.people.exist())
        people = store.people.all()
    if lacks:
        raise ConfigError(f"not served on {host}, beyond this machine: " + "; ".join(lacks))
    app = create_app(db, config, keep=True)
    try:
        server = open_door(app, config, host, port)
    except OSError as exc:
        raise ConfigError(
            f"nothing can listen on {host}, port {port}: {exc.strerror}; --port or [web] port names another"
        ) from exc
    resume(app)
    here = addresses.listening(host, port)
    _note(db, here)
    print(f"Cuttings is at {addresses.app(config, here)}/ (stop with Ctrl-C)", file=sys.stderr)
    if not people:
        print("nobody has an account yet: “run.py user add NAME --role admin” makes one", file=sys.stderr)
    elif not any(row["password"] for row in people):
        print("nobody has chosen a password yet: open the one-time link, or “run.py user reset NAME”", file=sys.stderr)
    try:
        server.run()
    finally:
        server.close()
        _note(db, None)


def _note(db: Path, here: str | None) -> None:
    """Write down where the app listens, for the links that `user add` prints; no reason not to serve."""
    with contextlib.suppress(Error), Store(db) as store:
        store.meta.set(SERVING, here) if here else store.meta.drop(SERVING)


def serving(store: Store) -> str | None:
    """Where an app of this archive listens on this machine; None where none answers."""
    import http.client

    here = store.meta.get(SERVING)
    parts = urlsplit(here or "")
    if not parts.hostname:
        return None
    try:
        with contextlib.closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=1)) as asked:
            asked.request("GET", "/healthz", headers={"Connection": "close"})
            return here if asked.getresponse().status == 200 else None
    except (OSError, http.client.HTTPException):  # it was stopped without a goodbye
        return None
