"""Who may do what, decided in one place, before any page runs.

Which error is worse: a page that refuses too much is noticed at once, one that allows too much never.
So everything is refused by default: a view without `needs` is nobody's, a host that is not listed is refused, and
a request that changes something must prove that it comes from our own pages.

SameSite cookies prove nothing on this machine: programs on other ports are the same site, and cookies know no
ports. `Sec-Fetch-Site` tells them apart, and where a browser sends none, `Origin` has to be exactly ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

from flask import Flask, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden, NotFound, Unauthorized
from werkzeug.wrappers import Response

from aggregator.config import Config
from aggregator.store.connect import Error
from aggregator.store.people import Person, Role
from aggregator.web import base

COOKIE = "__Host-cuttings"
Need: TypeAlias = Literal["nobody", "public", "token", "viewer", "reviewer", "admin"]
View = TypeVar("View", bound=Callable[..., Any])

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
SAFE = ("GET", "HEAD", "OPTIONS")


def needs(role: Need, *, from_anywhere: bool = False) -> Callable[[View], View]:
    """Say who may use a view: everybody (public), a token or a session (token), or a role and those above it.

    `from_anywhere` is for the one form that mail programs send: its address holds the proof.
    """

    def mark(view: View) -> View:
        view.needs = role  # type: ignore[attr-defined]
        view.from_anywhere = from_anywhere  # type: ignore[attr-defined]
        return view

    return mark


def need_of(app: Flask, endpoint: str | None) -> Need:
    """What a view needs; nobody may use one that does not say."""
    if endpoint == "static":
        return "public"
    view = app.view_functions.get(endpoint or "")
    found: Need = getattr(view, "needs", "nobody")
    return found


def trusted_hosts(config: Config) -> list[str]:
    """Host names that requests may carry."""
    hosts = ["127.0.0.1", "localhost", *config.web.trusted_hosts]
    public = urlsplit(config.digest.public_base_url or "").hostname
    return [*hosts, public] if public else hosts


def register(app: Flask) -> None:
    """Stand in front of all pages of an application."""

    @app.before_request
    def guard() -> Response | None:
        g.person = None
        if request.method == "HEAD":
            request.method = "GET"  # the same question; a view that tells forms by “not GET” must not take it for one
        if request.endpoint is None:
            if isinstance(request.routing_exception, NotFound):
                g.person = _by_cookie()  # so that the page that says so has the ways on
            return None
        view = app.view_functions.get(request.endpoint)
        if getattr(view, "from_anywhere", False):
            return None  # reads no cookie: its address is the proof
        if request.method not in SAFE:
            _own_form()
        return _let_in(need_of(app, request.endpoint))

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CSP)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    app.teardown_appcontext(base.close_store)


def _own_form() -> None:
    """Refuse a change that another site asks for."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Forbidden("This form was sent from another site. Nothing was changed.")
        return
    origin = request.headers.get("Origin")
    if origin is not None:
        if origin != request.host_url.rstrip("/"):
            raise Forbidden("This form was sent from another site. Nothing was changed.")
        return
    if request.cookies:
        raise Forbidden("Your browser does not say which page sent this form. Nothing was changed.")


def _let_in(need: Need) -> Response | None:
    """Find out who asks, and refuse who may not."""
    if need == "public":
        g.person = _by_cookie()
        return None
    if need == "nobody":
        raise Forbidden("Nobody may open this page.")
    found = _by_cookie() or (_by_token() if need == "token" else None)
    if found is None:
        if need == "token":
            raise Unauthorized("A token is needed: send it as “Authorization: Bearer …”.")
        if request.method in SAFE:
            path = request.full_path.rstrip("?")
            return redirect(url_for("people.sign_in", next=path if path != "/" else None), code=302)
        raise Unauthorized("Your session is over. Nothing was changed; sign in and do it again.")
    role: Role = "viewer" if need == "token" else need
    g.person = found  # also on the page that refuses, which has the ways on
    if not found.may(role):
        raise Forbidden(f"Your account may look, but not change this; it takes the role “{role}”.")
    return None


def _by_cookie() -> Person | None:
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    web = base.config().web
    known = base.store().people.by_session(secret, base.now(), dt.timedelta(hours=web.idle_hours))
    if known is None:
        return None
    found, due = known
    if due:
        _note_seen(found)
    return found


def _note_seen(found: Person) -> None:
    """Reading must work while a long import holds the archive: whether this is written does not matter."""
    store = base.store()
    try:
        store.connection.execute("PRAGMA busy_timeout = 50")
        store.people.seen(found, base.now())
    except Error:
        pass
    finally:
        store.connection.execute(f"PRAGMA busy_timeout = {base.PATIENCE_MS}")


def _by_token() -> Person | None:
    """A token as bearer, or as the password of basic authentication, which feed readers know."""
    authorization = request.authorization
    if authorization is None:
        return None
    secret = authorization.token if authorization.type == "bearer" else authorization.password
    return base.store().people.by_token(secret) if secret else None


def set_cookie(response: Response, secret: str, days: int) -> None:
    """Hand a session to the browser."""
    response.set_cookie(
        COOKIE, secret, max_age=days * 86400, secure=True, httponly=True, samesite="Lax", path="/", domain=None
    )


def local(path: str | None) -> str:
    """A path to go on to after signing in; anything that could lead elsewhere becomes the front page.

    >>> local("/review?band=likely"), local("//evil.example"), local("/\\\\evil.example")
    ('/review?band=likely', '/', '/')
    """
    plain = path or "/"
    odd = not plain.startswith("/") or plain.startswith("//") or "\\" in plain or not plain.isprintable()
    return "/" if odd or len(plain) > 2000 else plain
