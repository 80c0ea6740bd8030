"""A saved mail (.eml), such as a newsletter, as one article: its text, subject, sender and date.

Which error is worse: to lose a paragraph is worse than to keep a line of furniture, and to take a letter between
two people for news is worse than both; so only whole mails that somebody saved are read, and nothing is followed:
no link, no picture, no attachment.

The plain part is read where it says as much as the HTML part; newsletters often carry a plain part that only says
"view this mail in your browser".
The standard library's older interface takes mails apart: it is lazy about headers, and what it cannot decode
stays text.
"""

from __future__ import annotations

import email.header
import email.message
import email.utils
import re
from collections.abc import Iterator, Sequence
from email.parser import BytesParser
from email.policy import compat32

from parsers import article_shown, charsets, dates, html_tree
from parsers.errors import ParseError
from parsers.model import Article, Block, Dropped, Hint, ParseResult, Problem, Step

#: Larger mails are mostly pictures; their texts are small.
LARGEST = 40_000_000
#: Longer texts are cut.
LONGEST_TEXT = 2_000_000
#: Parts beyond this are not looked at.
MOST_PARTS = 200
#: Fewer words are a notice, not an article.
FEWEST_WORDS = 25

_HEAD = re.compile(
    rb"\A(?:From [^\r\n]{1,300}\r?\n)?(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}"
)
_NAMES = re.compile(
    rb"^(From|Date|Subject|Received|Message-ID|MIME-Version|Return-Path|To):", re.IGNORECASE | re.MULTILINE
)
#: Lines of newsletters that say nothing about the news.
_FURNITURE = re.compile(
    r"(?:view (?:this|it) (?:e-?mail |message )?(?:in|on) (?:your|the) (?:web ?)?browser.*|"
    r".{0,60}\bunsubscribe\b.{0,120}|you (?:are receiving|received|get) this (?:e-?mail|message|newsletter).*|"
    r"(?:manage|update|change) your (?:e-?mail )?(?:preferences|subscription).*|"
    r"forward (?:this )?to a friend.*|add us to your address book.*|"
    r"(?:copyright )?©.{0,200}|all rights reserved\.?|\W+|https?://\S+)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^(?:>|-{2,}\s*(?:original message|forwarded message))", re.IGNORECASE)


def looks_like(data: bytes) -> str | None:
    """Why the bytes are a mail, or None; only the start is read."""
    head = _HEAD.match(data[:65536])
    names = {name.lower() for name in _NAMES.findall(head[0])} if head else set()
    if len(names) < 3 or not names & {b"from", b"received", b"return-path"}:
        return None
    return "a mail: it starts with headers such as " + ", ".join(sorted(name.decode() for name in names)[:3])


def parse(data: bytes, hint: Hint) -> ParseResult:
    """The mail as one article; raises `ParseError` where it holds no text."""
    if len(data) > LARGEST:
        raise ParseError(f"the mail is larger than {LARGEST // 1_000_000} MB; save it without its attachments")
    try:
        message = BytesParser(policy=compat32).parsebytes(data)
        texts = list(_texts(message))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
        raise ParseError(f"the mail is too damaged to be read ({type(exc).__name__})") from exc
    lines, how = _best(texts)
    made: list[Step] = []
    blocks, dropped = _blocks(lines, made)
    if sum(len(block.text.split()) for block in blocks) < FEWEST_WORDS:
        raise ParseError("the mail holds hardly any text; its news may be in a picture or behind links")
    article = _article(message, blocks, dropped, how, hint, made)
    problems = (
        [] if article.published_at else [Problem(message="the mail has no date that can be read", severity="info")]
    )
    return ParseResult(
        format="mail",
        reason=looks_like(data) or "",
        records=(article,),
        problems=tuple(problems),
        notes=article_shown.receipt(made),
    )


