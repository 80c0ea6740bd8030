"""Bytes in, records out: no database, no network, no clock.

`parse` is the only door that the application uses; a parser module is imported when a document needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from parsers.detect import Detected
    from parsers.findings import Findings
    from parsers.model import Hint, ParseResult, Post

__all__ = ["fingerprint", "is_stream", "parse", "read", "stream"]

#: JSON lines up to this size are read at once.
_LARGE = 16 << 20


def parse(data: bytes, hint: Hint | None = None) -> ParseResult:
    """Recognise one document and read it.

    `data` are the bytes as received; `hint` is what the giver knows and wins over what is found.
    The result names the format and why; it holds the records, and a `Problem` for each one passed over.
    Raises `parsers.errors.ParseError` where the whole document cannot be read.
    """
    from parsers.detect import detect

    return read(detect(data, hint), data, hint)


def read(found: Detected, data: bytes, hint: Hint | None = None) -> ParseResult:
    """Read a document that `parsers.detect.detect` recognised; raises `ParseError`."""
    import msgspec

    from parsers.detect import FORMATS
    from parsers.model import Hint

    module: Any = import_module(f"parsers.{FORMATS[found.format][0]}")
    result: ParseResult = module.parse(data if found.text is None else found.text, hint or Hint())
    notes = {**result.notes, "encoding": found.encoding} if found.encoding else result.notes
    return msgspec.structs.replace(result, format=found.format, reason=found.reason, notes=notes)


def is_stream(head: bytes, size: int, kind: str | None = None) -> bool:
    """True where a document of `size` bytes that begins like `head` is read by `stream`.

    These are account exports of any size, and large files of JSON lines.
    `kind` is the format's name where the giver says it.
    """
    if kind == "bluesky-car" or (kind is None and (b"eroots" in head[:64] or b"gversion" in head[:64])):
        return True
    if size <= _LARGE or kind not in (None, "bluesky-json") or head.lstrip()[:1] != b"{":
        return False
    from parsers import bluesky_json

    return bluesky_json.has_lines(head) and bool(kind or bluesky_json.looks_like(head))


def stream(found: Detected, source: bytes | BinaryIO, hint: Hint, findings: Findings) -> Iterator[Post]:
    """The posts of a document for which `is_stream` is true, in bounded memory.

    `findings` gathers the problems.
    Raises `ParseError` where the whole document cannot be read.
    """
    from parsers.detect import FORMATS

    module: Any = import_module(f"parsers.{FORMATS[found.format][0]}")
    posts: Iterator[Post] = module.stream(source, hint, findings)
    return posts


@cache
def fingerprint() -> str:
    """Changes whenever a rule of this package does, so that documents read by older rules are read again."""
    import hashlib
    from pathlib import Path

    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.*")):
        if path.suffix in (".py", ".toml", ".json", ".txt"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
