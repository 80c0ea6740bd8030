"""The records of quotations: whose words are looked for, and what was found."""

from __future__ import annotations

from typing import TypeAlias

from parsers.model import Record

Span: TypeAlias = tuple[int, int]


class Speaker(Record, frozen=True, kw_only=True):
    """One of the people whose words are collected."""

    name: str  # full, as the house writes it
    handles: tuple[str, ...] = ()  # with or without @
    aliases: tuple[str, ...] = ()  # "the union's general secretary"
    role: str | None = None  # "general secretary"
    pronouns: tuple[str, ...] = ()  # "he", "she"; empty: not known


class Quote(Record, frozen=True, kw_only=True):
    """Words that a text gives verbatim and ascribes to one of our speakers."""

    speaker: str  # `Speaker.name`
    quote: str  # the words, without the outer marks; parts joined by a space, paragraphs by an empty line
    parts: tuple[str, ...]  # as the text has them: interrupted by "he said", or one a paragraph
    spans: tuple[Span, ...]  # where each part stands in the text, characters
    verb: str | None  # "said", "added"; None where a name and a colon stand before the words
    reason: str  # how the speaker was found, in plain words
    partial: bool = False  # a part of a sentence that the reporter wrote; not counted (`quote_whole`)
    outlet: str | None = None


class QuoteGroup(Record, frozen=True, kw_only=True):
    """The same words wherever they were printed."""

    lead: Quote  # the longest
    others: tuple[Quote, ...] = ()
    also_in: tuple[str, ...] = ()  # outlets of the others, each once, without the lead's
