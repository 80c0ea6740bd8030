"""Cut a JSON document into its items without understanding them, when a real parser gives up on the whole.

Which error is worse: to stop at the first flaw would lose a whole export for one byte.
So brackets are matched outside of strings only, without recursion, and every item that is whole is handed on
with its place; a file that breaks off loses its last item, an item with garbage in it only itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.model import Record

# A string that is never closed is one token up to the end: nothing is read twice, whatever the quotes.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_COLON = re.compile(rb"\s*:")
_LISTS = re.compile(rb'"(?:feed|posts|records|thread|data|items|results)"\s*:\s*\[')


class Piece(Record, frozen=True, kw_only=True):
    """One item, or what is left of it where the document breaks off."""

    start: int  # byte offset in the document
    data: bytes
    whole: bool = True


def pieces(data: bytes) -> Iterator[Piece]:
    """The objects of the document's list, in order: of a bare list, or of the list that a page holds."""
    begin = _list_start(data)
    if begin is None:
        return
    depth = 0
    start = begin
    for token in _TOKEN.finditer(data, begin):
        mark = token[0]
        if mark in (b"{", b"["):
            if depth == 0:
                start = token.start()
            depth += 1
        elif mark in (b"}", b"]"):
            if depth == 0:
                return
            depth -= 1
            if depth == 0:
                yield Piece(start=start, data=data[start : token.end()])
    if depth:
        yield Piece(start=start, data=data[start:], whole=False)


def views(data: bytes) -> Iterator[Piece]:
    """Every whole object that stands under the key "post", however deep and whatever is broken around it."""
    depth = 0
    start = opened = -1
    named = False  # the token before was the key
    for token in _TOKEN.finditer(data):
        mark = token[0]
        if mark in (b"{", b"["):
            depth += 1
            if named and mark == b"{" and start < 0:
                start, opened = token.start(), depth
        elif mark in (b"}", b"]"):
            if depth == opened:
                yield Piece(start=start, data=data[start : token.end()])
                start = opened = -1
            depth -= 1
        named = mark == b'"post"'


def top_keys(head: bytes) -> tuple[str, list[str]]:
    """Whether a document starts as an object or a list ("{", "[", "") and the keys of its first object.

    `head` may break off anywhere.
    """
    opening = head.lstrip()[:1].decode("latin-1")
    if opening not in ("{", "["):
        return "", []
    level = 1 if opening == "{" else 2
    keys: list[str] = []
    depth = 0
    for token in _TOKEN.finditer(head):
        mark = token[0]
        if mark in (b"{", b"["):
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
            if depth < level:
                break
        elif depth == level and _COLON.match(head, token.end()):
            keys.append(mark[1:-1].decode("utf-8", "replace"))
    return opening, keys


def _list_start(data: bytes) -> int | None:
    bare = re.match(rb"\s*\[", data)
    found = bare or _LISTS.search(data)
    return found.end() if found else None
