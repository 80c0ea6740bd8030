"""Look at the bytes and say what they are, and why.

Which error is worse: to take a document for the wrong kind is worse than to ask.
So every kind has to show a positive sign of its own, and text that shows none is an article only when it
reads like one and is no source code or data (`code_text`), which hold sentences as well.
Otherwise `UnknownFormatError` says what was tried and how to name the kind.
Who gives an outlet, a day of publication or an address says that it is an article; that decides where no other kind
shows its sign.

A web page is news, unless its own headings are those of a position paper (`paper_page`).

The order goes from what proves itself by its first bytes to what needs reading:
containers and account exports, JSON, markup, and at last plain text, where status lines beat headings and
headings beat prose.
The file's name is never asked: people rename files, and servers invent names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module

import msgspec

from parsers import code_text
from parsers.errors import ParseError, UnknownFormatError
from parsers.model import Hint, Record

#: Every kind that is read, with the module of `parsers` that reads it.
#: "bytes" modules decode for themselves, "text" modules get decoded text.
FORMATS: dict[str, tuple[str, str]] = {
    "bluesky-car": ("bluesky_car", "bytes"),
    "bluesky-json": ("bluesky_json", "bytes"),
    "bluesky-csv": ("bluesky_table", "bytes"),
    "bluesky-rss": ("bluesky_rss", "bytes"),
    "bluesky-scrape": ("bluesky_scrape", "text"),
    "feed": ("feeds", "bytes"),
    "article-html": ("article_html", "bytes"),
    "mail": ("mails", "bytes"),
    "article-text": ("article_text", "text"),
    "positions": ("statements", "text"),
}

#: What people call the kinds on the command line, beside the names themselves.
ALIASES = {
    "scrape": "bluesky-scrape",
    "bluesky": "bluesky-json",
    "car": "bluesky-car",
    "csv": "bluesky-csv",
    "rss": "feed",
    "atom": "feed",
    "html": "article-html",
    "eml": "mail",
    "article": "article-text",
    "statements": "positions",
    "position-papers": "positions",
}

#: Last words of the messages after which a person can help; where and how to say it is told by who shows them.
SAY_SO = "say so"

#: Characters; the longest articles have a tenth of it, and a select-all copy with its comments stays below.
MAX_ARTICLE = 3_000_000

_BINARY_SIGNS = {
    b"%PDF-": "a PDF; open it, copy its text and ingest that as a text file",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"\xd0\xcf\x11\xe0": "an old Office file; save it as plain text and ingest that",
    b"PK\x03\x04": "an Office file or an e-book; save it as plain text and ingest that",
    b"SQLite format 3\x00": "a database, not a document",
}


class Detected(Record, frozen=True, kw_only=True):
    """What a document is."""

    format: str  # a key of FORMATS
    reason: str  # in plain words
    text: str | None = None  # decoded, for text formats
    encoding: str | None = None


def detect(data: bytes, hint: Hint | None = None) -> Detected:
    """Say which format `data` has.

    Raises `ParseError` for what can never be read (empty, binary), `UnknownFormatError` where no kind fits.
    """
    hint = hint or Hint()
    if hint.kind:
        return _as_told(data, hint.kind)
    if not data.strip():
        raise ParseError("the document is empty")
    found = _by_bytes(data)
    if found:
        return found
    text, encoding = decode(data)
    return _by_text(text, encoding, _says_article(hint))


def format_name(kind: str) -> str:
    """The format that `kind` or one of its aliases names; raises `UnknownFormatError`.

    >>> format_name("scrape")
    'bluesky-scrape'
    """
    name = ALIASES.get(kind, kind)
    if name not in FORMATS:
        raise UnknownFormatError(f"there is no kind “{kind}”; the kinds are {', '.join(kinds())}")
    return name


def kinds() -> list[str]:
    """The kinds as people say them, one name each, texts first: an alias where the format's own name is two words."""
    alias = {name: word for word, name in reversed(ALIASES.items())}
    return [alias.get(name, name) if "-" in name else name for name in reversed(FORMATS)]


