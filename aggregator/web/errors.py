"""What goes wrong, as a page that says what happened, what it means and what to do next."""

from __future__ import annotations

import logging

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue as Answer
from werkzeug.exceptions import HTTPException

from aggregator.errors import CuttingsError, NotFoundError, StoreError
from aggregator.store.connect import Error
from aggregator.web import base
from parsers.model import Record

log = logging.getLogger(__name__)

#: Fields that are never written into a page.
SECRETS = ("password", "old", "again")
#: Seconds after which programs may ask an archive again that was busy.
BUSY_FOR = 30

TITLES = {
    400: "This cannot be done",
    401: "Please sign in",
    403: "Not allowed",
    404: "Not found",
    405: "Not like this",
    409: "Somebody was faster",
    413: "Too large",
    429: "Too many tries",
    500: "Something broke",
    503: "The archive is busy",
}
MESSAGES = {
    400: "The request could not be understood.",
    404: "There is no such page.",
    405: "This address takes another kind of request.",
    413: "This is more than the app takes at once; “run.py ingest” on the machine itself has no such limit.",
    500: "This is a bug of Cuttings, and it is in the log. Nothing was half done: changes go in whole or not at all.",
    503: "A long import is writing just now. Nothing was lost, nothing was changed; try again in a minute.",
}
UNOPENED = "Nothing was changed. The app's log has the reason, and “run.py doctor” says what to do."


def register(app: Flask) -> None:
    """Turn exceptions into pages."""

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> Answer:
        if error.response is not None:
            return error.get_response()
        code = error.code or 500
        # Our own exceptions carry a sentence; the library's are for developers.
        own = error.description if error.description != type(error).description else None
        answer = make_response(_page(code, (own if code != 413 else None) or MESSAGES.get(code, "")))
        for name, value in error.get_headers():
            if name in ("Retry-After", "Allow"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(CuttingsError)
    def ours(error: CuttingsError) -> Answer:
        return _page(404 if isinstance(error, NotFoundError) else 400, str(error))

    @app.errorhandler(StoreError)
    def unopened(error: StoreError) -> Answer:
        log.error("%s", error)  # names files, which are nobody's business outside
        return _page(503, UNOPENED, "The archive cannot be opened")

    @app.errorhandler(Error)
    def database(error: Error) -> Answer:
        base.doubt()
        if "locked" in str(error) or "busy" in str(error):
            return _busy()
        if "full" in str(error):
            return _page(503, "The disk is full. Nothing was changed; free some space and do it again.")
        raise error

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Answer:
        log.exception("%s %s", request.method, request.path, exc_info=error)
        return _page(500, MESSAGES[500])


class Again(Record, frozen=True, kw_only=True):
    """A form that was sent, to send it again."""

    path: str
    fields: list[tuple[str, str]]


def _busy() -> Answer:
    """Nobody loses what they typed because somebody else writes: the page holds the form, to send it again."""
    if request.method != "POST" or request.path.startswith("/api/") or request_ctx.url_adapter is None:
        answer = make_response(_page(503, MESSAGES[503]))
    else:
        fields = list(request.form.items(multi=True))
        secret = any(name in SECRETS for name, _ in fields) or any(file.filename for file in request.files.values())
        again = None if secret else Again(path=request.full_path.rstrip("?"), fields=fields)
        g.setdefault("person", None)
        page = render_template("busy.html", title=TITLES[503], message=MESSAGES[503], again=again)
        answer = make_response(page, 503)
    answer.headers["Retry-After"] = str(BUSY_FOR)
    return answer


def _page(code: int, message: str, title: str | None = None) -> Answer:
    if request.path.startswith("/api/"):
        return jsonify(error=message), code
    if request_ctx.url_adapter is None:  # another host's name: nothing of ours can be addressed under it
        return f"{TITLES[400]}: this app is not served under that name.\n", code, {"Content-Type": "text/plain"}
    g.setdefault("person", None)
    title = title or TITLES.get(code, "This did not work")
    return render_template("error.html", code=code, title=title, message=message), code
