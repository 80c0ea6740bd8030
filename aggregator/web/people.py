"""Signing in and out, one-time links, one's own account, and the list of people."""

from __future__ import annotations

import datetime as dt
import functools
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Blueprint, g, make_response, redirect, request
from werkzeug.exceptions import BadRequest, Forbidden, TooManyRequests
from werkzeug.wrappers import Response

from aggregator.errors import CuttingsError
from aggregator.store.connect import Row
from aggregator.web import base, security
from aggregator.web.security import needs

pages = Blueprint("people", __name__)

#: Hashing takes 64 MB each; more at once would let strangers fill the memory.
_HASHES = threading.BoundedSemaphore(2)
MIN_PASSWORD, MAX_PASSWORD = 12, 1024
#: Failed tries in a quarter of an hour before each next one has to wait, and before an address, or everybody, has to.
FREE_TRIES, ADDRESS_TRIES, ALL_TRIES = 5, 20, 200
LONGEST_WAIT = 300
USED_UP = (
    "This link was used or is too old. “run.py user reset NAME” makes a new one, and ends what the old one opened: "
    "do that where you did not use it yourself."
)


@functools.cache
def hasher() -> PasswordHasher:
    """The way passwords are hashed: argon2id with the library's parameters."""
    return PasswordHasher()


@functools.cache
def _nobody() -> str:
    """A hash for names that do not exist: an answer takes as long as for those that do."""
    return hasher().hash("nobody's password")


@pages.route("/sign-in", methods=["GET", "POST"])
@needs("public")
def sign_in() -> Response | tuple[str, int]:
    """Ask for name and password, and open a session."""
    onward = security.local(request.values.get("next"))
    if request.method == "GET":
        if g.person:
            return redirect(onward, code=302)
        return base.page("sign_in.html", onward=onward, wrong=False, lacks=_lacks())
    name, password = request.form.get("name", ""), request.form.get("password", "")
    account = _check(" ".join(name.split()), password)
    if account is None:
        return base.page("sign_in.html", status=401, onward=onward, wrong=True, lacks=_lacks())
    return _open_session(account["id"], onward)


def _lacks() -> str | None:
    """What keeps everybody from signing in: "account", "password"; None where somebody can."""
    people = base.store().people
    return None if people.exist() else "password" if people.all() else "account"


def _check(name: str, password: str) -> Row | None:
    """The account, where name and password fit; a wrong try is noted, too many are refused."""
    people, address = base.store().people, request.remote_addr or "?"
    _throttle(name, address)
    account, nobody = people.find(name), _nobody()  # made for everybody: the first stranger must not wait longer
    hashed = account["password"] if account and account["password"] else nobody
    right = _verify(hashed, password[: MAX_PASSWORD + 1])
    if account is None or not account["password"] or not right or len(password) > MAX_PASSWORD:
        people.failed(name, address, base.now())
        return None
    people.succeeded(name)
    if hasher().check_needs_rehash(hashed):
        with _HASHES:
            people.rehash(account["id"], hasher().hash(password))
    return account


def _verify(hashed: str, password: str) -> bool:
    with _HASHES:
        try:
            return hasher().verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def _throttle(name: str, address: str) -> None:
    """Refuse a try that comes too soon: a growing wait for a name, a cap for an address and for all."""
    of_name, of_address, of_all, latest = base.store().people.failures(name, address, base.now())
    wait = 0
    if of_name >= FREE_TRIES and latest:
        due = latest + dt.timedelta(seconds=min(LONGEST_WAIT, 2 ** min(of_name - FREE_TRIES + 1, 9)))
        wait = int((due - base.now()).total_seconds()) + 1
    if of_address >= ADDRESS_TRIES or of_all >= ALL_TRIES:
        wait = LONGEST_WAIT
    if wait > 0:
        raise TooManyRequests(f"Too many failed tries. Wait {wait} seconds and try again.", retry_after=wait)


def _open_session(account_id: int, onward: str) -> Response:
    days = base.config().web.session_days
    old = request.cookies.get(security.COOKIE)
    if old and g.person:
        base.store().people.end_session(g.person.id, int(g.person.session))
    secret = base.store().people.start_session(account_id, request.user_agent.string, base.now(), days)
    response = redirect(onward, code=303)
    security.set_cookie(response, secret, days)
    return response


@pages.post("/sign-out")
@needs("viewer")
def sign_out() -> Response:
    """End this session."""
    base.store().people.end_session(base.person().id, int(base.person().session))
    response = base.go("people.sign_in")
    response.delete_cookie(security.COOKIE, secure=True, httponly=True, samesite="Lax")
    return response


