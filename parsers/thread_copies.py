"""The same post from several sources, and the order of posts in time.

Which error is worse: two posts taken for one loses what somebody said, so where no URI says so, only the same words in
the same minute are a copy, and two known authors never are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from parsers.model import Post

_URL = re.compile(r"(?<![\w.-])(?:https?://)?(?:[a-z0-9-]{1,63}\.)+[a-z]{2,}/\S*")
_NOT_PLAIN = bytes(byte for byte in range(128) if not chr(byte).isalnum())


def seconds(post: Post) -> float:
    """Seconds since 1970; 0 where the time is unknown."""
    return post.created_at.timestamp() if post.created_at else 0.0


def order(post: Post) -> tuple[float, str, int, str, str, str, str, str, str, bool]:
    """Time, then record key where it is a time, then place in the document, newest first; the rest only breaks ties."""
    uri = post.uri or ""
    rkey = uri[-13:] if uri[-14:-13] == "/" else ""
    rest = (post.author or "", post.reply_parent or "", post.reply_root or "", post.reposted_by or "", post.gone)
    return (seconds(post), rkey, -post.position, uri, post.text, *rest)


def without_copies(posts: Sequence[Post]) -> tuple[list[Post], dict[int, list[Post]]]:
    """Each of the ordered posts once, and its copies by the id of the one that is kept.

    The URI says what a post is; where one of two records has none, the same words in the same minute do.
    """
    uris = {post.uri for post in posts}
    if len(uris) == len(posts) and not uris & {None, ""}:
        return list(posts), {}
    minutes = Counter(_minute(post) for post in posts)
    loose = {_minute(post) for post in posts if not post.uri}
    by_uri: dict[str, Post] = {}
    by_text: dict[tuple[int, bytes], list[Post]] = {}
    groups: dict[int, list[Post]] = {}
    for post in sorted(posts, key=_worth):
        minute = _minute(post)
        folded = fold(post.text) if minutes[minute] > 1 and minute in loose else b""
        same = by_text.setdefault((minute, folded), []) if folded else []
        best = by_uri.get(post.uri) if post.uri else next((it for it in same if _may_be_same(it, post)), None)
        if best is not None:
            groups.setdefault(id(best), []).append(post)
            continue
        same.append(post)
        if post.uri:
            by_uri[post.uri] = post
    copies = {id(copy) for group in groups.values() for copy in group}
    return [post for post in posts if id(post) not in copies], groups


def fold(text: str) -> bytes:
    """A text's letters and digits without urls, so that damaged and repaired copies are equal.

    >>> fold("We can’t wait: example.org/news/...") == fold("We canβt wait")
    True
    """
    plain = text.casefold()
    if "/" in plain:
        plain = _URL.sub("", plain)
    return plain.encode("ascii", "ignore").translate(None, _NOT_PLAIN) or text.encode("utf-8", "replace")


def _may_be_same(one: Post, two: Post) -> bool:
    """Whether two records with the same words and minute may be one post: no two authors."""
    if not one.author or not two.author or one.author == two.author:
        return True
    return one.author.startswith("did:") != two.author.startswith("did:")  # one source names, the other numbers


def _minute(post: Post) -> int:
    return int(seconds(post) // 60)


def _worth(post: Post) -> tuple[bool, bool, bool]:
    """The best of several copies first: own before repost, with a URI, with text."""
    return (bool(post.reposted_by), not post.uri, not post.text)
