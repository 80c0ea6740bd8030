"""An issue as subject, HTML and text, both from one body of data.

All words of ours stand in `render_words`; the templates hold layout only.
Everything from outside passes `neutral` on its way in, and a missing value is an error, not a blank in
everyone's mailbox.
"""

from __future__ import annotations

import functools
import zoneinfo
from pathlib import Path
from typing import Any

import jinja2

from aggregator import neutral
from aggregator import render_words as say
from aggregator.issue_model import Digest, Rendered, Urls
from aggregator.neutral import cut
from aggregator.render_budget import fits, trimmed
from aggregator.render_text import clipped, direction, headline, tidy, wrap
from aggregator.render_words import parts as parts
from aggregator.render_words import why_line as why_line
from parsers.model import Record

TEMPLATES = Path(__file__).parents[1] / "templates"
#: Longest headline; hostile ones run to megabytes.
TITLE_WORDS = 25


class DigestContext(Record, frozen=True, kw_only=True):
    """What both templates see."""

    d: Digest
    title: str
    period: str
    minute: tuple[str, ...]
    preheader: str
    urls: Urls
    headlines_only: bool
    w: dict[str, Any]


def render(digest: Digest, *, urls: Urls | None = None, headlines_only: bool = False) -> Rendered:
    """Subject, HTML and text of an issue; same input, same bytes.

    What does not fit into the budget is left to the archive, line by line, and counted.
    """
    digest = _neutralised(digest)
    while True:
        rendered = _render(digest, urls or Urls(), headlines_only)
        if fits(rendered):
            return rendered
        smaller = trimmed(digest)
        if smaller == digest:
            return rendered
        digest = smaller


def _render(digest: Digest, urls: Urls, headlines_only: bool) -> Rendered:
    context = DigestContext(
        d=digest,
        title=say.title(digest),
        period=say.period(digest),
        minute=say.minute(digest),
        preheader=say.preheader(digest),
        urls=urls,
        headlines_only=headlines_only,
        w=say.WORDS,
    )
    values = {name: getattr(context, name) for name in context.__struct_fields__}
    environment = _environment(digest.window.timezone)
    html = environment.get_template("digest.html").render(values)
    text = environment.get_template("digest.txt").render(values)
    return Rendered(subject=say.subject(digest), html=html, text=tidy(text))


def _neutralised(value: Any) -> Any:
    """The one gate for text from outside: every string of an issue passes it."""
    if isinstance(value, str):
        return neutral.neutral(value)
    if isinstance(value, tuple):
        return tuple(_neutralised(item) for item in value)
    if isinstance(value, Record):
        return type(value)(**{name: _neutralised(getattr(value, name)) for name in value.__struct_fields__})
    return value


@functools.lru_cache(maxsize=4)
def _environment(zone: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    timezone = zoneinfo.ZoneInfo(zone)
    environment.filters |= {
        "t": neutral.isolated,
        "link_url": neutral.link_url,
        "host": neutral.host,
        "cut": cut,
        "headline": lambda item, words=TITLE_WORDS: neutral.isolated(headline(item.title, words)),
        "position": lambda title: neutral.isolated(clipped(title, say.POSITION_WORDS)),
        "wrap": wrap,
        "dir": direction,
        "day": functools.partial(say.day, zone=timezone),
    }
    environment.globals |= {
        "who_line": functools.partial(say.who_line, zone=timezone),
        "status": say.status,
        "why_line": say.why_line,
        "parts": say.parts,
        "excerpt": say.excerpt,
        "gap": functools.partial(say.gap, zone=timezone),
        "waits": say.waits,
        "sources": functools.partial(say.sources, zone=timezone),
        "also_in": say.also_in,
        "position_detail": say.position_detail,
        "mean": say.mean,
        "bar": bar,
        "story_detail": say.story_detail,
        "count_line": say.count_line,
        "row_detail": say.row_detail,
        "unlisted": say.unlisted,
        "earlier": say.earlier,
        "near": say.near,
    }
    return environment


def bar(n: int, most: int, height: int = 44) -> int:
    """Height of a bar in pixels; a bar that is not nought is seen.

    >>> bar(1, 1000), bar(0, 5), bar(5, 5)
    (2, 1, 44)
    """
    return max(2 if n else 1, round(height * n / most)) if most else 1
