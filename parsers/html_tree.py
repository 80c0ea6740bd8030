"""Bytes of a page as a tree, and the tree as a list of blocks of text.

Which error is worse: to lose text is worse than to keep markup, so decoding never drops a byte and a page
that is too deep or too big for the tree is still read, only less finely.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

import lxml.html
from lxml import etree

from parsers import charsets, furniture

#: Markup beyond this is cut once scripts are out; the longest real news pages (live blogs) hold 1.5 MB then.
LARGEST = 2_000_000
#: A tree of more tags takes more memory than a page may (400 bytes each); the longest live blogs hold 40,000.
MOST_TAGS = 80_000
#: Attributes of one tag beyond this are dropped: the parser's time grows with the square of their number.
LONGEST_TAG = 30_000

_SCRIPT = re.compile(r"<(script|style|svg|template)\b", re.IGNORECASE)
_SCRIPT_END = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style", "svg", "template")}
_LONG_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9:-]{0,40})[\s/][^<>]{30000,}+>?")  # LONGEST_TAG
_BREAK_RUN = re.compile(r"(?:<br\b[^<>]{0,200}>\s*+){3,}+", re.IGNORECASE)
_EMPTY = re.compile(r"<(div|p|span|li|td|tr|a|b|i|em|strong|ul|h[1-6])\b[^<>]{0,400}>\s*</\1\s*>", re.IGNORECASE)
_INLINE_TAG = re.compile(r"</?(?:b|i|u|em|strong|span|font|small|big|sup|sub|mark|wbr)\b[^<>]{0,400}>", re.IGNORECASE)
_TAG = re.compile("<")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))

#: Tags whose content is never text of the page.
_NO_TEXT = (
    "script", "style", "template", "svg", "iframe", "object", "embed", "canvas", "math", "audio", "video", "map",
    "select", "textarea", "button", "input", "datalist", "picture", "img", "link", "meta", "source", "track", "nav",
    "noscript", "dialog",
)  # fmt: skip
_BLOCK_TAGS = """
    html body div p section article main header footer aside nav h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody
    tfoot tr td th caption blockquote pre form fieldset figure figcaption details summary address hr center dialog menu
    noscript hgroup legend label option amp-body
"""
_BLOCK = frozenset(_BLOCK_TAGS.split())
_KINDS = {"li": "li", "blockquote": "quote", "dt": "li", "dd": "li"} | {f"h{level}": "h" for level in range(1, 7)}


@dataclass(slots=True)
class Node:
    """A block element: its place in the tree and what its name says."""

    parent: int
    tag: str
    names: str  # class, id, role and data-component, in lower case with camelCase opened up
    marks: frozenset[str] = frozenset()  # itemprop
    hidden: bool = False
    text_words: int = 0  # words of running text in it, descendants included; filled by the reader


@dataclass(slots=True)
class Item:
    """A run of text inside one block element."""

    text: str
    node: int
    kind: str  # p, h, li, quote
    level: int  # of a heading, else 0
    linked: float  # share of its characters that are inside links, 0–1
    words: int
    rich: bool = False  # a heading in all but name: the whole text is bold


@dataclass(slots=True)
class Outline:
    """A page as block elements and the runs of text in them, in document order."""

    nodes: list[Node] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    depth: int = 0  # of block elements; beyond 2,000 the tree holds no more


def decode(data: bytes, content_type: str | None = None) -> tuple[str, str]:
    """The page as text and the encoding used.

    Order of trust: byte order mark; UTF-8 where the bytes are valid UTF-8; the charset of the HTTP header, of a
    meta element, of an XML declaration; UTF-8 with single bytes of Windows-1252 in it; Windows-1252.
    Never fails, never drops a byte.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace"), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    declared = _declared(data, content_type)
    if declared and not declared.startswith("utf") and declared not in _AS_CP1252:
        try:
            return data.decode(declared), declared
        except (UnicodeError, LookupError):
            pass
    if len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]{1,3}", data)) * 2 > len(re.findall(rb"[\x80-\xff]", data)) * 0.5:
        return data.decode("utf-8", _ONE_BYTE), "utf-8 with windows-1252"
    return data.decode("latin-1").translate(_CP1252), "windows-1252"


