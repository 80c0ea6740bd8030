"""A Bluesky service on loopback: the endpoints that are used, as the lexicons describe them, over invented posts."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from bluesky_forms import POST, cid_of, rkey
from loopback import Reply, Request, Site

START = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)


class AppView:
    """Accounts, posts, lists; errors on demand."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.handles = {"heads.example": "did:plc:heads", "ada.example": "did:plc:ada"}
        self.posts: dict[str, dict[str, Any]] = {}  # uri → record
        self.reposts: list[tuple[str, str]] = []  # by whom, what; shown on top of the feed
        self.lists: dict[str, list[str]] = {}  # list → accounts
        self.likes: dict[str, int] = {}
        self.page_size = 100
        self.loop = False  # the cursor comes back for ever
        self.failing: list[Reply] = []  # answers given first
        self.sessions: list[dict[str, str]] = []
        for name in ("resolveHandle", "createSession"):
            area = "identity" if name == "resolveHandle" else "server"
            site.pages[f"/xrpc/com.atproto.{area}.{name}"] = self._guarded(getattr(self, f"_{name}"))
        for name in ("getAuthorFeed", "getListFeed", "getFeed", "getPosts", "getPostThread", "searchPosts"):
            site.pages[f"/xrpc/app.bsky.feed.{name}"] = self._guarded(getattr(self, f"_{name}"))

    def write(self, did: str, text: str, *, number: int | None = None, parent: str | None = None) -> str:
        """A new post; gives its at-URI."""
        number = len(self.posts) if number is None else number
        made: dict[str, Any] = {
            "$type": POST,
            "text": text,
            "createdAt": (START + dt.timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "langs": ["en"],
        }
        if parent:
            above = self.posts[parent]
            root = above["reply"]["root"]["uri"] if "reply" in above else parent
            made["reply"] = {
                name: {"uri": uri, "cid": cid_of(self.posts[uri])} for name, uri in (("root", root), ("parent", parent))
            }
        uri = f"at://{did}/{POST}/{rkey(number)}"
        self.posts[uri] = made
        return uri

    def thread(self, did: str, *texts: str) -> list[str]:
        """Posts that reply to each other."""
        uris: list[str] = []
        for text in texts:
            uris.append(self.write(did, text, parent=uris[-1] if uris else None))
        return uris

    def called(self, name: str) -> list[Request]:
        """The requests of one method."""
        return [request for request in self.site.asked if request.path.endswith("." + name)]

    # ---------------------------------------------------------- endpoints

    def _guarded(self, answer: Any) -> Any:
        def page(request: Request) -> Reply:
            return self.failing.pop(0) if self.failing else answer(request)

        return page

    def _resolveHandle(self, request: Request) -> Reply:
        did = self.handles.get(dict(request.query).get("handle", ""))
        return _json({"did": did}) if did else _error(400, "InvalidRequest", "Unable to resolve handle")

    def _createSession(self, request: Request) -> Reply:
        asked = json.loads(request.body)
        self.sessions.append(asked)
        if request.method != "POST" or asked.get("password") != "right horse":
            return _error(401, "AuthenticationRequired", "Invalid identifier or password")
        return _json({"accessJwt": "token-1", "refreshJwt": "r", "handle": asked["identifier"], "did": "did:plc:x"})

    def _getAuthorFeed(self, request: Request) -> Reply:
        params = dict(request.query)
        assert params["filter"] == "posts_and_author_threads"
        assert 1 <= int(params["limit"]) <= 100
        did = params["actor"] if params["actor"].startswith("did:") else self.handles.get(params["actor"], "")
        if did not in self.handles.values():
            return _error(400, "InvalidRequest", "Profile not found")
        items = [
            {
                "post": self._view(uri),
                "reason": {
                    "$type": "app.bsky.feed.defs#reasonRepost",
                    "by": self._author(who),
                    "indexedAt": "2026-11-09T08:00:00.000Z",
                },
            }
            for who, uri in self.reposts
            if who == did
        ]
        return self._page("feed", items + [{"post": self._view(uri)} for uri in self._of([did])], params)

    def _getListFeed(self, request: Request) -> Reply:
        params = dict(request.query)
        return self._page("feed", [{"post": self._view(uri)} for uri in self._of(self.lists[params["list"]])], params)

    def _getFeed(self, request: Request) -> Reply:
        params = dict(request.query)
        return self._page("feed", [{"post": self._view(uri)} for uri in self._of(self.lists[params["feed"]])], params)

    def _getPosts(self, request: Request) -> Reply:
        uris = [value for name, value in request.query if name == "uris"]
        if not 1 <= len(uris) <= 25:
            return _error(400, "InvalidRequest", "uris must have 1 to 25 items")
        return _json({"posts": [self._view(uri) for uri in uris if uri in self.posts]})

    def _getPostThread(self, request: Request) -> Reply:
        uri = dict(request.query)["uri"]
        if uri not in self.posts:
            return _error(400, "NotFound", "Post not found")
        return _json({"thread": self._node(uri)})

    def _searchPosts(self, request: Request) -> Reply:
        if request.headers.get("authorization") != "Bearer token-1":
            return Reply(b"<html><body>403 Forbidden</body></html>", 403, {"Content-Type": "text/html"})
        params = dict(request.query)
        found = [
            self._view(uri) for uri in self._of(list(self.handles.values())) if params["q"] in self.posts[uri]["text"]
        ]
        return self._page("posts", found, params)

    # ---------------------------------------------------------- forms

    def _of(self, dids: list[str]) -> list[str]:
        """Posts of accounts, newest first."""
        return [uri for uri in reversed(self.posts) if uri.split("/")[2] in dids]

    def _page(self, name: str, items: list[Any], params: dict[str, str]) -> Reply:
        size = min(self.page_size, int(params["limit"]))
        start = int(params.get("cursor", "0").removeprefix("c"))
        answer: dict[str, Any] = {name: items[start : start + size]}
        if self.loop:
            answer["cursor"] = "c0"
        elif start + size < len(items):
            answer["cursor"] = f"c{start + size}"
        return _json(answer)

    def _author(self, did: str) -> dict[str, Any]:
        handle = next((handle for handle, known in self.handles.items() if known == did), "someone.example")
        return {"did": did, "handle": handle, "displayName": handle.title(), "labels": []}

    def _replies(self, uri: str) -> list[str]:
        return [
            other for other, made in self.posts.items() if made.get("reply", {}).get("parent", {}).get("uri") == uri
        ]

    def _view(self, uri: str) -> dict[str, Any]:
        made = self.posts[uri]
        return {
            "uri": uri,
            "cid": cid_of(made),
            "author": self._author(uri.split("/")[2]),
            "record": made,
            "replyCount": len(self._replies(uri)),
            "repostCount": 0,
            "likeCount": self.likes.get(uri, 0),
            "quoteCount": 0,
            "indexedAt": made["createdAt"],
            "labels": [],
        }

    def _node(self, uri: str) -> dict[str, Any]:
        below = [self._node(reply) for reply in self._replies(uri)]
        return {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._view(uri), "replies": below}


def _json(value: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), status, {"Content-Type": "application/json"})


def _error(status: int, error: str, message: str) -> Reply:
    return _json({"error": error, "message": message}, status)