def decode(data: bytes) -> tuple[str, str]:
    """Bytes as text and the encoding used: byte order mark, strict UTF-8, then Windows-1252.

    Windows-1252 leaves five bytes undefined; they come through as the C1 controls that Latin-1 gives them,
    so that no byte is lost before repair has seen it.
    Raises `ParseError` where the bytes are no text.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return _newlines(data.decode(encoding)), encoding
            except UnicodeDecodeError as exc:
                raise ParseError(f"the document starts like {encoding} but breaks off: {exc.reason}") from exc
    _refuse_binary(data)
    try:
        return _newlines(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError:
        return _newlines(_windows_1252(data)), "windows-1252"


def _as_told(data: bytes, kind: str) -> Detected:
    """Take the caller's word for the kind."""
    name = format_name(kind)
    reason = "you said so"
    if FORMATS[name][1] == "bytes":
        return Detected(format=name, reason=reason)
    if name == "positions" and data.lstrip()[:1] == b"<" and (paper := _paper(data)):
        return msgspec.structs.replace(paper, reason=f"{reason}; {paper.reason}")
    text, encoding = decode(data)
    return Detected(format=name, reason=reason, text=text, encoding=encoding)


def _by_bytes(data: bytes) -> Detected | None:
    """Kinds that are recognised before decoding."""
    for name in _candidates(data):
        reason = _asker(name)(data)
        if reason:
            return (name == "article-html" and _paper(data)) or Detected(format=name, reason=str(reason))
    return None


def _paper(data: bytes) -> Detected | None:
    """The position paper that a web page is, as text; None for news."""
    found = import_module("parsers.paper_page").read(data)
    return Detected(format="positions", reason=found.reason, text=found.text) if found else None


def _candidates(data: bytes) -> tuple[str, ...]:
    """The kinds that the first bytes leave possible, so that no parser is imported for nothing."""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"eroots" in start[:64] or b"gversion" in start[:64]:
        return ("bluesky-car",)
    if start[:1] in (b"{", b"["):
        return ("bluesky-json", "feed")
    if start[:1] == b"<" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("bluesky-rss", "feed", "article-html")
    if b"<html" in start or b"<!doctype html" in start:
        return ("article-html", "mail")
    return ("bluesky-csv", "mail")


def _says_article(hint: Hint) -> str | None:
    """What was given that only articles have, in words."""
    given = (("outlet", hint.outlet), ("day of publication", hint.published_at), ("address", hint.url))
    return next((f"no other kind fits, and its {name} was given" for name, value in given if value), None)


def _by_text(text: str, encoding: str, told: str | None) -> Detected:
    """Kinds of plain text: status lines beat headings, headings beat prose; `told` makes an article of the rest."""
    for name in ("bluesky-scrape", "positions", "article-text"):
        if name == "positions" and (found := code_text.what(text)):
            raise UnknownFormatError(f"the text is {found}, so it is no article; if it is one all the same, {SAY_SO}")
        if name == "article-text" and len(text) > MAX_ARTICLE:
            raise UnknownFormatError(f"the text is longer than any article ({len(text):,} characters); split it")
        reason = _asker(name)(text) or (told if name == "article-text" else None)
        if reason:
            if isinstance(reason, int):
                reason = f"{reason} status line{'' if reason == 1 else 's'} of the form “date time, four counts”"
            return Detected(format=name, reason=str(reason), text=text, encoding=encoding)
    raise UnknownFormatError(
        "the text is neither a Bluesky profile scrape (no status lines), nor a position paper (no headings), "
        f"nor clearly an article; if you know what it is, {SAY_SO}"
    )


def _asker(name: str) -> Callable[[bytes | str], str | int | None]:
    """The `looks_like` function of a format's module, imported when asked."""
    asker: Callable[[bytes | str], str | int | None] = import_module(f"parsers.{FORMATS[name][0]}").looks_like
    return asker


def _refuse_binary(data: bytes) -> None:
    for sign, what in _BINARY_SIGNS.items():
        if data.startswith(sign):
            raise ParseError(f"the document is {what}")
    sample = data[:65536]
    # Text holds no NUL and few control bytes; 1 in 20 leaves room for old terminal logs.
    controls = len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", sample))
    if b"\x00" in sample or controls * 20 > len(sample):
        raise ParseError("the document is binary, not text")


def _windows_1252(data: bytes) -> str:
    undefined = {0x81: "\x81", 0x8D: "\x8d", 0x8F: "\x8f", 0x90: "\x90", 0x9D: "\x9d"}
    return data.decode("latin-1").translate(
        {byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in undefined}
    )


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