def _article(
    message: email.message.Message,
    blocks: Sequence[Block],
    dropped: Sequence[Dropped],
    how: str,
    hint: Hint,
    made: list[Step],
) -> Article:
    name, address = email.utils.parseaddr(_header(message, "From") or "")
    stamp = dates.parse(_header(message, "Date") or "", hint.timezone)
    return Article(
        headline=article_shown.line(_header(message, "Subject"), made),
        outlet=hint.outlet or article_shown.line(name, made) or address.rpartition("@")[2] or None,
        published_at=hint.published_at or (stamp.at if stamp else None),
        date_only=bool(stamp and stamp.date_only),
        url=hint.url,
        source_url=hint.url,
        language=None,
        blocks=tuple(blocks),
        dropped=tuple(dropped),
        guid=(_header(message, "Message-ID") or "").strip("<> ")[:500] or None,
        extractor=how,
    )


def _header(message: email.message.Message, name: str) -> str | None:
    """A header as one line of text; what cannot be decoded stays as it is."""
    value = message.get(name)
    if value is None:
        return None
    raw = str(value)[:4000]
    try:
        text = str(email.header.make_header(email.header.decode_header(raw)))
    except (ValueError, LookupError, TypeError, email.errors.MessageError):
        text = raw
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()) or None


# ------------------------------------------------------------------ text


def _texts(message: email.message.Message) -> Iterator[tuple[str, str]]:
    """Kind and text of the mail's own parts, attachments left out."""
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and payload.strip():
            yield kind, _decoded(payload, part)[:LONGEST_TEXT]


def _decoded(payload: bytes, part: email.message.Message) -> str:
    charset = charsets.codec(part.get_content_charset() or "utf-8")
    try:
        return payload.decode(charset or "utf-8")
    except (UnicodeError, LookupError):
        return html_tree.decode(payload)[0]


def _best(texts: Sequence[tuple[str, str]]) -> tuple[list[tuple[str, str]], str]:
    """The lines of the part that says most; the plain one where both say about the same."""
    plain = [line for kind, text in texts if kind == "text/plain" for line in _plain_lines(text)]
    marked = [line for kind, text in texts if kind == "text/html" for line in _html_lines(text)]
    if _words(plain) >= 0.7 * _words(marked):
        return plain, "plain part of a mail"
    return marked, "HTML part of a mail"


def _words(lines: Sequence[tuple[str, str]]) -> int:
    return sum(len(text.split()) for _, text in lines)


def _plain_lines(text: str) -> list[tuple[str, str]]:
    """Paragraphs of a plain part: its lines are broken for the screen."""
    paragraphs = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [("p", " ".join(paragraph.split())) for paragraph in paragraphs if paragraph.strip()]


def _html_lines(text: str) -> list[tuple[str, str]]:
    root = html_tree.tree(html_tree.within_limits(text))
    if root is None:
        return []
    html_tree.strip(root)
    return [(item.kind, " ".join(item.text.split())) for item in html_tree.outline(root).items]


def _blocks(lines: Sequence[tuple[str, str]], made: list[Step]) -> tuple[list[Block], list[Dropped]]:
    """Lines as blocks; the furniture of newsletters, quoted mails and repeats are left out and told."""
    blocks: list[Block] = []
    dropped: list[Dropped] = []
    seen: set[str] = set()
    for number, (kind, line) in enumerate(lines, 1):
        text = article_shown.line(line, made) or ""
        reason = _reason(text, seen)
        if reason:
            if text:
                dropped.append(Dropped(text=text, reason=reason, line=number))
            continue
        seen.add(text)
        blocks.append(Block(kind=kind if kind in ("h", "li", "quote") else "p", text=text))  # type: ignore[arg-type]
    return blocks, dropped


def _reason(text: str, seen: set[str]) -> str | None:
    if not text or (len(text) < 400 and _FURNITURE.fullmatch(text)):
        return "furniture of a newsletter"
    if _QUOTED.match(text):
        return "an older mail"
    return "said before" if len(text) > 20 and text in seen else None