def utf8(data: bytes, content_type: str | None = None) -> bytes:
    """The page in UTF-8, read as `decode` does."""
    text, encoding = decode(data, content_type)
    return data if encoding == "utf-8" else text.encode("utf-8", "replace")


def _declared(data: bytes, content_type: str | None) -> str | None:
    """The charset that header, meta or XML declaration name, as Python calls it."""
    named = charsets.codec(charsets.of_header(content_type) or "")
    return named or next(filter(None, map(charsets.codec, charsets.of_page(data))), None)


#: Names that browsers read as Windows-1252, as this module does with any page in the end.
_AS_CP1252 = ("ascii", "iso8859-1", "cp1252")
_CP1252 = {
    byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_ONE_BYTE = "cuttings-one-byte"


def _one_byte(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("latin-1").translate(_CP1252), error.end


codecs.register_error(_ONE_BYTE, _one_byte)


def within_limits(text: str) -> str:
    """The page without scripts, empty elements and fonts, and cut, where it is larger than any real page.

    Real pages come back as they are.
    """
    text = text.replace("\x00", "")
    if len(text) > LARGEST:
        text = _without_scripts(text[: 20 * LARGEST])[:LARGEST]
    crowded = text.count("<") > MOST_TAGS
    if crowded or _may_hold_long_tag(text):
        text = _LONG_TAG.sub(r"<\1>", text)
    if crowded:
        text = _INLINE_TAG.sub("", _EMPTY.sub(" ", _BREAK_RUN.sub("<br><br>", text)))
        border = next((found.start() for found in islice(_TAG.finditer(text), MOST_TAGS, None)), len(text))
        text = text[:border]
    return text


def _may_hold_long_tag(text: str) -> bool:
    """Whether a tag may be longer than `LONGEST_TAG`: it would fill one of these stretches, of half its length."""
    half = LONGEST_TAG // 2
    if all(text.find(">", at, at + half) >= 0 for at in range(0, len(text) - half + 1, half)):
        return False
    return any(">" not in piece[:LONGEST_TAG] for piece in text.split("<") if len(piece) > LONGEST_TAG)


def _without_scripts(text: str) -> str:
    """The page without scripts, styles and drawings; JSON-LD stays, and so does what is never closed."""
    pieces: list[str] = []
    done = place = 0
    ends = dict(_SCRIPT_END)
    while ends and (found := _SCRIPT.search(text, place)):
        start, place = found.span()
        name = found[1].lower()
        end = ends[name].search(text, place) if name in ends else None
        if end is None:
            ends.pop(name, None)  # looking again for each opening tag would take time without end
            continue
        place = end.end()
        if "ld+json" not in text[start : start + 200] or place - start >= LARGEST // 4:
            pieces += [text[done:start], " "]
            done = place
    return "".join((*pieces, text[done:]))


def tree(text: str) -> lxml.html.HtmlElement | None:
    """The page as an lxml tree without comments, or None where there is no element in it."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def strip(root: lxml.html.HtmlElement) -> None:
    """Take out, in place, what never holds text of the page."""
    etree.strip_elements(root, *_NO_TEXT, with_tail=False)


def source(root: lxml.html.HtmlElement) -> str:
    """A tree as markup again."""
    markup: str = etree.tostring(root, encoding="unicode", method="html")
    return markup


def outline(root: lxml.html.HtmlElement) -> Outline:
    """The text of a stripped tree as blocks."""
    return _Reader().read(root)


class _Reader:
    """Walks a tree once and notes block elements and the text between their borders."""

    def __init__(self) -> None:
        self.found = Outline()
        self.stack: list[int] = []
        self.kinds: list[str] = ["p"]
        self.buffer: list[str] = []
        self.links = 0
        self.linked = 0
        self.bold = 0
        self.bolded = 0

    def read(self, root: lxml.html.HtmlElement) -> Outline:
        """All of a tree; this loop sees every element of a page twice, so it calls only where it must."""
        for event, element in etree.iterwalk(root, events=("start", "end")):
            tag = element.tag
            if event == "start":
                if tag in _BLOCK:
                    self._open(element, tag)
                elif tag in _INLINE:
                    self._begin(tag, element)
                text = element.text
            else:
                if tag in _BLOCK:
                    self._close()
                elif tag in _INLINE:
                    self._end(tag, element)
                text = element.tail
            if text and (self.buffer or not text.isspace()):
                self.buffer.append(text.replace("\n", " ") if "\n" in text else text)
                if self.links or self.bold:
                    length = len(text.strip())
                    self.linked += length if self.links else 0
                    self.bolded += length if self.bold else 0
        self._flush()
        return self.found

    def _open(self, element: lxml.html.HtmlElement, tag: str) -> None:
        if self.buffer:
            self._flush()
        nodes, stack = self.found.nodes, self.stack
        stack.append(len(nodes))
        self.found.depth = max(self.found.depth, len(stack))
        nodes.append(_node(element, tag, stack[-2] if len(stack) > 1 else -1))
        inherited = self.kinds[-1] if self.kinds[-1] in ("quote", "li") else "p"
        self.kinds.append(_KINDS.get(tag, inherited))

    def _close(self) -> None:
        if self.buffer:
            self._flush()
        self.stack.pop()
        self.kinds.pop()

    def _begin(self, tag: str, element: lxml.html.HtmlElement) -> None:
        if tag == "br":
            self.buffer.append("\n")
        elif tag == "a":
            self.links += _leads_away(element)
        else:
            self.bold += 1

    def _end(self, tag: str, element: lxml.html.HtmlElement) -> None:
        if tag == "a":
            self.links = max(0, self.links - _leads_away(element))
        elif tag != "br":
            self.bold = max(0, self.bold - 1)

    def _flush(self) -> None:
        whole = "".join(self.buffer)
        linked, bolded = self.linked, self.bolded
        self.buffer.clear()
        self.linked = self.bolded = 0
        if not whole or whole.isspace():
            return
        node = self.stack[-1] if self.stack else 0
        tag = self.found.nodes[node].tag if self.found.nodes else "p"
        share = min(1.0, linked / max(1, len(whole.strip()))) if linked else 0.0
        rich = bolded > 0 and bolded >= 0.95 * len(whole.replace("\n", "").strip()) > 0
        for part in _BREAKS.split(whole) if "\n" in whole else (whole,):
            text = " ".join(part.split())
            if text:
                item = Item(text, node, self.kinds[-1], _LEVELS.get(tag, 0), share, furniture.length(text), rich)
                self.found.items.append(item)


def _leads_away(link: lxml.html.HtmlElement) -> bool:
    """Whether a link leads anywhere else than to a place on the same page, as headings do to themselves."""
    return not (link.get("href") or "").startswith("#")


_INLINE = frozenset(("br", "a", "b", "strong"))
_LEVELS = {f"h{level}": level for level in range(10)}
_BREAKS = re.compile(r"\n\s*\n\s*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def _node(element: lxml.html.HtmlElement, tag: str, parent: int) -> Node:
    names = ""
    hidden = False
    marks: frozenset[str] = frozenset()
    for name, value in element.items():
        if name in ("class", "id", "role", "data-component", "data-testid"):
            names = f"{names} {value}" if names else value
        elif name == "hidden" or (name == "aria-hidden" and value == "true"):
            hidden = True
        elif name == "style":
            hidden = hidden or bool(_HIDING.search(value))
        elif name == "itemprop":
            marks = frozenset(value.split())
    return Node(parent=parent, tag=tag, names=_opened(names) if names else "", marks=marks, hidden=hidden)


@lru_cache(maxsize=8192)
def _opened(names: str) -> str:
    """Names in lower case with camelCase opened up; most names stand on many elements."""
    return _CAMEL.sub("-", names[:400]).lower()
