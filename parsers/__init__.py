"""Bytes in, records out: no database, no network, no clock.

`parse` is the only door that the application uses; a parser module is imported when a document needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parsers.detect import Detected
    from parsers.model import Hint, ParseResult

__all__ = ["parse", "read"]


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
