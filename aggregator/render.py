"""An issue as subject, HTML and text, both from one body of data.

All words of ours stand in `render_head`, `render_words` and `render_figures`; the templates hold layout only.
Everything from outside passes `neutral` on its way in, and a missing value is an error, not a blank in
everyone's mailbox.
"""

from __future__ import annotations

import functools
import zoneinfo
from pathlib import Path
from typing import Any

import jinja2
from msgspec.structs import replace

from aggregator import neutral, render_figures
from aggregator import render_head as head
from aggregator import render_words as say
from aggregator.issue_model import Digest, Item, Rendered, Urls
from aggregator.neutral import cut
from aggregator.render_budget import first_that_fits
from aggregator.render_names import names, whole
from aggregator.render_text import direction, headline, tidy, wrap
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
    about: str
    minute: tuple[str, ...]
    names: dict[str, str]  # title of a position → its name on the page; the text part has it whole
    preheader: str
    urls: Urls
    headlines_only: bool
    w: dict[str, Any]


def render(digest: Digest, *, urls: Urls | None = None, headlines_only: bool = False) -> Rendered:
    """Subject, HTML and text of an issue; same input, same bytes.

    What does not fit into the budget is left to the archive, line by line, and counted.
    """
    urls = urls or Urls()
    digest = _neutralised(_shown_part(digest))
    digest, html = first_that_fits(digest, lambda one: _page(one, urls, headlines_only))
    return _rendered(digest, html, urls, headlines_only)


def once(digest: Digest, urls: Urls, headlines_only: bool) -> Rendered:
    """An issue as it is, whatever its length."""
    return _rendered(digest, _page(digest, urls, headlines_only), urls, headlines_only)


def _rendered(digest: Digest, html: str, urls: Urls, headlines_only: bool) -> Rendered:
    values = _values(digest, urls, headlines_only)
    values["names"] = {title: whole(title) for title in values["names"]}
    text = _template(digest, "digest.txt").render(values)
    return Rendered(subject=head.subject(digest), html=html, text=tidy(text))


def _page(digest: Digest, urls: Urls, headlines_only: bool) -> str:
    page = _template(digest, "digest.html").render(_values(digest, urls, headlines_only))
    return page.replace(" …", "\u00a0…")  # never alone on a line


def _template(digest: Digest, name: str) -> jinja2.Template:
    return _environment(digest.window.timezone).get_template(name)


def _values(digest: Digest, urls: Urls, headlines_only: bool) -> dict[str, Any]:
    context = DigestContext(
        d=digest,
        title=head.title(digest),
        about=head.about(digest),
        minute=head.minute(digest),
        names=names(digest),
        preheader=head.preheader(digest),
        urls=urls,
        headlines_only=headlines_only,
        w=say.WORDS,
    )
    return {name: getattr(context, name) for name in context.__struct_fields__}


def _shown_part(digest: Digest) -> Digest:
    """An issue without what only the web app and other readers see."""
    numbers, whole = (tuple(replace(cell, ids=()) for cell in cells) for cells in (digest.numbers, digest.whole))
    return replace(digest, numbers=numbers, whole=whole, ids=(), more_stories=(), more_positions=(), areas=())


def _neutralised(value: Any) -> Any:
    """The one gate for text from outside: every string of an issue passes it."""
    if isinstance(value, str):
        return neutral.neutral(value)
    if isinstance(value, tuple):
        return tuple([_neutralised(item) for item in value]) if value else value
    if isinstance(value, Item) and value.kind == "article" and value.text:
        value = replace(value, text="")  # never shown: its sentence was chosen before
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
        auto_reload=False,
    )
    timezone = zoneinfo.ZoneInfo(zone)
    environment.filters |= {
        "t": neutral.isolated,
        "link_url": neutral.link_url,
        "host": neutral.host,
        "cut": cut,
        "headline": lambda item, words=TITLE_WORDS: neutral.isolated(headline(item.title, words)),
        "position": lambda title: neutral.isolated(whole(title)),
        "wrap": wrap,
        "dir": direction,
        "figure": lambda n: "–" if n is None else f"{n:,}",
        "day": functools.partial(render_figures.day, zone=timezone),
    }
    environment.globals |= {
        "who_line": functools.partial(say.who_line, zone=timezone),
        "said_in": functools.partial(say.said_in, zone=timezone),
        "status": say.status,
        "why_line": say.why_line,
        "parts": say.parts,
        "excerpt": say.excerpt,
        "gap": functools.partial(say.gap, zone=timezone),
        "waits": say.waits,
        "next_of": say.next_of,
        "sources": functools.partial(say.sources, zone=timezone),
        "also_in": say.also_in,
        "position_detail": say.position_detail,
        "mean": render_figures.mean,
        "bar": bar,
        "story_detail": say.story_detail,
        "count_line": say.count_line,
        "row_detail": render_figures.row_detail,
        "unlisted": say.unlisted,
        "left": say.left,
        "earlier": render_figures.earlier,
        "counted_again": render_figures.counted_again,
        "charted": render_figures.charted,
        "first_issue": head.first_issue,
        "quiet": head.quiet,
        "position_count": say.position_count,
        "whereabouts": say.whereabouts,
        "near": say.near,
    }
    return environment


def bar(n: int, most: int, height: int = 44) -> int:
    """Height of a bar in pixels; a bar that is not nought is seen.

    >>> bar(1, 1000), bar(0, 5), bar(5, 5)
    (2, 1, 44)
    """
    return max(2 if n else 1, round(height * n / most)) if most else 1