@pages.route("/set-up/<secret>", methods=["GET", "POST"])
@needs("public")
def set_up(secret: str) -> Response | tuple[str, int]:
    """Choose a password through a one-time link; looking at the page uses nothing up.

    The link is not bound to the browser that opens it first: it travels by chat or mail, whose scanners open links
    before people do, and would lock its owner out.
    What protects it is that it works once, for three days, and that whoever finds it used says so.
    """
    account = base.store().people.setup_account(secret, base.now())
    if account is None:
        raise Forbidden(USED_UP)
    if request.method == "GET":
        return base.page("set_up.html", account=account, problem=None, least=MIN_PASSWORD)
    problem = _problem(request.form.get("password", ""), request.form.get("again", ""), account["name"])
    if problem:
        return base.page("set_up.html", status=400, account=account, problem=problem, least=MIN_PASSWORD)
    with _HASHES:
        hashed = hasher().hash(request.form["password"])
    if not base.store().people.use_setup(secret, hashed, base.now()):
        raise Forbidden(USED_UP)
    return _open_session(account["id"], "/")


def _problem(password: str, again: str, name: str) -> str | None:
    if len(password) < MIN_PASSWORD:
        return f"Use at least {MIN_PASSWORD} characters; a few words are easy to remember."
    if len(password) > MAX_PASSWORD:
        return f"Use at most {MAX_PASSWORD} characters."
    if password.casefold() in (name.casefold() * 12, "password" * 2) or len(set(password)) < 4:
        return "This is too easy to guess."
    return None if password == again else "The two are not the same."


def _set_password(account_id: int) -> None:
    with _HASHES:
        hashed = hasher().hash(request.form["password"])
    base.store().people.set_password(account_id, hashed)


@pages.get("/account")
@needs("viewer")
def account() -> tuple[str, int]:
    """One's own sessions, tokens, keys and password."""
    return _account()


def _account(*, token: str | None = None, problem: str | None = None, status: int = 200) -> tuple[str, int]:
    people, who = base.store().people, base.person()
    return base.page(
        "account.html",
        status=status,
        sessions=people.sessions(who.id),
        tokens=people.tokens(who.id),
        token=token,
        problem=problem,
        least=MIN_PASSWORD,
    )


@pages.post("/account/password")
@needs("viewer")
def change_password() -> Response | tuple[str, int]:
    """Change the password; all other sessions end."""
    if _check(base.person().name, request.form.get("old", "")) is None:
        return _account(problem="The old password is not right.", status=400)
    problem = _problem(request.form.get("password", ""), request.form.get("again", ""), base.person().name)
    if problem:
        return _account(problem=problem, status=400)
    who = base.person().id
    _set_password(who)
    g.person = None
    return _open_session(who, "/account")


@pages.post("/account/sessions/<int:session_id>/end")
@needs("viewer")
def end_session(session_id: int) -> Response:
    """End one of one's own sessions."""
    base.store().people.end_session(base.person().id, session_id)
    return base.go("people.account")


@pages.post("/account/keys")
@needs("viewer")
def keys() -> Response:
    """Turn one-key review on or off."""
    base.store().people.set_one_key(base.person().id, request.form.get("on") == "yes")
    return base.go("people.account")


@pages.post("/account/mail")
@needs("viewer")
def mail() -> Response | tuple[str, int]:
    """Say where one's own test mails go."""
    try:
        base.store().people.set_mail(base.person().id, request.form.get("mail", "").strip() or None)
    except CuttingsError as exc:
        return _account(problem=str(exc), status=400)
    return base.go("people.account")


@pages.post("/account/tokens")
@needs("viewer")
def add_token() -> Response:
    """Make a token for programs and show it once."""
    secret = base.store().people.add_token(base.person().id, request.form.get("name", ""), base.now())
    return make_response(_account(token=secret))


@pages.post("/account/tokens/<int:token_id>/end")
@needs("viewer")
def end_token(token_id: int) -> Response:
    """End a token."""
    base.store().people.drop_token(base.person().id, token_id)
    return base.go("people.account")


@pages.post("/searches")
@needs("viewer")
def save_search() -> Response:
    """Keep a search under a name."""
    query = request.form.get("q", "")
    if not query.strip():
        raise BadRequest("An empty search is not worth a name.")
    base.store().people.save_search(base.person().id, request.form.get("name", "") or query, query)
    return base.go("archive.search", q=query)


@pages.post("/searches/drop")
@needs("viewer")
def drop_search() -> Response:
    """Forget a saved search."""
    base.store().people.drop_search(base.person().id, request.form.get("name", ""))
    return base.go("archive.search")


@pages.get("/people")
@needs("admin")
def people() -> tuple[str, int]:
    """Who may use the app."""
    return base.page("people.html", accounts=base.store().people.all())
