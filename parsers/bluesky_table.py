"""Bluesky posts from an exporter's table: CSV with commas, semicolons or tabs.

Which error is worse: to take any table for posts is worse than to ask.
So the header has to name a text and a place or a moment, and something in the first rows has to point at
Bluesky: an at-URI, an address of the app, or counts that only Bluesky has.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from parsers.bluesky_collect import Collector
from parsers.bluesky_rows import field_of, row_post
from parsers.errors import ParseError
from parsers.model import Hint, ParseResult

_HEAD = 65536
_EVIDENCE = re.compile(r"at://did:|bsky\.app/profile/|\bbsky\.social\b")


def looks_like(data: bytes) -> str | None:
    """Why `data` is a table of Bluesky posts, or `None`; only its start is read."""
    if data[:1] in (b"{", b"[", b"<", b"") or (
        b"\x00" in data[:1000] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        return None
    head = _decode(data[:_HEAD])
    header = _header(head)
    fields = {meaning[0] for meaning in map(field_of, header) if meaning}
    if "text" not in fields or not fields & {"uri", "link", "created"} or len(header) < 3:
        return None
    told = _EVIDENCE.search(head) or {"reposts", "handle"} <= fields
    return f"a table with the columns {', '.join(header[:6])} of Bluesky posts" if told else None


def parse(data: bytes, hint: Hint | None = None) -> ParseResult:
    """Read every row that is a post, in the table's order.

    Raises `ParseError` where there is no header that names a text.
    """
    into = Collector(hint or Hint())
    text = _decode(data)
    header = _header(text)
    if not any(meaning and meaning[0] == "text" for meaning in map(field_of, header)):
        raise ParseError("this table has no column with a post's text, such as “text” or “content”")
    for line, row in _rows(text, into):
        if not any(cell.strip() for cell in row):
            continue
        where = f"line {line:,}"
        if row_post(dict(zip(header, row, strict=False)), into, where) is None:
            into.findings.add("this row has no text, or neither a date nor an address", where, excerpt=",".join(row))
        elif len(row) != len(header):
            into.findings.add(f"this row has {len(row)} cells where the header has {len(header)}", where)
    return into.result("bluesky-csv")


def _rows(text: str, into: Collector) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header with the line each begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    line = 1
    header = True
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            into.findings.add(f"this row cannot be read: {exc}", f"line {line:,}", "error")
        else:
            if row and not header:
                yield line, row
            header = header and not row
        line = reader.line_num + 1


def _header(text: str) -> list[str]:
    first = text[:_HEAD].lstrip("\r\n").partition("\n")[0]
    try:
        return next(csv.reader([first[:10_000].rstrip("\r")], delimiter=_delimiter(text)), [])
    except csv.Error:
        return []


def _delimiter(text: str) -> str:
    first = text[:_HEAD].lstrip("\r\n").partition("\n")[0]
    return max(",;\t|", key=first.count)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        if exc.start > len(data) - 4:  # a head that was cut in a character
            return data.decode("utf-8-sig", "ignore")
        return data.decode("cp1252", "replace")
