"""Pages that a reader of the digest opens from a mail, without an account: preferences, and no more mail.

The signed part of the address is the proof, and it opens nothing else.
Looking changes nothing, because link scanners look; only a form does.
"""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.exceptions import BadRequest, Forbidden

from aggregator import addresses, issues
from aggregator.web import base
from aggregator.web.security import needs

pages = Blueprint("readers", __name__)


def _address(token: str) -> str:
    secret = issues.link_secret(base.store(), make=False)
    address = addresses.address_of(secret, token[:1000]) if secret else None
    if address is None:
        raise Forbidden("This address is not complete. Open it from the mail itself.")
    return address


@pages.route("/preferences/<token>", methods=["GET", "POST"])
@needs("public")
def preferences(token: str) -> tuple[str, int]:
    """What a reader gets, and a form to change it."""
    address, store = _address(token), base.store()
    areas = store.board.areas()
    if request.method == "POST":
        depth, form = request.form.get("depth", ""), request.form.get("format", "")
        if depth not in ("full", "headlines") or form not in ("html", "text"):
            raise BadRequest("The form is not complete.")
        chosen = [area for area in request.form.getlist("areas") if area in areas]
        store.choices.save(
            address, depth=depth, format=form, areas=chosen if len(chosen) < len(areas) else (), now=base.stamp()
        )
    row = store.choices.get(address)
    reader = issues.reader_of(store, base.config(), address)
    return base.page(
        "preferences.html",
        token=token,
        address=address,
        reader=reader,
        areas=areas,
        left=bool(row and row["unsubscribed_at"]),
        saved=request.method == "POST",
    )


@pages.route("/unsubscribe/<token>", methods=["GET", "POST"])
@needs("public", from_anywhere=True)
def unsubscribe(token: str) -> tuple[str, int]:
    """One button for a person; mail programs send the same form by themselves (RFC 8058)."""
    address = _address(token)
    if request.method == "POST":
        base.store().choices.leave(address, base.stamp())
    return base.page("unsubscribe.html", token=token, address=address, left=request.method == "POST")
