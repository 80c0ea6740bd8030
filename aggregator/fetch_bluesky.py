"""Bluesky's services (XRPC): questions, pages, sessions, and how patient to be.

Which error is worse: to miss a post until the next round is nothing, to be shut out by the service is everything.
So only questions (GET) are asked again, at most three times and with growing, uneven pauses; a wish to wait is
obeyed where it is short and passed on where it is long; a refusal is reported and not argued with.

Cursors are opaque: pages end where there is none, where a page is empty, or where one comes back that was there
before.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from aggregator import fetch_polite
from aggregator.errors import FetchError
from aggregator.fetch_guard import Rules
from aggregator.fetch_http import Answer, Client
from parsers.model import Record

TRIES = 3
#: Longer waits are left to the next round.
PATIENCE = dt.timedelta(seconds=60)
#: Most at-URIs that getPosts takes.
BATCH = 25
PAGE = 100


class _View(msgspec.Struct, frozen=True, rename="camel"):
    uri: str = ""
    reply_count: int | None = None


class _FeedItem(msgspec.Struct, frozen=True):
    post: _View = _View()
    reason: dict[str, Any] | None = None


class _Page(msgspec.Struct, frozen=True):
    cursor: str | None = None
    feed: list[_FeedItem] | None = None
    posts: list[_View] | None = None


class Page(Record, frozen=True, kw_only=True):
    """One page of posts, as bytes to keep and as far as paging needs to know it."""

    data: bytes
    uris: tuple[str, ...]  # of posts that stand at their own time; reposts and pins are left out
    size: int  # items, all of them
    replies: tuple[tuple[str, int], ...] = ()  # of these, posts that have replies, and how many


class Service:
    """One service; `sleep` is called between tries."""

    def __init__(
        self,
        client: Client,
        base: str,
        rules: Rules,
        now: dt.datetime,
        sleep: Callable[[float], None],
        counted: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._base = base.rstrip("/")
        self._rules = rules
        self._now = now
        self._sleep = sleep
        self._counted = counted
        self._token: str | None = None

    # -------------------------------------------------------------- questions

    def query(self, method: str, params: Sequence[tuple[str, str]]) -> bytes:
        """Ask a question; raises `FetchError`."""
        url = f"{self._base}/xrpc/{method}?{urlencode(params, quote_via=quote)}"
        failure: FetchError | None = None
        for attempt in range(TRIES):
            try:
                return self._once(method, url)
            except FetchError as exc:
                if not exc.passing or not _worth_waiting(exc):
                    raise
                failure = exc
            if attempt < TRIES - 1:
                self._sleep(_pause(attempt, failure.wait))
        assert failure is not None
        raise failure

    def _once(self, method: str, url: str) -> bytes:
        headers = {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        self._counted()
        answer = self._client.call("GET", url, self._rules, headers)
        if answer.status == 200:
            return answer.body
        raise self._failure(method, answer)

    def _failure(self, method: str, answer: Answer) -> FetchError:
        """What an answer that is no success means."""
        status, told = answer.status, _told(answer)
        if status == 429 or status >= 500:
            wait = fetch_polite.retry_after(answer.headers, self._now)
            return FetchError(f"{self._base}: the service is busy ({told})", wait=wait, status=status)
        if status == 403 and not _is_json(answer):
            message = f"{self._base}: the service refuses {method} with a web page; it may want an account for it"
        else:
            message = f"{self._base}: {method} was refused ({told})"
        failure = FetchError(message, status=status)
        failure.passing = False
        return failure

    def resolve(self, handle: str) -> str:
        """The DID of a handle."""
        data = self.query("com.atproto.identity.resolveHandle", [("handle", handle)])
        did = _field(data, "did")
        if not did or not did.startswith("did:"):
            raise FetchError(f"{self._base}: the service names no account for “{handle}”")
        return did

    def posts(self, uris: Sequence[str]) -> Page:
        """Posts by at-URI, 25 at most; those that are gone are not in the answer."""
        return page(self.query("app.bsky.feed.getPosts", [("uris", uri) for uri in uris[:BATCH]]))

    def thread(self, uri: str) -> bytes:
        """A post with everything below it."""
        params = [("uri", uri), ("depth", "100"), ("parentHeight", "0")]
        return self.query("app.bsky.feed.getPostThread", params)

    def pages(self, method: str, params: Sequence[tuple[str, str]], most: int) -> Iterator[Page]:
        """Pages of a feed or search, `most` at most."""
        cursor: str | None = None
        seen: set[str] = set()
        for _ in range(most):
            asked = [*params, ("limit", str(PAGE)), *([("cursor", cursor)] if cursor else [])]
            data = self.query(method, asked)
            found = page(data)
            if not found.size:
                return
            yield found
            cursor = _field(data, "cursor")
            if not cursor or cursor in seen:
                return
            seen.add(cursor)

    # -------------------------------------------------------------- session

    def sign_in(self, user: str, password: str) -> None:
        """Open a session; later questions carry it. Not tried again: sign-ins are few and counted."""
        body = msgspec.json.encode({"identifier": user, "password": password})
        method = "com.atproto.server.createSession"
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        self._counted()
        answer = self._client.call("POST", f"{self._base}/xrpc/{method}", self._rules, headers, body)
        if answer.status != 200:
            raise self._failure("signing in", answer)
        token = _field(answer.body, "accessJwt")
        if not token or not token.isascii() or not token.isprintable():
            raise FetchError(f"{self._base}: the service opened no session")
        self._token = token


def page(data: bytes) -> Page:
    """What paging needs to know of a page; raises `FetchError` where it is none."""
    try:
        found = msgspec.json.decode(data, type=_Page)
    except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
        raise FetchError("the service's answer is no page of posts") from exc
    own = [item.post for item in found.feed or () if item.reason is None] + list(found.posts or ())
    return Page(
        data=data,
        uris=tuple(view.uri for view in own),
        size=len(found.feed or ()) + len(found.posts or ()),
        replies=tuple((view.uri, view.reply_count) for view in own if view.reply_count),
    )


def own_chain(data: bytes) -> list[str]:
    """The at-URIs of a thread's first post and of all that its author wrote below it without others in between."""
    try:
        root = msgspec.json.decode(data).get("thread")
    except (msgspec.MsgspecError, ValueError, RecursionError, AttributeError) as exc:
        raise FetchError("the service's answer is no thread") from exc
    found: list[str] = []
    author = _author(root)
    stack = [root]
    while stack:
        node = stack.pop()
        if author is None or _author(node) != author or not isinstance(node["post"].get("uri"), str):
            continue
        found.append(node["post"]["uri"])
        replies = node.get("replies")
        stack += replies if isinstance(replies, list) else []
    return found


