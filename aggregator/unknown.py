"""What a document does not say and a person could: outlet, day and address of an article, authors of posts."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from parsers.model import Article, Hint, ParseResult, Post

#: What is asked for, with the option of `ingest` that gives it.
OPTIONS = {"outlet": "--outlet", "date": "--published", "url": "--url", "author": "--author"}
_VALUES = {"outlet": "NAME", "date": "2026-11-09", "url": "https://…"}
ARTICLE = {"outlet": "outlet", "date": "published_at", "url": "url"}
#: Pages and mails hold one article; a feed names its own address and outlet.
ONE_ARTICLE = ("article-text", "article-html", "mail")


def unknown(result: ParseResult, said: Hint) -> tuple[str, ...]:
    """The keys of `OPTIONS` that neither a document says nor `said`, what people said of it so far.

    >>> unknown(ParseResult(format="article-text", records=(Article(outlet="Marl Times"),)), Hint(url="https://a.example"))
    ('date',)
    """
    if result.format in ONE_ARTICLE:
        articles = [record for record in result.records if isinstance(record, Article)]
        return tuple(
            name
            for name, field in ARTICLE.items()
            if getattr(said, field) is None and any(getattr(article, field) is None for article in articles)
        )
    if result.format == "bluesky-scrape":
        return ("author",)
    nameless = any(isinstance(record, Post) and not (record.author or record.author_did) for record in result.records)
    return ("author",) if nameless else ()


def command(names: Sequence[str], file: str) -> str | None:
    """The command that adds what is unknown of a file; None where `ingest` cannot give it.

    >>> command(("outlet", "date"), "an article.txt")
    "python run.py ingest --outlet NAME --published 2026-11-09 'an article.txt'"
    """
    options = [f"{OPTIONS[name]} {_VALUES[name]}" for name in names if name in _VALUES]
    return f"python run.py ingest {' '.join(options)} {shlex.quote(file)}" if options else None


def told(names: tuple[str, ...], format: str | None) -> str | None:
    """One calm sentence on what is unknown and how to add it; None where nothing is.

    >>> told(("outlet", "date"), "article-text")
    'not known: outlet, date; add them by ingesting it again with --outlet and --published'
    """
    if not names:
        return None
    if format == "bluesky-scrape":
        return "not known: who wrote the posts; a copied profile names nobody, an export of the account adds it"
    options = [OPTIONS[name] for name in names]
    listed = " and ".join(filter(None, (", ".join(options[:-1]), options[-1])))
    return (
        f"not known: {', '.join(names)}; add {'it' if len(names) == 1 else 'them'} by ingesting it again with {listed}"
    )
