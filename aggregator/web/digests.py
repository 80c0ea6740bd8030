"""Digests: the next one as it will go out, hold and release, who got what and what the server said.

The mail is shown as its own page, byte for byte: its styles stand in it, so its policy names each by its hash
instead of allowing styles in general.
"""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import html
import re

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as AnyResponse

from aggregator import issues, pipeline, sending
from aggregator.config import Recipient
from aggregator.errors import NotFoundError
from aggregator.issue_model import Digest
from aggregator.store.connect import Row
from aggregator.web import base, issue_list, testmail
from aggregator.web.security import needs

pages = Blueprint("digests", __name__)

#: Stands for the issue that has not closed yet.
NEXT = "next"


@pages.get("/digests")
@needs("viewer")
def overview() -> tuple[str, int]:
    """The next issue, and all before it."""
    config, store = base.config(), base.store()
    window = issues.coming(store, config)
    return base.page(
        "digests.html",
        window=window,
        closed=window.until_at <= pipeline.now(),
        now=base.stamp(),
        readers=issues.readers(store, config),
        issues=store.issues.all(200),
        unknown=store.deliveries.in_state("unknown"),
        tests=testmail.latest(),
    )


@pages.get("/digests/<issue>")
@needs("viewer")
def show(issue: str) -> tuple[str, int]:
    """One issue: its state, what it holds, and what became of each mail."""
    store = base.store()
    row, name = _issue(issue), request.args.get("list")
    deliveries = store.deliveries.of_issue(issue)
    items = issue_list.told(store, _mailed(row), _listed(issue, name))
    is_open = row["state"] in ("draft", "held", "released")
    return base.page(
        "digest.html",
        row=row,
        items=items,
        changed=sum(item.now is not None for item in items),
        list_title=_list_title(issue, name),
        quotes=name == "quotes",
        went_at=store.issues.went_at(issue),
        events=store.issues.events(issue),
        deliveries=deliveries,
        logs={delivery["id"]: store.deliveries.events(delivery["id"]) for delivery in deliveries},
        readers=issues.readers(store, base.config()),
        archive=issue_list.ARCHIVE,
        open=is_open,
        # From the first mail on the issue stays as it is.
        redraftable=is_open and not deliveries,
        overdue=row["state"] in ("draft", "released") and row["send_at"] < base.stamp(),
        tests=testmail.latest(),
    )


@pages.get("/digests/<issue>/mail")
@needs("viewer")
def mail(issue: str) -> Response:
    """The mail itself: as it was sent where it was, as it would be sent where it was not."""
    address = request.args.get("to") or None
    page = _sent(issue, address) or _rendered(issue, address)
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = mail_policy(page)
    return response


def _listed(issue: str, name: str | None) -> list[Row]:
    """What an issue holds, or the frozen list behind one of the numbers in its mail."""
    if not name or _issue(issue)["merged_into"]:
        return base.store().issues.items(issue)
    ids = issues.behind(base.store().issues.digest(issue), name)
    if ids is None:
        raise NotFound("The issue has no list of that name.")
    return base.store().issues.behind(issue, ids)


def _mailed(row: Row) -> Digest | None:
    return None if row["merged_into"] else base.store().issues.digest(row["id"])


def _list_title(issue: str, name: str | None) -> str | None:
    """What the list that is asked for is of; None for the whole issue."""
    if not name or _issue(issue)["merged_into"]:
        return None
    return issues.list_title(base.store().issues.digest(issue), name)


def _issue(issue: str) -> Row:
    row = base.store().issues.find(issue)
    if row is None:
        raise NotFound("There is no issue of that name yet.")
    return row


def _digest(issue: str) -> Digest:
    store, config = base.store(), base.config()
    if issue == NEXT:
        return pipeline.compose_digest(store, config, issues.upcoming(store, config))
    try:
        return store.issues.digest(_issue(issue)["id"])
    except NotFoundError as exc:
        raise NotFound(str(exc)) from exc


def _rendered(issue: str, address: str | None) -> str:
    config = base.config()
    reader = _reader(address)
    late = issue != NEXT and bool(_issue(issue)["late"])
    rendered = issues.rendered_for(_digest(issue), config, reader, late=late)
    if reader.format == "text":
        return (
            f'<!doctype html><html lang="en-GB"><title>Text mail</title><pre>{html.escape(rendered.text)}</pre></html>'
        )
    return rendered.html


def _reader(address: str | None) -> Recipient:
    return issues.reader_of(base.store(), base.config(), address)


def _sent(issue: str, address: str | None) -> str | None:
    """The HTML part of a stored mail."""
    row = base.store().deliveries.find(issue, address) if address and issue != NEXT else None
    if row is None:
        return None
    message = email.message_from_bytes(row["body"], policy=email.policy.default)
    part = message.get_body(("html",))
    return str(part.get_content()) if part else None


_STYLE_BLOCK = re.compile(r"<style[^>]*>(.*?)</style>", re.S)
_STYLE_ATTRIBUTE = re.compile(r'\sstyle="([^"]*)"')


def mail_policy(page: str) -> str:
    """A content security policy under which exactly the styles of this page count.

    >>> mail_policy('<p style="color:red">')[:60]
    "default-src 'none'; base-uri 'none'; form-action 'none'; fra"
    """
    styles = dict.fromkeys([*_STYLE_BLOCK.findall(page), *map(html.unescape, _STYLE_ATTRIBUTE.findall(page))])
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in styles)
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"style-src 'unsafe-hashes' {hashes}"
    )


# ------------------------------------------------------------------ an editor's morning


@pages.post("/digests/<issue>")
@needs("reviewer")
def act(issue: str) -> AnyResponse:
    """Hold, release, skip or redraft an issue."""
    store, who, reason = base.store(), base.person(), request.form.get("reason", "").strip()[:500] or None
    action = request.form.get("action")
    _issue(issue)
    if action == "hold":
        issues.hold(store, issue, who=who.name, reason=reason)
    elif action == "release":
        issues.release(store, issue, who=who.name, reason=reason)
    elif action == "skip":
        issues.skip(store, issue, who=who.name, reason=reason)
    elif action == "redraft":
        issues.redraft(store, base.config(), issue, who=who.name)
    else:
        raise BadRequest("Hold, release, skip or redraft?")
    return base.go("digests.show", issue=issue)


@pages.post("/digests/<issue>/test")
@needs("reviewer")
def test(issue: str) -> AnyResponse:
    """Send an issue that has not gone out to the person who asks, marked as a test."""
    if issue != NEXT and _issue(issue)["merged_into"]:
        raise BadRequest("This issue has no mail of its own.")
    testmail.send(None if issue == NEXT else issue)
    return base.go("digests.overview") if issue == NEXT else base.go("digests.show", issue=issue)


@pages.post("/digests/<issue>/resolve")
@needs("admin")
def resolve(issue: str) -> AnyResponse:
    """Say what became of a mail whose fate is unknown."""
    action = request.form.get("action")
    if action not in ("delivered", "resend"):
        raise BadRequest("Was it delivered, or should it be sent again?")
    # Not the ledger alone: the send journal has to know that a person wants it again.
    sending.resolve(
        base.store(),
        issue,
        request.form.get("recipient", ""),
        delivered=action == "delivered",
        who=base.person().name,
        reason=request.form.get("reason", ""),
    )
    return base.go("digests.show", issue=issue)
