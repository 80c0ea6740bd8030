"""What an issue says of one piece of coverage, line by line, in the words of the mail."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator import render_words
from aggregator.issue_model import Digest
from parsers.model import Record


class Excerpt(Record, frozen=True, kw_only=True):
    """One line of the mail that a piece of coverage stands in."""

    section: str
    title: str
    text: str = ""
    notes: tuple[str, ...] = ()


def excerpts(digest: Digest, key: str) -> list[Excerpt]:
    """The lines of an issue that name a piece of coverage, or the story that it is in, in the order of the mail."""
    return [*_stories(digest, key), *_positions(digest, key), *_voices(digest, key), *_threads(digest, key)]


def _stories(digest: Digest, key: str) -> Iterator[Excerpt]:
    for line in digest.stories:
        if key in line.ids:
            linked = f"{line.link.title} ({render_words.status(line.link)})" if line.link else ""
            among = "" if line.item.id == key else "this piece is counted with the story, not named"
            notes = (render_words.story_detail(line), linked, render_words.why_line(line) or "", among)
            yield _excerpt("Top stories", line.item.title, line.sentence or "", *notes)


def _positions(digest: Digest, key: str) -> Iterator[Excerpt]:
    for line in digest.positions:
        if key in line.ids:
            named = next((item.title for item in line.items if item.id == key), "")
            among = "" if named else "this piece is counted here, not named"
            yield _excerpt("By position", line.title, named, render_words.count_line(line, digest), among)


def _voices(digest: Digest, key: str) -> Iterator[Excerpt]:
    for line in digest.voices:
        if line.item.id == key:
            where = f"{line.item.who or ''}{render_words.also_in(line.also_in)}".removeprefix("; ")
            yield _excerpt("Our voices", line.quote.speaker, f"“{line.quote.quote}”", where)


def _threads(digest: Digest, key: str) -> Iterator[Excerpt]:
    for item in digest.threads:
        if item.id == key:
            yield _excerpt("Threads worth reading", item.title, render_words.excerpt(item), render_words.parts(item))


def _excerpt(section: str, title: str, text: str, *notes: str) -> Excerpt:
    return Excerpt(section=section, title=title, text=text, notes=tuple(note for note in notes if note))