def _author(node: Any) -> str | None:
    post = node.get("post") if isinstance(node, dict) else None
    author = post.get("author") if isinstance(post, dict) else None
    did = author.get("did") if isinstance(author, dict) else None
    return did if isinstance(did, str) else None


def _worth_waiting(exc: FetchError) -> bool:
    return exc.wait is None or exc.wait <= PATIENCE


def _pause(attempt: int, wait: dt.timedelta | None) -> float:
    """Seconds before the next try: what the service wants, else one, two …, each with up to as much again."""
    seconds = wait.total_seconds() if wait is not None else float(2**attempt)
    return seconds + random.random() * max(seconds, 1.0)  # no secret depends on it


def _is_json(answer: Answer) -> bool:
    return answer.body.lstrip()[:1] == b"{"


def _told(answer: Answer) -> str:
    """What the service says, in short."""
    error, message = _field(answer.body, "error"), _field(answer.body, "message")
    text = ": ".join(part for part in (error, message) if part)
    return f"status {answer.status}" + (f", {text[:200]}" if text else "")


def _field(data: bytes, name: str) -> str | None:
    """A text of a JSON object."""
    try:
        value = msgspec.json.decode(data, type=dict[str, msgspec.Raw]).get(name)
        return msgspec.json.decode(value, type=str | None) if value else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
