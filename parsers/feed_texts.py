"""The long texts of a feed, taken out before feedparser reads it and put back afterwards.

Which error is worse: a text in the wrong entry is worse than a slow feed, so a text is taken out only where it
is the whole content of one element, and a mark that no feed holds stands in its place.

feedparser copies, searches and translates each value several times, character by character where a text is not
pure ASCII; on feeds with whole stories that is most of its time, and of no use to us, because our own reading
of the HTML keeps no markup.
Taken out are texts of elements that hold HTML by their name or type, in UTF-8, in CDATA or with escaped markup.
What feedparser does to every value (UTF-8 read as Latin-1, single bytes of Windows-1252) is done here too.
"""

from __future__ import annotations

import re

from parsers import charsets

#: Shorter texts cost more to take out than to leave.
SHORTEST = 300

_OPEN = re.compile(
    rb"<(?:content:encoded|description|(?:content|summary)(?=\s[^<>]{0,300}?type=[\"'](?:text/)?html[\"']))"
    rb"(?:\s[^<>]{0,400})?>\s*"
)
_CDATA = b"<![CDATA["
_UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")
_NO_XML = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));")
_C1 = re.compile("[\x80-\x9f]")
_MARK = "taken-out-text-%d"
_MARKED = re.compile(r"\s*taken-out-text-(\d{1,7})\s*")


class Texts:
    """A feed without its long texts, and the texts."""

    def __init__(self, data: bytes, content_type: str | None = None) -> None:
        self.texts: list[str] = []
        self.data = data
        if _is_utf8(data, content_type) and b"taken-out-text-" not in data:
            self.data = self._without(data)

    def back(self, value: str) -> str:
        """The text for which a value stands; any other value as it is."""
        found = _MARKED.fullmatch(value) if len(value) < 100 else None
        number = int(found[1]) if found else len(self.texts)
        return self.texts[number] if number < len(self.texts) else value

    def _without(self, data: bytes) -> bytes:
        pieces: list[bytes] = []
        done = place = 0
        while found := _OPEN.search(data, place):
            start = place = found.end()
            whole = None if b"base64" in found[0] else _whole_text(data, start)
            if whole is None:
                continue
            raw, end, place = whole
            text = _unescaped(raw) if end == place else raw.decode()
            if text is None or len(raw) < SHORTEST:
                continue
            pieces += [data[done:start], (_MARK % len(self.texts)).encode()]
            self.texts.append(_as_feedparser(text))
            done = place
        return b"".join((*pieces, data[done:])) if pieces else data


def _is_utf8(data: bytes, content_type: str | None) -> bool:
    """Whether a feed says that it is UTF-8, or says nothing, and is."""
    if any(name.lower() not in _UTF8 for name in charsets.of_feed(data, content_type)):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _whole_text(data: bytes, start: int) -> tuple[bytes, int, int] | None:
    """The only text of an element from its start on, where it ends, and where the markup around it does."""
    if not data.startswith(_CDATA, start):
        end = data.find(b"<", start)
        return (data[start:end], end, end) if data.startswith(b"</", end) else None
    end = data.find(b"]]>", start)
    after = end + 3
    if end < 0 or not data[after : after + 100].lstrip().startswith(b"</"):
        return None
    return data[start + len(_CDATA) : end], end, after


def _unescaped(raw: bytes) -> str | None:
    """Text without the escapes of XML; None where it holds others, which feedparser has to look at."""
    if _NO_XML.search(raw):
        return None
    text = raw.decode()
    if "&#" in text:
        text = _REFERENCE.sub(_character, text)
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escaped, plain)
    return text


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    legal = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF
    if not legal:
        return ""
    return "&amp;" if number == 38 else chr(number)


def _as_feedparser(text: str) -> str:
    """What feedparser makes of any value: UTF-8 that was read as Latin-1, and bytes of Windows-1252, set right."""
    text = text.replace("\x00", "").strip()
    if text.isascii():
        return text
    try:
        return text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        pass
    return _C1.sub(lambda found: found[0].encode("latin-1").decode("cp1252", "replace"), text)
