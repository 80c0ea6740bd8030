"""The charset that a document names, and whether it is one that documents are written in.

Which error is worse: to believe a wrong name garbles the whole text, so a name is only a proposal; who asks decodes
strictly and has another way.
Python knows encodings under names that no document means, and some of them take time that grows with the square of
the text (`punycode`) or refuse everything (`undefined`); a hostile page or mail can name them as well.
"""

from __future__ import annotations

import codecs
import re

#: Where a page says its charset: browsers look at the first kilobyte, pages with long comments say it later.
HEAD = 4096
#: The section “Python Specific Encodings” of the codecs page of Python's library reference, as `lookup` names them.
_PYTHONS_OWN = frozenset(
    ("idna", "mbcs", "oem", "palmos", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")
)

_XML = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{1,40})", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?([^\"';\s]{1,40})", re.IGNORECASE)


def codec(label: str) -> str | None:
    """Python's name of a charset, such as `cp1252` for `windows-1252`; None for one that no document is written in."""
    try:
        name = codecs.lookup(label.strip()).name
    except (LookupError, ValueError):  # ValueError: control characters in the name
        return None
    return None if name.replace("_", "-") in _PYTHONS_OWN else name


def of_header(content_type: str | None) -> str | None:
    """The charset that an HTTP `Content-Type` names."""
    found = _HEADER.search(content_type or "")
    return found[1] if found else None


def of_feed(data: bytes, content_type: str | None) -> list[str]:
    """The charsets that a feed's XML declaration and its server name."""
    found = _XML.match(data[:400].lstrip())
    named = (found[1].decode("ascii", "replace") if found else None, of_header(content_type))
    return [name for name in named if name]


def of_page(data: bytes) -> list[str]:
    """The charsets that a page names in its first `HEAD` bytes: in a meta element, then in an XML declaration."""
    from bs4.dammit import EncodingDetector  # 0.1 s to load, and few pages need it

    head = data[:HEAD]
    markup = head.partition(b"?>")[2]  # a page may do both; browsers heed the meta element then
    found = (
        EncodingDetector.find_declared_encoding(part, True, search_entire_document=True) for part in (markup, head)
    )
    return [name for name in found if name]
